# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Routes."""

from __future__ import annotations

import dataclasses
import typing as t

from ...values.cached import cached, make_room
from ...values.fields import link_name
from ...values.names import ANY, canonical_ip, canonical_prefix, family_of, is_of_host
from ...values.reading import Problems, Reader, shown, whole_number

# linux/include/uapi/linux/rtnetlink.h
TYPES = {
    'unicast': 1,
    'local': 2,
    'broadcast': 3,
    'anycast': 4,
    'multicast': 5,
    'blackhole': 6,
    'unreachable': 7,
    'prohibit': 8,
    'throw': 9,
}
SCOPES = {'global': 0, 'site': 200, 'link': 253, 'host': 254, 'nowhere': 255}
TABLES = {'default': 253, 'main': 254, 'local': 255}
METRICS = {
    'mtu': 2,
    'window': 3,
    'rtt': 4,
    'rttvar': 5,
    'ssthresh': 6,
    'cwnd': 7,
    'advmss': 8,
    'reordering': 9,
    'hoplimit': 10,
    'initcwnd': 11,
    'initrwnd': 14,
    'quickack': 15,
}
MOST = {'mtu': 65520, 'advmss': 65495, 'hoplimit': 255}  # the kernel cuts what is more, net/ipv4/metrics.c
WITHOUT_LINK = ('blackhole', 'unreachable', 'prohibit', 'throw')
IPV6_METRIC = 1024  # IP6_RT_PRIO_USER: what the kernel takes where none is given


class Hop(t.NamedTuple):
    via: str = ''
    dev: str = ''
    weight: int = 1
    onlink: bool = False

    def text(self) -> str:
        found = []
        if self.via:
            found.append('via %s' % self.via)
        if self.dev:
            found.append('dev %s' % self.dev)
        if self.onlink:
            found.append('onlink')
        return ' '.join(found)


@dataclasses.dataclass(frozen=True)
class Route:
    """A route. ``hops`` has one entry but for multipath and for types without a link, which have none.

    A declared hop may leave ``dev`` empty: the kernel then finds the link of its gateway.
    """

    namespace: str
    to: str
    hops: tuple[Hop, ...] = ()
    table: int = 254
    metric: int = 0
    type: str = 'unicast'
    src: str = ''
    scope: str = 'global'
    tos: int = 0
    metrics: tuple[tuple[str, int], ...] = ()
    protocol: int = 0
    pref: int = 0

    @cached
    def family(self) -> str:
        return family_of(self.to)

    @property
    def links(self) -> set[str]:
        """The links that it leads over."""
        return {hop.dev for hop in self.hops if hop.dev}

    @cached
    def key(self) -> tuple[str, str, int, str, int, int]:
        """What the kernel tells routes apart by."""
        return (self.namespace, self.family, self.table, self.to, self.metric, self.tos)

    def text(self) -> str:
        names = {number: name for name, number in TABLES.items()}
        found = [] if self.type == 'unicast' else [self.type]
        found.append('default' if self.to == ANY[self.family] else self.to)
        if len(self.hops) == 1:
            found.append(self.hops[0].text())
        found.append('table %s' % names.get(self.table, self.table))
        if self.metric:
            found.append('metric %d' % self.metric)
        if self.tos:
            found.append('tos %d' % self.tos)
        if self.src:
            found.append('src %s' % self.src)
        if self.family == 'ipv4' and self.scope != 'global':
            found.append('scope %s' % self.scope)
        found += ['%s %d' % metric for metric in self.metrics]
        if len(self.hops) > 1:
            found += ['nexthop %s weight %d' % (hop.text(), hop.weight) for hop in self.hops]
        return ' '.join(word for word in found if word)

    def lines(self) -> list[str]:
        return [self.text()]

    @property
    def name(self) -> str:
        """Its key, for people: no two routes of a namespace have the same."""
        names = {number: name for name, number in TABLES.items()}
        found = [
            self.to if self.to != ANY[self.family] else 'default' if self.family == 'ipv4' else 'default ipv6'
        ]
        if self.table != TABLES['main']:
            found.append('table %s' % names.get(self.table, self.table))
        if self.metric and (self.family, self.metric) != ('ipv6', IPV6_METRIC):
            found.append('metric %d' % self.metric)
        if self.tos:
            found.append('tos %d' % self.tos)
        return ' '.join(found)


make_room(Route('', '0.0.0.0/0'))


def table_number(reader: Reader, key: str, default: int | None) -> int | None:
    value = reader.take(key)
    if value is None:
        return default
    if isinstance(value, str) and value in TABLES:
        return TABLES[value]
    number = whole_number(value)
    if number is None or not 1 <= number <= 0xFFFFFFFF:
        reader.fault(
            key,
            'is no routing table (found %s, want a number from 1 to 4294967295, main, local or default)'
            % shown(value),
        )
        return default
    return number


def traffic_class(reader: Reader) -> int:
    tos = reader.integer('tos', 0, 255, default=0) or 0
    if tos & 3:
        reader.fault('tos', 'has a bit of ECN (found %d, want a multiple of 4)' % tos)
    return tos


