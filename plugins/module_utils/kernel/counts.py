# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How many objects there are in the calling thread's namespace of kinds that nothing else reads.

Sources of the numbers: linux/include/uapi/linux/{xfrm,if_bridge,netfilter/ipset/ip_set}.h.
"""

from __future__ import annotations

import errno
import struct
import typing as t

from . import ipset, netlink, uapi
from .netlink import messages_of
from .nla import U32, pack_attribute, parse_attributes, parse_list

_NETLINK_XFRM = 6
_XFRM_MSG_GETSADINFO, _XFRM_MSG_GETSPDINFO = 0x23, 0x25
_XFRMA_COUNTS = 1  # XFRMA_SAD_CNT, and XFRMA_SPD_INFO: six numbers, one a direction
_ALL = U32.pack(0xFFFFFFFF)
_RTM_GETMDB = 86
_BR_PORT_MSG = struct.Struct('=B3xi')
_MDBA_MDB, _MDBA_MDB_ENTRY, _MDBA_MDB_ENTRY_INFO = 1, 1, 1
_MDB_ENTRY = struct.Struct('=IB')  # the start of struct br_mdb_entry
_MDB_PERMANENT = 1
_RTEXT_FILTER_BRVLAN = 2
_IFLA_BRIDGE_VLAN_INFO = 2
_VLAN_INFO = struct.Struct('=HH')
_OF_NEW_PORT = (6, 1)  # BRIDGE_VLAN_INFO_PVID | _UNTAGGED, and the VLAN that each port begins with
_ABSENT = (errno.EPROTONOSUPPORT, errno.EOPNOTSUPP, errno.EINVAL, errno.EPERM)

STATES, POLICIES, SETS = 'IPsec states', 'IPsec policies', 'ipsets'
VLANS, GROUPS = 'VLANs of a bridge', 'entries in a multicast database'


def counts(sock: netlink.NetlinkSocket, names: t.Mapping[int, str]) -> dict[tuple[str, str], int]:
    """By link, '' for none, and kind; without those of which there are none. *names* are those of the links
    by their numbers."""
    found = {('', SETS): len(ipset.names()), **_of_ipsec()}
    for link, kind in (*_vlans(sock, names), *_groups(sock, names)):
        found[link, kind] = found.get((link, kind), 0) + 1
    return {place: number for place, number in found.items() if number}


def _of_ipsec() -> dict[tuple[str, str], int]:
    found = {}
    try:
        with netlink.NetlinkSocket(_NETLINK_XFRM) as sock:
            for kind, request in ((STATES, _XFRM_MSG_GETSADINFO), (POLICIES, _XFRM_MSG_GETSPDINFO)):
                numbers = parse_attributes(sock.ask(request, _ALL), len(_ALL)).get(_XFRMA_COUNTS, b'')
                found['', kind] = sum(number for (number,) in struct.iter_unpack('=I', numbers))
    except OSError as error:
        if error.errno not in _ABSENT:
            raise
    return found


def _dump(sock: netlink.NetlinkSocket, type_: int, body: bytes) -> t.Iterator[tuple[bytes, int, int]]:
    """The messages of a dump; none from a kernel that does not know what is asked for."""
    try:
        yield from messages_of(sock.dump(type_, body))
    except OSError as error:
        if error.errno not in _ABSENT:
            raise


def _vlans(sock: netlink.NetlinkSocket, names: t.Mapping[int, str]) -> t.Iterator[tuple[str, str]]:
    """VLANs of bridges and their ports, beside the one that each port begins with."""
    body = uapi.IFINFOMSG.pack(uapi.AF_BRIDGE, 0, 0, 0, 0)
    body += pack_attribute(uapi.IFLA_EXT_MASK, U32.pack(_RTEXT_FILTER_BRVLAN))
    for data, start, end in _dump(sock, uapi.RTM_GETLINK, body):
        attributes = parse_attributes(data, start + uapi.IFINFOMSG.size, end)
        name = names.get(uapi.IFINFOMSG.unpack_from(data, start)[2])
        for payload in parse_list(attributes.get(uapi.IFLA_AF_SPEC, b''), _IFLA_BRIDGE_VLAN_INFO):
            if name and _VLAN_INFO.unpack_from(payload) != _OF_NEW_PORT:
                yield name, VLANS


def _groups(sock: netlink.NetlinkSocket, names: t.Mapping[int, str]) -> t.Iterator[tuple[str, str]]:
    """Entries that somebody made, not those that a bridge has learned."""
    for data, start, end in _dump(sock, _RTM_GETMDB, _BR_PORT_MSG.pack(uapi.AF_BRIDGE, 0)):
        tables = parse_attributes(data, start + _BR_PORT_MSG.size, end).get(_MDBA_MDB, b'')
        for entry in parse_list(tables, _MDBA_MDB_ENTRY):
            for payload in parse_list(entry, _MDBA_MDB_ENTRY_INFO):
                index, state = _MDB_ENTRY.unpack_from(payload)
                if state & _MDB_PERMANENT and index in names:
                    yield names[index], GROUPS
