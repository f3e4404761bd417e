# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""iptables: the chains that a document declares."""

from __future__ import annotations

import hashlib
import typing as t

from ...values.struct import not_compared

FAMILIES = ('ipv4', 'ipv6')
BASE_CHAINS: dict[str, tuple[str, ...]] = {
    'raw': ('PREROUTING', 'OUTPUT'),
    'mangle': ('PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'),
    'nat': ('PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'),
    'filter': ('INPUT', 'FORWARD', 'OUTPUT'),
    'security': ('INPUT', 'FORWARD', 'OUTPUT'),
}
"""Built-in chains by table."""
LAST = 1000
POSITIONS = {'first': 0, 'last': LAST}
CHAIN_BYTES = 28  # XT_EXTENSION_MAXNAMELEN less one, linux/include/uapi/linux/netfilter/x_tables.h
CHAIN_PREFIX = 'mn-'
REJECT_WITH = {'ipv4': 'icmp-port-unreachable', 'ipv6': 'icmp6-port-unreachable'}
"""What a REJECT answers with, by family, where no rule sets it."""


@not_compared('path')
class Chain(t.NamedTuple):
    """A declared chain. ``rules`` are texts as iptables-save prints them, without ``-A CHAIN``.

    ``position`` says where our jump stands in a built-in chain that others have rules in too: 0 is first and
    LAST is last; numbers between are first too, behind jumps of this collection with smaller ones.
    ``flush_conntrack``: when a rule changes, the kernel forgets the connections that it applies to.
    """

    namespace: str
    family: str
    table: str
    chain: str
    rules: tuple[str, ...] = ()
    policy: str | None = None
    position: int = 0
    flush_conntrack: bool = False
    path: str = ''

    @property
    def base(self) -> bool:
        return self.chain in BASE_CHAINS[self.table]

    @property
    def key(self) -> tuple[str, str, str, str]:
        return (self.namespace, self.family, self.table, self.chain)


def owns_whole_tables(owned: t.Iterable[t.Sequence[str]]) -> bool:
    """Whether a scope has a built-in chain itself, and so the whole table. *owned* are pairs of table and
    chain."""
    return any(chain in BASE_CHAINS[table] for table, chain in owned)


def own_chain(scope: str, chain: str) -> str:
    """The chain that holds the rules of *scope* for a built-in chain that it shares with others."""
    name = '%s%s-%s' % (CHAIN_PREFIX, scope, chain)
    if len(name.encode()) <= CHAIN_BYTES:
        return name
    return '%s%s-%s' % (CHAIN_PREFIX, hashlib.sha256(scope.encode()).hexdigest()[:10], chain)


def is_own_chain(name: str) -> bool:
    """Whether a chain is one that holds the rules of some scope for a built-in chain."""
    return name.startswith(CHAIN_PREFIX)
