"""Filings, deadlines, improvements, history and changes as tables for the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from mitasu.cli.context import Context, console
from mitasu.cli.show import NOTICE, table
from mitasu.dates import japanese_date
from mitasu.facts import Institution
from mitasu.judge.changes import Move, RuleChange
from mitasu.judge.due import KINDS, Deadline
from mitasu.judge.filings import TO_FILE, WORDS, FilingAnswer
from mitasu.judge.history import History
from mitasu.judge.improve import Difference, Gain, Improvement
from mitasu.judge.judgement import Judgement
from mitasu.judge.links import KINDS as LINK_KINDS
from mitasu.judge.links import Link
from mitasu.judge.marks import mark, points_text
from mitasu.judge.words import STATUS_WORDS
from mitasu.rulebook import ENCOUNTER_KINDS, SECTORS

COLOURS = {
    "needed": "yellow",
    "again": "yellow",
    "none": "green",
    "withdraw": "red",
    "not_yet": "dim",
    "unknown": "magenta",
}
ORDER = ("needed", "again", "withdraw", "unknown", "none", "not_yet")
"""What is to be done comes first."""
RUN_WORDS = STATUS_WORDS | {
    "claimable": "算定可", "not_claimable": "不可", "undetermined": "未確認", "not_in_force": "制度なし",
}  # fmt: skip


def deadlines(institution: Institution, on: date, found: list[Deadline]) -> None:
    """The deadlines in order of the day."""
    screen = console()
    if not found:
        screen.print(f"{institution.name}: この期間に期限はありません。")
        return
    rows = table(f"{institution.name}の期限（{on}から）", "日", "残り", "種別", "投函", "こと")
    for item in found:
        left = (item.day - on).days
        rows.add_row(
            str(item.day),
            f"{-left}日超過" if item.overdue else f"{left}日",
            KINDS[item.kind],
            _posting(item, on),
            f"{item.title}\n{item.note}".strip(),
            style="red" if item.overdue else None,
        )
    screen.print(rows)
    screen.print(NOTICE, style="dim")


def _posting(item: Deadline, on: date) -> str:
    """The day to post by; where that is over, the paper has to be brought."""
    if item.post_by is None:
        return ""
    return str(item.post_by) if on <= item.post_by else "郵送では間に合いません"


def filings(institution: Institution, on: date, found: list[FilingAnswer], context: Context) -> None:
    """What to file, by what is to be done."""
    screen = console()
    screen.print(f"{institution.name}の届出（{on}）", style="bold")
    for action in ORDER:
        rows = [answer for answer in found if answer.action == action]
        if rows:
            screen.print(f"\n{WORDS[action]}", style=f"bold {COLOURS[action]}")
        for answer in rows:
            screen.print(f"  {_filed(answer, context)}")
            for line in _filing_lines(answer):
                screen.print(f"      {line}")
    screen.print()
    screen.print(NOTICE, style="dim")


def _filed(answer: FilingAnswer, context: Context) -> str:
    """What is filed, at which level and points, from when it counts, and by which rules where they turn."""
    own = answer.item == answer.addition
    named = f"{answer.title}{answer.level or ''}" if own else context.label(answer.item)
    pays = f"（{answer.pays}）" if answer.pays else ""
    law = f"［{answer.law_from}からの規則］" if answer.law_from else ""
    start = f"  {answer.claimable_from}から算定" if answer.claimable_from else ""
    return named + pays + law + start


def _filing_lines(answer: FilingAnswer) -> Iterator[str]:
    """Why, and where something has to be filed on which form and with what; which reports come back."""
    yield answer.why
    if answer.action in TO_FILE:
        if answer.forms:
            yield f"届出の様式: {'、'.join(answer.forms)}"
        if answer.attachments:
            yield f"添付: {'、'.join(answer.attachments)}"
        if answer.note:
            yield f"注意: {answer.note}"
    if answer.report_forms and answer.level is not None:
        yield f"定例報告の様式: {'、'.join(answer.report_forms)}"


def improvements(institution: Institution, on: date, found: list[Improvement], most: int) -> None:
    """The next steps, the most yen for effort first, so many at most."""
    screen = console()
    if not found:
        screen.print(f"{institution.name}: これ以上の区分に届く一歩はありません。")
        return
    screen.print(f"{institution.name}の次の一歩（{on}、手間あたりの円の順）", style="bold")
    for number, item in enumerate(found[:most], 1):
        start = f"算定開始 {item.claimable_from}" if item.claimable_from else "基準を満たした日から算定"
        law = f"［{item.law_from}からの規則］" if item.law_from else ""
        named = f"{item.title}{item.level}{law}"
        gained = _gained(item.gain, institution, "多くとも" if item.at_most else "") or item.step.pays
        screen.print(f"\n{number}. {named}  {gained or '点数なし'}  {start}", style="bold")
        for line in _todo(item):
            screen.print(f"   {line}")
    if len(found) > most:
        screen.print(f"\nほかに{len(found) - most}件あります（--limit {len(found)} ですべて）。")
    screen.print()
    screen.print(
        "算定開始は、この日に出した届出が2週間で受理され、利用率が今月から上がった場合の日です。"
        "円は --visits の回数から出しています。",
        style="dim",
    )
    if any(item.at_most and item.gain.yen_a_month is not None for item in found[:most]):
        screen.print(
            "「多くとも」は、対象の患者が限られる加算です。--visits 加算のid=回数 で、その加算の回数を書けます。",
            style="dim",
        )
    screen.print(NOTICE, style="dim")


def _gained(gain: Gain, institution: Institution, bound: str) -> str:
    """What a step brings: 初診+5点・再診+0点、月6,000円（年72,000円）."""
    unit = "円" if institution.sector == "nursing" else "点"
    several = len(set(gain.each.values())) > 1
    each = [f"{ENCOUNTER_KINDS[kind] if several else ''}{more:+d}{unit}" for kind, more in gain.each.items()]
    points = "・".join(dict.fromkeys(each))
    if gain.yen_a_month is None:
        return points
    return f"{points}、{bound}月{gain.yen_a_month:,}円（年{gain.yen_a_year:,}円）"


def _todo(item: Improvement) -> Iterator[str]:
    """What to do for a step, what the yen were reckoned from, what stands in the way."""
    yield from (f"・{words}" for words in item.step.words)
    if item.gain.inputs:
        yield f"計算: {item.gain.inputs}" + (f"（{'、'.join(item.limits)}）" if item.limits else "")
    if item.forms:
        yield f"様式: {'、'.join(item.forms)}"
    yield from (f"注意: {conflict}" for conflict in item.conflicts)


def differences(
    institution: Institution, on: date, texts: list[str], found: list[Difference], context: Context
) -> None:
    """What a what-if changes."""
    screen = console()
    screen.print(f"{institution.name}（{on}）: もし {'、'.join(texts)} なら", style="bold")
    if not found:
        screen.print("判定は変わりません。")
    for item in found:
        before, after = _standing(item.before), _standing(item.after)
        told = f"{before} → {after}" if before != after else f"{after}（変わりません）"
        screen.print(f"  {item.before.title}: {told}")
        if item.gain.yen_a_month is not None and any(item.gain.each.values()):
            yen, year = item.gain.yen_a_month, item.gain.yen_a_year
            screen.print(f"      月{yen:+,}円、年{year:+,}円（{item.gain.inputs}）")
        for id_ in item.moved:
            old, new = item.before.requirement(id_), item.after.requirement(id_)
            if new is not None:
                was = STATUS_WORDS[old.status] if old else "なし"
                screen.print(f"      {new.requirement.label}: {was} → {STATUS_WORDS[new.status]}")
    screen.print("施設ファイルは変えていません。", style="dim")


def _standing(judgement: Judgement) -> str:
    return " ".join(
        part for part in (str(mark(judgement)), judgement.level or "", points_text(judgement)) if part
    )


def history(institution: Institution, found: History) -> None:
    """Runs of each requirement, and the exposure."""
    screen = console()
    rows = table(
        f"{institution.name} {found.title} {found.first}〜{found.last}", "要件", "続いた月", "状態", "理由"
    )
    rows.columns[1].no_wrap = True
    for run in found.runs:
        status, _, level = run.status.partition(" ")
        label = run.label if run.id else f"【{run.label}】"
        rows.add_row(
            label,
            f"{run.first}〜{run.last}",
            RUN_WORDS.get(status, status) + (f" 区分{level}" if level else ""),
            run.why,
        )
    screen.print(rows)
    if found.exposures:
        costs = table("算定していた月のうち、根拠のないもの", "月", "回数", "区分", "円", "理由")
        for row in found.exposures:
            yen = f"{row.yen:,}円" if row.yen is not None else "不明"
            why = f"{row.why}\n計算：{row.inputs}" if row.inputs else row.why
            count = "" if row.claimed.count is None else str(row.claimed.count)
            costs.add_row(row.claimed.month, count, row.claimed.level or "", yen, why)
        screen.print(costs)
        screen.print(f"返還になりうる金額: {found.yen:,}円（金額の分かる月の合計）", style="bold")
    screen.print("月の1日の事実で判定しています。" + NOTICE, style="dim")


def changes(
    first: date, last: date, rules: list[RuleChange], moved: list[Move], institutions: list[Institution]
) -> None:
    """What the law changed, and what it does to the institutions given."""
    screen = console()
    screen.print(
        f"{first}（{japanese_date(first)}）から {last}（{japanese_date(last)}）までに変わったこと",
        style="bold",
    )
    for change in rules:
        days = "、".join(str(day) for day in change.days)
        screen.print(f"\n{change.title}（{SECTORS[change.sector]}）: {days}", style="bold")
        for line in change.lines:
            screen.print(f"  {line}")
    if not rules:
        screen.print("規則は変わっていません。")
    for institution in institutions:
        screen.print(f"\n{institution.name}の判定", style="bold")
        own = [move for move in moved if move.institution is institution]
        for move in own:
            screen.print(
                f"  {move.on} {move.after.title}: {_standing(move.before)} → {_standing(move.after)}"
            )
            if move.filing is not None:
                screen.print(f"      {move.filing.word}: {move.filing.why}{'、'.join(move.filing.forms)}")
        if not own:
            screen.print("  変わりません。")


def graph(found: list[Link], context: Context) -> None:
    """The links as a table."""
    rows = table("加算どうしのつながり", "加算", "つながり", "相手", "理由")
    for link in found:
        rows.add_row(context.label(link.addition), LINK_KINDS[link.kind], context.label(link.other), link.why)
    console().print(rows)
