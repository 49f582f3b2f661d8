"""Filings (届出): for each addition whether one is needed, why, on which form, and from when it counts.

The question is asked twice of the same rules: as things are, and as if every filing stood. What the
second answer allows and the first does not is what a filing would bring. From when it would count is
tried out: the filing is put into the list and the rules are asked, special windows included.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from mitasu.dates import first_day, first_opening_day, is_opening_day, month_of, shift_month
from mitasu.errors import UsageError
from mitasu.facts import DERIVED, Filing, Institution, View, effective_from
from mitasu.judge.filing_facts import (
    details_of,
    known_on,
    own_filings,
    raising_filings,
    sent_by,
    turns_between,
    with_filings,
)
from mitasu.judge.judgement import Answer, Judge, Judgement
from mitasu.judge.marks import points_text
from mitasu.judge.papers import attachments, forms, report_forms
from mitasu.rules.nodes import Fact

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
TO_FILE = ("needed", "again")
NAMED = 5
"""So many unknown facts are named in a reason."""
NONE = "この加算に届出はありません。基準に合っていれば算定できます。"


@dataclass(frozen=True, slots=True)
class FilingAnswer:
    """What to file for one addition: `action` is a key of `WORDS`."""

    addition: str
    title: str
    action: str
    why: str
    item: str = ""
    """What is filed: the addition itself, or an item of it that brings higher points."""
    level: str | None = None
    pays: str = ""
    forms: tuple[str, ...] = ()
    report_forms: tuple[str, ...] = ()
    """The forms of the reports that come back for whoever has filed."""
    attachments: tuple[str, ...] = ()
    note: str = ""
    claimable_from: date | None = None
    law_from: date | None = None
    """Where the rules turn before the filing counts: the day from which those hold that the answer rests on."""
    missing: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def word(self) -> str:
        """The action in Japanese."""
        return WORDS[self.action]


def filing_answers(
    judge: Judge, institution: Institution, on: date, accepted: date | None = None
) -> list[FilingAnswer]:
    """What to file for each addition in force on the day, or in force when a filing made now counts.

    `accepted`: the day on which it would be accepted (default: the day itself); UsageError where that is earlier.
    """
    accepted = accepted or on
    if accepted < on:
        raise UsageError(
            f"受理の日（{accepted}）が判定の日（{on}）より前です。受理済みの届出は施設ファイルの filings に書いてください。"
        )
    is_opening_day(accepted)  # a day within the table of holidays
    answer = judge.judge(institution, on)
    found: list[FilingAnswer] = []
    for judgement in answer.judgements:
        now = list(_answers(judge, answer, judgement, on, accepted))
        turns = turns_between(judge, institution, judgement.addition, on, effective_from(accepted))
        if not turns:
            found.extend(now)
            continue
        turn = turns[-1]
        later = judge.judge(known_on(institution, on), turn, [judgement.addition])
        coming = list(_answers(judge, later, later.of(judgement.addition), on, accepted))
        found.extend(_joined(now, [replace(row, law_from=turn) for row in coming], turn))
    return found


def _joined(now: list[FilingAnswer], coming: list[FilingAnswer], turn: date) -> Iterator[FilingAnswer]:
    """Answers by today's rules and by those to come: a filing that counts from then on follows the latter."""
    later = {row.item: row for row in coming}
    for row in now:
        then, start = later.pop(row.item, None), row.claimable_from
        if row.action in TO_FILE and start is not None and start >= turn:
            why = f"この加算は{turn}からありません。いま届け出ても、算定できる日がありません。"
            yield then or replace(row, action="none", why=why, claimable_from=None, law_from=turn)
            continue
        yield row
        if then is not None and then.action in (*TO_FILE, "withdraw") and then.action != row.action:
            yield then
    yield from later.values()


