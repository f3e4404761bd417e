#!/usr/bin/python
# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: ns_iptables
short_description: Manage the iptables rules of a namespace
version_added: 0.1.0
author: multinet.linux contributors (@multinet)
description:
  - Converges the iptables rules of one namespace, for IPv4 and IPv6, with one commit per table. All rules are
    tried in a scratch namespace before any table changes.
  - The task declares everything that its scope has in the namespace. Chains from an earlier run that are no
    longer declared are removed.
  - Rules are compared as iptables itself prints them, so any spelling that iptables accepts will do.
options:
  namespace:
    description: The namespace, which must exist. V(host) is the host's own.
    type: str
    required: true
  mode:
    description:
      - V(shared) leaves alone what others have in the tables. Rules for a built-in chain go into a chain of
        their own, reached by a marked jump from the built-in one. A chain that is no longer declared is
        removed together with its jump; if a rule of others leads to it, the module fails and names that rule.
      - V(exclusive) takes over all tables of a family as soon as a chain is declared for that family, and
        removes what others have in them. Chains may then set C(policy). Use it in namespaces where nothing
        else adds rules.
    type: str
    choices: [shared, exclusive]
    default: shared
  scope:
    description:
      - The scope that the chains belong to. By default it is derived from the name of the namespace,
        C(iptables-NAMESPACE).
      - Two tasks with rules in the same namespace need two scopes, and O(mode=shared).
      - Do not use the scope of a M(multinet.linux.layout). A layout declares all of its scope, so its next
        run would remove the chains.
    type: str
  state:
    description:
      - V(present) converges the rules to those declared.
      - V(absent) removes the chains of the scope in the namespace. In exclusive mode, built-in chains are
        emptied and their policy is set to ACCEPT.
    type: str
    choices: [present, absent]
    default: present
  adopt:
    description: Take over a chain of others that has a declared name, instead of failing.
    type: bool
    default: false
notes:
  - Rules that stay keep their counters. The legacy backend itself resets the counters of policies with each
    commit.
  - If no rule of the namespace has changed since a run that found everything as declared, no program is
    started. The nf_tables generation shows this, or with the legacy backend the rules as the kernel holds
    them.
  - Rules of both backends in one namespace are an error. So are a table with nft rules that iptables cannot
    show, and a chain of the scope with an nft rule that iptables shows as another one.
extends_documentation_fragment:
  - multinet.linux.document.iptables
  - multinet.linux.attributes
  - multinet.linux.attributes.confirm
seealso:
  - module: multinet.linux.layout
  - module: multinet.linux.netns
"""

EXAMPLES = r"""
- name: Accept nothing but SSH
  multinet.linux.ns_iptables:
    namespace: blue
    mode: exclusive
    chains:
      - chain: INPUT
        family: both
        policy: DROP
        rules:
          - -i lo -j ACCEPT
          - -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
          - -p tcp --dport 22 -j ACCEPT

- name: Masquerade on the host, alongside the rules of others
  multinet.linux.ns_iptables:
    namespace: host
    chains:
      - table: nat
        chain: POSTROUTING
        rules:
          - -s 10.200.10.0/24 ! -o br0 -j MASQUERADE

- name: The same and more with keys, placed before the rules of others
  multinet.linux.ns_iptables:
    namespace: host
    chains:
      - table: nat
        chain: POSTROUTING
        rules:
          - {source: 10.200.10.0/24, out: "!br0", masquerade: true}
      - table: nat
        chain: PREROUTING
        flush_conntrack: true
        rules:
          - {in: eth0, protocol: tcp, ports: 8080, dnat: "10.200.10.2:80", comment: "the \"front\" door"}
      - chain: FORWARD
        position: first
        rules:
          - {state: [established, related], jump: ACCEPT}
          - {out: br0, protocol: tcp, ports: [80, 443, 8000-8010], jump: ACCEPT}
      - table: mangle
        chain: FORWARD
        rules:
          - {out: eth0, clamp_mss: true}

- name: Preview the change
  multinet.linux.ns_iptables:
    namespace: host
    scope: web
    chains:
      - {chain: INPUT, rules: [-p tcp --dport 443 -j ACCEPT]}
  check_mode: true
  diff: true

- name: Remove the rules
  multinet.linux.ns_iptables:
    namespace: blue
    state: absent
"""

RETURN = r"""
msg:
  description: Summary of the changes. On failure, one error per line.
  returned: always
  type: str
  sample: 2 iptables chains created
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
      sample: iptables blue ipv4 filter INPUT
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
      chains[0].rules[0]: iptables does not take this rule for INPUT of table filter (found '-j
      NOWHERE'): Chain 'NOWHERE' does not exist
"""

import hashlib

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.multinet.linux.plugins.module_utils.door.layouts import (
    CONFIRM_SPEC,
    DOOR_SPEC,
    run_door,
)
from ansible_collections.multinet.linux.plugins.module_utils.door.problems import fail
from ansible_collections.multinet.linux.plugins.module_utils.values.problems import Problem


def _scope(namespace: str) -> str:
    """A scope for the rules of a namespace. Names of namespaces may be longer than those of scopes."""
    name = 'iptables-' + namespace
    return name if len(name) <= 64 else 'iptables-' + hashlib.sha256(namespace.encode()).hexdigest()[:32]


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            'namespace': {'type': 'str', 'required': True},
            'mode': {'type': 'str', 'choices': ['shared', 'exclusive'], 'default': 'shared'},
            'chains': {'type': 'list', 'elements': 'dict'},
            **CONFIRM_SPEC,
            **DOOR_SPEC,
            'scope': {'type': 'str'},
        },
        required_if=[('state', 'present', ['chains'])],
        supports_check_mode=True,
    )
    params = module.params
    params['scope'] = params['scope'] or _scope(params['namespace'])
    if params['state'] == 'present' and not params['chains']:
        what = 'is empty, which would remove all chains of scope %s' % params['scope']
        problem = Problem('chains', what, do='set state: absent if that is meant')
        fail(module, [str(problem)], 'nothing was changed')
    contents = {'iptables': params['chains'], 'iptables_mode': params['mode']}
    run_door(
        module, params['namespace'], contents, {'iptables': 'chains', 'iptables_mode': 'mode'}, tables=True
    )


if __name__ == '__main__':
    main()
