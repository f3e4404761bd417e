# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The path of the operator's own connection through the host. Pure: nothing is read."""

from __future__ import annotations

import dataclasses
import ipaddress
import typing as t

from ..values.names import HOST, family_of
from .link.value import End, Link
from .state import Seen, Snapshot

MAIN_TABLE = 254


class Connection(t.NamedTuple):
    """A TCP connection as this host sees it."""

    peer: str
    peer_port: int
    local: str
    local_port: int

    def text(self) -> str:
        return '%s port %d to %s port %d' % self


@dataclasses.dataclass(frozen=True)
class ManagementPath:
    """The connection, and the names of the host's links that carry it."""

    connection: Connection
    links: frozenset[str]

    @property
    def family(self) -> str:
        return family_of(self.connection.peer)

    def carries(self, end: End | None) -> bool:
        """Whether the connection goes over a link."""
        return end is not None and end[0] == HOST and end[1] in self.links

    def leads_to_peer(self, network: str) -> bool:
        return within(self.connection.peer, network)

    def leads_to_host(self, network: str) -> bool:
        return within(self.connection.local, network)


def within(address: str, network: str) -> bool:
    parsed, prefix = ipaddress.ip_address(address), ipaddress.ip_network(network, strict=False)
    return parsed.version == prefix.version and parsed in prefix


def management_path(have: Snapshot, connection: Connection) -> ManagementPath:
    """The path through the host's own namespace: the links of the connection's address and of routes to the
    other end, what these stand on, and the ports of either.
    """
    host = have.seen[HOST]
    links = {address.link for address in host.addresses if address.ip == connection.local}
    links |= _routed_over(host, connection.peer)
    pending = list(links)
    while pending:
        name = pending.pop()
        for lower in _lower_links(host, name) - links:
            links.add(lower)
            pending.append(lower)
    return ManagementPath(connection, frozenset(links))


def _lower_links(host: Seen, name: str) -> set[str]:
    """The ports of a link, its master and the link it stands on."""
    names = {port.name for port in host.links.values() if port.master == name}
    link: Link | None = host.links.get(name)
    if link is None:
        return names
    if link.parent is not None and link.parent[0] == HOST:
        names.add(link.parent[1])
    if link.master:
        names.add(link.master)
    return names


def _routed_over(host: Seen, peer: str) -> set[str]:
    """The links of the longest routes to an address, in any table; addresses bring routes of their own."""
    routes = [(route.table, route.to, route.links) for route in host.routes]
    routes += [(MAIN_TABLE, address.network, {address.link}) for address in host.addresses]
    best: dict[int, tuple[int, set[str]]] = {}
    for table, to, links in routes:
        if not within(peer, to):
            continue
        length = ipaddress.ip_network(to, strict=False).prefixlen
        longest, known = best.get(table, (-1, set()))
        if length == longest:
            best[table] = (length, links | known)
        elif length > longest:
            best[table] = (length, links)
    return {link for _length, links in best.values() for link in links}
