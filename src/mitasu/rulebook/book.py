"""The rulebook: every addition, the catalogue, sources, rulings and postings, loaded strictly from data files.

The YAML files are what people write and review. Reading them takes a tenth of a second, so the package
also carries them parsed in one JSON file (`compiled.json`), used only while its digest is that of the
YAML files beside it; a changed rule file is therefore always read anew.
"""

from __future__ import annotations

import hashlib
import json
from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from mitasu.errors import InputError, Problem
from mitasu.rulebook.addition import Addition
from mitasu.rulebook.catalogue import Catalogue, Entry, read_entries
from mitasu.rulebook.keys import GRADES, RULING, SOURCE
from mitasu.rulebook.postings import Posting, read_postings
from mitasu.rulebook.reader import AdditionReader, OtherAddition, read_other
from mitasu.rulebook.tables import References
from mitasu.rules.explain import Explainer
from mitasu.rules.faults import Faults, shown
from mitasu.rules.fix import State, Timeline
from mitasu.rules.nodes import Holds, find_ring, nodes_of
from mitasu.rules.strict_yaml import NoDay, read_file
from mitasu.text import nearest

HOME = Path(__file__).parent
COMPILED = HOME / "compiled.json"
CALENDAR = {
    "windows": ("opens", "asked_by", "arrives_by", "counts_from"),
    "duties": ("month", "day", "from", "until"),
    "recalculations": ("months", "from", "until"),
    "refilings": ("years", "from", "until"),
}
NEEDED = {
    "windows": ("arrives_by", "counts_from"),
    "duties": ("month", "day"),
    "recalculations": ("months",),
    "refilings": ("years",),
}
"""What a row of the calendar must have besides its id, additions, label and sources."""
Documents = dict[str, Any]
PLACES = ("facts/", "sources", "rulings", "bundles", "calendar-", "postings-")


@dataclass(frozen=True, slots=True)
class Parts:
    """What a set of rule documents holds, before it becomes a rulebook."""

    catalogue: Catalogue
    sources: Mapping[str, Mapping[str, Any]]
    rulings: Mapping[str, Mapping[str, Any]]
    bundles: Mapping[str, Mapping[str, Any]]
    additions: Mapping[str, Addition]
    others: Mapping[str, OtherAddition]
    order: tuple[str, ...]
    calendar: Mapping[str, Any]
    postings: Mapping[str, Posting]


class Rulebook:
    """All rules; immutable. `Rulebook.shipped()` is ours, `Rulebook.load(folder)` adds a package of rules.

    >>> book = Rulebook.shipped()
    >>> book.addition("medical-dx-promotion").title
    '医療DX推進体制整備加算'
    """

    def __init__(self, parts: Parts) -> None:
        self.catalogue = parts.catalogue
        self.sources, self.rulings, self.bundles = parts.sources, parts.rulings, parts.bundles
        self.additions, self.others = parts.additions, parts.others
        self.order, self.calendar, self.postings = parts.order, parts.calendar, parts.postings
        self.explainer = Explainer()
        """The compiled readings of these rules' trees; they live as long as the trees."""
        self._timelines: dict[tuple[str, str], Timeline] = {}

    @classmethod
    def shipped(cls) -> Rulebook:
        """The rulebook of this package."""
        return cls._from(_shipped_documents(), [])

    @classmethod
    def load(cls, *folders: str | Path) -> Rulebook:
        """The shipped rulebook and further rule files; InputError naming every fault otherwise."""
        book, problems = cls.check(*folders)
        if problems:
            raise InputError(problems)
        return book

    @classmethod
    def check(cls, *folders: str | Path) -> tuple[Rulebook, list[Problem]]:
        """The rulebook with further rule files, and every fault found in all files."""
        problems: list[Problem] = []
        documents = read_documents(HOME, problems)
        for folder in folders:
            for name, document in _placed(Path(folder), problems).items():
                if name in documents:
                    told = "同じ名前の規則がもうあります。上書きはできません。別の名前にしてください。"
                    problems.append(Problem(told, document.file))
                else:
                    documents[name] = document
        return cls._from(documents, problems), problems

    @classmethod
    def _from(cls, documents: Documents, problems: list[Problem]) -> Rulebook:
        return cls(assemble(documents, problems))

    def addition(self, id_: str) -> Addition:
        """The addition of that id; InputError with the nearest id where there is none."""
        found = self.additions.get(id_)
        if found is None:
            near = nearest(id_, self.order)
            told = "" if near else "id は mitasu rules list で見られます。"
            raise InputError(Problem(f"加算「{id_}」はありません。{told}", nearest=near))
        return found

    def timeline(self, id_: str, sector: str) -> Timeline:
        """The legal states of an addition in a sector."""
        key = (id_, sector)
        if key not in self._timelines:
            self._timelines[key] = Timeline(self.addition(id_).rule(sector))
        return self._timelines[key]

    def state(self, id_: str, sector: str, day: date) -> State:
        """The legal state of an addition in a sector on a day."""
        return self.timeline(id_, sector).on(day)

    def citation(self, cite: str) -> str:
        """A citation in full: the source's title, its date, and the place in it."""
        key, _, place = cite.partition(" ")
        source = self.sources.get(key, {})
        dated = f"（{source['date']}）" if source.get("date") else ""
        return f"{source.get('title', key)}{dated} {place}".strip()

    @cached_property
    def titles(self) -> dict[str, str]:
        """The title of every addition, judged or not."""
        judged = {addition.id: addition.title for addition in self.additions.values()}
        return judged | {other.id: other.title for other in self.others.values()}


