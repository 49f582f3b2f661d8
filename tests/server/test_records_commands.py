"""`mitasu records`: everything a page can do, with the permission of the one who acts, and in the audit trail."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from records_files import form1, row, table

from mitasu.cli import run
from mitasu.server.accounts.models import Membership, Role, Site, User
from mitasu.server.ledger.fold import known
from mitasu.server.ledger.models import Audit
from mitasu.server.records.models import (
    Disclosure,
    Disposal,
    Hold,
    Loan,
    MonthClose,
    Reminder,
    RoomSettings,
    StaffMember,
    Stay,
)

pytestmark = pytest.mark.django_db
Do = Callable[..., tuple[int, str]]
ON = ("--on", "2026-11-22")


@pytest.fixture
def hospital(make_site: Any) -> Site:
    return make_site("hospital")


@pytest.fixture
def do(hospital: Site, capsys: pytest.CaptureFixture[str]) -> Do:
    """Runs a command on the hospital; its status and what it said."""

    def ran(*words: str) -> tuple[int, str]:
        capsys.readouterr()
        status = run(["records", *words, "--site", "hospital"])
        said = capsys.readouterr()
        return status, said.out + said.err

    return ran


@pytest.fixture
def file(tmp_path: Path) -> Path:
    place = tmp_path / "list.csv"
    place.write_bytes(
        table(
            [
                row(),
                row(
                    患者番号="1002",
                    氏名="例示　花",
                    主傷病ICD="I21.9",
                    要約作成日="",
                    要約提出日="",
                    要約作成者の職種="",
                ),
            ]
        )
    )
    return place


@pytest.fixture
def filled(do: Do, file: Path) -> None:
    assert do("import", "table", str(file), "--carry")[0] == 0


def test_a_file_is_shown_first_and_taken_in_where_it_is_asked_for(do: Do, file: Path) -> None:
    assert "まだ取り込んでいません" in do("import", "table", str(file))[1]
    assert Stay.objects.count() == 0
    assert "取り込みました（新しい入院2" in do("import", "table", str(file), "--carry")[1]
    assert "変わるところはありません" in do("import", "table", str(file))[1]
    assert Audit.objects.filter(action="import", via="cli").count() == 1


def test_every_fault_of_a_file_is_told_with_its_row(do: Do, tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_bytes(table([row(性別="中"), row(患者番号="2", 入院日="きのう")]))
    status, said = do("import", "table", str(bad), "--carry")
    assert status == 3
    assert "2行目・E列（性別）" in said
    assert "3行目・H列（入院日）" in said
    assert do("import", "table", str(tmp_path / "none.csv"))[0] == 3
    assert "種類「tabel」はありません。近いもの: table。" in do("import", "tabel", str(bad))[1]
    empty = tmp_path / "empty.csv"
    empty.touch()
    assert do("import", "table", str(empty))[1] == "エラー: empty.csv: ファイルが空です。\n"
    assert (
        "none.csv: 読めません（ファイルがありません）" in do("import", "table", str(tmp_path / "none.csv"))[1]
    )


def test_the_other_kinds_of_files_are_taken_in_too(do: Do, filled: None, tmp_path: Path) -> None:
    numbers, dpc, visits, ef = (tmp_path / name for name in ("map.csv", "ff1.txt", "visits.csv", "ef.txt"))
    numbers.write_text("データ識別番号,患者番号\n0000000012,1001\n", "utf-8")
    dpc.write_bytes(form1(("A000010", "0", "19500304", "1", "0600001"), ("A000030", "0", "20261002")))
    visits.write_text("患者番号,ICD,傷病名\n1001,E11.9,2型糖尿病\n", "utf-8")
    ef.write_bytes(
        "\t".join(
            ["1", "0000000012", "20261002", "20260920", "50", "1", "0", "1", "15", "K529", "手術"]
        ).encode()
    )
    assert "対応1件を取り込みました" in do("import", "idmap", str(numbers), "--carry")[1]
    assert "氏名1件" in do("import", "form1", str(dpc))[1]
    assert "1件を取り込みました" in do("import", "outpatient", str(visits), "--carry")[1]
    assert "「糖尿病」：1件" in do("outpatient", "糖尿病")[1]
    said = do("import", "ef", str(ef))[1]
    assert "K529" in said
    assert "K514-2" in said


def test_a_search_is_answered_and_recorded_without_names(do: Do, filled: None) -> None:
    status, said = do("search", "氏名:見本 かつ icd:C34")
    assert status == 0
    assert "：1件" in said
    assert "見本　太郎" in said
    entry = Audit.objects.filter(action="search").latest("pk")
    assert "見本" not in entry.what
    assert do("search", "icb:C34")[0] == 2


def test_a_list_is_taken_out_with_its_purpose(do: Do, filled: None, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    assert do("extract", "icd:C34", str(out), "--purpose", "死亡症例検討会")[0] == 0
    assert "C34.1" in out.read_text("utf-8-sig")
    assert "見本" not in out.read_text("utf-8-sig")
    assert "近いもの: kanji" in do("extract", "", str(out), "--purpose", "x", "--column", "kanjii")[1]
    assert do("extract", "", str(tmp_path / "out.doc"), "--purpose", "x")[0] == 2


def test_months_are_told_closed_and_corrected_with_a_reason(do: Do, hospital: Site, filled: None) -> None:
    assert "1/2件（50.0％）" in do("summaries", "rate", *ON)[1]
    said = do("summaries", "close", "2026-10", *ON)[1]
    made = MonthClose.objects.get()
    assert f"2026-10：1/2件、第1版（確定）、証拠{made.evidence}" in said
    stay = Stay.objects.get(patient__number="1002")
    assert do("summaries", "step", str(stay.pk), "written", "2026-10-05", "--profession", "医師")[0] == 0
    assert (
        "数える提出日：2026-10-06"
        in do("summaries", "step", str(stay.pk), "submitted", "2026-10-06 09:00")[1]
    )
    assert "理由が要ります" in do("summaries", "close", "2026-10", *ON)[1]
    assert "第2版" in do("summaries", "close", "2026-10", "--reason", "入力の誤り", *ON)[1]
    assert known(hospital).series["summaries_within_14_days"]["2026-10"].body["value"] == 2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("summaries", "step", "1", "writen", "2026-10-05"), "近いもの: written"),
        (("summaries", "step", "0", "submitted", "2026-10-05"), "入院0は見つかりません"),
        (("summaries", "close", "まいつき"), "月として読めません"),
        (("grant", "clerk", "boss"), "許可「boss」はありません"),
        (("doctor", "例示 一郎", "clerk"), "診療録の許可がありません"),
        (
            ("staff", "add", "見本", "--from", "2024-04-01", "--employment", "x"),
            "--employment「x」は使えません",
        ),
        (("retention", "list", "--kind", "x"), "という種類はありません"),
        (("retention", "hold", "9999"), "一覧表にありません"),
        (("loan", "back", "5"), "貸し出し中ではありません"),
        (("disclosure", "step", "5", "decided"), "請求5はありません"),
        (("stats", "--by", "moon"), "--by「moon」は使えません"),
        (("facts", "--state", "beds"), "記録できる事実を選んでください"),
    ],
)
def test_what_is_typed_wrong_is_told(do: Do, words: tuple[str, ...], told: str) -> None:
    status, said = do(*words)
    assert (status, told in said) == (2, True), said


def test_a_doctor_sees_their_own_and_someone_without_permission_nothing(
    do: Do, hospital: Site, filled: None
) -> None:
    for name in ("doctor", "clerk-2"):
        Membership.objects.create(user=User.objects.create_user(name), site=hospital, role=Role.ADMIN)
    refused = do("search", "", "--as", "clerk-2")
    assert (refused[0], "許可がありません" in refused[1]) == (2, True)
    assert Audit.objects.filter(outcome="refused", user__username="clerk-2", via="cli").exists()
    assert do("grant", "doctor", "own")[0] == 0
    assert "待っている要約はありません" in do("summaries", "overdue", "--as", "doctor", *ON)[1]
    assert "入院2件" in do("doctor", "例示 一郎", "doctor")[1]
    assert "例示　花" in do("summaries", "overdue", "--as", "doctor", *ON)[1]
    assert do("search", "", "--as", "doctor")[0] == 2


def test_reminders_managers_facts_and_statistics_have_their_commands(
    do: Do, hospital: Site, filled: None, tmp_path: Path
) -> None:
    assert "督促1件" in do("summaries", "remind", *ON)[1]
    assert Reminder.objects.count() == 1
    assert do("staff", "add", "見本 専", "--from", "2024-04-01", "--assignment", "exclusive")[0] == 0
    assert "足りています" in do("staff", "list", *ON)[1]
    assert "台帳に" in do("staff", "publish")[1]
    assert "discharge_list_address" in do("facts", *ON)[1]
    assert "事実1件を" in do("facts", "--state", "discharge_list_address", *ON)[1]
    assert "C34" in do("stats", *ON)[1]
    out = tmp_path / "stats.csv"
    assert do("stats", "--csv", str(out), *ON)[0] == 0
    assert "-" in out.read_text("utf-8-sig")


def test_keeping_lending_and_disclosure_have_their_commands(do: Do, hospital: Site, filled: None) -> None:
    later = ("--on", "2032-01-01")
    assert do("retention", "hold", "1002", "--reason", "訴訟", *ON)[0] == 0
    assert "1001" in do("retention", "list", *later)[1]
    refused = do("retention", "dispose", "1002", "--method", "溶解", "--approved-by", "院長", *later)
    assert "選び直してください" in refused[1]
    assert do("retention", "dispose", "1001", "--method", "溶解", "--approved-by", "院長", *later)[0] == 0
    assert Disposal.objects.get().patient.number == "1001"
    assert do("retention", "hold", "1002", "--lift", *ON)[0] == 0
    assert Hold.objects.get().lifted is not None
    assert do("loan", "lend", "1002", "内科", "--purpose", "研究", *ON)[0] == 0
    one = Loan.objects.get()
    assert "期限切れ" in do("loan", "list", *later)[1]
    assert do("loan", "back", str(one.pk), *later)[0] == 0
    assert do("disclosure", "receive", "1002", "本人", "入院診療録", *ON)[0] == 0
    asked = Disclosure.objects.get()
    assert "理由を書いてください" in do("disclosure", "step", str(asked.pk), "refused", *ON)[1]
    assert "先に記録してください" in do("disclosure", "step", str(asked.pk), "answered", *ON)[1]
    assert do("disclosure", "step", str(asked.pk), "decided", *ON)[0] == 0
    assert do("disclosure", "step", str(asked.pk), "answered", *ON)[0] == 0
    assert "回答・提供" in do("disclosure", "list")[1]
    assert "終わっています" in do("disclosure", "step", str(asked.pk), "answered", *ON)[1]


def test_a_text_longer_than_its_field_is_told(do: Do, filled: None) -> None:
    stay = Stay.objects.get(patient__number="1002")
    for words in (
        ("loan", "lend", "1001", "内" * 101, "--purpose", "研究"),
        ("retention", "hold", "1001", "--reason", "訴" * 301),
        (
            "summaries",
            "step",
            str(stay.pk),
            "written",
            "2026-10-05",
            "--profession",
            "医師",
            "--author",
            "例" * 101,
        ),
    ):
        status, said = do(*words)
        assert (status, "文字" in said) == (2, True), said


# ---- what the other pages show and do ---------------------------------------------------------------------------


@pytest.mark.usefixtures("filled")
def test_a_stay_is_shown_with_all_that_is_known_of_it_and_a_wrong_record_of_it_is_taken_back(do: Do) -> None:
    stay = Stay.objects.get(patient__number="1001")
    said = do("show", str(stay.pk))[1]
    for fragment in ("氏名\t見本　太郎", "C34.1", "K514-2", "医師", "数える提出日：2026-10-06"):
        assert fragment in said
    record = stay.summary_events.get(step="submitted").pk
    assert do("summaries", "back", str(record))[0] == 0
    assert "取り消した" in do("show", str(stay.pk))[1]
    stay.refresh_from_db()
    assert stay.submitted is None
    assert do("summaries", "back", str(record))[0] == 2
    assert do("show", "999999")[0] == 2
    assert Audit.objects.filter(outcome="refused", what="入院999999").exists()


@pytest.mark.usefixtures("filled")
def test_a_stay_that_was_taken_in_wrongly_leaves_the_register_with_a_reason_in_the_trail(do: Do) -> None:
    stay = Stay.objects.get(patient__number="1002")
    assert do("remove", str(stay.pk), "--reason", " ")[0] == 2
    assert "除きました" in do("remove", str(stay.pk), "--reason", "入院日の誤り")[1]
    assert [one.patient.number for one in Stay.objects.all()] == ["1001"]
    entry = Audit.objects.filter(what__contains=f"入院{stay.pk}を一覧表から除く").get()
    assert entry.what.endswith("理由：入院日の誤り")
    assert "例示　花" not in entry.what


@pytest.mark.usefixtures("filled")
def test_a_doctor_records_their_own_summary_and_nobody_elses(do: Do, hospital: Site) -> None:
    user = User.objects.create_user("isha")
    Membership.objects.create(user=user, site=hospital, role=Role.ENTER, records="own")
    Stay.objects.filter(patient__number="1002").update(doctor="例示 二郎", doctor_user=user)
    own, other = (Stay.objects.get(patient__number=number) for number in ("1002", "1001"))
    written = ("written", "2026-10-10", "--profession", "医師", "--as", "isha")
    assert do("summaries", "step", str(own.pk), *written)[0] == 0
    assert "見つかりません" in do("summaries", "step", str(other.pk), *written)[1]
    returned = do("summaries", "step", str(own.pk), "returned", "2026-10-11", "--as", "isha")[1]
    assert "中央病歴管理室が記録します" in returned
    assert do("show", str(other.pk), "--as", "isha")[0] == 2
    early = do("summaries", "step", str(own.pk), "submitted", "2026-09-01", "--as", "isha")[1]
    assert "要約の日（2026-09-01）が入院日（2026-09-20）より前です" in early


@pytest.mark.usefixtures("filled")
def test_a_link_of_a_doctor_is_taken_back_and_the_account_sees_nothing_more(do: Do, hospital: Site) -> None:
    user = User.objects.create_user("isha")
    Membership.objects.create(user=user, site=hospital, role=Role.ENTER, records="own")
    do("doctor", "例示 一郎", "isha")
    assert "例示　花" in do("summaries", "overdue", *ON, "--as", "isha")[1]
    assert "例示 一郎" in do("access")[1]
    assert "近いもの: 例示 一郎" in do("undoctor", "例示 一朗")[1]
    assert do("undoctor", "例示 一郎")[0] == 0
    assert "待っている要約はありません" in do("summaries", "overdue", *ON, "--as", "isha")[1]
    assert not Stay.objects.exclude(doctor_user=None).exists()


@pytest.mark.usefixtures("filled")
def test_searches_are_kept_by_name_run_and_dropped_by_their_user_only(do: Do, hospital: Site) -> None:
    for name in ("hanako", "jiro"):
        user = User.objects.create_user(name)
        Membership.objects.create(user=user, site=hospital, role=Role.VIEW, records="read")
    assert "--as で利用者を書いてください" in do("saved", "list")[1]
    assert do("saved", "keep", "肺癌", "icd:C34", "--as", "hanako")[0] == 0
    assert "C34：1件" in do("saved", "run", "肺癌", "--as", "hanako")[1]
    assert "肺癌" not in do("saved", "list", "--as", "jiro")[1]
    assert "残した検索「肺がん」はありません" in do("saved", "run", "肺がん", "--as", "hanako")[1]
    assert do("saved", "drop", "肺癌", "--as", "hanako")[0] == 0
    assert "ありません" in do("saved", "list", "--as", "hanako")[1]


def test_settings_are_shown_and_changed_by_the_rules_of_the_page(do: Do, hospital: Site) -> None:
    assert "charts_years\t診療録の保存年数\t5" in do("settings", "show")[1]
    assert "5年より短くはできません" in do("settings", "set", "charts_years=4")[1]
    assert "近いもの: charts_years" in do("settings", "set", "chart_years=9")[1]
    assert do("settings", "set", "charts_years=10", "names=010=内科", "dentists_count=true")[0] == 0
    made = RoomSettings.of(hospital)
    assert (made.charts_years, made.departments, made.dentists_count, made.others_years) == (
        10,
        {"010": "内科"},
        True,
        3,
    )


@pytest.mark.usefixtures("filled")
def test_months_files_templates_and_lists_are_shown_as_on_the_pages(do: Do, tmp_path: Path) -> None:
    month = do("summaries", "month", "2026-10", *ON)[1]
    assert "2026年10月退院分：1/2件" in month
    assert "期限後・未提出" in month
    assert "list.csv" in do("batches")[1]
    out = tmp_path / "t.csv"
    assert run(["records", "template", "table", str(out)]) == 0
    assert out.read_text("utf-8-sig").startswith("患者番号,氏名")
    do("extract", "", str(tmp_path / "all.csv"), "--purpose", "点検")
    assert "点検" in do("extractions")[1]
    for words in (
        ("retention", "holds"),
        ("retention", "disposed"),
        ("loan", "list", "--all"),
        ("summaries", "reminders"),
    ):
        assert do(*words)[0] == 0
    do("disclosure", "receive", "1001", "本人", "入院診療録", *ON)
    request = Disclosure.objects.get().pk
    assert "受付" in do("disclosure", "show", str(request))[1]


def test_a_manager_is_changed_by_number(do: Do) -> None:
    do("staff", "add", "見本 専", "--from", "2024-04-01", "--assignment", "exclusive", "--cancer-registry")
    number = StaffMember.objects.get().pk
    assert StaffMember.objects.get().cancer_registry
    assert "近いもの: exclusive" in do("staff", "change", str(number), "--assignment", "exclusiv")[1]
    assert "終わりが始まりより前" in do("staff", "change", str(number), "--to", "2024-03-31")[1]
    assert do("staff", "change", str(number), "--to", "2026-03-31", "--no-cancer-registry")[0] == 0
    found = StaffMember.objects.get()
    assert (found.cancer_registry, str(found.last)) == (False, "2026-03-31")
    assert "直すところを" in do("staff", "change", str(number))[1]
    assert do("staff", "change", "99")[0] == 2


@pytest.mark.usefixtures("filled")
def test_periods_the_wrong_way_round_and_an_empty_disease_are_refused(do: Do) -> None:
    assert (
        "終わりの月（2026-08）が始まりの月（2026-10）より前です"
        in do("stats", "--from", "2026-10", "--to", "2026-08")[1]
    )
    assert "傷病名の一部を書いてください" in do("outpatient", " ")[1]
    assert "K514-2" in do("stats", *ON)[1]


@pytest.mark.usefixtures("filled")
def test_the_permission_without_the_role_to_enter_sees_and_changes_nothing(
    do: Do, hospital: Site, file: Path
) -> None:
    user = User.objects.create_user("viewer")
    Membership.objects.create(user=user, site=hospital, role=Role.VIEW, records="keep")
    stay = Stay.objects.get(patient__number="1001")
    as_viewer = ("--as", "viewer")
    assert do("show", str(stay.pk), *as_viewer)[0] == 0
    assert do("import", "table", str(file), *as_viewer)[0] == 0
    for words in (
        ("import", "table", str(file), "--carry"), ("remove", str(stay.pk), "--reason", "誤り"),
        ("settings", "set", "charts_years=10"), ("loan", "lend", "1001", "内科", "--purpose", "検討"),
        ("summaries", "step", str(stay.pk), "returned", "2026-10-20"),
    ):  # fmt: skip
        status, said = do(*words, *as_viewer)
        assert (status, "「入力」以上が要ります" in said) == (2, True), words
    assert Stay.objects.filter(pk=stay.pk).exists()
    assert Audit.objects.filter(outcome="refused", user=user).count() == 5


@pytest.mark.usefixtures("filled")
def test_what_is_out_is_not_lent_a_second_time(do: Do) -> None:
    lend = ("loan", "lend", "1001", "内科", "--purpose", "検討", *ON)
    assert do(*lend)[0] == 0
    assert "令和8年11月22日から内科に貸し出し中です" in do(*lend)[1]
    assert Loan.objects.count() == 1
    do("loan", "back", str(Loan.objects.get().pk), *ON)
    assert do(*lend)[0] == 0
