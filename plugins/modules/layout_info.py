#!/usr/bin/python
# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: layout_info
short_description: What is there, as a layout that can be fed back in
version_added: 0.1.0
author: multinet.linux contributors (@multinet)
description:
  - Reads namespaces, links, addresses, routes, policy rules, iptables rules and nftables of a host and tells them as a document for
    M(multinet.linux.layout), whoever made them.
  - Fed back in, the document changes nothing but the marks. Networks that were made by hand become a layout in this way, and a layout that
    nobody remembers can be read off the host.
  - Everything that a kernel has by itself, and what is as a layout would make it unasked, is left out, so that the document stays short.
  - Of sysctls it tells those that the scope changed, and whether packets are forwarded. The kernel does not tell which others somebody set.
options:
  namespaces:
    description: The namespaces to look at. V(host) is the host's own. Without this option all that have a name, and the host's own.
    type: list
    elements: str
  scope:
    description:
      - Tell only what belongs to this scope. The document then has its C(name).
      - Without a scope the document has no C(name), and gets one when it is fed back in; that run needs C(adopt=true).
    type: str
  iptables:
    description: Whether iptables rules are told too. Without a scope those of others are told as they are, as tables that are all declared.
    type: bool
    default: true
  nftables:
    description:
      - Whether tables of nft are told too. Without a scope those of others are told as well, but for those that iptables keeps its rules in.
      - Counters are not told, nor are elements of sets with the flag dynamic or timeout, which fill while they are used.
    type: bool
    default: true
extends_documentation_fragment:
  - multinet.linux.attributes.info
seealso:
  - module: multinet.linux.layout
"""

EXAMPLES = r"""
- name: What is there?
  multinet.linux.layout_info:
  register: found

- name: Show it as YAML
  ansible.builtin.debug:
    msg: "{{ found.layout | to_nice_yaml }}"

- name: What belongs to one scope
  multinet.linux.layout_info:
    scope: pxc
  register: pxc

- name: Is it as it was? Nothing is changed
  multinet.linux.layout: "{{ pxc.layout }}"
  check_mode: true
  diff: true

- name: Two namespaces that were made by hand
  multinet.linux.layout_info:
    namespaces: [blue, green]
    iptables: false
  register: byhand

- name: They are a layout from now on
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
  description: What the document cannot say, one sentence each. Links of other kinds, other ends of veths that were not looked at, and routes
    that daemons made, for example.
  returned: success
  type: list
  elements: str
  sample: ["link blue/tun0: is of kind tun, which a layout cannot make"]
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
