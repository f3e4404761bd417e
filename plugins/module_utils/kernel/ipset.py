# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ipsets: which there are, and empty ones of the same type elsewhere.

Sources of the numbers: linux/include/uapi/linux/netfilter/ipset/ip_set.h and nfnetlink.h.
"""

from __future__ import annotations

import errno
import typing as t

from . import nfnetlink
from .nla import NLA_F_NESTED, pack_attribute, pack_text, unpack_text
from .uapi import NLM_F_ACK, NLM_F_CREATE, NLM_F_DUMP, NLM_F_EXCL

_NFNL_SUBSYS_IPSET = 6 << 8
_IPSET_CMD_CREATE, _IPSET_CMD_LIST = _NFNL_SUBSYS_IPSET | 2, _NFNL_SUBSYS_IPSET | 7
_IPSET_CMD_HEADER = _NFNL_SUBSYS_IPSET | 12
_IPSET_ATTR_FLAGS = 6
_IPSET_FLAG_LIST_SETNAME = bytes((0, 0, 0, 2))  # names alone
_IPSET_ATTR_PROTOCOL, _IPSET_ATTR_SETNAME, _IPSET_ATTR_TYPENAME = 1, 2, 3
_IPSET_ATTR_REVISION, _IPSET_ATTR_FAMILY, _IPSET_ATTR_DATA = 4, 5, 7
_IPSET_ATTR_IP, _IPSET_ATTR_IP_TO, _IPSET_ATTR_PORT, _IPSET_ATTR_PORT_TO = 1, 2, 4, 5
_IPSET_ATTR_IPADDR_IPV4 = 1
_NLA_F_NET_BYTEORDER = 0x4000
_PROTOCOL = bytes((6,))  # the oldest that kernels since 2.6.39 speak


class IpSet(t.NamedTuple):
    """A set without its members. ``family`` is the number of the protocol family, 0 for both."""

    name: str
    type: str
    revision: int
    family: int


def _named(name: str) -> bytes:
    return pack_attribute(_IPSET_ATTR_PROTOCOL, _PROTOCOL) + pack_attribute(
        _IPSET_ATTR_SETNAME, pack_text(name)
    )


def find(name: str) -> IpSet | None:
    """The set of that name in the calling thread's namespace; None if there is none, or no support for
    sets."""
    sock = nfnetlink.open_nfnetlink()
    if sock is None:
        return None
    with sock:
        for _type, _family, parts in nfnetlink.ask(sock, _IPSET_CMD_HEADER, 0, payload=_named(name)):
            kind = unpack_text(parts[_IPSET_ATTR_TYPENAME])
            return IpSet(name, kind, parts[_IPSET_ATTR_REVISION][0], parts[_IPSET_ATTR_FAMILY][0])
    return None


def names() -> list[str]:
    """The names of all sets in the calling thread's namespace."""
    sock = nfnetlink.open_nfnetlink()
    if sock is None:
        return []
    payload = pack_attribute(_IPSET_ATTR_PROTOCOL, _PROTOCOL)
    payload += pack_attribute(_IPSET_ATTR_FLAGS | _NLA_F_NET_BYTEORDER, _IPSET_FLAG_LIST_SETNAME)
    with sock:
        found = [
            unpack_text(parts[_IPSET_ATTR_SETNAME])
            for _type, _family, parts in nfnetlink.ask(sock, _IPSET_CMD_LIST, NLM_F_DUMP, payload=payload)
        ]
    return found


def _range_of(ipset: IpSet) -> bytes:
    """The range that a bitmap has to have; any will do for a set that stays empty."""
    if ipset.type == 'bitmap:port':
        number = pack_attribute(_IPSET_ATTR_PORT | _NLA_F_NET_BYTEORDER, bytes((0, 1)))
        return number + pack_attribute(_IPSET_ATTR_PORT_TO | _NLA_F_NET_BYTEORDER, bytes((0, 2)))
    if not ipset.type.startswith('bitmap:'):
        return b''
    ends = b''
    for attribute, last in ((_IPSET_ATTR_IP, 1), (_IPSET_ATTR_IP_TO, 2)):
        address = pack_attribute(_IPSET_ATTR_IPADDR_IPV4 | _NLA_F_NET_BYTEORDER, bytes((10, 0, 0, last)))
        ends += pack_attribute(attribute | NLA_F_NESTED, address)
    return ends


def create_empty(ipset: IpSet) -> None:
    """Make a set of this type, without members, in the calling thread's namespace. Raises OSError."""
    payload = _named(ipset.name)
    payload += pack_attribute(_IPSET_ATTR_TYPENAME, pack_text(ipset.type))
    payload += pack_attribute(_IPSET_ATTR_REVISION, bytes((ipset.revision,)))
    payload += pack_attribute(_IPSET_ATTR_FAMILY, bytes((ipset.family,)))
    payload += pack_attribute(_IPSET_ATTR_DATA | NLA_F_NESTED, _range_of(ipset))
    sock = nfnetlink.open_nfnetlink()
    if sock is None:
        raise OSError(errno.EPROTONOSUPPORT, 'no nfnetlink')
    with sock:
        flags = NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK
        for _answer in nfnetlink.answers(sock, _IPSET_CMD_CREATE, flags, ipset.family, payload):
            pass
