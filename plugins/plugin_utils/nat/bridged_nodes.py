# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Nodes on a bridge as a layout: namespaces with a veth each, and NAT for what leaves the host."""

from __future__ import annotations

import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.values.problems import Problems
from ansible_collections.multinet.linux.plugins.module_utils.values.reading import Reader

from ..host_addresses import host_addresses
from .rules import (
    ESTABLISHED,
    NONE,
    SNAT,
    SNAT_KEYS,
    TRANSLATED,
    Entry,
    chain,
    destination_match,
    destination_nat,
    port_match,
    router_sysctls,
    rule,
    source_nat,
)

_PORTS = 65535


class _Subnet(t.NamedTuple):
    """The subnet of one family, the address of its gateway, which is the host, and those of the nodes."""

    family: str
    prefix: str
    gateway: str
    nodes: list[str]

    def with_length(self, address: str) -> str:
        return '%s/%s' % (address, self.prefix.split('/')[1])


class _Published(t.NamedTuple):
    """The rules of a published port."""

    translate: str
    accept: str


def _read_published(data: t.Mapping[str, t.Any], problems: Problems) -> list[tuple[int, Entry]]:
    """What is published, as the role documents it, each by its place in the list; without what is wrong."""
    entries = []
    for number, (path, member) in enumerate(Reader(data, '', problems).items('publish')):
        before = len(problems)
        reader = Reader(member, path, problems)
        entry = {
            'node': reader.integer('node', -_PORTS, _PORTS, required=True),
            'port': reader.integer('port', 1, _PORTS, required=True),
            'to': reader.integer('to', 1, _PORTS),
            'protocol': reader.choice('protocol', ('tcp', 'udp')),
            'address': reader.text('address') if reader.data.get('address') else None,
        }
        reader.asked.append('address')
        reader.done()
        if len(problems) == before:
            entries.append((number, entry))
    return entries


