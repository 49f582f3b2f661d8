"""Drills, contact tree, managers, trainings and contracts as people meet them on the pages."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from mitasu.errors import InputError, UsageError
from mitasu.server.accounts.fresh import MOMENT
from mitasu.server.accounts.models import Role, Site, User
from mitasu.server.continuity.models.plans import Attendee, ContactTree, Contract, Drill, Training
from mitasu.server.continuity.plans import contacts, demo, managers, overview
from mitasu.server.continuity.plans.drills import participants
from mitasu.server.continuity.plans.proofs import events_of, months_of, requirements_for
from mitasu.server.continuity.plans.roster import read_roster
from mitasu.server.ledger.append import Draft, append
from mitasu.server.ledger.fold import known
from mitasu.server.ledger.models import Audit, Entry, Kind

pytestmark = pytest.mark.django_db(transaction=False)
HELD = date(2026, 5, 13)
ROSTER = "職員番号,氏名,所属,出席,受講日\n001,見本 太郎,看護部,はい,\n002,見本 花子,看護部,○,R8.5.20\n003,例 次郎,医事課,欠席,\n"


def address(name: str, site: Site, *arguments: object) -> str:
    return reverse(name, args=(site.slug, *arguments))


def uploaded(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


@pytest.fixture
def clerk(client_as: Callable[..., Client]) -> Client:
    """Someone who may enter."""
    return client_as(Role.ENTER)


# ---- drills ----------------------------------------------------------------------------------------------

DRILL = {
    "on": "R8.11.1",
    "scenario": "サーバーの暗号化",
    "led_by": "security_manager",
    "participants": "看護部 12人\n医事課：３名",
    "result": "紙の伝票に切り替えた",
    "reviewed": "yes",
    "reviewed_on": "R8.11.5",
    "found": "yes",
    "findings": "紙の処方箋の場所を知らない人がいた",
    "what-1": "置き場所を各階に掲示する",
    "owner-1": "薬剤部",
    "due-1": "R8.11.30",
}


def test_a_drill_with_an_improvement_is_recorded_and_finished(clerk: Client, site: Site) -> None:
    assert clerk.post(address("bcp-drill-add", site), DRILL).status_code == 302
    drill = Drill.objects.get(site=site)
    assert drill.participants == [{"role": "看護部", "count": 12}, {"role": "医事課", "count": 3}]
    [event] = events_of(known(site), "bcp_drill")
    assert event.body == {
        "on": "2026-11-01",
        "led_by": "security_manager",
        "reviewed": True,
        "findings": True,
    }
    page = clerk.get(address("bcp-drill", site, drill.pk)).content.decode()
    assert "置き場所を各階に掲示する" in page
    improvement = drill.improvements.get()
    done = {"act": "done", "number": improvement.pk, "on": "R8.11.10", "how": "掲示した"}
    assert clerk.post(address("bcp-drill", site, drill.pk), done).status_code == 302
    [event] = events_of(known(site), "bcp_drill")
    assert event.body["improved"] is True
    reports = [row for row in known(site).of(Kind.EVIDENCE) if "訓練" in row.body["title"]]
    assert len(reports) == 1, "the new report takes the place of the one before"
    assert reports[0].number == event.proof


def test_the_page_asks_about_an_improvement_whose_day_went_by(clerk: Client, site: Site) -> None:
    clerk.post(address("bcp-drill-add", site), {**DRILL, "due-1": "R8.11.10"})
    drill = Drill.objects.get()
    page = address("bcp-drill", site, drill.pk)
    assert "期限までにできなかったと記録する" in clerk.get(page).content.decode()
    number = drill.improvements.get().pk
    assert clerk.post(page, {"act": "missed", "number": number}).status_code == 302
    [event] = events_of(known(site), "bcp_drill")
    assert event.body["improved"] is False
    assert "できていない" in clerk.get(address("bcp-drills", site)).content.decode()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"on": "2099-01-01", "reviewed_on": "", "due-1": "2099-02-01"}, "行ってから記録"),
        ({"findings": ""}, "その点を書いてください"),
        ({"found": "no"}, "改善すべき点があった"),
        ({"participants": "看護部"}, "1行目「看護部」に人数がありません"),
        ({"owner-1": ""}, "合わせて入力"),
        ({"reviewed_on": "R8.10.1"}, "訓練の日から今日まで"),
        ({"reviewed": "no"}, "評価した日があるなら"),
        ({"due-1": "R8.10.1"}, "訓練の日より後"),
        ({"led_by": "nobody"}, "選択"),
    ],
)
def test_a_drill_that_cannot_be_is_refused_and_leaves_nothing(
    clerk: Client, site: Site, given: dict[str, str], told: str
) -> None:
    response = clerk.post(address("bcp-drill-add", site), {**DRILL, **given})
    assert response.status_code == 400
    assert told in response.content.decode()
    assert not Drill.objects.filter(site=site).exists()
    assert not events_of(known(site), "bcp_drill")


def test_a_reader_sees_a_drill_and_cannot_add_one(client_as: Callable[..., Client], site: Site) -> None:
    client_as(Role.ENTER).post(address("bcp-drill-add", site), DRILL)
    reader = client_as(Role.VIEW)
    page = reader.get(address("bcp-drill", site, Drill.objects.get().pk)).content.decode()
    assert "サーバーの暗号化" in page
    assert "済んだと記録する" not in page
    assert reader.get(address("bcp-drill-add", site)).status_code == 403
    assert (
        reader.post(address("bcp-drill", site, Drill.objects.get().pk), {"act": "review"}).status_code == 403
    )


def test_a_drill_of_another_site_is_not_there(
    clerk: Client, site: Site, make_site: Callable[..., Site], user: User
) -> None:
    hospital = make_site("hospital")
    other = Client()
    other.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    other.post(address("bcp-drill-add", hospital), DRILL)
    assert clerk.get(address("bcp-drill", site, Drill.objects.get().pk)).status_code == 404


def test_a_drill_is_taken_back_with_a_reason(clerk: Client, site: Site) -> None:
    clerk.post(address("bcp-drill-add", site), DRILL)
    drill = Drill.objects.get()
    page = address("bcp-drill", site, drill.pk)
    assert clerk.post(page, {"act": "withdraw", "reason": ""}).status_code == 400
    assert clerk.post(page, {"act": "withdraw", "reason": "別の施設"}).status_code == 302
    assert events_of(known(site), "bcp_drill") == []
    assert "取り消されています" in clerk.get(page).content.decode()
    assert clerk.post(page, {"act": "review", "on": "R8.11.5"}).status_code == 400


def test_the_list_tells_the_next_due_day_and_drills_recorded_elsewhere(
    make_site: Callable[..., Site], user: User
) -> None:
    hospital = make_site("hospital")
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(address("bcp-drills", hospital)).content.decode()
    assert "令和9年2月26日" in page
    assert page.count("この画面の外で記録") == 3


@given(
    st.lists(
        st.tuples(st.text("看護医事薬剤部課室", min_size=1, max_size=6), st.integers(0, 9999)), max_size=5
    )
)
def test_participants_are_read_as_they_were_written(rows: list[tuple[str, int]]) -> None:
    text = "\n".join(f"{role} {count}人" for role, count in rows)
    assert participants(text) == [{"role": role, "count": count} for role, count in rows]


# ---- contact tree ----------------------------------------------------------------------------------------


def tree_given(*rows: tuple[str, str, str], on: str = "R8.11.20") -> dict[str, str]:
    given = {"checked_on": on}
    for index, (role, name, telephone) in enumerate(rows, 1):
        given |= {
            f"order-{index}": str(index), f"role-{index}": role, f"name-{index}": name,
            f"telephone-{index}": telephone, f"note-{index}": "",
        }  # fmt: skip
    return given


FIRST = ("安全管理責任者", "見本 太郎", "000-0000-0001")
SECOND = ("保守の会社", "", "000-0000-0002")


def test_the_tree_is_kept_in_versions_and_checking_it_makes_none(clerk: Client, site: Site) -> None:
    page = address("bcp-contacts-edit", site)
    assert clerk.post(page, tree_given(FIRST, SECOND)).status_code == 302
    assert clerk.post(page, tree_given(FIRST, SECOND, on="R8.11.21")).status_code == 302
    tree = ContactTree.objects.get(site=site)
    assert (tree.number, tree.checked_on) == (1, date(2026, 11, 21))
    assert clerk.post(page, tree_given(SECOND, FIRST, on="R8.11.22")).status_code == 302
    assert contacts.latest(site).number == 2
    assert [row["role"] for row in contacts.latest(site).rows] == ["保守の会社", "安全管理責任者"]


def test_rows_are_put_in_the_order_of_their_numbers(clerk: Client, site: Site) -> None:
    given = {**tree_given(FIRST, SECOND), "order-1": "5", "order-2": "2"}
    clerk.post(address("bcp-contacts-edit", site), given)
    assert [row["role"] for row in contacts.latest(site).rows] == ["保守の会社", "安全管理責任者"]


def test_names_and_numbers_never_reach_the_ledger_or_the_audit_trail(clerk: Client, site: Site) -> None:
    clerk.post(address("bcp-contacts-edit", site), tree_given(FIRST, SECOND))
    told = "".join(Entry.objects.filter(site=site).values_list("content", flat=True))
    told += "".join(Audit.objects.values_list("what", flat=True))
    assert "連絡網（2件）" in told
    assert "見本 太郎" not in told
    assert "000-0000-0001" not in told


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (tree_given(), "1件以上"),
        (tree_given(("責任者", "", "")), "1件目：役割"),
        (tree_given(FIRST, on="2099-01-01"), "今日まで"),
    ],
)
def test_a_tree_that_cannot_be_is_refused(
    clerk: Client, site: Site, given: dict[str, str], told: str
) -> None:
    response = clerk.post(address("bcp-contacts-edit", site), given)
    assert response.status_code == 400
    assert told in response.content.decode()
    assert contacts.latest(site) is None


def test_the_sheet_for_paper_has_every_number_and_its_taking_is_recorded(clerk: Client, site: Site) -> None:
    assert clerk.get(address("bcp-contacts-pdf", site)).status_code == 404
    clerk.post(address("bcp-contacts-edit", site), tree_given(FIRST, SECOND))
    response = clerk.get(address("bcp-contacts-pdf", site))
    reader = PdfReader(io.BytesIO(response.content))
    text = "".join(page.extract_text() for page in reader.pages)
    assert "000-0000-0002" in text
    assert [round(float(side)) for side in reader.pages[0].mediabox[2:]] == [595, 842]
    assert Audit.objects.filter(site=site, action="export", what__startswith="非常時の連絡網").exists()


# ---- managers --------------------------------------------------------------------------------------------


def test_a_manager_is_appointed_with_the_letter_as_evidence(clerk: Client, site: Site) -> None:
    append(site, [Draft(Kind.LISTING, "people")])
    given = {
        "employment": "full_time", "assignment": "dedicated", "first": "R8.4.1", "last": "", "qualified": "yes",
        "letter": uploaded("辞令.pdf", b"%PDF-1.7 letter"),
    }  # fmt: skip
    assert clerk.post(address("bcp-managers", site), given).status_code == 302
    [row] = managers.managers_of(known(site))
    assert row.body == {
        "role": "security_manager", "employment": "full_time", "assignment": "dedicated", "from": "2026-04-01",
    }  # fmt: skip
    assert known(site).entries[row.proof].document
    assert known(site).facts["security_manager_qualified"][0].value is True
    ending = {"act": "end", "number": row.number, "last": "R8.9.30"}
    assert clerk.post(address("bcp-managers", site), ending).status_code == 302
    [row] = managers.managers_of(known(site))
    assert row.body["to"] == "2026-09-30"


def test_a_list_of_staff_is_not_begun_by_accident(clerk: Client, site: Site) -> None:
    found = known(site)
    gone = [
        Draft(Kind.RETRACTION, body={"reason": "なし"}, replaces=row.number)
        for row in found.of(Kind.PERSON, Kind.LISTING)
        if row.kind == Kind.PERSON or row.subject == "people"
    ]
    append(site, gone)
    given = {"employment": "full_time", "assignment": "dedicated", "first": "R8.4.1"}
    response = clerk.post(address("bcp-managers", site), given)
    assert response.status_code == 400
    assert "ほかの役割の職員はいないことになります" in response.content.decode()
    assert clerk.post(address("bcp-managers", site), {**given, "start_list": "on"}).status_code == 302
    assert managers.people_listed(known(site))


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"act": "end", "number": "1", "last": "R8.9.30"}, "安全管理責任者の記録ではありません"),
        ({"employment": "x", "assignment": "dedicated", "first": "R8.4.1"}, "選択"),
        ({"employment": "full_time", "assignment": "dedicated", "first": "2099-01-01"}, "今日まで"),
    ],
)
def test_a_wrong_appointment_or_end_is_refused(
    clerk: Client, site: Site, given: dict[str, str], told: str
) -> None:
    count = Entry.objects.filter(site=site).count()
    response = clerk.post(address("bcp-managers", site), given)
    assert response.status_code == 400
    assert told in response.content.decode()
    assert Entry.objects.filter(site=site).count() == count


# ---- trainings -------------------------------------------------------------------------------------------

TRAINING = {
    "on": "R8.5.13",
    "title": "標的型メール",
    "medium": "mist",
    "led_by_manager": "yes",
    "content": "",
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_a_roster_is_read_in_both_encodings(encoding: str) -> None:
    found = read_roster(ROSTER.encode(encoding), "名簿.csv", HELD, date(2026, 11, 22))
    assert [(one.name, one.attended_on) for one in found] == [
        ("見本 太郎", HELD), ("見本 花子", date(2026, 5, 20)), ("例 次郎", None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("欠席", "たぶん", "名簿.csv:4: 出席「たぶん」は読めません"),
        ("見本 太郎", "", "名簿.csv:2: 氏名がありません"),
        ("R8.5.20", "昨日", "名簿.csv:3: 「昨日」は日付として読めません"),
        ("R8.5.20", "2099-01-01", "今日より後"),
        ("欠席,", "欠席,R8.5.20", "受講日があります"),
        ("002", "001", "名簿.csv:3: 「001」は2行目にもあります"),
        ("出席", "出積", "「出席」の列がありません"),
    ],
)
def test_a_wrong_roster_is_refused_with_its_row(old: str, new: str, told: str) -> None:
    with pytest.raises(InputError) as refused:
        read_roster(ROSTER.replace(old, new, 1).encode(), "名簿.csv", HELD, date(2026, 11, 22))
    assert told in str(refused.value)


@given(
    st.binary(max_size=200) | st.text('職員番号氏名所属出席受講日,\n"はいR8.1', max_size=80).map(str.encode)
)
def test_whatever_bytes_come_a_roster_is_read_or_refused_with_problems(content: bytes) -> None:
    try:
        found = read_roster("氏名,出席\n".encode() + content, "x.csv", HELD, date(2026, 11, 22))
        told: Any = found
    except InputError as error:
        found, told = [], error.problems
    assert told
    assert all(one.name for one in found)


def test_what_is_no_table_is_refused() -> None:
    for content in (b"", b"\xff\xff\x00", b'a,"b\n'):
        with pytest.raises(InputError):
            read_roster(content, "x.csv", HELD, HELD)


def test_a_training_with_a_roster_counts_exactly_and_names_nobody_in_the_ledger(
    clerk: Client, site: Site
) -> None:
    given = {**TRAINING, "roster": uploaded("名簿.csv", ROSTER.encode("cp932"))}
    assert clerk.post(address("bcp-training-add", site), given).status_code == 302
    training = Training.objects.get(site=site)
    assert (training.asked, training.attended) == (3, 2)
    page = clerk.get(address("bcp-training", site, training.pk)).content.decode()
    assert "3人のうち2人が受講、1人が未受講" in page
    told = "".join(Entry.objects.filter(site=site).values_list("content", flat=True))
    assert "見本 花子" not in told
    report = known(site).entries[training.entry]
    text = "".join(
        one.extract_text()
        for one in PdfReader(
            io.BytesIO(clerk.get(reverse("evidence-file", args=(site.slug, report.number))).content)
        ).pages
    )
    assert "見本 花子" not in text
    assert "看護部" in text
    roster = clerk.get(address("bcp-training-roster", site, training.pk))
    names = "".join(one.extract_text() for one in PdfReader(io.BytesIO(roster.content)).pages)
    assert "見本 花子" in names
    assert Audit.objects.filter(site=site, action="export", what__contains="名簿").exists()


def test_who_attended_later_comes_in_with_another_roster_and_the_same_one_changes_nothing(
    clerk: Client, site: Site
) -> None:
    clerk.post(address("bcp-training-add", site), {**TRAINING, "roster": uploaded("a.csv", ROSTER.encode())})
    training = Training.objects.get(site=site)
    page = address("bcp-training", site, training.pk)
    count = Entry.objects.filter(site=site).count()
    again = {"act": "roster", "roster": uploaded("a.csv", ROSTER.encode())}
    assert clerk.post(page, again).status_code == 302
    assert Entry.objects.filter(site=site).count() == count
    later = ROSTER.replace("欠席,", "はい,R8.6.1")
    assert clerk.post(page, {"act": "roster", "roster": uploaded("b.csv", later.encode())}).status_code == 302
    training.refresh_from_db()
    assert (training.asked, training.attended) == (3, 3)
    [event] = events_of(known(site), "security_training")
    assert event.proof == training.entry


def test_a_wrong_roster_on_the_page_leaves_nothing(clerk: Client, site: Site) -> None:
    given = {**TRAINING, "roster": uploaded("名簿.csv", "氏名,出席\n見本 太郎,たぶん\n".encode())}
    response = clerk.post(address("bcp-training-add", site), given)
    assert response.status_code == 400
    assert "名簿.csv:2:" in response.content.decode()
    assert not Training.objects.exists()
    assert not Attendee.objects.exists()


def test_more_attended_than_were_asked_is_refused(clerk: Client, site: Site) -> None:
    given = {**TRAINING, "asked": "10", "attended": "11"}
    assert "対象の人数以下" in clerk.post(address("bcp-training-add", site), given).content.decode()


def test_a_training_is_taken_back(clerk: Client, site: Site) -> None:
    clerk.post(address("bcp-training-add", site), {**TRAINING, "asked": "10", "attended": "9"})
    page = address("bcp-training", site, Training.objects.get().pk)
    assert clerk.post(page, {"act": "withdraw", "reason": "まちがい"}).status_code == 302
    assert events_of(known(site), "security_training") == []


# ---- contracts -------------------------------------------------------------------------------------------

CONTRACT = {
    "kind": "contract", "title": "保守契約書", "party": "見本システム", "clause": "第12条",
    "text": "写しは切り離して保管する。", "first": "R8.4.1", "last": "R9.3.31",
    "fact-backup_vendor_contract": "yes", "fact-backup_contract_excerpt_attached": "yes",
}  # fmt: skip


def test_a_contract_is_recorded_with_its_copy_and_its_end(clerk: Client, site: Site) -> None:
    given = {**CONTRACT, "document": uploaded("契約.pdf", b"%PDF-1.7 contract")}
    assert clerk.post(address("bcp-contract-add", site), given).status_code == 302
    contract = Contract.objects.get(site=site)
    entry = known(site).entries[contract.entry]
    assert (entry.first_day, entry.last_day) == (date(2026, 4, 1), date(2027, 3, 31))
    assert entry.document
    assert "record-management/backup-filing-attachment" in entry.body["requirements"]
    assert known(site).facts["backup_vendor_contract"][-1].value is None, "unknown after its end"
    page = clerk.get(address("bcp-contracts", site)).content.decode()
    assert "保守契約書" in page


def test_a_renewal_begins_from_the_earlier_contract_a_day_after_its_end(clerk: Client, site: Site) -> None:
    clerk.post(address("bcp-contract-add", site), CONTRACT)
    number = Contract.objects.get().pk
    page = clerk.get(f"{address('bcp-contract-add', site)}?renews={number}").content.decode()
    assert "令和9年4月1日" in page
    assert "写しは切り離して保管する。" in page


def test_a_contract_is_taken_back_with_its_facts(clerk: Client, site: Site) -> None:
    before = known(site).facts.get("backup_vendor_contract")
    clerk.post(address("bcp-contract-add", site), CONTRACT)
    page = address("bcp-contract-withdraw", site, Contract.objects.get().pk)
    assert clerk.post(page, {"reason": "まちがい"}).status_code == 302
    assert known(site).facts.get("backup_vendor_contract") == before


@pytest.mark.parametrize(
    ("given", "told"),
    [({"last": "R8.3.31"}, "前です"), ({"text": ""}, "必須"), ({"first": "いつか"}, "日付として読めません")],
)
def test_a_contract_that_cannot_be_is_refused(
    clerk: Client, site: Site, given: dict[str, Any], told: str
) -> None:
    response = clerk.post(address("bcp-contract-add", site), {**CONTRACT, **given})
    assert response.status_code == 400
    assert told in response.content.decode()
    assert not Contract.objects.exists()


# ---- everything together ---------------------------------------------------------------------------------


def test_the_rules_themselves_say_which_requirements_a_paper_is_for() -> None:
    assert months_of("medical", "bcp_drill") == 12
    assert set(requirements_for("medical", "continuity_plan")) == {
        "record-management/continuity-plan", "electronic-information-sharing-inpatient/continuity-plan",
    }  # fmt: skip
    assert requirements_for("medical", "no_such_fact") == ()


def test_the_overview_marks_what_is_late(make_site: Callable[..., Site]) -> None:
    hospital = make_site("hospital")
    marks = {row.page: row.symbol for row in overview.readiness(hospital, date(2026, 11, 22))}
    assert marks == {
        "bcp-plan": "？", "bcp-drills": "○", "bcp-contacts": "？", "bcp-managers": "○", "bcp-trainings": "○",
        "bcp-checklist": "？", "bcp-contracts": "？",
    }  # fmt: skip
    later = {row.page: row.symbol for row in overview.readiness(hospital, date(2027, 2, 27))}
    assert later["bcp-drills"] == "✕"
    soon = {row.page: row.symbol for row in overview.readiness(hospital, date(2027, 2, 20))}
    assert soon["bcp-drills"] == "△"


def test_a_tree_that_was_not_checked_for_a_year_is_told_of(clerk: Client, site: Site, user: User) -> None:
    rows = [{"role": "責任者", "telephone": "000"}]
    contacts.save(site, rows, date(2025, 1, 1), today=timezone.localdate(), by=user)
    assert "1年以上、番号を確かめていません" in clerk.get(address("bcp-contacts", site)).content.decode()


def test_an_earlier_check_than_the_last_is_refused(site: Site, user: User) -> None:
    rows = [{"role": "責任者", "telephone": "000"}]
    contacts.save(site, rows, date(2026, 1, 2), today=date(2026, 11, 22), by=user)
    with pytest.raises(UsageError, match="より前の日"):
        contacts.save(site, rows, date(2026, 1, 1), today=date(2026, 11, 22), by=user)


def test_the_sample_plans_are_complete_and_leave_the_ledger_alone(
    make_site: Callable[..., Site], user: User
) -> None:
    hospital = make_site("hospital")
    count = Entry.objects.filter(site=hospital).count()
    demo.plant(hospital)
    demo.plant(hospital)
    assert Entry.objects.filter(site=hospital).count() == count
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    drill, training = Drill.objects.get(site=hospital), Training.objects.get(site=hospital)
    for name, *rest in (
        ("bcp",), ("bcp-plan",), ("bcp-plan-version", 1), ("bcp-drill", drill.pk), ("bcp-contacts",),
        ("bcp-training", training.pk), ("bcp-checklist-sheet", 2025), ("bcp-contracts",),
    ):  # fmt: skip
        assert client.get(address(name, hospital, *rest)).status_code == 200, name
    review = {"act": "review", "on": drill.on.isoformat(), "result": ""}
    assert client.post(address("bcp-drill", hospital, drill.pk), review).status_code == 302
    rows = events_of(known(hospital), "bcp_drill")
    assert [str(row.body["on"]) for row in rows] == ["2026-02-26", "2025-03-06", "2024-03-14"]
    assert rows[0].proof is not None, "the report stands behind the event that was there before"


def test_names_and_numbers_leave_only_after_a_fresh_sign_in(clerk: Client, site: Site) -> None:
    clerk.post(address("bcp-contacts-edit", site), tree_given(FIRST))
    clerk.post(address("bcp-training-add", site), {**TRAINING, "roster": uploaded("a.csv", ROSTER.encode())})
    session = clerk.session
    session[MOMENT] = session[MOMENT] - 600
    session.save()
    number = Training.objects.get(site=site).pk
    for page in (address("bcp-contacts-pdf", site), address("bcp-training-roster", site, number)):
        assert clerk.get(page).status_code == 403
