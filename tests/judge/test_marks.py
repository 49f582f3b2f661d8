"""Marks: what is lacking is counted, and said to be a lower bound where more may be lacking."""

from __future__ import annotations

from datetime import date

import pytest
from institutions import clinic, rates, without

from mitasu.judge.judgement import Judge
from mitasu.judge.marks import mark

DAY = date(2025, 4, 1)
LOW = rates(14.9)


@pytest.mark.parametrize(
    ("forgotten", "word"),
    [("", "△ あと1"), ("view_in_rooms", "△ あと1以上")],
)
def test_what_lacks_one_thing_may_lack_more_while_the_rest_is_not_known(
    judge: Judge, forgotten: str, word: str
) -> None:
    institution = clinic(judge.rulebook, LOW)
    found = judge.judge(without(institution, forgotten), DAY, ["medical-dx-promotion"])
    [judgement] = found.judgements
    assert len(judgement.missing) == 1
    assert str(mark(judgement)) == word
    assert judgement.wholly_known == (not forgotten)
