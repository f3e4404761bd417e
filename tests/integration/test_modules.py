# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules for single objects, on a real kernel: predicted, done, and not done again."""

from __future__ import annotations

import concurrent.futures
import functools
import json
import os
import pathlib
import subprocess
import sys
import typing as t

import pytest
from ansible_collections.multinet.linux.tests import generator, tree
from ansible_collections.multinet.linux.tests.integration.module_calls import CLEAN, WORLD, call_all
from ansible_collections.multinet.linux.tests.unit.model.bad_documents import CASES as BAD


class Case(t.NamedTuple):
    """An object that is made and removed by one module.

    ``before`` are commands, or tasks as (module, arguments), that come first. ``look`` is a command that shows the object and
    ``present`` texts that it has to print then; ``absent`` are texts that it prints no more afterwards (all of ``present``
    where there are none). ``gone`` are arguments for the removal.
    """

    id: str
    module: str
    args: dict[str, t.Any]
    look: str
    present: tuple[str, ...]
    gone: dict[str, t.Any] | None
    before: tuple[t.Any, ...] = ()
    absent: tuple[str, ...] = ()
    summary: dict[str, int] | None = None


BLUE = ('netns', {'name': 'blue'})
RED = ('netns', {'name': 'red'})
WIRE = (
    'veth',
    {
        'namespace': 'blue',
        'name': 'eth0',
        'addresses': ['10.0.0.2/24', 'fd00::2/64'],
        'peer': {'name': 'blue0', 'addresses': ['10.0.0.1/24', 'fd00::1/64']},
    },
)
ROUTES = 'ip -n blue route show table all proto 117'
ROUTES6 = 'ip -6 -n blue route show table all proto 117'

