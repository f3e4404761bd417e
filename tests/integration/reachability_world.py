# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two namespaces with the same network, the same own address and the same gateway, and a peer on the wire of
each that says who it is.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
import typing as t

from .module_calls import call
from .world import inside, run

SIDES = ('red', 'blue')
OWN, PEER = '10.0.0.5', '10.0.0.1'
OWN6, PEER6 = 'fd00::5', 'fd00::1'
MUTE = 9  # a port of UDP that hears and says nothing
SHORT = {'expect': 'silent', 'timeout': 0.2, 'tries': 2}  # keys of a probe that is not answered
Probe = dict[str, t.Any]


def furnish() -> None:
    """Namespaces red and blue, each on a wire with red-peer and blue-peer."""
    for side in SIDES:
        peer = side + '-peer'
        run('ip netns add ' + side)
        run('ip netns add ' + peer)
        run('ip link add eth0 netns %s type veth peer name eth0 netns %s' % (side, peer))
        for name, own, own6 in ((side, OWN, OWN6), (peer, PEER, PEER6)):
            run('ip -n %s address add %s/24 dev eth0' % (name, own))
            run('ip -n %s address add %s/64 dev eth0 nodad' % (name, own6))
            run('ip -n %s link set eth0 addrgenmode none' % name)
            run('ip -n %s link set lo up' % name)
            run('ip -n %s link set eth0 up' % name)
        run('ip -n %s route add default via %s' % (side, PEER))
    deadline = time.monotonic() + 120
    for side in SIDES:  # a wire that has just come up loses packets for a while
        for address in (PEER, PEER6):
            while ' 0% packet loss' not in run(
                'ip netns exec %s ping -n -q -c 1 -W 1 %s' % (side, address), check=False
            ):
                assert time.monotonic() < deadline


def _serve_tcp(server: socket.socket, name: str) -> None:
    while True:
        link, peer = server.accept()
        with link, contextlib.suppress(OSError):
            link.settimeout(5)
            if server.getsockname()[1] == 80:
                asked = link.recv(4096).split(b' ')[1]
                body = ('%s sees %s' % (name, peer[0])).encode()
                status = b'404 Not Found' if asked == b'/none' else b'200 OK'
                link.sendall(
                    b'HTTP/1.1 %s\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n'
                    % (status, len(body), body)
                )
            else:
                link.sendall(('%s sees %s\n' % (name, peer[0])).encode())
                link.sendall(link.recv(100))


def _serve_udp(server: socket.socket, name: str) -> None:
    while True:
        data, peer = server.recvfrom(4096)
        if server.getsockname()[1] == 53:
            answer = dns_answer(data, name)
            if answer:
                server.sendto(answer, peer)
        elif server.getsockname()[1] != MUTE:
            server.sendto(('%s sees %s, heard ' % (name, peer[0])).encode() + data, peer)


def dns_answer(asked: bytes, name: str) -> bytes:
    """As a name server would: NAME.example is 192.0.2.1, refused.example is refused, mute.example is not
    answered; others do not exist.
    """
    label = asked[13 : 13 + asked[12]].decode()
    kind = struct.unpack_from('>H', asked, len(asked) - 4)[0]
    flags = {'refused': 0x8185, name: 0x8180}.get(label, 0x8183)
    data = b'\xc0\0\2\1' if kind == 1 else b'\xfd' + bytes(14) + b'\1'
    record = struct.pack('>HHHIH', 0xC00C, kind, 1, 60, len(data)) + data if label == name else b''
    return (
        b''
        if label == 'mute'
        else asked[:2] + struct.pack('>HHHHH', flags, 1, bool(record), 0, 0) + asked[12:] + record
    )


def serve() -> None:
    """Servers on both peers, as threads that end with this process: HTTP on 80, TCP on 7, names on 53, UDP on
    7, and one that is mute.
    """
    for side in SIDES:
        for address in (PEER, PEER6):
            family = socket.AF_INET6 if ':' in address else socket.AF_INET
            for kind, port in (('tcp', 80), ('tcp', 7), ('udp', 53), ('udp', 7), ('udp', MUTE)):
                server = inside(
                    side + '-peer',
                    socket.socket,
                    family,
                    socket.SOCK_STREAM if kind == 'tcp' else socket.SOCK_DGRAM,
                )
                server.bind((address, port))
                if kind == 'tcp':
                    server.listen()
                threading.Thread(
                    target=_serve_tcp if kind == 'tcp' else _serve_udp, args=(server, side), daemon=True
                ).start()


def reach(*probes: dict[str, t.Any], check: bool = False, **more: t.Any) -> dict[str, t.Any]:
    """The result of the module; what is not said of a probe is that it has much time, for this machine may be
    busy.
    """
    args = {'timeout': 20, 'tries': 1, **more}
    if probes:
        args['probes'] = list(probes)
    return call('reachability', args, check)
