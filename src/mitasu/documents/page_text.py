"""A published page as text, whatever it was saved as: HTML, PDF or plain text."""

from __future__ import annotations

import io
import re

from mitasu.errors import UsageError
from mitasu.judge.published import looks_like_html, text_of_html

MOST_BYTES = 20_000_000
MOST_PAGES = 50
ENCODINGS = ("utf-8-sig", "euc_jp", "cp932")  # strict ones before lenient ones


def page_text(content: bytes) -> str:
    """The text of a page; UsageError where there is none to read."""
    if len(content) > MOST_BYTES:
        raise UsageError(f"ページが大きすぎます。{MOST_BYTES // 1_000_000} MBまで読めます。")
    if content.startswith(b"%PDF-"):
        text = _of_pdf(content)
    else:
        text = _decoded(content)
        text = text_of_html(text) if looks_like_html(text) else text
    if not text.strip():
        raise UsageError(
            "ページに文字がありません。画像だけのPDFなどは読めません。文章を写して貼り付けてください。"
        )
    return text


def _decoded(content: bytes) -> str:
    for encoding in (*_named(content), *ENCODINGS):
        try:
            return content.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    raise UsageError("文字コードが分かりません。UTF-8で保存し直すか、文章を写して貼り付けてください。")


def _named(content: bytes) -> list[str]:
    """The encoding that a page of HTML names for itself."""
    found = re.search(rb"""charset=["']?([\w-]{1,20})""", content[:2048], re.IGNORECASE)
    return [found[1].decode("ascii")] if found else []


def _of_pdf(content: bytes) -> str:
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        pages = PdfReader(io.BytesIO(content)).pages
        if len(pages) > MOST_PAGES:
            raise UsageError(f"PDFが長すぎます（{len(pages)}ページ）。{MOST_PAGES}ページまで読めます。")
        return "\n\n".join(page.extract_text() for page in pages)
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        if isinstance(error, UsageError):
            raise
        raise UsageError("PDFを読めません。文章を写して貼り付けてください。") from None
