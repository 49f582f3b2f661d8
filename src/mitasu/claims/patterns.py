"""One expression for a whole record: a line that matches has the right number, types and widths of fields.

Made from the table of the record. It may refuse a line that is right, never accept one that is wrong, except for days
and months, whose digits are looked at by the reader: so a line that does not match is looked at field by field
(`fields.Checker`), which knows what to say. No field holds the comma that ends it, so nothing is ever tried a second
time with less of a field: every repetition is possessive, which halves the time of a match.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from mitasu.claims.tables import Field, RecordTable

_SIGNS = {
    "digits": b"[0-9]",
    "times": b"[0-9]",
    "code": b"[0-9A-Za-z]",
    "text": b"[^,]",
    "spare": b"[^,]",
}


class LinePattern:
    """Matches a line of one record; the groups are the fields at `wanted` places, in order."""

    def __init__(self, table: RecordTable, wanted: Collection[int]) -> None:
        if table.fields is None:
            raise ValueError(f"the fields of {table.id} are not known")
        parts = [table.id.encode()]
        for place, field in enumerate(table.fields, 1):
            one = _part(field)
            parts.append(b"(" + one + b")" if place in wanted else one)
        self._match = re.compile(b",".join(parts) + (b".*" if table.more else b"")).fullmatch
        self._commas = len(table.fields)

    def groups(self, line: bytes) -> tuple[bytes, ...] | None:
        """The wanted fields of a line whose trailing fields may be cut; None where it does not match."""
        found = self._match(line + b"," * (self._commas - line.count(b",")))
        return None if found is None else found.groups()


def _part(field: Field) -> bytes:
    match field.type:
        case "month":
            one = b"[0-9]{5,6}+"
        case "date":
            one = b"[0-9]{7,8}+"
        case "insurer":
            one = b" {0,7}+[0-9]{1,8}+" if not field.fixed else b"(?=[^,]{8}(?:,|$)) {0,7}+[0-9]{1,8}+"
        case "decimal":
            one = b"[0-9]{1,5}+(?:\\.[0-9]{1,5}+)?+"
        case _:
            least = field.width if field.fixed and field.width else 1
            most = b"" if field.width is None else b"%d" % field.width
            one = _SIGNS[field.type] + b"{%d,%b}+" % (least, most)
    return one if field.required else b"(?:" + one + b")?+"
