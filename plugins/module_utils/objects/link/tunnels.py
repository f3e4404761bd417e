# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links that carry packets inside other packets.

Sources of the names and numbers: linux/include/uapi/linux/if_link.h and if_tunnel.h.
"""

from __future__ import annotations

import ipaddress

from ...kernel.nla import BE16, BE32, IP4, IP6, U8, U32, Nla
from ...values.names import family_of
from ...values.reading import Reader
from ..attribute import Attribute, Boolean, Flag, Integer, IpAddress, Table, Value
from .kind import End, Kind, Mtu

_IFLA_VXLAN_REMCSUM_RX, _IFLA_VXLAN_TTL_INHERIT = 22, 28

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
        'TTL of the outer packets. V(0) copies that of the inner packet.',
        (Nla('IFLA_VXLAN_TTL', 5, U8),),
        default=0,
        immutable=True,
    ),
)


def _vxlan_rules(reader: Reader, values: dict[str, Value], parent: End | None) -> None:
    ends = [str(values[name]) for name in ('local', 'remote') if name in values]
    if len({family_of(end) for end in ends}) > 1:
        reader.fault('remote', 'has another address family than local')
    remote = values.get('remote')
    if parent is None and remote is not None and ipaddress.ip_address(str(remote)).is_multicast:
        reader.fault(
            'link', 'is missing: the group %s needs one' % remote, do='name the link that carries it'
        )


def _resend_vxlan(number: int, payload: bytes) -> bytes | None:
    """What is shown as a byte, and counts as set whatever the byte is (vxlan_fill_info, vxlan_nl2conf)."""
    if number not in (_IFLA_VXLAN_REMCSUM_RX, _IFLA_VXLAN_TTL_INHERIT):
        return payload
    if not any(payload):
        return None
    return b'' if number == _IFLA_VXLAN_TTL_INHERIT else payload


_KEY, _CSUM, _SEQ = 0x2000, 0x8000, 0x1000  # GRE_KEY, GRE_CSUM, GRE_SEQ in the byte order of the network
_IN, _OUT = Nla('IFLA_GRE_IFLAGS', 2, BE16), Nla('IFLA_GRE_OFLAGS', 3, BE16)


def _gre_bit(key: str, text: str, nla: Nla, mask: int) -> Attribute:
    return Attribute(
        key, Boolean(), text, flag=Flag(nla, mask), default=False, kernel_default=False, immutable=True
    )


# The kernel takes a change only with all that stays as it is (ipgre_netlink_parms forgets what is not sent),
# and none from one remote address to many (ip_tunnel_changelink): another value means another link.


def _outer(
    names: str, numbers: tuple[int, int, int, int, int], needs_remote: bool = False
) -> tuple[Attribute, ...]:
    """What tunnels over IPv4 have in common. *names* and *numbers* are those of their netlink attributes."""
    local, remote, ttl, tos, pmtudisc = numbers
    many = '' if needs_remote else ' Without it, the neighbours on the link have one each (ip-neighbour(8)).'
    return (
        Attribute(
            'local',
            IpAddress(),
            'Source address of the outer packets.',
            (Nla(names + '_LOCAL', local, IP4),),
            immutable=True,
        ),
        Attribute(
            'remote',
            IpAddress(),
            'Destination of the outer packets, a unicast address or a multicast group.' + many,
            (Nla(names + '_REMOTE', remote, IP4),),
            required=needs_remote,
            immutable=True,
        ),
        Attribute(
            'ttl',
            Integer(0, 255),
            'TTL of the outer packets. V(0) copies that of the inner packet.',
            (Nla(names + '_TTL', ttl, U8),),
            default=0,
            kernel_default=0,
            immutable=True,
        ),
        Attribute(
            'tos',
            Integer(0, 255),
            'TOS of the outer packets. V(1) copies that of the inner packet.',
            (Nla(names + '_TOS', tos, U8),),
            default=0,
            kernel_default=0,
            immutable=True,
        ),
        Attribute(
            'pmtudisc',
            Boolean(),
            'Whether outer packets must not be fragmented, so that the path MTU is discovered.',
            (Nla(names + '_PMTUDISC', pmtudisc, U8),),
            default=True,
            kernel_default=True,
            immutable=True,
        ),
    )


_GRE_ONLY = (
    Attribute(
        'ignore_df',
        Boolean(),
        'Whether inner packets that must not be fragmented may be. Needs C(pmtudisc=false).',
        (Nla('IFLA_GRE_IGNORE_DF', 19, U8),),
        default=False,
        kernel_default=False,
        immutable=True,
        iproute2='ignore-df',
    ),
    Attribute(
        'ikey',
        Integer(0, 0xFFFFFFFF),
        'Key that received packets have to have. By default, none.',
        (Nla('IFLA_GRE_IKEY', 4, BE32),),
        flag=Flag(_IN, _KEY),
        immutable=True,
    ),
    Attribute(
        'okey',
        Integer(0, 0xFFFFFFFF),
        'Key of sent packets. By default, none.',
        (Nla('IFLA_GRE_OKEY', 5, BE32),),
        flag=Flag(_OUT, _KEY),
        immutable=True,
    ),
    _gre_bit('icsum', 'Whether received packets have to have a checksum.', _IN, _CSUM),
    _gre_bit('ocsum', 'Whether sent packets have a checksum.', _OUT, _CSUM),
    _gre_bit('iseq', 'Whether received packets have to be in sequence.', _IN, _SEQ),
    _gre_bit('oseq', 'Whether sent packets are numbered.', _OUT, _SEQ),
)
_GRE = Table(*_outer('IFLA_GRE', (6, 7, 8, 9, 10)), *_GRE_ONLY)
_GRETAP = Table(*_outer('IFLA_GRE', (6, 7, 8, 9, 10), needs_remote=True), *_GRE_ONLY)
_IPTUN = Table(*_outer('IFLA_IPTUN', (2, 3, 4, 5, 10)))


def _ip_rules(reader: Reader, values: dict[str, Value], parent: End | None) -> None:
    _outer_rules(reader, values, parent)
    if reader.has('mac'):
        reader.fault('mac', 'does not fit a tunnel of IP, which has no hardware address', do='leave it out')


def _outer_rules(reader: Reader, values: dict[str, Value], _parent: End | None) -> None:
    for name in ('local', 'remote'):
        if name in values and not _is_ipv4_address(str(values[name])):
            reader.fault(
                name, 'does not fit a tunnel over IPv4', found=str(values[name]), want='an IPv4 address'
            )
            return
    remote = values.get('remote')
    if remote is not None and ipaddress.ip_address(str(remote)).is_multicast and 'local' not in values:
        reader.fault('local', 'is missing: the group %s needs one' % remote, do='add it')
    if values.get('ignore_df') and values.get('pmtudisc'):
        reader.fault('ignore_df', 'contradicts pmtudisc', do='set pmtudisc: false')
    if reader.has('link_namespace'):
        # It looks for the link below in the namespace of the tunnel (ip_tunnel_bind_dev).
        reader.fault('link_namespace', 'does not fit this tunnel', do='make the tunnel in that namespace')


def _is_ipv4_address(text: str) -> bool:
    return ':' not in text and not ipaddress.ip_address(text).is_unspecified


FALLBACKS = (
    'tunl0',
    'gre0',
    'gretap0',
    'erspan0',
    'ip_vti0',
    'ip6_vti0',
    'sit0',
    'ip6tnl0',
    'ip6gre0',
)
"""Links that modules of tunnels create in every namespace. Nobody can delete them (ip_tunnel_init_net)."""

TUNNELS = {
    'vxlan': Kind(
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
    ),
    'gre': Kind(
        'ip_gre',
        'a GRE tunnel, IP over IPv4',
        _GRE,
        _ip_rules,
        parent='optional',
        parent_nla=Nla('IFLA_GRE_LINK', 1, U32),
        own_mac=False,
        usual_mtus=(1476, 1472, 1468, 1464),  # DEFAULT_MTU less the headers, by checksum, key and sequence
        title=('remote',),
    ),
    'gretap': Kind(
        'ip_gre',
        'a GRE tunnel, Ethernet over IPv4',
        _GRETAP,
        _outer_rules,
        parent='optional',
        parent_nla=Nla('IFLA_GRE_LINK', 1, U32),
        usual_mtus=(1462, 1458, 1454, 1450),
        title=('remote',),
    ),
    'ipip': Kind(
        'ipip',
        'a tunnel, IPv4 over IPv4',
        _IPTUN,
        _ip_rules,
        parent='optional',
        parent_nla=Nla('IFLA_IPTUN_LINK', 1, U32),
        own_mac=False,
        usual_mtus=(1480,),
        title=('remote',),
    ),
    'sit': Kind(
        'sit',
        'a tunnel, IPv6 over IPv4',
        _IPTUN,
        _ip_rules,
        parent='optional',
        parent_nla=Nla('IFLA_IPTUN_LINK', 1, U32),
        own_mac=False,
        usual_mtus=(1480,),
        title=('remote',),
    ),
}
