"""The circle: what is recorded on the pages of the BCP turns the judgement, with the reason leading to the evidence."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from mitasu.errors import UsageError
from mitasu.facts import load_institution
from mitasu.facts.derived.counts import event_within
from mitasu.facts.view import View
from mitasu.judge.judgement import Judgement
from mitasu.server.accounts.models import Site, User
from mitasu.server.continuity.models.plans import Contract, Drill
from mitasu.server.continuity.plans import checklist, contracts, drills, managers, trainings
from mitasu.server.continuity.plans.proofs import counts_until, events_of
from mitasu.server.ledger.append import Draft, append
from mitasu.server.ledger.fold import known
from mitasu.server.ledger.law import rulebook
from mitasu.server.ledger.models import Kind
from mitasu.server.sites.binder import binder_of
from mitasu.server.sites.judging import answer_of

pytestmark = pytest.mark.django_db(transaction=False)
OLD, NEW = "record-management", "electronic-information-sharing-inpatient"
R6, R8 = date(2026, 5, 20), date(2026, 11, 22)
TODAY = date(2026, 11, 22)


@pytest.fixture
def hospital(make_site: Callable[..., Site]) -> Site:
    """The sample hospital, of which both additions are claimable on the two days."""
    return make_site("hospital")


@pytest.fixture
def client(hospital: Site, user: User) -> Client:
    """The hospital's administrator."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def judged(site: Site, addition: str, on: date) -> Judgement:
    site.head = None
    return answer_of(site, on).of(addition)


def requirement(judgement: Judgement, id_: str) -> Any:
    return next(one for one in judgement.requirements if one.id == id_)


def without(site: Site, event: str, after: date) -> None:
    """The ledger without the events after a day: they were never recorded."""
    gone = [row for row in events_of(known(site), event) if str(row.body["on"]) > after.isoformat()]
    append(site, [Draft(Kind.RETRACTION, body={"reason": "なかった"}, replaces=row.number) for row in gone])


def record_drill(site: Site, user: User, on: date, today: date = TODAY, **more: Any) -> Drill:
    given = {"scenario": "電子カルテの停止", "led_by": "security_manager", "reviewed": True, **more}
    return drills.add(site, on=on, today=today, by=user, **given)


def test_the_sample_hospital_claims_both_to_begin_with(hospital: Site) -> None:
    assert judged(hospital, OLD, R6).level == "1"
    assert judged(hospital, NEW, R8).level == "1"


@pytest.mark.parametrize(("addition", "on"), [(OLD, R6), (NEW, R8)])
def test_a_missed_drill_turns_the_judgement_and_one_recorded_turns_it_back(
    hospital: Site, user: User, addition: str, on: date
) -> None:
    without(hospital, "bcp_drill", date(2025, 3, 31))
    judgement = judged(hospital, addition, on)
    assert judgement.level != "1"
    drill = requirement(judgement, "continuity-drill")
    assert drill.status == "unmet"
    assert "2025-03-06" in drill.why or "令和7年3月6日" in drill.why
    record_drill(hospital, user, date(2026, 5, 15))
    assert judged(hospital, addition, on).level == "1"


def test_a_drill_of_exactly_twelve_months_ago_still_counts_and_a_day_later_not(hospital: Site) -> None:
    row = drills.listed(hospital)[0]
    assert (row.on, row.counts_until) == (date(2026, 2, 26), date(2027, 2, 26))
    assert requirement(judged(hospital, NEW, date(2027, 2, 26)), "continuity-drill").status == "met"
    assert requirement(judged(hospital, NEW, date(2027, 2, 27)), "continuity-drill").status == "unmet"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"led_by": "vendor"}, "unmet"),
        ({"reviewed": False}, "unmet"),
    ],
)
def test_a_drill_led_by_a_vendor_or_never_reviewed_does_not_count(
    hospital: Site, user: User, given: dict[str, Any], told: str
) -> None:
    record_drill(hospital, user, date(2026, 11, 1), **given)
    assert requirement(judged(hospital, NEW, R8), "continuity-drill").status == told


def test_the_review_of_a_drill_turns_the_judgement_back(hospital: Site, user: User) -> None:
    drill = record_drill(hospital, user, date(2026, 11, 1), reviewed=False)
    assert judged(hospital, NEW, R8).level != "1"
    drills.review(drill, date(2026, 11, 20), "手順を改めた", today=TODAY, by=user)
    assert judged(hospital, NEW, R8).level == "1"


