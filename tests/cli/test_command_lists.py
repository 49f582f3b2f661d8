"""`missing`, `demo`, `rules list|show|diff`, `facts list|show`: what is known, and what is not."""

from __future__ import annotations

import json
from datetime import date

import pytest
from clerk import Command, Sample, Write

from mitasu.cli.demo import SAMPLES, TURNS
from mitasu.cli.facts import example
from mitasu.facts import read_institution
from mitasu.rulebook import Rulebook
from mitasu.rulebook.catalogue import KINDS
from mitasu.rules.strict_yaml import read


def test_missing_names_each_unknown_fact_with_its_question(mitasu: Command, sample: Sample) -> None:
    ran = mitasu("missing", sample("paper-clinic"), "--on", "2025-04-01")
    assert (ran.status, ran.err) == (0, "")
    assert "home_consent_system" in ran.out
    assert "mitasu ask" in ran.out
    rows = json.loads(mitasu("missing", sample("paper-clinic"), "--on", "2025-04-01", "--json").out)
    assert rows["on"] == "2025-04-01"
    (row,) = rows["unknown"]
    assert set(row) == {"id", "question", "decides", "months", "items"}
    assert (row["id"], row["decides"]) == ("home_consent_system", ["在宅医療DX情報活用加算"])
    assert row["question"].endswith("）")


def test_missing_says_where_nothing_is_missing(mitasu: Command, sample: Sample) -> None:
    ran = mitasu("missing", sample("paper-clinic"), "--on", "2025-10-01")
    assert ran.status == 0
    assert "ありません" in ran.out
    assert (
        json.loads(mitasu("missing", sample("paper-clinic"), "--on", "2025-10-01", "--json").out)["unknown"]
        == []
    )


def test_missing_names_the_months_of_a_series_and_the_items_of_the_filings(
    mitasu: Command, write: Write
) -> None:
    path = write("institution: {name: 見本, sector: medical, kind: clinic}\n")
    rows = json.loads(mitasu("missing", path, "--on", "2025-04-01", "--json").out)["unknown"]
    by_id = {row["id"]: row for row in rows}
    assert by_id["card_use_rate_receipts"]["months"] == ["2025-01", "2024-12", "2024-11"]
    assert "medical-dx-promotion" in by_id["filings"]["items"]
    assert "2025-01" in mitasu("missing", path, "--on", "2025-04-01").out


def test_demo_judges_every_sample_on_every_turn_of_the_law(mitasu: Command) -> None:
    ran = mitasu("demo", "--on", "2026-11-22")
    assert (ran.status, ran.err) == (0, "")
    sentences = [line for line in ran.out.splitlines() if line.startswith(("2024年", "2025年", "2026年"))]
    assert len(sentences) == len(SAMPLES) * (len(TURNS) + 1)
    for told in ("青葉台こもれび内科", "ひばりの森こどもクリニック", "白樺記念病院", "mitasu new"):
        assert told in ran.out


def test_demo_shows_no_day_after_the_one_asked(mitasu: Command) -> None:
    ran = mitasu("demo", "--on", "2025-01-31")
    assert "2025年4月" not in ran.out
    assert "2025年1月31日" in ran.out


# ---- rules -------------------------------------------------------------------------------------------------


def test_rules_list_names_every_rule_and_whether_it_is_in_force(mitasu: Command, rulebook: Rulebook) -> None:
    ran = mitasu("rules", "list", "--on", "2025-04-01", "--json")
    found = json.loads(ran.out)
    assert found["on"] == "2025-04-01"
    assert [row["id"] for row in found["additions"]] == list(rulebook.additions)
    in_force = {row["id"]: row["in_force"] for row in found["additions"]}
    assert in_force["medical-dx-promotion"] == ["medical", "dental", "pharmacy"]
    assert in_force["electronic-information-sharing"] == []
    table = mitasu("rules", "list", "--on", "2025-04-01")
    assert table.status == 0
    assert "○" in table.out
    assert "－" in table.out


