# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The RETURN block of each module says what the module returns. For modules with cases in module_cases.py,
the cases check it too."""

from __future__ import annotations

import pathlib
import typing as t

import pytest
from ansible_collections.multinet.linux.tests import tree
from ansible_collections.multinet.linux.tests.integration import listener_world, reachability_world
from ansible_collections.multinet.linux.tests.integration.module_calls import call
from ansible_collections.multinet.linux.tests.integration.module_cases import BLUE, WIRE
from ansible_collections.multinet.linux.tests.integration.return_docs import differences
from ansible_collections.multinet.linux.tests.integration.world import in_world

Call = tuple[str, dict[str, t.Any]]
IN_BLUE = {'namespace': 'blue'}
DOCUMENT = {
    'name': 'lab',
    'sysctls': {'net.ipv4.ip_forward': 1},
    'iptables': [{'chain': 'INPUT', 'rules': ['-p tcp --dport 22 -j ACCEPT']}],
    'nftables': [{'content': 'chain c { }'}],
    'namespaces': [
        {
            'name': 'red',
            'nameservers': {'addresses': ['192.0.2.53']},
            'links': [
                {
                    'name': 'eth0',
                    'kind': 'veth',
                    'addresses': ['10.9.0.2/24'],
                    'peer': {'name': 'red0', 'addresses': ['10.9.0.1/24']},
                }
            ],
            'routes': [{'to': 'default', 'via': '10.9.0.1'}],
            'rules': [{'priority': 100, 'table': 7}],
        }
    ],
}
SET = {
    'internal': ['10.2.0.0/24'],
    'units': '/run/units',
    'wait_dad': 0,
    'listeners': [
        listener_world.listener('sip', type='external', scheme='sip'),
        listener_world.listener('web', '10.2.0.2', 80, service='web.service', activation=True),
    ],
    'destinations': ['198.51.100.9'],
}
PROBES = [
    {'namespace': 'red', 'kind': 'icmp', 'to': '10.0.0.1', 'expect': 'open'},
    {'namespace': 'red', 'kind': 'tcp', 'to': '10.0.0.1', 'port': 9, 'expect': 'open'},
]
CALLS: dict[str, list[Call]] = {
    'layout': [
        ('layout', DOCUMENT),
        ('layout', {'name': 'lab', 'links': [{'name': 'x'}]}),
        ('layout', {'name': 'lab', 'state': 'absent'}),
    ],
    'layout_info': [BLUE, WIRE, ('layout_info', {}), ('layout_info', {'namespaces': ['nobody']})],
    'netns': [BLUE, ('netns', {'name': '..'}), ('netns', {**BLUE[1], 'state': 'absent'})],
    'veth': [BLUE, WIRE, ('veth', {'namespace': 'no', 'name': 'a', 'peer': {'name': 'b'}})],
    'ns_link': [
        BLUE,
        ('ns_link', {**IN_BLUE, 'name': 'br0', 'kind': 'bridge'}),
        ('ns_link', {**IN_BLUE, 'name': 'br0', 'kind': 'vlan'}),
    ],
    'ns_route': [
        BLUE,
        WIRE,
        ('ns_route', {**IN_BLUE, 'routes': [{'to': 'default', 'via': '10.0.0.1'}]}),
        ('ns_route', {**IN_BLUE, 'routes': [{'to': 'nowhere'}]}),
        ('veth', {**IN_BLUE, 'name': 'eth0', 'state': 'absent'}),
    ],
    'ns_address': [
        BLUE,
        WIRE,
        ('ns_address', {**IN_BLUE, 'addresses': [{'address': '10.9.0.1/24', 'dev': 'eth0'}]}),
        ('ns_address', {**IN_BLUE, 'addresses': [{'address': '10.9.0.1/24'}]}),
    ],
    'ns_qdisc': [
        ('netns', {'name': 'blue'}),
        ('ns_qdisc', {**IN_BLUE, 'qdiscs': [{'link': 'lo', 'limit': '5mbit'}]}),
        ('ns_qdisc', {**IN_BLUE, 'qdiscs': [{'link': 'lo', 'limit': 'much'}]}),
    ],
    'ns_rule': [
        BLUE,
        ('ns_rule', {**IN_BLUE, 'rules': [{'priority': 100, 'table': 7}]}),
        ('ns_rule', {**IN_BLUE, 'rules': [{'priority': 100}]}),
    ],
    'ns_neighbour': [
        BLUE,
        WIRE,
        ('ns_neighbour', {**IN_BLUE, 'neighbours': [{'to': '10.0.0.9', 'dev': 'eth0', 'proxy': True}]}),
        ('ns_neighbour', {**IN_BLUE, 'neighbours': [{'to': '10.0.0.9', 'dev': 'eth0'}]}),
    ],
    'ns_sysctl': [
        BLUE,
        ('ns_sysctl', {**IN_BLUE, 'sysctls': {'net.ipv4.ip_forward': 1}}),
        ('ns_sysctl', {**IN_BLUE, 'sysctls': {'kernel.hostname': 1}}),
    ],
    'ns_iptables': [
        BLUE,
        ('ns_iptables', {**IN_BLUE, 'chains': [{'chain': 'INPUT', 'rules': ['-j ACCEPT']}]}),
        ('ns_iptables', {**IN_BLUE, 'chains': [{'chain': 'INPUT', 'rules': ['-j NOWHERE']}]}),
    ],
    'ns_nftables': [
        BLUE,
        ('ns_nftables', {**IN_BLUE, 'content': 'chain c { }'}),
        ('ns_nftables', {**IN_BLUE, 'content': '}'}),
    ],
    'listener_bind': [('listener_bind', SET), ('listener_bind', {**SET, 'listeners': [{}]})],
    'listener_info': [
        ('listener_bind', SET),
        ('listener_info', {}),
        ('listener_info', {'namespaces': ['no']}),
    ],
    'reachability': [
        ('reachability', {'probes': PROBES[:1]}),
        ('reachability', {'separate': ['red', 'blue']}),
        ('reachability', {'probes': PROBES, 'timeout': 1}),
        ('reachability', {'probes': [{}]}),
    ],
}
"""Calls that end well and such that fail, each tried in check mode first."""
FURNISHED: dict[str, t.Callable[[], None]] = {
    'listener_bind': listener_world.furnish,
    'listener_info': listener_world.furnish,
    'reachability': reachability_world.furnish,
}


def results_of(module: str) -> list[tuple[str, dict[str, t.Any]]]:
    FURNISHED.get(module, lambda: None)()
    pathlib.Path('/run/units').mkdir(parents=True, exist_ok=True)
    results = []
    for name, arguments in CALLS[module]:
        results += [(name, call(name, arguments, check)) for check in (True, False)]
    return results


@pytest.mark.parametrize('module', CALLS)
def test_a_module_returns_what_it_says(module: str) -> None:
    results = in_world(results_of, module)
    for name, result in results:
        assert differences(name, result) == [], result
    outcomes = {bool(result.get('failed')) for name, result in results if name == module}
    assert len(outcomes) == 2, 'it should have succeeded and failed'


def test_every_module_is_tried() -> None:
    assert {path.stem for path in (tree.TOP / 'plugins/modules').glob('[a-z]*.py')} == set(CALLS)


def test_what_is_not_documented_is_found() -> None:
    result = {'msg': 1, 'more': [], 'summary': {'created': 1, 'gone': 2}, 'changes': [{'action': 'melt'}]}
    assert differences('layout', result) == [
        'msg: is documented as str, and is 1',
        'more: is not documented',
        'summary.changed: is documented, and not returned',
        'summary.removed: is documented, and not returned',
        'summary.gone: is not documented',
        'changes[].kind: is documented, and not returned',
        'changes[].name: is documented, and not returned',
        'changes[].before: is documented, and not returned',
        'changes[].after: is documented, and not returned',
        'changes[].count: is documented, and not returned',
        'changes[].action: may be melt, which is not documented',
    ]
