"""Claimable additions that exclude each other in a month, with the better choice named.

For one patient only one of two such additions can be billed in the same month. Which one is better is
said where it can be said: an addition that gives way leaves the field to the other; otherwise the one
that pays more for the encounters concerned. Where that hangs on the encounter, the reason says for which.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import combinations

from mitasu.judge.amounts import by_kind
from mitasu.judge.judgement import Answer, Judgement
from mitasu.judge.marks import points_text
from mitasu.rulebook import ENCOUNTER_KINDS, Clause, Rulebook


@dataclass(frozen=True, slots=True)
class Offer:
    """An addition at a level with what it pays: in words, and by kind of encounter, lowest first."""

    addition: str
    named: str
    pays: str
    amounts: Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Two additions of which a patient's month bears one; `better`: which, None where it cannot be said for all."""

    additions: tuple[str, str]
    better: str | None
    why: str
    rule: str
    sources: tuple[str, ...]


def exclusions(answer: Answer, rulebook: Rulebook) -> tuple[Exclusion, ...]:
    """Every pair of claimable additions of an answer that exclude each other in a month."""
    sector = answer.institution.sector
    offers = [offer_of(j, rulebook, sector) for j in answer.judgements if j.status == "claimable"]
    pairs = (between(rulebook, sector, answer.on, first, second) for first, second in combinations(offers, 2))
    return tuple(found for found in pairs if found is not None)


def offer_of(judgement: Judgement, rulebook: Rulebook, sector: str) -> Offer:
    """What a claimable judgement offers."""
    kinds = rulebook.addition(judgement.addition).billing.encounters.get(sector, ())
    pays = judgement.yen if judgement.pays_yen else judgement.points
    return Offer(judgement.addition, judgement.named, points_text(judgement), by_kind(pays, kinds))


def between(rulebook: Rulebook, sector: str, day: date, first: Offer, second: Offer) -> Exclusion | None:
    """How two additions exclude each other in a month of the day, or None where they do not."""
    clauses = [
        *((first, clause) for clause in _forbidding(rulebook, sector, day, first, second)),
        *((second, clause) for clause in _forbidding(rulebook, sector, day, second, first)),
    ]
    if not clauses:
        return None
    better, why = _better(rulebook, *(_concerned(offer, clauses) for offer in (first, second)))
    sources = tuple(dict.fromkeys(cite for _, clause in clauses for cite in clause.cite))
    return Exclusion((first.addition, second.addition), better, why, clauses[0][1].label, sources)


def _forbidding(rulebook: Rulebook, sector: str, day: date, owner: Offer, other: Offer) -> Iterable[Clause]:
    clauses = rulebook.addition(owner.addition).billing.exclusions
    return (c for c in clauses if other.addition in c.additions and c.holds_for(sector, "", day))


def _concerned(offer: Offer, clauses: list[tuple[Offer, Clause]]) -> Offer:
    """The offer for the kinds of encounters that the clauses speak of."""
    own = [clause for owner, clause in clauses if owner is offer]
    if not own or any(not clause.encounters for clause in own):
        return offer
    kinds = {kind for clause in own for kind in clause.encounters}
    amounts = {kind: amount for kind, amount in offer.amounts.items() if kind in kinds}
    return Offer(offer.addition, offer.named, offer.pays, amounts)


def _better(rulebook: Rulebook, first: Offer, second: Offer) -> tuple[str | None, str]:
    """Which of two is better, and the reason as a sentence."""
    for yielding, other in ((first, second), (second, first)):
        if other.addition in rulebook.addition(yielding.addition).billing.gives_way_to:
            return other.addition, f"両方を算定できる月は{other.named}を採る決まりです。"
    ours, theirs = _range(first), _range(second)
    if not ours or not theirs:
        return None, "額が分からないため、どちらがよいか決められません。"
    for high, low in ((first, second), (second, first)):
        most, least = _range(low)[-1], _range(high)[0]
        if least >= most and (_range(high)[-1] > most or least > _range(low)[0]):
            more = "より高い" if least > most else "と同じかそれより高い"
            return high.addition, f"{high.named}（{high.pays}）が{low.named}（{low.pays}）{more}。"
    if ours == theirs:
        return None, f"どちらも同じ額です（{first.pays}）。"
    varied, fixed = (first, second) if len(set(first.amounts.values())) > 1 else (second, first)
    parts = [
        f"{ENCOUNTER_KINDS[kind]}なら{_winner(amounts, varied, fixed)}"
        for kind, amounts in varied.amounts.items()
    ]
    return None, f"{'、'.join(parts)}（{varied.named}は{varied.pays}、{fixed.named}は{fixed.pays}）。"


def _range(offer: Offer) -> list[int]:
    return sorted({amount for amounts in offer.amounts.values() for amount in amounts})


def _winner(amounts: tuple[int, ...], varied: Offer, fixed: Offer) -> str:
    lowest, highest = _range(fixed)[0], _range(fixed)[-1]
    if amounts[0] >= highest and amounts[-1] > lowest:
        return varied.named
    if amounts[-1] <= lowest and amounts[0] < highest:
        return fixed.named
    return "どちらとも言えない"
