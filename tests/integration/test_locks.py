# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Locks that others hold: an unprivileged user stops neither a run nor the timer; the holder is named."""

from __future__ import annotations

import array
import contextlib
import ctypes
import fcntl
import os
import re
import signal
import socket
import time
import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.host import store
from ansible_collections.multinet.linux.plugins.module_utils.host.pipeline import converge
from ansible_collections.multinet.linux.plugins.module_utils.kernel import locks, namespaces
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import EngineError
from ansible_collections.multinet.linux.tests.integration import world
from ansible_collections.multinet.linux.tests.integration.documents import nodes

_NOBODY = 65534
_LONGEST = 30.0
_PR_SET_NAME = 15


def _lock_folder() -> int:
    fd = os.open('/run/netns', os.O_RDONLY)
    fcntl.flock(fd, fcntl.LOCK_EX)
    return fd


def _hold() -> None:
    _lock_folder()


def _hold_by_child() -> None:
    """The process that took the lock ends; a child of it holds the descriptor."""
    _lock_folder()
    if os.fork():
        os._exit(0)


def _hold_in_flight() -> None:
    """No process has the descriptor: it is on its way in a socket."""
    fd = _lock_folder()
    left, _right = socket.socketpair(socket.AF_UNIX)
    left.sendmsg([b'x'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [fd]))])
    os.close(fd)


@contextlib.contextmanager
def _holding(uid: int, hold: t.Callable[[], None] = _hold) -> t.Iterator[None]:
    """A process of *uid* holds the lock on /run/netns inside the block."""
    ready, told = os.pipe()
    holder = os.fork()
    if not holder:
        try:
            os.setpgid(0, 0)
            os.setuid(uid)
            hold()
            os.write(told, b'x')
            os.close(told)
            signal.pause()
        finally:
            os._exit(0)
    os.close(told)
    assert os.read(ready, 1) == b'x'
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(holder, signal.SIGKILL)
        os.waitpid(holder, 0)
        os.close(ready)


def _converge_beside(uid: int, hold: t.Callable[[], None]) -> tuple[float, list[str], list[str]]:
    """How long a run takes, what it says, and which namespaces there are then."""
    os.makedirs('/run/netns', 0o755)
    problems: list[str] = []
    with _holding(uid, hold):
        start = time.monotonic()
        try:
            converge(nodes(2))
        except EngineError as exc:
            problems = list(exc.texts())
        seconds = time.monotonic() - start
    return seconds, problems, namespaces.named()


@pytest.mark.parametrize('hold', [_hold, _hold_by_child, _hold_in_flight])
def test_a_user_who_holds_the_lock_of_the_names_stops_nobody(hold: t.Callable[[], None]) -> None:
    seconds, problems, names = world.in_world(_converge_beside, _NOBODY, hold)
    assert problems == []
    assert len(names) == 2
    assert seconds < _LONGEST


def _many_names() -> tuple[float, list[str]]:
    """How many seconds a run waits that gives many names."""
    os.makedirs('/run/netns', 0o755)
    waits: list[float] = []
    sleep = time.sleep
    time.sleep = lambda seconds: (waits.append(seconds), sleep(seconds))[1]
    with _holding(_NOBODY):
        converge({'name': 'many', 'namespaces': [{'name': 'n{n}', 'replicas': 12}]})
    return sum(waits), namespaces.named()


def test_a_run_that_gives_many_names_waits_once() -> None:
    seconds, names = world.in_world(_many_names)
    assert len(names) == 12
    assert seconds < 2 * locks._PATIENCE_WITH_USERS


def _opened() -> list[str]:
    """What is mounted after a run and its removal, while a user has /run/netns open and is in it."""

    def hold() -> None:
        os.chdir('/run/netns')
        os.open('.', os.O_RDONLY)

    converge(nodes(1))
    with _holding(_NOBODY, hold):
        converge(nodes(1), absent=True)
    with open('/proc/self/mountinfo', encoding='utf-8') as file:
        return [line for line in file if '/run/netns' in line] + os.listdir('/run')


def test_a_user_who_has_the_names_open_keeps_no_mount() -> None:
    assert world.in_world(_opened) == []


def _renamed() -> str:
    def hold() -> None:
        ctypes.CDLL(None).prctl(_PR_SET_NAME, b'\x1b[2J\nroot: x', 0, 0, 0)
        _lock_folder()

    os.makedirs('/run/netns', 0o755)
    with _holding(_NOBODY, hold):
        fd = os.open('/run/netns', os.O_RDONLY)
        [holder] = locks.holders_of(fd)
    return holder.command


def test_the_name_of_a_process_is_shown_in_one_line() -> None:
    assert world.in_world(_renamed) == '?[2J?root: x'


def _converge_beside_root() -> tuple[float, list[str], list[str]]:
    locks.PATIENCE = 1.0
    return _converge_beside(0, _hold)


def test_a_process_of_root_that_holds_the_lock_of_the_names_is_named() -> None:
    seconds, problems, names = world.in_world(_converge_beside_root)
    holder = r'is locked \(found \d+ \(%s\)\)' % re.escape(_own_name())
    assert re.search(holder, problems[0]), problems
    assert names == []
    assert seconds < _LONGEST


def _own_name() -> str:
    with open('/proc/self/comm') as file:
        return file.read().strip()


def _wait_for_the_lock() -> str:
    with store.Store('x').lock():
        child = os.fork()
        if not child:
            try:
                with store.Store('y').lock(wait=0.2):
                    pass
            except EngineError as exc:
                os._exit(0 if 'found %d (' % os.getppid() in str(exc) else 1)
            finally:
                os._exit(2)
        return str(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def test_the_run_that_holds_the_lock_of_the_host_is_named() -> None:
    assert world.in_world(_wait_for_the_lock) == '0'
