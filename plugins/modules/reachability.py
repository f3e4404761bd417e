#!/usr/bin/python
# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: reachability
short_description: What is reached from where on a host, and what leaks between its namespaces
version_added: 0.1.0
author: multinet.linux contributors (@multinet)
description:
  - Sends probes from inside namespaces and from the host's own, all at the same time, and fails with one message that tells every one whose
    answer is not as wanted, with namespace, source, destination and the route that the kernel takes there.
  - Looks for leaks between namespaces that shall know nothing of each other.
  - All sockets are opened inside the namespaces by one process. No command is run on the host, and nothing is changed. In check mode it does
    the same.
options:
  probes:
    description:
      - The questions, each a dictionary. C(kind) is required.
      - C(kind=icmp) is an echo request. C(kind=tcp) connects. C(kind=udp) sends a packet and waits for one. C(kind=http) asks for C(path) by GET.
        C(kind=dns) asks a name server by UDP for the records of C(type), V(A) or V(AAAA), of the name C(query). C(kind=unix) connects to the socket
        at C(path), which begins with V(@) for an abstract one; that belongs to the namespace, one with a path does not.
      - C(to) is an address, never a name. C(port) is required for V(tcp) and V(udp), and 80 for V(http) and 53 for V(dns) without it.
      - C(namespace) is where the probe is sent from, the host's own without it. C(source) is the address to send from, C(device) the link.
        A link-local C(to) needs C(device).
      - C(expect) is V(open), V(refused) or V(silent), V(open) without it.
      - V(open) says that the other side answered - it echoed, took the connection, sent a packet, answered in HTTP, answered as a name server.
      - V(refused) says that it, or somebody on the way, said no - a TCP reset, an ICMP message that the port is unreachable or communication
        administratively prohibited, the response code REFUSED of a name server, no listener at the path of a UNIX socket.
      - V(silent) says that nothing came back in the time of all tries, or that there is no way - no route, a host or network that is unreachable,
        packets that the own firewall drops.
      - What could not be asked, and a connection that was taken and then not answered in HTTP, is V(error), and as wanted for nobody.
      - C(source_seen) is the address that the probe has to come from, as the own end of its socket tells it. The other side sees another one where
        addresses are translated on the way. To see that too, let it say what it sees and match that by C(answer).
      - C(answer) is a regular expression to be found in what the other side says, of V(tcp), V(udp), V(http) (in the body), V(unix), and V(dns), which
        says the response code and then an address a line. It is looked for in each line, so C(^) and C($) are the ends of one. C(status) is the
        wanted status of V(http), which otherwise may be any.
      - C(send) is a text to send first, for V(tcp), V(udp) and V(unix). C(host) is the header of V(http).
      - C(timeout) and C(tries) are as O(timeout) and O(tries), for this probe. C(name) is for people.
    type: list
    elements: dict
  timeout:
    description: How many seconds a try waits for an answer, 0.05 to 60.
    type: float
    default: 2
  tries:
    description:
      - How often a probe is sent while nothing comes back. The first answer decides, also that there is no way, so where nothing came back it was
        in all tries.
    type: int
    default: 2
  separate:
    description:
      - Two namespaces or more of which none shall know anything of the others. V(host) is the host's own.
      - C(namespace) is told where two names are of the same namespace.
      - C(link) is told where frames pass between them - both ends of a veth, a bridge with ports that lead to both, a macvlan, ipvlan or VLAN on a
        link of the other, also by way of other namespaces.
      - C(forwarding) is told where one of them, or a namespace between them, forwards packets from a link that leads to the one to a link that leads
        to the other, or to any other network. Firewalls are not looked at; have probes show what they do.
      - C(address) is told where one has an address of the other that is not part of the same network on both sides.
      - C(route) is told where one has a route, other than a default one, into a network of the other that it is not in itself.
      - C(neighbour) is told where one has heard of a hardware address of the other.
      - C(socket) is told where a socket in one is bound to an address of the other.
      - C(dns) is told where both ask the same name server and it is not the same address on a network of each, where one has no resolv.conf of its own
        in C(/etc/netns), where a process in it sees that of the host, and where nscd, nss-resolve or mdns answer from the host's network.
    type: list
    elements: str
  overlap:
    description:
      - Whether namespaces that shall be separate may have the same networks, with the same addresses and gateways.
      - With V(false) that is told as a leak too.
    type: bool
    default: true
  crossings:
    description:
      - What leads from one to the other on purpose, and is not told.
      - C(links) are links, as C(NAME) or C(NAMESPACE/NAME), either end of a veth will do. C(networks) are networks that routes, addresses and sockets of
        the other side may be in. C(nameservers) are addresses of name servers that both may ask. C(forwarding) are namespaces that may forward.
    type: dict
