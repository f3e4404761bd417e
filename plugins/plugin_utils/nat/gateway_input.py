# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the variables of the role nat_gateway. Reports all problems, each with its path."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.values.names import (
    HOST_WORD,
    canonical_ip,
    canonical_prefix,
    family_of,
    problem_of_link_name,
)
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import InputError, Problems
from ansible_collections.multinet.linux.plugins.module_utils.values.reading import Reader, plain, shown

from .gateway import Gateway, Mapping, Network, Ports, overlap
from .rules import KINDS, MASQUERADE, SNAT, SNAT_KEYS

_PORTS = re.compile(r'(\d{1,5})(?:-(\d{1,5}))?\Z')
_NOUNS = {'': 'address', 'ipv4': 'IPv4 address', 'ipv6': 'IPv6 address'}
_NAT_KEYS = {'ipv4': 'nat', 'ipv6': 'nat_ipv6'}


def read_gateway(data: object) -> Gateway:
    """The gateway that the variables describe, given without their prefix. Raises InputError."""
    problems = Problems()
    reader = Reader(data, '', problems)
    if reader.broken:
        raise InputError(problems.found)
    gateway = _read(reader, problems)
    if not problems.found:
        _check_networks(gateway, problems)
        _check_source_addresses(gateway, problems)
        _check_mappings(gateway, problems)
    problems.raise_any()
    return gateway


def _read(reader: Reader, problems: Problems) -> Gateway:
    name = reader.text('name', required=True) or ''
    namespace = reader.text('namespace') or HOST_WORD
    uplinks = _links(reader, 'uplinks')
    if not uplinks and not problems.found:
        reader.problem('uplinks', 'has no link', do='name the links that lead outside')
    gateway = Gateway(
        name,
        namespace,
        uplinks,
        _networks(reader, problems),
        _nat(reader),
        _source_addresses(reader),
        _prefixes(reader, 'exclude'),
        bool(reader.boolean('hairpin', True)),
        _mss(reader),
        _mappings(reader, 'one_to_one', _one_to_one),
        _mappings(reader, 'publish', _publish),
    )
    reader.done()
    return gateway


def _nat(reader: Reader) -> dict[str, str]:
    """How source addresses are translated, by family."""
    return {family: reader.choice(key, KINDS, MASQUERADE) or MASQUERADE for family, key in _NAT_KEYS.items()}


def _source_addresses(reader: Reader) -> dict[str, str]:
    """The addresses that packets leave with, by family."""
    return {family: _address(reader, key, family) for family, key in SNAT_KEYS.items()}


def _links(reader: Reader, key: str) -> list[str]:
    names = []
    for path, member in reader.items(key):
        name = plain(member)
        problem = problem_of_link_name(name) if name is not None else None
        if name is None:
            reader.problems.add(path, 'is not a valid link name', found=shown(member))
        elif problem:
            reader.problems.note(problem.at(path))
        else:
            names.append(name)
    return names


def _prefixes(reader: Reader, key: str) -> tuple[str, ...]:
    prefixes = []
    for path, member in reader.items(key):
        text = plain(member)
        prefix, problem = canonical_prefix(text) if text is not None else (None, None)
        if prefix is not None:
            prefixes.append(prefix)
        elif problem:
            reader.problems.note(problem.at(path))
        else:
            reader.problems.add(path, 'is not a prefix', found=shown(member), want='ADDRESS/LENGTH')
    return tuple(prefixes)


def _address(reader: Reader, key: str, family: str = '', required: bool = False) -> str:
    """An address of a family, or of any; '' where there is none."""
    text = reader.text(key, required)
    if text is None:
        return ''
    address = canonical_ip(text)
    if address is None or family and family_of(address) != family:
        reader.problem(key, 'is not an %s' % _NOUNS[family], found=shown(text))
    return address or ''


def _networks(reader: Reader, problems: Problems) -> list[Network]:
    networks = []
    for path, member in reader.items('networks'):
        below = Reader(member, path, problems)
        if not below.broken:
            networks.append(_network(below, path))
    if not networks:
        reader.problem(
            'networks', 'has no network', do='name the links that the gateway is for, with their subnets'
        )
    return networks


def _network(reader: Reader, path: str) -> Network:
    link = reader.text('link', required=True)
    problem = problem_of_link_name(link) if link is not None else None
    if problem:
        reader.note('link', problem)
    subnets = _prefixes(reader, 'subnets')
    if not subnets and not reader.data.get('subnets'):
        reader.problem('subnets', 'has no prefix', do='give the addresses that are behind the gateway')
    network = Network(path, link or '', subnets, tuple(_links(reader, 'reaches')))
    reader.done()
    return network


