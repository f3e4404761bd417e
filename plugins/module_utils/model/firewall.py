# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""iptables: the chains that a document declares."""
from __future__ import annotations

import dataclasses
import hashlib

from .reading import Problems, Reader, plain, shown

FAMILIES = ('ipv4', 'ipv6')
BASE_CHAINS: dict[str, tuple[str, ...]] = {
    'raw': ('PREROUTING', 'OUTPUT'),
    'mangle': ('PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'),
    'nat': ('PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'),
    'filter': ('INPUT', 'FORWARD', 'OUTPUT'),
    'security': ('INPUT', 'FORWARD', 'OUTPUT'),
}
TARGETS = ('ACCEPT', 'DROP', 'RETURN', 'QUEUE')
CHAIN_BYTES = 28  # XT_EXTENSION_MAXNAMELEN less one, linux/include/uapi/linux/netfilter/x_tables.h


@dataclasses.dataclass(frozen=True)
class Chain:
    """A declared chain. ``rules`` are texts as iptables-save prints them, without ``-A CHAIN``."""

    namespace: str
    family: str
    table: str
    chain: str
    rules: tuple[str, ...] = ()
    policy: str | None = None
    path: str = dataclasses.field(default='', compare=False)

    @property
    def base(self) -> bool:
        return self.chain in BASE_CHAINS[self.table]

    @property
    def key(self) -> tuple[str, str, str, str]:
        return (self.namespace, self.family, self.table, self.chain)


def own_chain(scope: str, chain: str) -> str:
    """The chain that holds the rules of *scope* for a base chain that it shares with others."""
    name = 'mn-%s-%s' % (scope, chain)
    if len(name.encode()) <= CHAIN_BYTES:
        return name
    return 'mn-%s-%s' % (hashlib.sha256(scope.encode()).hexdigest()[:10], chain)


def _chain_fault(name: str) -> str:
    if len(name.encode()) > CHAIN_BYTES:
        return 'is too long for a chain (found %d bytes in %r, want at most %d)' % (len(name.encode()), name, CHAIN_BYTES)
    if name.startswith(('-', '!')) or any(letter.isspace() or not letter.isprintable() for letter in name) or '"' in name:
        return 'is no name for a chain (found %r)' % name
    if name in TARGETS:
        return 'is a target, no chain (found %s)' % name
    if name.startswith('mn-'):
        return 'begins as the chains that are made here do (found %s)' % name
    return ''


def read_chain(data: object, path: str, problems: Problems, namespace: str, exclusive: bool) -> list[Chain]:
    """One entry of ``iptables``; ``family: both`` makes two of it."""
    reader = Reader(data, path, problems)
    if reader.broken:
        return []
    before = len(problems.found)
    table = reader.choice('table', BASE_CHAINS, default='filter') or 'filter'
    chain = reader.text('chain', required=True)
    family = reader.choice('family', (*FAMILIES, 'both'), default='ipv4') or 'ipv4'
    policy = reader.choice('policy', ('ACCEPT', 'DROP'))
    rules: list[str] = []
    for where, rule in reader.items('rules'):
        if not isinstance(rule, str) or not (plain(rule) or '').strip():
            problems.add(where, 'is no rule (found %s)' % shown(rule), 'write it as iptables-save does, without "-A CHAIN"')
        elif any(letter in rule for letter in '\n\r\0'):
            problems.add(where, 'has more than one line (found %s)' % shown(rule), 'write one rule per entry')
        else:
            rules.append(rule.strip())
    reader.done()
    if chain is None:
        return []
    base = chain in BASE_CHAINS[table]
    if not base:
        elsewhere = [name for name, chains in BASE_CHAINS.items() if chain in chains]
        fault = _chain_fault(chain)
        if elsewhere:
            reader.fault('chain', 'does not exist in table %s (found %s, want one of %s)' % (table, chain, ', '.join(BASE_CHAINS[table])))
        elif fault:
            reader.fault('chain', fault)
        if policy:
            reader.fault('policy', 'is for built-in chains only (found it on %s)' % chain)
    elif policy and not exclusive:
        reader.fault('policy', 'cannot be set where others have rules too (found %s)' % policy,
                     'end the rules with "-j %s", or set iptables_mode: exclusive' % policy)
    if policy == 'DROP' and table == 'nat':
        reader.fault('policy', 'cannot be DROP in table nat', 'filter in table filter')
    if len(problems.found) > before:
        return []
    families = FAMILIES if family == 'both' else (family,)
    return [Chain(namespace, each, table, chain, tuple(rules), policy, path) for each in families]
