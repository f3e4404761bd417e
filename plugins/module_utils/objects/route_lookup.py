# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the kernel answers when it is asked for a route (ip route get), and the default routes."""

from __future__ import annotations

import errno
import socket
import struct
import typing as t

from ..kernel import netlink, uapi
from ..kernel.netlink import messages_of
from ..kernel.nla import BE16, U8, U32, Attributes, pack_attribute, pack_ip, parse_attributes
from .route.codec import ASK_ROUTES

_FAMILIES = {socket.AF_INET: 'ipv4', socket.AF_INET6: 'ipv6'}
_VIA_FAMILY = struct.Struct('=H')  # of struct rtvia
# What a lookup says where no route leads to the destination.
_NO_ROUTE = (
    errno.ENETUNREACH,
    errno.EHOSTUNREACH,
    errno.EACCES,
    errno.EINVAL,
    errno.EAFNOSUPPORT,
    errno.EOPNOTSUPP,
)


class RouteLookup(t.NamedTuple):
    """The route that the kernel takes to a destination. ``error`` is its error where it takes none."""

    link: str = ''
    via: str = ''
    source: str = ''
    table: int = 0
    type: int = uapi.RTN_UNICAST
    error: str = ''


class DefaultRoute(t.NamedTuple):
    """A default route of the main table over one link."""

    family: str
    link: str
    via: str
    source: str
    metric: int


def _request(destination: str, source: str = '', flags: int = 0) -> bytes:
    ipv6 = ':' in destination
    length = 128 if ipv6 else 32
    family = socket.AF_INET6 if ipv6 else socket.AF_INET
    body = uapi.RTMSG.pack(family, length, length if source else 0, 0, 0, 0, 0, 0, flags)
    body += pack_attribute(uapi.RTA_DST, pack_ip(destination))
    if source:
        body += pack_attribute(uapi.RTA_SRC, pack_ip(source))
    return body


def _address(attributes: Attributes, type_: int) -> str:
    payload = attributes.get(type_)
    if payload is None:
        return ''
    return socket.inet_ntop(socket.AF_INET6 if len(payload) == 16 else socket.AF_INET, payload)


def _gateway(attributes: Attributes) -> str:
    """The gateway, which may be an IPv6 one of an IPv4 route (RTA_VIA)."""
    via = attributes.get(uapi.RTA_VIA)
    if uapi.RTA_GATEWAY in attributes or via is None:
        return _address(attributes, uapi.RTA_GATEWAY)
    return socket.inet_ntop(_VIA_FAMILY.unpack_from(via)[0], via[_VIA_FAMILY.size :])


def _table(attributes: Attributes, table: int) -> int:
    """The table of a route: RTA_TABLE has those above 255."""
    return U32.unpack(attributes[uapi.RTA_TABLE]) if uapi.RTA_TABLE in attributes else table


def look_up_source(sock: netlink.NetlinkSocket, destination: str) -> str:
    """The address that a socket which is not bound sends from to *destination*; '' where no route leads
    there.
    """
    try:
        reply = sock.ask(uapi.RTM_GETROUTE, _request(destination))
    except netlink.KernelError as exc:
        if exc.errno in _NO_ROUTE:
            return ''
        raise
    return _address(parse_attributes(reply, uapi.RTMSG.size), uapi.RTA_PREFSRC)


def look_up_route(
    sock: netlink.NetlinkSocket,
    names: t.Mapping[int, str],
    destination: str,
    source: str = '',
    device: int = 0,
    protocol: int = 0,
    port: int = 0,
) -> RouteLookup:
    """The route of a packet to *destination*.

    *source*, *device* (an index), *protocol* and *port* are those of the packet, where given: policy rules
    may ask for them. *names* has the names of links by their indexes.
    """
    # The table is always in answers for IPv6, and the kernel refuses requests for it.
    body = _request(destination, source, 0 if ':' in destination else uapi.RTM_F_LOOKUP_TABLE)
    if device:
        body += pack_attribute(uapi.RTA_OIF, U32.pack(device))
    if protocol:
        body += pack_attribute(uapi.RTA_IP_PROTO, U8.pack(protocol))
    if port:
        body += pack_attribute(uapi.RTA_DPORT, BE16.pack(port))
    try:
        reply = sock.ask(uapi.RTM_GETROUTE, body)
    except netlink.KernelError as exc:
        return RouteLookup(error=str(exc))
    header = uapi.RTMSG.unpack_from(reply)
    attributes = parse_attributes(reply, uapi.RTMSG.size)
    return RouteLookup(
        _link(attributes, names),
        _gateway(attributes),
        _address(attributes, uapi.RTA_PREFSRC) or source,
        _table(attributes, header[4]),
        header[7],
    )


def _link(attributes: Attributes, names: t.Mapping[int, str]) -> str:
    if uapi.RTA_OIF not in attributes:
        return ''
    return names.get(U32.unpack(attributes[uapi.RTA_OIF]), '?')


def default_routes(sock: netlink.NetlinkSocket, names: t.Mapping[int, str]) -> list[DefaultRoute]:
    """The default routes of the main table over one link, the preferred one first."""

    def decode(datagrams: list[bytes]) -> list[DefaultRoute]:
        routes = []
        for data, start, end in messages_of(datagrams):
            family, length, _source, _tos, table, _protocol, _scope, kind, _flags = uapi.RTMSG.unpack_from(
                data, start
            )
            if family not in _FAMILIES or length or kind != uapi.RTN_UNICAST:
                continue
            attributes = parse_attributes(data, start + uapi.RTMSG.size, end)
            if _table(attributes, table) != uapi.RT_TABLE_MAIN or uapi.RTA_OIF not in attributes:
                continue
            routes.append(_default_route(_FAMILIES[family], attributes, names))
        return sorted(routes, key=lambda route: route.metric)

    return netlink.stable_dump(sock, uapi.RTM_GETROUTE, ASK_ROUTES, decode)


def _default_route(family: str, attributes: Attributes, names: t.Mapping[int, str]) -> DefaultRoute:
    metric = U32.unpack(attributes[uapi.RTA_PRIORITY]) if uapi.RTA_PRIORITY in attributes else 0
    gateway, source = _address(attributes, uapi.RTA_GATEWAY), _address(attributes, uapi.RTA_PREFSRC)
    return DefaultRoute(family, _link(attributes, names), gateway, source, metric)
