"""What clerks read on the pages: days as people write them, and no name that only the program knows."""

from __future__ import annotations

import html
import re
from datetime import date
from typing import Any

import pytest
from django.test import Client

from mitasu.server.accounts.models import Site

pytestmark = pytest.mark.django_db
PAGES = (
    "/sites/",
    "/sites/changes/",
    "/sites/changes/?from=R8.5.31&to=R8.6.1",
    "/rules/",
    "/rules/record-management/",
    "/rules/diff/?from=R8.5.31&to=R8.6.1",
    "/account/",
    "/notices/",
    "/start/",
    *(
        f"/s/hospital/{page}"
        for page in (
            "",
            "additions/record-management/",
            "additions/medical-dx-promotion/?on=R8.4.1",
            "additions/record-management/?tab=history",
            "additions/electronic-information-sharing/?tab=filings",
            "additions/record-management/?tab=income",
            "questions/",
            "rates/",
            "facts/",
            "todo/",
            "todo/print/",
            "filings/",
            "filings/electronic-information-sharing/",
            "filings/electronic-information-sharing/form/",
            "postings/",
            "evidence/",
            "evidence/add/",
            "binder/",
            "what-if/?rate=10&fact-e_prescription=false",
            "exchange/",
            "settings/",
        )
    ),
)
ISO = re.compile(r"(?<![0-9A-Za-z-])[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9A-Za-z-])")
IDS = re.compile(r"(?<![\w./-])[a-z]+(?:_[a-z0-9]+)+(?![\w./-])")
TAUGHT = re.compile(r"(例：|空欄なら)[^\n]*")
"""Help beside a field shows how a day may be typed, ISO days among others."""


@pytest.mark.parametrize("address", PAGES)
def test_days_are_written_as_people_write_them_and_no_id_is_shown(
    address: str, make_site: Any, admin_client: Client, monkeypatch: Any
) -> None:
    site: Site = make_site("hospital")
    make_site("paper-clinic")
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *_: date(2026, 11, 22))
    answer = admin_client.get(address, follow=True)
    assert answer.status_code == 200, site
    main = answer.content.decode().split("<main", 1)[1].split("</main>")[0]
    main = re.sub(r"<(script|style|textarea|option)\b.*?</\1>", "", main, flags=re.DOTALL)
    main = re.sub(r'<span class="small quiet">.*?</span>', "", main, flags=re.DOTALL)  # addresses of sources
    said = TAUGHT.sub("", html.unescape(re.sub(r"<[^>]*>", "\n", main)))
    assert not ISO.findall(said)
    assert not IDS.findall(said)
