"""Case files: given an institution and a day (or encounters), what must come out.

An expert's file is a test without a line of Python. `expect` names only what must hold; a list as an
expected value means any one of these; `merge` changes a fixture key by key, null deletes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from mitasu.dates import parse_date
from mitasu.errors import InputError, Problem
from mitasu.facts import Institution, read_institution
from mitasu.judge.bill import Bill, Biller
from mitasu.judge.encounters import read_encounters
from mitasu.judge.judgement import Answer, Judge, Judgement
from mitasu.rules.faults import Faults, shown
from mitasu.rules.strict_yaml import Table, line_of, read_file
from mitasu.text import nearest

CASE = (
    "id",
    "title",
    "given",
    "on",
    "expect",
    "expect_any",
    "encounters",
    "history",
    "bill",
    "grade",
    "note",
)
EXPECTATION = ("status", "level", "points", "yen", "requirements", "missing", "unknown")


@dataclass(frozen=True, slots=True)
class Case:
    """One case, with its fixture already merged."""

    id: str
    title: str
    file: str
    line: int | None
    document: Mapping[str, Any]
    on: date | None
    table: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a case went: what failed (empty where it passed) and what was answered."""

    case: Case
    failures: tuple[str, ...]
    answer: Answer | None = None
    bills: tuple[Bill, ...] = ()
    institution: Institution | None = None

    @property
    def passed(self) -> bool:
        """Whether everything expected held."""
        return not self.failures


def load_cases(path: str | Path) -> list[Case]:
    """The cases of a file; InputError with every fault otherwise."""
    document = read_file(path)
    faults = Faults(str(path))
    if not faults.keys(document, ("fixtures", "cases", "notes"), ("cases",), "事例のファイル"):
        raise InputError(faults.problems)
    fixtures = document.get("fixtures") or {}
    if not isinstance(fixtures, dict):
        faults.add("fixtures には「名前: 施設」を並べます。", document, "fixtures")
        fixtures = {}
    found = []
    seen: set[str] = set()
    for index, row in enumerate(faults.items(document, "cases")):
        if not isinstance(row, dict):
            faults.add("cases には {id, given, on, expect} を並べます。", document["cases"], index)
            continue
        if not faults.keys(row, CASE, ("id", "given"), "事例") or not _well_formed(row, faults):
            continue
        if row["id"] in seen:
            faults.add(f"事例「{row['id']}」が二つあります。", row, "id")
        seen.add(row["id"])
        if not {"expect", "expect_any", "bill"} & row.keys():
            faults.add(f"事例「{row['id']}」に期待する結果（expect、expect_any、bill）がありません。", row)
        on = faults.day(row, "on")
        if row.get("on") is None and {"expect", "expect_any"} & row.keys():
            faults.add(f"事例「{row['id']}」に日（on）がありません。", row)
        given = row["given"]
        if not faults.keys(
            given,
            ("fixture", "merge", "institution", "facts", "series", "events", "people", "filings"),
            (),
            "given",
        ):
            continue
        base: Any = {key: value for key, value in given.items() if key not in ("fixture", "merge")}
        if "fixture" in given:
            if not faults.one_of(given["fixture"], fixtures, "fixture", given, "fixture"):
                continue
            base = fixtures[given["fixture"]]
        merged = merge(base, given.get("merge") or {})
        found.append(
            Case(
                str(row["id"]),
                str(row.get("title", "")),
                str(path),
                line_of(document["cases"], index),
                merged,
                on,
                row,
            )
        )
    if faults.problems:
        raise InputError(faults.problems)
    return found


def _well_formed(row: Mapping[str, Any], faults: Faults) -> bool:
    """Whether a case has the shape of one: mappings where mappings are read, lists where lists are."""
    before = len(faults.problems)

    def table(value: Any, at: Any, key: Any, what: str) -> Mapping[str, Any]:
        if isinstance(value, dict):
            return value
        faults.add(f"{what}には項目と値の組を書きます（見つかったもの: {shown(value)}）。", at, key)
        return {}

    if not isinstance(row["id"], str | int):
        faults.add("事例の id は文字で書きます。", row, "id")
    given = faults.items(row, "expect_any")
    expected = [table(value, given, index, "expect_any の各行") for index, value in enumerate(given)]
    if "expect" in row:
        expected.append(table(row["expect"], row, "expect", "expect"))
    for additions in expected:
        for addition, value in additions.items():
            wanted = table(value, additions, addition, f"「{addition}」の期待")
            if "requirements" in wanted:
                table(wanted["requirements"], wanted, "requirements", "requirements")
            for key in ("missing", "unknown"):
                if key in wanted and not isinstance(wanted[key], list):
                    faults.add(f"「{key}」には一覧（[ ]）を書きます。", wanted, key)
    if "bill" in row:
        bill = table(row["bill"], row, "bill", "bill")
        for encounter, value in bill.items():
            table(value, bill, encounter, f"「{encounter}」の期待")
    return len(faults.problems) == before


