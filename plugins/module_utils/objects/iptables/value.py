# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""iptables: the chains that a document declares."""

from __future__ import annotations

import dataclasses
import hashlib
import typing as t

from ...values.problems import Problem, Problems
from ...values.reading import Reader, plain, shown
from .rule_keys import read_rule_keys
from .rule_text import check_chain, check_spec

FAMILIES = ('ipv4', 'ipv6')
BASE_CHAINS: dict[str, tuple[str, ...]] = {
    'raw': ('PREROUTING', 'OUTPUT'),
    'mangle': ('PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'),
    'nat': ('PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'),
    'filter': ('INPUT', 'FORWARD', 'OUTPUT'),
    'security': ('INPUT', 'FORWARD', 'OUTPUT'),
}
LAST = 1000
POSITIONS = {'first': 0, 'last': LAST}
CHAIN_BYTES = 28  # XT_EXTENSION_MAXNAMELEN less one, linux/include/uapi/linux/netfilter/x_tables.h


@dataclasses.dataclass(frozen=True)
class Chain:
    """A declared chain. ``rules`` are texts as iptables-save prints them, without ``-A CHAIN``.

    ``position`` says where our jump stands in a built-in chain that others have rules in too: 0 is first and LAST is last, numbers
    between are first too, behind jumps of this collection with smaller ones. ``flush_conntrack``: connections that a changed rule
    is about are forgotten by the kernel.
    """

    namespace: str
    family: str
    table: str
    chain: str
    rules: tuple[str, ...] = ()
    policy: str | None = None
    position: int = 0
    flush_conntrack: bool = False
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


def _chain_fault(name: str) -> Problem | None:
    if name.startswith('mn-'):
        return Problem('', 'begins as the chains that are made here do', name)
    return check_chain(name)


def _read_position(reader: Reader, base: bool, exclusive: bool) -> int:
    value = reader.take('position')
    if value is None:
        return 0
    text = plain(value) or ''
    number = POSITIONS.get(text, int(text) if text.isascii() and text.isdigit() and len(text) < 4 else -1)
    if number < 0 or number == 0 and text != 'first':
        reader.fault(
            'position',
            'is unknown',
            found=shown(value),
            want='first, last or a number from 1 to %d' % (LAST - 1),
        )
    elif not base or exclusive:
        reader.fault(
            'position',
            'is for built-in chains that others have rules in too',
            found=shown(value),
            do='take it out',
        )
    return number


def rule_faults(chains: t.Iterable[Chain]) -> list[Problem]:
    """What is wrong with the texts of rules, as far as text tells."""
    found = []
    for chain in chains:
        for number, text in enumerate(chain.rules):
            fault = rule_fault(text, chain.family)
            if fault:
                found.append(Problem('%s.rules[%d]' % (chain.path, number), fault))
    return found


def rule_fault(text: str, family: str) -> str:
    fault = check_spec(text, family)
    return '%s; the rule is %s' % (fault, shown(text)) if fault else ''


def _usual_texts(members: t.Sequence[t.Any]) -> list[str] | None:
    """All rules of a chain, where all are texts of ASCII letters; None where they have to be looked at one by one."""
    if not set(map(type, members)) <= {str}:
        return None
    texts = [rule.strip(' \t') for rule in members]
    return texts if all(texts) and ''.join(texts).isascii() else None


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
    position = _read_position(reader, chain in BASE_CHAINS[table], exclusive)
    flush = bool(reader.boolean('flush_conntrack', False))
    families = FAMILIES if family == 'both' else (family,)
    rules: dict[str, list[str]] = {each: [] for each in families}
    members = reader.members('rules')
    usual = _usual_texts(members)
    if usual is not None:
        rules = dict.fromkeys(families, usual)
        members = ()
    for number, rule in enumerate(members):
        text = rule.strip(' \t') if isinstance(rule, str) else ''
        if text and (text.isascii() or plain(text)):
            for texts in rules.values():
                texts.append(text)
            continue
        where = '%s[%d]' % (reader.at('rules'), number)
        if isinstance(rule, dict):
            for each, texts in rules.items():
                texts.append(read_rule_keys(rule, where, problems, table, each))
        else:
            problems.add(
                where,
                'is no rule',
                found=shown(rule),
                do='write it as iptables-save does, without "-A CHAIN", or as keys',
            )
    reader.done()
    if chain is None:
        return []
    base = chain in BASE_CHAINS[table]
    if not base:
        elsewhere = [name for name, chains in BASE_CHAINS.items() if chain in chains]
        problem = _chain_fault(chain)
        if elsewhere:
            reader.fault(
                'chain',
                'does not exist in table %s' % table,
                found=chain,
                want='one of %s' % ', '.join(BASE_CHAINS[table]),
            )
        elif problem:
            reader.note('chain', problem)
        if policy:
            reader.fault('policy', 'is for built-in chains only', found='it on %s' % chain)
    elif policy and not exclusive:
        reader.fault(
            'policy',
            'cannot be set where others have rules too',
            found=policy,
            do='end the rules with "-j %s", or set iptables_mode: exclusive' % policy,
        )
    if policy == 'DROP' and table == 'nat':
        reader.fault('policy', 'cannot be DROP in table nat', do='filter in table filter')
    chains = [
        Chain(namespace, each, table, chain, tuple(texts), policy, position, flush, path)
        for each, texts in rules.items()
    ]
    if len(problems.found) > before:
        problems.found += rule_faults(chains)
        return []
    return chains
