# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The path of the connection that the operator came in by, and whether a plan may cut it."""

from __future__ import annotations

import contextlib
import os
import typing as t

from ..engine.follow_path import follow
from ..engine.observe import observe
from ..engine.query import Query
from ..kernel import namespaces, netlink
from ..kernel.sockets import has_connection
from ..objects.management_path import Connection, ManagementPath
from ..objects.namespace.codec import nsid_of
from ..objects.operation import Operation, Plan
from ..objects.state import Snapshot
from ..values.names import HOST, End


def trace(have: Snapshot, connection: Connection) -> ManagementPath:
    """The path of the connection. Namespaces on it that *have* has not are read."""
    end = namespaces.in_thread(_end_of, connection, have)
    if end is None:
        return ManagementPath(
            connection, unknown='no namespace has the socket or the address of the connection'
        )
    if end not in have.seen:
        have = observe(Query({end, HOST}), have)
    while True:
        followed = follow(have, connection, end)
        names = namespaces.in_thread(_names_behind, followed.open_ends, have.seen)
        if not names:
            return followed.path
        have = observe(Query(names | {namespace for namespace, _link in followed.open_ends}), have)


def _end_of(connection: Connection, have: Snapshot) -> str | None:
    """The namespace that has the socket of the connection, or else its address."""
    with namespaces.Visitor() as visitor:
        for name in (HOST, *namespaces.named()):
            with contextlib.suppress(OSError), visitor.visit(name):
                if has_connection(*_local_first(connection)):
                    return name
    for name in sorted(have.seen):
        if any(address.ip == connection.local for address in have.seen[name].addresses):
            return name
    return None


def _local_first(connection: Connection) -> tuple[str, int, str, int]:
    return connection.local, connection.local_port, connection.peer, connection.peer_port


def _names_behind(open_ends: t.Mapping[End, int], known: t.Container[str]) -> set[str]:
    """The named namespaces, other than those *known*, that links lead into."""
    numbers: dict[str, set[int]] = {}
    for (namespace, _link), number in open_ends.items():
        numbers.setdefault(namespace, set()).add(number)
    names = set()
    with namespaces.Visitor() as visitor:
        for namespace, wanted in numbers.items():
            with visitor.visit(namespace), netlink.NetlinkSocket() as sock:
                for name in namespaces.named():
                    if name not in known and _number(sock, name) in wanted:
                        names.add(name)
    return names


def _number(sock: netlink.NetlinkSocket, name: str) -> int | None:
    """The number that the namespace of a socket has for the one of this name."""
    try:
        fd = namespaces.open_named(name)
    except OSError:
        return None
    try:
        return nsid_of(sock, fd)
    finally:
        os.close(fd)


def reasons(steps: Plan, path: ManagementPath) -> list[str]:
    """Why a plan may cut the connection, a sentence each; nothing when it stays clear of it."""
    if path.unknown:
        return [path.unknown] if steps.ops else []
    risks: dict[str, str] = {}
    for op in steps.ops:
        risk = _risk(op, path)
        if risk:
            risks['%s: %s' % (op.subject, risk)] = risk
    return list(risks)


def _risk(op: Operation, path: ManagementPath) -> str:
    if op.namespaces & path.passed:
        return 'is in a namespace that the connection goes through'
    return op.risk(path)