CASES = (
    Case(
        'netns',
        'netns',
        {'name': 'blue'},
        'ip -n blue link show lo',
        ('UP,LOWER_UP', 'multinet:adhoc'),
        {'name': 'blue'},
        absent=('lo',),
        summary={'created': 1, 'changed': 0, 'removed': 0},
    ),
    Case(
        'netns with settings',
        'netns',
        {
            'name': 'blue',
            'nsid': 77,
            'scope': 'mine',
            'sysctls': {'net.ipv4.ip_forward': True, '-net.ipv4.no_such_setting': 1},
        },
        'ip netns list; ip netns exec blue sysctl net.ipv4.ip_forward',
        ('blue (id: 77)', 'net.ipv4.ip_forward = 1'),
        {'name': 'blue', 'scope': 'mine'},
    ),
    Case(
        'netns of others',
        'netns',
        {'name': 'blue', 'adopt': True},
        'ip -n blue link show lo',
        ('UP,LOWER_UP', 'multinet:adhoc'),
        {'name': 'blue', 'scope': 'another'},
        before=('ip netns add blue',),
        absent=('lo',),
        summary={'created': 0, 'changed': 1, 'removed': 0},
    ),
    Case(
        'netns with all that is in it',
        'netns',
        {'name': 'blue', 'nsid': 5},
        'ip -o link',
        ('blue0',),
        {'name': 'blue'},
        before=(
            ('netns', {'name': 'blue'}),
            'ip link set lo up',
            ('netns', {'name': 'blue', 'state': 'absent'}),
            ('netns', {'name': 'blue', 'nsid': 5}),
            WIRE,
            ('netns', {'name': 'blue', 'sysctls': {'net.ipv4.ip_forward': 1}}),
            'ip -n blue link set lo down',
        ),
    ),
    Case(
        'veth on the host',
        'veth',
        {'name': 'left', 'peer': {'name': 'right'}},
        'ip -o link',
        ('left@right', 'right@left', 'state UP'),
        {'name': 'left'},
        summary={'created': 2, 'changed': 0, 'removed': 0},
    ),
    Case(
        'veth to the host',
        *WIRE,
        'ip -o addr; ip -n blue -o addr',
        ('blue0    inet 10.0.0.1/24', 'eth0    inet 10.0.0.2/24', 'inet6 fd00::1/64', 'inet6 fd00::2/64'),
        {'namespace': 'blue', 'name': 'eth0'},
        before=(BLUE,),
    ),
    Case(
        'veth between namespaces',
        'veth',
        {
            'namespace': 'blue',
            'name': 'eth0',
            'mtu': 9000,
            'mac': '02-00-00-00-00-AA',
            'link_local': True,
            'peer': {'namespace': 'red', 'name': 'eth9', 'state': 'down', 'mtu': 9000},
        },
        'ip -n blue -o link; ip -n red -o link',
        ('eth0@', 'mtu 9000', '02:00:00:00:00:aa', 'eth9@', 'state DOWN'),
        {'namespace': 'red', 'name': 'eth9'},
        before=(BLUE, RED),
    ),
    Case(
        'veth of a bridge',
        'veth',
        {
            'namespace': 'blue',
            'name': 'eth0',
            'peer': {'name': 'port0', 'master': 'br0', 'port': {'isolated': True, 'cost': 7}},
        },
        'ip -d -o link show port0',
        ('master br0', 'isolated on', 'cost 7'),
        {'namespace': 'blue', 'name': 'eth0', 'peer': {'name': 'port0'}},
        before=(BLUE, 'ip link add br0 type bridge'),
    ),
    Case(
        'veth that changes',
        'veth',
        {
            'name': 'left',
            'mtu': 1400,
            'addresses': ['10.0.0.9/24'],
            'peer': {'name': 'right', 'state': 'down'},
        },
        'ip -o addr show left',
        ('10.0.0.1/24', '10.0.0.9/24'),
        {'name': 'left'},
        before=(('veth', {'name': 'left', 'addresses': ['10.0.0.1/24'], 'peer': {'name': 'right'}}),),
    ),
    Case(
        'veth with another end',
        'veth',
        {'name': 'left', 'peer': {'name': 'right', 'namespace': 'blue'}},
        'ip -n blue -o link',
        ('right@',),
        {'name': 'left'},
        before=(BLUE, ('veth', {'name': 'left', 'peer': {'name': 'right'}})),
    ),
    Case(
        'veth of others',
        'veth',
        {'name': 'left', 'mtu': 1400, 'adopt': True, 'peer': {'name': 'right', 'mtu': 1400}},
        'ip -o link',
        ('left@right', 'mtu 1400', 'multinet:adhoc'),
        {'name': 'left'},
        before=('ip link add left type veth peer name right',),
    ),
    Case(
        'bridge',
        'ns_link',
        {
            'namespace': 'host',
            'name': 'br0',
            'kind': 'bridge',
            'stp': True,
            'priority': 4096,
            'addresses': ['10.1.0.1/24'],
            'ageing_time': 30,
        },
        'ip -d -o addr show br0',
        ('10.1.0.1/24',),
        {'namespace': 'host', 'name': 'br0'},
    ),
    Case(
        'bridge in a namespace',
        'ns_link',
        {'namespace': 'blue', 'name': 'br0', 'kind': 'bridge', 'link_state': 'down', 'forward_delay': 4},
        'ip -n blue -d -o link show br0',
        ('state DOWN', 'forward_delay 400', 'multinet:adhoc'),
        {'namespace': 'blue', 'name': 'br0', 'kind': 'bridge'},
        before=(BLUE,),
    ),
    Case(
        'macvlan',
        'ns_link',
        {
            'namespace': 'blue',
            'name': 'mv0',
            'kind': 'macvlan',
            'mode': 'private',
            'link': 'br0',
            'link_namespace': 'host',
        },
        'ip -n blue -d -o link show mv0',
        ('macvlan mode private',),
        {'namespace': 'blue', 'name': 'mv0'},
        before=(BLUE, 'ip link add br0 up type bridge'),
    ),
    Case(
        'vxlan',
        'ns_link',
        {
            'namespace': 'blue',
            'name': 'vx0',
            'kind': 'vxlan',
            'id': 42,
            'remote': '192.0.2.1',
            'dstport': 4790,
            'mtu': 1400,
        },
        'ip -n blue -d -o link show vx0',
        ('vxlan id 42 remote 192.0.2.1', 'dstport 4790', 'mtu 1400'),
        {'namespace': 'blue', 'name': 'vx0', 'kind': 'vxlan'},
        before=(BLUE,),
    ),
    Case(
        'link of another number',
        'ns_link',
        {'namespace': 'host', 'name': 'vx0', 'kind': 'vxlan', 'id': 43},
        'ip -d -o link show vx0',
        ('vxlan id 43',),
        {'namespace': 'host', 'name': 'vx0'},
        before=(('ns_link', {'namespace': 'host', 'name': 'vx0', 'kind': 'vxlan', 'id': 42}),),
    ),
    Case(
        'link that is there',
        'ns_link',
        {
            'namespace': 'host',
            'name': 'card',
            'kind': 'physical',
            'mtu': 1400,
            'link_state': 'up',
            'addresses': ['192.0.2.7/32'],
        },
        'ip -o addr show card',
        ('192.0.2.7/32', '192.0.2.8/32'),
        {'namespace': 'host', 'name': 'card', 'kind': 'physical'},
        before=('ip link add card type veth peer name other', 'ip addr add 192.0.2.8/32 dev card'),
        absent=('192.0.2.7/32',),
    ),
    Case(
        'loopback',
        'ns_link',
        {
            'namespace': 'blue',
            'name': 'lo',
            'kind': 'physical',
            'addresses': ['10.255.0.1/32', 'fd00:ffff::1/128'],
        },
        'ip -n blue -o addr show lo',
        ('127.0.0.1/8', '10.255.0.1/32', 'fd00:ffff::1/128'),
        {'namespace': 'blue', 'name': 'lo'},
        before=(BLUE,),
        absent=('10.255.0.1', 'fd00:ffff::1'),
    ),
    Case(
        'link of others',
        'ns_link',
        {'namespace': 'host', 'name': 'br0', 'kind': 'bridge', 'adopt': True},
        'ip -d -o link show br0',
        ('forward_delay 0', 'multinet:adhoc'),
        {'namespace': 'host', 'name': 'br0', 'scope': 'another'},
        before=('ip link add br0 type bridge',),
    ),
    Case(
        'default route',
        'ns_route',
        {'namespace': 'blue', 'routes': [{'to': 'default', 'via': '10.0.0.1'}]},
        ROUTES,
        ('default via 10.0.0.1 dev eth0',),
        {'namespace': 'blue', 'routes': [{'to': 'default'}]},
        before=(BLUE, WIRE),
    ),
    Case(
        'routes of both families',
        'ns_route',
        {
            'namespace': 'blue',
            'routes': [
                {'to': 'default', 'via': 'fd00::1'},
                {'to': '192.0.2.0/24', 'type': 'blackhole'},
                {'to': '198.51.100.0/24', 'via': '10.0.0.1', 'table': 77},
                {
                    'to': '2001:db8::/32',
                    'nexthops': [{'via': 'fd00::1'}, {'via': 'fd00::3', 'weight': 2}],
                    'metric': 9,
                },
            ],
        },
        '%s; %s' % (ROUTES, ROUTES6),
        (
            'default via fd00::1',
            'blackhole 192.0.2.0/24',
            '198.51.100.0/24 via 10.0.0.1 dev eth0 table 77',
            '2001:db8::/32',
            'weight 2',
        ),
        {
            'namespace': 'blue',
            'routes': [
                {'to': 'default', 'family': 'ipv6'},
                {'to': '192.0.2.0/24'},
                {'to': '198.51.100.0/24', 'table': 77},
                {'to': '2001:db8::/32', 'metric': 9},
            ],
        },
        before=(BLUE, WIRE),
    ),
    Case(
        'route that changes',
        'ns_route',
        {'namespace': 'blue', 'routes': [{'to': 'default', 'via': '10.0.0.3', 'mtu': 1400}]},
        ROUTES,
        ('default via 10.0.0.3', 'mtu 1400'),
        {'namespace': 'blue', 'routes': [{'to': 'default', 'via': '10.0.0.3'}]},
        before=(
            BLUE,
            WIRE,
            ('ns_route', {'namespace': 'blue', 'routes': [{'to': 'default', 'via': '10.0.0.1'}]}),
        ),
        summary={'created': 0, 'changed': 1, 'removed': 0},
    ),
    Case(
        'route of others',
        'ns_route',
        {'namespace': 'blue', 'adopt': True, 'routes': [{'to': '192.0.2.0/24', 'via': '10.0.0.3'}]},
        ROUTES,
        ('192.0.2.0/24 via 10.0.0.3',),
        {'namespace': 'blue', 'routes': [{'to': '192.0.2.0/24'}], 'scope': 'another'},
        before=(BLUE, WIRE, 'ip -n blue route add 192.0.2.0/24 via 10.0.0.1'),
    ),
    Case(
        'rules',
        'ns_route',
        {
            'namespace': 'host',
            'rules': [
                {'priority': 100, 'from': '10.1.0.0/24', 'table': 100},
                {'priority': 100, 'table': 101, 'mark': '7/7'},
                {'priority': 101, 'action': 'prohibit', 'family': 'both'},
            ],
        },
        'ip rule; ip -6 rule',
        ('100:	from 10.1.0.0/24 lookup 100', 'fwmark 0x7/0x7 lookup 101', '101:	from all prohibit'),
        {'namespace': 'host', 'rules': [{'priority': 100}, {'priority': 101, 'family': 'both'}]},
    ),
    Case(
        'one of two rules',
        'ns_route',
        {'namespace': 'host', 'rules': [{'priority': 100, 'from': '10.1.0.0/24', 'table': 100}]},
        'ip rule',
        ('from 10.1.0.0/24 lookup 100', 'from 10.2.0.0/24 lookup 100'),
        {'namespace': 'host', 'rules': [{'priority': 100, 'from': '10.1.0.0/24'}]},
        before=('ip rule add priority 100 from 10.2.0.0/24 lookup 100',),
        absent=('10.1.0.0',),
    ),
    Case(
        'iptables beside others',
        'ns_iptables',
        {
            'namespace': 'host',
            'chains': [
                {'table': 'nat', 'chain': 'POSTROUTING', 'rules': ['-s 10.0.0.0/8 -j MASQUERADE']},
                {'chain': 'mine', 'rules': ['-j RETURN']},
                {'chain': 'INPUT', 'rules': ['-j mine']},
            ],
        },
        'iptables-save',
        (
            '-A INPUT -p tcp -j ACCEPT',
            '-j mn-iptables-host-POSTROUTING',
            '-A mn-iptables-host-INPUT -j mine',
            '-A mine -j RETURN',
        ),
        {'namespace': 'host'},
        before=('iptables -A INPUT -p tcp -j ACCEPT',),
        absent=('mn-', 'mine'),
    ),
    Case(
        'iptables all ours',
        'ns_iptables',
        {
            'namespace': 'blue',
            'mode': 'exclusive',
            'chains': [
                {
                    'chain': 'INPUT',
                    'family': 'both',
                    'policy': 'DROP',
                    'rules': ['-p tcp --dport https -j ACCEPT'],
                }
            ],
        },
        'ip netns exec blue iptables-save; ip netns exec blue ip6tables-save',
        (':INPUT DROP', '-A INPUT -p tcp -m tcp --dport 443 -j ACCEPT'),
        {'namespace': 'blue'},
        before=(BLUE, 'ip netns exec blue iptables -A INPUT -p udp -j ACCEPT'),
        absent=('-A', 'DROP'),
    ),
    Case(
        'iptables with fewer chains',
        'ns_iptables',
        {'namespace': 'blue', 'chains': [{'chain': 'OUTPUT', 'rules': ['-j ACCEPT']}]},
        'ip netns exec blue iptables-save',
        (
            '-A mn-iptables-blue-OUTPUT -j ACCEPT',
            '-A OUTPUT -m comment --comment "multinet:iptables-blue" -j mn-iptables-blue-OUTPUT',
        ),
        {'namespace': 'blue'},
        before=(
            BLUE,
            ('ns_iptables', {'namespace': 'blue', 'chains': [{'chain': 'INPUT', 'rules': ['-j ACCEPT']}]}),
        ),
        absent=('-A', 'mn-'),
    ),
    Case(
        'iptables no longer all ours',
        'ns_iptables',
        {'namespace': 'blue', 'chains': [{'chain': 'INPUT', 'rules': ['-j ACCEPT']}]},
        'ip netns exec blue iptables-save',
        (':INPUT ACCEPT', '-A mn-iptables-blue-INPUT -j ACCEPT'),
        {'namespace': 'blue'},
        before=(
            BLUE,
            (
                'ns_iptables',
                {
                    'namespace': 'blue',
                    'mode': 'exclusive',
                    'chains': [{'chain': 'INPUT', 'policy': 'DROP'}, {'chain': 'mine'}],
                },
            ),
        ),
        absent=('-A', 'mn-', 'mine'),
    ),
    Case(
        'iptables in a scope with other things',
        'ns_iptables',
        {'namespace': 'blue', 'scope': 'adhoc', 'chains': [{'chain': 'INPUT', 'rules': ['-j ACCEPT']}]},
        'ip netns exec blue iptables-save; ip -n blue addr',
        ('-A mn-adhoc-INPUT -j ACCEPT', '10.0.0.2/24'),
        {'namespace': 'blue', 'scope': 'adhoc'},
        before=(BLUE, WIRE),
        absent=('mn-',),
    ),
    Case(
        'iptables of a long name',
        'ns_iptables',
        {'namespace': 'b' * 80, 'chains': [{'chain': 'INPUT', 'rules': ['-j ACCEPT']}]},
        'ip netns exec %s iptables-save' % ('b' * 80),
        ('-j mn-',),
        {'namespace': 'b' * 80},
        before=(('netns', {'name': 'b' * 80}),),
    ),
    Case(
        'nftables',
        'ns_nftables',
        {
            'namespace': 'blue',
            'content': 'chain c {\n type filter hook input priority 0; policy drop; iif lo accept\n}',
        },
        'ip netns exec blue nft list ruleset',
        ('table inet multinet-adhoc', 'iif "lo" accept', 'policy drop'),
        {'namespace': 'blue'},
        before=(BLUE,),
    ),
    Case(
        'nftables beside others',
        'ns_nftables',
        {
            'namespace': 'host',
            'table': 'mine',
            'family': 'ip',
            'content': 'chain c { tcp dport https counter\n}',
        },
        'nft list ruleset',
        ('table ip mine', 'tcp dport 443 counter', 'table ip theirs', 'table inet mine'),
        {'namespace': 'host', 'table': 'mine', 'family': 'ip'},
        before=('nft add table ip theirs', 'nft add table inet mine'),
        absent=('table ip mine',),
    ),
    Case(
        'nftables of others',
        'ns_nftables',
        {'namespace': 'host', 'table': 'theirs', 'content': 'chain d { }', 'adopt': True},
        'nft list ruleset',
        ('table inet theirs', 'chain d'),
        {'namespace': 'host', 'table': 'theirs', 'scope': 'another'},
        before=('nft add table inet theirs; nft add chain inet theirs c',),
    ),
    Case(
        'layout',
        'layout',
        {
            'name': 'demo',
            'namespaces': [
                {'name': 'blue', 'links': [{'name': 'eth0', 'kind': 'veth', 'peer': {'name': 'blue0'}}]}
            ],
        },
        'ip -o link',
        ('blue0@',),
        {'name': 'demo'},
    ),
)

