"""Import and export: a file is read, what it would change is shown, and only a second step carries it out.

Between the two steps the upload lies among the stored documents; the second step names it by a signed
token, which holds for one person, one site and one kind of file for a day.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone

from mitasu.documents.tables import CSV_TYPE, MOST_BYTES, write_csv
from mitasu.errors import InputError, UsageError
from mitasu.server.accounts.fresh import fresh_sign_in
from mitasu.server.accounts.models import Role, Site
from mitasu.server.downloads import download
from mitasu.server.ledger import documents
from mitasu.server.ledger.append import Stale
from mitasu.server.ledger.audit import audit_request
from mitasu.server.ledger.files import export_document
from mitasu.server.ledger.models import Document
from mitasu.server.ledger.pages import SiteRequest, site_page
from mitasu.server.sites.imports import Plan, filings, institution, rates, staff
from mitasu.server.sites.institution_file import as_json, as_yaml
from mitasu.server.sites.judging import head_of
from mitasu.server.sites.views.start import registering

SALT, ONE_DAY = "mitasu.exchange", 86_400
WARNED = 200
"""So many lines of problems or rows are shown at most."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file that may be taken in."""

    id: str
    title: str
    accept: str
    plan: Callable[[Site, bytes, str], Plan]
    help: str
    template: tuple[str, ...] = ()


KINDS = {
    kind.id: kind
    for kind in (
        Kind(
            "institution",
            "施設ファイル",
            ".yaml,.yml,.json",
            institution.plan,
            "YAMLかJSONの施設ファイルです。書いてある事実・月ごとの値・一覧だけが置き換わり、ほかは残ります。",
        ),
        Kind(
            "filings",
            "届出受理の名簿（厚生局）",
            ".xlsx,.csv",
            filings.plan,
            "地方厚生（支）局が公開している届出受理医療機関名簿（Excel）です。この施設の行だけを読み、規則集にある名称の届出を加えます。",
        ),
        Kind(
            "staff",
            "職員の一覧",
            ".csv,.xlsx",
            staff.plan,
            "列は「役割（職種）、雇用（常勤・非常勤・派遣・請負）、専従など（専従・専任・兼任）、開始日、終了日」です。"
            "氏名の列があっても読みません。一覧はこのファイルのものに置き換わります。",
            tuple(staff.HEAD),
        ),
        Kind(
            "rates",
            "利用率の通知",
            ".csv,.xlsx",
            rates.plan,
            "列は「診療月、レセプト件数ベース、資格確認件数ベース、通知日、外来レセプト件数」です。率は％の数（31.2）で書きます。",
            tuple(rates.HEAD),
        ),
    )
}


class Upload(forms.Form):
    """The file."""

    file = forms.FileField(label="ファイル", max_length=200, allow_empty_file=True)

    def __init__(self, accept: str, *data: Any) -> None:
        super().__init__(*data)
        self.fields["file"].widget.attrs["accept"] = accept
        self.fields["file"].help_text = f"{accept.replace(',', '、')}。{MOST_BYTES // 1_000_000}MBまで。"

    def clean_file(self) -> tuple[bytes, str]:
        """The bytes and the name."""
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(f"ファイルが大きすぎます。{MOST_BYTES // 1_000_000}MBまで読めます。")
        return file.read(), str(file.name)[-100:]


# ---- the two steps -------------------------------------------------------------------------------------------


def _kept(content: bytes) -> Document:
    """The upload as a stored document; UTF-16, which is no type of ours, as UTF-8."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        content = content.decode("utf-16").encode()
    return documents.store(content)


def _token(user: Any, place: str, kind: str, digest: str, name: str, head: str) -> str:
    said = {"user": user.pk, "place": place, "kind": kind, "digest": digest, "name": name, "head": head}
    return signing.dumps(said, salt=SALT, compress=True)


def _promised(request: HttpRequest, place: str, kind: str) -> tuple[bytes, str, str, str]:
    """Content, name, hash and head that a token names; UsageError where it is not this person's, or too old."""
    try:
        said = signing.loads(request.POST.get("token", ""), salt=SALT, max_age=ONE_DAY)
        fits = (said["user"], said["place"], said["kind"]) == (request.user.pk, place, kind)
        document = Document.objects.filter(digest=said["digest"]).first() if fits else None
        if document is not None:
            return documents.read(document), said["name"], said["digest"], said["head"]
    except (signing.BadSignature, OSError):
        pass
    raise UsageError("確認の期限が切れました。もう一度ファイルを選んでください。")


@site_page(Role.VIEW)
def exchange(request: SiteRequest) -> HttpResponse:
    """What can be taken out and in."""
    return render(
        request, "sites/exchange.html", {"kinds": KINDS.values(), "may": request.role >= Role.ENTER}
    )


