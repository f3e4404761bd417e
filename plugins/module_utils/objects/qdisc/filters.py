# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filters of a qdisc: which packets go into which class. Kind u32 looks at headers, fw at the mark."""

from __future__ import annotations

import ipaddress
import socket
import struct
import typing as t

from ...kernel import uapi
from ...kernel.nla import U32, pack_attribute, pack_text, parse_attributes
from ...values.reading import Reader
from ..attached.value import FILTER, Attached
from ..attribute import Attribute, Entry, Integer, Settings, Table
from ..route.schema import Prefix
from ..rule.schema import IpProtocol
from .types import ClassOf, handle_number, handle_text

SELECTORS = Table(
    Attribute('from', Prefix(), 'Source of the packets, ADDRESS/LENGTH.'),
    Attribute('to', Prefix(), 'Destination of the packets, ADDRESS/LENGTH.'),
    Attribute('ipproto', IpProtocol(), 'Protocol of the packets.'),
    Attribute('sport', Integer(1, 65535), 'Source port. Does not match reliably in packets with IP options.'),
    Attribute('dport', Integer(1, 65535), 'Destination port.'),
    Attribute('mark', Integer(1, 0xFFFFFFFF), 'Mark of the packets, in place of all others.'),
)
FILTER_ROWS = Table(
    Attribute('flowid', ClassOf(), 'The class that the packets go into, such as V("1:10").', required=True),
    Attribute(
        'pref',
        Integer(1, 65535),
        'Its place: filters of a lower number come first. By default, the number of the entry in the list.',
    ),
    *SELECTORS.values(),
)

_ETH_P_ALL, _ETH_P_IP, _ETH_P_IPV6 = 3, 0x0800, 0x86DD
_CLASSID, _SEL = 1, 5  # TCA_U32_*; TCA_FW_CLASSID is 1 too
_SHOWN_BESIDE = frozenset((_CLASSID, _SEL, 2, 11))  # TCA_U32_HASH, TCA_U32_FLAGS
_HEAD = struct.Struct('=BBBxHHhhI')  # struct tc_u32_sel: flags, offshift, nkeys, ...
_KEY = struct.Struct('>II')  # mask and value; offset and its mask follow
_AT = struct.Struct('=ii')
_TERMINAL = 1
_ID = struct.Struct('=III')
_PROTOCOLS = {4: _ETH_P_IP, 6: _ETH_P_IPV6}

Key = tuple[int, int, int]
"""Mask, value and offset of a word of a packet."""


class _Places(t.NamedTuple):
    """Where a header has what filters look at."""

    source: int
    destination: int
    protocol: int
    protocol_shift: int
    ports: int


_PLACES = {4: _Places(12, 16, 8, 16, 20), 6: _Places(8, 24, 4, 8, 40)}


class Filter(t.NamedTuple):
    """A filter in a qdisc. ``version`` of IP is 0 for all packets."""

    pref: int
    flowid: str
    version: int = 0
    settings: Settings = ()

    def text(self) -> str:
        words = ['filter pref %d' % self.pref]
        words += [
            '%s %s' % (name, SELECTORS[name].type.text(value)) for name, value in self.settings if value
        ]
        return ' '.join([*words, 'flowid ' + self.flowid])

    def entry(self) -> Entry:
        entry: Entry = {'flowid': self.flowid, 'pref': self.pref}
        entry.update({name: SELECTORS[name].type.written(value) for name, value in self.settings})
        return entry


def read_filter(reader: Reader, number: int) -> Filter | None:
    """One entry of ``filters``, the *number* of its list."""
    values: dict[str, t.Any] = dict(FILTER_ROWS.read(reader))
    flowid, pref = values.pop('flowid', ''), values.pop('pref', number)
    if reader.has('mark') and any(map(reader.has, ('from', 'to', 'ipproto', 'sport', 'dport'))):
        reader.problem('mark', 'stands alone', do='leave out the other keys, or mark')
    versions = {_version(values[key]) for key in ('from', 'to') if values.get(key)}
    if len(versions) > 1:
        reader.problem('to', 'has another address family than from')
    for key in ('sport', 'dport'):
        if reader.has(key) and not reader.has('ipproto'):
            reader.problem(key, 'needs a protocol', do='add ipproto')
    version = versions.pop() if versions else 0
    if not version and values.keys() & {'ipproto'}:
        version = 4
    reader.done()
    known = {name: value for name, value in values.items() if value}
    return Filter(pref, flowid, version, tuple(sorted(known.items())))


def _version(prefix: str) -> int:
    return 6 if ':' in prefix else 4


# As the kernel has them


