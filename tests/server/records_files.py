"""Files for the tests of health-record management; everybody in them is invented."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from mitasu.documents.tables import write_csv
from mitasu.server.records.importing.table import HEAD

ROW = {
    "患者番号": "1001", "氏名": "見本　太郎", "カナ氏名": "ミホン　タロウ", "生年月日": "1950-03-04", "性別": "男",
    "郵便番号": "060-0001", "住所": "見本県見本市一丁目", "入院日": "2026-09-20", "退院日": "2026-10-02",
    "担当診療科": "内科", "担当医": "例示 一郎", "主傷病ICD": "C34.1", "主傷病名": "肺癌", "手術コード1": "K514-2",
    "手術日1": "2026-09-22", "手術名1": "肺悪性腫瘍手術", "要約作成日": "2026-10-05 10:00", "要約作成者": "例示 一郎",
    "要約作成者の職種": "医師", "要約提出日": "2026-10-06 15:00",
}  # fmt: skip


def row(**changed: str) -> dict[str, str]:
    """A complete row with some cells changed."""
    return {**ROW, **changed}


def table(
    rows: Iterable[Mapping[str, str]], encoding: str = "utf-8-sig", head: Sequence[str] = HEAD
) -> bytes:
    """A register as CSV."""
    return write_csv(head, [[one.get(name, "") for name in head] for one in rows], encoding=encoding)


def form1(*lines: tuple[str, ...]) -> bytes:
    """A 様式1: each line is (code, seq, payload 1 …), of one stay unless it begins with a dict of other keys."""
    told = []
    for line in lines:
        keys = {"id": "0000000012", "admitted": "20260920", "count": "0", "whole": "0"}
        if isinstance(line[0], dict):
            keys |= line[0]
            line = line[1:]
        code, seq, *payload = line
        cells = [
            "019900036",
            keys["id"],
            keys["admitted"],
            keys["count"],
            keys["whole"],
            code,
            "20260401",
            seq,
        ]
        told.append("\t".join(cells + payload + [""] * (9 - len(payload))))
    return ("\r\n".join(told) + "\r\n").encode("cp932")


STAY = (
    ("A000010", "0", "19500304", "1", "0600001"),
    ("A000020", "0", "20260920"),
    ("A000030", "0", "20261002", "1", "1"),
    ("A000040", "0", "010"),
    ("A006010", "0", "", "C341", "", "8834", "", "", "", "", "上葉肺癌"),
    ("A006020", "0", "", "C341", "", "8834", "", "", "", "", "上葉肺癌"),
    ("A006040", "1", "", "E119", "", "2500", "", "", "", "", "2型糖尿病"),
    ("A006040", "2", "", "I10", "", "4019", "", "", "", "", "高血圧症"),
)
