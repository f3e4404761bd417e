# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The firewall of listeners, as rules for INPUT.

It refuses and never opens: what it lets pass meets the other rules.
"""

from __future__ import annotations

import typing as t

from ...objects.iptables.value import FAMILIES, REJECT_WITH
from ...values.endpoint import Endpoint
from ...values.names import HOST, canonical_prefix, family_of

Entry = dict[str, t.Any]
"""An entry of a document for the layout module."""
Networks = t.Mapping[str, t.Sequence[str]]
"""Prefixes and links by type of listener."""

# A connection begins with a SYN alone and an association with INIT, so they need no connection tracking.
_BEGINNING = {'tcp': '--tcp-flags FIN,SYN,RST,ACK SYN ', 'sctp': '--chunk-types any INIT '}
# Of all that can be sent, only this ends an attempt of SCTP at once (RFC 9260, 10).
_SCTP_REFUSAL = {**REJECT_WITH, 'ipv4': 'icmp-proto-unreachable'}


class ProtectedEndpoint(t.NamedTuple):
    """An endpoint and how the firewall protects it.

    ``closed`` lets nothing new in. ``until`` is when what is open ends too, as YYYY-MM-DDThh:mm:ss in UTC.
    """

    endpoint: Endpoint
    type: str = 'default'
    closed: bool = False
    until: str = ''


class _Rules:
    """The rules of one namespace and family, in the order in which they are met."""

    def __init__(self, family: str, networks: Networks) -> None:
        self.family, self.networks = family, networks
        self.ended: list[str] = []
        self.passing: list[str] = []
        self.closed: list[str] = []
        self.by_network: list[str] = []

    def add(self, protected: ProtectedEndpoint) -> None:
        bound_to = protected.endpoint
        whole, refuse = _match(bound_to, self.family), _refuse(bound_to, self.family)
        match = whole + _BEGINNING.get(bound_to.proto, '')
        if bound_to.proto == 'udp':
            # Conversations go on, so connection tracking follows them from the first day on.
            self.passing.append(whole + '-m conntrack --ctstate RELATED,ESTABLISHED -j RETURN')
        if protected.until:
            self.ended.append('%s-m time --datestart %s %s' % (whole, protected.until, refuse))
        if protected.closed:
            self.closed.append(match + refuse)
        elif self.networks.get(protected.type):
            for source in self._sources(protected.type, bound_to.device):
                self.by_network.append(source + match + '-j RETURN')
            self.by_network.append(match + refuse)
        elif protected.type == 'external':
            for source in self._sources('internal', bound_to.device):
                self.by_network.append(source + match + refuse)

    def _sources(self, type_: str, device: str) -> list[str]:
        """A match for each network of a type that can come in by *device*."""
        sources = []
        for network in self.networks.get(type_, ()):
            if canonical_prefix(network)[0]:
                if family_of(network) == self.family:
                    sources.append('-s %s ' % network)
            elif not device:
                sources.append('-i %s ' % network)
            elif device == network:
                sources.append('')
        return sources

    def rules(self) -> list[str]:
        if not self.ended and not self.closed and not self.by_network:
            return []
        rules = [*self.ended, *self.passing, *self.closed]
        if self.by_network:
            rules += ['-i lo -j RETURN', *self.by_network]
        return rules


def _match(bound_to: Endpoint, family: str) -> str:
    """Matches all packets to an endpoint."""
    match = ''
    if not bound_to.wildcard:
        match += '-d %s/%d ' % (bound_to.address, 128 if family == 'ipv6' else 32)
    if bound_to.device:
        match += '-i %s ' % bound_to.device
    return match + '-p %s -m %s --dport %d ' % (bound_to.proto, bound_to.proto, bound_to.port)


def _refuse(bound_to: Endpoint, family: str) -> str:
    refusals = {'tcp': 'tcp-reset', 'udp': REJECT_WITH[family], 'sctp': _SCTP_REFUSAL[family]}
    return '-j REJECT --reject-with ' + refusals[bound_to.proto]


def _chains(protected: t.Iterable[ProtectedEndpoint], networks: Networks) -> list[Entry]:
    """The chains of one namespace."""
    chains = []
    for family in FAMILIES:
        rules = _Rules(family, networks)
        for one in protected:
            if family in one.endpoint.families:
                rules.add(one)
        if rules.rules():
            chains.append({'chain': 'INPUT', 'family': family, 'rules': rules.rules()})
    return chains


def document(scope: str, protected: t.Sequence[ProtectedEndpoint], networks: Networks) -> Entry:
    """The layout that protects the listeners of a scope; it has only a name if there are none to protect."""
    by_namespace: dict[str, list[ProtectedEndpoint]] = {}
    for one in protected:
        by_namespace.setdefault(one.endpoint.namespace, []).append(one)
    layout: Entry = {'name': scope}
    namespaces = []
    for namespace, members in sorted(by_namespace.items()):
        chains = _chains(members, networks)
        if chains and namespace == HOST:
            layout['iptables'] = chains
        elif chains:
            namespaces.append({'name': namespace, 'create': False, 'iptables': chains})
    if namespaces:
        layout['namespaces'] = namespaces
    return layout
