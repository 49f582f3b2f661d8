"""Work for many sites at once: one task for each of the sites that the matrix shows, and their posters in one file."""

from __future__ import annotations

import hashlib
import io
import zipfile
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse

from mitasu.errors import MitasuError, UsageError
from mitasu.server.accounts.fresh import fresh_sign_in
from mitasu.server.accounts.models import Membership, Role
from mitasu.server.downloads import download
from mitasu.server.forms import DayField
from mitasu.server.ledger.audit import audit, audit_request
from mitasu.server.ledger.law import rulebook
from mitasu.server.sites.matrix import Matrix, matrix_of
from mitasu.server.sites.models import Task
from mitasu.server.sites.views.postings import poster


class TaskForm(forms.Form):
    """The task that each of the sites gets."""

    title = forms.CharField(
        label="すること", max_length=300, help_text="例：マイナ保険証利用率の通知を取り込む"
    )
    addition = forms.ChoiceField(label="加算", required=False)
    due = DayField(label="期限", required=False)
    note = forms.CharField(
        label="覚え書き", required=False, max_length=2000, widget=forms.Textarea({"rows": 3})
    )
    mine = forms.BooleanField(label="自分を担当にする", required=False)

    def __init__(self, found: Matrix, data: Any = None) -> None:
        super().__init__(data)
        choices: Any = self.fields["addition"]
        choices.choices = [("", "なし"), *((id_, rulebook().titles[id_]) for id_ in found.offered)]

    @property
    def key(self) -> str:
        """The same task given twice is one task."""
        said = [self.cleaned_data[name] for name in ("title", "addition", "due")]
        return f"bulk/{hashlib.sha256(repr(said).encode()).hexdigest()[:16]}"


@login_required
def bulk(request: HttpRequest) -> HttpResponse:
    """What can be done for all the sites that the address chooses."""
    choice, found = matrix_of(request)
    form = TaskForm(found, request.POST if request.method == "POST" else None)
    writable = _writable(request.user)
    able = [line.site for line in found.lines if line.site.pk in writable]
    if request.method == "POST" and form.is_valid():
        if choice.errors:
            form.add_error(None, "施設を選ぶ条件に読めないものがあります。表に戻って直してください。")
        elif not able:
            form.add_error(None, "入力できる役割の施設がありません。施設の管理者に役割を頼んでください。")
        else:
            made = _given(request, form, able)
            told = f"{len(able)}施設に「{form.cleaned_data['title']}」を渡しました。"
            if made < len(able):
                told += f"うち{len(able) - made}施設には同じものがもうありました。"
            messages.success(request, told)
            return redirect(f"{reverse('matrix')}?{request.GET.urlencode()}")
    context = {
        "form": form,
        "choice": choice,
        "matrix": found,
        "able": able,
        "unable": [line.site for line in found.lines if line.site.pk not in writable],
        "chosen": request.GET.urlencode(),
    }
    if request.method == "GET":
        audit_request(request, "view", f"まとめて行う（{len(found.lines)}施設）")
    return render(request, "sites/bulk.html", context, status=400 if form.errors else 200)


def _writable(user: Any) -> set[int]:
    """The sites at which the user may enter things."""
    found = Membership.objects.filter(user=user, role__gte=Role.ENTER, site__closed=False)
    return set(found.values_list("site_id", flat=True))


def _given(request: HttpRequest, form: TaskForm, sites: list[Any]) -> int:
    """Makes the task at every site that has not got it; how many."""
    said = form.cleaned_data
    owner: Any = request.user if said["mine"] else None
    with transaction.atomic():
        there = set(
            Task.objects.filter(key=form.key, site__in=[site.pk for site in sites]).values_list(
                "site_id", flat=True
            )
        )
        new = [
            Task(
                site=site,
                key=form.key,
                title=said["title"],
                note=said["note"],
                addition=said["addition"],
                due=said["due"],
                owner=owner,
                made_by=request.user,  # type: ignore[misc]
            )
            for site in sites
            if site.pk not in there
        ]
        Task.objects.bulk_create(new, ignore_conflicts=True)
        for task in new:
            audit(
                "change",
                f"まとめて渡す：{said['title']}",
                user=request.user,
                site=task.site,
                address=request.META.get("REMOTE_ADDR", ""),
            )
    return len(new)


@login_required
@fresh_sign_in
def posters_export(request: HttpRequest) -> HttpResponse:
    """The posters of all the sites that the address chooses, in one zip file; what could not be made is listed in it."""
    choice, found = matrix_of(request)
    make = poster("A4")
    if choice.errors:
        raise UsageError("施設を選ぶ条件に読めないものがあります。表に戻って直してください。")
    if not found.lines:
        raise UsageError("条件に合う施設がありません。")
    written, failed = io.BytesIO(), []
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as packed:
        for line in found.lines:
            try:
                packed.writestr(f"{line.site.slug}.pdf", make(line.site, found.on))
            except MitasuError as error:
                failed.append(f"{line.site.name}（{line.site.slug}）：{error}")
        if failed:
            packed.writestr("作れなかった施設.txt", "\ufeff" + "\r\n".join(failed) + "\r\n")
    audit_request(request, "export", f"掲示をまとめて（{len(found.lines)}施設）")
    return download(written.getvalue(), "application/zip", f"掲示-{found.on.isoformat()}.zip")


urlpatterns = [
    path("sites/bulk/", bulk, name="bulk"),
    path("sites/posters/", posters_export, name="posters-export"),
]
