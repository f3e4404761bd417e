# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What has a name in /run/netns, and is no network namespace."""

from __future__ import annotations

import errno
import os
import stat

_KINDS = {
    stat.S_IFDIR: 'a directory',
    stat.S_IFIFO: 'a FIFO',
    stat.S_IFCHR: 'a device',
    stat.S_IFBLK: 'a device',
}


class StaleName(OSError):
    """A plain file in /run/netns that no namespace is mounted on: the leftover of a crash, or junk."""

    what = ''


class TakenName(StaleName):
    """Something else than a plain file has the name. ``what`` it is, for people."""

    def __init__(self, path: str, what: str) -> None:
        super().__init__(errno.EINVAL, 'is %s' % what, path)
        self.what = what


def kind_of_file(path: str, fd: int) -> str:
    """What an open file is that is no network namespace; '' for a plain file."""
    if os.path.islink(path):
        return 'a symbolic link to something else than a network namespace'
    kind = _KINDS.get(stat.S_IFMT(os.fstat(fd).st_mode), '')
    folder = os.open(os.path.dirname(path), os.O_RDONLY | os.O_CLOEXEC)
    try:
        is_mount = _mount_of(fd) != _mount_of(folder)
    finally:
        os.close(folder)
    return 'a mount of something else than a network namespace' if is_mount else kind


def _mount_of(fd: int) -> str:
    """The number of the mount that an open file is in (proc_pid_fdinfo(5))."""
    with open('/proc/thread-self/fdinfo/%d' % fd, encoding='ascii') as file:
        return next(line for line in file if line.startswith('mnt_id:'))
