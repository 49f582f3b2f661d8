"""`mitasu bcp` and `mitasu checklist`: everything a page can do, on the same tables and the same ledger."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from mitasu.cli import run
from mitasu.server.accounts.models import Membership, Role, Site, User
from mitasu.server.continuity.models.plans import Contract, Drill, Improvement, Training
from mitasu.server.continuity.plans import contacts, managers, plan
from mitasu.server.continuity.plans.outline import outline
from mitasu.server.ledger.fold import known
from mitasu.server.ledger.models import Audit
from mitasu.server.sites.judging import answer_of

pytestmark = pytest.mark.django_db(transaction=False)
NEW = "electronic-information-sharing-inpatient"
ON = date(2026, 11, 22)
Mitasu = Callable[..., str]


@pytest.fixture
def hospital(make_site: Callable[..., Site]) -> Site:
    """The sample hospital."""
    return make_site("hospital")


@pytest.fixture
def mitasu(hospital: Site, capsys: pytest.CaptureFixture[str]) -> Mitasu:
    """Runs a command on the hospital, that must end as expected, and gives what it printed."""

    def typed(*words: str, status: int = 0) -> str:
        capsys.readouterr()
        ended = run([*words, "--site", "hospital"])
        out, err = capsys.readouterr()
        assert ended == status, out + err
        return out + err

    return typed


def level(site: Site) -> str | None:
    site.head = None
    return answer_of(site, ON).of(NEW).level


def test_a_plan_is_written_compared_approved_and_exported(
    mitasu: Mitasu, hospital: Site, tmp_path: Path
) -> None:
    assert "残り23項目" in mitasu("bcp", "plan", "new")
    text = tmp_path / "text.md"
    text.write_text("手順は別紙1のとおり。", "utf-8")
    for topic in outline().topics:
        mitasu("bcp", "plan", "write", topic, "--text", str(text), "--done")
    assert "近いもの: signs" in mitasu("bcp", "plan", "write", "sings", "--done", status=2)
    assert "○ signs" in mitasu("bcp", "plan", "show")
    assert "--by" in mitasu("bcp", "plan", "approve", status=2)
    assert "第1版を承認しました" in mitasu("bcp", "plan", "approve", "--by", "clerk", "--on", "R8.11.20")
    assert known(hospital).facts["continuity_plan"][-1].entry.via == "cli"
    mitasu("bcp", "plan", "new")
    mitasu("bcp", "plan", "write", "signs", "--owner", "当直")
    assert "+ 担当：当直" in mitasu("bcp", "plan", "compare")
    file = tmp_path / "plan.pdf"
    mitasu("bcp", "plan", "export", str(file), "--version", "1")
    assert file.read_bytes().startswith(b"%PDF-")
    assert list(tmp_path.glob(".mitasu-*")) == []


def test_only_who_may_approve_does_so_on_the_command_line_too(mitasu: Mitasu, hospital: Site) -> None:
    reader = User.objects.create_user("reader")
    Membership.objects.create(user=reader, site=hospital, role=Role.ENTER)
    mitasu("bcp", "plan", "new", "--by", "reader")
    told = mitasu("bcp", "plan", "approve", "--by", "reader", status=2)
    assert "承認の役割がありません" in told
    assert Audit.objects.filter(site=hospital, user=reader, outcome="refused").exists()
    assert "近いもの: reader" in mitasu("bcp", "plan", "new", "--by", "readr", status=2)
    assert plan.approved_of(hospital) is None


def test_a_drill_goes_from_the_command_line_to_the_judgement(mitasu: Mitasu, hospital: Site) -> None:
    told = mitasu(
        "bcp", "drill", "add", "--on", "R8.11.1", "--scenario", "停電", "--led-by", "security_manager",
        "--participant", "看護部 12人", "--findings", "電源車の番号がない", "--improvement", "番号を貼る;総務;R8.12.1",
    )  # fmt: skip
    drill = Drill.objects.get()
    assert f"訓練{drill.pk}を記録" in told
    assert level(hospital) == "2", "nobody reviewed it yet"
    mitasu("bcp", "drill", "review", str(drill.pk), "--on", "R8.11.2", "--result", "よい")
    assert level(hospital) == "1"
    mitasu("bcp", "drill", "done", str(Improvement.objects.get().pk), "--how", "貼った", "--on", "R8.11.3")
    mitasu(
        "bcp", "drill", "improve", str(drill.pk), "--what", "再訓練", "--owner", "総務", "--due", "R9.1.31"
    )
    listed = mitasu("bcp", "drill", "list")
    assert "次の訓練の期限: 2027-11-01" in listed
    assert "2026-11-03済み（貼った）" in listed
    assert "この画面の外で記録" in listed
    mitasu("bcp", "drill", "withdraw", str(drill.pk), "--reason", "まちがい")
    assert level(hospital) == "1", "the drill of February counts again"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--led-by", "security_manger"), "近いもの: security_manager"),
        (("--led-by", "vendor", "--improvement", "直す"), "改善すること;担当;期限"),
        (("--led-by", "vendor", "--participant", "看護部"), "人数がありません"),
        (("--led-by", "vendor", "--reviewed", "きのう"), "--reviewed: 「きのう」は日付として読めません"),
    ],
)
def test_a_wrong_drill_is_told_and_leaves_nothing(mitasu: Mitasu, words: tuple[str, ...], told: str) -> None:
    assert told in mitasu("bcp", "drill", "add", "--on", "R8.11.1", "--scenario", "停電", *words, status=2)
    assert not Drill.objects.exists()


def test_every_fault_of_a_roster_and_of_a_contact_tree_is_told_with_its_row(
    mitasu: Mitasu, tmp_path: Path
) -> None:
    roster, tree = tmp_path / "roster.csv", tmp_path / "tree.csv"
    roster.write_text("氏名,出席,受講日\n,たぶん,2026-13-01\n")
    given = ("--on", "R8.5.13", "--title", "標的型", "--led-by-manager", "--roster", str(roster))
    said = mitasu("bcp", "training", "add", *given, status=3)
    for told in ("roster.csv:2: 氏名がありません", "roster.csv:2: 出席「たぶん」は", "2026-13-01"):
        assert told in said
    tree.write_text('役割,名前,電話番号,備考\n\n院長,,,"二行の\n覚え書き"\n,見本 太郎,,\n')
    said = mitasu("bcp", "contact", "set", str(tree), status=3)
    assert "tree.csv:4: 電話番号がありません" in said
    assert "tree.csv:5: 役割と電話番号がありません" in said


def test_an_improvement_that_was_missed_is_told_on_the_command_line(mitasu: Mitasu) -> None:
    mitasu(
        "bcp", "drill", "add", "--on", "R8.11.1", "--scenario", "停電", "--led-by", "security_manager",
        "--reviewed", "R8.11.2", "--findings", "古い手順", "--improvement", "直す;総務;R8.11.10",
    )  # fmt: skip
    number = str(Improvement.objects.get().pk)
    assert "できなかったと記録しました" in mitasu("bcp", "drill", "missed", number)
    assert "改善していない" in mitasu("bcp", "drill", "list")
    assert "改善99はありません" in mitasu("bcp", "drill", "missed", "99", status=2)


def test_a_training_with_a_roster_is_added_filled_up_and_exported(mitasu: Mitasu, tmp_path: Path) -> None:
    roster = tmp_path / "名簿.csv"
    roster.write_bytes("氏名,所属,出席\n見本 太郎,看護部,はい\n見本 花子,医事課,いいえ\n".encode("cp932"))
    words = ("--on", "R8.10.1", "--title", "標的型メール", "--medium", "mist", "--led-by-manager")
    told = mitasu("bcp", "training", "add", *words, "--roster", str(roster))
    assert "2人のうち1人が受講" in told
    number = str(Training.objects.get().pk)
    roster.write_text("氏名,所属,出席\n見本 太郎,看護部,はい\n見本 花子,医事課,はい\n", "utf-8")
    assert "2人のうち2人が受講" in mitasu("bcp", "training", "roster", number, str(roster))
    file = tmp_path / "roster.pdf"
    mitasu("bcp", "training", "export", number, str(file))
    assert file.read_bytes().startswith(b"%PDF-")
    assert "標的型メール" in mitasu("bcp", "training", "list")
    roster.write_text("氏名,出席\n見本 太郎,たぶん\n", "utf-8")
    assert "名簿.csv:2:" in mitasu("bcp", "training", "roster", number, str(roster), status=3)
    mitasu("bcp", "training", "withdraw", number, "--reason", "まちがい")


def test_the_contact_tree_comes_from_a_file_and_goes_onto_paper(
    mitasu: Mitasu, hospital: Site, tmp_path: Path
) -> None:
    file = tmp_path / "tree.csv"
    file.write_text("役割,名前,電話番号,備考\n責任者,見本 太郎,000-0000-0001,\n", "utf-8")
    assert "第1版（1件）" in mitasu("bcp", "contact", "set", str(file), "--on", "R8.11.20")
    assert "000-0000-0001" in mitasu("bcp", "contact", "show")
    paper = tmp_path / "tree.pdf"
    mitasu("bcp", "contact", "export", str(paper))
    assert paper.read_bytes().startswith(b"%PDF-")
    file.write_text("役割,名前\n責任者,見本 太郎\n", "utf-8")
    assert "電話番号" in mitasu("bcp", "contact", "set", str(file), status=3)
    assert contacts.latest(hospital).number == 1


def test_a_manager_is_added_and_ended(mitasu: Mitasu, hospital: Site) -> None:
    [row] = managers.managers_of(known(hospital))
    mitasu("bcp", "manager", "end", str(row.number), "--to", "R8.10.31")
    assert level(hospital) is None or answer_of(hospital, ON).of(NEW).status != "claimable"
    mitasu(
        "bcp", "manager", "add", "--employment", "full_time", "--assignment", "dedicated", "--from", "R8.11.1",
        "--not-qualified",
    )  # fmt: skip
    assert level(hospital) == "1"
    assert "常勤・専任\t2026-11-01〜" in mitasu("bcp", "manager", "list")


def test_a_contract_is_added_listed_and_taken_back(mitasu: Mitasu, hospital: Site) -> None:
    words = (
        "--kind",
        "contract",
        "--title",
        "保守契約",
        "--text",
        "切り離して保管",
        "--from",
        "R8.4.1",
        "--to",
        "R8.10.31",
    )
    mitasu("bcp", "contract", "add", *words, "--fact", "backup_vendor_contract=true")
    assert level(hospital) != "1"
    assert "✕ 期限切れ" in mitasu("bcp", "contract", "list", "--on", "R8.11.1")
    assert "✕ 契約・規程" in mitasu("bcp", "status", "--on", "R8.11.22", status=1)
    told = mitasu("bcp", "contract", "add", *words, "--fact", "backup_vendor_contrct=true", status=2)
    assert "近いもの: backup_vendor_contract" in told
    mitasu("bcp", "contract", "withdraw", str(Contract.objects.get().pk), "--reason", "まちがい")
    assert level(hospital) == "1"


def test_a_checklist_is_answered_signed_compared_and_exported(
    mitasu: Mitasu, hospital: Site, tmp_path: Path
) -> None:
    year = ("--year", "2025")
    told = mitasu("checklist", "show", *year)
    assert "提案 はい：令和8年2月26日" not in told, "no item asks for a drill in that year"
    assert "提案 はい：安全管理責任者" in told
    ids = [line.split("\t")[0] for line in told.splitlines() if "\t未回答\t" in line]
    assert len(ids) == 18
    for id_ in ids:
        mitasu("checklist", "answer", id_, "yes", *year, "--on", "R7.11.22", "--by", "clerk")
    assert "目標日が要ります" in mitasu(
        "checklist", "answer", "usb", "no", *year, "--on", "R7.11.22", status=2
    )
    assert "近いもの: usb" in mitasu("checklist", "answer", "us", "yes", *year, status=2)
    told = mitasu(
        "checklist", "sign", *year, "--by", "clerk", "--on", "R7.11.30", "--guideline-until", "R9.3.31"
    )
    assert "署名しました" in told
    pdf, items = tmp_path / "sheet.pdf", tmp_path / "items.yaml"
    mitasu("checklist", "export", str(pdf), *year)
    mitasu("checklist", "export", str(items), *year)
    assert pdf.read_bytes().startswith(b"%PDF-")
    items.write_text(items.read_text("utf-8").replace("year: 2025", "year: 2026"), "utf-8")
    assert "令和8年度の点検項目（18項目）" in mitasu("checklist", "load", str(items))
    mitasu(
        "checklist", "answer", "usb", "yes", "--year", "2026", "--on", "R8.11.22", "--vendor", "見本システム"
    )
    assert "事業者：見本システム" in mitasu("checklist", "show", "--year", "2026")
    assert "usb\tはい → 回答なし" in mitasu("checklist", "show", "--year", "2026", "--compare", "2025")


def test_an_answer_for_an_unknown_year_begins_no_sheet(mitasu: Mitasu, hospital: Site) -> None:
    assert "入っていません" in mitasu("checklist", "answer", "usb", "yes", "--year", "2024", status=2)
    assert "入っていません" in mitasu("checklist", "show", "--year", "2026", status=2)
    assert not hospital.checklist_sheets.exists()


def test_what_a_command_saw_changed_or_took_out_is_in_the_audit_trail(
    mitasu: Mitasu, hospital: Site, tmp_path: Path
) -> None:
    mitasu("bcp", "drill", "list")
    mitasu("bcp", "plan", "new")
    mitasu("bcp", "plan", "export", str(tmp_path / "a.pdf"))
    rows = Audit.objects.filter(site=hospital, via="cli").values_list("action", "what")
    assert {
        ("view", "mitasu bcp drill list"),
        ("change", "mitasu bcp plan new 1"),
        ("export", "mitasu bcp plan export 1"),
    } <= set(rows)


def test_a_place_that_cannot_be_written_is_told(mitasu: Mitasu, tmp_path: Path) -> None:
    mitasu("bcp", "plan", "new")
    told = mitasu("bcp", "plan", "export", str(tmp_path / "none" / "a.pdf"), status=3)
    assert "フォルダーがありません" in told
