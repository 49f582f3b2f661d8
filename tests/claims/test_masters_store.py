"""Masters are kept by edition, answer for the month that is asked, and two editions can be compared."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from pathlib import Path

import pytest

from mitasu.claims.masters import Lookup, Store, difference, find, read_masters, write_sample
from mitasu.errors import InputError, UsageError

NOW = datetime(2026, 6, 10, 9, 0)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("masters") / "sample"
    write_sample(folder)
    return folder


@pytest.fixture
def store(sample: Path, tmp_path: Path) -> Iterator[Store]:
    with Store.make(tmp_path / "masters.sqlite3") as opened:
        opened.add([m for path in sorted(sample.iterdir()) for m in read_masters(path)], NOW)
        yield opened


def changed(sample: Path, folder: Path, name: str, before: str, after: str, called: str = "") -> Path:
    """A file of the sample with one text put for another."""
    data = (sample / name).read_bytes()
    old, new = before.encode("cp932"), after.encode("cp932")
    assert old in data
    path = folder / (called or name)
    path.write_bytes(data.replace(old, new, 1))
    return path


def test_an_edition_tells_where_it_comes_from(store: Store) -> None:
    edition = store.edition("procedures@2026-06-01")
    assert (edition.file, edition.rows, edition.columns) == ("s_ALL20260601.csv", 10, 150)
    assert (edition.first_change, edition.last_change) == (date(2025, 4, 1), date(2026, 6, 1))
    assert len(edition.sha256) == 64
    assert edition.imported_at == "2026-06-10T09:00:00"
    assert store.edition(str(edition.id)) == edition


def test_the_same_file_twice_changes_nothing_and_is_told(store: Store, sample: Path) -> None:
    before = store.editions()
    found = store.add(read_masters(sample / "s_ALL20260601.csv"), NOW)
    assert [one.known for one in found] == [True]
    assert store.editions() == before


def test_an_import_is_whole_or_not_at_all(store: Store, sample: Path, tmp_path: Path) -> None:
    before = store.editions()
    good = changed(sample, tmp_path, "s_ALL20260601.csv", "見本処置", "見本の処置", "s_ALL20260701.csv")
    bad = changed(sample, tmp_path, "b_ALL20260601.csv", "9990003", "99900")
    with pytest.raises(InputError, match=r"b_ALL20260601\.csv:3:"):
        store.add([*read_masters(good), *read_masters(bad)], NOW)
    assert store.editions() == before
    assert find(store, "見本の処置", None)[0] == []


def test_a_file_that_is_no_store_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    other = tmp_path / "other.sqlite3"
    connection = sqlite3.connect(other)
    connection.execute("CREATE TABLE mine (a)")
    connection.commit()
    connection.close()
    before = other.read_bytes()
    with pytest.raises(InputError, match="保管のファイルではありません"), Store.make(other):
        pass
    text = tmp_path / "text.csv"
    text.write_text("a,b\n" * 500)
    with pytest.raises(InputError, match="保管のファイルではない"), Store.open(text):
        pass
    assert (other.read_bytes(), text.read_text()) == (before, "a,b\n" * 500)


def test_a_store_of_a_later_version_is_refused(store: Store) -> None:
    connection = sqlite3.connect(store.path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(InputError, match="新しい版の Mitasu"), Store.open(store.path):
        pass


def test_reading_makes_no_store(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="masters import"), Store.open(tmp_path / "none.sqlite3"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_only_the_owner_may_read_the_store(store: Store) -> None:
    assert store.path.stat().st_mode & 0o077 == 0


def test_two_who_import_the_same_at_once_leave_one_edition(sample: Path, tmp_path: Path) -> None:
    path = tmp_path / "masters.sqlite3"
    with Store.make(path):
        pass

    def add(_: int) -> bool:
        with Store.make(path) as opened:
            return opened.add(read_masters(sample / "y_ALL20260601.csv"), NOW)[0].known

    with ThreadPoolExecutor(4) as pool:
        known = list(pool.map(add, range(4)))
    assert sorted(known) == [False, True, True, True]
    with Store.open(path) as opened:
        assert [edition.rows for edition in opened.editions()] == [60]


def test_an_edition_that_is_removed_answers_no_more(store: Store) -> None:
    store.remove(store.edition("procedures@2026-06-01"))
    assert points(store, "2026-06", "199000110") == ["100.00"]
    with pytest.raises(UsageError, match="procedures@2026-06-01"):
        store.edition("procedures@2026-06-01")


# ---- as of a month ------------------------------------------------------------------------------------


def points(store: Store, month: str, code: str, day: date | None = None) -> list[str]:
    return [found.row.cell(12) for found in Lookup(store).as_of("procedures", month, code, day)]


def test_the_edition_of_the_month_answers(store: Store) -> None:
    assert points(store, "2025-06", "199000110") == ["100.00"]
    assert points(store, "2026-05", "199000110") == ["100.00"]
    assert points(store, "2026-06", "199000110") == ["110.00"]
    assert points(store, "2027-01", "199000110") == ["110.00"]


def test_a_code_has_no_row_after_it_ended_and_before_it_began(store: Store) -> None:
    assert points(store, "2026-05", "199000610") == ["20.00"]
    assert points(store, "2026-06", "199000610") == []
    assert points(store, "2026-05", "199000710") == []
    assert points(store, "2026-06", "199000710") == ["80.00"]


def test_a_row_that_changes_within_the_month_is_asked_by_day(
    store: Store, sample: Path, tmp_path: Path
) -> None:
    path = changed(
        sample,
        tmp_path,
        "s_ALL20260601.csv",
        '"20260601","99999999"',
        '"20260715","99999999"',
        "s_ALL20260715.csv",
    )
    store.add(read_masters(path), NOW)
    code = "199000110"
    assert points(store, "2026-07", code, date(2026, 7, 10)) == ["110.00"]
    assert [
        f.edition.dated for f in Lookup(store).as_of("procedures", "2026-07", code, date(2026, 7, 10))
    ] == [date(2026, 6, 1)]
    assert [
        f.edition.dated for f in Lookup(store).as_of("procedures", "2026-07", code, date(2026, 7, 20))
    ] == [date(2026, 7, 15)]


def test_a_month_before_every_edition_is_answered_with_a_warning(store: Store) -> None:
    lookup = Lookup(store)
    found = lookup.as_of("drugs", "2026-01", "699001110")
    assert [one.edition.dated for one in found] == [date(2026, 6, 1)]
    assert len(lookup.warnings) == 1
    assert "2026-01の版がない" in lookup.warnings[0]
    assert "医薬品マスター" in lookup.warnings[0]


def test_tables_of_several_editions_are_told(store: Store, sample: Path, tmp_path: Path) -> None:
    lookup = Lookup(store)
    lookup.as_of("frequency", "2026-08", "199000210")
    assert lookup.warnings == []
    lookup.as_of("exclusions-day", "2026-08", "199000210")
    assert lookup.warnings == []
    later = tmp_path / "tensuhyo_20260801.zip"
    later.write_bytes((sample / "tensuhyo_20260601.zip").read_bytes())
    only = [m for m in read_masters(later) if m.layout.kind == "exclusions-day"]
    only = [type(m)(m.place, m.name, m.layout, m.dated, "0" * 64, m.text) for m in only]
    store.add(only, NOW)
    mixed = Lookup(store)
    mixed.as_of("frequency", "2026-08", "199000210")
    mixed.as_of("exclusions-day", "2026-08", "199000210")
    assert ["混ざっています" in told for told in mixed.warnings] == [True]


def test_a_pair_is_found_by_either_code(store: Store) -> None:
    for code in ("199000210", "199000310"):
        (found,) = Lookup(store).as_of("exclusions-day", "2026-06", code)
        assert (found.row.code, found.row.other, found.row.cell(6)) == ("199000210", "199000310", "2")


def test_rows_are_found_by_code_and_by_part_of_a_name(store: Store) -> None:
    by_code, _ = find(store, "699002210", None)
    by_name, _ = find(store, "軟膏02", "2026-06")
    assert [one.row.name for one in by_code] == [one.row.name for one in by_name] == ["見本軟膏02（架空）"]
    assert find(store, "軟膏０２", None)[0] == by_name
    (raw,), _ = find(store, "器材3", None)
    assert raw.edition.kind == "materials"


# ---- difference ----------------------------------------------------------------------------------------


def test_a_difference_tells_what_was_added_ended_and_changed(store: Store) -> None:
    found = difference(store, store.edition("procedures@2025-04-01"), store.edition("procedures@2026-06-01"))
    assert [row.code for row in found.added] == ["199000710"]
    assert [(row.code, row.until) for row in found.ended] == [("199000610", "2026-05-31")]
    first = found.changed[0]
    assert first.after.code == "199000110"
    assert (12, "新又は現点数", "100.00", "110.00") in first.columns


def test_a_column_that_no_source_names_is_told_by_its_number(
    store: Store, sample: Path, tmp_path: Path
) -> None:
    old = store.edition("drugs@2026-06-01")
    path = changed(
        sample, tmp_path, "y_ALL20260601.csv", '"0","0","0","0"', '"0","0","0","7"', "y_ALL20260701.csv"
    )
    (new,) = store.add(read_masters(path), NOW)
    (one,) = difference(store, old, new.edition).changed
    _, name, _, after = one.columns[0]
    assert (name[0], name[-1], after) == ("第", "欄", "7")


def test_a_kind_without_named_columns_has_rows_added_and_ended_only(
    store: Store, sample: Path, tmp_path: Path
) -> None:
    old = store.edition("comments@2026-06-01")
    path = changed(
        sample, tmp_path, "c_ALL20260601.csv", "見本のコメント2", "見本の別のコメント", "c_ALL20260701.csv"
    )
    (new,) = store.add(read_masters(path), NOW)
    found = difference(store, old, new.edition)
    assert (len(found.added), len(found.ended), len(found.changed)) == (1, 1, 0)


def test_an_edition_does_not_differ_from_itself(store: Store) -> None:
    for edition in store.editions():
        assert not difference(store, edition, edition)


def test_editions_of_two_kinds_are_not_compared(store: Store) -> None:
    with pytest.raises(UsageError, match="種類の違う版"):
        difference(store, store.edition("drugs@2026-06-01"), store.edition("diseases@2026-06-01"))
