"""The BCP in versions: one draft that people write at, and approved versions of which nothing changes any more.

Approving makes the PDF, keeps it in the ledger, and records that there is a plan and that it covers the
topics of the guideline; that is only possible when every topic is done.
"""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction

from mitasu.dates import add_months, japanese_date
from mitasu.errors import UsageError
from mitasu.server.accounts.models import Site
from mitasu.server.continuity.models.plans import PlanVersion
from mitasu.server.continuity.plans.outline import Phase, Topic, outline
from mitasu.server.continuity.plans.papers import paper_pdf, stored
from mitasu.server.continuity.plans.proofs import paper, record, requirements_for
from mitasu.server.ledger.append import Draft
from mitasu.server.ledger.models import Entry, Kind, canonical
from mitasu.text import nearest

FACTS = ("continuity_plan", "continuity_plan_covers_guideline")
REVIEW_MONTHS = 12
LONGEST = 20_000


@dataclass(frozen=True, slots=True)
class Written:
    """A topic with what a version says about it."""

    topic: Topic
    text: str
    owner: str
    done: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a comparison: kept, taken out (`out`) or put in (`in`)."""

    kind: str
    text: str


def written(version: PlanVersion) -> Iterator[tuple[Phase, list[Written]]]:
    """What a version says, phase by phase."""
    for phase in outline().phases:
        yield phase, [written_topic(version, topic) for topic in phase.topics]


def written_topic(version: PlanVersion, topic: Topic) -> Written:
    """What a version says about one topic."""
    said = version.topics.get(topic.id, {})
    return Written(topic, said.get("text", ""), said.get("owner", topic.owner), bool(said.get("done")))


def open_topics(version: PlanVersion) -> list[Topic]:
    """The topics that are not done."""
    return [one.topic for _, topics in written(version) for one in topics if not one.done]


def topic_named(id_: str) -> Topic:
    """The topic of that id; UsageError with the nearest where there is none."""
    topics = outline().topics
    if id_ not in topics:
        near = nearest(id_, topics)
        told = f"近いもの: {near}。" if near else f"あるもの: {'、'.join(topics)}。"
        raise UsageError(f"BCPに項目「{id_}」はありません。{told}")
    return topics[id_]


def draft_of(site: Site) -> PlanVersion | None:
    """The version that is being written, if there is one."""
    return PlanVersion.objects.filter(site=site, approved_on=None).order_by("-number").first()


def approved_of(site: Site) -> PlanVersion | None:
    """The latest approved version, if there is one."""
    return PlanVersion.objects.filter(site=site, approved_on__isnull=False).order_by("-number").first()


def version_of(site: Site, number: int) -> PlanVersion | None:
    """A version by its number."""
    return PlanVersion.objects.filter(site=site, number=number).first()


def begin(site: Site, *, by: Any) -> PlanVersion:
    """The draft: the one that is there, or a new one that begins as the last approved version."""
    with transaction.atomic():
        Site.objects.select_for_update().get(pk=site.pk)
        there = draft_of(site)
        if there is not None:
            return there
        last = approved_of(site)
        return PlanVersion.objects.create(
            site=site,
            number=last.number + 1 if last else 1,
            topics=last.topics if last else {},
            outline=outline().version,
            changed_name=str(by or "システム")[:150],
        )


def write(version: PlanVersion, topic: Topic, text: str, owner: str, done: bool, *, by: Any) -> None:
    """Puts down what a draft says about a topic; UsageError where it is done without any text."""
    text = text.replace("\r\n", "\n").strip()
    if done and not text:
        raise UsageError(
            f"「{topic.title}」に何も書かれていません。書いてから済みにしてください。別の文書で定めているなら、その名前と場所を書きます。"
        )
    if len(text) > LONGEST:
        raise UsageError(
            f"「{topic.title}」は長すぎます（{len(text):,}字）。{LONGEST:,}字までにしてください。"
        )
    with transaction.atomic():
        now = PlanVersion.objects.select_for_update().get(pk=version.pk)
        now.topics = {**now.topics, topic.id: {"text": text, "owner": owner.strip()[:100], "done": done}}
        now.changed_name = str(by or "システム")[:150]
        now.save()
    version.topics = now.topics


def digest_of(version: PlanVersion) -> str:
    """The hash of what a version says."""
    said = {"number": version.number, "outline": version.outline, "topics": version.topics}
    return hashlib.sha256(canonical(said).encode()).hexdigest()


def unchanged(version: PlanVersion) -> bool | None:
    """Whether an approved version still says what was approved, by the ledger's own entry; None for a draft."""
    if version.approved_on is None:
        return None
    entry = Entry.objects.filter(site_id=version.site_id, number=version.entry or 0).first()
    told = entry.body.get("plan", {}).get("digest") if entry is not None else None
    return digest_of(version) == version.digest == told


