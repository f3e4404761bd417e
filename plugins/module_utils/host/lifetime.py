# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A scope that lives for a while. When its time is over, the host removes it, without any controller.

A process of its own waits for that time, and a second one takes its place if it is killed (watcher.py). They
are started before the run opens and locks anything, and armed before its first operation.

    /run/multinet/lifetimes/SCOPE.json   {token, deadline}: whose turn it is, and when (CLOCK_BOOTTIME)

A later run of the scope writes another token, or removes the file; the processes then end. A reboot ends all
of it, the scope too: a scope that lives for a while is not kept for the next boot.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import syslog
import time
import typing as t

from ..kernel import files
from ..objects.draft import Policy
from .store import ROOT

LONGEST = 30 * 24 * 3600
"""Seconds."""
_POLL = 0.5
_PAUSE = 5.0  # until a removal that failed is tried again
_REMOVAL_TIME = 3600.0  # how long the removal may take before the watcher does it
_ARMED = b'!'


class Lifetime:
    """When a scope ends. As a context it is armed inside the block, and taken back if the block fails."""

    def __init__(self, document: t.Mapping[str, t.Any], seconds: int | None, root: str = ROOT) -> None:
        """*seconds* from now on; None for a scope that stays."""
        self._document, self._seconds, self._root = document, seconds, root
        self._path = os.path.join(root, 'lifetimes', '%s.json' % document.get('name'))
        self._token = os.urandom(8).hex()
        self._previous: float | None = None  # the deadline that the scope had
        self._signal = -1
        self._asked_to_end = False

    def start(self) -> None:
        """Start the process that removes the scope. Without a lifetime there is none."""
        if self._seconds is None:
            return
        from . import on_demand  # rarely needed
        from .watcher import run_detached

        on_demand.load()  # the process outlives the files of the module, which Ansible removes
        source, self._signal = os.pipe()

        def body() -> None:
            os.close(self._signal)
            if os.read(source, 1) == _ARMED:  # otherwise the run ended before its first operation
                os.close(source)
                self._keep_watch()

        run_detached(body, 'lifetime', at_once=True)
        os.close(source)

    def __enter__(self) -> None:
        if self._seconds is None:
            return
        self._previous = self._read().get('deadline')
        self._write(_now() + self._seconds)
        os.write(self._signal, _ARMED)

    def __exit__(self, kind: type[BaseException] | None, *_exc: object) -> None:
        if kind is not None:
            self.take_back()

    def take_back(self) -> None:
        """The run was undone: the deadline from before holds again. The process that waited for it may have
        ended, so that this one's waits on."""
        if self._seconds is None:
            return
        if self._previous is None:
            self.forget()
        else:
            self._write(self._previous)

    def _read(self) -> dict[str, t.Any]:
        """What the file says; nothing if there is none that can be read."""
        try:
            read = json.loads(files.read(self._path) or '{}')
        except ValueError:
            return {}
        return read if isinstance(read, dict) else {}

    def _write(self, deadline: float) -> None:
        files.make_folders(os.path.dirname(self._path), 0o700)
        content = json.dumps({'token': self._token, 'deadline': deadline})
        files.replace(self._path, content.encode(), 0o600)

    def kept(self) -> None:
        """All is in place: what has no lifetime stays from now on."""
        if self._seconds is None:
            self.forget()

    def forget(self) -> None:
        """Remove the file. The caller holds the lock."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._path)
            with contextlib.suppress(OSError):  # others are in it
                os.rmdir(os.path.dirname(self._path))

    # In the process that waits

    def _keep_watch(self) -> None:
        from .watcher import run_watched

        patience = t.cast(int, self._seconds) + _REMOVAL_TIME
        run_watched(lambda _report: self._wait(), lambda _reports, _late: self._wait(), patience)

    def _wait(self) -> None:
        """Wait for the end, and remove the scope; at once if systemd stops this process."""
        signal.signal(signal.SIGTERM, self._end)
        while self._is_current() and not self._asked_to_end and _now() < self._deadline():
            time.sleep(_POLL)
        while self._is_current() and not self._removed():
            time.sleep(_PAUSE)

    def _end(self, _number: int, _frame: t.Any) -> None:
        self._asked_to_end = True

    def _deadline(self) -> float:
        deadline = self._read().get('deadline')
        return deadline if isinstance(deadline, float) else 0.0

    def _is_current(self) -> bool:
        """Whether the scope is there, and has no other lifetime."""
        return bool(self._read().get('token') == self._token)

    def _removed(self) -> bool:
        from .pipeline import converge  # which loads this module

        name = self._document.get('name')
        try:
            outcome = converge(
                self._document,
                absent=True,
                policy=Policy(),
                root=self._root,
                finish=self._finish,
                unless=lambda: not self._is_current(),
            )
        except Exception as error:  # whatever it is, the next attempt may succeed
            syslog.syslog(syslog.LOG_ERR, 'multinet: scope %s: its time is over: %s' % (name, error))
            return False
        count = len(outcome.changes)
        syslog.syslog(syslog.LOG_NOTICE, 'multinet: scope %s: its time is over, %d changes' % (name, count))
        return True

    def _finish(self) -> tuple[t.Any, ...]:
        self.forget()
        return ()


def _now() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME)


__all__ = ['LONGEST', 'Lifetime']
