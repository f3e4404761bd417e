# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A change under the timer: confirmed, not confirmed, and with each of its processes killed at any moment."""

from __future__ import annotations

import contextlib
import os
import pathlib
import signal
import time
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.host import commit_confirm
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
from ansible_collections.multinet.linux.plugins.module_utils.objects.operation import Operation
from ansible_collections.multinet.linux.tests.generator import Document
from ansible_collections.multinet.linux.tests.integration import world
from ansible_collections.multinet.linux.tests.integration.documents import changed_nodes, nodes
from ansible_collections.multinet.linux.tests.integration.pending_changes import LONG, begin, over, until
from ansible_collections.multinet.linux.tests.integration.snapshot import Snapshot, difference, snapshot


def _parent(pid: int) -> int:
    return int(pathlib.Path('/proc/%d/stat' % pid).read_text().rsplit(')', 1)[1].split()[1])


def _unlike(before: Snapshot) -> str:
    return difference(before, snapshot())


def _confirmed(document: Document) -> list[str]:
    before = snapshot()
    token = begin(document, LONG)
    until(token, ['waiting'])
    commit_confirm.confirm(token)
    over()
    again = converge(document).ops
    converge(document, absent=True)
    return [*(['the second run has %d operations' % again] if again else []), _unlike(before)]


def test_a_confirmed_change_stays() -> None:
    assert world.in_world(_confirmed, nodes(2)) == ['']


def _not_confirmed(first: Document, then: Document) -> tuple[str, str]:
    converge(first)
    before = snapshot()
    begin(then, 0)
    over()
    return _unlike(before), str(converge(then, check=True).recovered)


def test_an_unconfirmed_change_is_taken_back() -> None:
    assert world.in_world(_not_confirmed, nodes(2), changed_nodes(2)) == ('', 'False')


def _has_open(number: int, path: str) -> bool:
    """Whether a process has a file open. It may have others open that are gone, such as settings of links."""
    wanted = os.stat(path)
    with contextlib.suppress(OSError):  # the process has ended
        for descriptor in os.listdir('/proc/%d/fd' % number):
            with contextlib.suppress(OSError):
                if os.path.samestat(wanted, os.stat('/proc/%d/fd/%s' % (number, descriptor))):
                    return True
    return False


def _workers() -> tuple[int, int]:
    """The process that carries the change out, and the one that watches it: the two that hold the lock."""
    processes = map(int, filter(str.isdigit, os.listdir('/proc')))
    holders = [number for number in processes if _has_open(number, '/run/multinet/lock')]
    assert len(holders) == 2, holders
    watcher, worker = holders if _parent(holders[1]) == holders[0] else holders[::-1]
    assert _parent(worker) == watcher
    return worker, watcher


def _killed_waiting(first: Document, then: Document) -> list[str]:
    """The worker is killed while it waits: the other takes back. The watcher is killed: the worker does."""
    converge(first)
    before = snapshot()
    found = []
    token = begin(then, LONG)
    until(token, ['waiting'])
    os.kill(_workers()[0], signal.SIGKILL)
    found += until(token, ['undone'])['problems']
    over()
    found.append(_unlike(before))
    token = begin(then, LONG)
    until(token, ['waiting'])
    worker, watching = _workers()
    os.kill(watching, signal.SIGKILL)
    os.kill(worker, signal.SIGTERM)
    found += until(token, ['undone'])['problems']
    commit_confirm.PendingFiles(token).clear()  # which the other one would have done
    found.append(_unlike(before))
    return found


@pytest.mark.parametrize(('first', 'then'), [(nodes(2), changed_nodes(2)), (nodes(3), {**nodes(1)})])
def test_either_process_is_killed_while_it_waits(first: Document, then: Document) -> None:
    assert world.in_world(_killed_waiting, first, then) == [
        'the process that carried it out was killed',
        '',
        '',
    ]


def _killed_working(
    first: Document | None, then: Document, absent: bool, steps: t.Sequence[int]
) -> list[str]:
    """The worker kills itself after each of *steps*; the watcher takes back what it had done."""
    if first is not None:
        converge(first)
    before = snapshot()
    failed = []
    for number in steps:
        count = 0

        def step(_op: Operation, last: int = number) -> None:
            nonlocal count
            count += 1
            if count == last:
                os.kill(os.getpid(), signal.SIGKILL)

        found = until(begin(then, LONG, step, absent), ['undone', 'confirmed', 'failed'])
        if found.get('problems') != ['the process that carried it out was killed']:
            failed.append('killed after operation %d: %s' % (number, found))
            break
        over()
        left = _unlike(before)
        if left:
            failed.append('killed after operation %d:\n%s' % (number, left))
            break
    return failed


def _number_of_steps(first: Document | None, then: Document, absent: bool) -> int:
    if first is not None:
        converge(first)
    count = 0

    def step(_op: Operation) -> None:
        nonlocal count
        count += 1

    converge(then, absent=absent, step=step)
    return count


@pytest.mark.parametrize(
    ('first', 'then', 'absent'),
    [(None, nodes(2), False), (nodes(2), changed_nodes(2), False), (nodes(2), nodes(2), True)],
    ids=['building', 'changing', 'removing'],
)
def test_killed_after_each_operation(first: Document | None, then: Document, absent: bool) -> None:
    count = world.in_world(_number_of_steps, first, then, absent)
    steps = list(range(1, count + 1))
    results = world.in_worlds(
        lambda share: _killed_working(first, then, absent, share), [steps[number::4] for number in range(4)]
    )
    failed = [str(found) for found in results if isinstance(found, world.Broken) or found]
    print('taken back after each of %d operations' % count)
    assert count > 10
    assert not failed, '\n\n'.join(failed)


def _hanging(first: Document, then: Document, with_child: bool) -> tuple[float, list[str], str]:
    """An operation never ends. How long the host is not as before, what is said of it, and what remains."""
    converge(first)
    before = snapshot()

    def step(_op: Operation) -> None:
        if with_child:
            world.run('sleep %d' % LONG)
        time.sleep(LONG)

    start = time.monotonic()
    problems = until(begin(then, 1, step), ['undone'])['problems']
    seconds = time.monotonic() - start
    over()
    return seconds, problems, _unlike(before)


@pytest.mark.parametrize('with_child', [False, True], ids=['alone', 'in a program'])
def test_a_worker_that_hangs_is_ended_at_the_deadline(with_child: bool) -> None:
    seconds, problems, remains = world.in_world(_hanging, nodes(2), changed_nodes(2), with_child)
    assert problems == [
        'carrying it out took longer than the 1 s within which it had to be confirmed;'
        ' set a longer confirm_timeout',
        'the process that carried it out was killed',
    ]
    assert remains == ''
    assert seconds < LONG / 2


def _deleted_meanwhile() -> list[str]:
    world.run('ip link add card type veth peer name other')
    token = begin({'name': 'lab', 'links': [{'name': 'card', 'kind': 'physical', 'mtu': 1400}]}, 2)
    until(token, ['waiting'])
    world.run('ip link del card')
    problems = until(token, ['undone'])['problems']
    over()
    return t.cast('list[str]', problems)


def test_what_somebody_deletes_in_the_window_is_told() -> None:
    assert 'link host/card' in ' '.join(world.in_world(_deleted_meanwhile))
