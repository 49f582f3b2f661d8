"""A line taken apart field by field: what each record means, and everything that can be wrong with it.

What was found right is remembered for the short way (`stream`); the two must give the same receipts and faults.
"""

from __future__ import annotations

from datetime import date
from typing import Any, BinaryIO

from mitasu.claims.checking import Sums, Totals, check_trailer
from mitasu.claims.faults import Faults
from mitasu.claims.fields import Checker
from mitasu.claims.header import header_of
from mitasu.claims.lines import check_text
from mitasu.claims.receipt import Disease, Header, Insurer, Item, Receipt, Trailer
from mitasu.claims.tables import Table
from mitasu.claims.values import read_day, read_month, read_number, read_text
from mitasu.dates import last_day

CONTINUED = 98
"""The most records of a group without 診療識別."""
REMEMBERED = 50_000
_GROUPED = frozenset((b"SI", b"IY", b"TO", b"CO"))
_NO_END = date(9999, 12, 31)
Dated = tuple[tuple[int, int], ...]
Head = tuple[str, str, str, str, str, int | None, int | None, int]
"""Of an act: record, group, burden, code, quantity, points, times, points × times."""
Tail = tuple[Dated, int, int]
"""Of an act: its days with their times, the sum of these, the last day."""
Act = tuple[str, str, str, str, str, int | None, int | None, int, Dated, int, tuple[int, int | None] | None]
"""A head, its days, the last of them, and what is odd about it: 1 for a drug, the sum of its days where it is wrong."""


def at(values: list[bytes], place: int) -> bytes:
    """A field by its place; trailing fields may be cut."""
    return values[place] if place < len(values) else b""


class Days(dict[bytes, date | None]):
    """Days by their bytes, read once: `days[value]` is None where the bytes are no day."""

    def __missing__(self, key: bytes) -> date | None:
        if len(self) >= REMEMBERED:
            self.clear()
        found = self[key] = read_day(key)
        return found


class Codes(dict[bytes, str]):
    """Codes of ASCII by their bytes: each is one text however often it stands in a file, and stays at hand."""

    def __missing__(self, key: bytes) -> str:
        if len(self) >= REMEMBERED:
            self.clear()
        found = self[key] = key.decode("ascii")
        return found


