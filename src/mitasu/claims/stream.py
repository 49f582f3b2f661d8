"""From lines to receipts. Most lines of a claim file are acts and drugs, and most of them are like one seen before:
these take the short way (two look-ups), every other record the long one.

An act is cut in two where its six comment fields are empty: what was done, and on which days. Both halves are read and
checked once and remembered within bounds. Nothing remembered outlives the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from mitasu.claims.checking import Sums, Totals, check_receipt, check_trailer, count, days_in
from mitasu.claims.faults import Faults
from mitasu.claims.fields import Checker
from mitasu.claims.header import header_of
from mitasu.claims.lines import blocks, check_text
from mitasu.claims.receipt import Disease, Header, Insurer, Item, Receipt, Trailer
from mitasu.claims.tables import Table
from mitasu.claims.values import read_day, read_month, read_number, read_text

CONTINUED = 98
"""The most records of a group without 診療識別."""
REMEMBERED = 50_000
_NO_COMMENTS = b",,,,,,,"
_Head = tuple[str, str, str, str, int | None, int | None, int]
_Tail = tuple[tuple[tuple[int, int], ...], int, int]
_GROUPED = frozenset((b"SI", b"IY", b"TO", b"CO"))


def at(values: list[bytes], place: int) -> bytes:
    """A field by its place; trailing fields may be cut."""
    return values[place] if place < len(values) else b""


class Stream:
    """Reads the receipts of one file; what it found besides stands in `header`, `trailer`, `totals`, `faults`."""

    def __init__(
        self, source: BinaryIO, table: Table, header: Header | None, faults: Faults, totals: Totals
    ) -> None:
        self.table, self.header, self.faults, self.totals = table, header, faults, totals
        self.trailer: Trailer | None = None
        self._source = source
        self._checkers = {
            id_.encode(): Checker(record)
            for id_, record in table.records.items()
            if record.fields is not None
        }
        self._ranks = {id_.encode(): rank for id_, rank in table.ranks.items()}
        self._records: dict[bytes, int] = {id_.encode(): 0 for id_ in table.records}
        self._heads: dict[bytes, _Head] = {}
        self._tails: dict[bytes, _Tail] = {b"": ((), -1, 0)}
        self._receipt: Receipt | None = None
        self._sums = Sums()
        self._group, self._run, self._rank, self._last = "", 0, 0, 31
        self._lines = 0
        self._handlers = {
            b"HO": self._insurer, b"KO": self._insurer, b"SN": self._qualification, b"JD": self._visits,
            b"SY": self._disease, b"SI": self._act, b"IY": self._act, b"TO": self._act,
        }  # fmt: skip
        if table.kind == "dispensing":
            self._handlers[b"IY"] = self._handlers[b"TO"] = self._dispensed

    def receipts(self) -> Iterator[Receipt]:
        """The receipts, one after the other."""
        heads, tails, records, faults = self._heads, self._tails, self._records, self.faults
        short = frozenset((b"SI,", b"IY,")) if self.table.kind == "medical" else frozenset()
        rank_of_items = self._ranks.get(b"SI", 0)
        for start, lines in blocks(self._source, faults):
            number = start - 1
            for line in lines:
                number += 1
                if line[:3] in short:
                    cut = line.find(_NO_COMMENTS)
                    tail: _Tail | None
                    if cut < 0:
                        head, tail = heads.get(line), tails[b""]
                    else:
                        head, tail = heads.get(line[:cut]), tails.get(line[cut + 7 :])
                    receipt = self._receipt
                    if (
                        head is not None
                        and tail is not None
                        and receipt is not None
                        and self._rank <= rank_of_items
                    ):
                        group, burden, code, quantity, points, times, amount = head
                        days, total, last = tail
                        if group:
                            self._group, self._run = group, 0
                        else:
                            group = self._group
                            self._run += 1
                            if self._run > CONTINUED or not group:
                                self._ungrouped(number)
                        if total != times and total >= 0:
                            self._wrong_sum(number, times, total)
                        if last > self._last:
                            self._no_such_day(number, last)
                        if amount:
                            sums = self._sums.meals if group == "97" else self._sums.units
                            sums[burden] = sums.get(burden, 0) + amount
                        self._rank = rank_of_items
                        id_ = line[:2]
                        records[id_] += 1
                        receipt.items.append(
                            Item(
                                number,
                                "SI" if id_ == b"SI" else "IY",
                                group,
                                burden,
                                code,
                                quantity,
                                points,
                                times,
                                days,
                            )
                        )
                        continue
                if line[:3] == b"RE,":
                    if self._receipt is not None:
                        yield self._finish(self._receipt)
                    self._begin(line, number)
                elif line[:3] == b"GO," and self._receipt is not None:
                    yield self._finish(self._receipt)
                    self._receipt = None
                    self._record(line, number)
                else:
                    self._record(line, number)
            self._lines = number
        if self._receipt is not None:
            yield self._finish(self._receipt)
            self._receipt = None
        for id_, times in records.items():
            if times:
                name = id_.decode()
                self.totals.records[name] = self.totals.records.get(name, 0) + times

    @property
    def lines(self) -> int:
        """How many lines there were."""
        return self._lines

    def _finish(self, receipt: Receipt) -> Receipt:
        check_receipt(receipt, self._sums, self.table, self.header, self.faults)
        count(receipt, self.totals, self.table, self.faults)
        return receipt

    def _begin(self, line: bytes, number: int) -> None:
        """A new receipt (RE)."""
        values = line.split(b",")
        self._checked(b"RE", values, line, number)
        self._after_trailer(number)
        month = read_month(at(values, 3))
        dispensing, medical = self.table.kind == "dispensing", self.table.kind == "medical"
        notes = at(values, 8 if dispensing else 11) if dispensing or medical else b""
        departments = (at(values, place) for place in (21, 26, 31)) if medical else ()
        chart = at(values, 34 if dispensing else 13) if dispensing or medical else b""
        self._receipt = Receipt(
            number,
            read_number(at(values, 1)),
            read_text(at(values, 2)),
            month,
            read_text(at(values, 5)),
            read_day(at(values, 6)),
            read_text(chart),
            tuple([read_text(one) for one in departments if one]),
            admitted=read_day(at(values, 8)) if medical else None,
            notes=tuple([read_text(notes[place : place + 2]) for place in range(0, len(notes), 2)]),
        )
        self._sums = Sums()
        self._group, self._run, self._rank, self._last = "", 0, 0, days_in(month)

    def _checked(self, id_: bytes, values: list[bytes], line: bytes, number: int) -> bool:
        """Count a record and check its text and fields; whether they were right."""
        self._records[id_] += 1
        if not line.isascii():
            check_text(line, number, self.faults)
        checker = self._checkers.get(id_)
        if checker is None:
            if self._records[id_] == 1:
                name = self.table.records[id_.decode()].name
                self.faults.add(
                    number,
                    "unchecked-record",
                    f"{id_.decode()}（{name}）の項目は公開された資料で確かめていないので、点検していません。",
                )
            return True
        return checker.check(values[1:], number, self.faults)

    def _record(self, line: bytes, number: int) -> None:
        """Any record that does not take the short way."""
        if not line:
            self.faults.add(number, "blank-line", "空の行です。")
            return
        values = line.split(b",")
        id_ = values[0]
        if id_ not in self._records:
            self._unknown(id_, number)
            return
        if id_ in (b"IR", b"YK"):
            self._checked(id_, values, line, number)
            self._another_header(values, number)
            return
        right = self._checked(id_, values, line, number)
        if id_ == b"GO":
            self._after_trailer(number)
            self._end(values, number)
            return
        self._after_trailer(number)
        receipt = self._receipt
        if receipt is None:
            if id_ in self._ranks:
                self.faults.add(
                    number, "outside-receipt", f"{id_.decode()}が、RE（レセプト共通）より前にあります。"
                )
            return
        self._ordered(id_, number)
        if id_ in _GROUPED and self.table.kind == "medical":
            self._grouped(values, number)
        handler = self._handlers.get(id_)
        if handler is not None and id_ in self._checkers:
            handler(receipt, values, number, right)

    def _unknown(self, id_: bytes, number: int) -> None:
        shown = "".join(sign if sign.isprintable() else "?" for sign in read_text(id_[:10]))
        self.faults.add(
            number,
            "unknown-record",
            f"「{shown}」という記録は{self.table.title}のレセプトにありません。この行は読んでいません。",
        )
        self._sums.whole = False

    def _after_trailer(self, number: int) -> None:
        if self.trailer is not None:
            self.faults.add(number, "after-trailer", "GO（診療報酬請求書）の後に記録があります。")

    def _ordered(self, id_: bytes, number: int) -> None:
        rank = self._ranks.get(id_)
        if rank is None:
            return
        if rank < self._rank:
            before = next(other for other, place in self._ranks.items() if place == self._rank)
            self.faults.add(
                number,
                "record-order",
                f"{id_.decode()}が{before.decode()}より後にあります。順が決まりと違います。",
            )
        self._rank = max(rank, self._rank)

    def _grouped(self, values: list[bytes], number: int) -> None:
        group = read_text(at(values, 1))
        if group:
            self._group, self._run = group, 0
            return
        self._run += 1
        if self._run > CONTINUED or not self._group:
            self._ungrouped(number)

    def _ungrouped(self, number: int) -> None:
        if not self._group:
            self.faults.add(number, "no-group", "診療識別がなく、前の記録からも引き継げません。")
        elif self._run == CONTINUED + 1:
            self.faults.add(
                number,
                "group-too-long",
                f"診療識別「{self._group}」を略した記録が{CONTINUED}を超えて続いています。",
            )

    def _wrong_sum(self, number: int, times: int | None, total: int) -> None:
        if times is not None:
            self.faults.add(number, "day-sum", f"回数は{times}回ですが、日ごとの回数の合計は{total}回です。")

    def _no_such_day(self, number: int, day: int) -> None:
        self.faults.add(
            number, "day-of-month", f"{day}日に回数がありますが、その月は{self._last}日までです。"
        )

    # ---- records ----

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
        if not branch or who not in (b"1", b"2", b"3", b"4", b"5"):
            return
        main = who == b"1"
        places = [place for place, one in enumerate(receipt.insurers) if one.main == main]
        wanted = 0 if main else int(who) - 2
        if wanted < len(places):
            one = receipt.insurers[places[wanted]]
            receipt.insurers[places[wanted]] = Insurer(
                one.line, one.main, one.payer, one.symbol, one.number, branch, one.days, one.points
            )

    def _visits(self, receipt: Receipt, values: list[bytes], number: int, right: bool) -> None:
        if at(values, 1) == b"1" or not receipt.visits:
            receipt.visits = tuple([day for day, value in enumerate(values[2:33], 1) if value == b"1"])
            if receipt.visits and receipt.visits[-1] > self._last:
                self._no_such_day(number, receipt.visits[-1])

    def _disease(self, receipt: Receipt, values: list[bytes], number: int, right: bool) -> None:
        modifiers = read_text(at(values, 4))
        receipt.diseases.append(
            Disease(
                number,
                read_text(at(values, 1)),
                read_day(at(values, 2)),
                read_text(at(values, 3)),
                tuple([modifiers[place : place + 4] for place in range(0, len(modifiers), 4)]),
                at(values, 6) == b"01",
            )
        )

    def _act(self, receipt: Receipt, values: list[bytes], number: int, right: bool) -> None:
        """SI, IY, TO of 医科; their group has been carried on already."""
        first = 17 if values[0] == b"TO" else 13
        days, total, last = self._days(values[first:], number)
        head: _Head = (
            read_text(at(values, 1)),
            read_text(at(values, 2)),
            read_text(at(values, 3)),
            read_text(at(values, 4)),
            read_number(at(values, 5)),
            read_number(at(values, 6)),
            (read_number(at(values, 5)) or 0) * (read_number(at(values, 6)) or 0),
        )
        _, burden, code, quantity, points, times, amount = head
        if total >= 0 and total != times:
            self._wrong_sum(number, times, total)
        if last > self._last:
            self._no_such_day(number, last)
        if amount:
            sums = self._sums.meals if self._group == "97" else self._sums.units
            sums[burden] = sums.get(burden, 0) + amount
        receipt.items.append(
            Item(number, values[0].decode(), self._group, burden, code, quantity, points, times, days)
        )
        if not right:
            self._sums.whole = False
            return
        if first == 13 and len(values) >= 7 and not any(values[7:13]):
            self._remember(b",".join(values[:7]), head, b",".join(values[13:]), (days, total, last))

    def _remember(self, head_bytes: bytes, head: _Head, tail_bytes: bytes, tail: _Tail) -> None:
        """Keep both halves of an act, checked and right, for the next that is like it."""
        if len(self._heads) >= REMEMBERED:
            self._heads.clear()
        self._heads[head_bytes] = head
        if len(self._tails) >= REMEMBERED:
            self._tails.clear()
            self._tails[b""] = ((), -1, 0)
        if len(tail_bytes) < 200 and tail_bytes.count(b",") < 31:
            self._tails.setdefault(tail_bytes, tail)

    def _days(self, values: list[bytes], number: int) -> _Tail:
        """Days with their times, the sum, the last day; the sum is -1 where no day is written or one is unreadable."""
        days, total, last = [], 0, 0
        for day, value in enumerate(values[:31], 1):
            if value:
                times = read_number(value)
                if times is None:
                    return (), -1, 0
                days.append((day, times))
                total, last = total + times, day
        return tuple(days), total if days else -1, last

    def _dispensed(self, receipt: Receipt, values: list[bytes], number: int, right: bool) -> None:
        """IY, TO of 調剤: who pays, what, how much."""
        burden, code, quantity = (read_text(at(values, place)) for place in (1, 2, 3))
        receipt.items.append(Item(number, values[0].decode(), "", burden, code, quantity, None, None, ()))

    def _end(self, values: list[bytes], number: int) -> None:
        """GO."""
        self.trailer = Trailer(
            number, read_number(at(values, 1)), read_number(at(values, 2)), read_text(at(values, 3))
        )
        if self.trailer.volume != "99":
            self.faults.add(
                number, "volume", f"GOのマルチボリューム識別は99のはずですが、「{self.trailer.volume}」です。"
            )
        check_trailer(self.trailer, self.totals, self.faults)

    def _another_header(self, values: list[bytes], number: int) -> None:
        """IR or YK: the first line, or the next volume in the same file."""
        if self.header is not None and number == self.header.line:
            return
        found = header_of(values, number, self.table.kind)
        before = self.header
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
