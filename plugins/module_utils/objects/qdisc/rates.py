# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long it takes to send something, as the kernel computes it."""

from __future__ import annotations

_NANOSECONDS = 10**9
_TICK = 6  # PSCHED_SHIFT: a tick is 64 ns


def ticks(size: int, rate: int) -> int:
    """How long it takes to send *size* bytes, as the kernel computes it (psched_ratecfg_precompute,
    psched_l2t_ns)."""
    factor, shift = _NANOSECONDS, 0
    multiplier = factor // rate
    while not multiplier & 1 << 31 and not factor & 1 << 63:
        factor, shift = factor << 1, shift + 1
        multiplier = factor // rate
    return (size * (multiplier & 0xFFFFFFFF) >> shift) >> _TICK


def size_of(time: int, rate: int) -> int:
    """The least size that takes this time."""
    size = max((time << _TICK) * rate // _NANOSECONDS - 2, 0)
    while ticks(size, rate) < time:
        size += 1
    return size
