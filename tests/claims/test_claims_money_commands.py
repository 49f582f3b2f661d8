"""`mitasu claims revenue|audit|rate` and `mitasu history --claims`, on sample files with planted faults."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import load_workbook

import mitasu as library
from mitasu.claims.audit import audit
from mitasu.claims.generate import profile, write_month
from mitasu.cli import run
from mitasu.cli.demo import sample_path
from mitasu.documents.claims_xlsx import audit_xlsx
from mitasu.facts import load_institution
from mitasu.judge.judgement import Judge
from mitasu.rulebook import Rulebook

ON = "2026-11-22"
Make = Callable[..., Path]


@dataclass(frozen=True)
class Ran:
    status: int
    out: str
    err: str


@pytest.fixture
def mitasu(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Run the command in this process."""

    def call(*arguments: object) -> Ran:
        capsys.readouterr()
        status = run([str(argument) for argument in arguments])
        shown = capsys.readouterr()
        return Ran(status, shown.out, shown.err)

    return call


@pytest.fixture
def make(tmp_path: Path, judge: Judge) -> Make:
    """Write a sample month of a sample institution."""

    def put(
        month: str = "2025-05", *faults: str, sample: str = "paper-clinic", receipts: int = 80, **more: str
    ) -> Path:
        path = tmp_path / f"{month}-{more.get('reviewer', '1')}.UKE"
        made = profile(library.sample(sample), judge, [month])
        return write_month(made, month, path, receipts, 7, faults=faults, **more)[0]  # type: ignore[arg-type]  # reviewer

    return put


SAMPLE = sample_path("paper-clinic")


@pytest.mark.parametrize(
    ("month", "fault", "kind"),
    [
        ("2024-12", "duplicate-addition", "twice"),
        ("2025-05", "ended-code", "ended"),
        ("2025-05", "level-too-high", "level_too_high"),
        ("2025-04", "without-right", "without_right"),
    ],
)
def test_every_planted_fault_is_found_and_nothing_else(
    judge: Judge, make: Make, month: str, fault: str, kind: str
) -> None:
    institution = library.sample("paper-clinic")
    assert audit(judge, institution, [make(month)], on=date(2026, 11, 22)).findings == ()
    found = audit(judge, institution, [make(month, fault)], on=date(2026, 11, 22))
    assert {one.kind for one in found.findings} == {kind}
    assert found.total.repay_yen > 0


def test_the_audit_tells_months_reasons_and_what_was_missed(mitasu: Callable[..., Ran], make: Make) -> None:
    files = make("2025-04", "without-right"), make("2025-05", "level-too-high")
    done = mitasu("claims", "audit", SAMPLE, *files, "--on", ON)
    assert done.status == 0, done.err
    for told in (
        "返還になりうる算定",
        "基準を満たしていない：マイナ保険証利用率",
        "区分が高すぎる",
        "算定もれ（多くてこの額）",
    ):
        assert told in done.out
    assert "コード未確認のため数えていない加算" in done.out
    assert "見本 " not in done.out  # nobody is named


def test_a_file_with_faults_is_compared_all_the_same_and_the_faults_are_told(
    mitasu: Callable[..., Ran], make: Make
) -> None:
    done = mitasu("claims", "audit", SAMPLE, make("2025-05", "bad-byte", "go-count"), "--on", ON)
    assert done.status == 0, done.err
    assert "読み取りの指摘が2件あります（mitasu claims check で見られます）" in done.out


def test_volumes_of_one_claim_are_read_as_one(judge: Judge, tmp_path: Path) -> None:
    made = profile(library.sample("paper-clinic"), judge, ["2025-05"])
    files = write_month(made, "2025-05", tmp_path / "R.UKE", 40, 7, volumes=3)
    whole = write_month(made, "2025-05", tmp_path / "whole.UKE", 40, 7)
    parts, one = (
        audit(judge, library.sample("paper-clinic"), given, on=date(2026, 11, 22)) for given in (files, whole)
    )
    assert len(parts.files) == 3
    assert (parts.total, parts.doubts) == (one.total, ())


