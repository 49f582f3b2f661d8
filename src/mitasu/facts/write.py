"""Writing answers into an institution file without disturbing its comments and order.

The file is changed in memory and put in place at once (written beside it, then renamed), so that a
stopped interview or a full disk leaves either the old file or the new one, never half of one.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from mitasu.dates import parse_date
from mitasu.errors import InputError, Problem


class InstitutionFile:
    """A YAML institution file that answers are written into, one at a time."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.written = 0
        if self.path.suffix.lower() == ".json":
            raise InputError(
                Problem("JSONには書き戻せません。YAMLの施設ファイルを使ってください。", str(path))
            )
        self._yaml = YAML()
        self._yaml.preserve_quotes = True
        self._yaml.width = 4096
        text = self.path.read_text("utf-8-sig")
        self._yaml.indent(mapping=2, sequence=4, offset=2 if "\n  - " in text or "\n    - " in text else 0)
        self._document = self._yaml.load(text)

    def set_fact(self, id_: str, value: Any, since: date) -> None:
        """A fact's value from a day on, up to the next span that is there; other days keep what they had."""
        facts = self._table("facts")
        old = facts.get(id_)
        later = [start for row in old or () if (start := _start(row)) is not None and start > since]
        until = {"to": min(later) - timedelta(days=1)} if later else {}
        span = _flow({"from": since, **until, "value": _plain(value)})
        if isinstance(old, CommentedSeq):
            old.append(span)
        else:
            facts[id_] = CommentedSeq([span])
        self._save()

    def set_series(self, id_: str, month: str, value: Any) -> None:
        """A series' value in a month."""
        series = self._table("series")
        if not isinstance(series.get(id_), CommentedMap):
            series[id_] = CommentedMap()
        series[id_][DoubleQuotedScalarString(month)] = _plain(value)
        self._save()

    def set_events(self, id_: str, events: Iterable[Mapping[str, Any]]) -> None:
        """Every event of an id; an empty list says that there was none."""
        self._table("events")[id_] = CommentedSeq([_flow(event) for event in events])
        self._save()

    def add_rows(self, key: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """People or filings; the list is made where there is none."""
        if not isinstance(self._document.get(key), CommentedSeq):
            self._document[key] = CommentedSeq()
        self._document[key].extend(_flow(row) for row in rows)
        self._save()

    def rows(self, *keys: str) -> list[Any]:
        """The rows of a list that is there (people, the events of an id), empty where there is none."""
        found: Any = self._document
        for key in keys:
            found = found.get(key) if isinstance(found, CommentedMap) else None
        return found if isinstance(found, CommentedSeq) else []

    def set_in(self, row: Any, key: str, value: Any) -> None:
        """A detail of a row that is there."""
        row[key] = _plain(value)
        self._save()

    def _table(self, key: str) -> Any:
        if not isinstance(self._document.get(key), CommentedMap):
            self._document[key] = CommentedMap()
        return self._document[key]

    def _save(self) -> None:
        buffer = StringIO()
        self._yaml.dump(self._document, buffer)
        write_whole(self.path, buffer.getvalue())
        self.written += 1


def write_whole(path: Path, text: str) -> None:
    """Put a text in place of a file at once; the old file stays where that fails."""
    name = ""
    try:
        handle, name = tempfile.mkstemp(dir=path.resolve().parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            os.chmod(name, path.stat().st_mode & 0o777)
        os.replace(name, path.resolve())
    except OSError as error:
        if name:
            Path(name).unlink(missing_ok=True)
        raise InputError(
            Problem(f"書き込めません（{error.strerror}）。元のファイルはそのままです。", str(path))
        ) from None


def _flow(row: Mapping[str, Any]) -> CommentedMap:
    found = CommentedMap({key: _plain(value) for key, value in row.items()})
    found.fa.set_flow_style()
    return found


def _start(row: Any) -> date | None:
    start = row.get("from") if isinstance(row, CommentedMap) else None
    return None if start is None else parse_date(start)


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value
