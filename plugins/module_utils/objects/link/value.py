# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links: the attributes that all of them have, and the value that stands for one. See kinds.py too."""

from __future__ import annotations

import typing as t

from ...kernel.nla import MAC, U32, Nla
from ...values.named_numbers import GROUPS
from ...values.names import HOST, HOST_WORD, End, mark_and_alias, whole_alias
from ...values.reading import Reader
from ...values.struct import not_compared
from ..attribute import (
    Attribute,
    Boolean,
    Integer,
    LinkName,
    MacAddress,
    Settings,
    Table,
    Type,
    Value,
)
from ..named_number import NamedNumber
from .bridge_port import PORT
from .kind import DEFAULT_QUEUE
from .kinds import kind_of
from .queues import QUEUES
from .types import Alias, Altnames, LinkOfSame


class LinkState(Type):
    """The word ``up`` or ``down``; as a value whether the link is up."""

    @property
    def words(self) -> tuple[str, ...]:
        return ('up', 'down')

    def read(self, reader: Reader, key: str, required: bool = False) -> Value | None:
        word = reader.choice(key, self.words, required=required)
        return None if word is None else word == 'up'

    def written(self, value: Value) -> Value:
        return self.text(value)

    def text(self, value: Value) -> str:
        return 'up' if value else 'down'


def _kept(key: str, type_: Type, text: str, nla: tuple[Nla, ...] = (), **more: t.Any) -> Attribute:
    """A row of what the kernel keeps on a link, wherever it moves (seen on 6.18)."""
    return Attribute(key, type_, text, nla, restored=True, carried=True, **more)


# Each has a field in Link. Those without a netlink attribute here are up to codec.py.
COMMON = Table(
    Attribute(
        'state',
        LinkState(),
        'Administrative state of the link.',
        default=True,
        field='up',
        restored=True,
        iproute2='up, down',
    ),
    Attribute(
        'mtu',
        Integer(68, 65535),
        'MTU. By default, the MTU that the kernel gives a new link.',
        (Nla('IFLA_MTU', 4, U32),),
        restored=True,
        carried=True,
        unit='bytes',
    ),
    Attribute(
        'txqueuelen',
        Integer(0, 0xFFFFFFFF),
        'Length of the transmit queue.',
        (Nla('IFLA_TXQLEN', 13, U32),),
        default=DEFAULT_QUEUE,
        kernel_default=DEFAULT_QUEUE,  # that of most kinds, see LinkKind.queue
        restored=True,
        carried=True,
        unit='packets',
    ),
    Attribute(
        'mac',
        MacAddress(),
        'Hardware address. By default it is derived from the host, the scope and the name, and is the same '
        'on every run.',
        (Nla('IFLA_ADDRESS', 1, MAC),),
        restored=True,
        carried=True,
        iproute2='address',
    ),
    Attribute(
        'master',
        LinkName(),
        'Bridge, bond or VRF in the same namespace that the link is attached to. By default, none.',
        default='',
        restored=True,
    ),
    Attribute(
        'link_local',
        Boolean(),
        'Whether IPv6 generates a link-local address.',
        default=False,
        restored=True,
        iproute2='addrgenmode',
    ),
    _kept(
        'group',
        NamedNumber(0, 0x7FFFFFFF, GROUPS, 'group of links'),
        'Group that the link is in, by number or by name, so that commands and filters can address all links'
        ' of a group.',
        (Nla('IFLA_GROUP', 27, U32),),
        default=0,
        kernel_default=0,
    ),
    _kept(
        'altnames',
        Altnames(),
        'Further names of the link: exactly these. Those that a V(physical) link has beside them stay.',
        default=(),
        kernel_default=(),
        iproute2='altname',
    ),
    _kept(
        'alias',
        Alias(),
        'Text for people, which the kernel keeps. On links that the document makes it stands behind the mark'
        ' of the scope.',
        default='',
        kernel_default='',
    ),
    _kept(
        'arp',
        Boolean(),
        'Whether the link resolves the hardware addresses of neighbours. Only for Ethernet links. A new VLAN'
        ' copies the flag of its parent link.',
        kernel_default=True,
    ),
    _kept(
        'multicast',
        Boolean(),
        'Whether the link takes multicast packets. By default, Ethernet links and ipvlans do, and no others. '
        'A new VLAN copies the flag of its parent link.',
        kernel_default=True,
    ),
    _kept(
        'allmulticast',
        Boolean(),
        'Whether the link receives the packets of all multicast groups.',
        default=False,
        kernel_default=False,
    ),
    _kept(
        'promisc',
        Boolean(),
        'Whether the link receives packets for other hardware addresses.',
        default=False,
        kernel_default=False,
    ),
    _kept(
        'gso_max_size',
        Integer(1, 0x7FFFFFFF),
        'The largest packet that the kernel leaves to the link to divide.',
        (Nla('IFLA_GSO_MAX_SIZE', 41, U32),),
        kernel_default=65536,  # GSO_LEGACY_MAX_SIZE
        unit='bytes',
    ),
    _kept(
        'gso_max_segs',
        Integer(1, 65535),
        'The most segments of a packet that the link divides.',
        (Nla('IFLA_GSO_MAX_SEGS', 40, U32),),
        kernel_default=65535,  # GSO_MAX_SEGS
    ),
    _kept(
        'gro_max_size',
        Integer(1, 0x7FFFFFFF),
        'The largest packet that the kernel makes of received ones. Needs Linux 5.19.',
        (Nla('IFLA_GRO_MAX_SIZE', 58, U32),),
        kernel_default=65536,  # GRO_LEGACY_MAX_SIZE
        unit='bytes',
    ),
    _kept(
        'gso_ipv4_max_size',
        Integer(1, 0x7FFFFFFF),
        'The largest packet of IPv4 that the kernel leaves to the link to divide. Needs Linux 6.3.',
        (Nla('IFLA_GSO_IPV4_MAX_SIZE', 63, U32),),
        kernel_default=65536,
        unit='bytes',
    ),
    _kept(
        'gro_ipv4_max_size',
        Integer(1, 0x7FFFFFFF),
        'The largest packet that the kernel makes of received ones of IPv4. Needs Linux 6.3.',
        (Nla('IFLA_GRO_IPV4_MAX_SIZE', 64, U32),),
        kernel_default=65536,
        unit='bytes',
    ),
)
FLAGS = ('arp', 'multicast', 'allmulticast', 'promisc')
"""Those that are bits of ifi_flags, which every link has."""

