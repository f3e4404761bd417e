# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules with ``state: absent`` where there is nothing to remove, or something else."""

from __future__ import annotations

from ansible_collections.multinet.linux.tests.integration.module_cases import (
    BLUE,
    ROUTES,
    WIRE,
    Results,
    Steps,
    step,
)

# Nothing of this exists, not even the namespace.
NOTHING = (
    ('netns', {'name': 'blue'}),
    ('veth', {'namespace': 'blue', 'name': 'eth0'}),
    ('veth', {'name': 'eth0', 'peer': {'name': 'x', 'namespace': 'nowhere'}}),
    ('ns_link', {'namespace': 'blue', 'name': 'eth0'}),
    ('ns_link', {'namespace': 'host', 'name': 'br0', 'kind': 'bridge'}),
    ('ns_route', {'namespace': 'blue', 'routes': [{'to': 'default'}], 'rules': [{'priority': 7}]}),
    ('ns_route', {'namespace': 'host', 'routes': [{'to': '192.0.2.0/24', 'via': '10.0.0.1'}]}),
    ('ns_iptables', {'namespace': 'blue'}),
    ('ns_iptables', {'namespace': 'host', 'mode': 'exclusive'}),
    ('ns_nftables', {'namespace': 'blue'}),
    ('ns_nftables', {'namespace': 'host', 'table': 'mine', 'family': 'ip6'}),
    ('layout', {'name': 'nothing'}),
)
DIFFERENT = (
    # Something else exists: what is given of a route or a link has to match.
    ('ns_route', {'namespace': 'blue', 'routes': [{'to': 'default', 'via': '10.0.0.9'}]}),
    ('ns_route', {'namespace': 'blue', 'routes': [{'to': 'default', 'metric': 7}]}),
    ('ns_route', {'namespace': 'blue', 'routes': [{'to': 'default', 'type': 'blackhole'}]}),
    ('ns_route', {'namespace': 'blue', 'rules': [{'priority': 100, 'table': 7}]}),
    ('ns_link', {'namespace': 'blue', 'name': 'eth0', 'kind': 'physical', 'scope': 'another'}),
    ('ns_link', {'namespace': 'host', 'name': 'lo'}),
)
EXISTING = (
    BLUE,
    WIRE,
    (
        'ns_route',
        {
            'namespace': 'blue',
            'routes': [{'to': 'default', 'via': '10.0.0.1'}],
            'rules': [{'priority': 100, 'table': 100}],
        },
    ),
)


def _removals(name: str, objects: tuple[tuple[str, dict[str, object]], ...]) -> Steps:
    steps = []
    for number, (module, args) in enumerate(objects):
        steps.append(('%s %d' % (name, number), step((module, {**args, 'state': 'absent'}))))
    return steps


RESULTS = Results(
    steps=[
        *_removals('nothing', NOTHING),
        *(('existing %d' % number, step(action)) for number, action in enumerate(EXISTING)),
        *_removals('different', DIFFERENT),
        ('look', 'ip -n blue -o addr; ip -n blue rule; ' + ROUTES),
    ]
)


def test_what_does_not_exist_is_removed_without_a_change() -> None:
    for number, member in enumerate(NOTHING):
        result = RESULTS['nothing %d' % number]
        assert not result.get('failed') and result['changed'] is False, (member, result)


def test_what_differs_from_what_is_named_stays() -> None:
    for number, member in enumerate(DIFFERENT):
        result = RESULTS['different %d' % number]
        assert not result.get('failed') and result['changed'] is False, (member, result)
    shown = RESULTS['look']['stdout']
    assert '10.0.0.2/24' in shown and 'default via 10.0.0.1' in shown and '100:' in shown, shown
