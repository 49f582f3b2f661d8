"""Facts in columns: institutions as one frame, and every derived fact as a Polars expression over it.

The frame of a day has one row for each institution: a column for each fact (its value on the day, null
where unknown), one for each series and month (`card_use_rate_receipts@2025-01`), and lists of structs
for what is counted (`filings`, `people`, `event:bcp_drill`; null where the institution did not list
any). Derived facts here have the names and arguments of those in `derived`; a test holds the two to
each other row by row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from typing import Any

import polars as pl

from mitasu.dates import add_months, first_opening_day, last_day, month_of, months_between, shift_month
from mitasu.facts.derived import DISCHARGES_PER_MANAGER, EARLY_JOINERS, FREE_MONTHS
from mitasu.facts.institution import Institution
from mitasu.rulebook import Catalogue
from mitasu.rulebook.catalogue import Attribute, Entry
from mitasu.rules.columns import ColumnOf
from mitasu.rules.nodes import Fact, Holds
from mitasu.rules.quantities import ONE_PERCENT

TYPES = {
    "boolean": pl.Boolean(), "integer": pl.Int64(), "number": pl.Decimal(18, 4), "percent": pl.Int64(),
    "date": pl.Date(), "enum": pl.String(), "text": pl.String(),
}  # fmt: skip
OPENING_DAYS = [first_opening_day(month) for month in months_between("2000-01", "2035-12")]
"""The first opening day of every month, on which an acceptance counts from that month's first."""
FILING = {
    "item": pl.String(),
    "level": pl.String(),
    "arrived": pl.Date(),
    "accepted": pl.Date(),
    "withdrawn": pl.Date(),
}
PERSON = {
    "role": pl.String(),
    "employment": pl.String(),
    "assignment": pl.String(),
    "from": pl.Date(),
    "until": pl.Date(),
}


def frame(
    institutions: Iterable[Institution],
    catalogue: Catalogue,
    on: date,
    *,
    also: Iterable[tuple[str, date]] = (),
) -> pl.DataFrame:
    """The institutions as of a day, one row each, in order; `also`: facts on other days (`fact_on`)."""
    rows = list(institutions)
    columns: dict[str, pl.Series] = {}
    for entry in catalogue.of("fact").values():
        values = [None if (span := row.fact(entry.id, on)) is None else span.value for row in rows]
        columns[entry.id] = pl.Series(entry.id, values, TYPES[entry.type])
    for fact, day in also:
        values = [None if (span := row.fact(fact, day)) is None else span.value for row in rows]
        columns[f"{fact}@{day}"] = pl.Series(values, dtype=pl.Boolean)
    for entry in catalogue.of("series").values():
        for back in range(1, 6):
            month = shift_month(month_of(on), -back)
            values = [row.series.get(entry.id, {}).get(month) for row in rows]
            columns[f"{entry.id}@{month}"] = pl.Series(values, dtype=TYPES[entry.type])
    filing = FILING | {entry.id: TYPES[entry.type] for entry in catalogue.of("filing").values()}
    columns["filings"] = pl.Series([_filings(row, filing) for row in rows], dtype=pl.List(pl.Struct(filing)))
    person = PERSON | _types(
        attribute for entry in catalogue.of("role").values() for attribute in entry.attributes
    )
    columns["people"] = pl.Series([_people(row, person) for row in rows], dtype=pl.List(pl.Struct(person)))
    for entry in catalogue.of("event").values():
        event = {"on": pl.Date()} | _types(entry.attributes)
        values = [_events(row, entry, event) for row in rows]
        columns[f"event:{entry.id}"] = pl.Series(values, dtype=pl.List(pl.Struct(event)))
    return pl.DataFrame(columns)


def _types(attributes: Iterable[Attribute]) -> dict[str, Any]:
    return {attribute.name: TYPES[attribute.type] for attribute in attributes}


def _filings(row: Institution, fields: Iterable[str]) -> list[dict[str, Any]] | None:
    if row.filings is None:
        return None
    plain = [
        {
            "item": f.item,
            "level": f.level,
            "arrived": f.arrived,
            "accepted": f.accepted,
            "withdrawn": f.withdrawn,
        }
        | dict(f.attributes)
        for f in row.filings
    ]
    return [{field: found.get(field) for field in fields} for found in plain]


def _people(row: Institution, fields: Iterable[str]) -> list[dict[str, Any]] | None:
    if row.people is None:
        return None
    plain = [
        {
            "role": p.role,
            "employment": p.employment,
            "assignment": p.assignment,
            "from": p.from_,
            "until": p.until,
        }
        | dict(p.attributes)
        for p in row.people
    ]
    return [{field: found.get(field) for field in fields} for found in plain]