SENTENCE = 'namespace blue: is not there; make it first, or let a layout make it'
ERRORS: tuple[tuple[str, str, dict[str, t.Any], tuple[t.Any, ...], str], ...] = (
    ('name', 'netns', {'name': 'host'}, (), "name: is reserved (found 'host')"),
    (
        'two faults',
        'netns',
        {'name': 'a b', 'scope': 'a b', 'nsid': -1},
        (),
        'scope: is no name for a scope|name: is no name for a namespace|nsid: is out of range (found -1',
    ),
    (
        'owned',
        'netns',
        {'name': 'blue', 'scope': 'another'},
        (BLUE,),
        'namespace blue: is there already and belongs to scope adhoc; ',
    ),
    (
        'foreign',
        'netns',
        {'name': 'blue'},
        ('ip netns add blue',),
        'namespace blue: is there already and belongs to nobody that is known; ',
    ),
    (
        'other number',
        'netns',
        {'name': 'blue', 'nsid': 6},
        (('netns', {'name': 'blue', 'nsid': 5}),),
        'namespace blue: has the nsid 5 already (want 6)',
    ),
    (
        'setting',
        'netns',
        {'name': 'blue', 'sysctls': {'net.ipv4.nonsense': 1, 'vm.swappiness': 1}},
        (),
        'sysctls[vm.swappiness]: is no setting of a network namespace',
    ),
    (
        'unknown setting',
        'netns',
        {'name': 'blue', 'sysctls': {'net.ipv4.nonsense': 1}},
        (),
        'sysctl net.ipv4.nonsense in blue: does not exist in this kernel',
    ),
    ('veth without namespace', *WIRE, (), SENTENCE),
    (
        'veth without its namespace',
        'veth',
        {'name': 'left', 'peer': {'name': 'right', 'namespace': 'blue'}},
        (),
        SENTENCE,
    ),
    (
        'veth without peer',
        'veth',
        {'name': 'left'},
        (),
        'state is present but all of the following are missing: peer',
    ),
    (
        'veth values',
        'veth',
        {
            'namespace': 'blue',
            'name': 'eth0',
            'mtu': 7,
            'addresses': ['10.0.0.300/24'],
            'peer': {'name': 'x', 'mtu': 70000, 'port': {'cost': 0}},
        },
        (BLUE,),
        'mtu: is out of range (found 7,|addresses[0]: is no address (found |peer.mtu: is out of range|peer.port: needs a master|peer.port.cost: is out',
    ),
    (
        'veth names',
        'veth',
        {'name': 'left', 'namespace': '-x', 'peer': {'name': 'right', 'namespace': '-y'}},
        (),
        'namespace: is no name for|peer.namespace: is no name for',
    ),
    (
        'veth of others',
        'veth',
        {'name': 'left', 'peer': {'name': 'right'}},
        ('ip link add left type veth peer name right',),
        'link host/left: is there already and belongs to nobody that is known; choose another name, or set adopt: true',
    ),
    (
        'no veth',
        'veth',
        {'name': 'br0', 'state': 'absent'},
        ('ip link add br0 type bridge',),
        'link host/br0: is of another kind (found bridge, want veth)',
    ),
    (
        'no master',
        'veth',
        {'name': 'left', 'master': 'br9', 'peer': {'name': 'right'}},
        (),
        'link host/left: has a master that is not there (found br9)',
    ),
    (
        'overlap',
        'veth',
        {'name': 'left', 'addresses': ['10.0.0.7/16'], 'peer': {'name': 'right'}},
        (BLUE, WIRE),
        'overlaps the network of blue0 (found 10.0.0.0/24)',
    ),
    (
        'address twice',
        'veth',
        {'name': 'left', 'addresses': ['10.0.0.1/32'], 'peer': {'name': 'right'}},
        (BLUE, WIRE),
        'is in host already (found 10.0.0.1/24 on blue0)',
    ),
    (
        'link without kind',
        'ns_link',
        {'namespace': 'host', 'name': 'br0'},
        (),
        'state is present but all of the following are missing: kind',
    ),
    (
        'link of a strange kind',
        'ns_link',
        {'namespace': 'host', 'name': 'br0', 'kind': 'tun'},
        (),
        'value of kind must be one of',
    ),
    (
        'option of another kind',
        'ns_link',
        {'namespace': 'host', 'name': 'br0', 'kind': 'bridge', 'id': 7},
        (),
        'id: is no key that belongs here',
    ),
    (
        'link state',
        'ns_link',
        {'namespace': 'host', 'name': 'br0', 'kind': 'vxlan', 'remote': 'x', 'dstport': 0},
        (),
        'id: is missing|remote: is no address|dstport: is out of range',
    ),
    (
        'link that is not there',
        'ns_link',
        {'namespace': 'host', 'name': 'eth7', 'kind': 'physical'},
        (),
        'link host/eth7: is not there; check its name',
    ),
    (
        'link without namespace',
        'ns_link',
        {'namespace': 'blue', 'name': 'br0', 'kind': 'bridge'},
        (),
        SENTENCE,
    ),
    (
        'link on a link in no namespace',
        'ns_link',
        {'namespace': 'host', 'name': 'mv0', 'kind': 'macvlan', 'link': 'eth0', 'link_namespace': 'blue'},
        (),
        SENTENCE,
    ),
    (
        'route without namespace',
        'ns_route',
        {'namespace': 'blue', 'routes': [{'to': 'default', 'via': '10.0.0.1'}]},
        (),
        SENTENCE,
    ),
    (
        'routes',
        'ns_route',
        {
            'namespace': 'blue',
            'routes': [{'to': 'default'}, {'via': '10.0.0.1'}, {'to': '10.0.0.1/8', 'dev': 'eth0'}],
            'rules': [{'priority': 7}],
        },
        (BLUE,),
        'routes[0].via: is missing|routes[1].to: is missing|routes[2].to: has bits behind its length|rules[0].table: is missing',
    ),
    (
        'route over nothing',
        'ns_route',
        {'namespace': 'host', 'routes': [{'to': '192.0.2.0/24', 'dev': 'eth7'}]},
        (),
        'leads over a link that is not there (found eth7)',
    ),
    (
        'route that cannot be',
        'ns_route',
        {'namespace': 'host', 'routes': [{'to': '192.0.2.0/24', 'via': '203.0.113.1'}]},
        (),
        'ENETUNREACH',
    ),
    (
        'route of others',
        'ns_route',
        {'namespace': 'host', 'routes': [{'to': '192.0.2.0/24', 'type': 'prohibit'}]},
        ('ip route add blackhole 192.0.2.0/24',),
        'is there already and not ours (found blackhole 192.0.2.0/24',
    ),
    (
        'chains',
        'ns_iptables',
        {
            'namespace': 'host',
            'chains': [{'chain': 'PREROUTING'}, {'chain': 'INPUT', 'policy': 'DROP'}, {'rules': []}],
        },
        (),
        'chains[0].chain: does not exist in table filter|chains[1].policy: cannot be set where others have rules too|chains[2].chain: is missing',
    ),
    (
        'rules',
        'ns_iptables',
        {
            'namespace': 'host',
            'chains': [
                {'chain': 'INPUT', 'rules': ['-j ACCEPT', '-j NOWHERE']},
                {'table': 'nat', 'chain': 'OUTPUT', 'rules': ['--nonsense']},
            ],
        },
        (),
        'chains[0].rules[1]: iptables does not take this rule for |chains[1].rules[0]: iptables does not take this rule for ',
    ),
    (
        'chains of others',
        'ns_iptables',
        {'namespace': 'host', 'chains': [{'chain': 'theirs', 'rules': ['-j ACCEPT']}]},
        ('iptables -N theirs',),
        'theirs in host: is a chain of others',
    ),
    (
        'no namespace for chains',
        'ns_iptables',
        {'namespace': 'blue', 'chains': [{'chain': 'INPUT'}]},
        (),
        SENTENCE,
    ),
    (
        'nft text',
        'ns_nftables',
        {'namespace': 'host', 'content': 'chain c {\n foo\n}', 'scope': 'x y'},
        (),
        'scope: is no name for a scope',
    ),
    (
        'nft lines',
        'ns_nftables',
        {
            'namespace': 'host',
            'content': 'chain c {\n tcp dport 22 accept\n foo\n ip saddr localhost drop\n}',
        },
        (),
        "content: line 3: nft does not take this (found 'foo'): |content: line 4: nft does not take this",
    ),
    (
        'nft escape',
        'ns_nftables',
        {'namespace': 'host', 'content': 'chain c { }\n}\nflush ruleset'},
        (),
        'content: line 2 has a "}" that closes nothing',
    ),
    (
        'nft name',
        'ns_nftables',
        {'namespace': 'host', 'table': 'filter', 'family': 'ip', 'content': 'chain c { }'},
        (),
        'table: is a table of iptables',
    ),
    (
        'nft of others',
        'ns_nftables',
        {'namespace': 'host', 'table': 'theirs', 'content': 'chain c { }'},
        ('nft add table inet theirs',),
        'nftables inet theirs in host: is a table of others; ',
    ),
    ('nft nowhere', 'ns_nftables', {'namespace': 'blue', 'content': 'chain c { }'}, (), SENTENCE),
    (
        'nft without text',
        'ns_nftables',
        {'namespace': 'host'},
        (),
        'state is present but all of the following are missing: content',
    ),
    (
        'no chains',
        'ns_iptables',
        {'namespace': 'blue'},
        (),
        'state is present but all of the following are missing: chains',
    ),
)

