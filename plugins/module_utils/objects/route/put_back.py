# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Routes that are not as they were."""

from __future__ import annotations

from ..operation import STAGE_RESTORE, Operation
from ..state import Seen
from .operation import RouteOperation, dependency_rank
from .value import Route


def put_back_routes(namespace: str, before: Seen, now: Seen) -> list[Operation]:
    """A route that is missing comes back; one that lost hops or its source (fib6_remove_prefsrc) is made
    again."""
    present = {route.key: route for route in now.routes}
    whole = set(now.routes)
    ops: list[Operation] = []
    for route in sorted(before.routes, key=dependency_rank):
        if route in whole or not route.links <= set(now.links):
            continue
        remains = present.get(route.key)
        if remains is None:
            ops.append(RouteOperation(namespace, None, route, STAGE_RESTORE))
        elif is_part(remains, route):
            ops.append(RouteOperation(namespace, remains, None, STAGE_RESTORE))
            ops.append(RouteOperation(namespace, None, route, STAGE_RESTORE))
    return ops


def is_part(remains: Route, route: Route) -> bool:
    """Whether a route is what the kernel left of another one."""
    return set(remains.hops) < set(route.hops) or remains.src != route.src
