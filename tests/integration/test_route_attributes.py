# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What routes can have beside a gateway: set, read back, changed, removed, and undone after a failure."""

from __future__ import annotations

import time
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.host.layout_info import describe
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import EngineError
from ansible_collections.multinet.linux.tests.generator import Document
from ansible_collections.multinet.linux.tests.integration.outcomes import refused, silent, stopped_at_the_end
from ansible_collections.multinet.linux.tests.integration.snapshot import difference, snapshot
from ansible_collections.multinet.linux.tests.integration.world import in_world, run

BESIDE: dict[str, tuple[Document, str]] = {
    'an IPv6 gateway': ({'to': '10.9.0.0/16', 'via': 'fd00::9'}, '10.9.0.0/16 via inet6 fd00::9 dev br0'),
    'a link-local gateway': (
        {'to': '10.9.0.0/16', 'via': 'fe80::9', 'dev': 'br0'},
        '10.9.0.0/16 via inet6 fe80::9 dev br0',
    ),
    'a default route over one': (
        {'to': 'default', 'via': 'fd00::9', 'family': 'ipv4'},
        'default via inet6 fd00::9 dev br0',
    ),
    'gateways of both families': (
        {'to': '10.9.0.0/16', 'nexthops': [{'via': '10.0.0.9'}, {'via': 'fd00::9'}]},
        'nexthop via inet6 fd00::9 dev br0',
    ),
    'from': (
        {'to': 'fd09::/64', 'from': 'fd00::/64', 'via': 'fd00::9'},
        'fd09::/64 from fd00::/64 via fd00::9',
    ),
    'a default route from': (
        {'to': 'default', 'from': 'fd00::/64', 'via': 'fd00::9'},
        'default from fd00::/64 via fd00::9',
    ),
    'features': (
        {'to': '10.9.0.0/16', 'via': '10.0.0.9', 'features': ['ecn'], 'rto_min': 20},
        'features ecn rto_min 20ms',
    ),
    'an algorithm': ({'to': 'fd09::/64', 'via': 'fd00::9', 'congctl': 'cubic'}, 'congctl cubic'),
    'fastopen_no_cookie': (
        {'to': '10.9.0.0/16', 'via': '10.0.0.9', 'quickack': 1, 'fastopen_no_cookie': True},
        'quickack 1 fastopen_no_cookie 1',
    ),
    'locks': (
        {'to': '10.9.0.0/16', 'via': '10.0.0.9', 'mtu': 1300, 'rtt': 800, 'lock': ['mtu', 'rtt']},
        'mtu lock 1300 rtt lock 100ms',
    ),
    'realms': ({'to': '10.9.0.0/16', 'via': '10.0.0.9', 'realms': '3/4'}, 'realms 3/4'),
    'a realm of a blackhole': ({'to': '10.9.0.0/16', 'type': 'blackhole', 'realms': 4}, 'realm 4'),
    'realms of hops': (
        {'to': '10.9.0.0/16', 'nexthops': [{'via': '10.0.0.8', 'realms': 3}, {'via': '10.0.0.9'}]},
        'nexthop via 10.0.0.8 realm 3 dev br0',
    ),
    'into a tunnel': (
        {
            'to': '10.9.0.0/16',
            'via': '10.0.0.9',
            'encap': {'type': 'ip', 'id': 7, 'dst': '10.0.0.7', 'src': '10.0.0.1', 'flags': ['csum', 'key']},
        },
        'encap ip id 7 src 10.0.0.1 dst 10.0.0.7 ttl 0 tos 0 key csum via 10.0.0.9',
    ),
    'into a tunnel from anywhere': (
        {'to': '10.9.0.0/16', 'via': '10.0.0.9', 'encap': {'type': 'ip', 'dst': '10.0.0.7'}},
        'encap ip id 0 src 0.0.0.0 dst 10.0.0.7',
    ),
    'into an IPv6 tunnel': (
        {
            'to': 'fd09::/64',
            'via': 'fd00::9',
            'encap': {'type': 'ip6', 'dst': 'fd00::7', 'hoplimit': 9, 'tc': 4},
        },
        'encap ip6 id 0 src :: dst fd00::7 hoplimit 9 tc 4 via fd00::9',
    ),
    'segments': (
        {
            'to': 'fd09::/64',
            'via': 'fd00::9',
            'encap': {'type': 'seg6', 'segs': ['fd00::2', 'fd00::3', 'fd00::2']},
        },
        'encap seg6 mode encap segs 3 [ fd00::2 fd00::3 fd00::2 ]',
    ),
    'segments inline': (
        {
            'to': 'fd09::/64',
            'via': 'fd00::9',
            'encap': {'type': 'seg6', 'mode': 'inline', 'segs': ['fd00::2']},
        },
        'encap seg6 mode inline segs 2 [ fd00::2 :: ]',
    ),
    'a segment of its own': (
        {
            'to': 'fd09::1/128',
            'dev': 'br0',
            'encap': {'type': 'seg6local', 'action': 'End.DT6', 'table': 'main'},
        },
        'encap seg6local action End.DT6 table main',
    ),
    'a segment with a next hop': (
        {
            'to': 'fd09::1/128',
            'dev': 'br0',
            'encap': {'type': 'seg6local', 'action': 'End.DX4', 'nh4': '10.0.0.7'},
        },
        'encap seg6local action End.DX4 nh4 10.0.0.7',
    ),
    'a segment with others': (
        {
            'to': 'fd09::1/128',
            'dev': 'br0',
            'encap': {'type': 'seg6local', 'action': 'End.B6.Encaps', 'segs': ['fd00::7', 'fd00::8']},
        },
        'action End.B6.Encaps segs 2 [ fd00::7 fd00::8 ]',
    ),
    'hops in tunnels': (
        {
            'to': 'fd09::/64',
            'nexthops': [
                {'via': 'fd00::7', 'encap': {'type': 'seg6', 'segs': ['fd00::2']}},
                {'via': 'fd00::8', 'weight': 2, 'encap': {'type': 'ip6', 'dst': 'fd00::9'}},
            ],
        },
        'weight 2',
    ),
    'pref': ({'to': 'fd09::/64', 'via': 'fd00::9', 'pref': 'low'}, 'pref low'),
}


