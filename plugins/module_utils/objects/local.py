# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The addresses of a namespace with their state, and which of them the kernel would send from."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import socket
import struct
import typing as t

from ..kernel import netlink, nla, uapi
from ..kernel.netlink import messages_of
from ..kernel.nla import pack_attribute, parse_attributes
from ..kernel.uapi import (
    IFA_F_DADFAILED,
    IFA_F_DEPRECATED,
    IFA_F_SECONDARY,
    IFA_F_TEMPORARY,
    IFA_F_TENTATIVE,
)
from .address.codec import ASK_ADDRESSES
from .decode import ASK_LINKS
from .route.codec import ASK_ROUTES

_ADDRESS = struct.Struct('=BBBBI')
_ROUTE = struct.Struct('=BBBBBBBBI')
_U32 = struct.Struct('=I')
_RTM_F_LOOKUP_TABLE = 0x1000
_FAMILIES = {socket.AF_INET: 'ipv4', socket.AF_INET6: 'ipv6'}
_DUPLICATE = re.compile(r'(?:^|: )(\S+): IPv6 duplicate address (\S+) used by ([0-9a-f:]{17}) detected')


class Local(t.NamedTuple):
    """An address of a link. ``flaw`` is why nothing should be bound to it, or nothing."""

    link: str
    address: str
    length: int
    label: str
    scope: int
    secondary: bool
    flaw: str

    @property
    def family(self) -> str:
        return 'ipv6' if ':' in self.address else 'ipv4'

    def text(self) -> str:
        return '%s on %s%s' % (self.address, self.link, ' (%s)' % self.flaw if self.flaw else '')


class Names(t.NamedTuple):
    """The links by number: their names, hardware addresses and alternative names."""

    name: dict[int, str]
    mac: dict[str, str]
    alternative: dict[str, str]  # link by altname


def _texts(data: bytes) -> list[str]:
    """IFLA_PROP_LIST: many attributes of one number."""
    found, offset = [], 0
    while offset + 4 <= len(data):
        size = nla.HEADER.unpack_from(data, offset)[0]
        if size < 4:
            break
        found.append(data[offset + 4 : offset + size].split(b'\0', 1)[0].decode('utf-8', 'surrogateescape'))
        offset += (size + 3) & ~3
    return found


def links(sock: netlink.Socket) -> Names:
    names = Names({}, {}, {})
    for data, start, end in messages_of(sock.dump(uapi.RTM_GETLINK, ASK_LINKS)):
        found = parse_attributes(data, start + 16, end)
        name = found[3].split(b'\0', 1)[0].decode('utf-8', 'surrogateescape')
        names.name[_U32.unpack_from(data, start + 4)[0]] = name
        names.mac[name] = ':'.join('%02x' % byte for byte in found.get(1, b''))
        for other in _texts(found.get(52, b'')):
            names.alternative[other] = name
    return names


def addresses(sock: netlink.Socket, names: dict[int, str]) -> list[Local]:
    """All addresses, in the kernel's order."""

    def decode(datagrams: list[bytes]) -> list[Local]:
        result = []
        for data, start, end in messages_of(datagrams):
            family, length, flags, scope, index = _ADDRESS.unpack_from(data, start)
            if family not in _FAMILIES:
                continue
            found = parse_attributes(data, start + 8, end)
            if 8 in found:
                flags = _U32.unpack(found[8])[0]
            flaw = ''
            if family == socket.AF_INET6:
                flaw = next(
                    (
                        word
                        for bit, word in (
                            (IFA_F_DADFAILED, 'duplicate'),
                            (IFA_F_TENTATIVE, 'tentative'),
                            (IFA_F_DEPRECATED, 'deprecated'),
                            (IFA_F_TEMPORARY, 'temporary'),
                        )
                        if flags & bit
                    ),
                    '',
                )
            label = found.get(3, b'').split(b'\0', 1)[0].decode('utf-8', 'surrogateescape')
            result.append(
                Local(
                    names.get(index, '?'),
                    socket.inet_ntop(family, found.get(2) or found[1]),
                    length,
                    label,
                    scope,
                    family == socket.AF_INET and bool(flags & IFA_F_SECONDARY),
                    flaw,
                )
            )
        return result

    return netlink.stable_dump(sock, uapi.RTM_GETADDR, ASK_ADDRESSES, decode)


