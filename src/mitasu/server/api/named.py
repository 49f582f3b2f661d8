"""What a request names: in its address it is there or not (404), in its body it is right or not (422).

Both are told with the nearest word there is, and without the advice that a command would give at a terminal.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import Http404

from mitasu.claims.notice import Reading
from mitasu.errors import InputError, Problem
from mitasu.rulebook import Addition
from mitasu.server.ledger.law import rulebook
from mitasu.text import nearest

WORDS = {"fact": "事実", "series": "月ごとの値", "event": "出来事"}
RULES = "加算の一覧は GET /api/v1/rules にあります。"


class NotThere(Http404):
    """An address names what does not exist; `problem` says what, and the nearest that does."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(str(problem))


def addition_at(id_: str) -> Addition:
    """The addition that an address names; NotThere where there is none."""
    found = rulebook().additions.get(id_)
    if found is None:
        raise NotThere(_no_addition(id_))
    return found


def entry_at(kind: str, id_: str) -> None:
    """Nothing, if an address names an entry of that kind in the catalogue; NotThere otherwise."""
    if id_ not in rulebook().catalogue.of(kind):
        raise NotThere(_no_entry(kind, id_))


def additions_sent(ids: Iterable[str]) -> None:
    """Nothing, if every addition exists; InputError otherwise."""
    _right(_no_addition(id_) for id_ in ids if id_ not in rulebook().additions)


def facts_sent(ids: Iterable[str]) -> None:
    """Nothing, if all are facts of the catalogue; InputError otherwise."""
    _right(_no_entry("fact", id_) for id_ in ids if id_ not in rulebook().catalogue.of("fact"))


def rate_sent(series: str, value: Any, numerator: int | None, denominator: int | None) -> None:
    """Nothing, if a rate in percent agrees with the counts sent beside it; InputError that names both otherwise.

    The counts come together or not at all. A tenth of a point is left for rounding, as where a notice is read.
    """
    entry = rulebook().catalogue.of("series").get(series)
    if entry is None or entry.type != "percent" or (numerator is None and denominator is None):
        return
    if numerator is None or denominator is None:
        raise InputError(
            Problem("numerator（分子）と denominator（分母）は、両方送るか、両方省いてください。")
        )
    counts = f"numerator（分子）{numerator} と denominator（分母）{denominator}"
    if denominator == 0 or numerator > denominator:
        raise InputError(Problem(f"{counts} からは率になりません。分母は1以上で、分子は分母までです。"))
    try:
        told = Reading("", rate=Decimal(str(value)), numerator=numerator, denominator=denominator)
        doubtful = told.doubtful
    except InvalidOperation:
        return  # not a number: the ledger says what is wrong with it
    if doubtful:
        raise InputError(
            Problem(
                f"value（率）{value}% が、{counts} から計算した {told.computed}% と合いません。通知を確かめてください。"
            )
        )


def _no_addition(id_: str) -> Problem:
    near = nearest(id_, rulebook().order)
    return Problem(f"加算「{id_}」はありません。{'' if near else RULES}", nearest=near, code="unknown-id")


def _no_entry(kind: str, id_: str) -> Problem:
    other = rulebook().catalogue.get(id_)
    if other is not None and other.kind in WORDS:
        told = f"「{id_}」は{WORDS[kind]}ではなく、{WORDS[other.kind]}です。"
        return Problem(told, code="unknown-id")
    near = nearest(id_, rulebook().catalogue.of(kind))
    return Problem(f"{WORDS[kind]}「{id_}」は目録にありません。", nearest=near, code="unknown-id")


def _right(problems: Iterable[Problem]) -> None:
    found = list(problems)
    if found:
        raise InputError(found)
