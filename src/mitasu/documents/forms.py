"""A filing form (届出書) as data: our own layout that carries the items of the official form, its number and version.

Every item says what the rules ask, how it stands, on which facts that rests and what proves them. An item
without proof is marked so that nobody sends it unseen. What the rulebook does not know (a form's number,
attachments) is said to be unknown; nothing is made up.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from mitasu.dates import japanese_date
from mitasu.documents.bureaus import bureau
from mitasu.documents.cells import printable
from mitasu.facts import Institution, Person
from mitasu.facts.read import ASSIGNMENT, EMPLOYMENT
from mitasu.judge.filing_facts import with_filings
from mitasu.judge.judgement import Answer, Judge, Judgement, RequirementAnswer
from mitasu.judge.marks import points_text
from mitasu.judge.papers import Form, form_versions
from mitasu.judge.words import STATUS_WORDS
from mitasu.rules.explain import Reason
from mitasu.rules.nodes import All, Any_, Deemed, Fact, Verdict, When, facts_of

NO_NUMBER = "様式番号は未確認"
NO_PROOF = "証拠なし"
NOT_ENTERED = "未記入"
MONTH = re.compile(r"(\d{4})年(\d{1,2})月")
Proofs = Mapping[str, str]
"""What proves a fact, a series (`id` or `id/2026-07`), a role or a requirement, by its id, besides the institution."""


@dataclass(frozen=True, slots=True)
class Source:
    """A fact that an item rests on: its value in words and what proves it."""

    id: str
    label: str
    value: str
    proof: str


@dataclass(frozen=True, slots=True)
class Item:
    """One item of the form: a requirement in force, how it stands, and what proves it."""

    id: str
    label: str
    text: str
    status: str
    value: str
    sources: tuple[Source, ...]
    own_proof: str
    cite: tuple[str, ...]
    by_rule: bool = False
    """Rests on the rules alone: a grace without conditions, a clause that is not for such institutions."""

    @property
    def word(self) -> str:
        """How it stands, in a word."""
        return STATUS_WORDS[self.status]

    @property
    def stated(self) -> tuple[str, ...]:
        """What is stated: each fact with its value; the reason where a grace stands in for the facts."""
        lines = tuple(f"{source.label}：{source.value}" for source in self.sources if source.value)
        return lines if lines and self.status != "deemed" else (self.value,)

    @property
    def without_proof(self) -> tuple[Source, ...]:
        """The facts that nothing proves."""
        return () if self.own_proof else tuple(source for source in self.sources if not source.proof)

    @property
    def red(self) -> bool:
        """Whether the item stands there without proof."""
        return not self.by_rule and not self.own_proof and (not self.sources or bool(self.without_proof))

    @property
    def proof(self) -> str:
        """What proves it, in words; 証拠なし where something has no proof."""
        told = [self.own_proof, *(source.proof for source in self.sources)]
        proofs = "、".join(dict.fromkeys(text for text in told if text))
        if self.red:
            lacking = "・".join(source.label for source in self.without_proof)
            about = f"（{lacking}）" if lacking and proofs else ""
            return f"{NO_PROOF}{about}" + (f"　ほか：{proofs}" if proofs else "")
        return proofs or "規則による"


@dataclass(frozen=True, slots=True)
class Staff:
    """Someone in a role that the addition counts."""

    role: str
    employment: str
    assignment: str
    from_: date | None


@dataclass(frozen=True, slots=True)
class FilingForm:
    """Everything that stands on the form; `filed_on`: the day of the filing, None where left to be written."""

    to: str
    head: tuple[tuple[str, str], ...]
    title: str
    level: str
    pays: str
    forms: tuple[Form, ...]
    items: tuple[Item, ...]
    others: tuple[Item, ...]
    staff: tuple[Staff, ...] | None
    attachments: tuple[str, ...]
    remarks: tuple[str, ...]
    status: str
    on: date
    filed_on: date | None
    version: str

    @property
    def number(self) -> str:
        """Number and version of the official form."""
        return "、".join(form_text(form) for form in self.forms) or NO_NUMBER

    @property
    def red(self) -> tuple[Item, ...]:
        """The items without proof."""
        return tuple(item for item in self.items if item.red)

    @property
    def named(self) -> str:
        """The title with the level."""
        return self.title + self.level

    @property
    def footer(self) -> str:
        """As of which day and by which rules."""
        return f"{japanese_date(self.on)}現在　{self.version}　Mitasuの書式（様式：{self._numbers}）"

    @property
    def _numbers(self) -> str:
        return "、".join(form.number for form in self.forms) or "未確認"


def form_text(form: Form) -> str:
    """A form's number with its version: 様式1の6（令和8年6月1日からの版）."""
    return form.number + (f"（{japanese_date(form.from_)}からの版）" if form.from_ else "（版は未確認）")


