"""Clinics in columns: infection control, antibiotic use, conferences with care facilities, filing again."""

from __future__ import annotations

from datetime import date

import polars as pl

from mitasu.dates import first_day, last_day
from mitasu.facts.columns.counts import earliest
from mitasu.facts.columns.lists import any_of, field
from mitasu.facts.derived.clinics import CONFERENCES, TOP_SHARE, TRAININGS, YEAR, whole_months

UNKNOWN = pl.lit(None, pl.Boolean)


def _within_year(on: date) -> pl.Expr:
    return (field("on") <= on) & (field("on") >= earliest(on, YEAR))


def _number(listed: pl.Expr, condition: pl.Expr, *, unknown: bool) -> pl.Expr:
    """How many elements of a list meet a condition; those of which it is not known count or do not."""
    return listed.list.eval(condition.fill_null(unknown).cast(pl.Int64)).list.sum()


def _different(listed: pl.Expr, name: str, condition: pl.Expr) -> pl.Expr:
    """How many different values a field has among the elements that meet a condition; nulls are left out."""
    return listed.list.eval(field(name).filter(condition).drop_nulls().unique()).list.len().cast(pl.Int64)


def _told(sure: pl.Expr, maybe: pl.Expr) -> pl.Expr:
    return pl.when(sure).then(pl.lit(True)).when(maybe).then(UNKNOWN).otherwise(pl.lit(False))


def infection_trainings_enough(on: date) -> pl.Expr:
    """See `facts.derived.clinics.infection_trainings_enough`."""
    events = pl.col("event:infection_training")
    apart = _within_year(on) & field("separate_from_safety")
    told = _told(
        _number(events, apart, unknown=False) >= TRAININGS, _number(events, apart, unknown=True) >= TRAININGS
    )
    return pl.when(events.is_null()).then(UNKNOWN).otherwise(told)


def infection_conferences_enough(on: date) -> pl.Expr:
    """See `facts.derived.clinics.infection_conferences_enough`."""
    events, partners = pl.col("event:infection_conference"), pl.col("infection_partner_hospitals")
    recent = _within_year(on)
    hospital = field("host_kind") == "level_1_hospital"
    sure = _different(events, "host", recent & hospital.fill_null(False))
    named = _different(events, "host", recent & hospital.fill_null(True))
    unnamed = _number(events, recent & hospital.fill_null(True) & field("host").is_null(), unknown=False)
    each = _told(sure >= partners, named + unnamed >= partners)
    told = (
        pl.when(_number(events, recent, unknown=False) < CONFERENCES)
        .then(pl.lit(False))
        .when(partners.is_null())
        .then(UNKNOWN)
        .when(partners <= 1)
        .then(pl.lit(True))
        .otherwise(each)
    )
    return pl.when(events.is_null()).then(UNKNOWN).otherwise(told)


def surveillance_top_30_percent(on: date) -> pl.Expr:
    """See `facts.derived.clinics.surveillance_top_30_percent`."""
    rank, clinics = pl.col("surveillance_rank"), pl.col("surveillance_clinics")
    part, whole = TOP_SHARE
    return pl.when(rank >= 1).then(whole * rank <= part * clinics).otherwise(UNKNOWN)


def _known(on: date, told: pl.Expr) -> pl.Expr:
    """Null where there is no list of conferences, or one up to the day does not name its facility."""
    events = pl.col("event:care_facility_conference")
    unnamed = events.list.eval((field("on") <= on) & field("facility").is_null()).list.any()
    return pl.when(events.is_not_null() & ~unnamed).then(told)


def fewest_facility_conferences(on: date) -> pl.Expr:
    """See `facts.derived.clinics.fewest_facility_conferences`."""
    events = pl.col("event:care_facility_conference")
    held = events.list.eval(field("facility").filter(_within_year(on)).value_counts().struct.field("count"))
    named = _different(events, "facility", field("on") <= on)
    everyone = held.list.len().cast(pl.Int64) == named
    fewest = pl.when((named > 0) & everyone).then(held.list.min().cast(pl.Int64)).otherwise(pl.lit(0))
    return _known(on, fewest)


def facility_conferences_monthly(on: date) -> pl.Expr:
    """See `facts.derived.clinics.facility_conferences_monthly`."""
    events = pl.col("event:care_facility_conference")
    named = _different(events, "facility", field("on") <= on)
    monthly = named > 0
    for month in whole_months(on):
        within = field("on").is_between(first_day(month), last_day(month))
        monthly = monthly & (_different(events, "facility", within) == named)
    return _known(on, monthly)


def filed_within(on: date, *, item: str, months: int) -> pl.Expr:
    """See `facts.derived.clinics.filed_within`."""
    accepted = (field("accepted") <= on) & (field("accepted") >= earliest(on, months))
    standing = ~(field("withdrawn") <= on).fill_null(False)
    return any_of(pl.col("filings"), ((field("item") == item) & accepted & standing).fill_null(False))


FUNCTIONS = (
    facility_conferences_monthly,
    fewest_facility_conferences,
    filed_within,
    infection_conferences_enough,
    infection_trainings_enough,
    surveillance_top_30_percent,
)
