"""What if: conditions and volumes on the left, verdicts and yen before and after on the right; saved, compared, deleted.

The address of the page holds all that is supposed, so that a colleague at the site can be given it.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import path, reverse

from mitasu.facts import Institution
from mitasu.judge.suppose import Outcome, is_close, yen_of
from mitasu.rulebook import ENCOUNTER_KINDS
from mitasu.server.accounts.models import Role, Site
from mitasu.server.ledger.pages import SiteRequest, site_page
from mitasu.server.sites.models import Scenario
from mitasu.server.sites.scenarios import Terms, address_of, opened, terms

AT_ONCE = 3
"""So many scenarios are laid side by side at most."""


class Name(forms.Form):
    """The name under which a scenario is saved."""

    name = forms.CharField(label="名前", max_length=100)
    terms = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, site: Site, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.site = site

    def clean_name(self) -> str:
        """A name that no other scenario of the site has."""
        name = str(self.cleaned_data["name"]).strip()
        if Scenario.objects.filter(site=self.site, name=name).exists():
            raise forms.ValidationError(
                f"「{name}」はもうあります。別の名前にするか、前のものを消してください。"
            )
        return name


@site_page(Role.VIEW)
def front(request: SiteRequest) -> HttpResponse:
    """What is supposed, and what comes of it. A POST saves it under a name."""
    site = request.site
    if request.method == "POST":
        return _save(request)
    return _page(request, terms(site, request.GET), Name(site, initial={"terms": request.GET.urlencode()}))


def _page(request: SiteRequest, form: Terms, name: Name) -> HttpResponse:
    tried = form.is_bound and form.is_valid()
    outcome = form.outcome() if tried else None
    rows = _rows(outcome, form.answer.institution) if outcome is not None else []
    saved = Scenario.objects.filter(site=request.site)
    context = {
        "form": form,
        "name": name,
        "on": form.on,
        "outcome": outcome,
        "rows": rows,
        "aside": [row for row in rows if row["aside"]],
        "lacking": _lacking(outcome) if outcome is not None else "",
        "loss": -(outcome.yen_a_month or 0) if outcome is not None else 0,
        "saved": saved,
        "opened": next(
            (one for one in saved if said(address_of(one)) == said(request.GET.urlencode())), None
        ),
        "at_once": AT_ONCE,
        "may_enter": request.role >= Role.ENTER,
    }
    wrong = (form.is_bound and not tried) or (name.is_bound and bool(name.errors))
    return render(request, "sites/what_if.html", context, status=400 if wrong else 200)


def said(address: str) -> list[tuple[str, str]]:
    """What an address says, whatever the order; what is empty is not said."""
    return sorted(parse_qsl(address))


def _save(request: SiteRequest) -> HttpResponse:
    site = request.site
    data = QueryDict(request.POST.get("terms", ""))
    name, form = Name(site, request.POST), Terms(site, terms(site, data).on, data)
    if not (name.is_valid() and form.is_valid()):
        return _page(request, form, name)
    scenario = form.scenario(name.cleaned_data["name"], request.user)
    scenario.save()
    messages.success(request, f"「{scenario.name}」を保存しました。")
    return redirect(f"{reverse('what-if', args=[site.slug])}?{address_of(scenario)}")


def _rows(outcome: Outcome, institution: Institution) -> list[dict[str, Any]]:
    """The additions before and after; first what moves, then what is filed or near; `aside`: neither."""
    rows = [
        {
            "one": one,
            "aside": not (one.moved or yen_of(one) != 0 or is_close(one.before, institution)),
            "yen": yen_of(one),
            "moved": [answer for id_ in one.moved if (answer := one.after.requirement(id_)) is not None],
            "before": {answer.id: answer.status for answer in one.before.requirements},
        }
        for one in outcome.differences
    ]
    return sorted(rows, key=lambda row: (yen_of(row["one"]) == 0 and not row["moved"], row["aside"]))


def _lacking(outcome: Outcome) -> str:
    """The kinds of visits that have to be entered before the yen can be told."""
    kinds = {
        kind: None
        for one in outcome.differences
        if yen_of(one) is None
        for kind, points in one.gain.each.items()
        if points
    }
    return "、".join(ENCOUNTER_KINDS[kind] for kind in kinds)


@site_page(Role.VIEW)
def scenario(request: SiteRequest, pk: int) -> HttpResponse:
    """Opens a saved scenario; a POST deletes it."""
    found = Scenario.objects.filter(site=request.site, pk=pk).first()
    if found is None:
        raise Http404("この案は見つかりません。")
    if request.method == "POST":
        found.delete()
        messages.success(request, f"「{found.name}」を消しました。")
        return redirect("what-if", request.site.slug)
    return redirect(f"{reverse('what-if', args=[request.site.slug])}?{address_of(found)}")


@site_page(Role.VIEW)
def compare(request: SiteRequest) -> HttpResponse:
    """Up to three saved scenarios side by side."""
    wanted = [int(pk) for pk in request.GET.getlist("id") if pk.isdecimal() and len(pk) < 10]
    known = {one.pk: one for one in Scenario.objects.filter(site=request.site, pk__in=wanted)}
    chosen = [known[pk] for pk in dict.fromkeys(wanted) if pk in known]
    columns = [_column(one) for one in chosen[:AT_ONCE]]
    additions = dict.fromkeys(id_ for column in columns for id_ in column["lines"])
    titles = {id_: column["lines"][id_]["one"].after.title for column in columns for id_ in column["lines"]}
    context = {
        "columns": columns,
        "lines": [(titles[id_], [column["lines"].get(id_) for column in columns]) for id_ in additions],
        "too_many": len(chosen) > AT_ONCE,
        "at_once": AT_ONCE,
        "section": "what-if",
    }
    return render(request, "sites/what_if_compare.html", context)


def _column(saved: Scenario) -> dict[str, Any]:
    """A scenario with its outcome; None where its terms can no longer be read."""
    form = opened(saved)
    outcome = form.outcome() if form.is_valid() else None
    rows = _rows(outcome, form.answer.institution) if outcome is not None else []
    return {
        "scenario": saved,
        "outcome": outcome,
        "lines": {row["one"].after.addition: row for row in rows},
        "address": address_of(saved),
    }


urlpatterns = [
    path("s/<slug:site>/what-if/", front, name="what-if"),
    path("s/<slug:site>/what-if/compare/", compare, name="scenario-compare"),
    path("s/<slug:site>/what-if/<int:pk>/", scenario, name="scenario"),
]
