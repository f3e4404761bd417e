# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tables of the keys of another tool: what becomes of each in a document."""

from __future__ import annotations

import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.values.reading import (
    BOOLEANS,
    Reader,
    shown,
    whole_number,
)

from .translation import Entry, Translation

LACKING = 'the layout does not have it'
NOT_YET = 'the filter does not translate it yet'


class Untranslatable(Exception):
    """A value that a document cannot say. Its text is the reason."""


class Key(t.NamedTuple):
    """What becomes of a key.

    to       the key of the document that gets its value; '' where the one value that fits says nothing
    change   what the value is there; raises Untranslatable where it cannot be said
    refused  why it cannot be taken over
    nothing  why it says nothing about the state of the kernel, and is passed over
    """

    to: str = ''
    change: t.Callable[[t.Any], t.Any] | None = None
    refused: str = ''
    nothing: str = ''


Keys = t.Mapping[str, Key]


def same(*words: str) -> dict[str, Key]:
    """Keys that a document has too."""
    return {word: Key(word) for word in words}


def refused(reason: str, *words: str) -> dict[str, Key]:
    return {word: Key(refused=reason) for word in words}


def nothing(reason: str, *words: str) -> dict[str, Key]:
    return {word: Key(nothing=reason) for word in words}


class Section:
    """A mapping in a file. Each key is read once; :meth:`done` reports those that nothing read."""

    def __init__(self, data: t.Any, path: str, run: Translation) -> None:
        self.path, self.run = path, run
        self.reader = Reader(data, path, run.problems)
        keys = list(data) if isinstance(data, dict) else []
        self._said = {key for key in keys if not run.is_left_out(key, self.reader.at(key))}
        for key in set(self.reader.data) - self._said:
            del self.reader.data[key]

    @property
    def data(self) -> dict[str, t.Any]:
        return self.reader.data

    def says(self, key: str) -> bool:
        """Whether the key stands there, be it with null."""
        return key in self._said

    def default(self, key: str, value: t.Any) -> None:
        """What a key says that does not stand there."""
        if not self.says(key):
            self._said.add(key)
            self.reader.data[key] = value

    def at(self, key: str) -> str:
        return self.reader.at(key)

    def take(self, key: str) -> t.Any:
        return self.reader.take(key)

    def flag(self, key: str, default: bool = False) -> bool:
        return bool(self.reader.boolean(key, default))

    def refuse(self, key: str, reason: str) -> None:
        self.run.refuse(self.at(key), reason)

    def below(self, key: str) -> Section:
        """The mapping at *key*; an empty one if there is none."""
        return Section(self.reader.mapping(key), self.at(key), self.run)

    def each(self, key: str) -> t.Iterator[tuple[str, t.Any]]:
        """The members of a list that are not left out, each with its path. One that is no list stands for
        itself."""
        value = self.take(key)
        if value is None:
            return
        if not isinstance(value, (list, tuple)):
            yield self.at(key), value
            return
        for index, member in enumerate(value):
            path = '%s[%d]' % (self.at(key), index)
            if not self.run.is_left_out('', path):
                yield path, member

    def sections(self, key: str) -> list[Section]:
        """The mappings in a list."""
        return [Section(member, path, self.run) for path, member in self.reader.items(key)]

    def translate(self, keys: Keys, made: Entry) -> None:
        """Take over the keys of a table into an entry of the document."""
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
                self.run.put(made, key.to, changed, self.at(word))

    def done(self) -> None:
        self.reader.done()


def truth(value: t.Any) -> bool:
    """A boolean in any spelling."""
    found = value if isinstance(value, bool) else BOOLEANS.get(str(value).strip().lower())
    if found is None:
        raise Untranslatable('it is neither true nor false (found %s)' % shown(value))
    return found


def inverted(value: t.Any) -> bool:
    return not truth(value)


def word_from(words: t.Mapping[t.Any, t.Any]) -> t.Callable[[t.Any], t.Any]:
    """A change of words, by a table of them."""

    def change(value: t.Any) -> t.Any:
        if isinstance(value, (list, dict)) or value not in words:
            wanted = ', '.join(str(word) for word in words)
            raise Untranslatable('it is unknown (found %s, want one of %s)' % (shown(value), wanted))
        return words[value]

    return change


def number(value: t.Any) -> int:
    """A whole number in any spelling."""
    found = whole_number(value)
    if found is None:
        raise Untranslatable('it is not a whole number (found %s)' % shown(value))
    return found


def only(value: t.Any, reason: str) -> t.Callable[[t.Any], t.Any]:
    """A change of a key that has one value that a document can say."""

    def change(found: t.Any) -> t.Any:
        if found != value:
            raise Untranslatable(reason)
        return found

    return change


__all__ = [
    'Key',
    'Keys',
    'Section',
    'Untranslatable',
    'inverted',
    'nothing',
    'number',
    'only',
    'refused',
    'same',
    'truth',
    'word_from',
]
