# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Locks with a deadline. Whoever holds a lock for too long is named."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import time
import typing as t

from . import namespaces
from .processes import Process, command_of

PATIENCE = 20.0
_PATIENCE_WITH_USERS = 2.0  # of a process: a run gives many names, and may not wait so long for each
_PAUSE = 0.05


class Locked(OSError):
    """Somebody else holds a lock. ``holders`` are the processes that do, as far as they can be seen."""

    def __init__(self, path: str, holders: t.Sequence[Process]) -> None:
        names = ', '.join(holder.text() for holder in holders) or 'nobody that can be seen'
        super().__init__(errno.EWOULDBLOCK, 'is locked (found %s)' % names, path)
        self.holders = tuple(holders)


def try_lock(fd: int, shared: bool = False) -> bool:
    """Take the lock on the file behind *fd* if it is free. Raises OSError."""
    try:
        fcntl.flock(fd, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError as exc:
        if exc.errno not in (errno.EWOULDBLOCK, errno.EACCES):
            raise
        return False
    return True


@contextlib.contextmanager
def names_locked(insist: bool = False) -> t.Iterator[None]:
    """Hold the lock on /run/netns that iproute2 takes as well (its commit 975c4944).

    Every user can take it. If only processes of users hold it after a short while, the block runs without it:
    a process of root that waits for it does nothing meanwhile. This process then waits for users no more.
    Raises Locked if one of root still holds it after PATIENCE seconds; with *insist* the block runs without
    it then, too.
    """
    fd = os.open(namespaces.RUN_DIR, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        holders = _wait_for(fd)
        if holders and not insist:
            raise Locked(namespaces.RUN_DIR, holders)
        yield
    finally:
        os.close(fd)


class _WithUsers:
    """How many seconds this process still waits for users."""

    patience = _PATIENCE_WITH_USERS


def _wait_for(fd: int) -> list[Process]:
    """Take the lock, or return the processes of root that did not give it up."""
    start = time.monotonic()
    while not try_lock(fd):
        waited = time.monotonic() - start
        if waited >= _WithUsers.patience:
            holders = [holder for holder in holders_of(fd) if _is_of_root(holder.pid)]
            if try_lock(fd):  # or a process of root may have had it, and have given it up before we looked
                return []
            if not holders:
                _WithUsers.patience = 0.0
            if not holders or waited > PATIENCE:
                return holders
        time.sleep(_PAUSE if waited < _PATIENCE_WITH_USERS else 10 * _PAUSE)
    return []


def holders_of(fd: int) -> list[Process]:
    """The processes that hold a lock on the file behind *fd*.

    Not by /proc/locks: that names the process that took the lock, which may have ended.
    """
    status = os.fstat(fd)
    holders = []
    for entry in os.listdir('/proc'):
        if entry.isdigit() and int(entry) != os.getpid() and _holds(entry, status):
            holders.append(Process(int(entry), command_of(int(entry))))
    return holders


def _holds(pid: str, status: os.stat_result) -> bool:
    with contextlib.suppress(OSError):  # it ended, or we may not look
        for fd in os.listdir('/proc/%s/fd' % pid):
            with contextlib.suppress(OSError):
                if os.path.samestat(os.stat('/proc/%s/fd/%s' % (pid, fd)), status) and _is_locked(pid, fd):
                    return True
    return False


def _is_locked(pid: str, fd: str) -> bool:
    """Whether an open file of a process has a lock (proc_pid_fdinfo(5))."""
    with open('/proc/%s/fdinfo/%s' % (pid, fd), encoding='ascii', errors='replace') as file:
        return any(line.startswith('lock:') and 'FLOCK' in line for line in file)


def _is_of_root(pid: int) -> bool:
    """By its real user: a program that changes its user on execution keeps the files of who started it."""
    with (
        contextlib.suppress(OSError),
        open('/proc/%d/status' % pid, encoding='ascii', errors='replace') as file,
    ):
        for line in file:
            if line.startswith('Uid:'):
                return line.split()[1] == '0'
    return False


__all__ = ['Locked', 'holders_of', 'names_locked', 'try_lock']
