"""Encounters as their file lists them: who was seen on which day, how, and what was billed before.

A file is a list of encounters in time order, or `{encounters: […], history: […]}` where `history`
lists additions billed before (`{patient, on, addition}`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from mitasu.errors import InputError
from mitasu.facts.values import value_of
from mitasu.rulebook import ENCOUNTER_KINDS, Rulebook
from mitasu.rules.faults import Faults, shown
from mitasu.rules.quantities import ONE_PERCENT
from mitasu.rules.strict_yaml import read_file

PLAIN = ("id", "patient", "on", "kind", "bundle", "billed", "base_fee", "procedures", "share", "born")
HISTORY = ("patient", "on", "addition", "kind", "level", "amount")
BASE_FEES = {
    "second_department": ("first_visit", "同じ日の2つ目の診療科の初診"),
    "without_referral": ("first_visit", "文書による紹介のない患者の初診"),
    "telephone": ("revisit", "電話等による再診"),
    "same_day": ("revisit", "同じ日の2回目の再診"),
}
"""Visits whose base fee is not the ordinary one: the kind of encounter they belong to, and what they are."""
SHARES = (10, 20, 30)


@dataclass(frozen=True, slots=True)
class Encounter:
    """One encounter; `attributes` by catalogue id, what is absent is unknown.

    `base_fee`, `procedures` (codes of what else was done), `share` (percent that the patient pays) and `born`
    are asked by the calculation only; `base_fee` "" is the ordinary fee of the kind.
    """

    id: str
    patient: str
    on: date
    kind: str
    attributes: Mapping[str, Any] = field(default_factory=dict)
    bundle: str | None = None
    billed: tuple[str, ...] = ()
    base_fee: str = ""
    procedures: tuple[str, ...] = ()
    share: int | None = None
    born: date | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """An addition billed on a day for a patient; `kind` None where it was billed elsewhere.

    `amount`: which of its named amounts, "" where it has none, None where that is not known.
    """

    patient: str
    on: date
    addition: str
    kind: str | None = None
    amount: str | None = None


def load_encounters(
    source: str | Path | list[Any] | Mapping[str, Any], rulebook: Rulebook
) -> tuple[list[Encounter], list[Claim]]:
    """The encounters and the history in a file or plain list; InputError with every fault otherwise."""
    if isinstance(source, (list, Mapping)):
        return read_encounters(source, rulebook, "")
    return read_encounters(read_file(source), rulebook, str(source))


def read_encounters(document: Any, rulebook: Rulebook, name: str) -> tuple[list[Encounter], list[Claim]]:
    """Encounters in the order given, and what was billed before."""
    faults = Faults(name or "受診の一覧")
    rows: Any = document
    history: list[Claim] = []
    if isinstance(document, dict):
        faults.keys(document, ("encounters", "history"), ("encounters",), "受診の一覧")
        rows = faults.items(document, "encounters")
        given = faults.items(document, "history")
        claims = (_claim(row, given, index, rulebook, faults) for index, row in enumerate(given))
        history = [claim for claim in claims if claim is not None]
    if not isinstance(rows, list):
        faults.add("受診の一覧は {id, patient, on, kind} を並べます。", document, line=1)
        rows = []
    found: dict[str, Encounter] = {}
    for index, row in enumerate(rows):
        encounter = _encounter(row, rows, index, rulebook, faults)
        if encounter is None:
            continue
        if encounter.id in found:
            faults.add(f"受診「{encounter.id}」が二度書かれています。", rows, index)
        found[encounter.id] = encounter
    if faults.problems:
        raise InputError(faults.problems)
    return list(found.values()), history


def _encounter(row: Any, rows: Any, index: int, rulebook: Rulebook, faults: Faults) -> Encounter | None:
    attributes = rulebook.catalogue.of("encounter")
    if not isinstance(row, dict):
        faults.add(
            f"受診には {{id, patient, on, kind}} を書きます（見つかったもの: {shown(row)}）。", rows, index
        )
        return None
    if not faults.keys(row, (*PLAIN, *attributes), ("id", "patient", "on", "kind"), "受診"):
        return None
    _stated(row, ("id", "patient", "on"), "受診", faults)
    day = faults.day(row, "on")
    faults.one_of(row["kind"], ENCOUNTER_KINDS, "受診の種類（kind）", row, "kind")
    if row.get("bundle") is not None:
        faults.one_of(row["bundle"], rulebook.bundles, "包括項目（bundle）", row, "bundle")
    billed = faults.items(row, "billed")
    for position, id_ in enumerate(billed):
        faults.one_of(id_, rulebook.titles, "加算", billed, position)
    values = {}
    for id_, entry in attributes.items():
        if row.get(id_) is not None:
            try:
                values[id_] = value_of(row[id_], entry.type, entry.values)
            except ValueError as error:
                faults.add(f"「{id_}」: {error}", row, id_)
    fee, procedures, share, born = _for_calculation(row, day, faults)
    if day is None:
        return None
    return Encounter(
        str(row["id"]), str(row["patient"]), day, str(row["kind"]), values, row.get("bundle"), tuple(billed),
        fee, procedures, share, born,
    )  # fmt: skip


def _for_calculation(
    row: Any, day: date | None, faults: Faults
) -> tuple[str, tuple[str, ...], int | None, date | None]:
    """What only the calculation asks: the kind of base fee, other procedures, the patient's share, the birthday."""
    fee = row.get("base_fee")
    if fee is not None and faults.one_of(fee, BASE_FEES, "基本料の種類（base_fee）", row, "base_fee"):
        kind = BASE_FEES[fee][0]
        if row["kind"] != kind:
            faults.add(f"base_fee の「{fee}」は {kind} の受診に書きます。", row, "base_fee")
    codes = faults.items(row, "procedures")
    for position, code in enumerate(codes):
        if not re.fullmatch("[0-9]{9}", str(code)):
            told = f"procedures には診療行為コード9桁を並べます（見つかったもの: {shown(code)}）。"
            faults.add(told, codes, position)
    share = row.get("share")
    if share is not None:
        try:
            share, rest = divmod(value_of(share, "percent"), ONE_PERCENT)
            share = 0 if rest else share
        except ValueError:
            share = 0
        if share not in SHARES:
            told = f"負担割合（share）は 10、20、30 のどれかです（見つかったもの: {shown(row['share'])}）。公費の負担は計算しません。"
            faults.add(told, row, "share")
    born = faults.day(row, "born") if row.get("born") is not None else None
    if born is not None and day is not None and born > day:
        faults.add(f"生年月日（born）が受診の日（{day}）より後です。", row, "born")
    return str(fee or ""), tuple(str(code) for code in codes), share, born


