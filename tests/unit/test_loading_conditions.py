"""Conditions from rule files: each form, and each fault with its line and the nearest right word."""

from __future__ import annotations

from datetime import date

import pytest

from mitasu.errors import Problem
from mitasu.rules.faults import Faults, shown
from mitasu.rules.load import FactSpec, NodeReader, argument, frozen
from mitasu.rules.nodes import (
    All,
    Any_,
    AtLeast,
    AtLeastNOf,
    AtMost,
    Dated,
    DatedValue,
    Equals,
    Fact,
    Holds,
    LessThan,
    MoreThan,
    Node,
    Not,
    Nothing,
    OneOf,
    Open,
    Param,
    Requires,
    When,
)
from mitasu.rules.strict_yaml import read

FACTS = {
    spec.id: spec
    for spec in (
        FactSpec("posted", "boolean"),
        FactSpec("detail", "boolean", optional=True),
        FactSpec("beds", "integer"),
        FactSpec("fee", "yen"),
        FactSpec("ratio", "decimal"),
        FactSpec("rate", "percent"),
        FactSpec("joined_on", "date"),
        FactSpec("backup", "enum", values=("daily", "weekly")),
        FactSpec(
            "filed",
            "boolean",
            arguments={
                "item": "word!",
                "levels": "words",
                "by": "date",
                "month": "month",
                "months": "integer",
                "share": "percent",
                "window": "mapping",
                "by_whom": "word",
                "detail": "mapping?",
            },
        ),
    )
}


def load(text: str) -> tuple[Node, list[Problem]]:
    """The node of a condition under `need`, on the second line of a file, and the faults found."""
    document = read(f"id: x\nneed: {text}\n", "a.yaml")
    faults = Faults("a.yaml")
    reader = NodeReader(
        faults,
        FACTS.get,
        lambda: FACTS,
        requirements={"posting", "e-prescription"},
        questions={"rounding"},
        additions={"home-care-dx"},
        known={"by_whom": {"manager", "nurse"}}.get,
    )
    return reader.node(document["need"], document, "need"), faults.problems


def node(text: str) -> Node:
    found, problems = load(text)
    assert not problems
    return found


def fault(text: str) -> Problem:
    """The one fault of a condition."""
    _, problems = load(text)
    (problem,) = problems
    assert problem.file == "a.yaml"
    return problem


# ---- forms --------------------------------------------------------------------------------------------

POSTED, BEDS, RATE, JOINED, BACKUP = (Fact(id_) for id_ in ("posted", "beds", "rate", "joined_on", "backup"))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("{fact: posted}", POSTED),
        ("{fact: detail}", Fact("detail", optional=True)),
        ("{fact: beds, at_least: 20}", AtLeast(BEDS, 20)),
        ("{fact: beds, more_than: 20}", MoreThan(BEDS, 20)),
        ("{fact: beds, at_most: 20}", AtMost(BEDS, 20)),
        ("{fact: beds, less_than: 20}", LessThan(BEDS, 20)),
        ("{fact: fee, at_least: 50}", AtLeast(Fact("fee"), 50)),
        ("{fact: ratio, at_least: 1.4}", AtLeast(Fact("ratio"), 14_000)),
        ('{fact: rate, at_least: "30%"}', AtLeast(RATE, 300_000)),
        ("{fact: rate, at_least: 29.9999%}", AtLeast(RATE, 299_999)),
        ("{fact: joined_on, at_most: 2026-05-31}", AtMost(JOINED, date(2026, 5, 31))),
        ("{fact: joined_on, at_most: 令和8年5月31日}", AtMost(JOINED, date(2026, 5, 31))),
        ("{fact: posted, equals: false}", Equals(POSTED, False)),
        ("{fact: beds, equals: 0}", Equals(BEDS, 0)),
        ("{fact: backup, equals: daily}", Equals(BACKUP, "daily")),
        ("{fact: backup, one_of: [daily, weekly]}", OneOf(BACKUP, ("daily", "weekly"))),
        ("{fact: rate, at_least: $rate}", AtLeast(RATE, Param("rate"))),
        ("{fact: rate, one_of: [$rate, 10%]}", OneOf(RATE, (Param("rate"), 100_000))),
        (
            '{fact: rate, at_least: {dated: {2024-10-01: "15%", 2025-04-01: $rate}}}',
            AtLeast(RATE, DatedValue(((date(2024, 10, 1), 150_000), (date(2025, 4, 1), Param("rate"))))),
        ),
        ("{all: [{fact: posted}, {fact: beds, at_least: 1}]}", All((POSTED, AtLeast(BEDS, 1)))),
        ("{any: [{fact: posted}]}", Any_((POSTED,))),
        ("{at_least_n_of: 1, parts: [{fact: posted}]}", AtLeastNOf(1, (POSTED,))),
        (
            "{at_least_n_of: 2, parts: [{fact: posted}, {open: rounding}]}",
            AtLeastNOf(2, (POSTED, Open("rounding"))),
        ),
        ("{not: {fact: posted}}", Not(POSTED)),
        ("{when: {fact: beds, at_least: 200}, need: {fact: posted}}", When(AtLeast(BEDS, 200), POSTED)),
        ("{requirement: posting}", Requires("posting")),
        ("{holds: home-care-dx}", Holds("home-care-dx")),
        ('{holds: home-care-dx, level: "1"}', Holds("home-care-dx", "1")),
        ("{holds: home-care-dx, level: 1}", Holds("home-care-dx", "1")),
        ("{holds: home-care-dx, level: null}", Holds("home-care-dx")),
        ("{open: rounding}", Open("rounding")),
        (
            "{dated: {2024-06-01: {fact: posted}, 2025-04-01: null}}",
            Dated(((date(2024, 6, 1), POSTED), (date(2025, 4, 1), None))),
        ),
    ],
)
def test_each_form_becomes_its_node(text: str, wanted: Node) -> None:
    assert node(text) == wanted


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("item", "home-care-dx", "home-care-dx"),
        ("levels", "['1', '2']", ("1", "2")),
        ("levels", "$covering", Param("covering")),
        ("by", "2025-05-01", date(2025, 5, 1)),
        ("by_whom", "nurse", "nurse"),
        ("by_whom", "$whom", Param("whom")),
        ("month", "令和7年4月", "2025-04"),
        ("months", "12", 12),
        ("share", "90%", 900_000),
        (
            "window",
            "{filed_before: 2025-04-01, note: [a, {b: 2025-05-01}]}",
            (("filed_before", date(2025, 4, 1)), ("note", ("a", (("b", date(2025, 5, 1)),)))),
        ),
    ],
)
def test_arguments_are_read_as_what_they_are_declared(name: str, text: str, value: object) -> None:
    item = "" if name == "item" else "item: x, "
    found = node(f"{{fact: filed, with: {{{item}{name}: {text}}}}}")
    assert isinstance(found, Fact)
    assert dict(found.args)[name] == value


