"""What others may rely on: the names of the package, the examples in its texts, and what importing it costs."""

from __future__ import annotations

import doctest
import inspect
import pkgutil
import subprocess
import sys
from datetime import date
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import mitasu

NAMES = [
    "Answer",
    "Bill",
    "InputError",
    "Institution",
    "Judgement",
    "MitasuError",
    "Rulebook",
    "UsageError",
    "answer_to_dict",
    "bill",
    "bills_to_dict",
    "changes",
    "deadlines",
    "filings",
    "history",
    "improve",
    "judge",
    "sample",
    "what_if",
]
VISIT = {"id": "a", "patient": "p", "on": "2026-06-03", "kind": "first_visit"}


def modules() -> list[ModuleType]:
    found = [
        mitasu,
        *(import_module(info.name) for info in pkgutil.walk_packages(mitasu.__path__, "mitasu.")),
    ]
    return [module for module in found if module.__name__ != "mitasu.__main__"]


MODULES = modules()


def test_the_public_names_are_these() -> None:
    assert sorted(mitasu.__all__) == mitasu.__all__ == NAMES
    assert all(hasattr(mitasu, name) for name in NAMES)


def test_everything_public_says_what_it_is() -> None:
    for name in NAMES:
        assert inspect.getdoc(getattr(mitasu, name)), name


def test_every_module_says_what_it_is() -> None:
    for module in MODULES:
        if module.__file__ and Path(module.__file__).read_text("utf-8").strip():
            assert module.__doc__, module.__name__


def test_the_calls_take_what_they_have_always_taken() -> None:
    assert list(inspect.signature(mitasu.judge).parameters)[:3] == ["institution", "on", "additions"]
    assert list(inspect.signature(mitasu.bill).parameters)[:2] == ["institution", "encounters"]
    assert list(inspect.signature(mitasu.sample).parameters) == ["name"]


def test_errors_are_one_family_and_what_python_expects() -> None:
    for error in (mitasu.InputError, mitasu.UsageError):
        assert issubclass(error, mitasu.MitasuError)
        assert issubclass(error, ValueError)
    assert (mitasu.UsageError.exit_status, mitasu.InputError.exit_status) == (2, 3)


def test_an_institution_may_come_as_a_file_a_mapping_or_read_already(tmp_path: Any) -> None:
    document = {
        "institution": {"name": "見本", "sector": "medical", "kind": "clinic"},
        "facts": {"online_claims": False},
    }
    path = tmp_path / "clinic.yaml"
    path.write_text(
        "institution: {name: 見本, sector: medical, kind: clinic}\nfacts: {online_claims: false}\n", "utf-8"
    )
    given = [document, path, str(path), mitasu.judge(document, on="2025-04-01").institution]
    answers = [mitasu.answer_to_dict(mitasu.judge(one, on="2025-04-01")) for one in given]
    assert answers == [answers[0]] * 4


@pytest.mark.parametrize("on", [date(2025, 4, 1), "2025-04-01", "令和7年4月1日", "Ｒ７．４．１"])
def test_a_day_may_come_as_a_date_or_as_text(on: Any) -> None:
    assert mitasu.judge(mitasu.sample("hospital"), on=on).on == date(2025, 4, 1)


def test_a_day_that_is_none_is_wrong_use() -> None:
    with pytest.raises(mitasu.UsageError, match="日はありません"):
        mitasu.judge(mitasu.sample("hospital"), on="2025-02-30")


def test_only_the_additions_asked_for_are_judged_and_an_unknown_one_names_the_nearest() -> None:
    hospital = mitasu.sample("hospital")
    found = mitasu.judge(hospital, on="2026-06-01", additions=["record-management"])
    assert [judgement.addition for judgement in found.judgements] == ["record-management"]
    assert found.of("record-management").status == "claimable"
    with pytest.raises(KeyError):
        found.of("home-care-dx")
    with pytest.raises(mitasu.InputError, match="近いもの: record-management"):
        mitasu.judge(hospital, on="2026-06-01", additions=["record-managment"])


def test_a_generator_of_additions_is_as_good_as_a_list() -> None:
    ids = ["record-management", "emergency-view"]
    found = mitasu.judge(mitasu.sample("hospital"), on="2026-06-01", additions=(id_ for id_ in ids))
    assert [judgement.addition for judgement in found.judgements] == ids


def test_rules_of_ones_own_can_be_judged_by() -> None:
    rules = mitasu.Rulebook.load(Path(__file__).parents[1] / "judge" / "data" / "toy")
    document = {
        "institution": {"name": "見本", "sector": "medical", "kind": "clinic"},
        "facts": {"toy_a": True, "toy_d": True, "toy_n": 3},
    }
    found = mitasu.judge(document, on="2025-04-01", additions=["toy-levels"], rulebook=rules)
    assert (found.of("toy-levels").level, found.of("toy-levels").points) == ("2", 5)
    with pytest.raises(mitasu.InputError, match="toy_a"):
        mitasu.judge(document, on="2025-04-01")


def test_a_sample_that_is_not_there_is_an_error_of_the_family() -> None:
    with pytest.raises(mitasu.MitasuError):
        mitasu.sample("nowhere")


def test_a_bill_comes_from_a_list_of_mappings() -> None:
    (bill,) = mitasu.bill(mitasu.sample("paper-clinic"), [VISIT])
    assert bill.points("electronic-information-sharing") == 4
    assert mitasu.bills_to_dict([bill])["bills"][0]["encounter"] == "a"


def test_a_judgement_cannot_be_changed() -> None:
    found = mitasu.judge(mitasu.sample("hospital"), on="2026-06-01")
    with pytest.raises(AttributeError):
        found.judgements[0].status = "claimable"  # type: ignore[misc]  # that is what is tried


def test_judging_twice_gives_the_same() -> None:
    once, twice = (
        mitasu.answer_to_dict(mitasu.judge(mitasu.sample("hospital"), on="2026-06-01")) for _ in range(2)
    )
    assert once == twice


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_the_examples_of_a_module_hold(module: ModuleType) -> None:
    assert doctest.testmod(module).failed == 0


def test_there_are_examples() -> None:
    finder = doctest.DocTestFinder()
    tried = [test for module in MODULES for test in finder.find(module) if test.examples]
    assert len(tried) >= 15
    assert any(test.name == "mitasu" for test in tried)


SCALAR = f"""
import sys
import mitasu
answer = mitasu.judge(mitasu.sample("paper-clinic"), on="2026-06-01")
mitasu.answer_to_dict(answer)
mitasu.bill(mitasu.sample("paper-clinic"), [{VISIT!r}])
heavy = set("polars numpy pandas rich typer ruamel mitasu.cli django".split())
print(sorted(heavy & sys.modules.keys()))
"""


@pytest.mark.slow
def test_judging_one_institution_needs_no_frames_and_no_terminal() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", SCALAR], capture_output=True, text=True, timeout=60, check=True
    )
    assert (ran.stdout, ran.stderr) == ("[]\n", "")


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments", [["judge", "FILE", "--on", "2026-06-01", "--json"], ["rules", "list", "--json"]]
)
def test_a_command_needs_no_frames(arguments: list[str]) -> None:
    from mitasu.cli.demo import sample_path

    words = [str(sample_path("paper-clinic")) if word == "FILE" else word for word in arguments]
    code = f"import sys\nfrom mitasu.cli import run\nstatus = run({words!r})\nprint(status, 'polars' in sys.modules, file=sys.stderr)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert ran.stderr == "0 False\n"
