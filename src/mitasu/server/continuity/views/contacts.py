"""The contact tree: the rows that count, editing them as a whole, the sheet for paper."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone

from mitasu.server.accounts.fresh import fresh_sign_in
from mitasu.server.accounts.models import Role
from mitasu.server.continuity.models.plans import ContactTree
from mitasu.server.continuity.plans import contacts
from mitasu.server.continuity.views.bcp import page, pdf_answer, tried
from mitasu.server.forms import DayField
from mitasu.server.ledger.pages import SiteRequest, site_page

TAB = "bcp-contacts"
SPARE = 5


class ContactsForm(forms.Form):
    """The rows in order, with spare ones at the end; `checked_on`: when the numbers were checked."""

    checked_on = DayField(label="番号を確かめた日")

    def __init__(self, rows: list[dict[str, str]], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        given = [key for key in (self.data or {}) if key.startswith("role-")]
        self.count = min(max(len(given), len(rows) + (0 if given else SPARE)), contacts.MOST)
        for index in range(1, self.count + 1):
            row = rows[index - 1] if index <= len(rows) else {}
            order = forms.IntegerField(
                label=f"{index}件目の順番", required=False, min_value=1, max_value=999, initial=index
            )
            self.fields[f"order-{index}"] = order
            for key, label in (
                ("role", "役割"),
                ("name", "名前"),
                ("telephone", "電話番号"),
                ("note", "備考"),
            ):
                self.fields[f"{key}-{index}"] = forms.CharField(
                    label=f"{index}件目の{label}", required=False, max_length=200, initial=row.get(key, "")
                )

    @property
    def lines(self) -> list[list[Any]]:
        """The bound fields row by row."""
        return [
            [self[f"{key}-{index}"] for key in ("order", *contacts.KEYS)]
            for index in range(1, self.count + 1)
        ]

    def rows(self) -> list[dict[str, str]]:
        """What was filled in, in the order that was given."""
        said = self.cleaned_data
        found = [
            (said.get(f"order-{index}") or 999, index, {key: said[f"{key}-{index}"] for key in contacts.KEYS})
            for index in range(1, self.count + 1)
        ]
        return [row for _, _, row in sorted(found, key=lambda one: one[:2])]


@site_page(Role.VIEW)
def contact_tree(request: SiteRequest) -> HttpResponse:
    """The tree that counts, and the versions before."""
    today, tree = timezone.localdate(), contacts.latest(request.site)
    versions = ContactTree.objects.filter(site=request.site).order_by("-number")
    context = {"tree": tree, "versions": versions, "stale": contacts.stale(tree, today)}
    return page(request, "contacts", TAB, context)


@site_page(Role.ENTER)
def contacts_edit(request: SiteRequest) -> HttpResponse:
    """All rows at once; saving them unchanged records that they were checked."""
    today, tree = timezone.localdate(), contacts.latest(request.site)
    form = ContactsForm(tree.rows if tree else [], request.POST or None, initial={"checked_on": today})

    def act() -> ContactTree:
        said = form.cleaned_data
        return contacts.save(request.site, form.rows(), said["checked_on"], today=today, by=request.user)

    if request.method == "POST":
        saved = tried(form, act)
        if saved is not None:
            messages.success(
                request, f"連絡網第{saved.number}版を保存しました。紙の写しを差し替えてください。"
            )
            return redirect("bcp-contacts", request.site.slug)
    return page(
        request, "contacts_edit", TAB, {"form": form, "tree": tree}, status=400 if form.is_bound else 200
    )


@site_page(Role.VIEW)
@fresh_sign_in
def contacts_pdf(request: SiteRequest) -> HttpResponse:
    """The sheet for paper."""
    tree = contacts.latest(request.site)
    if tree is None:
        raise Http404("連絡網がまだありません。")
    name = f"非常時の連絡網_第{tree.number}版_{request.site.name}.pdf"
    return pdf_answer(request, contacts.tree_pdf(tree), name)


BASE = "s/<slug:site>/continuity/bcp/contacts/"
urlpatterns = [
    path(BASE, contact_tree, name="bcp-contacts"),
    path(f"{BASE}edit/", contacts_edit, name="bcp-contacts-edit"),
    path(f"{BASE}pdf/", contacts_pdf, name="bcp-contacts-pdf"),
]
