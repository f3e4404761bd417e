# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Operations on routes."""

from __future__ import annotations

import typing as t

from ..management_path import ManagementPath
from ..operation import (
    STAGE_CONTENTS,
    STAGE_NEXTHOPS,
    STAGE_RESTORE,
    Access,
    BatchedOperation,
    Features,
    Mention,
    Operation,
)
from .codec import encode_route
from .value import Route

ORDER_ROUTE, ORDER_ROUTE_OVER_GATEWAY = 5, 7
"""Within STAGE_CONTENTS: after links went up. A gateway may be reached by a rule, which comes between."""
_LAST_METRIC = 0xFFFFFFFF


def stage_of(route: Route) -> int:
    """Routes over nexthop objects come after these."""
    return STAGE_NEXTHOPS if route.nhid else STAGE_CONTENTS


def order_of(route: Route) -> int:
    return ORDER_ROUTE_OVER_GATEWAY if dependency_rank(route)[0] else ORDER_ROUTE


def dependency_rank(route: Route) -> tuple[int, int]:
    """Routes that others need come first: without a gateway, then the longest prefix, the default route
    last."""
    has_gateway = bool(route.nhid) or any(hop.via for hop in route.hops)
    return (int(has_gateway), -int(route.to.split('/')[1]))


def _has_more(route: Route) -> bool:
    return bool(route.extra) or any(hop.extra for hop in route.hops)


class RouteOperation(BatchedOperation):
    """``before`` and ``after`` are None or a Route. With both, the new route takes the place of the old
    one."""

    contained = True
    compared_after_undo = True

    @property
    def subject(self) -> str:
        return 'route %s in %s' % (self.value.text(), self.place)

    @property
    def mention(self) -> Mention:
        return Mention('route', self.value.name, ('route %s' % self.value.text(),))

    def detach_rank(self, namespace_rank: int) -> tuple[int, ...]:
        # The other way round than they are made, for gateways need their routes.
        with_gateway, length = dependency_rank(self.before)
        return (namespace_rank, self.order, -with_gateway, -length)

    def risk(self, path: ManagementPath) -> str:
        to = self.value.to
        if path.ends_in(self.namespace) and (path.leads_to_peer(to) or path.leads_to_host(to)):
            return 'leads to the other end of the connection'
        return ''

    @property
    def features(self) -> Features:
        route = self.after
        if route is None or self.stage == STAGE_RESTORE or not (route.metrics or _has_more(route)):
            return Features()
        from .features import trials_of  # not loaded for plain routes

        return Features(routes=trials_of(route))

    def messages(self, access: Access) -> tuple[str, list[bytes]]:
        route, request = self.value, self._request
        if self.after is not None and self.after.learned:
            # A copy would keep the kernel from learning it (learned.py): what is in its place goes.
            if self.before is None:
                return self.namespace, []
            route, request = self.before, 'delete'
        indexes = {link: access.index((self.namespace, link)) for link in route.links}
        return self.namespace, [encode_route(route, indexes, request)]

    @property
    def _request(self) -> str:
        if self.after is None:
            return 'delete'
        if self.before:
            return 'replace'
        # Others may have several IPv4 routes with one key (fib_table_insert).
        return 'prepend' if self.stage == STAGE_RESTORE and self.after.family == 'ipv4' else 'add'


class AppendedRoute(RouteOperation):
    """A route that comes after others with its key."""

    @property
    def _request(self) -> str:
        is_new = self.before is None and self.after is not None
        return 'append' if is_new else super()._request


class MovedBehind(Operation):
    """A route that stays comes after all others with its key. ``before`` and ``after`` are that route.

    The kernel has no request for that: it goes, and is appended. A copy behind all others shows first that
    the kernel still takes it, and stands in for it.
    """

    contained = True
    compared_after_undo = True

    @property
    def subject(self) -> str:
        return 'route %s in %s' % (self.value.text(), self.place)

    def perform(self, access: Access, group: t.Sequence[Operation]) -> None:
        route: Route = self.value
        indexes = {link: access.index((self.namespace, link)) for link in route.links}
        copy = route._replace(metric=_LAST_METRIC)
        steps = [(copy, 'append'), (route, 'delete'), (route, 'append'), (copy, 'delete')]
        for each, request in steps:
            for error in access.socket(self.namespace).write([encode_route(each, indexes, request)]).values():
                raise error
        access.done.append(self)
