# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run that is killed at any step, and runs at the same time.

MULTINET_CRASH_EVERY=7 kills at every seventh step only.
"""

from __future__ import annotations

import os
import re
import signal
import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
from ansible_collections.multinet.linux.plugins.module_utils.objects.operation import Operation
from ansible_collections.multinet.linux.tests.generator import Document
from ansible_collections.multinet.linux.tests.integration import canonical_forms, world
from ansible_collections.multinet.linux.tests.integration.documents import changed_nodes, nodes
from ansible_collections.multinet.linux.tests.integration.snapshot import Snapshot, difference, snapshot

EVERY = int(os.environ.get('MULTINET_CRASH_EVERY', '1'))
Step = t.Callable[[Operation], None]


def _dies(document: Document, after: int, absent: bool) -> int:
    """Converge in a process that kills itself after some operations; how many there were, when it lived to
    the end."""
    count = 0

    def step(_op: Operation) -> None:
        nonlocal count
        count += 1
        if count == after:
            os.kill(os.getpid(), signal.SIGKILL)

    converge(document, absent=absent, step=step)
    return count


def _without_history(found: Snapshot) -> Snapshot:
    """Who was killed could not note down what a new setting had been before; and a default holds for what is
    made later."""
    return {
        key: re.sub(r'"sysctls":.*?"fields"', '"fields"', value) if key.startswith('file ') else value
        for key, value in found.items()
    }


def _crashes(
    before: Document | None, document: Document, absent: bool, clean: Snapshot, steps: list[int]
) -> tuple[int, list[str]]:
    """Kill after each of *steps*, each time from the same start, and see that the next run repairs it all."""
    initial = snapshot()
    failed = []
    for number in steps:
        if before is not None:
            converge(before)
        assert world.killed_or_result(_dies, document, number, absent) is None, (
            'the run ended before operation %d' % number
        )
        problems = []
        try:
            converge(document, absent=absent)
            again = converge(document, absent=absent)
            if again.changes or again.ops:
                problems.append(
                    'the run after the next still changes %s' % [change.title for change in again.changes]
                )
            found = difference(_without_history(clean), _without_history(snapshot()))
            if found:
                problems.append('not as after a clean run:\n' + found)
            converge(document, absent=True)
            found = difference(initial, snapshot())
            if found:
                problems.append('left after removal:\n' + found)
        except Exception as exc:  # it is told along with the step
            problems.append('%s: %s' % (type(exc).__name__, exc))
        if problems:
            failed.append('killed after operation %d: %s' % (number, '\n'.join(problems)))
            break  # the world is not what it was
    return len(steps), failed


def _clean(before: Document | None, document: Document, absent: bool) -> tuple[Snapshot, int]:
    if before is not None:
        converge(before)
    return_steps = _dies(document, -1, absent)
    return snapshot(), return_steps


def _all_steps(before: Document | None, document: Document, absent: bool = False) -> None:
    with canonical_forms.remembered():
        clean, count = world.in_world(_clean, before, document, absent)
        steps = list(range(1, count + 1, EVERY))
        shares = [steps[first::4] for first in range(4)]
        results = world.in_worlds(lambda share: _crashes(before, document, absent, clean, share), shares)
    failed = [str(found) for found in results if isinstance(found, world.Broken)]
    for found in results:
        if not isinstance(found, world.Broken):
            failed += found[1]
    print('killed after each of %d of %d operations' % (len(steps), count))
    assert count > 10
    assert not failed, '\n\n'.join(failed)


def test_killed_while_building() -> None:
    _all_steps(None, nodes(3))


def test_killed_while_changing() -> None:
    _all_steps(nodes(4), changed_nodes(4))


def test_killed_while_removing() -> None:
    _all_steps(nodes(4), nodes(4), absent=True)


def _at_once(documents: list[Document], absent: bool = False) -> list[str]:
    children = [
        world.child(lambda document=document: len(converge(document, absent=absent).changes))
        for document in documents
    ]
    told = []
    for number, source in children:
        try:
            world.result(number, source)
        except world.Broken as exc:
            told.append(str(exc))
    return told


def _one_after_the_other(documents: list[Document]) -> Snapshot:
    for document in documents:
        converge(document)
    return snapshot()


def _together(documents: list[Document]) -> Snapshot:
    initial = snapshot()
    assert _at_once(documents) == []
    built = snapshot()
    assert _at_once(documents, absent=True) == []
    left = difference(initial, snapshot())
    assert not left, left
    return built


def _apart(number: int) -> Document:
    document = nodes(2, 's%d' % number)
    text = (
        repr(document)
        .replace('10.200.', '10.%d.' % (50 + number))
        .replace('fd00:200', 'fd00:%d' % (50 + number))
        .replace('fd00:201', 'fd01:%d' % number)
    )
    found: Document = eval(
        text.replace('10.201.', '10.%d.' % (150 + number)), {}
    )  # a literal, written two lines above
    found['sysctls'] = {}
    found['rules'][0]['priority'] = 500 + number
    found['rules'][0]['table'] = found['routes'][0]['table'] = 200 + number
    return found


def test_two_runs_of_one_scope() -> None:
    alone = world.in_world(_one_after_the_other, [nodes(4)])
    both = world.in_world(_together, [nodes(4), nodes(4)])
    found = difference(_without_history(alone), _without_history(both))
    assert not found, found


def test_eight_scopes_at_once() -> None:
    documents = [_apart(number) for number in range(8)]
    apart = world.in_world(_one_after_the_other, documents)
    together = world.in_world(_together, documents)

    def sorted_jumps(found: Snapshot) -> Snapshot:  # the last to come is the first in a chain
        return {
            key: '\n'.join(sorted(value.split('\n'))) if ' ipv4 ' in key or ' ipv6 ' in key else value
            for key, value in _without_history(found).items()
        }

    found = difference(sorted_jumps(apart), sorted_jumps(together))
    assert not found, found
