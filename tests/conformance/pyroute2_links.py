# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Links out of the same bytes as our codec reads, but decoded by pyroute2. See pyroute2_objects.py."""

from __future__ import annotations

import struct
import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.kernel import uapi
from ansible_collections.multinet.linux.plugins.module_utils.kernel.nla import parse_attributes
from ansible_collections.multinet.linux.plugins.module_utils.objects.attribute import MacAddress, Table
from ansible_collections.multinet.linux.plugins.module_utils.objects.link import bridge_port
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.codec import FoundLink
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.kinds import KINDS
from ansible_collections.multinet.linux.tests.conformance.pyroute2_objects import (
    decoded,
    ip,
    unnamed,
    yes,
)


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
    # pyroute2 has words for the modes of macvlan, the same as we.
    'macvlan': {'mode': ('IFLA_MACVLAN_MODE', same)},
    'ipvlan': {'mode': ('IFLA_IPVLAN_MODE', ('l2', 'l3', 'l3s').__getitem__)},
    'vxlan': {
        'id': ('IFLA_VXLAN_ID', same),
        'learning': ('IFLA_VXLAN_LEARNING', yes),
        'port': ('IFLA_VXLAN_PORT', same),
        'ttl': ('IFLA_VXLAN_TTL', same),
    },
    'vrf': {'table': ('IFLA_VRF_TABLE', same)},
}
Readers = dict[str, tuple[str, t.Callable[[t.Any], t.Any]]]


def bit(mask: int) -> t.Callable[[int], bool]:
    return lambda flags: yes(flags & mask)


def _encap(names: str) -> Readers:
    return {
        'encap': (names + '_ENCAP_TYPE', ('none', 'fou', 'gue').__getitem__),
        'encap_sport': (names + '_ENCAP_SPORT', same),
        'encap_dport': (names + '_ENCAP_DPORT', same),
        'encap_csum': (names + '_ENCAP_FLAGS', bit(1)),
        'encap_csum6': (names + '_ENCAP_FLAGS', bit(2)),
        'encap_remcsum': (names + '_ENCAP_FLAGS', bit(4)),
    }


def _gre(names: str) -> Readers:
    return {
        'icsum': (names + '_IFLAGS', bit(0x8000)),
        'ocsum': (names + '_OFLAGS', bit(0x8000)),
        'iseq': (names + '_IFLAGS', bit(0x1000)),
        'oseq': (names + '_OFLAGS', bit(0x1000)),
        'ikey': (names + '_IKEY', same),
        'okey': (names + '_OKEY', same),
    }


def _over_ipv4(names: str) -> Readers:
    return {
        'fwmark': (names + '_FWMARK', same),
        'pmtudisc': (names + '_PMTUDISC', yes),
        'tos': (names + '_TOS', same),
        'ttl': (names + '_TTL', same),
        **_encap(names),
    }


def _mode(names: str, words: dict[int, str]) -> Readers:
    return {'mode': (names + '_PROTO', words.__getitem__)}


def _over_ipv6(names: str) -> Readers:
    return {
        'ttl': (names + '_TTL', same),
        'dscp_inherit': (names + '_FLAGS', bit(0x10)),
        'allow_localremote': (names + '_FLAGS', bit(0x40)),
        **_encap(names),
    }


