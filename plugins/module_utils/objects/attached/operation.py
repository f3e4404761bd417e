# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Putting back what others attached to links."""

from __future__ import annotations

import errno
import typing as t

from ..link.inet6 import has_ipv6
from ..operation import GONE, STAGE_RESTORE, Access, BatchedOperation, Mention, Operation
from ..state import Seen
from .codec import encode_attached, is_of_ipv6, members
from .value import NEIGHBOUR, NEXTHOP, NEXTHOP_GROUP, PROXY, TOKEN, Attached

ORDER_TOKEN, ORDER_NEXTHOP, ORDER_ATTACHED = 3, 4, 8
"""Within STAGE_RESTORE: tokens after accept_ra, which has to be on, and before a link goes up and asks
routers; nexthops after links went up and before routes, all else after them."""


def order_of_attached(attached: Attached) -> int:
    if attached.kind == TOKEN:
        return ORDER_TOKEN
    return ORDER_NEXTHOP if attached.kind in (NEXTHOP, NEXTHOP_GROUP) else ORDER_ATTACHED


class AttachedOperation(BatchedOperation):
    """``after`` is what is made. It is never removed: the kernel does that along with something else."""

    contained = True
    needs_codec = False
    compared_after_undo = True

    @property
    def subject(self) -> str:
        attached: Attached = self.value
        where = '%s/%s' % (self.place, attached.link) if attached.link else self.place
        return '%s on link %s' % (attached.title(), where)

    @property
    def mention(self) -> Mention:
        return Mention(lines=(self.value.title(),))

    @property
    def harmless_errors(self) -> tuple[int, ...]:
        return (errno.EEXIST, *GONE)

    def messages(self, access: Access) -> tuple[str, list[bytes]]:
        if self.after is None:
            return self.namespace, []
        index = access.index((self.namespace, self.after.link)) if self.after.link else 0
        return self.namespace, [encode_attached(self.after, index)]


def restore_attached(namespace: str, before: Seen, now: Seen) -> list[Operation]:
    """What is missing or another of what was attached, where it can be."""
    present = {attached.identity: attached for attached in now.attached}
    nexthops = {each.key for each in now.attached if each.kind == NEXTHOP}
    ops: list[Operation] = []
    for attached in before.attached:
        if present.get(attached.identity) == attached or not _can_be(attached, now, nexthops):
            continue
        if attached.kind == NEXTHOP:
            nexthops.add(attached.key)
        ops.append(AttachedOperation(namespace, None, attached, STAGE_RESTORE))
    return ops


def _can_be(attached: Attached, now: Seen, nexthops: set[bytes]) -> bool:
    if attached.kind == NEXTHOP_GROUP:
        return members(attached) <= nexthops
    link = now.links.get(attached.link)
    if link is None:
        return False
    # The kernel dropped these when the link went down, or without IPv6: they come back with it (losses.py).
    if attached.kind in (NEXTHOP, NEIGHBOUR, PROXY) and not link.up:
        return False
    return not is_of_ipv6(attached) or has_ipv6(link)


def undo_attached_nexthops(namespace: str, before: Seen, now: Seen) -> list[Operation]:
    """Only the nexthop objects, which routes need."""
    return _of_kinds(restore_attached(namespace, before, now), nexthops=True)


def undo_other_attached(namespace: str, before: Seen, now: Seen) -> list[Operation]:
    return _of_kinds(restore_attached(namespace, before, now), nexthops=False)


def _of_kinds(ops: t.Iterable[Operation], nexthops: bool) -> list[Operation]:
    return [op for op in ops if (op.value.kind in (NEXTHOP, NEXTHOP_GROUP)) == nexthops]
