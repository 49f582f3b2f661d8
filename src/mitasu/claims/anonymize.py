"""Claim files without the people in them: same records, same codes, same days of service, nobody recognisable by name.

What is replaced, and how (the tables say which field tells what, `personal`):

    names, kana, doctors    匿名 and digits; the same name gets the same digits
    symbol, number, branch, recipient, chart, search numbers, payers    digits; the same number gets the same digits
    free text (症状詳記, comments, uncoded disease names, products)     「匿名化」
    day of birth            1 January of its year; under 15 the first of its month; from 90 years on as if 90
    starts of diseases, admissions before the month   moved back by 1 to 28 days, the same for all of one patient
    telephone, reserved fields, records and fields that no text describes    emptied

What stays: the institution's code, months, sex, kinds, codes, points, counts and the days of service in the month, for
without them nothing could be judged. Rare codes can still point to someone: an anonymized file is not public.
Digits come from a keyed hash (HMAC-SHA256) whose key is drawn anew each time and never kept. A line with faults in its
fields is left out (of RE, what is sound stays), because what stands in a wrong place cannot be told.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from mitasu.claims.faults import Faults
from mitasu.claims.fields import Checker
from mitasu.claims.opening import HEAD, kind_of, unreadable
from mitasu.claims.rights import HIDDEN_MARK, HIDDEN_NAME, HIDDEN_PAYER_MARK, NAME_BYTES, NAME_END, fitting
from mitasu.claims.tables import Field, Table, table
from mitasu.claims.values import ERA_BEFORE, read_day, read_month, read_text
from mitasu.claims.writing import ClaimWriter, raw_records
from mitasu.errors import UsageError

CHILD, OLD = 15, 90
FREE = "匿名化".encode("cp932")
_KEPT = frozenset(("digits", "decimal", "code", "month", "times"))
_DIGITS = {"symbol": 6, "number": 9, "branch": 2, "recipient": 7, "chart": 9, "search": 10}


@dataclass(frozen=True, slots=True)
class Hidden:
    """What was written: how many records, and the lines that were left out because of their faults."""

    records: int
    left_out: tuple[int, ...]


class Hider:
    """Replaces what tells of people; the same way for every file that it is given."""

    def __init__(self, key: bytes | None = None) -> None:
        self._key = secrets.token_bytes(32) if key is None else key

    def file(self, source: Path, target: Path) -> Hidden:
        """Write a claim file without its people. UsageError where both are the same file."""
        if source.resolve() == target.resolve():
            raise UsageError("元のファイルには書き込めません。ほかの名前を書いてください。")
        return _File(self, table(kind_of(_head(source), source))).write(source, target)

    def digits(self, kind: str, value: bytes, count: int) -> bytes:
        """Digits that stand for a value."""
        found = hmac.digest(self._key, kind.encode() + b"\x00" + value, "sha256")
        return b"%0*d" % (count, int.from_bytes(found[:16], "big") % 10**count)


class _File:
    """One file as it is rewritten; `_shift` and `_month` are those of the receipt at hand."""

    def __init__(self, hider: Hider, records: Table) -> None:
        self._hider, self._table = hider, records
        self._checkers = {
            id_: Checker(record) for id_, record in records.records.items() if record.fields is not None
        }
        self._shift, self._month = timedelta(), ""

    def write(self, source: Path, target: Path) -> Hidden:
        count, left_out = 0, []
        with ClaimWriter(target) as writer:
            for number, values in raw_records(source):
                hidden = self._record(values)
                if hidden is None:
                    left_out.append(number)
                    continue
                writer.write(hidden)
                count += 1
        return Hidden(count, tuple(left_out))

    def _record(self, values: list[bytes]) -> list[bytes] | None:
        """A record without people; None where it cannot be told what stands where."""
        id_ = read_text(values[0][:8].lstrip(b"\x1a"))
        known = self._table.records.get(id_)
        if known is None:
            return None
        if known.fields is None:
            return [id_.encode()]
        sound = self._checkers[id_].check(values[1:], 0, Faults(kept=0)) and b'"' not in b"".join(values)
        if id_ == "RE":
            self._person(values)
        elif not sound:
            return None
        fields = zip(values[1:], known.fields, strict=False)
        return [id_.encode(), *(self._field(value, field, id_, sound=sound) for value, field in fields)]

    def _person(self, values: list[bytes]) -> None:
        name, born = (*values[4:5], b"")[0], (*values[6:7], b"")[0]
        self._shift = timedelta(days=1 + int(self._hider.digits("shift", name + b"\x00" + born, 6)) % 28)
        self._month = read_month((*values[3:4], b"")[0])

    def _field(self, value: bytes, field: Field, id_: str, *, sound: bool) -> bytes:
        if not value:
            return value
        match field.personal:
            case "name" | "doctor":
                return HIDDEN_MARK.encode("cp932") + "　".encode("cp932") + self._wide(value)
            case "kana":
                return "トクメイ".encode("cp932")
            case "insurer":
                return self._payer(value)
            case "birth":
                return self._born(value)
            case "date":
                return self._earlier(value)
            case "free":
                return FREE
            case "phone":
                return b"00-0000-0000"
            case None:
                if field.name == "名称" and id_ in ("IR", "YK"):
                    return self._institution(value)
                return (
                    value
                    if field.type in _KEPT and (sound or (field.fixed and _sound(value, field)))
                    else b""
                )
            case kind:
                return self._hider.digits(kind, value, _DIGITS[kind])

    def _institution(self, value: bytes) -> bytes:
        name = read_text(value).removesuffix(NAME_END)
        size = NAME_BYTES - len(HIDDEN_NAME.encode("cp932"))
        return (HIDDEN_NAME + fitting(name, size)).encode("cp932")

    def _wide(self, value: bytes) -> bytes:
        digits = self._hider.digits("name", value, 8).decode()
        return "".join(chr(ord(digit) + 0xFEE0) for digit in digits).encode("cp932")

    def _payer(self, value: bytes) -> bytes:
        """A payer's number of as many digits, padded in the same way."""
        digits = max(len(value.lstrip(b" ")), len(HIDDEN_PAYER_MARK) + 1)
        made = HIDDEN_PAYER_MARK.encode() + self._hider.digits(
            "insurer", value.strip(b" "), digits - len(HIDDEN_PAYER_MARK)
        )
        return made.rjust(len(value), b" ")

    def _born(self, value: bytes) -> bytes:
        born = read_day(value)
        if born is None or not self._month:
            return b""
        year = int(self._month[:4])
        age = year - born.year - (self._month[5:] < f"{born.month:02d}")
        if age >= OLD:
            moved = date(year - OLD - 1, 1, 1)
        else:
            moved = born.replace(day=1) if age < CHILD else born.replace(month=1, day=1)
        return _as_written(moved, value)

    def _earlier(self, value: bytes) -> bytes:
        day = read_day(value)
        if day is None:
            return b""
        if f"{day:%Y-%m}" == self._month:
            return value
        return _as_written(day - self._shift, value)


def _sound(value: bytes, field: Field) -> bool:
    return len(value) == field.width and value.isalnum() and value.isascii()


def _as_written(day: date, like: bytes) -> bytes:
    """A day in the form of another: western, or by the era that it falls in."""
    if len(like) != 7:
        return f"{day:%Y%m%d}".encode()
    for era, before in sorted(ERA_BEFORE.items(), reverse=True):
        if day.year > before:
            return era + f"{day.year - before:02d}{day:%m%d}".encode()
    return b""


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as source:
            return source.read(HEAD)
    except OSError as error:
        raise unreadable(error, path) from None
