# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What leaks between namespaces that have to be separate. A pure function of what was read.

Both may have the same networks, addresses and gateways on purpose. So an address proves nothing by itself.
What does is where it is, the hardware address behind it, and the paths that packets have.
"""

from __future__ import annotations

import ipaddress
import itertools
import typing as t

from ...objects.local_addresses import LocalAddress
from ...objects.reachability import Crossings, Reachability
from ...objects.route.value import Route
from ...values.names import HOST, End, place
from .host_state import HostState, NamespaceState
from .paths import FAMILIES, Topology, end_text
from .resolvers import NameServer

LeakKind = t.Literal['namespace', 'link', 'forwarding', 'address', 'route', 'neighbour', 'socket', 'dns']
_MOST_HOLDERS = 5  # that a message names


class Leak(t.NamedTuple):
    """``namespaces`` are the two as people read them."""

    kind: LeakKind
    namespaces: tuple[str, str]
    text: str

    def line(self) -> str:
        return 'leak between %s and %s: %s: %s' % (*self.namespaces, self.kind, self.text)


class _Network(t.NamedTuple):
    """The network of an address."""

    network: t.Any
    address: LocalAddress

    def text(self) -> str:
        return '%s/%d' % (self.address.address, self.address.length)


def _is_private(address: str) -> bool:
    """Whether every namespace has this address for itself."""
    parsed = ipaddress.ip_address(address)
    return parsed.is_loopback or parsed.is_link_local or parsed.is_unspecified


def _networks(state: NamespaceState) -> list[_Network]:
    networks = []
    for address in state.addresses:
        if not _is_private(address.address):
            interface = ipaddress.ip_interface('%s/%d' % (address.address, address.length))
            networks.append(_Network(interface.network, address))
    return networks


def _overlap(network: t.Any, other: t.Any) -> bool:
    return bool(network.version == other.version and network.overlaps(other))


class _Side(t.NamedTuple):
    """One namespace of a pair."""

    name: str
    state: NamespaceState
    networks: list[_Network]

    def addresses(self) -> set[str]:
        return {address.address for address in self.state.addresses}

    def overlaps(self, network: t.Any) -> bool:
        return any(_overlap(own.network, network) for own in self.networks)


class _Host:
    """What is the same for all pairs: the topology with and without the crossings, and the VLANs."""

    def __init__(self, state: HostState, want: Reachability) -> None:
        self.state, self.want = state, want
        self.topology = Topology(state, want.crossings)
        self.with_crossings = Topology(state, Crossings(forwarding=want.crossings.forwarding))
        self.vlans: list[tuple[End, End]] = []
        for end, link in sorted(state.links.items()):
            if link.kind == 'vlan' and link.parent:
                self.vlans.append((end, link.parent))
        self.sides: dict[str, _Side] = {}
        for name, namespace in state.namespaces.items():
            self.sides[name] = _Side(name, namespace, _networks(namespace))


class _Pair:
    """Two namespaces, and what leaks between them."""

    def __init__(self, host: _Host, first: str, second: str) -> None:
        self.host, self.crossings = host, host.want.crossings
        self.names = (first, second)
        self.first, self.second = host.sides[first], host.sides[second]
        self.leaks: list[Leak] = []

    def add(self, kind: LeakKind, text: str) -> None:
        leak = Leak(kind, (place(self.names[0]), place(self.names[1])), text)
        if leak not in self.leaks:
            self.leaks.append(leak)

    def both_ways(self) -> tuple[tuple[_Side, _Side], tuple[_Side, _Side]]:
        return (self.first, self.second), (self.second, self.first)

    def find(self) -> list[Leak]:
        if self.first.state.identity == self.second.state.identity:
            self.add('namespace', 'both names are of one and the same namespace')
            return self.leaks
        self.find_links()
        self.find_forwarding_of_wires()
        self.find_forwarding()
        if self.host.want.overlap:
            self.find_addresses()
        else:
            self.find_overlaps()
        for side, other in self.both_ways():
            self.find_routes(side, other)
            self.find_neighbours(side, other)
            self.find_sockets(side, other)
        self.find_name_servers()
        for side, other in self.both_ways():
            self.find_daemons(side, other)
        return self.leaks

    def crosses(self, side: _Side, link: str) -> bool:
        """Whether a link leads to the other namespace on purpose."""
        return self.crossings.has_link(side.name, link)

    def find_links(self) -> None:
        for path in self.host.topology.paths(*self.names):
            self.add('link', 'frames pass over %s; remove it, or name it in crossings.links' % path.text())
        for end, parent in self.host.vlans:
            of_both = {end[0], parent[0]} == set(self.names)
            if of_both and not self.crossings.has_link(*end) and not self.crossings.has_link(*parent):
                self.add(
                    'link',
                    '%s is a VLAN of %s; move it, or name it in crossings.links'
                    % (end_text(end), end_text(parent)),
                )

    def find_forwarding_of_wires(self) -> None:
        """Wires between the two, also those that cross on purpose, behind which one of them forwards."""
        topology = self.host.with_crossings
        for path in topology.paths(*self.names):
            for end, family, others in topology.forwarders(path):
                other_side = self.names[1] if end[0] == self.names[0] else self.names[0]
                text = '%s forwards %s between %s, which leads to %s, and %s; %s' % (
                    place(end[0]),
                    FAMILIES[family],
                    end[1],
                    place(other_side),
                    ', '.join(name for _namespace, name in others),
                    _advice(place(end[0])),
                )
                self.add('forwarding', text)

    def find_forwarding(self) -> None:
        """Paths that a third namespace forwards on; each once, not once in each direction."""
        known: set[tuple[frozenset[End], str]] = set()
        for family in FAMILIES:
            for start, goal in (self.names, self.names[::-1]):
                for path in self.host.topology.paths(start, goal, family):
                    key = (frozenset(path.ends), family)
                    if key in known:
                        continue
                    known.add(key)
                    between = dict.fromkeys(place(end[0]) for end in path.ends if end[0] not in self.names)
                    text = '%s passes from %s to %s over %s; %s' % (
                        FAMILIES[family],
                        place(start),
                        place(goal),
                        path.text(),
                        _advice(' and '.join(between)),
                    )
                    self.add('forwarding', text)

    def find_overlaps(self) -> None:
        """Networks of the two that overlap, where none may."""
        for own, other in itertools.product(
            self.separate_networks(self.first), self.separate_networks(self.second)
        ):
            if _overlap(own.network, other.network):
                text = 'the networks of %s on %s and %s on %s overlap; renumber one, or set overlap: true' % (
                    own.text(),
                    end_text((self.names[0], own.address.link)),
                    other.text(),
                    end_text((self.names[1], other.address.link)),
                )
                self.add('address', text)

    def separate_networks(self, side: _Side) -> list[_Network]:
        """The networks of a namespace that are not shared on purpose."""
        networks = []
        for own in side.networks:
            if not self.crosses(side, own.address.link) and not self.crossings.covers(str(own.network)):
                networks.append(own)
        return networks

    def find_addresses(self) -> None:
        """Addresses of both that are not the same network twice."""
        for own, other in itertools.product(self.first.state.addresses, self.second.state.addresses):
            if own.address != other.address or _is_private(own.address):
                continue
            twice = own.length == other.length and 'lo' not in (own.link, other.link)
            if twice or self.crossings.covers(own.address):
                continue
            text = '%s is on %s as /%d and on %s as /%d, so it is not the same network twice; remove one' % (
                own.address,
                end_text((self.names[0], own.link)),
                own.length,
                end_text((self.names[1], other.link)),
                other.length,
            )
            self.add('address', text)

    def find_routes(self, side: _Side, other: _Side) -> None:
        """Routes of *other* into networks of *side*."""
        for route in other.state.routes:
            own = self.target_of(route, side, other)
            if own is not None:
                text = (
                    '%s has a route to %s %s, which is in the network of %s on %s; '
                    'remove it, or name it in crossings.networks'
                    % (
                        place(other.name),
                        route.to,
                        ' '.join(hop.text() for hop in route.hops),
                        own.text(),
                        end_text((side.name, own.address.link)),
                    )
                )
                self.add('route', text)

    def target_of(self, route: Route, side: _Side, other: _Side) -> _Network | None:
        """The network of *side* that a route of *other* leads into."""
        to = ipaddress.ip_network(route.to)
        if route.type != 'unicast' or not to.prefixlen:
            return None
        if self.crossings.covers(route.to) or other.overlaps(to):
            return None
        for own in side.networks:
            if own.network.version == to.version and to.subnet_of(own.network):
                return own
        return None

    def find_neighbours(self, side: _Side, other: _Side) -> None:
        """Hardware addresses of *side* among the neighbours of *other*."""
        links = {}
        for link, mac in sorted(side.state.macs.items(), reverse=True):
            if len(mac) == 17 and mac != '00:00:00:00:00:00':
                links[mac] = link
        for entry in other.state.neighbours:
            link = links.get(entry.mac)
            if link is None or entry.mac in other.state.macs.values():
                continue
            if self.crosses(other, entry.link) or self.crosses(side, link):
                continue
            text = '%s knows the neighbour %s, which is %s; separate the links' % (
                place(other.name),
                entry.text(),
                end_text((side.name, link)),
            )
            self.add('neighbour', text)

    def find_sockets(self, side: _Side, other: _Side) -> None:
        """Sockets of *other* that are bound to addresses of *side*."""
        foreign = side.addresses() - other.addresses()
        for sock in other.state.sockets:
            address = sock.endpoint.address
            if address not in foreign or _is_private(address) or self.crossings.covers(address):
                continue
            holders = self.host.state.holders.get(sock.inode, [])[:_MOST_HOLDERS]
            text = '%s in %s is bound to an address of %s, held by %s' % (
                sock.endpoint.text(),
                place(other.name),
                place(side.name),
                ', '.join(holder.text() for holder in holders) or 'a process that /proc does not show',
            )
            self.add('socket', text)

    def find_name_servers(self) -> None:
        """Name servers that both ask."""
        for own, other in itertools.product(
            self.first.state.resolver.servers, self.second.state.resolver.servers
        ):
            if own.address == other.address and self.is_shared(own, other):
                text = (
                    '%s is a name server of both (%s of %s, %s of %s); '
                    'give each servers of its own, or name it in crossings.nameservers'
                    % (
                        own.address,
                        own.written_in,
                        place(self.names[0]),
                        other.written_in,
                        place(self.names[1]),
                    )
                )
                self.add('dns', text)

    def is_shared(self, own: NameServer, other: NameServer) -> bool:
        """Whether the same address is the same server, and not on purpose."""
        if own.address in self.crossings.nameservers:
            return False
        try:
            network = ipaddress.ip_network(own.address)
        except ValueError:
            return False
        if network.is_loopback:  # each asks itself
            return False
        if own.of_host or other.of_host or not self.host.want.overlap:
            return True
        return not (self.first.overlaps(network) and self.second.overlaps(network))

    def find_daemons(self, side: _Side, other: _Side) -> None:
        """Daemons by which *side* looks up names in the network of the host, or as *other* does."""
        for daemon, who in side.state.resolver.daemons.items():
            if other.name == HOST or daemon in other.state.resolver.daemons:
                text = (
                    '%s answers for %s from the network of the host (%s); '
                    'leave files and dns alone in its nsswitch.conf, and hide the socket'
                    % (daemon, place(side.name), who)
                )
                self.add('dns', text)


def _advice(namespaces: str) -> str:
    return 'turn forwarding off, or name %s in crossings.forwarding' % namespaces


def find_leaks(state: HostState, want: Reachability) -> list[Leak]:
    """All leaks between any two of the namespaces that have to be separate."""
    host = _Host(state, want)
    leaks = []
    for first, second in itertools.combinations(want.separate, 2):
        leaks += _Pair(host, first, second).find()
    return leaks
