# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which kinds of objects answer to events (events.py), in the order in which they are asked.

Routes come before addresses: a route may need the address that it is sent from.
"""

from __future__ import annotations

from .address.side_effects import drop_addresses
from .attached.side_effects import drop_attached
from .draft import Answer, Draft
from .events import Event, LinkGoesDown, LinkLeaves
from .fdb.side_effects import drop_fdb
from .link.side_effects import take_vlans_down
from .neighbour.side_effects import drop_neighbours
from .route.side_effects import drop_routes
from .sysctl.side_effects import drop_sysctls


def _drop_nexthops(draft: Draft, event: Event) -> None:
    """Loads what answers for nexthop objects where there are some."""
    if isinstance(event, (LinkGoesDown, LinkLeaves)) and draft.now[event.link.namespace].nexthops:
        from .nexthop.side_effects import drop_nexthops

        drop_nexthops(draft, event.link)


ANSWERS: tuple[Answer, ...] = (
    take_vlans_down,
    drop_attached,
    drop_neighbours,
    drop_fdb,
    _drop_nexthops,
    drop_routes,
    drop_addresses,
    drop_sysctls,
)
