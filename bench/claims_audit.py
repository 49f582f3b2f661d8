"""Benchmark of the audit: 100,000 receipts of two years against the judgements of an institution, as a whole process.

`python -m bench.claims_audit` writes sample files (not measured), then runs `mitasu claims audit` on them as a user
would: wall and CPU seconds of the process and its greatest memory, beside the time that only reading the same files
takes. The budget is 30 seconds of wall time on two cores.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

import mitasu
from mitasu.claims.generate import profile, write_month
from mitasu.cli.demo import sample_path
from mitasu.dates import months_between
from mitasu.judge.judgement import Judge
from mitasu.rulebook import Rulebook

RECEIPTS = 100_000
BUDGET = 30
SAMPLE = "paper-clinic"
MONTHS = months_between("2024-06", "2026-05")
READ = """
import sys
from pathlib import Path
from mitasu.claims.reading import open_claims
for name in sys.argv[1:]:
    with open_claims(Path(name)) as claims:
        for receipt in claims.receipts():
            pass
"""


def files(folder: Path, receipts: int) -> list[Path]:
    """Sample files of two years, one a month and payer."""
    made = profile(mitasu.sample(SAMPLE), Judge(Rulebook.shipped()), MONTHS)
    each = -(-receipts // (2 * len(MONTHS)))
    found = []
    for month in MONTHS:
        for reviewer in "12":
            path = folder / f"{month}-{reviewer}.UKE"
            found += write_month(made, month, path, each, 7, reviewer=reviewer)
    return found


def measured(command: list[str]) -> tuple[float, float, float]:
    """Wall and CPU seconds of a process, and the greatest memory in MB of any process so far."""
    before, start = getrusage(RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    wall, after = time.perf_counter() - start, getrusage(RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, cpu, after.ru_maxrss / 1024


def main() -> None:
    """Print the table."""
    receipts = int(sys.argv[1]) if len(sys.argv) > 1 else RECEIPTS
    with tempfile.TemporaryDirectory(prefix="mitasu-bench-") as folder:
        names = [str(path) for path in files(Path(folder), receipts)]
        size = sum(Path(name).stat().st_size for name in names) / 1e6
        read = measured([sys.executable, "-c", READ, *names])
        audit = [sys.executable, "-m", "mitasu", "claims", "audit", str(sample_path(SAMPLE)), *names]
        whole = measured([*audit, "--on", "2026-11-22"])
    print(
        f"{f'{receipts:,} receipts, {len(MONTHS)} months, {size:.0f} MB':<58}{'wall s':>9}{'CPU s':>9}{'MB':>7}{'ratio':>8}"
    )
    print(f"{'reading and checking only':<58}{read[0]:>9.1f}{read[1]:>9.1f}{read[2]:>7.0f}")
    over = "  over budget" if whole[0] > BUDGET else ""
    print(
        f"{'claims audit':<58}{whole[0]:>9.1f}{whole[1]:>9.1f}{whole[2]:>7.0f}{whole[1] / read[1]:>8.2f}{over}"
    )


if __name__ == "__main__":
    main()
