# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The error queue of a socket (ip(7), IP_RECVERR): what ICMP messages say about a packet that was sent."""

from __future__ import annotations

import contextlib
import socket
import struct
import typing as t

IP_RECVERR, IPV6_RECVERR = 11, 25  # linux/in.h, linux/in6.h
_RECEIVE_ERRORS = {
    'ipv4': (socket.IPPROTO_IP, IP_RECVERR),
    'ipv6': (socket.IPPROTO_IPV6, IPV6_RECVERR),
}
_MSG_ERRQUEUE = 0x2000
_EXTENDED_ERROR = struct.Struct('=IBBBBII')  # struct sock_extended_err, linux/errqueue.h
_SO_EE_ORIGIN_ICMP, _SO_EE_ORIGIN_ICMP6 = 2, 3
# Codes of "destination unreachable" that a firewall or an administrator sends: RFC 1812 5.2.7.1, RFC 4443
# 3.1.
_PROHIBITED = {_SO_EE_ORIGIN_ICMP: (3, (9, 10, 13)), _SO_EE_ORIGIN_ICMP6: (1, (1, 5, 6))}


class IcmpError(t.NamedTuple):
    """An ICMP message: its type and code, who sent it, and the start of the packet that caused it."""

    origin: int
    type: int
    code: int
    sender: str
    packet: bytes

    @property
    def prohibited(self) -> bool:
        """Whether a firewall or an administrator refuses the packet."""
        unreachable, codes = _PROHIBITED.get(self.origin, (-1, ()))
        return self.type == unreachable and self.code in codes

    def text(self) -> str:
        version = 'v6' if self.origin == _SO_EE_ORIGIN_ICMP6 else ''
        return 'ICMP%s type %d code %d from %s' % (
            version,
            self.type,
            self.code,
            self.sender or 'this host',
        )


def enable(sock: socket.socket, family: str) -> None:
    """Makes the kernel keep the ICMP errors of *sock*. Raises OSError."""
    sock.setsockopt(*_RECEIVE_ERRORS[family], 1)


def next_error(sock: socket.socket) -> IcmpError | None:
    """The next ICMP message in the error queue. Leaves *sock* non-blocking."""
    sock.setblocking(False)  # Python would wait for a packet, not for an error
    with contextlib.suppress(OSError):
        while True:
            packet, ancillary, _flags, _peer = sock.recvmsg(512, 512, _MSG_ERRQUEUE)
            for _level, _type, data in ancillary:
                error = _decode(data, packet)
                if error is not None:
                    return error
    return None


def _decode(data: bytes, packet: bytes) -> IcmpError | None:
    if len(data) < _EXTENDED_ERROR.size:
        return None
    _errno, origin, kind, code, _pad, _info, _data = _EXTENDED_ERROR.unpack_from(data)
    if origin not in _PROHIBITED:
        return None
    return IcmpError(origin, kind, code, _sender(data[_EXTENDED_ERROR.size :]), packet)


def _sender(data: bytes) -> str:
    """The address in the struct sockaddr that follows a struct sock_extended_err."""
    if len(data) >= 8 and data[:2] == struct.pack('=H', socket.AF_INET):
        return socket.inet_ntop(socket.AF_INET, data[4:8])
    if len(data) >= 24 and data[:2] == struct.pack('=H', socket.AF_INET6):
        return socket.inet_ntop(socket.AF_INET6, data[8:24])
    return ''
