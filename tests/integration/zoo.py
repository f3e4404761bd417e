# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A zoo: foreign objects of all sorts that iproute2, nft and iptables can make on this kernel."""

from __future__ import annotations

import random
import re

from .snapshot import Snapshot, snapshot
from .world import run

_NAMES = ('nic', 'card', 'card2', 'bridge0', 'p1', 'p2', 'mv', 'vx')
_NO_OWN_ADDRESSES = ['ip link set %s addrgenmode none' % name for name in _NAMES]
_UP = ['ip link set %s up' % name for name in (*_NAMES, 'ifb7')]
LINKS = (
    'ip netns add far',
    'ip link add nic address 02:00:00:00:0a:01 mtu 1480 type veth peer name far netns far',
    'ip link add card address 02:00:00:00:0a:03 type veth peer name card2 address 02:00:00:00:0a:04',
    'ip link add bridge0 type bridge ageing_time 2000',
    'ip link add p1 address 02:00:00:00:0a:05 type veth peer name p2 address 02:00:00:00:0a:06',
    'ip link add mv link nic address 02:00:00:00:0a:07 type macvlan mode private',
    'ip link add vx link card2 type vxlan id 9 dstport 4789 nolearning',
    'ip link add ifb7 address 02:00:00:00:0a:08 type ifb',
    'ip tuntap add tap7 mode tap',
    'ip link set p1 master bridge0',
    'ip link set bridge0 address 02:00:00:00:0a:09',
    'ip link property add dev nic altname enp0s77',
    'ip -n far link set far up',
    *_NO_OWN_ADDRESSES,
    *_UP,
    'ip address add 10.0.0.9/24 dev nic',
    'ip address add fd00::9/64 dev nic nodad',
)
"""What everything else stands on."""

