# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Operations on the files of namespaces."""

from __future__ import annotations

import typing as t

from ...kernel import files
from ..operation import Access, Operation
from .value import FOLDER


def read(path: str) -> str | None:
    """A file as plans compare it: one of a namespace as what stands there, one of the host as its text."""
    return files.read_entry(path) if path.startswith(FOLDER) else files.read(path)


class FileOperation(Operation):
    """``before`` and ``after`` are entries of kernel/files.py, None where there is no file."""

    path: str = ''

    contained = True

    @property
    def subject(self) -> str:
        return 'file %s' % self.path

    @property
    def verb(self) -> str:
        return 'change'

    def perform(self, access: Access, group: t.Sequence[Operation]) -> None:
        if self.after is None:
            files.remove(self.path, FOLDER)
        else:
            files.write(self.path, self.after)
        access.done.append(self)
