# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documents to draw."""

from __future__ import annotations

import random
import string
import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.objects.document.parse import read_layout
from ansible_collections.multinet.linux.plugins.module_utils.objects.layout import Layout

Document = dict[str, t.Any]
LETTERS = string.ascii_lowercase


def nodes(count: int) -> Document:
    return {
        'name': 'lab',
        'links': [
            {
                'name': 'br-lab',
                'kind': 'bridge',
                'addresses': ['10.200.10.1/24' if count < 250 else '10.200.10.1/16'],
            }
        ],
        'sysctls': {'net.ipv4.ip_forward': 1},
        'iptables': [
            {'table': 'nat', 'chain': 'POSTROUTING', 'rules': ['-s 10.200.10.0/24 ! -o br-lab -j MASQUERADE']}
        ],
        'namespaces': [
            {
                'name': 'node{n}',
                'replicas': count,
                'links': [
                    {
                        'name': 'eth0',
                        'kind': 'veth',
                        'addresses': ['{10.200.10.1+n}/%d' % (24 if count < 250 else 16)],
                        'peer': {'name': 'lab-{n}', 'master': 'br-lab'},
                    }
                ],
                'routes': [{'to': 'default', 'via': '10.200.10.1'}],
            }
        ],
    }


def pair() -> Document:
    return {
        'name': 'pair',
        'namespaces': [
            {
                'name': 'left',
                'links': [
                    {
                        'name': 'to-right',
                        'kind': 'veth',
                        'addresses': ['10.0.0.1/30', 'fd00:1::1/64'],
                        'peer': {'name': 'eth0', 'namespace': 'right', 'addresses': ['10.0.0.2/30']},
                    }
                ],
            },
            {
                'name': 'right',
                'routes': [{'to': 'default', 'via': '10.0.0.1'}],
                'iptables': [
                    {
                        'chain': 'INPUT',
                        'policy': 'DROP',
                        'rules': ['-i lo -j ACCEPT', '-p tcp --dport 22 -j ACCEPT'],
                    }
                ],
            },
        ],
    }


def several_links() -> Document:
    return {
        'name': 'edge',
        'links': [
            {'name': 'br0', 'kind': 'bridge', 'addresses': ['192.168.50.1/24']},
            {'name': 'nic1', 'kind': 'physical'},
            {'name': 'nic2', 'kind': 'physical', 'master': 'br0'},
        ],
        'iptables': [
            {
                'table': 'nat',
                'chain': 'PREROUTING',
                'rules': ['-i nic1 -p tcp --dport 443 -j DNAT --to-destination 192.168.50.2'],
            }
        ],
        'namespaces': [
            {
                'name': 'app',
                'links': [
                    {
                        'name': 'eth0',
                        'kind': 'veth',
                        'addresses': ['192.168.50.2/24'],
                        'peer': {'name': 'app-lan', 'master': 'br0'},
                    },
                    {
                        'name': 'mgmt0',
                        'kind': 'veth',
                        'addresses': ['172.16.0.2/30'],
                        'peer': {'name': 'app-mgmt', 'addresses': ['172.16.0.1/30']},
                    },
                    {
                        'name': 'uplink',
                        'kind': 'macvlan',
                        'link': 'nic1',
                        'link_namespace': 'host',
                        'addresses': ['203.0.113.10/28'],
                    },
                    {
                        'name': 'uplink.20',
                        'kind': 'vlan',
                        'id': 20,
                        'link': 'uplink',
                        'addresses': ['198.51.100.2/30'],
                    },
                ],
                'routes': [
                    {'to': 'default', 'via': '203.0.113.1'},
                    {'to': '10.0.0.0/8', 'via': '172.16.0.1'},
                    {'to': 'default', 'via': '198.51.100.1', 'table': 100},
                    {'to': '192.0.2.0/24', 'type': 'blackhole'},
                ],
                'rules': [{'priority': 100, 'from': '198.51.100.2', 'table': 100}],
            }
        ],
    }


def router() -> Document:
    def side(name: str, number: int) -> Document:
        return {
            'name': name + '{n}',
            'replicas': 2,
            'routes': [{'to': 'default', 'via': '10.%d.0.1' % number}],
            'links': [
                {
                    'name': 'eth0',
                    'kind': 'veth',
                    'addresses': ['10.%d.0.{n+9}/24' % number],
                    'peer': {'name': name + '-{n}', 'master': 'br-' + name},
                }
            ],
        }

    return {
        'name': 'routed',
        'links': [{'name': 'br-a', 'kind': 'bridge'}, {'name': 'br-b', 'kind': 'bridge'}],
        'namespaces': [
            side('a', 1),
            side('b', 2),
            {
                'name': 'router',
                'sysctls': {'net.ipv4.ip_forward': 1, 'net.ipv6.conf.all.forwarding': 1},
                'links': [
                    {
                        'name': 'eth0',
                        'kind': 'veth',
                        'addresses': ['10.1.0.1/24'],
                        'peer': {'name': 'a-router', 'master': 'br-a'},
                    },
                    {
                        'name': 'eth1',
                        'kind': 'veth',
                        'addresses': ['10.2.0.1/24'],
                        'peer': {'name': 'b-router', 'master': 'br-b'},
                    },
                ],
                'iptables': [
                    {
                        'table': 'nat',
                        'chain': 'POSTROUTING',
                        'rules': ['-o eth1 -j SNAT --to-source 10.2.0.1'],
                    }
                ],
            },
        ],
    }


