# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What leaks between namespaces that shall be separate: each kind is planted, found, and gone with what was
planted.
"""

from __future__ import annotations

import os
import re
import socket
import threading
import time

from ansible_collections.multinet.linux.tests.integration import world
from ansible_collections.multinet.linux.tests.integration.leaks_world import Leaks, furnish, kinds, told
from ansible_collections.multinet.linux.tests.integration.reachability_world import OWN, PEER


def _clean() -> list[Leaks]:
    furnish()
    world.run('ip link add up0 type veth peer name up1')
    world.run('ip link set up0 up')
    # The host forwards, and has the same network for a third time.
    world.run('sysctl -qw net.ipv4.ip_forward=1')
    world.run('sysctl -qw net.ipv6.conf.all.forwarding=1')
    world.run('ip address add %s/24 dev up0' % OWN)
    server = world.inside('red', socket.create_server, (OWN, 80))
    same = world.inside('blue', socket.create_server, (OWN, 80))
    with server, same, world.inside('red', socket.create_connection, (OWN, 80)):
        return [told(), told('host', 'red', 'blue')]


def test_the_same_network_address_gateway_and_name_server_on_purpose_are_no_leak() -> None:
    assert world.in_world(_clean) == [[], []]


def _links() -> None:
    furnish()
    world.run('ip link add to-blue netns red type veth peer name to-red netns blue')
    assert told() == [
        ('link', 'frames pass over red/to-blue - blue/to-red; remove it, or name it in crossings.links')
    ]
    for name in ('to-blue', 'red/to-blue', 'blue/to-red'):
        assert not told(crossings={'links': [name]}), name
    assert kinds(crossings={'links': ['host/to-blue']}) == ['link']
    # A bridge of a third namespace, with ports that lead to both, and then do not hear each other.
    world.run('ip -n red link del to-blue')
    world.run('ip link add br0 type bridge')
    for side in ('red', 'blue'):
        world.run('ip link add p-%s master br0 type veth peer name eth1 netns %s' % (side, side))
    assert told() == [
        (
            'link',
            'frames pass over red/eth1 - host/p-red - host/br0 - host/p-blue - blue/eth1; remove it, or'
            ' name it in crossings.links',
        )
    ]
    for side in ('red', 'blue'):
        world.run('ip link set p-%s type bridge_slave isolated on' % side)
    assert not told() and kinds('host', 'red') == ['link']
    world.run('ip link del p-red')
    # A link of one that stands on a link of the other.
    world.run('ip link add link br0 name mv0 netns red type macvlan mode bridge')
    assert told('host', 'red') == [
        ('link', 'frames pass over host/br0 - red/mv0; remove it, or name it in crossings.links')
    ]
    assert not told('host', 'red', crossings={'links': ['br0']})
    world.run('ip -n red link del mv0')
    assert not told('host', 'red') and not told()
    os.mknod('/run/netns/crimson')
    world.run('mount --bind /run/netns/red /run/netns/crimson')
    assert told('red', 'crimson') == [('namespace', 'both names are of one and the same namespace')]


def test_links_that_lead_from_one_to_the_other() -> None:
    world.in_world(_links)


def _forwarding() -> None:
    furnish()
    for side, net in (('red', 1), ('blue', 2)):
        world.run('ip link add to-%s type veth peer name up0 netns %s' % (side, side))
        world.run('ip address add 10.7.%d.1/24 dev to-%s' % (net, side))
        world.run('ip -n %s address add 10.7.%d.2/24 dev up0' % (side, net))
        world.run('ip link set to-%s up' % side)
        world.run('ip -n %s link set up0 up' % side)
        world.run('ip -n %s route replace default via 10.7.%d.1' % (side, net))

    def passes() -> bool:
        """Whether packets really pass from red to blue."""
        return ' 0% packet loss' in world.run('ip netns exec red ping -n -q -c 1 -W 1 10.7.2.2', check=False)

    assert not told() and not passes()
    world.run('sysctl -qw net.ipv4.ip_forward=1')
    deadline = time.monotonic() + 60
    while not passes():
        assert time.monotonic() < deadline
    over = (
        'IPv4 passes from red to blue over red/up0 - host/to-red - host/to-blue - blue/up0;'
        ' turn forwarding off, or name host in crossings.forwarding'
    )
    assert told() == [('forwarding', over)]
    assert not told(crossings={'forwarding': ['host']})
    # Of packets that come in by a link this switch alone decides.
    world.run('sysctl -qw net.ipv4.conf.to-red.forwarding=0')
    assert not passes()
    assert [text[:30] for _kind, text in told()] == ['IPv4 passes from blue to red o']
    world.run('sysctl -qw net.ipv4.ip_forward=0')
    world.run('sysctl -qw net.ipv6.conf.all.forwarding=1')
    assert [text[:30] for _kind, text in told()] == ['IPv6 passes from red to blue o']
    world.run('sysctl -qw net.ipv6.conf.all.forwarding=0')
    assert not told() and not passes()
    # A link that may be there makes one of both a router between them.
    allowed = {'links': ['to-red']}
    assert not told('host', 'red', crossings=allowed)
    world.run('ip netns exec red sysctl -qw net.ipv4.ip_forward=1')
    assert told('host', 'red', crossings=allowed) == [
        (
            'forwarding',
            'red forwards IPv4 between up0, which leads to host, and eth0; '
            'turn forwarding off, or name red in crossings.forwarding',
        )
    ]
    assert not told('host', 'red', crossings={**allowed, 'forwarding': ['red']})


def test_namespaces_that_forward_between_them() -> None:
    world.in_world(_forwarding)


def _addresses_and_routes() -> None:
    furnish()
    world.run('ip -n red address add 10.5.0.9/24 dev eth0')
    world.run('ip -n blue address add 10.5.0.9/32 dev lo')
    assert told() == [
        (
            'address',
            '10.5.0.9 is on red/eth0 as /24 and on blue/lo as /32, so it is not the same network twice;'
            ' remove one',
        )
    ]
    assert not told(crossings={'networks': ['10.5.0.0/24']})
    world.run('ip -n blue address del 10.5.0.9/32 dev lo')
    world.run('ip -n blue address add 10.5.0.9/24 dev eth0')
    assert not told()
    assert told(overlap=False)[0] == (
        'address',
        'the networks of 10.0.0.5/24 on red/eth0 and 10.0.0.5/24 on blue/eth0 overlap; renumber one, or'
        ' set overlap: true',
    )
    assert [kind for kind, _text in told(overlap=False)] == ['address'] * 3 + ['dns']
    assert [
        kind
        for kind, _text in told(
            overlap=False, crossings={'networks': ['10.0.0.0/24', 'fd00::/64'], 'nameservers': [PEER]}
        )
    ] == ['address']
    world.run('ip -n blue address del 10.5.0.9/24 dev eth0')
    for route in ('10.5.0.0/24', '10.5.0.128/25', '10.5.0.9/32'):
        world.run('ip -n blue route add %s via %s' % (route, PEER))
        assert told() == [
            (
                'route',
                'blue has a route to %s via 10.0.0.1 dev eth0, which is in the network of'
                ' 10.5.0.9/24 on red/eth0; '
                'remove it, or name it in crossings.networks' % route,
            )
        ]
        assert not told(crossings={'networks': ['10.5.0.0/16']})
        world.run('ip -n blue route del ' + route)
    # What hides the network of the other, and what goes everywhere, tells nothing of it.
    world.run('ip -n blue route add unreachable 10.5.0.0/24')
    world.run('ip -n blue route add 10.0.0.0/8 via ' + PEER)
    assert not told()


def test_addresses_and_routes_of_the_other() -> None:
    world.in_world(_addresses_and_routes)


def _neighbours() -> None:
    furnish()
    # Somebody joins the wires behind both peers: nothing of this host's tells, but what was heard.
    for side in ('red', 'blue'):
        world.run('ip -n %s address flush dev eth0' % (side + '-peer'))
        world.run('ip link add br0 netns %s-peer type bridge' % side)
        world.run('ip -n %s-peer link set br0 up' % side)
        world.run('ip -n %s-peer link set eth0 master br0' % side)
    assert not told()
    world.run('ip link add cable netns red-peer type veth peer name cable netns blue-peer')
    for side in ('red', 'blue'):
        world.run('ip -n %s-peer link set cable master br0 up' % side)
    world.run('ip -n red address add 10.0.0.6/24 dev eth0')
    world.run('ip -n blue address add 10.0.0.7/24 dev eth0')
    deadline = time.monotonic() + 60
    while ' 0% packet loss' not in world.run(
        'ip netns exec blue ping -n -q -c 1 -W 1 -I 10.0.0.7 10.0.0.6', check=False
    ):
        assert time.monotonic() < deadline
    mac = world.run('ip netns exec red cat /sys/class/net/eth0/address').strip()
    # The cable is a link of this host, so it is told too, unless it is named.
    assert {'link', 'neighbour'} == set(kinds())
    found = told(crossings={'links': ['cable']})
    assert (
        'neighbour',
        'blue knows the neighbour 10.0.0.6 at %s on eth0, which is red/eth0; separate the links' % mac,
    ) in found, found
    assert {kind for kind, _text in found} == {'neighbour'}
    assert not told(crossings={'links': ['eth0']})


def test_neighbours_that_are_the_other() -> None:
    world.in_world(_neighbours)


def _sockets() -> None:
    furnish()
    world.run('ip -n red address add 10.5.0.9/24 dev eth0')

    def freely_bound(kind: int) -> socket.socket:
        found = socket.socket(socket.AF_INET, kind)
        found.setsockopt(socket.IPPROTO_IP, 15, 1)  # IP_FREEBIND
        found.bind(('10.5.0.9', 5060))
        return found

    with world.inside('blue', freely_bound, socket.SOCK_STREAM) as server:
        server.listen()
        # The process that the module runs in has it too, for it is a child of this one; and a smaller number,
        # if numbers have begun anew between them.
        held = re.escape('tcp 10.5.0.9:5060 in blue is bound to an address of red, held by ') + r'(\d+) \('
        [(kind, text)] = told()
        holder = re.match(held, text)
        assert kind == 'socket' and holder and int(holder.group(1)) <= os.getpid(), (kind, text)
        assert not told(crossings={'networks': ['10.5.0.9']})
    with world.inside('blue', freely_bound, socket.SOCK_DGRAM):
        assert kinds() == ['socket']
    assert not told()


def test_sockets_with_an_address_of_the_other() -> None:
    world.in_world(_sockets)


def _while_it_changes() -> None:
    furnish()
    over = threading.Event()

    def stir() -> None:
        while not over.is_set():
            world.run('ip netns add green')
            world.run('ip link add g0 type veth peer name g1 netns green', check=False)
            world.run('ip netns del green')

    stirring = threading.Thread(target=stir)
    stirring.start()
    try:
        for _number in range(8):
            assert not told()
    finally:
        over.set()
        stirring.join()


def test_others_may_come_and_go_meanwhile() -> None:
    world.in_world(_while_it_changes)
