"""The rulebook as an electronic fee table: every amount of every period, and the same rows read back."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from mitasu.claims.fee_table import (
    COLUMNS,
    FeeRow,
    Frequency,
    as_csv,
    as_json,
    fee_table,
    read_csv,
    read_json,
    table_to_dict,
)
from mitasu.cli import run
from mitasu.errors import InputError
from mitasu.judge.amounts import by_kind
from mitasu.rulebook import Rulebook
from mitasu.schemas.claims import fee_table_schema


@pytest.fixture(scope="module")
def rows(rulebook: Rulebook) -> tuple[FeeRow, ...]:
    return fee_table(rulebook)


def of(rows: tuple[FeeRow, ...], addition: str, day: date, sector: str = "medical") -> list[FeeRow]:
    return [row for row in rows if row.addition == addition and row.sector == sector and row.holds_on(day)]


def test_the_points_of_a_level_change_with_the_period(rows: tuple[FeeRow, ...]) -> None:
    def paid(day: date) -> dict[str, int | None]:
        return {row.level: row.points for row in of(rows, "medical-dx-promotion", day)}

    assert paid(date(2024, 9, 30)) == {"": 8}
    assert paid(date(2024, 10, 1)) == {"1": 11, "2": 10, "3": 8}
    assert paid(date(2025, 4, 1)) == {"1": 12, "2": 11, "3": 10, "4": 10, "5": 9, "6": 8}
    assert paid(date(2026, 6, 1)) == {}


def test_points_that_the_encounter_decides_have_their_condition(rows: tuple[FeeRow, ...]) -> None:
    found = of(rows, "medical-information-acquisition", date(2024, 6, 1))
    assert {(row.encounter, row.level): row.points for row in found} == {
        ("first_visit", "1"): 3, ("first_visit", "2"): 1, ("revisit", "3"): 2, ("revisit", "4"): 1,
    }  # fmt: skip
    assert all(row.condition for row in found)


def test_amounts_with_names_stand_in_rows_of_their_own(rows: tuple[FeeRow, ...]) -> None:
    found = of(rows, "ckd-dialysis-prevention", date(2026, 6, 1))
    assert {row.amount: row.points for row in found if row.encounter == found[0].encounter} == {
        "first_year": 300, "later": 250, "first_year_online": 261, "later_online": 218,
    }  # fmt: skip
    assert all(row.amount_name for row in found)


def test_points_that_more_requirements_bring_name_them(rows: tuple[FeeRow, ...]) -> None:
    found = of(rows, "base-up-1", date(2026, 6, 1))
    first = {row.points_if: row.points for row in found if row.encounter == "first_visit"}
    assert first == {(): 17, ("continuing-raise", "continuing-raise-filed"): 23}


def test_what_no_source_tells_is_empty_and_not_zero(rows: tuple[FeeRow, ...]) -> None:
    (station,) = of(rows, "visiting-nursing-dx", date(2026, 6, 1), "nursing")
    assert (station.points, station.yen) == (None, None)
    assert all(row.points != 0 and row.yen != 0 for row in rows)
    line = as_csv((station,)).splitlines()[1].split(",")
    assert (line[COLUMNS.index("points")], line[COLUMNS.index("yen")]) == ("", "")


def test_every_amount_of_the_rulebook_is_there(rulebook: Rulebook, rows: tuple[FeeRow, ...]) -> None:
    for addition in rulebook.additions.values():
        for sector in addition.sectors:
            kinds = addition.billing.encounters.get(sector, ())
            for period in addition.rule(sector).periods:
                for level in period.levels:
                    for kind, amounts in by_kind(level.points, kinds).items():
                        found = {
                            row.points
                            for row in of(rows, addition.id, period.from_, sector)
                            if (row.level, row.encounter, row.points_if) == (level.level, kind, ())
                        }
                        assert found == set(amounts)


def test_rows_of_one_amount_do_not_overlap(rows: tuple[FeeRow, ...]) -> None:
    seen: dict[tuple[object, ...], list[FeeRow]] = {}
    for row in rows:
        key = (row.addition, row.sector, row.level, row.encounter, row.amount, row.condition, row.points_if)
        assert not any(other.holds_on(row.from_) or row.holds_on(other.from_) for other in seen.get(key, ()))
        seen.setdefault(key, []).append(row)


def test_requirements_exclusions_and_frequency_are_those_of_the_rule(
    rulebook: Rulebook, rows: tuple[FeeRow, ...]
) -> None:
    (row,) = [row for row in of(rows, "medical-dx-promotion", date(2025, 4, 1)) if row.level == "1"]
    known = {requirement.id for _, requirement in rulebook.addition(row.addition).requirements}
    assert {"online-claims", "e-prescription", "card-use-rate"} <= set(row.requirements) <= known
    assert "home-care-dx" in row.exclusions
    assert [(one.every, one.unit) for one in row.frequency] == [(1, "months")]


def test_an_exclusion_is_told_on_both_sides(rows: tuple[FeeRow, ...]) -> None:
    told = [(row, other) for row in rows for other in row.exclusions]
    assert told
    for row, other in told:
        beside = of(rows, other, row.from_, row.sector)
        assert not beside or any(row.addition in one.exclusions for one in beside)


def test_only_additions_of_the_same_sector_exclude_each_other(
    rulebook: Rulebook, rows: tuple[FeeRow, ...]
) -> None:
    for row in rows:
        for other in row.exclusions:
            assert other in rulebook.others or row.sector in rulebook.addition(other).sectors


def test_csv_and_json_are_read_back_to_the_same_rows(rows: tuple[FeeRow, ...]) -> None:
    assert read_csv(as_csv(rows)) == rows
    assert read_json(as_json(rows)) == rows


texts = st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=12)
ids = st.from_regex(r"\A[a-z]{1,6}(-[a-z]{1,4})?\Z")
lists = st.lists(ids, max_size=3).map(tuple)


@given(
    st.builds(
        FeeRow, codes=st.lists(st.from_regex(r"\A[0-9]{9}\Z"), max_size=2).map(tuple), addition=ids, name=texts, sector=ids,
        level=texts, encounter=ids, amount=ids, amount_name=texts, condition=texts,
        points=st.none() | st.integers(0, 10**6), yen=st.none() | st.integers(0, 10**6), from_=st.dates(),
        to=st.none() | st.dates(), requirements=lists, points_if=lists, exclusions=lists,
        frequency=st.lists(
            st.builds(Frequency, ids, st.integers(1, 99), st.sampled_from(["months", "weeks", "days"]), lists, lists),
            max_size=2,
        ).map(tuple),
        frequency_text=texts, grade=ids, sources=st.lists(ids, max_size=3).map(tuple),
    )
)  # fmt: skip
def test_any_row_is_read_back(row: FeeRow) -> None:
    assert read_csv(as_csv((row,))) == (row,)
    assert read_json(as_json((row,))) == (row,)


def test_the_json_fits_its_schema(rulebook: Rulebook, rows: tuple[FeeRow, ...]) -> None:
    validator = Draft202012Validator(fee_table_schema(rulebook))
    assert list(validator.iter_errors(table_to_dict(rows))) == []
    wrong = table_to_dict(rows[:1])
    wrong["rows"][0]["points"] = -1
    assert not validator.is_valid(wrong)


def test_another_file_is_not_read_as_the_table() -> None:
    with pytest.raises(InputError, match="見出し"):
        read_csv("a,b\r\n1,2\r\n")
    with pytest.raises(InputError, match="JSON"):
        read_json('{"rows": [{}]}')
    with pytest.raises(InputError, match=r"x\.csv:2"):
        read_csv(",".join(COLUMNS) + "\r\n" + "x," * (len(COLUMNS) - 1) + "x\r\n", "x.csv")


# ---- the command ----------------------------------------------------------------------------------------


def test_the_command_writes_csv_for_spreadsheets_and_json_for_programs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], rulebook: Rulebook
) -> None:
    out, other = tmp_path / "t.csv", tmp_path / "t.json"
    assert run(["tensu", "export", "--csv", str(out)]) == 0
    assert "0点ではありません" in capsys.readouterr().out
    assert run(["tensu", "export", "--json", str(other), "--on", "2026-06-01"]) == 0
    assert out.read_bytes().startswith(b"\xef\xbb\xbfcodes,addition")
    every = read_csv(out.read_bytes().decode("utf-8"))
    assert len(every) == len(fee_table(rulebook))
    assert read_json(other.read_text("utf-8")) == tuple(
        row for row in every if row.holds_on(date(2026, 6, 1))
    )
    assert json.loads(other.read_text("utf-8"))["on"] == "2026-06-01"


def test_without_a_file_the_json_goes_to_the_screen(capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert run(["tensu", "export", "--on", "R8.6.1"]) == 0
    assert json.loads(capsys.readouterr().out)["on"] == "2026-06-01"


def test_two_files_at_once_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["tensu", "export", "--csv", str(tmp_path / "a"), "--json", str(tmp_path / "b")]) == 2
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["tensu", "export", "--csv", str(tmp_path / "none" / "a.csv")]) == 3
    assert "フォルダーがありません" in capsys.readouterr().err
