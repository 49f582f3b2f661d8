"""A lazy value is the value itself, made once, when it is first asked for."""

from __future__ import annotations

import copy
import pickle

import pytest

from mitasu.judge.lazy import Lazy


def test_it_is_made_once_and_not_before_it_is_asked_for() -> None:
    calls: list[int] = []
    lazy = Lazy(lambda: calls.append(1) or "made")
    assert calls == []
    assert (lazy.value, lazy.value, calls) == ("made", "made", [1])


def test_none_and_the_empty_text_are_values_too() -> None:
    calls: list[int] = []
    lazy: Lazy[None] = Lazy(lambda: calls.append(1))
    assert (lazy.value, lazy.value, calls) == (None, None, [1])
    assert Lazy(str).value == ""


def test_it_compares_hashes_and_shows_as_its_value() -> None:
    one, same, other = Lazy(lambda: ("a",)), Lazy.of(("a",)), Lazy.of(("b",))
    assert one == same
    assert one != other
    assert one != ("a",)
    assert hash(one) == hash(("a",))
    assert repr(one) == "('a',)"


def test_a_copy_has_the_value_and_not_the_way_to_make_it() -> None:
    lazy = Lazy(lambda: ["a"])
    for again in (pickle.loads(pickle.dumps(lazy)), copy.copy(lazy), copy.deepcopy(lazy)):  # noqa: S301  (our own)
        assert again.value == ["a"]


def test_a_value_that_could_not_be_made_is_tried_again() -> None:
    states = [False, True]

    def make() -> str:
        if not states.pop(0):
            raise ValueError("not yet")
        return "made"

    lazy = Lazy(make)
    with pytest.raises(ValueError, match="not yet"):
        lazy.value  # noqa: B018  (asking is the test)
    assert lazy.value == "made"
