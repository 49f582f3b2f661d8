"""Institution files out: as YAML or JSON text that the strict reader reads back to the same institution."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import yaml

from mitasu.facts.values import value_of
from mitasu.rulebook import Entry
from mitasu.rules.quantities import decimal_text, percent_text
from mitasu.server.ledger.law import rulebook

_WORD = re.compile(r"(?!(?:true|false|null|yes|no|on|off|y|n|inf|nan)$)[A-Za-z][A-Za-z0-9_-]*", re.IGNORECASE)
NUMBERS = {"percent": percent_text, "decimal": decimal_text}


def as_yaml(document: Mapping[str, Any], said: str) -> str:
    """The file as YAML; `said` stands at its head as a comment."""
    text = yaml.dump(
        _plain(document),
        Dumper=_Dumper,
        allow_unicode=True,
        sort_keys=False,
        width=10_000,
        default_flow_style=False,
    )
    return f"# {said}\n{text}"


def as_json(document: Mapping[str, Any]) -> str:
    """The file as JSON."""
    return json.dumps(_plain(document), ensure_ascii=False, indent=1, default=_number) + "\n"


class _Dumper(yaml.SafeDumper):
    """Words as they are, everything else in quotation marks, days and numbers plain; no anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> Any:
    style = None if _WORD.fullmatch(value) else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


def _decimal(dumper: yaml.SafeDumper, value: Decimal) -> Any:
    return dumper.represent_scalar("tag:yaml.org,2002:float", format(value, "f"))


_Dumper.add_representer(str, _text)
_Dumper.add_representer(Decimal, _decimal)


def _number(value: Any) -> Any:
    """A share in JSON, exact where binary numbers are; a day as text."""
    if isinstance(value, Decimal):
        return float(value) if Decimal(repr(float(value))) == value else format(value, "f")
    return value.isoformat()


def _plain(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document with days as days and shares as numbers, however the ledger wrote them."""
    catalogue = rulebook().catalogue
    found = dict(document)
    found["facts"] = {
        id_: _fact(value, catalogue.get(id_)) for id_, value in document.get("facts", {}).items()
    }
    found["series"] = {
        id_: {month: _value(value, catalogue.get(id_)) for month, value in months.items()}
        for id_, months in document.get("series", {}).items()
    }
    found["events"] = {
        id_: [_row(row, catalogue.get(id_)) for row in rows]
        for id_, rows in document.get("events", {}).items()
    }
    for key in ("people", "filings"):
        if key in document:
            found[key] = [_row(row, catalogue.get(str(row.get("role", "")))) for row in document[key]]
    return {
        key: value for key, value in found.items() if value or key in ("people", "filings", "institution")
    }


def _fact(value: Any, entry: Entry | None) -> Any:
    if isinstance(value, list):
        return [{**row, "value": _value(row["value"], entry)} for row in value]
    return _value(value, entry)


def _row(row: Mapping[str, Any], entry: Entry | None) -> dict[str, Any]:
    typed = {attribute.name: attribute for attribute in entry.attributes} if entry else {}
    return {key: _day(value) if key in DAYS else _value(value, typed.get(key)) for key, value in row.items()}


DAYS = {"on", "from", "to", "arrived", "accepted", "withdrawn"}


def _day(value: Any) -> Any:
    return (
        date.fromisoformat(value)
        if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value)
        else value
    )


def _value(value: Any, entry: Any) -> Any:
    if entry is None or value is None:
        return value
    if entry.type in NUMBERS:
        return Decimal(NUMBERS[entry.type](value_of(value, entry.type)).removesuffix("%"))
    return _day(value) if entry.type == "date" else value
