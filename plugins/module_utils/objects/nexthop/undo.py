# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Nexthop objects that are not as they were."""

from __future__ import annotations

from ..operation import STAGE_RESTORE, Operation
from ..state import Seen
from .operation import NexthopOperation


def undo_nexthops(namespace: str, before: Seen, now: Seen) -> list[Operation]:
    """Restores those that are missing or differ, single ones before groups. One that cannot change in place
    does not."""
    present = {each.number: each for each in now.nexthops}
    ops: list[Operation] = []
    for nexthop in sorted(before.nexthops, key=lambda each: bool(each.group)):
        have = present.get(nexthop.number)
        if have == nexthop or (nexthop.dev and nexthop.dev not in now.links):
            continue
        ops.append(NexthopOperation(namespace, have, nexthop, STAGE_RESTORE))
    return ops
