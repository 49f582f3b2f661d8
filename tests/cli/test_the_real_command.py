"""The command as a process: exit status, stdout and stderr, a real terminal, a reader who leaves, a sudden end."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from clerk import Sample, Write

from mitasu.facts import load_institution
from mitasu.rulebook import Rulebook

MITASU = Path(sys.executable).with_name("mitasu")
DAY = date(2026, 11, 1)
STATION = "# はじめの注\ninstitution: {name: 見本訪問看護, sector: nursing, kind: station}   # 施設の注\nfacts:   # 事実の注\n"
pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def keyboard_interrupts() -> None:
    """A test run in the background ignores Ctrl-C, and so would every program it starts; here they heed it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def run(*arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # type: ignore[call-overload,no-any-return]  # options are passed on as they are
        [str(MITASU), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        **options,
    )


def test_done_is_0_and_only_on_stdout(sample: Sample) -> None:
    ran = run("judge", sample("paper-clinic"), "--on", "2026-06-01", "--json")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert json.loads(ran.stdout)["on"] == "2026-06-01"


@pytest.mark.parametrize("words", [("judge", "--json"), ("judge",), ("facts", "list"), ("--help",)])
def test_a_reader_that_has_gone_is_no_error(sample: Sample, words: tuple[str, ...]) -> None:
    more = (sample("paper-clinic"), "--on", "2026-06-01") if words[0] == "judge" else ()
    process = subprocess.Popen(
        [str(MITASU), words[0], *map(str, more), *words[1:]], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    with process.stderr as told:
        assert told.read() == b""
    assert process.wait(timeout=60) == 0


def test_a_case_that_fails_is_1(write: Write) -> None:
    text = "cases:\n  - {id: a, given: {institution: {name: 見本, sector: nursing, kind: station}}, on: 2026-06-01, expect: {visiting-nursing-dx: {status: claimable}}}\n"
    ran = run("cases", write(text, "a.yaml"))
    assert (ran.returncode, ran.stderr) == (1, "")
    assert ran.stdout.splitlines()[-1] == "0 passed, 1 failed"


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["judge"], 2), (["judge", "nowhere.yaml", "--on", "2025-02-30"], 3), (["new", "/proc/a.yaml"], 3),
        (["judge", "/proc/self/mem"], 3),
    ],
)  # fmt: skip
def test_errors_are_sentences_on_stderr_without_a_traceback(arguments: list[str], status: int) -> None:
    ran = run(*arguments)
    assert (ran.returncode, ran.stdout) == (status, "")
    assert ran.stderr.startswith("エラー: ")
    assert "Traceback" not in ran.stderr
    assert ran.stderr.count("\n") == 1


def test_a_reader_who_leaves_is_no_error(sample: Sample) -> None:
    command = [str(MITASU), "judge", str(sample("hospital")), "--from", "2024-06", "--to", "2026-11"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout
    assert process.stderr
    process.stdout.read(10)
    process.stdout.close()
    assert (process.stderr.read(), process.wait(timeout=60)) == (b"", 0)
    process.stderr.close()


@pytest.mark.parametrize("encoding", ["cp932", "ascii", "utf-8"])
def test_a_terminal_of_another_encoding_is_no_error(sample: Sample, encoding: str) -> None:
    ran = subprocess.run(
        [str(MITASU), "judge", str(sample("hospital")), "--on", "2026-06-01"],
        capture_output=True, timeout=60, check=False, env={**os.environ, "PYTHONIOENCODING": encoding},
    )  # fmt: skip
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert b"140" in ran.stdout or b"100" in ran.stdout


def test_answers_may_come_through_a_pipe(write: Write, rulebook: Rulebook) -> None:
    path = write(STATION)
    ran = run("ask", path, "--on", DAY, input="はい\nたぶん\nいいえ\n")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "2問の答え" in ran.stdout
    facts = load_institution(path, rulebook).facts
    assert [span.value for spans in facts.values() for span in spans] == [True, False]


# ---- a real terminal -----------------------------------------------------------------------------------------


class Terminal:
    """`mitasu ask` on a pseudo-terminal."""

    def __init__(self, path: Path) -> None:
        self.master, slave = pty.openpty()
        self.process = subprocess.Popen(
            [str(MITASU), "ask", str(path), "--on", str(DAY)], stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
            preexec_fn=_own_terminal,
        )  # fmt: skip
        os.close(slave)
        self.shown = ""

    def until(self, text: str) -> str:
        """What is shown until a text appears."""
        start = len(self.shown)
        raw = b""
        end = time.monotonic() + 30
        while text not in (new := raw.decode("utf-8", "ignore")):
            assert time.monotonic() < end, new
            if select.select([self.master], [], [], 0.2)[0]:
                try:
                    raw += os.read(self.master, 4096)
                except OSError:  # the other side has gone
                    break
        self.shown += raw.decode("utf-8", "ignore")
        return self.shown[start:]

    def type(self, text: str) -> None:
        os.write(self.master, text.encode())

    def answer(self, *texts: str) -> None:
        for text in texts:
            self.until(" > ")
            self.type(f"{text}\n")

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(timeout=30)
        os.close(self.master)


def _own_terminal() -> None:
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


@pytest.fixture
def path(write: Write) -> Path:
    return write(STATION)


@pytest.fixture
def terminal(path: Path) -> Iterator[Terminal]:
    found = Terminal(path)
    yield found
    found.close()


def values(path: Path, rulebook: Rulebook) -> dict[str, object]:
    return {id_: spans[0].value for id_, spans in load_institution(path, rulebook).facts.items()}


def test_a_whole_interview_at_a_terminal(terminal: Terminal, path: Path, rulebook: Rulebook) -> None:
    terminal.answer("はい", "はい", "わからない", "たぶん", "はい", "はい", "あとで", "1", "2026-05-20", "")
    terminal.until("を算定")
    assert terminal.process.wait(timeout=30) == 0
    assert "はい・いいえ・わからない・あとで" in terminal.shown
    institution = load_institution(path, rulebook)
    assert institution.filings is not None
    assert institution.filings[0].accepted == date(2026, 5, 20)
    assert set(values(path, rulebook).values()) == {True}
    assert path.read_text("utf-8").startswith(STATION)
    assert run("judge", path, "--on", DAY).returncode == 0


@pytest.mark.parametrize("end", ["q\n", "\x03", "\x04"])
def test_q_and_the_keys_that_end_a_program_keep_what_was_answered(
    terminal: Terminal, path: Path, rulebook: Rulebook, end: str
) -> None:
    terminal.answer("はい", "はい")
    terminal.until(" > ")
    time.sleep(0.5)  # an interrupt between the prompt and the reading of it would wait for the next key
    terminal.type(end)
    terminal.until("2問の答え")
    assert terminal.process.wait(timeout=30) == 0
    assert "Traceback" not in terminal.shown
    assert list(values(path, rulebook).values()) == [True, True]


def test_a_program_that_is_killed_loses_no_answer(
    terminal: Terminal, path: Path, rulebook: Rulebook, tmp_path: Path
) -> None:
    terminal.answer("はい", "はい", "はい")
    terminal.until(" > ")
    terminal.process.send_signal(signal.SIGKILL)
    assert terminal.process.wait(timeout=30) == -signal.SIGKILL
    assert list(values(path, rulebook).values()) == [True, True, True]
    assert path.read_text("utf-8").startswith(STATION)
    assert os.listdir(tmp_path) == [path.name]
    again = run("ask", path, "--on", DAY, input="q\n")
    assert again.returncode == 0
    assert "あと4問" in again.stdout
