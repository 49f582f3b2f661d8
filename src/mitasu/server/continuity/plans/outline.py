"""The outline of the BCP as it is shipped: phases and topics, each with a prompt and who usually sees to it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from mitasu.rules.strict_yaml import read_file


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic of the plan; `guideline`: the guideline asks for it."""

    id: str
    title: str
    prompt: str
    owner: str
    guideline: bool = True


@dataclass(frozen=True, slots=True)
class Phase:
    """Topics that belong to one time: 平時, 検知, 初動, 復旧, 事後."""

    id: str
    title: str
    topics: tuple[Topic, ...]


@dataclass(frozen=True, slots=True)
class Outline:
    """All phases, and the version of the outline itself."""

    version: str
    phases: tuple[Phase, ...]

    @property
    def topics(self) -> dict[str, Topic]:
        """Every topic by id, in order."""
        return {topic.id: topic for phase in self.phases for topic in phase.topics}


@cache
def outline() -> Outline:
    """The shipped outline."""
    document = read_file(Path(str(files("mitasu.server.continuity").joinpath("outline.yaml"))))
    phases = tuple(
        Phase(one["id"], one["title"], tuple(Topic(**topic) for topic in one["topics"]))
        for one in document["phases"]
    )
    return Outline(document["version"], phases)
