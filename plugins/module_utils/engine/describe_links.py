# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The links of a description, with their addresses."""

from __future__ import annotations

import typing as t

from ..objects.address.entry import address_entry
from ..objects.attribute import Entry
from ..objects.link.entry import changed_entry, link_entry, physical_entry, settings_entry
from ..objects.link.kinds import KINDS, has_own_mac
from ..objects.link.mtu import nobody_chose_mtu
from ..objects.link.tun import is_of_program
from ..objects.link.tunnels import FALLBACKS
from ..objects.link.value import Link
from ..objects.state import Seen, Snapshot
from ..values.names import HOST, End, derived_mac, place
from .view import View

Leave = t.Callable[[str, str], None]
"""Notes what is left out, and why."""

CANNOT_SAY = 'has what a layout cannot declare (%s)'


class LinkEntries:
    """Entries for links, namespace by namespace. ``mentioned`` are the namespaces that they speak of."""

    def __init__(self, have: Snapshot, view: View, leave: Leave) -> None:
        self.have, self.view, self.leave = have, view, leave
        self.mentioned: set[str] = set()
        self._described: set[End] = set()  # both ends of veths
        self._addresses_of: dict[str, dict[str, list[t.Any]]] = {}  # by namespace and link

    def of_namespace(self, seen: Seen) -> list[Entry]:
        links = sorted(seen.links.values(), key=lambda link: link.name)
        entries = [self._entry(link) for link in links if self.view.has_link(link)]
        entries += [self._changed(link) for link in links if not self.view.has_link(link)]
        return [entry for entry in entries if entry]

    def _entry(self, link: Link) -> Entry | None:
        if link.end in self._described:
            return None
        if link.kind == 'physical':
            return self._physical(link)
        if link.name in FALLBACKS:
            if link.up:
                self.leave(link.title, 'is made by the kernel, in every namespace')
            return None
        if link.kind not in KINDS:
            self.leave(link.title, 'is of kind %s, which a layout cannot make' % link.kind)
            return None
        if is_of_program(link.kind, link.kernel):
            self.leave(link.title, 'is gone when the program ends that has it open')
            return None
        entry = {'name': link.name, 'kind': link.kind, **self._common(link), **settings_entry(link)}
        entry.update(self._parent(link))
        if not self._has_its_parent(link):
            self.leave(link.title, 'is on a link that is outside the namespaces that were read')
            return None
        entry.update(self._addresses(link))
        return self._with_peer(link, entry) if link.kind == 'veth' else entry

    def _parent(self, link: Link) -> Entry:
        if link.parent is None:
            return {}
        namespace, name = link.parent
        if namespace == link.namespace:
            return {'link': name}
        self.mentioned.add(namespace)
        return {'link': name, 'link_namespace': place(namespace)}

    def _has_its_parent(self, link: Link) -> bool:
        if link.parent is None:
            return KINDS[link.kind].parent != 'required'
        return self.view.may_mention(link.parent[0])

    def _with_peer(self, link: Link, entry: Entry) -> Entry | None:
        peer = self.have.link(link.peer) if link.peer else None
        if peer is None or not self.view.may_mention(peer.namespace):
            self.leave(link.title, 'has its other end outside the namespaces that were read')
            return None
        if link.namespace == HOST and peer.namespace != HOST:
            return None  # the other end's namespace describes both
        self._described.update((link.end, peer.end))
        self.mentioned.add(peer.namespace)
        peer_entry: Entry = {'name': peer.name}
        if peer.namespace != HOST:
            peer_entry['namespace'] = peer.namespace
        return {**entry, 'peer': {**peer_entry, **self._common(peer), **self._addresses(peer)}}

    def _common(self, link: Link) -> Entry:
        seen = self.have.seen[link.namespace]
        parent = self.have.link(link.parent) if link.parent else None
        has_ports = link.kind == 'bridge'
        ports = [port for port in seen.links.values() if port.master == link.name] if has_ports else []
        mtu = link.mtu if nobody_chose_mtu(link, parent, ports) else None
        return link_entry(link, mtu, self._usual_mac(link, parent), self._bridge_of(link))

    def _bridge_of(self, link: Link) -> Link | None:
        """The bridge that a link is a port of."""
        master = self.have.link((link.namespace, link.master)) if link.master else None
        return master if master is not None and master.kind == 'bridge' else None

    def _usual_mac(self, link: Link, parent: Link | None) -> str | None:
        if not has_own_mac(link.kind, link.settings):
            return parent.mac if parent else link.mac
        if not self.view.scope:
            return None
        return derived_mac(self.view.host_id, self.view.scope, link.namespace, link.name)

    def _addresses(self, link: Link) -> Entry:
        entries = self._entries_of(link)
        return {'addresses': entries} if entries else {}

    def _entries_of(self, link: Link) -> list[t.Any]:
        if link.namespace not in self._addresses_of:
            self._addresses_of[link.namespace] = self._by_link(self.have.seen[link.namespace])
        return self._addresses_of[link.namespace].get(link.name, [])

    def _by_link(self, seen: Seen) -> dict[str, list[t.Any]]:
        """The entries for all addresses of a namespace, by link."""
        entries: dict[str, list[t.Any]] = {}
        for address in seen.addresses:
            if not self.view.has_address(address, seen.links.get(address.link)):
                continue
            if address.undeclarable and not self.view.scope:
                title = 'address %s on %s/%s' % (address.address, place(address.namespace), address.link)
                self.leave(title, CANNOT_SAY % ', '.join(address.undeclarable))
                continue
            entries.setdefault(address.link, []).append(address_entry(address))
        return entries

    def addresses_alone(self, seen: Seen) -> list[Entry]:
        """Entries for addresses of links that others made in a namespace."""
        entries: list[Entry] = []
        for link in sorted(seen.links.values(), key=lambda link: link.name):
            is_changed = any(key[:2] == link.end for key in self.view.owned.fields)
            if link.namespace == HOST or self.view.has_link(link) or is_changed:
                continue
            if link.end not in self.view.owned.moved:
                entries += [_with_dev(link.name, entry) for entry in self._entries_of(link)]
        return entries

    def _physical(self, link: Link) -> Entry | None:
        entry = {**physical_entry(link, self._bridge_of(link)), **self._addresses(link)}
        is_card_in_namespace = link.namespace != HOST and link.name != 'lo'
        return entry if len(entry) > 2 or is_card_in_namespace else None

    def _changed(self, link: Link) -> Entry | None:
        """A link that existed before the scope, with what the scope has changed; None if that is nothing."""
        changed = [field for *end, field in self.view.owned.fields if tuple(end) == link.end]
        had = self.view.owned.moved.get(link.end)
        addresses = self._addresses(link)
        if not changed and had is None and (not addresses or link.namespace != HOST):
            return None  # addresses_alone() has the addresses
        return {**changed_entry(link, had, changed), **addresses}


def _with_dev(dev: str, entry: t.Any) -> Entry:
    return {'dev': dev, **(entry if isinstance(entry, dict) else {'address': entry})}
