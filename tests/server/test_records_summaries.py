"""Discharge summaries: the day that counts, months in exact counts, closing with versions, and the way to the judgement."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from mitasu.errors import UsageError
from mitasu.server.accounts.models import Site
from mitasu.server.ledger.fold import known
from mitasu.server.ledger.verify import verify
from mitasu.server.records.closing import close, drifted, versions_of
from mitasu.server.records.models import MonthClose, Patient, RoomSettings, Stay, SummaryEvent
from mitasu.server.records.summaries import (
    by_doctor,
    long_ago,
    month_of_site,
    note,
    projected,
    recount_all,
    state_of,
    waiting,
)
from mitasu.server.sites.judging import answer_of

pytestmark = pytest.mark.django_db
D = date(2026, 10, 10)


@pytest.fixture
def hospital(make_site: Any) -> Site:
    return make_site("hospital")


def stay(site: Site, left: date | None = D, doctor: str = "例示 一郎", **more: Any) -> Stay:
    number = str(Stay.objects.count() + 1)
    patient = Patient.objects.create(site=site, number=number, kanji="見本　太郎")
    return Stay.objects.create(
        site=site,
        patient=patient,
        admitted=(left or D) - timedelta(days=5),
        discharged=left,
        doctor=doctor,
        **more,
    )


def month(site: Site, due: int, in_time: int, of: str = "2026-10") -> list[Stay]:
    """A month's discharges, of which so many summaries came on the last day in time and the rest a day late."""
    left = date.fromisoformat(f"{of}-10")
    stays = [stay(site, left) for _ in range(due)]
    for index, one in enumerate(stays):
        one.written = left
        one.submitted = left + timedelta(days=14 if index < in_time else 15)
    Stay.objects.bulk_update(stays, ["written", "submitted"])
    return stays


def at(day: date, hour: int = 12, minute: int = 0) -> datetime:
    return timezone.make_aware(datetime(day.year, day.month, day.day, hour, minute))


def event(step: str, day: date, profession: str = "", **more: Any) -> SummaryEvent:
    return SummaryEvent(step=step, at=at(day), profession=profession, **more)


# ---- one summary -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("discharged", "submitted", "told"),
    [
        (date(2025, 4, 10), date(2025, 4, 24), "on_time"),
        (date(2025, 4, 10), date(2025, 4, 25), "late"),
        (date(2025, 2, 20), date(2025, 3, 6), "on_time"),
        (date(2026, 2, 28), date(2026, 3, 14), "on_time"),
        (date(2026, 2, 28), date(2026, 3, 15), "late"),
    ],
)
def test_a_summary_is_in_time_up_to_the_fourteenth_day(
    hospital: Site, discharged: date, submitted: date, told: str
) -> None:
    one = stay(hospital, discharged)
    note(one, "written", at(discharged), by=None, profession="physician")
    note(one, "submitted", at(submitted, 23, 59) if told == "on_time" else at(submitted, 0, 0), by=None)
    found = month_of_site(hospital, discharged.isoformat()[:7], date(2026, 11, 22))
    assert found.rows[0][3] == told


def test_written_in_time_and_handed_in_late_is_late(hospital: Site) -> None:
    one = stay(hospital, date(2025, 4, 10))
    note(one, "written", at(date(2025, 4, 20)), by=None, profession="physician")
    note(one, "submitted", at(date(2025, 4, 25)), by=None)
    assert month_of_site(hospital, "2025-04", date(2026, 11, 22)).counts.overdue == 1


def test_what_was_handed_in_before_it_was_written_counts_from_when_it_was_written() -> None:
    events = [event("submitted", D), event("written", D + timedelta(days=3), "physician")]
    assert state_of(events, RoomSettings()).submitted == D + timedelta(days=3)


@pytest.mark.parametrize(
    ("profession", "why"),
    [
        ("nurse", "医師が作成していません"),
        ("", "作成者の職種が分かりません"),
        ("dentist", "医師が作成していません"),
    ],
)
def test_only_a_physicians_summary_counts(profession: str, why: str) -> None:
    found = state_of([event("written", D, profession), event("submitted", D)], RoomSettings())
    assert (found.submitted, found.why) == (None, why)


def test_a_hospital_may_count_the_summaries_of_dentists() -> None:
    events = [event("written", D, "dentist"), event("submitted", D)]
    assert state_of(events, RoomSettings(dentists_count=True)).submitted == D


