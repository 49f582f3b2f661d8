"""Samples and anonymized files are recognised by every mark at once; anything else may hold real patients."""

from __future__ import annotations

import pytest
from claim_lines import DENTAL, LINES, PHARMACY, Put

from mitasu.claims.rights import origin, require, sample_name
from mitasu.errors import InputError


@pytest.mark.parametrize("lines", [LINES, DENTAL, PHARMACY])
def test_a_sample_is_recognised(put: Put, lines: tuple[str, ...]) -> None:
    assert origin(put(lines)) == "sample"
    require(put(lines), rights=False)


@pytest.mark.parametrize(
    ("found", "instead"),
    [
        ("見本診療所（見本）", "見本診療所"),
        ("見本　花子", "山田　見本"),
        ("  999901", "  138057"),
        ("99990001", "54136015"),
        ("SN,1,01,", "SN,1,01,06137711"),
    ],
)
def test_one_mark_missing_makes_a_file_one_of_real_patients(put: Put, found: str, instead: str) -> None:
    path = put([line.replace(found, instead) for line in LINES])
    assert origin(path) == "unknown"
    with pytest.raises(InputError, match="--i-have-rights"):
        require(path, rights=False)
    require(path, rights=True)


def test_one_real_patient_among_many_samples_is_enough(put: Put) -> None:
    more = [LINES[1].replace("RE,1", f"RE,{number}") for number in range(2, 5_000)]
    assert origin(put([*LINES[:12], *more, LINES[12]])) == "sample"
    more[-1] = more[-1].replace("見本　花子", "山田　花子")
    assert origin(put([*LINES[:12], *more, LINES[12]])) == "unknown"


def test_a_long_name_is_cut_so_that_the_mark_stays() -> None:
    name = sample_name("とても長い名前の医療法人社団見本会附属総合病院")
    assert name.endswith("（見本）")
    assert len(name.encode("cp932")) <= 40
