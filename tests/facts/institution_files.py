"""What the tests of institution files share: the head of a file, and the kinds of their fixtures."""

from __future__ import annotations

from collections.abc import Callable

from mitasu.errors import Problem
from mitasu.facts import Institution

HEAD = """\
institution:
  name: 見本内科
  sector: medical
  kind: clinic
"""
Read = Callable[..., Institution]
Faults = Callable[..., list[Problem]]
