# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Listeners: where applications wait for connections and packets, as a set that is declared as a whole."""

from __future__ import annotations

import typing as t

from ...values.struct import not_compared
from .token import Token

TYPES = ('internal', 'external', 'default')
WILDCARDS = {'any': '::', 'any4': '0.0.0.0', 'any6': '::'}
PROTOCOLS = {'tcp': ('tcp',), 'udp': ('udp',), 'tcp_udp': ('tcp', 'udp'), 'sctp': ('sctp',)}
STATES = ('present', 'draining')
SCHEMES: dict[str, tuple[int, tuple[str, ...]]] = {
    'http': (80, ('tcp',)),
    'https': (443, ('tcp', 'tcp_udp', 'udp')),
    'ws': (80, ('tcp',)),
    'wss': (443, ('tcp',)),
    'sip': (5060, ('tcp_udp', 'tcp', 'udp', 'sctp')),
    'sips': (5061, ('tcp', 'sctp')),
    'diameter': (3868, ('tcp', 'sctp')),
    'ldap': (389, ('tcp', 'tcp_udp', 'udp')),
    'ldaps': (636, ('tcp',)),
    'dns': (53, ('tcp_udp', 'tcp', 'udp')),
}
"""The port that IANA has assigned to each scheme, and the protocols that carry it, the default first."""
SECURE = ('https', 'wss', 'sips', 'ldaps')
UNIT_SUFFIXES = ('.service', '.socket', '.scope', '.slice')


@not_compared('path')
class Listener(t.NamedTuple):
    """One declared listener.

    ``address`` is an address, a word of WILDCARDS or a Token. ``path`` is where the listener stands in the
    document.
    """

    name: str
    namespace: str
    address: str | Token
    port: int
    proto: str = 'tcp_udp'
    v6only: bool | None = None
    device: str = ''
    type: str = 'default'
    external_address: str = ''
    external_port: int = 0
    network: str = ''
    enabled: bool = True
    state: str = 'present'
    drain_timeout: int = 30
    yields: bool = False
    reuseport: bool = False
    freebind: bool = False
    owner: str = ''
    service: str = ''
    activation: bool = False
    service_namespace: str = ''
    scheme: str = ''
    path: str = ''

    @property
    def protocols(self) -> tuple[str, ...]:
        return PROTOCOLS[self.proto]

    @property
    def holder(self) -> str:
        """Who is expected to hold its sockets: a unit, a user, or the path of a file with a PID."""
        return self.owner or self.service

    @property
    def open(self) -> bool:
        """Whether it takes new connections."""
        return self.enabled and self.state == 'present'


class ListenerSet(t.NamedTuple):
    """All listeners of one scope on a host.

    ``networks`` are prefixes and links by type of listener, ``outbound`` are source addresses by family.
    """

    scope: str
    listeners: tuple[Listener, ...] = ()
    networks: dict[str, tuple[str, ...]] = {}
    firewall: bool = True
    external_address: str = ''
    external_port: int = 0
    external_tls_port: int = 0
    outbound: dict[str, str | Token] = {}
    properties: dict[str, str] = {}
    destinations: tuple[str, ...] = ()
    wait_dad: int = 5