class _Cluster:
    """The variables of the role, and the layout that they describe."""

    def __init__(self, data: t.Mapping[str, t.Any]) -> None:
        self.data, self.problems = data, Problems()
        self.bridge, self.uplink = str(data['bridge']), str(data['uplink'] or '')
        self.mark = '%s/%s' % (data['mark'], data['mark'])
        self.out = '-o ' + self.uplink if self.uplink else '! -o ' + self.bridge
        self.from_outside = '-i ' + self.uplink if self.uplink else '! -i ' + self.bridge
        self.mtu: Entry = {'mtu': int(data['mtu'])} if data.get('mtu') is not None else {}
        self.published = _read_published(data, self.problems)
        self.subnets: list[_Subnet] = []
        for family, key in (('ipv4', 'subnet'), ('ipv6', 'ipv6_subnet')):
            if data.get(key):
                self.subnets += self._subnet(family, key)

    def _subnet(self, family: str, key: str) -> list[_Subnet]:
        prefix = str(self.data[key])
        try:
            gateway = host_addresses(prefix, self.data['gateway_host'])
            nodes = host_addresses(prefix, self.data['first_host'], self.data['count'])
        except ValueError as exc:
            self.problems.add(key, str(exc))
            return []
        return [_Subnet(family, prefix, gateway[0], nodes)]

    def layout(self) -> Entry:
        """The document. Raises InputError."""
        chains: list[Entry] = []
        for subnet in self.subnets:
            chains += self._chains(subnet)
        self.problems.raise_any()
        uplinks = [self.uplink] if self.uplink else []
        return {
            'name': self.data['name'],
            'links': [self._bridge()],
            'sysctls': router_sysctls([subnet.family for subnet in self.subnets], uplinks),
            'iptables': chains,
            'namespaces': [self._nodes()],
        }

    def _bridge(self) -> Entry:
        addresses = [subnet.with_length(subnet.gateway) for subnet in self.subnets]
        bridge = {'name': self.bridge, 'kind': 'bridge', 'stp': False, 'forward_delay': 0}
        return {**bridge, **self.mtu, 'addresses': addresses}

    def _nodes(self) -> Entry:
        """All nodes: {n} counts them from 1."""
        before_first = int(self.data['first_host']) - 1
        addresses = []
        for subnet in self.subnets:
            network = subnet.prefix.split('/')[0]
            addresses.append(subnet.with_length('{%s+%d+n}' % (network, before_first)))
        isolated = {'isolated': self.data['isolated']}
        peer = {'name': '%s{n}' % self.data['port'], 'master': self.bridge, 'port': isolated, **self.mtu}
        link = {
            'name': self.data['interface'],
            'kind': 'veth',
            **self.mtu,
            'addresses': addresses,
            'peer': peer,
        }
        nodes: Entry = {'name': '%s{n}' % self.data['name'], 'replicas': int(self.data['count'])}
        if self.data.get('first_nsid') is not None:
            nodes['nsid'] = '{%d+n}' % (int(self.data['first_nsid']) - 1)
        nodes['links'] = [link]
        nodes['routes'] = [{'to': 'default', 'via': subnet.gateway} for subnet in self.subnets]
        return nodes

    # Rules

    def _chains(self, subnet: _Subnet) -> list[Entry]:
        published = self._published(subnet)
        chains = []
        if published:
            rules = [port.translate for port in published]
            chains.append(chain('nat', 'PREROUTING', subnet.family, rules))
        if self.data['nat'] != NONE:
            chains.append(chain('nat', 'POSTROUTING', subnet.family, [self._source_nat(subnet)]))
        chains.append(chain('mangle', 'FORWARD', subnet.family, [self._set_mark()]))
        accepts = [port.accept for port in published]
        chains.append(chain('filter', 'FORWARD', subnet.family, self._forward(subnet, accepts)))
        return chains

    def _published(self, subnet: _Subnet) -> list[_Published]:
        published = []
        for number, entry in self.published:
            address = entry.get('address') or ''
            if address and (':' in address) != (subnet.family == 'ipv6'):
                continue
            node = int(entry['node'])
            if not 1 <= node <= len(subnet.nodes):
                self.problems.add(
                    'publish[%d].node' % number,
                    'is not the number of a node',
                    found=str(node),
                    want='1 to %d' % len(subnet.nodes),
                )
                continue
            published.append(self._publish(entry, address, subnet.nodes[node - 1]))
        return published

    def _publish(self, entry: t.Mapping[str, t.Any], address: str, node: str) -> _Published:
        protocol = entry.get('protocol') or 'tcp'
        port = int(entry['port'])
        to = int(entry.get('to') or port)
        ports, where = port_match(protocol, port), destination_match(address)
        translate = rule(self.from_outside, ports, where, destination_nat(node, to))
        accept = rule(
            self.from_outside,
            '-o',
            self.bridge,
            '-d',
            node,
            port_match(protocol, to),
            TRANSLATED,
            '-j ACCEPT',
        )
        return _Published(translate, accept)

    def _source_nat(self, subnet: _Subnet) -> str:
        key = SNAT_KEYS[subnet.family]
        address = str(self.data.get(key) or '')
        if self.data['nat'] == SNAT and not address:
            self.problems.add(key, 'is missing', do='give an address of the host, or set nat: masquerade')
        target = source_nat(self.data['nat'], address)
        return rule('-s', subnet.prefix, '! -d', subnet.prefix, self.out, target)

    def _set_mark(self) -> str:
        """Another cluster on this host accepts every packet that leaves it.

        The mark stops it from accepting what this cluster must reject.
        """
        foreign = '! -i %s -o %s -m conntrack ! --ctstate RELATED,ESTABLISHED' % (self.bridge, self.bridge)
        return rule(foreign, '-j MARK --set-xmark', self.mark)

    def _forward(self, subnet: _Subnet, accepts: t.Sequence[str]) -> list[str]:
        bridge = self.bridge
        # Node to node: these packets pass here only if br_netfilter is loaded.
        rules = ['-i %s -o %s -j %s' % (bridge, bridge, 'DROP' if self.data['isolated'] else 'ACCEPT')]
        # From outside, replies and published ports only.
        rules += ['-o %s %s -j ACCEPT' % (bridge, ESTABLISHED), *accepts, '-o %s -j REJECT' % bridge]
        # Everything with a source address of the nodes may leave, but not to another cluster.
        rules.append('-i %s ! -s %s -j DROP' % (bridge, subnet.prefix))
        rules.append('-i %s %s -m mark ! --mark %s -j ACCEPT' % (bridge, self.out, self.mark))
        if self.uplink:
            rules.append('-i %s -j REJECT' % bridge)
        return rules


def bridged_nodes(data: t.Mapping[str, t.Any]) -> Entry:
    """The layout of the nodes.

    *data* has the variables of the role, without their prefix. Raises InputError.
    """
    return _Cluster(data).layout()
