#!/usr/bin/python
# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: ns_nftables
short_description: Manage an nftables table in a namespace
version_added: 0.1.0
author: multinet.linux contributors (@multinet)
description:
  - Converges one nftables table of a namespace in one transaction. At no moment is only part of it in force.
  - C(nft) tries the text in a scratch namespace first. If C(nft) rejects it, the module fails with the line,
    before anything changes.
  - The text is compared and loaded as C(nft) itself normalises it, so any spelling will do. A table that is
    as declared is not touched. If only rules differ, only the chains that they are in are written. If
    anything else differs, the table is replaced, and its counters start again. The elements of sets with the
    flag C(dynamic) or C(timeout), which fill up at run time, stay in either case, unless the set itself is
    declared differently.
  - Only this table is written. The text cannot reach another table, or a file. Tables of others, and those of
    iptables, are never touched.
options:
  namespace:
    description: The namespace, which must exist. V(host) is the host's own.
    type: str
    required: true
  scope:
    description:
      - The scope that the table belongs to.
      - Do not use the scope of a M(multinet.linux.layout). A layout declares all of its scope, so its next
        run would remove the table.
    type: str
    default: adhoc
  state:
    description:
      - V(present) converges the table to what is declared.
      - V(absent) removes the table of that name and family, whoever created it.
    type: str
    choices: [present, absent]
    default: present
  adopt:
    description: Take over a table of others that has the same name, instead of failing.
    type: bool
    default: false
extends_documentation_fragment:
  - multinet.linux.document.nftables
  - multinet.linux.attributes
  - multinet.linux.attributes.confirm
seealso:
  - module: multinet.linux.layout
  - module: multinet.linux.ns_iptables
"""

EXAMPLES = r"""
- name: Accept nothing but SSH, and limit its rate
  multinet.linux.ns_nftables:
    namespace: blue
    content: |
      set often { type ipv4_addr; flags dynamic, timeout; timeout 1m; }
      chain input {
        type filter hook input priority filter; policy drop;
        iif lo accept
        ct state { established, related } accept
        tcp dport ssh ct state new add @often { ip saddr limit rate over 5/minute } drop
        tcp dport ssh accept
      }

- name: Masquerade on the host, alongside the rules of others
  multinet.linux.ns_nftables:
    namespace: host
    table: lab-nat
    family: ip
    content: |
      chain out {
        type nat hook postrouting priority srcnat;
        ip saddr 10.200.10.0/24 oifname != "br0" masquerade
      }

- name: Preview the change
  multinet.linux.ns_nftables:
    namespace: blue
    content: "{{ lookup('ansible.builtin.file', 'blue.nft') }}"
  check_mode: true
  diff: true

- name: Remove the table
  multinet.linux.ns_nftables:
    namespace: blue
    state: absent
"""

RETURN = r"""
msg:
  description: Summary of the changes. On failure, one error per line.
  returned: always
  type: str
  sample: 1 nftables table created
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
      sample: nftables blue inet multinet-adhoc
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
      content: line 4: nft does not take this (found 'tcp dport sh accept'): Could not resolve service:
      Servname not supported for ai_socktype
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.multinet.linux.plugins.module_utils.door.layouts import (
    CONFIRM_SPEC,
    DOOR_SPEC,
    run_door,
)
from ansible_collections.multinet.linux.plugins.module_utils.door.options import (
    option_with_words,
    options_of,
)
from ansible_collections.multinet.linux.plugins.module_utils.objects.nftables.schema import TABLE


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            'namespace': {'type': 'str', 'required': True},
            **options_of(TABLE),
            'family': option_with_words(TABLE['family']),
            **CONFIRM_SPEC,
            **DOOR_SPEC,
        },
        required_if=[('state', 'present', ['content'])],
        supports_check_mode=True,
    )
    params = module.params
    contents = {'nftables': [{key: params[key] for key in options_of(TABLE)}]}
    run_door(module, params['namespace'], contents, {'nftables[0]': ''})


if __name__ == '__main__':
    main()
