# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which links have to exist before others."""

from __future__ import annotations

import typing as t

from ...values.names import HOST, End
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


def origin_of(ends: t.Sequence[Link]) -> str:
    """The namespace whose socket creates a link: the host's for all veths, which takes few sends; for others
    that of their parent."""
    if len(ends) == 2:
        return HOST
    parent = ends[0].parent
    return parent[0] if parent else ends[0].namespace


def in_order(ends: tuple[Link, ...]) -> tuple[Link, ...]:
    """The ends of a veth as the request has them: first the one that stays where the request is made."""
    origin = origin_of(ends)
    return tuple(sorted(ends, key=lambda link: link.namespace != origin))
