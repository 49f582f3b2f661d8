"""The interview at the terminal: one question at a time, each answer written back at once.

はい / いいえ / わからない / あとで, or a value; わからない and あとで are skipped this time. Stopped half-way
it loses nothing: what was answered is in the file.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import typer

from mitasu.cli.context import Context
from mitasu.cli.new import used_ids
from mitasu.dates import parse_date
from mitasu.errors import UsageError
from mitasu.facts import Institution
from mitasu.facts.read import ASSIGNMENT, EMPLOYMENT, filed_level
from mitasu.facts.values import value_of
from mitasu.facts.write import InstitutionFile, Place
from mitasu.judge.interview import Ask, asks
from mitasu.judge.marks import answer_sentence, some
from mitasu.rules.quantities import ONE_PERCENT
from mitasu.text import halfwidth

YES = {"はい", "y", "yes", "h", "1", "true", "有", "ある"}
NO = {"いいえ", "n", "no", "i", "2", "false", "無", "ない"}
LATER = {"わからない", "分からない", "あとで", "後で", "?"}
SKIP = {"", *LATER, "w", "3", "a", "4"}
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
    try:
        while True:
            answer = context.judge.judge(institution, on)
            open_ = [ask for ask in asks(answer, context.rulebook) if ask.id not in skipped]
            if not open_:
                break
            typer.echo(f"\n{answer_sentence(answer)}\nあと{len(open_)}問")
            put = _put(open_[0], context, target, institution, on)
            skipped.update(set() if put else _together(open_[0], context, institution))
            institution = context.institution(file)
    except (Stopped, EOFError, typer.Abort, KeyboardInterrupt):
        typer.echo("\nここでやめます。答え終えた問いまで書いてあります。")
    institution = context.institution(file)
    typer.echo(
        f"\n{target.written}問の答えを {file} に書きました。{answer_sentence(context.judge.judge(institution, on))}"
    )


def _together(ask: Ask, context: Context, institution: Institution) -> set[str]:
    """What one question asks for: the first list of people is asked for all roles at once."""
    first = ask.entry.kind == "role" and institution.people is None
    return set(context.rulebook.catalogue.of("role")) if first else {ask.id}


def _put(ask: Ask, context: Context, target: InstitutionFile, institution: Institution, on: date) -> bool:
    """Ask one thing and write the answer; False where it was skipped."""
    typer.echo(f"［{some(ask.decides)}］")
    entry = ask.entry
    match entry.kind:
        case "series":
            before = target.written
            for month in reversed(ask.months):
                if (value := _value(f"{month}: {ask.question}", entry)) is not None:
                    target.set_series(entry.id, month, value)
            return target.written > before
        case "event":
            return _event_details(ask, target, on) if target.rows("events", ask.id) else _event(ask, target)
        case "role":
            return (
                _role_details(ask, target) if target.rows("people") else _roles(context, target, institution)
            )
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
        return found / ONE_PERCENT if entry.type in ("percent", "decimal") else found

    return _until_right(question, hint, parse, {"", *LATER})


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
        day = _until_right("その日はいつですか（終わりは空欄）", "日付／わからない", _day_or_later, {""})
        if day is None:
            break
        if day is False:
            typer.echo("分からない日があるあいだは、一覧を書きません。")
            return False
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


def _day_or_later(text: str) -> date | bool:
    return False if text in LATER else parse_date(text)


def _event_details(ask: Ask, target: InstitutionFile, on: date) -> bool:
    """What is not stated of the latest event that is listed already."""
    wanted = [attribute for attribute in ask.entry.attributes if not attribute.optional]
    days = [(parse_date(row["on"]), place) for place, row in enumerate(target.rows("events", ask.id))]
    for day, place in sorted((found for found in days if found[0] <= on), reverse=True):
        row = target.rows("events", ask.id)[place]
        told = f"{ask.entry.label}（{day}）: "
        open_ = {a.name: (told + a.label, _Plain(a)) for a in wanted if row.get(a.name) is None}
        if open_:
            return _complete(target, ("events", ask.id, place), open_)
    return False


def _complete(target: InstitutionFile, place: Place, wanted: dict[str, tuple[str, Any]]) -> bool:
    """Ask for what is open in a row that is there, and write each answer."""
    before = target.written
    for key, (question, kind) in wanted.items():
        if (value := _value(question, kind)) is not None:
            target.set_in(place, key, value)
    return target.written > before


def _roles(context: Context, target: InstitutionFile, institution: Institution) -> bool:
    """The first list of people. It says of every role who there is, so every role that rules look at is asked."""
    typer.echo("職員の一覧を作ります。答えたものがすべてで、ほかはいないものとして扱います。")
    used = used_ids(context, institution.sector, institution.kind)
    roles = [role for role in context.rulebook.catalogue.of("role").values() if role.id in used]
    chosen = _several("次の職員のうち、いるのはどれですか", [role.label for role in roles])
    if chosen is None:
        typer.echo("分からない役割があるあいだは、一覧を書きません。")
        return False
    people = []
    for role in (roles[place] for place in chosen):
        typer.echo(role.ask)
        more = True
        while more:
            person: dict[str, Any] = {"role": role.id}
            for key, (question, kind) in _details(role).items():
                if (value := _value(f"  {question}", kind)) is not None:
                    person[key] = value
            people.append(person)
            more = bool(_yes(f"{role.label}は、ほかにもいますか"))
    target.add_rows("people", people)
    return True


def _role_details(ask: Ask, target: InstitutionFile) -> bool:
    """What is not stated of the people in a role who are listed already."""
    before = target.written
    found = [(place, row) for place, row in enumerate(target.rows("people")) if row.get("role") == ask.id]
    for number, (place, row) in enumerate(found, 1):
        told = f"{ask.entry.label}（{number}人目）: "
        optional = {attribute.name for attribute in ask.entry.attributes if attribute.optional}
        open_ = {
            key: (told + question, kind)
            for key, (question, kind) in _details(ask.entry).items()
            if row.get(key) is None and key not in optional
        }
        _complete(target, ("people", place), open_)
    return target.written > before


def _details(role: Any) -> dict[str, tuple[str, Any]]:
    """What is asked of a person in a role: the employment, the assignment, and what rules ask of the role."""
    return STAFF | {attribute.name: (attribute.label, _Plain(attribute)) for attribute in role.attributes}


def _filings(ask: Ask, context: Context, target: InstitutionFile) -> bool:
    typer.echo("届出の一覧を作ります。答えたものがすべてで、ほかは届け出ていないものとして扱います。")
    labels = [context.label(item) for item in ask.items]
    chosen = _several("届け出て、受理されているのはどれですか", labels)
    rows = []
    for place in chosen or ():
        accepted = _until_right(
            f"{labels[place]}: 受理された日はいつですか", "日付／わからない", parse_date, LATER
        )
        if accepted is None:
            chosen = None
            break
        level = _level(ask.items[place], context)
        stated = {} if level is None else {"level": level}
        rows.append({"item": ask.items[place], **stated, "accepted": accepted})
    if chosen is None:
        typer.echo("分からない届出があるあいだは、一覧を書きません。")
        return False
    target.add_rows("filings", rows)
    return True


def _several(question: str, choices: list[str]) -> list[int] | None:
    """Which of several things hold, by their places; None where it was skipped."""
    listed = "\n".join(f"  {number}: {choice}" for number, choice in enumerate(choices, 1))

    def parse(text: str) -> list[int]:
        words = re.split(r"[,、\s]+", text.strip(",、 "))
        numbers = {int(word) for word in words if word.isdigit()}
        if not all(word.isdigit() for word in words) or not (
            numbers == {0} or numbers <= set(range(1, len(choices) + 1))
        ):
            raise ValueError(
                f"1から{len(choices)}までの番号を「,」で区切って書いてください。どれもなければ 0 です。"
            )
        return sorted(number - 1 for number in numbers - {0})

    hint = "番号（1,3 のように。どれもなければ 0）／わからない（空欄）"
    found: list[int] | None = _until_right(f"{question}\n{listed}", hint, parse, {"", *LATER})
    return found


def _level(item: str, context: Context) -> str | None:
    """The level that was filed; not asked where the item never had several."""
    addition = context.rulebook.additions.get(item)
    known = [] if addition is None else [level for level in addition.filed_levels if level]
    if addition is not None and not known:
        return None
    told = f"{'・'.join(known)}。" if known else ""

    def parse(text: str) -> str | None:
        return filed_level(text, item, context.rulebook)

    found = _until_right(
        f"{context.label(item)}: 届け出た区分（{told}なければ空欄）", "区分", parse, {"", *LATER}
    )
    return None if found is None else str(found)


class _Plain:
    """An attribute of an event or a person, asked like a fact."""

    def __init__(self, attribute: Any) -> None:
        self.type, self.values, self.unit = attribute.type, attribute.values, ""


class _Choice:
    """A choice among fixed words."""

    type, unit = "enum", ""

    def __init__(self, values: dict[str, str]) -> None:
        self.values = values


STAFF: dict[str, tuple[str, Any]] = {
    "employment": ("雇用の形", _Choice(EMPLOYMENT)),
    "assignment": ("専従・専任", _Choice(ASSIGNMENT)),
}
