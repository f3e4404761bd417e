# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links as messages of rtnetlink: read from a dump, and requests that change them.

A conformance test compares both with pyroute2. What is particular to an attribute or a kind is in its table.
"""

from __future__ import annotations

import socket
import typing as t

from ...kernel import netlink, pack, uapi
from ...kernel.codec import Attrs, encoded
from ...kernel.nla import (
    NLA_F_NESTED,
    S32,
    TEXT,
    U8,
    U32,
    Attributes,
    Nla,
    pack_attribute,
    pack_text,
    parse_attributes,
    parse_list,
    unpack_text,
)
from ...values.names import End, mark_and_alias, whole_alias
from ..attribute import Settings
from .bridge_port import PORT
from .kinds import OTHERS, OTHERS_OF_PORT, kind_of, name_of, sent_at_birth
from .queues import QUEUES
from .unnamed import linkinfo, whole_linkinfo
from .value import COMMON, SET_LATER, Link

CREATE = uapi.NLM_F_CREATE | uapi.NLM_F_EXCL
ASK_LINKS = uapi.IFINFOMSG.pack(0, 0, 0, 0, 0) + pack_attribute(
    uapi.IFLA_EXT_MASK, U32.pack(uapi.RTEXT_FILTER_SKIP_STATS)
)
_HEADER_SIZE = uapi.IFINFOMSG.size

_FLAG_BITS = (
    ('up', (uapi.IFF_UP, True)),
    ('arp', (uapi.IFF_NOARP, False)),
    ('multicast', (uapi.IFF_MULTICAST, True)),
    ('allmulticast', (uapi.IFF_ALLMULTI, True)),
    ('promisc', (uapi.IFF_PROMISC, True)),
)
"""The bit of ifi_flags for each field, and what of it is true. The last two are what was asked for, not what
programs need at the moment (dev_get_flags)."""

# What runs are full of is packed by hand, see pack.py: the attributes that all links have, and veths.
_ROWS = (*COMMON.values(), *QUEUES.values())
_COMMON_NLAS: dict[str, Nla] = {nla.name: nla for attribute in _ROWS for nla in attribute.nla}
_PACKED = pack.table(
    IFLA_IFNAME=TEXT,
    IFLA_LINK=U32,
    IFLA_MASTER=U32,
    IFLA_IFALIAS=TEXT,
    IFLA_GROUP=U32,
    IFLA_NET_NS_FD=U32,
)
_PACKED.update((name, (nla.number, nla.form.pack)) for name, nla in _COMMON_NLAS.items())
_INET6 = pack.nest(pack.table(IFLA_INET6_ADDR_GEN_MODE=U8))
_PACKED['IFLA_AF_SPEC'] = (uapi.IFLA_AF_SPEC, pack.nest({'AF_INET6': (socket.AF_INET6, _INET6)}))
_PEER = pack.nest(_PACKED)
# VETH_INFO_PEER (veth.h) begins with a struct ifinfomsg.
_VETH = pack.nest({'VETH_INFO_PEER': (1, lambda value: bytes(_HEADER_SIZE) + _PEER(value))})
_INFO = {**pack.table(IFLA_INFO_KIND=TEXT), 'IFLA_INFO_DATA': (uapi.IFLA_INFO_DATA, _VETH)}
_PACKED['IFLA_LINKINFO'] = (uapi.IFLA_LINKINFO, pack.nest(_INFO))
pack.register(
    (uapi.RTM_NEWLINK, uapi.RTM_DELLINK, uapi.RTM_SETLINK),
    pack.MessageLayout(uapi.IFINFOMSG, ('family', 'ifi_type', 'index', 'flags', 'change'), _PACKED),
)


# Reading


class FoundLink(t.NamedTuple):
    """A link as a dump shows it, with other links by index and their namespace by number.

    ``fields`` are those of Link that name no other link, but for settings (types.py:LinkOfSame): link() takes
    names for their numbers. ``message`` is the kernel's, without its header.
    """

    index: int
    name: str
    kind: str
    master: int
    lower: int
    lower_nsid: int | None
    port_of: str  # the kind of its master
    fields: dict[str, t.Any]
    message: bytes = b''

    def link(
        self,
        namespace: str,
        master: str = '',
        lower: End | None = None,
        names: t.Mapping[int, str] | None = None,
    ) -> Link:
        """The link. *master* is a name; *lower* is the other end of a veth, or else the link below. *names*
        are those of the namespace by number."""
        for field, others in (('settings', OTHERS.get(self.kind)), ('port', OTHERS_OF_PORT)):
            if others and field in self.fields:
                self.fields[field] = _with_names(self.fields[field], others, names or {})
        is_veth = self.kind == 'veth'
        return Link(
            namespace,
            self.name,
            self.kind or 'physical',
            master=master,
            peer=lower if is_veth else None,
            parent=None if is_veth else lower,
            kernel=self.message,
            **self.fields,
        )


def _with_names(settings: Settings, others: t.Collection[str], names: t.Mapping[int, str]) -> Settings:
    """The settings with names for the numbers of other links."""
    for setting in settings:
        if setting[0] in others:
            break
    else:
        return settings
    return tuple(
        (name, names.get(t.cast(int, value), '') if name in others else value) for name, value in settings
    )


_MOST_DECODED = 4096
_decoded: dict[bytes, FoundLink] = {}
"""Links by the kernel's messages. A run that changes something reads most of them several times."""


