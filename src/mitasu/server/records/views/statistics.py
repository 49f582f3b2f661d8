"""Statistics: diseases by month, department, sex or age; completeness of coding; operations; what may be published."""

from __future__ import annotations

from django import forms
from django.http import HttpResponse
from django.urls import path
from django.utils import timezone

from mitasu.dates import first_day, japanese_month, last_day, month_of, shift_month
from mitasu.documents.tables import CSV_TYPE, write_csv
from mitasu.server.accounts.models import Records
from mitasu.server.downloads import download
from mitasu.server.forms import MonthField
from mitasu.server.ledger.audit import audit_request
from mitasu.server.records.access import RecordsRequest, records_page
from mitasu.server.records.parts import Bars, Details, Shown, Table, Words, link, percent, show
from mitasu.server.records.statistics import (
    DIGITS,
    DIMENSIONS,
    Crossed,
    bars,
    coding,
    icd_table,
    operations,
    published,
)

TOP = 15


class Choice(forms.Form):
    """Which table."""

    first = MonthField(label="退院した月（から）")
    last = MonthField(label="退院した月（まで）")
    by = forms.ChoiceField(label="分け方", choices=list(DIMENSIONS.items()))
    digits = forms.TypedChoiceField(
        label="ICDの桁", choices=[(one, f"{one}桁") for one in DIGITS], coerce=int
    )
    public = forms.BooleanField(
        label="公開用（10未満を伏せる）",
        required=False,
        help_text="1から9までの数と、引き算でそれが分かってしまう数を「-」にします。",
    )

    def clean(self) -> dict[str, object]:
        """The months in order."""
        said: dict[str, object] = super().clean() or self.cleaned_data
        first, last = said.get("first"), said.get("last")
        if isinstance(first, str) and isinstance(last, str) and last < first:
            self.add_error("last", "「まで」の月が「から」の月より前です。")
        return said


@records_page(Records.READ)
def statistics(request: RecordsRequest) -> HttpResponse:
    """The tables; `?csv` takes the published one away."""
    last = shift_month(month_of(timezone.localdate()), -1)
    initial = {"first": shift_month(last, -11), "last": last, "by": "month", "digits": 3}
    form = Choice({**initial, **request.GET.dict()})
    if not form.is_valid():
        return show(request, Shown("疾病統計", status=400), "records/statistics.html", form=form)
    said = form.cleaned_data
    begin, end = first_day(said["first"]), last_day(said["last"])
    table = icd_table(request.site, said["digits"], said["by"], begin, end)
    if "csv" in request.GET:
        found = published(table, said["digits"])
        audit_request(
            request,
            "export",
            f"公開用の疾病統計：{said['first']}～{said['last']}、{DIMENSIONS[said['by']]}別",
        )
        head = ["ICD", *found.columns, "計"]
        return download(write_csv(head, found.rows()), f"{CSV_TYPE}; charset=utf-8", "疾病統計-公開用.csv")
    if said["public"]:
        table = published(table, said["digits"])
    page = Shown(
        "疾病統計",
        asof=f"{japanese_month(said['first'])}から{japanese_month(said['last'])}までの退院。1入院を主傷病で1件に数えます。",
    )
    heads = [japanese_month(one) for one in table.columns] if said["by"] == "month" else list(table.columns)
    page.parts += _parts(request, table, heads, said["public"], begin, end)
    query = request.GET.copy()
    query["csv"] = "1"
    page.parts.append(Words([link(f"?{query.urlencode()}", "公開用の表（CSV）を保存")]))
    return show(request, page, "records/statistics.html", form=form)


def _parts(
    request: RecordsRequest, table: Crossed, heads: list[str], public: bool, begin: object, end: object
) -> list[object]:
    top = sorted(table.codes, key=lambda code: -(table.by_code[code] or 0))[:TOP]
    drawn, height = bars([(code, table.by_code[code]) for code in top])
    columns = len(table.columns)
    note = (
        "0の欄は0件、「-」は伏せた数です。1から9までの数は、だれのことか分かるおそれがあるので伏せます。10以上の「-」は、"
        "見えていれば計からの引き算で、または桁の少ない表との差で、伏せた数が分かってしまうものです（小さいものから、要る分だけ伏せます）。"
        "分け方や期間の違う表と並べて公開するときは、合わせて分かってしまわないか確かめてください。"
        if public
        else ""
    )
    parts: list[object] = [
        Bars("多い病名", drawn, height),
        Table(
            "ICD別の退院", ("ICD", *heads, "計"), table.rows(),
            numbers=frozenset(range(1, columns + 2)), note=note,
        ),
    ]  # fmt: skip
    if public:
        return parts
    coded = coding(request.site, begin, end)  # type: ignore[arg-type]  # days of the form
    lengths = "、".join(f"{length}桁{number:,}件" for length, number in coded.by_length.items())
    short = "、".join(f"{code}（{number}件）" for code, number in coded.short)
    parts.append(
        Details(
            [
                (
                    "主傷病にICDがある退院",
                    f"{coded.coded:,}/{coded.stays:,}件（{percent(coded.coded, coded.stays)}）",
                ),
                ("桁の内訳", lengths or "－"),
                ("3桁までのコード", short or "ありません"),
            ],
            "コーディングの完成度",
        )
    )
    done = operations(request.site, begin, end)  # type: ignore[arg-type]  # days of the form
    rows = [(code, name, f"{number:,}") for code, name, number in done]
    parts.append(Table("手術の件数", ("Kコード", "名称", "件数"), rows, numbers=frozenset({2})))
    return parts


urlpatterns = [path("s/<slug:site>/records/statistics/", statistics, name="records-statistics")]
