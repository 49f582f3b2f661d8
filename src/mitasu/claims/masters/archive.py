"""The files a master comes in: a CSV, or the zip as it is handed out. Nothing of a zip is written to disk.

A zip is somebody else's file: too many files, too much when unpacked, names that lead elsewhere and locked
files are refused before anything is read (zip bombs, path traversal).
"""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path, PurePosixPath

from mitasu.errors import InputError, Problem, reason

MOST_BYTES = 300 * 1024 * 1024
"""How large one file may be; the largest public master (医薬品適応 of the check masters) has about 1.2 million rows."""
MOST_FILES = 200
MOST_RATIO = 200
"""How many times smaller a packed file may be; real masters pack to about a tenth or twentieth."""
_PIECE = 1024 * 1024
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    RuntimeError,
    IndexError,
)
"""What the standard library raises where the bytes of a zip are not what its head says."""


def contents(path: Path) -> Iterator[tuple[str, bytes]]:
    """The CSV files at a path by name: the file itself, or those in a zip; InputError where it cannot be read."""
    data = _bytes(path)
    if not data.startswith(b"PK\x03\x04") and not data.startswith(b"PK\x05\x06"):
        yield path.name, data
        return
    try:
        with zipfile.ZipFile(BytesIO(data), metadata_encoding="cp932") as packed:
            yield from _unpacked(packed, path)
    except InputError:
        raise
    except BROKEN:
        raise InputError(
            Problem("zip が壊れているか、途中で切れています。もう一度取り直してください。", str(path))
        ) from None


def _unpacked(packed: zipfile.ZipFile, path: Path) -> Iterator[tuple[str, bytes]]:
    members = [member for member in packed.infolist() if not member.is_dir()]
    if any(member.filename.endswith("workbook.xml") for member in members):
        told = "Excelのブックです。配布されたままのCSVかzipを指定してください。"
        raise InputError(Problem(told, str(path)))
    if len(members) > MOST_FILES:
        told = f"zip の中のファイルが多すぎます（{len(members)}。{MOST_FILES}まで）。"
        raise InputError(Problem(told, str(path)))
    if sum(member.file_size for member in members) > MOST_BYTES:
        told = (
            f"zip をほどくと大きすぎます（{MOST_BYTES // 1024**2} MBまで）。マスターの zip ではありません。"
        )
        raise InputError(Problem(told, str(path)))
    wanted = [member for member in members if member.filename.lower().endswith((".csv", ".txt"))]
    if not wanted:
        told = "zip の中にCSVがありません。"
        if any(member.filename.lower().endswith(".zip") for member in members):
            told += "zip の中の zip は読みません。一度ほどいてください。"
        raise InputError(Problem(told, str(path)))
    for member in members:
        _check(member, path)
    for member in wanted:
        yield PurePosixPath(member.filename).name, _member(packed, member, path)


def _check(member: zipfile.ZipInfo, path: Path) -> None:
    place = f"{path}（{member.filename}）"
    plain = PurePosixPath(member.filename.replace("\\", "/"))
    if plain.is_absolute() or ".." in plain.parts or plain.name.startswith(".."):
        told = "zip の中に、別の場所を指す名前のファイルがあります。安全でないので読みません。"
        raise InputError(Problem(told, place))
    if stat.S_ISLNK(member.external_attr >> 16):
        raise InputError(Problem("zip の中にリンクがあります。安全でないので読みません。", place))
    if member.flag_bits & 0x1:
        raise InputError(Problem("zip に鍵がかかっています。鍵のないものを指定してください。", place))
    if member.file_size > MOST_RATIO * max(member.compress_size, 1024):
        told = "縮み方が極端です（zip 爆弾の疑い）。マスターの zip ではありません。"
        raise InputError(Problem(told, place))


def _member(packed: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path) -> bytes:
    """The bytes of a member, read in pieces: what its head says of its size is not believed."""
    pieces: list[bytes] = []
    read = 0
    with packed.open(member) as file:
        while piece := file.read(_PIECE):
            read += len(piece)
            if read > member.file_size or read > MOST_BYTES:
                told = "zip の中のファイルが、書かれた大きさより大きくほどけます。読みません。"
                raise InputError(Problem(told, f"{path}（{member.filename}）"))
            pieces.append(piece)
    return b"".join(pieces)


def _bytes(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise InputError(Problem("フォルダーです。ファイルの名前を書いてください。", str(path)))
        size = path.stat().st_size
        if size > MOST_BYTES:
            told = f"ファイルが大きすぎます（{size // 1024**2} MB。{MOST_BYTES // 1024**2} MBまで）。"
            raise InputError(Problem(told, str(path)))
        return path.read_bytes()
    except FileNotFoundError:
        raise InputError(Problem("ファイルがありません。", str(path))) from None
    except OSError as error:
        raise InputError(Problem(f"読めません（{reason(error)}）。", str(path))) from None