OBJECTS = (
    # Addresses
    'ip address add 10.0.0.10/24 dev nic',
    'ip address add 10.97.0.1/24 brd + dev nic',
    'ip address add 10.98.0.1/24 metric 77 dev nic',
    'ip address add 10.99.0.1/24 dev nic noprefixroute',
    'ip address add 10.100.0.1/24 dev nic label nic:x',
    'ip address add 10.101.0.1/32 dev nic scope link',
    'ip address add 10.102.0.1 peer 10.102.0.2/32 dev nic',
    'ip address add 10.103.0.1/24 dev nic valid_lft 3600 preferred_lft 1800',
    'ip address add fd05::1/64 dev nic preferred_lft 0 nodad',
    'ip address add fd06::1 peer fd06::2/128 dev nic nodad',
    'ip address add fd07::1/64 dev nic valid_lft 3600 preferred_lft 1800 nodad',
    'ip address add 10.52.0.1/24 dev mv',
    'ip address add fd52::1/64 dev mv nodad',
    'ip address add 10.53.0.1/24 dev bridge0',
    'ip address add 10.54.0.1/24 dev card',
    # Routes
    'ip route add default via 10.0.0.1 dev nic proto dhcp src 10.0.0.9 metric 100',
    'ip route add 10.11.0.0/16 via 10.0.0.1 dev nic mtu lock 1400 features ecn congctl cubic',
    'ip route add 10.12.0.0/16 via 10.0.0.1 dev nic realm 5/6',
    'ip route add 10.13.0.0/16 encap ip id 5 dst 10.0.0.7 via 10.0.0.1 dev nic',
    'ip route add 10.14.0.0/16 nexthop via 10.0.0.1 dev nic weight 3 nexthop via 10.52.0.9 dev mv onlink',
    'ip route add 10.15.0.0/16 via 10.77.0.1 dev nic onlink proto bgp',
    'ip route add 10.16.0.0/16 via inet6 fd00::1 dev nic',
    'ip route add 10.17.0.0/16 dev nic scope link proto static table 200',
    'ip route add 10.18.0.0/16 via 10.0.0.1 tos 0x10 metric 7 proto 99',
    'ip route add 10.19.0.0/16 via 10.0.0.1 dev nic advmss 1300 window 9000 rtt 300 initcwnd 20 quickack 1',
    'ip route add blackhole 10.20.0.0/16 proto bird',
    'ip route add unreachable 10.21.0.0/16 metric 9',
    'ip route add prohibit 10.22.0.0/16 table 201',
    'ip route add throw 10.23.0.0/16 table 202',
    'ip route add 10.24.0.0/16 via 10.52.0.9 dev mv',
    'ip route add 10.25.0.0/16 via 10.53.0.9 dev bridge0',
    'ip -6 route add default from 2001:db8:1::/64 via fd00::1 dev nic',
    'ip -6 route add default from 2001:db8:2::/64 via fd00::2 dev nic',
    'ip -6 route add fd02::/64 via fd00::1 dev nic pref high',
    'ip -6 route add fd03::/64 via fd00::1 dev nic expires 3600',
    'ip -6 route add fd04::/64 encap seg6 mode encap segs fd00::7 via fd00::1 dev nic',
    'ip -6 route add fd08::/64 nexthop via fd00::1 dev nic weight 3 nexthop via fd52::9 dev mv',
    'ip -6 route add fd09::/64 via fd00::1 dev nic mtu lock 1400 hoplimit 9 proto ra',
    'ip -6 route add unreachable fd0a::/64 table 203',
    'ip -6 route add fd0b::/64 via fd52::9 dev mv metric 5',
    # Rules
    'ip rule add pref 20000 from 10.1.0.0/16 to 10.2.0.0/16 iif nic lookup 200',
    'ip rule add pref 20001 oif nic lookup 200',
    'ip rule add pref 20002 fwmark 7/0xff lookup 200 protocol 99',
    'ip rule add pref 20003 tos 0x10 lookup 200',
    'ip rule add pref 20004 ipproto tcp sport 100-200 dport 22 lookup 200',
    'ip rule add pref 20005 uidrange 5-9 lookup 200',
    'ip rule add pref 20006 tun_id 5 lookup 200',
    'ip rule add pref 20007 lookup main suppress_prefixlength 0',
    'ip rule add pref 20008 lookup 200 suppress_ifgroup 5',
    'ip rule add pref 20009 lookup 200 realms 3/4',
    'ip rule add pref 20010 l3mdev',
    'ip rule add pref 20011 from 10.4.0.0/16 goto 20014',
    'ip rule add pref 20012 from 10.5.0.0/16 nop',
    'ip rule add pref 20013 from 10.6.0.0/16 blackhole',
    'ip rule add pref 20014 not from 10.7.0.0/16 unreachable',
    'ip -6 rule add pref 20000 from fd00::/16 iif nic lookup 203',
    'ip -6 rule add pref 20001 fwmark 0x77 prohibit',
    # Neighbours, forwarding entries, nexthop objects
    'ip neighbour add 10.0.0.7 lladdr 02:00:00:00:00:07 dev nic nud permanent',
    'ip neighbour add fd00::7 lladdr 02:00:00:00:00:07 dev nic nud permanent router',
    'ip neighbour add proxy 10.0.0.8 dev nic',
    'ip neighbour add proxy fd00::8 dev nic',
    'ip neighbour add 10.53.0.7 lladdr 02:00:00:00:00:07 dev bridge0 nud permanent',
    'bridge fdb add 02:00:00:00:00:98 dev nic self',
    'bridge fdb add 02:00:00:00:00:99 dev p1 master static',
    'bridge fdb append 00:00:00:00:00:00 dst 10.54.0.78 dev vx',
    'bridge fdb add 02:00:00:00:00:97 dst 10.54.0.79 vni 5 dev vx',
    'ip nexthop add id 5 via 10.0.0.1 dev nic',
    'ip nexthop add id 6 via fd00::1 dev nic proto bgp',
    'ip nexthop add id 7 via 10.0.0.2 dev nic onlink',
    'ip nexthop add id 8 group 5,3/7,2',
    'ip nexthop add id 9 blackhole',
    'ip route add 10.40.0.0/16 nhid 5',
    'ip route add 10.41.0.0/16 nhid 8',
    'ip -6 route add fd41::/64 nhid 6',
    # Traffic control
    'tc qdisc add dev nic root handle 1: htb default 10 r2q 1',
    'tc class add dev nic parent 1: classid 1:1 htb rate 10mbit',
    'tc class add dev nic parent 1:1 classid 1:10 htb rate 1mbit ceil 2mbit prio 3',
    'tc qdisc add dev nic parent 1:10 handle 10: pfifo limit 77',
    'tc filter add dev nic parent 1: pref 7 protocol ip u32 match ip dst 10.0.0.7/32 flowid 1:10',
    'tc qdisc add dev nic clsact',
    'tc filter add dev nic egress pref 9 protocol ip u32 match ip tos 0x10 0xff classid 1:1',
    'tc qdisc add dev bridge0 root handle 2: tbf rate 1mbit burst 32kbit latency 400ms',
    # Settings
    'sysctl -qw net.ipv4.conf.nic.rp_filter=1',
    'sysctl -qw net.ipv4.conf.nic.arp_ignore=2',
    'sysctl -qw net.ipv6.conf.nic.accept_ra=0',
    'sysctl -qw net.ipv4.neigh.nic.gc_stale_time=77',
    'sysctl -qw net.ipv4.ip_local_reserved_ports=8080,9000-9010',
)
FIREWALL = (
    (
        'iptables-restore --noflush',
        '*filter\n:THEIRS - [0:0]\n-A FORWARD -j THEIRS\n-A THEIRS -s 1.2.3.4/32 -j DROP\n'
        '-A INPUT -p tcp -m tcp --dport 22 -m comment --comment "a b" -j ACCEPT\nCOMMIT\n'
        '*nat\n:THEIRS - [0:0]\n-A PREROUTING -m addrtype --dst-type LOCAL -j THEIRS\nCOMMIT\n',
    ),
    (
        'ip6tables-restore --noflush',
        '*filter\n:FORWARD DROP [0:0]\n:THEIRS - [0:0]\n-A OUTPUT -j THEIRS\nCOMMIT\n',
    ),
    (
        'nft -f -',
        'table inet theirs {\n counter hits {\n }\n quota much {\n 10 mbytes\n }\n'
        ' set nets {\n type ipv4_addr\n flags interval\n elements = { 10.0.0.0/8 }\n }\n'
        ' set banned {\n type ipv4_addr\n flags dynamic,timeout\n timeout 1h\n }\n'
        ' map verdicts {\n type inet_service : verdict\n elements = { 22 : accept }\n }\n'
        ' chain c {\n type filter hook input priority 5\n tcp dport vmap @verdicts\n'
        ' ip saddr @nets counter name "hits"\n }\n}\n',
    ),
    ('nft -f -', 'table bridge theirs {\n chain c {\n type filter hook input priority 5\n }\n}\n'),
    ('nft -f -', 'table arp theirs {\n chain c {\n type filter hook input priority 5\n }\n}\n'),
)
SHOWN = (
    'ip -o address show',
    'ip neighbour show proxy',
    'ip -6 neighbour show proxy',
    'ip -d nexthop',
    'bridge fdb show',
    'tc qdisc show',
    'tc class show dev nic',
    'tc filter show dev nic',
    'tc filter show dev nic egress',
)
_LEFT_OUT = 8