def dump_links(sock: netlink.NetlinkSocket) -> list[FoundLink]:
    links = []
    for data, start, end in netlink.messages_of(sock.dump(uapi.RTM_GETLINK, ASK_LINKS)):
        message = data[start:end]
        link = _decoded.get(message)
        if link is None:
            if len(_decoded) >= _MOST_DECODED:
                _decoded.clear()
            link = _decoded[message] = _found(message)
        links.append(link._replace(fields=dict(link.fields)))
    return links


def _found(message: bytes) -> FoundLink:
    _family, _type, index, flags, _change = uapi.IFINFOMSG.unpack_from(message)
    attributes = parse_attributes(message, _HEADER_SIZE)
    get = attributes.get
    fields: dict[str, t.Any] = dict(COMMON.decode(attributes))
    for name, (bit, is_set) in _FLAG_BITS:
        fields[name] = bool(flags & bit) is is_set
    lower = get(uapi.IFLA_LINK)
    kind = port_of = ''
    info = get(uapi.IFLA_LINKINFO)
    if info is not None:
        info_attributes = parse_attributes(info)
        kind, parent = _read_kind(info_attributes, fields)
        if kind_of(kind).parent_nla is not None:
            lower = parent  # in another namespace than the link below, IFLA_LINK is the link itself
        port_of = _read_port(info_attributes, fields)
    if uapi.IFLA_AF_SPEC in attributes:
        _read_link_local(attributes[uapi.IFLA_AF_SPEC], fields)
    if uapi.IFLA_IFALIAS in attributes:
        mark, fields['alias'] = mark_and_alias(unpack_text(attributes[uapi.IFLA_IFALIAS]))
        fields['mark'] = mark or None
    if uapi.IFLA_PROP_LIST in attributes:
        names = parse_list(attributes[uapi.IFLA_PROP_LIST], uapi.IFLA_ALT_IFNAME)
        fields['altnames'] = tuple(sorted(map(unpack_text, names)))
    master, nsid = get(uapi.IFLA_MASTER), get(uapi.IFLA_LINK_NETNSID)
    return FoundLink(
        index,
        unpack_text(attributes[uapi.IFLA_IFNAME]),
        kind,
        U32.unpack(master) if master else 0,
        U32.unpack(lower) if lower else 0,
        S32.unpack(nsid) if nsid else None,
        port_of,
        fields,
        message,
    )


def _read_kind(info: Attributes, fields: dict[str, t.Any]) -> tuple[str, bytes | None]:
    """The kind in an IFLA_LINKINFO, and the index of the link below as far as it is in there."""
    name = unpack_text(info.get(uapi.IFLA_INFO_KIND, b''))
    data = info.get(uapi.IFLA_INFO_DATA)
    kind = kind_of(name)
    if data is None or not kind.settings:
        return name, None
    attributes = parse_attributes(data)
    fields['settings'] = kind.decode(attributes)
    name = name_of(name, attributes)
    return name, attributes.get(kind.parent_nla.number) if kind.parent_nla else None


