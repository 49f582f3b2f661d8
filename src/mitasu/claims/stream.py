"""From lines to receipts. Most lines of a claim file are like one seen before, or match one expression: these take the
short way; every other line is taken apart field by field (`long_way`), which knows what to say about it.

Lines that were read and found right are remembered within bounds; acts also by halves, cut where their six comment
fields are empty: what was done, and on which days. Nothing remembered outlives the file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from functools import cached_property
from itertools import count as counting

from mitasu.claims.checking import check_receipt, count
from mitasu.claims.lines import blocks, check_text
from mitasu.claims.long_way import CONTINUED, REMEMBERED, Act, Head, LongWay, Tail
from mitasu.claims.patterns import LinePattern
from mitasu.claims.receipt import Disease, Insurer, Item, Receipt
from mitasu.claims.tables import RecordTable
from mitasu.claims.values import read_text

NO_RECEIPT = 99
"""The place of a line outside a receipt: behind every rank, so that nothing takes the short way."""
_DRUG = 1, None
_NO_COMMENTS = b",,,,,,,"
_DAYS = re.compile(rb"(?:[0-9]{0,3},){0,30}[0-9]{0,3}")
_VISITS = re.compile(rb"JD,[0-9A-Za-z],(?:[0-9A-Za-z]?,){0,30}[0-9A-Za-z]?")
ACTS = frozenset((b"SI,", b"IY,"))
_Read = Callable[[Receipt, bytes, int], bool]


class Stream(LongWay):
    """Reads the receipts of one file; what it found besides stands in `trailer`, `totals`, `faults`."""

    def receipts(self) -> Iterator[Receipt]:
        """The receipts, one after the other. What every line needs is kept in names of this function while it lasts."""
        act_seen, whole_seen, records = self.acts.get, self.whole.get, self.records
        medical = self.table.kind == "medical"
        acts = self.ranks.get(b"SI", 0) if medical else -1
        quick = self._by_pattern()
        begin = self._begin_quickly() if medical else None
        acts_read, drugs, new_item = 0, 0, Item.__new__
        items: list[Item] = []
        receipt: Receipt | None = None
        group, run, place, last, units = "", 0, NO_RECEIPT, 31, self.sums.units
        for start, lines in blocks(self.source, self.faults):
            for number, line, act in zip(counting(start), lines, map(act_seen, lines), strict=False):
                if act is None:
                    if receipt is not None and (known := whole_seen(line)) is not None:
                        rank, id_, what = known
                        if rank >= place:
                            place = rank
                            records[id_] += 1
                            if id_ == b"SY":
                                receipt.diseases.append(Disease(number, *what))
                            elif what is None:
                                pass
                            elif id_ == b"JD":
                                self.visited(receipt, what[0], what[1], number)
                            elif id_ == b"SN":
                                self.branch(receipt, what[0], what[1])
                            elif what:
                                group, run = what, 0
                            else:
                                run += 1
                                if run > CONTINUED or not group:
                                    self.group, self.run = group, run
                                    self.ungrouped(number)
                            continue
                    tag = line[:3]
                    if tag in ACTS:
                        act = self.act_of_halves(line)
                if act is not None:
                    if place <= acts:
                        record, own, burden, code, quantity, points, times, amount, days, latest, odd = act
                        if own:
                            group, run = own, 0
                        else:
                            run += 1
                            if run > CONTINUED or not group:
                                self.group, self.run = group, run
                                self.ungrouped(number)
                        if latest > last:
                            self.no_such_day(number, latest)
                        if amount:
                            if burden in units and group != "97":
                                units[burden] += amount
                            else:
                                self.charge(group, burden, amount)
                        if odd is not None:  # a drug, or days that do not add up
                            drug, wrong = odd
                            drugs += drug
                            if wrong is not None:
                                self.wrong_sum(number, times, wrong)
                        place = acts
                        acts_read += 1
                        item = new_item(
                            Item
                        )  # its fields one by one: a call with nine takes half as long again
                        item.line = number
                        item.record = record
                        item.group = group
                        item.burden = burden
                        item.code = code
                        item.quantity = quantity
                        item.points = points
                        item.times = times
                        item.days = days
                        items.append(item)
                        continue
                elif receipt is not None and (found := quick.get(tag)) is not None:
                    rank, id_, read = found
                    if rank >= place and read(receipt, line, number):
                        place = rank
                        records[id_] += 1
                        continue
                if line[:3] == b"RE," or line == b"RE":
                    if self.receipt is not None:
                        yield self.finish(self.receipt)
                        self.receipt = None
                    if begin is None or self.trailer is not None or not begin(line, number):
                        self.long_way(line, number)
                else:
                    self.group, self.run, self.rank = group, run, 0 if place == NO_RECEIPT else place
                    self.long_way(line, number)
                group, run, place, last, units = self.group, self.run, self.rank, self.last, self.sums.units
                receipt = self.receipt
                if receipt is None or self.trailer is not None:  # after GO only the long way
                    receipt, place = None, NO_RECEIPT
                else:
                    items = receipt.items
            self.lines = start + len(lines) - 1
        if self.receipt is not None:
            yield self.finish(self.receipt)
            self.receipt = None
        for id_, times_read in ((b"SI", acts_read - drugs), (b"IY", drugs)):
            if times_read:
                records[id_] += times_read
        self.finish_file()

    @cached_property
    def _first_halves(self) -> dict[bytes, LinePattern]:
        """The expressions of the first halves of acts, up to their times."""
        if self.table.kind != "medical":
            return {}
        records = [self.table.records[id_] for id_ in ("SI", "IY")]
        return {
            f"{one.id},".encode(): LinePattern(replace(one, fields=(one.fields or ())[:6]), range(1, 7))
            for one in records
        }

    def act_of_halves(self, line: bytes) -> Act | None:
        """An act whose halves are known or match their expressions, remembered whole; None where one does not."""
        cut = line.find(_NO_COMMENTS)
        first, second = (line, b"") if cut < 0 else (line[:cut], line[cut + 7 :])
        head = self.heads.get(first) or self._head(first)
        if head is None:
            return None
        tail = self.tails.get(second) or self._days(second)
        if tail is None:
            return None
        days, total, last = tail
        odd: tuple[int, int | None] | None = _DRUG if head[0] == "IY" else None
        if total not in (-1, head[6]):
            odd = 0 if odd is None else 1, total
        act = self.acts[line] = head + (days, last, odd)  # noqa: RUF005 - shorter, and twice as fast, as unpacking
        if len(self.acts) > REMEMBERED:
            self.acts.clear()
        return act

    def _head(self, line: bytes) -> Head | None:
        """The first half of an act, up to its times, if it matches its expression."""
        pattern = self._first_halves.get(line[:3])
        found = None if pattern is None else pattern.groups(line)
        if found is None:
            return None
        group, burden, code, quantity, points, times = found
        codes, price, often = self.codes, int(points) if points else None, int(times)
        head = (
            codes[line[:2]], codes[group or b""], codes[burden], codes[code or b""], codes[quantity or b""],
            price, often, (price or 0) * often,
        )  # fmt: skip
        if len(self.heads) >= REMEMBERED:
            self.heads.clear()
        self.heads[line] = head
        return head

    def _days(self, line: bytes) -> Tail | None:
        """The second half of an act, its days, if it matches its expression."""
        if not _DAYS.fullmatch(line):
            return None
        tail = self.tail(line.split(b","))
        if len(self.tails) >= REMEMBERED:
            self.tails.clear()
        self.tails[line] = tail
        return tail

    def visits_by_pattern(self, receipt: Receipt, line: bytes, number: int) -> bool:
        """JD that matches its expression, remembered whole; whether it did."""
        if not _VISITS.fullmatch(line):
            return False
        main, days = self.visits_of(line.split(b","))
        if len(self.whole) >= REMEMBERED:
            self.whole.clear()
        self.whole[line] = self.ranks[b"JD"], b"JD", (main, days)
        self.visited(receipt, main, days, number)
        return True

    def finish(self, receipt: Receipt) -> Receipt:
        """The receipt, checked and counted."""
        kind, faults = self.table.kind, self.faults
        check_receipt(receipt, self.sums, kind == "medical", self.end, self.claimed, faults)
        count(receipt, self.totals, kind == "dpc", faults)
        return receipt

    def _by_pattern(self) -> dict[bytes, tuple[int, bytes, _Read]]:
        """Records that are read by one expression: their rank and id, and what reads them (whether it could)."""
        found: dict[bytes, tuple[int, bytes, _Read]] = {}
        for id_, make in ((b"HO", self._payer), (b"KO", self._payer), (b"SY", self._diseases)):
            table = self.table.records.get(id_.decode())
            if table is not None and table.fields is not None:
                found[id_ + b","] = self.ranks[id_], id_, make(table)
        found[b"JD,"] = self.ranks[b"JD"], b"JD", self.visits_by_pattern
        return found

    def _payer(self, table: RecordTable) -> _Read:
        main = table.id == "HO"
        match = LinePattern(table, (1, 2, 3, 4, 5) if main else (1, 2, 4, 5)).groups

        def read(receipt: Receipt, line: bytes, number: int) -> bool:
            found = match(line)
            if found is None:
                return False
            payer, symbol, person, days, points = found if main else (found[0], b"", *found[1:])
            if not line.isascii():
                check_text(line, number, self.faults)
            receipt.insurers.append(
                Insurer(
                    number, main, payer.lstrip(b" ").decode(), read_text(symbol or b""), read_text(person or b""), "",
                    int(days) if days else None, int(points) if points else None,
                )
            )  # fmt: skip
            return True

        return read

    def _diseases(self, table: RecordTable) -> _Read:
        match, days, codes, whole = (
            LinePattern(table, (1, 2, 3, 4, 6)).groups,
            self.days,
            self.codes,
            self.whole,
        )
        rank = self.ranks[b"SY"]

        def read(receipt: Receipt, line: bytes, number: int) -> bool:
            found = match(line)
            if found is None or (begun := days[found[1]]) is None or not line.isascii():
                return False
            code, _, outcome, modifiers, main = found
            signs = modifiers.decode() if modifiers else ""
            parts = tuple([signs[place : place + 4] for place in range(0, len(signs), 4)]) if signs else ()
            what = codes[code], begun, codes[outcome], parts, main == b"01"
            if len(whole) >= REMEMBERED:
                whole.clear()
            whole[line] = rank, b"SY", what
            receipt.diseases.append(Disease(number, *what))
            return True

        return read

    def _begin_quickly(self) -> Callable[[bytes, int], bool]:
        """Begin a receipt of 医科 whose RE matches its expression; whether it did."""
        match = LinePattern(self.table.records["RE"], (1, 2, 3, 5, 6, 8, 11, 13, 21, 26, 31)).groups
        days, codes, months, records = self.days, self.codes, self.months, self.records
        departments = self.departments

        def begin(line: bytes, number: int) -> bool:
            found = match(line)
            if found is None:
                return False
            one, kind, month, sex, born, admitted, notes, chart, first, second, third = found
            in_month, birth = months.get(month), days[born]
            if in_month is None or birth is None or len(one) > 15:
                return False
            stay: date | None = None
            if admitted and (stay := days[admitted]) is None:
                return False
            if not line.isascii():
                check_text(line, number, self.faults)
            places = first, second, third
            named = departments.get(places)
            if named is None:
                named = departments[places] = tuple([each.decode() for each in places if each])
            records[b"RE"] += 1
            text, end = in_month
            self.receipt = Receipt(
                number, int(one), codes[kind], text, codes[sex], birth, read_text(chart) if chart else "",
                named, [], (), [], [], stay, self.notes(notes) if notes else (),
            )  # fmt: skip
            self.begun(end)
            return True

        return begin
