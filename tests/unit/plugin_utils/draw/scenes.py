# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What must hold for every scene."""

from __future__ import annotations

import itertools
import typing as t

from ansible_collections.multinet.linux.plugins.plugin_utils.draw.scene import (
    Label,
    PlacedBox,
    Scene,
    Wire,
    cells,
)

Cell = tuple[int, int]


def check_scene(scene: Scene) -> None:
    """Nothing lies over anything else, and all text is inside its box."""
    for box in scene.boxes:
        assert box.x >= 0 and box.right < scene.width and box.bottom < scene.height
        assert all(cells(text) <= box.width - 4 for text in texts_of(box))
    for box, other in itertools.combinations(scene.boxes, 2):
        assert box.right < other.x or other.right < box.x or box.bottom < other.y or other.bottom < box.y
    assert all(label.x + cells(label.text) <= scene.width for label in scene.labels)
    letters = cells_of_labels(scene.labels)
    lines = cells_of_wires(scene.wires)
    assert not letters & lines
    for box in scene.boxes:
        inside = set(itertools.product(range(box.x + 1, box.right), range(box.y + 1, box.bottom)))
        assert not inside & (letters | lines)
    for mark in scene.marks:
        assert any(box.x <= mark.x <= box.right and box.y <= mark.y <= box.bottom for box in scene.boxes)


def texts_of(box: PlacedBox) -> list[str]:
    return box.titles + [row for row, _kind in box.rows]


def cells_of_labels(labels: t.Iterable[Label]) -> set[Cell]:
    letters: set[Cell] = set()
    for label in labels:
        own = {(x, label.y) for x in range(label.x, label.x + cells(label.text))}
        assert not own & letters, 'labels lie over each other at %s' % label.text
        letters |= own
    return letters


def cells_of_wires(wires: t.Iterable[Wire]) -> set[Cell]:
    """Wires cross, but do not run along each other."""
    lines: tuple[dict[Cell, int], dict[Cell, int]] = ({}, {})
    for number, wire in enumerate(wires):
        for stroke in wire.strokes:
            across = stroke.x1 != stroke.x2
            columns, rows = range(stroke.x1, stroke.x2 + 1), range(stroke.y1, stroke.y2 + 1)
            for cell in itertools.product(columns, rows):
                holder = lines[across].setdefault(cell, number)
                assert holder == number, 'two nets in one place: %s' % wire.net.text()
    return {*lines[0], *lines[1]}
