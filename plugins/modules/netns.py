#!/usr/bin/python
# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: netns
short_description: Create or remove a network namespace
version_added: 0.1.0
author: multinet.linux contributors (@multinet)
description:
  - Creates a network namespace as C(ip netns) does, with its loopback up, or removes it with everything in
    it.
  - To manage several namespaces use M(multinet.linux.layout), which does it in one task and removes what is
    no longer declared.
options:
  name:
    description: The namespace. Letters, digits, C(_), C(.) and C(-); the first is a letter or digit.
    type: str
    required: true
  nsid:
    description:
      - The ID of the namespace in the host's own, as C(ip netns list) shows it.
      - The kernel never changes an ID once it is set, and assigns one itself as soon as a link leads out of
        the namespace.
    type: int
  sysctls:
    description:
      - Sysctls of the namespace below C(net.) as a dictionary. A key that begins with C(-) is set only if the
        kernel has it, as in C(sysctl.d).
      - Other sysctls keep their values. A new namespace forwards nothing; its other IPv4 sysctls begin with
        the values of the host, as the kernel has it.
    type: dict
  forwarding:
    description:
      - Family of which packets are forwarded, V(ipv4), V(ipv6), V(both) or V(off). A family that is not named
        stays as it is.
      - The same as C(net.ipv4.ip_forward) and C(net.ipv6.conf.all.forwarding) in O(sysctls).
    type: raw
  force:
    description:
      - With O(state=absent), remove the namespace even if processes run in it or it contains a network card.
    type: bool
    default: false
extends_documentation_fragment:
  - multinet.linux.attributes
  - multinet.linux.attributes.confirm
  - multinet.linux.attributes.door
seealso:
  - module: multinet.linux.layout
  - module: multinet.linux.veth
  - module: multinet.linux.ns_link
"""

EXAMPLES = r"""
- name: Create a namespace
  multinet.linux.netns:
    name: blue

- name: Create a namespace that forwards packets
  multinet.linux.netns:
    name: router
    sysctls:
      net.ipv4.ip_forward: 1
      net.ipv6.conf.all.forwarding: 1

- name: Preview the change
  multinet.linux.netns:
    name: blue
  check_mode: true
  diff: true

- name: Take over a namespace that was created with "ip netns add"
  multinet.linux.netns:
    name: green
    adopt: true

- name: Remove the namespace and all links, routes and rules in it
  multinet.linux.netns:
    name: blue
    state: absent
"""

RETURN = r"""
msg:
  description: Summary of the changes. On failure, one error per line.
  returned: always
  type: str
  sample: 1 namespace created
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
      sample: namespace blue
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
      namespace blue: already exists and belongs to no known scope; choose another name, or set
      adopt: true to take it over
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.multinet.linux.plugins.module_utils.door.layouts import (
    CONFIRM_SPEC,
    DOOR_SPEC,
    REMOVAL_SPEC,
    run_door,
)


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            'name': {'type': 'str', 'required': True},
            'nsid': {'type': 'int'},
            'sysctls': {'type': 'dict'},
            'forwarding': {'type': 'raw'},
            'force': REMOVAL_SPEC['force'],
            **CONFIRM_SPEC,
            **DOOR_SPEC,
        },
        supports_check_mode=True,
    )
    params = module.params
    contents = {'create': True}
    if params['state'] == 'present':
        contents.update({key: params[key] for key in ('nsid', 'sysctls', 'forwarding')})
    run_door(module, params['name'], contents, {'name': 'name'})


if __name__ == '__main__':
    main()
