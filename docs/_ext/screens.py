"""The directive `screen`: a picture of a page, where the browser tests have made one, and nothing where not.

The pictures lie in `build/screenshots` and are made anew with every run of `tests/web`; none is in the repository,
so that none grows old. `:alt:` says in words what is to be seen.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective


class Screen(SphinxDirective):
    """`screen:: NAME` with `:alt:`."""

    required_arguments = 1
    option_spec = {"alt": directives.unchanged_required}  # noqa: RUF012 - as docutils asks for it

    def run(self) -> list[nodes.Node]:
        """The picture with its words below, or nothing."""
        if not self.options.get("alt"):
            raise self.error(f"screen {self.arguments[0]}: :alt: is missing")
        picture = Path(self.config.screens_folder) / f"{self.arguments[0]}.png"
        if not picture.exists():
            return []
        self.env.note_dependency(str(picture))
        folder = Path(self.env.doc2path(self.env.docname)).parent
        image = nodes.image(
            uri=Path(os.path.relpath(picture, folder)).as_posix(), alt=self.options["alt"], classes=["screen"]
        )
        return [nodes.figure("", image, nodes.caption("", self.options["alt"]))]


def setup(app: Sphinx) -> dict[str, Any]:
    """The directive and the folder of the pictures."""
    app.add_config_value("screens_folder", "", "env")
    app.add_directive("screen", Screen)
    return {"parallel_read_safe": True}
