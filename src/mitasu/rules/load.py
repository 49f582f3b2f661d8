"""Conditions from YAML mappings: exactly one known form each, every id resolved, every fault collected.

A rule file is read to its end even where parts of it are wrong, so that `rules check` can report every
fault at once. What a fact is (its type, whether it is optional, the arguments it takes) is asked of the
caller, so that the engine stays free of medicine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from mitasu.dates import parse_date, parse_month
from mitasu.rules.faults import Faults, shown
from mitasu.rules.nodes import (
    All,
    Any_,
    AtLeast,
    AtLeastNOf,
    AtMost,
    Dated,
    DatedValue,
    Equals,
    Fact,
    Holds,
    LessThan,
    MoreThan,
    Node,
    Not,
    Nothing,
    OneOf,
    Open,
    Param,
    Requires,
    When,
)
from mitasu.rules.quantities import decimal, percent
from mitasu.text import nearest

COMPARISONS: dict[str, type[AtLeast] | type[MoreThan] | type[AtMost] | type[LessThan]] = {
    "at_least": AtLeast,
    "more_than": MoreThan,
    "at_most": AtMost,
    "less_than": LessThan,
}
FORMS = ("fact", "all", "any", "at_least_n_of", "not", "requirement", "holds", "when", "dated", "open")
ORDERED_TYPES = ("integer", "decimal", "yen", "percent", "date")


@dataclass(frozen=True, slots=True)
class FactSpec:
    """What a condition may do with a fact: its type, its values, the arguments it takes."""

    id: str
    type: str
    optional: bool = False
    values: tuple[str, ...] = ()
    arguments: Mapping[str, str] = field(default_factory=dict)
    argument_words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What an argument of that name must be one of, where the fact says so."""
    always_known: bool = False


