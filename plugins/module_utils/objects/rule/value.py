# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policy rules."""

from __future__ import annotations

import dataclasses
import operator
import typing as t

from ...values.fields import link_name
from ...values.names import ANY, family_of
from ...values.reading import Problems, Reader, plain, shown, whole_number
from ..route.value import TABLES, prefix, table_number, traffic_class

# linux/include/uapi/linux/fib_rules.h
ACTIONS = {'lookup': 1, 'goto': 2, 'nop': 3, 'blackhole': 6, 'unreachable': 7, 'prohibit': 8}
PORTS = (1, 65534)  # fib_rule_port_range_valid, linux/include/net/fib_rules.h
_MOST_TOS_IPV4 = 28  # IPTOS_TOS_MASK without the bits of ECN: the kernel refuses more (fib4_rule_configure)
PROTOCOLS = {'icmp': 1, 'tcp': 6, 'udp': 17, 'icmpv6': 58, 'sctp': 132}


@dataclasses.dataclass(frozen=True)
class Rule:
    """A policy rule. All of it tells it from others, so it is made and removed, never changed."""

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

    @property
    def key(self) -> tuple[object, ...]:
        return _KEY(self)

    def text(self) -> str:
        names = {number: name for name, number in TABLES.items()}
        found = (
            ['%d:' % self.priority] + (['not'] if self.invert else []) + ['from %s' % (self.source or 'all')]
        )
        if self.to:
            found.append('to %s' % self.to)
        for word, value in (('iif', self.iif), ('oif', self.oif)):
            if value:
                found.append('%s %s' % (word, value))
        if self.mark or self.mask:
            found.append('fwmark 0x%x/0x%x' % (self.mark, self.mask))
        if self.tos:
            found.append('tos %d' % self.tos)
        if self.protocol_number:
            found.append('ipproto %d' % self.protocol_number)
        for word, span in (('sport', self.source_ports), ('dport', self.ports), ('uidrange', self.users)):
            if span and (word == 'uidrange' or span != (0, 0)):
                found.append('%s %d-%d' % (word, *span))
        if self.action == 'lookup':
            found.append('lookup %s' % names.get(self.table, self.table))
        else:
            found.append('goto %d' % self.goto if self.action == 'goto' else self.action)
        if self.suppress >= 0:
            found.append('suppress_prefixlength %d' % self.suppress)
        return ' '.join(found)

    @property
    def name(self) -> str:
        return '%s %s' % (self.family, self.text())

    def lines(self) -> list[str]:
        return [self.text()]


# astuple copies deeply and was half of a run that changes nothing.
_KEY: t.Callable[[Rule], tuple[object, ...]] = operator.attrgetter(
    *(field.name for field in dataclasses.fields(Rule) if field.name != 'protocol')
)


def _span(reader: Reader, key: str, low: int, high: int) -> tuple[int, int] | None:
    value = reader.take(key)
    if value is None:
        return None
    parts = (plain(value) or '').split('-', 1)
    numbers = [whole_number(part) for part in parts]
    if None in numbers or not low <= numbers[0] <= numbers[-1] <= high:  # type: ignore[operator] # None is the first test
        reader.fault(
            key, 'is no number and no range LOW-HIGH (found %s, want %d to %d)' % (shown(value), low, high)
        )
        return None
    return (numbers[0], numbers[-1])  # type: ignore[return-value] # as above


