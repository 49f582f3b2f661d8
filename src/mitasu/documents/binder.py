"""The binder for an on-site inspection (適時調査): what is missing, an index, every requirement, every paper.

One PDF of A4 pages in this order: cover, what is missing, index with page numbers; then each addition with its
requirements, month by month, and the facts with their proof; then each paper with a sheet that says what it is,
its pages after the sheet. Every page carries the binder's id and "n / m". A paper that has no pages (Excel, Word,
a locked PDF) is attached to the PDF as it was stored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from mitasu.dates import japanese_date, japanese_month
from mitasu.documents.pdf import Printed, printed
from mitasu.documents.sheets import Leaf, Stack, opened, pages_of, picture_of, text_of

NO_NUMBERS = "@page { @bottom-right { content: none } }"
TRIES = 3
MARKS = {
    "claimable": "○ 算定可", "not_claimable": "✕ 不可", "undetermined": "？ 未確認", "not_in_force": "－ 制度なし",
    "not_applicable": "－ 対象外", "met": "○ 満たす", "deemed": "◇ 経過措置", "unmet": "✕ 不足",
    "unknown": "？ 未確認", "advisory_unmet": "△ 望ましい項目・未実施", "pending": "… 確定待ち",
}  # fmt: skip
"""Statuses of additions and requirements: symbol and word."""


@dataclass(frozen=True, slots=True)
class Band:
    """Months in a row in which an addition or a requirement stood the same, and why."""

    first: str
    last: str
    status: str
    word: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact on some days: its value in words, its proof, who recorded it and when."""

    label: str
    value: str
    first: date | None
    last: date | None
    proof: str
    recorded_by: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Requirement:
    """A requirement over the period; `papers`: numbers of the papers that show it."""

    id: str
    label: str
    text: str
    cited: str
    bands: tuple[Band, ...]
    facts: tuple[Fact, ...]
    papers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Addition:
    """An addition over the period."""

    id: str
    title: str
    bands: tuple[Band, ...]
    requirements: tuple[Requirement, ...]


@dataclass(frozen=True, slots=True)
class Missing:
    """What an inspector would not find: for which requirement, when, and what it is."""

    addition: str
    requirement: str
    months: str
    what: str


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper; `content` None: a figure or a statement, or a file that is gone (`gone`)."""

    number: int
    title: str
    requirements: tuple[str, ...]
    first: date | None
    last: date | None
    recorded_by: str
    recorded_at: datetime
    media_type: str = ""
    kind: str = ""
    ending: str = ""
    digest: str = ""
    content: bytes | None = None
    gone: bool = False
    note: str = ""
    figure: Mapping[str, str] | None = None
    statement: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Binder:
    """Everything that goes into one binder."""

    id: str
    institution: str
    code: str
    made_by: str
    made_at: datetime
    first: str
    last: str
    rulebook: str
    head: str
    entries: int
    breaks: tuple[str, ...]
    missing: tuple[Missing, ...]
    additions: tuple[Addition, ...]
    papers: tuple[Paper, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A line of the index: what it is, and its first page (from 1)."""

    title: str
    page: int
    depth: int = 1


def _silent(words: str) -> None:
    """Nobody waits for the words."""


