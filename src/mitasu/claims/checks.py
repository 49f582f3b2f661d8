"""The log of eligibility checks as a CSV file: one line for each check, with its day and what was shown.

    日付,種類,患者
    2026-09-01,マイナ保険証,10023
    2026-09-01,資格確認書,10044

The column of the patient may be left out or be any number that is the same for the same patient; it is hashed at once
and only used to count persons. The first line names the columns. UTF-8 or Shift_JIS.
"""

from __future__ import annotations

import csv
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from io import TextIOWrapper
from pathlib import Path

from mitasu.dates import month_of, parse_date
from mitasu.errors import InputError, Problem, reading
from mitasu.text import halfwidth, nearest

COLUMNS = {
    "date": ("date", "日付", "確認日", "年月日"),
    "kind": ("kind", "種類", "区分", "確認方法"),
    "patient": ("patient", "患者", "患者番号"),
}
KINDS = {
    "card": ("card", "マイナ保険証", "マイナンバーカード", "マイナ"),
    "paper": ("paper", "資格確認書", "健康保険証", "保険証", "従来の保険証", "記号番号", "その他"),
}
MOST_FAULTS = 20


@dataclass(slots=True)
class Month:
    """The checks of a month: all of them, those by card, and who used the card (None: not told in every line)."""

    checks: int = 0
    cards: int = 0
    persons: set[bytes] | None = field(default_factory=set)


def read_checks(path: str | Path) -> dict[str, Month]:
    """The checks of each month in a log; InputError with every fault (up to twenty) otherwise."""
    path = Path(path)
    faults: list[Problem] = []
    found: dict[str, Month] = {}
    key = secrets.token_bytes(16)
    for number, row in _rows(path, faults):
        day, kind = _read(row, number, path, faults)
        if len(faults) >= MOST_FAULTS:
            break
        if day is None or kind is None:
            continue
        month = found.setdefault(day, Month())
        month.checks += 1
        if kind != "card":
            continue
        month.cards += 1
        patient = row.get("patient", "").strip()
        if not patient:
            month.persons = None
        elif month.persons is not None:
            month.persons.add(blake2b(halfwidth(patient).encode(), digest_size=12, key=key).digest())
    if faults:
        raise InputError(faults)
    return found


def _rows(path: Path, faults: list[Problem]) -> Iterator[tuple[int, dict[str, str]]]:
    """Each line as columns by id, with its number."""
    try:
        with path.open("rb") as raw:
            head = raw.read(65_536)
            raw.seek(0)
            with TextIOWrapper(raw, encoding=_encoding(head), newline="") as text:
                lines = csv.reader(text)
                names = _names(next(lines, []), path, faults)
                for row in lines if names else ():
                    if any(cell.strip() for cell in row):
                        yield lines.line_num, dict(zip(names, row, strict=False))
    except OSError as error:
        raise InputError(Problem(f"ファイルを読めません（{reading(error)}）。", str(path))) from None
    except (UnicodeDecodeError, csv.Error):
        told = "CSVとして読めません。UTF-8かShift_JISのCSVで保存し直してください。"
        raise InputError(Problem(told, str(path))) from None


def _encoding(head: bytes) -> str:
    cut = head.rsplit(b"\n", 1)[0]
    try:
        cut.decode("utf-8-sig")
    except UnicodeDecodeError:
        return "cp932"
    return "utf-8-sig"


def _names(row: list[str], path: Path, faults: list[Problem]) -> list[str]:
    known = {word: id_ for id_, words in COLUMNS.items() for word in words}
    names = [known.get(halfwidth(cell).lower(), "") for cell in row]
    for id_ in ("date", "kind"):
        if names.count(id_) != 1:
            told = f"最初の行に「{COLUMNS[id_][1]}」の列が一つ要ります（見つかった列: {'、'.join(row) or 'なし'}）。"
            faults.append(Problem(told, str(path), 1))
    return names if not faults else []


def _read(
    row: dict[str, str], number: int, path: Path, faults: list[Problem]
) -> tuple[str | None, str | None]:
    """The month and kind of a line."""
    month, kind = None, None
    try:
        month = month_of(parse_date(row.get("date", "")))
    except ValueError as error:
        faults.append(Problem(str(error), str(path), number))
    word = halfwidth(row.get("kind", ""))
    kind = next((id_ for id_, words in KINDS.items() if word.lower() in words), None)
    if kind is None:
        words = [one for told in KINDS.values() for one in told]
        told = f"種類「{word}」は読めません。書けるもの: {'、'.join(words[1:])}。"
        faults.append(Problem(told, str(path), number, nearest(word, words)))
    return month, kind
