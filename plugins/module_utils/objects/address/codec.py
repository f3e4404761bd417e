# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses as the kernel has them."""

from __future__ import annotations

import socket
import struct
import typing as t

from ...kernel import netlink, uapi
from ...kernel.codec import Attrs, encoded
from ...kernel.netlink import FAMILIES, FAMILY_NUMBERS, messages_of
from ...kernel.nla import U32, pack_attribute, parse_attributes, unpack_ip, unpack_text
from ...kernel.uapi import (
    IFA_ADDRESS,
    IFA_BROADCAST,
    IFA_CACHEINFO,
    IFA_F_DEPRECATED,
    IFA_F_NODAD,
    IFA_F_NOPREFIXROUTE,
    IFA_F_SECONDARY,
    IFA_F_TEMPORARY,
    IFA_FLAGS,
    IFA_LABEL,
    IFA_LOCAL,
    IFA_PROTO,
    IFA_RT_PRIORITY,
)
from ...values.countdown import FOREVER, Countdown
from ..extra import Extra, pack_extra
from .schema import FOUND, MASKS, SCOPES
from .value import Address, Lifetimes

ASK_ADDRESSES = uapi.IFADDRMSG.pack(0, 0, 0, 0, 0)
_SCOPE_WORDS = {number: word for word, number in SCOPES.items()}
_U32 = struct.Struct('=I').unpack
_IPV6 = socket.AF_INET6.value
_NAMED = FOUND.numbers.issuperset
_KERNEL_MADE = (uapi.IFAPROT_KERNEL_LO, uapi.IFAPROT_KERNEL_RA, uapi.IFAPROT_KERNEL_LL)
_FOREVER = struct.pack('=II', FOREVER, FOREVER)  # the beginning of struct ifa_cacheinfo
_KEPT = ('home', 'mngtmpaddr', 'autojoin')  # in the order of the fields of an Address
_ASKED_FOR = sum(MASKS[name] for name in _KEPT)


def dump_addresses(sock: netlink.NetlinkSocket, namespace: str, names: dict[int, str]) -> list[Address]:
    """The addresses that somebody gave, not those that the kernel made itself.

    *names* has the names of links by their indexes.
    """
    return netlink.stable_dump(
        sock,
        uapi.RTM_GETADDR,
        ASK_ADDRESSES,
        lambda datagrams: decode_addresses(datagrams, namespace, names),
    )


def decode_addresses(datagrams: t.Iterable[bytes], namespace: str, names: dict[int, str]) -> list[Address]:
    addresses = []
    for data, start, end in messages_of(datagrams):
        address = _decode(data, start, end, namespace, names)
        if address is not None:
            addresses.append(address)
    return addresses


def _decode(data: bytes, start: int, end: int, namespace: str, names: dict[int, str]) -> Address | None:
    """One address. By hand and not by the table, which takes a third longer; a test holds the two
    together."""
    family, length, flags, scope, index = uapi.IFADDRMSG.unpack_from(data, start)
    if family not in FAMILIES or index not in names:
        return None
    parts = parse_attributes(data, start + 8, end)
    if IFA_FLAGS in parts:
        flags = _U32(parts[IFA_FLAGS])[0]
    protocol = parts[IFA_PROTO][0] if IFA_PROTO in parts else 0
    of_ipv6 = family == _IPV6
    if protocol in _KERNEL_MADE or (of_ipv6 and flags & IFA_F_TEMPORARY):
        return None
    peer = parts[IFA_ADDRESS]
    local = parts.get(IFA_LOCAL, peer)
    extra: Extra = () if _NAMED(parts) else FOUND.unnamed(parts)
    cacheinfo = parts[IFA_CACHEINFO]
    link = names[index]
    label = unpack_text(parts[IFA_LABEL]) if IFA_LABEL in parts else None
    return Address(
        namespace,
        link,
        '%s/%d' % (unpack_ip(local), length),
        None if label == link else label,
        _SCOPE_WORDS.get(scope) or str(scope),
        not flags & IFA_F_NOPREFIXROUTE,
        of_ipv6 and not flags & IFA_F_NODAD,
        bool(flags & IFA_F_SECONDARY) and not of_ipv6,
        protocol,
        _lifetimes(cacheinfo, flags) if cacheinfo[:8] != _FOREVER or flags & IFA_F_DEPRECATED else None,
        extra,
        unpack_ip(peer) if local != peer else '',
        unpack_ip(parts[IFA_BROADCAST]) if IFA_BROADCAST in parts else '',
        _U32(parts[IFA_RT_PRIORITY])[0] if IFA_RT_PRIORITY in parts else 0,
        *(_NO_FLAGS if not flags & _ASKED_FOR else _flags_of(flags)),
        detection=_detection(flags) if of_ipv6 else '',
    )


