# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The drawing as SVG: one file that needs nothing else, for light and dark pages."""

from __future__ import annotations

from ansible_collections.multinet.linux.plugins.module_utils.objects.layout import Layout
from ansible_collections.multinet.linux.plugins.module_utils.values.names import HOST

from .graph import graph_of
from .placing import place
from .scene import Label, PlacedBox, Scene, Stroke, Wire, broken, cells

WIDTH = 132  # cells
# Pixels. Letters of the usual monospaced fonts are 0.50 to 0.61 of their size wide, so that all of 13 pixels
# fit in their cells.
CELL, ROW, MARGIN = 8, 20, 16
HEADING = 2  # rows above the drawing

STYLE = '''\
.mn-topology { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, "Liberation Mono", monospace; \
font-size: 13px; }
.mn-topology text { fill: #1f2933; white-space: pre; }
.mn-topology .paper { fill: #ffffff; }
.mn-topology .box { fill: #ffffff; stroke: #7b8794; stroke-width: 1.25; }
.mn-topology .head { fill: #e8edf3; }
.mn-topology .rule { stroke: #cbd2d9; stroke-width: 1; }
.mn-topology .host .box { fill: #f7f9fc; stroke: #1d4f91; stroke-width: 1.75; }
.mn-topology .host .head { fill: #dbe7f6; }
.mn-topology .fold .box { stroke-dasharray: 5 4; }
.mn-topology .fold .head { fill: none; }
.mn-topology .wire { fill: none; stroke: #52606d; stroke-width: 1.5; stroke-linecap: round; }
.mn-topology .bridge .bus { stroke: #1d4f91; stroke-width: 4; }
.mn-topology .parent .bus { stroke: #7c5e10; stroke-width: 2; stroke-dasharray: 1 5; }
.mn-topology .dot { fill: #1d4f91; }
.mn-topology .parent .dot { fill: #7c5e10; }
.mn-topology .title { font-weight: 700; }
.mn-topology .bus-name { font-weight: 700; fill: #1d4f91; }
.mn-topology .end, .mn-topology .port { font-size: 12px; fill: #52606d; }
.mn-topology .route { fill: #18603a; }
.mn-topology .nat, .mn-topology .forward { fill: #96450b; }
.mn-topology .count, .mn-topology .more, .mn-topology .range, .mn-topology .loose, \
.mn-topology .summary { fill: #616e7c; }
@media (prefers-color-scheme: dark) {
.mn-topology text { fill: #e4e7eb; }
.mn-topology .paper { fill: #11161d; }
.mn-topology .box { fill: #161d26; stroke: #7b8794; }
.mn-topology .head { fill: #243040; }
.mn-topology .rule { stroke: #3e4c59; }
.mn-topology .host .box { fill: #141c28; stroke: #6ea8fe; }
.mn-topology .host .head { fill: #1d3557; }
.mn-topology .fold .head { fill: none; }
.mn-topology .wire { stroke: #9aa5b1; }
.mn-topology .bridge .bus { stroke: #6ea8fe; }
.mn-topology .parent .bus { stroke: #e0b341; }
.mn-topology .dot { fill: #6ea8fe; }
.mn-topology .parent .dot { fill: #e0b341; }
.mn-topology .bus-name { fill: #8fbcff; }
.mn-topology .end, .mn-topology .port { fill: #aab4bf; }
.mn-topology .route { fill: #7fd6a4; }
.mn-topology .nat, .mn-topology .forward { fill: #f5b26b; }
.mn-topology .count, .mn-topology .more, .mn-topology .range, .mn-topology .loose, \
.mn-topology .summary { fill: #9aa5b1; }
}'''


def escaped(text: str) -> str:
    """*text* for XML, in content and in attributes; graph.clean has removed what is not printable."""
    for letter, entity in (('&', '&amp;'), ('<', '&lt;'), ('>', '&gt;'), ('"', '&quot;'), ("'", '&#39;')):
        text = text.replace(letter, entity)
    return text


def _x(cell: int) -> int:
    return MARGIN + cell * CELL + CELL // 2


def _y(row: int) -> int:
    return MARGIN + (HEADING + row) * ROW + ROW // 2


