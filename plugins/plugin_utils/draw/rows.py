# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Namespaces in rows by their distance from the host, and channels between the rows for the nets.

A net has one track in each channel that it visits. When it visits several, a lane right of all boxes joins
its tracks. Upper boxes are left at their bottom, lower ones are entered at their top; the names of both ends
stand beside the wire.
"""

from __future__ import annotations

import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.values.names import HOST

from .graph import Box, Net
from .ports import NoRoom, Port, line_up
from .scene import GAP, Label, Mark, PlacedBox, Scene, Stroke, Wire, text_width

LANES = 8  # nets beyond these beside the boxes are listed in words
BUS_ENDS = 2  # how far a bus goes on behind its outermost port


def _mean_weight(weights: t.Sequence[tuple[float, int]]) -> tuple[float, float]:
    """The mean position of the boxes above, and the mean number of the nets that lead to them."""
    distinct = set(weights)
    position = sum(position for position, _number in weights) / len(weights)
    number = sum(number for _position, number in distinct) / len(distinct)
    return position, number


def _row_width(row: t.Sequence[PlacedBox]) -> int:
    return sum(placed.width for placed in row) + GAP * (len(row) - 1)


def _shared_slot(port: Port, ports: t.Sequence[Port]) -> int:
    """The cells that *port* takes, of the *ports* of its net. If those are two, they stand in one column."""
    return max(end.slot for end in ports) if len(ports) == 2 else port.slot


def _is_clear(low: int, high: int, spans: t.Iterable[tuple[int, int]]) -> bool:
    """Whether a net from *low* to *high* fits in a track beside those that have the *spans*."""
    return all(high + 1 < start or end + 1 < low for start, end in spans)


class Rows:
    def __init__(self, boxes: t.Sequence[Box], nets: t.Sequence[Net], width: int) -> None:
        self.boxes, self.nets, self.width = list(boxes), list(nets), width
        self.all_nets = tuple(nets)
        self.needs: dict[str, int] = {}

    def scene(self) -> Scene:
        layers = self._layers()
        while True:
            try:
                scene = self._scene(layers)
                scene.loose = [net.text() for net in self.all_nets if net not in self.nets]
                return scene
            except NoRoom as full:
                self.nets = [net for number, net in enumerate(self.nets) if number not in full.nets]
                self.needs = {}

    def _layers(self) -> list[list[Box]]:
        """Boxes by their distance from the host, or from the one with most nets; each layer in an order with
        few crossings.
        """
        meets: dict[str, list[int]] = {box.key: [] for box in self.boxes}
        for number, net in enumerate(self.nets):
            for end in net.ends:
                meets[end.box].append(number)
        root = max(self.boxes, key=lambda box: (box.key == HOST, len(meets[box.key])))
        if not meets[root.key] and len(self.boxes) > 1:
            return [self.boxes]
        by_key = {box.key: box for box in self.boxes}
        layers, seen = [[root]], {root.key}
        while True:
            position = {box.key: index for index, box in enumerate(layers[-1])}
            weights: dict[str, list[tuple[float, int]]] = {}
            for box in layers[-1]:
                for number in meets[box.key]:
                    ends = self.nets[number].ends
                    above = [position[end.box] for end in ends if end.box in position]
                    for end in ends:
                        if end.box not in seen:
                            weights.setdefault(end.box, []).append((sum(above) / len(above), number))
            if not weights:
                return layers
            order = {key: index for index, key in enumerate(by_key)}
            ranked = sorted(weights, key=lambda key: (*_mean_weight(weights[key]), order[key]))
            seen |= set(ranked)
            layers.append([by_key[key] for key in ranked])

    def _least(self, box: Box) -> int:
        return max(text_width(box)[0], self.needs.get(box.key, 0))

    def _pack(self, layer: t.Sequence[Box], width: int) -> list[list[PlacedBox]]:
        """One layer in as few rows as hold it, filled evenly."""

        def filled(most: int) -> list[list[Box]]:
            rows: list[list[Box]] = [[]]
            used = 0
            for box in layer:
                least = self._least(box) + GAP
                if rows[-1] and (used + least > width + GAP or len(rows[-1]) == most):
                    rows.append([])
                    used = 0
                rows[-1].append(box)
                used += least
            return rows

        rows = filled(len(layer))
        rows = min(filled(-(-len(layer) // len(rows))), rows, key=len)
        return [self._spread(row, width) for row in rows]

    def _spread(self, row: t.Sequence[Box], width: int) -> list[PlacedBox]:
        """Boxes with their widths: as wide as is good for their text if there is room, else all alike."""
        sizes = [(self._least(box), max(self._least(box), text_width(box)[1])) for box in row]
        room = width - GAP * (len(row) - 1)
        cap = min(least for least, _best in sizes)
        while cap < width and sum(min(max(least, cap + 1), best) for least, best in sizes) <= room:
            cap += 1
        found = []
        for box, (least, best) in zip(row, sizes):
            placed = PlacedBox(box)
            placed.lay(min(max(least, cap), best))
            found.append(placed)
        return found

    def _scene(self, layers: list[list[Box]]) -> Scene:
        lanes = 0
        for _attempt in range(8):
            room = self.width - 2 * lanes
            self.rows = [row for layer in layers for row in self._pack(layer, room)]
            self._find_ports()
            crowded = self._crowded(room)
            self._find_lanes()
            if not crowded and self.lane_count <= lanes:
                break
            if self.lane_count > lanes:  # less room for boxes, so other rows
                lanes = self.lane_count
                self.needs = {}
        else:
            raise NoRoom(self._least_telling(range(len(self.nets)))[:1])
        self._place_columns()
        self._place_ports()
        self._find_tracks()
        return self._drawn()

    def _find_ports(self) -> None:
        row_of = {placed.box.key: index for index, row in enumerate(self.rows) for placed in row}
        placed_of = {placed.box.key: placed for row in self.rows for placed in row}
        self.ports: list[Port] = []
        for number, net in enumerate(self.nets):
            top = min(row_of[end.box] for end in net.ends)
            for index, end in enumerate(net.ends):
                row = row_of[end.box]
                upper = row == top
                self.ports.append(
                    Port(
                        number,
                        end,
                        net.bus and not index,
                        placed_of[end.box],
                        row if upper else row - 1,
                        upper,
                    )
                )

    def _sides(self) -> dict[tuple[str, bool], list[Port]]:
        sides: dict[tuple[str, bool], list[Port]] = {}
        for port in self.ports:
            sides.setdefault((port.placed.box.key, port.upper), []).append(port)
        return sides

    def _crowded(self, room: int) -> bool:
        """Whether a box has to be wider for its ports; a net for which no width is enough is dropped."""
        found = False
        for (key, _upper), ports in self._sides().items():
            need = 2 + sum(port.slot for port in ports)
            if need > room:
                raise NoRoom([self._least_telling(port.net for port in ports)[0]])
            if need > ports[0].placed.width:
                self.needs[key] = max(need, self.needs.get(key, 0))
                found = True
        return found

    def _find_lanes(self) -> None:
        self.channels: list[set[int]] = [set() for _net in self.nets]
        for port in self.ports:
            self.channels[port.net].add(port.channel)
        self.lane: dict[int, int] = {}
        ends: list[int] = []  # the last channel of each lane
        for number in sorted(range(len(self.nets)), key=lambda number: (min(self.channels[number]), number)):
            visited = self.channels[number]
            if len(visited) < 2:
                continue
            free = next((index for index, end in enumerate(ends) if end < min(visited)), len(ends))
            ends[free : free + 1] = [max(visited)]
            self.lane[number] = free
        self.lane_count = len(ends)
        most = min(LANES, self.width // 10)
        if self.lane_count > most:
            raise NoRoom(self._least_telling(self.lane)[: self.lane_count - most])

    def _least_telling(self, numbers: t.Iterable[int]) -> list[int]:
        """The order in which nets are given up where there is no room: veths first, late ones first."""
        return sorted(numbers, key=lambda number: (self.nets[number].bus, -number))

    def _place_columns(self) -> None:
        wide = max(map(_row_width, self.rows))
        first = self.rows[0][0]
        if first.box.key == HOST:
            first.lay(max(first.width, wide))
        self.wide = max(wide, first.width)
        for row in self.rows:
            x = (self.wide - _row_width(row)) // 2
            for placed in row:
                placed.x = x
                x += placed.width + GAP

    def _lane_x(self, number: int) -> int:
        return self.wide + 1 + 2 * self.lane[number]

    def _place_ports(self) -> None:
        """Columns for all ports: first those above the boxes, evenly; then those below, over their peers."""
        sides = self._sides()
        by_net: dict[int, list[Port]] = {}
        for port in self.ports:
            by_net.setdefault(port.net, []).append(port)
        for (_key, upper), ports in sides.items():
            if upper:
                continue
            placed = ports[0].placed

            def above(port: Port) -> float:
                others = [
                    other.placed.x + other.placed.width / 2 for other in by_net[port.net] if other.upper
                ]
                return sum(others) / len(others)

            ports = sorted(ports, key=lambda port: (above(port), port.net))
            part = placed.width / (len(ports) + 1)
            slots = [_shared_slot(port, by_net[port.net]) for port in ports]
            if sum(slots) > placed.width - 2:  # else both ends can stand in one column
                slots = [port.slot for port in ports]
            line_up(ports, slots, [placed.x + int(part * (index + 1)) for index in range(len(ports))], {})
        for (_key, upper), ports in sides.items():
            if not upper:
                continue
            placed = ports[0].placed
            taken = {
                port.x: port.net for port in self.ports if not port.upper and port.channel == ports[0].channel
            }

            def below(port: Port) -> float:
                others = [
                    other.x for other in by_net[port.net] if not other.upper and other.channel == port.channel
                ]
                others = others or [
                    other.placed.x + other.placed.width // 2
                    for other in by_net[port.net]
                    if other is not port
                ]
                return sum(others) / len(others)

            ports = sorted(ports, key=lambda port: (below(port), port.net))
            slots = [port.slot for port in ports]
            line_up(ports, slots, [int(below(port)) for port in ports], taken)

    def _find_tracks(self) -> None:
        """A track for each net in each of its channels, so that no two nets lie over each other."""
        self.tracks: list[dict[int, int]] = []
        self.spans: list[dict[int, tuple[int, int]]] = []
        for channel in range(len(self.rows)):
            spans: dict[int, tuple[int, int]] = {}
            for number, net in enumerate(self.nets):
                xs = [port.x for port in self.ports if port.net == number and port.channel == channel]
                if not xs:
                    continue
                low, high = min(xs), max(xs)
                if net.bus:
                    low, high = max(0, low - BUS_ENDS), min(self.wide - 1, high + BUS_ENDS)
                elif low == high and number not in self.lane:
                    continue
                spans[number] = (low, self._lane_x(number) if number in self.lane else high)
            tracks: dict[int, int] = {}
            used: list[list[tuple[int, int]]] = []
            for number in sorted(spans, key=lambda number: (not self.nets[number].bus, spans[number])):
                low, high = spans[number]
                fitting = (index for index, others in enumerate(used) if _is_clear(low, high, others))
                index = next(fitting, len(used))
                if index == len(used):
                    used.append([])
                used[index].append((low, high))
                tracks[number] = index
            self.tracks.append(tracks)
            self.spans.append(spans)

    def _drawn(self) -> Scene:
        scene = Scene(boxes=[placed for row in self.rows for placed in row])
        scene.wires = [Wire(net) for net in self.nets]
        track_y: list[dict[int, int]] = []
        y = 0
        for channel, row in enumerate(self.rows):
            for placed in row:
                placed.y = y
            y += max(placed.height for placed in row)
            ports = [port for port in self.ports if port.channel == channel]
            upper = [port for port in ports if port.upper]
            lower = [port for port in ports if not port.upper]
            for port in upper:
                scene.labels.append(Label(port.x + 2, y, port.end.name, 'bus' if port.holder else 'end'))
                scene.labels += [Label(port.x + 2, y + 1, port.end.port, 'port')] if port.end.port else []
            y += bool(upper) + any(port.end.port for port in upper)
            track_y.append({number: y + index for number, index in self.tracks[channel].items()})
            y += max(self.tracks[channel].values(), default=-1) + 1
            named = any(port.end.port for port in lower)
            for port in lower:
                scene.labels += [Label(port.x + 2, y, port.end.port, 'port')] if port.end.port else []
                scene.labels.append(
                    Label(port.x + 2, y + named, port.end.name, 'bus' if port.holder else 'end')
                )
            y += bool(lower) + named
            if not ports and channel + 1 < len(self.rows):
                y += 1
        scene.width = max(placed.right for placed in scene.boxes) + 1 + 2 * self.lane_count
        scene.height = y
        self._draw_wires(scene, track_y)
        return scene

    def _draw_wires(self, scene: Scene, track_y: list[dict[int, int]]) -> None:
        bottoms = {}
        tops = {}
        for channel, row in enumerate(self.rows):
            bottoms[channel] = max(placed.bottom for placed in row)
            tops[channel] = row[0].y
        for port in self.ports:
            wire, net = scene.wires[port.net], self.nets[port.net]
            border = port.placed.bottom if port.upper else port.placed.y
            scene.marks.append(Mark(port.x, border, 'down' if port.upper else 'up'))
            y = track_y[port.channel].get(port.net)
            if y is None:  # straight from one box to the other
                if port.upper:
                    wire.strokes.append(Stroke(port.x, border, port.x, tops[port.channel + 1], False))
                continue
            heavy = net.kind == 'bridge' and port.holder
            wire.strokes.append(Stroke(port.x, min(border, y), port.x, max(border, y), heavy))
            if net.bus:
                wire.dots.append((port.x, y))
        for channel, spans in enumerate(self.spans):
            for number, (low, high) in spans.items():
                y = track_y[channel][number]
                scene.wires[number].strokes.append(
                    Stroke(low, y, high, y, self.nets[number].kind == 'bridge')
                )
        for number in self.lane:
            ys = [track_y[channel][number] for channel in self.channels[number]]
            x = self._lane_x(number)
            scene.wires[number].strokes.append(
                Stroke(x, min(ys), x, max(ys), self.nets[number].kind == 'bridge')
            )
