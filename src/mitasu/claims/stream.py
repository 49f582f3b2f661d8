"""From lines to receipts. Most lines of a claim file are like one seen before, or match one expression: these take the
short way; every other line is taken apart field by field (`long_way`), which knows what to say about it.

An act is cut in two where its six comment fields are empty: what was done, and on which days. Halves, and whole lines
of the other records, that were read and found right are remembered within bounds. Nothing remembered outlives the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

from mitasu.claims.checking import check_receipt, count
from mitasu.claims.lines import blocks, check_text
from mitasu.claims.long_way import CONTINUED, LongWay
from mitasu.claims.patterns import LinePattern
from mitasu.claims.receipt import Disease, Insurer, Item, Receipt
from mitasu.claims.values import read_text

_NO_COMMENTS = b",,,,,,,"


class Stream(LongWay):
    """Reads the receipts of one file; what it found besides stands in `trailer`, `totals`, `faults`."""

    def receipts(self) -> Iterator[Receipt]:
        """The receipts, one after the other."""
        heads, tails, whole, records = self.heads, self.tails, self.whole, self.records
        medical = self.table.kind == "medical"
        acts = self.ranks.get(b"SI", 0) if medical else -1
        payers = self._payer_patterns()
        begin = self._begin_quickly() if medical else None
        for start, lines in blocks(self.source, self.faults):
            number = start - 1
            for line in lines:
                number += 1
                id_ = line[:2]
                receipt = self.receipt
                if receipt is None:
                    pass
                elif id_ == b"SI" or id_ == b"IY":
                    if self.rank <= acts:
                        cut = line.find(_NO_COMMENTS)
                        if cut < 0:
                            head, tail = heads.get(line), self.no_days
                        else:
                            head, tail = heads.get(line[:cut]), tails.get(line[cut + 7 :])
                        if head is not None and tail is not None:
                            record, group, burden, code, quantity, points, times, amount = head
                            days, total, last = tail
                            if group:
                                self.group, self.run = group, 0
                            else:
                                group = self.group
                                self.run += 1
                                if self.run > CONTINUED or not group:
                                    self.ungrouped(number)
                            if total != times and total >= 0:
                                self.wrong_sum(number, times, total)
                            if last > self.last:
                                self.no_such_day(number, last)
                            if amount:
                                sums = self.sums.units if group != "97" else self.sums.meals
                                sums[burden] = sums.get(burden, 0) + amount
                            self.rank = acts
                            records[id_] += 1
                            receipt.items.append(
                                Item(number, record, group, burden, code, quantity, points, times, days)
                            )
                            continue
                elif (known := whole.get(line)) is not None:
                    rank, what = known
                    if rank >= self.rank:
                        self.rank = rank
                        records[id_] += 1
                        if id_ == b"SY":
                            receipt.diseases.append(Disease(number, *what))
                        elif what is not None:
                            self.known(receipt, id_, what, number)
                        continue
                elif id_ in payers:
                    rank, pattern = payers[id_]
                    if rank >= self.rank and (found := pattern.groups(line)) is not None:
                        self.rank = rank
                        records[id_] += 1
                        self._payer(receipt, id_ == b"HO", found, line, number)
                        continue
                if id_ == b"RE" or id_ == b"GO":
                    if receipt is not None:
                        yield self.finish(receipt)
                        self.receipt = None
                    if begin is None or self.trailer is not None or not begin(line, number):
                        self.long_way(line, number)
                else:
                    self.long_way(line, number)
            self.lines = number
        if self.receipt is not None:
            yield self.finish(self.receipt)
            self.receipt = None
        self.count_records()

    def finish(self, receipt: Receipt) -> Receipt:
        """The receipt, checked and counted."""
        table = self.table.kind
        check_receipt(receipt, self.sums, table == "medical", self.end, self.claimed, self.faults)
        count(receipt, self.totals, table == "dpc", self.faults)
        return receipt

    def _payer_patterns(self) -> dict[bytes, tuple[int, LinePattern]]:
        found = {}
        for id_, wanted in ((b"HO", (1, 2, 3, 4, 5)), (b"KO", (1, 2, 4, 5))):
            table = self.table.records.get(id_.decode())
            if table is not None and table.fields is not None:
                found[id_] = self.ranks[id_], LinePattern(table, wanted)
        return found

    def _payer(
        self, receipt: Receipt, main: bool, found: tuple[bytes, ...], line: bytes, number: int
    ) -> None:
        if main:
            payer, symbol, person, days, points = found
        else:
            payer, person, days, points = found
            symbol = b""
        if line.isascii():
            texts = payer.lstrip(b" ").decode(), symbol.decode(), person.decode()
        else:
            check_text(line, number, self.faults)
            texts = read_text(payer.lstrip(b" ")), read_text(symbol), read_text(person)
        receipt.insurers.append(
            Insurer(number, main, *texts, "", int(days) if days else None, int(points) if points else None)
        )

    def _begin_quickly(self) -> Callable[[bytes, int], bool]:
        """Begin a receipt of 医科 whose RE matches its expression; whether it did."""
        match = LinePattern(self.table.records["RE"], (1, 2, 3, 5, 6, 8, 11, 13, 21, 26, 31)).groups
        days, months, records, departments = self.days, self.months, self.records, self.departments

        def begin(line: bytes, number: int) -> bool:
            found = match(line) if line[:3] == b"RE," else None
            if found is None:
                return False
            one, kind, month, sex, born, admitted, notes, chart, *where = found
            in_month, birth = months.get(month), days.get(born)
            if in_month is None or birth is None or len(one) > 15:
                return False
            stay: date | None = None
            if admitted and (stay := days.get(admitted)) is None:
                return False
            if not line.isascii():
                check_text(line, number, self.faults)
            places = tuple(where)
            named = departments.get(places)
            if named is None:
                named = departments[places] = tuple([each.decode() for each in places if each])
            records[b"RE"] += 1
            text, end = in_month
            self.receipt = Receipt(
                number, int(one), kind.decode(), text, sex.decode(), birth,
                chart.decode() if chart is not None and chart.isascii() else read_text(chart or b""),
                named,
                admitted=stay,
                notes=self.notes(notes) if notes else (),
            )  # fmt: skip
            self.begun(end)
            return True

        return begin
