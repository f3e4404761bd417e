#!/usr/bin/python
# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: ns_qdisc
short_description: Limit, delay and drop what links send
version_added: 0.1.0
author: multinet.linux contributors (@multinet)
description:
  - Sets the queueing disciplines of links in a namespace, all of them or none. Other links keep theirs.
  - Takes the same keys as M(multinet.linux.layout), which also restores what is no longer declared.
options:
  namespace:
    description: The namespace, which must exist. V(host) is the host's own.
    type: str
    required: true
extends_documentation_fragment:
  - multinet.linux.document.qdisc
  - multinet.linux.attributes
  - multinet.linux.attributes.confirm
  - multinet.linux.attributes.door
seealso:
  - module: multinet.linux.layout
  - module: multinet.linux.ns_link
"""

EXAMPLES = r"""
- name: A slow and lossy link
  multinet.linux.ns_qdisc:
    namespace: blue
    qdiscs:
      - {link: eth0, limit: 100mbit, delay: 20ms, jitter: 5ms, loss: 1%}

- name: Fair queueing behind a shaper
  multinet.linux.ns_qdisc:
    namespace: blue
    qdiscs:
      - {link: eth0, kind: tbf, handle: "1:", rate: 50mbit, burst: 64kb, latency: 30ms}
      - {link: eth0, kind: fq_codel, parent: "1:1"}

- name: What the link had before
  multinet.linux.ns_qdisc:
    namespace: blue
    qdiscs:
      - {link: eth0}
    state: absent
"""

RETURN = r"""
msg:
  description: Summary of the changes. On failure, one error per line.
  returned: always
  type: str
  sample: 1 qdisc created
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
      sample: qdisc blue/eth0
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
      qdisc of link blue/eth0: this kernel has no qdisc netem; install or load its module sch_netem (modprobe
      sch_netem)
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
            'qdiscs': {'type': 'list', 'elements': 'dict', 'required': True},
            **CONFIRM_SPEC,
            **DOOR_SPEC,
        },
        supports_check_mode=True,
    )
    run_door(module, module.params['namespace'], {'qdiscs': module.params['qdiscs']}, {})


if __name__ == '__main__':
    main()
