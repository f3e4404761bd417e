# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""GENEVE tunnels. Sources of the names and numbers: linux/include/uapi/linux/if_link.h, IFLA_GENEVE_*."""

from __future__ import annotations

import ipaddress
import typing as t

from ...kernel.nla import BE16, BE32, IP4, IP6, U8, U32, Attributes, Nla
from ...values.names import End
from ...values.reading import Reader
from ..attribute import Attribute, Boolean, Choice, Integer, IpAddress, Table, Value
from .kind import DEFAULT_MTU, ETHERNET, LinkKind
from .tunnel_rows import external, refuse_beside

IpAny = t.Union[ipaddress.IPv4Address, ipaddress.IPv6Address]

_REMOTE, _REMOTE6 = Nla('IFLA_GENEVE_REMOTE', 2, IP4), Nla('IFLA_GENEVE_REMOTE6', 7, IP6)

_GENEVE = Table(
    Attribute(
        'id',
        Integer(0, (1 << 24) - 1),
        'Network identifier (VNI). Required unless C(external).',
        (Nla('IFLA_GENEVE_ID', 1, U32),),
        immutable=True,
    ),
    Attribute(
        'remote',
        IpAddress(),
        'Destination of the outer packets, a unicast address. Required unless C(external).',
        (_REMOTE, _REMOTE6),
        immutable=True,
    ),
    Attribute(
        'dstport',
        Integer(1, 65535),
        'UDP destination port.',
        (Nla('IFLA_GENEVE_PORT', 5, BE16),),
        default=6081,
        kernel_default=6081,
        field='port',
        immutable=True,
    ),
    Attribute(
        'ttl',
        Integer(0, 255),
        'TTL of the outer packets. V(0) takes that of the route.',
        (Nla('IFLA_GENEVE_TTL', 3, U8),),
        default=0,
        kernel_default=0,
    ),
    Attribute(
        'ttl_inherit',
        Boolean(),
        'Whether the outer packet has the TTL of the inner one, whatever C(ttl).',
        (Nla('IFLA_GENEVE_TTL_INHERIT', 12, U8),),
        kernel_default=False,
        immutable=True,
        iproute2='ttl',
    ),
    Attribute(
        'tos',
        Integer(0, 255),
        'TOS of the outer packets. V(1) copies that of the inner packet.',
        (Nla('IFLA_GENEVE_TOS', 4, U8),),
        default=0,
        kernel_default=0,
    ),
    Attribute(
        'df',
        Choice({'unset': 0, 'set': 1, 'inherit': 2}),
        'Whether outer packets over IPv4 must not be fragmented. V(inherit) copies the bit of the inner '
        'packet.',
        (Nla('IFLA_GENEVE_DF', 13, U8),),
        default='unset',
        kernel_default='unset',
    ),
    Attribute(
        'flowlabel',
        Integer(0, 0xFFFFF),
        'Flow label of outer packets over IPv6.',
        (Nla('IFLA_GENEVE_LABEL', 11, BE32),),
        default=0,
        kernel_default=0,
    ),
    Attribute(
        'udpcsum',
        Boolean(),
        'Whether UDP over IPv4 has checksums.',
        (Nla('IFLA_GENEVE_UDP_CSUM', 8, U8),),
        kernel_default=False,
        immutable=True,
    ),
    Attribute(
        'udp6zerocsumtx',
        Boolean(),
        'Whether UDP over IPv6 is sent without checksums.',
        (Nla('IFLA_GENEVE_UDP_ZERO_CSUM6_TX', 9, U8),),
        kernel_default=False,
        immutable=True,
    ),
    Attribute(
        'udp6zerocsumrx',
        Boolean(),
        'Whether UDP over IPv6 is received without checksums.',
        (Nla('IFLA_GENEVE_UDP_ZERO_CSUM6_RX', 10, U8),),
        kernel_default=False,
        immutable=True,
    ),
    external('IFLA_GENEVE', 6),
)
_OVER_IPV4, _OVER_IPV6 = ('udpcsum',), ('udp6zerocsumtx', 'udp6zerocsumrx')
_OF_ONE_TUNNEL = ('id', 'remote', 'ttl', 'ttl_inherit', 'tos', 'df', 'flowlabel', *_OVER_IPV4, *_OVER_IPV6)


def _rules(reader: Reader, values: dict[str, Value], _parent: End | None) -> None:
    if values.get('external'):
        refuse_beside(reader, 'external', _OF_ONE_TUNNEL)
        values['id'] = 0  # as the kernel shows it
        return
    for key in ('id', 'remote'):
        if not reader.has(key):
            reader.problem(key, 'is missing', do='add it')
    if reader.has('ttl') and values.get('ttl_inherit'):
        reader.problem('ttl', 'contradicts ttl_inherit', do='remove one of the two')
    if 'remote' in values:
        _check_remote(reader, values, ipaddress.ip_address(str(values['remote'])))


def _check_remote(reader: Reader, values: dict[str, Value], remote: IpAny) -> None:
    if remote.is_multicast or remote.is_unspecified or remote.version == 6 and remote.is_link_local:
        # geneve_nl2info
        reader.problem('remote', 'is not a unicast address', found=str(remote), want='one host')
    here, other = (_OVER_IPV4, _OVER_IPV6) if remote.version == 4 else (_OVER_IPV6, _OVER_IPV4)
    values.update((key, values.get(key, False)) for key in here)
    beside = (*other, 'flowlabel') if remote.version == 4 else other
    for key in beside:
        if reader.has(key):
            reader.problem(key, 'does not fit a tunnel over IPv%d' % remote.version, do='leave it out')


def _hides(payloads: Attributes) -> tuple[str, ...]:
    """UDP checksums of the family that the tunnel does not use (geneve_fill_info)."""
    if _REMOTE6.number in payloads:
        return _OVER_IPV4
    return _OVER_IPV6 if _REMOTE.number in payloads else (*_OVER_IPV4, *_OVER_IPV6)


GENEVE = LinkKind(
    'geneve',
    'a GENEVE tunnel, Ethernet over UDP',
    _GENEVE,
    _rules,
    hides=_hides,
    # The route to the other end decides (geneve_link_config).
    usual_mtus=(DEFAULT_MTU, 1450, 1430, 65465, 65485),
    title=('id',),
    **ETHERNET,
)
