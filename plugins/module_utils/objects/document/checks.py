# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of a document as a whole. Each object for itself is right by now."""

from __future__ import annotations

import functools
import ipaddress
import typing as t

from ...values.names import HOST, End, needs_link, place
from ..address.value import Address, share_ip
from ..attribute import Value
from ..link.kinds import OTHERS, OTHERS_OF_PORT
from ..link.order import lower_links
from ..link.value import Link
from ..link.vlans import VLANS
from ..route.value import Hop, Route
from .link_checks import check_altnames, check_parents, check_vxlans
from .neighbour_checks import check_fdb, check_neighbours
from .reader import DocumentReader

Links = dict[End, Link]
_WITH_PORTS = ('bridge', 'bond', 'vrf', 'physical')
_MOST_SHOWN = 8  # networks in an error
_LEAST_MTU = {'ipv4': 68, 'ipv6': 1280}

_address = functools.lru_cache(maxsize=1 << 12)(ipaddress.ip_address)
_network = functools.lru_cache(maxsize=1 << 12)(ipaddress.ip_network)


@functools.lru_cache(maxsize=1 << 8)
def _by_length(networks: tuple[str, ...]) -> dict[tuple[int, int], set[int]]:
    """The bits of networks before their host bits, by version of IP and number of host bits."""
    numbers: dict[tuple[int, int], set[int]] = {}
    for network in map(_network, networks):
        host_bits = network.max_prefixlen - network.prefixlen
        bits = int(network.network_address) >> host_bits
        numbers.setdefault((network.version, host_bits), set()).add(bits)
    return numbers


@functools.lru_cache(maxsize=1 << 12)
def _within(ip: str, networks: tuple[str, ...]) -> bool:
    """Whether an address is in one of some networks. Many namespaces ask the same."""
    address = _address(ip)
    lengths = _by_length(networks).items()
    return any(
        version == address.version and int(address) >> bits in numbers for (version, bits), numbers in lengths
    )


def check_document(document: DocumentReader) -> None:
    """Note all problems between the objects of a document."""
    _check_nsids(document)
    links = _check_links(document)
    _check_loopbacks(document)
    _check_addresses(document, links)
    _check_routes(document, links)
    over_nexthops = [entry for _path, entry in document.fdb if entry.nhid]
    if document.nexthops or over_nexthops or any(route.extra for _path, route in document.routes):
        from .nexthop_checks import check_nexthops

        check_nexthops(document, links)
    _check_rules(document)
    if document.neighbours:
        check_neighbours(document, links)
    if document.fdb:
        check_fdb(document, links)
    _check_sysctls(document, links)
    _check_ipv6(document)
    if document.qdiscs:
        from .qdisc_checks import check_qdiscs

        check_qdiscs(document, links)
    _check_firewall(document)


def _check_nsids(document: DocumentReader) -> None:
    names: dict[int, str] = {}
    for namespace in document.namespaces.values():
        if namespace.nsid is None:
            continue
        first = names.setdefault(namespace.nsid, namespace.name)
        if first != namespace.name:
            twice = 'give nsid %d twice, to %s and %s' % (namespace.nsid, first, namespace.name)
            document.problems.add('namespaces', twice)


# Links


def _check_links(document: DocumentReader) -> Links:
    """The links by namespace and name."""
    links: Links = {}
    paths: dict[End, str] = {}
    for path, link in document.links:
        if link.end in links:
            document.problems.add(
                path,
                'declares link %s in %s twice, here and at %s'
                % (link.name, place(link.namespace), paths[link.end]),
            )
            continue
        links[link.end], paths[link.end] = link, path
    for path, link in document.links:
        _check_namespaces_of(document, path, link)
        if link.master:
            _check_master(document, links, path, link)
        if link.parent and link.parent not in links and document.whole(link.parent[0]):
            _missing_link(document, path + '.link', link.parent)
        _check_others(document, links, path, link)
    _check_cards(document)
    _check_cycles(document, links, paths)
    check_parents(document)
    check_vxlans(document)
    if any(link.altnames for _path, link in document.links):
        check_altnames(document)
    return links


def _check_namespaces_of(document: DocumentReader, path: str, link: Link) -> None:
    for key, end in (('peer.namespace', link.peer), ('link_namespace', link.parent)):
        if end and not document.known(end[0]):
            document.problems.add(
                '%s.%s' % (path, key),
                'is not a namespace of this document',
                found=end[0],
                do='declare it, with create: false if it already exists',
            )


def _missing_link(document: DocumentReader, path: str, end: End) -> None:
    document.problems.add(path, 'is not a link of namespace %s' % end[0], found=end[1], do='declare it there')


