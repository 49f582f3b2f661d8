"""Every rule, over every institution of every case file, says the same in both readings."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import chain
from typing import Any

import polars as pl
import pytest

from mitasu.errors import InputError
from mitasu.facts import DERIVED, Institution, View, read_institution
from mitasu.facts.columns import DERIVED_COLUMNS, column_of, frame
from mitasu.judge.cases import load_cases
from mitasu.judge.coverage import case_files
from mitasu.judge.judgement import Judge
from mitasu.rulebook import SECTORS, Addition, Rulebook
from mitasu.rulebook.book import HOME
from mitasu.rules.columns import first_level, verdicts
from mitasu.rules.explain import Explainer, Memo
from mitasu.rules.nodes import Fact, Holds, Node, Verdict, nodes_of

DAYS = (
    date(2023, 3, 1), date(2023, 12, 31), date(2024, 5, 31), date(2024, 6, 1), date(2024, 10, 1), date(2025, 1, 31),
    date(2025, 2, 1), date(2025, 3, 31), date(2025, 4, 2), date(2025, 5, 10), date(2025, 5, 31), date(2025, 6, 1),
    date(2025, 9, 30), date(2025, 10, 1), date(2026, 3, 2), date(2026, 5, 31), date(2026, 6, 1), date(2026, 9, 30),
    date(2026, 11, 15),
)  # fmt: skip


@pytest.fixture(scope="module")
def institutions(rulebook: Rulebook) -> list[Institution]:
    found: dict[str, Institution] = {}
    for path in case_files(HOME).values():
        for case in load_cases(path):
            try:
                found[str(dict(case.document))] = read_institution(case.document, rulebook, case.file)
            except InputError:
                continue
    return list(found.values())


def test_every_derived_fact_is_declared_and_has_both_readings(rulebook: Rulebook) -> None:
    declared = set(rulebook.catalogue.of("derived"))
    assert declared == set(DERIVED) == set(DERIVED_COLUMNS)


Trees = dict[str, Node]


def trees_of(rulebook: Rulebook, addition: Addition, sector: str, on: date) -> Trees:
    """Every tree that a day's law has for an addition, by its place."""
    return {
        f"{addition.id}:{index}:{name}": tree
        for index, level in enumerate(rulebook.state(addition.id, sector, on).levels)
        for name, tree in ({"needs": level.needs} | dict(level.requirements)).items()
    }


def keys_of(trees: Trees) -> list[Any]:
    """The keys of the facts that trees read."""
    nodes = nodes_of(*trees.values())
    leaves = (node if isinstance(node, Fact | Holds) else getattr(node, "fact", None) for node in nodes)
    return list(dict.fromkeys(leaf.key for leaf in leaves if leaf is not None))


def explained(trees: Trees, views: list[View]) -> Iterator[tuple[str, list[int]]]:
    """The verdict of each tree for each view. Views that agree on all that is read share their reasons."""
    values = zip(*([view.get(key) for view in views] for key in keys_of(trees)), strict=True)
    first: dict[tuple[Any, ...], int] = {}
    alike = [first.setdefault(found, place) for place, found in enumerate(values)] or [0] * len(views)
    explainer, memos = Explainer(), {place: Memo() for place in set(alike)}
    for name, tree in trees.items():
        told = {
            place: int(explainer.explain(tree, views[place], memo).verdict) for place, memo in memos.items()
        }
        yield name, [told[place] for place in alike]


@pytest.mark.parametrize("on", DAYS, ids=str)
def test_each_requirement_and_level_has_the_same_verdict_in_both_readings(
    on: date, rulebook: Rulebook, institutions: list[Institution]
) -> None:
    also = [("online_claims", date(2023, 12, 31))]
    compared = 0
    for sector in SECTORS:
        rows = [institution for institution in institutions if institution.sector == sector]
        views = [View(institution, on, DERIVED) for institution in rows]
        table = frame(rows, rulebook.catalogue, on, also=also)
        here = [addition for addition in rulebook.additions.values() if sector in addition.sectors]
        parts = [trees_of(rulebook, addition, sector, on) for addition in here]
        whole = {name: tree for trees in parts for name, tree in trees.items()}
        found = verdicts(table, whole, column_of(rulebook.catalogue, on)) if whole else pl.DataFrame()
        for name, wanted in chain.from_iterable(explained(trees, views) for trees in parts):
            got = found[name].to_list()
            wrong = [(rows[i].name, a, b) for i, (a, b) in enumerate(zip(wanted, got, strict=True)) if a != b]
            assert not wrong, f"{sector} {name}: {wrong[:3]}"
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