def read_rule(data: object, path: str, problems: Problems, namespace: str) -> list[Rule]:
    """One entry of ``rules``; ``family: both`` makes two of it."""
    reader = Reader(data, path, problems)
    if reader.broken:
        return []
    before = len(problems.found)
    priority = reader.integer('priority', 1, 0xFFFFFFFF, required=True)
    source, _any_source = prefix(reader, 'from')
    to, _any_to = prefix(reader, 'to')
    mark = reader.take('mark')
    mask = 0
    number = 0
    if mark is not None:
        parts = [whole_number(part) for part in (plain(mark) or '').split('/', 1)]
        if None in parts or not all(0 <= part <= 0xFFFFFFFF for part in parts):  # type: ignore[operator] # as above
            reader.fault('mark', 'is no mark (found %s, want NUMBER or NUMBER/MASK)' % shown(mark))
        else:
            number = parts[0] or 0
            mask = parts[1] if len(parts) == 2 and parts[1] is not None else 0xFFFFFFFF
            if number & ~mask:
                reader.fault('mark', 'has bits outside its mask (found %s)' % shown(mark))
    protocol = reader.take('ipproto')
    protocol_number = 0
    if protocol is not None:
        known = PROTOCOLS.get(plain(protocol) or '') or whole_number(protocol)
        if known is None or not 1 <= known <= 255:
            reader.fault(
                'ipproto',
                'is no protocol (found %s, want a number or one of %s)'
                % (shown(protocol), ', '.join(PROTOCOLS)),
            )
        else:
            protocol_number = known
    action = reader.choice('action', ACTIONS)
    table = table_number(reader, 'table', None)
    goto = reader.integer('goto', 1, 0xFFFFFFFF)
    family = reader.choice('family', ('ipv4', 'ipv6', 'both'))
    suppress = reader.integer('suppress_prefixlength', 0, 128)
    rule = Rule(
        namespace,
        'ipv4',
        priority or 0,
        source,
        to,
        link_name(reader, 'iif') or '',
        link_name(reader, 'oif') or '',
        number,
        mask,
        traffic_class(reader),
        protocol_number,
        _span(reader, 'sport', *PORTS) or (0, 0),
        _span(reader, 'dport', *PORTS) or (0, 0),
        _span(reader, 'uidrange', 0, 0xFFFFFFFE),
        bool(reader.boolean('invert', False)),
        action or ('goto' if goto else 'lookup'),
        table or 0,
        goto or 0,
        -1 if suppress is None else suppress,
    )
    reader.done()
    understood = action is not None or not reader.has('action')
    if (
        rule.action == 'lookup'
        and understood
        and not reader.has('table')
        and not reader.has('goto')
        and not problems.naming
    ):
        reader.fault('table', 'is missing', 'name the table to look up, or give an action such as blackhole')
    if rule.action != 'lookup' and reader.has('table'):
        reader.fault('table', 'does not fit the action %s' % rule.action, 'remove one of them')
    if understood and (rule.action == 'goto') != reader.has('goto') and bool(goto) == reader.has('goto'):
        reader.fault('goto', 'and action do not fit each other', 'give goto: PRIORITY alone')
    if suppress is not None and rule.action != 'lookup':
        reader.fault(
            'suppress_prefixlength',
            'is for rules that look a table up (found the action %s)' % rule.action,
            'leave it out',
        )
    if goto and priority and goto <= priority:
        reader.fault('goto', 'leads backwards (found %d, want more than %d)' % (goto, priority))
    families = {family_of(text) for text in (source, to) if text}
    if len(families) > 1:
        reader.fault('to', 'is of another family than from')
    elif families and family and family not in families:
        reader.fault('family', 'is not that of the addresses (found %s, want %s)' % (family, families.pop()))
    if rule.tos > _MOST_TOS_IPV4 and (family or next(iter(families), 'ipv4')) != 'ipv6':
        reader.fault(
            'tos',
            'is too large for IPv4 (found %d, want at most %d)' % (rule.tos, _MOST_TOS_IPV4),
            'match a mark in its place',
        )
    if len(problems.found) > before:
        return []
    # A prefix of length 0 is none to the kernel, and it lists none.
    source, to = ('' if text in ANY.values() else text for text in (source, to))
    each = ('ipv4', 'ipv6') if family == 'both' else (family or (families.pop() if families else 'ipv4'),)
    return [dataclasses.replace(rule, source=source, to=to, family=one) for one in each]
