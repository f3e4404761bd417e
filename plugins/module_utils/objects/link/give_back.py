# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses and routes of a card that is back on the host, as its record has them (moves.py)."""

from __future__ import annotations

import typing as t

from ...values.names import HOST
from ..address.leases import kept
from ..address.operation import AddressOperation
from ..address.record import address_from_record
from ..address.value import in_order_of_adding
from ..draft import Draft
from ..operation import STAGE_RESTORE
from ..route.operation import RouteOperation, dependency_rank, order_of
from ..route.record import route_from_record
from ..route.value import Route
from .creation import ORDER_UP


def give_back_addresses(draft: Draft, name: str, had: t.Mapping[str, t.Any]) -> None:
    """After the link went up: else IPv6 makes no route to the network of an address with a lifetime
    (fixup_permanent_addr)."""
    host = draft.now[HOST]
    present = {address.ip for address in host.addresses}
    addresses = [address_from_record(entry, HOST, name) for entry in had['addresses']]
    for address in in_order_of_adding(addresses):
        if address.ip not in present:
            address, told = kept(address)
            draft.warnings += told
            draft.add(AddressOperation(HOST, None, address, STAGE_RESTORE, ORDER_UP))
            host.addresses.append(address)


def give_back_routes(draft: Draft, had: t.Mapping[str, t.Any]) -> None:
    host = draft.now[HOST]
    present = {route.key: route for route in host.routes}
    routes = [route_from_record(entry, HOST) for entry in had['routes']]
    for route in sorted(routes, key=dependency_rank):
        remains = present.get(route.key)
        if remains is None or _is_part(remains, route):
            draft.add(RouteOperation(HOST, remains, route, STAGE_RESTORE, order_of(route)))
            host.routes.append(route)
        if remains is not None and _is_part(remains, route):
            host.routes.remove(remains)


def _is_part(remains: Route, route: Route) -> bool:
    """Whether a route is what the kernel left of another one."""
    return set(remains.hops) < set(route.hops) or remains.src != route.src