extends_documentation_fragment:
  - multinet.linux.attributes.info
seealso:
  - module: multinet.linux.listener_info
"""

EXAMPLES = r"""
- name: The peer of each network answers on its side, and only there
  multinet.linux.reachability:
    probes:
      - {kind: http, to: 10.0.0.1, port: 8080, path: /who, answer: ^management$}
      - {namespace: signalling, kind: http, to: 10.0.0.1, port: 8080, path: /who, answer: ^signalling$}
      - {namespace: signalling, kind: icmp, to: 10.0.0.1, source_seen: 10.0.0.5}
      - {namespace: signalling, kind: dns, to: 10.0.0.1, query: hss.sig.example, answer: ^192\.0\.2\.7$}
      - {namespace: signalling, kind: tcp, to: 192.0.2.22, port: 22, expect: silent, name: ssh of the management network}
      - {kind: unix, path: /run/homestead/http.sock}

- name: Nothing of one network is visible in the other
  multinet.linux.reachability:
    separate: [host, signalling]

- name: The same with a link between them that a proxy needs
  multinet.linux.reachability:
    separate: [host, signalling]
    crossings: {links: [to-signalling]}
"""

RETURN = r"""
probes:
  description: All probes, in the order in which they were given.
  returned: when the probes were sent, also on failure
  type: list
  elements: dict
  contains:
    path:
      description: The place of the probe in the task.
      type: str
      sample: probes[3]
    name:
      description: The name that it was given.
      type: str
    kind:
      description: The kind of probe.
      type: str
    namespace:
      description: Where it was sent from.
      type: str
    source:
      description: The address that it was sent from.
      type: str
    destination:
      description: Where it was sent to, an address or the path of a UNIX socket.
      type: str
    port:
      description: The port, or 0.
      type: int
    route:
      description: The route that the kernel takes there, with C(text), C(dev), C(gateway), C(source), C(table) and C(type). Nothing for UNIX sockets.
      type: dict
      sample: {dev: sig0, gateway: 10.0.0.1, source: 10.0.0.5, table: 254, text: via 10.0.0.1 dev sig0 src 10.0.0.5, type: unicast}
    wanted:
      description: What was expected.
      type: str
    found:
      description: V(open), V(refused), V(silent) or V(error).
      type: str
    detail:
      description: How that was seen.
      type: str
      sample: ECONNREFUSED - Connection refused, ICMP type 3 code 3 from 10.0.0.1
    answer:
      description: What the other side said, its first 4096 letters.
      type: str
    time_ms:
      description: How long the last try took, in milliseconds.
      type: float
    met:
      description: Whether all is as wanted.
      type: bool
    fault:
      description: What is not, in words.
      type: str
leaks:
  description: What leaks between namespaces that shall be separate.
  returned: when it was looked for, also on failure
  type: list
  elements: dict
  contains:
    kind:
      description: V(namespace), V(link), V(forwarding), V(address), V(route), V(neighbour), V(socket) or V(dns).
      type: str
    namespaces:
      description: The two namespaces.
      type: list
      elements: str
    text:
      description: What was found.
      type: str
      sample: frames pass over host/up0 - signalling/eth0; remove it, or name it in crossings.links
msg:
  description: All that is not as wanted, one sentence a line, or that everything is.
  returned: always
  type: str
problems:
  description: What is not as wanted, or the faults of the task, one sentence each.
  returned: failure
  type: list
  elements: str
  sample: ["probes[1]: icmp 10.0.0.1 from red, source 10.0.0.5: is not as wanted (found silent: nothing came back, want open); route: dev sig0 src 10.0.0.5"]
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.multinet.linux.plugins.module_utils.door.reachability import (
    REACHABILITY_SPEC,
    run_reachability,
)


def main() -> None:
    module = AnsibleModule(argument_spec=REACHABILITY_SPEC, supports_check_mode=True)
    run_reachability(module)


if __name__ == '__main__':
    main()
