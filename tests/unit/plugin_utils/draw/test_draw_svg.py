# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Drawings as SVG."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from ansible_collections.multinet.linux.plugins.plugin_utils.draw.formats import (
    graph_of,
    svg,
)
from ansible_collections.multinet.linux.plugins.plugin_utils.draw.placing import place
from ansible_collections.multinet.linux.plugins.plugin_utils.draw.scene import cells
from ansible_collections.multinet.linux.tests.unit.plugin_utils.draw.topologies import (
    EXAMPLES,
    read,
    several_links,
)

SVG = '{http://www.w3.org/2000/svg}'


@pytest.mark.parametrize('name', EXAMPLES)
def test_svg_fits(name: str) -> None:
    """Boxes do not meet, every text is inside the picture, and text in a box ends before its border."""
    root = ElementTree.fromstring(svg(read(EXAMPLES[name])))
    assert root.get('role') == 'img'
    assert [child.tag.replace(SVG, '') for child in root][:3] == ['title', 'desc', 'style']
    width, height = int(root.get('width', '')), int(root.get('height', ''))
    boxes = []
    for group in root.iter(SVG + 'g'):
        rect = group.find(SVG + 'rect')
        if rect is None:
            continue
        x, y, wide, tall = (int(rect.get(key, '')) for key in ('x', 'y', 'width', 'height'))
        boxes.append((x, y, x + wide, y + tall))
        for text in group.iter(SVG + 'text'):
            left, base = int(text.get('x', '')), int(text.get('y', ''))
            assert x < left and left + 0.61 * 13 * cells(text.text or '') < x + wide
            assert y + 10 < base < y + tall - 3
    assert len(boxes) == len(place(graph_of(read(EXAMPLES[name])), 132).boxes)
    for index, (left, top, right, bottom) in enumerate(boxes):
        assert 0 < left and right < width and 0 < top and bottom < height
        for other in boxes[index + 1 :]:
            assert right < other[0] or other[2] < left or bottom < other[1] or other[3] < top
    for text in root.iter(SVG + 'text'):
        assert int(text.get('x', '')) + 0.61 * 13 * cells(text.text or '') < width
        assert 0 < int(text.get('y', '')) < height


def test_svg_needs_nothing_from_elsewhere() -> None:
    drawn = svg(read(several_links()))
    assert 'prefers-color-scheme: dark' in drawn
    for word in ('<script', 'href', 'url(', '@import', '@font-face', '<image', '<foreignObject', 'onload'):
        assert word not in drawn
    assert drawn.count('http') == 1  # the namespace of SVG
