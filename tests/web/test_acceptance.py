"""What users were promised of single pages: how far the source is, how days are read, how errors help."""

from __future__ import annotations

import re
import sqlite3
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flows import SHARING, last_opening_day, own_site, picture
from hands import Mouse
from playwright.sync_api import Page

from mitasu.dates import first_day, japanese_date, month_of

pytestmark = pytest.mark.slow
TODAY = date.today()


@pytest.fixture
def hand(page: Page) -> Mouse:
    return Mouse(page)


def test_the_sentence_of_the_notice_behind_a_cross_is_one_click_from_home(
    hand: Mouse, tmp_path: Path
) -> None:
    own_site(hand.page, tmp_path)
    row = hand.page.locator("main tbody tr, main .unfiled li").filter(has_text="✕").first
    hand.press(row.get_by_role("link").inner_text())
    unmet = hand.page.locator("section.clause").filter(has=hand.page.locator("h2 .mark-no")).first
    assert unmet.locator(".demand").is_visible()
    source = unmet.get_by_role("list", name=re.compile("の出典$"))
    assert source.is_visible()
    assert (
        "告示" in source.inner_text() or "取扱い" in source.inner_text() or "施設基準" in source.inner_text()
    )


@pytest.mark.parametrize(
    "typed", ["Ｒ８．１１．２２", "令和8年11月22日", "20261122", "2026-11-22", "R8/11/22"]
)
def test_a_day_is_the_same_however_it_is_typed(hand: Mouse, tmp_path: Path, typed: str) -> None:
    site = own_site(hand.page, tmp_path)
    hand.page.goto(f"{site}todo/new/")
    hand.write("すること", "日を読む")
    hand.write("期限", typed)
    hand.press("足す")
    hand.page.goto(f"{site}todo/")
    task = hand.page.locator("ul.todo > li").filter(has_text="日を読む")
    assert task.locator(".day").text_content() == "令和8年11月22日（日）"


def test_a_day_that_does_not_exist_is_refused_says_why_and_stays(hand: Mouse, tmp_path: Path) -> None:
    site = own_site(hand.page, tmp_path)
    hand.page.goto(f"{site}facts/electronic_chart/")
    hand.tick("はい")
    hand.write("いつから", "令和8年2月30日")
    hand.press("記録する")
    link = hand.page.locator(".summary a")
    assert link.count() == 1
    assert link.inner_text().startswith("いつから：")
    assert "という日はありません。年・月・日を確かめて、書き直してください。" in link.inner_text()
    assert hand.field("いつから").input_value() == "令和8年2月30日"
    assert hand.page.get_by_role("radio", name="はい", exact=True).is_checked()


def test_every_error_is_told_above_links_to_its_field_and_says_how_to_mend_it(
    hand: Mouse, tmp_path: Path
) -> None:
    site = own_site(hand.page, tmp_path)
    hand.page.goto(f"{site}rates/")
    hand.open("数字で入れる")
    hand.write("月", "2026-13")
    hand.write("利用率（％）", "四割")
    hand.write("利用件数（分子）", "12.5")
    hand.press("確かめる（まだ保存しません）")
    links = hand.page.locator(".summary a")
    assert links.count() >= 3
    for link in links.all():
        said = link.inner_text().partition("：")[2]
        assert said not in ("", "エラー")
        assert "ください" in said, said
        link.click()
        target = str(link.get_attribute("href"))
        assert hand.page.locator(target).is_visible()
        assert hand.page.evaluate("document.querySelector(location.hash) !== null")
    assert hand.field("利用率（％）").input_value() == "四割"
    assert hand.field("利用件数（分子）").input_value() == "12.5"


def posted(hand: Mouse, site: str) -> None:
    """Records that what is due hangs on the wall and stands on the website."""
    for place in ("院内掲示", "ウェブサイト"):
        hand.page.goto(f"{site}postings/")
        hand.tick(place)
        hand.write("掲示した日", japanese_date(TODAY))
        hand.press("掲示したと記録する")


