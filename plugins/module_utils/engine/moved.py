# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sysctls of links that move: the kernel drops them, and undo writes them again."""

from __future__ import annotations

import os
import typing as t

from ..kernel import namespaces, sysctl
from ..objects.operation import Operation
from ..objects.state import Snapshot
from ..values.names import HOST

_Values = dict[str, dict[str, t.Any]]
"""Sysctls by namespace."""


def note_sysctls(before: Snapshot, ops: t.Iterable[Operation]) -> None:
    """Add to a snapshot the sysctls of links that the operations move."""
    moves = [op for op in ops if op.moves_from is not None]
    if moves:
        for namespace, found in namespaces.in_thread(_look, moves).items():
            known = before.seen[namespace].sysctls
            known.update({key: value for key, value in found.items() if key not in known})


def _look(moves: t.Sequence[Operation]) -> _Values:
    """For a thread of namespaces.in_thread."""
    found: _Values = {}
    home = namespaces.open_current()
    try:
        for op in moves:
            namespace, name = t.cast('tuple[str, str]', op.moves_from)
            fd = os.dup(home) if namespace == HOST else namespaces.open_named(namespace)
            try:
                with namespaces.entered(fd, home):
                    # A link that is only renamed keeps what the run writes.
                    is_renamed = len(op.namespaces) == 1
                    found.setdefault(namespace, {}).update(sysctl.of_link(name, usual_too=is_renamed))
            finally:
                os.close(fd)
    finally:
        os.close(home)
    return found
