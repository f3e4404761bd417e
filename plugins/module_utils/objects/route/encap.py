# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Encapsulation of packets on their route (lightweight tunnels, ``encap`` of ip-route(8)).

Routes and hops have it as the kernel's bytes, among what no table names (``extra``): they are compared, kept
and restored as they are. What is here makes such bytes of a document, and says in its words what they are.
"""

from __future__ import annotations

import struct
import typing as t

from ...kernel import uapi
from ...kernel.nla import BE16, BE64, IP4, IP6, U8, U16, U32, Form, Nla, pack_attribute, pack_ip, unpack_ip
from ...kernel.nla import parse_attributes as parsed
from ...values.named_numbers import Names, NumberByName
from ...values.names import canonical_ip
from ...values.reading import Reader, whole_number
from ..attribute import Attribute, Choice, Entry, Integer, IpAddress, Settings, Table, Type
from ..extra import Extra
from ..link.types import Several
from ..named_number import ROUTING_TABLE, with_numbers
from .word_set import WordSet

_U32_MAX = 0xFFFFFFFF
MOST_LABEL, IMPLICIT_NULL = 0xFFFFF, 3
_LABEL_SHIFT, _BOTTOM_OF_STACK = 12, 0x100  # struct mpls_label, linux/include/uapi/linux/mpls.h
_INLINE_END = '::'  # where the kernel puts the destination of the packet (seg6_do_srh_inline)


class Ipv4Address(IpAddress):
    family = 'IPv4'

    def read(self, reader: Reader, key: str, required: bool = False) -> t.Any:
        address = super().read(reader, key, required)
        if address is not None and (':' in address) != (self.family == 'IPv6'):
            reader.problem(key, 'has another address family', found=address, want=self.family)
            return None
        return self.unspecified(reader, key) if address in ('0.0.0.0', '::') else address

    def unspecified(self, reader: Reader, key: str) -> str | None:
        reader.problem(key, 'is the unspecified address', do='give that of a host')
        return None


class Ipv6Address(Ipv4Address):
    family = 'IPv6'


class Ipv4Source(Ipv4Address):
    """The unspecified address leaves it to the kernel."""

    def unspecified(self, reader: Reader, key: str) -> str | None:
        return ''


class Ipv6Source(Ipv4Source):
    family = 'IPv6'


class _InOrder(Several):
    """A list whose order counts, and which may have a member twice."""

    def problem_of(self, members: t.Sequence[str]) -> str:
        if not members:
            return 'is empty'
        return 'has more than %d members' % self.most if len(members) > self.most else ''


class Labels(_InOrder):
    want = '0 to %d, and not %d' % (MOST_LABEL, IMPLICIT_NULL)
    most = 30  # MAX_NEW_LABELS, net/mpls/internal.h

    def canonical(self, text: str) -> str | None:
        label = whole_number(text)
        if label is None or not 0 <= label <= MOST_LABEL or label == IMPLICIT_NULL:
            return None
        return str(label)

    def written(self, value: t.Any) -> list[int]:
        return list(map(int, value))


class Segments(_InOrder):
    want = 'an IPv6 address'
    most = 126  # of 16 bytes each, in eights of bytes in one byte of the header

    def canonical(self, text: str) -> str | None:
        ip = canonical_ip(text)
        return ip if ip is not None and ':' in ip else None


def pack_labels(labels: t.Sequence[str]) -> bytes:
    entries = [int(label) << _LABEL_SHIFT for label in labels]
    entries[-1] |= _BOTTOM_OF_STACK
    return struct.pack('>%dI' % len(entries), *entries)


def unpack_labels(data: bytes) -> tuple[str, ...]:
    return tuple([str(entry >> _LABEL_SHIFT) for (entry,) in struct.iter_unpack('>I', data)])


_SRH = struct.Struct('>BBBBBBH')  # nexthdr, hdrlen, type, segments_left, first_segment, flags, tag
_SRH_TYPE = 4  # IPV6_SRCRT_TYPE_4


def _pack_segments(segments: t.Sequence[str]) -> bytes:
    """struct ipv6_sr_hdr: the last segment comes first."""
    last = len(segments) - 1
    header = _SRH.pack(0, 2 * len(segments), _SRH_TYPE, last, last, 0, 0)
    return header + b''.join([pack_ip(segment) for segment in reversed(segments)])


def _unpack_segments(data: bytes) -> tuple[str, ...]:
    addresses = [unpack_ip(data[at : at + 16]) for at in range(_SRH.size, len(data) - 15, 16)]
    return tuple(reversed(addresses))


_LABELS = Form('labels', pack_labels, unpack_labels)
_SEGMENTS = Form('segments', _pack_segments, _unpack_segments)
_FLAGS = {'csum': 1, 'key': 4, 'seq': 8}  # TUNNEL_CSUM, TUNNEL_KEY, TUNNEL_SEQ


def _tunnel(word: str, number: int, form: Form, text: str, default: int = 0) -> Attribute:
    return Attribute(word, Integer(0, 255), text, (Nla('', number, form),), default=default)


_FLAGS_OF_TUNNEL = Attribute(
    'flags',
    WordSet(_FLAGS),
    'Optional fields of the tunnel header, a list: V(key), V(csum) for a checksum, V(seq) for a sequence'
    ' number.',
    (Nla('', 6, BE16),),
    default=(),
    iproute2='key, csum, seq',
)


def _ends(address: Type, source: Type, form: Form) -> tuple[Attribute, ...]:
    identifier = Integer(0, 0xFFFFFFFFFFFFFFFF)
    return (
        Attribute('id', identifier, 'Key of the tunnel.', (Nla('', 1, BE64),), default=0),
        Attribute('dst', address, 'Other end of the tunnel.', (Nla('', 2, form),), required=True),
        Attribute('src', source, 'This end of the tunnel.', (Nla('', 3, form),), default=''),
    )


_IP = Table(
    *_ends(Ipv4Address(), Ipv4Source(), IP4),
    _tunnel('ttl', 4, U8, 'TTL of tunnel packets. V(0) leaves it to the kernel.'),
    _tunnel('tos', 5, U8, 'Type of service of tunnel packets.'),
    _FLAGS_OF_TUNNEL,
)
_IP6 = Table(
    *_ends(Ipv6Address(), Ipv6Source(), IP6),
    _tunnel('hoplimit', 4, U8, 'Hop limit of tunnel packets. V(0) leaves it to the kernel.'),
    _tunnel('tc', 5, U8, 'Traffic class of tunnel packets.'),
    _FLAGS_OF_TUNNEL,
)
_MPLS = Table(
    Attribute(
        'labels',
        Labels(),
        'Labels to put before the packet, a list from the outermost on.',
        (Nla('', 1, _LABELS),),
        required=True,
        iproute2='mpls',
    ),
    Attribute(
        'ttl',
        Integer(0, 255),
        'TTL of the labels. V(0) takes that of the packet. Without it the sysctl net.mpls.ip_ttl_propagate'
        ' decides.',
        (Nla('', 2, U8),),
    ),
)
_MODES = {'inline': 0, 'encap': 1, 'l2encap': 2, 'encap.red': 3, 'l2encap.red': 4}
_SEG6 = Table(
    Attribute(
        'mode',
        Choice(_MODES),
        'How the segment routing header is added. V(inline) inserts it into the packet; the other modes'
        ' encapsulate the packet in a new one.',
        default='encap',
    ),
    Attribute('segs', Segments(), 'Segments, a list of IPv6 addresses.', required=True),
)
_ACTIONS = {
    'End': 1,
    'End.X': 2,
    'End.T': 3,
    'End.DX6': 5,
    'End.DX4': 6,
    'End.DT6': 7,
    'End.DT4': 8,
    'End.B6': 9,
    'End.B6.Encaps': 10,
    'End.DT46': 16,
}
NEEDED: dict[str, tuple[str, ...]] = {
    'End': (),
    'End.X': ('nh6',),
    'End.T': ('table',),
    'End.DX6': ('nh6',),
    'End.DX4': ('nh4',),
    'End.DT6': ('table', 'vrftable'),
    'End.DT4': ('vrftable',),
    'End.B6': ('segs',),
    'End.B6.Encaps': ('segs',),
    'End.DT46': ('vrftable',),
}
"""The keys of which each action has one, and no others (seg6_action_table, net/ipv6/seg6_local.c)."""

_SEG6LOCAL = Table(
    Attribute(
        'action',
        Choice(_ACTIONS),
        'What this segment does with a packet (RFC 8986).',
        (Nla('', 1, U32),),
        required=True,
    ),
    Attribute(
        'table',
        ROUTING_TABLE,
        'Routing table to look up, by number or by name. For V(End.T) and V(End.DT6).',
        (Nla('', 3, U32),),
        default=0,
    ),
    Attribute(
        'vrftable',
        ROUTING_TABLE,
        'Routing table of a VRF to look up, by number or by name. For V(End.DT4), V(End.DT6) and V(End.DT46).'
        ' Needs the sysctl net.vrf.strict_mode.',
        (Nla('', 9, U32),),
        default=0,
    ),
    Attribute(
        'nh4', Ipv4Address(), 'IPv4 address of the next hop. For V(End.DX4).', (Nla('', 4, IP4),), default=''
    ),
    Attribute(
        'nh6',
        Ipv6Address(),
        'IPv6 address of the next hop. For V(End.X) and V(End.DX6).',
        (Nla('', 5, IP6),),
        default='',
    ),
    Attribute(
        'segs',
        Segments(),
        'Further segments, a list of IPv6 addresses. For V(End.B6) and V(End.B6.Encaps).',
        (Nla('', 2, _SEGMENTS),),
        default=(),
    ),
)


class EncapKind(t.NamedTuple):
    """One type of encapsulation: its number, and its keys."""

    number: int
    table: Table


KINDS = {
    'ip': EncapKind(uapi.LWTUNNEL_ENCAP_IP, _IP),
    'ip6': EncapKind(uapi.LWTUNNEL_ENCAP_IP6, _IP6),
    'mpls': EncapKind(uapi.LWTUNNEL_ENCAP_MPLS, _MPLS),
    'seg6': EncapKind(uapi.LWTUNNEL_ENCAP_SEG6, _SEG6),
    'seg6local': EncapKind(uapi.LWTUNNEL_ENCAP_SEG6_LOCAL, _SEG6LOCAL),
}
_WORDS = {kind.number: word for word, kind in KINDS.items()}


class Encap(Type):
    """A mapping with ``type`` and the keys of that; the kernel's bytes in our own values."""

    argument = 'dict'

    def read(self, reader: Reader, key: str, required: bool = False) -> t.Any:
        value = reader.take(key, required)
        if value is None:
            return None
        below = Reader(value, reader.at(key), reader.problems)
        before = len(reader.problems)
        word = below.choice('type', KINDS, required=True)
        if word is None:
            return None
        settings = KINDS[word].table.read(below)
        below.done()
        if len(reader.problems) == before and word == 'seg6local':
            _check_action(below, dict(settings))
        return _extra(word, _packable(settings)) if len(reader.problems) == before else None

    def numbered(self, value: t.Any, names: Names) -> t.Any:
        kind = KINDS.get(value.get('type')) if isinstance(value, dict) else None
        return value if kind is None else with_numbers(value, kind.table, names)


