"""A filing beside the addition's own that brings higher points at the same level (注5 of base-up fees)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from clinics import filing, trial_clinic, trial_rule

from mitasu.facts import Institution
from mitasu.judge.deadlines import deadlines
from mitasu.judge.filings import FilingAnswer, filing_answers
from mitasu.judge.improve import Improvement, improvements
from mitasu.judge.judgement import Judge
from mitasu.rulebook import Rulebook

ON = date(2025, 5, 12)
ADDITION, RAISE = "trial-plain", "trial-raise"
FILED = filing(ADDITION, "2024-07-10", level="2")
RAISED = filing(RAISE, "2024-08-20")
ITEM = """\
trial-raise: {label: 試しの加算の注5, kind: filing_item, ask: 注5を届け出ていますか}
trial_rise: {label: 賃上げ, kind: fact, ask: 賃金を引き上げましたか}
"""
ASKED = """\
  - {id: rise, label: 継続的な賃上げ, cite: [TRIAL 5], need: {any: [{fact: filing_in_effect, with: {item: trial-plain, standing_on: 2024-06-30}}, {fact: trial_rise}]}, remedy: 賃金を引き上げる。}
  - {id: rise-filed, label: 注5の届出, kind: filing, cite: [TRIAL 6], need: {fact: filing_in_effect, with: {item: trial-raise}}, remedy: 注5を届け出る。}
