# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the kernel drops of neighbours. Those of others come back with what else is attached to links."""

from __future__ import annotations

import typing as t

from ...values.names import PROTOCOL
from ..draft import Draft
from ..events import AddressGoes, Event, LinkChangesMac, LinkGoesDown, LinkLeaves, LinkLosesIpv6

if t.TYPE_CHECKING:
    from ...values.names import End
    from .value import Neighbour


def drop_neighbours(draft: Draft, event: Event) -> None:
    """All entries go with a link that goes down (neigh_ifdown), those of IPv6 with IPv6, those of IPv4 with
    the last address of it (fib_disable_ip). With another hardware address neighbours go, and proxies stay
    (neigh_changeaddr)."""
    if isinstance(event, AddressGoes):
        _drop(draft, (event.address.namespace, event.address.link), event)
    elif isinstance(event, (LinkLeaves, LinkGoesDown, LinkLosesIpv6, LinkChangesMac)):
        _drop(draft, event.link.end, event)


def _drop(draft: Draft, end: End, event: object) -> None:
    seen = draft.now.get(end[0])
    if seen is not None and seen.neighbours:
        seen.neighbours = [
            each for each in seen.neighbours if each.dev != end[1] or not _goes(draft, each, event)
        ]


def _goes(draft: Draft, neighbour: Neighbour, event: object) -> bool:
    if isinstance(event, LinkLeaves):
        return True
    if neighbour.protocol != PROTOCOL and neighbour.record_key not in draft.owned.neighbours:
        return False
    if isinstance(event, LinkLosesIpv6):
        return neighbour.family == 'ipv6'
    if isinstance(event, AddressGoes):
        return event.is_last and neighbour.family == 'ipv4'
    return isinstance(event, LinkGoesDown) or not neighbour.proxy
