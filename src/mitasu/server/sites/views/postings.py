"""Postings: what has to be on the wall and the website, sentence by sentence; outputs, records and checks of a page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from urllib.parse import quote

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone

from mitasu.documents.page_text import page_text
from mitasu.documents.poster import (
    HEADING,
    Sheet,
    plain_text,
    poster_pdf,
    qr_code,
    rule_version,
    sheet_of,
    web_fragment,
)
from mitasu.errors import UsageError
from mitasu.judge.page_check import check
from mitasu.judge.postings import PostingSentence, standing
from mitasu.judge.serial_postings import check_to_dict
from mitasu.rulebook.postings import PLACES
from mitasu.server.accounts.fresh import fresh_sign_in
from mitasu.server.accounts.models import Role, Site
from mitasu.server.forms import DayField
from mitasu.server.ledger.append import Draft, append
from mitasu.server.ledger.audit import audit_request
from mitasu.server.ledger.documents import store
from mitasu.server.ledger.law import rulebook
from mitasu.server.ledger.models import Kind
from mitasu.server.ledger.pages import SiteRequest, site_page
from mitasu.server.sites.judging import institution_of, known_of
from mitasu.server.sites.outlook import next_month
from mitasu.server.sites.posting_state import (
    CHECKED,
    FILL,
    POSTED,
    PlaceDrift,
    digest_of,
    drifts,
    due_at,
    filled_of,
    outdated_of,
    postings_of,
)

WEBSITE = "website"
"""The blank that keeps the address of the website for the QR code."""


class Recorded(forms.Form):
    """掲示した: where and since when."""

    place = forms.ChoiceField(label="どこに", choices=list(PLACES.items()), widget=forms.RadioSelect)
    day = DayField(label="掲示した日")
    as_fact = forms.BooleanField(
        label="判定の事実（掲示している）にも記録する",
        required=False,
        initial=True,
        help_text="この記録を根拠に、掲示した日から「はい」にします。すでに「はい」の事実はそのままです。",
    )

    def clean_day(self) -> date:
        """A posting that is recorded has happened."""
        day: date = self.cleaned_data["day"]
        if day > timezone.localdate():
            raise forms.ValidationError(
                "これからの日は記録できません。掲示してから、その日を入れてください。"
            )
        return day


class Blanks(forms.Form):
    """What only the institution knows, and the website's address."""

    def __init__(self, sentences: list[PostingSentence], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for sentence in sentences:
            for name, label in sentence.posting.fill.items():
                self.fields[name] = forms.CharField(label=label, required=False, max_length=1000)
        self.fields[WEBSITE] = forms.CharField(
            label="ウェブサイトのアドレス",
            required=False,
            max_length=500,
            help_text="ポスターにQRコードで入れます。入れなければQRコードはありません。",
            widget=forms.TextInput({"inputmode": "url", "autocomplete": "off"}),
        )

    def clean_website(self) -> str:
        """An address that opens in a browser."""
        address = str(self.cleaned_data[WEBSITE]).strip()
        if address:
            try:
                qr_code(address)
            except UsageError as error:
                raise forms.ValidationError(str(error)) from None
        return address


class Page(forms.Form):
    """The page as it is published: pasted or as a file."""

    text = forms.CharField(
        label="ページの文章を貼り付ける",
        required=False,
        max_length=500_000,
        strip=False,
        widget=forms.Textarea({"rows": 8}),
        help_text="ページを開いて全体を選び、写して貼り付けます。HTMLのままでも構いません。",
    )
    file = forms.FileField(
        label="または、保存したページのファイル",
        required=False,
        help_text="HTML、PDF、文章（txt）",
        widget=forms.ClearableFileInput({"accept": ".html,.htm,.txt,.pdf"}),
    )

    def clean(self) -> dict[str, Any]:
        """One of the two, with words in it."""
        given = super().clean() or {}
        if self.errors:
            return given
        file, text = given.get("file"), str(given.get("text") or "")
        if bool(file) == bool(text.strip()):
            told = (
                "どちらか一つにしてください。" if file else "文章を貼り付けるか、ファイルを選んでください。"
            )
            raise forms.ValidationError(told)
        content = file.read() if file else text.encode()
        try:
            words = page_text(content)
        except UsageError as error:
            raise forms.ValidationError(str(error)) from None
        return {
            **given,
            "content": content,
            "words": words,
            "source": file.name if file else "貼り付けた文章",
        }


def _day(request: HttpRequest) -> date:
    """The day whose postings are shown: today, or the first of the next month."""
    today = timezone.localdate()
    return next_month(today) if request.GET.get("month") == "next" else today


def _sheet(site: Site, on: date, place: str | None) -> Sheet:
    return sheet_of(institution_of(site), due_at(site, on, place), on)


@site_page(Role.VIEW)
def front(request: SiteRequest) -> HttpResponse:
    """The duties on the left, the previews on the right."""
    return _front(request)


def _front(request: SiteRequest, **forms_: forms.Form) -> HttpResponse:
    site, today, on = request.site, timezone.localdate(), _day(request)
    found = postings_of(site, on)
    now = standing(found, on)
    filled = filled_of(site)
    state = drifts(site, today)
    context = {
        "headline": _headline(list(state.values())),
        "heading": HEADING,
        "on": on,
        "later": on != today,
        "next_month": next_month(today),
        "coming": [one for one in postings_of(site, today) if one.from_ > today],
        "ending": [one for one in postings_of(site, today) if one.until],
        "sentences": _rows(now),
        "drifts": state.values(),
        "wall": _sheet(site, on, "wall"),
        "web": _sheet(site, on, "web"),
        "website": filled.get(WEBSITE, ""),
        "version": rule_version(),
        "record": forms_.get("record") or Recorded(initial={"day": today, "place": "wall"}),
        "blanks": forms_.get("blanks") or Blanks(now, initial=filled),
        "open": [one for one in now if one.open_],
        "files": FILES.items(),
        "may_enter": request.role >= Role.ENTER,
    }
    return render(request, "sites/postings.html", context, status=400 if forms_ else 200)


def _rows(sentences: list[PostingSentence]) -> list[dict[str, Any]]:
    """Each text once, with every addition that asks for it."""
    rows: dict[str, list[PostingSentence]] = {}
    for one in sentences:
        rows.setdefault(one.text, []).append(one)
    return [
        {
            "text": text,
            "ones": ones,
            "duty": any(one.duty for one in ones),
            "cites": dict.fromkeys(rulebook().citation(cite) for one in ones for cite in one.posting.cite),
            "notes": dict.fromkeys(one.posting.note for one in ones if one.posting.note),
        }
        for text, ones in rows.items()
    ]


def _headline(state: list[PlaceDrift]) -> str:
    """How the postings are, in one sentence."""
    count = sum(one.count for one in state)
    unrecorded = [one.label for one in state if one.unrecorded]
    if count:
        return f"掲示に、直すところが{count}つあります"
    if unrecorded:
        return f"{'と'.join(unrecorded)}に、いま何が出ているかの記録がありません"
    if not any(one.due for one in state):
        return "いま、掲示が要る加算はありません"
    return "掲示は判定と合っています"


@site_page(Role.ENTER)
def record(request: SiteRequest) -> HttpResponse:
    """Records that what is shown was posted, and the facts that follow."""
    if request.method != "POST":
        return redirect("postings", request.site.slug)
    form = Recorded(request.POST)
    if not form.is_valid():
        return _front(request, record=form)
    site, place, day = request.site, form.cleaned_data["place"], form.cleaned_data["day"]
    due = due_at(site, _day(request), place)
    if not due:
        raise UsageError(f"{PLACES[place]}に掲示する文がありません。")
    with transaction.atomic():
        body = {
            "title": f"{PLACES[place]}の記録",
            "day": day.isoformat(),
            "sentences": [{"id": one.id, "named": one.named, "text": one.text} for one in due],
            "digest": digest_of(due),
            "rules": rule_version(),
        }
        [entry] = append(site, [Draft(Kind.POSTING, f"{POSTED} {place}", body, day)], by=request.user)
        if form.cleaned_data["as_fact"]:
            append(site, _facts(site, due, place, day, entry.number), by=request.user)
    messages.success(
        request, f"{PLACES[place]}に出ている文を記録しました（{len({one.text for one in due})}文）。"
    )
    return redirect("postings", site.slug)


def _facts(site: Site, due: list[PostingSentence], place: str, day: date, proof: int) -> list[Draft]:
    """The facts that the posting shows, where they are not known to hold already."""
    institution = institution_of(site)
    asked = dict.fromkeys(one.posting.asked[place].fact for one in due if place in one.posting.asked)
    drafts = []
    for fact in filter(None, asked):
        span = institution.fact(fact, day)
        if span is None or span.value is not True:
            drafts.append(Draft(Kind.FACT, fact, {"value": True}, day, proof=proof))
    return drafts


@site_page(Role.ENTER)
def fill(request: SiteRequest) -> HttpResponse:
    """Keeps what only the institution knows."""
    if request.method != "POST":
        return redirect("postings", request.site.slug)
    form = Blanks(standing(postings_of(request.site, _day(request)), _day(request)), request.POST)
    if not form.is_valid():
        return _front(request, blanks=form)
    given = {name: str(value).strip() for name, value in form.cleaned_data.items()}
    kept = {**filled_of(request.site), **given}
    append(
        request.site,
        [Draft(Kind.POSTING, FILL, {"title": "掲示に書き入れること", "fill": kept})],
        by=request.user,
    )
    messages.success(request, "書き入れました。")
    return redirect("postings", request.site.slug)


Made = Callable[[Site, date], bytes]


def poster(size: str) -> Made:
    """What makes the poster of a site in a size (A4, A3)."""

    def made(site: Site, on: date) -> bytes:
        return poster_pdf(_sheet(site, on, "wall"), size=size, website=filled_of(site).get(WEBSITE) or None)

    return made


FILES: dict[str, tuple[str, str, str, Made]] = {
    "a4.pdf": ("ポスター A4", "application/pdf", "掲示A4.pdf", poster("A4")),
    "a3.pdf": ("ポスター A3", "application/pdf", "掲示A3.pdf", poster("A3")),
    "web.html": (
        "ウェブサイト用HTML",
        "text/html; charset=utf-8",
        "掲示.html",
        lambda site, on: web_fragment(_sheet(site, on, "web")).encode(),
    ),
    "text.txt": (
        "文章",
        "text/plain; charset=utf-8",
        "掲示.txt",
        lambda site, on: plain_text(_sheet(site, on, None)).encode("utf-8-sig"),
    ),
}


@site_page(Role.VIEW)
@fresh_sign_in
def file(request: SiteRequest, name: str) -> HttpResponse:
    """A poster, the part for the website, or the text."""
    if name not in FILES:
        raise Http404("このファイルは作れません。")
    label, media_type, shown, made = FILES[name]
    content = made(request.site, _day(request))
    audit_request(request, "export", f"掲示：{label}")
    title = f"{request.site.name}_{shown}"
    return HttpResponse(
        content,
        content_type=media_type,
        headers={
            "Content-Disposition": f"attachment; filename=\"postings-{name}\"; filename*=UTF-8''{quote(title)}"
        },
    )


@site_page(Role.VIEW)
def check_page(request: SiteRequest) -> HttpResponse:
    """The published page against what should stand there: what is found, missing, stale; kept with its date."""
    site, today = request.site, timezone.localdate()
    form = Page(request.POST, request.FILES) if request.method == "POST" else Page()
    if request.method == "POST" and form.is_valid():
        try:
            number = _checked(site, today, form.cleaned_data, request.user)
        except UsageError as error:
            form.add_error(None, str(error))
        else:
            return redirect(f"{reverse('posting-check', args=[site.slug])}?entry={number}")
    checks = [one for one in known_of(site).of(Kind.POSTING) if one.subject == f"{CHECKED} web"]
    wanted = request.GET.get("entry", "")
    shown = next((one for one in checks if str(one.number) == wanted), checks[-1] if checks else None)
    context = {
        "form": form,
        "checks": checks[::-1][:20],
        "shown": shown,
        "result": shown.body["result"] if shown is not None else None,
        "due": due_at(site, today, "web"),
        "may_enter": request.role >= Role.ENTER,
        "section": "postings",
    }
    return render(request, "sites/posting_check.html", context, status=400 if form.errors else 200)


def _checked(site: Site, on: date, given: dict[str, Any], user: Any) -> int:
    """Compares, stores the page and records the result; the number of the entry."""
    due = due_at(site, on, "web")
    result = check(given["words"], due, outdated_of(site, on))
    named = {one.id: one for one in due}
    body = check_to_dict(result)
    body["matched"] = list({(row["text"], row["found"]): row for row in body["matched"]}.values())
    missing: dict[str, dict[str, Any]] = {}
    for row in body["missing"]:
        sentence = named[row["id"]]
        kept = missing.setdefault(row["text"], {**row, "named": [], "labels": [], "cites": []})
        kept["duty"] = kept["duty"] or row["duty"]
        kept["named"].append(sentence.named)
        kept["labels"] += [one.requirement.label for one in sentence.asked]
        kept["cites"] += [rulebook().citation(cite) for cite in sentence.posting.cite]
    for row in missing.values():
        row |= {key: list(dict.fromkeys(row[key])) for key in ("named", "labels", "cites")}
    body["missing"] = list(missing.values())
    document = store(given["content"])
    draft = Draft(
        Kind.POSTING,
        f"{CHECKED} web",
        {"title": "公開ページの点検", "source": given["source"], "result": body, "rules": rule_version()},
        on,
        document=document.digest,
    )
    [entry] = append(site, [draft], by=user)
    return entry.number


urlpatterns = [
    path("s/<slug:site>/postings/", front, name="postings"),
    path("s/<slug:site>/postings/record/", record, name="posting-record"),
    path("s/<slug:site>/postings/fill/", fill, name="posting-fill"),
    path("s/<slug:site>/postings/file/<str:name>", file, name="posting-file"),
    path("s/<slug:site>/postings/check/", check_page, name="posting-check"),
]
