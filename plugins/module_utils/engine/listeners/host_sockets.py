# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a host has where listeners are: addresses, waiting sockets and who holds them, each namespace in one
visit.
"""

from __future__ import annotations

import contextlib
import time
import typing as t

from ...kernel import namespaces, netlink, sockets, sysctl
from ...kernel.sockets import Holder, Socket
from ...objects.local_addresses import LinkNames, LocalAddress, link_names, local_addresses
from ...objects.route_lookup import DefaultRoute, default_routes, look_up_source
from ...values.problems import EngineError, Problem
from ...values.struct import Struct
from ..reading import reading

BINDV6ONLY = 'net/ipv6/bindv6only'
UNPRIVILEGED = 'net/ipv4/ip_unprivileged_port_start'
NONLOCAL = {'ipv4': 'net/ipv4/ip_nonlocal_bind', 'ipv6': 'net/ipv6/ip_nonlocal_bind'}
NOT_USABLE = ('tentative', 'duplicate')
"""Flaws of addresses that no socket can be bound to."""
_POLL = 0.1  # seconds
_MOST_HOLDERS = 5  # that a message names


class NamespaceSockets(Struct):
    """One namespace. ``sources`` are the addresses that it would send from, by destination."""

    names: LinkNames
    addresses: list[LocalAddress]
    defaults: list[DefaultRoute]
    sources: dict[str, str]
    sysctls: dict[str, str | None]
    sockets: list[Socket]

    def can_bind(self, address: str, device: str = '') -> bool:
        """Whether a socket can be bound to *address* without IP_FREEBIND."""
        family = 'ipv6' if ':' in address else 'ipv4'
        if family == 'ipv4' and address.startswith('127.'):
            return True
        if self.sysctls.get(NONLOCAL[family]) == '1':
            return True
        return any(_is_usable(own, address, device) for own in self.addresses)


def _is_usable(own: LocalAddress, address: str, device: str) -> bool:
    if own.address != address or own.flaw in NOT_USABLE:
        return False
    return not device or own.link == device or not own.on_link_only


class HostSockets(Struct):
    """The namespaces that were read, by name, and the holders of all sockets in them, by inode."""

    namespaces: dict[str, NamespaceSockets]
    holders: dict[int, list[Holder]]

    def holders_of(self, sock: Socket) -> list[Holder]:
        return self.holders.get(sock.inode, [])

    def holders_text(self, sock: Socket) -> str:
        """Who holds a socket, for people."""
        holders = self.holders_of(sock)[:_MOST_HOLDERS]
        if not holders:
            return 'user %s, a process that /proc does not show' % sockets.user_name(sock.uid)
        return ', '.join(holder.text() for holder in holders)


Queries = t.Mapping[str, t.Optional[t.Collection[str]]]
"""Namespaces, each with destinations to look up its source addresses for; None to read only its sockets."""


def _visit(namespace: str, destinations: t.Collection[str] | None) -> NamespaceSockets:
    """What is read in the calling thread's namespace."""
    if destinations is None:
        return NamespaceSockets(LinkNames({}, {}, {}), [], [], {}, {}, sockets.waiting(namespace))
    with netlink.NetlinkSocket() as sock:
        names = link_names(sock)
        addresses = local_addresses(sock, names.by_index)
        defaults = default_routes(sock, names.by_index)
        gateways = {route.via for route in defaults if route.via and route.family == 'ipv4'}
        asked = sorted(gateways | set(destinations))
        sources = {destination: look_up_source(sock, destination) for destination in asked}
    sysctls = {key: sysctl.read(key) for key in (BINDV6ONLY, UNPRIVILEGED, *NONLOCAL.values())}
    return NamespaceSockets(names, addresses, defaults, sources, sysctls, sockets.waiting(namespace))


def _visit_all(queries: Queries) -> tuple[dict[str, NamespaceSockets], list[str]]:
    """All namespaces, and the names of those that do not exist. For a thread of namespaces.in_thread."""
    found: dict[str, NamespaceSockets] = {}
    missing: list[str] = []
    with namespaces.Visitor() as visitor:
        for name in sorted(queries):
            with contextlib.ExitStack() as visit:
                try:
                    visit.enter_context(visitor.visit(name))
                except (FileNotFoundError, namespaces.StaleName):
                    missing.append(name)
                    continue
                found[name] = _visit(name, queries[name])
    return found, missing


def _read(queries: Queries) -> tuple[dict[str, NamespaceSockets], list[str]]:
    try:
        with reading(PermissionError):
            return namespaces.in_thread(_visit_all, queries)
    except netlink.KernelError as exc:
        raise EngineError(
            Problem(
                'reading the kernel',
                'it does not report sockets (%s)' % exc,
                do='load the modules tcp_diag, udp_diag and, for SCTP, sctp_diag',
            )
        ) from exc


def read_host_sockets(queries: Queries, patience: float = 0.0) -> tuple[HostSockets, list[str]]:
    """What is in the namespaces, and the names of those that do not exist.

    Waits up to *patience* seconds for IPv6 addresses that are still being checked for duplicates. Raises
    EngineError.
    """
    deadline = time.monotonic() + patience
    found, missing = _read(queries)
    while time.monotonic() < deadline and any(map(_has_tentative, found.values())):
        time.sleep(_POLL)
        found, missing = _read(queries)
    inodes = {sock.inode for namespace in found.values() for sock in namespace.sockets}
    return HostSockets(found, sockets.holders(inodes)), missing


def _has_tentative(namespace: NamespaceSockets) -> bool:
    return any(address.flaw == 'tentative' for address in namespace.addresses)