def _text(x: int, y: int, text: str, kind: str) -> str:
    """Text whose first letter is in the cell x, y."""
    return '<text class="%s" x="%d" y="%d">%s</text>' % (kind, _x(x) - CELL // 2, _y(y) + 4, escaped(text))


def _box_class(placed: PlacedBox) -> str:
    if placed.box.key == HOST:
        return 'host'
    return 'fold' if placed.box.members else 'namespace'


def _box(placed: PlacedBox) -> list[str]:
    kind = _box_class(placed)
    x, y = _x(placed.x), _y(placed.y)
    width, height = _x(placed.right) - x, _y(placed.bottom) - y
    found = [
        '<g class="%s">' % kind,
        '<rect class="box" x="%d" y="%d" width="%d" height="%d" rx="6"/>' % (x, y, width, height),
    ]
    head = (1 + len(placed.titles)) * ROW if placed.rows else height
    lower = 'h%d' % -(width - 2) if placed.rows else 'q0 5 -5 5h%dq-5 0 -5 -5' % -(width - 12)
    rest = head - 7 if placed.rows else head - 12
    found.append(
        '<path class="head" d="M%d %dq0 -5 5 -5h%dq5 0 5 5v%d%sz"/>' % (x + 1, y + 6, width - 12, rest, lower)
    )
    if placed.rows:
        found.append(
            '<line class="rule" x1="%d" y1="%d" x2="%d" y2="%d"/>'
            % (x + 1, y + head, x + width - 1, y + head)
        )
    for number, title in enumerate(placed.titles):
        found.append(_text(placed.x + 2, placed.y + 1 + number, title, 'title'))
    for number, (row, line) in enumerate(placed.rows):
        if row:
            found.append(_text(placed.x + 2, placed.y + 2 + len(placed.titles) + number, row, line))
    return [*found, '</g>']


def _rounded(strokes: list[Stroke]) -> str:
    """Down, across, down: the path of a veth, with round corners."""
    across = next(stroke for stroke in strokes if stroke.y1 == stroke.y2)
    upper, lower = sorted(
        (stroke for stroke in strokes if stroke is not across), key=lambda stroke: stroke.y1
    )
    x1, x2, y = _x(upper.x1), _x(lower.x1), _y(across.y1)
    bend = 6 if x2 > x1 else -6
    return '<path class="wire" d="M%d %dV%dQ%d %d %d %dH%dQ%d %d %d %dV%d"/>' % (
        x1,
        _y(upper.y1),
        y - 6,
        x1,
        y,
        x1 + bend,
        y,
        x2 - bend,
        x2,
        y,
        x2,
        y + 6,
        _y(lower.y2),
    )


def _wire(wire: Wire) -> list[str]:
    strokes = sorted(wire.strokes, key=lambda stroke: stroke.heavy)
    upright = [stroke for stroke in strokes if stroke.x1 == stroke.x2]
    across = [stroke for stroke in strokes if stroke.x1 != stroke.x2]
    found = ['<g class="%s">' % wire.net.kind, '<title>%s</title>' % escaped(wire.net.text())]
    if (
        len(upright) == 2
        and len(across) == 1
        and not wire.net.bus
        and (upright[0].y2 == upright[1].y1 or upright[1].y2 == upright[0].y1)
        and across[0].x2 - across[0].x1 > 1
    ):
        found.append(_rounded(strokes))
    else:
        for stroke in strokes:
            bus = wire.net.bus and (stroke.heavy or stroke.y1 == stroke.y2)
            found.append(
                '<line class="wire%s" x1="%d" y1="%d" x2="%d" y2="%d"/>'
                % (' bus' if bus else '', _x(stroke.x1), _y(stroke.y1), _x(stroke.x2), _y(stroke.y2))
            )
    found += ['<circle class="dot" cx="%d" cy="%d" r="3.5"/>' % (_x(x), _y(y)) for x, y in wire.dots]
    return [*found, '</g>']


def _label(label: Label) -> str:
    return _text(label.x, label.y, label.text, 'bus-name' if label.kind == 'bus' else label.kind)


def _picture(scene: Scene) -> list[str]:
    found: list[str] = []
    for wire in scene.wires:
        found += _wire(wire)
    for placed in scene.boxes:
        found += _box(placed)
    return found + [_label(label) for label in scene.labels]


def svg(layout: Layout) -> str:
    """The topology of *layout* as an SVG document, with a newline at the end."""
    graph = graph_of(layout)
    scene = place(graph, WIDTH)
    summary = graph.summary() if graph.boxes else 'nothing declared'
    loose = ['also joined:'] if scene.loose else []
    for text in scene.loose:
        loose += ['  ' + row for row in broken(text.split(' '), WIDTH - 2)]
    heading = cells(graph.scope) + 2
    columns = max([scene.width, heading + cells(summary)] + [cells(text) for text in loose])
    rows = HEADING + scene.height + (1 + len(loose) if loose else 0)
    width, height = columns * CELL + 2 * MARGIN, rows * ROW + 2 * MARGIN
    found = [
        '<svg xmlns="http://www.w3.org/2000/svg" class="mn-topology" role="img" xml:space="preserve"'
        ' width="%d" height="%d" viewBox="0 0 %d %d">' % (width, height, width, height),
        '<title>%s</title>' % escaped('Topology of %s' % graph.scope),
        '<desc>%s</desc>' % escaped('; '.join([summary, *(wire.net.text() for wire in scene.wires)])),
        '<style>\n%s\n</style>' % STYLE,
        '<rect class="paper" width="%d" height="%d" rx="8"/>' % (width, height),
        _text(0, -HEADING, graph.scope, 'title'),
        _text(heading, -HEADING, summary, 'summary'),
        *_picture(scene),
    ]
    found += [_text(0, scene.height + 1 + number, text, 'loose') for number, text in enumerate(loose)]
    return '\n'.join([*found, '</svg>', ''])
