# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the kernel drops of routes."""

from __future__ import annotations

from ...values.names import PROTOCOL
from ..address.value import Address
from ..draft import Draft
from ..events import AddressGoes, Event
from ..link.value import Link
from ..operation import ORDER_DETACH_ROUTE, STAGE_DETACH
from .operation import RouteOperation
from .value import Route


def drop_routes(draft: Draft, event: Event) -> None:
    if isinstance(event, AddressGoes):
        _without_address(draft, event.address, event.is_last)
    else:
        _without_link(draft, event.link)


def _without_link(draft: Draft, link: Link) -> None:
    """The routes over a link that leaves or goes down (fib_sync_down_dev, fib6_ifdown)."""
    seen = draft.now[link.namespace]
    for route in list(seen.routes):
        if link.name not in route.links:
            continue
        if len(route.hops) == 1:
            seen.routes.remove(route)
        elif route.protocol == PROTOCOL:  # it would live on with its other hops; so do those of others
            _remove(draft, route)


def _without_address(draft: Draft, address: Address, is_last: bool) -> None:
    """Those that the kernel may drop with an address are removed first: whether it does depends on its
    version and settings.

    The last IPv4 address of a link takes all IPv4 routes of the link along (fib_disable_ip). Of routes whose
    source is the address IPv4 drops each (fib_sync_down_addr), and IPv6 takes the source out
    (fib6_remove_prefsrc).
    """
    for route in list(draft.now[address.namespace].routes):
        over_link = is_last and route.family == 'ipv4' and address.link in route.links
        if over_link or route.src == address.ip:
            _remove(draft, route)


def _remove(draft: Draft, route: Route) -> None:
    draft.add(RouteOperation(route.namespace, route, None, STAGE_DETACH, ORDER_DETACH_ROUTE))
    draft.now[route.namespace].routes.remove(route)