def test_the_json_of_an_audit_says_the_same_sums_everywhere(mitasu: Callable[..., Ran], make: Make) -> None:
    files = make("2025-04", "without-right"), make("2025-05", "level-too-high")
    done = mitasu("claims", "audit", SAMPLE, *files, "--on", ON, "--json")
    found = json.loads(done.out)
    total = found["total"]
    repaid = [one for one in found["findings"] if one["repaid"]]
    assert (
        total["repay_yen"]
        == sum(one["yen"] for one in repaid)
        == sum(one["repay_yen"] for one in found["months"])
    )
    assert total["missed_yen"] == sum(one["yen"] for one in found["missed"])
    for month in found["months"]:
        for key in ("charged", "charged_yen", "repay_yen", "missed_yen"):
            assert month[key] == sum(one[key] for one in month["additions"])
    assert repaid[0]["requirements"][0]["id"] == "card-use-rate"
    assert found["institution"]["code"] == found["files"][0]["code"]


def test_the_workbook_has_four_sheets_and_the_same_rows(judge: Judge, make: Make) -> None:
    found = audit(
        judge, library.sample("paper-clinic"), [make("2025-04", "without-right")], on=date(2026, 11, 22)
    )
    book = load_workbook(BytesIO(audit_xlsx(found, date(2026, 11, 22))))
    assert book.sheetnames == ["まとめ", "月別", "所見", "算定もれ"]
    assert book["所見"].max_row == 1 + len(found.findings)
    assert book["算定もれ"].max_row == 1 + len(found.missed) + len(found.unsettled)
    heads = [cell.value for cell in book["月別"][1]]
    assert book["月別"].cell(book["月別"].max_row, heads.index("返還の円") + 1).value == found.total.repay_yen


def test_what_a_spreadsheet_could_run_is_written_as_text(judge: Judge, make: Make, tmp_path: Path) -> None:
    odd = make("2025-04", "without-right").rename(tmp_path / "=HYPERLINK(1).UKE")
    found = audit(judge, library.sample("paper-clinic"), [odd], on=date(2026, 11, 22))
    book = load_workbook(BytesIO(audit_xlsx(found, date(2026, 11, 22))))
    assert book["所見"].cell(2, 4).value == "'=HYPERLINK(1).UKE"


def test_the_workbook_is_written_where_it_was_asked_for(
    mitasu: Callable[..., Ran], make: Make, tmp_path: Path
) -> None:
    out = tmp_path / "audit.xlsx"
    done = mitasu("claims", "audit", SAMPLE, make(), "--on", ON, "--xlsx", out)
    assert (done.status, "に書き出しました" in done.out) == (0, True)
    assert load_workbook(out).sheetnames[0] == "まとめ"
    nowhere = mitasu("claims", "audit", SAMPLE, make(), "--on", ON, "--xlsx", tmp_path / "no" / "audit.xlsx")
    assert nowhere.status == 3
    assert "フォルダーがありません" in nowhere.err


def test_a_file_of_another_institution_is_refused_unless_said_otherwise(
    mitasu: Callable[..., Ran], make: Make
) -> None:
    other = sample_path("hospital")
    done = mitasu("claims", "audit", other, make(), "--on", ON)
    assert done.status == 3
    assert "1319900010" in done.err
    assert "白樺記念病院" in done.err
    assert mitasu("claims", "audit", other, make(), "--on", ON, "--any-institution").status == 0


def test_the_institution_and_the_files_in_the_wrong_order_are_told(
    mitasu: Callable[..., Ran], make: Make
) -> None:
    done = mitasu("claims", "audit", make(), SAMPLE)
    assert (done.status, "施設ファイルを先に" in done.err) == (2, True)


def test_a_file_that_may_hold_real_patients_is_refused(mitasu: Callable[..., Ran], make: Make) -> None:
    file = make()
    file.write_bytes(file.read_bytes().replace("（見本）".encode("cp932"), "".encode("cp932"), 1))
    for words in (("audit", SAMPLE, file), ("revenue", file), ("rate", file)):
        done = mitasu("claims", *words)
        assert done.status == 3
        assert "--i-have-rights" in done.err
    assert mitasu("claims", "revenue", file, "--i-have-rights").status == 0


def test_a_file_given_twice_is_refused(mitasu: Callable[..., Ran], make: Make) -> None:
    file = make()
    done = mitasu("claims", "revenue", file, file)
    assert (done.status, "二度指定されています" in done.err) == (2, True)


