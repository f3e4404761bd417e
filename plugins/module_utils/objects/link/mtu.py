# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The MTU that the kernel gives a link."""

from __future__ import annotations

import typing as t

from .kind import DEFAULT_MTU, Mtu
from .kinds import KINDS
from .value import Link


def expected_mtu(link: Link, parent: Link | None, ports: t.Iterable[Link]) -> int | None:
    """The MTU of a link for which the document gives none; None if that is not predicted.

    *parent* is the link below, *ports* are those of a bridge.
    """
    kind = KINDS[link.kind]
    if kind.mtu is Mtu.FIXED:
        return DEFAULT_MTU
    if kind.mtu is Mtu.LOWER:
        return parent.mtu if parent else None
    if kind.mtu is Mtu.TUNNEL:
        if parent is None or parent.mtu is None:
            return DEFAULT_MTU
        over_ipv4, over_ipv6 = kind.headers
        return min(DEFAULT_MTU, parent.mtu - (over_ipv6 if _runs_over_ipv6(link) else over_ipv4))
    if kind.mtu is Mtu.PORTS:
        return min((port.mtu for port in ports if port.mtu is not None), default=DEFAULT_MTU)
    return None


def _runs_over_ipv6(tunnel: Link) -> bool:
    settings = dict(tunnel.settings)
    return ':' in str(settings.get('remote') or settings.get('local') or '')


def nobody_chose_mtu(link: Link, parent: Link | None, ports: t.Iterable[Link]) -> bool:
    """Whether the link has an MTU that the kernel gives, as far as can be seen."""
    return link.mtu == expected_mtu(link, parent, ports) or link.mtu in KINDS[link.kind].usual_mtus
