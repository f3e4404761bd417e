# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Follows the operator's connection from its socket out of the host, through links, bridges and namespaces.

Pure: nothing is read. Where it is not certain which way packets take, all ways count.
"""

from __future__ import annotations

import ipaddress
import typing as t

from ..kernel import uapi
from ..kernel.nla import S32, parse_attributes
from ..objects.link.kinds import kind_of
from ..objects.link.value import Link
from ..objects.management_path import Connection, ManagementPath, within
from ..objects.route.value import Route
from ..objects.state import Seen, Snapshot
from ..values.names import End

MAIN_TABLE = 254
_BRIDGING = frozenset(('bridge', 'bond', 'team'))
# Links whose packets stay packets of a link: of a card, of the other end, of a port, or of the link below.
# Behind all others is a program or a tunnel, whose own packets may go anywhere.
_FOLLOWED = _BRIDGING | {
    'dummy',
    'ipvlan',
    'ipvtap',
    'macvlan',
    'macvtap',
    'physical',
    'veth',
    'vlan',
    'vrf',
}


class Followed(t.NamedTuple):
    """The path; ``open_ends`` are its links that lead into namespaces which were not read, with the number
    that their own namespace has for that one.
    """

    path: ManagementPath
    open_ends: dict[End, int]


class _Way(t.NamedTuple):
    """How packets leave a namespace for the other end: over which links, to which addresses."""

    links: set[str]
    hops: set[str]


def follow(have: Snapshot, connection: Connection, end: str) -> Followed:
    """The path of a connection whose socket is in the namespace *end*, which *have* has."""
    return _Search(have, connection, end).result()


class _Search:
    def __init__(self, have: Snapshot, connection: Connection, end: str) -> None:
        self._have, self._connection, self._end = have, connection, end
        self._beside = _neighbours(have)
        self._links: set[End] = set()
        self._routers: set[str] = set()
        self._bridged: set[str] = set()
        self._unknown = ''

    def result(self) -> Followed:
        seen = self._have.seen[self._end]
        way = _way_out(seen, self._connection.peer)
        if _owns(seen, {self._connection.peer}):
            self._unknown = 'the connection comes from an address of this host, as by a proxy or a tunnel'
        local = {address.link for address in seen.addresses if address.ip == self._connection.local}
        starts = way.links | local
        self._links = {(self._end, name) for name in _stack_of(seen, starts)}
        pending = self._leave(self._end, starts, way.hops)
        while pending:
            namespace, entry = pending.pop()
            if namespace not in self._routers and namespace != self._end:
                self._routers.add(namespace)
                way_on = self._way_through(self._have.seen[namespace], entry)
                pending |= self._leave(namespace, way_on.links, way_on.hops)
        path = ManagementPath(
            self._connection,
            self._end,
            frozenset(self._links),
            frozenset(way.hops),
            frozenset(self._routers | self._bridged),
            self._unknown,
        )
        return Followed(path, self._open_ends())

    def _way_through(self, seen: Seen, entry: str) -> _Way:
        """The way on from a router that packets came to over the link *entry*. Where it has the address of
        the other end, which it may have put in place of another, and where no route leads there, all its
        other links count.
        """
        way = _way_out(seen, self._connection.peer)
        if way.links and not _owns(seen, {self._connection.peer}):
            return way
        return _Way({name for name in seen.links if name not in ('lo', entry)}, way.hops)

    def _leave(self, namespace: str, names: t.Iterable[str], hops: set[str]) -> set[End]:
        """Follow packets over the links *names* of a namespace. Returns where they are routed on.

        That is at who has one of the addresses *hops*. If nobody has, it is outside, where network cards lead
        to. If no card is connected either, it may be anybody who is.
        """
        came_from = self._spread([(namespace, name) for name in names])
        abroad = [place for place in came_from if place[0] != namespace]
        routers = [place for place in abroad if _owns(self._have.seen[place[0]], hops)]
        exits = [place for place in came_from if self._is_exit(place)]
        for place in routers or exits or came_from:
            self._note_way(place, came_from)
        on = routers or ([] if exits else abroad)
        return set(on)

    def _spread(self, starts: t.Iterable[End]) -> dict[End, End | None]:
        """All links that a frame may come to, each with the one before it."""
        came_from: dict[End, End | None] = dict.fromkeys(starts)
        pending = list(came_from)
        while pending:
            place = pending.pop()
            for beside in self._beside.get(place, ()):
                if beside not in came_from and self._have.link(beside) is not None:
                    came_from[beside] = place
                    pending.append(beside)
        return came_from

    def _is_exit(self, place: End) -> bool:
        link = self._have.link(place)
        if link is None or link.name == 'lo':
            return False
        return link.kind == 'physical' or link.kind not in _FOLLOWED or _lower_number(link) is not None

    def _note_way(self, place: End, came_from: t.Mapping[End, End | None]) -> None:
        """All on the way to *place* carries the connection, and the namespaces of bridges do."""
        step: End | None = place
        while step is not None:
            link = self._have.link(step)
            if link is not None:
                self._links.add(step)
                if link.kind in _BRIDGING and step[0] != self._end:
                    self._bridged.add(step[0])
                if link.kind not in _FOLLOWED:
                    self._unknown = 'the connection goes through %s of kind %s' % (link.title, link.kind)
            step = came_from[step]

    def _open_ends(self) -> dict[End, int]:
        numbers = {}
        for place in self._links:
            link = self._have.link(place)
            number = _lower_number(link) if link is not None else None
            if number is not None:
                numbers[place] = number
        return numbers


def _lower_number(link: Link) -> int | None:
    """The number of the namespace that a link leads into, if that was not read."""
    if link.peer is not None or link.parent is not None or not link.kernel:
        return None
    payload = parse_attributes(link.kernel, uapi.IFINFOMSG.size).get(uapi.IFLA_LINK_NETNSID)
    return None if payload is None else int(S32.unpack(payload))


def _neighbours(have: Snapshot) -> dict[End, list[End]]:
    """For each link those that its frames come to without being routed."""
    beside: dict[End, list[End]] = {}
    for seen in have.seen.values():
        for link in seen.links.values():
            master = seen.links.get(link.master or '')
            if master is not None and master.kind in _BRIDGING:
                beside.setdefault(link.end, []).append(master.end)
                beside.setdefault(master.end, []).append(link.end)
            if link.parent is not None:
                beside.setdefault(link.end, []).append(link.parent)
                if kind_of(link.kind).takes_packets:
                    beside.setdefault(link.parent, []).append(link.end)
            if link.peer is not None:
                beside.setdefault(link.end, []).append(link.peer)
    return beside


def _stack_of(seen: Seen, starts: t.Iterable[str]) -> set[str]:
    """Links of one namespace with what they stand on, their masters, and the ports of these."""
    stack = set(starts)
    pending = list(stack)
    while pending:
        name = pending.pop()
        lower = {port.name for port in seen.links.values() if port.master == name}
        link = seen.links.get(name)
        if link is not None:
            lower |= {link.master or name}
            if link.parent is not None and link.parent[0] == link.namespace:
                lower.add(link.parent[1])
        pending += lower - stack
        stack |= lower
    return stack


def _owns(seen: Seen, ips: t.Collection[str]) -> bool:
    return any(address.ip in ips for address in seen.addresses)


def _way_out(seen: Seen, peer: str) -> _Way:
    """The longest routes to an address in any table; addresses bring routes of their own."""
    ways = [(route.table, route.to, _Way(route.links, _gateways(route))) for route in seen.routes]
    ways += [(MAIN_TABLE, address.network, _Way({address.link}, set())) for address in seen.addresses]
    best: dict[int, tuple[int, _Way]] = {}
    for table, to, way in ways:
        if not within(peer, to):
            continue
        length = ipaddress.ip_network(to, strict=False).prefixlen
        longest, known = best.get(table, (-1, way))
        if length == longest:
            best[table] = (length, _Way(known.links | way.links, known.hops | way.hops))
        elif length > longest:
            best[table] = (length, way)
    links = {link for _length, way in best.values() for link in way.links}
    hops = {hop for _length, way in best.values() for hop in way.hops}
    return _Way(links, hops | {peer})


def _gateways(route: Route) -> set[str]:
    return {hop.via for hop in route.hops if hop.via}
