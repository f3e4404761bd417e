# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A change that may cut the operator off: carried out by a process of its own, and kept only when it is confirmed.

The process belongs to no terminal and no connection. It holds the lock and everything that undo needs, waits for a
file that a later run writes over a new connection, and takes the change back when that does not come in time.

    /run/multinet/pending/SCOPE.json     what waits, and how it ended
    /run/multinet/pending/SCOPE.confirm  the token, written to confirm
"""
from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import secrets
import shutil
import subprocess
import sys
import time
import typing as t

from ..engine.state import EngineError
from .path import Connection
from .store import ROOT

_POLL = 0.1
_AFTER = 30.0  # how long somebody may wait for the end that is due
PATIENCE = 60.0  # how long an undo may take


@dataclasses.dataclass(frozen=True)
class Guard:
    """When to ask for a confirmation, and for how long. ``mode`` is auto, always or never."""

    mode: str = 'auto'
    timeout: int = 60
    way: Connection | None = None


class NotConfirmed(Exception):
    """Nobody confirmed in time."""


class Pending:
    """The files of a change that waits."""

    def __init__(self, scope: str, root: str = ROOT) -> None:
        self.directory = os.path.join(root, 'pending')
        self._state = os.path.join(self.directory, scope + '.json')
        self._confirm = os.path.join(self.directory, scope + '.confirm')

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

    def confirm(self, token: str) -> None:
        with open(self._confirm + '.new', 'w', encoding='ascii') as file:
            file.write(token)
        os.replace(self._confirm + '.new', self._confirm)

    def confirmed(self, token: str) -> bool:
        with contextlib.suppress(FileNotFoundError), open(self._confirm, encoding='ascii') as file:
            return file.read() == token
        return False

    def clear(self) -> None:
        for path in (self._confirm, self._state):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)
        with contextlib.suppress(OSError):
            os.rmdir(self.directory)


class Waiter:
    """The side of the process that carries the change out."""

    def __init__(self, pending: Pending, guard: Guard, reasons: t.Sequence[str], tell: t.Callable[[t.Mapping[str, t.Any]], None]) -> None:
        self.pending, self.guard, self.reasons, self._tell = pending, guard, list(reasons), tell
        self.token = secrets.token_hex(16)
        self.deadline = 0.0
        self._data: dict[str, t.Any] = {}

    def begin(self) -> None:
        """The clock runs from before the first operation: the change may cut the one who would tell us that it hangs."""
        self.deadline = time.monotonic() + self.guard.timeout

    def wait(self, outcome: t.Any) -> None:
        """Tell that all is in place, and wait. Raises NotConfirmed."""
        changes = [[change.kind, change.namespace, change.name, list(change.before), list(change.after)] for change in outcome.changes]
        self._data = {'state': 'waiting', 'token': self.token, 'way': list(self.guard.way) if self.guard.way else None,
                      'reasons': self.reasons, 'changes': changes, 'timeout': self.guard.timeout}
        self.pending.write(self._data)
        self._tell({**self._data, 'left': self.deadline - time.monotonic()})
        while not self.pending.confirmed(self.token):
            if time.monotonic() > self.deadline:
                raise NotConfirmed
            time.sleep(_POLL)

    def end(self, state: str, **more: t.Any) -> None:
        """Tell how it ended: confirmed, undone or failed."""
        self.pending.write({**self._data, 'token': self.token, 'state': state, **more})
        self._tell({'state': state, **more})


def _own_scope(pid: int) -> None:
    """Let systemd move the process out of the session that it was started in, which may be ended with the connection."""
    busctl = shutil.which('busctl')
    if busctl and os.path.isdir('/run/systemd/system'):
        subprocess.run([busctl, 'call', 'org.freedesktop.systemd1', '/org/freedesktop/systemd1', 'org.freedesktop.systemd1.Manager',
                        'StartTransientUnit', 'ssa(sv)a(sa(sv))', 'multinet-guard-%d.scope' % pid, 'fail', '1', 'PIDs', 'au', '1', str(pid), '0'],
                       check=False, stdin=subprocess.DEVNULL, capture_output=True, timeout=20)


def detached(body: t.Callable[[t.Callable[[t.Mapping[str, t.Any]], None]], None], patience: float) -> dict[str, t.Any]:
    """Run *body* in a process of its own and return the first thing that it tells.

    The process lives on after this one. Open descriptors go along, the lock among them.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.close(reading)
            os.setsid()
            if os.fork():
                os._exit(0)
            nothing = os.open(os.devnull, os.O_RDWR)
            for number in (0, 1, 2):
                os.dup2(nothing, number)
            _own_scope(os.getpid())

            def tell(data: t.Mapping[str, t.Any]) -> None:
                with contextlib.suppress(OSError):  # who asked may be gone
                    os.write(writing, json.dumps(data).encode() + b'\n')

            body(tell)
            status = 0
        finally:
            os._exit(status)
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading, 'rb') as file:
        os.set_blocking(file.fileno(), True)
        line = _line(file, patience)
    if not line:
        raise EngineError('the process that carries out the change ended without a word; run again, that finishes or repeats it')
    return t.cast('dict[str, t.Any]', json.loads(line))


def _line(file: t.IO[bytes], patience: float) -> bytes:
    import select
    ready, _w, _x = select.select([file], [], [], patience)
    return file.readline() if ready else b''


def confirm(scope: str, token: str, root: str = ROOT) -> dict[str, t.Any]:
    """Confirm what waits for *token*, and wait until it is kept. Raises EngineError where there is no such thing any more.

    Whoever calls has to have come over another connection than the one that started the change."""
    pending = Pending(scope, root)
    found = pending.read()
    if found is None or found.get('token') != token:
        raise EngineError('%s: no change waits for this confirmation; it was taken back, or the host was restarted' % scope)
    if found['state'] == 'waiting':
        pending.confirm(token)
    deadline = time.monotonic() + _AFTER
    while found is not None and found['state'] == 'waiting' and time.monotonic() < deadline:
        time.sleep(_POLL)
        found = pending.read()
    if found is None or found['state'] != 'confirmed':
        raise EngineError('%s: it was too late to confirm, the change was taken back' % scope,
                          *(found or {}).get('problems', ()))
    pending.clear()
    return found


def standing(scope: str, token: str, root: str = ROOT) -> dict[str, t.Any]:
    """How the change of *token* stands: its state, with the problems of an undo."""
    found = Pending(scope, root).read()
    if found is None or found.get('token') != token:
        return {'state': 'gone'}
    return found
