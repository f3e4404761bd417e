# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ends of nets at the borders of boxes that stand in rows."""

from __future__ import annotations

import dataclasses
import typing as t

from .graph import Connector
from .scene import PlacedBox, cells


@dataclasses.dataclass
class Port:
    """One end of a net at the border of a box."""

    net: int
    end: Connector
    holder: bool
    placed: PlacedBox
    channel: int
    upper: bool
    x: int = 0

    @property
    def slot(self) -> int:
        return max(cells(self.end.name), cells(self.end.port)) + 3


class NoRoom(Exception):
    """Nets that have to be told in words."""

    def __init__(self, nets: t.Iterable[int]) -> None:
        super().__init__()
        self.nets = set(nets)


def line_up(
    ports: t.Sequence[Port], slots: t.Sequence[int], wishes: t.Sequence[int], taken: dict[int, int]
) -> None:
    """Give *ports* of one side columns near their *wishes*, in this order, with room for their names."""
    placed = ports[0].placed
    low, high = placed.x + (2 if sum(slots) + 3 <= placed.width else 1), placed.right
    for port, slot, wish in zip(ports, slots, wishes):
        port.x = max(low, min(wish, placed.right - slot))
        while taken.get(port.x, port.net) != port.net:
            port.x += 1
        low = port.x + slot
    for port, slot in reversed(list(zip(ports, slots))):
        port.x = min(port.x, high - slot)
        while taken.get(port.x, port.net) != port.net:
            port.x -= 1
        high = port.x
    if high <= placed.x:
        raise NoRoom([max(port.net for port in ports)])
