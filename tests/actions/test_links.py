"""つながり: which addition needs, excludes or gives way to which; a ring is refused; the picture."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from clinics import HOME, PROMOTION, SHARING, VISITS, Run, trial_rule

from mitasu.errors import InputError
from mitasu.judge.links import COLOURS, KINDS, graph_svg, links
from mitasu.rulebook import Rulebook

SVG = "{http://www.w3.org/2000/svg}"
HOLDS = """\
requirements:
  - id: other
    label: 相手の加算
    cite: [TRIAL 2]
    need: {need}
every_level: [other]
periods:
  - from: 2024-06-01
    levels: [{{level: "", points: {{medical: 1}}, needs: []}}]
"""
HEAD = "id: {id}\ntitle: {title}\nsectors: [medical]\ncite: [TRIAL 1]\ngrade: A\n"


def rule(folder: Path, id_: str, need: str, *, title: str = "輪の加算", head: str = "") -> None:
    """A rule of one level with one requirement."""
    trial_rule(folder, "trial-source")
    text = HEAD.format(id=id_, title=title) + head + HOLDS.format(need=need)
    (folder / "additions" / f"{id_}.yaml").write_text(text, "utf-8")


def of(book: Rulebook, addition: str) -> set[tuple[str, str]]:
    return {(link.kind, link.other) for link in links(book) if link.addition == addition}


# ---- the list ----------------------------------------------------------------------------------------------------


def test_shipped_links_are_told_with_their_reason(rulebook: Rulebook) -> None:
    assert ("excludes", PROMOTION) in of(rulebook, HOME)
    assert ("gives_way", HOME) in of(rulebook, VISITS)
    assert ("one_of", PROMOTION) in of(rulebook, SHARING), (
        "a pharmacy that had filed the one need not file the other"
    )
    assert all(link.why and link.kind in KINDS and link.addition != link.other for link in links(rulebook))


def test_every_link_is_told_once(rulebook: Rulebook) -> None:
    found = [(link.addition, link.kind, link.other) for link in links(rulebook)]
    assert len(set(found)) == len(found)


@pytest.mark.parametrize(
    ("need", "wanted"),
    [
        ("{holds: home-care-dx}", {("needs", HOME)}),
        ("{fact: filing_in_effect, with: {item: home-care-dx}}", {("needs", HOME)}),
        ("{not: {fact: filing_in_effect, with: {item: home-care-dx}}}", {("excludes", HOME)}),
        ("{not: {not: {holds: home-care-dx}}}", {("needs", HOME)}),
        (
            "{any: [{holds: home-care-dx}, {fact: filing_in_effect, with: {item: general-hospital}}]}",
            {("one_of", HOME), ("one_of", "general-hospital")},
        ),
        (
            "{not: {any: [{holds: home-care-dx}, {holds: visiting-nursing-dx}]}}",
            {("excludes", HOME), ("excludes", VISITS)},
        ),
        ("{when: {holds: home-care-dx}, need: {holds: visiting-nursing-dx}}", {("needs", VISITS)}),
        ("{fact: online_claims}", set()),
    ],
)
def test_a_condition_tells_what_is_needed_and_what_excluded(
    tmp_path: Path, need: str, wanted: set[tuple[str, str]]
) -> None:
    rule(tmp_path, "trial-linked", need)
    assert of(Rulebook.load(tmp_path), "trial-linked") == wanted


# ---- rings -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrapped", ["{}", "{{not: {}}}", "{{all: [{{fact: online_claims}}, {}]}}"])
def test_additions_that_need_each_other_are_refused(tmp_path: Path, wrapped: str) -> None:
    rule(tmp_path, "trial-a", wrapped.format("{holds: trial-b}"))
    rule(tmp_path, "trial-b", "{holds: trial-c}")
    rule(tmp_path, "trial-c", "{holds: trial-a}")
    with pytest.raises(
        InputError, match="輪になって求め合っています（trial-a → trial-b → trial-c → trial-a）"
    ):
        Rulebook.load(tmp_path)


def test_an_addition_that_needs_itself_is_refused(tmp_path: Path) -> None:
    rule(tmp_path, "trial-a", "{holds: trial-a}")
    with pytest.raises(InputError, match="trial-a → trial-a"):
        Rulebook.load(tmp_path)


def test_a_ring_through_whom_an_addition_is_for_is_refused(tmp_path: Path) -> None:
    rule(tmp_path, "trial-a", "{holds: trial-b}")
    rule(tmp_path, "trial-b", "{fact: online_claims}", head="applies_when: {holds: trial-a}\n")
    with pytest.raises(InputError, match="輪になって"):
        Rulebook.load(tmp_path)


def test_two_ways_to_the_same_addition_are_no_ring(tmp_path: Path) -> None:
    rule(tmp_path, "trial-a", "{all: [{holds: trial-b}, {holds: trial-c}]}")
    rule(tmp_path, "trial-b", "{holds: trial-d}")
    rule(tmp_path, "trial-c", "{holds: trial-d}")
    rule(tmp_path, "trial-d", "{fact: online_claims}")
    assert of(Rulebook.load(tmp_path), "trial-a") == {("needs", "trial-b"), ("needs", "trial-c")}


# ---- the picture -------------------------------------------------------------------------------------------------


def test_the_picture_is_well_formed_and_draws_every_link(rulebook: Rulebook) -> None:
    root = ET.fromstring(graph_svg(rulebook))  # noqa: S314  (our own text)
    rows = links(rulebook)
    paths = root.findall(f"{SVG}path")
    assert len(paths) == len(rows)
    told = [path.findtext(f"{SVG}title") for path in paths]
    for row, title, path in zip(rows, told, paths, strict=True):
        assert title is not None
        assert f" {KINDS[row.kind]} " in title
        assert path.get("stroke") == COLOURS[row.kind]
    words = {text.text for text in root.findall(f"{SVG}text")}
    assert set(KINDS.values()) <= words
    assert {rulebook.titles[row.addition] for row in rows} <= words


def test_nothing_is_drawn_outside_the_picture(rulebook: Rulebook) -> None:
    root = ET.fromstring(graph_svg(rulebook))  # noqa: S314  (our own text)
    height = float(root.get("height", "0"))
    assert all(0 < float(text.get("y", "-1")) < height for text in root.findall(f"{SVG}text"))


def test_names_are_escaped(tmp_path: Path) -> None:
    rule(tmp_path, "trial-a", "{holds: trial-b}", title="'<b>&\"加算\"</b>'")
    rule(tmp_path, "trial-b", "{fact: online_claims}")
    text = graph_svg(Rulebook.load(tmp_path))
    assert "<b>" not in text
    words = {found.text for found in ET.fromstring(text).iter(f"{SVG}text")}  # noqa: S314  (our own text)
    assert '<b>&"加算"</b>' in words


def test_the_picture_of_no_links_is_still_one(rulebook: Rulebook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rulebook, "additions", {})
    assert ET.fromstring(graph_svg(rulebook)).findall(f"{SVG}path") == []  # noqa: S314  (our own text)


# ---- the command -------------------------------------------------------------------------------------------------


def test_the_command_lists_draws_and_gives_json(mitasu: Run, tmp_path: Path, rulebook: Rulebook) -> None:
    listed = mitasu("rules", "graph")
    assert (listed.status, listed.err) == (0, "")
    assert "相手を優先する" in listed.out
    drawn = mitasu("rules", "graph", "--svg", tmp_path / "g.svg")
    assert drawn.out == f"{tmp_path / 'g.svg'} に書き出しました。\n"
    assert (tmp_path / "g.svg").read_text("utf-8") == graph_svg(rulebook)
    told = json.loads(mitasu("rules", "graph", "--json").out)
    assert len(told) == len(links(rulebook))
    both = mitasu("rules", "graph", "--json", "--svg", tmp_path / "h.svg")
    assert json.loads(both.out) == told
    assert "書き出しました" in both.err


def test_a_picture_that_cannot_be_written_is_told(mitasu: Run, tmp_path: Path) -> None:
    ran = mitasu("rules", "graph", "--svg", tmp_path / "ない" / "g.svg")
    assert (ran.status, ran.out) == (3, "")
    assert "書き込めません" in ran.err
