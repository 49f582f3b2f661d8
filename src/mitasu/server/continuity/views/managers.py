"""The security manager: who serves since when, appointing one, recording the end."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone

from mitasu.errors import UsageError
from mitasu.facts.read import ASSIGNMENT, EMPLOYMENT
from mitasu.server.accounts.models import Role
from mitasu.server.continuity.plans import managers
from mitasu.server.continuity.plans.checklist import serves
from mitasu.server.continuity.views.bcp import StoredFileField, page, tried
from mitasu.server.forms import DayField
from mitasu.server.ledger.fold import known
from mitasu.server.ledger.pages import SiteRequest, site_page

TAB = "bcp-managers"
QUALIFIED = {"": "分からない・書かない", "yes": "はい", "no": "いいえ"}


class Appointment(forms.Form):
    """A security manager as the judgement counts one; no name is asked for."""

    employment = forms.ChoiceField(label="雇用", choices=list(EMPLOYMENT.items()))
    assignment = forms.ChoiceField(label="専従・専任", choices=list(ASSIGNMENT.items()), initial="dedicated")
    first = DayField(label="いつから")
    last = DayField(label="いつまで", required=False)
    qualified = forms.ChoiceField(
        label="望ましいとされる資格を持っている",
        choices=list(QUALIFIED.items()),
        required=False,
        help_text="情報セキュリティマネジメント、情報処理安全確保支援士。なくても算定できます。",
    )
    letter = StoredFileField(label="辞令などの写し", required=False, help_text="PDFか写真。50MBまで。")
    start_list = forms.BooleanField(label="この人から一覧を始める", required=False)


class Ending(forms.Form):
    """Until when someone served."""

    number = forms.IntegerField(widget=forms.HiddenInput)
    last = DayField(label="いつまで")


@site_page(Role.VIEW)
def manager_list(request: SiteRequest) -> HttpResponse:
    """Those who count; POST (`act`) appoints someone or records an end."""
    site, today, found = request.site, timezone.localdate(), known(request.site)
    listed = managers.people_listed(found)
    posted = request.method == "POST"
    ending = Ending(request.POST if posted and request.POST.get("act") == "end" else None, auto_id="end_%s")
    form = Appointment(
        request.POST if posted and not ending.is_bound else None,
        request.FILES if posted and not ending.is_bound else None,
        initial={"first": today},
    )
    if listed:
        del form.fields["start_list"]

    def appoint() -> bool:
        said: dict[str, Any] = form.cleaned_data
        document, file = said["letter"] or ("", "")
        if said["first"] > today:
            raise UsageError("任命の日は、今日までの日にしてください。任命してから記録します。")
        managers.appoint(
            site,
            employment=said["employment"],
            assignment=said["assignment"],
            first=said["first"],
            last=said["last"],
            qualified={"yes": True, "no": False}.get(said["qualified"]),
            document=document,
            file=file,
            start_list=said.get("start_list", False),
            by=request.user,
        )
        return True

    def end() -> bool:
        said = ending.cleaned_data
        managers.end(site, said["number"], said["last"], by=request.user)
        return True

    if posted and (tried(ending, end) if ending.is_bound else tried(form, appoint)):
        messages.success(request, "安全管理責任者の記録を台帳に書きました。")
        return redirect("bcp-managers", site.slug)
    context = {
        "rows": [(row, managers.told(row), serves(row.body, today)) for row in managers.managers_of(found)],
        "listed": listed,
        "form": form,
        "ending": ending,
        "qualified": next(iter(reversed(found.facts.get(managers.QUALIFIED, []))), None),
    }
    return page(request, "managers", TAB, context, status=400 if posted else 200)


urlpatterns = [path("s/<slug:site>/continuity/bcp/managers/", manager_list, name="bcp-managers")]
