"""Contracts and in-house rules: the clause that matters, until when it holds, and the facts it proves until then.

With the contract's last day its facts become unknown, never untrue. A renewal is recorded with its own days
and proves them again; an older contract that is recorded late does not reach into a later one's days.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import transaction

from mitasu.errors import UsageError
from mitasu.rulebook import Entry as CatalogueEntry
from mitasu.server.accounts.models import Site
from mitasu.server.continuity.models.plans import Contract
from mitasu.server.continuity.plans.proofs import paper, record, requirements_for, withdraw
from mitasu.server.ledger.append import Draft
from mitasu.server.ledger.fold import Known
from mitasu.server.ledger.law import rulebook
from mitasu.server.ledger.models import Kind

KINDS = {"contract": "契約書", "rules": "院内の規程"}
FACTS = (
    "backup_vendor_contract",
    "backup_contract_excerpt_attached",
    "backup_operation_rules_attached",
    "backup_write_once_steps_stated",
)
SOON = 90
ONE_DAY = timedelta(days=1)


def facts() -> list[CatalogueEntry]:
    """The facts that a contract or rule may prove."""
    found = [rulebook().catalogue.get(id_) for id_ in FACTS]
    return [entry for entry in found if entry is not None]


@dataclass(frozen=True, slots=True)
class Held:
    """A contract on a day."""

    contract: Contract
    today: date

    @property
    def days_left(self) -> int | None:
        """Days until its last one; None where it has none."""
        return None if self.contract.last_day is None else (self.contract.last_day - self.today).days

    @property
    def state(self) -> str:
        """valid, ending (within 90 days), expired or later."""
        left = self.days_left
        if left is not None and left < 0:
            return "expired"
        if self.contract.first_day > self.today:
            return "later"
        return "ending" if left is not None and left <= SOON else "valid"

    @property
    def proves(self) -> list[tuple[str, bool]]:
        """Labels of the facts it proves, with their values."""
        labels = {entry.id: entry.label for entry in facts()}
        return [(labels.get(id_, id_), value) for id_, value in self.contract.facts.items()]


def held(site: Site, today: date) -> list[Held]:
    """The contracts and rules, those that end first at the top, those without an end last."""
    rows = [Held(row, today) for row in Contract.objects.filter(site=site, withdrawn=False)]
    return sorted(rows, key=lambda one: (one.contract.last_day is None, one.contract.last_day or date.max))


def add(
    site: Site,
    *,
    kind: str,
    title: str,
    text: str,
    first: date,
    last: date | None,
    proves: Mapping[str, bool],
    party: str = "",
    clause: str = "",
    document: str = "",
    file: str = "",
    by: Any,
    via: str = "web",
) -> Contract:
    """Records a contract or rule and the facts it proves; UsageError where it cannot be so."""
    if kind not in KINDS:
        raise UsageError(f"種類「{kind}」は使えません。{'、'.join(KINDS)} のどれかです。")
    if last is not None and last < first:
        raise UsageError("終わりの日が始まりの日より前です。日付を確かめてください。")
    unknown = [id_ for id_ in proves if id_ not in FACTS]
    if unknown:
        raise UsageError(
            f"「{unknown[0]}」は契約や規程で示す事実ではありません。{'、'.join(FACTS)} のどれかです。"
        )
    if not text.strip():
        raise UsageError("該当する条項の文を写してください。")
    told = f"{KINDS[kind]}：{title.strip()}{f'（{clause.strip()}）' if clause.strip() else ''}"
    more: dict[str, Any] = (
        {"file": file, "note": text.strip()[:2000]}
        if document
        else {"statement": {"who": party.strip() or KINDS[kind], "what": text.strip()[:2000]}}
    )
    with transaction.atomic():
        Site.objects.select_for_update().get(pk=site.pk)
        contract = Contract.objects.create(
            site=site,
            kind=kind,
            title=title.strip(),
            party=party.strip(),
            clause=clause.strip(),
            text=text.strip(),
            first_day=first,
            last_day=last,
            facts=dict(proves),
        )
        evidence = paper(
            told,
            requirements_for(site.sector, *(proves or FACTS)),
            document,
            first=first,
            last=last,
            **more,
        )
        made = record(site, evidence, lambda found, number: _facts(found, contract, number), by=by, via=via)
        contract.entry = made[0].number
        contract.save()
    return contract


def _facts(found: Known, contract: Contract, number: int) -> list[Draft]:
    """The facts from the contract's first day on, up to the first day of a later one that proves the same."""
    return [
        Draft(
            Kind.FACT, id_, {"value": value}, contract.first_day, _until(found, id_, contract), proof=number
        )
        for id_, value in contract.facts.items()
    ]


def _until(found: Known, fact: str, contract: Contract) -> date | None:
    later = [
        row.first_day
        for row in found.of(Kind.FACT)
        if row.subject == fact
        and row.proof is not None
        and row.first_day
        and row.first_day > contract.first_day
    ]
    return min(later) - ONE_DAY if later else None


def take_back(contract: Contract, reason: str, *, by: Any, via: str = "web") -> None:
    """Takes a contract back, and the facts that rest on it."""
    with transaction.atomic():
        now = Contract.objects.select_for_update().select_related("site").get(pk=contract.pk)
        if now.withdrawn:
            raise UsageError("この記録は、もう取り消されています。")
        withdraw(now.site, [now.entry], reason, by=by, via=via)
        now.withdrawn = True
        now.save()