def test_an_improvement_that_was_not_made_turns_the_judgement_until_it_is(hospital: Site, user: User) -> None:
    row = {"what": "手順を直す", "owner": "総務", "due": date(2026, 11, 10)}
    drill = record_drill(
        hospital, user, date(2026, 11, 1), found=True, findings="手順が古い", improvements=[row]
    )
    assert judged(hospital, NEW, R8).level == "1", "its day goes by, and nobody knows yet"
    improvement = drill.improvements.get()
    with pytest.raises(UsageError, match="期限を過ぎて"):
        drills.miss(improvement, today=date(2026, 11, 10), by=user)
    drills.miss(improvement, today=date(2026, 11, 11), by=user)
    assert judged(hospital, NEW, R8).level == "2"
    drills.finish(improvement, date(2026, 11, 20), "直した", today=TODAY, by=user)
    assert judged(hospital, NEW, R8).level == "1"


def test_the_reason_leads_to_the_report_and_the_report_to_the_requirements(
    hospital: Site, user: User, client: Client
) -> None:
    drill = record_drill(hospital, user, date(2026, 11, 1))
    entry = known(hospital).entries[drill.entry]
    assert {f"{OLD}/continuity-drill", f"{OLD}/continuity-drill-conduct", f"{NEW}/continuity-drill"} == set(
        entry.body["requirements"]
    )
    assert entry.document
    assert (entry.first_day, entry.last_day) == (date(2026, 11, 1), date(2027, 11, 1))
    page = client.get(reverse("evidence-entry", args=(hospital.slug, drill.entry))).content.decode()
    assert "BCPに基づく訓練の記録（令和8年11月1日）" in page
    event = known(hospital).entries[drill.event]
    assert event.proof == drill.entry
    why = client.get(reverse("why", args=(hospital.slug, NEW))).content.decode()
    assert reverse("evidence-entry", args=(hospital.slug, drill.entry)) in why


def test_the_binder_holds_the_report_under_its_requirement(hospital: Site, user: User) -> None:
    drill = record_drill(hospital, user, date(2026, 11, 1))
    hospital.head = None
    binder = binder_of(hospital, [NEW], "2026-11", "2026-11", by=user)
    assert drill.entry in [paper.number for paper in binder.papers]
    [addition] = binder.additions
    found = next(one for one in addition.requirements if one.id == "continuity-drill")
    assert drill.entry in found.papers
    lacking = {one.requirement for one in binder.missing}
    assert found.label not in lacking


def test_a_withdrawn_drill_no_longer_counts(hospital: Site, user: User) -> None:
    without(hospital, "bcp_drill", date(2025, 3, 31))
    drill = record_drill(hospital, user, date(2026, 11, 1))
    assert judged(hospital, NEW, R8).level == "1"
    drills.take_back(drill, "別の施設の訓練だった", by=user)
    assert judged(hospital, NEW, R8).level != "1"
    assert drill.event not in known(hospital).entries
    assert drill.entry not in known(hospital).entries


def sign(site: Site, user: User, first: date, last: date | None, **more: Any) -> Contract:
    proves = {"backup_vendor_contract": True, "backup_contract_excerpt_attached": True}
    given = {
        "kind": "contract",
        "title": "保守契約書",
        "text": "写しを切り離して保管する。",
        "proves": proves,
    }
    return contracts.add(site, first=first, last=last, by=user, **{**given, **more})


def test_an_expired_contract_makes_its_facts_unknown_again(hospital: Site, user: User) -> None:
    sign(hospital, user, date(2026, 4, 1), date(2026, 10, 31))
    assert requirement(judged(hospital, NEW, date(2026, 10, 31)), "backup-filing-attachment").status == "met"
    later = judged(hospital, NEW, date(2026, 11, 1))
    assert requirement(later, "backup-filing-attachment").status == "unknown"
    assert later.level != "1"


def test_a_renewed_contract_proves_its_facts_anew(hospital: Site, user: User) -> None:
    sign(hospital, user, date(2026, 4, 1), date(2026, 10, 31))
    sign(hospital, user, date(2026, 11, 1), date(2027, 10, 31))
    assert judged(hospital, NEW, R8).level == "1"
    assert (
        requirement(judged(hospital, NEW, date(2027, 11, 1)), "backup-filing-attachment").status == "unknown"
    )


def test_an_older_contract_recorded_late_leaves_the_later_one_as_it_is(hospital: Site, user: User) -> None:
    sign(hospital, user, date(2026, 11, 1), date(2027, 10, 31))
    sign(hospital, user, date(2025, 4, 1), date(2026, 3, 31))
    assert judged(hospital, NEW, R8).level == "1"
    assert (
        requirement(judged(hospital, OLD, date(2026, 4, 10)), "backup-filing-attachment").status == "unknown"
    )


