"""外来・在宅ベースアップ評価料(Ⅰ)(Ⅱ): who is counted, whether (Ⅰ) suffices, and the band of 【Ｂ】.

特掲診療料の施設基準通知 第105 and 第106 (M06, M08) and the formulas of 様式96 (X96), in whole numbers. S is the
monthly payroll in yen, P1 the points of (Ⅰ) expected in a month, W the expected claims of (Ⅱ), イ eight
times. Counts are whole ten-thousandths, and so are P1 and W here:

    10 x P1 / 10^4 < 12 x S / 10^3                                 is  P1 < 12 S
    B = (12 x S / 10^3 - 10 x P1 / 10^4) / (10 x W / 10^4)         is  (12 S - P1) / W

Nothing is rounded before it is compared: the form rounds counts to one decimal before they come here, and
its cut to four decimals decides nothing. More visits make P1 and W larger and B smaller, so what the
known counts alone already rule out is ruled out, whatever the others are.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from mitasu.facts.derived.counts import serves
from mitasu.facts.derived.filings import filing_in_effect
from mitasu.facts.institution import Person
from mitasu.facts.view import Found, View
from mitasu.rules.quantities import ONE_PERCENT, decimal_text

PAYROLL = "payroll_target_monthly"
COUNTS = (
    ("first_visits_monthly", 6, 8),
    ("revisits_monthly", 2, 1),
    ("home_visits_other_building_monthly", 28, 8),
    ("home_visits_same_building_monthly", 7, 8),
    ("dental_first_visits_monthly", 10, 8),
    ("dental_revisits_monthly", 2, 1),
    ("dental_home_visits_other_building_monthly", 41, 8),
    ("dental_home_visits_same_building_monthly", 10, 8),
)
"""The counts of a month: fact, points of (Ⅰ) (O100, 歯科P100 of 2024), weight of a claim of (Ⅱ)."""
BEFORE = "_previous"
"""What the facts of the calculation before are named with."""
PER_MILLE = 12
"""1分2厘 of the payroll (第106の1(3)): thousandths of S."""
BANDS = 24
"""As many bands as (Ⅱ) has at most (O002; eight in O101)."""
NO_BAND = (None,)
"""The levels that only a filing without a level covers."""

NOT_IN_TABLE_4 = ("clerk", "doctor", "dentist")
"""別表4 of 2024 names every other occupation, その他医療に従事する職員 included."""
DOCTORS = ("doctor", "dentist")
OLD = 40
"""From this age on doctors and dentists are not counted (M08 第105の1(2))."""
WHOLE = ONE_PERCENT
"""One full-time person, in ten-thousandths: nobody counts for more (X96)."""
SELDOM = 30
"""In-patient fees a month below which a place counts as one without (M08 第106の1(1))."""


# ---- target staff (対象職員) ---------------------------------------------------------------------------


def target_staff_enough(
    view: View, *, scope: str, at_least: int | None = None, more_than: int | None = None
) -> Found:
    """Whether the target staff come to so many full-time equivalents (第105の1(2), 第106の1(9); M08 1(2), 1(7)).

    `scope`: "table_4" (M06: the occupations of 別表4, nobody who only does office work, no officers, nobody
    under contract) or "everyone" (M08: all but doctors and dentists of 40 and over and people under
    contract). Somebody of whom something is not known may count for nothing or for all their hours.
    """
    if view.institution.people is None:
        return Found(None, "職員の一覧がありません", ("employee",))
    sure, most = _target_staff(view, scope)
    told = f"対象職員は常勤換算{decimal_text(sure)}人" + (
        f"から{decimal_text(most)}人（区分の分からない職員がいます）" if sure < most else ""
    )
    enough = [
        (at_least is None or fte >= at_least * WHOLE) and (more_than is None or fte > more_than * WHOLE)
        for fte in (sure, most)
    ]
    if at_least is not None:
        told += f"、基準{at_least}.0人以上"
    return Found(enough[0] if enough[0] == enough[1] else None, told, ("employee",))


def _target_staff(view: View, scope: str) -> tuple[int, int]:
    """The least and the most full-time equivalents that the target staff can come to, in ten-thousandths."""
    sure = most = 0
    for person in view.institution.people or ():
        if person.role != "employee" or not serves(person.from_, person.until, view.on):
            continue
        counts, fte = _counts(person, scope), person.attributes.get("fte")
        if counts is not False:
            most += WHOLE if fte is None else min(fte, WHOLE)
        if counts is True and fte is not None:
            sure += min(fte, WHOLE)
    return sure, most


def _counts(person: Person, scope: str) -> bool | None:
    """Whether someone is of the target staff; None where that is not known."""
    occupation, attributes = person.attributes.get("occupation"), person.attributes
    inside = None if person.employment is None else person.employment != "contracted"
    if scope == "table_4":
        listed = None if occupation is None else occupation not in NOT_IN_TABLE_4
        clerical = attributes.get("clerical_only")
        return _all(
            (inside, listed, None if clerical is None else not clerical, not attributes.get("officer"))
        )
    age = attributes.get("age")
    old = _all((None if occupation is None else occupation in DOCTORS, None if age is None else age >= OLD))
    return _all((inside, None if old is None else not old))


def _all(answers: Iterable[bool | None]) -> bool | None:
    found = tuple(answers)
    return False if False in found else None if None in found else True


# ---- S, P1, W and B ----------------------------------------------------------------------------------------


class Figures(NamedTuple):
    """What a band is computed from. `missing`: what is not known; P1, W and claims are of what is."""

    payroll: int | None
    points: int
    weight: int
    claims: int
    missing: tuple[str, ...]

    @property
    def surplus(self) -> int:
        """12 S - P1, the numerator of B (S must be known)."""
        return PER_MILLE * (self.payroll or 0) - self.points

    def reaches(self, band: int) -> bool | None:
        """Whether B reaches the band: above 0 for the first, k - 0.5 or more for band k (別表5).

        Without a single visit there is nothing to divide by, and no answer.
        """
        if self.payroll is None:
            return None
        enough = self.surplus > 0 and (band == 1 or 2 * self.surplus >= (2 * band - 1) * self.weight)
        return None if enough and (self.missing or not self.weight) else enough

    def told(self) -> str:
        """B and what it comes from, in words."""
        if self.missing:
            return "計算に使う数が足りません"
        if not self.weight:
            return "算定回数が0のため【Ｂ】を計算できません"
        value = decimal_text(max(0, self.surplus) * WHOLE // self.weight)
        return f"給与総額{self.payroll}円、(Ⅰ)の見込み{_text(self.points)}点、【Ｂ】＝{value}"


def _text(scaled: int) -> str:
    """A number without decimals that say nothing."""
    return decimal_text(scaled).removesuffix(".0")


def _figures(view: View, when: str = "") -> Figures:
    values = [(view.get(id_ + when), points, weight) for id_, points, weight in COUNTS]
    missing = [id_ + when for id_, _, _ in COUNTS if view.get(id_ + when) is None]
    payroll = view.get(PAYROLL + when)
    return Figures(
        payroll,
        sum(points * value for value, points, _ in values if value is not None),
        sum(weight * value for value, _, weight in values if value is not None),
        sum(value for value, _, _ in values if value is not None),
        (*(() if payroll is not None else (PAYROLL + when,)), *missing),
    )


def base_up_1_insufficient(view: View) -> Found:
    """Whether ten yen for each point of (Ⅰ) stay below 1.2 % of the payroll (第106の1(3))."""
    figures = _figures(view)
    if figures.payroll is None or (figures.surplus > 0 and figures.missing):
        return Found(None, "計算に使う数が足りません", figures.missing)
    limit = PER_MILLE * figures.payroll
    told = f"(Ⅰ)の見込み{_text(10 * figures.points)}円、給与総額の1.2％は{_text(10 * limit)}円"
    return Found(figures.surplus > 0, told)


def base_up_band_reached(view: View, *, band: int) -> Found:
    """Whether the band judged is this one or better (第106の1(4)・(5), 別表5).

    The band judged is that of the figures of the last calculation where all four moved by a tenth at most
    (区分の変更を行わない), otherwise that of today's figures.
    """
    now, before = _figures(view), _figures(view, BEFORE)
    stays = _all((view.get("band_calculated_before"), _within_a_tenth(before, now)))
    if stays is False:
        return Found(now.reaches(band), now.told(), now.missing)
    if stays is True:
        return Found(before.reaches(band), f"前回から1割以内のため据置き（{before.told()}）", before.missing)
    answers = {now.reaches(band), before.reaches(band)}
    asked = () if view.get("band_calculated_before") is not None else ("band_calculated_before",)
    return Found(answers.pop() if len(answers) == 1 else None, now.told(), (*asked, *now.missing))


def base_up_figures_steady(view: View) -> Found:
    """Whether S, P1, the claims of (Ⅱ) and B all moved by a tenth at most since the last calculation (第106の1(5)).

    Without the figures of then there is nothing to lean on: false.
    """
    now, before = _figures(view), _figures(view, BEFORE)
    steady = _within_a_tenth(before, now)
    told = f"前回: {before.told()}／今回: {now.told()}"
    return Found(steady, told, now.missing)


def _within_a_tenth(before: Figures, now: Figures) -> bool | None:
    """Whether all four figures lie within nine and eleven tenths of before, both ends in (X96 J85 to J88)."""
    if before.missing or before.payroll is None:
        return False
    if now.missing or now.payroll is None:
        return None
    fractions = (
        (now.payroll, before.payroll),
        (now.points, before.points),
        (now.claims, before.claims),
        (max(0, now.surplus) * before.weight, max(0, before.surplus) * now.weight),
    )
    return all(9 * old <= 10 * new <= 11 * old for new, old in fractions)


# ---- bands that are filed --------------------------------------------------------------------------------------


def _filed_band(view: View, item: str, lapses: Any) -> int | None:
    """The best band of the item's filings in effect; 0: none is filed, None: not known."""
    levels = [NO_BAND, *((str(band),) for band in range(BANDS, 0, -1))]
    filed = [filing_in_effect(view, item=item, levels=level, lapses=lapses).value for level in levels]
    if filed[0] is not False:
        return None
    return next((BANDS - place for place, found in enumerate(filed[1:]) if found), 0)


