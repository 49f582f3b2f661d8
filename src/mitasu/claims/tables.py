"""The records of a claim file as data: which there are, in which order, and what each field must look like.

`tables/*.json` hold one kind of claim each. `fields` is null where no text that we have read gives the fields of a
record: such a record is kept and written again as it is, and never checked. `more`: further fields may follow that
are not known. `personal` says what of a patient a field tells; whoever hides patients reads it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

from mitasu.claims.receipt import ClaimKind

FieldType = Literal["digits", "decimal", "code", "month", "date", "insurer", "times", "text", "spare"]
KINDS: tuple[ClaimKind, ...] = ("medical", "dpc", "dental", "dispensing")


@dataclass(frozen=True, slots=True)
class Field:
    """One field: `width` is the most bytes (exactly these where `fixed`), None where no text gives it."""

    name: str
    type: FieldType
    width: int | None = None
    fixed: bool = False
    required: bool = False
    personal: str | None = None


@dataclass(frozen=True, slots=True)
class RecordTable:
    """One record; `fields` from the one after the record's id; None: not known."""

    id: str
    name: str
    fields: tuple[Field, ...] | None
    more: bool


@dataclass(frozen=True, slots=True)
class Table:
    """The records of one kind of claim; `ranks`: the place of a record in its receipt, same number, any order."""

    kind: ClaimKind
    title: str
    edition: str
    source: str
    note: str
    ranks: dict[str, int]
    records: dict[str, RecordTable]

    @property
    def unchecked(self) -> tuple[str, ...]:
        """The records whose fields are not known."""
        return tuple(id_ for id_, record in self.records.items() if record.fields is None)


@cache
def table(kind: ClaimKind) -> Table:
    """The table of one kind of claim.

    >>> table("medical").records["SI"].fields[2].name
    '診療行為コード'
    >>> table("dpc").records["BU"].fields is None
    True
    """
    document = json.loads(files("mitasu.claims").joinpath("tables", f"{kind}.json").read_text("utf-8"))
    records = {}
    for id_, record in document["records"].items():
        fields = record["fields"]
        if fields is not None:
            fields = tuple(
                Field(**{key: value for key, value in field.items() if key != "repeat"})
                for field in fields
                for _ in range(field.get("repeat", 1))
            )
        records[id_] = RecordTable(id_, record["name"], fields, record.get("more", False))
    ranks = {id_: place for place, ids in enumerate(document["order"]) for id_ in ids}
    return Table(
        document["kind"],
        document["title"],
        document["edition"],
        document["source"],
        document["note"],
        ranks,
        records,
    )
