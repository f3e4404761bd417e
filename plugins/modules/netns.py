#!/usr/bin/python
# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: netns
short_description: Make or remove one network namespace
version_added: 0.1.0
author: multinet.linux contributors (@multinet)
description:
  - Makes a network namespace with its loopback up, the same that C(ip netns) knows, or removes it with all that is in it.
  - For more than a namespace or two M(multinet.linux.layout) does all of them in one task, and removes what is not declared any more.
options:
  name:
    description: The namespace. Letters, digits, C(_), C(.) and C(-), beginning with a letter or digit.
    type: str
    required: true
  nsid:
    description:
      - The number that the namespace has in the host's own, as C(ip netns list) shows it.
      - The kernel never changes a number once there is one, and gives one by itself as soon as a link leads out of the namespace.
    type: int
  sysctls:
    description:
      - Settings of the namespace below C(net.) as a dictionary. A key that begins with C(-) is set only where the kernel has it, as in
        C(sysctl.d).
      - Settings that are not named keep what they have.
    type: dict
  force:
    description: With O(state=absent) remove the namespace even when processes live in it or a network card is in it.
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
- name: A namespace
  multinet.linux.netns:
    name: blue

- name: A namespace that forwards
  multinet.linux.netns:
    name: router
    sysctls:
      net.ipv4.ip_forward: 1
      net.ipv6.conf.all.forwarding: 1

- name: Would anything change?
  multinet.linux.netns:
    name: blue
  check_mode: true
  diff: true

- name: Take over a namespace that was made with "ip netns add"
  multinet.linux.netns:
    name: green
    adopt: true

- name: The namespace goes, and all links, routes and rules in it
  multinet.linux.netns:
    name: blue
    state: absent
"""

RETURN = r"""
msg:
  description: What was done, in words. On failure one fault a line.
  returned: always
  type: str
  sample: 1 namespace created
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
      sample: namespace blue
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
  sample: ["namespace blue: is there already and belongs to nobody that is known; choose another name, or set adopt: true to take it over"]
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
            'force': REMOVAL_SPEC['force'],
            **CONFIRM_SPEC,
            **DOOR_SPEC,
        },
        supports_check_mode=True,
    )
    params = module.params
    contents = {'create': True}
    if params['state'] == 'present':
        contents.update(nsid=params['nsid'], sysctls=params['sysctls'])
    run_door(module, params['name'], contents, {'name': 'name'})


if __name__ == '__main__':
    main()
