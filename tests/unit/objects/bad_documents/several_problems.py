# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Several problems at once, and problems that would make others look as if there were more."""

from __future__ import annotations

from ansible_collections.multinet.linux.tests.unit.objects.bad_documents.case import (
    CHAIN,
    LINK,
    RED,
    RED_ROUTE,
    ROUTE,
    RULE,
    Case,
    bridge,
    host,
    inside,
    routed,
    rule,
    veth,
)

CASES = [
    Case(
        'two-problems',
        host(links=[bridge(mtu=5), bridge(name='a b')]),
        'links[0].mtu',
        '5',
        (('links[1].name', "'a b'"),),
    ),
    Case(
        'problems-of-all-rooms',
        {
            'name': 'my lab',
            'links': [bridge(mac='x')],
            'routes': [{'to': 'x', 'via': '10.0.0.1'}],
            'rules': [{'priority': 0, 'table': 5}],
            'sysctls': {'kernel.panic': 1},
            'iptables': [{'chain': 'a b'}],
            'namespaces': [{'name': 'a/b'}],
            'colour': 'red',
        },
        'name',
        "'my lab'",
        (
            (LINK + '.mac', "'x'"),
            (ROUTE + '.to', "'x'"),
            (RULE + '.priority', 'is out of range'),
            ('sysctls[kernel.panic]', 'kernel.panic'),
            (CHAIN + '.chain', "'a b'"),
            (RED + '.name', "'a/b'"),
            ('colour', 'remove it'),
        ),
    ),
    Case(
        'problems-of-one-object',
        rule(priority='x', mark='y', ipproto='z'),
        RULE + '.priority',
        "'x'",
        ((RULE + '.mark', "'y'"), (RULE + '.ipproto', "'z'")),
    ),
    Case(
        'both-ends-of-a-veth',
        host(links=[veth(mtu=5, peer={'name': 'veth0', 'mtu': 6})]),
        LINK + '.mtu',
        '5',
        ((LINK + '.peer.mtu', '6'),),
    ),
    Case(
        'problems-in-and-between',
        inside(
            links=[bridge(addresses=['10.0.0.1/24'])],
            routes=[{'to': 'default', 'via': '10.0.1.1'}],
            rules=[{'priority': 0, 'table': 5}],
        ),
        'namespaces[0].rules[0].priority',
        'is out of range',
        ((RED_ROUTE + '.via', '10.0.1.1'),),
    ),
    Case(
        'two-gateways-unreachable',
        routed({'to': 'default', 'via': '10.0.1.1'}, {'to': 'fd09::/64', 'via': 'fd01::1'}),
        RED_ROUTE + '.via',
        '10.0.1.1',
        (('namespaces[0].routes[1].via', 'fd01::1'),),
    ),
    Case(
        'bad-link-with-users',
        inside(
            links=[
                bridge(kind='brigde', addresses=['10.0.0.1/24']),
                {'name': 'm', 'kind': 'macvlan', 'link': 'br0'},
            ],
            routes=[
                {'to': 'default', 'via': '10.0.0.2', 'src': '10.0.0.1'},
                {'to': '10.9.0.0/16', 'dev': 'br0'},
            ],
            sysctls={'net.ipv4.conf.br0.rp_filter': 1},
        ),
        'namespaces[0].links[0].kind',
        "'brigde'",
    ),
    Case(
        'bad-address-with-users',
        inside(links=[bridge(addresses=['10.0.0.1/42'])], routes=[{'to': 'default', 'via': '10.0.0.2'}]),
        'namespaces[0].links[0].addresses[0]',
        "'10.0.0.1/42'",
    ),
    Case(
        'bad-peer-with-users',
        host(
            links=[veth(mtu=5, peer={'name': 'eth0', 'namespace': 'red', 'addresses': ['10.0.0.x/24']})],
            namespaces=[{'name': 'red', 'routes': [{'to': 'default', 'via': '10.0.0.2'}]}],
        ),
        LINK + '.mtu',
        '5',
        ((LINK + '.peer.addresses[0]', "'10.0.0.x/24'"),),
    ),
    Case(
        'bad-network-route-with-users',
        routed({'to': '10.9.0.0/33', 'dev': 'br0'}, {'to': 'default', 'via': '10.9.0.1'}),
        RED_ROUTE + '.to',
        '10.9.0.0/33',
    ),
    Case(
        'bad-namespace-with-users',
        host(
            links=[veth(peer={'name': 'eth0', 'namespace': 'red'})],
            namespaces=[{'name': 'red', 'replicas': 'x'}],
        ),
        RED + '.replicas',
        "'x'",
    ),
    Case(
        'bad-namespace-names',
        host(namespaces=[{'links': [bridge()]}, {'links': [bridge()]}]),
        RED + '.name',
        'is missing',
        (('namespaces[1].name', 'is missing'),),
    ),
]
