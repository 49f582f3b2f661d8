"""コードの表: what a code means in a month, held to the rulebook, and users' own tables."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest

from mitasu.claims.codes import FOREVER, CodeTable, amounts_of, disagreements
from mitasu.claims.sample_codes import CODES
from mitasu.errors import InputError
from mitasu.rulebook import Rulebook

SHIPPED = CodeTable.shipped()
SOURCE = Path(__file__).parents[2] / "src" / "mitasu"
OWN = """\
sources:
  seen: {title: 自分で取り込んだマスター}
additions:
  - code: "190999910"
    name: 入院初日の加算
    addition: electronic-information-sharing-inpatient
    encounter: admission
    cite: [seen]
    periods:
      - {from: 2026-06, until: null, level: "1", points: 160}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "codes.yaml"
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize(
    ("code", "month", "addition", "level", "points"),
    [
        ("111703470", "2024-12", "medical-dx-promotion", "1", 11),  # case 2 of the reference
        ("111703470", "2025-05", "medical-dx-promotion", "4", 10),  # case 3
        ("111704170", "2026-06", "electronic-information-sharing", "2", 9),  # case 7
        ("111703370", "2024-06", "medical-dx-promotion", "", 8),
        ("111703370", "2025-03", "medical-dx-promotion", "3", 8),
        ("111703370", "2025-04", "medical-dx-promotion", "6", 8),
        ("112708970", "2024-11", "medical-information-acquisition", "4", 1),
        ("112708970", "2024-12", "medical-information-acquisition", "", 1),
        ("114706510", "2025-03", "home-care-dx", "", 10),
        ("114706510", "2025-04", "home-care-dx", "2", 9),
        ("190832010", "2025-01", "record-management", "1", 140),
    ],
)
def test_a_code_means_what_it_meant_in_the_month_of_service(
    code: str, month: str, addition: str, level: str, points: int
) -> None:
    meaning = SHIPPED.at(code, month)
    assert meaning is not None
    assert meaning.counts
    assert (meaning.addition, meaning.level, meaning.points) == (addition, level, points)


def test_every_confirmed_code_pays_what_the_rulebook_pays_in_every_month(rulebook: Rulebook) -> None:
    assert [told for _, told in disagreements(SHIPPED.meanings, rulebook, "2028-12")] == []
    compared = [one for one in SHIPPED.meanings if one.addition in rulebook.additions and one.confirmed]
    assert len(compared) > 45
    assert all(amounts_of(rulebook, one, one.from_) == {one.points} for one in compared)


def test_a_wrong_figure_would_be_found(rulebook: Rulebook) -> None:
    from dataclasses import replace

    right = next(one for one in SHIPPED.meanings if one.code == "111703670")
    wrong = [replace(right, points=13), replace(right, level="2"), replace(right, until="2026-07")]
    assert len(list(disagreements(wrong, rulebook, "2026-12"))) == 3


def test_the_rulebook_and_the_table_name_the_same_additions_and_kinds_of_visits(rulebook: Rulebook) -> None:
    for one in SHIPPED.meanings:
        if one.addition in rulebook.additions:
            assert one.encounter in rulebook.addition(one.addition).billing.encounters[one.sector]
        elif one.addition:
            assert one.addition in rulebook.others


def test_what_was_not_seen_is_marked_and_never_counts() -> None:
    meaning = SHIPPED.at("190832110", "2026-06")
    assert meaning is not None
    assert meaning.within
    assert not meaning.counts
    assert {one.grade for one in SHIPPED.meanings if not one.confirmed} == {"I"}


def test_outside_its_period_a_code_names_the_period_before() -> None:
    late, early = SHIPPED.at("111703670", "2026-06"), SHIPPED.at("111703670", "2025-03")
    assert late is not None
    assert early is not None
    assert not late.within
    assert not early.within
    assert late.period == early.period == "2025年4月から2026年5月まで"


def test_of_months_before_the_table_begins_nothing_is_said() -> None:
    """明細書発行体制等加算 was charged long before; that its code stands there is no fault."""
    meaning = SHIPPED.at("112015770", "2024-05")
    assert meaning is not None
    assert (meaning.within, meaning.confirmed, meaning.counts) == (True, False, False)


def test_a_code_that_is_not_in_the_table_means_nothing() -> None:
    assert SHIPPED.at("160000110", "2025-06") is None


def test_periods_of_a_code_follow_each_other_without_overlap() -> None:
    for rows in SHIPPED.by_code.values():
        for before, after in pairwise(rows):
            assert before.until < after.from_
            assert before.until != FOREVER


