# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the kernel drops of addresses. Those that go with another address are planned with it (plan.py)."""

from __future__ import annotations

from ..draft import Draft
from ..events import Event, LinkGoesDown, LinkLeaves, LinkLosesIpv6
from ..link.value import Link
from ..operation import ORDER_DETACH_ADDRESS, STAGE_DETACH
from .operation import AddressOperation


def leave_groups(draft: Draft, link: Link) -> None:
    """Before a link moves: the kernel's socket that is in the groups of its autojoin addresses stays in them,
    and could not join them again when the link is back (ip_mc_join_group: EADDRINUSE)."""
    if link.namespace in draft.removed_namespaces:
        return
    for address in draft.now[link.namespace].addresses:
        if address.link == link.name and address.autojoin:
            op = AddressOperation(link.namespace, address, None, STAGE_DETACH, ORDER_DETACH_ADDRESS)
            draft.add(op)


def drop_addresses(draft: Draft, event: Event) -> None:
    """A link that leaves takes all its addresses along, one that goes down those of IPv6
    (addrconf_ifdown)."""
    if isinstance(event, LinkLeaves):
        families = ('ipv4', 'ipv6')
    elif isinstance(event, (LinkGoesDown, LinkLosesIpv6)):
        families = ('ipv6',)
    else:
        return
    seen = draft.now[event.link.namespace]
    for address in list(seen.addresses):
        if address.link == event.link.name and address.family in families:
            seen.addresses.remove(address)
            draft.lose(address)