def read_documents(folder: Path, problems: list[Problem]) -> Documents:
    """Every rule document below a folder by its relative path; case files are left out. Faults are added."""
    found: Documents = {}
    paths = sorted(folder.rglob("*.yaml")) if folder.is_dir() else [folder]
    for path in paths:
        if path.name.endswith(".cases.yaml"):
            continue
        name = path.relative_to(folder).as_posix() if folder.is_dir() else f"additions/{path.name}"
        try:
            found[name] = read_file(path)
        except InputError as error:
            problems.extend(error.problems)
    if not paths:
        problems.append(Problem("規則のファイル（.yaml）がありません。", str(folder)))
    return found


class Placed(NamedTuple):
    """A user's document, with the file it came from."""

    content: Any
    file: str


def _placed(folder: Path, problems: list[Problem]) -> dict[str, Placed]:
    """A user's rule documents by the place where each belongs; one that belongs nowhere is a fault."""
    found: dict[str, Placed] = {}
    for name, document in read_documents(folder, problems).items():
        file = str(folder / name) if folder.is_dir() else str(folder)
        if isinstance(document, dict) and {"requirements", "periods"} & document.keys():
            name = f"additions/{Path(name).name}"
        elif not name.startswith(PLACES):
            told = "規則のファイルに見えません（requirements と periods がありません）。事実の目録は facts/、出典は sources….yaml に置きます。"
            problems.append(Problem(told, file))
            continue
        found[name] = Placed(document, file)
    return found


def digest(folder: Path = HOME) -> str:
    """The digest of every rule document below a folder."""
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*.yaml")):
        if not path.name.endswith(".cases.yaml"):
            total.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()


def compile_documents(folder: Path = HOME) -> str:
    """The rule documents of a folder as one JSON text, with their digest."""
    problems: list[Problem] = []
    documents = read_documents(folder, problems)
    if problems:
        raise InputError(problems)
    body = {"digest": digest(folder), "documents": documents}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), default=str) + "\n"


def _shipped_documents() -> Documents:
    if COMPILED.exists():
        compiled = json.loads(COMPILED.read_text("utf-8"))
        if compiled["digest"] == digest():
            return dict(compiled["documents"])
    problems: list[Problem] = []
    documents = read_documents(HOME, problems)
    if problems:
        raise InputError(problems)
    return documents


def assemble(documents: Documents, problems: list[Problem]) -> Parts:
    """A rulebook's parts from its documents; every fault is added to `problems`."""

    files_of = {name: found.file for name, found in documents.items() if isinstance(found, Placed)}
    documents = {
        name: found.content if isinstance(found, Placed) else found for name, found in documents.items()
    }

    def faults(name: str) -> Faults:
        found = Faults(files_of.get(name, name))
        collected.append(found)
        return found

    collected: list[Faults] = []
    catalogue = _catalogue(documents, faults)
    sources = _tables(documents, "sources", SOURCE, ("title", "grade"), faults)
    rulings = _tables(documents, "rulings", RULING, ("number", "text"), faults)
    bundles = _tables(documents, "bundles", ("label", "note"), ("label",), faults)
    files = {name: doc for name, doc in documents.items() if name.startswith("additions/")}
    others = documents.get("other-additions.yaml") or {}
    index = documents.get("index.yaml") or {}
    named = {str(doc.get("id")) for doc in files.values() if isinstance(doc, dict)}
    order = tuple(str(id_) for id_ in index.get("additions", ()))
    known = frozenset(named | set(others) | set(order))
    references = References(catalogue, sources, rulings, bundles, known)
    additions: dict[str, Addition] = {}
    for name, document in files.items():
        found = AdditionReader(document, faults(name), references).read()
        if found is not None:
            if Path(name).stem != found.id:
                collected[-1].add(
                    f"id「{found.id}」とファイル名が違います。{found.id}.yaml としてください。",
                    document,
                    "id",
                )
            additions[found.id] = found
    other = read_other(others, faults("other-additions.yaml"), references)
    order = (*(id_ for id_ in order if id_ in additions), *sorted(additions.keys() - set(order)))
    _check_links(additions, files, faults)
    calendar: dict[str, list[Any]] = {key: [] for key in CALENDAR}
    for name, document in documents.items():
        if name == "calendar.yaml" or name.startswith("calendar-"):
            for key, rows in _calendar(document, references, faults(name)).items():
                calendar[key].extend(rows)
    postings = _postings(documents, references, additions, faults)
    problems.extend(problem for found in collected for problem in found.problems)
    kept = {id_: additions[id_] for id_ in order}
    return Parts(catalogue, sources, rulings, bundles, kept, other, order, calendar, postings)


