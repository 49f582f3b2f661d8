"""A page that someone else worded, compared: what counts as the same, and what does not."""

from __future__ import annotations

import pytest

from mitasu.judge.published import contains, folded, lacking, looks_like_html, pieces, telling, text_of_html

CARD = [["マイナ保険証の利用", "健康保険証利用"], ["推進", "勧め"]]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("マイナ保険証の利用", "マイナ保険証 の\n利用"),
        ("加算1（初診12点）", "加算１　（初診１２点）"),
        ("DX推進", "ｄｘ推進"),
        ("ウェブサイト", "ｳｪﾌﾞｻｲﾄ"),
        ("診療情報・薬剤情報", "「診療情報」、薬剤情報"),
        ("①", "1"),
    ],
)
def test_width_blanks_and_punctuation_make_no_difference(one: str, other: str) -> None:
    assert folded(one) == folded(other)


def test_two_numbers_do_not_become_one() -> None:
    assert not contains(folded("加算12点"), folded("加算1"))
    assert contains(folded("加算1 2点"), folded("加算1"))
    assert contains(folded("加算1（2点）"), folded("加算1"))


def test_nothing_is_found_for_nothing() -> None:
    assert not contains("加算", folded("・"))


HTML = """<!doctype html><html><head><title>題</title><style>p{color:red}</style></head><body>
<nav><ul><li>診療案内<li>アクセス</ul></nav>
<p>当院は<b>マイナ</b>保険証の
   利用を<br>お勧めしています。</p><p hidden>隠れた文 <img src=x> 続き</p><div style="display: none">見えない</div>
<template><p>型</p></template><script>var a = "マイナ保険証の利用を推進";</script>
<table><tr><td>明細書<td>無料&nbsp;&amp;&#12354;</table></body></html>"""


def test_html_is_read_as_its_reader_sees_it() -> None:
    text = text_of_html(HTML)
    assert "当院はマイナ保険証の 利用を\nお勧めしています。" in text
    for unseen in ("題", "color", "隠れた", "続き", "見えない", "型", "var a"):
        assert unseen not in text
    assert "無料 &あ" in text
    assert telling(pieces(text), CARD) is not None


@pytest.mark.parametrize(
    "html", ["<p>a</p", "<p hidden>a", "</div></div>b", "<<<", "<a href='", "&#xFFFFFFF;", "<!--"]
)
def test_broken_html_does_not_stop_the_reading(html: str) -> None:
    assert isinstance(text_of_html(html), str)


@pytest.mark.parametrize(
    ("text", "html"), [("<P>a", True), ("<!DOCTYPE html>", True), ("1 < 2 の p", False), ("文章", False)]
)
def test_what_is_marked_up_is_told_from_text(text: str, html: bool) -> None:
    assert looks_like_html(text) is html


def test_words_of_different_blocks_do_not_make_a_sentence() -> None:
    assert telling(pieces("マイナ保険証の利用について\n\n地域医療を推進します。"), CARD) is None
    assert telling(pieces("・マイナ保険証の利用について\n・地域医療を推進します"), CARD) is None
    assert telling(pieces("１．マイナ保険証の利用について\n２．地域医療を推進します"), CARD) is None


def test_a_line_break_within_a_sentence_does_not_part_it() -> None:
    assert telling(pieces("当院はマイナ保険証の\n利用を推進\nしています。"), CARD) is not None


def test_two_sentences_that_follow_each_other_are_read_together() -> None:
    assert telling(pieces("マイナ保険証の利用について。これを推進します。"), CARD) is not None
    far = "マイナ保険証の利用について。" + "あ" * 200 + "を推進します。"
    assert telling(pieces(far), CARD) is None


@pytest.mark.parametrize(
    "text",
    [
        "マイナ保険証の利用を推進していません。",
        "マイナ保険証の利用を推進しておりません。",
        "マイナ保険証の利用の推進は行っていません。",
    ],
)
def test_a_sentence_that_denies_does_not_tell(text: str) -> None:
    assert telling(pieces(text), CARD) is None


def test_a_polite_question_is_no_denial() -> None:
    assert telling(pieces("マイナ保険証の利用をお勧めしています。お持ちではありませんか。"), CARD) is not None


def test_what_the_nearest_sentence_lacks_is_named() -> None:
    groups = tuple(tuple(group) for group in CARD)
    assert lacking(pieces("マイナ保険証の利用はこちら。"), groups) == ("推進",)
    assert lacking(pieces("関係のない文。"), groups) == ("マイナ保険証の利用", "推進")
    assert lacking([], groups) == ("マイナ保険証の利用", "推進")
