"""The short way of the reader (remembered lines, one expression a record) gives what the long way gives."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from claim_lines import LINES, Read, as_bytes, read
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mitasu.claims.long_way import LongWay
from mitasu.claims.stream import Stream


def long_way(path: Path) -> Read:
    """Read with nothing remembered and no expressions."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Stream, "_by_pattern", lambda self: {})
        patch.setattr(Stream, "_begin_quickly", lambda self: lambda line, number: False)
        patch.setattr(LongWay, "_remember_whole", lambda *_: None)
        patch.setattr(Stream, "act_of_halves", lambda *_: None)
        return read(path)


FIELDS = st.sampled_from(
    ["", "0", "1", "2", "9", "97", "11", "12", "99", "x", "-1", "1.5", "111000110", "620999901", "20250401", "20250231",
     "5070401", "202504", "  999901", "99990001", "999901", "見本", "ﾐﾎﾝ", "髙", "1001", "10012002", "1112", "1111", "01", "450"]
)  # fmt: skip
RECORDS = st.sampled_from(
    ["RE", "HO", "KO", "SN", "JD", "MF", "SY", "SI", "IY", "TO", "CO", "SJ", "GR", "GO", "ZZ"]
)


@st.composite
def some_lines(draw: st.DrawFn) -> list[str]:
    """The lines of a file, some of them twice, some with other fields, some in another place."""
    lines = list(LINES[1:12]) * draw(st.integers(1, 3))
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, len(lines) - 1))
        match draw(st.sampled_from(["field", "line", "move", "cut", "pad"])):
            case "field":
                values = lines[at].split(",")
                values[draw(st.integers(0, len(values) - 1))] = draw(FIELDS)
                lines[at] = ",".join(values)
            case "line":
                lines.insert(at, ",".join([draw(RECORDS), *draw(st.lists(FIELDS, max_size=48))]))
            case "move":
                lines.append(lines.pop(at))
            case "cut":
                lines[at] = ",".join(lines[at].split(",")[: draw(st.integers(1, 14))])
            case "pad":
                lines[at] += "," * draw(st.integers(1, 50))
    return [LINES[0], *lines, LINES[12]]


def same(path: Path) -> None:
    one, other = read(path), long_way(path)
    assert one.receipts == other.receipts
    assert one.faults == other.faults
    assert one.file.fault_counts == other.file.fault_counts
    assert one.file.totals == other.file.totals


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(lines=some_lines())
def test_any_lines_give_the_same_receipts_faults_and_totals(lines: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "RECEIPTC.UKE"
        path.write_bytes(as_bytes(lines))
        same(path)


def test_a_generated_month_gives_the_same(month_file: Path) -> None:
    same(month_file)
