"""The book is whole: a chapter for every node, every table tested, a page that can be read."""

from __future__ import annotations

import re
from dataclasses import is_dataclass
from inspect import getmembers
from itertools import pairwise
from types import ModuleType
from typing import get_args

import pytest
from book import book, chapters
from tables import LABELS, SOME_DAY, WORDS, Table

from mitasu.rules import nodes
from mitasu.rules.nodes import Node, children

NODE_CLASSES = set(get_args(Node))
CHAPTERS = chapters()


def names(chapters: list[ModuleType]) -> list[str]:
    return [chapter.__name__ for chapter in chapters]


def classes_in(node: Node) -> set[type]:
    return {type(node)}.union(*(classes_in(part) for part in children(node)))


def classes_of(table: Table) -> set[type]:
    found: set[type] = set()
    for tree in table.trees.values():
        found |= classes_in(tree(SOME_DAY) if callable(tree) else table.written(tree))
    return found


def test_the_set_of_nodes_is_closed() -> None:
    defined = {
        value
        for _, value in getmembers(nodes, lambda value: isinstance(value, type) and is_dataclass(value))
        if value.__module__ == nodes.__name__
    }
    assert defined == NODE_CLASSES


def test_every_node_has_a_chapter() -> None:
    assert {node for chapter in CHAPTERS for node in chapter.NODES} == NODE_CLASSES


@pytest.mark.parametrize("chapter", CHAPTERS, ids=names(CHAPTERS))
def test_a_chapter_shows_the_nodes_it_is_about(chapter: ModuleType) -> None:
    shown = set().union(*(classes_of(table) for table in chapter.TABLES))
    assert set(chapter.NODES) <= shown


@pytest.mark.parametrize("chapter", CHAPTERS, ids=names(CHAPTERS))
def test_a_chapter_shows_all_its_tables_and_tests_each(chapter: ModuleType) -> None:
    written = [name for name, value in vars(chapter).items() if isinstance(value, Table)]
    assert [vars(chapter)[name] for name in written] == list(chapter.TABLES)
    tested = {name for test in vars(chapter).values() if callable(test) for name in _names_used(test)}
    assert set(written) <= tested


def _names_used(test: object) -> tuple[str, ...]:
    code = getattr(test, "__code__", None)
    return code.co_names if code is not None and code.co_name.startswith("test_") else ()


@pytest.mark.parametrize("chapter", CHAPTERS, ids=names(CHAPTERS))
def test_a_chapter_begins_in_japanese_with_a_title_and_sentences(chapter: ModuleType) -> None:
    title, _, text = (chapter.__doc__ or "").partition("\n")
    assert re.search(r"[ぁ-ん一-龠]", title)
    assert not title.endswith("。")
    assert text.strip().endswith("。")
    assert text.count("。") >= 2


def test_the_page_has_every_chapter_in_order() -> None:
    headings = re.findall(r"^## (\d+)\. (.+)$", book(), re.MULTILINE)
    assert [int(number) for number, _ in headings] == list(range(1, len(CHAPTERS) + 1))
    assert [title for _, title in headings] == [
        (chapter.__doc__ or "").split("\n")[0] for chapter in CHAPTERS
    ]


def test_the_page_uses_the_japanese_words_only() -> None:
    cells = [
        cell.strip() for line in book().splitlines() if line.startswith("| ") for cell in line.split("|")
    ]
    assert not {cell.split("（")[0] for cell in cells} & (set(WORDS) | set(LABELS) | {"?", "true", "false"})
    assert {"満たす", "経過措置", "満たさない", "不明", "対象外"} <= set(cells)


def test_every_row_of_the_page_has_as_many_cells_as_its_heading() -> None:
    lines = book().splitlines()
    for above, line in pairwise(lines):
        if above.startswith("|") and line.startswith("|"):
            assert above.count("|") == line.count("|"), line


def test_the_page_is_the_same_every_time() -> None:
    assert book() == book()
