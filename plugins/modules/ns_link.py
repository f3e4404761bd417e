#!/usr/bin/python
# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: ns_link
short_description: Create, change or remove a link in a namespace
version_added: 0.1.0
author: multinet.linux contributors (@multinet)
description:
  - Creates one link, such as a bridge or a VLAN, in a namespace, or changes what differs. An option that does
    not apply to the kind of link is an error.
  - If a property that cannot change in place differs (kind, parent link, O(id)), a link of this scope is
    recreated. For any other link the task fails unless O(adopt) is set.
  - To manage several links use M(multinet.linux.layout), which does it in one task and removes what is no
    longer declared.
options:
  name:
    description: The link. At most 15 bytes.
    type: str
    required: true
  namespace:
    description: The namespace of the link, which must exist. V(host) is the host's own.
    type: str
    required: true
  kind:
    description:
      - The kind of link. Required with O(state=present).
      - V(physical) is a link that already exists, whoever created it, such as a network card or C(lo). Only
        what is given is changed. With O(state=absent) its previous settings are restored, and the addresses
        that the scope added are removed.
      - With O(state=absent) a link of another kind is not removed. Without O(kind), the link is removed
        whatever its kind.
      - For veth pairs use M(multinet.linux.veth).
    type: str
    choices: [bridge, vlan, bond, macvlan, ipvlan, vxlan, dummy, vrf, physical]
  link:
    description: V(vlan), V(macvlan), V(ipvlan) and V(vxlan) only - the parent link.
    type: str
  link_namespace:
    description: The namespace of O(link), if it is not O(namespace).
    type: str
  id:
    description:
      - V(vlan) only - VLAN ID, V(1) to V(4094). V(vxlan) only - network identifier (VNI), V(0) to
        V(16777215).
    type: int
  protocol:
    description: V(vlan) only - V(802.1q) (the default) or V(802.1ad).
    type: str
  mode:
    description:
      - For V(macvlan) V(private), V(vepa), V(bridge) (the default) or V(passthru).
      - For V(ipvlan) V(l2), V(l3) (the default) or V(l3s).
      - For V(bond) V(balance-rr) (the default), V(active-backup), V(balance-xor), V(broadcast), V(802.3ad),
        V(balance-tlb) or V(balance-alb).
    type: str
  miimon:
    description: V(bond) only - MII monitoring interval in milliseconds. Default V(100).
    type: int
  table:
    description: V(vrf) only - routing table.
    type: int
  local:
    description: V(vxlan) only - source address of the outer packets.
    type: str
  remote:
    description: V(vxlan) only - destination of the outer packets, a unicast address or a multicast group.
    type: str
  dstport:
    description: V(vxlan) only - UDP destination port. Default V(4789).
    type: int
  learning:
    description:
      - V(vxlan) only - whether it learns the sources of packets into its forwarding database. Default
        V(true).
    type: bool
  ttl:
    description: V(vxlan) only - TTL of the outer packets. V(0), the default, copies that of the inner packet.
    type: int
  stp:
    description: V(bridge) only - spanning tree protocol. Default V(false).
    type: bool
  forward_delay:
    description: V(bridge) only - forwarding delay in seconds. Default V(0), with O(stp) V(15).
    type: int
  hello_time:
    description: V(bridge) only - interval between hello packets of the spanning tree, in seconds.
    type: int
  max_age:
    description: V(bridge) only - maximum message age of the spanning tree, in seconds.
    type: int
  ageing_time:
    description: V(bridge) only - lifetime of an entry in the forwarding database, in seconds. Default V(300).
    type: int
  priority:
    description: V(bridge) only - bridge priority in the spanning tree. Default V(32768).
    type: int
  vlan_filtering:
    description: V(bridge) only - VLAN filtering. Default V(false).
    type: bool
  multicast_snooping:
    description: V(bridge) only - IGMP/MLD snooping. Default V(true).
    type: bool
  link_state:
    description:
      - Administrative state of the link. Default V(up), except for V(physical) links of the host, which keep
        their state.
    type: str
    choices: [up, down]
  addresses:
    description:
      - Addresses, each C(ADDRESS/LENGTH) or a dictionary with C(address), C(label), C(scope), C(prefix_route)
        and C(dad).
      - Missing addresses are added. Other addresses of the link stay.
    type: list
    elements: raw
  mtu:
    description: MTU in bytes. By default, the MTU that the kernel gives a new link.
    type: int
  mac:
    description:
      - Hardware address. By default it is derived from the host, the scope and the name, and is the same on
        every run.
    type: str
  master:
    description: Bridge, bond or VRF in the same namespace that the link is attached to. By default, none.
    type: str
  port:
    description: Settings of a bridge port. O(master) must name the bridge.
    type: dict
    suboptions:
      isolated:
        description: Port isolation. Isolated ports can reach only non-isolated ports. V(false) on a new port.
        type: bool
      hairpin:
        description:
          - Whether a frame may be sent back through the port that it arrived on. V(false) on a new port.
        type: bool
      learning:
        description:
          - Whether the bridge learns the source addresses of frames from this port. V(true) on a new port.
        type: bool
      cost:
        description: Path cost of the port in the spanning tree.
        type: int
      priority:
        description: Priority of the port in the spanning tree, V(0) to V(63).
        type: int
  link_local:
    description:
      - Whether IPv6 generates a link-local address. Default V(false), except for V(physical) links, which
        keep their setting.
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
- name: Create a dummy link with an address
  multinet.linux.ns_link:
    namespace: blue
    name: dummy0
    kind: dummy
    addresses: [10.9.9.9/32]

- name: Create a bridge on the host
  multinet.linux.ns_link:
    namespace: host
    name: br0
    kind: bridge
    stp: true
    addresses: [10.1.0.1/24]

- name: Create a VLAN in a namespace, on a network card of the host
  multinet.linux.ns_link:
    namespace: blue
    name: vlan12
    kind: vlan
    id: 12
    link: eth0
    link_namespace: host

- name: Add an address to an existing network card, and nothing else
  multinet.linux.ns_link:
    namespace: host
    name: eth0
    kind: physical
    addresses: [192.0.2.7/32]

- name: Preview the change
  multinet.linux.ns_link:
    namespace: host
    name: br0
    kind: bridge
  check_mode: true
  diff: true

- name: Remove the bridge
  multinet.linux.ns_link:
    namespace: host
    name: br0
    state: absent
"""

RETURN = r"""
msg:
  description: Summary of the changes. On failure, one error per line.
  returned: always
  type: str
  sample: 1 link and 1 address created
changes:
  description: Every object that was created, changed or removed, or in check mode would be.
  returned: success
  type: list
  elements: dict
  contains:
    action:
      description: V(create), V(change) or V(delete).
      type: str
    kind:
      description: V(namespace), V(link), V(address), V(route), V(rule), V(sysctl) or V(iptables).
      type: str
    name:
      description: The object.
      type: str
      sample: link blue/dummy0
    before:
      description: The object before the change, one property per line; empty for a new object.
      type: list
      elements: str
    after:
      description: The object after the change, one property per line; empty for a removed object.
      type: list
      elements: str
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
  sample:
    - >-
      link host/br0: is there already and belongs to nobody that is known; choose another name, or set
      adopt: true to take it over
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
