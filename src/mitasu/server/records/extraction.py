"""Lists taken out of the register: only with a purpose, with what was asked and how many rows in the records.

Cells that a spreadsheet would run are neutralised by the writer of tables. The list's hash is kept, so that a
list found somewhere can be traced to who took it out and what for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import QuerySet

from mitasu.documents.cells import Cell
from mitasu.documents.tables import CSV_TYPE, XLSX_TYPE, write_csv, write_xlsx
from mitasu.errors import UsageError
from mitasu.server.accounts.models import Site
from mitasu.server.ledger.audit import audit
from mitasu.server.records.models import DiagnosisRole, Extraction, Sex, Stay
from mitasu.server.records.search.compiled import newest, search
from mitasu.server.records.search.conditions import Node, told

FORMS = {"csv": "CSV（UTF-8）", "cp932": "CSV（Shift_JIS）", "xlsx": "Excel"}
COLUMNS = {
    "number": "患者番号", "kanji": "氏名", "kana": "カナ氏名", "birth": "生年月日", "age": "年齢", "sex": "性別",
    "postal": "郵便番号", "address": "住所", "admitted": "入院日", "count": "回数", "discharged": "退院日", "days": "在院日数",
    "department": "担当診療科", "doctor": "担当医", "icd": "主傷病ICD", "disease": "主傷病名", "diagnoses": "すべての病名",
    "operations": "手術", "outcome": "転帰", "submitted": "要約提出日",
}  # fmt: skip
"""What a list may have, by the columns' ids: those of the list of discharged patients, and a few more."""
MOST_ROWS = 200_000
AT_ONCE = 2000


def extract(
    site: Site,
    node: Node,
    *,
    purpose: str,
    form: str,
    columns: Iterable[str],
    user: Any,
    via: str = "web",
    address: str = "",
) -> tuple[bytes, str, Extraction]:
    """The list's bytes and media type, and the record of its being taken; UsageError where purpose or columns are missing."""
    wanted = [column for column in COLUMNS if column in set(columns)]
    if not purpose.strip():
        raise UsageError("取り出す目的を書いてください。")
    if form not in FORMS:
        raise UsageError(f"形「{form}」では取り出せません。{'、'.join(FORMS)} のどれかです。")
    if not wanted:
        raise UsageError("列を一つ以上選んでください。")
    stays = newest(search(site, node))
    count = stays.count()
    if count > MOST_ROWS:
        raise UsageError(f"{count:,}件は一度に取り出せません（{MOST_ROWS:,}件まで）。条件で絞ってください。")
    rows = list(_rows(stays, wanted))
    head = [COLUMNS[column] for column in wanted]
    if form == "xlsx":
        content = write_xlsx({"一覧": (head, rows)}, title="診療録管理の一覧", landscape=True)
    else:
        content = write_csv(head, rows, encoding="cp932" if form == "cp932" else "utf-8-sig")
    taken = Extraction.objects.create(
        site=site, user=user, purpose=purpose.strip()[:300], conditions=told(node), rows=len(rows), form=form,
        columns=wanted, digest=hashlib.sha256(content).hexdigest(),
    )  # fmt: skip
    what = f"診療録の抽出{taken.pk}：{len(rows)}件、目的「{purpose.strip()[:60]}」、条件「{told(node, masked=True)}」"
    audit("export", what, user=user, site=site, address=address, via=via)
    return content, XLSX_TYPE if form == "xlsx" else f"{CSV_TYPE}; charset={_charset(form)}", taken


def _charset(form: str) -> str:
    return "Shift_JIS" if form == "cp932" else "utf-8"


def _rows(stays: QuerySet[Stay], columns: list[str]) -> Iterator[list[Cell]]:
    found = stays.select_related("patient").prefetch_related("diagnoses", "operations")
    for stay in found.iterator(AT_ONCE):
        yield [_cell(stay, column) for column in columns]


def _cell(stay: Stay, column: str) -> Cell:
    if column in ("number", "kanji", "kana", "birth", "postal", "address"):
        theirs: Cell = getattr(stay.patient, column)
        return theirs
    if column == "sex":
        return Sex(stay.sex).label if stay.sex else ""
    if column in ("icd", "disease"):
        main = next((one for one in stay.diagnoses.all() if one.role == DiagnosisRole.MAIN), None)
        return "" if main is None else main.icd_text if column == "icd" else main.name
    if column == "diagnoses":
        return "、".join(f"{one.icd_text} {one.name}".strip() for one in stay.diagnoses.all())
    if column == "operations":
        return "、".join(
            f"{one.code_text} {one.name} {one.on or ''}".strip() for one in stay.operations.all()
        )
    own: Cell = getattr(stay, column)
    return own
