"""Stored files: each under its SHA-256 in the documents folder, outside the web root; checked by what they contain."""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from django.conf import settings

from mitasu.errors import UsageError
from mitasu.server.ledger.models import Document

TYPES = {
    "application/pdf": ("PDF", ".pdf"),
    "image/jpeg": ("JPEG画像", ".jpg"),
    "image/png": ("PNG画像", ".png"),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ("Excel", ".xlsx"),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ("Word", ".docx"),
    "text/plain": ("文字", ".txt"),
}


def path_of(digest: str) -> Path:
    """Where the file with that hash lies."""
    return Path(settings.DOCUMENTS) / digest[:2] / digest


def store(content: bytes) -> Document:
    """Keeps a file and says what it is; UsageError where it is empty, too large or of a kind we do not take.

    A HEIC photograph is kept as JPEG. The same content is kept once.
    """
    if not content:
        raise UsageError("ファイルが空です。")
    if len(content) > settings.UPLOAD_LIMIT:
        raise UsageError(
            f"ファイルが大きすぎます（{len(content):,}バイト）。{settings.UPLOAD_LIMIT:,}バイトまでです。"
        )
    media_type, content = _recognised(content)
    digest = hashlib.sha256(content).hexdigest()
    target = path_of(digest)
    if not target.exists():
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(target, content)
    document, _ = Document.objects.get_or_create(
        digest=digest, defaults={"media_type": media_type, "size": len(content)}
    )
    return document


def _write(target: Path, content: bytes) -> None:
    """Whole or not at all: a full disk or a killed process leaves no half file under the name."""
    handle, name = tempfile.mkstemp(dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def read(document: Document) -> bytes:
    """The bytes of a stored file (OSError where it is gone)."""
    return path_of(document.digest).read_bytes()


def _recognised(content: bytes) -> tuple[str, bytes]:
    """The media type by what the file contains, never by its name."""
    if content.startswith(b"%PDF-"):
        return "application/pdf", content
    if content.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")):
        return _picture(content)
    if content[4:8] == b"ftyp" and content[8:12] in (b"heic", b"heix", b"mif1", b"heif", b"hevc"):
        return "image/jpeg", _jpeg(content)
    if content.startswith(b"PK\x03\x04"):
        return _office(content), content
    return _text(content), content


def _picture(content: bytes) -> tuple[str, bytes]:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(content), formats=("JPEG", "PNG")) as picture:
            picture.verify()
            return f"image/{str(picture.format).lower()}", content
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError):
        raise UsageError("画像が壊れていて開けません。撮り直すか、ほかの形で保存してください。") from None


def _jpeg(content: bytes) -> bytes:
    import pillow_heif
    from PIL import Image

    pillow_heif.register_heif_opener()
    try:
        with Image.open(io.BytesIO(content)) as picture:
            written = io.BytesIO()
            picture.convert("RGB").save(written, "JPEG", quality=90)
    except (OSError, ValueError, Image.DecompressionBombError):
        raise UsageError("画像（HEIC）が壊れていて開けません。JPEGで保存してください。") from None
    return written.getvalue()


def _office(content: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = set(archive.namelist())
    except zipfile.BadZipFile:
        names = set()
    if "xl/workbook.xml" in names and not any(name.endswith("vbaProject.bin") for name in names):
        return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    if "word/document.xml" in names and not any(name.endswith("vbaProject.bin") for name in names):
        return "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    raise UsageError("この形のファイルは受け取れません。PDF、写真、Excel、Word、文字のどれかにしてください。")


def _text(content: bytes) -> str:
    for encoding in ("utf-8-sig", "cp932"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not any(ord(letter) < 32 and letter not in "\t\r\n\f" for letter in text):
            return "text/plain"
    raise UsageError("この形のファイルは受け取れません。PDF、写真、Excel、Word、文字のどれかにしてください。")


def shown_type(document: Any) -> str:
    """What kind of file it is, in words."""
    return TYPES[document.media_type][0] if document.media_type in TYPES else str(document.media_type)
