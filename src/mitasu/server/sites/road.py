"""The road of a filing (届出の道): eight steps from check to claim, each with a state that follows from what is known.

A step is done because the judgement, the ledger or the filing say so, not because someone ticked it. The one
thing that only a person can say is that they looked the form over; that counts as long as the form is the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import mitasu
from mitasu.dates import japanese_date, parse_date
from mitasu.documents.forms import FilingForm, filing_form, form_text
from mitasu.judge.due import post_by
from mitasu.judge.filing_facts import with_filings
from mitasu.judge.filings import FilingAnswer, accept_by
from mitasu.judge.judgement import Judgement, RequirementAnswer
from mitasu.judge.papers import Form, form_versions
from mitasu.rulebook.book import digest
from mitasu.rules.nodes import facts_of
from mitasu.server.accounts.models import Site
from mitasu.server.ledger.law import judge, rulebook
from mitasu.server.ledger.models import Kind, canonical
from mitasu.server.sites.filed import Filed, filed_of, sending_of
from mitasu.server.sites.judging import answer_of, known_of
from mitasu.server.sites.models import Road
from mitasu.server.sites.outlook import filings_of

STEPS = {
    "check": "確認",
    "evidence": "証拠",
    "poster": "掲示",
    "web": "ウェブ",
    "form": "様式",
    "send": "送付",
    "accept": "受理",
    "claim": "算定",
}
STATES = {"done": "済み", "todo": "これから", "waiting": "待っている", "none": "要らない"}
POSTED = {"posted_in_facility", "posted_dx_initiatives", "posted_card_promotion"}
ON_WEBSITE = {"posted_on_website", "e_prescription_stated_on_website"}
PLACE = {"所在地": "address", "開設者": "founder", "管理者": "manager"}
"""What the form's head says of a site besides its name and code, and where the profile keeps it."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its state, what there is to say, and what is still lacking."""

    id: str
    state: str
    told: str
    lacking: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """The step's name."""
        return STEPS[self.id]

    @property
    def word(self) -> str:
        """The state in words."""
        return STATES[self.state]


@dataclass(frozen=True, slots=True)
class Way:
    """Where a site stands on the road of one addition."""

    addition: str
    title: str
    now: Judgement
    filed: Judgement | None
    answer: FilingAnswer | None
    form: FilingForm | None
    road: Road | None
    filing: Filed | None
    sending: Mapping[str, Any]
    planned: date
    steps: tuple[Step, ...]
    stale: str

    @property
    def current(self) -> Step | None:
        """The first step that is not behind one; what was sent has the steps before sending behind it."""
        behind = list(STEPS)[: list(STEPS).index("send")] if self.filing is not None else []
        ahead = (step for step in self.steps if step.state in ("todo", "waiting"))
        return next((step for step in ahead if step.id not in behind), None)

    @property
    def named(self) -> str:
        """The title with the level that would be filed."""
        return self.title + (self.filed.level or "" if self.filed else "")

    @property
    def post_by(self) -> date:
        """The day by which to post what must arrive by the planned day."""
        return post_by(self.planned)


@cache
def rules_version() -> str:
    """The version of the rules in words: the program's and the first letters of the rule data's hash."""
    return f"Mitasu {mitasu.__version__}・制度データ {digest()[:12]}"


def open_road(site: Site, addition: str) -> Road | None:
    """The road under way."""
    return Road.objects.filter(site=site, addition=addition, closed_at=None).first()


def planned_day(road: Road | None, today: date) -> date:
    """The day on which acceptance is planned: the one chosen, otherwise the next by which to be accepted."""
    chosen = road.steps.get("plan") if road is not None else None
    day = parse_date(chosen) if chosen else None
    return day if day is not None and day >= today else accept_by(today)[0]


def way_of(site: Site, addition: str, today: date) -> Way:
    """Where a site stands on the road of an addition; InputError where there is no such addition."""
    about = rulebook().addition(addition)
    road = open_road(site, addition)
    planned = planned_day(road, today)
    answer = answer_of(site, today)
    now = answer.of(addition)
    found = next((one for one in filings_of(site, today, planned) if one.addition == addition), None)
    filed = with_filings(judge(), answer, now) if now.levels else None
    form = drawn(site, addition, today, planned)
    filing = _filing(site, addition, road, found)
    in_force = form_versions(about, site.sector, planned)
    stale = _stale(road, in_force, planned)
    asks = bool(about.filing.get("required", True))
    way = _Walk(site, now, filed, form, road, filing, stale, asks=asks, today=today)
    return Way(
        addition,
        now.title,
        now,
        filed,
        found,
        form,
        road,
        filing,
        way.sending,
        planned,
        tuple(way.steps()),
        stale,
    )