def base_up_filed_band_reached(view: View) -> Found:
    """Whether today's figures reach the band that is filed; otherwise a change has to be filed (第106の1(5))."""
    filed = _filed_band(view, "base-up-2", ())
    if filed is None:
        return Found(None, "届け出た区分が分かりません", ("filings",))
    if filed == 0:
        return Found(True, "届け出た区分がありません")
    now = _figures(view)
    return Found(now.reaches(filed), f"届出は区分{filed}、{now.told()}", now.missing)


def same_band_filed(view: View, *, item: str, other: str, lapses: Any = ()) -> Found:
    """Whether the best bands filed of two items are the same (第106の1(4)ただし書)."""
    bands = [_filed_band(view, found, lapses) for found in (item, other)]
    if None in bands:
        return Found(None, "届け出た区分が分かりません", ("filings",))
    return Found(bands[0] == bands[1], f"届け出た区分は{bands[0]}と{bands[1]}")


# ---- since 2026-06 -----------------------------------------------------------------------------------------------


def base_up_staff_and_claims_steady(view: View) -> Found:
    """Whether target staff and claims of (Ⅰ) both moved by less than a tenth since the last filing (M08 第106の1(5)).

    Without the figures of then there is nothing to lean on: false.
    """
    now, before = _figures(view), _figures(view, BEFORE)
    staff_before = view.get("target_staff_fte_previous")
    if staff_before is None or any(id_ != PAYROLL + BEFORE for id_ in before.missing):
        return Found(False, "前回の届出のときの数がありません")
    unknown = tuple(id_ for id_ in now.missing if id_ != PAYROLL)
    listed = view.institution.people is not None
    sure, most = _target_staff(view, "everyone")
    answers = (
        None if unknown else _less_than_a_tenth(before.claims, now.claims),
        _less_than_a_tenth(staff_before, sure) if listed and sure == most else None,
    )
    told = f"(Ⅰ)の算定{_text(before.claims)}回→{_text(now.claims)}回" if not unknown else ""
    return Found(_all(answers), told, (*unknown, *(() if listed and sure == most else ("employee",))))