def _check_action(reader: Reader, values: dict[str, t.Any]) -> None:
    action = values['action']
    needed = NEEDED[action]
    given = [key for key in values if key != 'action']
    if len(given) != bool(needed) or not set(given) <= set(needed):
        want = 'one of %s' % ', '.join(needed) if needed else 'nothing beside it'
        reader.problem('action', 'has other keys', found=', '.join([action, *given]), want=want)


def _extra(word: str, settings: Settings) -> Extra:
    """The attributes of a route that carry an encapsulation."""
    kind = KINDS[word]
    payload = _pack_seg6(dict(settings)) if word == 'seg6' else kind.table.pack(_said(kind.table, settings))
    return ((uapi.RTA_ENCAP_TYPE, U16.pack(kind.number)), (uapi.RTA_ENCAP, payload))


def _packable(settings: Settings) -> Settings:
    """Values that fit their attributes: names that only the managed host knows do not."""
    by_name = [name for name, value in settings if isinstance(value, NumberByName)]
    return tuple([(name, int(value) & _U32_MAX if name in by_name else value) for name, value in settings])


def _said(table: Table, settings: Settings) -> Settings:
    """The values that are not usual. The kernel shows usual ones too."""
    return tuple([pair for pair in settings if pair[1] != table[pair[0]].default])


