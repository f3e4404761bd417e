#!/usr/bin/python
# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: ns_nftables
short_description: A table of nft in one namespace
version_added: 0.1.0
author: multinet.linux contributors (@multinet)
description:
  - Brings one table of nft in one namespace to what is declared here, in one transaction. At no moment are packets judged by half of it.
  - The text is tried first, by C(nft) in a throw-away namespace. What C(nft) does not take is told with its line, before anything changes.
  - What is compared, and loaded, is what C(nft) makes of the text, so any spelling is fine. A table that is as declared is not touched;
    its counters go on, and elements of sets with the flag dynamic or timeout, which fill while they are used, stay. When a table is replaced,
    both begin anew.
  - Only this table is written. No text reaches another one, or a file. Those of others, and those of iptables, are never touched.
options:
  namespace:
    description: The namespace, which has to be there. V(host) is the host's own.
    type: str
    required: true
  table:
    description:
      - The name of the table. Without it C(multinet-SCOPE), with the name of the O(scope).
      - Two tasks for the same namespace need two names, or two scopes.
    type: str
  family:
    description: The family of the table. A table of V(inet) sees IPv4 and IPv6.
    type: str
    choices: [inet, ip, ip6, arp, bridge, netdev]
    default: inet
  content:
    description:
      - What stands between the braces of the table, as C(nft) takes it - chains, sets, maps, counters, C(define). Required with O(state=present).
      - Names of hosts are not looked up, and C(include) is refused; the lookup P(ansible.builtin.file#lookup) brings a file's text.
      - Elements cannot be declared for sets with the flag dynamic or timeout.
    type: str
  scope:
    description:
      - The scope that the table belongs to.
      - Take another than those of M(multinet.linux.layout). A layout is the whole of its scope, so its next run would remove the table.
    type: str
    default: adhoc
  state:
    description:
      - V(present) brings the table to what is declared.
      - V(absent) removes the table of that name and family, whoever made it.
    type: str
    choices: [present, absent]
    default: present
  adopt:
    description: Take over a table of others that has the name, in place of failing.
    type: bool
    default: false
extends_documentation_fragment:
  - multinet.linux.attributes
  - multinet.linux.attributes.confirm
seealso:
  - module: multinet.linux.layout
  - module: multinet.linux.ns_iptables
"""

EXAMPLES = r"""
- name: Nothing comes in but ssh, and that not too often
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

- name: Masquerade on the host, beside the rules of others
  multinet.linux.ns_nftables:
    namespace: host
    table: lab-nat
    family: ip
    content: |
      chain out {
        type nat hook postrouting priority srcnat;
        ip saddr 10.200.10.0/24 oifname != "br0" masquerade
      }

- name: What would change?
  multinet.linux.ns_nftables:
    namespace: blue
    content: "{{ lookup('ansible.builtin.file', 'blue.nft') }}"
  check_mode: true
  diff: true

- name: The table goes
  multinet.linux.ns_nftables:
    namespace: blue
    state: absent
"""

RETURN = r"""
msg:
  description: What was done, in words. On failure one fault a line.
  returned: always
  type: str
  sample: 1 nftables table created
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
      description: V(nftables).
      type: str
    name:
      description: The object.
      type: str
      sample: nftables blue inet multinet-adhoc
    before:
      description: The table as C(nft) lists it, a line each; empty for a new one.
      type: list
      elements: str
    after:
      description: The same afterwards; empty for a removed one.
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
  sample: ["content: line 4: nft does not take this (found 'tcp dport sh accept'): Could not resolve service: Servname not supported for ai_socktype"]
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
            'table': {'type': 'str'},
            'family': {
                'type': 'str',
                'choices': ['inet', 'ip', 'ip6', 'arp', 'bridge', 'netdev'],
                'default': 'inet',
            },
            'content': {'type': 'str'},
            **CONFIRM_SPEC,
            **DOOR_SPEC,
        },
        required_if=[('state', 'present', ['content'])],
        supports_check_mode=True,
    )
    params = module.params
    contents = {'nftables': [{key: params[key] for key in ('table', 'family', 'content')}]}
    run_door(module, params['namespace'], contents, {'nftables[0]': ''})


if __name__ == '__main__':
    main()
