"""From a search of the register to a list in hand, and from a late summary to a closed month, in a real browser."""

from __future__ import annotations

import io
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flows import picture
from hands import Mouse
from openpyxl import load_workbook
from playwright.sync_api import Page

pytestmark = pytest.mark.slow
ROOM = "/s/hospital/records"


def serious(page: Page) -> list[str]:
    """What axe finds on the page."""
    rules: dict[str, Any] = {
        "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}
    }
    found = Axe().run(page, options=rules).response["violations"]
    return [f"{one['id']}: {one['help']}" for one in found if one["impact"] in ("serious", "critical")]


def test_a_search_leads_to_a_stay_and_to_a_list_with_its_purpose(page: Page) -> None:
    hand = Mouse(page)
    page.goto(f"{ROOM}/search/")
    page.get_by_label("条件1の項目").select_option("name")
    page.locator("#value-1").fill("高橋")
    hand.press("検索する")
    heading = page.locator("h1").inner_text()
    assert heading.endswith("件見つかりました")
    assert not heading.startswith("0件")
    assert "高橋" not in page.url
    assert serious(page) == []
    picture(page, "records-search")
    page.locator("summary", has_text="一覧を取り出す").click()
    page.get_by_label("目的").fill("院内の症例検討会")
    saved = hand.download("取り出す")
    rows = list(load_workbook(io.BytesIO(saved.path().read_bytes())).active.values)  # type: ignore[union-attr]
    assert rows[0][0] == "患者番号"
    assert f"{len(rows) - 1}件見つかりました" == heading
    page.locator("main table a").first.click()
    assert page.locator("h1").inner_text().endswith("入院")
    page.goto(f"{ROOM}/extractions/")
    assert "院内の症例検討会" in page.locator("main").inner_text()
    assert serious(page) == []


def test_a_month_is_closed_and_its_evidence_opens(page: Page) -> None:
    hand = Mouse(page)
    page.goto(f"{ROOM}/summaries/")
    page.locator("main table a[href*='/summaries/20']").first.click()
    hand.press("締めて台帳に残す")
    page.locator("a", has_text="証拠").first.click()
    assert "退院分の退院時要約（" in page.locator("main").inner_text()
    assert serious(page) == []
