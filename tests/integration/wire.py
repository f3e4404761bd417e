# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What passes on a link, as packet(7) tells it: each TCP and UDP packet with its way and its two ends."""

from __future__ import annotations

import socket
import struct
import typing as t

from .world import inside

_ETH_P_ALL = 3
_SOL_PACKET, _PACKET_STATISTICS, _SO_RCVBUFFORCE = 263, 6, 33
_BUFFER = 8 << 20
_IP = {0x0800: socket.AF_INET, 0x86DD: socket.AF_INET6}
_NAMES = {socket.IPPROTO_TCP: 'tcp', socket.IPPROTO_UDP: 'udp'}


class Packet(t.NamedTuple):
    """``source`` and ``destination`` are address and port."""

    leaves: bool
    proto: str
    source: tuple[str, int]
    destination: tuple[str, int]


class Wire:
    """A link that is listened to from now on. It is read by :meth:`packets`, once, and is to be used with
    ``with``."""

    def __init__(self, namespace: str, link: str) -> None:
        self.link = link
        self.sock = inside(namespace, socket.socket, socket.AF_PACKET, socket.SOCK_DGRAM, 0)
        self.sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _BUFFER)
        inside(namespace, self.sock.bind, (link, _ETH_P_ALL))

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.sock.close()

    def packets(self) -> list[Packet]:
        """What has passed since the last call. None of it is lost."""
        self.sock.setblocking(False)
        found = []
        while True:
            try:
                data, (_link, kind, way, *_rest) = self.sock.recvfrom(128)
            except BlockingIOError:
                break
            packet = _read(data, _IP.get(kind), way == socket.PACKET_OUTGOING)
            found += [packet] if packet else []
        _number, lost = struct.unpack('II', self.sock.getsockopt(_SOL_PACKET, _PACKET_STATISTICS, 8))
        assert lost == 0, '%d packets on %s were not heard' % (lost, self.link)
        return found


def _read(data: bytes, family: int | None, leaves: bool) -> Packet | None:
    if family is None:
        return None
    at, proto, first, size = (
        ((data[0] & 15) * 4, data[9], 12, 4) if family == socket.AF_INET else (40, data[6], 8, 16)
    )
    if proto not in _NAMES:
        return None
    ports = struct.unpack_from('>HH', data, at)
    source, destination = (
        (socket.inet_ntop(family, data[first + number * size : first + (number + 1) * size]), ports[number])
        for number in (0, 1)
    )
    return Packet(leaves, _NAMES[proto], source, destination)
