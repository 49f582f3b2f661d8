"""`mitasu post`: the sentences to post, as a list, a poster, a part of a website or text; and the check of a page."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from mitasu.cli.app import AsJson, File, On, app
from mitasu.cli.context import Context, console, day, emit, load
from mitasu.cli.show import NOTICE
from mitasu.dates import japanese_date
from mitasu.errors import InputError, Problem, UsageError
from mitasu.facts import Institution
from mitasu.judge.page_check import Check, check, outdated
from mitasu.judge.postings import PostingSentence, postings, standing

BLANK = "NAME=TEXT"


@app.command()
def post(
    file: File,
    on: On = None,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="OUT", help="ウェブサイトに貼るHTMLを書き出す")
    ] = None,
    text: Annotated[bool, typer.Option("--text", help="文章だけを出す")] = False,
    pdf: Annotated[
        Path | None, typer.Option("--pdf", metavar="OUT", help="掲示するポスター（PDF）を書き出す")
    ] = None,
    size: Annotated[str, typer.Option("--size", metavar="A4|A3", help="ポスターの大きさ")] = "A4",
    url: Annotated[
        str | None,
        typer.Option("--url", metavar="URL", help="ポスターに、このウェブサイトのQRコードを入れる"),
    ] = None,
    fill: Annotated[
        list[str] | None,
        typer.Option("--fill", metavar=BLANK, help="施設だけが知っていること（何度でも書ける）"),
    ] = None,
    page: Annotated[
        Path | None,
        typer.Option("--check", metavar="PAGE", help="公開しているページ（HTML・PDF・文章）を点検する"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """院内とウェブサイトに掲示する文: どの要件が求めるか。ポスターやHTMLを作り、公開したページを点検する。"""
    context = load()
    institution, when = context.institution(file), day(on)
    if size not in ("A4", "A3"):
        raise UsageError(f"--size「{size}」は使えません。A4かA3で書いてください。")
    found = postings(context.judge, institution, when, _filled(fill or [], context))
    if page is not None:
        _check(context, institution, when, found, page, as_json=as_json)
        return
    written = _write(institution, when, found, html, pdf, size, url)
    for path in written:
        typer.echo(f"{path} に書き出しました。", err=as_json or text)
    if as_json:
        from mitasu.judge.serial_postings import posting_to_dict

        emit({"on": when.isoformat(), "postings": [posting_to_dict(one, context.rulebook) for one in found]})
    elif text:
        from mitasu.documents.poster import plain_text, sheet_of

        typer.echo(plain_text(sheet_of(institution, standing(found, when), when)), nl=False)
    elif not written:
        _show(context, institution, when, found)


def _filled(texts: list[str], context: Context) -> dict[str, str]:
    known = {name for posting in context.rulebook.postings.values() for name in posting.fill}
    found = {}
    for text in texts:
        name, sign, value = (word.strip() for word in text.partition("="))
        if not sign or name not in known:
            raise UsageError(
                f"--fill「{text}」は使えません。{BLANK} の形で、次の名前が書けます: {'、'.join(sorted(known))}"
            )
        found[name] = value
    return found


def _write(
    institution: Institution,
    on: date,
    found: list[PostingSentence],
    html: Path | None,
    pdf: Path | None,
    size: str,
    url: str | None,
) -> list[Path]:
    """Writes what was asked for; the files, in the order written."""
    if html is None and pdf is None:
        return []
    from mitasu.documents.poster import poster_pdf, sheet_of, web_fragment
    from mitasu.facts.write import write_whole

    if html is not None:
        write_whole(html, web_fragment(sheet_of(institution, standing(found, on, "web"), on)))
    if pdf is not None:
        made = poster_pdf(sheet_of(institution, standing(found, on, "wall"), on), size=size, website=url)
        try:
            pdf.write_bytes(made)
        except OSError as error:
            raise InputError(Problem(f"書き込めません（{error.strerror}）。", str(pdf))) from None
    return [path for path in (html, pdf) if path is not None]


def _show(context: Context, institution: Institution, on: date, found: list[PostingSentence]) -> None:
    screen = console()
    if not found:
        screen.print(f"{institution.name}: {japanese_date(on)}に掲示する文はありません。")
        return
    screen.print(f"{institution.name}の掲示（{on}）")
    for one in found:
        begins = f"　※{one.from_}から" if one.from_ > on else ""
        ends = f"　※{one.until}まで" if one.until else ""
        screen.print(f"\n・{one.text}{begins}{ends}", style="bold")
        for asked in one.asked:
            screen.print(
                f"    {asked.label}: {one.named}の要件「{asked.requirement.label}」（{_status(asked.status)}）"
            )
        screen.print(f"    出典: {'、'.join(context.rulebook.citation(cite) for cite in one.posting.cite)}")
        if one.open_:
            screen.print(f"    書き入れること: {'、'.join(one.open_)}（--fill）", style="yellow")
        if one.posting.note:
            screen.print(f"    注意: {one.posting.note}")
    screen.print(f"\n{NOTICE}", style="dim")


def _status(status: str) -> str:
    from mitasu.judge.words import STATUS_WORDS

    return STATUS_WORDS.get(status, status)


def _check(
    context: Context,
    institution: Institution,
    on: date,
    found: list[PostingSentence],
    page: Path,
    *,
    as_json: bool,
) -> None:
    """Compares a page with what is to be on the website; ends with 1 where something is wrong."""
    from mitasu.documents.page_text import page_text

    try:
        content = page.read_bytes()
    except OSError as error:
        raise InputError(Problem(f"ファイルを読めません（{error.strerror}）。", str(page))) from None
    due = [one for one in standing(found, on, "web") if not one.open_]
    result = check(page_text(content), due, outdated(context.judge, institution, on))
    if as_json:
        from mitasu.judge.serial_postings import check_to_dict

        emit({"on": on.isoformat(), **check_to_dict(result)})
    else:
        _report(institution, on, page, result)
    if result.drift:
        raise typer.Exit(1)


def _report(institution: Institution, on: date, page: Path, result: Check) -> None:
    screen = console()
    screen.print(f"{institution.name}: {page.name} を {on} の掲示と比べました。")
    for matched in result.matched:
        screen.print(f"○ ある　{matched.sentence.text}", style="green")
    for missing in result.missing:
        by = "、".join(f"「{one.requirement.label}」" for one in missing.sentence.asked)
        word = "✕ ない" if missing.sentence.duty else "－ ない（載せると分かりやすい）"
        screen.print(f"{word}　{missing.sentence.text}", style="red" if missing.sentence.duty else "dim")
        screen.print(f"    {missing.sentence.named}の要件{by}。見つからない言葉: {'、'.join(missing.words)}")
    for stale in result.stale:
        screen.print(f"△ 古い　{stale.found}", style="yellow")
        screen.print(f"    {stale.why}")
    screen.print(f"直すところ: {result.drift}" if result.drift else "直すところはありません。")
