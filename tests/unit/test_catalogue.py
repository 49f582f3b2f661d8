"""The catalogue: an id once, a derived fact's arguments with their words, and what is wrong in it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from mitasu.rulebook import Rulebook
from mitasu.rules.faults import Faults
from mitasu.rules.load import NodeReader

FACT = "own_drill: {label: 訓練, kind: derived, arguments: {ARGUMENT}}\n"


def faults(folder: Path, text: str, more: str = "") -> list[str]:
    """The faults of a package with this catalogue, and perhaps a second one."""
    (folder / "facts").mkdir()
    (folder / "facts" / "own.yaml").write_text(text, "utf-8")
    if more:
        (folder / "facts" / "own-2.yaml").write_text(more, "utf-8")
    return [str(problem) for problem in Rulebook.check(folder)[1]]


def test_an_id_of_the_shipped_catalogue_is_not_declared_again(tmp_path: Path) -> None:
    (found,) = faults(tmp_path, "own: {label: 訓練, kind: fact}\nbeds: {label: 病床, kind: fact}\n")
    assert found.startswith(f"{tmp_path / 'facts' / 'own.yaml'}:2: ")
    assert "「beds」は目録にもうあります" in found


def test_an_id_is_declared_in_one_file_only(tmp_path: Path) -> None:
    text = "own: {label: 訓練, kind: fact}\n"
    (found,) = faults(tmp_path, text, text)
    assert found.startswith(f"{tmp_path / 'facts' / 'own.yaml'}:1: ")


def test_every_question_is_asked_in_words_of_its_own(rulebook: Rulebook) -> None:
    asked = Counter(entry.ask for entry in rulebook.catalogue if entry.ask)
    assert [ask for ask, times in asked.items() if times > 1] == []
    assert [ask for ask in asked if ask.startswith("そのうち") or "その掲示" in ask] == []


@pytest.mark.parametrize(
    "written", ["word!", "{kind: words, text: 対象は{}}", '{kind: word, text: "{}", values: {a: あ}}']
)
def test_an_argument_is_declared_by_its_kind_or_with_its_words(tmp_path: Path, written: str) -> None:
    quoted = written.replace("対象は{}", '"対象は{}"')
    assert faults(tmp_path, FACT.replace("ARGUMENT", f"scope: {quoted}")) == []


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("werd!", "引数の種類「werd」はありません。近いもの: word"),
        ('{text: "{}"}', "「kind」がありません"),
        ('{kind: word, txt: "{}"}', "近いもの: text"),
        ("{kind: word, text: 対象}", "値の場所 {} を一つ書きます"),
        ('{kind: word, text: "{}から{}"}', "値の場所 {} を一つ書きます"),
        ("{kind: word, values: [a]}", "「値: 言葉」を並べます"),
    ],
)
def test_a_wrong_declaration_of_an_argument_is_told_with_its_line(
    tmp_path: Path, written: str, told: str
) -> None:
    (found,) = faults(tmp_path, FACT.replace("ARGUMENT", f"scope: {written}"))
    assert found.startswith(f"{tmp_path / 'facts' / 'own.yaml'}:1: ")
    assert told in found


def test_an_argument_with_words_may_be_no_other_word(rulebook: Rulebook) -> None:
    log = Faults("rule.yaml")
    catalogue = rulebook.catalogue
    reader = NodeReader(log, catalogue.fact_spec, lambda: catalogue.of("fact", "derived"))
    reader.node({"fact": "target_staff_enough", "with": {"scope": "table_4"}})
    reader.node({"fact": "target_staff_enough", "with": {"scope": "$scope"}})
    assert log.problems == []
    reader.node({"fact": "target_staff_enough", "with": {"scope": "table_5"}})
    (problem,) = log.problems
    assert "「table_5」" in str(problem)
    assert "近いもの: table_4" in str(problem)
