"""The postings of a site: what is due, what was posted, what a published page says, and the drift between them."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from mitasu.judge.postings import standing
from mitasu.server.accounts.models import Role, Site
from mitasu.server.ledger.append import Draft, append
from mitasu.server.ledger.models import Audit, Entry, Kind
from mitasu.server.ledger.verify import verify
from mitasu.server.sites.judging import institution_of
from mitasu.server.sites.models import Task
from mitasu.server.sites.posting_state import drift, drifts, postings_of

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 22)
As = Callable[[Role | None], Client]


@pytest.fixture(autouse=True)
def on_the_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """The day on which the samples are set."""
    monkeypatch.setattr(timezone, "localdate", lambda *_: TODAY)


def address(site: Site, name: str = "postings", *rest: str) -> str:
    return reverse(name, args=[site.slug, *rest])


def posted(client: Client, site: Site, place: str, day: str = "R8.11.20", **more: str) -> Any:
    return client.post(address(site, "posting-record"), {"place": place, "day": day, "as_fact": "on", **more})


def published(site: Site) -> str:
    return "".join(f"<p>{one.text}</p>" for one in standing(postings_of(site, TODAY), TODAY, "web"))


def lower(site: Site) -> None:
    """The clinic files for level 2, which it meets: from then on level 2 is billed and not 3."""
    filing = {
        "item": "electronic-information-sharing",
        "level": "2",
        "arrived": "2026-10-20",
        "accepted": "2026-10-28",
    }
    append(site, [Draft(Kind.FILING, "electronic-information-sharing", filing)])


def test_each_sentence_says_which_requirement_asks_for_it(site: Site, client_as: As) -> None:
    page = client_as(Role.VIEW).get(address(site)).content.decode()
    for one in standing(postings_of(site, TODAY), TODAY):
        assert one.text in page
        assert all(asked.requirement.label in page for asked in one.asked)
    assert "疑義" not in page
    assert "M08" not in page
    assert "施設基準等及びその届出に関する手続きの取扱い" in page


def test_a_place_of_which_nothing_was_recorded_is_unknown_and_not_right(site: Site, client_as: As) -> None:
    assert drift(site, TODAY) is None
    client = client_as(Role.VIEW)
    assert "記録がありません" in client.get(address(site)).content.decode()
    assert "？</span>掲示のずれ" in client.get(reverse("site-home", args=[site.slug])).content.decode()


def test_what_was_posted_is_recorded_with_its_texts_and_verifies(
    site: Site, client_as: As, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        assert posted(client_as(Role.ENTER), site, "wall").status_code == 302
    entry = Entry.objects.filter(site=site, kind=Kind.POSTING).latest("number")
    assert (entry.subject, entry.first_day) == ("posted wall", date(2026, 11, 20))
    assert [one["text"] for one in entry.body["sentences"]] == [
        one.text for one in standing(postings_of(site, TODAY), TODAY, "wall")
    ]
    assert len(entry.body["digest"]) == 64
    assert verify(site) == []
    assert not drifts(site, TODAY)["wall"].unrecorded
    assert drift(site, TODAY) == 0


def test_recording_a_posting_makes_the_fact_yes_with_the_record_as_proof(site: Site, client_as: As) -> None:
    append(site, [Draft(Kind.FACT, "posted_card_promotion", {"value": False}, date(2026, 11, 1))])
    assert institution_of(site).fact("posted_card_promotion", TODAY).value is False
    posted(client_as(Role.ENTER), site, "wall")
    span = institution_of(site).fact("posted_card_promotion", TODAY)
    assert (span.value, span.from_) == (True, date(2026, 11, 20))
    assert "院内掲示の記録" in span.proof


def test_without_the_tick_no_fact_is_touched(site: Site, client_as: As) -> None:
    append(site, [Draft(Kind.FACT, "posted_card_promotion", {"value": False}, date(2026, 11, 1))])
    client_as(Role.ENTER).post(address(site, "posting-record"), {"place": "wall", "day": "2026-11-20"})
    assert institution_of(site).fact("posted_card_promotion", TODAY).value is False


def test_a_changed_level_is_old_on_the_next_page_and_makes_a_task(site: Site, client_as: As) -> None:
    client = client_as(Role.ENTER)
    posted(client, site, "wall")
    posted(client, site, "web")
    assert drift(site, TODAY) == 0
    lower(site)
    home = client.get(reverse("site-home", args=[site.slug])).content.decode()
    assert "電子的診療情報連携体制整備加算2" in home
    assert '<span class="count">2</span>掲示のずれ' in home
    page = client.get(address(site)).content.decode()
    assert page.count("</span> 古い</span>") == 2
    tasks = Task.objects.filter(site=site, source="posting", state="open")
    assert {task.key.split(":")[1] for task in tasks} == {"wall", "web"}
    assert all(task.key.startswith("posting:") and task.due == TODAY for task in tasks)
    assert all("加算3" in task.note for task in tasks)


def test_a_task_is_made_once_and_done_when_the_posting_is_right_again(site: Site, client_as: As) -> None:
    client = client_as(Role.ENTER)
    posted(client, site, "wall")
    lower(site)
    client.get(address(site))
    client.get(address(site))
    assert Task.objects.filter(site=site, source="posting", state="open").count() == 1
    posted(client, site, "wall", "2026-11-22")
    assert not Task.objects.filter(site=site, source="posting", state="open").exists()
    assert drifts(site, TODAY)["wall"].word == "最新"


def test_a_change_of_the_next_month_is_told_and_has_its_task_in_time(site: Site, client_as: As) -> None:
    client = client_as(Role.ENTER)
    posted(client, site, "wall")
    filing = {
        "item": "electronic-information-sharing",
        "level": "2",
        "arrived": "2026-11-10",
        "accepted": "2026-11-20",
    }
    append(site, [Draft(Kind.FILING, "electronic-information-sharing", filing)])
    page = client.get(address(site)).content.decode()
    assert "来月から、掲示する文が変わります" in page
    task = Task.objects.get(site=site, source="posting")
    assert task.due == date(2026, 12, 1)
    later = client.get(address(site) + "?month=next").content.decode()
    assert "加算2（初診9点" in later


def test_a_page_that_lacks_a_sentence_is_told_which_and_by_which_requirement(
    site: Site, client_as: As
) -> None:
    page = "".join(part for part in published(site).split("</p>") if "明細書" not in part)
    page += "<p>駐車場は建物の裏にあります。明細書は会計の窓口へ。</p>"
    client = client_as(Role.ENTER)
    shown = client.post(address(site, "posting-check"), {"text": page}, follow=True).content.decode()
    assert "直すところが1つあります" in shown
    assert "明細書を、無償でお渡ししています" in shown
    assert "要件「院内掲示」「ウェブサイト掲載」" in shown
    assert "駐車場" not in shown
    entry = Entry.objects.filter(site=site, kind=Kind.POSTING).latest("number")
    assert (entry.subject, entry.first_day) == ("check web", TODAY)
    assert entry.body["result"]["drift"] == 1
    assert drifts(site, TODAY)["web"].count == 1


def test_a_page_with_another_level_is_stale_and_told_which(site: Site, client_as: As) -> None:
    page = published(site) + "<p>医療DX推進体制整備加算4を算定しています。</p>"
    client = client_as(Role.ENTER)
    shown = client.post(address(site, "posting-check"), {"text": page}, follow=True).content.decode()
    assert "医療DX推進体制整備加算4を算定しています" in shown
    assert "2026年5月31日で終わりました" in shown


def test_a_page_may_come_as_a_file_also_as_pdf(site: Site, client_as: As) -> None:
    client = client_as(Role.ENTER)
    poster = client.get(address(site, "posting-file", "a4.pdf")).content
    for name, content in (("page.html", f"<main>{published(site)}</main>".encode()), ("page.pdf", poster)):
        file = io.BytesIO(content)
        file.name = name
        shown = client.post(address(site, "posting-check"), {"file": file}, follow=True).content.decode()
        assert "の点検：合っています" in shown
        assert name in shown


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "文章を貼り付けるか、ファイルを選んでください"),
        ({"text": "<html><body><script>x</script></body></html>"}, "ページに文字がありません"),
    ],
)
def test_a_page_that_cannot_be_read_is_refused_and_says_why(
    site: Site, client_as: As, given: dict[str, str], told: str
) -> None:
    answer = client_as(Role.ENTER).post(address(site, "posting-check"), given)
    assert answer.status_code == 400
    assert told in answer.content.decode()
    assert not Entry.objects.filter(site=site, kind=Kind.POSTING).exists()


@pytest.mark.parametrize("day", ["令和8年2月30日", "R8.11.23", "", "あした"])
def test_a_wrong_day_is_refused_and_stays_in_the_form(site: Site, client_as: As, day: str) -> None:
    answer = posted(client_as(Role.ENTER), site, "wall", day)
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "入力を直してください" in page
    assert f'value="{day}"' in page or not day
    assert not Entry.objects.filter(site=site, kind=Kind.POSTING).exists()


def test_the_files_are_what_they_say_and_each_is_audited(site: Site, client_as: As) -> None:
    client = client_as(Role.VIEW)
    for name, start in (
        ("a4.pdf", b"%PDF-"),
        ("a3.pdf", b"%PDF-"),
        ("web.html", b"<section"),
        ("text.txt", b"\xef\xbb\xbf"),
    ):
        answer = client.get(address(site, "posting-file", name))
        assert answer.status_code == 200
        assert answer.content.startswith(start)
        assert f'filename="postings-{name}"' in answer["Content-Disposition"]
        assert "filename*=UTF-8''" in answer["Content-Disposition"]
    assert Audit.objects.filter(site=site, action="export").count() == 4
    assert client.get(address(site, "posting-file", "a5.pdf")).status_code == 404


def test_what_is_written_in_comes_into_the_sentence_and_the_address_onto_the_poster(
    make_site: Callable[..., Site], user: Any
) -> None:
    site, client = make_site("childrens-clinic"), Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    before = client.get(address(site, "posting-file", "text.txt")).content.decode("utf-8-sig")
    assert "ネットワーク" not in before
    given = {"network": "みなとネット", "partners": "港中央病院", "website": "https://example.jp/kijun"}
    assert client.post(address(site, "posting-fill"), given).status_code == 302
    after = client.get(address(site, "posting-file", "text.txt")).content.decode("utf-8-sig")
    assert "「みなとネット」に参加し、港中央病院と" in after
    poster = PdfReader(io.BytesIO(client.get(address(site, "posting-file", "a4.pdf")).content))
    assert "https://example.jp/kijun" in poster.pages[0].extract_text()
    wrong = client.post(address(site, "posting-fill"), {**given, "website": "javascript:alert(1)"})
    assert wrong.status_code == 400
    assert "https:// から書いてください" in wrong.content.decode()


def test_what_a_page_says_is_shown_as_text(site: Site, client_as: As) -> None:
    page = published(site) + "<p>医療DX推進体制整備加算4 &lt;script&gt;alert(1)&lt;/script&gt;</p>"
    shown = (
        client_as(Role.ENTER)
        .post(address(site, "posting-check"), {"text": page}, follow=True)
        .content.decode()
    )
    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert(1)" in shown


@pytest.mark.parametrize("name", ["postings", "posting-check"])
def test_a_stranger_finds_no_such_page(site: Site, client_as: As, name: str) -> None:
    assert client_as(None).get(address(site, name)).status_code == 404
    assert Client().get(address(site, name)).status_code == 302


def test_a_stranger_gets_no_file(site: Site, client_as: As) -> None:
    assert client_as(None).get(address(site, "posting-file", "a4.pdf")).status_code == 404


@pytest.mark.parametrize("name", ["posting-record", "posting-fill", "posting-check"])
def test_who_may_only_look_changes_nothing(site: Site, client_as: As, name: str) -> None:
    count = Entry.objects.count()
    assert client_as(Role.VIEW).post(address(site, name), {"text": "x"}).status_code == 403
    assert Entry.objects.count() == count
    assert "掲示したと記録する" not in client_as(Role.VIEW).get(address(site)).content.decode()


@pytest.mark.parametrize("name", ["posting-record", "posting-fill"])
def test_looking_at_an_address_that_only_takes_entries_leads_to_the_page(
    site: Site, client_as: As, name: str
) -> None:
    assert client_as(Role.ENTER).get(address(site, name)).headers["Location"] == address(site)
