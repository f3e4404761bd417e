# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The names that this host has for numbers, as ip(8) reads them (rtnl_rttable_a2n and others in iproute2,
lib/rt_names.c)."""

from __future__ import annotations

import os
import re
import typing as t

from ..values.named_numbers import FOLDERS, GROUPS, TABLES, USER_GROUPS, USERS, USUAL, WITH_FOLDER
from ..values.problems import EngineError, Problem
from . import files

_HASHED = (TABLES, GROUPS)
"""Of these a number may have several names; of the others it has the last one."""

_BUCKETS = 256

# As sscanf(3) reads "0x%x %s" and "%d %s".
_LINE = re.compile(r'(?:0x([0-9a-fA-F]{1,8})(?![0-9a-fA-F])|([+-]?[0-9]{1,10})(?![0-9]))\s*(\S+)', re.ASCII)

Line = tuple[int, str]


class HostNames:
    """The names of this host, each file read at most once, and only where a document says a name of it."""

    def __init__(self) -> None:
        self._known: dict[str, t.Mapping[str, int]] = {}

    def __call__(self, file: str) -> t.Mapping[str, int]:
        if file not in self._known:
            self._known[file] = _names(file)
        return self._known[file]


class _Accounts(t.Mapping[str, int]):
    """Users or groups by name, each asked for by itself: not every directory tells all that it has."""

    def __init__(self, ask: t.Callable[[str], t.Any], field: int) -> None:
        self._ask, self._field = ask, field

    def __getitem__(self, name: str) -> int:
        return int(self._ask(name)[self._field])  # KeyError if there is none

    def __iter__(self) -> t.Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def _names(file: str) -> t.Mapping[str, int]:
    if file in (USERS, USER_GROUPS):
        import grp  # rarely needed
        import pwd

        return _Accounts(pwd.getpwnam if file == USERS else grp.getgrnam, 2)
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
    try:
        text = files.read(path) or ''
    except OSError as error:
        do = 'mend it, or give numbers in the document'
        raise EngineError(Problem(path, 'cannot be read: %s' % error.strerror, do=do)) from error
    for line in text.split('\n'):
        line = line.lstrip(' \t')
        if not line or line.startswith('#'):
            continue
        match = _LINE.match(line)
        if match is None:
            return
        hexadecimal, decimal, name = match.groups()
        number = int(hexadecimal, 16) if hexadecimal else int(decimal)
        if number >= 0:
            yield number, name


__all__ = ['HostNames']
