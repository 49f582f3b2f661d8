"""Search on a page: conditions chosen or written, results page by page, searches kept, lists taken out.

The conditions are kept under a number, so that no name of a patient stands in an address.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from mitasu.errors import InputError, UsageError
from mitasu.server.accounts.fresh import fresh_sign_in
from mitasu.server.accounts.models import Records, Role
from mitasu.server.downloads import download
from mitasu.server.ledger.audit import audit_request
from mitasu.server.records.access import RecordsRequest, records_page
from mitasu.server.records.extraction import COLUMNS, FORMS, extract
from mitasu.server.records.models import Extraction, Search, Sex, Stay
from mitasu.server.records.outpatient import MOST, find
from mitasu.server.records.parts import Crumb, FormPart, Shown, Table, Words, link, moment, show
from mitasu.server.records.search.compiled import page_of, search
from mitasu.server.records.search.conditions import (
    FIELDS,
    OPERATORS,
    Group,
    Node,
    Not,
    condition,
    from_data,
    group,
    in_order,
    to_data,
    told,
)
from mitasu.server.records.search.text import parse

ROWS, PAGE, KEPT = 6, 50, 50
BEGIN = (
    ("icd", "is"),
    ("op", "is"),
    ("discharged", "from"),
    ("discharged", "to"),
    ("age", "from"),
    ("name", "is"),
)
"""The fields that the empty form offers, those asked for most."""
GROUPS = ("", "A", "B", "C")
KEYS = ("not", "field", "operator", "value", "group")


def chosen(data: Any) -> Node:
    """The tree of the form: rows of a lettered group are joined the other way round than the whole. UsageError by row."""
    how = "any" if data.get("how") == "any" else "all"
    loose: list[Node] = []
    lettered: dict[str, list[Node]] = {}
    for index in range(1, ROWS + 1):
        value, operator = data.get(f"value-{index}", "").strip(), data.get(f"operator-{index}") or "is"
        if not value and operator != "none":
            continue
        try:
            node: Node = condition(data.get(f"field-{index}", ""), operator, value)
        except UsageError as error:
            raise UsageError(f"条件{index}：{error}") from None
        if data.get(f"not-{index}"):
            node = Not(node)
        letter = data.get(f"group-{index}", "")
        (lettered.setdefault(letter, []) if letter in GROUPS[1:] else loose).append(node)
    other = "any" if how == "all" else "all"
    parts = [*loose, *(group(other, nodes) for nodes in lettered.values())]
    return in_order(group(how, parts)) if parts else Group("all", ())


@records_page(Records.READ, to_change=Role.VIEW, keep_to_change=False)
def ask(request: RecordsRequest) -> HttpResponse:
    """The form of a search; POST keeps the conditions and leads to what they find."""
    if request.method == "POST":
        try:
            text = request.POST.get("text", "").strip()
            node, picked = parse(text), chosen(request.POST)
            if text and picked != Group("all", ()):
                raise UsageError("条件は、表で選ぶか、文で書くかのどちらかにしてください。")
        except UsageError as error:
            return _form(request, str(error))
        user: Any = request.user
        made = Search.objects.create(
            site=request.site, user=user, conditions=to_data(node if text else picked)
        )
        old = Search.objects.filter(site=request.site, user=request.user, name="")  # type: ignore[misc]
        Search.objects.filter(pk__in=list(old.values_list("pk", flat=True)[KEPT:])).delete()
        return redirect("records-found", request.site.slug, made.pk)
    return _form(request)


def _form(request: RecordsRequest, problem: str = "") -> HttpResponse:
    site, data = request.site, request.POST
    rows = [
        {"index": index, **{key: data.get(f"{key}-{index}", "") for key in KEYS}}
        for index in range(1, ROWS + 1)
    ]
    kept = Search.objects.filter(site=site, user=request.user).exclude(name="")  # type: ignore[misc]
    page = Shown("診療録を検索する", problems=[problem] if problem else (), status=400 if problem else 200)
    return show(
        request, page, "records/search.html", rows=rows, fields=FIELDS.values(), operators=OPERATORS.items(),
        groups=GROUPS, kept=[(one, told(from_data(one.conditions))) for one in kept], text=data.get("text", ""),
        how=data.get("how", "all"),
    )  # fmt: skip


def _search(request: RecordsRequest, number: int) -> tuple[Search, Node]:
    """A search of this user's and its conditions; 404 otherwise."""
    found = Search.objects.filter(site=request.site, user=request.user, pk=number).first()  # type: ignore[misc]
    if found is None:
        raise Http404("この検索は見つかりません。もう一度検索してください。")
    return found, from_data(found.conditions)


