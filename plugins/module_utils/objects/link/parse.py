# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links as a document declares them."""

from __future__ import annotations

import typing as t

from ...values.fields import link_name, mac_address, namespace_name
from ...values.names import HOST, End, derived_mac, mark_of
from ...values.reading import Reader
from ..attribute import Settings
from .bridge_port import PORT, port_rules
from .kinds import KINDS, has_own_mac
from .queues import QUEUES
from .value import COMMON, Link

_COMMON_KEYS = [attribute.key for attribute in (*COMMON.values(), *QUEUES.values())]
_SETTINGS_KEYS = [attribute.key for kind in KINDS.values() for attribute in kind.settings.values()]
SHORT_KEYS = ('limit', 'delay', 'jitter', 'loss', 'reorder', 'duplicate', 'corrupt')
"""Of qdiscs (qdisc/value.py:SHORT), which are not loaded for a document without them."""
WORD_KEYS = ('forwarding', 'rp_filter', 'accept_ra', 'use_tempaddr', 'proxy_arp', 'proxy_ndp')
"""Of sysctls (sysctl/words.py:LINK_WORDS), which are not loaded for a document without them."""
_END_KEYS = ('addresses', 'port', *_COMMON_KEYS, *SHORT_KEYS, *WORD_KEYS)
_ALL_KEYS = ('peer', 'link', 'link_namespace', 'match', *_END_KEYS, *_SETTINGS_KEYS)

Ends = list[tuple[Link, Reader]]
"""A link, or both ends of a veth, each with the reader that holds its addresses."""

Fields = dict[str, t.Any]
"""Those of a Link."""


class LinkMaker(t.NamedTuple):
    """Who makes the links of a document: a scope on a host."""

    host_id: str
    scope: str

    def link(self, fields: Fields) -> Link:
        """The link as this scope makes it: with its mark, and a derived hardware address if it has none."""
        kind = fields['kind']
        if kind == 'physical':
            return Link(**fields)
        if kind and fields.get('mac') is None and has_own_mac(kind, fields.get('settings', ())):
            mac = derived_mac(self.host_id, self.scope, fields['namespace'], fields['name'])
            fields.update(mac=mac, mac_derived=True)
        return Link(**fields, mark=mark_of(self.scope))


def read_link(reader: Reader, namespace: str, maker: LinkMaker) -> tuple[list[Link], Ends]:
    """One entry of ``links``: the link, or both ends of a veth, and the readers of their addresses."""
    naming = reader.problems.naming
    name = link_name(reader, 'name', required=True)
    kind = reader.choice('kind', KINDS, required=not naming)
    if name is None or kind is None or naming:
        for key in _ALL_KEYS:
            reader.take(key)
        if name is None or not naming:
            return [], []
        # '' is any kind
        named = maker.link({'namespace': namespace, 'name': name, 'kind': kind or ''})
        return [named], [(named, reader)]
    if name == 'lo' and kind != 'physical':
        reader.problem('kind', 'does not fit lo, which every namespace has', found=kind, want='physical')
    fields = {**_read_common(reader, namespace, name, kind), **_read_kind(reader, namespace, name, kind)}
    if kind == 'veth':
        return _read_veth(reader, fields, maker)
    link = maker.link(fields)
    return [link], [(link, reader)]


def _read_common(reader: Reader, namespace: str, name: str, kind: str) -> Fields:
    """The keys that links of all kinds have, and both ends of a veth."""
    values: Fields = {'altnames': None, 'alias': None}
    values.update(COMMON.read(reader, with_defaults=kind != 'physical'))
    if kind == 'physical' and namespace != HOST and name != 'lo':
        values.setdefault('up', True)
    if KINDS[kind].multicast is not None:
        values.setdefault('multicast', KINDS[kind].multicast)
    if KINDS[kind].arp:
        values.setdefault('arp', True)
    elif KINDS[kind].arp is False and reader.has('arp'):
        reader.problem('arp', 'does not fit a link of kind %s' % kind, do='leave it out')
    port = _read_port(reader, bool(values.get('master')))
    values['queues'] = _read_queues(reader, kind)
    return {**values, 'namespace': namespace, 'name': name, 'kind': kind, 'port': port}


def _read_queues(reader: Reader, kind: str) -> Settings:
    queues = QUEUES.read(reader)
    if queues and kind == 'physical':
        reader.problem(queues[0][0], 'is for new links, not for one that exists already', do='leave it out')
    return queues


def _read_port(reader: Reader, has_master: bool) -> Settings:
    if not reader.has('port'):
        reader.take('port')
        return ()
    if not has_master:
        reader.problem('port', 'needs a master', do='name the bridge in master')
    below = Reader(reader.take('port'), reader.at('port'), reader.problems)
    port = PORT.read(below)
    port_rules(below, dict(port))
    below.done()
    return port


def _read_kind(reader: Reader, namespace: str, name: str, word: str) -> Fields:
    """The keys that the link has because of its kind, but for the peer of a veth."""
    kind = KINDS[word]
    if word == 'physical':
        return {'match': _read_match(reader, namespace)}
    if not kind.settings and not kind.parent:
        return {}
    values = dict(kind.settings.read(reader, with_defaults=True))
    parent = _read_parent(reader, (namespace, name), kind.parent == 'required') if kind.parent else None
    if kind.defaults is not None:
        defaults = kind.defaults(values).items()
        values.update((name, value) for name, value in defaults if not reader.has(kind.settings[name].key))
    if kind.rules is not None:
        kind.rules(reader, values, parent)
    return {'settings': tuple(sorted(values.items())), 'parent': parent}


def _read_parent(reader: Reader, end: End, required: bool) -> End | None:
    name = link_name(reader, 'link', required=required)
    namespace = namespace_name(reader, 'link_namespace', end[0])
    if name is None:
        if not reader.has('link') and reader.has('link_namespace'):
            reader.problem('link_namespace', 'needs a link', do='name the link in it')
        return None
    if (namespace, name) == end:
        reader.problem('link', 'is the link itself', found=name)
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
        reader.problem('match', 'is for a link that moves into a namespace', do='give the name that it has')
    elif not below.broken and not below.given(values):
        reader.problem('match', 'says nothing', do='give name, mac or altname')
    return tuple(sorted((key, value) for key, value in values.items() if value is not None))


def _read_veth(reader: Reader, fields: Fields, maker: LinkMaker) -> tuple[list[Link], Ends]:
    if not reader.has('peer'):
        reader.take('peer')
        reader.problem('peer', 'is missing: a veth has two ends', do='add peer: {name: ...}')
        link = maker.link(fields)
        return [link], [(link, reader)]
    below = Reader(reader.take('peer'), reader.at('peer'), reader.problems)
    name = link_name(below, 'name', required=True)
    namespace = namespace_name(below, 'namespace', HOST)
    end = (fields['namespace'], fields['name'])
    if (namespace, name) == end:
        below.problem(
            'name', 'is the link itself', found=name, do='the two ends need two names or two namespaces'
        )
        name = None
    if name is None:
        for key in _END_KEYS:
            below.take(key)
        link = maker.link(fields)
        return [link], [(link, reader), (link, below)]
    link = maker.link({**fields, 'peer': (namespace, name)})
    peer = maker.link({**_read_common(below, namespace, name, 'veth'), 'peer': end})
    return [link, peer], [(link, reader), (peer, below)]
