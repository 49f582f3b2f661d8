"""The sentences that an institution puts on the wall (院内掲示) or on its website: data, read strictly.

What has to be told is law, so it stands in `postings*.yaml`, each sentence with the requirement that asks
for it. The words are our own; only what they must tell comes from the notice. Words in braces are filled
in when the sentence is made: {title}, {level}, {points}, {name}, {we}, and what only the institution knows
(`fill`). `phrases` are for finding the sentence again in a page that someone else has worded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from string import Formatter
from typing import Any

from mitasu.rulebook.addition import Addition
from mitasu.rulebook.catalogue import FACILITY_KINDS, SECTORS
from mitasu.rulebook.keys import ASK, POSTING
from mitasu.rulebook.tables import References, TableReader
from mitasu.rules.faults import Faults
from mitasu.rules.nodes import Fact, nodes_of

PLACES = {"wall": "院内掲示", "web": "ウェブサイト"}
BLANKS = ("title", "level", "points", "name", "we")
"""What a sentence may leave open and the judgement fills in."""


@dataclass(frozen=True, slots=True)
class Ask:
    """The requirement that asks for a sentence at a place, and the fact that says whether it is there ("": none)."""

    requirement: str
    fact: str = ""


@dataclass(frozen=True, slots=True)
class Posting:
    """One sentence to post for an addition. `levels` None: whatever the level."""

    id: str
    addition: str
    text: str
    phrases: tuple[tuple[str, ...], ...]
    asked: Mapping[str, Ask]
    levels: tuple[str, ...] | None = None
    sectors: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    from_: date | None = None
    until: date | None = None
    fill: Mapping[str, str] = field(default_factory=dict)
    advisory: bool = False
    cite: tuple[str, ...] = ()
    grade: str = "A"
    note: str = ""

    def stands_on(self, day: date, sector: str, kind: str) -> bool:
        """Whether it is to be posted on the day by an institution of that sector and kind."""
        within = (self.from_ is None or self.from_ <= day) and (self.until is None or day <= self.until)
        return (
            within and (not self.sectors or sector in self.sectors) and (not self.kinds or kind in self.kinds)
        )


def read_postings(
    document: Any, faults: Faults, references: References, additions: Mapping[str, Addition]
) -> dict[str, Posting]:
    """The postings of one file; faults are recorded, sound postings returned."""
    if not isinstance(document, dict):
        faults.add("掲示の文は「id: {…}」を並べます。", document)
        return {}
    found = {}
    for id_, table in document.items():
        reader = PostingReader(table, faults, references, additions)
        posting = reader.read(str(id_))
        if posting is not None:
            found[posting.id] = posting
    return found


class PostingReader(TableReader):
    """Reads one posting."""

    def __init__(
        self, table: Any, faults: Faults, references: References, additions: Mapping[str, Addition]
    ) -> None:
        super().__init__(table, faults, references)
        self.additions = additions

    def read(self, id_: str) -> Posting | None:
        """The posting, or None where it lacks what it needs."""
        table, faults = self.document, self.faults
        before = len(faults.problems)
        what = f"掲示の文「{id_}」"
        if not faults.keys(table, POSTING, ("addition", "text", "phrases", "cite"), what):
            return None
        self.citing(table, what)
        if not faults.one_of(table["addition"], self.additions, "加算", table, "addition"):
            return None
        addition = self.additions[table["addition"]]
        sectors = self.words(table, "sectors", addition.sectors, "この加算の部門")
        asked = {place: self.ask(table, place, addition, sectors) for place in PLACES if place in table}
        if not asked:
            faults.add(f"{what}に、どこに掲示するか（wall、web）がありません。", table)
        start, end = faults.day(table, "from"), faults.day(table, "until")
        if start is not None and end is not None and end < start:
            faults.add(f"期間の終わり（{end}）が始まり（{start}）より前です。", table, "until")
        fill = self.filling(table)
        posting = Posting(
            id_,
            addition.id,
            str(table["text"]),
            self.phrases(table),
            {place: ask for place, ask in asked.items() if ask is not None},
            self.levels(table, addition),
            sectors,
            self.words(table, "kinds", FACILITY_KINDS, "施設の種類"),
            start,
            end,
            fill,
            bool(table.get("advisory", False)),
            self.cite(table),
            self.grade(table),
            str(table.get("note", "")),
        )
        self.check_blanks(posting, table)
        return posting if len(faults.problems) == before else None

    def ask(
        self, table: Mapping[str, Any], place: str, addition: Addition, sectors: tuple[str, ...]
    ) -> Ask | None:
        """Who asks for the sentence at a place: a requirement of the addition in each sector meant."""
        row, faults = table[place], self.faults
        if not isinstance(row, dict):
            faults.add(f"{place} は {{requirement: …, fact: …}} と書きます。", table, place)
            return None
        if not faults.keys(row, ASK, ("requirement",), f"{place}（{PLACES[place]}）"):
            return None
        known = {requirement.id for _, requirement in addition.requirements}
        if not faults.one_of(
            row["requirement"], sorted(known), f"加算「{addition.id}」の要件", row, "requirement"
        ):
            return None
        id_, fact = str(row["requirement"]), str(row.get("fact") or "")
        for sector in sectors or addition.sectors:
            if not any(r.id == id_ and (not scope or sector in scope) for scope, r in addition.requirements):
                faults.add(f"要件「{id_}」は{SECTORS[sector]}にありません。", row, "requirement")
        if fact:
            conditions = (condition for _, r in addition.requirements for condition in r.conditions())
            asked = {node.id for node in nodes_of(*conditions) if isinstance(node, Fact)}
            boolean = {
                id_ for id_, entry in self.references.catalogue.of("fact").items() if entry.type == "boolean"
            }
            faults.one_of(fact, sorted(asked & boolean), f"加算「{addition.id}」が問う事実", row, "fact")
        return Ask(id_, fact)

    def levels(self, table: Mapping[str, Any], addition: Addition) -> tuple[str, ...] | None:
        """The levels at which the sentence is posted; None for all."""
        if "levels" not in table:
            return None
        known = {level.level for period in addition.periods for level in period.levels}
        return self.words(table, "levels", sorted(known), "区分")

    def phrases(self, table: Mapping[str, Any]) -> tuple[tuple[str, ...], ...]:
        """Groups of phrases: a page tells the sentence where it has one phrase of each group."""
        groups = []
        rows = self.faults.items(table, "phrases")
        for index, row in enumerate(rows):
            if not isinstance(row, list) or not row or not all(isinstance(one, str) and one for one in row):
                told = "phrases には言い換えの一覧を並べます（[[無償, 無料], [交付, 発行]]）。"
                self.faults.add(told, rows, index)
                continue
            groups.append(tuple(row))
        if not rows:
            self.faults.add("phrases が空です。点検に使う言葉を書いてください。", table, "phrases")
        return tuple(groups)

    def filling(self, table: Mapping[str, Any]) -> dict[str, str]:
        """What only the institution knows, by blank: how to ask for it."""
        fill = table.get("fill")
        if fill is None:
            return {}
        if not isinstance(fill, dict) or not all(isinstance(label, str) for label in fill.values()):
            self.faults.add("fill には「空欄の名前: 書くこと」を並べます。", table, "fill")
            return {}
        return dict(fill)

    def check_blanks(self, posting: Posting, table: Mapping[str, Any]) -> None:
        """Every blank is known, and everything to fill in is used."""
        known = {*BLANKS, *posting.fill}
        try:
            named = blanks(posting.text)
            phrased = {name for group in posting.phrases for phrase in group for name in blanks(phrase)}
        except ValueError:
            self.faults.add("波かっこ（{ }）が閉じていません。", table, "text")
            return
        for name in sorted(named | phrased):
            self.faults.one_of(name, sorted(known), "空欄", table, "text")
        for name in posting.fill.keys() - named:
            self.faults.add(f"fill の「{name}」は文に出てきません。", table, "fill")


def blanks(text: str) -> set[str]:
    """The names in braces in a text; ValueError where a brace is not closed."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}
