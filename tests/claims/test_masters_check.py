"""The code table of the additions held to an imported 診療行為 master."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from mitasu.claims.codes import CodeTable, Meaning
from mitasu.claims.masters import Store, read_masters, sample_files
from mitasu.claims.masters.check import Checked, check
from mitasu.cli import run

TITLES = {"sample-addition": "見本管理料"}


RIGHT = Meaning(
    code="199000410", name="見本", addition="sample-addition", encounter="revisit", sector="medical", level="", points=200,
    from_="2024-06", until="9999-12", confirmed=True, missable=True, grade="B", cite=(),
)  # fmt: skip
"""A meaning that the synthetic master bears out."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.make(tmp_path / "masters.sqlite3") as opened:
        for name in ("s_ALL20250401.csv", "s_ALL20260601.csv"):
            path = tmp_path / name
            path.write_bytes(sample_files()[name])
            opened.add(read_masters(path), datetime(2026, 6, 10))
        yield opened


def told(found: Checked) -> list[tuple[str, str]]:
    return [(one.month, one.what) for one in found.differences]


def test_a_meaning_that_the_master_bears_out_is_no_difference(store: Store) -> None:
    found = check(store, [RIGHT], TITLES)
    assert (found.compared, found.differences, found.confirmable) == (2, (), ())


def test_other_points_are_told_for_the_month_of_the_edition(store: Store) -> None:
    meaning = replace(RIGHT, code="199000110", addition="", points=100)
    assert told(check(store, [meaning], TITLES)) == [("2026-06", "points")]


def test_another_name_is_told(store: Store) -> None:
    assert told(check(store, [replace(RIGHT, level="2")], TITLES)) == [
        ("2025-04", "name"),
        ("2026-06", "name"),
    ]


def test_a_code_that_ended_is_told_on_either_side(store: Store) -> None:
    still = replace(RIGHT, code="199000610", addition="", points=20)
    assert told(check(store, [still], TITLES)) == [("2026-06", "ended")]
    over = replace(RIGHT, until="2026-05")
    assert told(check(store, [over], TITLES)) == [("2026-06", "ended")]


def test_a_code_that_is_in_no_master_is_told(store: Store) -> None:
    assert told(check(store, [replace(RIGHT, code="199999999")], TITLES)) == [
        ("2025-04", "missing"),
        ("2026-06", "missing"),
    ]


def test_an_unconfirmed_meaning_is_no_difference_and_told_where_it_is_borne_out(store: Store) -> None:
    right, wrong = replace(RIGHT, confirmed=False), replace(RIGHT, confirmed=False, points=1)
    found = check(store, [right], TITLES)
    assert (found.differences, [one.month for one in found.confirmable]) == ((), ["2025-04", "2026-06"])
    assert check(store, [wrong], TITLES) == Checked(2, (), ())


def test_the_command_ends_with_1_where_something_differs(
    store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def ended(*meanings: Meaning) -> int:
        table = CodeTable(meanings, {})
        monkeypatch.setattr("mitasu.cli.masters.table", lambda context, codes: table)
        return run(["masters", "check", "--store", str(store.path)])

    assert ended(replace(RIGHT, addition="")) == 0
    assert ended(replace(RIGHT, addition="", points=1)) == 1
    assert "点数が違います（表1点、マスター200点）" in capsys.readouterr().out
    assert ended() == 0
