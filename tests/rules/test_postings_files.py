"""The sentences to post as data: every one is asked for by a requirement, cites its source and can be found again."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mitasu.errors import InputError
from mitasu.judge.cases import load_cases, run_case
from mitasu.judge.judgement import Judge
from mitasu.judge.postings import postings
from mitasu.judge.published import pieces, telling
from mitasu.rulebook import Rulebook
from mitasu.rulebook.book import HOME
from mitasu.rulebook.postings import PLACES, Posting, blanks

SOUND = """\
example-rates:
  addition: medical-dx-promotion
  sectors: [medical]
  levels: ["4", "5"]
  from: 2025-04-01
  until: 2025-09-30
  text: "{we}は、{number}の電話で相談に応じます。"
  phrases:
    - [電話, "{number}"]
  wall: {requirement: posted-in-facility, fact: posted_in_facility}
  fill: {number: 電話番号}
  cite: ["M06 第1の9 2(4)"]
  grade: A
"""
FAULTS = {
    "an unknown key": ("grade: A", "grade: A\n  clour: red", "clour"),
    "an unknown addition": ("medical-dx-promotion", "medical-dx-promotoin", "近いもの: medical-dx-promotion"),
    "an unknown requirement": ("posted-in-facility,", "posted-in-facilty,", "近いもの: posted-in-facility"),
    "a fact the addition does not ask": (
        "fact: posted_in_facility",
        "fact: emergency_view",
        "emergency_view",
    ),
    "a requirement of another sector": (
        "wall: {requirement: posted-in-facility, fact: posted_in_facility}\n",
        "wall: {requirement: electronic-dispensing-records}\n",
        "医科にありません",
    ),
    "an unknown sector": ("[medical]", "[medcal]", "近いもの: medical"),
    "a sector the addition is not for": ("[medical]", "[nursing]", "nursing"),
    "an unknown level": ('["4", "5"]', '["4", "7"]', "区分「7」"),
    "no place": ("  wall: {requirement: posted-in-facility, fact: posted_in_facility}\n", "", "wall、web"),
    "a place that is no mapping": (
        "{requirement: posted-in-facility, fact: posted_in_facility}",
        "yes please",
        "wall",
    ),
    "a period that ends before it begins": ("until: 2025-09-30", "until: 2025-03-31", "始まり"),
    "a day that is none": ("2025-09-30", "2025-09-31", "2025-09-31"),
    "an unknown source": ("M06 第1の9", "M60 第1の9", "出典「M60」"),
    "no source": ('  cite: ["M06 第1の9 2(4)"]\n', "", "cite"),
    "an empty list of sources": ('["M06 第1の9 2(4)"]', "[]", "出典"),
    "an unknown grade": ("grade: A", "grade: Z", "「Z」"),
    "an unknown blank": ("{we}は", "{wee}は", "近いもの: we"),
    "an open brace": ("{we}は", "{weは", "閉じていません"),
    "a blank that nobody uses": ("fill: {number: 電話番号}", "fill: {number: 電話番号, name2: 名}", "name2"),
    "blanks that are no mapping": ("{number: 電話番号}", "[number]", "fill"),
    "phrases that are no lists": ('- [電話, "{number}"]', "- 電話", "言い換えの一覧"),
    "no phrases": ('  phrases:\n    - [電話, "{number}"]\n', "  phrases: []\n", "phrases が空"),
}


def load(folder: Path, text: str, name: str = "postings-example.yaml") -> Rulebook:
    (folder / name).write_text(text, "utf-8")
    return Rulebook.load(folder)


def test_a_package_may_bring_further_sentences(tmp_path: Path) -> None:
    posting = load(tmp_path, SOUND).postings["example-rates"]
    assert (posting.levels, posting.fill) == (("4", "5"), {"number": "電話番号"})
    assert [posting.asked[place].requirement for place in posting.asked] == ["posted-in-facility"]
    assert posting.asked.keys() == {"wall"}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_told_with_its_file_and_line(tmp_path: Path, fault: str) -> None:
    old, new, told = FAULTS[fault]
    assert old in SOUND
    with pytest.raises(InputError) as raised:
        load(tmp_path, SOUND.replace(old, new, 1))
    message = str(raised.value)
    assert told in message
    assert re.search(r"postings-example\.yaml:\d+: ", message), message


def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="並べます"):
        load(tmp_path, "- a\n- b\n")


def test_a_sentence_that_has_its_name_already_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="「eis-card」がもう一度"):
        load(tmp_path, SOUND.replace("example-rates", "eis-card"))


# ---- the shipped sentences ----------------------------------------------------------------------------

BOOK = Rulebook.shipped()
DUTIES = re.compile("掲示して|掲示の|ウェブサイトに載せ|ウェブサイトで知らせ")
OF_LAW = [posting for posting in BOOK.postings.values() if "{title}" not in posting.text]


def rendered(posting: Posting, text: str) -> str:
    words = {"title": "題", "level": "1", "points": "8点", "name": "名", "we": "当院"}
    return text.format_map(words | {name: f"{name}の中身" for name in posting.fill})


def test_every_requirement_that_speaks_of_posting_has_a_sentence_at_its_place() -> None:
    asked = {
        (posting.addition, ask.requirement, place)
        for posting in BOOK.postings.values()
        for place, ask in posting.asked.items()
    }
    for addition in BOOK.additions.values():
        for _, requirement in addition.requirements:
            if DUTIES.search(requirement.text):
                places = {place for id_, name, place in asked if (id_, name) == (addition.id, requirement.id)}
                assert places, (addition.id, requirement.id)
                assert places <= PLACES.keys()


@pytest.mark.parametrize("posting", BOOK.postings.values(), ids=lambda posting: posting.id)
def test_a_sentence_is_found_by_its_own_phrases(posting: Posting) -> None:
    groups = [[rendered(posting, phrase) for phrase in group] for group in posting.phrases]
    assert telling(pieces(rendered(posting, posting.text)), groups) is not None


@pytest.mark.parametrize("posting", OF_LAW, ids=lambda posting: posting.id)
def test_a_sentence_is_not_taken_for_another_matter(posting: Posting) -> None:
    """Of the sentences of one addition none tells what another has to tell; names of additions tell nothing else."""
    found = pieces(rendered(posting, posting.text))
    for other in OF_LAW:
        same = (other.addition, other.levels, other.sectors) == (
            posting.addition,
            posting.levels,
            posting.sectors,
        )
        if same and other.id != posting.id:
            groups = [[rendered(other, phrase) for phrase in group] for group in other.phrases]
            assert telling(found, groups) is None, other.id


def test_what_was_not_confirmed_says_so() -> None:
    for posting in BOOK.postings.values():
        assert posting.cite
        if posting.advisory or posting.grade == "I":
            assert posting.note, posting.id


def test_the_blanks_of_a_text_are_read() -> None:
    assert blanks("{we}は{title}{level}を") == {"we", "title", "level"}


CASES = [case for path in sorted(HOME.rglob("*.cases.yaml")) for case in load_cases(path)]
WITH_POSTINGS = sorted({posting.addition for posting in BOOK.postings.values()})


@pytest.fixture(scope="module")
def whole() -> Judge:
    """A judge over all rules of which sentences speak."""
    return Judge(BOOK)


@pytest.mark.parametrize("addition", WITH_POSTINGS)
def test_whoever_claims_an_addition_in_a_case_of_the_rules_has_its_sentences_to_post(
    whole: Judge, addition: str
) -> None:
    tried, posted = 0, set()
    for case in CASES:
        if tried == 12 or case.on is None or not case.document or addition not in str(case.table):
            continue
        institution = run_case(case, whole).institution
        if (
            institution is None
            or whole.judge(institution, case.on, [addition]).of(addition).status != "claimable"
        ):
            continue
        tried += 1
        due = {one.id for one in postings(whole, institution, case.on) if one.addition == addition}
        needed = [one for one in BOOK.postings.values() if one.addition == addition and not one.advisory]
        due_now = [
            one.id for one in needed
            if one.stands_on(case.on, institution.sector, institution.kind)
            and one.levels is None and "wall" in one.asked and "network" not in one.id
        ]  # fmt: skip
        assert set(due_now) <= due, case.id
        posted |= due
    assert tried
    assert posted
