"""What the pages of plans share: the frame, answers that are PDFs, and errors of the core as errors of a form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.http import content_disposition_header

from mitasu.errors import InputError, MitasuError, UsageError
from mitasu.server.accounts.models import Role
from mitasu.server.continuity.plans.overview import readiness
from mitasu.server.ledger import documents
from mitasu.server.ledger.audit import audit_request
from mitasu.server.ledger.pages import SiteRequest, site_page

T = TypeVar("T")
TABS = {
    "bcp": "全体",
    "bcp-plan": "BCP",
    "bcp-drills": "訓練",
    "bcp-contacts": "連絡網",
    "bcp-managers": "責任者",
    "bcp-trainings": "研修",
    "bcp-checklist": "点検表",
    "bcp-contracts": "契約・規程",
}


def page(
    request: SiteRequest, template: str, tab: str, context: Mapping[str, Any], *, status: int = 200
) -> HttpResponse:
    """A page of this part, with its tabs and what the role may do."""
    told = {
        "section": "bcp",
        "tabs": TABS,
        "tab": tab,
        "today": timezone.localdate(),
        "may_enter": request.role >= Role.ENTER,
        "may_approve": request.role >= Role.APPROVE,
    }
    return render(request, f"continuity/bcp/{template}.html", {**told, **context}, status=status)


def tried(form: forms.Form, act: Callable[[], T]) -> T | None:
    """What the act gives; None where the form or the core refuses, the reasons then stand in the form."""
    if not form.is_valid():
        return None
    try:
        return act()
    except MitasuError as error:
        for problem in error.problems if isinstance(error, InputError) else (error,):
            form.add_error(None, str(problem))
        return None


def pdf_answer(request: SiteRequest, content: bytes, name: str) -> HttpResponse:
    """A PDF to be saved; that it was taken out stands in the audit trail."""
    audit_request(request, "export", name)
    response = HttpResponse(content, content_type="application/pdf")
    response.headers["Content-Disposition"] = content_disposition_header(True, name)
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


class StoredFileField(forms.FileField):
    """A file that is checked by its content and kept among the ledger's documents: (hash, name), or None."""

    def clean(self, data: Any, initial: Any = None) -> tuple[str, str] | None:
        """The hash and name of the kept file."""
        file: Any = super().clean(data, initial)
        if not file:
            return None
        try:
            return documents.store(file.read()).digest, str(file.name)[:150]
        except UsageError as error:
            raise forms.ValidationError(str(error)) from None


class Reason(forms.Form):
    """Why something is taken back."""

    reason = forms.CharField(
        label="取り消す理由", max_length=300, help_text="例：日付のまちがい。理由は台帳に残ります。"
    )


@site_page(Role.VIEW)
def bcp(request: SiteRequest) -> HttpResponse:
    """Where each part stands."""
    rows = readiness(request.site, timezone.localdate())
    worst = next((row for symbol in "✕？△" for row in rows if row.symbol == symbol), None)
    return page(request, "overview", "bcp", {"rows": rows, "worst": worst})


urlpatterns = [path("s/<slug:site>/continuity/bcp/", bcp, name="bcp")]
