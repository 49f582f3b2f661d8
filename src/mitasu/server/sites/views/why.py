"""Why: the requirement tree of one addition, its history, what would change it; and the confirmation of entries."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from mitasu.dates import month_of as month_of_day
from mitasu.dates import months_between, shift_month
from mitasu.judge.amounts import by_kind, yen_each
from mitasu.judge.filings import filing_answers
from mitasu.judge.history import history
from mitasu.judge.judgement import Answer, Judgement
from mitasu.judge.marks import answer_sentence, mark
from mitasu.rulebook import ENCOUNTER_KINDS, GRADES
from mitasu.server.accounts.models import Role, Site
from mitasu.server.forms import DayField, MonthField
from mitasu.server.ledger.append import DECIDING, Draft, append
from mitasu.server.ledger.law import judge, rulebook
from mitasu.server.ledger.models import Kind
from mitasu.server.ledger.pages import SiteRequest, site_page
from mitasu.server.sites.charts import band_chart, run_words, status_of
from mitasu.server.sites.inputs import MomentField
from mitasu.server.sites.judging import answer_of, institution_of, known_of
from mitasu.server.sites.origins import confirmations_of, filing_text
from mitasu.server.sites.outlook import filings_of, improvements_of, visits_of
from mitasu.server.sites.why import citation, clauses, ways

TABS = {"why": "根拠", "history": "履歴", "filings": "届出", "income": "収入"}
MONTHS = 24
MOST_MONTHS = 120


class When(forms.Form):
    """Which day is judged, and by what was known when."""

    on = DayField(label="判定する日", required=False, help_text="空欄なら今日。例：R8.12.1")
    known_at = MomentField(
        label="いつまでの記録で", required=False, help_text="空欄なら今の記録。例：R8.11.22、2026-11-22 14:05"
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for field in self.fields.values():
            field.widget.attrs["class"] = "short"


class Months(forms.Form):
    """The months of a history."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["from"] = MonthField(label="最初の月", required=False)
        self.fields["to"] = MonthField(label="最後の月", required=False)

    def clean(self) -> dict[str, Any]:
        """The months in order, and not more than can be shown."""
        found = super().clean() or {}
        first, last = found.get("from"), found.get("to")
        if first and last and first > last:
            self.add_error("from", "最初の月が最後の月より後です。入れ替えてください。")
        elif first and last and len(months_between(first, last)) > MOST_MONTHS:
            self.add_error("from", f"一度に見られるのは{MOST_MONTHS}か月までです。範囲を狭めてください。")
        return found


@site_page(Role.VIEW)
def why(request: SiteRequest, addition: str) -> HttpResponse:
    """One addition of a site on a day, in four parts."""
    if addition not in rulebook().additions:
        raise Http404("この加算はありません。")
    tab = request.GET.get("tab", "why")
    when = When(request.GET)
    context: dict[str, Any] = {
        "addition": addition,
        "title": rulebook().addition(addition).title_in(request.site.sector),
        "tab": tab if tab in TABS else "why",
        "tabs": TABS,
        "when": when,
        "may_confirm": request.role >= Role.APPROVE,
        "may_enter": request.role >= Role.ENTER,
    }
    if not when.is_valid():
        return render(request, "sites/why/page.html", context, status=400)
    on = when.cleaned_data["on"] or timezone.localdate()
    known_at = when.cleaned_data["known_at"]
    known = known_of(request.site, known_at)
    context |= {"on": on, "known_at": known_at, "plain_address": request.path}
    if known.last(Kind.INSTITUTION) is None:
        when.add_error(
            "known_at", "この時点では、施設がまだ登録されていません。もっと後の日時にしてください。"
        )
        return render(request, "sites/why/page.html", context, status=400)
    answer = answer_of(request.site, on, known_at)
    judgement = answer.of(addition)
    context |= {"answer": answer, "judgement": judgement, "sentence": answer_sentence(answer)}
    if request.GET.get("format") == "text":
        context |= _tree(answer, judgement, known) | {"judgement_mark": str(mark(judgement))}
        response = render(request, "sites/why/page.txt", context, content_type="text/plain; charset=utf-8")
        response["Content-Disposition"] = f'inline; filename="{addition}-{on.isoformat()}.txt"'
        return response
    match context["tab"]:
        case "history":
            context |= _history(request, addition, on, known_at)
        case "filings":
            context |= _filings(request.site, addition, on, known_at, known)
        case "income":
            context |= _income(request.site, judgement, on)
        case _:
            context |= _tree(answer, judgement, known)
    return render(request, "sites/why/page.html", context)


