# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Routes as the kernel has them."""

from __future__ import annotations

import socket
import struct
import typing as t

from ...kernel import netlink, uapi
from ...kernel.codec import Attrs, encoded
from ...kernel.netlink import FAMILIES, FAMILY_NUMBERS, messages_of
from ...kernel.nla import (
    NLA_F_NESTED,
    U32,
    Attributes,
    pack_attribute,
    pack_ip,
    parse_attributes,
    unpack_ip,
)
from ...kernel.uapi import (
    RTA_CACHEINFO,
    RTA_DST,
    RTA_ENCAP,
    RTA_GATEWAY,
    RTA_METRICS,
    RTA_MULTIPATH,
    RTA_NH_ID,
    RTA_OIF,
    RTA_PREF,
    RTA_PREFSRC,
    RTA_PRIORITY,
    RTA_SRC,
    RTA_TABLE,
    RTA_VIA,
    RTM_F_CLONED,
    RTN_UNICAST,
    RTNH_F_ONLINK,
    RTPROT_KERNEL,
)
from ...values.countdown import Countdown
from ...values.names import ANY, family_of
from ..attribute import USER_HZ, Settings
from ..extra import Extra, pack_extra
from .encap import canonical
from .schema import FOUND, METRICS, NEWER_METRICS, SCOPES, TYPES
from .value import Hop, Route

ASK_ROUTES = uapi.RTMSG.pack(0, 0, 0, 0, 0, 0, 0, 0, 0)
Networks = t.Collection[tuple[str, str]]
"""Networks by link."""

Hops = dict[tuple[t.Optional[bytes], t.Optional[bytes], int], 'tuple[Hop, ...]']

_SCOPE_WORDS = {number: word for word, number in SCOPES.items()}
_TYPE_WORDS = {number: word for word, number in TYPES.items()}
_WITHOUT_LINK = (uapi.RTN_BLACKHOLE, uapi.RTN_UNREACHABLE, uapi.RTN_PROHIBIT, uapi.RTN_THROW)
_KERNEL_MADE = (uapi.RTPROT_REDIRECT, uapi.RTPROT_KERNEL)
_OF_NEXTHOP = (RTA_ENCAP, uapi.RTA_ENCAP_TYPE)
_U32 = struct.Struct('=I').unpack
_IPV6 = socket.AF_INET6.value
_NAMED = FOUND.numbers.issuperset
_NEVER = bytes(4)  # rta_expires of struct rta_cacheinfo
_NO_NETWORKS: frozenset[tuple[str, str]] = frozenset()


def dump_routes(
    sock: netlink.NetlinkSocket,
    namespace: str,
    names: dict[int, str],
    unrouted: Networks = _NO_NETWORKS,
) -> list[Route]:
    """The routes that somebody made, in the kernel's order; those that the kernel makes from addresses are
    left out.

    *names* has the names of links by their indexes. *unrouted* are networks that addresses have no route of
    the kernel for (see unrouted_networks): network managers add it themselves, and say that the kernel did.
    """
    return netlink.stable_dump(
        sock,
        uapi.RTM_GETROUTE,
        ASK_ROUTES,
        lambda datagrams: decode_routes(datagrams, namespace, names, unrouted),
    )


def decode_routes(
    datagrams: t.Iterable[bytes],
    namespace: str,
    names: dict[int, str],
    unrouted: Networks = _NO_NETWORKS,
) -> list[Route]:
    routes = []
    hops: Hops = {}
    unpack = uapi.RTMSG.unpack_from
    for data, start, end in messages_of(datagrams):
        header = unpack(data, start)
        if header[0] not in FAMILIES or header[8] & RTM_F_CLONED:
            continue
        protocol = header[5]
        if protocol not in _KERNEL_MADE:
            routes.append(_decode(header, parse_attributes(data, start + 12, end), namespace, names, hops))
        elif unrouted and protocol == RTPROT_KERNEL and header[7] == RTN_UNICAST:
            route = _decode(header, parse_attributes(data, start + 12, end), namespace, names, hops)
            if _is_prefix_route(route, unrouted):
                routes.append(route)
    return routes


def _is_prefix_route(route: Route, networks: Networks) -> bool:
    """Whether a route leads to one of these networks over its link."""
    return len(route.hops) == 1 and not route.hops[0].via and (route.hops[0].dev, route.to) in networks


