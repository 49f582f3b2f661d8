"""The BCP in versions: a draft is written topic by topic, approved once, and never changes after that."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from mitasu.errors import UsageError
from mitasu.server.accounts.models import Role, Site, User
from mitasu.server.continuity.models.plans import PlanVersion
from mitasu.server.continuity.plans import plan
from mitasu.server.continuity.plans.outline import outline
from mitasu.server.ledger.documents import path_of
from mitasu.server.ledger.fold import known
from mitasu.server.ledger.models import Audit, Entry, Kind

pytestmark = pytest.mark.django_db(transaction=False)
DAY = date(2026, 11, 20)
ASKED = {
    "assets", "network-diagram", "impact", "vulnerability", "contact-tree", "training", "backup-check",
    "stop-decision", "paper-operation", "evidence-preservation", "recovery-plan", "reporting", "recurrence",
}  # fmt: skip
"""The topics that the guideline and its confirmation table name."""


def address(name: str, site: Site, *arguments: object) -> str:
    return reverse(name, args=(site.slug, *arguments))


def written(site: Site, user: User, text: str = "手順書の場所：1階の書庫") -> PlanVersion:
    version = plan.begin(site, by=user)
    for topic in outline().topics.values():
        plan.write(version, topic, f"{topic.title}。{text}", topic.owner, True, by=user)
    return version


def test_the_outline_has_five_phases_and_every_topic_that_the_guideline_names() -> None:
    assert [phase.title for phase in outline().phases] == ["平時", "検知", "初動", "復旧", "事後"]
    topics = outline().topics
    assert set(topics) >= ASKED
    assert all(topics[id_].guideline for id_ in ASKED)
    assert all(topic.prompt.endswith("。") and topic.owner for topic in topics.values())


def test_a_plan_with_an_open_topic_cannot_be_approved(site: Site, user: User) -> None:
    version = written(site, user)
    plan.write(version, outline().topics["reporting"], "", "事務長", False, by=user)
    with pytest.raises(UsageError, match="報告と届出"):
        plan.approve(version, DAY, by=user)
    assert plan.approved_of(site) is None
    assert not Entry.objects.filter(site=site, kind=Kind.EVIDENCE).exists()


def test_a_topic_without_text_cannot_be_done(site: Site, user: User) -> None:
    with pytest.raises(UsageError, match="何も書かれていません"):
        plan.write(plan.begin(site, by=user), outline().topics["scope"], " ", "", True, by=user)


def test_approving_keeps_the_pdf_and_records_both_facts_with_it_as_their_proof(
    site: Site, user: User
) -> None:
    version = written(site, user)
    plan.approve(version, DAY, by=user)
    found = known(site)
    entry = found.entries[version.entry]
    assert entry.body["plan"] == {"version": 1, "digest": version.digest, "review_by": "2027-11-20"}
    for id_ in plan.FACTS:
        [stretch] = found.facts[id_]
        assert (stretch.first, stretch.value, found.proof(stretch.entry).number) == (DAY, True, entry.number)
    reader = PdfReader(io.BytesIO(path_of(entry.document).read_bytes()))
    text = "".join(page.extract_text() for page in reader.pages)
    assert "第1版" in text
    assert "手順書の場所" in text
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert plan.unchanged(version) is True


def test_an_approved_version_refuses_every_change(site: Site, user: User) -> None:
    version = written(site, user)
    plan.approve(version, DAY, by=user)
    with pytest.raises(UsageError, match="承認済み"):
        plan.write(version, outline().topics["scope"], "別の内容", "", True, by=user)
    version.topics = {}
    with pytest.raises(UsageError, match="承認済み"):
        version.save()
    with pytest.raises(UsageError, match="もう承認されています"):
        plan.approve(version, DAY, by=user)


def test_the_database_itself_refuses_to_change_or_delete_an_approved_version(site: Site, user: User) -> None:
    version = written(site, user)
    PlanVersion.objects.filter(pk=version.pk).update(changed_name="まだ案")
    plan.approve(version, DAY, by=user)
    rows = PlanVersion.objects.filter(pk=version.pk)
    for change in (lambda: rows.update(topics={}), lambda: rows.update(approved_on=None), rows.delete):
        with pytest.raises(DatabaseError, match="stays as it is"), transaction.atomic():
            change()
    version.refresh_from_db()
    assert plan.unchanged(version) is True


def test_what_was_changed_behind_its_back_is_seen(site: Site, user: User) -> None:
    version = written(site, user)
    plan.approve(version, DAY, by=user)
    with (
        connection.cursor() as cursor
    ):  # whoever has the database can take the trigger away, and is found out
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE continuity_planversion DISABLE TRIGGER USER")
        else:
            cursor.execute("DROP TRIGGER continuity_planversion_no_update")
    PlanVersion.objects.filter(pk=version.pk).update(topics={"scope": {"text": "すりかえ"}})
    version.refresh_from_db()
    assert plan.unchanged(version) is False
    PlanVersion.objects.filter(pk=version.pk).update(digest=plan.digest_of(version))
    version.refresh_from_db()
    assert plan.unchanged(version) is False, "the ledger's own hash decides"


def test_the_next_version_begins_as_the_last_one_and_tells_what_changed(site: Site, user: User) -> None:
    first = written(site, user)
    plan.approve(first, date(2026, 10, 1), by=user)
    second = plan.begin(site, by=user)
    assert (second.number, second.topics) == (2, first.topics)
    assert plan.begin(site, by=user).pk == second.pk, "there is one draft at a time"
    topic = outline().topics["signs"]
    plan.write(second, topic, "開けないファイルがあれば\nすぐ電話する", "全職員", True, by=user)
    [(changed, lines)] = plan.compared(first, second)
    assert changed is topic
    assert ("in", "すぐ電話する") in [(line.kind, line.text) for line in lines]
    assert ("out", "異常に気づく。手順書の場所：1階の書庫") in [(line.kind, line.text) for line in lines]
    with pytest.raises(UsageError, match="前の版の承認"):
        plan.approve(second, date(2026, 9, 30), by=user)


@given(
    st.lists(st.text("あいうえお", max_size=4), max_size=6),
    st.lists(st.text("あいうえお", max_size=4), max_size=6),
)
def test_a_comparison_gives_back_both_versions(old: list[str], new: list[str]) -> None:
    before = PlanVersion(number=1, topics={"scope": {"text": "\n".join(old), "owner": ""}})
    after = PlanVersion(number=2, topics={"scope": {"text": "\n".join(new), "owner": ""}})
    changes = plan.compared(before, after)
    if "\n".join(old) == "\n".join(new):
        assert changes == []
        return
    [(_, lines)] = changes
    assert "\n".join(line.text for line in lines if line.kind != "in") == "\n".join(old)
    assert "\n".join(line.text for line in lines if line.kind != "out") == "\n".join(new)


# ---- the pages -------------------------------------------------------------------------------------------


def test_a_clerk_writes_the_plan_and_someone_else_approves_it(
    client_as: Callable[..., Client], site: Site
) -> None:
    clerk, chief = client_as(Role.ENTER), client_as(Role.APPROVE)
    assert clerk.post(address("bcp-plan", site)).status_code == 302
    given = {"owner": "安全管理責任者", "done": "on", "next": ""}
    for topic in outline().topics:
        response = clerk.post(address("bcp-plan-topic", site, 1, topic), {**given, "text": "<b>手順</b>"})
        assert response.status_code == 302
    approve = {"on": "R8.11.20", "review_by": ""}
    assert clerk.post(address("bcp-plan-approve", site, 1), approve).status_code == 403
    assert chief.post(address("bcp-plan-approve", site, 1), approve).status_code == 302
    page = clerk.get(address("bcp-plan-version", site, 1)).content.decode()
    assert "承認したときのまま" in page
    assert "&lt;b&gt;手順&lt;/b&gt;" in page
    assert clerk.get(address("bcp-plan-topic", site, 1, "scope")).status_code == 400
    pdf = clerk.get(address("bcp-plan-pdf", site, 1))
    assert pdf["Content-Type"] == "application/pdf"
    assert Audit.objects.filter(site=site, action="export", what__contains="第1版").exists()


def test_saving_leads_to_the_next_open_topic(client_as: Callable[..., Client], site: Site) -> None:
    clerk = client_as(Role.ENTER)
    clerk.post(address("bcp-plan", site))
    given = {"text": "範囲", "owner": "", "done": "on", "next": ""}
    response = clerk.post(address("bcp-plan-topic", site, 1, "scope"), given)
    assert response["Location"] == address("bcp-plan-topic", site, 1, "assets")


def test_a_plan_that_is_not_done_says_what_is_lacking_when_approved(
    client_as: Callable[..., Client], site: Site
) -> None:
    chief = client_as(Role.APPROVE)
    chief.post(address("bcp-plan", site))
    response = chief.post(address("bcp-plan-approve", site, 1), {"on": "R8.11.20"})
    assert response.status_code == 400
    assert "まだ済んでいない項目が23あります" in response.content.decode()


def test_an_approval_of_a_later_day_is_refused(
    client_as: Callable[..., Client], site: Site, user: User
) -> None:
    written(site, user)
    response = client_as(Role.APPROVE).post(address("bcp-plan-approve", site, 1), {"on": "2099-01-01"})
    assert "今日までの日" in response.content.decode()


def test_the_comparison_shows_what_came_in(client_as: Callable[..., Client], site: Site, user: User) -> None:
    plan.approve(written(site, user), date(2026, 10, 1), by=user)
    second = plan.begin(site, by=user)
    plan.write(second, outline().topics["signs"], "赤い電話", "全職員", True, by=user)
    page = client_as(Role.VIEW).get(address("bcp-plan-compare", site, 2)).content.decode()
    assert "<ins>＋ 赤い電話</ins>" in page
    assert page.count('<section class="card"') == 1


@pytest.mark.parametrize("role", list(Role))
def test_every_page_of_this_part_opens_for_every_role(
    client_as: Callable[..., Client], site: Site, role: Role
) -> None:
    client = client_as(role)
    for name in (
        "bcp",
        "bcp-plan",
        "bcp-drills",
        "bcp-contacts",
        "bcp-managers",
        "bcp-trainings",
        "bcp-checklist",
        "bcp-contracts",
    ):
        response = client.get(address(name, site))
        assert response.status_code == 200, name
        assert response.content.decode().count("<h1>") == 1
