# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From what is there to a document that declares it. Pure: nothing is read."""

from __future__ import annotations

import dataclasses
import typing as t

from ..objects.address.value import Address
from ..objects.entries import Entry, address_entry, route_entry, rule_entry
from ..objects.iptables.entry import (
    entries_of_own_chains,
    entries_of_whole_tables,
    has_chains_of_scopes,
    owns_whole_tables,
)
from ..objects.link.entry import changed_entry, link_entry, physical_entry, settings_entry
from ..objects.link.kinds import KINDS, has_own_mac
from ..objects.link.mtu import nobody_chose_mtu
from ..objects.link.tunnels import FALLBACKS
from ..objects.link.value import End, Link
from ..objects.nftables.entry import table_entry, why_left_out
from ..objects.nftables.tool import label_of
from ..objects.nftables.value import is_own_table
from ..objects.route.value import Route
from ..objects.rule.value import Rule
from ..objects.state import Owned, Seen, Snapshot
from ..objects.sysctl.value import Sysctl
from ..values.names import HOST, derived_mac, mark_of, place
from .describe_valid import leave_out_invalid

OURS = 117
_BY_HAND = (0, 3, 4, OURS)  # RTPROT_UNSPEC, _BOOT, _STATIC: what people and scripts make
_KERNEL = 2
TELLING = {'net/ipv4/ip_forward': '0', 'net/ipv6/conf/all/forwarding': '0'}
"""Settings of every namespace that are told when they are not as the kernel begins."""


@dataclasses.dataclass(frozen=True)
class View:
    """What is to be told: of *names*, and with a *scope* only what belongs to it."""

    names: frozenset[str]
    scope: str = ''
    owned: Owned = dataclasses.field(default_factory=Owned)
    host_id: str = ''

    @property
    def mark(self) -> str | None:
        return mark_of(self.scope) if self.scope else None


def describe(have: Snapshot, view: View) -> tuple[Entry, list[str]]:
    """A document for what is there, and what it cannot say, one text each.

    The document can be read: whatever would be wrong in it is left out. It has a ``name`` where the view has a scope.
    """
    return _Describer(have, view).run()


