"""Search: prefixes, names however written, any combination as a naive filter has it, told in words, saved and masked."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from records_files import row, table

from mitasu.errors import UsageError
from mitasu.server.accounts.models import Site
from mitasu.server.records import sample
from mitasu.server.records.importing.carrying import carry
from mitasu.server.records.models import Diagnosis, Operation, Patient, Stay
from mitasu.server.records.names import code_key, name_key, name_keys, operation_key
from mitasu.server.records.search import sets
from mitasu.server.records.search.compiled import Page, analysed, newest, page_of, search
from mitasu.server.records.search.conditions import (
    FIELDS,
    OPERATORS,
    Condition,
    Group,
    Node,
    Not,
    from_data,
    to_data,
    told,
)
from mitasu.server.records.search.text import parse

pytestmark = pytest.mark.django_db
LAST = date(2026, 11, 22)


@pytest.fixture
def hospital(make_site: Any) -> Site:
    return make_site("hospital")


def register(site: Site, *rows: dict[str, str]) -> None:
    plain = dict.fromkeys(("手術コード1", "手術日1", "手術名1", "要約作成日", "要約提出日"), "")
    content = table(row(**{**plain, "患者番号": str(number), **one}) for number, one in enumerate(rows, 1))
    carry(site, "table", content, "a.csv", today=LAST)


def found(site: Site, text: str) -> list[str]:
    return sorted(search(site, parse(text)).values_list("patient__number", flat=True))


# ---- codes and names -----------------------------------------------------------------------------------------


def test_the_beginning_of_an_icd_code_finds_it_with_and_without_its_dot(hospital: Site) -> None:
    register(
        hospital, {"主傷病ICD": "C34.1"}, {"主傷病ICD": "c341"}, {"主傷病ICD": "C33"}, {"主傷病ICD": "C35.0"}
    )
    assert found(hospital, "icd:C34") == found(hospital, "icd:c34.") == ["1", "2"]
    assert found(hospital, "icd:C34.1") == ["1", "2"]
    assert found(hospital, "icd:C3") == ["1", "2", "3", "4"]
    assert found(hospital, "icd:C4") == []


def test_the_beginning_of_a_k_code_finds_its_branches(hospital: Site) -> None:
    operated = {"手術日1": "2026-09-22"}
    register(
        hospital,
        *({"手術コード1": code, **operated} for code in ("K514", "K514-2", "K514-20", "K515", "K051")),
    )
    assert found(hospital, "op:K514") == ["1", "2", "3"]
    assert found(hospital, "手術:ｋ５１４－２") == ["2", "3"]


@pytest.mark.parametrize(
    ("kanji", "kana", "asked"),
    [
        ("髙橋　一郎", "タカハシ　イチロウ", ["高橋", "髙橋一郎", "たかはし", "ﾀｶﾊｼ ｲﾁﾛｳ", "橋", "タカ"]),
        ("山﨑　花", "ヤマザキ　ハナ", ["山崎", "ﾔﾏｻﾞｷ", "崎"]),
        ("渡邊　丈", "ワタナベ　ジョー", ["渡辺", "ジョー", "じょう", "ｼﾞﾖ", "ジヨウ"]),
        ("大野　ヴァン", "オーノ　ヴァン", ["オーノ", "オノ", "バン", "ヴァン"]),
        ("𠮷田　惠", "ヨシダ　ケイ", ["𠮷田", "恵", "惠", "ケー"]),
        ("Smith John", "スミス　ジョン", ["smith", "ＪＯＨＮ", "ジヨン"]),
    ],
)
def test_a_name_is_found_however_it_is_written(
    hospital: Site, kanji: str, kana: str, asked: list[str]
) -> None:
    register(
        hospital, {"氏名": kanji, "カナ氏名": kana}, {"氏名": "別人　某", "カナ氏名": "ベツジン　ソレガシ"}
    )
    for text in asked:
        wanted = (
            [] if text in ("じょう", "ジヨウ") else ["1"]
        )  # the vowel was written as a bar, which says less
        assert found(hospital, f'氏名:"{text}"') == wanted, text


def test_a_name_is_not_found_across_kanji_and_kana(hospital: Site) -> None:
    register(hospital, {"氏名": "見本　花", "カナ氏名": "ミホン　ハナ"})
    assert found(hospital, "氏名:花ミ") == []
    assert found(hospital, "氏名:本花") == ["1"]


def test_names_stay_findable_when_a_patient_changes_or_goes(hospital: Site) -> None:
    register(hospital, {"氏名": "見本　花", "カナ氏名": "ミホン　ハナ"})
    patient = Patient.objects.get()
    patient.kanji, patient.kana = "例示　花", "レイジ　ハナ"
    patient.save()
    assert (found(hospital, "氏名:見本"), found(hospital, "氏名:例示")) == ([], ["1"])
    Stay.objects.all().delete()
    patient.delete()
    assert found(hospital, "氏名:例示") == []


# ---- text --------------------------------------------------------------------------------------------------------


def test_text_is_read_into_groups_and_told_in_words() -> None:
    node = parse('icd:C34 かつ (手術:K514 または 年齢>=70) かつ ではない 診療科:"総合 内科"')
    assert told(node) == (
        "病名のICDコード C34 かつ （手術のKコード K514 または 年齢（入院日）>=70） かつ 「担当診療科 総合 内科」ではない"
    )
    assert parse("icd:C34 and (op:K514 or age>=70) not 科:内科") == parse(
        "ＩＣＤ：C34　（手術：K514 または 年齢＞=70）　ではない 診療科：内科".replace("ＩＣＤ", "ICD")
    )
    assert from_data(to_data(node)) == node


@pytest.mark.parametrize(
    ("text", "begin", "end", "right"),
    [
        ("退院日:2026-10-10..2026-10-01", "退院日>=2026-10-10", "退院日<=2026-10-01", "退院日:2026-10-01..2026-10-10"),
        ("icd:C34 (性別:女 かつ 年齢:80..70)", "年齢（入院日）>=80", "年齢（入院日）<=70", "年齢:70..80"),
        ("在院日数>30 在院日数<10", "在院日数>30", "在院日数<10", "在院日数:10..30"),
        ("ではない 入院日:20261010..20261001", "入院日>=2026-10-10", "入院日<=2026-10-01", "2026-10-01..2026-10-10"),
    ],
)  # fmt: skip
def test_a_period_the_wrong_way_round_is_refused_with_the_right_one(
    text: str, begin: str, end: str, right: str
) -> None:
    with pytest.raises(UsageError) as error:
        parse(text)
    assert f"「{begin}」かつ「{end}」に当たるものはありません。始まりと終わりが逆です" in str(error.value)
    assert right in str(error.value)


def test_one_day_is_a_period_and_nothing_lies_between_a_day_and_itself() -> None:
    parse("退院日:2026-10-01..2026-10-01")
    parse("退院日>=2026-10-10 または 退院日<=2026-10-01")
    with pytest.raises(UsageError, match="以上（>=）と以下（<=）で書いてください"):
        parse("年齢>70 年齢<=70")


def test_a_range_and_nothing_can_be_asked_of_days() -> None:
    assert parse("退院日:2026-04-01..R8.4.30") == Group(
        "all", (Condition("discharged", "from", "2026-04-01"), Condition("discharged", "to", "2026-04-30"))
    )
    assert parse("退院日:なし") == Condition("discharged", "none")


@pytest.mark.parametrize(
    ("text", "told_"),
    [
        ("icd", "「icd」が読めません"),
        ("icb:C34", "「icb」という項目では検索できません。近いもの: icd"),
        ("icd:C34 または", "条件が途中で終わっています"),
        ("(icd:C34", "「(」に対する「)」がありません"),
        ("icd:C34)", "かっこの対応"),
        ("age>=seventy", "「seventy」は0以上の整数ではありません"),
        ("性別:中", "「中」は性別として読めません"),
        ("退院日>=2026-02-30", "という日はありません"),
        ("性別>=男", "に「以上」は使えません"),
        ('氏名:"', "が読めません"),
        ("(" * 30 + "icd:C34" + ")" * 30, "かっこが深すぎます"),
        (" ".join(["icd:C34"] * 300), "条件が多すぎます"),
    ],
)
def test_text_that_cannot_be_read_says_where(text: str, told_: str) -> None:
    with pytest.raises(UsageError) as error:
        parse(text)
    assert told_ in str(error.value)


def test_names_and_numbers_of_patients_are_left_out_where_a_search_is_recorded() -> None:
    node = parse("氏名:見本 かつ 患者番号:0012 かつ icd:C34")
    assert (
        told(node, masked=True) == "氏名・カナ：（伏せる） かつ 患者番号：（伏せる） かつ 病名のICDコード C34"
    )


@pytest.mark.parametrize(
    "broken", [None, [], {}, {"field": "x"}, {"field": "icd", "operator": "from"}, {"all": [3]}]
)
def test_a_broken_saved_search_is_refused(broken: Any) -> None:
    with pytest.raises(UsageError, match="条件が壊れています"):
        from_data(broken)


def test_those_in_hospital_come_first_then_the_latest_discharges(hospital: Site) -> None:
    register(hospital, {"退院日": "2026-10-01"}, {"退院日": ""}, {"退院日": "2026-11-01"})
    assert [one.patient.number for one in newest(search(hospital, parse("")))] == ["2", "3", "1"]


def test_a_search_stays_within_its_site(hospital: Site, site: Site) -> None:
    register(hospital, {"氏名": "見本　花"})
    for text in (
        "",
        "icd:C34",
        "氏名:見本",
        "郵便番号:060",
        "性別:男",
        "ではない icd:A",
        "病名:肺",
        "患者番号:1",
    ):
        assert found(hospital, text) == ["1"]
        assert found(site, text) == []


# ---- against a naive filter ----------------------------------------------------------------------------------------

VALUES: dict[str, Any] = {
    "icd": st.sampled_from(["C3", "C34", "C341", "I", "J13", "E119", "Z"]),
    "k": st.sampled_from(["K", "K5", "K514", "K514-2", "K89", "K9"]),
    "postal": st.sampled_from(["0", "060", "0600001", "07", "9"]),
    "name": st.sampled_from(
        ["高", "髙橋", "サイトウ", "じょー", "タロ", "マリー", "肺", "2型", "ウ", "無い名前"]
    ),
    "sex": st.sampled_from(["1", "2", "9"]),
    "day": st.dates(date(2026, 1, 1), LAST).map(date.isoformat),
    "number": st.integers(0, 99),
    "summary": st.sampled_from(["in", "out"]),
    "exact": st.sampled_from(["治癒", "死亡", "0000007", ""]),
    "text": st.sampled_from(["内科", "外科", "内科医師1"]),
}


def conditions() -> Any:
    def of(field: Any) -> Any:
        made = st.builds(Condition, st.just(field.id), st.sampled_from(field.operators), VALUES[field.kind])
        return made.map(lambda one: Condition(one.field, "none") if one.operator == "none" else one)

    return st.sampled_from(list(FIELDS.values())).flatmap(of)


def trees() -> Any:
    return st.recursive(
        conditions(),
        lambda part: st.one_of(
            part.map(Not),
            st.builds(Group, st.sampled_from(["all", "any"]), st.lists(part, max_size=3).map(tuple)),
        ),
        max_leaves=5,
    )


COMPARED = {
    "is": lambda a, b: a == b, "from": lambda a, b: a >= b, "to": lambda a, b: a <= b,
    "above": lambda a, b: a > b, "below": lambda a, b: a < b,
}  # fmt: skip


def holds(node: Node, stay: Stay, dx: list[Diagnosis], ops: list[Operation]) -> bool:
    """The conditions as anybody would check them, one stay at a time."""
    match node:
        case Not(part):
            return not holds(part, stay, dx, ops)
        case Group(how, parts):
            return (all if how == "all" else any)(holds(one, stay, dx, ops) for one in parts)
    field, operator, value = node.field, node.operator, node.value
    patient = stay.patient
    if field in ("icd", "main", "resource"):
        return any(code_key(one.icd_text).startswith(value) for one in dx if field in ("icd", one.role))
    if field == "disease":
        return any(name_key(value) in name_key(one.name) for one in dx)
    if field == "op":
        return any(operation_key(one.code_text).startswith(value) for one in ops)
    if field == "name":
        return any(
            key in name_key(name) for key in name_keys(value) for name in (patient.kanji, patient.kana)
        )
    if field == "postal":
        return patient.postal.startswith(value)
    if field == "number":
        return patient.number == value
    if field == "summary":
        return stay.discharged is not None and (stay.submitted is not None) == (value == "in")
    if field == "operated":
        days = [one.on for one in ops if one.on]
        if operator == "none":
            return not days
        return any(COMPARED[operator](day, date.fromisoformat(value)) for day in days)
    mine = getattr(stay, field)
    if operator == "none":
        return mine is None
    if mine is None:
        return False
    return bool(COMPARED[operator](mine, date.fromisoformat(value) if FIELDS[field].kind == "day" else value))


@pytest.mark.parametrize("few", [100_000, 40, 0] if connection.vendor == "sqlite" else [100_000])
def test_any_conditions_find_what_a_naive_filter_finds(
    hospital: Site, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    """However many rows count as few: sets looked up whole, and asked stay by stay, find the same."""
    monkeypatch.setattr(sets, "LARGE_STAYS", few)
    monkeypatch.setattr(sets, "LARGE_PATIENTS", few)
    sample.plant(hospital, 120, first=LAST - timedelta(days=200), last=LAST, seed=7, events=False)
    stays = list(Stay.objects.select_related("patient").prefetch_related("diagnoses", "operations"))
    rows = [(stay, list(stay.diagnoses.all()), list(stay.operations.all())) for stay in stays]

    @settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
    @given(trees())
    def same(node: Node) -> None:
        wanted = {stay.pk for stay, dx, ops in rows if holds(node, stay, dx, ops)}
        found = search(hospital, node)
        assert set(found.values_list("pk", flat=True)) == wanted, told(node)
        page = page_of(found, size=10)
        assert (page.count, list(page.stays)) == (len(wanted), [one.pk for one in newest(found)[:10]])

    same()


def test_every_operator_has_its_words() -> None:
    assert {one for field in FIELDS.values() for one in field.operators} == set(OPERATORS)


def test_results_come_page_by_page_with_their_count(hospital: Site) -> None:
    sample.plant(hospital, 25, first=LAST - timedelta(days=200), last=LAST, events=False)
    stays = search(hospital, parse(""))
    pages = [page_of(stays, number, 10) for number in (1, 2, 3)]
    assert [(len(one.stays), one.count, one.before, one.after) for one in pages] == [
        (10, 25, None, 2),
        (10, 25, 1, 3),
        (5, 25, 2, None),
    ]
    assert [pk for one in pages for pk in one.stays] == [one.pk for one in newest(stays)]
    assert page_of(stays, 99, 10) == pages[0]
    assert page_of(search(hospital, parse("icd:Z99"))) == Page(0, (), 1, 1)
    analysed()


def test_a_page_that_does_not_exist_in_nothing_is_an_empty_first_page(hospital: Site) -> None:
    assert page_of(search(hospital, Group("any", ())), 3) == Page(0, (), 1, 1)


def test_a_part_of_a_disease_name_is_looked_for_in_each_name_once_and_within_its_site(
    hospital: Site, site: Site
) -> None:
    register(
        hospital,
        {"主傷病名": "肺癌"},
        {"主傷病名": "上葉肺癌"},
        {"主傷病名": "胃癌"},
        {"主傷病名": "肺癌"},
        {"主傷病名": "100%熱傷_右"},
    )
    register(site, {"主傷病名": "転移性肺癌"})
    assert found(hospital, "病名:肺癌") == ["1", "2", "4"]
    assert found(hospital, "病名:癌 ではない 病名:肺") == ["3"]
    assert found(hospital, "病名:100%") == ["5"]
    assert found(hospital, "病名:腎") == found(site, "病名:胃") == []
    assert found(site, "病名:肺癌") == ["1"]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL weighs by itself")
def test_a_large_set_is_asked_stay_by_stay_only_where_something_else_narrows_the_search(
    hospital: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sets, "LARGE_STAYS", 0)
    register(hospital, {"主傷病ICD": "C34.1"}, {"主傷病ICD": "I10"})

    def plan(text: str) -> str:
        return search(hospital, parse(text)).explain()

    assert "CORRELATED" not in plan("icd:C34") + plan("icd:C34 または icd:I")
    for text in ("icd:C34 性別:男", "性別:男 (icd:C34 退院日>=2000-01-01)", "ではない icd:C34"):
        assert "CORRELATED" in plan(text), text
        assert "INDEX records_stay_searched (site_id=?" in plan(text), text
        assert "records_diagnosis_of_stay (stay_id=? AND icd>? AND icd<?)" in plan(text), text
        stays = newest(search(hospital, parse(text))).select_related("patient")
        assert len(list(stays)) == stays.count() == 1, text
