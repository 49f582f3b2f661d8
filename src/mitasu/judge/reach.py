"""What would change a judgement: for each better level the smallest sets of changes that reach it.

Each set is tried: the institution is judged once more with the changes put in place, and a set that
does not bring what it promises is not shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mitasu.judge.conditions import condition_text
from mitasu.judge.judgement import Answer, Judge, Judgement, points_of
from mitasu.judge.marks import points_text
from mitasu.judge.words import Words
from mitasu.rules.explain import Reason
from mitasu.rules.fix import FixedLevel
from mitasu.rules.nodes import AtLeast, AtMost, Equals, Fact, LessThan, MoreThan, OneOf
from mitasu.rules.repair import Change, Repair, repairs_of_all

SETTLED = {"facility_kind", "region_table_6_2"}
"""What an institution is and where: no step changes it."""


@dataclass(frozen=True, slots=True)
class Step:
    """A set of changes, and the level and points it brings."""

    addition: str
    level: str
    points: Any
    pays: str
    changes: tuple[Change, ...]
    words: tuple[str, ...]
    yen: int | None = None


def steps(judge: Judge, answer: Answer, addition: str) -> list[Step]:
    """The smallest sets of changes that reach each level better than today's, cheapest first for each level."""
    judgement = answer.of(addition)
    held = judgement.reported if judgement.status == "claimable" else None
    found: list[Step] = []
    for index, (fixed, reason) in enumerate(judgement.levels[: None if held is None else held + 1]):
        raising = _raising(judge, answer, judgement, fixed)
        for wanted, raised in (([reason], False), ([reason, *raising], True)):
            if (raised and not raising) or (not raised and index == held):
                continue
            for repair in repairs_of_all(wanted, _is_possible)[:2]:
                step = _tried(judge, answer, judgement, repair, fixed, raised=raised)
                if step is not None and all(step.words != other.words for other in found):
                    found.append(step)
    return found


def _raising(judge: Judge, answer: Answer, judgement: Judgement, fixed: FixedLevel) -> list[Reason]:
    """How what brings a level higher points stands; empty where nothing does, or where they are paid already."""
    if not fixed.level.points_if or _raised_points(answer, judgement, fixed) == judgement.points:
        return []
    trees = (fixed.requirements[id_] for id_ in fixed.level.points_if if id_ in fixed.requirements)
    return [judge.explainer.explain(tree, answer.view, {}) for tree in trees]


def _raised_points(answer: Answer, judgement: Judgement, fixed: FixedLevel) -> Any:
    """The higher points of a level, as a judgement says them."""
    period = judgement.state.period if judgement.state else None
    return points_of(period, fixed.level.points_then, answer.institution.sector)


def _tried(
    judge: Judge, answer: Answer, judgement: Judgement, repair: Repair, fixed: FixedLevel, *, raised: bool
) -> Step | None:
    level = fixed.level.level

    def brings(changes: Repair) -> Judgement | None:
        """The judgement with the changes put in place, where it is what is wanted."""
        again = _with(judge, answer, judgement, changes)
        short = raised and again.points != _raised_points(answer, judgement, fixed)
        return again if again.status == "claimable" and again.level == level and not short else None

    again = brings(repair)
    if again is None:
        return None
    for change in repair:  # where a fact stands in several requirements, one change may do for another
        fewer = tuple(kept for kept in repair if kept is not change)
        less = brings(fewer) if fewer else None
        if less is not None:
            repair, again = fewer, less
    words = tuple(dict.fromkeys(change_text(change, judge.words) for change in _told(repair)))
    return Step(
        judgement.addition, again.level or "", again.points, points_text(again), repair, words, again.yen
    )


def _with(judge: Judge, answer: Answer, judgement: Judgement, repair: Repair) -> Judgement:
    """The judgement of the same day with the changes put in place."""
    replaced = {change.key: change.value for change in repair}
    again = judge.judge(answer.institution, answer.on, [judgement.addition], replaced)
    return again.of(judgement.addition)


def _is_possible(change: Change) -> bool:
    """Whether a change can be made: nobody changes the kind of facility, nor files for a day of the past."""
    fact = getattr(change.node, "fact", change.node)
    filing = filing_of(change)
    past = filing is not None and bool(filing.get("standing_on"))
    return not past and not (isinstance(fact, Fact) and fact.id in SETTLED and not change.unknown)


def _told(repair: Repair) -> list[Change]:
    """The changes to tell of: a filing at a level says all that the same filing without one does."""
    filings = [(change, filing_of(change)) for change in repair]
    full = {args["item"] for _, args in filings if args and args.keys() - {"item"}}
    return [c for c, args in filings if args is None or args.keys() - {"item"} or args["item"] not in full]


def filing_of(change: Change) -> dict[str, Any] | None:
    """What a change asks of a filing; None where it is about something else."""
    node = change.node
    return dict(node.args) if isinstance(node, Fact) and node.id.startswith("filing") else None


def change_text(change: Change, words: Words) -> str:
    """A change as something to do: 電子処方箋の体制を「はい」にする, 利用率を45.0%以上にする（いま44.1%）."""
    node = change.node
    if isinstance(node, Fact):
        if (filing := filing_of(change)) is not None:
            return (
                _filing_text(filing, words) if change.value else f"{words.name(filing['item'])}の届出をしない"
            )
        entry = words.entry(node)
        if entry is not None and entry.kind == "derived":
            done = "満たす" if change.value else "当てはまらないようにする"
            return f"「{condition_text(node, words)}」を{done}" + _confirm(change)
        return f"{words.label(node)}を「{'はい' if change.value else 'いいえ'}」にする" + _confirm(change)
    if isinstance(node, AtLeast | MoreThan | AtMost | LessThan):
        now = "" if change.was is None else f"（いま{words.value(change.was, words.entry(node.fact))}）"
        return f"{words.label(node.fact)}を{words.limit(node)}にする{now}" + _confirm(change)
    if isinstance(node, Equals | OneOf):
        return (
            f"{words.label(node.fact)}を「{words.value(change.value, words.entry(node.fact))}」にする"
            + _confirm(change)
        )
    return ""


def _filing_text(filing: dict[str, Any], words: Words) -> str:
    attribute = dict(filing.get("attribute") or ())
    levels = [level for level in filing.get("levels") or () if level]
    level = f"（区分{levels[-1]}以上）" if levels else ""
    detail = f"（{words.name(attribute['name'])}）" if attribute else ""
    return f"{words.name(filing['item'])}の届出{level}{detail}が有効になる"


def _confirm(change: Change) -> str:
    return "（未確認: まず確かめる）" if change.unknown else ""
