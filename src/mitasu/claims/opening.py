"""What a file is before it is read as a claim file: others are refused by name, with what to do instead."""

from __future__ import annotations

import re
from pathlib import Path

from mitasu.claims.receipt import ClaimKind
from mitasu.errors import InputError, Problem, reason

HEAD = 1 << 18
"""Bytes by which a file is known for what it is."""
GET = "レセプトコンピューターの「電子レセプト作成」で書き出したファイル（RECEIPTC.UKEなど）を、開いて保存し直さずに使ってください。"
_MARKS = (
    (b"PK\x03\x04", "圧縮ファイル（zip）かExcelのファイル"),
    (b"PK\x05\x06", "空の圧縮ファイル（zip）"),
    (b"\x1f\x8b", "圧縮ファイル（gzip）"),
    (b"7z\xbc\xaf\x27\x1c", "圧縮ファイル（7z）"),
    (b"BZh", "圧縮ファイル（bzip2）"),
    (b"%PDF", "PDF"),
    (b"\xd0\xcf\x11\xe0", "Excelなどの古い形式のファイル"),
    (b"\xff\xfe", "UTF-16の文章"),
    (b"\xfe\xff", "UTF-16の文章"),
)
_RECORDS = re.compile(rb"(?:^|\n)\x1a?(?:RE|HO|KO|SY|SI|GO),")
_THREE = re.compile(rb"[\xe2-\xe9][\x80-\xbf]{2}")


def refusal(head: bytes, path: Path) -> Problem | None:
    """Why a file whose first bytes are these is no claim file that we read; None: it is one."""
    file = str(path)
    if not head:
        return Problem("空のファイルです。" + GET, file)
    for mark, name in _MARKS:
        if head.startswith(mark):
            inside = "展開して、中のUKEファイルを使ってください。" if "圧縮" in name else GET
            return Problem(f"{name}です。レセプトのファイルではありません。{inside}", file)
    if head.startswith(b"\xef\xbb\xbf") or is_utf8(head):
        return Problem(
            "文字がUTF-8です。レセプトのファイルはShift_JISです。表計算ソフトやエディターで保存し直されたようです。"
            + GET,
            file,
        )
    if path.suffix.upper() in (".HEN", ".SAH"):
        return Problem(
            "返戻（.HEN）・再審査等返戻（.SAH）のファイルです。記録の並びを確かめていないので読みません。",
            file,
            nearest="請求したときのファイル（.UKE）",
        )
    if path.name.upper().startswith("RECEIPTH") or _nursing(head):
        return Problem(
            "訪問看護のレセプトです。記録の種類が公開された資料で確かめられないので読みません。読めるのは医科、DPC、歯科、調剤です。",
            file,
        )
    first = re.split(rb"[,\r\n]", head.lstrip(b"\x1a"), maxsplit=1)[0]
    if first not in (b"IR", b"YK") and not _RECORDS.search(head):
        found = first[:20].decode("cp932", "replace")
        found = "".join(character if character.isprintable() else "?" for character in found)
        return Problem(
            f"レセプトのファイルではありません。最初の記録はIR（薬局はYK）のはずですが、「{found}」です。"
            + GET,
            file,
            nearest="RECEIPTC.UKE（医科）、RECEIPTD.UKE（DPC）、RECEIPTS.UKE（歯科）、RECEIPTY.UKE（調剤）",
        )
    return None


def is_utf8(head: bytes) -> bool:
    """Whether bytes are Japanese in UTF-8: all of it reads so, and there are sequences of three bytes."""
    if head.isascii() or not _THREE.search(head):
        return False
    whole = head[: head.rfind(b"\n") + 1] or head
    try:
        whole.decode("utf-8")
    except UnicodeDecodeError as error:
        return whole is head and error.start >= len(head) - 3
    return True


def _nursing(head: bytes) -> bool:
    return re.match(rb"IR,[^,]*,[^,]*,6,", head) is not None


def kind_of(head: bytes, path: Path) -> ClaimKind:
    """Which kind of claim the first bytes hold: by 点数表 of the first record, then by the records there are."""
    found = re.match(rb"\x1a?(IR|YK),[^,\r\n]*,[^,\r\n]*,([0-9]?)", head)
    name = path.name.upper()
    if found and (found[1] == b"YK" or found[2] == b"4"):
        return "dispensing"
    if found and found[2] == b"3":
        return "dental"
    ids = set(re.findall(rb"\n([A-Z]{2}),", head))
    if not found:
        if ids & {b"CZ", b"SH", b"KI"}:
            return "dispensing"
        if ids & {b"SS", b"HS"}:
            return "dental"
    return "dpc" if ids & {b"BU", b"SB", b"HH"} or name.startswith("RECEIPTD") else "medical"


def unreadable(error: OSError, path: Path) -> InputError:
    """A file that cannot be opened or read."""
    why = "ファイルがありません" if isinstance(error, FileNotFoundError) else reason(error)
    return InputError(Problem(f"読めません（{why}）。", str(path)))
