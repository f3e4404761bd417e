# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Nexthop objects."""

from __future__ import annotations

import typing as t

from ...values.struct import not_compared
from ..extra import Extra
from ..route import beyond
from .schema import MPATH, NEXTHOP, RESILIENT

Member = tuple[int, int]
"""The ID of a nexthop in a group, and its weight."""


@not_compared('protocol')
class Nexthop(t.NamedTuple):
    """A nexthop object, or a group of such. ``extra`` is as that of a route: encapsulation, and what no
    document can say."""

    namespace: str
    number: int
    via: str = ''
    dev: str = ''
    family: str = ''
    onlink: bool = False
    blackhole: bool = False
    fdb: bool = False
    group: tuple[Member, ...] = ()
    type: str = MPATH
    buckets: int = 0
    idle_timer: int = 0
    unbalanced_timer: int = 0
    extra: Extra = ()
    protocol: int = 0

    @property
    def key(self) -> tuple[str, int]:
        return (self.namespace, self.number)

    @property
    def members(self) -> frozenset[int]:
        return frozenset([number for number, _weight in self.group])

    @property
    def shape(self) -> tuple[object, ...]:
        """What the kernel does not change in place (replace_nexthop)."""
        return (bool(self.group), self.family, self.blackhole, self.fdb, self.type, self.buckets)

    @property
    def name(self) -> str:
        return 'id %d' % self.number

    @property
    def undeclarable(self) -> list[str]:
        return ['attribute %d' % number for number, _payload in beyond.undeclarable(self.extra)]

    def text(self) -> str:
        """In the words of ip-nexthop(8)."""
        words = [self.name]
        if self.group:
            words.append('group %s' % NEXTHOP['group'].type.text(self.group))
        if self.type == RESILIENT:
            words.append('type resilient buckets %d idle_timer %d' % (self.buckets, self.idle_timer))
            words.append('unbalanced_timer %d' % self.unbalanced_timer)
        words += beyond.words(self.extra)
        for word, value in (('via', self.via), ('dev', self.dev)):
            if value:
                words.append('%s %s' % (word, value))
        if self.family == 'ipv6' and not self.via:
            words.append('family ipv6')
        words += [word for word in ('onlink', 'blackhole', 'fdb') if getattr(self, word)]
        return ' '.join(words)

    def lines(self) -> list[str]:
        return [self.text()]
