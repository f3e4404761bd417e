# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files that listener_bind writes: units of systemd, and an export for applications."""

from __future__ import annotations

import contextlib
import json
import os
import typing as t

from ..engine.listeners.units import mark
from ..kernel import files
from ..objects.operation import Change
from ..values.problems import EngineError, Problem

EXPORT_KEYS = ('default_outbound', 'external', 'internal')
"""The keys of the export, which is one JSON object."""
_NOT_OURS = 'a file that this module did not write (not shown)'
_UNIT, _EXPORT = 'unit', 'file'


class _File(t.NamedTuple):
    """A file as it has to be; without a text it must not exist."""

    kind: str
    path: str
    text: str | None

    def read(self) -> str | None:
        """The text that is there now; None where there is none."""
        if self.kind == _UNIT:
            return files.read(self.path)
        text = files.read_trusted(self.path)
        if text is not None and _is_export(text):
            return text
        # Its folder may belong to a user, who must not learn by a difference what is in a file elsewhere.
        return _NOT_OURS if os.path.lexists(self.path) else None

    def write(self, text: str | None) -> None:
        """Writes *text*, or removes the file. Raises OSError."""
        drop_in = self.kind == _UNIT and self.path.endswith('.conf')
        if text is None:
            files.delete(self.path)
            if drop_in:
                with contextlib.suppress(OSError):  # others have drop-ins there
                    os.rmdir(os.path.dirname(self.path))
            return
        if drop_in:
            files.make_folders(os.path.dirname(self.path))
        files.replace(self.path, text.encode('utf-8', 'surrogateescape'))


def _is_export(text: str) -> bool:
    """Whether *text* is an export, of this run or an earlier one."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(data, dict) and sorted(data) == sorted(EXPORT_KEYS)


def _has_mark(text: str | None, scope: str) -> bool:
    return text is not None and text.split('\n', 1)[0] == mark(scope)


def _units_of(scope: str, folder: str) -> list[str]:
    """The unit files of a scope below *folder*: those that start with its mark."""
    names = []
    with contextlib.suppress(FileNotFoundError):
        for entry in os.scandir(folder):
            drop_in = '%s/50-multinet-%s.conf' % (entry.name, scope)
            if entry.name.startswith('multinet-%s-' % scope) and entry.name.endswith('.socket'):
                names.append(entry.name)
            elif entry.name.endswith('.service.d') and os.path.exists(os.path.join(folder, drop_in)):
                names.append(drop_in)
    return [name for name in sorted(names) if _has_mark(files.read(os.path.join(folder, name)), scope)]


class ListenerFiles:
    """The files of a scope as they have to be: *units* by their names below *folder*, and the *export* at a
    path of the user's choice.

    Without an export, the one that is there is removed.
    """

    def __init__(
        self, scope: str, folder: str, units: t.Mapping[str, str], export_path: str, export: str | None
    ) -> None:
        self.problems: list[Problem] = []
        self._files: list[_File] = []
        for name, text in units.items():
            path = os.path.join(folder, name)
            current = files.read(path)
            if current is not None and not _has_mark(current, scope):
                self.problems.append(
                    Problem(path, 'already exists and is not ours', do='remove it, or choose another name')
                )
            self._files.append(_File(_UNIT, path, text))
        for name in _units_of(scope, folder):
            if name not in units:
                self._files.append(_File(_UNIT, os.path.join(folder, name), None))
        if export_path:
            if export is not None and not os.path.isdir(os.path.dirname(export_path)):
                self.problems.append(
                    Problem(
                        'file', 'is in a folder that does not exist', export_path, do='make the folder first'
                    )
                )
            self._files.append(_File(_EXPORT, export_path, export))

    def _differences(self) -> t.Iterator[tuple[_File, str | None]]:
        """The files that differ, each with the text that is there now."""
        for file in self._files:
            current = file.read()
            if current != file.text and not (current == _NOT_OURS and file.text is None):
                yield file, current

    def changes(self) -> tuple[Change, ...]:
        changes = []
        for file, current in self._differences():
            before, after = (tuple((text or '').splitlines()) for text in (current, file.text))
            changes.append(Change(file.kind, '', file.path, before, after))
        return tuple(changes)

    def write(self) -> tuple[Change, ...]:
        """Writes all files. If one cannot be written, puts back those before it and raises EngineError."""
        changes = self.changes()
        written: list[tuple[_File, str | None]] = []
        try:
            for file, current in self._differences():
                file.write(file.text)
                written.append((file, current))
        except OSError as exc:
            for file, current in written:
                with contextlib.suppress(OSError):
                    file.write(current)
            raise EngineError(
                '%s: cannot be written (%s); make room, or choose another folder'
                % (exc.filename, exc.strerror)
            ) from exc
        return changes
