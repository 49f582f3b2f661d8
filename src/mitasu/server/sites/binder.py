"""What goes into a binder: each chosen addition month by month, its facts and papers, and what an inspector would miss.

The months are judged by what is known now. Missing is what the judgement needs and nobody could show: a
requirement that did not hold or is unknown, one that holds without any paper for the month, a file that is gone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils import timezone

from mitasu.dates import first_day, japanese_date, last_day, months_between, shift_month
from mitasu.documents.binder import Addition, Band, Binder, Fact, Missing, Paper, Requirement, months_text
from mitasu.facts.values import value_of
from mitasu.judge.judgement import Judgement, RequirementAnswer
from mitasu.judge.marks import mark
from mitasu.rulebook import Entry as CatalogueEntry
from mitasu.rulebook.book import digest
from mitasu.server.accounts.models import Site
from mitasu.server.ledger.documents import TYPES, read
from mitasu.server.ledger.fold import Known
from mitasu.server.ledger.law import judge, rulebook
from mitasu.server.ledger.models import canonical
from mitasu.server.sites import evidence
from mitasu.server.sites.integrity import check_now
from mitasu.server.sites.judging import institution_of, known_of

HELD = ("met", "deemed")
LACKING = {
    "unmet": "要件を満たしていません",
    "unknown": "満たすかどうかが未確認です",
    "pending": "まだ確定していません",
}
IN_FORCE = ("claimable", "not_claimable", "undetermined")


@dataclass(slots=True)
class Row:
    """A requirement over the months: how it stood in each, and where the judgement needed it."""

    answer: RequirementAnswer
    months: dict[str, RequirementAnswer] = field(default_factory=dict)
    needed: set[str] = field(default_factory=set)


def binder_of(site: Site, additions: Sequence[str], first: str, last: str, *, by: Any) -> Binder:
    """The binder of a site for additions and months; the chain is verified anew for it."""
    now = timezone.localtime()
    breaks = check_now(site).breaks
    known, book = known_of(site), rulebook()
    months = months_between(first, last)
    answers = {month: judge().judge(institution_of(site), first_day(month), additions) for month in months}
    papers = [
        paper
        for paper in evidence.papers_of(site, now.date())
        if any(key.split("/")[0] in additions for key in paper.requirements)
        and paper.covers(first_day(first), last_day(last))
    ]
    parts, missing = [], []
    for id_ in additions:
        judged = {month: answer.of(id_) for month, answer in answers.items()}
        title = next(
            (one.title for one in reversed(judged.values()) if one.status in IN_FORCE), book.titles[id_]
        )
        rows = _rows(judged)
        missing += [
            Missing(title, row.answer.requirement.label, months_, what)
            for row in rows
            for months_, what in _missing(
                row, [one for one in papers if f"{id_}/{row.answer.id}" in one.requirements]
            )
        ]
        requirements = tuple(_requirement(id_, row, papers, known, first, last) for row in rows)
        parts.append(Addition(id_, title, tuple(_bands(judged)), requirements))
    shown = [_paper(paper) for paper in papers]
    missing += [
        Missing("証拠", f"証拠{one.number}　{one.title}", "－", "ファイルが台帳の置き場所にありません")
        for one in shown
        if one.gone
    ]
    said = [site.pk, list(additions), first, last, known.head, now.isoformat()]
    return Binder(
        f"T{now:%Y%m%d}-{hashlib.sha256(canonical(said).encode()).hexdigest()[:8]}",
        site.name,
        site.code,
        str(by),
        now,
        first,
        last,
        digest(),
        known.head[1],
        known.head[0],
        tuple(one.what for one in breaks),
        tuple(missing),
        tuple(parts),
        tuple(shown),
    )


def _rows(judged: Mapping[str, Judgement]) -> list[Row]:
    """The requirements in force in any of the months, in the order of the notice."""
    rows: dict[str, Row] = {}
    for month, judgement in judged.items():
        needed = {answer.id for answer in judgement.needed}
        for answer in judgement.requirements:
            row = rows.setdefault(answer.id, Row(answer))
            row.answer = answer
            row.months[month] = answer
            if answer.id in needed:
                row.needed.add(month)
    return list(rows.values())


def _bands(judged: Mapping[str, Judgement]) -> Iterator[Band]:
    """How an addition stood, months in a row together."""
    told = {
        month: (one.status, f"{mark(one)}{f'　{one.named}' if one.status == 'claimable' else ''}")
        for month, one in judged.items()
    }
    for first, last, (status, word) in _together(told):
        yield Band(first, last, status, word)


def _together(rows: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Months in a row that have the same value, as first, last and value."""
    run: tuple[str, str, Any] | None = None
    for month, value in rows.items():
        if run is not None and run[2] == value and shift_month(run[1], 1) == month:
            run = (run[0], month, value)
            continue
        if run is not None:
            yield run
        run = (month, month, value)
    if run is not None:
        yield run


