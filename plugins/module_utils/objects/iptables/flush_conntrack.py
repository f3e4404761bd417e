# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connections that a changed iptables rule applies to: the kernel forgets them, so that the new rules decide
on them.

Only addresses, protocol and ports are read from a rule. Whatever else it says makes it narrower, so rather
too many connections are forgotten than one too few.
"""

from __future__ import annotations

import ipaddress
import re
import typing as t

from ...kernel import conntrack, namespaces, nfnetlink
from ...kernel.conntrack import Direction, Flow
from ..layout import Layout
from ..operation import Operation
from ..owned import Owned
from .operation import IptablesOperation
from .rule_text import words

_PROTOCOLS = {'icmp': 1, 'tcp': 6, 'udp': 17, 'dccp': 33, 'ipv6-icmp': 58, 'sctp': 132, 'udplite': 136}
_PORT_OPTIONS = {
    '--sport': 'source',
    '--sports': 'source',
    '--dport': 'destination',
    '--dports': 'destination',
    '--ports': 'either',
}

Network = t.Union[ipaddress.IPv4Network, ipaddress.IPv6Network]
Changed = dict[tuple[str, str], set[str]]
"""Rules that came or went, by namespace and family."""


class Terms(t.NamedTuple):
    """What a rule says of a packet; None where it says nothing. ``ports`` are (source, destination or either;
    ranges)."""

    source: Network | None
    destination: Network | None
    protocol: int | None
    ports: tuple[tuple[str, tuple[range, ...]], ...]


def terms_of(rule: str) -> Terms:
    """The terms of a rule as iptables-save prints it. Those that are negated count as none."""
    networks: dict[str, Network] = {}
    protocol = None
    ports = []
    rule_words = words(rule)
    for before, word, value in zip(['', *rule_words], rule_words, rule_words[1:]):
        if before == '!' or before.startswith('--'):  # the latter: the value of an option, such as a comment
            continue
        if word in ('-s', '-d'):
            networks[word] = ipaddress.ip_network(value, strict=False)
        elif word == '-p':
            protocol = _PROTOCOLS.get(value, int(value) if re.fullmatch('[0-9]{1,3}', value) else None)
        elif word in _PORT_OPTIONS:
            ports.append((_PORT_OPTIONS[word], _ranges(value)))
    return Terms(networks.get('-s'), networks.get('-d'), protocol, tuple(ports))


def _ranges(value: str) -> tuple[range, ...]:
    """The ports in a list of numbers and FIRST:LAST."""
    spans = [part.split(':') for part in value.split(',')]
    return tuple(range(int(span[0]), int(span[-1]) + 1) for span in spans)


def _is_within(network: Network | None, *addresses: t.Any) -> bool:
    return network is None or any(address in network for address in addresses)


def _match(terms: Terms, before: Direction, behind: Direction) -> bool:
    """Whether packets of one direction may match: as they are *before* translation, *behind* it, or in
    between."""
    if not _is_within(terms.source, before.source, behind.source):
        return False
    if not _is_within(terms.destination, before.destination, behind.destination):
        return False
    ports = {
        'source': {before.source_port, behind.source_port},
        'destination': {before.destination_port, behind.destination_port},
    }
    ports['either'] = ports['source'] | ports['destination']
    return all(_has_port(ports[side], spans) for side, spans in terms.ports)


def _has_port(ports: set[int], spans: t.Iterable[range]) -> bool:
    return any(port in span for port in ports for span in spans)


def _reversed(direction: Direction) -> Direction:
    return Direction(
        direction.destination, direction.source, direction.destination_port, direction.source_port
    )


def applies_to(terms: Terms, connection: Flow) -> bool:
    """Whether a packet of the connection may match a rule with these terms, in either direction."""
    if terms.protocol not in (None, 0, connection.protocol):
        return False
    there, back = connection.there, connection.back
    return _match(terms, there, _reversed(back)) or _match(terms, back, _reversed(there))


def changed_rules(ops: t.Iterable[Operation], want: Layout, owned: Owned, named: bool) -> Changed:
    """Rules that came or went in chains that are declared with flush_conntrack.

    Chains that go were declared so before: *owned* is what the scope had before. *named*: *want* lists what
    is to go.
    """
    declared = set() if named else {chain.key for chain in want.iptables}
    chosen = {chain.key for chain in want.iptables if chain.flush_conntrack}
    chosen |= owned.flush_conntrack - declared
    changed: Changed = {}
    for op in ops:
        if isinstance(op, IptablesOperation):
            for namespace, family, table, chain in chosen:
                if (namespace, family) == (op.namespace, op.family) and table in op.after:
                    rules = op.changed_rules(table, want.scope, chain)
                    changed.setdefault((namespace, family), set()).update(rules)
    return changed


def forget(changed: Changed) -> None:
    """Have the kernel forget the connections that these rules apply to. For a thread of
    namespaces.in_thread."""
    with namespaces.Visitor() as visitor:
        for (namespace, family), rules in changed.items():
            with visitor.visit(namespace):
                sock = nfnetlink.open_nfnetlink()
            if sock is not None:
                with sock:
                    _forget(sock, family, [terms_of(rule) for rule in rules])


def _forget(sock: t.Any, family: str, terms: t.Sequence[Terms]) -> None:
    for connection in conntrack.connections(sock, family):
        if any(applies_to(one, connection) for one in terms):
            conntrack.forget(sock, family, connection)
