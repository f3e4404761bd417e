# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Routes."""

from __future__ import annotations

from ansible_collections.multinet.linux.tests.unit.objects.bad_documents.case import (
    RED_ROUTE,
    ROUTE,
    Case,
    host,
    inside,
    route,
    routed,
)

CASES = [
    Case('routes-mapping', host(routes={'to': 'default'}), 'routes', "{'to'"),
    Case('route-text', host(routes=['default via 10.0.0.1']), ROUTE, 'default via'),
    Case('unknown-key-route', route(gateway='10.0.0.1', via='10.0.0.1'), ROUTE + '.gateway', 'want one of'),
    Case(
        'unknown-key-hop',
        route(nexthops=[{'via': '10.0.0.1', 'wieght': 2}]),
        ROUTE + '.nexthops[0].wieght',
        'did you mean weight?',
    ),
    Case('dev-blank', route(dev='a b'), ROUTE + '.dev', "'a b'"),
    Case(
        'twice-route',
        host(routes=[{'to': 'default', 'via': '10.0.0.1'}, {'to': '0.0.0.0/0', 'via': '10.0.0.2'}]),
        'routes[1]',
        'routes[0]',
    ),
    Case(
        'twice-route-ipv6-metric',
        host(routes=[{'to': 'fd01::/64', 'via': 'fd00::1'}, {'to': 'fd01::/64', 'dev': 'a', 'metric': 1024}]),
        'routes[1]',
        'routes[0]',
    ),
    Case(
        'twice-hop',
        route(nexthops=[{'via': '10.0.0.1'}, {'via': '10.0.0.1'}]),
        ROUTE + '.nexthops',
        'same hop',
    ),
    Case(
        'route-from-ipv4',
        route(to='10.9.0.0/16', dev='a', **{'from': '10.8.0.0/16'}),
        ROUTE + '.from',
        'IPv4',
    ),
    Case(
        'route-from-family',
        route(to='10.9.0.0/16', dev='a', **{'from': 'fd00::/64'}),
        ROUTE + '.from',
        'has another address family than the destination',
    ),
    Case(
        'route-from-host-bits',
        route(to='fd09::/64', dev='a', **{'from': 'fd00::1/64'}),
        ROUTE + '.from',
        'host bits',
    ),
    Case('route-pref-ipv4', route(to='10.9.0.0/16', dev='a', pref='high'), ROUTE + '.pref', 'IPv4'),
    Case(
        'route-pref-word',
        route(to='fd09::/64', dev='a', pref='higher'),
        ROUTE + '.pref',
        'did you mean high?',
    ),
    Case(
        'route-pref-blackhole',
        host(routes=[{'to': 'fd09::/64', 'type': 'blackhole', 'pref': 'low'}]),
        ROUTE + '.pref',
        'blackhole',
    ),
    Case('route-to-missing', host(routes=[{'via': '10.0.0.1'}]), ROUTE + '.to', 'is missing'),
    Case('route-to-word', route(to='everywhere', via='10.0.0.1'), ROUTE + '.to', "'everywhere'"),
    Case('route-host-bits', route(to='10.9.0.1/16', via='10.0.0.1'), ROUTE + '.to', '10.9.0.1/16'),
    Case('route-nowhere', route(), ROUTE + '.via', 'is missing'),
    Case('route-via-word', route(via='router'), ROUTE + '.via', "'router'"),
    Case('route-via-length', route(via='10.0.0.1/24'), ROUTE + '.via', "'10.0.0.1/24'"),
    Case('route-via-multicast', route(via='224.0.0.1'), ROUTE + '.via', '224.0.0.1'),
    Case('route-via-unspecified', route(via='0.0.0.0'), ROUTE + '.via', '0.0.0.0'),
    Case('route-via-other-family', route(to='fd09::/64', via='10.0.0.1'), ROUTE + '.via', 'ipv4'),
    Case('route-src-other-family', route(dev='a', src='fd00::1'), ROUTE + '.src', 'fd00::1'),
    Case(
        'route-src-of-the-family-of-the-gateway',
        route(via='fe80::9', dev='card', src='fd00::1'),
        ROUTE + '.src',
        'has another address family than the destination (found fd00::1)',
    ),
    Case('route-via-link-local', route(via='fe80::9'), ROUTE + '.dev', 'the gateway fe80::9 is link-local'),
    Case(
        'route-via-link-local-ipv6',
        route(to='fd09::/64', via='fe80::9', table=7),
        ROUTE + '.dev',
        'the gateway fe80::9 is link-local',
    ),
    Case(
        'route-hop-link-local',
        route(nexthops=[{'via': '10.0.0.1'}, {'via': 'fe80::9'}]),
        ROUTE + '.nexthops[1].dev',
        'the gateway fe80::9 is link-local',
    ),
    Case(
        'route-hop-link-local-alone',
        route(nexthops=[{'via': 'fe80::9'}]),
        ROUTE + '.nexthops[0].dev',
        'fe80::9',
    ),
    *[
        Case('route-to-this-host-' + id_, route(**keys), '%s.%s' % (ROUTE, key), found)
        for id_, keys, key, found in (
            ('via', {'type': 'local', 'via': '10.0.0.1', 'dev': 'a'}, 'via', 'found local'),
            ('via-ipv6', {'type': 'local', 'via': 'fe80::9', 'dev': 'a'}, 'via', 'found local'),
            ('scope', {'scope': 'host', 'via': '10.0.0.1'}, 'via', 'found scope host'),
            ('hops', {'type': 'local', 'nexthops': [{'dev': 'a'}, {'dev': 'b'}]}, 'nexthops', 'found local'),
        )
    ],
    Case(
        'route-hop-other-family',
        route(to='fd09::/64', nexthops=[{'via': '10.0.0.1'}, {'via': 'fd00::1'}]),
        ROUTE + '.via',
        'ipv4',
    ),
    Case('route-family-other', route(via='10.0.0.1', family='ipv6'), ROUTE + '.family', 'ipv6'),
    Case(
        'route-hops-and-via',
        route(via='10.0.0.1', nexthops=[{'via': '10.0.0.1'}]),
        ROUTE + '.nexthops',
        'cannot be combined with via',
    ),
    Case(
        'route-hop-empty',
        route(nexthops=[{'weight': 2}, {'via': '10.0.0.1'}]),
        ROUTE + '.nexthops[0]',
        'neither via nor dev',
    ),
    Case(
        'route-hop-weight',
        route(nexthops=[{'via': '10.0.0.1', 'weight': 257}]),
        ROUTE + '.nexthops[0].weight',
        '257',
    ),
    Case('route-hops-text', route(nexthops='10.0.0.1'), ROUTE + '.nexthops', "'10.0.0.1'"),
    Case(
        'route-hops-ipv6-without-via',
        route(to='fd09::/64', nexthops=[{'dev': 'a'}, {'via': 'fd00::1'}]),
        ROUTE + '.nexthops',
        'without via',
    ),
    Case('route-blackhole-via', route(type='blackhole', via='10.0.0.1'), ROUTE + '.type', 'blackhole'),
    Case('route-type-unknown', route(type='blackhol'), ROUTE + '.type', 'did you mean blackhole?'),
    Case('route-onlink-alone', route(via='10.0.0.1', onlink=True), ROUTE + '.onlink', 'via and dev'),
    Case('route-table-word', route(via='10.0.0.1', table='7 vpn'), ROUTE + '.table', "'7 vpn'"),
    Case('route-table-zero', route(via='10.0.0.1', table=0), ROUTE + '.table', '0'),
    Case('route-table-list', route(via='10.0.0.1', table=[7]), ROUTE + '.table', '[7]'),
    Case('route-metric-negative', route(via='10.0.0.1', metric=-1), ROUTE + '.metric', '-1'),
    Case('route-metric-large', route(via='10.0.0.1', metric=1 << 32), ROUTE + '.metric', '4294967296'),
    Case('route-metric-true', route(via='10.0.0.1', metric=True), ROUTE + '.metric', 'True'),
    Case('route-mtu-cut', route(via='10.0.0.1', mtu=65521), ROUTE + '.mtu', '65521'),
    Case('route-hoplimit-cut', route(via='10.0.0.1', hoplimit=256), ROUTE + '.hoplimit', '256'),
    Case('route-tos-ecn', route(via='10.0.0.1', tos=3), ROUTE + '.tos', '3'),
    Case('route-tos-ipv6', route(to='fd09::/64', via='fd00::1', tos=16), ROUTE + '.tos', 'IPv6'),
    Case('route-scope-ipv6', route(to='fd09::/64', via='fd00::1', scope='link'), ROUTE + '.scope', 'IPv6'),
    Case('gateway-unreachable', routed({'to': 'default', 'via': '10.0.1.9'}), RED_ROUTE + '.via', '10.0.1.9'),
    Case(
        'gateway-unreachable-ipv6',
        routed({'to': 'default', 'via': 'fd01::9'}),
        RED_ROUTE + '.via',
        'fd00::/64',
    ),
    Case(
        'gateway-no-network',
        inside(routes=[{'to': 'default', 'via': '10.0.0.9'}]),
        RED_ROUTE + '.via',
        'it has none',
    ),
    Case('gateway-own-address', routed({'to': 'default', 'via': '10.0.0.1'}), RED_ROUTE + '.via', '10.0.0.1'),
    Case(
        'gateway-link-local-alone',
        routed({'to': 'default', 'via': 'fe80::1'}),
        RED_ROUTE + '.dev',
        'fe80::1',
    ),
    Case('route-dev-unknown', routed({'to': '10.9.0.0/16', 'dev': 'eth9'}), RED_ROUTE + '.dev', 'eth9'),
    Case(
        'route-src-unknown',
        routed({'to': 'default', 'via': '10.0.0.2', 'src': '10.0.0.7'}),
        RED_ROUTE + '.src',
        '10.0.0.7',
    ),
]
