"""The audit trail of a site: who saw, changed, took away or was refused what, filtered; and as CSV."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from functools import cache
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone

from mitasu.documents.tables import CSV_TYPE, write_csv
from mitasu.server.accounts.fresh import fresh_sign_in
from mitasu.server.accounts.models import Role
from mitasu.server.downloads import download
from mitasu.server.ledger.audit import audit_request
from mitasu.server.ledger.models import Audit
from mitasu.server.ledger.pages import SiteRequest, site_page
from mitasu.server.sites.page_names import in_words
from mitasu.server.sites.settings_forms import TrailForm

ACTIONS = {
    "view": "見た",
    "search": "検索した",
    "change": "変えた",
    "import": "取り込んだ",
    "export": "取り出した",
    "verify": "検証した",
    "backup": "バックアップした",
}
OUTCOMES = {"ok": "", "refused": "断られた", "failed": "失敗した"}
VIA = {"web": "画面", "api": "API", "cli": "コマンド", "tick": "定時の実行", "calendar": "カレンダー"}
HEAD = ("日時", "人", "こと", "対象", "結果", "接続元", "経路", "記録のまま")
PAGE = 100
MOST_ROWS = 50_000


@site_page(Role.ADMIN)
def trail(request: SiteRequest) -> HttpResponse:
    """The trail, the latest first; filters stay in the address."""
    form, rows = _filtered(request)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {
        "section": "site-settings",
        "form": form,
        "page": page,
        "rows": [(row, _who(row), in_words(row.what)) for row in page],
        "via": VIA,
        "actions": ACTIONS,
        "outcomes": OUTCOMES,
        "people": Audit.objects.filter(site=request.site)
        .exclude(name="")
        .values_list("name", flat=True)
        .distinct()
        .order_by("name"),
    }
    return render(request, "sites/settings_trail.html", context, status=200 if form.is_valid() else 400)


@site_page(Role.ADMIN)
@fresh_sign_in
def trail_csv(request: SiteRequest) -> HttpResponse:
    """What the filters show, as CSV (UTF-8 with BOM); at most the latest 50,000 rows."""
    _, rows = _filtered(request)
    told = cache(in_words)
    table = (
        (
            timezone.localtime(row.at).strftime("%Y-%m-%d %H:%M:%S"),
            _who(row),
            ACTIONS.get(row.action, row.action),
            told(row.what),
            OUTCOMES.get(row.outcome, row.outcome),
            row.address,
            VIA.get(row.via, row.via),
            row.what,
        )
        for row in rows[:MOST_ROWS].iterator()
    )
    made = write_csv(HEAD, table)
    audit_request(request, "export", "監査記録（CSV）")
    return download(made, CSV_TYPE, f"監査記録_{request.site.name}_{timezone.localdate()}.csv")


def _who(row: Audit) -> str:
    """The person; where nobody was signed in, what did it."""
    if row.name:
        return row.name
    return "（サインインなし）" if row.via in ("web", "api") else f"（{VIA.get(row.via, row.via)}）"


def _filtered(request: SiteRequest) -> tuple[TrailForm, QuerySet[Audit]]:
    """The form and the rows that it asks for; a filter that cannot be read shows nothing."""
    rows = Audit.objects.filter(site=request.site).order_by("-pk")
    known = set(rows.order_by().values_list("action", flat=True).distinct())
    actions = {key: ACTIONS.get(key, key) for key in (*ACTIONS, *sorted(known - set(ACTIONS)))}
    form = TrailForm(actions, request.GET)
    if not form.is_valid():
        return form, rows.none()
    said: dict[str, Any] = form.cleaned_data
    if said["first"]:
        rows = rows.filter(at__gte=_midnight(said["first"]))
    if said["last"]:
        rows = rows.filter(at__lt=_midnight(said["last"] + timedelta(days=1)))
    if said["person"]:
        rows = rows.filter(name=said["person"])
    if said["action"]:
        rows = rows.filter(action=said["action"])
    return form, rows


def _midnight(day: Any) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


urlpatterns = [
    path("s/<slug:site>/settings/trail/", trail, name="site-trail"),
    path("s/<slug:site>/settings/trail.csv", trail_csv, name="site-trail-csv"),
]
