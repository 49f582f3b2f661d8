"""`mitasu rules check` on rules of one's own: every fault with file and line, every case that is missing."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from clerk import Command

from mitasu.rulebook import Rulebook

SOUND = Path(__file__).parent / "data" / "package"
RULE = "additions/example-wheelchair.yaml"
CASES = "additions/example-wheelchair.cases.yaml"
Package = Callable[..., Path]


@pytest.fixture
def package(tmp_path: Path) -> Package:
    """A copy of the sound package with texts replaced in one of its files."""

    def copy(file: str = RULE, *changes: tuple[str, str]) -> Path:
        folder = tmp_path / "package"
        shutil.copytree(SOUND, folder, dirs_exist_ok=True)
        text = (folder / file).read_text("utf-8")
        for old, new in changes:
            assert text.count(old) >= 1, old
            text = text.replace(old, new, 1)
        (folder / file).write_text(text, "utf-8")
        return folder

    return copy


def line_of(folder: Path, text: str, file: str = RULE) -> int:
    lines = (folder / file).read_text("utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


def test_a_sound_package_passes(mitasu: Command) -> None:
    ran = mitasu("rules", "check", SOUND)
    assert (ran.status, ran.err) == (0, "")
    assert re.fullmatch(r"規則\d+件、事例4件: 誤りと不足0件、違った事例0件\n", ran.out)


FAULTS: dict[str, tuple[tuple[str, str], str, str]] = {
    "an unknown key": (("remedy: 入口", "remdy: 入口"), "remdy", "remedy"),
    "an unknown key of the rule": (("every_level:", "evry_level: []\nevery_level:"), "evry_level", "every_level"),
    "an unknown fact": (("fact: example_ramp", "fact: exmaple_ramp"), "exmaple_ramp", "example_ramp"),
    "an unknown requirement": (("every_level: [ramp", "every_level: [rmap"), "rmap", "ramp"),
    "an unknown sector": (("sectors: [medical]", "sectors: [medcal]"), "medcal", "medical"),
    "an unknown source": (('cite: ["example 第1の1"]', 'cite: ["exmple 第1の1"]'), "exmple", "example"),
    "an unknown ruling": (("rulings: [EX-01]", "rulings: [EX-1]"), "EX-1", "EX-01"),
    "an unknown grade": (("grade: C\n    need: {fact: example_ramp}", "grade: E\n    need: {fact: example_ramp}"), "「E」", ""),
    "an unknown encounter": (("encounters: {medical: [first_visit]}", "encounters: {medical: [first_vist]}"), "first_vist", "first_visit"),
    "an unknown form of condition": (("need: {fact: example_ramp}", "need: {al: [{fact: example_ramp}]}"), "条件の形が分かりません", "all"),
    "an addition that nobody knows": (("need: {fact: example_ramp}", "need: {holds: example-wheelchr}"), "example-wheelchr", "example-wheelchair"),
    "a duplicate key": (("    remedy: 入口", "    grade: A\n    remedy: 入口"), "「grade」が二度書かれています", ""),
    "a duplicate requirement": (("id: wheelchairs", "id: ramp"), "要件「ramp」が医科に二つ", ""),
    "no source": (('    cite: ["example 第1の1"]\n', ""), "出典（cite）がありません", ""),
    "periods that overlap": (
        ("periods:\n", "periods:\n  - {from: 2025-01-01, until: 2025-04-01, levels: [{level: \"\", points: {medical: 1}, needs: []}]}\n"),
        "期間が重なっています（2025-04-01から）", "",
    ),
    "a period that ends before it begins": (("until: null", "until: 2025-03-31"), "始まり（2025-04-01）より前", ""),
    "dates that are not in order": (("{2025-04-01: 2, 2026-04-01: 3}", "{2026-04-01: 3, 2025-04-01: 2}"), "早い順", ""),
    "a day that does not exist": (("from: 2025-04-01", "from: 2025-02-30"), "2025-02-30", ""),
    "points below zero": (("points: {medical: 3}", "points: {medical: -3}"), "-3", ""),
    "a comparison of the wrong type": (("need: {fact: example_ramp}", "need: {fact: example_ramp, at_least: 2}"), "大小を比べられません", ""),
    "a limit of the wrong type": (("2026-04-01: 3", "2026-04-01: many"), "many", ""),
    "a bare yes": (("title: 見本", "note: yes\ntitle: 見本"), "true / false", ""),
    "an anchor": (("sectors: [medical]", "sectors: &s [medical]"), "アンカー", ""),
    "a name unlike the file's": (("id: example-wheelchair", "id: example-wheel"), "ファイル名が違います", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_reported_with_file_and_line(mitasu: Command, package: Package, name: str) -> None:
    change, told, near = FAULTS[name]
    folder = package(RULE, change)
    ran = mitasu("rules", "check", folder)
    assert (ran.status, ran.err) == (1, "")
    found = [line for line in ran.out.splitlines() if told in line]
    assert len(found) == 1
    assert re.match(rf"{re.escape(str(folder / RULE))}:\d+: ", found[0])
    assert not near or f"近いもの: {near}" in found[0]
    assert re.search(r"誤りと不足[1-9]\d*件", ran.out.splitlines()[-1])


@pytest.mark.parametrize(
    ("name", "at"),
    [
        ("an unknown key", "remdy:"),
        ("an unknown fact", "exmaple_ramp"),
        ("an unknown source", "exmple 第1の1"),
        ("an unknown ruling", "EX-1]"),
        ("a limit of the wrong type", "many"),
        ("points below zero", "-3"),
        ("a duplicate requirement", "label: 車いす"),
    ],
)
def test_the_line_is_the_one_that_is_wrong(mitasu: Command, package: Package, name: str, at: str) -> None:
    change, told, _ = FAULTS[name]
    folder = package(RULE, change)
    (found,) = (line for line in mitasu("rules", "check", folder).out.splitlines() if told in line)
    place = int(found.removeprefix(f"{folder / RULE}:").split(":")[0])
    assert abs(place - line_of(folder, at)) <= (1 if name == "a duplicate requirement" else 0)


def test_all_faults_of_a_package_are_reported_at_once(mitasu: Command, package: Package) -> None:
    names = (
        "an unknown key",
        "an unknown source",
        "an unknown ruling",
        "points below zero",
        "an unknown encounter",
    )
    folder = package(RULE, *(FAULTS[name][0] for name in names))
    (folder / "facts" / "example.yaml").write_text("a: {label: あ, kind: fakt}\n", "utf-8")
    out = mitasu("rules", "check", folder).out
    for name in names:
        assert FAULTS[name][1] in out
    assert "fakt" in out
    assert f"{folder / 'facts' / 'example.yaml'}:1: " in out


def test_a_derived_fact_without_a_function_is_told(mitasu: Command, package: Package) -> None:
    folder = package()
    (folder / "facts" / "own.yaml").write_text(
        "own_count: {label: 数, kind: derived, type: integer}\n", "utf-8"
    )
    ran = mitasu("rules", "check", folder)
    assert ran.status == 1
    assert f"{folder}: 「own_count」を計算する関数がありません" in ran.out


def test_days_of_a_package_stand_beside_the_shipped_ones(package: Package) -> None:
    folder = package()
    rows = "duties:\n  - {id: example-report, additions: [example-wheelchair], label: 報告, month: 8, day: 31, cite: [example 1]}\n"
    (folder / "calendar-example.yaml").write_text(rows, "utf-8")
    duties = [row["id"] for row in Rulebook.load(folder).calendar["duties"]]
    assert {"example-report", "yearly-self-check", "wage-report"} <= set(duties)


def test_additions_that_ask_for_each_other_in_a_ring_are_refused(mitasu: Command, package: Package) -> None:
    folder = package(RULE, ("need: {fact: example_ramp}", "need: {holds: example-second}"))
    text = (folder / RULE).read_text("utf-8").replace("example-wheelchair", "example-second", 1)
    second = folder / "additions" / "example-second.yaml"
    second.write_text(text.replace("holds: example-second", "holds: example-wheelchair"), "utf-8")
    ran = mitasu("rules", "check", folder)
    assert ran.status == 1
    (ring,) = (line for line in ran.out.splitlines() if "輪" in line)
    assert "example-second → example-wheelchair → example-second" in ring or (
        "example-wheelchair → example-second → example-wheelchair" in ring
    )
    assert ring.startswith(str(folder / "additions"))


def test_the_ring_is_reported_with_a_line(mitasu: Command, package: Package) -> None:
    folder = package(RULE, ("need: {fact: example_ramp}", "need: {holds: example-wheelchair}"))
    (ring,) = (line for line in mitasu("rules", "check", folder).out.splitlines() if "輪" in line)
    assert re.match(rf"{re.escape(str(folder / RULE))}:\d+: ", ring)


@pytest.mark.parametrize(
    "need",
    ["{requirement: RAMP}", "{all: [{fact: example_ramp}, {not: {requirement: RAMP}}]}"],
    ids=["itself", "itself, deeper"],
)
def test_a_requirement_that_names_itself_is_refused_with_its_line(
    mitasu: Command, package: Package, need: str
) -> None:
    text = (SOUND / RULE).read_text("utf-8")
    before = text[: text.index("need: {fact: example_ramp}")]
    ramp = re.findall(r"- id: (\S+)", before)[-1]
    folder = package(RULE, ("need: {fact: example_ramp}", "need: " + need.replace("RAMP", ramp)))
    ran = mitasu("rules", "check", folder)
    assert ran.status == 1
    (ring,) = (line for line in ran.out.splitlines() if "輪" in line)
    assert f"{ramp} → {ramp}" in ring
    assert ring.startswith(f"{folder / RULE}:{line_of(folder, f'- id: {ramp}')}: ")


def test_billing_conditions_that_name_each_other_are_refused(mitasu: Command, package: Package) -> None:
    clause = "label: 輪, text: 輪, cite: [example 1], need: {requirement: OTHER}}"
    ring = "".join(
        f"\n    - {{id: {id_}, {clause.replace('OTHER', other)}"
        for id_, other in (("one", "two"), ("two", "one"))
    )
    text = (SOUND / RULE).read_text("utf-8")
    assert "conditions:" not in text
    source = re.search(r'cite: \["?(\S+) ', text)
    assert source is not None
    written = "billing:\n  conditions:" + ring.replace("example 1", f"{source[1]} 1")
    ran = mitasu("rules", "check", package(RULE, ("billing:", written)))
    assert ran.status == 1
    assert "条件どうしが輪になって求め合っています（one → two → one）" in ran.out


MISSING_CASES = {
    "two-before-april-2026": ["基準を満たす場合"],
    "two-from-april-2026": ["満たさない場合", "2026-04-01"],
    "ramp-unknown": ["不明な場合"],
}


@pytest.mark.parametrize("id_", MISSING_CASES)
def test_a_case_that_is_missing_is_named(mitasu: Command, package: Package, id_: str) -> None:
    text = (SOUND / CASES).read_text("utf-8")
    start = text.index(f"  - id: {id_}")
    end = text.find("  - id: ", start + 1)
    folder = package(CASES, (text[start:end], ""), (text[text.index("  - id: once") :], ""))
    ran = mitasu("rules", "check", folder)
    assert ran.status == 1
    lines = [line for line in ran.out.splitlines() if line.startswith(str(folder / CASES))]
    for told in MISSING_CASES[id_]:
        assert any(told in line for line in lines)


def test_a_rule_without_a_case_file_is_told_where_to_put_one(mitasu: Command, package: Package) -> None:
    folder = package()
    (folder / CASES).unlink()
    ran = mitasu("rules", "check", folder)
    assert ran.status == 1
    assert str(folder / CASES) in ran.out
    assert "誤りと不足5件" in ran.out


def test_a_folder_may_be_named_from_where_one_stands(
    mitasu: Command, package: Package, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = package(RULE, ("remedy: 入口", "remdy: 入口"))
    monkeypatch.chdir(folder.parent)
    assert f"package/{RULE}:13: " in mitasu("rules", "check", "package").out
    package()
    (folder / CASES).unlink()
    assert mitasu("rules", "check", "package").out.startswith(f"package/{CASES}: ")
    assert mitasu("rules", "check", "package/").out.startswith(f"package/{CASES}: ")


def test_a_case_that_fails_is_shown_with_its_explanation(mitasu: Command, package: Package) -> None:
    folder = package(CASES, ("points: 3}", "points: 4}"))
    ran = mitasu("rules", "check", folder)
    assert ran.status == 1
    line = line_of(folder, "two-before-april-2026", CASES)
    assert f"✕ {folder / CASES}:{line} two-before-april-2026 2台で足りる最後の日" in ran.out
    assert "4のはずが3" in ran.out
    assert "違った事例1件" in ran.out


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("expect:", "expct:"), "expct"),
        (("fixture: clinic}", "fixture: clinc}"), "clinc"),
        (("id: two-from-april-2026", "id: two-before-april-2026"), "二つあります"),
        (("on: 2026-03-31", "on: 2026-03-32"), "2026-03-32"),
    ],
)
def test_a_fault_in_a_case_file_has_file_and_line(
    mitasu: Command, package: Package, change: tuple[str, str], told: str
) -> None:
    folder = package(CASES, change)
    ran = mitasu("rules", "check", folder)
    assert ran.status in (1, 3)
    found = [line for line in (ran.out + ran.err).splitlines() if told in line]
    assert found
    assert re.search(rf"{re.escape(str(folder / CASES))}:\d+: ", found[0])


def test_nothing_overrides_a_shipped_rule(mitasu: Command, package: Package) -> None:
    folder = package()
    (folder / "additions" / "home-care-dx.yaml").write_text(
        (folder / RULE).read_text("utf-8").replace("id: example-wheelchair", "id: home-care-dx"), "utf-8"
    )
    ran = mitasu("rules", "check", folder)
    assert ran.status == 1
    assert "上書きはできません" in ran.out


def test_a_folder_without_rules_is_told_so(mitasu: Command, tmp_path: Path) -> None:
    ran = mitasu("rules", "check", tmp_path)
    assert ran.status == 1
    assert "規則のファイル（.yaml）がありません" in ran.out


ROW = "id: a, additions: [], label: あ, cite: [example 1]"
CALENDAR = {
    "a window without its days": ("windows", "", "「arrives_by」がありません"),
    "a day that is none": (
        "windows",
        "arrives_by: 2025-02-30, counts_from: 2025-03-01",
        "「2025-02-30」という日はありません",
    ),
    "a word for a day": ("windows", "arrives_by: soon, counts_from: 2025-03-01", "「soon」は日付"),
    "a month that is none": (
        "duties",
        "month: 13, day: 1",
        "month は1から12までの整数です（見つかったもの: 13）",
    ),
    "a day that some years lack": ("duties", "month: 2, day: 29", "2月29日のない年があります"),
    "a day below one": ("duties", "month: 2, day: 0", "day は1から31までの整数です"),
    "a word for a month": ("recalculations", "months: [3, june]", "months は1から12までの整数です"),
    "no months": ("recalculations", "", "「months」がありません"),
    "years below one": ("refilings", "years: 0", "years は1から20までの整数です"),
    "an unknown addition": ("refilings", "years: 2, additions: [home-care-dy]", "「additions」が二度"),
    "an unknown key": ("refilings", "years: 2, day: 3", "「day」という項目はありません"),
}


@pytest.mark.parametrize("name", CALENDAR)
def test_a_fault_in_a_calendar_has_file_and_line(mitasu: Command, package: Package, name: str) -> None:
    kind, more, told = CALENDAR[name]
    folder = package()
    row = ", ".join(filter(None, (ROW, more)))
    (folder / "calendar-own.yaml").write_text(f"{kind}:\n  - {{{row}}}\n", "utf-8")
    ran = mitasu("rules", "check", folder)
    assert (ran.status, ran.err) == (1, "")
    (found,) = (line for line in ran.out.splitlines() if told in line)
    assert found.startswith(f"{folder / 'calendar-own.yaml'}:2: ")


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ("{form: 様式1, from: 2025-02-30}", "「2025-02-30」という日はありません"),
        ("{form: 様式1, until: soon}", "「soon」は日付"),
        ("{form: 様式1, sectors: [medcal]}", "「medcal」"),
        ("{frm: 様式1}", "「frm」"),
    ],
)
def test_a_fault_in_a_form_has_file_and_line(mitasu: Command, package: Package, form: str, told: str) -> None:
    folder = package(RULE, ("requirements:", f"filing: {{forms: [{form}]}}\nrequirements:"))
    found = [line for line in mitasu("rules", "check", folder).out.splitlines() if told in line]
    assert found[0].startswith(f"{folder / RULE}:{line_of(folder, 'filing:')}: ")


@pytest.mark.parametrize("name", ["example-wheelchair.yaml", "deep/down/example-wheelchair.yaml"])
def test_a_rule_is_found_wherever_in_the_folder_it_lies(mitasu: Command, package: Package, name: str) -> None:
    folder = package(RULE, ("remedy: 入口", "remdy: 入口"))
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    (folder / RULE).rename(target)
    ran = mitasu("rules", "check", folder)
    assert ran.status == 1
    assert f"{target}:" in ran.out


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("additions/empty.yaml", ""),
        ("additions/list.yaml", "- 1\n"),
        ("additions/word.yaml", "ことば\n"),
        ("facts/list.yaml", "- 1\n"),
        ("facts/word.yaml", "a: 1\n"),
        ("sources-list.yaml", "- 1\n"),
        ("sources-word.yaml", "a: b\n"),
        ("rulings-list.yaml", "[a]\n"),
        ("facts/values.yaml", "a: {label: あ, kind: fact, type: enum, values: [1]}\n"),
        ("facts/when.yaml", "a: {label: あ, kind: fact, when: [1]}\n"),
        ("facts/attributes.yaml", "a: {label: あ, kind: event, attributes: [{}]}\n"),
        ("stray.yaml", "a: 1\n"),
        ("additions/tab.yaml", "a:\n\tb: 1\n"),
        ("calendar-list.yaml", "- 1\n"),
        ("calendar-word.yaml", "duties: a\n"),
        ("sources-day.yaml", "later: {title: 資料, grade: C, date: 2025-02-30}\n"),
    ],
)
def test_a_file_of_the_wrong_shape_is_a_fault_and_not_a_crash(
    mitasu: Command, package: Package, name: str, text: str
) -> None:
    folder = package()
    (folder / name).write_text(text, "utf-8")
    ran = mitasu("rules", "check", folder)
    assert ran.status == 1
    assert Path(name).name in ran.out
