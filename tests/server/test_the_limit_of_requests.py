"""The limit of requests: one for a token, whichever process answers, anew every minute."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mitasu.server.accounts.models import ApiToken, User
from mitasu.server.api import access
from mitasu.server.api.access import Limit

pytestmark = pytest.mark.django_db
NOON = 1_790_000_040.0
"""The first second of a minute."""


@pytest.fixture
def clock(monkeypatch: Any) -> list[float]:
    now = [NOON]
    monkeypatch.setattr(access.time, "time", lambda: now[0])
    return now


def token(user: User, name: str = "試験") -> ApiToken:
    found = ApiToken.of(ApiToken.made(user, name, ["read"]))
    assert found is not None
    return found


def let_through(limit: Limit, token: ApiToken, count: int) -> int:
    return sum(not limit.exceeded(token) for _ in range(count))


@pytest.mark.parametrize("most", [1, 10, 29, 30, 31, 100, 600])
def test_one_process_lets_exactly_the_limit_through(user: User, clock: list[float], most: int) -> None:
    assert let_through(Limit(most), token(user), most + 50) == most


@pytest.mark.parametrize("processes", [2, 5])
def test_processes_share_the_limit(user: User, clock: list[float], processes: int) -> None:
    limits, mine = [Limit(600) for _ in range(processes)], token(user)
    through = sum(not limits[number % processes].exceeded(mine) for number in range(1200))
    assert 600 - processes * limits[0].block < through <= 600


def test_the_next_minute_begins_anew(user: User, clock: list[float]) -> None:
    limit, mine = Limit(10), token(user)
    assert let_through(limit, mine, 20) == 10
    clock[0] += 59
    assert let_through(limit, mine, 5) == 0
    assert limit.waits() == 1
    clock[0] += 1
    assert let_through(limit, mine, 20) == 10
    assert let_through(Limit(10), mine, 5) == 0


def test_each_token_has_its_own(user: User, clock: list[float]) -> None:
    limit, first, second = Limit(10), token(user, "a"), token(user, "b")
    assert let_through(limit, first, 20) == 10
    assert let_through(limit, second, 20) == 10


def test_most_requests_write_nothing(user: User, clock: list[float]) -> None:
    limit, mine = Limit(600), token(user)
    with CaptureQueriesContext(
        connection,
    ) as made:
        let_through(limit, mine, 1000)
    assert len(made) <= access.BLOCKS + 1


def test_a_request_is_noted_as_the_last_use_of_its_token(user: User, clock: list[float]) -> None:
    mine = token(user)
    let_through(Limit(600), mine, 1)
    mine.refresh_from_db()
    assert mine.used_at is not None
    assert (mine.window, mine.taken) == (int(NOON) // 60, 20)
