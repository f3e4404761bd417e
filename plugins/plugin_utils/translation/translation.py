# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A document made of another tool's files: every problem has its path in them."""

from __future__ import annotations

import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.objects.document.parse import read_layout
from ansible_collections.multinet.linux.plugins.module_utils.objects.document.reader import DocumentReader
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import (
    InputError,
    Problem,
    Problems,
)
from ansible_collections.multinet.linux.plugins.module_utils.values.reading import Reader

Entry = dict[str, t.Any]
"""A mapping of the document that is being made."""

KERNEL_VXLAN_PORT = 8472  # vxlan_port, linux/drivers/net/vxlan/vxlan_core.c
"""The port of a VXLAN of which other tools say none; a layout takes that of RFC 7348."""
LEAVE_OUT = 'remove it, or name it in leave_out'


class Translation:
    """What is common to a run of a filter: its problems, and where each value of the document comes from.

    leave_out  keys that are passed over, each by its path or by its name alone
    """

    def __init__(self, leave_out: t.Collection[str] = ()) -> None:
        self.problems = Problems()
        self.leave_out = frozenset(leave_out)
        self._origins: dict[tuple[int, t.Any], str] = {}
        self._kept: list[t.Any] = []

    def is_left_out(self, key: str, path: str) -> bool:
        return key in self.leave_out or path in self.leave_out

    def refuse(self, path: str, reason: str) -> None:
        """Note that a key cannot be taken over."""
        self.problems.add(path, 'cannot be taken over: %s' % reason, do=LEAVE_OUT)

    def put(self, made: Entry, key: str, value: t.Any, path: str) -> None:
        """Set a key of the document to what the key *path* of the file says."""
        made[key] = value
        self.note_origin(made, key, path)

    def append(self, made: Entry, key: str, value: t.Any, path: str) -> None:
        """Append to a list of the document what stands at *path* of the file."""
        members = made.setdefault(key, [])
        members.append(value)
        self.note_origin(members, len(members) - 1, path)

    def note_origin(self, container: t.Any, key: t.Any, path: str) -> None:
        self._kept.append(container)  # so that no other object gets its id
        self._origins[id(container), key] = path

    def finish(self, document: Entry) -> Entry:
        """The document, when it is valid. Raises InputError with all problems.

        What is between objects is looked at only if all of them could be translated.
        """
        origins = dict(self._walk(document, ''))
        for problem in _problems_of(document, only_read=bool(len(self.problems))):
            self.problems.note(_at_origin(problem, origins))
        self.problems.raise_any()
        return document

    def _walk(self, made: t.Any, path: str) -> t.Iterator[tuple[str, str]]:
        """The paths in the document that come from a path in the files, each with that."""
        members: t.Iterable[tuple[t.Any, t.Any]] = ()
        if isinstance(made, dict):
            members = made.items()
        elif isinstance(made, list):
            members = enumerate(made)
        for key, value in members:
            if isinstance(made, list) or path.endswith('sysctls'):
                where = '%s[%s]' % (path, key)
            else:
                where = '%s.%s' % (path, key) if path else str(key)
            if (id(made), key) in self._origins:
                yield where.replace(':', '?'), self._origins[id(made), key]
            yield from self._walk(value, where)


def _problems_of(document: Entry, only_read: bool) -> t.Iterable[Problem]:
    if only_read:
        problems = Problems()
        reader = Reader(document, '', problems)
        contents = DocumentReader(str(document.get('name')), '', problems)
        contents.read_host(reader)
        contents.read_namespaces(reader)
        return problems
    try:
        read_layout(document)
    except InputError as exc:
        return exc.problems
    return ()


def _at_origin(problem: Problem, origins: t.Mapping[str, str]) -> Problem:
    """A problem of the document as one of the files: at the nearest path that comes from there."""
    path, rest = problem.path, ''
    while path and path not in origins:
        cut = max(path.rfind('.'), path.rfind('['))
        path, rest = (path[:cut], path[cut:] + rest) if cut > 0 else ('', problem.path)
    if not path:
        return problem
    if rest.startswith('.'):
        what = '%s %s' % (rest[1:], problem.what)
        return Problem(origins[path], what, problem.found, problem.want, problem.do)
    return problem.at(origins[path] + rest)


__all__ = ['KERNEL_VXLAN_PORT', 'Entry', 'Translation']
