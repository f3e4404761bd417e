# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What there is to draw: a box for each namespace, and the nets between them.

A net is a veth, or a bridge with all its ports, or a link that others in other namespaces stand on (macvlan
and its like).
"""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.objects.address.value import Address
from ansible_collections.multinet.linux.plugins.module_utils.objects.iptables.value import Chain
from ansible_collections.multinet.linux.plugins.module_utils.objects.layout import Layout
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.kinds import KINDS
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.value import Link
from ansible_collections.multinet.linux.plugins.module_utils.objects.route.schema import TABLES, table_text
from ansible_collections.multinet.linux.plugins.module_utils.objects.route.value import Route
from ansible_collections.multinet.linux.plugins.module_utils.values.names import ANY, HOST, End, place

NAT = re.compile(r'(?:^|\s)(?:-j|--jump)\s+(MASQUERADE|SNAT|DNAT|REDIRECT|NETMAP)(?=\s|$)')
ALIKE_LINES = 12  # more lines of one pattern in a box are folded
_ADDRESS = re.compile(r'[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+|[0-9a-fA-F]*:[0-9a-fA-F:.]*:[0-9a-fA-F:.]*')
FORWARDING = {
    'net/ipv4/ip_forward': 'IPv4',
    'net/ipv4/conf/all/forwarding': 'IPv4',
    'net/ipv6/conf/all/forwarding': 'IPv6',
}


class Line(t.NamedTuple):
    """A line of a box, as words that may be broken between. The kind is link, route, nat, forward, count or
    more.
    """

    kind: str
    words: tuple[str, ...]

    def text(self) -> str:
        return ' '.join(self.words)


@dataclasses.dataclass(frozen=True)
class Box:
    """A namespace. ``members`` are the namespaces that a folded box stands for."""

    key: str
    title: str
    lines: tuple[Line, ...] = ()
    members: tuple[str, ...] = ()
    shape: str = ''


class Connector(t.NamedTuple):
    """Where a net meets a box. ``port`` is the other end of that veth, if that is in the net's bridge."""

    box: str
    name: str
    port: str = ''


@dataclasses.dataclass(frozen=True)
class Net:
    """``kind`` is veth, bridge or parent. The first end of the last two is the namespace that has it."""

    kind: str
    name: str
    ends: tuple[Connector, ...]

    @property
    def bus(self) -> bool:
        return self.kind != 'veth'

    def text(self) -> str:
        """The net in one line."""
        if not self.bus:
            return ' ── '.join('%s/%s' % (place(end.box), end.name) for end in self.ends)
        found = [
            '%s/%s' % (place(end.box), end.name) + (' on %s' % end.port if end.port else '')
            for end in self.ends[1:]
        ]
        return '%s/%s: %s' % (place(self.ends[0].box), self.name, ', '.join(found))


@dataclasses.dataclass(frozen=True)
class Graph:
    scope: str
    boxes: tuple[Box, ...]
    nets: tuple[Net, ...]

    def summary(self) -> str:
        """The whole in one sentence."""
        namespaces = sum(len(box.members) or 1 for box in self.boxes if box.key != HOST)
        bridges = [net.name for net in self.nets if net.kind == 'bridge']
        found = counted(namespaces, 'namespace')
        if bridges:
            found += ' and %s' % counted(len(bridges), 'bridge')
        return found


def clean(text: object) -> str:
    """*text* without anything that a terminal or a browser would take for more than a letter."""
    return ''.join(letter if letter.isprintable() else '\N{REPLACEMENT CHARACTER}' for letter in str(text))


def counted(number: int, word: str) -> str:
    return '%d %s%s' % (number, word, '' if number == 1 else 's')


def pattern(text: str) -> str:
    """What replicas have in common: *text* without its addresses and numbers."""
    return re.sub('[0-9]+', '#', _ADDRESS.sub(lambda match: '@6' if ':' in match.group() else '@4', text))


def ranged(first: str, last: str) -> str:
    return first if first == last else '%s … %s' % (first, last)


def fold_lines(lines: t.Sequence[Line], most: int = ALIKE_LINES) -> list[Line]:
    """Runs of lines of one pattern, cut after the third."""
    found: list[Line] = []
    start = 0
    while start < len(lines):
        end = start + 1
        same = (lines[start].kind, pattern(lines[start].text()))
        while end < len(lines) and (lines[end].kind, pattern(lines[end].text())) == same:
            end += 1
        if end - start > most:
            found += lines[start : start + 3]
            found.append(Line('more', ('…', str(end - start - 3), 'more', 'like', lines[start + 2].words[0])))
        else:
            found += lines[start:end]
        start = end
    return found


