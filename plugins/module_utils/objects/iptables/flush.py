# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connections that a changed iptables rule is about: the kernel forgets them, so that the rules as they are now decide on them.

What a rule says of addresses, protocol and ports is looked for, as far as its text tells; whatever else it says makes it smaller,
so rather too many connections are forgotten than one too few.
"""

from __future__ import annotations

import ipaddress
import os
import typing as t

from ...kernel import conntrack, namespaces, nfnetlink
from ...kernel.conntrack import Connection, Direction
from ...values.names import HOST
from ..layout import Layout
from ..operation import Operation
from ..state import Owned
from .operation import IptablesOperation
from .rule_text import words
from .share import Share
from .value import BASE_CHAINS, own_chain

_PROTOCOLS = {'icmp': 1, 'tcp': 6, 'udp': 17, 'dccp': 33, 'ipv6-icmp': 58, 'sctp': 132, 'udplite': 136}
_PORTS = {
    '--sport': 'source',
    '--sports': 'source',
    '--dport': 'destination',
    '--dports': 'destination',
    '--ports': 'either',
}

Network = t.Union[ipaddress.IPv4Network, ipaddress.IPv6Network]


class Terms(t.NamedTuple):
    """What a rule says of a packet; None where it says nothing."""

    source: Network | None
    destination: Network | None
    protocol: int | None
    ports: tuple[tuple[str, tuple[range, ...]], ...]


def terms_of(rule: str) -> Terms:
    """The terms in the text of a rule as iptables-save prints it. Those that are turned round count as none."""
    found: dict[str, t.Any] = {}
    ports = []
    all_words = words(rule)
    for before, word, value in zip(['', *all_words], all_words, all_words[1:]):
        if before == '!' or before.startswith(
            '--'
        ):  # the latter is the value of an option, such as a comment
            continue
        if word in ('-s', '-d'):
            found[word] = ipaddress.ip_network(value, strict=False)
        elif word == '-p':
            found[word] = _PROTOCOLS.get(value, int(value) if value.isdigit() else None)
        elif word in _PORTS:
            ends = [part.split(':') for part in value.split(',')]
            ports.append((_PORTS[word], tuple(range(int(end[0]), int(end[-1]) + 1) for end in ends)))
    return Terms(found.get('-s'), found.get('-d'), found.get('-p'), tuple(ports))


def _fits(terms: Terms, before: Direction, behind: Direction) -> bool:
    """Whether packets of one direction may fit: as they are *before* any translation, *behind* it, or in between."""
    if terms.source is not None and not (before.source in terms.source or behind.source in terms.source):
        return False
    if terms.destination is not None and not (
        before.destination in terms.destination or behind.destination in terms.destination
    ):
        return False
    sides = {
        'source': {before.source_port, behind.source_port},
        'destination': {before.destination_port, behind.destination_port},
    }
    sides['either'] = sides['source'] | sides['destination']
    return all(any(port in one for port in sides[side] for one in ranges) for side, ranges in terms.ports)


def _turned(way: Direction) -> Direction:
    return Direction(way.destination, way.source, way.destination_port, way.source_port)


def concerns(terms: Terms, connection: Connection) -> bool:
    """Whether a packet of the connection may fit a rule with these terms, there or back."""
    if terms.protocol not in (None, 0, connection.protocol):
        return False
    there, back = connection.there, connection.back
    return _fits(terms, there, _turned(back)) or _fits(terms, back, _turned(there))


def _rules(value: t.Any, chain: str) -> t.Sequence[str]:
    if isinstance(value, Share):
        return dict(value.chains).get(chain) or ()
    return value.chains[chain].rules if chain in value.chains else ()


def changed_rules(
    ops: t.Iterable[Operation], want: Layout, owned: Owned, named: bool
) -> dict[tuple[str, str], set[str]]:
    """Rules that came or went in chains that are declared with flush_conntrack, by namespace and family.

    Chains that go were declared so before: *owned* is what the scope had before. *named*: those that *want* names are to go.
    """
    stay = set() if named else {chain.key for chain in want.iptables}
    chosen = {chain.key for chain in want.iptables if chain.flush_conntrack} | (owned.flush_conntrack - stay)
    found: dict[tuple[str, str], set[str]] = {}
    for op in ops:
        if not isinstance(op, IptablesOperation) or not chosen:
            continue
        before, after = op.before, op.after
        for namespace, family, table, chain in chosen:
            if (namespace, family) == (op.namespace, op.family) and table in after:
                old, new = before[table], after[table]
                name = (
                    own_chain(want.scope, chain)
                    if isinstance(new, Share) and chain in BASE_CHAINS[table]
                    else chain
                )
                found.setdefault((namespace, family), set()).update(
                    {*_rules(old, name)} ^ {*_rules(new, name)}
                )
    return found


def forget(changed: t.Mapping[tuple[str, str], t.AbstractSet[str]]) -> None:
    """Have the kernel forget the connections that these rules are about. For a thread of namespaces.in_thread."""
    home = namespaces.open_current()
    try:
        for (namespace, family), rules in changed.items():
            fd = home if namespace == HOST else namespaces.open_named(namespace)
            try:
                with namespaces.entered(fd, home):
                    sock = nfnetlink.open_nfnetlink()
            finally:
                if fd != home:
                    os.close(fd)
            if sock is None:
                continue
            with sock:
                terms = [terms_of(rule) for rule in rules]
                for connection in conntrack.connections(sock, family):
                    if any(concerns(one, connection) for one in terms):
                        conntrack.forget(sock, family, connection)
    finally:
        os.close(home)