def test_a_returned_summary_waits_again_until_it_comes_again() -> None:
    events = [
        event("written", D, "physician"),
        event("submitted", D),
        event("returned", D + timedelta(days=2)),
    ]
    assert state_of(events, RoomSettings()).submitted is None
    assert state_of(events, RoomSettings()).returned
    again = [*events, event("submitted", D + timedelta(days=9))]
    assert state_of(again, RoomSettings()).submitted == D + timedelta(days=9)
    assert state_of(again, RoomSettings(counting="first")).submitted == D


def test_what_was_taken_back_does_not_count() -> None:
    events = [event("written", D, "physician"), event("submitted", D, taken_back=True)]
    assert state_of(events, RoomSettings()).submitted is None


def test_another_way_of_counting_counts_everything_anew(hospital: Site) -> None:
    one = stay(hospital)
    for step, day in (
        ("written", D),
        ("submitted", D),
        ("returned", D),
        ("submitted", D + timedelta(days=20)),
    ):
        note(one, step, at(day), by=None, profession="physician")
    RoomSettings.objects.create(site=hospital, counting="first")
    assert recount_all(hospital) == 1
    assert Stay.objects.get().submitted == D


# ---- what waits ----------------------------------------------------------------------------------------------------


def test_what_waits_is_grouped_by_doctor_with_the_days_left(hospital: Site) -> None:
    stay(hospital, D, "乙")
    stay(hospital, D + timedelta(days=9), "甲")
    stay(hospital, D, "甲", submitted=D, written=D)
    stay(hospital, None, "甲")
    found = by_doctor(waiting(Stay.objects.filter(site=hospital), D + timedelta(days=20)))
    assert [(doctor, [(row.left, row.state) for row in rows]) for doctor, rows in found] == [
        ("乙", [(-6, "6日超過・未作成")]),
        ("甲", [(3, "あと3日・未作成")]),
    ]


def test_a_returned_summary_is_on_the_list_again(hospital: Site) -> None:
    one = stay(hospital)
    for step in ("written", "submitted"):
        note(one, step, at(D), by=None, profession="physician")
    assert waiting(Stay.objects.all(), D) == []
    note(one, "returned", at(D + timedelta(days=1)), by=None)
    assert [row.state for row in waiting(Stay.objects.all(), D + timedelta(days=1))] == ["あと13日・差戻し"]


# ---- months --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("due", "in_time", "enough", "text"),
    [
        (10, 9, True, "9/10件（90.0％）"),
        (99, 89, False, "89/99件（89.8％）"),
        (1000, 899, False, "899/1000件（89.9％）"),
        (0, 0, None, "該当なし（退院0件）"),
    ],
)
def test_the_rate_is_compared_in_whole_counts(
    hospital: Site, due: int, in_time: int, enough: bool | None, text: str
) -> None:
    month(hospital, due, in_time)
    found = month_of_site(hospital, "2026-10", date(2026, 11, 22))
    assert (found.final, found.enough, found.text) == (True, enough, text)


def test_a_month_is_provisional_until_fourteen_days_after_its_last_day(hospital: Site) -> None:
    month(hospital, 10, 9)
    assert not month_of_site(hospital, "2026-10", date(2026, 11, 14)).final
    assert month_of_site(hospital, "2026-10", date(2026, 11, 15)).final
    stay(hospital, date(2026, 10, 31))
    stay(hospital, date(2026, 10, 31))
    early = month_of_site(hospital, "2026-10", date(2026, 11, 10))
    assert (early.open, early.enough) == (2, None)


def test_the_desired_thirty_days_are_counted_only_once_they_are_over(hospital: Site) -> None:
    month(hospital, 10, 9)
    assert month_of_site(hospital, "2026-10", date(2026, 11, 30)).within_30 is None
    assert month_of_site(hospital, "2026-10", date(2026, 12, 1)).within_30 == 10


def test_the_running_month_is_told_by_its_bounds(hospital: Site) -> None:
    for left in (1, 2, 3, 18, 19):
        stay(hospital, date(2026, 11, left))
    stay(hospital, date(2026, 11, 4), written=date(2026, 11, 5), submitted=date(2026, 11, 5))
    found = projected(hospital, "2026-11", date(2026, 11, 20))
    assert (found.worst, found.best) == (1, 3)
    assert "期限切れ3件、期限前2件" in found.text
    assert "もう9割に届きません" in found.text


