# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Drawings in all formats: all is told, the same each time, and names are only text."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.objects.layout import Layout
from ansible_collections.multinet.linux.plugins.plugin_utils.draw.formats import (
    FORMATS,
    dot,
    graph_of,
    mermaid,
    svg,
    terminal,
)
from ansible_collections.multinet.linux.plugins.plugin_utils.draw.graph import NAT
from ansible_collections.multinet.linux.plugins.plugin_utils.draw.placing import place
from ansible_collections.multinet.linux.plugins.plugin_utils.draw.scene import cells
from ansible_collections.multinet.linux.tests.unit.plugin_utils.draw.scenes import check_scene
from ansible_collections.multinet.linux.tests.unit.plugin_utils.draw.topologies import (
    EXAMPLES,
    Document,
    read,
)

SVG = '{http://www.w3.org/2000/svg}'


def told(layout: Layout) -> list[str]:
    """What has to stand in a drawing without folds: namespaces, links, addresses, gateways."""
    words = [named.name for named in (*layout.namespaces, *layout.links)]
    words += [address.address for address in layout.addresses]
    words += [hop.via for route in layout.routes for hop in route.hops if hop.via]
    return words


@pytest.mark.parametrize(
    'name',
    [
        'one',
        'four',
        'eight',
        'pair',
        'several links',
        'router',
        'inner bridges',
        'mesh of four',
        'routed links',
    ],
)
@pytest.mark.parametrize('format', FORMATS)
def test_all_is_told(name: str, format: str) -> None:
    layout = read(EXAMPLES[name])
    if format == 'mermaid':
        text = mermaid(layout)
    elif format == 'svg':
        text = '\n'.join(ElementTree.fromstring(svg(layout)).itertext())
    else:
        text = FORMATS[format](layout)
    missing = [word for word in told(layout) if word not in text]
    assert not missing


@pytest.mark.parametrize('format', FORMATS)
def test_deterministic(format: str) -> None:
    for document in EXAMPLES.values():
        assert FORMATS[format](read(document)) == FORMATS[format](read(document))


def hostile() -> Document:
    """Names and rules that mean something to XML, HTML, Mermaid, DOT and terminals, as far as the model lets
    them in.
    """
    return {
        'name': 'evil',
        'links': [{'name': '"><b&\';', 'kind': 'bridge'}, {'name': '网络', 'kind': 'dummy'}],
        'iptables': [
            {
                'table': 'nat',
                'chain': 'POSTROUTING',
                'rules': [
                    '-m comment --comment "</text><script>alert(1)</script>" -j MASQUERADE',
                    '-m comment --comment "\x1b[2J\u202e\x07" -j MASQUERADE',
                ],
            }
        ],
        'namespaces': [
            {
                'name': 'x' * 120,
                'links': [
                    {
                        'name': '<script>',
                        'kind': 'veth',
                        'peer': {'name': ']"|`#quot;\\', 'master': '"><b&\';'},
                    }
                ],
            }
        ],
    }


def test_hostile_names_are_only_text() -> None:
    layout = read(hostile())
    drawn = svg(layout)
    root = ElementTree.fromstring(drawn)
    assert {element.tag.replace(SVG, '') for element in root.iter()} <= {
        'svg',
        'title',
        'desc',
        'style',
        'g',
        'rect',
        'path',
        'line',
        'circle',
        'text',
    }
    assert '<script>' in '\n'.join(root.itertext())
    for text in (drawn, terminal(layout), mermaid(layout), dot(layout)):
        assert not set(text) & {'\x1b', '\x07', '\u202e'}
    for row in mermaid(layout).split('\n'):
        assert '<script' not in row and '`' not in row
        assert row.count('"') in (0, 2)
    for row in dot(layout).split('\n'):
        assert len(re.findall(r'(?<!\\)(?:\\\\)*"', row)) % 2 == 0
    check_scene(place(graph_of(layout), 80))
    assert max(map(cells, terminal(layout, 80).split('\n'))) <= 80


@pytest.mark.parametrize(
    'rule, target',
    [
        ('-o eth0 -j MASQUERADE', 'MASQUERADE'),
        ('--jump SNAT --to-source 192.0.2.1', 'SNAT'),
        ('-j DNATTED', None),
        ('-j ACCEPT', None),
    ],
)
def test_targets(rule: str, target: str | None) -> None:
    match = NAT.search(rule)
    assert (match.group(1) if match else None) == target


def test_nothing_to_draw() -> None:
    layout = read({'name': 'nil'})
    assert terminal(layout) == 'nil: nothing declared'
    assert 'nothing declared' in svg(layout)
    assert mermaid(layout) == 'flowchart TB\n'
    assert dot(layout).startswith('graph "nil" {')