every_level:"""


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Rulebook:
    """A rule of two levels, of which the second pays 13 points instead of 8 with a further filing."""
    folder = tmp_path_factory.mktemp("raise")
    trial_rule(folder, ADDITION)
    (folder / "facts" / "raise.yaml").write_text(ITEM, "utf-8")
    path = folder / "additions" / f"{ADDITION}.yaml"
    text = path.read_text("utf-8")
    for old, new in (
        ("every_level:", ASKED),
        (
            "points: {medical: 8},",
            "points: {medical: 8}, points_if: {needs: [rise, rise-filed], points: {medical: 13}},",
        ),
        ("  reports:", "    - {form: 試しの様式5, items: [trial-raise]}\n  reports:"),
    ):
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path.write_text(text, "utf-8")
    return Rulebook.load(folder)


Make = Callable[..., Institution]


@pytest.fixture
def clinic(book: Rulebook) -> Make:
    def make(*filings: dict[str, Any], rise: bool | None = True) -> Institution:
        facts = {"online_claims": True} if rise is None else {"online_claims": True, "trial_rise": rise}
        return trial_clinic(book, facts=facts, filings=list(filings))

    return make


def asked(book: Rulebook, institution: Institution, on: date = ON) -> dict[str, FilingAnswer]:
    """What is told of the addition, by the item to be filed."""
    found = filing_answers(Judge(book), institution, on)
    return {row.item: row for row in found if row.addition == ADDITION}


def test_a_filing_for_higher_points_is_proposed_beside_the_one_that_stands(
    book: Rulebook, clinic: Make
) -> None:
    found = asked(book, clinic(FILED))
    assert (found[ADDITION].action, found[ADDITION].pays) == ("none", "8点")
    row = found[RAISE]
    assert (row.action, row.level, row.pays, row.claimable_from) == ("needed", "2", "13点", date(2025, 6, 1))
    assert row.why == "基準を満たしますが、試しの加算の注5の届出がありません。"
    assert (row.forms, row.attachments, row.report_forms) == (("試しの様式5",), (), ())
    assert "試しの様式5" not in found[ADDITION].forms


def test_both_are_proposed_where_neither_is_filed(book: Rulebook, clinic: Make) -> None:
    found = asked(book, clinic())
    assert {item: (row.action, row.pays) for item, row in found.items()} == {
        ADDITION: ("needed", "8点"),
        RAISE: ("needed", "13点"),
    }


def test_what_is_filed_for_higher_points_needs_nothing(book: Rulebook, clinic: Make) -> None:
    found = asked(book, clinic(FILED, RAISED))
    assert {row.action for row in found.values()} == {"none"}
    assert [row.pays for row in found.values()] == ["13点", "13点"]


def test_a_filing_for_higher_points_that_is_on_its_way_is_waited_for(book: Rulebook, clinic: Make) -> None:
    waiting = asked(book, clinic(FILED, filing(RAISE, None, arrived="2025-05-02")))[RAISE]
    assert (waiting.action, waiting.claimable_from) == ("none", date(2025, 6, 1))
    assert "受理を待っています" in waiting.why
    accepted = asked(book, clinic(FILED, filing(RAISE, "2025-05-08")))[RAISE]
    assert (accepted.action, accepted.claimable_from) == ("none", date(2025, 6, 1))


def test_without_its_standard_it_cannot_be_filed_yet_and_what_is_filed_may_be_withdrawn(
    book: Rulebook, clinic: Make
) -> None:
    row = asked(book, clinic(FILED, rise=False))[RAISE]
    assert (row.action, row.missing) == ("not_yet", ("rise",))
    assert "先に「継続的な賃上げ」を満たす" in row.why
    row = asked(book, clinic(FILED, RAISED, rise=False))[RAISE]
    assert (row.action, row.missing) == ("withdraw", ("rise",))
    assert "この届出による点数にはなりません" in row.why


def test_what_is_not_known_of_its_standard_is_named(book: Rulebook, clinic: Make) -> None:
    row = asked(book, clinic(FILED, rise=None))[RAISE]
    assert (row.action, row.unknown) == ("unknown", ("trial_rise",))
    assert "「継続的な賃上げ」を満たすかどうかが決まりません" in row.why
    assert asked(book, trial_clinic(book, filings=None))[RAISE].action == "unknown"


def test_a_filing_that_stood_on_the_day_stands_for_the_rise(book: Rulebook, clinic: Make) -> None:
    old = filing(ADDITION, "2024-05-31", level="2")
    assert asked(book, clinic(old, rise=False))[RAISE].action == "needed"


def test_where_the_addition_itself_is_not_met_nothing_more_is_proposed(book: Rulebook) -> None:
    institution = trial_clinic(book, facts={"online_claims": False, "trial_rise": True}, filings=[FILED])
    assert asked(book, institution).keys() == {ADDITION}


def test_it_has_a_last_day_to_arrive_of_its_own(book: Rulebook, clinic: Make) -> None:
    rows = deadlines(Judge(book), clinic(FILED), ON, 30)
    (row,) = (row for row in rows if row.key == f"filing/{ADDITION}/{RAISE}")
    assert (row.day, row.title) == (date(2025, 6, 2), "試しの加算の注5の届出")
    assert "試しの加算2（13点）を算定するには" in row.note
    assert "試しの様式5" in row.note


def steps(book: Rulebook, institution: Institution) -> list[Improvement]:
    found = improvements(Judge(book), institution, ON, {"first_visit": 100})
    return [step for step in found if step.addition == ADDITION and step.level == "2"]


def test_the_next_step_at_the_same_level_is_the_filing_for_higher_points(
    book: Rulebook, clinic: Make
) -> None:
    (step,) = steps(book, clinic(FILED))
    assert step.step.words == ("試しの加算の注5の届出が有効になる",)
    assert (step.gain.each, step.gain.yen_a_month) == ({"first_visit": 5}, 100 * 5 * 10)
    assert (step.files, step.forms, step.claimable_from) == (True, ("試しの様式5",), date(2025, 6, 1))


def test_it_is_a_step_of_its_own_beside_the_plain_one(book: Rulebook, clinic: Make) -> None:
    found = {step.step.points: step for step in steps(book, clinic(rise=False))}
    assert found.keys() == {8, 13}
    assert found[8].step.words == ("試しの加算の届出（区分2以上）が有効になる",)
    assert set(found[13].step.words) == {
        "試しの加算の届出（区分2以上）が有効になる",
        "賃上げを「はい」にする",
        "試しの加算の注5の届出が有効になる",
    }
    assert found[13].forms == ("試しの様式1", "試しの様式5")


def test_higher_points_that_are_paid_are_no_step(book: Rulebook, clinic: Make) -> None:
    assert steps(book, clinic(FILED, RAISED)) == []


def test_the_base_up_fee_is_one_of_them() -> None:
    """外来・在宅ベースアップ評価料(Ⅰ), 注5: 23 points for a first visit instead of 17."""
    book = Rulebook.shipped()
    facts = dict.fromkeys(
        (
            "provides_outpatient",
            "wage_improvement",
            "wage_items_identified",
            "raise_in_base_pay",
            "wage_report_filed",
        ),
        True,
    )
    nurse = {"occupation": "nurse", "employment": "full_time", "fte": 1.0, "clerical_only": False}
    filings = [filing("base-up-1", "2024-05-31"), filing("base-up-1", "2026-05-28")]
    institution = trial_clinic(book, facts=facts, people=[{"role": "employee", **nurse}], filings=filings)
    found = {row.item: row for row in filing_answers(Judge(book), institution, date(2026, 7, 10))}
    row = found["base-up-continuing-raise"]
    assert (found["base-up-1"].action, row.action, row.claimable_from) == ("none", "needed", date(2026, 8, 1))
    assert row.pays.startswith("初診23点・再診6点")
    assert row.forms == ("特掲 別添2 様式95", "特掲 別添2 様式98（賃上げの率で届け出るとき）")
    assert all("様式100" not in form for form in found["base-up-1"].forms)
    assert found["base-up-1"].report_forms == ("特掲 別添2 様式100（毎年8月の実績報告と中間報告）",)
