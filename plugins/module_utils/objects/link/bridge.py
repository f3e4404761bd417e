# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bridges and their ports.

Sources of the names and numbers: linux/include/uapi/linux/if_link.h, IFLA_BR_* and IFLA_BRPORT_*.
"""

from __future__ import annotations

import typing as t

from ...kernel.nla import BE16, MAC, U8, U16, U32, U64, Attributes, Nla
from ...values.names import End
from ...values.reading import Reader
from ..attribute import (
    Attribute,
    Boolean,
    Choice,
    Flag,
    Integer,
    Seconds,
    Settings,
    Table,
    Type,
    Value,
)
from .kind import ETHERNET, LinkKind, Mtu, of_kernel, row_of_kernel
from .types import BITS, GroupMacAddress, Hundredths
from .vlans import VLANS, Vlans

# What a bridge begins with (br_dev_setup). The default of a document is 0 without STP.
_STP_FORWARD_DELAY = 15
_STP_LEAST_FORWARD_DELAY = 2  # BR_MIN_FORWARD_DELAY, which the kernel insists on under STP only
_IFLA_BR_TOPOLOGY_CHANGE = 14
# IFLA_BR_ROOT_ID to IFLA_BR_GC_TIMER, IFLA_BR_FDB_FLUSH, IFLA_BR_PAD, IFLA_BR_MCAST_QUERIER_STATE and
# IFLA_BR_FDB_N_LEARNED.
_STATE = frozenset((*range(10, 20), 21, 40, 47, 48))

_VLANS = 'CONFIG_BRIDGE_VLAN_FILTERING'
_OPTIONS = Nla('IFLA_BR_MULTI_BOOLOPT', 46, BITS)


def _option(key: str, text: str, mask: int, **more: t.Any) -> Attribute:
    """A bit of struct br_boolopt_multi. A kernel ignores and does not show those that it does not know."""
    flag = Flag(_OPTIONS, mask, masked=True)
    return of_kernel(Attribute(key, Boolean(), text, flag=flag, default=False, **more))


def _multicast(name: str, type_: Type, text: str, nla: Nla, usual: Value, **more: t.Any) -> Attribute:
    return row_of_kernel('multicast_' + name, type_, text, nla, usual, iproute2='mcast_' + name, **more)


_NF_CALLS = [
    row_of_kernel(
        'nf_call_' + word,
        Boolean(),
        'Whether bridged packets pass %s.' % word,
        Nla('IFLA_BR_NF_CALL_' + word.upper(), number, U8),
        False,
        needs='CONFIG_BRIDGE_NETFILTER',
    )
    for word, number in (('iptables', 36), ('ip6tables', 37), ('arptables', 38))
]
_LONGEST, _DAY = 0xFFFFFFFE, 8640000  # hundredths of a second; the second is BR_MULTICAST_QUERY_INTVL_MAX
_INTERVALS = [
    _multicast(
        word + '_interval',
        Hundredths(low, high),
        text,
        Nla('IFLA_BR_MCAST_%s_INTVL' % word.upper(), number, U64),
        usual,
        unit='hundredths of a second',
    )
    # The kernel brings intervals of queries between a second and a day (br_multicast_set_query_intvl).
    for word, number, low, high, usual, text in (
        ('last_member', 30, 0, _LONGEST, 100, 'Interval of queries after the last member has left.'),
        ('membership', 31, 0, _LONGEST, 26000, 'How long a group is kept without a report.'),
        (
            'querier',
            32,
            0,
            _LONGEST,
            25500,
            'How long after the last query of another querier the bridge sends its own.',
        ),
        ('query', 33, 100, _DAY, 12500, 'Interval of queries.'),
        ('query_response', 34, 0, _LONGEST, 1000, 'Maximum response time in queries.'),
        ('startup_query', 35, 100, _DAY, 3124, 'Interval of queries at the start.'),
    )
]
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
        default=2,
        kernel_default=2,
        unit='seconds',
    ),
    Attribute(
        'max_age',
        Seconds(6, 40),
        'Maximum message age of the spanning tree.',
        (Nla('IFLA_BR_MAX_AGE', 3, U32),),
        default=20,
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
    row_of_kernel(
        'vlan_protocol',
        Choice({'802.1q': 0x8100, '802.1ad': 0x88A8}),
        'VLAN protocol that the bridge filters by.',
        Nla('IFLA_BR_VLAN_PROTOCOL', 8, BE16),
        '802.1q',
        needs=_VLANS,
    ),
    row_of_kernel(
        'vlan_default_pvid',
        Integer(0, 4094),
        'VLAN that new ports are in; V(0) is none.',
        Nla('IFLA_BR_VLAN_DEFAULT_PVID', 39, U16),
        1,
        needs=_VLANS,
    ),
    row_of_kernel(
        'vlan_stats_enabled',
        Boolean(),
        'Whether the bridge counts by VLAN.',
        Nla('IFLA_BR_VLAN_STATS_ENABLED', 41, U8),
        False,
        needs=_VLANS,
    ),
    row_of_kernel(
        'vlan_stats_per_port',
        Boolean(),
        'Whether the bridge counts by VLAN and port.',
        Nla('IFLA_BR_VLAN_STATS_PER_PORT', 45, U8),
        False,
        needs=_VLANS,
        immutable=True,  # not with ports that are in a VLAN (br_vlan_set_stats_per_port)
    ),
    Attribute(
        VLANS,
        Vlans(),
        'VLANs that the bridge itself takes part in, with its addresses and the links on it, as C(port.vlans)'
        ' says those of a port. Needs C(vlan_filtering).',
        needs=_VLANS,
        iproute2='bridge vlan ... self',
    ),
    row_of_kernel(
        'group_fwd_mask',
        Integer(0, 0xFFFF),
        'Link-local groups that are forwarded, a bit for each 01:80:c2:00:00:0X, but not 0 to 2.',
        Nla('IFLA_BR_GROUP_FWD_MASK', 9, U16),
        0,
    ),
    row_of_kernel(
        'group_address',
        GroupMacAddress(),
        'Group address of the spanning tree. With C(vlan_filtering) and C(vlan_protocol=802.1ad) '
        'the default is V(01:80:c2:00:00:08).',
        Nla('IFLA_BR_GROUP_ADDR', 20, MAC),
        '01:80:c2:00:00:00',
    ),
    _option('no_linklocal_learn', 'Whether the bridge does not learn from link-local frames.', 1),
    _option(
        'mst_enabled',
        'Whether each VLAN has a spanning tree state of its own.',
        4,
        needs=_VLANS + ' of Linux 5.18',
        immutable=True,  # not while there are VLANs (br_mst_set_enabled)
    ),
    row_of_kernel(
        'fdb_max_learned',
        Integer(0, 0xFFFFFFFF),
        'How many addresses the bridge learns; V(0) is any number.',
        Nla('IFLA_BR_FDB_MAX_LEARNED', 49, U32),
        0,
        needs='Linux 6.7',
    ),
    *_NF_CALLS,
    row_of_kernel(
        'multicast_snooping',
        Boolean(),
        'IGMP/MLD snooping.',
        Nla('IFLA_BR_MCAST_SNOOPING', 23, U8),
        True,
        iproute2='mcast_snooping',
    ),
    _option(
        'multicast_vlan_snooping',
        'IGMP/MLD snooping by VLAN. Needs C(vlan_filtering).',
        2,
        needs=_VLANS + ' of Linux 5.15',
        iproute2='mcast_vlan_snooping',
    ),
    _multicast(
        'router',
        Choice({'disabled': 0, 'query': 1, 'permanent': 2}),
        'Whether the bridge is a multicast router: if a querier was seen, or always.',
        Nla('IFLA_BR_MCAST_ROUTER', 22, U8),
        'query',
    ),
    _multicast('querier', Boolean(), 'IGMP/MLD querier.', Nla('IFLA_BR_MCAST_QUERIER', 25, U8), False),
    _multicast(
        'query_use_ifaddr',
        Boolean(),
        'Whether queries have the address of the bridge, not 0.0.0.0.',
        Nla('IFLA_BR_MCAST_QUERY_USE_IFADDR', 24, U8),
        False,
    ),
    _multicast(
        'hash_max',
        Integer(0, 0xFFFFFFFF),
        'Most entries of the multicast database.',
        Nla('IFLA_BR_MCAST_HASH_MAX', 27, U32),
        4096,
    ),
    _multicast(
        'last_member_count',
        Integer(0, 0xFFFFFFFF),
        'Queries after the last member has left.',
        Nla('IFLA_BR_MCAST_LAST_MEMBER_CNT', 28, U32),
        2,
    ),
    _multicast(
        'startup_query_count',
        Integer(0, 0xFFFFFFFF),
        'Queries at the start.',
        Nla('IFLA_BR_MCAST_STARTUP_QUERY_CNT', 29, U32),
        2,
    ),
    *_INTERVALS,
    _multicast(
        'stats_enabled',
        Boolean(),
        'Whether the bridge counts IGMP and MLD.',
        Nla('IFLA_BR_MCAST_STATS_ENABLED', 42, U8),
        False,
    ),
    _multicast(
        'igmp_version', Integer(2, 3), 'Version of IGMP.', Nla('IFLA_BR_MCAST_IGMP_VERSION', 43, U8), 2
    ),
    _multicast('mld_version', Integer(1, 2), 'Version of MLD.', Nla('IFLA_BR_MCAST_MLD_VERSION', 44, U8), 1),
)


def _defaults(values: t.Mapping[str, t.Any]) -> dict[str, Value]:
    defaults: dict[str, Value] = {}
    if values.get('stp'):
        defaults['forward_delay'] = _STP_FORWARD_DELAY
    if values.get('vlan_filtering') and values.get('vlan_protocol') == '802.1ad':
        defaults['group_address'] = '01:80:c2:00:00:08'  # recalculate_group_addr
    return defaults


def _rules(reader: Reader, values: dict[str, Value], _parent: End | None) -> None:
    delay = int(t.cast(int, values['forward_delay'])) if 'forward_delay' in values else 0
    if values.get('stp') and delay < _STP_LEAST_FORWARD_DELAY:
        reader.problem('forward_delay', 'is too short for stp', found=str(delay), want='2 to 30')
    for key in ('multicast_vlan_snooping', VLANS):
        if values.get(key) and not values.get('vlan_filtering'):
            reader.problem(key, 'needs vlan_filtering', do='add it')
    if int(t.cast(int, values.get('group_fwd_mask', 0))) & 7:
        # BR_GROUPFWD_RESTRICTED
        reader.problem(
            'group_fwd_mask',
            'has one of the bits 0 to 2, which the kernel refuses',
            found=str(values['group_fwd_mask']),
        )


def _turns(settings: Settings) -> list[Settings]:
    """STP goes off first: as long as it is on, the kernel takes no forward_delay below 2."""
    if ('stp', False) not in settings:
        return [settings]
    others = tuple(setting for setting in settings if setting[0] != 'stp')
    return [(('stp', False),), others] if others else [settings]


def _hides(payloads: Attributes) -> tuple[str, ...]:
    """While the topology changes, the spanning tree has set an ageing time of its own (br_stp.c)."""
    return ('ageing_time',) if any(payloads.get(_IFLA_BR_TOPOLOGY_CHANGE, b'')) else ()


BRIDGE = LinkKind(
    'bridge',
    'an Ethernet bridge',
    _BRIDGE,
    _rules,
    defaults=_defaults,
    hides=_hides,
    hidable=('ageing_time',),
    turns=_turns,
    mtu=Mtu.PORTS,
    everywhere=True,
    state=_STATE,
    title=('stp', 'vlan_filtering'),
    **ETHERNET,
)