@dataclass(slots=True)
class NodeReader:
    """Reads conditions of one file. Ids it meets are checked against what the caller knows."""

    faults: Faults
    fact: Callable[[str], FactSpec | None]
    fact_ids: Callable[[], Iterable[str]]
    requirements: set[str] = field(default_factory=set)
    questions: set[str] = field(default_factory=set)
    additions: set[str] = field(default_factory=set)
    known: Callable[[str], Iterable[str] | None] = lambda argument: None
    """What an argument of that name must be one of, where that is told."""
    places: dict[int, tuple[Node, Any]] = field(default_factory=dict)
    """Where each condition that may drop out is written, by its identity."""

    def node(self, value: Any, at: object = None, key: str | None = None) -> Node:
        """The node that a mapping stands for; a fault leaves `Nothing` in its place."""
        if not isinstance(value, dict):
            self.faults.add(
                f"条件は {{fact: …}} や {{all: […]}} のように書きます（見つかったもの: {shown(value)}）。",
                at,
                key,
            )
            return Nothing()
        forms = [form for form in FORMS if form in value]
        if len(forms) != 1:
            words = nearest(next(iter(value), ""), FORMS) if not forms else None
            told = "条件の形が分かりません" if not forms else f"条件の形が二つあります（{'、'.join(forms)}）"
            self.faults.add(f"{told}。{'、'.join(FORMS)} のどれか一つを書きます。", value, nearest=words)
            return Nothing()
        return getattr(self, f"_{forms[0]}")(value)  # type: ignore[no-any-return]  # each form returns a node

    def nodes(self, value: Mapping[str, Any], key: str) -> tuple[Node, ...]:
        items = self.faults.items(value, key)
        if not items:
            self.faults.add(f"「{key}」が空です。", value, key)
        return tuple(self.node(item, items, index) for index, item in enumerate(items))  # type: ignore[arg-type]  # rows are indexed by number

    def _all(self, value: Mapping[str, Any]) -> Node:
        self.faults.keys(value, ("all",))
        return All(self.nodes(value, "all"))

    def _any(self, value: Mapping[str, Any]) -> Node:
        self.faults.keys(value, ("any",))
        return Any_(self.nodes(value, "any"))

    def _at_least_n_of(self, value: Mapping[str, Any]) -> Node:
        self.faults.keys(value, ("at_least_n_of", "parts"), ("parts",))
        n, parts = value["at_least_n_of"], self.nodes(value, "parts")
        if type(n) is not int or not 1 <= n <= max(len(parts), 1):
            self.faults.add(
                f"at_least_n_of は1から{len(parts)}までの整数です（見つかったもの: {shown(n)}）。",
                value,
                "at_least_n_of",
            )
            return Nothing()
        return AtLeastNOf(n, parts)

    def _not(self, value: Mapping[str, Any]) -> Node:
        self.faults.keys(value, ("not",))
        return Not(self.node(value["not"], value, "not"))

    def _when(self, value: Mapping[str, Any]) -> Node:
        self.faults.keys(value, ("when", "need"), ("need",))
        condition = self.node(value["when"], value, "when")
        return self.placed(When(condition, self.node(value.get("need"), value, "need")), value)

    def _requirement(self, value: Mapping[str, Any]) -> Node:
        self.faults.keys(value, ("requirement",))
        self.faults.one_of(value["requirement"], sorted(self.requirements), "要件", value, "requirement")
        return self.placed(Requires(str(value["requirement"])), value)

    def placed(self, node: When | Requires, at: Any) -> Node:
        """The node, with the place where it is written kept."""
        self.places[id(node)] = (node, at)
        return node

    def _holds(self, value: Mapping[str, Any]) -> Node:
        self.faults.keys(value, ("holds", "level"))
        self.faults.one_of(value["holds"], sorted(self.additions), "加算", value, "holds")
        level = value.get("level")
        return Holds(str(value["holds"]), "" if level is None else str(level))

    def _open(self, value: Mapping[str, Any]) -> Node:
        self.faults.keys(value, ("open",))
        self.faults.one_of(value["open"], sorted(self.questions), "未決の問い", value, "open")
        return Open(str(value["open"]))

    def _dated(self, value: Mapping[str, Any]) -> Node:
        self.faults.keys(value, ("dated",))
        steps = [
            (day, None if step is None else self.node(step, value, "dated"))
            for day, step in self.steps(value)
        ]
        return Dated(tuple(steps))

    def steps(self, value: Mapping[str, Any]) -> list[tuple[date, Any]]:
        """The days and values of a `dated` mapping, in order."""
        table = value["dated"]
        if not isinstance(table, dict) or not table:
            self.faults.add("dated には「日付: 値」を並べます。", value, "dated")
            return []
        found = []
        for key, step in table.items():
            try:
                found.append((parse_date(key), step))
            except ValueError as error:
                self.faults.add(str(error), table, key)
        if [day for day, _ in found] != sorted({day for day, _ in found}):
            self.faults.add("dated の日付は早い順に、重ならないように並べます。", table)
        return found

    def _fact(self, value: Mapping[str, Any]) -> Node:
        operators = (*COMPARISONS, "equals", "one_of")
        self.faults.keys(value, ("fact", "with", *operators))
        used = [operator for operator in operators if operator in value]
        if len(used) > 1:
            self.faults.add(
                f"比べ方が二つあります（{'、'.join(used)}）。一つにするか all で分けてください。", value
            )
        spec = self.fact(str(value["fact"]))
        if spec is None:
            known = sorted(self.fact_ids())
            near = nearest(str(value["fact"]), known)
            self.faults.add(
                f"事実「{value['fact']}」は目録にありません。",
                value,
                "fact",
                nearest=near,
                code="unknown-fact",
            )
            return Nothing()
        args = self._with(value, spec)
        optional = spec.optional or any(spec.arguments[name].endswith("?") for name, _ in args)
        fact = Fact(spec.id, args, optional)
        if not used:
            if spec.type != "boolean":
                self.faults.add(
                    f"「{spec.id}」は真偽ではありません（{spec.type}）。比べ方を書いてください。",
                    value,
                    "fact",
                )
            return fact
        return self._compared(value, used[0], fact, spec)

    def _compared(self, value: Mapping[str, Any], operator: str, fact: Fact, spec: FactSpec) -> Node:
        if operator in COMPARISONS:
            if spec.type not in ORDERED_TYPES:
                self.faults.add(f"「{spec.id}」（{spec.type}）は大小を比べられません。", value, operator)
                return Nothing()
            return COMPARISONS[operator](fact, self.limit(value[operator], spec, value, operator))
        if operator == "equals":
            return Equals(fact, self.limit(value[operator], spec, value, operator))
        wanted = self.faults.items(value, operator)
        if not wanted:
            self.faults.add(f"「{operator}」が空です。", value, operator)
        return OneOf(fact, tuple(self.limit(item, spec, value, operator) for item in wanted))

    def limit(self, limit: Any, spec: FactSpec, at: Mapping[str, Any], key: str) -> Any:
        """A limit in the fact's own unit, a parameter, or a dated value."""
        if isinstance(limit, str) and limit.startswith("$"):
            return Param(limit[1:])
        if isinstance(limit, dict) and "dated" in limit:
            self.faults.keys(limit, ("dated",))
            return DatedValue(
                tuple((day, self.limit(step, spec, at, key)) for day, step in self.steps(limit))
            )
        try:
            return _typed(limit, spec)
        except ValueError as error:
            self.faults.add(str(error), at, key)
            return None

    def _with(self, value: Mapping[str, Any], spec: FactSpec) -> tuple[tuple[str, Any], ...]:
        given = value.get("with") or {}
        if not isinstance(given, dict):
            self.faults.add("with には引数と値の組を書きます。", value, "with")
            return ()
        found = []
        for name, item in given.items():
            if name not in spec.arguments:
                near = nearest(name, spec.arguments)
                self.faults.add(f"「{spec.id}」に引数「{name}」はありません。", given, name, nearest=near)
                continue
            known = spec.argument_words.get(name) or self.known(name)
            if known is not None and not (isinstance(item, str) and item.startswith("$")):
                self.faults.one_of(item, sorted(known), f"「{name}」の", given, name)
            try:
                found.append((name, argument(item, spec.arguments[name])))
            except ValueError as error:
                self.faults.add(str(error), given, name)
        for name, kind in spec.arguments.items():
            if kind.endswith("!") and name not in given:
                self.faults.add(f"「{spec.id}」には引数「{name}」が要ります。", value, "fact")
        return tuple(sorted(found))


