"""The calculation as text for the terminal."""

from __future__ import annotations

from mitasu.claims.calculation import Calculated, Calculation, amount_of
from mitasu.claims.fee_rules import Line
from mitasu.cli.context import Context, console
from mitasu.cli.show import NOTICE
from mitasu.judge.bill import Biller
from mitasu.rulebook import ENCOUNTER_KINDS


def calculation(found: Calculation, biller: Biller, context: Context) -> None:
    """Each encounter with its lines, what may not be charged, its total and what the patient pays."""
    screen = console()
    unit = "円" if biller.institution.sector == "nursing" else "点"
    for one in found.encounters:
        encounter = one.encounter
        screen.print(f"{encounter.id} {encounter.on} {ENCOUNTER_KINDS[encounter.kind]}", style="bold")
        for line in one.lines:
            screen.print(
                f"  {_amount(line, unit)} {' '.join(filter(None, (line.code, line.name)))}: {_why(line)}"
            )
        for drop in one.dropped:
            source = f"［{drop.rule}: {'、'.join(drop.sources)}］"
            screen.print(f"  ✕ 算定不可 {drop.line.code} {drop.line.name}: {drop.why}{source}")
        for refusal in one.refused:
            if refusal.standing and not refusal.unknown:
                continue
            sign = "？ 未確認" if refusal.unknown else "✕ 算定不可"
            screen.print(f"  {sign} {context.label(refusal.addition)}: {refusal.why}［{refusal.rule}］")
        screen.print(f"  計 {_total(one, unit)}。{_pays(one)}")
    screen.print(_sum(found, unit), style="bold")
    for warning in found.warnings:
        screen.print(f"※ {warning}", style="yellow")
    if found.editions:
        screen.print(f"使った版: {'、'.join(found.editions)}", style="dim")
    for note in found.notes:
        screen.print(f"・{note}", style="dim")
    screen.print(NOTICE, style="dim")


def _amount(line: Line, unit: str) -> str:
    amount = amount_of(line)
    if amount is None:
        return "？ 不明"
    return f"{'？' if line.doubts else '○'} {amount}{unit}"


def _why(line: Line) -> str:
    return "".join([line.why, *line.doubts])


def _total(one: Calculated, unit: str) -> str:
    if one.total is not None:
        return f"{one.total}{unit}"
    return f"不明（{one.certain}{unit}以上）" if one.certain else "不明"


def _pays(one: Calculated) -> str:
    if one.total is None:
        return f"分からないこと{len(one.missing)}件: {one.missing[0]}"
    if one.copayment is None:
        why = "入院は月ごとに決まります。" if one.encounter.kind == "admission" else one.share.why
        return f"{one.yen:,}円、自己負担は不明（{why}）"
    return f"{one.yen:,}円、自己負担{one.copayment:,}円（{one.share.percent}%。{one.share.why}）"


def _sum(found: Calculation, unit: str) -> str:
    known = [one.total for one in found.encounters if one.total is not None]
    unknown = len(found.encounters) - len(known)
    told = f"合計の分かる受診{len(known)}件で{sum(known):,}{unit}"
    return told + (f"。合計の不明な受診{unknown}件はこの額に含みません" if unknown else "")
