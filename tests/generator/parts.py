# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The parts of a document as it is written: its namespaces, the ends of its links, their networks."""

from __future__ import annotations

import ipaddress
import typing as t

Document = dict[str, t.Any]
Network = t.Union[ipaddress.IPv4Network, ipaddress.IPv6Network]

KINDS = ('veth', 'bridge', 'macvlan', 'vxlan', 'macvtap', 'ifb', 'tun', 'tap')
WITHOUT_LINK = ('blackhole', 'unreachable', 'prohibit', 'throw')


class LinkEnd(t.NamedTuple):
    """A link, or one end of a veth: ``entry`` has its settings, ``whole`` is the entry of ``links`` that it
    is in."""

    namespace: str
    name: str
    kind: str
    entry: dict[str, t.Any]
    whole: dict[str, t.Any]

    @property
    def up(self) -> bool:
        return bool(self.entry.get('state') != 'down')


def places(document: Document) -> dict[str, dict[str, t.Any]]:
    """The namespaces by name, the host's as ''. Replicas are left out: nothing but :mod:`repair` touches
    them."""
    entries = document.get('namespaces', ())
    return {'': document, **{entry['name']: entry for entry in entries if 'replicas' not in entry}}


def replicas(document: Document) -> list[dict[str, t.Any]]:
    return [entry for entry in document.get('namespaces', ()) if 'replicas' in entry]


def own_name(written: str) -> str:
    """The name that :func:`places` gives a namespace: the host's is ''."""
    return '' if written == 'host' else written


def ends(document: Document) -> list[LinkEnd]:
    members = []
    for namespace, place in places(document).items():
        for entry in place.get('links', ()):
            members.append(LinkEnd(namespace, entry['name'], entry['kind'], entry, entry))
            if entry['kind'] == 'veth':
                peer = entry['peer']
                where = own_name(peer.get('namespace', 'host'))
                members.append(LinkEnd(where, peer['name'], 'veth', peer, entry))
    return members


def text_of(address: t.Any) -> str:
    return address['address'] if isinstance(address, dict) else address


def addresses_of(members: t.Iterable[LinkEnd]) -> list[str]:
    return [text_of(address) for end in members for address in end.entry.get('addresses', ())]


def networks(members: t.Iterable[LinkEnd]) -> list[tuple[LinkEnd, Network, str]]:
    """Where gateways may be: ``(link, network, own address)`` of the links that are up."""
    connected = []
    for end in members:
        written = end.entry.get('addresses', ()) if end.up else ()
        interfaces = [(ipaddress.ip_interface(text_of(address)), _alone(address)) for address in written]
        # Only the first IPv4 address of a subnet on a link brings the route to it (fib_add_ifaddr): where one
        # address has none, there may be no route at all.
        without = {interface.network for interface, alone in interfaces if alone and interface.version == 4}
        for interface, alone in interfaces:
            network = interface.network
            reachable = not alone and network not in without and network.num_addresses > 1
            if reachable and not interface.ip.is_link_local:
                connected.append((end, network, str(interface.ip)))
    return connected


def _alone(address: t.Any) -> bool:
    """Whether an address brings no route to its network."""
    return isinstance(address, dict) and address.get('prefix_route') is False


def own_addresses(members: t.Iterable[LinkEnd]) -> dict[str, bool]:
    """The addresses of some links, and whether a route may have them as its source."""
    usable = {}
    for end in members:
        for address in end.entry.get('addresses', ()):
            tentative = isinstance(address, dict) and address.get('dad')
            usable[text_of(address).split('/')[0].lower()] = end.up and not tentative
    return usable


def leads_to_network(route: dict[str, t.Any]) -> bool:
    """Whether a route leads to a network on a link, where gateways of other routes may be."""
    return 'dev' in route and 'via' not in route and route['to'] != 'default' and 'table' not in route


def family_of(route: dict[str, t.Any]) -> str:
    gateways = [hop.get('via', '') for hop in route.get('nexthops', ())]
    texts = (route['to'], route.get('via', ''), route.get('src', ''), *gateways)
    return 'ipv6' if any(':' in text for text in texts) else 'ipv4'
