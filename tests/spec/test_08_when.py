"""場合（when・〜の場合に限る）

ある場合に限って条件を求める。自院のウェブサイトがある施設だけに掲載を求める、病床200床以上の病院だけに基準を課す、というところに使う。
場合に当たらなければ対象外で、条件は抜ける。
場合に当たるかどうかが不明でも、条件を満たしていれば「満たす」と答える。当たっても当たらなくても妨げにならないからである。満たしていなければ、当たるかどうかで決まるので不明である。
この答え方は「すべて」の中で正しい。「いずれか」や「n つ以上」の選択肢、否定の中、条件（if、applies_when、when の条件）では、抜けると支えがなくなり、満たすと答えたものが後で覆る。
そこに書いた when と、when や applies_when のある要件の名前は、読み込みのときに行を示して断る。代わりに「すべて」で場合と条件を並べて書く。
場合が、どの施設についても分かっている事実（施設の種類）と任意の事実だけで決まるなら、不明になることがないので、どこにでも書ける。
"""

from __future__ import annotations

from datetime import date

from tables import Table

from mitasu.rules.nodes import Any_, Deemed, Fact, When
from mitasu.rules.placing import Placing

NODES = (When,)

TRUTH = Table(
    "場合 a と、そのときに求める条件 b。",
    {"場合に限り": "{when: a, need: b}"},
    """
    | a       | b       | 場合に限り |
    | met     | met     | met        |
    | met     | deemed  | deemed     |
    | met     | unknown | unknown    |
    | met     | unmet   | unmet      |
    | met     | n/a     | n/a        |
    | deemed  | met     | met        |
    | deemed  | deemed  | deemed     |
    | deemed  | unknown | unknown    |
    | deemed  | unmet   | unmet      |
    | deemed  | n/a     | n/a        |
    | unknown | met     | met        |
    | unknown | deemed  | deemed     |
    | unknown | unknown | unknown    |
    | unknown | unmet   | unknown    |
    | unknown | n/a     | n/a        |
    | unmet   | met     | n/a        |
    | unmet   | deemed  | n/a        |
    | unmet   | unknown | n/a        |
    | unmet   | unmet   | n/a        |
    | unmet   | n/a     | n/a        |
    | n/a     | met     | n/a        |
    | n/a     | deemed  | n/a        |
    | n/a     | unknown | n/a        |
    | n/a     | unmet   | n/a        |
    | n/a     | n/a     | n/a        |
    """,
)

WEBSITE = Table(
    "「すべて」の中では、当たらない場合は抜ける。",
    {"掲示と掲載": "{all: [{fact: posted}, {when: {fact: own_website}, need: {fact: on_website}}]}"},
    """
    | posted | own_website | on_website | 掲示と掲載 |
    | true   | true        | true       | met        |
    | true   | true        | false      | unmet      |
    | true   | true        | ?          | unknown    |
    | true   | false       | false      | met        |
    | true   | false       | ?          | met        |
    | true   | ?           | true       | met        |
    | true   | ?           | false      | unknown    |
    | true   | ?           | ?          | unknown    |
    | false  | ?           | ?          | unmet      |
    """,
)

_OVERTURNED = Any_((Fact("posted"), When(Fact("own_website"), Fact("on_website"))))

REFUSED = Table(
    "「いずれか」の選択肢としての when は、読み込みで断る。書ければ、場合に当たらないと分かったときに答えが覆る。",
    {"書けない形": _OVERTURNED},
    """
    | posted | own_website | on_website | 書けない形 |
    | false  | ?           | true       | met        |
    | false  | false       | true       | unmet      |
    """,
    shown="""
any:
  - {fact: posted}
  - {when: {fact: own_website}, need: {fact: on_website}}  # 断る
""",
)

CHOICE = Table(
    "「いずれか」の選択肢としての場合は、「すべて」で並べて書く。",
    {"どちらか": "{any: [{fact: posted}, {all: [{fact: own_website}, {fact: on_website}]}]}"},
    """
    | posted | own_website | on_website | どちらか |
    | false  | true        | true       | met      |
    | false  | ?           | true       | unknown  |
    | false  | false       | true       | unmet    |
    | true   | ?           | ?          | met      |
    """,
)

LAST_DAY = Table(
    "経過措置の最終日は、求める条件の日。",
    {"場合に限り": When(Fact("own_website"), Deemed(Fact("on_website"), None, date(2025, 5, 31)))},
    """
    | own_website | on_website | 場合に限り        |
    | true        | true       | met               |
    | true        | false      | deemed 2025-05-31 |
    | ?           | false      | deemed 2025-05-31 |
    | false       | false      | n/a               |
    """,
    shown="""
applies_when: {fact: own_website}
need: {fact: on_website}
deemed: [{until: 2025-05-31}]
""",
)

TABLES = (TRUTH, WEBSITE, REFUSED, CHOICE, LAST_DAY)


def test_the_part_is_asked_only_where_the_condition_is_met() -> None:
    TRUTH.check()


def test_within_all_a_part_that_does_not_apply_drops_out() -> None:
    WEBSITE.check()


def test_a_branch_of_any_that_may_drop_out_is_refused_because_its_answer_would_be_taken_back() -> None:
    REFUSED.check()
    assert list(Placing().misplaced(_OVERTURNED)) == [_OVERTURNED.parts[1]]
    (written,) = CHOICE.trees.values()
    assert not list(Placing().misplaced(CHOICE.written(written)))


def test_a_branch_of_any_names_its_condition_beside_what_it_needs() -> None:
    CHOICE.check()


def test_the_last_day_is_that_of_the_part() -> None:
    LAST_DAY.check()
