# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Drawings: all is there, nothing lies over anything else, whatever the topology and the names."""

from __future__ import annotations

import random
import re
import typing as t
from xml.etree import ElementTree

import pytest
from ansible_collections.multinet.linux.plugins.filter.validate import FilterModule
from ansible_collections.multinet.linux.plugins.module_utils.objects.document.parse import read_layout
from ansible_collections.multinet.linux.plugins.module_utils.objects.layout import Layout
from ansible_collections.multinet.linux.plugins.plugin_utils.draw.folding import fold
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
from ansible_collections.multinet.linux.plugins.plugin_utils.draw.scene import Scene, broken, cells
from ansible_collections.multinet.linux.plugins.plugin_utils.draw.terminal import STROKES

SVG = '{http://www.w3.org/2000/svg}'
Document = dict[str, t.Any]

FOUR = '''\
╔════════════════════════════════════════════════════════════════════════════╗
║ host                                                                       ║
╟────────────────────────────────────────────────────────────────────────────╢
║ br-lab bridge 10.200.10.1/24                                               ║
║ forwards IPv4                                                              ║
║ MASQUERADE -s 10.200.10.0/24 ! -o br-lab                                   ║
╚══════════════════════════════════════╤═════════════════════════════════════╝
                                       ┃ br-lab  10.200.10.1/24
       ╺━┯━━━━━━━━━━━━━━━━━━━┯━━━━━━━━━┻━━━━━━━━━┯━━━━━━━━━━━━━━━━━━━┯━╸
         │ lab-1             │ lab-2             │ lab-3             │ lab-4
         │ eth0              │ eth0              │ eth0              │ eth0
┌────────┴───────┐  ┌────────┴───────┐  ┌────────┴───────┐  ┌────────┴───────┐
│ node1          │  │ node2          │  │ node3          │  │ node4          │
├────────────────┤  ├────────────────┤  ├────────────────┤  ├────────────────┤
│ eth0           │  │ eth0           │  │ eth0           │  │ eth0           │
│ 10.200.10.2/24 │  │ 10.200.10.3/24 │  │ 10.200.10.4/24 │  │ 10.200.10.5/24 │
│ default via    │  │ default via    │  │ default via    │  │ default via    │
│ 10.200.10.1    │  │ 10.200.10.1    │  │ 10.200.10.1    │  │ 10.200.10.1    │
└────────────────┘  └────────────────┘  └────────────────┘  └────────────────┘'''


def nodes(count: int) -> Document:
    return {
        'name': 'lab',
        'links': [
            {
                'name': 'br-lab',
                'kind': 'bridge',
                'addresses': ['10.200.10.1/24' if count < 250 else '10.200.10.1/16'],
            }
        ],
        'sysctls': {'net.ipv4.ip_forward': 1},
        'iptables': [
            {'table': 'nat', 'chain': 'POSTROUTING', 'rules': ['-s 10.200.10.0/24 ! -o br-lab -j MASQUERADE']}
        ],
        'namespaces': [
            {
                'name': 'node{n}',
                'replicas': count,
                'links': [
                    {
                        'name': 'eth0',
                        'kind': 'veth',
                        'addresses': ['{10.200.10.1+n}/%d' % (24 if count < 250 else 16)],
                        'peer': {'name': 'lab-{n}', 'master': 'br-lab'},
                    }
                ],
                'routes': [{'to': 'default', 'via': '10.200.10.1'}],
            }
        ],
    }


def pair() -> Document:
    return {
        'name': 'pair',
        'namespaces': [
            {
                'name': 'left',
                'links': [
                    {
                        'name': 'to-right',
                        'kind': 'veth',
                        'addresses': ['10.0.0.1/30', 'fd00:1::1/64'],
                        'peer': {'name': 'eth0', 'namespace': 'right', 'addresses': ['10.0.0.2/30']},
                    }
                ],
            },
            {
                'name': 'right',
                'routes': [{'to': 'default', 'via': '10.0.0.1'}],
                'iptables': [
                    {
                        'chain': 'INPUT',
                        'policy': 'DROP',
                        'rules': ['-i lo -j ACCEPT', '-p tcp --dport 22 -j ACCEPT'],
                    }
                ],
            },
        ],
    }


