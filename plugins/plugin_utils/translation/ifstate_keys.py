# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What becomes of the keys of ifstate. The names are those of its schema; links have those of netlink.

A key that another release of this collection learns to say moves from the refused ones to the others.
"""

from __future__ import annotations

import typing as t

from ansible_collections.multinet.linux.plugins.module_utils.objects.attribute import Attribute, Seconds
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.bridge_port import PORT
from ansible_collections.multinet.linux.plugins.module_utils.objects.link.kinds import KINDS

from .keys import (
    LACKING,
    NOT_YET,
    Key,
    Keys,
    Untranslatable,
    inverted,
    nothing,
    number,
    only,
    refused,
    same,
    truth,
    word_from,
)

PROGRAM = 'it runs a program, which a layout never does'
VRRP = 'a layout does not follow the state of VRRP'
CARD = 'the layout knows a card of the host by its name; name it in a .link file (systemd.link(5))'
STANDING = 'a layout leaves what it does not declare as it is'
MAC = 'an address that nobody gave is derived from the host, the scope and the name; give it as address'
PROFILE = 'only the default profile, an egress qdisc cake, is known'
BPF = 'the layout loads no BPF programs'
ROUTE_PROTOCOL = 'routes of a layout have the protocol 117, by which it knows them'

TOP: Keys = {
    **refused(BPF, 'bpf'),
    **refused(MAC, 'mac_seed'),
    **nothing(STANDING, 'ignore'),
    **refused(PROFILE, 'cshaper'),
}
PARAMETERS: Keys = {
    **nothing(STANDING, 'ignore'),
    **refused(PROGRAM, 'hooks'),
    **refused(PROFILE, 'cshaper'),
    **refused(MAC, 'machine_id', 'link_address_default'),
}
DEFAULTS: Keys = {
    **refused(
        STANDING + '; declare a namespace with exclusive in a document of your own',
        'clear_addresses',
        'clear_altnames',
        'clear_fdb',
        'clear_neighbours',
        'clear_tc',
    ),
    **refused(LACKING, 'ethtool'),
}
INTERFACE: Keys = {
    **refused(LACKING, 'token', 'ethtool'),
    **refused(NOT_YET, 'alt-names'),
    **refused(PROGRAM, 'hooks'),
    **refused(VRRP, 'vrrp'),
    'xdp': Key(change=only(False, BPF)),
}
FLAGS: Keys = {
    'allmulti': Key('allmulticast', truth),
    'multicast': Key('multicast', truth),
    'noarp': Key('arp', inverted),
    'promisc': Key('promisc', truth),
}
IDENTIFY: Keys = {
    'perm_address': Key('mac'),
    **refused(
        'the layout finds a card by its name or its hardware address',
        'parent_dev_name',
        'parent_dev_bus_name',
        'phys_port_id',
        'phys_port_name',
        'phys_switch_id',
        'of_node',
    ),
}
LINK: Keys = {
    **same('group', 'state', 'master', 'mtu', 'link'),
    'address': Key('mac'),
    'txqlen': Key('txqueuelen'),
    **refused(NOT_YET, 'ifalias'),
}
PHYSICAL: Keys = {
    **LINK,
    **refused('the layout finds a card by its name or its hardware address', 'permaddr', 'businfo'),
}
KINDS_REFUSED: t.Mapping[str, str] = {
    'dsa': 'ports of a switch chip are there already: declare them as physical',
    'ipoib': LACKING,
    'macsec': LACKING,
    'team': 'its ports are kept by a program, teamd; use a bond',
    'tun': NOT_YET,
    'vxcan': LACKING,
}
VLAN_FLAGS: Keys = {
    **{word: Key(word, truth) for word in ('reorder_hdr', 'gvrp', 'loose_binding', 'mvrp')},
    **refused(NOT_YET, 'bridge_binding'),
}


def _port_range(value: t.Any) -> str:
    if not isinstance(value, dict) or set(value) != {'low', 'high'}:
        raise Untranslatable('it is not a range with low and high')
    return '%s-%s' % (value['low'], value['high'])


_OF_IPV4 = refused(
    'the kernel passes it over: it is one of tunnels over IPv4', 'ip6gre_tos', 'ip6gre_pmtudisc'
)
_ODD: t.Mapping[str, Keys] = {
    'vxlan': {'vxlan_port_range': Key('srcport', _port_range)},
    'ip6gre': _OF_IPV4,
    'ip6gretap': _OF_IPV4,
}
"""Keys of kinds that are not those of netlink."""
_PREFIXES = {'bridge': 'br', 'gretap': 'gre', 'ip6gretap': 'ip6gre', 'vti6': 'vti'}


def _kernel_value(attribute: Attribute) -> t.Callable[[t.Any], t.Any]:
    """A change of numbers, which are the kernel's, into what the document says."""

    def change(value: t.Any) -> t.Any:
        if not isinstance(value, int) or isinstance(value, bool):
            return value
        if isinstance(attribute.type, Seconds) and value % 100:
            raise Untranslatable('it is no number of whole seconds (found %d hundredths of a second)' % value)
        return attribute.type.from_kernel(value)

    return change


def _by_netlink(table: t.Mapping[str, Attribute], prefix: str) -> dict[str, Key]:
    """Keys that are called as netlink attributes are, without the IFLA_ and the word of their table."""
    keys = {}
    for attribute in table.values():
        for nla in attribute.nla:
            word = nla.name.split('_', 2)[2].lower()
            keys[prefix + word] = Key(attribute.key, _kernel_value(attribute))
    return keys