def test_charges_of_unknown_yen_are_told_apart_in_text_json_and_workbook(
    mitasu: Callable[..., Ran], make: Make, tmp_path: Path
) -> None:
    file, out = make("2024-12", "ended-code"), tmp_path / "audit.xlsx"
    done = mitasu("claims", "audit", SAMPLE, file, "--on", ON)
    assert "円の分からない算定が1回あり" in "".join(done.out.split())
    assert json.loads(mitasu("claims", "audit", SAMPLE, file, "--json").out)["total"]["unpriced"] == 1
    assert mitasu("claims", "audit", SAMPLE, file, "--xlsx", out).status == 0
    sheet = load_workbook(out)["月別"]
    assert (sheet["D1"].value, sheet["D2"].value) == ("円の分からない回数", 1)


def test_a_copy_under_another_name_is_told_wherever_it_is_counted(
    mitasu: Callable[..., Ran], make: Make, tmp_path: Path
) -> None:
    file, copy = make(), tmp_path / "copy.UKE"
    copy.write_bytes(file.read_bytes())
    for words in (("revenue", file, copy), ("audit", SAMPLE, file, copy)):
        assert "二重に数えて" in " ".join(mitasu("claims", *words).out.split()), words
    assert "二重に数えて" in mitasu("claims", "rate", file, copy).out
    words = ("history", SAMPLE, "medical-dx-promotion", "--from", "2025-05", "--to", "2025-05")
    assert "二重に数えて" in mitasu(*words, "--claims", file, "--claims", copy).err


@pytest.mark.parametrize("by", ["addition", "month", "department"])
def test_revenue_is_told_three_ways_with_the_same_total(
    mitasu: Callable[..., Ran], make: Make, by: str
) -> None:
    files = make("2025-05"), make("2025-05", reviewer="2")
    done = mitasu("claims", "revenue", *files, "--by", by)
    assert done.status == 0, done.err
    plain = json.loads(mitasu("claims", "revenue", *files, "--json").out)
    assert f"{plain['yen']:,}" in done.out
    assert sum(one["yen"] for one in plain["by"][by]) == plain["yen"] > 0


def test_an_unknown_grouping_names_those_there_are(mitasu: Callable[..., Ran], make: Make) -> None:
    done = mitasu("claims", "revenue", make(), "--by", "doctor")
    assert (done.status, "addition、month、department" in done.err) == (2, True)


def test_codes_of_ones_own_are_counted(mitasu: Callable[..., Ran], make: Make, tmp_path: Path) -> None:
    own = tmp_path / "codes.yaml"
    own.write_text(
        "additions:\n  - {code: '160999910', addition: after-hours, encounter: revisit, periods: []}\n",
        "utf-8",
    )
    assert mitasu("claims", "revenue", make(), "--codes", own).status == 0
    own.write_text(
        "additions:\n  - {code: '160999910', addition: after-hour, encounter: revisit, periods: []}\n",
        "utf-8",
    )
    done = mitasu("claims", "revenue", make(), "--codes", own)
    assert (done.status, "近いもの: after-hours" in done.err) == (3, True)


def test_the_history_takes_the_real_counts(mitasu: Callable[..., Ran], make: Make) -> None:
    words = ("history", SAMPLE, "medical-dx-promotion", "--from", "2025-04", "--to", "2025-06")
    done = mitasu(*words, "--claims", make("2025-04", "without-right"), "--claims", make("2025-05"), "--json")
    found = json.loads(done.out)
    assert [(one["month"], one["status"]) for one in found["exposures"]] == [("2025-04", "not_claimable")]
    assert found["exposures"][0]["yen"] > 0
    both = mitasu(*words, "--claims", make(), "--claimed", "x.yaml")
    assert both.status == 2


# ---- rates ---------------------------------------------------------------------------------------------------

NOTICE = "2026年11月16日 通知\n令和8年10月分 利用率 33.4%（利用件数 123件／レセプト件数 368件）"


@pytest.fixture
def own_file(tmp_path: Path) -> Path:
    """A copy of the paper clinic's file."""
    path = tmp_path / "clinic.yaml"
    path.write_bytes(SAMPLE.read_bytes())
    return path


