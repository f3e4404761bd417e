# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Remove from a document what the kernel would refuse, because a change took away what it needs."""

from __future__ import annotations

import ipaddress
import re
import typing as t

from .parts import (
    Document,
    LinkEnd,
    Network,
    ends,
    family_of,
    leads_to_network,
    networks,
    own_addresses,
    own_name,
    places,
    replicas,
)

Links = dict[tuple[str, str], LinkEnd]


def repair(document: Document) -> None:
    _remove_lost_links(document)
    links = {(end.namespace, end.name): end for end in ends(document)}
    _repair_masters(document, links)
    _repair_mtus(links)
    for namespace, place in places(document).items():
        here = [end for end in ends(document) if end.namespace == namespace]
        if 'routes' in place:
            place['routes'] = _standing_routes(place['routes'], here)
        names = {end.name for end in here}
        _repair_sysctls(place, names)
        _repair_chains(place)
        if 'nftables' in place:
            place['nftables'] = [entry for entry in place['nftables'] if names >= _links_by_number(entry)]


def _links_by_number(table: dict[str, t.Any]) -> set[str]:
    """The links that must exist, because a rule of a table names them by their numbers."""
    return set(re.findall(r'\biif "([^"]+)"', table['content']))


# Links.


def _remove_lost_links(document: Document) -> None:
    """Remove links without their namespace or parent, until none is left: one may have been the parent of
    another."""
    while True:
        links = {(end.namespace, end.name): end for end in ends(document)}
        lost = [id(end.whole) for end in links.values() if _is_lost(end, links, places(document))]
        if not lost:
            return
        for place in places(document).values():
            if 'links' in place:
                place['links'] = [entry for entry in place['links'] if id(entry) not in lost]


def _is_lost(end: LinkEnd, links: Links, known: t.Container[str]) -> bool:
    if end.kind == 'veth':
        return end.namespace not in known
    if end.kind not in ('macvlan', 'macvtap'):
        return False
    parent = links.get(_parent(end))
    # The bridge has the receive handler of a port: EBUSY. A macvlan on a macvlan is moved by the kernel
    # to the link below (macvlan_common_newlink), and one on a link that is down stays without a carrier.
    return (
        parent is None
        or parent.kind in ('macvlan', 'macvtap')
        or bool(parent.entry.get('master'))
        or not parent.up
    )


def _parent(macvlan: LinkEnd) -> tuple[str, str]:
    return own_name(macvlan.entry.get('link_namespace', macvlan.namespace)), macvlan.entry['link']


def _repair_masters(document: Document, links: Links) -> None:
    members = [(end.namespace, end.entry) for end in links.values()]
    members += [('', link['peer']) for entry in replicas(document) for link in entry['links']]
    for namespace, entry in members:
        master = links.get((namespace, entry.get('master', '')))
        if entry.get('master') and (master is None or master.kind != 'bridge'):
            del entry['master']
        if not entry.get('master'):
            entry.pop('port', None)


def _repair_mtus(links: Links) -> None:
    mtus: dict[tuple[str, str], int] = {}
    for key, end in links.items():
        mtus[key] = end.entry.get('mtu', 1500)
        if end.kind == 'bridge':
            # Without an MTU of its own it has the least of its ports' (br_mtu_auto_adjust).
            mtus[key] = min([mtus[key], *_mtus_of_ports(key, links)])
            if 'mtu' in end.entry:
                end.entry['mtu'] = mtus[key]
    for end in links.values():
        # EINVAL for more than its link has
        if end.kind in ('macvlan', 'macvtap') and end.entry.get('mtu', 0) > mtus[_parent(end)]:
            del end.entry['mtu']


def _mtus_of_ports(bridge: tuple[str, str], links: Links) -> list[int]:
    ports = [end.entry for end in links.values() if (end.namespace, end.entry.get('master')) == bridge]
    return [entry.get('mtu', 1450) for entry in ports]


# Routes.


