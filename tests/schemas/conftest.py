"""The schemas, built once."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from schema_documents import Faults

from mitasu.rulebook import Rulebook
from mitasu.schemas import Schema, build


@pytest.fixture(scope="session")
def schemas(rulebook: Rulebook) -> dict[str, Schema]:
    return build(rulebook)


@pytest.fixture(scope="session")
def faults(schemas: dict[str, Schema]) -> Faults:
    """What a schema (by the first word of its file) finds wrong in a document."""
    validators = {name.split(".")[0]: Draft202012Validator(schema) for name, schema in schemas.items()}

    def found(name: str, document: Any) -> list[str]:
        return [_told(error) for error in validators[name].iter_errors(document)]

    return found


def _told(error: Any) -> str:
    deepest = best_match([error])
    return f"{deepest.json_path}: {deepest.message[:300]}"