def merge(base: Any, change: Any) -> Any:
    """`base` with a change merged key by key; null deletes, anything but a mapping replaces."""
    if not isinstance(base, Mapping) or not isinstance(change, Mapping):
        return change
    merged = Table(getattr(base, "line", 0))
    lines = getattr(base, "lines", {}) | getattr(change, "lines", {})
    for key in (*base, *(key for key in change if key not in base)):
        value = merge(base.get(key), change[key]) if key in change else base[key]
        if not (key in change and change[key] is None):
            merged[key] = value
            merged.lines[key] = lines.get(key, 0)
    return merged


def run_case(case: Case, judge: Judge) -> Outcome:
    """Judge a case and compare."""
    try:
        institution = read_institution(case.document, judge.rulebook, case.file)
        return _compare(case, judge, institution)
    except InputError as error:
        return Outcome(case, tuple(str(problem) for problem in error.problems))


def _compare(case: Case, judge: Judge, institution: Institution) -> Outcome:
    failures: list[str] = []
    answer: Answer | None = None
    bills: list[Bill] = []
    if case.on is not None and {"expect", "expect_any"} & case.table.keys():
        named = [case.table.get("expect") or {}, *(case.table.get("expect_any") or ())]
        wanted = dict.fromkeys(id_ for expected in named for id_ in expected)
        for id_ in wanted:
            known = {requirement.id for _, requirement in judge.rulebook.addition(id_).requirements}
            failures.extend(_unknown_requirements(id_, known, case.table))
        answer = judge.judge(institution, case.on, wanted)
        failures.extend(unexpected(case.table.get("expect") or {}, answer))
        alternatives = [list(unexpected(found, answer)) for found in case.table.get("expect_any") or ()]
        if alternatives and all(alternatives):
            failures.extend(failure for found in alternatives for failure in found)
    if "bill" in case.table:
        document = {
            "encounters": case.table.get("encounters") or [],
            "history": case.table.get("history") or [],
        }
        encounters, history = read_encounters(document, judge.rulebook, case.file)
        bills = Biller(judge, institution).bills(encounters, history)
        failures.extend(_wrong_bills(case.table["bill"], bills))
    return Outcome(case, tuple(failures), answer, tuple(bills), institution)


def _unknown_requirements(addition: str, known: set[str], table: Mapping[str, Any]) -> Iterator[str]:
    """Requirements that a case names and the addition does not have: they would hold whatever comes out."""
    for expected in (table.get("expect") or {}, *(table.get("expect_any") or ())):
        for id_ in expected.get(addition, {}).get("requirements", {}):
            if id_ not in known:
                near = nearest(id_, known)
                yield f"{addition}: 要件「{id_}」はありません。" + (f"近いもの: {near}" if near else "")


def _wrong_bills(expected: Mapping[str, Any], bills: Iterable[Bill]) -> Iterator[str]:
    by_id = {bill.encounter.id: bill for bill in bills}
    for encounter, additions in expected.items():
        if encounter not in by_id:
            raise InputError(Problem(f"bill にある受診「{encounter}」が encounters にありません。"))
        bill = by_id[encounter]
        for addition, points in additions.items():
            if not _one_of(bill.points(addition), points):
                refused = "／".join(refusal.why for refusal in bill.refused if refusal.addition == addition)
                yield f"{encounter} {addition}: {points}点のはずが{bill.points(addition)}点" + (
                    f"（{refused}）" if refused else ""
                )


def unexpected(expected: Mapping[str, Any], answer: Answer) -> Iterator[str]:
    """What of an expectation does not hold, a line each."""
    for addition, wanted in expected.items():
        judgement = answer.of(addition)
        for key, value in wanted.items():
            if key not in EXPECTATION:
                yield f"{addition}: 「{key}」という期待は書けません"
            elif key == "requirements":
                yield from _unexpected_requirements(addition, value, judgement)
            elif key in ("missing", "unknown"):
                absent = [id_ for id_ in value if id_ not in getattr(judgement, key)]
                if absent:
                    yield f"{addition}.{key}: {absent}を含むはずが{list(getattr(judgement, key))}"
            elif not _one_of(getattr(judgement, key), value):
                yield f"{addition}.{key}: {value}のはずが{getattr(judgement, key)}"


def _unexpected_requirements(
    addition: str, expected: Mapping[str, Any], judgement: Judgement
) -> Iterator[str]:
    for id_, wanted in expected.items():
        found = judgement.requirement(id_)
        status = found.status if found else "not_applicable"
        if not isinstance(wanted, Mapping):
            if not _one_of(status, wanted):
                yield f"{addition}.{id_}: {wanted}のはずが{status}（{found.why if found else '要件がありません'}）"
            continue
        actual = {
            "status": status,
            "until": found.until if found else None,
            "soft": bool(found and found.requirement.soft),
        }
        for key, value in wanted.items():
            if not _one_of(actual.get(key), value):
                yield f"{addition}.{id_}.{key}: {value}のはずが{actual.get(key)}（{found.why if found else '要件がありません'}）"


def _one_of(actual: Any, expected: Any) -> bool:
    if isinstance(expected, list):
        return any(_one_of(actual, value) for value in expected)
    if isinstance(actual, date) and expected is not None:
        try:
            return actual == parse_date(expected)
        except ValueError:
            return False
    return bool(actual == expected)
