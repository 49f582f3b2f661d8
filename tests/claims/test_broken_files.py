"""Broken bytes never crash the reader, never hang it, and never take a readable record with them."""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from claim_lines import LINES, Put, as_bytes, read
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mitasu.claims.anonymize import Hider
from mitasu.claims.rights import origin
from mitasu.claims.statistics import statistics
from mitasu.errors import InputError

QUIET = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@contextmanager
def file_of(content: bytes) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "RECEIPTC.UKE"
        path.write_bytes(content)
        yield path


@st.composite
def damage(draw: st.DrawFn, content: bytes) -> bytes:
    """A file with some of its bytes changed, put in or taken out, or its end cut off."""
    for _ in range(draw(st.integers(1, 8))):
        at = draw(st.integers(0, len(content)))
        match draw(st.sampled_from(["change", "put in", "take out", "cut", "twice"])):
            case "change":
                content = content[:at] + draw(st.binary(min_size=1, max_size=4)) + content[at + 1 :]
            case "put in":
                signs = st.sampled_from(
                    [b",", b'"', b"\r\n", b"\n", b"\r", b"\x1a", b"\x00", b"RE,", b"GO,", b"IR,1,"]
                )
                content = content[:at] + draw(signs) * draw(st.integers(1, 60)) + content[at:]
            case "take out":
                content = content[:at] + content[at + draw(st.integers(1, 200)) :]
            case "cut":
                content = content[:at]
            case "twice":
                content = content[:at] + content[max(0, at - 300) :]
    return content


@QUIET
@given(data=st.data())
def test_whatever_happens_to_the_bytes_it_is_read_or_refused(month_file: Path, data: st.DataObject) -> None:
    with file_of(data.draw(damage(month_file.read_bytes()[:12_000]))) as path:
        for reader in (read, origin, statistics, lambda one: Hider(b"k").file(one, one.with_name("out.UKE"))):
            with contextlib.suppress(InputError):
                reader(path)


@QUIET
@given(data=st.data())
def test_every_line_that_was_not_touched_is_still_read(month_file: Path, data: st.DataObject) -> None:
    lines = month_file.read_bytes()[:12_000].split(b"\r\n")[:-1]
    touched = data.draw(st.sets(st.integers(2, len(lines) - 1), min_size=1, max_size=20))
    for at in touched:
        kept = bytes(sign for sign in data.draw(st.binary(max_size=60)) if sign not in b"\r\n\x1a")
        lines[at] = data.draw(
            st.sampled_from([kept, lines[at][: len(lines[at]) // 2] + kept, kept + lines[at]])
        )
    with file_of(b"\r\n".join(lines) + b"\r\n\x1a") as path:
        found = read(path)
    acts = {item.line: item.code for receipt in found.receipts for item in receipt.items}
    diseases = {one.line: one.code for receipt in found.receipts for one in receipt.diseases}
    starts = {receipt.line for receipt in found.receipts}
    payers = {one.line: one.points for receipt in found.receipts for one in receipt.insurers}
    for number, line in enumerate(lines, 1):
        if number - 1 in touched:
            continue
        values = line.decode("cp932").split(",")
        match values[0]:
            case "SI" | "IY":
                assert acts[number] == values[3]
            case "SY":
                assert diseases[number] == values[1]
            case "RE":
                assert number in starts
            case "HO":
                assert payers[number] == int(values[5])


@pytest.mark.parametrize(
    "between",
    [
        b"," * 3_000_000,
        b"\x00" * 1_000_000,
        b'"' * 100_000,
        b"\x82" * 20_000,
        b"\r" * 50_000,
        b"\x1a" * 50_000,
        b"SI" + b"," * 30_000,
    ],
)
def test_hostile_lines_come_to_an_end_and_the_rest_is_read(put: Put, between: bytes) -> None:
    lines = as_bytes(LINES)
    at = lines.index(b"SI,12")
    path = put(lines[:at] + between + b"\r\n" + lines[at:])
    start = time.process_time()
    found = read(path)
    assert time.process_time() - start < 60  # a guard against hanging, not a measure of speed
    assert found.file.errors + found.file.warnings > 0
    assert [item.code for item in found.receipts[0].items][-2:] == ["112007410", "113999910"]
    assert found.file.trailer is not None
    assert len(found.faults) < 5_000


def test_a_million_broken_lines_keep_few_faults(put: Put) -> None:
    found = read(put(as_bytes(LINES[:2]) + b"X\n" * 200_000))
    assert found.file.fault_counts["unknown-record"] == 200_000
    assert len(found.faults) < 1_000
