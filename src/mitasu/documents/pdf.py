"""HTML into PDF/UA: tagged, with title and language, every font embedded, nothing fetched from anywhere.

What a document shows comes with the call: its HTML, its styles and its pictures (`<img src="picture:NAME">`).
Any other address stops the work, so that no file of this machine and no page of a network gets into a paper.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import unquote

from mitasu.documents.fonts import japanese_font

SCHEME = "picture:"
STYLES = """
@page {
  size: A4; margin: 16mm 15mm 18mm;
  @bottom-right { content: counter(page) " / " counter(pages); font: 9pt "FONT"; color: #444; }
}
html { font: 10.5pt/1.6 "FONT"; color: #111; overflow-wrap: anywhere; }
body { margin: 0; }
h1 { font-size: 17pt; line-height: 1.35; margin: 0 0 4mm; }
h2 { font-size: 13pt; line-height: 1.4; margin: 7mm 0 2mm; break-after: avoid; }
h3 { font-size: 11pt; margin: 5mm 0 1mm; break-after: avoid; }
p, ul, ol, dl { margin: 0 0 2.5mm; }
table { border-collapse: collapse; width: 100%; margin: 0 0 4mm; }
caption { text-align: left; font-weight: 700; padding: 1mm 0; }
th, td { border: 0.5pt solid #777; padding: 1mm 1.8mm; text-align: left; vertical-align: top; }
thead { display: table-header-group; }
thead th { background: #eee; }
tr, li { break-inside: avoid; }
a { color: inherit; text-decoration: none; }
img { max-width: 100%; }
"""
"""How every paper looks unless its own styles say otherwise; FONT stands for the Japanese font found here."""


@dataclass(frozen=True, slots=True)
class Printed:
    """A PDF, how many pages it has, and on which of them (from 0) each id of its HTML stands."""

    content: bytes
    pages: int
    places: Mapping[str, int]


def pdf_of(html: str, *, title: str, styles: str = "", pictures: Mapping[str, bytes] | None = None) -> bytes:
    """A PDF/UA of what stands in a page's body; `styles` come after `STYLES`.

    `html` must be escaped already (templates with autoescape on). UsageError where this machine has no Japanese
    font; ValueError where the HTML names an address other than a given picture or data in the page itself.
    """
    return printed(html, title=title, styles=styles, pictures=pictures).content


def printed(
    html: str, *, title: str, styles: str = "", pictures: Mapping[str, bytes] | None = None
) -> Printed:
    """The same, with the places of its ids."""
    font = japanese_font()
    from weasyprint import CSS, HTML

    page = (
        f'<!doctype html><html lang="ja"><head><meta charset="utf-8"><title>{escape(title)}</title></head>'
        f"<body>{html}</body></html>"
    )
    refused: list[str] = []
    fetch = _fetcher(pictures or {}, refused)
    sheets = [
        CSS(string=sheet.replace("FONT", font), base_url=SCHEME, url_fetcher=fetch)
        for sheet in (STYLES, styles)
    ]
    read = HTML(string=page, base_url=SCHEME, url_fetcher=fetch)
    made = read.render(stylesheets=sheets, pdf_variant="pdf/ua-1")
    content: bytes = made.write_pdf(pdf_variant="pdf/ua-1")
    if refused:
        raise ValueError(f"not given to the document: {', '.join(refused)}")
    places = {id_: index for index, page in enumerate(made.pages) for id_ in page.anchors}
    return Printed(content, len(made.pages), places)


def _fetcher(pictures: Mapping[str, bytes], refused: list[str]) -> Any:
    """What WeasyPrint asks for the bytes behind an address: the given pictures, and `data:` addresses.

    WeasyPrint goes on where an address is refused, so that what was refused is noted for the caller.
    """
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class Given(URLFetcher):  # type: ignore[misc]  # untyped library
        """Knows the given pictures only."""

        def fetch(self, url: str, headers: Any = None) -> Any:
            """The bytes of a given picture or of the address itself."""
            name = unquote(url.removeprefix(SCHEME))
            if url.startswith(SCHEME) and name in pictures:
                return URLFetcherResponse(url, pictures[name])
            if url.startswith("data:"):
                return super().fetch(url, headers)
            refused.append(url)
            raise LookupError(url)

    return Given(allowed_protocols=("data",))
