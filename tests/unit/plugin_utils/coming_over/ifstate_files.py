# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the examples of ifstate.net declare, and the keys of the schema of ifstate 2.5.1."""

from __future__ import annotations

BRIDGED_TUNNEL = """
interfaces:
  - {name: br0, link: {kind: bridge, br_stp_state: 0, state: up}}
  - {name: eth0, link: {kind: physical, master: br0, state: up}}
  - {name: tunnel, link: {kind: %s, master: br0, state: up, %s}}
"""
SHAPING = """
interfaces:
  - name: ifb0
    link: {kind: ifb, state: up}
    tc: {qdisc: {kind: cake, handle: '1:', bandwidth: 80mbit}}
  - name: eth0
    addresses: [192.0.2.1/24]
    link: {kind: physical, state: up}
    tc:
      ingress: true
      qdisc: {kind: cake, handle: '1:', bandwidth: 30mbit}
      filter:
        - kind: matchall
          parent: 'ffff:'
          action: [{kind: mirred, direction: egress, action: redirect, dev: ifb0}]
"""
VRRP = """
interfaces:
  - {name: HA, addresses: [], link: {kind: dummy, state: up}}
  - {name: HA-VIP1, addresses: [], link: {kind: dummy}}
  - {name: eth0, addresses: [192.0.2.2/29], link: {state: up, kind: physical, businfo: '0000:10:00.3'}}
  - name: VIP1
    addresses: [192.0.2.1/29]
    link: {kind: macvlan, state: up, address: '42:0d:ef:a0:00:21', link: eth0}
    vrrp: {name: VIP1, type: instance, states: [master]}
"""
EXAMPLES: dict[str, str] = {
    'bpf': """
bpf: {blacklist: {object: /home/me/xdp_prog_kern.o, section: xdp}}
interfaces:
  - {name: eth0, link: {state: up, kind: physical}, xdp: {bpf: blacklist}}
""",
    'cshaper': """
interfaces:
  - name: eth0
    addresses: [192.0.2.1/24]
    link: {kind: physical, state: up}
    cshaper: {egress: 30mbit, ingress: 80mbit}
""",
    'ethtool': """
interfaces:
  - name: eth0
    addresses: [192.0.2.1/24]
    ethtool: {change: {autoneg: on, advertise: 0x00a}, pause: {autoneg: on, tx: off, rx: off}}
    link: {kind: physical, state: up}
""",
    'geneve': BRIDGED_TUNNEL % ('geneve', 'geneve_id: 42, geneve_remote: 192.0.2.2'),
    'gretap': BRIDGED_TUNNEL % ('gretap', 'gre_local: 192.0.2.1, gre_remote: 192.0.2.2'),
    'ipv4-ipv6-nlri': """
interfaces:
  - {name: loopback, addresses: ['2001:db8::42/128', 192.0.2.42/32], link: {state: up, kind: dummy}}
  - {name: eth0, addresses: ['2001:db8:0:1000::2/64'], link: {kind: physical, state: up}}
routing:
  routes:
    - {to: 0.0.0.0/0, via: 'fe80::defa', dev: eth0}
    - {to: '::/0', via: 'fe80::defa', dev: eth0}
""",
    'lacp': """
interfaces:
  - name: bond0
    addresses: [192.0.2.1/24]
    link:
      state: up
      kind: bond
      bond_mode: 4  # 802.3ad
      bond_ad_lacp_rate: 1
      bond_xmit_hash_policy: 1  # layer3+4
      bond_miimon: 100
      bond_updelay: 300
  - {name: port1, addresses: [], link: {state: up, kind: physical, businfo: '0000:03:00.0', master: bond0}}
  - {name: port2, addresses: [], link: {state: up, kind: physical, businfo: '0000:03:00.1', master: bond0}}
""",
    'neigh': """
interfaces:
  - name: eth0
    addresses: [192.0.2.1/24]
    link: {kind: physical, state: up}
    neighbours: {192.0.2.42: '42:00:00:00:de:fa'}
""",
    'pbr': """
options: {sysctl: {all: {ipv4: {forwarding: 1}}}}
interfaces:
  - name: outside
    addresses: [198.51.100.6/29]
    link: {state: up, kind: physical, address: '00:50:56:ad:db:ac'}
  - name: inside
    addresses: [192.0.2.1/24]
    link: {kind: physical, address: '8c:16:45:dc:b1:ad', state: up}
routing:
  routes:
    - {to: 0.0.0.0/0, via: 198.51.100.1}
    - {to: 0.0.0.0/0, via: 198.51.100.2, table: 100}
  rules:
    - {priority: 4000, table: 100, from: 192.0.2.42}
""",
    'physical': """
interfaces:
  - name: outside
    addresses: [192.0.2.1/24]
    link: {kind: physical, address: '8c:16:45:dc:b1:ad', state: up}
""",
    'sysctl': """
options: {sysctl: {all: {ipv6: {forwarding: 1}}}}
interfaces:
  - name: eth0
    link: {kind: physical, state: up}
    sysctl: {ipv6: {accept_ra: 2, addr_gen_mode: 3}}
  - {name: eth1, addresses: ['2001:db8::defa/64'], link: {kind: physical, state: up}}
""",
    'tc-shaping': SHAPING,
    'vlan-dot1q': """
interfaces:
  - {name: trunk, link: {kind: physical, address: '8c:16:45:dc:b1:ad', state: up}}
  - {name: outside, addresses: [192.0.2.1/24], link: {kind: vlan, link: trunk, vlan_id: 42, state: up}}
""",
    'vlan-qinq': """
interfaces:
  - {name: eth0, link: {kind: physical, address: '8c:16:45:dc:b1:ad', state: up}}
  - {name: eth0.10, link: {kind: vlan, link: eth0, vlan_id: 10, vlan_protocol: 802.1ad, state: up}}
  - {name: eth0.10.42, addresses: [192.0.2.1/24], link: {kind: vlan, link: eth0.10, vlan_id: 42, state: up}}
""",
    'vrf': """
interfaces:
  - {name: eth0, addresses: [198.51.100.2/31], link: {state: up, kind: physical}}
  - {name: vrf-blue, addresses: [], link: {state: up, kind: vrf, vrf_table: 10}}
  - {name: eth1, addresses: [192.0.2.2/25], link: {state: up, kind: physical, master: vrf-blue}}
  - {name: eth2, addresses: [192.0.2.129/25], link: {state: up, kind: physical, master: vrf-blue}}
routing:
  routes:
    - {to: 0.0.0.0/0, via: 198.51.100.3}
    - {to: 0.0.0.0/0, via: 192.0.2.1, table: 10}
""",
    'vrrp': VRRP,
    'wireguard': """
interfaces:
  - name: wg0
    addresses: [192.0.2.1/25]
    link: {state: up, kind: wireguard}
    wireguard:
      private_key: !include /etc/wireguard/peer_A.key
      peers:
        - public_key: oef+ZSlMWWCF1bEHPaw04TmjPyHKcz2b81njwIQI0xA=
          endpoint: 198.51.100.2:4711
          allowedips: [192.0.2.128/25]
routing: {routes: [{to: 192.0.2.128/25, dev: wg0}]}
""",
    'wireguard-netns': """
interfaces:
  - {name: eth0, addresses: [192.0.2.129/25], link: {state: up, kind: physical}}
  - name: wg0
    addresses: [192.0.2.1/25]
    link: {state: up, kind: wireguard, bind_netns: outside}
    wireguard:
      private_key: !include /etc/wireguard/peer_A.key
      peers:
        - public_key: oef+ZSlMWWCF1bEHPaw04TmjPyHKcz2b81njwIQI0xA=
          endpoint: 198.51.100.2:4711
          allowedips: [0.0.0.0/0]
routing: {rules: [], routes: [{to: 0.0.0.0/0, dev: wg0}]}
namespaces:
  outside:
    interfaces:
      - {name: eth0, addresses: [198.51.100.2/31], link: {state: up, kind: physical}}
    routing: {rules: [], routes: [{to: 0.0.0.0/0, via: 198.51.100.3}]}
""",
    'xdp': """
interfaces:
  - {name: eth0, link: {state: up, kind: physical}, xdp: {object: /home/me/xdp_pass_kern.o, section: xdp}}
  - {name: eth1, link: {state: up, kind: physical}, xdp: no}
""",
    'xfrm-vrf': """
interfaces:
  - name: outside
    addresses: [198.51.100.2/31]
    link: {state: up, kind: physical, address: '00:50:56:ad:db:ac'}
  - {name: trunk, link: {kind: physical, address: '8c:16:45:dc:b1:ad', state: up}}
  - {name: vrf-tenant1, addresses: [], link: {state: up, kind: vrf, vrf_table: 101}}
  - name: ipsec-tenant1
    link: {state: up, kind: xfrm, xfrm_link: outside, xfrm_if_id: 1, master: vrf-tenant1}
  - name: inside-tenant1
    addresses: [192.0.2.1/24]
    link: {state: up, kind: vlan, link: trunk, vlan_id: 41, master: vrf-tenant1}
  - {name: vrf-tenant2, addresses: [], link: {state: up, kind: vrf, vrf_table: 102}}
  - name: ipsec-tenant2
    link: {state: up, kind: xfrm, xfrm_link: outside, xfrm_if_id: 2, master: vrf-tenant2}
  - name: inside-tenant2
    addresses: [192.0.2.1/24]
    link: {state: up, kind: vlan, link: trunk, vlan_id: 42, master: vrf-tenant2}
routing:
  routes:
    - {to: 0.0.0.0/0, via: 198.51.100.3}
    - {to: 0.0.0.0/0, dev: ipsec-tenant1, table: 101}
    - {to: 0.0.0.0/0, dev: ipsec-tenant2, table: 102}
""",
}
REFUSED: dict[str, list[str]] = {
    'bpf': ['bpf', 'interfaces[0].xdp'],
    'cshaper': ['interfaces[0].cshaper.ingress'],
    'ethtool': ['interfaces[0].ethtool'],
    'lacp': ['interfaces[1].link.businfo', 'interfaces[2].link.businfo'],
    'tc-shaping': ['interfaces[1].tc.filter'],
    'vrrp': ['interfaces[2].link.businfo', 'interfaces[3].vrrp'],
    'wireguard-netns': ['interfaces[1].link.bind_netns'],
    'xdp': ['interfaces[0].xdp'],
    'xfrm-vrf': ['interfaces[7].addresses[0]'],  # one address in two VRFs
}
"""What the examples say that a document cannot, by its path."""

