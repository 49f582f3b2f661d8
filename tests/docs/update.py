"""Write the outputs shown in README and handbook anew: `python tests/docs/update.py [page …]`.

Run it after the output of a command has changed, and read the difference before you commit it.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from handbook import name, pages, refreshed


def main(wanted: list[str]) -> int:
    """Refresh every page, or those whose name contains one of the words; 1 where a page cannot be run."""
    failed = 0
    for page in pages():
        if wanted and not any(word in name(page) for word in wanted):
            continue
        with tempfile.TemporaryDirectory() as folder:
            try:
                text = refreshed(page, Path(folder))
            except AssertionError as error:
                print(f"{name(page)}: {error}", file=sys.stderr)
                failed = 1
                continue
        if text != page.read_text("utf-8"):
            page.write_text(text, "utf-8")
            print(f"{name(page)}: written anew")
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
