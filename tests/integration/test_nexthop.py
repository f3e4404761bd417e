# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Nexthop objects and groups of them, and routes over them."""

from __future__ import annotations

import time
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.host.layout_info import describe
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
from ansible_collections.multinet.linux.plugins.module_utils.objects.draft import Policy
from ansible_collections.multinet.linux.tests.generator import Document
from ansible_collections.multinet.linux.tests.integration.outcomes import (
    refused,
    silent,
    stopped_after,
    stopped_at_the_end,
)
from ansible_collections.multinet.linux.tests.integration.snapshot import difference, snapshot
from ansible_collections.multinet.linux.tests.integration.world import in_world, run

Entry = dict[str, t.Any]


def _wires(number: int = 2) -> list[Entry]:
    """Cables to the namespace far, which has the addresses .2 and the network 10.9.0.0/16."""
    links: list[Entry] = []
    for n in range(1, number + 1):
        far = {'name': 'far%d' % n, 'namespace': 'far', 'addresses': ['10.%d.0.2/24' % n, 'fd0%d::2/64' % n]}
        addresses = ['10.%d.0.1/24' % n, 'fd0%d::1/64' % n]
        links.append({'name': 'eth%d' % n, 'kind': 'veth', 'addresses': addresses, 'peer': far})
    return links


GATEWAYS: list[Entry] = [
    {'id': 1, 'via': '10.1.0.2', 'dev': 'eth1'},
    {'id': 2, 'via': '10.2.0.2', 'dev': 'eth2'},
]


def _document(nexthops: list[Entry], routes: list[Entry]) -> Document:
    far: Entry = {'name': 'lo', 'kind': 'physical', 'addresses': ['10.9.0.1/32', 'fd09::1/128']}
    return {
        'name': 'lab',
        'links': _wires(),
        'nexthops': nexthops,
        'routes': routes,
        'namespaces': [{'name': 'far', 'links': [far]}],
    }


def _shown() -> str:
    return run('ip nexthop') + run('ip route show table all proto 117') + run('ip -6 route show proto 117')


KINDS: dict[str, tuple[list[Entry], list[Entry], str]] = {
    'a gateway': (GATEWAYS[:1], [{'to': '10.9.0.0/16', 'nhid': 1}], 'id 1 via 10.1.0.2 dev eth1'),
    'a link of IPv6': (
        [{'id': 7, 'dev': 'eth1', 'family': 'ipv6'}],
        [{'to': 'fd09::/64', 'nhid': 7}],
        'id 7 dev eth1',
    ),
    'a blackhole': ([{'id': 3, 'blackhole': True}], [{'to': '10.8.0.0/16', 'nhid': 3}], 'id 3 blackhole'),
    'onlink': (
        [{'id': 1, 'via': '192.0.2.1', 'dev': 'eth1', 'onlink': True}],
        [{'to': 'default', 'nhid': 1, 'metric': 7}],
        'onlink',
    ),
    'into segments': (
        [{'id': 1, 'via': 'fd01::2', 'dev': 'eth1', 'encap': {'type': 'seg6', 'segs': ['fd01::7']}}],
        [{'to': 'fd09::/64', 'nhid': 1}],
        'encap seg6 mode encap',
    ),
    'an IPv6 gateway of IPv4': (
        [{'id': 1, 'via': 'fd01::2', 'dev': 'eth1'}],
        [{'to': '10.9.0.0/16', 'nhid': 1}],
        'id 1 via fd01::2 dev eth1',
    ),
    'a group': (
        [*GATEWAYS, {'id': 10, 'group': [1, {'id': 2, 'weight': 3}]}],
        [{'to': '10.9.0.0/16', 'nhid': 10, 'mtu': 1400}],
        'id 10 group 1/2,3',
    ),
    'a resilient group': (
        [
            *GATEWAYS,
            {'id': 10, 'group': [1, 2], 'type': 'resilient', 'buckets': 32, 'unbalanced_timer': 300},
        ],
        [{'to': '10.9.0.0/16', 'nhid': 10}],
        'id 10 group 1/2 type resilient buckets 32 idle_timer 120 unbalanced_timer 300',
    ),
    'of a forwarding database': (
        [{'id': 5, 'via': '192.0.2.1', 'fdb': True}, {'id': 6, 'group': [5], 'fdb': True}],
        [],
        'id 6 group 5 proto 117 fdb',
    ),
}