def _typed(limit: Any, spec: FactSpec) -> Any:
    match spec.type:
        case "percent":
            if not isinstance(limit, str):
                raise ValueError(f"「{shown(limit)}」は割合です。30% のように書いてください。")
            return percent(limit)
        case "decimal":
            return decimal(limit)
        case "integer" | "yen" if type(limit) is int:
            return limit
        case "date":
            return parse_date(limit)
        case "boolean" if type(limit) is bool:
            return limit
        case "enum":
            if limit in spec.values:
                return limit
            near = nearest(str(limit), spec.values)
            raise ValueError(
                f"「{spec.id}」に値「{shown(limit)}」はありません。" + (f"近いもの: {near}" if near else "")
            )
    raise ValueError(f"「{spec.id}」（{spec.type}）の値として「{shown(limit)}」は読めません。")


ARGUMENTS = ("word", "words", "date", "month", "integer", "percent", "mapping")
"""The kinds of arguments; a trailing "!" marks a required one, a trailing "?" one that makes the fact optional."""


def argument(value: Any, kind: str) -> Any:
    """An argument of a derived fact as a hashable value of its kind; ValueError in Japanese otherwise."""
    kind = kind.rstrip("!?")
    if isinstance(value, str) and value.startswith("$"):
        return Param(value[1:])
    match kind:
        case "date":
            return parse_date(value)
        case "month":
            return parse_month(value)
        case "integer" if type(value) is int:
            return value
        case "percent":
            return percent(value)
        case "word" if isinstance(value, str):
            return value
        case "words" if isinstance(value, list):
            return tuple(str(item) for item in value)
        case "mapping" if isinstance(value, dict):
            return frozen(value)
    raise ValueError(f"引数の値「{shown(value)}」は読めません（{kind}）。")


def frozen(value: Any) -> Any:
    """A plain value as a hashable one: mappings and lists become tuples, ISO days become days."""
    if isinstance(value, dict):
        return tuple((str(key), frozen(item)) for key, item in value.items())
    if isinstance(value, list):
        return tuple(frozen(item) for item in value)
    if isinstance(value, str) and len(value) == 10 and value[4] == value[7] == "-":
        try:
            return date.fromisoformat(value)
        except ValueError:
            return value
    return value
