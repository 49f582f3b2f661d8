"""The shipped files by what they are, and YAML as a JSON Schema sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import mitasu
from mitasu.rules.strict_yaml import read_file

PACKAGE = Path(mitasu.__file__).parent
RULES = sorted(path for path in PACKAGE.glob("rulebook/additions/*.yaml") if ".cases" not in path.name)
CASES = sorted(PACKAGE.glob("rulebook/additions/*.cases.yaml"))
INSTITUTIONS = sorted(path for path in PACKAGE.glob("samples/*.yaml") if path.name != "encounters.yaml")
ENCOUNTERS = PACKAGE / "samples" / "encounters.yaml"

Faults = Callable[[str, Any], list[str]]


def plain(value: Any) -> Any:
    """A value read from YAML as the same value read from JSON."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else value


def read(path: Path) -> Any:
    return plain(read_file(path))


def tables_in(schema: Any) -> Iterator[dict[str, Any]]:
    """Every part of a schema that describes a mapping key by key."""
    if isinstance(schema, dict):
        if schema.get("type") in ("object", ["object", "null"]) and "properties" in schema:
            yield schema
        for part in schema.values():
            yield from tables_in(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from tables_in(part)
