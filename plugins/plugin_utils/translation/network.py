# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What .network files say of links."""

from __future__ import annotations

import typing as t

from .keys import LACKING, Key
from .network_keys import (
    ADDRESS,
    FDB,
    FORWARD,
    LINK,
    MASTERS,
    MATCH,
    NEIGHBOR,
    NETWORK,
    NEXTHOP,
    PORT,
    QDISCS,
    ROUTE,
    RULE,
    SECTIONS_REFUSED,
    STACKED,
    SYSCTLS,
)
from .network_links import NetworkLinks
from .network_vlans import bridge_vlans
from .translation import Entry
from .units import Unit

_WITHOUT_LINK = ('blackhole', 'unreachable', 'prohibit', 'throw')


class NetworkFile:
    """A .network file, for each link that its [Match] names."""

    def __init__(self, file: str, units: t.Sequence[Unit], links: NetworkLinks, document: Entry) -> None:
        self.file, self.units, self.links, self.document = file, units, links, document
        self.run = links.run
        self._take: dict[str, t.Callable[[Unit, Entry], None]] = {
            'Link': self._take_link,
            'Network': self._take_network,
            'Address': self._take_address,
            'Route': self._take_route,
            'RoutingPolicyRule': self._take_rule,
            'Neighbor': self._take_neighbour,
            'NextHop': self._take_nexthop,
            'Bridge': self._take_port,
            'BridgeFDB': self._take_fdb,
            'QDisc': self._take_place,
            **dict.fromkeys(QDISCS, self._take_qdisc),
        }

    def take(self) -> None:
        """Read the file."""
        names = [name for unit in self.units if unit.name == 'Match' for name in self._names(unit)]
        for name, path in names:
            entry = self.links.found(name, self.file, path)
            self._take_units(entry)
        if not any(unit.name == 'Match' for unit in self.units):
            self.run.problems.add(self.file, 'has no [Match], and is for all links', do='give Name=')

    def _names(self, unit: Unit) -> t.Iterator[tuple[str, str]]:
        """The links that a [Match] names, each with its path."""
        unit.translate(MATCH, {})
        for word in unit.words('Name'):
            if any(letter in word for letter in '*?[!'):
                unit.refuse(
                    'Name', 'a pattern stands for links that the file does not tell (found %s)' % word
                )
            else:
                yield word, unit.at('Name')
        if not unit.says('Name'):
            self.run.problems.add(unit.at('Name'), 'is missing', do='give the name of a link')
        unit.done()

    def _take_units(self, entry: Entry) -> None:
        for unit in self.units:
            if unit.name in SECTIONS_REFUSED:
                self.run.refuse(unit.path, SECTIONS_REFUSED[unit.name])
            elif unit.name in self._take:
                self._take[unit.name](unit, entry)
                unit.done()
            elif unit.name not in ('Match', 'BridgeVLAN'):
                self.run.refuse(unit.path, 'this filter does not know the section')
        vlans = [unit for unit in self.units if unit.name == 'BridgeVLAN']
        if vlans:
            place = entry if entry['kind'] == 'bridge' else entry.setdefault('port', {})
            self.run.put(place, 'vlans', bridge_vlans(vlans), vlans[0].path)
        if entry['kind'] != 'physical':
            is_port = any(unit.says('Bridge') for unit in self.units if unit.name == 'Network')
            entry.setdefault('link_local', not is_port)

    def _take_link(self, unit: Unit, entry: Entry) -> None:
        unit.translate(LINK, entry)

    def _take_network(self, unit: Unit, entry: Entry) -> None:
        name = entry['name']
        unit.translate(NETWORK, entry)
        sysctls: Entry = self.document.setdefault('sysctls', {})
        unit.translate(SYSCTLS, sysctls, name)
        self._take_forward(unit, sysctls)
        if not sysctls:
            del self.document['sysctls']
        for value in unit.all('Address'):
            self.run.append(entry, 'addresses', value, unit.at('Address'))
        for gateway in unit.all('Gateway'):
            to = '::/0' if ':' in gateway else '0.0.0.0/0'
            route = {'to': to, 'via': gateway, 'dev': name}
            self.run.append(self.document, 'routes', route, unit.at('Gateway'))
        for address in unit.words('IPv6ProxyNDPAddress'):
            proxy = {'to': address, 'dev': name, 'proxy': True}
            self.run.append(self.document, 'neighbours', proxy, unit.at('IPv6ProxyNDPAddress'))
        for word in MASTERS:
            unit.translate({word: Key('master')}, entry)
        for word in STACKED:
            for above in unit.words(word):
                self.links.stack_on(name, above, unit.at(word))
        if unit.take('PrimarySlave') is not None:
            self._take_primary(unit, entry)

    def _take_forward(self, unit: Unit, sysctls: Entry) -> None:
        value = unit.take('IPForward')
        if value is None:
            return
        if value not in FORWARD:
            unit.refuse('IPForward', 'it is unknown (found %s, want one of %s)' % (value, ', '.join(FORWARD)))
        for path in FORWARD.get(value, ()):
            self.run.put(sysctls, path, 1, unit.at('IPForward'))

    def _take_primary(self, unit: Unit, entry: Entry) -> None:
        bond = self.links.entries.get(str(unit.take('Bond')))
        if bond is None:
            unit.refuse('PrimarySlave', 'no .netdev file has the bond of this port')
        else:
            self.run.put(bond, 'primary', entry['name'], unit.at('PrimarySlave'))

    def _take_address(self, unit: Unit, entry: Entry) -> None:
        address: Entry = {}
        unit.translate(ADDRESS, address)
        self.run.append(entry, 'addresses', address, unit.path)

    def _take_route(self, unit: Unit, entry: Entry) -> None:
        route: Entry = {}
        unit.translate(ROUTE, route)
        if 'to' not in route:
            route['to'] = '::/0' if ':' in str(route.get('via')) else '0.0.0.0/0'
        for hop in unit.all('MultiPathRoute'):
            self.run.append(route, 'nexthops', _next_hop(hop, entry['name']), unit.at('MultiPathRoute'))
        leads_elsewhere = 'nexthops' in route or 'nhid' in route
        if route.get('type') not in _WITHOUT_LINK and not leads_elsewhere:
            route['dev'] = entry['name']
        self.run.append(self.document, 'routes', route, unit.path)

    def _take_rule(self, unit: Unit, _entry: Entry) -> None:
        rule: Entry = {}
        unit.translate(RULE, rule)
        self.run.append(self.document, 'rules', rule, unit.path)

    def _take_neighbour(self, unit: Unit, entry: Entry) -> None:
        neighbour: Entry = {'dev': entry['name']}
        unit.translate(NEIGHBOR, neighbour)
        self.run.append(self.document, 'neighbours', neighbour, unit.path)

    def _take_nexthop(self, unit: Unit, entry: Entry) -> None:
        nexthop: Entry = {}
        unit.translate(NEXTHOP, nexthop)
        for member in unit.words('Group'):
            number, _colon, weight = member.partition(':')
            share = {'id': number, 'weight': weight} if weight else number
            self.run.append(nexthop, 'group', share, unit.at('Group'))
        if 'group' not in nexthop and 'blackhole' not in nexthop:
            nexthop['dev'] = entry['name']
        self.run.append(self.document, 'nexthops', nexthop, unit.path)

    def _take_port(self, unit: Unit, entry: Entry) -> None:
        port: Entry = entry.setdefault('port', {})
        self.run.note_origin(entry, 'port', unit.path)
        unit.translate(PORT, port)

    def _take_fdb(self, unit: Unit, entry: Entry) -> None:
        made: Entry = {'dev': entry['name']}
        unit.translate(FDB, made)
        for word in unit.words('AssociatedWith'):
            if word in ('master', 'router'):
                self.run.put(made, word, True, unit.at('AssociatedWith'))
            elif word != 'self':
                unit.refuse('AssociatedWith', '%s (found %s)' % (LACKING, word))
        self.run.append(self.document, 'fdb', made, unit.path)

    def _take_place(self, unit: Unit, entry: Entry) -> None:
        """[QDisc], a place for filters."""
        kind = {'Parent': Key('kind'), 'Handle': Key('handle')}
        self._add_qdisc(unit, {'link': entry['name']}, kind)

    def _take_qdisc(self, unit: Unit, entry: Entry) -> None:
        kind, keys = QDISCS[unit.name]
        places = {'Parent': Key('parent'), 'Handle': Key('handle')}
        self._add_qdisc(unit, {'link': entry['name'], 'kind': kind}, {**places, **keys})

    def _add_qdisc(self, unit: Unit, qdisc: Entry, keys: t.Mapping[str, Key]) -> None:
        unit.translate(keys, qdisc)
        self.run.append(self.document, 'qdiscs', qdisc, unit.path)


def _next_hop(text: str, link: str) -> Entry:
    """ADDRESS[@LINK] [WEIGHT]"""
    words = text.split()
    via, _at, dev = words[0].partition('@')
    hop: Entry = {'via': via, 'dev': dev or link}
    return {**hop, 'weight': words[1]} if len(words) > 1 else hop


__all__ = ['NetworkFile']
