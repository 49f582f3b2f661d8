"""The cyber-security checklist: years and vendors, a sheet answered as a whole, signing, comparing, own items."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone
from django.utils.http import content_disposition_header

from mitasu.errors import UsageError
from mitasu.server.accounts.models import Role
from mitasu.server.continuity.models.plans import OwnChecklist, Sheet, Signature
from mitasu.server.continuity.plans import checklist
from mitasu.server.continuity.plans.comparing import CHANGES, compare
from mitasu.server.continuity.plans.items import Checklist, shipped, shipped_text
from mitasu.server.continuity.views.bcp import page, pdf_answer, tried
from mitasu.server.forms import DayField
from mitasu.server.ledger.pages import SiteRequest, site_page

TAB = "bcp-checklist"
CHOICES = (("", "未回答"), *checklist.VALUES.items())


class SheetForm(forms.Form):
    """Every item of a sheet, with its answer; only what changed is recorded."""

    on = DayField(label="確かめた日", help_text="変えた項目に、この日を記録します。例：R8.11.22、20261122")

    def __init__(self, site: Any, year: int, party: str, today: date, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.year = year
        self.parts = list(checklist.lines_of(site, year, party, today))
        for line in self.lines:
            self._fields(line)

    @property
    def lines(self) -> list[checklist.Line]:
        """The items in order."""
        return [line for _, lines in self.parts for line in lines]

    def _fields(self, line: checklist.Line) -> None:
        id_, before = line.item.id, line.answer
        self.fields[f"value-{id_}"] = forms.ChoiceField(
            label=f"{line.item.text}：答え",
            choices=CHOICES,
            required=False,
            initial=before.value if before else "",
            widget=forms.Select({"class": "short"}),
        )
        self.fields[f"target-{id_}"] = DayField(
            label="目標日",
            required=False,
            help_text="「いいえ」のとき",
            initial=before.target if before else None,
        )
        self.fields[f"evidence-{id_}"] = forms.IntegerField(
            label="証拠の番号",
            required=False,
            min_value=1,
            initial=before.evidence if before else None,
            widget=forms.TextInput({"class": "short", "inputmode": "numeric"}),
        )
        self.fields[f"note-{id_}"] = forms.CharField(
            label="覚え書き", required=False, max_length=500, initial=before.note if before else ""
        )

    @property
    def rows(self) -> list[tuple[Any, list[tuple[checklist.Line, dict[str, Any]]]]]:
        """Parts with their items and bound fields."""
        keys = ("value", "target", "evidence", "note")
        return [
            (part, [(line, {key: self[f"{key}-{line.item.id}"] for key in keys}) for line in lines])
            for part, lines in self.parts
        ]

    def changed(self) -> list[tuple[checklist.Line, dict[str, Any]]]:
        """The items that are answered otherwise than before."""
        found = []
        for line in self.lines:
            said = {
                key: self.cleaned_data.get(f"{key}-{line.item.id}")
                for key in ("value", "target", "evidence", "note")
            }
            before = line.answer
            was = (
                {"value": "", "target": None, "evidence": None, "note": ""}
                if before is None
                else {key: getattr(before, key) for key in said}
            )
            if said != was:
                found.append((line, said))
        return found

    def record(self, sheet: Sheet, today: date, by: Any) -> int:
        """Records what changed, all or none; how many."""
        rows = self.changed()
        wrong = False
        with transaction.atomic():
            for line, said in rows:
                if not said["value"]:
                    self.add_error(f"value-{line.item.id}", "はい・いいえ・対象外のどれかを選んでください。")
                    wrong = True
                    continue
                try:
                    checklist.answer(
                        sheet,
                        line.item,
                        said["value"],
                        self.cleaned_data["on"],
                        said["target"],
                        evidence=said["evidence"],
                        note=said["note"],
                        today=today,
                        by=by,
                    )
                except UsageError as error:
                    self.add_error(f"value-{line.item.id}", str(error))
                    wrong = True
            if wrong:
                transaction.set_rollback(True)
        return 0 if wrong else len(rows)


class SignForm(forms.Form):
    """Signing a sheet."""

    on = DayField(label="署名の日")
    guideline_until = DayField(
        label="ガイドラインへの対応を、いつまでの証拠として記録するか",
        required=False,
        help_text="空けておくと、点検表だけを残します。日を書くと、署名する人が「安全管理ガイドラインに対応している」と述べたことになり、その日を過ぎると未確認に戻ります。",
    )


class VendorForm(forms.Form):
    """One more vendor."""

    party = forms.CharField(label="事業者の名前", max_length=100)


class LoadForm(forms.Form):
    """Items of a year from one's own file."""

    file = forms.FileField(
        label="点検項目のファイル",
        help_text="YAML。収録している年度のファイルを書き出して、ひな形にできます。",
    )


