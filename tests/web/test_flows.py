"""The seven main flows from end to end: pointing, with the keyboard alone, and without JavaScript."""

from __future__ import annotations

import csv
import io
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flows import last_opening_day, own_name, own_site, picture, sign_in_link
from hands import HANDS, Mouse
from playwright.sync_api import Browser, Page
from pypdf import PdfReader

from mitasu.dates import japanese_date, japanese_month, month_of, shift_month

pytestmark = pytest.mark.slow
TODAY = date.today()
THIS = month_of(TODAY)
NEXT = shift_month(THIS, 1)
BINDER_WITHIN = 60
XLSX, PDF = b"PK\x03\x04", b"%PDF-"


@pytest.fixture(params=["mouse", "keyboard"])
def hand(request: Any, page: Page) -> Mouse:
    """Pointing, and the keyboard alone."""
    found: Mouse = HANDS[request.param](page)
    return found


@pytest.fixture(params=["mouse", "keyboard", "without JavaScript"])
def any_hand(
    request: Any, page: Page, browser: Browser, running: Any, signed_in_state: Any
) -> Iterator[Mouse]:
    """Pointing, the keyboard alone, and pointing where the browser runs no scripts."""
    if request.param in HANDS:
        yield HANDS[request.param](page)
        return
    with without_javascript(browser, running, signed_in_state) as bare:
        yield bare


@contextmanager
def without_javascript(browser: Browser, running: Any, state: Any) -> Iterator[Mouse]:
    """Pointing where the browser runs no scripts."""
    window = browser.new_context(
        storage_state=state, base_url=running.address, java_script_enabled=False, locale="ja-JP"
    )
    window.set_default_timeout(15_000)
    hand = Mouse(window.new_page())
    hand.scripts = False
    yield hand
    window.close()


@pytest.fixture
def mouse(page: Page) -> Mouse:
    return Mouse(page)


def way_of(hand: Mouse, request: Any) -> str:
    """How a flow was walked, as part of a file name."""
    return str(request.node.callspec.id).replace(" ", "-")


# ---- F1: the first run -------------------------------------------------------------------------------------------


def answered(hand: Mouse) -> tuple[str, str]:
    """Says わからない, あとで and はい, each once; what was not known and what was affirmed."""
    said: dict[str, str] = {}
    for _ in range(30):
        label = hand.page.locator("main .asof").inner_text().partition("問")[2].strip()
        may_affirm = hand.page.get_by_role("button", name="はい", exact=True).count()
        word = (
            "わからない"
            if "わからない" not in said
            else "はい"
            if may_affirm and "あとで" in said
            else "あとで"
        )
        hand.press(word)
        said[word] = label
        assert "ここまでの判定" in hand.says()
        if word == "はい":
            assert f"記録しました：{label}" in hand.says()
            return said["わからない"], label
    raise AssertionError("no question could be affirmed")


def test_the_first_run_leads_from_the_link_to_a_verdict_and_to_what_is_to_be_found_out(
    any_hand: Mouse, running: Any, request: Any
) -> None:
    hand, name = any_hand, own_name()
    hand.page.context.clear_cookies()
    hand.page.goto(sign_in_link(running))
    hand.press("自分の施設で始める")
    hand.write("施設の名前", name)
    hand.tick("医科の無床診療所")
    hand.press("登録して進む")
    verdict = rf"{TODAY.month}月は.+(まだ決められません|算定できます|算定できる加算がありません)。"
    assert re.fullmatch(verdict, hand.heading())
    hand.press("質問")
    unknown, known = answered(hand)
    hand.press("やること")
    assert hand.page.get_by_role("link", name=f"{unknown}を確かめる", exact=True).count() == 1
    assert f"{known}を確かめる" not in hand.says()
    assert "この期限はなくなりました" not in hand.says()
    picture(hand.page, f"1-first-run-{way_of(hand, request)}")


# ---- F2: the month -----------------------------------------------------------------------------------------------


def test_a_pasted_notice_gives_the_level_of_the_next_month_with_its_reason(
    any_hand: Mouse, tmp_path: Path, request: Any
) -> None:
    hand, month = any_hand, shift_month(NEXT, -3)
    year, number = int(month[:4]) - 2018, int(month[5:])
    site = own_site(hand.page, tmp_path)
    hand.press("利用率")
    hand.write(
        "通知の文章", f"令和{year}年{number}月分 利用率 ８１．５％（利用件数 815件 / レセプト件数 1,000件）"
    )
    hand.press("読み取る（まだ保存しません）")
    assert hand.heading() == "こう読み取りました。合っていますか"
    assert hand.field("利用率（％）").input_value() == "81.5"
    hand.press("保存する")
    assert hand.page.url.endswith(f"{site}rates/")
    assert re.fullmatch(
        rf"{int(NEXT[5:])}月は電子的診療情報連携体制整備加算\d（初診\d+点・再診\d+点）を算定できます",
        hand.heading(),
    )
    assert f"{japanese_month(month)}の81.5%（レセプト件数ベース）、基準" in hand.says()
    used = hand.page.get_by_role("table").nth(1).locator("tr.used")
    assert "81.5%" in used.inner_text()
    assert "815／1,000" in used.inner_text()
    picture(hand.page, f"2-month-{way_of(hand, request)}")


