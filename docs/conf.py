"""Sphinx settings of the handbook: Japanese first, Markdown pages, one warning fails the build."""

project = "Mitasu（満たす）"
author = "Mitasu"
release = "0.1.0"
version = "0.1"
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