def drawn(
    site: Site, addition: str, today: date, accepted: date, filed_on: date | None = None
) -> FilingForm | None:
    """The form of an addition as the ledger fills it; None where the addition is not for the site today."""
    return filing_form(
        judge(),
        answer_of(site, today),
        addition,
        accepted=accepted,
        place=place_of(site),
        proofs=proofs_of(site, addition, today),
        filed_on=filed_on,
        version=rules_version(),
    )


def place_of(site: Site) -> dict[str, str]:
    """What the head of a form says besides name and code, as entered."""
    profile: dict[str, Any] = {}
    for entry in known_of(site).of(Kind.PROFILE):
        profile |= entry.body
    return {label: str(profile.get(key) or "") for label, key in PLACE.items()}


def proofs_of(site: Site, addition: str, on: date) -> dict[str, str]:
    """What the ledger proves besides facts: monthly values, people in roles, requirements of the addition."""
    known = known_of(site)
    papers = {entry.number: entry for entry in known.of(Kind.EVIDENCE)}

    def words(entry: Any) -> str:
        paper = known.proof(entry)
        if paper is None or not _covers(paper, on):
            return str(entry.body.get("proof") or "")
        return f"証拠{paper.number} {paper.body.get('title', '')}".strip()

    found: dict[str, str] = {}
    for id_, months in known.series.items():
        found |= {f"{id_}/{month}": words(entry) for month, entry in months.items() if words(entry)}
    people: dict[str, list[str]] = {}
    for entry in known.of(Kind.PERSON):
        people.setdefault(entry.subject, []).append(words(entry))
    found |= {role: "、".join(dict.fromkeys(told)) for role, told in people.items() if all(told)}
    for number, paper in papers.items():
        for key in paper.body.get("requirements") or () if _covers(paper, on) else ():
            about, _, requirement = str(key).partition("/")
            if about == addition:
                told = f"証拠{number} {paper.body.get('title', '')}".strip()
                found[requirement] = "、".join(filter(None, (found.get(requirement), told)))
    return found


def _covers(paper: Any, on: date) -> bool:
    return (paper.first_day is None or paper.first_day <= on) and (
        paper.last_day is None or on <= paper.last_day
    )


def fingerprint(form: FilingForm) -> str:
    """A mark of what the form says: another one when anything on it has changed."""
    said = [form.named, form.number, form.head, [(item.id, item.stated, item.proof) for item in form.items]]
    return hashlib.sha256(canonical(said).encode()).hexdigest()[:16]


def _filing(site: Site, addition: str, road: Road | None, answer: FilingAnswer | None) -> Filed | None:
    """The filing that the road is about; None where one has yet to be made."""
    known = [one for one in filed_of(site, addition) if one.withdrawn is None]
    if road is not None:
        return next((one for one in known if one.number == road.entry), None)
    if answer is not None and answer.action in ("needed", "again"):
        return None
    return known[0] if known else None


def _stale(road: Road | None, in_force: Iterable[Form], planned: date) -> str:
    """Why the form that the road was begun with cannot be sent any more; empty where it can."""
    if road is None or not road.form:
        return ""
    known = {(form.number, form.version) for form in in_force}
    if (road.form, road.form_version) in known:
        return ""
    begun = form_text(Form(road.form, parse_date(road.form_version) if road.form_version else None))
    now = "、".join(form_text(form) for form in in_force)
    told = f"{now}です" if now else "確認できていません"
    return f"昨年の様式です。この道は{begun}で始めましたが、受理の予定日（{japanese_date(planned)}）に有効な様式は{told}。"


