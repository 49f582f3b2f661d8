"""The files of the sample institutions, and the password of everyone in the tests."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

from django.test import Client

from mitasu.rules.strict_yaml import read_file

PASSWORD = "correct-horse-battery"


def sample_document(name: str) -> dict[str, Any]:
    """The file of a sample institution as a mapping."""
    return dict(read_file(Path(str(files("mitasu").joinpath("samples", f"{name}.yaml")))))


def aged(client: Client) -> None:
    """Makes the sign-in of a client an hour old."""
    session = client.session
    session["signed_in_at"] -= 3600
    for record in session.get("account_authentication_methods", []):
        record["at"] -= 3600
    session.save()