def test_arguments_stand_in_order_of_name_so_that_equal_facts_are_equal() -> None:
    assert node("{fact: filed, with: {months: 12, item: x}}") == node(
        "{fact: filed, with: {item: x, months: 12}}"
    )


def test_an_argument_declared_so_makes_the_fact_optional() -> None:
    assert node("{fact: filed, with: {item: x}}") == Fact("filed", (("item", "x"),))
    with_detail = node("{fact: filed, with: {item: x, detail: {name: form}}}")
    assert isinstance(with_detail, Fact)
    assert with_detail.optional


# ---- faults -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line", "message", "near"),
    [
        ("posted", 2, "条件は {fact: …} や {all: […]} のように書きます（見つかったもの: posted）。", None),
        ("[{fact: posted}]", 2, "条件は {fact: …} や {all: […]} のように書きます", None),
        ("", 2, "条件は {fact: …} や {all: […]} のように書きます（見つかったもの: None）。", None),
        ("{}", 2, "条件の形が分かりません。fact、all、any、at_least_n_of、not、requirement、", None),
        ("{fatc: posted}", 2, "条件の形が分かりません。", "fact"),
        ("{requirements: posting}", 2, "条件の形が分かりません。", "requirement"),
        ("{fact: posted, not: {fact: posted}}", 2, "条件の形が二つあります（fact、not）。", None),
        ("\n  all:\n    - {fact: posted}\n    - posted", 5, "条件は {fact: …} や {all: […]} のように", None),
        ("{fact: postde}", 2, "事実「postde」は目録にありません。", "posted"),
        ("{fact: zzz}", 2, "事実「zzz」は目録にありません。", None),
        ("\n  not:\n    fact: postde", 4, "事実「postde」は目録にありません。", "posted"),
        ("{fact: posted, at_laest: 1}", 2, "ここに「at_laest」という項目はありません。", "at_least"),
        ("{all: [{fact: posted}], any_: 1}", 2, "ここに「any_」という項目はありません。", None),
        ("{not: {fact: posted}, note: x}", 2, "ここに「note」という項目はありません。", "not"),
        ("{fact: beds, at_least: 1, at_most: 2}", 2, "比べ方が二つあります（at_least、at_most）。", None),
        ("{fact: beds}", 2, "「beds」は真偽ではありません（integer）。比べ方を書いてください。", None),
        ("{fact: backup}", 2, "「backup」は真偽ではありません（enum）。", None),
        ("{fact: posted, at_least: true}", 2, "「posted」（boolean）は大小を比べられません。", None),
        ("{fact: backup, less_than: daily}", 2, "「backup」（enum）は大小を比べられません。", None),
        ("{fact: beds, at_least: many}", 2, "「beds」（integer）の値として「many」は読めません。", None),
        ("{fact: beds, at_least: 1.5}", 2, "「beds」（integer）の値として「1.5」は読めません。", None),
        ("{fact: beds, at_least: true}", 2, "「beds」（integer）の値として「True」は読めません。", None),
        ("{fact: beds, at_least: 20%}", 2, "「beds」（integer）の値として「20%」は読めません。", None),
        ("{fact: posted, equals: 1}", 2, "「posted」（boolean）の値として「1」は読めません。", None),
        ("{fact: rate, at_least: 30}", 2, "「30」は割合です。30% のように書いてください。", None),
        ("{fact: rate, at_least: 0.3}", 2, "「0.3」は割合です。", None),
        ("{fact: rate, at_least: 1.23456%}", 2, "「1.23456」は小数点以下が4桁を超えています。", None),
        ("{fact: ratio, at_least: true}", 2, "「true」は数ではありません。", None),
        ("{fact: joined_on, at_least: 2025-4}", 2, "「2025-4」は日付として読めません。", None),
        ("{fact: backup, equals: dayly}", 2, "「backup」に値「dayly」はありません。近いもの: daily", None),
        ("{fact: backup, equals: zzz}", 2, "「backup」に値「zzz」はありません。", None),
        ("{fact: backup, one_of: [daily, wekly]}", 2, "「backup」に値「wekly」はありません。", None),
        ("{fact: backup, one_of: daily}", 2, "「one_of」には一覧（[ ]）を書きます。", None),
        ("{fact: backup, one_of: []}", 2, "「one_of」が空です。", None),
        ("{all: []}", 2, "「all」が空です。", None),
        ("{any: null}", 2, "「any」が空です。", None),
        ("{at_least_n_of: 1, parts: [{fact: posted}], part: 1}", 2, "ここに「part」という項目は", "parts"),
        ("{at_least_n_of: 0, parts: [{fact: posted}]}", 2, "at_least_n_of は1から1までの整数です", None),
        ("{at_least_n_of: 2, parts: [{fact: posted}]}", 2, "at_least_n_of は1から1までの整数です", None),
        ("{at_least_n_of: two, parts: [{fact: posted}]}", 2, "at_least_n_of は1から1までの整数です", None),
        ("{at_least_n_of: true, parts: [{fact: posted}]}", 2, "at_least_n_of は1から1までの整数です", None),
        ("{requirement: postng}", 2, "要件「postng」はありません。", "posting"),
        ("{requirement: 7}", 2, "要件「7」はありません。", None),
        ("{holds: home-care}", 2, "加算「home-care」はありません。", "home-care-dx"),
        ("{holds: home-care-dx, levels: 1}", 2, "ここに「levels」という項目はありません。", "level"),
        ("{open: roundings}", 2, "未決の問い「roundings」はありません。", "rounding"),
        ("{dated: {}}", 2, "dated には「日付: 値」を並べます。", None),
        ("{dated: [2025-04-01]}", 2, "dated には「日付: 値」を並べます。", None),
        ("{dated: {2025-02-30: {fact: posted}}}", 2, "「2025-02-30」という日はありません。", None),
        (
            "{dated: {2025-04-01: {fact: posted}, 2024-06-01: {fact: posted}}}",
            2,
            "dated の日付は早い順に、重ならないように並べます。",
            None,
        ),
        (
            "{dated: {2025-04-01: {fact: posted}, 令和7年4月1日: {fact: posted}}}",
            2,
            "dated の日付は早い順に、重ならないように並べます。",
            None,
        ),
        ("{fact: rate, at_least: {dated: {2025-04-01: 30}}}", 2, "「30」は割合です。", None),
        (
            "{fact: beds, at_least: {dated: {2025-04-01: 1}, until: 2026-03-31}}",
            2,
            "ここに「until」という項目はありません。",
            None,
        ),
        ("{fact: filed}", 2, "「filed」には引数「item」が要ります。", None),
        ("{fact: filed, with: item}", 2, "with には引数と値の組を書きます。", None),
        ("{fact: filed, with: {item: x, monts: 1}}", 2, "「filed」に引数「monts」はありません。", "months"),
        ("{fact: posted, with: {item: x}}", 2, "「posted」に引数「item」はありません。", None),
        ("{fact: filed, with: {item: [x]}}", 2, "引数の値「['x']」は読めません（word）。", None),
        (
            "{fact: filed, with: {item: x, by_whom: nurze}}",
            2,
            "「by_whom」の「nurze」はありません。",
            "nurse",
        ),
        ("{fact: filed, with: {item: x, months: 一}}", 2, "引数の値「一」は読めません（integer）。", None),
        ("{fact: filed, with: {item: x, by: soon}}", 2, "「soon」は日付として読めません。", None),
        ("{fact: filed, with: {item: x, month: soon}}", 2, "「soon」は月として読めません。", None),
        ("{fact: filed, with: {item: x, share: half}}", 2, "「half」は％の数ではありません。", None),
    ],
)
def test_each_fault_is_told_with_its_line_and_the_nearest_word(
    text: str, line: int, message: str, near: str | None
) -> None:
    _, problems = load(text)
    problem = problems[0]
    assert problem.message.startswith(message)
    assert (problem.file, problem.line, problem.nearest) == ("a.yaml", line, near)