def _requirement(
    addition: str, row: Row, papers: Iterable[evidence.Paper], known: Known, first: str, last: str
) -> Requirement:
    requirement = row.answer.requirement
    told = {
        month: (answer.status, answer.until, answer.requirement.label) for month, answer in row.months.items()
    }
    bands = tuple(
        Band(start, end, status, "", row.months[end].why) for start, end, (status, _, _) in _together(told)
    )
    facts = tuple(
        fact
        for entry in evidence.facts_asked(requirement)
        for fact in _facts(entry, known, first_day(first), last_day(last))
    )
    key = f"{addition}/{requirement.id}"
    return Requirement(
        requirement.id,
        requirement.label,
        requirement.text,
        "；".join(rulebook().citation(cite) for cite in requirement.cite),
        bands,
        facts,
        tuple(paper.number for paper in papers if key in paper.requirements),
    )


def _facts(entry: CatalogueEntry, known: Known, first: date, last: date) -> Iterator[Fact]:
    for stretch in known.facts.get(entry.id, ()):
        if (stretch.first is not None and stretch.first > last) or (
            stretch.last is not None and stretch.last < first
        ):
            continue
        row, paper = stretch.entry, known.proof(stretch.entry)
        proof = (
            f"証拠{paper.number} {paper.body.get('title', '')}" if paper else str(row.body.get("proof") or "")
        )
        yield Fact(
            entry.label,
            "未確認（証拠の期限切れ）" if stretch.value is None else value_text(entry, stretch.value),
            stretch.first,
            stretch.last,
            proof,
            row.recorded_name,
            timezone.localtime(row.recorded_at),
        )


def value_text(entry: CatalogueEntry, raw: Any) -> str:
    """A fact's value in words."""
    try:
        return str(judge().words.value(value_of(raw, entry.type, entry.values), entry))
    except ValueError:
        return str(raw)


def _missing(row: Row, papers: Sequence[evidence.Paper]) -> Iterator[tuple[str, str]]:
    """What cannot be shown of a requirement, with its months."""
    told: dict[str, str] = {}
    for month in sorted(row.needed):
        answer = row.months[month]
        covered = any(paper.covers(first_day(month), last_day(month)) for paper in papers)
        if answer.status in LACKING:
            told[month] = (
                f"{LACKING[answer.status]}（{answer.why}）" if answer.why else LACKING[answer.status]
            )
        elif answer.status in HELD and not covered:
            told[month] = _unshown(papers, last_day(month))
    for first, last, what in _together(told):
        yield months_text(Band(first, last, "")), what


def _unshown(papers: Sequence[evidence.Paper], day: date) -> str:
    """Why there is no paper for a month in which a requirement held."""
    ended = [(last, paper.number) for paper in papers if (last := paper.entry.last_day) and last < day]
    if not ended:
        return "証拠となる文書が台帳にありません"
    last, number = max(ended)
    return f"証拠{number}の期限（{japanese_date(last)}）の後の文書がありません"


def _paper(paper: evidence.Paper) -> Paper:
    entry, body, document = paper.entry, paper.body, paper.document
    content = None
    if document is not None:
        try:
            content = read(document)
        except OSError:
            content = None
    kind, ending = TYPES.get(document.media_type, ("ファイル", ".bin")) if document else ("", "")
    return Paper(
        paper.number,
        paper.title,
        tuple(evidence.requirement_name(key) for key in paper.requirements),
        entry.first_day,
        entry.last_day,
        entry.recorded_name,
        timezone.localtime(entry.recorded_at),
        document.media_type if document else "",
        kind,
        ending,
        entry.document,
        content,
        bool(entry.document) and content is None,
        str(body.get("note", "")),
        body.get("figure"),
        body.get("statement"),
    )
