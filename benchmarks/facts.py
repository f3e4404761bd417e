# Copyright: multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is there after a build, told by ip and iptables-save, so that nobody wins by doing less."""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import threading
import time
import typing as t

import workload

_QUESTIONS = {
    "link": ["ip", "-d", "-j", "link", "show"],
    "address": ["ip", "-j", "address", "show"],
    "route": ["ip", "-j", "-4", "route", "show", "table", "all"],
    "route6": ["ip", "-j", "-6", "route", "show", "table", "all"],
    "rule": ["ip", "-j", "-4", "rule", "show"],
    "rule6": ["ip", "-j", "-6", "rule", "show"],
    "iptables": ["iptables-save"],
}
_libc = ctypes.CDLL(None, use_errno=True)
_CLONE_NEWNET, _MNT_DETACH = 0x40000000, 2


def _in_thread(body: t.Callable[[], t.Any]) -> t.Any:
    box: list[t.Any] = []

    def run() -> None:
        try:
            box.append((body(), None))
        except BaseException as error:
            box.append((None, error))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if box[0][1] is not None:
        raise box[0][1]
    return box[0][0]


def _ask(name: str) -> dict[str, t.Any]:
    answers: dict[str, t.Any] = {}
    for key, words in _QUESTIONS.items():
        if not name and key == "iptables":
            continue
        said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
        answers[key] = said if key == "iptables" else json.loads(said or "[]")
    return answers


Facts = set[tuple[t.Any, ...]]


def _links(links: list[dict[str, t.Any]]) -> t.Iterator[tuple[t.Any, ...]]:
    for link in links:
        kind = link.get("linkinfo", {}).get("info_kind", "")
        elsewhere = kind == "veth" and "link_netnsid" in link
        yield (
            "link",
            link["ifname"],
            kind,
            "UP" in link["flags"],
            link.get("master", ""),
            link["mtu"],
            elsewhere,
            link.get("inet6_addr_gen_mode") if kind else "",
        )


def _addresses(links: list[dict[str, t.Any]]) -> t.Iterator[tuple[t.Any, ...]]:
    for link in links:
        for address in link.get("addr_info", ()):
            yield (
                "address",
                link["ifname"],
                address["local"],
                address["prefixlen"],
                address["scope"],
                address.get("tentative", False),
            )


def _routes(key: str, routes: list[dict[str, t.Any]]) -> t.Iterator[tuple[t.Any, ...]]:
    for route in routes:
        if route.get("protocol") != "kernel":
            yield (
                key,
                route["dst"],
                route.get("gateway", ""),
                route.get("dev", ""),
                route.get("table", "main"),
                route.get("type", ""),
            )


def _rules(key: str, rules: list[dict[str, t.Any]]) -> t.Iterator[tuple[t.Any, ...]]:
    words = ("priority", "src", "srclen", "dst", "dstlen", "fwmark", "iif", "table")
    for rule in rules:
        yield (key, *(str(rule.get(word, "")) for word in words))


def _iptables(text: str) -> t.Iterator[tuple[t.Any, ...]]:
    table = ""
    place: dict[str, int] = {}
    for line in text.splitlines():
        if line.startswith("*"):
            table = line
        elif line.startswith(":"):
            chain, policy = line[1:].split()[:2]
            if policy != "ACCEPT":
                yield ("chain", table, chain, policy)
        elif line.startswith("-A"):
            chain = table + line.split()[1]
            place[chain] = place.get(chain, 0) + 1
            yield ("iptables", table, place[chain], line)


def _facts(name: str, answers: dict[str, t.Any]) -> Facts:
    facts = (
        *_links(answers["link"]),
        *_addresses(answers["address"]),
        *_routes("route", answers["route"]),
        *_routes("route6", answers["route6"]),
        *_rules("rule", answers["rule"]),
        *_rules("rule6", answers["rule6"]),
        *_iptables(answers.get("iptables", "")),
    )
    return {(name, *fact) for fact in facts}


def take(count: int) -> Facts:
    """Links, addresses, routes, policy rules and iptables rules of the host and of all namespaces."""

    def body() -> Facts:
        found = _facts("", _ask(""))
        found.update(("", "namespace", name) for name in os.listdir("/run/netns"))
        for space in workload.spaces(count):
            fd = os.open(f"/run/netns/{space.name}", os.O_RDONLY | os.O_CLOEXEC)
            try:
                if _libc.setns(fd, _CLONE_NEWNET):
                    raise OSError(ctypes.get_errno(), f"setns to {space.name}")
            finally:
                os.close(fd)
            found |= _facts(space.name, _ask(space.name))
        return found

    return t.cast("Facts", _in_thread(body))


def difference(want: Facts, have: Facts) -> list[str]:
    lines = [f"missing: {fact}" for fact in sorted(want - have, key=repr)]
    return lines + [f"too much: {fact}" for fact in sorted(have - want, key=repr)]


def remove(count: int) -> None:
    """Remove all that any contestant makes, and wait until the kernel is done with it."""
    names = os.listdir("/run/netns")
    for name in names:
        _libc.umount2(f"/run/netns/{name}".encode(), _MNT_DETACH)  # it may not be mounted
        os.unlink(f"/run/netns/{name}")
    for bridge in workload.bridges(count):
        subprocess.run(["ip", "link", "delete", bridge.name], stderr=subprocess.DEVNULL, check=False)
    for folder, _folders, files in os.walk("/run/multinet", topdown=False):
        for file in files:
            os.unlink(os.path.join(folder, file))
        if folder != "/run/multinet":
            os.rmdir(folder)
    # A veth goes with the namespace of its other end, which the kernel takes apart when it likes.
    deadline = time.monotonic() + 120
    while [link for link in os.listdir("/proc/sys/net/ipv4/conf") if link.startswith("vb")]:
        if time.monotonic() > deadline:
            raise RuntimeError("namespaces are still being taken apart after 120 s")
        time.sleep(0.05)
    time.sleep(0.3)