class LongWay:
    """The state of a file as it is read, and the reading of every record."""

    def __init__(
        self, source: BinaryIO, table: Table, header: Header | None, faults: Faults, totals: Totals
    ) -> None:
        self.source, self.table, self.header, self.faults, self.totals = source, table, header, faults, totals
        self.trailer: Trailer | None = None
        self.lines = 0
        self.claimed = "" if header is None else header.month
        self.ranks = {id_.encode(): rank for id_, rank in table.ranks.items()}
        self.records: dict[bytes, int] = {id_.encode(): 0 for id_ in table.records}
        # what was found right
        self.no_days: Tail = ((), -1, 0)
        self.heads: dict[bytes, Head] = {}
        self.tails: dict[bytes, Tail] = {b"": self.no_days}
        self.acts: dict[bytes, Act] = {}
        self.whole: dict[bytes, tuple[int, bytes, Any]] = {}
        self.days, self.codes = Days(), Codes()
        self.months: dict[bytes, tuple[str, date]] = {}
        self.departments: dict[tuple[bytes, ...], tuple[str, ...]] = {}
        # the receipt that is being read
        self.receipt: Receipt | None = None
        self.sums = Sums()
        self.group, self.run, self.rank, self.last, self.end = "", 0, 0, 31, _NO_END
        self._checkers = {
            id_.encode(): Checker(record)
            for id_, record in table.records.items()
            if record.fields is not None
        }
        self._handlers = {
            b"HO": self._insurer, b"KO": self._insurer, b"SN": self._qualification, b"JD": self._visits,
            b"SY": self._disease, b"SI": self._act, b"IY": self._act, b"TO": self._act,
        }  # fmt: skip
        if table.kind == "dispensing":
            self._handlers[b"IY"] = self._handlers[b"TO"] = self._dispensed

    def long_way(self, line: bytes, number: int) -> None:
        """Read any record."""
        if not line:
            self.faults.add(number, "blank-line", "空の行です。")
            return
        values = line.split(b",")
        id_ = values[0]
        if id_ not in self.records:
            self._unknown(id_, number)
            return
        before = self.faults.total
        right = self._checked(id_, values, line, number)
        if id_ in (b"IR", b"YK"):
            self._another_header(values, number)
            return
        if self.trailer is not None:
            self.faults.add(number, "after-trailer", "GO（診療報酬請求書）の後に記録があります。")
        if id_ == b"GO":
            self._end(values, number)
        elif id_ == b"RE":
            self._begin(values, number)
        elif self.receipt is None:
            if id_ in self.ranks and self.trailer is None:
                self.faults.add(
                    number, "outside-receipt", f"{id_.decode()}が、RE（レセプト共通）より前にあります。"
                )
        else:
            self._ordered(id_, number)
            if id_ in _GROUPED and self.table.kind == "medical":
                self._grouped(values, number)
            handler = self._handlers.get(id_)
            if handler is not None and id_ in self._checkers:
                handler(self.receipt, values, number, right)
            if before == self.faults.total:
                self._remember_whole(id_, values, line)

    def _checked(self, id_: bytes, values: list[bytes], line: bytes, number: int) -> bool:
        """Count a record and check its text and fields; whether the fields were right."""
        self.records[id_] += 1
        if not line.isascii():
            check_text(line, number, self.faults)
        checker = self._checkers.get(id_)
        if checker is not None:
            return checker.check(values[1:], number, self.faults)
        if self.records[id_] == 1:
            name = self.table.records[id_.decode()].name
            self.faults.add(
                number,
                "unchecked-record",
                f"{id_.decode()}（{name}）の項目は公開された資料で確かめていないので、点検していません。",
            )
        return True

    def _unknown(self, id_: bytes, number: int) -> None:
        shown = "".join(sign if sign.isprintable() else "?" for sign in read_text(id_[:10]))
        self.faults.add(
            number,
            "unknown-record",
            f"「{shown}」という記録は{self.table.title}のレセプトにありません。この行は読んでいません。",
        )
        self.sums.whole = False

    def _ordered(self, id_: bytes, number: int) -> None:
        rank = self.ranks.get(id_)
        if rank is None:
            return
        if rank < self.rank:
            before = next(other for other, place in self.ranks.items() if place == self.rank)
            self.faults.add(
                number,
                "record-order",
                f"{id_.decode()}が{before.decode()}より後にあります。順が決まりと違います。",
            )
        self.rank = rank  # what follows is in order again, or is told anew

    def _grouped(self, values: list[bytes], number: int) -> None:
        group = read_text(at(values, 1))
        if group:
            self.group, self.run = group, 0
        else:
            self.continued(number)

    def continued(self, number: int) -> None:
        """A record without 診療識別."""
        self.run += 1
        if self.run > CONTINUED or not self.group:
            self.ungrouped(number)

    def ungrouped(self, number: int) -> None:
        """A record without 診療識別 that cannot take it from those before."""
        if not self.group:
            self.faults.add(number, "no-group", "診療識別がなく、前の記録からも引き継げません。")
        elif self.run == CONTINUED + 1:
            self.faults.add(
                number,
                "group-too-long",
                f"診療識別「{self.group}」を略した記録が{CONTINUED}を超えて続いています。",
            )

    def wrong_sum(self, number: int, times: int | None, total: int) -> None:
        """Days that do not add up."""
        if times is not None:
            self.faults.add(number, "day-sum", f"回数は{times}回ですが、日ごとの回数の合計は{total}回です。")

    def charge(self, group: str, burden: str, amount: int) -> None:
        """Add the points of a unit, times its times, to those of its burden."""
        sums = self.sums.units
        if group == "97":
            sums = self.sums.meals = self.sums.meals or {}
        sums[burden] = sums.get(burden, 0) + amount

    def no_such_day(self, number: int, day: int) -> None:
        """A day that the month has not."""
        self.faults.add(number, "day-of-month", f"{day}日に回数がありますが、その月は{self.last}日までです。")

    def finish_file(self) -> None:
        """At the end of the file: GO against the totals (it may have stood too early), and the records counted."""
        if self.trailer is not None:
            check_trailer(self.trailer, self.totals, self.faults)
        for id_, times in self.records.items():
            if times:
                name = id_.decode()
                self.totals.records[name] = self.totals.records.get(name, 0) + times

    # ---- the records ----

    def _begin(self, values: list[bytes], number: int) -> None:
        """A new receipt (RE)."""
        month = read_month(at(values, 3))
        end = last_day(month) if month else _NO_END
        if month:
            self.months[at(values, 3)] = month, end
        dispensing, medical = self.table.kind == "dispensing", self.table.kind == "medical"
        notes = at(values, 8 if dispensing else 11) if dispensing or medical else b""
        departments = [at(values, place) for place in (21, 26, 31)] if medical else []
        chart = at(values, 35 if dispensing else 13) if dispensing or medical else b""
        self.receipt = Receipt(
            number,
            read_number(at(values, 1)),
            read_text(at(values, 2)),
            month,
            read_text(at(values, 5)),
            read_day(at(values, 6)),
            read_text(chart),
            tuple([read_text(one) for one in departments if one]),
            admitted=read_day(at(values, 8)) if medical else None,
            notes=self.notes(notes),
        )
        self.begun(end)

    def begun(self, end: date) -> None:
        """A receipt has begun whose month ends on a day."""
        self.sums = Sums()
        self.group, self.run, self.rank = "", 0, 0
        self.end, self.last = end, end.day

    def notes(self, value: bytes) -> tuple[str, ...]:
        """特記事項, two digits each."""
        return tuple([read_text(value[place : place + 2]) for place in range(0, len(value), 2)])

    def _insurer(self, receipt: Receipt, values: list[bytes], number: int, right: bool) -> None:
        main = values[0] == b"HO"
        symbol, person = (at(values, 2), at(values, 3)) if main else (b"", at(values, 2))
        receipt.insurers.append(
            Insurer(
                number,
                main,
                read_text(at(values, 1).lstrip(b" ")),
                read_text(symbol),
                read_text(person),
                "",
                read_number(at(values, 4)),
                read_number(at(values, 5)),
            )
        )

    def _qualification(self, receipt: Receipt, values: list[bytes], number: int, right: bool) -> None:
        """SN: the branch number of the payer it is for (1 the main insurer, 2 to 5 the funds)."""
        who, branch = at(values, 1), read_text(at(values, 6))
        if branch and who in (b"1", b"2", b"3", b"4", b"5"):
            self.branch(receipt, int(who), branch)

    def branch(self, receipt: Receipt, who: int, branch: str) -> None:
        """SN: give a payer (1 the main insurer, 2 to 5 the funds) its branch number."""
        place = 0 if who == 1 else who - 2
        for one in receipt.insurers:
            if one.main == (who == 1):
                if place == 0:
                    one.branch = branch
                    return
                place -= 1

    def _visits(self, receipt: Receipt, values: list[bytes], number: int, right: bool) -> None:
        main, days = self.visits_of(values)
        self.visited(receipt, main, days, number)

    def visits_of(self, values: list[bytes]) -> tuple[bool, tuple[int, ...]]:
        """JD: whether it is of the main insurer, and its days."""
        days = tuple([day for day, value in enumerate(values[2:33], 1) if value == b"1"])
        return at(values, 1) == b"1", days

    def visited(self, receipt: Receipt, main: bool, days: tuple[int, ...], number: int) -> None:
        """JD: the days of the main insurer, else of the first that is written."""
        if main or not receipt.visits:
            receipt.visits = days
            if days and days[-1] > self.last:
                self.no_such_day(number, days[-1])

    def _disease(self, receipt: Receipt, values: list[bytes], number: int, right: bool) -> None:
        receipt.diseases.append(Disease(number, *self._disease_of(values)))

    def _disease_of(self, values: list[bytes]) -> tuple[str, date | None, str, tuple[str, ...], bool]:
        modifiers = read_text(at(values, 4))
        return (
            read_text(at(values, 1)),
            read_day(at(values, 2)),
            read_text(at(values, 3)),
            tuple([modifiers[place : place + 4] for place in range(0, len(modifiers), 4)]),
            at(values, 6) == b"01",
        )

    def _act(self, receipt: Receipt, values: list[bytes], number: int, right: bool) -> None:
        """SI, IY, TO of 医科; their group has been carried on already."""
        first = 17 if values[0] == b"TO" else 13
        days, total, last = self.tail(values[first : first + 31])
        record, _, burden, code, quantity = (read_text(value) for value in (*values, *[b""] * 5)[:5])
        points, times = read_number(at(values, 5)), read_number(at(values, 6))
        amount = (points or 0) * (times or 0)
        if total >= 0 and total != times:
            self.wrong_sum(number, times, total)
        if last > self.last:
            self.no_such_day(number, last)
        if amount:
            self.charge(self.group, burden, amount)
        receipt.items.append(Item(number, record, self.group, burden, code, quantity, points, times, days))
        if not right:
            self.sums.whole = False

    def _remember_whole(self, id_: bytes, values: list[bytes], line: bytes) -> None:
        """Keep a line that was right, whole, with what it means."""
        what: Any
        match id_:
            case b"SN":
                who, branch = at(values, 1), read_text(at(values, 6))
                what = (int(who), branch) if branch and who in (b"1", b"2", b"3", b"4", b"5") else None
            case b"JD":
                what = self.visits_of(values)
            case b"CO" if self.table.kind == "medical":
                what = read_text(at(values, 1))
            case b"MF" | b"GR":
                what = None
            case _:
                return
        if len(self.whole) >= REMEMBERED:
            self.whole.clear()
        self.whole[line] = self.ranks[id_], id_, what

    def tail(self, values: list[bytes]) -> Tail:
        """Days with their times, the sum, the last day; the sum is -1 where no day is written or one is unreadable."""
        days, total, last = [], 0, 0
        for day, value in enumerate(values, 1):
            if value:
                times = read_number(value)
                if times is None:
                    return self.no_days
                days.append((day, times))
                total, last = total + times, day
        return tuple(days), total if days else -1, last

    def _dispensed(self, receipt: Receipt, values: list[bytes], number: int, right: bool) -> None:
        """IY, TO of 調剤: who pays, what, how much."""
        burden, code, quantity = (read_text(at(values, place)) for place in (1, 2, 3))
        receipt.items.append(Item(number, values[0].decode(), "", burden, code, quantity, None, None, ()))

    def _end(self, values: list[bytes], number: int) -> None:
        """GO."""
        volume = read_text(at(values, 3))
        self.trailer = Trailer(number, read_number(at(values, 1)), read_number(at(values, 2)), volume)
        if volume and volume != "99":
            self.faults.add(number, "volume", f"GOのマルチボリューム識別は99のはずですが、「{volume}」です。")

    def _another_header(self, values: list[bytes], number: int) -> None:
        """IR or YK: the first line, or the next volume in the same file."""
        before = self.header
        if before is not None and number == before.line:
            return
        found = header_of(values, number, self.table.kind)
        if before is not None and self.trailer is None:
            same = (found.code, found.month, found.reviewer) == (before.code, before.month, before.reviewer)
            if same and follows(found.volume, before.volume):
                self.header = found
                return
        self.faults.add(number, "second-header", f"{found.name or '医療機関情報'}の記録が途中に現れました。")


def follows(volume: str, before: str) -> bool:
    """Whether a volume number is the next one.

    >>> follows("01", "00"), follows("02", "00"), follows("", "00")
    (True, False, False)
    """
    return volume.isdigit() and before.isdigit() and int(volume) == int(before) + 1
