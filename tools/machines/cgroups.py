# Copyright: multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One cgroup for each host."""

from __future__ import annotations

import contextlib
import os
import pathlib
import re
import time


def on_systemd() -> bool:
    return os.path.isdir("/run/systemd/system")


class Cgroups:
    """One cgroup for each host in each hierarchy that systemd uses: two hosts in one would share their
    units."""

    def __init__(self, key: str) -> None:
        self.name = f"multinet-fleet-{key}"
        self.tops: list[pathlib.Path] = []
        for line in pathlib.Path("/proc/self/mounts").read_text().splitlines():
            _what, place, kind, options = line.split()[:4]
            if kind == "cgroup2" or kind == "cgroup" and {"name=systemd", "memory"} & set(options.split(",")):
                self.tops.append(pathlib.Path(place, self.name))

    def use_scope(self) -> None:
        """With systemd on this machine hosts go below the scope it gave us, whose controllers are handed
        down."""
        [own] = re.findall(r"^0::(.*)$", pathlib.Path("/proc/self/cgroup").read_text(), re.MULTILINE)
        [mount] = re.findall(
            r"^\S+ (\S+) cgroup2 ", pathlib.Path("/proc/self/mounts").read_text(), re.MULTILINE
        )[:1]
        top = pathlib.Path(mount + own)
        (top / "keeper").mkdir(exist_ok=True)
        (top / "keeper/cgroup.procs").write_text("0")
        for controller in (top / "cgroup.controllers").read_text().split():
            with contextlib.suppress(OSError):
                (top / "cgroup.subtree_control").write_text(f"+{controller}")
        self.tops = [top]

    def enter(self, host: str) -> None:
        for top in self.tops:
            self._remove(top / host)  # one that was used takes no process at its top
            (top / host).mkdir(parents=True, exist_ok=True)
            (top / host / "cgroup.procs").write_text("0")

    def memory(self, host: str) -> int:
        for top in self.tops:
            for name in ("memory.current", "memory.usage_in_bytes"):
                with contextlib.suppress(OSError):
                    return int((top / host / name).read_text())
        return 0

    def remove(self, host: str = "") -> None:
        """Remove the cgroups; processes that are ending may hold them for a moment."""
        until = time.monotonic() + 10
        for top in self.tops:
            while not self._remove(top / host) and time.monotonic() < until:
                time.sleep(0.02)

    @staticmethod
    def _remove(top: pathlib.Path) -> bool:
        for folder, _folders, _files in os.walk(top, topdown=False):
            with contextlib.suppress(OSError):
                os.rmdir(folder)
        return not top.exists()
