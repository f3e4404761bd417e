# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files that a set of listeners makes, and what it remembers of the sockets that it saw."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import typing as t

from ..engine.listeners.units import mark
from ..objects.operation import Change
from ..values.problems import EngineError, Problem
from .store import ROOT, boot_id

_FOLDER = 'listeners'


@dataclasses.dataclass
class Memory:
    """What the last run knew. ``rows`` by listener and protocol: place, type, advertised, the sockets that were there,
    and since when it drains. ``leaving`` are places that are declared no more, but still held."""

    document: dict[str, t.Any] = dataclasses.field(default_factory=dict)
    rows: dict[str, dict[str, t.Any]] = dataclasses.field(default_factory=dict)
    leaving: list[dict[str, t.Any]] = dataclasses.field(default_factory=list)


def _path(scope: str, root: str) -> str:
    return os.path.join(root, _FOLDER, scope + '.json')


def recall(scope: str, root: str = ROOT) -> Memory:
    """What is remembered of a scope since the last boot."""
    with (
        contextlib.suppress(FileNotFoundError, ValueError, KeyError, TypeError),
        open(_path(scope, root), encoding='utf-8') as file,
    ):
        data = json.load(file)
        if data['boot'] == boot_id():
            return Memory(data['document'], data['rows'], data['leaving'])
    return Memory()


def scopes(root: str = ROOT) -> list[str]:
    with contextlib.suppress(FileNotFoundError):
        return sorted(name[:-5] for name in os.listdir(os.path.join(root, _FOLDER)) if name.endswith('.json'))
    return []


def remember(scope: str, memory: Memory, root: str = ROOT) -> None:
    path = _path(scope, root)
    if recall(scope, root) == memory and os.path.exists(path):
        return
    os.makedirs(os.path.dirname(path), 0o700, exist_ok=True)
    put(
        path,
        json.dumps({'boot': boot_id(), **vars(memory)}, separators=(',', ':'), sort_keys=True) + '\n',
        0o600,
    )


def forget(scope: str, root: str = ROOT) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(_path(scope, root))
    with contextlib.suppress(OSError):  # other scopes
        os.rmdir(os.path.join(root, _FOLDER))


def text_of(path: str) -> str | None:
    try:
        with open(path, encoding='utf-8', errors='surrogateescape') as file:
            return file.read()
    except (FileNotFoundError, NotADirectoryError):
        return None


def put(path: str, text: str, mode: int = 0o644) -> None:
    """A file, whole or not at all."""
    temporary = path + '.new'
    with open(temporary, 'w', encoding='utf-8') as file:
        os.fchmod(file.fileno(), mode)
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)


def _ours(scope: str, folder: str) -> list[str]:
    """Our files below *folder*, which begin with our mark."""
    found = []
    with contextlib.suppress(FileNotFoundError):
        for entry in os.scandir(folder):
            if entry.name.startswith('multinet-%s-' % scope) and entry.name.endswith('.socket'):
                found.append(entry.name)
            elif entry.name.endswith('.service.d') and os.path.exists(
                '%s/50-multinet-%s.conf' % (entry.path, scope)
            ):
                found.append('%s/50-multinet-%s.conf' % (entry.name, scope))
    return [
        name
        for name in sorted(found)
        if (text_of(os.path.join(folder, name)) or '').split('\n', 1)[0] == mark(scope)
    ]


class Files:
    """The files of a scope as they shall be: units below *folder*, and one of the user's own."""

    def __init__(
        self, scope: str, folder: str, units: t.Mapping[str, str], file: str, content: str | None
    ) -> None:
        self.problems: list[Problem] = []
        self._wanted: list[tuple[str, str, str | None]] = []  # kind, path, text
        for name, text in units.items():
            path = os.path.join(folder, name)
            was = text_of(path)
            if was is not None and was.split('\n', 1)[0] != mark(scope):
                self.problems.append(
                    Problem(path, 'is there already and not ours', do='remove it, or choose another name')
                )
            self._wanted.append(('unit', path, text))
        self._wanted += [
            ('unit', os.path.join(folder, name), None) for name in _ours(scope, folder) if name not in units
        ]
        if file:
            if not os.path.isdir(os.path.dirname(file)) and content is not None:
                self.problems.append(
                    Problem('file', 'is in a folder that is not there', file, do='make the folder first')
                )
            self._wanted.append(('file', file, content))

    def changes(self) -> tuple[Change, ...]:
        found = []
        for kind, path, text in self._wanted:
            was = text_of(path)
            if was != text:
                found.append(
                    Change(kind, '', path, tuple((was or '').splitlines()), tuple((text or '').splitlines()))
                )
        return tuple(found)

    def write(self) -> tuple[Change, ...]:
        """Bring the files to what they shall be; on a failure all are as they were. Raises EngineError."""
        changes = self.changes()
        before = {change.name: text_of(change.name) for change in changes}
        texts = {path: text for _kind, path, text in self._wanted}
        try:
            for path in before:
                _bring(path, texts[path])
        except OSError as exc:
            for path, was in before.items():
                with contextlib.suppress(OSError):
                    _bring(path, was)
            raise EngineError(
                '%s: cannot be written (%s); make room, or choose another folder'
                % (exc.filename, exc.strerror)
            ) from exc
        return changes


def _bring(path: str, text: str | None) -> None:
    if text is not None:
        if path.endswith('.conf'):
            os.makedirs(os.path.dirname(path), 0o755, exist_ok=True)
        put(path, text)
        return
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    if path.endswith('.conf'):
        with contextlib.suppress(OSError):  # others have drop-ins there
            os.rmdir(os.path.dirname(path))
