"""Whether a connection that was kept still answers: asked every few seconds, not with every request.

Django asks before the first statement of each request; under load that is one statement in five.
"""

from __future__ import annotations

import time
from typing import Any

from django.core.signals import request_started
from django.db import DEFAULT_DB_ALIAS, connections
from django.dispatch import receiver

SECONDS = 2.0
"""Within so many seconds of an answer a connection counts as good."""


@receiver(request_started)
def trusted(**_: Any) -> None:
    """Spares a connection the question where it was asked a moment ago."""
    own: Any = connections[DEFAULT_DB_ALIAS]  # each thread has its own
    if own.connection is None or not own.health_check_enabled:
        return
    now = time.monotonic()
    if now - getattr(own, "asked_at", 0.0) < SECONDS:
        own.health_check_done = True
    else:
        own.asked_at = now
