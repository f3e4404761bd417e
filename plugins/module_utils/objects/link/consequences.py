# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the kernel drops when a link is removed, moved to another namespace or set down.

Only the prediction of the plan follows: the kernel does it, and undo puts it back by comparison
(engine/undo.py).
"""

from __future__ import annotations

import typing as t

from ...values.names import PROTOCOL
from ..draft import Draft
from ..operation import ORDER_DETACH_ROUTE, STAGE_DETACH
from ..route.operation import RouteOperation
from ..route.value import Route
from ..sysctl.value import Sysctl
from .value import Link


def link_leaves(draft: Draft, link: Link) -> None:
    """The link is removed, or moves to another namespace."""
    _drop_routes(draft, link)
    _drop_addresses(draft, link, ('ipv4', 'ipv6'))
    _drop_sysctls(draft, link)


def link_goes_down(draft: Draft, link: Link) -> None:
    """The link is set down: its routes go, and its IPv6 addresses (addrconf_ifdown, fib_sync_down_dev)."""
    _drop_routes(draft, link)
    _drop_addresses(draft, link, ('ipv6',))


def _drop_routes(draft: Draft, link: Link) -> None:
    seen = draft.now[link.namespace]
    for route in [route for route in seen.routes if leads_over(route, link)]:
        # A route with more hops lives on without this one (fib_sync_down_dev, fib6_ifdown): ours are removed,
        # those of others stay.
        if len(route.hops) > 1:
            if route.protocol != PROTOCOL:
                continue
            draft.add(RouteOperation(link.namespace, route, None, STAGE_DETACH, ORDER_DETACH_ROUTE))
        seen.routes.remove(route)


def leads_over(route: Route, link: Link) -> bool:
    return any(hop.dev == link.name for hop in route.hops)


def _drop_addresses(draft: Draft, link: Link, families: t.Collection[str]) -> None:
    seen = draft.now[link.namespace]
    seen.addresses = [
        address for address in seen.addresses if address.link != link.name or address.family not in families
    ]


def _drop_sysctls(draft: Draft, link: Link) -> None:
    seen = draft.now[link.namespace]
    for key, value in seen.sysctls.items():
        if value is not None and Sysctl(link.namespace, key, value).link == link.name:
            seen.sysctls[key] = None
