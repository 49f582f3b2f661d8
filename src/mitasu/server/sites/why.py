"""The requirement tree of one addition as a page shows it: clauses in the order of the notice, nested reasons,
origins, citations, rulings, and what would change each.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from mitasu.judge.judgement import Answer, Judgement, RequirementAnswer
from mitasu.judge.reach import change_text, filing_of, steps
from mitasu.judge.words import STATUS_WORDS
from mitasu.rulebook import GRADES
from mitasu.rules.explain import Reason
from mitasu.rules.nodes import (
    All,
    Any_,
    AtLeastNOf,
    Deemed,
    Equals,
    Fact,
    Holds,
    Not,
    Nothing,
    OneOf,
    Open,
    Requires,
    Verdict,
    When,
)
from mitasu.rules.repair import repairs
from mitasu.server.ledger.fold import Known
from mitasu.server.ledger.law import judge, rulebook
from mitasu.server.sites.origins import Origin, Origins

NODE_STATUS = {Verdict.UNMET: "unmet", Verdict.UNKNOWN: "unknown", Verdict.DEEMED: "deemed", Verdict.MET: "met",
               Verdict.NOT_APPLICABLE: "not_applicable"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Branch:
    """A node of a requirement's condition: a sentence with its status, what it rests on, and its parts."""

    text: str
    status: str
    clause: str = ""
    addition: str = ""
    subject: str = ""
    origins: tuple[Origin, ...] = ()
    parts: tuple[Branch, ...] = ()


@dataclass(frozen=True, slots=True)
class Citation:
    """A citation: document, its date and kind, the item in it, and where the text was read."""

    title: str
    item: str
    date: str
    kind: str
    place: str


@dataclass(frozen=True, slots=True)
class Ruling:
    """A published question and answer that touches a requirement."""

    number: str
    date: str
    text: str
    cited: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Clause:
    """One requirement with everything that is to be said of it."""

    answer: RequirementAnswer
    number: str
    depth: int
    asked: bool
    since: date | None
    tree: Branch
    cited: tuple[Citation, ...]
    rulings: tuple[Ruling, ...]
    graces: tuple[str, ...]
    changes: tuple[str, ...]

    @property
    def id(self) -> str:
        """The requirement's id."""
        return self.answer.id

    @property
    def label(self) -> str:
        """The requirement in a few words."""
        return self.answer.requirement.label

    @property
    def status(self) -> str:
        """The requirement's status; what the level does not ask for is not applicable."""
        return self.answer.status if self.asked else "not_applicable"

    @property
    def word(self) -> str:
        """The status in words."""
        return STATUS_WORDS[self.answer.status]

    @property
    def grade(self) -> str:
        """How strong the source is."""
        return f"{self.answer.requirement.grade}（{GRADES[self.answer.requirement.grade]}）"

    @property
    def origins(self) -> list[Origin]:
        """Every origin below, each once."""
        return list(dict.fromkeys(_origins(self.tree)))

    @property
    def unproved(self) -> int:
        """How many origins are recorded without a proof."""
        return sum(one.entry is not None and not one.evidence and not one.proof for one in self.origins)


def _origins(branch: Branch) -> Iterator[Origin]:
    yield from branch.origins
    for part in branch.parts:
        yield from _origins(part)


def clauses(answer: Answer, judgement: Judgement, known: Known) -> list[Clause]:
    """The clauses of a judgement in the order of the notice, parts after what they are part of."""
    maker = _Maker(answer, judgement, known)
    return [maker.clause(found, number, depth) for found, number, depth in _ordered(judgement)]


def _ordered(judgement: Judgement) -> Iterator[tuple[RequirementAnswer, str, int]]:
    """Requirements with their numbers: 1, 2, 2.1, …"""
    ids = {answer.id for answer in judgement.requirements}

    def below(parent: str | None, prefix: str, depth: int) -> Iterator[tuple[RequirementAnswer, str, int]]:
        number = 0
        for answer in judgement.requirements:
            above = answer.requirement.part_of if answer.requirement.part_of in ids else None
            if above == parent:
                number += 1
                yield answer, f"{prefix}{number}", depth
                yield from below(answer.id, f"{prefix}{number}.", depth + 1)

    yield from below(None, "", 0)


def asked_by_level(answer: RequirementAnswer, judgement: Judgement) -> bool:
    """Whether the reported level asks for the requirement, or for the one it is part of."""
    ids = {found.id for found in judgement.needed} | set(judgement.missing)
    above: str | None = answer.id
    while above is not None:
        if above in ids:
            return True
        parent = judgement.requirement(above)
        above = parent.requirement.part_of if parent is not None else None
    return not answer.requirement.blocks


def citation(cite: str) -> Citation:
    """A citation taken apart."""
    key, _, item = cite.partition(" ")
    source = rulebook().sources.get(key, {})
    return Citation(
        str(source.get("title", key)),
        item,
        str(source.get("date", "")),
        str(source.get("kind", "")),
        str(source.get("place", "")),
    )


