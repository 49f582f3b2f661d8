"""Conditions in Japanese, as a rule asks them: 以上・未満・いずれも・いずれか・次のうちnつ以上.

What is told here is the condition itself, before any institution; `words` tells what was found.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from mitasu.dates import japanese_month
from mitasu.facts.read import ASSIGNMENT, EMPLOYMENT
from mitasu.judge.words import LIMIT_WORDS, Words
from mitasu.rulebook.catalogue import Attribute, Entry
from mitasu.rules import nodes as n
from mitasu.rules.quantities import percent_text

OF_LEVEL = "区分ごとの基準"
DAY_WORDS = {n.AtLeast: "以後", n.MoreThan: "より後", n.AtMost: "以前", n.LessThan: "より前"}
STAFF = {**ASSIGNMENT, **EMPLOYMENT}


def condition_text(
    node: n.Node, words: Words, labels: Mapping[str, str] | None = None, on: date | None = None
) -> str:
    """A condition in Japanese, empty where nothing is asked.

    `labels`: the labels of requirements by id. `on`: the day whose wording is wanted; None tells every
    dated step. A limit that each level sets for itself is named as such.
    """
    return _Teller(words, labels or {}, on).text(node)


class _Teller:
    def __init__(self, words: Words, labels: Mapping[str, str], on: date | None) -> None:
        self.words, self.labels, self.on = words, labels, on

    def text(self, node: n.Node) -> str:
        match node:
            case n.Fact():
                return self.fact(node) + ("" if self.is_derived(node) else "：はい")
            case n.AtLeast() | n.MoreThan() | n.AtMost() | n.LessThan():
                entry = self.words.entry(node.fact)
                word = (DAY_WORDS if entry and entry.type == "date" else LIMIT_WORDS)[type(node)]
                return f"{self.fact(node.fact)}が{self.value(node.limit, node.fact)}{word}"
            case n.Equals(fact, bool() as value):
                return f"{self.fact(fact)}：{self.value(value, fact)}"
            case n.Equals(fact, value):
                return f"{self.fact(fact)}が「{self.value(value, fact)}」"
            case n.OneOf(fact, values):
                among = "」「".join(self.value(value, fact) for value in values)
                return f"{self.fact(fact)}が「{among}」のいずれか"
            case n.All(parts):
                return self.joined("いずれも満たす", parts)
            case n.Any_(parts):
                return self.joined("いずれかを満たす", parts)
            case n.AtLeastNOf(least, parts):
                return self.joined(f"次のうち{least}つ以上を満たす", parts)
            case n.Not(n.Fact() as fact) if not self.is_derived(fact):
                return f"{self.fact(fact)}：いいえ"
            case n.Not(n.Equals(fact, value)) if not isinstance(value, bool):
                return f"{self.fact(fact)}が「{self.value(value, fact)}」でない"
            case n.Not(part):
                return f"次に当たらない（{self.text(part)}）"
            case n.When(condition, part):
                return f"次のときだけ（{self.text(condition)}）→ {self.text(part)}"
            case n.Deemed(part):
                return self.text(part)
            case n.Requires(id_):
                return f"「{self.labels.get(id_, id_)}」"
            case n.Holds(addition, level):
                return f"{self.words.name(addition)}{level}を算定できる"
            case n.Open():
                return "制度の解釈が未確認（判断しない）"
            case n.Dated(steps):
                return self.stepped([(day, "" if step is None else self.text(step)) for day, step in steps])
        return ""

    def joined(self, how: str, parts: tuple[n.Node, ...]) -> str:
        texts = [text for part in parts if (text := self.text(part))]
        return f"{how}（{'／'.join(texts)}）" if len(texts) > 1 else "".join(texts)

    def stepped(self, steps: list[tuple[date, str]]) -> str:
        if self.on is None:
            return "；".join(f"{day}から {text or '問わない'}" for day, text in steps)
        return next((text for day, text in reversed(steps) if day <= self.on), "")

    def value(self, value: Any, fact: n.Fact) -> str:
        if isinstance(value, n.Param):
            return OF_LEVEL
        if isinstance(value, n.DatedValue):
            return self.stepped([(day, self.value(step, fact)) for day, step in value.steps])
        return self.words.value(value, self.words.entry(fact))

    def is_derived(self, fact: n.Fact) -> bool:
        entry = self.words.entry(fact)
        return entry is not None and entry.kind == "derived"

    def fact(self, fact: n.Fact) -> str:
        told = [text for name, value in fact.args if (text := self.argument(fact, name, value))]
        return self.words.label(fact) + (f"（{'、'.join(told)}）" if told else "")

    def argument(self, fact: n.Fact, name: str, value: Any) -> str:
        match name, value:
            case "item" | "event" | "role" | "fact" | "series" | "overdue", _:
                return ""  # in the label, or the series that the label means
            case _, n.Param(param):
                return "その区分か上の区分" if param == "covering" else OF_LEVEL
            case "levels", _:
                return "区分" + "・".join(level for level in value if level)
            case "assignment" | "employment", _:
                return "または".join(STAFF.get(word, word) for word in value)
            case "attribute" | "optional_attribute", _:
                pair = dict(value)
                return self.attribute(fact, pair["name"], pair["value"])
            case "where", _:
                return "、".join(self.attribute(fact, key, item) for key, item in value)
            case "if_true", _:
                pairs = [(self.label(fact, key), self.label(fact, item)) for key, item in value]
                return "、".join(f"「{first}」なら「{second}」" for first, second in pairs)
            case "window", _:
                row = dict(value)
                month = japanese_month(row["accepted_in"])
                return f"{row['filed_before']}より前から届け出ていて{row['arrived_by']}までに到着し{month}中に受理されたものは{row['counts_from']}から有効"
            case "lapses", _:
                row = dict(value)
                return f"{row['from']}からは、{row['took_effect_before']}より前に有効となった届出を数えない"
            case "relabel", _:
                return "改定の前からの届出は新しい区分に読み替える"
        return self.declared(fact, name, value)

    def declared(self, fact: n.Fact, name: str, value: Any) -> str:
        """An argument in the words of its declaration."""
        entry = self.words.entry(fact)
        argument = entry.arguments.get(name) if entry else None
        if argument is None:
            return f"{name}: {value}"
        match argument.kind.rstrip("!?"):
            case "percent":
                told = percent_text(value)
            case "month":
                told = japanese_month(value)
            case "word":
                told = argument.values.get(value) or self.words.name(value)
            case _:
                told = str(value)
        return argument.text.replace("{}", told)

    def attribute(self, fact: n.Fact, name: str, value: Any) -> str:
        found = self.described(fact, name)
        values: Mapping[str, str] = found.values if found else {}
        return f"{self.label(fact, name)}：{values.get(value) or self.words.value(value, None)}"

    def label(self, fact: n.Fact, name: str) -> str:
        found = self.described(fact, name)
        return found.label if found else name

    def described(self, fact: n.Fact, name: str) -> Entry | Attribute | None:
        """What the event or role that the fact is about says of an attribute, or the catalogue of a filing's."""
        catalogue, args = self.words.rulebook.catalogue, dict(fact.args)
        about = catalogue.get(args.get("event") or args.get("role") or "")
        return about.attribute(name) if about else catalogue.get(name)
