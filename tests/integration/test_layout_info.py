# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module layout_info: what it reports can be fed back to the module layout."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.multinet.linux.tests import generator
from ansible_collections.multinet.linux.tests.integration.module_calls import CLEAN
from ansible_collections.multinet.linux.tests.integration.module_cases import Results, Steps

SEEDS = (1, 2, 3, 4, 5, 6)
BY_HAND = {
    'a bridge and a namespace': """
     ip netns add blue; ip -n blue link set lo up; ip link add eth0 netns blue type veth peer name blue0
     ip -n blue addr add 10.0.0.2/24 dev eth0; ip -n blue addr add fd00::2/64 dev eth0 nodad
     ip -n blue link set eth0 up; ip link set blue0 mtu 1500 txqueuelen 500 up
     ip link add br0 type bridge stp_state 1 priority 4096; ip addr add 10.0.0.1/24 dev br0 label br0:x
     ip link set br0 up
     ip link set blue0 master br0; bridge link set dev blue0 isolated on
     ip -n blue route add default via 10.0.0.1""",
    'links and routes of all sorts': """
     for n in a b; do ip netns add $n; ip -n $n link set lo up
     ip netns exec $n sysctl -q net.ipv4.ip_forward=1; done
     ip link add x netns a mtu 9000 type veth peer name y netns b mtu 9000
     ip -n a addr add 10.1.0.1/30 dev x; ip -n b addr add 10.1.0.2/30 dev y
     ip -n a link set x up; ip -n b link set y up; ip -n a addr add 10.255.0.1/32 dev lo
     ip -n a addr add 10.1.0.9/24 dev x noprefixroute
     ip -n b link add vx type vxlan id 7 remote 192.0.2.1 dstport 4789; ip -n b link set vx mtu 1400
     ip -n b link add mv link y type macvlan mode private
     ip -n a route add 192.0.2.0/24 via 10.1.0.2 metric 5 mtu 1300 table 9
     ip -n a route add 198.51.100.0/24 nexthop via 10.1.0.2 weight 3 nexthop dev x
     ip -n a route add unreachable 203.0.113.0/24
     ip -n a -6 route add blackhole default; ip -n a route add 100.64.0.0/10 dev x scope link src 10.255.0.1
     ip -n a rule add priority 9 fwmark 7/15 iif x lookup 9
     ip -n a -6 rule add priority 10 not to 2001:db8::/32 prohibit
     ip -n a rule add priority 11 ipproto tcp dport 80-90 lookup main suppress_prefixlength 0""",
    'nexthop objects': """
     ip link add eth0 type veth peer name a0; ip link set eth0 up; ip link set a0 up
     ip addr add 10.0.0.1/24 dev eth0; ip addr add fd00::1/64 dev eth0 nodad
     ip nexthop add id 1 via 10.0.0.2 dev eth0; ip nexthop add id 2 via 10.0.0.3 dev eth0 onlink
     ip nexthop add id 3 blackhole; ip -6 nexthop add id 4 dev eth0; ip nexthop add id 5 via fd00::2 dev eth0
     ip nexthop add id 10 group 1,3/2; ip nexthop add id 11 group 1/2 type resilient buckets 8 idle_timer 60
     ip route add 192.0.2.0/24 nhid 10; ip route add 198.51.100.0/24 nhid 3; ip route add 2001:db8::/32 nhid 5
     ip route add 203.0.113.0/24 nhid 11""",
    'neighbours': """
     ip netns add a; ip -n a link set lo up
     ip link add eth0 netns a type veth peer name a0; ip -n a link set eth0 up; ip link set a0 up
     ip addr add 10.0.0.1/24 dev a0; ip neigh add 10.0.0.2 lladdr 02:00:00:00:00:02 dev a0
     ip neigh add 10.0.0.3 lladdr 02:00:00:00:00:03 nud reachable dev a0
     ip neigh add proxy 10.0.0.9 dev a0; ip -n a neigh add proxy fd00::8 dev eth0 router
     ip -n a neigh add fd00::9 lladdr 02:00:00:00:00:09 router proto static dev eth0""",
    'forwarding databases': """
     ip link add br0 type bridge; ip link add p0 type veth peer name p1; ip link set p0 master br0
     ip link set br0 up; ip link set p0 up; ip link set p1 up; ip link add mv link p1 type macvlan
     bridge fdb add 02:00:00:00:00:11 dev p0 master static; bridge fdb add 02:00:00:00:00:12 dev p1 self
     ip link add vx type vxlan id 7 remote 192.0.2.1 dstport 4789
     bridge fdb append 00:00:00:00:00:00 dev vx dst 192.0.2.9""",
    'iptables': """
     ip netns add a; ip -n a link set lo up; iptables -A INPUT -p tcp --dport 22 -j ACCEPT
     iptables -t nat -A POSTROUTING -j MASQUERADE
     ip netns exec a ip6tables -N mine; ip netns exec a ip6tables -A FORWARD -j mine
     ip netns exec a ip6tables -P INPUT DROP""",
    'nftables': r"""
     ip netns add a; ip -n a link set lo up; nft add table inet one
     nft 'add chain inet one c { type filter hook input priority 5; policy accept; }'
     nft 'add set inet one seen { type ipv4_addr; flags dynamic, timeout; timeout 1h; }'
     nft add element inet one seen '{ 10.0.0.1 }'
     nft 'add rule inet one c iif lo tcp dport { 22, 443 } counter accept comment "two words"'
     ip netns exec a nft add table ip6 two; ip netns exec a nft add chain ip6 two c
     iptables -A INPUT -p tcp --dport 22 -j ACCEPT""",
}
LEFT_OUT = """
     for n in blue red; do ip netns add $n; ip -n $n link set lo up; done
     ip link add out netns red type veth peer name in0 netns blue
     ip route add 192.0.2.0/24 dev lo proto bird; touch /run/netns/stale
     ip rule add priority 100 lookup 7 protocol zebra"""
