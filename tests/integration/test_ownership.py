# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whose things are whose, also when the record is gone; and what a run without the right to do it says."""

from __future__ import annotations

import codecs
import os
import shutil
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
from ansible_collections.multinet.linux.plugins.module_utils.objects.draft import Policy
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import EngineError
from ansible_collections.multinet.linux.tests.generator import Document
from ansible_collections.multinet.linux.tests.integration import world
from ansible_collections.multinet.linux.tests.integration.documents import nodes
from ansible_collections.multinet.linux.tests.integration.outcomes import refused, silent
from ansible_collections.multinet.linux.tests.integration.snapshot import difference, snapshot
from ansible_collections.multinet.linux.tests.integration.world import run

VETH = {'name': 'mine', 'kind': 'veth', 'peer': {'name': 'minep'}}
IN_THE_WAY: dict[str, tuple[list[str], Document, str]] = {
    'namespace': (
        ['ip netns add n1'],
        {'name': 'x', 'namespaces': [{'name': 'n1'}]},
        'namespace n1: already exists and belongs to no known scope; ',
    ),
    'link of the same kind': (
        ['ip link add mine type veth peer name minep'],
        {'name': 'x', 'links': [VETH]},
        'link host/mine: already exists and belongs to no known scope; ',
    ),
    'link of another kind': (
        ['ip link add mine type bridge'],
        {'name': 'x', 'links': [VETH]},
        'link host/mine: is of a different kind (found bridge, want veth) and belongs to no known scope; ',
    ),
    'peer': (
        ['ip link add minep type bridge'],
        {'name': 'x', 'links': [VETH]},
        'link host/minep: is of a different kind (found bridge, want veth) and belongs to no known scope; ',
    ),
    'address': (
        ['ip link add br9 type bridge', 'ip address add 10.7.0.1/24 dev br9 scope link'],
        {'name': 'x', 'links': [{'name': 'br9', 'kind': 'physical', 'addresses': ['10.7.0.1/24']}]},
        'address 10.7.0.1/24 on host/br9: already exists with other properties (found ',
    ),
    'route': (
        ['ip link set lo up', 'ip address add 10.7.0.1/24 dev lo', 'ip route add 10.8.0.0/16 via 10.7.0.5'],
        {'name': 'x', 'routes': [{'to': '10.8.0.0/16', 'type': 'blackhole'}]},
        'route 10.8.0.0/16 in host: already exists and is not ours (found ',
    ),
    'chain': (
        ['iptables -N theirs', 'iptables -A theirs -j ACCEPT'],
        {'name': 'x', 'iptables': [{'chain': 'theirs', 'rules': ['-j DROP']}]},
        'iptables ipv4 filter theirs in host: is a chain of someone else; ',
    ),
}


def _in_the_way(name: str) -> None:
    commands, document, message = IN_THE_WAY[name]
    for command in commands:
        run(command)
    initial = snapshot()
    told = refused(document)
    assert message in told, told
    assert difference(initial, snapshot()) == ''
    converge(document, policy=Policy(adopt=True))
    silent(document)
    assert converge(document, absent=True).changes
    assert converge(document, absent=True).changes == ()


@pytest.mark.parametrize('name', list(IN_THE_WAY))
def test_unmarked_is_a_conflict_and_can_be_adopted(name: str) -> None:
    world.in_world(_in_the_way, name)


def _two_scopes() -> None:
    one, other = nodes(2, 'one'), {**nodes(2, 'two'), 'links': nodes(2, 'one')['links']}
    converge(one)
    told = refused(other)
    assert 'link host/br-one: already exists and belongs to scope one; ' in told, told
    # The same names of chains and namespaces differ by scope, so what is left of the other document fits
    # beside the first.
    second = {
        'name': 'two',
        'namespaces': [{'name': 'two-ns'}],
        'iptables': [{'chain': 'FORWARD', 'rules': ['-j ACCEPT']}],
    }
    before = snapshot()
    converge(second)
    converge(second, absent=True)
    left = difference(before, snapshot())
    assert not left, left
    silent(one)
    told = refused({'name': 'two', 'namespaces': [{'name': 'one1'}]})
    assert 'namespace one1: already exists and belongs to scope one; ' in told, told


def test_two_scopes() -> None:
    world.in_world(_two_scopes)


