"""Points that further requirements choose, named amounts, limits by day, and what goes together: how they are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from mitasu.rulebook import Rulebook
from mitasu.rulebook.book import HOME

SOURCE = (HOME / "additions" / "base-up-1.yaml").read_text("utf-8")


def faults(folder: Path, old: str, new: str) -> list[str]:
    """The faults of the rule of (Ⅰ) under another id, with a text of it replaced."""
    assert old in SOURCE
    text = SOURCE.replace("id: base-up-1\n", "id: example-fee\n", 1).replace(old, new)
    (folder / "additions").mkdir()
    (folder / "additions" / "example-fee.yaml").write_text(text, "utf-8")
    name = "additions/example-fee.yaml"
    return [str(problem) for problem in Rulebook.check(folder)[1] if name in str(problem)]


def test_the_rule_itself_is_sound(tmp_path: Path) -> None:
    assert faults(tmp_path, "days: 1", "days: 1") == []


@pytest.mark.parametrize("days", ["0", "32", "true", "1.5", '"1"'])
def test_a_limit_by_day_has_one_to_thirty_one_days(tmp_path: Path, days: str) -> None:
    assert "days は1から31までの整数" in faults(tmp_path, "days: 1", f"days: {days}")[0]


def test_days_and_months_exclude_each_other(tmp_path: Path) -> None:
    assert "months・weeks と併せては書けません" in faults(tmp_path, "days: 1", "days: 1\n      months: 1")[0]


def test_an_amount_must_be_named_under_amounts(tmp_path: Path) -> None:
    found = faults(tmp_path, "amount: same_building", "amount: same_bilding")
    assert "same_bilding" in found[0]
    assert "same_building" in found[0]


def test_an_amount_needs_a_condition(tmp_path: Path) -> None:
    assert "条件（need）がありません" in faults(tmp_path, "      need: {fact: same_building}\n", "")[0]


def test_other_points_need_known_requirements_and_points(tmp_path: Path) -> None:
    old = "needs: [continuing-raise, continuing-raise-filed]"
    assert "continuing-rise" in faults(tmp_path, old, "needs: [continuing-rise]")[0]


def test_other_points_without_needs_are_refused(tmp_path: Path) -> None:
    old = "          needs: [continuing-raise, continuing-raise-filed]\n"
    assert "「needs」がありません" in faults(tmp_path, old, "")[0]
