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
        acts_read = drugs = 0
        items: list[Item] = []
        receipt: Receipt | None = None
        group, run, place, last, units = "", 0, NO_RECEIPT, 31, self.sums.units
        for start, lines in blocks(self.source, self.faults):
            for number, line, act in zip(counting(start), lines, map(act_seen, lines), strict=False):
                if act is None and line[:3] in ACTS:
                    act = self.act_of_halves(line)
                if act is not None:
                    if place <= acts:
                        record, own, burden, code, quantity, points, times, days, amount, latest, odd = act
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
                        items.append(Item(number, record, group, burden, code, quantity, points, times, days))
                        continue
                elif receipt is None:
                    pass
                elif (known := whole_seen(line)) is not None:
                    rank, id_, what = known
                    if rank >= place:
                        place = rank
                        records[id_] += 1
                        if what is None:
                            pass
                        elif id_ == b"JD":
                            self.visited(receipt, what[0], what[1], number)
                        elif id_ == b"SY":
                            receipt.diseases.append(Disease(number, *what))
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
                elif (found := quick.get(line[:3])) is not None:
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
        wrong, drug = None if total in (-1, head[6]) else total, int(head[0] == "IY")
        if len(self.acts) >= REMEMBERED:
            self.acts.clear()
        act = (*head[:7], days, head[7], last, (drug, wrong) if drug or wrong is not None else None)
        self.acts[line] = act
        return act

    def _head(self, line: bytes) -> Head | None:
        """The first half of an act, up to its times, if it matches its expression."""
        pattern = self._first_halves.get(line[:3])
        found = None if pattern is None else pattern.groups(line)
        if found is None:
            return None
        group, burden, code, quantity, points, times = [(one or b"").decode() for one in found]
        amount = int(points or 0) * int(times)
        head = (
            line[:2].decode(), group, burden, code, quantity, int(points) if points else None, int(times), amount,
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
        table = self.table.kind
        check_receipt(receipt, self.sums, table == "medical", self.end, self.claimed, self.faults)
        count(receipt, self.totals, table == "dpc", self.faults)
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
        match, days, whole = LinePattern(table, (1, 2, 3, 4, 6)).groups, self.days, self.whole
        rank = self.ranks[b"SY"]

        def read(receipt: Receipt, line: bytes, number: int) -> bool:
            found = match(line)
            if found is None or (begun := days[found[1]]) is None or not line.isascii():
                return False
            code, _, outcome, modifiers, main = found
            signs = modifiers.decode() if modifiers else ""
            parts = tuple([signs[place : place + 4] for place in range(0, len(signs), 4)]) if signs else ()
            what = code.decode(), begun, outcome.decode(), parts, main == b"01"
            if len(whole) >= REMEMBERED:
                whole.clear()
            whole[line] = rank, b"SY", what
            receipt.diseases.append(Disease(number, *what))
            return True

        return read

    def _begin_quickly(self) -> Callable[[bytes, int], bool]:
        """Begin a receipt of 医科 whose RE matches its expression; whether it did."""
        match = LinePattern(self.table.records["RE"], (1, 2, 3, 5, 6, 8, 11, 13, 21, 26, 31)).groups
        days, months, records, departments = self.days, self.months, self.records, self.departments

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
                number, int(one), kind.decode(), text, sex.decode(), birth, read_text(chart) if chart else "",
                named, [], (), [], [], stay, self.notes(notes) if notes else (),
            )  # fmt: skip
            self.begun(end)
            return True

        return begin
