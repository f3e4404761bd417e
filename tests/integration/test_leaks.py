# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What leaks between namespaces that shall be separate: each kind is planted, found, and gone with what was
planted.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import socket
import subprocess
import threading
import time
import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.engine.leaks.resolvers import (
    hosts_line,
    servers_in,
)
from ansible_collections.multinet.linux.tests.integration import world
from ansible_collections.multinet.linux.tests.integration.etc_world import own_etc
from ansible_collections.multinet.linux.tests.integration.reachability_world import OWN, PEER, furnish, reach

Leaks = list[tuple[str, str]]


def _told(*separate: str, **more: t.Any) -> Leaks:
    done = reach(separate=list(separate or ('red', 'blue')), **more)
    assert 'leaks' in done and bool(done.get('failed')) == bool(done['leaks']), done
    return [(leak['kind'], leak['text']) for leak in done['leaks']]


def _kinds(*separate: str, **more: t.Any) -> list[str]:
    return sorted({kind for kind, _text in _told(*separate, **more)})


def _furnish() -> None:
    own_etc()
    furnish()
    for side in ('red', 'blue'):
        folder = pathlib.Path('/etc/netns', side)
        folder.mkdir(parents=True)
        (folder / 'resolv.conf').write_text('nameserver %s\n' % PEER)  # the same address, on the wire of each
        (folder / 'nsswitch.conf').write_text('hosts: files dns\n')


def _clean() -> list[Leaks]:
    _furnish()
    world.run('ip link add up0 type veth peer name up1')
    world.run('ip link set up0 up')
    # The host forwards, and has the same network for a third time.
    world.run('sysctl -qw net.ipv4.ip_forward=1')
    world.run('sysctl -qw net.ipv6.conf.all.forwarding=1')
    world.run('ip address add %s/24 dev up0' % OWN)
    server = world.inside('red', socket.create_server, (OWN, 80))
    same = world.inside('blue', socket.create_server, (OWN, 80))
    with server, same, world.inside('red', socket.create_connection, (OWN, 80)):
        return [_told(), _told('host', 'red', 'blue')]


def test_the_same_network_address_gateway_and_name_server_on_purpose_are_no_leak() -> None:
    assert world.in_world(_clean) == [[], []]


def _links() -> None:
    _furnish()
    world.run('ip link add to-blue netns red type veth peer name to-red netns blue')
    assert _told() == [
        ('link', 'frames pass over red/to-blue - blue/to-red; remove it, or name it in crossings.links')
    ]
    for name in ('to-blue', 'red/to-blue', 'blue/to-red'):
        assert not _told(crossings={'links': [name]}), name
    assert _kinds(crossings={'links': ['host/to-blue']}) == ['link']
    # A bridge of a third namespace, with ports that lead to both, and then do not hear each other.
    world.run('ip -n red link del to-blue')
    world.run('ip link add br0 type bridge')
    for side in ('red', 'blue'):
        world.run('ip link add p-%s master br0 type veth peer name eth1 netns %s' % (side, side))
    assert _told() == [
        (
            'link',
            'frames pass over red/eth1 - host/p-red - host/br0 - host/p-blue - blue/eth1; remove it, or name it in crossings.links',
        )
    ]
    for side in ('red', 'blue'):
        world.run('ip link set p-%s type bridge_slave isolated on' % side)
    assert not _told() and _kinds('host', 'red') == ['link']
    world.run('ip link del p-red')
    # A link of one that stands on a link of the other.
    world.run('ip link add link br0 name mv0 netns red type macvlan mode bridge')
    assert _told('host', 'red') == [
        ('link', 'frames pass over host/br0 - red/mv0; remove it, or name it in crossings.links')
    ]
    assert not _told('host', 'red', crossings={'links': ['br0']})
    world.run('ip -n red link del mv0')
    assert not _told('host', 'red') and not _told()
    os.mknod('/run/netns/crimson')
    world.run('mount --bind /run/netns/red /run/netns/crimson')
    assert _told('red', 'crimson') == [('namespace', 'both names are of one and the same namespace')]


