# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A change that may cut the operator off: carried out by a process of its own, and kept only when it is confirmed.

The module that starts the process answers and ends before the first operation, so that its answer gets through. The process
belongs to no terminal and no connection. It holds the lock and everything that undo needs, waits for a file that a later run
writes over a new connection, and takes the change back when that does not come in time. A second process watches it, and
takes the change back should the first one be killed.

    /run/multinet/pending/TOKEN.json     how the change stands
    /run/multinet/pending/TOKEN.confirm  written to confirm
"""

from __future__ import annotations

import contextlib
import ctypes
import dataclasses
import fcntl
import json
import os
import pickle
import secrets
import shutil
import signal
import subprocess
import sys
import time
import typing as t

from ..objects.management_path import Connection
from ..objects.operation import Change
from ..values.problems import EngineError, Problem
from .store import ROOT, Store

_POLL = 0.1
_SETTLE = 0.5  # from the end of the module to the first operation: its answer is on its way
_AFTER = 60.0  # how long it can be asked how a change ended
_PATIENCE = 90.0  # how long one who confirms waits until the host has kept it
_PR_SET_CHILD_SUBREAPER = 36


@dataclasses.dataclass(frozen=True)
class Guard:
    """When to ask for a confirmation, and for how long. ``mode`` is auto, always or never."""

    mode: str = 'auto'
    timeout: int = 60
    way: Connection | None = None


class NotConfirmed(Exception):
    """Nobody confirmed in time."""


class Pending:
    """The files of a change that waits, or has ended a while ago."""

    def __init__(self, token: str, root: str = ROOT) -> None:
        self.directory = os.path.join(root, 'pending')
        self._state = os.path.join(self.directory, token + '.json')
        self._confirm = os.path.join(self.directory, token + '.confirm')

    def read(self) -> dict[str, t.Any] | None:
        try:
            with open(self._state, encoding='utf-8') as file:
                return t.cast('dict[str, t.Any]', json.load(file))
        except FileNotFoundError:
            return None

    def write(self, data: t.Mapping[str, t.Any]) -> None:
        os.makedirs(self.directory, 0o700, exist_ok=True)
        with open(self._state + '.new', 'w', encoding='utf-8') as file:
            json.dump(data, file)
        os.replace(self._state + '.new', self._state)

    def confirm(self) -> None:
        with open(self._confirm, 'w', encoding='ascii'):
            pass

    def confirmed(self) -> bool:
        return os.path.exists(self._confirm)

    def clear(self) -> None:
        for path in (self._confirm, self._state):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)
        with contextlib.suppress(OSError):
            os.rmdir(self.directory)


def sweep(root: str = ROOT) -> None:
    """Put away what nobody can confirm any more. For one who holds the lock, so that nothing waits."""
    with contextlib.suppress(FileNotFoundError):
        for name in os.listdir(os.path.join(root, 'pending')):
            pending = Pending(name.split('.')[0], root)
            if (pending.read() or {'state': 'working'})['state'] in ('working', 'waiting'):
                pending.clear()


def _plain(changes: t.Iterable[Change]) -> list[t.Any]:
    return [
        [change.kind, change.namespace, change.name, list(change.before), list(change.after)]
        for change in changes
    ]


class Waiter:
    """The side of the process that carries the change out. States: working, waiting, and at the end confirmed, undone or failed."""

    def __init__(self, guard: Guard, reasons: t.Sequence[str], root: str) -> None:
        token = secrets.token_hex(16)
        self.pending, self.guard = Pending(token, root), guard
        self.late = False
        self._deadline = 0.0
        self._ended = False
        self.data: dict[str, t.Any] = {
            'state': 'working',
            'token': token,
            'way': list(guard.way) if guard.way else None,
            'reasons': list(reasons),
            'timeout': guard.timeout,
        }

    def announce(self) -> None:
        self.pending.write(self.data)

    def begin(self) -> None:
        """The clock runs from before the first operation: the change may cut the one who would tell us that it hangs."""
        self._deadline = time.monotonic() + self.guard.timeout
        signal.signal(signal.SIGTERM, self._end)

    def _end(self, _number: int, _frame: t.Any) -> None:
        self._ended = True

    def wait(self) -> None:
        """All is in place: wait. Raises NotConfirmed."""
        self.late = time.monotonic() > self._deadline
        self._set('waiting')
        while not self.pending.confirmed():
            if self._ended or time.monotonic() > self._deadline:
                raise NotConfirmed
            time.sleep(_POLL)

    def _set(self, state: str, **more: t.Any) -> None:
        self.data = {**self.data, **more, 'state': state}
        self.pending.write(self.data)

    def confirmed(self, changes: t.Iterable[Change]) -> None:
        self._set('confirmed', changes=_plain(changes))

    def undone(self, problems: t.Iterable[Problem | str]) -> None:
        late = [
            'carrying it out took longer than the %d s in which it had to be confirmed; set a longer confirm_timeout'
            % self.guard.timeout
        ]
        self._set('undone', problems=[*(late if self.late else []), *map(str, problems)])

    def failed(self, problems: t.Iterable[Problem | str]) -> None:
        self._set('failed', problems=list(map(str, problems)))


def _own_scope(pid: int) -> None:
    """Let systemd move the process out of the session that it was started in, which may be ended with the connection."""
    busctl = shutil.which('busctl')
    if busctl and os.path.isdir('/run/systemd/system'):
        with contextlib.suppress(subprocess.TimeoutExpired):
            subprocess.run(  # pylint: disable=ansible-bad-function
                [
                    busctl,
                    'call',
                    'org.freedesktop.systemd1',
                    '/org/freedesktop/systemd1',
                    'org.freedesktop.systemd1.Manager',
                    'StartTransientUnit',
                    'ssa(sv)a(sa(sv))',
                    'multinet-guard-%d.scope' % pid,
                    'fail',
                    '1',
                    'PIDs',
                    'au',
                    '1',
                    str(pid),
                    '0',
                ],
                check=False,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=20,
            )


def detached(body: t.Callable[[], None]) -> None:
    """Run *body* in a process of its own, which begins when this one has ended.

    Open descriptors go along, the lock among them, but no terminal and no pipe: whoever waits for the end of this process's
    output does not wait for that one's.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    alive, _held = os.pipe()  # the end for writing closes with this process
    child = os.fork()
    if child:
        os.close(alive)
        os.waitpid(child, 0)
        return
    try:
        os.setsid()
        if os.fork():
            os._exit(0)
        os.chdir('/')
        nothing = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2):
            os.dup2(nothing, number)
        os.close(_held)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        with contextlib.suppress(OSError), open('/proc/self/oom_score_adj', 'w', encoding='ascii') as file:
            file.write('-1000')  # nobody else brings the host back
        _own_scope(os.getpid())
        os.read(alive, 1)
        time.sleep(_SETTLE)
        body()
    finally:
        os._exit(0)


