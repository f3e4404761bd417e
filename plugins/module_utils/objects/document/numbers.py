# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A document with numbers in the place of names that this host has for them. What is kept for the next boot
says numbers: they mean the same when the files with the names have changed, or cannot be read yet."""

from __future__ import annotations

import typing as t

from ...values import expand
from ...values.named_numbers import Names
from ...values.problems import Problems
from ..attribute import Table
from ..link.kinds import KINDS
from ..link.value import COMMON
from ..named_number import with_numbers as entry_with_numbers
from ..route.schema import HOP, ROUTE
from ..rule.schema import RULE
from .reader import MOST_REPLICAS

Entry = t.Mapping[str, t.Any]
_LISTS = ('links', 'nexthops', 'routes', 'rules')


def with_numbers(document: Entry, names: Names) -> dict[str, t.Any]:
    """The same document. What is of another shape than a document, or unknown, stays as it is. Of a namespace
    with replicas whose names differ, each replica is an entry."""
    numbered = {**document}
    for key in _LISTS:
        if isinstance(document.get(key), list):
            numbered[key] = [_numbered(key, member, names) for member in document[key]]
    if isinstance(document.get('namespaces'), list):
        namespaces = [_namespaces(member, names) for member in document['namespaces']]
        numbered['namespaces'] = [namespace for members in namespaces for namespace in members]
    return numbered


def _namespaces(member: t.Any, names: Names) -> list[t.Any]:
    """One namespace, or each of its replicas where expressions make names that differ."""
    if not isinstance(member, dict):
        return [member]
    numbered = with_numbers(member, names)
    count = member.get('replicas')
    if not isinstance(count, int) or not 1 <= count <= MOST_REPLICAS:
        return [numbered]
    contents = {key: value for key, value in member.items() if key != 'replicas'}
    first = _replica(contents, 1)
    if _replica({key: numbered[key] for key in contents}, 1) == with_numbers(first, names):
        return [numbered]
    return [with_numbers(_replica(contents, n), names) for n in range(1, count + 1)]


def _replica(contents: Entry, n: int) -> dict[str, t.Any]:
    try:
        return t.cast('dict[str, t.Any]', expand.value_for(contents, n, '', Problems()))
    except RecursionError:  # which reading the document tells
        return {}


def _numbered(key: str, member: t.Any, names: Names) -> t.Any:
    if not isinstance(member, dict):
        return member
    for table in _tables(key, member):
        member = entry_with_numbers(member, table, names)
    if isinstance(member.get('peer'), dict):
        member['peer'] = _numbered(key, member['peer'], names)
    if isinstance(member.get('nexthops'), list):
        member['nexthops'] = [_numbered('hops', hop, names) for hop in member['nexthops']]
    return member


def _tables(key: str, member: Entry) -> tuple[Table, ...]:
    """The tables of the keys that an entry has."""
    if key == 'links':
        kind = KINDS.get(str(member.get('kind')))
        return (COMMON,) if kind is None else (COMMON, kind.settings)
    if key == 'nexthops':
        from ..nexthop.schema import NEXTHOP  # not loaded for a document without nexthop objects

        return (NEXTHOP,)
    return {'routes': (ROUTE,), 'rules': (RULE,), 'hops': (HOP,)}[key]


__all__ = ['with_numbers']
