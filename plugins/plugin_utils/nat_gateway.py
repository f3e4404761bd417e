# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A NAT gateway as a layout: what is behind it gets out, and nothing new comes in but what is published."""

from __future__ import annotations

import dataclasses
import ipaddress
import re
import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables.value import FAMILIES
from ansible_collections.multinet.linux.plugins.module_utils.values.names import (
    HOST_WORD,
    canonical_ip,
    canonical_prefix,
    family_of,
    fault_of_link_name,
)
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import InputError, Problems
from ansible_collections.multinet.linux.plugins.module_utils.values.reading import Reader, plain, shown

Entry = dict[str, t.Any]
_PORTS = re.compile(r'(\d{1,5})(?:-(\d{1,5}))?\Z')
_MULTICAST = {'ipv4': '224.0.0.0/4', 'ipv6': 'ff00::/8'}
_SYN = '-p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS'


@dataclasses.dataclass(frozen=True)
class _Network:
    """A link behind the gateway with its subnets. ``reaches`` are the links of other networks that it may begin connections to."""

    path: str
    link: str
    subnets: tuple[str, ...]
    reaches: tuple[str, ...]

    def of(self, family: str) -> list[str]:
        return [subnet for subnet in self.subnets if family_of(subnet) == family]


@dataclasses.dataclass(frozen=True)
class _Way:
    """What leads in: ports of the gateway to an address behind it or, without ``ports``, all of one ``address``."""

    path: str
    to: str
    address: str
    sources: tuple[str, ...]
    protocol: str = ''
    ports: tuple[int, int] = (0, 65535)
    to_port: int = 0
    masquerade: bool = False

    @property
    def family(self) -> str:
        return family_of(self.to)

    def meets(self, other: _Way) -> bool:
        """Whether one packet could be for both."""
        apart = (
            self.address
            and other.address
            and self.address != other.address
            or self.protocol != other.protocol
        )
        near = (
            not self.sources
            or not other.sources
            or any(
                ipaddress.ip_network(one).overlaps(ipaddress.ip_network(two))
                for one in self.sources
                for two in other.sources
                if family_of(one) == family_of(two)
            )
        )
        return (
            not apart
            and self.family == other.family
            and near
            and self.ports[0] <= other.ports[1]
            and other.ports[0] <= self.ports[1]
        )