def _decode(
    header: tuple[int, ...], parts: Attributes, namespace: str, names: dict[int, str], known_hops: Hops
) -> Route:
    """One route. By hand and not by the table, which takes a third longer; a test holds the two together.

    *known_hops* are those of the routes before: most routes of a dump share a few.
    """
    family, length, source_length, tos, table, protocol, scope, type_, flags = header
    extra: Extra = () if _NAMED(parts) else FOUND.unnamed(parts)
    metrics: Settings = ()
    if RTA_METRICS in parts:
        metrics, unnamed = _decode_metrics(parts[RTA_METRICS])
        extra += unnamed
    if RTA_ENCAP in parts:
        extra = canonical(extra)
    if RTA_MULTIPATH in parts:
        hops = _decode_hops(parts[RTA_MULTIPATH], names)
    elif type_ in _WITHOUT_LINK:  # an IPv6 route without a link stands on lo
        hops = ()
    else:
        key = (parts.get(RTA_GATEWAY) or parts.get(RTA_VIA), parts.get(RTA_OIF), flags & RTNH_F_ONLINK)
        hops = known_hops.get(key, ())
        if not hops:
            link = names.get(_U32(parts[RTA_OIF])[0], '') if RTA_OIF in parts else ''
            hops = known_hops[key] = (Hop(_gateway(parts), link, 1, bool(flags & RTNH_F_ONLINK)),)
    if RTA_NH_ID in parts:
        # What the nexthop object does, the kernel says of the route too.
        type_ = RTN_UNICAST
        extra = tuple([pair for pair in extra if pair[0] not in _OF_NEXTHOP])
    expires = None
    if family == _IPV6:
        scope_word = 'global'
        pref = parts[RTA_PREF][0] if RTA_PREF in parts else 0
        source = '%s/%d' % (unpack_ip(parts[RTA_SRC]), source_length) if RTA_SRC in parts else ''
        if RTA_CACHEINFO in parts and parts[RTA_CACHEINFO][8:12] != _NEVER:
            expires = _expiry(parts[RTA_CACHEINFO])
    else:
        scope_word, pref, source = _SCOPE_WORDS.get(scope) or str(scope), 0, ''
    return Route(
        namespace,
        '%s/%d' % (unpack_ip(parts[RTA_DST]), length) if RTA_DST in parts else ANY[FAMILIES[family]],
        hops,
        _U32(parts[RTA_TABLE])[0] if RTA_TABLE in parts else table,
        _U32(parts[RTA_PRIORITY])[0] if RTA_PRIORITY in parts else 0,
        _TYPE_WORDS.get(type_) or str(type_),
        unpack_ip(parts[RTA_PREFSRC]) if RTA_PREFSRC in parts else '',
        scope_word,
        tos,
        metrics,
        protocol,
        pref,
        source,
        expires,
        extra,
    )


def _decode_metrics(data: bytes) -> tuple[Settings, Extra]:
    """The metrics by word, and the rest: what is locked, and those without a word."""
    named, unnamed = METRICS.decode_fields(data, 0, len(data))
    return tuple(sorted(named.items())), ((RTA_METRICS, pack_extra(unnamed)),) if unnamed else ()


def _decode_hops(data: bytes, names: dict[int, str]) -> tuple[Hop, ...]:
    """The hops in RTA_MULTIPATH, sorted: the kernel keeps no order that a document could have."""
    hops = []
    offset = 0
    while offset + uapi.RTNEXTHOP.size <= len(data):
        size, flags, weight, index = uapi.RTNEXTHOP.unpack_from(data, offset)
        if size < uapi.RTNEXTHOP.size:
            break
        parts = parse_attributes(data, offset + 8, offset + size)
        onlink = bool(flags & RTNH_F_ONLINK)
        extra = canonical(FOUND.unnamed(parts))
        hops.append(Hop(_gateway(parts), names.get(index, ''), weight + 1, onlink, extra))
        offset += (size + 3) & ~3
    return tuple(sorted(hops))


def _gateway(parts: Attributes) -> str:
    if RTA_GATEWAY in parts:
        return unpack_ip(parts[RTA_GATEWAY])
    via = parts.get(RTA_VIA)  # struct rtvia: the family, and a gateway of the other family
    return unpack_ip(via[2:]) if via else ''


