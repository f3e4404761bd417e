#!/usr/bin/python
# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: reachability
short_description: Check what can be reached from where on a host, and what leaks between its namespaces
version_added: 0.1.0
author: multinet.linux contributors (@multinet)
description:
  - Sends probes from inside namespaces and from the host's own, all at the same time. Fails with one message
    that lists every probe with an unexpected answer, with its namespace, source, destination and the route
    that the kernel takes.
  - Looks for leaks between namespaces that must be separate.
  - One process opens all sockets inside the namespaces. It runs no command on the host and changes nothing.
    Check mode does the same.
options:
  probes:
    description:
      - The probes, each a dictionary. C(kind) is required.
      - C(kind=icmp) sends an echo request. C(kind=tcp) connects. C(kind=udp) sends a packet and waits for a
        reply. C(kind=http) requests C(path) with GET. C(kind=dns) asks a name server over UDP for the records
        of C(type), V(A) or V(AAAA), of the name C(query). C(kind=unix) connects to the socket at C(path). A
        C(path) that begins with V(@) is an abstract socket, which belongs to the namespace; a socket in the
        file system does not.
      - C(to) is an address, never a name. C(port) is required for V(tcp) and V(udp); it defaults to 80 for
        V(http) and to 53 for V(dns).
      - C(namespace) is where the probe is sent from, by default the host's own. C(source) is the source
        address, C(device) the outgoing link. A link-local C(to) needs C(device).
      - C(expect) is V(open) (the default), V(refused) or V(silent).
      - V(open) means that the other side answered - it echoed, accepted the connection, sent a packet,
        answered in HTTP, or answered as a name server.
      - V(refused) means that it, or something on the path, refused - a TCP reset, an ICMP message "port
        unreachable" or "administratively prohibited", the response code REFUSED of a name server, or no
        listener at the path of a UNIX socket.
      - V(silent) means that nothing came back within the time of all tries, or that the destination cannot be
        reached - no route, host or network unreachable, or packets dropped by the local firewall.
      - A probe that could not be sent, and a connection that was accepted but did not answer in HTTP, is an
        V(error), which meets no expectation.
      - C(source_seen) is the source address that the probe must have, as its own socket reports it. If
        addresses are translated on the way, the other side sees a different one. To check that, let it return
        what it sees and match it with C(answer).
      - C(answer) is a regular expression to find in the answer of V(tcp), V(udp), V(http) (in the body),
        V(unix), and V(dns), where the answer is the response code followed by one address per line. It is
        matched line by line, so C(^) and C($) match at the ends of a line, and it cannot match across lines.
        Of an answer the first 16 KiB are searched, and of each line the first 2 KiB. C(status) is the
        expected HTTP status, by default any.
      - C(send) is text to send first, for V(tcp), V(udp) and V(unix). C(host) is the Host header of V(http).
      - C(timeout) and C(tries) override O(timeout) and O(tries) for this probe. C(name) is a label for
        people.
    type: list
    elements: dict
  timeout:
    description: How long a try waits for an answer, in seconds, 0.05 to 60.
    type: float
    default: 2
  tries:
    description:
      - How often a probe is sent while nothing comes back. The first answer of any kind decides, even that
        the destination is unreachable; so a probe is silent only if no try was answered.
    type: int
    default: 2
  separate:
    description:
      - Two or more namespaces that must know nothing of each other. V(host) is the host's own. The kinds of
        leaks are as follows.
      - C(namespace) - two names belong to the same namespace.
      - C(link) - frames pass between them, over both ends of a veth, a bridge with ports that lead to both,
        or a macvlan, ipvlan or VLAN on a link of the other, also by way of other namespaces.
      - C(forwarding) - one of them, or a namespace between them, forwards packets from a link that leads to
        one to a link that leads to the other, or to any other network. Firewalls are not considered; use
        probes to check what they do.
      - C(address) - one has an address of the other that is not part of the same network on both sides.
      - C(route) - one has a route, other than a default route, into a network of the other that it is not
        part of.
      - C(neighbour) - one has learned a hardware address of the other.
      - C(socket) - a socket in one is bound to an address of the other.
      - C(dns) - both use the same name server, unless it is the same address on a network of each; one has no
        resolv.conf of its own in C(/etc/netns); a process in it sees the host's; or nscd, nss-resolve or mdns
        answer from the host's network.
    type: list
    elements: str
  overlap:
    description:
      - Whether separate namespaces may have the same networks, with the same addresses and gateways.
      - With V(false), overlapping networks are reported as a leak.
    type: bool
    default: true
  crossings:
    description:
      - What connects separate namespaces on purpose, and is not reported.
      - C(links) are links, as C(NAME) or C(NAMESPACE/NAME); of a veth, either end will do. C(networks) are
        networks of the other side that routes, addresses and sockets may be in. C(nameservers) are addresses
        of name servers that both may use. C(forwarding) are namespaces that may forward.
    type: dict
