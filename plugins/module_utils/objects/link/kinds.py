# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All kinds of links. What is particular to one of them is in its Kind.

Sources of the names and numbers: linux/include/uapi/linux/if_link.h.
"""

from __future__ import annotations

import struct

from ...kernel.nla import BE16, U16, U32, Nla
from ..attribute import Attribute, Choice, Integer, Settings, Table
from .bond import BOND
from .bridge import BRIDGE
from .bridge_port import PORT
from .kind import Kind, Mtu
from .tunnels import TUNNELS
from .types import LinkOfSame, others_in

_VLAN = Table(
    Attribute(
        'id', Integer(1, 4094), 'VLAN ID.', (Nla('IFLA_VLAN_ID', 1, U16),), required=True, immutable=True
    ),
    Attribute(
        'protocol',
        Choice({'802.1q': 0x8100, '802.1ad': 0x88A8}),
        'VLAN protocol.',
        (Nla('IFLA_VLAN_PROTOCOL', 5, BE16),),
        default='802.1q',
        kernel_default='802.1q',
        immutable=True,
    ),
)

_IFLA_VLAN_FLAGS = 2
_VLAN_FLAG_REORDER_HDR = 1


def _resend_vlan(number: int, payload: bytes) -> bytes:
    """The mask of IFLA_VLAN_FLAGS is shown with all bits set, and refused so (vlan_dev_change_flags)."""
    if number != _IFLA_VLAN_FLAGS:
        return payload
    flags, _mask = _VLAN_FLAGS.unpack(payload)
    return _VLAN_FLAGS.pack(flags, flags | _VLAN_FLAG_REORDER_HDR)


_VLAN_FLAGS = struct.Struct('=II')

_MACVLAN = Table(
    Attribute(
        'mode',
        Choice({'private': 1, 'vepa': 2, 'bridge': 4, 'passthru': 8}),
        'How macvlans on the same link reach each other. V(passthru) takes the whole link.',
        (Nla('IFLA_MACVLAN_MODE', 1, U32),),
        default='bridge',
        immutable=True,
    ),
)

_MACVLAN_STATE = frozenset((6, 8))  # IFLA_MACVLAN_MACADDR_COUNT, IFLA_MACVLAN_BC_QUEUE_LEN_USED

_IPVLAN = Table(
    Attribute(
        'mode',
        Choice({'l2': 0, 'l3': 1, 'l3s': 2}),
        'Layer at which packets pass to the parent link. V(l3s) also passes netfilter.',
        (Nla('IFLA_IPVLAN_MODE', 1, U16),),
        default='l3',
        immutable=True,
    ),
)

_VRF = Table(
    Attribute(
        'table',
        Integer(1, 0xFFFFFFFF),
        'Routing table.',
        (Nla('IFLA_VRF_TABLE', 1, U32),),
        required=True,
        immutable=True,
    ),
)

KINDS: dict[str, Kind] = {
    'veth': Kind('veth', 'one end of a virtual Ethernet cable', mtu=Mtu.FIXED, everywhere=True),
    'bridge': BRIDGE,
    'vlan': Kind(
        '8021q',
        'a VLAN on another link',
        _VLAN,
        parent='required',
        own_mac=False,
        mtu=Mtu.LOWER,
        resend=_resend_vlan,
        title=('id',),
    ),
    'bond': BOND,
    'macvlan': Kind(
        'macvlan',
        'a link on another one, with its own hardware address',
        _MACVLAN,
        parent='required',
        takes_packets=True,
        state=_MACVLAN_STATE,
        mtu=Mtu.LOWER,
        title=('mode',),
    ),
    'ipvlan': Kind(
        'ipvlan',
        'a link on another one that shares its hardware address',
        _IPVLAN,
        parent='required',
        takes_packets=True,
        own_mac=False,
        mtu=Mtu.LOWER,
        title=('mode',),
    ),
    'macvtap': Kind(
        'macvtap',
        'a macvlan whose packets a program reads and writes at /dev/tapN, N being its number',
        _MACVLAN,
        parent='required',
        takes_packets=True,
        state=_MACVLAN_STATE,
        mtu=Mtu.LOWER,
        title=('mode',),
        queue=500,  # TUN_READQ_SIZE
    ),
    **TUNNELS,
    'dummy': Kind('dummy', 'a link that drops all packets', mtu=Mtu.FIXED),
    'ifb': Kind(
        'ifb',
        'a link that takes packets of others, redirected by a filter, through its queueing discipline',
        mtu=Mtu.FIXED,
        queue=32,  # TX_Q_LIMIT
    ),
    # The kernel gives a VRF the largest MTU of IPv6, which has differed between releases.
    'vrf': Kind('vrf', 'a routing domain', _VRF, usual_mtus=(65535, 65536, 65575), title=('table',)),
    'physical': Kind('', 'a link that exists already', own_mac=False),
}
ETHERNET = frozenset(
    ('veth', 'bridge', 'vlan', 'bond', 'macvlan', 'macvtap', 'vxlan', 'gretap', 'ip6gretap', 'geneve')
)
"""Kinds whose links are born with ARP and multicast (ether_setup)."""

_OTHER = Kind('', 'a link of a kind that no document can create', own_mac=False)


OTHERS = {name: others_in(kind.settings) for name, kind in KINDS.items() if others_in(kind.settings)}
"""The settings that name other links, by kind."""

OTHERS_OF_PORT = others_in(PORT)


def kind_of(name: str) -> Kind:
    """What is known of a kind by its name, which the kernel may have given."""
    return KINDS.get(name, _OTHER)


def has_own_mac(kind: str, settings: Settings) -> bool:
    """Whether the link gets a hardware address that we derive. A macvlan in passthru has its parent's."""
    return KINDS[kind].own_mac and ('mode', 'passthru') not in settings


def sent_at_birth(kind: str, settings: Settings) -> Settings:
    """The settings that a request for a new link has to carry.

    The kernel's own values are not asked for: a kernel without a feature refuses its attribute. Other links
    may not be there yet, or may not be ports.
    """
    table = kind_of(kind).settings
    return tuple(
        (name, value)
        for name, value in settings
        if table[name].kernel_default != value and not isinstance(table[name].type, LinkOfSame)
    )
