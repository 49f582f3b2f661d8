"""`mitasu claims show`, `check`, `statistics`, `anonymize`, `generate`: claim files as text and JSON.

Of a patient nothing is shown but the number of the receipt and the line.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import typer

from mitasu.claims.faults import CODES
from mitasu.claims.reading import ClaimFile
from mitasu.claims.receipt import Receipt
from mitasu.claims.rights import Origin, origin, require
from mitasu.claims.volumes import in_volumes, read_volumes
from mitasu.cli.context import emit, load, month
from mitasu.dates import japanese_month, months_between
from mitasu.errors import InputError, Problem, UsageError, reason

SHOWN = 20
"""How many faults of one code are shown as text; JSON has those that were kept."""
REVIEWERS = {"1": "社保", "2": "国保"}
SEVERITIES = {"error": "誤り", "warning": "警告", "note": "注"}
ORIGINS: dict[Origin, str] = {
    "sample": "見本",
    "anonymized": "匿名化したもの",
    "unknown": "実在かもしれない患者",
}


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim, read to its end: its volumes, whose patients it holds, receipts by 診療科."""

    files: list[ClaimFile]
    origin: Origin
    departments: Counter[str]

    @property
    def errors(self) -> int:
        """How many errors there are in all volumes."""
        return sum(one.errors for one in self.files)


def read(paths: Sequence[Path], *, rights: bool) -> list[Claim]:
    """Every claim in the files. InputError for what is no claim file, and for real patients without the rights."""
    paths = list(dict.fromkeys(paths))
    for path in paths:
        require(path, rights=rights)
    found = []
    for group in in_volumes(paths):
        departments: Counter[str] = Counter()

        def see(path: Path, receipt: Receipt, departments: Counter[str] = departments) -> None:
            departments.update(receipt.departments)

        kinds = {origin(path) for path in group}
        one: Origin = "unknown" if "unknown" in kinds or len(kinds) > 1 else kinds.pop()
        found.append(Claim(read_volumes(group, see), one, departments))
    return found


def as_dict(claim: Claim) -> dict[str, Any]:
    """A claim as JSON."""
    last = claim.files[-1]
    totals = last.totals
    return {
        "kind": last.table.kind,
        "origin": claim.origin,
        "receipts": totals.receipts,
        "inpatient": totals.inpatient,
        "outpatient": totals.outpatient,
        "points": totals.points,
        "items": totals.items,
        "months": dict(sorted(totals.months.items())),
        "records": totals.records,
        "departments": dict(sorted(claim.departments.items())),
        "trailer": None if last.trailer is None else asdict(last.trailer),
        "unchecked_records": [id_ for id_ in last.table.unchecked if id_ in totals.records],
        "errors": claim.errors,
        "warnings": sum(one.warnings for one in claim.files),
        "files": [
            {
                "file": str(one.path),
                "header": None if one.header is None else asdict(one.header) | {"code": one.header.code},
                "fault_counts": dict(sorted(one.fault_counts.items())),
                "faults": [asdict(fault) for fault in one.faults],
            }
            for one in claim.files
        ],
    }


def show(claims: Sequence[Claim], *, as_json: bool) -> None:
    """What is in the files."""
    if as_json:
        emit({"claims": [as_dict(claim) for claim in claims]})
        return
    for place, claim in enumerate(claims):
        if place:
            typer.echo("")
        _show(claim)


def check(claims: Sequence[Claim], *, as_json: bool) -> int:
    """Every fault; exit status 1 where there is an error."""
    status = 1 if any(claim.errors for claim in claims) else 0
    if as_json:
        emit({"claims": [as_dict(claim) for claim in claims]})
        return status
    for claim in claims:
        for one in claim.files:
            _faults(one, SHOWN)
    receipts = sum(claim.files[-1].totals.receipts for claim in claims)
    errors = sum(claim.errors for claim in claims)
    warnings = sum(one.warnings for claim in claims for one in claim.files)
    files = sum(len(claim.files) for claim in claims)
    typer.echo(
        f"{files}ファイル、{receipts:,}件のレセプトを点検しました。誤り{errors:,}件、警告{warnings:,}件。"
    )
    return status


def _show(claim: Claim) -> None:
    first, last = claim.files[0], claim.files[-1]
    totals, header = last.totals, first.header
    typer.echo(
        "、".join(one.path.name for one in claim.files) + f"（{last.table.title}、{ORIGINS[claim.origin]}）"
    )
    if header is None:
        typer.echo("  医療機関    読めません")
    else:
        payer = REVIEWERS.get(header.reviewer, header.reviewer)
        typer.echo(f"  医療機関    {header.name}（{header.code}）")
        typer.echo(f"  請求        {_month(header.month)}　{payer}　巻 {'、'.join(_volumes(claim))}")
    months = "、".join(f"{_month(month)} {count:,}件" for month, count in sorted(totals.months.items()))
    typer.echo(f"  診療月      {months}")
    typer.echo(
        f"  レセプト    {totals.receipts:,}件（入院外{totals.outpatient:,}、入院{totals.inpatient:,}）　"
        + ("合計点数は数えられません" if totals.points is None else f"{totals.points:,}点")
    )
    if last.trailer is not None:
        typer.echo(f"  請求書(GO)  {_number(last.trailer.count)}件　{_number(last.trailer.points)}点")
    records = "、".join(f"{id_} {count:,}" for id_, count in totals.records.items())
    typer.echo(f"  記録        {records}")
    if claim.departments:
        typer.echo(
            "  診療科      "
            + "、".join(f"{code} {count:,}" for code, count in sorted(claim.departments.items()))
        )
    unchecked = [id_ for id_ in last.table.unchecked if id_ in totals.records]
    if unchecked:
        typer.echo(f"  点検しない  {'、'.join(unchecked)}（項目が公開された資料で確かめられない記録）")
    warnings = sum(one.warnings for one in claim.files)
    typer.echo(f"  点検        誤り{claim.errors:,}件、警告{warnings:,}件")
    for one in claim.files:
        _faults(one, 3)