SCHEMA: dict[str, str] = {
    '': 'parameters bpf interfaces mac_seed routing sysctl sysctl_conf namespaces',
    'parameters': 'cshaper defaults defaults_builtin hooks ignore machine_id link_address_default',
    'parameters.defaults[]': 'match clear_addresses clear_altnames clear_fdb clear_neighbours clear_tc'
    ' ethtool link',
    'parameters.defaults[].link': 'group state master mtu txqlen ifalias link link_netns',
    'interfaces.x': 'identify addresses alt-names token brport brvlan fdb flags hooks vrrp link neighbours'
    ' sysctl ethtool cshaper tc wireguard xdp',
    'interfaces.x.identify': 'perm_address parent_dev_name parent_dev_bus_name phys_port_id phys_port_name'
    ' phys_switch_id of_node',
    'interfaces.x.addresses[]': 'address label local proto scope',
    'interfaces.x.brport': 'priority cost guard mode fast_leave protect learning unicast_flood bcast_flood'
    ' mcast_flood mcast_to_ucast proxyarp proxyarp_wifi neigh_suppress vlan_tunnel backup_port isolated',
    'interfaces.x.brvlan[]': 'vid pvid untagged self',
    'interfaces.x.fdb[]': 'lladdr dst nhid port vni vlan flags state',
    'interfaces.x.flags': 'allmulti multicast noarp promisc',
    'interfaces.x.neighbours[]': 'dst lladdr',
    'interfaces.x.sysctl': 'ipv4 ipv6 mpls',
    'interfaces.x.sysctl.ipv4': 'accept_local arp_announce forwarding proxy_arp rp_filter tag',
    'interfaces.x.sysctl.ipv6': 'accept_ra addr_gen_mode autoconf forwarding proxy_ndp use_tempaddr',
    'interfaces.x.sysctl.mpls': 'input',
    'interfaces.x.cshaper': 'ingress egress profile',
    'interfaces.x.tc': 'ingress qdisc filter',
    'interfaces.x.wireguard': 'private_key listen_port fwmark table peers',
    'interfaces.x.wireguard.peers[]': 'preshared_key endpoint persistent_keepalive_interval allowedips',
    'routing': 'routes rules',
    'routing.routes[]': 'type dev onlink proto realm scope table to multipath via vrrp src preference',
    'routing.routes[].multipath[]': 'dev via hops',
    'routing.rules[]': 'action table priority from to iif oif proto fwmark ipproto vrrp family',
    'sysctl': 'all default mpls mptcp vrf',
    'sysctl.all.ipv4': 'forwarding rp_filter send_redirects',
    'sysctl.default.ipv6': 'accept_ra disable_ipv6 stable_secret',
    'sysctl.mpls': 'platform_labels ip_ttl_propagate default_ttl',
    'sysctl.mptcp': 'add_addr_timeout checksum_enabled enabled path_manager scheduler stale_loss_cnt',
    'sysctl.vrf': 'strict_mode',
}
"""The keys below each path. Settings of the kernel, which are taken by whatever name, are some of them."""

