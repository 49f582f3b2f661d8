"""The timeline: month by month, where an addition's level or points change, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import typer

from mitasu.cli.context import Context, console
from mitasu.dates import first_day, months_between
from mitasu.errors import UsageError
from mitasu.facts import Institution
from mitasu.judge.judgement import Judgement
from mitasu.judge.marks import first_reason, mark, never_filed, points_text
from mitasu.judge.words import STATUS_WORDS

MOST_MONTHS = 240


@dataclass(frozen=True, slots=True)
class Turn:
    """A month in which an addition's answer changes, or the first month."""

    month: str
    judgement: Judgement
    why: str


def turns(
    context: Context, institution: Institution, first: str, last: str, wanted: list[str] | None
) -> dict[str, list[Turn]]:
    """The months in which each addition's status, level or points change, judged on the first of each month."""
    if first > last:
        raise UsageError(f"--from（{first}）が --to（{last}）より後です。")
    months = months_between(first, last)
    if len(months) > MOST_MONTHS:
        raise UsageError(f"月の数が多すぎます（{len(months)}か月）。{MOST_MONTHS}か月までにしてください。")
    found: dict[str, list[Turn]] = {}
    before: dict[str, Judgement] = {}
    for month in months:
        for judgement in context.judge.judge(institution, first_day(month), wanted).judgements:
            last_one = before.get(judgement.addition)
            before[judgement.addition] = judgement
            if last_one is None or _key(last_one) != _key(judgement):
                why = _why(last_one, judgement)
                found.setdefault(judgement.addition, []).append(Turn(month, judgement, why))
    return {
        id_: rows
        for id_, rows in found.items()
        if any(row.judgement.status not in ("not_in_force", "not_applicable") for row in rows)
    }


def _key(judgement: Judgement) -> tuple[Any, ...]:
    return (judgement.status, judgement.level, str(judgement.points), judgement.yen)


def _why(before: Judgement | None, now: Judgement) -> str:
    """What moved: requirements whose status changed, else the limits, else the period."""
    if now.status == "not_in_force":
        return "制度がない" if before is None else "制度が終わった"
    if before is None or before.status == "not_in_force":
        return first_reason(now) if now.status != "not_applicable" else "対象外"
    moved = []
    telling = {answer.id for answer in now.needed} if now.status == "claimable" else set(now.missing)
    for answer in now.requirements:
        earlier = before.requirement(answer.id)
        if earlier is not None and earlier.status != answer.status and answer.id in telling:
            moved.append(
                f"{answer.requirement.label}：{STATUS_WORDS[earlier.status]}→{STATUS_WORDS[answer.status]}（{answer.why}）"
            )
    if not moved and before.state is not now.state:
        moved.append("制度が変わった")
    return "；".join(moved[:2]) if moved else first_reason(now)


def show(
    context: Context,
    institution: Institution,
    first: str,
    last: str,
    wanted: list[str] | None,
    *,
    as_json: bool,
    markdown: bool,
) -> None:
    """Print the timeline as a table, JSON or Markdown."""
    found = turns(context, institution, first, last, wanted)
    left_out = [] if wanted or as_json or markdown else _never_filed(found, institution)
    found = {id_: rows for id_, rows in found.items() if id_ not in left_out}
    if as_json:
        from mitasu.cli.context import emit

        emit({"from": first, "to": last, "turns": [_plain(row) for rows in found.values() for row in rows]})
        return
    if markdown:
        lines = [
            f"# {institution.name} {first}〜{last}",
            "",
            "| 加算 | 月 | 判定 | 区分 | 点数 | 変わった理由 |",
            "|---|---|---|---|---|---|",
        ]
        for rows in found.values():
            lines.extend("| " + " | ".join((row.judgement.title, *_cells(row))) + " |" for row in rows)
        typer.echo("\n".join(lines))
        return
    from mitasu.cli.show import NOTICE, table

    rows_ = table(
        f"{institution.name} {first}〜{last}: 変わった月",
        "加算",
        "月",
        "判定",
        "区分",
        "点数",
        "変わった理由",
    )
    for rows in found.values():
        for index, row in enumerate(rows):
            rows_.add_row("" if index else row.judgement.title, *_cells(row))
        rows_.add_section()
    screen = console()
    screen.print(rows_)
    if left_out:
        names = "、".join(context.label(id_) for id_ in left_out)
        screen.print(
            f"届け出ていない加算は表に入れていません（{len(left_out)}件。--addition で見られます）: {names}"
        )
    screen.print(NOTICE, style="dim")


def _never_filed(found: dict[str, list[Turn]], institution: Institution) -> list[str]:
    """The additions that were never filed in any of the months."""
    return [
        id_
        for id_, rows in found.items()
        if all(
            row.judgement.status == "not_in_force" or never_filed(row.judgement, institution) for row in rows
        )
    ]


def _cells(row: Turn) -> tuple[str, str, str, str, str]:
    return row.month, str(mark(row.judgement)), row.judgement.level or "", points_text(row.judgement), row.why


def _plain(row: Turn) -> dict[str, Any]:
    judgement = row.judgement
    return {
        "addition": judgement.addition,
        "month": row.month,
        "status": judgement.status,
        "level": judgement.level,
        "points": judgement.points,
        "why": row.why,
    }
