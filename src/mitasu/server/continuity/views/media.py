"""Removable media and restore drills as pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone

from mitasu.errors import InputError, MitasuError, UsageError
from mitasu.server.accounts.models import Role
from mitasu.server.continuity import media as steps
from mitasu.server.continuity.devices import Machine
from mitasu.server.continuity.drilling import PHASES
from mitasu.server.continuity.handing import minutes
from mitasu.server.continuity.limits import LIMITS
from mitasu.server.continuity.models.backups import Escrow, MediumKind, RestoreDrill, Target
from mitasu.server.continuity.models.media import Medium, MediumEvent
from mitasu.server.continuity.views.backups import page
from mitasu.server.ledger.audit import audit_request
from mitasu.server.ledger.pages import SiteRequest, site_page


class MediumForm(forms.Form):
    """A new medium."""

    target = forms.ChoiceField(label="保管先")
    label = forms.CharField(label="ラベル", max_length=100, help_text="媒体に貼った名前。例：RDX-A")
    uuid = forms.CharField(
        label="ファイルシステムのUUID", max_length=64, help_text="lsblk -o NAME,UUID で見られます。"
    )
    serial = forms.CharField(label="製造番号", max_length=100, required=False)
    shelf = forms.CharField(label="保管場所", max_length=100, required=False, help_text="例：耐火金庫")
    seal = forms.CharField(label="封印の番号", max_length=100, required=False)

    def __init__(self, targets: Any, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["target"].choices = [(one.name, one.label) for one in targets]  # type: ignore[attr-defined]


@site_page(Role.APPROVE, to_change=Role.APPROVE)
def media(request: SiteRequest) -> HttpResponse:
    """The media of a site; POST registers one, takes a step with one (`do`), or answers an alarm."""
    site = request.site
    targets = Target.objects.filter(site=site, medium=MediumKind.REMOVABLE, active=True)
    do = request.POST.get("do", "")
    form = MediumForm(targets, request.POST if do == "register" else None)
    problem = ""
    if request.method == "POST":
        try:
            told = _stepped(request, do, form, targets)
        except InputError as error:
            problem = "／".join(str(one) for one in error.problems)
        except (MitasuError, OSError) as error:
            problem = str(error)
        else:
            if told:
                messages.success(request, told)
                return redirect("continuity-media", site.slug)
    context = {
        "form": form,
        "targets": targets,
        "media": Medium.objects.filter(target__site=site).select_related("target"),
        "events": MediumEvent.objects.filter(medium__target__site=site).select_related("medium", "by").order_by("-pk")[:60],
        "open": MediumEvent.objects.filter(medium__target__site=site, alarm=True, answered_at=None),
        "limits": LIMITS["offline"],
        "problem": problem,
    }  # fmt: skip
    return page(request, "media", context, status=400 if request.method == "POST" else 200)


def _stepped(request: SiteRequest, do: str, form: MediumForm, targets: Any) -> str:
    """Takes the step; what to tell, "" where the form says what is missing."""
    at, by = timezone.now(), request.user
    if do == "register":
        if not form.is_valid():
            return ""
        said = dict(form.cleaned_data)
        target = targets.get(name=said.pop("target"))
        made = steps.registered(target, said.pop("label"), said.pop("uuid"), at, by=by, **said)
        audit_request(request, "change", f"媒体を登録：{made.label}")
        return f"媒体「{made.label}」を登録しました。"
    if do == "probe":
        Machine().present()
        found = steps.probed(request.site, Machine(), at)
        audit_request(request, "change", "媒体を確かめる")
        return f"この機械の装置を見ました（変わったこと{len(found)}件）。"
    if do == "answer":
        event = MediumEvent.objects.filter(
            medium__target__site=request.site, alarm=True, answered_at=None, pk=_number(request, "event")
        ).first()
        if event is None:
            raise UsageError("この知らせは、もう答えてあるか、ありません。")
        steps.answered(event, at, request.POST.get("answer", ""), by=by)
        audit_request(request, "change", f"媒体の知らせに答える：{event.medium.label}")
        return "対応を記録しました。"
    medium = Medium.objects.filter(target__site=request.site, pk=_number(request, "medium")).first()
    if medium is None:
        raise UsageError("この媒体は見つかりません。")
    match do:
        case "attach":
            told = steps.attached(medium, Machine(), at, by=by)
            done = "／".join(told) or f"媒体「{medium.label}」をつないだことを記録しました。"
        case "detach":
            steps.detached(medium, at, by=by)
            done = "控えを書きました。アンマウントして外してください。外れたことは機械が確かめます。"
        case "lost":
            steps.lost(medium, at, request.POST.get("reason", ""), by=by)
            done = f"媒体「{medium.label}」を、なくした・廃棄したと記録しました。"
        case _:
            raise UsageError("何をするかが分かりません。画面を開き直してください。")
    audit_request(request, "change", f"媒体「{medium.label}」：{do}")
    return done


def _number(request: SiteRequest, name: str) -> int:
    text = request.POST.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


@site_page(Role.APPROVE, to_change=Role.APPROVE)
def restores(request: SiteRequest) -> HttpResponse:
    """The restore drills with their times by phase, how one is done, and who keeps the keys."""
    drills = RestoreDrill.objects.filter(site=request.site).select_related("target", "generation", "escrow")
    rows = []
    for one in drills.prefetch_related("steps").order_by("-pk"):
        phases = [
            (
                PHASES[step.phase],
                minutes(step.ended_at - step.began_at) if step.ended_at else "進行中",
                step.note,
            )
            for step in one.steps.all()
        ]
        times = {
            "rto": minutes(one.rto) if one.well else "",
            "rpo": minutes(one.rpo) if one.rpo is not None else "",
        }
        rows.append({"drill": one, "phases": phases, **times})
    context = {
        "drills": rows,
        "phases": PHASES,
        "limits": LIMITS["drill"],
        "targets": Target.objects.filter(site=request.site, active=True),
        "escrows": Escrow.objects.filter(target__site=request.site).select_related("target"),
    }
    return page(request, "restores", context)


urlpatterns = [
    path("s/<slug:site>/continuity/media/", media, name="continuity-media"),
    path("s/<slug:site>/continuity/restores/", restores, name="continuity-restores"),
]
