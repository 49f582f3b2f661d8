"""`mitasu claims rate --site`: notified rates go into the ledger of a site, with their counts, and into its audit trail."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from mitasu.claims.rates import Entry
from mitasu.cli.claims_writing import into_site
from mitasu.errors import InputError
from mitasu.server.accounts.models import Site
from mitasu.server.ledger.models import Entry as Recorded
from mitasu.server.sites.judging import institution_of

TODAY = date(2026, 11, 22)
RATE = Entry("card_use_rate_receipts", "2026-10", Decimal("33.4"), "notice", 123, 368)


@pytest.fixture(autouse=True)
def _ready(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test's database is the one to write to."""
    monkeypatch.setattr("mitasu.cli.server.ready", lambda data: None)


def put(site: Site, *rows: Entry, replace: bool = False) -> str:
    return into_site(list(rows), institution_of(site), Path(f"site:{site.slug}"), TODAY, replace=replace)


def test_a_rate_is_recorded_with_its_counts_by_the_command(site: Site) -> None:
    assert "1件を記録しました" in put(site, RATE)
    last = Recorded.objects.filter(site=site).order_by("-number")[0]
    assert (last.kind, last.subject, last.via) == ("series", "card_use_rate_receipts", "cli")
    assert last.body == {"month": "2026-10", "value": "33.4", "numerator": 123, "denominator": 368}
    assert institution_of(site).series["card_use_rate_receipts"]["2026-10"] == 334_000
    assert put(site, RATE) == "新しく書き込むことはありませんでした。"


def test_another_value_replaces_the_old_entry_only_when_said_so(site: Site) -> None:
    other = Entry("card_use_rate_receipts", "2026-09", Decimal("34.5"), "notice")
    with pytest.raises(InputError, match="33が書かれています"):
        put(site, other)
    put(site, other, replace=True)
    last = Recorded.objects.filter(site=site).order_by("-number")[0]
    assert last.replaces is not None
    assert institution_of(site).series["card_use_rate_receipts"]["2026-09"] == 345_000
