# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role nat_gateway, shown with connections from every side.

    a1 10.1.0.2, a2 10.1.0.3 --- br-a 10.1.0.1 +------+
                                               | host | uplink0 192.0.2.1 --- 192.0.2.2 outside
    b1 10.2.0.2 ---------------- br-b 10.2.0.1 +------+

Outside has 198.51.100.7 and .8 as well. It knows the way to 10.1 and 10.2, so that only the gateway keeps it
out.
"""

from __future__ import annotations

import json
import pathlib
import re
import socket
import struct
import typing as t

import pytest
from ansible_collections.multinet.linux.tests.integration.bridged_nodes_world import (
    HOST,
    OUTSIDE,
    UPLINK,
    Played,
    World,
)

PLAY = '''
- hosts: localhost
  gather_facts: false
  roles:
    - role: multinet.linux.nat_gateway
'''
SECOND, SECOND6 = '192.0.2.5', '2001:db8::5'
FRIEND, STRANGER = '198.51.100.7', '198.51.100.8'
ROLE: dict[str, t.Any] = {
    'uplinks': [UPLINK],
    'networks': [
        {'link': 'br-a', 'subnets': ['10.1.0.0/24', 'fd01::/64']},
        {'link': 'br-b', 'subnets': ['10.2.0.0/24', 'fd02::/64'], 'reaches': ['br-a']},
    ],
    'exclude': ['198.51.100.8/32'],
    'publish': [
        {'port': 8080, 'to': '10.1.0.2', 'to_port': 3306},
        {'port': 8080, 'to': 'fd01::2', 'to_port': 3306},
        {'port': 2222, 'to': '10.1.0.3', 'to_port': 3306, 'sources': [FRIEND + '/32', '10.1.0.0/24']},
        {'port': '3306-3307', 'to': '10.2.0.2'},
        {'port': 8081, 'to': '10.1.0.2', 'to_port': 3306, 'masquerade': True},
    ],
    'one_to_one': [{'address': SECOND, 'to': '10.2.0.2'}],
}


def furnish(world: World) -> None:
    for number, (bridge, guests) in enumerate((('br-a', ('a1', 'a2')), ('br-b', ('b1',))), 1):
        world.run('ip link add %s type bridge' % bridge)
        world.run('ip address add 10.%d.0.1/24 dev %s' % (number, bridge))
        world.run('ip address add fd0%d::1/64 dev %s nodad' % (number, bridge))
        world.run('ip link set %s up' % bridge)
        for host, guest in enumerate(guests, 2):
            world.run('ip netns add ' + guest)
            world.run('ip -n %s link set lo up' % guest)
            world.run('ip link add %s-0 type veth peer name eth0 netns %s' % (guest, guest))
            world.run('ip link set %s-0 master %s up' % (guest, bridge))
            # With br_netfilter a packet that is led back to where it came from is bridged, and needs that.
            world.run('bridge link set dev %s-0 hairpin on' % guest)
            world.run('ip -n %s address add 10.%d.0.%d/24 dev eth0' % (guest, number, host))
            world.run('ip -n %s address add fd0%d::%d/64 dev eth0 nodad' % (guest, number, host))
            world.run('ip -n %s link set eth0 up' % guest)
            world.run('ip -n %s route add default via 10.%d.0.1' % (guest, number))
            world.run('ip -n %s route add default via fd0%d::1' % (guest, number))
            world.serve(guest)
        world.run('ip -n outside route add 10.%d.0.0/24 via 192.0.2.1' % number)
        world.run('ip -n outside route add fd0%d::/64 via 2001:db8::1' % number)
    world.run('ip address add %s/32 dev %s' % (SECOND, UPLINK))
    world.run('ip -n outside route add %s via 192.0.2.1' % SECOND)
    for address in (FRIEND, STRANGER):
        world.run('ip -n outside address add %s/32 dev lo' % address)
    world.serve('b1', 3307)
    world.serve(OUTSIDE)


def state(world: World) -> list[str]:
    return [re.sub(r' \w+_timer +[\d.]+', '', line) for line in world.state()]


def play(world: World, folder: pathlib.Path, *options: str, check: bool = True, **variables: t.Any) -> Played:
    book = folder / 'gateway.yml'
    book.write_text(PLAY)
    given = {'nat_gateway_' + key: value for key, value in {**ROLE, **variables}.items()}
    return world.play(str(book), *options, '-e', json.dumps(given), check=check)


@pytest.fixture(name='gateway', scope='module')
def _gateway(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[World]:
    """A gateway that no test changes."""
    folder = tmp_path_factory.mktemp('play')
    with World() as world:
        furnish(world)
        first = play(world, folder)
        assert first.result['changed']
        again = play(world, folder)
        assert again.result['changes'] == [] and ' changed=0 ' in again.output, again.output
        yield world


def ask(world: World, source: str, address: str, port: int = 3306, own: str = '') -> tuple[str, str]:
    """The namespace that answers and the address that it sees, of a connection from *own*."""
    link = world.within(
        source, lambda: socket.create_connection((address, port), 5, (own, 0) if own else None)
    )
    with link:
        name, seen = link.makefile().readline().split()
    return name, seen


def refused(world: World, source: str, address: str, port: int = 3306, own: str = '') -> bool:
    with pytest.raises((ConnectionRefusedError, PermissionError)):
        ask(world, source, address, port, own)
    return True


def test_what_is_behind_gets_out_with_the_address_of_the_gateway(gateway: World) -> None:
    assert ask(gateway, 'a1', '192.0.2.2') == (OUTSIDE, '192.0.2.1')
    assert ask(gateway, 'a2', FRIEND) == (OUTSIDE, '192.0.2.1')
    assert ask(gateway, 'a1', '2001:db8::2') == (OUTSIDE, '2001:db8::1')


def test_what_is_excluded_keeps_its_address(gateway: World) -> None:
    assert ask(gateway, 'a1', STRANGER) == (OUTSIDE, '10.1.0.2')
    assert ask(gateway, HOST, '192.0.2.2') == (OUTSIDE, '192.0.2.1')


def test_nothing_new_comes_in_from_outside(gateway: World) -> None:
    for address in ('10.1.0.2', '10.1.0.3', '10.2.0.2', 'fd01::2', 'fd02::2'):
        assert refused(gateway, OUTSIDE, address)
        assert not gateway.works('ip netns exec outside ping -n -c 1 -W 1 ' + address)


def test_published_ports_are_reached_with_the_address_of_who_asks(gateway: World) -> None:
    assert ask(gateway, OUTSIDE, '192.0.2.1', 8080) == ('a1', '192.0.2.2')
    assert ask(gateway, OUTSIDE, '2001:db8::1', 8080) == ('a1', '2001:db8::2')
    assert [ask(gateway, OUTSIDE, '192.0.2.1', port) for port in (3306, 3307)] == [('b1', '192.0.2.2')] * 2
    assert ask(gateway, OUTSIDE, '192.0.2.1', 8081) == ('a1', '10.1.0.1')  # masquerade


def test_sources_are_let_in_and_others_are_not(gateway: World) -> None:
    assert ask(gateway, OUTSIDE, '192.0.2.1', 2222, FRIEND) == ('a2', FRIEND)
    assert refused(gateway, OUTSIDE, '192.0.2.1', 2222, STRANGER)
    assert refused(gateway, OUTSIDE, '192.0.2.1', 2222)


def test_published_ports_are_reached_from_behind_as_well(gateway: World) -> None:
    assert ask(gateway, 'a2', '192.0.2.1', 8080) == ('a1', '10.1.0.1')
    assert ask(gateway, 'a1', '192.0.2.1', 8080) == ('a1', '10.1.0.1')  # itself
    assert ask(gateway, 'a2', '2001:db8::1', 8080) == ('a1', 'fd01::1')
    assert ask(gateway, 'b1', '192.0.2.1', 8080) == ('a1', '10.2.0.2')
    assert ask(gateway, 'a1', '192.0.2.1', 3306) == (
        'b1',
        '10.1.0.2',
    )  # published is published, also to a network that is kept apart
    assert refused(gateway, 'a1', '10.1.0.1', 8080)  # the gateway itself


def test_networks_are_apart_but_for_those_that_may_reach_others(gateway: World) -> None:
    for address in ('10.2.0.2', 'fd02::2'):
        assert refused(gateway, 'a1', address)
    assert ask(gateway, 'b1', '10.1.0.2') == ('a1', '10.2.0.2')
    assert ask(gateway, 'b1', 'fd01::3') == ('a2', 'fd02::2')
    assert ask(gateway, 'a1', '10.1.0.3') == ('a2', '10.1.0.2')


def test_an_address_of_its_own_leads_in_and_out(gateway: World) -> None:
    assert ask(gateway, OUTSIDE, SECOND) == ('b1', '192.0.2.2')
    assert ask(gateway, OUTSIDE, SECOND, 3307) == ('b1', '192.0.2.2')
    assert ask(gateway, 'b1', '192.0.2.2') == (OUTSIDE, SECOND)
    assert ask(gateway, 'a1', SECOND) == ('b1', '10.1.0.2')
    assert ask(gateway, 'b1', SECOND) == ('b1', '10.2.0.1')


def sizes(world: World, source: str, address: str) -> list[int]:
    """The maximum segment size in each SYN for a server outside, as the wire has it."""
    wire = world.within(OUTSIDE, lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)))
    with wire:
        wire.settimeout(0.5)
        ask(world, source, address)
        found = []
        while True:
            try:
                frame = wire.recv(2000)
            except socket.timeout:
                return found
            start = {0x0800: 14 + (frame[14] & 15) * 4, 0x86DD: 54}.get(
                struct.unpack_from('!H', frame, 12)[0], 0
            )
            if (
                start
                and len(frame) >= start + 24
                and frame[start + 13] & 0x12 == 2
                and frame[start + 20 : start + 22] == b'\x02\x04'
            ):
                found.append(struct.unpack_from('!H', frame, start + 22)[0])


def test_segments_fit_the_way_out(tmp_path: pathlib.Path) -> None:
    with World() as world:
        furnish(world)
        world.run('ip link set uplink0 mtu 1400')
        play(world, tmp_path, mss='none')
        assert sizes(world, 'a1', '192.0.2.2') == [1460]
        play(world, tmp_path)
        assert sizes(world, 'a1', '192.0.2.2') == [1360]
        assert sizes(world, 'a1', '2001:db8::2') == [1340]
        play(world, tmp_path, mss=1200)
        assert sizes(world, 'a1', '192.0.2.2') == [1200]


def test_other_ways_of_translation(tmp_path: pathlib.Path) -> None:
    with World() as world:
        furnish(world)
        play(world, tmp_path, one_to_one=[], nat='snat', snat_to=SECOND, nat_ipv6='none')
        assert ask(world, 'a1', '192.0.2.2') == (OUTSIDE, SECOND)
        assert ask(world, 'a1', '2001:db8::2') == (OUTSIDE, 'fd01::2')
        play(world, tmp_path, nat='none', hairpin=False)
        assert ask(world, 'a1', '192.0.2.2') == (OUTSIDE, '10.1.0.2')
        assert refused(world, 'a2', '192.0.2.1', 8080)


def test_it_is_one_document_that_goes_without_a_trace(tmp_path: pathlib.Path) -> None:
    with World() as world:
        furnish(world)
        world.run('iptables -P FORWARD DROP')
        world.run('iptables -A FORWARD -s 203.0.113.0/24 -j ACCEPT')
        before = state(world)
        predicted = play(world, tmp_path, '--check', '--diff')
        assert state(world) == before
        done = play(world, tmp_path)
        assert done.names == predicted.names
        assert ask(world, 'a1', '192.0.2.2') == (OUTSIDE, '192.0.2.1')
        fewer = play(world, tmp_path, publish=ROLE['publish'][:2])
        assert {name.split(' ', 1)[1] for name in fewer.names} <= {
            'iptables host ipv4 nat mn-gateway-PREROUTING',
            'iptables host ipv4 nat mn-gateway-POSTROUTING',
            'iptables host ipv4 filter mn-gateway-FORWARD',
        }
        assert refused(world, OUTSIDE, '192.0.2.1', 2222, FRIEND)
        play(world, tmp_path, state='absent')
        assert state(world) == before


def test_a_namespace_as_the_gateway(tmp_path: pathlib.Path) -> None:
    with World() as world:
        world.run('ip netns add router')
        world.run('ip netns add guest')
        for command in (
            'ip -n router link set lo up',
            'ip -n router link add out type veth peer name in0 netns outside',
            'ip -n guest link set lo up',
            'ip -n router link add lan type veth peer name eth0 netns guest',
            'ip -n router address add 203.0.113.1/24 dev out',
            'ip -n outside address add 203.0.113.2/24 dev in0',
            'ip -n router address add 10.5.0.1/24 dev lan',
            'ip -n guest address add 10.5.0.2/24 dev eth0',
            'ip -n router link set out up',
            'ip -n router link set lan up',
            'ip -n outside link set in0 up',
            'ip -n guest link set eth0 up',
            'ip -n guest route add default via 10.5.0.1',
        ):
            world.run(command)
        world.serve(OUTSIDE)
        before = state(world)
        given = {
            'namespace': 'router',
            'uplinks': ['out'],
            'networks': [{'link': 'lan', 'subnets': ['10.5.0.0/24']}],
            'publish': [],
            'one_to_one': [],
        }
        play(world, tmp_path, **given)
        assert ask(world, 'guest', '203.0.113.2') == (OUTSIDE, '203.0.113.1')
        assert [line for line in state(world) if line not in before and not line.startswith('file ')] == []
        play(world, tmp_path, state='absent')
        assert state(world) == before


def test_what_is_wrong_is_told_at_once(tmp_path: pathlib.Path) -> None:
    with World() as world:
        before = state(world)
        told = play(
            world,
            tmp_path,
            check=False,
            networks=[{'link': 'br-a', 'subnets': ['10.1.0.5/24']}],
            publish=[{'port': 0, 'to': '10.9.0.9'}],
        )
        assert told.status
        for part in (
            'networks[0].subnets[0]: has host bits set',
            "publish[0].port: is not a port (found '0'",
        ):
            assert part in told.output, told.output
        assert state(world) == before
