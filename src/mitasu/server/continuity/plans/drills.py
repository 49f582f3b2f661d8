"""Drills of the BCP: recorded, reported as a PDF in the ledger, and told to the judgement as the event `bcp_drill`.

Whether improvements were made is stated when it is known: when the last one is done, in a new report that
takes the place of the one before. While one is open nothing is stated, also when its day has gone by: that
nobody noted it is no proof that it was not done. The pages show what is late, and ask; who answers that it was
not done states so, and the judgement turns until it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction

from mitasu.dates import japanese_date
from mitasu.errors import UsageError
from mitasu.facts.values import value_of
from mitasu.rulebook.catalogue import Attribute
from mitasu.server.accounts.models import Site
from mitasu.server.continuity.models.plans import Drill, Improvement
from mitasu.server.continuity.plans.papers import stored
from mitasu.server.continuity.plans.proofs import (
    counts_until,
    events_of,
    listing,
    paper,
    record,
    requirements_for,
    withdraw,
)
from mitasu.server.ledger.append import Draft
from mitasu.server.ledger.fold import Known, known
from mitasu.server.ledger.law import rulebook
from mitasu.server.ledger.models import Entry, Kind
from mitasu.text import halfwidth

EVENT = "bcp_drill"
_COUNT = re.compile(r"(.+?)[ 　:：]*([0-9][0-9,]*)\s*(?:人|名)?")


def leaders() -> Mapping[str, str]:
    """Who may have led a drill: the catalogue's values with their labels."""
    return _attribute("led_by").values


def _attribute(name: str) -> Attribute:
    entry = rulebook().catalogue.get(EVENT)
    assert entry is not None  # noqa: S101 - the catalogue is ours
    return next(one for one in entry.attributes if one.name == name)


def participants(text: str) -> list[dict[str, Any]]:
    """Roles and counts, one a line: 看護部 12人. UsageError naming the line otherwise.

    >>> participants("看護部 12人\\n医事課：３")
    [{'role': '看護部', 'count': 12}, {'role': '医事課', 'count': 3}]
    """
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        plain = halfwidth(line).strip()
        if not plain:
            continue
        match = _COUNT.fullmatch(plain)
        if match is None:
            raise UsageError(
                f"参加者の{number}行目「{line.strip()}」に人数がありません。「看護部 12人」のように書いてください。"
            )
        found.append({"role": match[1].strip(), "count": int(match[2].replace(",", ""))})
    return found


@dataclass(frozen=True, slots=True)
class Listed:
    """A drill of the ledger, with what was recorded here about it (None: recorded elsewhere)."""

    event: Entry
    drill: Drill | None
    counts_until: date | None

    @property
    def on(self) -> date:
        """Its day."""
        return date.fromisoformat(str(self.event.body["on"]))

    @property
    def leader(self) -> str:
        """Who led it, in words."""
        return str(leaders().get(self.event.body.get("led_by"), "未記録"))


def listed(site: Site, found: Known | None = None) -> list[Listed]:
    """Every drill that the ledger counts, the latest first."""
    found = found or known(site)
    drills = {
        drill.event: drill
        for drill in Drill.objects.filter(site=site, withdrawn=False).prefetch_related("improvements")
    }
    return [
        Listed(
            event,
            drills.get(event.number),
            counts_until(site, EVENT, date.fromisoformat(str(event.body["on"]))),
        )
        for event in events_of(found, EVENT)
    ]


def add(
    site: Site,
    *,
    on: date,
    scenario: str,
    led_by: str,
    participants: Iterable[Mapping[str, Any]] = (),
    result: str = "",
    found: bool = False,
    findings: str = "",
    reviewed: bool = False,
    reviewed_on: date | None = None,
    improvements: Iterable[Mapping[str, Any]] = (),
    today: date,
    by: Any,
    via: str = "web",
) -> Drill:
    """Records a drill with its improvements (`what`, `owner`, `due`); UsageError where it cannot be so."""
    rows = list(improvements)
    value_of(led_by, "enum", leaders())
    _checked(on, found, findings, reviewed, reviewed_on, rows, today)
    with transaction.atomic():
        drill = Drill.objects.create(
            site=site,
            on=on,
            scenario=scenario.strip(),
            led_by=led_by,
            participants=[dict(row) for row in participants],
            result=result.strip(),
            found=found,
            findings=findings.strip(),
            reviewed=reviewed,
            reviewed_on=reviewed_on,
        )
        Improvement.objects.bulk_create(Improvement(drill=drill, **row) for row in rows)
        tell(drill, by=by, via=via)
    return drill