# ---- closing, and the judgement ------------------------------------------------------------------------------------


def test_a_month_at_89_percent_turns_the_judgement_and_a_correction_turns_it_back(hospital: Site) -> None:
    on = date(2026, 11, 22)
    assert answer_of(hospital, on).of("record-management").level == "1"
    stays = month(hospital, 100, 89)
    made = close(hospital, "2026-10", on)
    judged = answer_of(hospital, on).of("record-management")
    assert judged.level != "1"
    unmet = next(one for one in judged.requirements if one.id == "summaries-within-14-days")
    assert unmet.status == "unmet"
    book = known(hospital)
    assert "2026年10月退院100件のうち期限内89件" in str(unmet)
    row = book.series["summaries_within_14_days"]["2026-10"]
    assert (row.body["value"], book.proof(row).number, made.evidence) == (89, made.evidence, made.evidence)
    assert book.proof(row).body["title"] == "2026年10月退院分の退院時要約（確定、第1版）"

    stays[-1].submitted = D + timedelta(days=14)
    stays[-1].save()
    with pytest.raises(UsageError, match="理由が要ります"):
        close(hospital, "2026-10", on)
    again = close(hospital, "2026-10", on, reason="提出日の入力の誤り")
    assert (again.version, again.in_time) == (2, 90)
    assert answer_of(hospital, on).of("record-management").level == "1"
    book = known(hospital)
    assert book.proof(book.series["summaries_due"]["2026-10"]).number == again.evidence
    assert [one.version for one in versions_of(hospital, "2026-10")] == [2, 1]
    assert [one.what for one in verify(hospital) if one.number is not None] == []


def test_a_provisional_close_says_so_and_the_judgement_waits(hospital: Site) -> None:
    for _ in range(10):
        stay(hospital, date(2026, 10, 31))
    made = close(hospital, "2026-10", date(2026, 11, 5))
    assert not made.final
    body = known(hospital).entries[made.evidence].body
    assert "（速報、第1版）" in body["title"]
    assert "令和8年11月14日を過ぎるまで確定しません" in body["note"]
    judged = answer_of(hospital, date(2026, 11, 5)).of("record-management")
    waits = next(one for one in judged.requirements if one.id == "summaries-within-14-days")
    assert waits.status == "pending"
    final = close(hospital, "2026-10", date(2026, 11, 15))
    assert (final.final, final.version, final.overdue) == (True, 2, 10)


def test_a_month_that_is_not_over_and_one_without_a_change_are_not_closed(hospital: Site) -> None:
    month(hospital, 10, 9)
    with pytest.raises(UsageError, match="まだ終わっていません"):
        close(hospital, "2026-11", date(2026, 11, 22))
    close(hospital, "2026-10", date(2026, 11, 22))
    with pytest.raises(UsageError, match="何も変わっていません"):
        close(hospital, "2026-10", date(2026, 11, 22), reason="もう一度")
    assert MonthClose.objects.count() == 1


def test_a_register_that_moved_on_after_the_close_is_noticed(hospital: Site) -> None:
    month(hospital, 10, 9)
    made = close(hospital, "2026-10", date(2026, 11, 22))
    assert not drifted(hospital, made, date(2026, 11, 22))
    stay(hospital, D)
    assert drifted(hospital, made, date(2026, 11, 22))


def test_a_month_without_discharges_is_told_and_met(hospital: Site) -> None:
    made = close(hospital, "2026-10", date(2026, 11, 22))
    assert known(hospital).entries[made.evidence].body["figure"]["value"] == "該当なし（退院0件）"
    assert answer_of(hospital, date(2026, 11, 22)).of("record-management").level == "1"


def test_what_goes_into_the_ledger_names_no_patient(hospital: Site) -> None:
    month(hospital, 3, 3)
    made = close(hospital, "2026-10", date(2026, 11, 22))
    assert "見本" not in known(hospital).entries[made.evidence].content
    assert "見本" not in str(made.rows)


def test_what_is_older_than_a_year_is_counted_and_reminds_nobody(hospital: Site) -> None:
    stay(hospital, date(2024, 4, 10))
    stays = Stay.objects.filter(site=hospital)
    assert waiting(stays, date(2026, 11, 22)) == []
    assert long_ago(stays, date(2026, 11, 22)) == 1
