"""Write the generated files anew: the parsed rulebook, the glossary, the schemas, the reference pages.

`python tools/generate.py` writes, `python tools/generate.py --check` writes nothing, names each file that
differs and exits with 1 if any does.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(Path(__file__).parent)]

import typer  # noqa: E402
from glossary import glossary_json  # noqa: E402
from lists import cli_page, facts_page, rulings_page, sources_page  # noqa: E402
from rule_pages import RulePage, rule_index  # noqa: E402

from mitasu.errors import InputError  # noqa: E402
from mitasu.judge.cases import Case, load_cases  # noqa: E402
from mitasu.rulebook import Rulebook  # noqa: E402
from mitasu.rulebook.book import COMPILED, HOME, compile_documents  # noqa: E402
from mitasu.rulebook.glossary import FILE as GLOSSARY  # noqa: E402
from mitasu.schemas import as_text, build  # noqa: E402

SCHEMAS = ROOT / "src" / "mitasu" / "schemas"
REFERENCE = ROOT / "docs" / "reference"
BOOK = ROOT / "tests" / "spec" / "book.py"


class Outputs:
    """The text of every generated file by path; `skipped`: what cannot be made, and why."""

    def __init__(self) -> None:
        self.files: dict[Path, str] = {}
        self.skipped: dict[Path, str] = {}
        rulebook = Rulebook.load()
        self.files[COMPILED] = compile_documents()
        self.files[GLOSSARY] = glossary_json((ROOT / "GLOSSARY.md").read_text("utf-8"))
        for name, schema in build(rulebook).items():
            self.files[SCHEMAS / name] = as_text(schema)
        self._pages(rulebook)

    def _pages(self, rulebook: Rulebook) -> None:
        cases = [case for path in sorted(HOME.rglob("*.cases.yaml")) for case in load_cases(path)]
        self._rules(rulebook, cases)
        self.files[REFERENCE / "facts.md"] = facts_page(rulebook)
        self.files[REFERENCE / "sources.md"] = sources_page(rulebook)
        self.files[REFERENCE / "rulings.md"] = rulings_page(rulebook)
        self._engine()
        self._commands()

    def _rules(self, rulebook: Rulebook, cases: list[Case]) -> None:
        pages = {id_: RulePage(addition, rulebook, cases) for id_, addition in rulebook.additions.items()}
        for id_, page in pages.items():
            self.files[REFERENCE / "rules" / f"{id_}.md"] = page.text()
        counts = {id_: len(page.cases) for id_, page in pages.items()}
        self.files[REFERENCE / "rules" / "index.md"] = rule_index(rulebook, counts)

    def _engine(self) -> None:
        if BOOK.exists():
            self.files[REFERENCE / "engine.md"] = str(_module(BOOK).book())
        else:
            self.skipped[REFERENCE / "engine.md"] = f"{_short(BOOK)} is missing"

    def _commands(self) -> None:
        try:
            import mitasu.cli as cli
        except ImportError as error:
            self.skipped[REFERENCE / "cli.md"] = f"mitasu.cli cannot be imported ({error})"
            return
        app = next((found for found in vars(cli).values() if isinstance(found, typer.Typer)), None)
        if hasattr(cli, "main") and app is not None:
            self.files[REFERENCE / "cli.md"] = cli_page(app)
        else:
            self.skipped[REFERENCE / "cli.md"] = "mitasu.cli has no main with a typer app"

    def stale(self) -> list[Path]:
        """Files beside the generated ones that are generated no more."""
        found = [*SCHEMAS.glob("*.json"), *REFERENCE.rglob("*.md")]
        return sorted(path for path in found if path not in self.files)

    def differing(self) -> list[str]:
        """What is not as it would be written, a line each."""
        lines = []
        for path, text in self.files.items():
            if not path.exists():
                lines.append(f"{_short(path)} is missing")
            elif path.read_text("utf-8") != text:
                lines.append(f"{_short(path)} differs from what would be generated")
        for path in self.stale():
            why = self.skipped.get(path, "nothing generates it any more")
            lines.append(f"{_short(path)} is left over: {why}")
        return lines

    def write(self) -> list[str]:
        """Write what differs, remove what is generated no more; what was done, a line each."""
        lines = []
        for path, text in self.files.items():
            if not path.exists() or path.read_text("utf-8") != text:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, "utf-8")
                lines.append(f"wrote {_short(path)}")
        for path in self.stale():
            if path not in self.skipped:
                path.unlink()
                lines.append(f"removed {_short(path)}")
        return lines


def _short(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("engine_book", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{_short(path)} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def main(arguments: list[str]) -> int:
    """Write or check; the exit status."""
    if arguments not in ([], ["--check"]):
        print("usage: python tools/generate.py [--check]", file=sys.stderr)
        return 2
    try:
        outputs = Outputs()
    except InputError as error:
        print(error, file=sys.stderr)
        return 3
    for path, why in outputs.skipped.items():
        print(f"skipped {_short(path)}: {why}", file=sys.stderr)
    if not arguments:
        print("\n".join(outputs.write()) or "nothing to write")
        return 0
    lines = outputs.differing()
    for line in lines:
        print(line)
    if lines:
        print("run: python tools/generate.py")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
