# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the kernel has in one namespace, decoded from its dumps.

Sources of the numbers: linux/include/uapi/linux/{if_link,if_addr,rtnetlink,fib_rules,if_bridge}.h. A conformance test
holds every field against pyroute2's decoders.
"""

from __future__ import annotations

import ipaddress
import socket
import struct

from ..kernel import netlink, uapi
from ..kernel.netlink import messages_of
from ..kernel.nla import Attributes, pack_attribute, parse_attributes
from ..values.names import ANY
from .address.value import SCOPES as ADDRESS_SCOPES
from .address.value import Address
from .link.codec import ASK_LINKS, FoundLink
from .link.codec import dump_links as links
from .route import value as route_model
from .route.value import Hop, Route
from .rule import value as rule_model
from .rule.value import Rule

_ADDRESS = struct.Struct('=BBBBI')
_ROUTE = struct.Struct('=BBBBBBBBI')
_HOP = struct.Struct('=HBBi')
_U8, _U16, _U32, _I32 = struct.Struct('=B'), struct.Struct('=H'), struct.Struct('=I'), struct.Struct('=i')
_SPAN = struct.Struct('=HH')
_USERS = struct.Struct('=II')

IFA_F_SECONDARY, IFA_F_NODAD, IFA_F_PERMANENT, IFA_F_NOPREFIXROUTE = 0x01, 0x02, 0x80, 0x200
IFA_F_DADFAILED, IFA_F_TENTATIVE = 0x08, 0x40
RTM_F_CLONED = 0x200
RTNH_F_ONLINK = 4
FIB_RULE_INVERT = 2

ASK_ADDRESSES = _ADDRESS.pack(0, 0, 0, 0, 0)
ASK_ROUTES = _ROUTE.pack(0, 0, 0, 0, 0, 0, 0, 0, 0)
ASK_RULES = _ROUTE.pack(0, 0, 0, 0, 0, 0, 0, 0, 0)

_ADDRESS_SCOPES = {number: name for name, number in ADDRESS_SCOPES.items()}
_ROUTE_SCOPES = {number: name for name, number in route_model.SCOPES.items()}
_ROUTE_TYPES = {number: name for name, number in route_model.TYPES.items()}
_METRICS = {number: name for name, number in route_model.METRICS.items()}
_ACTIONS = {number: name for name, number in rule_model.ACTIONS.items()}
_FAMILIES = {socket.AF_INET: 'ipv4', socket.AF_INET6: 'ipv6'}


def _ip(family: int, data: bytes) -> str:
    text = socket.inet_ntop(family, data)
    if (
        family == socket.AF_INET6 and '.' in text
    ):  # below ::/96 and ::ffff:0:0/96 the C library spells it unlike Python
        return str(ipaddress.IPv6Address(data))
    return text


def _text(data: bytes) -> str:
    return data.split(b'\0', 1)[0].decode('utf-8', 'surrogateescape')


def addresses(sock: netlink.Socket, namespace: str, names: dict[int, str]) -> list[Address]:
    """The addresses that somebody gave: not those that the kernel made itself or that expire."""
    return netlink.stable_dump(
        sock, uapi.RTM_GETADDR, ASK_ADDRESSES, lambda datagrams: _addresses(datagrams, namespace, names)
    )


def _addresses(datagrams: list[bytes], namespace: str, names: dict[int, str]) -> list[Address]:
    result = []
    for data, start, end in messages_of(datagrams):
        family, length, flags, scope, index = _ADDRESS.unpack_from(data, start)
        if family not in _FAMILIES or index not in names:
            continue
        found = parse_attributes(data, start + 8, end)
        if 8 in found:
            flags = _U32.unpack(found[8])[0]
        protocol = found[11][0] if 11 in found else 0
        if not flags & IFA_F_PERMANENT or protocol in (1, 2, 3):  # IFAPROT_KERNEL_LO, _RA, _LL
            continue
        link = names[index]
        label = _text(found[3]) if 3 in found else None
        result.append(
            Address(
                namespace,
                link,
                '%s/%d' % (_ip(family, found.get(2) or found[1]), length),
                None if label == link else label,
                _ADDRESS_SCOPES.get(scope, str(scope)),
                not flags & IFA_F_NOPREFIXROUTE,
                dad=not flags & IFA_F_NODAD and family == socket.AF_INET6,
                secondary=bool(flags & IFA_F_SECONDARY) and family == socket.AF_INET,
                protocol=protocol,
            )
        )
    return result


def _hops(data: bytes, family: int, names: dict[int, str]) -> tuple[Hop, ...]:
    result = []
    offset = 0
    while offset + 8 <= len(data):
        size, flags, weight, index = _HOP.unpack_from(data, offset)
        if size < 8:
            break
        below = parse_attributes(data, offset + 8, offset + size)
        result.append(
            Hop(_gateway(below, family), names.get(index, ''), weight + 1, bool(flags & RTNH_F_ONLINK))
        )
        offset += (size + 3) & ~3
    return tuple(sorted(result))


def _gateway(found: Attributes, family: int) -> str:
    if 5 in found:
        return _ip(family, found[5])
    via = found.get(18)  # RTA_VIA: a gateway of the other family
    return _ip(_U16.unpack_from(via)[0], via[2:]) if via else ''


def routes(sock: netlink.Socket, namespace: str, names: dict[int, str]) -> list[Route]:
    """The routes that somebody gave, in the kernel's order; those that the kernel makes from addresses are left out."""
    return netlink.stable_dump(
        sock, uapi.RTM_GETROUTE, ASK_ROUTES, lambda datagrams: _routes(datagrams, namespace, names)
    )


