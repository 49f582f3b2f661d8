"""Claim files in the browser: chosen, sent with progress, compared, read and saved; with and without scripts."""

from __future__ import annotations

import io
from importlib.resources import files
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from axe_playwright_python.sync_playwright import Axe
from flows import picture, sign_in_link
from playwright.sync_api import Browser, Page

from mitasu.claims.generate import profile, write_month
from mitasu.facts import load_institution
from mitasu.judge.judgement import Judge

pytestmark = pytest.mark.slow
HERE = "/s/paper-clinic/claims/"


@pytest.fixture(scope="session")
def months(tmp_path_factory: Any, judge: Judge) -> list[Path]:
    """Two sample months of the sample clinic; in the second an addition was charged twice."""
    sample = Path(str(files("mitasu").joinpath("samples", "paper-clinic.yaml")))
    folder = tmp_path_factory.mktemp("claims")
    institution = load_institution(sample, judge.rulebook)
    made = profile(institution, judge, ["2025-04", "2025-05"])
    written = []
    for month, faults in (("2025-04", ()), ("2025-05", ("duplicate-addition",))):
        written += write_month(made, month, folder / f"{month}.UKE", 60, 3, faults=faults)
    return written


def chosen(page: Page, months: list[Path]) -> None:
    page.goto(HERE)
    page.locator("input[type=file]").set_input_files(months)


def test_two_months_are_sent_with_progress_compared_and_saved_as_a_workbook(
    page: Page, months: list[Path], running: Any
) -> None:
    page.goto(sign_in_link(running))  # saving asks for a sign-in of the last five minutes
    chosen(page, months)
    slow = page.context.new_cdp_session(page)
    slow.send("Network.enable")
    slow.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 40_000},
    )
    page.get_by_role("button", name="読み込んで突き合わせる").click()
    page.locator("#upload-progress").wait_for(state="visible")
    page.wait_for_url("**/claims/*-*/")
    page.get_by_role("link", name="結果を見る").click(timeout=60_000)
    page.wait_for_url("**/result/")
    assert "返すおそれのある請求が2件（90円）" in page.locator("h1").inner_text()
    assert "回数の限度を超える" in page.locator("main").inner_text()
    assert page.locator("svg .column-repay").count() == 1
    found = Axe().run(page)
    assert [
        one["id"] for one in found.response["violations"] if one["impact"] in ("serious", "critical")
    ] == []
    picture(page, "claims")
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    with page.expect_download() as saved:
        page.get_by_role("link", name="Excelで保存").click()
    book = openpyxl.load_workbook(io.BytesIO(Path(saved.value.path()).read_bytes()))
    assert "所見" in book.sheetnames


def test_a_file_is_compared_without_scripts(
    browser: Browser, signed_in_state: Any, running: Any, months: list[Path]
) -> None:
    window = browser.new_context(
        storage_state=signed_in_state, base_url=running.address, java_script_enabled=False, locale="ja-JP"
    )
    page = window.new_page()
    chosen(page, months[:1])
    page.get_by_role("button", name="読み込んで突き合わせる").click()
    for _ in range(60):
        if page.get_by_role("link", name="結果を見る").count():
            break
        page.wait_for_timeout(500)
        page.get_by_role("link", name="いまの様子を見る").click()
    page.get_by_role("link", name="結果を見る").click()
    assert "見つかりませんでした" in page.locator("h1").inner_text()
    window.close()


def test_a_wrong_file_is_refused_in_words(page: Page, tmp_path: Path) -> None:
    wrong = tmp_path / "一覧.UKE"
    wrong.write_text("氏名,点数\n", encoding="utf-8")
    chosen(page, [wrong])
    page.get_by_role("button", name="読み込んで突き合わせる").click()
    page.get_by_role("heading", name="作れませんでした").wait_for(timeout=60_000)
    told = page.locator("main").inner_text()
    assert "一覧.UKE" in told
    assert "UTF-8" in told
