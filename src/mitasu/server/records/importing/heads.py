"""The headings of each kind of table that can be taken in: what a template (ひな形) consists of."""

from __future__ import annotations

from collections.abc import Sequence

from mitasu.server.records import outpatient
from mitasu.server.records.importing import idmap, table

HEADS: dict[str, Sequence[str]] = {"table": table.HEAD, "idmap": idmap.HEAD, "outpatient": outpatient.HEAD}
