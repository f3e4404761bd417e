# Copyright: multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When namespaces that lost their names are really gone: the kernel takes them apart later, in a worker of
its own."""

from __future__ import annotations

import os
import subprocess
import time

LINK = "vbgone"
_PATH = f"/sys/class/net/{LINK}"


def _wait_until_gone(path: str, seconds: float = 300) -> None:
    deadline = time.monotonic() + seconds
    while os.path.exists(path):
        if time.monotonic() > deadline:
            raise RuntimeError(f"{path} is still there after {seconds:.0f} s")
        time.sleep(0.002)


class Last:
    """A namespace with a veth, that ends after all others.

    The kernel's worker takes all namespaces that wait at once, in their order (cleanup_net in
    net/core/net_namespace.c), so when the link of this one is gone, those of the others are.
    """

    def __init__(self) -> None:
        self._holder = subprocess.Popen(["unshare", "--net", "sleep", "1000"], stdin=subprocess.DEVNULL)
        own = os.readlink("/proc/self/ns/net")
        while os.readlink(f"/proc/{self._holder.pid}/ns/net") == own:
            time.sleep(0.005)
        subprocess.run(
            [
                "ip",
                "link",
                "add",
                LINK,
                "type",
                "veth",
                "peer",
                "name",
                "eth0",
                "netns",
                str(self._holder.pid),
            ],
            check=True,
        )

    def wait(self) -> None:
        self._holder.kill()
        self._holder.wait()
        _wait_until_gone(_PATH)


def lose(name: str, outer: str) -> None:
    """Take a namespace away behind everybody's back, with its veth."""
    subprocess.run(["ip", "netns", "delete", name], check=True)
    _wait_until_gone(f"/sys/class/net/{outer}")