def keys_of_kind(kind: str) -> Keys:
    """The keys that links of a kind have beside those of all links."""
    prefix = _PREFIXES.get(kind, kind) + '_'
    keys: dict[str, Key] = {} if KINDS[kind].apart else _by_netlink(KINDS[kind].settings, prefix)
    if KINDS[kind].parent == 'optional':
        keys[prefix + 'link'] = Key('link')
    return {**keys, **_ODD.get(kind, {})}


BRPORT: Keys = _by_netlink(PORT, '')
BRVLAN: Keys = same('vid', 'pvid', 'untagged')
FDB: Keys = {
    **same('lladdr', 'dst', 'port', 'vni', 'vlan', 'src_vni'),
    **refused(NOT_YET, 'nhid'),
}
FDB_FLAGS = ('master', 'router', 'sticky', 'self')
"""Those that a document can say. An entry is one of the link itself unless it has master."""
FDB_STATES = ('permanent', 'noarp')
ADDRESS: Keys = {**same('address', 'label', 'scope'), 'proto': Key('protocol')}
PEER: Keys = {
    'public_key': Key('public_key'),
    'endpoint': Key('endpoint'),
    'allowedips': Key('allowed_ips'),
    'persistent_keepalive_interval': Key('persistent_keepalive'),
}
WIREGUARD: Keys = {
    **same('listen_port', 'fwmark'),
    **refused('routes are declared as routes', 'table'),
}
_FAMILIES = {
    'inet': 'ipv4',
    'AF_INET': 'ipv4',
    2: 'ipv4',
    'inet6': 'ipv6',
    'AF_INET6': 'ipv6',
    10: 'ipv6',
}
_ROUTE_TYPES = {  # rtm_type, linux/include/uapi/linux/rtnetlink.h
    1: 'unicast',
    2: 'local',
    3: 'broadcast',
    4: 'anycast',
    5: 'multicast',
    6: 'blackhole',
    7: 'unreachable',
    8: 'prohibit',
    9: 'throw',
}
ROUTE: Keys = {
    **same('to', 'via', 'dev', 'src', 'table', 'scope', 'onlink'),
    'type': Key('type', lambda value: _ROUTE_TYPES.get(value, value)),
    'realm': Key('realms'),
    'preference': Key('metric'),
    **refused(ROUTE_PROTOCOL, 'proto'),
    **refused(VRRP, 'vrrp'),
}
NEXTHOP: Keys = {**same('via', 'dev'), 'hops': Key('weight', lambda value: number(value) + 1)}
_ACTIONS = {'to_tbl': 'lookup', 1: 'lookup', 6: 'blackhole', 7: 'unreachable', 8: 'prohibit'}  # FR_ACT_*
RULE: Keys = {
    **same('priority', 'table', 'from', 'to', 'iif', 'oif', 'ipproto'),
    'action': Key('action', lambda value: _ACTIONS.get(value, value)),
    'proto': Key('protocol'),
    'fwmark': Key('mark'),
    'family': Key('family', word_from(_FAMILIES)),
    **refused(VRRP, 'vrrp'),
}
_RTT = {  # tc-cake(8)
    'datacentre': '100us',
    'lan': '1ms',
    'metro': '10ms',
    'regional': '30ms',
    'internet': '100ms',
    'oceanic': '300ms',
    'satellite': '1000ms',
    'interplanetary': '3600s',
}


def _microseconds(value: t.Any) -> t.Any:
    return '%dus' % value if isinstance(value, int) else _RTT.get(value, value)


_ACK_FILTER = {True: 'ack-filter', False: 'no-ack-filter', 'aggressive': 'ack-filter-aggressive'}
_CAKE: Keys = {
    **same('bandwidth', 'nat', 'wash', 'ingress', 'split_gso', 'memlimit'),
    'ack_filter': Key('ack_filter', word_from(_ACK_FILTER)),
    'diffserv_mode': Key('diffserv'),
    'flow_mode': Key('flow_mode', lambda value: str(value).replace('isolated', 'isolate')),
    'rtt': Key('rtt', _microseconds),
    'target': Key('target', _microseconds),
    **refused(LACKING, 'atm_mode', 'autorate', 'overhead', 'fwmark', 'mpu', 'raw'),
}
QDISCS: t.Mapping[str, Keys] = {
    'cake': _CAKE,
    'bfifo': same('limit'),
    'pfifo': same('limit'),
    'fq': same('limit', 'flow_limit'),
    'fq_codel': same('limit', 'flows'),
    'netem': {},
    'sfq': {},
    'tbf': {},
    'htb': {},
    'prio': {},
}
"""Kinds of qdiscs that a document has, with the keys that the schema has of them."""
TC: Keys = refused('the layout redirects no packets, and has no filters but those of htb', 'filter')

TABLES: t.Mapping[str, Keys] = {
    '': TOP,
    'parameters': PARAMETERS,
    'parameters.defaults[]': DEFAULTS,
    'interfaces[]': INTERFACE,
    'interfaces[].identify': IDENTIFY,
    'interfaces[].link': PHYSICAL,
    'interfaces[].link.vlan_flags': VLAN_FLAGS,
    'interfaces[].fdb[]': FDB,
    'interfaces[].tc': TC,
    'interfaces[].tc.qdisc': _CAKE,
    'interfaces[].wireguard': WIREGUARD,
    'routing.routes[]': ROUTE,
    'routing.rules[]': RULE,
}
"""The tables by where their keys stand, for the documentation."""
