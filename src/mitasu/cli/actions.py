"""The commands that turn a judgement into what people do next."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from mitasu.cli.app import AsJson, File, On, Rules, app, rules_app
from mitasu.cli.context import day, emit, load, month
from mitasu.dates import month_of, shift_month
from mitasu.errors import UsageError
from mitasu.text import halfwidth

MOST = 10
"""How many next steps are shown unless all are asked for."""
Within = Annotated[str, typer.Option("--within", metavar="DAYS", help="何日先までか（90d）")]


@app.command()
def deadlines(
    file: File,
    on: On = None,
    within: Within = "90d",
    ics: Annotated[
        Path | None,
        typer.Option(
            "--ics", metavar="FILE", help="予定表（iCalendar）に書き出す。前のファイルがあれば番号を引き継ぐ"
        ),
    ] = None,
    as_json: AsJson = False,
    rules: Rules = None,
) -> None:
    """日のあるものすべて: 経過措置の終わり、届出の必着日、毎年の報告、訓練・研修、要約の締切、制度の変わる日。"""
    from mitasu.judge.deadlines import deadlines as find

    context = load(rules)
    institution = context.institution(file)
    first, length = day(on), _days(within)
    found = find(context.judge, institution, first, length)
    if ics is not None:
        from mitasu.documents.calendar import write_calendar

        write_calendar(ics, institution, found, (first, first + timedelta(days=length)))
        typer.echo(f"{len(found)}件の予定を {ics} に書き出しました。", err=as_json)
    if as_json:
        from mitasu.judge.serial_actions import deadline_to_dict

        emit({"on": first.isoformat(), "deadlines": [deadline_to_dict(item) for item in found]})
    elif ics is None:
        from mitasu.cli import action_pages

        action_pages.deadlines(institution, first, found)


def _days(text: str) -> int:
    number = halfwidth(text).removesuffix("日").removesuffix("d")
    if not number.isdecimal() or len(number) > 4 or not 1 <= int(number) <= 3660:
        raise UsageError(
            f"--within「{text}」は日数ではありません。90d のように1から3660までで書いてください。"
        )
    return int(number)


def _limit(text: str) -> int:
    number = halfwidth(text)
    if not number.isdecimal() or len(number) > 6 or int(number) < 1:
        raise UsageError(f"--limit「{text}」は数ではありません。1以上の整数で書いてください。")
    return int(number)


@app.command()
def filings(
    file: File,
    on: On = None,
    accepted: Annotated[
        str | None,
        typer.Option("--accepted", metavar="DATE", help="この日に受理されたとすると、いつから算定できるか"),
    ] = None,
    as_json: AsJson = False,
    rules: Rules = None,
) -> None:
    """加算ごとに、届出が要るか・届出直しか・不要か、様式と添付、いつから算定できるか。"""
    from mitasu.judge.filings import filing_answers

    context = load(rules)
    institution = context.institution(file)
    found = filing_answers(context.judge, institution, day(on), day(accepted) if accepted else None)
    if as_json:
        from mitasu.judge.serial_actions import filing_to_dict

        emit(
            {
                "on": day(on).isoformat(),
                "accepted": day(accepted or on).isoformat(),
                "filings": [filing_to_dict(answer) for answer in found],
            }
        )
        return
    from mitasu.cli import action_pages

    action_pages.filings(institution, day(on), found, context)


@app.command()
def improve(
    file: File,
    on: On = None,
    visits: Annotated[
        str | None,
        typer.Option(
            "--visits",
            metavar="KIND=N,…",
            help="ひと月の回数（first_visit=120,revisit=400。加算のidで、その加算の回数も書ける）",
        ),
    ] = None,
    changes: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="FACT=VALUE", help="もしこの事実がこうなら（何度でも書ける。ファイルは変えない）"
        ),
    ] = None,
    limit: Annotated[
        str, typer.Option("--limit", metavar="N", help="画面に示す一歩の数（省くと10。JSONはすべて）")
    ] = "10",
    as_json: AsJson = False,
    rules: Rules = None,
) -> None:
    """次の一歩が何をもたらすか: 区分ごとの最小の変更、点数、円、届出と算定開始日。--set で「もしも」。"""
    from mitasu.cli import action_pages
    from mitasu.judge.improve import improvements, parse_changes, parse_visits, what_if
    from mitasu.judge.serial_actions import difference_to_dict, improvement_to_dict

    most = _limit(limit)
    context = load(rules)
    institution = context.institution(file)
    given = parse_visits(visits, context.rulebook)
    if changes:
        replaced = parse_changes(changes, context.rulebook)
        found = what_if(context.judge, institution, day(on), replaced, given)
        if as_json:
            emit({"on": day(on).isoformat(), "differences": [difference_to_dict(item) for item in found]})
        else:
            action_pages.differences(institution, day(on), changes, found, context)
        return
    items = improvements(context.judge, institution, day(on), given)
    if as_json:
        emit({"on": day(on).isoformat(), "improvements": [improvement_to_dict(item) for item in items]})
        return
    action_pages.improvements(institution, day(on), items, most)


@app.command()
def history(
    file: File,
    addition: Annotated[str, typer.Argument(metavar="ADDITION", help="加算のid")],
    from_: Annotated[
        str | None, typer.Option("--from", metavar="MONTH", help="最初の月（省くと24か月前）")
    ] = None,
    to: Annotated[str | None, typer.Option("--to", metavar="MONTH", help="最後の月（省くと今月）")] = None,
    claimed: Annotated[
        Path | None,
        typer.Option("--claimed", metavar="FILE", help="月ごとの算定回数（YAML）。返還になりうる金額を出す"),
    ] = None,
    claims: Annotated[
        list[Path] | None,
        typer.Option(
            "--claims", metavar="FILE", help="レセ電ファイル（何度でも書ける）。実際の算定回数で金額を出す"
        ),
    ] = None,
    codes: Annotated[
        list[Path] | None,
        typer.Option("--codes", metavar="FILE", help="自分のコードの表（--claims を数えるときに加える）"),
    ] = None,
    rights: Annotated[
        bool, typer.Option("--i-have-rights", help="実在の患者のレセプトを読む権限がある")
    ] = False,
    as_json: AsJson = False,
    rules: Rules = None,
) -> None:
    """要件ごとに、いつから満たし、満たさず、不明だったか。算定していた月の返還額。"""
    from mitasu.judge.claimed import load_claimed
    from mitasu.judge.history import history as look_back

    context = load(rules)
    institution = context.institution(file)
    id_ = context.rulebook.addition(addition).id
    last = month(to, "--to") if to else month_of(day(None))
    first = month(from_, "--from") if from_ else shift_month(last, -24)
    if first > last:
        raise UsageError(f"--from（{first}）が --to（{last}）より後です。入れ替えてください。")
    if claimed and claims:
        raise UsageError("--claimed と --claims は、どちらか一つにしてください。")
    counts = load_claimed(claimed) if claimed else None
    if claims:
        from mitasu.cli.claims_money import charged

        counts = charged(context, institution, claims, id_, codes, rights=rights)
    found = look_back(context.judge, institution, id_, first, last, counts, day(None))
    if as_json:
        from mitasu.judge.serial_actions import history_to_dict

        emit(history_to_dict(found))
        return
    from mitasu.cli import action_pages

    action_pages.history(institution, found)


@app.command()
def changes(
    from_: Annotated[str, typer.Option("--from", metavar="D1", help="前の日")],
    to: Annotated[str, typer.Option("--to", metavar="D2", help="後の日")],
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[FILE...]", help="施設ファイル。この施設の判定がどう動くか"),
    ] = None,
    as_json: AsJson = False,
    rules: Rules = None,
) -> None:
    """二つの日のあいだに制度の何が変わり、どの施設の判定が動き、どの届出が要るか。"""
    from mitasu.cli import action_pages
    from mitasu.judge.changes import moves, rule_changes
    from mitasu.judge.serial_actions import changes_to_dict

    context = load(rules)
    first, last = day(from_), day(to)
    if first >= last:
        raise UsageError(f"--from（{first}）は --to（{last}）より前の日にしてください。")
    institutions = [context.institution(file) for file in files or ()]
    found = rule_changes(context.judge, first, last, institutions)
    moved = [move for institution in institutions for move in moves(context.judge, institution, first, last)]
    if as_json:
        emit({"from": first.isoformat(), "to": last.isoformat(), **changes_to_dict(found, moved)})
        return
    action_pages.changes(first, last, found, moved, institutions)


@rules_app.command("graph")
def rules_graph(
    svg: Annotated[Path | None, typer.Option("--svg", metavar="FILE", help="図（SVG）を書き出す")] = None,
    as_json: AsJson = False,
    rules: Rules = None,
) -> None:
    """加算どうしのつながり: 必要とする、併せて算定できない、優先する。"""
    from mitasu.facts.write import write_whole
    from mitasu.judge.links import graph_svg, links
    from mitasu.judge.serial_actions import link_to_dict

    context = load(rules)
    if svg is not None:
        write_whole(svg, graph_svg(context.rulebook))
        typer.echo(f"{svg} に書き出しました。", err=as_json)
    if as_json:
        emit([link_to_dict(link) for link in links(context.rulebook)])
    elif svg is None:
        from mitasu.cli import action_pages

        action_pages.graph(links(context.rulebook), context)
