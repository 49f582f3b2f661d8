"""Revenue, audit and card use as tables for the terminal. No patient is named."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any

from mitasu.claims.charges import Doubt
from mitasu.claims.findings import Audit, Finding, Missed, MonthSum
from mitasu.claims.notice import Notice, Reading
from mitasu.claims.rates import REVIEWERS, MonthUse, shown
from mitasu.claims.revenue import Revenue, Total
from mitasu.claims.standing import KINDS, REPAID
from mitasu.cli.context import Context, console
from mitasu.cli.show import table
from mitasu.rulebook import ENCOUNTER_KINDS

NOTICE = "参考です。審査支払機関・地方厚生局の判断に代わるものではありません。"
MOST_PLACES = 3
MOST_DOUBTS = 10
MOST_TITLES = 6
STANDING = {"": "", "unconfirmed": "（コード未確認）", "outside": "（コードの期間の外）"}


def revenue(found: Revenue, by: str, context: Context, unconfirmed: list[str]) -> None:
    """Counts, points and yen, in- and outpatient apart."""
    screen = console()
    months = f"{found.months[0]}〜{found.months[-1]}" if found.months else "診療月なし"
    heads = {"addition": ("加算",), "month": ("月",), "department": ("診療科",)}[by]
    rows = table(
        f"加算の収入 {months}（レセプト{found.receipts:,}件）", *heads, "入院・外来", "回数", "点数", "円", ""
    )
    _to_the_right(rows, 2)
    for total in found.by(by):
        rows.add_row(
            _head(by, total, context),
            "入院" if total.inpatient else "入院外",
            f"{total.count:,}",
            f"{total.points:,}" if total.count > total.uncounted else "不明",
            f"{total.yen:,}" if total.count > total.uncounted else "不明",
            "",
        )
    rows.add_section()
    rows.add_row(
        "計", "", f"{sum(row.count for row in found.rows):,}", f"{found.points:,}", f"{found.yen:,}", ""
    )
    screen.print(rows)
    uncounted = sum(row.count for row in found.rows if row.points is None)
    if uncounted:
        screen.print(f"点数の分からない算定が{uncounted:,}回あり、合計に入れていません。")
    _unconfirmed(screen, [context.label(id_) for id_ in unconfirmed])
    _doubts(screen, found.doubts)


def _head(by: str, total: Total, context: Context) -> str:
    if by == "addition":
        addition, level, standing = total.key
        return context.rulebook.titles[addition] + level + STANDING[standing]
    return total.key[0] or "診療科の記載なし"


def audit(found: Audit) -> None:
    """Sums by month, findings, what was missed, what is not known."""
    screen = console()
    rows = table(
        f"{found.name}：算定と判定の突き合わせ（レセプト{found.receipts:,}件）",
        "月", "算定", "算定の円", "返還", "返還の円", "判断できない", "算定もれ", "もれの円", "",
    )  # fmt: skip
    _to_the_right(rows, 1)
    for one in found.months:
        rows.add_row(one.month, *_cells(one), "")
    rows.add_section()
    rows.add_row("計", *_cells(found.total), "")
    screen.print(rows)
    if found.total.unpriced:
        told = f"円の分からない算定が{found.total.unpriced:,}回あり、算定の円に入れていません（コード未確認か、コードの期間の外）。"
        screen.print(told)
    _findings(screen, [one for one in found.findings if one.repaid], "返還になりうる算定", "返還の円")
    others = [one for one in found.findings if not one.repaid]
    _findings(screen, others, "判断できない算定・確かめること（返還に入れていません）", "かかる円")
    if not found.charged:
        screen.print("コードの分かる加算の算定は、ありませんでした。")
    elif not found.findings:
        screen.print("根拠のない算定は見つかりませんでした。")
    _missed(screen, found)
    for file in found.files:
        if file.faults:
            told = f"{file.name}には読み取りの指摘が{file.faults}件あります（mitasu claims check で見られます）。"
            screen.print(told, style="yellow")
    _unconfirmed(screen, [title for _, title in found.unconfirmed])
    _doubts(screen, found.doubts)
    screen.print(NOTICE, style="dim")


def _cells(one: MonthSum) -> tuple[str, ...]:
    return (
        f"{one.charged:,}回", _yen(one.priced_yen), f"{one.repay:,}件", f"{one.repay_yen:,}",
        f"{one.undetermined:,}件", f"{one.missed:,}件", f"{one.missed_yen:,}",
    )  # fmt: skip


def _yen(amount: int | None) -> str:
    return "不明" if amount is None else f"{amount:,}"


def _findings(screen: Any, found: list[Finding], title: str, yen: str) -> None:
    """Findings of the same month, addition, kind and reason in one row, with the places of the first."""
    groups: dict[tuple[str, str, str, str], list[Finding]] = {}
    for one in found:
        why = one.why if one.kind not in ("twice", "excluded") else one.why.partition("：")[0]
        groups.setdefault((one.month, one.named, one.kind, why), []).append(one)
    if not groups:
        return
    rows = table(title, "月", "加算", "件", yen, "こと")
    rows.columns[2].justify = rows.columns[3].justify = "right"
    order = [*REPAID, *KINDS]
    for (month, named, kind, why), group in sorted(
        groups.items(), key=lambda item: (item[0][0], order.index(item[0][2]), item[0][1])
    ):
        known = [one.yen for one in group if one.yen is not None]
        rows.add_row(
            month,
            named,
            str(len(group)),
            f"{sum(known):,}" if known else "不明",
            f"{KINDS[kind]}：{why}\n{_places(group)}",
        )
    screen.print(rows)


def _places(group: list[Finding]) -> str:
    told = [
        f"{one.file} {one.line}行目（レセプト{one.receipt if one.receipt is not None else '番号なし'}{f'、{one.day.day}日' if one.day else ''}）"
        for one in group[:MOST_PLACES]
    ]
    more = f"ほか{len(group) - MOST_PLACES}件" if len(group) > MOST_PLACES else ""
    return "、".join([*told, *([more] if more else [])])


def _missed(screen: Any, found: Audit) -> None:
    groups: dict[tuple[str, str, str, str], list[Missed]] = {}
    for one in found.missed:
        what = (
            f"区分{one.lower}で算定"
            if one.lower is not None
            else f"{ENCOUNTER_KINDS[one.encounter]}で算定なし"
        )
        groups.setdefault((one.month, one.title + one.level, what, ""), []).append(one)
    if groups:
        rows = table("算定もれ（多くてこの額）", "月", "加算", "件", "円", "こと")
        rows.columns[2].justify = rows.columns[3].justify = "right"
        for (month, named, what, _), group in sorted(groups.items()):
            rows.add_row(month, named, str(len(group)), f"{sum(one.yen for one in group):,}", what)
        screen.print(rows)
    for told in found.untold:
        bundles = f"患者が{'・'.join(told.bundles)}の対象か" if told.bundles else ""
        names = "、".join([*told.conditions, *([bundles] if bundles else [])])
        screen.print(f"{told.title}：レセプトでは分からないこと：{names}。分かれば算定もれは減ります。")
    if found.unsettled:
        names = "、".join(dict.fromkeys(one.title for one in found.unsettled))
        told_ = f"算定できたか判断できない初診が{len(found.unsettled):,}件あります（{names}）。算定もれに入れていません。"
        screen.print(told_)


def _unconfirmed(screen: Any, titles: list[str]) -> None:
    if titles:
        more = f"、ほか{len(titles) - MOST_TITLES}" if len(titles) > MOST_TITLES else ""
        told = (
            f"コード未確認のため数えていない加算（{len(titles)}）: {'、'.join(titles[:MOST_TITLES])}{more}。"
        )
        screen.print(told + "すべては --json で見られます。コードを確かめたら --codes で加えられます。")


def _doubts(screen: Any, doubts: Iterable[Doubt]) -> None:
    found = list(doubts)
    for one in found[:MOST_DOUBTS]:
        number = f"（レセプト{one.receipt}）" if one.receipt is not None else ""
        screen.print(f"確かめること：{one.file}の{one.line}行目{number} {one.message}", style="yellow")
    if len(found) > MOST_DOUBTS:
        screen.print(
            f"確かめることは、ほかに{len(found) - MOST_DOUBTS}件あります（--json で全部）。", style="yellow"
        )


def rate(months: list[MonthUse], notice: Notice | None) -> None:
    """Notified rates, and own counts as estimates; columns of which nothing is known are left out."""
    screen = console()
    columns = {name: [of(one) for one in months] for name, of in COLUMNS.items()}
    known = {name: cells for name, cells in columns.items() if any(cells)}
    rows = table("マイナ保険証利用率", "月", *known, "")
    _to_the_right(rows, 1)
    for place, one in enumerate(months):
        rows.add_row(one.month, *(cells[place] for cells in known.values()), "")
    screen.print(rows)
    screen.print(
        "基準になるのは支払基金の通知です。推計は自院の件数によるもので、通知とは違うことがあります。"
    )
    if any(one.cards is not None and one.persons is None for one in months):
        screen.print(
            "患者の列のない月は、利用した人数が分からないため、レセプト件数ベースの推計を出していません。"
        )
    for absent in dict.fromkeys(one.absent for one in months if one.absent):
        short = "・".join(one.month for one in months if one.absent == absent)
        told = f"{short}は{'・'.join(absent)}のファイルがなく、件数が足りません"
        late = "（ほかの月のファイルにある月遅れの分だけです）" if len(absent) == len(REVIEWERS) else ""
        screen.print(f"{told}{late}。書き込みもしません。", style="yellow")
    if doubled := "・".join(one.month for one in months if one.doubled):
        told = (
            f"{doubled}は同じ請求年月・同じ審査支払機関のファイルが二つあり、二重に数えているかもしれません。"
        )
        screen.print(f"{told}書き込みもしません。", style="yellow")
    if over := "・".join(one.month for one in months if (one.by_receipts or 0) > 1):
        screen.print(f"{over}は利用した人が外来レセプトより多く、推計になりません。", style="yellow")
    for told in [*(notice.conflicts if notice else ()), *_unread(notice)]:
        screen.print(told, style="yellow")


def _unread(notice: Notice | None) -> list[str]:
    return [f"読み取れなかった行：{line}" for line in (notice.unread if notice else ())]


def _reading(one: Reading | None) -> str:
    if one is None:
        return ""
    return "率なし" if one.rate is None else f"{one.rate}%" + ("（年は推測）" if one.guessed_year else "")


def _percent(found: Fraction | None) -> str:
    return "" if found is None else f"{shown(found)}%"


def _number(found: int | None) -> str:
    return "" if found is None else f"{found:,}"


COLUMNS: dict[str, Callable[[MonthUse], str]] = {
    "通知（レセプト）": lambda one: _reading(one.notified_receipts),
    "通知（資格確認）": lambda one: _reading(one.notified_checks),
    "推計（レセプト）": lambda one: _percent(one.by_receipts),
    "推計（資格確認）": lambda one: _percent(one.by_checks),
    "在宅分の補正後": lambda one: _percent(one.corrected),
    "外来レセプト": lambda one: _number(one.receipts),
    "利用した人": lambda one: _number(one.persons),
    "資格確認": lambda one: _number(one.checks),
    "うちマイナ": lambda one: _number(one.cards),
    "在宅DXの算定": lambda one: "" if one.correction is None else _number(one.home_care),
}


def _to_the_right(rows: Any, first: int) -> None:
    for column in rows.columns[first:]:
        column.justify = "right"
