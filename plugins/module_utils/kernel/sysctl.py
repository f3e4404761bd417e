# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings below /proc/sys/net of the namespace that the calling thread is in."""
from __future__ import annotations

import contextlib
import os

from ..model.sysctl import canonical_value

# /proc/sys/net follows the thread; /sys and /proc/net do not (proc(5)).
_ROOT = '/proc/sys/'


def read(key: str) -> str | None:
    """The value of *key* (a path below /proc/sys), or None where the kernel has no such setting."""
    try:
        fd = os.open(_ROOT + key, os.O_RDONLY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        return canonical_value(os.read(fd, 65536).decode('utf-8', 'replace'))
    finally:
        os.close(fd)


def of_link(name: str) -> dict[str, str | None]:
    """The settings of a link that are other than those of a new one would be."""
    found: dict[str, str | None] = {}
    for family in ('ipv4', 'ipv6'):
        for kind in ('conf', 'neigh'):
            folder = 'net/%s/%s/' % (family, kind)
            with contextlib.suppress(FileNotFoundError):
                for key in sorted(os.listdir(_ROOT + folder + name)):
                    # The MTU is the link's own affair, and stable_secret cannot be read before it is set.
                    with contextlib.suppress(OSError):
                        value, usual = read(folder + name + '/' + key), read(folder + 'default/' + key)
                        if key != 'mtu' and None not in (value, usual) and value != usual:
                            found[folder + name + '/' + key] = value
    return found


def write(key: str, value: str) -> None:
    fd = os.open(_ROOT + key, os.O_WRONLY | os.O_CLOEXEC)
    with contextlib.closing(os.fdopen(fd, 'wb', buffering=0)) as file:
        file.write(value.encode() + b'\n')
