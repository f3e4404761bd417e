# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables of the role fault: nodes, and what is to be wrong between them or on a link."""

from __future__ import annotations

import ipaddress
import itertools
import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.objects.qdisc.parse import read_short
from ansible_collections.multinet.linux.plugins.module_utils.objects.qdisc.short import SHORT
from ansible_collections.multinet.linux.plugins.module_utils.objects.qdisc.types import Time
from ansible_collections.multinet.linux.plugins.module_utils.values.names import HOST, HOST_WORD
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import Problems
from ansible_collections.multinet.linux.plugins.module_utils.values.reading import Reader

Place = tuple[str, str]
"""A namespace, '' for the host's own, and a link in it."""
Effects = dict[str, t.Any]
"""Keys of the short form of queueing disciplines, as they are given."""
Pair = tuple[str, str]
"""The node that sends, and the one that receives."""

_LINK_NAME_BYTES = 15
_SECOND = 10**9
_LEAST, _MOST = _SECOND // 10, 3600 * _SECOND
WHERE = ('partition', 'between', 'from', 'node', 'link')
"""One of these says where a fault is; C(from) goes along with C(to)."""


class Node(t.NamedTuple):
    """*port* is the link at which the node is disconnected: its own, or the other end of it."""

    name: str
    place: Place
    port: Place
    addresses: tuple[str, ...]


class Flap(t.NamedTuple):
    """A link that goes down and comes up again. Times in nanoseconds."""

    place: Place
    down: int
    up: int


class Fault(t.NamedTuple):
    """One entry of ``faults``. *pairs* are about packets between nodes, *places* about whole links."""

    path: str
    pairs: tuple[Pair, ...] = ()
    places: tuple[Place, ...] = ()
    nodes: tuple[str, ...] = ()
    effects: t.Mapping[str, t.Any] = {}
    drop: bool = False
    down: bool = False
    flap: tuple[int, int] | None = None


def read_nodes(reader: Reader) -> dict[str, Node]:
    """``nodes`` by their names."""
    nodes: dict[str, Node] = {}
    owners: dict[str, str] = {}
    for path, member in reader.items('nodes'):
        below = Reader(member, path, reader.problems)
        node = None if below.broken else _read_node(below)
        if node is None:
            continue
        if node.name in nodes:
            below.problem('name', 'is declared twice', found=node.name)
        namespace = node.place[0]
        if namespace in owners:
            do = 'give each node a namespace of its own'
            below.problem(
                'namespace', 'is that of %s, too' % owners[namespace], do, found=namespace or 'host'
            )
        nodes[node.name] = node
        owners[namespace] = node.name
    return nodes


def _read_node(reader: Reader) -> Node | None:
    name = reader.text('name', required=True)
    namespace = _namespace(reader.text('namespace') or name or '')
    link = reader.text('link') or 'eth0'
    port = reader.text('port')
    port_namespace = _namespace(reader.text('port_namespace') or HOST_WORD)
    if reader.has('port_namespace') and port is None:
        reader.problem('port_namespace', 'needs a port', do='add port, or remove it')
    addresses = [
        address for path, text in reader.items('addresses') for address in _address(reader, path, text)
    ]
    reader.done()
    if not name:
        return None
    place = (namespace, link)
    return Node(name, place, (port_namespace, port) if port else place, tuple(addresses))


def _namespace(word: str) -> str:
    return HOST if word == HOST_WORD else word


def _address(reader: Reader, path: str, text: object) -> list[str]:
    try:
        return [str(ipaddress.ip_interface(str(text)).ip)]
    except ValueError:
        reader.problems.add(path, 'is not an address', found=repr(text), want='such as 10.0.0.2')
        return []


