"""What a site has to do by which day: deadlines that follow from the judgement, papers that end, and tasks of people.

A task with the key of a deadline says who sees to it and whether it is done; the day stays that of the deadline.
Done counts for the day it was done for: when the same duty comes back with a later day it is open again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from mitasu.judge.due import KINDS as DEADLINE_KINDS
from mitasu.judge.due import Deadline
from mitasu.server.accounts.models import Site
from mitasu.server.ledger.law import rulebook
from mitasu.server.ledger.models import Kind
from mitasu.server.sites.judging import known_of
from mitasu.server.sites.models import Task
from mitasu.server.sites.outlook import deadlines_of

KINDS = DEADLINE_KINDS | {"evidence": "証拠の期限", "task": "自分で足したこと"}
MADE_BY = {
    "question": "確かめること",
    "posting": "掲示を直すこと",
    "left": "職員の変更",
    "person": "渡されたこと",
}
"""What tasks that the program made are called, by what they came from."""
GROUPS = {
    "late": "期限切れ",
    "week": "今週（7日のうち）",
    "month": "今月",
    "later": "以後",
    "far": "以後（90日より先）",
    "undated": "期限なし",
}
AHEAD = 400
"""How many days ahead is looked."""
FAR = 90
"""What is further away is folded up."""
BEHIND = 365
"""A paper that ended is told of for so many days."""
OWN = "own/"
"""The keys of tasks that people added begin so."""


@dataclass(frozen=True, slots=True)
class Row:
    """One thing to do: the deadline, and the task about it if someone took it up."""

    deadline: Deadline | None
    task: Task | None
    proof: int | None = None
    """Number of the evidence that shows that it was done."""

    @property
    def key(self) -> str:
        """The same as long as it is the same thing."""
        return self.deadline.key if self.deadline else self.task.key if self.task else ""

    @property
    def day(self) -> date | None:
        """The day by which it must have happened."""
        return self.deadline.day if self.deadline else self.task.due if self.task else None

    @property
    def title(self) -> str:
        """What there is to do."""
        return self.deadline.title if self.deadline else self.task.title if self.task else ""

    @property
    def kind(self) -> str:
        """A key of `KINDS`."""
        if self.deadline:
            return self.deadline.kind
        source = self.task.source if self.task else "task"
        return source if source in KINDS else "task"

    @property
    def word(self) -> str:
        """The kind in words."""
        made = MADE_BY.get(self.task.source) if self.task and not self.deadline else None
        return made or KINDS[self.kind]

    @property
    def addition(self) -> str:
        """The addition it is for; empty where for all."""
        return (self.deadline.addition or "") if self.deadline else self.task.addition if self.task else ""

    @property
    def about(self) -> str:
        """The addition's name."""
        return rulebook().titles.get(self.addition, self.addition)

    @property
    def post_by(self) -> date | None:
        """The day by which to post."""
        return self.deadline.post_by if self.deadline else None

    @property
    def owner(self) -> Any:
        """Who sees to it."""
        return self.task.owner if self.task else None

    @property
    def state(self) -> str:
        """open, done or dropped."""
        if self.task is None:
            return Task.State.OPEN
        again = self.deadline is not None and self.task.due is not None and self.deadline.day > self.task.due
        return Task.State.OPEN if again else str(self.task.state)

    @property
    def state_word(self) -> str:
        """The state in words."""
        return str(Task.State(self.state).label)

    @property
    def gone(self) -> bool:
        """Whether the judgement no longer asks for it, though someone took it up."""
        return self.deadline is None and self.task is not None and self.task.source in KINDS.keys() - {"task"}

    def act_by(self, today: date) -> date | None:
        """The day to act by: that of posting while it lies ahead."""
        return self.post_by if self.post_by is not None and self.post_by >= today else self.day

    def group(self, today: date) -> str:
        """A key of `GROUPS`."""
        day = self.act_by(today)
        if day is None:
            return "undated"
        if day < today:
            return "late"
        if day < today + timedelta(days=7):
            return "week"
        if (day.year, day.month) == (today.year, today.month):
            return "month"
        return "later" if day <= today + timedelta(days=FAR) else "far"

    def days_left(self, today: date) -> int | None:
        """Days until the day; negative once it has passed."""
        return None if self.day is None else (self.day - today).days


def due_of(site: Site, today: date, within: int = AHEAD) -> list[Deadline]:
    """Everything with a day, papers that end included, in order of the day."""
    found = [*deadlines_of(site, today, within), *_ending(site, today, within)]
    return sorted(found, key=lambda one: (one.day, one.kind, one.title, one.key))


def _ending(site: Site, today: date, within: int) -> Iterator[Deadline]:
    """The papers that end and that no other has taken over from."""
    papers = known_of(site).of(Kind.EVIDENCE)
    renewed = {paper.body.get("renews") for paper in papers}
    for paper in papers:
        last = paper.last_day
        if last is None or paper.number in renewed or not -BEHIND <= (last - today).days <= within:
            continue
        asked = [str(key) for key in paper.body.get("requirements") or ()]
        addition = asked[0].partition("/")[0] if asked else None
        title = paper.body.get("title") or f"証拠{paper.number}"
        note = "この日を過ぎると、この証拠による事実は分からないものとして扱われます。新しい証拠を入れます。"
        yield Deadline(
            last,
            "evidence",
            f"証拠{paper.number}「{title}」を更新する",
            note,
            addition,
            f"evidence/{paper.number}",
        )


def rows_of(site: Site, today: date, within: int = AHEAD) -> list[Row]:
    """Everything to do, done things too, in order of the day to act by."""
    tasks = {task.key: task for task in Task.objects.filter(site=site).select_related("owner")}
    proofs = _proofs(site)
    found = due_of(site, today, within)
    keys = {one.key for one in found}
    rows = [Row(one, tasks.get(one.key), proofs.get(one.key)) for one in found]
    rows += [Row(None, task, proofs.get(key)) for key, task in tasks.items() if key not in keys]
    return sorted(rows, key=lambda row: (row.act_by(today) or date.max, row.title, row.key))


def _proofs(site: Site) -> dict[str, int]:
    """By the key of what was done: the evidence that was named for it and still counts."""
    known = known_of(site)
    found: dict[str, int] = {}
    for note in known.of(Kind.NOTE):
        if note.subject == "task" and note.proof in known.entries:
            found[str(note.body.get("task"))] = note.proof
    return found


def grouped(rows: Iterable[Row], today: date) -> list[tuple[str, str, list[Row]]]:
    """The rows by group (key and label), groups without rows left out."""
    found: dict[str, list[Row]] = {key: [] for key in GROUPS}
    for row in rows:
        found[row.group(today)].append(row)
    return [(key, GROUPS[key], inside) for key, inside in found.items() if inside]
