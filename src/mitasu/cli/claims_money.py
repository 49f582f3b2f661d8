"""The commands on the money in claim files: revenue, audit against judgements, card use."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mitasu.claims.codes import CodeTable
from mitasu.cli.app import AsJson, Rules
from mitasu.cli.claims import Rights, claims_app
from mitasu.cli.context import Context, day, emit, load
from mitasu.errors import InputError, Problem, UsageError
from mitasu.facts import Institution
from mitasu.judge.claimed import Claimed

Files = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE...", help="レセ電ファイル（RECEIPTC.UKE など。複数月・両方の請求先をまとめて）"
    ),
]
Codes = Annotated[
    list[Path] | None,
    typer.Option(
        "--codes", metavar="FILE", help="自分のコードの表（YAML。付属の表に加える。何度でも書ける）"
    ),
]
AnyInstitution = Annotated[
    bool, typer.Option("--any-institution", help="施設とファイルの医療機関コードが違っても進める")
]


def table(context: Context, codes: list[Path] | None) -> CodeTable:
    """The code table, with the users' own."""
    return CodeTable.load(codes, context.rulebook) if codes else CodeTable.shipped()


def allowed(files: list[Path], *, rights: bool) -> None:
    """InputError where a file may hold real patients and nobody said that they may be read."""
    from mitasu.claims.rights import require

    for file in files:
        require(file, rights=rights)


@claims_app.command("revenue")
def revenue(
    files: Files,
    by: Annotated[
        str,
        typer.Option("--by", metavar="WHAT", help="addition 加算ごと / month 月ごと / department 診療科ごと"),
    ] = "addition",
    codes: Codes = None,
    as_json: AsJson = False,
    rights: Rights = False,
    rules: Rules = None,
) -> None:
    """加算ごとの回数・点数・円を、診療月のコードの意味で数える。入院と入院外は別に。"""
    from mitasu.claims.revenue import BY, RevenueCounter

    if by not in BY:
        raise UsageError(f"--by「{by}」はありません。書けるもの: {'、'.join(BY)}")
    context = load(rules)
    from mitasu.claims.opened import opened

    counter = RevenueCounter(table(context, codes))
    allowed(files, rights=rights)
    sectors: dict[str, None] = {}
    for file in opened(files):
        counter.file(file)
        sectors[_sector(file.header.table if file.header else "1")] = None
    found = counter.result()
    unconfirmed = [
        id_ for sector in sectors for id_ in counter.codes.unconfirmed(context.rulebook, sector, found.months)
    ]
    if as_json:
        from mitasu.claims.serial import revenue_to_dict

        emit(revenue_to_dict(found, context.rulebook, dict.fromkeys(unconfirmed)))
        return
    from mitasu.cli import claims_pages

    claims_pages.revenue(found, by, context, list(dict.fromkeys(unconfirmed)))


def charged(
    context: Context,
    institution: Institution,
    files: list[Path],
    addition: str,
    codes: list[Path] | None = None,
    *,
    rights: bool,
) -> list[Claimed]:
    """The real monthly counts of an addition in an institution's claim files; what could not be counted is told."""
    from mitasu.claims.opened import matching, opened
    from mitasu.claims.revenue import RevenueCounter

    allowed(files, rights=rights)
    counter = RevenueCounter(table(context, codes))
    for file in opened(files):
        matching(institution, file.header, file.path.name)
        counter.file(file)
    found = counter.result()
    for doubt in found.doubts:
        typer.echo(f"確かめること：{doubt.file}の{doubt.line}行目 {doubt.message}", err=True)
    title = context.rulebook.titles[addition]
    if addition in counter.codes.unconfirmed(context.rulebook, institution.sector, found.months):
        told = f"{title}：コードの確認できていない月や受診があり、その算定は数えていません。"
        typer.echo(told, err=True)
    return found.claimed(addition, context.rulebook, institution.sector)


def _sector(number: str) -> str:
    """The sector of a 点数表."""
    return {"3": "dental", "4": "pharmacy", "6": "nursing"}.get(number, "medical")