UNDECLARED = """
     ip netns add blue; ip -n blue link set lo up
     ip link add eth0 netns blue type veth peer name blue0; ip -n blue link set eth0 up
     ip link set blue0 up; ip addr add 10.0.0.1/24 dev blue0
      ip neigh add 10.0.0.11 lladdr 02:00:00:00:00:0b dev blue0 protocol bgp
     ip neigh add 10.0.0.10 lladdr 02:00:00:00:00:0a nud reachable dev blue0
     ip link add br0 type bridge; ip link add p0 type veth peer name p1; ip link set p0 master br0
     ip netns exec blue ip xfrm policy add src 10.0.0.0/24 dst 10.1.0.0/24 dir out \
         tmpl src 10.0.0.1 dst 10.0.0.2 proto esp mode tunnel
     ip link set br0 up; ip link set p0 up; ip link set p1 up
     until bridge mdb add dev br0 port p0 grp 239.1.1.1 permanent 2>&-; do sleep 0.1; done
     bridge fdb add 02:00:00:00:00:11 dev p0 master static; bridge fdb add 02:00:00:00:00:12 dev p1 self
     ip link add vx type vxlan id 7 remote 192.0.2.1 dstport 4789
     bridge fdb append 00:00:00:00:00:00 dev vx dst 192.0.2.9; ip link add mv link p1 type macvlan
     tc qdisc add dev p1 root handle 1: htb; tc qdisc add dev p1 clsact
     tc class add dev p1 parent 1: classid 1:1 htb rate 10mbit
     tc filter add dev p1 parent 1: pref 7 protocol ip u32 match ip tos 16 0xff flowid 1:1
     ip nexthop add id 7 via 10.0.0.7 dev blue0 protocol zebra
     ip link set p1 group 5 alias uplink promisc on; ip link set p0 arp off"""
HAS = 'has %s, which a layout cannot declare (%s)'
NOT_DECLARED = {
    'nexthop id 7 via 10.0.0.7 dev blue0 in host: was not added by an administrator (protocol 11)',
    'link host/p0: ' + HAS % ('entries in a multicast database', '1'),
    'namespace blue: ' + HAS % ('IPsec policies', '1'),
    'neighbour 10.0.0.11 dev blue0 in host: was not added by an administrator (protocol 186)',
    'link host/p1: ' + HAS % ('queueing disciplines', 'htb'),
    'link host/p1: ' + HAS % ('classes of queueing disciplines', 'htb'),
    'link host/p1: ' + HAS % ('filters of queueing disciplines', 'u32'),
}
BEATS = ('made', 'reported', 'fed back', 'as it was', 'reported again', 'gone', 'made from it', 'the same')
HAND_BEATS = ('before', 'reported', 'taken over', 'again', 'reported of scope', 'fed back')


def steps_of_document(seed: int) -> Steps:
    """A layout is made, reported, fed back, and made again from the report."""
    document = generator.random_document(seed, 'medium')
    for holder in (document, *document.get('namespaces', ())):
        # Nobody can tell who set a sysctl of a new namespace, and whether a number was asked for.
        holder.pop('sysctls', None)
        holder.pop('nsid', None)
    scope = {'scope': document['name']}
    report: t.Any = {'result': 'layout'}
    actions = (
        ['layout', document, False],
        ['layout_info', scope, False],
        ['layout', report, False],
        ['layout', document, False],
        ['layout_info', scope, True],
        ['layout', {'name': document['name'], 'state': 'absent'}, False],
        ['layout', report, False],
        ['layout', document, True],
    )
    return [('document %d: %s' % (seed, beat), action) for beat, action in zip(BEATS, actions)] + [
        ('clean', CLEAN)
    ]


