"""Rates put into an institution file or the ledger of a site, with where they came from; all of them or none."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from mitasu.claims.rates import ORIGINS, Entry
from mitasu.errors import InputError, Problem
from mitasu.facts import Institution
from mitasu.facts.write import InstitutionFile
from mitasu.rules.quantities import ONE_PERCENT, percent

PERCENT = ("card_use_rate_receipts", "card_use_rate_checks")
NOTHING = "新しく書き込むことはありませんでした。"


def into_file(
    rows: list[Entry], institution: Institution, target: Path, today: date, *, replace: bool
) -> str:
    """Write values into an institution file, with a comment that says where they came from; what was done in words."""
    new = _new(rows, institution, str(target), replace=replace)
    values = [(("series", row.series, row.month), _value(row)) for row in new]
    notes = [
        f"{told}から: {_listed(part)}"
        for origin, told in ORIGINS.items()
        if (part := [row for row in new if row.origin == origin])
    ]
    written = InstitutionFile(target).set_all(values, f"{today} " + "。".join(notes)) if values else 0
    return f"{target} に{written}件を書き込みました。" if written else NOTHING


def into_site(
    rows: list[Entry], institution: Institution, target: Path, today: date, *, replace: bool
) -> str:
    """Record values in the ledger of a site; what was done in words."""
    new = _new(rows, institution, str(target), replace=replace)
    if not new:
        return NOTHING
    from mitasu.cli.server import ready, site_named
    from mitasu.cli.site import site_name

    ready(None)
    from mitasu.server.ledger.append import Draft, append
    from mitasu.server.ledger.audit import audit
    from mitasu.server.ledger.models import Kind
    from mitasu.server.sites.judging import known_of
    from mitasu.server.sites.views.questions import settle

    site = site_named(str(site_name(target)))
    series = known_of(site).series
    drafts = []
    for row in new:
        body: dict[str, Any] = {"month": row.month, "value": _plain(_value(row))}
        if row.numerator is not None and row.denominator is not None:
            body |= {"numerator": row.numerator, "denominator": row.denominator}
        old = series.get(row.series, {}).get(row.month)
        drafts.append(Draft(Kind.SERIES, row.series, body, replaces=old.number if old is not None else None))
    append(site, drafts, via="cli")
    for id_ in {row.series for row in new} & set(PERCENT):
        settle(site, id_)
    audit("change", f"mitasu claims rate：{len(drafts)}件", site=site, via="cli")
    return f"{site.name}の台帳に{len(drafts)}件を記録しました。"


def _new(rows: Iterable[Entry], institution: Institution, place: str, *, replace: bool) -> list[Entry]:
    """The values that are not there yet; InputError where another value is there and is not to be replaced."""
    new, problems = [], []
    for row in rows:
        old = institution.series.get(row.series, {}).get(row.month)
        own = percent(row.value) if row.series in PERCENT else row.value
        if old is None:
            new.append(row)
        elif old != own and row.origin == "estimate":
            continue  # an estimate never takes the place of what is recorded
        elif old != own and replace:
            new.append(row)
        elif old != own:
            was = Decimal(old) / ONE_PERCENT if row.series in PERCENT else old
            told = (
                f"{row.series}の{row.month}には{_plain(was)}が書かれています（今回は{_plain(row.value)}）。"
            )
            problems.append(Problem(told + "書き換えるには --replace を付けてください。", place))
    if problems:
        raise InputError(problems)
    return new


def _value(row: Entry) -> Any:
    value = row.value
    return value.normalize() if isinstance(value, Decimal) and value == value.to_integral() else value


def _plain(value: Any) -> str | int:
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return value if type(value) is int else str(value)


def _listed(rows: list[Entry]) -> str:
    months = sorted({row.month for row in rows})
    return "・".join(months)
