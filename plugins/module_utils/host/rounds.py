# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rounds of a run: what they changed together, and what still differs after the last."""

from __future__ import annotations

from ..objects.operation import Change, Plan
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
