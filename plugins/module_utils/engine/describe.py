# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From what exists to a document that declares it. Pure: nothing is read."""

from __future__ import annotations

import typing as t

from ..kernel import uapi
from ..objects.attribute import Entry
from ..objects.iptables.entry import (
    entries_of_own_chains,
    entries_of_whole_tables,
    has_chains_of_scopes,
)
from ..objects.iptables.value import owns_whole_tables
from ..objects.nftables.entry import table_entry, why_left_out
from ..objects.nftables.tool import label_of
from ..objects.nftables.value import is_own_table
from ..objects.route.entry import route_entry
from ..objects.route.value import Route
from ..objects.rule.entry import rule_entry
from ..objects.rule.value import Rule
from ..objects.state import Seen, Snapshot
from ..objects.sysctl.value import Sysctl
from ..values.names import HOST, PROTOCOL, place
from .describe_links import CANNOT_SAY, LinkEntries
from .describe_undeclared import leave_undeclared
from .describe_valid import leave_out_invalid
from .view import View

if t.TYPE_CHECKING:
    from ..objects.fdb.value import FdbEntry
    from ..objects.neighbour.value import Neighbour
    from ..objects.nexthop.value import Nexthop

_BY_HAND = (
    uapi.RTPROT_UNSPEC,
    uapi.RTPROT_BOOT,
    uapi.RTPROT_STATIC,
    PROTOCOL,
)  # what people and scripts make
_LEARNED = 'was learned by a program'
SHOWN_IF_UNUSUAL = {'net/ipv4/ip_forward': '0', 'net/ipv6/conf/all/forwarding': '0'}
"""Sysctls of every namespace that are described unless they have the value that the kernel begins with."""


def describe(have: Snapshot, view: View) -> tuple[Entry, list[str]]:
    """A document for what exists, and what it cannot say, one text each.

    The document can be read: whatever would be wrong in it is left out. It has a ``name`` if the view has a
    scope.
    """
    return _Describer(have, view).run()


