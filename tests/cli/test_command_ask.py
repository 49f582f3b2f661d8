"""`mitasu ask`: one question at a time, each answer written at once, nothing else in the file touched."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from clerk import Command, Interview, Sample, Write

from mitasu.facts import load_institution
from mitasu.facts.read import KINDS_OF
from mitasu.rulebook import Entry, Rulebook

DAY = date(2026, 11, 1)
ON = "2026-11-01"
PLACES = [(sector, kind) for sector, kinds in KINDS_OF.items() for kind in kinds]


def numbers(shown: str) -> list[str]:
    """The numbers of the last list that is shown."""
    found = re.findall(r"^  (\d+): ", shown, re.M)
    return found[len(found) - found[::-1].index("1") - 1 :]


class Answers:
    """Sensible answers to whatever is asked; `yes`: what to say to a question of yes or no."""

    def __init__(self, yes: str = "はい", most: int = 300) -> None:
        self.yes, self.left, self.given = yes, most, False

    def __call__(self, shown: str) -> str:
        self.left -= 1
        assert self.left, f"the interview does not end: {shown}"
        hint = shown.rstrip().splitlines()[-1]
        if "1はい" in hint:
            return "いいえ" if "ほかにも" in shown else self.yes
        if "1,3 のように" in hint:
            return ",".join(numbers(shown)) if self.yes == "はい" else "0"
        if "番号" in hint:
            return "1"
        if "日付" in hint:
            self.given = not self.given
            return "" if "終わりは空欄" in shown and not self.given else "令和8年5月20日"
        if "区分 >" in hint:
            return "1"
        assert "値" in hint
        if "いつですか" in shown:
            return "R8.5.20"
        return "５０" if "%" in hint else "2"


@pytest.mark.parametrize(("sector", "kind"), PLACES)
@pytest.mark.parametrize("yes", ["はい", "いいえ"])
def test_from_a_new_file_to_a_judgement(
    mitasu: Command, interview: Interview, tmp_path: Path, sector: str, kind: str, yes: str
) -> None:
    path = tmp_path / "new.yaml"
    assert mitasu("new", path, "--sector", sector, "--kind", kind).status == 0
    remarks = [line for line in path.read_text("utf-8").splitlines() if line.lstrip().startswith("#")]
    shown = interview(path, ON, Answers(yes))
    assert "答えを" in shown.splitlines()[-1]
    judged = json.loads(mitasu("judge", path, "--on", ON, "--json").out)["judgements"]
    assert {found["status"] for found in judged} <= {
        "claimable",
        "not_claimable",
        "not_in_force",
        "not_applicable",
    }
    assert json.loads(mitasu("missing", path, "--on", ON, "--json").out)["unknown"] == []
    after = [line for line in path.read_text("utf-8").splitlines() if line.lstrip().startswith("#")]
    assert after == remarks


@pytest.mark.parametrize(
    ("sector", "kind", "skip"),
    [
        *((*place, "わからない") for place in PLACES),
        *(("nursing", "station", skip) for skip in ("あとで", "", "3", "4", "？", "w")),
    ],
)
def test_who_knows_nothing_is_asked_everything_once_and_nothing_is_written(
    mitasu: Command, interview: Interview, tmp_path: Path, sector: str, kind: str, skip: str
) -> None:
    path = tmp_path / "new.yaml"
    mitasu("new", path, "--sector", sector, "--kind", kind)
    before = path.read_bytes()
    asked: list[str] = []

    def answer(shown: str) -> str:
        asked.append(shown.rpartition("］\n")[2])
        assert asked.count(asked[-1]) == 1
        return skip if "1はい" in shown.rstrip().splitlines()[-1] else ""

    shown = interview(path, ON, answer)
    assert path.read_bytes() == before
    assert "0問の答え" in shown


# ---- one question of each type -----------------------------------------------------------------------------


@pytest.fixture
def open_fact(sample: Sample, tmp_path: Path) -> Callable[[str, str], Path]:
    """A sample in which one fact (or series, events) is not stated any more."""

    def drop(name: str, id_: str) -> Path:
        lines = sample(name).read_text("utf-8").splitlines(keepends=True)
        start = next(index for index, line in enumerate(lines) if re.match(rf"  {id_}:", line))
        end = start + 1
        while end < len(lines) and re.match(r"    ", lines[end]):
            end += 1
        path = tmp_path / f"{name}.yaml"
        path.write_text("".join(lines[:start] + lines[end:]), "utf-8")
        return path

    return drop


@pytest.mark.parametrize(("typed", "value"), [
    ("はい", True), ("いいえ", False), ("1", True), ("2", False), ("１", True), ("y", True), ("N", False), ("yes", True),
    ("ある", True), ("ない", False), ("  はい  ", True),
])  # fmt: skip
def test_yes_and_no_may_be_typed_in_many_ways(
    interview: Interview, open_fact: Callable[..., Path], rulebook: Rulebook, typed: str, value: bool
) -> None:
    path = open_fact("paper-clinic", "online_claims")
    interview(path, ON, [typed])
    span = load_institution(path, rulebook).fact("online_claims", DAY)
    assert span is not None
    assert (span.value, span.from_) == (value, DAY)


@pytest.mark.parametrize(("typed", "value"), [("240", 240), ("２４０", 240), ("0", 0)])
def test_a_number_is_read_as_typed(
    interview: Interview, open_fact: Callable[..., Path], rulebook: Rulebook, typed: str, value: int
) -> None:
    path = open_fact("childrens-clinic", "network_participants")
    interview(path, ON, [typed])
    span = load_institution(path, rulebook).fact("network_participants", DAY)
    assert span is not None
    assert span.value == value


@pytest.mark.parametrize("typed", ["30.5", "30.5%", "３０．５", "30.5％"])
def test_percent_is_read_as_typed(
    interview: Interview, open_fact: Callable[..., Path], rulebook: Rulebook, typed: str
) -> None:
    path = open_fact("paper-clinic", "card_use_rate_receipts")
    shown = interview(path, ON, [typed, "", "31"])
    assert load_institution(path, rulebook).series["card_use_rate_receipts"] == {
        "2026-06": 305_000,
        "2026-08": 310_000,
    }
    assert [month in shown for month in ("2026-06:", "2026-07:", "2026-08:")] == [True] * 3


@pytest.mark.parametrize(
    ("typed", "value"),
    [("2", "regional_network"), ("２", "regional_network"), ("none", "none"), ("3", "chat_or_mailing_list")],
)
def test_a_choice_is_made_by_its_number(
    interview: Interview, open_fact: Callable[..., Path], rulebook: Rulebook, typed: str, value: str
) -> None:
    path = open_fact("childrens-clinic", "network_kind")
    shown = interview(path, ON, [typed])
    assert re.search(r"1: .*\n *2: .*\n *3: ", shown)
    span = load_institution(path, rulebook).fact("network_kind", DAY)
    assert span is not None
    assert span.value == value


@pytest.mark.parametrize("typed", ["2026-07-06", "令和8年7月6日", "Ｒ８．７．６"])
def test_a_day_is_read_as_typed(
    interview: Interview, open_fact: Callable[..., Path], rulebook: Rulebook, typed: str
) -> None:
    path = open_fact("childrens-clinic", "network_joined_on")
    text = path.read_text("utf-8")
    path.write_text(re.sub(r"  network_use:\n(    .*\n)+", "  network_use: []\n", text), "utf-8")
    interview(path, ON, [typed])
    span = load_institution(path, rulebook).fact("network_joined_on", DAY)
    assert span is not None
    assert span.value == date(2026, 7, 6)


WRONG = {
    "online_claims": ["たぶん", "5", "maybe"],
    "network_participants": ["-3", "たくさん", "1.5"],
    "network_kind": ["9", "0", "regional"],
    "card_use_rate_receipts": ["101", "-1", "nan", "12.34567", "半分"],
}


@pytest.mark.parametrize("id_", WRONG)
def test_a_wrong_answer_is_asked_again_until_it_is_right(
    interview: Interview, open_fact: Callable[..., Path], rulebook: Rulebook, id_: str
) -> None:
    path = open_fact("childrens-clinic", id_)
    before = path.read_bytes()
    shown = interview(path, ON, [*WRONG[id_], "q"])
    assert path.read_bytes() == before
    hints = [line for line in shown.splitlines() if " > " in line]
    assert len({line.split(" > ")[0] for line in hints}) == 1
    assert len(hints) == len(WRONG[id_]) + 1
    interview(path, ON, [*WRONG[id_], "1", "1", "1"])
    assert path.read_bytes() != before


# ---- stopping ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stop", ["q", "Q", "ｑ", "やめる", "quit", "終わり", None])
def test_who_stops_keeps_what_was_answered(
    interview: Interview, write: Write, rulebook: Rulebook, stop: str | None
) -> None:
    path = write("institution: {name: 見本訪問看護, sector: nursing, kind: station}\n")
    answers = ["はい", "1", "y"]
    shown = interview(path, ON, [*answers, stop] if stop else answers)
    assert "ここでやめます" in shown
    assert "3問の答え" in shown
    found = load_institution(path, rulebook).facts
    assert [span.value for spans in found.values() for span in spans] == [True, True, True]


def test_who_stops_among_the_months_of_a_rate_keeps_the_months_answered(
    interview: Interview, open_fact: Callable[..., Path], rulebook: Rulebook
) -> None:
    path = open_fact("paper-clinic", "card_use_rate_receipts")
    shown = interview(path, ON, ["30.5", "q"])
    assert load_institution(path, rulebook).series["card_use_rate_receipts"] == {"2026-06": 305_000}
    assert "1問の答え" in shown


# ---- lists -------------------------------------------------------------------------------------------------


def test_events_are_listed_with_what_a_rule_asks_of_them(
    interview: Interview, open_fact: Callable[..., Path], rulebook: Rulebook
) -> None:
    path = open_fact("hospital", "bcp_drill")
    interview(
        path,
        ON,
        ["はい", "2026-02-26", "1", "はい", "いいえ", "あとで", "きのう", "R7.3.6", "3", "2", "", "", ""],
    )
    first, second = load_institution(path, rulebook).events["bcp_drill"]
    assert (first.on, dict(first.attributes)) == (date(2025, 3, 6), {"led_by": "vendor", "reviewed": False})
    assert (second.on, dict(second.attributes)) == (
        date(2026, 2, 26), {"led_by": "security_manager", "reviewed": True, "findings": False},
    )  # fmt: skip


def test_that_nothing_happened_is_an_empty_list(
    interview: Interview, open_fact: Callable[..., Path], rulebook: Rulebook
) -> None:
    path = open_fact("hospital", "bcp_drill")
    interview(path, ON, ["いいえ"])
    assert load_institution(path, rulebook).events["bcp_drill"] == ()


def test_a_list_with_a_day_nobody_knows_is_not_written(
    interview: Interview, open_fact: Callable[..., Path]
) -> None:
    path = open_fact("hospital", "bcp_drill")
    before = path.read_bytes()
    shown = interview(path, ON, ["はい", "2026-02-26", "1", "はい", "", "", "わからない", "q"])
    assert path.read_bytes() == before
    assert "一覧を書きません" in shown


def test_a_listed_event_that_lacks_something_is_completed_and_none_is_lost(
    interview: Interview, sample: Sample, tmp_path: Path, rulebook: Rulebook
) -> None:
    text = sample("hospital").read_text("utf-8")
    path = tmp_path / "hospital.yaml"
    whole = "- {on: 2026-02-26, led_by: security_manager, reviewed: true, findings: false}"
    path.write_text(text.replace(whole, "- {on: 2026-02-26, findings: false}   # 写し"), "utf-8")
    interview(path, ON, ["2", "はい"])
    expected = "- {on: 2026-02-26, findings: false, led_by: other_staff, reviewed: true}   # 写し"
    assert path.read_text("utf-8") == text.replace(whole, expected)


def drop_list(path: Path, key: str) -> None:
    lines = path.read_text("utf-8").splitlines(keepends=True)
    start = next(index for index, line in enumerate(lines) if line.startswith(f"{key}:"))
    end = start + 1
    while end < len(lines) and not re.match(r"\w", lines[end]):
        end += 1
    path.write_text("".join(lines[:start] + lines[end:]), "utf-8")


@pytest.fixture
def without(sample: Sample, tmp_path: Path) -> Callable[[str, str], Path]:
    """A sample without its list of people or filings."""

    def make(name: str, key: str) -> Path:
        path = tmp_path / f"{name}.yaml"
        path.write_bytes(sample(name).read_bytes())
        drop_list(path, key)
        return path

    return make


def place_of(label: str, shown: str) -> str:
    """The number that a choice has in the list that is shown."""
    found = re.search(rf"^  (\d+): {re.escape(label)}$", shown, re.M)
    assert found, shown
    return found[1]


def hospital_roles(rulebook: Rulebook) -> list[Entry]:
    """Every role, but for the one that only clinics have to have (外来感染対策向上加算)."""
    return [role for role in rulebook.catalogue.of("role").values() if role.id != "infection_manager"]


def test_the_list_of_people_is_asked_for_every_role_at_once(
    interview: Interview, without: Callable[..., Path], rulebook: Rulebook
) -> None:
    path = without("hospital", "people")
    roles = {role.ask: role.label for role in hospital_roles(rulebook)}
    details = {
        "診療記録管理者": iter(["1", "1", "2", "", "はい", "はい", "1", "2", "", "", "", "いいえ"]),
        "医療情報システム安全管理責任者": iter(["", "2", "いいえ"]),
        "精神保健指定医": iter(["2", "", "3", "１", "はい", "いいえ"]),
    }
    asked: list[str] = []

    def answer(shown: str) -> str | None:
        if "いるのはどれですか" in shown:
            assert all(f": {label}\n" in shown for label in roles.values())
            return "、".join(place_of(label, shown) for label in details)
        asked.extend(label for ask, label in roles.items() if f"\n{ask}\n" in f"\n{shown}")
        return next(details[asked[-1]], None) if asked else None

    shown = interview(path, ON, answer)
    assert asked == [label for label in roles.values() if label in details]
    people = load_institution(path, rulebook).people or ()
    assert [
        (person.role, person.employment, person.assignment, dict(person.attributes)) for person in people
    ] == [
        (
            "designated_psychiatrist",
            "part_time",
            None,
            {
                "designated_duties_last_12_months": 3,
                "emergency_duties_last_12_months": 1,
                "treats_online": True,
            },
        ),
        ("record_manager", "full_time", "exclusive", {"clerk_assistant": False, "other_duties": True}),
        ("record_manager", "full_time", "dedicated", {}),
        ("security_manager", None, "dedicated", {}),
    ]
    assert shown.count("職員の一覧を作ります") == 1


def test_a_role_that_no_rule_looks_at_there_is_not_asked(
    interview: Interview, without: Callable[..., Path], rulebook: Rulebook
) -> None:
    shown = interview(without("paper-clinic", "people"), ON, lambda shown: "")
    assert "次の職員のうち" not in shown
    unfiled = without("paper-clinic", "people")
    text = unfiled.read_text("utf-8").replace(
        "filings:\n", "filings:\n  - {item: base-up-1, accepted: 2026-05-27}\n"
    )
    unfiled.write_text(text, "utf-8")
    shown = interview(unfiled, ON, lambda shown: "")
    assert "職員（賃金の改善の対象を数える）" in shown
    assert "診療記録管理者" not in shown


@pytest.mark.parametrize("unknown", ["", "わからない"])
def test_roles_nobody_knows_leave_the_list_of_people_unwritten(
    interview: Interview, without: Callable[..., Path], unknown: str
) -> None:
    path = without("hospital", "people")
    before = path.read_bytes()
    shown = interview(path, ON, [unknown])
    assert path.read_bytes() == before
    assert "分からない役割があるあいだは" in shown
    assert shown.count("職員の一覧を作ります") == 1


def test_a_listed_person_whose_assignment_is_not_stated_is_completed(
    interview: Interview, sample: Sample, tmp_path: Path
) -> None:
    text = sample("hospital").read_text("utf-8")
    path = tmp_path / "hospital.yaml"
    whole = "{role: security_manager, employment: full_time, assignment: dedicated}"
    path.write_text(text.replace(whole, "{role: security_manager, employment: full_time}"), "utf-8")
    shown = interview(path, ON, ["2"])
    assert path.read_text("utf-8") == text
    assert "医療情報システム安全管理責任者（1人目）" in shown


def test_who_does_not_know_an_assignment_is_not_asked_for_ever(
    interview: Interview, without: Callable[..., Path], rulebook: Rulebook
) -> None:
    path = without("hospital", "people")
    roles = hospital_roles(rulebook)
    details = sum(2 + len(role.attributes) for role in roles)
    left = iter(range(2 * len(roles) + 2 * details))

    def answer(shown: str) -> str:
        next(left)
        if "いるのはどれですか" in shown:
            return ",".join(numbers(shown))
        return "いいえ" if "ほかにもいますか" in shown else ""

    interview(path, ON, answer)
    people = load_institution(path, rulebook).people or ()
    assert [person.role for person in people] == [role.id for role in roles]
    assert {(person.employment, person.assignment, len(person.attributes)) for person in people} == {
        (None, None, 0)
    }


def test_what_a_rule_asks_of_a_listed_person_is_completed(interview: Interview, write: Write) -> None:
    text = """\