def test_a_missing_part_of_a_form_is_told() -> None:
    _, problems = load("{when: {fact: posted}}")
    assert problems[0].message == "ここに「need」がありません。"
    _, problems = load("{at_least_n_of: 1}")
    assert problems[0].message == "ここに「parts」がありません。"


def test_every_fault_of_a_condition_is_collected_at_its_own_line() -> None:
    _, problems = load("\n  all:\n    - {fact: postde}\n    - {fact: beds}\n    - not:\n        open: zzz\n")
    assert [(problem.line, problem.message.split("」")[0]) for problem in problems] == [
        (4, "事実「postde"),
        (5, "「beds"),
        (7, "未決の問い「zzz"),
    ]


def test_an_unknown_fact_has_a_code_of_its_own() -> None:
    assert fault("{fact: postde}").code == "unknown-fact"
    assert fault("{open: zzz}").code == "rule"


@pytest.mark.parametrize("text", ["posted", "{fact: zzz}", "{at_least_n_of: 3, parts: [{fact: posted}]}"])
def test_a_fault_leaves_nothing_in_its_place(text: str) -> None:
    assert load(text)[0] == Nothing()


def test_a_long_value_is_cut_short_in_a_message() -> None:
    assert shown("x" * 40) == "x" * 40
    assert shown("x" * 41) == "x" * 40 + "…"