def approve(
    version: PlanVersion, on: date, review_by: date | None = None, *, by: Any, via: str = "web"
) -> list[Entry]:
    """Approves a draft: PDF, evidence and facts in the ledger; UsageError while a topic is open."""
    site = version.site
    if review_by is not None and review_by <= on:
        raise UsageError("次に見直す日は、承認する日より後にしてください。")
    with transaction.atomic():
        Site.objects.select_for_update().get(pk=site.pk)
        now = PlanVersion.objects.select_for_update().get(pk=version.pk)
        if now.approved_on is not None:
            raise UsageError(f"第{now.number}版は、もう承認されています。")
        lacking = open_topics(now)
        if lacking:
            raise UsageError(
                f"まだ済んでいない項目が{len(lacking)}あります（{'、'.join(topic.title for topic in lacking)}）。すべて済ませてから承認してください。"
            )
        last = approved_of(site)
        if last is not None and last.approved_on is not None and on < last.approved_on:
            raise UsageError(
                f"前の版の承認（{japanese_date(last.approved_on)}）より前の日です。日付を確かめてください。"
            )
        now.approved_on, now.approved_name = on, str(by or "システム")[:150]
        now.review_by = review_by or add_months(on, REVIEW_MONTHS)
        now.digest = digest_of(now)
        title = title_of(now)
        now.document = stored("plan", title, site, _context(now))
        evidence = paper(
            title,
            requirements_for(site.sector, *FACTS),
            now.document,
            first=on,
            file=f"BCP第{now.number}版.pdf",
            plan={"version": now.number, "digest": now.digest, "review_by": now.review_by},
        )
        made = record(site, evidence, lambda _, number: _facts(on, number), by=by, via=via)
        now.entry = made[0].number
        now.save()
    version.refresh_from_db()
    return made


def _facts(on: date, number: int) -> list[Draft]:
    return [Draft(Kind.FACT, id_, {"value": True}, on, proof=number) for id_ in FACTS]


def title_of(version: PlanVersion) -> str:
    """What a version is called."""
    state = "" if version.approved_on else "（案）"
    return f"医療情報システムの業務継続計画（BCP）第{version.number}版{state}"


def _context(version: PlanVersion) -> dict[str, Any]:
    return {"version": version, "phases": list(written(version))}


def plan_pdf(version: PlanVersion) -> bytes:
    """A version as PDF; a draft is marked as one. An approved version's PDF lies in the ledger."""
    return paper_pdf("plan", title_of(version), version.site, _context(version))


def compared(before: PlanVersion | None, after: PlanVersion) -> list[tuple[Topic, list[Line]]]:
    """What changed from one version to the next, topic by topic; topics that stayed are left out."""
    found = []
    for topic in outline().topics.values():
        old = _as_lines(before.topics.get(topic.id, {}) if before else {})
        new = _as_lines(after.topics.get(topic.id, {}))
        if old != new:
            found.append((topic, list(_lines(old, new))))
    return found


def _as_lines(said: Mapping[str, Any]) -> list[str]:
    owner = [f"担当：{said['owner']}"] if said.get("owner") else []
    return [*owner, *str(said.get("text", "")).split("\n")] if said else []


def _lines(old: list[str], new: list[str]) -> Iterator[Line]:
    kinds = {"- ": "out", "+ ": "in", "  ": "kept"}
    for line in difflib.ndiff(old, new):
        if line[:2] in kinds:
            yield Line(kinds[line[:2]], line[2:])
