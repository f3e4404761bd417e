# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Problems as values: what is wrong, where, and what to do about it. They become text at the door, and
nowhere else.
"""

from __future__ import annotations

import typing as t

from .named_numbers import Names
from .struct import Struct

_LONGEST = 2000
"""Letters of a part of a problem: what a document says in a megabyte is not said again for each problem in
it."""

MISSING_LINK = 'missing link'
"""The kind of a problem that goes away when a link appears. Its subject is the (namespace, name) of the link.
"""

NEEDS_ROOT = 'set become: true, root is needed'
"""What to do about a lack of rights."""


class Problem(Struct):
    """One problem. Its text is ``path: what (found X, want Y); do``, without the parts that are empty.

    path     the key of the document, or the object in words ("namespace blue"); empty if *what* is a whole
             sentence
    what     what is wrong with it
    found    the value that was found, as text
    want     the values that are accepted, as text
    do       what the reader can do about it
    kind     for code that has to decide: what sort of problem this is (MISSING_LINK); never part of the text
    subject  for code that has to decide: the object that the kind is about
    """

    path: str
    what: str
    found: str = ''
    want: str = ''
    do: str = ''
    kind: str = ''
    subject: t.Any = None

    def __hash__(self) -> int:
        return hash((self.path, self.what))

    def __str__(self) -> str:
        text = '%s: %s' % (self.path, self.what) if self.path else self.what
        details = []
        if self.found:
            details.append('found ' + self.found)
        if self.want:
            details.append('want ' + self.want)
        if details:
            text += ' (%s)' % ', '.join(details)
        return '%s; %s' % (text, self.do) if self.do else text

    def at(self, path: str) -> Problem:
        """The same problem at another path."""
        return self.replaced(path=path)


def missing_namespace(name: str) -> Problem:
    """The problem with a namespace that was asked for and does not exist."""
    return Problem('namespace %s' % name, 'does not exist', do='leave it out, or make it first')


class Failure(Exception):
    """Something that stops a run. ``problems`` says why, one Problem for each thing that is wrong, each
    once; a sentence becomes one without a path.
    """

    def __init__(self, problems: t.Iterable[Problem | str]) -> None:
        whole = [problem if isinstance(problem, Problem) else Problem('', problem) for problem in problems]
        self.problems = tuple(dict.fromkeys(whole))
        super().__init__('\n'.join(map(str, self.problems)))

    def texts(self) -> tuple[str, ...]:
        """The problems, as one sentence each."""
        return tuple(map(str, self.problems))


class InputError(Failure):
    """The document is wrong. The path of each problem is a key of the document. Each is one line of text that
    a terminal can show.
    """

    def __init__(self, problems: t.Iterable[Problem]) -> None:
        super().__init__([_on_one_line(problem) for problem in problems])


class EngineError(Failure):
    """The host is not as it has to be, or the kernel refused a step."""

    def __init__(self, *problems: Problem | str) -> None:
        super().__init__(problems)


class Problems:
    """All problems of one document, in the order in which they were found, each once.

    *naming*: the document lists objects to remove; only the keys that identify them are required. *names* are
    those that the managed host has for numbers; None where the document is read elsewhere.
    """

    def __init__(self, naming: bool = False, names: Names | None = None) -> None:
        self.found: list[Problem] = []
        self.naming = naming
        self.names = names
        self._known: set[tuple[str, ...]] = set()  # without subjects, which need not be hashable

    def __len__(self) -> int:
        return len(self.found)

    def __iter__(self) -> t.Iterator[Problem]:
        return iter(self.found)

    def add(self, path: str, what: str, do: str = '', *, found: str = '', want: str = '') -> None:
        """Note what is wrong with the key *path* of the document; '' is the document itself."""
        self.note(Problem(path, what, found, want, do))

    def note(self, problem: Problem) -> None:
        """Note a problem whose path is a key of the document."""
        # Keys are the user's own text: a colon in one would look like the end of the path, and no key may
        # break the line.
        shown = _on_one_line(problem.at(problem.path.replace(':', '?') or 'document'))
        key = (shown.path, shown.what, shown.found, shown.want, shown.do)
        if key not in self._known:
            self._known.add(key)
            self.found.append(shown)

    def raise_any(self) -> None:
        """Raise InputError if there are problems."""
        if self.found:
            raise InputError(self.found)


def _on_one_line(problem: Problem) -> Problem:
    parts = (problem.path, problem.what, problem.found, problem.want, problem.do)
    texts = [_printable(part) for part in parts]
    return Problem(*texts, problem.kind, problem.subject)


def _printable(text: str) -> str:
    """*text* on one line, with what a terminal cannot show as an escape."""
    if len(text) <= _LONGEST and text.isprintable():
        return text
    if len(text) > _LONGEST:
        text = text[:_LONGEST] + '...'
    return ''.join(
        letter if letter.isprintable() else letter.encode('unicode_escape').decode() for letter in text
    )


__all__ = [
    'MISSING_LINK',
    'NEEDS_ROOT',
    'EngineError',
    'Failure',
    'InputError',
    'Problem',
    'Problems',
    'missing_namespace',
]
