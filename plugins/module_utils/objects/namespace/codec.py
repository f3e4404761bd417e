# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The numbers that namespaces have for each other (ip-netns(8), nsid)."""

from __future__ import annotations

from ...kernel import netlink, uapi
from ...kernel.codec import encoded
from ...kernel.nla import S32, U32, pack_attribute, parse_attributes

_RTGENMSG = bytes(4)  # family AF_UNSPEC, padded
_NOT_ASSIGNED = -1  # NETNSA_NSID_NOT_ASSIGNED


def nsid_of(sock: netlink.NetlinkSocket, fd: int) -> int | None:
    """The number that the namespace of *sock* has for the namespace behind *fd*; None while it has none."""
    request = _RTGENMSG + pack_attribute(uapi.NETNSA_FD, U32.pack(fd))
    payload = parse_attributes(sock.ask(uapi.RTM_GETNSID, request), len(_RTGENMSG)).get(uapi.NETNSA_NSID)
    nsid = int(S32.unpack(payload)) if payload else _NOT_ASSIGNED
    return None if nsid == _NOT_ASSIGNED else nsid


def encode_nsid(fd: int, nsid: int) -> bytes:
    """The request that gives the namespace behind *fd* the number *nsid* in the namespace of the socket."""
    attrs = [('NETNSA_NSID', nsid), ('NETNSA_FD', fd)]
    return encoded('nsid', uapi.RTM_NEWNSID, 0, {'rtgen_family': 0}, attrs)
