"""Many sites made from the samples with facts that differ, for measurements and for the tests of many sites."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from typing import Any

from mitasu.rules.strict_yaml import read_file
from mitasu.server.accounts.models import Membership, Role, Site
from mitasu.server.ledger.append import Draft, append
from mitasu.server.ledger.files import import_document
from mitasu.server.ledger.models import START, Entry, Kind, canonical

SAMPLES = ("paper-clinic", "childrens-clinic", "hospital")
VENDORS = ("甲社", "乙社", "")
TURNED = ("posted_on_website", "e_prescription", "free_statement", "online_claims", "view_in_rooms", "bcp")
PATTERNS = 21
"""So many different sets of facts; the sites take them in turn, each with its own name, code and visits."""


def plant_many(user: Any, count: int) -> list[Site]:
    """So many sites at which the user enters things: kinds, prefectures and vendors mixed, facts changed in turn.

    The first ones are imported as a person would; the others take over their entries, with their own visits, chained anew.
    """
    names = [Path(str(files("mitasu").joinpath("samples", f"{name}.yaml"))) for name in SAMPLES]
    documents = [dict(read_file(name)) for name in names]
    sites = Site.objects.bulk_create(
        _site(number, documents[number % len(SAMPLES)]["institution"]) for number in range(count)
    )
    Membership.objects.bulk_create(Membership(user=user, site=site, role=Role.ENTER) for site in sites)
    patterns = []
    for number, site in enumerate(sites[:PATTERNS]):
        document = varied(documents[number % len(SAMPLES)], number)
        document["institution"] |= {"name": site.name, "code": site.code}
        import_document(site, document, by=user)
        if number % 5:
            append(site, [Draft(Kind.PROFILE, body={"visits": _visits(number)})], by=user)
        patterns.append(list(Entry.objects.filter(site=site).order_by("number")))
    for number, site in enumerate(sites[PATTERNS:], PATTERNS):
        Entry.objects.bulk_create(_taken_over(site, patterns[number % PATTERNS], number))
    return sites


def _visits(number: int) -> dict[str, int]:
    return {"first_visit": 50 + number, "revisit": 400 + 3 * number, "admission": number}


def _site(number: int, head: Any) -> Site:
    prefecture = f"{number % 47 + 1:02d}"
    return Site(
        slug=f"many-{number:04d}",
        name=f"見本{number:04d}{'病院' if head['kind'] == 'hospital' else '医院'}",
        code=f"{prefecture}199{number:05d}",
        sector=head["sector"],
        kind=head["kind"],
        prefecture=prefecture,
        vendor=VENDORS[number % len(VENDORS)],
    )


def _taken_over(site: Site, pattern: Iterable[Entry], number: int) -> list[Entry]:
    previous, made = START, []
    for entry in pattern:
        taken = copy.copy(entry)
        taken.pk, taken.site, taken.previous = None, site, previous
        if taken.kind == Kind.INSTITUTION:
            taken.content = canonical({**taken.body, "name": site.name, "code": site.code})
        elif taken.kind == Kind.PROFILE:
            taken.content = canonical({**taken.body, "visits": _visits(number)})
        taken.digest = previous = taken.computed()
        made.append(taken)
    return made


def varied(document: dict[str, Any], number: int) -> dict[str, Any]:
    """The document with some facts turned round or taken out, by the digits of a number."""
    found = copy.deepcopy(document)
    facts = found["facts"]
    for place, id_ in enumerate(TURNED):
        digit = (number // 3 + place * number) % 7
        if id_ in facts and digit == 0:
            facts[id_] = False
        elif id_ in facts and digit == 1:
            del facts[id_]
    return found
