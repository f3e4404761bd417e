# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The connections that the kernel knows, and forgetting some of them (linux/include/uapi/linux/netfilter/nfnetlink_conntrack.h)."""

from __future__ import annotations

import ipaddress
import socket
import struct
import typing as t

from . import nfnetlink

_GET, _DELETE = (1 << 8 | number for number in (1, 2))
_ORIG, _REPLY, _ID, _ZONE = 1, 2, 12, 18
_TUPLE_IP, _TUPLE_PROTO = 1, 2
_ADDRESSES = {'ipv4': (1, 2), 'ipv6': (3, 4)}
_PROTO_NUM, _PROTO_SRC_PORT, _PROTO_DST_PORT = 1, 2, 3
_NLM_F_ACK, _NLM_F_DUMP, _NESTED = 4, 0x300, 0x8000

Address = t.Union[ipaddress.IPv4Address, ipaddress.IPv6Address]


class Way(t.NamedTuple):
    """One direction of a connection; ports are 0 where its protocol has none."""

    source: Address
    destination: Address
    source_port: int
    destination_port: int


class Connection(t.NamedTuple):
    """``there`` is the direction of its first packet before any translation, ``back`` that of the answers. ``key`` names it."""

    protocol: int
    there: Way
    back: Way
    key: bytes


def _way(data: bytes, family: str) -> tuple[int, Way]:
    parts = nfnetlink.attributes(data)
    addresses, protocol = nfnetlink.attributes(parts[_TUPLE_IP]), nfnetlink.attributes(parts[_TUPLE_PROTO])
    source, destination = (ipaddress.ip_address(addresses[number]) for number in _ADDRESSES[family])
    ports = [
        int.from_bytes(protocol.get(number, b''), 'big') for number in (_PROTO_SRC_PORT, _PROTO_DST_PORT)
    ]
    return protocol[_PROTO_NUM][0], Way(source, destination, *ports)


def _packed(kind: int, data: bytes) -> bytes:
    return struct.pack('=HH', len(data) + 4, kind) + data + bytes(-len(data) % 4)


def connections(sock: socket.socket, family: str) -> list[Connection]:
    """Those of the namespace that *sock* was opened in."""
    found = []
    number = socket.AF_INET if family == 'ipv4' else socket.AF_INET6
    for _kind, _family, parts in nfnetlink.ask(sock, _GET, _NLM_F_DUMP, number):
        protocol, there = _way(parts[_ORIG], family)
        key = _packed(_ORIG | _NESTED, parts[_ORIG]) + b''.join(
            _packed(kind, parts[kind]) for kind in (_ZONE, _ID) if kind in parts
        )
        found.append(Connection(protocol, there, _way(parts[_REPLY], family)[1], key))
    return found


def forget(sock: socket.socket, family: str, connection: Connection) -> None:
    """Have the kernel forget a connection; one that it has forgotten already is fine."""
    number = socket.AF_INET if family == 'ipv4' else socket.AF_INET6
    for _answer in nfnetlink.ask(sock, _DELETE, _NLM_F_ACK, number, connection.key):
        pass