LINK = 'address group state master mtu txqlen ifalias'
KINDS: dict[str, str] = {
    'bond': 'bond_mode bond_miimon bond_updelay bond_downdelay bond_use_carrier bond_arp_interval'
    ' bond_arp_validate bond_arp_all_targets bond_primary_reselect bond_fail_over_mac'
    ' bond_xmit_hash_policy bond_resend_igmp bond_num_peer_notif bond_all_slaves_active bond_min_links'
    ' bond_lp_interval bond_packets_per_slave bond_ad_lacp_rate bond_ad_select bond_tlb_dynamic_lb',
    'bridge': 'br_ageing_time br_stp_state br_vlan_protocol br_vlan_filtering br_vlan_stats_enabled'
    ' br_vlan_stats_per_port br_vlan_default_pvid',
    'dsa': '',
    'dummy': '',
    'geneve': 'bind_netns geneve_id geneve_remote geneve_remote6 geneve_ttl geneve_tos geneve_port'
    ' geneve_ttl_inherit geneve_df',
    'gre': 'bind_netns gre_remote gre_local gre_link gre_ikey gre_okey gre_ttl gre_tos gre_pmtudisc'
    ' gre_ignore_df',
    'gretap': 'bind_netns gre_remote gre_local gre_link',
    'ifb': '',
    'ip6gre': 'bind_netns ip6gre_remote ip6gre_local ip6gre_link ip6gre_ikey ip6gre_okey ip6gre_ttl'
    ' ip6gre_tos ip6gre_pmtudisc',
    'ip6gretap': 'bind_netns ip6gre_remote ip6gre_local ip6gre_link',
    'ip6tnl': 'bind_netns',
    'ipip': 'bind_netns ipip_remote ipip_local',
    'ipoib': '',
    'ipvlan': '',
    'macsec': '',
    'macvlan': 'macvlan_mode',
    'macvtap': 'macvtap_mode',
    'physical': 'permaddr businfo',
    'sit': 'bind_netns sit_remote sit_local sit_link sit_ttl sit_tos sit_pmtudisc',
    'team': '',
    'tun': '',
    'veth': 'peer',
    'vlan': 'link link_netns vlan_flags vlan_id vlan_protocol',
    'vrf': 'vrf_table',
    'vti': 'bind_netns vti_link vti_ikey vti_okey vti_local vti_remote',
    'vti6': 'bind_netns vti_link vti_ikey vti_okey vti_local vti_remote',
    'vxcan': '',
    'vxlan': 'bind_netns vxlan_id vxlan_ageing vxlan_df vxlan_label vxlan_learning vxlan_limit vxlan_port'
    ' vxlan_port_range vxlan_proxy vxlan_rsc vxlan_l2miss vxlan_l3miss vxlan_udp_csum vxlan_link'
    ' vxlan_local vxlan_local6 vxlan_group vxlan_group6 vxlan_tos vxlan_ttl vxlan_ttl_inherit',
    'wireguard': 'bind_netns',
    'xfrm': 'bind_netns xfrm_link xfrm_if_id',
}
"""The keys of links of each kind beside those of all. Those of kinds that a document lacks are refused with
the kind."""

QDISCS: dict[str, str] = {
    'cake': 'handle ack_filter atm_mode autorate diffserv_mode ingress overhead flow_mode fwmark memlimit mpu'
    ' nat raw rtt split_gso target wash',
    'bfifo': 'limit',
    'pfifo': 'limit',
    'fq': 'limit flow_limit',
    'fq_codel': 'limit flows',
    **dict.fromkeys(('netem', 'sfq', 'tbf', 'htb', 'prio'), 'handle'),
    **dict.fromkeys(
        ('gred', 'hhf', 'mqprio', 'multiq', 'pfifo_fast', 'pie', 'red', 'sfb', 'choke'), 'handle'
    ),
    **dict.fromkeys(('codel', 'atm', 'cbq', 'drr', 'dsmark', 'hfsc', 'qfq', 'mq'), 'handle'),
}
