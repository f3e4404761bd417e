# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The connections that the kernel tracks, and forgetting some of them.

Sources of the numbers: linux/include/uapi/linux/netfilter/{nfnetlink,nfnetlink_conntrack}.h.
"""

from __future__ import annotations

import ipaddress
import socket
import typing as t

from . import nfnetlink
from .nla import NLA_F_NESTED, pack_attribute, parse_attributes
from .uapi import NLM_F_ACK, NLM_F_DUMP

_NFNL_SUBSYS_CTNETLINK = 1 << 8
_IPCTNL_MSG_CT_GET, _IPCTNL_MSG_CT_DELETE = _NFNL_SUBSYS_CTNETLINK | 1, _NFNL_SUBSYS_CTNETLINK | 2
_CTA_TUPLE_ORIG, _CTA_TUPLE_REPLY, _CTA_ID, _CTA_ZONE = 1, 2, 12, 18
_CTA_TUPLE_IP, _CTA_TUPLE_PROTO = 1, 2
_CTA_IP_V4_SRC, _CTA_IP_V4_DST, _CTA_IP_V6_SRC, _CTA_IP_V6_DST = 1, 2, 3, 4
_CTA_PROTO_NUM, _CTA_PROTO_SRC_PORT, _CTA_PROTO_DST_PORT = 1, 2, 3
_ADDRESSES = {'ipv4': (_CTA_IP_V4_SRC, _CTA_IP_V4_DST), 'ipv6': (_CTA_IP_V6_SRC, _CTA_IP_V6_DST)}
_FAMILIES = {'ipv4': socket.AF_INET, 'ipv6': socket.AF_INET6}

Address = t.Union[ipaddress.IPv4Address, ipaddress.IPv6Address]


class Direction(t.NamedTuple):
    """One direction of a connection; ports are 0 where its protocol has none."""

    source: Address
    destination: Address
    source_port: int
    destination_port: int


class Flow(t.NamedTuple):
    """``there`` is the direction of its first packet before any translation, ``back`` that of the answers.
    ``key`` identifies it in a request."""

    protocol: int
    there: Direction
    back: Direction
    key: bytes


def _direction(data: bytes, family: str) -> tuple[int, Direction]:
    """Protocol and direction in a CTA_TUPLE."""
    parts = parse_attributes(data)
    addresses = parse_attributes(parts[_CTA_TUPLE_IP])
    protocol = parse_attributes(parts[_CTA_TUPLE_PROTO])
    source, destination = (ipaddress.ip_address(addresses[type_]) for type_ in _ADDRESSES[family])
    source_port, destination_port = (
        int.from_bytes(protocol.get(type_, b''), 'big')
        for type_ in (_CTA_PROTO_SRC_PORT, _CTA_PROTO_DST_PORT)
    )
    return protocol[_CTA_PROTO_NUM][0], Direction(source, destination, source_port, destination_port)


def connections(sock: socket.socket, family: str) -> list[Flow]:
    """All connections in the namespace that *sock* was opened in."""
    result = []
    for _type, _family, parts in nfnetlink.ask(sock, _IPCTNL_MSG_CT_GET, NLM_F_DUMP, _FAMILIES[family]):
        protocol, there = _direction(parts[_CTA_TUPLE_ORIG], family)
        _protocol, back = _direction(parts[_CTA_TUPLE_REPLY], family)
        key = pack_attribute(_CTA_TUPLE_ORIG | NLA_F_NESTED, parts[_CTA_TUPLE_ORIG])
        for type_ in (_CTA_ZONE, _CTA_ID):
            if type_ in parts:
                key += pack_attribute(type_, parts[type_])
        result.append(Flow(protocol, there, back, key))
    return result


def forget(sock: socket.socket, family: str, connection: Flow) -> None:
    """Have the kernel forget a connection. No error if it has done so already."""
    for _answer in nfnetlink.ask(sock, _IPCTNL_MSG_CT_DELETE, NLM_F_ACK, _FAMILIES[family], connection.key):
        pass
