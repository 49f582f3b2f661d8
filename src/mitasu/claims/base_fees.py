"""The fee of a visit itself: which one it is, its code, and its points in the month.

Which code is for whom is data (`base_fees.yaml`), its name and points stand in the code table. Which fee a visit has follows from its kind, from what the encounter
says of itself, and for 再診料 and 外来診療料 from the number of general beds; what is not known is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from mitasu.claims.codes import CodeTable
from mitasu.dates import month_of
from mitasu.facts import DERIVED, Institution, View
from mitasu.judge.encounters import Encounter
from mitasu.rulebook import ENCOUNTER_KINDS, Rulebook
from mitasu.rules.strict_yaml import read

LARGE = 200
"""General beds from which a hospital has 外来診療料 (A002) instead of 再診料 (A001)."""


@dataclass(frozen=True, slots=True)
class Fee:
    """A base fee. `points` None: no source tells them; `code` "": no source tells it; `asks`: what would."""

    code: str
    name: str
    points: int | None
    why: str
    sources: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()


def base_fee(encounter: Encounter, institution: Institution, rulebook: Rulebook, codes: CodeTable) -> Fee:
    """The base fee of an encounter at an institution."""
    kind = ENCOUNTER_KINDS[encounter.kind]
    if encounter.bundle is not None and encounter.kind in ("first_visit", "revisit"):
        label = str(rulebook.bundles[encounter.bundle]["label"])
        why = f"{label}の患者です。その点数と、初診料・再診料を別に算定できるかは、コードの表にありません。"
        return Fee("", label, None, why)
    rows = _table().get(institution.sector, {}).get(encounter.kind)
    if not rows:
        return Fee("", f"{kind}の基本料", None, "この種類の受診の基本料の点数は、コードの表にありません。")
    place, asks, told = _place(encounter, institution)
    if asks:
        return Fee("", "再診料または外来診療料", None, told, ("A001", "A002"), asks)
    online = encounter.attributes.get("online_consultation") is True
    when = encounter.base_fee or ("online" if online else "")
    for row in rows:
        if row.get("when", "") == when and row.get("at", place) == place:
            return _fee(row["code"], codes, encounter.on, told + _assumed(encounter, when))
    return Fee("", f"{kind}の基本料", None, f"{told}このような受診の基本料は、コードの表にありません。")


def _place(encounter: Encounter, institution: Institution) -> tuple[str, tuple[str, ...], str]:
    """For whom among institutions it is, what would tell, and why, in words."""
    if encounter.kind != "revisit":
        return "", (), ""
    if institution.kind != "hospital":
        return "clinic", (), "診療所なので再診料です。"
    beds = View(institution, encounter.on, DERIVED).get("general_beds")
    if beds is None:
        told = "一般病床の数（general_beds）が分からないので、再診料か外来診療料かを決められません。"
        return "", ("general_beds",), told
    if beds >= LARGE:
        return "large_hospital", (), f"一般病床{beds}床（{LARGE}床以上）なので外来診療料です。"
    return "clinic", (), f"一般病床{beds}床（{LARGE}床未満）なので再診料です。"


def _assumed(encounter: Encounter, when: str) -> str:
    if when:
        return ""
    return f"ほかの種類（base_fee）の指定がないので、ふつうの{ENCOUNTER_KINDS[encounter.kind]}として計算しました。"


def _fee(code: str, codes: CodeTable, day: date, why: str) -> Fee:
    """The fee of a code, with its points where the table confirms them for the month."""
    meaning = codes.at(code, month_of(day))
    points = meaning.points if meaning is not None and meaning.counts else None
    if points is None:
        why = f"{day}の点数は、コードの表にありません。{why}"
    name = meaning.name if meaning else f"診療行為{code}"
    cite = meaning.cite if meaning else ()
    return Fee(code, name, points, why, tuple(codes.sources.get(key, key) for key in cite))


@cache
def _table() -> dict[str, Any]:
    found: dict[str, Any] = read(
        files("mitasu.claims").joinpath("base_fees.yaml").read_text("utf-8"), "base_fees.yaml"
    )
    return found
