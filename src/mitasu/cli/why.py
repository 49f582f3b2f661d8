"""Why: the tree of requirements in the order of the notice, with facts, limits, sources and repairs."""

from __future__ import annotations

from rich.console import Console
from rich.tree import Tree

from mitasu.cli.context import Context, console
from mitasu.cli.show import COLOURS, NOTICE, heading
from mitasu.judge.judgement import Answer, Judgement, RequirementAnswer
from mitasu.judge.marks import mark, points_text
from mitasu.judge.reach import steps
from mitasu.judge.words import STATUS_WORDS
from mitasu.rulebook import GRADES

SIGNS = {
    "met": "○", "deemed": "◇", "unmet": "✕", "unknown": "？", "not_applicable": "－", "advisory_unmet": "△", "pending": "？",
}  # fmt: skip


def show(context: Context, answer: Answer, addition: str) -> None:
    """The whole answer for one addition."""
    screen = console()
    judgement = answer.of(addition)
    sign = mark(judgement)
    pays = points_text(judgement)
    screen.print(heading(answer), style="bold")
    screen.print(f"{judgement.named}: {sign}" + (f" {pays}" if pays else ""), style=COLOURS[sign.symbol])
    if judgement.state is None or judgement.state.period is None:
        told = (
            "この日には制度がありません。"
            if judgement.status == "not_in_force"
            else "この部門・施設の種類は対象外です。"
        )
        screen.print(told)
        return
    period = judgement.state.period
    screen.print(
        f"制度の期間: {period.from_} から {period.until or '（終わりの定めなし）'}　根拠: {GRADES[period.grade]}"
    )
    if judgement.status == "not_applicable":
        screen.print("この施設は対象になりません（対象となる届出や条件がありません）。")
        return
    screen.print(_tree(context, judgement, answer.institution.sector), soft_wrap=False)
    _closing(screen, context, answer, judgement)
    screen.print(NOTICE, style="dim")


def _tree(context: Context, judgement: Judgement, sector: str) -> Tree:
    level = judgement.levels[judgement.reported or 0][0].level
    named = f"加算{level.level}" if level.level else "この加算"
    root = Tree(f"要件（{named}の基準で示す）")
    parents = {answer.id: answer.requirement.part_of for answer in judgement.requirements}
    branches: dict[str | None, Tree] = {None: root}
    for answer in judgement.requirements:
        parent = parents.get(answer.id)
        above = branches.get(parent, root)
        branches[answer.id] = _branch(above, answer, context, judgement, sector)
    return root


def _branch(
    above: Tree, answer: RequirementAnswer, context: Context, judgement: Judgement, sector: str
) -> Tree:
    requirement = answer.requirement
    asked = _asked(answer, judgement)
    sign = SIGNS[answer.status] if asked else "－"
    term = answer.term or (f"{answer.until}まで" if answer.until else "")
    until = f"（{term}）" if term else ""
    soft = "・「程度」" if requirement.soft else ""
    other = "" if asked else "（この区分では問わない）"
    branch = above.add(
        f"{sign} {requirement.label}：{STATUS_WORDS[answer.status]}{until}{soft}{other}",
        style=COLOURS.get(sign, ""),
    )
    lines = [
        f"要件：{requirement.text}" if requirement.text else "",
        f"事実：{answer.why}" if answer.why else "",
    ]
    if judgement.state is not None:
        timeline = context.rulebook.timeline(judgement.addition, sector)
        lines.append(
            f"この基準は{timeline.since(judgement.state, requirement.id, judgement.reported or 0)}から"
        )
    cited = "；".join(context.rulebook.citation(cite) for cite in requirement.cite)
    lines.append(f"出典：{cited}（根拠: {GRADES[requirement.grade]}）")
    for id_ in requirement.rulings:
        ruling = context.rulebook.rulings.get(id_, {})
        lines.append(
            f"疑義解釈 {ruling.get('number', id_)}（{ruling.get('date', '日付不明')}）：{ruling.get('text', '')}"
        )
    lines.append(f"注：{requirement.note}" if requirement.note else "")
    if answer.status == "deemed":
        lines.extend(f"経過措置の注：{measure.note}" for measure in requirement.deemed if measure.note)
    if answer.status in ("unmet", "unknown", "advisory_unmet") and requirement.remedy:
        lines.append(f"すること：{requirement.remedy}")
    for line in lines:
        if line:
            branch.add(line, style="default")
    return branch


def _asked(answer: RequirementAnswer, judgement: Judgement) -> bool:
    """Whether the reported level asks for the requirement, or for the one it is part of."""
    ids = {found.id for found in judgement.needed} | set(judgement.missing)
    above: str | None = answer.id
    while above is not None:
        if above in ids:
            return True
        parent = judgement.requirement(above)
        above = parent.requirement.part_of if parent is not None else None
    return not answer.requirement.blocks


def _closing(screen: Console, context: Context, answer: Answer, judgement: Judgement) -> None:
    found = steps(context.judge, answer, judgement.addition)
    if found:
        screen.print("\n何を変えれば変わるか", style="bold")
        for step in found:
            level = f"加算{step.level}" if step.level else "算定可"
            screen.print(f"  → {level}（{step.pays or '点数なし'}）: " + "、".join(step.words))
    if judgement.unknown:
        names = "、".join(f"{context.label(id_)}（{id_}）" for id_ in judgement.unknown)
        screen.print(f"\n未確認の事実: {names}")
    if judgement.questions:
        screen.print("\n制度が決めていないこと（人が確かめる）", style="bold")
        for question in judgement.questions:
            screen.print(f"  ？ {question.text} → {question.ask}")
    addition = context.rulebook.addition(judgement.addition)
    if addition.reminders:
        screen.print("\n窓口で守ること", style="bold")
        for reminder in addition.reminders:
            screen.print(f"  ・{reminder.label}: {reminder.text}")