# Nothing of this is there, not even the namespace.
NOTHING = (
    ('netns', {'name': 'blue'}),
    ('veth', {'namespace': 'blue', 'name': 'eth0'}),
    ('veth', {'name': 'eth0', 'peer': {'name': 'x', 'namespace': 'nowhere'}}),
    ('ns_link', {'namespace': 'blue', 'name': 'eth0'}),
    ('ns_link', {'namespace': 'host', 'name': 'br0', 'kind': 'bridge'}),
    ('ns_route', {'namespace': 'blue', 'routes': [{'to': 'default'}], 'rules': [{'priority': 7}]}),
    ('ns_route', {'namespace': 'host', 'routes': [{'to': '192.0.2.0/24', 'via': '10.0.0.1'}]}),
    ('ns_iptables', {'namespace': 'blue'}),
    ('ns_iptables', {'namespace': 'host', 'mode': 'exclusive'}),
    ('ns_nftables', {'namespace': 'blue'}),
    ('ns_nftables', {'namespace': 'host', 'table': 'mine', 'family': 'ip6'}),
    ('layout', {'name': 'nothing'}),
)
ABSENT_ELSEWHERE = (
    # What is given of a route or a link has to be so.
    ('ns_route', {'namespace': 'blue', 'routes': [{'to': 'default', 'via': '10.0.0.9'}]}),
    ('ns_route', {'namespace': 'blue', 'routes': [{'to': 'default', 'metric': 7}]}),
    ('ns_route', {'namespace': 'blue', 'routes': [{'to': 'default', 'type': 'blackhole'}]}),
    ('ns_route', {'namespace': 'blue', 'rules': [{'priority': 100, 'table': 7}]}),
    ('ns_link', {'namespace': 'blue', 'name': 'eth0', 'kind': 'physical', 'scope': 'another'}),
    ('ns_link', {'namespace': 'host', 'name': 'lo'}),
)