def several_links() -> Document:
    return {
        'name': 'edge',
        'links': [
            {'name': 'br0', 'kind': 'bridge', 'addresses': ['192.168.50.1/24']},
            {'name': 'nic1', 'kind': 'physical'},
            {'name': 'nic2', 'kind': 'physical', 'master': 'br0'},
        ],
        'iptables': [
            {
                'table': 'nat',
                'chain': 'PREROUTING',
                'rules': ['-i nic1 -p tcp --dport 443 -j DNAT --to-destination 192.168.50.2'],
            }
        ],
        'namespaces': [
            {
                'name': 'app',
                'links': [
                    {
                        'name': 'eth0',
                        'kind': 'veth',
                        'addresses': ['192.168.50.2/24'],
                        'peer': {'name': 'app-lan', 'master': 'br0'},
                    },
                    {
                        'name': 'mgmt0',
                        'kind': 'veth',
                        'addresses': ['172.16.0.2/30'],
                        'peer': {'name': 'app-mgmt', 'addresses': ['172.16.0.1/30']},
                    },
                    {
                        'name': 'uplink',
                        'kind': 'macvlan',
                        'link': 'nic1',
                        'link_namespace': 'host',
                        'addresses': ['203.0.113.10/28'],
                    },
                    {
                        'name': 'uplink.20',
                        'kind': 'vlan',
                        'id': 20,
                        'link': 'uplink',
                        'addresses': ['198.51.100.2/30'],
                    },
                ],
                'routes': [
                    {'to': 'default', 'via': '203.0.113.1'},
                    {'to': '10.0.0.0/8', 'via': '172.16.0.1'},
                    {'to': 'default', 'via': '198.51.100.1', 'table': 100},
                    {'to': '192.0.2.0/24', 'type': 'blackhole'},
                ],
                'rules': [{'priority': 100, 'from': '198.51.100.2', 'table': 100}],
            }
        ],
    }


def router() -> Document:
    def side(name: str, number: int) -> Document:
        return {
            'name': name + '{n}',
            'replicas': 2,
            'routes': [{'to': 'default', 'via': '10.%d.0.1' % number}],
            'links': [
                {
                    'name': 'eth0',
                    'kind': 'veth',
                    'addresses': ['10.%d.0.{n+9}/24' % number],
                    'peer': {'name': name + '-{n}', 'master': 'br-' + name},
                }
            ],
        }

    return {
        'name': 'routed',
        'links': [{'name': 'br-a', 'kind': 'bridge'}, {'name': 'br-b', 'kind': 'bridge'}],
        'namespaces': [
            side('a', 1),
            side('b', 2),
            {
                'name': 'router',
                'sysctls': {'net.ipv4.ip_forward': 1, 'net.ipv6.conf.all.forwarding': 1},
                'links': [
                    {
                        'name': 'eth0',
                        'kind': 'veth',
                        'addresses': ['10.1.0.1/24'],
                        'peer': {'name': 'a-router', 'master': 'br-a'},
                    },
                    {
                        'name': 'eth1',
                        'kind': 'veth',
                        'addresses': ['10.2.0.1/24'],
                        'peer': {'name': 'b-router', 'master': 'br-b'},
                    },
                ],
                'iptables': [
                    {
                        'table': 'nat',
                        'chain': 'POSTROUTING',
                        'rules': ['-o eth1 -j SNAT --to-source 10.2.0.1'],
                    }
                ],
            },
        ],
    }


def inner_bridges() -> Document:
    """Gateways with a bridge of their own each, behind a bridge of the host."""

    def behind(number: int) -> Document:
        return {
            'name': 'pc-%s' % 'xyz'[number],
            'links': [
                {
                    'name': 'eth0',
                    'kind': 'veth',
                    'addresses': ['10.%d.0.2/24' % (number + 1)],
                    'peer': {'name': 'port', 'namespace': 'gw%d' % (number + 1), 'master': 'lan'},
                }
            ],
        }

    return {
        'name': 'tree',
        'links': [{'name': 'br0', 'kind': 'bridge', 'addresses': ['10.0.0.1/24']}],
        'namespaces': [
            behind(0),
            behind(1),
            {
                'name': 'gw{n}',
                'replicas': 2,
                'links': [
                    {
                        'name': 'wan',
                        'kind': 'veth',
                        'addresses': ['10.0.0.{n+1}/24'],
                        'peer': {'name': 'gw{n}', 'master': 'br0'},
                    },
                    {'name': 'lan', 'kind': 'bridge', 'addresses': ['10.{n}.0.1/24']},
                ],
            },
        ],
    }


