# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the examples of systemd.netdev(5) and systemd.network(5) declare, and their keys."""

from __future__ import annotations


def unit(*sections: str) -> str:
    """A file with these sections, each ``NAME KEY=VALUE KEY=VALUE``; _ stands for a blank in a value."""
    lines = []
    for section in sections:
        name, *settings = section.split()
        lines += ['[%s]' % name, *(setting.replace('_', ' ') for setting in settings)]
    return '\n'.join(lines) + '\n'


EXAMPLES: dict[str, dict[str, str]] = {
    'static': {
        '50-static.network': unit('Match Name=enp2s0', 'Network Address=192.168.0.15/24 Gateway=192.168.0.1')
    },
    'dhcp': {'80-dhcp.network': unit('Match Name=en0', 'Network DHCP=yes')},
    'bridge': {
        '25-bridge-static.netdev': unit('NetDev Name=bridge0 Kind=bridge'),
        '25-bridge-static.network': unit(
            'Match Name=bridge0', 'Network Address=192.168.0.15/24 Gateway=192.168.0.1 DNS=192.168.0.1'
        ),
        '25-bridge-slave-interface-1.network': unit('Match Name=enp2s0', 'Network Bridge=bridge0'),
        '25-bridge-slave-interface-2.network': unit('Match Name=wlp3s0', 'Network Bridge=bridge0'),
    },
    'bridge-vlans': {
        '25-bridge-static.netdev': unit('NetDev Name=bridge0 Kind=bridge', 'Bridge VLANFiltering=yes'),
        '25-bridge-slave-interface-vlan.network': unit(
            'Match Name=enp2s0',
            'Network Bridge=bridge0',
            'BridgeVLAN VLAN=1-32 PVID=42 EgressUntagged=42',
            'BridgeVLAN VLAN=100-200',
            'BridgeVLAN EgressUntagged=300-400',
        ),
    },
    'tunnels': {
        '25-ipip.netdev': unit(
            'NetDev Name=ipip-tun Kind=ipip',
            'Tunnel Independent=yes Local=10.65.208.212 Remote=10.65.208.211',
        ),
        '25-sit.netdev': unit(
            'NetDev Name=sit-tun Kind=sit MTUBytes=1480', 'Tunnel Local=10.65.223.238 Remote=10.65.223.239'
        ),
        '25-gre.netdev': unit(
            'NetDev Name=gre-tun Kind=gre MTUBytes=1480', 'Tunnel Local=10.65.223.238 Remote=10.65.223.239'
        ),
        '25-ip6gre.netdev': unit(
            'NetDev Name=ip6gre-tun Kind=ip6gre',
            'Tunnel Local=2a01:db8:0:0::1 Remote=2a01:db8:0:0::2 Key=123',
        ),
        '25-vti.netdev': unit(
            'NetDev Name=vti-tun Kind=vti MTUBytes=1480', 'Tunnel Local=10.65.223.238 Remote=10.65.223.239'
        ),
        '25-tunnels.network': unit(
            'Match Name=ens1',
            'Network Tunnel=ipip-tun Tunnel=sit-tun Tunnel=gre-tun Address=10.65.223.238/24',
        ),
    },
    'bond': {
        '25-bond.netdev': unit(
            'NetDev Name=bond1 Kind=bond',
            'Bond Mode=802.3ad TransmitHashPolicy=layer3+4 MIIMonitorSec=1s LACPTransmitRate=fast',
        ),
        '25-bond.network': unit('Match Name=bond1', 'Network Address=192.168.0.15/24'),
        '25-bond1-enp2s0.network': unit('Match Name=enp2s0', 'Network Bond=bond1'),
        '25-bond1-enp3s0.network': unit('Match Name=enp3s0', 'Network Bond=bond1'),
    },
    'dummy': {'25-dummy.netdev': unit('NetDev Name=dummy-test Kind=dummy MACAddress=12:34:56:78:9a:bc')},
    'vrf': {
        '25-vrf.netdev': unit('NetDev Name=vrf-test Kind=vrf', 'VRF Table=42'),
        '25-vrf.network': unit('Match Name=vrf-test'),
        '26-member.network': unit('Match Name=ens1', 'Network VRF=vrf-test Address=192.0.2.1/24'),
    },
    'macvtap': {
        '25-macvtap.netdev': unit('NetDev Name=macvtap-test Kind=macvtap', 'MACVTAP Mode=bridge'),
        '25-below.network': unit('Match Name=ens1', 'Network MACVTAP=macvtap-test'),
    },
    'vlan-vxlan': {
        '25-vlan1.netdev': unit('NetDev Name=vlan1 Kind=vlan', 'VLAN Id=1'),
        '25-vxlan.netdev': unit(
            'NetDev Name=vx0 Kind=vxlan', 'VXLAN VNI=7 Group=239.0.0.7 TTL=5 DestinationPort=4789'
        ),
        '25-eth.network': unit(
            'Match Name=eth0', 'Network VLAN=vlan1 VXLAN=vx0 Address=192.0.2.1/24 LinkLocalAddressing=no'
        ),
    },
    'wireguard': {
        '25-wireguard.netdev': unit(
            'NetDev Name=wg0 Kind=wireguard',
            'WireGuard PrivateKey=c2VjcmV0 ListenPort=51820',
            'WireGuardPeer PublicKey=RDf+LSpeEre7YEIKaxg+wbpsNV7du+ktR99uBEtIiCA='
            ' AllowedIPs=fd31:bf08:57cb::/48,192.168.26.0/24 Endpoint=192.0.2.1:51820',
        ),
        '25-wireguard.network': unit('Match Name=wg0', 'Network Address=192.168.27.1/24'),
    },
    'veth': {
        '25-veth.netdev': unit('NetDev Name=veth-test Kind=veth', 'Peer Name=veth-peer'),
        '25-veth.network': unit('Match Name=veth-test_veth-peer', 'Network IPv6AcceptRA=no'),
    },
    'nexthop': {
        '10-lan.network': unit(
            'Match Name=eth0',
            'Network Address=192.0.2.1/24',
            'NextHop Id=7 Gateway=192.0.2.7',
            'NextHop Id=8 Gateway=192.0.2.8',
            'NextHop Id=9 Group=7:2_8',
            'Route Destination=198.51.100.0/24 NextHop=9',
        )
    },
    'policy': {
        '10-lan.network': unit(
            'Match Name=eth0',
            'Link MTUBytes=1400 RequiredForOnline=no',
            'Network Address=192.0.2.1/24 IPv4RPFilter=loose IPv4ProxyARP=yes IPForward=ipv4',
            'Address Address=192.0.2.2/24 Label=eth0:x PreferredLifetime=0',
            'Neighbor Address=192.0.2.9 LinkLayerAddress=02:00:00:00:00:09',
            'Route Destination=198.51.100.0/24 Gateway=192.0.2.254 Metric=50 Table=100',
            'Route Destination=203.0.113.0/24 Type=blackhole',
            'RoutingPolicyRule From=192.0.2.2/32 Table=100 Priority=1000',
            'TokenBucketFilter Rate=10M BurstBytes=32K LatencySec=70ms',
        )
    },
}
REFUSED: dict[str, list[str]] = {
    'dhcp': ['80-dhcp.network [Network].DHCP'],
    'bridge': ['25-bridge-static.network [Network].DNS'],
    'wireguard': ['25-wireguard.netdev [WireGuard].PrivateKey'],
}
"""What the examples say that a document cannot, by its path."""

