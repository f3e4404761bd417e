# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations


class ModuleDocFragment:
    """What the documentation of all modules has in common."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    support: full
    description:
      - Can run in C(check_mode). Only reads, and predicts exactly what the real run would do.
      - With C(--check), it also counts in what earlier tasks of this collection would do, and warns of each
        namespace and link that it needs and only they would create.
      - Fails for what the real run would fail for, such as kinds of links that the kernel lacks. If pyroute2
        is missing, it warns, since an earlier task may install it.
  diff_mode:
    support: full
    description:
      - Returns a short text difference for each changed object, the same in check mode and in a real run.
  idempotent:
    support: full
    description: A second run changes nothing in the kernel, commits no firewall rules and writes no file.
  platform:
    platforms: linux
    support: full
    description: Linux, kernel 4.18 or newer, with root privileges.
requirements:
  - On the managed host, Python 3.9 or newer.
  - On the managed host, pyroute2 0.7.2 or newer if there is something to change.
  - On the managed host, iptables if iptables rules are declared, and nft if nftables tables are.
notes:
  - Only objects that carry the mark of the scope are ever removed. Links carry it as their alias
    (C(multinet:SCOPE)), routes, rules and addresses as their protocol number 117. Everything else is left
    alone.
  - If a step fails, the steps before it are undone, and the message says so. If a run is killed, the next run
    completes or undoes it.
  - The host keeps the code of this collection compiled, in C(/var/cache/multinet), so that later tasks start
    faster. The variable C(multinet_keep_code=false) turns that off.
"""

    INFO = r"""
options: {}
attributes:
  check_mode:
    support: full
    description: Can run in C(check_mode). Never changes anything.
  diff_mode:
    support: N/A
    description: Never changes anything.
  idempotent:
    support: full
    description: Never changes anything.
  platform:
    platforms: linux
    support: full
    description: Linux, kernel 4.18 or newer, with root privileges.
requirements:
  - On the managed host, Python 3.9 or newer.
  - On the managed host, iptables and nft if firewall rules are read.
notes:
  - The host keeps the code of this collection compiled, in C(/var/cache/multinet), so that later tasks start
    faster. The variable C(multinet_keep_code=false) turns that off.
"""

    POLICY = r"""
options:
  adopt:
    description:
      - Take over a conflicting object that belongs to no scope or to another one, instead of failing.
      - An object that was taken over is removed together with the scope.
      - Also let the kernel drop addresses and routes of others along with what is declared, as with
        C(state=down). They are restored with the previous value.
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
      - The scope that the object belongs to from now on. This module adds to a scope or removes from it; it
        never removes anything that it does not name.
      - Do not use the scope of a M(multinet.linux.layout). A layout declares all of its scope, so its next
        run would remove the object.
    type: str
    default: adhoc
  state:
    description:
      - V(present) creates the object or changes what differs.
      - V(absent) removes the object, whoever created it, along with everything that the kernel removes with
        it. A missing object is not a change.
    type: str
    choices: [present, absent]
    default: present
  adopt:
    description:
      - Take over a conflicting object that belongs to no scope or to another one, instead of failing.
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
      - Whether to apply a change under a timer on the host, and keep it only if it is confirmed over a new
        connection.
      - V(auto) does so if the change affects the path of Ansible's SSH connection, also where it leads
        through namespaces, or if that path cannot be followed. V(always) does so for every change.
      - Without confirmation the host undoes the whole change by itself, and the task fails.
    type: str
    choices: [auto, always, never]
    default: auto
  confirm_timeout:
    description: Seconds from the first operation until an unconfirmed change is undone.
    type: int
    default: 60
  confirm_token:
    description: Internal. The action plugin confirms with it.
    type: str
  confirm_ask:
    description: Internal. The action plugin asks for the state of a change with it.
    type: bool
    default: false
  predicted:
    description:
      - Internal. In check mode, the action plugin tells with it what earlier tasks of the play would do.
    type: list
    elements: dict
"""

    LISTENERS = r"""
options:
  listeners:
    description:
      - All listeners of the scope on the host, each a dictionary. M(multinet.linux.listener_bind) requires
        them with C(state=present). M(multinet.linux.listener_info) without them uses the sets that are
        applied on the host.
      - C(name) and C(address) are required, and either C(port) and C(proto) or a C(scheme). A name does not
        begin with a digit. C(proto) is V(tcp), V(udp), V(tcp_udp) or V(sctp).
      - C(scheme) names the application protocol, and supplies C(port) and C(proto) where either is not given.
        V(http) and V(ws) mean 80 over tcp, V(https) and V(wss) 443 over tcp, V(sip) 5060 over tcp_udp,
        V(sips) 5061 over tcp, V(diameter) 3868 over tcp, V(ldap) 389 and V(ldaps) 636 over tcp, V(dns) 53
        over tcp_udp. It is returned with the listener.
      - C(address) is an address of the host, V(any) for all addresses of both families, V(any4), V(any6), or
        a token that each host resolves for itself. Tokens are V({iface:NAME}), V({altname:NAME}),
        V({mac:ADDRESS}), V({subnet:CIDR}), V({label:bond0:1}), V({route:DESTINATION}) for the source address
        that the kernel would use, V({default_route}), V({link_local:NAME}) and V({prop:KEY}) with a key of
        O(properties). The first two take V(:v4) or V(:v6) and a number after the name; the first address is
        0. A token must resolve to exactly one address.
      - C(namespace) defaults to the host's own. C(device) binds to one link. C(v6only) applies to V(::) and
        defaults to the sysctl of the namespace. C(network) is the network that the address must be in.
      - C(type) is V(internal), V(external), or V(default) for both. External and default listeners can have
        C(external_address) and C(external_port), which are advertised to clients. Each falls back separately
        to O(external_address), to O(external_port) or O(external_tls_port), and then to the bound address or
        port.
      - C(enabled=false) refuses new connections. So does C(state=draining), which also ends open ones after
        C(drain_timeout) seconds (30).
      - C(yields=true) drops a listener from the set if another one overlaps it.
      - C(freebind=true) allows an address that the host gets later. C(reuseport=true) allows several sockets
        to share the address and port.
      - C(owner) is the expected holder, as a unit (V(nginx.service)), a user, or a PID file. C(service) is
        the unit of the application, and also the owner if none is given. With C(activation=true) systemd
        opens the socket and hands it over; C(service_namespace) is the namespace of the service, if it is not
        that of the socket.
    type: list
    elements: dict
  internal:
    description:
      - Where internal listeners can be reached from, as networks and names of links. Required with
        O(firewall=true) if there are internal listeners.
    type: list
    elements: str
  external:
    description: Where external listeners can be reached from. By default, from everywhere but O(internal).
    type: list
    elements: str
  firewall:
    description:
      - Whether iptables rules in INPUT reject connections of the wrong class. The rules reject and never
        accept; what they let pass continues to the other rules of the host.
    type: bool
    default: true
  external_address:
    description:
      - The address or host name to advertise for listeners without an C(external_address) of their own.
    type: str
  external_port:
    description:
      - The port to advertise for listeners without an C(external_port) of their own, unless their C(scheme)
        is a TLS one.
    type: int
  external_tls_port:
    description: The port to advertise for listeners whose C(scheme) is V(https), V(wss), V(sips) or V(ldaps).
    type: int
  default_outbound:
    description:
      - The source addresses of outgoing connections, C(ipv4) and C(ipv6), as addresses or tokens. They are
        advertised for listeners on all addresses. By default, the source address of the default route.
    type: dict
  properties:
    description: Values for V({prop:KEY}) tokens, for example variables of the host.
    type: dict
  destinations:
    description:
      - Addresses to return the source address for, as the kernel would choose it. See the filter
        P(multinet.linux.listener_for#filter).
    type: list
    elements: str
  wait_dad:
    description: How many seconds to wait for IPv6 addresses that are still in duplicate address detection.
    type: int
    default: 5
"""
