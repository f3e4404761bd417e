# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bridges and their ports.

Sources of the names and numbers: linux/include/uapi/linux/if_link.h, IFLA_BR_* and IFLA_BRPORT_*.
"""

from __future__ import annotations

from ...kernel.nla import U8, U16, U32, Attributes, Nla
from ...values.reading import Reader
from ..attribute import Attribute, Boolean, Integer, Seconds, Settings, Table, Value
from .kind import End, Kind, Mtu

STP_FORWARD_DELAY = 15  # what a bridge begins with (br_dev_setup); the default of a document is 0 without STP
_STP_LEAST_FORWARD_DELAY = 2  # BR_MIN_FORWARD_DELAY, which the kernel insists on under STP only
_IFLA_BR_TOPOLOGY_CHANGE = 14
# IFLA_BR_ROOT_ID to IFLA_BR_GC_TIMER, IFLA_BR_FDB_FLUSH, IFLA_BR_PAD, IFLA_BR_MCAST_QUERIER_STATE and
# IFLA_BR_FDB_N_LEARNED.
_STATE = frozenset((*range(10, 20), 21, 40, 47, 48))

_BRIDGE = Table(
    Attribute(
        'stp',
        Boolean(),
        'Spanning tree protocol.',
        (Nla('IFLA_BR_STP_STATE', 5, U32),),
        default=False,
        kernel_default=False,
        iproute2='stp_state',
    ),
    Attribute(
        'forward_delay',
        Seconds(0, 30),
        'Forwarding delay. With C(stp) the default is V(15).',
        (Nla('IFLA_BR_FORWARD_DELAY', 1, U32),),
        default=0,
        unit='seconds',
    ),
    Attribute(
        'hello_time',
        Seconds(1, 10),
        'Interval between hello packets of the spanning tree.',
        (Nla('IFLA_BR_HELLO_TIME', 2, U32),),
        kernel_default=2,
        unit='seconds',
    ),
    Attribute(
        'max_age',
        Seconds(6, 40),
        'Maximum message age of the spanning tree.',
        (Nla('IFLA_BR_MAX_AGE', 3, U32),),
        kernel_default=20,
        unit='seconds',
    ),
    Attribute(
        'ageing_time',
        Seconds(0, 1000000),
        'Lifetime of an entry in the forwarding database.',
        (Nla('IFLA_BR_AGEING_TIME', 4, U32),),
        default=300,
        kernel_default=300,
        unit='seconds',
    ),
    Attribute(
        'priority',
        Integer(0, 65535),
        'Bridge priority in the spanning tree.',
        (Nla('IFLA_BR_PRIORITY', 6, U16),),
        default=32768,
        kernel_default=32768,
    ),
    Attribute(
        'vlan_filtering',
        Boolean(),
        'VLAN filtering.',
        (Nla('IFLA_BR_VLAN_FILTERING', 7, U8),),
        default=False,
        kernel_default=False,
        needs='CONFIG_BRIDGE_VLAN_FILTERING',
    ),
    Attribute(
        'multicast_snooping',
        Boolean(),
        'IGMP/MLD snooping.',
        (Nla('IFLA_BR_MCAST_SNOOPING', 23, U8),),
        default=True,
        kernel_default=True,
        iproute2='mcast_snooping',
    ),
)


def _rules(reader: Reader, values: dict[str, Value], _parent: End | None) -> None:
    if not values.get('stp'):
        return
    if not reader.has('forward_delay'):
        values['forward_delay'] = STP_FORWARD_DELAY
    delay = int(values['forward_delay'])
    if delay < _STP_LEAST_FORWARD_DELAY:
        reader.fault('forward_delay', 'is too short for stp', found=str(delay), want='2 to 30')


def _turns(settings: Settings) -> list[Settings]:
    """STP goes off first: as long as it is on, the kernel takes no forward_delay below 2."""
    if ('stp', False) not in settings:
        return [settings]
    others = tuple(setting for setting in settings if setting[0] != 'stp')
    return [(('stp', False),), others] if others else [settings]


def _hides(payloads: Attributes) -> tuple[str, ...]:
    """While the topology changes, the spanning tree has set an ageing time of its own (br_stp.c)."""
    return ('ageing_time',) if any(payloads.get(_IFLA_BR_TOPOLOGY_CHANGE, b'')) else ()


BRIDGE = Kind(
    'bridge',
    'an Ethernet bridge',
    _BRIDGE,
    _rules,
    hides=_hides,
    turns=_turns,
    mtu=Mtu.PORTS,
    everywhere=True,
    state=_STATE,
    title=('stp', 'vlan_filtering'),
)

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
        kernel_default=32,
    ),
)
# IFLA_BRPORT_STATE, _ROOT_ID to _FLUSH, _PAD, _MRP_RING_OPEN, _MRP_IN_OPEN, _MCAST_EHT_HOSTS_CNT and
# _MCAST_N_GROUPS show what the port does; _BACKUP_PORT has a link's number, which changes.
PORT_STATE = frozenset((1, *range(13, 25), 26, 34, 35, 36, 38, 41))
USUAL_PORT_COSTS: dict[str, tuple[int, ...]] = {'veth': (2,), 'dummy': (100,), '': (2, 4, 5, 19, 100)}
"""port_cost() in net/bridge/br_if.c by kind; '' for all others, by speed."""
