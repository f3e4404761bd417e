# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Entries of forwarding databases of bridges, VXLANs and cards: their life, what the kernel drops of them,
and frames."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.host.layout_info import describe
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
from ansible_collections.multinet.linux.plugins.module_utils.objects.draft import Policy
from ansible_collections.multinet.linux.tests.generator import Document
from ansible_collections.multinet.linux.tests.integration.outcomes import refused, silent, stopped_after
from ansible_collections.multinet.linux.tests.integration.world import in_world, run

Entry = dict[str, t.Any]

MAC, NONE = '02:00:00:00:00:99', '00:00:00:00:00:00'
LINKS = (
    'ip link add name br0 type bridge',
    'ip link add name p1 type veth peer name q1',
    'ip link add name p2 type veth peer name q2',
    'ip link set p1 master br0',
    'ip link set p2 master br0',
    'ip link add name vx type vxlan id 7 dstport 4789 remote 192.0.2.200 dev q1',
    'ip link add name vxe type vxlan external dstport 4790',
    'ip link add name mv link q2 type macvlan',
    'bridge fdb add 02:00:00:00:00:77 dev p1 master static',
    'bridge fdb add 02:00:00:00:00:78 dev vx dst 192.0.2.78 self',
    'bridge fdb append 00:00:00:00:00:00 dev vx dst 192.0.2.79 self',
    'bridge fdb add 02:00:00:00:00:76 dev q1 self',
    'ip nexthop add id 5 via 192.0.2.5 fdb',
    'ip nexthop add id 6 group 5 fdb',
    'ip nexthop add id 7 group 5 fdb',
)


def shown() -> list[str]:
    """All entries but those for the links of the test."""
    lines = [line.strip() for line in run('bridge -d fdb').splitlines()]
    return sorted([line for line in lines if line.startswith(('02:00:00', '00:00:00'))])


def host() -> list[str]:
    for command in LINKS:
        run(command)
    for name in ('br0', 'p1', 'p2', 'q1', 'q2', 'vx', 'vxe', 'mv'):
        run('ip link set %s up' % name)
    return shown()


ENTRIES: dict[str, tuple[Entry, str, Entry]] = {
    'of a bridge': (
        {'dev': 'p1', 'master': True, 'state': 'static'},
        'dev p1 master br0 static',
        {'dev': 'p2'},
    ),
    'sticky': (
        {'dev': 'p1', 'master': True, 'state': 'static', 'sticky': True},
        'dev p1 sticky master br0 static',
        {'sticky': False},
    ),
    'permanent': ({'dev': 'p1', 'master': True}, 'dev p1 master br0 permanent', {'state': 'static'}),
    'learned': (
        {'dev': 'p1', 'master': True, 'extern_learn': True},
        'dev p1 extern_learn master br0',
        {'dev': 'p2'},
    ),
    'of the bridge itself': ({'dev': 'br0'}, 'dev br0 master br0 permanent', {'dev': 'q1'}),
    'of a card': ({'dev': 'q1'}, 'dev q1 self permanent', {'dev': 'q2'}),
    'of a VXLAN': (
        {'dev': 'vx', 'dst': '192.0.2.1'},
        'dev vx dst 192.0.2.1 self permanent',
        {'dst': '192.0.2.2'},
    ),
    'of a VXLAN in all words': (
        {
            'dev': 'vx',
            'dst': '192.0.2.1',
            'port': 4000,
            'vni': 99,
            'via': 'q1',
            'state': 'static',
            'router': True,
        },
        'dst 192.0.2.1 port 4000 vni 99 via q1 self router static',
        {'vni': 100},
    ),
    'learned of a VXLAN': (
        {'dev': 'vx', 'dst': '192.0.2.1', 'extern_learn': True},
        'self extern_learn permanent',
        {'extern_learn': False},
    ),
    'of a VXLAN with many networks': (
        {'dev': 'vxe', 'dst': '192.0.2.1', 'vni': 100, 'src_vni': 200},
        'dst 192.0.2.1 vni 100 src_vni 200 self permanent',
        {'src_vni': 201},
    ),
    'over nexthops': ({'dev': 'vx', 'nhid': 6}, 'dev vx nhid 6 self permanent', {'nhid': 7}),
    'over nexthops, or not': ({'dev': 'vx', 'nhid': 6}, 'nhid 6', {'nhid': None, 'dst': '192.0.2.1'}),
    'to flood': (
        {'dev': 'vx', 'lladdr': NONE, 'dst': '192.0.2.1'},
        'dev vx dst 192.0.2.1 self permanent',
        {'vni': 12},
    ),
}


