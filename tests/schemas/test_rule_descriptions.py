"""Rules in words: conditions, legal states, and what changes between two."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from mitasu.judge.describe import condition_text, describe, differences
from mitasu.judge.words import Words
from mitasu.rulebook import Rulebook
from mitasu.rules.nodes import (
    All,
    Any_,
    AtLeast,
    AtLeastNOf,
    AtMost,
    Dated,
    DatedValue,
    Deemed,
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

CLAIMS, CHART = Fact("online_claims"), Fact("electronic_chart")
FILED = Fact("filing_in_effect", (("item", "home-care-dx"), ("levels", ("1", "2"))))
JOINED = Fact("network_joined_on")
TOLD: list[tuple[Node, str]] = [
    (CLAIMS, "オンライン請求：はい"),
    (Not(CLAIMS), "オンライン請求：いいえ"),
    (Equals(CLAIMS, False), "オンライン請求：いいえ"),
    (FILED, "在宅医療DX情報活用加算の届出が有効（区分1・2）"),
    (Not(FILED), "次に当たらない（在宅医療DX情報活用加算の届出が有効（区分1・2））"),
    (
        Fact("target_staff_enough", (("at_least", 2), ("scope", "table_4"))),
        "対象職員の常勤換算数が足りる（2人以上、対象は別表4の職種）",
    ),
    (
        AtLeast(
            Fact("best_card_use_rate", (("basis", "corrected"), ("corrected_until", "2025-04"))), 450_000
        ),
        "使える月のうち最も高いマイナ保険証利用率（レセプト件数ベース、在宅分の補正あり、補正は2025年4月分まで）が45.0%以上",
    ),
    (
        Fact("same_band_filed", (("item", "base-up-2"), ("other", "dental-base-up-2"))),
        "外来・在宅ベースアップ評価料(Ⅱ)の届け出た区分が同じ（歯科外来・在宅ベースアップ評価料(Ⅱ)と比べる）",
    ),
    (
        Fact("someone_in_role", (("role", "infection_manager"), ("where", (("occupation", "nurse"),)))),
        "院内感染管理者の条件に合う人の配置（職種：看護師）",
    ),
    (
        Fact("someone_in_role", (("role", "employee"), ("where", (("occupation", "clerk"),)))),
        "職員（賃金の改善の対象を数える）の条件に合う人の配置（職種：事務職員）",
    ),
    (AtLeast(Fact("beds"), 20), "許可病床数が20床以上"),
    (LessThan(Fact("beds"), 20), "許可病床数が20床未満"),
    (AtMost(JOINED, date(2026, 5, 31)), "ネットワーク参加日が2026-05-31以前"),
    (MoreThan(JOINED, date(2026, 5, 31)), "ネットワーク参加日が2026-05-31より後"),
    (AtLeast(Fact("under6_share_2024"), Param("rate")), "2024年の6歳未満外来患者割合が区分ごとの基準以上"),
    (Equals(Fact("network_kind"), "none"), "情報共有の手段が「なし」"),
    (Not(Equals(Fact("network_kind"), "none")), "情報共有の手段が「なし」でない"),
    (OneOf(Fact("backup_frequency"), ("daily", "weekly")), "バックアップの頻度が「毎日」「毎週」のいずれか"),
    (All((CLAIMS, CHART)), "いずれも満たす（オンライン請求：はい／電子カルテの有無：はい）"),
    (Any_((CLAIMS, CHART)), "いずれかを満たす（オンライン請求：はい／電子カルテの有無：はい）"),
    (
        AtLeastNOf(1, (CLAIMS, CHART)),
        "次のうち1つ以上を満たす（オンライン請求：はい／電子カルテの有無：はい）",
    ),
    (All((CLAIMS, Nothing())), "オンライン請求：はい"),
    (When(CHART, CLAIMS), "次のときだけ（電子カルテの有無：はい）→ オンライン請求：はい"),
    (Deemed(CLAIMS, None, None), "オンライン請求：はい"),
    (Requires("filed"), "「届出」"),
    (Requires("other"), "「other」"),
    (Holds("home-care-dx", "1"), "在宅医療DX情報活用加算1を算定できる"),
    (Open("q"), "制度の解釈が未確認（判断しない）"),
    (Nothing(), ""),
    (
        Dated(((date(2024, 6, 1), CLAIMS), (date(2025, 4, 1), None))),
        "2024-06-01から オンライン請求：はい；2025-04-01から 問わない",
    ),
    (
        AtLeast(Fact("beds"), DatedValue(((date(2024, 6, 1), 10), (date(2025, 4, 1), 20)))),
        "許可病床数が2024-06-01から 10床；2025-04-01から 20床以上",
    ),
]


@pytest.mark.parametrize(("node", "told"), TOLD, ids=lambda value: value if isinstance(value, str) else "")
def test_a_condition_is_told_in_words(rulebook: Rulebook, node: Node, told: str) -> None:
    assert condition_text(node, Words(rulebook), {"filed": "届出"}) == told


def test_a_dated_condition_is_told_as_of_a_day(rulebook: Rulebook) -> None:
    node = Dated(((date(2024, 6, 1), CLAIMS), (date(2025, 4, 1), CHART)))
    words = Words(rulebook)
    assert condition_text(node, words, on=date(2024, 5, 31)) == ""
    assert condition_text(node, words, on=date(2025, 3, 31)) == "オンライン請求：はい"
    assert condition_text(node, words, on=date(2025, 4, 1)) == "電子カルテの有無：はい"


def test_every_condition_of_the_rulebook_is_told(rulebook: Rulebook) -> None:
    words = Words(rulebook)
    for addition in rulebook.additions.values():
        for _, requirement in addition.requirements:
            text = condition_text(requirement.need, words)
            assert text
            for raw in ("Fact(", "Param(", "DatedValue(", "datetime", ": (", ": 'b"):
                assert raw not in text, (addition.id, requirement.id)
            assert not re.search(r"[a-z]+_[a-z]+|[a-z]: ", text), (addition.id, requirement.id, text)


def test_a_state_is_described(rulebook: Rulebook) -> None:
    page = describe(rulebook.state("medical-dx-promotion", "medical", date(2025, 4, 30)), rulebook)
    assert [line.level for line in page.levels] == ["1", "2", "3", "4", "5", "6"]
    assert page.levels[2].points == "10点"
    assert page.levels[2].thresholds == (
        "マイナ保険証利用率 15.0%以上",
        "マイナ保険証利用率（小児科特例） 12.0%以上",
    )
    assert "電子処方箋" in page.levels[2].needs
    assert "電子処方箋" not in page.levels[3].needs
    assert page.levels[2].needs.endswith(
        "（マイナ保険証利用率 15.0%以上、マイナ保険証利用率（小児科特例） 12.0%以上）"
    )
    website = next(line for line in page.requirements if line.id == "posted-on-website")
    assert website.label == "ウェブサイト掲載"
    assert (
        website.condition
        == "次のときだけ（自ら管理するウェブサイトの有無：はい）→ ウェブサイトへの掲載：はい"
    )
    assert [grace.term for grace in website.graces] == ["2025-05-31まで"]
    assert "令和6年度" in website.sources
    assert any(note.startswith("経過措置: 「ウェブサイト掲載」は2025-05-31まで") for note in page.notes)


def test_one_of_several_requirements_is_one_text(rulebook: Rulebook) -> None:
    state = rulebook.state("electronic-information-sharing", "medical", date(2026, 6, 1))
    level = describe(state, rulebook).levels[1]
    assert level.points == "初診9点・再診2点"
    assert "電子処方箋・電子カルテ・電子的な情報の共有・活用のいずれか" in level.needed


def test_points_of_encounters_and_yen_are_told(rulebook: Rulebook) -> None:
    state = rulebook.state("medical-information-acquisition", "medical", date(2024, 6, 1))
    first = describe(state, rulebook).encounters[0]
    assert (first.name, first.points, first.condition) == (
        "初診・区分1",
        "3点",
        "次に当たらない（「診療情報の取得」）",
    )
    for day, yen in ((date(2024, 6, 1), "50円"), (date(2026, 6, 1), "金額未確認")):
        page = describe(rulebook.state("visiting-nursing-dx", "nursing", day), rulebook)
        assert page.levels[0].points == yen


TOYS = Path(__file__).parents[1] / "judge" / "data" / "toy"


@pytest.fixture(scope="module")
def toys() -> Rulebook:
    return Rulebook.load(TOYS)


@pytest.mark.parametrize(
    ("day", "raised"),
    [
        ("2025-01-31", ""),
        ("2025-02-01", "「い」も満たすと初診12点・訪問診療一人目5点・訪問診療二人目以後2点"),
        ("2025-04-01", "「い」と「う」も満たすと初診12点・訪問診療一人目5点・訪問診療二人目以後2点"),
        ("2026-01-01", ""),
    ],
)
def test_points_that_further_requirements_bring_are_told_with_them(
    toys: Rulebook, day: str, raised: str
) -> None:
    (level,) = describe(toys.state("toy-raised", "medical", date.fromisoformat(day)), toys).levels
    assert level.raised == raised
    assert level.pays == level.points + (f"（{raised}）" if raised else "")


def test_a_change_of_points_that_further_requirements_bring_is_told(toys: Rulebook) -> None:
    def changes(before: str, after: str) -> list[str]:
        states = (toys.state("toy-raised", "medical", date.fromisoformat(day)) for day in (before, after))
        return differences(*states, toys)

    raised = "初診12点・訪問診療一人目5点・訪問診療二人目以後2点"
    assert changes("2025-02-01", "2025-04-01") == [
        f"この加算: 要件を加えた点数 「い」も満たすと{raised} → 「い」と「う」も満たすと{raised}",
        "要件「う」が加わる。",
    ]
    assert f"この加算: 要件を加えた点数 「い」と「う」も満たすと{raised} → なし" in changes(
        "2025-12-31", "2026-01-01"
    )
    assert (
        f"この加算: 初診10点・訪問診療一人目3点・訪問診療二人目以後1点、「い」も満たすと{raised}"
        in changes("2024-12-31", "2025-02-01")
    )


def test_outside_its_periods_an_addition_has_no_levels(rulebook: Rulebook) -> None:
    page = describe(rulebook.state("home-care-dx", "medical", date(2024, 5, 31)), rulebook)
    assert page.levels == page.requirements == ()


def test_a_state_of_another_rulebook_is_refused(rulebook: Rulebook) -> None:
    state = rulebook.state("home-care-dx", "medical", date(2024, 6, 1))
    with pytest.raises(ValueError, match="not a state of this rulebook"):
        describe(replace(state, rule=replace(state.rule)), rulebook)


CHANGES = [
    ("2024-05-31", "2024-06-01", "この日から始まる。"),
    ("2024-05-31", "2024-06-01", "この加算: 8点"),
    ("2024-05-31", "2024-06-01", "「電子処方箋」の経過措置が始まる（2025-03-31まで）。"),
    ("2024-09-30", "2024-10-01", "この加算（8点）がなくなる。"),
    ("2024-09-30", "2024-10-01", "区分1（11点）が加わる。"),
    ("2024-09-30", "2024-10-01", "要件「マイナ保険証利用率」が加わる（すべての区分）。"),
    ("2024-09-30", "2024-10-01", "要件「マイナポータルによる健康相談」が加わる（区分1・区分2）。"),
    ("2025-03-31", "2025-04-01", "区分1: 点数 11点 → 12点"),
    ("2025-03-31", "2025-04-01", "区分2: 基準 マイナ保険証利用率 20.0%以上 → マイナ保険証利用率 30.0%以上"),
    (
        "2025-03-31",
        "2025-04-01",
        "「電子処方箋」の条件: 電子処方箋の体制：はい → いずれも満たす（電子処方箋の体制：はい／電子処方箋の点検報告：はい）",
    ),
    ("2025-05-31", "2025-06-01", "「ウェブサイト掲載」の経過措置が終わる（2025-05-31まで）。"),
    ("2026-05-31", "2026-06-01", "前の日で終わり、この日からは算定できない。"),
]


@pytest.mark.parametrize(("before", "after", "told"), CHANGES)
def test_what_changes_is_told(rulebook: Rulebook, before: str, after: str, told: str) -> None:
    states = [
        rulebook.state("medical-dx-promotion", "medical", date.fromisoformat(day)) for day in (before, after)
    ]
    assert told in differences(*states, rulebook)


def test_changes_of_other_kinds_are_told(rulebook: Rulebook) -> None:
    def told(addition: str, before: str, after: str) -> list[str]:
        days = (date.fromisoformat(day) for day in (before, after))
        return differences(*(rulebook.state(addition, "medical", day) for day in days), rulebook)

    system = told("medical-information-system", "2023-03-31", "2023-04-01")
    assert "再診・区分3（2点）が加わる。" in system
    assert "初診・区分1: 点数 4点 → 6点" in system
    records = told("record-management", "2026-05-31", "2026-06-01")
    assert "区分3（30点）がなくなる。" in records
    assert "要件「バックアップ」がなくなる。" in records
    assert "区分2: 「専任の診療記録管理者1名以上」が要る。" in records
    assert "区分2: 「退院患者の電子的な一覧表」が要らなくなる。" in records
    assert any(line.startswith("対象: ") for line in told("emergency-view", "2026-05-31", "2026-06-01"))
    home = told("home-care-dx", "2026-05-31", "2026-06-01")
    assert "「電子カルテ情報共有サービス」の経過措置: 2026-05-31まで → 当面の間" in home


def test_nothing_changes_within_a_state_or_outside_the_periods(rulebook: Rulebook) -> None:
    for first, second in (
        ("2024-06-01", "2024-09-30"),
        ("2023-01-01", "2024-05-31"),
        ("2026-06-01", "2027-01-01"),
    ):
        states = [
            rulebook.state("medical-dx-promotion", "medical", date.fromisoformat(day))
            for day in (first, second)
        ]
        assert differences(*states, rulebook) == []
