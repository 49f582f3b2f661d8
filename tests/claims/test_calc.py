"""The common calculation: base fee, additions, exclusions and frequencies of the masters, what the patient pays."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mitasu.claims.addition_codes import code_beside, codes_of
from mitasu.claims.calculation import Calculated, Calculation, calculate
from mitasu.claims.codes import CodeTable
from mitasu.claims.masters import Lookup, Store, read_masters, write_sample
from mitasu.claims.share import copayment, share_of
from mitasu.cli.demo import sample_path
from mitasu.errors import InputError
from mitasu.facts import Institution, load_institution
from mitasu.judge.bill import Biller
from mitasu.judge.encounters import Encounter, load_encounters
from mitasu.judge.judgement import Judge
from mitasu.rulebook import Rulebook


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder = tmp_path_factory.mktemp("calc")
    files = write_sample(folder / "sample")
    with Store.make(folder / "masters.sqlite3") as opened:
        opened.add([m for path in files for m in read_masters(path)], datetime(2026, 6, 10))
        yield opened


@pytest.fixture
def clinic(rulebook: Rulebook) -> Institution:
    return load_institution(sample_path("paper-clinic"), rulebook)


def given_institution(rulebook: Rulebook, kind: str = "clinic", **facts: Any) -> Institution:
    head = {"name": "見本", "sector": "medical", "kind": kind}
    return load_institution({"institution": head, "facts": facts, "filings": []}, rulebook)


def counted(
    judge: Judge,
    institution: Institution,
    rows: list[dict[str, Any]],
    store: Store | None = None,
    codes: CodeTable | None = None,
) -> Calculation:
    encounters, history = load_encounters(rows, judge.rulebook)
    lookup = None if store is None else Lookup(store)
    return calculate(Biller(judge, institution), encounters, history, lookup=lookup, codes=codes)


def visit(id_: str, on: str, kind: str = "revisit", **more: Any) -> dict[str, Any]:
    return {
        "id": id_,
        "patient": "p1",
        "on": on,
        "kind": kind,
        "card": True,
        "information": "obtained",
    } | more


def charged(one: Calculated) -> list[str]:
    return [line.code for line in one.lines if line.kind == "procedure"]


# ---- base fees ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "on", "code", "points"),
    [
        ("first_visit", "2024-06-01", "111000110", 291),
        ("first_visit", "2026-06-01", "111000110", 291),
        ("revisit", "2026-05-31", "112007410", 75),
        ("revisit", "2026-06-01", "112007410", 76),
    ],
)
def test_the_base_fee_of_a_clinic_is_that_of_the_day(
    judge: Judge, rulebook: Rulebook, kind: str, on: str, code: str, points: int
) -> None:
    (one,) = counted(judge, given_institution(rulebook), [visit("a", on, kind)]).encounters
    assert (one.lines[0].code, one.lines[0].points) == (code, points)
    assert one.lines[0].sources


@pytest.mark.parametrize(
    ("beds", "on", "name", "points"),
    [
        (199, "2026-05-31", "再診料", 75),
        (200, "2026-05-31", "外来診療料", 76),
        (200, "2026-06-01", "外来診療料", 77),
    ],
)
def test_the_general_beds_of_a_hospital_tell_the_fee_of_a_revisit(
    judge: Judge, rulebook: Rulebook, beds: int, on: str, name: str, points: int
) -> None:
    hospital = given_institution(rulebook, "hospital", general_beds=beds)
    (one,) = counted(judge, hospital, [visit("a", on)]).encounters
    assert (one.lines[0].name, one.lines[0].points) == (name, points)


def test_a_hospital_whose_beds_are_not_known_has_no_known_fee(judge: Judge, rulebook: Rulebook) -> None:
    (one,) = counted(judge, given_institution(rulebook, "hospital"), [visit("a", "2026-06-01")]).encounters
    assert (one.lines[0].points, one.total, one.lines[0].asks) == (None, None, ("general_beds",))
    assert any("general_beds" in told for told in one.missing)


@pytest.mark.parametrize(
    "row",
    [
        visit("a", "2024-05-31", "first_visit"),
        visit("a", "2026-06-01", "home_visit"),
        visit("a", "2026-06-01", "first_visit", base_fee="second_department"),
        visit("a", "2026-06-01", base_fee="telephone"),
        visit("a", "2026-06-01", "first_visit", online_consultation=True),
        visit("a", "2026-06-01", "first_visit", bundle="pediatric-outpatient-fee"),
        visit("a", "2026-06-01", "admission"),
        visit("a", "2026-06-01", "emergency"),
    ],
    ids=lambda row: "-".join(
        str(value) for key, value in row.items() if key in ("on", "kind", "base_fee", "bundle")
    ),
)
def test_points_that_no_source_tells_are_unknown_and_never_zero(
    judge: Judge, rulebook: Rulebook, row: dict[str, Any]
) -> None:
    (one,) = counted(judge, given_institution(rulebook), [row | {"share": 30}]).encounters
    assert one.lines[0].points is None
    assert (one.total, one.yen, one.copayment) == (None, None, None)
    assert one.missing


# ---- additions, procedures, exclusions ---------------------------------------------------------------


def test_additions_that_may_be_billed_are_added(judge: Judge, clinic: Institution) -> None:
    (one,) = counted(judge, clinic, [visit("a", "2026-06-05", "first_visit", share=30)]).encounters
    assert [(line.addition, line.points) for line in one.lines[1:]] == [("electronic-information-sharing", 4)]
    assert (one.total, one.yen, one.copayment) == (295, 2950, 890)


def test_an_addition_has_its_code_where_one_is_confirmed(judge: Judge, clinic: Institution) -> None:
    rows = [visit("a", "2026-06-05", "first_visit"), visit("b", "2026-06-06", patient="p2")]
    first, again = counted(judge, clinic, rows).encounters
    assert (first.lines[1].code, again.lines[1].code) == ("111704270", "112709570")


def test_a_code_is_that_of_the_month(judge: Judge, clinic: Institution) -> None:
    rows = [visit("a", "2024-10-07", "first_visit"), visit("b", "2025-05-14", "first_visit", patient="p2")]
    found = [one.lines[1] for one in counted(judge, clinic, rows).encounters]
    assert {(line.code, line.addition) for line in found} == {("111703370", "medical-dx-promotion")}
    assert [line.level for line in found] == ["3", "6"]


def test_a_bundled_visit_has_the_codes_of_its_own(judge: Judge, clinic: Institution) -> None:
    row = visit("a", "2025-05-14", "first_visit", bundle="pediatric-outpatient-fee")
    (one,) = counted(judge, clinic, [row]).encounters
    assert [line.code for line in one.lines[1:]] == ["113705470", "113705370"]


def test_a_code_is_left_out_where_several_are_possible(judge: Judge, clinic: Institution) -> None:
    table = CodeTable.shipped()
    one = next(one for one in table.meanings if one.code == "111704270")
    twice = CodeTable([*table.meanings, replace(one, code="199999999")], table.sources)
    (found,) = counted(judge, clinic, [visit("a", "2026-06-05", "first_visit")], codes=twice).encounters
    assert found.lines[1].code == ""


def test_a_code_of_another_base_fee_or_an_unconfirmed_one_is_not_taken() -> None:
    day = (date(2026, 6, 5), date(2026, 6, 5))
    meanings = CodeTable.shipped().meanings
    revisit = codes_of(meanings, "electronic-information-sharing", "3", "revisit", "medical", day)
    assert code_beside(revisit, "再診料", bundled=False) == "112709570"
    assert code_beside(revisit, "再診料（情報通信機器）", bundled=False) == "112709570"
    assert code_beside(revisit, "電話等再診料", bundled=False) == ""
    assert code_beside(revisit, "外来診療料", bundled=False) == ""
    assert code_beside(revisit, "再診料", bundled=True) == ""
    assert codes_of(meanings, "home-care-dx", "2", "home_visit", "medical", day) == []


def test_procedures_have_the_points_of_the_edition_of_their_day(
    judge: Judge, clinic: Institution, store: Store
) -> None:
    rows = [
        visit("a", "2026-05-29", procedures=["199000110"]),
        visit("b", "2026-06-05", procedures=["199000110"]),
    ]
    found = counted(judge, clinic, rows, store)
    assert [one.lines[-1].points for one in found.encounters] == [100, 110]
    assert "医科診療行為マスター 2025-04-01版" in found.editions


def test_a_procedure_without_master_makes_the_total_unknown(judge: Judge, clinic: Institution) -> None:
    (one,) = counted(judge, clinic, [visit("a", "2026-06-05", procedures=["199000110"])]).encounters
    assert (one.total, one.lines[-1].points) == (None, None)
    assert one.certain == 78  # 再診料 76 and the addition 2 are certain
    assert any("マスターを取り込んでいません" in told for told in one.missing)


@pytest.mark.parametrize("order", [["199000210", "199000310"], ["199000310", "199000210"]])
def test_of_an_excluded_pair_the_one_that_the_table_names_stays(
    judge: Judge, clinic: Institution, store: Store, order: list[str]
) -> None:
    (one,) = counted(judge, clinic, [visit("a", "2026-06-05", procedures=order)], store).encounters
    assert charged(one) == ["199000310"]  # 背反区分 2: only the second of the pair
    assert [(drop.line.code, drop.rule) for drop in one.dropped] == [("199000210", "exclusions-day")]


def test_a_pair_excluded_on_a_day_may_stand_on_two_days_and_for_two_patients(
    judge: Judge, clinic: Institution, store: Store
) -> None:
    rows = [
        visit("a", "2026-06-05", procedures=["199000210"]),
        visit("b", "2026-06-06", procedures=["199000310"]),
        visit("c", "2026-06-05", patient="p2", procedures=["199000310"]),
    ]
    assert [charged(one) for one in counted(judge, clinic, rows, store).encounters] == [
        ["199000210"],
        ["199000310"],
        ["199000310"],
    ]


def test_a_pair_excluded_in_a_month_may_not_stand_in_it(
    judge: Judge, clinic: Institution, store: Store
) -> None:
    rows = [
        visit("a", "2026-06-05", procedures=["199000710"]),
        visit("b", "2026-06-30", procedures=["199000410"]),
        visit("c", "2026-07-01", procedures=["199000710"]),
    ]
    found = counted(judge, clinic, rows, store).encounters
    assert [charged(one) for one in found] == [[], ["199000410"], ["199000710"]]  # 背反区分 1: only the first


def test_a_pair_excluded_in_a_week_counts_from_sunday(
    judge: Judge, clinic: Institution, store: Store
) -> None:
    rows = [
        visit("a", "2026-06-07", procedures=["199001010"]),  # a Sunday
        visit("b", "2026-06-13", procedures=["199000910"]),  # the Saturday after
        visit("c", "2026-06-14", procedures=["199000910"]),  # the next Sunday
    ]
    found = counted(judge, clinic, rows, store).encounters
    assert [charged(one) for one in found] == [["199001010"], [], ["199000910"]]


def test_of_a_pair_of_which_one_is_paid_the_one_with_more_points_stays(
    judge: Judge, clinic: Institution, store: Store
) -> None:
    row = visit("a", "2026-06-05", procedures=["199000910", "199000510"])
    (one,) = counted(judge, clinic, [row], store).encounters
    assert charged(one) == ["199000510"]  # 38 points against 18


def test_a_special_condition_is_not_decided(judge: Judge, clinic: Institution, store: Store) -> None:
    row = visit("a", "2026-06-05", procedures=["199000510", "199000410"], share=30)
    (one,) = counted(judge, clinic, [row], store).encounters
    assert (one.total, one.copayment, one.dropped) == (None, None, ())
    assert any("特例条件" in told for told in one.missing)
    assert one.certain == 76 + 2 + 200  # what would give way is not certain


def test_what_is_claimed_too_often_is_refused(judge: Judge, clinic: Institution, store: Store) -> None:
    rows = [
        visit("a", "2026-06-05", procedures=["199000710"]),
        visit("b", "2026-08-31", procedures=["199000710"]),
        visit("c", "2026-09-01", procedures=["199000710"]),
    ]
    found = counted(judge, clinic, rows, store).encounters
    assert [charged(one) for one in found] == [["199000710"], [], ["199000710"]]
    assert found[1].dropped[0].why == "算定回数は３月1回までです。2026-06-05に算定済みです。"


def test_twice_a_week_is_twice_a_week(judge: Judge, clinic: Institution, store: Store) -> None:
    days = ("2026-06-07", "2026-06-08", "2026-06-13", "2026-06-14")
    rows = [visit(day, day, procedures=["199001010"]) for day in days]
    found = counted(judge, clinic, rows, store).encounters
    assert [len(charged(one)) for one in found] == [1, 1, 0, 1]


def test_a_unit_that_no_source_explains_is_not_guessed(
    judge: Judge, clinic: Institution, store: Store
) -> None:
    row = visit("a", "2026-06-05", procedures=["199000910", "199000910"])
    (one,) = counted(judge, clinic, [row], store).encounters
    assert one.total is None
    assert any("この単位の数え方を解釈しません" in told for told in one.missing)


def test_without_masters_it_says_that_the_tables_were_not_asked(judge: Judge, clinic: Institution) -> None:
    found = counted(judge, clinic, [visit("a", "2026-06-05")])
    assert any("電子点数表の背反と算定回数は確かめていません" in note for note in found.notes)
    assert any("高額療養費" in note for note in found.notes)


def test_a_master_that_parts_from_the_rules_is_told(
    judge: Judge, clinic: Institution, tmp_path: Path, store: Store
) -> None:
    """A master with 初診料 at 290 points: neither number is taken."""
    source = Path(store.path).parent / "sample" / "s_ALL20260601.csv"
    data = source.read_bytes().replace(b"199000410", b"111000110").replace(b'"200.00"', b'"290.00"')
    other = tmp_path / "s_ALL20260601.csv"
    other.write_bytes(data)
    with Store.make(tmp_path / "own.sqlite3") as own:
        own.add(read_masters(other), datetime(2026, 6, 10))
        found = counted(judge, clinic, [visit("a", "2026-06-05", "first_visit")], own)
    assert found.encounters[0].total is None
    assert any("291点" in told and "290点" in told for told in found.warnings)


def test_of_an_addition_too_neither_the_points_of_the_rules_nor_of_the_master_are_taken(
    judge: Judge, clinic: Institution, tmp_path: Path, store: Store
) -> None:
    source = Path(store.path).parent / "sample" / "s_ALL20260601.csv"
    data = source.read_bytes().replace(b"199000410", b"111704270").replace(b'"200.00"', b'"5.00"')
    other = tmp_path / "s_ALL20260601.csv"
    other.write_bytes(data)
    with Store.make(tmp_path / "own.sqlite3") as own:
        own.add(read_masters(other), datetime(2026, 6, 10))
        found = counted(judge, clinic, [visit("a", "2026-06-05", "first_visit", share=30)], own)
    (one,) = found.encounters
    assert (one.total, one.certain, one.copayment) == (None, 291, None)
    assert any("規則（4点）" in told and "（5点）" in told for told in one.missing)
    assert len(found.warnings) == 1


# ---- the patient's share -------------------------------------------------------------------------------


def share(born: date, on: date) -> int | None:
    return share_of(Encounter("a", "p", on, "revisit", born=born)).percent


@pytest.mark.parametrize(
    ("born", "on", "percent"),
    [
        (date(2020, 4, 1), date(2026, 3, 31), 20),  # reaches six on 31 March
        (date(2020, 4, 1), date(2026, 4, 1), 30),
        (date(2020, 4, 2), date(2026, 4, 1), 20),  # reaches six on 1 April: one more year
        (date(2020, 4, 2), date(2027, 3, 31), 20),
        (date(2020, 4, 2), date(2027, 4, 1), 30),
        (date(1956, 6, 1), date(2026, 5, 31), 30),  # reaches 70 on 31 May
        (date(1956, 6, 1), date(2026, 6, 1), None),
        (date(1956, 6, 2), date(2026, 6, 30), 30),  # reaches 70 on 1 June
        (date(1956, 6, 2), date(2026, 7, 1), None),
        (date(1956, 2, 29), date(2026, 2, 28), 30),
        (date(1956, 2, 29), date(2026, 3, 1), None),
        (date(1940, 1, 1), date(2026, 6, 1), None),
    ],
)
def test_the_share_follows_from_age_only_where_the_law_leaves_no_doubt(
    born: date, on: date, percent: int | None
) -> None:
    assert share(born, on) == percent


def test_what_is_told_goes_before_age() -> None:
    told = Encounter("a", "p", date(2026, 6, 1), "revisit", share=10, born=date(1980, 1, 1))
    assert share_of(told).percent == 10


def test_without_share_and_age_the_copayment_is_unknown(judge: Judge, clinic: Institution) -> None:
    (one,) = counted(judge, clinic, [visit("a", "2026-06-05")]).encounters
    assert (one.total, one.copayment) == (78, None)


@given(st.integers(0, 10**7), st.sampled_from([10, 20, 30]))
def test_the_copayment_is_within_five_yen_of_the_share(points: int, percent: int) -> None:
    paid = copayment(points * 10, percent)
    exact = points * percent / 10
    assert paid % 10 == 0
    assert -5 < paid - exact <= 5 or paid == exact


@given(st.dates(date(1930, 1, 1), date(2026, 6, 1)), st.dates(date(2026, 6, 1), date(2026, 12, 31)))
def test_a_share_never_becomes_known_again_after_70(born: date, on: date) -> None:
    later = share(born, date(2027, 6, 30))
    assert share(born, on) is not None or later is None


# ---- the file -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"share": 15}, "負担割合（share）は 10、20、30"),
        ({"share": 30.5}, "負担割合（share）は 10、20、30"),
        ({"share": "全額"}, "負担割合（share）は 10、20、30"),
        ({"born": "2027-01-01"}, "生年月日（born）が受診の日（2026-06-05）より後"),
        ({"born": "昨日"}, "日付として読めません"),
        ({"base_fee": "telefone"}, "近いもの: telephone"),
        ({"base_fee": "without_referral"}, "first_visit の受診に書きます"),
        ({"procedures": "199000110"}, "一覧"),
        ({"procedures": ["19900011"]}, "診療行為コード9桁"),
        ({"procedure": []}, "近いもの: procedures"),
    ],
)
def test_a_wrong_key_is_refused_in_words(rulebook: Rulebook, more: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=re.escape(said)):
        load_encounters([visit("a", "2026-06-05") | more], rulebook)


def test_a_share_may_be_written_as_people_do(rulebook: Rulebook) -> None:
    rows = [visit(str(n), "2026-06-05", share=written) for n, written in enumerate((30, "30", "30%", 30.0))]
    encounters, _ = load_encounters(rows, rulebook)
    assert {one.share for one in encounters} == {30}