def encode_filter(rule: Filter, link: str, parent: int) -> Attached:
    values: dict[str, t.Any] = dict(rule.settings)
    protocol = _PROTOCOLS.get(rule.version, _ETH_P_ALL)
    info = rule.pref << 16 | socket.htons(protocol)
    handle, kind = values.get('mark', 0), 'fw' if 'mark' in values else 'u32'
    body = uapi.TCMSG.pack(0, 0, handle, parent, info) + pack_attribute(uapi.TCA_KIND, pack_text(kind))
    options = pack_attribute(_CLASSID, U32.pack(handle_number(rule.flowid)))
    if kind == 'u32':
        options += pack_attribute(_SEL, _selector(_keys(values, rule.version)))
    body += pack_attribute(uapi.TCA_OPTIONS, options)
    return Attached(FILTER, link, _ID.pack(handle, parent, info), body, kind)


def _selector(keys: list[Key]) -> bytes:
    keys = keys or [(0, 0, 0)]
    packed = [_KEY.pack(mask, value) + _AT.pack(offset, 0) for mask, value, offset in keys]
    return _HEAD.pack(_TERMINAL, 0, len(keys), 0, 0, 0, 0, 0) + b''.join(packed)


def _keys(values: t.Mapping[str, t.Any], version: int) -> list[Key]:
    """The words that a packet has to have."""
    if not version:
        return []
    places = _PLACES[version]
    keys = _keys_of_prefix(values.get('from'), places.source)
    keys += _keys_of_prefix(values.get('to'), places.destination)
    if 'ipproto' in values:
        shift = places.protocol_shift
        keys.append((0xFF << shift, values['ipproto'] << shift, places.protocol))
    for name, shift in (('sport', 16), ('dport', 0)):
        if name in values:
            keys.append((0xFFFF << shift, values[name] << shift, places.ports))
    return keys


def _keys_of_prefix(prefix: str | None, offset: int) -> list[Key]:
    if not prefix:
        return []
    network = ipaddress.ip_network(prefix)
    masks = struct.iter_unpack('>I', network.netmask.packed)
    words = struct.iter_unpack('>I', network.network_address.packed)
    pairs = [(mask, word) for (mask,), (word,) in zip(masks, words)]
    return [(mask, word, offset + 4 * number) for number, (mask, word) in enumerate(pairs) if mask]


def decode_filter(attached: Attached) -> Filter | None:
    """None for one that no document can say."""
    _family, _index, handle, _parent, info = uapi.TCMSG.unpack_from(attached.body)
    options = parse_attributes(parse_attributes(attached.body, uapi.TCMSG.size).get(uapi.TCA_OPTIONS, b''))
    if _CLASSID not in options or not _SHOWN_BESIDE.issuperset(options):
        return None
    pref, protocol = info >> 16, socket.ntohs(info & 0xFFFF)
    flowid = handle_text(U32.unpack(options[_CLASSID]))
    if attached.text == 'fw' and protocol == _ETH_P_ALL and _SEL not in options:
        return Filter(pref, flowid, 0, (('mark', handle),))
    version = {number: version for version, number in _PROTOCOLS.items()}.get(protocol, 0)
    if attached.text != 'u32' or _SEL not in options or not version and protocol != _ETH_P_ALL:
        return None
    values = _values(options[_SEL], version)
    return None if values is None else Filter(pref, flowid, version, tuple(sorted(values.items())))


def _values(selector: bytes, version: int) -> dict[str, t.Any] | None:
    """What a selector says; None for more than the keys of a document can say."""
    if len(selector) < _HEAD.size:
        return None
    count = selector[2]
    keys: list[Key] = []
    for number in range(count):
        at = _HEAD.size + 16 * number
        keys.append((*_KEY.unpack_from(selector, at), _AT.unpack_from(selector, at + 8)[0]))
    values: dict[str, t.Any] = {}
    if version:
        values = _guess({offset: (mask, value) for mask, value, offset in keys}, keys, version)
    return values if _selector(_keys(values, version)) == selector else None


def _guess(words: t.Mapping[int, tuple[int, int]], keys: list[Key], version: int) -> dict[str, t.Any]:
    """What the words might mean; the caller makes words of it again, and compares."""
    places, size = _PLACES[version], 1 if version == 4 else 4
    values: dict[str, t.Any] = {}
    for name, start in (('from', places.source), ('to', places.destination)):
        pairs = [words.get(start + 4 * number, (0, 0)) for number in range(size)]
        length = sum(bin(mask).count('1') for mask, _value in pairs)
        if length:
            address = b''.join([struct.pack('>I', value & mask) for mask, value in pairs])
            values[name] = '%s/%d' % (ipaddress.ip_address(address), length)
    for mask, value, offset in keys:
        if offset == places.protocol:
            values['ipproto'] = value >> places.protocol_shift
        elif offset == places.ports:
            values['sport' if mask >> 16 else 'dport'] = value >> 16 if mask >> 16 else value
    if any(not 0 < values.get(name, 1) < limit for name, limit in _LIMITS.items()):
        return {}
    return values


_LIMITS = {'ipproto': 256, 'sport': 65536, 'dport': 65536}
