# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A change that may cut the operator off is undone unless somebody confirms it over a new connection.

The module that starts the change answers and ends before the first operation, so that its answer gets
through. A process of its own, the worker, carries the change out: it belongs to no terminal and no
connection, and it holds the lock and all that undo needs. It waits for a file that a later run writes, and
undoes the change if that file does not come in time. A second process, the watcher, undoes the change if the
worker is killed or hangs (watcher.py).

    /run/multinet/pending/TOKEN.json     the state of the change
    /run/multinet/pending/TOKEN.confirm  written to confirm

States: working, waiting, and at the end confirmed, undone or failed.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time
import typing as t

from ..kernel import files
from ..kernel.locks import try_lock
from ..objects.management_path import Connection
from ..objects.operation import Change
from ..values.problems import EngineError, Problem
from .store import ROOT, Store

if t.TYPE_CHECKING:
    from .watcher import Report

_POLL = 0.1
_KEPT = 60.0  # how long it can be asked how a change ended
_PATIENCE = 90.0  # how long one who confirms waits until the change is kept
_UNDO_TIME = 120.0  # how long the undo of a change may take before the watcher does it

State = dict[str, t.Any]


class CommitConfirm(t.NamedTuple):
    """When a change has to be confirmed, and within how many seconds. ``mode`` is auto, always or never."""

    mode: str = 'auto'
    timeout: int = 60
    connection: Connection | None = None


class NotConfirmed(Exception):
    """Nobody confirmed the change in time."""


class PendingFiles:
    """The files of a change that waits, or ended a while ago."""

    def __init__(self, token: str, root: str = ROOT) -> None:
        self.directory = os.path.join(root, 'pending')
        self._state = os.path.join(self.directory, token + '.json')
        self._confirm = os.path.join(self.directory, token + '.confirm')

    def read(self) -> State | None:
        """The state of the change; None if there is none that can be read."""
        try:
            with open(self._state, encoding='utf-8') as file:
                state = json.load(file)
        except (FileNotFoundError, ValueError, RecursionError):
            return None
        if not isinstance(state, dict) or not isinstance(state.get('state'), str):
            return None
        if 'way' in state:  # the key of earlier versions
            state.setdefault('connection', state.pop('way'))
        return state

    def write(self, state: State) -> None:
        files.make_folders(self.directory, 0o700)
        files.replace(self._state, json.dumps(state).encode(), 0o600)

    def confirm(self) -> None:
        with open(self._confirm, 'w', encoding='ascii'):
            pass

    def confirmed(self) -> bool:
        return os.path.exists(self._confirm)

    def clear(self) -> None:
        """Remove the files."""
        for path in (self._confirm, self._state):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)
        with contextlib.suppress(OSError):
            os.rmdir(self.directory)


def remove_stale(root: str = ROOT) -> None:
    """Remove the files of changes that nobody can confirm any more. The caller holds the lock."""
    with contextlib.suppress(FileNotFoundError):
        for name in os.listdir(os.path.join(root, 'pending')):
            pending = PendingFiles(name.split('.')[0], root)
            state = pending.read() or {'state': 'working'}
            if state['state'] in ('working', 'waiting'):
                pending.clear()


class PendingChange:
    """A change as the worker and the watcher see it."""

    def __init__(self, settings: CommitConfirm, risks: t.Sequence[str], root: str) -> None:
        token = os.urandom(16).hex()
        self.settings, self.files = settings, PendingFiles(token, root)
        self.late = False  # whether carrying it out took too long
        self._deadline = 0.0
        self._asked_to_end = False
        self._report: Report | None = None
        # The keys are those that the action plugin reads (plugins/action/layout.py).
        self.state: State = {
            'state': 'working',
            'token': token,
            'connection': list(settings.connection) if settings.connection else None,
            'reasons': list(risks),
            'timeout': settings.timeout,
        }

    def announce(self) -> None:
        self.files.write(self.state)

    def start_clock(self, report: Report) -> None:
        """Before the first operation: the change may cut off the one who would notice that it hangs.

        *report* tells the watcher something.
        """
        self._deadline = time.monotonic() + self.settings.timeout
        self._report = report
        signal.signal(signal.SIGTERM, self._end)

    def _end(self, _number: int, _frame: t.Any) -> None:
        self._asked_to_end = True

    def wait(self) -> None:
        """Everything is in place: wait for the confirmation. Raises NotConfirmed."""
        self.late = time.monotonic() > self._deadline
        self._set('waiting')
        while not self.files.confirmed():
            if self._asked_to_end or time.monotonic() > self._deadline:
                self._ask_for_time(_UNDO_TIME)
                raise NotConfirmed
            time.sleep(_POLL)
        self._ask_for_time(_PATIENCE)

    def _ask_for_time(self, seconds: float) -> None:
        if self._report is not None:
            from .watcher import MoreTime  # loaded with the change that it watches

            self._report(MoreTime(seconds))

    def _set(self, state: str, **facts: t.Any) -> None:
        self.state = {**self.state, **facts, 'state': state}
        self.files.write(self.state)

    def confirmed(self, changes: t.Iterable[Change]) -> None:
        rows = [
            [change.kind, change.namespace, change.name, list(change.before), list(change.after)]
            for change in changes
        ]
        self._set('confirmed', changes=rows)

    def undone(self, problems: t.Iterable[Problem | str]) -> None:
        texts = list(map(str, problems))
        if self.late:
            texts.insert(
                0,
                'carrying it out took longer than the %d s within which it had to be confirmed; '
                'set a longer confirm_timeout' % self.settings.timeout,
            )
        self._set('undone', problems=texts)

    def failed(self, problems: t.Iterable[Problem | str]) -> None:
        self._set('failed', problems=list(map(str, problems)))

    def forget_later(self, store: Store) -> None:
        """Release the lock, answer for a while how the change ended, then remove the files."""
        store.release()
        time.sleep(_KEPT)
        with store.lock():
            self.files.clear()


def confirm(token: str, root: str = ROOT) -> State:
    """Confirm the change of *token*, and wait until it is kept. Raises EngineError if nothing waits any more.

    The caller must have come over another connection than the one that started the change.
    """
    state = status(token, root)
    if state['state'] == 'waiting':
        PendingFiles(token, root).confirm()
    deadline = time.monotonic() + _PATIENCE
    while state['state'] == 'waiting' and time.monotonic() < deadline:
        time.sleep(_POLL)
        state = status(token, root)
    if state['state'] != 'confirmed':
        raise EngineError('the change was not kept (it is %s)' % state['state'], *state.get('problems', ()))
    return state


def status(token: str, root: str = ROOT) -> State:
    """The state of a change. ``lost``: its processes are gone. ``gone``: nothing is known of it."""
    locked = _is_locked(root)  # before the state is read, which is written under the lock
    state = PendingFiles(token, root).read() if token.isalnum() else None
    if state is None:
        return {'state': 'gone'}
    if state['state'] in ('working', 'waiting') and not locked:
        return {**state, 'state': 'lost'}
    return state


def _is_locked(root: str) -> bool:
    """Whether a run that changes the host is under way."""
    with contextlib.suppress(FileNotFoundError), open(os.path.join(root, 'lock'), 'rb') as file:
        return not try_lock(file.fileno(), shared=True)
    return False


__all__ = [
    'CommitConfirm',
    'NotConfirmed',
    'PendingChange',
    'PendingFiles',
    'confirm',
    'remove_stale',
    'status',
]
