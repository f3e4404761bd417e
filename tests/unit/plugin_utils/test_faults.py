# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults as a layout, and what is wrong with the variables of the role."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.multinet.linux.plugins.module_utils.objects.document.parse import read_layout
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import InputError
from ansible_collections.multinet.linux.plugins.plugin_utils.faults import faults

NODES: list[dict[str, t.Any]] = [
    {'name': 'a', 'addresses': ['10.0.0.1/24', 'fd00::1'], 'port': 'br-1'},
    {'name': 'b', 'addresses': ['10.0.0.2'], 'link': 'lan'},
    {'name': 'c', 'namespace': 'host', 'link': 'eth1', 'addresses': ['10.0.0.3', 'fd00::3']},
    {'name': 'mute'},
]


def layout(*entries: t.Any) -> dict[str, t.Any]:
    document = faults({'nodes': NODES, 'faults': list(entries)})
    read_layout({'name': 'x', **{key: value for key, value in document.items() if key != 'flaps'}})
    return document


def contents(document: dict[str, t.Any], namespace: str, key: str) -> list[dict[str, t.Any]]:
    if namespace == 'host':
        return t.cast('list[dict[str, t.Any]]', document[key])
    return next((entry[key] for entry in document['namespaces'] if entry['name'] == namespace), [])


def test_partition_drops_in_both_directions_and_families() -> None:
    document = layout({'partition': [['a'], ['b', 'c']]})
    assert contents(document, 'a', 'iptables') == [
        {'family': 'ipv4', 'chain': 'INPUT', 'rules': ['-s 10.0.0.2 -j DROP', '-s 10.0.0.3 -j DROP']},
        {'family': 'ipv6', 'chain': 'INPUT', 'rules': ['-s fd00::3 -j DROP']},
    ]
    assert [entry['rules'] for entry in contents(document, 'host', 'iptables')] == [
        ['-s 10.0.0.1 -j DROP'],
        ['-s fd00::1 -j DROP'],
    ]


def test_one_direction_alone() -> None:
    document = layout({'from': 'a', 'to': 'b', 'delay': '50ms', 'loss': '1%'})
    assert contents(document, 'a', 'qdiscs') == [
        {'link': 'eth0', 'to': '10.0.0.2', 'delay': '50ms', 'loss': '1%'}
    ]
    assert not contents(document, 'b', 'qdiscs')


def test_what_is_wrong_with_a_link_is_wrong_between_its_nodes_too() -> None:
    document = layout(
        {'node': 'b', 'loss': '1%'},
        {'between': ['a', 'b'], 'delay': '1ms'},
        {'between': ['b', 'a'], 'jitter': '1ms', 'delay': '1ms'},
    )
    assert contents(document, 'b', 'qdiscs') == [
        {'link': 'lan', 'loss': '1%'},
        {'link': 'lan', 'to': '10.0.0.1', 'loss': '1%', 'delay': '1ms', 'jitter': '1ms'},
        {'link': 'lan', 'to': 'fd00::1', 'loss': '1%', 'delay': '1ms', 'jitter': '1ms'},
    ]


def test_nodes_are_disconnected_at_their_port() -> None:
    down = {'kind': 'physical', 'state': 'down'}
    document = layout({'node': ['a', 'b'], 'down': True}, {'link': 'up0', 'namespace': 'r', 'down': True})
    assert contents(document, 'host', 'links') == [{'name': 'br-1', **down}]
    assert contents(document, 'b', 'links') == [{'name': 'lan', **down}]
    assert contents(document, 'r', 'links') == [{'name': 'up0', **down}]


def test_flaps_are_beside_the_layout() -> None:
    document = layout({'node': ['a', 'b'], 'flap': {'down': '2s', 'up': '500ms'}})
    assert document['flaps'] == [
        {'namespace': '', 'link': 'br-1', 'down': 2.0, 'up': 0.5},
        {'namespace': 'b', 'link': 'lan', 'down': 2.0, 'up': 0.5},
    ]
    assert not document['namespaces'] and not document['links']


