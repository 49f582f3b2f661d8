"""Sites and the judge: the institution that a site's ledger makes, and its judgements, kept while nothing changes.

What is kept is keyed by the head of the site's chain, so that one more entry makes all of it anew.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from datetime import date, datetime
from threading import Lock
from typing import Generic, TypeVar

from mitasu.facts import Institution, load_institution
from mitasu.judge.judgement import Answer
from mitasu.server.accounts.models import Site
from mitasu.server.ledger.fold import Known, document_of, known
from mitasu.server.ledger.law import judge, rulebook
from mitasu.server.ledger.models import head

T = TypeVar("T")


class Kept(Generic[T]):
    """The values last used, so many at most; safe among threads."""

    def __init__(self, most: int) -> None:
        self.most, self.values, self.lock = most, OrderedDict[Hashable, T](), Lock()

    def get(self, key: Hashable) -> T | None:
        """The value, None where it is not kept."""
        with self.lock:
            if key in self.values:
                self.values.move_to_end(key)
            return self.values.get(key)

    def put(self, key: Hashable, value: T) -> T:
        """Keeps a value and returns it."""
        with self.lock:
            self.values[key] = value
            self.values.move_to_end(key)
            while len(self.values) > self.most:
                self.values.popitem(last=False)
        return value


_knowns, _institutions, _answers = Kept[Known](64), Kept[Institution](1024), Kept[Answer](512)


def head_of(site: Site) -> str:
    """The hash of a site's last entry: changes with every entry. A request's own site remembers it."""
    if site.head is not None:
        return site.head
    return head(site)


def known_of(site: Site, known_at: datetime | None = None) -> Known:
    """What is known of a site (`known_at`: as of that moment)."""
    if known_at is not None:
        return known(site, known_at)
    key = (site.pk, head_of(site))
    return _knowns.get(key) or _knowns.put(key, known(site))


def institution_of(site: Site, known_at: datetime | None = None) -> Institution:
    """The institution that a site's ledger makes."""
    if known_at is not None:
        return load_institution(document_of(known(site, known_at)), rulebook())
    key = (site.pk, head_of(site))
    return _institutions.get(key) or _institutions.put(
        key, load_institution(document_of(known_of(site)), rulebook())
    )


def answer_of(site: Site, on: date, known_at: datetime | None = None) -> Answer:
    """The judgements of a site on a day, by what is known now or was known at a moment."""
    if known_at is not None:
        return judge().judge(institution_of(site, known_at), on)
    key = (site.pk, head_of(site), on)
    return _answers.get(key) or _answers.put(key, judge().judge(institution_of(site), on))
