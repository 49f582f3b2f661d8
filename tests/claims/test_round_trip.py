"""A well-formed file comes out of the writer byte for byte, whatever it holds."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from claim_lines import DENTAL, DPC, LINES, PHARMACY, Put, as_bytes
from hypothesis import given, settings
from hypothesis import strategies as st

from mitasu.claims.generate import Profile, write_month
from mitasu.claims.writing import ClaimWriter, encode, raw_records, record
from mitasu.errors import InputError


def rewritten(path: Path, target: Path) -> bytes:
    with ClaimWriter(target) as writer:
        for _, fields in raw_records(path):
            writer.write(fields)
    return target.read_bytes()


@pytest.mark.parametrize("lines", [LINES, DENTAL, PHARMACY, DPC])
def test_files_of_every_kind_are_written_byte_for_byte(
    put: Put, tmp_path: Path, lines: tuple[str, ...]
) -> None:
    assert rewritten(put(lines), tmp_path / "out.UKE") == as_bytes(lines)


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 10**9),
    month=st.sampled_from(["2024-07", "2025-04", "2026-09"]),
    receipts=st.integers(1, 12),
)
def test_generated_files_are_written_byte_for_byte(
    clinic: Profile, seed: int, month: str, receipts: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "in.UKE"
        write_month(clinic, month, path, receipts, seed)
        assert rewritten(path, Path(folder) / "out.UKE") == path.read_bytes()


TEXT = st.text(st.sampled_from("漢字カナｶﾅ表ソ能\\~ Ａａ1-.ー〜―"), max_size=12)


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(st.lists(TEXT, min_size=1, max_size=50), min_size=1, max_size=30))
def test_any_text_of_the_character_set_is_written_byte_for_byte(rows: list[list[str]]) -> None:
    rows = [["".join(sign for sign in one if _encodes(sign)) for one in row] for row in rows]
    content = as_bytes([LINES[0], *["CO," + ",".join(row) for row in rows]])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "in.UKE"
        path.write_bytes(content)
        assert rewritten(path, Path(folder) / "out.UKE") == content


def _encodes(sign: str) -> bool:
    try:
        encode(sign)
    except ValueError:
        return False
    return True


def test_what_cannot_stand_in_a_field_is_refused() -> None:
    for text in ("a,b", 'a"b', "a\r\nb", "髙", "\U0001f600"):
        with pytest.raises(ValueError, match=r"項目|JIS"):
            encode(text)


def test_fields_are_put_by_their_place_and_trailing_ones_cut() -> None:
    assert record("JD", {1: 1, 4: 1, 9: ""}) == ["JD", "1", "", "", "1"]
    assert record("MF", {}) == ["MF"]


def test_nothing_is_left_half_written(tmp_path: Path) -> None:
    target = tmp_path / "out.UKE"
    target.write_bytes(b"before")

    def write() -> None:
        with ClaimWriter(target) as writer:
            writer.write(["CO", "見本"])
            writer.write(["CO", "髙"])

    with pytest.raises(ValueError, match="JIS"):
        write()
    assert target.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [target]


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="書き込めません"):
        ClaimWriter(tmp_path / "no" / "out.UKE")
