"""Many sites: the matrix of sites by additions on a page and as a file."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from mitasu.dates import japanese_date
from mitasu.documents.tables import CSV_TYPE, ENCODINGS, XLSX_TYPE, write_csv, write_xlsx
from mitasu.errors import InputError
from mitasu.server.accounts.fresh import fresh_sign_in
from mitasu.server.downloads import download
from mitasu.server.ledger.audit import audit_request
from mitasu.server.sites.matrix import (
    MONTHS,
    NOT_CONCERNED,
    PAGE,
    SORTS,
    Matrix,
    MatrixForm,
    matrix_of,
    whole_matrix_of,
    work_on_matrix,
)
from mitasu.server.sites.standings import Cell, Line
from mitasu.server.sites.views import bulk, law_changes


@login_required
def matrix(request: HttpRequest) -> HttpResponse:
    """The sites of the user by additions; with `whole` in the address nothing is left to be worked out."""
    form, found = whole_matrix_of(request) if "whole" in request.GET else matrix_of(request)
    return matrix_page(request, form, found)


@login_required
def matrix_rest(request: HttpRequest) -> HttpResponse:
    """Works out some of what is pending and says how much is left; when nothing is, the page is loaded anew."""
    audit_request(request, "view", "複数施設の表の残りの計算")
    left = work_on_matrix(request)
    response = render(request, "sites/matrix_rest.html", {"pending": left, "chosen": request.GET.urlencode()})
    if not left:
        response.headers["HX-Refresh"] = "true"
    return response


def matrix_page(
    request: HttpRequest,
    form: MatrixForm,
    found: Matrix,
    problems: list[str] | None = None,
    *,
    refused: bool = False,
) -> HttpResponse:
    """The page, with what was wrong with a file that could not be written."""
    audit_request(request, "view", f"複数施設の表（{len(found.lines)}施設）")
    page = Paginator(found.lines, PAGE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "form": form,
        "matrix": found,
        "page": page,
        "rows": [_row(line, found.columns) for line in page.object_list],
        "sentence": _sentence(found),
        "total_at_risk": sum(line.short.at_risk or 0 for line in found.lines),
        "unknown_at_risk": sum(_unknown(line) for line in found.lines),
        "pending": found.pending,
        "months": _months(found, form),
        "month_typed": form.data.get("month", ""),
        "encodings": ENCODINGS,
        "sorts": SORTS,
        "offered": [(id_, title) for id_, title in form.fields["column"].choices if id_ in found.offered],  # type: ignore[attr-defined]
        "problems": problems or [],
        "chosen": request.GET.urlencode(),
        "filtered": any(
            request.GET.get(key) for key in ("q", "prefecture", "kind", "vendor", "addition", "mark")
        ),
    }
    return render(request, "sites/matrix.html", context, status=400 if problems or refused else 200)


def _row(line: Line, columns: tuple[str, ...]) -> dict[str, Any]:
    return {
        "name": line.site.name,
        "code": line.site.code,
        "address": reverse("site-home", args=[line.site.slug]),
        "due": line.short.due,
        "at_risk": line.short.at_risk,
        "pending": line.short.pending,
        "missing": line.short.missing,
        "cells": [_shown(line.short.cells.get(id_)) for id_ in columns],
    }


def _unknown(line: Line) -> bool:
    """Whether the yen at risk hang on visits that were not entered."""
    return line.short.at_risk is None and not line.short.pending


@lru_cache(2048)
def _cell(symbol: str, word: str, level: str, until: str) -> SafeString:
    """A cell as HTML: hundreds of sites share a few dozen."""
    cell = {
        "symbol": symbol,
        "word": word,
        "level": level,
        "until": until and japanese_date(date.fromisoformat(until)),
    }
    return render_to_string("sites/matrix_cell.html", {"cell": cell})


NO_CELL = format_html('<span class="small quiet">{}</span>', NOT_CONCERNED)


def _shown(cell: Cell | None) -> SafeString:
    return NO_CELL if cell is None else _cell(cell.symbol, cell.word, cell.level, cell.until)


def _sentence(found: Matrix) -> str:
    """The matrix in one sentence: how many sites, how many press."""
    count = len(found.lines)
    if not count:
        return "条件に合う施設はありません。"
    if found.pending:
        return f"{count}施設の判定です。期限と失うおそれは{found.pending}施設を計算中です。"
    pressing = sum(
        line.short.due is not None and (line.short.due.on - found.on).days <= 30 for line in found.lines
    )
    losing = sum(line.short.at_risk != 0 for line in found.lines)
    told = f"{count}施設のうち、30日以内に期限があるのは{pressing}施設"
    return told + (f"、算定できなくなるおそれがあるのは{losing}施設です。" if losing else "です。")


def _months(found: Matrix, form: MatrixForm) -> list[tuple[str, str, bool]]:
    """This month and next as links: value in the address, words, whether it is shown."""
    typed = str(form.data.get("month", ""))
    return [(value, words, typed == value) for value, words in MONTHS.items()]


@login_required
@fresh_sign_in
def matrix_export(request: HttpRequest) -> HttpResponse:
    """The matrix as it stands on the page, as CSV or Excel."""
    form, found = whole_matrix_of(request)
    encoding = request.GET.get("encoding", "utf-8-sig")
    if form.errors:
        return matrix_page(request, form, found, refused=True)
    if request.GET.get("format") == "xlsx":
        content = write_xlsx({"複数施設": (found.head(), found.rows())}, title=found.title, landscape=True)
        response = download(content, XLSX_TYPE, f"{found.name}.xlsx")
    else:
        try:
            content = write_csv(found.head(), found.rows(), encoding=encoding, name="CSV")
        except InputError as error:
            return matrix_page(request, form, found, [str(problem) for problem in error.problems])
        charset = "utf-8" if encoding == "utf-8-sig" else "shift_jis"
        response = download(content, f"{CSV_TYPE}; charset={charset}", f"{found.name}.csv")
    audit_request(request, "export", f"複数施設の表（{len(found.lines)}施設）")
    return response


urlpatterns = [
    path("sites/", matrix, name="matrix"),
    path("sites/rest/", matrix_rest, name="matrix-rest"),
    path("sites/export/", matrix_export, name="matrix-export"),
    *bulk.urlpatterns,
    *law_changes.urlpatterns,
]
