# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The neighbours of a namespace: the hardware addresses that its links have learned."""

from __future__ import annotations

import socket
import typing as t

from . import netlink
from .netlink import messages_of
from .nla import parse_attributes
from .uapi import AF_BRIDGE, NDA_DST, NDA_LLADDR, NDMSG, NUD_NOARP, NUD_PERMANENT, RTM_GETNEIGH

_FAMILIES = (socket.AF_INET, socket.AF_INET6, AF_BRIDGE)


class LearnedAddress(t.NamedTuple):
    """A hardware address that a link has learned. ``address`` is that of the entry; '' where a bridge learned
    the port."""

    link: str
    address: str
    mac: str

    def text(self) -> str:
        if self.address:
            return '%s at %s on %s' % (self.address, self.mac, self.link)
        return '%s behind %s' % (self.mac, self.link)


def neighbours(sock: netlink.NetlinkSocket, names: t.Mapping[int, str]) -> list[LearnedAddress]:
    """The tables of ARP and neighbour discovery of the namespace of *sock*, and what its bridges have
    learned.

    *names* has the names of links by their indexes.
    """
    result = []
    for family in (socket.AF_UNSPEC, AF_BRIDGE):
        for data, start, end in messages_of(sock.dump(RTM_GETNEIGH, NDMSG.pack(family, 0, 0, 0, 0))):
            neighbour = _neighbour(data, start, end, family == AF_BRIDGE, names)
            if neighbour is not None:
                result.append(neighbour)
    return result


def _neighbour(
    data: bytes, start: int, end: int, of_bridge: bool, names: t.Mapping[int, str]
) -> LearnedAddress | None:
    """One entry; None for one that was not learned."""
    family, index, state, _flags, _type = NDMSG.unpack_from(data, start)
    if family not in _FAMILIES or of_bridge != (family == AF_BRIDGE) or state & NUD_NOARP:
        return None
    if family == AF_BRIDGE and state & NUD_PERMANENT:  # the addresses of the bridge itself and of its ports
        return None
    attributes = parse_attributes(data, start + NDMSG.size, end)
    hardware = attributes.get(NDA_LLADDR, b'')
    if len(hardware) != 6:
        return None
    address = ''
    if family != AF_BRIDGE and NDA_DST in attributes:
        address = socket.inet_ntop(family, attributes[NDA_DST])
    return LearnedAddress(names.get(index, '?'), address, ':'.join('%02x' % byte for byte in hardware))
