"""Backups as they are typed, on a real application: set up, run, prove, keep the key, drill, put back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from application import Running, started, stopped

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """An application of these tests' own, since they set up what others must not find."""
    running = started(tmp_path_factory.mktemp("backup") / "data", "--demo")
    yield running
    stopped(running.process)


def mitasu(own: Running, *words: str, site: bool = True) -> subprocess.CompletedProcess[str]:
    more = ["--site", "hospital"] if site else []
    return subprocess.run(
        [sys.executable, "-m", "mitasu", *words, *more],
        capture_output=True, text=True, timeout=120, env={**os.environ, "MITASU_DATA": str(own.data)},
    )  # fmt: skip


def well(own: Running, *words: str, site: bool = True) -> str:
    done = mitasu(own, *words, site=site)
    assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
    return done.stdout


def test_a_hospital_backs_up_proves_drills_and_puts_itself_back(own: Running, tmp_path: Path) -> None:
    well(own, "backup", "target", "add", "disk", "--label", "院内", "--medium", "disk", "--location", str(tmp_path / "repo"))  # fmt: skip
    well(own, "backup", "source", "add", "own", "--label", "Mitasu", "--kind", "own", "--covers", "charts")
    assert "受け入れた" in well(own, "backup", "run")
    (made,) = json.loads(well(own, "backup", "list", "--json"))["generations"]
    assert made["counts"]
    told = well(own, "backup", "verify", "disk", "--full")
    assert "○ Mitasu：台帳と監査記録の鎖" in told
    status = json.loads(well(own, "backup", "status", "--json"))
    assert status["light"] == "yellow"
    assert "△ 白樺記念病院" in well(own, "watch", "--once", site=False)
    assert mitasu(own, "backup", "canary", "disk").returncode == 1
    assert mitasu(own, "backup", "forget", "disk", "1").returncode == 2
    words = tmp_path / "words"
    words.write_text("春の小川はさらさら行くよ")
    key = str(tmp_path / "key.json")
    well(
        own,
        "backup",
        "escrow",
        "disk",
        "--custodian",
        "情報係",
        "--out",
        key,
        "--passphrase-file",
        str(words),
    )
    well(own, "backup", "unseal", key, "--out", str(tmp_path / "key"), "--passphrase-file", str(words), site=False)  # fmt: skip
    place = tmp_path / "empty"
    well(own, "drill", "start", "disk", "--place", str(place))
    for phase in ("decide", "media", "engine"):
        well(own, "drill", "step", phase)
    well(own, "drill", "step", "restore", "--key", key, "--passphrase-file", str(words))
    well(own, "drill", "step", "verify")
    well(own, "drill", "step", "release")
    told = well(own, "drill", "finish", "--keep")
    assert "○ 復旧まで" in told
    assert "限界：" in told
    (copy,) = [path.parent for path in place.rglob("manifest.json")]
    back = well(own, "restore", str(copy), "--data", str(tmp_path / "new"), site=False)
    assert "検証しました" in back


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("backup", "verify", "dsk"), "近いもの: disk"),
        (("backup", "target", "add", "X", "--label", "x", "--medium", "nass"), "近いもの: nas"),
        (("media", "attach", "RDX"), "媒体「RDX」はありません"),
        (("drill", "step", "decid"), "近いもの: decide"),
        (("drill", "finish"), "進んでいる訓練はありません"),
    ],
)
def test_what_is_typed_wrong_is_told_with_the_remedy(own: Running, words: tuple[str, ...], said: str) -> None:
    done = mitasu(own, *words)
    assert done.returncode in (2, 3)
    assert said in done.stderr
    assert "Traceback" not in done.stderr
