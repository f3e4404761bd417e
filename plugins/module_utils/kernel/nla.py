# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Netlink attributes by name: the number that the kernel has for each, and the form of its payload.

Names and numbers are those of linux/include/uapi/linux. pyroute2 has the same names and the same values.
"""

from __future__ import annotations

import ipaddress
import socket
import struct
import typing as t


class Form(t.NamedTuple):
    """How a payload is packed and unpacked. ``name`` is what the kernel and pyroute2 call it."""

    name: str
    pack: t.Callable[[t.Any], bytes]
    unpack: t.Callable[[bytes], t.Any]


class Nla(t.NamedTuple):
    """One attribute of a netlink message."""

    name: str
    number: int
    form: Form


def _number(name: str, layout: str) -> Form:
    structure = struct.Struct(layout)
    unpack = structure.unpack_from
    return Form(name, structure.pack, lambda data: unpack(data)[0])


def pack_text(text: str) -> bytes:
    return text.encode('utf-8') + b'\0'


def unpack_text(data: bytes) -> str:
    return data.split(b'\0', 1)[0].decode('utf-8', 'surrogateescape')


def pack_mac(mac: str) -> bytes:
    return bytes.fromhex(mac.replace(':', ''))


def unpack_mac(data: bytes) -> str | None:
    """The hardware address of an Ethernet device; None for tunnels, which have shorter and longer ones."""
    return data.hex(':') if len(data) == 6 else None


def pack_ip(ip: str) -> bytes:
    return socket.inet_pton(socket.AF_INET6 if ':' in ip else socket.AF_INET, ip)


def unpack_ip(data: bytes) -> str:
    if len(data) == 4:
        return socket.inet_ntop(socket.AF_INET, data)
    text = socket.inet_ntop(socket.AF_INET6, data)
    # Below ::/96 and ::ffff:0:0/96 the C library writes dots, where Python before 3.13 does not.
    return str(ipaddress.IPv6Address(data)) if '.' in text else text


U8, U16, U32 = _number('uint8', '=B'), _number('uint16', '=H'), _number('uint32', '=I')
S32 = _number('int32', '=i')
BE16, BE32 = _number('be16', '>H'), _number('be32', '>I')
TEXT = Form('asciiz', pack_text, unpack_text)
MAC = Form('l2addr', pack_mac, unpack_mac)
IP4, IP6 = Form('ip4addr', pack_ip, unpack_ip), Form('ip6addr', pack_ip, unpack_ip)
FLAG = Form('flag', lambda _value: b'', lambda _data: True)