def _month(text: str) -> str:
    return japanese_month(text) if text else "月の読めないもの"


def _number(value: int | None) -> str:
    return "読めない" if value is None else f"{value:,}"


def _volumes(claim: Claim) -> list[str]:
    return [one.header.volume or "なし" if one.header else "？" for one in claim.files]


def _faults(one: ClaimFile, shown: int) -> None:
    """The faults of a file by line, at most `shown` of each code."""
    seen: Counter[str] = Counter()
    for fault in one.faults:
        seen[fault.code] += 1
        if seen[fault.code] <= shown:
            typer.echo(
                f"{one.path.name}:{fault.line}: {SEVERITIES[fault.severity]}: {fault.message}（{fault.code}）"
            )
    for code, count in sorted(one.fault_counts.items()):
        if count > shown:
            typer.echo(f"{one.path.name}: {CODES[code][1]}（{code}）は、ほかに{count - shown:,}件あります。")


def statistics(paths: Sequence[Path], *, rights: bool, as_json: bool) -> None:
    """The numbers of each file."""
    from mitasu.claims.statistics import statistics as count

    found = []
    for path in dict.fromkeys(paths):
        require(path, rights=rights)
        found.append((path, count(path)))
    if as_json:
        emit(
            {
                "files": [
                    {
                        "file": str(path),
                        "kind": one.kind,
                        "records": dict(sorted(one.records.items())),
                        "receipts": {"outpatient": one.receipts[False], "inpatient": one.receipts[True]},
                        "points": {"outpatient": one.points[False], "inpatient": one.points[True]},
                        "kinds": dict(sorted(one.kinds.items())),
                        "months": dict(sorted(one.months.items())),
                        "departments": dict(sorted(one.departments.items())),
                        "items": [
                            {"month": key[0], "inpatient": key[1], "record": key[2], "code": key[3]}
                            | {"lines": lines, "times": times}
                            for key, (lines, times) in sorted(one.items.items())
                        ],
                    }
                    for path, one in found
                ]
            }
        )
        return
    for path, one in found:
        typer.echo(f"{path.name}")
        typer.echo(
            f"  レセプト  入院外{one.receipts[False]:,}件 {one.points[False]:,}点、入院{one.receipts[True]:,}件 {one.points[True]:,}点"
        )
        for title, counter in (
            ("記録", one.records),
            ("種別", one.kinds),
            ("診療月", one.months),
            ("診療科", one.departments),
        ):
            if counter:
                told = "、".join(f"{name or '不明'} {count:,}" for name, count in sorted(counter.items()))
                typer.echo(f"  {title}{'　' * (4 - len(title))}  {told}")
        codes: Counter[tuple[str, str]] = Counter()
        for (_, _, record, code), (_, times) in one.items.items():
            codes[record, code] += times
        if codes:
            told = "、".join(
                f"{record} {code} {times:,}回" for (record, code), times in codes.most_common(SHOWN)
            )
            typer.echo(f"  多い順　  {told}")


def anonymize(source: Path, target: Path, more: Sequence[str], *, rights: bool) -> None:
    """Write the files without their people."""
    from mitasu.claims.anonymize import Hider

    pairs = [(source, target)]
    for text in more:
        one, sign, other = text.partition("=")
        if not sign or not one or not other:
            raise UsageError(f"--also「{text}」は使えません。IN=OUT の形で書いてください。")
        pairs.append((Path(one), Path(other)))
    for path, _ in pairs:
        require(path, rights=rights)
    hider = Hider()
    for path, out in pairs:
        hidden = hider.file(path, out)
        typer.echo(f"{out} に{hidden.records:,}件の記録を書き出しました。")
        if hidden.left_out:
            lines = "、".join(str(line) for line in hidden.left_out[:SHOWN])
            typer.echo(
                f"  書き方に誤りがあり、除いた行: {lines}" + ("など" if len(hidden.left_out) > SHOWN else "")
            )


def generate(
    institution: Path,
    out: Path,
    months: str,
    receipts: int,
    seed: int,
    reviewer: str,
    volumes: int,
    faults: Sequence[str],
) -> None:
    """Write sample months."""
    from mitasu.claims.generate import profile, write_month
    from mitasu.claims.sample_faults import Planter

    first, sign, last = months.partition("..")
    wanted = months_between(month(first, "--months"), month(last if sign else first, "--months"))
    if not wanted:
        raise UsageError("--months は、前の月..後の月の順に書いてください。")
    if reviewer not in REVIEWERS:
        raise UsageError(f"--reviewer「{reviewer}」は使えません。1（社保）か2（国保）で書いてください。")
    if volumes > receipts:
        raise UsageError(
            f"{receipts}件のレセプトは{volumes}巻に分けられません。--volumes は件数までにしてください。"
        )
    Planter(faults, wanted[0])
    context = load()
    made = profile(context.institution(institution), context.judge, wanted)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(Problem(f"フォルダーを作れません（{reason(error)}）。", str(out))) from None
    for place, one in enumerate(wanted):
        path = out / f"RECEIPTC-{one}-{reviewer}.UKE"
        planted = faults if place == 0 else ()
        for written in write_month(
            made, one, path, receipts, seed, reviewer=reviewer, faults=planted, volumes=volumes
        ):
            typer.echo(f"{written} に、{japanese_month(one)}診療分の見本を書き出しました。")
