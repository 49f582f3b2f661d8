"""Whose patients a claim file holds: invented ones, hidden ones, or perhaps real ones, which are refused by default.

Told by three marks that must all be there, in every receipt:

    samples      name of the institution ends in （見本）, patients are called 見本…, payers' numbers begin with 9999
    anonymized   name of the institution begins with 匿名化, patients are called 匿名…, payers' numbers begin with 9998

No payer has a number that begins with 99. A file without receipts holds nobody. Everything else may hold real
patients; whoever reads it says that they may.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from mitasu.claims.faults import Faults
from mitasu.claims.lines import blocks
from mitasu.claims.opening import HEAD, refusal, unreadable
from mitasu.errors import InputError, Problem

Origin = Literal["sample", "anonymized", "unknown"]
PERSON_MARK, HIDDEN_MARK = "見本", "匿名"
PAYER_MARK, HIDDEN_PAYER_MARK = "9999", "9998"
NAME_END, HIDDEN_NAME = "（見本）", "匿名化"
NAME_BYTES = 40
_MARKS: dict[Origin, tuple[re.Pattern[bytes], bytes, bytes]] = {
    "sample": (
        re.compile(rb"[^,]*" + re.escape(NAME_END.encode("cp932")) + rb"\Z"),
        PERSON_MARK.encode("cp932"),
        PAYER_MARK.encode(),
    ),
    "anonymized": (
        re.compile(re.escape(HIDDEN_NAME.encode("cp932"))),
        HIDDEN_MARK.encode("cp932"),
        HIDDEN_PAYER_MARK.encode(),
    ),
}


def sample_name(name: str) -> str:
    """The name of an institution as a sample carries it: at most 40 bytes, （見本） at its end.

    >>> sample_name("青葉台こもれび内科")
    '青葉台こもれび内科（見本）'
    """
    return fitting(name, NAME_BYTES - len(NAME_END.encode("cp932"))) + NAME_END


def fitting(text: str, size: int) -> str:
    """The longest beginning of a text that has at most `size` bytes as claim files encode it."""
    text = "".join(sign for sign in text if sign not in ',"' and _encodes(sign))
    while len(text.encode("cp932")) > size:
        text = text[:-1]
    return text


def _encodes(sign: str) -> bool:
    try:
        sign.encode("cp932").decode("shift_jis")
    except UnicodeError:
        return False
    return sign.isprintable()


def origin(path: Path) -> Origin:
    """Whose patients are in a claim file; InputError where it is none."""
    possible: set[Origin] = {"sample", "anonymized"}
    try:
        with path.open("rb") as source:
            problem = refusal(source.read(HEAD), path)
            if problem is not None:
                raise InputError(problem)
            source.seek(0)
            for _, lines in blocks(source, Faults(kept=0)):
                for line in lines:
                    if line[:3] in (b"RE,", b"HO,", b"KO,", b"IR,", b"YK,", b"SN,"):
                        possible = {one for one in possible if _carries(line, one)}
                        if not possible:
                            return "unknown"
    except OSError as error:
        raise unreadable(error, path) from None
    return "sample" if "sample" in possible else "anonymized"


def _carries(line: bytes, one: Origin) -> bool:
    name, person, payer = _MARKS[one]
    values = line.split(b",", 7)
    values += [b""] * (8 - len(values))
    match values[0]:
        case b"IR" | b"YK":
            return bool(name.match(values[6] if values[0] == b"IR" else values[5]))
        case b"RE":
            return values[4].startswith(person)
        case b"SN":
            return not values[3] or values[3].lstrip(b" ").startswith(payer)
        case _:
            return values[1].lstrip(b" ").startswith(payer)


def require(path: Path, *, rights: bool) -> None:
    """InputError where a file may hold real patients and nobody said that they may be read."""
    if not rights and origin(path) == "unknown":
        raise InputError(
            Problem(
                "実在の患者のレセプトかもしれません。読む権限があり、院内の決まりに沿うなら --i-have-rights を付けてください。"
                "見本（mitasu claims generate）と匿名化したファイル（mitasu claims anonymize）は、そのまま読めます。",
                str(path),
                code="rights",
            )
        )
