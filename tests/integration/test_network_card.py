# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Network cards that move into a namespace and back. The end of a veth stands for a card: the kernel moves
both alike."""

from __future__ import annotations

import os
import signal
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.host.management_path import reasons, trace
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
from ansible_collections.multinet.linux.plugins.module_utils.objects.draft import Policy
from ansible_collections.multinet.linux.plugins.module_utils.objects.management_path import Connection
from ansible_collections.multinet.linux.plugins.module_utils.objects.operation import Change, Operation
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import EngineError
from ansible_collections.multinet.linux.tests.generator import Document
from ansible_collections.multinet.linux.tests.integration import world
from ansible_collections.multinet.linux.tests.integration.outcomes import stopped_after
from ansible_collections.multinet.linux.tests.integration.snapshot import Snapshot, difference, snapshot

MAC = '02:00:00:00:00:c1'
HOST = (
    'ip netns add far',
    'ip link add nic mtu 1480 txqueuelen 77 address ' + MAC + ' type veth peer name far netns far',
    'ip link property add dev nic altname enp0s99',
    'ip -n far address add 10.0.0.1/24 dev far',
    'ip -n far link set far up',
    'ip -n far link set lo up',
    'ip address add 10.0.0.9/24 dev nic',
    'ip address add 10.0.0.10/24 dev nic',
    'ip address add fd00::9/64 dev nic nodad',
    'sysctl -qw net.ipv4.conf.nic.rp_filter=1 net.ipv4.conf.nic.arp_ignore=2 net.ipv6.conf.nic.accept_ra=0',
    'ip link set nic up',
    'ip route add default via 10.0.0.1 dev nic',
    'ip route add 192.0.2.0/24 via 10.0.0.2 dev nic proto static metric 7',
    'ip route add default via fd00::1 dev nic',
)


def split(**link: t.Any) -> Document:
    return {
        'name': 'split',
        'namespaces': [
            {
                'name': 'sig',
                'links': [
                    {'kind': 'physical', 'name': 'nic', 'addresses': ['10.0.0.5/24', 'fd00::5/64'], **link}
                ],
                'routes': [{'to': 'default', 'via': '10.0.0.1'}],
                'sysctls': {'net.ipv4.conf.%s.rp_filter' % link.get('name', 'nic'): 2},
            }
        ],
    }


def _host() -> None:
    for command in HOST:
        world.run(command)


def _titles(changes: t.Iterable[Change]) -> list[str]:
    return [change.title for change in changes]


def _twice(document: Document) -> None:
    predicted = converge(document, check=True)
    done = converge(document)
    assert _titles(predicted.changes) == _titles(done.changes)
    assert done.rounds <= 2, 'the plan needed more than one run'
    again = converge(document)
    assert not again.ops and not again.changes, again.changes


def _there_and_back(document: Document, name: str) -> None:
    _host()
    before = snapshot()
    _twice(document)
    told = world.run('ip -n sig address show dev ' + name)
    for fact in ('10.0.0.5/24', 'fd00::5/64', 'mtu 1480', 'qlen 77', MAC, ',UP', 'enp0s99'):
        assert fact in told, (fact, told)
    assert '10.0.0.9' not in told
    assert 'default via 10.0.0.1 dev ' + name in world.run('ip -n sig route')
    assert world.run('ip netns exec sig sysctl -n net.ipv4.conf.%s.rp_filter' % name) == '2\n'
    assert 'nic' not in world.run('ip -o link')
    world.run('ip netns exec sig ping -n -c 1 -W 5 10.0.0.1')
    converge(document, absent=True)
    found = difference(before, snapshot())
    assert not found, found
    world.run('ping -n -c 1 -W 5 10.0.0.1')


@pytest.mark.parametrize(
    'link',
    [
        {},
        {'name': 'sig0', 'match': {'name': 'nic'}},
        {'name': 'sig0', 'match': {'mac': MAC.upper()}},
        {'name': 'sig0', 'match': {'altname': 'enp0s99', 'mac': MAC}},
    ],
    ids=['name', 'other name', 'mac', 'altname'],
)
def test_moves_and_comes_back_with_what_it_had(link: dict[str, t.Any]) -> None:
    world.in_world(_there_and_back, split(**link), link.get('name', 'nic'))


def _with_what_no_document_can_say() -> None:
    _host()
    world.run('ip address add 10.0.8.1 peer 10.0.8.2/32 dev nic')
    world.run('ip route add 198.51.100.0/24 via 10.0.0.2 dev nic proto static rto_min 300ms')
    before = snapshot()
    _twice(split())
    converge(split(), absent=True)
    found = difference(before, snapshot())
    assert not found, found
    assert '10.0.8.1 peer 10.0.8.2/32' in world.run('ip address show dev nic')


def test_comes_back_with_a_peer_and_a_route_that_no_document_can_say() -> None:
    world.in_world(_with_what_no_document_can_say)


def _of_host_and_far(world_now: Snapshot) -> Snapshot:
    return {key: value for key, value in world_now.items() if key.startswith(('host ', 'far '))}


def _changed() -> None:
    _host()
    before = snapshot()
    _twice(split(mtu=1400, state='up'))
    _twice(split(mtu=1300, txqueuelen=5))
    assert 'qlen 5' in world.run('ip -n sig link show nic')
    document = split()
    document['namespaces'][0]['links'] += [{'name': 'br0', 'kind': 'bridge'}]
    document['namespaces'][0]['links'][0].update(master='br0')
    _twice(document)
    assert 'master br0' in world.run('ip -n sig link show nic')
    # The card alone goes from the document, the namespace stays.
    _twice({'name': 'split', 'namespaces': [{'name': 'sig'}]})
    found = difference(_of_host_and_far(before), _of_host_and_far(snapshot()))
    assert not found, found
    world.run('ping -n -c 1 -W 5 10.0.0.1')
    converge({'name': 'split'}, absent=True)
    found = difference(before, snapshot())
    assert not found, found


def test_changes_while_it_is_there() -> None:
    world.in_world(_changed)


def _port_of_bridge() -> None:
    _host()
    for command in (
        'ip address flush dev nic',
        'ip -6 route flush dev nic',
        'ip link add br0 type bridge',
        'ip link set nic master br0',
    ):
        world.run(command)
    before = snapshot()
    _twice(split())
    converge(split(), absent=True)
    found = difference(before, snapshot())
    assert not found, found


def test_a_port_of_a_bridge_is_one_again() -> None:
    world.in_world(_port_of_bridge)


def _undone(number: int) -> int:
    """Fail after operation *number*; how many there were, when none was that."""
    _host()
    before = snapshot()
    count = 0

    def step(_op: Operation) -> None:
        nonlocal count
        count += 1
        if count == number:
            raise RuntimeError('as the test wants it')

    try:
        converge(split(name='sig0', match={'name': 'nic'}), step=step)
    except RuntimeError:
        found = difference(before, snapshot())
        assert not found, 'after operation %d:\n%s' % (number, found)
    return count


def _killed(number: int) -> None:
    _host()
    before = snapshot()
    document = split(name='sig0', match={'name': 'nic'})

    def dies() -> None:
        count = 0

        def step(_op: Operation) -> None:
            nonlocal count
            count += 1
            if count == number:
                os.kill(os.getpid(), signal.SIGKILL)

        converge(document, step=step)

    for repair in (False, True):
        assert world.killed_or_result(dies) is None
        if repair:
            _repaired(document)
        converge(document, absent=True)
        found = difference(before, snapshot())
        assert not found, 'killed after operation %d, repair %s:\n%s' % (number, repair, found)


def _repaired(document: Document) -> None:
    converge(document)
    again = converge(document)
    assert not again.ops and not again.changes, again.changes


def test_taken_back_and_killed_at_every_step() -> None:
    count = world.in_world(_undone, 0)
    assert count >= 9
    numbers = range(1, count + 1)
    wrong = [
        str(found)
        for found in world.in_worlds(_undone, numbers) + world.in_worlds(_killed, numbers)
        if isinstance(found, world.Broken)
    ]
    assert not wrong, '\n\n'.join(wrong)


GROUPS = (
    'ip address add 239.7.7.7/32 dev nic autojoin',
    'ip address add ff05::7/128 dev nic autojoin nodad',
    'ip route add multicast 239.0.0.0/8 dev nic table 99',
    'ip route add 10.88.0.1 via 10.0.0.1',
)


def _host_in_groups() -> Snapshot:
    for command in (*HOST, *GROUPS):
        world.run(command)
    return snapshot()


def _groups() -> None:
    before = _host_in_groups()
    document = split(addresses=['10.0.0.5/24', {'address': '239.8.8.8/32', 'autojoin': True}])
    for number in range(1, converge(document, check=True).ops + 1):
        stopped_after(number, document)
        assert not difference(before, snapshot())
    for _time in range(2):
        converge(document)
        assert 'autojoin' in world.run('ip -n sig address show nic')
        outcome = converge(document, absent=True)
        assert not outcome.not_restored and not difference(before, snapshot())


def test_the_groups_of_a_card_are_joined_again() -> None:
    world.in_world(_groups)


def _groups_after_a_kill(number: int) -> None:
    before = _host_in_groups()
    steps = iter(range(number - 1))

    def step(_op: Operation) -> None:
        if next(steps, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)

    assert world.killed_or_result(lambda: converge(split(), step=step)) is None
    converge(split())
    converge(split(), absent=True)
    assert not difference(before, snapshot())


@pytest.mark.parametrize('number', [1, 2, 3, 4, 5])
def test_the_groups_of_a_card_are_joined_again_after_a_kill(number: int) -> None:
    world.in_world(_groups_after_a_kill, number)


def _namespace_ended_by_hand(name: str, repair: bool) -> None:
    _host()
    document = split(name=name, match={'name': 'nic'})
    converge(document)
    # A real card falls back to the host when its namespace ends; the end of a veth would be gone, so it goes
    # by hand.
    world.run('ip -n sig link set %s netns %d' % (name, os.getpid()))
    world.run('ip netns del sig')
    if repair:
        _repaired(document)
    converge(document, absent=True)
    told = world.run('ip address show dev nic') + world.run('ip route')
    for fact in ('10.0.0.9/24', '10.0.0.10/24', 'fd00::9/64', ',UP', 'default via 10.0.0.1'):
        assert fact in told, (fact, told)


@pytest.mark.parametrize('repair', [True, False])
@pytest.mark.parametrize('name', ['nic', 'sig0'])
def test_a_card_that_fell_back_to_the_host_still_gets_what_it_had(name: str, repair: bool) -> None:
    world.in_world(_namespace_ended_by_hand, name, repair)


def _refused() -> dict[str, str]:
    _host()
    world.run('ip link add mine address %s type bridge' % MAC)
    world.run('ip link add other type veth peer name other2')
    before = snapshot()
    said = {}
    for case, document in (
        ('no such', split(name='eth7')),
        ('no such mac', split(match={'mac': '02:00:00:00:00:99'})),
        ('several', split(match={'mac': MAC})),
        ('two say no', split(match={'name': 'nic', 'mac': '02:00:00:00:00:99'})),
    ):
        try:
            converge(document)
            said[case] = 'was done'
        except EngineError as exc:
            said[case] = str(exc)
    converge({'name': 'others', 'links': [{'name': 'theirs', 'kind': 'bridge'}]})
    try:
        converge(split(match={'name': 'theirs'}))
        said['of a scope'] = 'was done'
    except EngineError as exc:
        said['of a scope'] = str(exc)
    converge({'name': 'others'}, absent=True)
    found = difference(before, snapshot())
    assert not found, found
    return said


def test_what_cannot_be_is_said_before_anything_changes() -> None:
    said = world.in_world(_refused)
    assert said['no such'] == (
        'link sig/eth7: does not exist, here or on the host; check it with "ip link" (looked for name eth7)'
    )
    assert said['no such mac'] == (
        'link sig/nic: does not exist, here or on the host; check it with "ip link" (looked for'
        ' mac 02:00:00:00:00:99)'
    )
    assert (
        said['several']
        == 'link sig/nic: may be several links of the host; match one of mine, nic by its name'
    )
    assert said['two say no'].startswith('link sig/nic: does not exist, here or on the host')
    assert said['of a scope'].startswith(
        'link sig/nic: cannot be moved: host/theirs belongs to multinet:others'
    )


def _risks() -> list[str]:
    from ansible_collections.multinet.linux.plugins.module_utils.engine.observe import observe
    from ansible_collections.multinet.linux.plugins.module_utils.engine.plan import plan
    from ansible_collections.multinet.linux.plugins.module_utils.engine.query import Query
    from ansible_collections.multinet.linux.plugins.module_utils.objects.document.parse import read_layout
    from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables.canonical_rules import (
        CanonicalRules,
    )
    from ansible_collections.multinet.linux.plugins.module_utils.objects.owned import Owned

    _host()
    have = observe(Query({''}))
    steps, _kept = plan(read_layout(split()), have, Owned(), Policy(), CanonicalRules())
    return reasons(steps, trace(have, Connection('10.0.0.1', 40000, '10.0.0.9', 22)))


def test_the_card_of_the_connection_is_a_risk() -> None:
    assert 'link host/nic: carries the connection' in world.in_world(_risks)