def test_links_that_lead_from_one_to_the_other() -> None:
    world.in_world(_links)


def _forwarding() -> None:
    _furnish()
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

    assert not _told() and not passes()
    world.run('sysctl -qw net.ipv4.ip_forward=1')
    deadline = time.monotonic() + 60
    while not passes():
        assert time.monotonic() < deadline
    over = 'IPv4 passes from red to blue over red/up0 - host/to-red - host/to-blue - blue/up0; turn forwarding off, or name host in crossings.forwarding'
    assert _told() == [('forwarding', over)]
    assert not _told(crossings={'forwarding': ['host']})
    # Of packets that come in by a link this switch alone decides.
    world.run('sysctl -qw net.ipv4.conf.to-red.forwarding=0')
    assert not passes()
    assert [text[:30] for _kind, text in _told()] == ['IPv4 passes from blue to red o']
    world.run('sysctl -qw net.ipv4.ip_forward=0')
    world.run('sysctl -qw net.ipv6.conf.all.forwarding=1')
    assert [text[:30] for _kind, text in _told()] == ['IPv6 passes from red to blue o']
    world.run('sysctl -qw net.ipv6.conf.all.forwarding=0')
    assert not _told() and not passes()
    # A link that may be there makes one of both a router between them.
    allowed = {'links': ['to-red']}
    assert not _told('host', 'red', crossings=allowed)
    world.run('ip netns exec red sysctl -qw net.ipv4.ip_forward=1')
    assert _told('host', 'red', crossings=allowed) == [
        (
            'forwarding',
            'red forwards IPv4 between up0, which leads to host, and eth0; '
            'turn forwarding off, or name red in crossings.forwarding',
        )
    ]
    assert not _told('host', 'red', crossings={**allowed, 'forwarding': ['red']})


def test_namespaces_that_forward_between_them() -> None:
    world.in_world(_forwarding)


def _addresses_and_routes() -> None:
    _furnish()
    world.run('ip -n red address add 10.5.0.9/24 dev eth0')
    world.run('ip -n blue address add 10.5.0.9/32 dev lo')
    assert _told() == [
        (
            'address',
            '10.5.0.9 is on red/eth0 as /24 and on blue/lo as /32, so it is not the same network twice; remove one',
        )
    ]
    assert not _told(crossings={'networks': ['10.5.0.0/24']})
    world.run('ip -n blue address del 10.5.0.9/32 dev lo')
    world.run('ip -n blue address add 10.5.0.9/24 dev eth0')
    assert not _told()
    assert _told(overlap=False)[0] == (
        'address',
        'the networks of 10.0.0.5/24 on red/eth0 and 10.0.0.5/24 on blue/eth0 overlap; renumber one, or set overlap: true',
    )
    assert [kind for kind, _text in _told(overlap=False)] == ['address'] * 3 + ['dns']
    assert [
        kind
        for kind, _text in _told(
            overlap=False, crossings={'networks': ['10.0.0.0/24', 'fd00::/64'], 'nameservers': [PEER]}
        )
    ] == ['address']
    world.run('ip -n blue address del 10.5.0.9/24 dev eth0')
    for route in ('10.5.0.0/24', '10.5.0.128/25', '10.5.0.9/32'):
        world.run('ip -n blue route add %s via %s' % (route, PEER))
        assert _told() == [
            (
                'route',
                'blue has a route to %s via 10.0.0.1 dev eth0, and that is in the network of 10.5.0.9/24 on red/eth0; '
                'remove it, or name it in crossings.networks' % route,
            )
        ]
        assert not _told(crossings={'networks': ['10.5.0.0/16']})
        world.run('ip -n blue route del ' + route)
    # What hides the network of the other, and what goes everywhere, tells nothing of it.
    world.run('ip -n blue route add unreachable 10.5.0.0/24')
    world.run('ip -n blue route add 10.0.0.0/8 via ' + PEER)
    assert not _told()


