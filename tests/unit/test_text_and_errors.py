"""Words as people type them, and the errors a user can cause."""

from __future__ import annotations

import errno
import os

import pytest

from mitasu.errors import InputError, MitasuError, Problem, UsageError, reason
from mitasu.text import halfwidth, nearest

KNOWN = ["online_claims", "own_website", "beds"]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("２０２５", "2025"),
        ("Ｒ７．４．１", "R7.4.1"),
        ("　４５％　", "45%"),
        ("ﾏｲﾅﾝﾊﾞｰ", "マイナンバー"),
        ("電子処方箋", "電子処方箋"),
        ("", ""),
    ],
)
def test_full_width_signs_become_half_width_and_blanks_go(typed: str, meant: str) -> None:
    assert halfwidth(typed) == meant


@pytest.mark.parametrize(
    ("word", "known"),
    [("onlin_claims", "online_claims"), ("own_web_site", "own_website"), ("bed", "beds"), ("beds", "beds")],
)
def test_the_nearest_word_is_one_or_two_letters_away(word: str, known: str) -> None:
    assert nearest(word, KNOWN) == known


@pytest.mark.parametrize("word", ["zzz", "", "電子処方箋"])
def test_no_word_is_near_where_none_is_like_it(word: str) -> None:
    assert nearest(word, KNOWN) is None


def test_no_word_is_near_where_none_is_known() -> None:
    assert nearest("beds", []) is None


def test_a_problem_tells_file_line_message_and_nearest_word() -> None:
    problem = Problem("「onlin_claims」という項目はありません。", "a.yaml", 7, "online_claims")
    assert str(problem) == "a.yaml:7: 「onlin_claims」という項目はありません。近いもの: online_claims"


def test_a_problem_without_a_line_tells_the_file_and_without_a_file_the_message() -> None:
    assert str(Problem("ファイルが空です。", "a.yaml")) == "a.yaml: ファイルが空です。"
    assert str(Problem("日付がありません。")) == "日付がありません。"


def test_an_input_error_holds_every_problem_and_shows_each_on_a_line() -> None:
    error = InputError(Problem(text, "a.yaml", line) for line, text in enumerate(("一。", "二。"), start=1))
    assert [problem.line for problem in error.problems] == [1, 2]
    assert str(error) == "a.yaml:1: 一。\na.yaml:2: 二。"


def test_an_input_error_may_have_a_single_problem() -> None:
    problem = Problem("ファイルがありません。", "a.yaml")
    assert InputError(problem).problems == (problem,)


def test_user_errors_are_one_family_with_exit_statuses_and_are_value_errors() -> None:
    assert issubclass(UsageError, MitasuError)
    assert issubclass(InputError, MitasuError)
    assert issubclass(UsageError, ValueError)
    assert issubclass(InputError, ValueError)
    assert (UsageError.exit_status, InputError.exit_status, MitasuError.exit_status) == (2, 3, 3)


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (errno.ENOENT, "フォルダーがありません"),
        (errno.EACCES, "権限がありません"),
        (errno.EISDIR, "フォルダーです。ファイルの名前を書いてください"),
        (errno.ENOSPC, "空き容量がありません"),
        (errno.EIO, os.strerror(errno.EIO)),
    ],
)
def test_why_a_file_cannot_be_written_is_told_in_japanese(number: int, told: str) -> None:
    assert reason(OSError(number, os.strerror(number))) == told


def test_an_error_without_a_number_tells_itself() -> None:
    assert reason(OSError("壊れています")) == "壊れています"
