"""What has to be posted follows from the judgement; a page is compared with it sentence by sentence."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from institutions import CLINIC, clinic, rates

import mitasu as library
from mitasu.facts import Institution
from mitasu.judge.cases import merge
from mitasu.judge.judgement import Judge
from mitasu.judge.page_check import Check, check, outdated
from mitasu.judge.postings import PostingSentence, postings, standing
from mitasu.judge.serial_postings import check_to_dict, posting_to_dict

R7, R8 = date(2025, 5, 12), date(2026, 11, 22)
Due = Callable[..., list[PostingSentence]]


@pytest.fixture(scope="module")
def due(judge: Judge) -> Due:
    """The sentences due on a day for a clinic with something changed."""

    def found(on: date, change: Any = None, **filled: str) -> list[PostingSentence]:
        return standing(postings(judge, clinic(judge.rulebook, change), on, filled), on)

    return found


def ids(sentences: list[PostingSentence]) -> list[str]:
    return [one.id for one in sentences]


def page(sentences: list[PostingSentence]) -> str:
    return "\n".join(one.text for one in sentences)


def compared(judge: Judge, institution: Institution, on: date, text: str) -> Check:
    found = standing(postings(judge, institution, on), on)
    return check(text, found, outdated(judge, institution, on))


# ---- what is due --------------------------------------------------------------------------------------


def test_what_can_be_claimed_is_posted_and_named_with_its_level_and_points(due: Due) -> None:
    found = due(R8)
    assert "eis-card" in ids(found)
    name = next(one for one in found if one.id == "eis-name")
    assert name.text == "当院は、電子的診療情報連携体制整備加算3（初診4点・再診2点）を算定しています。"
    assert name.is_name
    assert not name.duty


def test_what_cannot_be_claimed_is_not_posted(due: Due) -> None:
    assert due(R8, {"facts": {"online_claims": False}}) == []
    assert not [one for one in due(R8, rates(10.0)) if one.addition == "electronic-information-sharing"]


def test_what_is_unknown_is_not_posted(due: Due) -> None:
    assert due(R8, {"facts": {"online_claims": None}}) == []


def test_what_lacks_only_its_posting_is_posted_and_says_so(judge: Judge, due: Due) -> None:
    change = {"facts": {"posted_in_facility": False, "posted_on_website": None}}
    assert (
        judge.judge(clinic(judge.rulebook, change), R8).of("electronic-information-sharing").status
        == "not_claimable"
    )
    found = next(one for one in due(R8, change) if one.id == "eis-information")
    assert {asked.place: asked.status for asked in found.asked} == {"wall": "unmet", "web": "unknown"}
    assert found.why.startswith("掲示すれば電子的診療情報連携体制整備加算3を算定できます")


def test_the_sentence_about_prescriptions_is_that_of_the_level(due: Due) -> None:
    one = [id_ for id_ in ids(due(R7)) if "initiatives" in id_ and id_.startswith("dx")]
    four = due(R7, {"facts": {"e_prescription": False}})
    assert one == ["dx-initiatives"]
    assert [one.id for one in four if "initiatives" in one.id and one.id.startswith("dx")] == [
        "dx-initiatives-without-prescription"
    ]
    assert "電子処方箋" not in page([one for one in four if one.addition == "medical-dx-promotion"])


def test_without_a_website_of_its_own_nothing_is_asked_on_the_web(due: Due) -> None:
    assert {place for one in due(R8, {"facts": {"own_website": False}}) for place in one.places} == {"wall"}


def test_a_grace_for_the_website_is_told_with_its_last_day(due: Due) -> None:
    found = due(R7, {"facts": {"posted_on_website": False}})
    web = next(asked for one in found if one.id == "dx-card" for asked in one.asked if asked.place == "web")
    assert (web.status, web.until) == ("deemed", date(2025, 5, 31))


def test_a_requirement_that_ended_asks_for_nothing(due: Due) -> None:
    assert "hdx-initiatives" in ids(due(date(2026, 5, 31)))
    assert "hdx-initiatives" not in ids(due(date(2026, 6, 1)))


def test_the_next_month_is_told_beforehand_with_its_day(judge: Judge) -> None:
    found = postings(judge, clinic(judge.rulebook), date(2026, 5, 20))
    ends = next(one for one in found if one.id == "dx-name")
    begins = next(one for one in found if one.id == "eis-name")
    stays = next(one for one in found if one.id == "hdx-card")
    assert (ends.until, begins.from_, stays.until) == (date(2026, 5, 31), date(2026, 6, 1), None)
    assert not standing([begins], date(2026, 5, 31))
    assert standing([begins], date(2026, 6, 1))


def test_a_blank_is_filled_or_named(due: Due) -> None:
    network = {"facts": {"network_kind": "regional_network"}}
    open_ = [one for one in due(R8, network) if one.open_]
    for one in open_:
        assert "〔" in one.text
    childrens = library.sample("childrens-clinic")
    judge = Judge(library.Rulebook.shipped())
    found = postings(judge, childrens, R8, {"network": "みなと", "partners": "港中央病院"})
    told = next(one for one in found if one.id == "eis-network")
    assert told.open_ == ()
    assert "「みなと」に参加し、港中央病院と" in told.text
    assert ("港中央病院",) in told.groups


@pytest.mark.parametrize(
    ("sector", "kind", "word"),
    [("pharmacy", "pharmacy", "当薬局"), ("dental", "clinic", "当院")],
)
def test_each_sector_speaks_for_itself(judge: Judge, sector: str, kind: str, word: str) -> None:
    base = merge(CLINIC, {"institution": {"sector": sector, "kind": kind, "code": None}})
    more = {
        "posted_card_promotion": True,
        "duplicate_check": True,
        "electronic_dispensing_records": True,
        "medicine_notebook_use": True,
    }
    known = {id_: True for id_ in more if judge.rulebook.catalogue.get(id_) is not None}
    base = merge(base, {"facts": {**known, "pediatric_outpatient_fee": None, "under6_share_2024": None}})
    found = standing(
        postings(judge, clinic(judge.rulebook, None, base), date(2025, 1, 15)), date(2025, 1, 15)
    )
    assert found
    assert all(one.text.startswith(word) for one in found)


# ---- a published page ---------------------------------------------------------------------------------


def test_its_own_sentences_are_all_found_and_nothing_else_is_said(judge: Judge) -> None:
    for name in ("paper-clinic", "childrens-clinic", "hospital"):
        for on in (date(2024, 7, 1), R7, date(2026, 5, 20), R8):
            institution = library.sample(name)
            found = standing(postings(judge, institution, on), on)
            result = compared(judge, institution, on, page(found))
            assert (len(result.matched), result.missing, result.stale) == (len(found), (), ()), (name, on)


OTHERS = """当院は、オンライン資格確認システムを導入しております。患者様の薬剤情報や特定健診情報を閲覧し、診察に利用して質の高い医療に努めます。
・マイナンバーカードの健康保険証利用にご協力をお願いいたします
・診療報酬明細書は、会計の際に無料で発行しております。"""


def test_a_page_in_other_words_tells_the_same(judge: Judge) -> None:
    result = compared(judge, clinic(judge.rulebook), R8, OTHERS)
    assert {"eis-information", "eis-card", "eis-statement"} <= {one.sentence.id for one in result.matched}
    assert result.stale == ()


def test_a_missing_sentence_is_named_with_what_it_lacks(judge: Judge) -> None:
    result = compared(judge, clinic(judge.rulebook), R8, OTHERS.replace("無料で", ""))
    missing = {one.sentence.id: one for one in result.missing}
    assert missing["eis-statement"].words == ("無償",)
    assert "eis-card" not in missing
    assert [one["id"] for one in check_to_dict(result)["missing"]] == list(missing)


UNRELATED = """休診のお知らせ。医療DX令和ビジョン2030について。地域医療連携推進加算を算定しています。
発熱外来は予約制です。診療報酬の改定により窓口の負担が変わることがあります。新型コロナワクチンの接種は終了しました。"""


def test_unrelated_text_raises_nothing(judge: Judge) -> None:
    institution = clinic(judge.rulebook)
    found = standing(postings(judge, institution, R8), R8)
    result = compared(judge, institution, R8, page(found) + UNRELATED)
    assert (result.missing, result.stale, result.drift) == ((), (), 0)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("電子的診療情報連携体制整備加算1を算定しています。", "電子的診療情報連携体制整備加算1"),
        ("電子的診療情報連携体制整備加算（２）を算定しています。", "電子的診療情報連携体制整備加算2"),
        ("電子的診療情報 連携体制整備加算 Ⅰ（15点）", "電子的診療情報連携体制整備加算1"),
        ("医療DX推進体制整備加算4を算定しています。", "医療DX推進体制整備加算4"),
        ("医療情報取得加算を算定しています。", "医療情報取得加算"),
    ],
)
def test_another_level_or_an_ended_addition_is_stale(judge: Judge, text: str, named: str) -> None:
    [stale] = compared(judge, clinic(judge.rulebook), R8, text).stale
    assert stale.named == named
    assert stale.why.endswith("。")


@pytest.mark.parametrize(
    "text",
    [
        "電子的診療情報連携体制整備加算3（初診4点）を算定しています。",
        "電子的診療情報連携体制整備加算について",
        "電子的診療情報連携体制整備加算 15点・9点・4点のいずれか",
        "電子的診療情報連携体制整備加算1～3があります。",
        "医療DX推進体制整備加算は令和8年5月31日で廃止されました。",
    ],
)
def test_what_is_true_or_history_is_not_stale(judge: Judge, text: str) -> None:
    assert compared(judge, clinic(judge.rulebook), R8, text).stale == ()


def test_a_sentence_of_ours_that_is_no_longer_posted_is_stale(judge: Judge) -> None:
    institution = clinic(judge.rulebook, {"facts": {"e_prescription": False}})
    text = "当院は、電子処方箋の発行や電子カルテ情報共有サービスの活用など、医療DXに取り組んでいます。"
    [stale] = compared(judge, institution, R7, text).stale
    assert stale.found == text
    assert "いまは掲示しません" in stale.why


def test_a_hospital_may_have_two_levels_under_one_name(judge: Judge) -> None:
    hospital = library.sample("hospital")
    text = (
        "電子的診療情報連携体制整備加算2（外来）と電子的診療情報連携体制整備加算（入院）1を算定しています。"
    )
    assert compared(judge, hospital, R8, text).stale == ()
    assert [one.named for one in compared(judge, hospital, R8, "電子的診療情報連携体制整備加算3").stale] == [
        "電子的診療情報連携体制整備加算3"
    ]


def test_the_same_sentence_missing_twice_counts_once(judge: Judge) -> None:
    result = compared(judge, library.sample("hospital"), R8, "無関係な文。")
    cards = [one for one in result.missing if one.sentence.id.endswith("card")]
    assert len(cards) == 2
    assert result.drift == len({one.sentence.text for one in result.missing if one.sentence.duty})


def test_the_names_alone_are_no_duty(judge: Judge) -> None:
    institution = clinic(judge.rulebook)
    found = standing(postings(judge, institution, R8), R8)
    result = compared(judge, institution, R8, page([one for one in found if not one.is_name]))
    assert {one.sentence.id for one in result.missing} == {one.id for one in found if one.is_name}
    assert result.drift == 0


def test_as_data_every_sentence_says_who_asks_and_where(judge: Judge) -> None:
    for one in postings(judge, library.sample("hospital"), date(2026, 5, 20)):
        row = posting_to_dict(one, judge.rulebook)
        assert row["places"]
        assert row["sources"]
        assert (row["until"] is None) == (one.until is None)
