"""Mitasu: which fee additions an institution may claim on a day, with every reason.

>>> import mitasu
>>> answer = mitasu.judge(mitasu.sample("paper-clinic"), on="2026-06-01")
>>> answer.of("electronic-information-sharing").status
'claimable'
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from mitasu.dates import parse_date, parse_month
from mitasu.errors import InputError, MitasuError, UsageError
from mitasu.facts import Institution, load_institution
from mitasu.judge.bill import Bill, Biller
from mitasu.judge.changes import Move, moves
from mitasu.judge.claimed import load_claimed, read_claimed
from mitasu.judge.deadlines import deadlines as _deadlines
from mitasu.judge.due import Deadline
from mitasu.judge.encounters import load_encounters
from mitasu.judge.filings import FilingAnswer, filing_answers
from mitasu.judge.history import History
from mitasu.judge.history import history as _history
from mitasu.judge.improve import Difference, Improvement, improvements, known_facts, known_visits
from mitasu.judge.improve import what_if as _what_if
from mitasu.judge.judgement import Answer, Judge, Judgement
from mitasu.judge.serial import answer_to_dict, bills_to_dict
from mitasu.rulebook import Rulebook

__all__ = [
    "Answer",
    "Bill",
    "InputError",
    "Institution",
    "Judgement",
    "MitasuError",
    "Rulebook",
    "UsageError",
    "answer_to_dict",
    "bill",
    "bills_to_dict",
    "changes",
    "deadlines",
    "filings",
    "history",
    "improve",
    "judge",
    "sample",
    "what_if",
]
__version__ = "0.1.0"

Source = str | Path | Mapping[str, Any] | Institution


@cache
def _judge() -> Judge:
    return Judge(Rulebook.shipped())


def judge(
    institution: str | Path | Mapping[str, Any] | Institution,
    *,
    on: Any,
    additions: Iterable[str] | None = None,
    rulebook: Rulebook | None = None,
) -> Answer:
    """The judgements of an institution (file, mapping or `Institution`) on a day (date or text).

    `rulebook`: another than the shipped one, `Rulebook.load("our-rules")` say. InputError names every
    fault of the file; an unknown addition names the nearest.
    """
    judging = _judge() if rulebook is None else Judge(rulebook)
    return judging.judge(_institution(institution, judging), _day(on), additions)


def bill(
    institution: str | Path | Mapping[str, Any] | Institution,
    encounters: str | Path | list[Any] | Mapping[str, Any],
    *,
    rulebook: Rulebook | None = None,
) -> list[Bill]:
    """The bill of each encounter (file, or list of mappings) of an institution.

    >>> import mitasu
    >>> visits = [{"id": "a", "patient": "p", "on": "2026-06-03", "kind": "first_visit"}]
    >>> mitasu.bill(mitasu.sample("paper-clinic"), visits)[0].points("electronic-information-sharing")
    4
    """
    judging = _judge() if rulebook is None else Judge(rulebook)
    visits, history = load_encounters(encounters, judging.rulebook)
    return Biller(judging, _institution(institution, judging)).bills(visits, history)


def _institution(source: str | Path | Mapping[str, Any] | Institution, judging: Judge) -> Institution:
    return source if isinstance(source, Institution) else load_institution(source, judging.rulebook)


def filings(
    institution: Source, *, on: Any, accepted: Any = None, rulebook: Rulebook | None = None
) -> list[FilingAnswer]:
    """What to file (届出) for each addition, and from when it may be claimed if accepted on a day (default: that day).

    >>> import mitasu
    >>> found = mitasu.filings(mitasu.sample("hospital"), on="2026-11-22", accepted="2026-12-02")
    >>> [(f.addition, f.level, str(f.claimable_from)) for f in found if f.action == "again"]
    [('electronic-information-sharing', '1', '2027-01-01')]
    """
    judging = _judge() if rulebook is None else Judge(rulebook)
    taken = None if accepted is None else _day(accepted)
    return filing_answers(judging, _institution(institution, judging), _day(on), taken)


def deadlines(
    institution: Source, *, on: Any, within: int = 90, rulebook: Rulebook | None = None
) -> list[Deadline]:
    """Everything with a day from a day on, within so many days, in order."""
    judging = _judge() if rulebook is None else Judge(rulebook)
    return _deadlines(judging, _institution(institution, judging), _day(on), within)


def improve(
    institution: Source,
    *,
    on: Any,
    visits: Mapping[str, int] | None = None,
    rulebook: Rulebook | None = None,
) -> list[Improvement]:
    """What each next step brings; `visits`: how many a month, by kind of encounter or addition.

    >>> import mitasu
    >>> best = mitasu.improve(mitasu.sample("hospital"), on="2026-11-22", visits={"first_visit": 100})
    >>> [step.gain.yen_a_month for step in best if step.addition == "electronic-information-sharing"]
    [6000]
    """
    judging = _judge() if rulebook is None else Judge(rulebook)
    counted = known_visits(visits, judging.rulebook)
    return improvements(judging, _institution(institution, judging), _day(on), counted)


def what_if(
    institution: Source,
    changes: Mapping[str, Any],
    *,
    on: Any,
    visits: Mapping[str, int] | None = None,
    rulebook: Rulebook | None = None,
) -> list[Difference]:
    """The judgements that would change with other facts (`{"e_prescription": True}`); the institution stays as it is."""
    judging = _judge() if rulebook is None else Judge(rulebook)
    replaced = known_facts(changes, judging.rulebook)
    counted = known_visits(visits, judging.rulebook)
    return _what_if(judging, _institution(institution, judging), _day(on), replaced, counted)


def history(
    institution: Source,
    addition: str,
    *,
    from_: Any,
    to: Any,
    claimed: str | Path | Mapping[str, Any] | list[Any] | None = None,
    on: Any = None,
    rulebook: Rulebook | None = None,
) -> History:
    """How an addition and its requirements stood month by month; `claimed`: what was claimed meanwhile (file or mapping).

    `on`: the day on which one looks back; what a month left to be decided by then counts as decided.
    """
    judging = _judge() if rulebook is None else Judge(rulebook)
    claims = load_claimed(claimed) if isinstance(claimed, str | Path) else read_claimed(claimed or {})
    found = _institution(institution, judging)
    id_, back = judging.rulebook.addition(addition).id, None if on is None else _day(on)
    return _history(judging, found, id_, _month(from_), _month(to), claims, back)


def changes(institution: Source, *, from_: Any, to: Any, rulebook: Rulebook | None = None) -> list[Move]:
    """How an institution's judgements move on the days between two on which the law turns, and what is to be filed."""
    judging = _judge() if rulebook is None else Judge(rulebook)
    return moves(judging, _institution(institution, judging), _day(from_), _day(to))


def sample(name: str) -> Institution:
    """A sample institution that ships with the product: paper-clinic, childrens-clinic or hospital."""
    path = Path(str(files("mitasu").joinpath("samples", f"{name}.yaml")))
    return load_institution(path, _judge().rulebook)


def _day(on: Any) -> Any:
    try:
        return parse_date(on)
    except ValueError as error:
        raise UsageError(str(error)) from None


def _month(month: Any) -> str:
    try:
        return parse_month(month)
    except ValueError as error:
        raise UsageError(str(error)) from None
