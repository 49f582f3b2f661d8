"""A small set of masters in which every row is invented, with the columns of the real ones.

Codes lie in ranges that no real master uses (診療行為 199…, 医薬品 699…, 特定器材 799…, コメント 899…, 傷病名 999…),
so that a row of this set can never be taken for a real one. Real rows are not handed out with this product.
"""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Iterable, Sequence
from io import BytesIO, StringIO
from pathlib import Path

from mitasu.errors import InputError, Problem, reason

Cells = dict[int, str]

FIRST, SECOND = "20250401", "20260601"
FEE_TABLE = (2026, 6, 1, 0, 0, 0)
OPEN_END = "99999999"

PROCEDURES = (
    # code, name, points in the first edition, in the second ("" not in it), changed in the second
    ("199000110", "見本診察料", "100", "110"),
    ("199000210", "見本検査", "50", "50"),
    ("199000310", "見本検査（くわしい）", "120", "120"),
    ("199000410", "見本管理料", "200", "200"),
    ("199000510", "見本処置", "35", "38"),
    ("199000610", "見本処置（小）", "20", ""),
    ("199000710", "見本指導料", "", "80"),
    ("199000870", "見本加算", "5", "5"),
    ("199000910", "見本注射", "18", "18"),
    ("199001010", "見本リハビリテーション", "60", "60"),
)
EXCLUSIONS = {
    # 1日, 同一月, 同時, 1週: (code A, code B, 背反区分, 特例条件)
    "03-1背反テーブル1": (("199000210", "199000310", "2", "0"), ("199000510", "199000410", "3", "1")),
    "03-2背反テーブル2": (("199000410", "199000710", "1", "0"),),
    "03-3背反テーブル3": (("199000510", "199000910", "3", "0"),),
    "03-4背反テーブル4": (("199001010", "199000910", "1", "0"),),
}
FREQUENCY = (
    # code, unit code, unit, most, 特例条件
    ("199000210", "121", "日", "1", "0"),
    ("199000410", "131", "月", "1", "0"),
    ("199000710", "144", "３月", "1", "0"),
    ("199001010", "138", "週", "2", "0"),
    ("199000910", "141", "一連", "1", "0"),
    ("199000110", "131", "月", "4", "1"),
)
NAMES = {code: name for code, name, *_ in PROCEDURES}


def sample_files() -> dict[str, bytes]:
    """Every file of the set by its name, named as the real ones are."""
    return {
        f"s_ALL{FIRST}.csv": _text(_procedures(FIRST)),
        f"s_ALL{SECOND}.csv": _text(_procedures(SECOND)),
        f"y_ALL{SECOND}.csv": _text(_drugs()),
        f"b_ALL{SECOND}.csv": _text(_diseases()),
        f"z_ALL{SECOND}.csv": _text([["0", "Z", f"99{n:02}", f"見本の修飾語{n}"] for n in range(1, 6)]),
        f"c_ALL{SECOND}.csv": _text([["0", "C", f"899{n:06}", f"見本のコメント{n}；"] for n in range(1, 6)]),
        f"t_ALL{SECOND}.csv": _text([["0", "T", f"799{n:06}", f"見本の器材{n}"] for n in range(1, 6)]),
        f"tensuhyo_{SECOND}.zip": _packed(_fee_table()),
        f"IY_HeiyoKinki_{SECOND}.csv": _text(_contraindicated()),
    }


