# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Routes by the module ns_route."""

from __future__ import annotations

import re
import subprocess

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
from ansible_collections.multinet.linux.tests.integration.module_cases import (
    BLUE,
    NO_BLUE,
    ROUTES,
    ROUTES6,
    WIRE,
    Case,
    Results,
    Wrong,
    check_case,
    check_wrong,
    ids,
)
from ansible_collections.multinet.linux.tests.integration.world import in_world, run

CASES = (
    Case(
        'default route',
        'ns_route',
        {'namespace': 'blue', 'routes': [{'to': 'default', 'via': '10.0.0.1'}]},
        ROUTES,
        ('default via 10.0.0.1 dev eth0',),
        {'namespace': 'blue', 'routes': [{'to': 'default'}]},
        before=(BLUE, WIRE),
    ),
    Case(
        'routes of both families',
        'ns_route',
        {
            'namespace': 'blue',
            'routes': [
                {'to': 'default', 'via': 'fd00::1'},
                {'to': '192.0.2.0/24', 'type': 'blackhole'},
                {'to': '198.51.100.0/24', 'via': '10.0.0.1', 'table': 77},
                {
                    'to': '2001:db8::/32',
                    'nexthops': [{'via': 'fd00::1'}, {'via': 'fd00::3', 'weight': 2}],
                    'metric': 9,
                },
            ],
        },
        '%s; %s' % (ROUTES, ROUTES6),
        (
            'default via fd00::1',
            'blackhole 192.0.2.0/24',
            '198.51.100.0/24 via 10.0.0.1 dev eth0 table 77',
            '2001:db8::/32',
            'weight 2',
        ),
        {
            'namespace': 'blue',
            'routes': [
                {'to': 'default', 'family': 'ipv6'},
                {'to': '192.0.2.0/24'},
                {'to': '198.51.100.0/24', 'table': 77},
                {'to': '2001:db8::/32', 'metric': 9},
            ],
        },
        before=(BLUE, WIRE),
    ),
    Case(
        'route that changes',
        'ns_route',
        {'namespace': 'blue', 'routes': [{'to': 'default', 'via': '10.0.0.3', 'mtu': 1400}]},
        ROUTES,
        ('default via 10.0.0.3', 'mtu 1400'),
        {'namespace': 'blue', 'routes': [{'to': 'default', 'via': '10.0.0.3'}]},
        before=(
            BLUE,
            WIRE,
            ('ns_route', {'namespace': 'blue', 'routes': [{'to': 'default', 'via': '10.0.0.1'}]}),
        ),
        summary={'created': 0, 'changed': 1, 'removed': 0},
    ),
    Case(
        'route of others',
        'ns_route',
        {'namespace': 'blue', 'adopt': True, 'routes': [{'to': '192.0.2.0/24', 'via': '10.0.0.3'}]},
        ROUTES,
        ('192.0.2.0/24 via 10.0.0.3',),
        {'namespace': 'blue', 'routes': [{'to': '192.0.2.0/24'}], 'scope': 'another'},
        before=(BLUE, WIRE, 'ip -n blue route add 192.0.2.0/24 via 10.0.0.1'),
    ),
)
WRONG = (
    Wrong(
        'route without namespace',
        'ns_route',
        {'namespace': 'blue', 'routes': [{'to': 'default', 'via': '10.0.0.1'}]},
        (NO_BLUE,),
    ),
    Wrong(
        'routes',
        'ns_route',
        {
            'namespace': 'blue',
            'routes': [{'to': 'default'}, {'via': '10.0.0.1'}, {'to': '10.0.0.1/8', 'dev': 'eth0'}],
            'rules': [{'priority': 7}],
        },
        (
            'routes[0].via: is missing',
            'routes[1].to: is missing',
            'routes[2].to: has host bits set',
            'rules[0].table: is missing',
        ),
        before=(BLUE,),
    ),
    Wrong(
        'route over nothing',
        'ns_route',
        {'namespace': 'host', 'routes': [{'to': '192.0.2.0/24', 'dev': 'eth7'}]},
        ('uses a link that does not exist (found eth7)',),
    ),
    Wrong(
        'route that cannot be',
        'ns_route',
        {'namespace': 'host', 'routes': [{'to': '192.0.2.0/24', 'via': '203.0.113.1'}]},
        ('ENETUNREACH',),
        check_mode=False,
    ),
    Wrong(
        'route of others',
        'ns_route',
        {'namespace': 'host', 'routes': [{'to': '192.0.2.0/24', 'type': 'prohibit'}]},
        ('already exists and is not ours (found blackhole 192.0.2.0/24',),
        before=('ip route add blackhole 192.0.2.0/24',),
    ),
)
RESULTS = Results(CASES, WRONG)


@pytest.mark.parametrize('case', CASES, ids=ids)
def test_predicted_done_and_not_done_again(case: Case) -> None:
    check_case(case, RESULTS)


@pytest.mark.parametrize('wrong', WRONG, ids=ids)
def test_what_is_wrong_is_named_and_nothing_changes(wrong: Wrong) -> None:
    check_wrong(wrong, RESULTS)


def _by_rule() -> None:
    run('ip link add nic type veth peer name far')
    for name in ('nic', 'far'):
        run('ip link set %s up' % name)
    document = {
        'name': 'x',
        'links': [{'name': 'nic', 'kind': 'physical', 'addresses': ['10.1.0.2/32']}],
        'routes': [
            {'to': '198.51.100.0/24', 'via': '10.9.0.1', 'dev': 'nic'},
            {'to': '10.9.0.0/24', 'dev': 'nic', 'table': 77},
        ],
        'rules': [{'priority': 77, 'to': '10.9.0.0/24', 'table': 77}],
    }
    assert converge(document).rounds == 1
    assert not converge(document).ops
    converge(document, absent=True)
    assert '198.51.100' not in run('ip route')


def test_a_gateway_may_be_reached_by_a_declared_rule() -> None:
    in_world(_by_rule)


def _in_place() -> None:
    run('ip link add nic type veth peer name far')
    for name in ('nic', 'far'):
        run('ip link set %s addrgenmode none up' % name)

    def document(**route: object) -> dict[str, object]:
        return {
            'name': 'x',
            'links': [{'name': 'nic', 'kind': 'physical', 'addresses': ['fd00::9/64']}],
            'routes': [{'to': 'fd07::/64', **route}],
        }

    hops = [{'via': 'fd00::1', 'weight': 2}, {'via': 'fd00::2'}]
    forms = ({'via': 'fd00::1'}, {'via': 'fd00::2', 'mtu': 1400}, {'nexthops': hops}, {'type': 'blackhole'})
    converge(document(**forms[0]))
    with subprocess.Popen(['ip', '-6', 'monitor', 'route'], stdout=subprocess.PIPE, text=True) as monitor:
        for form in (*forms[1:], *forms):
            assert converge(document(**form)).rounds == 1
        monitor.terminate()
        said = monitor.communicate()[0]
    assert 'fd07::/64' in said
    assert not re.findall('Deleted .*fd07::/64.*', said)


def test_a_changed_ipv6_route_takes_the_place_of_the_old_one() -> None:
    in_world(_in_place)