# ---- what other readers of files use ------------------------------------------------------------------


def test_faults_tell_unknown_and_missing_keys_of_a_table() -> None:
    table = read("id: x\ntitel: z\n", "a.yaml")
    faults = Faults("a.yaml")
    assert faults.keys(table, ("id", "title", "note"), ("id", "title"), "加算") is False
    assert [(problem.line, problem.message, problem.nearest) for problem in faults.problems] == [
        (2, "加算に「titel」という項目はありません。", "title"),
        (1, "加算に「title」がありません。", None),
    ]


def test_faults_accept_a_table_with_all_required_keys() -> None:
    faults = Faults("a.yaml")
    assert faults.keys({"id": "x"}, ("id", "note"), ("id",))
    assert not faults.problems


def test_faults_tell_what_is_no_table() -> None:
    faults = Faults("a.yaml")
    assert faults.keys("word", ("id",)) is False
    assert faults.problems[0].message == "ここには項目と値の組を書きます（見つかったもの: word）。"


def test_faults_read_days_and_lists_and_tell_where_they_are_none() -> None:
    table = read("from: 2025-04-01\nuntil: soon\nrows: [1]\ncites: S1\n", "a.yaml")
    faults = Faults("a.yaml")
    assert (faults.day(table, "from"), faults.day(table, "none"), faults.day(table, "until")) == (
        date(2025, 4, 1),
        None,
        None,
    )
    assert (faults.items(table, "rows"), faults.items(table, "none"), faults.items(table, "cites")) == (
        [1],
        [],
        [],
    )
    assert [problem.line for problem in faults.problems] == [2, 4]
    assert faults.problems[0].message.startswith("「soon」は日付として読めません。")
    assert faults.problems[1].message == "「cites」には一覧（[ ]）を書きます。"


@pytest.mark.parametrize("kind", ["word", "word!", "word?"])
def test_a_word_is_an_argument_whether_required_or_not(kind: str) -> None:
    assert argument("x", kind) == "x"


def test_plain_values_become_hashable() -> None:
    value = {"a": [1, {"b": "2025-04-01"}], "c": "2025-99-99", "d": "0123-45-67", "e": None}
    assert frozen(value) == (
        ("a", (1, (("b", date(2025, 4, 1)),))),
        ("c", "2025-99-99"),
        ("d", "0123-45-67"),
        ("e", None),
    )
    assert hash(frozen(value))
