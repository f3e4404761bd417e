#!/usr/bin/python
# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: veth
short_description: Create, change or remove a veth pair
version_added: 0.1.0
author: multinet.linux contributors (@multinet)
description:
  - Creates both ends of a veth pair in one request, each in its namespace and with its addresses, or changes
    what differs.
  - A veth with the wrong peer is recreated if it belongs to the scope. Any other link is left alone unless
    O(adopt) is set.
  - To manage several veth pairs use M(multinet.linux.layout), which does it in one task and removes what is
    no longer declared.
options:
  name:
    description: The link. At most 15 bytes.
    type: str
    required: true
  namespace:
    description: The namespace of O(name), which must exist. V(host) is the host's own.
    type: str
    default: host
extends_documentation_fragment:
  - multinet.linux.link.veth
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
- name: Create a veth pair with both ends on the host
  multinet.linux.veth:
    name: left
    peer:
      name: right

- name: Create a veth pair between a namespace and the host
  multinet.linux.veth:
    namespace: blue
    name: eth0
    addresses: [10.0.0.2/24]
    peer:
      name: blue0
      addresses: [10.0.0.1/24]

- name: Create a veth pair whose host end is a port of an existing bridge
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

- name: Preview the change
  multinet.linux.veth:
    namespace: blue
    name: eth0
    peer:
      name: blue0
  check_mode: true
  diff: true

- name: Remove both ends
  multinet.linux.veth:
    namespace: blue
    name: eth0
    state: absent
"""

RETURN = r"""
msg:
  description: Summary of the changes. On failure, one error per line.
  returned: always
  type: str
  sample: 2 links and 2 addresses created
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
          V(fdb), V(sysctl), V(qdisc), V(iptables), V(nftables) or V(file).
      type: str
    name:
      description: The object.
      type: str
      sample: link blue/eth0
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
  sample: ["namespace blue: does not exist; make it first, or let a layout make it"]
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.multinet.linux.plugins.module_utils.door.layouts import (
    CONFIRM_SPEC,
    DOOR_SPEC,
    OVERLAP_SPEC,
    run_door,
)
from ansible_collections.multinet.linux.plugins.module_utils.door.link_options import END_SPEC


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