def _claim(row: Any, rows: Any, index: int, rulebook: Rulebook, faults: Faults) -> Claim | None:
    if not isinstance(row, dict):
        faults.add(
            f"history には {{patient, on, addition}} を並べます（見つかったもの: {shown(row)}）。",
            rows,
            index,
        )
        return None
    if not faults.keys(row, HISTORY, ("patient", "on", "addition"), "history"):
        return None
    _stated(row, ("patient", "on"), "history", faults)
    day = faults.day(row, "on")
    if row.get("kind") is not None:
        faults.one_of(row["kind"], ENCOUNTER_KINDS, "受診の種類（kind）", row, "kind")
    if not faults.one_of(row["addition"], rulebook.titles, "加算", row, "addition") or day is None:
        return None
    addition = rulebook.additions.get(row["addition"])
    if row.get("amount") is not None:
        faults.one_of(
            row["amount"], addition.amounts if addition else (), "点数の名前（amount）", row, "amount"
        )
    return Claim(str(row["patient"]), day, str(row["addition"]), row.get("kind"), row.get("amount"))


def _stated(row: Mapping[str, Any], keys: Iterable[str], what: str, faults: Faults) -> None:
    for key in keys:
        if row[key] is None:
            faults.add(f"{what}の「{key}」に値がありません。", row, key)