class _Case:
    """One filing of an institution on a day: what it is for, and what is filed already.

    `now` is the judgement without it, `target` the one that it should bring; `facts` are those by which the
    rules ask for it, `assumed` other filings that are taken for made.
    """

    def __init__(
        self,
        judge: Judge,
        answer: Answer,
        now: Judgement,
        target: Judgement,
        item: str,
        facts: dict[Fact, bool],
        on: date,
        accepted: date,
        assumed: Mapping[Any, bool] | None = None,
    ) -> None:
        self.judge, self.answer, self.now, self.target = judge, answer, now, target
        self.item, self.facts, self.on, self.accepted = item, facts, on, accepted
        self.assumed = dict(assumed or {})
        known = [f for f in answer.institution.filings or () if f.item == item]
        self.standing = [f for f in known if not _gone(f, on) and sent_by(f, on)]

    def counting_from(self, filings: tuple[Filing, ...]) -> date:
        """The first day from which the level meant would count with these filings, all else as it is."""
        general = effective_from(self.accepted)
        windows = [dict(dict(fact.args).get("window") or ()) for fact in self.facts]
        month = month_of(self.accepted)
        specials = {window["counts_from"] for window in windows if window and window["accepted_in"] == month}
        days = sorted(day for day in {*specials, general} if day <= general)
        return next((day for day in days if self.brings(day, filings)), general)

    def wished(self) -> Filing:
        """The filing that would be made: for the level meant, with every detail the rules ask for."""
        level = self.target.level if self.item == self.target.addition else None
        return Filing(self.item, level or None, self.on, self.accepted, None, details_of(self.facts))

    def brings(self, day: date, filings: tuple[Filing, ...] | None) -> bool:
        """Whether these filings bring the level meant once the day has come, all else as it is."""
        view = View(replace(self.answer.institution, filings=filings), day, DERIVED)
        found = self.assumed | {fact.key: view.get(fact.key) for fact in self.facts}
        again = self.judge.judge(self.answer.institution, self.answer.on, [self.now.addition], found)
        return _pays(again.of(self.now.addition)) == _pays(self.target)

    def in_effect(self) -> bool:
        """Whether any filing of the item counts, at whatever level."""
        return any(
            self.answer.view.get(fact.key) is True
            for fact in self.facts
            if "standing_on" not in dict(fact.args)
        )


def _answers(
    judge: Judge, answer: Answer, now: Judgement, on: date, accepted: date
) -> Iterator[FilingAnswer]:
    """What to file for an addition: the addition itself, and what brings higher points beside it."""
    if now.status in ("not_in_force", "not_applicable") or now.state is None:
        return
    addition = judge.rulebook.addition(now.addition)
    if not addition.filing.get("required", True):
        yield FilingAnswer(now.addition, now.title, "none", NONE, now.addition)
        return
    own = own_filings(now)
    filed = with_filings(judge, answer, now)
    yield _one(_Case(judge, answer, now, filed, now.addition, own, on, accepted))
    assumed = {fact.key: wanted for fact, wanted in own.items()}
    for item, facts in raising_filings(filed).items() if filed.status == "claimable" else ():
        made = assumed | {fact.key: wanted for fact, wanted in facts.items()}
        raised = judge.judge(answer.institution, answer.on, [now.addition], made).of(now.addition)
        yield _raised(_Case(judge, answer, filed, raised, item, facts, on, accepted, assumed))


def _base(case: _Case) -> FilingAnswer:
    """An answer in which nothing is decided yet, with the papers."""
    target, answer = case.target, case.answer
    addition, sector = case.judge.rulebook.addition(target.addition), answer.institution.sector
    own = case.item == target.addition
    return FilingAnswer(
        target.addition,
        target.title,
        "unknown",
        "基準を満たすかどうかが決まりません。",
        case.item,
        forms=forms(addition, sector, answer.on, case.item),
        report_forms=report_forms(addition, sector, answer.on) if own else (),
        attachments=attachments(addition, sector, answer.on, target.level or "") if own else (),
        note=str(addition.filing.get("note", "")) if own else "",
        missing=target.missing,
        unknown=tuple(id_ for id_ in target.unknown if id_ != "filings"),
    )


