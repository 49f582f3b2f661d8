"""What hangs and stands published against what should: the drift of a site's postings, and the task it makes.

What was posted (掲示した) and each page that was checked stand in the ledger, with their texts. The texts
last known of each place are compared with what is due, as a published page is. Where nothing was ever
recorded the state is unknown, and not nothing to do.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.dispatch import receiver
from django.utils import timezone

from mitasu.documents.page_text import page_text
from mitasu.errors import MitasuError
from mitasu.judge.page_check import Check, Outdated, check, outdated
from mitasu.judge.postings import PostingSentence, postings, standing
from mitasu.rulebook.postings import PLACES
from mitasu.server.accounts.models import Site
from mitasu.server.ledger.append import appended
from mitasu.server.ledger.documents import read
from mitasu.server.ledger.law import judge
from mitasu.server.ledger.models import Document, Kind
from mitasu.server.sites.judging import Kept, head_of, institution_of, known_of
from mitasu.server.sites.models import Task
from mitasu.server.sites.outlook import next_month

FILL, POSTED, CHECKED = "fill", "posted", "check"
"""What an entry of a posting is about (the first word of its subject; the second is the place)."""
SOURCE = "posting"

_sentences, _outdated = Kept[list[PostingSentence]](256), Kept[Outdated](256)
_drifts = Kept[dict[str, "PlaceDrift"]](256)


@dataclass(frozen=True, slots=True)
class PlaceDrift:
    """One place: what is due there, the entry that says what is there (None: never recorded), and how they compare."""

    place: str
    due: tuple[PostingSentence, ...]
    entry: Any
    check: Check | None

    @property
    def label(self) -> str:
        """The place in Japanese."""
        return PLACES[self.place]

    @property
    def count(self) -> int:
        """How many sentences are missing or stale."""
        return self.check.drift if self.check is not None else 0

    @property
    def unrecorded(self) -> bool:
        """Whether something is due and nobody has said what is there."""
        return self.check is None and bool(self.due)

    @property
    def word(self) -> str:
        """The state in a word: 最新, 古い, 記録なし."""
        if self.unrecorded:
            return "記録なし"
        return "古い" if self.count else "最新"


def filled_of(site: Site) -> dict[str, str]:
    """What the site has written into the blanks of sentences."""
    entries = [one for one in known_of(site).of(Kind.POSTING) if one.subject == FILL]
    return dict(entries[-1].body["fill"]) if entries else {}


def postings_of(site: Site, on: date) -> list[PostingSentence]:
    """The sentences to post on the day and from the next month."""
    key = (site.pk, head_of(site), on)
    found = _sentences.get(key)
    if found is None:
        found = _sentences.put(key, postings(judge(), institution_of(site), on, filled_of(site)))
    return found


def outdated_of(site: Site, on: date) -> Outdated:
    """What a page of the site must not say on the day."""
    key = (site.pk, head_of(site), on)
    return _outdated.get(key) or _outdated.put(key, outdated(judge(), institution_of(site), on))


def due_at(site: Site, on: date, place: str | None) -> list[PostingSentence]:
    """The sentences due at a place (None: anywhere) on a day; those that still have a blank are left out."""
    return [one for one in standing(postings_of(site, on), on, place) if not one.open_]


def drifts(site: Site, on: date) -> dict[str, PlaceDrift]:
    """Each place with what is due and what is there."""
    key = (site.pk, head_of(site), on)
    found = _drifts.get(key)
    return found if found is not None else _drifts.put(key, {p: _drift(site, on, p) for p in PLACES})


def _drift(site: Site, on: date, place: str) -> PlaceDrift:
    due = due_at(site, on, place)
    entry = last_at(site, place)
    compared = None if entry is None else check(text_of(entry), due, outdated_of(site, on))
    return PlaceDrift(place, tuple(due), entry, compared)


def drift(site: Site, on: date) -> int | None:
    """How many sentences are missing or stale against what should be posted; None where nothing was ever recorded."""
    found = drifts(site, on).values()
    if any(one.unrecorded for one in found) and all(one.check is None for one in found):
        return None
    return sum(one.count for one in found)


def last_at(site: Site, place: str) -> Any:
    """The entry that says last what is at a place: a posting or the check of a page."""
    subjects = (f"{POSTED} {place}", f"{CHECKED} {place}")
    entries = [one for one in known_of(site).of(Kind.POSTING) if one.subject in subjects]
    return entries[-1] if entries else None


def text_of(entry: Any) -> str:
    """The text that an entry says is there; empty where the stored page can no longer be read."""
    if entry.subject.startswith(POSTED):
        return "\n\n".join(one["text"] for one in entry.body["sentences"])
    document = Document.objects.filter(digest=entry.document).first()
    try:
        return page_text(read(document)) if document is not None else ""
    except (MitasuError, OSError):
        return ""


def digest_of(sentences: Iterable[PostingSentence]) -> str:
    """A hash of texts, the same for the same set."""
    texts = sorted({one.text for one in sentences})
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()


@receiver(appended)
def after_entries(site: Site, **_: Any) -> None:
    """The tasks about postings follow the ledger as soon as it says something else.

    What keeps a site from being judged is told where it is judged; the entries count all the same.
    """
    with suppress(MitasuError):
        remind(site, timezone.localdate())


def remind(site: Site, today: date) -> None:
    """A task for each place that has to be changed, now or for the next month; done ones are closed.

    Done whenever the ledger has changed and once a day by the regular round; looking at a page writes nothing.
    """
    wanted: dict[str, dict[str, Any]] = {}
    recorded = any(last_at(site, place) for place in PLACES)
    for day in (today, next_month(today)) if recorded else ():
        for found in drifts(site, day).values():
            key = f"posting:{found.place}:{digest_of(found.due)[:16]}"
            if found.count and key not in wanted:
                wanted[key] = _task(found, day)
    open_ = Task.objects.filter(site=site, source=SOURCE, state=Task.State.OPEN)
    open_.exclude(key__in=wanted).update(state=Task.State.DONE, done_at=timezone.now())
    known = dict(Task.objects.filter(site=site, key__in=wanted).values_list("key", "state"))
    for key, fields in wanted.items():
        if key not in known:
            Task.objects.get_or_create(site=site, key=key, defaults=fields)
        elif known[key] == Task.State.DONE:
            again = {"state": Task.State.OPEN, "done_at": None, "due": fields["due"]}
            Task.objects.filter(site=site, key=key).update(**again)


def _task(found: PlaceDrift, day: date) -> dict[str, Any]:
    check = found.check
    assert check is not None  # noqa: S101 - a place with a count has been compared
    lines = [f"ない：{one.sentence.text}" for one in check.missing if one.sentence.duty]
    lines += [f"古い：{one.found}（{one.why}）" for one in check.stale]
    additions = [one.sentence.addition for one in check.missing] + [one.addition for one in found.due]
    verb = "貼り替える" if found.place == "wall" else "書き直す"
    return {
        "title": f"{found.label}の掲示を{verb}（{found.count}か所）",
        "note": "\n".join(dict.fromkeys(lines)),
        "addition": additions[0] if additions else "",
        "source": SOURCE,
        "due": day,
    }
