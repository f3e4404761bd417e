# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run of listener_bind remembers of the sockets that it saw, until the next boot."""

from __future__ import annotations

import contextlib
import json
import os
import typing as t

from ..kernel import files
from ..values.struct import Struct
from .store import ROOT, boot_id

_FOLDER = 'listeners'


class Memory(Struct):
    """What the last run knew.

    ``rows`` has, by listener and protocol, the place, the type, the advertised addresses, the sockets that
    were there, and since when it drains. ``leaving`` are places that are no longer declared, but still held.
    """

    document: dict[str, t.Any] = {}
    rows: dict[str, dict[str, t.Any]] = {}
    leaving: list[dict[str, t.Any]] = []


def _path(scope: str, root: str) -> str:
    return os.path.join(root, _FOLDER, scope + '.json')


def recall(scope: str, root: str = ROOT) -> Memory:
    """What the last run of a scope remembered since the last boot."""
    with (
        contextlib.suppress(FileNotFoundError, ValueError, KeyError, TypeError),
        open(_path(scope, root), encoding='utf-8') as file,
    ):
        data = json.load(file)
        if data['boot'] == boot_id():
            return Memory(data['document'], data['rows'], data['leaving'])
    return Memory()


def scopes(root: str = ROOT) -> list[str]:
    """The scopes that something is remembered of."""
    with contextlib.suppress(FileNotFoundError):
        return sorted(name[:-5] for name in os.listdir(os.path.join(root, _FOLDER)) if name.endswith('.json'))
    return []


def remember(scope: str, memory: Memory, root: str = ROOT) -> None:
    """Writes what the next run of a scope has to know, unless that is known already."""
    path = _path(scope, root)
    if recall(scope, root) == memory and os.path.exists(path):
        return
    text = json.dumps({'boot': boot_id(), **vars(memory)}, separators=(',', ':'), sort_keys=True) + '\n'
    files.make_folders(os.path.dirname(path), 0o700)
    files.replace(path, text.encode(), 0o600)


def forget(scope: str, root: str = ROOT) -> None:
    """Removes what is remembered of a scope."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(_path(scope, root))
    with contextlib.suppress(OSError):  # other scopes have files there
        os.rmdir(os.path.join(root, _FOLDER))
