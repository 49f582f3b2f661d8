"""The little Markdown (MyST) that the generated pages need."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from mitasu.rulebook import GRADES, SECTORS

NOTICE = "% Written by tools/generate.py from the rulebook and the code. Do not edit.\n"


def escape(value: Any) -> str:
    """Text as it stands, on one line, whatever signs it holds."""
    text = " ".join(str(value).split())
    for sign in "\\`*_[]<>|$#~{}":
        text = text.replace(sign, "\\" + sign)
    return text


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table of cells that are Markdown already; a column without any text is left out."""
    names, lines = list(head), [list(row) for row in rows]
    kept = [column for column in range(len(names)) if any(line[column] for line in lines)]
    shown = [[names[column] for column in kept], ["---"] * len(kept)]
    shown += [[line[column] or "—" for column in kept] for line in lines]
    return "\n".join("| " + " | ".join(line) + " |" for line in shown) + "\n"


def bullets(items: Iterable[str]) -> str:
    """A list of items that are Markdown already."""
    return "".join(f"- {item}\n" for item in items)


def lines(*parts: str) -> str:
    """Several lines in one cell."""
    return "<br>".join(part for part in parts if part)


def japanese(day: date | str) -> str:
    """A day as a page writes it."""
    found = date.fromisoformat(str(day))
    return f"{found.year}年{found.month}月{found.day}日"


def span(from_: date | str | None, until: date | str | None) -> str:
    """From a day until a day; empty where both are open."""
    start = f"{japanese(from_)}から" if from_ else ""
    return start + (f"{japanese(until)}まで" if until else "")


def sectors(found: Iterable[str]) -> str:
    """Sectors by name; empty for all."""
    return "・".join(SECTORS[sector] for sector in found)


def scope(*parts: str) -> str:
    """What limits a statement, in brackets; empty where nothing does."""
    told = dict.fromkeys(part for part in parts if part)
    return f"（{'、'.join(told)}）" if told else ""


def slug(kind: str, id_: str) -> str:
    """The name by which another page points to a source or ruling."""
    return f"{kind}-{id_.lower()}"


def source(cite: str) -> str:
    """A citation with its first word as a link to the list of sources."""
    key, _, place = cite.partition(" ")
    return f"[{escape(key)}](#{slug('source', key)}) {escape(place)}".strip()


def sources(cites: Iterable[str], grade: str = "") -> str:
    """Citations, with the grade of what they support."""
    told = "、".join(source(cite) for cite in cites)
    return told + (f"（{GRADES[grade]}）" if grade in GRADES else "")


def ruling(id_: str) -> str:
    """A ruling as a link to the list of rulings."""
    return f"[{escape(id_)}](#{slug('ruling', id_)})"


def labels(found: Mapping[str, str]) -> str:
    """Words and what they mean."""
    return "、".join(f"`{word}` {escape(label)}" if label else f"`{word}`" for word, label in found.items())
