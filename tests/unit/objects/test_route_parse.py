# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Routes of a document: one spelling for each, and what is filled in."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.objects.route.value import Hop, Route
from ansible_collections.multinet.linux.tests.unit.objects.lab import layout


def only_route(**keys: t.Any) -> Route:
    return layout(routes=[keys]).routes[0]


@pytest.mark.parametrize(
    'written, canonical',
    [
        ('default', '0.0.0.0/0'),
        ('0.0.0.0/0', '0.0.0.0/0'),
        ('10.9.0.0/16', '10.9.0.0/16'),
        ('10.9.0.0/255.255.0.0', '10.9.0.0/16'),
        ('10.9.0.1', '10.9.0.1/32'),
        ('FD09:0::/32', 'fd09::/32'),
        ('fd09::1', 'fd09::1/128'),
        ('::/0', '::/0'),
    ],
)
def test_prefix(written: str, canonical: str) -> None:
    assert only_route(to=written, dev='a').to == canonical


def test_default_takes_the_family_of_its_gateway() -> None:
    assert only_route(to='default', via='10.0.0.1').to == '0.0.0.0/0'
    assert only_route(to='default', via='FD00:0::1').to == '::/0'
    assert only_route(to='default', nexthops=[{'via': 'fd00::1'}, {'via': 'fd00::2'}]).to == '::/0'
    assert only_route(to='default', dev='a', src='fd00::1').to == '::/0'
    assert only_route(to='default', dev='a', family='ipv6').to == '::/0'
    assert only_route(to='default', type='blackhole', family='ipv6').to == '::/0'
    assert only_route(to='default', dev='a').to == '0.0.0.0/0'


def test_route_defaults() -> None:
    route = only_route(to='default', via='10.0.0.1')
    assert route == Route(
        '', '0.0.0.0/0', (Hop('10.0.0.1'),), table=254, metric=0, type='unicast', scope='global'
    )
    assert only_route(to='10.9.0.0/16', dev='a').scope == 'link'
    assert only_route(to='10.9.0.0/16', nexthops=[{'dev': 'a'}, {'dev': 'b'}]).scope == 'link'
    assert only_route(to='10.9.0.0/16', nexthops=[{'dev': 'a'}, {'via': '10.0.0.1'}]).scope == 'global'
    assert only_route(to='10.9.0.0/16', type='unreachable').scope == 'global'
    assert only_route(to='fd09::/64', dev='a').metric == 1024
    assert only_route(to='fd09::/64', dev='a').scope == 'global'
    assert only_route(to='10.9.0.0/16', via='fe80::9', dev='a', src='10.0.0.1').hops == (Hop('fe80::9', 'a'),)
    local = only_route(to='10.9.0.1', dev='a', type='local')
    assert (local.table, local.scope) == (255, 'host')


def test_route_spellings_of_one_thing() -> None:
    assert only_route(to='default', nexthops=[{'via': '10.0.0.1', 'dev': 'a', 'weight': 5}]) == only_route(
        to='default', via='10.0.0.1', dev='a'
    )
    assert only_route(to='fd09::/64', via='fd00::1', metric=0) == only_route(
        to='FD09::/64', via='fd00:0::1', metric='1024'
    )
    for table, number in (
        ('main', 254),
        ('local', 255),
        ('default', 253),
        ('0x10', 16),
        (4294967295, 4294967295),
    ):
        assert only_route(to='default', via='10.0.0.1', table=table).table == number
    route = only_route(to='default', via='10.0.0.1', mtu=1400, advmss='1360')
    assert route.metrics == (('advmss', 1360), ('mtu', 1400))
    assert route == only_route(advmss=1360, mtu=1400, via='10.0.0.1', to='default')


def test_an_encapsulation_from_anywhere_says_nothing_of_it() -> None:
    def extra(**more: t.Any) -> t.Any:
        return only_route(
            to='10.9.0.0/16', via='10.0.0.1', encap={'type': 'ip', 'dst': '10.0.0.7', **more}
        ).extra

    assert extra(src='0.0.0.0') == extra()
