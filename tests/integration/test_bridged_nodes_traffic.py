# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bridged nodes seen from every side: who reaches whom, and with which address. What is only looked at
shares four nodes."""

from __future__ import annotations

import itertools
import os
import typing as t

import pytest
from ansible_collections.multinet.linux.tests.integration.bridged_nodes_world import (
    HOST,
    HOST_ADDRESS,
    HOST_ADDRESS6,
    OUTSIDE,
    OUTSIDE_ADDRESS,
    OUTSIDE_ADDRESS6,
    SUBNET6,
    UPLINK,
    World,
    address,
    address6,
)

PORTS = (3306, 4444, 4567, 4568)


@pytest.fixture(name='world')
def _world() -> t.Iterator[World]:
    with World() as world:
        yield world


@pytest.fixture(name='four', scope='module')
def _four() -> t.Iterator[World]:
    """Four nodes with servers on the same ports, and one outside. No test changes it."""
    with World() as world:
        world.cluster(
            publish=[
                {'node': 2, 'port': 13306, 'to': 3306},
                {'node': 3, 'port': 14444, 'to': 4444, 'address': HOST_ADDRESS},
            ]
        )
        for number, port in itertools.product(range(1, 5), PORTS):
            world.serve('pxc%d' % number, port)
        world.serve(OUTSIDE)
        yield world


def test_bridge_has_no_stp_no_delay_and_the_gateway_address(four: World) -> None:
    bridge = four.links()['br-pxc']['linkinfo']['info_data']
    assert (bridge['stp_state'], bridge['forward_delay']) == (0, 0)
    assert 'inet 10.200.10.1/24 ' in four.run('ip -4 address show dev br-pxc')
    assert four.pings('pxc1', '10.200.10.1')


def test_no_end_of_a_node_is_ever_seen_in_the_host(four: World) -> None:
    assert sorted(four.links()) == sorted(
        ['lo', UPLINK, 'br-pxc', *('br-pxc-%d' % number for number in range(1, 5))]
    )
    assert [sorted(four.links('pxc%d' % number)) for number in range(1, 5)] == [['eth0', 'lo']] * 4


def test_every_node_has_the_same_ports(four: World) -> None:
    for number, port in itertools.product(range(1, 5), PORTS):
        assert four.ask(HOST, address(number), port)[0] == 'pxc%d' % number


def test_every_node_reaches_every_other_by_its_own_address(four: World) -> None:
    for one, other in itertools.permutations(range(1, 5), 2):
        assert four.ask('pxc%d' % one, address(other)) == ('pxc%d' % other, address(one))


def test_host_reaches_nodes_from_the_gateway_address(four: World) -> None:
    assert four.ask(HOST, address(3)) == ('pxc3', '10.200.10.1')


def test_loopback_of_a_node_is_up(four: World) -> None:
    assert four.ask('pxc2', '127.0.0.1') == ('pxc2', '127.0.0.1')


def test_outside_sees_the_address_of_the_uplink(four: World) -> None:
    assert [four.ask('pxc%d' % number, OUTSIDE_ADDRESS) for number in range(1, 5)] == [
        (OUTSIDE, HOST_ADDRESS)
    ] * 4


def test_nothing_new_comes_in_from_outside(four: World) -> None:
    for number, port in itertools.product(range(1, 5), PORTS):
        with pytest.raises(ConnectionRefusedError):
            four.ask(OUTSIDE, address(number), port)
    assert not four.pings(OUTSIDE, address(1))


def test_what_a_node_began_goes_on_in_both_directions(four: World) -> None:
    link, _name, _seen = four.connect('pxc1', OUTSIDE_ADDRESS)
    with link:
        for number in range(3):
            link.sendall(b'%d' % number)
            assert link.recv(100) == b'%d' % number


def test_published_ports_lead_to_their_nodes_and_no_other_does(four: World) -> None:
    assert four.ask(OUTSIDE, HOST_ADDRESS, 13306) == ('pxc2', OUTSIDE_ADDRESS)
    assert four.ask(OUTSIDE, HOST_ADDRESS, 14444) == ('pxc3', OUTSIDE_ADDRESS)
    with pytest.raises(ConnectionRefusedError):
        four.ask(OUTSIDE, HOST_ADDRESS, 3306)
    with pytest.raises(
        ConnectionRefusedError
    ):  # published is the way over the host's address, not the node itself
        four.ask(OUTSIDE, address(2))


def test_a_node_does_not_get_out_with_an_address_that_is_not_its_own(world: World) -> None:
    world.play('cluster', count=1, nat='none')
    world.run('ip -n outside route add 203.0.113.7 via 192.0.2.1')
    world.run('ip route add 203.0.113.7 dev br-pxc')
    world.run('ip -n pxc1 address add 203.0.113.7/32 dev lo')
    assert world.pings('pxc1', OUTSIDE_ADDRESS)
    assert not world.works('ip netns exec pxc1 ping -n -c 1 -W 1 -I 203.0.113.7 ' + OUTSIDE_ADDRESS)


def test_snat_none_and_masquerade(world: World) -> None:
    world.serve(OUTSIDE)
    world.run('ip address add 192.0.2.9/32 dev uplink0')
    world.run('ip -n outside route add 192.0.2.9 via ' + HOST_ADDRESS)
    for options, seen in (
        ({'nat': 'snat', 'snat_to': '192.0.2.9'}, '192.0.2.9'),
        ({'nat': 'none'}, address(1)),
        ({'nat': 'masquerade'}, HOST_ADDRESS),
    ):
        world.play('cluster', count=1, **options)
        assert world.ask('pxc1', OUTSIDE_ADDRESS) == (OUTSIDE, seen)


def test_a_named_uplink_is_the_only_way_out(world: World) -> None:
    world.run('ip netns add elsewhere')
    world.run('ip link add other0 type veth peer name eth0 netns elsewhere')
    world.run('ip address add 198.51.100.1/24 dev other0')
    world.run('ip link set other0 up')
    world.run('ip -n elsewhere address add 198.51.100.2/24 dev eth0')
    world.run('ip -n elsewhere link set eth0 up')
    world.serve('elsewhere')
    world.serve(OUTSIDE)
    world.play('cluster', count=1)
    assert world.ask('pxc1', '198.51.100.2') == ('elsewhere', '198.51.100.1')
    assert world.ask('pxc1', OUTSIDE_ADDRESS) == (OUTSIDE, HOST_ADDRESS)
    world.cluster(count=1, uplink=UPLINK)
    with pytest.raises(ConnectionRefusedError):
        world.ask('pxc1', '198.51.100.2')
    assert world.ask('pxc1', OUTSIDE_ADDRESS) == (OUTSIDE, HOST_ADDRESS)


def test_bridged_packets_pass_where_the_host_forwards_nothing(world: World) -> None:
    """br_netfilter shows bridged packets to FORWARD, whose policy may be to drop."""
    world.run('iptables -P FORWARD DROP')
    switch = '/proc/sys/net/bridge/bridge-nf-call-iptables'
    world.play('cluster', count=2)
    if os.path.exists(switch):
        assert world.sysctl('net.bridge.bridge-nf-call-iptables') == '1'
        world.run('iptables -I mn-pxc-FORWARD 1 -i br-pxc -o br-pxc -j DROP')  # they are seen there indeed
        assert not world.works('ip netns exec pxc1 ping -n -c 1 -W 1 ' + address(2))
        assert world.play('cluster', count=2).names == ['change iptables host ipv4 filter mn-pxc-FORWARD']
    assert world.pings('pxc1', address(2))
    assert world.pings('pxc1', OUTSIDE_ADDRESS)
    assert ':FORWARD DROP' in world.run('iptables-save -t filter')


def test_isolated_nodes_reach_the_gateway_and_outside_and_not_each_other(world: World) -> None:
    world.serve(OUTSIDE)
    world.cluster(count=2, isolated=True)
    assert world.pings('pxc1', '10.200.10.1')
    assert world.ask('pxc1', OUTSIDE_ADDRESS) == (OUTSIDE, HOST_ADDRESS)
    assert not world.works('ip netns exec pxc1 ping -n -c 1 -W 1 ' + address(2))
    world.run('ip -n pxc1 route add %s via 10.200.10.1' % address(2))  # nor by way of the gateway
    assert not world.works('ip netns exec pxc1 ping -n -c 1 -W 1 ' + address(2))
    world.play('cluster', count=2)
    world.run('ip -n pxc1 route delete %s via 10.200.10.1' % address(2), check=False)
    world.run('ip -n pxc1 neighbour flush dev eth0')  # whom nobody answered is asked for three seconds
    assert world.pings('pxc1', address(2))


def test_both_families(world: World) -> None:
    before = world.state()
    world.cluster(
        count=2, ipv6_subnet=SUBNET6, uplink=UPLINK, publish=[{'node': 2, 'port': 13306, 'to': 3306}]
    )
    for namespace in ('pxc1', 'pxc2', OUTSIDE):
        world.serve(namespace)
    assert world.ask('pxc1', address6(2)) == ('pxc2', address6(1))
    assert world.ask(HOST, address6(2)) == ('pxc2', 'fd00:10::1')
    assert world.ask('pxc1', OUTSIDE_ADDRESS6) == (OUTSIDE, HOST_ADDRESS6)
    assert world.ask('pxc1', OUTSIDE_ADDRESS) == (OUTSIDE, HOST_ADDRESS)
    with pytest.raises(ConnectionRefusedError):
        world.ask(OUTSIDE, address6(1))
    assert world.ask(OUTSIDE, HOST_ADDRESS6, 13306) == ('pxc2', OUTSIDE_ADDRESS6)
    assert world.ask(OUTSIDE, HOST_ADDRESS, 13306) == ('pxc2', OUTSIDE_ADDRESS)
    assert (
        world.sysctl('net.ipv6.conf.all.forwarding'),
        world.sysctl('net.ipv6.conf.uplink0.accept_ra'),
    ) == ('1', '2')
    world.stop_serving()
    world.play('cluster_remove')
    assert world.state() == before


@pytest.mark.parametrize(
    ('variables', 'message'),
    [
        (
            {'count': 300},
            '10.200.10.0/24 has no room for 300 addresses from number 2 on (it has numbers 1 to 254)',
        ),
        ({'subnet': '10.200.10.7/24'}, "'10.200.10.7/24' has host bits set"),
        ({'nat': 'snat'}, 'snat_to: is missing; give an address of the host'),
        ({'nat': 'some'}, 'value of bridged_nodes_nat must be one of: masquerade, snat, none, got: some'),
        (
            {'publish': [{'node': 5, 'port': 80}]},
            'publish[0].node: is not the number of a node (found 5, want 1 to 4)',
        ),
        ({'publish': [{'port': 80}]}, 'publish[0].node: is missing'),
        ({'count': 'many'}, 'many'),
        (
            {'bridge': 'a-bridge-of-a-very-long-name'},
            "is too long for a link (found 28 bytes in 'a-bridge-of-a-very-long-name', want at most 15)",
        ),
    ],
)
def test_faults_are_named_before_anything_changes(
    four: World, variables: dict[str, t.Any], message: str
) -> None:
    before = four.state()
    played = four.play('cluster', check=False, **variables)
    assert played.status and message in played.result['msg'], played.output
    assert four.state() == before
