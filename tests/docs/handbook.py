"""The handbook as tests see it: its pages, their code blocks, and a folder in which the blocks are run.

The blocks of a page are one session, run in order in one temporary folder that holds the sample files.

- `console`: `$ mitasu …` is run; output shown below it must be what comes out. A line `…` stands for lines
  left out; what follows the sign ` > ` in shown output is typed in. `make`, `git` and scripts are not run.
- `python`: `>>>` examples; all blocks of a page share their names.
- `yaml`: a block whose first line is `# name.yaml` is put in the folder under that name.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import os
import re
import shutil
import subprocess
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "src" / "mitasu" / "samples"
RUN = ("mitasu", "cat", "sed", "grep", "head", "tail", "diff", "echo")
NOT_RUN = ("make", "git", ".venv/bin/python")
DATED = (
    "judge",
    "why",
    "missing",
    "ask",
    "demo",
    "rules list",
    "rules show",
    "filings",
    "deadlines",
    "improve",
    "history",
    "changes",
    "claims audit",
    "post",
)
"""Commands whose answer depends on the day; the handbook always says which."""
PROMPT = " > "
LEFT_OUT = "…"
_FENCE = re.compile(r"(?P<indent> *)(?P<fence>`{3,})(?P<language>\w*) *(?P<rest>.*)")
_NAMED = re.compile(r"# (?P<name>[\w./-]+\.ya?ml)")
_PARSER = doctest.DocTestParser()


def pages() -> list[Path]:
    """Every page written by hand: those at the top of the tree, then the handbook; generated pages are left out."""
    handbook = sorted((ROOT / "docs").rglob("*.md"))
    written = [page for page in handbook if "reference" not in page.relative_to(ROOT / "docs").parts]
    return [*sorted(ROOT.glob("*.md")), *written]


def name(page: Path) -> str:
    """A page's name below the root, for messages."""
    return page.relative_to(ROOT).as_posix()


@dataclass(frozen=True)
class Block:
    """One code block: its language and text, and the lines of the page between its fences (from 0, end excluded)."""

    page: Path
    language: str
    lines: tuple[str, ...]
    start: int
    end: int
    indent: str = ""

    @property
    def text(self) -> str:
        """The text of the block."""
        return "\n".join(self.lines) + "\n"

    @property
    def place(self) -> str:
        """Page and line of the block's first line, for messages."""
        return f"{name(self.page)}:{self.start + 1}"

    @property
    def saved_as(self) -> str | None:
        """The file that a yaml block stands for, if it names one."""
        match = _NAMED.fullmatch(self.lines[0]) if self.language == "yaml" and self.lines else None
        return match["name"] if match else None


def blocks(page: Path) -> list[Block]:
    """The code blocks of a page, in order."""
    found: list[Block] = []
    open_: re.Match[str] | None = None
    start = 0
    lines = page.read_text("utf-8").splitlines()
    for number, line in enumerate(lines):
        match = _FENCE.fullmatch(line)
        if open_ is None and match:
            open_, start = match, number + 1
        elif open_ is not None and match and match["fence"] == open_["fence"] and not match["language"]:
            body = tuple(text.removeprefix(open_["indent"]) for text in lines[start:number])
            found.append(Block(page, open_["language"], body, start, number, open_["indent"]))
            open_ = None
    assert open_ is None, f"{name(page)}:{start}: a code block is not closed"
    return found


@dataclass(frozen=True)
class Command:
    """A command of a console block, and the output shown below it."""

    line: str
    shown: tuple[str, ...]

    @property
    def words(self) -> list[str]:
        """The command's words."""
        return self.line.split()

    @property
    def is_run(self) -> bool:
        """Whether the command is run here."""
        return self.words[0] in RUN

    @property
    def typed(self) -> list[str]:
        """What the user types in, by the shown output."""
        return [line.split(PROMPT, 1)[1] for line in self.shown if PROMPT in line]


def commands(block: Block) -> list[Command]:
    """The commands of a console block."""
    found: list[tuple[str, list[str]]] = []
    for line in block.lines:
        if line.startswith("$ "):
            found.append((line[2:], []))
        else:
            assert found, f"{block.place}: output before the first command"
            found[-1][1].append(line)
    return [Command(line, tuple(_trimmed(shown))) for line, shown in found]


