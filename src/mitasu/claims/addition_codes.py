"""Which code of the fee master stands for an addition at a level, in a month, beside a base fee.

The meanings come from the code table of the claims (`codes.yaml`). A code is given only where exactly one
confirmed code is left; several, or none, give "", because a wrong code is worse than no code.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from mitasu.claims.codes import FOREVER, Meaning
from mitasu.dates import month_of

MANAGED = "医学管理等"
"""How the table names codes of additions inside 医学管理等 (小児科外来診療料 and others)."""


def codes_of(
    meanings: Iterable[Meaning],
    addition: str,
    level: str,
    kind: str,
    sector: str,
    span: tuple[date, date | None],
) -> list[Meaning]:
    """The confirmed codes of an addition at a level and kind of encounter, throughout a span of days."""
    first = month_of(span[0])
    last = FOREVER if span[1] is None else month_of(span[1])
    return [
        one
        for one in meanings
        if one.confirmed
        and one.addition == addition
        and one.sector == sector
        and one.encounter == kind
        and one.level in (None, level)
        and one.from_ <= first
        and last <= one.until
    ]


def code_beside(found: Iterable[Meaning], base: str, *, bundled: bool) -> str:
    """The one code that belongs to a base fee (初診料, 再診料, 外来診療料, also with what stands in brackets behind).

    "" where none or several are left.
    """
    stem = MANAGED if bundled else base.partition("（")[0]
    left = [one for one in found if not stem or one.name.startswith(stem)]
    return left[0].code if len(left) == 1 else ""
