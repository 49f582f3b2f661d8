"""任意の事実（optional）

別の事実を細かくするだけの事柄で、書かれていなければ判断から除く。届出の控えに残っていない記載や、人数の内訳などがこれに当たる。
書かれていないときは不明ではなく対象外になり、ほかの条件の答えを変えない。書かれていれば、ふつうの事実と同じに読む。
"""

from __future__ import annotations

from tables import Table

from mitasu.rules.nodes import AtLeast, Fact

NODES = (Fact, AtLeast)

TRUTH = Table(
    "書かれていない任意の事実は対象外。",
    {
        "はい": "{fact: full_time}",
        "いいえ": "{not: {fact: full_time}}",
        "2以上": "{fact: doctors, at_least: 2}",
        "2未満": "{fact: doctors, less_than: 2}",
        "1か2": "{fact: doctors, one_of: [1, 2]}",
    },
    """
    | full_time | doctors | はい  | いいえ | 2以上 | 2未満 | 1か2  |
    | true      | 1       | met   | unmet  | unmet | met   | met   |
    | false     | 2       | unmet | met    | met   | unmet | met   |
    | true      | 3       | met   | unmet  | met   | unmet | unmet |
    | ?         | ?       | n/a   | n/a    | n/a   | n/a   | n/a   |
    """,
)

BESIDE = Table(
    "任意でない事実と並べると抜ける。任意でない事実が不明なら、答えも不明。",
    {
        "すべて": "{all: [{fact: posted}, {fact: full_time}]}",
        "いずれか": "{any: [{fact: posted}, {fact: full_time}]}",
        "場合に限り": "{when: {fact: full_time}, need: {fact: posted}}",
    },
    """
    | posted | full_time | すべて  | いずれか | 場合に限り |
    | true   | ?         | met     | met      | n/a        |
    | false  | ?         | unmet   | unmet    | n/a        |
    | ?      | ?         | unknown | unknown  | n/a        |
    | true   | false     | unmet   | met      | n/a        |
    | ?      | true      | unknown | met      | unknown    |
    """,
)

TABLES = (TRUTH, BESIDE)


def test_an_optional_fact_that_is_absent_is_left_out() -> None:
    TRUTH.check()


def test_an_optional_fact_that_is_absent_changes_nothing_beside_others() -> None:
    BESIDE.check()
