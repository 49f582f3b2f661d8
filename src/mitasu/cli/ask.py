"""The interview at the terminal: one question at a time, each answer written back at once.

はい / いいえ / わからない / あとで, or a value; わからない and あとで are skipped this time. Stopped half-way
it loses nothing: what was answered is in the file.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import typer

from mitasu.cli.context import Context
from mitasu.dates import parse_date
from mitasu.errors import UsageError
from mitasu.facts.read import ASSIGNMENT, EMPLOYMENT, value_of
from mitasu.facts.write import InstitutionFile
from mitasu.judge.interview import Ask, asks
from mitasu.judge.marks import answer_sentence
from mitasu.rules.quantities import ONE_PERCENT
from mitasu.text import halfwidth

YES = {"はい", "y", "yes", "h", "1", "true", "有", "ある"}
NO = {"いいえ", "n", "no", "i", "2", "false", "無", "ない"}
SKIP = {"", "わからない", "分からない", "w", "?", "？", "3", "あとで", "後で", "a", "4"}
STOP = {"やめる", "q", "quit", "終わり"}


class Stopped(Exception):
    """The user ended the interview."""


def interview(context: Context, file: Path, on: date) -> None:
    """Ask until nothing is left that can change an answer, or the user stops."""
    institution = context.institution(file)
    target = InstitutionFile(file)
    typer.echo(
        f"{institution.name}について尋ねます。はい / いいえ / わからない / あとで（やめるときは q）。答えはその都度 {file} に書きます。"
    )
    skipped: set[str] = set()
    answered = 0
    try:
        while True:
            answer = context.judge.judge(institution, on)
            open_ = [ask for ask in asks(answer, context.rulebook) if ask.id not in skipped]
            if not open_:
                break
            typer.echo(f"\n{answer_sentence(answer)}\nあと{len(open_)}問")
            if _put(open_[0], context, target, on):
                answered += 1
                institution = context.institution(file)
            else:
                skipped.add(open_[0].id)
    except (Stopped, EOFError, typer.Abort, KeyboardInterrupt):
        typer.echo("\nここでやめます。答えたところまで書いてあります。")
    institution = context.institution(file)
    typer.echo(
        f"\n{answered}問の答えを {file} に書きました。{answer_sentence(context.judge.judge(institution, on))}"
    )


def _put(ask: Ask, context: Context, target: InstitutionFile, on: date) -> bool:
    """Ask one thing and write the answer; False where it was skipped."""
    typer.echo(f"［{'、'.join(ask.decides)}］")
    entry = ask.entry
    match entry.kind:
        case "series":
            found = [(month, _value(f"{month}: {ask.question}", entry)) for month in reversed(ask.months)]
            known = [(month, value) for month, value in found if value is not None]
            for month, value in known:
                target.set_series(entry.id, month, value)
            return bool(known)
        case "event":
            return _event(ask, target)
        case "role":
            return _role(ask, context, target)
        case "filings":
            return _filings(ask, context, target)
        case _:
            value = _value(ask.question, entry)
            if value is None:
                return False
            target.set_fact(entry.id, value, on)
            return True


def _read(question: str, hint: str) -> str:
    typer.echo(question)
    text = typer.prompt(hint, default="", show_default=False, prompt_suffix=" > ")
    if halfwidth(text).lower() in STOP:
        raise Stopped
    return halfwidth(text)


def _value(question: str, entry: Any) -> Any:
    """A value of the entry's type as the file writes it; None where it was skipped."""
    values = list(entry.values)
    if entry.type == "boolean":
        return _yes(question)
    hint = f"値（{entry.unit}）／わからない／あとで" if entry.unit else "値／わからない／あとで"
    if values:
        question += "\n" + "\n".join(
            f"  {index}: {entry.values[value]}" for index, value in enumerate(values, 1)
        )
        hint = "番号／わからない（空欄）"

    def parse(text: str) -> Any:
        if values and text.isdigit() and 1 <= int(text) <= len(values):
            return values[int(text) - 1]
        found = value_of(text, entry.type, values)
        return found / ONE_PERCENT if entry.type == "percent" else found

    skip = {"", "わからない", "分からない", "あとで", "後で", "?", "？"}
    return _until_right(question, hint, parse, skip)


def _until_right(question: str, hint: str, parse: Callable[[str], Any], skip: set[str]) -> Any:
    while True:
        text = _read(question, hint)
        if text in skip:
            return None
        try:
            return parse(text)
        except (ValueError, UsageError) as error:
            typer.echo(f"  {error}")


def _yes(question: str) -> bool | None:
    def parse(text: str) -> bool:
        if text.lower() in YES:
            return True
        if text.lower() in NO:
            return False
        raise ValueError("はい・いいえ・わからない・あとで のどれかで答えてください（1 2 3 4 でもよい）。")

    found = _until_right(question, "1はい／2いいえ／3わからない／4あとで", parse, SKIP)
    return None if found is None else bool(found)


def _event(ask: Ask, target: InstitutionFile) -> bool:
    happened = _yes(f"{ask.question}\n（一度でもありますか）")
    if happened is None:
        return False
    events = []
    while happened:
        day = _until_right("その日はいつですか（終わりは空欄）", "日付", parse_date, {""})
        if day is None:
            break
        event: dict[str, Any] = {"on": day}
        for attribute in ask.entry.attributes:
            value = _value(f"  {attribute.label}", _Plain(attribute))
            if value is not None:
                event[attribute.name] = value
        events.append(event)
    if happened and not events:
        return False
    target.set_events(ask.id, events)
    return True


def _role(ask: Ask, context: Context, target: InstitutionFile) -> bool:
    people = []
    there = _yes(f"{ask.question}\n（いますか）")
    if there is None:
        return False
    while there:
        person: dict[str, Any] = {"role": ask.id}
        for key, label, values in (
            ("employment", "雇用の形", EMPLOYMENT),
            ("assignment", "専従・専任", ASSIGNMENT),
        ):
            value = _value(f"  {label}", _Choice(values))
            if value is not None:
                person[key] = value
        people.append(person)
        there = bool(_yes("ほかにもいますか"))
    target.add_rows("people", people)
    return True


def _filings(ask: Ask, context: Context, target: InstitutionFile) -> bool:
    rows = []
    typer.echo("届出の一覧を作ります。答えたものがすべてで、ほかは届け出ていないものとして扱います。")
    for item in ask.items:
        filed = _yes(f"{context.label(item)}を届け出て、受理されていますか")
        if filed is None:
            typer.echo("分からない届出があるあいだは、一覧を書きません。")
            return False
        if filed:
            accepted = _until_right("受理された日はいつですか", "日付", parse_date, set())
            level = _read("届け出た区分（なければ空欄）", "区分")
            rows.append({"item": item, **({"level": level} if level else {}), "accepted": accepted})
    target.add_rows("filings", rows)
    return True


class _Plain:
    """An attribute of an event, asked like a fact."""

    def __init__(self, attribute: Any) -> None:
        self.type, self.values, self.unit = attribute.type, attribute.values, ""


class _Choice:
    """A choice among fixed words."""

    type, unit = "enum", ""

    def __init__(self, values: dict[str, str]) -> None:
        self.values = values