def test_a_withdrawn_contract_leaves_what_was_known_before(hospital: Site, user: User) -> None:
    contract = sign(hospital, user, date(2026, 4, 1), date(2026, 10, 31))
    contracts.take_back(contract, "まちがい", by=user)
    assert judged(hospital, NEW, R8).level == "1"
    assert contracts.held(hospital, TODAY) == []


def test_a_training_counts_only_when_the_manager_had_a_part_in_it(hospital: Site, user: User) -> None:
    without(hospital, "security_training", date(2025, 1, 1))
    assert requirement(judged(hospital, NEW, R8), "security-training").status == "unmet"
    given = {
        "title": "標的型メール",
        "medium": "mist",
        "asked": 10,
        "attended": 9,
        "today": TODAY,
        "by": user,
    }
    trainings.add(hospital, on=date(2026, 10, 1), led_by_manager=False, **given)
    assert requirement(judged(hospital, NEW, R8), "security-training").status == "unmet"
    trainings.add(hospital, on=date(2026, 10, 2), led_by_manager=True, **given)
    assert judged(hospital, NEW, R8).level == "1"


def test_the_end_of_the_manager_turns_the_judgement_and_an_appointment_turns_it_back(
    hospital: Site, user: User
) -> None:
    [row] = managers.managers_of(known(hospital))
    managers.end(hospital, row.number, date(2026, 10, 31), by=user)
    assert requirement(judged(hospital, NEW, R8), "security-manager").status == "unmet"
    assert requirement(judged(hospital, NEW, date(2026, 10, 31)), "security-manager").status == "met"
    paper = managers.appoint(
        hospital,
        employment="full_time",
        assignment="dedicated",
        first=date(2026, 11, 1),
        qualified=True,
        by=user,
    )
    after = judged(hospital, NEW, R8)
    assert after.level == "1"
    assert requirement(after, "security-manager-qualification").status == "met"
    assert f"{NEW}/security-manager" in paper.body["requirements"]


def test_someone_who_only_does_it_besides_does_not_count_as_dedicated(hospital: Site, user: User) -> None:
    [row] = managers.managers_of(known(hospital))
    managers.end(hospital, row.number, date(2026, 10, 31), by=user)
    managers.appoint(
        hospital, employment="full_time", assignment="concurrent", first=date(2026, 11, 1), by=user
    )
    assert requirement(judged(hospital, NEW, R8), "security-manager").status == "unmet"


@given(st.dates(date(2020, 1, 1), date(2030, 12, 31)), st.integers(-5, 40))
def test_the_day_until_which_a_drill_counts_is_the_judgements_own(held: date, beside: int) -> None:
    site = Site(sector="medical")
    until = counts_until(site, "bcp_drill", held)
    assert until is not None
    document = {
        "institution": {"name": "x", "sector": "medical", "kind": "hospital"},
        "events": {"bcp_drill": [{"on": held, "led_by": "vendor", "reviewed": False}]},
    }
    institution = load_institution(document, rulebook())
    day = until + timedelta(days=beside)
    found = event_within(View(institution, day, {}), event="bcp_drill", months=12)
    assert found.value is (day <= until)


def test_what_ends_soon_is_among_the_things_to_do(hospital: Site, user: User, client: Client) -> None:
    sign(
        hospital, user, date(2026, 4, 1), timezone.localdate() + timedelta(days=40), title="保守契約書の更新"
    )
    page = client.get(reverse("todo", args=(hospital.slug,))).content.decode()
    assert "保守契約書の更新" in page


def test_the_checklist_that_a_person_signs_is_evidence_for_the_guideline(hospital: Site, user: User) -> None:
    sheet = checklist.begin(hospital, 2025)
    for _, lines in checklist.lines_of(hospital, 2025):
        for line in lines:
            checklist.answer(sheet, line.item, "yes", date(2025, 12, 1), today=TODAY, by=user)
    signature = checklist.sign(
        sheet, date(2026, 6, 1), guideline_until=date(2026, 10, 31), today=TODAY, by=user
    )
    assert f"{NEW}/security-guideline" in known(hospital).entries[signature.entry].body["requirements"]
    before = requirement(judged(hospital, NEW, date(2026, 10, 31)), "security-guideline")
    after = requirement(judged(hospital, NEW, date(2026, 11, 1)), "security-guideline")
    assert (before.status, after.status) == ("met", "unknown")