def _mss(reader: Reader) -> str:
    text = reader.text('mss') or 'pmtu'
    if text not in ('pmtu', 'none') and not (re.fullmatch('[0-9]{2,5}', text) and 88 <= int(text) <= 65495):
        reader.problem('mss', 'is not a segment size', found=shown(text), want='pmtu, none, or 88 to 65495')
    return text


def _mappings(reader: Reader, key: str, read: t.Callable[[Reader], Mapping | None]) -> list[Mapping]:
    mappings = []
    for path, member in reader.items(key):
        below = Reader(member, path, reader.problems)
        mapping = None if below.broken else read(below)
        if mapping is not None:
            mappings.append(mapping)
    return mappings


def _one_to_one(reader: Reader) -> Mapping | None:
    to = _address(reader, 'to', required=True)
    address = _address(reader, 'address', family_of(to) if to else '', required=True)
    sources = _prefixes(reader, 'sources')
    reader.done()
    return Mapping(reader.path, to, address, sources) if to and address else None


def _publish(reader: Reader) -> Mapping | None:
    to = _address(reader, 'to', required=True)
    address = _address(reader, 'address', family_of(to) if to else '')
    protocol = reader.choice('protocol', ('tcp', 'udp'), default='tcp') or 'tcp'
    ports, to_port = _ports(reader)
    sources = _prefixes(reader, 'sources')
    masquerade = bool(reader.boolean('masquerade', False))
    reader.done()
    if not to:
        return None
    return Mapping(reader.path, to, address, sources, protocol, ports, to_port, masquerade)


def _ports(reader: Reader) -> tuple[Ports, int]:
    """The keys ``port`` and ``to_port``."""
    text = reader.text('port', required=True)
    match = _PORTS.match(text or '')
    low, high = (int(match.group(1)), int(match.group(2) or match.group(1))) if match else (0, 0)
    if text is not None and not 1 <= low <= high <= 65535:
        reader.problem(
            'port', 'is not a port', found=shown(text), want='1 to 65535, or a range such as 8000-8010'
        )
    to_port = reader.integer('to_port', 1, 65535, default=0) or 0
    if to_port and low != high:
        reader.problem(
            'to_port',
            'does not fit a range (found %d for %s): a range keeps its ports' % (to_port, text),
            do='leave it out',
        )
    return (low, high), to_port


def _check_networks(gateway: Gateway, problems: Problems) -> None:
    """Each link is in one place, what it reaches exists, and no two subnets overlap."""
    paths: dict[str, str] = dict.fromkeys(gateway.uplinks, 'uplinks')
    for network in gateway.networks:
        if network.link in paths:
            problems.add(network.path + '.link', 'is in %s already' % paths[network.link], found=network.link)
        paths.setdefault(network.link, network.path)
    known: list[tuple[str, str]] = []
    for network in gateway.networks:
        for number, link in enumerate(network.reaches):
            if link == network.link or link not in gateway.links():
                path = '%s.reaches[%d]' % (network.path, number)
                problems.add(path, 'is the link of no other network', found=link)
        for number, subnet in enumerate(network.subnets):
            path = '%s.subnets[%d]' % (network.path, number)
            for other, other_path in known:
                if overlap(subnet, other):
                    problems.add(path, 'overlaps %s' % other_path, found='%s and %s' % (subnet, other))
            known.append((subnet, path))


def _check_source_addresses(gateway: Gateway, problems: Problems) -> None:
    for family, key in SNAT_KEYS.items():
        if family in gateway.families() and gateway.nat[family] == SNAT and not gateway.snat_to[family]:
            problems.add(key, 'is missing', do='give the address that packets leave with')


def _check_mappings(gateway: Gateway, problems: Problems) -> None:
    """Each mapping leads into a network, and no packet is for two of them."""
    for number, mapping in enumerate(gateway.mappings):
        if gateway.network_of(mapping.to) is None:
            problems.add(mapping.path + '.to', 'is in no subnet of the networks', found=mapping.to)
        for source in mapping.sources:
            if family_of(source) != mapping.family:
                problems.add(
                    mapping.path + '.sources', 'has another address family than %s' % mapping.to, found=source
                )
        for other in gateway.mappings[:number]:
            _check_pair(mapping, other, problems)


def _check_pair(mapping: Mapping, other: Mapping, problems: Problems) -> None:
    """*other* stands before *mapping* in the variables."""
    whole = not other.protocol
    if whole and not mapping.protocol and mapping.to == other.to:
        problems.add(mapping.path + '.to', 'has an address already, at %s' % other.path, found=mapping.to)
    if whole and mapping.address and mapping.address == other.address:
        problems.add(
            mapping.path + '.address',
            'already maps to %s, at %s' % (other.to, other.path),
            found=mapping.address,
        )
    elif mapping.meets(other):
        problems.add(
            mapping.path,
            'matches the same packets as %s' % other.path,
            found='port %s %s' % (mapping.protocol, mapping.ports_text('-')),
            do='give each its own ports, address or sources',
        )
