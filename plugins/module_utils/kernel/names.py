# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The names that this host has for numbers, as ip(8) reads them (rtnl_rttable_a2n and others in iproute2,
lib/rt_names.c)."""

from __future__ import annotations

import os
import typing as t

from ..values.named_numbers import FOLDERS, GROUPS, TABLES, USUAL, WITH_FOLDER
from . import files

_HASHED = (TABLES, GROUPS)
"""Of these a number may have several names; of the others it has the last one."""

_BUCKETS = 256

Line = tuple[int, str]


class HostNames:
    """The names of this host, each file read at most once, and only where a document says a name of it."""

    def __init__(self) -> None:
        self._known: dict[str, t.Mapping[str, int]] = {}

    def __call__(self, file: str) -> t.Mapping[str, int]:
        if file not in self._known:
            self._known[file] = _names(file)
        return self._known[file]


def _names(file: str) -> dict[str, int]:
    lines = [line for path in _paths(file) for line in _lines(path)]
    if file not in _HASHED:
        lines = list(dict(lines).items())
    # Of the numbers of a name the first in its table counts, and there the last that was read.
    lines.reverse()
    in_table = sorted(lines, key=lambda line: line[0] % _BUCKETS)
    names: dict[str, int] = {}
    for number, name in in_table:
        names.setdefault(name, number)
    return {**names, **USUAL[file]}


def _paths(file: str) -> t.Iterator[str]:
    """The files with names, in the order in which they are read."""
    for folder in FOLDERS:
        if os.path.exists('%s/%s' % (folder, file)):
            yield '%s/%s' % (folder, file)
            break
    if file not in WITH_FOLDER:
        return
    by_name: dict[str, str] = {}
    for folder in FOLDERS:
        below = '%s/%s.d' % (folder, file)
        for name in os.listdir(below) if os.path.isdir(below) else ():
            if name.endswith('.conf') and not name.startswith('.') and name != '.conf':
                by_name.setdefault(name, below)
    own = FOLDERS[0]
    for name, below in sorted(by_name.items(), key=lambda item: (item[1].startswith(own), item)):
        yield '%s/%s' % (below, name)


def _lines(path: str) -> t.Iterator[Line]:
    """The numbers of a file with their names. What follows a line that is none of both is not read."""
    for line in (files.read(path) or '').splitlines():
        words = line.split()
        if not words or words[0].startswith('#'):
            continue
        number = _number(words[0])
        if number is None or len(words) < 2:
            return
        if number >= 0:
            yield number, words[1]


def _number(word: str) -> int | None:
    try:
        return int(word, 16 if word.startswith('0x') else 10)
    except ValueError:
        return None


__all__ = ['HostNames']
