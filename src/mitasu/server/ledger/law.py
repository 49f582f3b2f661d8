"""The rulebook and the judge of this process: loaded once, read-only, shared by every request."""

from __future__ import annotations

from functools import cache

from mitasu.judge.judgement import Judge
from mitasu.rulebook import Rulebook


@cache
def rulebook() -> Rulebook:
    """The shipped rulebook."""
    return Rulebook.shipped()


@cache
def judge() -> Judge:
    """A judge by that rulebook."""
    return Judge(rulebook())
