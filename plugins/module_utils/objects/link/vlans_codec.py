# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VLANs of bridges as messages of rtnetlink.

Sources of the names and numbers: linux/include/uapi/linux/{if_bridge,rtnetlink}.h.
"""

from __future__ import annotations

import struct
import typing as t

from ...kernel import netlink, uapi
from ...kernel.nla import NLA_F_NESTED, U16, U32, pack_attribute, parse_attributes, parse_list
from .codec import FoundLink
from .vlans import LAST, PVID, UNTAGGED, VLANS, Flags, flags_of, ranges_of, value_of

_RANGE_BEGIN, _RANGE_END = 8, 16  # BRIDGE_VLAN_INFO_*
_BRIDGE_FLAGS, _BRIDGE_VLAN_INFO, _BRIDGE_VLAN_TUNNEL_INFO = 0, 2, 3  # IFLA_BRIDGE_*
_TUNNEL_VID, _TUNNEL_FLAGS = 2, 3  # IFLA_BRIDGE_VLAN_TUNNEL_*
_SELF = 2  # BRIDGE_FLAGS_SELF
_INFO = struct.Struct('=HH')  # struct bridge_vlan_info: flags, vid
_ASK = uapi.IFINFOMSG.pack(uapi.AF_BRIDGE, 0, 0, 0, 0) + pack_attribute(
    uapi.IFLA_EXT_MASK, U32.pack(uapi.RTEXT_FILTER_BRVLAN_COMPRESSED)
)


# Reading


class PortVlans(t.NamedTuple):
    """The VLANs of a bridge or a port, and those of them that map to tunnels."""

    flags: Flags
    tunnels: Flags


def dump_vlans(sock: netlink.NetlinkSocket) -> dict[int, PortVlans]:
    """The VLANs of bridges and their ports, by the number of the link."""
    found: dict[int, PortVlans] = {}
    for data, start, end in netlink.messages_of(sock.dump(uapi.RTM_GETLINK, _ASK)):
        index = uapi.IFINFOMSG.unpack_from(data, start)[2]
        attributes = parse_attributes(data, start + uapi.IFINFOMSG.size, end)
        spec = attributes.get(uapi.IFLA_AF_SPEC, b'')
        of_link = found.setdefault(index, PortVlans({}, {}))
        _add(of_link.flags, map(_INFO.unpack_from, parse_list(spec, _BRIDGE_VLAN_INFO)))
        _add(of_link.tunnels, map(_tunnel, parse_list(spec, _BRIDGE_VLAN_TUNNEL_INFO)))
    return found


def _tunnel(payload: bytes) -> tuple[int, int]:
    attributes = parse_attributes(payload)
    return U16.unpack(attributes.get(_TUNNEL_FLAGS, b'\0\0')), U16.unpack(attributes[_TUNNEL_VID])


def _add(flags: Flags, infos: t.Iterable[tuple[int, int]]) -> None:
    first = 0
    for bits, vid in infos:
        if bits & _RANGE_BEGIN:
            first = vid
            continue
        low = first if bits & _RANGE_END else vid
        flags.update(dict.fromkeys(range(low, vid + 1), bits & (PVID | UNTAGGED)))


def add_vlans(sock: netlink.NetlinkSocket, links: t.Sequence[FoundLink]) -> None:
    """Add what was found of the links of a namespace: their VLANs, to the settings of bridges and ports."""
    fields = [(link, _field_of(link)) for link in links]
    if not any(field for _link, field in fields):
        return
    vlans = dump_vlans(sock)
    for link, field in fields:
        if field:
            others = dict(link.fields.get(field, ()))
            found = vlans.get(link.index, PortVlans({}, {}))
            link.fields[field] = tuple(sorted({**others, VLANS: value_of(found.flags)}.items()))
            link.fields['tunnel_vlans'] = tuple(found.tunnels)


def _field_of(link: FoundLink) -> str:
    """Where the VLANs of a link are; '' for one that has none."""
    if link.kind == 'bridge':
        return 'settings'
    return 'port' if link.port_of == 'bridge' else ''


# Writing


def set_vlans(index: int, is_bridge: bool, value: t.Iterable[str]) -> list[bytes]:
    """Have exactly these VLANs: others go, and those that stay pass frames all the time."""
    flags = flags_of(value)
    others: Flags = {vid: 0 for vid in range(1, LAST + 1) if vid not in flags}
    requests = [(uapi.RTM_DELLINK, others), (uapi.RTM_SETLINK, flags)]
    return [_request(type_, index, is_bridge, members) for type_, members in requests if members]


def _request(type_: int, index: int, is_bridge: bool, flags: Flags) -> bytes:
    spec = pack_attribute(_BRIDGE_FLAGS, U16.pack(_SELF)) if is_bridge else b''
    for each in ranges_of(flags):
        ends = [(each.low, 0)]
        if each.low != each.high:
            ends = [(each.low, _RANGE_BEGIN), (each.high, _RANGE_END)]
        infos = [_INFO.pack(each.flags | bit, vid) for vid, bit in ends]
        spec += b''.join([pack_attribute(_BRIDGE_VLAN_INFO, info) for info in infos])
    body = uapi.IFINFOMSG.pack(uapi.AF_BRIDGE, 0, index, 0, 0)
    return netlink.pack_message(type_, 0, body + pack_attribute(uapi.IFLA_AF_SPEC | NLA_F_NESTED, spec))