def _catalogue(documents: Documents, faults: Any) -> Catalogue:
    """The entries of every catalogue file; an id that is declared twice is refused, not overridden."""
    found: dict[str, Entry] = {}
    for name, document in documents.items():
        if name.startswith("facts/"):
            log = faults(name)
            for entry in read_entries(document, log):
                if entry.id in found:
                    log.add(f"「{entry.id}」は目録にもうあります。上書きはできません。", document, entry.id)
                found.setdefault(entry.id, entry)
    return Catalogue(found.values())


def _calendar(document: Any, references: References, log: Faults) -> Mapping[str, Any]:
    """The days that are set besides the rules; every row has its additions and its source."""
    if not log.keys(document, CALENDAR, (), "暦"):
        return {}
    for key, allowed in CALENDAR.items():
        for row in log.items(document, key):
            if log.keys(
                row,
                ("id", "additions", "label", "cite", "grade", "note", *allowed),
                ("id", "additions", "label", "cite", *NEEDED[key]),
                key,
            ):
                for index, id_ in enumerate(log.items(row, "additions")):
                    log.one_of(id_, sorted(references.additions), "加算", row["additions"], index)
                for index, cite in enumerate(log.items(row, "cite")):
                    log.one_of(str(cite).split(" ", 1)[0], references.sources, "出典", row["cite"], index)
                _check_days(row, log)
    return dict(document)


def _postings(
    documents: Documents, references: References, additions: Mapping[str, Addition], faults: Any
) -> dict[str, Posting]:
    """The sentences to post, in the order of the additions that ask for them."""
    found: dict[str, Posting] = {}
    for name, document in documents.items():
        if name == "postings.yaml" or name.startswith("postings-"):
            log = faults(name)
            for id_, posting in read_postings(document, log, references, additions).items():
                if id_ in found:
                    log.add(f"掲示の文「{id_}」がもう一度書かれています。", document, id_)
                found[id_] = posting
    order = list(additions)
    return dict(sorted(found.items(), key=lambda item: order.index(item[1].addition)))


def _check_days(row: Mapping[str, Any], log: Faults) -> None:
    """Every day and number of a calendar row is one; what is wrong is recorded."""
    for key in ("opens", "asked_by", "arrives_by", "counts_from", "from", "until"):
        log.day(row, key)
    numbers = [
        ("month", 12, row.get("month", 1)),
        ("day", 31, row.get("day", 1)),
        ("years", 20, row.get("years", 1)),
    ]
    numbers += [("months", 12, month) for month in log.items(row, "months")]
    wrong = [found for found in numbers if type(found[2]) is not int or not 1 <= found[2] <= found[1]]
    for key, most, number in wrong:
        log.add(f"{key} は1から{most}までの整数です（見つかったもの: {shown(number)}）。", row, key)
    month, day = row.get("month", 1), row.get("day", 1)
    if not wrong and day > monthrange(2001, month)[1]:
        log.add(f"{month}月{day}日のない年があります。", row, "day")


def _tables(
    documents: Documents, stem: str, allowed: Iterable[str], required: Iterable[str], faults: Any
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, document in documents.items():
        if not (name == f"{stem}.yaml" or name.startswith(f"{stem}-")):
            continue
        log = faults(name)
        if not isinstance(document, dict):
            log.add("「id: {…}」を並べます。", document)
            continue
        for key, table in document.items():
            if key in found:
                log.add(f"「{key}」がもう一度書かれています。", document, key)
            if log.keys(table, allowed, required, f"「{key}」"):
                found[key] = table
                if isinstance(table.get("date"), NoDay):
                    log.day(table, "date")
                if "grade" in table:
                    log.one_of(table["grade"], (*GRADES, "U"), "根拠の等級", table, "grade")
    return found


def _check_links(additions: Mapping[str, Addition], documents: Documents, faults: Any) -> None:
    """Additions that rest on each other in a ring are refused."""
    graph: dict[str, set[str]] = {}
    for id_, addition in additions.items():
        conditions = [node for _, requirement in addition.requirements for node in requirement.conditions()]
        if addition.applies_when is not None:
            conditions.append(addition.applies_when)
        graph[id_] = {node.addition for node in nodes_of(*conditions) if isinstance(node, Holds)}
    ring = find_ring(graph)
    if ring is not None:
        name = f"additions/{ring[0]}.yaml"
        told = f"加算どうしが輪になって求め合っています（{' → '.join(ring)}）。"
        faults(name).add(told, documents.get(name), "requirements")
