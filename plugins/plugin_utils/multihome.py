# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Strict multihoming as a layout: what comes in by a link for its address is answered by that link, and by no
other.
"""

from __future__ import annotations

import dataclasses
import ipaddress
import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.objects.address.parse import read_address
from ansible_collections.multinet.linux.plugins.module_utils.objects.address.value import Address
from ansible_collections.multinet.linux.plugins.module_utils.values.names import (
    HOST_WORD,
    canonical_ip,
    canonical_prefix,
    family_of,
)
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import Problems
from ansible_collections.multinet.linux.plugins.module_utils.values.reading import Reader, plain, shown

Entry = dict[str, t.Any]
"""An entry of a document for the layout module."""

_OWN_KEYS = ('found', 'gateways')
"""Keys of a link that the layout module does not know."""
_HOST_LENGTHS = {'ipv4': 32, 'ipv6': 128}


@dataclasses.dataclass
class _Link:
    """A link with its addresses.

    ``entry`` is how the layout declares it; None where it exists and stays as it is.
    """

    name: str
    addresses: list[Address]
    gateways: list[str]
    entry: Entry | None

    def addresses_of(self, family: str) -> list[Address]:
        return [address for address in self.addresses if address.family == family]

    def gateway(self, address: Address) -> str:
        """The gateway for an address: one on its network, else one of its family that is on no network of the
        link.
        """
        candidates = [gateway for gateway in self.gateways if family_of(gateway) == address.family]
        for gateway in candidates:
            if _is_on(gateway, address):
                return gateway
        return next((gateway for gateway in candidates if not self.reaches(gateway)), '')

    def reaches(self, gateway: str) -> bool:
        return any(_is_on(gateway, address) for address in self.addresses)


def _is_on(gateway: str, address: Address) -> bool:
    """Whether a gateway is on the network of an address."""
    return ipaddress.ip_address(gateway) in ipaddress.ip_network(address.network)


def _read_link(data: dict[str, t.Any], path: str, problems: Problems) -> _Link:
    reader = Reader(data, path, problems)
    name = reader.text('name', required=True) or ''
    exists = bool(reader.boolean('found', False))
    addresses = []
    for address_path, member in reader.items('addresses'):
        address = read_address(member, address_path, problems, '', name)
        if address:
            addresses.append(address)
    gateways = _read_gateways(reader)
    entry: Entry | None = None
    if not exists:
        entry = {'state': 'up'}
        entry.update((key, value) for key, value in data.items() if key not in _OWN_KEYS)
    link = _Link(name, addresses, [gateway for _path, gateway in gateways], entry)
    for gateway_path, gateway in gateways:
        _check_gateway(link, gateway, gateway_path, problems)
    return link


def _read_gateways(reader: Reader) -> list[tuple[str, str]]:
    """The gateways of a link, each with its path."""
    gateways = []
    for path, member in reader.items('gateways'):
        gateway = canonical_ip(plain(member) or '')
        if gateway is None:
            reader.problems.add(path, 'is not an address', found=shown(member))
        else:
            gateways.append((path, gateway))
    return gateways


def _check_gateway(link: _Link, gateway: str, path: str, problems: Problems) -> None:
    """A gateway is on a network of its link, unless it is a link-local address."""
    networks = [address.network for address in link.addresses_of(family_of(gateway))]
    if not networks:
        problems.add(
            path,
            'needs an address of the same family on %s' % link.name,
            found=gateway,
            do='add an address',
        )
    elif not link.reaches(gateway) and not ipaddress.ip_address(gateway).is_link_local:
        want = 'an address in %s' % ' or '.join(networks)
        problems.add(path, 'is on no network of %s' % link.name, found=gateway, want=want)


def _read_links(reader: Reader, problems: Problems) -> list[_Link]:
    links = []
    for path, member in reader.items('links'):
        if isinstance(member, dict):
            links.append(_read_link(member, path, problems))
        else:
            problems.add(path, 'is not a mapping', found=shown(member))
    return links


def _table_of(link: _Link, address: Address, table: int) -> list[Entry]:
    """The routes of the table of an address."""
    common: Entry = {'dev': link.name, 'table': table}
    if address.family == 'ipv4':
        common['src'] = address.ip
    network = {'to': address.network, **common}
    if address.family == 'ipv4':
        network['scope'] = 'link'
    gateway = link.gateway(address)
    return [network, {'to': 'default', 'via': gateway, **common}] if gateway else [network]


def _tables(links: t.Sequence[_Link], table: int, priority: int) -> tuple[list[Entry], list[Entry]]:
    """Routes and policy rules: a table for each address, from *table* on, and a rule that leads there."""
    routes: list[Entry] = []
    rules: list[Entry] = []
    for link in links:
        for address in link.addresses:
            if address.scope == 'link' and address.family == 'ipv6':
                continue  # it is valid on its link only, so that packets from it leave by that
            number = len(rules)
            routes += _table_of(link, address, table + number)
            source = '%s/%d' % (address.ip, _HOST_LENGTHS[address.family])
            rules.append({'priority': priority + number, 'from': source, 'table': table + number})
    return routes, rules


class _DefaultRoutes:
    """The default routes of the main table, with the address to send from."""

    def __init__(self, reader: Reader, links: t.Sequence[_Link], problems: Problems) -> None:
        self.problems = problems
        self.name = reader.text('default')
        self.metric = reader.integer('default_metric', 0, 0xFFFFFFFF, default=0)
        below = Reader(reader.mapping('default_outbound'), reader.at('default_outbound'), problems)
        self.sources = {family: below.text(family) for family in ('ipv4', 'ipv6')}
        below.done()
        self.links = links
        self.addresses = {address.ip: address for link in links for address in link.addresses}

    def routes(self) -> list[Entry]:
        if self.name is None:
            if any(self.sources.values()):
                self.problems.add(
                    'default_outbound', 'needs a link that the default route leads over', do='set default'
                )
            return []
        link = next((link for link in self.links if link.name == self.name), None)
        if link is None:
            self.problems.add('default', 'is none of the links', found=self.name)
            return []
        routes: list[Entry] = []
        for family in self.sources:
            routes += self._route(link, family)
        if not routes and link.addresses:
            self.problems.add('default', 'has no gateway', found=self.name, do='add one to its gateways')
        return routes

    def _route(self, link: _Link, family: str) -> list[Entry]:
        """The default route of a family, if the link has a gateway for it."""
        declared = self.sources[family]
        source = self._source(link, family)
        if source is None:
            return []
        gateways = [link.gateway(address) for address in link.addresses_of(family)]
        gateway = next(filter(None, gateways), '')
        if gateway:
            route: Entry = {'to': 'default', 'via': gateway, 'dev': link.name}
            if source:
                route['src'] = source
            if self.metric:
                route['metric'] = self.metric
            return [route]
        if declared:
            self.problems.add(
                'default', 'has no gateway of %s' % family, found=link.name, do='add one to its gateways'
            )
        return []

    def _source(self, link: _Link, family: str) -> str | None:
        """The address to send from; '' to leave that to the kernel, None if the declared one is wrong."""
        declared = self.sources[family]
        path = 'default_outbound.%s' % family
        if not declared:
            first = next(iter(link.addresses_of(family)), None)
            # The kernel refuses an address as a source until it is checked for duplicates.
            return '' if first is None or self.addresses[first.ip].dad else first.ip
        address = self.addresses.get(canonical_ip(declared) or '')
        if address is None or address.family != family:
            self.problems.add(path, 'is not an %s address of the links' % family, found=declared)
            return None
        if address.dad:
            self.problems.add(
                path,
                'is checked for duplicates first, so no route can name it',
                found=declared,
                do='leave dad out',
            )
            return ''
        return address.ip


def _multicast(reader: Reader, links: t.Sequence[_Link], problems: Problems) -> list[Entry]:
    """The routes of multicast groups, over one of the links."""
    below = Reader(reader.mapping('multicast'), reader.at('multicast'), problems)
    name = below.text('link', required=bool(below.data))
    routes = []
    for path, member in below.items('groups'):
        prefix, problem = canonical_prefix(plain(member) or '')
        if problem:
            problems.note(problem.at(path))
        elif prefix is None or not ipaddress.ip_network(prefix).is_multicast:
            problems.add(path, 'is not a multicast network', found=str(prefix))
        elif family_of(prefix) == 'ipv4':
            routes.append({'to': prefix, 'dev': name, 'scope': 'link'})
        else:
            # The kernel has a route for all IPv6 groups on each link, in the table that comes first.
            routes.append({'to': prefix, 'dev': name, 'table': 'local', 'type': 'multicast'})
    below.done()
    if name is not None and name not in [link.name for link in links]:
        problems.add('multicast.link', 'is none of the links', found=name)
    return routes


def _sysctls(links: t.Sequence[_Link], arp: bool, reverse_path: bool) -> dict[str, int]:
    sysctls: dict[str, int] = {}
    for link in links:
        addresses = link.addresses_of('ipv4')
        folder = 'net/ipv4/conf/%s/' % link.name
        if addresses and arp:
            sysctls[folder + 'arp_ignore'] = 1
            sysctls[folder + 'arp_announce'] = 2
        if addresses and reverse_path:
            # Strict only if each address has a route to everywhere: else legal packets are dropped (RFC
            # 3704).
            strict = all(link.gateway(address) for address in addresses)
            sysctls[folder + 'rp_filter'] = 1 if strict else 2
    return sysctls


def _strong_host(links: t.Sequence[_Link], trusted: t.Sequence[str]) -> list[Entry]:
    """The strong host model (RFC 1122, 3.3.4.2): an address is reachable on its own link only."""
    chains = []
    for family, length in _HOST_LENGTHS.items():
        drops = []
        for link in links:
            for address in link.addresses_of(family):
                if address.scope != 'link':
                    drops.append('-d %s/%d ! -i %s -j DROP' % (address.ip, length, link.name))
        if drops:
            rules = ['-i %s -j RETURN' % name for name in ('lo', *trusted)] + drops
            chains.append({'table': 'raw', 'chain': 'PREROUTING', 'family': family, 'rules': rules})
    return chains


def multihome(data: t.Mapping[str, t.Any]) -> Entry:
    """The layout of a host with several addresses. Raises InputError with all problems."""
    problems = Problems()
    reader = Reader(data, '', problems)
    scope = reader.text('name', required=True) or ''
    namespace = reader.text('namespace') or HOST_WORD
    links = _read_links(reader, problems)
    table = reader.integer('first_table', 1, 0xFFFFFF00, default=1001) or 1001
    priority = reader.integer('first_priority', 1, 32000, default=1001) or 1001
    routes, rules = _tables(links, table, priority)
    routes += _DefaultRoutes(reader, links, problems).routes()
    routes += _multicast(reader, links, problems)
    trusted = [plain(member) or '' for member in reader.members('trusted_links')]
    strict_receive = reader.boolean('strict_receive', True)
    strict_arp = bool(reader.boolean('strict_arp', True))
    reverse_path = bool(reader.boolean('rp_filter', True))
    reader.done()
    problems.raise_any()
    contents: Entry = {
        'links': [link.entry for link in links if link.entry is not None],
        'routes': routes,
        'rules': rules,
        'sysctls': _sysctls(links, strict_arp, reverse_path),
        'iptables': _strong_host(links, trusted) if strict_receive else [],
    }
    if namespace == HOST_WORD:
        return {'name': scope, **contents, 'namespaces': []}
    empty: Entry = {'links': [], 'routes': [], 'rules': [], 'sysctls': {}, 'iptables': []}
    return {'name': scope, **empty, 'namespaces': [{'name': namespace, 'create': False, **contents}]}
