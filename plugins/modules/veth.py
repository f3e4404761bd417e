#!/usr/bin/python
# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: veth
short_description: Make, change or remove one pair of veths
version_added: 0.1.0
author: multinet.linux contributors (@multinet)
description:
  - Makes both ends of a veth in one request, each in its namespace and with its addresses, or changes what differs.
  - A veth with the wrong other end is made anew when it is of the scope; that of others is left alone unless O(adopt) is set.
  - For many veths M(multinet.linux.layout) does all of them in one task, and removes what is not declared any more.
options:
  name:
    description: The link. At most 15 bytes.
    type: str
    required: true
  namespace:
    description: The namespace that O(name) is in, which has to be there. V(host) is the host's own.
    type: str
    default: host
  peer:
    description: The other end. Required with O(state=present), and not looked at with O(state=absent).
    type: dict
    suboptions:
      name:
        description: The link.
        type: str
        required: true
      namespace:
        description: The namespace that it is in, which has to be there. V(host) is the host's own.
        type: str
        default: host
      state:
        description: Whether it is up.
        type: str
        choices: [up, down]
        default: up
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
        description: Settings of a port of a bridge, which O(peer.master) has to name.
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
        description: Whether IPv6 makes itself a link-local address.
        type: bool
        default: false
  link_state:
    description: Whether the link is up.
    type: str
    choices: [up, down]
    default: up
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
    description: Whether IPv6 makes itself a link-local address.
    type: bool
    default: false
extends_documentation_fragment:
  - multinet.linux.attributes
  - multinet.linux.attributes.confirm
  - multinet.linux.attributes.door
  - multinet.linux.attributes.overlap
seealso:
  - module: multinet.linux.layout
  - module: multinet.linux.netns
  - module: multinet.linux.ns_link
  - module: multinet.linux.ns_route
"""

EXAMPLES = r"""
- name: A veth between two links of the host
  multinet.linux.veth:
    name: left
    peer:
      name: right

- name: A veth from a namespace to the host
  multinet.linux.veth:
    namespace: blue
    name: eth0
    addresses: [10.0.0.2/24]
    peer:
      name: blue0
      addresses: [10.0.0.1/24]

- name: The same, as a port of a bridge that is there
  multinet.linux.veth:
    namespace: blue
    name: eth1
    mtu: 9000
    addresses: [10.1.0.2/24, "fd00:1::2/64"]
    peer:
      name: blue1
      mtu: 9000
      master: br0
      port:
        isolated: true

- name: Would anything change?
  multinet.linux.veth:
    namespace: blue
    name: eth0
    peer:
      name: blue0
  check_mode: true
  diff: true

- name: Both ends go
  multinet.linux.veth:
    namespace: blue
    name: eth0
    state: absent
"""

RETURN = r"""
msg:
  description: What was done, in words. On failure one fault a line.
  returned: always
  type: str
  sample: 2 links and 2 addresses created
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
      sample: link blue/eth0
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
  sample: ["namespace blue: is not there; make it first, or let a layout make it"]
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.multinet.linux.plugins.module_utils.door.layouts import (
    CONFIRM_SPEC,
    DOOR_SPEC,
    END_SPEC,
    OVERLAP_SPEC,
    run_door,
)


def main() -> None:
    updown = {'type': 'str', 'choices': ['up', 'down'], 'default': 'up'}
    module = AnsibleModule(
        argument_spec={
            'name': {'type': 'str', 'required': True},
            'namespace': {'type': 'str', 'default': 'host'},
            'peer': {
                'type': 'dict',
                'options': {
                    'name': {'type': 'str', 'required': True},
                    'namespace': {'type': 'str', 'default': 'host'},
                    'state': updown,
                    **END_SPEC,
                },
            },
            'link_state': updown,
            **END_SPEC,
            **CONFIRM_SPEC,
            **DOOR_SPEC,
            **OVERLAP_SPEC,
        },
        required_if=[('state', 'present', ['peer'])],
        supports_check_mode=True,
    )
    params = module.params
    link = {'name': params['name'], 'kind': 'veth'}
    others = {}
    if params['state'] == 'present':
        link.update({key: params[key] for key in END_SPEC}, state=params['link_state'], peer=params['peer'])
        others['peer.namespace'] = params['peer']['namespace']
    run_door(
        module,
        params['namespace'],
        {'links': [link]},
        {'links[0]': '', 'links[0].state': 'link_state'},
        others,
    )


if __name__ == '__main__':
    main()
