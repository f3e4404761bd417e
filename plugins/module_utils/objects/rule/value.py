# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policy rules."""

from __future__ import annotations

import operator
import typing as t

from ...values.names import PROTOCOL
from ..extra import Extra, names_of_extra, record_key
from ..route.schema import table_text
from .schema import RULE, UNNAMED


class Rule(t.NamedTuple):
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
    dscp: int = -1
    flowlabel: int = 0
    flowlabel_mask: int = 0
    source_mask: int = 0
    port_mask: int = 0
    tun_id: int = 0
    l3mdev: bool = False
    realms: int = 0
    suppress_ifgroup: int = -1

    @property
    def key(self) -> tuple[object, ...]:
        """All but who made it. Records of earlier versions hold keys of fewer fields, so the newer ones are
        added by name where they say something."""
        more = _MORE(self)
        if more != _USUAL:
            changed = [pair for pair, usual in zip(zip(MORE, more), _USUAL) if pair[1] != usual]
            return (*_KEY(self), *changed, self.extra) if self.extra else (*_KEY(self), *changed)
        return (*_KEY(self), self.extra) if self.extra else _KEY(self)

    @property
    def record_key(self) -> tuple[object, ...]:
        return record_key(self.key, self.protocol)

    @property
    def undeclarable(self) -> list[str]:
        """What no document can say of it, in words."""
        first = [] if self.priority else ['priority 0']
        return first + names_of_extra(self.extra, UNNAMED)

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
        for word, ports, mask in (
            ('sport', self.source_ports, self.source_mask),
            ('dport', self.ports, self.port_mask),
        ):
            if ports != (0, 0):
                yield '%s %d/0x%x' % (word, ports[0], mask) if mask else '%s %d-%d' % (word, *ports)
        if self.users is not None:
            yield 'uidrange %d-%d' % self.users
        yield from self._later_selectors()

    def _later_selectors(self) -> t.Iterator[str]:
        if self.dscp >= 0:
            yield 'dscp %d' % self.dscp
        if self.flowlabel_mask:
            yield 'flowlabel 0x%x/0x%x' % (self.flowlabel, self.flowlabel_mask)
        if self.tun_id:
            yield 'tun_id %d' % self.tun_id

    def _action(self) -> t.Iterator[str]:
        if self.l3mdev:
            yield 'lookup [l3mdev-table]'
        elif self.action == 'lookup':
            yield 'lookup %s' % table_text(self.table)
        else:
            yield 'goto %d' % self.goto if self.action == 'goto' else self.action
        if self.suppress >= 0:
            yield 'suppress_prefixlength %d' % self.suppress
        if self.suppress_ifgroup >= 0:
            yield 'suppress_ifgroup %s' % self.suppress_ifgroup
        if self.realms:
            yield 'realms %s' % RULE['realms'].type.text(self.realms)
        yield from names_of_extra(self.extra, UNNAMED)

    @property
    def name(self) -> str:
        return '%s %s' % (self.family, self.text())

    def lines(self) -> list[str]:
        return [self.text()]

    def whole_lines(self) -> list[str]:
        """The same with who made it, if that is not this collection."""
        return [*self.lines(), *(['protocol %d' % self.protocol] if self.protocol != PROTOCOL else [])]


MORE = (
    'dscp',
    'flowlabel',
    'flowlabel_mask',
    'source_mask',
    'port_mask',
    'tun_id',
    'l3mdev',
    'realms',
    'suppress_ifgroup',
)
"""Fields that came after the first records."""

# astuple copies deeply and was half of a run that changes nothing.
_KEY: t.Callable[[Rule], tuple[object, ...]] = operator.attrgetter(
    *[name for name in Rule._fields if name not in ('protocol', 'extra', *MORE)]
)
_MORE: t.Callable[[Rule], tuple[object, ...]] = operator.attrgetter(*MORE)
_USUAL = _MORE(Rule('', '', 0))
