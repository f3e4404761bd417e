# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rounds of a run: what they changed together, and what still differs after the last."""

from __future__ import annotations

import typing as t

from ..objects.operation import Change, Operation, Plan
from ..values.problems import Problem

ROUNDS = 3


def merged(first: tuple[Change, ...], second: tuple[Change, ...]) -> tuple[Change, ...]:
    """The changes of two plans that were carried out one after the other, one for each object."""
    merged = {(change.kind, change.namespace, change.name): change for change in first}
    for change in second:
        key = (change.kind, change.namespace, change.name)
        if key in merged:
            change = change._replace(before=merged[key].before)
        merged[key] = change
    return tuple(merged.values())


def without_failed(changes: tuple[Change, ...], ops: t.Sequence[Operation]) -> tuple[Change, ...]:
    """The changes without what *ops* were to restore, and could not."""
    keys = [(op.mention.kind, op.namespace, op.mention.name) for op in ops]
    gone = {key for key in keys if key[0] != 'link'}
    kept: list[Change] = []
    for change in changes:
        if change.kind == 'link':
            change = _without_lines(change, [op for op in ops if op.namespace == change.namespace])
        is_gone = (change.kind, change.namespace, change.name) in gone
        if not is_gone and change.before != change.after:
            kept.append(change)
    return tuple(kept)


def _without_lines(change: Change, ops: t.Sequence[Operation]) -> Change:
    after = list(change.after)
    for op in ops:
        mention = op.mention
        is_of_other_link = mention.kind == 'link' and mention.name != change.name
        if is_of_other_link or not set(mention.lines) & set(after):
            continue
        after = [line for line in after if line not in mention.lines]
        after += [line for line in mention.instead if line in change.before]
    if after == list(change.after):
        return change
    return change._replace(before=tuple(sorted(change.before)), after=tuple(sorted(after)))


def differences(steps: Plan) -> list[Problem]:
    problems = [
        Problem(
            '',
            'after %d rounds the kernel is still not as declared' % ROUNDS,
            do='another process changes it at the same time, or the kernel does not keep what it was given',
        )
    ]
    for change in steps.changes:
        found, want = ', '.join(change.before) or 'nothing', ', '.join(change.after) or 'nothing'
        problems.append(Problem(change.title, 'still differs', found, want))
    return problems
