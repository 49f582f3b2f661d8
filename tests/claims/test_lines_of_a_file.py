"""Blocks of a file are cut into the lines that a plain reading of all its bytes gives, whatever the ends and lengths."""

from __future__ import annotations

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mitasu.claims import lines as claim_lines
from mitasu.claims.faults import Faults
from mitasu.claims.lines import LONGEST, blocks


def lines_of(data: bytes) -> tuple[list[bytes], dict[str, int]]:
    """Every line, numbered without a gap, and how often each fault was found."""
    faults = Faults()
    read: list[bytes] = []
    for number, lines in blocks(BytesIO(data), faults):
        assert number == len(read) + 1
        read += lines
    return read, dict(faults.counts)


PIECES = st.sampled_from(
    [b"SI,11", b"a,b", b"\r\n", b"\r\n", b"\n", b"\r", b"\x00", b'"', b"\x0c", b"\x85", b"\x1c"]
)


@given(pieces=st.lists(PIECES, max_size=30), size=st.integers(1, 40))
def test_any_mixture_of_line_ends_gives_the_same_lines_and_faults(pieces: list[bytes], size: int) -> None:
    body = b"".join(pieces) + b"\r\n"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(claim_lines, "BLOCK", size)
        read, counts = lines_of(body + b"\x1a")
    whole = body.split(b"\n")[:-1]
    assert read == [line.removesuffix(b"\r") for line in whole]
    assert counts.get("line-end", 0) == sum(not line.endswith(b"\r") for line in whole)
    inside = [line.removesuffix(b"\r") for line in whole]
    assert counts.get("quote", 0) == sum(b'"' in line for line in inside)
    assert counts.get("control-char", 0) == sum(any(c < 32 or c == 127 for c in line) for line in inside)


@pytest.mark.parametrize(
    "before", [0, 1, LONGEST // 2 - 1, LONGEST // 2, LONGEST - 3, LONGEST, 3 * LONGEST + 7]
)
@pytest.mark.parametrize(("length", "kept"), [(LONGEST, True), (LONGEST + 1, False), (2 * LONGEST, False)])
def test_a_line_too_long_is_found_wherever_it_stands(before: int, length: int, kept: bool) -> None:
    lead = b"SI\r\n" * (before // 4) + b"x" * (before % 4) + b"\r\n"
    line = b"y" * length
    data = lead + line + b"\r\n" + b"GO,1\r\n\x1a"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(claim_lines, "BLOCK", len(data))
        read, counts = lines_of(data)
    assert read[-2:] == [line if kept else b"", b"GO,1"]
    assert counts == ({} if kept else {"line-too-long": 1})
