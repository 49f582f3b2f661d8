"""The poster for the wall, the part for the website and the plain text: the same sentences, written three times.

A poster is one sheet. Its letters shrink until everything is on it, but never below 10.5 points; what does
not fit then needs A3. Sentences that still have a blank are left out, because a poster with a blank is wrong.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from html import escape
from urllib.parse import urlsplit

from mitasu.dates import japanese_date
from mitasu.documents.pdf import pdf_of
from mitasu.errors import UsageError
from mitasu.facts import Institution
from mitasu.judge.postings import PostingSentence
from mitasu.rulebook.book import digest

LEAST = 10.5
SIZES = {"A4": (22.0, 18.0, 15.0, 13.0, 11.5, LEAST), "A3": (32.0, 26.0, 21.0, 17.0, 14.0, 12.0, LEAST)}
"""Sheet sizes, and the sizes of letters that are tried on them, in points."""
HEADING = "施設基準に関するお知らせ"
CLAIMED, DONE = "算定している加算", "取り組んでいること"
STYLES = """
@page {{ size: {size}; margin: 15mm 16mm 20mm;
  @bottom-left {{ content: "{footer}"; font: 10.5pt "FONT"; color: #333; }}
  @bottom-right {{ content: none; }} }}
html {{ font-size: {letters}pt; line-height: 1.6; }}
h1 {{ font-size: 1.5em; margin: 0 0 0.3em; }}
h2 {{ font-size: 1.15em; margin: 1em 0 0.3em; border-bottom: 1.5pt solid #111; }}
.name {{ font-size: 1.15em; margin: 0 0 0.5em; }}
ul {{ margin: 0; padding-left: 1.2em; }}
li {{ margin: 0 0 0.45em; }}
.link {{ margin: 1em 0 0; }}
.link img {{ width: 26mm; height: 26mm; }}
.link span {{ font-size: 10.5pt; }}
"""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is posted: whose it is, the day, what is claimed and what is done, each sentence once."""

    name: str
    on: date
    claimed: tuple[str, ...]
    done: tuple[str, ...]

    @property
    def groups(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Headings with their sentences; those without any are left out."""
        return tuple((head, lines) for head, lines in ((CLAIMED, self.claimed), (DONE, self.done)) if lines)


def sheet_of(institution: Institution, sentences: Iterable[PostingSentence], on: date) -> Sheet:
    """What is posted of these sentences: those without a blank, each text once, names of additions first."""
    ready = [one for one in sentences if not one.open_]
    names = dict.fromkeys(one.text for one in ready if one.is_name)
    rest = dict.fromkeys(one.text for one in ready if not one.is_name)
    return Sheet(institution.name, on, tuple(names), tuple(rest))


@cache
def rule_version() -> str:
    """The version of the rules that a document was made by: the beginning of their digest."""
    return digest()[:8]


def poster_pdf(sheet: Sheet, *, size: str = "A4", website: str | None = None) -> bytes:
    """The poster as one page of PDF/UA; UsageError where it does not fit on a sheet of that size."""
    if not sheet.groups:
        raise UsageError("この日に掲示する文がないので、ポスターを作れません。")
    footer = f"{japanese_date(sheet.on)}現在　規則の版 {rule_version()}"
    pictures = {} if website is None else {"qr": qr_code(website)}
    body = poster_html(sheet, website=website)
    for letters in SIZES[size]:
        styles = STYLES.format(size=size, footer=footer, letters=letters)
        made = pdf_of(body, title=f"{sheet.name} {HEADING}", styles=styles, pictures=pictures)
        if _pages(made) == 1:
            return made
    larger = "A3で作ってください。" if size == "A4" else "二枚に分けてください。"
    raise UsageError(f"文字を{LEAST}ポイントより小さくしないと{size}一枚に収まりません。{larger}")


def poster_html(sheet: Sheet, *, website: str | None = None) -> str:
    """What stands on the poster, as the body of a page."""
    link = ""
    if website is not None:
        link = (
            f'<p class="link"><img src="picture:qr" alt="ウェブサイトを開くQRコード"><br>'
            f"<span>{escape(website)}</span></p>"
        )
    return (
        f'<h1>{HEADING}</h1><p class="name">{escape(sheet.name)}</p>'
        + "".join(f"<h2>{escape(head)}</h2>{_list(lines)}" for head, lines in sheet.groups)
        + link
    )


def web_fragment(sheet: Sheet) -> str:
    """The same for a website: HTML to paste into a page, without any styles."""
    parts = [
        '<section lang="ja" aria-labelledby="shisetsu-kijun">',
        f'<h2 id="shisetsu-kijun">{HEADING}</h2>',
        f"<p>{escape(sheet.name)}</p>",
        *(f"<h3>{escape(head)}</h3>\n{_list(lines)}" for head, lines in sheet.groups),
        f'<p><time datetime="{sheet.on.isoformat()}">{japanese_date(sheet.on)}</time>現在</p>',
        "</section>",
    ]
    return "\n".join(parts) + "\n"


def plain_text(sheet: Sheet) -> str:
    """The same as text."""
    lines = [HEADING, sheet.name]
    for head, sentences in sheet.groups:
        lines += ["", f"■ {head}", *(f"・{text}" for text in sentences)]
    return "\n".join([*lines, "", f"{japanese_date(sheet.on)}現在"]) + "\n"


def qr_code(address: str) -> bytes:
    """A QR code that opens a website, as PNG; UsageError where the address is none of the web."""
    import segno

    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.netloc or len(address) > 500:
        raise UsageError(
            f"「{address}」はウェブサイトのアドレスではありません。https:// から書いてください。"
        )
    written = io.BytesIO()
    segno.make(address, error="m").save(written, kind="png", scale=8)
    return written.getvalue()


def _list(lines: Sequence[str]) -> str:
    return "<ul>\n" + "\n".join(f"<li>{escape(line)}</li>" for line in lines) + "\n</ul>"


def _pages(made: bytes) -> int:
    from pypdf import PdfReader

    return len(PdfReader(io.BytesIO(made)).pages)
