# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bonds.

Sources: IFLA_BOND_* in linux/include/uapi/linux/if_link.h; what the kernel takes in which mode, and what only
without ports or while the bond is down, is in bond_opts (drivers/net/bonding/bond_options.c).
"""

from __future__ import annotations

import typing as t

from ...kernel.nla import IP4, IP6, MAC, U8, U16, U32, Nla, list_of
from ...values.names import End
from ...values.reading import Reader
from ..attribute import Attribute, Boolean, Choice, Integer, MacAddress, Settings, Table, Value
from .kind import DEFAULT_MTU, ETHERNET, LinkKind, row_of_kernel
from .types import Ipv4Addresses, Ipv6Addresses, LinkOfSame

_INT_MAX = 0x7FFFFFFF
_PRIMARY_MODES = ('active-backup', 'balance-tlb', 'balance-alb')
# BOND_OPTFLAG_NOSLAVES and BOND_OPTFLAG_IFDOWN: the kernel changes these only on a bond without ports or that
# is down. Another value means another bond.
_ONLY_IN_NEW = {'immutable': True}


class NoneOrMac(MacAddress):
    """A hardware address. All zeros, as the kernel shows it, is that of the bond itself."""

    def from_kernel(self, value: t.Any) -> Value | None:
        return None if value == '00:00:00:00:00:00' else t.cast('Value', value)

    def to_kernel(self, value: t.Any) -> t.Any:
        return value or '00:00:00:00:00:00'


def _delay(key: str, text: str, name: str, number: int, high: int = _INT_MAX) -> Attribute:
    nla = Nla('IFLA_BOND_' + name, number, U32)
    text += ' A multiple of C(miimon), which it needs.'
    return row_of_kernel(key, Integer(0, high), text, nla, 0, unit='milliseconds')


_BOND = Table(
    Attribute(
        'mode',
        Choice(
            {
                'balance-rr': 0,
                'active-backup': 1,
                'balance-xor': 2,
                'broadcast': 3,
                '802.3ad': 4,
                'balance-tlb': 5,
                'balance-alb': 6,
            }
        ),
        'Bonding mode.',
        (Nla('IFLA_BOND_MODE', 1, U8),),
        default='balance-rr',
        immutable=True,
    ),
    Attribute(
        'miimon',
        Integer(0, 60000),
        'MII monitoring interval. With C(arp_interval) the default is V(0).',
        (Nla('IFLA_BOND_MIIMON', 3, U32),),
        default=100,
        unit='milliseconds',
        # _bond_option_delay_set keeps the delays as multiples of it.
        together=('updelay', 'downdelay', 'peer_notify_delay'),
    ),
    _delay('updelay', 'How long a link has to be up before it is used.', 'UPDELAY', 4),
    _delay('downdelay', 'How long a link has to be down before it is given up.', 'DOWNDELAY', 5),
    _delay(
        'peer_notify_delay', 'Pause between two notifications of peers.', 'PEER_NOTIF_DELAY', 28, high=300000
    ),
    row_of_kernel(
        'use_carrier',
        Boolean(),
        'Whether C(miimon) asks the driver for its carrier, not for its registers. Linux 6.18 and newer '
        'always do.',
        Nla('IFLA_BOND_USE_CARRIER', 6, U8),
        True,
    ),
    row_of_kernel(
        'arp_interval',
        Integer(0, _INT_MAX),
        'Interval of monitoring by ARP, in place of C(miimon).',
        Nla('IFLA_BOND_ARP_INTERVAL', 7, U32),
        0,
        unit='milliseconds',
    ),
    row_of_kernel(
        'arp_ip_target',
        Ipv4Addresses(),
        'Addresses that monitoring by ARP asks for.',
        Nla('IFLA_BOND_ARP_IP_TARGET', 8, list_of(IP4)),
        (),
    ),
    row_of_kernel(
        'ns_ip6_target',
        Ipv6Addresses(),
        'Addresses that monitoring asks for by neighbour solicitation.',
        Nla('IFLA_BOND_NS_IP6_TARGET', 31, list_of(IP6)),
        (),
        needs='Linux 5.19',
    ),
    row_of_kernel(
        'arp_validate',
        Choice(
            {
                'none': 0,
                'active': 1,
                'backup': 2,
                'all': 3,
                'filter': 4,
                'filter_active': 5,
                'filter_backup': 6,
            }
        ),
        'Ports whose ARP probes and replies are validated, or on which other traffic is disregarded, when'
        ' ARP monitors the links.',
        Nla('IFLA_BOND_ARP_VALIDATE', 9, U32),
        'none',
    ),
    row_of_kernel(
        'arp_all_targets',
        Choice({'any': 0, 'all': 1}),
        'How many of C(arp_ip_target) have to answer.',
        Nla('IFLA_BOND_ARP_ALL_TARGETS', 10, U32),
        'any',
    ),
    row_of_kernel(
        'missed_max',
        Integer(1, 255),
        'How many checks by ARP have to fail before a link is down.',
        Nla('IFLA_BOND_MISSED_MAX', 30, U8),
        2,
        needs='Linux 5.17',
        iproute2='arp_missed_max',
    ),
    row_of_kernel(
        'primary',
        LinkOfSame(),
        'The port that is used whenever it is up. By default, none.',
        Nla('IFLA_BOND_PRIMARY', 11, U32),
        '',
    ),
    row_of_kernel(
        'primary_reselect',
        Choice({'always': 0, 'better': 1, 'failure': 2}),
        'When C(primary) is used again after it was down.',
        Nla('IFLA_BOND_PRIMARY_RESELECT', 12, U8),
        'always',
    ),
    row_of_kernel(
        'fail_over_mac',
        Choice({'none': 0, 'active': 1, 'follow': 2}),
        'Whose hardware address the bond has in mode V(active-backup).',
        Nla('IFLA_BOND_FAIL_OVER_MAC', 13, U8),
        'none',
        **_ONLY_IN_NEW,
    ),
    row_of_kernel(
        'xmit_hash_policy',
        Choice({'layer2': 0, 'layer3+4': 1, 'layer2+3': 2, 'encap2+3': 3, 'encap3+4': 4, 'vlan+srcmac': 5}),
        'What of a packet selects its port. V(vlan+srcmac) needs Linux 5.12.',
        Nla('IFLA_BOND_XMIT_HASH_POLICY', 14, U8),
        'layer2',
    ),
    row_of_kernel(
        'resend_igmp',
        Integer(0, 255),
        'Number of IGMP reports sent after a failover.',
        Nla('IFLA_BOND_RESEND_IGMP', 15, U32),
        1,
    ),
    row_of_kernel(
        'num_grat_arp',
        Integer(0, 255),
        'Number of gratuitous ARPs and unsolicited neighbour advertisements sent after a failover.',
        Nla('IFLA_BOND_NUM_PEER_NOTIF', 16, U8),
        1,
    ),
    row_of_kernel(
        'all_slaves_active',
        Boolean(),
        'Whether frames are taken from ports that are not active.',
        Nla('IFLA_BOND_ALL_SLAVES_ACTIVE', 17, U8),
        False,
    ),
    row_of_kernel(
        'min_links',
        Integer(0, _INT_MAX),
        'How many ports have to be up before the bond is.',
        Nla('IFLA_BOND_MIN_LINKS', 18, U32),
        0,
    ),
    row_of_kernel(
        'lp_interval',
        Integer(1, _INT_MAX),
        'Interval of learning packets to the switches.',
        Nla('IFLA_BOND_LP_INTERVAL', 19, U32),
        1,
        unit='seconds',
    ),
    row_of_kernel(
        'packets_per_slave',
        Integer(0, 65535),
        'How many packets go through one port before the next in mode V(balance-rr); V(0) is at random.',
        Nla('IFLA_BOND_PACKETS_PER_SLAVE', 20, U32),
        1,
    ),
    row_of_kernel(
        'lacp_active',
        Boolean(),
        'Whether LACPDUs are sent unasked.',
        Nla('IFLA_BOND_AD_LACP_ACTIVE', 29, U8),
        True,
        needs='Linux 5.15',
        **_ONLY_IN_NEW,
    ),
    row_of_kernel(
        'lacp_rate',
        Choice({'slow': 0, 'fast': 1}),
        'Rate at which the link partner is asked to send LACPDUs.',
        Nla('IFLA_BOND_AD_LACP_RATE', 21, U8),
        'slow',
        **_ONLY_IN_NEW,
    ),
    row_of_kernel(
        'ad_select',
        Choice({'stable': 0, 'bandwidth': 1, 'count': 2}),
        'How the active aggregator is chosen.',
        Nla('IFLA_BOND_AD_SELECT', 22, U8),
        'stable',
        **_ONLY_IN_NEW,
    ),
    row_of_kernel(
        'ad_actor_sys_prio',
        Integer(1, 65535),
        'System priority in LACPDUs.',
        Nla('IFLA_BOND_AD_ACTOR_SYS_PRIO', 24, U16),
        65535,
    ),
    row_of_kernel(
        'ad_user_port_key',
        Integer(0, 1023),
        'Upper bits of the port key in LACPDUs.',
        Nla('IFLA_BOND_AD_USER_PORT_KEY', 25, U16),
        0,
        **_ONLY_IN_NEW,
    ),
    row_of_kernel(
        'ad_actor_system',
        NoneOrMac(),
        'System in LACPDUs. By default, the hardware address of the bond.',
        Nla('IFLA_BOND_AD_ACTOR_SYSTEM', 26, MAC),
        '',
    ),
    row_of_kernel(
        'tlb_dynamic_lb',
        Boolean(),
        'Whether flows move between ports by load.',
        Nla('IFLA_BOND_TLB_DYNAMIC_LB', 27, U8),
        True,
        **_ONLY_IN_NEW,
    ),
    row_of_kernel(
        'coupled_control',
        Boolean(),
        'Whether a port starts to collect and to distribute at the same time.',
        Nla('IFLA_BOND_COUPLED_CONTROL', 32, U8),
        True,
        needs='Linux 6.9',
        **_ONLY_IN_NEW,
    ),
)

# What the kernel takes in these modes only (unsuppmodes). A value that is the kernel's own is not asked for.
_MODES: dict[str, tuple[str, ...]] = {
    'primary': _PRIMARY_MODES,
    'packets_per_slave': ('balance-rr',),
    'tlb_dynamic_lb': ('balance-tlb', 'balance-alb'),
    'lacp_active': ('802.3ad',),
    'lacp_rate': ('802.3ad',),
    'ad_actor_sys_prio': ('802.3ad',),
    'ad_actor_system': ('802.3ad',),
    'ad_user_port_key': ('802.3ad',),
    'coupled_control': ('802.3ad',),
    'arp_interval': ('balance-rr', 'active-backup', 'balance-xor', 'broadcast'),
    'arp_validate': ('balance-rr', 'active-backup', 'balance-xor', 'broadcast'),
    'missed_max': ('balance-rr', 'active-backup', 'balance-xor', 'broadcast'),
}
_DELAYS = ('updelay', 'downdelay', 'peer_notify_delay')


def _defaults(values: t.Mapping[str, t.Any]) -> dict[str, Value]:
    """Monitoring is by ARP or by MII: the kernel turns one off with the other (bond_option_miimon_set)."""
    return {'miimon': 0} if values.get('arp_interval') else {}


def _rules(reader: Reader, values: dict[str, Value], _parent: End | None) -> None:
    mode = str(values.get('mode', ''))
    for name, modes in _MODES.items():
        usual = _BOND[name].usual
        if mode and mode not in modes and values.get(name, usual) != usual:
            reader.problem(name, 'does not fit the mode', found=mode, want='one of %s' % ', '.join(modes))
    miimon, arp = int(t.cast(int, values.get('miimon', 0))), values.get('arp_interval')
    if miimon and arp:
        reader.problem('arp_interval', 'contradicts miimon', do='remove one of the two')
    for name in _DELAYS:
        _check_delay(reader, name, int(t.cast(int, values.get(name, 0))), miimon)
    if miimon and values.get('arp_validate') != 'none':
        reader.problem('arp_validate', 'contradicts miimon', do='add arp_interval')


def _check_delay(reader: Reader, name: str, delay: int, miimon: int) -> None:
    if delay and not miimon:
        reader.problem(name, 'needs miimon', do='add it')
    elif delay and delay % miimon:
        near = delay // miimon * miimon
        reader.problem(
            name,
            'is not a multiple of miimon, which is %d' % miimon,
            found=str(delay),
            want='%d or %d' % (near, near + miimon),
        )


def _insists(settings: Settings) -> list[str]:
    """What the module may have been loaded with (bond_check_params), as far as the kernel takes it: see
    _rules and _turns."""
    values = dict(settings)
    mode = str(values.get('mode', 'balance-rr'))
    refused = ['arp_validate', 'arp_interval'] if values.get('miimon') else list(_DELAYS)
    refused += [name for name, modes in _MODES.items() if mode not in modes]
    refused += ['primary', 'arp_ip_target', 'ns_ip6_target', 'ad_actor_system']
    return [name for name in values if name not in refused and not _BOND[name].needs]


def _turns(settings: Settings) -> list[Settings]:
    """What goes off does so first: the kernel refuses a delay without miimon, also one of 0, and with miimon
    all that has to do with ARP (_bond_option_delay_set, bond_changelink)."""
    off = ((name, _BOND[name].usual) for name in (*_DELAYS, 'arp_validate', 'arp_interval'))
    first = tuple(setting for setting in off if setting in settings)
    rest = tuple(setting for setting in settings if setting not in first)
    return [turn for turn in (first, rest) if turn]


BOND = LinkKind(
    'bonding',
    'a group of links used as one',
    _BOND,
    _rules,
    defaults=_defaults,
    turns=_turns,
    insists=_insists,
    usual_mtus=(DEFAULT_MTU,),
    state=frozenset((2, 23)),  # IFLA_BOND_ACTIVE_SLAVE, IFLA_BOND_AD_INFO
    title=('mode',),
    **ETHERNET,
)
