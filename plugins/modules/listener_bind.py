#!/usr/bin/python
# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: listener_bind
short_description: Where applications listen on a host, as one set
version_added: 0.1.0
author: multinet.linux contributors (@multinet)
description:
  - Takes all listeners of a host as one set. It finds the addresses that they are on, refuses sets in which one is in the way of another,
    looks in the kernel who holds what in which namespace, and says what is wrong and what to do.
  - It tells applications where to listen and what to tell clients, as a result, as a JSON file and as units of systemd. It starts nothing.
  - It refuses connections of the wrong class, so that what is internal cannot be reached from outside.
  - The kernel is no judge of a set. With C(SO_REUSEPORT), and with C(SO_REUSEADDR) for UDP, it lets in what this module refuses, and parts
    what arrives.
options:
  scope:
    description:
      - The name of the set. Its iptables chains, units and records carry it.
      - Take another than those of M(multinet.linux.layout).
    type: str
    default: listeners
  file:
    description: A JSON file for applications, with RV(external), RV(internal) and RV(default_outbound). Its folder has to be there.
    type: path
  units:
    description: Where units of systemd go.
    type: path
    default: /etc/systemd/system
  keep:
    description:
      - Keep the firewall rules over a reboot, on hosts with systemd, as O(multinet.linux.layout#module:keep) does. They are in place before the
        network is up.
    type: bool
    default: true
  state:
    description:
      - V(present) brings the host to what is declared.
      - V(absent) removes firewall rules, units, O(file) and records of the scope. Sockets stay with who holds them.
    type: str
    choices: [present, absent]
    default: present
  adopt:
    description: Take over iptables chains of others that have the name of ours.
    type: bool
    default: false
extends_documentation_fragment:
  - multinet.linux.attributes
  - multinet.linux.attributes.confirm
  - multinet.linux.attributes.listeners
notes:
  - A changed type or advertised address counts when the application was started anew, which RV(restart) asks for. Until then the firewall
    keeps the old class. A listener that is taken out of the set stays refused for as long as its socket is open.
  - A listener whose place is held by RV(restart[].service) or the C(owner) is no conflict, in whatever namespace the process lives.
seealso:
  - module: multinet.linux.listener_info
  - module: multinet.linux.layout
  - plugin: multinet.linux.listener_upstreams
    plugin_type: filter
  - plugin: multinet.linux.listener_for
    plugin_type: filter
"""

EXAMPLES = r"""
- name: SIP for user agents on one network, for the balancer on the other
  multinet.linux.listener_bind:
    internal: [10.2.0.0/24]
    listeners:
      - {name: sip, address: "{iface:eth0:v4}", port: 5060, proto: tcp_udp, type: external, external_address: 198.51.100.7,
         service: kamailio.service}
      - {name: sip_internal, address: "{subnet:10.2.0.0/24}", port: 5060, proto: tcp_udp, type: internal, service: kamailio.service}
    file: /etc/kamailio/listeners.json
  register: sip

- name: Kamailio is started anew where a change counts only then
  ansible.builtin.systemd_service:
    name: kamailio.service
    state: restarted
  when: sip.restart_required

- name: A web server that lives on the host listens in namespace blue
  multinet.linux.listener_bind:
    scope: web
    listeners:
      - {name: web, namespace: blue, address: any, port: 80, proto: tcp, service: web.service, activation: true, service_namespace: host}
  register: web

- name: The sockets of systemd are open
  ansible.builtin.systemd_service:
    name: "{{ item }}"
    state: started
    enabled: true
    daemon_reload: true
  loop: "{{ web.units }}"

- name: The old listener ends what is under way within a minute, and takes nothing new
  multinet.linux.listener_bind:
    scope: old
    listeners:
      - {name: old, address: 10.1.0.2, port: 5080, proto: tcp, state: draining, drain_timeout: 60}

- name: Ports and protocols that go without saying, 5060 for TCP and UDP and 5061 for TCP
  multinet.linux.listener_bind:
    listeners:
      - {name: sip, address: "{iface:eth0:v4}", scheme: sip}
      - {name: sips, address: "{iface:eth0:v4}", scheme: sips}

- name: The set goes
  multinet.linux.listener_bind:
    scope: web
    state: absent
"""

RETURN = r"""
msg:
  description: What was done, in words. On failure one fault a line.
  returned: always
  type: str
  sample: 1 iptables chain and 1 file created
external:
  description: The listeners that clients are told of, in the order of the set; of type V(external) and V(default), enabled and not draining.
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
        description: V(tcp), V(udp) or V(sctp).
        type: str
      scheme:
        description: As declared, or nothing.
        type: str
      family:
        description: V(ipv4) or V(ipv6). A listener for both families is there twice.
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
      type:
        description: Its class.
        type: str
      advertised:
        description: What clients are told, with brackets around IPv6 addresses; empty where there is nothing to tell.
        type: str
        sample: "[2001:db8::7]:5060"
      advertised_address:
        description: The address of it.
        type: str
      advertised_port:
        description: The port of it.
        type: int
      privileged:
        description: Whether the port is one for which the namespace wants a capability.
        type: bool
      enabled:
        description: As declared.
        type: bool
      state:
        description: As declared.
        type: str
      held:
        description: Whether it is there.
        type: bool
internal:
  description: The same for balancers, of type V(internal) and V(default).
  returned: success
  type: list
  elements: dict
by_name:
  description: All rows of each listener by its name, also those that are disabled or draining.
  returned: success
  type: dict
default_outbound:
  description: The addresses that connections come from, by namespace and family.
  returned: success
  type: dict
  sample: {host: {ipv4: 10.1.0.2, ipv6: ""}}
sources:
  description: The source to each of O(destinations), by namespace.
  returned: success
  type: dict
  sample: {198.51.100.9: {host: 10.1.0.2}}
restart_required:
  description: Whether RV(restart) has entries.
  returned: success
  type: bool
restart:
  description: The applications that have to be started anew before a change counts, and why.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The listener.
      type: str
    why:
      description: What changes.
      type: str
      sample: type changes
    service:
      description: The service to start anew, if it is known.
      type: str
units:
  description: The socket units that are to be started and enabled.
  returned: success
  type: list
  elements: str
  sample: [multinet-web-web.socket]
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
      description: One of V(iptables), V(unit), V(file) and V(document).
      type: str
    name:
      description: The object.
      type: str
      sample: iptables host ipv4 filter mn-listeners-INPUT
    before:
      description: What it was, a line each; empty for a new one.
      type: list
      elements: str
    after:
      description: What it is, a line each; empty for a removed one.
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
  sample: ["listeners[0].address: is no address of host (found 10.1.0.9); add it to a link, or set freebind: true for one that comes later"]
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.multinet.linux.plugins.module_utils.door.layouts import CONFIRM_SPEC, DOOR_SPEC
from ansible_collections.multinet.linux.plugins.module_utils.door.listeners import (
    LISTENERS_SPEC,
    run_listeners,
)


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            **DOOR_SPEC,
            **LISTENERS_SPEC,
            **CONFIRM_SPEC,
            'file': {'type': 'path'},
            'units': {'type': 'path', 'default': '/etc/systemd/system'},
            'keep': {'type': 'bool', 'default': True},
        },
        required_if=[('state', 'present', ['listeners'])],
        supports_check_mode=True,
    )
    run_listeners(module)


if __name__ == '__main__':
    main()
