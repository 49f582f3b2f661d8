"""The audit of uploaded claim files as a job: read once, compared, told in plain data; the files are erased."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Container, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.utils import timezone

from mitasu.claims.audit import Auditor
from mitasu.claims.codes import CodeTable
from mitasu.claims.findings import Audit, MonthSum
from mitasu.claims.opened import Claims, opened
from mitasu.claims.rights import origin
from mitasu.claims.serial import audit_to_dict
from mitasu.dates import months_between
from mitasu.documents.claims_xlsx import audit_xlsx
from mitasu.errors import InputError, Problem
from mitasu.server.ledger.law import judge
from mitasu.server.sites import claim_uploads
from mitasu.server.sites.jobs import Made, Tell
from mitasu.server.sites.judging import institution_of
from mitasu.server.sites.models import Job

MOST_SHOWN, MOST_FAULTS = 300, 20
NO_RIGHTS = (
    "実在の患者のレセプトかもしれません。読む権限があり、院内の決まりに沿うなら、"
    "「実在の患者のレセプトを読む権限があります」に印を付けて、もう一度選んでください。"
)
PAGE, SHEET, DATA = "page.json", "audit.xlsx", "audit.json"


def make(job: Job, tell: Tell) -> Made:
    """The audit as a ZIP of what the page shows, the workbook and the data; the uploaded files are erased.

    They stay only where the worker is stopped in the middle, as another then begins anew.
    """
    upload, rights = job.wanted["upload"], bool(job.wanted["rights"])
    try:
        made = _made(job, tell, upload, rights)
    except Exception:
        claim_uploads.erase(upload)
        raise
    claim_uploads.erase(upload)
    return made


def _made(job: Job, tell: Tell, upload: str, rights: bool) -> Made:
    paths = claim_uploads.paths(upload)
    tell("だれのレセプトかを確かめています")
    try:
        _allowed(paths, rights=rights)
        auditor, faults = _read(job, tell, paths)
    except InputError as error:  # named as the user named them, not by where they lie here
        raise InputError(
            [replace(one, file=Path(one.file).name if one.file else None) for one in error.problems]
        ) from None
    tell("判定と突き合わせています")
    found = auditor.result()
    months = [one.month for one in found.months]
    span = f"{months[0]}〜{months[-1]}" if months else "加算なし"
    return Made(
        _zipped(found, faults),
        "application/zip",
        f"レセプト突き合わせ_{job.site.name}_{span}.xlsx",
        f"レセプトの突き合わせ（{len(paths)}ファイル、{span}）",
    )


def _allowed(paths: list[Path], *, rights: bool) -> None:
    """InputError naming the files that may hold real patients, where nobody said that they may be read."""
    real = [] if rights else [path for path in paths if origin(path) == "unknown"]
    if real:
        raise InputError([Problem(NO_RIGHTS, str(path), code="rights") for path in real])


def _read(job: Job, tell: Tell, paths: list[Path]) -> tuple[Auditor, list[dict[str, Any]]]:
    """An auditor that has taken all the files, and what was wrong in each."""
    auditor = Auditor(judge(), institution_of(job.site), CodeTable.shipped(), timezone.localdate())
    faults = []
    for file in opened(paths):
        tell(f"{file.path.name}を読んでいます")
        auditor.file(file)
        faults.append(_faults(file))
    return auditor, faults


def _zipped(found: Audit, faults: list[dict[str, Any]]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            PAGE, json.dumps(shown(found, faults, judge().rulebook.additions), ensure_ascii=False)
        )
        archive.writestr(DATA, json.dumps(audit_to_dict(found), ensure_ascii=False, indent=2))
        archive.writestr(SHEET, audit_xlsx(found, timezone.localdate()))
    return packed.getvalue()


def part(content: bytes, name: str) -> bytes:
    """One of the files in what `make` packed."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(name)


# ---- what the page shows -------------------------------------------------------------------------------------


def shown(found: Audit, faults: list[dict[str, Any]], judged: Container[str]) -> dict[str, Any]:
    """What the page shows: sums, findings up to a limit, what is missed by month, and what could not be told."""
    return {
        "files": [
            {"name": one.name, "month": one.month, "reviewer": one.reviewer, "receipts": one.receipts, **more}
            for one, more in zip(found.files, faults, strict=True)
        ],
        "receipts": found.receipts,
        "total": _sums(found.total),
        "months": [_sums(one) for one in found.months],
        "additions": _additions(found, judged),
        "findings": [
            {
                "month": one.month,
                "day": one.day.isoformat() if one.day else "",
                "file": one.file,
                "receipt": one.receipt,
                "line": one.line,
                "named": one.named,
                "addition": one.addition,
                "word": one.word,
                "repaid": one.repaid,
                "yen": one.yen,
                "why": one.why,
            }
            for one in found.findings[:MOST_SHOWN]
        ],
        "more_findings": max(0, len(found.findings) - MOST_SHOWN),
        "missed": _missed(found),
        "unsettled": len(found.unsettled),
        "unconfirmed": [title for _, title in found.unconfirmed],
        "untold": [
            {
                "title": one.title,
                "conditions": [*one.conditions, *(f"{fee}に含まれていないか" for fee in one.bundles)],
            }
            for one in found.untold
            if one.conditions or one.bundles
        ],
        "doubts": [f"{one.file} {one.line}行目：{one.message}" for one in found.doubts[:MOST_FAULTS]],
        "more_doubts": max(0, len(found.doubts) - MOST_FAULTS),
    }


def _faults(file: Claims) -> dict[str, Any]:
    return {
        "faults": len(file.faults),
        "told": [
            {"line": one.line, "severity": one.severity, "message": one.message}
            for one in file.faults[:MOST_FAULTS]
        ],
    }


def _sums(one: MonthSum) -> dict[str, Any]:
    return {name: getattr(one, name) for name in MonthSum.__slots__} | {"priced_yen": one.priced_yen}


def _additions(found: Audit, judged: Container[str]) -> list[dict[str, Any]]:
    """The sums of each addition that was charged or missed, the most to be repaid first; `judged`: those with a page."""
    rows = [
        {"addition": id_, "title": title, "judged": id_ in judged, **_sums(found.sum(id_))}
        for id_, title in found.titles.items()
    ]
    return sorted(rows, key=lambda row: (-row["repay_yen"], -row["missed_yen"], -row["charged_yen"]))


def _missed(found: Audit) -> list[dict[str, Any]]:
    """Missed visits by month, addition and level."""
    rows: dict[tuple[str, str, str], list[int]] = {}
    for one in found.missed:
        sums = rows.setdefault((one.month, one.title + one.level, one.lower or ""), [0, 0])
        sums[0] += 1
        sums[1] += one.yen
    return [
        {"month": month, "named": named, "lower": lower, "count": count, "yen": yen}
        for (month, named, lower), (count, yen) in rows.items()
    ]


def columns(rows: Iterable[dict[str, Any]]) -> list[tuple[str, tuple[int, int, int]]]:
    """Month and its yen: charged, to be repaid, missed; months between without any too."""
    found = {row["month"]: (row["charged_yen"], row["repay_yen"], row["missed_yen"]) for row in rows}
    months = months_between(min(found), max(found)) if found else []
    return [(month, found.get(month, (0, 0, 0))) for month in months]
