# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the examples of netplan declare that are about wired networks, and the keys of netplan-yaml.md."""

from __future__ import annotations

import typing as t


def file_of(**groups: t.Any) -> dict[str, t.Any]:
    """A file with these groups of devices."""
    named = {group.replace('_', '-'): devices for group, devices in groups.items()}
    return {'network': {'version': 2, 'renderer': 'networkd', **named}}


SERVERS = {'addresses': ['8.8.8.8', '8.8.4.4'], 'search': ['example.com']}
OVERLAY = {
    'mode': 'vxlan',
    'link': 'lo',
    'mtu': 8950,
    'accept-ra': False,
    'neigh-suppress': True,
    'mac-learning': False,
    'port': 4789,
    'local': '192.168.10.10',
}
EXAMPLES: dict[str, dict[str, t.Any]] = {
    'bonding': file_of(
        ethernets={'enp3s0': {}, 'enp4s0': {}},
        bonds={
            'bond0': {
                'dhcp4': True,
                'interfaces': ['enp3s0', 'enp4s0'],
                'parameters': {'mode': 'active-backup', 'primary': 'enp3s0', 'mii-monitor-interval': 100},
            }
        },
    ),
    'bonding_router': file_of(
        ethernets={
            'enp1s0': {'dhcp4': False},
            'enp2s0': {'dhcp4': False},
            'enp3s0': {'dhcp4': False, 'optional': True},
            'enp4s0': {'dhcp4': False, 'optional': True},
        },
        bonds={
            'bond-lan': {
                'interfaces': ['enp2s0', 'enp3s0'],
                'addresses': ['192.168.93.2/24'],
                'parameters': {'mode': '802.3ad', 'mii-monitor-interval': 1},
            },
            'bond-wan': {
                'interfaces': ['enp1s0', 'enp4s0'],
                'addresses': ['192.168.1.252/24'],
                'nameservers': SERVERS,
                'parameters': {'mode': 'active-backup', 'mii-monitor-interval': 1, 'gratuitious-arp': 5},
                'routes': [{'to': 'default', 'via': '192.168.1.1'}],
            },
        },
    ),
    'bridge': file_of(
        ethernets={'enp3s0': {'dhcp4': False}},
        bridges={'br0': {'dhcp4': True, 'interfaces': ['enp3s0']}},
    ),
    'bridge_vlan': file_of(
        ethernets={'enp0s25': {'dhcp4': True}},
        bridges={'br0': {'addresses': ['10.3.99.25/24'], 'interfaces': ['vlan15']}},
        vlans={'vlan15': {'accept-ra': False, 'id': 15, 'link': 'enp0s25'}},
    ),
    'dhcp': file_of(ethernets={'enp3s0': {'dhcp4': True}}),
    'direct_connect_gateway': file_of(
        ethernets={
            'eth0': {
                'addresses': ['10.10.10.1/24'],
                'routes': [{'to': '0.0.0.0/0', 'via': '9.9.9.9', 'on-link': True}],
            }
        }
    ),
    'direct_connect_gateway_ipv6': file_of(
        ethernets={
            'eth0': {
                'addresses': ['2001:cafe:face:beef::dead:dead/64'],
                'routes': [{'to': '::/0', 'via': '2001:cafe:face::1', 'on-link': True}],
            }
        }
    ),
    'dummy-devices': file_of(
        dummy_devices={
            'dm0': {'addresses': ['10.1.2.3/24']},
            'dm1': {'addresses': ['192.168.1.2/28', '2001:cafe:face:beef::dead:dead/64']},
        }
    ),
    'ipv6_tunnel': file_of(
        ethernets={
            'eth0': {
                'addresses': ['1.1.1.1/24', '2001:cafe:face::1/64'],
                'routes': [{'to': 'default', 'via': '1.1.1.254'}],
            }
        },
        tunnels={
            'he-ipv6': {
                'mode': 'sit',
                'remote': '2.2.2.2',
                'local': '1.1.1.1',
                'addresses': ['2001:dead:beef::2/64'],
                'routes': [{'to': 'default', 'via': '2001:dead:beef::1'}],
            }
        },
    ),
    'loopback_interface': file_of(ethernets={'lo': {'match': {'name': 'lo'}, 'addresses': ['7.7.7.7/32']}}),
    'offload': file_of(
        ethernets={'ens1': {'receive-checksum-offload': False, 'tcp-segmentation-offload': True}}
    ),
    'route_metric': file_of(ethernets={'enred': {'dhcp4': True, 'dhcp4-overrides': {'route-metric': 100}}}),
    'source_routing': file_of(
        ethernets={
            'ens3': {
                'addresses': ['192.168.3.30/24'],
                'dhcp4': False,
                'routes': [{'to': '192.168.3.0/24', 'via': '192.168.3.1', 'table': 101}],
                'routing-policy': [{'from': '192.168.3.0/24', 'table': 101}],
            },
            'ens5': {
                'addresses': ['192.168.5.24/24'],
                'dhcp4': False,
                'routes': [
                    {'to': 'default', 'via': '192.168.5.1'},
                    {'to': '192.168.5.0/24', 'via': '192.168.5.1', 'table': 102},
                ],
                'routing-policy': [{'from': '192.168.5.0/24', 'table': 102}],
            },
        }
    ),
    'sriov': file_of(
        ethernets={
            'eno1': {'mtu': 9000, 'embedded-switch-mode': 'switchdev'},
            'enp1s16f1': {'link': 'eno1', 'addresses': ['10.15.98.25/24']},
            'vf1': {
                'match': {'name': 'enp1s16f[2-3]'},
                'link': 'eno1',
                'addresses': ['10.15.99.25/24'],
            },
        }
    ),
    'static': file_of(
        ethernets={
            'enp3s0': {
                'addresses': ['10.10.10.2/24'],
                'nameservers': SERVERS,
                'routes': [
                    {'to': 'default', 'via': '10.10.10.1'},
                    {'to': '192.168.0.0/24', 'via': '10.10.10.254'},
                    {'to': '172.29.29.0/24', 'via': '10.10.10.254', 'advertised-mss': 1400},
                ],
            }
        }
    ),
    'static_singlenic_multiip_multigateway': file_of(
        ethernets={
            'eno1': {
                'addresses': ['10.0.0.10/24', '11.0.0.11/24'],
                'routes': [
                    {'to': '0.0.0.0/0', 'via': '10.0.0.1', 'metric': 100},
                    {'to': '0.0.0.0/0', 'via': '11.0.0.1', 'metric': 200},
                ],
            }
        }
    ),
    'virtual-ethernet': file_of(
        virtual_ethernets={'veth0-peer1': {'peer': 'veth0-peer2'}, 'veth0-peer2': {'peer': 'veth0-peer1'}},
        bridges={'br0': {'interfaces': ['veth0-peer1']}, 'br1': {'interfaces': ['veth0-peer2']}},
    ),
    'vlan': file_of(
        ethernets={
            'mainif': {
                'match': {'macaddress': 'de:ad:be:ef:ca:fe'},
                'set-name': 'mainif',
                'addresses': ['10.3.0.5/23'],
                'nameservers': SERVERS,
                'routes': [{'to': 'default', 'via': '10.3.0.1'}],
            }
        },
        vlans={
            'vlan15': {'id': 15, 'link': 'mainif', 'addresses': ['10.3.99.5/24']},
            'vlan10': {'id': 10, 'link': 'mainif', 'addresses': ['10.3.98.5/24']},
        },
    ),
    'vrf': file_of(
        vrfs={
            'vrf1005': {
                'table': 1005,
                'interfaces': ['br1', 'br1005'],
                'routes': [{'to': 'default', 'via': '10.10.10.4'}],
                'routing-policy': [{'from': '10.10.10.42'}],
            }
        },
        bridges={'br1': {'interfaces': [], 'addresses': ['10.10.10.1/24']}, 'br1005': {'interfaces': []}},
    ),
    'vxlan': file_of(
        ethernets={'lo': {'addresses': ['192.168.10.10/32']}},
        vrfs={'vrf1005': {'table': 1005, 'interfaces': ['br1', 'br1005']}},
        bridges={'br1': {'interfaces': ['vxlan1']}, 'br1005': {'interfaces': ['vxlan1005']}},
        tunnels={'vxlan1005': {**OVERLAY, 'id': 1005}, 'vxlan1': {**OVERLAY, 'id': 1}},
    ),
    'windows_dhcp_server': file_of(ethernets={'enp3s0': {'dhcp4': True, 'dhcp-identifier': 'mac'}}),
    'wireguard': file_of(
        tunnels={
            'wg0': {
                'mode': 'wireguard',
                'addresses': ['10.10.10.20/24'],
                'key': '/etc/wireguard/server.key',
                'mark': 42,
                'port': 51820,
                'peers': [
                    {
                        'keys': {
                            'public': 'M9nt4YujIOmNrRmpIRTmYSfMdrpvE7u6WkG8FY8WjG4=',
                            'shared': '/etc/wireguard/shared.key',
                        },
                        'allowed-ips': ['20.20.20.10/32'],
                    }
                ],
                'routes': [{'to': 'default', 'via': '10.10.10.21', 'metric': 100}],
            },
            'wg1': {
                'mode': 'wireguard',
                'addresses': ['20.20.20.10/24'],
                'key': 'a secret in the file',
                'peers': [
                    {
                        'endpoint': '10.10.10.20:51820',
                        'allowed-ips': ['0.0.0.0/0'],
                        'keys': {'public': 'rlbInAj0qV69CysWPQY7KEBnKxpYCpaWqOs/dLevdWc='},
                        'keepalive': 21,
                    }
                ],
            },
        }
    ),
}
REFUSED: dict[str, list[str]] = {
    'bonding': ['network.bonds.bond0.dhcp4'],
    'bonding_router': ['network.bonds.bond-wan.nameservers'],
    'bridge': ['network.bridges.br0.dhcp4'],
    'bridge_vlan': ['network.ethernets.enp0s25.dhcp4'],
    'dhcp': ['network.ethernets.enp3s0.dhcp4'],
    'offload': [
        'network.ethernets.ens1.receive-checksum-offload',
        'network.ethernets.ens1.tcp-segmentation-offload',
    ],
    'route_metric': ['network.ethernets.enred.dhcp4', 'network.ethernets.enred.dhcp4-overrides'],
    'sriov': [
        'network.ethernets.vf1.match.name',
        'network.ethernets.eno1.embedded-switch-mode',
        'network.ethernets.enp1s16f1.link',
        'network.ethernets.vf1.link',
    ],
    'static': ['network.ethernets.enp3s0.nameservers'],
    'vlan': ['network.ethernets.mainif.nameservers'],
    'windows_dhcp_server': ['network.ethernets.enp3s0.dhcp4', 'network.ethernets.enp3s0.dhcp-identifier'],
    'wireguard': ['network.tunnels.wg1.key'],
}
"""What the examples say that a document cannot, by its path."""