def source_for(sock: netlink.Socket, destination: str) -> str:
    """The address that a socket bound to none would send from to *destination*; '' where there is no way to it."""
    family = socket.AF_INET6 if ':' in destination else socket.AF_INET
    body = _ROUTE.pack(
        family, 128 if family == socket.AF_INET6 else 32, 0, 0, 0, 0, 0, 0, 0
    ) + pack_attribute(1, socket.inet_pton(family, destination))
    try:
        found = parse_attributes(sock.ask(uapi.RTM_GETROUTE, body), 12)
    except netlink.KernelError as exc:
        if exc.errno in (
            errno.ENETUNREACH,
            errno.EHOSTUNREACH,
            errno.EACCES,
            errno.EINVAL,
            errno.EAFNOSUPPORT,
            errno.EOPNOTSUPP,
        ):
            return ''
        raise
    return socket.inet_ntop(family, found[7]) if 7 in found else ''


class Way(t.NamedTuple):
    """The route that the kernel takes to a destination. ``fault`` is its error where it takes none."""

    link: str = ''
    via: str = ''
    source: str = ''
    table: int = 0
    type: int = 1
    fault: str = ''


def way_to(
    sock: netlink.Socket,
    names: t.Mapping[int, str],
    destination: str,
    source: str = '',
    device: int = 0,
    protocol: int = 0,
    port: int = 0,
) -> Way:
    """The route of a packet to *destination*, from *source* and by the link *device* where they are given; rules may ask for
    protocol and port too."""
    family = socket.AF_INET6 if ':' in destination else socket.AF_INET
    length = 128 if family == socket.AF_INET6 else 32
    wish = (
        _RTM_F_LOOKUP_TABLE if family == socket.AF_INET else 0
    )  # for IPv6 it is always so, and a fault to ask for
    body = _ROUTE.pack(family, length, length if source else 0, 0, 0, 0, 0, 0, wish) + pack_attribute(
        1, socket.inet_pton(family, destination)
    )
    if source:
        body += pack_attribute(2, socket.inet_pton(family, source))
    if device:
        body += pack_attribute(4, _U32.pack(device))
    if protocol:
        body += pack_attribute(27, bytes((protocol,)))
    if port:
        body += pack_attribute(29, struct.pack('>H', port))
    try:
        answer = sock.ask(uapi.RTM_GETROUTE, body)
    except netlink.KernelError as exc:
        return Way(fault=str(exc))
    found = parse_attributes(answer, 12)
    _family, _length, _source, _tos, table, _protocol, _scope, kind, _flags = _ROUTE.unpack_from(answer)
    via = found.get(18)
    gateway = (
        socket.inet_ntop(family, found[5])
        if 5 in found
        else socket.inet_ntop(struct.unpack_from('=H', via)[0], via[2:])
        if via
        else ''
    )
    return Way(
        names.get(_U32.unpack(found[4])[0], '?') if 4 in found else '',
        gateway,
        socket.inet_ntop(family, found[7]) if 7 in found else source,
        _U32.unpack(found[15])[0] if 15 in found else table,
        kind,
    )


class Default(t.NamedTuple):
    """A default route of the main table."""

    family: str
    link: str
    via: str
    source: str
    metric: int


def defaults(sock: netlink.Socket, names: dict[int, str]) -> list[Default]:
    """The default routes of the main table over one link, the one that counts first."""

    def decode(datagrams: list[bytes]) -> list[Default]:
        result = []
        for data, start, end in messages_of(datagrams):
            family, length, _source, _tos, table, _protocol, _scope, kind, _flags = _ROUTE.unpack_from(
                data, start
            )
            if family not in _FAMILIES or length or kind != 1:
                continue
            found = parse_attributes(data, start + 12, end)
            if (_U32.unpack(found[15])[0] if 15 in found else table) != 254 or 4 not in found:
                continue
            via, source = (
                socket.inet_ntop(family, found[number]) if number in found else '' for number in (5, 7)
            )
            result.append(
                Default(
                    _FAMILIES[family],
                    names.get(_U32.unpack(found[4])[0], '?'),
                    via,
                    source,
                    _U32.unpack(found[6])[0] if 6 in found else 0,
                )
            )
        return sorted(result, key=lambda route: route.metric)

    return netlink.stable_dump(sock, uapi.RTM_GETROUTE, ASK_ROUTES, decode)


def duplicate_of(link: str, address: str) -> str:
    """The hardware address of who has *address* already, if the kernel told so in its log; '' if that is not known."""
    found = ''
    with contextlib.suppress(OSError):
        log = os.open('/dev/kmsg', os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            while True:
                try:
                    line = os.read(log, 8192).decode('utf-8', 'replace').partition(';')[2]
                except BrokenPipeError:  # what was to be read was overwritten meanwhile
                    continue
                except BlockingIOError:
                    break
                told = _DUPLICATE.search(line)
                if told and (told.group(1), told.group(2)) == (link, address):
                    found = told.group(3)
        finally:
            os.close(log)
    return found
