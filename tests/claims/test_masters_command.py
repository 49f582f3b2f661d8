"""`mitasu masters` as a clerk meets it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from mitasu.cli import run

Ran = tuple[int, str, str]
Masters = Callable[..., Ran]


@pytest.fixture
def masters(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Masters:
    """Run `mitasu masters` with a data folder of its own."""
    monkeypatch.setenv("MITASU_DATA", str(tmp_path / "data"))

    def call(*arguments: object) -> Ran:
        capsys.readouterr()
        status = run(["masters", *map(str, arguments)])
        shown = capsys.readouterr()
        return status, shown.out, shown.err

    return call


@pytest.fixture
def sample(masters: Masters, tmp_path: Path) -> Path:
    assert masters("sample", tmp_path / "sample")[0] == 0
    return tmp_path / "sample"


@pytest.fixture
def imported(masters: Masters, sample: Path) -> Masters:
    assert masters("import", *sorted(sample.iterdir()))[0] == 0
    return masters


def test_every_code_of_the_sample_lies_in_an_invented_range(sample: Path) -> None:
    codes = set()
    for path in sample.glob("*.csv"):
        codes |= set(re.findall(r'"(\d{9})"', path.read_bytes().decode("cp932")))
    assert codes
    assert {code[:3] for code in codes} == {"199", "699", "799", "899"}


def test_the_sample_is_the_same_each_time(masters: Masters, sample: Path, tmp_path: Path) -> None:
    masters("sample", tmp_path / "again")
    for path in sample.iterdir():
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes()


def test_the_sample_is_not_written_over_something(masters: Masters, sample: Path) -> None:
    status, _, told = masters("sample", sample)
    assert status == 3
    assert "もう何かがあります" in told


def test_masters_are_imported_into_the_data_folder_and_listed(imported: Masters, tmp_path: Path) -> None:
    assert (tmp_path / "data" / "masters.sqlite3").exists()
    _, shown, _ = imported("list", "--json")
    found = json.loads(shown)["editions"]
    assert len(found) == 16
    assert {one["kind"]: one["rows"] for one in found}["drugs"] == 60
    assert "procedures@2026-06-01" in imported("list")[1]


def test_a_second_import_says_that_nothing_changed(imported: Masters, sample: Path) -> None:
    status, shown, _ = imported("import", sample / "s_ALL20260601.csv")
    assert status == 0
    assert "もう取り込んであります" in shown


def test_one_bad_file_among_several_leaves_nothing(masters: Masters, sample: Path, tmp_path: Path) -> None:
    bad = tmp_path / "y_ALL20260601.csv"
    bad.write_bytes((sample / "s_ALL20260601.csv").read_bytes())
    status, _, told = masters("import", sample / "b_ALL20260601.csv", bad)
    assert status == 3
    assert "近いもの: --kind procedures" in told
    assert masters("list")[0] == 2


def test_editions_are_compared(imported: Masters) -> None:
    status, shown, _ = imported("diff", "procedures@2025-04-01", "procedures@2026-06-01")
    assert status == 0
    assert "新又は現点数: 100.00 → 110.00" in shown
    assert "－ 199000610 見本処置（小）（2026-05-31まで）" in shown
    _, shown, _ = imported("diff", "procedures@2025-04-01", "procedures@2026-06-01", "--json")
    assert [row["code"] for row in json.loads(shown)["added"]] == ["199000710"]


def test_an_edition_that_is_not_there_is_named(imported: Masters) -> None:
    status, _, told = imported("diff", "procedures@2025-04-01", "procedures@2031-01-01")
    assert status == 2
    assert "procedures@2031-01-01" in told


def test_a_code_is_found_as_of_a_month(imported: Masters) -> None:
    assert "新又は現点数: 100.00" in imported("find", "199000110", "--on", "2025-05")[1]
    assert "新又は現点数: 110.00" in imported("find", "199000110", "--on", "R8.6")[1]
    status, shown, _ = imported("find", "199000610", "--on", "2026-06", "--json")
    assert (status, json.loads(shown)["found"]) == (1, [])


def test_a_store_of_ones_own_is_named(masters: Masters, sample: Path, tmp_path: Path) -> None:
    own = tmp_path / "own.sqlite3"
    assert masters("import", sample / "b_ALL20260601.csv", "--store", own)[0] == 0
    assert "diseases@2026-06-01" in masters("list", "--store", own)[1]
    assert masters("list")[0] == 2


def test_an_edition_that_was_imported_by_mistake_is_removed(imported: Masters) -> None:
    status, shown, _ = imported("remove", "drugs@2026-06-01")
    assert (status, shown) == (
        0,
        "医薬品マスター 2026-06-01版（y_ALL20260601.csv、60行）を取り除きました。\n",
    )
    kinds = {one["kind"] for one in json.loads(imported("list", "--json")[1])["editions"]}
    assert "drugs" not in kinds
    assert imported("remove", "drugs@2026-06-01")[0] == 2
