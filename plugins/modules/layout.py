#!/usr/bin/python
# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: layout
short_description: Bring the networks of a host to what one document declares
version_added: 0.1.0
author: multinet.linux contributors (@multinet)
description:
  - Declares namespaces, links, addresses, routes, policy rules, sysctls, iptables rules and nftables of a host as one document, and converges the
    kernel to it in one transaction.
  - What belongs to the scope and is not in the document any more is removed. What belongs to others is left alone; where it is in the way,
    the module fails with its name before anything changes.
  - All faults of the document are told at once, each with its path, before anything changes.
options:
  name:
    description:
      - The scope, which owns all that this document makes. At most 64 letters, digits, C(_), C(.) and C(-).
      - Another document needs another scope.
    type: str
    required: true
    aliases: [scope]
  state:
    description:
      - V(present) converges to the document.
      - V(absent) removes everything of the scope and gives sysctls, and links that were there before, back what they had.
    type: str
    choices: [present, absent]
    default: present
  links:
    description:
      - Links of the host's own namespace, each a dictionary.
      - C(name) and C(kind) are required. Kinds are V(veth), V(bridge), V(vlan), V(bond), V(macvlan), V(ipvlan), V(vxlan), V(dummy), V(vrf),
        and V(physical) for a link that is there already, such as a network card or C(lo).
      - For all kinds C(state) (V(up), the default, or V(down)), C(mtu), C(mac), C(master) (a bridge, bond or vrf of the same namespace),
        C(addresses), C(link_local) (let IPv6 make itself a link-local address, default V(false)) and, for ports of a bridge, C(port) with
        C(isolated), C(hairpin), C(learning), C(cost) and C(priority).
      - C(addresses) is a list of C(ADDRESS/LENGTH), or of dictionaries with C(address), C(label), C(scope), C(prefix_route) and C(dad).
      - A V(veth) has a C(peer) with C(name), C(namespace) (default V(host)) and any of the keys above.
      - A V(bridge) has C(stp), C(forward_delay), C(hello_time), C(max_age), C(ageing_time) (seconds), C(priority), C(vlan_filtering) and
        C(multicast_snooping).
      - V(vlan) has C(link), C(id) and C(protocol); V(macvlan) and V(ipvlan) have C(link) and C(mode); V(vxlan) has C(id), C(local), C(remote),
        C(dstport), C(learning), C(ttl) and C(link); V(bond) has C(mode) and C(miimon); V(vrf) has C(table). C(link_namespace) says where C(link) is.
      - A V(physical) link of a namespace is found on the host, by its name or by C(match) with C(name), C(mac) or C(altname), and moves in. When it
        leaves the document it goes back with the name, addresses, routes, settings and state that it had.
      - A link without C(mac) gets one that is derived from the host, the scope and its name, the same on every run.
    type: list
    elements: raw
    default: []
  routes:
    description:
      - Routes of the host's own namespace, each a dictionary.
      - C(to) is required, a prefix or V(default). C(via), C(dev), C(src), C(metric), C(table), C(onlink), C(tos), C(scope), C(family) and
        C(type) (V(unicast), V(local), V(broadcast), V(multicast), V(anycast), V(blackhole), V(unreachable), V(prohibit) or V(throw)).
      - C(nexthops), a list of dictionaries with C(via), C(dev), C(weight) and C(onlink), in place of C(via) and C(dev).
      - C(mtu), C(advmss), C(window), C(rtt), C(rttvar), C(ssthresh), C(cwnd), C(initcwnd), C(initrwnd), C(hoplimit), C(reordering), C(quickack).
    type: list
    elements: raw
    default: []
  rules:
    description:
      - Policy rules of the host's own namespace, each a dictionary.
      - C(priority) is required, and C(table) unless there is C(goto) or C(action) (V(blackhole), V(unreachable), V(prohibit) or V(nop)).
      - C(from), C(to), C(iif), C(oif), C(mark) (C(NUMBER) or C(NUMBER/MASK)), C(tos), C(ipproto), C(sport), C(dport), C(uidrange), C(invert),
        C(suppress_prefixlength) and C(family) (V(ipv4), V(ipv6) or V(both)).
    type: list
    elements: raw
    default: []
  sysctls:
    description:
      - Settings below C(net.) as a dictionary. A key that begins with C(-) is set only where the kernel has it, as in C(sysctl.d).
      - What they were before is remembered and comes back when they leave the document, unless somebody changed them since.
    type: raw
  iptables:
    description:
      - Chains of the host's own namespace, each a dictionary with C(chain), C(rules), C(table) (default V(filter)) and C(family) (V(ipv4), the
        default, V(ipv6) or V(both)).
      - Rules are texts as C(iptables-save) prints them, without C(-A CHAIN), or dictionaries for the common cases. C(position) is where the
        jump to them stands, and C(flush_conntrack) forgets connections that a changed rule is about. M(multinet.linux.ns_iptables) tells more.
      - Where others have rules too, those for a built-in chain go into a chain of their own with a marked jump; nothing else is touched.
      - With O(iptables_mode=exclusive) the tables of a family are all ours, and C(policy) can be given.
    type: list
    elements: raw
    default: []
  iptables_mode:
    description: Whether the iptables rules of the host's own namespace are shared with others or all of them are declared here.
    type: str
    choices: [shared, exclusive]
    default: shared
  nftables:
    description:
      - Tables of nft in the host's own namespace, each a dictionary with C(content), C(table) (the name, default C(multinet-SCOPE)) and C(family)
        (V(inet), the default, V(ip), V(ip6), V(arp), V(bridge) or V(netdev)).
      - C(content) is text as C(nft) takes it between the braces of a table, with chains, sets, maps and so on. Each table is replaced as a whole
        in one transaction when what C(nft) makes of the text is not what is there, and otherwise not touched; counters and elements of sets
        that fill while they are used (flags dynamic or timeout) stay as they are.
      - Tables of others are never touched, nor those of iptables.
    type: list
    elements: raw
    default: []
  namespaces:
    description:
      - Namespaces, each a dictionary with C(name) and the same keys as the top level.
      - C(replicas) makes many of one entry. In its texts C({n}) becomes 1, 2, 3 and so on; C({n+1}) and other arithmetic is worked out, and
        C({10.0.0.1+n}) counts on from an address.
      - C(create=false) uses a namespace that others made. C(exclusive=true) removes whatever is not declared from it. C(nsid) is the
        number of the namespace in the host's own.
      - C(nameservers), a dictionary with C(addresses) (at most three), C(search) and C(options), gives the namespace a C(resolv.conf) of its own
        in C(/etc/netns/NAME/), and where the host asks more than files and DNS for names also an C(nsswitch.conf) that does not.
        V(dhcp) alone in C(addresses) leaves C(resolv.conf) to a DHCP client, see the role P(multinet.linux.dhcp_client#role).
        C(ip netns exec) and the become plugin P(multinet.linux.netns#become) put them over those of C(/etc).
      - C(iptables_mode) is V(exclusive) in namespaces that this document makes, otherwise V(shared).
    type: list
    elements: raw
    default: []
  max_delete:
    description: Fail, before anything changes, when more objects than this would be removed.
    type: int
  force:
    description:
      - Remove namespaces although processes live in them, or a network card is in them.
      - Without it the module fails with the processes by number and name.
    type: bool
    default: false
  keep:
    description:
      - Keep the document on the host, with the engine as one file and a unit of systemd that applies it at boot before the network is up.
      - Only on hosts that systemd runs. With V(false) nothing is kept, and the networks end with a reboot.
      - The command C(multinet) on the host shows, compares and applies what is kept.
    type: bool
    default: true
extends_documentation_fragment:
  - multinet.linux.attributes
  - multinet.linux.attributes.policy
  - multinet.linux.attributes.confirm
seealso:
  - module: multinet.linux.layout_info
"""

EXAMPLES = r"""
- name: One namespace with a veth to the host
  multinet.linux.layout:
    name: demo
    namespaces:
      - name: blue
        links:
          - {name: eth0, kind: veth, addresses: [10.0.0.2/24], peer: {name: blue0, addresses: [10.0.0.1/24]}}
        routes:
          - {to: default, via: 10.0.0.1}

- name: Four nodes on a bridge with NAT
  multinet.linux.layout:
    name: pxc
    links:
      - {name: br-pxc, kind: bridge, addresses: [10.200.10.1/24]}
    sysctls:
      net.ipv4.ip_forward: 1
    iptables:
      - {table: nat, chain: POSTROUTING, rules: ["-s 10.200.10.0/24 ! -o br-pxc -j MASQUERADE"]}
    namespaces:
      - name: pxc{n}
        replicas: 4
        links:
          - name: eth0
            kind: veth
            addresses: ["10.200.10.{n+1}/24"]
            peer: {name: "br-pxc-{n}", master: br-pxc}
        routes:
          - {to: default, via: 10.200.10.1}

- name: What would change
  multinet.linux.layout: "{{ my_layout }}"
  check_mode: true
  diff: true

- name: Everything of the scope goes
  multinet.linux.layout:
    name: pxc
    state: absent
"""

RETURN = r"""
msg:
  description: What was done, in words. On failure one fault a line.
  returned: always
  type: str
  sample: 4 namespaces and 9 links created, 1 sysctl changed
changes:
  description: Every object that was made, changed or removed, or would be in check mode.
  returned: success
  type: list
  elements: dict
  contains:
    action:
      description: One of V(create), V(change) and V(delete).
      type: str
    kind:
      description: One of V(namespace), V(link), V(address), V(route), V(rule), V(sysctl), V(iptables), V(nftables) and V(document).
      type: str
    name:
      description: The object.
      type: str
      sample: address pxc1/eth0 10.200.10.2/24
    before:
      description: What it was, a fact a line; empty for a new one.
      type: list
      elements: str
    after:
      description: What it is, a fact a line; empty for a removed one.
      type: list
      elements: str
summary:
  description: How many objects were RV(summary.created), RV(summary.changed) and RV(summary.removed).
  returned: success
  type: dict
  contains:
    created:
      description: Number of new objects.
      type: int
    changed:
      description: Number of changed objects.
      type: int
    removed:
      description: Number of removed objects.
      type: int
confirmed:
  description: Whether the change was confirmed over a new connection.
  returned: when it had to be
  type: bool
problems:
  description: The faults, one sentence each.
  returned: failure
  type: list
  elements: str
  sample: ["links[0].mtu: is not a whole number (found 'big', want 68 to 65535)"]
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.multinet.linux.plugins.module_utils.door.layouts import (
    CONFIRM_SPEC,
    POLICY_SPEC,
    REMOVAL_SPEC,
    run,
)


def main() -> None:
    lists = {
        key: {'type': 'list', 'elements': 'raw', 'default': []}
        for key in ('links', 'routes', 'rules', 'iptables', 'nftables', 'namespaces')
    }
    module = AnsibleModule(
        argument_spec={
            'name': {'type': 'str', 'required': True, 'aliases': ['scope']},
            'state': {'type': 'str', 'choices': ['present', 'absent'], 'default': 'present'},
            **lists,
            'sysctls': {'type': 'raw'},
            'iptables_mode': {'type': 'str', 'choices': ['shared', 'exclusive'], 'default': 'shared'},
            'keep': {'type': 'bool', 'default': True},
            **POLICY_SPEC,
            **CONFIRM_SPEC,
            **REMOVAL_SPEC,
        },
        supports_check_mode=True,
    )
    document = {key: module.params[key] for key in ('name', 'iptables_mode', 'sysctls', *lists)}
    run(module, document, absent=module.params['state'] == 'absent')


if __name__ == '__main__':
    main()