class _Describer:
    def __init__(self, have: Snapshot, view: View) -> None:
        self.have, self.view = have, view
        self.left_out: list[str] = []
        self.links = LinkEntries(have, view, self._leave)

    def run(self) -> tuple[Entry, list[str]]:
        document: Entry = {'name': self.view.scope} if self.view.scope else {}
        entries: list[Entry] = []
        for name in sorted(self.view.names & set(self.have.seen)):
            contents = self._contents(name, self.have.seen[name])
            if not self.view.scope:
                leave_undeclared(self.have, name, self._leave)
            if name == HOST:
                document.update(contents)
            else:
                entries += self._namespace(name, contents)
        if self.view.scope:
            described = {HOST, *(entry['name'] for entry in entries)}
            entries += [{'name': name, 'create': False} for name in sorted(self.links.mentioned - described)]
        if entries:
            document['namespaces'] = entries
        for text in leave_out_invalid(document, self.view.host_id):
            self._note(text)
        return document, self.left_out

    def _namespace(self, name: str, contents: Entry) -> list[Entry]:
        """The entry of a namespace other than the host's. An empty list if the scope has nothing in it."""
        seen = self.have.seen[name]
        if self.view.owns(seen):
            if not seen.links['lo'].up:
                self._leave('namespace %s' % name, 'its lo is down; a layout sets it up')
            return [{'name': name, **contents}]
        return [{'name': name, 'create': False, **contents}] if contents else []

    def _leave(self, what: str, why: str) -> None:
        self._note('%s: %s' % (what, why))

    def _note(self, text: str) -> None:
        if text not in self.left_out:
            self.left_out.append(text)

    def _contents(self, name: str, seen: Seen) -> Entry:
        routes = [route for route in seen.routes if self._has_route(route, seen)]
        rules = [rule for rule in seen.rules if self._has_rule(rule, seen)]
        contents: Entry = {
            'links': self.links.of_namespace(seen),
            'addresses': self.links.addresses_alone(seen),
            'nexthops': self._nexthops(seen),
            'routes': list(map(route_entry, routes)),
            'rules': list(map(rule_entry, rules)),
            'neighbours': self._neighbours(seen),
            'fdb': self._fdb(seen),
            'sysctls': self._sysctls(name, seen),
            'qdiscs': self._qdiscs(name, seen),
        }
        self._iptables(name, seen, contents)
        contents['nftables'] = self._nftables(name, seen)
        return {key: value for key, value in contents.items() if value}

    def _nexthops(self, seen: Seen) -> list[Entry]:
        if not seen.nexthops:
            return []
        from ..objects.nexthop.entry import nexthop_entry  # rarely needed

        return [nexthop_entry(nexthop) for nexthop in seen.nexthops if self._has_nexthop(nexthop)]

    def _neighbours(self, seen: Seen) -> list[Entry]:
        if not seen.neighbours:
            return []
        from ..objects.neighbour.entry import neighbour_entry  # rarely needed

        entries = []
        for neighbour in sorted(seen.neighbours, key=lambda neighbour: neighbour.key):
            title = 'neighbour %s in %s' % (neighbour.name, place(neighbour.namespace))
            if not self.view.has_neighbour(neighbour, seen):
                continue
            if not self.view.scope and neighbour.extern_learn:
                self._leave(title, _LEARNED)
            elif not self.view.scope and neighbour.protocol not in _BY_HAND:
                self._leave(title, 'was not added by an administrator (protocol %d)' % neighbour.protocol)
            elif self._declarable(title, neighbour):
                entries.append(neighbour_entry(neighbour))
        return entries

    def _fdb(self, seen: Seen) -> list[Entry]:
        if not seen.fdb:
            return []
        from ..objects.fdb.entry import fdb_entry  # rarely needed

        links = [link for namespace in self.have.seen.values() for link in namespace.links.values()]
        macs = {link.mac for link in links}
        entries = []
        for entry in sorted(seen.fdb, key=lambda entry: entry.key):
            title = 'fdb %s in %s' % (entry.name, place(entry.namespace))
            if not self.view.has_fdb_entry(entry, macs):
                continue
            if not self.view.scope and entry.extern_learn:
                self._leave(title, _LEARNED)
            elif self._declarable(title, entry):
                entries.append(fdb_entry(entry))
        return entries

    def _has_route(self, route: Route, seen: Seen) -> bool:
        if not self.view.has_route(route, seen):
            return False
        title = 'route %s in %s' % (route.text(), place(route.namespace))
        if self.view.scope or route.protocol in _BY_HAND:
            return self._declarable(title, route)
        self._leave(title, 'was not added by an administrator (protocol %d)' % route.protocol)
        return False

    def _has_nexthop(self, nexthop: Nexthop) -> bool:
        if self.view.scope:
            return nexthop.key in self.view.owned.nexthops
        title = 'nexthop %s in %s' % (nexthop.text(), place(nexthop.namespace))
        if nexthop.protocol in _BY_HAND:
            return self._declarable(title, nexthop)
        self._leave(title, 'was not added by an administrator (protocol %d)' % nexthop.protocol)
        return False

    def _has_rule(self, rule: Rule, seen: Seen) -> bool:
        if not self.view.has_rule(rule, seen):
            return False
        title = 'rule %s in %s' % (rule.name, place(rule.namespace))
        if self.view.scope or rule.protocol in _BY_HAND:
            return self._declarable(title, rule)
        if rule.protocol != uapi.RTPROT_KERNEL:
            self._leave(title, 'was not added by an administrator (protocol %d)' % rule.protocol)
        return False

    def _declarable(self, title: str, value: Route | Rule | Nexthop | Neighbour | FdbEntry) -> bool:
        """Whether a document can say all of an object. One of the scope is described by what it can."""
        if self.view.scope or not value.undeclarable:
            return True
        self._leave(title, CANNOT_SAY % ', '.join(value.undeclarable))
        return False

    def _sysctls(self, name: str, seen: Seen) -> Entry:
        sysctls: Entry = {}
        for key in sorted({key for namespace, key in self.view.owned.sysctls if namespace == name}):
            value = seen.sysctls.get(key)
            if value is not None:
                sysctls[Sysctl(name, key, value).name] = value
        if self.view.scope and (name == HOST or not self.view.owns(seen)):
            return sysctls
        for key, usual in SHOWN_IF_UNUSUAL.items():
            value = seen.sysctls.get(key)
            if value not in (None, usual):
                sysctls[Sysctl(name, key, value or '').name] = value
        return sysctls

    def _qdiscs(self, name: str, seen: Seen) -> list[Entry]:
        if not seen.qdiscs:
            return []
        from ..objects.qdisc.entry import entries_of_qdiscs  # where there are qdiscs

        return entries_of_qdiscs(name, seen.qdiscs, self.view.owned.qdiscs if self.view.scope else None)

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
        usual = name != HOST and self.view.owns(seen)
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