_NO_FLAGS = (False, False, False)


def _flags_of(flags: int) -> tuple[bool, ...]:
    """What somebody asked for: home, mngtmpaddr, autojoin. Other flags are the state of the address."""
    return tuple([bool(flags & MASKS[name]) for name in _KEPT])


def _detection(flags: int) -> str:
    """How far the detection of duplicates is, in the words of ip-address(8)."""
    if flags & uapi.IFA_F_DADFAILED:
        return 'dadfailed'
    return 'tentative' if flags & uapi.IFA_F_TENTATIVE else ''


def _lifetimes(cacheinfo: bytes, flags: int) -> Lifetimes:
    preferred, valid, _created, _updated = uapi.IFA_CACHEINFO_STRUCT.unpack(cacheinfo)
    if valid == FOREVER and flags & IFA_F_DEPRECATED:
        preferred = 0  # IPv4 says so by the flag alone (inet_fill_ifaddr)
    return Lifetimes(Countdown(preferred), Countdown(valid))


def encode_address(address: Address, index: int, add: bool, replace: bool = False) -> bytes:
    """The request that gives an address to the link *index*, or takes it away. With *replace* it takes the
    place of an equal one, whoever made that."""
    ip, length = address.address.split('/')
    attrs: Attrs = [('IFA_LOCAL', ip), ('IFA_ADDRESS', address.peer or ip)]
    if address.family == 'ipv4' and address.label:
        attrs.append(('IFA_LABEL', address.label))
    fields = {
        'family': FAMILY_NUMBERS[address.family],
        'prefixlen': int(length),
        'scope': FOUND['scope'].type.to_kernel(address.scope),
        'index': index,
    }
    if not add:
        return encoded('address', uapi.RTM_DELADDR, 0, fields, attrs)
    if address.broadcast:
        attrs.append(FOUND.encode_one('broadcast', address.broadcast))
    flags = _flags(address)
    if flags:
        attrs.append(('IFA_FLAGS', flags))
    extra = dict(address.extra)
    if address.lifetimes is not None:
        # When it was made and changed is not for us to say.
        extra[IFA_CACHEINFO] = uapi.IFA_CACHEINFO_STRUCT.pack(*address.lifetimes, 0, 0)
    # pyroute2 knows these two from 0.9 on only; kernels before 5.18 skip IFA_PROTO.
    if address.metric:
        extra[IFA_RT_PRIORITY] = U32.pack(address.metric)
    raw = pack_attribute(IFA_PROTO, bytes((address.protocol,))) if address.protocol else b''
    raw += pack_extra(extra.items())
    mode = uapi.NLM_F_REPLACE if replace else uapi.NLM_F_EXCL
    return encoded('address', uapi.RTM_NEWADDR, uapi.NLM_F_CREATE | mode, fields, attrs, raw)


def _flags(address: Address) -> int:
    """The flags of a new address."""
    flags = 0 if address.prefix_route else uapi.IFA_F_NOPREFIXROUTE
    if address.family == 'ipv6' and not address.dad:
        flags |= uapi.IFA_F_NODAD
    return flags | sum(mask for name, mask in MASKS.items() if getattr(address, name))