def _less_than_a_tenth(old: int, new: int) -> bool:
    return new == old or 10 * abs(new - old) < old


def inpatient_fees_seldom_claimed(view: View) -> Found:
    """Whether in-patient fees together are claimed less than 30 times a month (M08 第106の1(1)).

    The number decides where it is given; without it only a place that uses none of the fees is one.
    """
    number = view.get("inpatient_fee_claims_monthly")
    if number is not None:
        return Found(number < SELDOM, f"入院料の算定は1月{number}回、基準{SELDOM}回未満")
    fees = ("basic_inpatient_fee_in_use", "special_inpatient_fee_in_use", "short_stay_fee_in_use")
    used = {id_: view.get(id_) for id_ in fees}
    if True in used.values():
        return Found(None, "入院料の1月の算定回数が分かりません", ("inpatient_fee_claims_monthly",))
    unknown = tuple(id_ for id_, value in used.items() if value is None)
    return Found(None if unknown else True, "入院料を使っていません" if not unknown else "", unknown)


FUNCTIONS = (
    base_up_1_insufficient,
    base_up_band_reached,
    base_up_figures_steady,
    base_up_filed_band_reached,
    base_up_staff_and_claims_steady,
    inpatient_fees_seldom_claimed,
    same_band_filed,
    target_staff_enough,
)
