"""From bytes to lines, in blocks: a claim file is never held whole, however long it or one of its lines is.

A file is CSV without quotes in Shift_JIS (JIS X 0201 and JIS X 0208:1983), each record ended by CRLF, the file by
the byte 0x1A. Everything else is a fault with its line, and the lines are read all the same. Two-byte characters
never hold a comma, a quote or a line end, so bytes are split first and only text is decoded.
Source: 記録条件仕様（医科）, 令和4年4月版.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO

from mitasu.claims.faults import Faults

BLOCK = 1 << 16
"""Bytes read at a time: the lines of a block are all made before the first is looked at, and should stay at hand."""
LONGEST = 32_768
"""Bytes of the longest line that is read; the longest record of the specification (TO with its texts) has under 3,000."""
EOF = b"\x1a"
_WINDOW = LONGEST // 2
"""A line longer than the longest fills at least one window of this size, counted from the start of its block."""
_CONTROL = bytes(byte for byte in (*range(32), 127) if byte not in (10, 13))
_decode = codecs.getdecoder("shift_jis")
_STRAY = re.compile(rb"[\x00-\x09\x0b\x0c\x0e-\x19\x1b-\x1f\x7f\r\x1a]")


def blocks(stream: BinaryIO, faults: Faults) -> Iterator[tuple[int, list[bytes]]]:
    """The number of the first line (from 1) and the lines of each block, without their ends."""
    number, rest, skipping = 1, b"", False
    while data := stream.read(BLOCK):
        if skipping:
            end = data.find(b"\n")
            if end < 0:
                continue
            data, skipping = data[end + 1 :], False
            number += 1
        data = rest + data
        cut = data.rfind(b"\n") + 1
        block, rest = data[:cut], data[cut:]
        if block:
            lines = _split(block, number, faults)
            yield number, lines
            number += len(lines)
        if len(rest) > LONGEST:
            too_long(number, faults)
            rest, skipping = b"", True
    if skipping:
        faults.add(number, "cut-off", "ファイルが行の途中で終わっています。最後の行は読んでいません。")
    else:
        yield from _last(rest, number, faults)


def too_long(number: int, faults: Faults) -> None:
    """A line that is not read because of its length."""
    faults.add(
        number,
        "line-too-long",
        f"1行が{LONGEST:,}バイトを超えています。レセプトの記録ではないので読みません。",
    )


def _split(block: bytes, number: int, faults: Faults) -> list[bytes]:
    lines = block.splitlines()
    ordinary = (
        len(lines) == block.count(b"\n") == block.count(b"\r")
    )  # every end is CRLF, and no CR is elsewhere
    if not ordinary:
        lines = block.split(b"\n")
        lines.pop()
        for at, line in enumerate(lines):
            if line[-1:] == b"\r":
                lines[at] = line[:-1]
            else:
                faults.add(number + at, "line-end", "改行がLFだけです。CRLFで終わるのが決まりです。")
    if not ordinary or b'"' in block or len(block.translate(None, _CONTROL)) != len(block):
        for at, line in enumerate(lines):
            lines[at] = _stray(line, number + at, faults)
    if any(block.find(b"\n", at, at + _WINDOW) < 0 for at in range(0, len(block) - _WINDOW + 1, _WINDOW)):
        for at, line in enumerate(lines):
            if len(line) > LONGEST:
                too_long(number + at, faults)
                lines[at] = b""
    return lines


def _stray(line: bytes, number: int, faults: Faults) -> bytes:
    """What is left of a line whose EOF byte, if it begins with one, is taken away; quotes and control characters told."""
    if line.startswith(EOF):
        faults.add(number, "after-eof", "EOF（0x1A）の後に記録が続いています。続きも読みました。")
        line = line.lstrip(EOF)
    if b'"' in line:
        faults.add(number, "quote", '引用符（"）があります。レセプトのファイルでは使えません。')
    if found := _STRAY.search(line):
        faults.add(
            number,
            "control-char",
            f"制御文字（0x{found[0][0]:02X}）があります（{found.start() + 1}バイト目）。",
        )
    return line


def _last(rest: bytes, number: int, faults: Faults) -> Iterator[tuple[int, list[bytes]]]:
    if rest == EOF:
        return
    if not rest:
        faults.add(number, "no-eof", "ファイルの最後にEOF（0x1A）がありません。")
        return
    if rest.startswith(EOF):
        faults.add(number, "after-eof", f"EOF（0x1A）の後に{len(rest) - 1:,}バイトあります。")
        rest = rest.lstrip(EOF)
        if not rest.strip(b"\x00\x1a "):
            return
    if rest.endswith(EOF):
        faults.add(number, "line-end", "最後の記録の後に改行（CRLF）がありません。")
        rest = rest[:-1]
    else:
        faults.add(
            number,
            "cut-off",
            "最後の行が改行なしに終わっています。ファイルが途中で切れていないか確かめてください。",
        )
    yield number, [_stray(rest, number, faults)]


def check_text(line: bytes, number: int, faults: Faults) -> None:
    """Tell the characters of a line with bytes from 0x80 that are outside JIS X 0201 and JIS X 0208:1983."""
    try:
        _decode(line)
    except UnicodeDecodeError:
        _tell(line, number, faults)
        return
    if b"\xea" in line and (b"\xea\xa3" in line or b"\xea\xa4" in line):
        _tell(line, number, faults)


def _tell(line: bytes, number: int, faults: Faults) -> None:
    strange: list[str] = []
    at = 0
    while at < len(line):
        lead = line[at]
        pair = line[at : at + 2]
        if lead < 0x80 or 0xA1 <= lead <= 0xDF:
            at += 1
        elif (character := _character(pair)) is None:
            faults.add(
                number,
                "bad-byte",
                f"文字として読めないバイト 0x{lead:02X} があります（{at + 1}バイト目）。Shift_JISのファイルか確かめてください。",
            )
            at += 1
        else:
            if not _in_jis(pair):
                strange.append(character)
            at += 2
    if strange:
        faults.add(
            number,
            "extension-char",
            f"JIS X 0208にない文字「{''.join(dict.fromkeys(strange))}」があります。ほかの機械では化けることがあります。",
        )


def _character(pair: bytes) -> str | None:
    try:
        found = pair.decode("cp932")
    except UnicodeDecodeError:
        return None
    return found if len(found) == 1 and len(pair) == 2 else None


def _in_jis(pair: bytes) -> bool:
    if pair in (b"\xea\xa3", b"\xea\xa4"):  # added in 1990
        return False
    try:
        pair.decode("shift_jis")
    except UnicodeDecodeError:
        return False
    return True