# ---- F3: a filing ------------------------------------------------------------------------------------------------


def test_a_filing_goes_from_its_form_to_acceptance_and_home_shows_it(
    hand: Mouse, tmp_path: Path, request: Any, running: Any
) -> None:
    hand.page.goto(sign_in_link(running))  # saving the form asks for a sign-in of the last five minutes
    day = japanese_date(last_opening_day(TODAY))
    own_site(hand.page, tmp_path)
    assert "整備加算2" not in verdicts(hand)
    hand.press("届出")
    hand.press("道を開く：電子的診療情報連携体制整備加算")
    hand.press("届出を始める")
    for word, start in (("Excel", XLSX), ("PDF", PDF)):
        file = Path(hand.download(f"{word}で保存：届出書").path())
        assert file.read_bytes().startswith(start)
        assert file.stat().st_size > 4000
    hand.press("書類を見て、事実と合っていると確かめた")
    hand.open("送ったことを記録する")
    hand.choose("区分", "2")
    hand.write("送った日", day)
    hand.tick("電子申請")
    hand.write("受付番号", "第12号")
    hand.press("送付を記録する")
    assert "受理の通知が来たら" in hand.says()
    hand.write("受理された日", day)
    hand.press("到着・受理を記録する")
    assert "電子的診療情報連携体制整備加算2：" in hand.says()
    picture(hand.page, f"3-filing-{way_of(hand, request)}")
    hand.page.goto(hand.page.url.partition("filings/")[0])
    assert re.search(r"整備加算2（初診9点|整備加算3（[^）]*）が2（初診9点", verdicts(hand))


def verdicts(hand: Mouse) -> str:
    """The sentences about this month and the next at the top of home."""
    return hand.heading() + hand.page.locator("h1 + p").inner_text()


# ---- F4: someone left --------------------------------------------------------------------------------------------


def test_when_someone_left_only_the_standards_that_count_them_are_listed_with_what_to_do(
    mouse: Mouse, tmp_path: Path
) -> None:
    site = own_site(mouse.page, tmp_path, "hospital", own_name("病院"))
    mouse.press("事実")
    mouse.open("職員が退職した")
    found = mouse.page.get_by_role("link", name=re.compile("^医療情報システム安全管理責任者（"))
    mouse.press(found.inner_text())
    last = japanese_date(TODAY)
    mouse.write("最後に勤めた日", last)
    mouse.press("関わる施設基準を見る")
    rows = mouse.page.get_by_role("table").locator("tbody tr").all_inner_texts()
    assert len(rows) == 1
    assert re.search(r"（入院）\d", rows[0])
    assert "辞退" in rows[0]
    assert f"{last}" in rows[0]
    assert "まだ記録していません" in mouse.says()
    picture(mouse.page, "4-left")
    mouse.press("この日までと記録する")
    assert f"{last}までと記録しました" in mouse.says()
    mouse.page.goto(f"{site}todo/")
    assert mouse.page.get_by_role("link", name=re.compile(r"（入院）\d：辞退$")).count() == 1


# ---- F5: the inspection ------------------------------------------------------------------------------------------


@pytest.fixture(params=["mouse", "without JavaScript"])
def any_pointer(
    request: Any, page: Page, browser: Browser, running: Any, signed_in_state: Any
) -> Iterator[Mouse]:
    """Pointing, with scripts and without."""
    if request.param == "mouse":
        yield Mouse(page)
        return
    with without_javascript(browser, running, signed_in_state) as bare:
        yield bare


def came(hand: Mouse, name: str) -> None:
    """Waits until the page offers it: by itself with scripts, by looking again without."""
    end = time.monotonic() + BINDER_WITHIN
    while time.monotonic() < end:
        if hand.page.get_by_role("link", name=name, exact=True).count():
            return
        if hand.page.get_by_role("link", name="いまの様子を見る").count() and not hand.scripts:
            hand.press("いまの様子を見る")
        hand.page.wait_for_timeout(500)
    raise AssertionError(f"no {name} within {BINDER_WITHIN} s: {hand.says()}")