def _pack_seg6(values: dict[str, t.Any]) -> bytes:
    """struct seg6_iptunnel_encap, in SEG6_IPTUNNEL_SRH."""
    mode = values.get('mode', 'encap')
    segments = [*values['segs'], *([_INLINE_END] if mode == 'inline' else ())]
    return pack_attribute(1, struct.pack('=i', _MODES[mode]) + _pack_segments(segments))


def _unpack_seg6(attributes: t.Mapping[int, bytes]) -> Settings:
    payload = attributes[1]
    mode = _SEG6['mode'].type.from_kernel(struct.unpack_from('=i', payload)[0])
    segments = _unpack_segments(payload[4:])
    return (('mode', mode), ('segs', segments[:-1] if mode == 'inline' else segments))


def _decode(extra: t.Mapping[int, bytes]) -> tuple[str, Settings] | None:
    """The type and its values; None where a document cannot say all of it."""
    word = _WORDS.get(U16.unpack(extra[uapi.RTA_ENCAP_TYPE])) if uapi.RTA_ENCAP_TYPE in extra else None
    if word is None or uapi.RTA_ENCAP not in extra:
        return None
    attributes = parsed(extra[uapi.RTA_ENCAP])
    table = KINDS[word].table
    if word == 'seg6':
        settings = _unpack_seg6(attributes) if set(attributes) == {1} else ()
    else:
        settings = () if table.unnamed(attributes) else table.decode(attributes)
    numbered = [name for name, value in settings if _is_without_word(table[name].type, value)]
    return None if numbered or not settings else (word, _said(table, settings))


