# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The conflict table: what the model says of two sockets is what the kernel does, and with reuse options
stays what it says.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import socket
import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.values.endpoint import (
    Endpoint,
    conflict,
    endpoint,
)
from ansible_collections.multinet.linux.tests.integration.world import in_world, run

PORT = 5060
PLACES = ('0.0.0.0', '10.9.0.1', '10.9.0.2', '127.0.0.1', '::', ':: only', 'fd09::1', '::ffff:10.9.0.1')
# Of two specific IPv4 addresses nothing is the same; the others of a row with 10.9.0.1, in the order of
# PLACES.
TABLE = """
0.0.0.0          X X X X X . . X
10.9.0.1         X X . . X . . X
10.9.0.2         X . X . X . . .
127.0.0.1        X . . X X . . .
::               X X X X X X X X
::_only          . . . . X X X .
fd09::1          . . . . X X X .
::ffff:10.9.0.1  X X . . X . . X
"""
DEVICES = ('', 'up0', 'up1')
NONE, ADDRESS, PORT_REUSE = 'none', 'SO_REUSEADDR', 'SO_REUSEPORT'


def verdict(first: tuple[str, str], second: tuple[str, str], proto: str) -> bool:
    def of(place: str, device: str) -> Endpoint:
        address, _blank, only = place.partition(' ')
        return endpoint('', proto, address, PORT, bool(only), device)

    return conflict(of(*first), of(*second))


def opened(place: str, device: str, proto: str, reuse: str) -> socket.socket:
    address, _blank, only = place.partition(' ')
    family = socket.AF_INET6 if ':' in address else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM if proto == 'tcp' else socket.SOCK_DGRAM)
    try:
        if family == socket.AF_INET6:
            found.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, bool(only))
        if reuse != NONE:
            found.setsockopt(socket.SOL_SOCKET, getattr(socket, reuse), 1)
        if device:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
        found.bind((address, PORT))
        if proto == 'tcp':
            found.listen()
    except OSError:
        found.close()
        raise
    return found


def refused(first: tuple[str, str], second: tuple[str, str], proto: str, reuse: str = NONE) -> bool:
    with contextlib.closing(opened(*first, proto, reuse)):
        try:
            opened(*second, proto, reuse).close()
        except OSError as exc:
            if exc.errno != errno.EADDRINUSE:
                raise
            return True
    return False


def furnish() -> None:
    run('ip link add up0 type veth peer name up1')
    for link, number in (('up0', 1), ('up1', 2)):
        run('ip address add 10.9.0.%d/24 dev %s' % (number, link))
        run('ip link set %s up' % link)
    run('ip address add fd09::1/64 dev up0 nodad')


Answers = dict[tuple[t.Any, ...], bool]


def every_cell() -> Answers:
    """Whether the kernel refuses the second socket, for each pair of places, protocol and reuse option."""
    furnish()
    return {
        (first, second, proto, reuse): refused((first, ''), (second, ''), proto, reuse)
        for first, second, proto, reuse in itertools.product(
            PLACES, PLACES, ('tcp', 'udp'), (NONE, ADDRESS, PORT_REUSE)
        )
    }


def with_devices() -> Answers:
    furnish()
    places = list(itertools.product(('0.0.0.0', '10.9.0.1', '::', ':: only', 'fd09::1'), DEVICES))
    return {
        (one, other, proto): refused(one, other, proto)
        for one, other in itertools.product(places, repeat=2)
        for proto in ('tcp', 'udp')
    }


def test_every_cell_of_the_table() -> None:
    answers = in_world(every_cell)
    table = {}
    for line in TABLE.split('\n')[1:-1]:
        one, *cells = line.split()
        table.update({(one.replace('_', ' '), other): cell == 'X' for other, cell in zip(PLACES, cells)})
    assert len(table) == len(PLACES) ** 2
    for (one, other), refused in table.items():
        for proto in ('tcp', 'udp'):
            assert verdict((one, ''), (other, ''), proto) == refused, (one, other, proto)
            assert answers[one, other, proto, NONE] == refused, (one, other, proto)


def test_the_kernel_lets_in_what_the_model_refuses_where_sockets_ask_for_reuse() -> None:
    answers = in_world(every_cell)
    for (one, other, proto, reuse), kernel in answers.items():
        model = verdict((one, ''), (other, ''), proto)
        if reuse == PORT_REUSE or reuse == ADDRESS and proto == 'udp':
            assert not kernel, (one, other, proto, reuse)  # so it is no judge of a set
        else:
            assert model == kernel, (
                one,
                other,
                proto,
                reuse,
            )  # of TCP one that listens is in the way all the same


def test_devices_part_wildcards() -> None:
    for (one, other, proto), kernel in in_world(with_devices).items():
        assert verdict(one, other, proto) == kernel, (one, other, proto)


def test_other_namespaces_ports_and_protocols_are_apart() -> None:
    here = endpoint('', 'tcp', '0.0.0.0', PORT)
    for there in (here._replace(namespace='blue'), here._replace(proto='udp'), here._replace(port=PORT + 1)):
        assert not conflict(here, there) and not conflict(there, here)
    assert conflict(here, here)
