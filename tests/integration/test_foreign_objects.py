# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses, routes and rules of others that no document can say.

They are never taken for equal ones, never rewritten from their reading, and come back byte for byte where
something of ours takes them along. tests/conformance/test_whole_objects.py has the same about single
messages.
"""

from __future__ import annotations

import re
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.engine.observe import observe
from ansible_collections.multinet.linux.plugins.module_utils.engine.plan import plan
from ansible_collections.multinet.linux.plugins.module_utils.engine.query import Query
from ansible_collections.multinet.linux.plugins.module_utils.host.management_path import reasons, trace
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
from ansible_collections.multinet.linux.plugins.module_utils.objects.document.parse import read_layout
from ansible_collections.multinet.linux.plugins.module_utils.objects.draft import Policy
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables.canonical_rules import (
    CanonicalRules,
)
from ansible_collections.multinet.linux.plugins.module_utils.objects.management_path import Connection
from ansible_collections.multinet.linux.plugins.module_utils.objects.owned import Owned
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import EngineError
from ansible_collections.multinet.linux.tests.generator import Document
from ansible_collections.multinet.linux.tests.integration import world
from ansible_collections.multinet.linux.tests.integration.outcomes import stopped_after
from ansible_collections.multinet.linux.tests.integration.world import run

CARD = (
    'ip netns add far',
    'ip link add nic type veth peer name far netns far',
    'ip link set nic addrgenmode none up',
    'ip -n far link set far up',
    'ip address add 10.0.0.9/24 dev nic',
    'ip address add fd00::9/64 dev nic nodad',
)
HOSTS = {
    'DHCP client': (
        'ip address add 10.96.0.1/24 dev nic valid_lft 3600 preferred_lft 3600',
        'ip route add default via 10.96.0.254 dev nic proto dhcp src 10.96.0.1 metric 100',
    ),
    'NetworkManager': (
        'ip address add 10.96.0.1/24 brd + noprefixroute dev nic',
        'ip route add 10.96.0.0/24 dev nic proto kernel scope link src 10.96.0.1 metric 100',
        'ip route add default via 10.96.0.254 dev nic proto static metric 100',
    ),
    'provider': (
        'ip address add 10.96.0.1 peer 10.96.0.254/32 dev nic',
        'ip route add default via 10.96.0.254 dev nic',
    ),
    'two providers of IPv6': (
        'ip -6 route add default from 2001:db8:1::/64 via fd00::1 dev nic',
        'ip -6 route add default from 2001:db8:2::/64 via fd00::2 dev nic',
    ),
    'odd addresses': (
        'ip address add 10.97.0.1/24 brd + dev nic',
        'ip address add 10.98.0.1/24 metric 77 dev nic',
        'ip address add fd05::1/64 preferred_lft 0 nodad dev nic',
        'ip address add fd06::1 peer fd06::2/128 nodad dev nic',
    ),
    'odd routes': (
        'ip route add 10.11.0.0/16 via 10.0.0.1 dev nic mtu lock 1400 features ecn congctl cubic',
        'ip route add 10.12.0.0/16 via 10.0.0.1 dev nic realm 5/6',
        'ip route add 10.13.0.0/16 encap ip id 5 dst 10.0.0.7 via 10.0.0.1 dev nic',
        'ip -6 route add fd02::/64 via fd00::1 dev nic pref high',
        'ip -6 route add fd03::/64 via fd00::1 dev nic expires 3600',
        'ip -6 route add fd04::/64 encap seg6 mode encap segs fd00::7 via fd00::1 dev nic',
    ),
}
RULES = (
    'ip rule add pref 1000 l3mdev',
    'ip -6 rule add pref 1000 l3mdev',
    'ip rule add pref 1001 table 7 suppress_ifgroup 5',
    'ip rule add pref 1002 table 7 tun_id 5',
    'ip rule add pref 1003 table 7 realms 3/4',
)
MOVED: Document = {
    'name': 'mv',
    'namespaces': [
        {
            'name': 'inner',
            'links': [
                {
                    'name': 'sig0',
                    'kind': 'physical',
                    'match': {'name': 'nic'},
                    'addresses': ['10.9.9.1/24'],
                }
            ],
        }
    ],
}


ADDRESSES = ('-4 address show dev nic', '-6 address show dev nic')


def told(namespace: str = '') -> list[str]:
    """Addresses, routes and rules as iproute2 shows them, without the seconds that pass."""
    where = 'ip -n %s ' % namespace if namespace else 'ip '
    lines = [
        where.split()[-1] + ' ' + line.strip()
        for command in ADDRESSES[: 0 if namespace else 2]
        for line in run(where + command, check=False).splitlines()
    ]
    for command in ('route show table all', '-6 route show table all', 'rule', '-6 rule'):
        lines += sorted(line.strip() for line in run(where + command).splitlines())
    times = re.compile(r'(valid_lft|preferred_lft|expires) [1-9]\d*sec')
    # IPv6 makes the routes of its addresses in its own time (addrconf_dad_work).
    noise = re.compile(
        r'^(ip )?(\d+: nic|(local|anycast|multicast|broadcast) |[0-9a-f]+::\S* .*proto kernel)'
    )
    return [times.sub(r'\1 SOME', line) for line in lines if not noise.match(line)]


def _host(name: str) -> None:
    for command in (*CARD, *HOSTS[name]):
        run(command)


def _there_and_back(name: str) -> None:
    _host(name)
    before = told()
    outcome = converge(MOVED)
    assert not converge(MOVED).ops
    taken_back = converge(MOVED, absent=True)
    assert told() == _kept(before)
    lease = 'address 10.96.0.1/24 of link host/nic stays beyond its lease'
    assert [warning.split(',')[0] for warning in taken_back.warnings] == [lease] * (name == 'DHCP client')
    assert len(outcome.warnings) == len(taken_back.warnings)


def _kept(lines: list[str]) -> list[str]:
    """With leased addresses that do not end: nobody renews them, since their client has lost the link."""
    kept = list(lines)
    for number, line in enumerate(lines):
        if ' dynamic ' in line and line.startswith(('inet ', 'ip inet ')):
            kept[number] = line.replace(' dynamic', '')
            kept[number + 1] = kept[number + 1].replace(' SOME', ' forever')
    return kept


@pytest.mark.parametrize('name', HOSTS)
def test_a_card_that_goes_and_comes_has_all_that_it_had(name: str) -> None:
    world.in_world(_there_and_back, name)


def _failed_at_the_end() -> str:
    def finish() -> t.NoReturn:
        raise EngineError('no space left')

    with pytest.raises(EngineError) as caught:
        converge(MOVED, finish=finish)
    return str(caught.value)


def _undone(name: str) -> None:
    _host(name)
    before = told()
    told_of = _failed_at_the_end()
    assert told() == _kept(before)
    assert ('stays beyond its lease' in told_of) == (name == 'DHCP client')
    assert not converge(MOVED, check=True).recovered


@pytest.mark.parametrize('name', HOSTS)
def test_a_card_that_moved_in_a_run_that_failed_has_all_that_it_had(name: str) -> None:
    world.in_world(_undone, name)


def _risks() -> list[str]:
    for command in (*CARD[:4], HOSTS['DHCP client'][0]):
        run(command)
    have = observe(Query({''}))
    steps, _owned = plan(read_layout(MOVED), have, Owned(), Policy(), CanonicalRules())
    return reasons(steps, trace(have, Connection('10.96.0.7', 40000, '10.96.0.1', 22)))


def test_a_connection_to_a_dynamic_address_is_a_risk() -> None:
    assert 'link host/nic: carries the connection' in world.in_world(_risks)


# In an exclusive namespace

EXCLUSIVE: Document = {
    'name': 'x',
    'namespaces': [
        {
            'name': 'ns',
            'exclusive': True,
            'links': [
                {
                    'name': 'nic',
                    'kind': 'veth',
                    'peer': {'name': 'nicp'},
                    'addresses': ['10.0.0.9/24', 'fd00::9/64'],
                }
            ],
        }
    ],
}


def _in_exclusive(commands: t.Iterable[str]) -> None:
    converge(EXCLUSIVE)
    run('ip link set nicp up')
    for command in commands:
        run(command.replace('ip ', 'ip -n ns ', 1))


def _exclusive_undone() -> None:
    odd = [
        command
        for name in ('odd addresses', 'odd routes', 'two providers of IPv6')
        for command in HOSTS[name]
        if 'fd05' not in command
    ]
    _in_exclusive((*odd, *RULES, 'ip address add 10.140.0.1 peer 10.140.0.2/32 dev nic'))
    before = told('ns')
    count = converge(EXCLUSIVE, check=True).ops
    assert count >= 10
    stopped_after(count, EXCLUSIVE)
    assert told('ns') == before


def test_what_an_exclusive_namespace_loses_comes_back_as_it_was_when_the_run_fails() -> None:
    world.in_world(_exclusive_undone)


def _exclusive_peer() -> None:
    _in_exclusive(['ip address add 10.140.0.1 peer 10.140.0.2/32 dev nic'])
    assert [change.title for change in converge(EXCLUSIVE).changes] == ['address ns/nic 10.140.0.1/32']
    assert '10.140.0' not in run('ip -n ns address')
    assert not converge(EXCLUSIVE).ops


def test_an_exclusive_namespace_removes_a_peer_address() -> None:
    world.in_world(_exclusive_peer)


def _exclusive_leaves() -> None:
    _in_exclusive(
        [
            'ip rule add pref 1000 l3mdev protocol kernel',
            'ip address add 10.53.0.5/24 dev nic valid_lft 3600 preferred_lft 3600',
        ]
    )
    assert not converge(EXCLUSIVE).changes
    assert 'l3mdev' in run('ip -n ns rule')
    assert '10.53.0.5' in run('ip -n ns address')


def test_an_exclusive_namespace_leaves_the_rule_of_vrfs_and_the_address_of_a_dhcp_client() -> None:
    world.in_world(_exclusive_leaves)


# Beside a declared one

SAME: dict[str, tuple[str, Document, str]] = {
    'encap': (
        'ip route add 10.9.0.0/16 encap ip id 5 dst 10.0.0.7 via 10.0.0.1 dev nic',
        {'routes': [{'to': '10.9.0.0/16', 'via': '10.0.0.1'}]},
        'route 10.9.0.0/16 in host: already exists and is not ours (found 10.9.0.0/16 via 10.0.0.1 dev nic'
        ' table main encap',
    ),
    'seg6': (
        'ip -6 route add fd09::/64 encap seg6 mode encap segs fd00::7 via fd00::1 dev nic',
        {'routes': [{'to': 'fd09::/64', 'via': 'fd00::1'}]},
        'route fd09::/64 in host: already exists and is not ours (found ',
    ),
    'preference': (
        'ip -6 route add fd09::/64 via fd00::1 dev nic pref low',
        {'routes': [{'to': 'fd09::/64', 'via': 'fd00::1'}]},
        'pref low',
    ),
    'peer': (
        'ip address add 10.8.0.2 peer 172.16.5.1/24 dev nic',
        {'links': [{'name': 'nic', 'kind': 'physical', 'addresses': ['10.8.0.2/24']}]},
        'address 10.8.0.2/24 on host/nic: already exists with other properties (found address 10.8.0.2/24,'
        ' peer 172.16.5.1, scope global, want address 10.8.0.2/24, scope global); ',
    ),
    'dynamic': (
        'ip address add 10.53.0.5/24 dev nic valid_lft 3600 preferred_lft 3600',
        {'links': [{'name': 'nic', 'kind': 'physical', 'addresses': ['10.53.0.5/24']}]},
        'already exists with other properties (found address 10.53.0.5/24, dynamic, scope global, want',
    ),
}


def _not_equal(command: str, document: Document, message: str) -> None:
    for line in (*CARD, command):
        run(line)
    before = told()
    with pytest.raises(EngineError) as caught:
        converge({'name': 'x', **document}, check=True)
    assert message in str(caught.value)
    assert told() == before
    adopted = {'name': 'x', **document}
    assert converge(adopted, policy=Policy(adopt=True)).changes
    assert not converge(adopted).ops
    converge(adopted, absent=True)


@pytest.mark.parametrize('case', SAME.values(), ids=SAME)
def test_what_was_not_compared_is_not_as_declared(case: tuple[str, Document, str]) -> None:
    world.in_world(_not_equal, *case)


def _rule_beside() -> list[str]:
    run('ip rule add pref 1001 table 7 suppress_ifgroup 5')
    document = {'name': 'x', 'rules': [{'priority': 1001, 'table': 7}]}
    converge(document)
    assert not converge(document).ops
    rules = run('ip rule show pref 1001').splitlines()
    converge(document, absent=True)
    assert run('ip rule show pref 1001').split() == rules[0].split()
    return [rule.split(':')[1].strip() for rule in rules]


def test_a_rule_with_more_to_it_is_another_rule() -> None:
    assert world.in_world(_rule_beside) == [
        'from all lookup 7 suppress_ifgroup 5',
        'from all lookup 7 proto 117',
    ]


def _deprecated() -> None:
    for line in CARD:
        run(line)
    document: Document = {
        'name': 'x',
        'links': [{'name': 'nic', 'kind': 'physical', 'addresses': ['2001:db8::2/64']}],
    }
    converge(document)
    run('ip address change 2001:db8::2/64 dev nic preferred_lft 0')
    assert [change.title for change in converge(document).changes] == ['address host/nic 2001:db8::2/64']
    assert 'deprecated' not in run('ip address show dev nic')
    assert not converge(document).ops


def test_an_address_of_ours_that_was_deprecated_by_hand_is_repaired() -> None:
    world.in_world(_deprecated)


def _broadcast() -> None:
    for line in (*CARD, 'ip address add 10.8.0.2/24 brd + dev nic'):
        run(line)
    document: Document = {
        'name': 'x',
        'links': [{'name': 'nic', 'kind': 'physical', 'addresses': ['10.8.0.2/24']}],
    }
    assert not converge(document).ops


def test_a_broadcast_address_is_the_affair_of_who_gave_the_address() -> None:
    world.in_world(_broadcast)
