"""`mitasu cases`: what an expert expects, run; every difference with the explanation that led to it."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import pytest
from clerk import Command, Write

CASES = """\
fixtures:
  clinic:
    institution: {name: 見本クリニック, sector: medical, kind: clinic}
    facts: {online_claims: true, e_prescription: true}
    filings: []
cases:
  - id: A1
    title: 届出がない
    given: {fixture: clinic}
    on: 2025-04-01
    expect:
      medical-dx-promotion: {status: not_claimable, missing: [filed]}
  - id: A2
    title: 届出が分からない
    given: {fixture: clinic, merge: {filings: null}}
    on: 令和7年4月1日
    expect:
      medical-dx-promotion: {status: undetermined, unknown: [filings], requirements: {online-claims: met, filed: [unmet, unknown]}}
  - id: A3
    title: 経過措置
    given: {fixture: clinic, merge: {facts: {emr_sharing: false}}}
    on: 2025-04-01
    expect_any:
      - medical-dx-promotion: {requirements: {emr-sharing: {status: deemed, until: 2026-05-31}}}
      - medical-dx-promotion: {status: claimable}
  - id: A4
    title: 届出がないので算定しない
    given: {fixture: clinic}
    encounters: [{id: a, patient: p, on: 2025-04-05, kind: first_visit}]
    bill: {a: {medical-dx-promotion: 0}}
