"""A key wrapped for a custodian: a file that opens with that person's passphrase, on any machine, without a database.

Scrypt makes each guess of the passphrase costly; AES-GCM makes a wrong one, and a changed file, known as such.
The file says in plain words what it is for and how it is opened, since it is read on the worst of days.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from mitasu.errors import UsageError, reading, reason

FORM = "mitasu-escrow-1"
WORK = 2**17
LEAST = 12
"""A passphrase has so many characters at least."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What a custodian's file holds."""

    secret: str
    target: str
    custodian: str


def wrapped(secret: str, passphrase: str, said: dict[str, Any], path: Path, *, work: int = WORK) -> None:
    """Writes a key, wrapped, to a new file beside what is `said` of it in the clear; UsageError where it is there."""
    if len(passphrase) < LEAST:
        raise UsageError(f"合言葉は{LEAST}文字以上にしてください。")
    salt, nonce = secrets.token_bytes(32), secrets.token_bytes(12)
    head = {
        "form": FORM,
        "what": "Mitasu のバックアップの鍵です。合言葉で開きます：mitasu backup unseal このファイル --out 鍵のファイル",
        **said,
        "work": work,
        "salt": base64.b64encode(salt).decode(),
        "nonce": base64.b64encode(nonce).decode(),
    }
    body = AESGCM(_derived(passphrase, salt, work)).encrypt(nonce, secret.encode(), _bound(head))
    text = json.dumps({**head, "sealed": base64.b64encode(body).decode()}, ensure_ascii=False, indent=1)
    private(path, text)


def opened(path: Path, passphrase: str) -> Opened:
    """The key in a custodian's file; UsageError names what is wrong: no such file, or not this passphrase."""
    try:
        said: dict[str, Any] = json.loads(path.read_text())
        head = {key: value for key, value in said.items() if key != "sealed"}
        salt, nonce, body = (base64.b64decode(said[key]) for key in ("salt", "nonce", "sealed"))
        work = int(said["work"])
        if said["form"] != FORM or not 2 <= work <= 2**22:
            raise ValueError(said["form"])
    except OSError as error:
        raise UsageError(f"{path} を読めません（{reading(error)}）。") from None
    except (ValueError, KeyError, TypeError):
        raise UsageError(f"{path} は、鍵を預けたファイルではありません。") from None
    try:
        secret = AESGCM(_derived(passphrase, salt, work)).decrypt(nonce, body, _bound(head)).decode()
    except InvalidTag:
        raise UsageError("合言葉が違うか、ファイルが書き換えられています。鍵は開けませんでした。") from None
    return Opened(secret, str(said["target"]), str(said["custodian"]))


def private(path: Path, text: str) -> None:
    """A new file that only its owner can read; UsageError where it is there already or cannot be written."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        raise UsageError(f"{path} はもうあります。別の名前にしてください。") from None
    except OSError as error:
        raise UsageError(f"{path} に書けません（{reason(error)}）。") from None


def _derived(passphrase: str, salt: bytes, work: int) -> bytes:
    return Scrypt(salt=salt, length=32, n=work, r=8, p=1).derive(passphrase.strip().encode())


def _bound(head: dict[str, Any]) -> bytes:
    """The head is read in the clear and sealed against change."""
    return json.dumps(head, ensure_ascii=False, sort_keys=True).encode()
