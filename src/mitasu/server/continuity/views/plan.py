"""The BCP: its versions, writing at a draft topic by topic, comparing, approving, the PDF."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone

from mitasu.errors import UsageError
from mitasu.server.accounts.models import Role
from mitasu.server.continuity.models.plans import PlanVersion
from mitasu.server.continuity.plans import plan as plans
from mitasu.server.continuity.plans.outline import Topic, outline
from mitasu.server.continuity.views.bcp import page, pdf_answer, tried
from mitasu.server.forms import DayField
from mitasu.server.ledger import documents
from mitasu.server.ledger.models import Document
from mitasu.server.ledger.pages import SiteRequest, site_page

TAB = "bcp-plan"


class TopicForm(forms.Form):
    """What the plan says about a topic."""

    text = forms.CharField(
        label="内容",
        required=False,
        max_length=plans.LONGEST,
        widget=forms.Textarea({"rows": 12}),
        help_text="別の文書で定めているなら、その名前・版・置き場所を書きます。",
    )
    owner = forms.CharField(label="担当（役割）", max_length=100, required=False)
    done = forms.BooleanField(label="この項目は済み", required=False)


class Approval(forms.Form):
    """Approving a version."""

    on = DayField(label="承認する日")
    review_by = DayField(
        label="次に見直す日", required=False, help_text="空けておくと、承認の日から12か月後にします。"
    )


def _version(request: SiteRequest, number: int) -> PlanVersion:
    found = plans.version_of(request.site, number)
    if found is None:
        raise Http404("この版は見つかりません。")
    return found


@site_page(Role.VIEW)
def plan_versions(request: SiteRequest) -> HttpResponse:
    """The versions, the latest first; POST begins a new one."""
    if request.method == "POST":
        draft = plans.begin(request.site, by=request.user)
        return redirect("bcp-plan-version", request.site.slug, draft.number)
    versions = PlanVersion.objects.filter(site=request.site).order_by("-number")
    context = {
        "versions": versions,
        "approved": plans.approved_of(request.site),
        "draft": plans.draft_of(request.site),
        "outline": outline(),
    }
    return page(request, "plan_versions", TAB, context)


@site_page(Role.VIEW)
def plan_version(request: SiteRequest, number: int) -> HttpResponse:
    """One version with every topic; a draft can be approved from here."""
    return _version_page(request, _version(request, number), Approval(initial={"on": timezone.localdate()}))


def _version_page(request: SiteRequest, version: PlanVersion, form: Approval) -> HttpResponse:
    context = {
        "version": version,
        "title": plans.title_of(version),
        "phases": list(plans.written(version)),
        "open": plans.open_topics(version),
        "unchanged": plans.unchanged(version),
        "form": form,
    }
    return page(request, "plan_version", TAB, context, status=400 if form.is_bound else 200)


@site_page(Role.ENTER)
def plan_topic(request: SiteRequest, number: int, topic: str) -> HttpResponse:
    """Writing at one topic of a draft."""
    version, about = _version(request, number), _topic(topic)
    if version.approved_on is not None:
        raise UsageError(f"第{number}版は承認済みなので変えられません。新しい版を作ってください。")
    said = plans.written_topic(version, about)
    initial: dict[str, Any] = {"text": said.text, "owner": said.owner, "done": said.done}
    form = TopicForm(request.POST or None, initial=initial)
    if request.method == "POST" and tried(form, lambda: _write(request, version, about, form)):
        messages.success(request, f"「{about.title}」を保存しました。")
        following = next(iter(plans.open_topics(version)), None) if "next" in request.POST else None
        if following is not None:
            return redirect("bcp-plan-topic", request.site.slug, number, following.id)
        return redirect("bcp-plan-version", request.site.slug, number)
    context = {"version": version, "topic": about, "form": form}
    return page(request, "plan_topic", TAB, context, status=400 if form.is_bound else 200)


def _topic(id_: str) -> Topic:
    found = outline().topics.get(id_)
    if found is None:
        raise Http404("この項目は見つかりません。")
    return found


def _write(request: SiteRequest, version: PlanVersion, topic: Topic, form: TopicForm) -> bool:
    said = form.cleaned_data
    plans.write(version, topic, said["text"], said["owner"], said["done"], by=request.user)
    return True


@site_page(Role.VIEW, to_change=Role.APPROVE)
def plan_approve(request: SiteRequest, number: int) -> HttpResponse:
    """Approves a draft."""
    version = _version(request, number)
    if request.method != "POST":
        return redirect("bcp-plan-version", request.site.slug, number)
    form = Approval(request.POST)

    def act() -> bool:
        said = form.cleaned_data
        if said["on"] > timezone.localdate():
            raise UsageError("承認する日は、今日までの日にしてください。")
        plans.approve(version, said["on"], said["review_by"], by=request.user)
        return True

    if tried(form, act):
        messages.success(
            request, f"第{number}版を承認しました。証拠{version.entry}として台帳に記録しました。"
        )
        return redirect("bcp-plan-version", request.site.slug, number)
    return _version_page(request, version, form)


@site_page(Role.VIEW)
def plan_compare(request: SiteRequest, number: int) -> HttpResponse:
    """What changed against the version before, or another one (`?with=`)."""
    version = _version(request, number)
    others = PlanVersion.objects.filter(site=request.site).exclude(pk=version.pk).order_by("-number")
    wanted = request.GET.get("with", "")
    before = next((one for one in others if str(one.number) == wanted), None) or next(
        (one for one in others if one.number < number), None
    )
    context = {
        "version": version,
        "before": before,
        "others": others,
        "changes": plans.compared(before, version),
    }
    return page(request, "plan_compare", TAB, context)


@site_page(Role.VIEW)
def plan_pdf(request: SiteRequest, number: int) -> HttpResponse:
    """The PDF: of an approved version the one that lies in the ledger."""
    version = _version(request, number)
    kept = Document.objects.filter(digest=version.document).first() if version.document else None
    try:
        content = documents.read(kept) if kept is not None else plans.plan_pdf(version)
    except OSError:
        raise UsageError(
            "承認した版のPDFが台帳の置き場所にありません。鎖の検証をして、管理者に知らせてください。"
        ) from None
    return pdf_answer(request, content, f"{plans.title_of(version)}_{request.site.name}.pdf")


BASE = "s/<slug:site>/continuity/bcp/plan/"
urlpatterns = [
    path(BASE, plan_versions, name="bcp-plan"),
    path(f"{BASE}<int:number>/", plan_version, name="bcp-plan-version"),
    path(f"{BASE}<int:number>/topics/<slug:topic>/", plan_topic, name="bcp-plan-topic"),
    path(f"{BASE}<int:number>/approve/", plan_approve, name="bcp-plan-approve"),
    path(f"{BASE}<int:number>/compare/", plan_compare, name="bcp-plan-compare"),
    path(f"{BASE}<int:number>/pdf/", plan_pdf, name="bcp-plan-pdf"),
]