def _lost_state(again: bool) -> None:
    document = nodes(2)
    initial = snapshot()
    converge(document)
    built = snapshot()
    shutil.rmtree('/run/multinet')
    if again:
        silent(document)
        now = {key: value for key, value in snapshot().items() if not key.startswith('file /run/multinet/')}
        left = difference(
            {key: value for key, value in built.items() if not key.startswith('file /run/multinet/')}, now
        )
        assert not left, left
    converge(document, absent=True)
    # What was set or mounted before us only the file knew, and whose a table of nft with a name of its own
    # is.
    left = difference(
        initial, {key: value for key, value in snapshot().items() if again or key != 'host nft ip nodes-more'}
    )
    left = '\n'.join(
        line for line in left.split('\n') if '/run/netns' not in line and 'host sysctl' not in line
    )
    assert not left, left


@pytest.mark.parametrize('again', [True, False])
def test_without_the_state_file(again: bool) -> None:
    world.in_world(_lost_state, again)


def _stale() -> None:
    os.makedirs('/run/netns')
    with open('/run/netns/nodes1', 'w', encoding='utf-8'):
        pass
    document = nodes(2)
    converge(document)
    silent(document)
    converge(document, absent=True)
    assert not os.path.exists('/run/netns/nodes1')


def test_stale_file_in_the_way() -> None:
    world.in_world(_stale)


def _as_nobody(prepared: bool, check: bool) -> list[str]:
    if prepared:
        converge(nodes(1))

    def body() -> list[str]:
        codecs.lookup('ascii')  # the interpreter may lie where nobody can read
        os.setgid(65534)
        os.setuid(65534)
        try:
            converge(nodes(2), check=check)
        except EngineError as exc:
            return list(exc.texts())
        return []

    return t.cast('list[str]', world.killed_or_result(body))


@pytest.mark.parametrize('prepared', [False, True])
@pytest.mark.parametrize('check', [False, True])
def test_without_root(prepared: bool, check: bool) -> None:
    problems = world.in_world(_as_nobody, prepared, check)
    assert problems and all('become: true' in problem or 'root' in problem for problem in problems), problems


def _gone_between() -> None:
    """Something gets in the way between plan and apply: all is undone."""
    document = nodes(2)
    initial = snapshot()
    count = 0

    def step(_op: t.Any) -> None:
        nonlocal count
        count += 1
        if count == 3:
            run('ip link add nodes-2 type bridge')

    with pytest.raises(EngineError) as caught:
        converge(document, step=step)
    assert 'EEXIST' in str(caught.value)
    assert 'everything done before was undone' in str(caught.value)
    run('ip link del nodes-2')
    left = difference(initial, snapshot())
    assert not left, left


def test_something_gets_in_the_way_during_the_run() -> None:
    world.in_world(_gone_between)


def _create_false() -> None:
    run('ip netns add theirs')
    run('ip -n theirs link set lo up')
    run('ip -n theirs link add eth5 type bridge')
    run('ip netns exec theirs iptables -A INPUT -p tcp --dport 22 -j ACCEPT')
    initial = snapshot()
    document = {
        'name': 'guest',
        'namespaces': [
            {
                'name': 'theirs',
                'create': False,
                'links': [
                    {'name': 'g0', 'kind': 'veth', 'peer': {'name': 'g1'}, 'addresses': ['10.66.0.1/24']}
                ],
                'routes': [{'to': '10.67.0.0/16', 'via': '10.66.0.2'}],
                'iptables': [{'chain': 'INPUT', 'rules': ['-s 10.66.0.0/24 -j ACCEPT']}],
                'sysctls': {'net.ipv4.ip_forward': 1},
            }
        ],
    }
    converge(document)
    silent(document)
    converge(document, absent=True)
    left = difference(initial, snapshot())
    assert not left, left
    told = refused({'name': 'guest', 'namespaces': [{'name': 'nowhere', 'create': False}]})
    assert told.startswith('namespace nowhere: does not exist'), told


def test_guest_in_a_namespace_of_others() -> None:
    world.in_world(_create_false)