SEEDS = (1, 2, 3, 4, 5, 6)
BY_HAND = (
    (
        'a bridge and a namespace',
        """
     ip netns add blue; ip -n blue link set lo up; ip link add eth0 netns blue type veth peer name blue0
     ip -n blue addr add 10.0.0.2/24 dev eth0; ip -n blue addr add fd00::2/64 dev eth0 nodad; ip -n blue link set eth0 up; ip link set blue0 mtu 1500 up
     ip link add br0 type bridge stp_state 1 priority 4096; ip addr add 10.0.0.1/24 dev br0 label br0:x; ip link set br0 up
     ip link set blue0 master br0; bridge link set dev blue0 isolated on; ip -n blue route add default via 10.0.0.1""",
    ),
    (
        'links and routes of all sorts',
        """
     for n in a b; do ip netns add $n; ip -n $n link set lo up; ip netns exec $n sysctl -q net.ipv4.ip_forward=1; done
     ip link add x netns a mtu 9000 type veth peer name y netns b mtu 9000; ip -n a addr add 10.1.0.1/30 dev x; ip -n b addr add 10.1.0.2/30 dev y
     ip -n a link set x up; ip -n b link set y up; ip -n a addr add 10.255.0.1/32 dev lo; ip -n a addr add 10.1.0.9/24 dev x noprefixroute
     ip -n b link add vx type vxlan id 7 remote 192.0.2.1 dstport 4789; ip -n b link set vx mtu 1400
     ip -n b link add mv link y type macvlan mode private; ip -n a route add 192.0.2.0/24 via 10.1.0.2 metric 5 mtu 1300 table 9
     ip -n a route add 198.51.100.0/24 nexthop via 10.1.0.2 weight 3 nexthop dev x; ip -n a route add unreachable 203.0.113.0/24
     ip -n a -6 route add blackhole default; ip -n a route add 100.64.0.0/10 dev x scope link src 10.255.0.1
     ip -n a rule add priority 9 fwmark 7/15 iif x lookup 9; ip -n a -6 rule add priority 10 not to 2001:db8::/32 prohibit
     ip -n a rule add priority 11 ipproto tcp dport 80-90 lookup main suppress_prefixlength 0""",
    ),
    (
        'iptables',
        """
     ip netns add a; ip -n a link set lo up; iptables -A INPUT -p tcp --dport 22 -j ACCEPT; iptables -t nat -A POSTROUTING -j MASQUERADE
     ip netns exec a ip6tables -N mine; ip netns exec a ip6tables -A FORWARD -j mine; ip netns exec a ip6tables -P INPUT DROP""",
    ),
    (
        'nftables',
        r"""
     ip netns add a; ip -n a link set lo up; nft add table inet one; nft 'add chain inet one c { type filter hook input priority 5; policy accept; }'
     nft 'add set inet one seen { type ipv4_addr; flags dynamic, timeout; timeout 1h; }'; nft add element inet one seen '{ 10.0.0.1 }'
     nft 'add rule inet one c iif lo tcp dport { 22, 443 } counter accept comment "two words"'
     ip netns exec a nft add table ip6 two; ip netns exec a nft add chain ip6 two c; iptables -A INPUT -p tcp --dport 22 -j ACCEPT""",
    ),
)
LEFT_OUT = """
     for n in blue red; do ip netns add $n; ip -n $n link set lo up; done; ip link add out netns red type veth peer name in0 netns blue
     ip route add 192.0.2.0/24 dev lo proto bird; touch /run/netns/stale; ip rule add priority 100 lookup 7 protocol zebra"""