class _Surroundings(t.NamedTuple):
    """What decides whether a route can exist."""

    links: dict[str, LinkEnd]
    own: dict[str, bool]
    broadcasts: set[str]
    gateways: list[tuple[str, Network]]


def _standing_routes(routes: list[dict[str, t.Any]], here: list[LinkEnd]) -> list[dict[str, t.Any]]:
    """The routes that can exist beside each other. One may need another, for its gateway: so look until
    nothing changes."""
    connected = networks(here)
    while True:
        gateways = [(end.name, network) for end, network, _ip in connected]
        for route in routes:
            if leads_to_network(route):
                gateways.append((route['dev'], ipaddress.ip_network(route['to'])))
        links = {end.name: end for end in here}
        surroundings = _Surroundings(links, own_addresses(here), _broadcasts(connected), gateways)
        standing = _distinct([route for route in routes if _stands(route, surroundings)])
        if len(standing) == len(routes):
            return standing
        routes = standing


def _broadcasts(connected: list[tuple[LinkEnd, Network, str]]) -> set[str]:
    edges: set[str] = set()
    for _end, network, _ip in connected:
        if network.version == 4 and network.num_addresses > 2:
            edges |= {str(network.network_address), str(network.broadcast_address)}
    return edges


def _stands(route: dict[str, t.Any], around: _Surroundings) -> bool:
    if 'src' in route and not around.own.get(route['src']):
        return False
    return all(_hop_stands(hop, around) for hop in route.get('nexthops') or [route])


def _hop_stands(hop: dict[str, t.Any], around: _Surroundings) -> bool:
    via, dev = hop.get('via'), hop.get('dev')
    if dev is not None and (dev not in around.links or not around.links[dev].up):  # ENETDOWN
        return False
    if via is None:
        return True
    if via in around.own or via in around.broadcasts:  # EINVAL: a gateway is a host, and another one
        return False
    gateway = ipaddress.ip_address(via)
    if hop.get('onlink') or gateway.is_link_local:
        return True
    return any(
        network.version == gateway.version and gateway in network and dev in (None, name)
        for name, network in around.gateways
    )


def _distinct(routes: list[dict[str, t.Any]]) -> list[dict[str, t.Any]]:
    """The first route of each key that the kernel tells routes apart by."""
    first: dict[tuple[t.Any, ...], dict[str, t.Any]] = {}
    for route in routes:
        family = route.get('family') or family_of(route)
        metric = route.get('metric') or (1024 if family == 'ipv6' else 0)
        key = (family, route['to'], route.get('table', 'main'), metric, route.get('tos', 0))
        first.setdefault(key, route)
    return list(first.values())


# Sysctls and chains.


def _repair_sysctls(place: dict[str, t.Any], names: set[str]) -> None:
    for key in list(place.get('sysctls', ())):
        match = re.match(r'net\.ipv[46]\.conf\.(.+)\.[a-z_]+\Z', key)
        if not match or match.group(1) in ('all', 'default'):
            continue
        if match.group(1).replace('/', '.') not in names:
            del place['sysctls'][key]


def _chains_of(entry: dict[str, t.Any], name: str) -> set[tuple[str, str, str]]:
    """The chain *name* in the table of an entry, in each of its families."""
    family = entry.get('family', 'ipv4')
    families = ('ipv4', 'ipv6') if family == 'both' else (family,)
    return {(entry.get('table', 'filter'), name, one) for one in families}


def _repair_chains(place: dict[str, t.Any]) -> None:
    """Remove rules that jump to a chain that is gone."""
    chains = place.get('iptables', [])
    known = {chain for entry in chains for chain in _chains_of(entry, entry['chain'])}
    for entry in chains:
        rules = []
        for rule in entry.get('rules', ()):
            match = re.search(r'-[jg] (to-\S+)\Z', rule)
            if not match or _chains_of(entry, match.group(1)) <= known:
                rules.append(rule)
        if 'rules' in entry:
            entry['rules'] = rules
