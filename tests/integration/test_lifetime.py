# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Scopes that live for a while: the host removes them by itself, whichever of its processes is killed."""

from __future__ import annotations

import contextlib
import os
import signal
import time
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.host import lifetime as lifetimes
from ansible_collections.multinet.linux.plugins.module_utils.host import watcher
from ansible_collections.multinet.linux.plugins.module_utils.host.commit_confirm import (
    CommitConfirm,
    PendingChange,
)
from ansible_collections.multinet.linux.plugins.module_utils.host.lifetime import Lifetime
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
from ansible_collections.multinet.linux.plugins.module_utils.host.store import Store
from ansible_collections.multinet.linux.plugins.module_utils.objects.operation import Change, Operation
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import EngineError
from ansible_collections.multinet.linux.tests.generator import Document
from ansible_collections.multinet.linux.tests.integration import world
from ansible_collections.multinet.linux.tests.integration.documents import changed_nodes, nodes
from ansible_collections.multinet.linux.tests.integration.snapshot import Snapshot, difference, snapshot

LONG = 600
_FILE = '/run/multinet/lifetimes/%s.json'


def _run(document: Document, seconds: int | None, **options: t.Any) -> None:
    """What a module does: it converges the host, and ends."""
    module = os.fork()
    if not module:
        try:
            os.closerange(3, 256)  # whoever waits for the end of this world does not wait for the scope's
            watcher._SETTLE = 0.0
            lifetimes._POLL = 0.01
            PendingChange.forget_later = _forget  # type: ignore[method-assign]
            lifetime = Lifetime(document, seconds)
            lifetime.start()

            def finish() -> tuple[Change, ...]:
                lifetime.kept()
                return ()

            with contextlib.suppress(EngineError):
                converge(document, lifetime=lifetime, finish=finish, **options)
            os._exit(0)
        finally:
            os._exit(2)
    assert os.waitpid(module, 0)[1] == 0


def _forget(change: PendingChange, store: Store) -> None:
    """In place of ``forget_later``: nobody asks how the change ended."""
    store.release()
    with store.lock():
        change.files.clear()


def _others() -> list[int]:
    """The processes of this world but the first one and this one, the eldest first."""
    processes = map(int, filter(str.isdigit, os.listdir('/proc')))
    return sorted(set(processes) - {1, os.getpid()})


def _wait(condition: t.Callable[[], bool]) -> None:
    for _again in range(6000):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError('still not, with processes %s' % _others())


def _nobody_is_left() -> bool:
    return not _others()


def _unlike(before: Snapshot) -> str:
    return difference(before, snapshot())


def _ends(document: Document) -> str:
    before = snapshot()
    _run(document, 0)
    _wait(_nobody_is_left)
    return _unlike(before)


def test_scope_is_removed_when_its_time_is_over() -> None:
    assert world.in_world_of_processes(_ends, nodes(2)) == ''


def _stays(document: Document, then: int | None) -> tuple[bool, str]:
    before = snapshot()
    _run(document, LONG)
    lives = os.path.exists(_FILE % document['name']) and len(_others()) == 2
    _run(document, then)
    _wait(_nobody_is_left)
    if then is None:
        converge(document, absent=True)
    return lives, _unlike(before)


@pytest.mark.parametrize('then', [0, None])
def test_later_run_decides(then: int | None) -> None:
    assert world.in_world_of_processes(_stays, nodes(1), then) == (True, '')


def _removed_before(document: Document) -> str:
    before = snapshot()
    _run(document, LONG)
    _run(document, None, absent=True)
    _wait(_nobody_is_left)
    return _unlike(before)


def test_processes_end_with_a_scope_that_is_removed_before() -> None:
    assert world.in_world_of_processes(_removed_before, nodes(1)) == ''


def _one_is_ended(document: Document, number: int, with_signal: int) -> str:
    before = snapshot()
    _run(document, LONG)
    _wait(lambda: len(_others()) == 2)
    watcher_then_worker = _others()
    os.kill(watcher_then_worker[number], with_signal)
    _wait(lambda: len(_others()) < 2 or with_signal == signal.SIGTERM)
    if with_signal == signal.SIGKILL:
        _end_soon(document)
    _wait(_nobody_is_left)
    return _unlike(before)


def _end_soon(document: Document) -> None:
    """Its time is over now."""
    path = _FILE % document['name']
    with open(path, encoding='utf-8') as file:
        content = file.read()
    before, _colon, _deadline = content.rpartition(':')
    with open(path + '.new', 'w', encoding='utf-8') as file:
        file.write(before + ': 0.0}')
    os.replace(path + '.new', path)


@pytest.mark.parametrize('number', [0, 1])
def test_one_of_its_processes_is_killed(number: int) -> None:
    assert world.in_world_of_processes(_one_is_ended, nodes(1), number, signal.SIGKILL) == ''


def test_worker_that_is_asked_to_end_removes_the_scope_at_once() -> None:
    assert world.in_world_of_processes(_one_is_ended, nodes(1), 1, signal.SIGTERM) == ''


def _stop(_op: Operation) -> None:
    raise EngineError('stopped')


def _stopped(first: Document, then: Document) -> str:
    """A run that fails lets a scope stay that stayed before."""
    _run(first, None)
    before = snapshot()
    _run(then, 0, step=_stop)
    _wait(_nobody_is_left)
    return _unlike(before)


def test_run_that_fails_lets_the_scope_stay() -> None:
    assert world.in_world_of_processes(_stopped, nodes(2), changed_nodes(2)) == ''


def _deadline(document: Document) -> str:
    with open(_FILE % document['name'], encoding='utf-8') as file:
        return file.read().rpartition(':')[2]


def _not_kept(first: Document, then: Document, options: dict[str, t.Any]) -> str:
    """A run that is not kept leaves the deadline that was, and somebody who waits for it."""
    before = snapshot()
    _run(first, LONG)
    deadline = _deadline(first)
    _run(then, 10 * LONG, **options)
    _wait(lambda: _deadline(first) == deadline)
    _end_soon(first)
    _wait(_nobody_is_left)
    return _unlike(before)


@pytest.mark.parametrize('options', [{'step': _stop}, {'commit_confirm': CommitConfirm('always', 0)}])
def test_run_that_is_undone_leaves_the_deadline_that_was(options: dict[str, t.Any]) -> None:
    assert world.in_world_of_processes(_not_kept, nodes(2), changed_nodes(2), options) == ''


def _unarmed(document: Document) -> tuple[str, bool]:
    """The module was killed before its first operation."""
    before = snapshot()
    module = os.fork()
    if not module:
        os.closerange(3, 256)
        Lifetime(document, LONG).start()
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(module, 0)
    _wait(_nobody_is_left)
    return _unlike(before), os.path.exists(_FILE % document['name'])


def test_nothing_waits_for_a_run_that_changed_nothing() -> None:
    assert world.in_world_of_processes(_unarmed, nodes(1)) == ('', False)
