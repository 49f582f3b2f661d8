"""Where the data of an installation lies."""

from __future__ import annotations

from pathlib import Path

import pytest

from mitasu.folders import data_folder


def test_the_folder_that_is_named_is_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MITASU_DATA", str(tmp_path / "a" / ".." / "b"))
    assert data_folder() == tmp_path / "b"


def test_otherwise_it_is_the_users_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("MITASU_DATA")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert data_folder() == tmp_path / "mitasu"
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert data_folder() == tmp_path / ".local" / "share" / "mitasu"
    assert list(tmp_path.iterdir()) == []
