# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documents: families, whose the firewall is, and order, which makes no difference."""

from __future__ import annotations

import random
import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.objects.document.parse import read_layout
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables.value import Chain
from ansible_collections.multinet.linux.plugins.module_utils.objects.rule.value import Rule
from ansible_collections.multinet.linux.tests.unit.objects.lab import layout


def families(values: t.Iterable[Chain | Rule]) -> list[str]:
    return [value.family for value in values]


def test_family_both() -> None:
    assert families(layout(rules=[{'priority': 5, 'table': 9, 'family': 'both'}]).rules) == ['ipv4', 'ipv6']
    chains = layout(iptables=[{'chain': 'INPUT', 'family': 'both', 'rules': [' -j ACCEPT ']}]).iptables
    assert families(chains) == ['ipv4', 'ipv6']
    assert {(chain.table, chain.rules) for chain in chains} == {('filter', ('-j ACCEPT',))}
    plain = layout(iptables=[{'chain': 'INPUT'}], rules=[{'priority': 5, 'table': 9}])
    assert families(plain.iptables) == families(plain.rules) == ['ipv4']


def test_firewall_of_others_is_left_alone_where_others_may_be() -> None:
    found = layout(
        namespaces=[
            {'name': 'made'},
            {'name': 'shared', 'iptables_mode': 'shared'},
            {'name': 'found', 'create': False},
        ]
    )
    assert {name: found.namespace(name).exclusive_firewall for name in ('made', 'shared', 'found', '')} == {
        'made': True,
        'shared': False,
        'found': False,
        '': False,
    }
    assert layout(iptables_mode='exclusive').namespace('').exclusive_firewall is True


def shuffled(value: t.Any, dice: random.Random) -> t.Any:
    """*value* with every list of objects and every mapping in another order; the order of firewall rules has
    a meaning."""
    if isinstance(value, dict):
        keys = list(value)
        dice.shuffle(keys)
        return {
            key: value[key] if key == 'rules' and 'chain' in value else shuffled(value[key], dice)
            for key in keys
        }
    if isinstance(value, list):
        members = [shuffled(member, dice) for member in value]
        dice.shuffle(members)
        return members
    return value


def test_order_makes_no_difference() -> None:
    document = {
        'name': 'lab',
        'sysctls': {'net.ipv4.ip_forward': 1, 'net.ipv6.conf.all.forwarding': 1},
        'links': [
            {'name': 'br0', 'kind': 'bridge', 'addresses': ['10.0.0.1/24', 'fd00::1/64', '10.1.0.1/24']},
            {'name': 'br1', 'kind': 'bridge', 'mtu': 1400},
        ],
        'rules': [
            {'priority': 10, 'table': 5, 'from': '10.0.0.0/24'},
            {'priority': 11, 'table': 6, 'mark': 1},
        ],
        'iptables': [
            {'chain': 'INPUT', 'rules': ['-i lo -j ACCEPT', '-j mine']},
            {'chain': 'mine', 'rules': ['-j RETURN']},
        ],
        'namespaces': [
            {
                'name': 'red',
                'links': [
                    {
                        'name': 'eth0',
                        'kind': 'veth',
                        'addresses': ['10.0.0.2/24'],
                        'peer': {'name': 'r', 'master': 'br0'},
                    },
                    {'name': 'm', 'kind': 'macvlan', 'link': 'eth0', 'addresses': ['10.2.0.2/24']},
                ],
                'routes': [
                    {'to': 'default', 'via': '10.0.0.1'},
                    {'to': '10.9.0.0/16', 'via': '10.8.0.1'},
                    {'to': '10.8.0.0/16', 'dev': 'm'},
                ],
            },
            {
                'name': 'blue',
                'links': [{'name': 'eth0', 'kind': 'veth', 'peer': {'name': 'eth1', 'namespace': 'red'}}],
            },
        ],
    }
    wanted = read_layout(document)
    for seed in range(50):
        found = read_layout(shuffled(document, random.Random(seed)))
        for room in (
            'namespaces',
            'links',
            'addresses',
            'routes',
            'rules',
            'sysctls',
            'iptables',
            'nftables',
        ):
            assert set(getattr(found, room)) == set(getattr(wanted, room)), room
