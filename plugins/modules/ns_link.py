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
extends_documentation_fragment:
  - multinet.linux.link
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
      sample: link blue/dummy0
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
  sample:
    - >-
      link host/br0: already exists and belongs to no known scope; choose another name, or set
      adopt: true to take it over
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.multinet.linux.plugins.module_utils.door.layouts import (
    CONFIRM_SPEC,
    DOOR_SPEC,
    OVERLAP_SPEC,
    run_door,
)
from ansible_collections.multinet.linux.plugins.module_utils.door.link_options import (
    KINDS_WITH_MODULE,
    LINK_SPEC,
    SETTINGS_SPEC,
)


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            'name': {'type': 'str', 'required': True},
            'namespace': {'type': 'str', 'required': True},
            'kind': {'type': 'str', 'choices': KINDS_WITH_MODULE},
            'link_state': {'type': 'str', 'choices': ['up', 'down']},
            **SETTINGS_SPEC,
            **LINK_SPEC,
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
        link.update({key: params[key] for key in (*SETTINGS_SPEC, *LINK_SPEC)}, state=params['link_state'])
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