def _check_master(document: DocumentReader, links: Links, path: str, link: Link) -> None:
    end = (link.namespace, str(link.master))
    master = links.get(end)
    if master is None:
        if document.whole(link.namespace):
            _missing_link(document, path + '.master', end)
    elif master.kind not in _WITH_PORTS:
        document.problems.add(
            path + '.master',
            'cannot have ports',
            found='%s of kind %s' % (master.name, master.kind),
            want='a bridge, bond or vrf',
        )
    elif master.kind not in ('bridge', 'physical') and link.port:
        found = 'master %s of kind %s' % (master.name, master.kind)
        document.problems.add(path + '.port', 'is for ports of a bridge', found=found)
    elif master.kind == 'bridge' and _are_idle(dict(link.port), dict(master.settings)):
        document.problems.add(
            '%s.port.%s' % (path, VLANS),
            'has no effect: %s forwards frames of all VLANs' % master.name,
            do='set vlan_filtering: true on it',
        )


def _are_idle(port: dict[str, Value], bridge: dict[str, Value]) -> bool:
    return bool(port.get(VLANS)) and not bridge.get('vlan_filtering')


def _check_others(document: DocumentReader, links: Links, path: str, link: Link) -> None:
    """A link that a setting names is a port of this bond, or of the same bridge."""
    if link.kind not in OTHERS and not link.port:
        return
    of_kind, of_port = OTHERS.get(link.kind, ()), OTHERS_OF_PORT
    named = [(path, link.name, setting) for setting in link.settings if setting[0] in of_kind]
    named += [(path + '.port', str(link.master), setting) for setting in link.port if setting[0] in of_port]
    for where, master, (key, value) in named:
        other = links.get((link.namespace, str(value)))
        if other is None:
            is_wrong = document.whole(link.namespace)
        else:
            is_wrong = other.master is not None and other.master != master
        if value and is_wrong:
            what = 'is not a port of %s' % master
            document.problems.add('%s.%s' % (where, key), what, found=str(value), do='give it that master')


def _check_loopbacks(document: DocumentReader) -> None:
    """The loopback of a namespace that is made is up, and stays so."""
    for path, link in document.links:
        namespace = document.namespaces.get(link.namespace)
        if link.name == 'lo' and link.up is False and namespace is not None and namespace.create:
            what = 'does not fit lo of a namespace that this layout creates'
            document.problems.add(path + '.state', what, found='down', want='up')


def _check_cards(document: DocumentReader) -> None:
    """A network card can be in one namespace only."""
    paths: dict[object, str] = {}
    for path, link in document.links:
        if link.kind != 'physical' or link.namespace == HOST or link.name == 'lo':
            continue
        card = link.match or (('name', link.name),)
        first = paths.setdefault(card, path)
        if first != path:
            words = ' '.join('%s %s' % pair for pair in card)
            document.problems.add(
                path,
                'is the same card as %s' % first,
                found='%s twice' % words,
                do='a card is in one namespace only',
            )


def _check_cycles(document: DocumentReader, links: Links, paths: t.Mapping[End, str]) -> None:
    """No link is stacked on itself, over however many others. A walk down from each, without recursion."""
    finished: set[End] = set()
    for start in links:
        above: dict[End, None] = {}
        stack: list[tuple[End, bool]] = [(start, False)]
        while stack:
            end, leave = stack.pop()
            if leave:
                above.popitem()
                finished.add(end)
                continue
            if end in above:
                chain = list(above)
                cycle = [*chain[chain.index(end) :], end]
                names = ' on '.join('%s/%s' % (place(namespace), name) for namespace, name in cycle)
                document.problems.add(paths[end], 'is stacked on itself: %s' % names)
                return
            if end in finished or end not in links:
                continue
            above[end] = None
            stack.append((end, True))
            stack += [(lower, False) for lower in lower_links(links[end])]


# Addresses and routes


def _check_addresses(document: DocumentReader, links: Links) -> None:
    known: dict[tuple[str, str], list[tuple[str, Address]]] = {}
    for path, address in document.addresses:
        link = links.get((address.namespace, address.link))
        if link is None and address.link != 'lo' and document.whole(address.namespace):
            _missing_link(document, path + '.dev', (address.namespace, address.link))
        least = _LEAST_MTU[address.family]
        if link is not None and link.mtu is not None and link.mtu < least:
            what = 'needs an MTU of %d at least on %s' % (least, address.link)
            document.problems.add(path, what, found=str(link.mtu))
        if link is not None and not _takes_loopback(link) and _is_loopback(address):
            document.problems.add(path, 'needs the link lo or a VRF', found=address.text())
        key = (address.namespace, address.ip)
        if needs_link(address.ip):
            key = (address.namespace, address.ip + '%' + address.link)
        others = known.setdefault(key, [])
        for other_path, other in others:
            if not share_ip(address, other):
                document.problems.add(
                    path,
                    'is declared twice in %s' % place(address.namespace),
                    found='%s, and %s at %s' % (address.text(), other.text(), other_path),
                )
                break
        else:
            others.append((path, address))


def _is_loopback(address: Address) -> bool:
    """Whether IPv6 has it for ::1, or for a group that no other link can have (ff01::/16)."""
    return address.family == 'ipv6' and address.scope == 'host'


