"""Sheets into a stack: pages of several PDFs put onto A4, each with a running line, bound with bookmarks.

A foreign page is drawn smaller inside a frame, so that the running line never covers it; what is written in its
form fields and stamps is drawn with it. Nothing of a foreign PDF but what it shows gets into the stack: no links,
scripts or attachments.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mitasu.documents.pdf import Printed

A4 = (595.276, 841.89)
FRAME = (34.0, 48.0, 34.0, 44.0)
"""Left, bottom, right, top that stay free around a foreign page, in points."""
MOST_SIDE = 1754
"""A picture is drawn with at most so many pixels a side: 150 to the inch on A4 (the original stays in the ledger)."""
MOST_LETTERS = 60_000
"""Of a text so many letters are printed; the whole is attached."""
HIDDEN = 2


@dataclass(frozen=True, slots=True)
class Leaf:
    """A page of a foreign PDF."""

    page: Any
    wide: bool


@dataclass(frozen=True, slots=True)
class Running:
    """What the running lines of a page say, and whether it lies on its side."""

    number: int
    head: str = ""
    wide: bool = False


def opened(content: bytes) -> Sequence[Leaf]:
    """The pages of a PDF; none where it is locked or cannot be read."""
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):
            return ()
        return tuple(_leaf(page) for page in reader.pages)
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, OSError):
        return ()  # a broken file breaks the reader anywhere in it


def pages_of(made: Printed) -> Sequence[Any]:
    """The pages of what we printed, to be put on a stack."""
    from pypdf import PdfReader

    return tuple(PdfReader(io.BytesIO(made.content)).pages)


def _leaf(page: Any) -> Leaf:
    if page.get_contents() is not None:
        page.get_contents().get_data()
    box, turned = page.cropbox, page.rotation % 180 == 90
    if not (box.width > 0 and box.height > 0):
        raise ValueError("a page without an area")
    return Leaf(page, bool((box.width > box.height) != turned))


def picture_of(content: bytes) -> bytes | None:
    """A picture upright and small enough to print; None where it cannot be opened."""
    from PIL import Image, ImageOps

    try:
        with Image.open(io.BytesIO(content), formats=("JPEG", "PNG")) as picture:
            picture.draft("RGB", (MOST_SIDE, MOST_SIDE))
            upright = ImageOps.exif_transpose(picture).convert("RGB")
        upright.thumbnail((MOST_SIDE, MOST_SIDE))
        written = io.BytesIO()
        upright.save(written, "JPEG", quality=82)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    return written.getvalue()


def text_of(content: bytes) -> str:
    """A text to print; its beginning where it is long."""
    for encoding in ("utf-8-sig", "cp932"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return (
            text
            if len(text) <= MOST_LETTERS
            else f"{text[:MOST_LETTERS]}\n（続きは添付のファイルにあります）"
        )
    return ""


@dataclass(slots=True)
class Stack:
    """Pages in the order in which they will be bound."""

    pages: list[tuple[Any, bool]] = field(default_factory=list)
    """Each page, and whether it is a foreign one."""
    running: list[Running] = field(default_factory=list)

    def add(self, pages: Sequence[Any]) -> None:
        """Pages that we printed."""
        for page in pages:
            self.pages.append((page, False))
            self.running.append(Running(len(self.pages)))

    def add_leaves(self, leaves: Sequence[Leaf], head: str) -> None:
        """Foreign pages, with what they belong to above them."""
        for index, leaf in enumerate(leaves, 1):
            self.pages.append((leaf.page, True))
            told = f"{head}（{index}／{len(leaves)}頁）"
            self.running.append(Running(len(self.pages), told, leaf.wide))

    def bound(
        self,
        *,
        running: Printed,
        title: str,
        author: str,
        outline: Sequence[tuple[str, int, int]],
        attached: Mapping[str, bytes],
    ) -> bytes:
        """One PDF; `running`: a page with the running lines for each page. `outline`: title, page (from 0), depth."""
        from pypdf import PdfWriter
        from pypdf.generic import NameObject, TextStringObject

        writer: Any = PdfWriter()
        lines = pages_of(running)
        for (page, foreign), line, said in zip(self.pages, lines, self.running, strict=True):
            size = A4[::-1] if said.wide else A4
            drawn = [_form(writer, page)]
            matrices = [_framed(page, size) if foreign else _UNMOVED]
            if foreign:
                for form, matrix in _stamps(writer, page):
                    drawn.append(form)
                    matrices.append(_times(matrix, matrices[0]))
            drawn.append(_form(writer, line))
            matrices.append(_UNMOVED)
            _draw(writer, writer.add_blank_page(*size), drawn, matrices)
        above: dict[int, Any] = {}
        for name, index, depth in outline:
            above[depth] = writer.add_outline_item(title=name, page_number=index, parent=above.get(depth - 1))
        for name, content in attached.items():
            writer.add_attachment(name, content)
        writer.add_metadata({"/Title": title, "/Author": author, "/Creator": "Mitasu"})
        writer.pdf_header = "%PDF-1.7"
        writer.page_mode = "/UseOutlines"
        writer.root_object[NameObject("/Lang")] = TextStringObject("ja")
        writer.create_viewer_preferences().display_doctitle = True
        written = io.BytesIO()
        writer.write(written)
        return written.getvalue()


Matrix = tuple[float, float, float, float, float, float]
_UNMOVED: Matrix = (1, 0, 0, 1, 0, 0)


def _times(a: Matrix, b: Matrix) -> Matrix:
    """First a, then b."""
    return (
        a[0] * b[0] + a[1] * b[2],
        a[0] * b[1] + a[1] * b[3],
        a[2] * b[0] + a[3] * b[2],
        a[2] * b[1] + a[3] * b[3],
        a[4] * b[0] + a[5] * b[2] + b[4],
        a[4] * b[1] + a[5] * b[3] + b[5],
    )


def _framed(page: Any, size: tuple[float, float]) -> Matrix:
    """Turns a page as it asks to be seen, and fits it into the frame, never larger than it is."""
    box = page.cropbox
    left, bottom, width, height = (float(one) for one in (box.left, box.bottom, box.width, box.height))
    moved: Matrix = (1, 0, 0, 1, -left, -bottom)
    turns: dict[int, Matrix] = {
        90: (0, -1, 1, 0, 0, width),
        180: (-1, 0, 0, -1, width, height),
        270: (0, 1, -1, 0, height, 0),
    }
    angle = page.rotation % 360
    if angle in turns:
        moved = _times(moved, turns[angle])
    if angle in (90, 270):
        width, height = height, width
    room = (size[0] - FRAME[0] - FRAME[2], size[1] - FRAME[1] - FRAME[3])
    scale = min(room[0] / width, room[1] / height, 1.0)
    x = FRAME[0] + (room[0] - width * scale) / 2
    y = FRAME[1] + (room[1] - height * scale) / 2
    return _times(moved, (scale, 0, 0, scale, x, y))


def _form(writer: Any, page: Any) -> Any:
    """A page as something to draw."""
    from pypdf.generic import ArrayObject, DecodedStreamObject, DictionaryObject, FloatObject, NameObject

    contents = page.get_contents()
    form = DecodedStreamObject()
    form.set_data(b"" if contents is None else contents.get_data())
    box = [FloatObject(float(one)) for one in page.cropbox]
    resources = page.get("/Resources", DictionaryObject()).get_object().clone(writer)
    form.update(
        {
            NameObject("/Type"): NameObject("/XObject"),
            NameObject("/Subtype"): NameObject("/Form"),
            NameObject("/BBox"): ArrayObject(box),
            NameObject("/Resources"): resources,
        }
    )
    return writer._add_object(form.flate_encode())


def _stamps(writer: Any, page: Any) -> Iterator[tuple[Any, Matrix]]:
    """What annotations show (filled fields, stamps, signatures), and where on the page."""
    for reference in page.get("/Annots") or ():
        annotation = reference.get_object()
        seen = (annotation.get("/AP") or {}).get("/N")
        seen = None if seen is None else seen.get_object()
        if seen is not None and not hasattr(seen, "get_data"):
            state = seen.get(annotation.get("/AS"))
            seen = None if state is None else state.get_object()
        hidden = int(annotation.get("/F", 0)) & HIDDEN
        if seen is None or hidden or annotation.get("/Subtype") in ("/Popup", "/Link") or "/BBox" not in seen:
            continue
        matrix = _placed(seen, [float(one) for one in annotation["/Rect"]])
        if matrix is not None:
            copy = seen.clone(writer)
            yield copy.indirect_reference or writer._add_object(copy), matrix


def _placed(seen: Any, rect: Sequence[float]) -> Matrix | None:
    """Moves the transformed box of an appearance into its rectangle (ISO 32000, 12.5.5)."""
    own = tuple(float(one) for one in seen.get("/Matrix", _UNMOVED))
    x0, y0, x1, y1 = (float(one) for one in seen["/BBox"])
    corners = [_times((1, 0, 0, 1, x, y), own)[4:] for x in (x0, x1) for y in (y0, y1)]  # type: ignore[arg-type]
    left, bottom = min(x for x, _ in corners), min(y for _, y in corners)
    width, height = max(x for x, _ in corners) - left, max(y for _, y in corners) - bottom
    if width <= 0 or height <= 0:
        return None
    across, up = abs(rect[2] - rect[0]) / width, abs(rect[3] - rect[1]) / height
    low = min(rect[0], rect[2]), min(rect[1], rect[3])
    return (across, 0, 0, up, low[0] - left * across, low[1] - bottom * up)


def _draw(writer: Any, page: Any, forms: Sequence[Any], matrices: Sequence[Matrix]) -> None:
    """Draws forms on an empty page."""
    from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

    names = [NameObject(f"/F{index}") for index in range(len(forms))]
    commands = [
        f"q {' '.join(f'{one:.5f}' for one in matrix)} cm {name} Do Q"
        for name, matrix in zip(names, matrices, strict=True)
    ]
    content = DecodedStreamObject()
    content.set_data("\n".join(commands).encode())
    page[NameObject("/Contents")] = writer._add_object(content)
    drawn = DictionaryObject(dict(zip(names, forms, strict=True)))
    page[NameObject("/Resources")] = DictionaryObject({NameObject("/XObject"): drawn})
