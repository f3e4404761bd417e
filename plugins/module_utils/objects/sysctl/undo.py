# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sysctls that are not as they were."""

from __future__ import annotations

from ..operation import STAGE_RESTORE, Operation
from ..state import Seen
from .operation import SysctlOperation


def undo_sysctls(namespace: str, before: Seen, now: Seen) -> list[Operation]:
    ops: list[Operation] = []
    for key, value in sorted(before.sysctls.items()):
        present = now.sysctls.get(key)  # None: not read, since it is as for a new link
        if value is not None and present != value:
            ops.append(SysctlOperation(namespace, present, value, STAGE_RESTORE, key=key))
    return ops
