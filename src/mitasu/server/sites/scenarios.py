"""What-if on a site: the form of what is supposed, its outcome, and saved scenarios. The ledger is only read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.utils import timezone

from mitasu.dates import first_day, month_of
from mitasu.errors import UsageError
from mitasu.facts.values import value_of
from mitasu.judge.improve import MOST_VISITS, known_facts
from mitasu.judge.judgement import Answer
from mitasu.judge.staff import Group, groups, people_of
from mitasu.judge.suppose import (
    Outcome,
    Supposition,
    asks_for_rate,
    is_close,
    kinds_of,
    matters,
    rate_of,
    suppose,
)
from mitasu.rulebook import ENCOUNTER_KINDS, Entry
from mitasu.rules.quantities import percent_text
from mitasu.server.accounts.models import Site
from mitasu.server.forms import CountField, MonthField
from mitasu.server.ledger.law import judge, rulebook
from mitasu.server.sites.judging import answer_of, institution_of
from mitasu.server.sites.models import Scenario
from mitasu.server.sites.outlook import improvements_of, visits_of

FACT, STAFF, VISITS = "fact-", "staff-", "visits-"
MOST_PEOPLE = 10_000
YES_NO = (("true", "はい"), ("false", "いいえ"))
NUMERIC = ("integer", "decimal", "yen", "percent")


class Terms(forms.Form):
    """What is supposed: the month, the rate, facts, people, filings, visits and costs.

    Fields depend on the day's rules. `far`: the names of those that concern only additions neither filed nor near.
    """

    month = MonthField(label="いつの判定で", required=False)

    def __init__(self, site: Site, on: date, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.site, self.on = site, on
        self.answer = answer = answer_of(site, on)
        if asks_for_rate(answer):
            self.fields["rate"] = forms.CharField(
                label="マイナ保険証利用率（％）",
                required=False,
                help_text=f"いま{_shown_rate(answer)}。空けておくとそのままです。",
                widget=forms.TextInput({"class": "short", "inputmode": "decimal", "autocomplete": "off"}),
            )
        first, rest = matters(answer, [one.step for one in improvements_of(site, on)])
        for entry in first:
            self.fields[FACT + entry.id] = _fact_field(entry, answer)
        close = [one for one in answer.judgements if is_close(one, answer.institution)]
        self.groups = groups(answer, close)
        self._staff(self.groups)
        self.fields["filed"] = forms.BooleanField(
            label="要る届出は済んでいるものとする",
            required=False,
            help_text="届出が有効になった後の判定です。",
        )
        before = set(self.fields)
        known = rulebook().catalogue.of("fact")
        named = [known[id_] for key in self.data if (id_ := key.removeprefix(FACT)) != key and id_ in known]
        for entry in [*rest, *named]:
            self.fields.setdefault(FACT + entry.id, _fact_field(entry, answer))
        others = groups(answer, [one for one in answer.judgements if one not in close])
        near = {group.example.role for group in self.groups}
        self._staff(more := [group for group in others if group.example.role not in near])
        self.groups += more
        self.far = frozenset(set(self.fields) - before)
        for kind in kinds_of(answer):
            self.fields[VISITS + kind] = CountField(
                label=f"{ENCOUNTER_KINDS[kind]}（月に何回）", required=False
            )
        self.fields["cost"] = CountField(label="一度だけかかる費用（円）", required=False)
        self.fields["cost_a_month"] = CountField(label="毎月かかる費用（円）", required=False)

    def _staff(self, found: list[Group]) -> None:
        for group in found:
            self.fields[STAFF + group.key] = CountField(
                label=group.label, required=False, help_text=_now_there(group)
            )

    @property
    def sections(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The fields shown at once, under headings."""
        near = [field for field in self.visible_fields() if field.name not in self.far]
        people = [field for field in near if field.name.startswith(STAFF)]
        terms = [
            field for field in near if field.name in ("month", "rate", "filed") or field.name.startswith(FACT)
        ]
        rest = [field for field in near if field not in people and field not in terms]
        found = [("条件", terms), ("人員", people), ("回数と費用", rest)]
        return [(title, fields) for title, fields in found if fields]

    @property
    def far_fields(self) -> list[forms.BoundField]:
        """The fields of additions neither filed nor near."""
        return [field for field in self.visible_fields() if field.name in self.far]

    @property
    def far_used(self) -> bool:
        """Whether any of those is filled in."""
        return any(self.data.get(name) for name in self.far)

    @property
    def gone(self) -> list[str]:
        """What was supposed of people who can no longer be told apart so: it is left out, and said."""
        return [
            key for key in self.data if key.startswith(STAFF) and self.data[key] and key not in self.fields
        ]

    def clean_rate(self) -> int | None:
        """The rate in millionths, None where it stays as it is."""
        text = str(self.cleaned_data["rate"]).strip()
        if not text:
            return None
        try:
            return int(value_of(text, "percent"))
        except ValueError as error:
            raise forms.ValidationError(f"{error}45.0 のように書いてください。") from None

    def clean(self) -> dict[str, Any]:
        """Facts of their types, visits within reason."""
        given = super().clean() or {}
        facts: dict[str, Any] = {}
        for name, value in list(given.items()):
            if name.startswith(FACT) and value:
                try:
                    facts |= known_facts({name.removeprefix(FACT): value}, rulebook())
                except UsageError as error:
                    self.add_error(name, str(error).partition(": ")[2] or str(error))
            elif name.startswith(STAFF) and value is not None and value > MOST_PEOPLE:
                self.add_error(name, f"{MOST_PEOPLE:,}以下で入力してください。")
            elif name.startswith(VISITS) and value is not None and value > MOST_VISITS:
                self.add_error(name, f"{MOST_VISITS:,}以下で入力してください。")
        return {**given, "facts": facts}

    @property
    def staff(self) -> dict[str, int]:
        """How many people there would be in each group of which a number was given."""
        given = self.cleaned_data
        return {
            name.removeprefix(STAFF): given[name]
            for name in given
            if name.startswith(STAFF) and given[name] is not None
        }

    @property
    def visits(self) -> dict[str, int]:
        """Visits a month by kind, those that were given."""
        given = self.cleaned_data
        return {
            name.removeprefix(VISITS): given[name]
            for name in given
            if name.startswith(VISITS) and given[name] is not None
        }

    def outcome(self) -> Outcome:
        """What would come of it."""
        given = self.cleaned_data
        staff = people_of(self.answer, self.groups, self.staff)
        supposed = Supposition(given["facts"], given.get("rate"), bool(given.get("filed")), staff)
        return suppose(
            judge(),
            institution_of(self.site),
            self.on,
            supposed,
            self.visits,
            cost=given.get("cost") or 0,
            cost_a_month=given.get("cost_a_month") or 0,
        )

    def scenario(self, name: str, by: Any) -> Scenario:
        """A scenario of these terms, not saved yet."""
        given = self.cleaned_data
        facts = {key.removeprefix(FACT): given[key] for key in given if key.startswith(FACT) and given[key]}
        changes = {
            "facts": facts,
            "rate": str(self.data.get("rate", "")).strip(),
            "filed": bool(given.get("filed")),
            "staff": self.staff,
        }
        return Scenario(
            site=self.site,
            name=name,
            on=self.on,
            changes=changes,
            visits=self.visits,
            cost=given.get("cost"),
            cost_a_month=given.get("cost_a_month"),
            made_by=by,
        )


