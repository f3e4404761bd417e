# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading nexthop objects out of a document."""

from __future__ import annotations

import typing as t

from ...values.names import family_of
from ...values.problems import Problems
from ...values.reading import Reader
from .schema import IDLE_TIMER, NEXTHOP, RESILIENT
from .value import Nexthop

_OF_ONE = ('via', 'dev', 'onlink', 'blackhole', 'family', 'encap')
_OF_RESILIENT = ('buckets', 'idle_timer', 'unbalanced_timer')


def read_nexthop(data: object, path: str, problems: Problems, namespace: str) -> list[Nexthop]:
    """One entry of ``nexthops``, alone in a list. An empty list if anything in it is wrong."""
    reader = Reader(data, path, problems)
    if reader.broken:
        return []
    before = len(problems.found)
    values: dict[str, t.Any] = dict(NEXTHOP.read(reader, with_defaults=True))
    reader.done()
    if len(problems.found) > before:
        return []
    if problems.naming:
        return [Nexthop(namespace, values['number'])]
    if reader.has('group'):
        _check_group(reader, values)
    else:
        _check_single(reader, values)
    if len(problems.found) > before:
        return []
    extra = values.pop('encap')
    if not values['group']:
        values['family'] = family_of(values['via']) if values['via'] else values['family'] or 'ipv4'
    if values['type'] == RESILIENT:
        values.setdefault('idle_timer', IDLE_TIMER)
    return [Nexthop(namespace, extra=extra, **values)]


def _check_group(reader: Reader, values: dict[str, t.Any]) -> None:
    for key in _OF_ONE:
        if values[key]:
            reader.problem(key, 'does not fit a group', do='give it to the nexthops of the group')
    resilient = values['type'] == RESILIENT
    if resilient and not values['buckets']:
        reader.problem('buckets', 'is missing', do='say how many buckets the resilient group has')
    for key in _OF_RESILIENT:
        if not resilient and reader.has(key) and values.get(key):
            reader.problem(key, 'is for resilient groups', do='add type: resilient, or leave it out')


def _check_single(reader: Reader, values: dict[str, t.Any]) -> None:
    for key in ('type', *_OF_RESILIENT):
        if values.get(key) not in (None, NEXTHOP[key].default):
            reader.problem(key, 'is for groups', do='leave it out')
    family, via = values['family'], values['via']
    if family and via and family != family_of(via):
        reader.problem('family', 'is not that of via', found=family, want=family_of(via))
    if values['blackhole']:
        _check_lacks(reader, values, ('via', 'dev', 'onlink', 'encap', 'fdb'), 'a blackhole')
    elif values['fdb']:
        _check_lacks(reader, values, ('dev', 'onlink', 'encap'), 'fdb')
        if not via:
            reader.problem('via', 'is missing', do='give the remote end')
    elif not values['dev']:
        reader.problem('dev', 'is missing', do='name the link, or say blackhole or group')
    elif values['onlink'] and not via:
        reader.problem('onlink', 'needs via')


def _check_lacks(reader: Reader, values: dict[str, t.Any], keys: t.Iterable[str], what: str) -> None:
    for key in keys:
        if values[key]:
            reader.problem(key, 'does not fit %s' % what, do='leave it out')
