# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tunnels over IPv4: gre, gretap, ipip, sit and vti.

Sources of the names and numbers: linux/include/uapi/linux/if_tunnel.h.
"""

from __future__ import annotations

import ipaddress

from ...kernel.nla import IP4, IP6, U8, U16, Attributes, Nla
from ...values.names import End
from ...values.reading import Reader
from ..attribute import Attribute, Boolean, Choice, Flag, Integer, IpAddress, Table, Value
from .tunnel_rows import (
    GRE_ROWS,
    WITH_NEIGHBOURS,
    Rows,
    check_group,
    check_no_mac,
    check_outer,
    check_remote,
    encapsulation,
    ends,
    external,
    fixed,
    fwmark,
    held,
    tunnel,
    vti_rows,
)

_MPLS = 137  # IPPROTO_MPLS


def _outer(names: str, numbers: tuple[int, int, int, int, int], about_remote: str = '') -> Rows:
    """What tunnels over IPv4 have in common. *names* and *numbers* are those of their netlink attributes."""
    local, remote, ttl, tos, pmtudisc = numbers
    return (
        *ends(names, local, remote, IP4, about_remote),
        held(
            Attribute(
                'ttl',
                Integer(0, 255),
                'TTL of the outer packets. V(0) copies that of the inner packet.',
                (Nla(names + '_TTL', ttl, U8),),
                default=0,
            )
        ),
        held(
            Attribute(
                'tos',
                Integer(0, 255),
                'TOS of the outer packets. V(1) copies that of the inner packet.',
                (Nla(names + '_TOS', tos, U8),),
                default=0,
            )
        ),
        held(
            Attribute(
                'pmtudisc',
                Boolean(),
                'Whether outer packets must not be fragmented, so that the path MTU is discovered.',
                (Nla(names + '_PMTUDISC', pmtudisc, U8),),
                default=True,
            )
        ),
    )


_GRE_ONLY: Rows = (
    held(
        Attribute(
            'ignore_df',
            Boolean(),
            'Whether inner packets that must not be fragmented may be. Needs C(pmtudisc=false).',
            (Nla('IFLA_GRE_IGNORE_DF', 19, U8),),
            default=False,
            iproute2='ignore-df',
        )
    ),
    *GRE_ROWS,
    fwmark('IFLA_GRE', 20),
    *encapsulation('IFLA_GRE', 14, csum6=False),
    external('IFLA_GRE', 18),
)
_GRE = Table(*_outer('IFLA_GRE', (6, 7, 8, 9, 10), WITH_NEIGHBOURS), *_GRE_ONLY)
_GRETAP = Table(*_outer('IFLA_GRE', (6, 7, 8, 9, 10)), *_GRE_ONLY)

_OVER_IPTUN: Rows = (
    *_outer('IFLA_IPTUN', (2, 3, 4, 5, 10), WITH_NEIGHBOURS),
    fwmark('IFLA_IPTUN', 20),
    *encapsulation('IFLA_IPTUN', 15, csum6=False),
)


def _mode(text: str, numbers: dict[str, int], default: str) -> Attribute:
    nla = Nla('IFLA_IPTUN_PROTO', 9, U8)
    return fixed(Attribute('mode', Choice(numbers), text, (nla,), default=default))


_IPIP = Table(
    *_OVER_IPTUN,
    _mode('What is in the packets.', {'ipip': 4, 'mplsip': _MPLS, 'any': 0}, 'ipip'),
    external('IFLA_IPTUN', 19),
)
# There is no external: ipip6_netlink_parms takes no IFLA_IPTUN_COLLECT_METADATA.
_SIT_TTL = 64  # what ipip6_netlink_parms takes without IFLA_IPTUN_TTL
_SIT = Table(
    *[row._replace(kernel_default=_SIT_TTL) if row.key == 'ttl' else row for row in _OVER_IPTUN],
    _mode('What is in the packets.', {'ip6ip': 41, 'ipip': 4, 'mplsip': _MPLS, 'any': 0}, 'ip6ip'),
    fixed(
        Attribute(
            'isatap',
            Boolean(),
            'Intra-Site Automatic Tunnel Addressing (RFC 5214).',
            flag=Flag(Nla('IFLA_IPTUN_FLAGS', 8, U16), 1),  # SIT_ISATAP
            default=False,
        )
    ),
    Attribute(
        'sixrd_prefix',
        IpAddress(),
        'Prefix of IPv6 addresses that have the destination of the outer packets in them (RFC 5969). By '
        'default those of 6to4.',
        (Nla('IFLA_IPTUN_6RD_PREFIX', 11, IP6),),
        immutable=True,
        iproute2='6rd-prefix',
    ),
    Attribute(
        'sixrd_prefixlen',
        Integer(0, 64),
        'Length of C(sixrd_prefix).',
        (Nla('IFLA_IPTUN_6RD_PREFIXLEN', 13, U16),),
        immutable=True,
        iproute2='6rd-prefix',
    ),
    Attribute(
        'sixrd_relay_prefix',
        IpAddress(),
        'Prefix of the IPv4 addresses at the other ends, which the IPv6 addresses leave out. By default, '
        'none.',
        (Nla('IFLA_IPTUN_6RD_RELAY_PREFIX', 12, IP4),),
        immutable=True,
        iproute2='6rd-relay_prefix',
    ),
    Attribute(
        'sixrd_relay_prefixlen',
        Integer(0, 32),
        'Length of C(sixrd_relay_prefix).',
        (Nla('IFLA_IPTUN_6RD_RELAY_PREFIXLEN', 14, U16),),
        immutable=True,
        iproute2='6rd-relay_prefix',
    ),
)
_6RD = ('sixrd_prefix', 'sixrd_prefixlen', 'sixrd_relay_prefix', 'sixrd_relay_prefixlen')
_6TO4 = ('2002::', 16, None, 0)
_VTI = Table(*vti_rows(IP4))


def _rules(reader: Reader, values: dict[str, Value], _parent: End | None) -> None:
    check_outer(reader, values, 4)
    check_group(reader, values)
    if values.get('ignore_df') and values.get('pmtudisc'):
        reader.problem('ignore_df', 'contradicts pmtudisc', do='set pmtudisc: false')


def _ip_rules(reader: Reader, values: dict[str, Value], parent: End | None) -> None:
    _rules(reader, values, parent)
    check_no_mac(reader)


def _tap_rules(reader: Reader, values: dict[str, Value], parent: End | None) -> None:
    _rules(reader, values, parent)
    check_remote(reader, values)


def _sit_rules(reader: Reader, values: dict[str, Value], parent: End | None) -> None:
    _ip_rules(reader, values, parent)
    for key, version in (('sixrd_prefix', 6), ('sixrd_relay_prefix', 4)):
        prefix = values.get(key)
        if prefix is not None and ipaddress.ip_address(str(prefix)).version != version:
            reader.problem(key, 'has another address family', found=str(prefix), want='IPv%d' % version)
        if reader.has(key) != reader.has(key + 'len'):
            reader.problem(key, 'and %slen belong together' % key, do='give both, or leave both out')
    if not reader.has('sixrd_prefix'):
        if reader.has('sixrd_relay_prefix'):
            reader.problem('sixrd_relay_prefix', 'needs a sixrd_prefix', do='add it')
        return
    relay_length = values.setdefault('sixrd_relay_prefixlen', 0)
    if int(values.get('sixrd_prefixlen', 0)) + 32 - int(relay_length) > 64:  # ipip6_tunnel_update_6rd
        reader.problem(
            'sixrd_prefixlen', 'leaves too few of 64 bits for IPv4 addresses', do='make it shorter'
        )
    if tuple(values.get(key) for key in _6RD) == _6TO4:
        for key in _6RD:
            values.pop(key, None)


def _hides_6to4(payloads: Attributes) -> tuple[str, ...]:
    """What a tunnel has that was asked for none (ipip6_tunnel_clone_6rd)."""
    found = dict(_SIT.decode(payloads))
    return _6RD if tuple(found.get(key) for key in _6RD) == _6TO4 else ()


_GRE_LINK, _IPTUN_LINK = 'IFLA_GRE_LINK', 'IFLA_IPTUN_LINK'
TUNNELS_OVER_IPV4 = {
    'gre': tunnel('ip_gre', 'a GRE tunnel, IP over IPv4', _GRE, _ip_rules, _GRE_LINK, 1476),
    'gretap': tunnel(
        'ip_gre', 'a GRE tunnel, Ethernet over IPv4', _GRETAP, _tap_rules, _GRE_LINK, 1462, own_mac=True
    ),
    'ipip': tunnel('ipip', 'a tunnel, IPv4 over IPv4', _IPIP, _ip_rules, _IPTUN_LINK, 1480),
    'sit': tunnel('sit', 'a tunnel, IPv6 over IPv4', _SIT, _sit_rules, _IPTUN_LINK, 1480)._replace(
        hides=_hides_6to4
    ),
    'vti': tunnel(
        'ip_vti', 'a tunnel over IPv4 that IPsec encrypts by its keys', _VTI, _ip_rules, 'IFLA_VTI_LINK', 1500
    ),
}
