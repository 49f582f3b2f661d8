"""The rule-change page: between two days, at how many of my sites what moves and what is to be filed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone

from mitasu.dates import is_opening_day, japanese_date
from mitasu.errors import UsageError
from mitasu.server.accounts.roles import sites_of
from mitasu.server.forms import DayField
from mitasu.server.ledger.audit import audit_request
from mitasu.server.sites.law_impact import MOST_DAYS, Change, impact, turns_around


class Days(forms.Form):
    """The two days."""

    first = DayField(label="前の日")
    last = DayField(label="後の日")

    def clean(self) -> dict[str, Any]:
        """The days in order, within the calendar and not too far apart."""
        said: dict[str, Any] = super().clean() or {}
        first, last = said.get("first"), said.get("last")
        if first is None or last is None:
            return said
        if first >= last:
            self.add_error("last", "前の日より後の日にしてください。")
        elif (last - first).days > MOST_DAYS:
            self.add_error("last", "前の日から3年以内にしてください。")
        else:
            try:
                is_opening_day(first), is_opening_day(last + timedelta(days=60))
            except UsageError as error:
                self.add_error("last", str(error))
        return said


@login_required
def law_changes(request: HttpRequest) -> HttpResponse:
    """What the law changes for the sites of the user."""
    sites, today = sites_of(request.user), timezone.localdate()
    sectors = set(sites.order_by().values_list("sector", flat=True).distinct())
    past, coming = turns_around(sectors, today)
    offers = _offers(past, coming, today)
    asked = "first" in request.GET or "last" in request.GET
    default = {"first": offers[0][1], "last": offers[0][2]} if offers else None
    form = Days(request.GET if asked else default)
    changes: list[Change] = []
    said: dict[str, Any] = {}
    if form.is_bound and form.is_valid():
        said = form.cleaned_data
        changes = impact(sites, said["first"], said["last"])
    context = {
        "form": form,
        "changes": [change for change in changes if change.moving],
        "still": [change for change in changes if not change.moving],
        "sentence": _sentence(changes, said),
        "offers": offers,
        "said": said,
    }
    audit_request(request, "view", "制度が変わる日の影響")
    return render(request, "sites/law_changes.html", context, status=400 if asked and form.errors else 200)


def _offers(past: date | None, coming: date | None, today: date) -> list[tuple[str, date, date]]:
    """Pairs of days to begin with: to the next turn of the law, and from the day before the last one."""
    found = []
    if coming is not None:
        found.append((f"今日から次に変わる日（{japanese_date(coming)}）まで", today, coming))
    if past is not None and past - timedelta(days=1) < today:
        found.append(
            (f"前に変わった日（{japanese_date(past)}）の前日から今日まで", past - timedelta(days=1), today)
        )
    return found


def _sentence(changes: list[Change], said: dict[str, Any]) -> str:
    if not said:
        return "制度が変わる日の影響"
    span = f"{japanese_date(said['first'])}から{japanese_date(said['last'])}までの制度の変更"
    moving = {one.site.pk for change in changes for one in change.moving}
    filing = {one.site.pk for change in changes for one in change.moving if one.filing}
    if not changes:
        return f"{span}で、あなたの施設に関わるものはありません。"
    if not moving:
        return f"{span}で、判定が動く施設はありません。"
    return f"{span}で、{len(moving)}施設の判定が動き、届出が要るのは{len(filing)}施設です。"


urlpatterns = [path("sites/changes/", law_changes, name="law-changes")]