def _title_words(name: str, value: t.Any) -> list[str]:
    """A setting in the title of a link: a number or a mode speaks for itself."""
    if value is None or value is False:
        return []
    if value is True:
        return [name]
    return [str(value)] if name in ('id', 'mode') else [name, str(value)]


def _link_line(link: Link, addresses: t.Sequence[str]) -> Line:
    settings = dict(link.settings)
    words: list[str] = [] if link.kind == 'veth' else [link.kind]
    for name in KINDS[link.kind].title:
        words += _title_words(name, settings.get(name))
    if link.parent:
        words += [
            'on',
            link.parent[1]
            if link.parent[0] == link.namespace
            else '%s/%s' % (place(link.parent[0]), link.parent[1]),
        ]
    if settings.get('remote'):
        words += ['to', str(settings['remote'])]
    if link.kind == 'veth' and link.peer and link.peer[0] == link.namespace:
        words += ['veth', 'to', link.peer[1]]
    if link.master:
        words += ['in', link.master]
    if link.mtu:
        words += ['mtu', str(link.mtu)]
    if link.up is False:
        words.append('down')
    return Line('link', tuple(clean(word) for word in (link.name, *words, *addresses) if word))


def _route_line(route: Route) -> Line:
    words = [] if route.type == 'unicast' else [route.type]
    words.append('default' if route.to == ANY[route.family] else route.to)
    for number, hop in enumerate(route.hops):
        words += ['and'] if number else []
        words += ['via', hop.via] if hop.via else ['dev', hop.dev]
    if route.table != TABLES['main']:
        words += [
            'table',
            table_text(route.table),
        ]
    if route.metric:
        words += ['metric', str(route.metric)]
    return Line('route', tuple(clean(word) for word in words))


def _nat_line(rule: str, match: re.Match[str]) -> Line:
    return Line('nat', (match.group(1), *clean(rule[: match.start()] + ' ' + rule[match.end() :]).split()))


def _firewall_lines(chains: t.Sequence[Chain]) -> list[Line]:
    nat: dict[Line, None] = {}
    others = 0
    for chain in chains:
        for rule in chain.rules:
            match = NAT.search(rule) if chain.table == 'nat' else None
            if match:
                nat[_nat_line(rule, match)] = None
            else:
                others += 1
    policies = sorted({chain.chain for chain in chains if chain.policy == 'DROP'})
    found = fold_lines(list(nat))
    if others:
        found.append(Line('count', tuple(counted(others, 'firewall rule').split())))
    if policies:
        found.append(Line('count', ('policy', 'DROP:', *(clean(name) for name in policies))))
    return found