def test_addresses_and_routes_of_the_other() -> None:
    world.in_world(_addresses_and_routes)


def _neighbours() -> None:
    _furnish()
    # Somebody joins the wires behind both peers: nothing of this host's tells, but what was heard.
    for side in ('red', 'blue'):
        world.run('ip -n %s address flush dev eth0' % (side + '-peer'))
        world.run('ip link add br0 netns %s-peer type bridge' % side)
        world.run('ip -n %s-peer link set br0 up' % side)
        world.run('ip -n %s-peer link set eth0 master br0' % side)
    assert not _told()
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
    assert {'link', 'neighbour'} == set(_kinds())
    found = _told(crossings={'links': ['cable']})
    assert (
        'neighbour',
        'blue has heard of 10.0.0.6 at %s on eth0, and that is red/eth0; part the wires' % mac,
    ) in found, found
    assert {kind for kind, _text in found} == {'neighbour'}
    assert not _told(crossings={'links': ['eth0']})


def test_neighbours_that_are_the_other() -> None:
    world.in_world(_neighbours)


def _sockets() -> None:
    _furnish()
    world.run('ip -n red address add 10.5.0.9/24 dev eth0')

    def freely_bound(kind: int) -> socket.socket:
        found = socket.socket(socket.AF_INET, kind)
        found.setsockopt(socket.IPPROTO_IP, 15, 1)  # IP_FREEBIND
        found.bind(('10.5.0.9', 5060))
        return found

    with world.inside('blue', freely_bound, socket.SOCK_STREAM) as server:
        server.listen()
        # The process that the module runs in has it too, for it is a child of this one.
        held = 'tcp 10.5.0.9:5060 in blue is bound to an address of red, held by %d (' % os.getpid()
        assert [(kind, text[: len(held)]) for kind, text in _told()] == [('socket', held)]
        assert not _told(crossings={'networks': ['10.5.0.9']})
    with world.inside('blue', freely_bound, socket.SOCK_DGRAM):
        assert _kinds() == ['socket']
    assert not _told()


def test_sockets_with_an_address_of_the_other() -> None:
    world.in_world(_sockets)


