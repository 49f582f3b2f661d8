"""Two years of a checklist side by side, item by item by their ids."""

from __future__ import annotations

from dataclasses import dataclass

from mitasu.server.accounts.models import Site
from mitasu.server.continuity.models.plans import Answer
from mitasu.server.continuity.plans.checklist import HOSPITAL, answers_of, checklist_of, sheet_of
from mitasu.server.continuity.plans.items import Item


@dataclass(frozen=True, slots=True)
class Compared:
    """An item in two years: its answers (None: not answered), and whether it was asked at all."""

    item: Item
    before: Answer | None
    after: Answer | None
    asked_before: bool
    asked_after: bool

    @property
    def change(self) -> str:
        """better, worse, same, new, dropped or open (not answered in one of the years)."""
        if not self.asked_before:
            return "new"
        if not self.asked_after:
            return "dropped"
        if self.before is None or self.after is None:
            return "open"
        was, now = self.before.value, self.after.value
        return "same" if was == now else "better" if now == "yes" else "worse" if was == "yes" else "other"


CHANGES = {
    "better": "はいになった",
    "worse": "はいでなくなった",
    "other": "変わった",
    "same": "同じ",
    "new": "新しい項目",
    "dropped": "なくなった項目",
    "open": "回答のない年がある",
}


def compare(site: Site, before: int, after: int, party: str = HOSPITAL) -> list[Compared]:
    """The items of two years side by side, by their ids."""
    vendor = bool(party)
    old = {i.id: i for _, items in checklist_of(site, before).asked(vendor) for i in items}
    new = {i.id: i for _, items in checklist_of(site, after).asked(vendor) for i in items}
    was, now = answers_of(sheet_of(site, before, party)), answers_of(sheet_of(site, after, party))
    return [
        Compared(item, was.get(id_), now.get(id_), id_ in old, id_ in new)
        for id_, item in {**old, **new}.items()
    ]
