"""Psychiatry: shares and numbers of 通院・在宅精神療法 (I002), and what its 指定医 did (第47の7の4 and 5).

Counts are never negative, so what is known may already reach a limit; then nothing more is asked.
"""

from __future__ import annotations

from collections.abc import Iterable

from mitasu.facts.derived.teams import everything, in_role
from mitasu.facts.institution import Person
from mitasu.facts.view import Found, View
from mitasu.rules.quantities import ONE_PERCENT, decimal_text, percent_text

ALL_CLAIMS = "psychotherapy_claims_6_months"
EARLY_CLAIMS = (
    "psychotherapy_claims_1_ro",
    "psychotherapy_claims_1_ha_1",
    "psychotherapy_claims_2_ro",
    "psychotherapy_claims_2_ha_1",
    "psychotherapy_claims_2_ha_2",
)
"""What 第47の7の4(2) adds up: 1のロ, 1のハ(1), 2のロ, 2のハ(1), 2のハ(2)."""
FIRST_CLAIMS = ("psychotherapy_claims_1_ro", "psychotherapy_claims_2_ro")
"""第47の7の4(3): first visits, at the institution and at home."""
LONG_CLAIMS = {claims: f"{claims}_1" for claims in FIRST_CLAIMS}
"""From 2026-06: those of 60 minutes or more, ロ(1), within each."""
DESIGNATED_DUTIES = 1
EMERGENCY_DUTIES = 6
"""What a 指定医 who treats online must have done in a year, one or the other (第47の7の5(3))."""


def early_psychotherapy_share(view: View, *, share: int) -> Found:
    """Whether first and long treatments make up such a share of all claims of six months (第47の7の4(2)).

    Compared by cross-multiplication. Without a single claim there is no share, so it is not reached.
    """
    total = view.get(ALL_CLAIMS)
    parts = {id_: view.get(id_) for id_ in EARLY_CLAIMS}
    missing = tuple(id_ for id_, value in parts.items() if value is None)
    known = sum(value for value in parts.values() if value is not None)
    if total is None:
        return Found(None, "算定の総数が不明", (ALL_CLAIMS, *missing))
    if total == 0:
        return Found(False, "通院・在宅精神療法の算定なし")
    told = f"{total}回のうち{known}回（{percent_text(100 * ONE_PERCENT * known // total)}）"
    if 100 * ONE_PERCENT * known >= share * total:
        return Found(True, told)
    return Found(None, told + "、ほかは不明", missing) if missing else Found(False, told)


def first_claims_per_psychiatrist(view: View, *, least: int) -> Found:
    """Whether the first treatments of six months come to so many for each psychiatrist (2024: 第47の7の4(3))."""
    counts = {id_: view.get(id_) for id_ in FIRST_CLAIMS}
    missing = tuple(id_ for id_, value in counts.items() if value is None)
    known = sum(value for value in counts.values() if value is not None)
    return _for_each(view, least, 1, known, None if missing else known, missing)


def weighted_first_claims_per_psychiatrist(view: View, *, least: int) -> Found:
    """The same where those under 60 minutes count half (2026: 第47の7の4(1)ウ, (3)エ).

    With n first treatments, L of them long, L + (n - L) / 2 is (n + L) / 2: 110 long and 20 short ones
    count 120. L lies between 0 and n, whichever of the two is not known.
    """
    low = 0
    high: int | None = 0
    missing: list[str] = []
    for whole, part in LONG_CLAIMS.items():
        number, long = view.get(whole), view.get(part)
        missing += [id_ for id_, value in ((whole, number), (part, long)) if value is None]
        low += ((long or 0) if number is None else number) + (long or 0)
        if number is None:
            high = None
        elif high is not None:
            high += number + (number if long is None else long)
    return _for_each(view, least, 2, low, high, tuple(missing))


def _for_each(
    view: View, least: int, times: int, low: int, high: int | None, missing: tuple[str, ...]
) -> Found:
    """Whether a number, between `low` and `high` when divided by `times`, is `least` or more for each doctor."""
    doctors = view.get("psychiatrists")
    if doctors is None:
        return Found(None, "医師の数が不明", ("psychiatrists", *missing))
    if doctors == 0:
        return Found(False, "精神科を担当する医師0人")
    each = decimal_text(10_000 * low // (times * doctors))
    told = f"医師{doctors}人、1人当たり{each}回" + ("以上" if missing else "")
    needed = times * least * doctors
    if low >= needed:
        return Found(True, told)
    if high is None or high >= needed:
        return Found(None, told, missing)
    return Found(False, told)


# ---- 精神保健指定医 ----------------------------------------------------------------------------------


def _done(person: Person, name: str, least: int) -> bool | None:
    number = person.attributes.get(name)
    return None if number is None else number >= least


def _full_time(person: Person) -> bool | None:
    return None if person.employment is None else person.employment == "full_time"


def designated_duties_done(view: View) -> Found:
    """Whether a full-time 指定医 did a duty within the year, two where two or more are full-time (第47の7の4(5)).

    Unknown where someone may be full-time, or may have done one, and that decides.
    """
    role = "designated_psychiatrist"
    if view.institution.people is None:
        return Found(None, "職員の一覧がありません", (role,))
    doctors = [
        (_full_time(person), _done(person, "designated_duties_last_12_months", DESIGNATED_DUTIES))
        for person in in_role(view, role)
    ]
    active = sum(full_time is True and done is True for full_time, done in doctors)
    might = sum(full_time is not False and done is not False for full_time, done in doctors)
    idle = sum(full_time is True and done is False for full_time, done in doctors)
    might_be_idle = sum(full_time is not False and done is not True for full_time, done in doctors)
    told = f"常勤の指定医{sum(full_time is True for full_time, _ in doctors)}人のうち{active}人が実施"
    if active >= 2 or (active == 1 and not might_be_idle):
        return Found(True, told)
    if might >= 2 or (might == 1 and not idle):
        return Found(None, told + "、ほかは記載不足", (role,))
    return Found(False, told)


def online_psychiatrists_on_duty(view: View) -> Found:
    """Whether every 指定医 who treats online did six emergency duties or one as 指定医 within the year (第47の7の5(3)).

    Who treats online is an optional detail: where nobody is marked, everyone of whom nothing is said counts.
    Without anybody who may treat there is nobody who did a duty.
    """
    role = "designated_psychiatrist"
    if view.institution.people is None:
        return Found(None, "職員の一覧がありません", (role,))
    doctors = in_role(view, role)
    treating = [d for d in doctors if d.attributes.get("treats_online") is True]
    treating = treating or [d for d in doctors if d.attributes.get("treats_online") is None]
    if not treating:
        return Found(False, "情報通信機器を用いた精神療法を行う指定医がいません")
    answers = [
        _either(
            [
                _done(person, "emergency_duties_last_12_months", EMERGENCY_DUTIES),
                _done(person, "designated_duties_last_12_months", DESIGNATED_DUTIES),
            ]
        )
        for person in treating
    ]
    told = f"行う指定医{len(answers)}人のうち{answers.count(True)}人に実績"
    answer = everything(answers)
    return Found(None, told + "、ほかは記載不足", (role,)) if answer is None else Found(answer, told)


def _either(answers: Iterable[bool | None]) -> bool | None:
    found = list(answers)
    return True if True in found else None if None in found else False


FUNCTIONS = (
    designated_duties_done,
    early_psychotherapy_share,
    first_claims_per_psychiatrist,
    online_psychiatrists_on_duty,
    weighted_first_claims_per_psychiatrist,
)
