#!/usr/bin/python
# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: layout_info
short_description: Return the current networks of a host as a layout
version_added: 0.1.0
author: multinet.linux contributors (@multinet)
description:
  - Reads the namespaces, links, addresses, routes, policy rules, neighbours, forwarding databases,
    iptables rules and nftables tables of a host and returns them as a document for M(multinet.linux.layout),
    whoever created them.
  - Applied again, the document changes nothing but the ownership marks. This turns networks that were created
    by hand into a layout, and recovers a layout from the host if the original is lost.
  - Leaves out whatever the kernel creates by itself, and every value that is a default of the layout, so that
    the document stays short.
  - Of sysctls, returns those that the scope has changed, and whether forwarding is on. The kernel does not
    record which others somebody has set.
options:
  namespaces:
    description:
      - The namespaces to read. V(host) is the host's own. By default, all named namespaces and the host's
        own.
    type: list
    elements: str
  scope:
    description:
      - Return only what belongs to this scope. The document then has its C(name).
      - Without a scope the document has no C(name). Add one to apply it; that run needs C(adopt=true).
    type: str
  iptables:
    description:
      - Whether to return iptables rules. Without a scope, rules of others are returned as whole tables in
        exclusive mode.
    type: bool
    default: true
  nftables:
    description:
      - Whether to return nftables tables. Without a scope, tables of others are included, except those that
        hold iptables rules.
      - Counters are not returned, nor are elements of sets with the flag C(dynamic) or C(timeout), which fill
        up at run time.
    type: bool
    default: true
extends_documentation_fragment:
  - multinet.linux.attributes.info
seealso:
  - module: multinet.linux.layout
"""

EXAMPLES = r"""
- name: Read everything
  multinet.linux.layout_info:
  register: found

- name: Show it as YAML
  ansible.builtin.debug:
    msg: "{{ found.layout | to_nice_yaml }}"

- name: Read one scope
  multinet.linux.layout_info:
    scope: pxc
  register: pxc

- name: Check whether the host is still as it was, without changing anything
  multinet.linux.layout: "{{ pxc.layout }}"
  check_mode: true
  diff: true

- name: Read two namespaces that were created by hand
  multinet.linux.layout_info:
    namespaces: [blue, green]
    iptables: false
  register: byhand

- name: Turn them into a layout
  multinet.linux.layout: "{{ byhand.layout | combine({'name': 'colours', 'adopt': true}) }}"
"""

RETURN = r"""
layout:
  description: The document, with the options of M(multinet.linux.layout).
  returned: success
  type: dict
  sample:
    name: pxc
    namespaces:
      - name: blue
        links:
          - {name: eth0, kind: veth, addresses: [10.0.0.2/24], peer: {name: blue0, addresses: [10.0.0.1/24]}}
        routes:
          - {to: default, via: 10.0.0.1, dev: eth0}
left_out:
  description:
    - What the document cannot express, one sentence each; for example links of other kinds, the peers of
      veths in namespaces that were not read, and routes that daemons added.
    - Without a scope also what is attached to links - queueing disciplines, nexthop objects - and groups,
      aliases and modes of links, and the numbers of ipsets, IPsec states and policies, VLANs of bridges and
      permanent multicast entries.
  returned: success
  type: list
  elements: str
  sample: ["link blue/tun0: is of kind tun, which a layout cannot make"]
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
from ansible_collections.multinet.linux.plugins.module_utils.door.info import run_info


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            'namespaces': {'type': 'list', 'elements': 'str'},
            'scope': {'type': 'str'},
            'iptables': {'type': 'bool', 'default': True},
            'nftables': {'type': 'bool', 'default': True},
        },
        supports_check_mode=True,
    )
    run_info(module)


if __name__ == '__main__':
    main()
