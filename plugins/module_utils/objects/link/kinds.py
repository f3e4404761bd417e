# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All kinds of links. What is particular to one of them is in its LinkKind.

Sources of the names and numbers: linux/include/uapi/linux/if_link.h.
"""

from __future__ import annotations

from ...kernel.nla import BE16, MAC, S32, U16, U32, Attributes, Nla, list_of, pair_of
from ...values.names import End
from ...values.reading import Reader
from ..attribute import Attribute, Boolean, Choice, Flag, Integer, Settings, Table, Value
from ..named_number import ROUTING_TABLE
from .bond import BOND
from .bridge import BRIDGE
from .bridge_port import PORT
from .kind import ETHERNET, LinkKind, Mtu, row_of_kernel
from .tun import KERNEL_KIND, TUNS, which
from .tunnels import TUNNELS
from .types import BITS, EgressMap, IngressMap, LinkOfSame, MacAddresses, others_in
from .vlans import VLANS
from .wireguard import WIREGUARD

_QOS_MAP = list_of(pair_of('u32 pair', '=II'), 1)  # IFLA_VLAN_QOS_MAPPING
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
    *[
        Attribute(
            key,
            Boolean(),
            text,
            flag=Flag(Nla('IFLA_VLAN_FLAGS', 2, BITS), mask, masked=True),
            default=usual,
            kernel_default=usual,
        )
        for key, mask, usual, text in (
            ('reorder_hdr', 1, True, 'Whether frames look as if they had no VLAN header.'),
            ('gvrp', 2, False, 'Whether the VLAN is registered with switches by GVRP.'),
            ('loose_binding', 4, False, 'Whether the state of the link below is ignored.'),
            ('mvrp', 8, False, 'Whether the VLAN is registered with switches by MVRP.'),
            ('bridge_binding', 16, False, 'Whether the state is that of the ports of the bridge below.'),
        )
    ],
    Attribute(
        'ingress_qos_map',
        IngressMap(),
        'Priorities of packets by those of received VLAN headers.',
        (Nla('IFLA_VLAN_INGRESS_QOS', 4, _QOS_MAP),),
        default=(),
        kernel_default=(),
        iproute2='ingress-qos-map',
    ),
    Attribute(
        'egress_qos_map',
        EgressMap(),
        'Priorities of sent VLAN headers by those of packets.',
        (Nla('IFLA_VLAN_EGRESS_QOS', 3, _QOS_MAP),),
        default=(),
        kernel_default=(),
        iproute2='egress-qos-map',
    ),
)

_MACVLAN_FLAGS = Nla('IFLA_MACVLAN_FLAGS', 2, U16)
_MACVLAN = Table(
    Attribute(
        'mode',
        Choice({'private': 1, 'vepa': 2, 'bridge': 4, 'passthru': 8, 'source': 16}),
        'How macvlans on the same link reach each other. V(passthru) takes the whole link; '
        'V(source) takes packets of C(source_addresses).',
        (Nla('IFLA_MACVLAN_MODE', 1, U32),),
        default='bridge',
        immutable=True,
    ),
    Attribute(
        'source_addresses',
        MacAddresses(),
        'Senders in mode V(source).',
        (Nla('IFLA_MACVLAN_MACADDR_DATA', 5, list_of(MAC, 4)),),  # IFLA_MACVLAN_MACADDR
        default=(),
        kernel_default=(),
        beside=((Nla('IFLA_MACVLAN_MACADDR_MODE', 3, U32), 3),),  # MACVLAN_MACADDR_SET
        iproute2='macaddr',
    ),
    Attribute(
        'nopromisc',
        Boolean(),
        'Whether the link below is not promiscuous in mode V(passthru).',
        flag=Flag(_MACVLAN_FLAGS, 1),
        kernel_default=False,
        immutable=True,
    ),
    Attribute(
        'nodst',
        Boolean(),
        'Whether packets from C(source_addresses) are delivered to this link only, not also to their'
        ' destination.',
        flag=Flag(_MACVLAN_FLAGS, 2),
        kernel_default=False,
        immutable=True,
    ),
    Attribute(
        'bc_queue_len',
        Integer(0, 0xFFFFFFFF),
        'Requested length of the queue for broadcasts; all macvlans of a parent link share the largest.',
        (Nla('IFLA_MACVLAN_BC_QUEUE_LEN', 7, U32),),
        default=1000,
        kernel_default=1000,
        unit='packets',
        needs='Linux 5.11',
        iproute2='bcqueuelen',
    ),
    row_of_kernel(
        'bc_limit',
        Integer(-1, 0x7FFFFFFF),
        'Broadcasts for more links than this wait in the queue, others pass at once; V(-1) lets none wait.'
        ' All links on one have one value.',
        Nla('IFLA_MACVLAN_BC_CUTOFF', 9, S32),
        1,
        needs='Linux 6.4',
        iproute2='bclim',
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
    Attribute(
        'flags',
        Choice({'bridge': 0, 'private': 1, 'vepa': 2}),
        'How ipvlans on the same link reach each other. All of them have one value.',
        (Nla('IFLA_IPVLAN_FLAGS', 2, U16),),
        kernel_default='bridge',
        immutable=True,
        iproute2='bridge, private, vepa',
    ),
)

_VRF = Table(
    Attribute(
        'table',
        ROUTING_TABLE,
        'Routing table, by number or by name.',
        (Nla('IFLA_VRF_TABLE', 1, U32),),
        required=True,
        immutable=True,
    ),
)


def _macvlan_rules(reader: Reader, values: dict[str, Value], _parent: End | None) -> None:
    if values.get('source_addresses') and values.get('mode') != 'source':
        reader.problem(
            'source_addresses', 'does not fit the mode', found=str(values.get('mode')), want='source'
        )


KINDS: dict[str, LinkKind] = {
    'veth': LinkKind(
        'veth', 'one end of a virtual Ethernet cable', mtu=Mtu.FIXED, everywhere=True, **ETHERNET
    ),
    'bridge': BRIDGE,
    'vlan': LinkKind(
        '8021q',
        'a VLAN on another link',
        _VLAN,
        parent='required',
        own_mac=False,
        mtu=Mtu.LOWER,
        title=('id',),
        arp=None,  # vlan_dev_init
        multicast=None,
    ),
    'bond': BOND,
    'macvlan': LinkKind(
        'macvlan',
        'a link on another one, with its own hardware address',
        _MACVLAN,
        parent='required',
        rules=_macvlan_rules,
        takes_packets=True,
        **ETHERNET,
        state=_MACVLAN_STATE,
        mtu=Mtu.LOWER,
        title=('mode',),
    ),
    'ipvlan': LinkKind(
        'ipvlan',
        'a link on another one that shares its hardware address',
        _IPVLAN,
        parent='required',
        takes_packets=True,
        multicast=True,
        own_mac=False,
        mtu=Mtu.LOWER,
        title=('mode',),
    ),
    'macvtap': LinkKind(
        'macvtap',
        'a macvlan whose packets a program reads and writes at /dev/tapN, N being its number',
        _MACVLAN,
        parent='required',
        takes_packets=True,
        **ETHERNET,
        state=_MACVLAN_STATE,
        mtu=Mtu.LOWER,
        title=('mode',),
        queue=500,  # TUN_READQ_SIZE
    ),
    **TUNNELS,
    **TUNS,
    'wireguard': WIREGUARD,
    'dummy': LinkKind('dummy', 'a link that drops all packets', mtu=Mtu.FIXED),
    'ifb': LinkKind(
        'ifb',
        'a link that sends packets redirected to it by a filter through its queueing discipline',
        mtu=Mtu.FIXED,
        queue=32,  # TX_Q_LIMIT
    ),
    # The kernel gives a VRF the largest MTU of IPv6, which has differed between releases.
    'vrf': LinkKind('vrf', 'a routing domain', _VRF, usual_mtus=(65535, 65536, 65575), title=('table',)),
    'physical': LinkKind('', 'a link that exists already', own_mac=False, arp=None, multicast=None),
}

_OTHER = LinkKind('', 'a link of a kind that no document can create', own_mac=False, arp=None, multicast=None)


OTHERS = {name: others_in(kind.settings) for name, kind in KINDS.items() if others_in(kind.settings)}
"""The settings that name other links, by kind."""

OTHERS_OF_PORT = others_in(PORT)

LATER = {**OTHERS, 'bridge': frozenset((VLANS,))}
"""The settings that wait until ports are ports, by kind."""

LATER_OF_PORT = OTHERS_OF_PORT | {VLANS}
"""The same of a port. VLANs come after the default of the bridge, which changes those of its ports."""


def name_of(kernel_name: str, data: Attributes) -> str:
    """The kind of a link by the kernel's name for it and what stands in its IFLA_INFO_DATA."""
    return which(data) if kernel_name == KERNEL_KIND else kernel_name


def kind_of(name: str) -> LinkKind:
    """What is known of a kind by its name, which the kernel may have given."""
    return KINDS.get(name, _OTHER)


def has_own_mac(kind: str, settings: Settings) -> bool:
    """Whether the link gets a hardware address that we derive. A macvlan in passthru has its parent's."""
    return KINDS[kind].own_mac and ('mode', 'passthru') not in settings


def sent_at_birth(kind: str, settings: Settings) -> Settings:
    """The settings that a request for a new link has to carry.

    The kernel's own values are not asked for, unless its module may have others: a kernel without a feature
    refuses its attribute. Other links may not be there yet, or may not be ports.
    """
    table, insists = kind_of(kind).settings, kind_of(kind).insists
    insisted = insists(settings) if insists else ()
    return tuple(
        (name, value)
        for name, value in settings
        if name in insisted
        or table[name].kernel_default != value
        and not isinstance(table[name].type, LinkOfSame)
    )
