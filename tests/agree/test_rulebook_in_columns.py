"""Every rule, over every institution of every case file, says the same in both readings."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from mitasu.errors import InputError
from mitasu.facts import DERIVED, Institution, View, read_institution
from mitasu.facts.columns import DERIVED_COLUMNS, column_of, frame
from mitasu.judge.cases import load_cases
from mitasu.judge.coverage import case_files
from mitasu.judge.judgement import Judge
from mitasu.rulebook import Rulebook
from mitasu.rulebook.book import HOME
from mitasu.rules.columns import first_level, verdicts
from mitasu.rules.explain import Explainer
from mitasu.rules.nodes import Node, Verdict

DAYS = (
    date(2023, 3, 1), date(2023, 12, 31), date(2024, 5, 31), date(2024, 6, 1), date(2024, 10, 1), date(2025, 1, 31),
    date(2025, 2, 1), date(2025, 3, 31), date(2025, 4, 2), date(2025, 5, 10), date(2025, 5, 31), date(2025, 6, 1),
    date(2025, 9, 30), date(2025, 10, 1), date(2026, 3, 2), date(2026, 5, 31), date(2026, 6, 1), date(2026, 9, 30),
    date(2026, 11, 15),
)  # fmt: skip


PACKAGE = Path(__file__).parents[2] / "packages" / "outpatient"


@pytest.fixture(scope="module")
def rulebook() -> Rulebook:
    return Rulebook.load(PACKAGE)


@pytest.fixture(scope="module")
def judge(rulebook: Rulebook) -> Judge:
    return Judge(rulebook)


@pytest.fixture(scope="module")
def institutions(rulebook: Rulebook) -> list[Institution]:
    found: dict[str, Institution] = {}
    for path in (*case_files(HOME).values(), *case_files(PACKAGE).values()):
        for case in load_cases(path):
            try:
                found[str(dict(case.document))] = read_institution(case.document, rulebook, case.file)
            except InputError:
                continue
    return list(found.values())


def test_every_derived_fact_is_declared_and_has_both_readings(rulebook: Rulebook) -> None:
    declared = set(rulebook.catalogue.of("derived"))
    assert declared == set(DERIVED) == set(DERIVED_COLUMNS)


@pytest.mark.parametrize("on", DAYS, ids=str)
def test_each_requirement_and_level_has_the_same_verdict_in_both_readings(
    on: date, rulebook: Rulebook, judge: Judge, institutions: list[Institution]
) -> None:
    also = [("online_claims", date(2023, 12, 31))]
    facts = column_of(rulebook.catalogue, on)
    explainer = Explainer()
    compared = 0
    for sector in ("medical", "dental", "pharmacy", "nursing"):
        rows = [institution for institution in institutions if institution.sector == sector]
        views = [View(institution, on, DERIVED) for institution in rows]
        table = frame(rows, rulebook.catalogue, on, also=also)
        for addition in rulebook.additions.values():
            if sector not in addition.sectors:
                continue
            levels = rulebook.state(addition.id, sector, on).levels
            trees: dict[str, Node] = {}
            expected: dict[str, list[int]] = {}
            for index, level in enumerate(levels):
                for name, tree in ({"needs": level.needs} | dict(level.requirements)).items():
                    key = f"{index}:{name}"
                    trees[key] = tree
                    expected[key] = [int(explainer.explain(tree, view).verdict) for view in views]
            if not trees:
                continue
            found = verdicts(table, trees, facts)
            for key, wanted in expected.items():
                got = found[key].to_list()
                wrong = [
                    (rows[i].name, a, b) for i, (a, b) in enumerate(zip(wanted, got, strict=True)) if a != b
                ]
                assert not wrong, f"{addition.id} {sector} {key}: {wrong[:3]}"
                compared += len(wanted)
    assert compared


def test_certain_and_possible_levels_are_those_of_the_judgement(
    rulebook: Rulebook, judge: Judge, institutions: list[Institution]
) -> None:
    on = date(2025, 6, 1)
    rows = [institution for institution in institutions if institution.sector == "medical"]
    levels = rulebook.state("medical-dx-promotion", "medical", on).levels
    trees = {str(i): level.needs for i, level in enumerate(levels)}
    columns = [(i, pl.col(str(i))) for i in range(len(levels))]
    found = verdicts(frame(rows, rulebook.catalogue, on), trees, column_of(rulebook.catalogue, on)).select(
        certain=first_level(columns, counting_unknown=False),
        possible=first_level(columns, counting_unknown=True),
    )
    for institution, (certain, possible) in zip(rows, found.iter_rows(), strict=True):
        judgement = judge.judge(institution, on, ["medical-dx-promotion"]).judgements[0]
        assert judgement.level == (None if certain is None else levels[certain].level.level)
        assert (possible is None) == (judgement.status == "not_claimable")
        assert possible is None or certain is None or possible <= certain
        assert all(reason.verdict in Verdict for _, reason in judgement.levels)