def _life(more: Entry, line: str, other: Entry) -> None:
    entry = {'lladdr': MAC, **more}
    document: Document = {'name': 'lab', 'fdb': [entry]}
    before = host()
    stopped_after(1, document)
    assert shown() == before
    predicted = converge(document, check=True)
    assert shown() == before
    outcome = converge(document)
    assert (predicted.changes, outcome.rounds) == (outcome.changes, 1)
    [added] = [each for each in shown() if each not in before]
    assert added == '%s %s' % (entry['lladdr'], line) or line in added
    silent(document)
    assert describe(scope='lab')[0]['fdb'] == [entry]
    silent({'name': 'lab', **describe(scope='lab')[0]})
    change: Document = {'name': 'lab', 'fdb': [{**entry, **other}]}
    stopped_after(converge(change, check=True).ops, change)
    assert sorted([*before, added]) == shown()
    converge(change)
    silent(change)
    assert len(shown()) == len(before) + 1
    converge(document)
    assert sorted([*before, added]) == shown()
    converge(document, absent=True)
    assert shown() == before


@pytest.mark.parametrize('name', ENTRIES)
def test_an_entry(name: str) -> None:
    in_world(_life, *ENTRIES[name])


FLOODED: Document = {
    'name': 'lab',
    'fdb': [
        {'lladdr': NONE, 'dev': 'vx', 'dst': '192.0.2.1'},
        {'lladdr': NONE, 'dev': 'vx', 'dst': '192.0.2.2'},
        {'lladdr': NONE, 'dev': 'vx', 'dst': '192.0.2.2', 'vni': 9},
        {'lladdr': MAC, 'dev': 'vx', 'dst': '192.0.2.2', 'port': 4789, 'vni': 7},
        {'lladdr': MAC, 'dev': 'p1', 'master': True, 'state': 'static'},
    ],
}


def _several() -> None:
    before = host()
    assert len(converge(FLOODED).changes) == 5
    silent(FLOODED)
    made = shown()
    assert len(made) == len(before) + 5
    fewer = {**FLOODED, 'fdb': FLOODED['fdb'][1:]}
    [change] = converge(fewer).changes
    assert change.title == 'fdb host %s dev vx dst 192.0.2.1' % NONE
    for command in ('ip link set vx down', 'ip link set vx up', 'ip link set p1 down', 'ip link set p1 up'):
        run(command)
    silent(fewer)
    converge(FLOODED)
    assert shown() == made
    silent(FLOODED)
    converge(FLOODED, absent=True)
    assert shown() == before


def test_several_ends_are_flooded() -> None:
    in_world(_several)


def _own_links(master: str) -> Document:
    return {
        'name': 'lab',
        'links': [
            {'name': 'lab-a', 'kind': 'bridge'},
            {'name': 'lab-b', 'kind': 'bridge'},
            {'name': 'lab-p', 'kind': 'veth', 'master': master, 'peer': {'name': 'lab-q'}},
        ],
        'fdb': [{'lladdr': MAC, 'dev': 'lab-p', 'master': True, 'state': 'static'}],
    }


def _other_bridge() -> None:
    converge(_own_links('lab-a'))
    silent(_own_links('lab-a'))
    made = shown()
    document = _own_links('lab-b')
    stopped_after(converge(document, check=True).ops, document)
    assert shown() == made
    outcome = converge(document)
    assert (outcome.rounds, [change.kind for change in outcome.changes]) == (1, ['link'])
    assert '%s dev lab-p master lab-b static' % MAC in shown()
    silent(document)


def test_a_port_of_another_bridge() -> None:
    in_world(_other_bridge)


def _of_others() -> None:
    before = host()
    entries = [
        {'lladdr': '02:00:00:00:00:78', 'dev': 'vx', 'dst': '192.0.2.1'},
        {'lladdr': '02:00:00:00:00:77', 'dev': 'p2', 'master': True, 'state': 'static'},
    ]
    document: Document = {'name': 'lab', 'fdb': entries}
    text = refused(document)
    assert (
        'fdb 02:00:00:00:00:77 dev p2 master in host: is at another port, or in a VLAN, and not ours' in text
    )
    assert 'already exists and is not ours' in refused({**document, 'fdb': entries[:1]})
    assert shown() == before
    stopped_after(
        converge(document, check=True, policy=Policy(adopt=True)).ops, document, policy=Policy(adopt=True)
    )
    assert shown() == before
    converge(document, policy=Policy(adopt=True))
    silent(document)
    same: Document = {'name': 'lab', 'fdb': [{'lladdr': NONE, 'dev': 'vx', 'dst': '192.0.2.79'}]}
    converge(same)
    converge(same, absent=True)
    assert [line for line in shown() if '192.0.2.79' in line]


def test_entries_of_others_stay_or_are_adopted() -> None:
    in_world(_of_others)


def _exclusive(contents: Document) -> Document:
    links = [
        {'name': 'br0', 'kind': 'bridge'},
        {'name': 'p1', 'kind': 'veth', 'master': 'br0', 'peer': {'name': 'lab-q'}},
        {'name': 'vx', 'kind': 'vxlan', 'id': 7, 'remote': '192.0.2.1', 'dstport': 4789},
    ]
    return {'name': 'lab', 'namespaces': [{'name': 'blue', 'exclusive': True, 'links': links, **contents}]}


