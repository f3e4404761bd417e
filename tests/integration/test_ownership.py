# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whose things are whose; what others change is repaired; what cannot be done is said before anything is
done."""

from __future__ import annotations

import codecs
import os
import shutil
import time
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
from ansible_collections.multinet.linux.plugins.module_utils.objects.document.parse import read_layout
from ansible_collections.multinet.linux.plugins.module_utils.objects.draft import Policy
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import EngineError
from ansible_collections.multinet.linux.tests.generator import Document
from ansible_collections.multinet.linux.tests.integration import world
from ansible_collections.multinet.linux.tests.integration.documents import nodes
from ansible_collections.multinet.linux.tests.integration.snapshot import difference, snapshot
from ansible_collections.multinet.linux.tests.integration.world import run

VETH = {'name': 'mine', 'kind': 'veth', 'peer': {'name': 'minep'}}
IN_THE_WAY: dict[str, tuple[list[str], Document, str]] = {
    'namespace': (
        ['ip netns add n1'],
        {'name': 'x', 'namespaces': [{'name': 'n1'}]},
        'namespace n1: is there already and belongs to nobody that is known; ',
    ),
    'link of the same kind': (
        ['ip link add mine type veth peer name minep'],
        {'name': 'x', 'links': [VETH]},
        'link host/mine: is there already and belongs to nobody that is known; ',
    ),
    'link of another kind': (
        ['ip link add mine type bridge'],
        {'name': 'x', 'links': [VETH]},
        'link host/mine: is of another kind (found bridge, want veth) and belongs to nobody that is known; ',
    ),
    'peer': (
        ['ip link add minep type bridge'],
        {'name': 'x', 'links': [VETH]},
        'link host/minep: is of another kind (found bridge, want veth) and belongs to nobody that is known; ',
    ),
    'address': (
        ['ip link add br9 type bridge', 'ip address add 10.7.0.1/24 dev br9 scope link'],
        {'name': 'x', 'links': [{'name': 'br9', 'kind': 'physical', 'addresses': ['10.7.0.1/24']}]},
        'address 10.7.0.1/24 on host/br9: is there already with other properties (found ',
    ),
    'route': (
        ['ip link set lo up', 'ip address add 10.7.0.1/24 dev lo', 'ip route add 10.8.0.0/16 via 10.7.0.5'],
        {'name': 'x', 'routes': [{'to': '10.8.0.0/16', 'type': 'blackhole'}]},
        'route 10.8.0.0/16 in host: is there already and not ours (found ',
    ),
    'chain': (
        ['iptables -N theirs', 'iptables -A theirs -j ACCEPT'],
        {'name': 'x', 'iptables': [{'chain': 'theirs', 'rules': ['-j DROP']}]},
        'iptables ipv4 filter theirs in host: is a chain of others; ',
    ),
}


def refused(document: Document, **options: t.Any) -> str:
    """What is said when a document is refused; nothing is changed by that."""
    before = snapshot()
    with pytest.raises(EngineError) as caught:
        converge(document, **options)
    left = difference(before, snapshot())
    assert not left, left
    assert 'Traceback' not in str(caught.value)
    return str(caught.value)


def silent(document: Document) -> None:
    again = converge(document)
    assert (again.changes, again.ops) == ((), 0), [change.title for change in again.changes]


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
    assert 'link host/br-one: is there already and belongs to scope one; ' in told, told
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
    assert 'namespace one1: is there already and belongs to scope one; ' in told, told


def test_two_scopes() -> None:
    world.in_world(_two_scopes)


BY_HAND: dict[str, tuple[list[str], list[str]]] = {
    'veth deleted': (['ip link del nodes-1'], ['link host/nodes-1', 'link nodes1/eth0']),
    'veth deleted inside': (['ip -n nodes1 link del eth0'], ['link host/nodes-1', 'link nodes1/eth0']),
    'bridge deleted': (
        ['ip link del br-nodes'],
        ['link host/br-nodes', 'link host/nodes-1', 'link host/nodes-2'],
    ),
    'address deleted': (
        ['ip -n nodes1 address del 10.200.0.2/16 dev eth0'],
        ['address nodes1/eth0 10.200.0.2/16'],
    ),
    'IPv6 address deleted': (
        ['ip -n nodes1 address del fd00:200::2/64 dev eth0'],
        ['address nodes1/eth0 fd00:200::2/64'],
    ),
    'address added': (['ip -n nodes1 address add 10.200.9.9/16 dev eth0'], []),
    'route deleted': (['ip -n nodes1 route del default'], ['route nodes1 default']),
    'route replaced': (['ip -n nodes1 route replace default via 10.200.0.77'], ['route nodes1 default']),
    'IPv6 route appended': (
        ['ip -n nodes1 route append default via fd00:200::77 proto 117'],
        ['route nodes1 default ipv6'],
    ),
    'rule deleted': (
        ['ip -n nodes1 rule del pref 100'],
        ['rule nodes1 ipv4 100: from 10.0.0.0/8 lookup 100'],
    ),
    'link down': (['ip -n nodes1 link set eth0 down'], ['link nodes1/eth0']),
    'lo down': (['ip -n nodes1 link set lo down'], ['namespace nodes1']),
    'host link down': (['ip link set br-nodes down'], ['link host/br-nodes']),
    'mac changed': (['ip -n nodes1 link set eth0 address 02:11:22:33:44:55'], ['link nodes1/eth0']),
    'mtu changed': (['ip -n nodes1 link set eth0 mtu 1300'], ['link nodes1/eth0']),
    'bridge mtu changed': (['ip link set br-nodes mtu 1300'], ['link host/br-nodes']),
    'port freed': (['ip link set nodes-1 nomaster'], ['link host/nodes-1']),
    'port changed': (
        ['ip link set nodes-1 type bridge_slave isolated off hairpin on'],
        ['link host/nodes-1'],
    ),
    'bridge changed': (
        ['ip link set br-nodes type bridge stp_state 1 ageing_time 1000'],
        ['link host/br-nodes'],
    ),
    'link renamed': (
        ['ip -n nodes1 link set eth0 down', 'ip -n nodes1 link set eth0 name other0'],
        ['link nodes1/eth0', 'link host/nodes-1'],
    ),
    'link moved': (['ip -n nodes1 link set eth0 netns nodes2 name eth7'], ['link nodes1/eth0']),
    # type: ignore[dict-item] # told below
    'mark removed': (['ip -n nodes1 link set eth0 alias none', 'ip link set nodes-1 alias nodes-1'], None),
    'sysctl changed': (
        ['ip netns exec nodes1 sysctl -qw net.ipv4.conf.eth0.arp_ignore=2'],
        ['sysctl nodes1 net.ipv4.conf.eth0.arp_ignore'],
    ),
    'forwarding changed': (['sysctl -qw net.ipv4.ip_forward=0'], ['sysctl host net.ipv4.ip_forward']),
    'rules flushed': (['ip netns exec nodes1 iptables -F'], ['iptables nodes1 ipv4 filter INPUT']),
    'policy changed': (
        ['ip netns exec nodes1 ip6tables -P INPUT ACCEPT'],
        ['iptables nodes1 ipv6 filter INPUT'],
    ),
    'rule added': (
        ['ip netns exec nodes1 iptables -A INPUT -j ACCEPT'],
        ['iptables nodes1 ipv4 filter INPUT'],
    ),
    'chain added': (['ip netns exec nodes1 iptables -N extra'], ['iptables nodes1 ipv4 filter extra']),
    'jump removed': (['iptables -F FORWARD'], ['iptables host ipv4 filter mn-nodes-FORWARD']),
    'jump doubled': (
        ['iptables -A FORWARD -j mn-nodes-FORWARD'],
        ['iptables host ipv4 filter mn-nodes-FORWARD'],
    ),
    'our chain flushed': (
        ['iptables -t nat -F mn-nodes-POSTROUTING'],
        ['iptables host ipv4 nat mn-nodes-POSTROUTING'],
    ),
    'namesake': (
        ['ip netns del nodes1', 'ip netns add nodes1'],
        [
            'namespace nodes1',
            'link nodes1/eth0',
            'link host/nodes-1',
            'address nodes1/eth0 10.200.0.2/16',
            'rule nodes1 ipv4 100: from 10.0.0.0/8 lookup 100',
            'iptables nodes1 ipv4 filter INPUT',
        ],
    ),
    'namespace deleted': (
        ['ip netns del nodes2'],
        ['namespace nodes2', 'link nodes2/eth0', 'link host/nodes-2'],
    ),
}


def _by_hand(name: str) -> None:
    commands, titles = BY_HAND[name]
    document = nodes(2)
    initial = snapshot()
    converge(document)
    built = snapshot()
    for command in commands:
        run(command)
    if any(' netns del ' in command for command in commands):
        while name.startswith('name') and 'nodes-%s' % commands[0][-1] in run('ip -o link'):
            time.sleep(0.01)  # the kernel takes namespaces apart behind our backs
    if titles is None:
        told = refused(document)
        assert 'belongs to nobody that is known' in told or "belongs to 'nodes-1'" in told, told
        converge(document, policy=Policy(adopt=True))
    else:
        predicted = converge(document, check=True)
        outcome = converge(document)
        assert predicted.changes == outcome.changes
        found = [change.title for change in outcome.changes]
        assert not set(titles) - set(found), found
        assert outcome.rounds <= 1, (outcome.rounds, found)
    silent(document)
    kept = {
        key: value for key, value in snapshot().items() if '10.200.9.9' not in key
    }  # not ours, so it stays
    if name == 'namesake':  # what a namespace begins with is the business of who makes it
        built, kept = (
            {
                key: value
                for key, value in found.items()
                if '/accept_ra' not in key and '/addr_gen_mode' not in key
            }
            for found in (built, kept)
        )
    left = difference(built, kept)
    assert not left, left
    converge(document, absent=True)
    left = difference(initial, snapshot())
    assert not left, left


@pytest.mark.parametrize('name', list(BY_HAND))
def test_what_others_changed_is_repaired(name: str) -> None:
    world.in_world(_by_hand, name)


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


def _unknown_kind(kind: str) -> str | None:
    if not os.system(
        'ip link add probe type %s%s 2>/dev/null' % (kind, {'vlan': ' id 5 link lo'}.get(kind, ''))
    ):
        return None
    entry: dict[str, t.Any] = {
        'name': 'l0',
        'kind': kind,
        **({'id': 5, 'link': 'l1'} if kind == 'vlan' else {}),
    }
    document = {
        'name': 'x',
        'links': [entry, {'name': 'l1', 'kind': 'bridge'}],
        'namespaces': [{'name': 'n1'}],
    }
    read_layout(document)
    return refused(document)


@pytest.mark.parametrize(
    ('kind', 'module'),
    [('dummy', 'dummy'), ('vlan', '8021q'), ('bond', 'bonding'), ('ipvlan', 'ipvlan'), ('vrf', 'vrf')],
)
def test_kind_that_the_kernel_lacks(kind: str, module: str) -> None:
    if kind in ('ipvlan', 'vrf'):
        told = world.in_world(_unknown_other, kind)
    else:
        told = world.in_world(_unknown_kind, kind)
    if told is not None:
        assert (
            'this kernel has no links of kind %s: install or load its module %s (modprobe %s)'
            % (kind, module, module)
            in told
        ), told


def _unknown_other(kind: str) -> str | None:
    run('ip link add l1 type bridge')
    if not os.system(
        'ip link add probe %s 2>/dev/null'
        % {'ipvlan': 'link l1 type ipvlan', 'vrf': 'type vrf table 9'}[kind]
    ):
        return None
    run('ip link del l1')
    entry = {'name': 'l0', 'kind': kind, **{'ipvlan': {'link': 'l1'}, 'vrf': {'table': 9}}[kind]}
    return refused({'name': 'x', 'links': [entry, {'name': 'l1', 'kind': 'bridge'}]})


def _vlan_filtering() -> list[str]:
    if not os.system('ip link add probe type bridge vlan_filtering 1 2>/dev/null'):
        return []
    names = ['br0', 'br1']
    wanted = {
        'name': 'x',
        'links': [{'name': name, 'kind': 'bridge', 'vlan_filtering': True} for name in names],
        'namespaces': [{'name': 'n1'}],
    }
    told = [refused(wanted)]
    for link in wanted['links']:
        link['vlan_filtering'] = False
    converge(wanted)
    for link in wanted['links']:
        link['vlan_filtering'] = True
    return [*told, refused(wanted)]


def test_vlan_filtering_that_the_kernel_lacks() -> None:
    """Both for bridges to be made and for those that are there, and each is named."""
    for told in world.in_world(_vlan_filtering):
        for name in ('br0', 'br1'):
            assert 'link host/%s' % name in told
        assert (
            told.count(
                'without CONFIG_BRIDGE_VLAN_FILTERING, want one that has it); boot such a kernel,'
                ' or leave vlan_filtering out'
            )
            == 2
        ), told
        assert 'no links of kind' not in told


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
    assert told.startswith('namespace nowhere: is not there'), told


def test_guest_in_a_namespace_of_others() -> None:
    world.in_world(_create_false)
