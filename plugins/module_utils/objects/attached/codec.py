# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is attached to links, as the kernel has it. A dump is turned into the request that makes the same."""

from __future__ import annotations

import socket
import struct
import typing as t

from ...kernel import netlink, uapi
from ...kernel.netlink import pack_message
from ...kernel.nla import (
    NLA_F_NESTED,
    U32,
    pack_attribute,
    parse_attributes,
    unpack_ip,
)
from ..fdb.codec import decode_fdb, stays
from ..link.inet6 import inet6_of
from ..made_for import MadeFor
from ..neighbour.codec import dump_entries
from ..qdisc.dump import dump, dump_traffic_control
from .value import CLASS, FDB, FILTER, NEIGHBOUR, NEXTHOP, NEXTHOP_GROUP, PROXY, QDISC, TOKEN, Attached

Names = t.Mapping[int, str]
"""The names of links by their numbers."""

_INDEX = struct.Struct('=i')
_INDEX_AT = 4  # in struct ndmsg and struct tcmsg
# From NHA_ID to NHA_GATEWAY, NHA_ENCAP_TYPE, NHA_ENCAP, NHA_FDB and NHA_RES_GROUP. The rest is state.
_NEXTHOP_ATTRIBUTES = (1, 2, 3, 4, 6, 7, 8, 11, 12)
# NHA_RES_GROUP_BUCKETS, _IDLE_TIMER and _UNBALANCED_TIMER. How long it has been out of balance is state,
# which the kernel refuses in requests (rtm_nh_res_policy_new).
_RESILIENT_ATTRIBUTES = (1, 2, 3)
_IFLA_INET6_TOKEN = 7
_RTNH_F_ONLINK = uapi.RTNH_F_ONLINK


def dump_attached(
    sock: netlink.NetlinkSocket, names: Names, made: MadeFor, messages: t.Mapping[str, bytes]
) -> list[Attached]:
    """All that others attached to the links of the namespace of *sock*. *messages* are what the kernel said
    of each link."""
    return [
        *_tokens(messages),
        *_dump_nexthops(sock, names),
        *_dump_neighbours(sock, names),
        *_dump_fdb(sock, names, made),
        *dump_traffic_control(sock, names),
    ]


# Tokens


def _tokens(messages: t.Mapping[str, bytes]) -> t.Iterator[Attached]:
    """The host parts that IPv6 gives addresses from routers (ip-token(8)). They are the kernel's only while a
    link has IPv6, and go with its settings (addrconf_ifdown)."""
    for link, message in messages.items():
        token = inet6_of(message).get(_IFLA_INET6_TOKEN, b'')
        if any(token):
            body = uapi.IFINFOMSG.pack(0, 0, 0, 0, 0)
            inet6 = pack_attribute(socket.AF_INET6 | NLA_F_NESTED, pack_attribute(_IFLA_INET6_TOKEN, token))
            body += pack_attribute(uapi.IFLA_AF_SPEC | NLA_F_NESTED, inet6)
            yield Attached(TOKEN, link, b'', body, unpack_ip(token))


# Neighbours


def _dump_neighbours(sock: netlink.NetlinkSocket, names: Names) -> t.Iterator[Attached]:
    for flags, kind in ((0, NEIGHBOUR), (uapi.NTF_PROXY, PROXY)):
        for entry in dump_entries(sock, names, flags=flags):
            address = entry.attributes.get(uapi.NDA_DST)
            if address and (kind == PROXY or entry.is_of_somebody):
                text = unpack_ip(address)
                key = (entry.link, text, kind == PROXY)
                yield Attached(kind, entry.link, address, entry.request(), text, key)


def is_of_ipv6(attached: Attached) -> bool:
    """Whether it goes with the IPv6 of its link."""
    if attached.kind == TOKEN:
        return True
    is_neighbour = attached.kind in (NEIGHBOUR, PROXY)
    return is_neighbour and bool(uapi.NDMSG.unpack_from(attached.body)[0] == socket.AF_INET6)


def _dump_fdb(sock: netlink.NetlinkSocket, names: Names, made: MadeFor) -> t.Iterator[Attached]:
    """Entries of forwarding databases that somebody made, not those of a bridge for its own links.

    A macvlan has the link below listen to its address, which that forgets when it moves (dev_uc_flush).
    """
    for entry in dump_entries(sock, names, uapi.AF_BRIDGE):
        declared = decode_fdb('', entry, names, made)
        if stays(entry) and not declared.comes_with_link:
            where = uapi.NTF_MASTER if uapi.NDA_MASTER in entry.attributes else uapi.NTF_SELF
            body = entry._replace(flags=entry.flags | where).request()
            yield Attached(FDB, entry.link, body, body, declared.lladdr, declared.key[1:])


