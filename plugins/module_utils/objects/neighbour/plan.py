# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Neighbours: which are made, changed and removed."""

from __future__ import annotations

from ...kernel import uapi
from ...kernel.nla import parse_attributes
from ...values.names import place
from ..draft import Draft
from ..entries import EntryKind, plan_entries, undo_entries
from ..operation import Operation
from ..state import Seen
from .operation import NeighbourOperation
from .schema import pack_lladdr
from .value import Neighbour

NEIGHBOURS = EntryKind('neighbours', NeighbourOperation)


def plan_neighbours(draft: Draft) -> None:
    if not draft.policy.removes:
        for neighbour in draft.want.neighbours:
            _refuse(draft, neighbour)
    if not draft.conflicts:
        plan_entries(draft, NEIGHBOURS, draft.want.neighbours)


def _refuse(draft: Draft, neighbour: Neighbour) -> None:
    """Refuse what the link that is there does not take."""
    link = draft.link((neighbour.namespace, neighbour.dev))
    if link is None or not link.kernel or neighbour.proxy:
        return
    title = 'neighbour %s in %s' % (neighbour.name, place(neighbour.namespace))
    flags = uapi.IFINFOMSG.unpack_from(link.kernel)[3]
    if neighbour.family == 'ipv4' and flags & (uapi.IFF_POINTOPOINT | uapi.IFF_LOOPBACK):
        # The kernel would take it for all that is behind the link (arp_constructor).
        what = 'is on a link that has one other end and no neighbours of IPv4'
        draft.conflict(title, what, found=link.name, do='leave it out: the link needs none')
    own = parse_attributes(link.kernel, uapi.IFINFOMSG.size).get(uapi.IFLA_ADDRESS)
    given = len(pack_lladdr(neighbour.lladdr)) if neighbour.lladdr else 0
    if own is not None and given and given != len(own):
        found, want = '%d bytes' % given, '%d bytes, as %s has' % (len(own), link.name)
        draft.conflict(title, 'has a hardware address of another length', found=found, want=want)


def undo_neighbours(namespace: str, before: Seen, now: Seen) -> list[Operation]:
    return undo_entries(NEIGHBOURS, namespace, before, now)
