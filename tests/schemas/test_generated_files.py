"""The generated files are as the generator would write them, and it says so where they are not."""

from __future__ import annotations

import importlib.util
import sys
from copy import copy
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "tools" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["generate"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def made(generate: ModuleType) -> Any:
    return generate.Outputs()


@pytest.fixture
def outputs(made: Any) -> Any:
    found = copy(made)
    found.files = dict(made.files)
    return found


def test_no_generated_file_differs(outputs: Any) -> None:
    assert outputs.differing() == []


def test_a_file_that_differs_is_named(generate: ModuleType, outputs: Any) -> None:
    path = generate.SCHEMAS / "bill.schema.json"
    outputs.files[path] += "x"
    outputs.files[generate.REFERENCE / "new.md"] = "# new\n"
    del outputs.files[generate.REFERENCE / "facts.md"]
    assert outputs.differing() == [
        "src/mitasu/schemas/bill.schema.json differs from what would be generated",
        "docs/reference/new.md is missing",
        "docs/reference/facts.md is left over: nothing generates it any more",
    ]


def test_writing_removes_what_is_generated_no_more(
    generate: ModuleType, outputs: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generate, "ROOT", tmp_path)
    monkeypatch.setattr(generate, "SCHEMAS", tmp_path / "schemas")
    monkeypatch.setattr(generate, "REFERENCE", tmp_path / "reference")
    outputs.files = {tmp_path / "reference" / "rules" / "a.md": "# a\n"}
    (tmp_path / "reference").mkdir()
    (tmp_path / "reference" / "old.md").write_text("# old\n", "utf-8")
    assert outputs.write() == ["wrote reference/rules/a.md", "removed reference/old.md"]
    assert outputs.differing() == []
    assert outputs.write() == []


def test_wrong_use_is_told(generate: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert generate.main(["--chek"]) == 2
    assert "usage" in capsys.readouterr().err


def test_every_rule_page_has_the_same_headings() -> None:
    headings = [
        "対象",
        "点数",
        "要件",
        "経過措置",
        "届出",
        "算定の制限",
        "未確認の事項",
        "事例",
        "変更の履歴",
    ]
    pages = [path for path in (ROOT / "docs" / "reference" / "rules").glob("*.md") if path.stem != "index"]
    assert pages
    for page in pages:
        lines = page.read_text("utf-8").splitlines()
        assert [line.removeprefix("## ") for line in lines if line.startswith("## ")] == headings