def filing_form(
    judge: Judge,
    answer: Answer,
    addition: str,
    *,
    accepted: date,
    place: Mapping[str, str] | None = None,
    proofs: Proofs | None = None,
    filed_on: date | None = None,
    version: str = "",
) -> FilingForm | None:
    """The form of an addition, with the version in force on the day it is to be accepted; None where it is not for this institution.

    `place`: 所在地, 開設者, 管理者 by these words. UsageError or InputError where the addition is not there.
    """
    institution = answer.institution
    now = answer.of(judge.rulebook.addition(addition).id)
    if now.state is None or not now.levels:
        return None
    filed = with_filings(judge, answer, now)
    needed = {found.id for found in filed.needed}
    rows = [found for found in filed.requirements if found.requirement.kind not in ("filing", "advisory")]
    known, about = proofs or {}, judge.rulebook.addition(addition)
    told = [part + "。" for part in str(about.filing.get("note", "")).split("。") if part.strip()]
    return FilingForm(
        bureau(institution.code),
        _head(institution, place or {}),
        printable(filed.title),
        filed.level or "",
        points_text(filed),
        form_versions(about, institution.sector, accepted),
        tuple(_item(found, judge, answer, known) for found in rows if found.id in needed),
        tuple(_item(found, judge, answer, known) for found in rows if found.id not in needed),
        _staff(filed, judge, answer),
        tuple(part for part in told if "添え" in part),
        tuple(part for part in told if "添え" not in part),
        filed.status,
        answer.on,
        filed_on,
        version,
    )