@pytest.mark.parametrize("day", [date(2024, 6, 1), date(2025, 4, 1), date(2026, 6, 1)])
def test_rules_show_prints_every_rule_on_every_day(mitasu: Command, rulebook: Rulebook, day: date) -> None:
    for id_, addition in rulebook.additions.items():
        ran = mitasu("rules", "show", id_, "--on", day)
        assert (ran.status, ran.err) == (0, "")
        assert addition.title_in(addition.sectors[0]) in ran.out
        state = rulebook.state(id_, addition.sectors[0], day)
        assert ("制度がありません" in ran.out) == (state.period is None)
        squeezed = "".join(ran.out.split())
        for requirement in state.requirements if state.period else ():
            assert requirement.id[:20] in squeezed


def test_rules_show_can_be_asked_for_a_sector(mitasu: Command) -> None:
    ran = mitasu(
        "rules", "show", "electronic-information-sharing", "--on", "2026-06-01", "--sector", "dental"
    )
    assert ran.status == 0
    assert "電子的歯科診療情報連携体制整備加算（歯科）" in ran.out


def test_rules_diff_tells_what_changed_between_two_days(mitasu: Command) -> None:
    ran = mitasu(
        "rules", "diff", "medical-dx-promotion", "令和7年3月31日", "2025-04-01", "--sector", "medical"
    )
    assert (ran.status, ran.err) == (0, "")
    for told in ("11点 → 12点", "30.0%以上", "45.0%以上", "2025年4月の届出直し"):
        assert told in ran.out


def test_rules_diff_shows_every_sector_where_none_is_asked(mitasu: Command) -> None:
    out = mitasu("rules", "diff", "medical-dx-promotion", "2025-03-31", "2025-04-01").out
    for sector in ("（医科）", "（歯科）", "（調剤）"):
        assert sector in out


def test_rules_diff_says_where_nothing_changed(mitasu: Command) -> None:
    ran = mitasu("rules", "diff", "medical-dx-promotion", "2025-05-01", "2025-05-02", "--sector", "dental")
    assert ran.status == 0
    assert "変わりはありません。" in ran.out


def test_rules_diff_tells_the_end_of_a_rule(mitasu: Command) -> None:
    ran = mitasu("rules", "diff", "medical-dx-promotion", "2026-05-31", "2026-06-01")
    assert "算定できない" in ran.out


# ---- facts -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_facts_list_of_a_kind_holds_exactly_that_kind(mitasu: Command, rulebook: Rulebook, kind: str) -> None:
    ran = mitasu("facts", "list", "--kind", kind, "--json")
    assert ran.status == 0
    assert [row["id"] for row in json.loads(ran.out)] == list(rulebook.catalogue.of(kind))
    assert mitasu("facts", "list", "--kind", kind).status == 0


def test_facts_list_of_a_sector_leaves_out_what_is_not_of_it(mitasu: Command, rulebook: Rulebook) -> None:
    rows = json.loads(mitasu("facts", "list", "--sector", "pharmacy", "--json").out)
    ids = {row["id"] for row in rows}
    assert "online_claims" in ids
    for entry in rulebook.catalogue:
        if entry.kind != "derived":
            assert (entry.id in ids) == (not entry.sectors or "pharmacy" in entry.sectors)


@pytest.mark.parametrize(
    "id_",
    ["online_claims", "card_use_rate_receipts", "bcp_drill", "record_manager", "information", "pediatric_special",
     "general-hospital", "best_card_use_rate"],
)  # fmt: skip
def test_facts_show_tells_how_to_write_an_entry_of_every_kind(
    mitasu: Command, rulebook: Rulebook, id_: str
) -> None:
    ran = mitasu("facts", "show", id_)
    entry = rulebook.catalogue.get(id_)
    assert entry is not None
    assert (ran.status, ran.err) == (0, "")
    for told in (entry.label, entry.ask, "書き方", *entry.values, *entry.values.values()):
        assert told in ran.out


def test_what_facts_show_says_can_be_written_can_be_read(rulebook: Rulebook) -> None:
    head = "institution: {name: 見本, sector: medical, kind: clinic}\n"
    for entry in rulebook.catalogue:
        if entry.kind in ("derived", "encounter"):
            continue
        first, _, second = example(entry).partition("　または　")
        for text in (first, f"facts: {{{second}}}" if second else ""):
            written = text.replace("item: …", "item: home-care-dx")
            read_institution(read(head + written, entry.id), rulebook, entry.id)
