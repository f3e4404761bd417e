# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tables of nft that are missing: one that names a link by its number can be loaded only when that link
exists again."""

from __future__ import annotations

from ..operation import STAGE_RESTORE, Operation
from ..state import Seen
from .operation import NftablesOperation


def undo_nftables(namespace: str, before: Seen, now: Seen) -> list[Operation]:
    ops: list[Operation] = []
    for table, body in sorted(before.nftables.items()):
        present = now.nftables.get(table)
        if present != body:
            ops.append(NftablesOperation(namespace, present, body, STAGE_RESTORE, table=table))
    return ops