def write_sample(folder: Path) -> list[Path]:
    """Write the set into a new or empty folder; InputError where something is in the way."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(Problem("もう何かがあります。新しいフォルダーの名前を書いてください。", str(folder)))
    written: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in sample_files().items():
            path = folder / name
            path.write_bytes(data)
            written.append(path)
    except OSError as error:
        raise InputError(Problem(f"書けません（{reason(error)}）。", str(folder))) from None
    return written


def _procedures(edition: str) -> list[list[str]]:
    rows = []
    for code, name, first, second in PROCEDURES:
        points = first if edition == FIRST else second
        if not points and (edition == FIRST or not first):
            continue
        changed = SECOND if edition == SECOND and first != second else FIRST
        end = "20260531" if not points else OPEN_END
        if not points:  # ended: it stands in the later edition with its last day
            points, changed = first, FIRST
        cells = {
            1: "0", 2: "S", 3: code, 5: name, 7: "ﾐﾎﾝ", 11: "3", 12: f"{points}.00", 13: "0", 36: "0",
            57: "3", 58: f"{first or points}.00", 68: "7" if code.endswith("70") else "1",
            87: changed, 88: end, 113: f"{name}（架空）", 117: "Z999",
        }  # fmt: skip
        rows.append(_row(150, cells))
    return rows


def _drugs() -> list[list[str]]:
    """Sixty products over twenty ingredients, each as tablet, ointment and injection."""
    rows = []
    for ingredient in range(1, 21):
        for form, (word, unit, digit) in enumerate(
            (("錠", "錠", "F"), ("軟膏", "ｇ", "M"), ("注", "管", "A")), 1
        ):
            code = f"699{ingredient:03}{form}10"
            price = f"{ingredient * form + 5}.{form}0"
            listed = f"99{ingredient:02}{form:03}{digit}1019"
            name = f"見本{word}{ingredient:02}（架空）"
            general = f"99{ingredient:02}{form:03}{digit}1ZZZ"
            cells = {
                1: "0", 2: "Y", 3: code, 5: name, 10: unit, 12: price, 17: "1" if ingredient % 2 else "0", 28: str(form),
                31: "20260531" if (ingredient, form) == (20, 3) else OPEN_END, 32: listed, 37: general,
                38: f"【般】見本成分{ingredient:02}",
            }  # fmt: skip
            rows.append(_row(42, cells))
    return rows


def _diseases() -> list[list[str]]:
    names = ("見本病", "架空性見本炎", "見本症候群", "見本骨折", "見本感染症")
    return [
        _row(
            46,
            {
                1: "0",
                2: "B",
                3: f"999{n:04}",
                6: name,
                16: f"U9{n}",
                24: "20260531" if n == 5 else OPEN_END,
            },
        )
        for n, name in enumerate(names, 1)
    ]


def _contraindicated() -> list[list[str]]:
    """Twelve pairs of the invented drugs."""
    return [
        _row(10, {1: f"699{n:03}110", 2: f"699{n + 8:03}{n % 3 + 1}10", 9: "0", 10: "1"})
        for n in range(1, 13)
    ]


def _fee_table() -> dict[str, list[list[str]]]:
    codes = [code for code, _, _, second in PROCEDURES if second]
    valid = {"from": SECOND, "until": OPEN_END}
    index = [
        _row(27, {1: "0", 2: code, 3: NAMES[code], 26: valid["from"], 27: valid["until"]}) for code in codes
    ]
    found = {
        "01補助マスターテーブル": index,
        "02包括テーブル": [
            _row(
                7, {1: "0", 2: "Z99001", 3: code, 4: NAMES[code], 5: "0", 6: valid["from"], 7: valid["until"]}
            )
            for code in codes[1:3]
        ],
        "04入院基本料テーブル": [
            _row(
                8,
                {
                    1: "0",
                    2: "Z99",
                    3: "199000870",
                    4: "見本加算",
                    5: "0",
                    7: valid["from"],
                    8: valid["until"],
                },
            )
        ],
        "05算定回数テーブル": [
            _row(
                14,
                {
                    1: "0",
                    2: code,
                    3: NAMES[code],
                    4: unit,
                    5: word,
                    6: most,
                    7: special,
                    13: SECOND,
                    14: OPEN_END,
                },
            )
            for code, unit, word, most, special in FREQUENCY
        ],
    }
    for name, pairs in EXCLUSIONS.items():
        found[name] = [
            _row(
                10,
                {1: "0", 2: a, 3: NAMES[a], 4: b, 5: NAMES[b], 6: rule, 7: special, 9: SECOND, 10: OPEN_END},
            )
            for a, b, rule, special in pairs
        ]
    return dict(sorted(found.items()))


def _row(width: int, cells: Cells) -> list[str]:
    return [cells.get(position, "0") for position in range(1, width + 1)]


def _text(rows: Iterable[Sequence[str]]) -> bytes:
    text = StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode("cp932")


def _packed(tables: dict[str, list[list[str]]]) -> bytes:
    data = BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, rows in tables.items():
            packed.writestr(zipfile.ZipInfo(f"{name}.csv", FEE_TABLE), _text(rows))
    return data.getvalue()
