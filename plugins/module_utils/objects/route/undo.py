# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Routes that are not as they were."""

from __future__ import annotations

from ..operation import STAGE_RESTORE, Operation
from ..state import Seen
from .operation import MovedBehind, RouteOperation, dependency_rank
from .restoration import LAST, maker, places_of, routes_behind


def undo_routes(namespace: str, before: Seen, now: Seen) -> list[Operation]:
    """Restores missing routes. What has its key now makes room: what the kernel left of it
    (fib6_remove_prefsrc), or the one that took its place, where its gateway was not yet reachable for the
    inverse. Of several with one key the first one comes last, for each is put before the others, unless one
    that stayed was before it: then what came after it moves behind it. The kernel makes again what it has
    learned (learned.py)."""
    wanted, whole = set(before.routes), set(now.routes)
    in_its_place = {route.key: route for route in now.routes if route not in wanted}
    places = places_of(before.routes, wanted - whole)
    behind = [route for route in before.routes if places.get(route) == LAST]
    last_first = [route for route in reversed(before.routes) if places.get(route) != LAST]
    ops: list[Operation] = []
    for route in sorted([*last_first, *behind], key=dependency_rank):
        if route in whole or route.learned or not route.links <= set(now.links):
            continue
        obstacle = in_its_place.pop(route.key, None)
        if obstacle is not None:
            ops.append(RouteOperation(namespace, obstacle, None, STAGE_RESTORE))
        make = maker(route, places.get(route, ''))
        ops.append(make(namespace, None, route, STAGE_RESTORE))
        if places.get(route) == LAST:
            later = [each for each in routes_behind(route, before.routes) if each in whole]
            ops += [MovedBehind(namespace, each, each, STAGE_RESTORE) for each in later]
    return ops
