"""`mitasu calc` as a clerk meets it; what it gives as JSON fits its schema."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from mitasu.cli import run
from mitasu.cli.demo import sample_path
from mitasu.rulebook import Rulebook
from mitasu.schemas.claims import calculation_schema

Calc = Callable[..., tuple[int, str, str]]
VISITS = """\
- {id: a, patient: p, on: 2026-06-05, kind: first_visit, share: 30, card: true, information: obtained, procedures: ["199000210", "199000310"]}
- {id: b, patient: p, on: 2026-06-19, kind: revisit, born: 1980-05-05, card: true, information: obtained}
- {id: c, patient: q, on: 2026-06-24, kind: home_visit, first_home_visit: false, home_consent: true, information: obtained, plan_used_information: true}
"""


@pytest.fixture
def calc(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Calc:
    """Run `mitasu calc` on the sample clinic and a list of encounters."""
    monkeypatch.setenv("MITASU_DATA", str(tmp_path / "data"))
    visits = tmp_path / "visits.yaml"
    visits.write_text(VISITS, "utf-8")

    def call(
        *arguments: object, institution: str = "paper-clinic", file: Path = visits
    ) -> tuple[int, str, str]:
        capsys.readouterr()
        status = run(["calc", str(sample_path(institution)), str(file), *map(str, arguments)])
        shown = capsys.readouterr()
        return status, shown.out, shown.err

    return call


@pytest.fixture
def masters(tmp_path: Path, calc: Calc) -> Path:
    """A store that holds the synthetic masters."""
    run(["masters", "sample", str(tmp_path / "sample")])
    place = tmp_path / "masters.sqlite3"
    files = [str(path) for path in sorted((tmp_path / "sample").iterdir())]
    assert run(["masters", "import", *files, "--store", str(place)]) == 0
    return place


def test_each_visit_has_its_lines_its_total_and_what_the_patient_pays(calc: Calc, masters: Path) -> None:
    status, shown, _ = calc("--masters", masters)
    assert status == 0
    assert "○ 291点 111000110 初診料" in shown
    assert "✕ 算定不可 199000210 見本検査: 同じ日に見本検査（くわしい）（2026-06-05）を算定する" in shown
    assert "計 415点。4,150円、自己負担1,250円" in shown
    assert "計 76点。760円、自己負担230円（30%。70歳に達する月まで" in shown
    assert "計 不明（9点以上）" in shown
    assert "高額療養費（月の上限）は計算していません" in shown


def test_the_answer_fits_its_schema_with_and_without_masters(
    calc: Calc, masters: Path, rulebook: Rulebook
) -> None:
    validator = Draft202012Validator(calculation_schema(rulebook))
    for institution in ("paper-clinic", "hospital", "childrens-clinic"):
        for more in ((), ("--masters", masters)):
            status, shown, _ = calc("--json", *more, institution=institution)
            assert status == 0
            assert list(validator.iter_errors(json.loads(shown))) == []


def test_the_sample_encounters_are_calculated(calc: Calc, rulebook: Rulebook) -> None:
    _, shown, _ = calc("--json", file=sample_path("encounters"))
    found = json.loads(shown)["encounters"]
    assert len(found) == 33
    assert Draft202012Validator(calculation_schema(rulebook)).is_valid(json.loads(shown))
    by_id = {one["encounter"]: one for one in found}
    assert [item["points"] for item in by_id["e01"]["items"]] == [291, 8, 3]
    assert by_id["e01"]["total"] == 302
    assert by_id["e01"]["copayment"] is None


def test_masters_of_the_data_folder_are_used_where_they_are(calc: Calc, tmp_path: Path) -> None:
    assert "確かめていません" in calc()[1]
    run(["masters", "sample", str(tmp_path / "s")])
    run(["masters", "import", str(tmp_path / "s" / "s_ALL20260601.csv")])
    assert "使った版: 医科診療行為マスター 2026-06-01版" in calc()[1]


def test_a_store_that_is_not_there_is_named(calc: Calc, tmp_path: Path) -> None:
    status, _, told = calc("--masters", tmp_path / "none.sqlite3")
    assert status == 2
    assert "none.sqlite3" in told


def test_a_wrong_list_is_refused_with_its_line(calc: Calc, tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text(
        "- {id: a, patient: p, on: 2026-06-05, kind: revisit}\n" + VISITS.replace("share: 30", "share: 35"),
        "utf-8",
    )
    status, _, told = calc(file=file)
    assert status == 3
    assert "wrong.yaml:2: 負担割合（share）は 10、20、30 のどれかです（見つかったもの: 35）" in told
