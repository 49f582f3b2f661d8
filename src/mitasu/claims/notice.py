"""Reading the payment fund's notice of card-use rates as people paste it: months, rates and counts.

It takes the text as it comes — full-width or half-width, 令和 or western years, sentences, one line for each month
or a table — and says of every line with figures that it could not use. Nothing is guessed in silence: a month
without a year is taken as the latest one that has passed and marked so, two rates for one month are refused, and
a rate is never computed from counts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from mitasu.dates import month_of, parse_date, parse_month
from mitasu.text import halfwidth

RECEIPTS, CHECKS = "card_use_rate_receipts", "card_use_rate_checks"
BASES = {RECEIPTS: "レセプト件数ベース", CHECKS: "オンライン資格確認件数ベース"}

_ERA = r"(?:令和|平成|R|H)\s*(?:\d{1,2}|元)"
_YEAR = rf"(?:{_ERA}|\d{{4}})"
_DAY = re.compile(
    rf"(?<![\d-]){_YEAR}\s*(?:年\s*\d{{1,2}}\s*月\s*\d{{1,2}}\s*日|([./-])\s*\d{{1,2}}\s*\1\s*\d{{1,2}}(?![\d.%]))"
)
_MONTH = re.compile(
    rf"(?<![\d-]){_YEAR}\s*(?:年|[./-])\s*\d{{1,2}}(?!\d)\s*月?(?:\s*(?:診療)?分)?"
    r"|(?<![\d.])(1[0-2]|[1-9])\s*月\s*(?:診療)?分?"
)
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d+)?)\s*%")
_PLAIN_RATE = re.compile(r"率[^\d%]{0,20}?(\d{1,3}\.\d+)(?!\s*%|\d)")
_NUMERATOR = re.compile(
    r"(?:マイナ(?:保険証|ンバーカード)?(?:による|の)?(?:利用)?|利用)(?:登録)?(?:件数|人数|回数)\s*(?:[:は=]|\s)*([\d,]+)\s*(?:件|人|回)?(?!\s*ベース)"
)
_DENOMINATOR = re.compile(
    r"(?:(?:外来)?レセプト(?:の)?(?:件|枚)数|(?:総)?資格確認(?:等)?(?:利用)?件数|総件数|全件数|患者数)\s*(?:[:は=]|\s)*([\d,]+)\s*(?:件|枚|人)?"
)
_NUMBER = re.compile(r"(?<![\d.])\d[\d,]*(?:\.\d+)?\s*%?")
_NOTIFIED = re.compile(r"通知|送付|発行|作成|発信|送信|お知らせ|Date")
_COLUMNS = (
    ("rate", re.compile(r"率")),
    ("denominator", re.compile(r"レセプト|総件数|資格確認.*件数|患者数|分母")),
    ("numerator", re.compile(r"利用(?:件数|人数|回数)|マイナ.*(?:件数|人数)|分子")),
    ("month", re.compile(r"年月|診療月|対象月|月分|^月$")),
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What was understood for one month and basis, and from which lines."""

    month: str
    basis: str = RECEIPTS
    rate: Decimal | None = None
    numerator: int | None = None
    denominator: int | None = None
    guessed_year: bool = False
    lines: tuple[str, ...] = ()

    @property
    def computed(self) -> Decimal | None:
        """The rate that the counts make, with two decimals cut off; for comparing, never for recording."""
        if self.numerator is None or not self.denominator:
            return None
        return Decimal(10_000 * self.numerator // self.denominator) / 100

    @property
    def doubtful(self) -> bool:
        """Whether rate and counts are more than a tenth of a point apart."""
        computed = self.computed
        return computed is not None and self.rate is not None and abs(computed - self.rate) > Decimal("0.1")


@dataclass(slots=True)
class Notice:
    """Everything that was understood, and what was not."""

    readings: list[Reading] = field(default_factory=list)
    notified_on: date | None = None
    unread: list[str] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)


def read_notice(text: str, today: date) -> Notice:
    """What a pasted notice says.

    >>> found = read_notice("令和８年９月分　利用率 ３２．５％（利用件数 123件／レセプト件数 456件）", date(2026, 11, 22))
    >>> [(one.month, str(one.rate), one.numerator, one.denominator) for one in found.readings]
    [('2026-09', '32.5', 123, 456)]
    """
    reader = _Reader(today)
    for raw in text.splitlines():
        line = halfwidth(raw.replace("\t", "  ").replace("│", " ").replace("|", " "))
        if line:
            reader.line(re.sub(r"[−–—―]", "-", line))
    return reader.notice()


