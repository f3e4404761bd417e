# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The processes that live in a namespace, and would lose their network with it."""

from __future__ import annotations

import contextlib
import os
import typing as t

from . import namespaces


class Process(t.NamedTuple):
    pid: int
    command: str

    def text(self) -> str:
        return '%d (%s)' % self


def command_of(pid: int) -> str:
    """The name of a program, or ?. Any user gives a process any name (PR_SET_NAME, prctl(2)): what would not
    be shown as it is, such as a line break, is a ? too."""
    with (
        contextlib.suppress(OSError),
        open('/proc/%d/comm' % pid, encoding='utf-8', errors='replace') as file,
    ):
        return ''.join(char if char.isprintable() else '?' for char in file.read().strip())
    return '?'


def processes(names: t.Iterable[str]) -> dict[str, list[Process]]:
    """The processes in each of the named namespaces, by one pass over /proc. Names without any are left
    out."""
    names_by_file: dict[tuple[int, int], str] = {}
    for name in names:
        with contextlib.suppress(OSError):
            status = os.stat(namespaces.path_of(name))
            names_by_file[(status.st_dev, status.st_ino)] = name
    by_name: dict[str, list[Process]] = {}
    if not names_by_file:
        return by_name
    for entry in os.listdir('/proc'):
        if not entry.isdigit():
            continue
        with contextlib.suppress(OSError):  # it ended, or we may not look
            status = os.stat('/proc/%s/ns/net' % entry)
            name = names_by_file.get((status.st_dev, status.st_ino), '')
            if name:
                by_name.setdefault(name, []).append(Process(int(entry), command_of(int(entry))))
    return by_name