_MODES = {4: 'ipip', 137: 'mplsip', 0: 'any'}
SETTINGS['gre'] = {
    **_gre('IFLA_GRE'),
    **_over_ipv4('IFLA_GRE'),
    'ignore_df': ('IFLA_GRE_IGNORE_DF', yes),
}
SETTINGS['gretap'] = SETTINGS['gre']
SETTINGS['ipip'] = {
    **_over_ipv4('IFLA_IPIP'),
    **_mode('IFLA_IPIP', _MODES),
}
SETTINGS['sit'] = {
    **_over_ipv4('IFLA_SIT'),
    **_mode('IFLA_SIT', {**_MODES, 41: 'ip6ip'}),
    'sixrd_prefixlen': ('IFLA_SIT_6RD_PREFIXLEN', same),
    'sixrd_relay_prefixlen': ('IFLA_SIT_6RD_RELAY_PREFIXLEN', same),
}
SETTINGS['ip6gre'] = {
    'ikey': ('IFLA_IP6GRE_IKEY', same),
    'okey': ('IFLA_IP6GRE_OKEY', same),
    **_over_ipv6('IFLA_IP6GRE'),
}
SETTINGS['ip6gretap'] = SETTINGS['ip6gre']
SETTINGS['ip6tnl'] = {
    **_over_ipv6('IFLA_IP6TNL'),
    **_mode('IFLA_IP6TNL', {0: 'any', 4: 'ipip6', 41: 'ip6ip6'}),
}
SETTINGS['vti'] = {'ikey': ('IFLA_VTI_IKEY', same), 'okey': ('IFLA_VTI_OKEY', same)}
SETTINGS['vti6'] = {**SETTINGS['vti'], 'fwmark': ('IFLA_VTI_FWMARK', same)}
SETTINGS['geneve'] = {
    'id': ('IFLA_GENEVE_ID', same),
    'port': ('IFLA_GENEVE_PORT', same),
    'ttl': ('IFLA_GENEVE_TTL', same),
    'ttl_inherit': ('IFLA_GENEVE_TTL_INHERIT', yes),
    'tos': ('IFLA_GENEVE_TOS', same),
    'flowlabel': ('IFLA_GENEVE_LABEL', same),
}
SETTINGS['xfrm'] = {'if_id': ('IFLA_XFRM_IF_ID', same)}

# What not all releases have a right name for, by number.

Raw = dict[int, bytes]


def _number(number: int, form: str, shown: t.Callable[[int], t.Any] = same) -> t.Callable[[Raw], t.Any]:
    return lambda raw: shown(struct.unpack_from(form, raw[number])[0]) if number in raw else None


def _present(number: int) -> t.Callable[[Raw], bool]:
    return lambda raw: number in raw


def _word_or(flags: int, mask: int, word: str, other: t.Callable[[Raw], t.Any]) -> t.Callable[[Raw], t.Any]:
    is_set = _number(flags, '=I', bit(mask))
    return lambda raw: word if is_set(raw) else other(raw)


def _raw_ipv6(limit: int, flow: int, flags: int, mark: int) -> dict[str, t.Callable[[Raw], t.Any]]:
    tclass = _number(flow, '>I', lambda number: number >> 20 & 0xFF)
    label = _number(flow, '>I', lambda number: number & 0xFFFFF)
    return {
        'encaplimit': _word_or(flags, 1, 'none', _number(limit, '=B')),
        'tclass': _word_or(flags, 2, 'inherit', tclass),
        'flowlabel': _word_or(flags, 4, 'inherit', label),
        'fwmark': _word_or(flags, 0x20, 'inherit', _number(mark, '=I')),
    }


_RAW_GRE6 = {
    **_raw_ipv6(11, 12, 13, 20),
    'external': _present(18),
    # uint16 there, which has the byte order of the host
    'icsum': _number(2, '>H', bit(0x8000)),
    'ocsum': _number(3, '>H', bit(0x8000)),
    'iseq': _number(2, '>H', bit(0x1000)),
    'oseq': _number(3, '>H', bit(0x1000)),
}
_RAW_TUN = {'user': _number(1, '=I'), 'user_group': _number(2, '=I'), 'multi_queue': _number(7, '=B', yes)}
RAW: dict[str, dict[str, t.Callable[[Raw], t.Any]]] = {
    **dict.fromkeys(('tun', 'tap'), _RAW_TUN),
    'gre': {'external': _present(18)},
    'gretap': {'external': _present(18)},
    'ipip': {'external': _present(19)},
    'sit': {'isatap': _number(8, '=H', bit(1))},
    'ip6gre': _RAW_GRE6,
    'ip6gretap': _RAW_GRE6,
    'ip6tnl': {**_raw_ipv6(6, 7, 8, 20), 'external': _present(19)},
    'vti': {'fwmark': _number(6, '=I')},
    'geneve': {
        'external': _present(6),
        'df': _number(13, '=B', ('unset', 'set', 'inherit').__getitem__),
        'udpcsum': lambda raw: _number(8, '=B', yes)(raw) if 2 in raw else None,
        'udp6zerocsumtx': lambda raw: _number(9, '=B', yes)(raw) if 7 in raw else None,
        'udp6zerocsumrx': lambda raw: _number(10, '=B', yes)(raw) if 7 in raw else None,
    },
    'xfrm': {'external': _present(3)},
}


