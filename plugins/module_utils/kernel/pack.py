# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The requests that a run is full of, packed by hand.

10 µs each instead of pyroute2's 80 µs, which were a fifth of the time of a large run. The bytes are those of pyroute2, which
encodes whatever is not in these tables; a test compares the two.
"""

from __future__ import annotations

import socket
import struct
import typing as t

from . import uapi
from .netlink import HEADER, HEADER_SIZE
from .nla import IP, MAC, TEXT, U8, U32, Form, pack_attribute

Attrs = t.Sequence['tuple[str, t.Any]']
Packer = t.Callable[[t.Any], bytes]
Table = dict[str, 'tuple[int, Packer]']


def _table(**forms: Form) -> Table:
    """Attributes by name: the number of uapi.py, and how the payload is packed."""
    return {name: (getattr(uapi, name), form.pack) for name, form in forms.items()}


def _attributes(table: Table, attrs: Attrs) -> bytes:
    parts = []
    for name, value in attrs:
        number, pack = table[name]
        parts.append(pack_attribute(number, pack(value)))
    return b''.join(parts)


def _nest(table: Table) -> Packer:
    return lambda value: _attributes(table, value['attrs'])


_LINK = _table(
    IFLA_ADDRESS=MAC,
    IFLA_IFNAME=TEXT,
    IFLA_MTU=U32,
    IFLA_LINK=U32,
    IFLA_MASTER=U32,
    IFLA_IFALIAS=TEXT,
    IFLA_GROUP=U32,
    IFLA_NET_NS_FD=U32,
)
_INET6 = _nest(_table(IFLA_INET6_ADDR_GEN_MODE=U8))
_LINK['IFLA_AF_SPEC'] = (uapi.IFLA_AF_SPEC, _nest({'AF_INET6': (socket.AF_INET6, _INET6)}))
_PEER = _nest(_LINK)
# VETH_INFO_PEER (veth.h) begins with a struct ifinfomsg.
_VETH = _nest({'VETH_INFO_PEER': (1, lambda value: bytes(uapi.IFINFOMSG.size) + _PEER(value))})
_LINK['IFLA_LINKINFO'] = (
    uapi.IFLA_LINKINFO,
    _nest({**_table(IFLA_INFO_KIND=TEXT), 'IFLA_INFO_DATA': (uapi.IFLA_INFO_DATA, _VETH)}),
)
_ADDRESS = _table(IFA_ADDRESS=IP, IFA_LOCAL=IP, IFA_LABEL=TEXT, IFA_FLAGS=U32)
_ROUTE = _table(
    RTA_DST=IP, RTA_OIF=U32, RTA_GATEWAY=IP, RTA_PRIORITY=U32, RTA_PREFSRC=IP, RTA_TABLE=U32, RTA_PREF=U8
)
_RULE = _table(
    FRA_DST=IP,
    FRA_SRC=IP,
    FRA_IIFNAME=TEXT,
    FRA_GOTO=U32,
    FRA_PRIORITY=U32,
    FRA_FWMARK=U32,
    FRA_SUPPRESS_PREFIXLEN=U32,
    FRA_TABLE=U32,
    FRA_FWMASK=U32,
    FRA_OIFNAME=TEXT,
    FRA_PROTOCOL=U8,
    FRA_IP_PROTO=U8,
)


class Layout(t.NamedTuple):
    """A message: its fixed header, the header's fields as pyroute2 names them, and its attributes."""

    header: struct.Struct
    fields: tuple[str, ...]
    attributes: Table


_LINKS = Layout(uapi.IFINFOMSG, ('family', 'ifi_type', 'index', 'flags', 'change'), _LINK)
_ADDRESSES = Layout(uapi.IFADDRMSG, ('family', 'prefixlen', 'flags', 'scope', 'index'), _ADDRESS)
_ROUTES = Layout(
    uapi.RTMSG, ('family', 'dst_len', 'src_len', 'tos', 'table', 'proto', 'scope', 'type', 'flags'), _ROUTE
)
_RULES = Layout(
    uapi.FIB_RULE_HDR,
    ('family', 'dst_len', 'src_len', 'tos', 'table', 'res1', 'res2', 'action', 'flags'),
    _RULE,
)
_LAYOUTS = {
    uapi.RTM_NEWLINK: _LINKS,
    uapi.RTM_DELLINK: _LINKS,
    uapi.RTM_SETLINK: _LINKS,
    uapi.RTM_NEWADDR: _ADDRESSES,
    uapi.RTM_DELADDR: _ADDRESSES,
    uapi.RTM_NEWROUTE: _ROUTES,
    uapi.RTM_DELROUTE: _ROUTES,
    uapi.RTM_NEWRULE: _RULES,
    uapi.RTM_DELRULE: _RULES,
}


def packed(type_: int, flags: int, fields: t.Mapping[str, t.Any], attrs: Attrs) -> bytes | None:
    """The message, or None if something in it is not in the tables."""
    layout = _LAYOUTS.get(type_)
    if layout is None:
        return None
    try:
        header = layout.header.pack(*[fields.get(name, 0) for name in layout.fields])
        body = header + _attributes(layout.attributes, attrs)
    except (KeyError, TypeError, ValueError, OSError, struct.error):
        return None  # pyroute2 knows it, or says what is wrong with it
    return HEADER.pack(HEADER_SIZE + len(body), type_, flags, 0, 0) + body
