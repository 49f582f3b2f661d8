"""The matrix of sites by additions: what was chosen in the address, the rows it leaves, and their order.

The page, the files and the bulk work are all made from the same `Matrix`, so that they cannot part ways.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from mitasu.dates import first_day, is_opening_day, japanese_date, month_of, shift_month
from mitasu.documents.cells import Cell as TableCell
from mitasu.errors import UsageError
from mitasu.rulebook import FACILITY_KINDS, SECTORS
from mitasu.server.accounts.models import Site
from mitasu.server.accounts.roles import sites_of
from mitasu.server.forms import MonthField
from mitasu.server.ledger.law import rulebook
from mitasu.server.sites.prefectures import PREFECTURES
from mitasu.server.sites.standings import WITHIN, Cell, Line, additions_of, lines, lines_soon, work_on
from mitasu.text import halfwidth

PAGE = 500
"""Up to so many rows stand on one page."""
MARKS = {"○": "○ 算定可", "◇": "◇ 経過措置", "△": "△ あと1〜3", "✕": "✕ 不可", "？": "？ 未確認"}
SORTS = {"name": "施設の名前", "yen": "失うおそれの額", "deadline": "近い期限", "missing": "足りない要件の数"}
MONTHS = {"": "今月（今日）", "next": "来月"}
NOT_CONCERNED = "対象外"
UNKNOWN_YEN = "不明"


class MatrixForm(forms.Form):
    """What may be chosen: everything stands in the address, so that a view can be kept and passed on."""

    q = forms.CharField(label="施設の名前・コード", required=False, max_length=100)
    prefecture = forms.ChoiceField(label="都道府県", required=False)
    kind = forms.ChoiceField(label="種類", required=False)
    vendor = forms.ChoiceField(label="電子カルテの会社", required=False)
    addition = forms.ChoiceField(label="加算", required=False)
    mark = forms.ChoiceField(label="印", required=False, choices=[("", "すべて"), *MARKS.items()])
    sort = forms.ChoiceField(label="並べ方", required=False, choices=list(SORTS.items()))
    month = forms.CharField(label="月", required=False, max_length=20)
    column = forms.MultipleChoiceField(
        label="見せる加算", required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, user: Any, data: Any) -> None:
        super().__init__(data, auto_id="matrix_%s")
        sites = sites_of(user)
        found = list(sites.order_by().values_list("prefecture", "sector", "kind", "vendor").distinct())
        additions = [(id_, rulebook().titles[id_]) for id_ in rulebook().order]
        self._offer(
            "prefecture", sorted({(row[0], PREFECTURES[row[0]]) for row in found if row[0] in PREFECTURES})
        )
        self._offer("kind", sorted({(f"{row[1]}/{row[2]}", kind_name(row[1], row[2])) for row in found}))
        self._offer("vendor", sorted({(row[3], row[3]) for row in found if row[3]}))
        self._offer("addition", additions)
        columns: Any = self.fields["column"]
        columns.choices = additions

    def _offer(self, name: str, choices: Iterable[tuple[str, str]]) -> None:
        field: Any = self.fields[name]
        field.choices = [("", "すべて"), *choices]

    def clean_month(self) -> date:
        """The day that is asked about: today, or the first of a month that the calendar reaches."""
        text, today = halfwidth(self.cleaned_data["month"]), timezone.localdate()
        if text == "":
            return today
        month = shift_month(month_of(today), 1) if text == "next" else MonthField().clean(text)
        day = today if month == month_of(today) else first_day(str(month))
        try:
            is_opening_day(day), is_opening_day(day + timedelta(days=WITHIN))
        except UsageError as error:
            raise forms.ValidationError(str(error)) from None
        return day


def kind_name(sector: str, kind: str) -> str:
    """Sector and kind in words: 医科の病院, 調剤."""
    if sector in ("medical", "dental"):
        return f"{SECTORS[sector]}の{FACILITY_KINDS.get(kind, kind)}"
    return SECTORS.get(sector, sector)


@dataclass(frozen=True, slots=True)
class Matrix:
    """What is shown: the day, the additions as columns, the lines in order."""

    on: date
    columns: tuple[str, ...]
    offered: tuple[str, ...]
    """Every addition that concerns any of the sites."""
    lines: tuple[Line, ...]
    sort: str

    @property
    def titles(self) -> tuple[str, ...]:
        """The columns in words."""
        return tuple(rulebook().titles[id_] for id_ in self.columns)

    @property
    def pending(self) -> int:
        """Of how many lines deadline and yen are still to be worked out."""
        return sum(line.short.pending for line in self.lines)

    def head(self) -> list[str]:
        """The heading of the table as text."""
        return [
            "施設",
            "コード",
            "近い期限",
            "期限の内容",
            "失うおそれ（円/月）",
            "足りない要件",
            *self.titles,
        ]

    def rows(self) -> list[list[TableCell]]:
        """The rows of the table as values, exactly what the page shows."""
        return [
            [
                line.site.name,
                line.site.code,
                line.short.due.on if line.short.due else None,
                line.short.due.title if line.short.due else "",
                UNKNOWN_YEN if line.short.at_risk is None else line.short.at_risk,
                line.short.missing,
                *(cell_text(line.short.cells.get(id_)) for id_ in self.columns),
            ]
            for line in self.lines
        ]

    @property
    def name(self) -> str:
        """What a file of it is called."""
        return f"複数施設-{self.on.isoformat()}"

    @property
    def title(self) -> str:
        """What a page or file of it is headed."""
        return f"{japanese_date(self.on)}の判定（{len(self.lines)}施設）"


def cell_text(cell: Cell | None) -> str:
    """A cell in words: ○ 算定可 区分1, △ あと2, 対象外."""
    if cell is None:
        return NOT_CONCERNED
    level = f" 区分{cell.level}" if cell.level else ""
    until = f" 〜{japanese_date(date.fromisoformat(cell.until))}" if cell.until else ""
    return f"{cell.symbol} {cell.word}{level}{until}"


def matrix_of(request: HttpRequest) -> tuple[MatrixForm, Matrix]:
    """The form as filled in by the address, and the matrix it chooses; what is wrong there chooses nothing.

    Of lines that nothing is kept of, deadline and yen may be pending.
    """
    return _matrix(request, lines_soon)


def whole_matrix_of(request: HttpRequest) -> tuple[MatrixForm, Matrix]:
    """The same with every line worked out, however long it takes."""
    return _matrix(request, lines)


def work_on_matrix(request: HttpRequest) -> int:
    """Works out some of what is pending in the matrix; of how many lines it is still to be done."""
    form = MatrixForm(request.user, request.GET)
    form.is_valid()
    return work_on(_sites(request.user, form.cleaned_data), _day(form))


def _matrix(
    request: HttpRequest, read: Callable[[QuerySet[Site], date], list[Line]]
) -> tuple[MatrixForm, Matrix]:
    form = MatrixForm(request.user, request.GET)
    form.is_valid()
    chosen, on = form.cleaned_data, _day(form)
    found = read(_sites(request.user, chosen), on)
    offered = additions_of(found)
    kept = [line for line in found if _concerns(line, chosen.get("addition", ""), chosen.get("mark", ""))]
    wanted = chosen.get("column") or ([chosen["addition"]] if chosen.get("addition") else [])
    columns = [id_ for id_ in offered if id_ in wanted] or additions_of(kept) or offered
    sort = chosen.get("sort") or "name"
    return form, Matrix(on, tuple(columns), tuple(offered), tuple(sorted(kept, key=ORDERS[sort])), sort)


def _day(form: MatrixForm) -> date:
    day: date = form.cleaned_data.get("month") or timezone.localdate()
    return day


def _sites(user: Any, chosen: dict[str, Any]) -> QuerySet[Site]:
    sites = sites_of(user)
    if chosen.get("prefecture"):
        sites = sites.filter(prefecture=chosen["prefecture"])
    if chosen.get("kind"):
        sector, _, kind = chosen["kind"].partition("/")
        sites = sites.filter(sector=sector, kind=kind)
    if chosen.get("vendor"):
        sites = sites.filter(vendor=chosen["vendor"])
    for word in (chosen.get("q") or "").split():
        sites = sites.filter(Q(name__icontains=word) | Q(code__startswith=halfwidth(word)))
    return sites


def _concerns(line: Line, addition: str, symbol: str) -> bool:
    """Whether a line has the mark chosen at the addition chosen (either may be left open)."""
    if not addition and not symbol:
        return True
    cells: Sequence[Cell | None] = (
        [line.short.cells.get(addition)] if addition else list(line.short.cells.values())
    )
    return any(cell is not None and symbol in ("", cell.symbol) for cell in cells)


def _by_name(line: Line) -> Any:
    return line.site.name, line.site.slug


ORDERS: dict[str, Callable[[Line], Any]] = {
    "name": _by_name,
    "yen": lambda line: (
        line.short.pending,
        line.short.at_risk == 0,
        -(line.short.at_risk or 0),
        _by_name(line),
    ),
    "deadline": lambda line: (
        line.short.pending,
        line.short.due is None,
        line.short.due.day if line.short.due else "",
        _by_name(line),
    ),
    "missing": lambda line: (-line.short.missing, _by_name(line)),
}
"""How lines are ordered: what is most pressing first; unknown yen stand between the known and none, pending last."""
