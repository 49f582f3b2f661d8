"""Files into the register: every fault by row, conflicts shown, nothing guessed, all or nothing, twice changes nothing."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from records_files import STAY, form1, row, table

from mitasu.documents.tables import write_csv
from mitasu.errors import UsageError
from mitasu.server.accounts.models import Site
from mitasu.server.records.extraction import extract
from mitasu.server.records.importing import ef
from mitasu.server.records.importing.carrying import carry
from mitasu.server.records.importing.joining import map_numbers
from mitasu.server.records.importing.plan import AT_ONCE, KEEP, TAKE, Plan, plan
from mitasu.server.records.models import (
    Diagnosis,
    Disclosure,
    Hold,
    IdMap,
    ImportBatch,
    Loan,
    Operation,
    Outpatient,
    Patient,
    RoomSettings,
    Stay,
)
from mitasu.server.records.search.conditions import EVERYTHING

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 22)


@pytest.fixture
def hospital(make_site: Any) -> Site:
    return make_site("hospital")


def take_in(site: Site, content: bytes, kind: str = "table", take: str = "") -> Plan:
    return carry(site, kind, content, "a.csv", today=TODAY, take=take)[1]


def look(site: Site, content: bytes, kind: str = "table") -> Plan:
    return plan(site, kind, content, "a.csv", today=TODAY)


# ---- tables ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["cp932", "utf-8-sig"])
def test_a_table_fills_every_field_of_the_list_in_either_encoding(hospital: Site, encoding: str) -> None:
    take_in(hospital, table([row()], encoding))
    stay = Stay.objects.get(site=hospital)
    assert (stay.patient.kanji, stay.patient.kana) == ("見本　太郎", "ミホン　タロウ")
    assert (stay.age, stay.sex, stay.patient.postal, stay.patient.address) == (
        76,
        "1",
        "0600001",
        "見本県見本市一丁目",
    )
    assert (stay.department, stay.doctor, stay.days) == ("内科", "例示 一郎", 13)
    assert [(one.icd, one.icd_text, one.name) for one in stay.diagnoses.all()] == [("C341", "C34.1", "肺癌")]
    assert [(one.code, one.on) for one in stay.operations.all()] == [("K514-2", date(2026, 9, 22))]
    assert (stay.written, stay.submitted) == (date(2026, 10, 5), date(2026, 10, 6))


def test_every_fault_is_listed_by_row_and_nothing_is_taken_in(hospital: Site) -> None:
    rows = [
        row(),
        row(患者番号="1002", 性別="中"),
        row(患者番号="1003", 退院日="2026-09-01"),
        row(患者番号="", 氏名="見本 花子"),
        row(患者番号="1004", 生年月日="2026-02-30"),
        row(患者番号="1005", 郵便番号="60-1"),
        row(患者番号="1006", 主傷病ICD="肺癌"),
        row(患者番号="1007", 手術コード1="D123"),
        row(患者番号="1008", 入院日="2027-01-01", 退院日=""),
        row(患者番号="1009", 要約作成者の職種="いしゃ"),
        row(),
        row(患者番号="1010", 入院日=""),
    ]
    found = look(hospital, table(rows))
    told = "\n".join(found.problems)
    for fragment in (
        "3行目・E列（性別）：「中」は性別として読めません", "4行目：退院日（2026-09-01）が入院日（2026-09-20）より前です",
        "5行目・A列（患者番号）：患者番号がありません", "6行目・D列（生年月日）：「2026-02-30」という日はありません",
        "7行目・F列（郵便番号）：「60-1」は郵便番号として読めません", "8行目・P列（主傷病ICD）：「肺癌」はICDコードとして読めません",
        "「D123」は手術コード", "10行目：入院日（2027-01-01）が今日より後です", "「いしゃ」は職種として読めません",
        "12行目：2行目と同じ患者番号・入院日の行です。同じ日に再び入院したのなら", "13行目・H列（入院日）：入院日がありません",
    ):  # fmt: skip
        assert fragment in told
    with pytest.raises(UsageError, match="取り込めません"):
        take_in(hospital, table(rows))
    assert (Stay.objects.count(), Patient.objects.count(), ImportBatch.objects.count()) == (0, 0, 0)


def test_a_column_that_nothing_is_read_from_is_named_with_the_nearest_heading(hospital: Site) -> None:
    head = ("患者番号", "入院日", "主傷病ICD", "主傷病ICD", "手術1コード", "手術K日1")
    content = write_csv(head, [["1001", "2026-09-20", "C34.1", "C34.2", "K514", "2026-09-21"]])
    told = look(hospital, content).notes[0]
    assert told.startswith(
        "読まない列があります：D列「主傷病ICD」（同じ見出しがもう一つあります）、E列「手術1コード」（近いもの: 手術コード1）。"
    )
    assert not any("読まない列" in note for note in look(hospital, table([row()])).notes)


def test_a_list_taken_out_and_in_again_makes_no_second_stay_of_any(hospital: Site) -> None:
    take_in(hospital, table([row(回数="3"), row(患者番号="1002")]))
    columns = ("number", "kanji", "admitted", "discharged", "doctor")
    content, _, _ = extract(hospital, EVERYTHING, purpose="確かめる", form="csv", columns=columns, user=None)
    assert (look(hospital, content).changes, look(hospital, content).same) == (0, 2)
    take_in(hospital, table([row(回数="4")]))
    assert (
        "患者1001・入院日2026-09-20の入院が、一覧表に2件あります。「回数」の列で"
        in look(hospital, content).problems[0]
    )


def test_a_summary_from_before_the_admission_is_a_fault(hospital: Site) -> None:
    found = look(hospital, table([row(要約作成日="2026-09-05", 要約提出日="2026-09-06")]))
    assert found.problems == [
        "2行目：要約の日（2026-09-05）が入院日（2026-09-20）より前です。",
        "2行目：要約の日（2026-09-06）が入院日（2026-09-20）より前です。",
    ]


def test_the_same_file_a_second_time_changes_nothing(hospital: Site) -> None:
    content = table([row(), row(患者番号="1002", 手術コード1="", 手術日1="", 手術名1="")])
    take_in(hospital, content)
    again = look(hospital, content)
    assert (again.changes, again.same, again.conflicts) == (0, 2, [])
    assert not again.ready
    assert "一度取り込んでいます" in again.notes[0]


def test_what_was_empty_is_filled_and_what_differs_is_shown_and_waits_for_a_person(hospital: Site) -> None:
    take_in(
        hospital,
        table([row(住所="", 退院日="", 要約提出日="", 要約作成日="", 要約作成者の職種="", 要約作成者="")]),
    )
    assert Stay.objects.get().discharged is None
    found = look(hospital, table([row(担当医="例示 二郎", 主傷病名="肺がん")]))
    assert [(one.label, one.before, one.after) for one in found.conflicts] == [
        ("担当医", "例示 一郎", "例示 二郎"),
        ("主傷病1", "C34.1 肺癌", "C34.1 肺がん"),
    ]
    with pytest.raises(UsageError, match="食い違うところが2件あります"):
        take_in(hospital, table([row(担当医="例示 二郎", 主傷病名="肺がん")]))
    take_in(hospital, table([row(担当医="例示 二郎", 主傷病名="肺がん")]), take=KEEP)
    stay = Stay.objects.get()
    assert (stay.doctor, stay.discharged, stay.patient.address) == (
        "例示 一郎",
        date(2026, 10, 2),
        "見本県見本市一丁目",
    )
    take_in(hospital, table([row(担当医="例示 二郎", 主傷病名="肺がん")]), take=TAKE)
    assert Stay.objects.get().doctor == "例示 二郎"
    assert Diagnosis.objects.get().name == "肺がん"


def test_a_readmission_on_the_same_day_is_another_row(hospital: Site) -> None:
    rows = [row(退院日="2026-09-20", 手術コード1="", 手術日1="", 手術名1=""), row(回数="1")]
    take_in(hospital, table(rows))
    assert Stay.objects.filter(patient__number="1001", admitted=date(2026, 9, 20)).count() == 2


def test_a_table_without_admissions_is_a_list_of_patients(hospital: Site) -> None:
    head = ("患者番号", "氏名", "住所")
    found = take_in(hospital, table([row()], head=head))
    assert (len(found.new_patients), Stay.objects.count()) == (1, 0)


def test_columns_that_the_list_needs_and_a_table_lacks_are_named(hospital: Site) -> None:
    found = look(hospital, table([row()], head=("患者番号", "入院日", "退院日", "氏名")))
    assert any(
        "生年月日・性別・郵便番号・住所・担当診療科・担当医がありません" in note for note in found.notes
    )


def test_more_rows_than_are_written_at_once_are_taken_in_and_a_second_time_change_nothing(
    hospital: Site,
) -> None:
    count = 2 * AT_ONCE + 1
    content = table(row(患者番号=str(number), 要約作成日="", 要約提出日="") for number in range(count))
    take_in(hospital, content)
    assert (Patient.objects.count(), Stay.objects.count(), Operation.objects.count()) == (count,) * 3
    assert look(hospital, content).changes == 0


# ---- 様式1 ---------------------------------------------------------------------------------------------------


def test_form_1_makes_stays_and_says_which_three_fields_it_cannot_fill(hospital: Site) -> None:
    found = take_in(hospital, form1(*STAY), "form1")
    stay = Stay.objects.get()
    assert (stay.admitted, stay.discharged, stay.age, stay.sex) == (
        date(2026, 9, 20),
        date(2026, 10, 2),
        76,
        "1",
    )
    assert (stay.department, stay.patient.postal, stay.patient.number) == ("010", "0600001", "DPC:0000000012")
    assert [(one.role, one.seq, one.icd) for one in stay.diagnoses.all()] == [
        ("comorbid", 1, "E119"), ("comorbid", 2, "I10"), ("main", 1, "C341"), ("trigger", 1, "C341"),
    ]  # fmt: skip
    assert any("様式1だけでは3項目が埋まりません：氏名1件、住所" in note for note in found.notes)


def test_a_patient_of_form_1_becomes_the_patient_that_the_map_names(hospital: Site) -> None:
    take_in(hospital, form1(*STAY), "form1")
    take_in(hospital, table([row()], head=("患者番号", "氏名", "住所")))
    assert map_numbers(hospital, {"0000000012": "1001"}).joined == 1
    stay = Stay.objects.get()
    assert (stay.patient.number, stay.patient.kanji) == ("1001", "見本　太郎")
    again = map_numbers(hospital, {"0000000012": "1001"})
    assert (again.joined, again.same) == (0, 1)
    with pytest.raises(UsageError, match="もう患者1001に結ばれています"):
        map_numbers(hospital, {"0000000012": "1002"})
    assert look(hospital, form1(*STAY), "form1").changes == 0


def test_a_stay_that_the_list_and_form_1_both_have_becomes_one_and_what_differs_is_told(
    hospital: Site,
) -> None:
    take_in(hospital, table([row(退院日="", 主傷病名="")]))
    take_in(hospital, form1(*STAY), "form1")
    shown = map_numbers(hospital, {"0000000012": "1001"}, dry=True)
    assert (shown.joined, shown.merged, Stay.objects.count(), IdMap.objects.count()) == (1, 1, 2, 0)
    found = map_numbers(hospital, {"0000000012": "1001"})
    stay = Stay.objects.get()
    assert (found.merged, stay.patient.number, stay.discharged) == (1, "1001", date(2026, 10, 2))
    assert found.differing == [
        "患者1001・入院日2026-09-20 担当診療科：一覧表「内科」、様式1「010」",
        "患者1001・入院日2026-09-20 主傷病1：一覧表「C34.1 」、様式1「C341 上葉肺癌」",
    ]
    assert {one.role for one in stay.diagnoses.all()} == {"main", "trigger", "comorbid"}
    assert [one.code for one in stay.operations.all()] == ["K514-2"]
    assert [one.label for one in look(hospital, form1(*STAY), "form1").conflicts] == ["担当診療科"]


def test_what_is_known_of_a_patient_of_form_1_goes_over_with_the_stays(hospital: Site) -> None:
    take_in(hospital, table([row(生年月日="2026-09-01", 退院日="")]))
    take_in(hospital, form1(*STAY), "form1")
    alias = Patient.objects.exclude(number="1001").get()
    kept = {"site": hospital, "patient": alias}
    Hold.objects.create(**kept, reason="訴訟", from_day=TODAY)
    Loan.objects.create(**kept, what="診療録", borrower="内科", purpose="診療", lent=TODAY, due=TODAY)
    Disclosure.objects.create(**kept, received=TODAY, applicant="本人", scope="すべて")
    seen = {"site": hospital, "department": "内科", "icd": "I10", "name": "高血圧症", "first": TODAY}
    Outpatient.objects.create(**seen, patient=alias)
    Outpatient.objects.create(**seen, patient=Patient.objects.get(number="1001"))
    map_numbers(hospital, {"0000000012": "1001"})
    patient = Patient.objects.get()
    assert (patient.holds.count(), patient.loans.count(), patient.disclosures.count()) == (1, 1, 1)
    assert patient.visits.count() == 1, "the same disease is known once"
    assert Stay.objects.get().age == 0, "a newborn's age is not unknown"


def test_operations_of_form_1_are_read_only_where_their_places_are_set(hospital: Site) -> None:
    content = form1(
        *STAY, ("A007010", "1", "x", "K514-2", "20260922"), ("A007010", "2", "x", "K529", "20260923")
    )
    assert any("手術（A007010）2行は読みません" in note for note in look(hospital, content, "form1").notes)
    RoomSettings.objects.create(site=hospital, operation_code=2, operation_day=3)
    take_in(hospital, content, "form1")
    assert list(Operation.objects.values_list("code", "on")) == [
        ("K514-2", date(2026, 9, 22)),
        ("K529", date(2026, 9, 23)),
    ]


def test_someone_still_in_hospital_has_no_day_of_discharge(hospital: Site) -> None:
    lines = [line if line[0] != "A000030" else ("A000030", "0", "00000000") for line in STAY]
    take_in(hospital, form1(*lines), "form1")
    assert Stay.objects.get().discharged is None


def test_two_forms_of_one_stay_are_one_stay_and_no_diagnosis_is_overwritten(hospital: Site) -> None:
    second = [({"whole": "1"}, *line) for line in STAY if line[0] != "A006010"]
    second.append(({"whole": "1"}, "A006010", "0", "", "C349", "", "", "", "", "", "", "肺癌"))
    take_in(hospital, form1(*STAY, *second), "form1")
    assert Stay.objects.count() == 1
    assert {one.icd for one in Diagnosis.objects.filter(role="main")} == {"C341", "C349"}
    other = form1(*STAY, ({"whole": "1"}, "A000010", "0", "19510304", "1", "0600001"))
    assert "生年月日が食い違います" in look(hospital, other, "form1").problems[0]


# ---- EF統合ファイル ------------------------------------------------------------------------------------------------


def ef_line(code: str, kind: str = "50", outside: str = "0000000012") -> str:
    cells = [
        "019900036",
        outside,
        "20261002",
        "20260920",
        kind,
        "0001",
        "000",
        "1",
        "150000000",
        code,
        "手術",
    ]
    return "\t".join(cells)


def test_a_stay_known_from_form_1_only_is_compared_too(hospital: Site) -> None:
    take_in(hospital, form1(*STAY), "form1")
    found = ef.compare(hospital, ef_line("K920").encode("cp932"), "EF.txt")
    assert (found.stays, found.unknown_stays) == (1, [])
    assert [one.code for one in found.differences] == ["K920"]


def test_exactly_the_planted_differences_between_ef_and_the_register_are_listed(hospital: Site) -> None:
    take_in(hospital, table([row(手術コード2="K529", 手術日2="2026-09-23")]))
    map_numbers(hospital, {"0000000012": "1001"})
    lines = [ef_line("K5142"), ef_line("K514-2"), ef_line("K920"), ef_line(""), ef_line("K001", kind="20")]
    lines += [ef_line("K000", outside="0000000099")]
    found = ef.compare(hospital, "\r\n".join(lines).encode("cp932"), "EF.txt")
    assert [(one.code, one.only_in) for one in found.differences] == [
        ("K514", "EF統合ファイル"),
        ("K920", "EF統合ファイル"),
        ("K529", "一覧表"),
    ]
    assert (found.stays, found.without_code) == (1, 1)
    assert found.unknown_stays == ["データ識別番号0000000099・入院日2026-09-20：一覧表にありません"]
    assert IdMap.objects.count() == 1


# ---- FHIR ----------------------------------------------------------------------------------------------------


def bundle(**changed: Any) -> bytes:
    syl = [{"url": "http://hl7.org/fhir/StructureDefinition/iso21090-EN-representation", "valueCode": "SYL"}]
    resources: list[dict[str, Any]] = [
        {"resourceType": "Composition", "date": "2026-10-05T10:00:00+09:00", "author": [{"reference": "urn:uuid:d"}]},
        {"resourceType": "Patient", "identifier": [{"value": "1001"}], "gender": "male", "birthDate": "1950-03-04",
         "name": [{"text": "見本　太郎"}, {"extension": syl, "text": "ミホン　タロウ"}],
         "address": [{"text": "見本県見本市一丁目", "postalCode": "060-0001"}]},
        {"resourceType": "Encounter", "period": {"start": "2026-09-20", "end": "2026-10-02"},
         "serviceType": {"text": "内科"}, "participant": [{"individual": {"reference": "urn:uuid:d"}}],
         "diagnosis": [{"condition": {"reference": "Condition/c"}, "use": {"coding": [{"code": "DD"}]}}]},
        {"resourceType": "Condition", "id": "c", "code": {"text": "肺癌", "coding": [
            {"system": "http://hl7.org/fhir/sid/icd-10", "code": "C34.1"}]}},
        {"resourceType": "Procedure", "performedDateTime": "2026-09-22", "code": {"text": "肺悪性腫瘍手術",
            "coding": [{"code": "K514-2"}]}},
    ]  # fmt: skip
    for resource in resources:
        resource.update(changed.get(resource["resourceType"], {}))
    doctor = {"resourceType": "Practitioner", "name": [{"text": "例示 一郎"}]}
    entries = [{"resource": one} for one in resources] + [{"fullUrl": "urn:uuid:d", "resource": doctor}]
    return json.dumps({"resourceType": "Bundle", "type": "document", "entry": entries}).encode()


def test_a_discharge_document_is_the_same_stay_as_the_row_of_a_table(hospital: Site) -> None:
    take_in(hospital, bundle(), "fhir")
    stay = Stay.objects.get()
    assert (stay.patient.kanji, stay.patient.kana, stay.doctor) == (
        "見本　太郎",
        "ミホン　タロウ",
        "例示 一郎",
    )
    assert [(one.role, one.icd) for one in stay.diagnoses.all()] == [("main", "C341")]
    again = look(hospital, table([row(要約作成日="", 要約提出日="")]))
    assert (again.conflicts, len(again.new_stays)) == ([], 0)
    assert stay.submitted is None


def test_a_document_that_contradicts_the_register_is_shown_and_not_guessed(hospital: Site) -> None:
    take_in(hospital, table([row()]))
    found = look(hospital, bundle(Patient={"birthDate": "1951-03-04"}), "fhir")
    assert [(one.label, one.before, one.after) for one in found.conflicts] == [
        ("生年月日", "1950-03-04", "1951-03-04")
    ]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"{", "JSONとして読めません"),
        (b'{"resourceType": "Patient"}', "Bundleではありません"),
        (b'{"resourceType": "Bundle", "entry": []}', "患者（Patient）が0件あります"),
        (bundle(Patient={"identifier": []}), "患者番号（Patient.identifier）がありません"),
        (bundle(Encounter={"period": {"start": "いつか"}}), "「いつか」は日時として読めません"),
        (bundle(Encounter={"period": "x"}), "FHIRの形が崩れていて読めません"),
    ],
)
def test_a_document_that_cannot_be_read_is_told_why(hospital: Site, content: bytes, told: str) -> None:
    assert any(told in problem for problem in look(hospital, content, "fhir").problems)


# ---- what no register can hold -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"氏名": "長" * 101}, "氏名が長すぎます（101字。100字まで）"),
        ({"住所": "長" * 301}, "住所が長すぎます"),
        ({"患者番号": "1" * 41}, "患者番号が長すぎます"),
        ({"主傷病名": "長" * 201}, "病名が長すぎます"),
        ({"手術コード1": "K514" + "x" * 30}, "手術コードが長すぎます"),
        ({"要約作成者": "長" * 101}, "作成者が長すぎます"),
        ({"回数": "1000"}, "「1000」は回数として読めません"),
        ({"回数": "1" * 5000}, "回数として読めません"),
        ({"主傷病ICD": "C34.1肺癌"}, "「C34.1肺癌」はICDコードとして読めません"),
    ],
)
def test_what_does_not_fit_is_told_by_row(hospital: Site, changed: dict[str, str], told: str) -> None:
    assert any(told in problem for problem in look(hospital, table([row(**changed)])).problems)


def test_control_characters_are_told_by_row(hospital: Site) -> None:
    content = table([row()]).replace("例示 一郎".encode(), "例示\x07一郎".encode())
    assert any("担当医に、文字ではないもの" in problem for problem in look(hospital, content).problems)


@pytest.mark.parametrize("icd", ["C34.1", "c341", "M05.9†", "Ｃ３４．１", "I10", "S72.00", "T86.8*"])
def test_icd_codes_are_read_as_hospitals_write_them(hospital: Site, icd: str) -> None:
    assert look(hospital, table([row(主傷病ICD=icd)])).problems == []


def test_a_document_with_characters_that_are_none_is_refused(hospital: Site) -> None:
    for text in ("見本\x00", "見本\ud800"):
        found = look(hospital, bundle(Patient={"name": [{"text": text}]}), "fhir")
        assert any("文字ではないもの" in problem for problem in found.problems)


def test_numbers_of_form_1_that_cannot_be_are_told(hospital: Site) -> None:
    content = form1(*STAY, ("A006040", "99999", "", "E119"), ({"count": "x"}, "A000020", "0"))
    told = "\n".join(look(hospital, content, "form1").problems)
    assert "（連番）：「99999」は回数として読めません" in told
    assert "（回数管理番号）：「x」は回数として読めません" in told
