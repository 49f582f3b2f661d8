"""A person's calendar feed: the deadlines of all sites at which the role still exists, and the person's own tasks.

What the feeds of a site said last is kept, the same for every reader: SEQUENCE grows when a day moves, and what
no longer has to be done is said to be cancelled until its day has passed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from django.db import transaction

from mitasu.dates import spoken_days
from mitasu.documents.calendar import Item, calendar_of, item_of, stable_uid
from mitasu.judge.due import Deadline
from mitasu.server.accounts.models import CalendarLink, Site, hashed
from mitasu.server.accounts.roles import sites_of
from mitasu.server.ledger.law import rulebook
from mitasu.server.sites.due import AHEAD, KINDS, OWN, rows_of
from mitasu.server.sites.models import CalendarItem, Task

CANCELLED = "［取り消し］"
ELSEWHERE = "内容はMitasuの「やること」で見てください。"


def link_of(secret: str) -> CalendarLink | None:
    """The link with that secret if it still counts."""
    link = CalendarLink.objects.select_related("user", "site").filter(digest=hashed(secret)).first()
    return link if link is not None and link.revoked_at is None and link.user.is_active else None


def feed_of(link: CalendarLink, today: date) -> str:
    """The calendar of a link."""
    sites = list(sites_of(link.user))
    shown = [site for site in sites if link.site_id in (None, site.pk)]
    items = [
        item for site in shown for item in _items(site, link, today, name=site.name if len(sites) > 1 else "")
    ]
    return calendar_of("届出と期限（Mitasu）", items)


def _items(site: Site, link: CalendarLink, today: date, *, name: str) -> list[Item]:
    wanted = _wanted(site, today)
    known = _kept(site, wanted, today)
    own = {task.key: task for task in Task.objects.filter(site=site, key__startswith=OWN)}
    items = []
    for key, item in known.items():
        if key.startswith(OWN) and not _is_for(own.get(key), link.user):
            continue
        id_ = stable_uid(f"{site.slug}/{key}")
        if item.cancelled:
            title = CANCELLED if link.discreet else f"{CANCELLED}{item.title}"
            items.append(Item(id_, item.day, title, "", "取り消し", None, item.sequence, cancelled=True))
        else:
            items.append(_shown(wanted[key], id_, item.sequence, name, discreet=link.discreet))
    return items


def _shown(deadline: Deadline, id_: str, sequence: int, name: str, *, discreet: bool) -> Item:
    word = KINDS[deadline.kind]
    named = replace(deadline, sources=tuple(rulebook().citation(cite) for cite in deadline.sources))
    found = item_of(named, id_, sequence, word)
    about = f"｜{name}" if name else ""
    if discreet:
        return Item(id_, found.day, f"［{word}］期限", ELSEWHERE, word, found.act_by, sequence)
    return Item(
        id_,
        found.day,
        spoken_days(found.title) + about,
        spoken_days(found.note),
        word,
        found.act_by,
        sequence,
    )


def _is_for(task: Task | None, user: Any) -> bool:
    """Whether a task that someone added is this person's to see to."""
    if task is None:
        return False
    return task.owner_id == user.pk or (task.owner_id is None and task.made_by_id == user.pk)


def _wanted(site: Site, today: date) -> dict[str, Deadline]:
    """Everything of a site that is still to be done by a day, by key, whoever's it is."""
    found: dict[str, Deadline] = {}
    for row in rows_of(site, today, AHEAD):
        if row.state != Task.State.OPEN or row.day is None or row.gone or row.day < today:
            continue
        note = row.task.note if row.task else ""
        found[row.key] = row.deadline or Deadline(
            row.day, row.kind, row.title, note, row.addition or None, row.key
        )
    return found


def _kept(site: Site, wanted: Mapping[str, Deadline], today: date) -> dict[str, CalendarItem]:
    """What the feeds of the site say now, brought up to date where anything moved, came or went."""
    known = {item.key: item for item in CalendarItem.objects.filter(site=site)}
    if _changed(known, wanted, today):
        with transaction.atomic():
            Site.objects.select_for_update().get(pk=site.pk)
            known = {item.key: item for item in CalendarItem.objects.filter(site=site)}
            for item in _changed(known, wanted, today):
                item.site = site
                item.save()
                known[item.key] = item
    return {
        key: item for key, item in known.items() if key in wanted or (item.cancelled and item.day >= today)
    }


def _changed(
    known: Mapping[str, CalendarItem], wanted: Mapping[str, Deadline], today: date
) -> list[CalendarItem]:
    """The items that are not yet as they should be, made so but not saved."""
    changed = []
    for key, deadline in wanted.items():
        item = known.get(key)
        if item is None:
            changed.append(_new(deadline))
        elif item.cancelled or item.day != deadline.day or item.title != deadline.title[:300]:
            item.sequence = item.sequence + (item.cancelled or item.day != deadline.day)
            item.day, item.title, item.cancelled = deadline.day, deadline.title[:300], False
            changed.append(item)
    for key, item in known.items():
        if key not in wanted and not item.cancelled and item.day >= today:
            item.sequence, item.cancelled = item.sequence + 1, True
            changed.append(item)
    return changed


def _new(deadline: Deadline) -> CalendarItem:
    return CalendarItem(key=deadline.key, day=deadline.day, title=deadline.title[:300])