class FaultReader:
    """Reads ``faults`` that are about these nodes."""

    def __init__(self, nodes: t.Mapping[str, Node], problems: Problems) -> None:
        self._nodes, self._problems = nodes, problems

    def read(self, data: object, path: str) -> Fault | None:
        reader = Reader(data, path, self._problems)
        if reader.broken:
            return None
        before = len(self._problems.found)
        fault = self._where(reader)._replace(**self._what(reader))
        self._check(reader, fault)
        reader.done()
        return fault if len(self._problems.found) == before else None

    def _where(self, reader: Reader) -> Fault:
        given = [key for key in WHERE if reader.has(key)]
        if len(given) != 1:
            found = ', '.join(given) or 'none'
            want = 'one of ' + ', '.join(WHERE)
            reader.problems.add(reader.path, 'does not say where it applies', found=found, want=want)
        groups = self._groups(reader)
        if groups:
            parted = itertools.permutations(groups, 2)
            pairs = [pair for group, others in parted for pair in itertools.product(group, others)]
            return Fault(reader.path, tuple(pairs), drop=True)
        if reader.has('between'):
            between = self._names(reader, 'between', least=2)
            return Fault(reader.path, tuple(itertools.permutations(between, 2)))
        if reader.has('from') or reader.has('to'):
            sources = self._names(reader, 'from')
            pairs = list(itertools.product(sources, self._names(reader, 'to')))
            return Fault(reader.path, tuple([pair for pair in pairs if pair[0] != pair[1]]))
        nodes = self._names(reader, 'node') if reader.has('node') else []
        places = [self._nodes[name].place for name in nodes]
        return Fault(reader.path, places=(*places, *_link(reader)), nodes=tuple(nodes))

    def _groups(self, reader: Reader) -> list[list[str]]:
        """The groups of a partition."""
        groups: list[list[str]] = []
        for path, members in reader.items('partition'):
            texts = members if isinstance(members, list) else [members]
            groups.append(self._known(path, texts))
        flat = [name for group in groups for name in group]
        twice = sorted({name for name in flat if flat.count(name) > 1})
        if twice:
            reader.problem('partition', 'has a node in two groups', found=', '.join(twice))
        if reader.has('partition') and len(groups) < 2:
            reader.problem('partition', 'has too few groups', found=str(len(groups)), want='two at least')
        return groups

    def _names(self, reader: Reader, key: str, least: int = 1) -> list[str]:
        """Nodes: a name, or a list of names."""
        value = reader.take(key, required=True)
        if value is None:
            return []
        texts = value if isinstance(value, list) else [value]
        names = list(dict.fromkeys(self._known(reader.at(key), texts)))
        if len(texts) < least:
            reader.problem(key, 'names too few nodes', found=str(len(texts)), want='%d at least' % least)
        return names

    def _known(self, path: str, texts: t.Iterable[object]) -> list[str]:
        names = []
        for text in map(str, texts):
            if text in self._nodes:
                names.append(text)
            else:
                there = ', '.join(self._nodes) or 'no nodes'
                self._problems.add(path, 'is not a node', found=text, want=there)
        return names

    def _what(self, reader: Reader) -> dict[str, t.Any]:
        """What is to be wrong there."""
        read_short(reader, '', '')
        effects = {key: reader.data[key] for key in SHORT if reader.has(key)}
        said: dict[str, t.Any] = {'effects': effects, 'down': bool(reader.boolean('down'))}
        if reader.has('drop'):
            said['drop'] = bool(reader.boolean('drop'))
        if reader.has('flap'):
            said['flap'] = self._flap(Reader(reader.take('flap'), reader.at('flap'), reader.problems))
        return said

    def _flap(self, reader: Reader) -> tuple[int, int] | None:
        if reader.broken:
            return None
        times = [Time(_LEAST, _MOST).read(reader, key, required=True) for key in ('down', 'up')]
        reader.done()
        down, up = times
        return (int(down), int(up)) if isinstance(down, int) and isinstance(up, int) else None

    def _check(self, reader: Reader, fault: Fault) -> None:
        if reader.has('partition'):
            for key in (*SHORT, 'drop', 'down', 'flap'):
                if reader.has(key):
                    reader.problem(
                        key, 'does not fit a partition, which drops all', do='make it a fault of its own'
                    )
            return
        if not (fault.effects or fault.drop or fault.down or reader.has('flap')):
            keys = ', '.join([*SHORT, 'drop', 'down', 'flap'])
            reader.problems.add(reader.path, 'does not say what is wrong', want='one or more of ' + keys)
        for key in ('down', 'flap'):
            if reader.has(key) and not (reader.has('node') or reader.has('link')):
                reader.problem(key, 'is about a link', do='set node or link')
        if reader.has('down') and reader.has('flap'):
            reader.problem('flap', 'does not fit down', do='remove one of the two')
        if reader.has('drop') and reader.has('link'):
            reader.problem('drop', 'is about nodes', do='use down, or name the node')
        for name in {name for pair in fault.pairs for name in pair}:
            if not self._nodes[name].addresses:
                do = 'add them to the node'
                reader.problems.add(reader.path, 'is between addresses, of which %s has none' % name, do=do)


def _link(reader: Reader) -> list[Place]:
    """The link of a fault that is on one."""
    namespace = _namespace(reader.text('namespace') or HOST_WORD)
    if reader.has('namespace') and not reader.has('link'):
        reader.problem('namespace', 'needs a link', do='add link')
    name = reader.text('link')
    if name and len(name.encode()) > _LINK_NAME_BYTES:
        reader.problem('link', 'is too long', found=name, want='%d bytes at most' % _LINK_NAME_BYTES)
    return [(namespace, name)] if name else []


__all__ = ['Effects', 'Fault', 'FaultReader', 'Flap', 'Node', 'Pair', 'Place', 'read_nodes']
