"""求めなし（nothing）

その日に求められる条件がないことを表す。日付で変わる条件が始まる前や終わった後、存在しない要件を指したときに、日付を片付けた木の中に残る。
いつも対象外なので、ほかの条件の答えを変えない。ルールのファイルに直に書くことはない。
"""

from __future__ import annotations

from tables import Table

from mitasu.rules.nodes import All, Any_, AtLeastNOf, Deemed, Fact, Not, Nothing, When

NODES = (Nothing,)

ALONE = Table(
    "単独でも、求めなしだけを並べても対象外。",
    {
        "求めなし": Nothing(),
        "すべて": All((Nothing(), Nothing())),
        "いずれか": Any_((Nothing(), Nothing())),
        "一つ以上": AtLeastNOf(1, (Nothing(), Nothing())),
        "でない": Not(Nothing()),
        "経過措置つき": Deemed(Nothing(), None, None),
    },
    """
    | 求めなし | すべて | いずれか | 一つ以上 | でない | 経過措置つき |
    | n/a      | n/a    | n/a      | n/a      | n/a    | n/a          |
    """,
)

BESIDE = Table(
    "ほかの条件と並べると抜ける。場合としての求めなしは、当たらない場合になる。",
    {
        "すべて": All((Fact("posted"), Nothing())),
        "いずれか": Any_((Fact("posted"), Nothing())),
        "二つ以上": AtLeastNOf(2, (Fact("posted"), Nothing())),
        "場合に限り": When(Nothing(), Fact("posted")),
    },
    """
    | posted | すべて  | いずれか | 二つ以上 | 場合に限り |
    | true   | met     | met      | unmet    | n/a        |
    | false  | unmet   | unmet    | unmet    | n/a        |
    | ?      | unknown | unknown  | unmet    | n/a        |
    """,
)

TABLES = (ALONE, BESIDE)


def test_nothing_is_not_applicable_by_itself_and_in_company_of_its_like() -> None:
    ALONE.check()


def test_nothing_drops_out_beside_a_condition() -> None:
    BESIDE.check()
