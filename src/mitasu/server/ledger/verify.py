"""Verification: does every entry still say what was recorded, is none missing, is none of the files changed?"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Container, Iterator
from dataclasses import dataclass

from mitasu.server.accounts.models import Site
from mitasu.server.ledger import anchors
from mitasu.server.ledger.documents import path_of
from mitasu.server.ledger.models import START, Audit, Document, Entry


@dataclass(frozen=True, slots=True)
class Break:
    """A place at which the ledger is not what was recorded. `number`: the entry (None: the chain as a whole)."""

    number: int | None
    what: str


def verify(site: Site, *, unread: Container[str] = ()) -> list[Break]:
    """Everything wrong with a site's chain, its anchors and its files; empty if all is as recorded.

    `unread`: hashes of files that need only be there, since they were read before and have not been touched.
    """
    return [*_chain(site), *_anchors(site), *_files(site, unread)]


def _chain(site: Site) -> Iterator[Break]:
    previous, number = START, 0
    for entry in Entry.objects.filter(site=site).order_by("number").iterator():
        number += 1
        if entry.number != number:
            yield Break(number, f"記録{number}がありません（消された疑い）。")
            number = entry.number
        if entry.previous != previous:
            yield Break(entry.number, f"記録{entry.number}が前の記録とつながっていません。")
        if entry.computed() != entry.digest:
            yield Break(
                entry.number,
                f"記録{entry.number}（{entry.subject or entry.kind}）の中身が書き換えられています。",
            )
        previous = entry.digest


def _anchors(site: Site) -> Iterator[Break]:
    digests = dict(Entry.objects.filter(site=site).values_list("number", "digest"))
    missing: set[int] = set()
    for anchor in anchors.anchors(site.pk):
        if not anchor.genuine:
            yield Break(None, "台帳の外に置いた控え（錨）に、書き換えられた行があります。")
        elif anchor.number not in digests:
            missing.add(anchor.number)
        elif digests[anchor.number] != anchor.digest:
            yield Break(anchor.number, f"記録{anchor.number}が、台帳の外の控え（{anchor.at}）と違います。")
    if missing:
        yield Break(
            min(missing), f"記録{min(missing)}から後がありません（古い状態に戻されたか、切り取られた疑い）。"
        )
    if digests and not any(anchor.genuine for anchor in anchors.anchors(site.pk)):
        yield Break(None, "台帳の外に置いた控え（錨）がありません。")


def _files(site: Site, unread: Container[str]) -> Iterator[Break]:
    known = dict(Document.objects.values_list("digest", "size"))
    entries = Entry.objects.filter(site=site).exclude(document="").order_by("number")
    for number, digest, subject in entries.values_list("number", "document", "content"):
        path = path_of(digest)
        if digest not in known or not path.exists():
            yield Break(number, f"記録{number}の文書がありません。")
            continue
        if digest in unread:
            continue
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != digest:
                yield Break(number, f"記録{number}の文書（{_title(subject)}）が書き換えられています。")


def _title(content: str) -> str:
    return str(json.loads(content).get("title", ""))


def verify_audit() -> list[Break]:
    """Everything wrong with the chain of the audit trail."""
    found, previous = [], START
    for entry in Audit.objects.order_by("pk").iterator():
        if entry.previous != previous or entry.computed() != entry.digest:
            found.append(Break(entry.pk, f"監査記録{entry.pk}が書き換えられたか、その前が消されています。"))
        previous = entry.digest
    return found