# Steps, see module_calls.py

Named = list[tuple[str, t.Any]]
FILES = 'find /run/multinet -type f -printf "%p %T@ %s\\n" 2>&-; true'


def step(action: t.Any, check: bool = False) -> t.Any:
    return action if isinstance(action, str) else [*action, check]


def steps_of(case: Case) -> Named:
    found: Named = [
        ('%s: before %d' % (case.id, number), step(action)) for number, action in enumerate(case.before)
    ]
    beats = [('', case.args)] + (
        [('gone ', {**case.gone, 'state': 'absent'})] if case.gone is not None else []
    )
    for word, args in beats:
        action = (case.module, args)
        found += [
            ('%s: %s%s' % (case.id, word, beat), what)
            for beat, what in (
                ('check', step(action, True)),
                ('do', step(action)),
                ('look', case.look + '; true'),
                ('state', FILES),
                ('check again', step(action, True)),
                ('again', step(action)),
                ('state again', FILES),
            )
        ]
    return [*found, ('clean', CLEAN)]


def steps_of_error(error: tuple[str, str, dict[str, t.Any], tuple[t.Any, ...], str]) -> Named:
    name, module, args, before, _message = error
    look = 'ip -o link; ip -o addr; ip rule; ip route show table all; ip netns; iptables-save | grep -v ^#; nft list ruleset'
    found: Named = [
        ('error %s: before %d' % (name, number), step(action)) for number, action in enumerate(before)
    ]
    found += [
        ('error %s: %s' % (name, beat), what)
        for beat, what in (
            ('state', look),
            ('check', step((module, args), True)),
            ('do', step((module, args))),
            ('state again', look),
        )
    ]
    return [*found, ('clean', CLEAN)]


def steps_of_absence() -> Named:
    found: Named = [
        ('nothing %d' % number, step((module, {**args, 'state': 'absent'})))
        for number, (module, args) in enumerate(NOTHING)
    ]
    found += [
        ('absent before %d' % number, step(action))
        for number, action in enumerate(
            (
                BLUE,
                WIRE,
                (
                    'ns_route',
                    {
                        'namespace': 'blue',
                        'routes': [{'to': 'default', 'via': '10.0.0.1'}],
                        'rules': [{'priority': 100, 'table': 100}],
                    },
                ),
            )
        )
    ]
    found += [
        ('absent %d' % number, step((module, {**args, 'state': 'absent'})))
        for number, (module, args) in enumerate(ABSENT_ELSEWHERE)
    ]
    return [*found, ('absent look', 'ip -n blue -o addr; ip -n blue rule; ' + ROUTES), ('clean', CLEAN)]