def make_zoo(seed: int) -> int:
    """Make a zoo; how many objects it has. That of seed 0 has all of them. Each other one lacks some, and
    what needs these."""
    dice = random.Random('zoo %d' % seed)
    left_out = set(dice.sample(OBJECTS, _LEFT_OUT)) if seed else set()
    for command in LINKS:
        run(command)
    made = len(LINKS)
    for command in OBJECTS:
        if command not in left_out:
            run(command, check=not seed)
            made += 1
    for command, text in FIREWALL:
        run(command, text=text)
    return made


_TIMES = re.compile(
    r'(valid_lft|preferred_lft|"expires":|"valid_life_time":|"preferred_life_time":|direct_packets_stat)'
    r' (?!429)\d+'
)
_NOISE = re.compile(r'(33:33|01:00:5e):|qdisc noqueue|.* inet6 fe80:')


def shown() -> Snapshot:
    """The world of the calling process with all that is attached to its links, without times that pass."""
    found = {_TIMES.sub(r'\1 SOME', key): _TIMES.sub(r'\1 SOME', value) for key, value in snapshot().items()}
    for command in SHOWN:
        for line in run(command, check=False).splitlines():  # a card may be elsewhere
            if not _NOISE.match(line):
                text = re.sub(r'^\d+: ', '', _TIMES.sub(r'\1 SOME', line.strip()))
                key = 'attached %s: %s' % (command, text)
                found[key] = str(int(found.get(key, '0')) + 1)
    return found