def _events(row: Institution, entry: Entry, fields: Iterable[str]) -> list[dict[str, Any]] | None:
    events = row.events.get(entry.id)
    if events is None:
        return None
    return [
        {field: ({"on": event.on} | dict(event.attributes)).get(field) for field in fields}
        for event in events
    ]


def column_of(catalogue: Catalogue, on: date) -> ColumnOf:
    """What `rules.columns` needs: a fact as an expression over a frame of the day."""

    def find(fact: Fact | Holds) -> pl.Expr:
        if isinstance(fact, Holds):
            return pl.lit(None, pl.Int8)
        entry = catalogue.get(fact.id)
        if entry is not None and entry.kind == "derived":
            return DERIVED_COLUMNS[fact.id](on, **dict(fact.args))
        return pl.col(fact.id)

    return find


# ---- filings ---------------------------------------------------------------------------------------


def _field(name: str) -> pl.Expr:
    return pl.element().struct.field(name)


def _effective(accepted: pl.Expr) -> pl.Expr:
    start = accepted.dt.month_start()
    return pl.when(accepted.is_in(OPENING_DAYS)).then(start).otherwise(start.dt.offset_by("1mo"))


def _any(listed: pl.Expr, condition: pl.Expr) -> pl.Expr:
    """Whether an element of a list meets a condition: null where the list is null, or where only unknowns may."""
    sure = listed.list.eval(condition.fill_null(False)).list.any()
    maybe = listed.list.eval(condition.fill_null(True)).list.any()
    told = (
        pl.when(sure).then(pl.lit(True)).when(maybe).then(pl.lit(None, pl.Boolean)).otherwise(pl.lit(False))
    )
    return pl.when(listed.is_null()).then(pl.lit(None, pl.Boolean)).otherwise(told)


def filing_in_effect(
    on: date,
    *,
    item: str,
    levels: tuple[str, ...] | None = None,
    took_effect_from: date | None = None,
    standing_on: date | None = None,
    window: Any = (),
    attribute: Any = (),
    optional_attribute: Any = (),
    relabel: Any = (),
) -> pl.Expr:
    """See `derived.filing_in_effect`."""
    filings = pl.col("filings")
    special = dict(window)
    general = _effective(_field("accepted"))
    is_item = (_field("item") == item) & _field("accepted").is_not_null()

    def counting(day: pl.Expr, *, exact: bool) -> pl.Expr:
        level = _field("level")
        for since, renamed in relabel:
            if date.fromisoformat(since) <= on:
                older = day < date.fromisoformat(since)
                level = pl.when(older).then(level.replace(dict(renamed))).otherwise(level)
        found = is_item & (day <= (standing_on or on))
        found = found & ~(_field("withdrawn") <= max(on, standing_on or on)).fill_null(False)
        if took_effect_from is not None:
            found = found & (day >= took_effect_from)
        if levels is not None:
            covered = level.is_in(list(levels)).fill_null(False)
            found = found & (covered if exact else covered | level.is_null())
        for name, value in [tuple(dict(attribute).values())] if attribute else []:
            found = found & (_field(name) == value).fill_null(False)
        return found

    exact = bool(special or took_effect_from)
    counts = counting(general, exact=exact)
    if special:
        month = first_opening_day(special["accepted_in"]).replace(day=1)
        in_time = (_field("arrived") <= special["arrived_by"]).fill_null(False) & (
            _field("accepted").dt.month_start() == month
        )
        retroactive = pl.min_horizontal(general, pl.lit(special["counts_from"]))
        special_day = pl.when(in_time).then(retroactive).otherwise(general)
        before = filings.list.eval(
            (is_item & (general < special["filed_before"])).fill_null(False)
        ).list.any()
        found = pl.when(before).then(_stated(filings, counting(special_day, exact=exact), optional_attribute))
        told = found.otherwise(_stated(filings, counts, optional_attribute))
    else:
        told = _stated(filings, counts, optional_attribute)
    return pl.when(filings.is_null()).then(pl.lit(None, pl.Boolean)).otherwise(told)


def _stated(filings: pl.Expr, counts: pl.Expr, optional_attribute: Any) -> pl.Expr:
    some = filings.list.eval(counts.fill_null(False)).list.any()
    if not optional_attribute:
        return some
    wanted = dict(optional_attribute)
    states = _field(wanted["name"]) == wanted["value"]
    right = filings.list.eval((counts & states).fill_null(False)).list.any()
    silent = filings.list.eval((counts & _field(wanted["name"]).is_null()).fill_null(False)).list.any()
    stated = (
        pl.when(right).then(pl.lit(True)).when(silent).then(pl.lit(None, pl.Boolean)).otherwise(pl.lit(False))
    )
    return pl.when(some).then(stated).otherwise(pl.lit(False))


