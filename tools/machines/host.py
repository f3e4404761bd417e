# Copyright: multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One host of a fleet, as its keeper sees it."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import re
import signal
import subprocess
import typing as t

from machines.cgroups import Cgroups
from machines.processes import CLONE_NEWNET, ip, must, unshare


def bridges_without_firewall() -> None:
    """As on a host whose kernel has not loaded br_netfilter."""
    for setting in pathlib.Path("/proc/sys/net/bridge").glob("bridge-nf-call-*"):
        setting.write_text("0")


LINKS = ("eth0", "eth1", "eth2")  # each on a bridge of its own; the first is for management

MANAGEMENT = "10.96.0", "fd96::"  # the host with index N has .N and ::N, the sandbox itself .254 and ::fe


class Root(t.NamedTuple):
    """What hosts of a kind share, `layers` with the topmost first; `setup` sets their card for management."""

    release: str
    base: pathlib.Path
    layers: tuple[pathlib.Path, ...] = ()
    setup: str = ""


# The keeper: first process of the sandbox.


class Host:
    def __init__(self, folder: pathlib.Path) -> None:
        self.folder, self.name = folder, folder.name
        made = json.loads((folder / "host.json").read_text())
        self.index: int = made["index"]
        self.release: str = made["release"]
        self.base = pathlib.Path(made["base"])
        self.layers = [pathlib.Path(layer) for layer in made["layers"]]  # the topmost first
        self.setup: str = made["setup"]  # how the card for management is set, if the host does it itself
        self.address = f"{MANAGEMENT[0]}.{self.index}"
        self.pid = 0  # of its systemd-nspawn
        self.boots = 0

    def first_process(self) -> int:
        """The host's own PID 1, by its number here."""
        with contextlib.suppress(OSError):
            for child in pathlib.Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split():
                status = pathlib.Path(f"/proc/{child}/status").read_text()
                if re.search(r"^NSpid:.*\t1$", status, re.MULTILINE):
                    return int(child)
        return 0

    def mount(self) -> None:
        root, upper, work = self.folder / "root", self.folder / "upper", self.folder / "work"
        lower = ":".join(map(str, [*self.layers, self.base]))
        must(
            "mount",
            "-t",
            "overlay",
            "-o",
            f"lowerdir={lower},upperdir={upper},workdir={work}",
            "overlay",
            root,
        )

    def become(self, cgroups: Cgroups) -> t.NoReturn:
        """Called in a new process: turn it into the host."""
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        os.setsid()
        console = os.open(self.folder / "console.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(console, 1)
        os.dup2(console, 2)
        try:
            cgroups.enter(self.name)
            # A new network at each boot: what is gone after a reboot of a real host has to be gone here.
            unshare(CLONE_NEWNET)
            for link in LINKS:
                far = f"{self.name}.{link}"
                subprocess.run(
                    ["ip", "-n", "switch", "link", "delete", far], stderr=subprocess.DEVNULL, check=False
                )
                ip(
                    f"link add {far} type veth peer name {link} netns {os.getpid()}",
                    f"link set {far} master {link} up",
                    namespace="switch",
                )
            ip(
                *(
                    f"link set {link} address 02:6d:6e:00:{number:02x}:{self.index:02x}"
                    for number, link in enumerate(LINKS)
                )
            )
            if not self.setup:
                ip(
                    f"address add {self.address}/24 dev eth0",
                    f"address add {MANAGEMENT[1]}{self.index:x}/64 dev eth0 nodad",
                    "link set eth0 up",
                )
            bridges_without_firewall()
            os.environ.update(SYSTEMD_NSPAWN_UNIFIED_HIERARCHY="1", SYSTEMD_NSPAWN_API_VFS_WRITABLE="network")
            words = [
                "systemd-nspawn",
                "--quiet",
                "--boot",
                f"--directory={self.folder / 'root'}",
                f"--machine={self.name}",
                f"--hostname={self.name}",
                "--network-namespace-path=/proc/self/ns/net",
                "--capability=CAP_NET_ADMIN",
                "--register=no",
                "--keep-unit",
                "--settings=no",
                "--link-journal=no",
                "--resolv-conf=off",
                "--timezone=off",
                "--console=pipe",
            ]
            os.execvp(words[0], words)
        except BaseException as error:
            os.write(2, f"{self.name} cannot boot: {error}\n".encode())
            os._exit(1)
