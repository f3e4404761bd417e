# Copyright: multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Namespaces, connections between them, and the state of the network."""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import socket
import subprocess
import threading
import typing as t

import workshop

T = t.TypeVar("T")

PATIENCE = 5.0

CLONE_NEWNET = 0x40000000

libc = ctypes.CDLL(None, use_errno=True)


class Wrong(Exception):
    """A step of the demonstration failed."""


# Namespaces, sockets, state.


def run(*command: str) -> str:
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "PATH": workshop.SYSTEM_PATH}
    )
    if done.returncode:
        raise Wrong(f"{' '.join(command)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def inside(namespace: str, function: t.Callable[[], T]) -> T:
    """Call FUNCTION in a thread that is in a named namespace; '' is this one. Sockets stay in the namespace
    they were opened in."""
    box: dict[str, t.Any] = {}

    def body() -> None:
        try:
            if namespace:
                with open(f"/run/netns/{namespace}", "rb") as file:
                    if libc.setns(file.fileno(), CLONE_NEWNET):
                        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), namespace)
            box["result"] = function()
        except BaseException as error:  # raised again by the caller
            box["error"] = error

    thread = threading.Thread(target=body)
    thread.start()
    thread.join()
    if "error" in box:
        raise box["error"]
    return t.cast(T, box["result"])


class Server:
    """A TCP server in a namespace. It says its own name and the address it sees, then repeats what it
    hears."""

    def __init__(self, namespace: str, port: int) -> None:
        self.name = namespace
        self.socket = inside(namespace, lambda: socket.create_server(("0.0.0.0", port)))
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, peer = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection, peer[0]), daemon=True).start()

    def _serve(self, connection: socket.socket, peer: str) -> None:
        with connection, contextlib.suppress(OSError):
            connection.sendall(f"{self.name} {peer}\n".encode())
            while True:
                data = connection.recv(1000)
                if not data:
                    return
                connection.sendall(data)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)  # wakes accept()
        self.socket.close()


def connect(source: str, address: str, port: int) -> tuple[socket.socket, str, str]:
    """A connection from a namespace: its socket, who answered, and the address that the other side saw."""
    link = inside(source, lambda: socket.create_connection((address, port), PATIENCE))
    name, seen = link.makefile().readline().split()
    return link, name, seen


def asked(source: str, address: str, port: int) -> tuple[str, str]:
    """Who answered, and what source address it saw; or ('', why nobody did)."""
    try:
        link, name, seen = connect(source, address, port)
    except OSError as error:
        return "", os.strerror(error.errno) if error.errno else str(error)
    link.close()
    return name, seen


def state() -> dict[str, list[str]]:
    """What the proof of removal compares: all that the playbook could have changed, without counters and
    timers."""
    sysctls: list[str] = []
    for family in ("ipv4", "ipv6"):
        for folder, _folders, files in os.walk(f"/proc/sys/net/{family}"):
            for name in files:
                with contextlib.suppress(OSError), open(os.path.join(folder, name)) as file:
                    sysctls.append(f"{folder}/{name} = {file.read().strip()}")
    return {
        "namespaces": sorted(line.split()[0] for line in run("ip", "netns", "list").splitlines() if line),
        "links": cleaned(
            r"^\d+: |@if\d+|,?LOWER_UP|,?NO-CARRIER|qlen \d+|state \w+", run("ip", "-o", "-d", "link")
        ),
        "addresses": cleaned(r"^\d+: |tentative|\\.*", run("ip", "-o", "address")),
        "routes": [*routes("-4"), *routes("-6")],
        "rules": [*run("ip", "-4", "rule").splitlines(), *run("ip", "-6", "rule").splitlines()],
        "iptables": [*rules("iptables-save"), *rules("ip6tables-save")],
        "sysctls": sysctls,
    }


def cleaned(noise: str, output: str) -> list[str]:
    return sorted(re.sub(noise, "", line).strip() for line in output.splitlines())


def routes(family: str) -> list[str]:
    lines = run("ip", family, "route", "show", "table", "all").splitlines()
    return [line for line in lines if "proto kernel" not in line or "fe80" not in line]


def rules(tool: str) -> list[str]:
    """What a tool saves but for counters, which are noise, and tables without rules, which are as good as
    none."""
    lines = [re.sub(r" \[\d+:\d+\]", "", line) for line in run(tool).splitlines()]
    noise = re.compile(r"#|\*|COMMIT|.* ACCEPT$")
    return [f"{tool}: {line}" for line in lines if line.startswith("-A") or not noise.match(line)]


def differences(before: dict[str, list[str]], after: dict[str, list[str]]) -> list[str]:
    lines = []
    for kind in before:
        lines += [f"{kind}: - {line}" for line in before[kind] if line not in after[kind]]
        lines += [f"{kind}: + {line}" for line in after[kind] if line not in before[kind]]
    return lines


def counted(state_now: dict[str, list[str]]) -> str:
    return ", ".join(f"{len(lines)} {kind}" for kind, lines in state_now.items())
