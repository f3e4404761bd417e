# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two documents of one scope that have every kind of object, and differ in each; and what is there before the
first."""

from __future__ import annotations

import typing as t

from ansible_collections.multinet.linux.tests.generator import Document
from ansible_collections.multinet.linux.tests.integration.world import run

# Kinds that not every kernel has: a link of each, and what changes of it.
_MORE: dict[str, tuple[dict[str, t.Any], dict[str, t.Any]]] = {
    'bond': ({'mode': 'active-backup', 'miimon': 100}, {'miimon': 200}),
    'dummy': ({}, {'mtu': 1400}),
    'ipvlan': ({'link': 'ev-v0', 'mode': 'l2'}, {'mode': 'l3'}),
    'vlan': ({'link': 'ev-v0', 'id': 7}, {'id': 8}),
    'vrf': ({'table': 77}, {'table': 78}),
}


def surroundings() -> None:
    """What others have made: some of it is taken over, some used as it is, some only looked at."""
    run('ip link add up0 address 02:00:00:00:03:01 type veth peer name up1 address 02:00:00:00:03:02')
    for name in ('up0', 'up1'):
        run('ip link set %s up' % name)
    run('ip address add 172.28.0.1/24 dev up0')
    run('ip route add 172.28.9.0/24 nexthop via 172.28.0.8 nexthop via 172.28.0.9')
    run('ip link add ev-old address 02:00:00:00:03:03 type bridge')
    run('ip address add 172.27.0.1/24 dev ev-old')
    run('ip link set ev-old up')
    run('ip route add 172.27.9.0/24 via 172.27.0.9')
    run('ip rule add pref 700 from 172.27.0.0/16 lookup 101')
    run(
        'iptables-restore --noflush',
        text='*filter\n:ev-chain - [0:0]\n-A ev-chain -s 1.2.3.4/32 -j DROP\nCOMMIT\n',
    )
    for name in ('ev-taken', 'ev-guest'):
        run('ip netns add ' + name)
        run('ip -n %s link set lo up' % name)
    run(
        'ip -n ev-taken link add eth0 address 02:00:00:00:03:04 type veth peer name eth1 address'
        ' 02:00:00:00:03:05'
    )
    run('ip -n ev-taken address add 172.26.0.1/24 dev eth0')
    run('ip -n ev-guest link add name eth5 address 02:00:00:00:03:06 type bridge')
    run('ip -n ev-guest link set eth5 up')
    run('ip -n ev-guest route add 172.25.0.0/16 dev eth5')


def kinds() -> list[str]:
    """Those of the kinds that this kernel has."""
    found = []
    run('ip link add up2 type veth peer name up3')
    for kind in _MORE:
        run(
            'ip link add link up2 name ev-try type %s %s'
            % (kind, {'vlan': 'id 7', 'vrf': 'table 77'}.get(kind, '')),
            check=False,
        )
        if 'ev-try' in run('ip -o link'):
            found.append(kind)
            run('ip link del ev-try')
    return found


def _more(there: t.Iterable[str], which: int) -> list[dict[str, t.Any]]:
    return [
        {'name': 'ev-' + kind, 'kind': kind, **_MORE[kind][0], **(_MORE[kind][1] if which else {})}
        for kind in there
    ]


def first(there: t.Sequence[str]) -> Document:
    return {
        'name': 'ev',
        'links': [
            {
                'name': 'ev-br',
                'kind': 'bridge',
                'addresses': ['10.60.0.1/24', '10.60.0.2/24', 'fd60::1/64'],
                'priority': 4096,
                'multicast_snooping': False,
            },
            {
                'name': 'ev-v0',
                'kind': 'veth',
                'mtu': 1450,
                'txqueuelen': 500,
                'addresses': ['10.61.0.1/24'],
                'peer': {'name': 'ev-v1', 'mtu': 1450},
            },
            {'name': 'ev-mac', 'kind': 'macvlan', 'link': 'ev-v1', 'mode': 'bridge'},
            {
                'name': 'ev-vx',
                'kind': 'vxlan',
                'id': 60,
                'local': '10.60.0.1',
                'remote': '10.60.0.9',
                'master': 'ev-br',
                'port': {'cost': 5},
            },
            {'name': 'ev-old', 'kind': 'bridge', 'addresses': ['172.27.0.1/24']},
            {
                'name': 'up0',
                'kind': 'physical',
                'mtu': 1400,
                'txqueuelen': 9,
                'addresses': ['172.28.0.1/24', 'fd28::1/64'],
            },
            *_more(there, 0),
        ],
        'routes': [
            {'to': '10.62.0.0/16', 'nexthops': [{'via': '10.60.0.8', 'weight': 2}, {'via': '10.61.0.8'}]},
            {'to': '10.63.0.0/16', 'via': '10.60.0.8', 'table': 160, 'src': '10.60.0.2'},
            {'to': 'fd62::/64', 'via': 'fd60::8'},
            {'to': '172.27.9.0/24', 'via': '172.27.0.8'},
            {'to': '10.64.0.0/16', 'type': 'blackhole', 'metric': 9},
        ],
        'rules': [
            {'priority': 600, 'from': '10.60.0.0/16', 'table': 160},
            {'priority': 601, 'from': 'fd60::/64', 'table': 160},
            {'priority': 700, 'from': '172.27.0.0/16', 'table': 101},
        ],
        'sysctls': {
            'net.ipv4.ip_forward': 1,
            'net.ipv4.conf.all.rp_filter': 2,
            'net.ipv4.conf.ev-br.arp_ignore': 1,
        },
        'iptables': [
            {'table': 'nat', 'chain': 'POSTROUTING', 'rules': ['-s 10.60.0.0/16 ! -o ev-br -j MASQUERADE']},
            {'chain': 'FORWARD', 'family': 'both', 'rules': ['-i ev-br -j ACCEPT']},
            {'chain': 'ev-chain', 'rules': ['-s 1.2.3.5/32 -j DROP']},
        ],
        'namespaces': [
            {
                'name': 'ev-a',
                'nsid': 60,
                'links': [
                    {
                        'name': 'eth0',
                        'kind': 'veth',
                        'addresses': ['10.60.0.11/24', 'fd60::11/64'],
                        'peer': {'name': 'ev-a0', 'master': 'ev-br', 'port': {'isolated': True}},
                    },
                    {
                        'name': 'west',
                        'kind': 'veth',
                        'addresses': ['10.65.0.1/30'],
                        'peer': {'name': 'east', 'namespace': 'ev-b', 'addresses': ['10.65.0.2/30']},
                    },
                    {'name': 'mac', 'kind': 'macvlan', 'link': 'ev-v1', 'link_namespace': 'host'},
                ],
                'routes': [{'to': 'default', 'via': '10.60.0.1'}, {'to': 'default', 'via': 'fd60::1'}],
                'rules': [{'priority': 100, 'from': '10.0.0.0/8', 'table': 100}],
                'sysctls': {'net.ipv4.conf.eth0.arp_ignore': 1, 'net.ipv4.tcp_fin_timeout': 31},
                'iptables': [
                    {'chain': 'INPUT', 'family': 'both', 'policy': 'DROP', 'rules': ['-i lo -j ACCEPT']},
                    {
                        'table': 'mangle',
                        'chain': 'OUTPUT',
                        'rules': ['-p tcp --dport 80 -j MARK --set-mark 1'],
                    },
                ],
            },
            {'name': 'ev-b'},
            {
                'name': 'ev-taken',
                'links': [
                    {
                        'name': 'eth0',
                        'kind': 'veth',
                        'addresses': ['172.26.0.1/24'],
                        'peer': {'name': 'eth1', 'namespace': 'ev-taken'},
                    }
                ],
            },
            {
                'name': 'ev-guest',
                'create': False,
                'links': [{'name': 'eth5', 'kind': 'physical', 'addresses': ['172.25.0.1/24']}],
                'routes': [{'to': '172.24.0.0/16', 'via': '172.25.0.2'}],
                'iptables': [{'chain': 'INPUT', 'rules': ['-i eth5 -j ACCEPT']}],
            },
        ],
    }


def second(there: t.Sequence[str]) -> Document:
    """Each object changed in place, made anew, moved or gone, and others made."""
    document = first(there)
    bridge, veth, macvlan, vxlan, old, card = document['links'][:6]
    bridge.update(
        addresses=['10.60.0.2/24', '10.60.1.1/24', 'fd60:1::1/64'], priority=8192, ageing_time=100, mtu=1400
    )
    veth.update(mtu=1500, addresses=['10.61.0.2/24', '10.61.0.1/24'])
    veth['peer'].update(mtu=1500, txqueuelen=0)
    veth.pop('txqueuelen')
    macvlan.update(mode='private')
    vxlan.update(id=61)
    vxlan.pop('port')
    old.update(state='down', addresses=[])
    card.update(mtu=1500, txqueuelen=10, addresses=['172.28.0.1/24', '172.28.0.2/24'])
    document['links'][6:] = [
        *_more(there, 1),
        {'name': 'ev-new', 'kind': 'bridge', 'addresses': ['10.66.0.1/24']},
    ]
    document['routes'] = [
        {'to': '10.62.0.0/16', 'nexthops': [{'via': '10.60.0.9'}, {'via': '10.61.0.9', 'weight': 3}]},
        {'to': '10.63.0.0/16', 'via': '10.60.1.8', 'table': 161},
        {'to': 'fd62::/64', 'via': 'fd60:1::8'},
        {'to': '10.64.0.0/16', 'type': 'prohibit', 'metric': 9},
    ]
    document['rules'] = [
        {'priority': 600, 'from': '10.60.0.0/16', 'table': 161},
        {'priority': 602, 'mark': 1, 'table': 161},
    ]
    document['sysctls'] = {
        'net.ipv4.conf.all.rp_filter': 1,
        'net.ipv4.conf.ev-br.arp_ignore': 2,
        'net.ipv6.conf.all.forwarding': 1,
    }
    document['iptables'] = [
        {'table': 'nat', 'chain': 'POSTROUTING', 'rules': ['-s 10.60.0.0/16 -j MASQUERADE']},
        {'chain': 'INPUT', 'family': 'both', 'rules': ['-i ev-br -j ACCEPT']},
        {'table': 'mangle', 'chain': 'OUTPUT', 'rules': ['-p udp -j MARK --set-mark 2']},
    ]
    one, _two, taken, guest = document['namespaces']
    one['links'][0].update(addresses=['10.60.0.12/24', '10.60.0.11/24'], mtu=1400)
    one['links'][0]['peer'].update(port={'hairpin': True})
    one['links'][2] = {'name': 'mac', 'kind': 'bridge', 'addresses': ['10.67.0.1/24']}
    one['routes'] = [{'to': 'default', 'via': '10.60.0.1', 'src': '10.60.0.11'}]
    one['rules'] = [{'priority': 100, 'from': '10.0.0.0/8', 'table': 101}]
    one['sysctls'] = {'net.ipv4.conf.eth0.arp_ignore': 2}
    one['iptables'][0].update(policy='ACCEPT', rules=['-i eth0 -j ACCEPT'])
    one['links'][1]['peer'].update(namespace='ev-c')
    document['namespaces'] = [one, {'name': 'ev-c', 'nsid': 61}, taken, guest]
    taken['links'][0]['addresses'] = ['172.26.0.2/24']
    guest['routes'] = [{'to': '172.24.0.0/16', 'via': '172.25.0.3'}]
    guest['iptables'] = [{'chain': 'OUTPUT', 'rules': ['-o eth5 -j ACCEPT']}]
    return document
