"""Home: the answer for this month and next in sentences, the one next thing to do, four tiles, the table."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone

from mitasu.judge.marks import fallen, first_reason, never_filed, points_text
from mitasu.server.accounts.models import Role, Site
from mitasu.server.accounts.roles import WHO_REGISTERS, may_register, sites_of
from mitasu.server.ledger.models import Kind
from mitasu.server.ledger.pages import SiteRequest, site_page
from mitasu.server.sites.judging import answer_of, institution_of, known_of
from mitasu.server.sites.kept_pages import kept_page
from mitasu.server.sites.next_step import next_step
from mitasu.server.sites.outlook import Line, deadlines_of, lines_of, next_month
from mitasu.server.sites.posting_state import drift, drifts
from mitasu.server.sites.sentences import month_sentence, next_sentence, still_open


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """To the only site, to the matrix of several, or where there is none to the start; or whom to ask for one."""
    sites = list(sites_of(request.user)[:2])
    if not sites:
        if may_register(request.user):
            return redirect("start")
        return render(request, "sites/no_site.html", {"who_registers": WHO_REGISTERS})
    return redirect("site-home", sites[0].slug) if len(sites) == 1 else redirect("matrix")


@site_page(Role.VIEW)
def site_home(request: SiteRequest) -> HttpResponse:
    """The answer of a site today."""
    return kept_page(request, "sites/home.html", lambda: _home(request.site, timezone.localdate()))


def _home(site: Site, today: date) -> dict[str, Any]:
    """What the page tells; all of it follows from the site's ledger and the day."""
    lines = lines_of(site, today)
    upcoming = deadlines_of(site, today)
    institution = institution_of(site)
    rows = [
        {
            "line": line,
            "reason": fallen(line.now, institution, today) or first_reason(line.now),
            "deadline": next((one for one in upcoming if one.addition == line.now.addition), None),
            "level_then": _changed(line),
            "unfiled": never_filed(line.now, institution),
        }
        for line in lines
    ]
    return {
        "sentence": month_sentence(answer_of(site, today)),
        "next_sentence": next_sentence(answer_of(site, today), answer_of(site, next_month(today))),
        "next": next_step(site, today),
        "rows": [row for row in rows if not row["unfiled"]],
        "unfiled": [row for row in rows if row["unfiled"]],
        "claimable": sum(line.now.status == "claimable" for line in lines),
        "near": sum(
            line.now.status == "not_claimable" and len(line.now.missing) == 1 and line.now.wholly_known
            for line in lines
        ),
        "expiring": len(_expiring(site, today)),
        "drift": drift(site, today),
        "unrecorded": [place.label for place in drifts(site, today).values() if place.unrecorded],
    }


def _changed(line: Line) -> str:
    """The level of next month with its points, where another level is paid then than now."""
    both = line.now.status == line.then.status == "claimable"
    if not both or line.now.level == line.then.level:
        return ""
    sure = f"区分{line.then.level}・{points_text(line.then)}"
    return f"{sure}（区分{line.now.level}は未確認）" if still_open(line.now, line.then) else sure


def _expiring(site: Site, today: date) -> list[Any]:
    """Evidence that ends within 90 days or has ended."""
    return [
        entry
        for entry in known_of(site).of(Kind.EVIDENCE)
        if entry.last_day is not None and (entry.last_day - today).days <= 90
    ]


urlpatterns = [path("", home, name="home"), path("s/<slug:site>/", site_home, name="site-home")]