@contextlib.contextmanager
def _living(*words: str) -> t.Iterator[subprocess.Popen[str]]:
    """A process that lives in red until the block ends."""
    with subprocess.Popen(
        [*words, 'sh', '-c', 'echo ready; read -r line'],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None and process.stdout.readline() == 'ready\n'
        try:
            yield process
        finally:
            process.kill()


def _names() -> None:
    _furnish()
    red, switch = pathlib.Path('/etc/netns/red/resolv.conf'), pathlib.Path('/etc/netns/red/nsswitch.conf')
    pathlib.Path('/etc/netns/blue/resolv.conf').write_text('nameserver 192.0.2.53\nnameserver 127.0.0.1\n')
    assert not _told() and not _told('host', 'red')
    red.write_text('nameserver 127.0.0.1\n nameserver 192.0.2.53\noptions timeout:1\n')
    both = (
        '192.0.2.53 is asked for the names of both (/etc/netns/red/resolv.conf of red, /etc/netns/blue/resolv.conf of blue); '
        'give each servers of its own, or name it in crossings.nameservers'
    )
    assert _told() == [('dns', both)]
    assert not _told(crossings={'nameservers': ['192.0.2.53']})
    # Without a file of its own it asks the host's servers, which is not on purpose.
    red.unlink()
    for group in (('host', 'red'), ('red', 'host')):
        assert [
            (kind, '/etc/resolv.conf, for there is no /etc/netns/red/resolv.conf of red' in text)
            for kind, text in _told(*group)
        ] == [('dns', True)]
    assert not _told()
    # A process that was not given the files of the namespace.
    red.write_text('nameserver %s\n' % PEER)
    with _living('ip', 'netns', 'exec', 'red'):
        assert not _told('host', 'red')
    with _living('nsenter', '--net=/run/netns/red') as process:
        assert _told('host', 'red') == [
            (
                'dns',
                '192.0.2.1 is asked for the names of both (/etc/resolv.conf of host, the /etc/resolv.conf of process '
                '%d (sh) of red); give each servers of its own, or name it in crossings.nameservers'
                % process.pid,
            )
        ]
    # "ip netns exec" binds over what /etc/resolv.conf points to; who looks from outside has to follow the
    # link inside.
    os.mkdir('/run/elsewhere')
    os.symlink('elsewhere', '/run/there')
    pathlib.Path('/run/elsewhere/resolv.conf').write_text('nameserver 192.0.2.1\n')
    os.unlink('/etc/resolv.conf')
    os.symlink('../run/there/resolv.conf', '/etc/resolv.conf')
    with _living('ip', 'netns', 'exec', 'red'):
        assert not _told('host', 'red')
    os.unlink('/etc/resolv.conf')
    os.symlink('/run/there/resolv.conf', '/etc/resolv.conf')
    with _living('ip', 'netns', 'exec', 'red'):
        assert not _told('host', 'red')
    with _living('nsenter', '--net=/run/netns/red'):
        assert _kinds('host', 'red') == ['dns']
    # Programs that answer from the host's network, whoever asks.
    switch.unlink()
    assert not _told('host', 'red')
    os.makedirs('/run/systemd/resolve')
    with socket.socket(socket.AF_UNIX) as resolved:
        resolved.bind('/run/systemd/resolve/io.systemd.Resolve')
        assert _told('host', 'red') == [
            (
                'dns',
                'nss-resolve answers for red from the network of the host (/etc/nsswitch.conf); leave files and dns alone '
                'in its nsswitch.conf, and hide the socket',
            )
        ]
        assert not _told()  # blue has its own
        switch.write_text('hosts: files dns\n')
        with _living('ip', 'netns', 'exec', 'red'):
            assert not _told('host', 'red')
        with _living('nsenter', '--net=/run/netns/red') as process:
            assert (
                'nss-resolve answers for red from the network of the host (process %d (sh))' % process.pid
                in str(_told('host', 'red'))
            )
    os.mkdir('/run/nscd')
    with socket.socket(socket.AF_UNIX) as nscd, _living('ip', 'netns', 'exec', 'red') as process:
        assert not _told('host', 'red')
        nscd.bind('/run/nscd/socket')
        assert _told('host', 'red') == [
            (
                'dns',
                'nscd answers for red from the network of the host (process %d (sh)); leave files and dns alone in its '
                'nsswitch.conf, and hide the socket' % process.pid,
            )
        ]
        # As a unit does that must not see it.
        with _living(
            'unshare',
            '--mount',
            'sh',
            '-c',
            'mount -t tmpfs hidden /run/nscd && exec ip netns exec red "$@"',
            'sh',
        ):
            process.kill()
            process.wait()
            assert not _told('host', 'red')


def test_names_that_are_asked_for_elsewhere() -> None:
    world.in_world(_names)


def test_files_about_names() -> None:
    assert servers_in(
        ' nameserver FD00::1%eth0\n#nameserver 192.0.2.1\nnameserver\nnameserver\t192.0.2.2 x\nsearch nameserver\n'
    ) == ['fd00::1', '192.0.2.2']
    assert servers_in(None) == [] and hosts_line(None) == [] and hosts_line('passwd: files\n') == []
    assert hosts_line('# hosts: no\nhosts:\tfiles resolve [!UNAVAIL=return] dns # mdns\n') == [
        'files',
        'resolve',
        '[!UNAVAIL=return]',
        'dns',
    ]


def _while_it_changes() -> None:
    _furnish()
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
            assert not _told()
    finally:
        over.set()
        stirring.join()


def test_others_may_come_and_go_meanwhile() -> None:
    world.in_world(_while_it_changes)
