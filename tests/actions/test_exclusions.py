"""Claimable additions that exclude each other appear with the judgement, with the better choice named."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from clinics import HOME, PROMOTION, SHARING, VISITS, Run, Write, clinic, document, filing, trial_clinic

import mitasu as library
from mitasu.judge.exclusions import Exclusion, Offer, between, exclusions
from mitasu.judge.judgement import Judge
from mitasu.rulebook import ENCOUNTER_KINDS, Rulebook

ON = date(2025, 5, 12)
BOTH = [filing(PROMOTION, "2025-03-10", level="1"), filing(HOME, "2025-03-10", level="1")]
AT_HOME = {"home_consent_system": True}


def found(judge: Judge, *ids: str, on: date = ON, institution: Any = None, **parts: Any) -> list[Exclusion]:
    """The exclusions among these additions."""
    answer = judge.judge(institution or clinic(**parts), on, ids)
    return list(exclusions(answer, judge.rulebook))


def trial(judge: Judge, book: Rulebook, *ids: str, level: str = "2") -> list[Exclusion]:
    filings = [filing(id_, "2024-07-10", level=level) for id_ in ids]
    events = {"security_training": [{"on": "2025-01-10"}]}
    return found(judge, *ids, institution=trial_clinic(book, filings=filings, events=events))


# ---- which ------------------------------------------------------------------------------------------------------


def test_two_claimable_additions_that_exclude_each_other_are_told_with_source(judge: Judge) -> None:
    (pair,) = found(judge, PROMOTION, HOME, filings=BOTH, facts=AT_HOME)
    assert pair.additions == (PROMOTION, HOME)
    assert pair.better == PROMOTION
    assert pair.why == "医療DX推進体制整備加算1（12点）が在宅医療DX情報活用加算1（11点）より高い。"
    assert pair.rule == "同月に併算定できない加算がない"
    assert any(cite.startswith("K06-i") for cite in pair.sources)


def test_an_addition_that_cannot_be_claimed_excludes_nothing(judge: Judge) -> None:
    assert found(judge, PROMOTION, HOME, filings=BOTH[:1], facts=AT_HOME) == []
    unknown = {"home_consent_system": None}
    assert found(judge, PROMOTION, HOME, filings=BOTH, facts=unknown) == []


def test_additions_that_go_together_are_not_told(judge: Judge) -> None:
    assert found(judge, PROMOTION, "medical-information-acquisition", filings=BOTH) == []


def test_an_exclusion_counts_only_on_its_days(judge: Judge) -> None:
    """From June 2026 在宅医療DX情報活用加算 excludes 電子的診療情報連携体制整備加算 instead."""
    institution = library.sample("paper-clinic")
    assert [
        pair.additions
        for pair in found(judge, SHARING, PROMOTION, HOME, on=date(2025, 12, 1), institution=institution)
    ] == [(PROMOTION, HOME)]
    assert [
        pair.additions
        for pair in found(judge, SHARING, PROMOTION, HOME, on=date(2026, 6, 1), institution=institution)
    ] == [(SHARING, HOME)]


def test_only_what_was_judged_is_compared(judge: Judge) -> None:
    assert found(judge, HOME, filings=BOTH, facts=AT_HOME) == []


@pytest.mark.parametrize("name", ["paper-clinic", "childrens-clinic", "hospital"])
def test_every_pair_is_told_once_and_is_one_that_the_bill_refuses(judge: Judge, name: str) -> None:
    book = judge.rulebook
    for year, month in [(2024, 7), (2025, 5), (2025, 12), (2026, 6), (2026, 11)]:
        answer = judge.judge(library.sample(name), date(year, month, 1))
        pairs = exclusions(answer, book)
        assert len({frozenset(pair.additions) for pair in pairs}) == len(pairs)
        for pair in pairs:
            assert pair.better is None or pair.better in pair.additions
            assert all(answer.of(id_).status == "claimable" for id_ in pair.additions)
            clauses = [clause for id_ in pair.additions for clause in book.addition(id_).billing.exclusions]
            assert any(set(pair.additions) & set(clause.additions) for clause in clauses)


# ---- which is better ----------------------------------------------------------------------------------------------


def test_the_one_that_pays_more_is_better_whichever_rule_forbids(
    trial_judge: Judge, trial_book: Rulebook
) -> None:
    (low,) = trial(trial_judge, trial_book, "trial-other", "trial-excluding")
    assert (low.better, low.why) == ("trial-excluding", "除く加算2（10点）がもう一つの加算2（9点）より高い。")
    (high,) = trial(trial_judge, trial_book, "trial-excluding", "trial-other", level="1")
    assert high.better == "trial-excluding", "20 against 15 and 2"


def test_an_addition_that_gives_way_is_never_better(trial_judge: Judge, trial_book: Rulebook) -> None:
    (pair,) = trial(trial_judge, trial_book, "trial-yielding", "trial-other")
    assert pair.better == "trial-other", "although it pays 9 and the other 80"
    assert pair.why == "両方を算定できる月はもう一つの加算2を採る決まりです。"


def test_only_the_encounters_that_a_rule_speaks_of_are_compared(
    trial_judge: Judge, trial_book: Rulebook
) -> None:
    """The narrow one excludes the other at revisits only (3 points); its 50 at a first visit do not count."""
    (pair,) = trial(trial_judge, trial_book, "trial-narrow", "trial-other", level="1")
    assert pair.better is None
    assert pair.why.startswith("初診ならもう一つの加算1、再診なら再診だけ除く加算1（")


def offer(id_: str, named: str, **amounts: Any) -> Offer:
    kinds = {kind: amount if isinstance(amount, tuple) else (amount,) for kind, amount in amounts.items()}
    pays = "・".join(f"{ENCOUNTER_KINDS[kind]}{amount[-1]}点" for kind, amount in kinds.items())
    return Offer(id_, named, pays, kinds)


def better(book: Rulebook, one: Offer, other: Offer) -> tuple[str | None, str]:
    pair = between(book, "medical", ON, one, other)
    assert pair is not None
    return pair.better, pair.why


def test_where_it_hangs_on_the_encounter_each_is_named(trial_book: Rulebook) -> None:
    one = offer("trial-excluding", "甲", first_visit=11)
    other = offer("trial-other", "乙", first_visit=15, revisit=2)
    choice, why = better(trial_book, one, other)
    assert choice is None
    assert why == "初診なら乙、再診なら甲（乙は初診15点・再診2点、甲は初診11点）。"
    assert better(trial_book, other, one) == (None, why)


def test_the_same_amount_is_the_same(trial_book: Rulebook) -> None:
    choice, why = better(
        trial_book, offer("trial-excluding", "甲", revisit=5), offer("trial-other", "乙", revisit=5)
    )
    assert (choice, why) == (None, "どちらも同じ額です（再診5点）。")


def test_an_amount_that_is_not_known_decides_nothing(trial_book: Rulebook) -> None:
    choice, why = better(trial_book, offer("trial-excluding", "甲"), offer("trial-other", "乙", revisit=5))
    assert (choice, why) == (None, "額が分からないため、どちらがよいか決められません。")


def test_at_least_as_much_in_every_case_and_more_in_one_is_better(trial_book: Rulebook) -> None:
    one = offer("trial-excluding", "甲", first_visit=(5, 9))
    other = offer("trial-other", "乙", revisit=5)
    assert better(trial_book, one, other) == (
        "trial-excluding",
        "甲（初診9点）が乙（再診5点）と同じかそれより高い。",
    )
    assert better(trial_book, offer("trial-excluding", "甲", first_visit=(4, 9)), other)[0] is None


# ---- where it is told ----------------------------------------------------------------------------------------------


def test_the_judgement_shows_the_pair_and_the_choice(mitasu: Run, write: Write) -> None:
    ran = mitasu("judge", write(document(filings=BOTH, facts=AT_HOME)), "--on", ON)
    assert (ran.status, ran.err) == (0, "")
    line = next(line for line in ran.out.splitlines() if line.startswith("※ 医療DX推進体制整備加算1と"))
    assert line == (
        "※ 医療DX推進体制整備加算1と在宅医療DX情報活用加算1は、同じ患者の同じ月に併せて算定できません。"
        "選ぶなら医療DX推進体制整備加算1: 医療DX推進体制整備加算1（12点）が在宅医療DX情報活用加算1（11点）より高い。"
    )


def test_without_such_a_pair_nothing_is_shown(mitasu: Run, write: Write) -> None:
    ran = mitasu("judge", write(document(filings=BOTH[:1])), "--on", ON)
    assert "※" not in ran.out


def test_the_json_lists_them(mitasu: Run, write: Write) -> None:
    path = write(document(filings=BOTH, facts=AT_HOME))
    told = json.loads(mitasu("judge", path, "--on", ON, "--json").out)
    pairs = {tuple(row["additions"]): row for row in told["exclusions"]}
    assert pairs[PROMOTION, HOME]["better"] == PROMOTION
    assert set(pairs[PROMOTION, HOME]) == {"additions", "better", "why", "rule", "sources"}
    alone = json.loads(mitasu("judge", path, "--on", ON, "--json", "--addition", HOME).out)
    assert alone["exclusions"] == []


def test_visiting_nursing_gives_way_to_home_care(judge: Judge) -> None:
    filings = [*BOTH[1:], filing(VISITS, "2025-03-10")]
    (pair,) = found(judge, HOME, VISITS, filings=filings, facts=AT_HOME)
    assert (pair.better, pair.why) == (HOME, "両方を算定できる月は在宅医療DX情報活用加算1を採る決まりです。")