def _items(request: SiteRequest, year: int) -> Checklist:
    found = checklist.years_of(request.site).get(year)
    if found is None:
        raise Http404("この年度の点検項目は入っていません。")
    return found


@site_page(Role.VIEW)
def checklist_years(request: SiteRequest) -> HttpResponse:
    """The years; POST loads items from a file."""
    site, today = request.site, timezone.localdate()
    form = LoadForm(*((request.POST, request.FILES) if request.method == "POST" else ()))

    def act() -> Checklist:
        file = form.cleaned_data["file"]
        if file.size > 500_000:
            raise UsageError("ファイルが大きすぎます（500,000バイトまで）。")
        return checklist.load(site, file.read(), str(file.name), by=request.user)

    if request.method == "POST":
        found = tried(form, act)
        if found is not None:
            told = f"{checklist.year_text(found.year)}の点検項目（{len(found.items)}項目）を読み込みました。"
            messages.success(request, told)
            return redirect("bcp-checklist-sheet", site.slug, found.year)
    years = [
        (items, checklist.year_text(year), year in own, _state(checklist.sheet_of(site, year), items))
        for own in [set(OwnChecklist.objects.filter(site=site).values_list("year", flat=True))]
        for year, items in checklist.years_of(site).items()
    ]
    year = checklist.year_of(today)
    context = {
        "years": years,
        "lacking": "" if year in checklist.years_of(site) else checklist.year_text(year),
        "form": form,
    }
    return page(request, "checklist_years", TAB, context, status=400 if form.is_bound else 200)


def _state(sheet: Sheet | None, items: Checklist) -> str:
    asked = [item.id for _, found in items.asked(vendor=False) for item in found]
    answers = checklist.answers_of(sheet)
    done = sum(id_ in answers for id_ in asked)
    _, holds = checklist.signed(sheet)
    return f"{len(asked)}項目のうち{done}項目に回答{'、署名済み' if holds else ''}"


@site_page(Role.VIEW)
def checklist_sheet(request: SiteRequest, year: int, number: int = 0) -> HttpResponse:
    """A sheet (`number`: of that vendor); POST records the answers that changed, or begins a vendor's sheet."""
    site, today, items = request.site, timezone.localdate(), _items(request, year)
    sheet = _sheet(request, year, number)
    party = sheet.party if sheet and number else ""
    posted = request.method == "POST"
    adding = posted and "party" in request.POST
    vendor = VendorForm(request.POST if adding else None, auto_id="vendor_%s")
    form = SheetForm(
        site, year, party, today, request.POST if posted and not adding else None, initial={"on": today}
    )
    if adding:
        made = tried(vendor, lambda: checklist.begin(site, year, vendor.cleaned_data["party"]))
        if made is not None:
            return redirect("bcp-checklist-vendor", site.slug, year, made.pk)
    elif posted and form.is_valid():
        sheet = sheet or checklist.begin(site, year)
        count = form.record(sheet, today, request.user)
        if form.is_valid():
            messages.success(
                request, f"{count}項目の回答を記録しました。" if count else "変わった項目はありません。"
            )
            return redirect(request.path)
    last, holds = checklist.signed(sheet)
    context = {
        "items": items,
        "title": f"点検表　{checklist.year_text(year)}　{party or '医療機関'}",
        "year": year,
        "party": party,
        "sheet": sheet,
        "form": form,
        "vendor": vendor,
        "vendors": checklist.vendors_of(site, year),
        "signature": last,
        "holds": holds,
        "sign": SignForm(initial={"on": today}, auto_id="sign_%s"),
        "other_years": [one for one in checklist.years_of(site) if one != year],
    }
    return page(request, "sheet", TAB, context, status=400 if posted else 200)