@site_page(Role.ENTER)
def import_file(request: SiteRequest, kind: str) -> HttpResponse:
    """The upload of one kind of file, what it would change, and carrying it out."""
    found = KINDS[kind]
    site = request.site
    if "template" in request.GET and found.template:
        name = f"ひな形-{found.title}.csv"
        return download(write_csv(found.template, []), f"{CSV_TYPE}; charset=utf-8", name)
    context: dict[str, Any] = {"kind": found, "form": Upload(found.accept)}
    if request.method != "POST":
        return render(request, "sites/import.html", context)
    if "token" in request.POST:
        return _carried_out(request, found)
    form = Upload(found.accept, request.POST, request.FILES)
    if form.is_valid():
        content, name = form.cleaned_data["file"]
        plan = found.plan(site, content, name)
        context |= {"plan": plan, "name": name}
        if plan.ready:
            try:
                digest = _kept(content).digest
            except UsageError as error:
                form.add_error("file", str(error))
            else:
                context["token"] = _token(request.user, site.slug, kind, digest, name, head_of(site))
    context["form"] = form
    wrong = bool(form.errors) or bool(context.get("plan") and context["plan"].problems)
    return render(request, "sites/import.html", context, status=400 if wrong else 200)


def _carried_out(request: SiteRequest, kind: Kind) -> HttpResponse:
    site = request.site
    try:
        content, name, digest, head = _promised(request, site.slug, kind.id)
        if head != head_of(site):
            raise Stale(
                "確認の後に、ほかの人が台帳に書き加えました。もう一度ファイルを選んで確かめてください。"
            )
        plan = kind.plan(site, content, name)
        if not plan.ready or plan.carry is None:
            raise UsageError("取り込むものがありません。もう一度ファイルを選んで確かめてください。")
        made = plan.carry(request.user, digest)
    except (UsageError, InputError) as error:
        form = Upload(kind.accept, {}, {})
        form.is_valid()
        form.errors.clear()
        form.add_error(None, str(error))
        return render(request, "sites/import.html", {"kind": kind, "form": form}, status=400)
    audit_request(request, "import", f"{kind.title}：{name}")
    messages.success(request, f"{kind.title}を取り込みました（変更{len(plan.changes)}、台帳の記録{made}）。")
    return redirect("exchange", site.slug)


@registering
def new_site_from_file(request: HttpRequest) -> HttpResponse:
    """A site made from an institution file, in the same two steps."""
    kind = KINDS["institution"]
    context: dict[str, Any] = {"kind": kind, "form": Upload(kind.accept), "new": True}
    if request.method == "POST" and "token" in request.POST:
        content, name, digest, _ = _promised(request, "", "new")
        plan, _ = institution.plan_new(content, name)
        if plan.carry is None:
            raise UsageError("このファイルからは施設を作れません。もう一度ファイルを選んでください。")
        before = set(Site.objects.filter(memberships__user=request.user).values_list("pk", flat=True))  # type: ignore[misc]
        plan.carry(request.user, digest)
        site = Site.objects.filter(memberships__user=request.user).exclude(pk__in=before).get()  # type: ignore[misc]
        audit_request(request, "change", f"ファイルから施設を作る：{site.slug}")
        messages.success(request, f"{site.name}を登録しました。")
        return redirect("site-home", site.slug)
    if request.method == "POST":
        form = Upload(kind.accept, request.POST, request.FILES)
        if form.is_valid():
            content, name = form.cleaned_data["file"]
            plan, _ = institution.plan_new(content, name)
            context |= {"plan": plan, "name": name}
            if plan.ready:
                context["token"] = _token(request.user, "", "new", _kept(content).digest, name, "")
        context["form"] = form
    wrong = bool(context["form"].errors) or bool(context.get("plan") and context["plan"].problems)
    return render(request, "sites/import.html", context, status=400 if wrong else 200)


# ---- out -----------------------------------------------------------------------------------------------------


@site_page(Role.VIEW)
@fresh_sign_in
def export_institution(request: SiteRequest, form: str) -> HttpResponse:
    """The institution file of what the ledger says now."""
    site, document = request.site, export_document(request.site)
    if not document["institution"]:
        raise UsageError("この施設の台帳には、まだ何も書かれていません。")
    today = timezone.localdate().isoformat()
    if form == "json":
        content, media_type = as_json(document), "application/json"
    elif form == "yaml":
        content, media_type = as_yaml(document, f"{today}に書き出した施設ファイル"), "application/yaml"
    else:
        raise Http404("この形では書き出せません。")
    audit_request(request, "export", f"施設ファイル（{form}）")
    return download(
        content.encode(), f"{media_type}; charset=utf-8", f"{site.name}-{site.slug}-{today}.{form}"
    )


@site_page(Role.VIEW)
@fresh_sign_in
def export_staff(request: SiteRequest) -> HttpResponse:
    """The staff list as a table that can be read again."""
    head, rows = staff.rows_out(export_document(request.site))
    encoding = request.GET.get("encoding", "utf-8-sig")
    content = write_csv(head, rows, encoding=encoding, name="職員の一覧")
    charset = "utf-8" if encoding == "utf-8-sig" else "shift_jis"
    audit_request(request, "export", "職員の一覧")
    return download(content, f"{CSV_TYPE}; charset={charset}", f"職員の一覧-{request.site.slug}.csv")


urlpatterns = [
    path("s/<slug:site>/exchange/", exchange, name="exchange"),
    path("s/<slug:site>/exchange/staff.csv", export_staff, name="export-staff"),
    path("s/<slug:site>/exchange/institution.<slug:form>", export_institution, name="export-institution"),
    *(
        path(f"s/<slug:site>/exchange/{kind}/", import_file, {"kind": kind}, name=f"import-{kind}")
        for kind in KINDS
    ),
    path("start/file/", new_site_from_file, name="new-site-from-file"),
]