class ExtractForm(forms.Form):
    """A list to be taken out."""

    purpose = forms.CharField(
        label="目的", max_length=300, help_text="例：がん登録への届出、院内の死亡症例検討会。記録に残ります。"
    )
    form = forms.ChoiceField(
        label="形", choices=list(FORMS.items()), widget=forms.RadioSelect, initial="xlsx"
    )
    columns = forms.MultipleChoiceField(
        label="列", choices=list(COLUMNS.items()), widget=forms.CheckboxSelectMultiple,
        initial=["number", "admitted", "discharged", "department", "icd", "disease", "operations"],
        help_text="目的に要る列だけを選びます。",
    )  # fmt: skip


class NameForm(forms.Form):
    """A name under which a search is kept."""

    name = forms.CharField(label="名前", max_length=100)


HEAD = ("患者", "入院日", "退院日", "年齢", "性別", "診療科", "担当医", "主な病名", "手術")


@records_page(Records.READ)
def found(request: RecordsRequest, number: int) -> HttpResponse:
    """What a search finds: the count, and the stays page by page."""
    one, node = _search(request, number)
    return _found(request, one, node, NameForm(), ExtractForm())


def _found(
    request: RecordsRequest, one: Search, node: Node, name_form: forms.Form, extract_form: forms.Form
) -> HttpResponse:
    asked = request.GET.get("page", "1")
    page = page_of(search(request.site, node), int(asked) if asked.isdigit() and len(asked) < 7 else 1, PAGE)
    audit_request(request, "search", f"診療録の検索：{page.count}件、条件「{told(node, masked=True)}」")
    full = Stay.objects.filter(pk__in=page.stays).select_related("patient")
    by_id = {stay.pk: stay for stay in full.prefetch_related("diagnoses", "operations")}
    rows = [_row(request.site.slug, by_id[pk]) for pk in page.stays]
    bound = name_form.is_bound or extract_form.is_bound
    shown = Shown(
        f"{page.count:,}件見つかりました",
        asof=told(node),
        crumbs=(
            Crumb("検索", reverse("records-search", args=(request.site.slug,))),
            Crumb(one.name or "結果"),
        ),
        parts=[Table("見つかった入院", HEAD, rows, numbers=frozenset({3}), page=page)],
        status=400 if bound else 200,
    )
    to = {
        name: reverse(name, args=(request.site.slug, one.pk)) for name in ("records-keep", "records-extract")
    }
    shown.parts.append(
        FormPart(name_form, "名前を付けて残す", "この検索を残す", to=to["records-keep"], folded=True)
    )
    if request.records == Records.KEEP:
        text = "取り出したことは、目的・条件・件数とともに記録されます。取り出す前に、もう一度サインインを求めることがあります。"
        shown.parts.append(
            FormPart(
                extract_form, "取り出す", "一覧を取り出す", text=text, to=to["records-extract"], folded=True
            )
        )
    return show(request, shown)


def _row(slug: str, stay: Stay) -> tuple[Any, ...]:
    diagnoses = list(stay.diagnoses.all())
    main = diagnoses[0] if diagnoses else None
    return (
        link(reverse("records-stay", args=(slug, stay.pk)), stay.patient),
        stay.admitted,
        stay.discharged or "入院中",
        stay.age,
        Sex(stay.sex).label if stay.sex else "",
        stay.department,
        stay.doctor,
        f"{main.icd_text} {main.name}" if main else "",
        "、".join(one.code_text or one.name for one in stay.operations.all()),
    )


