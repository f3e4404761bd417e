# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""iptables: what one scope has in a table that others use too."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class Share:
    """What one scope has in a table of others: chains with their rules, and built-in chains with our jump as text and the number
    that it has there, or would have (0: behind all).

    A chain with None, or a jump with '', is not there.
    """

    chains: tuple[tuple[str, tuple[str, ...] | None], ...]
    jumps: tuple[tuple[str, str, int], ...]
    counters: tuple[tuple[str, tuple[tuple[int, int], ...]], ...] = dataclasses.field(
        default=(), compare=False
    )