def _routes(datagrams: list[bytes], namespace: str, names: dict[int, str]) -> list[Route]:
    result = []
    for data, start, end in messages_of(datagrams):
        family, length, _source, tos, table, protocol, scope, kind, flags = _ROUTE.unpack_from(data, start)
        if (
            family not in _FAMILIES or protocol in (1, 2) or flags & RTM_F_CLONED
        ):  # RTPROT_REDIRECT, RTPROT_KERNEL
            continue
        found = parse_attributes(data, start + 12, end)
        if 15 in found:
            table = _U32.unpack(found[15])[0]
        if 9 in found:
            hops = _hops(found[9], family, names)
        elif kind in (6, 7, 8, 9):  # an IPv6 route without a link stands on lo
            hops = ()
        else:
            index = _U32.unpack(found[4])[0] if 4 in found else 0
            hops = (Hop(_gateway(found, family), names.get(index, ''), 1, bool(flags & RTNH_F_ONLINK)),)
        metrics = (
            tuple(
                sorted(
                    (_METRICS[number], _U32.unpack(value)[0])
                    for number, value in parse_attributes(found[8]).items()
                    if number in _METRICS
                )
            )
            if 8 in found
            else ()
        )
        to = '%s/%d' % (_ip(family, found[1]), length) if 1 in found else ANY[_FAMILIES[family]]
        result.append(
            Route(
                namespace,
                to,
                hops,
                table,
                _U32.unpack(found[6])[0] if 6 in found else 0,
                _ROUTE_TYPES.get(kind, str(kind)),
                _ip(family, found[7]) if 7 in found else '',
                'global' if family == socket.AF_INET6 else _ROUTE_SCOPES.get(scope, str(scope)),
                tos,
                metrics,
                protocol,
                found[20][0] if 20 in found else 0,
            )
        )
    return result


def rules(sock: netlink.Socket, namespace: str) -> list[Rule]:
    """All policy rules but the three that the kernel begins with."""
    return netlink.stable_dump(
        sock, uapi.RTM_GETRULE, ASK_RULES, lambda datagrams: _rules(datagrams, namespace)
    )


def _rules(datagrams: list[bytes], namespace: str) -> list[Rule]:
    result = []
    for data, start, end in messages_of(datagrams):
        family, to_length, source_length, tos, table, _res1, _res2, action, flags = _ROUTE.unpack_from(
            data, start
        )
        if family not in _FAMILIES:
            continue
        found = parse_attributes(data, start + 12, end)
        number = {key: _U32.unpack(found[key])[0] for key in (4, 6, 10, 14, 15, 16) if key in found}
        table = number.get(15, table)
        priority = number.get(6, 0)
        suppress = number.get(14, 0xFFFFFFFF)
        spans = [_SPAN.unpack(found[key]) if key in found else (0, 0) for key in (23, 24)]
        rule = Rule(
            namespace,
            _FAMILIES[family],
            priority,
            '%s/%d' % (_ip(family, found[2]), source_length) if 2 in found else '',
            '%s/%d' % (_ip(family, found[1]), to_length) if 1 in found else '',
            _text(found.get(3, b'')),
            _text(found.get(17, b'')),
            number.get(10, 0),
            number.get(16, 0),
            tos,
            found[22][0] if 22 in found else 0,
            spans[0],
            spans[1],
            _USERS.unpack(found[20]) if 20 in found else None,
            bool(flags & FIB_RULE_INVERT),
            _ACTIONS.get(action, str(action)),
            table if action == 1 else 0,
            number.get(4, 0) if action == 2 else 0,
            -1 if suppress == 0xFFFFFFFF else suppress,
            found[21][0] if 21 in found else 0,
        )
        if rule.protocol == 2 and (priority, table) in (
            (0, 255),
            (32766, 254),
            (32767, 253),
        ):  # RTPROT_KERNEL
            continue
        result.append(rule)
    return result


def nsid_of(sock: netlink.Socket, fd: int) -> int | None:
    """The number that the namespace of *sock* has for the namespace behind *fd*, or None while it has none."""
    answer = sock.ask(uapi.RTM_GETNSID, _U8.pack(0) + b'\0\0\0' + pack_attribute(3, _U32.pack(fd)))
    value = parse_attributes(answer, 4).get(1)
    number = _I32.unpack(value)[0] if value else -1
    return None if number == -1 else number


__all__ = ['ASK_LINKS', 'FoundLink', 'addresses', 'links', 'nsid_of', 'routes', 'rules']
