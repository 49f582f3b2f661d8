"""The interview: one question a page, with the running verdict. わからない and あとで are always accepted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone

from mitasu.errors import InputError, MitasuError
from mitasu.judge.interview import FILINGS, Ask, asks
from mitasu.judge.judgement import Answer, Judgement
from mitasu.judge.marks import answer_sentence, shown_first
from mitasu.server.accounts.models import Role, Site
from mitasu.server.ledger.append import append
from mitasu.server.ledger.law import rulebook
from mitasu.server.ledger.pages import SiteRequest, site_page
from mitasu.server.sites.asking import MORE, MOST_ROWS, question_for
from mitasu.server.sites.asking_lists import roles
from mitasu.server.sites.judging import answer_of, institution_of, known_of
from mitasu.server.sites.models import Skip, Task
from mitasu.server.sites.question import ROWS, Question

PLACES = {"filings": 0, "event": 2, "role": 2}
"""What was filed comes first: most other questions need not be asked of what was never filed. The lists of events and
people come last: they take longest, and what is answered before may make them needless."""
FILE_WORDS = "（一度もなければ空の一覧を書く）"


@dataclass(frozen=True, slots=True)
class Interview:
    """What is asked of a site today: what is open, what was put off, and the answer so far."""

    answer: Answer
    open: tuple[Ask, ...]
    put_off: tuple[tuple[Ask, Skip], ...]

    def ask(self, id_: str) -> Ask | None:
        """The question of that id, whether put off or not."""
        return next((one for one in (*self.open, *(ask for ask, _ in self.put_off)) if one.id == id_), None)


def interview(site: Site) -> Interview:
    """What is asked of a site today."""
    answer = answer_of(site, timezone.localdate())
    skips = {skip.question: skip for skip in Skip.objects.filter(site=site)}
    found = [_worded(one) for one in asks(answer, rulebook())]
    found.sort(key=lambda one: PLACES.get(one.entry.kind, 1))
    return Interview(
        answer,
        tuple(one for one in found if one.id not in skips),
        tuple((one, skips[one.id]) for one in found if one.id in skips),
    )


def _worded(ask: Ask) -> Ask:
    """A question without what is said for writers of institution files."""
    return replace(ask, question=ask.question.replace(FILE_WORDS, ""))


def settle(site: Site, id_: str) -> None:
    """A question that was answered is no longer put off, and the task to find out is done."""
    Skip.objects.filter(site=site, question=id_).delete()
    Task.objects.filter(site=site, key=f"ask:{id_}", state=Task.State.OPEN).update(
        state=Task.State.DONE, done_at=timezone.now()
    )


@site_page(Role.VIEW)
def questions(request: SiteRequest) -> HttpResponse:
    """To the first open question; where none is left, the verdict and what is still open."""
    now = interview(request.site)
    if now.open:
        return redirect("question", request.site.slug, now.open[0].id)
    return render(request, "sites/questions/done.html", _around(now) | {"undecided": _undecided(now)})


def _undecided(now: Interview) -> list[tuple[Judgement, list[tuple[str, str]]]]:
    """The additions that are still open, with their questions; the fewest first."""
    asked = {ask.id: ask.question for ask, _ in now.put_off}
    found = []
    for judgement in now.answer.judgements:
        lines = [(id_, asked[id_]) for id_ in judgement.unknown if id_ in asked]
        if judgement.unknown:
            found.append((judgement, lines))
    return sorted(found, key=lambda one: (len(one[1]) or 99, one[0].title))


def _around(now: Interview) -> dict[str, Any]:
    return {
        "section": "questions",
        "sentence": answer_sentence(now.answer),
        "judgements": shown_first(now.answer.judgements),
        "left": len(now.open),
        "put_off": now.put_off,
    }


@site_page(Role.VIEW)
def question(request: SiteRequest, question: str) -> HttpResponse:
    """One question."""
    site, now = request.site, interview(request.site)
    ask = now.ask(question)
    if ask is None:
        entry = FILINGS if question == FILINGS.id else rulebook().catalogue.get(question)
        return render(
            request,
            "sites/questions/not_asked.html",
            {**_around(now), "entry": entry, "id": question},
            status=200 if entry else 404,
        )
    known, institution = known_of(site), institution_of(site)
    answer = request.POST.get("answer", "")
    rows = _rows(request.POST.get("rows", ""))
    if request.method == "POST" and answer in ("unknown", "later"):
        _put_off(request, ask, now, unknown=answer == "unknown")
        return redirect("questions", site.slug)
    if request.method == "POST" and answer == "more":
        form = question_for(ask, known, institution, None, min(rows + MORE, MOST_ROWS))
        form.initial = request.POST.dict()
    elif request.method == "POST":
        form = question_for(ask, known, institution, request.POST, rows)
        if _answered(form, answer) and _saved(request, form, answer):
            messages.success(request, f"記録しました：{ask.entry.label}")
            return redirect("questions", site.slug)
    else:
        form = question_for(ask, known, institution, None, rows)
    context = _around(now) | {
        "ask": ask,
        "form": form,
        "may_answer": request.role >= Role.ENTER,
        "put_off": [(one, skip) for one, skip in now.put_off if one.id != ask.id],
    }
    return render(request, "sites/questions/question.html", context, status=400 if form.errors else 200)


def _rows(text: str) -> int:
    return min(max(int(text), 1), MOST_ROWS) if text.isascii() and text.isdigit() and len(text) < 4 else ROWS


def _answered(form: Question, answer: str) -> bool:
    """Whether the form holds an answer; says how to give one otherwise."""
    if form.yes_no and answer not in ("yes", "no"):
        form.full_clean()
        form.add_error(None, "はい・いいえ・わからない・あとで のどれかを選んでください。")
        return False
    return form.is_valid()


def _saved(request: SiteRequest, form: Question, answer: str) -> bool:
    """Appends what was answered; the core's refusals become errors of the form."""
    try:
        append(request.site, form.drafts(answer), by=request.user)
    except MitasuError as error:
        for problem in error.problems if isinstance(error, InputError) else (error,):
            form.add_error(None, str(problem))
        return False
    for id_ in _together(form.ask, form):
        settle(request.site, id_)
    return True


def _together(ask: Ask, form: Question) -> list[str]:
    """What one question asks for: the first list of people is asked for all roles at once."""
    first = ask.entry.kind == "role" and form.institution.people is None
    return [role.id for role in roles(form.institution.sector)] if first else [ask.id]


def _put_off(request: SiteRequest, ask: Ask, now: Interview, *, unknown: bool) -> None:
    form = question_for(ask, known_of(request.site), institution_of(request.site))
    for id_ in _together(ask, form):
        Skip.objects.update_or_create(
            site=request.site, question=id_, defaults={"unknown": unknown, "made_by_id": request.user.pk}
        )
    if unknown:
        decided = next((one.addition for one in now.answer.judgements if ask.id in one.unknown), "")
        Task.objects.update_or_create(
            site=request.site,
            key=f"ask:{ask.id}",
            defaults={"state": Task.State.OPEN, "done_at": None},
            create_defaults={
                "title": f"{ask.entry.label}を確かめる",
                "note": ask.question,
                "addition": decided,
                "source": "question",
                "made_by_id": request.user.pk,
            },
        )


urlpatterns = [
    path("s/<slug:site>/questions/", questions, name="questions"),
    path("s/<slug:site>/questions/<slug:question>/", question, name="question"),
]
