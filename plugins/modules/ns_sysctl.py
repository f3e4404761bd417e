#!/usr/bin/python
# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: ns_sysctl
short_description: Set sysctls of a namespace
version_added: 0.1.0
author: multinet.linux contributors (@multinet)
description:
  - Sets sysctls below C(net) in a namespace, all of them or none. Other sysctls stay.
  - Takes the same keys as M(multinet.linux.layout), which also restores what is no longer declared.
options:
  namespace:
    description: The namespace, which must exist. V(host) is the host's own.
    type: str
    required: true
  sysctls:
    description:
      - Values by key, as in C(sysctl.d(5)). A key that begins with C(-) is set only if the kernel has it.
      - In the name of a link write each dot as a slash, such as C(net.ipv4.conf.eth0/10.rp_filter).
      - Sysctls that let packets through are set last.
      - With O(state=absent) each sysctl gets back the value that it had before the scope set it, unless
        something else has changed it since. The values given here do not matter then.
    type: dict
    required: true
extends_documentation_fragment:
  - multinet.linux.attributes
  - multinet.linux.attributes.confirm
  - multinet.linux.attributes.door
seealso:
  - module: multinet.linux.layout
  - module: multinet.linux.ns_link
"""

EXAMPLES = r"""
- name: Make a namespace a router
  multinet.linux.ns_sysctl:
    namespace: blue
    sysctls:
      net.ipv4.ip_forward: 1
      net.ipv6.conf.all.forwarding: 1

- name: Preview the change
  multinet.linux.ns_sysctl:
    namespace: blue
    sysctls: {net.ipv4.conf.eth0.rp_filter: 2}
  check_mode: true
  diff: true

- name: Restore the previous values
  multinet.linux.ns_sysctl:
    namespace: blue
    sysctls:
      net.ipv4.ip_forward: 1
      net.ipv6.conf.all.forwarding: 1
    state: absent
"""

RETURN = r"""
msg:
  description: Summary of the changes. On failure, one error per line.
  returned: always
  type: str
  sample: 1 sysctl changed
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
      sample: sysctl blue net.ipv4.ip_forward
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
      sysctl net.ipv4.ip_forwarding in blue: does not exist in this kernel; load the module that brings it, or
      write -net.ipv4.ip_forwarding to set it only where it exists
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.multinet.linux.plugins.module_utils.door.layouts import (
    CONFIRM_SPEC,
    DOOR_SPEC,
    run_door,
)


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            'namespace': {'type': 'str', 'required': True},
            'sysctls': {'type': 'dict', 'required': True},
            **CONFIRM_SPEC,
            **DOOR_SPEC,
        },
        supports_check_mode=True,
    )
    run_door(module, module.params['namespace'], {'sysctls': module.params['sysctls']}, {})


if __name__ == '__main__':
    main()
