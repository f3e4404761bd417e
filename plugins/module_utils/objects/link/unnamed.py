# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the kernel says of a link and no table names: it is compared and restored as bytes.

A link that was found has its message from the kernel. It is looked into only when something is undone.
"""

from __future__ import annotations

import typing as t

from ...kernel import uapi
from ...kernel.codec import encoded
from ...kernel.nla import Attributes, pack_attribute, pack_text, parse_attributes, unpack_text
from .bridge_port import PORT, PORT_STATE
from .kinds import KINDS, kind_of
from .value import Link

LINK, KIND, PORT_OF = 'link', 'kind', 'port'
Key = tuple[str, int]
"""Where an attribute is (the message itself, IFLA_INFO_DATA or IFLA_INFO_SLAVE_DATA), and its number."""

Unnamed = dict[Key, bytes]

# What can be set of a link itself. All else in a message is state, or has to do with other links.
_SETTABLE = (uapi.IFLA_PROTO_DOWN,)
_XDP_ATTACHED = 2  # IFLA_XDP_ATTACHED
# What has to be in the request that creates it.
_SETTABLE_AT_BIRTH = (uapi.IFLA_NUM_TX_QUEUES, uapi.IFLA_NUM_RX_QUEUES)


def unnamed_attributes(link: Link) -> Unnamed:
    """The attributes of a link that was found which can be set and no table names."""
    attributes, info = _parse(link)
    unnamed = {(LINK, number): attributes[number] for number in _SETTABLE if number in attributes}
    if link.kind in KINDS:
        data = parse_attributes(info.get(uapi.IFLA_INFO_DATA, b''))
        unnamed.update(((KIND, number), payload) for number, payload in _of_kind(link.kind, data))
    if unpack_text(info.get(uapi.IFLA_INFO_SLAVE_KIND, b'')) == 'bridge':
        data = parse_attributes(info.get(uapi.IFLA_INFO_SLAVE_DATA, b''))
        unnamed.update(((PORT_OF, number), data[number]) for number in data if _is_of_port(number))
    return unnamed


def _parse(link: Link) -> tuple[Attributes, Attributes]:
    """The attributes of the message, and those in its IFLA_LINKINFO."""
    attributes = parse_attributes(link.kernel, uapi.IFINFOMSG.size)
    return attributes, parse_attributes(attributes.get(uapi.IFLA_LINKINFO, b''))


def _of_kind(name: str, data: Attributes) -> t.Iterator[tuple[int, bytes]]:
    kind = kind_of(name)
    known = {*kind.settings.numbers, *kind.state}
    if kind.parent_nla is not None:
        known.add(kind.parent_nla.number)
    return ((number, payload) for number, payload in data.items() if number not in known)


def _is_of_port(number: int) -> bool:
    return number not in PORT.numbers and number not in PORT_STATE


def undeclarable(link: Link) -> list[str]:
    """What a link that was found has been given and no document can say, in the words of ip-link(8)."""
    if not link.kernel:
        return []
    attributes = parse_attributes(link.kernel, uapi.IFINFOMSG.size)
    words = []
    if any(attributes.get(uapi.IFLA_PROTO_DOWN, b'')):
        words.append('protodown on')
    if any(parse_attributes(attributes.get(uapi.IFLA_XDP, b'')).get(_XDP_ATTACHED, b'')):
        words.append('xdp')
    return words


def can_change_later(kind: str) -> bool:
    """Whether the kernel takes settings of an existing link. Of kinds that no table has, nobody knows."""
    return kind == 'veth' or kind in KINDS and not KINDS[kind].immutable


def title(key: Key) -> str:
    """An attribute for people."""
    place, number = key
    return 'attribute %d' % number if place == LINK else 'attribute %d of its %s' % (number, place)


def set_unnamed(index: int, kind: str, key: Key, payload: bytes) -> bytes:
    """Change one such attribute."""
    place, number = key
    attribute = pack_attribute(number, payload)
    if place == KIND:
        attribute = linkinfo(uapi.IFLA_INFO_KIND, kind, uapi.IFLA_INFO_DATA, attribute)
    elif place == PORT_OF:
        attribute = linkinfo(uapi.IFLA_INFO_SLAVE_KIND, 'bridge', uapi.IFLA_INFO_SLAVE_DATA, attribute)
    return encoded('link', uapi.RTM_NEWLINK, 0, {'index': index}, [], attribute)


def linkinfo(kind_number: int, kind: str, data_number: int, data: bytes | None) -> bytes:
    """An IFLA_LINKINFO: the kind of a link or of its master, and packed settings."""
    info = pack_attribute(kind_number, pack_text(kind))
    if data is not None:
        info += pack_attribute(data_number, data)
    return pack_attribute(uapi.IFLA_LINKINFO, info)


def whole_linkinfo(link: Link, data: bytes) -> bytes:
    """What the request that creates a found link anew has beside *data*, the packed settings of its kind."""
    attributes, info = _parse(link)
    resend = kind_of(link.kind).resend
    for number, payload in _of_kind(link.kind, parse_attributes(info.get(uapi.IFLA_INFO_DATA, b''))):
        sent = resend(number, payload) if resend else payload
        if sent is not None:
            data += pack_attribute(number, sent)
    queues = [
        pack_attribute(number, attributes[number]) for number in _SETTABLE_AT_BIRTH if number in attributes
    ]
    return b''.join(queues) + linkinfo(uapi.IFLA_INFO_KIND, link.kind, uapi.IFLA_INFO_DATA, data)