class _Reader:
    def __init__(self, today: date) -> None:
        self.today = today
        self.found: dict[tuple[str, str], Reading] = {}
        self.month: tuple[str, bool] | None = None
        self.basis = RECEIPTS
        self.columns: list[str] = []
        self.heads: list[tuple[str, bool]] = []
        self.result = Notice()

    def notice(self) -> Notice:
        self.result.readings = sorted(self.found.values(), key=lambda one: (one.month, one.basis))
        return self.result

    def line(self, line: str) -> None:
        """Takes one line; a line with figures of which nothing could be used is named."""
        rest = self._days(line)
        if not re.search(r"\d", rest):
            self._labels(line)
            return
        self.basis = _basis(line) or self.basis
        months, rest = self._months(rest)
        used = self._figures(line, rest, months)
        if not used and not months and re.search(r"\d", rest) and re.search(r"%|率|件|月", line):
            self.result.unread.append(line)

    def _days(self, line: str) -> str:
        """Takes whole days out of a line; the day of the notice is kept."""
        for match in _DAY.finditer(line):
            try:
                day = parse_date(re.sub(r"\s", "", match[0]))
            except ValueError:
                self.result.unread.append(f"{match[0]}（という日はありません）")
                continue
            if _NOTIFIED.search(line) and self.result.notified_on is None:
                self.result.notified_on = day
        return _DAY.sub(" ", line)

    def _labels(self, line: str) -> None:
        """A line without figures may name the basis or the columns of a table."""
        columns = [name for cell in re.split(r"\s{2,}|[,、]|\s", line) if (name := _column(cell))]
        if len(columns) >= 2:
            self.columns = columns
        self.basis = _basis(line) or self.basis

    def _months(self, line: str) -> tuple[list[tuple[str, bool]], str]:
        """The months that a line names, and the line without them."""
        found = []
        for match in _MONTH.finditer(line):
            month = self._month(match)
            if month is not None:
                found.append(month)
        return found, _MONTH.sub(" ", line)

    def _month(self, match: re.Match[str]) -> tuple[str, bool] | None:
        if match[1] is None:
            try:
                return parse_month(re.sub(r"(?:診療)?分|\s", "", match[0])), False
            except ValueError:
                self.result.unread.append(f"{match[0]}（という月はありません）")
                return None
        number = int(match[1])
        year = self.today.year - (f"{self.today.year:04d}-{number:02d}" > month_of(self.today))
        return f"{year:04d}-{number:02d}", True

    def _figures(self, line: str, rest: str, months: list[tuple[str, bool]]) -> bool:
        """Puts the figures of a line where they belong; whether any was used."""
        rates = [Decimal(text) for text in _PERCENT.findall(rest)] or [
            Decimal(text) for text in _PLAIN_RATE.findall(rest)
        ]
        numerator, denominator = _count(_NUMERATOR, rest), _count(_DENOMINATOR, rest)
        if len(months) > 1 and not rates:
            self.heads, self.month = months, None
            return True
        if len(months) > 1 and len(months) == len(rates):
            for month, rate in zip(months, rates, strict=True):
                self._put(month, line, rate=rate)
            return True
        if not months and self.heads and len(rates) == len(self.heads):
            for month, rate in zip(self.heads, rates, strict=True):
                self._put(month, line, rate=rate)
            return True
        if len(months) == 1:
            self.month, self.heads = months[0], []
        if self.month is None or len(months) > 1:
            return False
        if months and self.columns and numerator is None and denominator is None:
            return self._row(line, rest)
        if len(rates) > 1:
            return self._two_bases(line, rest)
        if not rates and numerator is None and denominator is None:
            return bool(months)
        self._put(self.month, line, rates[0] if rates else None, numerator, denominator)
        return True

    def _row(self, line: str, rest: str) -> bool:
        """A row of a table whose columns were named."""
        names = [name for name in self.columns if name != "month"]
        numbers = [text.replace(" ", "") for text in _NUMBER.findall(rest)]
        if len(numbers) != len(names) or len(set(names)) != len(names):
            return False
        told = dict(zip(names, numbers, strict=True))
        counts = {
            name: int(text.replace(",", ""))
            for name in ("numerator", "denominator")
            if (text := told.get(name)) and text.replace(",", "").isdigit()
        }
        rate = Decimal(told["rate"].rstrip("%").replace(",", "")) if "rate" in told else None
        assert self.month is not None  # noqa: S101 - asked by the caller
        self._put(self.month, line, rate, counts.get("numerator"), counts.get("denominator"))
        return True

    def _two_bases(self, line: str, rest: str) -> bool:
        """Several rates in one line, each after the name of its basis."""
        parts = re.split(r"(?=レセプト件数ベース|(?:オンライン)?資格確認(?:等)?件数ベース)", rest)
        told = [
            (basis, Decimal(match[1]))
            for part in parts
            if (basis := _basis(part)) and (match := _PERCENT.search(part))
        ]
        if self.month is None or len(told) < 2 or len({basis for basis, _ in told}) != len(told):
            return False
        for basis, rate in told:
            self.basis = basis
            self._put(self.month, line, rate)
        self.basis = RECEIPTS
        return True

    def _put(
        self,
        month: tuple[str, bool],
        line: str,
        rate: Decimal | None = None,
        numerator: int | None = None,
        denominator: int | None = None,
    ) -> None:
        key = (month[0], self.basis)
        old = self.found.get(key, Reading(month[0], self.basis, guessed_year=month[1]))
        named = f"{_spoken_month(month[0])}（{BASES[self.basis]}）"
        if rate is not None and old.rate is not None and rate != old.rate:
            self.result.conflicts.append(
                f"{named}の率が二つあります（{old.rate}％と{rate}％）。正しいほうだけを残してください。"
            )
        self.found[key] = replace(
            old,
            rate=old.rate if rate is None else rate,
            numerator=old.numerator if numerator is None else numerator,
            denominator=old.denominator if denominator is None else denominator,
            lines=(*old.lines, line),
        )


def _spoken_month(month: str) -> str:
    return f"{int(month[:4])}年{int(month[5:])}月"


def _basis(line: str) -> str | None:
    """The basis that a line names."""
    if re.search(r"資格確認(?:等)?(?:利用)?件数ベース", line):
        return CHECKS
    return RECEIPTS if re.search(r"レセプト(?:件数)?ベース", line) else None


def _column(cell: str) -> str | None:
    return next((name for name, pattern in _COLUMNS if pattern.search(cell)), None)


def _count(pattern: re.Pattern[str], text: str) -> int | None:
    match = pattern.search(text)
    return int(match[1].replace(",", "")) if match else None
