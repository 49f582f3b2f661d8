"""The codes of which sample claim files are made, with the months in which they mean what they say.

Real codes are those of visits and of the additions of the rulebook. Everything else a receipt needs
(tests, drugs, beds) has codes with 9999 in the middle, which no master has, and invented points.
Source: 医科診療行為マスター, editions of June 2024 to May 2025, and 告示 of 2024 and 2026.
"""

from __future__ import annotations

from dataclasses import dataclass

FIRST_MONTH = "2024-06"
"""The first month of which the codes are known."""
LAST = "9999-12"


@dataclass(frozen=True, slots=True)
class SampleCode:
    """A code from a month until a month; `where`: first_visit, revisit or admission."""

    code: str
    points: int
    where: str
    from_: str
    until: str
    addition: str = ""
    level: str = ""


_DX, _MI, _EI, _RM = (
    "medical-dx-promotion",
    "medical-information-acquisition",
    "electronic-information-sharing",
    "record-management",
)
CODES: tuple[SampleCode, ...] = (
    SampleCode("111000110", 291, "first_visit", "2024-06", LAST),
    SampleCode("112007410", 75, "revisit", "2024-06", "2026-05"),
    SampleCode("112007410", 76, "revisit", "2026-06", LAST),
    SampleCode("111703370", 8, "first_visit", "2024-06", "2024-09", _DX, ""),
    SampleCode("111703470", 11, "first_visit", "2024-10", "2025-03", _DX, "1"),
    SampleCode("111703570", 10, "first_visit", "2024-10", "2025-03", _DX, "2"),
    SampleCode("111703370", 8, "first_visit", "2024-10", "2025-03", _DX, "3"),
    SampleCode("111703670", 12, "first_visit", "2025-04", "2026-05", _DX, "1"),
    SampleCode("111703770", 11, "first_visit", "2025-04", "2026-05", _DX, "2"),
    SampleCode("111703870", 10, "first_visit", "2025-04", "2026-05", _DX, "3"),
    SampleCode("111703470", 10, "first_visit", "2025-04", "2026-05", _DX, "4"),
    SampleCode("111703570", 9, "first_visit", "2025-04", "2026-05", _DX, "5"),
    SampleCode("111703370", 8, "first_visit", "2025-04", "2026-05", _DX, "6"),
    SampleCode("111703170", 3, "first_visit", "2024-06", "2024-11", _MI),
    SampleCode("111703270", 1, "first_visit", "2024-12", "2026-05", _MI),
    SampleCode("111704070", 15, "first_visit", "2026-06", LAST, _EI, "1"),
    SampleCode("111704170", 9, "first_visit", "2026-06", LAST, _EI, "2"),
    SampleCode("111704270", 4, "first_visit", "2026-06", LAST, _EI, "3"),
    SampleCode("112709570", 2, "revisit", "2026-06", LAST, _EI, ""),
    SampleCode("190832010", 140, "admission", "2024-06", "2026-05", _RM, "1"),
    SampleCode("190832110", 100, "admission", "2024-06", "2026-05", _RM, "2"),
    SampleCode("190832210", 30, "admission", "2024-06", "2026-05", _RM, "3"),
)

INVENTED_ACTS = (
    ("13", "113999910", 225),
    ("31", "130999910", 25),
    ("40", "140999910", 52),
    ("60", "160999910", 26),
    ("60", "160999920", 11),
    ("60", "160999930", 144),
    ("60", "160999940", 49),
    ("60", "160999950", 11),
    ("60", "160999960", 17),
    ("60", "160999970", 40),
    ("60", "160999980", 125),
    ("70", "170999910", 210),
    ("70", "170999920", 57),
    ("80", "180999910", 68),
)
INVENTED_DRUGS = tuple(f"6209999{place:02d}" for place in range(1, 13))
INVENTED_BED = "190999910"
INVENTED_DISEASES = ("9999001", "9999002", "9999003", "9999004", "9999005")


def codes(month: str, where: str) -> list[SampleCode]:
    """The codes of a kind of encounter in a month, the visit itself first.

    >>> [one.points for one in codes("2025-05", "revisit")], codes("2025-05", "first_visit")[0].code
    ([75], '111000110')
    """
    found = [one for one in CODES if one.where == where and one.from_ <= month <= one.until]
    return sorted(found, key=lambda one: bool(one.addition))
