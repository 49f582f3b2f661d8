"""The regional bureau (地方厚生局・支局) to which the institutions of a prefecture address their filings."""

from __future__ import annotations

BUREAUS = {
    "北海道厚生局": ("01",),
    "東北厚生局": ("02", "03", "04", "05", "06", "07"),
    "関東信越厚生局": ("08", "09", "10", "11", "12", "13", "14", "15", "19", "20"),
    "東海北陸厚生局": ("16", "17", "21", "22", "23", "24"),
    "近畿厚生局": ("18", "25", "26", "27", "28", "29", "30"),
    "中国四国厚生局": ("31", "32", "33", "34", "35"),
    "四国厚生支局": ("36", "37", "38", "39"),
    "九州厚生局": ("40", "41", "42", "43", "44", "45", "46", "47"),
}


def bureau(code: str) -> str:
    """The bureau of an institution by its code, whose first two digits are the prefecture's; empty where unknown.

    >>> bureau("1319900010")
    '関東信越厚生局'
    """
    return next((name for name, prefectures in BUREAUS.items() if code[:2] in prefectures), "")