def terms(site: Site, data: Mapping[str, Any]) -> Terms:
    """The form for a page's address: filled by the address, or by what the site is like where nothing is given."""
    on = day_of(str(data.get("month", "")))
    if data:
        return Terms(site, on, data)
    known = {VISITS + kind: number for kind, number in visits_of(site).items()}
    return Terms(site, on, initial={"month": month_of(on), **known})


def day_of(text: str) -> date:
    """The day that is judged: today in this month (and where the month cannot be read), else the first of the month."""
    today = timezone.localdate()
    try:
        month = MonthField(required=False).clean(text)
    except forms.ValidationError:
        return today
    return today if month is None or month == month_of(today) else first_day(month)


def address_of(scenario: Scenario) -> str:
    """The query string that opens a scenario; whoever may see the site can be given it."""
    fields: dict[str, Any] = {"month": month_of(scenario.on)}
    fields |= {FACT + id_: value for id_, value in scenario.changes.get("facts", {}).items()}
    if scenario.changes.get("rate"):
        fields["rate"] = scenario.changes["rate"]
    if scenario.changes.get("filed"):
        fields["filed"] = "on"
    fields |= _saved_staff(scenario)
    fields |= {VISITS + kind: number for kind, number in scenario.visits.items()}
    for name in ("cost", "cost_a_month"):
        if getattr(scenario, name) is not None:
            fields[name] = getattr(scenario, name)
    return urlencode(fields)


def opened(scenario: Scenario) -> Terms:
    """The form of a saved scenario, read with the rules and facts of today's knowledge."""
    fields: dict[str, Any] = {"month": month_of(scenario.on), "rate": scenario.changes.get("rate", "")}
    fields |= {FACT + id_: value for id_, value in scenario.changes.get("facts", {}).items()}
    fields |= _saved_staff(scenario)
    fields |= {VISITS + kind: number for kind, number in scenario.visits.items()}
    fields |= {"filed": "on"} if scenario.changes.get("filed") else {}
    fields |= {"cost": scenario.cost or "", "cost_a_month": scenario.cost_a_month or ""}
    return Terms(scenario.site, scenario.on, fields)


def _saved_staff(scenario: Scenario) -> dict[str, Any]:
    return {STAFF + key: number for key, number in scenario.changes.get("staff", {}).items()}


def _now_there(group: Group) -> str:
    if not group.known:
        return "いまは分かりません（職員の一覧がありません）。入れると、この役割の人はここに入れた数だけとみなします。"
    if group.adds:
        return "いまいる人のほかに加える人数です。"
    return f"いま{len(group.there)}人。空けておくとそのままです。"


def _fact_field(entry: Entry, answer: Answer) -> forms.Field:
    now = _shown(entry, answer)
    if entry.type == "boolean" or entry.values:
        choices = YES_NO if entry.type == "boolean" else tuple(entry.values.items())
        same = ("", f"そのまま（いま：{now}）")
        return forms.ChoiceField(
            label=entry.label,
            required=False,
            choices=(same, *choices),
            widget=forms.Select({"class": "short"}),
        )
    mode = {"inputmode": "decimal"} if entry.type in NUMERIC else {}
    unit = f"（{entry.unit}）" if entry.unit else ""
    return forms.CharField(
        label=f"{entry.label}{unit}",
        required=False,
        help_text=f"いま：{now}。空けておくとそのままです。",
        widget=forms.TextInput({"class": "short", "autocomplete": "off", **mode}),
    )


def _shown(entry: Entry, answer: Answer) -> str:
    value = answer.view.get(entry.id)
    return "不明" if value is None else judge().words.value(value, entry)


def _shown_rate(answer: Answer) -> str:
    rate = rate_of(answer)
    return "不明" if rate is None else percent_text(rate)
