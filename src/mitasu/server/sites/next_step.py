"""The single next thing that a site should do: what it is, by when, what it is worth in yen, and where it is done.

A site whose filings nobody has recorded yet, or of which nothing is decided, is led to the questions: before that no
deadline and no gain says anything. Then comes a deadline that is near
and that nobody closed, then the step that brings most, then the next
deadline. Yen are those of the site's own visits; where they are not entered the amount is unknown, not zero.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.urls import reverse

from mitasu.judge.due import KINDS, Deadline
from mitasu.judge.improve import Improvement
from mitasu.judge.interview import asks
from mitasu.judge.reach import change_text, filing_of
from mitasu.server.accounts.models import Site
from mitasu.server.ledger.law import judge, rulebook
from mitasu.server.sites.at_risk import at_risk, monthly_yen
from mitasu.server.sites.due import rows_of
from mitasu.server.sites.judging import answer_of, institution_of
from mitasu.server.sites.models import Task
from mitasu.server.sites.outlook import deadlines_of, improvements_of, visits_of

SOON = 30
"""A deadline within so many days comes before what could be gained."""
NO_VISITS = "月の額は不明です（「設定」に月の受診の数を入れると出ます）"


@dataclass(frozen=True, slots=True)
class Next:
    """The single next thing to do. `worth`: what it is worth, in words; empty where it is not a matter of yen."""

    title: str
    note: str
    address: str
    verb: str
    day: date | None = None
    days_left: int | None = None
    worth: str = ""


def next_step(site: Site, today: date) -> Next | None:
    """What to do next at a site; None where there is nothing to do."""
    first = _questions(site, today)
    if first is not None:
        return first
    near = next((one for one in _open(site, today) if one.kind != "law"), None)
    found = improvements_of(site, today)
    if near is not None and ((near.day - today).days <= SOON or not found):
        return Next(
            near.title,
            f"{KINDS[near.kind]}：{near.note}",
            *_place(site, near),
            near.day,
            (near.day - today).days,
            _worth(site, near, today),
        )
    return _best(site, found[0]) if found else None


def _open(site: Site, today: date) -> Iterator[Deadline]:
    """The deadlines that nobody has closed."""
    closed = {row.key for row in rows_of(site, today) if row.state != Task.State.OPEN}
    return (one for one in deadlines_of(site, today) if one.key not in closed)


def _questions(site: Site, today: date) -> Next | None:
    """The questions, where the answer hangs on them before all else."""
    answer, unlisted = answer_of(site, today), institution_of(site).filings is None
    decided = any(one.status == "claimable" for one in answer.judgements)
    if decided and not unlisted:
        return None
    left = len(asks(answer, rulebook()))
    if not left:
        return None
    title = "届け出ているものを記録し、質問に答える" if unlisted else "質問に答える"
    note = (
        "届出を先に記録すると、届け出ていない加算のことは尋ねられなくなります。" if unlisted else ""
    ) + f"いまはあと{left}問です。分からないことは「わからない」で進めます。"
    return Next(title, note, reverse("questions", args=[site.slug]), "質問を開く")


def _place(site: Site, deadline: Deadline) -> tuple[str, str]:
    """Where what a deadline asks is done: the address and what the link says."""
    if deadline.addition is None or deadline.kind == "duty":
        return reverse("todo", args=[site.slug]), "やることを開く"
    if deadline.kind == "filing":
        return reverse("filing-road", args=[site.slug, deadline.addition]), "届出の道を開く"
    return reverse("why", args=[site.slug, deadline.addition]), "要件を見る"


def _worth(site: Site, deadline: Deadline, today: date) -> str:
    """What comes of a filing that only has to be made; otherwise what is lost where the day passes."""
    for one in improvements_of(site, today) if deadline.kind == "filing" else ():
        only_files = all(filing_of(change) for change in one.step.changes)
        if only_files and one.addition == deadline.addition and f"{one.title}{one.level}" in deadline.note:
            return _gained(one)
    answer, visits = answer_of(site, today), visits_of(site)
    lost, _ = at_risk(answer, monthly_yen(answer, visits), [deadline], visits)
    if lost is None:
        return NO_VISITS
    return f"何もしないと、月に{lost:,}円を算定できなくなります" if lost else ""


def _gained(step: Improvement) -> str:
    yen = step.gain.yen_a_month
    if yen is None:
        return NO_VISITS
    return f"月に{yen:,}円ふえます" + ("（多くて）" if step.at_most else "")


def _best(site: Site, best: Improvement) -> Next:
    """The step that brings most for the effort."""
    changes = "、".join(change_text(change, judge().words) for change in best.step.changes)
    place = reverse("why", args=[site.slug, best.addition])
    return Next(
        f"{best.title}{best.level}に届く：{changes}",
        best.gain.inputs,
        place,
        "要件を見る",
        worth=_gained(best),
    )
