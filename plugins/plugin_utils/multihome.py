# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Strict multihoming as a layout: what comes in by one link for its address is answered by that link, and by no other."""

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

_PER_ADDRESS = ('found', 'gateways')
_MOST = {'ipv4': 32, 'ipv6': 128}


@dataclasses.dataclass
class _Link:
    """A link with addresses. ``found``: it is there already, with its addresses, and stays as it is."""

    name: str
    found: bool
    addresses: list[Address]
    gateways: list[str]

    def gateway(self, address: Address) -> str:
        """The gateway for an address: one on its network, else any other of its family that is on no network of the link."""
        mine = [gateway for gateway in self.gateways if family_of(gateway) == address.family]
        near = [
            gateway
            for gateway in mine
            if ipaddress.ip_address(gateway) in ipaddress.ip_network(address.network)
        ]
        return next(iter(near or [gateway for gateway in mine if not self.reaches(gateway)]), '')

    def reaches(self, gateway: str) -> bool:
        return any(
            ipaddress.ip_address(gateway) in ipaddress.ip_network(address.network)
            for address in self.addresses
        )


def _links(reader: Reader, problems: Problems) -> tuple[list[_Link], list[dict[str, t.Any]]]:
    """The links that have addresses, and all that are to be declared, as a layout has them."""
    links: list[_Link] = []
    declared: list[dict[str, t.Any]] = []
    for path, member in reader.items('links'):
        if not isinstance(member, dict):
            problems.add(path, 'is not a mapping', found=shown(member))
            continue
        one = Reader(member, path, problems)
        name = one.text('name', required=True) or ''
        found = bool(one.boolean('found', False))
        addresses = [
            address
            for where, entry in one.items('addresses')
            for address in [read_address(entry, where, problems, '', name)]
            if address
        ]
        gateways = []
        for where, entry in one.items('gateways'):
            gateway = canonical_ip(plain(entry) or '')
            if gateway is None:
                problems.add(where, 'is no address', found=shown(entry))
            else:
                gateways.append(gateway)
        links.append(_Link(name, found, addresses, gateways))
        for where, gateway in zip(
            ('%s[%d]' % (one.at('gateways'), number) for number in range(len(gateways))), gateways
        ):
            families = {address.family for address in addresses}
            if family_of(gateway) not in families:
                problems.add(
                    where,
                    'is of a family that %s has no address of' % name,
                    found=gateway,
                    do='add an address',
                )
            elif not links[-1].reaches(gateway) and not ipaddress.ip_address(gateway).is_link_local:
                problems.add(
                    where,
                    'is on no network of %s' % name,
                    found=gateway,
                    want='an address in %s'
                    % ' or '.join(
                        address.network for address in addresses if address.family == family_of(gateway)
                    ),
                )
        if not found:
            declared.append(
                {'state': 'up', **{key: value for key, value in member.items() if key not in _PER_ADDRESS}}
            )
    return links, declared


def _table(
    link: _Link, address: Address, number: int, priority: int
) -> tuple[list[dict[str, t.Any]], dict[str, t.Any]]:
    """The routes of the table of one address, and the rule that leads there."""
    here: dict[str, t.Any] = {'dev': link.name, 'table': number}
    if address.family == 'ipv4':
        here['src'] = address.ip
    routes = [{'to': address.network, **here, **({'scope': 'link'} if address.family == 'ipv4' else {})}]
    gateway = link.gateway(address)
    if gateway:
        routes.append({'to': 'default', 'via': gateway, **here})
    return routes, {
        'priority': priority,
        'from': '%s/%d' % (address.ip, _MOST[address.family]),
        'table': number,
    }


def _default(reader: Reader, links: t.Sequence[_Link], problems: Problems) -> list[dict[str, t.Any]]:
    """The default routes of the main table, with the address to send from."""
    name = reader.text('default')
    metric = reader.integer('default_metric', 0, 0xFFFFFFFF, default=0)
    below = Reader(reader.mapping('default_outbound'), reader.at('default_outbound'), problems)
    outbound = {family: below.text(family) for family in ('ipv4', 'ipv6')}
    below.done()
    if name is None:
        if any(outbound.values()):
            problems.add(
                'default_outbound', 'needs a link that the default route leads over', do='set default'
            )
        return []
    link = next((link for link in links if link.name == name), None)
    if link is None:
        problems.add('default', 'is none of the links', found=name)
        return []
    own = {address.ip: address for one in links for address in one.addresses}
    routes = []
    for family, text in outbound.items():
        mine = [address for address in link.addresses if address.family == family]
        source = canonical_ip(text) if text else mine[0].ip if mine else ''
        if text and (source not in own or own[source].family != family):
            problems.add('default_outbound.%s' % family, 'is no %s address of the links' % family, found=text)
            continue
        gateway = next((found for address in mine for found in [link.gateway(address)] if found), '')
        if source and own[source].dad:
            # The kernel refuses it as a source until it is checked for duplicates.
            if text:
                problems.add(
                    'default_outbound.%s' % family,
                    'is checked for duplicates first, so no route can name it',
                    found=text,
                    do='leave dad out',
                )
            source = ''
        if gateway:
            routes.append(
                {
                    'to': 'default',
                    'via': gateway,
                    'dev': name,
                    **({'src': source} if source else {}),
                    **({'metric': metric} if metric else {}),
                }
            )
        elif text:
            problems.add('default', 'has no gateway of %s' % family, found=name, do='add one to its gateways')
    if not routes and link.addresses:
        problems.add('default', 'has no gateway', found=name, do='add one to its gateways')
    return routes


