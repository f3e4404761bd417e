# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links that carry packets inside other packets.

Sources of the names and numbers: linux/include/uapi/linux/if_link.h and if_tunnel.h.
"""

from __future__ import annotations

import ipaddress

from ...kernel.nla import BE16, IP4, IP6, U8, U32, Nla
from ...values.names import family_of
from ...values.reading import Reader
from ..attribute import Attribute, Boolean, Integer, IpAddress, Table, Value
from .geneve import GENEVE
from .kind import End, Kind, Mtu
from .tunnels4 import TUNNELS_OVER_IPV4
from .tunnels6 import TUNNELS_OVER_IPV6
from .xfrm import XFRM

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
    **TUNNELS_OVER_IPV4,
    **TUNNELS_OVER_IPV6,
    'geneve': GENEVE,
    'xfrm': XFRM,
}
