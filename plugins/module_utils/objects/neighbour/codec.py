# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Neighbours as the kernel has them."""

from __future__ import annotations

import typing as t

from ...kernel import netlink, uapi
from ...kernel.netlink import FAMILIES, FAMILY_NUMBERS, messages_of, pack_message
from ...kernel.nla import U32, Attributes, pack_attribute, parse_attributes
from ..extra import Extra, pack_extra
from .schema import FLAGS, FOUND, STATE_WORDS, STATES
from .value import Neighbour

_NOT_ASKED_FOR = (uapi.NDA_CACHEINFO, uapi.NDA_PROBES, uapi.NDA_MASTER)  # what an entry shows beyond
# What to ask for to have an entry that was found in a passing state.
_INSTEAD = {'delay': uapi.NUD_STALE, 'probe': uapi.NUD_STALE}


class FoundNeighbour(t.NamedTuple):
    """An entry of a table as the kernel shows it."""

    link: str
    family: int
    state: int
    flags: int
    attributes: Attributes

    @property
    def is_managed(self) -> bool:
        flags = U32.unpack(self.attributes.get(uapi.NDA_FLAGS_EXT, bytes(4)))
        return bool(flags & uapi.NTF_EXT_MANAGED)

    @property
    def stays(self) -> bool:
        """Whether the kernel never drops it for want of use. Of those that are never asked for, it makes some
        itself."""
        return bool(self.state & uapi.NUD_STAYING or self.flags & uapi.NTF_EXT_LEARNED or self.is_managed)

    @property
    def is_of_somebody(self) -> bool:
        """Whether somebody made it."""
        by_itself = self.state & uapi.NUD_NOARP and uapi.NDA_PROTOCOL not in self.attributes
        return self.stays and not by_itself or bool(self.flags & uapi.NTF_EXT_LEARNED)

    def request(self) -> bytes:
        """The body of the request that makes it, with 0 in place of the number of its link."""
        # The kernel does not show that a proxy entry is permanent, as ip(8) makes them (pneigh_fill_info).
        state = uapi.NUD_PERMANENT if self.flags & uapi.NTF_PROXY else self.state
        return uapi.NDMSG.pack(self.family, 0, state, self.flags, 0) + b''.join(
            [
                pack_attribute(pair[0], pair[1])
                for pair in self.attributes.items()
                if pair[0] not in _NOT_ASKED_FOR
            ]
        )


def dump_entries(
    sock: netlink.NetlinkSocket, names: t.Mapping[int, str], family: int = 0, flags: int = 0
) -> t.Iterator[FoundNeighbour]:
    """The entries of a table: neighbours, with NTF_PROXY proxies, with AF_BRIDGE those of forwarding
    databases. *names* has the names of links by their indexes."""
    ask = uapi.NDMSG.pack(family, 0, 0, flags, 0)
    for data, start, end in messages_of(sock.dump(uapi.RTM_GETNEIGH, ask)):
        found_family, index, state, found_flags, _type = uapi.NDMSG.unpack_from(data, start)
        if index in names:
            attributes = parse_attributes(data, start + uapi.NDMSG.size, end)
            yield FoundNeighbour(names[index], found_family, state, found_flags, attributes)


def dump_neighbours(
    sock: netlink.NetlinkSocket, namespace: str, names: t.Mapping[int, str]
) -> list[Neighbour]:
    """Neighbours that stay, and proxies; not what the kernel has learned, or made by itself: on a link
    without ARP it makes entries that look like those of a person without a protocol."""
    proxies = dump_entries(sock, names, flags=uapi.NTF_PROXY)
    entries = [*[entry for entry in dump_entries(sock, names) if entry.is_of_somebody], *proxies]
    return [decode_neighbour(namespace, entry) for entry in entries if entry.family in FAMILIES]


def decode_neighbour(namespace: str, entry: FoundNeighbour) -> Neighbour:
    """The entry as a value: a neighbour, or an address that the link answers for."""
    values = dict(FOUND.decode(entry.attributes))
    more_flags = values.get('flags_ext', 0) & ~uapi.NTF_EXT_MANAGED
    extra: Extra = FOUND.unnamed(entry.attributes)
    if more_flags:
        extra = (*extra, (uapi.NDA_FLAGS_EXT, U32.pack(more_flags)))
    proxy = bool(entry.flags & uapi.NTF_PROXY)
    return Neighbour(
        namespace,
        entry.link,
        str(values['to']),
        proxy,
        lladdr=str(values.get('lladdr', '')),
        nud='permanent' if proxy else STATE_WORDS.get(entry.state) or str(entry.state),
        managed=entry.is_managed,
        protocol=int(values.get('protocol', 0)),
        extra=extra,
        **{name: bool(entry.flags & mask) for name, mask in FLAGS.items()},
    )


def encode_neighbour(neighbour: Neighbour, index: int, add: bool) -> bytes:
    """The request that makes an entry on the link *index*, in place of another one, or removes it."""
    flags = uapi.NTF_PROXY if neighbour.proxy else 0
    attributes = FOUND.pack([('to', neighbour.to)])
    family = FAMILY_NUMBERS[neighbour.family]
    if not add:
        return pack_message(uapi.RTM_DELNEIGH, 0, uapi.NDMSG.pack(family, index, 0, flags, 0) + attributes)
    flags |= sum(mask for name, mask in FLAGS.items() if getattr(neighbour, name))
    state = {**STATES, **_INSTEAD}.get(neighbour.nud, uapi.NUD_NONE)
    settings = [(name, getattr(neighbour, name)) for name in ('lladdr', 'protocol')]
    attributes += FOUND.pack([pair for pair in settings if pair[1]])
    extra = dict(neighbour.extra)
    if neighbour.managed:
        more_flags = U32.unpack(extra.pop(uapi.NDA_FLAGS_EXT, bytes(4)))
        extra[uapi.NDA_FLAGS_EXT] = U32.pack(more_flags | uapi.NTF_EXT_MANAGED)
    body = uapi.NDMSG.pack(family, index, state, flags, 0) + attributes + pack_extra(extra.items())
    return pack_message(uapi.RTM_NEWNEIGH, uapi.NLM_F_CREATE | uapi.NLM_F_REPLACE, body)
