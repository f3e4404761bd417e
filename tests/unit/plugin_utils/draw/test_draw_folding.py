# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Folding: what is alike is drawn once."""

from __future__ import annotations

import re

import pytest
from ansible_collections.multinet.linux.plugins.plugin_utils.draw.folding import fold
from ansible_collections.multinet.linux.plugins.plugin_utils.draw.formats import (
    FORMATS,
    graph_of,
    svg,
    terminal,
)
from ansible_collections.multinet.linux.tests.unit.plugin_utils.draw.topologies import (
    nodes,
    pairs,
    read,
    routed_links,
    router,
)


@pytest.mark.parametrize('count', [64, 512])
def test_replicas_are_folded(count: int) -> None:
    layout = read(nodes(count))
    text = terminal(layout)
    shown = re.search(r'… (\d+) more like node(\d+)', text)
    assert shown and int(shown[1]) + int(shown[2]) == count
    assert 'node%d … node%d' % (int(shown[2]) + 1, count) in text
    assert 'lab-%d … lab-%d' % (int(shown[2]) + 1, count) in text
    assert len(text.split('\n')) < 30
    for format in FORMATS:
        drawn = FORMATS[format](layout)
        assert re.search(r'… \d+ more like node\d', drawn)
        assert len(drawn.split('\n')) < 250
    assert '%d namespaces and 1 bridge' % count in svg(layout)


def test_pairs_are_folded_as_pairs() -> None:
    text = terminal(read(pairs(40)))
    row = next(row for row in text.split('\n') if 'more like a' in row)
    assert re.search(r'… (\d+) more like a\d .*├─╴ eth0 ╶─+╴ eth0 ╶─┤ … \1 more like b\d', row)


def test_addresses_of_folded_links_are_folded_in_the_host_too() -> None:
    text = terminal(read(routed_links(40)))
    assert '… 37 more like veth-3' in text
    assert 'veth-1 10.9.1.1/30' in text


def test_boxes_on_different_bridges_are_not_folded_together() -> None:
    document = router()
    for side in document['namespaces'][:2]:
        side['replicas'] = 40
    graph = fold(graph_of(read(document)), lambda members: 2)
    assert [box.title for box in graph.boxes if box.members] == ['… 38 more like a2', '… 38 more like b2']
    assert [len(net.ends) for net in graph.nets if net.bus] == [5, 5]  # bridge, two, the fold, router


def test_folding_nothing_changes_nothing() -> None:
    graph = graph_of(read(nodes(20)))
    assert fold(graph, len) == graph
