# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Things of other people, sprinkled over a world: whatever is done there, they have to stay as they are."""

from __future__ import annotations

import random

from .world import run


def sprinkle(seed: int) -> None:
    """Links, addresses, routes, rules, chains, settings and namespaces that nobody declared."""
    dice = random.Random('foreign %d' % seed)
    for name in dice.sample(('other-a', 'other-b', 'docker0'), dice.randint(0, 2)):
        run('ip netns add ' + name)
        if dice.random() < 0.5:
            run('ip -n %s link set lo up' % name)
            run(
                (
                    'ip -n %s link add eth0 address 02:00:00:00:01:01 type veth peer name eth9 address'
                    ' 02:00:00:00:01:02'
                )
                % name
            )
            run('ip -n %s address add 172.31.0.1/24 dev eth0' % name)
            run('ip -n %s route add blackhole 172.31.9.0/24 proto 117' % name)
        if dice.random() < 0.5:
            run(
                'ip netns exec %s iptables-restore' % name,
                text='*filter\n:theirs - [0:0]\n-A INPUT -j theirs\nCOMMIT\n',
            )
    if dice.random() < 0.7:
        run('ip link add cni0 address 02:00:00:00:02:01 type bridge')
        run(
            'ip link add veth123 address 02:00:00:00:02:02 type veth peer name veth124 address'
            ' 02:00:00:00:02:03'
        )
        run('ip link set veth123 master cni0')
        run('ip address add 172.30.0.1/24 dev cni0')
        run('ip address add fd30::1/64 dev cni0 nodad')
        for name in ('cni0', 'veth123', 'veth124'):
            run('ip link set %s up' % name)
        run('ip route add 172.30.9.0/24 via 172.30.0.9 proto bird')
        run('ip route add 172.30.10.0/24 via 172.30.0.9 table 100')
        run('ip -6 route add fd30:9::/64 via fd30::9 proto static')
    if dice.random() < 0.5:
        run('ip route add unreachable 172.29.0.0/16 metric 9')
        run('ip rule add pref 1000 fwmark 0x77 lookup 100')
        run('ip -6 rule add pref 1001 from fd29::/16 lookup 100')
    if dice.random() < 0.5:
        run(
            'iptables-restore --noflush',
            text=(
                '*filter\n:DOCKER-USER - [0:0]\n-A FORWARD -j DOCKER-USER\n'
                '-A DOCKER-USER -s 1.2.3.4/32 -j DROP\n'
                '-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\n'
                'COMMIT\n*nat\n:DOCKER - [0:0]\n'
                '-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER\nCOMMIT\n'
            ),
        )
    if dice.random() < 0.5:
        run(
            'ip6tables-restore --noflush',
            text=(
                '*filter\n:FORWARD DROP [0:0]\n:LIBVIRT - [0:0]\n-A LIBVIRT -j RETURN\n'
                '-A OUTPUT -j LIBVIRT\nCOMMIT\n'
            ),
        )
    if dice.random() < 0.3:
        run(
            'nft -f -',
            text=(
                'table inet theirs {\n chain c {\n  type filter hook input priority 5;\n'
                '  counter accept\n }\n}\n'
            ),
        )
