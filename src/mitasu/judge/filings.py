"""Filings (届出): for each addition whether one is needed, why, on which form, and from when it counts.

The question is asked twice of the same rules: as things are, and as if every filing stood. What the
second answer allows and the first does not is what a filing would bring. From when it would count is
tried out: the filing is put into the list and the rules are asked, special windows included.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from mitasu.dates import first_day, first_opening_day, is_opening_day, month_of, shift_month
from mitasu.errors import UsageError
from mitasu.facts import DERIVED, Filing, Institution, View, effective_from
from mitasu.judge.judgement import Answer, Judge, Judgement
from mitasu.judge.marks import points_text
from mitasu.rulebook import Addition
from mitasu.rules.nodes import Deemed, Fact, Node, Not, When, children

WORDS = {
    "needed": "届出が要る",
    "none": "不要",
    "again": "届出直し",
    "withdraw": "辞退を検討",
    "not_yet": "まだ届け出られない",
    "unknown": "未確認",
}
RATES = {"card-use-rate"}
"""Requirements that go up and down by the month: a month without is not claimed, and nothing is filed or withdrawn."""
ANEW = {"window", "took_effect_from", "lapses"}
"""The arguments of a filing fact by which a rule asks that something be filed again."""
NONE = "この加算に届出はありません。基準に合っていれば算定できます。"


@dataclass(frozen=True, slots=True)
class FilingAnswer:
    """What to file for one addition: `action` is a key of `WORDS`."""

    addition: str
    title: str
    action: str
    why: str
    level: str | None = None
    pays: str = ""
    forms: tuple[str, ...] = ()
    attachments: str = ""
    claimable_from: date | None = None
    missing: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def word(self) -> str:
        """The action in Japanese."""
        return WORDS[self.action]


def filing_answers(
    judge: Judge, institution: Institution, on: date, accepted: date | None = None
) -> list[FilingAnswer]:
    """What to file for each addition in force on the day.

    `accepted`: the day on which it would be accepted (default: the day itself); UsageError where that is earlier.
    """
    accepted = accepted or on
    if accepted < on:
        raise UsageError(
            f"受理の日（{accepted}）が判定の日（{on}）より前です。受理済みの届出は施設ファイルの filings に書いてください。"
        )
    is_opening_day(accepted)  # a day within the table of holidays
    answer = judge.judge(institution, on)
    return [
        _one(_Case(judge, answer, judgement, accepted))
        for judgement in answer.judgements
        if judgement.status not in ("not_in_force", "not_applicable") and judgement.state is not None
    ]


class _Case:
    """One addition of an institution on a day, with the filings known that day."""

    def __init__(self, judge: Judge, answer: Answer, now: Judgement, accepted: date) -> None:
        self.judge, self.answer, self.now, self.accepted = judge, answer, now, accepted
        self.addition: Addition = judge.rulebook.addition(now.addition)
        self.filed = with_filings(judge, answer, now)
        known = [f for f in answer.institution.filings or () if f.item == now.addition]
        self.standing = [f for f in known if not _gone(f, answer.on) and _sent(f, answer.on)]

    def counting_from(self, filings: tuple[Filing, ...]) -> date:
        """The first day from which the level meant would count with these filings, all else as it is."""
        general = effective_from(self.accepted)
        windows = [dict(dict(fact.args).get("window") or ()) for fact in own_filings(self.filed)]
        month = month_of(self.accepted)
        specials = {window["counts_from"] for window in windows if window and window["accepted_in"] == month}
        days = sorted(day for day in {*specials, general} if day <= general)
        return next((day for day in days if self.brings(day, filings)), general)

    def wished(self) -> Filing:
        """The filing that would be made: for the level meant, with every detail the rules ask for."""
        arrived = min(self.answer.on, self.accepted)
        details = filing_details(self.filed)
        return Filing(self.now.addition, self.filed.level or None, arrived, self.accepted, None, details)

    def brings(self, day: date, filings: tuple[Filing, ...] | None) -> bool:
        """Whether these filings bring the level meant once the day has come, all else as it is."""
        view = View(replace(self.answer.institution, filings=filings), day, DERIVED)
        found = {fact.key: view.get(fact.key) for fact in own_filings(self.filed)}
        again = self.judge.judge(self.answer.institution, self.answer.on, [self.now.addition], found)
        judged = again.of(self.now.addition)
        return judged.status == "claimable" and judged.level == self.filed.level

    def in_effect(self) -> bool:
        """Whether any filing of the addition counts today, at whatever level."""
        return any(
            self.answer.view.get(fact.key) is True
            for fact in own_filings(self.filed)
            if "standing_on" not in dict(fact.args)
        )


def _one(case: _Case) -> FilingAnswer:
    now, filed, addition, answer = case.now, case.filed, case.addition, case.answer
    if not addition.filing.get("required", True):
        return FilingAnswer(addition.id, now.title, "none", NONE)
    base = FilingAnswer(
        addition.id,
        now.title,
        "unknown",
        "基準を満たすかどうかが決まりません。",
        forms=forms(addition, answer.institution.sector, answer.on),
        attachments=str(addition.filing.get("note", "")),
        missing=filed.missing,
        unknown=tuple(id_ for id_ in filed.unknown if id_ != "filings"),
    )
    if filed.status == "undetermined":
        return base
    if filed.status != "claimable":
        return _short_of(base, now, filed, filed_before=bool(case.standing))
    base = replace(base, level=filed.level, pays=points_text(filed))
    if answer.institution.filings is None:
        why = "基準を満たしますが、届け出たかどうかが分かりません。施設ファイルに filings を書いてください。"
        return replace(base, why=why, unknown=(*base.unknown, "filings"))
    if now.status == "claimable" and now.level == filed.level:
        return replace(base, action="none", why="いまの届出で、満たす基準の区分を算定できます。")
    return _under_way(base, case) or _to_file(base, case)


def _under_way(base: FilingAnswer, case: _Case) -> FilingAnswer | None:
    """The answer where a filing that has been sent will bring the level."""
    on = case.answer.on
    accepted = [f for f in case.standing if f.accepted is not None and f.accepted <= on]
    for day in sorted({effective_from(f.accepted) for f in accepted if f.accepted}):
        if day > on and case.brings(day, case.answer.institution.filings):
            why = f"受理済みの届出が{day}から有効になります。"
            return replace(base, action="none", why=why, claimable_from=day)
    for waiting in (f for f in case.standing if f.accepted is None or f.accepted > on):
        sent = replace(waiting, accepted=case.accepted)
        filings = tuple(sent if f is waiting else f for f in case.answer.institution.filings or ())
        day = case.counting_from(filings)
        if case.brings(day, filings):
            came = f"（{waiting.arrived}到着）" if waiting.arrived else ""
            why = f"届け出てあり{came}、受理を待っています。{case.accepted}に受理されれば{day}から算定できます。"
            return replace(base, action="none", why=why, claimable_from=day)
    return None


def _to_file(base: FilingAnswer, case: _Case) -> FilingAnswer:
    """The answer where something has to be filed."""
    start = case.counting_from((*(case.answer.institution.filings or ()), case.wished()))
    special = start < effective_from(case.accepted)
    why = "基準を満たしますが、届出がありません。"
    if case.standing and case.in_effect():
        why = f"届け出た区分や内容では{case.filed.named}を算定できません。新しい区分や内容で届け出ます。"
    elif case.standing:
        why = "前の届出はこの日には有効ではありません。改めて届け出ます。"
    if special:
        why += f"届出直しの期限までに届くので、{start}から算定できます。"
    return replace(base, action="again" if case.standing else "needed", why=why, claimable_from=start)


def _short_of(base: FilingAnswer, now: Judgement, filed: Judgement, *, filed_before: bool) -> FilingAnswer:
    """The answer where a standard is not met, whatever is filed."""
    labels = "、".join(_label(filed, id_) for id_ in filed.missing)
    if not filed_before or now.status == "claimable":
        return replace(base, action="not_yet", why=f"先に{labels}を満たす必要があります。")
    if set(filed.missing) <= RATES:
        why = f"{labels}が足りない月は算定しません。届出も辞退もいりません。"
        return replace(base, action="none", why=why)
    return replace(
        base, action="withdraw", why=f"届出はありますが、{labels}を満たしません。満たすまで算定できません。"
    )


def with_filings(judge: Judge, answer: Answer, judgement: Judgement) -> Judgement:
    """The judgement as if every filing that this addition asks of itself stood."""
    replaced = {fact.key: wanted for fact, wanted in own_filings(judgement).items()}
    return judge.judge(answer.institution, answer.on, [judgement.addition], replaced).of(judgement.addition)


def filing_details(judgement: Judgement) -> dict[str, Any]:
    """What the rules ask a filing of this addition to state besides its level, with the value asked for."""
    return {
        named["name"]: named["value"]
        for fact in own_filings(judgement)
        for key in ("attribute", "optional_attribute")
        if (named := dict(dict(fact.args).get(key) or ()))
    }


def own_filings(judgement: Judgement) -> dict[Fact, bool]:
    """The facts by which an addition asks for a filing of its own, and what each should be."""
    found: dict[Fact, bool] = {}
    for fixed, _ in judgement.levels:
        for node in (fixed.needs, *fixed.requirements.values()):
            found |= _asked(node, judgement.addition)
    return found


def refiled(judge: Judge, institution: Institution, addition: str, day: date) -> bool:
    """Whether the filings listed today already answer what a rule of that day asks to be filed anew."""
    state = judge.rulebook.state(addition, institution.sector, day)
    view = View(institution, day, DERIVED)
    asked: dict[Fact, bool] = {}
    for fixed in state.levels:
        asked |= _asked(fixed.needs, addition)
    anew = [
        view.get(fact.key) is wanted
        for fact, wanted in asked.items()
        if ANEW & dict(fact.args).keys() and "attribute" not in dict(fact.args)  # an attribute is a choice
    ]
    return bool(anew) and all(anew)


def _asked(node: Node, addition: str) -> dict[Fact, bool]:
    return dict(_walk(node, lambda fact: _is_own(fact, addition), wanted=True))


def _is_own(fact: Fact, addition: str) -> bool:
    """A filing of the addition itself, and not one that must have stood on a day of the past."""
    args = dict(fact.args)
    return fact.id == "filing_in_effect" and args.get("item") == addition and not args.get("standing_on")


def _walk(node: Node, chosen: Callable[[Fact], bool], *, wanted: bool) -> Iterator[tuple[Fact, bool]]:
    """Facts a tree asks for, each with the value it should have; conditions under which it asks are left out."""
    match node:
        case Fact() if chosen(node):
            yield node, wanted
        case Not(part):
            yield from _walk(part, chosen, wanted=not wanted)
        case When(_, part) | Deemed(part, _):
            yield from _walk(part, chosen, wanted=wanted)
        case _:
            for part in children(node):
                yield from _walk(part, chosen, wanted=wanted)


@dataclass(frozen=True, slots=True)
class Form:
    """A form (様式) and the days for which it is in force; the same number comes back in a newer version."""

    number: str
    from_: date | None = None
    until: date | None = None

    @property
    def version(self) -> str:
        """What tells the version from others of the same number: the day from which it is in force."""
        return self.from_.isoformat() if self.from_ else ""


def form_versions(addition: Addition, sector: str, on: date) -> tuple[Form, ...]:
    """The forms of an addition in a sector that are in force on a day."""
    rows = [
        row for row in addition.filing.get("forms", ()) if not row.get("sectors") or sector in row["sectors"]
    ]
    found = (Form(str(row["form"]), _set_day(row, "from"), _set_day(row, "until")) for row in rows)
    return tuple(
        form
        for form in found
        if (form.from_ is None or form.from_ <= on) and (form.until is None or on <= form.until)
    )


def forms(addition: Addition, sector: str, on: date) -> tuple[str, ...]:
    """The numbers of the forms (様式) of an addition in a sector on a day."""
    return tuple(form.number for form in form_versions(addition, sector, on))


def _set_day(row: Mapping[str, Any], key: str) -> date | None:
    return None if row.get(key) is None else date.fromisoformat(str(row[key]))


def _gone(filing: Filing, on: date) -> bool:
    return filing.withdrawn is not None and filing.withdrawn <= on


def _sent(filing: Filing, on: date) -> bool:
    """Whether the filing had been made by the day."""
    day = filing.arrived or filing.accepted
    return day is None or day <= on


def _label(judgement: Judgement, id_: str) -> str:
    found = judgement.requirement(id_)
    return f"「{found.requirement.label}」" if found else id_


def accept_by(on: date) -> tuple[date, date]:
    """The next day by which a filing must be accepted, and the first day it then counts from.

    >>> accept_by(date(2026, 11, 22))
    (datetime.date(2026, 12, 1), datetime.date(2026, 12, 1))
    """
    month = month_of(on)
    if on <= first_opening_day(month):
        return first_opening_day(month), first_day(month)
    following = shift_month(month, 1)
    return first_opening_day(following), first_day(following)
