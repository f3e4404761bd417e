# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A NAT gateway as a layout: the order of its rules, and what is wrong with its variables."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.objects.document.parse import read_layout
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import InputError
from ansible_collections.multinet.linux.plugins.plugin_utils.nat.gateway_rules import nat_gateway

NETWORKS = [{'link': 'a', 'subnets': ['10.1.0.0/24', 'fd01::/64']}, {'link': 'b', 'subnets': ['10.2.0.0/24']}]


def data(**more: t.Any) -> dict[str, t.Any]:
    return {'name': 'gw', 'uplinks': ['up'], 'networks': NETWORKS, **more}


def rules(document: dict[str, t.Any], table: str, chain: str, family: str = 'ipv4') -> list[str]:
    return next(
        (
            entry['rules']
            for entry in document['iptables']
            if (entry['table'], entry['chain'], entry['family']) == (table, chain, family)
        ),
        [],
    )


def test_what_is_more_exact_comes_first_whatever_the_order() -> None:
    document = nat_gateway(
        data(
            publish=[{'port': 80, 'to': '10.1.0.2', 'address': '192.0.2.1'}],
            one_to_one=[{'address': '192.0.2.9', 'to': '10.1.0.9'}],
            exclude=['10.9.0.0/16'],
            hairpin=False,
        )
    )
    assert [rule.split(' --to-destination ')[1] for rule in rules(document, 'nat', 'PREROUTING')] == [
        '10.1.0.9',
        '10.1.0.2',
    ]
    targets = [rule.split(' -j ')[1] for rule in rules(document, 'nat', 'POSTROUTING')]
    assert targets == ['RETURN'] * 4 + ['SNAT --to-source 192.0.2.9', 'MASQUERADE', 'MASQUERADE']
    forward = rules(document, 'filter', 'FORWARD')
    assert [rule.split(' -j ')[1] for rule in forward[-4:]] == ['REJECT'] * 4
    assert not [
        rule for rule in forward if '10.1.0.9' in rule or '10.1.0.2' in rule
    ]  # led in, not sent there
    read_layout(document)


def test_each_family_that_is_there_has_its_rules_and_no_other() -> None:
    document = nat_gateway(data(networks=NETWORKS[1:]))
    assert {entry['family'] for entry in document['iptables']} == {'ipv4'}
    assert document['sysctls'] == {'net.ipv4.ip_forward': 1}
    both = nat_gateway(data(nat_ipv6='none', mss='none'))
    assert both['sysctls'] == {
        'net.ipv4.ip_forward': 1,
        '-net/ipv6/conf/up/accept_ra': 2,
        'net.ipv6.conf.all.forwarding': 1,
    }
    assert rules(both, 'nat', 'POSTROUTING', 'ipv6') == ['-s fd01::/64 -d ff00::/8 -j RETURN']
    assert not [entry for entry in both['iptables'] if entry['table'] == 'mangle']


def test_a_namespace_has_it_all_inside() -> None:
    document = nat_gateway(data(namespace='router'))
    assert (document['iptables'], document['sysctls']) == ([], {})
    assert document['namespaces'][0]['name'] == 'router' and document['namespaces'][0]['create'] is False
    read_layout(document)


def publish(*entries: dict[str, t.Any], **more: t.Any) -> dict[str, t.Any]:
    return data(publish=[{'to': '10.1.0.2', **entry} for entry in entries], **more)


WRONG: list[tuple[t.Any, tuple[str, ...]]] = [
    ('x', ("document: is not a mapping (found 'x')",)),
    ({'name': 'gw'}, ('uplinks: has no link', 'networks: has no network')),
    (
        data(uplinks=['up'], networks=[{'link': 'up', 'subnets': ['10.1.0.0/24']}]),
        ('networks[0].link: is in uplinks already',),
    ),
    (
        data(networks=[{'link': 'a', 'subnets': ['10.1.0.5/24', 'x']}]),
        ('networks[0].subnets[0]: has host bits', 'networks[0].subnets[1]: is not a prefix'),
    ),
    (data(networks=[{'link': 'a', 'subnets': []}]), ('networks[0].subnets: has no prefix',)),
    (
        data(networks=[*NETWORKS, {'link': 'c', 'subnets': ['10.1.0.128/25']}]),
        ('networks[2].subnets[0]: overlaps networks[0].subnets[0]',),
    ),
    (
        data(networks=[{**NETWORKS[0], 'reaches': ['a', 'up']}]),
        ('networks[0].reaches[0]: is the link of no other', 'networks[0].reaches[1]: is the link'),
    ),
    (data(nat='snat'), ('snat_to: is missing',)),
    (data(nat='snat', snat_to='fd00::1'), ('snat_to: is not an IPv4 address',)),
    (data(mss=12), ('mss: is not a segment size (found \'12\'',)),
    (data(hairpins=True), ('hairpins: is not a known key',)),
    (
        publish({'port': 0}, {'port': '9-5'}, {'port': 'x'}),
        tuple('publish[%d].port: is not a port' % number for number in range(3)),
    ),
    (publish({'port': '80-90', 'to_port': 8}), ('publish[0].to_port: does not fit a range',)),
    (publish({'port': 80, 'to': '10.7.0.1'}), ('publish[0].to: is in no subnet',)),
    (publish({'port': 80, 'address': 'fd00::1'}), ('publish[0].address: is not an IPv4 address',)),
    (publish({'port': 80, 'sources': ['fd00::/8']}), ('publish[0].sources: has another address family',)),
    (
        publish({'port': '80-90'}, {'port': 85, 'address': '192.0.2.1'}),
        ('publish[1]: matches the same packets as publish[0]',),
    ),
    (
        publish({'port': 80, 'sources': ['10.9.0.0/16']}, {'port': 80, 'sources': ['10.9.9.0/24']}),
        ('publish[1]: matches the same packets as publish[0]',),
    ),
    (
        publish(
            {'port': 80, 'address': '192.0.2.9'}, one_to_one=[{'address': '192.0.2.9', 'to': '10.1.0.9'}]
        ),
        ('publish[0].address: already maps to 10.1.0.9',),
    ),
    (
        data(
            one_to_one=[
                {'address': '192.0.2.8', 'to': '10.1.0.9'},
                {'address': '192.0.2.9', 'to': '10.1.0.9'},
            ]
        ),
        ('one_to_one[1].to: has an address already',),
    ),
]


@pytest.mark.parametrize('document, expected', WRONG)
def test_every_problem_is_told_with_its_path(document: t.Any, expected: tuple[str, ...]) -> None:
    with pytest.raises(InputError) as caught:
        nat_gateway(document)
    problems = caught.value.texts()
    assert len(problems) == len(expected), problems
    for problem, start in zip(problems, expected):
        assert problem.startswith(start), problem


@pytest.mark.parametrize(
    'entries',
    [
        [{'port': 80}, {'port': 80, 'protocol': 'udp'}],
        [{'port': 80, 'address': '192.0.2.1'}, {'port': 80, 'address': '192.0.2.2'}],
        [{'port': 80, 'sources': ['10.8.0.0/16']}, {'port': 80, 'sources': ['10.9.0.0/16']}],
        [{'port': '80-89'}, {'port': '90-99'}],
        [{'port': 80}, {'port': 80, 'to': 'fd01::2'}],
    ],
)
def test_what_is_apart_is_no_problem(entries: list[dict[str, t.Any]]) -> None:
    read_layout(nat_gateway(publish(*entries)))
