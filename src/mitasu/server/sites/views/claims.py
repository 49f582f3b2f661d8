"""レセプト: claim files are uploaded, a worker compares them with the judgements, the result is there for a day."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse

from mitasu.errors import UsageError
from mitasu.server.accounts.fresh import fresh_sign_in
from mitasu.server.accounts.models import Role
from mitasu.server.downloads import download
from mitasu.server.ledger.audit import audit_request
from mitasu.server.ledger.pages import SiteRequest, site_page
from mitasu.server.sites import claim_results, claim_uploads
from mitasu.server.sites.columns_chart import column_chart
from mitasu.server.sites.job_pages import JobPages
from mitasu.server.sites.jobs import asked, content_of
from mitasu.server.sites.models import Job

PAGES = JobPages(claim_uploads.KIND, "突き合わせの結果", "結果を見る")
KINDS = (("charged", "請求"), ("repay", "返す"), ("missed", "算定もれ"))
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMS = {"xlsx": (claim_results.SHEET, XLSX), "json": (claim_results.DATA, "application/json")}


class Files(forms.FileField):
    """One file or several."""

    def __init__(self, **options: Any) -> None:
        widget = forms.ClearableFileInput(attrs={"accept": ".UKE,.uke"})
        widget.allow_multiple_selected = True
        widget.attrs["multiple"] = True
        super().__init__(widget=widget, **options)

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[Any]]:
        """The files."""
        given = data if isinstance(data, list | tuple) else [data]
        return [super(Files, self).clean(one, initial) for one in given]


class UploadForm(forms.Form):
    """The claim files, and whether they may be read."""

    claims = Files(
        label="レセ電ファイル",
        max_length=200,
        help_text="RECEIPTC.UKE など。社保と国保、何か月分でも、まとめて選べます（60ファイル、合わせて300MBまで）。",
    )
    rights = forms.BooleanField(
        label="実在の患者のレセプトを読む権限があります",
        required=False,
        help_text="この施設の業務として、院内の決まりに沿って読む場合に印を付けます。見本と匿名化したファイルには要りません。",
    )


@site_page(Role.VIEW, to_change=Role.ENTER)
def claims(request: SiteRequest) -> HttpResponse:
    """The files to choose, and the results of the last day; POST takes files."""
    if request.method == "POST":
        return _asked(request)
    return _page(request, UploadForm())


def _asked(request: SiteRequest) -> HttpResponse:
    """A job for the audit, or the page with what is wrong."""
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form)
    files = form.cleaned_data["claims"]
    upload = ""
    try:
        upload = claim_uploads.keep(files)
        names = sorted(path.name for path in claim_uploads.paths(upload))
        title = names[0] + (f"ほか{len(names) - 1}ファイル" if len(names) > 1 else "")
        wanted = {"upload": upload, "rights": form.cleaned_data["rights"]}
        job = asked(request.site, request.user, PAGES.kind, title, wanted, steps=len(names) + 2)
    except (UsageError, OSError) as error:
        if upload:
            claim_uploads.erase(upload)
        told = (
            str(error)
            if isinstance(error, UsageError)
            else f"ファイルを置けませんでした（{error.strerror}）。"
        )
        form.add_error(None, told)
        return _page(request, form)
    audit_request(request, "import", f"レセプト {len(names)}ファイル")
    address = reverse("claims-made", args=(request.site.slug, job.pk))
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Redirect": address})
    return redirect(address)


def _page(request: SiteRequest, form: UploadForm) -> HttpResponse:
    jobs = PAGES.of(request.user, request.site)[:10]
    progressive = bool(
        request.headers.get("HX-Request")
    )  # its errors are put in place only where they arrive as 200
    return render(
        request,
        "sites/claims.html",
        {"form": form, "jobs": jobs, "may": request.role >= Role.ENTER, "section": "claims"},
        status=400 if form.is_bound and not progressive else 200,
    )


@site_page(Role.ENTER)
def made(request: SiteRequest, job: UUID) -> HttpResponse:
    """How far an audit is."""
    return PAGES.made(request, job, "sites/claims_made.html", section="claims")


@login_required
def state(request: HttpRequest, site: str, job: UUID) -> HttpResponse:
    """The part of that page that changes."""
    return PAGES.state(request, site, job)


@site_page(Role.ENTER)
def result(request: SiteRequest, job: UUID) -> HttpResponse:
    """What the audit found, for whoever asked for it only."""
    found = PAGES.job(request.user, request.site, job)
    if found.state != Job.State.DONE:
        return redirect("claims-made", request.site.slug, found.pk)
    told = json.loads(claim_results.part(content_of(found), claim_results.PAGE))
    rows = claim_results.columns(told["months"])
    context = {"job": found, "found": told, "chart": column_chart(rows, KINDS), "section": "claims"}
    return render(request, "sites/claims_result.html", context)


@site_page(Role.ENTER)
@fresh_sign_in
def file(request: SiteRequest, job: UUID, form: str) -> HttpResponse:
    """The result as a workbook or as data."""
    found = PAGES.job(request.user, request.site, job)
    if form not in FORMS:
        raise Http404("この形式はありません。")
    if found.state != Job.State.DONE:
        return redirect("claims-made", request.site.slug, found.pk)
    name, media_type = FORMS[form]
    content = claim_results.part(content_of(found), name)
    audit_request(request, "export", f"{found.note}（{form}）")
    return download(content, media_type, found.file.removesuffix("xlsx") + form)


urlpatterns = [
    path("s/<slug:site>/claims/", claims, name="claims"),
    path("s/<slug:site>/claims/<uuid:job>/", made, name="claims-made"),
    path("s/<slug:site>/claims/<uuid:job>/state/", state, name="claims-state"),
    path("s/<slug:site>/claims/<uuid:job>/result/", result, name="claims-file"),
    path("s/<slug:site>/claims/<uuid:job>/file.<str:form>", file, name="claims-save"),
]