BAD = [
    (
        {'loss': '1%'},
        'faults[0]: does not say where it applies (found none, want one of partition, between, ',
    ),
    (
        {'node': 'a', 'link': 'eth0', 'loss': '1%'},
        'faults[0]: does not say where it applies (found node, link, ',
    ),
    (
        {'node': 'a'},
        'faults[0]: does not say what is wrong (want one or more of limit, delay, jitter, loss, ',
    ),
    ({'node': 'z', 'drop': True}, 'faults[0].node: is not a node (found z, want a, b, c, mute)'),
    ({'between': ['a'], 'drop': True}, 'faults[0].between: names too few nodes (found 1, want 2 at least)'),
    ({'from': 'a', 'drop': True}, 'faults[0].to: is missing; add it'),
    ({'to': 'a', 'drop': True}, 'faults[0]: does not say where it applies'),
    ({'between': ['a', 'mute'], 'loss': '1%'}, 'faults[0]: is between addresses, of which mute has none'),
    ({'partition': [['a', 'b'], ['b']]}, 'faults[0].partition: has a node in two groups (found b)'),
    ({'partition': [['a', 'b']]}, 'faults[0].partition: has too few groups (found 1, want two at least)'),
    ({'partition': [['a'], ['z']]}, 'faults[0].partition[1]: is not a node (found z, '),
    ({'partition': [['a'], ['b']], 'loss': '1%'}, 'faults[0].loss: does not fit a partition, '),
    ({'node': 'a', 'loss': '101%'}, "faults[0].loss: is out of range (found '101%', "),
    ({'node': 'a', 'jitter': '1ms'}, 'faults[0].jitter: needs a delay; add delay'),
    ({'node': 'a', 'reorder': '5%'}, 'faults[0].reorder: needs a delay'),
    ({'between': ['a', 'b'], 'down': True}, 'faults[0].down: is about a link; set node or link'),
    ({'link': 'l', 'drop': True}, 'faults[0].drop: is about nodes; use down, or name the node'),
    ({'link': 'l' * 16, 'down': True}, 'faults[0].link: is too long'),
    ({'node': 'a', 'namespace': 'b', 'drop': True}, 'faults[0].namespace: needs a link; add link'),
    ({'node': 'a', 'flap': {'down': '1s'}}, 'faults[0].flap.up: is missing; add it'),
    ({'node': 'a', 'flap': {'down': '1ms', 'up': '1s'}}, 'faults[0].flap.down: is out of range'),
    ({'node': 'a', 'flap': 'often'}, 'faults[0].flap: is not a mapping'),
    ({'node': 'a', 'flap': {'down': '1s', 'up': '1s'}, 'down': True}, 'faults[0].flap: does not fit down'),
    ({'node': 'a', 'drop': 'perhaps'}, 'faults[0].drop: '),
    ({'node': 'a', 'los': '1%', 'drop': True}, 'faults[0].los: is not a known key'),
    ('all', "faults[0]: is not a mapping (found 'all')"),
]


@pytest.mark.parametrize(('fault', 'message'), BAD, ids=[message[:40] for _fault, message in BAD])
def test_wrong_faults(fault: t.Any, message: str) -> None:
    with pytest.raises(InputError) as caught:
        faults({'nodes': NODES, 'faults': [fault]})
    assert message in str(caught.value)


BAD_NODES = [
    ([{'name': 'a'}, {'name': 'a', 'namespace': 'b'}], 'nodes[1].name: is declared twice (found a)'),
    ([{'name': 'a'}, {'name': 'b', 'namespace': 'a'}], 'nodes[1].namespace: is that of a, too (found a)'),
    ([{'name': 'a', 'addresses': ['x']}], "nodes[0].addresses[0]: is not an address (found 'x', "),
    ([{'name': 'a', 'port_namespace': 'b'}], 'nodes[0].port_namespace: needs a port'),
    ([{'link': 'eth0'}], 'nodes[0].name: is missing; add it'),
    ([{'name': 'a', 'colour': 'red'}], 'nodes[0].colour: is not a known key'),
    ([4], 'nodes[0]: is not a mapping (found 4)'),
]


@pytest.mark.parametrize(('nodes', 'message'), BAD_NODES, ids=[message for _nodes, message in BAD_NODES])
def test_wrong_nodes(nodes: list[t.Any], message: str) -> None:
    with pytest.raises(InputError) as caught:
        faults({'nodes': nodes, 'faults': []})
    assert message in str(caught.value)


def test_contradictions_of_several_faults() -> None:
    with pytest.raises(InputError) as caught:
        layout(
            {'node': 'a', 'loss': '1%'},
            {'node': ['b', 'a'], 'loss': '2%'},
            {'between': ['a', 'b'], 'delay': '1ms'},
            {'from': 'a', 'to': 'b', 'delay': '2ms'},
            {'node': 'b', 'flap': {'down': '1s', 'up': '1s'}},
            {'node': 'b', 'flap': {'down': '2s', 'up': '1s'}},
        )
    assert [str(problem) for problem in caught.value.problems] == [
        'faults[1].loss: is set twice for link a/eth0 (found 1% and 2%)',
        'faults[3].delay: is set twice for packets from a to b (found 1ms and 2ms)',
        'faults[5].flap: is set twice for this link',
    ]
