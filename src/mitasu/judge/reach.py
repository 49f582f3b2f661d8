"""What would change a judgement: for each better level the smallest sets of changes that reach it.

Each set is tried: the institution is judged once more with the changes put in place, and a set that
does not bring what it promises is not shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mitasu.judge.judgement import Answer, Judge, Judgement
from mitasu.judge.marks import points_text
from mitasu.judge.words import Words
from mitasu.rules.nodes import AtLeast, AtMost, Equals, Fact, LessThan, MoreThan, OneOf
from mitasu.rules.repair import Change, Repair, repairs


@dataclass(frozen=True, slots=True)
class Step:
    """A set of changes, and the level and points it brings."""

    addition: str
    level: str
    points: Any
    pays: str
    changes: tuple[Change, ...]
    words: tuple[str, ...]


def steps(judge: Judge, answer: Answer, addition: str) -> list[Step]:
    """The smallest sets of changes that reach each level better than today's, cheapest first for each level."""
    judgement = answer.of(addition)
    best = judgement.reported if judgement.status == "claimable" else len(judgement.levels)
    found: list[Step] = []
    for fixed, reason in judgement.levels[: len(judgement.levels) if best is None else best]:
        for repair in repairs(reason)[:2]:
            step = _tried(judge, answer, judgement, repair, fixed.level.level)
            if step is not None and all(step.changes != other.changes for other in found):
                found.append(step)
    return found


def _tried(judge: Judge, answer: Answer, judgement: Judgement, repair: Repair, level: str) -> Step | None:
    replaced = {change.key: change.value for change in repair}
    again = judge.judge(answer.institution, answer.on, [judgement.addition], replaced).of(judgement.addition)
    if again.status != "claimable" or again.level != level or not repair:
        return None
    words = tuple(dict.fromkeys(change_text(change, judge.words) for change in repair))
    return Step(judgement.addition, again.level or "", again.points, points_text(again), repair, words)


def change_text(change: Change, words: Words) -> str:
    """A change as something to do: 電子処方箋の体制を「はい」にする, 利用率を45.0%以上にする（いま44.1%）."""
    node = change.node
    if isinstance(node, Fact):
        if node.id.startswith("filing"):
            levels = dict(node.args).get("levels")
            level = f"（区分{levels[-1]}以上）" if levels and levels[-1] else ""
            return f"{words.name(dict(node.args)['item'])}の届出{level}が有効になる"
        done = (
            "満たす"
            if words.entry(node) and node.args
            else "「はい」にする"
            if change.value
            else "「いいえ」にする"
        )
        return f"{words.label(node)}を{done}" + _confirm(change)
    if isinstance(node, AtLeast | MoreThan | AtMost | LessThan):
        now = "" if change.was is None else f"（いま{words.value(change.was, words.entry(node.fact))}）"
        return f"{words.label(node.fact)}を{words.limit(node)}にする{now}" + _confirm(change)
    if isinstance(node, Equals | OneOf):
        return (
            f"{words.label(node.fact)}を「{words.value(change.value, words.entry(node.fact))}」にする"
            + _confirm(change)
        )
    return ""


def _confirm(change: Change) -> str:
    return "（未確認: まず確かめる）" if change.unknown else ""
