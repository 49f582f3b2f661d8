"""届出: for each addition whether to file, why, on which form, and from when it counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from clinics import HOME, PROMOTION, RECORDS, SHARING, clinic, filing, of, trial_clinic

import mitasu
from mitasu.errors import UsageError
from mitasu.judge.filing_facts import refiled
from mitasu.judge.filings import WORDS, FilingAnswer, filing_answers
from mitasu.judge.judgement import Judge
from mitasu.judge.papers import forms
from mitasu.rulebook import Rulebook

OLD = filing(PROMOTION, "2024-05-31", arrived="2024-05-17")


def asked(judge: Judge, on: str, accepted: str | None = None, **parts: Any) -> FilingAnswer:
    """What the clinic is told about 医療DX推進体制整備加算."""
    taken = None if accepted is None else date.fromisoformat(accepted)
    return of(filing_answers(judge, clinic(**parts), date.fromisoformat(on), taken), PROMOTION)


# ---- every word ------------------------------------------------------------------------------------------


def test_what_is_filed_for_the_level_met_needs_nothing(judge: Judge) -> None:
    answer = asked(judge, "2025-05-10", filings=[filing(PROMOTION, "2025-03-10", level="1")])
    assert (answer.action, answer.word, answer.level, answer.claimable_from) == ("none", "不要", "1", None)


def test_standards_met_without_a_filing_need_one(judge: Judge) -> None:
    answer = asked(judge, "2025-05-10", filings=[])
    assert (answer.action, answer.word, answer.level, answer.pays) == ("needed", "届出が要る", "1", "12点")
    assert answer.forms == ("様式1の6",)
    assert "様式1の6と別添7" in answer.note
    assert answer.claimable_from == date(2025, 6, 1)


def test_a_filing_for_another_level_is_filed_again(judge: Judge) -> None:
    answer = asked(judge, "2025-05-10", filings=[OLD])
    assert (answer.action, answer.word, answer.level) == ("again", "届出直し", "1")
    assert "届け出た区分や内容では医療DX推進体制整備加算1を算定できません" in answer.why


def test_a_standard_no_longer_met_under_a_filing_is_a_question_of_withdrawal(judge: Judge) -> None:
    answer = asked(
        judge,
        "2025-05-10",
        filings=[filing(PROMOTION, "2025-03-10", level="1")],
        facts={"posted_in_facility": False},
    )
    assert (answer.action, answer.word, answer.missing) == ("withdraw", "辞退を検討", ("posted-in-facility",))
    assert "「院内掲示」を満たしません" in answer.why


def test_a_rate_that_falls_short_is_neither_filed_nor_withdrawn(judge: Judge) -> None:
    answer = asked(judge, "2025-05-10", filings=[filing(PROMOTION, "2025-03-10", level="1")], rate=3.0)
    assert answer.action == "none"
    assert "届出も辞退もいりません" in answer.why


def test_a_standard_not_met_and_never_filed_cannot_be_filed_yet(judge: Judge) -> None:
    answer = asked(judge, "2025-05-10", filings=[], facts={"posted_in_facility": False})
    assert (answer.action, answer.word) == ("not_yet", "まだ届け出られない")
    assert "先に「院内掲示」を満たす" in answer.why


def test_an_unknown_fact_that_decides_is_named_and_filings_are_not(judge: Judge) -> None:
    answer = asked(judge, "2025-05-10", filings=[], facts={"posted_in_facility": None})
    assert (answer.action, answer.unknown, answer.claimable_from) == (
        "unknown",
        ("posted_in_facility",),
        None,
    )
    assert answer.why == "基準を満たすかどうかが決まりません。未確認: 院内掲示。"


def test_of_many_unknown_facts_the_first_five_are_named(judge: Judge) -> None:
    bare = {"institution": {"name": "x", "sector": "medical", "kind": "clinic"}, "filings": []}
    answer = of(mitasu.filings(bare, on="2025-05-10"), PROMOTION)
    assert answer.action == "unknown"
    assert answer.why.count("、") == 5
    assert answer.why.endswith(f"、ほか{len(answer.unknown) - 5}件。")


def test_without_a_list_of_filings_it_is_not_known_whether_one_is_needed(judge: Judge) -> None:
    answer = asked(judge, "2025-05-10", filings=None)
    assert (answer.action, answer.unknown) == ("unknown", ("filings",))
    assert "filings を書いて" in answer.why


def test_an_addition_without_filing_says_so(judge: Judge) -> None:
    answer = of(filing_answers(judge, clinic(), date(2025, 5, 10)), "medical-information-acquisition")
    assert (answer.action, answer.forms) == ("none", ())
    assert answer.why.startswith("この加算に届出はありません")


def test_additions_not_in_force_or_not_for_the_facility_are_left_out(judge: Judge) -> None:
    told = {answer.addition for answer in filing_answers(judge, clinic(), date(2025, 5, 10))}
    assert PROMOTION in told
    assert not told & {SHARING, RECORDS, "medical-information-system"}


def test_every_answer_has_a_word_and_a_reason(judge: Judge) -> None:
    for name in ("paper-clinic", "childrens-clinic", "hospital"):
        for month in range(1, 13):
            for answer in filing_answers(judge, mitasu.sample(name), date(2026, month, 15)):
                assert answer.word == WORDS[answer.action]
                assert answer.why.endswith("。")
                if answer.action in ("needed", "again"):
                    assert answer.claimable_from is not None


# ---- filings on their way ---------------------------------------------------------------------------------


def test_an_accepted_filing_that_does_not_count_yet_is_waited_for(judge: Judge) -> None:
    answer = asked(judge, "2025-05-10", filings=[filing(PROMOTION, "2025-05-08", level="1")])
    assert (answer.action, answer.claimable_from) == ("none", date(2025, 6, 1))
    assert "2025-06-01から有効になります" in answer.why


def test_an_accepted_filing_for_too_low_a_level_is_no_reason_to_wait(judge: Judge) -> None:
    low = filing(PROMOTION, "2025-05-08", level="6")
    assert asked(judge, "2025-05-10", filings=[low]).action == "again"


def test_a_filing_that_arrived_and_is_under_review_is_waited_for(judge: Judge) -> None:
    sent = filing(PROMOTION, None, level="1", arrived="2025-05-01")
    answer = asked(judge, "2025-05-10", "2025-06-02", filings=[sent])
    assert (answer.action, answer.claimable_from) == ("none", date(2025, 6, 1))
    assert "2025-05-01到着" in answer.why
    assert "受理を待っています" in answer.why


def test_a_filing_under_review_for_too_low_a_level_is_no_reason_to_wait(judge: Judge) -> None:
    sent = filing(PROMOTION, None, level="6", arrived="2025-05-01")
    assert asked(judge, "2025-05-10", filings=[sent]).action == "again"


def test_a_filing_of_a_later_day_is_not_known_yet(judge: Judge) -> None:
    later = filing(PROMOTION, "2025-06-09", level="1", arrived="2025-06-03")
    assert asked(judge, "2025-05-10", filings=[later]).action == "needed"


def test_a_withdrawn_filing_is_no_filing(judge: Judge) -> None:
    gone = filing(PROMOTION, "2025-03-10", level="1", withdrawn="2025-05-01")
    answer = asked(judge, "2025-05-10", filings=[gone])
    assert (answer.action, answer.claimable_from) == ("needed", date(2025, 6, 1))
    assert asked(judge, "2025-04-30", filings=[gone]).action == "none"


def test_a_filing_that_counts_for_less_since_the_law_changed_is_filed_again(judge: Judge) -> None:
    """Level 1 of record management, filed before June 2024, counts for level 2 only."""
    hospital = mitasu.sample("hospital")
    old = tuple(f for f in hospital.filings or () if f.item != RECORDS or str(f.accepted) < "2024")
    answer = of(filing_answers(judge, replace(hospital, filings=old), date(2024, 7, 1)), RECORDS)
    assert (answer.action, answer.level, answer.claimable_from) == ("again", "1", date(2024, 7, 1))


# ---- from when ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accepted", "start"),
    [
        ("2025-05-30", "2025-06-01"),
        ("2025-06-02", "2025-06-01"),  # 1 June is a Sunday
        ("2025-06-03", "2025-07-01"),
        ("2025-12-26", "2026-01-01"),
        ("2026-01-05", "2026-01-01"),  # the offices open on 5 January
        ("2026-01-06", "2026-02-01"),
        ("2026-05-01", "2026-05-01"),
    ],
)
def test_it_counts_from_the_first_of_the_month_that_follows_acceptance(
    judge: Judge, accepted: str, start: str
) -> None:
    answer = asked(judge, "2025-05-12", accepted, filings=[])
    assert answer.claimable_from == date.fromisoformat(start)


def test_a_filing_cannot_be_accepted_before_it_is_asked_about(judge: Judge) -> None:
    with pytest.raises(
        UsageError, match=r"受理の日（2025-05-11）が判定の日（2025-05-12）より前です。.*filings"
    ):
        asked(judge, "2025-05-12", "2025-05-11", filings=[])


@pytest.mark.parametrize(
    ("on", "accepted", "start"),
    [
        ("2025-04-01", "2025-04-01", "2025-04-01"),
        ("2025-04-03", "2025-04-30", "2025-04-01"),
        ("2025-04-04", "2025-04-21", "2025-04-01"),
        ("2025-04-04", "2025-05-02", "2025-06-01"),
        ("2025-04-07", "2025-04-21", "2025-05-01"),
    ],
)
def test_the_refiling_of_april_2025_counts_from_the_first_if_it_arrived_by_the_fourth(
    judge: Judge, on: str, accepted: str, start: str
) -> None:
    answer = asked(judge, on, accepted, filings=[OLD])
    assert answer.action == "again"
    assert answer.claimable_from == date.fromisoformat(start)
    special = start == "2025-04-01" and accepted > "2025-04-01"
    assert ("届出直しの期限までに届く" in answer.why) is special


def test_the_special_window_is_not_for_a_first_filing(judge: Judge) -> None:
    answer = asked(judge, "2025-04-03", "2025-04-21", filings=[])
    assert (answer.action, answer.claimable_from) == ("needed", date(2025, 5, 1))


def test_a_refiling_under_review_within_the_window_still_counts_from_the_first(judge: Judge) -> None:
    sent = filing(PROMOTION, None, level="1", arrived="2025-04-03")
    answer = asked(judge, "2025-04-10", "2025-04-25", filings=[OLD, sent])
    assert (answer.action, answer.claimable_from) == ("none", date(2025, 4, 1))


def test_whether_a_refiling_is_done_is_read_from_the_list(judge: Judge) -> None:
    done = clinic(filings=[OLD, filing(PROMOTION, "2025-03-26", level="1")])
    assert refiled(judge, done, PROMOTION, date(2025, 4, 1))
    assert not refiled(judge, clinic(filings=[OLD]), PROMOTION, date(2025, 4, 1))
    assert not refiled(judge, done, PROMOTION, date(2024, 7, 1)), "nothing is asked anew that day"


def test_the_special_for_children_has_to_stand_on_the_form(judge: Judge) -> None:
    facts = {"pediatric_outpatient_fee": True, "under6_share_2024": 60.0}
    plain = filing(PROMOTION, "2025-03-10", level="3")
    special = {**plain, "pediatric_special": True}
    assert asked(judge, "2025-05-10", filings=[special], facts=facts, rate=13.0).action == "none"
    answer = asked(judge, "2025-05-10", filings=[plain], facts=facts, rate=13.0)
    assert (answer.action, answer.level, answer.claimable_from) == ("again", "3", date(2025, 6, 1))


# ---- forms ---------------------------------------------------------------------------------------------------


def test_forms_are_those_of_the_day(trial_judge: Judge, trial_book: Rulebook) -> None:
    institution = trial_clinic(trial_book)
    for day, form in ((date(2025, 12, 31), "試しの様式1"), (date(2026, 1, 1), "試しの様式2")):
        answer = of(filing_answers(trial_judge, institution, day), "trial-plain")
        assert (answer.action, answer.level, answer.forms) == ("needed", "2", (form,))
        assert answer.note == "控えを残す。"
        assert answer.report_forms == (("試しの様式9（毎年8月）",) if day.year == 2025 else ())


def test_what_is_sent_along_hangs_on_the_level(trial_judge: Judge, trial_book: Rulebook) -> None:
    trained = {"security_training": [{"on": "2025-05-01"}]}
    for events, level, documents in (({}, "2", ("平面図",)), (trained, "1", ("平面図", "研修の記録"))):
        institution = trial_clinic(trial_book, events=events)
        answer = of(filing_answers(trial_judge, institution, date(2025, 6, 10)), "trial-plain")
        assert (answer.level, answer.attachments) == (level, documents)


def test_forms_are_those_of_the_sector(rulebook: Rulebook) -> None:
    addition = rulebook.addition(PROMOTION)
    assert forms(addition, "medical", date(2025, 4, 1)) == ("様式1の6",)
    assert forms(addition, "pharmacy", date(2025, 4, 1)) == ("様式87の3の6",)
    assert forms(rulebook.addition(HOME), "nursing", date(2025, 4, 1)) == ()
