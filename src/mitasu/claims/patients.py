"""Recognising a patient across receipts and months, in memory only.

A patient is told by insurer, symbol, number, branch, day of birth and sex. These are hashed with a key that is made
anew for each run and forgotten with it, so that nothing of a patient is kept, shown or comparable with another run.
Someone who changed insurer is taken for another person; what cannot be told is then not found, never invented.
"""

from __future__ import annotations

import secrets
from hashlib import blake2b

from mitasu.claims.receipt import Receipt
from mitasu.text import halfwidth


class Patients:
    """Gives each receipt the number of its patient, the same within one run."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(16)
        self._unknown = 0

    def of(self, receipt: Receipt) -> bytes:
        """The patient of a receipt; a receipt that does not say who is insured is a patient of its own."""
        insurers = receipt.insurers
        chosen = next((one for one in insurers if one.main), insurers[0] if insurers else None)
        if chosen is None or not (chosen.number.strip() and receipt.born):
            self._unknown += 1
            return self._unknown.to_bytes(8, "big")
        parts = (chosen.payer, chosen.symbol, chosen.number, chosen.branch)
        told = "\0".join(part.strip() if part.isascii() else halfwidth(part) for part in parts)
        told = f"{told}\0{receipt.born.toordinal()}\0{receipt.sex}"
        return blake2b(told.encode(), digest_size=12, key=self._key).digest()
