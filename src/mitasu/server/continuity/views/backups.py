"""The status of backups, and a target with its generations: read from what is fresh; decisions take a reason."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone

from mitasu.errors import MitasuError
from mitasu.server.accounts.models import Role
from mitasu.server.continuity.deciding import decided
from mitasu.server.continuity.forgetting import may_forget
from mitasu.server.continuity.handing import handed_over
from mitasu.server.continuity.health import health_of, healths
from mitasu.server.continuity.limits import LIMITS
from mitasu.server.continuity.models.backups import Look, RestoreDrill, Run, Schedule, State, Target
from mitasu.server.continuity.offline import removable
from mitasu.server.continuity.proving import WEEK
from mitasu.server.continuity.status import SIGNS, WORDS, Light, alarms, light
from mitasu.server.ledger.audit import audit_request
from mitasu.server.ledger.fold import known
from mitasu.server.ledger.models import Kind
from mitasu.server.ledger.pages import SiteRequest, site_page

SHOWN = 60
TABS = {
    "continuity": "いまのようす",
    "continuity-media": "取り外す媒体",
    "continuity-restores": "復元訓練",
    "continuity-setup": "設定",
}
LEAST = {"continuity": Role.VIEW, "continuity-setup": Role.ADMIN}


def page(request: SiteRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """A page of this part with the tabs that the role may open."""
    tabs = {name: label for name, label in TABS.items() if request.role >= LEAST.get(name, Role.APPROVE)}
    told = {"section": "continuity", "tabs": tabs, "may_approve": request.role >= Role.APPROVE}
    told["tab"] = request.resolver_match.url_name if request.resolver_match else ""
    return render(request, f"continuity/backups/{template}.html", {**told, **context}, status=status)


@site_page(Role.VIEW, to_change=Role.APPROVE)
def status(request: SiteRequest) -> HttpResponse:
    """The light and why; POST asks for a run of a target at the next round."""
    site, at = request.site, timezone.now()
    if request.method == "POST":
        name = request.POST.get("target", "")
        asked = Schedule.objects.filter(target__site=site, target__name=name).update(requested_at=at)
        if not asked:
            raise Http404("この保管先は見つかりません。")
        audit_request(request, "change", f"バックアップを求める：{name}")
        messages.success(request, "1分ほどのうちに始めます（画面が動いている間）。終わると、ここに出ます。")
        return redirect("continuity", site.slug)
    found = alarms(site, at)
    colour = light(site, at, found)
    proofs = [
        {
            "number": one.number,
            "title": one.body["title"],
            "last": one.last_day,
            "told": one.body["proof"]["told"],
        }
        for one in known(site).of(Kind.EVIDENCE)
        if one.body.get("proof", {}) and one.body["proof"].get("family")
    ]
    context = {
        "sign": SIGNS[colour],
        "word": WORDS[colour],
        "colour": colour,
        "alarms": [(SIGNS[one.light], one) for one in found],
        "healths": healths(site, at),
        "media": removable(site),
        "drill": RestoreDrill.objects.filter(site=site)
        .exclude(released_at=None)
        .order_by("-released_at")
        .first(),
        "look": Look.objects.filter(site=site).first(),
        "proofs": proofs,
        "set_up": colour != Light.GREY,
        "admin": request.role >= Role.ADMIN,
    }
    return page(request, "status", context)


class Decision(forms.Form):
    """What a person says of a copy that did not count."""

    number = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    accept = forms.ChoiceField(
        label="この写しを", choices=[("yes", "受け入れる"), ("no", "捨てる")], widget=forms.RadioSelect
    )
    reason = forms.CharField(
        label="理由", max_length=500, help_text="例：画像を一度に取り込んだ日。記録に残ります。"
    )


@site_page(Role.APPROVE, to_change=Role.APPROVE)
def target(request: SiteRequest, name: str) -> HttpResponse:
    """A target: what counts there, what was proved and what that does not show; POST decides on a copy."""
    site, at = request.site, timezone.now()
    found = Target.objects.filter(site=site, name=name).first()
    if found is None:
        raise Http404("この保管先は見つかりません。")
    form = Decision(request.POST) if request.method == "POST" else None
    if form is not None and form.is_valid():
        generation = found.generations.filter(number=form.cleaned_data["number"]).first()
        if generation is None:
            raise Http404("この世代は見つかりません。")
        try:
            decided(
                generation,
                form.cleaned_data["accept"] == "yes",
                form.cleaned_data["reason"],
                at,
                request.user,
            )
        except MitasuError as error:
            form.add_error(None, str(error))
        else:
            audit_request(request, "change", f"{name} の世代{generation.number}を決める")
            handed_over(site, at, by=request.user, via="web")
            messages.success(request, f"世代{generation.number}について記録しました。")
            return redirect("continuity-target", site.slug, name)
    now = health_of(found, at)
    generations = list(found.generations.select_related("medium", "decided_by").order_by("-number")[:SHOWN])
    open_ = [
        one
        for one in generations
        if one.state != State.ACCEPTED and not one.decided_at and not one.forgotten_at
    ]
    context = {
        "target": found,
        "health": now,
        "generations": generations,
        "decisions": [
            (one, form if form is not None and form.data.get("number") == str(one.number) else Decision(
                initial={"number": one.number}, auto_id=f"id_{one.number}_%s"
            ))
            for one in open_
        ],
        "parts": [(part, now.parts_read.get(part)) for part in range(1, WEEK + 1)],
        "canary": now.canary,
        "limits": [limit for kind in ("generation", "slice", "sample", "full", "canary") for limit in LIMITS[kind]],
        "may_forget": [one.number for one in may_forget(found)],
        "runs": Run.objects.filter(target=found).order_by("-pk")[:10],
    }  # fmt: skip
    return page(request, "target", context, status=400 if form is not None else 200)


urlpatterns = [
    path("s/<slug:site>/continuity/", status, name="continuity"),
    path("s/<slug:site>/continuity/targets/<slug:name>/", target, name="continuity-target"),
]
