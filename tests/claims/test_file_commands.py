"""`mitasu claims show`, `check`, `statistics`, `anonymize`, `generate`, as a clerk meets them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from claim_lines import LINES, Put

from mitasu.claims.faults import CODES
from mitasu.cli import run
from mitasu.cli.demo import sample_path

Mitasu = Callable[..., tuple[int, str, str]]


@pytest.fixture
def mitasu(capsys: pytest.CaptureFixture[str]) -> Mitasu:
    """Run the command; status, output and errors."""

    def call(*words: object) -> tuple[int, str, str]:
        capsys.readouterr()
        status = run(["claims", *map(str, words)])
        shown = capsys.readouterr()
        return status, shown.out, shown.err

    return call


REAL = [line.replace("（見本）", "").replace("見本　花子", "山田　花子") for line in LINES]


def test_show_tells_what_is_in_a_file(mitasu: Mitasu, put: Put) -> None:
    status, out, err = mitasu("show", put())
    assert (status, err) == (0, "")
    for told in (
        "医科、見本",
        "見本診療所（見本）（1319900010）",
        "令和7年5月",
        "社保",
        "入院外1、入院0",
        "450点",
        "誤り0件",
    ):
        assert told in out or told.replace("令和7年", "2025年") in out
    assert "花子" not in out


def test_check_ends_with_1_where_there_is_an_error_and_names_the_line(mitasu: Mitasu, put: Put) -> None:
    assert mitasu("check", put())[0] == 0
    status, out, _ = mitasu("check", put([*LINES[:12], "GO,2,450,99"]))
    assert status == 1
    assert "RECEIPTC.UKE:13: 誤り: GOの総件数は2件ですが、レセプトは1件です。（go-count）" in out
    status, out, _ = mitasu("check", put([*LINES[:11], "CO,99,2,810000001,髙", LINES[12]]))
    assert (status, "警告1件" in out) == (0, True)


def test_json_has_the_same_as_data(mitasu: Mitasu, put: Put) -> None:
    status, out, _ = mitasu("check", put([*LINES[:12], "GO,2,450,99"]), "--json")
    (claim,) = json.loads(out)["claims"]
    assert status == 1
    assert (claim["kind"], claim["origin"], claim["receipts"], claim["points"]) == (
        "medical",
        "sample",
        1,
        450,
    )
    (file,) = claim["files"]
    assert file["header"]["code"] == "1319900010"
    assert file["faults"] == [
        {
            "line": 13,
            "severity": "error",
            "code": "go-count",
            "message": "GOの総件数は2件ですが、レセプトは1件です。",
        }
    ]
    assert "花子" not in out


def test_many_faults_of_one_code_are_shortened(mitasu: Mitasu, put: Put) -> None:
    _, out, _ = mitasu("check", put([*LINES[:11], *["ZZ,1"] * 300, *LINES[11:]]))
    assert out.count("（unknown-record）") == 21
    assert "ほかに280件" in out


@pytest.mark.parametrize(
    "words", [("show", "FILE"), ("check", "FILE"), ("statistics", "FILE"), ("anonymize", "FILE", "OUT")]
)
def test_files_of_real_patients_are_refused_without_the_rights(
    mitasu: Mitasu, put: Put, tmp_path: Path, words: tuple[str, ...]
) -> None:
    names = {"FILE": str(put(REAL)), "OUT": str(tmp_path / "out.UKE")}
    arguments = [names.get(word, word) for word in words]
    status, out, err = mitasu(*arguments)
    assert (status, out) == (3, "")
    assert "--i-have-rights" in err
    assert not (tmp_path / "out.UKE").exists()
    status, out, err = mitasu(*arguments, "--i-have-rights")
    assert (status, err) == (0, "")
    assert "山田" not in out


def test_volumes_in_any_order_are_read_as_one_claim(mitasu: Mitasu, tmp_path: Path) -> None:
    clinic = sample_path("paper-clinic")
    assert (
        mitasu("generate", clinic, tmp_path, "--months", "2025-05", "--receipts", 9, "--volumes", 3)[0] == 0
    )
    paths = sorted(tmp_path.glob("*.UKE"), reverse=True)
    assert len(paths) == 3
    status, out, _ = mitasu("check", *paths)
    assert (status, "3ファイル、9件のレセプト" in out) == (0, True)
    assert mitasu("check", paths[0])[0] == 1


def test_several_months_are_made_and_faults_planted_in_the_first(mitasu: Mitasu, tmp_path: Path) -> None:
    out = tmp_path / "made"
    words = (
        "--months",
        "2025-04..2025-06",
        "--receipts",
        20,
        "--seed",
        5,
        "--fault",
        "go-count",
        "--reviewer",
        2,
    )
    status, told, _ = mitasu("generate", sample_path("paper-clinic"), out, *words)
    assert (status, told.count("書き出しました")) == (0, 3)
    assert [mitasu("check", path)[0] for path in sorted(out.iterdir())] == [1, 0, 0]
    assert "国保" in mitasu("show", next(out.iterdir()))[1]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--months", "2025-06..2025-04"), "前の月..後の月"),
        (("--months", "2024-05"), "2024年6月から"),
        (("--months", "来月"), "--months"),
        (("--months", "2025-05", "--fault", "day-sun"), "近いもの: day-sum"),
        (("--months", "2025-05", "--reviewer", "3"), "社保"),
        (("--months", "2025-05", "--receipts", "2", "--volumes", "3"), "分けられません"),
    ],
)
def test_what_cannot_be_made_is_told(
    mitasu: Mitasu, tmp_path: Path, words: tuple[str, ...], told: str
) -> None:
    status, _, err = mitasu("generate", sample_path("paper-clinic"), tmp_path / "made", *words)
    assert status == 2
    assert told in err


def test_files_anonymized_together_share_their_numbers(mitasu: Mitasu, tmp_path: Path) -> None:
    clinic = sample_path("paper-clinic")
    mitasu("generate", clinic, tmp_path, "--months", "2025-04..2025-05", "--receipts", 20)
    one, other = (tmp_path / f"RECEIPTC-2025-0{month}-1.UKE" for month in (4, 5))
    names = [tmp_path / "a.UKE", tmp_path / "b.UKE"]
    status, out, _ = mitasu("anonymize", one, names[0], "--also", f"{other}={names[1]}")
    assert (status, out.count("書き出しました")) == (0, 2)
    charts = [
        {line.split(",")[13] for line in name.read_text("cp932").splitlines() if line.startswith("RE,")}
        for name in names
    ]
    before = [
        {line.split(",")[13] for line in name.read_text("cp932").splitlines() if line.startswith("RE,")}
        for name in (one, other)
    ]
    assert len(charts[0] & charts[1]) == len(before[0] & before[1]) > 0
    assert mitasu("anonymize", one, names[0], "--also", "x")[0] == 2


def test_statistics_as_json_counts_codes(mitasu: Mitasu, put: Put) -> None:
    (file,) = json.loads(mitasu("statistics", put(), "--json")[1])["files"]
    assert file["receipts"] == {"outpatient": 1, "inpatient": 0}
    codes = {item["code"]: item["times"] for item in file["items"]}
    assert codes["112007410"] == 1


def test_every_code_of_fault_is_told_in_words() -> None:
    assert all(words for _, words in CODES.values())