def steps_of_document(seed: int) -> Named:
    """A layout of its own is told, fed back in, and made anew from what was told."""
    document = generator.random_document(seed, 'medium')
    for holder in (document, *document.get('namespaces', ())):
        # Who set a setting of a new namespace, and whether a number was asked for, nobody can tell.
        holder.pop('sysctls', None)
        holder.pop('nsid', None)
    told: t.Any = {'result': 'layout'}
    gone = {'name': document['name'], 'state': 'absent'}
    return [
        (
            'document %d: %s' % (seed, beat),
            step(('layout' if beat not in ('told', 'told again') else 'layout_info', args), check),
        )
        for beat, args, check in (
            ('made', document, False),
            ('told', {'scope': document['name']}, False),
            ('fed back', told, False),
            ('as it was', document, False),
            ('told again', {'scope': document['name']}, True),
            ('gone', gone, False),
            ('made from it', told, False),
            ('the same', document, True),
        )
    ] + [('clean', CLEAN)]


def steps_by_hand() -> Named:
    found: Named = []
    for name, commands in BY_HAND:
        taken: t.Any = {'**': 'layout', 'name': 'mine', 'adopt': True}
        found += [
            ('by hand %s: %s' % (name, beat), action)
            for beat, action in (
                ('before', 'set -e' + commands),
                ('told', ['layout_info', {}, False]),
                ('taken over', ['layout', taken, False]),
                ('again', ['layout', taken, False]),
                ('told of scope', ['layout_info', {'scope': 'mine'}, True]),
                ('fed back', ['layout', {'result': 'layout'}, False]),
            )
        ] + [('clean', CLEAN)]
    return [
        *found,
        ('left out: before', 'set -e' + LEFT_OUT),
        ('left out: blue', ['layout_info', {'namespaces': ['blue']}, False]),
        ('left out: all', ['layout_info', {}, False]),
        ('left out: nowhere', ['layout_info', {'namespaces': ['nowhere', 'host']}, False]),
        ('left out: bad', ['layout_info', {'scope': 'a b'}, False]),
        ('left out: unknown', ['layout_info', {'scope': 'unknown', 'iptables': False}, False]),
        ('left out: written', 'ls /run/multinet'),
        ('clean', CLEAN),
    ]


def bad() -> list[t.Any]:
    """The wrong documents that reach the module as they are, or wrong in a way that Ansible itself tells."""
    return [case for case in BAD if case.plain and isinstance(case.document, dict)]


def steps_of_bad() -> Named:
    look = 'ip -o link; ip netns; ls /run/multinet 2>&-; true'
    return [
        ('bad state', look),
        *(('bad %s' % case.id, step(('layout', case.document))) for case in bad()),
        ('bad state again', look),
        ('clean', CLEAN),
    ]


@functools.cache
def results() -> dict[str, dict[str, t.Any]]:
    """The results of all steps of this file, from several worlds at once."""
    jobs = (
        [steps_of(case) for case in CASES]
        + [steps_of_error(error) for error in ERRORS]
        + [steps_of_absence(), steps_by_hand(), steps_of_bad()]
        + [steps_of_document(seed) for seed in SEEDS]
    )
    shares: list[Named] = [[] for _number in range(os.cpu_count() or 1)]
    for job in sorted(jobs, key=len, reverse=True):
        min(shares, key=len).extend(job)
    with concurrent.futures.ThreadPoolExecutor(len(shares)) as pool:
        answers = list(pool.map(lambda share: call_all([action for _name, action in share]), shares))
    return {
        name: answer for share, found in zip(shares, answers) for (name, _action), answer in zip(share, found)
    }


# What has to be so


@pytest.mark.parametrize('case', CASES, ids=[case.id for case in CASES])
def test_predicted_done_and_not_done_again(case: Case) -> None:
    found = results()
    for number, action in enumerate(case.before):
        before = found['%s: before %d' % (case.id, number)]
        assert not before.get('failed'), (action, before)
    for word in ('', 'gone ') if case.gone is not None else ('',):
        check, done, check_again, again = (
            found['%s: %s%s' % (case.id, word, beat)] for beat in ('check', 'do', 'check again', 'again')
        )
        for result in (check, done, check_again, again):
            assert not result.get('failed'), (word, result)
        assert (check['changed'], done['changed'], check_again['changed'], again['changed']) == (
            True,
            True,
            False,
            False,
        ), (word, done, again)
        assert check['diff'] == done['diff'] and done['diff'], word
        assert check['changes'] == done['changes'] and check['summary'] == done['summary']
        assert (
            again['msg'] == 'nothing to do, the host is as declared'
            and again['diff'] == []
            and again['changes'] == []
        )
        assert (
            found['%s: %sstate' % (case.id, word)]['stdout']
            == found['%s: %sstate again' % (case.id, word)]['stdout']
        ), 'a file was written again'
        if not word and case.summary is not None:
            assert done['summary'] == case.summary
        shown = found['%s: %slook' % (case.id, word)]['stdout']
        shown = ' '.join(shown.replace('\\', ' ').split()) if not word else shown
        for text in case.present if not word else ():
            assert ' '.join(text.split()) in shown, (text, shown)
        for text in (case.absent or case.present) if word else ():
            assert text not in shown, (text, shown)


@pytest.mark.parametrize('error', ERRORS, ids=[error[0] for error in ERRORS])
def test_errors_say_where_and_what_and_change_nothing(error: t.Any) -> None:
    found = results()
    name, _module, _args, before, messages = error
    for number, action in enumerate(before):
        result = found['error %s: before %d' % (name, number)]
        assert not result.get('failed'), (action, result)
    for beat in ('check', 'do'):
        result = found['error %s: %s' % (name, beat)]
        if beat == 'check' and messages.isupper():
            continue  # only the kernel can tell
        assert result.get('failed') and not result.get('changed'), result
        assert 'Traceback' not in json.dumps(result), result
        for message in messages.split('|'):
            assert message in result['msg'], (message, result['msg'])
        if ' are missing: ' not in messages and 'must be one of' not in messages:
            assert len(result['problems']) >= len(messages.split('|')), result
    assert found['error %s: state' % name]['stdout'] == found['error %s: state again' % name]['stdout']


def test_what_is_not_there_is_removed_without_a_change() -> None:
    found = results()
    for number, thing in enumerate(NOTHING):
        result = found['nothing %d' % number]
        assert not result.get('failed') and result['changed'] is False, (thing, result)


