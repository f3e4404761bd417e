# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sysctls of network cards that move: the kernel drops them."""

from __future__ import annotations

from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
from ansible_collections.multinet.linux.tests.integration import world
from ansible_collections.multinet.linux.tests.integration.outcomes import stopped_after
from ansible_collections.multinet.linux.tests.integration.snapshot import Snapshot, difference, snapshot
from ansible_collections.multinet.linux.tests.integration.test_network_card import HOST, split


def _host() -> None:
    for command in HOST:
        world.run(command)


def _same(before: Snapshot) -> None:
    left = difference(before, snapshot())
    assert not left, left


def _settings_of_a_card() -> None:
    """Some are born with other values than the default, some are one with others."""
    for command in (*HOST, 'ip link set nic arp off'):
        world.run(command)
    world.run('sysctl -qw net.ipv6.conf.nic.accept_dad=1 net.ipv4.neigh.nic.unres_qlen_bytes=100000')
    world.run('sysctl -qw net.ipv4.neigh.nic.base_reachable_time_ms=30500')
    before = snapshot()
    for number in range(1, converge(split(), check=True).ops + 1):
        stopped_after(number, split())
        _same(before)
    converge(split())
    converge(split(), absent=True)
    _same(before)


def test_settings_of_a_card_that_a_new_link_would_not_have() -> None:
    world.in_world(_settings_of_a_card)


def _no_arp_inside() -> None:
    _host()
    before = snapshot()
    converge(split(arp=False))
    converge(split(arp=False), absent=True)
    _same(before)


def test_a_card_without_arp_in_its_namespace() -> None:
    world.in_world(_no_arp_inside)


def _set_by_hand_inside() -> None:
    _host()
    converge(split())
    world.run('ip netns exec sig sysctl -qw net.ipv4.conf.nic.arp_filter=1')
    between = snapshot()
    for number in range(1, converge(split(), absent=True, check=True).ops + 1):
        stopped_after(number, split(), absent=True)
        _same(between)


def test_settings_in_the_namespace_outlive_a_removal_that_fails() -> None:
    world.in_world(_set_by_hand_inside)