def _pruned() -> None:
    plain, said = _exclusive({}), _exclusive({'fdb': []})
    converge(plain)
    silent(said)
    own = run('ip netns exec blue bridge fdb')
    for command in (
        'bridge fdb add 02:00:00:00:00:77 dev p1 master static',
        'bridge fdb add 02:00:00:00:00:78 dev vx dst 192.0.2.78 self',
        'bridge fdb append 00:00:00:00:00:00 dev vx dst 192.0.2.79 self',
    ):
        run('ip netns exec blue ' + command)
    silent(plain)
    assert len(converge(said).changes) == 3
    silent(said)
    assert run('ip netns exec blue bridge fdb') == own


def test_what_an_exclusive_namespace_keeps() -> None:
    in_world(_pruned)


WRONG: dict[str, tuple[Entry, str]] = {
    'no port': ({'dev': 'q1', 'master': True}, 'is for the port of a bridge'),
    'an end': ({'dev': 'q1', 'dst': '192.0.2.1'}, 'has dst, which this link does not take'),
    'a VLAN': ({'dev': 'q1', 'vlan': 7}, 'has a VLAN, which this link does not take'),
    'static': ({'dev': 'q1', 'state': 'static'}, 'is static, which this link does not take'),
    'no end': ({'dev': 'vx'}, 'has neither dst nor nhid'),
    'IPv6': ({'dev': 'vx', 'dst': '2001:db8::1'}, 'has a dst of another address family'),
    'src_vni': ({'dev': 'vx', 'dst': '192.0.2.1', 'src_vni': 7}, 'needs a link with external'),
    'no nexthop': ({'dev': 'vx', 'nhid': 77}, 'goes over a nexthop that does not exist (found 77)'),
    'no group': (
        {'dev': 'vx', 'nhid': 5},
        'needs a group of nexthops with fdb (found id 5 via 192.0.2.5 fdb)',
    ),
    'via': ({'dev': 'vx', 'dst': '192.0.2.1', 'via': 'nosuch'}, 'goes via a link that does not exist'),
}


def _refused(entry: Entry, what: str) -> None:
    host()
    document: Document = {'name': 'lab', 'fdb': [{'lladdr': MAC, **entry}]}
    assert what in refused(document)
    assert what in refused(document, check=True)


@pytest.mark.parametrize('name', WRONG)
def test_what_the_link_does_not_take_is_refused(name: str) -> None:
    in_world(_refused, *WRONG[name])


def _own_remote() -> None:
    link = {'name': 'lab-v', 'kind': 'vxlan', 'id': 9, 'dstport': 4799}
    flood = {'lladdr': NONE, 'dev': 'lab-v', 'dst': '192.0.2.1'}
    converge({'name': 'lab', 'links': [link], 'fdb': [flood]})
    with_remote = {**link, 'remote': '192.0.2.1'}
    document: Document = {'name': 'lab', 'links': [with_remote], 'fdb': [flood]}
    converge(document)
    silent(document)
    converge({'name': 'lab', 'links': [with_remote]})
    assert 'dst 192.0.2.1' in run('bridge fdb show dev lab-v')


def test_the_entry_of_a_vxlan_for_its_own_remote_end() -> None:
    in_world(_own_remote)


# Frames


def _host_of_tunnel(number: int) -> Document:
    links = [
        {
            'name': 'eth0',
            'kind': 'veth',
            'addresses': ['10.0.0.%d/24' % number],
            'peer': {'name': 'w%d' % number},
        },
        {
            'name': 'vx',
            'kind': 'vxlan',
            'id': 7,
            'dstport': 4789,
            'local': '10.0.0.%d' % number,
            'learning': False,
            'mac': '02:00:00:00:01:%02x' % number,
            'addresses': ['10.7.0.%d/24' % number],
        },
    ]
    links[0]['peer']['master'] = 'wire'
    others = [each for each in (1, 2, 3) if each != number]
    unicast = [
        {'lladdr': '02:00:00:00:01:%02x' % each, 'dev': 'vx', 'dst': '10.0.0.%d' % each} for each in others
    ]
    flood = [{'lladdr': NONE, 'dev': 'vx', 'dst': '10.0.0.%d' % each} for each in others]
    return {'name': 'h%d' % number, 'links': links, 'fdb': unicast + flood}


def _reached() -> None:
    namespaces = [_host_of_tunnel(number) for number in (1, 2, 3)]
    document: Document = {
        'name': 'lab',
        'links': [{'name': 'wire', 'kind': 'bridge'}],
        'namespaces': namespaces,
    }
    converge(document)
    silent(document)
    for other in (2, 3):
        assert ' 0% packet loss' in run('ip netns exec h1 ping -c 1 -W 2 10.7.0.%d' % other)
    for namespace in namespaces:
        namespace['fdb'] = []
    converge(document)
    run('ip -n h1 neighbour flush dev vx')
    assert ' 0% packet loss' not in run('ip netns exec h1 ping -c 1 -W 1 10.7.0.2', check=False)


def test_a_vxlan_reaches_two_ends() -> None:
    in_world(_reached)
