"""A published page as text, and whether it tells something: compared without blanks, widths and punctuation.

Someone else worded the page, so a sentence is looked for in its own words first and then by its key
phrases, sentence by sentence: words of one sentence and words of another do not make a third. What is
normalised here is only ever compared, never shown.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from itertools import pairwise

BLOCKS = frozenset(
    ("address", "article", "aside", "blockquote", "body", "caption", "dd", "details", "dialog", "div", "dl", "dt",
     "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li",
     "main", "nav", "ol", "option", "p", "pre", "section", "summary", "table", "td", "th", "title", "tr", "ul")
)  # fmt: skip
UNSEEN = frozenset(("script", "style", "template", "noscript", "head", "svg"))
VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr")
)
PAIR = 160
"""Two sentences that follow each other are read as one up to so many signs."""
_SENTENCE = re.compile(r"(?<=[。！？!?])")
_ITEM = re.compile(r"\n(?=\s*(?:[・･●○◎■□◆◇▪•※▶►✓✔*\-‐–—]|[(（]?[0-9０-９ァ-ヶｱ-ﾝ]{1,2}[)）.．、]|[①-⑳]))")
_DENIED = re.compile(r"(?:して|行って|おこなって|使って|用いて|応じて|備えて)(?:は)?(?:い|おり)ません")


class _Text(HTMLParser):
    """The visible text of HTML: blocks apart by an empty line, line breaks kept."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.hidden: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        unseen = (
            tag in UNSEEN
            or "hidden" in named
            or "display:none" in (named.get("style") or "").replace(" ", "")
        )
        if self.hidden or unseen:
            if tag not in VOID:
                self.hidden.append(tag)
            return
        self.parts.append("\n\n" if tag in BLOCKS else "\n" if tag == "br" else "")

    def handle_endtag(self, tag: str) -> None:
        if tag in self.hidden:
            while self.hidden.pop() != tag:
                pass
        elif not self.hidden and tag in BLOCKS:
            self.parts.append("\n\n")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.parts.append(re.sub(r"\s+", " ", data))


def text_of_html(html: str) -> str:
    """What a reader sees of a page of HTML, as text.

    >>> text_of_html("<p>当院は&amp;<b>マイナ</b>保険証</p><script>x</script><p>次</p>").split()
    ['当院は&マイナ保険証', '次']
    """
    reader = _Text()
    reader.feed(html)
    reader.close()
    return re.sub(r"\n{3,}", "\n\n", "".join(reader.parts)).strip()


def looks_like_html(text: str) -> bool:
    """Whether text is marked up."""
    return (
        re.search(r"<(?:!doctype|html|body|div|p|section|article|ul|table|h[1-6])[\s>]", text, re.IGNORECASE)
        is not None
    )


def folded(text: str) -> str:
    """Text as it is compared: NFKC, small letters, no blanks or punctuation (a bar where they part two digits).

    >>> folded("加算４（１０点）") == folded("加算 4・10 点")
    True
    >>> folded("加算41") == folded("加算4 1")
    False
    """
    kept: list[str] = []
    gap = False
    for sign in unicodedata.normalize("NFKC", text).casefold():
        if unicodedata.category(sign)[0] not in "LN":
            gap = True
            continue
        if gap and kept and kept[-1].isdigit() and sign.isdigit():
            kept.append("|")
        kept.append(sign)
        gap = False
    return "".join(kept)


def contains(page: str, phrase: str) -> bool:
    """Whether folded text contains a folded phrase; a number at the phrase's end must be the whole number."""
    if not phrase:
        return False
    start = page.find(phrase)
    while start >= 0:
        after = page[start + len(phrase) : start + len(phrase) + 1]
        if not (phrase[-1].isdigit() and after.isdigit()):
            return True
        start = page.find(phrase, start + 1)
    return False


@dataclass(frozen=True, slots=True)
class Piece:
    """A sentence of a page (or two that follow each other), as it stands and as it is compared."""

    text: str
    folded: str

    @property
    def denies(self) -> bool:
        """Whether it says that something is not done."""
        return _DENIED.search(unicodedata.normalize("NFKC", self.text)) is not None


def pieces(text: str) -> list[Piece]:
    """The sentences of a page, then each two that follow each other in one paragraph or item of a list."""
    singles: list[Piece] = []
    pairs: list[Piece] = []
    for block in re.split(r"\n\s*\n", text.replace("\r\n", "\n").replace("\r", "\n")):
        for item in _ITEM.split(block):
            here = list(_sentences(item))
            singles.extend(here)
            for first, second in pairwise(here):
                if len(first.folded) + len(second.folded) <= PAIR:
                    pairs.append(Piece(first.text + second.text, first.folded + second.folded))
    return [*singles, *pairs]


def _sentences(item: str) -> Iterator[Piece]:
    for sentence in _SENTENCE.split(item.replace("\n", "")):
        if compared := folded(sentence):
            yield Piece(sentence.strip(), compared)


def telling(found: Iterable[Piece], groups: Iterable[Iterable[str]]) -> Piece | None:
    """The first piece that has a phrase of each group and denies nothing."""
    wanted = [[folded(phrase) for phrase in group] for group in groups]
    for piece in found:
        if not piece.denies and all(any(contains(piece.folded, one) for one in group) for group in wanted):
            return piece
    return None


def lacking(found: Iterable[Piece], groups: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """Of the piece that comes nearest, the first phrase of each group it lacks."""
    wanted = tuple(groups)
    best = tuple(group[0] for group in wanted)
    for piece in found:
        without = tuple(
            group[0] for group in wanted if not any(contains(piece.folded, folded(one)) for one in group)
        )
        if len(without) < len(best) and without:
            best = without
    return best
