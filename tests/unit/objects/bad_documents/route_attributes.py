# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What routes have beside a gateway."""

from __future__ import annotations

import typing as t

from ansible_collections.multinet.linux.tests.unit.objects.bad_documents.case import ROUTE, Case, route

ENCAP = ROUTE + '.encap'


def via(**keys: t.Any) -> dict[str, t.Any]:
    return route(via='10.0.0.1', **keys)


def into(**encap: t.Any) -> dict[str, t.Any]:
    return via(encap=encap)


def local(action: str, **keys: t.Any) -> dict[str, t.Any]:
    encap = {'type': 'seg6local', 'action': action, **keys}
    return route(to='fd09::1/128', dev='a', encap=encap)


CASES = [
    Case('features-word', via(features=['ecn', 'speed']), ROUTE + '.features', "'speed'"),
    Case('features-twice', via(features=['ecn', 'ecn']), ROUTE + '.features', 'twice'),
    Case('lock-word', via(lock='via'), ROUTE + '.lock', "'via'"),
    Case('congctl-long', via(congctl='a' * 16), ROUTE + '.congctl', 'a' * 16),
    Case('rto-min', via(rto_min=0), ROUTE + '.rto_min', '0'),
    Case('fastopen', via(fastopen_no_cookie='maybe'), ROUTE + '.fastopen_no_cookie', "'maybe'"),
    Case('expires-ipv4', via(expires=60), ROUTE + '.expires', 'IPv4'),
    Case(
        'expires-blackhole',
        route(to='fd09::/64', type='blackhole', expires=60),
        ROUTE + '.expires',
        'blackhole',
    ),
    Case('encap-unspecified', into(type='ip', dst='0.0.0.0'), ENCAP + '.dst', 'unspecified'),
    Case('expires-zero', route(to='fd09::/64', dev='a', expires=0), ROUTE + '.expires', '0'),
    Case('route-realms-none', via(realms=0), ROUTE + '.realms', 'TO or FROM/TO'),
    Case('route-realms-large', via(realms=65536), ROUTE + '.realms', '65536'),
    Case('route-realms-ipv6', route(to='fd09::/64', dev='a', realms=3), ROUTE + '.realms', 'IPv6'),
    Case(
        'route-realms-and-hops',
        route(nexthops=[{'via': '10.0.0.1'}, {'via': '10.0.0.2'}], realms=3),
        ROUTE + '.nexthops',
        'realms',
    ),
    Case('encap-text', via(encap='mpls 7'), ENCAP, "'mpls 7'"),
    Case('encap-type', into(dst='10.0.0.7'), ENCAP + '.type', 'is missing'),
    Case('encap-unknown', into(type='ipip'), ENCAP + '.type', "'ipip'"),
    Case('encap-key', into(type='ip', dst='10.0.0.7', labels=[7]), ENCAP + '.labels', 'want one of'),
    Case('encap-dst', into(type='ip', id=7), ENCAP + '.dst', 'is missing'),
    Case('encap-family', into(type='ip', dst='fd00::7'), ENCAP + '.dst', 'fd00::7'),
    Case('encap-label', into(type='mpls', labels=[7, 3]), ENCAP + '.labels', '3'),
    Case('encap-label-large', into(type='mpls', labels=1 << 20), ENCAP + '.labels', '1048576'),
    Case('encap-no-label', into(type='mpls', labels=[]), ENCAP + '.labels', 'is empty'),
    Case('encap-segment', into(type='seg6', segs=['10.0.0.7']), ENCAP + '.segs', "'10.0.0.7'"),
    Case('encap-mode', into(type='seg6', segs=['fd00::7'], mode='out'), ENCAP + '.mode', "'out'"),
    Case('encap-action', local('End.Y'), ENCAP + '.action', "'End.Y'"),
    Case('encap-action-lacks', local('End.X'), ENCAP + '.action', 'one of nh6'),
    Case('encap-action-has', local('End', nh6='fd00::7'), ENCAP + '.action', 'nothing beside it'),
    Case('encap-action-both', local('End.DT6', table=7, vrftable=7), ENCAP + '.action', 'vrftable'),
    Case(
        'encap-blackhole',
        route(type='blackhole', encap={'type': 'ip', 'dst': '10.0.0.7'}),
        ENCAP,
        'blackhole',
    ),
    Case(
        'encap-hop',
        route(nexthops=[{'via': '10.0.0.1', 'encap': {'type': 'mpls'}}, {'via': '10.0.0.2'}]),
        ROUTE + '.nexthops[0].encap.labels',
        'is missing',
    ),
]