class _Gateway:
    """The variables, read; and the rules that they ask for."""

    def __init__(self, reader: Reader, problems: Problems) -> None:
        self.reader, self.problems = reader, problems
        self.name = reader.text('name', required=True)
        self.namespace = reader.text('namespace') or HOST_WORD
        self.uplinks = self._names(reader, 'uplinks')
        if not self.uplinks and not problems.found:
            reader.fault('uplinks', 'has no link', do='name the links that lead outside')
        self.networks = self._networks()
        self.nat = {
            family: reader.choice(key, ('masquerade', 'snat', 'none'), default='masquerade')
            for family, key in (('ipv4', 'nat'), ('ipv6', 'nat_ipv6'))
        }
        self.snat_to = {
            family: self._address(reader, key, family)
            for family, key in (('ipv4', 'snat_to'), ('ipv6', 'snat_to_ipv6'))
        }
        self.exclude = self._prefixes(reader, 'exclude')
        self.hairpin = bool(reader.boolean('hairpin', True))
        self.mss = self._mss()
        self.one_to_one = [
            way
            for path, member in reader.items('one_to_one')
            for way in [self._one_to_one(member, path)]
            if way
        ]
        self.publish = [
            way for path, member in reader.items('publish') for way in [self._publish(member, path)] if way
        ]
        reader.done()
        if not problems.found:
            self._check()

    # Reading

    def _names(self, reader: Reader, key: str) -> list[str]:
        found = []
        for where, member in reader.items(key):
            name = plain(member)
            problem = fault_of_link_name(name) if name is not None else None
            if name is None:
                self.problems.add(where, 'is no name for a link', found=shown(member))
            elif problem:
                self.problems.note(problem.at(where))
            else:
                found.append(name)
        return found

    def _prefixes(self, reader: Reader, key: str) -> tuple[str, ...]:
        found = []
        for where, member in reader.items(key):
            text = plain(member)
            prefix, problem = canonical_prefix(text) if text is not None else (None, None)
            if prefix is not None:
                found.append(prefix)
            elif problem:
                self.problems.note(problem.at(where))
            else:
                self.problems.add(where, 'is no prefix', found=shown(member), want='ADDRESS/LENGTH')
        return tuple(found)

    def _address(self, reader: Reader, key: str, family: str = '', required: bool = False) -> str:
        text = reader.text(key, required)
        found = canonical_ip(text) if text is not None else ''
        if found is None or found and family and family_of(found) != family:
            reader.fault(
                key,
                'is no %s' % {'': 'address', 'ipv4': 'IPv4 address', 'ipv6': 'IPv6 address'}[family],
                found=shown(text),
            )
        return found or ''

    def _networks(self) -> list[_Network]:
        found = []
        for path, member in self.reader.items('networks'):
            below = Reader(member, path, self.problems)
            if below.broken:
                continue
            link = below.text('link', required=True)
            problem = fault_of_link_name(link) if link is not None else None
            if problem:
                below.note('link', problem)
            subnets = self._prefixes(below, 'subnets')
            if not subnets and not below.data.get('subnets'):
                below.fault('subnets', 'has no prefix', do='give the addresses that are behind the gateway')
            found.append(_Network(path, link or '', subnets, tuple(self._names(below, 'reaches'))))
            below.done()
        if not found:
            self.reader.fault(
                'networks', 'has no network', do='name the links that the gateway is for, with their subnets'
            )
        return found

    def _mss(self) -> str:
        text = self.reader.text('mss') or 'pmtu'
        if text not in ('pmtu', 'none') and not (text.isdigit() and 88 <= int(text) <= 65495):
            self.reader.fault(
                'mss', 'is no size of a segment', found=shown(text), want='pmtu, none, or 88 to 65495'
            )
        return text

    def _one_to_one(self, data: object, path: str) -> _Way | None:
        reader = Reader(data, path, self.problems)
        if reader.broken:
            return None
        to = self._address(reader, 'to', required=True)
        address = self._address(reader, 'address', family_of(to) if to else '', required=True)
        sources = self._prefixes(reader, 'sources')
        reader.done()
        return _Way(path, to, address, sources) if to and address else None

    def _publish(self, data: object, path: str) -> _Way | None:
        reader = Reader(data, path, self.problems)
        if reader.broken:
            return None
        to = self._address(reader, 'to', required=True)
        address = self._address(reader, 'address', family_of(to) if to else '')
        protocol = reader.choice('protocol', ('tcp', 'udp'), default='tcp') or 'tcp'
        text = reader.text('port', required=True)
        match = _PORTS.match(text) if text is not None else None
        low, high = (int(match.group(1)), int(match.group(2) or match.group(1))) if match else (0, 0)
        if text is not None and not 1 <= low <= high <= 65535:
            reader.fault(
                'port', 'is no port', found=shown(text), want='1 to 65535, or a range such as 8000-8010'
            )
        to_port = reader.integer('to_port', 1, 65535, default=0) or 0
        if to_port and low != high:
            reader.fault(
                'to_port',
                'does not fit a range (found %d for %s): a range keeps its ports' % (to_port, text),
                do='leave it out',
            )
        sources = self._prefixes(reader, 'sources')
        masquerade = bool(reader.boolean('masquerade', False))
        reader.done()
        return _Way(path, to, address, sources, protocol, (low, high), to_port, masquerade) if to else None

    def _check(self) -> None:
        """The whole against itself: each part alone is right by now."""
        add = self.problems.add
        links: dict[str, str] = dict.fromkeys(self.uplinks, 'uplinks')
        for network in self.networks:
            if network.link in links:
                add(
                    network.path + '.link',
                    'is in %s already' % links[network.link],
                    found=network.link,
                )
            links.setdefault(network.link, network.path)
        inner = {network.link for network in self.networks}
        seen: list[tuple[str, str]] = []
        for network in self.networks:
            for number, link in enumerate(network.reaches):
                if link not in inner - {network.link}:
                    add(
                        '%s.reaches[%d]' % (network.path, number),
                        'is the link of no other network',
                        found=link,
                    )
            for number, subnet in enumerate(network.subnets):
                for other, path in seen:
                    if family_of(subnet) == family_of(other) and ipaddress.ip_network(subnet).overlaps(
                        ipaddress.ip_network(other)
                    ):
                        add(
                            '%s.subnets[%d]' % (network.path, number),
                            'overlaps %s' % path,
                            found='%s and %s' % (subnet, other),
                        )
                seen.append((subnet, '%s.subnets[%d]' % (network.path, number)))
        for family, key in (('ipv4', 'snat_to'), ('ipv6', 'snat_to_ipv6')):
            if self.nat[family] == 'snat' and not self.snat_to[family] and self.families() & {family}:
                add(key, 'is missing', do='give the address that packets leave with')
        ways = [*self.one_to_one, *self.publish]
        for number, way in enumerate(ways):
            if self.network_of(way.to) is None:
                add(way.path + '.to', 'is in no subnet of the networks', found=way.to)
            for source in way.sources:
                if family_of(source) != way.family:
                    add(way.path + '.sources', 'is of another family than %s' % way.to, found=source)
            for other in ways[:number]:
                if not way.protocol and way.to == other.to and not other.protocol:
                    add(way.path + '.to', 'has an address already, at %s' % other.path, found=way.to)
                if way.address and way.address == other.address and not other.protocol:
                    add(
                        way.path + '.address',
                        'leads to %s already, as a whole, at %s' % (other.to, other.path),
                        found=way.address,
                    )
                elif way.meets(other):
                    add(
                        way.path,
                        'is for packets that %s is for too' % other.path,
                        found='port %s %s' % (way.protocol, _span(way, '-')),
                        do='give each its own ports, address or sources',
                    )

    # Rules

    def families(self) -> set[str]:
        return {family_of(subnet) for network in self.networks for subnet in network.subnets}

    def network_of(self, address: str) -> _Network | None:
        for network in self.networks:
            for subnet in network.of(family_of(address)):
                if ipaddress.ip_address(address) in ipaddress.ip_network(subnet):
                    return network
        return None

    def ways(self, family: str) -> list[_Way]:
        """Those of a whole address before those of ports."""
        return [way for way in (*self.one_to_one, *self.publish) if way.family == family]

    def entrances(self) -> list[str]:
        return [*self.uplinks, *([network.link for network in self.networks] if self.hairpin else [])]

    def prerouting(self, family: str) -> list[str]:
        ways = self.ways(family)
        rules = []
        if any(not way.address for way in ways) and self.hairpin:
            # What is meant for the gateway as such, by its address in the network, is not published.
            rules += [
                '-i %s -m addrtype --dst-type LOCAL --limit-iface-in -j RETURN' % network.link
                for network in self.networks
            ]
        for way in ways:
            where = '-d %s' % way.address if way.address else '-m addrtype --dst-type LOCAL'
            port = (
                ' -p %s -m %s --dport %s' % (way.protocol, way.protocol, _span(way, ':'))
                if way.protocol
                else ''
            )
            target = (
                way.to
                if not way.to_port
                else '%s:%d' % ('[%s]' % way.to if family == 'ipv6' else way.to, way.to_port)
            )
            rules += [
                '-i %s%s %s%s -j DNAT --to-destination %s'
                % (link, ' -s ' + source if source else '', where, port, target)
                for link in self.entrances()
                for source in way.sources or ('',)
            ]
        return rules

    def postrouting(self, family: str) -> list[str]:
        ways = self.ways(family)
        inside = [(network, subnet) for network in self.networks for subnet in network.of(family)]
        excluded = [prefix for prefix in self.exclude if family_of(prefix) == family]
        rules = [
            '-s %s -d %s -j RETURN' % (subnet, prefix)
            for _network, subnet in inside
            for prefix in (*excluded, _MULTICAST[family])
        ]
        rules += [
            '-s %s -o %s -j SNAT --to-source %s' % (way.to, link, way.address)
            for way in ways
            if not way.protocol
            for link in self.uplinks
        ]
        if self.hairpin and ways:
            rules += [
                '-s %s -o %s -m conntrack --ctstate DNAT -j MASQUERADE' % (subnet, network.link)
                for network, subnet in inside
            ]
        for way in ways:
            network = self.network_of(way.to)
            if way.masquerade and network is not None:
                asked = ' --ctorigdst ' + way.address if way.address else ''
                rules.append(
                    '-d %s -o %s -p %s -m conntrack --ctstate DNAT%s --ctorigdstport %s -j MASQUERADE'
                    % (way.to, network.link, way.protocol, asked, _span(way, ':'))
                )
        if self.nat[family] != 'none':
            target = (
                'MASQUERADE'
                if self.nat[family] == 'masquerade'
                else 'SNAT --to-source %s' % self.snat_to[family]
            )
            rules += [
                '-s %s -o %s -j %s' % (subnet, link, target)
                for _network, subnet in inside
                for link in self.uplinks
            ]
        return rules

    def forward(self, family: str) -> list[str]:
        links = [network.link for network in self.networks]
        # From one to another on the same link; bridged packets are only seen here where br_netfilter is loaded.
        rules = ['-i %s -o %s -j ACCEPT' % (link, link) for link in links]
        rules += [
            '-%s %s -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT' % (side, link)
            for link in links
            for side in 'io'
        ]
        rules += [
            '-%s %s -m conntrack --ctstate INVALID -j DROP' % (side, link) for link in links for side in 'io'
        ]
        # Only what was led here by its connection, not all that is sent to the address.
        rules += (
            [
                '-i %s -o %s -m conntrack --ctstate DNAT -j ACCEPT' % (entrance, link)
                for link in links
                for entrance in self.entrances()
            ]
            if self.ways(family)
            else []
        )
        for network in self.networks:
            for subnet in network.of(family):
                rules += [
                    '-s %s -i %s -o %s -j ACCEPT' % (subnet, network.link, link) for link in self.uplinks
                ]
                rules += [
                    '-s %s -d %s -i %s -o %s -j ACCEPT' % (subnet, far, network.link, other.link)
                    for other in self.networks
                    if other.link in network.reaches
                    for far in other.of(family)
                ]
        return rules + ['-%s %s -j REJECT' % (side, link) for link in links for side in 'io']

    def clamp(self) -> list[str]:
        how = '--clamp-mss-to-pmtu' if self.mss == 'pmtu' else '--set-mss %s' % self.mss
        return [
            '-i %s -o %s %s %s' % (*pair, _SYN, how)
            for network in self.networks
            for link in self.uplinks
            for pair in ((network.link, link), (link, network.link))
        ]

    def sysctls(self) -> Entry:
        found: Entry = {}
        if 'ipv4' in self.families():
            found['net.ipv4.ip_forward'] = 1
        if 'ipv6' in self.families():
            # A router hears no default route from another one any more, unless it is told to with 2.
            found.update(('-net/ipv6/conf/%s/accept_ra' % link, 2) for link in self.uplinks)
            found['net.ipv6.conf.all.forwarding'] = 1
        return found

    def layout(self) -> Entry:
        chains = []
        for family in sorted(self.families(), key=FAMILIES.index):
            for table, chain, rules in (
                ('nat', 'PREROUTING', self.prerouting(family)),
                ('nat', 'POSTROUTING', self.postrouting(family)),
                ('mangle', 'FORWARD', self.clamp() if self.mss != 'none' else []),
                ('filter', 'FORWARD', self.forward(family)),
            ):
                if rules:
                    chains.append({'table': table, 'family': family, 'chain': chain, 'rules': rules})
        contents: Entry = {'sysctls': self.sysctls(), 'iptables': chains}
        if self.namespace == HOST_WORD:
            return {'name': self.name, 'namespaces': [], **contents}
        return {
            'name': self.name,
            'sysctls': {},
            'iptables': [],
            'namespaces': [{'name': self.namespace, 'create': False, **contents}],
        }


def _span(way: _Way, dash: str) -> str:
    return (
        '%d' % way.ports[0] if way.ports[0] == way.ports[1] else '%d%s%d' % (way.ports[0], dash, way.ports[1])
    )


def nat_gateway(data: object) -> Entry:
    """The layout for a gateway. *data* has the variables of the role, without their prefix. Raises InputError with all faults."""
    problems = Problems()
    reader = Reader(data, '', problems)
    if reader.broken:
        raise InputError(problems.found)
    gateway = _Gateway(reader, problems)
    problems.raise_any()
    return gateway.layout()