def _tree(answer: Answer, judgement: Judgement, known: Any) -> dict[str, Any]:
    state = judgement.state
    found: dict[str, Any] = {"clauses": [], "reminders": rulebook().addition(judgement.addition).reminders}
    if state is None or state.period is None:
        return found
    period = state.period
    cite = period.cite or rulebook().addition(judgement.addition).cite
    found |= {
        "period": period,
        "period_grade": GRADES[period.grade],
        "period_cited": [citation(one) for one in cite],
    }
    if judgement.status in ("not_applicable", "not_in_force"):
        return found
    catalogue = rulebook().catalogue
    return found | {
        "clauses": clauses(answer, judgement, known),
        "ways": ways(answer, judgement),
        "level": judgement.levels[judgement.reported or 0][0].level.level,
        "grade": f"{judgement.grade}（{GRADES[judgement.grade]}）",
        "unknown": [
            (id_, entry.label if (entry := catalogue.get(id_)) else "届出の一覧") for id_ in judgement.unknown
        ],
    }


def _history(request: SiteRequest, addition: str, on: date, known_at: datetime | None) -> dict[str, Any]:
    form = Months(request.GET)
    if not form.is_valid():
        return {"months": form}
    last = form.cleaned_data["to"] or month_of_day(on)
    first = form.cleaned_data["from"] or shift_month(last, 1 - MONTHS)
    if first > last or len(months_between(first, last)) > MOST_MONTHS:
        form.add_error("from", f"最初の月は最後の月より前、{MOST_MONTHS}か月以内にしてください。")
        return {"months": form}
    found = history(judge(), institution_of(request.site, known_at), addition, first, last)
    rows = [(run, status_of(run)[0], run_words(run)) for run in found.runs]
    return {
        "months": form,
        "chart": band_chart(found.runs, first, last),
        "rows": rows,
        "first": first,
        "last": last,
    }


def _filings(site: Site, addition: str, on: date, known_at: datetime | None, known: Any) -> dict[str, Any]:
    found = (
        filings_of(site, on)
        if known_at is None
        else filing_answers(judge(), institution_of(site, known_at), on)
    )
    rows = [entry for entry in known.of(Kind.FILING) if entry.body.get("item") == addition]
    return {
        "filing": next((one for one in found if one.addition == addition), None),
        "filed": [(entry, filing_text(entry.body)) for entry in reversed(rows)],
    }


def _income(site: Site, judgement: Judgement, on: date) -> dict[str, Any]:
    """Points by visits of the profile; of several amounts for a kind the least counts."""
    visits, sector = visits_of(site), site.sector
    kinds = rulebook().addition(judgement.addition).billing.encounters.get(sector, ())
    pay = judgement.yen if judgement.pays_yen else judgement.points
    rows, total = [], None
    for kind, amounts in by_kind(pay, kinds).items():
        number = visits.get(kind)
        amount = None if number is None else amounts[0] * yen_each(sector) * number
        total = (total or 0) + amount if amount is not None else total
        rows.append({"kind": ENCOUNTER_KINDS[kind], "amounts": amounts, "visits": number, "yen": amount})
    return {
        "income": rows,
        "total": total,
        "year": None if total is None else 12 * total,
        "unit": "円" if judgement.pays_yen else "点",
        "each": yen_each(sector),
        "visits": visits,
        "gains": [one for one in improvements_of(site, on) if one.addition == judgement.addition],
    }


@site_page(Role.VIEW, to_change=Role.APPROVE)
@require_POST
def confirm(request: SiteRequest, number: int) -> HttpResponse:
    """Records that someone with 承認 has confirmed an entry."""
    known = known_of(request.site)
    entry = known.entries.get(number)
    if entry is None or entry.kind not in DECIDING:
        messages.error(
            request, f"記録{number}は、取り消されたか、承認するものではありません。新しい記録を見てください。"
        )
    elif any(one.recorded_by_id == request.user.pk for one in confirmations_of(known).get(number, ())):
        messages.info(request, f"記録{number}は、もう承認してあります。")
    else:
        append(
            request.site,
            [Draft(Kind.CONFIRMATION, entry.subject, {"confirms": number, "digest": entry.digest})],
            by=request.user,
        )
        messages.success(request, f"記録{number}を承認しました。")
    after = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(after, {request.get_host()}, request.is_secure()):
        return redirect("site-home", request.site.slug)
    return redirect(after)


urlpatterns = [
    path("s/<slug:site>/additions/<slug:addition>/", why, name="why"),
    path("s/<slug:site>/entries/<int:number>/confirm/", confirm, name="confirm-entry"),
]
