# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a document declares, as values. document/parse.py reads it."""

from __future__ import annotations

import typing as t

from ..values.names import End, mark_of
from .address.value import Address
from .iptables.value import Chain
from .link.value import Link
from .nameservers.value import Nameservers
from .nftables.value import NftTable
from .route.value import Route
from .rule.value import Rule
from .sysctl.value import Sysctl

if t.TYPE_CHECKING:
    from .fdb.value import FdbEntry
    from .neighbour.value import Neighbour
    from .nexthop.value import Nexthop
    from .qdisc.value import Qdisc  # not loaded for a document without qdiscs

CONTENT_KEYS = (
    'links',
    'addresses',
    'nexthops',
    'routes',
    'rules',
    'neighbours',
    'fdb',
    'sysctls',
    'forwarding',
    'qdiscs',
    'iptables',
    'nftables',
)
"""The keys that the top level of a document and each of its namespaces have."""

T = t.TypeVar('T')


class Namespace(t.NamedTuple):
    """A namespace of the document. One with ``create`` false must exist already. ``said`` are the lists of
    entries (entries.py) that it has, if they are empty, too."""

    name: str
    create: bool = True
    exclusive: bool = False
    exclusive_firewall: bool = True
    nsid: int | None = None
    said: frozenset[str] = frozenset()


class Layout(t.NamedTuple):
    """Everything that one scope declares, as flat lists. Each object knows its namespace."""

    scope: str
    namespaces: tuple[Namespace, ...] = ()
    links: tuple[Link, ...] = ()
    addresses: tuple[Address, ...] = ()
    routes: tuple[Route, ...] = ()
    rules: tuple[Rule, ...] = ()
    sysctls: tuple[Sysctl, ...] = ()
    iptables: tuple[Chain, ...] = ()
    nftables: tuple[NftTable, ...] = ()
    nameservers: tuple[Nameservers, ...] = ()
    neighbours: tuple[Neighbour, ...] = ()
    fdb: tuple[FdbEntry, ...] = ()
    qdiscs: tuple[Qdisc, ...] = ()
    nexthops: tuple[Nexthop, ...] = ()

    @property
    def mark(self) -> str:
        return mark_of(self.scope)

    def namespace(self, name: str) -> Namespace:
        """The entry of *name*. A namespace without one is entered and never created, as the host's own is."""
        for namespace in self.namespaces:
            if namespace.name == name:
                return namespace
        return Namespace(name, create=False, exclusive_firewall=False)

    def only(self, names: t.Collection[str]) -> Layout:
        """What is declared in the namespaces *names*, with the links elsewhere that theirs depend on."""
        needed: set[End] = set()
        for link in self.links:
            if link.namespace in names:
                needed.update(end for end in (link.peer, link.parent) if end)

        def within(members: tuple[T, ...]) -> tuple[T, ...]:
            return tuple(member for member in members if t.cast(t.Any, member).namespace in names)

        namespaces = tuple(namespace for namespace in self.namespaces if namespace.name in names)
        return Layout(
            self.scope,
            namespaces,
            tuple(link for link in self.links if link.namespace in names or link.end in needed),
            within(self.addresses),
            within(self.routes),
            within(self.rules),
            within(self.sysctls),
            within(self.iptables),
            within(self.nftables),
            within(self.nameservers),
            within(self.neighbours),
            within(self.fdb),
            within(self.qdiscs),
            within(self.nexthops),
        )

    def empty(self) -> bool:
        """Whether nothing is declared."""
        return not (
            self.namespaces
            or self.links
            or self.addresses
            or self.routes
            or self.rules
            or self.nexthops
            or self.sysctls
            or self.iptables
            or self.nftables
            or self.neighbours
            or self.fdb
            or self.qdiscs
        )


__all__ = ['CONTENT_KEYS', 'Layout', 'Namespace']