def _life(nexthops: list[Entry], routes: list[Entry], shown: str) -> None:
    converge(_document([], []))
    run('ip nexthop add id 99 via 10.1.0.9 dev eth1')
    run('ip route add 10.7.0.0/16 nhid 99')
    before, nexthops_before = snapshot(), run('ip nexthop')
    document = _document(nexthops, routes)
    steps = converge(document, check=True)
    for number in range(1, steps.ops + 1):
        stopped_after(number, document)
        assert not difference(before, snapshot())
        assert run('ip nexthop') == nexthops_before
    assert steps.changes == converge(document).changes
    assert shown in _shown()
    silent(document)
    described = describe(scope='lab')[0]
    assert described['nexthops'] == nexthops
    silent({'name': 'lab', **described})
    converge(_document([], []))
    assert not difference(before, snapshot())
    assert run('ip nexthop') == nexthops_before
    converge(document)
    converge(document, absent=True)
    assert 'id 1 ' not in run('ip nexthop')


@pytest.mark.parametrize('name', KINDS)
def test_the_life_of_a_nexthop(name: str) -> None:
    in_world(_life, *KINDS[name])


def _change() -> None:
    group = {'id': 10, 'group': [1, 2]}
    routes = [{'to': '10.9.0.0/16', 'nhid': 10}]
    document = _document([*GATEWAYS, group], routes)
    converge(document)
    before, shown = snapshot(), _shown()
    changed = _document(
        [
            {**GATEWAYS[0], 'via': '10.1.0.3'},
            {'id': 3, 'via': '10.2.0.3', 'dev': 'eth2'},
            {'id': 10, 'group': [1, 3]},
        ],
        routes,
    )
    stopped_at_the_end(changed)
    assert not difference(before, snapshot())
    assert _shown() == shown
    steps = converge(changed)
    assert [change.title for change in steps.changes] == [
        'nexthop host id 1',
        'nexthop host id 10',
        'nexthop host id 2',
        'nexthop host id 3',
    ]
    assert (
        run('ip nexthop').split()
        == (
            'id 1 via 10.1.0.3 dev eth1 scope link proto 117 id 3 via 10.2.0.3 dev eth2 scope link proto 117'
            ' id 10 group 1/3 proto 117'
        ).split()
    )
    silent(changed)
    assert 'cannot change so in place' in refused(
        _document([*GATEWAYS, {'id': 10, 'blackhole': True}], routes)
    )
    run('ip nexthop add id 50 via 10.1.0.9 dev eth1')
    adopted = _document([*GATEWAYS, group, {'id': 50, 'via': '10.1.0.8', 'dev': 'eth1'}], routes)
    assert 'nexthop id 50 in host: already exists and is not ours' in refused(adopted)
    converge(adopted, policy=Policy(adopt=True))
    assert 'id 50 via 10.1.0.8' in run('ip nexthop')
    run('ip route add 10.6.0.0/16 nhid 10')
    said = refused(_document(GATEWAYS, []))
    assert 'nexthop id 10 in host: is used by others (found route 10.6.0.0/16 table main nhid 10' in said


def test_nexthops_change_in_place() -> None:
    in_world(_change)


def _lacking() -> None:
    converge(_document([], []))
    encap = {'type': 'mpls', 'labels': 100}
    said = refused(_document([{**GATEWAYS[0], 'encap': encap}], []))
    assert 'nexthop id 1' in said and 'this kernel does not take encap mpls labels 100' in said


def test_what_the_kernel_lacks() -> None:
    in_world(_lacking)


def _dropped() -> None:
    """What the kernel drops with a link is predicted, and made again."""
    document = _document([*GATEWAYS, {'id': 10, 'group': [1, 2]}], [{'to': '10.9.0.0/16', 'nhid': 10}])
    converge(document)
    shown = _shown()
    run('ip link set eth1 down')
    assert 'id 1 ' not in run('ip nexthop')
    titles = [change.title for change in converge(document, check=True).changes]
    assert [title for title in titles if 'nexthop' in title] == ['nexthop host id 1', 'nexthop host id 10']
    converge(document)
    assert _shown() == shown
    silent(document)
    wires = _wires()
    wires[0]['mtu'] = 1400
    wires[0]['peer']['mtu'] = 1400
    converge({**document, 'links': wires})
    assert _shown() == shown
    without: Document = {**document, 'links': _wires(1), 'nexthops': [GATEWAYS[0], {'id': 10, 'group': [1]}]}
    converge(without)
    silent(without)
    assert 'id 10 group 1 proto 117' in run('ip nexthop')
    assert '10.9.0.0/16 nhid 10' in run('ip route')


def test_what_goes_with_a_link() -> None:
    in_world(_dropped)


def _ping(address: str) -> bool:
    return ' 0% packet loss' in run('ping -n -c 1 -W 2 ' + address, check=False)