def _address(reader: Reader, key: str) -> str:
    text = reader.text(key)
    if text is None:
        return ''
    address = canonical_ip(text)
    if address is None:
        reader.fault(key, 'is no address (found %s)' % shown(text))
    elif not is_of_host(address):
        reader.fault(key, 'is no address of a host (found %s)' % text)
    return address or ''


def prefix(reader: Reader, key: str, required: bool = False) -> tuple[str, bool]:
    """``(prefix, whether it was the word default)``; an empty prefix where there is none or it is wrong."""
    text = reader.text(key, required)
    if text is None:
        return '', False
    if text == 'default':
        return '', True
    network, fault = canonical_prefix(text)
    if fault:
        reader.fault(key, fault)
    return network or '', False


def read_route(data: object, path: str, problems: Problems, namespace: str) -> list[Route]:
    """One entry of ``routes``; none where it is wrong."""
    reader = Reader(data, path, problems)
    if reader.broken:
        return []
    before = len(problems.found)
    to, is_default = prefix(reader, 'to', required=True)
    kind = reader.choice('type', TYPES, default='unicast') or 'unicast'
    via = _address(reader, 'via')
    dev = link_name(reader, 'dev') or ''
    src = _address(reader, 'src')
    onlink = bool(reader.boolean('onlink', False))
    family_word = reader.choice('family', ('ipv4', 'ipv6'))
    scope = reader.choice('scope', SCOPES)
    metric = reader.integer('metric', 0, 0xFFFFFFFF)
    tos = traffic_class(reader)
    metrics = tuple(
        (key, value)
        for key in reader.given(METRICS)
        for value in [reader.integer(key, 1, MOST.get(key, 0xFFFFFFFF))]
        if value is not None
    )
    hops: list[Hop] = []
    for where, member in reader.items('nexthops'):
        below = Reader(member, where, problems)
        hop = Hop(
            _address(below, 'via'),
            link_name(below, 'dev') or '',
            below.integer('weight', 1, 256, default=1) or 1,
            bool(below.boolean('onlink', False)),
        )
        below.done()
        if not hop.via and not hop.dev and not below.broken:
            problems.add(where, 'has neither via nor dev', 'give one of them')
        hops.append(hop)
    table = table_number(reader, 'table', None)
    reader.done()
    if len(problems.found) > before:
        return []

    gateways = {family_of(address) for address in [via, src, *[hop.via for hop in hops]] if address}
    if to:
        family = family_of(to)
    elif family_word:
        family = family_word
    else:
        family = next(iter(gateways)) if len(gateways) == 1 else 'ipv4'
    if family_word and family_word != family:
        reader.fault('family', 'is not that of the destination (found %s, want %s)' % (family_word, family))
    if gateways - {family}:
        reader.fault(
            'via',
            'is of another family than the destination (found %s, want %s)'
            % (', '.join(sorted(gateways)), family),
        )
    if hops and (via or dev or onlink):
        reader.fault('nexthops', 'stands beside via, dev or onlink', 'put them all into nexthops')
    if len(hops) == 1:
        via, dev, onlink, hops = hops[0].via, hops[0].dev, hops[0].onlink, []
    if kind in WITHOUT_LINK and (via or dev or hops):
        reader.fault('type', 'takes no gateway and no link (found %s)' % kind, 'remove via, dev and nexthops')
    elif kind not in WITHOUT_LINK and not (via or dev or hops) and not problems.naming:
        reader.fault(
            'via',
            'is missing, and so is dev',
            'say where to send the packets, or give a type such as blackhole',
        )
    if onlink and not (via and dev):
        reader.fault('onlink', 'needs via and dev')
    if family == 'ipv6' and hops and not all(hop.via for hop in hops):
        reader.fault(
            'nexthops', 'has a hop without via, which IPv6 cannot have among others', 'give each its gateway'
        )
    if len(set(hops)) != len(hops):
        reader.fault('nexthops', 'has the same hop twice')
    if len(problems.found) > before:
        return []

    if family == 'ipv6':
        # The kernel has no scope and no TOS for IPv6 routes, and keeps unlinked ones on lo (ip6_route_info_create).
        if scope is not None:
            reader.fault('scope', 'does not exist for IPv6', 'leave it out')
        if tos:
            reader.fault('tos', 'does not exist for IPv6 routes', 'leave it out')
        metric = metric or IPV6_METRIC
        scope = 'global'
    elif scope is None:
        if kind in ('local',):
            scope = 'host'
        elif kind in ('broadcast', 'multicast', 'anycast'):
            scope = 'link'
        else:
            scope = 'link' if kind == 'unicast' and not via and not any(hop.via for hop in hops) else 'global'
    if table is None:
        table = TABLES['local'] if kind in ('local', 'broadcast', 'anycast') else TABLES['main']
    found = tuple(sorted(hops)) if hops else (Hop(via, dev, 1, onlink),) if via or dev else ()
    return [
        Route(
            namespace,
            to or ANY[family],
            found,
            table,
            metric or 0,
            kind,
            src,
            scope,
            tos,
            tuple(sorted(metrics)),
        )
    ]
