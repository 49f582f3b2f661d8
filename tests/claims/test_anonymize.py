"""An anonymized file: the same claims, and no name, number, birthday or sentence of the people that were in it."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from claim_lines import DENTAL, LINES, PHARMACY, Put, read
from hypothesis import given, settings
from hypothesis import strategies as st

from mitasu.claims.anonymize import Hider
from mitasu.claims.generate import Profile, write_month
from mitasu.claims.rights import origin
from mitasu.errors import UsageError

REAL = [
    LINES[0].replace("見本診療所（見本）", "青葉台診療所").replace("00-0000-0000", "03-1234-5678"),
    "RE,1,1122,202504,青葉　霞,2,19630517,,,,,,,KARTE77,,,,,KENSAKU8,,SEIKYU9,01,,,,,,,,,,,,,,,アオバ　カスミ",
    "HO,06137711,ＡＢ,１２３４５６,2,450,,,,,SHOMEI5",
    "KO,54136015,7654321,,2,450",
    "SN,1,01,06137711,ＡＢ,１２３４５６,83",
    "JD,1,,1,,1",
    "SY,0000999,20250402,1,,青葉氏病,01,霞様の訴え",
    "SY,9999001,20210311,1,,,",
    "SI,11,2,111000110,,,1,810000001,霞様希望,,,,,,1",
    "SI,,2,111703470,,301,1,,,,,,,,1",
    "SI,12,2,112007410,,76,1,,,,,,,,,,1",
    "TO,40,2,710000001,1,73,1,,,,青葉特製,,,,,,,,1",
    "CO,99,2,810000001,霞様の家族より",
    "SJ,01,青葉霞は二月から",
    "GO,1,450,99",
]
SECRETS = ("青葉　霞", "霞", "アオバ", "カスミ", "KARTE77", "KENSAKU8", "SEIKYU9", "06137711", "ＡＢ", "１２３４５６", "SHOMEI5",
           "54136015", "7654321", "19630517", "20210311", "青葉氏病", "青葉特製", "03-1234-5678")  # fmt: skip


def hide(path: Path, key: bytes | None = None) -> Path:
    target = path.with_name("hidden.UKE")
    Hider(key).file(path, target)
    return target


def test_nothing_that_names_the_patient_is_left(put: Put) -> None:
    hidden = hide(put(REAL), b"key of this test")  # by chance two digits may come out as they were
    text = hidden.read_bytes().decode("cp932")
    for secret in SECRETS:
        assert secret not in text
    (certificate,) = (line.split(",") for line in text.splitlines() if line.startswith("SN,"))
    assert certificate[6] not in ("83", "")
    assert origin(hidden) == "anonymized"


def test_what_is_judged_stays(put: Put) -> None:
    path = put(REAL)
    before, after = read(path), read(hide(path))
    assert after.faults == []
    assert after.file.header is not None
    assert (after.file.header.code, after.file.header.month) == ("1319900010", "2025-05")
    assert after.file.totals == before.file.totals
    (one,), (other,) = before.receipts, after.receipts
    assert other.items == one.items
    assert (other.visits, other.departments, other.kind, other.month, other.sex) == (
        one.visits, one.departments, one.kind, one.month, one.sex,
    )  # fmt: skip
    assert [disease.code for disease in other.diseases] == [disease.code for disease in one.diseases]


def test_days_are_moved_and_those_of_the_month_stay(put: Put) -> None:
    (one,) = read(hide(put(REAL))).receipts
    assert one.born == date(1963, 1, 1)
    month, before = (disease.start for disease in one.diseases)
    assert month == date(2025, 4, 2)
    assert before is not None
    assert 1 <= (date(2021, 3, 11) - before).days <= 28


@pytest.mark.parametrize(
    ("born", "moved"),
    [
        ("20200517", date(2020, 5, 1)),
        ("19200517", date(1934, 1, 1)),
        ("3380517", date(1963, 1, 1)),
        ("4220517", date(2010, 5, 1)),
    ],
)
def test_birthdays_of_children_old_people_and_by_era_are_moved(put: Put, born: str, moved: date) -> None:
    (one,) = read(hide(put([line.replace("19630517", born) for line in REAL]))).receipts
    assert one.born == moved


def test_the_same_people_get_the_same_numbers_within_a_run_and_others_in_the_next(
    put: Put, tmp_path: Path
) -> None:
    twice = [*REAL[:14], REAL[1].replace("RE,1", "RE,2"), *REAL[2:14], "GO,2,900,99"]
    path = put(twice)
    one, other = read(hide(path)).receipts
    assert one.chart == other.chart
    assert [(each.payer, each.number) for each in one.insurers] == [
        (each.payer, each.number) for each in other.insurers
    ]
    assert read(hide(path)).receipts[0].chart != one.chart
    assert hide(path, b"k").read_bytes() == hide(path, b"k").read_bytes()


def test_lines_that_cannot_be_told_are_left_out_and_named(put: Put) -> None:
    lines = [*REAL]
    lines[2] = "HO,青葉　霞,06137711,１２３４５６,2,450"
    lines.insert(12, "ZZ,青葉　霞")
    path = put(lines)
    found = Hider(b"k").file(path, path.with_name("hidden.UKE"))
    assert found.left_out == (3, 13)
    assert "霞" not in path.with_name("hidden.UKE").read_bytes().decode("cp932")


def test_of_a_broken_receipt_record_only_what_is_sound_stays(put: Put) -> None:
    lines = [*REAL]
    lines[1] = "RE,1,1122,202504,2,青葉　霞,アオバ,KARTE77,カスミ"
    text = hide(put(lines)).read_bytes().decode("cp932")
    for secret in ("霞", "アオバ", "カスミ", "KARTE77"):
        assert secret not in text
    assert "RE,1,1122,202504," in text.replace("RE,,", "RE,1,")


@pytest.mark.parametrize("lines", [DENTAL, PHARMACY])
def test_records_that_no_text_describes_are_emptied(put: Put, lines: tuple[str, ...]) -> None:
    text = hide(put(lines)).read_bytes().decode("cp932")
    assert "見本　花子" not in text
    assert re.search(r"^(SS|SH)\r$", text, re.MULTILINE)


def test_the_source_is_never_written_over(put: Put) -> None:
    path = put(REAL)
    with pytest.raises(UsageError, match="元のファイル"):
        Hider().file(path, path)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_no_name_or_number_of_any_sample_is_left(
    clinic: Profile, tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    folder = tmp_path_factory.mktemp("hide")
    write_month(clinic, "2025-05", folder / "a.UKE", 6, seed)
    hidden = hide(folder / "a.UKE")
    text = hidden.read_bytes().decode("cp932")
    for line in (folder / "a.UKE").read_bytes().decode("cp932").split("\r\n"):
        values = line.split(",")
        if values[0] == "RE":
            assert values[4] not in text
            assert values[36] not in text
        if values[0] in ("HO", "KO"):
            assert values[1].strip() not in text
    assert read(hidden).faults == []
    assert read(hidden).file.totals == read(folder / "a.UKE").file.totals
