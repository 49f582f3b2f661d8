"""Sphinx settings of the handbook: Japanese first, Markdown pages, one warning fails the build."""

import tomllib
from pathlib import Path

project = "Mitasu（満たす）"
author = "Mitasu"
release = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text("utf-8"))["project"][
    "version"
]
version = release
language = "ja"

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence", "deflist"]

html_theme = "furo"
html_title = "Mitasu（満たす）手引き"
html_show_sourcelink = False
html_copy_source = False
html_show_copyright = False
html_search_language = "ja"
