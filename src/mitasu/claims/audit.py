"""Claim files compared with the judgements of an institution: what was charged without right, and what was missed.

One pass over the receipts keeps a small tuple for each charge; then each patient's charges are looked at in order of
time. A charge is judged by its day and code once for all patients, so the work for a receipt is a few look-ups.
Charges that do not stand by themselves use up no limit; every charge gives at most one finding.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

from mitasu.claims.charges import Doubt, charges_of, doubts_of, times_of
from mitasu.claims.codes import CodeTable, Meaning
from mitasu.claims.findings import Audit, Charged, FileRead, Finding, Missed
from mitasu.claims.missed import KINDS, Missing, untold
from mitasu.claims.opened import Claims, Seen, matching, opened
from mitasu.claims.patients import Patients
from mitasu.claims.receipt import Item, Receipt
from mitasu.claims.repeats import Repeats, Spot
from mitasu.claims.standing import REPAID, Standing, Standings
from mitasu.dates import first_day
from mitasu.facts import Institution
from mitasu.judge.judgement import Judge
from mitasu.rulebook import Rulebook

SURE = frozenset(REPAID) - {"level_too_high"}
"""How a charge may stand by itself so that all of it has to be repaid."""


def audit(
    judge: Judge,
    institution: Institution,
    files: Iterable[str | Path | Claims],
    codes: CodeTable | None = None,
    *,
    on: date | None = None,
    any_institution: bool = False,
) -> Audit:
    """Compare claim files with an institution's judgements.

    `files`: paths, or files opened with `open_claims`. `on`: the day of looking back; what was to be decided later
    in a month and is decided by then counts as decided. A file of another institution is refused (InputError naming
    both) unless `any_institution`.
    """
    auditor = Auditor(judge, institution, codes or CodeTable.shipped(), on)
    for file in opened(files):
        auditor.file(file, any_institution=any_institution)
    return auditor.result()


class Auditor:
    """Takes receipts file by file, then gives the audit."""

    def __init__(
        self, judge: Judge, institution: Institution, codes: CodeTable, on: date | None = None
    ) -> None:
        self.institution, self.codes = institution, codes
        self.rulebook: Rulebook = judge.rulebook
        self.standings = Standings(judge, institution, on)
        self.repeats = Repeats(institution, judge.rulebook)
        self.patients = Patients()
        self.names: list[str] = []
        self.files: list[FileRead] = []
        self._spots: dict[bytes, list[Spot]] = {}
        self._counts: dict[tuple[str, str], int] = {}
        self._doubts: list[Doubt] = []
        self._seen = Seen()
        self._months: set[str] = set()
        self._unclear: dict[tuple[str, str], Standing] = {}

    # ---- reading --------------------------------------------------------------------------------------------

    def file(self, file: Claims, *, any_institution: bool = False) -> None:
        """Take an open claim file; InputError where it is of another institution."""
        name = Path(file.path).name
        header = file.header
        if not any_institution:
            matching(self.institution, header, name)
        count = self.take(name, file.receipts())
        if (doubt := self._seen.again(file)) is not None:
            self._doubts.append(doubt)
        self.files.append(
            FileRead(
                name,
                header.code if header else "",
                header.name if header else "",
                header.month if header else "",
                header.reviewer if header else "",
                header.volume if header else "",
                count,
                len(file.faults),
            )
        )

    def take(self, name: str, receipts: Iterable[Receipt]) -> int:
        """Take receipts under the name of a file; how many there were."""
        place, count = len(self.names), 0
        self.names.append(name)
        for receipt in receipts:
            count += 1
            if not receipt.month:
                self._unreadable(receipt, name)
                continue
            self._months.add(receipt.month)
            meanings = self.codes.month(receipt.month)
            found = charges_of(receipt, meanings)
            if not found:
                continue
            spots: list[Spot] = []
            charged = False
            for charge in found:
                meaning = charge.meaning
                if meaning.addition:
                    charged = True
                elif meaning.encounter not in KINDS or receipt.inpatient:
                    continue
                spots.extend(self._spread(receipt, meaning, charge.item, place))
            if charged:
                self._doubts.extend(doubts_of(receipt, meanings, name))
            if spots:
                self._spots.setdefault(self.patients.of(receipt), []).extend(spots)
        return count

    def _unreadable(self, receipt: Receipt, name: str) -> None:
        if any(item.code in self.codes.by_code for item in receipt.items):
            told = "診療年月が読めないため、加算を突き合わせていません。"
            self._doubts.append(Doubt(name, receipt.line, receipt.number, "no-month", told))

    def _spread(self, receipt: Receipt, meaning: Meaning, item: Item, place: int) -> Iterator[Spot]:
        """A line as single charges, each on its day; without days as often as its times say, on no day."""
        month = receipt.month
        year, index = int(month[:4]), int(month[5:7])
        days: list[date | None] = []
        for number, many in item.days:
            right = 1 <= number <= monthrange(year, index)[1]
            days.extend([date(year, index, number) if right else None] * many)
        if days and item.times not in (None, len(days)):
            told = f"{item.code}の回数（{item.times}）と日ごとの回数の合計（{len(days)}）が違うため、日のほうで見ています。"
            self._doubts.append(Doubt(self.names[place], item.line, receipt.number, "times-differ", told))
        if not days:
            times = times_of(item)
            if times is None:
                told = f"{item.code}の回数も日も書かれていないため、1回として見ています。"
                self._doubts.append(Doubt(self.names[place], item.line, receipt.number, "no-times", told))
            only = receipt.visits[0] if len(receipt.visits) == 1 else 0
            day_known = 1 <= only <= monthrange(year, index)[1]
            days = [date(year, index, only) if day_known else None] * (1 if times is None else times)
        if meaning.addition and days:
            key = (month, meaning.code)
            self._counts[key] = self._counts.get(key, 0) + len(days)
        for found in days:
            yield Spot(month, found, meaning, place, receipt.number, item.line)

    # ---- judging --------------------------------------------------------------------------------------------

    def result(self) -> Audit:
        """What the receipts taken so far come to."""
        findings: list[Finding] = []
        missed: list[Missed] = []
        unsettled: list[Missed] = []
        sector = self.institution.sector
        missing = Missing(self.codes, self.standings, self.repeats, sector, self.names)
        for spots in self._spots.values():
            spots.sort(key=_order)
            visits = [spot for spot in spots if not spot.meaning.addition]
            charges = [spot for spot in spots if spot.meaning.addition]
            standing = self._look(charges, findings, missed) if charges else []
            for settled, one in missing.of(visits, charges, standing):
                (missed if settled else unsettled).append(one)
        findings.sort(key=lambda one: (one.month, one.file, one.line, one.day or date.min))
        missed.sort(key=lambda one: (one.month, one.file, one.line))
        unsettled.sort(key=lambda one: (one.month, one.file, one.line))
        charged = tuple(
            Charged(month, meaning, count, self._title(meaning.addition))
            for (month, code), count in sorted(self._counts.items())
            if (meaning := self.codes.month(month)[code])
        )
        titles = self.rulebook.titles
        return Audit(
            self.institution.name,
            self.institution.code,
            tuple(self.files),
            sum(one.receipts for one in self.files),
            len(self._spots),
            charged,
            tuple(findings),
            tuple(missed),
            tuple(unsettled),
            tuple((id_, titles[id_]) for id_ in self.codes.unconfirmed(self.rulebook, sector, self._months)),
            untold(
                self.rulebook,
                dict.fromkeys(one.addition for one in (*missed, *unsettled)),
                sector,
                self._months,
            ),
            tuple(self._doubts),
        )

    def _look(self, charges: list[Spot], findings: list[Finding], missed: list[Missed]) -> list[Spot]:
        """The findings of one patient's charges, added to the lists; what stands is given back."""
        kept: list[tuple[Spot, Standing]] = []
        for spot in charges:
            standing = self.standing(spot)
            if standing.kind in SURE:
                findings.append(self._finding(spot, standing.kind, standing))
            elif standing.kind != "unconfirmed":
                broken = self.repeats.broken(spot, [one for one, _ in kept]) if kept else None
                if broken is None:
                    kept.append((spot, standing))
                    continue
                clause, earlier = broken
                when = str(earlier.day or earlier.month)
                why = f"{clause.label}：{when}に{self._named(earlier)}を算定しています（{self._place(earlier)}）。"
                told = Standing("twice", 0, why, sources=clause.cite, grade=clause.grade)
                findings.append(self._finding(spot, "twice", told, clause.id))
        lost = self._excluded([spot for spot, _ in kept], findings) if len(kept) > 1 else set()
        for spot, standing in kept:
            if id(spot) in lost:
                continue
            if standing.kind in ("level_too_high", "wrong_level", "undetermined"):
                findings.append(self._finding(spot, standing.kind, standing))
            elif standing.kind == "level_too_low" and standing.due is not None:
                missed.append(self._lower(spot, standing))
        return [spot for spot, _ in kept if id(spot) not in lost]

    def _excluded(self, kept: list[Spot], findings: list[Finding]) -> set[int]:
        """Pairs in one month of which only one may be charged; the one to take back is a finding."""
        lost: set[int] = set()
        for index, one in enumerate(kept):
            for other in kept[index + 1 :]:
                if one.month != other.month or one.meaning.addition == other.meaning.addition:
                    continue
                if id(one) in lost or id(other) in lost:
                    continue
                clause = self.repeats.excluding(one.meaning, other.meaning, one.month)
                if clause is None:
                    continue
                less, more = self.repeats.loser(one, other)
                lost.add(id(less))
                why = f"{clause.label}：同じ月に{self._named(more)}を算定しています（{self._place(more)}）。どちらか一方です。"
                told = Standing("excluded", 0, why, sources=clause.cite, grade=clause.grade)
                findings.append(self._finding(less, "excluded", told, clause.id))
        return lost

    def standing(self, spot: Spot) -> Standing:
        """How a charge stands by itself; without a day, as it stands on every day of the month, if that is the same."""
        if spot.day is not None:
            return self.standings.of(spot.meaning, spot.day)
        key = (spot.month, spot.meaning.code)
        if key not in self._unclear:
            first = first_day(spot.month)
            last = monthrange(first.year, first.month)[1]
            found = [self.standings.of(spot.meaning, first.replace(day=day)) for day in range(1, last + 1)]
            same = len({(one.kind, one.due, one.right) for one in found}) == 1
            told = "算定した日が書かれておらず、月の中で判定が変わるため、決められません。"
            self._unclear[key] = found[0] if same else Standing("undetermined", None, told)
        return self._unclear[key]

    def _finding(self, spot: Spot, kind: str, standing: Standing, rule: str = "") -> Finding:
        meaning = spot.meaning
        grade = max(meaning.grade, standing.grade, key="ABCI".index)
        return Finding(
            kind, spot.month, spot.day, self.names[spot.file], spot.receipt, spot.line, meaning.code, meaning.addition,
            self._title(meaning.addition), meaning.level, meaning.points, standing.due, standing.why, standing.right,
            standing.failed, standing.unknown, rule, standing.sources, grade,
        )  # fmt: skip

    def _lower(self, spot: Spot, standing: Standing) -> Missed:
        meaning, due = spot.meaning, standing.due or 0
        return Missed(
            spot.month, spot.day, self.names[spot.file], spot.receipt, spot.line, meaning.addition,
            self._title(meaning.addition), standing.right or "", meaning.encounter, due - (meaning.points or 0),
            meaning.level,
        )  # fmt: skip

    def _title(self, addition: str) -> str:
        rule = self.rulebook.additions.get(addition)
        return rule.title_in(self.institution.sector) if rule else self.rulebook.titles[addition]

    def _named(self, spot: Spot) -> str:
        return self._title(spot.meaning.addition) + (spot.meaning.level or "")

    def _place(self, spot: Spot) -> str:
        number = "" if spot.receipt is None else f"レセプト{spot.receipt}・"
        return f"{number}{self.names[spot.file]}の{spot.line}行目"


def _order(spot: Spot) -> tuple[str, date, int, int]:
    return spot.month, spot.at, spot.file, spot.line
