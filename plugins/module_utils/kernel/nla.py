# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Netlink attributes (struct nlattr in linux/include/uapi/linux/netlink.h): type, length, payload.

One packer and one parser for rtnetlink, nfnetlink and sock_diag; and by name, the number that the kernel has
for each attribute and the form of its payload. Names and numbers are those of linux/include/uapi/linux, see
uapi.py. pyroute2 has the same names and the same values.
"""

from __future__ import annotations

import ipaddress
import socket
import struct
import typing as t

NLA_F_NESTED = 0x8000
NLA_TYPE_MASK = 0x3FFF  # without NLA_F_NESTED and NLA_F_NET_BYTEORDER
HEADER = struct.Struct('=HH')
_HEADER_SIZE = 4
_PADDING = (b'', b'\0\0\0', b'\0\0', b'\0')

Attributes = dict[int, bytes]
"""Payloads by type."""


def pack_attribute(type_: int, payload: bytes) -> bytes:
    """One attribute, padded to a multiple of four bytes."""
    return HEADER.pack(len(payload) + _HEADER_SIZE, type_) + payload + _PADDING[len(payload) & 3]


def parse_attributes(data: bytes, offset: int = 0, end: int | None = None) -> Attributes:
    """The attributes in ``data[offset:end]``. Where a type occurs twice, the last one counts."""
    attributes: Attributes = {}
    if end is None:
        end = len(data)
    unpack = HEADER.unpack_from
    while offset + 4 <= end:
        size, type_ = unpack(data, offset)
        if size < 4:
            break
        attributes[type_ & 0x3FFF] = data[offset + 4 : offset + size]  # NLA_TYPE_MASK
        offset += (size + 3) & ~3
    return attributes


def parse_list(data: bytes, type_: int) -> t.Iterator[bytes]:
    """The payloads of all attributes of one type, in their order: some lists, such as IFLA_PROP_LIST, repeat
    it."""
    offset = 0
    while offset + _HEADER_SIZE <= len(data):
        size, found_type = HEADER.unpack_from(data, offset)
        if size < _HEADER_SIZE:
            break
        if found_type & NLA_TYPE_MASK == type_:
            yield data[offset + _HEADER_SIZE : offset + size]
        offset += (size + 3) & ~3


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
        return _to_text(_IPV4, data)
    text = _to_text(_IPV6, data)
    # Below ::/96 and ::ffff:0:0/96 the C library writes dots, where Python before 3.13 does not.
    return str(ipaddress.IPv6Address(data)) if '.' in text else text


# Looked up once: thousands of addresses are in a dump.
_to_text, _IPV4, _IPV6 = socket.inet_ntop, socket.AF_INET.value, socket.AF_INET6.value

U8, U16, U32 = _number('uint8', '=B'), _number('uint16', '=H'), _number('uint32', '=I')
U64 = _number('uint64', '=Q')
S32 = _number('int32', '=i')
BE16, BE32, BE64 = _number('be16', '>H'), _number('be32', '>I'), _number('be64', '>Q')
TEXT = Form('asciiz', pack_text, unpack_text)
MAC = Form('l2addr', pack_mac, unpack_mac)
IP4, IP6 = Form('ip4addr', pack_ip, unpack_ip), Form('ip6addr', pack_ip, unpack_ip)
IP = Form('ipaddr', pack_ip, unpack_ip)  # of the family of the message
RAW = Form('hex', bytes, bytes)  # what is decoded elsewhere, or nowhere
FLAG = Form('flag', lambda _value: b'', lambda _data: True)


def pair_of(name: str, layout: str) -> Form:
    """Two numbers, one after the other."""
    structure = struct.Struct(layout)
    return Form(name, lambda pair: structure.pack(*pair), structure.unpack_from)


def _parse_numbered(data: bytes) -> list[bytes]:
    return list(parse_attributes(data).values())


def list_of(member: Form, number: int | None = None) -> Form:
    """A nest of payloads of one form: all of them under one number, or counted from 0 without it."""

    def pack(values: t.Sequence[t.Any]) -> bytes:
        numbers = range(len(values)) if number is None else [number] * len(values)
        return b''.join([pack_attribute(each, member.pack(value)) for each, value in zip(numbers, values)])

    def unpack(data: bytes) -> tuple[t.Any, ...]:
        payloads = _parse_numbered(data) if number is None else parse_list(data, number)
        return tuple(map(member.unpack, payloads))

    return Form('nested', pack, unpack)