def test_every_row_names_a_source_that_is_listed() -> None:
    assert all(one.cite and set(one.cite) <= SHIPPED.sources.keys() for one in SHIPPED.meanings)


def test_additions_without_a_known_code_are_named(rulebook: Rulebook) -> None:
    found = SHIPPED.unconfirmed(rulebook, "medical", ["2025-05"])
    assert "base-up-1" in found
    assert "medical-dx-promotion" not in found
    later = SHIPPED.unconfirmed(rulebook, "medical", ["2026-06"])
    assert {"electronic-information-sharing-inpatient", "record-management", "home-care-dx"} <= set(later)
    assert "emergency-view" not in later  # it pays nothing itself


def test_no_other_module_holds_a_code() -> None:
    literal = re.compile(r"(?<!\d)1[1-9]\d{7}(?!\d)")
    holding = [
        path.name
        for path in sorted((SOURCE / "claims").glob("*.py"))
        if path.name not in ("codes.py", "sample_codes.py")
        and literal.search(re.sub(r'""".*?"""', "", path.read_text("utf-8"), flags=re.S))
    ]
    assert holding == []


def test_sample_files_are_made_of_codes_that_mean_what_the_table_says() -> None:
    for sample in CODES:
        months = ("2024-06", "2024-10", "2024-12", "2025-04", "2026-05", "2026-06")
        for month in (one for one in months if sample.from_ <= one <= sample.until):
            meaning = SHIPPED.at(sample.code, month)
            assert meaning is not None, sample.code
            assert meaning.counts
            assert (meaning.addition, meaning.points) == (sample.addition, sample.points)


def test_a_user_adds_codes_in_a_file_of_ones_own(tmp_path: Path, rulebook: Rulebook) -> None:
    table = CodeTable.load([written(tmp_path, OWN)], rulebook)
    meaning = table.at("190999910", "2026-07")
    assert meaning is not None
    assert (meaning.level, meaning.points) == ("1", 160)
    assert table.at("111703470", "2024-12") == SHIPPED.at("111703470", "2024-12")
    assert "electronic-information-sharing-inpatient" not in table.unconfirmed(
        rulebook, "medical", ["2026-06"]
    )


def test_what_a_user_has_seen_takes_the_place_of_what_was_only_likely(
    tmp_path: Path, rulebook: Rulebook
) -> None:
    own = OWN.replace("190999910", "190832110").replace(
        "electronic-information-sharing-inpatient", "record-management"
    )
    table = CodeTable.load([written(tmp_path, own.replace("160", "100"))], rulebook)
    meaning = table.at("190832110", "2026-06")
    assert meaning is not None
    assert meaning.counts


def test_points_that_the_encounter_decides_may_be_any_of_those_that_are_paid(
    tmp_path: Path, rulebook: Rulebook
) -> None:
    """(Ⅰ) pays 28 or 7 points for a home visit, by the building."""
    own = OWN.replace("electronic-information-sharing-inpatient", "base-up-1").replace(
        "admission", "home_visit"
    )
    own = own.replace("from: 2026-06, until: null", "from: 2024-06, until: 2026-05").replace('"1"', '""')
    for points in (28, 7):
        CodeTable.load([written(tmp_path, own.replace("160", str(points)))], rulebook)
    with pytest.raises(InputError, match="7点・28点"):
        CodeTable.load([written(tmp_path, own.replace("160", "27"))], rulebook)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("points: 160", "points: 161", "規則（160点）と違います（161点）"),
        ('level: "1"', 'level: "9"', "その区分はない"),
        ("sharing-inpatient", "sharing-inpatent", "近いもの: electronic-information-sharing-inpatient"),
        ('"190999910"', '"19099991"', "コードは9桁の数字"),
        ("until: null", "until: 2026-05", "始め（2026-06）より前です"),
        ("encounter: admission", "encounter: admision", "近いもの: admission"),
        ("name:", "nam:", "近いもの: name"),
        ("points: 160", "points: 16.0", "0以上の整数か null"),
        ("2026-06, until", "2026-13, until", "「2026-13」という月はありません"),
        ('"190999910"', '"111704170"', "もう書かれています"),
    ],
)
def test_a_faulty_file_is_refused_with_line_and_the_nearest_right_thing(
    tmp_path: Path, rulebook: Rulebook, old: str, new: str, told: str
) -> None:
    with pytest.raises(InputError) as error:
        CodeTable.load([written(tmp_path, OWN.replace(old, new))], rulebook)
    assert told in str(error.value)
    assert re.search(r"codes\.yaml:\d+:", str(error.value))