def test_what_differs_from_what_is_named_stays() -> None:
    found = results()
    for number, thing in enumerate(ABSENT_ELSEWHERE):
        result = found['absent %d' % number]
        assert not result.get('failed') and result['changed'] is False, (thing, result)
    shown = found['absent look']['stdout']
    assert '10.0.0.2/24' in shown and 'default via 10.0.0.1' in shown and '100:' in shown, shown


@pytest.mark.parametrize('seed', SEEDS)
def test_what_is_told_of_a_layout_is_that_layout(seed: int) -> None:
    found = {
        beat: results()['document %d: %s' % (seed, beat)]
        for beat in (
            'made',
            'told',
            'fed back',
            'as it was',
            'told again',
            'gone',
            'made from it',
            'the same',
        )
    }
    for beat, result in found.items():
        assert not result.get('failed'), (beat, result)
        assert result['changed'] == (beat in ('made', 'gone', 'made from it')), (beat, result)
    assert found['told']['left_out'] == []
    assert found['told']['layout'] == found['told again']['layout']


@pytest.mark.parametrize('name', [name for name, _commands in BY_HAND])
def test_what_was_made_by_hand_becomes_a_layout(name: str) -> None:
    found = {
        beat: results()['by hand %s: %s' % (name, beat)]
        for beat in ('before', 'told', 'taken over', 'again', 'told of scope', 'fed back')
    }
    for beat, result in found.items():
        assert not result.get('failed'), (beat, result)
    assert found['told']['left_out'] == [] and found['told of scope']['left_out'] == []
    assert found['taken over']['changed']
    for change in found['taken over']['changes']:
        before, after = (
            [line for line in change[key] if not line.startswith('owner ')] for key in ('before', 'after')
        )
        assert before == after, change
    assert not found['again']['changed'], found['again']
    assert not found['fed back']['changed'], found['fed back']
    assert found['told of scope']['layout']['name'] == 'mine'


def test_what_a_layout_cannot_say_is_told() -> None:
    found = {
        beat: results()['left out: ' + beat]
        for beat in ('before', 'blue', 'all', 'nowhere', 'bad', 'unknown', 'written')
    }
    assert not found['before']['failed'], found['before']
    assert found['blue']['left_out'] == ['link blue/in0: has its other end outside of what was looked at']
    assert found['blue']['layout'] == {'namespaces': [{'name': 'blue'}]}
    for text in (
        'namespace stale: is a file that no namespace is mounted on',
        'route 192.0.2.0/24 dev lo table main scope link in host: is not made by hand (protocol 12)',
        'rule ipv4 100: from all lookup 7 in host: is not made by hand (protocol 11)',
    ):
        assert text in found['all']['left_out'], found['all']
    assert found['all']['layout']['namespaces'][0]['links'][0]['peer']['name'] == 'out'
    assert found['nowhere']['msg'] == 'namespace nowhere: is not there; leave it out, or make it first'
    assert found['bad']['msg'].startswith("nothing was looked at\nscope: is no name for a scope (found 'a b'")
    assert found['unknown']['layout'] == {'name': 'unknown'} and found['unknown']['left_out'] == []
    assert found['written']['failed'], 'reading made a file'


@pytest.mark.parametrize('case', bad(), ids=[case.id for case in bad()])
def test_wrong_documents_change_nothing(case: t.Any) -> None:
    found = results()
    result = found['bad ' + case.id]
    assert result.get('failed') and not result.get('changed'), result
    assert 'Traceback' not in json.dumps(result), result
    for path, message in case.faults if 'problems' in result else ():
        # Ansible makes a list of a text where a list is wanted.
        assert any(
            problem.startswith(path + ': ')
            and message in problem
            or path in case.document
            and problem.startswith(path + '[0]: ')
            for problem in result['problems']
        ), (path, message, result['problems'])
    assert found['bad state']['stdout'] == found['bad state again']['stdout']


# Through ansible-playbook

PLAY = """
- hosts: localhost
  connection: local
  gather_facts: false
  module_defaults:
    group/multinet.linux.layout:
      scope: lab
  tasks:
    - multinet.linux.netns: {name: blue}
    - multinet.linux.veth: {namespace: blue, name: eth0, addresses: [10.0.0.2/24], peer: {name: blue0, addresses: [10.0.0.1/24]}}
    - multinet.linux.ns_link: {namespace: blue, name: br0, kind: bridge}
    - multinet.linux.ns_route: {namespace: blue, routes: [{to: default, via: 10.0.0.1}]}
    - multinet.linux.ns_iptables: {namespace: blue, chains: [{chain: INPUT, rules: [-j ACCEPT]}]}
    - multinet.linux.layout_info:
      register: told
    - ansible.builtin.copy: {content: "{{ told | to_json }}", dest: "{{ playbook_dir }}/told.json"}
    - multinet.linux.layout: {links: "{{ told.layout.links | default([]) }}", namespaces: "{{ told.layout.namespaces }}"}
      check_mode: true
      register: fed_back
      failed_when: fed_back is changed
    - multinet.linux.netns: {name: blue, state: absent}
"""


def test_a_play_with_every_module(tmp_path: pathlib.Path) -> None:
    (tmp_path / 'play.yml').write_text(PLAY)
    environment = {
        **os.environ,
        'ANSIBLE_COLLECTIONS_PATH': str(tree.COLLECTIONS),
        'ANSIBLE_LOCAL_TEMP': str(tmp_path),
        'ANSIBLE_REMOTE_TEMP': str(tmp_path),
        'ANSIBLE_NOCOLOR': '1',
        'PYTHONDONTWRITEBYTECODE': '1',
    }
    done = subprocess.run(
        [
            *WORLD,
            os.path.join(os.path.dirname(sys.executable), 'ansible-playbook'),
            '-i',
            'localhost,',
            '-e',
            'ansible_python_interpreter=' + sys.executable,
            'play.yml',
        ],
        env=environment,
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert 'changed=7' in done.stdout, done.stdout
    told = json.loads((tmp_path / 'told.json').read_text())
    assert told['layout']['name'] == 'lab' and told['left_out'] == []
    assert [link['name'] for link in told['layout']['namespaces'][0]['links']] == ['br0', 'eth0']