def ways(answer: Answer, judgement: Judgement) -> list[tuple[str, str, tuple[str, ...]]]:
    """What would change the judgement: level, what it pays, the changes."""
    return [
        (f"{judgement.title}{step.level}", step.pays, step.words)
        for step in steps(judge(), answer, judgement.addition)
    ]


class _Maker:
    def __init__(self, answer: Answer, judgement: Judgement, known: Known) -> None:
        self.answer, self.judgement, self.view = answer, judgement, answer.view
        self.origins = Origins(known, answer.view)
        self.words = judge().words

    def clause(self, found: RequirementAnswer, number: str, depth: int) -> Clause:
        requirement, state, book = found.requirement, self.judgement.state, rulebook()
        since = None
        if state is not None:
            timeline = book.timeline(self.judgement.addition, self.answer.institution.sector)
            since = timeline.since(state, requirement.id, self.judgement.reported or 0)
        rulings = []
        for id_ in requirement.rulings:
            row = book.rulings.get(id_, {})
            cited = tuple(citation(str(cite)) for cite in row.get("cite", ()))
            rulings.append(
                Ruling(str(row.get("number", id_)), str(row.get("date", "")), str(row.get("text", "")), cited)
            )
        graces = tuple(measure.note for measure in requirement.deemed if measure.note)
        return Clause(
            found,
            number,
            depth,
            asked_by_level(found, self.judgement),
            since,
            self.branch(found.reason),
            tuple(citation(cite) for cite in requirement.cite),
            tuple(rulings),
            graces if found.status == "deemed" else (),
            tuple(self.changes(found)) if found.status in ("unmet", "unknown", "advisory_unmet") else (),
        )

    def changes(self, found: RequirementAnswer) -> Iterator[str]:
        """The smallest changes after which the requirement alone is met, each tried."""
        told: set[str] = set()
        for repair in repairs(found.reason)[:3]:
            if not repair or any((filing_of(change) or {}).get("standing_on") for change in repair):
                continue
            replaced = {change.key: change.value for change in repair}
            again = judge().judge(
                self.answer.institution, self.answer.on, [self.judgement.addition], replaced
            )
            after = again.of(self.judgement.addition).requirement(found.id)
            text = "、".join(dict.fromkeys(change_text(change, self.words) for change in repair))
            if after is not None and after.status in ("met", "deemed") and text and text not in told:
                told.add(text)
                yield text

    def branch(self, reason: Reason) -> Branch:
        """A reason and all below it."""
        node, status = reason.node, NODE_STATUS[reason.verdict]
        if reason.verdict is Verdict.UNKNOWN and reason.until is not None:
            status = "pending"
        match node:
            case Requires(id_):
                other = self.judgement.requirement(id_)
                label = other.requirement.label if other is not None else id_
                return Branch(f"「{label}」", status, clause=id_ if other is not None else "")
            case Open():
                return Branch("制度の解釈が未確認（プログラムは判断しません）", status)
            case Holds(addition, level):
                return Branch(f"{self.words.name(addition)}{level}の算定", status, addition=addition)
            case Not(part) if isinstance(part, Fact | Equals | OneOf):
                return self._leaf(reason.parts[0], status, "次に当たらないこと　")
        if not reason.parts:
            return self._leaf(reason, status)
        if isinstance(node, All | Any_ | AtLeastNOf) and len(reason.parts) == 1:
            return self.branch(reason.parts[0])
        parts = tuple(self.branch(part) for part in reason.parts if not isinstance(part.node, Nothing))
        return Branch(_heading(node, reason), status, parts=parts)

    def _leaf(self, reason: Reason, status: str, before: str = "") -> Branch:
        node = reason.node
        fact = node if isinstance(node, Fact) else getattr(node, "fact", None)
        if fact is None:
            return Branch("条件はありません", status)
        subject = "" if self.view.is_derived(fact.key) else fact.id
        text = before + self.words.leaf(reason, self.view)
        return Branch(text, status, subject=subject, origins=tuple(self.origins.of(fact)))


def _heading(node: Any, reason: Reason) -> str:
    match node:
        case All():
            return "次のいずれも満たすこと"
        case Any_():
            return "次のいずれかを満たすこと"
        case AtLeastNOf(least):
            return f"次のうち{least}つ以上を満たすこと"
        case Not():
            return "次に当たらないこと"
        case When():
            return "1つ目に当たるときだけ、2つ目を満たすこと"
        case Deemed(_, None):
            return f"次を満たすこと（経過措置：{_term(reason)}）"
        case Deemed():
            return f"1つ目を満たすこと、または2つ目に当たること（経過措置：{_term(reason)}）"
    return ""


def _term(reason: Reason) -> str:
    until = reason.until if reason.verdict is Verdict.DEEMED else None
    if until is None and isinstance(reason.node, Deemed) and isinstance(reason.node.until, date):
        until = reason.node.until
    return f"{until}まで" if until is not None else "当面の間"
