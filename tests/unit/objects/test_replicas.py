# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What replicas stand for."""

from __future__ import annotations

import typing as t

from ansible_collections.multinet.linux.tests.unit.objects.lab import layout


def test_replicas_stand_for_what_they_say() -> None:
    entry: dict[str, t.Any] = {
        'name': 'red{n}',
        'links': [
            {
                'name': 'eth0',
                'kind': 'veth',
                'addresses': ['{10.200.0.250+n}/16'],
                'peer': {'name': 'red-{n}', 'master': 'br0', 'port': {'cost': '{n}'}},
            }
        ],
        'routes': [{'to': 'default', 'via': '10.200.0.1', 'metric': '{n*10}'}],
        'sysctls': {'net.ipv4.conf.eth0.rp_filter': '{n%2}'},
        'iptables': [{'chain': 'INPUT', 'rules': ['-m comment --comment "{x} {n}" -j ACCEPT']}],
    }
    written = []
    for n in range(1, 13):
        written.append(
            {
                'name': 'red%d' % n,
                'links': [
                    {
                        'name': 'eth0',
                        'kind': 'veth',
                        'addresses': ['10.200.%d.%d/16' % divmod(250 + n, 256)],
                        'peer': {'name': 'red-%d' % n, 'master': 'br0', 'port': {'cost': n}},
                    }
                ],
                'routes': [{'to': 'default', 'via': '10.200.0.1', 'metric': n * 10}],
                'sysctls': {'net.ipv4.conf.eth0.rp_filter': n % 2},
                'iptables': [{'chain': 'INPUT', 'rules': ['-m comment --comment "{x} %d" -j ACCEPT' % n]}],
            }
        )
    expanded, plain = layout(namespaces=[{**entry, 'replicas': 12}]), layout(namespaces=written)
    assert expanded == plain
    assert expanded.addresses[9].address == '10.200.1.4/16'


def test_number_of_replicas() -> None:
    for count, wanted in ((0, []), (1, ['red1']), ('3', ['red1', 'red2', 'red3'])):
        assert [
            namespace.name
            for namespace in layout(namespaces=[{'name': 'red{n}', 'replicas': count}]).namespaces
        ] == wanted
    assert [
        namespace.name for namespace in layout(namespaces=[{'name': 'red', 'replicas': 1}]).namespaces
    ] == ['red']
    assert len(layout(namespaces=[{'name': 'red{n}', 'replicas': 1000}]).namespaces) == 1000


def test_keys_are_expanded_too() -> None:
    found = layout(
        namespaces=[
            {
                'name': 'red{n}',
                'replicas': 2,
                'links': [{'name': 'eth{n}', 'kind': 'bridge'}],
                'sysctls': {'net.ipv4.conf.eth{n}.rp_filter': 1},
            }
        ]
    )
    assert [sysctl.link for sysctl in found.sysctls] == ['eth1', 'eth2']


def test_braces_outside_replicas_are_left_alone() -> None:
    found = layout(iptables=[{'chain': 'INPUT', 'rules': ['-m comment --comment {n} -j ACCEPT']}])
    assert found.iptables[0].rules == ('-m comment --comment {n} -j ACCEPT',)
