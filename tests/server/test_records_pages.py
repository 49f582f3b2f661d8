"""The pages of the record room: who may open them, what they do, and what is recorded of it."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook
from records_files import row, table

from mitasu.server.accounts.models import Membership, Records, Role, Site, User
from mitasu.server.ledger.fold import known
from mitasu.server.ledger.models import Audit, Kind
from mitasu.server.records import sample
from mitasu.server.records.doctors import link_doctor
from mitasu.server.records.importing.carrying import carry
from mitasu.server.records.models import (
    Disclosure,
    Disposal,
    Doctor,
    Extraction,
    Hold,
    Loan,
    MonthClose,
    Outpatient,
    Patient,
    Reminder,
    RoomSettings,
    Search,
    StaffMember,
    Stay,
)
from mitasu.server.records.urls import urlpatterns

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 22)
As = Callable[..., Client]


@pytest.fixture(autouse=True)
def today(monkeypatch: Any) -> None:
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *given: given[0].date() if given else TODAY)


@pytest.fixture
def hospital(make_site: Any) -> Site:
    return make_site("hospital")


@pytest.fixture
def as_(hospital: Site) -> As:
    def signed_in(records: Records, role: Role = Role.ENTER, name: str = "") -> Client:
        person, _ = User.objects.get_or_create(username=name or f"person-{records or 'none'}-{role}")
        Membership.objects.update_or_create(
            user=person, site=hospital, defaults={"role": role, "records": records}
        )
        client = Client()
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return signed_in


@pytest.fixture
def keeper(as_: As) -> Client:
    return as_(Records.KEEP)


def planted(site: Site, *rows: dict[str, str]) -> list[Stay]:
    content = table(row(**{"患者番号": str(number), **one}) for number, one in enumerate(rows or ({},), 1))
    carry(site, "table", content, "a.csv", today=TODAY)
    return list(Stay.objects.filter(site=site).order_by("pk"))


def said(answer: Any) -> str:
    return str(answer.content.decode())


# ---- who may ----------------------------------------------------------------------------------------------------

LEAST = {
    "records": Records.OWN, "records-stay": Records.OWN, "records-summaries": Records.OWN, "records-search": Records.READ,
    "records-found": Records.READ, "records-keep": Records.READ, "records-outpatient": Records.READ,
    "records-month": Records.READ, "records-statistics": Records.READ,
}  # fmt: skip
RANK = [Records.NONE, Records.OWN, Records.READ, Records.KEEP]
NAMES = sorted({str(one.name) for one in urlpatterns} - {"records-access"})


def address(name: str) -> str:
    given = {"site": "hospital", "stay": 1, "number": 1, "month": "2026-10", "kind": "table", "member": 1}
    pattern = next(one for one in urlpatterns if one.name == name)
    return reverse(name, kwargs={key: given[key] for key in pattern.pattern.converters})


@pytest.mark.parametrize("name", NAMES)
def test_each_page_opens_for_its_permission_and_for_no_lesser_one(as_: As, name: str) -> None:
    least = RANK.index(LEAST.get(name, Records.KEEP))
    for rank, records in enumerate(RANK):
        refused = Audit.objects.filter(outcome="refused").count()
        answer = as_(records).get(address(name))
        if rank < least:
            assert answer.status_code == 403, records
            assert Audit.objects.filter(outcome="refused").count() == refused + 1
        else:
            assert answer.status_code in (200, 302, 404, 405), records


@pytest.mark.parametrize("name", NAMES)
def test_the_administrator_of_a_site_sees_no_patient(as_: As, hospital: Site, name: str) -> None:
    planted(hospital)
    answer = as_(Records.NONE, Role.ADMIN).get(address(name))
    if name == "records":
        assert answer["Location"] == "/s/hospital/records/access/"
    else:
        assert answer.status_code == 403
    assert "見本" not in said(answer)


def test_an_administrator_grants_the_permission_to_others_and_not_to_themselves(
    as_: As, hospital: Site
) -> None:
    other = as_(Records.NONE, Role.ENTER)
    admin = as_(Records.NONE, Role.ADMIN)
    member = Membership.objects.get(user__username="person-none-2")
    mine = Membership.objects.get(user__username="person-none-4")
    assert (
        admin.post("/s/hospital/records/access/", {"member": mine.pk, "records": "keep"}).status_code == 400
    )
    admin.post("/s/hospital/records/access/", {"member": member.pk, "records": "keep"})
    mine.refresh_from_db()
    assert mine.records == ""
    assert other.get("/s/hospital/records/").status_code == 200
    assert Audit.objects.filter(what__contains="診療録の許可：person-none-2（すべてを管理").exists()


def test_the_room_is_in_the_navigation_of_those_who_may_see_it(as_: As) -> None:
    for records, role, shown in (
        (Records.NONE, Role.ENTER, False),
        (Records.READ, Role.VIEW, True),
        (Records.NONE, Role.ADMIN, True),
    ):
        page = said(as_(records, role).get("/s/hospital/"))
        assert ('href="/s/hospital/records/"' in page) == shown


def test_a_doctor_sees_the_overdue_summaries_of_their_own_and_no_others(as_: As, hospital: Site) -> None:
    late = {"要約作成日": "", "要約提出日": "", "要約作成者の職種": ""}
    mine, other = planted(
        hospital, {"氏名": "見本　一", "担当医": "甲", **late}, {"氏名": "見本　二", "担当医": "乙", **late}
    )
    doctor = as_(Records.OWN)
    keeper = as_(Records.KEEP)
    user = Membership.objects.get(user__username="person-own-2")
    keeper.post("/s/hospital/records/settings/", {"action": "doctor", "doctor": "甲", "user": user.pk})
    page = said(doctor.get("/s/hospital/records/summaries/"))
    assert "見本　一" in page
    assert "見本　二" not in page
    assert "月ごと" not in page
    assert doctor.get(f"/s/hospital/records/stays/{mine.pk}/").status_code == 200
    assert doctor.get(f"/s/hospital/records/stays/{other.pk}/").status_code == 404
    step = {
        "action": "step",
        "step": "written",
        "at": "2026-11-20 10:00",
        "author": "甲",
        "profession": "physician",
    }
    assert doctor.post(f"/s/hospital/records/stays/{mine.pk}/", step).status_code == 302
    returned = doctor.post(f"/s/hospital/records/stays/{mine.pk}/", {**step, "step": "returned"})
    assert "中央病歴管理室が記録します" in said(returned)


# ---- files ------------------------------------------------------------------------------------------------------


def upload(client: Client, kind: str, content: bytes, name: str = "a.csv") -> Any:
    return client.post(f"/s/hospital/records/import/{kind}/", {"file": SimpleUploadedFile(name, content)})


def token_of(answer: Any) -> str:
    return said(answer).split('name="token" value="')[1].split('"')[0]


def test_a_file_is_shown_first_and_taken_in_by_a_second_step(keeper: Client, own_data: Any) -> None:
    looked = upload(keeper, "table", table([row()]))
    assert "変わるところがあります（まだ取り込んでいません）" in said(looked)
    assert Stay.objects.count() == 0
    assert len(list((own_data / "records-imports").iterdir())) == 1
    done = keeper.post("/s/hospital/records/import/table/", {"token": token_of(looked)}, follow=True)
    assert "一覧表・患者の一覧を取り込みました（新しい入院1" in said(done)
    assert Stay.objects.count() == 1
    assert list((own_data / "records-imports").iterdir()) == []
    assert "変わるところはありません" in said(upload(keeper, "table", table([row()])))


def test_a_token_of_someone_else_or_of_another_kind_is_refused(keeper: Client, as_: As) -> None:
    token = token_of(upload(keeper, "table", table([row()])))
    other = as_(Records.KEEP, name="another")
    for client, kind in ((other, "table"), (keeper, "form1")):
        assert client.post(f"/s/hospital/records/import/{kind}/", {"token": token}).status_code == 400
    assert Stay.objects.count() == 0


def test_conflicts_are_shown_and_wait_for_a_choice(keeper: Client, hospital: Site) -> None:
    planted(hospital, {"患者番号": "1001"})
    looked = upload(keeper, "table", table([row(担当医="乙")]))
    assert "食い違い（1件）" in said(looked)
    token = token_of(looked)
    assert keeper.post("/s/hospital/records/import/table/", {"token": token}).status_code == 400
    keeper.post("/s/hospital/records/import/table/", {"token": token, "take": "take"})
    assert Stay.objects.get().doctor == "乙"


def test_faults_are_listed_by_row_and_an_empty_file_is_told(keeper: Client) -> None:
    answer = upload(keeper, "table", table([row(性別="中"), row(患者番号="", 氏名="見本")]))
    assert answer.status_code == 400
    assert "直すところが2あります" in said(answer)
    assert "ファイルが空です" in said(upload(keeper, "table", b""))
    assert upload(keeper, "none", b"x").status_code == 404


def test_the_map_of_numbers_the_comparison_and_outpatient_diseases_are_taken_in_too(
    keeper: Client, hospital: Site
) -> None:
    planted(hospital, {"患者番号": "1001"})
    looked = upload(keeper, "idmap", "データ識別番号,患者番号\n0000000012,1001\n".encode())
    keeper.post("/s/hospital/records/import/idmap/", {"token": token_of(looked)})
    line = "\t".join(["1", "0000000012", "20261002", "20260920", "50", "1", "0", "1", "15", "K529", "手術"])
    assert "違いが2件あります" in said(upload(keeper, "ef", line.encode("cp932"), "ef.txt"))
    visits = "患者番号,診療科,ICD,傷病名,初診日,最終診療日\n1001,内科,E11.9,2型糖尿病,2025-01-01,2026-11-01\n".encode()
    looked = upload(keeper, "outpatient", visits)
    keeper.post("/s/hospital/records/import/outpatient/", {"token": token_of(looked)})
    assert Outpatient.objects.get().icd == "E119"
    assert "0件が加わります（同じもの1件）" in said(upload(keeper, "outpatient", visits))
    for disease in ("E11", "糖尿病", "２型"):
        assert "「" + disease + "」：1件" in said(
            keeper.post("/s/hospital/records/outpatient/", {"disease": disease})
        )
    unknown = visits.replace(b"1001", b"9999")
    assert "患者9999が一覧表にありません" in said(upload(keeper, "outpatient", unknown))


def test_a_form_to_fill_in_can_be_saved(keeper: Client) -> None:
    answer = keeper.get("/s/hospital/records/import/table/?template")
    assert "患者番号,氏名,カナ氏名" in answer.content.decode("utf-8-sig")


# ---- search -----------------------------------------------------------------------------------------------------


def searched(client: Client, **data: str) -> Any:
    return client.post("/s/hospital/records/search/", data, follow=True)


def test_conditions_that_were_chosen_find_stays_and_are_recorded_without_names(
    keeper: Client, hospital: Site
) -> None:
    planted(hospital, {}, {"氏名": "例示　花", "主傷病ICD": "I21.9", "性別": "女"})
    answer = searched(
        keeper, **{"how": "all", "field-1": "icd", "operator-1": "is", "value-1": "C34", "field-2": "name",
                   "operator-2": "is", "value-2": "見本", "field-3": "sex", "value-3": "女", "not-3": "1"}
    )  # fmt: skip
    assert "1件見つかりました" in said(answer)
    assert "見本" not in answer.request["PATH_INFO"] + answer.request["QUERY_STRING"]
    entry = Audit.objects.filter(action="search").latest("pk")
    assert (
        entry.what
        == "診療録の検索：1件、条件「病名のICDコード C34 かつ 氏名・カナ：（伏せる） かつ 「性別 女」ではない」"
    )


def test_lettered_conditions_are_joined_the_other_way(keeper: Client, hospital: Site) -> None:
    planted(hospital, {}, {"主傷病ICD": "I21.9"}, {"主傷病ICD": "J13", "性別": "女"})
    answer = searched(
        keeper, **{"how": "all", "field-1": "icd", "value-1": "C34", "group-1": "A", "field-2": "icd", "value-2": "I21",
                   "group-2": "A", "field-3": "sex", "value-3": "男"}
    )  # fmt: skip
    assert "2件見つかりました" in said(answer)
    assert "性別 男 かつ （病名のICDコード C34 または 病名のICDコード I21）" in said(answer)


def test_a_period_the_wrong_way_round_is_refused_on_the_form(keeper: Client, hospital: Site) -> None:
    rows = {
        "field-1": "discharged", "operator-1": "from", "value-1": "2026-10-10",
        "field-2": "discharged", "operator-2": "to", "value-2": "2026-10-01",
    }  # fmt: skip
    page = keeper.post("/s/hospital/records/search/", rows)
    assert page.status_code == 400
    assert "始まりと終わりが逆です" in said(page)
    assert not Search.objects.exists()


def test_a_search_in_words_is_found_again_under_its_name_and_by_nobody_else(
    keeper: Client, as_: As, hospital: Site
) -> None:
    planted(hospital)
    searched(keeper, text="icd:C34 かつ 年齢>=70")
    one = Search.objects.get()
    keeper.post(f"/s/hospital/records/search/{one.pk}/keep/", {"name": "高齢の肺癌"})
    assert "高齢の肺癌" in said(keeper.get("/s/hospital/records/search/"))
    assert as_(Records.READ).get(f"/s/hospital/records/search/{one.pk}/").status_code == 404
    keeper.post(f"/s/hospital/records/search/{one.pk}/keep/", {"drop": "1"})
    assert not Search.objects.exists()


def test_a_condition_that_cannot_be_read_is_told_by_its_number(keeper: Client) -> None:
    answer = searched(keeper, **{"field-2": "age", "operator-2": "from", "value-2": "七十"})
    assert "条件2：「年齢（入院日）」：「七十」は0以上の整数ではありません" in said(answer)
    assert answer.status_code == 400


def extracted(client: Client, form: str = "xlsx", **more: Any) -> Any:
    searched(client, text="icd:C34")
    number = Search.objects.latest("pk").pk
    data = {
        "purpose": "がん登録の届出",
        "form": form,
        "columns": ["number", "kanji", "icd", "operations"],
        **more,
    }
    return client.post(f"/s/hospital/records/search/{number}/extract/", data)


def test_a_list_is_taken_out_with_its_purpose_and_recorded(keeper: Client, hospital: Site) -> None:
    planted(hospital, {"氏名": "=1+1"}, {"主傷病ICD": "J13"})
    answer = extracted(keeper)
    sheet = load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    assert next([cell.value for cell in line] for line in sheet.iter_rows()) == [
        "患者番号",
        "氏名",
        "主傷病ICD",
        "手術",
    ]
    taken = Extraction.objects.get()
    assert (taken.rows, taken.purpose, taken.conditions) == (1, "がん登録の届出", "病名のICDコード C34")
    entry = Audit.objects.filter(action="export").latest("pk")
    assert entry.what.startswith(f"診療録の抽出{taken.pk}：1件、目的「がん登録の届出」")
    assert "がん登録の届出" in said(keeper.get("/s/hospital/records/extractions/"))
    plain = extracted(keeper, "csv").content.decode("utf-8-sig")
    assert "1,'=1+1,C34.1" in plain


def test_a_list_without_purpose_and_one_with_letters_that_shift_jis_lacks_are_refused(
    keeper: Client, hospital: Site
) -> None:
    planted(hospital, {"氏名": "𠮷田　花"})
    assert extracted(keeper, purpose=" ").status_code == 400
    assert "Shift_JISにありません" in said(extracted(keeper, "cp932"))
    assert not Extraction.objects.exists()


def test_a_list_asks_for_a_fresh_sign_in(keeper: Client, hospital: Site) -> None:
    planted(hospital)
    session = keeper.session
    session["signed_in_at"] = 0
    session.save()
    assert extracted(keeper).status_code in (302, 403)
    assert not Extraction.objects.exists()


# ---- summaries --------------------------------------------------------------------------------------------------


def test_a_month_is_closed_on_its_page_and_the_evidence_is_linked(keeper: Client, hospital: Site) -> None:
    planted(hospital)
    page = keeper.post("/s/hospital/records/summaries/2026-10/", {"reason": ""}, follow=True)
    made = MonthClose.objects.get()
    assert f"/s/hospital/evidence/{made.evidence}/" in said(page)
    assert "1/1件（100.0％）" in said(page)
    assert keeper.get(f"/s/hospital/evidence/{made.evidence}/").status_code == 200
    again = keeper.post("/s/hospital/records/summaries/2026-10/", {"reason": ""})
    assert "理由が要ります" in said(again)
    assert keeper.get("/s/hospital/records/summaries/never/").status_code == 404


def test_the_page_of_reasons_leads_from_an_unmet_standard_to_the_closed_month(
    keeper: Client, hospital: Site
) -> None:
    stays = planted(hospital, *({} for _ in range(10)))
    Stay.objects.filter(pk__in=[one.pk for one in stays[:2]]).update(submitted=date(2026, 11, 20))
    keeper.post("/s/hospital/records/summaries/2026-10/", {"reason": ""})
    made = MonthClose.objects.get()
    page = said(keeper.get("/s/hospital/additions/record-management/"))
    assert "2026年10月退院10件のうち期限内8件" in page
    assert (
        f"証拠{made.evidence} 2026年10月退院分の退院時要約（確定、第1版）" in page
        or f"/evidence/{made.evidence}/" in page
    )


def test_reminders_name_no_patient_and_are_made_once_a_day(keeper: Client, hospital: Site) -> None:
    planted(hospital, {"要約作成日": "", "要約提出日": "", "要約作成者の職種": "", "担当医": "甲"})
    for _ in range(2):
        keeper.post("/s/hospital/records/summaries/remind/")
    one = Reminder.objects.get()
    assert one.title == "退院時要約：期限切れ1件、期限の近いもの0件"
    assert "令和8年10月16日まで（37日超過・未作成）" in one.text
    assert "見本" not in one.text


def test_a_wrong_step_is_taken_back_and_stays_on_record(keeper: Client, hospital: Site) -> None:
    (one,) = planted(hospital)
    event = one.summary_events.get(step="submitted")
    keeper.post(f"/s/hospital/records/stays/{one.pk}/", {"action": "back", "event": event.pk})
    one.refresh_from_db()
    assert one.submitted is None
    assert "取り消した" in said(keeper.get(f"/s/hospital/records/stays/{one.pk}/"))


def test_a_step_needs_a_profession_and_a_day_that_has_come(keeper: Client, hospital: Site) -> None:
    (one,) = planted(hospital)
    step = {"action": "step", "step": "written", "at": "2027-01-01", "author": "", "profession": ""}
    page = said(keeper.post(f"/s/hospital/records/stays/{one.pk}/", step))
    assert "今日より後の日時です" in page
    assert "作成者の職種を選んでください" in page


# ---- statistics, staff, facts -------------------------------------------------------------------------------------


def test_statistics_show_tables_and_take_the_published_one_away(keeper: Client, hospital: Site) -> None:
    sample.plant(hospital, 80, first=TODAY - timedelta(days=300), last=TODAY, events=False)
    page = said(keeper.get("/s/hospital/records/statistics/?by=sex&digits=4"))
    assert "コーディングの完成度" in page
    published = keeper.get("/s/hospital/records/statistics/?by=sex&digits=4&csv=1").content.decode(
        "utf-8-sig"
    )
    assert published.startswith("ICD,")
    assert "-" in published
    assert Audit.objects.filter(action="export", what__startswith="公開用の疾病統計").exists()
    wrong = keeper.get("/s/hospital/records/statistics/?first=2026-10&last=2026-01")
    assert wrong.status_code == 400


def test_managers_are_kept_counted_and_put_into_the_ledger_without_names(
    keeper: Client, hospital: Site
) -> None:
    one = {
        "name": "見本 管理",
        "employment": "full_time",
        "assignment": "exclusive",
        "duties": "疾病統計",
        "first": "2024-04-01",
        "last": "",
    }
    assert keeper.post("/s/hospital/records/staff/", {**one, "last": "2020-01-01"}).status_code == 400
    keeper.post("/s/hospital/records/staff/", one)
    keeper.post("/s/hospital/records/staff/", {**one, "employment": "dispatched", "assignment": "dedicated"})
    page = said(keeper.get("/s/hospital/records/staff/"))
    assert "数えられる管理者1人（専従あり）、退院0人に対し1人必要" in page
    assert "常勤ではありません" in page
    before = len(known(hospital).of(Kind.PERSON))
    keeper.post("/s/hospital/records/staff/ledger/")
    people = [entry for entry in known(hospital).of(Kind.PERSON) if entry.subject == "record_manager"]
    assert [entry.body["employment"] for entry in people] == ["full_time", "dispatched"]
    assert len(known(hospital).of(Kind.PERSON)) == before - 4 + 2
    assert "見本" not in "".join(entry.content for entry in people)
    member = StaffMember.objects.first()
    assert member is not None
    keeper.post(f"/s/hospital/records/staff/{member.pk}/", {**one, "duties": "一覧表"})
    assert "台帳は、もう同じ内容です" in said(keeper.post("/s/hospital/records/staff/ledger/", follow=True))


def test_what_the_register_shows_is_stated_only_where_a_person_chose_it(
    keeper: Client, hospital: Site
) -> None:
    planted(hospital, {}, {"住所": ""})
    page = said(keeper.get("/s/hospital/records/facts/"))
    assert "欠けているもの1件" in page
    assert "直近12か月の退院患者数" not in page
    keeper.post(
        "/s/hospital/records/facts/", {"facts": ["discharge_list_address", "discharge_list_free_search"]}
    )
    facts = known(hospital).facts
    assert facts["discharge_list_address"][-1].value is False
    assert facts["discharge_list_free_search"][-1].entry.proof
    assert keeper.post("/s/hospital/records/facts/", {"facts": ["charts_kept_years"]}).status_code == 400


# ---- keeping ------------------------------------------------------------------------------------------------------


def test_a_record_is_lent_and_comes_back(keeper: Client, hospital: Site) -> None:
    planted(hospital)
    loan = {
        "action": "lend",
        "number": "1",
        "what": "入院診療録",
        "borrower": "内科",
        "purpose": "研究",
        "lent": "2026-11-01",
        "due": "2026-11-10",
    }
    assert keeper.post("/s/hospital/records/lending/", {**loan, "number": "99"}).status_code == 400
    keeper.post("/s/hospital/records/lending/", loan)
    assert "返却の期限を過ぎた貸出が1件あります" in said(keeper.get("/s/hospital/records/lending/"))
    one = Loan.objects.get()
    back = {"action": "return", "loan": one.pk, "returned": "2026-10-01"}
    assert keeper.post("/s/hospital/records/lending/", back).status_code == 400
    keeper.post("/s/hospital/records/lending/", {**back, "returned": "2026-11-20"})
    assert Loan.objects.get().returned == date(2026, 11, 20)


def test_a_request_for_disclosure_goes_from_receipt_to_answer(keeper: Client, hospital: Site) -> None:
    planted(hospital)
    asked = {
        "action": "disclose",
        "number": "1",
        "received": "2026-11-01",
        "applicant": "本人",
        "scope": "入院診療録",
    }
    page = keeper.post("/s/hospital/records/lending/", asked, follow=True)
    one = Disclosure.objects.get()
    assert one.due == date(2026, 12, 1)
    assert "受付" in said(page)
    step = {"kind": "refused", "on": "2026-11-05", "note": ""}
    place = f"/s/hospital/records/disclosures/{one.pk}/"
    assert "理由を書いてください" in said(keeper.post(place, step))
    assert "より前の日です" in said(keeper.post(place, {"kind": "identified", "on": "2026-10-01"}))
    hasty = said(keeper.post(place, {"kind": "answered", "on": "2026-11-10", "note": ""}))
    assert "「提供の決定」か「提供しない決定」を、回答・提供より先に記録してください" in hasty
    for kind in ("identified", "decided", "answered"):
        keeper.post(place, {"kind": kind, "on": "2026-11-10", "note": ""})
    assert [step.kind for step in one.steps.all()] == ["received", "identified", "decided", "answered"]
    assert "この請求は終わっています" in said(keeper.get(place))


def test_records_past_their_period_are_disposed_of_unless_held_lent_or_needed(
    keeper: Client, hospital: Site
) -> None:
    old = {
        "入院日": "2020-09-20",
        "退院日": "2020-10-02",
        "手術日1": "2020-09-22",
        "要約作成日": "2020-10-05",
        "要約提出日": "2020-10-06",
    }
    stays = planted(hospital, old, old, old, {**old, "入院日": "2021-11-21", "退院日": "2021-11-22", "手術日1": "2021-11-21",
                    "要約作成日": "2021-11-25", "要約提出日": "2021-11-25"}, old)  # fmt: skip
    keeper.post(
        "/s/hospital/records/retention/",
        {"action": "hold", "number": "2", "reason": "訴訟", "from_day": "2026-01-01"},
    )
    Loan.objects.create(
        site=hospital, patient=stays[2].patient, what="x", borrower="x", purpose="x", lent=TODAY, due=TODAY
    )
    Outpatient.objects.create(site=hospital, patient=stays[4].patient, last=date(2025, 1, 1), name="高血圧症")
    page = said(keeper.get("/s/hospital/records/retention/"))
    assert "保存期間を過ぎた診療録：1人" in page
    away = {"action": "dispose", "patients": [stays[0].patient_id], "method": "溶解", "approved_by": "院長"}
    assert (
        keeper.post("/s/hospital/records/retention/", {**away, "patients": [stays[1].patient_id]}).status_code
        == 400
    )
    keeper.post("/s/hospital/records/retention/", away)
    gone = Disposal.objects.get()
    assert (gone.patient_id, gone.completed, gone.years) == (stays[0].patient_id, date(2020, 10, 2), 5)
    assert "廃棄" in known(hospital).entries[gone.evidence or 0].body["title"]
    hold = Hold.objects.get()
    keeper.post("/s/hospital/records/retention/", {"action": "lift", "hold": hold.pk, "lifted": "2026-11-22"})
    assert "保存期間を過ぎた診療録：1人" in said(keeper.get("/s/hospital/records/retention/"))


def test_settings_keep_the_periods_of_the_law_and_count_anew(keeper: Client, hospital: Site) -> None:
    given = {"action": "settings", "counting": "first", "charts_years": "4", "others_years": "3", "years_source": "規程",
             "operation_code": "12", "answer_days": "30", "names": "010内科"}  # fmt: skip
    page = said(keeper.post("/s/hospital/records/settings/", given))
    for told in (
        "5年より短くはできません",
        "1から9までの番号です",
        "「010内科」は「010=内科」の形ではありません",
    ):
        assert told in page
    keeper.post(
        "/s/hospital/records/settings/",
        {**given, "charts_years": "10", "operation_code": "2", "names": "010=内科"},
    )
    found = RoomSettings.objects.get()
    assert (found.counting, found.charts_years, found.departments) == ("first", 10, {"010": "内科"})
    assert Patient.objects.count() == 0


# ---- what was taken in or linked wrongly -------------------------------------------------------------------------


def test_a_stay_taken_in_wrongly_is_removed_with_a_reason_by_the_record_room_only(
    keeper: Client, as_: As, hospital: Site
) -> None:
    [stay, other] = planted(hospital, {}, {"患者番号": "2"})
    address = reverse("records-stay", args=("hospital", stay.pk))
    as_(Records.OWN).post(address, {"action": "remove", "reason": "誤り"})
    assert Stay.objects.count() == 2
    assert "入力" in said(keeper.post(address, {"action": "remove", "reason": ""}))
    assert keeper.post(address, {"action": "remove", "reason": "入院日の誤り"}).status_code == 302
    assert list(Stay.objects.all()) == [other]
    assert Audit.objects.filter(what__contains="理由：入院日の誤り", action="change").exists()


def test_a_stay_of_a_patient_whose_records_are_held_back_is_not_removed(
    keeper: Client, hospital: Site
) -> None:
    [stay] = planted(hospital, {})
    hold = Hold.objects.create(site=hospital, patient=stay.patient, reason="訴訟", from_day=stay.admitted)
    address = reverse("records-stay", args=("hospital", stay.pk))
    refused = keeper.post(address, {"action": "remove", "reason": "入院日の誤り"})
    assert refused.status_code == 400
    assert "廃棄が保留されています" in said(refused)
    assert Stay.objects.exists()
    Hold.objects.filter(pk=hold.pk).update(lifted=stay.admitted)
    assert keeper.post(address, {"action": "remove", "reason": "入院日の誤り"}).status_code == 302


def test_a_stay_stays_where_its_removal_cannot_be_recorded(
    keeper: Client, hospital: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    [stay] = planted(hospital, {})

    def full(*_: Any, **__: Any) -> None:
        raise OperationalError("database or disk is full")

    monkeypatch.setattr("mitasu.server.records.views.register.audit_request", full)
    address = reverse("records-stay", args=("hospital", stay.pk))
    with pytest.raises(OperationalError):
        keeper.post(address, {"action": "remove", "reason": "入院日の誤り"})
    assert Stay.objects.filter(pk=stay.pk).exists()


def test_a_doctor_is_unlinked_on_the_page_of_settings(keeper: Client, as_: As, hospital: Site) -> None:
    [stay] = planted(hospital, {})
    doctor = as_(Records.OWN, name="isha")
    link_doctor(hospital, stay.doctor, User.objects.get(username="isha"))
    summary = reverse("records-stay", args=("hospital", stay.pk))
    assert doctor.get(summary).status_code == 200
    linked = Doctor.objects.get()
    keeper.post(reverse("records-room", args=("hospital",)), {"action": "unlink", "doctor": linked.pk})
    assert doctor.get(summary).status_code == 404
    assert not Doctor.objects.exists()


def test_days_stand_on_pages_as_people_write_them(keeper: Client, hospital: Site) -> None:
    [stay] = planted(hospital, {})
    page = said(keeper.get(reverse("records-stay", args=("hospital", stay.pk))))
    assert "2026年9月20日入院" in page
    assert "2026年10月5日 10:00" in page
    for name, told in (
        ("records", "2026年10月退院分の14日以内"),
        ("records-statistics", "2025年11月から2026年10月までの退院"),
        ("records-facts", "2025年11月から2026年10月までの退院1件"),
    ):
        assert told in said(keeper.get(reverse(name, args=("hospital",))))


def test_a_step_from_before_the_admission_is_told_at_its_field(keeper: Client, hospital: Site) -> None:
    [stay] = planted(hospital, {})
    step = {"action": "step", "step": "submitted", "at": "2026-09-01"}
    answer = keeper.post(reverse("records-stay", args=("hospital", stay.pk)), step)
    assert answer.status_code == 400
    assert "要約の日（2026-09-01）が入院日（2026-09-20）より前です" in said(answer)
