"""The commands that look after the application, and those that read a site of it, as they are typed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from application import Running

pytestmark = pytest.mark.slow


def mitasu(*words: str, data: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mitasu", *words],
        capture_output=True, text=True, timeout=120, env={**os.environ, "MITASU_DATA": str(data)},
    )  # fmt: skip


def test_a_site_is_judged_like_its_file(running: Running) -> None:
    done = mitasu("judge", "--site", "hospital", "--on", "2026-11-22", "--json", data=running.data)
    assert done.returncode == 0, done.stderr
    sample = Path(__file__).parents[2] / "src" / "mitasu" / "samples" / "hospital.yaml"
    file = mitasu("judge", str(sample), "--on", "2026-11-22", "--json", data=running.data)
    assert json.loads(done.stdout) == json.loads(file.stdout)


def test_the_data_folder_can_be_named_beside_the_site(running: Running, tmp_path: Path) -> None:
    command = ("judge", "--site", "hospital", "--on", "2026-11-22", "--json")
    named = mitasu(*command, "--data", str(running.data), data=tmp_path / "elsewhere")
    assert named.stdout == mitasu(*command, data=running.data).stdout
    assert "--data には" in mitasu(*command, "--data", data=tmp_path).stderr


def test_a_command_without_a_database_makes_nothing_and_says_where_it_looked(tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere"
    done = mitasu("judge", "--site", "hospital", data=nowhere)
    assert done.returncode == 2
    assert f"{nowhere} にデータベースがまだありません" in done.stderr
    assert not nowhere.exists()


def test_a_command_with_an_addition_takes_a_site_too(running: Running) -> None:
    done = mitasu("why", "record-management", "--site=hospital", "--on", "2026-11-22", data=running.data)
    assert "診療録管理体制加算" in done.stdout, done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("judge", "--site", "hospitl"), "近いもの: hospital"),
        (("judge", "--site"), "識別名が要ります"),
        (("user", "link", "admn"), "近いもの: admin"),
        (("user", "add", "admin"), "もういます"),
        (("user", "add", "x", "--role", "boss"), "役割「boss」"),
        (("token", "add", "admin", "--title", "t", "--scope", "reed"), "近いもの: read"),
        (("token", "revoke", "mt_none"), "0件"),
        (("restore", "nowhere"), "もうデータがあります"),
    ],
)
def test_what_is_typed_wrong_is_told_with_the_remedy(
    running: Running, words: tuple[str, ...], said: str
) -> None:
    done = mitasu(*words, data=running.data)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_without_an_application_the_commands_say_how_to_start_one(tmp_path: Path) -> None:
    done = mitasu("user", "list", data=tmp_path)
    assert done.returncode == 2
    assert "mitasu up" in done.stderr


def test_a_port_that_is_taken_is_told(running: Running, tmp_path: Path) -> None:
    port = running.address.rpartition(":")[2]
    done = mitasu("up", "--port", port, "--data", str(tmp_path), data=tmp_path)
    assert done.returncode == 2
    assert f"ポート{port}は使われています" in done.stderr


def test_the_round_and_the_doctor_find_everything_in_order(running: Running) -> None:
    assert mitasu("tick", data=running.data).returncode == 0
    found = mitasu("doctor", data=running.data)
    assert found.returncode == 0, found.stdout
    assert "✕" not in found.stdout


def test_a_snapshot_of_the_running_application_can_be_put_back_elsewhere(
    running: Running, tmp_path: Path
) -> None:
    copy, place = tmp_path / "copy", tmp_path / "place"
    assert mitasu("snapshot", str(copy), data=running.data).returncode == 0
    again = mitasu("snapshot", str(copy), data=running.data)
    assert "もうあります" in again.stderr
    done = mitasu("restore", str(copy), "--data", str(place), data=running.data)
    assert "検証しました" in done.stdout, done.stderr
    there = mitasu("judge", "--site", "hospital", "--on", "2026-11-22", "--json", data=place)
    here = mitasu("judge", "--site", "hospital", "--on", "2026-11-22", "--json", data=running.data)
    assert there.stdout == here.stdout


def test_a_snapshot_that_was_changed_is_refused(running: Running, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    mitasu("snapshot", str(copy), data=running.data)
    (copy / "anchors.jsonl").write_text("[]\n")
    done = mitasu("restore", str(copy), "--data", str(tmp_path / "place"), data=running.data)
    assert done.returncode == 2
    assert "書き換えられています" in done.stderr