institution: {name: 見本こころの診療所, sector: medical, kind: clinic}
people:
  - {role: designated_psychiatrist, employment: full_time, assignment: dedicated}
filings:
  - {item: early-psychiatric-care, level: "1", accepted: 2026-05-27}
  - {item: continued-living-support, accepted: 2022-05-31}
"""
    path = write(text)

    shown = interview(path, ON, lambda shown: "12" if "指定医業務等の回数" in shown else "")
    assert "精神保健指定医（1人目）: 直近1年の指定医業務等の回数" in shown
    assert "情報通信機器を用いた精神療法を行う" not in shown
    assert "dedicated, designated_duties_last_12_months: 12}" in path.read_text("utf-8")


SHARING = "電子的診療情報連携体制整備加算"


def test_filings_are_chosen_from_a_list_and_dated_one_by_one(
    interview: Interview, without: Callable[..., Path], rulebook: Rulebook
) -> None:
    path = without("paper-clinic", "filings")

    def answer(shown: str) -> str:
        if "受理されているのはどれですか" in shown:
            return f"{place_of('時間外対応加算', shown)}　{place_of(SHARING, shown)}"
        if "受理された日" in shown:
            return "令和8年5月27日"
        return "3" if f"{SHARING}: 届け出た区分" in shown else "1" if "届け出た区分" in shown else ""

    shown = interview(path, ON, answer)
    filings = load_institution(path, rulebook).filings or ()
    assert [(filing.item, filing.level, filing.accepted) for filing in filings] == [
        ("electronic-information-sharing", "3", date(2026, 5, 27)),
        ("after-hours", "1", date(2026, 5, 27)),
    ]
    assert "答えたものがすべて" in shown


def test_that_nothing_is_filed_is_an_empty_list(
    interview: Interview, without: Callable[..., Path], rulebook: Rulebook
) -> None:
    path = without("paper-clinic", "filings")
    interview(path, ON, ["0"])
    assert load_institution(path, rulebook).filings == ()


def test_a_filing_that_brings_other_points_is_in_the_list_too(interview: Interview, write: Write) -> None:
    path = write("institution: {name: 見本内科, sector: medical, kind: clinic}\n")
    assert "外来・在宅ベースアップ評価料(Ⅰ)注5 継続的な賃上げ" in interview(path, ON, ["q"])


@pytest.mark.parametrize("wrong", ["0,1", "99", "1-3", "はい", "一", "1,x"])
def test_numbers_that_are_none_are_asked_for_again(
    interview: Interview, without: Callable[..., Path], rulebook: Rulebook, wrong: str
) -> None:
    path = without("paper-clinic", "filings")
    shown = interview(path, ON, [wrong, "０"])
    assert shown.count("番号を「,」で区切って書いてください") == 1
    assert load_institution(path, rulebook).filings == ()


@pytest.mark.parametrize("answers", [["わからない"], ["1,2", "2026-05-27", "3", "わからない"]])
def test_a_filing_nobody_knows_leaves_the_list_unwritten(
    interview: Interview, without: Callable[..., Path], answers: list[str]
) -> None:
    path = without("paper-clinic", "filings")
    before = path.read_bytes()
    assert "一覧を書きません" in interview(path, ON, answers)
    assert path.read_bytes() == before


@pytest.mark.parametrize("level", ["", "わからない", "あとで"])
def test_a_level_that_is_not_known_is_not_written(
    interview: Interview, without: Callable[..., Path], rulebook: Rulebook, level: str
) -> None:
    path = without("paper-clinic", "filings")

    def answer(shown: str) -> str:
        if "どれですか" in shown:
            return ",".join(numbers(shown))
        return "はい" if "1はい" in shown else "2026-05-27" if "受理された日" in shown else level

    interview(path, ON, answer)
    filings = load_institution(path, rulebook).filings or ()
    assert len(filings) > 15
    assert {filing.level for filing in filings} == {None}


def test_a_level_that_does_not_exist_is_asked_for_again_and_where_there_is_none_not_at_all(
    interview: Interview, without: Callable[..., Path], rulebook: Rulebook
) -> None:
    path = without("paper-clinic", "filings")
    levels = iter(["7", "加算1", "２"])

    def answer(shown: str) -> str:
        if "受理されているのはどれですか" in shown:
            return f"{place_of(SHARING, shown)},{place_of('訪問看護医療DX情報活用加算', shown)}"
        if "届け出た区分" in shown:
            return next(levels)
        return "2026-05-27" if "受理された日" in shown else ""

    shown = interview(path, ON, answer)
    assert "区分「7」はありません（書けるもの: 1、2、3）" in shown
    assert "届け出た区分（1・2・3。なければ空欄）" in shown
    filings = {filing.item: filing.level for filing in load_institution(path, rulebook).filings or ()}
    assert filings == {"electronic-information-sharing": "2", "visiting-nursing-dx": None}


# ---- files that cannot be asked about ---------------------------------------------------------------------


def test_a_json_file_is_not_asked_about(mitasu: Command, write: Write) -> None:
    path = write('{"institution": {"name": "見本", "sector": "medical", "kind": "clinic"}}', "clinic.json")
    ran = mitasu("ask", path, "--on", ON)
    assert (ran.status, ran.out) == (3, "")
    assert "JSONには書き戻せません" in ran.err


def test_where_nothing_is_open_nothing_is_asked_or_written(
    interview: Interview, sample: Sample, tmp_path: Path
) -> None:
    path = tmp_path / "clinic.yaml"
    path.write_bytes(sample("paper-clinic").read_bytes())
    shown = interview(path, "2025-10-01", [])
    assert path.read_bytes() == sample("paper-clinic").read_bytes()
    assert "0問の答え" in shown
