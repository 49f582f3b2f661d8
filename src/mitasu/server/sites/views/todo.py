"""To-do: what a site has to do by which day, who sees to it, the page for the office wall, and calendar links."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone

from mitasu.server.accounts.models import CalendarLink, Membership, Role, Site
from mitasu.server.forms import CountField, DayField
from mitasu.server.ledger.append import Draft, append
from mitasu.server.ledger.audit import audit_request
from mitasu.server.ledger.law import rulebook
from mitasu.server.ledger.models import Kind
from mitasu.server.ledger.pages import SiteRequest, site_page
from mitasu.server.sites.due import KINDS, OWN, Row, grouped, rows_of
from mitasu.server.sites.judging import known_of
from mitasu.server.sites.models import Task
from mitasu.server.sites.notices import inbox_of
from mitasu.server.sites.road import rules_version
from mitasu.server.sites.views import feed, notices

STATES = {"open": "まだ", "done": "済んだ", "dropped": "しない", "all": "すべて"}


def people_of(site: Site) -> list[Any]:
    """The people who may see to something at a site."""
    members = Membership.objects.select_related("user").filter(
        site=site, role__gte=Role.ENTER, user__is_active=True
    )
    return sorted((member.user for member in members), key=str)


# ---- the list ------------------------------------------------------------------------------------------


class Filters(forms.Form):
    """What to show; stands in the address."""

    owner = forms.ChoiceField(label="担当", required=False)
    addition = forms.ChoiceField(label="加算", required=False)
    kind = forms.ChoiceField(label="種類", required=False, choices=[("", "すべて"), *KINDS.items()])
    state = forms.ChoiceField(label="状態", required=False, choices=list(STATES.items()))

    def __init__(self, *args: Any, site: Site, rows: Iterable[Row], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = [(str(user.pk), str(user)) for user in people_of(site)]
        additions = sorted(
            {(row.addition, row.about) for row in rows if row.addition}, key=lambda one: one[1]
        )
        self.fields["owner"].choices = [("", "すべて"), ("me", "自分"), ("none", "決まっていない"), *people]  # type: ignore[attr-defined]  # a ChoiceField
        self.fields["addition"].choices = [("", "すべて"), *additions]  # type: ignore[attr-defined]  # a ChoiceField
        for field in self.fields.values():
            field.widget.attrs["class"] = "short"

    def chosen(self, rows: Iterable[Row], user: Any) -> list[Row]:
        """The rows that pass; what the address says wrongly is left out of account."""
        self.is_valid()
        asked = getattr(self, "cleaned_data", {})
        owner, state = asked.get("owner") or "", asked.get("state") or "open"
        wanted = {"": None, "me": user.pk, "none": None}.get(owner, owner)

        def passes(row: Row) -> bool:
            holder = row.owner.pk if row.owner else None
            return (
                (not owner or str(holder) == str(wanted))
                and (not asked.get("addition") or row.addition == asked["addition"])
                and (not asked.get("kind") or row.kind == asked["kind"])
                and (state == "all" or row.state == state)
            )

        return [row for row in rows if passes(row)]


def _listed(request: SiteRequest) -> dict[str, Any]:
    today = timezone.localdate()
    rows = rows_of(request.site, today)
    filters = Filters(request.GET, site=request.site, rows=rows)
    shown = filters.chosen(rows, request.user)
    return {
        "filters": filters,
        "groups": [
            (key, label, [(row, row.days_left(today)) for row in inside])
            for key, label, inside in grouped(shown, today)
        ],
        "count": len(shown),
        "narrowed": any(request.GET.get(name) for name in ("owner", "addition", "kind", "state")),
        "may_enter": request.role >= Role.ENTER,
        "section": "todo",
    }


@site_page(Role.VIEW)
def todo(request: SiteRequest) -> HttpResponse:
    """Everything to do, in groups by day."""
    context = _listed(request) | {
        "links": [link for link in _links(request.user) if link.site_id in (None, request.site.pk)],
        "unread": inbox_of(request.user).filter(read_at=None).count(),
    }
    return render(request, "sites/todo.html", context)


@site_page(Role.VIEW)
def todo_print(request: SiteRequest) -> HttpResponse:
    """The same on A4 for the wall."""
    audit_request(request, "export", "やること（印刷）")
    return render(request, "sites/todo_print.html", _listed(request) | {"version": rules_version()})


# ---- one thing -----------------------------------------------------------------------------------------


class TaskForm(forms.Form):
    """Who sees to it, whether it is done and what shows that."""

    owner = forms.ChoiceField(label="担当", required=False, widget=forms.Select({"class": "short"}))
    state = forms.ChoiceField(label="状態", choices=Task.State.choices, widget=forms.RadioSelect)
    proof = CountField(
        label="済んだことを示す証拠の番号", required=False, help_text="証拠台帳の番号。なくてもかまいません。"
    )
    note = forms.CharField(
        label="覚え書き", required=False, max_length=2000, widget=forms.Textarea({"rows": 4})
    )

    def __init__(self, *args: Any, site: Site, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.site, self.people = site, {str(user.pk): user for user in people_of(site)}
        people = [(key, str(user)) for key, user in self.people.items()]
        self.fields["owner"].choices = [("", "決めない"), *people]  # type: ignore[attr-defined]  # a ChoiceField

    def clean_proof(self) -> int | None:
        """Evidence of this site that counts."""
        number: int | None = self.cleaned_data["proof"]
        if number is None:
            return None
        if number not in {entry.number for entry in known_of(self.site).of(Kind.EVIDENCE)}:
            raise forms.ValidationError(
                f"証拠{number}は証拠台帳にありません（取り消されたものも含みません）。台帳の番号を確かめるか、空けてください。"
            )
        return number


class OwnTask(TaskForm):
    """Something that a person added."""

    title = forms.CharField(label="すること", max_length=300)
    due = DayField(label="期限", required=False)
    addition = forms.ChoiceField(label="どの加算のためか", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sector, book = self.site.sector, rulebook()
        choices = [(one.id, one.title_in(sector)) for one in book.additions.values() if sector in one.sectors]
        self.fields["addition"].choices = [("", "決めない"), *choices]  # type: ignore[attr-defined]  # a ChoiceField
        self.order_fields(["title", "due", "addition", "owner", "state", "proof", "note"])


def _form_of(row: Row, site: Site, data: Any = None) -> TaskForm:
    task = row.task
    start: dict[str, Any] = {"state": row.state, "proof": row.proof}
    if task is not None:
        start |= {"owner": str(task.owner_id or ""), "note": task.note}
    if task is not None and task.key.startswith(OWN):
        start |= {"title": task.title, "due": task.due, "addition": task.addition}
        return OwnTask(data, initial=start, site=site)
    return TaskForm(data, initial=start, site=site)


@site_page(Role.VIEW)
def task(request: SiteRequest) -> HttpResponse:
    """One thing to do: why, by when, who; POST says who sees to it, or that it is done."""
    today = timezone.localdate()
    key = request.GET.get("key", "")
    row = next((row for row in rows_of(request.site, today) if row.key == key), None)
    if row is None:
        raise Http404("この「やること」は見つかりません。")
    form = _form_of(row, request.site, request.POST or None)
    if request.method == "POST" and form.is_valid():
        _save(request, row, form)
        messages.success(request, f"「{row.title}」を記録しました。")
        return redirect("todo", request.site.slug)
    context = {
        "row": row,
        "days_left": row.days_left(today),
        "form": form,
        "sources": [rulebook().citation(cite) for cite in (row.deadline.sources if row.deadline else ())],
        "may_enter": request.role >= Role.ENTER,
        "section": "todo",
    }
    return render(request, "sites/task.html", context)


@transaction.atomic
def _save(request: SiteRequest, row: Row, form: TaskForm) -> None:
    typed = form.cleaned_data
    held = row.task or Task(site=request.site, key=row.key, source=row.kind[:20], made_by_id=request.user.pk)
    if row.deadline is not None:
        held.title, held.addition, held.due = row.title[:300], row.addition, row.deadline.day
    elif "title" in typed:
        held.title, held.addition, held.due = typed["title"], typed["addition"], typed["due"]
    _fill(held, form)
    if held.state == Task.State.DONE and typed["proof"] and typed["proof"] != row.proof:
        body = {"task": held.key, "title": held.title, "text": f"済んだ：{held.title}"}
        append(request.site, [Draft(Kind.NOTE, "task", body, proof=typed["proof"])], by=request.user)


def _fill(held: Task, form: TaskForm) -> None:
    typed = form.cleaned_data
    held.owner = form.people.get(typed["owner"])
    held.note = typed["note"]
    if typed["state"] == Task.State.DONE and held.state != Task.State.DONE:
        held.done_at = timezone.now()
    elif typed["state"] != Task.State.DONE:
        held.done_at = None
    held.state = typed["state"]
    held.save()


@site_page(Role.ENTER)
def task_new(request: SiteRequest) -> HttpResponse:
    """Adds something of one's own."""
    form = OwnTask(request.POST or None, initial={"state": Task.State.OPEN}, site=request.site)
    del form.fields["state"], form.fields["proof"]
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        made = Task(
            site=request.site,
            key=f"{OWN}{secrets.token_hex(8)}",
            title=typed["title"],
            due=typed["due"],
            addition=typed["addition"],
            source="task",
            made_by_id=request.user.pk,
        )
        form.cleaned_data |= {"state": Task.State.OPEN}
        _fill(made, form)
        messages.success(request, f"「{made.title}」を足しました。")
        return redirect("todo", request.site.slug)
    return render(request, "sites/task_new.html", {"form": form, "section": "todo"})