class _Describer:
    def __init__(self, have: Snapshot, view: View) -> None:
        self.have, self.view = have, view
        self.left_out: list[str] = []
        self.document: Entry = {'name': view.scope} if view.scope else {}

    def run(self) -> tuple[Entry, list[str]]:
        entries: list[Entry] = []
        named: set[str] = set()
        told: set[End] = set()
        spoken: set[str] = set()
        for name in sorted(self.view.names & set(self.have.seen)):
            seen = self.have.seen[name]
            whole = name != HOST and (not self.view.scope or seen.mark == self.view.mark)
            contents = self._contents(name, seen, told, spoken)
            if name == HOST:
                self.document.update(contents)
                continue
            if whole:
                entries.append({'name': name, **contents})
            elif contents:
                entries.append({'name': name, 'create': False, **contents})
            else:
                continue
            named.add(name)
            if whole and not seen.links['lo'].up:
                self._leave('namespace %s' % name, 'its lo is down; a layout brings it up')
        if self.view.scope:
            entries += [{'name': name, 'create': False} for name in sorted(spoken - named - {HOST})]
        if entries:
            self.document['namespaces'] = entries
        for text in leave_out_invalid(self.document, self.view.host_id):
            if text not in self.left_out:
                self.left_out.append(text)
        return self.document, self.left_out

    def _leave(self, what: str, why: str) -> None:
        text = '%s: %s' % (what, why)
        if text not in self.left_out:
            self.left_out.append(text)

    # What belongs to the view

    def _contents(self, name: str, seen: Seen, told: set[End], spoken: set[str]) -> Entry:
        links = [
            link for link in sorted(seen.links.values(), key=lambda link: link.name) if self._meant(link)
        ]
        addresses: dict[str, list[t.Any]] = {}
        for address in seen.addresses:
            if self._address_meant(address):
                addresses.setdefault(address.link, []).append(address_entry(address))
        found: Entry = {}
        entries = [
            entry
            for link in links
            if link.end not in told
            for entry in [self._link(link, seen, addresses, told, spoken)]
            if entry
        ]
        for link in sorted(seen.links.values(), key=lambda link: link.name):
            if link not in links and (
                link.name in addresses
                or link.end in self.view.owned.moved
                or any(key[:2] == link.end for key in self.view.owned.fields)
            ):
                entries.append(self._stranger(link, addresses))
        if entries:
            found['links'] = entries
        routes = [
            entry for route in seen.routes if self._route_meant(route, seen) for entry in [route_entry(route)]
        ]
        if routes:
            found['routes'] = routes
        rules = [rule_entry(rule) for rule in seen.rules if self._rule_meant(rule, seen)]
        if rules:
            found['rules'] = rules
        sysctls = self._sysctls(name, seen)
        if sysctls:
            found['sysctls'] = sysctls
        self._iptables(name, seen, found)
        tables = self._nftables(name, seen)
        if tables:
            found['nftables'] = tables
        return found

    def _meant(self, link: Link) -> bool:
        if self.view.scope:
            return link.mark == self.view.mark and link.name != 'lo'
        return True

    def _address_meant(self, address: Address) -> bool:
        if address.link == 'lo' and address.scope == 'host' and address.protocol != OURS:
            return False  # the kernel's own 127.0.0.1 and ::1
        if self.view.scope:
            link = self.have.link((address.namespace, address.link))
            return (
                address.key in self.view.owned.addresses
                or address.protocol == OURS
                and link is not None
                and link.mark == self.view.mark
            )
        link = self.have.link((address.namespace, address.link))
        # Before 5.18 addresses do not tell who made them.
        return not (
            address.family == 'ipv6'
            and address.ip.startswith('fe80:')
            and address.protocol == 0
            and link is not None
            and bool(link.link_local)
        )

    def _route_meant(self, route: Route, seen: Seen) -> bool:
        if self.view.scope:
            return (
                route.key in self.view.owned.routes or route.protocol == OURS and seen.mark == self.view.mark
            )
        if route.protocol not in _BY_HAND:
            self._leave(
                'route %s in %s' % (route.text(), place(route.namespace)),
                'is not made by hand (protocol %d)' % route.protocol,
            )
            return False
        return True

    def _rule_meant(self, rule: Rule, seen: Seen) -> bool:
        if self.view.scope:
            return rule.key in self.view.owned.rules or rule.protocol == OURS and seen.mark == self.view.mark
        if rule.protocol not in _BY_HAND:
            if rule.protocol != _KERNEL:
                self._leave(
                    'rule %s in %s' % (rule.name, place(rule.namespace)),
                    'is not made by hand (protocol %d)' % rule.protocol,
                )
            return False
        return True

    def _sysctls(self, name: str, seen: Seen) -> Entry:
        found: Entry = {}
        for key in sorted({key for namespace, key in self.view.owned.sysctls if namespace == name}):
            value = seen.sysctls.get(key)
            if value is not None:
                found[Sysctl(name, key, value).name] = value
        if not self.view.scope or name != HOST and seen.mark == self.view.mark:
            for key, usual in TELLING.items():
                value = seen.sysctls.get(key)
                if value not in (None, usual):
                    found[Sysctl(name, key, value or '').name] = value
        return found

    # Links

    def _link(
        self, link: Link, seen: Seen, addresses: t.Mapping[str, list[t.Any]], told: set[End], spoken: set[str]
    ) -> Entry | None:
        what = 'link %s/%s' % (place(link.namespace), link.name)
        if link.kind == 'physical':
            return self._physical(link, addresses)
        if link.kind not in KINDS:
            if link.name not in FALLBACKS or link.up:
                self._leave(what, 'is of kind %s, which a layout cannot make' % link.kind)
            return None
        kind = KINDS[link.kind]
        entry: Entry = {
            'name': link.name,
            'kind': link.kind,
            **self._common(link, seen),
            **settings_entry(link),
        }
        if link.parent is not None:
            entry['link'] = link.parent[1]
            if link.parent[0] != link.namespace:
                entry['link_namespace'] = place(link.parent[0])
                spoken.add(link.parent[0])
        if (
            kind.parent
            and link.parent is None
            and kind.parent == 'required'
            or link.parent
            and not self._seen(link.parent[0])
        ):
            self._leave(what, 'stands on a link that is outside of what was looked at')
            return None
        if addresses.get(link.name):
            entry['addresses'] = addresses[link.name]
        if link.kind != 'veth':
            return entry
        peer = self.have.link(link.peer) if link.peer else None
        if peer is None or not self._seen(peer.namespace):
            self._leave(what, 'has its other end outside of what was looked at')
            return None
        if link.namespace == HOST and peer.namespace != HOST:
            return None  # told from inside the namespace
        told.update((link.end, peer.end))
        theirs: Entry = {
            'name': peer.name,
            **({'namespace': peer.namespace} if peer.namespace != HOST else {}),
        }
        spoken.add(peer.namespace)
        theirs.update(self._common(peer, self.have.seen[peer.namespace]))
        others = [
            address_entry(address)
            for address in self.have.seen[peer.namespace].addresses
            if address.link == peer.name and self._address_meant(address)
        ]
        if others:
            theirs['addresses'] = others
        return {**entry, 'peer': theirs}

    def _seen(self, namespace: str) -> bool:
        """Whether the document may speak of a namespace."""
        return namespace == HOST or namespace in self.view.names or bool(self.view.scope)

    def _common(self, link: Link, seen: Seen) -> Entry:
        parent = self.have.link(link.parent) if link.parent else None
        has_ports = link.kind == 'bridge'
        ports = [port for port in seen.links.values() if port.master == link.name] if has_ports else []
        mtu = link.mtu if nobody_chose_mtu(link, parent, ports) else None
        master = seen.links.get(link.master) if link.master else None
        return link_entry(
            link,
            mtu,
            self._usual_mac(link, parent),
            in_bridge=master is not None and master.kind == 'bridge',
        )

    def _usual_mac(self, link: Link, parent: Link | None) -> str | None:
        if not has_own_mac(link.kind, link.settings):
            return parent.mac if parent else link.mac
        if not self.view.scope:
            return None
        return derived_mac(self.view.host_id, self.view.scope, link.namespace, link.name)

    def _physical(self, link: Link, addresses: t.Mapping[str, list[t.Any]]) -> Entry | None:
        entry = physical_entry(link)
        if addresses.get(link.name):
            entry['addresses'] = addresses[link.name]
        is_card_in_namespace = link.namespace != HOST and link.name != 'lo'
        return entry if len(entry) > 2 or is_card_in_namespace else None

    def _stranger(self, link: Link, addresses: t.Mapping[str, list[t.Any]]) -> Entry:
        """A link that was there before the scope, with what the scope has changed."""
        changed = [field for *end, field in self.view.owned.fields if tuple(end) == link.end]
        entry = changed_entry(link, self.view.owned.moved.get(link.end), changed)
        if addresses.get(link.name):
            entry['addresses'] = addresses[link.name]
        return entry

    # Firewall

    def _iptables(self, name: str, seen: Seen, contents: Entry) -> None:
        chains: list[Entry] = []
        exclusive = False
        for family, tables in sorted(seen.iptables.items()):
            entries, whole = self._chains(name, family, tables)
            chains += entries
            exclusive = exclusive or whole
        if not chains:
            return
        contents['iptables'] = chains
        usual = name != HOST and (not self.view.scope or seen.mark == self.view.mark)
        if exclusive != usual:
            contents['iptables_mode'] = 'exclusive' if exclusive else 'shared'

    def _chains(self, name: str, family: str, tables: t.Mapping[str, t.Any]) -> tuple[list[Entry], bool]:
        """The chains of one family, and whether they are whole tables."""
        if not self.view.scope:
            if has_chains_of_scopes(tables):
                why = 'has chains of scopes; ask for one of them with scope'
                self._leave('iptables (%s) in %s' % (family, place(name)), why)
                return [], False
            entries = entries_of_whole_tables(family, tables)
            return entries, bool(entries)
        owned = {(pair[0], pair[1]) for pair in self.view.owned.iptables.get((name, family), [])}
        if owns_whole_tables(owned):
            return entries_of_whole_tables(family, tables, owned), True
        return entries_of_own_chains(family, tables, self.view.scope, owned), False

    def _nftables(self, name: str, seen: Seen) -> list[Entry]:
        entries = []
        for table, body in sorted(seen.nftables.items()):
            if self.view.scope and (name, *table) not in self.view.owned.nftables:
                continue
            why = why_left_out(body)
            if not self.view.scope and is_own_table(table[1]):
                why = 'belongs to a scope; ask for it with scope'
            if why:
                self._leave('nftables %s in %s' % (label_of(table), place(name)), why)
            else:
                entries.append(table_entry(table, body, self.view.scope))
        return entries
