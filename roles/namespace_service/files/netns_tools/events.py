# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Listen for namespaces that come and go, and for files that are replaced: inotify(7), and the table of
mounts (proc_pid_mountinfo(5)).
"""

from __future__ import annotations

import ctypes
import os
import select
import time
import typing as t

_IN_CREATE, _IN_DELETE, _IN_MOVED, _IN_DELETE_SELF, _IN_MOVE_SELF = 0x100, 0x200, 0xC0, 0x400, 0x800
# A file that is written in place is seen at once by all who have it, and is no reason to do anything.
_MASK = _IN_CREATE | _IN_DELETE | _IN_MOVED | _IN_DELETE_SELF | _IN_MOVE_SELF
_libc = ctypes.CDLL(None, use_errno=True)


def nearest(path: str) -> str:
    """The folder, or the first above it that is there."""
    while not os.path.isdir(path):
        path = os.path.dirname(path)
    return path


class Events:
    """What happens in some folders, and to the table of mounts."""

    def __init__(self) -> None:
        self._inotify = _libc.inotify_init1(os.O_CLOEXEC | os.O_NONBLOCK)
        if self._inotify < 0:
            raise OSError(ctypes.get_errno(), 'inotify_init1')
        # A namespace is a file first, of which inotify tells, and mounted over that then.
        self._mounts = open('/proc/self/mountinfo', 'rb')
        self._poll = select.poll()
        self._poll.register(self._inotify, select.POLLIN)
        self._poll.register(self._mounts, select.POLLPRI)

    def listen(self, folders: t.Iterable[str]) -> None:
        """Listen in these folders, or above them until they are there. To listen where one does already
        changes nothing.
        """
        for folder in {nearest(folder) for folder in folders}:
            _libc.inotify_add_watch(self._inotify, os.fsencode(folder), _MASK)

    def wait(self, seconds: float) -> bool:
        """Whether something happened within this time. All that has happened by then counts as one."""
        happened = self._poll.poll(max(seconds, 0) * 1000)
        for descriptor, _event in happened:
            if descriptor == self._inotify:
                os.read(self._inotify, 1 << 16)
            else:  # the event is gone when the file is read anew
                self._mounts.seek(0)
                self._mounts.read(1)
        return bool(happened)

    def settle(self, quiet: float, most: float) -> None:
        """Wait until nothing has happened for *quiet* seconds, but at most *most*: changes come in groups."""
        until = time.monotonic() + most
        while time.monotonic() < until and self.wait(min(quiet, until - time.monotonic())):
            pass