def _is_without_word(type_: Type, value: t.Any) -> bool:
    return isinstance(type_, Choice) and value not in type_.numbers


def canonical(extra: Extra) -> Extra:
    """The same attributes in the form that those of a document have, where a document can say all of it."""
    attributes = dict(extra)
    decoded = _decode(attributes)
    if decoded is None:
        return extra
    made = dict(_extra(*decoded))
    if decoded[0] in ('seg6', 'seg6local') and made[uapi.RTA_ENCAP] != attributes[uapi.RTA_ENCAP]:
        return extra  # with a tag, flags or an HMAC
    return tuple(sorted({**attributes, **made}.items()))


def is_declarable(extra: Extra) -> bool:
    decoded = _decode(dict(extra))
    return decoded is not None and dict(_extra(*decoded)).items() <= dict(extra).items()


def entry(extra: Extra) -> Entry:
    """As a document says it."""
    decoded = _decode(dict(extra))
    if decoded is None:
        return {}
    word, settings = decoded
    table = KINDS[word].table
    written = {table[name].key: table[name].type.written(value) for name, value in settings}
    return {'type': word, **written}


def text(extra: Extra) -> str:
    """In the words of ip-route(8), or nearly so."""
    said = entry(extra)
    words = ['encap', str(said.pop('type'))]
    for key, value in said.items():
        words += [key, ','.join(map(str, value)) if isinstance(value, list) else str(value)]
    return ' '.join(words)
