# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The layout of nodes on a bridge: which variable makes which rule, and what is said of wrong ones."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.objects.document.parse import read_layout
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import InputError
from ansible_collections.multinet.linux.plugins.plugin_utils.nat.bridged_nodes import bridged_nodes

VARIABLES: dict[str, t.Any] = {
    'name': 'node',
    'count': 3,
    'subnet': '10.0.0.0/24',
    'gateway_host': 1,
    'first_host': 2,
    'bridge': 'br0',
    'port': 'br0-',
    'interface': 'eth0',
    'isolated': False,
    'nat': 'masquerade',
    'uplink': '',
    'publish': [],
    'mark': '0x1000',
}


def layout(**variables: t.Any) -> dict[str, t.Any]:
    document = bridged_nodes({**VARIABLES, **variables})
    read_layout(document)
    return document


def rules(document: dict[str, t.Any], table: str, chain: str, family: str = 'ipv4') -> list[str]:
    chains = [
        entry['rules']
        for entry in document['iptables']
        if (entry['table'], entry['chain'], entry['family']) == (table, chain, family)
    ]
    return chains[0] if chains else []


def test_the_plain_document() -> None:
    assert layout() == {
        'name': 'node',
        'links': [
            {'name': 'br0', 'kind': 'bridge', 'stp': False, 'forward_delay': 0, 'addresses': ['10.0.0.1/24']}
        ],
        'sysctls': {'net.ipv4.ip_forward': 1},
        'iptables': [
            {
                'table': 'nat',
                'family': 'ipv4',
                'chain': 'POSTROUTING',
                'rules': ['-s 10.0.0.0/24 ! -d 10.0.0.0/24 ! -o br0 -j MASQUERADE'],
            },
            {
                'table': 'mangle',
                'family': 'ipv4',
                'chain': 'FORWARD',
                'rules': [
                    '! -i br0 -o br0 -m conntrack ! --ctstate RELATED,ESTABLISHED '
                    '-j MARK --set-xmark 0x1000/0x1000'
                ],
            },
            {
                'table': 'filter',
                'family': 'ipv4',
                'chain': 'FORWARD',
                'rules': [
                    '-i br0 -o br0 -j ACCEPT',
                    '-o br0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
                    '-o br0 -j REJECT',
                    '-i br0 ! -s 10.0.0.0/24 -j DROP',
                    '-i br0 ! -o br0 -m mark ! --mark 0x1000/0x1000 -j ACCEPT',
                ],
            },
        ],
        'namespaces': [
            {
                'name': 'node{n}',
                'replicas': 3,
                'links': [
                    {
                        'name': 'eth0',
                        'kind': 'veth',
                        'addresses': ['{10.0.0.0+1+n}/24'],
                        'peer': {'name': 'br0-{n}', 'master': 'br0', 'port': {'isolated': False}},
                    }
                ],
                'routes': [{'to': 'default', 'via': '10.0.0.1'}],
            }
        ],
    }


def test_nodes() -> None:
    document = layout(count='2', mtu='1400', first_nsid=100, ipv6_subnet='fd00::/64', isolated=True)
    (nodes,) = document['namespaces']
    assert (nodes['replicas'], nodes['nsid']) == (2, '{99+n}')
    (link,) = nodes['links']
    assert link['addresses'] == ['{10.0.0.0+1+n}/24', '{fd00::+1+n}/64']
    assert link['mtu'] == link['peer']['mtu'] == document['links'][0]['mtu'] == 1400
    assert link['peer']['port'] == {'isolated': True}
    assert [route['via'] for route in nodes['routes']] == ['10.0.0.1', 'fd00::1']
    assert rules(document, 'filter', 'FORWARD')[0] == '-i br0 -o br0 -j DROP'


def test_published_ports() -> None:
    publish = [
        {'node': 2, 'port': 8080, 'to': 80},
        {'node': '1', 'port': '53', 'protocol': 'udp', 'address': '192.0.2.1'},
        {'node': 1, 'port': 443, 'address': '2001:db8::1'},
    ]
    document = layout(publish=publish, ipv6_subnet='fd00::/64', uplink='up0')
    assert rules(document, 'nat', 'PREROUTING') == [
        '-i up0 -p tcp -m tcp --dport 8080 -m addrtype --dst-type LOCAL -j DNAT --to-destination 10.0.0.3:80',
        '-i up0 -p udp -m udp --dport 53 -d 192.0.2.1 -j DNAT --to-destination 10.0.0.2:53',
    ]
    assert rules(document, 'nat', 'PREROUTING', 'ipv6') == [
        '-i up0 -p tcp -m tcp --dport 8080 -m addrtype --dst-type LOCAL '
        '-j DNAT --to-destination [fd00::3]:80',
        '-i up0 -p tcp -m tcp --dport 443 -d 2001:db8::1 -j DNAT --to-destination [fd00::2]:443',
    ]
    assert rules(document, 'filter', 'FORWARD')[2] == (
        '-i up0 -o br0 -d 10.0.0.3 -p tcp -m tcp --dport 80 -m conntrack --ctstate DNAT -j ACCEPT'
    )
    assert rules(document, 'filter', 'FORWARD')[-1] == '-i br0 -j REJECT'
    assert document['sysctls']['-net/ipv6/conf/up0/accept_ra'] == 2


def test_ways_to_translate() -> None:
    assert not rules(layout(nat='none'), 'nat', 'POSTROUTING')
    assert rules(layout(nat='snat', snat_to='192.0.2.1', uplink='up0'), 'nat', 'POSTROUTING') == [
        '-s 10.0.0.0/24 ! -d 10.0.0.0/24 -o up0 -j SNAT --to-source 192.0.2.1'
    ]


@pytest.mark.parametrize(
    'variables, problems',
    [
        ({'count': 300}, ['subnet: 10.0.0.0/24 has no room for 300 addresses from number 2 on']),
        ({'subnet': '10.0.0.7/24'}, ["subnet: '10.0.0.7/24' has host bits set"]),
        ({'nat': 'snat', 'ipv6_subnet': 'fd00::/64'}, ['snat_to: is missing', 'snat_to_ipv6: is missing']),
        (
            {'publish': [{'node': 4, 'port': 1}, {'node': 0, 'port': 2}]},
            [
                'publish[0].node: is not the number of a node (found 4, want 1 to 3)',
                'publish[1].node: is not the number of a node (found 0, want 1 to 3)',
            ],
        ),
        (
            {'publish': [{'port': 0, 'protocol': 'sctp', 'prot': 1}, 7]},
            [
                'publish[0].node: is missing',
                'publish[0].port: is out of range (found 0, want 1 to 65535)',
                "publish[0].protocol: is unknown (found 'sctp', want one of tcp, udp)",
                'publish[0].prot: is not a known key',
                'publish[1]: is not a mapping',
            ],
        ),
        ({'publish': 'node 1'}, ['publish: is not a list']),
    ],
)
def test_wrong(variables: dict[str, t.Any], problems: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        layout(**variables)
    texts = caught.value.texts()
    assert len(texts) == len(problems)
    for text, start in zip(texts, problems):
        assert text.startswith(start)
