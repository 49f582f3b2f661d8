"""What an addition pays at an encounter: points of a kind, of a level, or of an amount that the encounter decides.

Amounts have names (初回から3回目まで, 認知症を有する患者等). The first clause of `billing.amounts` that is met and
whose amount the level pays is taken; where one is not known, nothing is, as a later one would be a guess.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mitasu.dates import japanese_month, month_of
from mitasu.facts import DERIVED, View
from mitasu.judge.clauses import ClauseReader, Item, Refusal
from mitasu.judge.encounters import Claim, Encounter
from mitasu.judge.judgement import Judgement
from mitasu.rulebook import ENCOUNTER_KINDS, Addition, Clause
from mitasu.rules.nodes import Fact, Nothing, Verdict

NO_LEVEL = "この受診で算定できる区分がありません。"


def item_of(
    reader: ClauseReader,
    addition: Addition,
    encounter: Encounter,
    judgement: Judgement,
    claims: Iterable[Claim],
) -> Item | Refusal:
    """The item of an addition that nothing forbids, or why its amount cannot be told."""
    if judgement.state is not None and judgement.state.period and judgement.state.period.encounter_points:
        return _by_level(reader, addition, encounter, judgement)
    points: Any = judgement.points
    why = f"{japanese_month(month_of(encounter.on))}：{judgement.named}"
    if isinstance(points, Mapping) and points.keys() <= ENCOUNTER_KINDS.keys():
        if encounter.kind not in points:
            return Refusal(addition.id, NO_LEVEL, "level", addition.cite)
        points = points[encounter.kind]
    names: list[str] = []
    while isinstance(points, Mapping):
        named = _named(reader, addition, encounter, points, list(claims))
        if isinstance(named, Refusal):
            return named
        names.append(named)
        points = points[named]
    if names:
        why += f"（{'、'.join(addition.amounts.get(name, name) for name in names)}）"
    return Item(addition.id, judgement.level or "", points, judgement.yen, why, names[-1] if names else "")


def _by_level(
    reader: ClauseReader, addition: Addition, encounter: Encounter, judgement: Judgement
) -> Item | Refusal:
    """The level that the encounter decides."""
    period = judgement.state.period if judgement.state else None
    unknown: list[str] = []
    for row in period.encounter_points if period else ():
        if row.encounter != encounter.kind:
            continue
        reason = None if row.when is None else reader.read(addition, row.when, encounter)
        if not unknown and (reason is None or reason.verdict >= Verdict.DEEMED):
            why = f"{ENCOUNTER_KINDS[row.encounter]}：{judgement.title}{row.level}"
            return Item(addition.id, row.level, row.points[reader.institution.sector], None, why)
        if reason is not None and reason.verdict is Verdict.UNKNOWN:
            unknown.extend(reader.unknown("", reason)[1])
    if unknown:
        asked = tuple(dict.fromkeys(unknown))
        names = "、".join(f"{reader.label(id_)}（{id_}）" for id_ in asked)
        why = f"どの区分か決められません。「{names}」が分かりません。"
        return Refusal(addition.id, why, "level", addition.cite, asked)
    return Refusal(addition.id, NO_LEVEL, "level", addition.cite)


def _named(
    reader: ClauseReader,
    addition: Addition,
    encounter: Encounter,
    amounts: Mapping[str, Any],
    claims: list[Claim],
) -> str | Refusal:
    """The name of the amount that the encounter gets, of those that are paid."""
    for clause in reader.of(addition.billing.amounts, encounter):
        if clause.amount not in amounts:
            continue
        reason = reader.read(addition, clause.need or Nothing(), encounter)
        if clause.need is not None and reason.verdict is Verdict.UNMET:
            continue
        if clause.need is not None and reason.verdict is Verdict.UNKNOWN:
            return reader.refuse(addition, clause, *reader.unknown(clause.label, reason))
        if clause.filed and (refusal := _unfiled(reader, addition, encounter, clause)) is not None:
            return refusal
        before = [c for c in claims if c.patient == encounter.patient and c.addition == addition.id]
        if clause.once and any(claim.amount == clause.amount for claim in before):
            continue
        if clause.once and any(claim.amount is None for claim in before):
            why = f"{clause.label}：前の算定がどの点数か（history の amount）が分からないため決められません。"
            return reader.refuse(addition, clause, why, ("amount",))
        return clause.amount
    return Refusal(addition.id, NO_LEVEL, "level", addition.cite)


def _unfiled(
    reader: ClauseReader, addition: Addition, encounter: Encounter, clause: Clause
) -> Refusal | None:
    """The refusal of an amount that asks for another filing, where that does not stand."""
    key = Fact("filing_in_effect", (("item", clause.filed),)).key
    filed = View(reader.institution, encounter.on, DERIVED).get(key)
    name = reader.label(clause.filed)
    if filed is None:
        why = f"{clause.label}：{name}の届出があるか分からないため決められません。"
        return reader.refuse(addition, clause, why, ("filings",))
    return None if filed else reader.refuse(addition, clause, f"{clause.label}：{name}の届出がありません。")