class _Walk:
    """The steps of one road, one after the other."""

    def __init__(
        self,
        site: Site,
        now: Judgement,
        filed: Judgement | None,
        form: FilingForm | None,
        road: Road | None,
        filing: Filed | None,
        stale: str,
        *,
        asks: bool,
        today: date,
    ) -> None:
        self.now, self.filed, self.form, self.road = now, filed, form, road
        self.filing, self.stale, self.asks, self.today = filing, stale, asks, today
        self.sending = sending_of(site, filing) if filing is not None else {}

    def steps(self) -> Iterable[Step]:
        """All eight, in order."""
        yield self.check()
        yield self.evidence()
        yield self.posted("poster", POSTED, "院内の掲示")
        yield self.posted("web", ON_WEBSITE, "ウェブサイトへの掲載")
        if self.asks:
            yield from (self.looked_over(), self.sent(), self.accepted())
        else:
            for id_ in ("form", "send", "accept"):
                yield Step(id_, "none", "この加算に届出はありません。")
        yield self.claim()

    def check(self) -> Step:
        filed = self.filed
        if filed is None:
            return Step("check", "todo", "この日には、この施設の加算ではありません。")
        if filed.status == "claimable":
            return Step("check", "done", f"{filed.named}の基準を満たしています。")
        labels = [found.requirement.label for id_ in filed.missing if (found := filed.requirement(id_))]
        names = [judge().words.name(id_) for id_ in filed.unknown if id_ != "filings"]
        if labels:
            return Step("check", "todo", "まだ満たしていない基準があります。", tuple(labels))
        return Step("check", "todo", "まだ分からないことがあり、基準を満たすか決まりません。", tuple(names))

    def evidence(self) -> Step:
        if self.form is None:
            return Step("evidence", "todo", "基準が決まってからそろえます。")
        if not self.form.red:
            return Step("evidence", "done", "届出の事項のすべてに証拠があります。")
        lacking = tuple(item.label for item in self.form.red)
        return Step("evidence", "todo", f"証拠のない事項が{len(lacking)}件あります。", lacking)

    def posted(self, id_: str, facts: set[str], what: str) -> Step:
        """A step of the duties to post: done where every such requirement of the addition holds."""
        asked = [found for found in self._asked() if facts & _facts(self.filed, found)]
        if not asked:
            return Step(id_, "none", f"この加算に{what}の要件はありません。")
        lacking = tuple(found.requirement.label for found in asked if found.status in ("unmet", "unknown"))
        if lacking:
            return Step(id_, "todo", f"{what}が足りないか、分かっていません。", lacking)
        if any(found.status == "deemed" for found in asked):
            return Step(id_, "done", f"{what}は、いまは経過措置で満たすとみなされます。")
        if all(found.status == "not_applicable" for found in asked):
            return Step(id_, "none", f"この施設に{what}は求められません。")
        return Step(id_, "done", f"{what}をしています。")

    def _asked(self) -> list[RequirementAnswer]:
        return [
            found for found in (self.filed.needed if self.filed else ()) if found.requirement.kind != "filing"
        ]

    def looked_over(self) -> Step:
        if self.filing is not None:
            return Step("form", "done", "様式を出しました。")
        if self.stale:
            return Step("form", "todo", self.stale)
        if self.road is None or self.form is None:
            return Step("form", "todo", "届出を始めると、いま有効な様式で書類ができます。")
        if not self.road.steps.get("form"):
            return Step("form", "todo", "書類を見て、事実と合っているか確かめます。")
        if self.road.steps.get("form_said") != fingerprint(self.form):
            return Step("form", "todo", "確かめたあとで書類の内容が変わりました。もう一度確かめます。")
        day = parse_date(self.road.steps["form"])
        return Step("form", "done", f"{japanese_date(day)}に確かめました。")

    def sent(self) -> Step:
        if self.filing is None:
            return Step("send", "todo", "まだ送っていません。")
        told = str(self.sending.get("text") or "送った日と方法の記録はありません。")
        if self.filing.arrived:
            told += f"（{japanese_date(self.filing.arrived)}到着）"
        return Step("send", "done", told)

    def accepted(self) -> Step:
        if self.filing is None:
            return Step("accept", "todo", "送ってから、受理の通知を待ちます。")
        if self.filing.accepted is None:
            return Step("accept", "waiting", "受理を待っています。通知が来たら日を記録します。")
        return Step("accept", "done", f"{japanese_date(self.filing.accepted)}に受理されました。")

    def claim(self) -> Step:
        filed, now = self.filed, self.now
        wanted = self.filing.level if self.filing else filed.level or "" if filed else ""
        if now.status == "claimable" and (not self.asks or self.filing is not None) and _reaches(now, wanted):
            return Step("claim", "done", f"{now.named}を算定できます。")
        start = self.filing.counts_from if self.filing else None
        if start is not None and start > self.today:
            return Step("claim", "waiting", f"{japanese_date(start)}から算定できます。")
        also = f"いまは{now.named}を算定できます。" if now.status == "claimable" else ""
        return Step("claim", "todo", f"受理され、有効になった日から算定します。{also}")


def _reaches(judgement: Judgement, level: str) -> bool:
    """Whether a claimable level is at least as good as the one meant."""
    order = [fixed.level.level for fixed, _ in judgement.levels]
    if level not in order or judgement.level not in order:
        return True
    return order.index(judgement.level or "") <= order.index(level)


def _facts(judgement: Judgement | None, found: RequirementAnswer) -> set[str]:
    if judgement is None or judgement.reported is None:
        return set()
    return {fact.id for fact in facts_of(judgement.levels[judgement.reported][0].requirements[found.id])}