def _read_port(info: Attributes, fields: dict[str, t.Any]) -> str:
    """The kind of the master in an IFLA_LINKINFO; '' for none."""
    if uapi.IFLA_INFO_SLAVE_KIND not in info:
        return ''
    port_of = unpack_text(info[uapi.IFLA_INFO_SLAVE_KIND])
    if port_of == 'bridge' and uapi.IFLA_INFO_SLAVE_DATA in info:
        fields['port'] = PORT.decode_known(parse_attributes(info[uapi.IFLA_INFO_SLAVE_DATA]))
    return port_of


def _read_link_local(families: bytes, fields: dict[str, t.Any]) -> None:
    inet6 = parse_attributes(families).get(socket.AF_INET6)
    mode = parse_attributes(inet6).get(uapi.IFLA_INET6_ADDR_GEN_MODE) if inet6 else None
    if mode is not None:
        fields['link_local'] = mode[0] != uapi.IN6_ADDR_GEN_MODE_NONE


# Writing


class ResolvedLink(t.NamedTuple):
    """A link to be created, with the numbers that stand for names: indexes, and descriptors of namespaces.

    ``place`` is the descriptor of the link's namespace, None for that of the socket.
    """

    link: Link
    master: int | None = None
    lower: int | None = None
    place: int | None = None


def new_link(placed: ResolvedLink, peer: ResolvedLink | None = None, number: int = 0) -> bytes:
    """Create a link, or both ends of a veth, each in its namespace and with its name; all of them down.

    *number* is the index that the link is to have, 0 for the next.
    """
    link = placed.link
    attributes = _end_attributes(placed)
    if peer is None:
        info = linkinfo(uapi.IFLA_INFO_KIND, link.kind, uapi.IFLA_INFO_DATA, _kind_data(placed) or None)
        return encoded('link', uapi.RTM_NEWLINK, CREATE, {'index': number}, attributes, info)
    data = {'attrs': [('VETH_INFO_PEER', {'attrs': _end_attributes(peer)})]}
    info_attributes = [('IFLA_INFO_KIND', link.kind), ('IFLA_INFO_DATA', data)]
    attributes.append(('IFLA_LINKINFO', {'attrs': info_attributes}))
    return encoded('link', uapi.RTM_NEWLINK, CREATE, {'index': number}, attributes)


def dress_link(placed: ResolvedLink, index: int) -> bytes:
    """Give a link that exists what a new one is made with, and its mark."""
    alias = whole_alias(placed.link.mark, placed.link.alias)
    attributes = [*_end_attributes(placed)[1:], ('IFLA_IFALIAS', alias)]
    return encoded('link', uapi.RTM_SETLINK, 0, {'index': index}, attributes)


def new_link_as_found(placed: ResolvedLink, number: int = 0) -> bytes:
    """Create a link that was found and is gone, with what no table names. It is not a veth.

    The kernel may refuse such an attribute though it has shown it itself.
    """
    rest = whole_linkinfo(placed.link, _kind_data(placed))
    return encoded('link', uapi.RTM_NEWLINK, CREATE, {'index': number}, _end_attributes(placed), rest)


def _end_attributes(placed: ResolvedLink) -> Attrs:
    """The attributes of a new link, or of one end of a veth, that do not depend on its kind."""
    link = placed.link
    attributes: Attrs = [('IFLA_IFNAME', link.name)]
    queue = kind_of(link.kind).queue
    for name, nla_name, usual in _AT_BIRTH:
        value = None if name in SET_LATER else getattr(link, name)
        born_with = queue if name == 'txqueuelen' else usual
        if value is not None and value != born_with:
            attributes.append((nla_name, value))
    attributes += QUEUES.encode(link.queues)
    if placed.master is not None:
        attributes.append(('IFLA_MASTER', placed.master))
    if placed.lower is not None and kind_of(link.kind).parent_nla is None:
        attributes.append(('IFLA_LINK', placed.lower))
    if placed.place is not None:
        attributes.append(('IFLA_NET_NS_FD', placed.place))
    return attributes


# The hardware address first, as it always was: the order makes no difference to the kernel.
_AT_BIRTH = sorted(
    [
        (name, attribute.nla[0].name, attribute.kernel_default)
        for name, attribute in COMMON.items()
        if attribute.nla
    ]
)


