"""Conditions are told in Japanese: no name of an argument, no id of an entry, in any rule."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from mitasu.judge.conditions import condition_text
from mitasu.judge.words import Words
from mitasu.rulebook import Rulebook
from mitasu.rules.nodes import Node

BOOK = Rulebook.shipped()
ARGUMENT = re.compile(r"[a-z_]+: |[a-z]+_[a-z_]+")


def conditions() -> Iterator[tuple[str, dict[str, str], Node]]:
    """Every condition of every rule, with the labels of the requirements of its addition."""
    for id_, addition in BOOK.additions.items():
        labels = {requirement.id: requirement.label for _, requirement in addition.requirements}
        for _, requirement in addition.requirements:
            for node in requirement.conditions():
                yield f"{id_}/{requirement.id}", labels, node


@pytest.mark.parametrize(("name", "labels", "node"), [pytest.param(*row, id=row[0]) for row in conditions()])
def test_no_condition_shows_a_name_of_the_program(name: str, labels: dict[str, str], node: Node) -> None:
    text = condition_text(node, Words(BOOK), labels)
    assert not ARGUMENT.search(text), text


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("base-up-2/two-target-staff", "（2人以上、対象は別表4の職種）"),
        ("base-up-1/target-staff", "（0人を超える、対象は40歳以上の医師・歯科医師と業務委託の者を除く職員）"),
        ("base-up-2/same-band-as-dental", "歯科外来・在宅ベースアップ評価料(Ⅱ)と比べる"),
        ("ckd-dialysis-prevention/team-doctor", "（専任または専従、経験5年以上）"),
        ("early-psychiatric-care/claims-per-doctor", "（60回以上）"),
    ],
)
def test_arguments_of_staff_and_counts_are_put_into_words(name: str, told: str) -> None:
    words = Words(BOOK)
    found = [condition_text(node, words, labels) for id_, labels, node in conditions() if id_ == name]
    assert any(told in text for text in found), found
