"""Judgements, questions and bills as tables for the terminal, and as Markdown."""

from __future__ import annotations

from datetime import date

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from mitasu.cli.context import Context, console
from mitasu.dates import japanese_date
from mitasu.judge.bill import Bill, Biller
from mitasu.judge.clauses import Refusal
from mitasu.judge.exclusions import exclusions
from mitasu.judge.interview import Ask
from mitasu.judge.judgement import Answer, Judgement
from mitasu.judge.marks import (
    answer_sentence,
    fallen,
    first_reason,
    mark,
    never_filed,
    points_text,
    shown_first,
    some,
)
from mitasu.rulebook import ENCOUNTER_KINDS, FACILITY_KINDS, GRADES

COLOURS = {"○": "green", "◇": "cyan", "△": "yellow", "✕": "red", "？": "magenta", "－": "dim"}
WIDTHS = {
    "期間": 12,
    "部門": 10,
    "型": 6,
    "加算": 22,
    "判定": 16,
    "点数": 16,
    "日": 10,
    "種類": 10,
    "月": 7,
    "区分": 4,
}
NOTICE = "参考です。地方厚生局の判断に代わるものではありません。"


def heading(answer: Answer) -> str:
    """Institution and day, as a line above a table."""
    institution = answer.institution
    return (
        f"{institution.name}（{FACILITY_KINDS[institution.kind]}） {answer.on}（{japanese_date(answer.on)}）"
    )


def table(title: str, *columns: str) -> Table:
    """A plain table with a Japanese title; the last column takes what room is left."""
    found = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        header_style="bold",
        expand=True,
        box=SIMPLE_HEAD,
    )
    for name in columns[:-1]:
        exact = name in ("id", "事実")  # ids are copied: never broken
        found.add_column(
            name, overflow="fold", no_wrap=exact, max_width=None if exact else WIDTHS.get(name, 26)
        )
    found.add_column(columns[-1], overflow="fold", ratio=1)
    return found


def answer(found: Answer, context: Context, *, everything: bool = False) -> None:
    """The answer sentence, the table of additions, what is missing, until when grace lasts.

    Additions that were never filed are named in one line, unless `everything` was asked for.
    """
    waiting = [] if everything else unfiled(found)
    shown = [judgement for judgement in found.judgements if judgement not in waiting]
    screen = console()
    screen.print(answer_sentence(found), style="bold")
    screen.print(answer_table(found, shown if everything else shown_first(shown)))
    for line in notes(found, shown, context):
        screen.print(line)
    if waiting:
        screen.print(unfiled_line(waiting))
    screen.print(NOTICE, style="dim")


def unfiled(found: Answer) -> list[Judgement]:
    """The judgements of additions that have to be filed and never were."""
    return [judgement for judgement in found.judgements if never_filed(judgement, found.institution)]


def unfiled_line(waiting: list[Judgement]) -> str:
    """The additions that were never filed, in a line."""
    names = "、".join(judgement.title for judgement in waiting)
    return f"－ 届け出ていない加算（{len(waiting)}件）: {names}。届け出られるかは mitasu filings、足りないものは mitasu why で見られます。"


def answer_table(found: Answer, shown: list[Judgement]) -> Table:
    """The table of additions."""
    rows = table(heading(found), "加算", "判定", "区分", "点数", "おもな理由")
    for judgement in shown:
        sign = mark(judgement)
        rows.add_row(
            judgement.title,
            Text(str(sign).replace("（", "\n（"), style=COLOURS[sign.symbol]),
            judgement.level or "",
            points_text(judgement),
            reason(judgement, found),
        )
    return rows


def reason(judgement: Judgement, found: Answer) -> str:
    """The first reason, and how well the answer is supported where that is less than official text."""
    if judgement.status in ("not_in_force", "not_applicable"):
        return (
            "この日には制度がありません"
            if judgement.status == "not_in_force"
            else "この部門・施設の種類は対象外です"
        )
    grade = "" if judgement.grade in ("A", "B") else f"（根拠: {GRADES[judgement.grade]}）"
    return (fallen(judgement, found.institution, found.on) or first_reason(judgement)) + grade


def notes(found: Answer, shown: list[Judgement], context: Context) -> list[str]:
    """What is missing, what is unknown and until when grace lasts, a line each."""
    lines: list[str] = []
    for judgement in shown_first(shown):
        for answer_ in judgement.requirements:
            if answer_.id in judgement.missing:
                todo = f" → {answer_.requirement.remedy}" if answer_.requirement.remedy else ""
                lines.append(f"✕ {judgement.title}: {answer_.requirement.label}（{answer_.why}）{todo}")
            elif (
                answer_.status == "deemed" and answer_.requirement.blocks and judgement.status == "claimable"
            ):
                lines.append(f"◇ {judgement.named}: {answer_.requirement.label}の経過措置は{answer_.term}")
        if judgement.unknown:
            names = "、".join(context.label(id_) for id_ in judgement.unknown)
            higher = (
                "より上の区分を決める未確認の事実"
                if judgement.status == "claimable"
                else "答えを決める未確認の事実"
            )
            lines.append(f"？ {judgement.title}: {higher}: {names}")
    return [*lines, *_exclusive(found, context)]