ALL = (
    'renderer dhcp4 dhcp6 ipv6-mtu ipv6-privacy link-local ignore-carrier critical dhcp-identifier'
    ' dhcp4-overrides dhcp6-overrides accept-ra ra-overrides addresses ipv6-address-generation'
    ' ipv6-address-token gateway4 gateway6 nameservers macaddress mtu optional optional-addresses'
    ' activation-mode routes routing-policy neigh-suppress hairpin port-mac-learning openvswitch'
)
SCHEMA: dict[str, str] = {
    'network': 'version renderer bonds bridges dummy-devices ethernets modems tunnels virtual-ethernets vlans'
    ' vrfs wifis nm-devices openvswitch',
    'network.ethernets.x': ALL + ' match set-name wakeonlan emit-lldp receive-checksum-offload'
    ' transmit-checksum-offload tcp-segmentation-offload tcp6-segmentation-offload'
    ' generic-segmentation-offload generic-receive-offload large-receive-offload auth link'
    ' virtual-function-count embedded-switch-mode delay-virtual-functions-rebind infiniband-mode',
    'network.ethernets.x.match': 'name macaddress driver',
    'network.ethernets.x.routes[]': 'from to via on-link metric type scope table mtu congestion-window'
    ' advertised-receive-window advertised-mss',
    'network.ethernets.x.routing-policy[]': 'from to table priority mark type-of-service',
    'network.bridges.x': ALL + ' interfaces parameters',
    'network.bridges.x.parameters': 'ageing-time aging-time priority port-priority forward-delay hello-time'
    ' max-age path-cost stp',
    'network.bonds.x': ALL + ' interfaces parameters',
    'network.bonds.x.parameters': 'mode lacp-rate mii-monitor-interval min-links transmit-hash-policy'
    ' ad-select all-members-active all-slaves-active arp-interval'
    ' arp-ip-targets arp-validate arp-all-targets up-delay'
    ' down-delay fail-over-mac-policy gratuitous-arp gratuitious-arp packets-per-member packets-per-slave'
    ' primary-reselect-policy resend-igmp learn-packet-interval primary',
    'network.dummy-devices.x': ALL,
    'network.virtual-ethernets.x': ALL + ' peer',
    'network.vlans.x': ALL + ' id link',
    'network.vrfs.x': ALL + ' table interfaces',
    'network.tunnels.gre': ALL + ' mode local remote ttl key keys',
    'network.tunnels.gre.keys': 'input output',
    'network.tunnels.wireguard': ALL + ' key mark port peers',
    'network.tunnels.wireguard.key': 'private private-key-flags',
    'network.tunnels.wireguard.peers[]': 'endpoint allowed-ips keepalive keys',
    'network.tunnels.wireguard.peers[].keys': 'public shared',
    'network.tunnels.vxlan': ALL + ' local remote ttl id link type-of-service mac-learning ageing aging limit'
    ' arp-proxy notifications short-circuit checksums extensions port port-range flow-label do-not-fragment',
}
"""The keys below each path."""

MEAN_NOTHING = frozenset(('renderer', 'ignore-carrier', 'critical', 'optional', 'optional-addresses'))
