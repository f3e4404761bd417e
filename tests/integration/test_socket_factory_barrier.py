# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a socket that was handed out can be used for: its peer, whatever its holder does, with and without the
rules of nft.
"""

from __future__ import annotations

import errno
import ipaddress
import os
import pathlib
import signal
import socket
import struct
import typing as t

from ansible_collections.multinet.linux.roles.socket_factory.files import socket_factory_client
from ansible_collections.multinet.linux.tests.integration import world
from ansible_collections.multinet.linux.tests.integration.factory_world import (
    CALLING,
    CLIENT,
    FACTORY,
    PATH,
    as_client,
    factory,
    greeting,
    load_rules,
)

T = t.TypeVar('T')

# include/uapi/asm-generic/socket.h, include/uapi/linux/ipv6.h
SO_ATTACH_FILTER, SO_DETACH_FILTER, SO_LOCK_FILTER = 26, 27, 44
COUNTERS = (
    'table inet seen { counter four { }; counter six { };'
    ' chain early { type filter hook prerouting priority -300;'
    ' ip hdrlength > 5 counter name four; ip6 nexthdr 43 counter name six; }; }'
)
CAP_NET_ADMIN = 12  # include/uapi/linux/capability.h
SOCKETS_OF_ROOT = {'users': ['0', str(CLIENT)]}


def taken(host: str = '10.0.0.1', port: int = 80) -> socket.socket:
    return world.inside('sig', socket_factory_client.connect, PATH, host, port)


def set_free(link: socket.socket) -> socket.socket:
    """connect(2) with AF_UNSPEC dissolves the association."""
    assert world._libc.connect(link.fileno(), b'\0' * 16, 16) == 0
    return link


def outcome(function: t.Callable[..., T], *args: t.Any) -> T | str:
    try:
        return function(*args)
    except OSError as exc:
        return errno.errorcode.get(exc.errno or 0, str(exc))


def again(link: socket.socket, host: str, port: int) -> str:
    """What comes of pointing a socket elsewhere."""

    def hear() -> str:
        set_free(link).settimeout(1)
        link.connect((host, port))
        return link.makefile().readline().strip()

    return outcome(hear)


def _another_way() -> None:
    with factory():

        def pointed(host: str, port: int) -> str:
            with socket_factory_client.connect(PATH, '10.0.0.1', 80) as link:
                return again(link, host, port)

        assert as_client(pointed, '10.0.0.2', 80) == 'ECONNREFUSED'
        assert as_client(pointed, '10.0.0.1', 82) == 'ECONNREFUSED'
        assert as_client(pointed, '10.0.0.1', 81) == 'timed out'  # on the list, but not its peer
        assert as_client(pointed, '10.0.0.1', 80) == '10.0.0.9 80'


def test_a_socket_cannot_be_pointed_elsewhere() -> None:
    world.in_world(_another_way)


def _flushed() -> None:
    with factory(**SOCKETS_OF_ROOT) as (daemon, _peer):
        idle, busy, other, sixth = taken(), taken(), taken(), taken('fd00::1')
        world.run('ip netns exec mgmt nft flush ruleset')  # what restarting nftables.service begins with
        assert again(idle, '10.0.0.2', 80) == 'timed out'
        assert again(other, '10.0.0.1', 82) == 'timed out'
        assert again(sixth, '::ffff:10.0.0.2', 80) in ('ENETUNREACH', 'EINVAL', 'EAFNOSUPPORT')
        assert again(sixth, 'fd00::1', 80) == 'fd00::9 80'
        assert busy.makefile().readline() == '10.0.0.9 80\n'
        # The daemon ends by itself, so that systemd starts it again, and with it the rules.
        assert daemon.wait(30) == 1
        assert daemon.stderr and 'egress is not confined: the rules' in daemon.stderr.read()
        assert again(idle, '10.0.0.2', 80) == 'timed out'


def test_a_flushed_ruleset_sets_no_socket_free() -> None:
    world.in_world(_flushed)


def _without_rules() -> None:
    with factory(**SOCKETS_OF_ROOT):
        assert greeting('10.0.0.1', 80) == '10.0.0.9 80'  # so it has started
        load_rules('delete')
        assert 'egress is not confined' in greeting('10.0.0.1', 80)


def test_nothing_is_handed_out_once_the_rules_are_gone() -> None:
    world.in_world(_without_rules)


def _call(source: tuple[str, int], place: tuple[str, int]) -> str:
    def call() -> str:
        with socket.socket(socket.AF_INET6 if ':' in source[0] else socket.AF_INET) as caller:
            caller.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            caller.bind(source)
            caller.settimeout(1)
            caller.connect(place)
        return 'came in'

    return world.inside('peer', outcome, call)


def _reached() -> None:
    with factory(**SOCKETS_OF_ROOT):
        # What a full queue of connections brings about: no packet of the handshake has an owner (tcp(7)).
        world.run('ip netns exec mgmt sysctl -q -w net.ipv4.tcp_syncookies=2')
        with (
            world.inside('peer', socket.create_server, ('10.0.0.1', CALLING)) as peer,
            taken(port=CALLING) as link,
        ):
            peer.accept()[0].close()
            peer.close()
            set_free(link).listen()
            place = ('10.0.0.9', link.getsockname()[1])
            assert _call(('10.0.0.2', 0), place) == 'timed out'
            assert _call(('10.0.0.1', 0), place) == 'timed out'
            assert _call(('10.0.0.1', CALLING), place) == 'timed out'  # not even its peer may
            link.setblocking(False)
            assert outcome(link.accept) == 'EAGAIN'
        with taken('fd00::1') as link:
            set_free(link).listen()
            assert _call(('fd00::1', 0), ('fd00::9', link.getsockname()[1])) == 'timed out'
            assert _call(('10.0.0.1', 0), ('10.0.0.9', link.getsockname()[1])) == 'ECONNREFUSED'


def test_nobody_comes_in_by_a_socket_that_listens() -> None:
    world.in_world(_reached)


def _bound() -> None:
    with factory(**SOCKETS_OF_ROOT):
        for host, anywhere in (('10.0.0.1', '0.0.0.0'), ('fd00::1', '::')):
            with taken(host) as link:
                port = link.getsockname()[1]
                assert link.type == socket.SOCK_STREAM and link.proto in (0, socket.IPPROTO_TCP)
                set_free(link)
                assert outcome(link.bind, (anywhere, 8443)) == 'EINVAL'
                link.listen()
                assert link.getsockname()[1] == port
        with taken('fd00::1') as link:
            set_free(link)
            assert outcome(link.setsockopt, socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0) == 'EINVAL'


def test_no_other_port_can_be_bound() -> None:
    world.in_world(_bound)


def _locked() -> None:
    with factory(**SOCKETS_OF_ROOT), taken() as link:
        for option, value in (
            (SO_DETACH_FILTER, struct.pack('i', 0)),
            (SO_LOCK_FILTER, struct.pack('i', 0)),
            (SO_ATTACH_FILTER, struct.pack('HP', 0, 0)),
        ):
            assert outcome(link.setsockopt, socket.SOL_SOCKET, option, value) == 'EPERM', option
        assert link.makefile().readline() == '10.0.0.9 80\n'


def test_the_filter_of_a_socket_stays() -> None:
    world.in_world(_locked)


def _detour() -> None:
    """By way of a host on the list to one that is not, if the first one forwards by source routes."""
    with factory(**SOCKETS_OF_ROOT):
        world.run('ip netns exec peer nft -f -', text=COUNTERS)
        with taken() as link:
            set_free(link)
            # A loose source route (RFC 791): its length, where it is read, and the hops.
            route = b'\x83\x07\x04' + socket.inet_aton('10.0.0.1') + b'\0'
            link.setsockopt(socket.IPPROTO_IP, socket.IP_OPTIONS, route)
            link.settimeout(1)
            assert outcome(link.connect, ('10.0.0.2', 80)) == 'timed out'
        with taken('fd00::1') as link:
            set_free(link)
            # A segment routing header (RFC 8754): the length in 8 bytes, type 4, 1 segment left of 2.
            header = struct.pack('BBBBBBH', 0, 4, 4, 1, 1, 0, 0)
            header += ipaddress.ip_address('fd00::2').packed + ipaddress.ip_address('fd00::1').packed
            link.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RTHDR, header)
            link.settimeout(1)
            assert outcome(link.connect, ('fd00::2', 80)) == 'timed out'
        seen = world.run('ip netns exec peer nft list counters')
        assert seen.count('packets 0') == 2, seen


def test_no_packet_has_a_source_route() -> None:
    world.in_world(_detour)


def _capabilities(process: str) -> tuple[str, str]:
    """The owner of a process, and its effective capabilities."""
    lines = pathlib.Path('/proc/%s/status' % process).read_text().splitlines()
    status = dict(line.split(':\t', 1) for line in lines if ':\t' in line)
    return status['Uid'].split()[1], status['CapEff']


def _processes() -> None:
    with factory(**SOCKETS_OF_ROOT) as (daemon, _peer):
        assert greeting('10.0.0.1', 80) == '10.0.0.9 80'
        maker = pathlib.Path('/proc/%d/task/%d/children' % (daemon.pid, daemon.pid)).read_text().strip()
        assert _capabilities(str(daemon.pid)) == (str(FACTORY), '%016x' % 0)
        assert _capabilities(maker) == (str(FACTORY), '%016x' % (1 << CAP_NET_ADMIN))
        os.kill(int(maker), signal.SIGKILL)
        assert daemon.wait(30) == 1
        assert daemon.stderr and 'the process that makes sockets has ended' in daemon.stderr.read()


def test_who_answers_clients_has_no_capability() -> None:
    world.in_world(_processes)
