# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The settings of links and ports by the names that pyroute2 has for them."""

from __future__ import annotations

import typing as t


def yes(number: int) -> bool:
    return bool(number)


def seconds(number: int) -> int:
    return number // 100


def same(value: t.Any) -> t.Any:
    return value


SETTINGS: dict[str, dict[str, tuple[str, t.Callable[[t.Any], t.Any]]]] = {
    'bridge': {
        'ageing_time': ('IFLA_BR_AGEING_TIME', seconds),
        'forward_delay': ('IFLA_BR_FORWARD_DELAY', seconds),
        'hello_time': ('IFLA_BR_HELLO_TIME', seconds),
        'max_age': ('IFLA_BR_MAX_AGE', seconds),
        'multicast_snooping': ('IFLA_BR_MCAST_SNOOPING', yes),
        'priority': ('IFLA_BR_PRIORITY', same),
        'stp': ('IFLA_BR_STP_STATE', yes),
        'vlan_filtering': ('IFLA_BR_VLAN_FILTERING', yes),
    },
    'vlan': {
        'id': ('IFLA_VLAN_ID', same),
        'protocol': ('IFLA_VLAN_PROTOCOL', {0x8100: '802.1q', 0x88A8: '802.1ad'}.__getitem__),
    },
    'bond': {
        'miimon': ('IFLA_BOND_MIIMON', same),
        'mode': (
            'IFLA_BOND_MODE',
            (
                'balance-rr',
                'active-backup',
                'balance-xor',
                'broadcast',
                '802.3ad',
                'balance-tlb',
                'balance-alb',
            ).__getitem__,
        ),
    },
    # pyroute2 has words for the modes of macvlan; the one that we have no word for is a number with us.
    'macvlan': {'mode': ('IFLA_MACVLAN_MODE', lambda word: '16' if word == 'source' else word)},
    'ipvlan': {'mode': ('IFLA_IPVLAN_MODE', ('l2', 'l3', 'l3s').__getitem__)},
    'vxlan': {
        'id': ('IFLA_VXLAN_ID', same),
        'learning': ('IFLA_VXLAN_LEARNING', yes),
        'port': ('IFLA_VXLAN_PORT', same),
        'ttl': ('IFLA_VXLAN_TTL', same),
    },
    'gre': {
        'ignore_df': ('IFLA_GRE_IGNORE_DF', yes),
        'ikey': ('IFLA_GRE_IKEY', same),
        'okey': ('IFLA_GRE_OKEY', same),
        'icsum': ('IFLA_GRE_IFLAGS', lambda flags: yes(flags & 0x8000)),
        'ocsum': ('IFLA_GRE_OFLAGS', lambda flags: yes(flags & 0x8000)),
        'iseq': ('IFLA_GRE_IFLAGS', lambda flags: yes(flags & 0x1000)),
        'oseq': ('IFLA_GRE_OFLAGS', lambda flags: yes(flags & 0x1000)),
        'pmtudisc': ('IFLA_GRE_PMTUDISC', yes),
        'tos': ('IFLA_GRE_TOS', same),
        'ttl': ('IFLA_GRE_TTL', same),
    },
    'vrf': {'table': ('IFLA_VRF_TABLE', same)},
}
SETTINGS['gretap'] = SETTINGS['gre']
for _name in ('ipip', 'sit'):
    SETTINGS[_name] = {
        'pmtudisc': ('IFLA_%s_PMTUDISC' % _name.upper(), yes),
        'tos': ('IFLA_%s_TOS' % _name.upper(), same),
        'ttl': ('IFLA_%s_TTL' % _name.upper(), same),
    }
LOWER = {
    'gre': 'IFLA_GRE_LINK',
    'gretap': 'IFLA_GRE_LINK',
    'ipip': 'IFLA_IPIP_LINK',
    'sit': 'IFLA_SIT_LINK',
    'vxlan': 'IFLA_VXLAN_LINK',
}
PORT = {
    'cost': ('IFLA_BRPORT_COST', same),
    'hairpin': ('IFLA_BRPORT_MODE', yes),
    'isolated': ('IFLA_BRPORT_ISOLATED', yes),
    'learning': ('IFLA_BRPORT_LEARNING', yes),
    'priority': ('IFLA_BRPORT_PRIORITY', same),
}