def inner_bridges() -> Document:
    """Gateways with a bridge of their own each, behind a bridge of the host."""

    def behind(number: int) -> Document:
        return {
            'name': 'pc-%s' % 'xyz'[number],
            'links': [
                {
                    'name': 'eth0',
                    'kind': 'veth',
                    'addresses': ['10.%d.0.2/24' % (number + 1)],
                    'peer': {'name': 'port', 'namespace': 'gw%d' % (number + 1), 'master': 'lan'},
                }
            ],
        }

    return {
        'name': 'tree',
        'links': [{'name': 'br0', 'kind': 'bridge', 'addresses': ['10.0.0.1/24']}],
        'namespaces': [
            behind(0),
            behind(1),
            {
                'name': 'gw{n}',
                'replicas': 2,
                'links': [
                    {
                        'name': 'wan',
                        'kind': 'veth',
                        'addresses': ['10.0.0.{n+1}/24'],
                        'peer': {'name': 'gw{n}', 'master': 'br0'},
                    },
                    {'name': 'lan', 'kind': 'bridge', 'addresses': ['10.{n}.0.1/24']},
                ],
            },
        ],
    }


def mesh(count: int) -> Document:
    """Namespaces ma, mb ... of which each has a wire to each other."""
    namespaces = []
    for a, here in enumerate(LETTERS[:count]):
        links = []
        for b, there in enumerate(LETTERS[a + 1 : count], a + 1):
            prefix = '10.%d.%d.' % (a, b)
            peer = {'name': 'to-' + here, 'namespace': 'm' + there, 'addresses': [prefix + '2/30']}
            link = {'name': 'to-' + there, 'kind': 'veth', 'addresses': [prefix + '1/30'], 'peer': peer}
            links.append(link)
        namespaces.append({'name': 'm' + here, 'links': links})
    return {'name': 'mesh', 'namespaces': namespaces}


def pairs(count: int) -> Document:
    return {
        'name': 'pairs',
        'namespaces': [
            {
                'name': 'a{n}',
                'replicas': count,
                'links': [
                    {
                        'name': 'eth0',
                        'kind': 'veth',
                        'addresses': ['10.9.{n}.1/30'],
                        'peer': {'name': 'eth0', 'namespace': 'b{n}', 'addresses': ['10.9.{n}.2/30']},
                    }
                ],
            },
            {'name': 'b{n}', 'replicas': count},
        ],
    }


def routed_links(count: int) -> Document:
    return {
        'name': 'routed',
        'namespaces': [
            {
                'name': 'c{n}',
                'replicas': count,
                'links': [
                    {
                        'name': 'eth0',
                        'kind': 'veth',
                        'addresses': ['10.9.{n}.2/30'],
                        'peer': {'name': 'veth-{n}', 'addresses': ['10.9.{n}.1/30']},
                    }
                ],
            }
        ],
    }


def random_document(seed: int) -> Document:
    dice = random.Random(seed)
    names = 'alpha bravo charlie delta echo foxtrot golf hotel india juliet kilo lima'.split()[
        : dice.randint(1, 12)
    ]
    document: Document = {
        'name': 'any',
        'links': [],
        'namespaces': [{'name': name, 'links': []} for name in names],
    }
    holders = [document] + document['namespaces']
    bridges = []
    for number in range(dice.randint(0, 5)):
        holder = dice.randrange(len(holders))
        addresses = ['10.%d.0.1/16' % (number + 1)] * dice.randint(0, 1)
        holders[holder]['links'].append({'name': 'br%d' % number, 'kind': 'bridge', 'addresses': addresses})
        bridges.append((holder, 'br%d' % number))
    for number in range(dice.randint(0, 20)):
        a, b = dice.randrange(len(holders)), dice.randrange(len(holders))
        peer: Document = {'name': 'v%db' % number, 'namespace': 'host' if b == 0 else names[b - 1]}
        masters = [name for holder, name in bridges if holder == b]
        if masters and dice.random() < 0.8:
            peer['master'] = dice.choice(masters)
        elif a != b:
            peer['addresses'] = ['172.16.%d.2/30' % number]
        holders[a]['links'].append(
            {'name': 'v%da' % number, 'kind': 'veth', 'addresses': ['172.16.%d.1/30' % number], 'peer': peer}
        )
    return document


EXAMPLES: dict[str, Document] = {
    'one': nodes(1),
    'four': nodes(4),
    'eight': nodes(8),
    'sixty-four': nodes(64),
    'pair': pair(),
    'several links': several_links(),
    'router': router(),
    'inner bridges': inner_bridges(),
    'mesh of four': mesh(4),
    'mesh of fourteen': mesh(14),
    'pairs': pairs(40),
    'routed links': routed_links(3),
    'many routed links': routed_links(40),
}


def read(document: Document) -> Layout:
    return read_layout(document, 'a host')