# Nexthop objects


def _dump_nexthops(sock: netlink.NetlinkSocket, names: Names) -> list[Attached]:
    single, groups = [], []
    for data, start, end in dump(sock, uapi.RTM_GETNEXTHOP, uapi.NHMSG.pack(0, 0, 0, 0, 0)):
        family, _scope, protocol, _reserved, flags = uapi.NHMSG.unpack_from(data, start)
        attributes = parse_attributes(data, start + uapi.NHMSG.size, end)
        index = int(U32.unpack(attributes.pop(uapi.NHA_OIF, bytes(4))))
        is_group = uapi.NHA_GROUP in attributes
        body = uapi.NHMSG.pack(family, 0, protocol, 0, flags & _RTNH_F_ONLINK)
        if uapi.NHA_RES_GROUP in attributes:
            timers = parse_attributes(attributes[uapi.NHA_RES_GROUP])
            attributes[uapi.NHA_RES_GROUP] = _packed(timers, _RESILIENT_ATTRIBUTES)
        body += _packed(attributes, _NEXTHOP_ATTRIBUTES)
        number = attributes[uapi.NHA_ID]
        kind = NEXTHOP_GROUP if is_group else NEXTHOP
        link = '' if is_group else names.get(index, '')
        if is_group or link:
            (groups if is_group else single).append(
                Attached(kind, link, number, body, 'id %d' % U32.unpack(number))
            )
    return single + groups


def _packed(attributes: t.Mapping[int, bytes], known: t.Container[int]) -> bytes:
    pairs = [(number, payload) for number, payload in attributes.items() if number in known]
    return b''.join([pack_attribute(_nested(number), payload) for number, payload in pairs])


def _nested(number: int) -> int:
    """The kernel dumps these without a flag that it insists on in requests."""
    return number | NLA_F_NESTED if number in (uapi.NHA_ENCAP, uapi.NHA_RES_GROUP) else number


def members(group: Attached) -> set[bytes]:
    """The keys of the nexthops of a group."""
    payload = parse_attributes(group.body, uapi.NHMSG.size)[uapi.NHA_GROUP]
    return {U32.pack(each[0]) for each in uapi.NEXTHOP_GRP.iter_unpack(payload)}


def attached_to(attached: t.Sequence[Attached], link: str) -> list[Attached]:
    """What others attached to a link, and the groups of its nexthops."""
    here = [each for each in attached if each.link == link]
    nexthops = {each.key for each in here if each.kind == NEXTHOP}
    groups = [each for each in attached if each.kind == NEXTHOP_GROUP and members(each) & nexthops]
    return here + groups


# Requests

_TYPES = {
    TOKEN: uapi.RTM_SETLINK,
    NEXTHOP: uapi.RTM_NEWNEXTHOP,
    NEXTHOP_GROUP: uapi.RTM_NEWNEXTHOP,
    NEIGHBOUR: uapi.RTM_NEWNEIGH,
    PROXY: uapi.RTM_NEWNEIGH,
    FDB: uapi.RTM_NEWNEIGH,
    QDISC: uapi.RTM_NEWQDISC,
    CLASS: uapi.RTM_NEWTCLASS,
    FILTER: uapi.RTM_NEWTFILTER,
}


def encode_attached(attached: Attached, index: int) -> bytes:
    """The request that makes it on the link *index*, or restores what it had."""
    body = attached.body
    if attached.kind == NEXTHOP:
        body += pack_attribute(uapi.NHA_OIF, U32.pack(index))
    elif attached.kind != NEXTHOP_GROUP:
        body = body[:_INDEX_AT] + _INDEX.pack(index) + body[_INDEX_AT + _INDEX.size :]
    if attached.kind == TOKEN:
        return pack_message(_TYPES[TOKEN], 0, body)
    # An entry of a VXLAN may lead to several places.
    how = uapi.NLM_F_APPEND if attached.kind == FDB else uapi.NLM_F_REPLACE
    return pack_message(_TYPES[attached.kind], uapi.NLM_F_CREATE | how, body)
