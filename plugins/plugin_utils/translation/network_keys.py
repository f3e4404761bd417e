# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What becomes of the keys of .network files. The names are those of systemd.network(5).

A key that another release of this collection learns to say moves from the refused ones to the others.
"""

from __future__ import annotations

import typing as t

from .keys import LACKING, Key, Keys, Untranslatable, nothing, only, refused, truth, word_from
from .netdev_keys import MATCH as CONDITIONS
from .netdev_keys import size
from .spans import MILLISECOND, SECOND, span, with_unit

DHCP = 'the layout runs no DHCP client; for a namespace the role dhcp_client does'
RESOLVER = (
    'name servers are those of a namespace; give the host its own in resolv.conf(5) or resolved.conf(5)'
)
DAEMON = 'it is done by networkd itself, not by the kernel'
PROGRAM = 'it is about the programs around networkd, not about the kernel'
BY_NAME = 'the layout knows a link by its name; give Name='
ROUTE_PROTOCOL = 'routes of a layout have the protocol 117, by which it knows them'


def _off(reason: str) -> Key:
    """A key that can only be off."""
    return Key(change=lambda value: only(False, reason)(truth(value)))


def _family(value: str) -> t.Any:
    return word_from({'ipv4': 'ipv4', 'ipv6': 'ipv6', 'both': 'both'})(value)


MATCH: Keys = {
    **CONDITIONS,
    **refused(
        BY_NAME,
        *('MACAddress', 'PermanentMACAddress', 'Path', 'Driver', 'Type', 'Kind', 'Property'),
        *('WLANInterfaceType', 'SSID', 'BSSID'),
    ),
}
_POLICIES = {'up': 'up', 'always-up': 'up', 'down': 'down', 'always-down': 'down'}


def _policy(value: str) -> str:
    if value not in _POLICIES:
        raise Untranslatable('the layout keeps each link up or down (found %s)' % value)
    return _POLICIES[value]


LINK: Keys = {
    'MACAddress': Key('mac', lambda value: value.lower()),
    'MTUBytes': Key('mtu', size),
    'ARP': Key('arp'),
    'Multicast': Key('multicast'),
    'AllMulticast': Key('allmulticast'),
    'Promiscuous': Key('promisc'),
    'Group': Key('group'),
    'ActivationPolicy': Key('state', _policy),
    'Unmanaged': _off('then the file is for no link'),
    **nothing(PROGRAM, 'RequiredForOnline', 'RequiredFamilyForOnline'),
}
_AUTOCONF = {'ipv6': True, 'no': False, 'false': False, 'off': False, '0': False}


def _link_local(value: str) -> bool:
    if value not in _AUTOCONF:
        raise Untranslatable('the kernel makes link-local addresses of IPv6 alone (found %s)' % value)
    return _AUTOCONF[value]


NETWORK: Keys = {
    'LinkLocalAddressing': Key('link_local', _link_local),
    'DHCP': Key(change=lambda value: only(False, DHCP)(truth(value) if value not in ('ipv4', 'ipv6') else 1)),
    'DHCPServer': _off(DAEMON),
    'IPv6SendRA': _off(DAEMON),
    'DHCPPrefixDelegation': _off(DAEMON),
    'DHCPv6PrefixDelegation': _off(DAEMON),
    'IPMasquerade': Key(change=word_from({'no': False})),
    'EmitLLDP': _off('the layout runs no LLDP'),
    'DefaultRouteOnDevice': _off('a default route is declared as a route'),
    'IPv6LinkLocalAddressGenerationMode': Key(
        change=only('eui64', 'only eui64 is what the kernel does itself')
    ),
    **refused(DAEMON, 'IPv6StableSecretAddress', 'IPv4LLStartAddress', 'IPv4LLRoute', 'BindCarrier'),
    **refused(RESOLVER, 'DNS', 'Domains', 'DNSDefaultRoute', 'NTP'),
    **refused(LACKING, 'BatmanAdvanced', 'IPoIB', 'IPVTAP', 'MACsec'),
    **refused('the layout does not choose the active port; give PrimarySlave=', 'ActiveSlave'),
    **nothing('it describes the file', 'Description'),
    **nothing(
        PROGRAM,
        *('LLMNR', 'MulticastDNS', 'DNSOverTLS', 'DNSSEC', 'DNSSECNegativeTrustAnchors', 'LLDP'),
        *('KeepMaster', 'ConfigureWithoutCarrier', 'IgnoreCarrierLoss', 'KeepConfiguration'),
    ),
}
_PRIVACY = {'yes': 2, 'true': 2, 'no': 0, 'false': 0, 'prefer-public': 1}
_RP_FILTER = {'no': 0, 'false': 0, '0': 0, 'strict': 1, 'loose': 2, '1': 1, '2': 2}


def _switch(value: str) -> int:
    return int(truth(value))


SYSCTLS: Keys = {
    'IPv4Forwarding': Key('net/ipv4/conf/%s/forwarding', _switch),
    'IPv6Forwarding': Key('net/ipv6/conf/%s/forwarding', _switch),
    'IPv6AcceptRA': Key('net/ipv6/conf/%s/accept_ra', lambda value: 2 if truth(value) else 0),
    'IPv6PrivacyExtensions': Key('net/ipv6/conf/%s/use_tempaddr', word_from(_PRIVACY)),
    'IPv6DuplicateAddressDetection': Key('net/ipv6/conf/%s/dad_transmits'),
    'IPv6HopLimit': Key('net/ipv6/conf/%s/hop_limit'),
    'IPv6MTUBytes': Key('net/ipv6/conf/%s/mtu', size),
    'IPv6ProxyNDP': Key('net/ipv6/conf/%s/proxy_ndp', _switch),
    'IPv4AcceptLocal': Key('net/ipv4/conf/%s/accept_local', _switch),
    'IPv4RouteLocalnet': Key('net/ipv4/conf/%s/route_localnet', _switch),
    'IPv4ProxyARP': Key('net/ipv4/conf/%s/proxy_arp', _switch),
    'IPv4ProxyARPPrivateVLAN': Key('net/ipv4/conf/%s/proxy_arp_pvlan', _switch),
    'IPv4RPFilter': Key('net/ipv4/conf/%s/rp_filter', word_from(_RP_FILTER)),
    'MPLSRouting': Key('net/mpls/conf/%s/input', _switch),
}
"""Keys of [Network] that are settings of the kernel for the link. networkd hears routers itself, also on a
router, as the kernel does with 2."""
FORWARD: t.Mapping[str, tuple[str, ...]] = {
    'ipv4': ('net/ipv4/ip_forward',),
    'ipv6': ('net/ipv6/conf/all/forwarding',),
    'yes': ('net/ipv4/ip_forward', 'net/ipv6/conf/all/forwarding'),
    'true': ('net/ipv4/ip_forward', 'net/ipv6/conf/all/forwarding'),
    'no': (),
    'false': (),
    'kernel': (),
}
"""IPForward=, which is about the whole host."""
MASTERS = ('Bridge', 'Bond', 'VRF')
STACKED = ('VLAN', 'MACVLAN', 'MACVTAP', 'IPVLAN', 'VXLAN', 'Tunnel', 'Xfrm')
"""Keys of [Network] that name links on this one."""
ADDRESS: Keys = {
    'Address': Key('address'),
    'Peer': Key('peer'),
    'Broadcast': Key('broadcast', lambda value: {'yes': '+', 'no': '-'}.get(value, value)),
    'Label': Key('label'),
    'PreferredLifetime': Key(
        'preferred_lifetime', word_from({'0': 0, 'forever': 'forever', 'infinity': 'forever'})
    ),
    'Scope': Key('scope'),
    'RouteMetric': Key('metric'),
    'HomeAddress': Key('home'),
    'DuplicateAddressDetection': Key('dad', word_from({'ipv6': True, 'none': False})),
    'ManageTemporaryAddress': Key('mngtmpaddr'),
    'AddPrefixRoute': Key('prefix_route'),
    'AutoJoin': Key('autojoin'),
    **refused('the layout does not manage labels of SELinux', 'NetLabel'),
    **refused('elements of sets are declared with the table of nft', 'NFTSet'),
}
NEIGHBOR: Keys = {'Address': Key('to'), 'LinkLayerAddress': Key('lladdr')}
_ROUTE_SCOPES = {'254': 'host', '253': 'link', '0': 'global'}
ROUTE: Keys = {
    'Gateway': Key('via'),
    'GatewayOnLink': Key('onlink', truth),
    'Destination': Key('to'),
    'Source': Key('from'),
    'Metric': Key('metric'),
    'IPv6Preference': Key('pref'),
    'Scope': Key('scope', lambda value: _ROUTE_SCOPES.get(value, value)),
    'PreferredSource': Key('src'),
    'Table': Key('table'),
    'HopLimit': Key('hoplimit'),
    'Type': Key('type'),
    'InitialCongestionWindow': Key('initcwnd'),
    'InitialAdvertisedReceiveWindow': Key('initrwnd'),
    'QuickAck': Key('quickack', _switch),
    'FastOpenNoCookie': Key('fastopen_no_cookie', truth),
    'MTUBytes': Key('mtu', size),
    'TCPAdvertisedMaximumSegmentSize': Key('advmss', size),
    'TCPCongestionControlAlgorithm': Key('congctl'),
    'TCPRetransmissionTimeoutSec': Key('rto_min', span(SECOND, MILLISECOND)),
    'Protocol': Key(change=only('static', ROUTE_PROTOCOL)),
    'NextHop': Key('nhid'),
    **refused(LACKING, 'TTLPropagate'),
}
NEXTHOP: Keys = {
    'Id': Key('id'),
    'Gateway': Key('via'),
    'Family': Key('family', _family),
    'OnLink': Key('onlink', truth),
    'Blackhole': Key('blackhole', truth),
}
RULE: Keys = {
    'TypeOfService': Key('tos'),
    'From': Key('from'),
    'To': Key('to'),
    'FirewallMark': Key('mark'),
    'Table': Key('table'),
    'Priority': Key('priority'),
    'GoTo': Key('goto'),
    'IncomingInterface': Key('iif'),
    'OutgoingInterface': Key('oif'),
    'L3MasterDevice': Key('l3mdev'),
    'SourcePort': Key('sport'),
    'DestinationPort': Key('dport'),
    'IPProtocol': Key('ipproto', lambda value: value.lower()),
    'InvertRule': Key('invert'),
    'Family': Key('family', _family),
    'User': Key('uidrange'),
    'SuppressPrefixLength': Key('suppress_prefixlength'),
    'SuppressInterfaceGroup': Key('suppress_ifgroup'),
    'Type': Key('action', lambda value: 'lookup' if value == 'table' else value),
}
_ROUTER = {'no': 'disabled', 'query': 'query', 'permanent': 'permanent', 'temporary': 'temporary'}
PORT: Keys = {
    'UnicastFlood': Key('flood'),
    'MulticastFlood': Key('multicast_flood'),
    'MulticastToUnicast': Key('multicast_to_unicast'),
    'NeighborSuppression': Key('neigh_suppress'),
    'Learning': Key('learning'),
    'HairPin': Key('hairpin'),
    'Isolated': Key('isolated'),
    'FastLeave': Key('fast_leave'),
    'ProxyARP': Key('proxy_arp'),
    'ProxyARPWiFi': Key('proxy_arp_wifi'),
    'MulticastRouter': Key('multicast_router', word_from(_ROUTER)),
    'Cost': Key('cost'),
    'Priority': Key('priority'),
    'Locked': Key('locked'),
    'MACAuthenticationBypass': Key('mab'),
    'VLANTunnel': Key('vlan_tunnel'),
    **refused(
        'releases of networkd mean the opposite by it; give bpdu_guard or root_block',
        'UseBPDU',
        'AllowPortToBeRoot',
    ),
}
FDB: Keys = {
    'MACAddress': Key('lladdr', lambda value: value.lower()),
    'Destination': Key('dst'),
    'VLANId': Key('vlan'),
    'VNI': Key('vni'),
    'OutgoingInterface': Key('via'),
}


def _rate(value: str) -> str:
    units = {'K': 'kbit', 'M': 'mbit', 'G': 'gbit'}
    return value[:-1] + units[value[-1]] if value[-1:] in units else value + 'bit'


_LIMIT: Keys = {'PacketLimit': Key('limit')}
QDISCS: t.Mapping[str, tuple[str, Keys]] = {
    'NetworkEmulator': (
        'netem',
        {
            **_LIMIT,
            'DelaySec': Key('delay', with_unit),
            'DelayJitterSec': Key('jitter', with_unit),
            'LossRate': Key('loss'),
            'DuplicateRate': Key('duplicate'),
        },
    ),
    'TokenBucketFilter': (
        'tbf',
        {
            'LatencySec': Key('latency', with_unit),
            'LimitBytes': Key('limit', size),
            'BurstBytes': Key('burst', size),
            'Rate': Key('rate', _rate),
            'PeakRate': Key('peakrate', _rate),
            'MTUBytes': Key('minburst', size),
            **refused(LACKING, 'MPUBytes'),
        },
    ),
    'FairQueueingControlledDelay': (
        'fq_codel',
        {
            **_LIMIT,
            'MemoryLimitBytes': Key('memory_limit', size),
            'Flows': Key('flows'),
            'TargetSec': Key('target', with_unit),
            'IntervalSec': Key('interval', with_unit),
            'QuantumBytes': Key('quantum', size),
            'ECN': Key('ecn'),
            'CEThresholdSec': Key('ce_threshold', with_unit),
        },
    ),
    'PFIFO': ('pfifo', _LIMIT),
    'PFIFOHeadDrop': ('pfifo_head_drop', _LIMIT),
    'BFIFO': ('bfifo', {'LimitBytes': Key('limit', size)}),
    'StochasticFairnessQueueing': ('sfq', {'PerturbPeriodSec': Key('perturb', span(SECOND, SECOND))}),
    'CAKE': (
        'cake',
        {
            'Bandwidth': Key('bandwidth', _rate),
            'FlowIsolationMode': Key('flow_mode', lambda value: 'flowblind' if value == 'none' else value),
            'NAT': Key('nat'),
            'PriorityQueueingPreset': Key('diffserv'),
            'Wash': Key('wash'),
            'SplitGSO': Key('split_gso'),
            'RTTSec': Key('rtt', with_unit),
            'AckFilter': Key(
                'ack_filter',
                word_from(
                    {'yes': 'ack-filter', 'no': 'no-ack-filter', 'aggressive': 'ack-filter-aggressive'}
                ),
            ),
            **refused(
                LACKING,
                *('AutoRateIngress', 'OverheadBytes', 'MPUBytes', 'CompensationMode', 'UseRawPacketSize'),
                'FirewallMark',
            ),
        },
    ),
}
"""Sections of queueing disciplines with the kind and the keys of each."""
SECTIONS_REFUSED: t.Mapping[str, str] = {
    **dict.fromkeys(('DHCP', 'DHCPv4', 'DHCPv6'), DHCP),
    **dict.fromkeys(
        ('DHCPPrefixDelegation', 'IPv6AcceptRA', 'DHCPServer', 'DHCPServerStaticLease', 'IPv6SendRA'), DAEMON
    ),
    **dict.fromkeys(('IPv6Prefix', 'IPv6RoutePrefix', 'IPv6PREF64Prefix', 'LLDP'), DAEMON),
    **dict.fromkeys(('SR-IOV', 'CAN', 'IPoIB'), 'it is about the hardware of the link'),
    **dict.fromkeys(('BridgeMDB', 'IPv6AddressLabel', 'MobileNetwork'), LACKING),
    **dict.fromkeys(
        (
            *('PIE', 'FlowQueuePIE', 'StochasticFairBlue', 'PFIFOFast', 'ControlledDelay', 'FairQueueing'),
            *('DeficitRoundRobinScheduler', 'DeficitRoundRobinSchedulerClass', 'HeavyHitterFilter'),
            *('EnhancedTransmissionSelection', 'GenericRandomEarlyDetection', 'TrivialLinkEqualizer'),
            *('HierarchyTokenBucket', 'HierarchyTokenBucketClass', 'QuickFairQueueing'),
            *('QuickFairQueueingClass', 'BandMultiQueueing', 'ClassfulMultiQueueing'),
        ),
        'this filter does not translate that queueing discipline',
    ),
}
TABLES: t.Mapping[str, Keys] = {
    '.network [Match]': MATCH,
    '.network [Link]': LINK,
    '.network [Network]': NETWORK,
    '.network [Bridge]': PORT,
    '.network [Address]': ADDRESS,
    '.network [Route]': ROUTE,
    '.network [TokenBucketFilter]': QDISCS['TokenBucketFilter'][1],
    '.network [CAKE]': QDISCS['CAKE'][1],
}
"""The tables that have refusals, for the documentation."""
