# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the kernel drops of what others attached to links. That of a link that moves is kept with the card."""

from __future__ import annotations

from ..draft import Draft
from ..events import Event, LinkGoesDown, LinkLosesIpv6
from .codec import is_of_ipv6, members
from .value import NEIGHBOUR, NEXTHOP, NEXTHOP_GROUP, PROXY, TOKEN, Attached


def drop_attached(draft: Draft, event: Event) -> None:
    """Neighbours and nexthop objects go with a link that goes down, those of IPv6 with IPv6 (neigh_ifdown,
    nexthop_flush_dev). A nexthop leaves its groups."""
    if not isinstance(event, (LinkGoesDown, LinkLosesIpv6)):
        return
    seen = draft.now[event.link.namespace]
    on_link = [each for each in seen.attached if each.link == event.link.name]
    gone = [each for each in on_link if _goes(each, event)]
    keys = {each.key for each in gone if each.kind == NEXTHOP}
    gone += [each for each in seen.attached if each.kind == NEXTHOP_GROUP and members(each) & keys]
    for each in gone:
        draft.lose(each)
    seen.attached = tuple([each for each in seen.attached if each not in gone])


def _goes(attached: Attached, event: Event) -> bool:
    if attached.kind == TOKEN:
        return isinstance(event, LinkLosesIpv6) and event.with_settings
    if attached.kind in (NEIGHBOUR, PROXY):
        return isinstance(event, LinkGoesDown) or is_of_ipv6(attached)
    return attached.kind == NEXTHOP and isinstance(event, LinkGoesDown)