def _checked(
    on: date,
    found: bool,
    findings: str,
    reviewed: bool,
    reviewed_on: date | None,
    rows: list[Mapping[str, Any]],
    today: date,
) -> None:
    if on > today:
        raise UsageError("今日より後の日です。行ってから記録してください。")
    if found and not findings.strip():
        raise UsageError("改善すべき点があったときは、その点を書いてください。")
    if rows and not found:
        raise UsageError("改善することがあるなら、「改善すべき点があった」を「はい」にしてください。")
    if reviewed_on is not None and (reviewed_on < on or reviewed_on > today):
        raise UsageError("評価した日は、訓練の日から今日までの間にしてください。")
    if reviewed_on is not None and not reviewed:
        raise UsageError("評価した日があるなら、「結果を評価した」を「はい」にしてください。")
    if any(row["due"] < on for row in rows):
        raise UsageError("改善の期限は、訓練の日より後にしてください。")


def review(drill: Drill, on: date, result: str, *, today: date, by: Any, via: str = "web") -> None:
    """Records that the result was looked at."""
    if on < drill.on or on > today:
        raise UsageError("評価した日は、訓練の日から今日までの間にしてください。")
    with transaction.atomic():
        drill = _held(drill)
        drill.reviewed, drill.reviewed_on = True, on
        drill.result = result.strip() or drill.result
        drill.save()
        tell(drill, by=by, via=via)


def improve(drill: Drill, what: str, owner: str, due: date, *, by: Any, via: str = "web") -> Improvement:
    """Adds something to be mended."""
    if due < drill.on:
        raise UsageError("改善の期限は、訓練の日より後にしてください。")
    with transaction.atomic():
        drill = _held(drill)
        made = Improvement.objects.create(drill=drill, what=what.strip(), owner=owner.strip(), due=due)
        drill.found = True
        drill.findings = drill.findings or what.strip()
        drill.save()
        tell(drill, by=by, via=via)
    return made


def finish(improvement: Improvement, on: date, how: str, *, today: date, by: Any, via: str = "web") -> None:
    """Records that something was mended."""
    drill = improvement.drill
    if on < drill.on or on > today:
        raise UsageError("済んだ日は、訓練の日から今日までの間にしてください。")
    with transaction.atomic():
        drill = _held(drill)
        now = Improvement.objects.get(pk=improvement.pk)
        now.done_on, now.how = on, how.strip()[:500]
        now.save()
        tell(drill, by=by, via=via)


def miss(improvement: Improvement, *, today: date, by: Any, via: str = "web") -> None:
    """Records that something was not mended by its day; UsageError before that day, or where it was."""
    with transaction.atomic():
        drill = _held(improvement.drill)
        now = Improvement.objects.get(pk=improvement.pk)
        if not now.late(today):
            raise UsageError("期限を過ぎて、まだ済んでいない改善だけを「できなかった」と記録できます。")
        now.missed = True
        now.save()
        tell(drill, by=by, via=via)


def _held(drill: Drill) -> Drill:
    """The drill as it is now, held against others until the change is done; UsageError where it was withdrawn."""
    now = Drill.objects.select_for_update().select_related("site").get(pk=drill.pk)
    if now.withdrawn:
        raise UsageError("この訓練の記録は取り消されています。")
    return now


def take_back(drill: Drill, reason: str, *, by: Any, via: str = "web") -> None:
    """Takes a drill back: report and event leave the ledger's account, and stay to be seen."""
    with transaction.atomic():
        now = _held(drill)
        withdraw(now.site, [now.event, now.entry], reason, by=by, via=via)
        now.withdrawn = True
        now.save()


def improved(drill: Drill) -> bool | None:
    """Whether everything that was to be mended is; None while something is open or nothing was noted."""
    rows = list(drill.improvements.all())
    if any(row.missed and not row.done_on for row in rows):
        return False
    return True if rows and all(row.done_on for row in rows) else None


def attributes(drill: Drill) -> dict[str, Any]:
    """What the catalogue asks about the event."""
    said = {"led_by": drill.led_by, "reviewed": drill.reviewed, "findings": drill.found}
    done = improved(drill) if drill.found else None
    return said if done is None else {**said, "improved": done}


def tell(drill: Drill, *, by: Any, via: str = "web") -> None:
    """Puts a drill into the ledger as it is now: a report, and the event that rests on it."""
    site = drill.site
    title = f"BCPに基づく訓練の記録（{japanese_date(drill.on)}）"
    rows = list(drill.improvements.all())
    context = {"drill": drill, "leader": leaders()[drill.led_by], "improvements": rows}
    document = stored("drill", title, site, context)
    last = counts_until(site, EVENT, drill.on)
    current = known(site)
    replaced = drill.entry if drill.entry in current.entries else None
    evidence = paper(
        title,
        requirements_for(site.sector, EVENT),
        document,
        first=drill.on,
        last=last,
        replaces=replaced,
        file=f"訓練の記録_{drill.on}.pdf",
    )

    def event(found: Known, number: int) -> list[Draft]:
        body = {"on": drill.on.isoformat(), **attributes(drill)}
        earlier = drill.event if drill.event in found.entries else None
        said = Draft(Kind.EVENT, EVENT, body, drill.on, drill.on, proof=number, replaces=earlier)
        return [*listing(found, f"events.{EVENT}"), said]

    made = record(site, evidence, event, by=by, via=via)
    drill.entry, drill.event = made[0].number, made[-1].number
    drill.save()
