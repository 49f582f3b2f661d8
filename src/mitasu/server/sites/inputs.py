"""Form fields for what the catalogue knows: each type gets the input that fits it; and moments in Japanese."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone

from mitasu.dates import parse_date
from mitasu.facts.values import value_of
from mitasu.rulebook.catalogue import Attribute, Entry
from mitasu.rules.quantities import decimal_text
from mitasu.server.forms import CountField, DayField, advised
from mitasu.text import halfwidth

YES_NO = (("yes", "はい"), ("no", "いいえ"))
_TIME = re.compile(r"(.+?)[\sT]+(\d{1,2})(?::|時)(\d{2})分?")


class YesNoField(forms.ChoiceField):
    """Yes or no, or nothing where it is not required."""

    def __init__(self, **options: Any) -> None:
        super().__init__(choices=YES_NO, widget=forms.RadioSelect, **options)

    def clean(self, value: Any) -> Any:
        """True, False, or None where nothing was chosen."""
        return {"yes": True, "no": False}.get(super().clean(value))


class NumberField(forms.CharField):
    """A number of the catalogue (percent or with decimals), kept exactly as it was typed."""

    def __init__(self, type_: str, **options: Any) -> None:
        self.type = type_
        super().__init__(
            widget=forms.TextInput({"class": "short", "inputmode": "decimal", "autocomplete": "off"}),
            **options,
        )

    def clean(self, value: Any) -> Any:
        """The number (None where empty and not required)."""
        text = halfwidth(super().clean(value) or "").replace(",", "").removesuffix("%").strip()
        if not text:
            return None
        try:
            return Decimal(decimal_text(value_of(text, self.type)))
        except ValueError as error:
            raise forms.ValidationError(f"{error}数字と小数点だけで入力してください。") from None


class MomentField(forms.CharField):
    """A day, or a day and a time (2026-11-22 14:05); a day alone means its end."""

    def clean(self, value: Any) -> datetime | None:
        """The moment (None where empty and not required)."""
        text = halfwidth(super().clean(value) or "")
        if not text:
            return None
        match = _TIME.fullmatch(text)
        try:
            day = parse_date(match[1] if match else text)
            clock = time(int(match[2]), int(match[3]), 59) if match else time(23, 59, 59)
        except ValueError as error:
            if "日" not in str(error):
                raise forms.ValidationError(f"{error}時刻は 14:05 のように書いてください。") from None
            raise forms.ValidationError(advised(error, "年・月・日")) from None
        return timezone.make_aware(datetime.combine(day, clock.replace(microsecond=999_999)))


def field_for(entry: Entry | Attribute, **options: Any) -> forms.Field:
    """The field in which a value of a catalogue entry is typed."""
    options.setdefault("label", entry.label or getattr(entry, "name", ""))
    unit = entry.unit if isinstance(entry, Entry) else ""
    match entry.type:
        case "boolean":
            return YesNoField(**options)
        case "integer" | "yen":
            options.setdefault(
                "help_text",
                f"単位：{'円' if entry.type == 'yen' else unit}" if unit or entry.type == "yen" else "",
            )
            return CountField(**options)
        case "percent" | "decimal":
            options.setdefault(
                "help_text", "％の数をそのまま。例：45.0" if entry.type == "percent" else f"例：1.4（{unit}）"
            )
            return NumberField(entry.type, **options)
        case "date":
            return DayField(**options)
        case "enum":
            return forms.ChoiceField(choices=[*entry.values.items()], widget=forms.RadioSelect, **options)
    return forms.CharField(max_length=300, **options)


def typed(value: Any) -> Any:
    """A value of a form as it is kept in the ledger: days as ISO text."""
    return value.isoformat() if isinstance(value, date) else value
