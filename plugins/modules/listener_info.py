#!/usr/bin/python
# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: listener_info
short_description: Report what really listens where on a host, and judge it
version_added: 0.1.0
author: multinet.linux contributors (@multinet)
description:
  - Lists all TCP, UDP and SCTP sockets that wait for connections or packets, in all named namespaces and in
    the host's own, with the processes and units that hold them, wherever these run.
  - Compares them with a set of listeners, or with the sets that M(multinet.linux.listener_bind) has applied
    since the last boot, and reports the differences.
  - The set is given with the options of M(multinet.linux.listener_bind).
options:
  namespaces:
    description:
      - The namespaces to read. V(host) is the host's own. By default, all named namespaces and the host's
        own.
    type: list
    elements: str
  scope:
    description: The name of the set, if O(listeners) are given.
    type: str
    default: listeners
extends_documentation_fragment:
  - multinet.linux.attributes.info
  - multinet.linux.attributes.listeners
seealso:
  - module: multinet.linux.listener_bind
"""

EXAMPLES = r"""
- name: List what listens where
  multinet.linux.listener_info:
  register: found

- name: Show the differences from what is declared
  ansible.builtin.debug:
    msg: "{{ found.findings | map(attribute='text') }}"

- name: Check that nothing but SSH is reachable from outside
  multinet.linux.listener_info:
    listeners:
      - {name: ssh, address: any, port: 22, proto: tcp, owner: ssh.service}
  register: found
  failed_when: found.findings | length > 0
"""

RETURN = r"""
listeners:
  description: All listening sockets, and the declared listeners that are missing.
  returned: success
  type: list
  elements: dict
  contains:
      name:
        description: The listener.
        type: str
      namespace:
        description: Its namespace.
        type: str
      proto:
        description:
          - V(tcp), V(udp) or V(sctp). An SCTP socket appears once for each address that it is bound to.
        type: str
      family:
        description: V(ipv4) or V(ipv6).
        type: str
      address:
        description: The address that it is bound to.
        type: str
      port:
        description: The port that it is bound to.
        type: int
      device:
        description: The link that it is bound to, or empty.
        type: str
      v6only:
        description: Whether C(::) is for IPv6 only.
        type: bool
      reach:
        description:
          - V(local) for loopback addresses, V(address) for one address, V(all) for all addresses of a family.
        type: str
      type:
        description: The declared class, or V(undeclared).
        type: str
      scope:
        description: The set that declares it, or empty.
        type: str
      verdict:
        description:
          - V(declared) is as declared. V(local) is not declared and can be reached only from the host,
            V(undeclared) from elsewhere too.
          - V(missing) is declared and does not exist. V(wrong address) is held by the owner and overlaps a
            declared address. V(wrong owner) is held by somebody else.
        type: str
      user:
        description: The user that opened the socket.
        type: str
      holders:
        description: The processes that hold it, each with C(pid), C(command) and C(unit).
        type: list
        elements: dict
summary:
  description: How many listeners there are of each class, by verdict.
  returned: success
  type: dict
  sample:
    internal: {declared: 2}
    external: {declared: 2, missing: 1}
    default: {}
    undeclared: {local: 4, undeclared: 1}
findings:
  description: The differences from what is declared; empty if nothing is declared.
  returned: success
  type: list
  elements: dict
  contains:
    verdict:
      description:
        - V(missing), V(undeclared), V(wrong address) and V(wrong owner) as in RV(listeners[].verdict).
        - V(orphaned) for a listener whose address the host no longer has, V(unknown) for a token that does
          not resolve to exactly one address.
        - V(open) if the firewall of a set is not as declared, so that listeners can be reached from the wrong
          class.
      type: str
    namespace:
      description: The namespace.
      type: str
    name:
      description: The listener, or empty.
      type: str
    text:
      description: What was found.
      type: str
      sample: tcp 0.0.0.0:8080 is held by 4711 (java) of app.service
msg:
  description: One error per line.
  returned: failure
  type: str
problems:
  description: The errors, one sentence each.
  returned: failure
  type: list
  elements: str
  sample: ["namespace blue: does not exist; leave it out, or make it first"]
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.multinet.linux.plugins.module_utils.door.listener_info import (
    LISTENERS_SPEC,
    run_listener_info,
)


def main() -> None:
    module = AnsibleModule(
        argument_spec={'namespaces': {'type': 'list', 'elements': 'str'}, **LISTENERS_SPEC},
        supports_check_mode=True,
    )
    run_listener_info(module)


if __name__ == '__main__':
    main()
