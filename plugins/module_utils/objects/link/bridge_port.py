# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ports of bridges.

Sources of the names and numbers: linux/include/uapi/linux/if_link.h, IFLA_BRPORT_*.
"""

from __future__ import annotations

import typing as t

from ...kernel.nla import U8, U16, U32, Nla
from ...values.reading import Reader
from ..attribute import Attribute, Boolean, Choice, Integer, Table, Value
from .kind import row_of_kernel
from .types import LinkOfSame
from .vlans import VLANS, Vlans


def _switch(key: str, text: str, name: str, number: int, usual: bool = False, **more: t.Any) -> Attribute:
    return row_of_kernel(key, Boolean(), text, Nla('IFLA_BRPORT_' + name, number, U8), usual, **more)


PORT = Table(
    Attribute(
        'isolated',
        Boolean(),
        'Port isolation. Isolated ports can reach only non-isolated ports.',
        (Nla('IFLA_BRPORT_ISOLATED', 33, U8),),
        default=False,
    ),
    Attribute(
        'hairpin',
        Boolean(),
        'Whether a frame may be sent back through the port that it arrived on.',
        (Nla('IFLA_BRPORT_MODE', 4, U8),),
        default=False,
    ),
    Attribute(
        'learning',
        Boolean(),
        'Whether the bridge learns the source addresses of frames from this port.',
        (Nla('IFLA_BRPORT_LEARNING', 8, U8),),
        default=True,
    ),
    Attribute(
        'cost',
        Integer(1, 65535),
        'Path cost of the port in the spanning tree. By default, the kernel derives it from the speed.',
        (Nla('IFLA_BRPORT_COST', 3, U32),),
    ),
    Attribute(
        'priority',
        Integer(0, 63),
        'Priority of the port in the spanning tree.',
        (Nla('IFLA_BRPORT_PRIORITY', 2, U16),),
        default=32,
        kernel_default=32,
    ),
    _switch('bpdu_guard', 'Whether a BPDU takes the port out of use.', 'GUARD', 5, iproute2='guard'),
    _switch('root_block', 'Whether the port never becomes the root port.', 'PROTECT', 6),
    _switch(
        'fast_leave',
        'Whether a group is left at once when a member leaves it.',
        'FAST_LEAVE',
        7,
        iproute2='fastleave',
    ),
    _switch('flood', 'Whether frames to unknown addresses are sent.', 'UNICAST_FLOOD', 9, True),
    _switch(
        'multicast_flood',
        'Whether frames to unknown groups are sent.',
        'MCAST_FLOOD',
        27,
        True,
        iproute2='mcast_flood',
    ),
    _switch(
        'broadcast_flood', 'Whether broadcasts are sent.', 'BCAST_FLOOD', 30, True, iproute2='bcast_flood'
    ),
    _switch(
        'multicast_to_unicast',
        'Whether multicast is sent to each member by its own address.',
        'MCAST_TO_UCAST',
        28,
        iproute2='mcast_to_unicast',
    ),
    _switch(
        'neigh_suppress',
        'Whether the bridge answers ARP and neighbour solicitations for what it knows.',
        'NEIGH_SUPPRESS',
        32,
    ),
    _switch(
        'neigh_vlan_suppress',
        'Whether VLANs choose for themselves whether C(neigh_suppress) holds.',
        'NEIGH_VLAN_SUPPRESS',
        43,
        needs='Linux 6.4',
    ),
    _switch('proxy_arp', 'Whether the bridge answers ARP for others.', 'PROXYARP', 10),
    _switch(
        'proxy_arp_wifi',
        'Whether the bridge answers ARP for others as IEEE 802.11 wants it.',
        'PROXYARP_WIFI',
        12,
    ),
    row_of_kernel(
        'multicast_router',
        Choice({'disabled': 0, 'query': 1, 'permanent': 2, 'temporary': 3}),
        'Whether a multicast router is behind the port: if a querier was seen, always, or for a time.',
        Nla('IFLA_BRPORT_MULTICAST_ROUTER', 25, U8),
        'query',
        iproute2='mcast_router',
    ),
    row_of_kernel(
        'multicast_max_groups',
        Integer(0, 0xFFFFFFFF),
        'Most groups of the port; V(0) is any number.',
        Nla('IFLA_BRPORT_MCAST_MAX_GROUPS', 42, U32),
        0,
        needs='Linux 6.3',
        iproute2='mcast_max_groups',
    ),
    row_of_kernel(
        'group_fwd_mask',
        Integer(0, 0xFFFF),
        'Link-local groups that are forwarded, a bit for each 01:80:c2:00:00:0X, but not 1.',
        Nla('IFLA_BRPORT_GROUP_FWD_MASK', 31, U16),
        0,
    ),
    _switch('vlan_tunnel', 'Whether VLANs map to tunnels.', 'VLAN_TUNNEL', 29),
    _switch('locked', 'Whether frames from unknown addresses are dropped.', 'LOCKED', 39, needs='Linux 5.18'),
    _switch(
        'mab',
        'Whether addresses of frames that C(locked) drops are learned as locked. Needs C(locked) and'
        ' C(learning).',
        'MAB',
        40,
        needs='Linux 6.2',
    ),
    row_of_kernel(
        'backup_port',
        LinkOfSame(),
        'The port that takes over when this one has no carrier. By default, none.',
        Nla('IFLA_BRPORT_BACKUP_PORT', 34, U32),
        '',
    ),
    row_of_kernel(
        'backup_nhid',
        Integer(0, 0xFFFFFFFF),
        'The nexthop object that VXLAN packets take to C(backup_port); V(0) is none.',
        Nla('IFLA_BRPORT_BACKUP_NHID', 44, U32),
        0,
        needs='Linux 6.6',
    ),
    Attribute(
        VLANS,
        Vlans(),
        'VLANs of the port: exactly these, each an ID or a range such as V(10-19), with the words V(pvid) and'
        ' V(untagged) behind it, or a dictionary with C(vid), C(pvid) and C(untagged). Without it the kernel'
        ' puts a new port into C(vlan_default_pvid) of the bridge, and other ports stay as they are, also'
        ' when it leaves a document. Needs C(vlan_filtering) of the bridge.',
        needs='CONFIG_BRIDGE_VLAN_FILTERING',
        iproute2='bridge vlan',
    ),
)


def port_rules(reader: Reader, values: dict[str, Value]) -> None:
    """What holds between settings of a port (br_setport)."""
    if values.get('mab') and not (values.get('locked') and values.get('learning', True)):
        reader.problem('mab', 'needs locked and learning', do='set them to true')
    if int(t.cast(int, values.get('group_fwd_mask', 0))) & 2:  # BR_GROUPFWD_MACPAUSE
        reader.problem(
            'group_fwd_mask',
            'has bit 1, which the kernel refuses',
            found=str(values['group_fwd_mask']),
        )


# IFLA_BRPORT_STATE, _ROOT_ID to _FLUSH, _PAD, _MRP_RING_OPEN, _MRP_IN_OPEN, _MCAST_EHT_HOSTS_CNT and
# _MCAST_N_GROUPS show what the port does. The state too: the kernel sets it with the carrier (br_stp_if.c).
PORT_STATE = frozenset((1, *range(13, 25), 26, 35, 36, 38, 41))
USUAL_PORT_COSTS: dict[str, tuple[int, ...]] = {'veth': (2,), 'dummy': (100,), '': (2, 4, 5, 19, 100)}
"""port_cost() in net/bridge/br_if.c by kind; '' for all others, by speed."""