def _sheet(request: SiteRequest, year: int, number: int) -> Sheet | None:
    if not number:
        return checklist.sheet_of(request.site, year)
    found = Sheet.objects.filter(site=request.site, year=year, pk=number).exclude(party="").first()
    if found is None:
        raise Http404("この点検表は見つかりません。")
    return found


@site_page(Role.VIEW, to_change=Role.APPROVE)
def checklist_sign(request: SiteRequest, year: int, number: int = 0) -> HttpResponse:
    """Signs a sheet."""
    _items(request, year)
    sheet = _sheet(request, year, number)
    back = (request.site.slug, year, number) if number else (request.site.slug, year)
    name = "bcp-checklist-vendor" if number else "bcp-checklist-sheet"
    if request.method != "POST":
        return redirect(name, *back)
    if sheet is None:
        raise UsageError("まだ回答がありません。回答してから署名してください。")
    form = SignForm(request.POST, auto_id="sign_%s")

    def act() -> Signature:
        said = form.cleaned_data
        return checklist.sign(
            sheet,
            said["on"],
            guideline_until=said["guideline_until"],
            today=timezone.localdate(),
            by=request.user,
        )

    signature = tried(form, act)
    if signature is not None:
        messages.success(request, f"署名しました。証拠{signature.entry}として台帳に記録しました。")
        return redirect(name, *back)
    context = {
        "form": form,
        "sheet": sheet,
        "title": checklist.title_of(sheet),
        "year": year,
        "number": number,
    }
    return page(request, "sheet_sign", TAB, context, status=400)


@site_page(Role.VIEW)
def checklist_pdf(request: SiteRequest, year: int, number: int = 0) -> HttpResponse:
    """A sheet as PDF, as it stands."""
    _items(request, year)
    sheet = _sheet(request, year, number)
    if sheet is None:
        raise Http404("この点検表には、まだ回答がありません。")
    name = f"{checklist.title_of(sheet)}_{request.site.name}.pdf"
    return pdf_answer(request, checklist.sheet_pdf(sheet), name)


@site_page(Role.VIEW)
def checklist_compare(request: SiteRequest, year: int, before: int) -> HttpResponse:
    """Two years side by side."""
    for one in (year, before):
        _items(request, one)
    rows = [
        (row, CHANGES[row.change], _word(row.before), _word(row.after))
        for row in compare(request.site, before, year)
    ]
    context = {"rows": rows, "year": checklist.year_text(year), "before": checklist.year_text(before)}
    return page(request, "checklist_compare", TAB, context)


def _word(answer: Any) -> str:
    return checklist.VALUES[answer.value] if answer else "回答なし"


@site_page(Role.VIEW)
def checklist_items(request: SiteRequest, year: int) -> HttpResponse:
    """The items of a year as the file that can be loaded again."""
    _items(request, year)
    own = OwnChecklist.objects.filter(site=request.site, year=year).first()
    text = own.text if own else shipped_text(year) if year in shipped() else None
    response = HttpResponse(text or "", content_type="application/yaml; charset=utf-8")
    response.headers["Content-Disposition"] = content_disposition_header(True, f"checklist-{year}.yaml")
    return response


BASE = "s/<slug:site>/continuity/bcp/checklist/"
VENDOR = f"{BASE}<int:year>/vendors/<int:number>/"
urlpatterns = [
    path(BASE, checklist_years, name="bcp-checklist"),
    path(f"{BASE}<int:year>/", checklist_sheet, name="bcp-checklist-sheet"),
    path(f"{BASE}<int:year>/sign/", checklist_sign, name="bcp-checklist-sign"),
    path(f"{BASE}<int:year>/pdf/", checklist_pdf, name="bcp-checklist-pdf"),
    path(f"{BASE}<int:year>/compare/<int:before>/", checklist_compare, name="bcp-checklist-compare"),
    path(f"{BASE}<int:year>/items/", checklist_items, name="bcp-checklist-items"),
    path(VENDOR, checklist_sheet, name="bcp-checklist-vendor"),
    path(f"{VENDOR}sign/", checklist_sign, name="bcp-checklist-vendor-sign"),
    path(f"{VENDOR}pdf/", checklist_pdf, name="bcp-checklist-vendor-pdf"),
]