def binder_pdf(binder: Binder, tell: Callable[[str], None] = _silent) -> bytes:
    """The binder as one PDF; `tell` hears in words what is done next (four times)."""
    tell("要件と事実の頁を作っています")
    body = _printed("binder_body.html", binder)
    tell("証拠の頁を作っています")
    papers, pictures, leaves, attached = _opened(binder)
    sheets = _printed("binder_papers.html", binder, {"papers": papers}, pictures)
    starts = [sheets.places[f"paper-{paper.number}"] for paper in binder.papers]
    lengths = [end - start for start, end in zip(starts, [*starts, sheets.pages][1:], strict=True)]

    def parts(before: int) -> list[Part]:
        found = [Part("要件ごとの判定と事実", before + 1)]
        for index, addition in enumerate(binder.additions):
            found.append(Part(addition.title, before + body.places[f"addition-{index}"] + 1, 2))
        page = before + body.pages + 1
        if binder.papers:
            found.append(Part("証拠", page))
        for paper, length in zip(binder.papers, lengths, strict=True):
            found.append(Part(f"証拠{paper.number}　{paper.title}", page, 2))
            page += length + len(leaves.get(paper.number, ()))
        return found

    tell("目次を作っています")
    before = 0
    for _ in range(TRIES):
        index = parts(before)
        front = _printed("binder_front.html", binder, {"index": index})
        if front.pages == before:
            break
        before = front.pages

    tell("1つのPDFに綴じています")
    stack = Stack()
    stack.add(pages_of(front))
    stack.add(pages_of(body))
    printed_sheets = pages_of(sheets)
    for paper, start, length in zip(binder.papers, starts, lengths, strict=True):
        stack.add(printed_sheets[start : start + length])
        stack.add_leaves(leaves.get(paper.number, ()), f"証拠{paper.number}　{paper.title}")
    outline = [
        Part("表紙", 1),
        Part("足りないもの", front.places["missing"] + 1),
        Part("目次", front.places["index"] + 1),
        *index,
    ]
    return stack.bound(
        running=_printed("binder_running.html", binder, {"pages": stack.running}),
        title=f"適時調査ファイル　{binder.institution}　{binder.id}",
        author=binder.made_by,
        outline=[(part.title, part.page - 1, part.depth) for part in outline],
        attached=attached,
    )


@dataclass(frozen=True, slots=True)
class Shown:
    """A paper and how its sheet shows it."""

    paper: Paper
    picture: str = ""
    text: str = ""
    pages: int = 0
    attached: str = ""


def _opened(
    binder: Binder,
) -> tuple[list[Shown], dict[str, bytes], dict[int, Sequence[Leaf]], dict[str, bytes]]:
    """Each paper as its sheet shows it; pictures for the sheets, pages to follow them, files to attach."""
    shown, pictures, leaves, attached = [], {}, {}, {}
    for paper in binder.papers:
        name = f"証拠{paper.number}{paper.ending}"
        found = Shown(paper)
        if paper.content is not None:
            picture = picture_of(paper.content) if paper.media_type.startswith("image/") else None
            pages = opened(paper.content) if paper.media_type == "application/pdf" else None
            if picture is not None:
                pictures[name] = picture
                found = Shown(paper, picture=f"picture:{name}")
            elif pages:
                leaves[paper.number] = pages
                found = Shown(paper, pages=len(pages))
            else:
                attached[name] = paper.content
                text = text_of(paper.content) if paper.media_type == "text/plain" else ""
                found = Shown(paper, text=text, attached=name)
        shown.append(found)
    return shown, pictures, leaves, attached


def _printed(
    template: str,
    binder: Binder,
    more: Mapping[str, Any] | None = None,
    pictures: Mapping[str, bytes] | None = None,
) -> Printed:
    environment = _environment()
    styles = environment.get_template("binder.css").render()
    html = environment.get_template(template).render(binder=binder, **(more or {}))
    return printed(html, title=f"適時調査ファイル {binder.id}", styles=NO_NUMBERS + styles, pictures=pictures)


@cache
def _environment() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("mitasu.documents"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters |= {
        "day": lambda day: "" if day is None else japanese_date(day),
        "month": japanese_month,
        "moment": lambda at: f"{japanese_date(at.date())} {at.hour}:{at.minute:02d}",
        "months": months_text,
        "mark": lambda band: band.word or MARKS.get(band.status, band.status),
    }
    return environment


def months_text(band: Any) -> str:
    """The months of a band: 2025年4月〜2026年3月, or the one month."""
    first, last = japanese_month(band.first), japanese_month(band.last)
    return first if first == last else f"{first}〜{last}"
