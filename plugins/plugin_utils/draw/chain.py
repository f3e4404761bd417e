# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Namespaces that are joined one to the next by veths: side by side, with the veths lying between them."""

from __future__ import annotations

import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.values.names import HOST

from .graph import Box, Net
from .scene import Label, Mark, PlacedBox, Scene, Stroke, Wire, cells, text_width

BETWEEN = (18, 12)  # what a veth takes besides the names of its ends: better, and at least


def _order(boxes: t.Sequence[Box], nets: t.Sequence[Net]) -> list[str]:
    """The boxes from one end of the chain to the other, or nothing when they are not a chain."""
    beside: dict[str, list[str]] = {box.key: [] for box in boxes}
    for net in nets:
        if net.bus:
            return []
        a, b = (end.box for end in net.ends)
        if b not in beside[a]:
            beside[a].append(b)
            beside[b].append(a)
    ends = [key for key, others in beside.items() if len(others) == 1]
    if len(ends) != 2 or any(len(others) > 2 for others in beside.values()):
        return []
    way = [ends[0]]
    while len(way) < len(boxes):
        way.append(next(key for key in beside[way[-1]] if key not in way[-2:]))
    return way


def _total(widths: t.Sequence[tuple[int, int]], cap: int) -> int:
    return sum(min(max(least, cap), most) for least, most in widths)


def _label_width(nets: t.Sequence[tuple[str, str, Net]]) -> int:
    """The cells that the names at both ends of the widest of *nets* take."""
    return max(cells(a) + cells(b) for a, b, _net in nets)


def place_chain(boxes: t.Sequence[Box], nets: t.Sequence[Net], width: int) -> Scene | None:
    """The scene of a chain, if the boxes are one and it fits into *width*."""
    if len(boxes) < 2 or any(box.key == HOST for box in boxes):
        return None
    way = _order(boxes, nets)
    if not way:
        return None
    between: list[list[tuple[str, str, Net]]] = []
    for left, right in zip(way, way[1:]):
        here = []
        for net in nets:
            names = {end.box: end.name for end in net.ends}
            if set(names) == {left, right}:
                here.append((names[left], names[right], net))
        between.append(here)
    by_key = {box.key: box for box in boxes}
    widths = [text_width(by_key[key]) for key in way]
    label_widths = [_label_width(here) for here in between]
    for more in BETWEEN:
        gaps = [label_width + more for label_width in label_widths]
        room = width - sum(gaps)
        cap = max((cap for cap in range(room) if _total(widths, cap) <= room), default=0)
        if cap and (cap >= max(most for _least, most in widths) or more == BETWEEN[-1]):
            break
    else:
        return None
    scene = Scene()
    x = 0
    tall = max(2 * len(here) for here in between) + 1
    for index, key in enumerate(way):
        placed = PlacedBox(by_key[key], x)
        least, most = widths[index]
        placed.lay(min(max(least, cap), most))
        while placed.height < tall:  # a side has to have a cell for each of its veths
            placed.rows.append(('', 'blank'))
        scene.boxes.append(placed)
        x += placed.width + (gaps[index] if index < len(gaps) else 0)
    for here, left, right in zip(between, scene.boxes, scene.boxes[1:]):
        for number, (a, b, net) in enumerate(here):
            y = 1 + 2 * number
            begin, end = left.right + 3, right.x - 3
            scene.marks += [Mark(left.right, y, 'right'), Mark(right.x, y, 'left')]
            scene.labels += [Label(begin + 1, y, a, 'end'), Label(end - cells(b), y, b, 'end')]
            scene.wires.append(
                Wire(
                    net,
                    [
                        Stroke(left.right, y, begin - 1, y, False),
                        Stroke(begin + 2 + cells(a), y, end - cells(b) - 2, y, False),
                        Stroke(end + 1, y, right.x, y, False),
                    ],
                )
            )
    scene.width = x
    scene.height = max(placed.height for placed in scene.boxes)
    return scene