def test_a_changed_level_makes_the_postings_old_at_once_and_gives_a_task(hand: Mouse, tmp_path: Path) -> None:
    site = own_site(hand.page, tmp_path)
    posted(hand, site)
    assert hand.page.locator("main").get_by_text("最新").count() == 2
    hand.page.goto(f"{site}filings/")
    hand.open("受理済みの届出を足す")
    hand.choose("届け出たもの", "電子的診療情報連携体制整備加算")
    hand.write("区分", "2")
    hand.write(
        "受理された日", japanese_date(last_opening_day(first_day(month_of(TODAY)) - timedelta(days=1)))
    )
    hand.press("届出を記録する")
    hand.page.goto(f"{site}postings/")
    states = hand.page.get_by_role("region", name="いま出ているもの").locator("tbody tr td:first-of-type")
    assert [" ".join(one.split()) for one in states.all_inner_texts()] == ["✕ 古い", "✕ 古い"]
    picture(hand.page, "posting-old")
    hand.page.goto(f"{site}todo/")
    for words in ("院内掲示の掲示を貼り替える", "ウェブサイトの掲示を書き直す"):
        assert hand.page.get_by_role("link", name=re.compile(words)).count() == 1


def test_a_page_that_lacks_a_sentence_is_told_which_and_what_asks_for_it(hand: Mouse, tmp_path: Path) -> None:
    site = own_site(hand.page, tmp_path)
    hand.page.goto(f"{site}postings/")
    texts = hand.page.locator("article.card strong").all_inner_texts()
    lacking = next(text for text in texts if "明細書" in text)
    published = [text for text in texts if text != lacking] + ["駐車場は建物の裏にあります。"]
    file = tmp_path / "page.html"
    words = "".join(f"<p>{text}</p>" for text in published)
    file.write_text(f'<!doctype html><meta charset="utf-8"><body>{words}</body>', encoding="utf-8")
    hand.press("公開したページを点検する")
    hand.attach("または、保存したページのファイル", file)
    hand.press("点検する")
    assert "直すところが1つあります" in hand.says()
    missing = hand.page.locator("h3", has_text="ない文").locator("+ ul > li")
    assert missing.count() == 1
    assert lacking in missing.inner_text()
    assert "の要件「院内掲示」「ウェブサイト掲載」が求めています" in missing.inner_text()
    assert "駐車場" not in hand.says()


def entries(data: Path, site: str) -> int:
    """How many entries the ledger of a site has."""
    slug = site.split("/")[2]
    with sqlite3.connect(data / "mitasu.sqlite3") as database:
        found = database.execute(
            "SELECT count(*) FROM ledger_entry e JOIN accounts_site s ON s.id = e.site_id WHERE slug = ?",
            [slug],
        ).fetchone()
    return int(found[0])


def test_what_if_leaves_the_facts_alone_and_keeps_the_scenario(
    hand: Mouse, tmp_path: Path, running: Any
) -> None:
    site = own_site(hand.page, tmp_path)
    before = entries(running.data, site)
    hand.page.goto(f"{site}what-if/")
    hand.tick("要る届出は済んでいるものとする")
    hand.write("初診（月に何回）", "120")
    hand.write("再診（月に何回）", "0")
    hand.write("訪問診療（月に何回）", "0")
    hand.press("試す")
    row = hand.page.get_by_role("region", name="加算ごとの前と後").locator("tbody tr")
    row = row.filter(has_text="電子的診療情報連携体制整備加算").first
    points = [int(re.findall(r"初診(\d+)点", cell)[0]) for cell in row.locator("td").all_inner_texts()[:2]]
    assert points[1] > points[0]
    gained = int(re.sub(r"\D", "", row.locator("td").last.inner_text()))
    assert gained == (points[1] - points[0]) * 10 * 120
    hand.write("名前", "届け出たら")
    hand.press("保存する")
    hand.page.goto(f"{site}facts/")
    hand.page.goto(f"{site}what-if/")
    hand.press("届け出たら")
    assert hand.field("初診（月に何回）").input_value() == "120"
    assert hand.page.get_by_role("checkbox", name=re.compile("届出は済んでいる")).is_checked()
    assert entries(running.data, site) == before
    picture(hand.page, "what-if")
    hand.page.goto(f"{site}additions/{SHARING}/")
    assert hand.heading().startswith("電子的診療情報連携体制整備加算3")
