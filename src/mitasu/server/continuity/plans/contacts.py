"""The contact tree: whom to call in which order. Versioned; printed to lie on paper where no system is needed.

Names and numbers stay out of the ledger, where nothing can be deleted: it only learns which version was
checked when, with how many rows and which hash.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db import transaction

from mitasu.dates import japanese_date
from mitasu.errors import UsageError
from mitasu.server.accounts.models import Site
from mitasu.server.continuity.models.plans import ContactTree
from mitasu.server.continuity.plans.papers import paper_pdf
from mitasu.server.continuity.plans.proofs import paper, record, requirements_for
from mitasu.server.ledger.models import canonical

KEYS = ("role", "name", "telephone", "note")
MOST = 60
STALE_DAYS = 365
"""A tree that was not checked for so long is told of."""


def latest(site: Site) -> ContactTree | None:
    """The tree that counts."""
    return ContactTree.objects.filter(site=site).order_by("-number").first()


def save(
    site: Site, rows: Iterable[Mapping[str, Any]], on: date, *, today: date, by: Any, via: str = "web"
) -> ContactTree:
    """A tree as it is from now on, checked on a day: a new version where anything changed, else the same one."""
    said = [_row(row) for row in rows]
    said = [row for row in said if any(row.values())]
    if not said:
        raise UsageError("連絡先を1件以上入力してください。")
    if len(said) > MOST:
        raise UsageError(f"連絡先は{MOST}件までにしてください。")
    for index, row in enumerate(said, 1):
        if not row["role"] or not row["telephone"]:
            raise UsageError(f"{index}件目：役割（どこ・だれ）と電話番号を入力してください。")
    if on > today:
        raise UsageError("確かめた日は、今日までの日にしてください。")
    who = str(by or "システム")[:150]
    with transaction.atomic():
        Site.objects.select_for_update().get(pk=site.pk)
        tree = latest(site)
        if tree is not None and on < tree.checked_on:
            raise UsageError(
                f"前に確かめた日（{japanese_date(tree.checked_on)}）より前の日です。日付を確かめてください。"
            )
        if tree is None or tree.rows != said:
            number = tree.number + 1 if tree else 1
            tree = ContactTree(site=site, number=number, rows=said, made_name=who)
        tree.checked_on, tree.checked_name = on, who
        tree.entry = _told(tree, by=by, via=via)
        tree.save()
    return tree


def _row(row: Mapping[str, Any]) -> dict[str, str]:
    return {key: " ".join(str(row.get(key) or "").split())[:200] for key in KEYS}


def digest_of(tree: ContactTree) -> str:
    """The hash of its rows."""
    return hashlib.sha256(canonical(tree.rows).encode()).hexdigest()


def _told(tree: ContactTree, *, by: Any, via: str) -> int:
    """Tells the ledger that the tree was checked; returns the entry's number."""
    site, title = tree.site, f"非常時の連絡網　第{tree.number}版の確認"
    what = (
        f"連絡網（{len(tree.rows)}件）の番号を確かめ、紙の写しを差し替えた。内容のハッシュ {digest_of(tree)}"
    )
    evidence = paper(
        title,
        requirements_for(site.sector, "continuity_plan"),
        first=tree.checked_on,
        statement={"who": str(by or "システム"), "what": what},
    )
    return record(site, evidence, by=by, via=via)[0].number


def stale(tree: ContactTree | None, today: date) -> bool:
    """Whether it is missing or was not checked within a year."""
    return tree is None or (today - tree.checked_on).days > STALE_DAYS


def tree_pdf(tree: ContactTree) -> bytes:
    """The sheet to be hung up and put aside on paper."""
    return paper_pdf("contacts", "非常時の連絡網", tree.site, {"tree": tree})