extends_documentation_fragment:
  - multinet.linux.attributes.info
seealso:
  - module: multinet.linux.listener_info
"""

EXAMPLES = r"""
- name: Check that the peer of each network answers on its own side, and only there
  multinet.linux.reachability:
    probes:
      - {kind: http, to: 10.0.0.1, port: 8080, path: /who, answer: ^management$}
      - {namespace: signalling, kind: http, to: 10.0.0.1, port: 8080, path: /who, answer: ^signalling$}
      - {namespace: signalling, kind: icmp, to: 10.0.0.1, source_seen: 10.0.0.5}
      - {namespace: signalling, kind: dns, to: 10.0.0.1, query: hss.sig.example, answer: ^192\.0\.2\.7$}
      - namespace: signalling
        kind: tcp
        to: 192.0.2.22
        port: 22
        expect: silent
        name: SSH of the management network
      - {kind: unix, path: /run/homestead/http.sock}

- name: Check that neither network is visible in the other
  multinet.linux.reachability:
    separate: [host, signalling]

- name: The same, but allow the link that a proxy needs
  multinet.linux.reachability:
    separate: [host, signalling]
    crossings: {links: [to-signalling]}
"""

RETURN = r"""
probes:
  description: All probes, in the order given.
  returned: when the probes were sent, also on failure
  type: list
  elements: dict
  contains:
    path:
      description: The path of the probe in the task.
      type: str
      sample: probes[3]
    name:
      description: Its label.
      type: str
    kind:
      description: The kind of probe.
      type: str
    namespace:
      description: The namespace that it was sent from.
      type: str
    source:
      description: Its source address.
      type: str
    destination:
      description: Its destination, an address or the path of a UNIX socket.
      type: str
    port:
      description: The port, or 0.
      type: int
    route:
      description:
        - The route that the kernel takes, with C(text), C(dev), C(gateway), C(source), C(table) and C(type).
          Empty for UNIX sockets.
      type: dict
      sample:
        dev: sig0
        gateway: 10.0.0.1
        source: 10.0.0.5
        table: 254
        text: via 10.0.0.1 dev sig0 src 10.0.0.5
        type: unicast
    wanted:
      description: What was expected.
      type: str
    found:
      description: V(open), V(refused), V(silent) or V(error).
      type: str
    detail:
      description: What that is based on.
      type: str
      sample: ECONNREFUSED - Connection refused, ICMP type 3 code 3 from 10.0.0.1
    answer:
      description: The first 4096 characters of the answer.
      type: str
    time_ms:
      description: The duration of the last try in milliseconds.
      type: float
    met:
      description: Whether the probe met its expectation.
      type: bool
    problem:
      description: What did not, in words.
      type: str
leaks:
  description: The leaks between namespaces that must be separate.
  returned: when O(separate) is given, also on failure
  type: list
  elements: dict
  contains:
    kind:
      description:
        - V(namespace), V(link), V(forwarding), V(address), V(route), V(neighbour), V(socket) or V(dns).
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
  description: Everything that is not as expected, one sentence per line, or that everything is.
  returned: always
  type: str
problems:
  description: What is not as expected, or the errors in the task, one sentence each.
  returned: failure
  type: list
  elements: str
  sample:
    - >-
      probes[1]: icmp 10.0.0.1 from red, source 10.0.0.5: is not as wanted (found silent: nothing came
      back, want open); route: dev sig0 src 10.0.0.5
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
