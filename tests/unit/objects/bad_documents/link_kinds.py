# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wrong with links of one kind."""

from __future__ import annotations

import typing as t

from ansible_collections.multinet.linux.tests.unit.objects.bad_documents.case import (
    LINK,
    Case,
    bridge,
    host,
    inside,
    link,
    veth,
)


def gre(**settings: t.Any) -> dict[str, t.Any]:
    return host(links=[{'name': 'g', 'kind': 'gre', **settings}])


def bond(**settings: t.Any) -> dict[str, t.Any]:
    return host(links=[{'name': 'b', 'kind': 'bond', **settings}])


BONDS = [
    Case(
        'bond-mode-of-lacp',
        bond(lacp_rate='fast'),
        LINK + '.lacp_rate',
        'found balance-rr, want one of 802.3ad',
    ),
    Case(
        'bond-mode-of-arp',
        bond(mode='802.3ad', arp_interval=100),
        LINK + '.arp_interval',
        'want one of balance-rr, active-backup, balance-xor, broadcast',
    ),
    Case('bond-primary', bond(primary='one'), LINK + '.primary', 'want one of active-backup'),
    Case(
        'bond-two-monitors', bond(miimon=100, arp_interval=100), LINK + '.arp_interval', 'contradicts miimon'
    ),
    Case('bond-validate', bond(arp_validate='all'), LINK + '.arp_validate', 'add arp_interval'),
    Case('bond-delay', bond(updelay=250), LINK + '.updelay', 'found 250, want 200 or 300'),
    Case('bond-delay-alone', bond(miimon=0, downdelay=100), LINK + '.downdelay', 'needs miimon'),
    Case('bond-target', bond(arp_ip_target=['fd00::1']), LINK + '.arp_ip_target', 'an IPv4 address'),
    Case(
        'bond-target-of-link', bond(ns_ip6_target='fe80::1'), LINK + '.ns_ip6_target', 'not a link-local one'
    ),
    Case(
        'bond-targets',
        bond(arp_ip_target=['10.0.0.%d' % number for number in range(1, 18)]),
        LINK + '.arp_ip_target',
        'more than 16',
    ),
    Case('bond-target-twice', bond(arp_ip_target=['10.0.0.1'] * 2), LINK + '.arp_ip_target', 'twice'),
    Case(
        'bond-primary-elsewhere',
        host(
            links=[
                {'name': 'b', 'kind': 'bond', 'mode': 'active-backup', 'primary': 'veth0'},
                veth(),
            ]
        ),
        LINK + '.primary',
        'is not a port of b',
    ),
]


def tunnel(kind: str, **settings: t.Any) -> dict[str, t.Any]:
    return host(links=[{'name': 'g', 'kind': kind, **settings}])


_MANY_ADDRESSES = ['02:00:00:00:%02x:%02x' % divmod(n, 256) for n in range(1001)]


def vxlan(**settings: t.Any) -> dict[str, t.Any]:
    return host(links=[{'name': 'x', 'kind': 'vxlan', 'id': 0, **settings}])


