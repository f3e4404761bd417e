# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which links have to exist before others."""

from __future__ import annotations

import typing as t

from .kind import End
from .value import Link


def lower_links(link: Link) -> list[End]:
    """The links that have to exist before *link*: its parent and its master."""
    ends = [link.parent] if link.parent else []
    if link.master:
        ends.append((link.namespace, link.master))
    return ends


def depths(links: t.Mapping[End, Link], chosen: t.Collection[End]) -> dict[End, int]:
    """How many of the chosen links each of them stands on, one on the other. Cycles are refused before."""
    known: dict[End, int] = {}

    def depth(end: End) -> int:
        if end not in known:
            link = links[end]
            lower = lower_links(link)
            if link.peer is not None and link.peer in links:
                lower = lower + lower_links(links[link.peer])
            known[end] = 1 + max([depth(end) for end in lower if end in chosen], default=0)
        return known[end]

    for end in chosen:
        depth(end)
    return known
