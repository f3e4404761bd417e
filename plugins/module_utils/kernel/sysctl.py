# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings below /proc/sys/net of the namespace that the calling thread is in."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import threading
import typing as t

from ..values.names import canonical_value

# /proc/sys/net follows the thread; /sys and /proc/net do not (proc(5)).
_ROOT = '/proc/sys/'
_EACH = 128
# Numbers of linux/include/uapi/asm-generic/unistd.h, the same on all architectures since 5.2, and of
# linux/mount.h.
_FSOPEN, _FSCONFIG, _FSMOUNT = 430, 431, 432
_CLOEXEC, _CREATE = 1, 6
_NOSUID_NODEV_NOEXEC = 2 | 4 | 8

_libc = ctypes.CDLL(None, use_errno=True)


def _call(number: int, *args: bytes | int | None) -> int:
    result = int(_libc.syscall(number, *args))
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def _detached_proc() -> int:
    """A descriptor of a procfs that is mounted nowhere."""
    context = _call(_FSOPEN, b'proc', _CLOEXEC)
    try:
        _call(_FSCONFIG, context, _CREATE, None, None, 0)
        return _call(_FSMOUNT, context, _CLOEXEC, _NOSUID_NODEV_NOEXEC)
    finally:
        os.close(context)


class _Names:
    """Opens settings as quickly among thousands of namespaces as in one.

    What is looked up below /proc/sys/net goes into one list of the kernel for all namespaces, since the names
    are the same, and is compared with each (proc_sys_compare in linux/fs/proc/proc_sysctl.c): with 2048
    namespaces that is ten times of the rest. A procfs that is mounted anew begins without names (since 5.8),
    so there is another one for each 128 settings. Where that is not allowed, /proc does.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._proc: int | None = None
        self._left = _EACH

    def open(self, key: str, flags: int) -> int:
        with self._lock:
            if not self._left:
                self._renew()
            self._left -= 1
            if self._proc is None:
                return os.open(_ROOT + key, flags | os.O_CLOEXEC)
            return os.open('sys/' + key, flags | os.O_CLOEXEC, dir_fd=self._proc)

    def _renew(self) -> None:
        if self._proc is not None:
            os.close(self._proc)
            self._proc = None
        with contextlib.suppress(
            OSError
        ):  # what is refused now is not asked for again: the count goes on below zero
            self._proc = _detached_proc()
            self._left = _EACH


_names = _Names()


class Setting(t.NamedTuple):
    """A setting as it was found; ``value`` is None where the kernel has none of that name."""

    value: str | None
    writable: bool = False


def look(key: str) -> Setting:
    """The setting *key* (a path below /proc/sys). Many of the first namespace are read-only in others."""
    try:
        fd = _names.open(key, os.O_RDONLY)
    except (FileNotFoundError, NotADirectoryError):
        return Setting(None)
    try:
        writable = bool(os.fstat(fd).st_mode & 0o200)
        return Setting(canonical_value(os.read(fd, 65536).decode('utf-8', 'replace')), writable)
    except OSError as error:
        if error.errno != errno.EIO:  # stable_secret that was never set (addrconf_sysctl_stable_secret)
            raise
        return Setting('', writable)
    finally:
        os.close(fd)


def read(key: str) -> str | None:
    """The value of *key* (a path below /proc/sys), or None where the kernel has no such setting."""
    return look(key).value


def of_link(name: str, *, usual_too: bool = False, always: t.Container[str] = ()) -> dict[str, str | None]:
    """The settings of a link that are other than those of a new one would be, and those that are named
    *always*."""
    found: dict[str, str | None] = {}
    for family in ('ipv4', 'ipv6'):
        for kind in ('conf', 'neigh'):
            folder = 'net/%s/%s/' % (family, kind)
            with contextlib.suppress(FileNotFoundError):
                for key in sorted(os.listdir(_ROOT + folder + name)):
                    # The MTU is the link's own affair, and stable_secret cannot be read before it is set.
                    with contextlib.suppress(OSError):
                        value, usual = read(folder + name + '/' + key), _usual(folder, key)
                        is_told = usual_too or key in always or value != usual
                        if key != 'mtu' and None not in (value, usual) and is_told:
                            found[folder + name + '/' + key] = value
    return found


def _usual(folder: str, key: str) -> str | None:
    """The value that a new link has. Only the first namespace has defaults of neigh
    (neigh_sysctl_register)."""
    usual = read(folder + 'default/' + key)
    return read(folder + 'lo/' + key) if usual is None else usual


def write(key: str, value: str) -> None:
    fd = _names.open(key, os.O_WRONLY)
    with contextlib.closing(os.fdopen(fd, 'wb', buffering=0)) as file:
        file.write(value.encode() + b'\n')
