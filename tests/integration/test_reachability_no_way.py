# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Probes that do not arrive: without a route, over a wrong link, and where somebody on the way says no."""

from __future__ import annotations

import typing as t

from ansible_collections.multinet.linux.tests.integration import world
from ansible_collections.multinet.linux.tests.integration.reachability_world import (
    OWN,
    PEER,
    SHORT,
    Probe,
    furnish,
    reach,
    serve,
)


def _no_way() -> list[dict[str, t.Any]]:
    furnish()
    for kind, net in (('unreachable', 1), ('prohibit', 2), ('blackhole', 3), ('throw', 4)):
        world.run('ip -n red route add %s 10.%d.0.0/16' % (kind, net))
        world.run('ip -n red -6 route add %s fd0%d::/64' % (kind, net))
    world.run('ip netns exec red iptables -A OUTPUT -d 10.5.0.0/16 -j DROP')
    world.run('ip -n red rule add to 10.6.0.0/16 dport 77 lookup 100')
    world.run('ip -n red route add 10.6.0.0/16 via 10.0.0.9 dev eth0 table 100')
    world.run('ip -n red route del default')
    wanted: list[Probe] = []
    for net in range(1, 6):
        for to in ('10.%d.0.1' % net, 'fd0%d::1' % net):
            wanted += [{'kind': 'icmp', 'to': to}, {'kind': 'tcp', 'to': to, 'port': 1}]
    wanted += [{'kind': 'tcp', 'to': '10.6.0.1', 'port': port} for port in (76, 77)]
    done = reach(*({'namespace': 'red', **probe, **SHORT} for probe in wanted))
    assert not done.get('failed'), done['msg']
    wrong = reach(
        *(
            {**one, 'namespace': 'red', 'kind': 'icmp', 'timeout': 0.2}
            for one in (
                {'to': PEER, 'source': '10.0.0.77'},
                {'to': PEER, 'device': 'eth7'},
                {'to': PEER, 'source_seen': '10.0.0.7'},
                {'to': '10.1.0.1', 'name': 'far'},
                {'to': 'fe80::7', 'device': 'eth0'},
            )
        )
    )
    missing = reach(
        {'kind': 'icmp', 'namespace': 'green', 'to': PEER},
        {'kind': 'icmp', 'to': PEER},
        {'kind': 'icmp', 'namespace': 'grey', 'to': PEER},
        separate=['red', 'green', 'black'],
    )
    return [done, wrong, missing]


def test_where_there_is_no_way() -> None:
    done, wrong, missing = world.in_world(_no_way)
    routes = [row['route']['text'] for row in done['probes']]
    assert (
        routes[:16:4]
        == routes[2:16:4]
        == [
            'none (EHOSTUNREACH: No route to host)',
            'none (EACCES: Permission denied)',
            'none (EINVAL: Invalid argument)',
            'none (ENETUNREACH: Network is unreachable)',
        ]
    )
    assert [row['route']['table'] for row in done['probes'][-2:]] == [0, 100]
    assert routes[-1] == 'via 10.0.0.9 dev eth0 src 10.0.0.5 table 100'
    assert [row['found'] for row in wrong['probes']] == ['error', 'error', 'open', 'silent', 'silent']
    assert wrong['msg'].splitlines()[:5] == [
        '5 of 5 probes are not as wanted',
        'probes[0]: icmp 10.0.0.1 from red, source 10.0.0.77: is not as wanted (found error: source'
        ' 10.0.0.77: EADDRNOTAVAIL: Cannot assign requested '
        'address, want open); route: none (ENETUNREACH: Network is unreachable)',
        'probes[1]: icmp 10.0.0.1 from red, source 10.0.0.5: is not as wanted (found error: device'
        ' eth7: ENODEV: No such device, want open); '
        'route: dev eth0 src 10.0.0.5',
        'probes[2]: icmp 10.0.0.1 from red, source 10.0.0.5: is not as wanted (found source 10.0.0.5,'
        ' want 10.0.0.7); route: dev eth0 src 10.0.0.5',
        'probes[3] (far): icmp 10.1.0.1 from red: is not as wanted (found silent: EHOSTUNREACH: No'
        ' route to host, want open); '
        'route: none (EHOSTUNREACH: No route to host)',
    ]
    assert missing['problems'] == [
        'separate: namespace black does not exist; correct the name, or make it first',
        'probes[0].namespace: namespace green does not exist; correct the name, or make it first',
        'probes[2].namespace: namespace grey does not exist; correct the name, or make it first',
    ]
    assert 'probes' not in missing


def _on_the_way() -> list[dict[str, t.Any]]:
    furnish()
    serve()
    # The gateway of red has something to say itself, and red hides behind another address of its own.
    for line in (
        'sysctl -qw net.ipv4.ip_forward=1',
        'sysctl -qw net.ipv4.icmp_ratemask=0',
        'ip route add prohibit 10.78.0.0/16',
        'ip route add unreachable 10.79.0.0/16',
    ):
        world.run('ip netns exec red-peer ' + line)
    # A router tells so five times at once, and then once a second.
    probes = [
        {
            'namespace': 'red',
            'kind': kind,
            'to': to,
            'expect': expect,
            'timeout': 1,
            'tries': 60,
            **({'port': 80} if kind != 'icmp' else {}),
        }
        for kind, to, expect in (
            ('icmp', '10.77.0.1', 'silent'),
            ('tcp', '10.78.0.1', 'refused'),
            ('udp', '10.78.0.1', 'refused'),
            ('icmp', '10.79.0.1', 'silent'),
            ('tcp', '10.79.0.1', 'silent'),
        )
    ]
    said = reach(*probes)
    world.run('ip -n red address add 10.0.0.6/24 dev eth0')
    world.run(
        'ip netns exec red iptables -t nat -A POSTROUTING -p tcp -d %s -j SNAT --to-source 10.0.0.6' % PEER
    )
    hidden = {'namespace': 'red', 'kind': 'http', 'to': PEER, 'source_seen': OWN}
    return [
        said,
        reach({**hidden, 'answer': r'sees 10\.0\.0\.6$'}),
        reach({**hidden, 'answer': r'sees 10\.0\.0\.5$'}),
    ]


def test_who_says_no_on_the_way_and_what_address_comes_out_of_it() -> None:
    said, hidden, wrong = world.in_world(_on_the_way)
    assert not said.get('failed'), said['msg']
    answers = [row['detail'].split(', ')[1] for row in said['probes']]
    assert answers == ['ICMP type 3 code %d from 10.0.0.1' % code for code in (0, 13, 13, 1, 1)]
    assert {row['route']['gateway'] for row in said['probes']} == {PEER}
    assert not hidden.get('failed'), hidden['msg']
    assert (
        wrong['probes'][0]['problem']
        == r"found open, answered 'red sees 10.0.0.6', want a match of 'sees 10\\.0\\.0\\.5$'"
    )
