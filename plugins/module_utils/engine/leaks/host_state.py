# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is read to find leaks: the contents of the separate namespaces, and all links of the host with their
forwarding.
"""

from __future__ import annotations

import contextlib
import typing as t

from ...kernel import namespaces, neighbours, netlink, sockets, sysctl
from ...kernel.neighbours import LearnedAddress
from ...kernel.processes import processes
from ...kernel.sockets import Socket
from ...objects.link.value import Link
from ...objects.local_addresses import LocalAddress, link_names, local_addresses
from ...objects.route.value import Route
from ...objects.state import Snapshot
from ...values.names import HOST, End
from ...values.problems import EngineError, Problem
from ...values.struct import Struct
from ..observe import observe
from ..query import Query
from ..reading import reading
from .resolvers import Resolver, resolver_of

_TRIES = 20


class NamespaceState(Struct):
    """One of the separate namespaces. ``macs`` has the hardware address of each link."""

    identity: str
    addresses: list[LocalAddress]
    routes: list[Route]
    neighbours: list[LearnedAddress]
    sockets: list[Socket]
    macs: dict[str, str]
    resolver: Resolver


class HostState(Struct):
    """The separate namespaces by name, and what packets could pass between them.

    ``links`` are those of the host and of all namespaces that have a name. ``forwarding`` are, by family, the
    links whose packets are forwarded. ``holders`` are the processes that hold a socket, by its inode.
    """

    namespaces: dict[str, NamespaceState]
    links: dict[End, Link]
    forwarding: dict[str, set[End]]
    holders: dict[int, list[sockets.Holder]] = {}


def _forwarding_links(namespace: str, links: t.Iterable[str]) -> dict[str, set[End]]:
    """The links of the calling thread's namespace whose packets are forwarded, by family.

    IPv4 asks the link that a packet came in by. IPv6 asks the switch for all links (ip6_forward), and since
    6.17 force_forwarding of the link.
    """
    all_ipv6 = sysctl.read('net/ipv6/conf/all/forwarding') == '1'
    forwarding: dict[str, set[End]] = {'ipv4': set(), 'ipv6': set()}
    for name in links:
        if sysctl.read('net/ipv4/conf/%s/forwarding' % name) == '1':
            forwarding['ipv4'].add((namespace, name))
        if all_ipv6 or sysctl.read('net/ipv6/conf/%s/force_forwarding' % name) == '1':
            forwarding['ipv6'].add((namespace, name))
    return forwarding


def _visit(namespace: str, separate: bool) -> tuple[dict[str, set[End]], NamespaceState | None]:
    """What is read in the calling thread's namespace; the contents only of *separate* ones."""
    with netlink.NetlinkSocket() as sock:
        names = link_names(sock)
        forwarding = _forwarding_links(namespace, names.by_index.values())
        if not separate:
            return forwarding, None
        return forwarding, NamespaceState(
            identity='',
            addresses=local_addresses(sock, names.by_index),
            routes=[],
            neighbours=neighbours.neighbours(sock, names.by_index),
            sockets=sockets.held(namespace),
            macs=names.macs,
            resolver=Resolver(),
        )


def _visit_all(
    names: t.Iterable[str], separate: t.Container[str]
) -> tuple[dict[str, set[End]], dict[str, NamespaceState]]:
    """Forwarding of all namespaces, contents of the separate ones. For a thread of namespaces.in_thread."""
    forwarding: dict[str, set[End]] = {'ipv4': set(), 'ipv6': set()}
    states: dict[str, NamespaceState] = {}
    with namespaces.Visitor() as visitor:
        for name in names:
            with contextlib.ExitStack() as visit:
                try:
                    visit.enter_context(visitor.visit(name))
                except (FileNotFoundError, namespaces.StaleName):
                    continue
                links_by_family, state = _visit(name, name in separate)
            for family, ends in links_by_family.items():
                forwarding[family] |= ends
            if state is not None:
                states[name] = state
    return forwarding, states


def _observe_all() -> Snapshot:
    """The host and all namespaces that have a name. Others may make and remove some in the meantime."""
    for _try in range(_TRIES):
        try:
            return observe(Query(set(namespaces.named())))
        except EngineError as exc:
            if not isinstance(exc.__cause__, (FileNotFoundError, namespaces.StaleName)):
                raise
    return observe(Query(set(namespaces.named())))


def read_host_state(separate: t.Collection[str]) -> HostState:
    """What is needed to find leaks between the namespaces *separate*. Raises EngineError."""
    snapshot = _observe_all()
    with reading():
        forwarding, states = namespaces.in_thread(_visit_all, sorted(snapshot.seen), separate)
    missing = [name for name in separate if name not in states]
    if missing:
        gone = 'namespace %s no longer exists'
        raise EngineError(*(Problem('separate', gone % name, do='run it again') for name in missing))
    inhabitants = processes(name for name in separate if name != HOST)
    for name, state in states.items():
        state.identity, state.routes = snapshot.seen[name].identity, snapshot.seen[name].routes
        state.resolver = resolver_of(name, inhabitants.get(name, []))
    links = {}
    for name, seen in snapshot.seen.items():
        links.update({(name, link.name): link for link in seen.links.values()})
    inodes = {sock.inode for state in states.values() for sock in state.sockets}
    return HostState(states, links, forwarding, sockets.holders(inodes))
