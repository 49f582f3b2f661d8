"""Does the code table of the additions agree with the imported 診療行為 masters? Codes, points, names, ends.

Each edition is asked for the month of its date, because that is what it speaks of (of several in a month, the
newest). A meaning that the table
marks as unconfirmed is no difference; where the master bears it out, that is said, so that it can be confirmed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from mitasu.claims.calculation import points_of
from mitasu.claims.codes import Meaning
from mitasu.claims.masters.lookup import Found, Lookup
from mitasu.claims.masters.store import Edition, Store
from mitasu.dates import month_of
from mitasu.text import halfwidth

_FULL_NAME = 113  # 基本漢字名称; the short name may be cut


@dataclass(frozen=True, slots=True)
class Difference:
    """One code in one month: what (`points`, `name`, `ended`, `missing`, `confirmable`), in words, by which edition."""

    code: str
    month: str
    what: str
    told: str
    edition: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What was compared; `confirmable`: unconfirmed meanings that a master bears out."""

    compared: int
    differences: tuple[Difference, ...]
    confirmable: tuple[Difference, ...]


def check(store: Store, meanings: Iterable[Meaning], titles: Mapping[str, str]) -> Checked:
    """The code table against every edition of the 診療行為 master; `titles`: the additions by id."""
    by_code: dict[str, list[Meaning]] = {}
    for one in meanings:
        by_code.setdefault(one.code, []).append(one)
    compared = 0
    differences: list[Difference] = []
    confirmable: list[Difference] = []
    newest = {month_of(edition.dated): edition for edition in store.editions("procedures")}
    for month, edition in newest.items():
        lookup = Lookup(store)
        for code, rows in by_code.items():
            meaning = next((row for row in rows if row.from_ <= month <= row.until), None)
            found = lookup.as_of("procedures", month, code)
            if meaning is None and not found:
                continue
            compared += 1
            told = list(_told(meaning, found[0] if found else None, store, edition, code, titles))
            if meaning is None or meaning.confirmed:
                differences += [Difference(code, month, what, words, edition.title) for what, words in told]
            elif not told:
                words = (
                    f"未確認としていた内容（{_named(meaning, titles)} {meaning.points}点）と合っています。"
                )
                confirmable.append(Difference(code, month, "confirmable", words, edition.title))
    return Checked(compared, tuple(differences), tuple(confirmable))


def _told(
    meaning: Meaning | None,
    found: Found | None,
    store: Store,
    edition: Edition,
    code: str,
    titles: Mapping[str, str],
) -> Iterable[tuple[str, str]]:
    """What is different about a code, as (what, words)."""
    if meaning is None:
        if found is not None:
            yield "ended", f"表では有効でない月ですが、マスターでは有効です（{found.row.name}）。"
        return
    if found is None:
        rows = store.coded(edition, code)
        if rows and rows[0].until:
            yield "ended", f"マスターでは{rows[0].until}に終わっています。"
        else:
            yield "missing", "マスターに、この月に有効な行がありません。"
        return
    points = points_of(found)
    if meaning.points is not None and points != meaning.points:
        shown = "点数でない" if points is None else f"{points}点"
        yield "points", f"点数が違います（表{meaning.points}点、マスター{shown}）。"
    named = _named(meaning, titles)
    if meaning.addition and _plain(named) not in _plain(found.row.name + found.row.cell(_FULL_NAME)):
        yield "name", f"名前が違います（表「{named}」、マスター「{found.row.name}」）。"


def _named(meaning: Meaning, titles: Mapping[str, str]) -> str:
    if not meaning.addition:
        return meaning.name
    return titles.get(meaning.addition, meaning.addition) + (meaning.level or "")


def _plain(name: str) -> str:
    """A name without differences of width, blanks and case."""
    return halfwidth(name).replace(" ", "").upper()


def checked_to_dict(found: Checked) -> dict[str, Any]:
    """The result as plain data."""
    return {
        "compared": found.compared,
        "differences": [asdict(one) for one in found.differences],
        "confirmable": [asdict(one) for one in found.confirmable],
    }
