"""Which file systems this machine sees: block devices by UUID, and where they are mounted."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Protocol

from mitasu.server.continuity.engine import EngineError
from mitasu.server.continuity.process import run


class Devices(Protocol):
    """A look at the devices of a machine."""

    def present(self) -> dict[str, str]:
        """The file systems that are there, by UUID in small letters, with their mount points ("" where none)."""
        ...


class Machine:
    """The devices of this machine, by the names that udev keeps and the mounts that the kernel tells."""

    def __init__(
        self, links: Path = Path("/dev/disk/by-uuid"), mounts: Path = Path("/proc/self/mounts")
    ) -> None:
        self.links, self.mounts = links, mounts

    def present(self) -> dict[str, str]:
        """See `Devices`; OSError where the kernel does not tell, for then nothing may be called absent."""
        mounted: dict[str, str] = {}
        for line in self.mounts.read_text().splitlines():
            device, place, *_ = line.split(" ")
            if device.startswith("/"):
                mounted[str(Path(device).resolve())] = _plain(place)
        if not self.links.is_dir():
            return self._listed()
        return {
            link.name.lower(): mounted.get(str(link.resolve()), "") for link in sorted(self.links.iterdir())
        }

    def _listed(self) -> dict[str, str]:
        """The same by lsblk, where udev keeps no names (it keeps none while no file system has a UUID)."""
        try:
            done = run(["lsblk", "--json", "--list", "--output", "UUID,MOUNTPOINT"], limit=30)
            rows = json.loads(done.out)["blockdevices"]
        except (EngineError, ValueError, KeyError):
            raise FileNotFoundError(f"{self.links} がなく、lsblk でも装置の一覧を読めません。") from None
        return {str(row["uuid"]).lower(): str(row["mountpoint"] or "") for row in rows if row.get("uuid")}


def _plain(place: str) -> str:
    """A mount point without the kernel's octal signs for blanks."""
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), place)