def test_a_notice_goes_into_the_file_with_its_day_and_a_comment(
    mitasu: Callable[..., Ran], own_file: Path, rulebook: Rulebook
) -> None:
    before = own_file.read_text("utf-8")
    done = mitasu("claims", "rate", "--notice", NOTICE, "--into", own_file)
    assert done.status == 0, done.err
    text = own_file.read_text("utf-8")
    assert '"2026-10": 33.4}' in text
    assert '"2026-10": 2026-11-16}' in text
    assert "利用率の通知から: 2026-10" in text
    kept = [line for line in before.splitlines() if "2026-09" not in line]
    assert [line for line in kept if line not in text.splitlines()] == []
    institution = load_institution(own_file, rulebook)
    assert institution.series["card_use_rate_receipts"]["2026-10"] == 334_000
    again = mitasu("claims", "rate", "--notice", NOTICE, "--into", own_file)
    assert "新しく書き込むことはありませんでした" in again.out


def test_another_value_is_not_overwritten_unless_said_so(mitasu: Callable[..., Ran], own_file: Path) -> None:
    before = own_file.read_bytes()
    other = "令和8年9月分 利用率 34.5%"
    done = mitasu("claims", "rate", "--notice", other, "--into", own_file)
    assert done.status == 3
    assert "33が書かれています（今回は34.5）" in done.err
    assert own_file.read_bytes() == before
    assert mitasu("claims", "rate", "--notice", other, "--into", own_file, "--replace").status == 0
    assert '"2026-09": 34.5' in own_file.read_text("utf-8")


def test_estimates_are_shown_beside_the_notice_and_written_only_when_asked_for(
    mitasu: Callable[..., Ran], make: Make, own_file: Path, tmp_path: Path
) -> None:
    log = tmp_path / "log.csv"
    log.write_text("date,kind,patient\n" + "".join(f"2026-10-0{n},card,{n}\n" for n in range(1, 9)), "utf-8")
    words = ("claims", "rate", make("2026-10"), "--eligibility-log", log, "--into", own_file)
    done = mitasu(*words)
    assert done.status == 0, done.err
    assert "推計は自院の件数によるもの" in done.out
    assert "国保連のファイルがなく" in done.out
    assert '"2026-10":' not in own_file.read_text("utf-8")
    assert mitasu(*words, "--estimates").status == 0
    assert "自院の件数による推計（通知ではない）から: 2026-10" in own_file.read_text("utf-8")


def test_the_json_of_rates_keeps_notice_and_estimate_apart(mitasu: Callable[..., Ran]) -> None:
    done = mitasu("claims", "rate", "--notice", NOTICE, "--json")
    month = json.loads(done.out)["months"][0]
    assert month["notified"]["by_receipts"] == {"percent": "33.4", "numerator": 123, "denominator": 368}
    assert month["estimate"]["by_receipts"] is None


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        ((), 2, "どれかを指定してください"),
        (("--notice", "お知らせ"), 3, "月と利用率を読み取れませんでした"),
        (("--notice", "nowhere.txt"), 3, "nowhere.txt: ファイルがありません"),
        (("--notice", NOTICE, "--into", "a.yaml", "--site", "b"), 2, "どちらか一つ"),
        (("--notice", NOTICE, "--estimates"), 2, "書き込む先"),
        (("--notice", NOTICE, "--replace"), 2, "書き込む先"),
        (("--eligibility-log", "nowhere.csv"), 3, "ファイルを読めません"),
    ],
)
def test_wrong_use_is_told_with_the_remedy(
    mitasu: Callable[..., Ran], words: tuple[str, ...], status: int, told: str
) -> None:
    done = mitasu("claims", "rate", *words)
    assert (done.status, told in done.err) == (status, True), done.err


def test_a_site_takes_the_place_of_a_file() -> None:
    from mitasu.cli.site import with_sites

    assert with_sites(["claims", "audit", "a.UKE", "--site", "hospital"]) == [
        "claims",
        "audit",
        "site:hospital",
        "a.UKE",
    ]
    assert with_sites(["claims", "rate", "--site", "hospital"]) == ["claims", "rate", "--site", "hospital"]
