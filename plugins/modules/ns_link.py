#!/usr/bin/python
# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: ns_link
short_description: Make, change or remove one link in a namespace
version_added: 0.1.0
author: multinet.linux contributors (@multinet)
description:
  - Makes one link, such as a bridge or a VLAN, in a namespace, or changes what differs. Options of one kind of link are refused for others.
  - A link that has to be another one (of another kind, on another link, with another C(id)) is made anew when it is of the scope; that of
    others is left alone unless O(adopt) is set.
  - For many links M(multinet.linux.layout) does all of them in one task, and removes what is not declared any more.
options:
  name:
    description: The link. At most 15 bytes.
    type: str
    required: true
  namespace:
    description: The namespace that the link is in, which has to be there. V(host) is the host's own.
    type: str
    required: true
  kind:
    description:
      - What the link is. Required with O(state=present).
      - V(physical) is a link that is there already, whoever made it, such as a network card or C(lo). Only what is given is changed, and with
        O(state=absent) it gets back what it had before, and loses the addresses that the scope gave it.
      - With O(state=absent) a link of another kind is not removed. Without O(kind) any is.
      - For veths there is M(multinet.linux.veth).
    type: str
    choices: [bridge, vlan, bond, macvlan, ipvlan, vxlan, dummy, vrf, physical]
  link:
    description: For V(vlan), V(macvlan), V(ipvlan) and V(vxlan) the link that it stands on.
    type: str
  link_namespace:
    description: The namespace that O(link) is in, where it is another than O(namespace).
    type: str
  id:
    description: For V(vlan) its number, V(1) to V(4094), for V(vxlan) its network, V(0) to V(16777215).
    type: int
  protocol:
    description: For V(vlan) V(802.1q), which is the default, or V(802.1ad).
    type: str
  mode:
    description:
      - For V(macvlan) V(private), V(vepa), V(bridge) (the default) or V(passthru).
      - For V(ipvlan) V(l2), V(l3) (the default) or V(l3s).
      - For V(bond) V(balance-rr) (the default), V(active-backup), V(balance-xor), V(broadcast), V(802.3ad), V(balance-tlb) or V(balance-alb).
    type: str
  miimon:
    description: For V(bond) how often links are looked at, in milliseconds. V(100) is the default.
    type: int
  table:
    description: For V(vrf) its routing table.
    type: int
  local:
    description: For V(vxlan) the address that packets are sent from.
    type: str
  remote:
    description: For V(vxlan) the address or group that packets are sent to.
    type: str
  dstport:
    description: For V(vxlan) the UDP port. V(4789) is the default.
    type: int
  learning:
    description: For V(vxlan) whether it learns addresses, which is the default.
    type: bool
  ttl:
    description: For V(vxlan) the time to live of its packets. V(0), the default, is that of the packet inside.
    type: int
  stp:
    description: For V(bridge) whether it has a spanning tree, which is not the default.
    type: bool
  forward_delay:
    description: For V(bridge) how many seconds a new port waits. V(0) is the default, with O(stp) it is V(15).
    type: int
  hello_time:
    description: For V(bridge) how many seconds lie between hello packets of the spanning tree.
    type: int
  max_age:
    description: For V(bridge) how many seconds a hello packet counts.
    type: int
  ageing_time:
    description: For V(bridge) how many seconds an address is remembered. V(300) is the default.
    type: int
  priority:
    description: For V(bridge) its priority in the spanning tree. V(32768) is the default.
    type: int
  vlan_filtering:
    description: For V(bridge) whether it tells VLANs apart, which is not the default.
    type: bool
  multicast_snooping:
    description: For V(bridge) whether it looks who listens to which group, which is the default.
    type: bool
  link_state:
    description: Whether the link is up. V(up) is the default, but for V(physical) links of the host, which stay as they are.
    type: str
    choices: [up, down]
  addresses:
    description:
      - Addresses, each C(ADDRESS/LENGTH) or a dictionary with C(address), C(label), C(scope), C(prefix_route) and C(dad).
      - Those that are missing are added. Others that the link has stay.
    type: list
    elements: raw
  mtu:
    description: The largest packet, in bytes. Without it what the kernel gives a new link.
    type: int
  mac:
    description: The hardware address. Without it one that is derived from the host, the scope and the name, the same on every run.
    type: str
  master:
    description: A bridge, bond or vrf of the same namespace that the link is a port of. Without it the link is a port of none.
    type: str
  port:
    description: Settings of a port of a bridge, which O(master) has to name.
    type: dict
    suboptions:
      isolated:
        description: Whether it speaks to ports that are not isolated only. New ports have V(false).
        type: bool
      hairpin:
        description: Whether a packet may leave where it came in. New ports have V(false).
        type: bool
      learning:
        description: Whether the bridge learns addresses here. New ports have V(true).
        type: bool
      cost:
        description: Cost of the port for the spanning tree.
        type: int
      priority:
        description: Priority of the port for the spanning tree, V(0) to V(63).
        type: int
  link_local:
    description: Whether IPv6 makes itself a link-local address. V(false) is the default, but for V(physical) links, which stay as they are.
    type: bool