OF_KIND = ('arp', 'multicast')
"""Those that new links have as their kind says."""

SET_LATER = frozenset((*FLAGS, 'altnames', *(name for name in COMMON if name.startswith(('gso', 'gro_')))))
"""Those that no request that creates a link takes: flags, further names, and sizes, which kinds take from the
link below (netif_inherit_tso_max)."""

FOLLOWERS = {'gso_max_size': 'gso_ipv4_max_size', 'gro_max_size': 'gro_ipv4_max_size'}
"""Sizes that the kernel changes along with others (netif_set_gso_max_size), unless they are said too."""
FOLLOWED_UP_TO = 65536  # GSO_LEGACY_MAX_SIZE

_BORN_WITH: dict[str, t.Any] = {
    name: attribute.kernel_default
    for name, attribute in COMMON.items()
    if attribute.kernel_default is not None
}
_TEXTS = tuple(
    (name, attribute.key, attribute.type.text, ('', attribute.kernel_default))
    for name, attribute in COMMON.items()
)


@not_compared('mac_derived', 'tunnel_vlans', 'kernel')
class Link(t.NamedTuple):
    """A link, declared or found. In a declared one None means that the document leaves this to the kernel.

    ``master`` is '' if the link is not a port. ``peer`` is the other end of a veth, ``parent`` the link
    below.
    """

    namespace: str
    name: str
    kind: str
    up: bool | None = None
    mtu: int | None = None
    mac: str | None = None
    master: str | None = None
    peer: End | None = None
    parent: End | None = None
    settings: Settings = ()
    port: Settings = ()
    link_local: bool | None = None
    txqueuelen: int | None = None
    group: int | None = None
    arp: bool | None = None
    multicast: bool | None = None
    allmulticast: bool | None = None
    promisc: bool | None = None
    gso_max_size: int | None = None
    gso_max_segs: int | None = None
    gro_max_size: int | None = None
    gso_ipv4_max_size: int | None = None
    gro_ipv4_max_size: int | None = None
    mark: str | None = None
    match: Settings = ()  # declared: how a network card is found on the host, by name, mac or altname
    altnames: tuple[str, ...] | None = ()
    alias: str | None = ''  # found without a mark of ours: the same as the mark
    queues: Settings = ()  # declared; of a link that was found see queues.py:queues_of
    mac_derived: bool = False  # declared: not from the document
    tunnel_vlans: tuple[int, ...] = ()  # found: VLANs with tunnels
    kernel: bytes = b''  # found: as rtnetlink gave it

    @property
    def end(self) -> End:
        return (self.namespace, self.name)

    @property
    def is_movable_card(self) -> bool:
        """Whether it is declared in a namespace and found on the host."""
        return self.kind == 'physical' and self.namespace != HOST and self.name != 'lo'

    @property
    def title(self) -> str:
        """The link as messages name it."""
        return 'link %s/%s' % (self.namespace or HOST_WORD, self.name)

    def lines(self) -> list[str]:
        """The link as text, one fact a line, for differences that people read.

        What every new link has is left out.
        """
        lines = ['kind %s' % self.kind]
        kind = kind_of(self.kind)
        for name, key, text, unsaid in _TEXTS:
            value = getattr(self, name)
            if name == 'multicast' and kind.multicast is not None:
                unsaid = ('', kind.multicast)
            if value is not None and value not in unsaid:
                lines.append('%s %s' % (key, text(value)))
        for key in ('peer', 'parent'):
            end = getattr(self, key)
            if end is not None:
                lines.append('%s %s/%s' % (key, end[0] or HOST_WORD, end[1]))
        lines += _setting_lines(self.queues, QUEUES)
        lines += _setting_lines(self.settings, kind.settings)
        lines += ['port ' + line for line in _setting_lines(self.port, PORT)]
        if self.mark and self.mark != self.alias:
            lines.append('owner %s' % self.mark)
        return sorted(lines)


