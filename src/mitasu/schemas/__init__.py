"""The JSON Schemas of what goes in and what comes out, built from the code and a loaded rulebook.

An editor completes and explains rule and institution files with them; another program checks our
answers. They are written beside this file by `tools/generate.py`; with further rules loaded, `build`
gives the schemas for those.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from mitasu.rulebook import Rulebook
from mitasu.schemas.actions import actions_schema
from mitasu.schemas.answers import bill_schema, judgement_schema
from mitasu.schemas.cases import cases_schema
from mitasu.schemas.claims import calculation_schema, fee_table_schema
from mitasu.schemas.given import encounters_schema, institution_schema
from mitasu.schemas.parts import Schema
from mitasu.schemas.rule import rule_schema

__all__ = ["SCHEMAS", "Schema", "as_text", "build"]

SCHEMAS: dict[str, Callable[[Rulebook], Schema]] = {
    "rule.schema.json": rule_schema,
    "institution.schema.json": institution_schema,
    "encounters.schema.json": encounters_schema,
    "judgement.schema.json": judgement_schema,
    "bill.schema.json": bill_schema,
    "actions.schema.json": actions_schema,
    "cases.schema.json": cases_schema,
    "calculation.schema.json": calculation_schema,
    "fee-table.schema.json": fee_table_schema,
}
"""Every schema by the name of its file."""


def build(rulebook: Rulebook) -> dict[str, Schema]:
    """Every schema for a rulebook, by the name of its file."""
    return {name: schema(rulebook) for name, schema in SCHEMAS.items()}


def as_text(schema: Schema) -> str:
    """A schema as the text of its file."""
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"
