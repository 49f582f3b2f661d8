"""Benchmark of claim files: reading and checking beside Python's csv module, whole-file numbers beside Polars' CSV
reading, each on the same file in the same run; and the memory that reading takes.

`python -m bench.claims` makes a month of the sample hospital (20,000 receipts, about 17 lines each) and measures CPU
time, the two taken in turn, medians of several rounds. The csv module only splits and decodes; the reader types every
field it knows, builds the receipts and checks them. `--large` besides writes a file of more than 1 GB to a temporary
folder and reads it in a process of its own.
"""

from __future__ import annotations

import csv
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

import mitasu
from mitasu.claims.generate import profile, write_month
from mitasu.claims.reading import open_claims
from mitasu.claims.statistics import statistics as whole_file
from mitasu.judge.judgement import Judge
from mitasu.rulebook import Rulebook

RECEIPTS = 20_000
ROUNDS = 7
LARGE = 1_050_000_000
READ = """
import sys
from pathlib import Path
from mitasu.claims.reading import open_claims
with open_claims(Path(sys.argv[1])) as claims:
    count = sum(1 for receipt in claims.receipts())
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(count, len(claims.faults), int(status["VmHWM"].split()[0]) // 1024)
"""


def by_csv(path: Path) -> int:
    """The rows of a file as the csv module gives them."""
    with path.open(encoding="cp932", newline="") as source:
        return sum(1 for _ in csv.reader(source))


def by_reader(path: Path) -> int:
    """The receipts of a file, typed and checked."""
    with open_claims(path) as claims:
        return sum(1 for _ in claims.receipts())


def by_polars(path: Path) -> pl.DataFrame:
    """The same file as Polars reads it: every field of every line as text."""
    return pl.read_csv(
        path,
        has_header=False,
        schema={f"f{place}": pl.String for place in range(48)},
        quote_char=None,
        encoding="utf8-lossy",
        truncate_ragged_lines=True,
        missing_columns="insert",
    )


def in_turn(work: Callable[[Path], Any], other: Callable[[Path], Any], path: Path) -> tuple[float, float]:
    """Median CPU seconds of two readings of a file, their rounds taken in turn."""
    found: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for one, seconds in zip((work, other), found, strict=True):
            start = time.process_time()
            one(path)
            seconds.append(time.process_time() - start)
    return statistics.median(found[0]), statistics.median(found[1])


def memory(path: Path) -> tuple[int, int, int]:
    """Receipts, faults kept and peak memory (MB) of a process that reads a file.

    The peak is the kernel's for this program (VmHWM); getrusage would count what its parent held when it began.
    """
    done = subprocess.run([sys.executable, "-c", READ, str(path)], capture_output=True, text=True, check=True)
    receipts, faults, peak = (int(word) for word in done.stdout.split())
    return receipts, faults, peak


def enlarge(path: Path, target: Path, size: int) -> None:
    """The receipts of a file again and again under running numbers, until the size is reached."""
    header, rest = path.read_bytes().split(b"\r\n", 1)
    body = rest[: rest.rindex(b"GO,")]
    total, copies = int(rest[rest.rindex(b"GO,") :].split(b",")[2]), 0
    with target.open("wb") as out:
        out.write(header + b"\r\n")
        while out.tell() < size:
            shift = copies * RECEIPTS
            out.write(
                re.sub(rb"(?m)^RE,(\d+)", lambda one, shift=shift: b"RE,%d" % (int(one[1]) + shift), body)
            )  # type: ignore[misc]
            copies += 1
        out.write(b"GO,%d,%d,99\r\n\x1a" % (copies * RECEIPTS, copies * total))


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "RECEIPTC.UKE"
        made = profile(mitasu.sample("hospital"), Judge(Rulebook.shipped()), ["2025-05"])
        write_month(made, "2025-05", path, RECEIPTS, 1)
        lines = by_csv(path)
        print(f"{path.stat().st_size / 1e6:.1f} MB, {lines:,} lines, {by_reader(path):,} receipts")
        ours, theirs = in_turn(by_reader, by_csv, path)
        print(
            f"read and check  {ours:.2f} s CPU, {ours / lines * 1e6:.2f} us a line; csv module {theirs:.2f} s; ratio {ours / theirs:.2f} (budget 3)"
        )
        ours, theirs = in_turn(whole_file, by_polars, path)
        print(
            f"statistics      {ours:.2f} s CPU; Polars' own reading {theirs:.2f} s; ratio {ours / theirs:.2f} (budget 2)"
        )
        print(f"memory          {memory(path)[2]} MB for this file")
        if "--large" in sys.argv[1:]:
            large = Path(folder) / "LARGE.UKE"
            enlarge(path, large, LARGE)
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            receipts, faults, peak = memory(large)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            print(
                f"                {peak} MB for {large.stat().st_size / 1e6:,.0f} MB ({receipts:,} receipts, {faults} faults, "
                f"{after.ru_utime - before.ru_utime:.0f} s CPU; budget 300 MB)"
            )


if __name__ == "__main__":
    main()