def _kind_data(placed: ResolvedLink) -> bytes:
    """What stands in IFLA_INFO_DATA, packed by its table: pyroute2 lacks some of it (IFLA_GRE_IGNORE_DF)."""
    link = placed.link
    kind = kind_of(link.kind)
    data = kind.settings.pack(sent_at_birth(link.kind, link.settings))
    if kind.parent_nla is not None and placed.lower is not None:
        data += pack_attribute(kind.parent_nla.number, kind.parent_nla.form.pack(placed.lower))
    return data


def set_link(which: int | str, **values: t.Any) -> bytes:
    """Change a link, by index or by name.

    Takes the fields of COMMON, with ``master`` as an index, 0 for none, and besides ``mark``.
    """
    fields: dict[str, t.Any] = {'index': 0 if isinstance(which, str) else which}
    bits, sizes = dict(_FLAG_BITS), b''
    attributes: Attrs = [('IFLA_IFNAME', which)] if isinstance(which, str) else []
    for name, value in values.items():
        if name in bits:
            bit, is_set = bits[name]
            fields['change'] = fields.get('change', 0) | bit
            fields['flags'] = fields.get('flags', 0) | (bit if value is is_set else 0)
        elif name == 'link_local':
            attributes.append(_link_local(value))
        elif name in SET_LATER:
            sizes += COMMON.pack(((name, value),))  # pyroute2 lacks some of them (IFLA_GSO_IPV4_MAX_SIZE)
        else:
            attributes.append((SIMPLE[name], value))
    return encoded('link', uapi.RTM_SETLINK, 0, fields, attributes, sizes)


SIMPLE = {
    **{name: nla_name for name, nla_name, _born_with in _AT_BIRTH},
    'master': 'IFLA_MASTER',
    'mark': 'IFLA_IFALIAS',
}
"""Attributes of netlink by the name that set_link has for them."""


def set_altnames(index: int, before: t.Collection[str], after: t.Collection[str]) -> list[bytes]:
    """Take further names away from a link, and give it others."""
    gone, new = sorted(set(before) - set(after)), sorted(set(after) - set(before))
    parts = ((uapi.RTM_DELLINKPROP, gone), (uapi.RTM_NEWLINKPROP, new))
    head = uapi.IFINFOMSG.pack(0, 0, index, 0, 0)
    return [netlink.pack_message(type_, 0, head + _altnames(names)) for type_, names in parts if names]


def _altnames(names: t.Iterable[str]) -> bytes:
    payload = b''.join([pack_attribute(uapi.IFLA_ALT_IFNAME, pack_text(name)) for name in names])
    return pack_attribute(uapi.IFLA_PROP_LIST | NLA_F_NESTED, payload)


def _link_local(value: bool) -> tuple[str, t.Any]:
    mode = uapi.IN6_ADDR_GEN_MODE_EUI64 if value else uapi.IN6_ADDR_GEN_MODE_NONE
    inet6 = {'attrs': [('IFLA_INET6_ADDR_GEN_MODE', mode)]}
    return 'IFLA_AF_SPEC', {'attrs': [('AF_INET6', inet6)]}


def move_link(index: int, fd: int, name: str) -> bytes:
    """Move a link to the namespace behind *fd*, where it is called *name*."""
    attributes = [('IFLA_NET_NS_FD', fd), ('IFLA_IFNAME', name)]
    return encoded('link', uapi.RTM_NEWLINK, 0, {'index': index}, attributes)


def set_settings(index: int, kind: str, settings: Settings) -> bytes:
    """Change settings of the link's kind."""
    data = kind_of(kind).settings.pack(settings)
    info = linkinfo(uapi.IFLA_INFO_KIND, kind, uapi.IFLA_INFO_DATA, data)
    return encoded('link', uapi.RTM_NEWLINK, 0, {'index': index}, [], info)


def set_port(index: int, settings: Settings) -> bytes:
    """Change settings of a bridge port."""
    info = linkinfo(uapi.IFLA_INFO_SLAVE_KIND, 'bridge', uapi.IFLA_INFO_SLAVE_DATA, PORT.pack(settings))
    return encoded('link', uapi.RTM_NEWLINK, 0, {'index': index}, [], info)


def delete_link(index: int) -> bytes:
    return encoded('link', uapi.RTM_DELLINK, 0, {'index': index}, [])


def delete_group(group: int) -> bytes:
    """Delete all links of a group in one request: each single one costs a grace period of 15 ms and more."""
    return encoded('link', uapi.RTM_DELLINK, 0, {'index': 0}, [('IFLA_GROUP', group)])
