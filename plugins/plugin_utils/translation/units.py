# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading unit files of systemd-networkd (systemd.syntax(7))."""

from __future__ import annotations

import typing as t

from .keys import Keys, Untranslatable
from .translation import Entry, Translation


class Unit:
    """One section of a file. A key may stand there several times; :meth:`done` reports those that nothing
    read.

    name  what stands between the brackets
    path  ``FILE [NAME]``, with a number behind the name if the file has several
    """

    def __init__(self, name: str, path: str, run: Translation) -> None:
        self.name, self.path, self.run = name, path, run
        self.values: dict[str, list[str]] = {}
        self._asked: set[str] = set()

    def add(self, key: str, value: str) -> None:
        """Take in a line. An empty value forgets those before."""
        if self.run.is_left_out(key, self.at(key)):
            return
        members = self.values.setdefault(key, [])
        if value:
            members.append(value)
        else:
            members.clear()

    def at(self, key: str) -> str:
        return '%s.%s' % (self.path, key)

    def says(self, key: str) -> bool:
        return bool(self.values.get(key))

    def all(self, key: str) -> list[str]:
        """The values of a key that may stand there several times."""
        self._asked.add(key)
        return self.values.get(key, [])

    def words(self, key: str) -> list[str]:
        """The words of all values."""
        return ' '.join(self.all(key)).split()

    def take(self, key: str) -> str | None:
        """The value that holds: the last one."""
        values = self.all(key)
        return values[-1] if values else None

    def refuse(self, key: str, reason: str) -> None:
        self.run.refuse(self.at(key), reason)

    def translate(self, keys: Keys, made: Entry, name: str = '') -> None:
        """Take over the keys of a table. *name* takes the place of %s in the keys of the document."""
        for word, key in keys.items():
            value = self.take(word)
            if value is None or key.nothing:
                continue
            if key.refused:
                self.refuse(word, key.refused)
                continue
            try:
                changed = key.change(value) if key.change else value
            except Untranslatable as exc:
                self.refuse(word, str(exc))
                continue
            if key.to:
                to = key.to % name if '%s' in key.to else key.to
                self.run.put(made, to, changed, self.at(word))

    def done(self) -> None:
        for key in self.values:
            if key not in self._asked and self.values[key]:
                self.run.refuse(self.at(key), 'this filter does not know the key')


def read_units(text: str, file: str, run: Translation) -> list[Unit]:
    """The sections of a file in their order."""
    units: list[Unit] = []
    counts: dict[str, int] = {}
    for line in _lines(text):
        if line.startswith('[') and line.endswith(']'):
            name = line[1:-1]
            counts[name] = counts.get(name, 0) + 1
            count = ' %d' % counts[name] if counts[name] > 1 else ''
            units.append(Unit(name, '%s [%s%s]' % (file, name, count), run))
            continue
        key, is_set, value = line.partition('=')
        if not is_set or not units:
            run.problems.add(file, 'has a line that is not KEY=VALUE in a section', found=repr(line))
        else:
            units[-1].add(key.strip(), value.strip())
    return units


def _lines(text: str) -> t.Iterator[str]:
    """The lines without comments and empty ones; those that end with a backslash go on in the next."""
    whole = ''
    for raw in text.splitlines():
        line = raw.strip()
        if not line and not whole or line.startswith(('#', ';')):
            continue
        if line.endswith('\\'):
            whole += line[:-1] + ' '
            continue
        yield whole + line
        whole = ''
    if whole:
        yield whole


__all__ = ['Unit', 'read_units']
