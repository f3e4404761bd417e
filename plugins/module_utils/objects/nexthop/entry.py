# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A nexthop object as a document says it."""

from __future__ import annotations

from ..attribute import Entry
from ..route import beyond
from .schema import IDLE_TIMER, NEXTHOP, RESILIENT
from .value import Nexthop


def nexthop_entry(nexthop: Nexthop) -> Entry:
    """The entry of ``nexthops`` that declares it, with nothing said that is usual."""
    usual = {name: attribute.default for name, attribute in NEXTHOP.items()}
    usual['idle_timer'] = IDLE_TIMER if nexthop.type == RESILIENT else 0
    usual['family'] = nexthop.family if nexthop.via or nexthop.family == 'ipv4' else ''
    entry: Entry = {}
    for name, attribute in NEXTHOP.items():
        if name != 'encap' and getattr(nexthop, name) != usual[name]:
            entry[attribute.key] = attribute.type.written(getattr(nexthop, name))
    return {**entry, **beyond.entry(nexthop.extra)}
