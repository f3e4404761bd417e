# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Placing: nothing lies over anything else, whatever the topology and the names."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from ansible_collections.multinet.linux.plugins.plugin_utils.draw.formats import (
    graph_of,
    svg,
    terminal,
)
from ansible_collections.multinet.linux.plugins.plugin_utils.draw.placing import place
from ansible_collections.multinet.linux.plugins.plugin_utils.draw.scene import cells
from ansible_collections.multinet.linux.tests.unit.plugin_utils.draw.scenes import check_scene
from ansible_collections.multinet.linux.tests.unit.plugin_utils.draw.topologies import (
    EXAMPLES,
    mesh,
    random_document,
    read,
)


@pytest.mark.parametrize('name', EXAMPLES)
@pytest.mark.parametrize('width', [60, 80, 100, 120, 132])
def test_nothing_overlaps(name: str, width: int) -> None:
    layout = read(EXAMPLES[name])
    scene = place(graph_of(layout), width)
    check_scene(scene)
    assert scene.width <= width
    assert max(map(cells, terminal(layout, width).split('\n'))) <= width


@pytest.mark.parametrize('seed', range(120))
def test_any_graph(seed: int) -> None:
    layout = read(random_document(seed))
    graph = graph_of(layout)
    for width in (60, 100):
        scene = place(graph, width)
        check_scene(scene)
        assert scene.width <= width
        told_nets = [wire.net.text() for wire in scene.wires] + scene.loose
        assert sorted(told_nets) == sorted(net.text() for net in graph.nets)
    ElementTree.fromstring(svg(layout))


def test_what_has_no_room_is_told_in_words() -> None:
    layout = read(mesh(14))
    scene = place(graph_of(layout), 100)
    assert len(scene.wires) + len(scene.loose) == 14 * 13 // 2
    assert scene.wires and scene.loose
    text = terminal(layout)
    assert 'also joined:' in text
    assert all(line in text for line in scene.loose)