# ---- calendar links ------------------------------------------------------------------------------------


def _links(user: Any) -> QuerySet[CalendarLink]:
    """The addresses of a user that still count."""
    return CalendarLink.objects.select_related("site").filter(user=user, revoked_at=None)


@site_page(Role.VIEW, to_change=Role.VIEW)
def calendar_make(request: SiteRequest) -> HttpResponse:
    """Makes a secret address of one's own; it is shown this once."""
    if request.method != "POST":
        return redirect("todo", request.site.slug)
    here = request.POST.get("scope") != "all"
    discreet = request.POST.get("discreet") == "on"
    user: Any = request.user
    secret = CalendarLink.made(user, request.site if here else None, discreet=discreet)
    audit_request(request, "change", "カレンダーの購読アドレスを作る")
    address = request.build_absolute_uri(reverse("calendar-feed", args=[secret]))
    context = {"address": address, "here": here, "discreet": discreet, "section": "todo"}
    return render(request, "sites/calendar_made.html", context)


@site_page(Role.VIEW, to_change=Role.VIEW)
def calendar_revoke(request: SiteRequest) -> HttpResponse:
    """Ends a secret address of one's own at once."""
    if request.method == "POST":
        links = _links(request.user)
        number = request.POST.get("link", "")
        if (
            number.isascii()
            and number.isdigit()
            and links.filter(pk=number).update(revoked_at=timezone.now())
        ):
            audit_request(request, "change", "カレンダーの購読アドレスを止める")
            messages.success(request, "このアドレスを止めました。購読している予定表はもう新しくなりません。")
    return redirect("todo", request.site.slug)


urlpatterns = [
    path("s/<slug:site>/todo/", todo, name="todo"),
    path("s/<slug:site>/todo/print/", todo_print, name="todo-print"),
    path("s/<slug:site>/todo/task/", task, name="task"),
    path("s/<slug:site>/todo/new/", task_new, name="task-new"),
    path("s/<slug:site>/todo/calendar/", calendar_make, name="calendar-make"),
    path("s/<slug:site>/todo/calendar/stop/", calendar_revoke, name="calendar-revoke"),
    *feed.urlpatterns,
    *notices.urlpatterns,
]
