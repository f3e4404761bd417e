# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where everything stands, in character cells: boxes in rows, and between the rows channels with the nets in
them.

The terminal paints a scene letter by letter, SVG paints the same scene with a fixed size for each cell.
"""

from __future__ import annotations

import dataclasses
import typing as t
import unicodedata

from .graph import Box, Net

GAP = 2  # between boxes
FRAME = 4  # border and blank on both sides
LONGEST_WORD = 43  # an IPv6 address with its length; longer words are broken


class Label(t.NamedTuple):
    x: int
    y: int
    text: str
    kind: str


class Stroke(t.NamedTuple):
    """A straight piece of a net between two cells, both included."""

    x1: int
    y1: int
    x2: int
    y2: int
    heavy: bool


class Mark(t.NamedTuple):
    """A net that leaves the border of a box at a cell: up, down, left or right."""

    x: int
    y: int
    way: str


@dataclasses.dataclass
class PlacedBox:
    """A box with its place; ``rows`` is its text below the title, broken to its width."""

    box: Box
    x: int = 0
    y: int = 0
    width: int = 0
    titles: list[str] = dataclasses.field(default_factory=list)
    rows: list[tuple[str, str]] = dataclasses.field(default_factory=list)

    @property
    def height(self) -> int:
        return 2 + len(self.titles) + (1 + len(self.rows) if self.rows else 0)

    @property
    def right(self) -> int:
        return self.x + self.width - 1

    @property
    def bottom(self) -> int:
        return self.y + self.height - 1

    def lay(self, width: int) -> None:
        """Take *width* and break the text to it."""
        self.width = width
        self.titles = broken(self.box.title.split(), width - FRAME)
        names = [
            cells(line.words[0]) for line in self.box.lines if line.kind == 'link' and len(line.words) > 1
        ]
        indent = min(max(names, default=0), 15)
        self.rows = []
        for line in self.box.lines:
            words = list(line.words)
            if line.kind == 'link' and len(names) > 1 and len(words) > 1 and cells(words[0]) <= indent:
                words[0] += ' ' * (indent - cells(words[0]))
            self.rows += [(row, line.kind) for row in broken(words, width - FRAME)]


@dataclasses.dataclass
class Wire:
    net: Net
    strokes: list[Stroke] = dataclasses.field(default_factory=list)
    dots: list[tuple[int, int]] = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Scene:
    """``loose`` are nets that had no room; they are to be told in words."""

    width: int = 0
    height: int = 0
    boxes: list[PlacedBox] = dataclasses.field(default_factory=list)
    wires: list[Wire] = dataclasses.field(default_factory=list)
    labels: list[Label] = dataclasses.field(default_factory=list)
    marks: list[Mark] = dataclasses.field(default_factory=list)
    loose: list[str] = dataclasses.field(default_factory=list)

    def add(self, other: Scene) -> None:
        """Put *other* below."""
        down = self.height + 1 if self.height else 0
        for placed in other.boxes:
            placed.y += down
        self.boxes += other.boxes
        for wire in other.wires:
            wire.strokes = [
                stroke._replace(y1=stroke.y1 + down, y2=stroke.y2 + down) for stroke in wire.strokes
            ]
            wire.dots = [(x, y + down) for x, y in wire.dots]
        self.wires += other.wires
        self.labels += [label._replace(y=label.y + down) for label in other.labels]
        self.marks += [mark._replace(y=mark.y + down) for mark in other.marks]
        self.loose += other.loose
        self.width, self.height = max(self.width, other.width), down + other.height


def cells(text: str) -> int:
    """How many cells a terminal gives to *text* (Unicode Standard Annex 11)."""
    return sum(map(_letter_cells, text))


def _letter_cells(letter: str) -> int:
    if unicodedata.combining(letter):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in 'WF' else 1


def broken(words: t.Sequence[str], width: int) -> list[str]:
    """*words* in rows of at most *width* cells; only a word that is longer is broken itself."""
    rows: list[str] = []
    row = ''
    for word in words:
        if row and cells(row) + 1 + cells(word.rstrip()) <= width:
            row += ' ' + word
            continue
        if row:
            rows.append(row.rstrip())
        while cells(word.rstrip()) > width:
            cut = len(word)
            while cells(word[:cut]) > max(width, 2):
                cut -= 1
            rows.append(word[:cut])
            word = word[cut:]
        row = word
    if row.strip():
        rows.append(row.rstrip())
    return rows


def text_width(box: Box) -> tuple[int, int]:
    """The least and the best width for the text of a box, with its border."""
    words = [word for line in box.lines for word in line.words] + (
        [box.title] if box.members else box.title.split()
    )
    rows = [cells(line.text()) for line in box.lines] + [cells(box.title)]
    names = [cells(line.words[0]) for line in box.lines if line.kind == 'link' and len(line.words) > 1]
    if len(names) > 1:
        rows += [
            min(max(names), 15) + cells(line.text()) - cells(line.words[0])
            for line in box.lines
            if line.kind == 'link'
        ]
    least = min(max(map(cells, words), default=1), LONGEST_WORD)
    return max(least, 8) + FRAME, max(*rows, 8) + FRAME
