# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the kernel drops when a link is removed, moved to another namespace or set down.

The operations that note it are ``implied``: the kernel does them, and undo brings back what they were about.
"""

from __future__ import annotations

import typing as t

from ...values.names import PROTOCOL
from ..address.operation import AddressOperation
from ..draft import Draft
from ..operation import (
    ORDER_DETACH_ADDRESS,
    ORDER_DETACH_FIELDS,
    ORDER_DETACH_MTU,
    ORDER_DETACH_ROUTE,
    ORDER_DETACH_SYSCTL,
    STAGE_DETACH,
)
from ..route.operation import RouteOperation
from ..route.value import Route
from ..sysctl.operation import SysctlOperation
from ..sysctl.value import Sysctl
from .operations import SetLink
from .value import COMMON, End, Link

_DROPPED = [name for name, attribute in COMMON.items() if not attribute.carried]


def link_leaves(draft: Draft, link: Link) -> None:
    """The link is removed, or moves to another namespace."""
    _drop_routes(draft, link)
    _drop_addresses(draft, link, ('ipv4', 'ipv6'))
    _drop_sysctls(draft, link)
    fields = {name: getattr(link, name) for name in ('mark', *_DROPPED)}
    fields = {name: value for name, value in fields.items() if value is not None}
    if link.port:
        fields['port'] = link.port
    note_fields(draft, link.end, fields)


def link_goes_down(draft: Draft, link: Link) -> None:
    """The link is set down: its routes go, and its IPv6 addresses (addrconf_ifdown, fib_sync_down_dev)."""
    _drop_routes(draft, link)
    _drop_addresses(draft, link, ('ipv6',))


def note_fields(draft: Draft, end: End, fields: t.Mapping[str, t.Any]) -> None:
    """Have undo set fields of a link again."""
    namespace, name = end
    draft.add(SetLink(namespace, fields, {}, STAGE_DETACH, ORDER_DETACH_FIELDS, implied=True, name=name))


def note_mtu(draft: Draft, end: End, mtu: int | None) -> None:
    """Have undo set an MTU again, after ports have theirs.

    Undo goes backwards: a link that lends its MTU to others has to be noted after them.
    """
    namespace, name = end
    before = {'mtu': mtu}
    draft.add(SetLink(namespace, before, {}, STAGE_DETACH, ORDER_DETACH_MTU, implied=True, name=name))


def _drop_routes(draft: Draft, link: Link) -> None:
    seen = draft.now[link.namespace]
    for route in [route for route in seen.routes if leads_over(route, link)]:
        # A route with more hops lives on without this one (fib_sync_down_dev, fib6_ifdown): ours are removed,
        # those of others stay.
        has_more_hops = len(route.hops) > 1
        if has_more_hops and route.protocol != PROTOCOL:
            continue
        implied = not has_more_hops
        draft.add(
            RouteOperation(link.namespace, route, None, STAGE_DETACH, ORDER_DETACH_ROUTE, implied=implied)
        )
        seen.routes.remove(route)


def leads_over(route: Route, link: Link) -> bool:
    return any(hop.dev == link.name for hop in route.hops)


def _drop_addresses(draft: Draft, link: Link, families: t.Collection[str]) -> None:
    """The last first: undo goes backwards, and the first IPv4 address of a network is its primary one."""
    seen = draft.now[link.namespace]
    for address in list(reversed(seen.addresses)):
        if address.link != link.name or address.family not in families:
            continue
        draft.add(
            AddressOperation(link.namespace, address, None, STAGE_DETACH, ORDER_DETACH_ADDRESS, implied=True)
        )
        seen.addresses.remove(address)


def _drop_sysctls(draft: Draft, link: Link) -> None:
    seen = draft.now[link.namespace]
    for key, value in sorted(seen.sysctls.items()):
        if value is None or Sysctl(link.namespace, key, value).link != link.name:
            continue
        draft.add(
            SysctlOperation(
                link.namespace, value, None, STAGE_DETACH, ORDER_DETACH_SYSCTL, implied=True, key=key
            )
        )
        seen.sysctls[key] = None
