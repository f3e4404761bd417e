# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The same objects as the codecs read, out of the same bytes, but decoded by pyroute2.

Only get_attr and fields are used, which all releases have. Where a release cannot decode something, it says
so here.
"""

from __future__ import annotations

import importlib
import ipaddress
import socket
import struct
import sys
import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.kernel import codec
from ansible_collections.multinet.linux.plugins.module_utils.objects.address.value import Address, Lifetimes
from ansible_collections.multinet.linux.plugins.module_utils.objects.route import schema as route_model
from ansible_collections.multinet.linux.plugins.module_utils.objects.route.encap import canonical
from ansible_collections.multinet.linux.plugins.module_utils.objects.route.value import Hop, Route
from ansible_collections.multinet.linux.plugins.module_utils.objects.rule.value import Rule
from ansible_collections.multinet.linux.plugins.module_utils.values.countdown import Countdown

FAMILIES = {socket.AF_INET: 'ipv4', socket.AF_INET6: 'ipv6'}
NEVER = 0xFFFFFFFF


def decoded(name: str, data: bytes) -> t.Any:
    codec.require()
    message = getattr(importlib.import_module('pyroute2.netlink.rtnl.' + name), name)(data)
    message.decode()
    return message


def unknown(message: t.Any, kind: int, data: bytes) -> bytes | None:
    """An attribute that this release has no name for: its header is known, its place in the message too."""
    for name, value in message['attrs']:
        if name == 'UNKNOWN' and value['header']['type'] == kind:
            return data[value.offset + 4 : value.offset + value['header']['length']]
    return None


def unnamed(data: bytes, offset: int, named: t.Collection[int]) -> list[tuple[int, bytes]]:
    """The attributes that we have no field for, by number; read here once more, for pyroute2 knows others."""
    found = []
    while offset + 4 <= len(data):
        size, kind = struct.unpack_from('=HH', data, offset)
        if kind & 0x3FFF not in named:
            found.append((kind & 0x3FFF, data[offset + 4 : offset + size]))
        offset += (size + 3) & ~3
    return found


def packed(attributes: t.Iterable[tuple[int, bytes]]) -> bytes:
    return b''.join(
        struct.pack('=HH', len(value) + 4, kind) + value + bytes(-len(value) % 4)
        for kind, value in attributes
    )


def ip(text: str | None) -> str:
    """In the spelling of Python: pyroute2 takes that of the C library, which has dots in addresses below
    ::/96."""
    return str(ipaddress.ip_address(text)) if text else ''


def yes(number: int) -> bool:
    return bool(number)


def address(data: bytes, namespace: str, names: dict[int, str]) -> Address | None:
    message = decoded('ifaddrmsg', data)
    get = message.get_attr
    flags = get('IFA_FLAGS') if get('IFA_FLAGS') is not None else message['flags']
    protocol = get('IFA_PROTO')
    if protocol is None:  # the releases before 0.9 do not know it
        protocol = (unknown(message, 11, data) or b'\0')[0]
    if protocol in (1, 2, 3) or (message['family'] == socket.AF_INET6 and flags & 1):
        return None
    four = message['family'] == socket.AF_INET
    link_name = names[message['index']]
    label = get('IFA_LABEL')
    extra = unnamed(data, 24, (1, 2, 3, 4, 6, 8, 9, 11))
    local, peer = get('IFA_LOCAL') or get('IFA_ADDRESS'), get('IFA_ADDRESS')
    lifetimes = tuple(get('IFA_CACHEINFO')['ifa_' + word] for word in ('preferred', 'valid'))
    if lifetimes == (NEVER, NEVER) and flags & 0x20:  # deprecated
        lifetimes = (0, NEVER)
    priority = unknown(message, 9, data)  # the older releases do not know it
    return Address(
        namespace,
        link_name,
        '%s/%d' % (ip(get('IFA_LOCAL') or get('IFA_ADDRESS')), message['prefixlen']),
        label=label if label != link_name else None,
        scope={0: 'global', 200: 'site', 253: 'link', 254: 'host'}.get(
            message['scope'], str(message['scope'])
        ),
        prefix_route=not flags & 0x200,
        dad=not four and not flags & 2,
        secondary=four and yes(flags & 1),
        protocol=protocol,
        lifetimes=None if lifetimes == (NEVER, NEVER) else Lifetimes(*map(Countdown, lifetimes)),
        extra=tuple(extra),
        peer=ip(peer) if local != peer else '',
        broadcast=ip(get('IFA_BROADCAST')),
        metric=get('IFA_RT_PRIORITY') or struct.unpack('=I', priority or bytes(4))[0],
        home=yes(flags & 0x10),
        mngtmpaddr=yes(flags & 0x100),
        autojoin=yes(flags & 0x400),
    )


def _via(message: t.Any) -> str:
    if message.get_attr('RTA_GATEWAY'):
        return ip(message.get_attr('RTA_GATEWAY'))
    via = message.get_attr('RTA_VIA')
    return ip(via['addr']) if via else ''


METRICS = (
    'mtu',
    'window',
    'rtt',
    'rttvar',
    'ssthresh',
    'cwnd',
    'advmss',
    'reordering',
    'hoplimit',
    'initcwnd',
    'initrwnd',
    'quickack',
)
TYPES = (
    'unicast',
    'local',
    'broadcast',
    'anycast',
    'multicast',
    'blackhole',
    'unreachable',
    'prohibit',
    'throw',
)


# Those that a field of ours has, or a part of one: destination, source, link, gateway, priority, preferred
# source, metrics, hops, cacheinfo, table, via, preference.
ROUTE_NUMBERS = (1, 2, 4, 5, 6, 7, 8, 9, 12, 15, 18, 20)
METRIC_NUMBERS = (*range(1, 18),)


def _newer_metrics(data: bytes) -> list[tuple[str, t.Any]]:
    """Those that releases of pyroute2 do not know, or know in another form."""
    payloads = [value for _number, value in unnamed(data, 28, set(range(64)) - {8})]
    named = [route_model.METRICS.decode_fields(payload, 0, len(payload))[0] for payload in payloads]
    pairs = [pair for each in named for pair in each.items()]
    return [pair for pair in pairs if pair[0] in route_model.NEWER_METRICS]


def route(data: bytes, namespace: str, names: dict[int, str]) -> Route | None:
    message = decoded('rtmsg', data)
    get = message.get_attr
    if message['family'] not in FAMILIES or message['proto'] in (1, 2) or message['flags'] & 0x200:
        return None
    four = message['family'] == socket.AF_INET
    kind = TYPES[message['type'] - 1]
    if get('RTA_MULTIPATH'):
        hops = [
            Hop(_via(hop), names.get(hop['oif'], ''), hop['hops'] + 1, yes(hop['flags'] & 4))
            for hop in get('RTA_MULTIPATH')
        ]
    elif kind in ('blackhole', 'unreachable', 'prohibit', 'throw'):
        hops = []
    else:
        hops = [Hop(_via(message), names.get(get('RTA_OIF'), ''), 1, yes(message['flags'] & 4))]
    found = get('RTA_METRICS')
    metrics = [(key, found.get_attr('RTAX_' + key.upper())) for key in METRICS] if found else []
    metrics += _newer_metrics(data) if found else []
    scope = message['scope']
    extra = unnamed(data, 28, ROUTE_NUMBERS)
    for number, value in unnamed(data, 28, set(range(64)) - {8}):
        others = unnamed(value, 0, METRIC_NUMBERS)
        if others:
            extra.append((number, packed(others)))
    is_by_object = any(number == 30 for number, _value in extra)  # RTA_NH_ID
    if is_by_object:
        extra = [pair for pair in extra if pair[0] not in (21, 22)]
    expires = get('RTA_CACHEINFO')['rta_expires'] if get('RTA_CACHEINFO') else 0
    return Route(
        namespace,
        '%s/%d' % (ip(get('RTA_DST') or ('0.0.0.0' if four else '::')), message['dst_len']),
        tuple(sorted(hops)),
        get('RTA_TABLE'),
        get('RTA_PRIORITY') or 0,
        'unicast' if is_by_object else kind,
        ip(get('RTA_PREFSRC')),
        {0: 'global', 200: 'site', 253: 'link', 254: 'host', 255: 'nowhere'}.get(scope, str(scope))
        if four
        else 'global',
        message['tos'],
        tuple(sorted((key, value) for key, value in metrics if value is not None)),
        message['proto'],
        get('RTA_PREF') or 0,
        '%s/%d' % (ip(get('RTA_SRC')), message['src_len']) if get('RTA_SRC') else '',
        Countdown(max(1, expires // 100)) if expires else None,
        canonical(tuple(extra)),
    )


def _span(text: t.Any) -> tuple[int, int]:
    low, high = str(text).split(':')
    return int(low), int(high)


def rule(data: bytes, namespace: str) -> Rule | None:
    message = decoded('fibmsg', data)
    get = message.get_attr
    if message['family'] not in FAMILIES:  # those of multicast routing have numbers of their own
        return None
    action = {1: 'lookup', 2: 'goto', 3: 'nop', 6: 'blackhole', 7: 'unreachable', 8: 'prohibit'}.get(
        message['action'], str(message['action'])
    )
    suppress = get('FRA_SUPPRESS_PREFIXLEN')
    named = (*range(1, 5), 6, *range(10, 30))
    parts = dict(unnamed(data, 28, ()))  # not all releases know the newer ones

    def number(kind: int, order: t.Any = sys.byteorder) -> int:
        return int.from_bytes(parts.get(kind, b''), order)

    found = Rule(
        namespace,
        FAMILIES[message['family']],
        get('FRA_PRIORITY') or 0,
        source='%s/%d' % (ip(get('FRA_SRC')), message['src_len']) if get('FRA_SRC') else '',
        to='%s/%d' % (ip(get('FRA_DST')), message['dst_len']) if get('FRA_DST') else '',
        iif=get('FRA_IIFNAME') or '',
        oif=get('FRA_OIFNAME') or '',
        mark=get('FRA_FWMARK') or 0,
        mask=get('FRA_FWMASK') or 0,
        tos=message['tos'],
        protocol_number=get('FRA_IP_PROTO') or 0,
        source_ports=_span(get('FRA_SPORT_RANGE') or '0:0'),
        ports=_span(get('FRA_DPORT_RANGE') or '0:0'),
        users=_span(get('FRA_UID_RANGE')) if get('FRA_UID_RANGE') else None,
        invert=yes(message['flags'] & 2),
        action=action,
        table=(get('FRA_TABLE') or 0) if action == 'lookup' else 0,
        goto=(get('FRA_GOTO') or 0) if action == 'goto' else 0,
        suppress=-1 if suppress in (None, NEVER) else suppress,
        protocol=get('FRA_PROTOCOL') or 0,
        extra=tuple(pair for pair in unnamed(data, 28, named) if pair != (30, b'?')),
        dscp=number(25) if 25 in parts else -1,
        flowlabel=number(26, 'big'),
        flowlabel_mask=number(27, 'big'),
        source_mask=number(28) % 0xFFFF,
        port_mask=number(29) % 0xFFFF,
        tun_id=number(12, 'big'),
        l3mdev=yes(number(19)),
        realms=number(11),
        suppress_ifgroup=number(13) if 13 in parts else -1,
    )
    if found.protocol == 2 and (found.priority, found.table) in ((0, 255), (32766, 254), (32767, 253)):
        return None
    return found