def _wait_for(holds: t.Callable[[], bool]) -> None:
    """Carriers are looked at once a second (linkwatch)."""
    for _attempt in range(100):
        if holds():
            return
        time.sleep(0.1)
    raise AssertionError('in vain')


def _failover() -> None:
    document = _document([*GATEWAYS, {'id': 10, 'group': [1, 2]}], [{'to': '10.9.0.0/16', 'nhid': 10}])
    converge(document)
    for gone in (1, 2):
        assert _ping('10.9.0.1')
        run('ip -n far link set far%d down' % gone)  # without a carrier the kernel drops the nexthop
        _wait_for(lambda gone=gone: 'id %d ' % gone not in run('ip nexthop'))
        assert _ping('10.9.0.1')
        run('ip -n far link set far%d up' % gone)
        run('ip -n far addr replace fd0%d::2/64 dev far%d' % (gone, gone))
        _wait_for(lambda gone=gone: 'LOWER_UP' in run('ip link show eth%d' % gone))
        converge(document)
        assert run('ip nexthop show id 10').split()[:4] == ['id', '10', 'group', '1/2']
    converge(_document([*GATEWAYS, {'id': 10, 'group': [2]}], [{'to': '10.9.0.0/16', 'nhid': 10}]))
    assert 'dev eth2' in run('ip route get 10.9.0.1')


def test_a_group_outlives_a_gateway() -> None:
    in_world(_failover)


def _inside() -> None:
    """A cable has a carrier when both of its ends are up, and those of the host go up last."""
    inner: Entry = {
        'name': 'blue',
        'links': [
            {'name': 'eth0', 'kind': 'veth', 'addresses': ['10.1.0.2/24'], 'peer': {'name': 'blue0'}},
        ],
        'nexthops': [{'id': 1, 'via': '10.1.0.1', 'dev': 'eth0'}, {'id': 2, 'group': [1]}],
        'routes': [{'to': 'default', 'nhid': 2}],
    }
    document: Document = {'name': 'lab', 'namespaces': [inner]}
    before = snapshot()
    stopped_at_the_end(document)
    assert not difference(before, snapshot())
    converge(document)
    assert 'default nhid 2' in run('ip -n blue route')
    silent(document)
    converge(document, absent=True)
    assert not difference(before, snapshot())


def test_a_cable_to_the_host() -> None:
    in_world(_inside)


def _gone_with_its_link() -> None:
    """A nexthop that the kernel drops with a link that is made anew, and that nobody declares any more."""
    document = _document(GATEWAYS, [{'to': '10.9.0.0/16', 'nhid': 1}])
    converge(document)
    run('ip nexthop add id 99 via 10.1.0.9 dev eth1')
    without = _document(GATEWAYS[1:], [])
    without['links'][0]['peer']['name'] = 'far9'
    converge(without, policy=Policy(adopt=True))
    shown = run('ip nexthop')
    assert 'id 1 ' not in shown and 'id 2 ' in shown and 'id 99 ' in shown
    silent(without)


def test_what_is_not_declared_stays_away() -> None:
    in_world(_gone_with_its_link)


def _tunnel() -> None:
    """Frames of a VXLAN go to a tunnel end of a group."""
    mac, other = '02:00:00:00:00:01', '02:00:00:00:00:02'
    vxlan: Entry = {'name': 'vx', 'kind': 'vxlan', 'id': 7, 'dstport': 4789, 'learning': False}
    here = {**vxlan, 'mac': mac, 'addresses': ['172.30.0.1/24']}
    there = {**vxlan, 'mac': other, 'remote': '10.1.0.1', 'addresses': ['172.30.0.2/24']}
    document: Document = {
        'name': 'lab',
        'links': [*_wires(1), here],
        'nexthops': [{'id': 5, 'via': '10.1.0.2', 'fdb': True}, {'id': 6, 'group': [5], 'fdb': True}],
        'fdb': [{'lladdr': other, 'dev': 'vx', 'nhid': 6}],
        'neighbours': [{'to': '172.30.0.2', 'dev': 'vx', 'lladdr': other}],
        'namespaces': [{'name': 'far', 'links': [there]}],
    }
    before = snapshot()
    for number in range(1, converge(document, check=True).ops + 1):
        stopped_after(number, document)
        assert not difference(before, snapshot())
    converge(document)
    silent(document)
    assert _ping('172.30.0.2')
    without = {**document, 'fdb': []}
    converge(without)
    assert not _ping('172.30.0.2')
    converge(document, absent=True)
    assert not difference(before, snapshot())


def test_a_tunnel_over_nexthops() -> None:
    in_world(_tunnel)
