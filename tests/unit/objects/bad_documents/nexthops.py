# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Nexthop objects, and routes over them."""

from __future__ import annotations

import typing as t

from ansible_collections.multinet.linux.tests.unit.objects.bad_documents.case import (
    ROUTE,
    Case,
    host,
    inside,
    route,
)

NEXTHOP = 'nexthops[0]'
INSIDE = 'namespaces[0].nexthops'


def nexthop(**keys: t.Any) -> dict[str, t.Any]:
    return host(nexthops=[{'id': 1, **keys}])


def group(*members: t.Any, **keys: t.Any) -> dict[str, t.Any]:
    return nexthop(group=list(members), **keys)


CASES = [
    Case('nexthop-text', host(nexthops=['1']), NEXTHOP, "'1'"),
    Case('nexthop-id', host(nexthops=[{'dev': 'a'}]), NEXTHOP + '.id', 'is missing'),
    Case('nexthop-id-zero', host(nexthops=[{'id': 0, 'dev': 'a'}]), NEXTHOP + '.id', '0'),
    Case('nexthop-key', nexthop(dev='a', gateway='10.0.0.1'), NEXTHOP + '.gateway', 'want one of'),
    Case('nexthop-dev', nexthop(via='10.0.0.1'), NEXTHOP + '.dev', 'is missing'),
    Case('nexthop-onlink', nexthop(dev='a', onlink=True), NEXTHOP + '.onlink', 'via'),
    Case('nexthop-family', nexthop(dev='a', via='10.0.0.1', family='ipv6'), NEXTHOP + '.family', 'ipv6'),
    Case('nexthop-blackhole', nexthop(dev='a', blackhole=True), NEXTHOP + '.dev', 'a blackhole'),
    Case('nexthop-fdb', nexthop(fdb=True), NEXTHOP + '.via', 'is missing'),
    Case('nexthop-fdb-dev', nexthop(fdb=True, via='10.0.0.1', dev='a'), NEXTHOP + '.dev', 'fdb'),
    Case('nexthop-type', nexthop(dev='a', type='resilient'), NEXTHOP + '.type', 'groups'),
    Case('nexthop-buckets', nexthop(dev='a', buckets=8), NEXTHOP + '.buckets', 'groups'),
    Case('group-empty', group(), NEXTHOP + '.group', 'is empty'),
    Case('group-word', group('one'), NEXTHOP + '.group[0].id', "'one'"),
    Case('group-twice', group(2, {'id': 2, 'weight': 3}), NEXTHOP + '.group[1]', '2'),
    Case('group-weight', group({'id': 2, 'weight': 257}), NEXTHOP + '.group[0].weight', '257'),
    Case('group-via', group(2, via='10.0.0.1'), NEXTHOP + '.via', 'does not fit a group'),
    Case('group-buckets', group(2, type='resilient'), NEXTHOP + '.buckets', 'is missing'),
    Case('group-mpath', group(2, idle_timer=60), NEXTHOP + '.idle_timer', 'resilient'),
    Case('route-nhid-zero', route(nhid=0), ROUTE + '.nhid', '0'),
    Case('route-nhid-via', route(nhid=1, via='10.0.0.1'), ROUTE + '.nhid', 'via'),
    Case('route-nhid-type', route(nhid=1, type='throw'), ROUTE + '.nhid', 'throw'),
    Case(
        'nexthop-twice',
        host(nexthops=[{'id': 1, 'blackhole': True}, {'id': 1, 'blackhole': True}]),
        'nexthops[1]',
        'id 1 twice',
    ),
    Case('nexthop-no-link', inside(nexthops=[{'id': 1, 'dev': 'b'}]), INSIDE + '[0].dev', 'b'),
    Case('group-no-member', inside(nexthops=[{'id': 1, 'group': [7]}]), INSIDE + '[0].group', '7'),
    Case(
        'group-of-groups',
        host(nexthops=[{'id': 1, 'group': [2]}, {'id': 2, 'group': [3]}]),
        NEXTHOP + '.group',
        'a group in it',
    ),
    Case(
        'group-mixed',
        host(nexthops=[{'id': 1, 'group': [2]}, {'id': 2, 'fdb': True, 'via': '10.0.0.1'}]),
        NEXTHOP + '.group',
        'mixes',
    ),
    Case(
        'route-nhid-unknown',
        inside(routes=[{'to': '10.9.0.0/16', 'nhid': 7}]),
        'namespaces[0].routes[0].nhid',
        '7',
    ),
]
