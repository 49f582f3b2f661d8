"""From lines to receipts. Most lines of a claim file are like one seen before, or match one expression: these take the
short way; every other line is taken apart field by field (`long_way`), which knows what to say about it.

Lines that were read and found right are remembered within bounds; acts also by halves, cut where their six comment
fields are empty: what was done, and on which days. Nothing remembered outlives the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

from mitasu.claims.checking import check_receipt, count
from mitasu.claims.lines import blocks, check_text
from mitasu.claims.long_way import CONTINUED, LongWay
from mitasu.claims.patterns import LinePattern
from mitasu.claims.receipt import Disease, Insurer, Item, Receipt
from mitasu.claims.tables import RecordTable
from mitasu.claims.values import read_text

_Read = Callable[[Receipt, bytes, int], bool]


class Stream(LongWay):
    """Reads the receipts of one file; what it found besides stands in `trailer`, `totals`, `faults`."""

    def receipts(self) -> Iterator[Receipt]:
        """The receipts, one after the other. What every line needs is kept in names of this function while it lasts."""
        acts_seen, whole, records = self.acts, self.whole, self.records
        medical = self.table.kind == "medical"
        acts = self.ranks.get(b"SI", 0) if medical else -1
        quick = self._by_pattern()
        begin = self._begin_quickly() if medical else None
        number_of_acts = number_of_drugs = 0
        receipt = self.receipt
        items: list[Item] = []
        group, run, place, last, units = self.group, self.run, self.rank, self.last, self.sums.units
        for start, lines in blocks(self.source, self.faults):
            for number, line in enumerate(lines, start):
                id_ = line[:2]
                if receipt is None:
                    pass
                elif id_ == b"SI" or id_ == b"IY":
                    act = acts_seen.get(line) or self.act_of_halves(line)
                    if act is not None and place <= acts:
                        record, own, burden, code, quantity, points, times, days, amount, latest, wrong = act
                        if own:
                            group, run = own, 0
                        else:
                            run += 1
                            if run > CONTINUED or not group:
                                self.group, self.run = group, run
                                self.ungrouped(number)
                        if wrong is not None:
                            self.wrong_sum(number, times, wrong)
                        if latest > last:
                            self.no_such_day(number, latest)
                        if amount:
                            if group == "97":
                                meals = self.sums.meals
                                meals[burden] = meals.get(burden, 0) + amount
                            else:
                                units[burden] = units.get(burden, 0) + amount
                        place = acts
                        if id_ == b"SI":
                            number_of_acts += 1
                        else:
                            number_of_drugs += 1
                        items.append(Item(number, record, group, burden, code, quantity, points, times, days))
                        continue
                elif (known := whole.get(line)) is not None:
                    rank, what = known
                    if rank >= place:
                        place = rank
                        records[id_] += 1
                        if id_ == b"JD":
                            self.visited(receipt, what[0], what[1], number)
                        elif id_ == b"SN":
                            if what is not None:
                                self.branch(receipt, what[0], what[1])
                        elif what:
                            group, run = what, 0
                        elif id_ == b"CO":
                            run += 1
                            if run > CONTINUED or not group:
                                self.group, self.run = group, run
                                self.ungrouped(number)
                        continue
                elif id_ in quick:
                    rank, read = quick[id_]
                    if rank >= place and read(receipt, line, number):
                        place = rank
                        records[id_] += 1
                        continue
                self.group, self.run, self.rank = group, run, place
                if line[:3] == b"RE," or line == b"RE":
                    if self.receipt is not None:
                        yield self.finish(self.receipt)
                        self.receipt = None
                    if begin is None or self.trailer is not None or not begin(line, number):
                        self.long_way(line, number)
                else:
                    self.long_way(line, number)
                receipt = self.receipt if self.trailer is None else None  # after GO only the long way
                if receipt is not None:
                    items = receipt.items
                group, run, place, last, units = self.group, self.run, self.rank, self.last, self.sums.units
            self.lines = start + len(lines) - 1
        if self.receipt is not None:
            yield self.finish(self.receipt)
            self.receipt = None
        for id_, times_seen in ((b"SI", number_of_acts), (b"IY", number_of_drugs)):
            if times_seen:
                records[id_] += times_seen
        self.finish_file()

    def finish(self, receipt: Receipt) -> Receipt:
        """The receipt, checked and counted."""
        table = self.table.kind
        check_receipt(receipt, self.sums, table == "medical", self.end, self.claimed, self.faults)
        count(receipt, self.totals, table == "dpc", self.faults)
        return receipt

    def _by_pattern(self) -> dict[bytes, tuple[int, _Read]]:
        """Records that are read by one expression: their rank, and what reads them (whether it could)."""
        found: dict[bytes, tuple[int, _Read]] = {}
        for id_, make in ((b"HO", self._payer), (b"KO", self._payer), (b"SY", self._diseases)):
            table = self.table.records.get(id_.decode())
            if table is not None and table.fields is not None:
                found[id_] = self.ranks[id_], make(table)
        return found

    def _payer(self, table: RecordTable) -> _Read:
        main = table.id == "HO"
        match = LinePattern(table, (1, 2, 3, 4, 5) if main else (1, 2, 4, 5)).groups

        def read(receipt: Receipt, line: bytes, number: int) -> bool:
            found = match(line)
            if found is None:
                return False
            payer, symbol, person, days, points = found if main else (found[0], b"", *found[1:])
            if line.isascii():
                texts = payer.lstrip(b" ").decode(), (symbol or b"").decode(), (person or b"").decode()
            else:
                check_text(line, number, self.faults)
                texts = read_text(payer.lstrip(b" ")), read_text(symbol or b""), read_text(person or b"")
            receipt.insurers.append(
                Insurer(
                    number, main, *texts, "", int(days) if days else None, int(points) if points else None
                )
            )
            return True

        return read

    def _diseases(self, table: RecordTable) -> _Read:
        match, days = LinePattern(table, (1, 2, 3, 4, 6)).groups, self.days

        def read(receipt: Receipt, line: bytes, number: int) -> bool:
            found = match(line)
            if found is None or (begun := days[found[1]]) is None or not line.isascii():
                return False
            code, _, outcome, modifiers, main = found
            signs = modifiers.decode() if modifiers else ""
            receipt.diseases.append(
                Disease(
                    number, code.decode(), begun, outcome.decode(),
                    tuple([signs[place : place + 4] for place in range(0, len(signs), 4)]) if signs else (),
                    main == b"01",
                )
            )  # fmt: skip
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
            one, kind, month, sex, born, admitted, notes, chart, *where = found
            in_month, birth = months.get(month), days[born]
            if in_month is None or birth is None or len(one) > 15:
                return False
            stay: date | None = None
            if admitted and (stay := days[admitted]) is None:
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
