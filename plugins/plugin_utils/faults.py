# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults as a layout: rules that drop packets, queueing disciplines, and links that are down."""

from __future__ import annotations

import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.values.names import HOST
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import Problems
from ansible_collections.multinet.linux.plugins.module_utils.values.reading import Reader

from .fault_input import Effects, Fault, FaultReader, Flap, Node, Pair, Place, read_nodes

Entry = dict[str, t.Any]
_SECOND = 10**9


def faults(data: t.Mapping[str, t.Any]) -> Entry:
    """The layout that makes the faults, without its name: ``links``, ``qdiscs`` and ``iptables`` of the host,
    ``namespaces``, and beside it ``flaps``: links that go down and up, which a layout cannot say.

    Raises InputError with all that is wrong with ``nodes`` and ``faults``.
    """
    problems = Problems()
    reader = Reader(dict(data), '', problems)
    nodes = read_nodes(reader)
    read = FaultReader(nodes, problems)
    entries = [read.read(member, path) for path, member in reader.items('faults')]
    reader.done()
    composer = _Composer(nodes, [fault for fault in entries if fault is not None], problems)
    problems.raise_any()
    return composer.layout()


class _Composer:
    """All faults together: what several of them say of one link or pair of nodes comes together there."""

    def __init__(self, nodes: t.Mapping[str, Node], entries: t.Sequence[Fault], problems: Problems) -> None:
        self._nodes, self._problems = nodes, problems
        self._of_links: dict[Place, Effects] = {}
        self._of_pairs: dict[Pair, Effects] = {}
        self._dropped: dict[str, list[Entry]] = {}
        self._down: dict[Place, None] = {}
        self._flaps: dict[Place, Flap] = {}
        for fault in entries:
            self._add(fault)

    def _add(self, fault: Fault) -> None:
        for place in fault.places:
            self._merge(
                fault, self._of_links.setdefault(place, {}), 'link %s' % '/'.join(filter(None, place))
            )
        for pair in fault.pairs:
            self._merge(fault, self._of_pairs.setdefault(pair, {}), 'packets from %s to %s' % pair)
            if fault.drop:
                self._drop_pair(pair)
        for name in fault.nodes:
            if fault.drop:
                self._drop_all(name)
        ports = [self._nodes[name].port for name in fault.nodes] or fault.places
        for place in ports:
            if fault.down:
                self._down[place] = None
            if fault.flap is not None:
                self._flap(fault, Flap(place, *fault.flap))

    def _merge(self, fault: Fault, effects: Effects, what: str) -> None:
        for key, value in fault.effects.items():
            if effects.setdefault(key, value) != value:
                found = '%s and %s' % (effects[key], value)
                path = '%s.%s' % (fault.path, key)
                self._problems.add(path, 'is set twice for %s' % what, found=found)

    def _flap(self, fault: Fault, flap: Flap) -> None:
        if self._flaps.setdefault(flap.place, flap) != flap:
            self._problems.add(fault.path + '.flap', 'is set twice for this link')

    # Rules

    def _drop_pair(self, pair: Pair) -> None:
        """The receiver drops what comes from the sender."""
        source, destination = (self._nodes[name] for name in pair)
        for address in source.addresses:
            self._rule(destination, _family(address), 'INPUT', '-s %s -j DROP' % address)

    def _drop_all(self, name: str) -> None:
        for family in ('ipv4', 'ipv6'):
            self._rule(self._nodes[name], family, 'INPUT', '! -i lo -j DROP')
            self._rule(self._nodes[name], family, 'OUTPUT', '! -o lo -j DROP')

    def _rule(self, node: Node, family: str, chain: str, rule: str) -> None:
        chains = self._dropped.setdefault(node.place[0], [])
        for entry in chains:
            if (entry['family'], entry['chain']) == (family, chain):
                entry['rules'] = list(dict.fromkeys([*entry['rules'], rule]))
                return
        chains.append({'family': family, 'chain': chain, 'rules': [rule]})

    # The layout

    def layout(self) -> Entry:
        namespaces = sorted({place[0] for place in (*self._of_links, *self._down)} | {*self._dropped})
        of_pairs = {self._nodes[source].place[0] for source, _destination in self._of_pairs}
        contents = {name: self._contents(name) for name in sorted({*namespaces, *of_pairs, HOST})}
        host = contents.pop(HOST)
        entries = [
            {'name': name, 'create': False, **content}
            for name, content in contents.items()
            if any(content.values())
        ]
        flaps = [_flap_entry(flap) for _place, flap in sorted(self._flaps.items())]
        return {**host, 'namespaces': entries, 'flaps': flaps}

    def _contents(self, namespace: str) -> Entry:
        links = [place[1] for place in self._down if place[0] == namespace]
        return {
            'links': [{'name': link, 'kind': 'physical', 'state': 'down'} for link in links],
            'qdiscs': self._qdiscs(namespace),
            'iptables': self._dropped.get(namespace, []),
        }

    def _qdiscs(self, namespace: str) -> list[Entry]:
        whole = {place: effects for place, effects in self._of_links.items() if place[0] == namespace}
        entries: list[Entry] = [{'link': place[1], **effects} for place, effects in whole.items() if effects]
        for (source, destination), effects in self._of_pairs.items():
            place = self._nodes[source].place
            if place[0] == namespace and effects:
                # A packet is in one queue alone: what is wrong with the whole link is wrong here, too.
                effects = {**whole.get(place, {}), **effects}
                addresses = self._nodes[destination].addresses
                entries += [{'link': place[1], 'to': address, **effects} for address in addresses]
        return entries


def _family(address: str) -> str:
    return 'ipv6' if ':' in address else 'ipv4'


def _flap_entry(flap: Flap) -> Entry:
    namespace, link = flap.place
    times = {'down': flap.down / _SECOND, 'up': flap.up / _SECOND}
    return {'namespace': namespace, 'link': link, **times}
