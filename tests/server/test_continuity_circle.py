"""It closes the circle: what backups have shown turns the judgement, with the reason leading to the evidence."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from backup_places import DAY, NOON, Places, served
from django.utils import timezone

from mitasu.facts import load_institution
from mitasu.judge.judgement import Judgement
from mitasu.server.continuity.forgetting import looked_for
from mitasu.server.continuity.handing import handed_over
from mitasu.server.continuity.models.backups import Target
from mitasu.server.continuity.proving import canary, restored_whole, sliced
from mitasu.server.ledger.append import Draft, append
from mitasu.server.ledger.files import export_document
from mitasu.server.ledger.fold import known
from mitasu.server.ledger.law import judge, rulebook
from mitasu.server.ledger.models import Entry, Kind

pytestmark = pytest.mark.django_db
SUMMER = datetime(2026, 7, 6, 3, 0, tzinfo=UTC)
"""Noon in Japan, of a Monday under the rules of 2026."""


def judged(places: Places, addition: str, at: datetime) -> Judgement:
    institution = load_institution(export_document(places.site), rulebook())
    (found,) = judge().judge(institution, timezone.localtime(at).date(), [addition]).judgements
    return found


def verdict(places: Places, addition: str, requirement: str, at: datetime) -> str:
    found = judged(places, addition, at)
    return next(one.status for one in found.requirements if one.id == requirement)


@pytest.fixture
def kept(places: Places) -> Iterator[tuple[Places, Target, Target]]:
    """Charts backed up to a disk and to a server that only appends; nothing has run yet."""
    places.charts()
    disk = places.target("disk")
    host = places.target("host", medium="host", append_only=True)
    folder = Path(host.location)
    with served(folder, append_only=True) as address:
        host.location = address
        host.save()
        append(places.site, [Draft(Kind.FACT, "backup_write_once_steps_stated", {"value": True})])
        yield places, disk, host


def week(places: Places, targets: list[Target], start: datetime, days: int) -> datetime:
    """So many days of backups at the targets; returns the moment of the last one."""
    at = start
    for day in range(days):
        at = start + day * DAY
        places.change(f"{at:%Y-%m-%d}")
        for target in targets:
            places.made(target, at)
    return at


RULES = [
    ("record-management", NOON, "1", "2"),
    ("electronic-information-sharing-inpatient", SUMMER, "1", "2"),
]


@pytest.mark.parametrize(("addition", "start", "high", "low"), RULES)
def test_two_generations_instead_of_three_turn_the_judgement_and_a_third_turns_it_back(
    kept: tuple[Places, Target, Target], addition: str, start: datetime, high: str, low: str
) -> None:
    places, disk, host = kept
    assert judged(places, addition, start).level == high
    at = week(places, [disk, host], start, 2)
    canary(host, places.engine, at)
    restored_whole(host, places.engine, at)
    handed_over(places.site, at)
    assert verdict(places, addition, "backup-generations", at) == "unmet"
    assert judged(places, addition, at).level == low
    found = known(places.site)
    (stretch,) = [one for one in found.facts["backup_generations"] if one.value == 2]
    proof = found.proof(stretch.entry)
    assert proof.kind == Kind.EVIDENCE
    assert "サーバーのディスク：2世代" in proof.body["note"]
    assert "限界：" in proof.body["note"]
    at = week(places, [disk, host], at + DAY, 1)
    handed_over(places.site, at)
    assert verdict(places, addition, "backup-generations", at) == "met"
    assert judged(places, addition, at).level == high


@pytest.mark.parametrize(("addition", "start", "high", "low"), RULES)
def test_a_target_that_accepts_a_delete_turns_the_judgement_and_repaired_it_turns_back(
    kept: tuple[Places, Target, Target], addition: str, start: datetime, high: str, low: str
) -> None:
    places, disk, host = kept
    at = week(places, [disk, host], start, 3)
    canary(host, places.engine, at)
    restored_whole(host, places.engine, at)
    handed_over(places.site, at)
    assert judged(places, addition, at).level == high
    address, at = host.location, at + timedelta(hours=1)
    with served(places.root / "repo-host", append_only=False) as loose:
        Target.objects.filter(pk=host.pk).update(location=loose)
        host.refresh_from_db()
        canary(host, places.engine, at)
    handed_over(places.site, at)
    assert verdict(places, addition, "backup-offline", at) == "unmet"
    assert judged(places, addition, at).level == low
    found = known(places.site)
    proof = found.proof(found.facts["backup_safest_copy"][-1].entry)
    assert "通ってしまった" in proof.body["note"]
    assert f"{addition}/backup-offline" in proof.body["requirements"]
    Target.objects.filter(pk=host.pk).update(location=address)
    host.refresh_from_db()
    at += timedelta(hours=1)
    again = canary(host, places.engine, at)
    assert again.well, again.tries
    handed_over(places.site, at)
    assert judged(places, addition, at).level == high


def test_an_expired_proof_makes_its_facts_unknown_and_never_false(
    kept: tuple[Places, Target, Target],
) -> None:
    places, disk, host = kept
    at = week(places, [disk, host], NOON, 3)
    canary(host, places.engine, at)
    handed_over(places.site, at)
    later = at + 10 * DAY
    for requirement in ("backup-generations", "backup-methods", "backup-scope"):
        assert verdict(places, "record-management", requirement, at) == "met"
        assert verdict(places, "record-management", requirement, later) == "unknown"
    assert handed_over(places.site, later) == []
    assert verdict(places, "record-management", "backup-offline", later) == "unknown"


def test_while_the_same_is_shown_the_paper_is_prolonged_by_one_entry_a_day(
    kept: tuple[Places, Target, Target],
) -> None:
    places, disk, host = kept
    at = week(places, [disk, host], NOON, 3)
    made = handed_over(places.site, at)
    assert {entry.kind for entry in made} == {Kind.EVIDENCE, Kind.FACT}
    assert handed_over(places.site, at + timedelta(minutes=1)) == []
    for target in (disk, host):
        target.keep = 3
    at = week(places, [disk, host], at + DAY, 1)
    four = handed_over(places.site, at)
    assert [entry.subject for entry in four if entry.kind == Kind.FACT and "generations" in entry.subject]
    for target in (disk, host):
        oldest = target.generations.order_by("number").first()
        assert oldest is not None
        oldest.forgotten_at = at
        oldest.save()
    at = week(places, [disk, host], at + DAY, 1)
    (entry,) = handed_over(places.site, at)
    assert entry.kind == Kind.EVIDENCE
    assert entry.replaces is not None
    assert entry.last_day == date(2025, 10, 11)
    assert verdict(places, "record-management", "backup-generations", at) == "met"


def test_generations_that_are_gone_and_damage_take_the_facts_down(
    kept: tuple[Places, Target, Target],
) -> None:
    places, disk, host = kept
    at = week(places, [disk, host], NOON, 3)
    handed_over(places.site, at)
    repository = places.root / "repo-disk"
    gone = disk.generations.order_by("number").first()
    assert gone is not None
    from mitasu.server.continuity import keys

    places.engine.forget(keys.repository(disk), [gone.snapshot])
    looked_for(disk, places.engine, at)
    handed_over(places.site, at)
    assert verdict(places, "record-management", "backup-generations", at) == "unmet"
    places.scribble(repository)
    for _ in range(7):
        sliced(disk, places.engine, at)
    handed_over(places.site, at)
    assert verdict(places, "record-management", "backup-methods", at) == "unmet"
    places.scribble(places.root / "repo-host")
    for _ in range(7):
        sliced(host, places.engine, at)
    (ended,) = handed_over(places.site, at)
    assert ended.kind == Kind.EVIDENCE
    for requirement in ("backup-methods", "backup-generations", "backup-scope"):
        assert verdict(places, "record-management", requirement, at) == "unknown"
        assert verdict(places, "record-management", requirement, at - DAY) != "unknown"
    assert handed_over(places.site, at) == []


def test_a_site_that_backs_up_nothing_the_standards_name_keeps_what_was_said_by_hand(places: Places) -> None:
    source = places.charts()
    source.covers = []
    source.save()
    at = week(places, [places.target()], NOON, 3)
    before = Entry.objects.filter(site=places.site).count()
    assert handed_over(places.site, at) == []
    assert Entry.objects.filter(site=places.site).count() == before
