# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Drawings for terminals."""

from __future__ import annotations

import re

from ansible_collections.multinet.linux.plugins.plugin_utils.draw.formats import (
    terminal,
)
from ansible_collections.multinet.linux.plugins.plugin_utils.draw.scene import broken, cells
from ansible_collections.multinet.linux.plugins.plugin_utils.draw.terminal import STROKES
from ansible_collections.multinet.linux.tests.unit.plugin_utils.draw.topologies import (
    nodes,
    pair,
    read,
    router,
    several_links,
)

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
    names = [name for row in rows for name in re.findall('│ (left|right)', row)]
    assert names == ['left', 'right']


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


def test_colour_changes_no_letter() -> None:
    layout = read(nodes(4))
    coloured = terminal(layout, colour=True)
    assert '\x1b[' in coloured
    assert re.sub('\x1b\\[[0-9;]*m', '', coloured) == terminal(layout)
    assert all(row.count('\x1b[0m') * 2 == row.count('\x1b[') for row in coloured.split('\n'))


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
