# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Boxes of one shape drawn as a few of them, and one that stands for the rest."""

from __future__ import annotations

import dataclasses
import typing as t

from .graph import Box, Connector, Graph, Line, Net, pattern, ranged


def folded_box(key: str, like: Box, members: t.Sequence[Box]) -> Box:
    first, last = members[0], members[-1]
    lines = [Line('range', tuple(ranged(first.title, last.title).split()))]
    for one, other in zip(first.lines, last.lines):
        words: list[str] = []
        for a, b in zip(one.words, other.words):
            words += [a] if a == b else [a, '…', b]
        lines.append(Line(one.kind, tuple(words)))
    return Box(
        key,
        '… %d more like %s' % (len(members), like.title),
        tuple(lines),
        tuple(box.key for box in members),
        like.shape,
    )


def _ranged_end(box: str, ends: t.Sequence[Connector]) -> Connector:
    return Connector(box, ranged(ends[0].name, ends[-1].name), ranged(ends[0].port, ends[-1].port))


def fold(graph: Graph, keep: t.Callable[[t.Sequence[Box]], int]) -> Graph:
    """The graph with at most ``keep(boxes of one shape)`` boxes of each shape, and one more that stands for
    the rest.
    """
    shapes: dict[str, list[Box]] = {}
    for box in graph.boxes:
        shapes.setdefault(box.shape, []).append(box)
    stands: dict[str, str] = {}
    folded: dict[str, Box] = {}
    for members in shapes.values():
        count = max(1, keep(members))
        if len(members) - count < 2:
            continue
        made = folded_box('… ' + members[count].key, members[count - 1], members[count:])
        folded[members[count].key] = made
        stands.update((box.key, made.key) for box in members[count:])
    if not folded:
        return graph
    boxes = [folded.get(box.key, box) for box in graph.boxes if box.key in folded or box.key not in stands]
    return Graph(graph.scope, tuple(boxes), tuple(_folded_nets(graph.nets, stands)))


def _alike(nets: t.Sequence[Net], stands: t.Mapping[str, str]) -> list[list[Net]]:
    """The nets in groups, each of which is drawn as one net."""
    groups: dict[t.Any, list[Net]] = {}
    for number, net in enumerate(nets):
        mapped = [(stands.get(end.box, end.box), pattern(end.name)) for end in net.ends]
        in_folded = [box in stands.values() for box, _name in mapped]
        whole = all(in_folded[1:]) if net.bus else any(in_folded)
        key = (net.kind, tuple(sorted(set(mapped)))) if whole and mapped else number
        groups.setdefault(key, []).append(net)
    return list(groups.values())


def _folded_nets(nets: t.Sequence[Net], stands: t.Mapping[str, str]) -> list[Net]:
    """The nets between the boxes that are left. *stands* maps boxes to the folded box that has them."""
    folded = []
    for group in _alike(nets, stands):
        first, last = group[0], group[-1]
        ends: dict[t.Any, list[Connector]] = {}
        for net in group:
            for number, end in enumerate(net.ends):
                box = stands.get(end.box, end.box)
                name: object = pattern(end.name) if box != end.box or len(group) > 1 else (number, end.name)
                ends.setdefault((box, bool(net.bus and not number), name), []).append(end)
        if len({key[0] for key in ends}) > 1:  # else it lies within the folded box
            folded.append(
                dataclasses.replace(
                    first,
                    name=ranged(first.name, last.name),
                    ends=tuple(_ranged_end(key[0], many) for key, many in ends.items()),
                )
            )
    return folded
