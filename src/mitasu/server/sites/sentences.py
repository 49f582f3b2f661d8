"""The answer of a month in one sentence, short enough for the top of a page; what changes by the next month."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from mitasu.judge.judgement import Answer, Judgement, open_requirements
from mitasu.judge.marks import points_text

NAMED = 3
"""So many additions are named; further ones are counted."""


def month_sentence(answer: Answer) -> str:
    """「11月は電子的診療情報連携体制整備加算2（初診9点・再診2点）を算定できます。」"""
    start = f"{answer.on.month}月は"
    claimable = [one for one in answer.judgements if one.status == "claimable" and points_text(one)]
    if claimable:
        more = len(claimable) - NAMED
        named = "、".join(_named(one) for one in claimable[:NAMED])
        return f"{start}{named}{f'のほか{more}件' if more > 0 else ''}を算定できます。"
    open_ = [one for one in answer.judgements if one.status == "undetermined"]
    if open_:
        more = len(open_) - 1
        rest = f"（ほか{more}件）" if more else ""
        return f"{start}{open_[0].title}{rest}を算定できるか、まだ決められません。"
    return f"{start}算定できる加算がありません。"


def next_sentence(now: Answer, then: Answer) -> str:
    """What is otherwise in the next month: 「12月は診療録管理体制加算1（100点）が2（30点）に変わります。」"""
    changes = list(_changes(now, then))
    if not changes:
        return f"{_month(now.on, then.on)}も同じです。"
    more = len(changes) - NAMED
    return f"{then.on.month}月は{'、'.join(changes[:NAMED])}{f'、ほか{more}件が変わります' if more > 0 else ''}。"


def _changes(now: Answer, then: Answer) -> Iterable[str]:
    for before, after in zip(now.judgements, then.judgements, strict=True):
        was, will = before.status == "claimable", after.status == "claimable"
        open_ = still_open(before, after) if was and will else None
        if open_ is not None:
            yield f"{_named(before)}が未確認で（{open_}）、いま分かっているのは{_level(after)}までです"
        elif was and will and (before.level, before.points) != (after.level, after.points):
            yield f"{_named(before)}が{_named(after) if before.title != after.title else _level(after)}に変わります"
        elif was and not will:
            yield (
                f"{_named(before)}を算定できなくなります"
                if after.status != "undetermined"
                else f"{before.title}が未確認になります"
            )
        elif will and not was:
            yield f"{_named(after)}を算定できるようになります"


def still_open(now: Judgement, then: Judgement) -> str | None:
    """What has yet to be known before this month's level is lost or kept then; None where it is decided.

    A lower level that holds is claimable then, but the level of this month is not lost: it is not known yet.
    """
    if now.level == then.level:
        return None
    reason = next((found for level, found in then.levels if level.level.level == now.level), None)
    open_ = open_requirements(reason) if reason is not None else []
    return "、".join(then.labels(open_)) if open_ else None


def _named(judgement: Judgement) -> str:
    paid = points_text(judgement)
    return f"{judgement.named}（{paid}）" if paid else judgement.named


def _level(judgement: Judgement) -> str:
    paid = points_text(judgement)
    return f"{judgement.level or judgement.title}{f'（{paid}）' if paid else ''}"


def _month(now: date, then: date) -> str:
    return f"{then.month}月" if now.year == then.year else f"{then.year}年{then.month}月"