def mesh(count: int) -> Document:
    return {
        'name': 'mesh',
        'namespaces': [
            {
                'name': 'm%s' % chr(97 + a),
                'links': [
                    {
                        'name': 'to-%s' % chr(97 + b),
                        'kind': 'veth',
                        'addresses': ['10.%d.%d.1/30' % (a, b)],
                        'peer': {
                            'name': 'to-%s' % chr(97 + a),
                            'namespace': 'm%s' % chr(97 + b),
                            'addresses': ['10.%d.%d.2/30' % (a, b)],
                        },
                    }
                    for b in range(a + 1, count)
                ],
            }
            for a in range(count)
        ],
    }


def pairs(count: int) -> Document:
    return {
        'name': 'pairs',
        'namespaces': [
            {
                'name': 'a{n}',
                'replicas': count,
                'links': [
                    {
                        'name': 'eth0',
                        'kind': 'veth',
                        'addresses': ['10.9.{n}.1/30'],
                        'peer': {'name': 'eth0', 'namespace': 'b{n}', 'addresses': ['10.9.{n}.2/30']},
                    }
                ],
            },
            {'name': 'b{n}', 'replicas': count},
        ],
    }


def routed_links(count: int) -> Document:
    return {
        'name': 'routed',
        'namespaces': [
            {
                'name': 'c{n}',
                'replicas': count,
                'links': [
                    {
                        'name': 'eth0',
                        'kind': 'veth',
                        'addresses': ['10.9.{n}.2/30'],
                        'peer': {'name': 'veth-{n}', 'addresses': ['10.9.{n}.1/30']},
                    }
                ],
            }
        ],
    }


def random_document(seed: int) -> Document:
    dice = random.Random(seed)
    names = 'alpha bravo charlie delta echo foxtrot golf hotel india juliet kilo lima'.split()[
        : dice.randint(1, 12)
    ]
    document: Document = {
        'name': 'any',
        'links': [],
        'namespaces': [{'name': name, 'links': []} for name in names],
    }
    holders = [document] + document['namespaces']
    bridges = []
    for number in range(dice.randint(0, 5)):
        holder = dice.randrange(len(holders))
        addresses = ['10.%d.0.1/16' % (number + 1)] * dice.randint(0, 1)
        holders[holder]['links'].append({'name': 'br%d' % number, 'kind': 'bridge', 'addresses': addresses})
        bridges.append((holder, 'br%d' % number))
    for number in range(dice.randint(0, 20)):
        a, b = dice.randrange(len(holders)), dice.randrange(len(holders))
        peer: Document = {'name': 'v%db' % number, 'namespace': 'host' if b == 0 else names[b - 1]}
        masters = [name for holder, name in bridges if holder == b]
        if masters and dice.random() < 0.8:
            peer['master'] = dice.choice(masters)
        elif a != b:
            peer['addresses'] = ['172.16.%d.2/30' % number]
        holders[a]['links'].append(
            {'name': 'v%da' % number, 'kind': 'veth', 'addresses': ['172.16.%d.1/30' % number], 'peer': peer}
        )
    return document


EXAMPLES: dict[str, Document] = {
    'one': nodes(1),
    'four': nodes(4),
    'eight': nodes(8),
    'sixty-four': nodes(64),
    'pair': pair(),
    'several links': several_links(),
    'router': router(),
    'inner bridges': inner_bridges(),
    'mesh of four': mesh(4),
    'mesh of fourteen': mesh(14),
    'pairs': pairs(40),
    'routed links': routed_links(3),
    'many routed links': routed_links(40),
}


def read(document: Document) -> Layout:
    return read_layout(document, 'a host')


