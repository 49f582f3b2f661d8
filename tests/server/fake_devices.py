"""A listing of devices in place of the machine's: a dictionary that tests change."""

from __future__ import annotations


class FakeDevices(dict[str, str]):
    """UUID → mount point."""

    gone = False

    def present(self) -> dict[str, str]:
        if self.gone:
            raise OSError("no listing")
        return dict(self)
