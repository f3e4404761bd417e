# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tunnels over IPv6: ip6gre, ip6gretap, ip6tnl and vti6.

Sources of the names and numbers: linux/include/uapi/linux/if_tunnel.h and ip6_tunnel.h.
"""

from __future__ import annotations

from ...kernel.nla import BE32, IP6, U8, U32, Nla
from ...values.names import End
from ...values.reading import Reader
from ..attribute import Attribute, Boolean, Choice, Flag, Integer, Part, Table, Value
from .tunnel_rows import (
    GRE_ROWS,
    Rows,
    check_group,
    check_no_mac,
    check_outer,
    check_remote,
    encapsulation,
    ends,
    external,
    fixed,
    tunnel,
    vti_rows,
)
from .types import IntegerOr

# IP6_TNL_F_*
_IGN_ENCAP_LIMIT, _USE_ORIG_TCLASS, _USE_ORIG_FLOWLABEL = 0x1, 0x2, 0x4
_RCV_DSCP_COPY, _USE_ORIG_FWMARK, _ALLOW_LOCAL_REMOTE = 0x10, 0x20, 0x40


def _outer(names: str, numbers: tuple[int, int, int, int, int, int, int]) -> Rows:
    """What tunnels over IPv6 have in common. *names* and *numbers* are those of their netlink attributes."""
    local, remote, ttl, limit, flow, flag, mark = numbers
    flowinfo, flags = Nla(names + '_FLOWINFO', flow, BE32), Nla(names + '_FLAGS', flag, U32)
    return (
        *ends(names, local, remote, IP6),
        Attribute(
            'ttl',
            Integer(0, 255),
            'Hop limit of the outer packets. V(0) copies that of the inner packet.',
            (Nla(names + '_TTL', ttl, U8),),
            default=64,
            kernel_default=0,
            immutable=True,
            iproute2='hoplimit',
        ),
        Attribute(
            'encaplimit',
            IntegerOr(0, 255, 'none'),
            'How many more tunnels the packets may enter (RFC 2473). V(none) adds no such limit to the'
            ' packets.',
            (Nla(names + '_ENCAP_LIMIT', limit, U8),),
            flag=Flag(flags, _IGN_ENCAP_LIMIT, word='none'),
            default=4,  # IPV6_DEFAULT_TNL_ENCAP_LIMIT, which is that of ip(8)
            kernel_default=0,
            immutable=True,
        ),
        fixed(
            Attribute(
                'tclass',
                IntegerOr(0, 255, 'inherit'),
                'Traffic class of the outer packets. V(inherit) copies that of the inner packet.',
                flag=Flag(flags, _USE_ORIG_TCLASS, word='inherit'),
                part=Part(flowinfo, 0x0FF00000),
                default=0,
            )
        ),
        fixed(
            Attribute(
                'flowlabel',
                IntegerOr(0, 0xFFFFF, 'inherit'),
                'Flow label of the outer packets. V(inherit) copies that of the inner packet.',
                flag=Flag(flags, _USE_ORIG_FLOWLABEL, word='inherit'),
                part=Part(flowinfo, 0x000FFFFF),
                default=0,
            )
        ),
        fixed(
            Attribute(
                'dscp_inherit',
                Boolean(),
                'Whether the inner packet gets the DSCP of the outer one.',
                flag=Flag(flags, _RCV_DSCP_COPY),
                default=False,
                iproute2='dscp',
            )
        ),
        fixed(
            Attribute(
                'fwmark',
                IntegerOr(0, 0xFFFFFFFF, 'inherit'),
                'Firewall mark that the routing of outer packets sees. V(inherit) copies that of the inner '
                'packet.',
                (Nla(names + '_FWMARK', mark, U32),),
                flag=Flag(flags, _USE_ORIG_FWMARK, word='inherit'),
                default=0,
            )
        ),
        fixed(
            Attribute(
                'allow_localremote',
                Boolean(),
                'Whether the other end may be on this host.',
                flag=Flag(flags, _ALLOW_LOCAL_REMOTE),
                default=False,
                iproute2='allow-localremote',
            )
        ),
    )


_GRE = Table(
    *_outer('IFLA_GRE', (6, 7, 8, 11, 12, 13, 20)),
    *GRE_ROWS,
    *encapsulation('IFLA_GRE', 14, csum6=True),
    external('IFLA_GRE', 18),
)
_IP6TNL = Table(
    fixed(
        Attribute(
            'mode',
            Choice({'any': 0, 'ip6ip6': 41, 'ipip6': 4}),
            'What is in the packets.',
            (Nla('IFLA_IPTUN_PROTO', 9, U8),),
            default='any',
        )
    ),
    *_outer('IFLA_IPTUN', (2, 3, 4, 6, 7, 8, 20)),
    *encapsulation('IFLA_IPTUN', 15, csum6=True),
    external('IFLA_IPTUN', 19),
)
_VTI6 = Table(*vti_rows(IP6))


def _rules(reader: Reader, values: dict[str, Value], _parent: End | None) -> None:
    check_outer(reader, values, 6)
    check_group(reader, values)


def _ip_rules(reader: Reader, values: dict[str, Value], parent: End | None) -> None:
    _rules(reader, values, parent)
    check_no_mac(reader)


def _tap_rules(reader: Reader, values: dict[str, Value], parent: End | None) -> None:
    _rules(reader, values, parent)
    check_remote(reader, values)


_GRE_LINK = 'IFLA_GRE_LINK'
TUNNELS_OVER_IPV6 = {
    'ip6gre': tunnel('ip6_gre', 'a GRE tunnel, IP over IPv6', _GRE, _ip_rules, _GRE_LINK, 1456),
    'ip6gretap': tunnel(
        'ip6_gre', 'a GRE tunnel, Ethernet over IPv6', _GRE, _tap_rules, _GRE_LINK, 1442, own_mac=True
    ),
    'ip6tnl': tunnel(
        'ip6_tunnel', 'a tunnel, IPv4 and IPv6 over IPv6', _IP6TNL, _ip_rules, 'IFLA_IPTUN_LINK', 1460
    ),
    'vti6': tunnel(
        'ip6_vti',
        'a tunnel over IPv6 that IPsec encrypts by its keys',
        _VTI6,
        _ip_rules,
        'IFLA_VTI_LINK',
        1500,
    ),
}
