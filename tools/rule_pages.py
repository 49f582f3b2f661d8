"""The pages of the rules, one for each addition, all with the same headings, and their index."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

from markdown import (
    NOTICE,
    bullets,
    escape,
    japanese,
    lines,
    ruling,
    scope,
    sectors,
    sources,
    span,
    table,
)

from mitasu.judge.cases import Case
from mitasu.judge.conditions import condition_text
from mitasu.judge.describe import Description, describe, differences, grace_term
from mitasu.judge.words import STATUS_WORDS, Words
from mitasu.rulebook import ENCOUNTER_KINDS, FACILITY_KINDS, GRADES, SECTORS, Addition, Clause, Rulebook
from mitasu.rules.nodes import Node
from mitasu.rules.rule import Requirement
from mitasu.schemas.answers import STATUS_LABELS

KINDS = {"filing": "届出の要件", "advisory": "望ましい項目"}


class RulePage:
    """One page."""

    def __init__(self, addition: Addition, rulebook: Rulebook, cases: Iterable[Case]) -> None:
        self.addition, self.rulebook = addition, rulebook
        self.cases = [case for case in cases if addition.id in _named(case)]
        self.words = Words(rulebook)

    def text(self) -> str:
        """The page."""
        sections = {
            "対象": self.whom(),
            "点数": self.points(),
            "要件": self.requirements(),
            "経過措置": self.graces(),
            "届出": self.filing(),
            "算定の制限": self.billing(),
            "未確認の事項": self.questions(),
            "事例": self.examples(),
            "変更の履歴": self.changes(),
        }
        head = f"{NOTICE}\n# {escape(self.addition.title)}\n\nid: `{self.addition.id}`\n"
        return head + "".join(
            f"\n## {name}\n\n{body.strip() or 'なし。'}\n" for name, body in sections.items()
        )

    def condition(self, node: Node | None, names: Iterable[Any] = ()) -> str:
        known = {found.id: found.label for found in names}
        return "" if node is None else escape(condition_text(node, self.words, known))

    def own_requirements(self) -> list[Requirement]:
        return [requirement for _, requirement in self.addition.requirements]

    # ---- 対象・点数 ------------------------------------------------------------------------------

    def whom(self) -> str:
        addition = self.addition
        titles = [
            SECTORS[sector] + (f"（{escape(addition.titles[sector])}）" if sector in addition.titles else "")
            for sector in addition.sectors
        ]
        kinds = "、".join(FACILITY_KINDS[kind] for kind in addition.kinds) or "すべて"
        found = [f"部門: {'、'.join(titles)}", f"施設の種類: {kinds}"]
        if addition.applies_when is not None:
            found.append(f"条件: {self.condition(addition.applies_when)}")
        found.append(f"期間: {span(addition.periods[0].from_, addition.periods[-1].until)}")
        found.append(f"根拠: {sources(addition.cite, addition.grade)}")
        if addition.note:
            found.append(f"備考: {escape(addition.note)}")
        codes = [
            (
                escape(code["code"]),
                sectors(code.get("sectors") or ()),
                span(code.get("from"), code.get("until")),
                sources(code.get("cite") or ()),
            )
            for code in addition.codes
        ]
        listed = "\n" + table(("点数表の場所", "部門", "期間", "根拠"), codes) if codes else ""
        return bullets(found) + listed

    def points(self) -> str:
        return "\n".join(self.period(period) for period in self.addition.periods)

    def period(self, period: Any) -> str:
        states = {
            sector: describe(self.rulebook.state(self.addition.id, sector, period.from_), self.rulebook)
            for sector in self.addition.sectors
        }
        states = {sector: page for sector, page in states.items() if page.levels}
        body = self.by_encounter(states) if period.encounter_points else self.by_level(states)
        named = {sector: page.title for sector, page in states.items() if sector in period.titles}
        told = [f"{SECTORS[sector]}での名前: {escape(title)}" for sector, title in named.items()]
        told += [f"根拠: {sources(period.cite, period.grade)}"] if period.cite else []
        told += [f"備考: {escape(period.note)}"] if period.note else []
        return f"### {span(period.from_, period.until)}\n\n{body}\n{bullets(told)}"

    def by_level(self, states: dict[str, Description]) -> str:
        """A table of levels; sectors whose levels differ in more than points have tables of their own."""
        tables: dict[tuple[tuple[str, ...], ...], list[str]] = {}
        for sector, page in states.items():
            tables.setdefault(tuple(self.levels(page)), []).append(sector)
        parts = []
        for found, alike in tables.items():
            rows = [
                (
                    escape(level),
                    *(escape(states[sector].levels[index].pays) for sector in alike),
                    escape(limits),
                    escape(needs),
                    lines(GRADES[grade], escape(note)),
                )
                for index, (level, limits, needs, grade, note) in enumerate(found)
            ]
            head = (
                "区分",
                *(SECTORS[sector] for sector in alike),
                "基準",
                "この区分に要る要件",
                "根拠の等級",
            )
            parts.append(table(head, rows))
        return "\n".join(parts)

    def levels(self, page: Description) -> Iterator[tuple[str, ...]]:
        """What a table says of each level besides its points."""
        common = set.intersection(*(set(line.needed) for line in page.levels))
        for line in page.levels:
            own = [label for label in line.needed if label not in common]
            needs = "すべての要件" if len(page.levels) == 1 else "、".join(own) or "共通の要件だけ"
            yield (line.level, "、".join(line.thresholds), needs, line.grade, line.note)

    def by_encounter(self, states: dict[str, Description]) -> str:
        found: dict[tuple[str, ...], dict[str, str]] = {}
        for sector, page in states.items():
            for row in page.encounters:
                key = (row.encounter, row.level, row.amount, row.condition)
                found.setdefault(key, {})[sector] = row.points
        rows = [
            (*map(escape, key[:3]), *(points.get(sector, "") for sector in states), escape(key[3]))
            for key, points in found.items()
        ]
        return table(("受診", "区分", "点数の名前", *(SECTORS[sector] for sector in states), "条件"), rows)

    # ---- 要件・経過措置・届出 ----------------------------------------------------------------------

    def requirements(self) -> str:
        rows = [self.requirement(found, scope_) for scope_, found in self.addition.requirements]
        told = "「区分ごとの基準」は、上の点数の表の基準です。通知の順に並べています。\n\n"
        return told + table(("要件", "条件", "根拠"), rows)

    def requirement(self, found: Requirement, scope_: tuple[str, ...]) -> tuple[str, str, str]:
        parent = next((r.label for r in self.own_requirements() if r.id == found.part_of), "")
        marks = [
            sectors(scope_),
            span(found.from_, found.until),
            KINDS.get(found.kind, ""),
            f"「{escape(parent)}」の一部" if parent else "",
            "「程度」とある基準" if found.soft else "",
            "基準の出典が未確認。妨げない" if found.unverified else "",
        ]
        condition = [
            escape(found.text),
            f"判定: {self.condition(found.need, self.own_requirements())}",
        ]
        if found.applies_when is not None:
            condition.append(f"問われる場合: {self.condition(found.applies_when, self.own_requirements())}")
        if found.note:
            condition.append(f"備考: {escape(found.note)}")
        rulings = f"疑義解釈 {'、'.join(ruling(id_) for id_ in found.rulings)}" if found.rulings else ""
        return (
            lines(f"**{escape(found.label)}**", f"`{found.id}`", "、".join(mark for mark in marks if mark)),
            lines(*condition),
            lines(sources(found.cite, found.grade), rulings),
        )

    def graces(self) -> str:
        rows = []
        for scope_, found in self.addition.requirements:
            for measure in found.deemed:
                start = f"{japanese(measure.from_)}から" if measure.from_ else ""
                until = measure.until
                term = (
                    f"{japanese(until)}まで" if isinstance(until, date) else grace_term(measure, self.words)
                )
                rows.append(
                    (
                        escape(found.label) + scope(sectors(scope_)),
                        start + escape(term),
                        self.condition(measure.condition, self.own_requirements()) or "すべて",
                        escape(measure.note),
                        sources(measure.cite, measure.grade),
                    )
                )
        if not rows:
            return ""
        told = "この期間は、要件を満たすものとみなします。\n\n"
        return told + table(("要件", "期間", "対象", "内容", "根拠"), rows)

    def filing(self) -> str:
        filing = self.addition.filing
        if not filing:
            return ""
        found = ["届出が要ります。" if filing.get("required") else "届出は要りません。"]
        found_tables: list[str] = []
        if filing.get("note"):
            found.append(escape(filing["note"]))
        tables = (
            ("届出の様式", "form", filing.get("forms")),
            ("定例報告の様式", "form", filing.get("reports")),
            ("添える書類", "document", filing.get("attachments")),
        )
        for title, key, listed in tables:
            rows = [
                (
                    escape(row[key] + "".join(f"（区分{level}）" for level in row.get("levels") or ())),
                    sectors(row.get("sectors") or ()),
                    span(row.get("from"), row.get("until")),
                )
                for row in listed or ()
            ]
            if rows:
                found_tables.append("\n" + table((title, "部門", "期間"), rows))
        return bullets(found) + "".join(found_tables)

    # ---- 算定の制限・未確認の事項 --------------------------------------------------------------------

    def billing(self) -> str:
        billing = self.addition.billing
        found = []
        for sector, kinds in billing.encounters.items():
            found.append(
                f"{SECTORS[sector]}で算定する受診: {'、'.join(ENCOUNTER_KINDS[kind] for kind in kinds)}"
            )
        for clause in (*billing.conditions, *billing.limits, *billing.exclusions):
            found.append(self.clause(clause))
        if billing.gives_way_to:
            others = "、".join(escape(self.rulebook.titles[id_]) for id_ in billing.gives_way_to)
            found.append(f"同じ月に{others}を算定できるときは、そちらを採ります。")
        if billing.outside_bundles:
            names = "、".join(escape(self.rulebook.bundles[id_]["label"]) for id_ in billing.outside_bundles)
            found.append(f"次の包括点数には含まれません: {names}")
        found.extend(f"算定のときの注意: {self.clause(clause)}" for clause in self.addition.reminders)
        return bullets(found)

    def clause(self, clause: Clause) -> str:
        kinds = "・".join(ENCOUNTER_KINDS[kind] for kind in clause.encounters)
        limited = scope(sectors(clause.sectors), span(clause.from_, clause.until), kinds)
        condition = self.condition(clause.need, self.addition.billing.conditions)
        how = "ほかの条件から引く。" if clause.choice else ""
        asked = f" 条件: {condition}。{how}" if condition else ""
        rulings = f" 疑義解釈 {'、'.join(ruling(id_) for id_ in clause.rulings)}" if clause.rulings else ""
        return (
            f"**{escape(clause.label)}**{limited} `{clause.id}`: {escape(clause.text)}{asked}"
            f" 根拠: {sources(clause.cite, clause.grade)}{rulings}"
        )

    def questions(self) -> str:
        labels = {found.id: found.label for found in self.own_requirements()}
        labels |= {
            clause.id: clause.label
            for clause in (
                *self.addition.billing.conditions,
                *self.addition.billing.limits,
                *self.addition.billing.exclusions,
            )
        }
        return bullets(
            f"{escape(q.text)} → {escape(q.ask)}"
            + scope(
                sectors(q.sectors),
                span(q.from_, q.until),
                f"「{escape(labels.get(q.requirement, q.requirement))}」" if q.requirement else "",
            )
            + (f" 出典: {sources(q.cite)}" if q.cite else "")
            for q in self.addition.questions
        )

    # ---- 事例・変更の履歴 ---------------------------------------------------------------------------

    def examples(self) -> str:
        if not self.cases:
            return ""
        rows = [
            (f"`{case.id}`", escape(case.title), self.when(case), escape("；".join(self.expected(case))))
            for case in self.cases
        ]
        count = f"事例の数: {len(rows)}\n\n"
        return count + table(("事例", "内容", "日", "期待する答え"), rows)

    def when(self, case: Case) -> str:
        if case.on is not None:
            return case.on.isoformat()
        days = [str(row["on"]) for row in case.table.get("encounters") or ()]
        return days[0] + (f" ほか{len(days) - 1}日" if len(days) > 1 else "") if days else ""

    def expected(self, case: Case) -> Iterator[str]:
        id_ = self.addition.id
        wanted = [case.table.get("expect") or {}, *(case.table.get("expect_any") or ())]
        for expectation in wanted:
            for key, value in (expectation.get(id_) or {}).items():
                yield from _expected(key, value)
        for encounter, additions in (case.table.get("bill") or {}).items():
            if id_ in additions:
                yield f"{encounter}: {_alternatives(additions[id_])}点"

    def changes(self) -> str:
        found: dict[date, dict[str, list[str]]] = {}
        for sector in self.addition.sectors:
            timeline = self.rulebook.timeline(self.addition.id, sector)
            before = timeline.on(date.min)
            for day in timeline.dates:
                after = timeline.on(day)
                for text in differences(before, after, self.rulebook):
                    found.setdefault(day, {}).setdefault(text, []).append(sector)
                before = after
            for day, text in self.billing_changes(sector):
                found.setdefault(day, {}).setdefault(text, []).append(sector)
        return "\n".join(
            f"### {japanese(day)}\n\n{bullets(self.changed(text, who) for text, who in found[day].items())}"
            for day in sorted(found)
        )

    def changed(self, text: str, who: list[str]) -> str:
        return escape(text) + ("" if len(who) == len(self.addition.sectors) else scope(sectors(who)))

    def billing_changes(self, sector: str) -> Iterator[tuple[date, str]]:
        """When a clause of the billing begins, ends or is replaced while the addition is in force."""
        billing = self.addition.billing
        clauses = [
            clause
            for clause in (*billing.conditions, *billing.limits, *billing.exclusions)
            if not clause.sectors or sector in clause.sectors
        ]
        first, last = self.addition.periods[0].from_, self.addition.periods[-1].until
        turns: dict[tuple[date, str], set[str]] = {}
        for clause in clauses:
            if clause.from_ and clause.from_ > first:
                turns.setdefault((clause.from_, clause.label), set()).add("始まる")
            if clause.until and (last is None or clause.until < last):
                turns.setdefault((clause.until + timedelta(1), clause.label), set()).add("終わる")
        for (day, label), how in turns.items():
            yield day, f"算定の制限「{label}」が{'変わる' if len(how) > 1 else next(iter(how))}。"


def _named(case: Case) -> set[str]:
    """The additions that a case speaks of."""
    found = set(case.table.get("expect") or {})
    for expectation in case.table.get("expect_any") or ():
        found |= set(expectation)
    for additions in (case.table.get("bill") or {}).values():
        found |= set(additions)
    return found


def _alternatives(value: Any) -> str:
    return "か".join(str(item) for item in value) if isinstance(value, list) else str(value)


def _expected(key: str, value: Any) -> Iterator[str]:
    values = value if isinstance(value, list) else [value]
    match key:
        case "status":
            yield "か".join(STATUS_LABELS[word] for word in values)
        case "level":
            if any(values):
                yield f"区分{'か'.join(str(word) for word in values)}"
        case "points" if not isinstance(value, dict):
            if value is not None:
                yield f"{_alternatives(value)}点"
        case "points":
            yield "、".join(
                f"{ENCOUNTER_KINDS.get(kind, kind)} {_points(found)}点" for kind, found in value.items()
            )
        case "yen":
            yield f"{_alternatives(value)}円" if value is not None else "額は未確認"
        case "requirements":
            for id_, wanted in value.items():
                words = wanted.get("status", "") if isinstance(wanted, dict) else wanted
                words = words if isinstance(words, list) else [words]
                yield f"{id_}: {'か'.join(STATUS_WORDS.get(word, word) for word in words)}"
        case "missing":
            yield f"足りない要件 {'、'.join(value)}" if value else "足りない要件なし"
        case "unknown":
            yield f"未確認 {'、'.join(value)}" if value else "未確認なし"


def _points(found: Any) -> str:
    if isinstance(found, dict):
        return "・".join(f"区分{level} {points}" for level, points in found.items())
    return _alternatives(found)


def rule_index(rulebook: Rulebook, counts: dict[str, int]) -> str:
    """The index of the rule pages."""
    rows = [
        (
            f"[{escape(addition.title)}]({id_}.md)",
            f"`{id_}`",
            sectors(addition.sectors),
            span(addition.periods[0].from_, addition.periods[-1].until),
            str(counts[id_]),
        )
        for id_, addition in rulebook.additions.items()
    ]
    toctree = "\n".join(rulebook.additions)
    return (
        f"{NOTICE}\n# 規則\n\n加算ごとのページです。どのページも見出しは同じです。\n\n"
        f"{table(('加算', 'id', '部門', '期間', '事例の数'), rows)}\n"
        f"```{{toctree}}\n:hidden:\n\n{toctree}\n```\n"
    )
