# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Routes."""

from __future__ import annotations

import typing as t

from ...values.countdown import Countdown
from ...values.names import ANY, PROTOCOL, family_of
from ...values.struct import not_compared
from ..attribute import Settings
from ..extra import Extra, names_of_extra
from . import beyond
from .schema import IPV6_METRIC, METRICS, ROUTE, TABLES, UNNAMED, table_text


class Hop(t.NamedTuple):
    """Where a route sends packets. ``extra`` is as that of Route."""

    via: str = ''
    dev: str = ''
    weight: int = 1
    onlink: bool = False
    extra: Extra = ()

    def text(self) -> str:
        words = []
        if self.via:
            words.append('via %s' % self.via)
        if self.dev:
            words.append('dev %s' % self.dev)
        if self.onlink:
            words.append('onlink')
        words += beyond.words(self.extra)
        return ' '.join(words)


@not_compared('learned')
class Route(t.NamedTuple):
    """A route. ``hops`` has one entry, several for multipath, and none for types without a link.

    A declared hop may leave ``dev`` empty: the kernel then finds the link of its gateway. ``extra`` is what
    no field has, of declared ones realms and encapsulation (beyond.py). ``learned`` tells that the kernel
    itself took it from a router.
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
    metrics: Settings = ()
    protocol: int = 0
    pref: int = 0
    source: str = ''
    expires: Countdown | None = None
    extra: Extra = ()
    learned: bool = False

    @property
    def family(self) -> str:
        return family_of(self.to)

    @property
    def nhid(self) -> int:
        """The ID of the nexthop object that it goes over; 0 for none. The hops are then those of that."""
        return beyond.nhid_of(self.extra) if self.extra else 0

    @property
    def links(self) -> set[str]:
        """The links that it leads over."""
        return {hop.dev for hop in self.hops if hop.dev}

    @property
    def key(self) -> tuple[str | int, ...]:
        """What the kernel tells routes apart by. Records of declared routes hold keys without a source."""
        family = 'ipv6' if ':' in self.to else 'ipv4'  # a call for each of thousands takes its time
        key = (self.namespace, family, self.table, self.to, self.metric, self.tos)
        return (*key, self.source) if self.source else key

    def text(self) -> str:
        """The route in the words of ip-route(8)."""
        words = [] if self.type == 'unicast' else [self.type]
        words.append('default' if self.to == ANY[self.family] else self.to)
        if self.source:
            words.append('from %s' % self.source)
        hops = () if self.nhid else self.hops
        if len(hops) == 1:
            words.append(hops[0].text())
        words.append('table %s' % table_text(self.table))
        if self.metric:
            words.append('metric %d' % self.metric)
        if self.tos:
            words.append('tos %d' % self.tos)
        if self.src:
            words.append('src %s' % self.src)
        if self.family == 'ipv4' and self.scope != 'global':
            words.append('scope %s' % self.scope)
        words += ['%s %s' % (word, METRICS[word].type.text(value)) for word, value in self.metrics]
        if self.pref:
            words.append('pref %s' % ROUTE['pref'].type.from_kernel(self.pref))
        if self.expires is not None:
            words.append('expires' if self.protocol else 'expires %dsec' % self.expires)
        words += beyond.words(self.extra)
        if len(hops) > 1:
            words += ['nexthop %s weight %d' % (hop.text(), hop.weight) for hop in hops]
        return ' '.join(word for word in words if word)

    def lines(self) -> list[str]:
        return [self.text()]

    @property
    def declarable(self) -> bool:
        """Whether a document can say all of it."""
        return not self.undeclarable

    @property
    def undeclarable(self) -> list[str]:
        """What no document can say of it, in words."""
        words = ['expires'] if self.expires is not None and self.protocol != PROTOCOL else []
        extras = (self.extra, *[hop.extra for hop in self.hops])
        for extra in filter(None, extras):
            words += names_of_extra(beyond.undeclarable(extra), UNNAMED)
        return list(dict.fromkeys(words))

    @property
    def name(self) -> str:
        """Its key, for people: no two routes of a namespace have the same."""
        any_of_family = 'default' if self.family == 'ipv4' else 'default ipv6'
        words = [any_of_family if self.to == ANY[self.family] else self.to]
        if self.source:
            words.append('from %s' % self.source)
        if self.table != TABLES['main']:
            words.append('table %s' % table_text(self.table))
        if self.metric and (self.family, self.metric) != ('ipv6', IPV6_METRIC):
            words.append('metric %d' % self.metric)
        if self.tos:
            words.append('tos %d' % self.tos)
        return ' '.join(words)
