"""The token of the forms, drawn at once: Django asks the system for each of its 32 letters by itself.

Its shape is Django's (`django.middleware.csrf`): a mask drawn for each answer, so that no two answers compress
alike, followed by the secret of the cookie shifted by that mask; Django's middleware checks it as its own.
"""

from __future__ import annotations

import secrets

from django.middleware.csrf import CSRF_ALLOWED_CHARS, CSRF_SECRET_LENGTH

_PLACES = {letter: place for place, letter in enumerate(CSRF_ALLOWED_CHARS)}


def form_token(secret: str) -> str:
    """A token for forms to the secret of the cookie, which has as many allowed letters as Django asks for.

    >>> from django.middleware.csrf import _unmask_cipher_token
    >>> _unmask_cipher_token(form_token("mitasu" * 5 + "ok"))
    'mitasumitasumitasumitasumitasuok'
    """
    letters, many = CSRF_ALLOWED_CHARS, len(CSRF_ALLOWED_CHARS)
    chance = secrets.randbits(8 * CSRF_SECRET_LENGTH)  # far more than 62 ** 32: no letter is likelier
    mask, shifted = [], []
    for letter in secret:
        chance, drawn = divmod(chance, many)
        mask.append(letters[drawn])
        shifted.append(letters[(_PLACES[letter] + drawn) % many])
    return "".join(mask + shifted)