GUEST: Document = {
    'name': 'guest',
    'namespaces': [
        {
            'name': 'shared',
            'create': False,
            'links': [{'name': 'g0', 'kind': 'bridge', 'addresses': ['10.66.0.1/24']}],
            'neighbours': [{'to': '10.66.0.7', 'dev': 'g0', 'lladdr': '02:00:00:00:00:07'}],
            'nexthops': [{'id': 7, 'blackhole': True}],
            'routes': [
                {'to': '10.67.0.0/16', 'via': '10.66.0.2'},
                {'to': '10.68.0.0/16', 'type': 'blackhole'},
                {'to': '10.69.0.0/16', 'nhid': 7},
            ],
            'rules': [{'priority': 7, 'table': 77}],
            'sysctls': {'net.ipv4.ip_forward': 1},
        }
    ],
}


def _in_a_namespace_of_another_scope() -> None:
    """What the record of a scope has stays, in the namespace of another one too."""
    maker: Document = {'name': 'maker', 'namespaces': [{'name': 'shared'}]}
    converge(maker)
    made = snapshot()
    converge(GUEST)
    grown: Document = {
        'name': 'maker',
        'namespaces': [{'name': 'shared', 'routes': [{'to': '10.1.0.0/16', 'type': 'blackhole'}]}],
    }
    for _again in range(2):
        silent(maker)
        silent(GUEST)
    converge(grown)  # which verifies what it did
    silent(GUEST)
    converge(maker)
    silent(GUEST)
    converge(GUEST, absent=True)
    left = difference(made, snapshot())
    assert not left, left


def test_the_maker_of_a_namespace_leaves_what_other_scopes_have_in_it() -> None:
    world.in_world(_in_a_namespace_of_another_scope)


TWICE: dict[str, tuple[str, Document, Document]] = {
    'route': (
        'routes',
        {'to': '10.68.0.0/16', 'type': 'blackhole'},
        {'to': '10.68.0.0/16', 'type': 'unreachable'},
    ),
    'rule': ('rules', {'priority': 7, 'table': 77}, {'priority': 7, 'table': 77, 'protocol': 99}),
    'nexthop': ('nexthops', {'id': 7, 'dev': 'br9'}, {'id': 7, 'dev': 'lo'}),
    'address': (
        'links',
        {'name': 'lo', 'kind': 'physical', 'state': 'up', 'addresses': ['10.1.0.1/32']},
        {
            'name': 'lo',
            'kind': 'physical',
            'addresses': [{'address': '10.1.0.1/32', 'scope': 'link'}],
        },
    ),
    'neighbour': (
        'neighbours',
        {'to': '10.1.0.2', 'dev': 'br9', 'lladdr': '02:00:00:00:00:07'},
        {'to': '10.1.0.2', 'dev': 'br9', 'lladdr': '02:00:00:00:00:08'},
    ),
}


def _declared_twice(name: str) -> None:
    run('ip link add br9 up type bridge')
    run('ip link set lo up')
    key, entry, changed = TWICE[name]
    converge({'name': 'one', key: [entry]})
    made = snapshot()
    for wanted in (entry, changed):
        told = refused({'name': 'two', key: [wanted]})
        assert ' belongs to scope one; declare it in one of the scopes only' in told, told
    silent({'name': 'one', key: [entry]})
    converge({'name': 'two', key: [changed]}, policy=Policy(adopt=True))
    converge({'name': 'two', key: [changed]}, absent=True)
    converge({'name': 'one', key: [entry]})
    left = difference(made, snapshot())
    assert not left, left


@pytest.mark.parametrize('name', list(TWICE))
def test_declared_in_two_scopes(name: str) -> None:
    world.in_world(_declared_twice, name)


def _rules_without_priority() -> None:
    """Each scope has a rule of its own."""
    rule = {'from': '10.9.0.0/16', 'table': 99}
    initial = snapshot()
    converge({'name': 'one', 'rules': [rule]})
    made = snapshot()
    converge({'name': 'two', 'rules': [rule]})
    silent({'name': 'one', 'rules': [rule]})
    silent({'name': 'two', 'rules': [rule]})
    converge({'name': 'two', 'rules': [rule]}, absent=True)
    assert difference(made, snapshot()) == ''
    converge({'name': 'one', 'rules': [rule]}, absent=True)
    assert difference(initial, snapshot()) == ''


def test_rules_without_priority_in_two_scopes() -> None:
    world.in_world(_rules_without_priority)
