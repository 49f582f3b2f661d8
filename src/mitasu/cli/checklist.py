"""`mitasu checklist`: the cyber-security checklist of a year, for the hospital (no --vendor) or one vendor."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from mitasu.cli.app import app
from mitasu.cli.commands import Commands
from mitasu.cli.context import day
from mitasu.cli.of_site import By, Data, Site, day_or_none, noted, opened, read_bytes, write_bytes
from mitasu.errors import UsageError

checklist_app = Commands(
    help="サイバーセキュリティ対策の点検表を、年度ごとに管理する。",
    no_args_is_help=True,
)
app.add_typer(checklist_app, name="checklist")

Year = Annotated[int | None, typer.Option("--year", metavar="YEAR", help="年度（西暦）。省くと今日の年度")]
Vendor = Annotated[str, typer.Option("--vendor", help="事業者の名前。省くと医療機関の点検表")]


def _year(year: int | None) -> int:
    from mitasu.server.continuity.plans.checklist import year_of

    return year_of(day(None)) if year is None else year


def _sheet(place: Any, year: int, vendor: str) -> Any:
    from mitasu.server.continuity.plans import checklist

    found = checklist.sheet_of(place, year, " ".join(vendor.split()))
    if found is None:
        raise UsageError(
            f"{checklist.year_text(year)}の{vendor or '医療機関'}の点検表には、まだ回答がありません。"
        )
    return found


@checklist_app.command("show")
def show(
    site: Site,
    year: Year = None,
    vendor: Vendor = "",
    before: Annotated[int | None, typer.Option("--compare", metavar="YEAR", help="この年度と比べる")] = None,
    data: Data = None,
) -> None:
    """項目と回答、自分の記録からの提案、署名を示す。--compare で前の年度と比べる。"""
    place, _ = opened(site, data, "checklist show")
    from mitasu.server.continuity.plans import checklist
    from mitasu.server.continuity.plans.comparing import CHANGES, compare

    wanted = _year(year)
    items = checklist.checklist_of(place, wanted)
    noted(place, "view", f"checklist show {wanted} {vendor}")
    if before is not None:
        for row in compare(place, before, wanted, vendor):
            was, now = (checklist.VALUES[one.value] if one else "回答なし" for one in (row.before, row.after))
            typer.echo(f"{row.item.id}\t{was} → {now}\t{CHANGES[row.change]}\t{row.item.text}")
        return
    typer.echo(f"{items.title}　{vendor or '医療機関'}")
    for part, lines in checklist.lines_of(place, wanted, vendor, day(None)):
        typer.echo(f"\n{part.id} {part.title}")
        for line in lines:
            typer.echo(f"{line.item.id}\t{line.word}\t{line.item.text}")
            if line.answer:
                target = f"、目標日 {line.answer.target}" if line.answer.target else ""
                typer.echo(
                    f"    {line.answer.on}に確認（{line.answer.given_name}）{target}　{line.answer.note}"
                )
            if line.suggestion:
                proof = f"（証拠{line.suggestion.evidence}）" if line.suggestion.evidence else ""
                typer.echo(f"    提案 はい：{line.suggestion.text}{proof}")
    last, holds = checklist.signed(checklist.sheet_of(place, wanted, vendor))
    if last is not None:
        typer.echo(
            f"\n署名：{last.on} {last.name}（証拠{last.entry}）{'' if holds else '　署名の後に変わっています'}"
        )
    for one in [] if vendor else checklist.vendors_of(place, wanted):
        typer.echo(f"事業者：{one.party}")


@checklist_app.command("answer")
def answer(
    item: Annotated[str, typer.Argument(metavar="ITEM", help="項目のid（show に出る）")],
    value: Annotated[str, typer.Argument(metavar="ANSWER", help="yes: はい、no: いいえ、na: 対象外")],
    site: Site,
    year: Year = None,
    vendor: Vendor = "",
    on: Annotated[str | None, typer.Option("--on", metavar="DATE", help="確かめた日。省くと今日")] = None,
    target: Annotated[
        str | None, typer.Option("--target", metavar="DATE", help="「いいえ」の目標日（年度のうち）")
    ] = None,
    evidence: Annotated[int | None, typer.Option("--evidence", min=1, help="証拠の番号")] = None,
    note: Annotated[str, typer.Option("--note", help="覚え書き。「対象外」のときは理由")] = "",
    by: By = None,
    data: Data = None,
) -> None:
    """一つの項目に答える。前の回答も残る。"""
    place, user = opened(site, data, "checklist answer", by)
    from django.db import transaction

    from mitasu.server.continuity.plans import checklist

    wanted = _year(year)
    with transaction.atomic():
        asked = checklist.item_named(place, wanted, item, vendor)
        checklist.answer(
            checklist.begin(place, wanted, vendor),
            asked,
            value,
            day(on),
            day_or_none(target, "--target"),
            evidence=evidence,
            note=note,
            today=day(None),
            by=user,
        )
    noted(place, "change", f"checklist answer {wanted} {item} {value}", user)
    typer.echo(f"{item}：{checklist.VALUES[value]}")


@checklist_app.command("sign")
def sign(
    site: Site,
    by: Annotated[str, typer.Option("--by", metavar="USER", help="署名する利用者（承認の役割が要る）")],
    year: Year = None,
    vendor: Vendor = "",
    on: Annotated[str | None, typer.Option("--on", metavar="DATE", help="署名の日。省くと今日")] = None,
    guideline_until: Annotated[
        str | None,
        typer.Option(
            "--guideline-until", metavar="DATE", help="ガイドラインへの対応も、この日までの事実として述べる"
        ),
    ] = None,
    data: Data = None,
) -> None:
    """すべて答えた点検表に署名する。PDFが証拠台帳に入る。"""
    place, user = opened(site, data, "checklist sign", by, approving=True)
    from mitasu.server.continuity.plans import checklist

    wanted = _year(year)
    signature = checklist.sign(
        _sheet(place, wanted, vendor),
        day(on),
        guideline_until=day_or_none(guideline_until, "--guideline-until"),
        today=day(None),
        by=user,
        via="cli",
    )
    noted(place, "change", f"checklist sign {wanted} {vendor}", user)
    typer.echo(f"署名しました（証拠{signature.entry}）。")


@checklist_app.command("export")
def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="書き出すPDF（.yaml なら項目のファイル）")],
    site: Site,
    year: Year = None,
    vendor: Vendor = "",
    data: Data = None,
) -> None:
    """点検表をPDFに書き出す。.yaml なら、読み込みのひな形になる項目のファイルを書き出す。"""
    place, _ = opened(site, data, "checklist export")
    from mitasu.server.continuity.models.plans import OwnChecklist
    from mitasu.server.continuity.plans import checklist
    from mitasu.server.continuity.plans.items import shipped_text

    wanted = _year(year)
    checklist.checklist_of(place, wanted)
    if file.suffix.lower() in (".yaml", ".yml"):
        own = OwnChecklist.objects.filter(site=place, year=wanted).first()
        write_bytes(file, (own.text if own else shipped_text(wanted) or "").encode())
    else:
        write_bytes(file, checklist.sheet_pdf(_sheet(place, wanted, vendor)))
    noted(place, "export", f"checklist export {wanted} {vendor}")
    typer.echo(f"{file} に書きました。")


@checklist_app.command("load")
def load(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="項目のファイル（YAML）")],
    site: Site,
    by: By = None,
    data: Data = None,
) -> None:
    """年度の点検項目を、自分のファイルから読み込む。"""
    place, user = opened(site, data, "checklist load", by)
    from mitasu.server.continuity.plans import checklist

    found = checklist.load(place, read_bytes(file, 500_000), file.name, by=user)
    noted(place, "change", f"checklist load {found.year}", user)
    typer.echo(f"{checklist.year_text(found.year)}の点検項目（{len(found.items)}項目）を読み込みました。")