VXLANS = [
    Case(
        'vxlan-external', vxlan(id=5, external=True), LINK + '.id', 'contradicts external (found 5, want 0)'
    ),
    Case('vxlan-filter', vxlan(vnifilter=True), LINK + '.vnifilter', 'needs external'),
    Case('vxlan-label', vxlan(flowlabel=7, local='10.0.0.1'), LINK + '.flowlabel', 'needs addresses of IPv6'),
    Case('vxlan-ports', vxlan(srcport='9-8'), LINK + '.srcport', "'9-8'"),
    Case(
        'macvlan-sources',
        host(links=[{'name': 'm', 'kind': 'macvlan', 'link': 'e', 'source_addresses': '02:00:00:00:00:01'}]),
        LINK + '.source_addresses',
        'found bridge, want source',
    ),
    Case(
        'vlan-map',
        host(links=[{'name': 'v', 'kind': 'vlan', 'id': 5, 'link': 'e', 'egress_qos_map': ['1-2', '1-3']}]),
        LINK + '.egress_qos_map',
        'maps a number twice',
    ),
]
CASES = [
    *BONDS,
    *VXLANS,
    Case('peer-text', host(links=[veth(peer='veth0')]), LINK + '.peer', "'veth0'"),
    Case(
        'unknown-key-peer',
        host(links=[veth(peer={'name': 'veth0', 'namspace': 'red'})]),
        LINK + '.peer.namspace',
        'did you mean namespace?',
    ),
    Case('setting-of-another-kind', link(stp=True, miimon=100), LINK + '.miimon', 'want one of'),
    Case('peer-name-missing', host(links=[veth(peer={})]), LINK + '.peer.name', 'is missing'),
    Case('peer-name-slash', host(links=[veth(peer={'name': 'a/b'})]), LINK + '.peer.name', "'a/b'"),
    Case(
        'peer-namespace-blank',
        host(links=[veth(peer={'name': 'veth0', 'namespace': 'a b'})]),
        LINK + '.peer.namespace',
        "'a b'",
    ),
    Case(
        'peer-namespace-unknown',
        host(links=[veth(peer={'name': 'veth0', 'namespace': 'blue'})]),
        LINK + '.peer.namespace',
        'blue',
    ),
    Case(
        'link-namespace-unknown',
        host(links=[{'name': 'm', 'kind': 'macvlan', 'link': 'a', 'link_namespace': 'blue'}]),
        LINK + '.link_namespace',
        'blue',
    ),
    Case('twice-link-peer', host(links=[bridge(), veth(peer={'name': 'br0'})]), 'links[1].peer', 'links[0]'),
    Case('gre-over-ipv6', gre(remote='fd00::1'), LINK + '.remote', 'fd00::1'),
    Case('gre-from-nowhere', gre(local='0.0.0.0'), LINK + '.local', '0.0.0.0'),
    Case('gre-group', gre(remote='224.0.0.9'), LINK + '.local', '224.0.0.9'),
    Case('gre-ignore-df', gre(ignore_df=True), LINK + '.ignore_df', 'pmtudisc: false'),
    Case('gre-mac', gre(mac='02:00:00:00:00:01'), LINK + '.mac', 'no hardware address'),
    Case(
        'gre-elsewhere',
        gre(link='eth0', link_namespace='host'),
        LINK + '.link_namespace',
        'in that namespace',
    ),
    Case(
        'gretap-alone',
        host(links=[{'name': 'g', 'kind': 'gretap'}]),
        LINK + '.remote',
        'is missing',
    ),
    Case(
        'sit-over-ipv6',
        host(links=[{'name': 'g', 'kind': 'sit', 'remote': 'fd00::1'}]),
        LINK + '.remote',
        'fd00::1',
    ),
    Case('gre-encap', gre(encap='fuo'), LINK + '.encap', 'did you mean fou?'),
    Case('gre-encap-port', gre(encap_dport=5555), LINK + '.encap_dport', 'needs an encap'),
    Case('gre-fou-remcsum', gre(encap='fou', encap_remcsum=True), LINK + '.encap_remcsum', 'encap: gue'),
    Case('gre-external', gre(external=True, remote='10.0.0.1'), LINK + '.remote', 'external'),
    Case('ipip-mode', tunnel('ipip', mode='ip6ip'), LINK + '.mode', "'ip6ip'"),
    Case(
        'sit-6rd-length', tunnel('sit', **{'sixrd_prefix': '2001:db8::'}), LINK + '.sixrd_prefix', 'give both'
    ),
    Case(
        'sit-6rd-long',
        tunnel('sit', **{'sixrd_prefix': '2001:db8::', 'sixrd_prefixlen': 48}),
        LINK + '.sixrd_prefixlen',
        'too few',
    ),
    Case(
        'sit-6rd-family',
        tunnel('sit', **{'sixrd_prefix': '10.0.0.0', 'sixrd_prefixlen': 8}),
        LINK + '.sixrd_prefix',
        'IPv6',
    ),
    Case(
        'sit-6rd-relay-alone',
        tunnel('sit', **{'sixrd_relay_prefix': '10.0.0.0', 'sixrd_relay_prefixlen': 8}),
        LINK + '.sixrd_relay_prefix',
        'needs a sixrd_prefix',
    ),
    Case('vti-over-ipv6', tunnel('vti', remote='fd00::1'), LINK + '.remote', 'fd00::1'),
    Case('vti-mac', tunnel('vti', mac='02:00:00:00:00:01'), LINK + '.mac', 'no hardware address'),
    Case('vti6-over-ipv4', tunnel('vti6', local='10.0.0.1'), LINK + '.local', '10.0.0.1'),
    Case('ip6gre-over-ipv4', tunnel('ip6gre', remote='10.0.0.1'), LINK + '.remote', '10.0.0.1'),
    Case('ip6gre-tclass', tunnel('ip6gre', tclass=256), LINK + '.tclass', '0 to 255 or inherit'),
    Case('ip6gre-limit', tunnel('ip6gre', encaplimit='nine'), LINK + '.encaplimit', '0 to 255 or none'),
    Case('ip6gretap-alone', tunnel('ip6gretap'), LINK + '.remote', 'is missing'),
    Case('ip6tnl-mode', tunnel('ip6tnl', mode='ipip'), LINK + '.mode', "'ipip'"),
    Case('ip6tnl-group', tunnel('ip6tnl', remote='ff02::9'), LINK + '.local', 'ff02::9'),
    Case('geneve-alone', tunnel('geneve', remote='10.0.0.1'), LINK + '.id', 'is missing'),
    Case('geneve-group', tunnel('geneve', id=5, remote='224.0.0.1'), LINK + '.remote', '224.0.0.1'),
    Case(
        'geneve-family',
        tunnel('geneve', id=5, remote='10.0.0.1', udp6zerocsumtx=True),
        LINK + '.udp6zerocsumtx',
        'over IPv4',
    ),
    Case(
        'geneve-ttl',
        tunnel('geneve', id=5, remote='10.0.0.1', ttl=5, ttl_inherit=True),
        LINK + '.ttl',
        'ttl_inherit',
    ),
    Case('geneve-external', tunnel('geneve', id=5, external=True), LINK + '.id', 'external'),
    Case('xfrm-alone', tunnel('xfrm'), LINK + '.if_id', 'is missing'),
    Case('xfrm-external', tunnel('xfrm', if_id=5, external=True), LINK + '.if_id', 'external'),
    Case('gre-arp', gre(arp=True), LINK + '.arp', 'does not fit a link of kind gre'),
    Case('group-number', link(group='7th'), LINK + '.group', "'7th'"),
    Case('macvtap-alone', tunnel('macvtap'), LINK + '.link', 'is missing'),
    Case('gre-key', gre(ikey=1 << 32), LINK + '.ikey', '4294967296'),
    Case('bridge-setting', link(hello_time=11), LINK + '.hello_time', '11'),
    Case('bridge-stp-delay', link(stp=True, forward_delay=1), LINK + '.forward_delay', '1'),
    Case('veth-without-peer', host(links=[{'name': 'eth0', 'kind': 'veth'}]), LINK + '.peer', 'two ends'),
    Case('veth-peer-itself', host(links=[veth(peer={'name': 'eth0'})]), LINK + '.peer.name', 'eth0'),
    Case(
        'vlan-without-id',
        host(links=[{'name': 'v', 'kind': 'vlan', 'link': 'a'}]),
        LINK + '.id',
        'is missing',
    ),
    Case(
        'vlan-without-link',
        host(links=[{'name': 'v', 'kind': 'vlan', 'id': 5}]),
        LINK + '.link',
        'is missing',
    ),
    Case(
        'vlan-id-large',
        host(links=[{'name': 'v', 'kind': 'vlan', 'id': 4095, 'link': 'a'}]),
        LINK + '.id',
        '4095',
    ),
    Case(
        'vlan-on-itself',
        host(links=[{'name': 'v', 'kind': 'vlan', 'id': 5, 'link': 'v'}]),
        LINK + '.link',
        'v',
    ),
    Case(
        'macvlan-of-too-many',
        host(
            links=[
                {'name': 'up0', 'kind': 'bridge'},
                {
                    'name': 'm',
                    'kind': 'macvlan',
                    'link': 'up0',
                    'mode': 'source',
                    'source_addresses': _MANY_ADDRESSES,
                },
            ]
        ),
        'links[1].source_addresses',
        'has more than 1000 members (found 1001)',
    ),
    Case(
        'bridge-query-of-days',
        host(links=[{'name': 'x', 'kind': 'bridge', 'multicast_query_interval': 8640002}]),
        LINK + '.multicast_query_interval',
        'want 100 to 8640000',
    ),
    Case(
        'vxlan-twice',
        host(links=[{'name': name, 'kind': 'vxlan', 'id': 5} for name in 'xy']),
        'links[1]',
        'has the id and dstport of the vxlan at links[0]',
    ),
    Case(
        'vxlan-twice-over-one-link',
        {
            'name': 'lab',
            'links': [{'name': 'x', 'kind': 'vxlan', 'id': 5}],
            'namespaces': [
                {
                    'name': 'red',
                    'links': [
                        {'name': 'y', 'kind': 'vxlan', 'id': 5, 'link': 'up0', 'link_namespace': 'host'}
                    ],
                }
            ],
        },
        'namespaces[0].links[0]',
        'has the id and dstport of the vxlan at links[0]',
    ),
    Case(
        'vxlan-shared-port',
        host(
            links=[
                {'name': 'x', 'kind': 'vxlan', 'id': 5, 'gbp': True},
                {'name': 'y', 'kind': 'vxlan', 'id': 6},
            ]
        ),
        'links[1]',
        'than the vxlan at links[0], with which it shares dstport 4789 (found false, want true)',
    ),
    Case(
        'vxlan-families',
        host(links=[{'name': 'x', 'kind': 'vxlan', 'id': 5, 'local': '10.0.0.1', 'remote': 'fd00::1'}]),
        LINK + '.remote',
        'another address family',
    ),
    Case(
        'vxlan-group-without-link',
        host(links=[{'name': 'x', 'kind': 'vxlan', 'id': 5, 'remote': '239.1.1.1'}]),
        LINK + '.link',
        '239.1.1.1',
    ),
    Case(
        'vxlan-namespace-without-link',
        host(links=[{'name': 'x', 'kind': 'vxlan', 'id': 5, 'link_namespace': 'host'}]),
        LINK + '.link_namespace',
        'needs a link',
    ),
    Case(
        'vxlan-port',
        host(links=[{'name': 'x', 'kind': 'vxlan', 'id': 5, 'dstport': 0}]),
        LINK + '.dstport',
        '0',
    ),
    Case(
        'macvlan-mode',
        host(links=[{'name': 'm', 'kind': 'macvlan', 'link': 'a', 'mode': 'bridged'}]),
        LINK + '.mode',
        'did you mean bridge?',
    ),
    Case(
        'macvlan-parent-unknown',
        inside(links=[{'name': 'm', 'kind': 'macvlan', 'link': 'eth9'}]),
        'namespaces[0].links[0].link',
        'eth9',
    ),
    Case(
        'parent-cycle',
        host(
            links=[
                {'name': 'a', 'kind': 'macvlan', 'link': 'b'},
                {'name': 'b', 'kind': 'macvlan', 'link': 'a'},
            ]
        ),
        LINK,
        'host/a on host/b on host/a',
    ),
    Case(
        'mixed-cycle',
        inside(
            links=[
                bridge(),
                {'name': 'v', 'kind': 'vlan', 'id': 5, 'link': 'br0', 'master': 'br0'},
                bridge(name='br1', master='br2'),
                bridge(name='br2', master='br1'),
            ]
        ),
        'namespaces[0].links[2]',
        'red/br1 on red/br2 on red/br1',
    ),
    Case(
        'ipvlans-of-two-flags',
        inside(
            links=[
                bridge(),
                {'name': 'a', 'kind': 'ipvlan', 'link': 'br0'},
                {'name': 'b', 'kind': 'ipvlan', 'link': 'br0', 'flags': 'vepa'},
                {'name': 'c', 'kind': 'ipvlan', 'link': 'br0', 'flags': 'private'},
            ]
        ),
        'namespaces[0].links[3]',
        'has another flags than the ipvlan at namespaces[0].links[2]',
    ),
    Case(
        'ipvlans-of-two-modes',
        inside(
            links=[
                bridge(),
                {'name': 'a', 'kind': 'ipvlan', 'link': 'br0', 'mode': 'l2'},
                {'name': 'b', 'kind': 'ipvlan', 'link': 'br0', 'mode': 'l3'},
            ]
        ),
        'namespaces[0].links[2]',
        'l3',
    ),
    Case(
        'macvlan-and-ipvlan-on-one-link',
        inside(
            links=[
                bridge(),
                {'name': 'a', 'kind': 'macvlan', 'link': 'br0'},
                {'name': 'b', 'kind': 'ipvlan', 'link': 'br0'},
            ]
        ),
        'namespaces[0].links[2]',
        'has a macvlan at namespaces[0].links[1]',
    ),
]
