"""A legal state in plain words as of a day, and what the next state changes.

The rule pages of the handbook and `mitasu rules show` are both made from this, so they cannot part ways.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from mitasu.judge.amounts import in_points, in_yen
from mitasu.judge.conditions import condition_text as condition_text
from mitasu.judge.description import Description, EncounterLine, GraceLine, LevelLine, RequirementLine
from mitasu.judge.words import LIMIT_WORDS, OPEN_ENDED, Words
from mitasu.rulebook import ENCOUNTER_KINDS, Rulebook
from mitasu.rules import nodes as n
from mitasu.rules.fix import State
from mitasu.rules.rule import Level, Measure, Requirement


def describe(state: State, rulebook: Rulebook) -> Description:
    """A legal state of the rulebook in words.

    >>> book = Rulebook.shipped()
    >>> page = describe(book.state("medical-dx-promotion", "medical", date(2025, 4, 1)), book)
    >>> page.levels[0].points, page.levels[0].thresholds
    ('12点', ('マイナ保険証利用率 45.0%以上',))
    """
    return _Describer(state, rulebook).description()


def grace_term(measure: Measure, words: Words) -> str:
    """The last day of a transitional measure in words."""
    if measure.until is None:
        return OPEN_ENDED
    return f"{words.label(measure.until) if isinstance(measure.until, n.Fact) else measure.until}まで"


def sector_of(state: State, rulebook: Rulebook) -> str:
    """The sector whose state it is; ValueError where the state is not one of this rulebook."""
    for sector in rulebook.addition(state.rule.id).sectors:
        if rulebook.timeline(state.rule.id, sector).rule is state.rule:
            return sector
    raise ValueError(f"not a state of this rulebook: {state.rule.id}")


class _Describer:
    def __init__(self, state: State, rulebook: Rulebook) -> None:
        self.state, self.rulebook = state, rulebook
        self.addition, self.sector = rulebook.addition(state.rule.id), sector_of(state, rulebook)
        self.words = Words(rulebook)
        self.labels = {requirement.id: requirement.label for requirement in state.rule.requirements}

    def description(self) -> Description:
        state, period = self.state, self.state.period
        addition = self.addition
        return Description(
            addition.id,
            (period.title if period else "") or state.rule.title,
            state.from_,
            state.until,
            self.text(state.rule.applies_when),
            tuple(self.level(fixed.level) for fixed in state.levels),
            tuple(self.encounters()),
            tuple(self.requirement(requirement) for requirement in state.requirements) if period else (),
            self.cited(period.cite if period and period.cite else addition.cite),
            period.grade if period else addition.grade,
            period.note if period else "",
        )

    def text(self, node: n.Node | None) -> str:
        return "" if node is None else condition_text(node, self.words, self.labels, self.state.from_)

    def cited(self, cite: Iterable[str]) -> tuple[str, ...]:
        return tuple(self.rulebook.citation(item) for item in cite)

    def level(self, level: Level) -> LevelLine:
        limits = (self.limits(r.need, r.label, level.params) for r in self.state.requirements)
        return LevelLine(
            level.level,
            self.pays(level.points, level.yen),
            self.raised(level),
            tuple(dict.fromkeys(text for found in limits for text in found)),
            tuple(dict.fromkeys(self.needs(level.needs))),
            level.grade,
            level.note,
        )

    def pays(self, points: Any, yen: int | None = None) -> str:
        if self.sector == "nursing":
            return in_yen(yen)
        return in_points(points, ENCOUNTER_KINDS | dict(self.addition.amounts))

    def raised(self, level: Level) -> str:
        """What a level pays where further requirements hold, and which; empty where none is in force."""
        asked = [r.label for r in self.state.requirements if r.id in level.points_if]
        return f"「{'」と「'.join(asked)}」も満たすと{self.pays(level.points_then)}" if asked else ""

    def needs(self, node: n.Node) -> Iterator[str]:
        """The labels of what a level needs; several of which one suffices are one text."""
        asked = {requirement.id for requirement in self.state.requirements if requirement.blocks}
        for part in n.children(node):
            ids = [p.requirement for p in (*n.children(part), part) if isinstance(p, n.Requires)]
            labels = [self.labels[id_] for id_ in ids if id_ in asked]
            if labels:
                one_of = isinstance(part, n.Any_) and len(labels) > 1
                yield "・".join(labels) + ("のいずれか" if one_of else "")

    def limits(self, node: n.Node, label: str, params: Mapping[str, Any]) -> Iterator[str]:
        """The limits that a level sets in a requirement, told beside what else that branch asks."""
        if isinstance(node, n.Comparison) and isinstance(node.limit, n.Param):
            value, entry = params.get(node.limit.name), self.words.entry(node.fact)
            if value is not None:
                yield f"{label} {self.words.value(value, entry)}{LIMIT_WORDS[type(node)]}"
        if isinstance(node, n.All):
            beside = [p.requirement for p in node.parts if isinstance(p, n.Requires)]
            label += f"（{'・'.join(self.labels.get(id_, id_) for id_ in beside)}）" if beside else ""
        for part in n.children(node):
            yield from self.limits(part, label, params)

    def encounters(self) -> Iterator[EncounterLine]:
        addition, on = self.addition, self.state.from_
        known = {c.id: c.label for c in addition.billing.conditions if c.holds_for(self.sector, "", on)}
        for row in self.state.period.encounter_points if self.state.period else ():
            points, amount = self.pays(row.points[self.sector]), addition.amounts.get(row.amount, row.amount)
            when = "" if row.when is None else condition_text(row.when, self.words, known, on)
            yield EncounterLine(ENCOUNTER_KINDS[row.encounter], row.level, points, when, amount)

    def requirement(self, requirement: Requirement) -> RequirementLine:
        on = self.state.from_
        graces = [
            self.grace(measure)
            for measure in requirement.deemed
            if (measure.from_ is None or measure.from_ <= on)
            and not (isinstance(measure.until, date) and measure.until < on)
        ]
        rulings = self.rulebook.rulings
        return RequirementLine(
            requirement,
            self.text(requirement.need),
            self.text(requirement.applies_when),
            tuple(graces),
            self.cited(requirement.cite),
            tuple(f"{id_}（{rulings[id_]['number']}）{rulings[id_]['text']}" for id_ in requirement.rulings),
        )

    def grace(self, measure: Measure) -> GraceLine:
        term, condition = grace_term(measure, self.words), self.text(measure.condition)
        return GraceLine(term, condition, measure.note, measure.grade, self.cited(measure.cite))


# ---- what changes --------------------------------------------------------------------------------------


def differences(before: State, after: State, rulebook: Rulebook) -> list[str]:
    """What changes from one legal state of an addition to another, a sentence each; empty where nothing does."""
    was, now = describe(before, rulebook), describe(after, rulebook)
    if not now.levels:
        return ["前の日で終わり、この日からは算定できない。"] if was.levels else []
    if not was.levels:
        return ["この日から始まる。", *_start(now)]
    found = [*_levels(was, now), *_encounters(was, now)]
    if was.applies_when != now.applies_when:
        found.append(_turned("対象: ", was.applies_when, now.applies_when))
    return [*found, *_requirements(was, now)]


def _turned(what: str, before: str, after: str) -> str:
    return f"{what}{before or 'なし'} → {after or 'なし'}"


def _told(line: LevelLine | EncounterLine) -> str:
    return line.name + (f"（{line.points}）" if line.points else "")


def _start(now: Description) -> Iterator[str]:
    for line in now.levels:
        if told := [text for text in (line.points, line.raised, *line.thresholds) if text]:
            yield f"{line.name}: {'、'.join(told)}"
    yield from (f"{row.name}: {row.points}" for row in now.encounters)
    for found in now.requirements:
        for grace in found.graces:
            yield f"「{found.label}」の経過措置が始まる（{grace.term}）。"


def _levels(was: Description, now: Description) -> Iterator[str]:
    old, new = {line.level: line for line in was.levels}, {line.level: line for line in now.levels}
    yield from (f"{_told(line)}がなくなる。" for line in was.levels if line.level not in new)
    yield from (f"{_told(line)}が加わる。" for line in now.levels if line.level not in old)
    told = {line.label for line in was.requirements} ^ {line.label for line in now.requirements}
    changed: dict[str, list[str]] = {}
    for line in now.levels:
        for text in _level(old[line.level], line, told) if line.level in old else ():
            changed.setdefault(text, []).append(line.name)
    for text, names in changed.items():
        yield f"{_named(names, now)}: {text}"


def _named(names: list[str], now: Description) -> str:
    return "すべての区分" if 1 < len(names) == len(now.levels) else "・".join(names)


def _level(old: LevelLine, new: LevelLine, told: set[str]) -> Iterator[str]:
    """What changes in a level; requirements that begin or end (`told`) are told elsewhere."""
    if old.points != new.points:
        yield _turned("点数 ", old.points, new.points)
    if old.raised != new.raised:
        yield _turned("要件を加えた点数 ", old.raised, new.raised)
    if old.thresholds != new.thresholds:
        yield _turned("基準 ", "、".join(old.thresholds), "、".join(new.thresholds))
    yield from (f"「{label}」が要る。" for label in new.needed if label not in {*old.needed, *told})
    yield from (f"「{label}」が要らなくなる。" for label in old.needed if label not in {*new.needed, *told})


def _encounters(was: Description, now: Description) -> Iterator[str]:
    old, new = {line.name: line for line in was.encounters}, {line.name: line for line in now.encounters}
    yield from (f"{_told(line)}がなくなる。" for name, line in old.items() if name not in new)
    yield from (f"{_told(line)}が加わる。" for name, line in new.items() if name not in old)
    for name in (name for name in new if name in old):
        if old[name].points != new[name].points:
            yield _turned(f"{name}: 点数 ", old[name].points, new[name].points)
        if old[name].condition != new[name].condition:
            yield _turned(f"{name}: 条件 ", old[name].condition, new[name].condition)


def _requirements(was: Description, now: Description) -> Iterator[str]:
    old, new = {line.id: line for line in was.requirements}, {line.id: line for line in now.requirements}
    yield from (f"要件「{line.label}」がなくなる。" for id_, line in old.items() if id_ not in new)
    for id_, line in new.items():
        if id_ not in old:
            names = [level.name for level in now.levels if level.level and line.label in level.needed]
            yield f"要件「{line.label}」が加わる" + (f"（{_named(names, now)}）。" if names else "。")
        elif old[id_].condition != line.condition:
            yield _turned(f"「{line.label}」の条件: ", old[id_].condition, line.condition)
        graces = old[id_].graces if id_ in old else ()
        begun = "、".join(grace.term for grace in line.graces if grace not in graces)
        ended = "、".join(grace.term for grace in graces if grace not in line.graces)
        if begun and ended:
            yield _turned(f"「{line.label}」の経過措置: ", ended, begun)
        elif begun or ended:
            yield f"「{line.label}」の経過措置が{'始まる' if begun else '終わる'}（{begun or ended}）。"
