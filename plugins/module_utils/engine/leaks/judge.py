# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is a leak between namespaces that shall know nothing of each other. A pure function of what was seen.

Both may have the same networks, addresses and gateways on purpose. So an address tells nothing by itself; what tells is where it is, the
hardware address behind it, and the ways that packets have.
"""

from __future__ import annotations

import ipaddress
import itertools
import typing as t

from ...objects.local import Local
from ...objects.reachability import Crossings, Reachability
from ...values.names import HOST, place
from .scene import Ground, Side
from .ways import FAMILIES, Ways, spelled

KINDS = ('namespace', 'link', 'forwarding', 'address', 'route', 'neighbour', 'socket', 'dns')


class Leak(t.NamedTuple):
    """``kind`` is one of KINDS, ``namespaces`` are the two as people read them."""

    kind: str
    namespaces: tuple[str, str]
    text: str

    def line(self) -> str:
        return 'leak between %s and %s: %s: %s' % (*self.namespaces, self.kind, self.text)


def _own(address: str) -> bool:
    """Whether every namespace has such addresses for itself."""
    one = ipaddress.ip_address(address)
    return one.is_loopback or one.is_link_local or one.is_unspecified


def _networks(side: Side) -> list[tuple[t.Any, Local]]:
    return [
        (ipaddress.ip_interface('%s/%d' % (one.address, one.length)).network, one)
        for one in side.locals
        if not _own(one.address)
    ]


def _has(networks: t.Iterable[tuple[t.Any, Local]], other: t.Any) -> bool:
    return any(network.version == other.version and network.overlaps(other) for network, _local in networks)


class _Field:
    """What is the same for all pairs: the ways of packets with and without the links that may lead across, and the networks of each side."""

    def __init__(self, ground: Ground, wanted: Reachability) -> None:
        self.ground, self.wanted = ground, wanted
        self.ways = Ways(ground, wanted.crossings)
        self.all_ways = Ways(ground, Crossings(forwarding=wanted.crossings.forwarding))
        self.networks = {name: _networks(side) for name, side in ground.sides.items()}
        self.vlans = [
            (end, link.parent)
            for end, link in sorted(ground.links.items())
            if link.kind == 'vlan' and link.parent
        ]


class _Pair:
    """Two namespaces and what leaks between them."""

    def __init__(self, field: _Field, one: str, other: str) -> None:
        self.field, self.ground, self.names, self.wanted = field, field.ground, (one, other), field.wanted
        self.sides = (self.ground.sides[one], self.ground.sides[other])
        self.found: list[Leak] = []

    def add(self, kind: str, text: str) -> None:
        leak = Leak(kind, (place(self.names[0]), place(self.names[1])), text)
        if leak not in self.found:
            self.found.append(leak)

    def both(self) -> t.Iterator[tuple[tuple[str, Side], tuple[str, Side]]]:
        """Each with the other."""
        pairs = tuple(zip(self.names, self.sides))
        yield pairs[0], pairs[1]
        yield pairs[1], pairs[0]

    def judge(self) -> list[Leak]:
        if self.sides[0].identity == self.sides[1].identity:
            self.add('namespace', 'both names are of one and the same namespace')
            return self.found
        self.links()
        self.forwarding()
        self.addresses()
        for (one, mine), (other, theirs) in self.both():
            self.routes(one, other, theirs)
            self.neighbours(one, mine, other, theirs)
            self.sockets(one, mine, other, theirs)
        self.nameservers()
        return self.found

    def crosses(self, namespace: str, link: str) -> bool:
        return self.wanted.crossings.has_link(namespace, link)

    def links(self) -> None:
        for way in self.field.ways.between(*self.names):
            self.add('link', 'frames pass over %s; remove it, or name it in crossings.links' % way.text())
        for end, parent in self.field.vlans:
            if (
                {end[0], parent[0]} == set(self.names)
                and not self.crosses(*end)
                and not self.crosses(*parent)
            ):
                self.add(
                    'link',
                    '%s is a VLAN of %s; move it, or name it in crossings.links'
                    % (spelled(end), spelled(parent)),
                )

    def forwarding(self) -> None:
        advice = 'turn forwarding off, or name %s in crossings.forwarding'
        for way in self.field.all_ways.between(*self.names):
            for end, family, others in self.field.all_ways.forwarders(way):
                self.add(
                    'forwarding',
                    '%s forwards %s between %s, which leads to %s, and %s; '
                    % (
                        place(end[0]),
                        FAMILIES[family],
                        end[1],
                        place(self.names[end[0] == self.names[0]]),
                        ', '.join(other for _namespace, other in others),
                    )
                    + advice % place(end[0]),
                )
        told: set[tuple[frozenset[t.Any], str]] = set()
        for family in FAMILIES:
            for one, other in (self.names, self.names[::-1]):
                for way in self.field.ways.between(one, other, family):
                    if (frozenset(way.ends), family) not in told:
                        told.add((frozenset(way.ends), family))
                        names = ' and '.join(
                            dict.fromkeys(place(end[0]) for end in way.ends if end[0] not in self.names)
                        )
                        self.add(
                            'forwarding',
                            '%s passes from %s to %s over %s; '
                            % (FAMILIES[family], place(one), place(other), way.text())
                            + advice % names,
                        )

    def addresses(self) -> None:
        allowed = self.wanted.crossings
        if not self.wanted.overlap:
            mine, theirs = (
                [
                    (network, local)
                    for network, local in self.field.networks[name]
                    if not self.crosses(name, local.link)
                ]
                for name in self.names
            )
            for (network, one), (others, other) in itertools.product(mine, theirs):
                if (
                    network.version == others.version
                    and network.overlaps(others)
                    and not (allowed.covers(str(network)) or allowed.covers(str(others)))
                ):
                    self.add(
                        'address',
                        'the networks of %s/%d on %s and %s/%d on %s overlap; renumber one, or set overlap: true'
                        % (
                            one.address,
                            one.length,
                            spelled((self.names[0], one.link)),
                            other.address,
                            other.length,
                            spelled((self.names[1], other.link)),
                        ),
                    )
            return
        for one, other in itertools.product(*(side.locals for side in self.sides)):
            same = one.length == other.length and 'lo' not in (one.link, other.link)
            if (
                one.address == other.address
                and not _own(one.address)
                and not same
                and not allowed.covers(one.address)
            ):
                self.add(
                    'address',
                    '%s is on %s as /%d and on %s as /%d, so it is not the same network twice; remove one'
                    % (
                        one.address,
                        spelled((self.names[0], one.link)),
                        one.length,
                        spelled((self.names[1], other.link)),
                        other.length,
                    ),
                )

    def routes(self, one: str, other: str, theirs: Side) -> None:
        """What is mine, in the routes of the other."""
        for route in theirs.routes:
            to = ipaddress.ip_network(route.to)
            if (
                route.type != 'unicast'
                or not to.prefixlen
                or self.wanted.crossings.covers(route.to)
                or _has(self.field.networks[other], to)
            ):
                continue
            for network, local in self.field.networks[one]:
                if network.version == to.version and to.subnet_of(network):
                    self.add(
                        'route',
                        '%s has a route to %s %s, and that is in the network of %s/%d on %s; remove it, or name it in crossings.networks'
                        % (
                            place(other),
                            route.to,
                            ' '.join(hop.text() for hop in route.hops),
                            local.address,
                            local.length,
                            spelled((one, local.link)),
                        ),
                    )
                    break

    def neighbours(self, one: str, mine: Side, other: str, theirs: Side) -> None:
        """My hardware addresses, among the neighbours of the other."""
        macs = {
            mac: link
            for link, mac in sorted(mine.macs.items(), reverse=True)
            if len(mac) == 17 and mac != '00:00:00:00:00:00'
        }
        for entry in theirs.neighbours:
            link = macs.get(entry.mac)
            if (
                link is None
                or entry.mac in theirs.macs.values()
                or self.crosses(other, entry.link)
                or self.crosses(one, link)
            ):
                continue
            self.add(
                'neighbour',
                '%s has heard of %s, and that is %s; part the wires'
                % (place(other), entry.text(), spelled((one, link))),
            )

    def sockets(self, one: str, mine: Side, other: str, theirs: Side) -> None:
        """My addresses, in the sockets of the other."""
        foreign = {local.address for local in mine.locals} - {local.address for local in theirs.locals}
        for sock in theirs.sockets:
            spot = sock.place
            if (
                spot.address in foreign
                and not _own(spot.address)
                and not self.wanted.crossings.covers(spot.address)
            ):
                held = (
                    ', '.join(holder.text() for holder in self.ground.holders.get(sock.inode, [])[:5])
                    or 'a process that /proc does not show'
                )
                self.add(
                    'socket',
                    '%s in %s is bound to an address of %s, held by %s'
                    % (spot.text(), place(other), place(one), held),
                )

    def nameservers(self) -> None:
        one, other = self.sides
        networks = [self.field.networks[name] for name in self.names]
        for (server, where, lent), (another, there, lent_too) in itertools.product(
            one.resolver.servers, other.resolver.servers
        ):
            if server != another or server in self.wanted.crossings.nameservers:
                continue
            try:
                address = ipaddress.ip_network(server)
            except ValueError:
                continue
            if address.is_loopback:  # each asks itself
                continue
            near = self.wanted.overlap and all(_has(found, address) for found in networks)
            if lent or lent_too or not near:
                self.add(
                    'dns',
                    '%s is asked for the names of both (%s of %s, %s of %s); give each servers of its own, or name it in '
                    'crossings.nameservers'
                    % (server, where, place(self.names[0]), there, place(self.names[1])),
                )
        for (name, side), (another_name, another_side) in self.both():
            for helper, where in side.resolver.helpers.items():
                if another_name == HOST or helper in another_side.resolver.helpers:
                    self.add(
                        'dns',
                        '%s answers for %s from the network of the host (%s); leave files and dns alone in its nsswitch.conf, and hide '
                        'the socket' % (helper, place(name), where),
                    )


def leaks(ground: Ground, wanted: Reachability) -> list[Leak]:
    """All leaks between any two of the namespaces that shall be separate."""
    field = _Field(ground, wanted)
    return [
        leak
        for one, other in itertools.combinations(wanted.separate, 2)
        for leak in _Pair(field, one, other).judge()
    ]
