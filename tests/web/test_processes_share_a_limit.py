"""Two processes answer, and a token still has one limit."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
from application import started, stopped

pytestmark = pytest.mark.slow
LIMIT = 40


def test_a_token_has_its_limit_once_for_all_processes(tmp_path: Path) -> None:
    running = started(tmp_path / "data", "--demo", "--workers", "2", MITASU_API_LIMIT=str(LIMIT))
    try:
        command = [sys.executable, "-m", "mitasu", "token", "add", "admin", "--title", "t", "--scope", "read"]
        made = subprocess.run(
            [*command, "--data", str(running.data)], capture_output=True, text=True, check=True, timeout=60
        )
        headers = {"Authorization": f"Bearer {made.stdout.strip()}", "Connection": "close"}
        if time.time() % 60 > 45:
            time.sleep(61 - time.time() % 60)  # all of it within one minute of the clock

        def ask(_: int) -> int:
            return requests.get(f"{running.address}/api/v1/sites", headers=headers, timeout=10).status_code

        with ThreadPoolExecutor(4) as several:
            answers = list(several.map(ask, range(LIMIT * 2)))
        assert set(answers) == {200, 429}
        assert answers.count(200) == LIMIT
    finally:
        stopped(running.process)
