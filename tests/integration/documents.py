# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documents as people write them, small and all of them different."""

from __future__ import annotations

from ansible_collections.multinet.linux.tests.generator import Document, random_document


def nodes(count: int, scope: str = 'nodes') -> Document:
    """A bridge with namespaces on it: addresses, routes, rules, settings and a firewall in both families."""
    return {
        'name': scope,
        'links': [
            {'name': 'br-' + scope, 'kind': 'bridge', 'addresses': ['10.200.0.1/16', 'fd00:200::1/64']}
        ],
        'sysctls': {'net.ipv4.ip_forward': 1},
        'rules': [{'priority': 500, 'from': '10.200.0.0/16', 'table': 200}],
        'routes': [
            {'to': '10.201.0.0/16', 'via': '10.200.0.2', 'table': 200},
            {'to': 'fd00:201::/64', 'via': 'fd00:200::2'},
        ],
        'iptables': [
            {
                'table': 'nat',
                'chain': 'POSTROUTING',
                'rules': ['-s 10.200.0.0/16 ! -o br-%s -j MASQUERADE' % scope],
            },
            {'chain': 'FORWARD', 'family': 'both', 'rules': ['-i br-%s -j ACCEPT' % scope]},
        ],
        'nftables': [
            {
                'content': (
                    'chain in {\n type filter hook input priority 10; policy accept;\n'
                    ' tcp dport { 23, telnet, 512-514 } drop\n}'
                )
            },
            {
                'table': scope + '-more',
                'family': 'ip',
                'content': 'set s { type ipv4_addr; flags timeout; }\nchain c { }',
            },
        ],
        'namespaces': [
            {
                'name': scope + '{n}',
                'replicas': count,
                'links': [
                    {
                        'name': 'eth0',
                        'kind': 'veth',
                        'addresses': ['{10.200.0.1+n}/16', '{fd00:200::1+n}/64'],
                        'peer': {'name': scope + '-{n}', 'master': 'br-' + scope, 'port': {'isolated': True}},
                    }
                ],
                'routes': [{'to': 'default', 'via': '10.200.0.1'}, {'to': 'default', 'via': 'fd00:200::1'}],
                'rules': [{'priority': 100, 'from': '10.0.0.0/8', 'table': 100}],
                'sysctls': {'net.ipv4.conf.eth0.arp_ignore': 1, 'net.ipv4.tcp_fin_timeout': 31},
                'iptables': [
                    {
                        'chain': 'INPUT',
                        'family': 'both',
                        'policy': 'DROP',
                        'rules': ['-i lo -j ACCEPT', '-m state --state ESTABLISHED -j ACCEPT'],
                    }
                ],
            }
        ],
    }


def changed_nodes(count: int, scope: str = 'nodes') -> Document:
    """The same with something else in every respect, and without the last two of the namespaces."""
    document = nodes(count - 2, scope)
    document['links'][0]['mtu'] = 1400
    document['links'][0]['addresses'] = ['10.200.0.1/16', 'fd00:202::1/64']
    document['sysctls'] = {'net.ipv4.conf.all.rp_filter': 2}
    document['rules'] = [{'priority': 501, 'from': '10.200.0.0/16', 'table': 200}]
    document['routes'] = [{'to': '10.201.0.0/16', 'via': '10.200.0.3', 'table': 200}]
    document['iptables'].pop()
    document['nftables'] = [
        {
            'content': (
                'chain in {\n type filter hook input priority 10; policy accept;\n'
                ' tcp dport 23 counter drop\n}'
            )
        }
    ]
    inner = document['namespaces'][0]
    inner['nftables'] = [{'family': 'ip6', 'content': 'chain c { ip6 saddr fd00::{n} drop\n}'}]
    inner['links'][0]['addresses'] = ['{10.200.1.1+n}/16', '{10.200.0.1+n}/16']
    inner['links'][0]['peer']['port'] = {'hairpin': True}
    inner['routes'] = [{'to': 'default', 'via': '10.200.0.1', 'src': '{10.200.1.1+n}'}]
    inner['sysctls'] = {}
    inner['iptables'][0]['rules'].append('-p tcp --dport http -j ACCEPT')
    return document


def chain_of_routers() -> Document:
    return {
        'name': 'chain',
        'namespaces': [
            {
                'name': 'left',
                'links': [
                    {
                        'name': 'eth0',
                        'kind': 'veth',
                        'addresses': ['10.1.0.1/30'],
                        'peer': {'name': 'west', 'namespace': 'middle', 'addresses': ['10.1.0.2/30']},
                    }
                ],
                'routes': [{'to': 'default', 'via': '10.1.0.2'}],
            },
            {
                'name': 'middle',
                'sysctls': {'net.ipv4.ip_forward': 1, 'net.ipv6.conf.all.forwarding': True},
                'nsid': 77,
            },
            {
                'name': 'right',
                'links': [
                    {
                        'name': 'eth0',
                        'kind': 'veth',
                        'addresses': [{'address': '10.2.0.1/30', 'label': 'eth0:x'}],
                        'peer': {
                            'name': 'east',
                            'namespace': 'middle',
                            'addresses': ['10.2.0.2/30', {'address': 'fd02::1/64', 'dad': True}],
                        },
                    }
                ],
                'routes': [
                    {
                        'to': 'default',
                        'nexthops': [{'via': '10.2.0.2', 'weight': 3}, {'via': '10.2.0.2', 'dev': 'eth0'}],
                    },
                    {'to': '10.9.0.0/16', 'type': 'blackhole', 'metric': 9},
                ],
            },
        ],
    }


def hand_written() -> list[Document]:
    return [
        nodes(3),
        chain_of_routers(),
        {'name': 'nothing'},
        {'name': 'empty', 'namespaces': [{'name': 'alone'}]},
        {
            'name': 'tunnel',
            'links': [
                {
                    'name': 'vx',
                    'kind': 'vxlan',
                    'id': 7,
                    'local': '192.0.2.1',
                    'remote': '192.0.2.2',
                    'mtu': 1400,
                },
                {'name': 'brv', 'kind': 'bridge', 'stp': True},
            ],
        },
        {
            'name': 'host',
            'links': [{'name': 'lo', 'kind': 'physical', 'addresses': ['10.99.0.1/32', 'fd99::1']}],
            'iptables': [
                {
                    'table': table,
                    'chain': 'OUTPUT',
                    'family': 'both',
                    'rules': ['-p tcp --dport https -j RETURN'],
                }
                for table in ('raw', 'mangle', 'filter')
            ],
        },
    ]


def representative() -> list[tuple[str, Document]]:
    found = [(document['name'], document) for document in hand_written()]
    return found + [('seed %d' % seed, random_document(seed, 'medium')) for seed in range(9000, 9020)]
