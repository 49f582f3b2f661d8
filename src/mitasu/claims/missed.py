"""What was not charged: visits at which an addition was open, and charges at a lower level than was right.

A claim file tells neither whether the card was used nor what a visit was about, so this is an upper bound; which
conditions it leaves open is said for each addition (`Untold`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mitasu.claims.codes import CodeTable, Meaning
from mitasu.claims.findings import Missed, Untold
from mitasu.claims.repeats import Repeats, Spot
from mitasu.claims.standing import Open, Standings
from mitasu.dates import first_day
from mitasu.rulebook import Addition, Rulebook

KINDS = ("first_visit",)
"""Kinds of visits of which missed additions are told."""


class Missing:
    """Finds what one patient's visits lack."""

    def __init__(
        self, codes: CodeTable, standings: Standings, repeats: Repeats, sector: str, files: list[str]
    ) -> None:
        self.codes, self.standings, self.repeats = codes, standings, repeats
        self.sector, self.files = sector, files
        self._wanted: dict[tuple[str, str], tuple[str, ...]] = {}
        self._meanings: dict[tuple[str, str, str], Meaning] = {}

    def wanted(self, encounter: str, month: str) -> tuple[str, ...]:
        """The additions whose codes for such a visit are all known in a month, so that a missing one can be told."""
        key = (encounter, month)
        if key not in self._wanted:
            rulebook = self.standings.rulebook
            self._wanted[key] = tuple(
                id_ for id_ in rulebook.order if encounter in self.codes.kinds(id_, month, self.sector)
            )
        return self._wanted[key]

    def of(
        self, visits: list[Spot], charges: list[Spot], standing: list[Spot]
    ) -> Iterator[tuple[bool, Missed]]:
        """What a patient's visits lack, each with whether it is settled that the addition was open.

        `charges`: everything charged for the patient; `standing`: what of it stands and so uses up limits.
        """
        taken: dict[tuple[str, str], Spot] = {}
        for visit in visits:
            if visit.day is None or not visit.meaning.missable:
                continue
            for id_ in self.wanted(visit.meaning.encounter, visit.month):
                if (id_, visit.month) in taken:
                    continue
                open_ = self.standings.open(id_, visit.meaning.encounter, visit.day)
                if open_ is None or self._shut(id_, visit, charges, standing, taken.values()):
                    continue
                taken[(id_, visit.month)] = self._as(id_, visit)
                yield open_.points is not None, self._missed(visit, open_)

    def _as(self, addition: str, visit: Spot) -> Spot:
        """The charge that was not made, as if it had been."""
        key = (addition, visit.meaning.encounter, visit.month)
        if key not in self._meanings:
            self._meanings[key] = next(
                one
                for one in self.codes.month(visit.month).values()
                if one.addition == addition and one.encounter == visit.meaning.encounter and one.counts
            )
        return visit._replace(meaning=self._meanings[key])

    def _shut(
        self, addition: str, visit: Spot, charges: list[Spot], standing: list[Spot], taken: Iterable[Spot]
    ) -> bool:
        """Whether the addition was charged in the month in some way, or could not be beside what was charged."""
        month = [spot for spot in charges if spot.month == visit.month]
        if any(spot.meaning.addition == addition for spot in month):
            return True
        own = self._as(addition, visit)
        if self.repeats.broken(own, standing) is not None:
            return True
        open_ = [spot for spot in charges if not spot.meaning.confirmed]  # it may be what it seems to be
        beside = [spot for spot in (*standing, *open_, *taken) if spot.month == visit.month]
        return any(self.repeats.excluding(own.meaning, spot.meaning, visit.month) for spot in beside)

    def _missed(self, visit: Spot, open_: Open) -> Missed:
        return Missed(
            visit.month, visit.day, self.files[visit.file], visit.receipt, visit.line, open_.addition, open_.title,
            open_.level, visit.meaning.encounter, open_.points or 0,
        )  # fmt: skip


def untold(
    rulebook: Rulebook, additions: Iterable[str], sector: str, months: Iterable[str]
) -> tuple[Untold, ...]:
    """What a claim file does not tell of each addition in these months."""
    looked = sorted(set(months))
    outpatient = {
        name
        for rule in rulebook.additions.values()
        if set(KINDS) & set(rule.billing.encounters.get(sector, ()))
        for name in rule.billing.outside_bundles or ()
    }
    found = []
    for id_ in additions:
        rule = rulebook.addition(id_)
        swallowed = outpatient - set(rule.billing.outside_bundles or ())
        bundles = tuple(str(row["label"]) for name, row in rulebook.bundles.items() if name in swallowed)
        conditions = _conditions(rule, sector, looked)
        if conditions or bundles:
            found.append(Untold(id_, rule.title_in(sector), conditions, bundles))
    return tuple(found)


def _conditions(rule: Addition, sector: str, months: list[str]) -> tuple[str, ...]:
    """Conditions over the visit, and limits that reach back before the files."""
    billing = rule.billing
    found: dict[str, None] = {}
    for month in months:
        for kind in KINDS:
            for clause in (*billing.conditions, *billing.amounts):
                if clause.holds_for(sector, kind, first_day(month)) and not clause.choice:
                    found[clause.label] = None
            for clause in billing.limits:
                if clause.holds_for(sector, kind, first_day(month)) and clause.months > 1:
                    found[f"{clause.label}（ファイルにない前の月の算定）"] = None
    return tuple(found)
