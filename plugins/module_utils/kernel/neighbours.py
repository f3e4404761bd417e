# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The neighbours of a namespace: the hardware addresses that its links have heard of (linux/include/uapi/linux/neighbour.h)."""

from __future__ import annotations

import socket
import struct
import typing as t

from . import netlink
from .netlink import attributes, messages_of

RTM_GETNEIGH = 30
_NEIGHBOUR = struct.Struct('=BxxxiHBB')
_NUD_PERMANENT, _NUD_NOARP = 0x80, 0x40
_AF_BRIDGE = 7
_FAMILIES = {socket.AF_INET: 'ipv4', socket.AF_INET6: 'ipv6', _AF_BRIDGE: 'bridge'}


class Neighbour(t.NamedTuple):
    """A hardware address that was heard on a link. ``address`` is that of the entry; '' where a bridge learned the port."""

    link: str
    address: str
    mac: str

    def text(self) -> str:
        return (
            '%s at %s on %s' % (self.address, self.mac, self.link)
            if self.address
            else '%s behind %s' % (self.mac, self.link)
        )


def neighbours(sock: netlink.Socket, names: t.Mapping[int, str]) -> list[Neighbour]:
    """All that the namespace of *sock* has heard of: the tables of ARP and neighbour discovery, and what bridges have learned."""
    found = []
    for family in (socket.AF_UNSPEC, _AF_BRIDGE):
        for data, start, end in messages_of(sock.dump(RTM_GETNEIGH, _NEIGHBOUR.pack(family, 0, 0, 0, 0))):
            kind, index, state, _flags, _type = _NEIGHBOUR.unpack_from(data, start)
            told = attributes(data, start + 12, end)
            own = (
                kind == _AF_BRIDGE and state & _NUD_PERMANENT
            )  # the bridge's own addresses and those of its ports
            if (
                kind not in _FAMILIES
                or (family == _AF_BRIDGE) != (kind == _AF_BRIDGE)
                or own
                or state & _NUD_NOARP
                or len(told.get(2, b'')) != 6
            ):
                continue
            address = socket.inet_ntop(kind, told[1]) if kind != _AF_BRIDGE and 1 in told else ''
            found.append(
                Neighbour(names.get(index, '?'), address, ':'.join('%02x' % byte for byte in told[2]))
            )
    return found
