# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a right document means: one spelling for each value, what is filled in, and what replicas stand
for."""

from __future__ import annotations

import dataclasses
import random
import time
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.objects.document.parse import read_layout
from ansible_collections.multinet.linux.plugins.module_utils.objects.layout import Layout
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.value import Link
from ansible_collections.multinet.linux.plugins.module_utils.objects.route.value import Hop, Route
from ansible_collections.multinet.linux.plugins.module_utils.objects.rule.value import Rule
from ansible_collections.multinet.linux.plugins.module_utils.objects.sysctl.value import path_of_key
from ansible_collections.multinet.linux.plugins.module_utils.values import expand, names


def layout(**keys: t.Any) -> Layout:
    return read_layout({'name': 'lab', **keys})


def only_link(**keys: t.Any) -> Link:
    return layout(links=[{'name': 'br0', 'kind': 'bridge', **keys}]).links[0]


def only_route(**keys: t.Any) -> Route:
    return layout(routes=[keys]).routes[0]


def only_rule(**keys: t.Any) -> Rule:
    return layout(rules=[{'priority': 100, 'table': 7, **keys}]).rules[0]


@pytest.mark.parametrize(
    'written, canonical',
    [
        ('10.0.0.1/24', '10.0.0.1/24'),
        (' 10.0.0.1/24 ', '10.0.0.1/24'),
        ('10.0.0.1/255.255.255.0', '10.0.0.1/24'),
        ('10.0.0.1', '10.0.0.1/32'),
        ('10.0.0.0/31', '10.0.0.0/31'),
        ('FD00:0:0::0001/64', 'fd00::1/64'),
        ('fd00::1', 'fd00::1/128'),
        ('fd00::/64', 'fd00::/64'),
        ('fe80::1/64', 'fe80::1/64'),
    ],
)
def test_address(written: str, canonical: str) -> None:
    bare = layout(links=[{'name': 'br0', 'kind': 'bridge', 'addresses': [written]}]).addresses
    full = layout(links=[{'name': 'br0', 'kind': 'bridge', 'addresses': [{'address': written}]}]).addresses
    assert [address.address for address in bare] == [canonical]
    assert bare == full
    assert (bare[0].family, bare[0].ip) == (names.family_of(canonical), canonical.split('/')[0])


def test_address_defaults() -> None:
    ordinary, link_local, narrow = layout(
        links=[
            {
                'name': 'br0',
                'kind': 'bridge',
                'addresses': [
                    '10.0.0.1/24',
                    'fe80::1/64',
                    {'address': '10.0.0.2/24', 'scope': 'link', 'label': 'br0:x', 'prefix_route': False},
                ],
            }
        ]
    ).addresses
    assert (ordinary.scope, ordinary.prefix_route, ordinary.dad, ordinary.label) == (
        'global',
        True,
        False,
        None,
    )
    assert link_local.scope == 'link'
    assert (narrow.scope, narrow.prefix_route, narrow.label) == ('link', False, 'br0:x')


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


@pytest.mark.parametrize('written', ['02:AB:cd:00:00:01', '02-ab-CD-00-00-01', ' 02:ab:cd:00:00:01 '])
def test_mac(written: str) -> None:
    assert only_link(mac=written).mac == '02:ab:cd:00:00:01'


@pytest.mark.parametrize(
    'key, path',
    [
        ('net.ipv4.ip_forward', 'net/ipv4/ip_forward'),
        ('net/ipv4/ip_forward', 'net/ipv4/ip_forward'),
        ('net.ipv4.conf.eth0/100.rp_filter', 'net/ipv4/conf/eth0.100/rp_filter'),
        ('net/ipv4/conf/eth0.100/rp_filter', 'net/ipv4/conf/eth0.100/rp_filter'),
    ],
)
def test_sysctl_key(key: str, path: str) -> None:
    assert path_of_key(key) == path
    found = layout(sysctls={key: 2}).sysctls[0]
    assert (found.key, found.value, found.optional) == (path, '2', False)
    assert path_of_key(found.name) == path
    assert layout(sysctls={'-' + key: 2}).sysctls[0] == dataclasses.replace(found, optional=True)


@pytest.mark.parametrize(
    'written, value',
    [(1, '1'), ('1', '1'), (True, '1'), (False, '0'), ('  4096\t131072  6291456\n', '4096 131072 6291456')],
)
def test_sysctl_value(written: t.Any, value: str) -> None:
    assert layout(sysctls={'net.ipv4.tcp_rmem': written}).sysctls[0].value == value


@pytest.mark.parametrize(
    'key, link',
    [
        ('net.ipv4.conf.eth0.rp_filter', 'eth0'),
        ('net.ipv6.neigh.eth0/5.app_solicit', 'eth0.5'),
        ('net.ipv4.conf.all.rp_filter', ''),
        ('net.ipv4.conf.default.rp_filter', ''),
        ('net.ipv4.ip_forward', ''),
        ('net.core.somaxconn', ''),
    ],
)
def test_sysctl_of_a_link(key: str, link: str) -> None:
    assert layout(sysctls={key: 1}).sysctls[0].link == link


def test_link_defaults() -> None:
    link = only_link()
    assert (link.up, link.mtu, link.master, link.link_local, link.mark) == (
        True,
        None,
        '',
        False,
        'multinet:lab',
    )
    assert dict(link.settings) == {
        'stp': False,
        'forward_delay': 0,
        'ageing_time': 300,
        'priority': 32768,
        'vlan_filtering': False,
        'multicast_snooping': True,
    }
    assert dict(only_link(stp='yes').settings)['forward_delay'] == 15
    assert dict(only_link(stp=True, forward_delay=4).settings)['forward_delay'] == 4
    assert only_link(mtu='1400').mtu == only_link(mtu='0x578').mtu == 1400
    physical = only_link(name='eth0', kind='physical')
    assert (physical.up, physical.mac, physical.master, physical.link_local, physical.mark) == (None,) * 5


def test_a_vxlan_has_a_port_of_udp_and_may_be_one_of_a_bridge() -> None:
    found = only_link(name='x', kind='vxlan', id=5, dstport=8472, master='br1', port={'cost': 7})
    assert dict(found.settings) == {'id': 5, 'port': 8472, 'learning': True, 'ttl': 0}
    assert found.port == (('cost', 7),)


def test_both_ends_of_a_veth() -> None:
    found = layout(
        namespaces=[
            {
                'name': 'red',
                'links': [
                    {
                        'name': 'eth0',
                        'kind': 'veth',
                        'peer': {'name': 'red0', 'master': 'br0', 'port': {'isolated': 'yes'}},
                        'addresses': ['10.0.0.2/24'],
                    }
                ],
            }
        ]
    )
    inner, outer = found.links
    assert (inner.end, outer.end) == (('red', 'eth0'), ('', 'red0'))
    assert (inner.peer, outer.peer) == (outer.end, inner.end)
    assert (inner.master, outer.master, outer.port) == ('', 'br0', (('isolated', True),))
    assert [address.key for address in found.addresses] == [('red', 'eth0', '10.0.0.2/24')]
    turned = layout(
        namespaces=[{'name': 'red'}],
        links=[
            {
                'name': 'red0',
                'kind': 'veth',
                'master': 'br0',
                'port': {'isolated': True},
                'peer': {'name': 'eth0', 'namespace': 'red', 'addresses': ['10.0.0.2/24']},
            }
        ],
    )
    assert set(turned.links) == set(found.links)
    assert turned.addresses == found.addresses


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


def test_rule_spellings_of_one_thing() -> None:
    assert only_rule(**{'from': '10.1.0.0/16'}).family == 'ipv4'
    assert only_rule(to='FD01:0::/64') == only_rule(to='fd01::/64', family='ipv6')
    assert only_rule(mark=16) == only_rule(mark='0x10') == only_rule(mark='0x10/0xffffffff')
    assert (only_rule(mark='0x10/0xf0').mark, only_rule(mark='0x10/0xf0').mask) == (16, 240)
    assert only_rule(ipproto='tcp') == only_rule(ipproto=6)
    assert only_rule(dport=80) == only_rule(dport='80-80')
    assert (
        only_rule(**{'from': 'default'})
        == only_rule(**{'from': '0.0.0.0/0'})
        == only_rule(to='0.0.0.0/0')
        == only_rule()
    )
    assert only_rule(**{'from': '::/0'}) == only_rule(family='ipv6')
    assert only_rule(table='main').table == 254
    assert only_rule(uidrange=0).users == (0, 0)
    assert only_rule().users is None
    goto = layout(rules=[{'priority': 5, 'goto': 9}]).rules[0]
    assert (goto.action, goto.goto) == ('goto', 9)
    assert goto == layout(rules=[{'priority': 5, 'goto': 9, 'action': 'goto'}]).rules[0]


def test_family_both() -> None:
    rules = layout(rules=[{'priority': 5, 'table': 9, 'family': 'both'}]).rules
    assert [rule.family for rule in rules] == ['ipv4', 'ipv6']
    chains = layout(iptables=[{'chain': 'INPUT', 'family': 'both', 'rules': [' -j ACCEPT ']}]).iptables
    assert [(chain.family, chain.table, chain.rules) for chain in chains] == [
        (family, 'filter', ('-j ACCEPT',)) for family in ('ipv4', 'ipv6')
    ]
    usual = [' -j ACCEPT\t', '-m comment --comment " a " -j DROP', '-j\u00a0X', '\x0b-j X']
    for rules in (usual[:2], usual[1:3], usual):  # such of ASCII letters alone are read together
        assert [
            chain.rules
            for chain in layout(iptables=[{'chain': 'INPUT', 'family': 'both', 'rules': rules}]).iptables
        ] == [tuple(rule.strip(' \t') for rule in rules)] * 2
    one = layout(iptables=[{'chain': 'INPUT'}], rules=[{'priority': 5, 'table': 9}])
    assert ([chain.family for chain in one.iptables], [rule.family for rule in one.rules]) == (
        ['ipv4'],
        ['ipv4'],
    )


def test_firewall_of_others_is_left_alone_where_others_may_be() -> None:
    found = layout(
        namespaces=[
            {'name': 'made'},
            {'name': 'shared', 'iptables_mode': 'shared'},
            {'name': 'found', 'create': False},
        ]
    )
    assert {name: found.namespace(name).exclusive_firewall for name in ('made', 'shared', 'found', '')} == {
        'made': True,
        'shared': False,
        'found': False,
        '': False,
    }
    assert layout(iptables_mode='exclusive').namespace('').exclusive_firewall is True


def test_none_is_the_same_as_nothing_said() -> None:
    assert layout(links=None, namespaces=None, sysctls=None).empty()
    assert only_link(mtu=None, mac=None, addresses=None, master=None, port=None) == only_link()


# Replicas.


@pytest.mark.parametrize(
    'text, n, wanted',
    [
        ('{n}', 3, '3'),
        ('ns{n}-{n}', 7, 'ns7-7'),
        ('{n+1}', 3, '4'),
        ('{n-1}', 1, '0'),
        ('{1-n}', 3, '-2'),
        ('{n*2+1}', 3, '7'),
        ('{(n+1)*2}', 3, '8'),
        ('{n//2}', 5, '2'),
        ('{n%4}', 5, '1'),
        ('{ n }', 2, '2'),
        ('{-n}', 2, '-2'),
        ('{10+n}', 2, '12'),
        ('{10.0.0.1+n}', 4, '10.0.0.5'),
        ('{10.0.0.250+n}/16', 10, '10.0.1.4/16'),
        ('{10.0.255.255+n}', 1, '10.1.0.0'),
        ('{10.0.0.0+n*4}/30', 64, '10.0.1.0/30'),
        ('{10.0.1.0+(n-1)*4+1}/30', 1, '10.0.1.1/30'),
        ('{10.0.0.1 + n}', 1, '10.0.0.2'),
        ('{fd00::1+n}/64', 255, 'fd00::100/64'),
        ('{fd00::ffff+n}', 1, 'fd00::1:0'),
        ('{::+n}', 1, '::1'),
        ('10.{n//256}.{n%256}.1', 300, '10.1.44.1'),
        ('{}', 1, '{}'),
        ('{x}', 1, '{x}'),
        ('{name}', 1, '{name}'),
        ('{{n}}', 2, '{2}'),
        ('{n', 1, '{n'),
        ('n}', 1, 'n}'),
        ('{5}', 1, '{5}'),
        ('{10.0.0.1}', 1, '{10.0.0.1}'),
        ('{"a": 1}', 1, '{"a": 1}'),
        ('%d $n n', 1, '%d $n n'),
        ('{n1}', 1, '{n1}'),
        ('{nn}', 1, '{nn}'),
    ],
)
def test_text_of_a_replica(text: str, n: int, wanted: str) -> None:
    assert expand.text_for(text, n) == wanted


@pytest.mark.parametrize('inside', ['n ' * 8000 + '!', '10.0.0.1+' + ' ' * 16000 + '!', '1.' * 8000 + '+!'])
def test_a_long_text_in_braces_takes_no_time(inside: str) -> None:
    began = time.process_time()
    assert expand.text_for('{%s}' % inside, 1) == '{%s}' % inside
    assert time.process_time() - began < 0.05


def test_replicas_stand_for_what_they_say() -> None:
    entry: dict[str, t.Any] = {
        'name': 'red{n}',
        'links': [
            {
                'name': 'eth0',
                'kind': 'veth',
                'addresses': ['{10.200.0.250+n}/16'],
                'peer': {'name': 'red-{n}', 'master': 'br0', 'port': {'cost': '{n}'}},
            }
        ],
        'routes': [{'to': 'default', 'via': '10.200.0.1', 'metric': '{n*10}'}],
        'sysctls': {'net.ipv4.conf.eth0.rp_filter': '{n%2}'},
        'iptables': [{'chain': 'INPUT', 'rules': ['-m comment --comment "{x} {n}" -j ACCEPT']}],
    }
    written = []
    for n in range(1, 13):
        written.append(
            {
                'name': 'red%d' % n,
                'links': [
                    {
                        'name': 'eth0',
                        'kind': 'veth',
                        'addresses': ['10.200.%d.%d/16' % divmod(250 + n, 256)],
                        'peer': {'name': 'red-%d' % n, 'master': 'br0', 'port': {'cost': n}},
                    }
                ],
                'routes': [{'to': 'default', 'via': '10.200.0.1', 'metric': n * 10}],
                'sysctls': {'net.ipv4.conf.eth0.rp_filter': n % 2},
                'iptables': [{'chain': 'INPUT', 'rules': ['-m comment --comment "{x} %d" -j ACCEPT' % n]}],
            }
        )
    expanded, plain = layout(namespaces=[{**entry, 'replicas': 12}]), layout(namespaces=written)
    assert expanded == plain
    assert expanded.addresses[9].address == '10.200.1.4/16'


def test_number_of_replicas() -> None:
    for count, wanted in ((0, []), (1, ['red1']), ('3', ['red1', 'red2', 'red3'])):
        assert [
            namespace.name
            for namespace in layout(namespaces=[{'name': 'red{n}', 'replicas': count}]).namespaces
        ] == wanted
    assert [
        namespace.name for namespace in layout(namespaces=[{'name': 'red', 'replicas': 1}]).namespaces
    ] == ['red']
    assert len(layout(namespaces=[{'name': 'red{n}', 'replicas': 1000}]).namespaces) == 1000


def test_keys_are_expanded_too() -> None:
    found = layout(
        namespaces=[
            {
                'name': 'red{n}',
                'replicas': 2,
                'links': [{'name': 'eth{n}', 'kind': 'bridge'}],
                'sysctls': {'net.ipv4.conf.eth{n}.rp_filter': 1},
            }
        ]
    )
    assert [sysctl.link for sysctl in found.sysctls] == ['eth1', 'eth2']


def test_braces_outside_replicas_are_left_alone() -> None:
    found = layout(iptables=[{'chain': 'INPUT', 'rules': ['-m comment --comment {n} -j ACCEPT']}])
    assert found.iptables[0].rules == ('-m comment --comment {n} -j ACCEPT',)


# Hardware addresses that nobody declares.


def test_derived_mac_is_local_stable_and_distinct() -> None:
    assert names.derived_mac('host', 'lab', '', 'br0') == names.derived_mac('host', 'lab', '', 'br0')
    found = {
        names.derived_mac(host, scope, namespace, name)
        for host in ('a', 'b')
        for scope in ('lab', 'pxc')
        for namespace in ('', 'red', 'blue')
        for name in ('br0', 'eth0', 'eth1')
    }
    assert len(found) == 36
    assert len({names.derived_mac('a', 'bc'), names.derived_mac('ab', 'c'), names.derived_mac('abc')}) == 3
    for mac in found:
        assert names.canonical_mac(mac) == mac
        assert int(mac[:2], 16) & 3 == 2


def test_links_get_a_mac_of_their_own_unless_one_is_declared() -> None:
    document = {
        'name': 'lab',
        'namespaces': [
            {
                'name': 'red{n}',
                'replicas': 50,
                'links': [
                    {'name': 'eth0', 'kind': 'veth', 'peer': {'name': 'red-{n}'}},
                    {'name': 'm', 'kind': 'macvlan', 'link': 'eth0'},
                    {'name': 'x', 'kind': 'vxlan', 'id': 5},
                    {'name': 'v', 'kind': 'vlan', 'id': 5, 'link': 'eth0'},
                ],
            }
        ],
    }
    here, there = read_layout(document, host_id='here'), read_layout(document, host_id='there')
    assert read_layout(document, host_id='here') == here
    of = {link.end: link.mac for link in here.links}
    assert all(of[link.end] is None for link in here.links if link.kind == 'vlan')
    macs = [link.mac for found in (here, there) for link in found.links if link.kind != 'vlan']
    assert len(set(macs)) == len(macs) == 400
    assert only_link(mac='02:00:00:00:00:01').mac == '02:00:00:00:00:01'


# Order.


def shuffled(value: t.Any, dice: random.Random) -> t.Any:
    """*value* with every list of objects and every mapping in another order; the order of firewall rules has
    a meaning."""
    if isinstance(value, dict):
        keys = list(value)
        dice.shuffle(keys)
        return {
            key: value[key] if key == 'rules' and 'chain' in value else shuffled(value[key], dice)
            for key in keys
        }
    if isinstance(value, list):
        members = [shuffled(member, dice) for member in value]
        dice.shuffle(members)
        return members
    return value


def test_order_makes_no_difference() -> None:
    document = {
        'name': 'lab',
        'sysctls': {'net.ipv4.ip_forward': 1, 'net.ipv6.conf.all.forwarding': 1},
        'links': [
            {'name': 'br0', 'kind': 'bridge', 'addresses': ['10.0.0.1/24', 'fd00::1/64', '10.1.0.1/24']},
            {'name': 'br1', 'kind': 'bridge', 'mtu': 1400},
        ],
        'rules': [
            {'priority': 10, 'table': 5, 'from': '10.0.0.0/24'},
            {'priority': 11, 'table': 6, 'mark': 1},
        ],
        'iptables': [
            {'chain': 'INPUT', 'rules': ['-i lo -j ACCEPT', '-j mine']},
            {'chain': 'mine', 'rules': ['-j RETURN']},
        ],
        'namespaces': [
            {
                'name': 'red',
                'links': [
                    {
                        'name': 'eth0',
                        'kind': 'veth',
                        'addresses': ['10.0.0.2/24'],
                        'peer': {'name': 'r', 'master': 'br0'},
                    },
                    {'name': 'm', 'kind': 'macvlan', 'link': 'eth0', 'addresses': ['10.2.0.2/24']},
                ],
                'routes': [
                    {'to': 'default', 'via': '10.0.0.1'},
                    {'to': '10.9.0.0/16', 'via': '10.8.0.1'},
                    {'to': '10.8.0.0/16', 'dev': 'm'},
                ],
            },
            {
                'name': 'blue',
                'links': [{'name': 'eth0', 'kind': 'veth', 'peer': {'name': 'eth1', 'namespace': 'red'}}],
            },
        ],
    }
    wanted = read_layout(document)
    for seed in range(50):
        found = read_layout(shuffled(document, random.Random(seed)))
        for room in (
            'namespaces',
            'links',
            'addresses',
            'routes',
            'rules',
            'sysctls',
            'iptables',
            'nftables',
        ):
            assert set(getattr(found, room)) == set(getattr(wanted, room)), room