@records_page(Records.READ, to_change=Role.VIEW, keep_to_change=False)
@require_POST
def keep(request: RecordsRequest, number: int) -> HttpResponse:
    """Keeps a search under a name, or drops one that was kept."""
    one, node = _search(request, number)
    if request.POST.get("drop"):
        one.delete()
        messages.success(request, "残した検索を消しました。")
        return redirect("records-search", request.site.slug)
    form = NameForm(request.POST)
    if not form.is_valid():
        return _found(request, one, node, form, ExtractForm())
    one.name = form.cleaned_data["name"]
    one.save(update_fields=["name"])
    messages.success(request, f"検索を「{one.name}」として残しました。")
    return redirect("records-found", request.site.slug, one.pk)


@records_page(Records.KEEP, to_change=Role.VIEW)
@require_POST
@fresh_sign_in
def take_out(request: RecordsRequest, number: int) -> HttpResponse:
    """Takes the list of a search out, with purpose."""
    one, node = _search(request, number)
    form = ExtractForm(request.POST)
    if not form.is_valid():
        return _found(request, one, node, NameForm(), form)
    said = form.cleaned_data
    try:
        content, media_type, taken = extract(
            request.site, node, purpose=said["purpose"], form=said["form"], columns=said["columns"],
            user=request.user, address=request.META.get("REMOTE_ADDR", ""),
        )  # fmt: skip
    except (UsageError, InputError) as error:
        form.add_error(None, str(error)[:2000])
        return _found(request, one, node, NameForm(), form)
    ending = "xlsx" if said["form"] == "xlsx" else "csv"
    return download(content, media_type, f"診療録一覧-{taken.pk}.{ending}")


@records_page(Records.KEEP)
def taken_out(request: RecordsRequest) -> HttpResponse:
    """The lists that were taken out: who, what for, how many."""
    rows = [
        (
            one.pk, moment(one.at), one.user or "命令", one.purpose, one.conditions, one.rows,
            FORMS.get(one.form, one.form), "・".join(COLUMNS.get(name, name) for name in one.columns), one.digest[:12],
        )
        for one in Extraction.objects.filter(site=request.site).select_related("user")[:500]
    ]  # fmt: skip
    head = ("番号", "日時", "人", "目的", "条件", "件数", "形", "列", "ハッシュの初め")
    return show(
        request, Shown("取り出した一覧の記録", [Table("取り出した一覧", head, rows, numbers=frozenset({5}))])
    )


class OutpatientForm(forms.Form):
    """A disease."""

    disease = forms.CharField(
        label="ICDコードの先頭か、傷病名の一部", max_length=100, help_text="例：E11、糖尿病"
    )


@records_page(Records.READ, to_change=Role.VIEW, keep_to_change=False)
def outpatient(request: RecordsRequest) -> HttpResponse:
    """Out-patient records by disease."""
    form = OutpatientForm(request.POST or None)
    page = Shown("外来の診療録を病名で探す", [FormPart(form, "探す")])
    if request.method == "POST" and form.is_valid():
        text = form.cleaned_data["disease"]
        visits = find(request.site, text)
        count = visits.count()
        audit_request(request, "search", f"外来の検索：{count}件、病名「{text}」")
        rows = [
            (one.patient, one.patient.number, one.icd_text, one.name, one.department, one.first, one.last)
            for one in visits[:MOST]
        ]
        head = ("患者", "患者番号", "ICD", "傷病名", "診療科", "初診日", "最終診療日")
        note = f"新しい順に{MOST}件までを示します。" if count > MOST else ""
        page.parts.append(Table(f"「{text}」：{count:,}件", head, rows, note=note))
    else:
        page.parts.append(
            Words(["外来の傷病名は、取り込みの頁の「外来の傷病名」で入れます。"], style="quiet")
        )
    page.status = 400 if form.errors else 200
    return show(request, page)


urlpatterns = [
    path("s/<slug:site>/records/search/", ask, name="records-search"),
    path("s/<slug:site>/records/search/<int:number>/", found, name="records-found"),
    path("s/<slug:site>/records/search/<int:number>/keep/", keep, name="records-keep"),
    path("s/<slug:site>/records/search/<int:number>/extract/", take_out, name="records-extract"),
    path("s/<slug:site>/records/extractions/", taken_out, name="records-extractions"),
    path("s/<slug:site>/records/outpatient/", outpatient, name="records-outpatient"),
]
