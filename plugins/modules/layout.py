#!/usr/bin/python
# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: layout
short_description: Manage the networks of a host from one document
version_added: 0.1.0
author: multinet.linux contributors (@multinet)
description:
  - Takes the namespaces, links, addresses, routes, policy rules, neighbours, forwarding databases, sysctls,
    queueing disciplines, iptables rules and nftables tables of a host as one document, and converges
    the kernel to it in one transaction.
  - Removes objects of the scope that are no longer in the document. Leaves everything else alone. If
    something else conflicts with the document, the module fails and names it before anything changes.
  - Reports all errors in the document at once, each with its path, before anything changes.
options:
  name:
    description:
      - The scope, which owns everything that this document creates. At most 64 letters, digits, C(_), C(.)
        and C(-).
      - Each document needs a scope of its own.
    type: str
    required: true
    aliases: [scope]
  state:
    description:
      - V(present) converges to the document.
      - V(absent) removes everything in the scope and restores sysctls and pre-existing links to their
        previous values.
    type: str
    choices: [present, absent]
    default: present
  sysctls:
    description:
      - Sysctls below C(net.) as a dictionary. A key that begins with C(-) is set only if the kernel has it,
        as in C(sysctl.d).
      - Previous values are recorded. A sysctl that leaves the document gets its previous value back, unless
        somebody else has changed it since. With C(net.ipv4.ip_forward) and C(forwarding) of all links, that
        includes what the kernel sets along with them.
      - A namespace that is created forwards nothing unless the document says so. Its other IPv4 sysctls begin
        with the values of the host, as the kernel has it.
    type: raw
  forwarding:
    description:
      - Family of which packets are forwarded, V(ipv4), V(ipv6), V(both) or V(off). A family that is not named
        stays as it is.
      - The same as C(net.ipv4.ip_forward) and C(net.ipv6.conf.all.forwarding) in O(sysctls).
    type: raw
  iptables_mode:
    description:
      - Whether the host's own namespace shares its iptables tables with others (V(shared)), or this document
        owns them (V(exclusive)).
    type: str
    choices: [shared, exclusive]
    default: shared
  namespaces:
    description:
      - Namespaces, each a dictionary with C(name) and the same keys as the top level.
      - C(replicas) creates many from one entry. In its strings C({n}) becomes 1, 2, 3 and so on; arithmetic
        such as C({n+1}) is evaluated, and C({10.0.0.1+n}) counts up from an address.
      - C(create=false) uses a namespace that somebody else created. C(exclusive=true) removes everything from
        it that is not declared. C(nsid) is the ID of the namespace in the host's own.
      - C(nameservers), a dictionary with C(addresses) (at most three), C(search) and C(options), gives the
        namespace its own C(resolv.conf) in C(/etc/netns/NAME/). If the host resolves names by more than files
        and DNS, the namespace also gets an C(nsswitch.conf) that does not. V(dhcp) as the only entry of
        C(addresses) leaves C(resolv.conf) to a DHCP client; see the role P(multinet.linux.dhcp_client#role).
        C(ip netns exec) and the become plugin P(multinet.linux.netns#become) mount these files over those in
        C(/etc).
      - C(iptables_mode) defaults to V(exclusive) in namespaces that this document creates, and to V(shared)
        in others.
    type: list
    elements: raw
    default: []
  max_delete:
    description: Fail, before anything changes, if more objects than this would be removed.
    type: int
  force:
    description:
      - Remove namespaces even if processes run in them or they contain a network card.
      - Otherwise the module fails and lists the processes by PID and name.
    type: bool
    default: false
  keep:
    description:
      - Keep the document on the host, together with the engine as a single file and a systemd unit that
        applies it at boot before the network is up.
      - Only on hosts that run systemd. With V(false) nothing is kept, and the networks do not survive a
        reboot.
      - The command C(multinet) on the host shows, compares and applies what is kept.
    type: bool
    default: true
  lifetime:
    description:
      - For how many seconds the scope lives. When they are over, the host removes it by itself, as
        O(state=absent) does, whatever has become of the controller.
      - With each run of the scope the time starts again. A run without this option lets the scope stay.
      - Such a scope is not kept for the next boot (O(keep)). A reboot ends it as well.
      - What waits is a process of the host, C(multinet-lifetime-PID.scope) with systemd. Stopping it ends the
        scope at once.
    type: int
extends_documentation_fragment:
  - multinet.linux.document.layout
  - multinet.linux.attributes
  - multinet.linux.attributes.policy
  - multinet.linux.attributes.confirm
seealso:
  - module: multinet.linux.layout_info
"""

EXAMPLES = r"""
- name: A namespace with a veth to the host
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

- name: Neighbours that need no ARP, and an address to answer for
  multinet.linux.layout:
    name: edge
    neighbours:
      - {to: 10.0.0.9, dev: eth1, lladdr: "02:00:00:00:00:09"}
      - {to: 2001:db8::7, dev: eth1, proxy: true}

- name: A VXLAN with two other ends
  multinet.linux.layout:
    name: overlay
    links:
      - {name: vx7, kind: vxlan, id: 7, local: 192.0.2.1, learning: false, addresses: [10.7.0.1/24]}
    fdb:
      - {lladdr: "00:00:00:00:00:00", dev: vx7, dst: 192.0.2.2}
      - {lladdr: "00:00:00:00:00:00", dev: vx7, dst: 192.0.2.3}
      - {lladdr: "02:00:00:00:07:02", dev: vx7, dst: 192.0.2.2}

- name: Trunk and access ports of a bridge that filters by VLANs
  multinet.linux.layout:
    name: switch
    links:
      - {name: br0, kind: bridge, vlan_filtering: true, vlan_default_pvid: 0, vlans: [10]}
      - {name: br0.10, kind: vlan, link: br0, id: 10, addresses: [10.10.0.1/24]}
      - {name: eth1, kind: physical, master: br0, port: {vlans: [10, 20-29]}}
    namespaces:
      - name: office
        links:
          - name: eth0
            kind: veth
            addresses: [10.10.0.2/24]
            peer: {name: office0, master: br0, port: {vlans: [10 pvid untagged]}}

- name: A WireGuard tunnel, whose private key is in a file of the host
  multinet.linux.layout:
    name: vpn
    links:
      - name: wg0
        kind: wireguard
        private_key_file: /etc/wireguard/wg0.key
        listen_port: 51820
        addresses: [10.9.0.1/24]
        peers:
          - public_key: xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=
            endpoint: 192.0.2.2:51820
            allowed_ips: [10.9.0.2/32, 10.20.0.0/16]
            persistent_keepalive: 25

- name: Preview the changes
  multinet.linux.layout: "{{ my_layout }}"
  check_mode: true
  diff: true

- name: Remove everything in the scope
  multinet.linux.layout:
    name: pxc
    state: absent
"""

RETURN = r"""
msg:
  description: Summary of the changes. On failure, one error per line.
  returned: always
  type: str
  sample: 4 namespaces and 9 links created, 1 sysctl changed
changes:
  description:
    - Every object that was created, changed or removed, or in check mode would be.
    - If there are more than 50, those that are alike but for numbers and addresses that count evenly are one
      entry, from the first to the last.
  returned: success
  type: list
  elements: dict
  contains:
    action:
      description: V(create), V(change) or V(delete).
      type: str
    kind:
      description:
        - V(namespace), V(link), V(address), V(nexthop), V(route), V(rule), V(neighbour),
          V(fdb), V(sysctl), V(qdisc), V(iptables), V(nftables), V(file) or V(document).
      type: str
    name:
      description: The object.
      type: str
      sample: address pxc1/eth0 10.200.10.2/24
    before:
      description: The object before the change, one property per line; empty for a new object.
      type: list
      elements: str
    after:
      description: The object after the change, one property per line; empty for a removed object.
      type: list
      elements: str
    count:
      description: Number of objects that the entry stands for.
      type: int
changes_file:
  description: A file on the host, for root alone, with all of RV(changes), which were too many to return.
  returned: if that is so
  type: str
  sample: /run/multinet/changes/lab
summary:
  description: How many objects were created, changed and removed.
  returned: success
  type: dict
  contains:
    created:
      description: Number of created objects.
      type: int
    changed:
      description: Number of changed objects.
      type: int
    removed:
      description: Number of removed objects.
      type: int
confirmed:
  description: Whether the change was confirmed over a new connection.
  returned: when confirmation was required
  type: bool
problems:
  description: The errors, one sentence each.
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
from ansible_collections.multinet.linux.plugins.module_utils.objects.layout import CONTENT_KEYS


def main() -> None:
    lists = {
        key: {'type': 'list', 'elements': 'raw', 'default': []}
        for key in (*CONTENT_KEYS, 'namespaces')
        if key not in ('sysctls', 'forwarding')
    }
    module = AnsibleModule(
        argument_spec={
            'name': {'type': 'str', 'required': True, 'aliases': ['scope']},
            'state': {'type': 'str', 'choices': ['present', 'absent'], 'default': 'present'},
            **lists,
            'sysctls': {'type': 'raw'},
            'forwarding': {'type': 'raw'},
            'iptables_mode': {'type': 'str', 'choices': ['shared', 'exclusive'], 'default': 'shared'},
            'keep': {'type': 'bool', 'default': True},
            'lifetime': {'type': 'int'},
            **POLICY_SPEC,
            **CONFIRM_SPEC,
            **REMOVAL_SPEC,
        },
        supports_check_mode=True,
    )
    document = {key: module.params[key] for key in ('name', 'iptables_mode', 'sysctls', 'forwarding', *lists)}
    run(module, document, absent=module.params['state'] == 'absent')


if __name__ == '__main__':
    main()