class _Contents:
    """What a layout says of each namespace, gathered once."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.links: dict[End, Link] = {link.end: link for link in layout.links}
        self.addresses: dict[End, list[Address]] = {}
        for address in layout.addresses:
            self.addresses.setdefault((address.namespace, address.link), []).append(address)
        self.by_namespace: dict[str, dict[str, list[t.Any]]] = {}
        for kind in ('links', 'routes', 'rules', 'sysctls', 'iptables'):
            for thing in getattr(layout, kind):
                self.by_namespace.setdefault(thing.namespace, {}).setdefault(kind, []).append(thing)

    def addresses_of(self, end: End) -> list[str]:
        return [clean(address.address) for address in self.addresses.get(end, ())]

    def bridge_of(self, link: Link) -> End | None:
        """The bridge that *link* is a port of; one that is not declared is taken for a bridge."""
        if not link.master:
            return None
        end = (link.namespace, link.master)
        return end if end not in self.links or self.links[end].kind in ('bridge', 'physical') else None

    def label(self, end: End) -> str:
        addresses = self.addresses_of(end)
        return '  '.join([clean(end[1]), *addresses[:2]]) + (' …' if len(addresses) > 2 else '')

    def nets(self) -> tuple[list[Net], set[End]]:
        """All nets, and the links that need no line in a box, because the net names them."""
        buses: dict[tuple[str, End], list[Connector]] = {}
        veths: list[Net] = []
        shown: set[End] = set()
        done: set[End] = set()
        for link in self.layout.links:
            bridge = self.bridge_of(link)
            peer = self.links.get(link.peer) if link.peer else None
            if link.end in done:
                continue
            if peer is not None and peer.namespace != link.namespace:
                done |= {link.end, peer.end}
                other = self.bridge_of(peer)
                if other and (not bridge or peer.namespace == HOST):
                    link, peer, bridge = peer, link, other
                if bridge:
                    buses.setdefault(('bridge', bridge), []).append(
                        Connector(peer.namespace, clean(peer.name), clean(link.name))
                    )
                    if not self.addresses.get(link.end):
                        shown.add(link.end)
                else:
                    veths.append(
                        Net(
                            'veth',
                            '',
                            (
                                Connector(link.namespace, clean(link.name)),
                                Connector(peer.namespace, clean(peer.name)),
                            ),
                        )
                    )
            if link.parent and link.parent[0] != link.namespace:
                buses.setdefault(('parent', link.parent), []).append(
                    Connector(link.namespace, clean(link.name))
                )
        nets = [
            Net(kind, clean(end[1]), (Connector(end[0], self.label(end)), *ends))
            for (kind, end), ends in buses.items()
        ]
        return nets + veths, shown

    def lines(self, namespace: str, hidden: set[End]) -> list[Line]:
        things = self.by_namespace.get(namespace, {})
        found: list[Line] = []
        for link in things.get('links', ()):
            addresses = self.addresses_of(link.end)
            if link.end not in hidden and (addresses or link.name != 'lo'):
                found.append(_link_line(link, addresses))
        found = fold_lines(found)
        routes: list[Route] = things.get('routes', [])
        found += fold_lines(
            [_route_line(route) for route in sorted(routes, key=lambda route: route.to != ANY[route.family])]
        )
        if things.get('rules'):
            found.append(Line('count', tuple(counted(len(things['rules']), 'policy rule').split())))
        sysctls = things.get('sysctls', ())
        forwarding = sorted(
            {FORWARDING[sysctl.key] for sysctl in sysctls if sysctl.key in FORWARDING and sysctl.value != '0'}
        )
        if forwarding:
            found.append(Line('forward', ('forwards', *' and '.join(forwarding).split())))
        others = sum(sysctl.key not in FORWARDING for sysctl in sysctls)
        if others:
            found.append(Line('count', tuple(counted(others, 'sysctl').split())))
        return found + _firewall_lines(things.get('iptables', ()))


def graph_of(layout: Layout) -> Graph:
    contents = _Contents(layout)
    nets, hidden = contents.nets()
    boxes: list[Box] = []
    touched = {end.box for net in nets for end in net.ends}
    names = [HOST] + [namespace.name for namespace in layout.namespaces if namespace.name != HOST]
    names += sorted(touched - set(names))
    for name in names:
        lines = contents.lines(name, hidden)
        if name == HOST and not lines and HOST not in touched:
            continue
        namespace = layout.namespace(name)
        if name != HOST and not namespace.create:
            lines.insert(0, Line('count', ('not', 'created', 'here')))
        boxes.append(Box(name, clean(place(name)), tuple(lines)))
    return _with_shapes(Graph(clean(layout.scope), tuple(boxes), tuple(nets)))


def _with_shapes(graph: Graph) -> Graph:
    """Boxes of one shape differ in numbers only and hang on the same nets, so that one can stand for the
    others.
    """
    meets: dict[str, list[str]] = {}
    for net in graph.nets:
        shared = len(net.ends) > 2
        for number, end in enumerate(net.ends):
            others = [] if shared else [pattern(place(other.box)) for other in net.ends if other is not end]
            meets.setdefault(end.box, []).append(
                '|'.join(
                    [
                        net.kind,
                        pattern(end.name),
                        str(net.bus and not number),
                        '%s/%s' % (net.ends[0].box, net.name) if shared else '',
                        *others,
                    ]
                )
            )
    boxes = []
    for box in graph.boxes:
        parts = [
            pattern(box.title),
            *(pattern(line.text()) for line in box.lines),
            *sorted(meets.get(box.key, ())),
        ]
        boxes.append(dataclasses.replace(box, shape='host' if box.key == HOST else '\n'.join(parts)))
    return dataclasses.replace(graph, boxes=tuple(boxes))
