# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What becomes of the keys of .netdev files. The names are those of systemd.netdev(5).

A key that another release of this collection learns to say moves from the refused ones to the others.
"""

from __future__ import annotations

import typing as t

from .keys import LACKING, NOT_YET, Key, Keys, Untranslatable, nothing, number, only, refused, truth
from .netplan_keys import tunnel_key
from .spans import MILLISECOND, SECOND, span

SECRET = 'a document holds no secret: write the key to a file of the host, and give its path'
ROUTES = 'routes are declared as routes'
_SIZES = {'K': 1024, 'M': 1024**2, 'G': 1024**3}


def size(value: str) -> int:
    """A number of bytes, which may end with K, M or G."""
    unit = _SIZES.get(value[-1:], 1)
    return number(value[:-1] if unit > 1 else value) * unit


def _texts(value: str) -> list[str]:
    return value.replace(',', ' ').split()


def _qos_map(value: str) -> list[str]:
    return [pair.replace(':', '-') for pair in value.split()]


def _word(value: str) -> str:
    return value.lower()


def _port_range(value: str) -> str:
    return value.replace(' ', '')


def df(value: str) -> str:
    """The bit that forbids fragments: yes, no or inherit."""
    if value == 'inherit':
        return value
    return 'set' if truth(value) else 'unset'


def _ttl(value: str) -> int:
    return 0 if value == 'inherit' else number(value)


MATCH: Keys = refused(
    'the document is for a host: leave the file out on others',
    *(
        'Host',
        'Virtualization',
        'KernelCommandLine',
        'KernelVersion',
        'Credential',
        'Architecture',
        'Firmware',
    ),
)
NETDEV: Keys = {
    'Name': Key('name'),
    'MTUBytes': Key('mtu', size),
    'MACAddress': Key('mac', lambda value: value.lower()),
    **nothing('it describes the file', 'Description'),
}
BRIDGE: Keys = {
    'HelloTimeSec': Key('hello_time', span(SECOND, SECOND)),
    'MaxAgeSec': Key('max_age', span(SECOND, SECOND)),
    'ForwardDelaySec': Key('forward_delay', span(SECOND, SECOND)),
    'AgeingTimeSec': Key('ageing_time', span(SECOND, SECOND)),
    'Priority': Key('priority'),
    'GroupForwardMask': Key('group_fwd_mask'),
    'DefaultPVID': Key('vlan_default_pvid', lambda value: 0 if value == 'none' else value),
    'MulticastQuerier': Key('multicast_querier'),
    'MulticastSnooping': Key('multicast_snooping'),
    'VLANFiltering': Key('vlan_filtering'),
    'VLANProtocol': Key('vlan_protocol', _word),
    'STP': Key('stp'),
    'MulticastIGMPVersion': Key('multicast_igmp_version'),
    'FDBMaxLearned': Key('fdb_max_learned'),
    'LinkLocalLearning': Key('no_linklocal_learn', lambda value: not truth(value)),
}
VLAN: Keys = {
    'Id': Key('id'),
    'Protocol': Key('protocol', _word),
    'GVRP': Key('gvrp'),
    'MVRP': Key('mvrp'),
    'LooseBinding': Key('loose_binding'),
    'ReorderHeader': Key('reorder_hdr'),
    'EgressQOSMaps': Key('egress_qos_map', _qos_map),
    'IngressQOSMaps': Key('ingress_qos_map', _qos_map),
}
MACVLAN: Keys = {
    'Mode': Key('mode'),
    'SourceMACAddress': Key('source_addresses', _texts),
    'BroadcastMulticastQueueLength': Key('bc_queue_len'),
    **refused(NOT_YET, 'BroadcastQueueThreshold'),
}
IPVLAN: Keys = {'Mode': Key('mode', _word), 'Flags': Key('flags')}
VXLAN: Keys = {
    'VNI': Key('id'),
    'Id': Key('id'),
    'Remote': Key('remote'),
    'Local': Key('local'),
    'Group': Key('remote'),
    'TOS': Key('tos'),
    'TTL': Key('ttl', lambda value: 0 if value == 'inherit' else value),
    'MacLearning': Key('learning'),
    'FDBAgeingSec': Key('ageing', span(SECOND, SECOND)),
    'MaximumFDBEntries': Key('maxaddress'),
    'ReduceARPProxy': Key('proxy'),
    'L2MissNotification': Key('l2miss'),
    'L3MissNotification': Key('l3miss'),
    'RouteShortCircuit': Key('rsc'),
    'UDPChecksum': Key('udpcsum'),
    'UDP6ZeroChecksumTx': Key('udp6zerocsumtx'),
    'UDP6ZeroChecksumRx': Key('udp6zerocsumrx'),
    'GroupPolicyExtension': Key('gbp'),
    'DestinationPort': Key('dstport'),
    'PortRange': Key('srcport', _port_range),
    'FlowLabel': Key('flowlabel'),
    'IPDoNotFragment': Key('df', df),
    'External': Key('external'),
    'VNIFilter': Key('vnifilter'),
    **nothing('a link without a link below is independent', 'Independent'),
    **refused(NOT_YET, 'RemoteChecksumTx', 'RemoteChecksumRx'),
    **refused(LACKING, 'GenericProtocolExtension'),
}
GENEVE: Keys = {
    'Id': Key('id'),
    'Remote': Key('remote'),
    'TOS': Key('tos'),
    'TTL': Key('ttl', _ttl),
    'UDPChecksum': Key('udpcsum'),
    'UDP6ZeroChecksumTx': Key('udp6zerocsumtx'),
    'UDP6ZeroChecksumRx': Key('udp6zerocsumrx'),
    'DestinationPort': Key('dstport'),
    'FlowLabel': Key('flowlabel'),
    'IPDoNotFragment': Key('df', df),
    **refused(LACKING, 'InheritInnerProtocol'),
}


def _end(value: str) -> str:
    if value in ('ipv4_link_local', 'ipv6_link_local', 'dhcp4', 'dhcp6', 'slaac', 'dhcp_pd', 'any'):
        raise Untranslatable('only an address can be given (found %s)' % value)
    return value


TUNNEL: Keys = {
    'Local': Key('local', _end),
    'Remote': Key('remote', _end),
    'TOS': Key('tos'),
    'TTL': Key('ttl'),
    'DiscoverPathMTU': Key('pmtudisc'),
    'IgnoreDontFragment': Key('ignore_df'),
    'IPv6FlowLabel': Key('flowlabel'),
    'CopyDSCP': Key('dscp_inherit'),
    'EncapsulationLimit': Key('encaplimit'),
    'InputKey': Key('ikey', tunnel_key),
    'OutputKey': Key('okey', tunnel_key),
    'Mode': Key('mode'),
    'AllowLocalRemote': Key('allow_localremote'),
    'External': Key('external'),
    'SerializeTunneledPackets': Key('oseq'),
    **nothing('a link without a link below is independent', 'Independent'),
    **refused(
        LACKING,
        'AssignToLoopback',
        'IPv6RapidDeploymentPrefix',
        'ISATAP',
        'ERSPANVersion',
        'ERSPANIndex',
        'ERSPANDirection',
        'ERSPANHardwareId',
        'FooOverUDP',
        'FOUDestinationPort',
        'FOUSourcePort',
        'Encapsulation',
    ),
}
WIREGUARD: Keys = {
    'PrivateKeyFile': Key('private_key_file'),
    'ListenPort': Key('listen_port', lambda value: 0 if value == 'auto' else value),
    'FirewallMark': Key('fwmark'),
    'RouteTable': Key(change=only('off', ROUTES)),
    **refused(SECRET, 'PrivateKey'),
    **refused(ROUTES, 'RouteMetric'),
}
WIREGUARD_PEER: Keys = {
    'PublicKey': Key('public_key'),
    'PresharedKeyFile': Key('preshared_key_file'),
    'Endpoint': Key('endpoint'),
    'PersistentKeepalive': Key('persistent_keepalive', lambda value: 0 if value == 'off' else value),
    'RouteTable': Key(change=only('off', ROUTES)),
    **refused(SECRET, 'PresharedKey'),
    **refused(ROUTES, 'RouteMetric'),
}
BOND: Keys = {
    'Mode': Key('mode'),
    'TransmitHashPolicy': Key('xmit_hash_policy'),
    'LACPTransmitRate': Key('lacp_rate'),
    'MIIMonitorSec': Key('miimon', span(SECOND, MILLISECOND)),
    'UpDelaySec': Key('updelay', span(SECOND, MILLISECOND)),
    'DownDelaySec': Key('downdelay', span(SECOND, MILLISECOND)),
    'PeerNotifyDelaySec': Key('peer_notify_delay', span(SECOND, MILLISECOND)),
    'LearnPacketIntervalSec': Key('lp_interval', span(SECOND, SECOND)),
    'AdSelect': Key('ad_select'),
    'AdActorSystemPriority': Key('ad_actor_sys_prio'),
    'AdUserPortKey': Key('ad_user_port_key'),
    'AdActorSystem': Key('ad_actor_system'),
    'FailOverMACPolicy': Key('fail_over_mac'),
    'ARPValidate': Key('arp_validate'),
    'ARPIntervalSec': Key('arp_interval', span(SECOND, MILLISECOND)),
    'ARPIPTargets': Key('arp_ip_target', _texts),
    'ARPAllTargets': Key('arp_all_targets'),
    'ARPMissedMax': Key('missed_max'),
    'PrimaryReselectPolicy': Key('primary_reselect'),
    'ResendIGMP': Key('resend_igmp'),
    'PacketsPerSlave': Key('packets_per_slave'),
    'GratuitousARP': Key('num_grat_arp'),
    'AllSlavesActive': Key('all_slaves_active'),
    'DynamicTransmitLoadBalancing': Key('tlb_dynamic_lb'),
    'MinLinks': Key('min_links'),
}
XFRM: Keys = {
    'InterfaceId': Key('if_id'),
    **nothing('a link without a link below is independent', 'Independent'),
}
VRF: Keys = {'Table': Key('table'), 'TableId': Key('table')}
PEER: Keys = {'MACAddress': Key('mac')}

SECTIONS: t.Mapping[str, tuple[str, Keys]] = {
    'bridge': ('Bridge', BRIDGE),
    'vlan': ('VLAN', VLAN),
    'macvlan': ('MACVLAN', MACVLAN),
    'macvtap': ('MACVTAP', MACVLAN),
    'ipvlan': ('IPVLAN', IPVLAN),
    'vxlan': ('VXLAN', VXLAN),
    'geneve': ('GENEVE', GENEVE),
    'wireguard': ('WireGuard', WIREGUARD),
    'bond': ('Bond', BOND),
    'xfrm': ('Xfrm', XFRM),
    'vrf': ('VRF', VRF),
    'dummy': ('', {}),
    'ifb': ('', {}),
    'veth': ('', {}),
    **dict.fromkeys(
        ('gre', 'gretap', 'ip6gre', 'ip6gretap', 'ip6tnl', 'ipip', 'sit', 'vti', 'vti6'), ('Tunnel', TUNNEL)
    ),
}
"""By Kind=, the section that has its settings, and their table."""
KINDS_REFUSED: t.Mapping[str, str] = {
    **dict.fromkeys(('tap', 'tun'), NOT_YET),
    **dict.fromkeys(
        (
            'bareudp',
            'batadv',
            'erspan',
            'fou',
            'hsr',
            'ip6erspan',
            'ipoib',
            'ipvtap',
            'l2tp',
            'macsec',
            'netdevsim',
            'nlmon',
            'vcan',
            'vxcan',
            'wlan',
        ),
        LACKING,
    ),
}
TABLES: t.Mapping[str, Keys] = {
    '.netdev [Match]': MATCH,
    '.netdev [MACVLAN]': MACVLAN,
    '.netdev [VXLAN]': VXLAN,
    '.netdev [GENEVE]': GENEVE,
    '.netdev [Tunnel]': TUNNEL,
    '.netdev [WireGuard]': WIREGUARD,
    '.netdev [WireGuardPeer]': WIREGUARD_PEER,
    '.netdev [NetDev]': NETDEV,
}
"""The tables that have refusals, for the documentation."""
