#!/usr/bin/python
# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: listener_info
short_description: What really listens where on a host, with a verdict
version_added: 0.1.0
author: multinet.linux contributors (@multinet)
description:
  - Tells all sockets of TCP, UDP and SCTP that wait for connections and packets, in all namespaces that have a name and in the host's own, with the
    processes and units that hold them, wherever those live.
  - Holds them against a set of listeners, or against the sets that M(multinet.linux.listener_bind) brought about since the last boot, and
    tells what differs.
  - The set is given with the options of M(multinet.linux.listener_bind).
options:
  namespaces:
    description: The namespaces to look at. V(host) is the host's own. Without this option all that have a name, and the host's own.
    type: list
    elements: str
  scope:
    description: The name of the set, where O(listeners) are given.
    type: str
    default: listeners
extends_documentation_fragment:
  - multinet.linux.attributes.info
  - multinet.linux.attributes.listeners
seealso:
  - module: multinet.linux.listener_bind
"""

EXAMPLES = r"""
- name: What listens where?
  multinet.linux.listener_info:
  register: found

- name: Show what is not as declared
  ansible.builtin.debug:
    msg: "{{ found.findings | map(attribute='text') }}"

- name: Nothing but ssh listens for others
  multinet.linux.listener_info:
    listeners:
      - {name: ssh, address: any, port: 22, proto: tcp, owner: ssh.service}
  register: found
  failed_when: found.findings | length > 0
"""

RETURN = r"""
listeners:
  description: All sockets that wait, and those that are declared and do not.
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
        description: V(tcp), V(udp) or V(sctp). A socket of SCTP is there once for each address that it is bound to.
        type: str
      family:
        description: V(ipv4) or V(ipv6).
        type: str
      address:
        description: Where it is bound.
        type: str
      port:
        description: Where it is bound.
        type: int
      device:
        description: The link that it is bound to, or nothing.
        type: str
      v6only:
        description: Whether C(::) is for IPv6 alone.
        type: bool
      reach:
        description: V(local) for loopback addresses, V(address) for one address, V(all) for all of a family.
        type: str
      type:
        description: The declared class, or V(undeclared).
        type: str
      scope:
        description: The set that declares it, or nothing.
        type: str
      verdict:
        description:
          - V(declared) is as it shall be, V(local) is not declared and can be reached from the host alone, V(undeclared) from elsewhere too.
          - V(missing) is declared and not there, V(wrong address) is the owner's and overlaps a declared place, V(wrong owner) is somebody else's.
        type: str
      user:
        description: The user that opened the socket.
        type: str
      holders:
        description: The processes that have it open, each with C(pid), C(command) and C(unit).
        type: list
        elements: dict
summary:
  description: How many listeners there are of each class, by verdict.
  returned: success
  type: dict
  sample: {internal: {declared: 2}, external: {declared: 2, missing: 1}, default: {}, undeclared: {local: 4, undeclared: 1}}
findings:
  description: What is not as declared. Nothing where nothing is declared.
  returned: success
  type: list
  elements: dict
  contains:
    verdict:
      description:
        - One of V(missing), V(undeclared), V(wrong address) and V(wrong owner) as for RV(listeners[].verdict).
        - V(orphaned) for a listener whose address the host has no more, V(unknown) for a token without exactly one address.
        - V(open) where the firewall of a set is not as declared, so that listeners can be reached from the wrong class.
      type: str
    namespace:
      description: The namespace.
      type: str
    name:
      description: The listener, or nothing.
      type: str
    text:
      description: What was found.
      type: str
      sample: tcp 0.0.0.0:8080 is held by 4711 (java) of app.service
msg:
  description: One fault a line.
  returned: failure
  type: str
problems:
  description: The faults, one sentence each.
  returned: failure
  type: list
  elements: str
  sample: ["namespace blue: is not there; leave it out, or make it first"]
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