def check_scene(scene: Scene) -> None:
    """Nothing lies over anything else, and all text is inside its box."""
    boxes = scene.boxes
    for index, one in enumerate(boxes):
        assert one.x >= 0 and one.right < scene.width and one.bottom < scene.height
        assert all(cells(text) <= one.width - 4 for text in one.titles + [row for row, _kind in one.rows])
        for other in boxes[index + 1 :]:
            assert one.right < other.x or other.right < one.x or one.bottom < other.y or other.bottom < one.y
    letters = set()
    for label in scene.labels:
        mine = {(x, label.y) for x in range(label.x, label.x + cells(label.text))}
        assert not mine & letters, 'labels lie over each other at %s' % label.text
        assert label.x + cells(label.text) <= scene.width
        letters |= mine
    lines: tuple[dict[tuple[int, int], int], ...] = ({}, {})
    for number, wire in enumerate(scene.wires):
        for stroke in wire.strokes:
            for x in range(stroke.x1, stroke.x2 + 1):
                for y in range(stroke.y1, stroke.y2 + 1):
                    across = stroke.x1 != stroke.x2
                    assert lines[across].setdefault((x, y), number) == number, (
                        'two nets in one place: %s' % wire.net.text()
                    )
                    assert (x, y) not in letters
    for box in boxes:
        inside = {(x, y) for x in range(box.x + 1, box.right) for y in range(box.y + 1, box.bottom)}
        assert not inside & (letters | set(lines[0]) | set(lines[1]))
    marks = {(mark.x, mark.y) for mark in scene.marks}
    assert all(any(box.x <= x <= box.right and box.y <= y <= box.bottom for box in boxes) for x, y in marks)


def told(layout: Layout) -> list[str]:
    """What has to stand in a drawing without folds: namespaces, links, addresses, gateways."""
    found = [namespace.name for namespace in layout.namespaces] + [link.name for link in layout.links]
    found += [address.address for address in layout.addresses]
    return found + [hop.via for route in layout.routes for hop in route.hops if hop.via]


def test_four_nodes_on_a_bridge() -> None:
    assert terminal(read(nodes(4)), width=80) == FOUR


def test_a_pair_lies_side_by_side() -> None:
    rows = terminal(read(pair()), width=100).split('\n')
    assert re.fullmatch(r'│ left +├─╴ to-right ╶─+╴ eth0 ╶─┤ right +│', rows[1])
    assert 'policy DROP: INPUT' in rows[6]
    assert rows[-1].strip().startswith('└')


def test_a_long_pair_stands_one_over_the_other() -> None:
    rows = terminal(read(pair()), width=40).split('\n')
    assert max(map(len, rows)) <= 40
    left, right = (
        next(index for index, row in enumerate(rows) if name in row) for name in ('│ left', '│ right')
    )
    assert left < right


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


def test_annotations() -> None:
    text = terminal(read(several_links()))
    for words in (
        'DNAT -i nic1 -p tcp --dport 443 --to-destination 192.168.50.2',
        'macvlan bridge on host/nic1',
        'vlan 20 on uplink',
        'default via 198.51.100.1 table 100',
        'blackhole 192.0.2.0/24',
        '1 policy rule',
        'physical in br0',
    ):
        assert words in text
    text = terminal(read(router()), 132)
    assert 'forwards IPv4 and IPv6' in text
    assert 'SNAT -o eth1 --to-source' in text
    assert '2 firewall rules' in terminal(read(pair()))


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


def test_colour_changes_no_letter() -> None:
    layout = read(nodes(4))
    coloured = terminal(layout, colour=True)
    assert '\x1b[' in coloured
    assert re.sub('\x1b\\[[0-9;]*m', '', coloured) == terminal(layout)
    assert all(row.count('\x1b[0m') * 2 == row.count('\x1b[') for row in coloured.split('\n'))


def test_nothing_to_draw() -> None:
    layout = read({'name': 'nil'})
    assert terminal(layout) == 'nil: nothing declared'
    assert 'nothing declared' in svg(layout)
    assert mermaid(layout) == 'flowchart TB\n'
    assert dot(layout).startswith('graph "nil" {')


def test_what_is_not_made_here_is_said() -> None:
    text = terminal(read({'name': 'there', 'namespaces': [{'name': 'other', 'create': False}]}))
    assert 'not created here' in text
    assert 'host' not in text


def test_strokes_and_words() -> None:
    assert len(STROKES) == 81 and len(set(STROKES)) == 81
    assert STROKES[27 + 9 + 3 + 1] == '┼' and STROKES[2 * 9 + 2 * 3 + 2] == '┳'
    assert broken(['one', 'two', 'three'], 7) == ['one two', 'three']
    assert broken(['abcdefgh'], 3) == ['abc', 'def', 'gh']
    assert cells('网络a\u0301') == 5


def test_filter_validate() -> None:
    validate = FilterModule().filters()['validate']
    assert validate(nodes(4)) == []
    found = validate({'name': 'lab', 'links': [{'name': 'br0', 'kind': 'brigde'}], 'link': []})
    assert len(found) == 2
    assert found[0].startswith('links[0].kind: ') and found[0].endswith('did you mean bridge?')
    assert validate(3)[0].startswith('document: is not a mapping')
