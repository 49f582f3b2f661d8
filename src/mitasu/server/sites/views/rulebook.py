"""The rules as pages for anyone who is signed in: additions, differences between days, sources, glossary, search."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone

from mitasu.rulebook import GRADES, SECTORS
from mitasu.rulebook.glossary import glossary
from mitasu.server.accounts.roles import sites_of
from mitasu.server.forms import DayField
from mitasu.server.ledger.law import rulebook
from mitasu.server.sites.law_impact import turns_around
from mitasu.server.sites.reading import Reading, changed, cited_by, listed, search


class Asked(forms.Form):
    """The day and the sector of a rule."""

    on = DayField(label="日", required=False)
    sector = forms.ChoiceField(label="部門", required=False)

    def __init__(self, sectors: tuple[str, ...], data: Any) -> None:
        super().__init__(data)
        field: Any = self.fields["sector"]
        field.choices = [(sector, SECTORS[sector]) for sector in sectors]


class TwoDays(forms.Form):
    """Two days, and a sector."""

    first = DayField(label="前の日")
    last = DayField(label="後の日")
    sector = forms.ChoiceField(label="部門", required=False, choices=[("", "すべて"), *SECTORS.items()])

    def clean(self) -> dict[str, Any]:
        """The days in order."""
        said: dict[str, Any] = super().clean() or {}
        if said.get("first") and said.get("last") and said["first"] >= said["last"]:
            self.add_error("last", "前の日より後の日にしてください。")
        return said


@login_required
def rules(request: HttpRequest) -> HttpResponse:
    """Every addition, and the search."""
    words = request.GET.get("q", "").strip()[:100]
    rows = listed(timezone.localdate())
    context = {
        "rows": rows,
        "in_force": sum(row["state"] == "有効" for row in rows),
        "words": words,
        "hits": search(words) if words else [],
    }
    return render(request, "sites/rules.html", context)


@login_required
def rule(request: HttpRequest, addition: str) -> HttpResponse:
    """One addition on a day."""
    found = rulebook().additions.get(addition)
    if found is None:
        raise Http404("この加算は規則集にありません。")
    mine = next(
        (s for s in sites_of(request.user).values_list("sector", flat=True) if s in found.sectors), None
    )
    today, default = timezone.localdate(), mine or found.sectors[0]
    form = Asked(
        found.sectors, {"on": request.GET.get("on", ""), "sector": request.GET.get("sector") or default}
    )
    valid = form.is_valid()
    on: date = (form.cleaned_data.get("on") or today) if valid else today
    reading = Reading(found, form.cleaned_data["sector"] if valid else default, on)
    context = {
        "form": form,
        "reading": reading,
        "on": on,
        "sector": SECTORS[reading.sector],
        "turns": rulebook().timeline(addition, reading.sector).dates,
        "grade": GRADES[reading.page.grade],
    }
    return render(request, "sites/rule.html", context, status=200 if valid else 400)


@login_required
def rule_diff(request: HttpRequest) -> HttpResponse:
    """What differs in the rules between two days."""
    asked = "first" in request.GET or "last" in request.GET
    past, coming = turns_around(SECTORS, timezone.localdate())
    default = {"first": timezone.localdate(), "last": coming} if coming else None
    if default is None and past is not None:
        default = {"first": date.fromordinal(past.toordinal() - 1), "last": timezone.localdate()}
    form = TwoDays(request.GET if asked else default)
    changes = []
    if form.is_bound and form.is_valid():
        changes = changed(form.cleaned_data["first"], form.cleaned_data["last"], form.cleaned_data["sector"])
    context = {"form": form, "changes": changes, "said": getattr(form, "cleaned_data", {})}
    return render(request, "sites/rule_diff.html", context, status=400 if asked and form.errors else 200)


@login_required
def glossary_page(request: HttpRequest) -> HttpResponse:
    """The words and what they mean."""
    return render(request, "sites/glossary.html", {"sections_of_words": glossary()})


@login_required
def rule_source(request: HttpRequest, source: str) -> HttpResponse:
    """One source: what it is, where it is, and what rests on it."""
    found = rulebook().sources.get(source)
    if found is None:
        raise Http404("この出典は規則集にありません。")
    grade = GRADES.get(str(found.get("grade")), "等級なし")
    context = {"key": source, "source": found, "grade": grade, "uses": cited_by(source)}
    return render(request, "sites/rule_source.html", context)


urlpatterns = [
    path("rules/", rules, name="rules"),
    path("rules/diff/", rule_diff, name="rule-diff"),
    path("rules/glossary/", glossary_page, name="glossary"),
    path("rules/sources/<str:source>/", rule_source, name="rule-source"),
    path("rules/<slug:addition>/", rule, name="rule"),
]
