# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A second run is silent: the kernel tells its listeners nothing, in no namespace, and no file is touched."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import struct
import subprocess
import time
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
from ansible_collections.multinet.linux.tests.generator import Document
from ansible_collections.multinet.linux.tests.integration import foreign, world
from ansible_collections.multinet.linux.tests.integration.documents import representative
from ansible_collections.multinet.linux.tests.integration.snapshot import named

DOCUMENTS = dict(representative())
_NETLINK_ROUTE, _NETLINK_NETFILTER, _SOL_NETLINK, _ADD_MEMBERSHIP = 0, 12, 270, 1
_ROUTE_GROUPS = range(1, 37)  # all of enum rtnetlink_groups, linux/include/uapi/linux/rtnetlink.h
_NFNLGRP_NFTABLES = 7
# Nobody's request: a setting that was written, or something that the kernel is late with on a busy machine.
# What a run does it does each time, so that a few more are listened to.
BY_THE_KERNEL = ', from the kernel'
TRIES = 5
# The kernel tells of these by itself when time passes: neighbours, and addresses that are no longer
# tentative.
_BY_ITSELF = {28: 'RTM_NEWNEIGH', 29: 'RTM_DELNEIGH', 30: 'RTM_GETNEIGH'}


class Monitor:
    """Hears all that the kernel tells of links, addresses, routes, rules and nf_tables in one namespace."""

    def __init__(self, namespace: str) -> None:
        self.namespace = namespace
        self.sockets: list[socket.socket] = world.inside(namespace, self._open)

    def _open(self) -> list[socket.socket]:
        opened = []
        for protocol, groups in ((_NETLINK_ROUTE, _ROUTE_GROUPS), (_NETLINK_NETFILTER, [_NFNLGRP_NFTABLES])):
            sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, protocol)
            sock.bind(
                (0, 0)
            )  # without a number of its own a socket is taken for the sender and hears nothing
            for group in groups:
                with contextlib.suppress(OSError):  # an older kernel has fewer
                    sock.setsockopt(_SOL_NETLINK, _ADD_MEMBERSHIP, group)
            opened.append(sock)
        return opened

    def heard(self) -> list[str]:
        found = []
        for sock in self.sockets:
            while select.select([sock], [], [], 0)[0]:
                data = sock.recv(1 << 20)
                offset = 0
                while offset + 16 <= len(data):
                    size, kind, _flags, _number, sender = struct.unpack_from('=IHHII', data, offset)
                    if kind not in _BY_ITSELF:
                        found.append(
                            '%s: message %d of %s: %s%s'
                            % (
                                self.namespace or 'host',
                                kind,
                                sock.proto,
                                data[offset : offset + size].hex(),
                                '' if sender else BY_THE_KERNEL,
                            )
                        )
                    offset += (size + 3) & ~3
        return found


def _touched(top: str) -> dict[str, tuple[int, int]]:
    found = {}
    for folder, _folders, files in os.walk(top):
        for path in [folder, *(os.path.join(folder, name) for name in files)]:
            status = os.stat(path)
            found[path] = (status.st_mtime_ns, status.st_ino)
    return found


def _quiet(listeners: list[Monitor], seconds: float) -> None:
    """Wait until the kernel has told all that it has to tell of the first run."""
    sockets = [sock for listener in listeners for sock in listener.sockets]
    while select.select(sockets, [], [], seconds)[0]:
        for listener in listeners:
            listener.heard()


def _second_run(document: Document) -> list[str]:
    foreign.sprinkle(len(document))
    converge(document)
    told: list[str] = []
    for _time in range(TRIES):
        told = _next_run(document)
        if not told or not all(message.endswith(BY_THE_KERNEL) for message in told):
            break
    return told


def _next_run(document: Document) -> list[str]:
    listeners = [Monitor(namespace) for namespace in ['', *named()]]
    generations = {listener.namespace: _generation(listener.namespace) for listener in listeners}
    _quiet(listeners, 2.5)  # detection of duplicate addresses, and linkwatch: a second each
    before = {**_touched('/run/netns'), **_touched('/run/multinet')}
    outcome = converge(document)
    told = [message for listener in listeners for message in listener.heard()]
    told += [
        '%s: another generation of nf_tables' % namespace
        for namespace, number in generations.items()
        if number != _generation(namespace)
    ]
    after = {**_touched('/run/netns'), **_touched('/run/multinet')}
    told += ['%s was touched' % path for path in {**before, **after} if before.get(path) != after.get(path)]
    return told + [change.title for change in outcome.changes]


def _generation(namespace: str) -> t.Any:
    """The number of the nf_tables rule set, by a request of our own: 'nft list' does not show it."""

    def ask() -> bytes:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_NETFILTER) as sock:
            sock.send(struct.pack('=IHHII', 20, 10 << 8 | 16, 1, 1, 0) + b'\0\0\0\0')  # NFT_MSG_GETGEN
            return sock.recv(4096)[20:28]

    return world.inside(namespace, ask)


@pytest.fixture(scope='module')
def told() -> dict[str, t.Any]:
    """What was told during the second run of each document; they wait side by side."""
    return dict(zip(DOCUMENTS, world.in_worlds(_second_run, list(DOCUMENTS.values()), at_once=8)))


@pytest.mark.parametrize('name', list(DOCUMENTS))
def test_second_run_is_silent(name: str, told: dict[str, t.Any]) -> None:
    assert told[name] == []


def _first_run() -> tuple[list[str], bool]:
    listener = Monitor('')
    before = _generation('')
    converge(DOCUMENTS['nodes'])
    return listener.heard(), before != _generation('')


def test_the_listener_hears() -> None:
    heard, other_generation = world.in_world(_first_run)
    assert len(heard) > 20
    assert other_generation


def _while_the_tree_changes() -> bool:
    """A port that comes up is a change of topology: the kernel then ages the bridge's table faster, and shows
    that as its setting."""
    document: Document = {
        'name': 'tree',
        'links': [
            {'name': 'br0', 'kind': 'bridge', 'stp': True, 'forward_delay': 2, 'hello_time': 1, 'max_age': 6},
            {'name': 'in', 'kind': 'veth', 'master': 'br0', 'peer': {'name': 'out'}},
        ],
    }
    converge(document)
    end = time.monotonic() + 60
    while time.monotonic() < end:
        shown = subprocess.run(
            ['ip', '-d', 'link', 'show', 'br0'], capture_output=True, text=True, check=True
        ).stdout
        if ' topology_change 1 ' in shown:
            assert ' ageing_time 400 ' in shown
            again = converge(document)
            assert (again.changes, again.ops) == ((), 0), again.changes
            return True
        time.sleep(0.1)
    return False


def test_while_the_spanning_tree_changes() -> None:
    assert world.in_world(_while_the_tree_changes)