"""


def test_cases_that_hold_pass(mitasu: Command, write: Write) -> None:
    ran = mitasu("cases", write(CASES, "a.yaml"))
    assert (ran.status, ran.out, ran.err) == (0, "4 passed, 0 failed\n", "")


def test_several_files_are_counted_together(mitasu: Command, write: Write) -> None:
    ran = mitasu("cases", write(CASES, "a.yaml"), write(CASES, "b.yaml"))
    assert ran.out == "8 passed, 0 failed\n"


@pytest.mark.parametrize("name", ["emergency-view", "emergency-information"])
def test_the_cases_that_ship_pass(mitasu: Command, name: str) -> None:
    path = files("mitasu").joinpath("rulebook", "additions", f"{name}.cases.yaml")
    ran = mitasu("cases", path)
    assert ran.status == 0
    assert re.fullmatch(r"\d{2,} passed, 0 failed\n", ran.out)


WRONG = {
    "a status": ("status: not_claimable", "status: claimable", "claimableのはずがnot_claimable"),
    "what is missing": ("missing: [filed]", "missing: [emr-sharing]", "['emr-sharing']を含むはずが"),
    "what is unknown": ("unknown: [filings]", "unknown: [beds]", "['beds']を含むはずが"),
    "a requirement": ("online-claims: met", "online-claims: unmet", "unmetのはずがmet（オンライン請求：はい）"),
    "one of several": ("[unmet, unknown]", "[met, unmet]", "['met', 'unmet']のはずがunknown"),
    "the end of grace": ("until: 2026-05-31", "until: 2025-09-30", "2025-09-30のはずが2026-05-31"),
    "the points of a bill": ("bill: {a: {medical-dx-promotion: 0}}", "bill: {a: {medical-dx-promotion: 10}}", "10点のはずが0点"),
    "a word that cannot be expected": ("status: not_claimable", "stauts: not_claimable", "「stauts」という期待は書けません"),
    "an addition that is not there": ("      medical-dx-promotion: {status: not", "      medical-dx: {status: not", "加算「medical-dx」はありません。近いもの: medical-dx-promotion"),
    "a requirement that is not there": ("filed: [unmet, unknown]", "filled: not_applicable", "要件「filled」はありません。近いもの: filed"),
    "a fact that is not there": ("{emr_sharing: false}", "{emr_shareing: false}", "近いもの: emr_sharing"),
    "an encounter that is not there": ("bill: {a:", "bill: {b:", "受診「b」が encounters にありません"),
    "a day that is no day": ("until: 2026-05-31", "until: いつか", "いつかのはずが2026-05-31"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_case_that_does_not_hold_is_shown_with_what_differs(
    mitasu: Command, write: Write, name: str
) -> None:
    old, new, told = WRONG[name]
    assert CASES.count(old) == 1
    path = write(CASES.replace(old, new), "a.yaml")
    ran = mitasu("cases", path)
    assert (ran.status, ran.err) == (1, "")
    lines = ran.out.splitlines()
    assert lines[-1] == "3 passed, 1 failed"
    start = re.fullmatch(rf"✕ {re.escape(str(path))}:(\d+) (A\d) .+", lines[0])
    assert start
    assert f"id: {start[2]}" in path.read_text("utf-8").splitlines()[int(start[1]) - 1]
    assert told in ran.out


def test_the_explanation_names_every_requirement_that_is_not_met(mitasu: Command, write: Write) -> None:
    out = mitasu("cases", write(CASES.replace("status: not_claimable", "status: claimable"), "a.yaml")).out
    assert "医療DX推進体制整備加算" in out
    for told in ("満たさない filed: 届出がありません", "未確認 view-in-rooms: ", "経過措置 emr-sharing: "):
        assert told in out


BAD = [
    ("cases: []\nfixture: {}\n", "fixture", 2),
    ("fixtures: {}\n", "「cases」がありません", 1),
    ("cases: {}\n", "一覧（[ ]）", 1),
    ("cases:\n  - 1\n", "cases には", 2),
    ("cases:\n  - {id: a, given: {}}\n", "期待する結果", 2),
    ("cases:\n  - {id: a, given: {}, expect: {}}\n", "日（on）がありません", 2),
    ("cases:\n  - {id: a, given: {}, on: 2025-04-01, expect: 3}\n", "expectには", 2),
    ("cases:\n  - {id: a, given: {}, on: 2025-04-01, expect: {home-care-dx: claimable}}\n", "「home-care-dx」の期待には", 2),
    ("cases:\n  - {id: a, given: {}, on: 2025-04-01, expect: {home-care-dx: {missing: filed}}}\n", "「missing」には一覧", 2),
    ("cases:\n  - {id: a, given: {}, on: 2025-04-01, expect: {home-care-dx: {requirements: [filed]}}}\n", "requirementsには", 2),
    ("cases:\n  - {id: a, given: {}, on: 2025-04-01, expect_any: {}}\n", "一覧（[ ]）", 2),
    ("cases:\n  - {id: a, given: {}, bill: {a: 3}}\n", "「a」の期待には", 2),
    ("cases:\n  - {id: [a], given: {}, on: 2025-04-01, expect: {}}\n", "id は文字", 2),
    ("cases:\n  - {id: a, given: {fixture: x}, on: 2025-04-01, expect: {}}\n", "fixture「x」はありません", 2),
    ("fixtures: [x]\ncases: []\n", "fixtures には", 1),
    ("cases:\n  - {id: a, given: {facts: {}, fact: {}}, on: 2025-04-01, expect: {}}\n", "近いもの: facts", 2),
    ("cases:\n  - {id: a, given: {}, on: 2025-02-30, expect: {}}\n", "2025-02-30", 2),
    ("", "ファイルが空です", None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "told", "line"), BAD, ids=[row[1] for row in BAD])
def test_a_file_that_is_no_case_file_is_refused_with_its_line(
    mitasu: Command, write: Write, text: str, told: str, line: int | None
) -> None:
    path = write(text, "a.yaml")
    ran = mitasu("cases", path)
    assert (ran.status, ran.out) == (3, "")
    assert told in ran.err
    assert ran.err.startswith(f"エラー: {path}:{line}: " if line else f"エラー: {path}: ")


def test_one_bad_file_stops_before_anything_is_run(mitasu: Command, write: Write, tmp_path: Path) -> None:
    ran = mitasu("cases", write(CASES, "a.yaml"), tmp_path / "nowhere.yaml")
    assert (ran.status, ran.out) == (3, "")