@claims_app.command("audit")
def audit(
    institution: Annotated[
        Path,
        typer.Argument(
            metavar="INSTITUTION",
            help="施設ファイル（YAMLまたはJSON）。画面の施設なら、代わりに --site 識別名",
        ),
    ],
    files: Files,
    on: Annotated[
        str | None,
        typer.Option(
            "--on",
            metavar="DATE",
            help="振り返る日（その日までに決まったことは決まったものとする）。省くと今日",
        ),
    ] = None,
    xlsx: Annotated[
        Path | None,
        typer.Option("--xlsx", metavar="OUT", help="Excelに書き出す（まとめ・月別・所見・算定もれ）"),
    ] = None,
    codes: Codes = None,
    any_institution: AnyInstitution = False,
    as_json: AsJson = False,
    rights: Rights = False,
    rules: Rules = None,
) -> None:
    """算定した加算を、その日の判定と算定の決まりに照らす。返還になりうるもの、判断できないもの、算定もれ。"""
    from mitasu.claims.audit import audit as compare

    if institution.suffix.lower() == ".uke":
        raise UsageError(
            f"{institution} はレセプトのファイルです。施設ファイルを先に、レセプトを後に書いてください。"
        )
    context = load(rules)
    allowed(files, rights=rights)
    today = day(on)
    found = compare(
        context.judge,
        context.institution(institution),
        files,
        table(context, codes),
        on=today,
        any_institution=any_institution,
    )
    if xlsx is not None:
        from mitasu.documents.claims_xlsx import audit_xlsx
        from mitasu.facts.write import write_bytes

        write_bytes(xlsx, audit_xlsx(found, today))
        typer.echo(f"{xlsx} に書き出しました。", err=as_json)
    if as_json:
        from mitasu.claims.serial import audit_to_dict

        emit(audit_to_dict(found))
    elif xlsx is None:
        from mitasu.cli import claims_pages

        claims_pages.audit(found)


@claims_app.command("rate")
def rate(
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[FILE...]", help="レセ電ファイル（入院外の件数を数える。両方の請求先を）"),
    ] = None,
    log: Annotated[
        Path | None,
        typer.Option(
            "--eligibility-log", metavar="CSV", help="資格確認の記録（列: 日付、種類、患者（省ける））"
        ),
    ] = None,
    notice: Annotated[
        str | None,
        typer.Option(
            "--notice", metavar="TEXT|FILE", help="支払基金の通知（文章そのもの、または文章のファイル）"
        ),
    ] = None,
    into: Annotated[
        Path | None,
        typer.Option("--into", metavar="INSTITUTION", help="通知の率を書き込む施設ファイル（YAML）"),
    ] = None,
    site: Annotated[
        str | None, typer.Option("--site", metavar="NAME", help="通知の率を記録する画面の施設（識別名）")
    ] = None,
    estimates: Annotated[
        bool, typer.Option("--estimates", help="通知のない月に、自院の件数による推計も書き込む")
    ] = False,
    replace: Annotated[bool, typer.Option("--replace", help="違う値が書かれている月も書き換える")] = False,
    codes: Codes = None,
    any_institution: AnyInstitution = False,
    as_json: AsJson = False,
    rights: Rights = False,
    rules: Rules = None,
) -> None:
    """マイナ保険証利用率: 通知の率と、自院の件数による推計（レセプト件数ベースと資格確認件数ベース）。"""
    from mitasu.claims.checks import read_checks
    from mitasu.claims.notice import read_notice
    from mitasu.claims.rates import card_use, entries
    from mitasu.cli import claims_pages
    from mitasu.cli.claims_writing import into_file, into_site

    given = list(files or ())
    if not (given or log or notice):
        raise UsageError("FILE、--eligibility-log、--notice のどれかを指定してください。")
    if into is not None and site is not None:
        raise UsageError("--into と --site は、どちらか一つにしてください。")
    if (estimates or replace) and into is None and site is None:
        raise UsageError(
            "--estimates と --replace は、書き込む先（--into 施設ファイル か --site 識別名）と一緒に使います。"
        )
    context = load(rules)
    allowed(given, rights=rights)
    target = Path(f"site:{site}") if site else into
    institution = context.institution(target) if target is not None else None
    told = read_notice(_text(notice), day(None)) if notice is not None else None
    if told is not None and not told.readings:
        raise InputError(Problem("通知から月と利用率を読み取れませんでした。", "--notice"))
    months = card_use(
        given,
        read_checks(log) if log else None,
        told,
        table(context, codes),
        institution,
        any_institution=any_institution,
    )
    written = ""
    if institution is not None and target is not None:
        if told is not None and told.conflicts:
            raise InputError([Problem(one, "--notice") for one in told.conflicts])
        rows = entries(months, told.notified_on if told else None, estimates=estimates)
        write = into_site if site else into_file
        written = write(rows, institution, target, day(None), replace=replace)
    if as_json:
        from mitasu.claims.serial import card_use_to_dict

        emit(card_use_to_dict(months))
    else:
        claims_pages.rate(months, told)
    if written:
        typer.echo(written, err=as_json)


def _text(given: str) -> str:
    """The notice: the content of a file of that name, else the words themselves."""
    from mitasu.rules.strict_yaml import decode

    looks_like_a_name = "\n" not in given and len(given) < 255
    if looks_like_a_name and Path(given).is_file():
        return decode(Path(given).read_bytes(), given)
    if looks_like_a_name and Path(given).suffix.lower() in (".txt", ".csv", ".eml", ".md"):
        raise InputError(Problem("ファイルがありません。", given))
    return given
