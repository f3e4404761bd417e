# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the kernel drops of nexthop objects."""

from __future__ import annotations

from ..draft import Draft
from ..link.value import Link
from .users import without


def drop_nexthops(draft: Draft, link: Link) -> None:
    """Those over a link that goes down or leaves (nexthop_flush_dev), and the routes that have no other."""
    seen = draft.now[link.namespace]
    over_link = {each.number for each in seen.nexthops if each.dev == link.name}
    if not over_link:
        return
    seen.nexthops, gone = without(over_link, seen.nexthops)
    for route in [route for route in seen.routes if route.nhid in gone]:
        seen.routes.remove(route)
        draft.lose(route)
