# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Routes that the kernel itself learns from IPv6 routers, and learns again after it has dropped them.

A copy that is made by request would do harm. The kernel takes it for none of its own, and cannot add its own
beside it. It then reads no further in the advertisement (ndisc_router_discovery, after
rt6_add_dflt_router), in this one and in each that follows: the host would get no addresses from routers
until the copy expires.
"""

from __future__ import annotations

import typing as t

from ...kernel.routers import Learned, learned_routes
from ...kernel.uapi import RTPROT_RA
from ...values.names import place
from ..events import Cause
from .value import Route

if t.TYPE_CHECKING:
    from ..draft import Draft

NOTHING: dict[str, list[t.Any]] = {'addresses': [], 'routes': [], 'sysctls': [], 'attached': []}
"""A record of losses (losses.py) with nothing in it."""


def mark_learned(routes: list[Route]) -> list[Route]:
    """The routes of the calling thread's namespace, with those marked that the kernel has learned."""
    if all(route.protocol != RTPROT_RA for route in routes):
        return routes
    learned = learned_routes()
    return [route._replace(learned=_place(route) in learned) for route in routes]


def _place(route: Route) -> Learned | None:
    if len(route.hops) != 1:
        return None
    hop = route.hops[0]
    return route.to, hop.via, hop.dev, route.metric


def note_adopted(draft: Draft, want: Route, namesakes: t.Iterable[Route]) -> None:
    """Tell what it means that a declared route takes the place of a learned one, and keep where routers have
    to be asked when it is gone."""
    links = sorted({link for route in namesakes if route.learned for link in route.links})
    if not links:
        return
    draft.warnings.append(
        'route %s in %s: takes the place of one that the kernel learned from a router. Meanwhile the kernel'
        ' takes nothing more from that router, and addresses from it expire: give yours another metric'
        % (want.name, place(want.namespace))
    )
    draft.owned_after.lost[cause_of(want)] = {**NOTHING, 'routers': links}


def cause_of(route: Route) -> Cause:
    """What keeps the kernel from learning a route: this one in its place."""
    return (route.namespace, 'route', route.to, str(route.table), str(route.metric))