def _raw_settings(kind: str, message: bytes) -> dict[str, t.Any]:
    linkinfo = dict(unnamed(dict(unnamed(message, 32, ())).get(18, b''), 0, ()))
    raw = dict(unnamed(linkinfo.get(2, b''), 0, ()))
    found = {key: read(raw) for key, read in RAW.get(kind, {}).items()}
    return {key: value for key, value in found.items() if value is not None}


SETTINGS.update(tun={}, tap={})
SETTINGS['macvtap'] = {
    key: (name.replace('MACVLAN', 'MACVTAP'), form) for key, (name, form) in SETTINGS['macvlan'].items()
}
LOWER = {
    'ip6gre': 'IFLA_IP6GRE_LINK',
    'ip6gretap': 'IFLA_IP6GRE_LINK',
    'ip6tnl': 'IFLA_IP6TNL_LINK',
    'vti': 'IFLA_VTI_LINK',
    'vti6': 'IFLA_VTI_LINK',
    'xfrm': 'IFLA_XFRM_LINK',
    'gre': 'IFLA_GRE_LINK',
    'gretap': 'IFLA_GRE_LINK',
    'ipip': 'IFLA_IPIP_LINK',
    'sit': 'IFLA_SIT_LINK',
    'vxlan': 'IFLA_VXLAN_LINK',
}
ADDRESSES = {
    'vxlan': {
        'remote': ('IFLA_VXLAN_GROUP', 'IFLA_VXLAN_GROUP6'),
        'local': ('IFLA_VXLAN_LOCAL', 'IFLA_VXLAN_LOCAL6'),
    },
    'geneve': {'remote': ('IFLA_GENEVE_REMOTE', 'IFLA_GENEVE_REMOTE6')},
}
PORT = {
    'cost': ('IFLA_BRPORT_COST', same),
    'hairpin': ('IFLA_BRPORT_MODE', yes),
    'isolated': ('IFLA_BRPORT_ISOLATED', yes),
    'learning': ('IFLA_BRPORT_LEARNING', yes),
    'priority': ('IFLA_BRPORT_PRIORITY', same),
}


def _by_table(table: Table, named: t.Container[str], data: t.Any, raw: bytes) -> dict[str, t.Any]:
    """The attributes that have no line in SETTINGS, as pyroute2 has them if that is a number or a hardware
    address. Of other forms, and of those that its release lacks, it has none, or one of its own: those are as
    we read them.
    """
    found: dict[str, t.Any] = {}
    ours = dict(table.decode(parse_attributes(raw)))
    for name in table:
        if name in named or name not in ours:
            continue
        row = table[name]
        value = data.get_attr(row.nla[0].name) if row.nla else None
        # It takes a flag that is shown as a byte for set whatever the byte is: True.
        is_number = isinstance(value, int) and value is not True
        simple = is_number or (isinstance(value, str) and isinstance(row.type, MacAddress))
        found[name] = row.type.from_kernel(value) if simple and len(row.nla) == 1 else ours[name]
    return {name: value for name, value in found.items() if value is not None}


def _settings(table: dict[str, tuple[str, t.Callable[[t.Any], t.Any]]], data: t.Any) -> dict[str, t.Any]:
    return {
        key: form(data.get_attr(name))
        for key, (name, form) in table.items()
        if data.get_attr(name) is not None
    }


def _within(data: bytes, number: int) -> bytes:
    """The payload of an attribute in the IFLA_LINKINFO of a message."""
    info = parse_attributes(data, 16 + uapi.IFINFOMSG.size)[uapi.IFLA_LINKINFO]
    return parse_attributes(info)[number]


