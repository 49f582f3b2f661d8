"""Broken and hostile files: the audit and the counts go on or refuse in words, and never fall over."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import mitasu as library
from mitasu.claims.audit import audit
from mitasu.claims.codes import CodeTable
from mitasu.claims.generate import profile, write_month
from mitasu.claims.opened import opened
from mitasu.claims.rates import card_use
from mitasu.claims.revenue import RevenueCounter
from mitasu.claims.serial import audit_to_dict
from mitasu.errors import InputError
from mitasu.judge.judgement import Judge
from mitasu.rulebook import Rulebook

JUDGE = Judge(Rulebook.shipped())
CODES = CodeTable.shipped()
BYTES = st.sampled_from(
    [b",", b"\r\n", b"\n", b"\x1a", b"0", b"9", b"99999999", b"-1", b"SI,", b"RE,", b'"', b"\xff", b""]
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("claims") / "RECEIPTC.UKE"
    made = profile(library.sample("paper-clinic"), JUDGE, ["2025-05"])
    return write_month(made, "2025-05", path, 8, 3)[0]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 6), BYTES), min_size=1, max_size=6))
def test_mutated_bytes_never_break_audit_revenue_or_rates(
    whole: Path, changes: list[tuple[float, int, bytes]]
) -> None:
    content = bytearray(whole.read_bytes())
    for place, length, put in changes:
        start = int(place * len(content))
        content[start : start + length] = put
    file = whole.with_name("broken.UKE")
    file.write_bytes(bytes(content))
    try:
        found = audit(
            JUDGE, library.sample("paper-clinic"), [file], CODES, on=date(2026, 11, 22), any_institution=True
        )
    except InputError:
        return  # refused in words
    assert json.dumps(audit_to_dict(found), ensure_ascii=False)
    counter = RevenueCounter(CODES)
    for one in opened([file]):
        counter.take(one.receipts())
    assert counter.result().yen >= 0
    assert all((one.receipts or 0) >= 0 for one in card_use([file], codes=CODES))