OF_ALIAS = ('mark', 'alias')
"""The fields that are one text of the kernel (values/names.py:whole_alias): who writes one writes both."""


def say_whole_alias(fields: dict[str, t.Any], link: Link) -> None:
    """Say both of them where one is among *fields*; *link* has the other."""
    if not fields.keys().isdisjoint(OF_ALIAS):
        text = whole_alias(fields.get('mark', link.mark), fields.get('alias', link.alias))
        mark, fields['alias'] = mark_and_alias(text)
        fields['mark'] = mark or None


def without_our_altnames(altnames: t.Collection[str], before: t.Any, written: t.Any) -> tuple[str, ...]:
    """The further names of a link that was there before us, without those that we gave it."""
    return tuple(sorted(set(altnames) - (set(written) - set(before))))


PORT_FIELD = 'port.'
"""What stands before the name of a port's setting where fields of links are kept by name."""


FORMER_PORT = 'port'
"""Where what a link had as a port of its former master is kept, which comes back with that."""


def former_port(port: t.Iterable[t.Sequence[t.Any]], fields: t.Container[str]) -> dict[str, t.Any]:
    """What a link had as a port, for one whose *fields* come back with the former master: another link may be
    gone. JSON has lists in place of tuples."""
    settings = [(name, tuple(value) if isinstance(value, list) else value) for name, value in port]
    unusual = [(name, value) for name, value in settings if value != PORT[name].usual]
    kept = tuple((name, value) for name, value in unusual if not isinstance(PORT[name].type, LinkOfSame))
    return {'port': kept} if kept and 'master' in fields else {}


def field_of(link: Link, name: str) -> t.Any:
    """A field of a link, or a setting of it as a port; None if it has none."""
    if name.startswith(PORT_FIELD):
        return dict(link.port).get(name[len(PORT_FIELD) :])
    return getattr(link, name)


def _setting_lines(settings: Settings, table: Table) -> list[str]:
    return [
        '%s %s' % (name, table[name].type.text(value))
        for name, value in settings
        if value != table[name].kernel_default
    ]


def new_lo(namespace: str) -> Link:
    """The loopback of a new namespace."""
    fields = {**_BORN_WITH, 'up': False, 'mtu': 65536, 'mac': '00:00:00:00:00:00', 'master': ''}
    fields['multicast'] = False  # loopback_setup
    return Link(namespace, 'lo', 'physical', **fields)


def matches(want: Link, name: str, mac: str | None, altnames: t.Iterable[str]) -> bool:
    """Whether a link of the host is the card that is declared in a namespace."""
    found: dict[str, t.Container[Value | None]] = {'name': (name,), 'mac': (mac,), 'altname': tuple(altnames)}
    return all(value in found[key] for key, value in want.match or (('name', want.name),))
