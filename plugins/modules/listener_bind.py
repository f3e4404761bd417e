#!/usr/bin/python
# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: listener_bind
short_description: Declare where the applications of a host listen, as one set
version_added: 0.1.0
author: multinet.linux contributors (@multinet)
description:
  - Takes all listeners of a host as one set. Resolves the addresses that they bind to, rejects sets with
    conflicting listeners, asks the kernel which process holds which socket in which namespace, and reports
    what is wrong and what to do.
  - Tells applications where to listen and what to advertise to clients, in its result, in a JSON file and in
    systemd units. Starts nothing.
  - Rejects connections of the wrong class, so that internal listeners cannot be reached from outside.
  - The kernel does not check a set. With C(SO_REUSEPORT), and with C(SO_REUSEADDR) for UDP, it accepts
    conflicts that this module rejects, and distributes incoming traffic among the sockets.
options:
  scope:
    description:
      - The name of the set. Its iptables chains, units and records carry it.
      - Do not use the scope of a M(multinet.linux.layout).
    type: str
    default: listeners
  file:
    description:
      - A JSON file for applications, with RV(external), RV(internal) and RV(default_outbound). Its directory
        must exist.
    type: path
  units:
    description: The directory for systemd units.
    type: path
    default: /etc/systemd/system
  keep:
    description:
      - Keep the firewall rules over a reboot, on hosts with systemd, as O(multinet.linux.layout#module:keep)
        does. They are in place before the network is up.
    type: bool
    default: true
  state:
    description:
      - V(present) converges the host to the declared set.
      - V(absent) removes the firewall rules, units, O(file) and records of the scope. Open sockets stay with
        their processes.
    type: str
    choices: [present, absent]
    default: present
  adopt:
    description: Take over iptables chains of others that have the names of ours.
    type: bool
    default: false
extends_documentation_fragment:
  - multinet.linux.attributes
  - multinet.linux.attributes.confirm
  - multinet.linux.attributes.listeners
notes:
  - A new type or advertised address takes effect when the application has been restarted, which RV(restart)
    asks for. Until then the firewall keeps the old class. A listener that is removed from the set is rejected
    for as long as its socket is open.
  - A socket held by RV(restart[].service) or by the C(owner) is not a conflict, whichever namespace the
    process runs in.
seealso:
  - module: multinet.linux.listener_info
  - module: multinet.linux.layout
  - plugin: multinet.linux.listener_upstreams
    plugin_type: filter
  - plugin: multinet.linux.listener_for
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Serve SIP to user agents on one network and to the load balancer on the other
  multinet.linux.listener_bind:
    internal: [10.2.0.0/24]
    listeners:
      - name: sip
        address: "{iface:eth0:v4}"
        port: 5060
        proto: tcp_udp
        type: external
        external_address: 198.51.100.7
        service: kamailio.service
      - name: sip_internal
        address: "{subnet:10.2.0.0/24}"
        port: 5060
        proto: tcp_udp
        type: internal
        service: kamailio.service
    file: /etc/kamailio/listeners.json
  register: sip

- name: Restart Kamailio if a change takes effect only then
  ansible.builtin.systemd_service:
    name: kamailio.service
    state: restarted
  when: sip.restart_required

- name: Let a web server that runs on the host listen in namespace blue
  multinet.linux.listener_bind:
    scope: web
    listeners:
      - name: web
        namespace: blue
        address: any
        port: 80
        proto: tcp
        service: web.service
        activation: true
        service_namespace: host
  register: web

- name: Start the systemd sockets
  ansible.builtin.systemd_service:
    name: "{{ item }}"
    state: started
    enabled: true
    daemon_reload: true
  loop: "{{ web.units }}"

- name: Drain the old listener - refuse new connections, end the open ones after a minute
  multinet.linux.listener_bind:
    scope: old
    listeners:
      - {name: old, address: 10.1.0.2, port: 5080, proto: tcp, state: draining, drain_timeout: 60}

- name: Let schemes imply ports and protocols, 5060 over TCP and UDP and 5061 over TCP
  multinet.linux.listener_bind:
    listeners:
      - {name: sip, address: "{iface:eth0:v4}", scheme: sip}
      - {name: sips, address: "{iface:eth0:v4}", scheme: sips}

- name: Remove the set
  multinet.linux.listener_bind:
    scope: web
    state: absent
"""

RETURN = r"""
msg:
  description: Summary of the changes. On failure, one error per line.
  returned: always
  type: str
  sample: 1 iptables chain and 1 file created
external:
  description:
    - The listeners to advertise to clients, in the order of the set; those of type V(external) and V(default)
      that are enabled and not draining.
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
        description: As declared, or empty.
        type: str
      family:
        description: V(ipv4) or V(ipv6). A listener for both families appears twice.
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
      type:
        description: Its class.
        type: str
      advertised:
        description:
          - What to advertise to clients, with brackets around IPv6 addresses; empty if there is nothing.
        type: str
        sample: "[2001:db8::7]:5060"
      advertised_address:
        description: The address in RV(external[].advertised).
        type: str
      advertised_port:
        description: The port in RV(external[].advertised).
        type: int
      privileged:
        description: Whether the namespace requires a capability to bind the port.
        type: bool
      enabled:
        description: As declared.
        type: bool
      state:
        description: As declared.
        type: str
      held:
        description: Whether the socket exists.
        type: bool
internal:
  description: The same for load balancers, those of type V(internal) and V(default).
  returned: success
  type: list
  elements: dict
by_name:
  description: All rows of each listener by its name, including disabled and draining ones.
  returned: success
  type: dict
default_outbound:
  description: The source addresses of outgoing connections, by namespace and family.
  returned: success
  type: dict
  sample: {host: {ipv4: 10.1.0.2, ipv6: ""}}
sources:
  description: The source address for each of O(destinations), by namespace.
  returned: success
  type: dict
  sample: {198.51.100.9: {host: 10.1.0.2}}
restart_required:
  description: Whether RV(restart) has entries.
  returned: success
  type: bool
restart:
  description: The applications to restart before a change takes effect, and why.
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
      description: The service to restart, if known.
      type: str
units:
  description: The socket units to start and enable.
  returned: success
  type: list
  elements: str
  sample: [multinet-web-web.socket]
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
      description: V(iptables), V(unit), V(file) or V(document).
      type: str
    name:
      description: The object.
      type: str
      sample: iptables host ipv4 filter mn-listeners-INPUT
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
      listeners[0].address: is not an address of host (found 10.1.0.9); add it to a link, or set freebind:
      true for one that comes later
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