def _one(case: _Case) -> FilingAnswer:
    """What to do about the filing of the addition itself."""
    now, filed, base = case.now, case.target, _base(case)
    if filed.status == "undetermined":
        return replace(base, why=_open_words(case, base.unknown))
    if filed.status != "claimable":
        return _short_of(base, now, filed, filed_before=bool(case.standing))
    return _decided(replace(base, level=filed.level, pays=points_text(filed)), case)


def _raised(case: _Case) -> FilingAnswer:
    """What to do about a filing that brings higher points at the level that is met."""
    base, fixed = _base(case), case.target.levels[case.target.reported or 0][0]
    rows = [row for id_ in fixed.level.points_if if (row := case.target.requirement(id_)) is not None]
    short = [row for row in rows if row.status == "unmet"]
    if short:
        labels = "、".join(f"「{row.requirement.label}」" for row in short)
        base = replace(base, missing=tuple(row.id for row in short), unknown=())
        if not case.standing:
            return replace(base, action="not_yet", why=f"先に{labels}を満たす必要があります。")
        told = f"届出はありますが、{labels}を満たさないので、この届出による点数にはなりません。"
        return replace(base, action="withdraw", why=told)
    open_ = [row for row in rows if row.status in ("unknown", "pending")]
    if open_:
        labels = "、".join(f"「{row.requirement.label}」" for row in open_)
        asked = case.judge.deciding([row.reason for row in open_], case.answer.view)
        return replace(base, why=f"{labels}を満たすかどうかが決まりません。", unknown=tuple(asked))
    return _decided(replace(base, level=case.target.level, pays=points_text(case.target)), case)


def _open_words(case: _Case, unknown: tuple[str, ...]) -> str:
    """What is not known, the first few by name; an open question of the law where no fact decides."""
    names = [case.judge.words.name(id_) for id_ in unknown]
    more = f"ほか{len(names) - NAMED}件" if len(names) > NAMED else ""
    told = "、".join([*names[:NAMED], *([more] if more else [])])
    return f"基準を満たすかどうかが決まりません。未確認: {told or '制度の解釈'}。"


def _decided(base: FilingAnswer, case: _Case) -> FilingAnswer:
    """The answer where every standard is met, so that only the filing is asked for."""
    if case.answer.institution.filings is None:
        why = "基準を満たしますが、届け出たかどうかが分かりません。施設ファイルに filings を書いてください。"
        return replace(base, why=why, unknown=(*base.unknown, "filings"))
    if _pays(case.now) == _pays(case.target):
        return replace(base, action="none", why="いまの届出で、満たす基準の区分を算定できます。")
    return _under_way(base, case) or _to_file(base, case)


def _under_way(base: FilingAnswer, case: _Case) -> FilingAnswer | None:
    """The answer where a filing that has been sent will bring the level."""
    on = case.on
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
    why = "基準を満たしますが、届出がありません。"
    if case.item != case.target.addition:
        why = f"基準を満たしますが、{case.judge.words.name(case.item)}の届出がありません。"
    elif case.standing and case.in_effect():
        why = f"届け出た区分や内容では{case.target.named}を算定できません。新しい区分や内容で届け出ます。"
    elif case.standing:
        why = "前の届出はこの日には有効ではありません。改めて届け出ます。"
    if start < effective_from(case.accepted):
        why += f"届出直しの期限までに届くので、{start}から算定できます。"
    return replace(base, action="again" if case.standing else "needed", why=why, claimable_from=start)


def _pays(judgement: Judgement) -> tuple[Any, ...] | None:
    """What may be claimed, to be compared; None where nothing is."""
    if judgement.status != "claimable":
        return None
    return judgement.level, str(judgement.points), judgement.yen


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


def _gone(filing: Filing, on: date) -> bool:
    return filing.withdrawn is not None and filing.withdrawn <= on


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
