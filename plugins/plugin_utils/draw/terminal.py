# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The drawing for a terminal, in Unicode box characters."""

from __future__ import annotations

import unicodedata

from ansible_collections.multinet.linux.plugins.module_utils.objects.layout import Layout
from ansible_collections.multinet.linux.plugins.module_utils.values.names import HOST

from .graph import graph_of
from .placing import place
from .scene import PlacedBox, Scene, broken, cells

# By weight (none, light, heavy) of the strokes up, down, left and right, each a digit to the base of three.
STROKES = ' ╶╺╴─╼╸╾━╷┌┍┐┬┮┑┭┯╻┎┏┒┰┲┓┱┳╵└┕┘┴┶┙┵┷│├┝┤┼┾┥┽┿╽┟┢┧╁╆┪╅╈╹┖┗┚┸┺┛┹┻╿┞┡┦╀╄┩╃╇┃┠┣┨╂╊┫╉╋'
PLAIN = {'corners': '┌┐└┘', 'lines': '─│', 'rule': '├─┤', 'up': '┴', 'down': '┬', 'left': '┤', 'right': '├'}
DOUBLE = {'corners': '╔╗╚╝', 'lines': '═║', 'rule': '╟─╢', 'up': '╧', 'down': '╤', 'left': '╢', 'right': '╟'}
DASHED = {'corners': '┌┐└┘', 'lines': '┄┆', 'rule': '├┄┤', 'up': '┴', 'down': '┬', 'left': '┤', 'right': '├'}
# Select Graphic Rendition, ECMA-48 section 8.3.117
COLOURS = {
    'title': '1',
    'bus': '1;34',
    'heavy': '34',
    'end': '36',
    'port': '36',
    'nat': '33',
    'forward': '33',
    'route': '32',
    'count': '2',
    'more': '2',
    'range': '2',
    'border': '',
    'link': '',
    'wire': '',
    'blank': '',
}


class _Canvas:
    def __init__(self, width: int, height: int) -> None:
        self.rows = [[(' ', '')] * width for _row in range(height)]

    def put(self, x: int, y: int, text: str, kind: str = '') -> None:
        for letter in text:
            if unicodedata.combining(letter):
                before, style = self.rows[y][x - 1]
                self.rows[y][x - 1] = (before + letter, style)
                continue
            self.rows[y][x] = (letter, kind)
            x += 1
            if cells(letter) == 2:
                self.rows[y][x] = ('', kind)
                x += 1

    def text(self, colour: bool) -> str:
        found = []
        for row in self.rows:
            if not colour:
                found.append(''.join(letter for letter, _kind in row).rstrip())
                continue
            line, style = '', ''
            while row and row[-1][0] == ' ':
                row = row[:-1]
            for letter, kind in row:
                wanted = COLOURS.get(kind, '')
                if wanted != style and letter.strip():
                    line += ('\033[0m' if style else '') + ('\033[%sm' % wanted if wanted else '')
                    style = wanted
                line += letter
            found.append(line + ('\033[0m' if style else ''))
        return '\n'.join(found)


def _paint_wires(canvas: _Canvas, scene: Scene) -> None:
    for wire in scene.wires:
        mine: dict[tuple[int, int], list[int]] = {}
        for stroke in wire.strokes:
            weight = 2 if stroke.heavy else 1
            across = stroke.y1 == stroke.y2
            for x in range(stroke.x1, stroke.x2 + 1):
                for y in range(stroke.y1, stroke.y2 + 1):
                    arms = mine.setdefault((x, y), [0, 0, 0, 0])
                    ways = (x > stroke.x1, x < stroke.x2) if across else (y > stroke.y1, y < stroke.y2)
                    for way, there in zip((2, 3) if across else (0, 1), ways):
                        arms[way] = max(arms[way], weight * there)
        for (x, y), (up, down, left, right) in mine.items():
            before = canvas.rows[y][x][0]
            if before != ' ' and not (up and down):
                # Two nets cross: the one that goes down is drawn over the other, which joins nothing.
                continue
            canvas.put(
                x,
                y,
                STROKES[27 * up + 9 * down + 3 * left + right],
                'heavy' if 2 in (up, down, left, right) else 'wire',
            )


def _box_style(placed: PlacedBox) -> dict[str, str]:
    if placed.box.key == HOST:
        return DOUBLE
    return DASHED if placed.box.members else PLAIN


def _paint_box(canvas: _Canvas, placed: PlacedBox) -> None:
    style = _box_style(placed)
    corners, (flat, tall), rule = style['corners'], style['lines'], style['rule']
    inner = placed.width - 2
    canvas.put(placed.x, placed.y, corners[0] + flat * inner + corners[1], 'border')
    canvas.put(placed.x, placed.bottom, corners[2] + flat * inner + corners[3], 'border')
    y = placed.y + 1
    for text, kind in (
        [(title, 'title') for title in placed.titles] + ([('', 'rule')] if placed.rows else []) + placed.rows
    ):
        if kind == 'rule':
            canvas.put(placed.x, y, rule[0] + rule[1] * inner + rule[2], 'border')
        else:
            canvas.put(placed.x, y, tall + ' ' * inner + tall, 'border')
            canvas.put(placed.x + 2, y, text, kind)
        y += 1


def terminal(layout: Layout, width: int = 100, colour: bool = False) -> str:
    """The topology of *layout* as lines of at most *width* cells, without a newline at the end.

    A word that is longer than *width* makes the drawing wider. With *colour* it has ANSI colours.
    """
    graph = graph_of(layout)
    scene = place(graph, max(width, 24))
    if not scene.boxes:
        return '%s: nothing declared' % graph.scope
    canvas = _Canvas(scene.width, scene.height)
    _paint_wires(canvas, scene)
    marks = {}
    for placed in scene.boxes:
        _paint_box(canvas, placed)
        style = DOUBLE if placed.box.key == HOST else PLAIN
        marks.update(
            {(x, y): style for x in (placed.x, placed.right) for y in range(placed.y, placed.bottom)}
        )
        marks.update(
            {(x, y): style for y in (placed.y, placed.bottom) for x in range(placed.x, placed.right)}
        )
    for mark in scene.marks:
        canvas.put(mark.x, mark.y, str(marks[mark.x, mark.y][mark.way]), 'border')
    for label in scene.labels:
        canvas.put(label.x, label.y, label.text, label.kind)
    lines = [canvas.text(colour)]
    if scene.loose:
        lines += ['', 'also joined:']
        for text in scene.loose:
            lines += ['  ' + row for row in broken(text.split(' '), max(width, 24) - 2)]
    return '\n'.join(lines)
