# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The path of the operator's own connection through the host."""

from __future__ import annotations

import ipaddress
import typing as t

from ..values.names import HOST, End, family_of


class Connection(t.NamedTuple):
    """A TCP connection as this host sees it."""

    peer: str
    peer_port: int
    local: str
    local_port: int

    def text(self) -> str:
        return '%s port %d to %s port %d' % self


class ManagementPath(t.NamedTuple):
    """The connection, and what carries it on this host.

    end      the namespace that it ends in, where sshd has its socket
    links    the links that carry it, in any namespace
    hops     the other end, and the gateways on the way to it, as ``end`` sees them
    passed   the other namespaces whose routes, bridges or firewalls it goes through
    unknown  why it cannot be followed, so that any change may cut it; '' if it can
    """

    connection: Connection
    end: str = HOST
    links: frozenset[End] = frozenset()
    hops: frozenset[str] = frozenset()
    passed: frozenset[str] = frozenset()
    unknown: str = ''

    @property
    def family(self) -> str:
        return family_of(self.connection.peer)

    def carries(self, end: End | None) -> bool:
        """Whether the connection goes over a link."""
        return end in self.links

    def ends_in(self, namespace: str) -> bool:
        return namespace == self.end

    def touches(self, namespace: str) -> bool:
        """Whether it ends in a namespace, or has links there."""
        return self.ends_in(namespace) or any(end[0] == namespace for end in self.links)

    def leads_to_peer(self, network: str) -> bool:
        """Whether a network has the other end, or a gateway on the way to it."""
        return any(within(hop, network) for hop in self.hops | {self.connection.peer})

    def leads_to_host(self, network: str) -> bool:
        return within(self.connection.local, network)


def within(address: str, network: str) -> bool:
    parsed, prefix = ipaddress.ip_address(address), ipaddress.ip_network(network, strict=False)
    return parsed.version == prefix.version and parsed in prefix
