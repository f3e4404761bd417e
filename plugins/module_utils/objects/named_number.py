# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Numbers that a document may say by name."""

from __future__ import annotations

import typing as t

from ..values.named_numbers import REALMS, TABLES, USUAL, Names, NumberByName, is_name, places
from ..values.reading import Reader, plain, shown, whole_number
from .attribute import Table, Type


class NamedNumber(Type):
    """A number from *low* to *high*, or the name that *file* of iproute2 has for it. In our own values it is
    the number: that is what is compared and kept, and what the kernel has. *what* it is, for people.
    """

    low: int
    high: int
    file: str
    what: str

    def read(self, reader: Reader, key: str, required: bool = False) -> int | None:
        value = reader.take(key, required)
        if value is None:
            return None
        return self.number(reader, key, value)

    def numbered(self, value: t.Any, names: Names) -> t.Any:
        """The same value of a document by its number, where it is a name."""
        name = value.strip() if isinstance(value, str) else value
        if not is_name(name):
            return value
        usual = USUAL[self.file]
        return usual[name] if name in usual else names(self.file).get(name, value)

    def number(self, reader: Reader, key: str, value: object) -> int | None:
        """The number of one value; a problem is noted if there is none."""
        number = named(reader, self.file, value)
        if isinstance(number, NumberByName):
            return number
        if number is None and is_name(value):
            want = '%d to %d, or a name that %s has' % (self.low, self.high, places(self.file))
            do = 'give the number, or add the name there'
            reader.problem(
                key, 'is the name of no %s on this host' % self.what, do, found=shown(value), want=want
            )
            return None
        if number is None or not self.low <= number <= self.high:
            want = '%d to %d, or a name' % (self.low, self.high)
            reader.problem(key, 'is not a %s' % self.what, found=shown(value), want=want)
            return None
        return number


def named(reader: Reader, file: str, value: object) -> int | None:
    """The number that a value says, by itself or by a name; None if it says none."""
    if not isinstance(value, str) or not is_name(value.strip()):
        return whole_number(value)
    name = value.strip()
    if name in USUAL[file]:
        return USUAL[file][name]
    names = reader.problems.names
    return NumberByName(name) if names is None else names(file).get(name)


def words_of(file: str) -> dict[int, str]:
    """The names that every host has, by number."""
    return {number: name for name, number in USUAL[file].items()}


TABLE_WORDS = words_of(TABLES)


class RoutingTable(NamedNumber):
    """A routing table by number, or by name. It is written by the name that every host has for it."""

    def written(self, value: t.Any) -> t.Any:
        return TABLE_WORDS.get(value, value)


ROUTING_TABLE = RoutingTable(1, 0xFFFFFFFF, TABLES, 'routing table')


class Realms(Type):
    """TO or FROM/TO; in our own values one number, as the kernel has it."""

    _one = NamedNumber(0, 0xFFFF, REALMS, 'realm')

    def read(self, reader: Reader, key: str, required: bool = False) -> int | None:
        value = reader.take(key, required)
        if value is None:
            return None
        parts = (plain(value) or '').split('/', 1)
        numbers = [self._one.number(reader, key, part) for part in parts]
        if None in numbers:
            return None
        source, to = [0, *t.cast('list[int]', numbers)][-2:]
        if isinstance(source, NumberByName) or isinstance(to, NumberByName):
            return NumberByName('/'.join(parts))
        if not source and not to:
            reader.problem(key, 'is not a realm', found=shown(value), want='TO or FROM/TO, one of them not 0')
        return source << 16 | to

    def numbered(self, value: t.Any, names: Names) -> t.Any:
        parts = str(value).split('/')
        numbers = [self._one.numbered(part, names) for part in parts]
        return value if numbers == parts else '/'.join(map(str, numbers))

    def written(self, value: t.Any) -> t.Any:
        if isinstance(value, NumberByName):
            return str(value)
        source, to = value >> 16, value & 0xFFFF
        return '%d/%d' % (source, to) if source else to

    def text(self, value: t.Any) -> str:
        return str(self.written(value))


def with_numbers(entry: t.Mapping[str, t.Any], table: Table, names: Names) -> dict[str, t.Any]:
    """The same entry of a document with numbers in the place of names."""
    types = [(attribute.key, t.cast(t.Any, attribute.type)) for attribute in table.values()]
    named = [(key, type_) for key, type_ in types if key in entry and hasattr(type_, 'numbered')]
    return {**entry, **{key: type_.numbered(entry[key], names) for key, type_ in named}}


__all__ = [
    'ROUTING_TABLE',
    'TABLE_WORDS',
    'NamedNumber',
    'Realms',
    'RoutingTable',
    'named',
    'with_numbers',
    'words_of',
]
