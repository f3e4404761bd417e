# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role fault by its playbook on a real kernel: who still hears whom, and that the host heals itself.
Faults that need a netem are tried on guests (molecule/kernels)."""

from __future__ import annotations

import itertools
import json
import time
import typing as t

import pytest
from ansible_collections.multinet.linux.tests.integration.bridged_nodes_world import (
    OUTSIDE,
    OUTSIDE_ADDRESS,
    Played,
    World,
    address,
)

ALL = list(itertools.permutations((1, 2, 3), 2))


@pytest.fixture(name='world')
def _world() -> t.Iterator[World]:
    with World() as world:
        world.play('cluster', count=3)
        yield world


def _fault(world: World, *faults: dict[str, t.Any], options: t.Sequence[str] = (), **more: t.Any) -> Played:
    """Run the playbook. *more* are variables of the role fault, without its prefix."""
    check = more.pop('check', True)
    variables = {'fault_faults': list(faults), **{'fault_' + key: value for key, value in more.items()}}
    return world.play('fault', *options, '-e', json.dumps(variables), check=check, count=3)


def _hears(world: World, one: int, other: int) -> bool:
    return world.works('ip netns exec pxc%d ping -n -c 1 -W 1 %s' % (one, address(other)))


def _deaf(world: World) -> list[tuple[int, int]]:
    """Pairs of nodes that do not hear each other."""
    return [pair for pair in ALL if not _hears(world, *pair)]


def _healed(world: World, whole: list[str]) -> None:
    """The host heals itself, sooner or later."""
    for _again in range(600):
        if not world.works('test -e /run/multinet/lifetimes'):
            break
        time.sleep(0.1)
    assert world.state() == whole


def test_host_heals_a_partition_by_itself(world: World) -> None:
    whole = world.state()
    partition = {'partition': [['pxc1'], ['pxc2', 'pxc3']]}
    assert _fault(world, partition, options=['--check']).result['changed']
    assert world.state() == whole
    assert _fault(world, partition).result['changed']
    assert not _fault(world, partition).result['changed']
    assert _deaf(world) == [(1, 2), (1, 3), (2, 1), (3, 1)]
    assert world.pings('pxc1', OUTSIDE_ADDRESS)
    _fault(world, partition, lifetime=1)
    _healed(world, whole)
    assert not _deaf(world)


def test_node_without_its_cable_keeps_addresses_and_routes(world: World) -> None:
    whole = world.state()
    routes = world.run('ip -n pxc1 route')
    assert _fault(world, {'node': 'pxc1', 'down': True}).result['changed']
    assert not _fault(world, {'node': 'pxc1', 'down': True}).result['changed']
    assert _deaf(world) == [pair for pair in ALL if 1 in pair]
    assert 'NO-CARRIER' in world.run('ip -n pxc1 link show eth0')
    _fault(world, state='absent')
    assert not _deaf(world)
    assert world.run('ip -n pxc1 route') == routes
    assert world.state() == whole


def test_faults_add_up_and_what_is_no_longer_said_is_healed(world: World) -> None:
    whole = world.state()
    one_way = {'from': 'pxc1', 'to': ['pxc2', 'pxc3'], 'limit': '1mbit'}
    alone = {'node': 'pxc3', 'drop': True}
    _fault(world, one_way, alone, {'between': ['pxc1', 'pxc2'], 'limit': '1mbit'})
    filters = world.run('tc -n pxc1 filter show dev eth0').count('flowid')
    assert filters == 2 and world.run('tc -n pxc2 filter show dev eth0').count('flowid') == 1
    assert _deaf(world) == [pair for pair in ALL if 3 in pair]
    assert not world.pings('pxc3', OUTSIDE_ADDRESS)
    _fault(world, one_way)
    assert not _deaf(world)
    assert world.run('tc -n pxc2 qdisc show dev eth0').startswith('qdisc noqueue')
    _fault(world)  # none is left
    assert world.state() == whole


def test_link_of_any_scope_may_be_slow(world: World) -> None:
    _fault(world, {'link': 'br-pxc-1', 'limit': '1mbit'})
    assert world.run('tc qdisc show dev br-pxc-1').startswith('qdisc tbf')
    assert not world.play('cluster', count=3).result['changed']  # it stays while the cluster is converged
    world.play('cluster_remove')
    assert not world.works('test -e /run/multinet') and world.namespaces() == [OUTSIDE]


def test_kernel_without_netem_is_told_before_anything_is_changed(world: World) -> None:
    whole = world.state()
    played = _fault(world, {'between': ['pxc1', 'pxc2'], 'loss': '20%', 'drop': True}, check=False)
    if world.works('tc qdisc add dev lo root netem'):
        assert played.result['changed']
        return
    assert 'this kernel has no qdisc netem; install or load its module sch_netem' in played.output
    assert world.state() == whole
