"""A master is read as it is handed out, and refused in words where it is not one."""

from __future__ import annotations

import contextlib
import io
import zipfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mitasu.claims.masters import Row, layouts, read_masters, rows_of, sample_files
from mitasu.claims.masters.archive import MOST_FILES
from mitasu.errors import InputError, UsageError

FILES = sample_files()
PROCEDURES = FILES["s_ALL20260601.csv"]
EXCLUSIONS = "03-1背反テーブル1.csv"


def put(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def table(name: str) -> bytes:
    """A file of the electronic fee table in the sample's zip."""
    with zipfile.ZipFile(io.BytesIO(FILES["tensuhyo_20260601.zip"]), metadata_encoding="cp932") as packed:
        return packed.read(name)


def refusal(path: Path, kind: str | None = None, dated: date | None = None) -> str:
    """What is said of a file that is not imported."""
    with pytest.raises(InputError) as told:
        [list(rows_of(master)) for master in read_masters(path, kind, dated)]
    return str(told.value)


def test_every_kind_of_the_sample_is_told_by_its_name(tmp_path: Path) -> None:
    found = [m for name, data in FILES.items() for m in read_masters(put(tmp_path, name, data))]
    assert {master.layout.kind for master in found} == set(layouts())
    assert {master.dated for master in found} == {date(2025, 4, 1), date(2026, 6, 1)}


def test_a_row_gives_the_columns_that_the_source_names(tmp_path: Path) -> None:
    (master,) = read_masters(put(tmp_path, "s_ALL20260601.csv", PROCEDURES))
    row = next(row for row in rows_of(master) if row.code == "199000510")
    assert (row.name, row.from_, row.until) == ("見本処置", "2026-06-01", "")
    assert (row.cell(12), row.cell(58), row.cell(113)) == ("38.00", "35.00", "見本処置（架空）")
    assert len(row.cells) == 150


def test_a_row_that_ended_has_its_last_day(tmp_path: Path) -> None:
    (master,) = read_masters(put(tmp_path, "s_ALL20260601.csv", PROCEDURES))
    assert [row.until for row in rows_of(master) if row.code == "199000610"] == ["2026-05-31"]


def test_both_codes_of_a_pair_are_read(tmp_path: Path) -> None:
    (master,) = read_masters(put(tmp_path, EXCLUSIONS, table(EXCLUSIONS)), dated=date(2026, 6, 1))
    assert next((row.code, row.other) for row in rows_of(master)) == ("199000210", "199000310")


def test_the_drugs_of_a_contraindicated_pair_are_found_by_their_form(tmp_path: Path) -> None:
    shifted = b"".join(b'"0",' + line + b"\r\n" for line in FILES["IY_HeiyoKinki_20260601.csv"].splitlines())
    shifted = shifted.replace(b',"1"\r\n', b"\r\n")  # one column before, one less behind: still ten
    (master,) = read_masters(put(tmp_path, "IY_HeiyoKinki_20260601.csv", shifted))
    first = next(rows_of(master))
    assert (first.code, first.other) == ("699001110", "699009210")


def test_a_file_whose_columns_no_source_names_is_kept_whole(tmp_path: Path) -> None:
    (master,) = read_masters(put(tmp_path, "z_ALL20260601.csv", FILES["z_ALL20260601.csv"]))
    row = next(rows_of(master))
    assert (row.code, row.name, row.cells) == ("", "", ("0", "Z", "9901", "見本の修飾語1"))
    assert "解釈せず" in master.layout.reading


def test_the_end_mark_of_old_systems_is_no_row(tmp_path: Path) -> None:
    (plain,) = read_masters(put(tmp_path, "s_ALL20260601.csv", PROCEDURES))
    (marked,) = read_masters(put(tmp_path, "s_ALL20260602.csv", PROCEDURES + b"\x1a"))
    assert [row.cells for row in rows_of(plain)] == [row.cells for row in rows_of(marked)]


def test_the_day_of_an_edition_may_be_told(tmp_path: Path) -> None:
    path = put(tmp_path, "s.csv", PROCEDURES)
    assert "--edition" in refusal(path)
    assert read_masters(path, dated=date(2026, 6, 5))[0].dated == date(2026, 6, 5)


# ---- refused ----------------------------------------------------------------------------------------


def test_utf8_is_named_and_refused(tmp_path: Path) -> None:
    data = PROCEDURES.decode("cp932").encode()
    for written in (data, b"\xef\xbb\xbf" + data):
        told = refusal(put(tmp_path, "s_ALL20260601.csv", written))
        assert "UTF-8" in told
        assert "Shift_JIS" in told


def test_a_byte_that_is_no_shift_jis_is_named_with_its_line(tmp_path: Path) -> None:
    lines = PROCEDURES.split(b"\r\n")
    lines[2] = lines[2].replace("見本".encode("cp932"), b"\x81\xff", 1)
    assert "s_ALL20260601.csv:3:" in refusal(put(tmp_path, "s_ALL20260601.csv", b"\r\n".join(lines)))


def test_a_row_of_another_width_is_named_with_its_line(tmp_path: Path) -> None:
    lines = PROCEDURES.split(b"\r\n")
    lines[3] += b',"1"'
    told = refusal(put(tmp_path, "s_ALL20260601.csv", b"\r\n".join(lines)))
    assert "s_ALL20260601.csv:4: 欄の数が違います（151。医科診療行為マスターは150）" in told


def test_a_table_of_another_width_is_refused(tmp_path: Path) -> None:
    data = table(EXCLUSIONS).replace(b"\r\n", b',"0"\r\n')
    told = refusal(put(tmp_path, EXCLUSIONS, data), dated=date(2026, 6, 1))
    assert "欄の数が違います（11。背反テーブル（1日）は10）" in told


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (b'"199000210"', b'"19900021"', "9桁の数字ではありません（19900021）"),
        (b'"20260601"', b'"20261301"', "日付（20250401の形）ではありません（20261301）"),
        (b'"2","0","0"', b'"7","0","0"', "背反区分（第6欄）が1・2・3のどれでもありません（7）"),
    ],
)
def test_a_cell_out_of_form_is_named(tmp_path: Path, before: bytes, after: bytes, said: str) -> None:
    data = table(EXCLUSIONS)
    assert before in data
    told = refusal(put(tmp_path, EXCLUSIONS, data.replace(before, after, 1)), dated=date(2026, 6, 1))
    assert f"{EXCLUSIONS}:1:" in told
    assert said in told


