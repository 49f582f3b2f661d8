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

from mitasu.dates import parse_date
from mitasu.errors import InputError, MitasuError, UsageError
from mitasu.facts import Institution, load_institution
from mitasu.judge.bill import Bill, Biller
from mitasu.judge.encounters import load_encounters
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
    "judge",
    "sample",
]
__version__ = "0.1.0"


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


def sample(name: str) -> Institution:
    """A sample institution that ships with the product: paper-clinic, childrens-clinic or hospital."""
    path = Path(str(files("mitasu").joinpath("samples", f"{name}.yaml")))
    return load_institution(path, _judge().rulebook)


def _day(on: Any) -> Any:
    try:
        return parse_date(on)
    except ValueError as error:
        raise UsageError(str(error)) from None
