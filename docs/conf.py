"""Sphinx settings of the handbook: Japanese first, Markdown pages, one warning fails the build."""

import sys
import tomllib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "Mitasu（満たす）"
author = "Mitasu"
release = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text("utf-8"))["project"][
    "version"
]
version = release
language = "ja"

extensions = ["myst_parser", "screens"]
screens_folder = str(Path(__file__).parents[1] / "build" / "screenshots")
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence", "deflist"]

html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["screens.css"]
html_title = "Mitasu（満たす）手引き"
html_show_sourcelink = False
html_copy_source = False
html_show_copyright = False
html_search_language = "ja"
