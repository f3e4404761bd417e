# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A snapshot sees each change of rules, though it lists them only where the kernel has counted a commit."""

from __future__ import annotations

import pytest
from ansible_collections.multinet.linux.tests.integration.snapshot import difference, snapshot
from ansible_collections.multinet.linux.tests.integration.world import in_world, run

_RULES = '''table ip6 t {
 set s { type mark; }
 chain c { type filter hook input priority 0; iif "eth0" drop; iifname "eth1" drop
 }
}'''
# What is changed, and of what the snapshot tells.
CHANGES = {
    'nft add chain ip6 t d': 'nft ip6 t',
    'nft delete table ip6 t': 'nft ip6 t',
    'nft add element ip6 t s { 8 }': 'nft ip6 t',
    'iptables -A INPUT -s 192.0.2.1 -j DROP': 'ipv4 filter INPUT',
    'iptables -P FORWARD DROP': 'ipv4 filter FORWARD',
    'iptables -t nat -X THEIRS': 'ipv4 nat THEIRS',
    'ip6tables -A OUTPUT -j DROP': 'ipv6 filter OUTPUT',
    'ip link set eth0 name eth2': 'nft ip6 t',
    'ip link del eth0': 'nft ip6 t',
}


def _seen(namespace: str, change: str) -> list[str]:
    """What of the snapshot a change makes differ. Another namespace has the same rules."""
    for name in ('blue', namespace):
        inside = 'ip netns exec %s ' % name
        run('ip netns add ' + name)
        run(inside + 'ip link add eth0 type veth peer name eth9')
        run(inside + 'nft -f -', text=_RULES)
        run(inside + 'iptables -t nat -N THEIRS')
    before = snapshot()
    assert difference(before, snapshot()) == ''
    run('ip netns exec %s %s' % (namespace, change))
    after = snapshot()
    return sorted(key for key in {*before, *after} if before.get(key) != after.get(key))


@pytest.mark.parametrize('change', CHANGES)
def test_a_change_of_rules_is_seen_where_it_was_made(change: str) -> None:
    keys = in_world(_seen, 'red', change)
    assert 'red ' + CHANGES[change] in keys
    assert all(key.startswith('red ') for key in keys), keys


def _one_after_the_other() -> list[str]:
    found = [snapshot()]
    for command in ('nft add table ip t', 'nft delete table ip t'):
        run(command)
        found.append(snapshot())
    return [difference(found[0], later) for later in found[1:]]


def test_rules_that_come_and_go_in_the_first_namespace() -> None:
    there, gone = in_world(_one_after_the_other)
    assert there == 'host nft ip t: (none) -> ip t {\n}\n'
    assert gone == ''


def _again() -> tuple[str, str]:
    """A namespace of the same name, and perhaps of the same inode, that has other rules."""
    told = []
    for rules in ('table ip one { }', 'table ip two { }'):
        run('ip netns add red')
        run('ip netns exec red nft -f -', text=rules)
        told.append(' '.join(key for key in snapshot() if key.startswith('red nft')))
        run('ip netns del red')
    return told[0], told[1]


def test_rules_of_a_namespace_that_was_made_again() -> None:
    assert in_world(_again) == ('red nft ip one', 'red nft ip two')
