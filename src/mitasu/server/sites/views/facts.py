"""Facts: everything that is known of a site, and one fact's book with the forms to enter and to take back."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone

from mitasu.dates import month_of
from mitasu.errors import InputError, MitasuError
from mitasu.judge.interview import FILINGS
from mitasu.rulebook.catalogue import Entry
from mitasu.server.accounts.models import Role
from mitasu.server.forms import CountField, DayField, MonthField
from mitasu.server.ledger.append import Draft, append
from mitasu.server.ledger.fold import Known
from mitasu.server.ledger.law import rulebook
from mitasu.server.ledger.models import Kind
from mitasu.server.ledger.pages import SiteRequest, site_page
from mitasu.server.sites.asking_lists import staff_fields
from mitasu.server.sites.inputs import field_for, typed
from mitasu.server.sites.judging import known_of
from mitasu.server.sites.known import RECORD_OF, Line, book, concerning, lines, uses
from mitasu.server.sites.origins import person_text, value_text
from mitasu.server.sites.views.leaving import person_left
from mitasu.server.sites.views.questions import settle

SHOWN = {"": "すべて", "known": "分かっているもの", "unknown": "不明のもの", "unproved": "証拠のないもの"}


class Recording(forms.Form):
    """A value with its days and what shows it."""

    def __init__(self, data: Any, entry: Entry, known: Known) -> None:
        super().__init__(data)
        self.entry, self.known = entry, known
        match entry.kind:
            case "fact":
                self.fields["value"] = field_for(entry, label="値", required=True)
                self.fields["first"] = DayField(
                    label="いつから",
                    required=False,
                    help_text="例：R8.4.1。空欄なら始まりは分からない（ずっと前から）",
                )
                self.fields["last"] = DayField(
                    label="いつまで", required=False, help_text="空欄なら、変わるまで続く"
                )
            case "series":
                self.fields["month"] = MonthField(label="月")
                self.fields["value"] = field_for(entry, label="値", required=True)
            case "event":
                self.fields["first"] = DayField(label="行った日")
                for attribute in entry.attributes:
                    self.fields[f"at-{attribute.name}"] = field_for(attribute, required=False)
            case "role":
                for name, field in staff_fields(entry):
                    self.fields[f"at-{name}"] = field
                self.fields["first"] = DayField(label="いつから", required=False)
        if entry.kind in ("fact", "series", "event"):
            self.fields["evidence"] = CountField(
                label="証拠の番号",
                required=False,
                help_text="証拠台帳の番号。証拠の期限が切れると、この値も不明に戻ります。",
            )
        if entry.kind in ("fact", "event"):
            self.fields["proof"] = forms.CharField(
                label="証拠の説明",
                required=False,
                max_length=200,
                help_text="台帳に入れていない控えなど。例：掲示の写真",
            )

    def clean_evidence(self) -> int | None:
        """The number of evidence that is in the ledger."""
        number: int | None = self.cleaned_data["evidence"]
        if number is not None:
            found = self.known.entries.get(number)
            if found is None or found.kind != Kind.EVIDENCE:
                raise forms.ValidationError(
                    f"証拠{number}は台帳にありません。証拠台帳で番号を確かめてください。"
                )
        return number

    def clean(self) -> dict[str, Any]:
        """The days in order."""
        found = super().clean() or {}
        first, last = found.get("first"), found.get("last")
        if first and last and last < first:
            self.add_error("last", "終わりの日が始まりの日より前です。入れ替えてください。")
        today = timezone.localdate()
        if self.entry.kind == "event" and first and first > today:
            self.add_error("first", "今日より後の日です。行ってから、その日を記録してください。")
        month = found.get("month")
        if month and month > month_of(today):
            self.add_error("month", "まだ来ていない月です。年と月を確かめてください。")
        return found

    def drafts(self) -> list[Draft]:
        """The entries that it becomes."""
        data, entry = self.cleaned_data, self.entry
        proof = {"proof": data["proof"]} if data.get("proof") else {}
        told = {name[3:]: typed(value) for name, value in data.items() if name.startswith("at-")}
        told = {name: value for name, value in told.items() if value not in (None, "")}
        match entry.kind:
            case "fact":
                body = {"value": typed(data["value"]), **proof}
                return [Draft(Kind.FACT, entry.id, body, data["first"], data["last"], proof=data["evidence"])]
            case "series":
                body = {"month": data["month"], "value": typed(data["value"])}
                return [Draft(Kind.SERIES, entry.id, body, proof=data["evidence"])]
            case "event":
                day: date = data["first"]
                body = {"on": day.isoformat(), **told, **proof}
                listing = self._listing(f"events.{entry.id}")
                return [*listing, Draft(Kind.EVENT, entry.id, body, day, day, proof=data["evidence"])]
        body = {"role": entry.id, **told, **({"from": data["first"].isoformat()} if data["first"] else {})}
        return [Draft(Kind.PERSON, entry.id, body)]

    def _listing(self, subject: str) -> list[Draft]:
        """That the list is there, where nothing said so yet."""
        there = any(row.subject == subject for row in self.known.of(Kind.LISTING))
        return [] if there else [Draft(Kind.LISTING, subject)]


class Retracting(forms.Form):
    """Taking an entry back, with the reason."""

    number = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label="取り消す理由", max_length=300, help_text="例：入力まちがい。取り消しても記録は残ります。"
    )


@site_page(Role.VIEW)
def facts(request: SiteRequest) -> HttpResponse:
    """Everything that is known, by group."""
    words, shown = request.GET.get("q", ""), request.GET.get("show", "")
    known, today = known_of(request.site), timezone.localdate()
    groups = lines(request.site, known, today, words)
    groups = {
        label: found
        for label, rows in groups.items()
        if (found := [row for row in rows if _shown(row, shown)])
    }
    people = [
        (entry, person_text(entry.body), rulebook().catalogue.get(str(entry.body["role"])))
        for entry in known.of(Kind.PERSON)
    ]
    context = {
        "groups": groups,
        "count": sum(map(len, groups.values())),
        "q": words,
        "show": shown if shown in SHOWN else "",
        "choices": SHOWN,
        "people": [row for row in people if not row[0].body.get("to")],
        "may_enter": request.role >= Role.ENTER,
    }
    return render(request, "sites/facts/list.html", context)


def _shown(line: Line, choice: str) -> bool:
    match choice:
        case "known":
            return line.known
        case "unknown":
            return not line.known
        case "unproved":
            return line.known and line.entry.kind == "fact" and not line.proof and not line.evidence
    return True


@site_page(Role.VIEW)
def fact(request: SiteRequest, fact: str) -> HttpResponse:
    """One fact: its book, and the forms to enter a value and to take one back."""
    entry = next((one for one in concerning(request.site) if one.id == fact), None)
    if entry is None:
        raise Http404("この事実はありません。")
    known = known_of(request.site)
    recording = None if entry is FILINGS else Recording(None, entry, known)
    retracting = Retracting()
    if request.method == "POST" and request.POST.get("do") == "retract":
        retracting = Retracting(request.POST)
        if retracting.is_valid() and _retract(request, entry, known, retracting):
            return redirect("fact", request.site.slug, entry.id)
    elif request.method == "POST" and recording is not None:
        recording = Recording(request.POST, entry, known)
        if recording.is_valid() and _record(request, recording):
            return redirect("fact", request.site.slug, entry.id)
    wrong = bool(retracting.errors or (recording is not None and recording.errors))
    context = {
        "entry": entry,
        "section": "facts",
        "recording": recording,
        "retracting": retracting,
        "taken_back": retracting.data.get("number", ""),
        "book": book(request.site, entry, known),
        "line": next(
            one
            for rows in lines(request.site, known, timezone.localdate()).values()
            for one in rows
            if one.entry is entry
        ),
        "stretches": [(one, value_text(one.value, entry)) for one in reversed(known.facts.get(entry.id, []))],
        "uses": uses(entry, request.site.sector),
        "may_enter": request.role >= Role.ENTER,
        "may_confirm": request.role >= Role.APPROVE,
        "people_unlisted": entry.kind == "role"
        and not any(row.subject == "people" for row in known.of(Kind.LISTING)),
    }
    return render(request, "sites/facts/fact.html", context, status=400 if wrong else 200)


def _record(request: SiteRequest, form: Recording) -> bool:
    try:
        made = append(request.site, form.drafts(), by=request.user)
    except MitasuError as error:
        _refused(form, error)
        return False
    settle(request.site, form.entry.id)
    messages.success(request, f"記録{made[-1].number}として記録しました：{form.entry.label}")
    return True


def _retract(request: SiteRequest, entry: Entry, known: Known, form: Retracting) -> bool:
    number = form.cleaned_data["number"]
    found = known.entries.get(number)
    if (
        found is None
        or found.kind != RECORD_OF[entry.kind]
        or (entry is not FILINGS and found.subject != entry.id)
    ):
        form.add_error(
            None,
            f"記録{number}は、もう取り消されているか、この事実の記録ではありません。下の一覧を見てください。",
        )
        return False
    draft = Draft(Kind.RETRACTION, found.subject, {"reason": form.cleaned_data["reason"]}, replaces=number)
    try:
        append(request.site, [draft], by=request.user)
    except MitasuError as error:
        _refused(form, error)
        return False
    messages.success(request, f"記録{number}を取り消しました。記録そのものは残っています。")
    return True


def _refused(form: forms.Form, error: MitasuError) -> None:
    """What the core refused becomes errors of the form."""
    for problem in error.problems if isinstance(error, InputError) else (error,):
        form.add_error(None, str(problem))


urlpatterns = [
    path("s/<slug:site>/facts/", facts, name="facts"),
    path("s/<slug:site>/facts/<slug:fact>/", fact, name="fact"),
    path("s/<slug:site>/people/<int:number>/left/", person_left, name="person-left"),
]
