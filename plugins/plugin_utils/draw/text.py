# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The topology as Mermaid, which code hosts render in Markdown, and as DOT, for Graphviz."""

from __future__ import annotations

from ansible_collections.multinet.linux.plugins.module_utils.objects.layout import Layout
from ansible_collections.multinet.linux.plugins.module_utils.values.names import HOST

from .folding import fold
from .graph import Box, Graph, graph_of

MOST, KEPT = 8, 4  # of more replicas than MOST the first KEPT are drawn


def _graph(layout: Layout) -> Graph:
    return fold(graph_of(layout), lambda members: KEPT if len(members) > MOST else len(members))


def _mermaid_text(text: str) -> str:
    """Mermaid takes numeric entities with # for &, whatever the text is; all that it or HTML could read
    otherwise becomes one.
    """
    return ''.join(
        letter if letter.isalnum() or letter in ' ./:-_,…=+!' else '#%d;' % ord(letter) for letter in text
    )


def mermaid(layout: Layout) -> str:
    """The topology of *layout* as a Mermaid flowchart, with a newline at the end."""
    graph = _graph(layout)
    found = ['flowchart TB']
    names = {box.key: 'n%d' % number for number, box in enumerate(graph.boxes)}
    for box in graph.boxes:
        rows = [box.title, *(line.text() for line in box.lines)]
        found.append('  %s["%s"]' % (names[box.key], '<br/>'.join(map(_mermaid_text, rows))))
    for number, net in enumerate(graph.nets):
        if not net.bus:
            (a, b) = net.ends
            found.append(
                '  %s ---|"%s"| %s'
                % (names[a.box], _mermaid_text('%s - %s' % (a.name, b.name)), names[b.box])
            )
            continue
        found.append('  b%d(["%s"])' % (number, _mermaid_text(net.ends[0].name)))
        found.append('  %s === b%d' % (names[net.ends[0].box], number))
        for end in net.ends[1:]:
            label = '%s - %s' % (end.port, end.name) if end.port else end.name
            found.append('  b%d ---|"%s"| %s' % (number, _mermaid_text(label), names[end.box]))
    return '\n'.join([*found, ''])


def _dot_text(text: str) -> str:
    return text.replace('\\', '\\\\').replace('"', '\\"')


def _dot_box_style(box: Box) -> str:
    """More attributes of the node of *box*: the host has two borders, a folded box a dashed one."""
    if box.key == HOST:
        return ', peripheries=2'
    return ', style=dashed' if box.members else ''


def dot(layout: Layout) -> str:
    """The topology of *layout* as an undirected graph in DOT, with a newline at the end."""
    graph = _graph(layout)
    found = [
        'graph "%s" {' % _dot_text(graph.scope),
        '  node [shape=box, fontname="monospace"];',
        '  edge [fontname="monospace"];',
    ]
    names = {box.key: 'n%d' % number for number, box in enumerate(graph.boxes)}
    for box in graph.boxes:
        rows = [box.title, *(line.text() for line in box.lines)]
        label = ''.join(_dot_text(row) + '\\l' for row in rows)
        found.append('  %s [label="%s"%s];' % (names[box.key], label, _dot_box_style(box)))
    for number, net in enumerate(graph.nets):
        if not net.bus:
            a, b = net.ends
            found.append(
                '  %s -- %s [taillabel="%s", headlabel="%s"];'
                % (names[a.box], names[b.box], _dot_text(a.name), _dot_text(b.name))
            )
            continue
        look = 'style=bold' if net.kind == 'bridge' else 'style=dotted'
        found.append('  b%d [label="%s", shape=ellipse, %s];' % (number, _dot_text(net.ends[0].name), look))
        found.append('  %s -- b%d [style=bold];' % (names[net.ends[0].box], number))
        for end in net.ends[1:]:
            found.append(
                '  b%d -- %s [taillabel="%s", headlabel="%s"];'
                % (number, names[end.box], _dot_text(end.port), _dot_text(end.name))
            )
    return '\n'.join([*found, '}', ''])
