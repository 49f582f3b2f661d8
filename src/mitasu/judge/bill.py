"""The bill: which additions each encounter may carry, and for each refusal the rule and its source.

Encounters are taken in order of time. An addition is billed where the institution may claim it on the
day and every clause of its `billing` holds: bundles, conditions over the encounter, exclusions within
the month, how often. What cannot be told is refused, and says what is not known; it is never billed on
a guess, and never called zero.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from mitasu.dates import japanese_month, month_of, shift_month
from mitasu.facts import DERIVED, Institution, View
from mitasu.judge.clauses import ClauseReader, Item, Refusal
from mitasu.judge.encounters import Claim, Encounter
from mitasu.judge.judgement import Answer, Judge, Judgement
from mitasu.judge.paid import item_of
from mitasu.rulebook import ENCOUNTER_KINDS, Addition, Clause
from mitasu.rules.explain import Explainer
from mitasu.rules.fix import fold
from mitasu.rules.nodes import Nothing, Verdict


@dataclass(frozen=True, slots=True)
class Bill:
    """What one encounter may carry, and what it may not."""

    encounter: Encounter
    items: tuple[Item, ...]
    refused: tuple[Refusal, ...]

    def points(self, addition: str) -> int:
        """The points (yen for a visiting-nursing station) billed for an addition, 0 where it is not billed."""
        for item in self.items:
            if item.addition == addition:
                return item.points if item.points is not None else item.yen or 0
        return 0


class Biller:
    """Makes the bills of one institution."""

    def __init__(self, judge: Judge, institution: Institution) -> None:
        self.judge, self.institution = judge, institution
        self.rulebook = judge.rulebook
        self.explainer = Explainer()
        self.reader = ClauseReader(institution, judge.rulebook)
        self._answers: dict[date, Answer] = {}

    def bills(self, encounters: Iterable[Encounter], history: Iterable[Claim] = ()) -> list[Bill]:
        """The bill of each encounter, in the order given."""
        given = list(encounters)
        claims = list(history)
        for encounter in given:
            claims.extend(Claim(encounter.patient, encounter.on, id_) for id_ in encounter.billed)
        ordered = sorted(given, key=lambda encounter: encounter.on)
        found: dict[str, Bill] = {}
        for index, encounter in enumerate(ordered):
            items: list[Item] = []
            refused: list[Refusal] = list(self._others(encounter))
            for addition in self.rulebook.additions.values():
                outcome = self._outcome(addition, encounter, claims, ordered[index + 1 :])
                if isinstance(outcome, Item):
                    items.append(outcome)
                    claim = Claim(
                        encounter.patient, encounter.on, addition.id, encounter.kind, outcome.amount
                    )
                    claims.append(claim)
                elif outcome is not None:
                    refused.append(outcome)
            found[encounter.id] = Bill(encounter, tuple(items), tuple(refused))
        return [found[encounter.id] for encounter in given]

    def answer(self, day: date) -> Answer:
        """The institution's judgements on a day."""
        if day not in self._answers:
            self._answers[day] = self.judge.judge(self.institution, day)
        return self._answers[day]

    def _outcome(
        self, addition: Addition, encounter: Encounter, claims: list[Claim], later: list[Encounter]
    ) -> Item | Refusal | None:
        """Billed, refused, or not a question at this encounter (None)."""
        billing, sector = addition.billing, self.institution.sector
        if encounter.kind not in billing.encounters.get(sector, ()):
            return None
        judgement = self.answer(encounter.on).of(addition.id)
        if judgement.status in ("not_in_force", "not_applicable"):
            return None
        if judgement.status != "claimable":
            return self._not_claimable(judgement)
        found = (
            self._bundled(addition, encounter),
            self._conditions(addition, encounter),
            self._excluded(addition, encounter, claims),
            self._limited(addition, encounter, claims),
            self._alone(addition, encounter, claims),
        )
        refusals = [refusal for refusal in found if refusal is not None]
        refusals.sort(key=lambda refusal: bool(refusal.unknown))  # what is sure, before what is not known
        refusal = refusals[0] if refusals else self._gives_way(addition, encounter, claims, later)
        if refusal is not None:
            return refusal
        item = item_of(self.reader, addition, encounter, judgement, claims)
        if isinstance(item, Refusal) or not item.amount:
            return item
        return self._limited(addition, encounter, claims, item.amount) or item

    def _not_claimable(self, judgement: Judgement) -> Refusal:
        if judgement.status == "undetermined":
            names = "、".join(self.reader.label(id_) for id_ in judgement.unknown)
            asked = names or "制度の解釈"
            return Refusal(
                judgement.addition,
                f"施設の事実が未確認です（{asked}）。",
                "facility-standard",
                (),
                judgement.unknown,
                standing=True,
            )
        answers = [answer for id_ in judgement.missing if (answer := judgement.requirement(id_)) is not None]
        why = "、".join(f"{answer.requirement.label}（{answer.why}）" for answer in answers)
        sources = tuple(dict.fromkeys(cite for answer in answers for cite in answer.requirement.cite))
        return Refusal(
            judgement.addition,
            f"施設基準を満たしません：{why}",
            "、".join(judgement.missing),
            sources,
            standing=True,
        )

    # ---- clauses -----------------------------------------------------------------------------------

    def _bundled(self, addition: Addition, encounter: Encounter) -> Refusal | None:
        outside = addition.billing.outside_bundles
        if encounter.bundle is None or (outside is not None and encounter.bundle in outside):
            return None
        label = self.rulebook.bundles[encounter.bundle]["label"]
        if outside is None:
            return Refusal(
                addition.id,
                f"{label}と併せて算定できるかは未確認です。",
                "bundle",
                addition.cite,
                ("bundle",),
            )
        return Refusal(
            addition.id,
            f"{label}に含まれ、別に算定できません。",
            "outside-admission-bundle" if encounter.kind == "admission" else "bundle",
            addition.cite,
        )

    def _conditions(self, addition: Addition, encounter: Encounter) -> Refusal | None:
        unknown: Refusal | None = None
        for clause in self.reader.of(addition.billing.conditions, encounter):
            if clause.choice or clause.need is None:
                continue
            reason = self.reader.read(addition, clause.need, encounter)
            if reason.verdict is Verdict.UNMET:
                return self.reader.refuse(
                    addition, clause, f"{clause.label}：{clause.text or '満たしません。'}"
                )
            if reason.verdict is Verdict.UNKNOWN and unknown is None:
                unknown = self.reader.refuse(addition, clause, *self.reader.unknown(clause.label, reason))
        return unknown

    def _excluded(self, addition: Addition, encounter: Encounter, claims: list[Claim]) -> Refusal | None:
        month = month_of(encounter.on)
        billed = {c.addition for c in claims if c.patient == encounter.patient and month_of(c.on) == month}
        for clause in self.reader.of(addition.billing.exclusions, encounter):
            for other in clause.additions:
                if other in billed:
                    return self.reader.refuse(
                        addition,
                        clause,
                        f"同じ月に{self.rulebook.titles[other]}を算定しているため、併せて算定できません。",
                    )
        for other in billed:
            found = self.rulebook.additions.get(other)
            clauses = found.billing.exclusions if found else ()
            for clause in clauses:
                if addition.id in clause.additions and clause.holds_for(
                    self.institution.sector, "", encounter.on
                ):
                    return self.reader.refuse(
                        addition,
                        clause,
                        f"同じ月に{self.rulebook.titles[other]}を算定しているため、併せて算定できません。",
                    )
        return None

    def _limited(
        self, addition: Addition, encounter: Encounter, claims: list[Claim], amount: str = ""
    ) -> Refusal | None:
        """Refused where claims before leave no room; `amount`: look at the limits of one amount only."""
        month = month_of(encounter.on)
        for clause in self.reader.of(addition.billing.limits, encounter):
            if clause.amount != amount:
                continue
            first = shift_month(month, 1 - clause.months)
            since = _since(clause, encounter.on)
            counted = {addition.id, *clause.also_counting}
            for claim in claims:
                same = (
                    claim.patient == encounter.patient
                    and claim.addition in counted
                    and claim.on <= encounter.on
                    and (not amount or claim.amount in (None, amount))
                )
                kinds = not clause.counting or claim.kind is None or claim.kind in clause.counting
                within = first <= month_of(claim.on) <= month if since is None else since <= claim.on
                if same and kinds and within and amount and claim.amount is None:
                    why = f"{clause.label}：{claim.on}の算定がどの点数か（history の amount）が分からないため決められません。"
                    return self.reader.refuse(addition, clause, why, ("amount",))
                if same and kinds and within:
                    when = japanese_month(month_of(claim.on)) if since is None else str(claim.on)
                    kind = f"（{ENCOUNTER_KINDS[claim.kind]}）" if claim.kind else ""
                    return self.reader.refuse(
                        addition,
                        clause,
                        f"{clause.label}：{when}に{self.rulebook.titles[claim.addition]}{kind}を算定済みです。",
                    )
        return None

    def _alone(self, addition: Addition, encounter: Encounter, claims: list[Claim]) -> Refusal | None:
        """Refused where what it goes together with is not claimed on the same day."""
        for clause in self.reader.of(addition.billing.together_with, encounter):
            kinds = clause.counting or (encounter.kind,)
            beside = {
                claim.addition
                for claim in claims
                if claim.patient == encounter.patient
                and claim.on == encounter.on
                and (claim.kind is None or claim.kind in kinds)
            }
            for other in clause.additions:
                if other not in beside:
                    why = f"{clause.label}：同じ日に{self.rulebook.titles[other]}を算定していません。"
                    return self.reader.refuse(addition, clause, why)
        return None

    def _gives_way(
        self, addition: Addition, encounter: Encounter, claims: list[Claim], later: list[Encounter]
    ) -> Refusal | None:
        """Where another addition could be billed in the same month, that one is taken."""
        for other_id in addition.billing.gives_way_to:
            other = self.rulebook.additions[other_id]
            for visit in later:
                same = visit.patient == encounter.patient and month_of(visit.on) == month_of(encounter.on)
                if same and isinstance(self._outcome(other, visit, claims, []), Item):
                    why = f"同じ月の{visit.on}に{other.title}を算定できるため、そちらを採ります（どちらか一方のみ）。"
                    clause = next(
                        (
                            c
                            for c in self.reader.of(addition.billing.exclusions, encounter)
                            if other_id in c.additions
                        ),
                        None,
                    )
                    return Refusal(
                        addition.id,
                        why,
                        clause.id if clause else "gives-way",
                        clause.cite if clause else addition.cite,
                    )
        return None

    def _others(self, encounter: Encounter) -> Iterable[Refusal]:
        """Additions that are not judged but refused here because of one that is."""
        for other in self.rulebook.others.values():
            kinds = other.encounters.get(self.institution.sector, ())
            if encounter.kind in kinds and other.clause.holds_for(self.institution.sector, "", encounter.on):
                view = View(self.institution, encounter.on, DERIVED)
                tree = fold(other.refused_when, encounter.on, lambda id_: Nothing())
                if self.explainer.explain(tree, view).verdict >= Verdict.DEEMED:
                    yield Refusal(
                        other.id, other.clause.text or other.clause.label, other.clause.id, other.clause.cite
                    )


def _since(clause: Clause, on: date) -> date | None:
    """The first day of the days or calendar weeks (日曜日から土曜日まで) of a limit; None where it counts months."""
    if clause.days is not None:
        return on - timedelta(days=clause.days - 1)
    if clause.weeks is not None:
        return on - timedelta(days=on.isoweekday() % 7 + 7 * (clause.weeks - 1))
    return None