def _head(institution: Institution, place: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    rows = [("医療機関コード", institution.code), ("名称", institution.name)]
    rows += [(label, place.get(label, "")) for label in ("所在地", "開設者", "管理者")]
    return tuple((label, printable(text)) for label, text in rows)


def _item(found: RequirementAnswer, judge: Judge, answer: Answer, proofs: Proofs) -> Item:
    def sources(leaf: Reason) -> list[Source]:
        return list(_sources(leaf, judge, answer, proofs))

    sought: dict[str, Source] = {}
    for leaf in _grounds(found.reason, lambda leaf: all(source.proof for source in sources(leaf))):
        sought.update((source.id, source) for source in sources(leaf) if source.id not in sought)
    return Item(
        found.id,
        printable(found.requirement.label),
        printable(found.requirement.text),
        found.status,
        printable(found.why),
        tuple(sought.values()),
        printable(proofs.get(found.id, "")),
        found.requirement.cite,
        found.status == "not_applicable" or (not sought and found.status in ("met", "deemed")),
    )


def _grounds(reason: Reason, proved: Callable[[Reason], bool]) -> list[Reason]:
    """The leaves that have to be proved for a verdict; of one of several that hold, one that is proved."""
    node, parts, verdict = reason.node, reason.parts, reason.verdict
    if not parts:
        return [] if verdict is Verdict.NOT_APPLICABLE else [reason]
    if isinstance(node, Deemed) and verdict is Verdict.DEEMED and parts[0].verdict is not Verdict.DEEMED:
        return [leaf for part in parts[1:] for leaf in _grounds(part, proved)]
    if isinstance(node, Deemed):
        return _grounds(parts[0], proved)
    if isinstance(node, When):
        return _grounds(parts[0 if verdict is Verdict.NOT_APPLICABLE else 1], proved)
    if isinstance(node, All) and verdict >= Verdict.DEEMED:
        chosen = [part for part in parts if part.verdict is not Verdict.NOT_APPLICABLE]
    else:
        chosen = [part for part in parts if part.verdict is verdict] or list(parts)
    found = [_grounds(part, proved) for part in chosen]
    if isinstance(node, Any_) and verdict >= Verdict.DEEMED:
        return next((leaves for leaves in found if all(map(proved, leaves))), found[0])
    return [leaf for leaves in found for leaf in leaves]


def _sources(leaf: Reason, judge: Judge, answer: Answer, proofs: Proofs) -> Iterator[Source]:
    """The facts behind a leaf, each with what proves it."""
    node = leaf.node
    fact = node if isinstance(node, Fact) else getattr(node, "fact", None)
    if not isinstance(fact, Fact) or fact.id == "facility_kind":
        return
    if not answer.view.is_derived(fact.key):
        yield _plain(fact.id, judge, answer, proofs)
        return
    args, entry = dict(fact.args), judge.words.entry(fact)
    detail = answer.view.found(fact.key).detail
    named = [args.get(key) for key in ("fact", "event", "role", "series")]
    ids = list(dict.fromkeys(str(id_) for id_ in (*named, *(entry.inputs if entry else ())) if id_))
    for index, id_ in enumerate(ids):
        if id_ == "filings":
            shown = "届出の記録" if answer.institution.filings is not None else ""
            yield Source(id_, judge.words.label(fact), detail, shown)
        elif about := _derived_from(id_, detail, judge, answer, proofs):
            if not index or about.value != printable(detail):
                yield about
            elif (
                about.proof
            ):  # the derived value was told with the first; what adds nothing to it needs no proof
                yield replace(about, value="")
    if not ids:
        yield Source(fact.id, judge.words.label(fact), detail, proofs.get(fact.id, ""))


def _plain(id_: str, judge: Judge, answer: Answer, proofs: Proofs, detail: str = "") -> Source:
    entry = judge.rulebook.catalogue.get(id_)
    span = answer.institution.fact(id_, answer.on)
    if span is None:
        value = detail or "不明"
    elif isinstance(span.value, date):
        value = japanese_date(span.value)
    else:
        value = judge.words.value(span.value, entry)
    proof = (span.proof if span is not None else "") or proofs.get(id_, "")
    return Source(id_, entry.label if entry else id_, printable(value), printable(proof))


def _derived_from(id_: str, detail: str, judge: Judge, answer: Answer, proofs: Proofs) -> Source | None:
    """What a derived fact was computed from: a fact, the latest event, a series' month, or people in a role."""
    entry = judge.rulebook.catalogue.get(id_)
    if entry is None:
        return None
    label = entry.label
    if entry.kind == "event":
        past = [event for event in answer.institution.events.get(id_, ()) if event.on <= answer.on]
        if not past:
            return Source(id_, label, "なし", proofs.get(id_, ""))
        return Source(
            id_, label, japanese_date(past[-1].on), printable(past[-1].proof or proofs.get(id_, ""))
        )
    if entry.kind == "series":
        months = [f"{year}-{int(month):02d}" for year, month in MONTH.findall(detail)]
        found = [proofs[key] for key in (*(f"{id_}/{month}" for month in months), id_) if key in proofs]
        return Source(id_, label, printable(detail), printable(found[0] if found else ""))
    if entry.kind == "role":
        count = len(_in_role(id_, answer))
        return Source(id_, label, f"{count}人", printable(proofs.get(id_, "")))
    return _plain(id_, judge, answer, proofs, detail)


def _staff(filed: Judgement, judge: Judge, answer: Answer) -> tuple[Staff, ...] | None:
    """The people in the roles that the addition counts; None where it counts none."""
    roles: dict[str, None] = {}
    for fixed, _ in filed.levels[filed.reported or 0 :][:1]:
        for node in fixed.requirements.values():
            for fact in facts_of(node):
                roles.update(dict.fromkeys(_roles_of(fact, judge)))
    if not roles:
        return None
    return tuple(
        Staff(
            judge.words.name(person.role),
            EMPLOYMENT.get(person.employment or "", ""),
            ASSIGNMENT.get(person.assignment or "", ""),
            person.from_,
        )
        for role in roles
        for person in _in_role(role, answer)
    )


def _roles_of(fact: Fact, judge: Judge) -> list[str]:
    entry, known = judge.words.entry(fact), judge.rulebook.catalogue.of("role")
    named: list[Any] = [dict(fact.args).get("role"), *(entry.inputs if entry else ())]
    return [str(id_) for id_ in named if id_ in known]


def _in_role(role: str, answer: Answer) -> list[Person]:
    """The people in a role on the day."""
    return [
        person
        for person in answer.institution.people or ()
        if person.role == role
        and (person.from_ is None or person.from_ <= answer.on)
        and (person.until is None or answer.on <= person.until)
    ]
