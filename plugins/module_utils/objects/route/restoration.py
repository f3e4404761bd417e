# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Routes of others that are restored in their place.

IPv4 may have several routes with one key, of which the first one counts (fib_table_insert). IPv6 may too
where they have no gateway; with gateways they are hops of one route.
"""

from __future__ import annotations

import typing as t

from ...values.names import place
from ..operation import STAGE_RESTORE
from .operation import AppendedRoute, MovedBehind, RouteOperation, dependency_rank, order_of
from .record import Record, route_from_record, route_to_record
from .value import Hop, Route

if t.TYPE_CHECKING:
    from ..draft import Draft

PLACE, FIRST, LAST, BEFORE = 'place', 'first', 'last', 'before'
_ALONE = ''


def places_of(routes: t.Iterable[Route], lost: t.Container[Route]) -> dict[Route, str]:
    """Which of the lost routes were before, and which after others with their key that stay."""
    by_key: dict[object, list[Route]] = {}
    for route in routes:
        by_key.setdefault(route.key, []).append(route)
    places: dict[Route, str] = {}
    for namesakes in by_key.values():
        if all(route in lost for route in namesakes):
            continue
        is_behind = False
        for route in namesakes:
            if route in lost:
                places[route] = LAST if is_behind else FIRST
            else:
                is_behind = True
    return places


def routes_behind(route: Route, routes: t.Iterable[Route]) -> list[Route]:
    """The IPv4 routes that come after one with the same key; those of IPv6 have no order."""
    if route.family == 'ipv6':
        return []
    namesakes = [each for each in routes if each.key == route.key]
    return namesakes[namesakes.index(route) + 1 :]


def routes_to_record(routes: t.Iterable[Route], lost: t.Collection[Route]) -> list[dict[str, t.Any]]:
    """Lost routes as a record keeps them, with their places among all *routes* of the namespace."""
    places = places_of(routes, frozenset(lost))
    entries = []
    for route in lost:
        entry = route_to_record(route)
        if route in places:
            entry[PLACE] = places[route]
        later = [each for each in routes_behind(route, routes) if each not in lost]
        if later and places.get(route) == LAST:
            entry[BEFORE] = [route_to_record(each) for each in later]
        entries.append(entry)
    return entries


def in_order_of_restoring(entries: t.Iterable[Record], namespace: str) -> list[tuple[Route, Record]]:
    """The routes of *entries* with their records, in the order in which they are added: first those that
    others need, then those with a place before others, the last one first, then the rest."""
    pairs = [(route_from_record(entry, namespace), entry) for entry in entries]
    first = [pair for pair in pairs if pair[1].get(PLACE) == FIRST]
    rest = [pair for pair in pairs if pair[1].get(PLACE) != FIRST]
    return sorted([*reversed(first), *rest], key=lambda pair: dependency_rank(pair[0]))


def restore_route(draft: Draft, route: Route, entry: Record) -> bool:
    """Restore a route. False, with a warning, if another one has its place."""
    seen = draft.now[route.namespace]
    namesakes = [each for each in seen.routes if each.key == route.key]
    if is_there(route, namesakes):
        return True
    remains = part_of(route, namesakes)
    op: RouteOperation
    if remains is not None:
        seen.routes.remove(remains)
        op = RouteOperation(route.namespace, remains, route, STAGE_RESTORE, order_of(route))
    elif namesakes and _would_join(route, namesakes):
        draft.warnings.append(
            'route %s in %s: is not restored, since others added %s meanwhile'
            % (route.text(), place(route.namespace), namesakes[0].text())
        )
        return False
    else:
        make = maker(route, entry.get(PLACE, LAST) if namesakes else _ALONE)
        op = make(route.namespace, None, route, STAGE_RESTORE, order_of(route))
    draft.add(op)
    seen.routes.append(route)
    for record in entry.get(BEFORE, ()):
        later = route_from_record(record, route.namespace)
        if later in namesakes:
            draft.add(MovedBehind(route.namespace, later, later, STAGE_RESTORE, order_of(route)))
            seen.routes.remove(later)
            seen.routes.append(later)
    return True


def maker(route: Route, its_place: str) -> type[RouteOperation]:
    """IPv6 puts none before others with its key (fib6_add_rt2node)."""
    is_alone = not its_place
    goes_first = its_place == FIRST and route.family == 'ipv4'
    return RouteOperation if is_alone or goes_first else AppendedRoute


def is_there(route: Route, routes: t.Collection[Route]) -> bool:
    """Whether a route stands. One over a group of nexthops does, whichever members the group has."""
    if route in routes:
        return True
    return bool(route.nhid) and any(each.key == route.key and each.nhid == route.nhid for each in routes)


def part_of(route: Route, namesakes: t.Iterable[Route]) -> Route | None:
    """What the kernel left of an IPv6 route: without its source (fib6_remove_prefsrc), or without some of its
    hops (fib6_ifdown)."""
    for each in namesakes:
        if route.family != 'ipv6':
            continue
        had, has = _places_of_hops(route.hops), _places_of_hops(each.hops)
        if has < had or has == had and each.src != route.src:
            return each
    return None


def without_hops_over(route: Route, link: str) -> Route:
    """An IPv6 route of which a link has left."""
    hops = tuple([hop for hop in route.hops if hop.dev != link])
    if len(hops) == 1:
        hops = (hops[0]._replace(weight=1),)  # the kernel shows the weights of several only
    return route._replace(hops=hops)


def _places_of_hops(hops: t.Iterable[Hop]) -> frozenset[Hop]:
    return frozenset([hop._replace(weight=1) for hop in hops])


def _would_join(route: Route, namesakes: t.Iterable[Route]) -> bool:
    """Whether the kernel would make hops of one route of them (rt6_qualify_for_ecmp)."""
    of_both = [*route.hops, *[hop for each in namesakes for hop in each.hops]]
    return route.family == 'ipv6' and any(hop.via for hop in of_both)