def _trimmed(lines: list[str]) -> list[str]:
    """Lines without blanks at their ends and without empty lines around them."""
    return "\n".join(line.rstrip() for line in lines).strip("\n").split("\n") if any(lines) else []


def is_python_example(block: Block) -> bool:
    """Whether a python block holds `>>>` examples."""
    return block.language == "python" and block.text.startswith(">>>")


@dataclass
class Session:
    """The folder in which the blocks of one page are run."""

    folder: Path
    names: dict[str, Any] = field(default_factory=lambda: {"__name__": "__main__"})

    def __post_init__(self) -> None:
        for sample in SAMPLES.glob("*.yaml"):
            shutil.copy(sample, self.folder)

    def save(self, block: Block) -> None:
        """Put a yaml block in the folder under the name it gives."""
        if block.saved_as:
            file = self.folder / block.saved_as
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.text, "utf-8")

    def run(self, command: Command) -> list[str]:
        """The output of a command, errors included, with what was typed in put where it was typed."""
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
        fixed = {
            "PATH": path, "COLUMNS": "100", "NO_COLOR": "1", "TERM": "dumb", "PYTHONUTF8": "1",
            "LC_ALL": "C.UTF-8", "HOME": str(self.folder),
        }  # fmt: skip
        done = subprocess.run(
            ["sh", "-c", command.line],
            cwd=self.folder,
            env=fixed,
            input="".join(f"{line}\n" for line in command.typed),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"$ {command.line}\nended with {done.returncode}:\n{done.stdout}"
        return _trimmed(_with_typed(done.stdout, command.typed).split("\n"))

    def python(self, source: str) -> str:
        """What an interactive session prints for one example."""
        printed = io.StringIO()
        before = Path.cwd()
        os.chdir(self.folder)
        try:
            with contextlib.redirect_stdout(printed):
                exec(compile(source, "<handbook>", "single"), self.names)  # noqa: S102  # running the handbook's examples is the point
        except Exception as error:
            told = "".join(traceback.format_exception_only(error))
            printed.write(f"Traceback (most recent call last):\n...\n{told}")
        finally:
            os.chdir(before)
        return printed.getvalue()


def _with_typed(output: str, typed: list[str]) -> str:
    parts = output.split(PROMPT)
    typed = [*typed, *[""] * len(parts)]
    return (
        "".join(part + PROMPT + text + "\n" for part, text in zip(parts[:-1], typed, strict=False))
        + parts[-1]
    )


def refreshed_console(block: Block, session: Session) -> list[str]:
    """The lines of a console block with the outputs as they are now; what was left out stays left out."""
    found: list[str] = []
    for command in commands(block):
        found.append(f"$ {command.line}")
        output = session.run(command) if command.is_run else []
        if command.shown:
            found += [*_left_out(output, command.shown)]
    return found


def _left_out(output: list[str], shown: tuple[str, ...]) -> Iterator[str]:
    if LEFT_OUT not in shown:
        yield from output
        return
    first = shown.index(LEFT_OUT)
    last = len(shown) - first - 1
    yield from output[:first]
    yield LEFT_OUT
    yield from output[len(output) - last :]


def refreshed_python(block: Block, session: Session) -> list[str]:
    """The lines of a block of python examples with the outputs as they are now."""
    found: list[str] = []
    for part in _PARSER.parse(block.text):
        if isinstance(part, str):
            found += part.splitlines()
            continue
        source = part.source.rstrip("\n").split("\n")
        found += [(">>> " if index == 0 else "... ") + line for index, line in enumerate(source)]
        found += session.python(part.source).splitlines()
    return [line.rstrip() for line in found]


def refreshed(page: Path, folder: Path) -> str:
    """A page with every shown output as it is now."""
    session = Session(folder)
    lines = page.read_text("utf-8").splitlines()
    changed: list[tuple[Block, list[str]]] = []
    for block in blocks(page):
        if block.language == "console":
            changed.append((block, refreshed_console(block, session)))
        elif is_python_example(block):
            changed.append((block, refreshed_python(block, session)))
        session.save(block)
    for block, fresh in reversed(changed):
        lines[block.start : block.end] = [f"{block.indent}{line}".rstrip() for line in fresh]
    return "\n".join(lines) + "\n"
