#!/usr/bin/python
# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: ns_rule
short_description: Add or remove policy rules of a namespace
version_added: 0.1.0
author: multinet.linux contributors (@multinet)
description:
  - Adds policy rules to a namespace, all of them or none. Other rules stay.
  - Takes the same keys as M(multinet.linux.layout), which also removes what is no longer declared.
options:
  namespace:
    description: The namespace, which must exist. V(host) is the host's own.
    type: str
    required: true
extends_documentation_fragment:
  - multinet.linux.document.rule
  - multinet.linux.attributes
  - multinet.linux.attributes.confirm
  - multinet.linux.attributes.door
seealso:
  - module: multinet.linux.layout
  - module: multinet.linux.ns_route
"""

EXAMPLES = r"""
- name: Look a table up for packets from one network
  multinet.linux.ns_rule:
    namespace: blue
    rules:
      - {priority: 100, from: 10.1.0.0/24, table: 100}

- name: Preview the change
  multinet.linux.ns_rule:
    namespace: blue
    rules:
      - {priority: 101, mark: 7/0xff, action: blackhole, family: both}
  check_mode: true
  diff: true

- name: Remove the rule
  multinet.linux.ns_rule:
    namespace: blue
    rules:
      - {priority: 100}
    state: absent
"""

RETURN = r"""
msg:
  description: Summary of the changes. On failure, one error per line.
  returned: always
  type: str
  sample: 1 rule created
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
      sample: "rule blue ipv4 100: from 10.1.0.0/24 lookup 100"
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
      rules[0].table: is missing; name the table to look up, or give an action such as blackhole
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
            'rules': {'type': 'list', 'elements': 'dict', 'required': True},
            **CONFIRM_SPEC,
            **DOOR_SPEC,
        },
        supports_check_mode=True,
    )
    params = module.params
    run_door(module, params['namespace'], {key: params[key] for key in ('rules',)}, {})


if __name__ == '__main__':
    main()