def _multicast(reader: Reader, links: t.Sequence[_Link], problems: Problems) -> list[dict[str, t.Any]]:
    below = Reader(reader.mapping('multicast'), reader.at('multicast'), problems)
    name = below.text('link', required=bool(below.data))
    routes = []
    for path, entry in below.items('groups'):
        prefix, problem = canonical_prefix(plain(entry) or '')
        if problem:
            problems.note(problem.at(path))
        elif prefix is None or not ipaddress.ip_network(prefix).is_multicast:
            problems.add(path, 'is no multicast network', found=str(prefix))
        else:
            # For IPv6 the kernel has a route for all groups on each link, in the table that comes first.
            more = (
                {'scope': 'link'} if family_of(prefix) == 'ipv4' else {'table': 'local', 'type': 'multicast'}
            )
            routes.append({'to': prefix, 'dev': name, **more})
    below.done()
    if name is not None and name not in [link.name for link in links]:
        problems.add('multicast.link', 'is none of the links', found=name)
    return routes


def _sysctls(links: t.Sequence[_Link], arp: bool, reverse: bool) -> dict[str, int]:
    found: dict[str, int] = {}
    for link in links:
        mine = [address for address in link.addresses if address.family == 'ipv4']
        folder = 'net/ipv4/conf/%s/' % link.name
        if mine and arp:
            found.update({folder + 'arp_ignore': 1, folder + 'arp_announce': 2})
        if mine and reverse:
            # Strict only where each address has a way to everywhere: else what is legal would be dropped (RFC 3704).
            found[folder + 'rp_filter'] = 1 if all(link.gateway(address) for address in mine) else 2
    return found


def _receive(links: t.Sequence[_Link], trusted: t.Sequence[str]) -> list[dict[str, t.Any]]:
    """The strong host model (RFC 1122, 3.3.4.2): an address is there on its own link only."""
    chains = []
    for family, most in _MOST.items():
        rules = [
            '-d %s/%d ! -i %s -j DROP' % (address.ip, most, link.name)
            for link in links
            for address in link.addresses
            if address.family == family and address.scope != 'link'
        ]
        if rules:
            rules = ['-i %s -j RETURN' % name for name in ('lo', *trusted)] + rules
            chains.append({'table': 'raw', 'chain': 'PREROUTING', 'family': family, 'rules': rules})
    return chains


def multihome(data: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The layout for a host with several addresses. Raises InputError with all faults."""
    problems = Problems()
    reader = Reader(data, '', problems)
    scope = reader.text('name', required=True) or ''
    namespace = reader.text('namespace') or HOST_WORD
    links, declared = _links(reader, problems)
    table = reader.integer('first_table', 1, 0xFFFFFF00, default=1001) or 1001
    priority = reader.integer('first_priority', 1, 32000, default=1001) or 1001
    routes: list[dict[str, t.Any]] = []
    rules: list[dict[str, t.Any]] = []
    for link in links:
        for address in link.addresses:
            if address.scope == 'link' and address.family == 'ipv6':
                continue  # its link is part of it
            more, rule = _table(link, address, table + len(rules), priority + len(rules))
            routes += more
            rules.append(rule)
    routes += _default(reader, links, problems) + _multicast(reader, links, problems)
    trusted = [plain(member) or '' for _path, member in reader.items('trusted_links')]
    receive, arp, reverse = (
        reader.boolean(key, True) for key in ('strict_receive', 'strict_arp', 'rp_filter')
    )
    reader.done()
    problems.raise_any()
    contents: dict[str, t.Any] = {
        'links': declared,
        'routes': routes,
        'rules': rules,
        'sysctls': _sysctls(links, bool(arp), bool(reverse)),
        'iptables': _receive(links, trusted) if receive else [],
    }
    if namespace == HOST_WORD:
        return {'name': scope, **contents, 'namespaces': []}
    empty: dict[str, t.Any] = {'links': [], 'routes': [], 'rules': [], 'sysctls': {}, 'iptables': []}
    return {'name': scope, **empty, 'namespaces': [{'name': namespace, 'create': False, **contents}]}
