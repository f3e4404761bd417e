# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Listeners of SCTP where the kernel need not have it: the firewall is shown with packets made by hand. Real
ones: molecule/kernels.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import socket
import struct
import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.engine.listeners.bindings import Binding
from ansible_collections.multinet.linux.plugins.module_utils.engine.listeners.firewall import (
    ProtectedEndpoint,
    document,
)
from ansible_collections.multinet.linux.plugins.module_utils.engine.listeners.units import render
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
from ansible_collections.multinet.linux.plugins.module_utils.objects.listener.parse import read_listener
from ansible_collections.multinet.linux.plugins.module_utils.values.endpoint import endpoint
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import Problems
from ansible_collections.multinet.linux.tests.integration.listener_world import (
    AGENTS,
    BALANCER,
    bind,
    furnish,
    listener,
)
from ansible_collections.multinet.linux.tests.integration.world import in_world, inside

DATA, INIT = 0, 1  # kinds of chunks
PORT = 3868
OWN = {4: '10.2.0.2', 6: 'fd02::2'}
NETWORKS = {'internal': ['10.2.0.0/24', 'fd02::/64'], 'external': []}


def raw(version: int) -> socket.socket:
    found = socket.socket(
        socket.AF_INET6 if version == 6 else socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_SCTP
    )
    found.settimeout(3)
    return found


def sent(namespace: str, version: int, chunk: int, number: int) -> str:
    """What becomes of a packet with one chunk: heard, or refused with an error."""
    packet = struct.pack('>HHII', 40000 + number, PORT, 0, 0) + struct.pack(
        '>BBHIIHHI', chunk, 0, 20, number + 1, 65536, 1, 1, number
    )
    with (
        contextlib.closing(raw(version)) as hears,
        contextlib.closing(inside(namespace, raw, version)) as sends,
    ):
        sends.connect((OWN[version], 0))
        sends.send(packet)
        sends.settimeout(0.05)
        for _try in range(60):
            with contextlib.suppress(TimeoutError):  # an error, or an answer of a kernel that has SCTP
                try:
                    sends.recv(1000)
                except OSError as exc:
                    if isinstance(exc, TimeoutError):
                        raise
                    return errno.errorcode[exc.errno or 0]
            with contextlib.suppress(BlockingIOError):
                hears.setblocking(False)
                if hears.recv(1000).endswith(packet):
                    return 'heard'
    raise AssertionError('it is gone')


def test_the_chunk_that_begins_an_association_is_what_the_firewall_looks_at() -> None:
    def body() -> None:
        furnish()
        places = [endpoint('', 'sctp', address, PORT) for address in OWN.values()]

        def protected(**how: t.Any) -> tuple[t.Any, ...]:
            layout = document(
                'sctp', [ProtectedEndpoint(place, 'internal', **how) for place in places], NETWORKS
            )
            done = converge(layout, check=False)
            assert converge(layout, check=False).changes == ()
            return done.changes

        ways = list(itertools.product((AGENTS, BALANCER), OWN, (DATA, INIT)))
        refusal = {4: 'ENOPROTOOPT', 6: 'ECONNREFUSED'}
        assert [sent(*way, number) for number, way in enumerate(ways)] == ['heard'] * len(ways)
        assert protected()
        for number, (source, version, chunk) in enumerate(ways):
            wanted = refusal[version] if (source, chunk) == (AGENTS, INIT) else 'heard'
            assert sent(source, version, chunk, number) == wanted, (source, version, chunk)
        protected(closed=True)
        for number, (source, version, chunk) in enumerate(ways):
            assert sent(source, version, chunk, number) == (refusal[version] if chunk == INIT else 'heard'), (
                source,
                version,
                chunk,
            )
        protected(closed=True, until='2001-01-01T00:00:00')  # drained long ago: what was under way ends too
        for number, (source, version, chunk) in enumerate(ways):
            assert sent(source, version, chunk, number) == refusal[version], (source, version, chunk)

    in_world(body)


def test_a_kernel_without_it_is_named() -> None:
    def body() -> None:
        furnish()
        try:
            socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_SCTP).close()
            lacking = False
        except OSError:
            lacking = True
        # TCP on the same port is another place, a second one of SCTP is the same.
        found = bind(listener('a', port=PORT, proto='sctp'), listener('b', port=PORT), fine=not lacking)
        assert (
            found.get('problems', [])
            == [
                'listeners[0].proto: is not in this kernel (found sctp); load its module (modprobe sctp), '
                'or install the package that has it'
            ]
            * lacking
        )
        problems = bind(
            listener('a', port=PORT, proto='sctp'), listener('b', 'any', PORT, 'sctp'), fine=False
        )['problems']
        assert problems[-1].startswith(
            'listeners[1]: b conflicts with a'
            ' (found sctp [::]:3868 for both families in host, and sctp 10.1.0.2:3868'
        )

    in_world(body)


def test_what_systemd_is_told() -> None:
    problems = Problems()
    one = read_listener(
        {
            'name': 'd',
            'address': 'any6',
            'scheme': 'diameter',
            'proto': 'sctp',
            'service': 'd.service',
            'activation': True,
        },
        '',
        problems,
    )
    assert one and not problems.found
    lines = render('lab', [Binding(one, endpoint('', 'sctp', '::', one.port, True))])[
        'multinet-lab-d.socket'
    ].splitlines()
    assert [line for line in lines if line.startswith(('Listen', 'Socket', 'BindIPv6'))] == [
        'ListenStream=[::]:3868',
        'SocketProtocol=sctp',
        'BindIPv6Only=ipv6-only',
    ]
