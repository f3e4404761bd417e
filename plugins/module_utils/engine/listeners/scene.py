# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a host has where listeners are: addresses, waiting sockets and who holds them, each namespace in one
visit.
"""

from __future__ import annotations

import dataclasses
import os
import time
import typing as t

from ...kernel import namespaces, netlink, sockets, sysctl
from ...kernel.sockets import Holder, Socket
from ...objects.local_addresses import LinkNames, LocalAddress, link_names, local_addresses
from ...objects.route_lookup import DefaultRoute, default_routes, look_up_source
from ...values.names import HOST
from ...values.problems import NEEDS_ROOT, EngineError, Problem

BINDV6ONLY = 'net/ipv6/bindv6only'
UNPRIVILEGED = 'net/ipv4/ip_unprivileged_port_start'
NONLOCAL = {'ipv4': 'net/ipv4/ip_nonlocal_bind', 'ipv6': 'net/ipv6/ip_nonlocal_bind'}


@dataclasses.dataclass
class Site:
    """One namespace. ``sources`` are the addresses it would send from, by destination."""

    names: LinkNames
    locals: list[LocalAddress]
    defaults: list[DefaultRoute]
    sources: dict[str, str]
    sysctls: dict[str, str | None]
    sockets: list[Socket]

    def has(self, address: str, device: str = '') -> bool:
        """Whether a socket can be bound to *address* without IP_FREEBIND."""
        family = 'ipv6' if ':' in address else 'ipv4'
        if family == 'ipv4' and address.startswith('127.'):
            return True
        return self.sysctls.get(NONLOCAL[family]) == '1' or any(
            one.address == address
            and one.flaw not in ('tentative', 'duplicate')
            and (not device or one.link == device or one.scope != 253)
            for one in self.locals
        )


@dataclasses.dataclass
class Scene:
    """The namespaces that were looked at by name, and the holders of all sockets in them by inode."""

    sites: dict[str, Site]
    holders: dict[int, list[Holder]]

    def text(self, sock: Socket) -> str:
        """Who holds a socket, for people."""
        found = self.holders.get(sock.inode, [])
        return ', '.join(
            holder.text() for holder in found[:5]
        ) or 'user %s, a process that /proc does not show' % sockets.user_name(sock.uid)


Wanted = t.Mapping[str, t.Optional[t.Collection[str]]]
"""Namespaces, each with destinations to ask its routes for; None where only its sockets are asked for."""


def _visit(namespace: str, destinations: t.Collection[str] | None) -> Site:
    if destinations is None:
        return Site(LinkNames({}, {}, {}), [], [], {}, {}, sockets.waiting(namespace))
    with netlink.Socket() as sock:
        names = link_names(sock)
        found = local_addresses(sock, names.by_index)
        defaults = default_routes(sock, names.by_index)
        gateways = {route.via for route in defaults if route.via and route.family == 'ipv4'}
        sources = {
            destination: look_up_source(sock, destination)
            for destination in sorted(gateways | set(destinations))
        }
    settings = {key: sysctl.read(key) for key in (BINDV6ONLY, UNPRIVILEGED, *NONLOCAL.values())}
    return Site(names, found, defaults, sources, settings, sockets.waiting(namespace))


def _all(wanted: Wanted) -> tuple[dict[str, Site], list[str]]:
    home = namespaces.open_current()
    found: dict[str, Site] = {}
    missing: list[str] = []
    try:
        for name in sorted(wanted):
            try:
                fd = namespaces.open_named(name) if name != HOST else os.dup(home)
            except (FileNotFoundError, namespaces.StaleName):
                missing.append(name)
                continue
            try:
                with namespaces.entered(fd, home):
                    found[name] = _visit(name, wanted[name])
            finally:
                os.close(fd)
    finally:
        os.close(home)
    return found, missing


def _read(wanted: Wanted) -> tuple[dict[str, Site], list[str]]:
    try:
        return namespaces.in_thread(_all, wanted)
    except netlink.Torn as exc:
        raise EngineError(
            Problem('reading the kernel', str(exc), do='run it again when the host is quieter')
        ) from exc
    except PermissionError as exc:
        raise EngineError(Problem('reading the kernel', str(exc), do=NEEDS_ROOT)) from exc
    except netlink.KernelError as exc:
        raise EngineError(
            Problem(
                'reading the kernel',
                'it does not tell of sockets (%s)' % exc,
                do='it needs tcp_diag, udp_diag, and sctp_diag where there is SCTP',
            )
        ) from exc


def look(wanted: Wanted, patience: float = 0.0) -> tuple[Scene, list[str]]:
    """What is in the namespaces, and the names of those that are not there.

    Waits up to *patience* seconds for IPv6 addresses that are still being checked for duplicates. Raises
    EngineError.
    """
    deadline = time.monotonic() + patience
    while True:
        sites, missing = _read(wanted)
        if time.monotonic() >= deadline or not any(
            one.flaw == 'tentative' for site in sites.values() for one in site.locals
        ):
            break
        time.sleep(0.1)
    return Scene(
        sites, sockets.holders({sock.inode for site in sites.values() for sock in site.sockets})
    ), missing
