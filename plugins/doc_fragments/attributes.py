# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations


class ModuleDocFragment:
    """What is true of every module of the collection."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    support: full
    description: Can run in C(check_mode). It reads only, and predicts exactly what the real run would do.
  diff_mode:
    support: full
    description: Tells what changes as one small text difference per object, the same in check mode and for real.
  idempotent:
    support: full
    description: A second run sends nothing to the kernel that changes anything, commits no firewall rules and writes no file.
  platform:
    platforms: linux
    support: full
    description: Linux, kernel 4.18 or newer, with root.
requirements:
  - On the managed host Python 3.9 or newer.
  - On the managed host pyroute2 0.7.2 or newer, when there is something to change.
  - On the managed host iptables, when firewall rules are declared, and nft, when tables of nft are.
notes:
  - Only objects that carry the mark of the scope are ever removed. Links carry it as their alias (C(multinet:SCOPE)), routes, rules
    and addresses as their protocol number 117. What others made is left alone.
  - A failure in the middle is taken back, and the message says so. A run that was killed is finished by the next one.
"""

    INFO = r"""
options: {}
attributes:
  check_mode:
    support: full
    description: Can run in C(check_mode). It never changes anything.
  diff_mode:
    support: N/A
    description: Nothing changes.
  idempotent:
    support: full
    description: It never changes anything.
  platform:
    platforms: linux
    support: full
    description: Linux, kernel 4.18 or newer, with root.
requirements:
  - On the managed host Python 3.9 or newer.
  - On the managed host iptables and nft, when firewall rules are asked for.
"""

    POLICY = r"""
options:
  adopt:
    description:
      - Take over what is in the way and belongs to nobody or to another scope, in place of failing with its name.
      - What was taken over is removed with the scope.
    type: bool
    default: false
  overlap:
    description: Let a new network overlap one that the namespace already reaches over another link.
    type: bool
    default: false
"""

    DOOR = r"""
options:
  scope:
    description:
      - The scope that the object belongs to from now on. This module adds to a scope or takes from it; it removes nothing that it does not name.
      - Take another than those of M(multinet.linux.layout). A layout is the whole of its scope, so its next run would remove the object.
    type: str
    default: adhoc
  state:
    description:
      - V(present) makes the object or changes what differs.
      - V(absent) removes it, whoever made it. What goes along with it in the kernel goes too. What is not there is no change.
    type: str
    choices: [present, absent]
    default: present
  adopt:
    description: Take over what is in the way and belongs to nobody or to another scope, in place of failing with its name.
    type: bool
    default: false
"""

    OVERLAP = r"""
options:
  overlap:
    description: Let a new network overlap one that the namespace already reaches over another link.
    type: bool
    default: false
"""

    CONFIRM = r"""
options:
  confirm:
    description:
      - Whether a change is applied under a timer on the host and kept only when it is confirmed over a new connection.
      - V(auto) does so when the change touches the way of the SSH connection that Ansible came in by. V(always) does it for every change.
      - Without a confirmation the host takes everything back by itself, and the task fails.
    type: str
    choices: [auto, always, never]
    default: auto
  confirm_timeout:
    description: Seconds from the first operation until an unconfirmed change is taken back.
    type: int
    default: 60
  confirm_token:
    description: For the action plugin alone, which confirms with it.
    type: str
  confirm_ask:
    description: For the action plugin alone, which asks with it how a change stands.
    type: bool
    default: false
"""

    LISTENERS = r"""
options:
  listeners:
    description:
      - All listeners of the scope on the host, each a dictionary. M(multinet.linux.listener_bind) requires them with C(state=present), for
        M(multinet.linux.listener_info) the sets that are on the host count without them.
      - C(name) and C(address) are required, and C(port) and C(proto) or a C(scheme). A name does not begin with a digit. C(proto) is V(tcp),
        V(udp), V(tcp_udp) or V(sctp).
      - C(scheme) says what is spoken, and stands in for C(port) and C(proto) where they are not given, each by itself. V(http) and V(ws) are 80
        for tcp, V(https) and V(wss) 443 for tcp, V(sip) 5060 for tcp_udp, V(sips) 5061 for tcp, V(diameter) 3868 for tcp, V(ldap) 389 and
        V(ldaps) 636 for tcp, V(dns) 53 for tcp_udp. It is told along with the listener.
      - C(address) is an address of the host, V(any) for all of both families, V(any4), V(any6), or a token that each host resolves by
        itself. Tokens are V({iface:NAME}), V({altname:NAME}), V({mac:ADDRESS}), V({subnet:CIDR}), V({label:bond0:1}), V({route:DESTINATION})
        for the address that the kernel would send from, V({default_route}), V({link_local:NAME}) and V({prop:KEY}) with a key of
        O(properties). The first two take V(:v4) or V(:v6) and a number behind the name, the first address is 0. A token has to stand for
        exactly one address.
      - C(namespace), the host's own without it. C(device) binds to one link. C(v6only) for V(::), else as the namespace has it.
        C(network) is the network that the address has to be in.
      - C(type) is V(internal), V(external), or V(default) for both. External and default ones can have C(external_address) and
        C(external_port), which are what clients are told; each falls back by itself, to O(external_address), to O(external_port) or
        O(external_tls_port), and to where it is bound.
      - C(enabled=false) refuses what is new, as does C(state=draining), which ends what is under way after C(drain_timeout) seconds (30).
      - C(yields=true) leaves a listener out where another one of the set overlaps it.
      - C(freebind=true) is for an address that the host gets later. C(reuseport=true) says that several sockets may share the place.
      - C(owner) is who is expected to hold it, as a unit (V(nginx.service)), a user, or a file with a process number. C(service) is the unit
        of the application, and the owner where none is given. With C(activation=true) systemd opens the socket and hands it over, and
        C(service_namespace) is where the service lives, if it is not the namespace of the socket.
    type: list
    elements: dict
  internal:
    description: Where internal listeners are reached from, as networks and names of links. Required with O(firewall=true) for internal ones.
    type: list
    elements: str
  external:
    description: Where external listeners are reached from. Without it from everywhere but O(internal).
    type: list
    elements: str
  firewall:
    description:
      - Whether those of the wrong class are refused, by iptables rules in INPUT. They refuse and never open; what they let pass meets the
        other rules of the host.
    type: bool
    default: true
  external_address:
    description: What clients are told for listeners without an C(external_address) of their own. An address or a host name.
    type: str
  external_port:
    description: What clients are told for listeners without an C(external_port) of their own, unless their C(scheme) is a secure one.
    type: int
  external_tls_port:
    description: The same for those whose C(scheme) is V(https), V(wss), V(sips) or V(ldaps).
    type: int
  default_outbound:
    description:
      - The addresses that connections are made from, C(ipv4) and C(ipv6), as addresses or tokens. It is what is told for listeners on all
        addresses. Without it the address that the default route sends from.
    type: dict
  properties:
    description: Values of tokens V({prop:KEY}), such as variables of the host.
    type: dict
  destinations:
    description: Addresses to tell the source for, as the kernel would choose it. See the filter P(multinet.linux.listener_for#filter).
    type: list
    elements: str
  wait_dad:
    description: How many seconds to wait for IPv6 addresses that are being checked for duplicates.
    type: int
    default: 5
"""
