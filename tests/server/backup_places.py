"""Small real things to back up and real places for it: restic repositories made once and copied, so that tests are quick."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import random
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from cryptography.hazmat.primitives.poly1305 import Poly1305

from mitasu.server.accounts.models import Site
from mitasu.server.continuity import keys, selftest
from mitasu.server.continuity.backing import backed_up
from mitasu.server.continuity.engine import Repository
from mitasu.server.continuity.models.backups import Generation, Run, Schedule, Source, Target
from mitasu.server.continuity.restic import Restic

NOON = datetime(2025, 10, 6, 3, 0, tzinfo=UTC)
"""Noon in Japan, of a Monday under the rules of 2024."""
DAY = timedelta(days=1)
_template: list[Path] = []


def template(folder: Path) -> Path:
    """An empty repository and its key, made once for all tests; its key costs little to try (see `cheap`)."""
    if not _template or not _template[0].exists():
        folder.mkdir(parents=True)
        key = folder / "key"
        key.write_text("key-of-the-tests")
        repository = Repository(str(folder / "repo"), key)
        Restic().init(repository)
        cheap(folder / "repo", key)
        _template[:] = [folder]
    return _template[0]


def cheap(repo: Path, key: Path) -> None:
    """Wraps a repository's master key anew with a scrypt of next to no work, so that a command takes a tenth of a second.

    restic makes each try of a key cost half a second, as it should. The form is that of its design document:
    AES-256-CTR and Poly1305-AES under a key of 64 bytes from scrypt.
    """
    words = ["restic", "-r", str(repo), "--password-file", str(key), "--no-cache", "cat", "masterkey"]
    master = json.loads(subprocess.run(words, capture_output=True, check=True).stdout)
    (old,) = (repo / "keys").iterdir()
    salt, iv = os.urandom(64), os.urandom(16)
    derived = Scrypt(salt=salt, length=64, n=16, r=8, p=1).derive(key.read_bytes())
    encryptor = Cipher(algorithms.AES256(derived[:32]), modes.CTR(iv)).encryptor()
    sealed = encryptor.update(json.dumps(master).encode()) + encryptor.finalize()
    mask = Cipher(algorithms.AES128(derived[32:48]), modes.ECB()).encryptor().update(iv)  # noqa: S305
    tag = Poly1305.generate_tag(derived[48:] + mask, sealed)
    row = json.loads(old.read_text()) | {
        "N": 16, "r": 8, "p": 1,
        "salt": base64.b64encode(salt).decode(), "data": base64.b64encode(iv + sealed + tag).decode(),
    }  # fmt: skip
    text = json.dumps(row).encode()
    (repo / "keys" / hashlib.sha256(text).hexdigest()).write_bytes(text)
    old.unlink()


@dataclass
class Places:
    """A folder with sources and targets of a site."""

    site: Site
    root: Path
    template: Path

    @property
    def engine(self) -> Restic:
        return Restic(limit=60, temporary=self.root)

    def charts(self, files: int = 12) -> Source:
        """A folder of invented charts with a sentinel."""
        folder = self.root / "charts"
        folder.mkdir(exist_ok=True)
        for number in range(files):
            (folder / f"chart-{number}.json").write_text(json.dumps({"number": number, "text": "見本" * 40}))
        (folder / "scan.bin").write_bytes(os.urandom(20_000))
        (folder / "VERSION").write_text("charts 1\n")
        return Source.objects.create(
            site=self.site, name="charts", label="電子カルテ", kind="directory", place=str(folder),
            covers=["charts", "orders", "claims"], sentinels=["VERSION"],
        )  # fmt: skip

    def target(self, name: str = "disk", *, medium: str = "disk", location: str = "", **more: Any) -> Target:
        """A target with a repository that is there already."""
        if not location:
            place = self.root / f"repo-{name}"
            shutil.copytree(self.template / "repo", place)
            location = str(place)
        key = keys.written(f"{name}-{secrets.token_hex(4)}.key", (self.template / "key").read_text())
        made = Target.objects.create(
            site=self.site, name=name, label=f"保管先{name}", medium=medium, location=location, key=key,
            **{"ready": True, "keep": 3, **more},
        )  # fmt: skip
        Schedule.objects.create(target=made)
        return made

    def run(self, target: Target, at: datetime = NOON, **more: Any) -> Run:
        """A run by the real engine."""
        return backed_up(target, more.pop("engine", self.engine), at, chance=random.Random(7), **more)  # noqa: S311 - repeatable

    def made(self, target: Target, at: datetime = NOON, **more: Any) -> Generation:
        """The generation that a run made."""
        run = self.run(target, at, **more)
        found = Generation.objects.filter(run=run).first()
        assert found is not None, run.told
        return found

    def change(self, text: str, name: str = "chart-0.json") -> None:
        (self.root / "charts" / name).write_text(text)

    def scribble(self, location: str | Path) -> Path:
        """Flips one bit in the largest pack of a repository."""
        packs = [one for one in (Path(location) / "data").rglob("*") if one.is_file()]
        pack = max(packs, key=lambda one: one.stat().st_size)
        content = bytearray(pack.read_bytes())
        content[len(content) // 3] ^= 1
        os.chmod(pack, 0o600)
        pack.write_bytes(content)
        return pack


def trusted(folder: Path) -> None:
    """The engine has shown what it has to, as one test of its own does for real."""
    where = shutil.which("restic") or ""
    state = os.stat(where)
    mark = [Restic().version(), where, state.st_size, state.st_mtime_ns]
    (folder / selftest.REMEMBERED).write_text(json.dumps(mark))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(folder: Path, *, append_only: bool) -> Iterator[str]:
    """A folder behind a real server of rclone, as restic reaches it."""
    port = free_port()
    flags = ["--append-only"] if append_only else []
    server = subprocess.Popen(
        ["rclone", "serve", "restic", *flags, "--addr", f"127.0.0.1:{port}", str(folder)],
        stderr=subprocess.DEVNULL, env={**os.environ, "RCLONE_CONFIG": str(folder.parent / "rclone.conf")},
    )  # fmt: skip
    try:
        end = time.monotonic() + 20
        while time.monotonic() < end:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield f"rest:http://127.0.0.1:{port}/"
    finally:
        server.terminate()
        server.wait(10)
