"""The API under generated requests, right and wrong: never a server error, and always the answer its description promises."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any
from urllib.parse import quote

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from sample_files import sample_document
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from werkzeug.test import Client, TestResponse

from mitasu.server.accounts.models import SCOPES, ApiToken, Site, User
from mitasu.server.api import access
from mitasu.server.api.v1 import api
from mitasu.server.config.wsgi import application
from mitasu.server.ledger.models import canonical
from mitasu.server.sites.judging import head_of

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
EXAMPLES = 12
KNOWN: dict[str, tuple[Any, ...]] = {
    "site": ("paper-clinic", "hospital", "childrens-clinic"),
    "addition": ("medical-dx-promotion",),
    "fact": ("beds", "e_prescription"),
    "event": ("bcp_drill",),
    "number": (1, 2, 3),
}
"""Names that exist, so that generated requests reach what lies behind them."""
ODD = (
    "elsewhere", "nowhere", "paper-clinic ", "PAPER-CLINIC", "..", "%2e%2e", "a" * 5000, "０１", "site\0",
    "-1", "0", "1e9", "9" * 30, "9" * 5000, "true", "null", "'; --", "{site}", "%ff", "\N{GRINNING FACE}",
)  # fmt: skip


def described() -> Any:
    """The API by its own description, reached in process."""
    schema = schemathesis.openapi.from_dict(json.loads(canonical(api.get_openapi_schema())))
    schema.app = application
    schema.config.checks.negative_data_rejection.expected_statuses.append(
        "413"
    )  # too large is a refusal as well
    return schema


SCHEMA = described()
OPERATIONS = {found.label: found for found in (one.ok() for one in SCHEMA.get_all_operations())}
fired = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(autouse=True)
def one_connection() -> Iterator[None]:
    """The end of a request does not end the connection on which the test's transaction runs."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def token(user: User, make_site: Any, monkeypatch: Any) -> str:
    """A token of the administrator of the sample sites with every scope and no limit of requests."""
    monkeypatch.setattr(access, "_limit", access.Limit(10**6, 60))
    for sample in KNOWN["site"]:
        make_site(sample)
    Site.objects.create(slug="elsewhere", name="よその医院", sector="medical", kind="clinic")
    return ApiToken.made(user, "試験", list(SCOPES))


@contextmanager
def forgotten() -> Iterator[None]:
    """One request, whose changes the next one does not see."""
    with transaction.atomic():
        try:
            yield
        finally:
            transaction.set_rollback(True)


@pytest.mark.parametrize("mode", list(schemathesis.GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("label", OPERATIONS)
def test_every_operation_answers_as_it_is_described(label: str, mode: Any, token: str) -> None:
    operation = OPERATIONS[label]

    @seed(20261122)
    @fired
    @given(data=st.data())
    def fire(data: Any) -> None:
        known = {
            one.name: data.draw(st.sampled_from(KNOWN[one.name]), one.name)
            for one in operation.path_parameters
            if one.name in KNOWN
        }
        case = data.draw(operation.as_strategy(mode, path_parameters=known))
        headers = {}
        if any(one.name == "If-Match" for one in operation.headers) and data.draw(st.booleans()):
            headers["If-Match"] = f'"{head_of(Site.objects.get(slug=known["site"]))}"'
        with forgotten():
            answer = case.call(headers={"Authorization": f"Bearer {token}", **headers})
            case.validate_response(answer, checks=CHECKS)

    fire()


def sent(token: str, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
    data = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
    return Client(application).open(
        f"/api/v1{path}", method=method, headers={"Authorization": f"Bearer {token}", **headers}, **data
    )


def is_problem(answer: TestResponse) -> bool:
    return (
        400 <= answer.status_code < 500
        and answer.content_type.startswith("application/problem+json")
        and answer.get_json()["status"] == answer.status_code
    )


@pytest.mark.parametrize("odd", ODD)
def test_odd_names_in_an_address_are_problems_and_tell_nothing(odd: str, token: str) -> None:
    name = quote(odd, safe="%")
    for method, path in (
        ("GET", f"/sites/{name}"),
        ("GET", f"/sites/{name}/judgements"),
        ("GET", f"/sites/paper-clinic/evidence/{name}/file"),
        ("PATCH", f"/sites/paper-clinic/filings/{name}"),
        ("GET", f"/rules/{name}"),
        ("GET", f"/sites?cursor={name}"),
        ("GET", f"/sites/paper-clinic/entries?limit={name}&cursor={name}"),
        ("GET", f"/sites/paper-clinic/judgements?on={name}"),
        ("GET", f"/{name}"),
    ):
        answer = sent(token, method, path, {} if method == "PATCH" else None)
        assert is_problem(answer) or (odd == "0" and answer.status_code == 200), (path, answer.text)
        assert "よその医院" not in answer.text
    assert sent(token, "GET", "/sites/elsewhere").data == sent(token, "GET", "/sites/nowhere").data


@pytest.mark.parametrize("label", OPERATIONS)
def test_nobody_gets_past_the_door_of_any_operation_without_a_token(label: str, site: Site) -> None:
    method, path = label.split(" ", 1)
    for name, values in KNOWN.items():
        path = path.replace(f"{{{name}}}", str(values[0]))
    answer = Client(application).open(path.replace("{", "").replace("}", ""), method=method)
    assert answer.status_code == 401
    assert is_problem(answer)


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
WORDS = st.sampled_from(["2026-04-01", "2026-04", "9999-99-99", "1", "accepted"])
ANYTHING = st.recursive(
    LEAVES | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every part of a document."""
    if at:
        yield at
    if isinstance(value, dict):
        for key in value:
            yield from places(value[key], (*at, key))
    elif isinstance(value, list):
        for index in range(len(value)):
            yield from places(value[index], (*at, index))


@pytest.mark.parametrize("sample", KNOWN["site"])
def test_an_institution_file_spoiled_in_one_place_is_judged_or_refused(sample: str, token: str) -> None:
    whole = json.loads(canonical(sample_document(sample)))
    head = head_of(Site.objects.get(slug=sample))

    @seed(20261122)
    @settings(fired, max_examples=25)
    @given(st.sampled_from(list(places(whole))), ANYTHING)
    def fire(at: tuple[Any, ...], value: Any) -> None:
        spoiled = deepcopy(whole)
        inner = spoiled
        for part in at[:-1]:
            inner = inner[part]
        inner[at[-1]] = value
        for method, path, body in (
            ("POST", "/judge", {"institution": spoiled, "on": "2026-11-22"}),
            ("POST", "/bill", {"institution": spoiled, "encounters": []}),
            ("PUT", f"/sites/{sample}/institution", spoiled),
        ):
            with forgotten():
                answer = sent(token, method, path, body, **{"If-Match": head})
                assert answer.status_code == 200 or is_problem(answer), (at, value, answer.text)

    fire()


@pytest.mark.parametrize("fact", ["beds", "e_prescription"])
def test_a_fact_of_any_value_is_kept_or_refused(fact: str, token: str) -> None:
    head = head_of(Site.objects.get(slug="paper-clinic"))

    @seed(20261122)
    @settings(fired, max_examples=25)
    @given(ANYTHING)
    def fire(value: Any) -> None:
        what_if = {"on": "2026-11-22", "set": {fact: value}}
        for method, path, body in (
            ("PUT", f"/sites/paper-clinic/facts/{fact}", {"value": value}),
            ("POST", "/sites/paper-clinic/whatif", what_if),
        ):
            with forgotten():
                answer = sent(token, method, path, body, **{"If-Match": head})
                assert answer.status_code == 200 or is_problem(answer), (value, answer.text)

    fire()
