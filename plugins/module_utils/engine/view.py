# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a description of a host is about: which namespaces, and which of the objects in them."""

from __future__ import annotations

import typing as t

from ..objects.address.value import Address
from ..objects.link.value import Link
from ..objects.owned import Owned
from ..objects.route.value import Route
from ..objects.rule.value import Rule
from ..objects.state import Seen
from ..values.names import HOST, PROTOCOL, mark_of

if t.TYPE_CHECKING:
    from ..objects.fdb.value import FdbEntry
    from ..objects.neighbour.value import Neighbour


class View(t.NamedTuple):
    """The namespaces to describe; with a *scope* only what belongs to it, as *owned* says."""

    names: frozenset[str]
    scope: str = ''
    owned: Owned = Owned()
    host_id: str = ''

    @property
    def mark(self) -> str | None:
        return mark_of(self.scope) if self.scope else None

    def may_mention(self, namespace: str) -> bool:
        """Whether the document may speak of a namespace."""
        return namespace == HOST or namespace in self.names or bool(self.scope)

    def owns(self, seen: Seen) -> bool:
        """Whether all of a namespace is of the scope; without a scope that is so."""
        return not self.scope or seen.mark == self.mark

    def has_link(self, link: Link) -> bool:
        if self.scope:
            return link.mark == self.mark and link.name != 'lo'
        return True

    def has_address(self, address: Address, link: Link | None) -> bool:
        """Whether an address of a *link* is described."""
        if address.link == 'lo' and address.scope == 'host' and address.protocol != PROTOCOL:
            return False  # the kernel's own 127.0.0.1 and ::1
        if self.scope:
            of_our_link = link is not None and link.mark == self.mark
            return address.key in self.owned.addresses or address.protocol == PROTOCOL and of_our_link
        return not _is_generated(address, link)

    def has_route(self, route: Route, seen: Seen) -> bool:
        if not self.scope:
            return True
        return route.key in self.owned.routes or route.protocol == PROTOCOL and seen.mark == self.mark

    def has_neighbour(self, neighbour: Neighbour, seen: Seen) -> bool:
        if not self.scope:
            return True
        known = neighbour.record_key in self.owned.neighbours
        return known or neighbour.protocol == PROTOCOL and seen.mark == self.mark

    def has_fdb_entry(self, entry: FdbEntry, macs: t.Container[str | None]) -> bool:
        """Whether an entry is described. One without an end may be for a link that stands on its own, of
        which *macs* are the addresses."""
        if self.scope:
            return entry.key in self.owned.fdb
        if entry.comes_with_link:
            return False
        return entry.is_like_declared or entry.extern_learn or entry.lladdr not in macs

    def has_rule(self, rule: Rule, seen: Seen) -> bool:
        if not self.scope:
            return True
        known = {rule.key, rule.record_key} & self.owned.rules
        return bool(known) or rule.protocol == PROTOCOL and seen.mark == self.mark


def _is_generated(address: Address, link: Link | None) -> bool:
    """Whether IPv6 has generated a link-local address. Before 5.18 addresses do not say who made them."""
    if link is None or not link.link_local:
        return False
    return address.family == 'ipv6' and address.ip.startswith('fe80:') and address.protocol == 0