def _with(*routes: Document) -> Document:
    link = {'name': 'br0', 'kind': 'bridge', 'addresses': ['10.0.0.1/24', 'fd00::1/64']}
    return {'name': 'lab', 'links': [link], 'routes': list(routes)}


def _life(route: Document, shown: str) -> None:
    converge(_with())
    before = snapshot()
    document = _with(route)
    stopped_at_the_end(document)
    assert not difference(before, snapshot())
    predicted = converge(document, check=True)
    assert predicted.changes == converge(document).changes
    assert shown in run('ip route') + run('ip -6 route')
    silent(document)
    silent({'name': 'lab', **describe(scope='lab')[0]})
    converge(_with({**route, 'advmss': 1300}))
    assert 'advmss 1300' in run('ip route') + run('ip -6 route')
    converge(document)
    silent(document)
    converge(_with())
    assert not difference(before, snapshot())


@pytest.mark.parametrize('name', BESIDE)
def test_what_a_route_can_have(name: str) -> None:
    in_world(_life, *BESIDE[name])


def _preferences() -> None:
    route = {'to': 'fd09::/64', 'via': 'fd00::9'}
    converge(_with(route))
    for pref in ('high', 'medium'):
        document = _with({**route, 'pref': pref})
        assert converge(document).ops == 1
        assert 'pref ' + pref in run('ip -6 route show fd09::/64')
        silent(document)


def test_another_preference_is_set_in_place() -> None:
    in_world(_preferences)


def _expires() -> None:
    route: Document = {'to': 'fd09::/64', 'via': 'fd00::9', 'expires': 600}
    converge(_with())
    before = snapshot()
    stopped_at_the_end(_with(route))
    assert not difference(before, snapshot())
    converge(_with(route))
    assert 'expires' in run('ip -6 route show fd09::/64')
    silent(_with(route))
    [described] = describe(scope='lab')[0]['routes']
    assert 590 <= described.pop('expires') <= 600
    assert {**described, 'expires': 600} == {**route, 'dev': 'br0'}
    for seconds in (100, 1000):
        [change] = converge(_with({**route, 'expires': seconds})).changes
        assert change.action == 'change'
        silent(_with({**route, 'expires': seconds}))
    left = int(run('ip -6 route show fd09::/64').partition('expires ')[2].partition('sec')[0])
    assert 990 <= left <= 1000
    converge(_with({'to': 'fd09::/64', 'via': 'fd00::9'}))
    assert 'expires' not in run('ip -6 route show fd09::/64')
    converge(_with(route))
    converge(_with())
    assert not difference(before, snapshot())


def test_a_route_that_expires() -> None:
    in_world(_expires)


def _unknown_algorithm() -> None:
    converge(_with())
    said = refused(_with({'to': '10.9.0.0/16', 'via': '10.0.0.9', 'congctl': 'nosuch'}))
    assert 'route 10.9.0.0/16' in said
    assert 'this kernel does not take congctl nosuch' in said
    with pytest.raises(EngineError, match='does not take encap mpls labels 100,200'):
        encap = {'type': 'mpls', 'labels': [100, 200]}
        converge(_with({'to': '10.9.0.0/16', 'via': '10.0.0.9', 'encap': encap}), check=True)


def test_an_algorithm_that_the_kernel_does_not_have() -> None:
    in_world(_unknown_algorithm)


def _expired() -> None:
    converge(_with({'to': 'fd09::/64', 'via': 'fd00::9', 'expires': 600}))
    document = _with({'to': 'fd09::/64', 'via': 'fd00::9', 'expires': 1})
    converge(document)
    time.sleep(1.2)  # the kernel collects it later
    assert converge(document).changes
    assert 'expires' in run('ip -6 route show fd09::/64')


def test_a_route_that_has_expired_is_renewed() -> None:
    in_world(_expired)


def _of_others() -> None:
    """What others made with what a document can say stays, and is told apart."""
    converge(_with())
    run('ip route add 10.8.0.0/16 via 10.0.0.9 realms 3/4 mtu lock 1300 congctl cubic')
    run('ip -6 route add fd08::/64 encap seg6 mode encap segs fd00::2 via fd00::9')
    before = snapshot()
    route: dict[str, t.Any] = {'to': '10.9.0.0/16', 'via': '10.0.0.9', 'realms': 5}
    converge(_with(route))
    converge(_with())
    assert not difference(before, snapshot())
    described = describe()[0]['routes']
    assert {**described[0], 'dev': 'br0'} == {
        'to': '10.8.0.0/16',
        'via': '10.0.0.9',
        'dev': 'br0',
        'realms': '3/4',
        'mtu': 1300,
        'lock': ['mtu'],
        'congctl': 'cubic',
    }
    assert described[1]['encap'] == {'type': 'seg6', 'segs': ['fd00::2']}


def test_routes_of_others_with_attributes() -> None:
    in_world(_of_others)