def filing_arrived(on: date, *, item: str, by: date) -> pl.Expr:
    """See `derived.filing_arrived`."""
    condition = (_field("item") == item) & (_field("arrived") <= min(by, on)).fill_null(False)
    return _any(pl.col("filings"), condition)


def fact_on(on: date, *, fact: str, day: date) -> pl.Expr:
    """See `derived.fact_on`: the frame must carry the fact of that other day as `fact@day`."""
    return pl.col(f"{fact}@{day}")


# ---- card-use rate -----------------------------------------------------------------------------------


def best_card_use_rate(on: date, *, basis: str, corrected_until: str = "") -> pl.Expr:
    """See `derived.best_card_use_rate`."""
    month = month_of(on)
    rates = []
    for back in (3, 4, 5):
        rate_month = shift_month(month, -back)
        rate = pl.col(f"card_use_rate_receipts@{rate_month}")
        if basis == "corrected" and rate_month <= corrected_until:
            claims, receipts = (
                pl.col(f"home_care_dx_claims@{rate_month}"),
                pl.col(f"outpatient_receipts@{rate_month}"),
            )
            share = pl.when(receipts > 0).then(100 * ONE_PERCENT * claims // receipts).otherwise(0)
            rate = rate + share.fill_null(0)
        late = (
            pl.col(f"card_use_rate_notified_on@{rate_month}") >= date.fromisoformat(f"{month}-01")
        ).fill_null(False)
        rates.append(pl.when(late).then(pl.lit(None, pl.Int64)).otherwise(rate))
    for back in (2, 3, 4) if basis == "either" else ():
        rates.append(pl.col(f"card_use_rate_checks@{shift_month(month, -back)}"))
    return pl.max_horizontal(rates)


# ---- events and people -------------------------------------------------------------------------------


def _matching(wanted: Mapping[str, Any]) -> pl.Expr:
    found = pl.lit(True)
    for name, value in wanted.items():
        found = found & (_field(name) == value)
    return found


def event_within(on: date, *, event: str, months: int, where: Any = ()) -> pl.Expr:
    """See `derived.event_within`."""
    recent = (_field("on") <= on) & (_field("on") >= _earliest(on, months))
    return _any(pl.col(f"event:{event}"), recent & _matching(dict(where)))


def _earliest(on: date, months: int) -> date:
    """The first day from which `months` months reach the day."""
    day = add_months(on, -months) - timedelta(days=3)
    while add_months(day, months) < on:
        day += timedelta(days=1)
    return day


def latest_event(on: date, *, event: str, where: Any, if_true: Any = ()) -> pl.Expr:
    """See `derived.latest_event`."""
    events = pl.col(f"event:{event}")
    past = events.list.eval(pl.element().filter(_field("on") <= on)).list.last()
    answer = pl.lit(True)
    for name, value in dict(where).items():
        answer = answer & (past.struct.field(name) == value)
    for asked, done in dict(if_true).items():
        undone = (past.struct.field(asked).fill_null(False)) & ~past.struct.field(done).fill_null(True)
        answer = answer & ~undone
    none = events.list.eval(_field("on") <= on).list.any()
    told = pl.when(none.fill_null(False)).then(answer).otherwise(pl.lit(False))
    return pl.when(events.is_null()).then(pl.lit(None, pl.Boolean)).otherwise(told)


def _serving(on: date, role: str) -> pl.Expr:
    from_, until = _field("from"), _field("until")
    within = (from_.is_null() | (from_ <= on)) & (until.is_null() | (until >= on))
    return (_field("role") == role) & within


def people_with(
    on: date, *, role: str, assignment: tuple[str, ...] = (), employment: tuple[str, ...] = ()
) -> pl.Expr:
    """See `derived.people_with`."""
    condition = _serving(on, role)
    for name, wanted in (("assignment", assignment), ("employment", employment)):
        if wanted:
            condition = condition & _field(name).is_in(list(wanted))
    people = pl.col("people")
    sure = people.list.eval(condition.fill_null(False).cast(pl.Int64)).list.sum()
    maybe = people.list.eval(condition.fill_null(True).cast(pl.Int64)).list.sum()
    return pl.when(sure == maybe).then(sure).otherwise(pl.lit(None, pl.Int64))


# ---- regional network, e-prescription ------------------------------------------------------------------


def network_free_until(on: date) -> pl.Expr:
    """See `derived.network_free_until`."""
    joined = pl.col("network_joined_on")
    general = joined.dt.month_start().dt.offset_by(f"{FREE_MONTHS}mo").dt.month_end()
    early = pl.max_horizontal(general, pl.lit(EARLY_JOINERS[1]))
    return pl.when(joined <= EARLY_JOINERS[0]).then(early).otherwise(general)


def network_in_free_period(on: date) -> pl.Expr:
    """See `derived.network_in_free_period`."""
    return (pl.col("network_joined_on") <= on) & (network_free_until(on) >= on)


def network_site_fresh(on: date) -> pl.Expr:
    """See `derived.network_site_fresh`."""
    updated = pl.col("network_site_updated_on")
    return (updated <= on) & (updated >= _earliest(on, 12))


def enough_e_prescribers(on: date) -> pl.Expr:
    """See `derived.enough_e_prescribers`."""
    issuing, full_time = pl.col("full_time_e_prescribers"), pl.col("full_time_prescribers")
    only = pl.when(full_time.is_null()).then(pl.lit(None, pl.Boolean)).otherwise(full_time == 1)
    told = pl.when(issuing >= 2).then(pl.lit(True)).when(issuing == 1).then(only).otherwise(pl.lit(False))
    return pl.when(issuing.is_null()).then(pl.lit(None, pl.Boolean)).otherwise(told)


def other_prescribers_covered(on: date) -> pl.Expr:
    """See `derived.other_prescribers_covered`."""
    everyone = (pl.col("full_time_e_prescribers") >= pl.col("full_time_prescribers")).fill_null(False)
    return pl.when(everyone).then(pl.lit(True)).otherwise(pl.col("others_issue_exchange_number"))


# ---- health records ------------------------------------------------------------------------------------


def record_managers_enough(on: date) -> pl.Expr:
    """See `derived.record_managers_enough`."""
    counts = (
        _serving(on, "record_manager")
        & (_field("employment") == "full_time")
        & _field("assignment").is_in(["exclusive", "dedicated"])
        & ~_field("cancer_registry").fill_null(False)
    )
    exclusive = (
        counts
        & (_field("assignment") == "exclusive")
        & ~_field("clerk_assistant").fill_null(False)
        & ~_field("other_duties").fill_null(False)
    )
    people = pl.col("people")
    number = people.list.eval(counts.fill_null(False).cast(pl.Int64)).list.sum()
    some = people.list.eval(exclusive.fill_null(False)).list.any()
    discharges = pl.col("discharges_last_12_months")
    needed = pl.max_horizontal(pl.lit(1), (discharges + DISCHARGES_PER_MANAGER - 1) // DISCHARGES_PER_MANAGER)
    enough = pl.when(discharges.is_null()).then(pl.lit(None, pl.Boolean)).otherwise(number >= needed)
    told = pl.when(some).then(enough).otherwise(pl.lit(False))
    return pl.when(people.is_null()).then(pl.lit(None, pl.Boolean)).otherwise(told)


def summaries_on_time(on: date, *, series: str, days: int, share: int, overdue: str = "") -> pl.Expr:
    """See `derived.summaries_on_time`; a month still pending is null here."""
    month = shift_month(month_of(on), -1)
    due, done = pl.col(f"summaries_due@{month}"), pl.col(f"{series}@{month}")
    hundred = 100 * ONE_PERCENT
    closed = pl.lit(on >= last_day(month) + timedelta(days=days))
    late = pl.col(f"{overdue}@{month}") if overdue else pl.lit(None, pl.Int64)
    lost = ((due - late) * hundred < share * due).fill_null(False)
    enough = done * hundred >= share * due
    told = (
        pl.when(enough)
        .then(pl.lit(True))
        .when(closed | lost)
        .then(pl.lit(False))
        .otherwise(pl.lit(None, pl.Boolean))
    )
    told = pl.when(due.is_null() | done.is_null()).then(pl.lit(None, pl.Boolean)).otherwise(told)
    return pl.when(due == 0).then(pl.lit(True)).otherwise(told)


DERIVED_COLUMNS: Mapping[str, Callable[..., pl.Expr]] = {
    function.__name__: function
    for function in (
        filing_in_effect, filing_arrived, fact_on, best_card_use_rate, event_within, latest_event, people_with,
        network_free_until, network_in_free_period, network_site_fresh, enough_e_prescribers,
        other_prescribers_covered, record_managers_enough, summaries_on_time,
    )
}  # fmt: skip