def _exclusive(found: Answer, context: Context) -> list[str]:
    """Claimable additions that exclude each other in a month, with the better choice, a line each."""
    names = {judgement.addition: judgement.named for judgement in found.judgements}
    lines = []
    for pair in exclusions(found, context.rulebook):
        first, second = (names[id_] for id_ in pair.additions)
        better = f"選ぶなら{names[pair.better]}: " if pair.better else ""
        lines.append(f"※ {first}と{second}は、同じ患者の同じ月に併せて算定できません。{better}{pair.why}")
    return lines


def answer_markdown(found: Answer) -> str:
    """The answer as Markdown."""
    lines = [
        f"# {heading(found)}",
        "",
        answer_sentence(found),
        "",
        "| 加算 | 判定 | 区分 | 点数 | おもな理由 |",
        "|---|---|---|---|---|",
    ]
    for judgement in shown_first(found.judgements):
        cells = (
            judgement.title,
            str(mark(judgement)),
            judgement.level or "",
            points_text(judgement),
            reason(judgement, found),
        )
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join([*lines, "", NOTICE])


def asks(found: Answer, wanted: list[Ask], context: Context) -> None:
    """The questions, in the order in which to ask them."""
    screen = console()
    if not wanted:
        screen.print(f"{heading(found)}: 答えを変えうる未確認の事実はありません。")
        return
    rows = table(f"{heading(found)}: 尋ねる順", "事実", "問い", "決まる加算")
    for ask in wanted:
        extra = f"（{'、'.join(ask.months)}）" if ask.months else ""
        items = f"（{'、'.join(context.label(item) for item in ask.items)}）" if ask.items else ""
        rows.add_row(ask.id, ask.question + extra + items, some(ask.decides))
    screen.print(rows)
    screen.print("mitasu ask FILE で一つずつ答えて書き込めます。", style="dim")


def _source(refusal: Refusal) -> str:
    """The rule by which something is refused, and its source."""
    return f"［{refusal.rule}: {'、'.join(refusal.sources)}］" if refusal.sources else f"［{refusal.rule}］"


def _standing(found: list[Bill], biller: Biller, context: Context) -> list[str]:
    """What the institution's standards refuse at whatever encounter, once for each reason, with the days.

    Additions that were never filed are named together in a line.
    """
    days: dict[Refusal, list[date]] = {}
    waiting: dict[str, None] = {}
    for bill in found:
        unasked = {judgement.addition for judgement in unfiled(biller.answer(bill.encounter.on))}
        for refusal in bill.refused:
            if refusal.standing and refusal.addition in unasked:
                waiting[context.label(refusal.addition)] = None
            elif refusal.standing:
                days.setdefault(refusal, []).append(bill.encounter.on)
    lines = ["受診によらず、施設として算定できない加算"] if days or waiting else []
    for refusal, seen in days.items():
        first, last = min(seen), max(seen)
        told = str(first) if first == last else f"{first}〜{last}"
        sign = "？" if refusal.unknown else "✕"
        lines.append(f"  {sign} {context.label(refusal.addition)}（{told}）: {refusal.why}{_source(refusal)}")
    if waiting:
        lines.append(f"  － 届け出ていない加算（{len(waiting)}件。理由は --json に）: {'、'.join(waiting)}")
    return lines


def bills(found: list[Bill], biller: Biller, context: Context) -> None:
    """A table of encounters: what each may carry, and each refusal with its rule and source."""
    screen = console()
    rows = table("受診ごとの加算", "受診", "日", "種類", "加算", "点数", "理由")
    for bill in found:
        head = (bill.encounter.id, str(bill.encounter.on), ENCOUNTER_KINDS[bill.encounter.kind])
        for item in bill.items:
            pays = (
                f"{item.points}点"
                if item.points is not None
                else f"{item.yen}円"
                if item.yen is not None
                else "金額未確認"
            )
            rows.add_row(
                *head, context.label(item.addition) + item.level, Text(f"○ {pays}", style="green"), item.why
            )
            head = ("", "", "")
        for refusal in bill.refused:
            if refusal.standing:
                continue
            sign = Text("？ 未確認", style="magenta") if refusal.unknown else Text("✕ 0点", style="red")
            rows.add_row(*head, context.label(refusal.addition), sign, refusal.why + _source(refusal))
            head = ("", "", "")
        if head[0]:
            rows.add_row(*head, "－", "", "この受診で算定できる加算はありません")
    screen.print(rows)
    for line in _standing(found, biller, context):
        screen.print(line)
    total = sum(item.points or 0 for bill in found for item in bill.items)
    screen.print(f"合計 {total}点（{sum(len(bill.items) for bill in found)}件）")
