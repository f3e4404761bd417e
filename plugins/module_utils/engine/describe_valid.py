# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Removes from a described document what no document may contain, so that it can be applied."""

from __future__ import annotations

import typing as t

from ..objects.attribute import Entry
from ..objects.document.parse import read_layout
from ..objects.layout import CONTENT_KEYS
from ..values.names import HOST_WORD, place
from ..values.problems import InputError, Problem

_MAPPINGS = ('sysctls', 'forwarding')
_LISTS = tuple(key for key in CONTENT_KEYS if key not in _MAPPINGS)
_NAMED_BY = {
    'routes': ('route', ('to', 'table')),
    'rules': ('rule', ('priority',)),
    'nexthops': ('nexthop', ('id',)),
    'neighbours': ('neighbour', ('to', 'dev')),
    'fdb': ('fdb', ('lladdr', 'dev')),
    'qdiscs': ('qdisc', ('kind', 'link')),
}
"""The word for an object, and the keys that name it."""


class _Part(t.NamedTuple):
    """A part of the document that can be left out: *member* of *container*, and its name for people."""

    container: list[t.Any] | dict[str, t.Any]
    member: t.Any
    title: str

    def remove(self) -> bool:
        """Whether it was still there."""
        if isinstance(self.container, dict):
            return self.container.pop(self.member, None) is not None
        for number, member in enumerate(self.container):
            if member is self.member:
                del self.container[number]
                return True
        return False


def leave_out_invalid(document: Entry, host_id: str) -> list[str]:
    """Change *document* until it can be read. Returns a sentence for each part that was left out."""
    left_out: list[str] = []
    while True:
        try:
            read_layout({'name': 'x', **document}, host_id)
            return left_out
        except InputError as exc:
            problems = exc.problems
        parts = _parts(document)
        for problem in problems:
            part = _part_of(problem, parts)
            if part.remove():
                left_out.append(str(problem.at(part.title)))
        _drop_empty(document)


def _holders(document: Entry) -> t.Iterator[tuple[str, str, Entry]]:
    """What has contents of a namespace: path, name for people, entry."""
    yield '', HOST_WORD, document
    for number, entry in enumerate(document.get('namespaces', ())):
        yield 'namespaces[%d].' % number, place(entry['name']), entry


def _parts(document: Entry) -> dict[str, _Part]:
    """Everything that can be left out, by its path."""
    parts: dict[str, _Part] = {}
    namespaces = document.get('namespaces', [])
    for number, entry in enumerate(namespaces):
        parts['namespaces[%d]' % number] = _Part(namespaces, entry, 'namespace %s' % entry['name'])
    for path, where, holder in _holders(document):
        for key in _LISTS:
            for number, member in enumerate(holder.get(key, ())):
                parts['%s%s[%d]' % (path, key, number)] = _Part(
                    holder[key], member, _title(key, member, where)
                )
        for key in holder.get('sysctls', ()):
            title = 'sysctl %s in %s' % (key, where)
            parts['%ssysctls[%s]' % (path, key)] = _Part(holder['sysctls'], key, title)
    return parts


def _part_of(problem: Problem, parts: t.Mapping[str, _Part]) -> _Part:
    """The smallest part that the path of a problem leads into."""
    path = problem.path
    while path not in parts:
        end = max(path.rfind('.'), path.rfind('['))
        if end <= 0:
            raise ValueError(str(problem))  # nothing that the kernel has stands there
        path = path[:end]
    return parts[path]


def _drop_empty(document: Entry) -> None:
    for _path, _where, holder in list(_holders(document)):
        for key in (*_LISTS, 'sysctls', 'namespaces'):
            if key in holder and not holder[key]:
                del holder[key]


def _title(key: str, entry: Entry, where: str) -> str:
    if key == 'addresses':
        return 'address %s on %s/%s' % (entry['address'], where, entry['dev'])
    if key == 'links':
        return 'link %s/%s' % (where, entry['name'])
    if key == 'nftables':
        table = entry.get('table', 'of the scope')
        return 'nftables %s %s in %s' % (entry.get('family', 'inet'), table, where)
    if key == 'iptables':
        return 'iptables %s %s in %s' % (entry.get('table', 'filter'), entry['chain'], where)
    word, named_by = _NAMED_BY[key]
    values = [(name, entry[name]) for name in named_by if name in entry]
    words = [str(value) if name == named_by[0] else '%s %s' % (name, value) for name, value in values]
    return '%s in %s' % (' '.join([word, *words]), where)


__all__ = ['leave_out_invalid']
