# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Nexthop objects and groups."""

from __future__ import annotations

import random
import typing as t
import zlib

from .parts import ends, family_of, leads_to_network, places
from .writer import Writer

Entry = dict[str, t.Any]
_HOP = ('via', 'dev', 'onlink')


class Nexthops(Writer):
    """Writes some routes of a finished document as routes over nexthop objects. The same routes have the same
    ones. Before a change the routes have their hops themselves again."""

    def write_nexthops(self) -> None:
        for namespace, place in places(self.document).items():
            known: dict[int, Entry] = {}
            links = self._with_carriers(namespace)
            for route in place.get('routes', ()):
                self._move(route, links, known)
            if known:
                place['nexthops'] = list(known.values())

    def _with_carriers(self, namespace: str) -> set[str]:
        """Links that are sure to have a carrier: the kernel takes nexthops over no others (nh_check_attr)."""
        everywhere = ends(self.document)
        down = [id(end.whole) for end in everywhere if not end.up]
        cables = [end for end in self.ends_in(namespace) if end.kind == 'veth']
        return {end.name for end in cables if id(end.whole) not in down}

    def _move(self, route: Entry, links: set[str], known: dict[int, Entry]) -> None:
        """Give the hops of a route to nexthop objects, if the dice say so and its numbers are free."""
        hops = route.get('nexthops') or [{key: route[key] for key in _HOP if key in route}]
        said = sorted([(key, str(value)) for key, value in route.items() if key != 'family'])
        if random.Random(repr(said)).random() < 0.5 or not all(hop.get('dev') in links for hop in hops):
            return
        if leads_to_network(route):  # gateways of other routes are there
            return
        family = route.get('family') or family_of(route)
        singles = {self._number(_likeness(hop, family)): _single(hop, family) for hop in hops}
        entries = {number: {'id': number, **single} for number, single in singles.items()}
        nhid = next(iter(entries))
        if len(hops) > 1:
            nhid = self._number('group %s' % route['to'])
            members = [_member(number, hop) for number, hop in zip(singles, hops)]
            entries[nhid] = {'id': nhid, 'group': members}
        clashes = [number for number, entry in entries.items() if known.get(number, entry) != entry]
        if clashes or len(singles) < len(hops):
            return
        for key in (*_HOP, 'nexthops'):
            route.pop(key, None)
        route['nhid'] = nhid
        if route['to'] == 'default':
            route['family'] = family
        known.update(entries)

    def _number(self, likeness: str) -> int:
        """Of each scope others, and the same for a nexthop that may take the place of another one."""
        return self.net << 16 | zlib.crc32(likeness.encode()) & 0xFFFF

    def take_nexthops_back(self) -> None:
        """Undo write_nexthops()."""
        for place in places(self.document).values():
            known = {entry['id']: entry for entry in place.pop('nexthops', ())}
            for route in place.get('routes', ()):
                entry = known.get(route.pop('nhid', None), {})
                route.update({key: entry[key] for key in _HOP if key in entry})
                if 'group' in entry:
                    route['nexthops'] = [_hop(member, known) for member in entry['group']]


def _likeness(hop: Entry, family: str) -> str:
    return '%s over %s %s' % (family, hop['dev'], hop.get('via', '')[-1:] in '02468ace')


def _single(hop: Entry, family: str) -> Entry:
    single = {key: hop[key] for key in _HOP if key in hop}
    return single if 'via' in hop or family == 'ipv4' else {**single, 'family': family}


def _member(number: int, hop: Entry) -> t.Any:
    return {'id': number, 'weight': hop['weight']} if hop.get('weight', 1) > 1 else number


def _hop(member: t.Any, known: dict[int, Entry]) -> Entry:
    number, weight = (member['id'], member['weight']) if isinstance(member, dict) else (member, 1)
    hop = {key: known[number][key] for key in _HOP if key in known[number]}
    return {**hop, 'weight': weight} if weight > 1 else hop
