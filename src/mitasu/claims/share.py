"""What the patient pays at the window: the share by law or as told, and the amount rounded to ten yen.

健康保険法74条・110条 and 国民健康保険法42条 set the shares: 20 % until the 31 March after the sixth birthday,
30 % from then until the month in which a person reaches 70. From the month after that (70歳以上) the share hangs on
income (健康保険法74条1項2号・3号, 高齢者の医療の確保に関する法律67条), so it is only known when it is told.
A person reaches an age on the day before the birthday (年齢計算ニ関する法律). The amount is rounded to ten
yen, five and more upwards (健康保険法75条; 国民健康保険法42条の2, 高齢者の医療の確保に関する法律68条 alike).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from mitasu.dates import last_day, month_of
from mitasu.judge.encounters import Encounter

ROUNDING = "10円未満は四捨五入（健康保険法75条、国民健康保険法42条の2、高齢者の医療の確保に関する法律68条）"
NOT_COMPUTED = (
    "高額療養費（月の上限）は計算していません。",
    "公費負担医療、自治体の医療費助成、生活保護、労災・自賠責は計算していません。",
    "外来管理加算など、規則にない加算は含みません。",
    "薬剤・特定器材・検査などの点数は、procedures に書いたもののほかは含みません。",
    "入院の自己負担は月ごとに決まるので計算していません。",
)


@dataclass(frozen=True, slots=True)
class Share:
    """How many percent the patient pays, None where that is not known, and by what it is known."""

    percent: int | None
    why: str


def share_of(encounter: Encounter) -> Share:
    """The share of an encounter: as told, else by age where the law leaves no doubt.

    >>> share_of(Encounter("a", "p", date(2026, 6, 1), "revisit", born=date(1980, 1, 1))).percent
    30
    """
    if encounter.share is not None:
        return Share(encounter.share, "受診の一覧に書かれた負担割合です。")
    if encounter.born is None:
        return Share(None, "負担割合（share）も生年月日（born）も書かれていません。")
    if encounter.on <= _last_day_of_preschool(encounter.born):
        return Share(20, "義務教育就学前なので2割です（健康保険法110条、国民健康保険法42条）。")
    if encounter.on <= last_day(month_of(_reaches(encounter.born, 70))):
        return Share(30, "70歳に達する月までなので3割です（健康保険法74条・110条、国民健康保険法42条）。")
    told = "70歳以上の負担割合は所得によって1割から3割です。share に書いてください。"
    return Share(None, told)


def copayment(yen: int, percent: int) -> int:
    """What the patient pays of an amount, rounded to ten yen.

    >>> copayment(2910, 30), copayment(750, 10), copayment(750, 30)
    (870, 80, 230)
    """
    return (yen * percent + 500) // 1000 * 10


def _reaches(born: date, age: int) -> date:
    """The day on which a person reaches an age: the day before the birthday."""
    year = born.year + age
    try:
        return date(year, born.month, born.day) - timedelta(days=1)
    except ValueError:  # born on 29 February; the day before the birthday is 28 February
        return date(year, 2, 28)


def _last_day_of_preschool(born: date) -> date:
    """The first 31 March on or after the day on which a child reaches six."""
    six = _reaches(born, 6)
    year = six.year if six <= date(six.year, 3, 31) else six.year + 1
    return date(year, 3, 31)
