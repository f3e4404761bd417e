# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many changes in few words: those of which only numbers and addresses count up are told of once.

Which changes are alike depends on nothing but the changes, so that check mode and a real run tell the same.
"""

from __future__ import annotations

import ipaddress
import re
import typing as t

from ..objects.operation import Change

FEWEST = 3
"""Changes that are folded into one."""
_COUNTING = re.compile(
    r'[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+'  # IPv4
    r'|(?<![0-9A-Za-z:.])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![0-9A-Za-z:.])'  # IPv6, or a hardware address
    r'|[0-9]+'
)
_BETWEEN = ' ... '


class Fold(t.NamedTuple):
    """Changes of which what counts does so evenly, from the *first* to the *last*; or one change."""

    first: Change
    last: Change
    count: int

    @property
    def title(self) -> str:
        if self.count == 1:
            return self.first.title
        kind = self.last.kind + ' '
        return '%s%s%s (%d)' % (self.first.title, _BETWEEN, self.last.title[len(kind) :], self.count)

    @property
    def before(self) -> list[str]:
        return _lines(self.first.before, self.last.before)

    @property
    def after(self) -> list[str]:
        return _lines(self.first.after, self.last.after)


def _lines(first: t.Sequence[str], last: t.Sequence[str]) -> list[str]:
    return [start if start == end else start + _BETWEEN + end for start, end in zip(first, last)]


class _Counted(t.NamedTuple):
    """A text by its place, with the numbers and addresses in it."""

    numbers: tuple[int, ...]
    place: int


def folded(changes: t.Sequence[Change]) -> list[Fold]:
    """The changes in their order, alike ones in the place of the first of them."""
    texts = ['\n'.join((each.action, each.title, '', *each.before, '', *each.after)) for each in changes]
    return [Fold(changes[run[0]], changes[run[-1]], len(run)) for run in runs(texts)]


def folded_texts(texts: t.Sequence[str]) -> list[str]:
    """Alike sentences once, with how many there are and the last of them."""
    sentences = []
    for run in runs(texts):
        sentence = texts[run[0]]
        if len(run) > 1:
            sentence += '; and %d alike, the last: %s' % (len(run) - 1, texts[run[-1]])
        sentences.append(sentence)
    return sentences


def runs(texts: t.Sequence[str]) -> list[list[int]]:
    """The places of texts that are alike, but for numbers and addresses that count evenly; each other text by
    itself."""
    groups: dict[tuple[str, ...], list[_Counted]] = {}
    for place, text in enumerate(texts):
        pattern, numbers = _parts(text)
        groups.setdefault(pattern, []).append(_Counted(numbers, place))
    alike: list[list[int]] = []
    for members in groups.values():
        for run in _runs(members):
            places = [member.place for member in run]
            alike += [places] if len(places) >= FEWEST else [[place] for place in places]
    return alike


def _parts(text: str) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """What is the same in alike texts, and what counts."""
    words: list[str] = []
    numbers: list[int] = []
    end = 0
    for match in _COUNTING.finditer(text):
        number = _number(match[0])
        if number is not None:
            words.append(text[end : match.start()])
            numbers.append(number)
            end = match.end()
    return (*words, text[end:]), tuple(numbers)


def _number(text: str) -> int | None:
    if text.isdigit():
        return int(text) if len(text) < 20 else None
    try:
        return int(ipaddress.ip_address(text))
    except ValueError:
        digits = text.replace(':', '')
        return int(digits, 16) if len(digits) == 12 else None


def _runs(members: list[_Counted]) -> t.Iterator[list[_Counted]]:
    """Those of texts with one pattern whose numbers count evenly."""
    if len(members) < FEWEST:
        yield members
        return
    run: list[_Counted] = []
    for member in _in_rows(members):
        if len(run) >= 2 and _step(run[-1], member) != _step(run[-2], run[-1]):
            # The second of two may be the first of others.
            kept = 1 if len(run) == 2 else len(run)
            yield run[:kept]
            run = run[kept:]
        run.append(member)
    yield run


def _step(first: _Counted, second: _Counted) -> tuple[int, ...]:
    return tuple(end - start for start, end in zip(first.numbers, second.numbers))


def _in_rows(members: list[_Counted]) -> list[_Counted]:
    """In an order in which even counting shows. The number with most values counts; where several texts have
    the same value of it, the first of each value follow each other, then the second, and so on.
    """
    columns = list(zip(*(member.numbers for member in members)))
    if not columns:
        return members
    values = [len(set(column)) for column in columns]
    pivot = values.index(max(values))
    ordered = sorted(members, key=lambda member: (member.numbers[pivot], member))
    seen: dict[int, int] = {}
    rows: list[tuple[int, int]] = []
    for place, member in enumerate(ordered):
        value = member.numbers[pivot]
        row = seen.get(value, 0)
        seen[value] = row + 1
        rows.append((row, place))
    return [ordered[place] for _row, place in sorted(rows)]


__all__ = ['FEWEST', 'Fold', 'folded', 'folded_texts', 'runs']
