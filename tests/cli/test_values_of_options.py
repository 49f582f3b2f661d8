"""A value that an option cannot take is told in Japanese, with the option, the value and what would be right."""

from __future__ import annotations

import pytest

from mitasu.cli import run


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("backup", "verify", "disk", "--part", "9"), "--part「9」は、大きすぎます（7以下）。"),
        (("backup", "verify", "disk", "--part", "0"), "--part「0」は、小さすぎます（1以上）。"),
        (("records", "stats", "--digits", "x"), "--digits「x」は、整数ではありません。"),
        (("backup", "forget", "disk", "abc"), "NUMBER...「abc」は、整数ではありません。"),
    ],
)
def test_a_number_outside_its_bounds_or_none_at_all_is_told(
    words: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*words, "--site", "hospital"]) == 2
    assert capsys.readouterr().err == f"エラー: {told}使い方は mitasu --help で見られます。\n"
