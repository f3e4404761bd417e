#!/usr/bin/python
# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: ns_address
short_description: Add or remove addresses of links of a namespace
version_added: 0.1.0
author: multinet.linux contributors (@multinet)
description:
  - Adds addresses to links of a namespace, whoever made these, or changes what differs, all of them or none.
    Other addresses stay.
  - Takes the same keys as M(multinet.linux.layout), which also removes what is no longer declared.
  - An address on a link of another scope needs C(protocol), because that scope would remove it otherwise.
options:
  namespace:
    description: The namespace, which must exist. V(host) is the host's own.
    type: str
    required: true
extends_documentation_fragment:
  - multinet.linux.document.address
  - multinet.linux.attributes
  - multinet.linux.attributes.confirm
  - multinet.linux.attributes.door
seealso:
  - module: multinet.linux.layout
  - module: multinet.linux.ns_link
  - module: multinet.linux.veth
"""

EXAMPLES = r"""
- name: Add two addresses to a link
  multinet.linux.ns_address:
    namespace: blue
    addresses:
      - {address: 10.0.0.5/24, dev: eth0}
      - {address: 2001:db8::5/64, dev: eth0}

- name: Preview the change
  multinet.linux.ns_address:
    namespace: host
    addresses:
      - {address: 192.0.2.1/32, dev: lo}
  check_mode: true
  diff: true

- name: Remove an address
  multinet.linux.ns_address:
    namespace: blue
    addresses:
      - {address: 10.0.0.5/24, dev: eth0}
    state: absent
"""

RETURN = r"""
msg:
  description: Summary of the changes. On failure, one error per line.
  returned: always
  type: str
  sample: 1 address created
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
      sample: address blue/eth0 10.0.0.5/24
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
      addresses[0].dev: is missing; add it
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
            'addresses': {'type': 'list', 'elements': 'dict', 'required': True},
            **CONFIRM_SPEC,
            **DOOR_SPEC,
        },
        supports_check_mode=True,
    )
    params = module.params
    run_door(module, params['namespace'], {key: params[key] for key in ('addresses',)}, {})


if __name__ == '__main__':
    main()
