# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who lives in a namespace: the processes that would lose their network with it."""

from __future__ import annotations

import contextlib
import os
import typing as t

from . import namespaces


class Holder(t.NamedTuple):
    pid: int
    command: str

    def text(self) -> str:
        return '%d (%s)' % self


def _command(pid: int) -> str:
    with (
        contextlib.suppress(OSError),
        open('/proc/%d/comm' % pid, encoding='utf-8', errors='replace') as file,
    ):
        return file.read().strip()
    return '?'


def processes(names: t.Iterable[str]) -> dict[str, list[Holder]]:
    """The processes in each of the named namespaces, by one pass over /proc; names without any are left out."""
    places: dict[tuple[int, int], str] = {}
    for name in names:
        with contextlib.suppress(OSError):
            status = os.stat(namespaces.path_of(name))
            places[(status.st_dev, status.st_ino)] = name
    found: dict[str, list[Holder]] = {}
    if not places:
        return found
    for entry in os.listdir('/proc'):
        if not entry.isdigit():
            continue
        with contextlib.suppress(OSError):  # it ended, or is none of our business
            status = os.stat('/proc/%s/ns/net' % entry)
            name = places.get((status.st_dev, status.st_ino), '')
            if name:
                found.setdefault(name, []).append(Holder(int(entry), _command(int(entry))))
    return found
