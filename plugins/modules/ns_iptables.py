#!/usr/bin/python
# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: ns_iptables
short_description: The iptables rules of one namespace
version_added: 0.1.0
author: multinet.linux contributors (@multinet)
description:
  - Brings the iptables rules of one namespace to what is declared here, for IPv4 and IPv6, each table in one commit. All rules are tried
    in a throw-away namespace before any table is changed.
  - This is the whole truth of its scope in the namespace. Chains that an earlier run made and that are not declared any more are removed.
  - Rules are compared in the form that iptables itself gives them, so any spelling that it takes is fine.
options:
  namespace:
    description: The namespace, which has to be there. V(host) is the host's own.
    type: str
    required: true
  mode:
    description:
      - V(shared) leaves what others have in the tables alone. Rules for a built-in chain go into a chain of their own with a marked jump
        from the built-in one. A chain that is not declared any more goes with its jump; where a rule of others leads to it, the module
        fails with that rule.
      - V(exclusive) makes the tables of a family all ours as soon as there is a chain for that family, and removes what others have in
        them. C(policy) can be given then. It is meant for namespaces that nothing else has rules in.
    type: str
    choices: [shared, exclusive]
    default: shared
  chains:
    description:
      - All chains of the scope in the namespace, each a dictionary. Required with O(state=present).
      - C(chain) is required. C(table) is V(filter), the default, V(nat), V(mangle), V(raw) or V(security), C(family) is V(ipv4), the
        default, V(ipv6) or V(both).
      - C(rules) are texts as C(iptables-save) prints them, without C(-A CHAIN), or dictionaries for the common cases, which make the same texts.
      - In a dictionary C(source) and C(destination) (an address or a list of them), C(in) and C(out) (links) and C(protocol) may begin with
        C(!). C(ports) and C(source_ports) are ports or ranges such as C(8000-8010), C(state) is a list of states of a connection and
        C(comment) any text of one line. What happens is one of C(jump) (V(ACCEPT), V(DROP), V(REJECT), V(RETURN) or a chain), C(masquerade)
        (V(true)), C(snat) or C(dnat) (C(ADDRESS), C(FIRST-LAST) or C(ADDRESS:PORT)), C(redirect) (a port) and C(clamp_mss) (V(true) or a size).
      - Names of hosts are refused in either, since a rule has to mean the same tomorrow. A rule is one line without commands, tables or options
        of iptables itself.
      - C(policy), V(ACCEPT) or V(DROP), for built-in chains with O(mode=exclusive). It is set in one commit with the rules.
      - C(position), with O(mode=shared), says where the jump from a built-in chain stands. V(first), the default, is before all rules of
        others, V(last) behind them. Numbers from 1 to 999 are before them too, and order the jumps of several scopes.
      - C(flush_conntrack) makes the kernel forget the connections that a rule which came or went is about, as its addresses, protocol and ports
        tell. It holds for the end of the chain too, when all of its rules go. Without it connections go on as they were, even through rules
        that are gone.
    type: list
    elements: dict
  scope:
    description:
      - The scope that the chains belong to. Without it one that is made of the namespace's name, C(iptables-NAMESPACE).
      - Two tasks that have rules in the same namespace need two scopes, and O(mode=shared).
      - Take another than those of M(multinet.linux.layout). A layout is the whole of its scope, so its next run would remove the chains.
    type: str
  state:
    description:
      - V(present) brings the rules to what is declared.
      - V(absent) removes the chains that the scope has in the namespace; built-in chains that were all ours become empty and accept.
    type: str
    choices: [present, absent]
    default: present
  adopt:
    description: Take over chains of others that have the name of one that is declared, in place of failing with its name.
    type: bool
    default: false
notes:
  - Rules that stay keep their counters. The legacy back end itself sets the counters of policies to 0 with each commit.
  - Where no rule of the namespace has changed since a run that found all as declared, no program is started. The generation of nf_tables
    tells, or with the legacy back end the rules as they lie in the kernel.
  - Rules of both back ends in one namespace are an error, and so is a table that holds rules of C(nft) which iptables cannot show.
extends_documentation_fragment:
  - multinet.linux.attributes
  - multinet.linux.attributes.confirm
seealso:
  - module: multinet.linux.layout
  - module: multinet.linux.netns
"""

EXAMPLES = r"""
- name: Nothing comes in but ssh
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

- name: Masquerade on the host, beside the rules of others
  multinet.linux.ns_iptables:
    namespace: host
    chains:
      - table: nat
        chain: POSTROUTING
        rules:
          - -s 10.200.10.0/24 ! -o br0 -j MASQUERADE

- name: The same and more with keys, before the rules of others
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

- name: Would anything change?
  multinet.linux.ns_iptables:
    namespace: host
    scope: web
    chains:
      - {chain: INPUT, rules: [-p tcp --dport 443 -j ACCEPT]}
  check_mode: true
  diff: true

- name: The rules go
  multinet.linux.ns_iptables:
    namespace: blue
    state: absent
"""

RETURN = r"""
msg:
  description: What was done, in words. On failure one fault a line.
  returned: always
  type: str
  sample: 2 iptables chains created
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
      sample: iptables blue ipv4 filter INPUT
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
  sample: ["chains[0].rules[0]: iptables does not take this rule for INPUT of table filter (found '-j NOWHERE'): Chain 'NOWHERE' does not exist"]
"""

import hashlib

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.multinet.linux.plugins.module_utils.door.layouts import (
    CONFIRM_SPEC,
    DOOR_SPEC,
    run_door,
)


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
    contents = {'iptables': params['chains'], 'iptables_mode': params['mode']}
    run_door(
        module, params['namespace'], contents, {'iptables': 'chains', 'iptables_mode': 'mode'}, tables=True
    )


if __name__ == '__main__':
    main()
