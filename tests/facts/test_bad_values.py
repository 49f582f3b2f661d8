"""A value that cannot be is refused where it stands: with the file, the line, and what would be right."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from institution_files import Faults, Read, places, put

from mitasu.errors import InputError, Problem
from mitasu.facts import read_institution
from mitasu.facts.values import value_of
from mitasu.rulebook import Rulebook
from mitasu.rulebook.catalogue import TYPES

JAPANESE = re.compile(r"[ぁ-んァ-ヶ一-龠]")
WRONG_IDS = [
    ("facts: {onlin_claims: true}", "onlin_claims", "online_claims"),
    ("facts: {Online_Claims: true}", "Online_Claims", "online_claims"),
    ("series: {card_use_rate_reciepts: {}}", "card_use_rate_reciepts", "card_use_rate_receipts"),
    ("events: {bcp_dril: []}", "bcp_dril", "bcp_drill"),
    ("people: [{role: record_maneger}]", "record_maneger", "record_manager"),
    ("filings: [{item: medical-dx-promotoin}]", "medical-dx-promotoin", "medical-dx-promotion"),
    ("filings: [{item: general-hospitals}]", "general-hospitals", "general-hospital"),
    ("filings: [{item: home-care-dx, acepted: 2025-04-01}]", "acepted", "accepted"),
    ("facts: {network_kind: regional-network}", "regional-network", "regional_network"),
    ("facts: {online_claims: [{form: 2025-04-01, value: true}]}", "form", "from"),
    ("events: {bcp_drill: [{on: 2025-04-01, ledby: vendor}]}", "ledby", "led_by"),
    ("people: [{role: record_manager, employment: fulltime}]", "fulltime", "full_time"),
    ("people: [{role: record_manager, assignment: dedicate}]", "dedicate", "dedicated"),
    ("people: [{role: record_manager, asignment: dedicated}]", "asignment", "assignment"),
    ("fact: {}", "fact", "facts"),
]


@pytest.mark.parametrize(("text", "found", "near"), WRONG_IDS, ids=[row[1] for row in WRONG_IDS])
def test_an_unknown_word_names_the_line_and_the_nearest_known_one(
    faults: Faults, text: str, found: str, near: str
) -> None:
    (problem,) = faults(text)
    assert (problem.line, problem.file and problem.file.endswith("clinic.yaml")) == (5, True)
    assert found in problem.message
    assert near in str(problem)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("facts: {bcp_drill: true}", "events"),
        ("facts: {card_use_rate_receipts: 45.0}", "series"),
        ("facts: {record_manager: 1}", "people"),
        ("facts: {general-hospital: true}", "filings"),
        ("series: {online_claims: {}}", "facts"),
        ("events: {online_claims: []}", "facts"),
    ],
)
def test_a_known_id_in_the_wrong_section_is_told_where_it_belongs(
    faults: Faults, text: str, where: str
) -> None:
    (problem,) = faults(text)
    assert f"{where} に書きます" in problem.message


def test_a_derived_fact_cannot_be_written(faults: Faults) -> None:
    (problem,) = faults("facts: {record_managers_enough: true}")
    assert "目録にありません" in problem.message


@pytest.mark.parametrize(
    ("head", "found", "near"),
    [
        ("sector: medicl, kind: clinic", "medicl", "medical"),
        ("sector: medical, kind: clinc", "clinc", "clinic"),
        ("sector: medical, kind: clinic, nmae: x", "nmae", "name"),
    ],
)
def test_an_unknown_word_in_the_head_names_the_nearest(
    faults: Faults, head: str, found: str, near: str
) -> None:
    (problem,) = faults("", head=f"institution: {{name: 見本, {head}}}")
    assert (found in problem.message, problem.nearest, problem.line) == (True, near, 1)


@pytest.mark.parametrize(
    ("sector", "kind"),
    [("medical", "pharmacy"), ("dental", "station"), ("pharmacy", "clinic"), ("nursing", "hospital")],
)
def test_a_kind_that_the_sector_does_not_have_is_refused(faults: Faults, sector: str, kind: str) -> None:
    (problem,) = faults("", head=f"institution: {{name: 見本, sector: {sector}, kind: {kind}}}")
    assert "施設の種類は" in problem.message


@pytest.mark.parametrize("name", ['""', '"  "', "12", "2025-04-01", "true", "[a]"])
def test_a_name_that_is_no_text_is_refused(faults: Faults, name: str) -> None:
    (problem,) = faults("", head=f"institution: {{name: {name}, sector: medical, kind: clinic}}")
    assert "名前" in problem.message


@pytest.mark.parametrize("missing", ["name", "sector", "kind"])
def test_a_head_that_lacks_something_says_what(faults: Faults, missing: str) -> None:
    head = {"name": "見本", "sector": "medical", "kind": "clinic"}
    del head[missing]
    (problem,) = faults("", head="institution: {" + ", ".join(f"{k}: {v}" for k, v in head.items()) + "}")
    assert f"「{missing}」がありません" in problem.message


# ---- types ---------------------------------------------------------------------------------------------

WRONG_TYPES = {
    "boolean": ["1", "0", "はいです", "2025-04-01", "1.5"],
    "integer": ["1.5", "true", "many", "10床", "2025-04-01", "1e3"],
    "percent": ["true", "半分", "2025-04-01", "45点", "12.34567"],
    "date": ["true", "45", "きのう", "2025-04", "2025-4-31"],
    "enum": ["true", "3", "daly"],
}
EXAMPLES = {
    "boolean": "online_claims",
    "integer": "beds",
    "percent": "under6_share_2024",
    "date": "network_joined_on",
    "enum": "backup_frequency",
}


@pytest.mark.parametrize(
    ("type_", "value"), [(type_, value) for type_, values in WRONG_TYPES.items() for value in values]
)
def test_a_value_of_the_wrong_type_is_refused_with_its_line(
    faults: Faults, rulebook: Rulebook, type_: str, value: str
) -> None:
    entry = rulebook.catalogue.get(EXAMPLES[type_])
    assert entry is not None
    assert entry.type == type_
    (problem,) = faults(f"facts:\n  {entry.id}: {value}")
    assert problem.line == 6
    assert entry.id in problem.message
    assert JAPANESE.search(problem.message)


@pytest.mark.parametrize("type_", TYPES)
def test_no_type_takes_a_list_a_mapping_or_nothing(type_: str) -> None:
    for value in ([], {}, [True], {"a": 1}, None):
        with pytest.raises(ValueError, match=JAPANESE.pattern):
            value_of(value, type_, ("a", "b"))


@pytest.mark.parametrize("type_", ["integer", "decimal", "yen", "percent"])
@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), float("-inf"), Decimal("NaN"), Decimal("Infinity")]
)
def test_what_is_not_a_number_is_refused(type_: str, value: Any) -> None:
    with pytest.raises(ValueError, match=JAPANESE.pattern):
        value_of(value, type_)


@pytest.mark.parametrize("word", [".nan", ".NaN", "nan", ".inf", "-.inf", "+.Inf", "Infinity", "-infinity"])
def test_yamls_words_for_not_a_number_are_refused_with_the_line(faults: Faults, word: str) -> None:
    (problem,) = faults(f"facts:\n  under6_share_2024: {word}")
    assert problem.line == 6
    assert "数ではありません" in problem.message


def test_a_mapping_from_python_is_read_as_strictly(rulebook: Rulebook) -> None:
    document = {
        "institution": {"name": "見本", "sector": "medical", "kind": "clinic"},
        "facts": {"under6_share_2024": float("nan"), "beds": -1},
    }
    with pytest.raises(InputError) as raised:
        read_institution(document, rulebook, "")
    assert len(raised.value.problems) == 2


@pytest.mark.parametrize(
    "text",
    [
        "facts: {beds: -1}",
        'facts: {beds: "－１"}',
        'series: {summaries_due: {"2025-03": -3}}',
        "facts: {charts_kept_years: -5}",
    ],
)
def test_a_negative_count_is_refused(faults: Faults, text: str) -> None:
    (problem,) = faults(text)
    assert "負の数" in problem.message
    assert problem.line == 5


def test_a_negative_number_is_named_as_it_was_written() -> None:
    with pytest.raises(ValueError, match=r"「-1\.5」は負の数"):
        value_of(Decimal("-1.5"), "decimal")


def test_a_count_beyond_all_measure_is_refused(faults: Faults) -> None:
    (problem,) = faults("facts: {beds: 1000000000001}")
    assert "大きすぎます" in problem.message


@pytest.mark.parametrize(
    ("value", "told"), [("100.1", "100%を超え"), ("-0.1", "0%より小さ"), ('"101%"', "100%を超え")]
)
def test_a_rate_outside_0_to_100_is_refused(faults: Faults, value: str, told: str) -> None:
    (problem,) = faults(f'series:\n  card_use_rate_receipts:\n    "2025-03": {value}')
    assert told in problem.message
    assert "2025-03" in problem.message
    assert problem.line == 7


@pytest.mark.parametrize("value", ["0", "0.0", "100", "100.0", "45.1234"])
def test_a_rate_from_0_to_100_is_taken_as_it_is(read: Read, value: str) -> None:
    rates = read(f'series: {{card_use_rate_receipts: {{"2025-03": {value}}}}}').series[
        "card_use_rate_receipts"
    ]
    assert rates["2025-03"] == int(Decimal(value) * 10_000)


# ---- months, days, spans -------------------------------------------------------------------------------


@pytest.mark.parametrize("month", ["2025-13", "2025-00", "1899-12", "2025", "2025-04-01", "四月", "R7.13"])
def test_a_month_that_does_not_exist_is_refused(faults: Faults, month: str) -> None:
    (problem,) = faults(f'series:\n  summaries_due:\n    "{month}": 3')
    assert problem.line == 7
    assert month in problem.message


def test_one_month_written_in_two_ways_is_found_twice(faults: Faults) -> None:
    (problem,) = faults('series:\n  summaries_due:\n    "2025-03": 3\n    "令和7年3月": 4')
    assert problem.line == 8
    assert "2025-03が二度" in problem.message


PLACES = {
    "the start of a span": "facts:\n  online_claims:\n    - {from: DAY, value: true}",
    "the end of a span": "facts:\n  online_claims:\n    - {to: DAY, value: true}",
    "a fact": "facts:\n\n  network_joined_on: DAY",
    "an event": "events:\n  bcp_drill:\n    - {on: DAY}",
    "an arrival": "filings:\n\n  - {item: home-care-dx, arrived: DAY}",
    "an acceptance": "filings:\n\n  - {item: home-care-dx, accepted: DAY}",
    "a withdrawal": "filings:\n\n  - {item: home-care-dx, withdrawn: DAY}",
    "a person": "people:\n\n  - {role: record_manager, from: DAY}",
    "a value of a series": 'series:\n  card_use_rate_notified_on:\n    "2025-03": DAY',
}
NO_DAYS = [
    "2025-02-30",
    "2023-02-29",
    "2025-13-01",
    "2025-00-10",
    "2025-04-00",
    "令和7年2月29日",
    "R7.4.31",
    "0000-01-01",
]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("day", NO_DAYS)
def test_a_day_that_does_not_exist_is_refused_wherever_it_stands(
    faults: Faults, place: str, day: str
) -> None:
    (problem,) = faults(PLACES[place].replace("DAY", day))
    assert problem.line == 7
    assert "日はありません" in problem.message or "1900年から" in problem.message


def test_a_day_that_does_not_exist_is_reported_beside_the_other_faults(faults: Faults) -> None:
    found = faults(
        "facts:\n  onlin_claims: true\n  network_joined_on: 2025-02-30\n"
        "events:\n  bcp_drill:\n    - {on: 2025-04-31}\n    - {on: 2025-04-30, proof: 2025-06-31}\n"
        "filings:\n  - {item: home-care-dx, level: 9, arrived: 2025-13-01}\n"
    )
    assert [(problem.line, problem.message) for problem in found] == [
        (6, "事実「onlin_claims」は目録にありません。"),
        (7, "「network_joined_on」: 「2025-02-30」という日はありません。"),
        (10, "「2025-04-31」という日はありません。"),
        (11, "証拠（proof）は文字で書きます（見つかったもの: 2025-06-31）。"),
        (13, "「在宅医療DX情報活用加算」に区分「9」はありません（書けるもの: 1、2）。"),
        (13, "「2025-13-01」という日はありません。"),
    ]


@pytest.mark.parametrize(
    ("item", "level", "told", "near"),
    [
        ("medical-dx-promotion", "7", "区分「7」はありません（書けるもの: 1、2、3、4、5、6）", None),
        ("medical-dx-promotion", "11", "区分「11」はありません", "1"),
        ("record-management", "加算1", "区分「加算1」はありません（書けるもの: 1、2、3）", None),
        ("home-care-dx", "true", '"1" のように書きます（見つかったもの: True）', None),
        ("visiting-nursing-dx", "1", "区分はありません。level（1）は書かないでください", None),
    ],
)
def test_a_level_that_the_item_never_had_is_refused(
    faults: Faults, item: str, level: str, told: str, near: str | None
) -> None:
    (problem,) = faults(f"filings:\n\n  - {{item: {item}, level: {level}, accepted: 2025-04-01}}")
    assert (problem.line, problem.nearest) == (7, near)
    assert told in problem.message


@pytest.mark.parametrize(
    ("item", "level", "read_as"),
    [
        ("medical-dx-promotion", '"6"', "6"),
        ("medical-dx-promotion", "6", "6"),
        ("medical-dx-promotion", "６", "6"),
        ("medical-dx-promotion", '""', None),
        ("record-management", '"3"', "3"),  # there is no level 3 any more
        ("general-hospital", '"9"', "9"),  # not judged here: its levels are not known
    ],
)
def test_a_level_that_the_item_has_or_had_is_taken(read: Read, item: str, level: str, read_as: str) -> None:
    (filing,) = read(f"filings: [{{item: {item}, level: {level}, accepted: 2025-04-01}}]").filings or ()
    assert filing.level == read_as


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    "day", ["平成40年4月1日", "H31.5.1", "令和元年4月30日", "昭和64年1月8日", "大正5年1月1日"]
)
def test_a_day_outside_its_era_is_refused_wherever_it_stands(faults: Faults, place: str, day: str) -> None:
    (problem,) = faults(PLACES[place].replace("DAY", day))
    assert problem.line == 7
    assert day in problem.message


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    "day",
    [
        "2025-04-01",
        '"2025-04-01"',
        "令和7年4月1日",
        "R7.4.1",
        "２０２５年４月１日",
        "Ｒ７．４．１",
        "2025/4/1",
    ],
)
def test_a_day_may_be_written_as_people_write_it(read: Read, place: str, day: str) -> None:
    assert read(PLACES[place].replace("DAY", day)) == read(PLACES[place].replace("DAY", "2025-04-01"))


@pytest.mark.parametrize("month", ["2025-04", "２０２５－０４", "令和7年4月", "R7.4", "2025年4月", "2025/4"])
def test_a_month_may_be_written_as_people_write_it(read: Read, month: str) -> None:
    assert read(f'series: {{summaries_due: {{"{month}": ３}}}}').series == {"summaries_due": {"2025-04": 3}}


def test_spans_that_overlap_are_refused_at_the_later_one(faults: Faults) -> None:
    (problem,) = faults(
        "facts:\n  online_claims:\n"
        "    - {from: 2025-04-10, value: true}\n"
        "    - {from: 2025-04-01, to: 2025-04-10, value: false}\n"
    )
    assert problem.line == 7
    assert "重なっています（2025-04-10から）" in problem.message


@pytest.mark.parametrize(
    "rows",
    [
        ["{value: true}", "{value: false}"],
        ["{from: 2025-04-01, value: true}", "{from: 2025-05-01, value: false}"],
        ["{to: 2025-04-01, value: true}", "{to: 2025-05-01, value: false}"],
        ["{from: 2025-04-01, value: true}", "{value: true}"],
    ],
)
def test_spans_without_an_end_between_them_overlap(faults: Faults, rows: list[str]) -> None:
    (problem,) = faults(f"facts: {{online_claims: [{', '.join(rows)}]}}")
    assert "重なっています" in problem.message


def test_spans_that_touch_do_not_overlap(read: Read) -> None:
    spans = "{to: 2025-03-31, value: false}, {from: 2025-04-01, to: 2025-04-01, value: true}, {from: 2025-04-02, value: false}"
    assert len(read(f"facts: {{online_claims: [{spans}]}}").facts["online_claims"]) == 3


@pytest.mark.parametrize(
    "text",
    [
        "facts:\n  online_claims:\n    - {from: 2025-04-02, to: 2025-04-01, value: true}",
        "people:\n\n  - {role: record_manager, from: 2025-04-02, to: 2025-04-01}",
    ],
)
def test_a_span_that_ends_before_it_begins_is_refused(faults: Faults, text: str) -> None:
    (problem,) = faults(text)
    assert problem.line == 7
    assert "始まり（2025-04-02）より前" in problem.message


def test_a_filing_that_was_accepted_before_it_arrived_is_refused(faults: Faults) -> None:
    (problem,) = faults("filings: [{item: home-care-dx, arrived: 2025-04-02, accepted: 2025-04-01}]")
    assert "到着日（2025-04-02）より前" in problem.message


def test_a_filing_that_was_withdrawn_before_it_was_accepted_is_refused(faults: Faults) -> None:
    (problem,) = faults("filings: [{item: home-care-dx, accepted: 2025-04-02, withdrawn: 2025-04-01}]")
    assert "受理日（2025-04-02）より前" in problem.message


def test_an_event_without_its_day_is_never_dropped_in_silence(faults: Faults) -> None:
    (problem,) = faults("events:\n  bcp_drill:\n    - {on: , led_by: vendor}")
    assert problem.line == 7
    assert "日（on）がありません" in problem.message


# ---- codes ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ('"131123456"', "10桁"),
        ('"13112345678"', "10桁"),
        ('"131123456A"', "10桁"),
        ('"13-1123456"', "10桁"),
        ('""', "10桁"),
        ("true", "10桁"),
        ('"4811234567"', "48"),
        ('"0011234567"', "00"),
        ('"1331234567"', "3桁目「3」"),
        ('"1361234567"', "3桁目「6」"),
    ],
)
def test_a_code_that_does_not_parse_is_refused(faults: Faults, code: str, told: str) -> None:
    head = f"institution:\n  name: 見本\n  code: {code}\n  sector: medical\n  kind: clinic\n"
    (problem,) = faults("", head=head)
    assert problem.line == 3
    assert told in problem.message


def test_a_code_with_a_leading_zero_asks_for_quotation_marks(faults: Faults) -> None:
    (problem,) = faults("", head="institution: {name: 見本, code: 0119900036, sector: medical, kind: clinic}")
    assert "引用符" in problem.message


@pytest.mark.parametrize(
    ("code", "sector", "kind"),
    [
        ('"1311234567"', "medical", "hospital"),
        ("1311234567", "medical", "clinic"),
        ('"１３１１２３４５６７"', "medical", "clinic"),
        ('"0131234567"', "dental", "clinic"),
        ('"4741234567"', "pharmacy", "pharmacy"),
        ('"2361234567"', "nursing", "station"),
    ],
)
def test_a_right_code_is_taken(read: Read, code: str, sector: str, kind: str) -> None:
    found = read("", head=f"institution: {{name: 見本, code: {code}, sector: {sector}, kind: {kind}}}\n")
    assert len(found.code) == 10
    assert found.code.isascii()


# ---- shapes --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "facts: []",
        "facts: 3",
        "series: [1]",
        "series: {summaries_due: 3}",
        "events: 1",
        "events: {bcp_drill: 2025-04-01}",
        "events: {bcp_drill: [2025-04-01]}",
        "people: {role: record_manager}",
        "people: [record_manager]",
        "people: [{employment: full_time}]",
        "filings: home-care-dx",
        "filings: [home-care-dx]",
        "filings: [{accepted: 2025-04-01}]",
        "filings: [{item: [home-care-dx]}]",
        "filings: [{item: home-care-dx, level: {a: 1}}]",
        "facts: {online_claims: {from: 2025-04-01, value: true}}",
        "facts: {online_claims: [true]}",
        "facts: {online_claims: [{from: 2025-04-01}]}",
        "people: [{role: [record_manager]}]",
        "people: [{role: record_manager, employment: [full_time]}]",
        "events: {bcp_drill: [{on: [2025-04-01]}]}",
    ],
)
def test_a_wrong_shape_is_refused_with_its_line(faults: Faults, text: str) -> None:
    (problem,) = faults(text)
    assert problem.line == 5
    assert JAPANESE.search(problem.message)


@pytest.mark.parametrize("text", ["- 1\n- 2\n", "ことば\n", "42\n"])
def test_a_file_that_is_no_mapping_is_refused(faults: Faults, text: str) -> None:
    (problem,) = faults("", head=text)
    assert "施設ファイル" in problem.message


def test_every_fault_of_a_file_is_reported_at_once(faults: Faults) -> None:
    found = faults(
        "facts:\n  onlin_claims: true\n  beds: -1\n  e_prescription:\n    - {from: 令和7年2月30日, value: ?}\n"
        'series:\n  card_use_rate_receipts: {"2025-13": 45.0, "2025-03": 145.0}\n'
        "events:\n  bcp_drill: [{on: R7.2.30}]\n"
        "people: [{role: clerk}]\n"
        "filings: [{item: nothing}, {item: home-care-dx, accepted: H31.5.1}]\n".replace(
            "value: ?", "value: 3"
        ),
        head="institution: {name: 見本, code: abc, sector: medcal, kind: clinc}\n",
    )
    lines = [problem.line for problem in found]
    assert lines == [1, 1, 1, 3, 4, 6, 6, 8, 8, 10, 11, 12, 12]


def test_faults_below_a_head_that_lacks_its_sector_are_reported_too(faults: Faults) -> None:
    found = faults("facts: {onlin_claims: true}", head="institution: {name: 見本}\n")
    assert [problem.line for problem in found] == [1, 1, 2]


WHOLE = {
    "institution": {"name": "見本", "code": "1311234567", "sector": "medical", "kind": "hospital"},
    "facts": {
        "beds": 3,
        "own_website": [{"from": "2025-01-01", "to": "2025-02-01", "value": True, "proof": "写し"}],
    },
    "series": {"summaries_due": {"2025-01": 3}, "card_use_rate_notified_on": {"2025-01": "2025-03-10"}},
    "events": {"bcp_drill": [{"on": "2025-01-01", "led_by": "vendor", "reviewed": True, "proof": "写し"}]},
    "people": [
        {"role": "record_manager", "employment": "full_time", "assignment": "exclusive", "from": "2025-01-01"}
    ],
    "filings": [
        {"item": "medical-dx-promotion", "level": "1", "arrived": "2025-01-01", "pediatric_special": True}
    ],
}
SHAPES = [None, True, -1, 1.5, "ことば", "", [], {}, [1], [[]], [{}], {"a": 1}]


@pytest.mark.parametrize("place", list(places(WHOLE)), ids=lambda place: ".".join(map(str, place)) or "whole")
def test_whatever_stands_at_a_place_is_read_or_refused(rulebook: Rulebook, place: tuple[Any, ...]) -> None:
    problems: list[Problem] = []
    for shape in SHAPES:
        try:
            read_institution(put(WHOLE, place, shape), rulebook, "clinic.yaml")
        except InputError as error:
            problems.extend(error.problems)
    assert problems
    assert all(JAPANESE.search(problem.message) for problem in problems)
