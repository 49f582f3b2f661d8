"""Conditions of a search: what may be asked of each field, joined by かつ, または and ではない to any depth.

The same tree is read from a form, from text and from what was saved, is shown in words, and is what the audit
trail keeps (with names and numbers of patients left out there).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from mitasu.dates import parse_date
from mitasu.errors import UsageError
from mitasu.server.records.importing.rows import EIGHT, read_sex
from mitasu.server.records.models import Sex
from mitasu.server.records.names import code_key, name_keys, operation_key, postal_key
from mitasu.text import halfwidth, nearest

MOST_CONDITIONS, MOST_DEPTH = 60, 12


@dataclass(frozen=True, slots=True)
class Field:
    """Something that stays are searched by. `kind`: how its value is read; `others`: further names in text."""

    id: str
    label: str
    kind: str
    others: tuple[str, ...] = ()
    personal: bool = False

    @property
    def operators(self) -> tuple[str, ...]:
        """What may be asked of it."""
        return (*ORDERED, "none") if self.kind == "day" else ORDERED if self.kind == "number" else ("is",)


ORDERED = ("is", "from", "to", "above", "below")
MANY = frozenset({"operated"})
"""Of these a stay has several: with other conditions beside, one may be after and another before."""
BEGINS, ENDS = {"from", "above"}, {"to", "below"}
OPERATORS = {
    "is": "が",
    "from": "以上",
    "to": "以下",
    "above": "より後・大",
    "below": "より前・小",
    "none": "なし",
}
SIGNS = {">=": "from", "<=": "to", ">": "above", "<": "below", "=": "is", ":": "is"}
FIELDS = {
    field.id: field
    for field in (
        Field("icd", "病名のICDコード（先頭から）", "icd", ("ICD", "病名コード")),
        Field("main", "主傷病のICDコード（先頭から）", "icd", ("主傷病",)),
        Field("resource", "医療資源病名のICDコード（先頭から）", "icd", ("医療資源",)),
        Field("disease", "病名の一部", "name", ("病名", "傷病名")),
        Field("op", "手術のKコード（先頭から）", "k", ("手術", "K")),
        Field("operated", "手術日", "day", ("手術日",)),
        Field("admitted", "入院日", "day", ("入院日",)),
        Field("discharged", "退院日", "day", ("退院日",)),
        Field("days", "在院日数", "number", ("在院日数",)),
        Field("department", "担当診療科", "text", ("診療科", "科")),
        Field("doctor", "担当医", "text", ("担当医", "医師")),
        Field("age", "年齢（入院日）", "number", ("年齢",)),
        Field("sex", "性別", "sex", ("性別",)),
        Field("postal", "郵便番号（先頭から）", "postal", ("郵便番号",)),
        Field("name", "氏名・カナの一部", "name", ("氏名", "名前", "カナ"), personal=True),
        Field("number", "患者番号", "exact", ("患者番号",), personal=True),
        Field("outcome", "転帰", "exact", ("転帰",)),
        Field("summary", "退院時要約", "summary", ("要約",)),
    )
}
NAMES = {name: field.id for field in FIELDS.values() for name in (field.id, *field.others)}
SUMMARY = {"提出済み": "in", "未提出": "out"}


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing asked of one field; `value` is in the form in which it is compared."""

    field: str
    operator: str
    value: Any = None


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions that all hold (`all`), or of which any does (`any`)."""

    how: str
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """What does not hold."""

    part: Node


Node = Condition | Group | Not
EVERYTHING = Group("all", ())


# ---- values ---------------------------------------------------------------------------------------------------


def condition(name: str, operator: str, text: str) -> Condition:
    """One condition as typed; UsageError naming the field, what was found and what may stand there."""
    id_ = NAMES.get(name)
    if id_ is None:
        near = nearest(name, NAMES)
        told = f"近いもの: {near}。" if near else ""
        raise UsageError(
            f"「{name}」という項目では検索できません。{told}使えるもの：{'、'.join(known_names())}。"
        )
    field = FIELDS[id_]
    if operator not in field.operators:
        raise UsageError(f"「{field.label}」に「{OPERATORS.get(operator, operator)}」は使えません。")
    if operator == "none":
        return Condition(id_, operator)
    try:
        return Condition(id_, operator, _value(field.kind, text))
    except ValueError as error:
        raise UsageError(f"「{field.label}」：{error}") from None


def known_names() -> list[str]:
    """The Japanese name of each field that text may use."""
    return [field.others[0] for field in FIELDS.values()]


def _value(kind: str, text: str) -> Any:
    """What is compared; ValueError in Japanese where the text cannot be read."""
    text = "".join(letter for letter in text if letter.isprintable())  # a database refuses NUL
    if not text.strip():
        raise ValueError("値が空です。")
    if len(text) > 200:
        raise ValueError("値が長すぎます（200字まで）。")
    match kind:
        case "icd":
            return _some(code_key(text), text, "ICDコード")
        case "k":
            return _some(operation_key(text), text, "Kコード")
        case "postal":
            return _some(postal_key(text), text, "郵便番号")
        case "name":
            return _some("".join(name_keys(text)), text, "名前") and text.strip()
        case "sex":
            return read_sex(text)
        case "day":
            plain = halfwidth(text)
            if match := EIGHT.fullmatch(plain):
                plain = "-".join(match.groups())
            return parse_date(plain).isoformat()
        case "number":
            plain = halfwidth(text)
            if not plain.isdigit() or len(plain) > 6:
                raise ValueError(f"「{text}」は0以上の整数ではありません。")
            return int(plain)
        case "summary":
            if text.strip() not in SUMMARY:
                raise ValueError(f"「{text}」は使えません。{'、'.join(SUMMARY)} のどちらかです。")
            return SUMMARY[text.strip()]
        case _:
            return text.strip()


def _some(key: str, text: str, what: str) -> str:
    if not key:
        raise ValueError(f"「{text}」は{what}として読めません。")
    return key


def in_order(node: Node) -> Node:
    """The same tree; UsageError naming a field of which no value can be meant, as in 退院日:2026-10-10..2026-10-01."""
    match node:
        case Not(part):
            in_order(part)
        case Group(how, parts):
            for part in parts:
                in_order(part)
            if how == "all":
                _meet([part for part in parts if isinstance(part, Condition)])
    return node


def _meet(parts: Sequence[Condition]) -> None:
    """UsageError where a beginning is asked for that is after the end asked for with it."""
    begins, ends = ({one.field: one for one in parts if one.operator in pair} for pair in (BEGINS, ENDS))
    for id_, begin in begins.items():
        end = ends.get(id_)
        if end is None or (id_ in MANY and len(parts) > 2):
            continue
        if begin.value < end.value or (begin.value == end.value and _both_in(begin, end)):
            continue
        said = f"「{_told(begin, masked=False)}」かつ「{_told(end, masked=False)}」に当たるものはありません。"
        if begin.value == end.value:
            raise UsageError(f"{said}その値を含めるには、以上（>=）と以下（<=）で書いてください。")
        right = f"{FIELDS[id_].others[0]}:{end.value}..{begin.value}"
        raise UsageError(
            f"{said}始まりと終わりが逆です。小さいほう・早いほうから書いてください（例：{right}）。"
        )


def _both_in(begin: Condition, end: Condition) -> bool:
    return (begin.operator, end.operator) == ("from", "to")


# ---- as data ----------------------------------------------------------------------------------------------------


def to_data(node: Node) -> Any:
    """A tree as JSON."""
    match node:
        case Condition(field, operator, value):
            return {"field": field, "operator": operator, "value": value}
        case Group(how, parts):
            return {how: [to_data(one) for one in parts]}
        case Not(part):
            return {"not": to_data(part)}


def from_data(data: Any, depth: int = 0) -> Node:
    """A tree from JSON; UsageError where it is none of ours."""
    if depth > MOST_DEPTH or not isinstance(data, Mapping):
        raise UsageError("検索の条件が壊れています。作り直してください。")
    if (
        "field" in data
        and data["field"] in FIELDS
        and data.get("operator") in FIELDS[data["field"]].operators
    ):
        return Condition(data["field"], data["operator"], data.get("value"))
    for how in ("all", "any"):
        if isinstance(data.get(how), list):
            return Group(how, tuple(from_data(one, depth + 1) for one in data[how]))
    if "not" in data:
        return Not(from_data(data["not"], depth + 1))
    raise UsageError("検索の条件が壊れています。作り直してください。")


def conditions_of(node: Node) -> Iterator[Condition]:
    """Every condition of a tree."""
    match node:
        case Condition():
            yield node
        case Group(_, parts):
            for part in parts:
                yield from conditions_of(part)
        case Not(part):
            yield from conditions_of(part)


# ---- in words ---------------------------------------------------------------------------------------------------


def told(node: Node, *, masked: bool = False, inner: bool = False) -> str:
    """A tree in words; `masked`: without names and numbers of patients, as the audit trail keeps it."""
    match node:
        case Condition():
            return _told(node, masked)
        case Not(part):
            return f"「{told(part, masked=masked)}」ではない"
        case Group(_, ()):
            return "条件なし（すべて）"
        case Group(how, parts):
            text = (" かつ " if how == "all" else " または ").join(
                told(one, masked=masked, inner=True) for one in parts
            )
            return f"（{text}）" if inner and len(parts) > 1 else text
    raise AssertionError(node)


def _told(one: Condition, masked: bool) -> str:
    field = FIELDS[one.field]
    label = field.label.removesuffix("（先頭から）").removesuffix("の一部")
    if one.operator == "none":
        return f"{label}がない"
    if masked and field.personal:
        return f"{label}：（伏せる）"
    value = one.value
    if field.kind == "sex":
        value = Sex(value).label
    elif field.kind == "summary":
        value = next(word for word, id_ in SUMMARY.items() if id_ == value)
    if field.kind == "day":
        value = date.fromisoformat(value).isoformat()
    sign = next((sign for sign, id_ in SIGNS.items() if id_ == one.operator and sign != "="), ":")
    return f"{label}{sign if one.operator != 'is' else ' '}{value}"


def group(how: str, parts: Sequence[Node]) -> Node:
    """A group, or its only part."""
    return parts[0] if len(parts) == 1 else Group(how, tuple(parts))
