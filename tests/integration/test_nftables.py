# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tables of nft: what is declared is there, and whose a table is."""

from __future__ import annotations

import shutil
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.host.layout_info import describe
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
from ansible_collections.multinet.linux.plugins.module_utils.kernel.nfnetlink import generation
from ansible_collections.multinet.linux.plugins.module_utils.objects.draft import Policy
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import EngineError
from ansible_collections.multinet.linux.tests.generator import Document

from . import world
from .nftables_world import listed, table
from .world import run

RULES: dict[str, tuple[str, ...]] = {
    'inet': (
        'tcp dport https accept',
        'tcp dport {ssh,http, 8000-8010} counter',
        'meta l4proto { tcp, 17 } drop',
        'ip saddr 10.1.2.3/8 drop',
        'ip daddr != 192.168.000.1 drop',
        'ip6 saddr FD00:0:0::/48 drop',
        'ct state related,established accept',
        'ct state != new drop',
        'ct mark set mark or 0x10',
        'limit rate 10/second burst 20 packets accept',
        'limit rate over 1 mbytes/second drop',
        'log prefix "in: " flags all',
        'meta mark & 0xff == 0x1 drop',
        'icmp type { echo-request, 0 } accept',
        'icmpv6 type nd-neighbor-solicit accept',
        'meta skuid root drop',
        'tcp flags & (fin | syn | rst | ack) == syn counter',
        'tcp option maxseg size set 1200',
        'th sport 53 drop',
        'fib daddr type local accept',
        'iif lo accept',
        'iifname "eth*" drop',
        'oifname { "a", "b" } drop',
        'ip dscp cs1 drop',
        'meta length 100-200 drop',
        'pkttype broadcast drop',
        'reject with icmpx admin-prohibited',
        'reject with tcp reset',
        'quota over 25 mbytes drop',
        'jump other',
        'goto other',
        'return',
        'ct count over 20 reject',
        'numgen random mod 10 < 5 drop',
        'ip saddr . tcp dport { 10.0.0.1 . 22, 10.0.0.2-10.0.0.9 . 80-90 } accept',
        'tcp dport vmap { 22 : accept, 80-90 : drop, https : jump other }',
        'ip saddr @bad drop',
        'ip saddr . tcp dport @pairs accept',
        'update @seen { ip saddr limit rate over 3/minute } drop',
        'meta mark set tcp dport map @marks',
        'counter name hits',
        'quota name much drop',
        'comment "quotes, } { and # too"',
        'tcp dport $web accept',
        'meter m { ip saddr ct count over 5 } reject',
        'ip ttl lt 5 drop',
        'ether saddr 02:00:00:00:00:AA accept',
        'ct original ip daddr 10.0.0.1 accept',
        'rt type 0 drop',
        'exthdr frag exists drop',
        'meta time "2030-01-01 10:00:00" drop',
        'meta hour "08:00"-"17:00" drop',
        'socket transparent 1 accept',
        'ct zone 3 drop',
        'ip protocol esp drop',
    ),
    'ip': (
        'ip frag-off & 0x1fff != 0 drop',
        'icmp type echo-request reject',
        'udp length > 1000 drop',
        'ip version 4 drop',
    ),
    'ip6': (
        'ip6 nexthdr udp drop',
        'ip6 daddr ff02::1 accept',
        'ip6 hoplimit 1 drop',
        'ip6 flowlabel 5 drop',
        'icmpv6 type 133-137 accept',
    ),
    'arp': (
        'arp operation request counter',
        'arp saddr ip 10.0.0.1 drop',
        'arp daddr ether 02:00:00:00:00:01 accept',
    ),
    'bridge': (
        'ether type arp accept',
        'ether saddr { 02:00:00:00:00:01 } drop',
        'ip saddr 10.0.0.0/8 tcp dport 22 drop',
        'vlan id 5 drop',
    ),
    'netdev': ('ether type vlan drop', 'ip saddr 10.0.0.0/8 drop'),
}


OBJECTS = '''
  define web = { 80, 443 }
  comment "what is said of the table"
  counter hits { }
  quota much { over 25 mbytes }
  set bad { type ipv4_addr; flags interval; auto-merge;
    elements = { 10.9.0.0/24, 10.9.1.0/24, 10.1.1.1 comment "one } only" } }
  set seen { type ipv4_addr; size 1000; flags dynamic, timeout; timeout 1h; }
  set pairs { typeof ip saddr . tcp dport; elements = { 10.0.0.9 . 80, 10.0.0.1 . https } }
  map marks { type inet_service : mark; elements = { 80 : 0x10, 22 : 5 } }
  chain other { }
'''