extends_documentation_fragment:
  - multinet.linux.attributes
  - multinet.linux.attributes.confirm
  - multinet.linux.attributes.door
  - multinet.linux.attributes.overlap
seealso:
  - module: multinet.linux.layout
  - module: multinet.linux.netns
  - module: multinet.linux.veth
  - module: multinet.linux.ns_route
"""

EXAMPLES = r"""
- name: A link with an address of its own
  multinet.linux.ns_link:
    namespace: blue
    name: dummy0
    kind: dummy
    addresses: [10.9.9.9/32]

- name: A bridge on the host
  multinet.linux.ns_link:
    namespace: host
    name: br0
    kind: bridge
    stp: true
    addresses: [10.1.0.1/24]

- name: A VLAN in a namespace, on a card of the host
  multinet.linux.ns_link:
    namespace: blue
    name: vlan12
    kind: vlan
    id: 12
    link: eth0
    link_namespace: host

- name: One more address for a card that is there, nothing else
  multinet.linux.ns_link:
    namespace: host
    name: eth0
    kind: physical
    addresses: [192.0.2.7/32]

- name: Would anything change?
  multinet.linux.ns_link:
    namespace: host
    name: br0
    kind: bridge
  check_mode: true
  diff: true

- name: The bridge goes
  multinet.linux.ns_link:
    namespace: host
    name: br0
    state: absent
"""

RETURN = r"""
msg:
  description: What was done, in words. On failure one fault a line.
  returned: always
  type: str
  sample: 1 link and 1 address created
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
      description: One of V(namespace), V(link), V(address), V(route), V(rule), V(sysctl) and V(iptables).
      type: str
    name:
      description: The object.
      type: str
      sample: link blue/dummy0
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
  sample: ["link host/br0: is there already and belongs to nobody that is known; choose another name, or set adopt: true to take it over"]
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.multinet.linux.plugins.module_utils.door.layouts import (
    CONFIRM_SPEC,
    DOOR_SPEC,
    END_SPEC,
    OVERLAP_SPEC,
    run_door,
)

_TEXTS = ('link', 'link_namespace', 'protocol', 'mode', 'local', 'remote')
_NUMBERS = (
    'id',
    'miimon',
    'table',
    'dstport',
    'ttl',
    'forward_delay',
    'hello_time',
    'max_age',
    'ageing_time',
    'priority',
)
_SWITCHES = ('learning', 'stp', 'vlan_filtering', 'multicast_snooping')


def main() -> None:
    settings = {
        **dict.fromkeys(_TEXTS, 'str'),
        **dict.fromkeys(_NUMBERS, 'int'),
        **dict.fromkeys(_SWITCHES, 'bool'),
    }
    module = AnsibleModule(
        argument_spec={
            'name': {'type': 'str', 'required': True},
            'namespace': {'type': 'str', 'required': True},
            'kind': {
                'type': 'str',
                'choices': [
                    'bridge',
                    'vlan',
                    'bond',
                    'macvlan',
                    'ipvlan',
                    'vxlan',
                    'dummy',
                    'vrf',
                    'physical',
                ],
            },
            **{key: {'type': kind} for key, kind in settings.items()},
            'link_state': {'type': 'str', 'choices': ['up', 'down']},
            **{**END_SPEC, 'link_local': {'type': 'bool'}},
            **CONFIRM_SPEC,
            **DOOR_SPEC,
            **OVERLAP_SPEC,
        },
        required_if=[('state', 'present', ['kind'])],
        supports_check_mode=True,
    )
    params = module.params
    link = {'name': params['name'], 'kind': params['kind']}
    others = {}
    if params['state'] == 'present':
        link.update({key: params[key] for key in [*settings, *END_SPEC]}, state=params['link_state'])
        others['link_namespace'] = params['link_namespace']
    run_door(
        module,
        params['namespace'],
        {'links': [link]},
        {'links[0]': '', 'links[0].state': 'link_state'},
        others,
    )


if __name__ == '__main__':
    main()
