# Copyright: multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The keeper of a fleet: the first process of its sandbox, which boots the hosts."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pathlib
import select
import signal
import socket
import sys
import typing as t

import workshop
from workshop import Trouble

from machines.bases import base_lock
from machines.cgroups import Cgroups
from machines.host import LINKS, MANAGEMENT, Host
from machines.processes import CLONE_NEWNET, CLONE_NEWNS, ip, must, unshare
from machines.setups import Router

REBOOT = 133  # systemd-nspawn ends with it when the host asks for a reboot


class Keeper:
    """Answers requests that come to LISTENER. The hosts that it can boot are in FOLDER."""

    def __init__(self, folder: pathlib.Path, listener: socket.socket, cgroups: Cgroups) -> None:
        self.folder, self.listener, self.cgroups = folder, listener, cgroups
        self.hosts: dict[str, Host] = {}
        self.locks = contextlib.ExitStack()
        self.router = Router()

    def furnish(self) -> None:
        """Mounts and links of the sandbox."""
        unshare(CLONE_NEWNS | CLONE_NEWNET)
        must("mount", "--make-rprivate", "/")
        must("mount", "-t", "proc", "proc", "/proc")
        must("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run")
        os.makedirs("/run/netns")
        must("ip", "netns", "add", "switch")
        must(
            "ip",
            "netns",
            "exec",
            "switch",
            sys.executable,
            "-B",
            workshop.CLONE / "tools/fleet",
            "_plain_bridges",
        )
        lines = []
        for link in LINKS:
            lines.append(f"link add {link} type bridge forward_delay 0 stp_state 0 mcast_snooping 0")
            lines.append(f"link set {link} up")
        ip(*lines, namespace="switch")
        ip(
            "link set lo up",
            "link add management type veth peer name sandbox netns switch",
            f"address add {MANAGEMENT[0]}.254/24 dev management",
            f"address add {MANAGEMENT[1]}fe/64 dev management nodad",
            "link set management up",
        )
        ip("link set sandbox master eth0 up", namespace="switch")

    def serve(self) -> t.NoReturn:
        wake, woken = os.pipe()
        os.set_blocking(woken, False)
        signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self.listener.listen()
        while True:
            ready, _, _ = select.select([self.listener, wake], [], [])
            if wake in ready:
                os.read(wake, 4096)
                self.reap()
            if self.listener in ready:
                connection, _ = self.listener.accept()
                with connection, contextlib.suppress(OSError, ValueError):
                    connection.settimeout(5)
                    with connection.makefile("rw") as stream:
                        stream.write(json.dumps(self.answer(json.loads(stream.readline()))) + "\n")

    def answer(self, asked: dict[str, t.Any]) -> dict[str, t.Any]:
        try:
            return {"well": getattr(self, "do_" + asked.pop("do"))(**asked)}
        except (Trouble, OSError) as error:
            return {"trouble": str(error)}

    def reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            if self.router.ended(pid):
                print("the DHCP server has ended", flush=True)
            for host in self.hosts.values():
                if host.pid == pid:
                    host.pid = 0
                    code = os.waitstatus_to_exitcode(status)
                    print(f"{host.name} ended with {code}", flush=True)
                    if code == REBOOT:
                        self.boot(host)

    def boot(self, host: Host) -> None:
        host.pid = os.fork()
        if not host.pid:
            host.become(self.cgroups)
        host.boots += 1
        print(f"{host.name} boots", flush=True)

    def host(self, name: str) -> Host:
        if name not in self.hosts:
            raise Trouble(f"there is no host {name}")
        return self.hosts[name]

    def do_on(self, name: str) -> None:
        if name not in self.hosts:
            host = Host(self.folder / name)
            for folder in (*host.layers, host.base):
                self.locks.enter_context(base_lock(folder, fcntl.LOCK_SH))
            if host.setup:
                self.router.start(host.base)
            host.mount()
            self.hosts[name] = host
        if not self.hosts[name].pid:
            self.boot(self.hosts[name])

    def do_cut(self, name: str) -> None:
        """As when the power fails: no process gets to do anything."""
        host = self.host(name)
        if host.pid:
            os.kill(host.first_process() or host.pid, signal.SIGKILL)

    def do_off(self, name: str) -> None:
        first = self.host(name).first_process()
        if first:
            os.kill(first, signal.SIGRTMIN + 4)  # how systemd is asked to power off

    def do_cable(self, name: str, link: str, plugged: bool) -> None:
        self.host(name)
        if link not in LINKS:
            raise Trouble(f"{name} has no link {link}; there are {', '.join(LINKS)}")
        ip(f"link set {name}.{link} {'up' if plugged else 'down'}", namespace="switch")

    def do_status(self) -> dict[str, t.Any]:
        return {
            host.name: {
                "release": host.release,
                "address": host.address,
                "pid": host.pid,
                "first": host.first_process(),
                "boots": host.boots,
                "memory": self.cgroups.memory(host.name),
            }
            for host in self.hosts.values()
        }
