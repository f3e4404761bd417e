# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VXLAN.

Sources of the names and numbers: linux/include/uapi/linux/if_link.h, IFLA_VXLAN_*.
"""

from __future__ import annotations

import ipaddress
import typing as t

from ...kernel.nla import BE16, BE32, FLAG, IP4, IP6, U8, U32, Form, Nla
from ...values.names import End, family_of
from ...values.reading import Reader
from ..attribute import Attribute, Boolean, Choice, Integer, IpAddress, Table, Type, Value
from .kind import ETHERNET, LinkKind, Mtu, row_of_kernel
from .types import FLAG_SHOWN_AS_BYTE, PORT_RANGE, SourcePorts

_IFLA_VXLAN_REMCSUM_RX = 22


def _row(key: str, type_: Type, text: str, nla: Nla, usual: Value, **more: t.Any) -> Attribute:
    """Not one of them changes in place, as the others here: that would take the flags of vxlan_nl2conf."""
    return row_of_kernel(key, type_, text, nla, usual, immutable=True, **more)


def _number(key: str, type_: Type, text: str, name: str, number: int, form: Form) -> Attribute:
    return _row(key, type_, text, Nla('IFLA_VXLAN_' + name, number, form), 0)


def _switch(
    key: str, text: str, name: str, number: int, form: Form = U8, usual: bool = False, needs: str = ''
) -> Attribute:
    return _row(key, Boolean(), text, Nla('IFLA_VXLAN_' + name, number, form), usual, needs=needs)


_VXLAN = Table(
    Attribute(
        'id',
        Integer(0, (1 << 24) - 1),
        'Network identifier (VNI).',
        (Nla('IFLA_VXLAN_ID', 1, U32),),
        required=True,
        immutable=True,
    ),
    Attribute(
        'local',
        IpAddress(),
        'Source address of the outer packets.',
        (Nla('IFLA_VXLAN_LOCAL', 4, IP4), Nla('IFLA_VXLAN_LOCAL6', 17, IP6)),
        immutable=True,
    ),
    Attribute(
        'remote',
        IpAddress(),
        'Destination of the outer packets, a unicast address or a multicast group.',
        (Nla('IFLA_VXLAN_GROUP', 2, IP4), Nla('IFLA_VXLAN_GROUP6', 16, IP6)),
        immutable=True,
    ),
    Attribute(
        'dstport',  # "port" is how a link is a port of a bridge
        Integer(1, 65535),
        'UDP destination port.',
        (Nla('IFLA_VXLAN_PORT', 15, BE16),),
        default=4789,
        field='port',
        immutable=True,
    ),
    Attribute(
        'learning',
        Boolean(),
        'Whether the link learns the sources of packets into its forwarding database.',
        (Nla('IFLA_VXLAN_LEARNING', 7, U8),),
        default=True,
        immutable=True,
    ),
    Attribute(
        'ttl',
        Integer(0, 255),
        'TTL of the outer packets. V(0) is that of the route.',
        (Nla('IFLA_VXLAN_TTL', 5, U8),),
        default=0,
        immutable=True,
    ),
    _number(
        'tos',
        Integer(0, 255),
        'TOS of the outer packets. V(1) copies that of the inner packet.',
        'TOS',
        6,
        U8,
    ),
    _row(
        'ttl_inherit',
        Boolean(),
        'Whether the TTL of the inner packet is copied.',
        Nla('IFLA_VXLAN_TTL_INHERIT', 28, FLAG_SHOWN_AS_BYTE),
        False,
        iproute2='inherit',
    ),
    _row(
        'df',
        Choice({'unset': 0, 'set': 1, 'inherit': 2}),
        'Whether outer packets of IPv4 must not be fragmented.',
        Nla('IFLA_VXLAN_DF', 29, U8),
        'unset',
    ),
    _row(
        'flowlabel',
        Integer(0, (1 << 20) - 1),
        'Flow label of outer packets of IPv6.',
        Nla('IFLA_VXLAN_LABEL', 26, BE32),
        0,
    ),
    _row(
        'srcport',
        SourcePorts(),
        'UDP source ports. By default, the kernel chooses.',
        Nla('IFLA_VXLAN_PORT_RANGE', 10, PORT_RANGE),
        '',
    ),
    _row(
        'ageing',
        Integer(1, 0xFFFFFFFF),  # 0 counts as not said (vxlan_config_apply)
        'Lifetime of an entry in the forwarding database.',
        Nla('IFLA_VXLAN_AGEING', 8, U32),
        300,
        unit='seconds',
    ),
    _number(
        'maxaddress',
        Integer(0, 0xFFFFFFFF),
        'Most entries of the forwarding database; V(0) is any number.',
        'LIMIT',
        9,
        U32,
    ),
    _switch(
        'l2miss',
        'Whether the kernel sends netlink notifications about unknown hardware addresses (LLADDR miss).',
        'L2MISS',
        13,
    ),
    _switch(
        'l3miss',
        'Whether the kernel sends netlink notifications about unknown IP addresses (IP ADDR miss).',
        'L3MISS',
        14,
    ),
    _switch('rsc', 'Whether packets to known routers are routed at once (route short circuit).', 'RSC', 12),
    _switch('proxy', 'Whether the link answers ARP for others.', 'PROXY', 11),
    _switch('udpcsum', 'Whether outer packets of IPv4 have a UDP checksum.', 'UDP_CSUM', 18, usual=True),
    _switch('udp6zerocsumtx', 'Whether outer packets of IPv6 have no UDP checksum.', 'UDP_ZERO_CSUM6_TX', 19),
    _switch(
        'udp6zerocsumrx',
        'Whether outer packets of IPv6 without a UDP checksum are taken.',
        'UDP_ZERO_CSUM6_RX',
        20,
    ),
    _switch('remcsumtx', 'Whether checksums of inner packets are left to the other end.', 'REMCSUM_TX', 21),
    _switch('remcsumrx', 'Whether checksums are made that the other end left out.', 'REMCSUM_RX', 22),
    _row(
        'flowlabel_inherit',
        Boolean(),
        'Whether the flow label of the inner packet is copied.',
        Nla('IFLA_VXLAN_LABEL_POLICY', 32, U32),
        False,
        needs='Linux 6.7',
        iproute2='inherit',
    ),
    _switch('gbp', 'Group policy extension.', 'GBP', 23, FLAG),
    _switch(
        'external',
        'Whether routes and filters choose the ends of the tunnel. Then C(id) is V(0).',
        'COLLECT_METADATA',
        25,
    ),
    _switch(
        'vnifilter',
        'Whether only identifiers of a list pass. Needs C(external).',
        'VNIFILTER',
        30,
        needs='Linux 5.18',
    ),
    _switch(
        'localbypass',
        'Whether packets to this host go to its other VXLAN links at once.',
        'LOCALBYPASS',
        31,
        usual=True,
        needs='Linux 6.5',
    ),
)


SHARED = ('external', 'gbp', 'remcsumrx', 'udp6zerocsumrx', 'vnifilter')
"""What links on one UDP port have in common (VXLAN_F_RCV_FLAGS in include/net/vxlan.h)."""


def usual_shared() -> dict[str, Value | None]:
    return {name: _VXLAN[name].usual for name in SHARED}


def is_link_local(settings: t.Mapping[str, Value]) -> bool:
    """Whether the ends are of one link only: then two of them do not contradict on two links."""
    ends = [ipaddress.ip_address(str(settings[name])) for name in ('local', 'remote') if name in settings]
    return any(end.version == 6 and end.is_link_local for end in ends)


def families_of(settings: t.Mapping[str, Value]) -> tuple[str, ...]:
    """The families of the UDP sockets that a link opens (vxlan_open)."""
    if settings.get('external'):
        return ('ipv4', 'ipv6')
    end = settings.get('local') or settings.get('remote') or '0.0.0.0'
    return (family_of(str(end)),)


def _vxlan_rules(reader: Reader, values: dict[str, Value], parent: End | None) -> None:
    ends = [str(values[name]) for name in ('local', 'remote') if name in values]
    if len({family_of(end) for end in ends}) > 1:
        reader.problem('remote', 'has another address family than local')
    _check_external(reader, values)
    remote = values.get('remote')
    if parent is None and remote is not None and ipaddress.ip_address(str(remote)).is_multicast:
        reader.problem(
            'link', 'is missing: the group %s needs one' % remote, do='name the link that carries it'
        )


def _check_external(reader: Reader, values: t.Mapping[str, t.Any]) -> None:
    """What vxlan_config_validate wants."""
    if values.get('external') and values.get('id'):
        reader.problem('id', 'contradicts external', found=str(values['id']), want='0')
    if values.get('vnifilter') and not values.get('external'):
        reader.problem('vnifilter', 'needs external', do='add it')
    for key in ('flowlabel', 'flowlabel_inherit'):
        if values.get(key) and ':' not in '%s %s' % (values.get('local'), values.get('remote')):
            reader.problem(key, 'needs addresses of IPv6', do='give local or remote')


def _resend_vxlan(number: int, payload: bytes) -> bytes | None:
    """What is shown as a byte, and counts as set whatever the byte is (vxlan_fill_info, vxlan_nl2conf)."""
    return None if number == _IFLA_VXLAN_REMCSUM_RX and not any(payload) else payload


VXLAN = LinkKind(
    'vxlan',
    'a VXLAN tunnel, Ethernet over UDP',
    _VXLAN,
    _vxlan_rules,
    parent='optional',
    parent_nla=Nla('IFLA_VXLAN_LINK', 3, U32),
    mtu=Mtu.TUNNEL,
    resend=_resend_vxlan,
    headers=(50, 70),  # VXLAN_HEADROOM, VXLAN6_HEADROOM
    title=('id',),
    **ETHERNET,
)
