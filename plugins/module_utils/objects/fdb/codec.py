# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Entries of forwarding databases as the kernel has them."""

from __future__ import annotations

import typing as t

from ...kernel import netlink, uapi
from ...kernel.netlink import pack_message
from ...kernel.nla import U32, pack_attribute
from ..extra import Extra, pack_extra
from ..made_for import MadeFor
from ..neighbour.codec import FoundNeighbour, dump_entries
from .schema import FDB, FLAGS, FOUND, NO_MAC, STATES
from .value import FdbEntry

Names = t.Mapping[int, str]
_VALUES = ('vlan', 'dst', 'port', 'vni', 'src_vni', 'nhid')


def dump_fdb(sock: netlink.NetlinkSocket, namespace: str, names: Names, made: MadeFor) -> list[FdbEntry]:
    """The entries that stay, not those that a link has learned."""
    entries = dump_entries(sock, names, uapi.AF_BRIDGE)
    return [decode_fdb(namespace, entry, names, made) for entry in entries if stays(entry)]


def stays(entry: FoundNeighbour) -> bool:
    return entry.family == uapi.AF_BRIDGE and bool(
        entry.state & uapi.NUD_STAYING or entry.flags & uapi.NTF_EXT_LEARNED
    )


def decode_fdb(namespace: str, entry: FoundNeighbour, names: Names, made: MadeFor) -> FdbEntry:
    """The entry as a value, with the names of links in place of their numbers."""
    values = dict(FOUND.decode(entry.attributes))
    lladdr, dst = str(values.get('lladdr') or ''), str(values.get('dst', ''))
    bridge = names.get(_number(entry, uapi.NDA_MASTER), '')
    fields: dict[str, t.Any] = {name: values[name] for name in _VALUES if name in values}
    fields.update({name: bool(entry.flags & mask) for name, mask in FLAGS.items()})
    extra: Extra = FOUND.unnamed(entry.attributes)
    if values.get('flags_ext'):
        extra = (*extra, (uapi.NDA_FLAGS_EXT, entry.attributes[uapi.NDA_FLAGS_EXT]))
    return FdbEntry(
        namespace,
        entry.link,
        lladdr,
        # What a bridge itself has is shown as if it was its own port.
        bool(bridge) and bridge != entry.link,
        'permanent' if entry.state & uapi.NUD_PERMANENT else 'static',
        via=names.get(_number(entry, uapi.NDA_IFINDEX), ''),
        comes_with_link=_comes_with_link(entry.link, lladdr, dst, bool(bridge), made),
        extra=extra,
        **fields,
    )


def _number(entry: FoundNeighbour, attribute: int) -> int:
    return int(U32.unpack(entry.attributes.get(attribute, bytes(4))))


def _comes_with_link(link: str, lladdr: str, dst: str, of_bridge: bool, made: MadeFor) -> bool:
    """Whether the kernel made an entry for a link: a bridge knows the addresses of its ports, cards listen to
    groups, and a VXLAN floods to its remote end."""
    if not lladdr or of_bridge and lladdr in made.macs:
        return True
    if dst:
        return lladdr == NO_MAC and (link, dst) in made.remotes
    return bool(int(lladdr[:2], 16) & 1)


def encode_fdb(entry: FdbEntry, indexes: t.Mapping[str, int], add: bool) -> bytes:
    """The request that makes an entry, in place of another one, or removes it. *indexes* has the numbers of
    the links."""
    flags = uapi.NTF_MASTER if entry.master else uapi.NTF_SELF
    settings = [('lladdr', entry.lladdr)]
    settings += [
        (name, getattr(entry, name)) for name in _VALUES if getattr(entry, name) != FDB[name].default
    ]
    attributes = FOUND.pack(settings)
    if entry.via:
        attributes += pack_attribute(uapi.NDA_IFINDEX, U32.pack(indexes[entry.via]))
    index = indexes[entry.dev]
    if not add:
        # A card removes none that the request does not call permanent (ndo_dflt_fdb_del).
        body = uapi.NDMSG.pack(uapi.AF_BRIDGE, index, STATES[entry.state], flags, 0) + attributes
        return pack_message(uapi.RTM_DELNEIGH, 0, body)
    flags |= sum(mask for name, mask in FLAGS.items() if getattr(entry, name))
    body = uapi.NDMSG.pack(uapi.AF_BRIDGE, index, STATES[entry.state], flags, 0)
    how = uapi.NLM_F_APPEND if entry.leads_to_several else uapi.NLM_F_REPLACE
    return pack_message(
        uapi.RTM_NEWNEIGH, uapi.NLM_F_CREATE | how, body + attributes + pack_extra(entry.extra)
    )
