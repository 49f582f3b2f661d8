"""What is no claim file is refused in one sentence that says what it is and what to do."""

from __future__ import annotations

import gzip
import io
import os
import zipfile
from pathlib import Path

import pytest
from claim_lines import LINES, Put, as_bytes, read

from mitasu.claims.reading import open_claims
from mitasu.claims.rights import origin
from mitasu.claims.statistics import statistics
from mitasu.claims.writing import raw_records
from mitasu.errors import InputError


def zipped() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("RECEIPTC.UKE", as_bytes(LINES))
    return target.getvalue()


TEXT = "\r\n".join(LINES)


@pytest.mark.parametrize(
    ("content", "name", "told"),
    [
        (b"", "a.UKE", "空のファイル"),
        (zipped(), "a.zip", "展開して"),
        (gzip.compress(b"x", mtime=0), "a.UKE", "gzip"),
        (b"%PDF-1.7\n", "a.pdf", "PDF"),
        (b"\xd0\xcf\x11\xe0aaaa", "a.xls", "古い形式"),
        (TEXT.encode("utf-8"), "a.UKE", "UTF-8"),
        (b"\xef\xbb\xbf" + TEXT.encode("utf-8"), "a.UKE", "UTF-8"),
        (TEXT.encode("utf-16"), "a.UKE", "UTF-16"),
        (as_bytes(LINES), "RECEIPTC.HEN", "返戻"),
        (as_bytes(LINES), "RECEIPTC.SAH", "返戻"),
        (as_bytes(LINES), "RECEIPTH.UKE", "訪問看護"),
        ("患者番号,氏名\r\n1,見本\r\n".encode("cp932"), "a.csv", "「患者番号」"),
        (b"\x00" * 5000, "a.UKE", "レセプトのファイルではありません"),
        (b"," * 5_000_000, "a.UKE", "レセプトのファイルではありません"),
    ],
)
def test_every_reader_refuses_what_is_no_claim_file(put: Put, content: bytes, name: str, told: str) -> None:
    path = put(content, name)
    for reader in (read, origin, statistics, lambda one: list(raw_records(one))):
        with pytest.raises(InputError) as caught:
            reader(path)
        assert told in str(caught.value)
        assert str(path) in str(caught.value)


def test_a_folder_a_missing_and_an_unreadable_file_are_refused(tmp_path: Path, put: Put) -> None:
    for path, told in ((tmp_path, "フォルダー"), (tmp_path / "no.UKE", "ファイルがありません")):
        for reader in (read, origin, statistics):
            with pytest.raises(InputError, match=told):
                reader(path)
    locked = put()
    locked.chmod(0)
    if not os.access(locked, os.R_OK):
        with pytest.raises(InputError, match="権限"):
            read(locked)


def test_a_refused_file_is_closed(put: Put) -> None:
    path = put(b"%PDF")
    for _ in range(50):
        with pytest.raises(InputError):
            open_claims(path)


def test_half_width_kana_is_not_taken_for_utf8(put: Put) -> None:
    lines = [line.replace("見本", "ﾐﾎﾝ").replace("花子", "ﾊﾅｺ") for line in LINES]
    assert [code for _, code in read(put(lines)).codes] == []
