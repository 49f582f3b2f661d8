"""Writing answers into an institution file without disturbing anything else in it.

An answer is put into the text at the place where it belongs; every other character stays, comments and
line breaks too. The file is put in place at once (written beside it, then renamed), so that a stopped
interview or a full disk leaves either the old file or the new one, never half of one.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from mitasu.dates import parse_date
from mitasu.errors import InputError, Problem, reason
from mitasu.rules.strict_yaml import decode, read

BOM = b"\xef\xbb\xbf"
WORD = re.compile(r"(?!(true|false|null|yes|no|on|off|y|n)$)[A-Za-z][A-Za-z0-9_-]*", re.IGNORECASE)
Place = tuple[str | int, ...]


class InstitutionFile:
    """A YAML institution file that answers are written into, one at a time; `written` counts them."""

    def __init__(self, path: str | Path) -> None:
        self.path, self.written = Path(path), 0
        if self.path.suffix.lower() == ".json":
            raise InputError(
                Problem("JSONには書き戻せません。YAMLの施設ファイルを使ってください。", str(path))
            )

    def set_fact(self, id_: str, value: Any, since: date) -> None:
        """A fact's value from a day on, up to the next span that is there; other days keep what they had."""
        old = _at(_Text(self.path).document, ("facts", id_))
        rows = old if isinstance(old, list) else []
        starts = [parse_date(row["from"]) for row in rows if row.get("from") is not None]
        later = [start for start in starts if start > since]
        until = {"to": min(later) - timedelta(days=1)} if later else {}
        before = [] if old is None or old == rows else [{"to": since - timedelta(days=1), "value": old}]
        self._change(("facts", id_), [*before, {"from": since, **until, "value": value}])

    def set_series(self, id_: str, month: str, value: Any) -> None:
        """A series' value in a month."""
        self._change(("series", id_, month), value)

    def set_events(self, id_: str, events: Iterable[Mapping[str, Any]]) -> None:
        """Every event of an id that had none yet; an empty list says that there was none."""
        self._change(("events", id_), [dict(event) for event in events])

    def add_rows(self, key: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """People or filings; the list is made where there is none."""
        self._change((key,), [dict(row) for row in rows])

    def set_in(self, place: Place, key: str, value: Any) -> None:
        """A detail of a row that is there, such as the second event of an id."""
        self._change((*place, key), value)

    def set_all(self, values: Iterable[tuple[Place, Any]], note: str = "") -> int:
        """Several values at once, all or none; how many changed something. `note`: a comment above the first of them.

        The note stands above the block in which the first value lies, so that the file tells where values came from.
        """
        text = _Text(self.path)
        changed = [(place, value) for place, value in values if _at(text.document, map(str, place)) != value]
        for place, value in changed:
            text.put(place, value)
            text.take(text.checked(place))
        if changed and note:
            text.comment(changed[0][0], note)
            text.take(text.checked(changed[0][0]))
        if changed:
            write_whole(self.path, text.text, bom=text.bom)
            self.written += len(changed)
        return len(changed)

    def rows(self, *place: str) -> list[Any]:
        """The rows of a list that is there (people, the events of an id), empty where there is none."""
        found = _at(_Text(self.path).document, place)
        return found if isinstance(found, list) else []

    def _change(self, place: Place, value: Any) -> None:
        text = _Text(self.path)
        text.put(place, value)
        write_whole(self.path, text.checked(place), bom=text.bom)
        self.written += 1


class _Text:
    """The text of a file with the places of its parts."""

    def __init__(self, path: Path) -> None:
        data = path.read_bytes()
        self.name, self.bom = str(path), data.startswith(BOM)
        text = decode(data, self.name)
        self.break_ = "\r\n" if "\r\n" in text else "\n"
        self.take(text)

    def take(self, text: str) -> None:
        """Go on from a text, with the places of its parts."""
        self.text = text
        self.document = read(text, self.name)
        self.root: Any = yaml.compose(text, Loader=yaml.SafeLoader)

    def checked(self, place: Place) -> str:
        """The changed text, once it is certain that nothing else in it has changed its meaning."""
        if _others(read(self.text, self.name), place) != _others(self.document, place):
            raise InputError(
                Problem("この書き方のファイルには書き込めません。手で書き足してください。", self.name)
            )
        return self.text

    def put(self, place: Place, value: Any) -> None:
        """Put a value at a place; rows are added to a list that is there, and what leads there is made."""
        node = self.root
        for depth, key in enumerate(place):
            if isinstance(key, int):
                node = node.value[key]
                continue
            rest = value
            for inner in reversed(place[depth + 1 :]):
                rest = {inner: rest}
            found = next((pair for pair in node.value if pair[0].value == key), None)
            if found is None:
                return self._new(node, key, rest)
            if _is_empty(found[1]):
                return self._fill(node, found[0], found[1], rest)
            node = found[1]
        if isinstance(node, yaml.SequenceNode):
            return self._append(node, value)
        return self._replace(node.start_mark.index, node.end_mark.index, _flow(value))

    def comment(self, place: Place, note: str) -> None:
        """A comment above the innermost entry on the way to a place that begins a line of its own."""
        node, above = self.root, None
        for key in place:
            pair = next((pair for pair in node.value if pair[0].value == key), None)
            if pair is None or node.flow_style:
                break
            above, node = pair[0].start_mark, pair[1]
            if not isinstance(node, yaml.MappingNode):
                break
        if above is not None:
            told = " ".join(note.split())
            self._replace(above.index, above.index, f"# {told}{self.break_}{' ' * above.column}")

    def _new(self, node: Any, key: str, value: Any) -> None:
        """A new entry after the last one of a mapping."""
        if node.flow_style or not node.value:
            return self._into_flow(node, f"{_key(key)}: {_flow(value)}")
        return self._after(node, _lines(key, value, node.value[0][0].start_mark.column))

    def _append(self, node: Any, rows: list[Any]) -> None:
        """Rows after the last one of a list."""
        if node.flow_style:
            return self._into_flow(node, ", ".join(_flow(row) for row in rows))
        return self._after(node, [f"{' ' * node.start_mark.column}- {_flow(row)}" for row in rows])

    def _fill(self, parent: Any, key: Any, node: Any, value: Any) -> None:
        """A value for an entry that has none."""
        start, end = node.start_mark.index, node.end_mark.index
        if parent.flow_style or not isinstance(value, (dict, list)) or not value:
            return self._replace(start, end, (" " if self.text[start - 1] == ":" else "") + _flow(value))
        self._replace(start, end, "")
        return self._insert_lines(start, _lines("", value, key.start_mark.column)[1:])

    def _into_flow(self, node: Any, entry: str) -> None:
        if node.value:
            last = node.value[-1][1] if isinstance(node, yaml.MappingNode) else node.value[-1]
            return self._replace(last.end_mark.index, last.end_mark.index, f", {entry}")
        return self._replace(node.start_mark.index + 1, node.start_mark.index + 1, entry)

    def _after(self, node: Any, lines: list[str]) -> None:
        while not isinstance(node, yaml.ScalarNode) and not node.flow_style:
            node = node.value[-1][1] if isinstance(node, yaml.MappingNode) else node.value[-1]
        end = node.end_mark.index
        while end > node.start_mark.index and self.text[end - 1].isspace():  # a block of text
            end -= 1
        self._insert_lines(end, lines)

    def _insert_lines(self, index: int, lines: list[str]) -> None:
        """Lines after the line in which `index` lies."""
        end = self.text.find("\n", index)
        if end < 0:
            return self._replace(
                len(self.text), len(self.text), "".join(self.break_ + line for line in lines)
            )
        return self._replace(end + 1, end + 1, "".join(line + self.break_ for line in lines))

    def _replace(self, start: int, end: int, text: str) -> None:
        self.text = self.text[:start] + text + self.text[end:]


def _is_empty(node: Any) -> bool:
    return (
        isinstance(node, yaml.ScalarNode) and node.style is None and node.value.lower() in ("", "~", "null")
    )


def _at(document: Any, place: Iterable[str]) -> Any:
    for key in place:
        document = document.get(key) if isinstance(document, dict) else None
    return document


def _others(document: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """Everything but what stands at a place."""
    first, rest = place[0], place[1:]
    found = dict(document)
    inner = found.pop(str(first), None)
    if rest and isinstance(inner, dict):
        found[str(first)] = _others(inner, rest)
    return {key: value for key, value in found.items() if value not in (None, {})}


def _lines(key: str, value: Any, indent: int) -> list[str]:
    """An entry of a block mapping as lines."""
    start = f"{' ' * indent}{_key(key)}:"
    if isinstance(value, dict) and value:
        inner = [line for name, item in value.items() for line in _lines(name, item, indent + 2)]
        return [start, *inner]
    if isinstance(value, list) and value:
        return [start, *(f"{' ' * (indent + 2)}- {_flow(row)}" for row in value)]
    return [f"{start} {_flow(value)}"]


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", key) else json.dumps(key, ensure_ascii=False)


def _flow(value: Any) -> str:
    """A value in one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(key)}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(item) for item in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, str):
        return value if WORD.fullmatch(value) else json.dumps(value, ensure_ascii=False)
    return str(value)


def write_whole(path: Path, text: str, *, bom: bool = False) -> None:
    """Put a text in place of a file at once; the old file stays where that fails."""
    write_bytes(path, BOM * bom + text.encode())


def write_bytes(path: Path, content: bytes) -> None:
    """Put bytes in place of a file at once; the old file stays where that fails."""
    name = ""
    try:
        handle, name = tempfile.mkstemp(dir=path.resolve().parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            os.chmod(name, path.stat().st_mode & 0o777)
        os.replace(name, path.resolve())
    except OSError as error:
        if name:
            Path(name).unlink(missing_ok=True)
        raise InputError(
            Problem(f"書き込めません（{reason(error)}）。元のファイルはそのままです。", str(path))
        ) from None
