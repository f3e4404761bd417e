# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading queueing disciplines out of a document."""

from __future__ import annotations

import typing as t

from ...values.problems import Problems
from ...values.reading import Reader
from .expand_short import ShortForm
from .filters import Filter, read_filter
from .htb import CLASS, HTB, HTB_CLASS
from .kinds import KINDS
from .short import PAIR, SHORT
from .types import INGRESS, ROOT
from .value import PLACE, HtbClass, Qdisc

_ALL_KEYS = [attribute.key for kind in KINDS.values() for attribute in kind.settings.values()]
_ALL_KEYS += [attribute.key for table in (SHORT, PAIR) for attribute in table.values()]
_ALL_KEYS += ['classes', 'filters']


def read_qdisc(data: object, path: str, problems: Problems, namespace: str) -> list[t.Any]:
    """One entry of ``qdiscs``: a qdisc, or what the short form makes. An empty list if anything in it is
    wrong."""
    reader = Reader(data, path, problems)
    if reader.broken:
        return []
    before = len(problems.found)
    qdiscs: list[t.Any] = []
    values: dict[str, t.Any] = dict(PLACE.read(reader))
    if problems.naming or reader.has('kind') and 'kind' not in values:
        for key in _ALL_KEYS:
            reader.take(key)
        qdiscs = [_named(namespace, values)] if 'link' in values else []
    elif 'kind' in values:
        qdiscs = [_read_kind(reader, namespace, values)]
    else:
        qdiscs = _read_without_kind(reader, values, namespace)
    reader.done()
    return qdiscs if len(problems.found) == before else []


def _named(namespace: str, values: dict[str, t.Any]) -> Qdisc:
    kind = values.get('kind', '')
    place = KINDS[kind].place if kind else ROOT
    return Qdisc(namespace, values['link'], kind, values.get('parent', place))


def _read_kind(reader: Reader, namespace: str, place: dict[str, t.Any]) -> Qdisc:
    kind = KINDS[place['kind']]
    if kind.place == INGRESS:
        for key in ('parent', 'handle'):
            if reader.has(key):
                reader.problem(
                    key, 'does not fit %s, which has a place of its own' % place['kind'], do='remove it'
                )
    values = {**kind.usual(), **dict(kind.settings.read(reader))}
    if kind.rules is not None:
        kind.rules(reader, values)
    parent = INGRESS if kind.place == INGRESS else place.get('parent', ROOT)
    settings = tuple(sorted(values.items()))
    handle = place.get('handle', '')
    classes: tuple[HtbClass, ...] = ()
    filters: tuple[Filter, ...] = ()
    if kind is HTB:
        classes = _read_classes(reader, handle)
        filters = _read_filters(reader, classes)
        if classes and not handle and not reader.has('handle'):
            reader.problem('handle', 'is missing: classes are numbered by it', do='add it')
    return Qdisc(namespace, place.get('link', ''), place['kind'], parent, handle, settings, classes, filters)


def _read_classes(reader: Reader, handle: str) -> tuple[HtbClass, ...]:
    """The list ``classes`` of an htb, each after the one that it is in."""
    classes: dict[str, HtbClass] = {}
    for path, member in reader.items('classes'):
        below = Reader(member, path, reader.problems)
        if below.broken:
            continue
        place: dict[str, t.Any] = dict(CLASS.read(below))
        values = {**HTB_CLASS.usual(), **dict(HTB_CLASS.settings.read(below))}
        if HTB_CLASS.rules is not None:
            HTB_CLASS.rules(below, values)
        below.done()
        classid, parent = place.get('classid', ''), place.get('parent', '')
        if classid in classes:
            below.problem('classid', 'is declared twice', found=classid)
        for key in ('classid', 'parent'):
            if place.get(key) and handle and not place[key].startswith(handle):
                below.problem(key, 'is of another qdisc', found=place[key], want='one of %s' % handle)
        if parent and parent not in classes:
            below.problem('parent', 'is not declared before it', found=parent, do='declare it first')
        classes[classid] = HtbClass(classid, parent, tuple(sorted(values.items())))
    return tuple(classes.values())


def _read_filters(reader: Reader, classes: t.Iterable[HtbClass]) -> tuple[Filter, ...]:
    """The list ``filters`` of an htb, in the order in which they are asked."""
    filters: dict[int, Filter] = {}
    known = {each.classid for each in classes}
    for number, (path, member) in enumerate(reader.items('filters'), 1):
        below = Reader(member, path, reader.problems)
        rule = None if below.broken else read_filter(below, number)
        if rule is None:
            continue
        if rule.flowid and rule.flowid not in known:
            below.problem(
                'flowid', 'is not a class of this qdisc', found=rule.flowid, do='declare it in classes'
            )
        if rule.pref in filters:
            below.problem('pref', 'is that of another filter', found=str(rule.pref), do='give another')
        filters[rule.pref] = rule
    return tuple([filters[pref] for pref in sorted(filters)])


def _read_without_kind(reader: Reader, place: dict[str, t.Any], namespace: str) -> list[ShortForm]:
    for key in ('parent', 'handle'):
        if reader.has(key):
            reader.problem(key, 'needs a kind', do='add kind')
    keys = [attribute.key for attribute in SHORT.values()]
    if not any(map(reader.has, keys)):
        reader.problem('kind', 'is missing', do='add it, or one of %s' % ', '.join(keys))
    pair = dict(PAIR.read(reader))
    source, to = str(pair.get('source', '')), str(pair.get('to', ''))
    if source and to and (':' in source) != (':' in to):
        reader.problem('to', 'has another address family than from')
    return read_short(reader, namespace, place.get('link', ''), source, to)


def read_short(reader: Reader, namespace: str, link: str, source: str = '', to: str = '') -> list[ShortForm]:
    """The keys of the short form."""
    values: dict[str, t.Any] = dict(SHORT.read(reader))
    if reader.has('jitter') and not reader.has('delay'):
        reader.problem('jitter', 'needs a delay', do='add delay')
    if reader.has('reorder') and not reader.has('delay'):
        reader.problem('reorder', 'needs a delay: without one no packet overtakes another', do='add delay')
    if values.get('reorder'):
        values['gap'] = 1  # as tc(8) does
    return [ShortForm(namespace, link, tuple(sorted(values.items())), source, to)]
