"""Institution files as people write them, read whole or refused with every fault."""

from __future__ import annotations

from pathlib import Path

import pytest
from institution_files import HEAD, Faults, Read

from mitasu.errors import InputError, Problem
from mitasu.facts import Institution, load_institution
from mitasu.rulebook import Rulebook


@pytest.fixture
def read(tmp_path: Path, rulebook: Rulebook) -> Read:
    """The institution of a file with this text below the head (or of a whole file)."""

    def load(text: str, *, head: str = HEAD, name: str = "clinic.yaml") -> Institution:
        path = tmp_path / name
        path.write_text(head + text, "utf-8")
        return load_institution(path, rulebook)

    return load


@pytest.fixture
def faults(read: Read) -> Faults:
    """Every fault of a file with this text below the head (which has four lines)."""

    def find(text: str, *, head: str = HEAD, name: str = "clinic.yaml") -> list[Problem]:
        with pytest.raises(InputError) as raised:
            read(text, head=head, name=name)
        return list(raised.value.problems)

    return find
