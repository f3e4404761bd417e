# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a document may say of a neighbour."""

from __future__ import annotations

import re
import typing as t

from ...kernel import uapi
from ...kernel.nla import IP, RAW, U8, U32, Form, Nla, unpack_ip
from ...values import named_numbers
from ...values.names import canonical_ip, canonical_mac
from ...values.reading import Reader, shown
from ..attribute import Attribute, Boolean, Choice, Flag, Integer, LinkName, Table, Type
from ..named_number import NamedNumber
from ..route.schema import HostAddress

STATES = {
    'permanent': uapi.NUD_PERMANENT,
    'noarp': uapi.NUD_NOARP,
    'reachable': uapi.NUD_REACHABLE,
    'stale': uapi.NUD_STALE,
}
"""States that a document may give an entry."""

PASSING = {
    'none': uapi.NUD_NONE,
    'incomplete': uapi.NUD_INCOMPLETE,
    'delay': uapi.NUD_DELAY,
    'probe': uapi.NUD_PROBE,
    'failed': uapi.NUD_FAILED,
}
"""States that an entry may be found in."""

LEARNED = ('reachable', 'stale', 'delay', 'probe')
"""States between which the kernel moves an entry that it may ask for."""

UNRESOLVED = ('none', 'incomplete', 'failed')
"""States of an entry that it has asked for without an answer, or not yet."""

_BYTES = re.compile(r'[0-9a-fA-F]{1,2}(:[0-9a-fA-F]{1,2}){2,31}\Z')


def pack_lladdr(text: str) -> bytes:
    """A hardware address as bytes: of a tunnel it is an address of IP (ll_addr_a2n in iproute2)."""
    if _BYTES.match(text):
        return bytes([int(byte, 16) for byte in text.split(':')])
    return IP.pack(text)


def unpack_lladdr(data: bytes) -> str:
    return unpack_ip(data) if len(data) in (4, 16) else data.hex(':')


LLADDR = Form('lladdr', pack_lladdr, unpack_lladdr)


class LinkLayerAddress(Type):
    """A hardware address of any length, or the address of IP that the end of a tunnel has."""

    def read(self, reader: Reader, key: str, required: bool = False) -> str | None:
        text = reader.text(key, required)
        if text is None:
            return None
        text = canonical_mac(text) or text
        if _BYTES.match(text):
            return unpack_lladdr(pack_lladdr(text))
        address = canonical_ip(text)
        if address is None:
            want = 'bytes as 02:00:00:00:00:01, or an address of IP on a tunnel'
            reader.problem(key, 'is not a hardware address', found=shown(text), want=want)
        return address


_FLAGS_EXT = Nla('NDA_FLAGS_EXT', uapi.NDA_FLAGS_EXT, U32)

NEIGHBOUR = Table(
    Attribute(
        'to',
        HostAddress(),
        'Address of the neighbour; of a proxy entry the address to answer for.',
        (Nla('NDA_DST', uapi.NDA_DST, IP),),
        required=True,
    ),
    Attribute('dev', LinkName(), 'Link that the neighbour is on.', required=True),
    Attribute(
        'lladdr',
        LinkLayerAddress(),
        'Hardware address of the neighbour. On a tunnel that has several ends, the address of one of them.'
        ' Required but for entries with C(proxy) or C(managed).',
        (Nla('NDA_LLADDR', uapi.NDA_LLADDR, LLADDR),),
        default='',
    ),
    Attribute(
        'nud',
        Choice(STATES),
        'State of the entry. The kernel never asks for the address of one that is V(permanent) or V(noarp).'
        ' One that is V(reachable) or V(stale) is asked for when it is used. All but V(permanent) need'
        ' C(extern_learn): the kernel drops others when it has many neighbours.',
        default='permanent',
    ),
    Attribute(
        'proxy',
        Boolean(),
        'Answer on this link for the address: proxy ARP, or with IPv6 proxy neighbour discovery, which also'
        ' needs the sysctl C(proxy_ndp) of the link.',
        default=False,
    ),
    Attribute(
        'router',
        Boolean(),
        'The neighbour is a router. Of a proxy entry, answers say so. IPv6 only.',
        default=False,
    ),
    Attribute(
        'managed',
        Boolean(),
        'Let the kernel resolve the neighbour, and keep it resolved. Takes neither C(lladdr) nor C(nud).'
        ' Needs Linux 5.16 or newer.',
        flag=Flag(_FLAGS_EXT, uapi.NTF_EXT_MANAGED),
        default=False,
    ),
    Attribute(
        'extern_learn',
        Boolean(),
        'The entry was learned by a program, for example a routing daemon: the kernel never drops it for want'
        ' of use.',
        default=False,
    ),
    Attribute(
        'protocol',
        NamedNumber(4, 255, named_numbers.PROTOCOLS, 'routing protocol'),
        'Number or name that tells other tools who made the entry, in place of that of this collection, 117.'
        ' The scope then knows the entry by its record alone. An entry that is there keeps its number when'
        ' the key is left out again.',
        (Nla('NDA_PROTOCOL', uapi.NDA_PROTOCOL, U8),),
        default=0,
    ),
)
"""What a document may say."""

FOUND = Table(
    *[NEIGHBOUR[name] for name in ('to', 'lladdr', 'protocol')],
    Attribute('flags_ext', Integer(0, 0xFFFFFFFF), 'More flags.', (_FLAGS_EXT,)),
    Attribute('cacheinfo', Type(), 'How it was used.', (Nla('NDA_CACHEINFO', uapi.NDA_CACHEINFO, RAW),)),
    Attribute('probes', Type(), 'How often it was asked for.', (Nla('NDA_PROBES', uapi.NDA_PROBES, RAW),)),
    Attribute('master', Type(), 'Its bridge.', (Nla('NDA_MASTER', uapi.NDA_MASTER, RAW),)),
)
"""What the kernel says in attributes."""

FLAGS = {'router': uapi.NTF_ROUTER, 'extern_learn': uapi.NTF_EXT_LEARNED}
"""Fields that are bits of ndm_flags."""

Words = t.Mapping[int, str]
STATE_WORDS: Words = {number: word for word, number in {**STATES, **PASSING}.items()}
