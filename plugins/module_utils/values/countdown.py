# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Seconds that run down."""

from __future__ import annotations

FOREVER = 0xFFFFFFFF  # INFINITY_LIFE_TIME, linux/include/net/addrconf.h


class Countdown(int):
    """Seconds that are left, or FOREVER.

    Two are equal if both have ended, both run or neither ever ends: the same object, read a second later, is
    the same.
    """

    @property
    def ends(self) -> bool:
        return int(self) != FOREVER

    def _state(self) -> int:
        seconds = int(self)
        return seconds if seconds in (0, FOREVER) else 1

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Countdown) and self._state() == other._state()

    def __hash__(self) -> int:
        return self._state()
