"""The rulebook on the terminal: list, show, differences between days, check."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import typer

from mitasu.cli.cases import report
from mitasu.cli.context import Context, console, known_sector
from mitasu.cli.show import table
from mitasu.errors import InputError, Problem, UsageError
from mitasu.facts import DERIVED
from mitasu.judge.cases import Outcome
from mitasu.judge.coverage import check_cases
from mitasu.judge.describe import describe, differences
from mitasu.judge.judgement import Judge
from mitasu.rulebook import GRADES, SECTORS, Rulebook
from mitasu.rulebook.book import HOME


def listing(context: Context, on: date, *, as_json: bool) -> None:
    """Print every addition, and in which sectors it is in force on the day."""
    rows = []
    for id_, addition in context.rulebook.additions.items():
        in_force = [sector for sector in addition.sectors if context.rulebook.state(id_, sector, on).levels]
        first, last = addition.periods[0].from_, addition.periods[-1].until
        rows.append(
            {
                "id": id_,
                "title": addition.title,
                "sectors": list(addition.sectors),
                "from": first.isoformat(),
                "until": last and last.isoformat(),
                "in_force": in_force,
            }
        )
    if as_json:
        from mitasu.cli.context import emit

        emit({"on": on.isoformat(), "additions": rows})
        return
    shown = table(f"規則の一覧（{on}）", "id", "期間", "有効", "部門", "加算")
    for row in rows:
        sectors = "・".join(SECTORS[sector] for sector in row["sectors"] or ())
        shown.add_row(
            str(row["id"]),
            f"{row['from']}〜{row['until'] or ''}",
            "○" if row["in_force"] else "－",
            sectors,
            str(row["title"]),
        )
    console().print(shown)


def _sector(context: Context, addition: str, sector: str | None) -> str:
    sectors = context.rulebook.addition(addition).sectors
    if sector is None:
        return sectors[0]
    if known_sector(sector) not in sectors:
        raise UsageError(f"この加算の部門は {'、'.join(sectors)} です。")
    return sector


def show(context: Context, addition: str, on: date, sector: str | None) -> None:
    """Print one rule as it is on a day."""
    chosen = _sector(context, addition, sector)
    model = context.rulebook.addition(addition)
    screen = console()
    state = context.rulebook.state(addition, chosen, on)
    screen.print(f"{model.title_in(chosen)}（{SECTORS[chosen]}） {on}", style="bold")
    if state.period is None:
        screen.print("この日には制度がありません。")
        return
    page = describe(state, context.rulebook)
    screen.print(f"この姿の期間: {state.from_} から {state.until or '（終わりの定めなし）'}")
    for note in page.notes:
        screen.print(note)
    screen.print("\n区分と点数", style="bold")
    common = [name for name in page.levels[0].needed if all(name in level.needed for level in page.levels)]
    if len(page.levels) > 1:
        screen.print(f"  どの区分にも: {'、'.join(common)}")
    for level in page.levels:
        own = [name for name in level.needed if name not in common or len(page.levels) == 1]
        needs = "、".join((*own, *level.thresholds))
        screen.print(f"  {level.name}: {level.pays}" + (f" — {needs}" if needs else ""))
    screen.print("\n要件（通知の順）", style="bold")
    for number, requirement in enumerate(page.requirements, 1):
        advisory = "（望ましい項目）" if requirement.requirement.kind == "advisory" else ""
        screen.print(f"{number:>3}. {requirement.label}［{requirement.id}］{advisory}", style="bold")
        screen.print(f"     要件: {requirement.requirement.text}")
        screen.print(f"     条件: {requirement.condition}")
        screen.print(f"     出典: {requirement.sources}（根拠: {GRADES[requirement.requirement.grade]}）")
        for ruling in requirement.rulings:
            screen.print(f"     疑義解釈: {ruling}")
    _billing(context, addition, chosen, on)


def _billing(context: Context, addition: str, sector: str, on: date) -> None:
    """Print how often and beside what the addition may be billed, and what the law leaves open."""
    model = context.rulebook.addition(addition)
    screen = console()
    clauses = (*model.billing.conditions, *model.billing.limits, *model.billing.exclusions)
    lines = [
        f"  ・{clause.label}: {clause.text}［{'、'.join(clause.cite)}］"
        for clause in clauses
        if clause.holds_for(sector, "", on)
    ]
    if lines:
        screen.print("\n算定の決まり", style="bold")
    for line in lines:
        screen.print(line)
    questions = [question for question in model.questions if question.stands_on(on, sector)]
    if questions:
        screen.print("\n制度が決めていないこと", style="bold")
    for question in questions:
        screen.print(f"  ？ {question.text} → {question.ask}")


def diff(context: Context, addition: str, first: date, second: date, sector: str | None) -> None:
    """Print what changes in a rule between two days."""
    sectors = (
        context.rulebook.addition(addition).sectors
        if sector is None
        else (_sector(context, addition, sector),)
    )
    for chosen in sectors:
        before, after = (context.rulebook.state(addition, chosen, day) for day in (first, second))
        typer.echo(
            f"{context.rulebook.addition(addition).title_in(chosen)}（{SECTORS[chosen]}） {first} → {second}"
        )
        lines = differences(before, after, context.rulebook)
        for line in lines or ["変わりはありません。"]:
            typer.echo(f"  {line}")


def check(path: Path | None, beside: tuple[Path, ...] = ()) -> int:
    """Load rule files strictly and report every fault and every missing case; 1 where there is any.

    `beside`: folders of rules that those of `path` build on.
    """
    if path is not None and not path.exists():
        raise InputError(Problem("ファイルもフォルダーもありません。", str(path)))
    own = path is None or path.resolve() == HOME.resolve() or (path.resolve().is_relative_to(HOME.resolve()))
    book, problems = Rulebook.check(*beside, *(() if own or path is None else (path,)))
    for id_ in sorted(book.catalogue.of("derived").keys() - DERIVED.keys()):
        told = f"「{id_}」を計算する関数がありません。規則の包みで derived の事実を足すことはできません。"
        problems.append(Problem(told, str(path or HOME)))
    outcomes: list[Outcome] = []
    if not problems:
        known = set(Rulebook.load(*beside).additions)
        if own:
            known -= set(Rulebook.shipped().additions)
        added = [id_ for id_ in book.additions if id_ not in known]
        folder = HOME if own or path is None else path if path.is_dir() else path.parent
        outcomes, untried = check_cases(folder, Judge(book), added)
        problems = untried
    for problem in problems:
        typer.echo(str(problem))
    failed = [outcome for outcome in outcomes if not outcome.passed]
    for outcome in failed:
        report(outcome)
    typer.echo(
        f"規則{len(book.additions)}件、事例{len(outcomes)}件: 誤りと不足{len(problems)}件、違った事例{len(failed)}件"
    )
    return 1 if problems or failed else 0
