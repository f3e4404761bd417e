# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Few of many random documents that together say all that the many say: each key of each kind of object,
and each word that a key may have."""

from __future__ import annotations

import re
import typing as t

from .writer import Document

Statement = tuple[str, str, str, str]
"""Where in a document, the kind of link there, a key, and its value if that is a word or a bool."""

_WORD = re.compile(r'[a-z][a-z-]+')
_LINK_OF_SYSCTL = re.compile(r'(conf|neigh)([./])[^./]+[./]')
# Their values are names, not words.
_NAMED = ('chain', 'dev', 'lower', 'link', 'master', 'name', 'namespace', 'oif', 'iif', 'table')


def statements(document: Document) -> set[Statement]:
    said: set[Statement] = set()
    _collect(document, '', '', said)
    return said


def _collect(value: t.Any, path: str, kind: str, said: set[Statement]) -> None:
    if isinstance(value, list):
        for member in value:
            _collect(member, path, kind, said)
    if not isinstance(value, dict):
        return
    kind = str(value.get('kind', kind))
    for key, member in value.items():
        name = _LINK_OF_SYSCTL.sub(r'\1\2*\2', key)
        said.add((path, kind, name, '' if key in _NAMED else _word(member)))
        _collect(member, '%s/%s' % (path, name), kind, said)


def _word(value: t.Any) -> str:
    if isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and _WORD.fullmatch(value) else ''


def covering(documents: t.Mapping[int, t.Sequence[Document]]) -> list[int]:
    """Seeds of documents, given with their changes, that together say all; the most telling are chosen
    first."""
    said = {seed: set().union(*map(statements, versions)) for seed, versions in documents.items()}
    left: set[Statement] = set().union(*said.values())
    chosen = []
    while left:
        seed = max(said, key=lambda each: (len(said[each] & left), -each))
        chosen.append(seed)
        left -= said.pop(seed)
    return sorted(chosen)
