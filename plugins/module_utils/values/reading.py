# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading values out of a document: every problem is noted with its path, none stops the reading."""

from __future__ import annotations

import typing as t

from .problems import InputError, Problem, Problems

_LONGEST_SHOWN = 60
_MOST_BITS = 4096
_MOST_DIGITS = 5100
_PLAIN = {str, int, bool, type(None)}
BOOLEANS = {
    'true': True,
    'yes': True,
    'on': True,
    '1': True,
    'false': False,
    'no': False,
    'off': False,
    '0': False,
}


def shown(value: object) -> str:
    """A value as it stands in an error: short, and quoted as Python does."""
    text = ''
    for piece in _pieces(value):
        text += piece
        if len(text) > _LONGEST_SHOWN:
            return text[: _LONGEST_SHOWN - 3] + '...'
    return text


def _pieces(value: object) -> t.Iterator[str]:
    """What repr() returns, piece by piece: nobody waits for that of a large value, which is not shown
    anyway."""
    if isinstance(value, (list, tuple)) and value:
        start, end = '[]' if isinstance(value, list) else '()'
        for member in value:
            yield start
            yield from _pieces(member)
            start = ', '
        yield ',' + end if isinstance(value, tuple) and len(value) == 1 else end
    elif isinstance(value, dict) and value:
        start = '{'
        for key, member in value.items():
            yield start
            yield from _pieces(key)
            yield ': '
            yield from _pieces(member)
            start = ', '
        yield '}'
    elif isinstance(value, (str, bytes)):
        yield repr(value[: _LONGEST_SHOWN + 1])
    elif isinstance(value, int) and value.bit_length() > _MOST_BITS:  # sys.get_int_max_str_digits()
        yield 'a number with too many digits'
    else:
        yield repr(value)


class Reader:
    """One mapping of the document. Each key is read once; :meth:`done` reports the keys that nothing read."""

    def __init__(self, data: object, path: str, problems: Problems) -> None:
        self.path, self.problems = path, problems
        self.data: dict[str, t.Any] = {}
        self.asked: list[str] = []
        if not isinstance(data, dict):
            problems.add(path, 'is not a mapping', found=shown(data), do='write it as key: value')
            self.broken = True
            return
        self.broken = False
        for key, value in data.items():
            if not isinstance(key, str):
                problems.add(path, 'has a key that is not text', found=shown(key), do='quote it')
            elif value is not None:
                self.data[key] = value

    def at(self, key: str) -> str:
        return '%s.%s' % (self.path, key) if self.path else key

    def problem(self, key: str, what: str, do: str = '', *, found: str = '', want: str = '') -> None:
        self.problems.add(self.at(key), what, do=do, found=found, want=want)

    def note(self, key: str, problem: Problem) -> None:
        """Note a problem with the value of *key* that another function described."""
        self.problems.note(problem.at(self.at(key)))

    def has(self, key: str) -> bool:
        return key in self.data

    def given(self, keys: t.Iterable[str], required: t.Collection[str] = ()) -> list[str]:
        """Those of many *keys* that may stand here that do, or have to. Each of them is to be asked for
        then."""
        self.asked.extend(keys)
        return [key for key in keys if key in self.data or key in required]

    def take(self, key: str, required: bool = False) -> t.Any:
        self.asked.append(key)
        if key not in self.data:
            if required and not self.broken:
                self.problem(key, 'is missing', do='add it')
            return None
        return self.data[key]

    def text(self, key: str, required: bool = False) -> str | None:
        value = self.take(key, required)
        if value is None:
            return None
        text = plain(value)
        if text is None:
            self.problem(key, 'is not text', found=shown(value))
            return None
        value = text.strip()
        if not value:
            self.problem(key, 'is empty', do='leave the key out or give a value')
            return None
        return value

    def choice(
        self, key: str, choices: t.Iterable[str], default: str | None = None, required: bool = False
    ) -> str | None:
        value = self.text(key, required)
        if value is None:
            return default
        choices = list(choices)
        if value not in choices:
            near = _nearest(value, choices)
            self.problem(
                key,
                'is unknown',
                found=shown(value),
                want='one of %s' % ', '.join(choices),
                do='did you mean %s?' % near[0] if near else '',
            )
            return default
        return value

    def integer(
        self, key: str, low: int, high: int, default: int | None = None, required: bool = False
    ) -> int | None:
        value = self.take(key, required)
        if value is None:
            return default
        number = whole_number(value)
        if number is None:
            self.problem(key, 'is not a whole number', found=shown(value), want='%d to %d' % (low, high))
            return default
        if not low <= number <= high:
            self.problem(key, 'is out of range', found=shown(number), want='%d to %d' % (low, high))
            return default
        return number

    def boolean(self, key: str, default: bool | None = None) -> bool | None:
        value = self.take(key)
        if value is None:
            return default
        if isinstance(value, bool):
            return value
        truth = BOOLEANS.get((plain(value) or '').strip().lower())
        if truth is None:
            self.problem(key, 'is neither true nor false', found=shown(value))
            return default
        return truth

    def items(self, key: str) -> list[tuple[str, t.Any]]:
        """The members of a list, each with its path."""
        return [
            ('%s[%d]' % (self.at(key), number), member) for number, member in enumerate(self.members(key))
        ]

    def members(self, key: str) -> t.Sequence[t.Any]:
        """The members of a list."""
        value = self.take(key)
        if value is None:
            return []
        if not isinstance(value, (list, tuple)):
            self.problem(
                key,
                'is not a list',
                found=shown(value),
                do='write each member on a line that starts with "- "',
            )
            return []
        return value

    def mapping(self, key: str) -> dict[str, t.Any]:
        value = self.take(key)
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.problem(key, 'is not a mapping', found=shown(value), do='write it as key: value')
            return {}
        return value

    def done(self) -> None:
        for key in self.data:
            if key not in self.asked:
                near = _nearest(key, self.asked)
                self.problem(
                    key,
                    'is not a known key',
                    want='one of %s' % ', '.join(sorted(set(self.asked))),
                    do='did you mean %s?' % near[0] if near else 'remove it',
                )


def _nearest(word: str, words: t.Iterable[str]) -> list[str]:
    """The one that may have been meant, if any."""
    import difflib  # not loaded for a document without errors

    return difflib.get_close_matches(word, list(words), 1)


def plain(value: object) -> str | None:
    """A text or a number as text; None for all else, and for what UTF-8 cannot hold."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return None
    try:
        text = str(value)
        text.encode()
    except ValueError:  # too many digits, or one half of a surrogate pair
        return None
    return text


def as_said(data: object) -> tuple[t.Any, ...] | None:
    """A mapping so that two are equal where they say the same in the same words; None for one with more than
    plain values. True is not 1 here.
    """
    if not isinstance(data, dict):
        return None
    kinds = tuple(map(type, data.values()))
    return (*data, *data.values(), *kinds) if _PLAIN.issuperset(kinds) else None


def whole_number(value: object) -> int | None:
    """The number in *value*, which may be text; None when it is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, str) and len(value) <= _MOST_DIGITS:  # int() of many takes long, or raises
        try:
            return int(value.strip(), 0)
        except ValueError:
            return None
    return None


__all__ = [
    'BOOLEANS',
    'InputError',
    'Problems',
    'Reader',
    'as_said',
    'plain',
    'shown',
    'whole_number',
]
