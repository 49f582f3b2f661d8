"""Where each part of the preparations stands on a day: what is there, until when it counts, what is late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from mitasu.dates import japanese_date
from mitasu.server.accounts.models import Site
from mitasu.server.continuity.models.plans import Improvement
from mitasu.server.continuity.plans import checklist, contacts, contracts, drills, managers, plan, trainings
from mitasu.server.ledger.fold import Known, known

SOON = 60
WORDS = {"○": "そろっている", "△": "近い期限", "✕": "期限切れ", "？": "まだ"}


@dataclass(frozen=True, slots=True)
class Readiness:
    """One part: the address of its page, its mark, what is there, and what to do next (empty: nothing)."""

    page: str
    title: str
    symbol: str
    text: str
    todo: str = ""

    @property
    def word(self) -> str:
        """The mark in words."""
        return WORDS[self.symbol]


def readiness(site: Site, today: date) -> list[Readiness]:
    """Every part, in the order of the navigation."""
    found = known(site)
    return [
        _plan(site, today),
        _drill(site, found, today),
        _contacts(site, today),
        _manager(found, today),
        _training(site, found, today),
        _checklist(site, today),
        _contracts(site, today),
    ]


def mark_until(day: date | None, today: date) -> str:
    """○, △ (within 60 days) or ✕ for a last day; ○ where there is none."""
    if day is None:
        return "○"
    left = (day - today).days
    return "✕" if left < 0 else "△" if left <= SOON else "○"


def _plan(site: Site, today: date) -> Readiness:
    version, draft = plan.approved_of(site), plan.draft_of(site)
    writing = f"第{draft.number}版を書いています（残り{len(plan.open_topics(draft))}項目）。" if draft else ""
    if version is None or version.approved_on is None:
        return Readiness(
            "bcp-plan",
            "業務継続計画（BCP）",
            "？",
            writing or "この画面で承認した版はありません。",
            "版を書いて承認する",
        )
    symbol = mark_until(version.review_by, today)
    told = f"第{version.number}版（{japanese_date(version.approved_on)}承認）。{writing}"
    due = f"{japanese_date(version.review_by)}までに見直す" if version.review_by else ""
    return Readiness("bcp-plan", "業務継続計画（BCP）", symbol, told, due)


def _drill(site: Site, found: Known, today: date) -> Readiness:
    rows = drills.listed(site, found)
    late = Improvement.objects.filter(
        drill__site=site, drill__withdrawn=False, done_on=None, due__lt=today
    ).count()
    if not rows:
        return Readiness("bcp-drills", "訓練", "？", "訓練の記録がありません。", "訓練を行って記録する")
    last = rows[0]
    told = f"直近は{japanese_date(last.on)}。" + (f"期限を過ぎた改善が{late}件あります。" if late else "")
    due = f"{japanese_date(last.counts_until)}までに次の訓練を行う" if last.counts_until else ""
    symbol = mark_until(last.counts_until, today)
    return Readiness("bcp-drills", "訓練", "✕" if late else symbol, told, due)


def _contacts(site: Site, today: date) -> Readiness:
    tree = contacts.latest(site)
    if tree is None:
        return Readiness("bcp-contacts", "連絡網", "？", "連絡網がありません。", "連絡先を入れて紙に印刷する")
    told = f"第{tree.number}版（{len(tree.rows)}件）。{japanese_date(tree.checked_on)}に確かめました。"
    old = contacts.stale(tree, today)
    return Readiness("bcp-contacts", "連絡網", "✕" if old else "○", told, "番号を確かめる" if old else "")


def _manager(found: Known, today: date) -> Readiness:
    rows = [row for row in managers.managers_of(found) if checklist.serves(row.body, today)]
    if not rows:
        return Readiness(
            "bcp-managers", "安全管理責任者", "？", "いまの責任者の記録がありません。", "任命を記録する"
        )
    told = "、".join(managers.told(row) for row in rows)
    return Readiness("bcp-managers", "安全管理責任者", "○", f"{len(rows)}人（{told}）。")


def _training(site: Site, found: Known, today: date) -> Readiness:
    rows = trainings.listed(site, found)
    if not rows:
        return Readiness("bcp-trainings", "研修", "？", "研修の記録がありません。", "研修を行って記録する")
    last = rows[0]
    told = f"直近は{japanese_date(last.on)}（{last.medium}）。"
    if last.training is not None:
        told += trainings.count_text(last.training) + "。"
    due = f"{japanese_date(last.counts_until)}までに次の研修を行う" if last.counts_until else ""
    return Readiness("bcp-trainings", "研修", mark_until(last.counts_until, today), told, due)


def _checklist(site: Site, today: date) -> Readiness:
    year = checklist.year_of(today)
    name = f"点検表（{checklist.year_text(year)}）"
    if year not in checklist.years_of(site):
        told = f"{checklist.year_text(year)}の点検項目は入っていません。"
        return Readiness("bcp-checklist", name, "？", told, "公表された項目をファイルにして読み込む")
    sheet = checklist.sheet_of(site, year)
    rows = [line for _, lines in checklist.lines_of(site, year) for line in lines]
    done = sum(line.answer is not None for line in rows)
    late = sum(
        line.answer is not None and line.answer.target is not None and line.answer.target < today
        for line in rows
    )
    _, holds = checklist.signed(sheet)
    told = f"{len(rows)}項目のうち{done}項目に回答。{'署名済み。' if holds else ''}" + (
        f"目標日を過ぎた項目が{late}あります。" if late else ""
    )
    todo = "" if holds and not late else "回答して署名する"
    return Readiness("bcp-checklist", name, "✕" if late else "○" if holds else "？", told, todo)


def _contracts(site: Site, today: date) -> Readiness:
    rows = contracts.held(site, today)
    if not rows:
        return Readiness(
            "bcp-contracts", "契約・規程", "？", "契約や規程の記録がありません。", "該当する条項を記録する"
        )
    counts = {state: sum(row.state == state for row in rows) for state in ("expired", "ending")}
    told = f"{len(rows)}件。期限切れ{counts['expired']}件、90日以内に終わるもの{counts['ending']}件。"
    symbol = "✕" if counts["expired"] else "△" if counts["ending"] else "○"
    return Readiness(
        "bcp-contracts", "契約・規程", symbol, told, "更新した契約を記録する" if symbol != "○" else ""
    )