def test_evidence_with_its_file_ends_in_the_binder_that_says_first_what_is_missing(
    any_pointer: Mouse, tmp_path: Path, running: Any, request: Any
) -> None:
    mouse = any_pointer
    mouse.page.goto(sign_in_link(running))  # the binder asks for a sign-in of the last five minutes
    paper = tmp_path / "確認書.txt"
    paper.write_text("オンライン請求の開始の届出の控え", encoding="utf-8")
    name = own_name()
    own_site(mouse.page, tmp_path, name=name)
    mouse.press("証拠台帳")
    mouse.press("証拠を足す")
    mouse.page.locator("fieldset").first.get_by_role("checkbox").first.check()
    mouse.press("次へ")
    mouse.write("証拠の名前", "請求の届出の控え")
    mouse.attach("ファイル", paper)
    mouse.press("記録する")
    assert "請求の届出の控え" in mouse.says()
    mouse.page.goto(mouse.page.url.partition("evidence/")[0] + "binder/")
    for box in mouse.page.get_by_role("checkbox").all()[3:]:
        box.uncheck()
    picture(mouse.page, f"5-binder-{way_of(mouse, request)}")
    mouse.press("PDFを作る")
    assert re.search("順番を待っています|作成中|できました", mouse.says())
    came(mouse, "PDFを保存する")
    picture(mouse.page, f"5-binder-made-{way_of(mouse, request)}")
    got = mouse.download("PDFを保存する")
    assert name in got.suggested_filename
    pages = [page.extract_text() for page in PdfReader(got.path()).pages]
    assert len(pages) >= 6
    assert name in pages[0]
    front = "".join(pages[:6])
    assert front.index("足りないもの") < front.index("目次")
    assert "未確認です" in "".join(pages)
    assert "請求の届出の控え" in "".join(pages)


# ---- F6: the law changes -----------------------------------------------------------------------------------------


def test_between_two_days_the_affected_additions_are_listed_and_each_says_whether_to_file(
    mouse: Mouse, tmp_path: Path
) -> None:
    name = own_name("病院")
    own_site(mouse.page, tmp_path, "hospital", name)
    mouse.page.goto("/sites/")
    mouse.press("制度が変わる日の影響")
    mouse.write("前の日", "令和8年5月31日")
    mouse.write("後の日", "Ｒ８．６．１")
    mouse.press("見る")
    assert re.search(r"\d+施設の判定が動き、届出が要るのは\d+施設です。", mouse.heading())
    own: dict[str, str] = {}
    for section in mouse.page.locator("section.card").all():
        for row in section.locator("tbody tr").filter(has_text=name).all():
            own[section.locator("h2").inner_text()] = row.locator("td").last.inner_text()
    assert own["電子的診療情報連携体制整備加算"].startswith("要：届出直し")
    assert own["診療録管理体制加算"] == "不要"
    assert "在宅医療DX情報活用加算" not in own
    assert all(re.match("要：|不要|未確認の事実しだい", said) for said in own.values()), own
    picture(mouse.page, "6-law")


# ---- F7: the head office -----------------------------------------------------------------------------------------


def shown_rows(page: Page) -> list[list[str]]:
    """The rows of the matrix as the screen has them: name, deadline, additions' cells."""
    rows = []
    for row in page.locator(".matrix tbody tr").all():
        name = row.locator("th a").inner_text()
        cells = [" ".join(cell.split()) for cell in row.locator("td").all_inner_texts()]
        rows.append([name, *cells])
    return rows


def plain(cell: str) -> str:
    """A cell without its blanks: the screen and the file break lines differently."""
    return re.sub(r"\s", "", cell)


def test_the_head_office_filters_sorts_saves_what_it_sees_and_gives_a_task_to_all(
    hand: Mouse, tmp_path: Path, request: Any, running: Any
) -> None:
    hand.page.goto(sign_in_link(running))  # saving a table asks for a sign-in of the last five minutes
    group = own_name("会")
    for place, sample in (("北", "paper-clinic"), ("南", "childrens-clinic"), ("本院", "hospital")):
        site = own_site(hand.page, tmp_path, sample, f"{group}{place}")
    hand.page.goto("/sites/")
    hand.open("絞り込む・並べ替える")
    hand.write("施設の名前・コード", group)
    hand.choose("並べ方", "足りない要件の数")
    hand.press("絞り込む")
    assert "sort=missing" in hand.page.url
    assert hand.page.locator("th[aria-sort=descending]").inner_text().startswith("足りない")
    missing = [int(row[3]) for row in shown_rows(hand.page)]
    assert len(missing) == 3
    assert missing == sorted(missing, reverse=True)
    again = hand.page.context.new_page()
    again.goto(hand.page.url)
    assert shown_rows(again) == shown_rows(hand.page)
    again.close()
    saved = Path(hand.download("CSV（UTF-8）で保存").path()).read_bytes()
    assert saved.startswith("\ufeff".encode())
    head, *rows = csv.reader(io.StringIO(saved.decode("utf-8-sig")))
    titles = hand.page.locator(".matrix thead th.addition").all_inner_texts()
    assert head[6:] == titles
    assert [[row[0], row[5], *map(plain, row[6:])] for row in rows] == [
        [row[0], row[3], *map(plain, row[4:])] for row in shown_rows(hand.page)
    ]
    hand.press("まとめて行う（やること・掲示）")
    hand.write("すること", f"通知を取り込む（{group}）")
    hand.press("3施設に渡す")
    assert f"3施設に「通知を取り込む（{group}）」を渡しました。" in hand.says()
    picture(hand.page, f"7-head-office-{way_of(hand, request)}")
    hand.page.goto(f"{site}todo/")
    assert hand.page.get_by_role("link", name=f"通知を取り込む（{group}）", exact=True).count() == 1
