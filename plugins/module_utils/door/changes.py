# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The changes of a run as a result that fits: what removes comes first, alike ones are folded, and what is
still too much goes to a file on the host.

AWX shows the first 1,023 bytes of an event, and ansible-runner drops a result of more than 700,000.
"""

from __future__ import annotations

import contextlib
import typing as t

from ..kernel import files
from ..objects.operation import Change
from .folding import Fold, folded

UNFOLDED = 50
"""So many changes are listed one by one."""
_MOST_BYTES = 60_000
_SUMMARY_LETTERS = 4000
_FOLDER = '/run/multinet/changes/'
_SIGNS = {'delete': '-', 'change': '~', 'create': '+'}


class FittingChanges(t.NamedTuple):
    """What fits: entries for programs, differences for people, and where the rest is, if there is a rest."""

    entries: list[dict[str, t.Any]]
    differences: list[dict[str, str]]
    rest: str


def fitting_changes(changes: t.Sequence[Change], message: str, scope: str, diff: bool) -> FittingChanges:
    """*message* is what happened to a *scope*, in a sentence. Without *diff* there are no differences."""
    folds = folded(changes) if diff or len(changes) > UNFOLDED else []
    single = [Fold(change, change, 1) for change in changes]
    listed = folds if len(changes) > UNFOLDED else single
    entries = _fitting([_entry(fold) for fold in listed])
    differences = _fitting([_difference(fold) for fold in folds]) if diff else []
    cut = len(entries) < len(listed) or (diff and len(differences) < len(folds))
    rest = _written(_FOLDER + scope, folds, message) if cut else ''
    if differences:
        differences.insert(0, {'prepared': _summary(folds, message, rest)})
    return FittingChanges(entries, differences, rest)


def _entry(fold: Fold) -> dict[str, t.Any]:
    change = fold.first
    named = {'action': change.action, 'kind': change.kind, 'name': fold.title, 'count': fold.count}
    return {**named, 'before': fold.before, 'after': fold.after}


def _difference(fold: Fold) -> dict[str, str]:
    headers = dict.fromkeys(('before_header', 'after_header'), fold.title)
    return {**headers, 'before': _text(fold.before), 'after': _text(fold.after)}


def _text(lines: t.Iterable[str]) -> str:
    return ''.join(line + '\n' for line in lines)


def _fitting(members: list[dict[str, t.Any]]) -> list[dict[str, t.Any]]:
    """As many of the first as fit."""
    size = 0
    for place, member in enumerate(members):
        size += len(str(member))
        if size > _MOST_BYTES:
            return members[:place]
    return members


def _summary(folds: t.Sequence[Fold], message: str, rest: str) -> str:
    """A line for each, those that remove first: so much may be all that is shown."""
    lines = _lines(folds)
    text, size = [message], 0
    for place, line in enumerate(lines):
        size += len(line) + 1
        if size > _SUMMARY_LETTERS:
            text.append('and %d lines more%s' % (len(lines) - place, ', all in ' + rest if rest else ''))
            break
        text.append(line)
    return '\n'.join(text) + '\n'


def _lines(folds: t.Iterable[Fold]) -> list[str]:
    order = list(_SIGNS)
    ordered = sorted(folds, key=lambda fold: order.index(fold.first.action))
    return ['%s %s' % (_SIGNS[fold.first.action], fold.title) for fold in ordered]


def _written(path: str, folds: t.Sequence[Fold], message: str) -> str:
    """The file with all of it, for root alone; empty if it cannot be written."""
    text = [message]
    for fold in folds:
        text += [_lines([fold])[0], *('  - ' + line for line in fold.before)]
        text += ['  + ' + line for line in fold.after]
    with contextlib.suppress(OSError):
        files.make_folders(_FOLDER)
        files.replace(path, ('\n'.join(text) + '\n').encode(errors='replace'), mode=0o600)
        return path
    return ''


__all__ = ['UNFOLDED', 'FittingChanges', 'fitting_changes']
