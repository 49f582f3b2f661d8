"""Reasons in Japanese: what was found, what is asked, what is still lacking, with the unit.

A sentence is made from the tree itself, so that text and decision cannot part ways.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from mitasu.dates import japanese_month
from mitasu.facts import View
from mitasu.judge.grace import last_day
from mitasu.rulebook import Entry, Rulebook
from mitasu.rules.explain import Later, Reason
from mitasu.rules.nodes import (
    LEAVES,
    All,
    Any_,
    AtLeast,
    AtLeastNOf,
    AtMost,
    Comparison,
    Deemed,
    Fact,
    Holds,
    LessThan,
    MoreThan,
    Not,
    Open,
    Requires,
    Verdict,
    When,
)
from mitasu.rules.quantities import decimal_text, percent_text

OPEN_ENDED = "当面の間"
LIMIT_WORDS = {AtLeast: "以上", MoreThan: "超", AtMost: "以下", LessThan: "未満"}
CONDITIONAL = (Deemed, When)
GROUPS = (All, Any_, AtLeastNOf, Not, Deemed)
STATUS_WORDS = {
    "met": "満たす",
    "deemed": "経過措置",
    "unmet": "満たさない",
    "unknown": "未確認",
    "not_applicable": "対象外",
    "advisory_unmet": "望ましい項目・未実施",
    "pending": "確定待ち",
}


class Words:
    """Puts facts, limits and reasons into words with the catalogue's labels."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook

    def entry(self, fact: Fact) -> Entry | None:
        """The catalogue entry of a fact."""
        return self.rulebook.catalogue.get(fact.id)

    def label(self, fact: Fact) -> str:
        """The label of a fact; for a derived one about an item, with the item's name."""
        entry = self.entry(fact)
        label = entry.label if entry else fact.id
        if not fact.args:
            return label
        args = dict(fact.args)
        about = args.get("item") or args.get("event") or args.get("role") or args.get("fact")
        return f"{self.name(about)}の{label}" if about else label

    def name(self, id_: str) -> str:
        """The Japanese name of an addition, event, role or filing item."""
        entry = self.rulebook.catalogue.get(id_)
        return entry.label if entry else self.rulebook.titles.get(id_, id_)

    def value(self, value: Any, entry: Entry | None) -> str:
        """A value with its unit."""
        if isinstance(value, bool):
            return "はい" if value else "いいえ"
        if isinstance(value, date):
            return value.isoformat()
        if entry is not None and entry.type == "percent":
            return percent_text(value)
        if entry is not None and entry.type == "decimal":
            return f"{decimal_text(value)}{entry.unit}"
        if entry is not None and entry.type == "enum":
            return str(entry.values.get(value, value))
        return f"{value}{entry.unit if entry else ''}"

    def gap(self, node: Comparison, value: Any) -> str:
        """What is lacking to the limit of an unmet comparison."""
        entry = self.entry(node.fact)
        if isinstance(value, date) or isinstance(node, AtMost | LessThan):
            return ""
        if entry is not None and entry.type == "percent":
            return f"あと{percent_text(node.limit - value).removesuffix('%')}ポイント"
        if entry is not None and entry.type == "decimal":
            return f"あと{decimal_text(node.limit - value)}{entry.unit}"
        more = node.limit - value + (1 if isinstance(node, MoreThan) else 0)
        return f"あと{more}{entry.unit if entry else ''}"

    def limit(self, node: Comparison) -> str:
        """The limit of a comparison."""
        return f"{self.value(node.limit, self.entry(node.fact))}{LIMIT_WORDS[type(node)]}"

    def leaf(self, reason: Reason, view: View) -> str:
        """One leaf in words: label, value, where from, limit, gap."""
        node = reason.node
        if isinstance(node, Open):
            return "制度の解釈が未確認"
        if isinstance(node, Holds):
            return f"{self.name(node.addition)}{node.level}の算定"
        if not isinstance(node, LEAVES):
            return ""
        fact = node if isinstance(node, Fact) else node.fact
        detail = view.found(fact.key).detail if view.is_derived(fact.key) else self.since(fact, view)
        label = self.label(fact)
        if isinstance(reason.value, Later):
            return f"{label}：{detail}"
        if reason.value is None:
            return (
                f"{label}：{'記載なし（判断から除く）' if reason.verdict is Verdict.NOT_APPLICABLE else '不明'}"
                + (f"（{detail}）" if detail else "")
            )
        if view.is_derived(fact.key) and isinstance(reason.value, bool):
            return detail or f"{label}：{self.value(reason.value, None)}"
        if view.is_derived(fact.key) and detail:
            found = detail
        else:
            found = f"{label}：{self.value(reason.value, self.entry(fact))}" + (
                f"（{detail}）" if detail else ""
            )
        if isinstance(node, Comparison):
            gap = self.gap(node, reason.value) if reason.verdict is Verdict.UNMET else ""
            return f"{found}、基準{self.limit(node)}" + (f"、{gap}" if gap else "")
        return found

    def since(self, fact: Fact, view: View) -> str:
        """From when a plain fact has held, and its proof."""
        span = view.institution.fact(fact.id, view.on)
        if span is None:
            return ""
        parts = [f"{span.from_}から" if span.from_ else "", span.proof]
        return "、".join(part for part in parts if part)

    def why(self, reason: Reason, view: View) -> str:
        """The reasons on which a verdict rests, in one line."""
        lines = list(dict.fromkeys(self._telling(reason, view)))
        text = "／".join(line for line in lines if line)
        if reason.verdict is Verdict.DEEMED:
            text = f"経過措置により{self.term(reason)}満たすものとみなす" + (f"（{text}）" if text else "")
        return text

    def term(self, reason: Reason) -> str:
        """Until when a measure carries a deemed verdict: 2025-05-31まで, 「猶予の最終日」（未確認）まで, 当面の間."""
        day = last_day(reason)
        if day is None:
            return OPEN_ENDED
        return f"「{self.label(day)}」（未確認）まで" if isinstance(day, Fact) else f"{day}まで"

    def _telling(self, reason: Reason, view: View) -> list[str]:
        """The leaves that made the verdict what it is."""
        node, parts = reason.node, reason.parts
        if isinstance(node, Open) or not parts:
            return [self.leaf(reason, view)]
        if isinstance(node, Requires):
            return self._telling(parts[0], view)
        if isinstance(node, CONDITIONAL) and len(parts) > 1:
            if reason.verdict is Verdict.UNKNOWN:
                open_ = [part for part in parts if part.verdict is Verdict.UNKNOWN]
                return [line for part in open_ for line in self._telling(part, view)]
            told = isinstance(node, When) and reason.verdict is not Verdict.NOT_APPLICABLE
            return self._telling(parts[1 if told else 0], view)
        if isinstance(node, GROUPS):
            same = [part for part in parts if part.verdict is reason.verdict]
            if reason.verdict in (Verdict.MET, Verdict.DEEMED) and isinstance(node, All):
                same = [part for part in parts if part.verdict is not Verdict.NOT_APPLICABLE]
            return [line for part in same or parts for line in self._telling(part, view)]
        return []


def month_name(day: date) -> str:
    """The month of a day as people say it."""
    return japanese_month(f"{day.year:04d}-{day.month:02d}")