HOOKS = {'netdev': 'filter hook ingress device lo priority 0'}


EVERYTHING: Document = {
    'name': 'all',
    'nftables': [
        *(
            {
                'family': family,
                'content': table(
                    *rules,
                    hook=HOOKS.get(family, 'filter hook input priority 0'),
                    objects=OBJECTS if family == 'inet' else '',
                ),
            }
            for family, rules in RULES.items()
        ),
        {
            'table': 'all-nat',
            'content': table(
                'ip daddr 10.0.0.1 tcp dport 80 dnat ip to 10.0.0.2:8080',
                'tcp dport 81 redirect to :99',
                hook='nat hook prerouting priority dstnat',
            )
            + '\nchain d {\n type nat hook postrouting priority srcnat;\n'
            ' ip saddr 10.0.0.0/8 masquerade\n oifname "x" snat ip6 to fd00::1\n}',
        },
    ],
}


def test_any_spelling_is_as_declared_at_once() -> None:
    def body() -> tuple[t.Any, ...]:
        assert len(converge(EVERYTHING).changes) == len(EVERYTHING['nftables'])
        before, number = listed(), generation()
        again = converge(EVERYTHING)
        told, left_out = describe(None, 'all')
        fed_back = converge(told)
        assert (listed(), generation()) == (before, number)
        removed = converge(EVERYTHING, absent=True)
        return again.ops, fed_back.ops, left_out, len(told['nftables']), len(removed.changes), listed()

    number = len(EVERYTHING['nftables'])
    assert sum(map(len, RULES.values())) > 70
    assert world.in_world(body) == (0, 0, [], number, number, '')


def test_whose_a_table_is() -> None:
    """A table of others with the name is a conflict; ours goes when it is not declared, also when the record
    of it is lost."""

    def names() -> list[str]:
        return sorted(line[6:] for line in run('nft list tables').splitlines())

    def body() -> None:
        run('nft add table inet theirs')
        one: Document = {
            'name': 'x',
            'nftables': [
                {'content': 'chain c { }'},
                {'table': 'mine', 'family': 'ip', 'content': 'chain c { }'},
            ],
        }
        taking: Document = {'name': 'x', 'nftables': [{'table': 'theirs', 'content': 'chain c { }'}]}
        with pytest.raises(
            EngineError,
            match='nftables inet theirs in host: is a table of someone else;'
            ' give yours another name, or set adopt',
        ):
            converge(taking)
        converge(one)
        assert names() == ['inet multinet-x', 'inet theirs', 'ip mine']
        converge({'name': 'x', 'nftables': [{'family': 'ip6', 'content': 'chain c { }'}]})
        assert names() == ['inet theirs', 'ip6 multinet-x']
        converge(taking, policy=Policy(adopt=True))
        assert names() == ['inet theirs']
        converge(one)
        assert names() == ['inet multinet-x', 'ip mine']
        shutil.rmtree('/run/multinet')
        converge(one, absent=True)
        assert names() == ['ip mine']  # it may be of others by now

    world.in_world(body)


def test_a_table_that_names_a_link_by_its_number_follows_the_link() -> None:
    def document(kind: dict[str, t.Any]) -> Document:
        return {
            'name': 'x',
            'links': [{'name': 'x-0', **kind}],
            'nftables': [
                {'content': table('iif x-0 drop')},
                {
                    'family': 'netdev',
                    'content': table('drop', hook='filter hook ingress device x-0 priority 0'),
                },
            ],
        }

    def body() -> None:
        for kind in ({'kind': 'bridge'}, {'kind': 'veth', 'peer': {'name': 'x-1'}}, {'kind': 'bridge'}):
            assert converge(document(kind)).rounds == 1
            assert 'iif "x-0" drop' in run('nft list table inet multinet-x')
            assert 'device "x-0"' in run('nft list table netdev multinet-x')
            assert converge(document(kind)).ops == 0
        converge({'name': 'x', 'links': [{'name': 'x-2', 'kind': 'bridge'}]})
        assert listed() == ''

    world.in_world(body)
