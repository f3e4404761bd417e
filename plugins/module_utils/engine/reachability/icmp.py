# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ICMP and ICMPv6 echo requests, over a raw socket: ping sockets depend on a sysctl (icmp(7),
ping_group_range).
"""

from __future__ import annotations

import os
import socket
import struct

from ...objects.reachability import OPEN, SILENT, Probe
from ...values.names import family_of
from . import icmp_errors
from .connection import MOST_BYTES, NO_ANSWER, Deadline, Verdict, connect, source_of, verdict_on

_ECHO = struct.Struct('>BBHHH')  # type, code, checksum, identifier, sequence number
_TYPES = {'ipv4': (8, 0), 'ipv6': (128, 129)}  # echo request and echo reply
_PROTOCOLS = {'ipv4': socket.IPPROTO_ICMP, 'ipv6': socket.IPPROTO_ICMPV6}


def checksum(data: bytes) -> int:
    """The Internet checksum, RFC 1071."""
    total = sum(struct.unpack('>%dH' % (len(data) // 2), data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


def _request(family: str) -> bytes:
    kind = _TYPES[family][0]
    identifier, sequence = int.from_bytes(os.urandom(2), 'big'), int.from_bytes(os.urandom(2), 'big')
    payload = b'multinet' + os.urandom(8)
    packet = _ECHO.pack(kind, 0, 0, identifier, sequence) + payload
    # The kernel puts in the checksum of ICMPv6.
    return _ECHO.pack(kind, 0, checksum(packet), identifier, sequence) + payload


def _is_reply(packet: bytes, request: bytes, family: str) -> bool:
    if family == 'ipv4' and packet:  # a raw socket receives the IP header too
        packet = packet[(packet[0] & 15) * 4 :]
    return len(packet) >= _ECHO.size and packet[0] == _TYPES[family][1] and packet[4:] == request[4:]


def probe_icmp(probe: Probe, deadline: Deadline) -> Verdict:
    family = family_of(probe.to)
    request = _request(family)
    with connect(probe, deadline, socket.SOCK_RAW, _PROTOCOLS[family], port=0) as sock:
        source = source_of(sock)
        try:
            sock.send(request)
        except OSError as exc:
            return verdict_on(exc, sock)
        while deadline.limit(sock):
            try:
                if _is_reply(sock.recv(MOST_BYTES), request, family):
                    return Verdict(OPEN, 'echoed', source)
            except OSError as exc:
                icmp = icmp_errors.next_error(sock)
                # All raw sockets that are connected to a destination get its errors. Only one about our
                # packet counts.
                if icmp is None or not icmp.packet or request[4:8] in icmp.packet:
                    return verdict_on(exc, sock, icmp)
    return Verdict(SILENT, NO_ANSWER, source)