NETDEV: dict[str, tuple[str, str]] = {
    'bridge': (
        'Bridge',
        'HelloTimeSec MaxAgeSec ForwardDelaySec AgeingTimeSec Priority GroupForwardMask DefaultPVID'
        ' MulticastQuerier MulticastSnooping VLANFiltering VLANProtocol STP MulticastIGMPVersion',
    ),
    'vlan': ('VLAN', 'Id Protocol GVRP MVRP LooseBinding ReorderHeader EgressQOSMaps IngressQOSMaps'),
    'macvlan': ('MACVLAN', 'Mode SourceMACAddress BroadcastMulticastQueueLength'),
    'ipvlan': ('IPVLAN', 'Mode Flags'),
    'vxlan': (
        'VXLAN',
        'VNI Remote Local Group TOS TTL MacLearning FDBAgeingSec MaximumFDBEntries ReduceARPProxy'
        ' L2MissNotification L3MissNotification RouteShortCircuit UDPChecksum UDP6ZeroChecksumTx'
        ' UDP6ZeroChecksumRx RemoteChecksumTx RemoteChecksumRx GroupPolicyExtension'
        ' GenericProtocolExtension DestinationPort PortRange FlowLabel IPDoNotFragment',
    ),
    'geneve': (
        'GENEVE',
        'Id Remote TOS TTL UDPChecksum UDP6ZeroChecksumTx UDP6ZeroChecksumRx DestinationPort FlowLabel'
        ' IPDoNotFragment',
    ),
    'gre': (
        'Tunnel',
        'External Local Remote TOS TTL DiscoverPathMTU IPv6FlowLabel CopyDSCP EncapsulationLimit Key'
        ' OutputKey InputKey Mode AssignToLoopback AllowLocalRemote FooOverUDP FOUDestinationPort'
        ' FOUSourcePort Encapsulation IPv6RapidDeploymentPrefix ISATAP SerializeTunneledPackets'
        ' ERSPANVersion ERSPANIndex ERSPANDirection ERSPANHardwareId',
    ),
    'wireguard': ('WireGuard', 'PrivateKey PrivateKeyFile ListenPort FirewallMark RouteTable RouteMetric'),
    'bond': (
        'Bond',
        'Mode TransmitHashPolicy LACPTransmitRate MIIMonitorSec UpDelaySec DownDelaySec'
        ' LearnPacketIntervalSec AdSelect AdActorSystemPriority AdUserPortKey AdActorSystem'
        ' FailOverMACPolicy ARPValidate ARPIntervalSec ARPIPTargets ARPAllTargets PrimaryReselectPolicy'
        ' ResendIGMP PacketsPerSlave GratuitousARP AllSlavesActive DynamicTransmitLoadBalancing MinLinks',
    ),
    'xfrm': ('Xfrm', 'InterfaceId'),
    'vrf': ('VRF', 'Table'),
}
"""By kind, the section of its settings and the keys of that."""
NETWORK: dict[str, str] = {
    'Match': 'MACAddress PermanentMACAddress Path Driver Type Kind Property Host Virtualization'
    ' KernelCommandLine KernelVersion Credential Architecture Firmware',
    'Link': 'MACAddress MTUBytes ARP Multicast AllMulticast Promiscuous Unmanaged Group ActivationPolicy',
    'Network': 'DHCP DHCPServer LinkLocalAddressing IPv6LinkLocalAddressGenerationMode'
    ' IPv6StableSecretAddress IPv4LLStartAddress IPv4LLRoute DefaultRouteOnDevice EmitLLDP BindCarrier'
    ' Address Gateway DNS Domains DNSDefaultRoute NTP IPForward IPMasquerade IPv6PrivacyExtensions'
    ' IPv6AcceptRA IPv6DuplicateAddressDetection IPv6HopLimit IPv4AcceptLocal IPv4RouteLocalnet'
    ' IPv4ProxyARP IPv6ProxyNDP IPv6ProxyNDPAddress IPv6SendRA DHCPPrefixDelegation IPv6MTUBytes'
    ' BatmanAdvanced Bridge Bond VRF IPoIB IPVLAN IPVTAP MACVLAN MACVTAP MACsec Tunnel VLAN VXLAN Xfrm'
    ' ActiveSlave PrimarySlave',
    'Address': 'Address Peer Broadcast Label PreferredLifetime Scope RouteMetric AddPrefixRoute HomeAddress'
    ' DuplicateAddressDetection ManageTemporaryAddress AutoJoin NetLabel',
    'Neighbor': 'Address LinkLayerAddress',
    'RoutingPolicyRule': 'TypeOfService From To FirewallMark Table Priority IncomingInterface'
    ' OutgoingInterface SourcePort DestinationPort IPProtocol InvertRule Family User SuppressPrefixLength'
    ' SuppressInterfaceGroup Type',
    'Route': 'Gateway GatewayOnLink Destination Source Metric IPv6Preference Scope Type PreferredSource'
    ' Table Protocol InitialCongestionWindow InitialAdvertisedReceiveWindow QuickAck FastOpenNoCookie'
    ' TTLPropagate MTUBytes TCPAdvertisedMaximumSegmentSize TCPCongestionControlAlgorithm MultiPathRoute'
    ' NextHop',
    'NextHop': 'Id Gateway Family OnLink Blackhole Group',
    'Bridge': 'UnicastFlood MulticastFlood MulticastToUnicast NeighborSuppression Learning HairPin Isolated'
    ' UseBPDU FastLeave AllowPortToBeRoot ProxyARP ProxyARPWiFi MulticastRouter Cost Priority',
    'BridgeFDB': 'MACAddress Destination VLANId VNI AssociatedWith OutgoingInterface',
    'BridgeVLAN': 'VLAN EgressUntagged PVID',
    'QDisc': 'Parent Handle',
    'NetworkEmulator': 'Parent Handle DelaySec DelayJitterSec PacketLimit LossRate DuplicateRate',
    'TokenBucketFilter': 'Parent Handle LatencySec LimitBytes BurstBytes Rate MPUBytes PeakRate MTUBytes',
    'CAKE': 'Parent Handle Bandwidth AutoRateIngress OverheadBytes MPUBytes CompensationMode'
    ' UseRawPacketSize FlowIsolationMode NAT PriorityQueueingPreset FirewallMark Wash SplitGSO',
    'FairQueueingControlledDelay': 'Parent Handle PacketLimit MemoryLimitBytes Flows TargetSec IntervalSec'
    ' QuantumBytes ECN CEThresholdSec',
}
"""The keys of the sections of .network files, but for those that say nothing of the kernel."""
SECTIONS = (
    'DHCPv4 DHCPv6 DHCPPrefixDelegation IPv6AcceptRA DHCPServer DHCPServerStaticLease IPv6SendRA IPv6Prefix'
    ' IPv6RoutePrefix IPv6AddressLabel BridgeMDB LLDP CAN IPoIB SR-IOV PIE FlowQueuePIE'
    ' StochasticFairBlue PFIFOFast ControlledDelay DeficitRoundRobinScheduler'
    ' DeficitRoundRobinSchedulerClass EnhancedTransmissionSelection GenericRandomEarlyDetection'
    ' FairQueueing TrivialLinkEqualizer HierarchyTokenBucket HierarchyTokenBucketClass HeavyHitterFilter'
    ' QuickFairQueueing QuickFairQueueingClass'
)
"""The sections that are refused as a whole."""
