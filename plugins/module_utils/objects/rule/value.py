# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policy rules."""

from __future__ import annotations

import dataclasses
import operator
import typing as t

from ..extra import Extra, names_of_extra
from ..route.schema import table_text
from .schema import UNNAMED


@dataclasses.dataclass(frozen=True)
class Rule:
    """A policy rule. All of it tells it from others, so it is made and removed, never changed.

    ``extra`` is found, never declared: what the kernel says of it and no document can.
    """

    namespace: str
    family: str
    priority: int
    source: str = ''
    to: str = ''
    iif: str = ''
    oif: str = ''
    mark: int = 0
    mask: int = 0
    tos: int = 0
    protocol_number: int = 0
    source_ports: tuple[int, int] = (0, 0)
    ports: tuple[int, int] = (0, 0)
    users: tuple[int, int] | None = None
    invert: bool = False
    action: str = 'lookup'
    table: int = 0
    goto: int = 0
    suppress: int = -1
    protocol: int = 0
    extra: Extra = ()

    @property
    def key(self) -> tuple[object, ...]:
        """All but who made it. Records of declared rules hold keys of this length."""
        return (*_KEY(self), self.extra) if self.extra else _KEY(self)

    @property
    def undeclarable(self) -> list[str]:
        """What no document can say of it, in words."""
        return names_of_extra(self.extra, UNNAMED)

    def text(self) -> str:
        """The rule as ip-rule(8) shows it."""
        return ' '.join([*self._selectors(), *self._action()])

    def _selectors(self) -> t.Iterator[str]:
        yield '%d:' % self.priority
        if self.invert:
            yield 'not'
        yield 'from %s' % (self.source or 'all')
        for word, value in (('to', self.to), ('iif', self.iif), ('oif', self.oif)):
            if value:
                yield '%s %s' % (word, value)
        if self.mark or self.mask:
            yield 'fwmark 0x%x/0x%x' % (self.mark, self.mask)
        for word, number in (('tos', self.tos), ('ipproto', self.protocol_number)):
            if number:
                yield '%s %d' % (word, number)
        for word, ports in (('sport', self.source_ports), ('dport', self.ports)):
            if ports != (0, 0):
                yield '%s %d-%d' % (word, *ports)
        if self.users is not None:
            yield 'uidrange %d-%d' % self.users

    def _action(self) -> t.Iterator[str]:
        if self.action == 'lookup':
            yield 'lookup %s' % table_text(self.table)
        else:
            yield 'goto %d' % self.goto if self.action == 'goto' else self.action
        if self.suppress >= 0:
            yield 'suppress_prefixlength %d' % self.suppress
        yield from names_of_extra(self.extra, UNNAMED)

    @property
    def name(self) -> str:
        return '%s %s' % (self.family, self.text())

    def lines(self) -> list[str]:
        return [self.text()]


# astuple copies deeply and was half of a run that changes nothing.
_KEY: t.Callable[[Rule], tuple[object, ...]] = operator.attrgetter(
    *[field.name for field in dataclasses.fields(Rule) if field.name not in ('protocol', 'extra')]
)