def test_a_master_under_another_name_is_refused_with_its_right_kind(tmp_path: Path) -> None:
    told = refusal(put(tmp_path, "y_ALL20260601.csv", PROCEDURES))
    assert "名前（または --kind）は医薬品マスターですが、中身は医科診療行為マスターです" in told
    assert "近いもの: --kind procedures" in told


def test_a_kind_that_is_not_one_is_refused_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="近いもの: procedures"):
        read_masters(put(tmp_path, "s_ALL20260601.csv", PROCEDURES), "procedure")


def test_a_file_that_nothing_tells_is_refused(tmp_path: Path) -> None:
    assert "--kind" in refusal(put(tmp_path, "data.csv", b'"1","2","3"\r\n'), dated=date(2026, 6, 1))


def test_a_table_of_dentistry_is_refused(tmp_path: Path) -> None:
    told = refusal(put(tmp_path, "01補助マスターテーブル（歯科）.csv", table(EXCLUSIONS)))
    assert "歯科" in told


@pytest.mark.parametrize("data", [b"", b"\r\n\r\n", b"\x1a"])
def test_an_empty_file_is_refused(tmp_path: Path, data: bytes) -> None:
    assert "空です" in refusal(put(tmp_path, "s_ALL20260601.csv", data))


def test_an_open_quote_is_refused(tmp_path: Path) -> None:
    told = refusal(put(tmp_path, "s_ALL20260601.csv", PROCEDURES.rstrip()[:-1]))
    assert "引用符" in told


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    assert "ファイルがありません" in refusal(tmp_path / "none.csv")
    assert "フォルダー" in refusal(tmp_path)


# ---- zip -----------------------------------------------------------------------------------------------


def packed(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return data.getvalue()


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    bomb = packed({"s_ALL20260601.csv": b"0" * 30_000_000})
    assert len(bomb) < 100_000
    assert "zip 爆弾" in refusal(put(tmp_path, "s.zip", bomb))


def test_too_many_files_in_a_zip_are_refused(tmp_path: Path) -> None:
    many = {f"{n}.csv": b"x" for n in range(MOST_FILES + 1)}
    assert "多すぎます" in refusal(put(tmp_path, "s.zip", packed(many)))


@pytest.mark.parametrize(
    "name", ["../s_ALL20260601.csv", "/etc/s_ALL20260601.csv", "a\\..\\..\\s_ALL20260601.csv"]
)
def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    assert "安全でない" in refusal(put(tmp_path, "s.zip", packed({name: PROCEDURES})))


def test_a_link_in_a_zip_is_refused(tmp_path: Path) -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        link = zipfile.ZipInfo("s_ALL20260601.csv")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    assert "リンク" in refusal(put(tmp_path, "s.zip", data.getvalue()))


def test_a_cut_zip_and_a_workbook_are_named(tmp_path: Path) -> None:
    whole = FILES["tensuhyo_20260601.zip"]
    assert "zip が壊れているか" in refusal(put(tmp_path, "t.zip", whole[: len(whole) // 2]))
    assert "Excel" in refusal(put(tmp_path, "t.xlsx", packed({"xl/workbook.xml": b"<x/>"})))
    assert "CSVがありません" in refusal(put(tmp_path, "u.zip", packed({"readme.pdf": b"%PDF"})))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_broken_bytes_are_rows_or_a_refusal_and_nothing_else(tmp_path: Path, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(FILES)))
    raw = bytearray(FILES[name])
    for _ in range(data.draw(st.integers(1, 8))):
        place = data.draw(st.integers(0, len(raw) - 1))
        raw[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    rows: list[Row] = []
    with contextlib.suppress(InputError):
        rows += [row for master in read_masters(put(tmp_path, name, bytes(raw))) for row in rows_of(master)]
    assert all(len(row.cells) >= 3 for row in rows)


def test_a_zip_that_lost_some_bytes_is_refused_in_words(tmp_path: Path) -> None:
    whole = FILES["tensuhyo_20260601.zip"]
    for place in (1, 5, 20, 200, len(whole) - 20, len(whole) - 300):
        path = put(tmp_path, "tensuhyo_20260601.zip", whole[:place] + whole[place + 4 :])
        assert str(path) in refusal(path)
