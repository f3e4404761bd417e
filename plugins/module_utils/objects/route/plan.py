# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Routes: which are removed, added and replaced."""

from __future__ import annotations

import operator
import typing as t

from ...kernel.uapi import RTPROT_KERNEL
from ...values.names import PROTOCOL, place
from ..draft import Draft
from ..extra import same_extra
from ..operation import ORDER_DETACH_ROUTE, STAGE_DETACH
from ..state import Key, Seen
from .learned import note_adopted
from .operation import RouteOperation, dependency_rank, order_of, stage_of
from .value import Hop, Route

ByKey = dict[Key, list[Route]]
"""The routes of one namespace, by what the kernel tells them apart by."""


def plan_routes(draft: Draft) -> None:
    """Plan which routes are added, replaced and removed. Adds operations and conflicts to *draft*."""
    wanted = {route.key: route for route in draft.want.routes}
    for _namespace, seen in draft.live():
        _remove_routes(draft, seen, wanted)
    if draft.policy.removes:
        return
    present: dict[str, ByKey] = {}
    before = _Before(draft)
    for key, want in sorted(wanted.items(), key=_order):
        namespace = want.namespace
        if namespace not in draft.now:
            continue
        if namespace not in present:
            present[namespace] = _by_key(draft.now[namespace].routes)
        _plan_route(draft, want, key, present[namespace], before)
    for namespace, by_key in present.items():
        draft.now[namespace].routes = [route for routes in by_key.values() for route in routes]


def _order(wanted: tuple[Key, Route]) -> tuple[object, ...]:
    key, route = wanted
    return (*dependency_rank(route), route.namespace, key)


