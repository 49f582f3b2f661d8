"""Days, amounts and marks as words on pages; available in every template without loading."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from mitasu.dates import japanese_date, japanese_month, spoken_days
from mitasu.judge.marks import mark as _mark
from mitasu.judge.marks import points_text as _points_text

register = template.Library()
WEEKDAYS = "月火水木金土日"
REQUIREMENT_MARKS = {
    "met": ("○", "満たす", "yes"),
    "deemed": ("◇", "経過措置", "grace"),
    "unmet": ("✕", "不足", "no"),
    "unknown": ("？", "未確認", "unknown"),
    "not_applicable": ("－", "対象外", "none"),
    "advisory_unmet": ("△", "望ましい", "almost"),
    "pending": ("…", "後で決まる", "unknown"),
}
MARKS = {"○": "yes", "◇": "grace", "△": "almost", "✕": "no", "？": "unknown"}


@register.filter
def wareki(day: date | str | None) -> SafeString | str:
    """A day (or its ISO text) as 令和8年11月22日（日）, with the ISO day for machines; empty for None."""
    if not day:
        return ""
    if isinstance(day, str):
        day = date.fromisoformat(day)
    if isinstance(day, datetime):
        day = timezone.localtime(day).date()
    text = f"{japanese_date(day)}（{WEEKDAYS[day.weekday()]}）"
    return format_html('<time datetime="{}">{}</time>', day.isoformat(), text)


@register.filter
def wareki_time(moment: datetime | None) -> SafeString | str:
    """A moment as 令和8年11月22日（日）9:05."""
    if moment is None:
        return ""
    local = timezone.localtime(moment)
    return format_html("{} {}", wareki(local.date()), f"{local.hour}:{local.minute:02d}")


@register.filter
def wareki_month(month: str) -> str:
    """A month as 令和8年11月."""
    return japanese_month(month) if month else ""


@register.filter
def days(text: str) -> str:
    """A sentence of the core with its days as people write them: 2026-05-31 becomes 2026年5月31日.

    >>> days("加算は2026-05-31で終わりました。"), days("T2026-05-31-x"), days("2026-13-01")
    ('加算は2026年5月31日で終わりました。', 'T2026-05-31-x', '2026-13-01')
    """
    return text if isinstance(text, SafeString) else spoken_days(str(text))


@register.filter
def yen(amount: int | None) -> str:
    """An amount as 412,000円; 不明 for None."""
    return "不明" if amount is None else f"{amount:,}円"


@register.simple_tag
def mark(judgement: Any) -> SafeString:
    """The mark of a judgement: symbol and word, never colour alone."""
    shown = _mark(judgement)
    return badge(shown.symbol, shown.word)


@register.simple_tag
def badge(symbol: str, word: str) -> SafeString:
    """A mark by its symbol and word; a day in the word is written as people write it."""
    return format_html(
        '<span class="mark mark-{}"><span aria-hidden="true">{}</span> {}</span>',
        MARKS.get(symbol, "none"),
        symbol,
        days(word),
    )


@register.simple_tag
def requirement_mark(status: str) -> SafeString:
    """The mark of a requirement's status."""
    symbol, word, style = REQUIREMENT_MARKS[status]
    return format_html(
        '<span class="mark mark-{}"><span aria-hidden="true">{}</span> {}</span>', style, symbol, word
    )


@register.filter
def points(judgement: Any) -> str:
    """What a claimable judgement pays."""
    return _points_text(judgement)


@register.filter
def at(mapping: Any, key: Any) -> Any:
    """A mapping's value under a key, None where there is none."""
    return mapping.get(key) if mapping else None


@register.simple_tag(takes_context=True)
def query(context: Any, **changed: Any) -> str:
    """The page's own query string with some parameters changed (None: taken out)."""
    parameters = context["request"].GET.copy()
    for name, value in changed.items():
        if value is None:
            parameters.pop(name, None)
        else:
            parameters[name] = value
    return f"?{parameters.urlencode()}"