Tell = t.Callable[[t.Any], None]
"""What a watched process tells its watcher."""


def watched(work: t.Callable[[Tell], None], rescue: t.Callable[[list[t.Any]], None]) -> bool:
    """Run *work* in a process of its own and wait for its end. If it was killed, call *rescue* with all that it had told.

    False when this process was asked to end meanwhile. The one who works is asked as well, and takes back what it did.
    """
    asked: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: asked.append(number))
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    reading, writing = os.pipe()
    worker = os.fork()
    if not worker:
        try:
            os.close(reading)
            pipe = os.fdopen(writing, 'wb')

            def tell(what: t.Any) -> None:
                with contextlib.suppress(BrokenPipeError):  # nobody watches any more: go on alone
                    pickle.dump(what, pipe)
                    pipe.flush()

            work(tell)
            os._exit(0)
        finally:
            os._exit(1)
    os.close(writing)
    told: list[t.Any] = []
    with os.fdopen(reading, 'rb') as source, contextlib.suppress(EOFError, pickle.UnpicklingError):
        while True:
            told.append(pickle.load(source))  # our own words
    ended = os.waitpid(worker, 0)[1]
    with contextlib.suppress(ChildProcessError):
        while True:  # a tool that it had started, and that writes to the kernel still
            os.wait()
    if ended:
        rescue(told)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    return not asked


def linger(pending: Pending, store: Store) -> None:
    """Let it be asked for a while how the change ended, then put the files away."""
    store.release()
    time.sleep(_AFTER)
    with store.lock():
        pending.clear()


def confirm(token: str, root: str = ROOT) -> dict[str, t.Any]:
    """Confirm what waits for *token*, and wait until it is kept. Raises EngineError where there is no such thing any more.

    Whoever calls has to have come over another connection than the one that started the change."""
    found = standing(token, root)
    if found['state'] == 'waiting':
        Pending(token, root).confirm()
    deadline = time.monotonic() + _PATIENCE
    while found['state'] == 'waiting' and time.monotonic() < deadline:
        time.sleep(_POLL)
        found = standing(token, root)
    if found['state'] != 'confirmed':
        raise EngineError('the change was not kept (it is %s)' % found['state'], *found.get('problems', ()))
    return found


def _held(root: str) -> bool:
    """Whether somebody holds the lock for changes."""
    with contextlib.suppress(FileNotFoundError), open(os.path.join(root, 'lock'), 'rb') as file:
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
    return False


def standing(token: str, root: str = ROOT) -> dict[str, t.Any]:
    """How the change of *token* stands: its state, with the problems of an undo; lost when its process is gone, gone when
    nothing is known of it any more."""
    held = _held(root)
    found = Pending(token, root).read()
    if found is None:
        return {'state': 'gone'}
    if found['state'] in ('working', 'waiting') and not held:
        return {**found, 'state': 'lost'}
    return found
