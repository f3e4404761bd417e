# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Nexthop objects as the kernel has them."""

from __future__ import annotations

import errno
import typing as t

from ...kernel import netlink, uapi
from ...kernel.netlink import FAMILIES, FAMILY_NUMBERS, messages_of, pack_message
from ...kernel.nla import NLA_F_NESTED, U16, U32, pack_attribute, pack_ip, parse_attributes, unpack_ip
from ..attribute import USER_HZ
from ..extra import Extra
from ..route.encap import canonical
from .schema import GROUP_TYPES, MPATH, RESILIENT
from .value import Nexthop

_ID, _GROUP, _TYPE, _BLACKHOLE, _OIF, _GATEWAY = 1, 2, 3, 4, 5, 6
_ENCAP_TYPE, _ENCAP, _FDB, _RES_GROUP = 7, 8, 11, 12
_BUCKETS, _IDLE_TIMER, _UNBALANCED_TIMER = 1, 2, 3
_AS_OF_ROUTES = {_ENCAP_TYPE: uapi.RTA_ENCAP_TYPE, _ENCAP: uapi.RTA_ENCAP}
_AS_OF_NEXTHOPS = {of_route: number for number, of_route in _AS_OF_ROUTES.items()}
_TYPE_WORDS = {number: word for word, number in GROUP_TYPES.items()}
_NO_NEXTHOPS = (errno.EOPNOTSUPP, errno.EINVAL)


def dump_nexthops(sock: netlink.NetlinkSocket, namespace: str, names: t.Mapping[int, str]) -> list[Nexthop]:
    """All nexthop objects; none from a kernel that has none. *names* has the links by their numbers."""
    try:
        return netlink.stable_dump(
            sock,
            uapi.RTM_GETNEXTHOP,
            uapi.NHMSG.pack(0, 0, 0, 0, 0),
            lambda datagrams: [_decode(*message, namespace, names) for message in messages_of(datagrams)],
        )
    except netlink.KernelError as error:
        if error.errno not in _NO_NEXTHOPS:
            raise
        return []


def _decode(data: bytes, start: int, end: int, namespace: str, names: t.Mapping[int, str]) -> Nexthop:
    family, _scope, protocol, _reserved, flags = uapi.NHMSG.unpack_from(data, start)
    parts = parse_attributes(data, start + uapi.NHMSG.size, end)
    is_group = _GROUP in parts
    type_ = U16.unpack(parts[_TYPE]) if _TYPE in parts else 0
    timers = parse_attributes(parts[_RES_GROUP]) if _RES_GROUP in parts else {}
    return Nexthop(
        namespace,
        U32.unpack(parts[_ID]),
        unpack_ip(parts[_GATEWAY]) if _GATEWAY in parts else '',
        names.get(U32.unpack(parts[_OIF]), '') if _OIF in parts and _BLACKHOLE not in parts else '',
        '' if is_group else FAMILIES.get(family, ''),
        bool(flags & uapi.RTNH_F_ONLINK),
        _BLACKHOLE in parts,
        _FDB in parts,
        _members(parts.get(_GROUP, b'')),
        _TYPE_WORDS.get(type_, str(type_)),
        U16.unpack(timers[_BUCKETS]) if timers else 0,
        U32.unpack(timers[_IDLE_TIMER]) // USER_HZ if timers else 0,
        U32.unpack(timers[_UNBALANCED_TIMER]) // USER_HZ if timers else 0,
        _extra(parts),
        protocol,
    )


def _members(payload: bytes) -> tuple[tuple[int, int], ...]:
    """struct nexthop_grp: id, weight less one."""
    return tuple(sorted([(each[0], each[1] + 1) for each in uapi.NEXTHOP_GRP.iter_unpack(payload)]))


def _extra(parts: t.Mapping[int, bytes]) -> Extra:
    """The encapsulation. What else there is is state."""
    pairs = [(_AS_OF_ROUTES[number], parts[number]) for number in parts if number in _AS_OF_ROUTES]
    return canonical(tuple(pairs)) if pairs else ()


def encode_nexthop(nexthop: Nexthop, index: int, replaces: bool) -> bytes:
    """The request that makes it, or puts it in the place of one with its ID. *index* is that of its link."""
    how = uapi.NLM_F_REPLACE if replaces else uapi.NLM_F_EXCL
    family = FAMILY_NUMBERS[nexthop.family] if nexthop.family else 0
    flags = uapi.RTNH_F_ONLINK if nexthop.onlink else 0
    attributes = [(_ID, U32.pack(nexthop.number))]
    if nexthop.group:
        attributes += _group(nexthop)
    if nexthop.blackhole:
        attributes.append((_BLACKHOLE, b''))
    if nexthop.fdb:
        attributes.append((_FDB, b''))
    if nexthop.via:
        attributes.append((_GATEWAY, pack_ip(nexthop.via)))
    if nexthop.dev:
        attributes.append((_OIF, U32.pack(index)))
    for number, payload in nexthop.extra:
        attributes.append((_AS_OF_NEXTHOPS[number], payload))
    body = uapi.NHMSG.pack(family, 0, nexthop.protocol, 0, flags)
    body += b''.join([pack_attribute(_nested(number), payload) for number, payload in attributes])
    return pack_message(uapi.RTM_NEWNEXTHOP, uapi.NLM_F_CREATE | how, body)


def _nested(number: int) -> int:
    return number | NLA_F_NESTED if number in (_ENCAP, _RES_GROUP) else number


def _group(nexthop: Nexthop) -> list[tuple[int, bytes]]:
    pairs = [uapi.NEXTHOP_GRP.pack(number, weight - 1, 0, 0) for number, weight in nexthop.group]
    attributes = [(_GROUP, b''.join(pairs))]
    if nexthop.type != MPATH:
        attributes.append((_TYPE, U16.pack(GROUP_TYPES[nexthop.type])))
    if nexthop.type == RESILIENT:
        timers = pack_attribute(_BUCKETS, U16.pack(nexthop.buckets))
        timers += pack_attribute(_IDLE_TIMER, U32.pack(nexthop.idle_timer * USER_HZ))
        timers += pack_attribute(_UNBALANCED_TIMER, U32.pack(nexthop.unbalanced_timer * USER_HZ))
        attributes.append((_RES_GROUP, timers))
    return attributes


def encode_removal(nexthop: Nexthop) -> bytes:
    body = uapi.NHMSG.pack(0, 0, 0, 0, 0) + pack_attribute(_ID, U32.pack(nexthop.number))
    return pack_message(uapi.RTM_DELNEXTHOP, 0, body)
