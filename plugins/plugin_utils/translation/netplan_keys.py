# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What becomes of the keys of netplan. The names are those of netplan-yaml.md.

A key that another release of this collection learns to say moves from the refused ones to the others.
"""

from __future__ import annotations

import ipaddress
import typing as t

from .keys import (
    LACKING,
    NOT_YET,
    Key,
    Keys,
    Untranslatable,
    nothing,
    number,
    only,
    refused,
    same,
    truth,
    word_from,
)
from .spans import MILLISECOND, SECOND, span

DHCP = 'the layout runs no DHCP client; for a namespace the role dhcp_client does'
RESOLVER = (
    'name servers are those of a namespace; give the host its own in resolv.conf(5) or resolved.conf(5)'
)
PROGRAM = 'it is about the program that netplan starts, not about the kernel'
SRIOV = 'the layout makes no virtual functions'
RADIO = 'the layout does not manage radio devices'
SECRET = 'a document holds no secret: write the key to a file of the host, and give its path'
BOOT = 'it is about when the host counts as booted'

NETWORK: Keys = {
    'version': Key(change=only(2, 'the only version is 2')),
    **nothing(PROGRAM, 'renderer'),
    **refused(RADIO, 'modems', 'wifis'),
    **refused('only NetworkManager can read it', 'nm-devices'),
    **refused('the layout does not manage Open vSwitch', 'openvswitch'),
}
_STATES = {'off': 'down', False: 'down'}  # YAML 1.1 reads off as false


def _activation(value: t.Any) -> str:
    if value not in _STATES:
        raise Untranslatable('the layout keeps each link up or down')
    return _STATES[value]


def _mac(value: t.Any) -> t.Any:
    if value in ('permanent', 'random', 'stable', 'stable-ssid', 'preserve'):
        raise Untranslatable('only an address can be given (found %s)' % value)
    return value


DEVICE: Keys = {
    **same('mtu'),
    'macaddress': Key('mac', _mac),
    'activation-mode': Key('state', _activation),
    **nothing(PROGRAM, 'renderer', 'ignore-carrier', 'critical', 'networkmanager'),
    **nothing(BOOT, 'optional', 'optional-addresses'),
    'dhcp4': Key(change=lambda value: only(False, DHCP)(truth(value))),
    'dhcp6': Key(change=lambda value: only(False, DHCP)(truth(value))),
    **refused(DHCP, 'dhcp-identifier', 'dhcp4-overrides', 'dhcp6-overrides'),
    **refused('routers are heard by the kernel, which has no such settings', 'ra-overrides'),
    'ipv6-address-generation': Key(change=only('eui64', 'only eui64 is what the kernel does itself')),
    **refused(LACKING, 'ipv6-address-token'),
    **refused(RESOLVER, 'nameservers'),
    **refused('the layout does not manage Open vSwitch', 'openvswitch'),
}
SYSCTLS: Keys = {
    'accept-ra': Key('net/ipv6/conf/%s/accept_ra', lambda value: 2 if truth(value) else 0),
    'ipv6-mtu': Key('net/ipv6/conf/%s/mtu'),
    'ipv6-privacy': Key('net/ipv6/conf/%s/use_tempaddr', lambda value: 2 if truth(value) else 0),
}
"""Keys of a device that are settings of the kernel for it. networkd hears routers itself, also on a router,
as the kernel does with 2."""
PORT: Keys = {
    'neigh-suppress': Key('neigh_suppress', truth),
    'hairpin': Key('hairpin', truth),
    'port-mac-learning': Key('learning', truth),
}
ETHERNET: Keys = {
    'emit-lldp': Key(change=lambda value: only(False, 'the layout runs no LLDP')(truth(value))),
    **refused(
        LACKING,
        'wakeonlan',
        'receive-checksum-offload',
        'transmit-checksum-offload',
        'tcp-segmentation-offload',
        'tcp6-segmentation-offload',
        'generic-segmentation-offload',
        'generic-receive-offload',
        'large-receive-offload',
        'infiniband-mode',
    ),
    **refused('the layout runs no 802.1X', 'auth'),
    **refused(
        SRIOV,
        'link',
        'virtual-function-count',
        'embedded-switch-mode',
        'delay-virtual-functions-rebind',
    ),
}
BOND: Keys = {
    **same('mode', 'primary'),
    'lacp-rate': Key('lacp_rate'),
    'mii-monitor-interval': Key('miimon', span(MILLISECOND, MILLISECOND)),
    'min-links': Key('min_links'),
    'transmit-hash-policy': Key('xmit_hash_policy'),
    'ad-select': Key('ad_select'),
    'all-members-active': Key('all_slaves_active'),
    'all-slaves-active': Key('all_slaves_active'),
    'arp-interval': Key('arp_interval', span(MILLISECOND, MILLISECOND)),
    'arp-ip-targets': Key('arp_ip_target'),
    'arp-validate': Key('arp_validate'),
    'arp-all-targets': Key('arp_all_targets'),
    'up-delay': Key('updelay', span(MILLISECOND, MILLISECOND)),
    'down-delay': Key('downdelay', span(MILLISECOND, MILLISECOND)),
    'fail-over-mac-policy': Key('fail_over_mac'),
    'gratuitous-arp': Key('num_grat_arp'),
    'gratuitious-arp': Key('num_grat_arp'),
    'packets-per-member': Key('packets_per_slave'),
    'packets-per-slave': Key('packets_per_slave'),
    'primary-reselect-policy': Key('primary_reselect'),
    'resend-igmp': Key('resend_igmp'),
    'learn-packet-interval': Key('lp_interval', span(SECOND, SECOND)),
}
BRIDGE: Keys = {
    **same('priority', 'stp'),
    'ageing-time': Key('ageing_time', span(SECOND, SECOND)),
    'aging-time': Key('ageing_time', span(SECOND, SECOND)),
    'forward-delay': Key('forward_delay', span(SECOND, SECOND)),
    'hello-time': Key('hello_time', span(SECOND, SECOND)),
    'max-age': Key('max_age', span(SECOND, SECOND)),
}
OF_PORTS = {'port-priority': 'priority', 'path-cost': 'cost'}
"""Parameters of a bridge that are mappings by port, with the keys of ``port``."""

TUNNEL_KINDS: t.Mapping[str, dict[str, str]] = {
    'gre': {'kind': 'gre'},
    'gretap': {'kind': 'gretap'},
    'ip6gre': {'kind': 'ip6gre'},
    'ip6gretap': {'kind': 'ip6gretap'},
    'ip6ip6': {'kind': 'ip6tnl', 'mode': 'ip6ip6'},
    'ipip': {'kind': 'ipip'},
    'ipip6': {'kind': 'ip6tnl', 'mode': 'ipip6'},
    'sit': {'kind': 'sit'},
    'vti': {'kind': 'vti'},
    'vti6': {'kind': 'vti6'},
    'vxlan': {'kind': 'vxlan'},
    'wireguard': {'kind': 'wireguard'},
}
TUNNEL: Keys = same('local', 'remote', 'ttl')
WIREGUARD: Keys = {
    'mark': Key('fwmark'),
    'port': Key('listen_port'),
}
PEER: Keys = {
    'endpoint': Key('endpoint'),
    'allowed-ips': Key('allowed_ips'),
    'keepalive': Key('persistent_keepalive'),
}


def _port_range(value: t.Any) -> str:
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        raise Untranslatable('it is no pair of ports')
    return '%s-%s' % tuple(value)


VXLAN: Keys = {
    **same('local', 'remote', 'ttl', 'id', 'ageing'),
    'type-of-service': Key('tos'),
    'mac-learning': Key('learning', truth),
    'aging': Key('ageing'),
    'limit': Key('maxaddress'),
    'arp-proxy': Key('proxy', truth),
    'short-circuit': Key('rsc', truth),
    'port': Key('dstport'),
    'port-range': Key('srcport', _port_range),
    'flow-label': Key('flowlabel'),
    'do-not-fragment': Key('df', lambda value: 'set' if truth(value) else 'unset'),
}
VXLAN_WORDS: t.Mapping[str, Keys] = {
    'notifications': {'l2-miss': Key('l2miss'), 'l3-miss': Key('l3miss')},
    'checksums': {
        'udp': Key('udpcsum'),
        'zero-udp6-tx': Key('udp6zerocsumtx'),
        'zero-udp6-rx': Key('udp6zerocsumrx'),
        **refused(NOT_YET, 'remote-tx', 'remote-rx'),
    },
    'extensions': {'group-policy': Key('gbp'), **refused(LACKING, 'generic-protocol')},
}
"""Lists of words, each of which is a key of its own."""

ADDRESS: Keys = {
    **same('label'),
    'lifetime': Key('preferred_lifetime', word_from({0: 0, '0': 0, 'forever': 'forever'})),
}
ROUTE: Keys = {
    **same('to', 'via', 'metric', 'type', 'scope', 'table', 'mtu'),
    'from': Key('src', lambda value: str(value).partition('/')[0]),
    'on-link': Key('onlink', truth),
    'congestion-window': Key('initcwnd'),
    'advertised-receive-window': Key('initrwnd'),
    'advertised-mss': Key('advmss'),
}
RULE: Keys = {
    **same('from', 'to', 'table', 'priority', 'mark'),
    'type-of-service': Key('tos'),
}


def tunnel_key(value: t.Any) -> int:
    """The key of a tunnel, a number or a dotted quad."""
    try:
        return int(ipaddress.IPv4Address(value)) if '.' in str(value) else number(value)
    except ValueError as exc:
        raise Untranslatable('it is neither a number nor a dotted quad') from exc


TABLES: t.Mapping[str, Keys] = {
    'network': NETWORK,
    'network.DEVICES.ID': DEVICE,
    'network.ethernets.ID': ETHERNET,
    'network.tunnels.ID.checksums': VXLAN_WORDS['checksums'],
    'network.tunnels.ID.extensions': VXLAN_WORDS['extensions'],
}
"""The tables that have refusals, by where their keys stand, for the documentation."""