def _of_all_kinds(flags: int, raw: Raw) -> dict[str, t.Any]:
    """Flags, and numbers that not all releases have a name for."""
    numbers = {
        'group': 27,
        'gso_max_segs': 40,
        'gso_max_size': 41,
        'gro_max_size': 58,
        'gso_ipv4_max_size': 63,
        'gro_ipv4_max_size': 64,
    }
    return {
        'arp': not flags & 0x80,
        'multicast': yes(flags & 0x1000),
        'allmulticast': yes(flags & 0x200),
        'promisc': yes(flags & 0x100),
        **{key: _number(number, '=I')(raw) for key, number in numbers.items()},
    }


def link(data: bytes) -> FoundLink:
    message = decoded('ifinfmsg', data)
    get = message.get_attr
    info = get('IFLA_LINKINFO')
    kind = (info and info.get_attr('IFLA_INFO_KIND')) or ''
    port_of = (info and info.get_attr('IFLA_INFO_SLAVE_KIND')) or ''
    if kind == 'tun' and parse_attributes(_within(data, uapi.IFLA_INFO_DATA))[3] == b'\2':
        kind = 'tap'
    lower = get('IFLA_LINK') or 0
    settings: dict[str, t.Any] = {}
    port: dict[str, t.Any] = {}
    if kind in SETTINGS and info.get_attr('IFLA_INFO_DATA'):
        settings = _settings(SETTINGS[kind], info.get_attr('IFLA_INFO_DATA'))
        if kind in LOWER:
            lower = lower or info.get_attr('IFLA_INFO_DATA').get_attr(LOWER[kind]) or 0
        settings.update(_raw_settings(kind, data))
        raw = _within(data, uapi.IFLA_INFO_DATA)
        named = (*SETTINGS[kind], *RAW.get(kind, ()), 'remote', 'local')
        settings.update(_by_table(KINDS[kind].settings, named, info.get_attr('IFLA_INFO_DATA'), raw))
        for key, names in ADDRESSES.get(kind, {}).items():
            for name in names:
                value = info.get_attr('IFLA_INFO_DATA').get_attr(name)
                if value not in (None, '0.0.0.0', '::'):
                    settings[key] = ip(value)
    if port_of == 'bridge':
        port = _settings(PORT, info.get_attr('IFLA_INFO_SLAVE_DATA'))
        raw = _within(data, uapi.IFLA_INFO_SLAVE_DATA)
        port.update(_by_table(bridge_port.PORT, PORT, info.get_attr('IFLA_INFO_SLAVE_DATA'), raw))
    link_local = None
    inet6 = get('IFLA_AF_SPEC') and get('IFLA_AF_SPEC').get_attr('AF_INET6')
    if inet6 and inet6.get_attr('IFLA_INET6_ADDR_GEN_MODE') is not None:
        link_local = inet6.get_attr('IFLA_INET6_ADDR_GEN_MODE') != 1
    # Tunnels have shorter and longer addresses; pyroute2 shows six bytes of whatever stands there.
    mac = get('IFLA_ADDRESS') if message['ifi_type'] in (0, 1, 772) else None
    altnames = get('IFLA_PROP_LIST')
    return FoundLink(
        message['index'],
        get('IFLA_IFNAME'),
        kind,
        get('IFLA_MASTER') or 0,
        lower,
        get('IFLA_LINK_NETNSID'),
        port_of,
        {
            'up': yes(message['flags'] & 1),
            **_of_all_kinds(message['flags'], dict(unnamed(data, 32, ()))),
            'mtu': get('IFLA_MTU'),
            'txqueuelen': get('IFLA_TXQLEN'),
            'mac': mac,
            'settings': tuple(sorted(settings.items())),
            'port': tuple(sorted(port.items())),
            'mark': get('IFLA_IFALIAS'),
            'link_local': link_local,
            'alias': get('IFLA_IFALIAS') or '',
            'altnames': tuple(sorted(altnames.get_attrs('IFLA_ALT_IFNAME'))) if altnames else (),
        },
    )
