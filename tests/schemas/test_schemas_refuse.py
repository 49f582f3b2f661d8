"""What is wrong is refused by the schema, and by the reader too."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from schema_documents import ENCOUNTERS, PACKAGE, Faults, read

from mitasu.errors import InputError
from mitasu.facts import read_institution
from mitasu.judge.encounters import read_encounters
from mitasu.rulebook import Rulebook
from mitasu.rulebook.reader import AdditionReader
from mitasu.rulebook.tables import References
from mitasu.rules.faults import Faults as Found

Change = Callable[[Any], None]


def at(*path: Any, value: Any) -> Change:
    """A change of one place of a document."""

    def change(document: Any) -> None:
        for key in path[:-1]:
            document = document[key]
        document[path[-1]] = value

    return change


def without(*path: Any) -> Change:
    """A document that lacks one place."""

    def change(document: Any) -> None:
        for key in path[:-1]:
            document = document[key]
        del document[path[-1]]

    return change


def changed(document: Any, change: Change) -> Any:
    found = deepcopy(document)
    change(found)
    return found


INSTITUTION = {
    "an unknown section": at("fact", value={}),
    "no institution": without("institution"),
    "no sector": without("institution", "sector"),
    "an unknown sector": at("institution", "sector", value="medcal"),
    "a kind of another sector": at("institution", "kind", value="pharmacy"),
    "a code of nine digits": at("institution", "code", value="131990001"),
    "a code of another sector": at("institution", "code", value="1339900010"),
    "a code of no prefecture": at("institution", "code", value="4819900010"),
    "a blank name": at("institution", "name", value=" "),
    "an unknown fact": at("facts", "onlin_claims", value=True),
    "a count for a yes": at("facts", "online_claims", value=1),
    "a yes for a count": at("facts", "beds", value=True),
    "a negative count": at("facts", "beds", value=-1),
    "a share above 100": at("facts", "under6_share_2024", value=100.1),
    "a word out of the list": at("facts", "network_kind", value="fax"),
    "a mapping for a fact": at("facts", "beds", value={"value": 19}),
    "a span without value": at("facts", "beds", value=[{"from": "2025-04-01"}]),
    "a span with an unknown key": at("facts", "beds", value=[{"until": "2025-04-01", "value": 1}]),
    "a day that is none": at("facts", "beds", value=[{"from": "April", "value": 1}]),
    "a series without months": at("series", "card_use_rate_receipts", value=45.0),
    "a month that is none": at("series", "card_use_rate_receipts", "2025", value=45.0),
    "an unknown series": at("series", "card_use", value={"2025-01": 45.0}),
    "an event without day": at("events", "network_use", value=[{"direction": "share"}]),
    "an event with an unknown attribute": at(
        "events", "bcp_drill", value=[{"on": "2025-04-01", "by": "vendor"}]
    ),
    "an unknown role": at("people", value=[{"role": "clerk"}]),
    "an unknown employment": at("people", value=[{"role": "record_manager", "employment": "常勤"}]),
    "an attribute of another role": at(
        "people", value=[{"role": "security_manager", "clerk_assistant": True}]
    ),
    "a filing of nothing": at("filings", value=[{"arrived": "2025-04-01"}]),
    "a filing of an unknown item": at("filings", value=[{"item": "medical-dx"}]),
    "an unknown detail of a filing": at(
        "filings", value=[{"item": "home-care-dx", "accepted_on": "2025-04-01"}]
    ),
}


@pytest.mark.parametrize("change", INSTITUTION.values(), ids=INSTITUTION)
def test_a_wrong_institution_file_is_refused(faults: Faults, rulebook: Rulebook, change: Change) -> None:
    document = changed(read(PACKAGE / "samples" / "paper-clinic.yaml"), change)
    assert faults("institution", document)
    with pytest.raises(InputError):
        read_institution(document, rulebook, "")


ENCOUNTER = {
    "no day": without(0, "on"),
    "an unknown kind": at(0, "kind", value="visit"),
    "an unknown attribute": at(0, "cards", value=True),
    "a word out of the list": at(0, "information", value="got"),
    "an unknown bundle": at(0, "bundle", value="some-fee"),
    "an unknown addition": at(0, "billed", value=["medical-dx"]),
}


@pytest.mark.parametrize("change", ENCOUNTER.values(), ids=ENCOUNTER)
def test_a_wrong_list_of_encounters_is_refused(faults: Faults, rulebook: Rulebook, change: Change) -> None:
    document = changed(read(ENCOUNTERS), change)
    assert faults("encounters", document)
    with pytest.raises(InputError):
        read_encounters(document, rulebook, "")


NEED = ("requirements", 0, "need")
RULE = {
    "an unknown key": at("titel", value="x"),
    "no periods": without("periods"),
    "an unknown sector": at("sectors", value=["medcal"]),
    "an unknown kind of facility": at("kinds", value=["shop"]),
    "an unknown grade": at("grade", value="D"),
    "an unknown source": at("cite", value=["X99 somewhere"]),
    "a requirement without source": without("requirements", 0, "cite"),
    "a requirement without need": without(*NEED),
    "an unknown ruling": at("requirements", 0, "rulings", value=["QA-999"]),
    "an unknown kind of requirement": at("requirements", 0, "kind", value="wish"),
    "a day that is none": at("requirements", 0, "from", value="soon"),
    "a measure without end": at("requirements", 0, "deemed", value=[{"cite": ["S2"]}]),
    "a need that is a word": at(*NEED, value="online_claims"),
    "an empty need": at(*NEED, value={}),
    "an unknown form": at(*NEED, value={"every": []}),
    "two forms": at(*NEED, value={"all": [{"fact": "online_claims"}], "fact": "online_claims"}),
    "an unknown fact": at(*NEED, value={"fact": "onlin_claims"}),
    "no parts": at(*NEED, value={"any": []}),
    "too few of": at(*NEED, value={"at_least_n_of": 0, "parts": [{"fact": "online_claims"}]}),
    "when without need": at(*NEED, value={"when": {"fact": "online_claims"}}),
    "an unknown addition": at(*NEED, value={"holds": "medical-dx"}),
    "a count without limit": at(*NEED, value={"fact": "beds"}),
    "a yes with a limit": at(*NEED, value={"fact": "online_claims", "at_least": 1}),
    "two limits": at(*NEED, value={"fact": "beds", "at_least": 1, "at_most": 5}),
    "a share as a number": at(*NEED, value={"fact": "under6_share_2024", "at_least": 30}),
    "a word out of the list": at(*NEED, value={"fact": "network_kind", "equals": "fax"}),
    "a word compared by size": at(*NEED, value={"fact": "network_kind", "at_least": "none"}),
    "a derived fact without its argument": at(*NEED, value={"fact": "filing_in_effect"}),
    "an unknown argument": at(
        *NEED, value={"fact": "filing_in_effect", "with": {"item": "home-care-dx", "x": 1}}
    ),
    "an argument of the wrong kind": at(
        *NEED, value={"fact": "event_within", "with": {"event": "bcp_drill", "months": "a year"}}
    ),
    "a date that is none in dated": at(*NEED, value={"dated": {"2024": {"fact": "online_claims"}}}),
    "a period without levels": without("periods", 0, "levels"),
    "points as a number": at("periods", 0, "levels", 0, "points", value=8),
    "negative points": at("periods", 0, "levels", 0, "points", value={"medical": -1}),
    "a decimal for a parameter": at("periods", 0, "levels", 0, "params", value={"rate": 1.5}),
    "a list for a parameter": at("periods", 0, "levels", 0, "params", value={"rate": ["1"]}),
    "a parameter of an unknown sector": at(
        "periods", 0, "levels", 0, "params", value={"rate": {"medcal": "30%"}}
    ),
    "a parameter by something else": at(
        "periods", 0, "levels", 0, "params", value={"rate": {"medical": {"until": 1}}}
    ),
    "a parameter by days that are none": at(
        "periods", 0, "levels", 0, "params", value={"rate": {"dated": {"soon": "30%"}}}
    ),
    "parameters without names": at("periods", 0, "levels", 0, "params", value=["30%"]),
    "forms that are no list": at("filing", "forms", value={"form": "様式1"}),
    "attachments that are no list": at("filing", "attachments", value="平面図"),
    "a need of a level that is no id": at("periods", 0, "levels", 0, "needs", value=[{"all": ["filed"]}]),
    "an unknown kind of encounter": at("billing", "encounters", "medical", value=["visit"]),
    "a limit of no months": at("billing", "limits", 0, "months", value=0),
    "an unknown bundle": at("billing", "outside_bundles", value=["some-fee"]),
    "a fact of the institution at an encounter": at(
        "billing",
        "conditions",
        value=[{"id": "x", "label": "x", "cite": ["S2"], "need": {"fact": "beds", "at_least": 1}}],
    ),
    "a condition without need": at(
        "billing", "conditions", value=[{"id": "x", "label": "x", "cite": ["S2"]}]
    ),
    "a question without advice": without("questions", 0, "ask"),
}


def faults_of(document: Any, rulebook: Rulebook) -> list[str]:
    """What the reader of rules finds wrong in a rule."""
    known = References(
        rulebook.catalogue, rulebook.sources, rulebook.rulings, rulebook.bundles, frozenset(rulebook.titles)
    )
    log = Found("rule.yaml")
    AdditionReader(document, log, known).read()
    return [str(problem) for problem in log.problems]


PROMOTION = PACKAGE / "rulebook" / "additions" / "medical-dx-promotion.yaml"


@pytest.mark.parametrize("change", RULE.values(), ids=RULE)
def test_a_wrong_rule_is_refused(faults: Faults, rulebook: Rulebook, change: Change) -> None:
    document = changed(read(PROMOTION), change)
    assert faults_of(document, rulebook)
    assert faults("rule", document)


PARAMS = [True, 3, "30%", "clinic_group", "2026-06-01", None]


@pytest.mark.parametrize("value", PARAMS, ids=str)
def test_a_parameter_that_the_reader_takes_the_schema_takes_too(
    faults: Faults, rulebook: Rulebook, value: Any
) -> None:
    for written in (value, {"medical": value}, {"dated": {"2024-06-01": value}}):
        document = changed(read(PROMOTION), at("periods", 0, "levels", 0, "params", value={"rate": written}))
        assert faults_of(document, rulebook) == []
        assert faults("rule", document) == []


def test_a_name_that_an_argument_points_to_must_exist(faults: Faults) -> None:
    change = at(*NEED, value={"fact": "people_with", "with": {"role": "clerk"}, "at_least": 1})
    assert faults("rule", changed(read(PROMOTION), change))


CASE = {
    "an unknown key": at("cases", 0, "expects", value={}),
    "no id": without("cases", 0, "id"),
    "an unknown fact in the merge": at("cases", 0, "given", "merge", value={"facts": {"onlin_claims": True}}),
    "an unknown addition": at("cases", 0, "expect", value={"medical-dx": {}}),
    "an unknown expectation": at("cases", 0, "expect", value={"home-care-dx": {"state": "claimable"}}),
    "an unknown status": at("cases", 0, "expect", value={"home-care-dx": {"status": "ok"}}),
    "an unknown answer of a requirement": at(
        "cases", 0, "expect", value={"home-care-dx": {"requirements": {"filed": "yes"}}}
    ),
}


@pytest.mark.parametrize("change", CASE.values(), ids=CASE)
def test_a_wrong_case_is_refused(faults: Faults, change: Change) -> None:
    assert faults(
        "cases", changed(read(PACKAGE / "rulebook" / "additions" / "home-care-dx.cases.yaml"), change)
    )


def test_a_wrong_answer_is_refused(faults: Faults) -> None:
    institution = {"name": "x", "code": "", "sector": "medical", "kind": "clinic"}
    judgement = {
        "addition": "home-care-dx",
        "title": "x",
        "status": "claimable",
        "level": "",
        "points": 10,
        "requirements": [],
        "missing": [],
        "unknown": [],
    }
    answer = {"on": "2025-04-01", "institution": institution, "judgements": [judgement]}
    assert faults("judgement", answer) == []
    for key, wrong in (("status", "met"), ("level", 1), ("points", "10"), ("addition", "dx"), ("extra", 1)):
        assert faults("judgement", {**answer, "judgements": [{**judgement, key: wrong}]})
    assert faults("bill", {"bills": [{"encounter": "e1", "items": []}]})
