# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What nexthop objects are used by."""

from __future__ import annotations

import typing as t

from ..route.value import Route
from .value import Nexthop


def user_of(number: int, nexthops: t.Iterable[Nexthop], routes: t.Iterable[Route]) -> str:
    """A group or a route that needs a nexthop, for people; '' if none does."""
    for nexthop in nexthops:
        if number in nexthop.members:
            return 'nexthop %s' % nexthop.text()
    for route in routes:
        if route.nhid == number:
            return 'route %s' % route.text()
    return ''


def without(gone: t.Container[int], nexthops: t.Iterable[Nexthop]) -> tuple[list[Nexthop], set[int]]:
    """What the kernel leaves when it drops nexthops, and the IDs of all that go: those leave their groups,
    and a group without members goes too (remove_nexthop)."""
    staying: list[Nexthop] = []
    going: set[int] = set()
    for nexthop in nexthops:
        left = tuple([member for member in nexthop.group if member[0] not in gone])
        if nexthop.number in gone or nexthop.group and not left:
            going.add(nexthop.number)
        elif left != nexthop.group:
            staying.append(_with_members(nexthop, left))
        else:
            staying.append(nexthop)
    return staying, going


def _with_members(group: Nexthop, members: tuple[tuple[int, int], ...]) -> Nexthop:
    return group._replace(group=members)
