# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What others changed by hand is repaired, and nothing else."""

from __future__ import annotations

import time

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
from ansible_collections.multinet.linux.plugins.module_utils.objects.draft import Policy
from ansible_collections.multinet.linux.tests.integration import world
from ansible_collections.multinet.linux.tests.integration.documents import nodes
from ansible_collections.multinet.linux.tests.integration.outcomes import refused, silent
from ansible_collections.multinet.linux.tests.integration.snapshot import Snapshot, difference, snapshot
from ansible_collections.multinet.linux.tests.integration.world import run

BY_HAND: dict[str, tuple[list[str], list[str]]] = {
    'veth deleted': (['ip link del nodes-1'], ['link host/nodes-1', 'link nodes1/eth0']),
    'veth deleted inside': (['ip -n nodes1 link del eth0'], ['link host/nodes-1', 'link nodes1/eth0']),
    'bridge deleted': (
        ['ip link del br-nodes'],
        ['link host/br-nodes', 'link host/nodes-1', 'link host/nodes-2'],
    ),
    'address deleted': (
        ['ip -n nodes1 address del 10.200.0.2/16 dev eth0'],
        ['address nodes1/eth0 10.200.0.2/16'],
    ),
    'IPv6 address deleted': (
        ['ip -n nodes1 address del fd00:200::2/64 dev eth0'],
        ['address nodes1/eth0 fd00:200::2/64'],
    ),
    'address added': (['ip -n nodes1 address add 10.200.9.9/16 dev eth0'], []),
    'route deleted': (['ip -n nodes1 route del default'], ['route nodes1 default']),
    'route replaced': (['ip -n nodes1 route replace default via 10.200.0.77'], ['route nodes1 default']),
    'IPv6 route appended': (
        ['ip -n nodes1 route append default via fd00:200::77 proto 117'],
        ['route nodes1 default ipv6'],
    ),
    'rule deleted': (
        ['ip -n nodes1 rule del pref 100'],
        ['rule nodes1 ipv4 100: from 10.0.0.0/8 lookup 100'],
    ),
    'link down': (['ip -n nodes1 link set eth0 down'], ['link nodes1/eth0']),
    'lo down': (['ip -n nodes1 link set lo down'], ['namespace nodes1']),
    'host link down': (['ip link set br-nodes down'], ['link host/br-nodes']),
    'mac changed': (['ip -n nodes1 link set eth0 address 02:11:22:33:44:55'], ['link nodes1/eth0']),
    'mtu changed': (['ip -n nodes1 link set eth0 mtu 1300'], ['link nodes1/eth0']),
    'bridge mtu changed': (['ip link set br-nodes mtu 1300'], ['link host/br-nodes']),
    'port freed': (['ip link set nodes-1 nomaster'], ['link host/nodes-1']),
    'port changed': (
        ['ip link set nodes-1 type bridge_slave isolated off hairpin on'],
        ['link host/nodes-1'],
    ),
    'bridge changed': (
        ['ip link set br-nodes type bridge stp_state 1 ageing_time 1000'],
        ['link host/br-nodes'],
    ),
    'link renamed': (
        ['ip -n nodes1 link set eth0 down', 'ip -n nodes1 link set eth0 name other0'],
        ['link nodes1/eth0', 'link host/nodes-1'],
    ),
    'link moved': (['ip -n nodes1 link set eth0 netns nodes2 name eth7'], ['link nodes1/eth0']),
    # type: ignore[dict-item] # told below
    'mark removed': (['ip -n nodes1 link set eth0 alias none', 'ip link set nodes-1 alias nodes-1'], None),
    'sysctl changed': (
        ['ip netns exec nodes1 sysctl -qw net.ipv4.conf.eth0.arp_ignore=2'],
        ['sysctl nodes1 net.ipv4.conf.eth0.arp_ignore'],
    ),
    'forwarding changed': (['sysctl -qw net.ipv4.ip_forward=0'], ['sysctl host net.ipv4.ip_forward']),
    'rules flushed': (['ip netns exec nodes1 iptables -F'], ['iptables nodes1 ipv4 filter INPUT']),
    'policy changed': (
        ['ip netns exec nodes1 ip6tables -P INPUT ACCEPT'],
        ['iptables nodes1 ipv6 filter INPUT'],
    ),
    'rule added': (
        ['ip netns exec nodes1 iptables -A INPUT -j ACCEPT'],
        ['iptables nodes1 ipv4 filter INPUT'],
    ),
    'chain added': (['ip netns exec nodes1 iptables -N extra'], ['iptables nodes1 ipv4 filter extra']),
    'jump removed': (['iptables -F FORWARD'], ['iptables host ipv4 filter mn-nodes-FORWARD']),
    'jump doubled': (
        ['iptables -A FORWARD -j mn-nodes-FORWARD'],
        ['iptables host ipv4 filter mn-nodes-FORWARD'],
    ),
    'our chain flushed': (
        ['iptables -t nat -F mn-nodes-POSTROUTING'],
        ['iptables host ipv4 nat mn-nodes-POSTROUTING'],
    ),
    'namesake': (
        ['ip netns del nodes1', 'ip netns add nodes1'],
        [
            'namespace nodes1',
            'link nodes1/eth0',
            'link host/nodes-1',
            'address nodes1/eth0 10.200.0.2/16',
            'rule nodes1 ipv4 100: from 10.0.0.0/8 lookup 100',
            'iptables nodes1 ipv4 filter INPUT',
        ],
    ),
    'namespace deleted': (
        ['ip netns del nodes2'],
        ['namespace nodes2', 'link nodes2/eth0', 'link host/nodes-2'],
    ),
}


def _without_initial_ipv6(world_now: Snapshot) -> Snapshot:
    return {
        key: value
        for key, value in world_now.items()
        if '/accept_ra' not in key and '/addr_gen_mode' not in key
    }


def _by_hand(name: str) -> None:
    commands, titles = BY_HAND[name]
    document = nodes(2)
    initial = snapshot()
    converge(document)
    built = snapshot()
    for command in commands:
        run(command)
    if any(' netns del ' in command for command in commands):
        while name.startswith('name') and 'nodes-%s' % commands[0][-1] in run('ip -o link'):
            time.sleep(0.01)  # the kernel takes namespaces apart behind our backs
    if titles is None:
        told = refused(document)
        assert 'belongs to no known scope' in told or "belongs to 'nodes-1'" in told, told
        converge(document, policy=Policy(adopt=True))
    else:
        predicted = converge(document, check=True)
        outcome = converge(document)
        assert predicted.changes == outcome.changes
        found = [change.title for change in outcome.changes]
        assert not set(titles) - set(found), found
        assert outcome.rounds <= 1, (outcome.rounds, found)
    silent(document)
    kept = {
        key: value for key, value in snapshot().items() if '10.200.9.9' not in key
    }  # not ours, so it stays
    if name == 'namesake':  # what a namespace begins with is the business of who makes it
        built, kept = _without_initial_ipv6(built), _without_initial_ipv6(kept)
    left = difference(built, kept)
    assert not left, left
    converge(document, absent=True)
    left = difference(initial, snapshot())
    assert not left, left


@pytest.mark.parametrize('name', list(BY_HAND))
def test_what_others_changed_is_repaired(name: str) -> None:
    world.in_world(_by_hand, name)
