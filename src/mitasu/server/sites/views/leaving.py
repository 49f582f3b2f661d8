"""Someone left: the last day, then the standards that use the person with what to do about each, then the record."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from mitasu.dates import japanese_date
from mitasu.errors import InputError, MitasuError
from mitasu.server.accounts.models import Role
from mitasu.server.forms import DayField
from mitasu.server.ledger.append import Draft, append
from mitasu.server.ledger.law import rulebook
from mitasu.server.ledger.models import Kind
from mitasu.server.ledger.pages import SiteRequest, site_page
from mitasu.server.sites.judging import known_of
from mitasu.server.sites.leaving import touched
from mitasu.server.sites.models import Task
from mitasu.server.sites.origins import person_text


class Leaving(forms.Form):
    """The last day of someone."""

    last = DayField(label="最後に勤めた日")

    def __init__(self, data: Any, entry: Any) -> None:
        super().__init__(data)
        self.entry = entry

    def clean_last(self) -> date:
        """A day that is not before the first."""
        last: date = self.cleaned_data["last"]
        first = self.entry.body.get("from")
        if first and last < (began := date.fromisoformat(str(first))):
            raise forms.ValidationError(
                f"勤め始めた日（{japanese_date(began)}）より前です。日を確かめてください。"
            )
        if not 2000 <= last.year <= 2090:
            raise forms.ValidationError("年を確かめてください。")
        return last


@site_page(Role.ENTER)
def person_left(request: SiteRequest, number: int) -> HttpResponse:
    """Asks the last day (GET), shows what it touches (GET with the day), records it (POST)."""
    site = request.site
    entry = next((one for one in known_of(site).of(Kind.PERSON) if one.number == number), None)
    if entry is None:
        raise Http404("この職員は一覧にいません。")
    given = request.POST if request.method == "POST" else request.GET if "last" in request.GET else None
    form = Leaving(given, entry)
    role = rulebook().catalogue.get(str(entry.body["role"]))
    context: dict[str, Any] = {
        "section": "facts",
        "entry": entry,
        "role_entry": role,
        "person": person_text(entry.body),
        "form": form,
    }
    if given is not None and form.is_valid():
        last = form.cleaned_data["last"]
        found = touched(site, number, last, timezone.localdate())
        if request.method == "POST" and _recorded(request, form, found):
            return redirect("fact", site.slug, entry.body["role"])
        context |= {"last": last, "touched": found}
    return render(request, "sites/facts/left.html", context, status=400 if form.errors else 200)


def _recorded(request: SiteRequest, form: Leaving, found: list[Any]) -> bool:
    """Writes the last day and makes a task for each standard that has to be changed or withdrawn."""
    entry, last = form.entry, form.cleaned_data["last"]
    body = {**entry.body, "to": last.isoformat()}
    draft = Draft(Kind.PERSON, entry.subject, body, entry.first_day, entry.last_day, replaces=entry.number)
    try:
        append(request.site, [draft], by=request.user)
    except MitasuError as error:
        for problem in error.problems if isinstance(error, InputError) else (error,):
            form.add_error(None, str(problem))
        return False
    for one in found:
        if one.action in ("change", "withdraw"):
            Task.objects.get_or_create(
                site=request.site,
                key=f"left:{entry.number}:{one.before.addition}",
                defaults={
                    "title": f"{one.before.named}：{one.word}",
                    "note": one.why,
                    "addition": one.before.addition,
                    "source": "left",
                    "due": last,
                    "made_by_id": request.user.pk,
                },
            )
    messages.success(
        request, f"{japanese_date(last)}までと記録しました。届出の変更や辞退は「やること」に入れました。"
    )
    return True