def _expiry(cacheinfo: bytes) -> Countdown:
    expires = uapi.RTA_CACHEINFO_STRUCT.unpack_from(cacheinfo)[2]
    return Countdown(max(1, expires // USER_HZ) if expires > 0 else 0)


def encode_route(route: Route, indexes: t.Mapping[str, int], verb: str) -> bytes:
    """The request that adds, prepends, appends, replaces or deletes a route: *verb*.

    *indexes* has the link of each hop that names one.
    """
    deletes = verb == 'delete'
    extra = dict(route.extra)
    to, _slash, length = route.to.partition('/')
    source, _slash, source_length = route.source.partition('/')
    attrs: Attrs = [('RTA_TABLE', route.table)]
    if route.to != ANY[route.family]:
        attrs.append(('RTA_DST', to))
    if route.metric:
        attrs.append(('RTA_PRIORITY', route.metric))
    if route.src and not deletes:
        attrs.append(('RTA_PREFSRC', route.src))
    # A nexthop object has the hops, and the kernel takes no others beside it.
    hops = () if uapi.RTA_NH_ID in extra else route.hops
    attrs += _hops_attrs(hops, route.family, indexes, deletes, extra)
    if deletes:
        extra.pop(uapi.RTA_METRICS, None)
    else:
        attrs += _metrics_attrs(route, extra)
        if route.pref:
            attrs.append(('RTA_PREF', route.pref))
        if route.expires is not None:
            extra[uapi.RTA_EXPIRES] = U32.pack(route.expires)
    if source:
        attrs.append(('RTA_SRC', source))
    fields = {
        'family': FAMILY_NUMBERS[route.family],
        'dst_len': int(length),
        'src_len': int(source_length or 0),
        'tos': route.tos,
        'table': route.table if route.table < 256 else uapi.RT_TABLE_COMPAT,
        'proto': route.protocol,
        'scope': 0 if route.family == 'ipv6' else FOUND['scope'].type.to_kernel(route.scope),
        'type': FOUND['type'].type.to_kernel(route.type),
        'flags': uapi.RTNH_F_ONLINK if len(hops) == 1 and hops[0].onlink else 0,
    }
    type_, mode = _VERBS[verb]
    return encoded('route', type_, mode, fields, attrs, _pack_extra(extra.items()))


_VERBS = {
    'add': (uapi.RTM_NEWROUTE, uapi.NLM_F_CREATE | uapi.NLM_F_EXCL),
    'prepend': (uapi.RTM_NEWROUTE, uapi.NLM_F_CREATE),
    'append': (uapi.RTM_NEWROUTE, uapi.NLM_F_CREATE | uapi.NLM_F_APPEND),
    'replace': (uapi.RTM_NEWROUTE, uapi.NLM_F_CREATE | uapi.NLM_F_REPLACE),
    'delete': (uapi.RTM_DELROUTE, 0),
}


def _hops_attrs(
    hops: tuple[Hop, ...], family: str, indexes: t.Mapping[str, int], deletes: bool, extra: dict[int, bytes]
) -> Attrs:
    """The attributes that lead to the hops. What only bytes can say goes to *extra*."""
    if len(hops) == 1:
        [hop] = hops
        return _gateway_attrs(hop, family) + ([('RTA_OIF', indexes[hop.dev])] if hop.dev else [])
    # IPv4 compares the hops of a route to be deleted one by one in its own order, which is not kept here.
    if not hops or (deletes and family == 'ipv4'):
        return []
    if any(hop.extra for hop in hops):
        packed = [_pack_hop(hop, family, indexes.get(hop.dev, 0)) for hop in hops]
        extra[uapi.RTA_MULTIPATH] = b''.join(packed)
        return []
    return [('RTA_MULTIPATH', [_hop_fields(hop, family, indexes.get(hop.dev, 0)) for hop in hops])]


def _hop_fields(hop: Hop, family: str, index: int) -> dict[str, t.Any]:
    return {
        'hops': hop.weight - 1,
        'oif': index,
        'flags': uapi.RTNH_F_ONLINK if hop.onlink else 0,
        'attrs': _gateway_attrs(hop, family),
    }


def _pack_hop(hop: Hop, family: str, index: int) -> bytes:
    """One hop of RTA_MULTIPATH with what it has beyond a gateway, which pyroute2 cannot encode."""
    body = _pack_gateway(hop.via, family) + _pack_extra(hop.extra)
    size = uapi.RTNEXTHOP.size + len(body)
    return uapi.RTNEXTHOP.pack(size, uapi.RTNH_F_ONLINK if hop.onlink else 0, hop.weight - 1, index) + body


def _pack_gateway(via: str, family: str) -> bytes:
    """The attribute of _gateway_attrs in bytes."""
    if not via:
        return b''
    of_gateway = family_of(via)
    if of_gateway == family:
        return pack_attribute(uapi.RTA_GATEWAY, pack_ip(via))
    # struct rtvia, linux/rtnetlink.h
    return pack_attribute(RTA_VIA, struct.pack('=H', FAMILY_NUMBERS[of_gateway]) + pack_ip(via))


def _pack_extra(extra: t.Iterable[tuple[int, bytes]]) -> bytes:
    """The kernel dumps RTA_ENCAP without a flag that it insists on in requests (ioam6_build_state)."""
    return b''.join(
        [
            pack_attribute(number | NLA_F_NESTED if number == uapi.RTA_ENCAP else number, payload)
            for number, payload in extra
        ]
    )


def _gateway_attrs(hop: Hop, family: str) -> Attrs:
    if not hop.via:
        return []
    of_gateway = family_of(hop.via)
    if of_gateway != family:  # RFC 5549, from Linux 5.2 on
        return [('RTA_VIA', {'family': FAMILY_NUMBERS[of_gateway], 'addr': hop.via})]
    return [('RTA_GATEWAY', hop.via)]


def _metrics_attrs(route: Route, extra: dict[int, bytes]) -> Attrs:
    """The metrics. If some of them are bytes, all of them go to *extra*, for there is one attribute for
    all."""
    is_newer = any(word in NEWER_METRICS for word, _value in route.metrics)
    if uapi.RTA_METRICS not in extra and not is_newer:
        return [('RTA_METRICS', {'attrs': METRICS.encode(route.metrics)})] if route.metrics else []
    extra[uapi.RTA_METRICS] = extra.get(uapi.RTA_METRICS, b'') + METRICS.pack(route.metrics)
    return []
