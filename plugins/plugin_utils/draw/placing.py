# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A scene for a whole graph: replicas folded to what fits, and what hangs together placed together."""

from __future__ import annotations

import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.values.names import HOST

from .chain import place_chain
from .folding import fold, folded_box
from .graph import Box, Graph, Net
from .rows import Rows
from .scene import GAP, Scene, cells, text_width


def components(graph: Graph) -> list[list[Box]]:
    """Boxes that hang together, those of the host first; boxes without a net are one group, the last."""
    meets: dict[str, list[Net]] = {}
    for net in graph.nets:
        for end in net.ends:
            meets.setdefault(end.box, []).append(net)
    found: list[list[Box]] = []
    alone: list[Box] = []
    seen: set[str] = set()
    for box in graph.boxes:
        if box.key in seen:
            continue
        seen.add(box.key)
        if box.key not in meets and box.key != HOST:
            alone.append(box)
            continue
        inside, todo = {box.key}, [box.key]
        while todo:
            for net in meets.get(todo.pop(), ()):
                for end in net.ends:
                    if end.box not in inside:
                        inside.add(end.box)
                        todo.append(end.box)
        seen |= inside
        found.append([member for member in graph.boxes if member.key in inside])
    return found + ([alone] if alone else [])


def place(graph: Graph, width: int) -> Scene:
    """A scene that is at most *width* cells wide, unless a single box needs more."""
    names: dict[str, int] = {}
    for net in graph.nets:
        for end in net.ends[1:] if net.bus else net.ends:
            names[end.box] = max(names.get(end.box, 0), 2 * max(cells(end.name), cells(end.port)) + 8)

    def keep(members: t.Sequence[Box]) -> int:
        least, best = text_width(members[0])
        if len(members) <= 2 * max(2, (width + GAP) // (least + GAP)):
            return len(members)
        rest = max(text_width(folded_box('', members[0], members))[0], names.get(members[0].key, 0))
        return max(1, min(5, (width - rest) // ((least + best) // 2 + GAP)))

    graph = fold(graph, keep)
    scene = Scene()
    for boxes in components(graph):
        keys = {box.key for box in boxes}
        nets = [net for net in graph.nets if net.ends[0].box in keys]
        scene.add(place_chain(boxes, nets, width) or Rows(boxes, nets, width).scene())
    return scene
