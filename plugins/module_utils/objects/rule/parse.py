# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading policy rules out of a document."""

from __future__ import annotations

import typing as t

from ...values.names import ANY, family_of
from ...values.problems import Problems
from ...values.reading import Reader
from .schema import MOST_TOS_IPV4, RULE
from .types import ANY_PORT_MASK
from .value import Rule

Values = dict[str, t.Any]


def read_rule(data: object, path: str, problems: Problems, namespace: str) -> list[Rule]:
    """One entry of ``rules``: a rule, or two with ``family: both``. An empty list if anything in it is
    wrong."""
    reader = Reader(data, path, problems)
    if reader.broken:
        return []
    before = len(problems.found)
    values: Values = dict(RULE.read(reader))
    reader.done()
    if problems.naming and 'priority' not in values and not reader.has('priority'):
        reader.problem('priority', 'is missing', do='add it')
    _check_action(reader, values)
    _check_selectors(reader, values)
    families = _families(reader, values)
    if len(problems.found) > before:
        return []
    values['mark'], values['mask'] = values.get('mark', (0, 0))
    values['flowlabel'], values['flowlabel_mask'] = values.get('flowlabel', (0, 0))
    for ports, mask in (('source_ports', 'source_mask'), ('ports', 'port_mask')):
        if len(values.get(ports, ())) == 3:
            *both, port_mask = values[ports]
            values[ports] = tuple(both)
            values[mask] = 0 if port_mask == ANY_PORT_MASK else port_mask
    values.setdefault('priority', 0)
    if 'goto' in values:
        values['action'] = 'goto'
    # To the kernel a prefix of length 0 is none, and it lists none.
    for end in ('source', 'to'):
        if values.get(end) in ANY.values():
            values[end] = ''
    return [Rule(namespace, family, **values) for family in families]


def _check_action(reader: Reader, values: Values) -> None:
    """Whether action, table, goto and suppress_prefixlength fit each other."""
    goto, given = values.get('goto'), values.get('action')
    action = given or ('goto' if goto else 'lookup')
    understood = given is not None or not reader.has('action')
    if values.get('l3mdev') and (reader.has('table') or action != 'lookup'):
        reader.problem('l3mdev', 'finds the table itself', do='leave out table, goto and action')
    has_target = reader.has('table') or reader.has('goto') or bool(values.get('l3mdev'))
    if action == 'lookup' and understood and not has_target and not reader.problems.naming:
        reader.problem(
            'table', 'is missing', do='name the table to look up, or give an action such as blackhole'
        )
    if action != 'lookup' and reader.has('table'):
        reader.problem('table', 'does not fit the action %s' % action, do='remove one of the two')
    if understood and (action == 'goto') != reader.has('goto') and bool(goto) == reader.has('goto'):
        reader.problem('goto', 'and action do not fit each other', do='give goto: PRIORITY alone')
    for field, key in (('suppress', 'suppress_prefixlength'), ('suppress_ifgroup', 'suppress_ifgroup')):
        if values.get(field) is not None and action != 'lookup':
            what = 'is for rules that look a table up'
            reader.problem(key, what, found='the action %s' % action, do='leave it out')
    priority = values.get('priority')
    if goto and not priority and not reader.has('priority'):
        reader.problem('priority', 'is missing', do='add it: the rule that goto leads to has to come later')
    if goto and priority and goto <= priority:
        reader.problem('goto', 'leads backwards', found=str(goto), want='more than %d' % priority)


def _check_selectors(reader: Reader, values: Values) -> None:
    """Whether selectors fit each other and the family."""
    if values.get('tos') and 'dscp' in values:
        reader.problem(
            'dscp', 'cannot be combined with tos, which has the same bits', do='remove one of the two'
        )
    prefixes = [values[end] for end in ('source', 'to') if values.get(end)]
    family = values.get('family') or (family_of(prefixes[0]) if prefixes else 'ipv4')
    if 'realms' in values and family != 'ipv4':
        reader.problem('realms', 'does not exist for IPv6', do='leave it out')
    if 'flowlabel' in values and family != 'ipv6':
        reader.problem('flowlabel', 'does not exist for IPv4', do='set family: ipv6 if that is meant')


def _families(reader: Reader, values: Values) -> tuple[str, ...]:
    """The families that the rule is for. Takes ``family`` out of *values*."""
    family = values.pop('family', None)
    prefixes = [values[end] for end in ('source', 'to') if values.get(end)]
    families = {family_of(prefix) for prefix in prefixes}
    if len(families) > 1:
        reader.problem('to', 'has another address family than from')
    elif families and family and family not in families:
        reader.problem('family', 'is not that of the addresses', found=family, want=next(iter(families)))
    tos = values.get('tos', 0)
    if tos > MOST_TOS_IPV4 and (family or next(iter(families), 'ipv4')) != 'ipv6':
        reader.problem(
            'tos',
            'is too large for IPv4',
            found=str(tos),
            want='at most %d' % MOST_TOS_IPV4,
            do='match a mark instead',
        )
    most = 32 if (family or next(iter(families), 'ipv4')) != 'ipv6' else 128
    if values.get('suppress', -1) > most:
        reader.problem(
            'suppress_prefixlength',
            'is longer than an address of IPv4',
            found=str(values['suppress']),
            want='at most %d' % most,
            do='set family: ipv6 if that is meant',
        )
    if family == 'both':
        return ('ipv4', 'ipv6')
    return (family or next(iter(families), 'ipv4'),)