def steps_of_commands(name: str) -> Steps:
    """What somebody made with commands is reported, and taken over as it is."""
    adopted: t.Any = {'**': 'layout', 'name': 'mine', 'adopt': True}
    actions = (
        'set -e' + BY_HAND[name],
        ['layout_info', {}, False],
        ['layout', adopted, False],
        ['layout', adopted, False],
        ['layout_info', {'scope': 'mine'}, True],
        ['layout', {'result': 'layout'}, False],
    )
    return [('by hand %s: %s' % (name, beat), action) for beat, action in zip(HAND_BEATS, actions)] + [
        ('clean', CLEAN)
    ]


STEPS: Steps = []
for number in SEEDS:
    STEPS += steps_of_document(number)
for title in BY_HAND:
    STEPS += steps_of_commands(title)
STEPS += [
    ('left out: before', 'set -e' + LEFT_OUT),
    ('left out: blue', ['layout_info', {'namespaces': ['blue']}, False]),
    ('left out: all', ['layout_info', {}, False]),
    ('left out: nowhere', ['layout_info', {'namespaces': ['nowhere', 'host']}, False]),
    ('left out: bad', ['layout_info', {'scope': 'a b'}, False]),
    ('left out: unknown', ['layout_info', {'scope': 'unknown', 'iptables': False}, False]),
    ('left out: written', 'ls /run/multinet'),
]
STEPS += [
    ('clean', CLEAN),
    ('undeclared: before', 'set -e' + UNDECLARED),
    ('undeclared: all', ['layout_info', {}, False]),
    ('undeclared: scope', ['layout_info', {'scope': 'mine'}, False]),
    ('clean', CLEAN),
]
RESULTS = Results(steps=STEPS)


@pytest.mark.parametrize('seed', SEEDS)
def test_the_report_of_a_layout_is_that_layout(seed: int) -> None:
    results = {beat: RESULTS['document %d: %s' % (seed, beat)] for beat in BEATS}
    for beat, result in results.items():
        assert not result.get('failed'), (beat, result)
        assert result['changed'] == (beat in ('made', 'gone', 'made from it')), (beat, result)
    assert results['reported']['left_out'] == []
    first, again = (results[beat]['layout'] for beat in ('reported', 'reported again'))
    assert _without_seconds(first) == _without_seconds(again)


def _without_seconds(value: t.Any) -> t.Any:
    """A report without how long addresses live: that is what is left."""
    if isinstance(value, list):
        return [_without_seconds(member) for member in value]
    if not isinstance(value, dict):
        return value
    return {
        key: bool(member) if key.endswith('_lifetime') else _without_seconds(member)
        for key, member in value.items()
    }


@pytest.mark.parametrize('name', BY_HAND)
def test_what_was_made_by_hand_becomes_a_layout(name: str) -> None:
    results = {beat: RESULTS['by hand %s: %s' % (name, beat)] for beat in HAND_BEATS}
    for beat, result in results.items():
        assert not result.get('failed'), (beat, result)
    assert results['reported']['left_out'] == [] and results['reported of scope']['left_out'] == []
    assert results['taken over']['changed']
    for change in results['taken over']['changes']:
        assert _without_owner(change['before']) == _without_owner(change['after']), change
    assert not results['again']['changed'], results['again']
    assert not results['fed back']['changed'], results['fed back']
    assert results['reported of scope']['layout']['name'] == 'mine'


def _without_owner(lines: list[str]) -> list[str]:
    return [line for line in lines if not line.startswith('owner ')]


def test_what_a_layout_cannot_say_is_reported() -> None:
    results = {
        beat: RESULTS['left out: ' + beat]
        for beat in ('before', 'blue', 'all', 'nowhere', 'bad', 'unknown', 'written')
    }
    assert not results['before']['failed'], results['before']
    assert results['blue']['left_out'] == [
        'link blue/in0: has its other end outside the namespaces that were read'
    ]
    assert results['blue']['layout'] == {'namespaces': [{'name': 'blue'}]}
    for text in (
        'namespace stale: is a file that no namespace is mounted on',
        'route 192.0.2.0/24 dev lo table main scope link in host: was not added by an administrator'
        ' (protocol 12)',
        'rule ipv4 100: from all lookup 7 in host: was not added by an administrator (protocol 11)',
    ):
        assert text in results['all']['left_out'], results['all']
    assert results['all']['layout']['namespaces'][0]['links'][0]['peer']['name'] == 'out'
    assert results['nowhere']['msg'] == 'namespace nowhere: does not exist; leave it out, or make it first'
    assert results['bad']['msg'].startswith(
        "nothing was looked at\nscope: is not a valid scope name (found 'a b'"
    )
    assert results['unknown']['layout'] == {'name': 'unknown'} and results['unknown']['left_out'] == []
    assert results['written']['failed'], 'reading made a file'


def test_what_no_document_declares_is_listed() -> None:
    before, told, of_scope = [RESULTS['undeclared: ' + beat] for beat in ('before', 'all', 'scope')]
    assert not before['failed'], before
    assert set(told['left_out']) == NOT_DECLARED
    assert len(told['left_out']) == len(NOT_DECLARED)
    assert of_scope['left_out'] == []
