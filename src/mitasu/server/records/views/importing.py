"""Files into the register in two steps: what a file would do is shown, with every fault by row; then it is done."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone

from mitasu.documents.tables import CSV_TYPE, write_csv
from mitasu.errors import InputError, UsageError
from mitasu.server.accounts.models import Records
from mitasu.server.downloads import download
from mitasu.server.ledger.audit import audit_request
from mitasu.server.records import outpatient, pending
from mitasu.server.records.access import RecordsRequest, records_page
from mitasu.server.records.importing import ef, idmap, table
from mitasu.server.records.importing.carrying import carry
from mitasu.server.records.importing.joining import map_numbers
from mitasu.server.records.importing.plan import KEEP, KINDS, TAKE, Plan, plan
from mitasu.server.records.parts import Crumb, Details, FormPart, Shown, Table, Words, link, show

FILES = {
    "table": ("一覧表・患者の一覧", ".csv,.xlsx", "CSV（UTF-8、Shift_JIS）かExcel。1行が1入院です。患者番号の列は必ず要ります。入院日の列がなければ患者の一覧として読みます。", table.HEAD),
    "form1": ("DPC 様式1", ".txt,.tsv", "タブ区切りの様式1。氏名・住所・担当医は様式1にないので、対応表と患者の一覧で補います。", ()),
    "idmap": ("データ識別番号の対応表", ".csv,.xlsx", "様式1・EF統合ファイルのデータ識別番号と、院内の患者番号の2列です。", idmap.HEAD),
    "ef": ("EF統合ファイルとの照合", ".txt,.tsv", "手術（データ区分50）のKコードを一覧表と比べ、違いを示します。取り込みません。", ()),
    "fhir": ("FHIR 退院時サマリー", ".json", "電子カルテ情報共有サービスなどの退院時サマリー（文書Bundle、JSON）です。", ()),
    "outpatient": ("外来の傷病名", ".csv,.xlsx", "外来の診療録を病名で探すための一覧です。", outpatient.HEAD),
}  # fmt: skip
MOST_SHOWN = 200


class Upload(forms.Form):
    """The file."""

    file = forms.FileField(label="ファイル", allow_empty_file=True, max_length=200)

    def __init__(self, accept: str, *data: Any) -> None:
        super().__init__(*data)
        self.fields["file"].widget.attrs["accept"] = accept

    def clean_file(self) -> tuple[bytes, str]:
        """Bytes and name."""
        file = self.cleaned_data["file"]
        if file.size > settings.UPLOAD_LIMIT:
            raise forms.ValidationError(
                f"{settings.UPLOAD_LIMIT // 2**20}MBまで読めます。大きいファイルは mitasu records import で取り込めます。"
            )
        return file.read(), str(file.name)[-100:]


class Confirm(forms.Form):
    """Taking in what was shown; which side holds where there are conflicts."""

    token = forms.CharField(widget=forms.HiddenInput)
    take = forms.ChoiceField(
        label="食い違うところ",
        choices=[(KEEP, "一覧表の値を残す"), (TAKE, "ファイルの値にする")],
        widget=forms.RadioSelect,
    )

    def __init__(self, asked: bool, *data: Any, **options: Any) -> None:
        super().__init__(*data, **options)
        if not asked:
            del self.fields["take"]


@records_page(Records.KEEP)
def choose(request: RecordsRequest) -> HttpResponse:
    """The kinds of files."""
    slug = request.site.slug
    rows = [
        (link(reverse("records-import-kind", args=(slug, kind)), title), told)
        for kind, (title, _, told, _) in FILES.items()
    ]
    return show(request, Shown("取り込む", [Table("取り込めるファイル", ("種類", "中身"), rows)]))


@records_page(Records.KEEP)
def take_in(request: RecordsRequest, kind: str) -> HttpResponse:
    """One kind of file: chosen, shown, taken in."""
    if kind not in FILES:
        raise Http404("この種類のファイルはありません。")
    title, accept, told, head = FILES[kind]
    if "template" in request.GET and head:
        return download(write_csv(head, []), f"{CSV_TYPE}; charset=utf-8", f"ひな形-{title}.csv")
    crumbs = (Crumb("取り込み", reverse("records-import", args=(request.site.slug,))), Crumb(title))
    page = Shown(f"{title}を取り込む" if kind != "ef" else title, crumbs=crumbs)
    try:
        if "token" in request.POST:
            return _carried(request, kind, title)
        form = Upload(accept, *((request.POST, request.FILES) if request.method == "POST" else ()))
        if request.method == "POST" and form.is_valid():
            content, name = form.cleaned_data["file"]
            _looked(request, kind, content, name, page)
    except (UsageError, InputError) as error:
        form = Upload(accept)
        page.problems, page.status = str(error).split("\n"), 400
    if form.errors:
        page.status = 400
    page.parts.append(
        Words([told, "まず中身を確かめ、変わるところを示します。確かめるまでは何も変わりません。"])
    )
    if head:
        page.parts.append(Words([link("?template", "ひな形（CSV）を保存")]))
    page.parts.append(FormPart(form, "中身を確かめる", files=True))
    return show(request, page)


def _looked(request: RecordsRequest, kind: str, content: bytes, name: str, page: Shown) -> None:
    """Puts what a file would do on the page."""
    site, today = request.site, timezone.localdate()

    def token() -> str:
        return pending.keep(site, request.user, kind, name, content)

    page.asof = name
    if kind == "ef":
        _compared(request, ef.compare(site, content, name), page)
    elif kind == "idmap":
        _, numbers, problems = idmap.parse(content, name)
        page.problems = problems
        if numbers and not problems:
            found = map_numbers(site, numbers, dry=True)
            page.title = f"{len(numbers):,}件の対応があります（まだ取り込んでいません）"
            page.parts.append(Words([*found.told, *found.differing[:MOST_SHOWN]], style="notice"))
            page.parts.append(FormPart(Confirm(False, initial={"token": token()}), "この内容で取り込む"))
    elif kind == "outpatient":
        new, same, problems = outpatient.take_in(site, content, name, today=today, dry=True)
        page.problems = problems
        page.title = f"{new:,}件が加わります（同じもの{same:,}件）" if not problems else "取り込めません"
        if new and not problems:
            page.parts.append(FormPart(Confirm(False, initial={"token": token()}), "この内容で取り込む"))
    else:
        _planned(plan(site, kind, content, name, today=today), page, token)
    if page.problems:
        page.status = 400
        page.title = f"取り込めません：直すところが{len(page.problems)}あります"


def _planned(found: Plan, page: Shown, token: Any) -> None:
    page.problems = found.problems
    page.asof = f"{found.name}（{found.parsed.how}、{found.parsed.lines:,}行）"
    page.title = (
        "変わるところがあります（まだ取り込んでいません）" if found.ready else "変わるところはありません"
    )
    page.parts.append(Words(found.notes, style="notice"))
    if found.problems:
        return
    page.parts.append(Details([(label, f"{count:,}件") for label, count in found.counts]))
    if found.conflicts:
        rows = [
            (f"{one.line}行目", one.what, one.label, one.before, one.after)
            for one in found.conflicts[:MOST_SHOWN]
        ]
        note = f"初めの{MOST_SHOWN}件を示します。" if len(found.conflicts) > MOST_SHOWN else ""
        head = ("行", "だれの", "項目", "一覧表の値", "ファイルの値")
        page.parts.append(Table(f"食い違い（{len(found.conflicts):,}件）", head, rows, note=note))
    if found.ready:
        form = Confirm(bool(found.conflicts), initial={"token": token()})
        page.parts.append(FormPart(form, "この内容で取り込む"))


def _compared(request: RecordsRequest, found: ef.Compared, page: Shown) -> None:
    page.problems = found.problems
    if found.problems:
        return
    audit_request(
        request, "search", f"EF統合ファイルとの照合：{found.stays}入院、違い{len(found.differences)}件"
    )
    page.title = f"違いが{len(found.differences):,}件あります" if found.differences else "違いはありません"
    slug = request.site.slug
    rows = [
        (link(reverse("records-stay", args=(slug, one.stay.pk)), one.stay.patient), one.stay.admitted, one.code, one.name, one.only_in)
        for one in found.differences[:1000]
    ]  # fmt: skip
    page.parts += [
        Details(
            [
                ("比べた入院", f"{found.stays:,}件"),
                ("EF統合ファイルの手術コード", f"{found.codes:,}種類・入院"),
                ("解釈番号が空の手術の行", f"{found.without_code:,}行（比べられません）"),
                ("一覧表に当たらない入院", f"{len(found.unknown_stays):,}件"),
            ]
        ),
        Table("片方にしかない手術", ("患者", "入院日", "Kコード", "名称", "あるのは"), rows),
        Words(found.unknown_stays[:100]),
    ]


def _carried(request: RecordsRequest, kind: str, title: str) -> HttpResponse:
    """The second step."""
    site, today = request.site, timezone.localdate()
    name, content = pending.kept(site, request.user, kind, request.POST["token"])
    if kind == "idmap":
        _, numbers, problems = idmap.parse(content, name)
        if problems:
            raise UsageError(problems[0])
        found = map_numbers(site, numbers)
        told = f"取り込みました：{'。'.join(one.rstrip('。') for one in found.told)}。"
    elif kind == "outpatient":
        new, same, problems = outpatient.take_in(site, content, name, today=today, dry=False)
        if problems:
            raise UsageError(problems[0])
        told = f"外来の傷病名{new}件を取り込みました（同じもの{same}件）。"
    elif kind in KINDS:
        batch, _ = carry(
            site, kind, content, name, today=today, take=request.POST.get("take", ""), by=request.user
        )
        told = f"{title}を取り込みました（新しい入院{batch.made}、埋まったところ{batch.changed}、同じ{batch.same}）。"
    else:
        raise UsageError("この種類は取り込めません。")
    pending.drop(content)
    audit_request(request, "import", f"診療録：{told}")
    messages.success(request, told)
    return redirect("records", site.slug)


urlpatterns = [
    path("s/<slug:site>/records/import/", choose, name="records-import"),
    path("s/<slug:site>/records/import/<slug:kind>/", take_in, name="records-import-kind"),
]
