# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links as a document declares them."""

from __future__ import annotations

import dataclasses

from ...values.fields import link_name, mac_address, namespace_name
from ...values.names import HOST
from ...values.reading import Reader
from ..attribute import Settings, Value
from .bridge_port import PORT, port_rules
from .kind import End
from .kinds import KINDS
from .value import COMMON, Link

_COMMON_KEYS = [attribute.key for attribute in COMMON.values()]
_SETTINGS_KEYS = [attribute.key for kind in KINDS.values() for attribute in kind.settings.values()]
_END_KEYS = ('addresses', 'port', *_COMMON_KEYS)
_ALL_KEYS = ('peer', 'link', 'link_namespace', 'match', *_END_KEYS, *_SETTINGS_KEYS)

Ends = list[tuple[Link, Reader]]
"""A link, or both ends of a veth, each with the reader that holds its addresses."""


def read_link(reader: Reader, namespace: str) -> tuple[list[Link], Ends]:
    """One entry of ``links``: the link, or both ends of a veth, and the readers of their addresses."""
    naming = reader.problems.naming
    name = link_name(reader, 'name', required=True)
    kind = reader.choice('kind', list(KINDS), required=not naming)
    if name is None or kind is None or naming:
        for key in _ALL_KEYS:
            reader.take(key)
        if name is None or not naming:
            return [], []
        named = Link(namespace, name, kind or '')  # '' is any kind
        return [named], [(named, reader)]
    if name == 'lo' and kind != 'physical':
        reader.fault('kind', 'does not fit lo, which every namespace has', found=kind, want='physical')
    link = _read_common(reader, namespace, name, kind)
    link = _read_kind(reader, link)
    return _read_veth(reader, link) if kind == 'veth' else ([link], [(link, reader)])


def _read_common(reader: Reader, namespace: str, name: str, kind: str) -> Link:
    """The keys that links of all kinds have, and both ends of a veth."""
    values: dict[str, Value] = dict(COMMON.read(reader, with_defaults=kind != 'physical'))
    if kind == 'physical' and namespace != HOST and name != 'lo':
        values.setdefault('up', True)
    if KINDS[kind].multicast is not None:
        values.setdefault('multicast', KINDS[kind].multicast)
    if KINDS[kind].arp:
        values.setdefault('arp', True)
    elif KINDS[kind].arp is False and reader.has('arp'):
        reader.fault('arp', 'does not fit a link of kind %s' % kind, do='leave it out')
    port = _read_port(reader, bool(values.get('master')))
    return Link(namespace, name, kind, port=port, **values)  # type: ignore[arg-type]  # as COMMON says


def _read_port(reader: Reader, has_master: bool) -> Settings:
    if not reader.has('port'):
        reader.take('port')
        return ()
    if not has_master:
        reader.fault('port', 'needs a master', do='name the bridge in master')
    below = Reader(reader.take('port'), reader.at('port'), reader.problems)
    port = PORT.read(below)
    port_rules(below, dict(port))
    below.done()
    return port


def _read_kind(reader: Reader, link: Link) -> Link:
    """The keys that the link has because of its kind, but for the peer of a veth."""
    kind = KINDS[link.kind]
    if link.kind == 'physical':
        return dataclasses.replace(link, match=_read_match(reader, link.namespace))
    if not kind.settings and not kind.parent:
        return link
    values = dict(kind.settings.read(reader, with_defaults=True))
    parent = _read_parent(reader, link, kind.parent == 'required') if kind.parent else None
    if kind.defaults is not None:
        defaults = kind.defaults(values).items()
        values.update((name, value) for name, value in defaults if not reader.has(kind.settings[name].key))
    if kind.rules is not None:
        kind.rules(reader, values, parent)
    return dataclasses.replace(link, settings=tuple(sorted(values.items())), parent=parent)


def _read_parent(reader: Reader, link: Link, required: bool) -> End | None:
    name = link_name(reader, 'link', required=required)
    namespace = namespace_name(reader, 'link_namespace', link.namespace)
    if name is None:
        if not reader.has('link') and reader.has('link_namespace'):
            reader.fault('link_namespace', 'needs a link', do='name the link in it')
        return None
    if (namespace, name) == link.end:
        reader.fault('link', 'is the link itself', found=name)
        return None
    return (namespace, name)


def _read_match(reader: Reader, namespace: str) -> Settings:
    """How a network card is found on the host."""
    if not reader.has('match'):
        reader.take('match')
        return ()
    below = Reader(reader.take('match'), reader.at('match'), reader.problems)
    values = {
        'name': link_name(below, 'name'),
        'mac': mac_address(below, 'mac'),
        'altname': below.text('altname'),
    }
    below.done()
    if namespace == HOST:
        reader.fault('match', 'is for a link that moves into a namespace', do='give the name that it has')
    elif not below.broken and not below.given(values):
        reader.fault('match', 'says nothing', do='give name, mac or altname')
    return tuple(sorted((key, value) for key, value in values.items() if value is not None))


def _read_veth(reader: Reader, link: Link) -> tuple[list[Link], Ends]:
    if not reader.has('peer'):
        reader.take('peer')
        reader.fault('peer', 'is missing: a veth has two ends', do='add peer: {name: ...}')
        return [link], [(link, reader)]
    below = Reader(reader.take('peer'), reader.at('peer'), reader.problems)
    name = link_name(below, 'name', required=True)
    namespace = namespace_name(below, 'namespace', HOST)
    if (namespace, name) == link.end:
        below.fault(
            'name', 'is the link itself', found=name, do='the two ends need two names or two namespaces'
        )
        name = None
    if name is None:
        for key in _END_KEYS:
            below.take(key)
        return [link], [(link, reader), (link, below)]
    peer = dataclasses.replace(_read_common(below, namespace, name, 'veth'), peer=link.end)
    link = dataclasses.replace(link, peer=peer.end)
    return [link, peer], [(link, reader), (peer, below)]
