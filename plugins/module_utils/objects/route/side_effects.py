# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the kernel drops of routes."""

from __future__ import annotations

import ipaddress
import typing as t

from ...kernel.uapi import RTA_NH_ID, RTPROT_RA
from ...values.names import ANY, PROTOCOL
from ..address.value import Address
from ..draft import Draft
from ..events import AddressGoes, Event, ForwardingBegins, LinkGoesDown, LinkLeaves, LinkLosesIpv6
from ..operation import ORDER_DETACH_ROUTE, STAGE_DETACH
from ..state import Seen
from .operation import RouteOperation, dependency_rank, order_of, stage_of
from .restoration import without_hops_over
from .value import Hop, Route


def drop_routes(draft: Draft, event: Event) -> None:
    if isinstance(event, AddressGoes):
        _without_address(draft, event.address, event.is_last)
    elif isinstance(event, ForwardingBegins):
        _without_routers(draft, event)
    elif isinstance(event, LinkLosesIpv6):
        _without_link(draft, event, ('ipv6',), with_nexthops=False)
    elif isinstance(event, (LinkGoesDown, LinkLeaves)):
        _without_link(draft, event, ('ipv4', 'ipv6'))


_OfLink = t.Union[LinkGoesDown, LinkLeaves, LinkLosesIpv6]


def _without_link(
    draft: Draft, event: _OfLink, families: tuple[str, ...], with_nexthops: bool = True
) -> None:
    """The routes over a link that leaves or goes down (fib_sync_down_dev, fib6_ifdown). Those over nexthop
    objects go with these."""
    link = event.link
    seen = draft.now[link.namespace]
    for route in list(seen.routes):
        if link.name not in route.links or route.family not in families:
            continue
        if RTA_NH_ID in dict(route.extra):
            has_other = any(hop.dev != link.name for hop in route.hops)
            if with_nexthops and not seen.nexthops and not has_other:  # else nexthop/side_effects.py tells
                seen.routes.remove(route)
                draft.lose(route)
            continue
        if len(route.hops) == 1:
            seen.routes.remove(route)
            draft.lose(route)
        elif route.protocol == PROTOCOL:  # it would live on with its other hops; so do those of others
            _remove(draft, route)
        elif _drops_hops(event):
            _drop_hops(draft, route, link.name)


def _drops_hops(event: _OfLink) -> bool:
    """Else they stay, marked as dead, and live again when the link goes up."""
    return isinstance(event, LinkLeaves) or isinstance(event, LinkLosesIpv6) and event.with_settings


def _drop_hops(draft: Draft, route: Route, link: str) -> None:
    """IPv6 takes the hops out for good (fib6_ifdown). IPv4 drops the whole route (fib_sync_down_dev)."""
    seen = draft.now[route.namespace]
    left = without_hops_over(route, link)
    position = seen.routes.index(route)
    seen.routes[position : position + 1] = [left] if left.hops and route.family == 'ipv6' else []
    draft.lose(route)


def _without_routers(draft: Draft, event: ForwardingBegins) -> None:
    seen = draft.now[event.namespace]
    for route in list(seen.routes):
        is_advertised = route.protocol == RTPROT_RA and route.to == ANY['ipv6']
        if is_advertised and not route.links & event.staying:
            seen.routes.remove(route)
            draft.lose(route)


def _without_address(draft: Draft, address: Address, is_last: bool) -> None:
    """Those that the kernel may drop with an address are removed first: whether it does depends on its
    version and settings.

    The last IPv4 address of a link takes all IPv4 routes of the link along (fib_disable_ip). Of routes whose
    source is the address IPv4 drops each (fib_sync_down_addr), and IPv6 takes the source out
    (fib6_remove_prefsrc). Those of others come again (put_again).
    """
    for route in list(draft.now[address.namespace].routes):
        over_link = is_last and route.family == 'ipv4' and address.link in route.links
        if over_link or route.src == address.ip:
            _remove(draft, route)
            draft.lose(route)


def _remove(draft: Draft, route: Route) -> None:
    draft.add(RouteOperation(route.namespace, route, None, STAGE_DETACH, ORDER_DETACH_ROUTE))
    draft.now[route.namespace].routes.remove(route)


def put_again(draft: Draft, routes: list[Route]) -> list[Route]:
    """Add routes of others again that went with an address, where the addresses that are to be there allow
    it. Returns those that do not come again."""
    lost = []
    for route in sorted(routes, key=dependency_rank):
        seen = draft.now[route.namespace]
        if not _can_be_made(seen, route):
            lost.append(route)
            continue
        draft.add(RouteOperation(route.namespace, None, route, stage_of(route), order_of(route)))
        seen.routes.append(route)
    return lost


def _can_be_made(seen: Seen, route: Route) -> bool:
    if route.src and all(address.ip != route.src for address in seen.addresses):
        return False
    return all(_reaches(seen, hop) for hop in route.hops)


def _reaches(seen: Seen, hop: Hop) -> bool:
    """Whether a hop's link has a network with its gateway: an address of it, or a route without a gateway."""
    link = seen.links.get(hop.dev)
    if hop.dev and link is None:
        return False
    if not hop.via or hop.onlink or ':' in hop.via:
        return not hop.via or hop.onlink or link is not None
    gateway = ipaddress.ip_address(hop.via)
    networks = [address.network for address in seen.addresses if address.link == hop.dev]
    for route in seen.routes:
        if hop.dev in route.links and not any(other.via for other in route.hops):
            networks.append(route.to)
    return any(gateway in ipaddress.ip_network(network) for network in networks)