def _takes_loopback(link: Link) -> bool:
    """Other links do not take such an address (ipv6_add_addr)."""
    return link.name == 'lo' or link.kind == 'vrf'


def _networks(document: DocumentReader) -> dict[str, tuple[str, ...]]:
    """The networks that each namespace reaches without a gateway."""
    networks: dict[str, dict[str, None]] = {}
    for _path, address in document.addresses:
        networks.setdefault(address.namespace, {})[address.network] = None
    for _path, route in document.routes:
        if route.type == 'unicast' and route.hops and not any(hop.via for hop in route.hops):
            networks.setdefault(route.namespace, {})[route.to] = None
    return {namespace: tuple(members) for namespace, members in networks.items()}


def _check_routes(document: DocumentReader, links: Links) -> None:
    paths: dict[t.Any, str] = {}
    networks = _networks(document)
    addresses: dict[str, set[str]] = {}
    for _path, address in document.addresses:
        addresses.setdefault(address.namespace, set()).add(address.ip)
    names = {route.namespace for _path, route in document.routes}
    wholes = {name: document.whole(name) for name in names}
    for path, route in document.routes:
        if route.key in paths:
            document.problems.add(
                path,
                'is the same route as %s for the kernel' % paths[route.key],
                found='%s twice' % route.name,
                do='give them different metrics or tables, or put the gateways into nexthops',
            )
        else:
            paths[route.key] = path
        if not wholes[route.namespace]:
            continue
        own = addresses.get(route.namespace, set())
        if route.src and route.src not in own and route.type != 'local':
            what = 'is not an address of namespace %s' % route.namespace
            document.problems.add(path + '.src', what, found=route.src, do='add it to a link')
        for hop in route.hops:
            if hop.dev and hop.dev != 'lo' and (route.namespace, hop.dev) not in links:
                _missing_link(document, path + '.dev', (route.namespace, hop.dev))
            if hop.via and not hop.onlink:
                _check_gateway(document, path, route, hop, own, networks.get(route.namespace, ()))


def _check_gateway(
    document: DocumentReader,
    path: str,
    route: Route,
    hop: Hop,
    own: t.Collection[str],
    networks: tuple[str, ...],
) -> None:
    """The gateway of a route has to be on a network that the namespace reaches; *own* are its addresses."""
    if hop.via in own:
        what = 'is an address of namespace %s itself' % route.namespace
        document.problems.add(path + '.via', what, found=hop.via)
    elif not needs_link(hop.via) and not _within(hop.via, networks):
        near = sorted(network for network in networks if (':' in network) == (':' in hop.via))
        document.problems.add(
            path + '.via',
            'is on no network of namespace %s' % route.namespace,
            found=hop.via,
            want='an address in %s' % (' or '.join(near[:_MOST_SHOWN]) or 'one of its networks, it has none'),
            do='add an address to a link, or set onlink',
        )


# The rest


def _check_rules(document: DocumentReader) -> None:
    paths: dict[t.Any, str] = {}
    for path, rule in document.rules:
        if rule.key in paths:
            what = 'is declared twice, here and at %s' % paths[rule.key]
            document.problems.add(path, what, found=rule.text())
        paths.setdefault(rule.key, path)


def _check_sysctls(document: DocumentReader, links: Links) -> None:
    for path, sysctl in document.sysctls:
        if not sysctl.link or sysctl.link == 'lo' or (sysctl.namespace, sysctl.link) in links:
            continue
        if document.whole(sysctl.namespace):
            what = 'belongs to no link of namespace %s' % sysctl.namespace
            document.problems.add('%s[%s]' % (path, sysctl.name), what, found=sysctl.link)


def _check_ipv6(document: DocumentReader) -> None:
    """An address of IPv6 on a link where another part of the document switches IPv6 off."""
    settings = {
        (sysctl.namespace, sysctl.key): sysctl.value
        for _path, sysctl in document.sysctls
        if sysctl.key.endswith('/disable_ipv6')
    }
    for path, address in document.addresses if settings else ():
        keys = ['net/ipv6/conf/%s/disable_ipv6' % name for name in (address.link, 'all')]
        values = [settings.get((address.namespace, key)) for key in keys]
        value = values[0] or values[1]
        if address.family == 'ipv6' and value not in (None, '0'):
            what = 'is of IPv6, which a sysctl of this document switches off on %s' % address.link
            document.problems.add(path, what, found=address.address)


def _check_firewall(document: DocumentReader) -> None:
    paths: dict[t.Any, str] = {}
    for path, chain in document.iptables:
        if chain.key in paths:
            where = (chain.chain, chain.table, paths[chain.key])
            document.problems.add(path, 'declares chain %s of table %s twice, here and at %s' % where)
        paths.setdefault(chain.key, path)
    paths = {}
    for path, table in document.nftables:
        if table.key in paths:
            where = (table.family, table.name, paths[table.key])
            document.problems.add(path, 'declares table %s %s twice, here and at %s' % where)
        paths.setdefault(table.key, path)


__all__ = ['check_document']