class _Before:
    """The routes before the run. Only namespaces in which one changes are looked at."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._routes: dict[str, ByKey] = {}

    def lines(self, namespace: str, key: Key) -> list[str]:
        if namespace not in self._routes:
            known = self._draft.have.seen.get(namespace)
            self._routes[namespace] = _by_key(known.routes if known else ())
        lines: list[str] = []
        for route in self._routes[namespace].get(key, ()):
            lines += route.lines()
        return lines


def _by_key(routes: t.Iterable[Route]) -> ByKey:
    by_key: ByKey = {}
    for route in routes:
        by_key.setdefault(route.key, []).append(route)
    return by_key


def _remove_routes(draft: Draft, seen: Seen, wanted: t.Mapping[Key, Route]) -> None:
    """Remove what the document names, or what is ours and not declared."""
    staying = []
    for route in seen.routes:
        key = route.key
        if draft.policy.removes:
            goes = key in wanted and _is_meant(wanted[key], route)
        else:
            goes = key not in wanted and _is_surplus(draft, route)
        if not goes:
            staying.append(route)
            continue
        draft.add(RouteOperation(route.namespace, route, None, STAGE_DETACH, ORDER_DETACH_ROUTE))
        draft.owned_after.routes.discard(key)
        draft.change('route', route.namespace, route.name, route.lines(), ())
    seen.routes = staying


def _is_meant(want: Route, have: Route) -> bool:
    """Whether a route to be removed is this one. What the document does not say may be anything."""
    if want.type not in ('unicast', have.type) or want.src not in ('', have.src):
        return False
    if not want.hops:
        return True
    if len(want.hops) != len(have.hops):
        return False
    pairs = zip(want.hops, have.hops)
    return all(wanted.via == hop.via and wanted.dev in ('', hop.dev) for wanted, hop in pairs)


def _is_surplus(draft: Draft, route: Route) -> bool:
    """Whether a route that nobody declares is ours to remove."""
    if route.protocol == RTPROT_KERNEL:
        return False  # it belongs to an address
    if route.expires is not None and route.protocol != PROTOCOL:
        return False  # that of a router's advertisement
    if draft.exclusive(route.namespace):
        return True
    if not draft.policy.prune or route.protocol != PROTOCOL:
        return False
    if route.key in draft.owned.routes:
        return True
    is_marked = draft.now[route.namespace].mark == draft.want.mark
    return is_marked and not draft.have.scope_of('routes', route.key)


def _plan_route(draft: Draft, want: Route, key: Key, present: ByKey, before: _Before) -> None:
    """Plan one declared route. *present* is what its namespace has by now."""
    namesakes = present.get(key, [])
    if namesakes and draft.is_of_scope(lambda: _title(want), want.namespace, 'routes', key):
        return
    ours = _is_ours(draft, want, key, namesakes)
    if namesakes and not differs(want, namesakes[0]) and (len(namesakes) == 1 or not ours):
        if namesakes[0].protocol == PROTOCOL or ours:
            draft.owned_after.routes.add(key)
        return
    problem_free = _links_exist(draft, want)
    if problem_free and namesakes and not ours:
        draft.conflict(
            _title(want),
            'already exists and is not ours',
            found=namesakes[0].text(),
            want=want.text(),
            do='give it another metric or table, or set adopt: true to replace it',
        )
        return
    if not problem_free:
        return
    note_adopted(draft, want, namesakes)
    _add_route(draft, want, namesakes)
    present[key] = [want._replace(protocol=PROTOCOL)]
    draft.owned_after.routes.add(key)
    draft.change('route', want.namespace, want.name, before.lines(want.namespace, key), want.lines())


def _title(route: Route) -> str:
    return 'route %s in %s' % (route.name, place(route.namespace))


def _is_ours(draft: Draft, want: Route, key: Key, namesakes: t.Iterable[Route]) -> bool:
    return (
        key in draft.owned.routes
        or any(route.protocol == PROTOCOL for route in namesakes)
        or draft.policy.adopt
        or draft.exclusive(want.namespace)
    )


def _links_exist(draft: Draft, want: Route) -> bool:
    for hop in want.hops:
        if hop.dev and hop.dev not in draft.now[want.namespace].links:
            draft.conflict(
                _title(want),
                'uses a link that does not exist',
                found=hop.dev,
                do='declare it or check its name',
            )
            return False
    nexthops = {nexthop.number for nexthop in draft.now[want.namespace].nexthops}
    if want.nhid and want.nhid not in nexthops:
        what = 'goes over a nexthop that does not exist'
        draft.conflict(_title(want), what, found=str(want.nhid), do='declare it in nexthops')
        return False
    return True


def _add_route(draft: Draft, want: Route, namesakes: t.Sequence[Route]) -> None:
    """Add a route in place of those with the same key."""
    new = want._replace(protocol=PROTOCOL)
    # One request puts the new route into the place of the first old one, with all its hops in IPv6
    # (fib6_add_rt2node). IPv4 has those without hops beside those with some.
    replaces = len(namesakes) == 1
    if replaces and want.family == 'ipv4':
        replaces = _has_hops(namesakes[0]) == _has_hops(want)
    if not replaces:
        for route in namesakes:
            draft.add(RouteOperation(want.namespace, route, None, stage_of(want), order_of(want)))
    old = namesakes[0] if replaces else None
    draft.add(RouteOperation(want.namespace, old, new, stage_of(want), order_of(want)))


def _has_hops(route: Route) -> bool:
    return bool(route.hops or route.nhid)


def differs(want: Route, have: Route) -> bool:
    """Whether a present route is another than the declared one. One that no document can say is."""
    if not have.declarable:
        return True
    if _compared(want) != _compared(have):
        return True
    if not same_extra(want.extra, have.extra) or _renews(want, have):
        return True
    return not (want.nhid or _same_hops(want.hops, have.hops))


def _renews(want: Route, have: Route) -> bool:
    """Whether a declared route is to live longer than what is left of it."""
    whole, left = want.expires, have.expires
    if whole is None or left is None:
        return whole is not left
    return not max(1, whole // 2) <= left <= whole


_compared = operator.attrgetter('type', 'src', 'scope', 'metrics', 'pref')


def _same_hops(wanted: t.Sequence[Hop], present: t.Sequence[Hop]) -> bool:
    """Whether two routes have the same hops. A declared one may leave the link of its gateway to the
    kernel."""
    if len(wanted) != len(present):
        return False
    if len(wanted) == 1:
        return _same_hop(wanted[0], present[0], several=False)
    unmatched = list(present)
    for hop in sorted(wanted, key=lambda hop: not hop.dev):  # those that name their link choose first
        for candidate in unmatched:
            if _same_hop(hop, candidate, several=True):
                unmatched.remove(candidate)
                break
        else:
            return False
    return True


def _same_hop(want: Hop, have: Hop, several: bool) -> bool:
    return (
        (want.via, want.onlink) == (have.via, have.onlink)
        and same_extra(want.extra, have.extra)
        and want.dev in ('', have.dev)
        and (want.weight == have.weight or not several)
    )
