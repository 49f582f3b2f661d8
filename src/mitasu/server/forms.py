"""Forms as they look here: label and 必須 above, help between, error below; and the fields that read Japanese days."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django import forms
from django.forms.renderers import DjangoTemplates

from mitasu.dates import japanese_date, parse_date, parse_month
from mitasu.text import halfwidth


class Renderer(DjangoTemplates):
    """Our markup for every form (`{{ form }}`)."""

    form_template_name = "ui/form.html"
    field_template_name = "ui/field.html"


EIGHT_DIGITS = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
"""A day without anything between: read where people type, not in files, where it may be any number."""


def advised(error: ValueError, what: str) -> str:
    """Why something cannot be read, and what to do: by the reader's own advice where it gives some."""
    told = str(error)
    return told if "ください" in told else f"{told}{what}を確かめて、書き直してください。"


class DayField(forms.CharField):
    """A day, typed as eight digits or anything `mitasu.dates.parse_date` reads: R8.11.22, 令和8年11月22日."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("help_text", "例：R8.11.22、令和8年11月22日、20261122")
        super().__init__(widget=forms.TextInput({"class": "short", "autocomplete": "off"}), **options)

    def prepare_value(self, value: Any) -> Any:
        """A stored day is shown in words; what was typed stays as it was typed."""
        return japanese_date(value) if isinstance(value, date) else value

    def clean(self, value: Any) -> date | None:
        """The day (None where empty and not required)."""
        text = super().clean(value)
        if not text:
            return None
        if match := EIGHT_DIGITS.fullmatch(halfwidth(text)):
            text = "-".join(match.groups())
        try:
            return parse_date(text)
        except ValueError as error:
            raise forms.ValidationError(advised(error, "年・月・日")) from None


class MonthField(forms.CharField):
    """A month, as `YYYY-MM`, typed as anything `mitasu.dates.parse_month` reads."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("help_text", "例：2026-11、令和8年11月")
        super().__init__(widget=forms.TextInput({"class": "short", "autocomplete": "off"}), **options)

    def clean(self, value: Any) -> str | None:
        """The month (None where empty and not required)."""
        text = super().clean(value)
        if not text:
            return None
        try:
            return parse_month(text)
        except ValueError as error:
            raise forms.ValidationError(advised(error, "年と月")) from None


class CountField(forms.CharField):
    """A whole number of at least 0, full-width digits and commas allowed."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            widget=forms.TextInput({"class": "short", "inputmode": "numeric", "autocomplete": "off"}),
            **options,
        )

    def clean(self, value: Any) -> int | None:
        """The number (None where empty and not required)."""
        text = halfwidth(super().clean(value) or "").replace(",", "").strip()
        if not text:
            return None
        if not text.isdigit():
            raise forms.ValidationError(
                f"「{value}」は0以上の整数ではありません。数字だけで入力してください。"
            )
        return int(text)
