# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A scope can be removed whatever became of the host: what cannot be restored is reported."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
from ansible_collections.multinet.linux.tests.integration import world
from ansible_collections.multinet.linux.tests.integration.world import run

IN_RED: dict[str, t.Any] = {'namespaces': [{'name': 'red', 'links': [{'name': 'card', 'kind': 'physical'}]}]}
ROUTED = (
    'ip addr add 10.5.0.1/24 dev card',
    'ip link set card up',
    'ip link set other up',
    'ip route add 10.9.0.0/16 via 10.5.0.2',
)
ON_BRIDGE: dict[str, t.Any] = {
    'links': [{'name': 'br1', 'kind': 'bridge'}, {'name': 'card', 'kind': 'physical', 'master': 'br1'}]
}
BRIDGE: dict[str, t.Any] = {'name': 'br1', 'kind': 'bridge', 'addresses': ['10.7.0.1/24']}
MORE: dict[str, t.Any] = {
    'sysctls': {'net.ipv4.ip_forward': 1},
    'rules': [{'priority': 100, 'table': 7}],
    'namespaces': [{'name': 'blue'}],
}
# What the host had, what is declared, what happens then, and what cannot be restored.
CASES: dict[str, tuple[tuple[str, ...], dict[str, t.Any], tuple[str, ...], str]] = {
    'gateway of a route': (ROUTED, IN_RED, ('ip addr add 10.5.0.1/24 dev lo',), 'route 10.9.0.0/16'),
    'card': ((), IN_RED, ('ip -n red link del card',), ''),
    'namespace': ((), IN_RED, ('ip netns del red',), ''),
    'link of a setting': ((), {'sysctls': {'net.ipv4.conf.card.rp_filter': 1}}, ('ip link del card',), ''),
    'a field that the kernel refuses': (
        ('ip link add mv link card type macvlan',),
        {'links': [{'name': 'mv', 'kind': 'physical', 'mtu': 1300, 'txqueuelen': 7}]},
        ('ip link set card mtu 1400',),
        'link host/mv (mtu)',
    ),
    'a field in a scope with more': (
        ('ip link add mv link card type macvlan',),
        {
            'links': [{'name': 'mv', 'kind': 'physical', 'mtu': 1300, 'addresses': ['10.6.0.1/24']}, BRIDGE],
            **MORE,
        },
        ('ip link set card mtu 1400',),
        'link host/mv (mtu)',
    ),
    'master': (
        ('ip link add br0 type bridge', 'ip link set card master br0'),
        ON_BRIDGE,
        ('ip link del br0',),
        '',
    ),
}


def _removed(before: t.Sequence[str], document: dict[str, t.Any], meanwhile: t.Sequence[str]) -> list[str]:
    for command in ('ip link add card type veth peer name other', *before):
        run(command)
    converge({'name': 'lab', **document})
    for command in meanwhile:
        run(command)
    outcome = converge({'name': 'lab', **document}, absent=True)
    left = (run('ip netns'), run('ip rule show table 7'), run('ip addr show to 10.6.0.0/15'))
    assert left == ('', '', '') and 'br1' not in run('ip link'), left
    assert not converge({'name': 'lab', **document}, absent=True).ops
    restored = [(change.name, line) for change in outcome.changes for line in (change.title, *change.after)]
    assert not [line for _name, line in restored if '10.9.0.0/16' in line], restored
    assert ('mv', 'mtu 1500') not in restored
    return list(outcome.not_restored)


@pytest.mark.parametrize('case', CASES)
def test_what_is_gone_stops_no_removal(case: str) -> None:
    before, document, meanwhile, told = CASES[case]
    failures = world.in_world(_removed, before, document, meanwhile)
    assert len(failures) == (1 if told else 0), failures
    assert all(told in failure for failure in failures)
