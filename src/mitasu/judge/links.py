"""Links between additions: which needs which, which exclude each other, which give way.

Read from the rules themselves: an addition needs another where a requirement asks for its filing or
that it holds; it excludes another where the bill forbids both in a month, or a requirement asks that
the other is not filed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from mitasu.rulebook import Addition, Rulebook
from mitasu.rules.nodes import Any_, AtLeastNOf, Deemed, Fact, Holds, Node, Not, When, children

KINDS = {
    "needs": "必要とする",
    "one_of": "どれか一つを必要とする",
    "excludes": "併せて算定できない",
    "gives_way": "相手を優先する",
}
COLOURS = {"needs": "#0017c1", "one_of": "#0055ad", "excludes": "#c10000", "gives_way": "#7a5c00"}


@dataclass(frozen=True, slots=True)
class Link:
    """One link from an addition to another addition or filing item."""

    addition: str
    kind: str
    other: str
    why: str


def links(rulebook: Rulebook) -> list[Link]:
    """Every link of the rulebook, each once, in the order of the additions."""
    found: dict[tuple[str, str, str], Link] = {}
    for addition in rulebook.additions.values():
        for link in _of(addition):
            if link.other != link.addition:
                found.setdefault((link.addition, link.kind, link.other), link)
    return list(found.values())


def _of(addition: Addition) -> Iterator[Link]:
    for _, requirement in addition.requirements:
        for kind, other in _needs(requirement.need, "needs"):
            yield Link(addition.id, kind, other, requirement.label)
    for clause in addition.billing.exclusions:
        for other in clause.additions:
            yield Link(addition.id, "excludes", other, clause.label)
    for other in addition.billing.gives_way_to:
        yield Link(addition.id, "gives_way", other, "同じ月に両方を算定できるとき")


def _needs(node: Node, kind: str) -> Iterator[tuple[str, str]]:
    match node:
        case Fact("filing_in_effect", args):
            yield kind, str(dict(args)["item"])
        case Holds(other):
            yield kind, other
        case Not(part):
            yield from _needs(part, "excludes" if kind != "excludes" else "needs")
        case When(_, part) | Deemed(part):
            yield from _needs(part, kind)
        case Any_(parts) | AtLeastNOf(_, parts):
            for part in parts:
                yield from _needs(part, "one_of" if kind == "needs" else kind)
        case _:
            for part in children(node):
                yield from _needs(part, kind)


def graph_svg(rulebook: Rulebook) -> str:
    """The links as a picture (SVG): additions on the left, what they point to on the right, a colour and dashes by kind."""
    rows = links(rulebook)
    left = list(dict.fromkeys(link.addition for link in rows))
    right = list(dict.fromkeys(link.other for link in rows))
    step, width = 34, 980
    height = 90 + step * max(len(left), len(right), 1)
    y_left = {id_: 70 + step * index for index, id_ in enumerate(left)}
    y_right = {id_: 70 + step * index for index, id_ in enumerate(right)}
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        "font-family=\"'Noto Sans JP', 'Noto Sans CJK JP', sans-serif\" font-size=\"13\">",
        "<title>加算どうしのつながり</title>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
    ]
    for index, (kind, word) in enumerate(KINDS.items()):
        x = 20 + 240 * index
        parts.append(
            f'<line x1="{x}" y1="24" x2="{x + 30}" y2="24" stroke="{COLOURS[kind]}" stroke-width="2"{_dash(kind)}/>'
        )
        parts.append(f'<text x="{x + 38}" y="28" fill="#1a1a1a">{escape(word)}</text>')
    for link in rows:
        start, end = y_left[link.addition], y_right[link.other]
        curve = f"M 330 {start} C 450 {start}, 530 {end}, 640 {end}"
        label = escape(f"{_name(rulebook, link.addition)} {KINDS[link.kind]} {_name(rulebook, link.other)}")
        parts.append(
            f'<path d="{curve}" fill="none" stroke="{COLOURS[link.kind]}" stroke-width="1.5"{_dash(link.kind)}><title>{label}</title></path>'
        )
    for id_, y in y_left.items():
        parts.append(
            f'<text x="320" y="{y + 4}" text-anchor="end" fill="#1a1a1a">{escape(_name(rulebook, id_))}</text>'
        )
    for id_, y in y_right.items():
        parts.append(f'<text x="650" y="{y + 4}" fill="#1a1a1a">{escape(_name(rulebook, id_))}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _dash(kind: str) -> str:
    return ' stroke-dasharray="6 4"' if kind in ("excludes", "one_of") else ""


def _name(rulebook: Rulebook, id_: str) -> str:
    entry = rulebook.catalogue.get(id_)
    return rulebook.titles.get(id_) or (entry.label if entry else id_)
