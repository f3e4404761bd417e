# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Routes of all types."""

from __future__ import annotations

from ansible_collections.multinet.linux.plugins.module_utils.objects.route.value import Hop, Route
from ansible_collections.multinet.linux.tests.conformance import encode
from ansible_collections.multinet.linux.tests.conformance.world import P, World, ip, ip_if_known


def populate_routes(world: World) -> None:
    index = world.indexes()
    metrics = (
        ('advmss', 1400),
        ('cwnd', 20),
        ('hoplimit', 77),
        ('initcwnd', 11),
        ('initrwnd', 12),
        ('mtu', 1300),
        ('quickack', 1),
        ('reordering', 9),
        ('rtt', 800),
        ('rttvar', 400),
        ('ssthresh', 5000),
        ('window', 70000),
    )
    for given in (
        Route('', '0.0.0.0/0', (Hop('10.1.0.9', 'vb'),), protocol=P),
        Route('', '0.0.0.0/0', (Hop('10.1.0.9'),), metric=5, protocol=P),
        Route('', '20.0.0.0/8', (Hop('', 'vb'),), scope='link', src='10.1.0.1', protocol=P, tos=16),
        Route('', '20.0.0.0/8', (Hop('', 'vb'),), scope='host', table=256, metric=0xFFFFFFFF),
        Route(
            '',
            '20.1.0.0/16',
            (Hop('10.1.0.9', 'vb'),),
            scope='site',
            table=0xFFFFFFFF,
            metrics=metrics,
            protocol=P,
        ),
        Route('', '20.2.0.0/16', (Hop('172.16.0.1', 'vb', 1, True),), protocol=P),
        Route(
            '',
            '20.3.0.0/16',
            (
                Hop('10.1.0.8', 'vb', 256),
                Hop('10.1.0.9', '', 3),
                Hop('172.16.0.1', 'vc', 1, True),
                Hop('', 'vc', 9),
            ),
            protocol=P,
            metrics=(('mtu', 999),),
        ),
        Route('', '20.4.0.1/32', (Hop('', 'lo'),), type='local', scope='host', table=255, protocol=P),
        Route('', '20.4.0.255/32', (Hop('', 'vb'),), type='broadcast', scope='link', table=255, protocol=P),
        Route('', '20.4.0.2/32', (Hop('', 'vb'),), type='anycast', scope='link', table=255, protocol=P),
        Route('', '224.0.0.0/4', (Hop('', 'vb'),), type='multicast', scope='link', protocol=P),
        Route('', '20.5.0.0/24', type='blackhole', protocol=P),
        Route('', '20.5.1.0/24', type='unreachable', protocol=P),
        Route('', '20.5.2.0/24', type='prohibit', protocol=P),
        Route('', '20.5.3.0/24', type='throw', protocol=P),
        Route('', '::/0', (Hop('fd01::9', 'vb'),), metric=1024, protocol=P),
        Route('', '::/0', (Hop('fe80::9', 'vb'),), metric=7, table=1000),
        Route('', 'fd20::/16', (Hop('', 'vb'),), metric=1, src='fd01::1', protocol=P),
        Route(
            '',
            'fd21::/16',
            (Hop('fd77::1', 'vb', 1, True),),
            metric=1024,
            metrics=metrics,
            table=0xFFFFFFFF,
            protocol=P,
        ),
        Route(
            '',
            'fd22::/16',
            (Hop('fd01::8', 'vb', 256), Hop('fd01::9', '', 3), Hop('fe80::1', 'vc', 1, True)),
            metric=1024,
            protocol=P,
        ),
        Route('', 'fd23::1/128', (Hop('', 'lo'),), type='local', metric=1024, table=255, protocol=P),
        Route('', 'fd23::2/128', (Hop('', 'vb'),), type='anycast', metric=1024, table=255, protocol=P),
        Route('', 'ff33::/16', (Hop('', 'vb'),), type='multicast', metric=1024, protocol=P),
        Route('', 'fd25:0::/32', type='blackhole', metric=1024, protocol=P),
        Route('', 'fd25:1::/32', type='unreachable', metric=1024, protocol=P),
        Route('', 'fd25:2::/32', type='prohibit', metric=1024, protocol=P),
        Route('', 'fd25:3::/32', type='throw', metric=1024, protocol=P),
        Route('', '::ffff:0:0/96', type='unreachable', metric=1024, protocol=P),
        Route('', '::/96', type='prohibit', metric=1024, protocol=P),
    ):
        world.send(encode.route(given, index, 'add'))
    for words in (
        'add 30.0.0.0/24 via 10.1.0.9',
        'append 30.0.0.0/24 via 10.1.0.8',
        'add 30.0.1.0/24 dev vb proto static realm 5 table 5000',
        'add 30.0.2.0/24 via 10.1.0.9 mtu lock 1400 congctl reno features ecn rto_min 100ms',
        'add 30.0.3.0/24 via inet6 fe80::1 dev vb',
        'add 30.0.4.0/24 nexthop via inet6 fe80::1 dev vb weight 7 nexthop via 10.1.0.9',
        'add 30.0.5.0/24 dev vb dsfield 0x20',
        'add 30.0.6.0/24 dev vb scope 100',
        'add 30.0.7.0/24 dev vb proto kernel',
        'add 30.0.8.0/24 dev vb proto redirect',
        'add fd30::/64 via fe80::1 dev vb pref high',
        'add fd30::/64 via fe80::1 dev vb pref low metric 9',
        'add fd31::/64 dev vb expires 1000',
        'append fd32::/64 via fe80::1 dev vb',
        'append fd32::/64 via fe80::2 dev vb',
        'add fd33::/64 via fd01::9 mtu lock 1400 src fd01::1',
        'add fd34::/64 dev vb proto ra',
        'add fd35::/64 dev vb proto 0',
    ):
        ip('route', *words.split())
    for words in (
        'route add 30.1.0.0/24 encap ip id 100 dst 10.1.0.9 dev vb',
        'route add fd36::/64 from fd00::/16 dev vb',
        'nexthop add id 1 via 10.1.0.9 dev vb',
        'nexthop add id 2 via 10.1.0.8 dev vb onlink',
        'nexthop add id 3 blackhole',
        'nexthop add id 4 group 1,9/2,200',
        'nexthop add id 5 via fe80::1 dev vb',
        'nexthop add id 6 via fe80::2 dev vb',
        'nexthop add id 7 group 5/6',
        'nexthop add id 8 group 5',
        '-6 nexthop add id 9 blackhole',
        'nexthop add id 10 dev vb',
        'route add 30.2.0.0/24 nhid 1',
        'route add 30.2.1.0/24 nhid 3',
        'route add 30.2.2.0/24 nhid 4',
        'route add 30.2.3.0/24 nhid 5',
        'route add 30.2.4.0/24 nhid 10',
        'route add fd37::/64 nhid 5',
        'route add fd38::/64 nhid 7',
        'route add fd39::/64 nhid 8',
        'route add fd40::/64 nhid 9',
    ):
        ip_if_known(*words.split())
    ip('link', 'set', 'dev', 'vd', 'down')  # linkdown stands in the flags of what goes through vc
