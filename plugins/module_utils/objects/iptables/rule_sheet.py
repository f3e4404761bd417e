# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many rules as one input of iptables-restore, and which of the rules that come back belong to which."""

from __future__ import annotations

import re
import typing as t

from .save_text import SavedTable, rule_line
from .value import BASE_CHAINS

RuleKey = tuple[str, str, str]
"""(table, chain, spec): one rule as somebody wrote it."""

_OWN_CHAIN = 'multinet-canonical'
_FENCE = 'multinet-between-'


class RuleSheet:
    """Input of iptables-restore that has each rule once, and the owners of each of its lines.

    Rules are (table, chain, spec); chain '' stands for all user-defined chains. Their rules are loaded into
    one chain that nothing jumps to, and the chains that rules jump to stay empty. So rules of unrelated
    chains never make a loop together, nor is the content of one chain checked against the hooks that another
    one is reached from. *spare*: with a table whose built-in chains are all unused, to see what iptables-save
    shows of those.
    """

    def __init__(
        self,
        rules: t.Sequence[RuleKey],
        chains: t.Mapping[str, t.AbstractSet[str]],
        separate_all: bool,
        spare: bool = False,
    ) -> None:
        self.owners: dict[int, list[RuleKey]] = {}
        self._members: dict[tuple[str, str], list[RuleKey]] = {}
        self._own_chain: dict[str, str] = {}
        self._fence = _FENCE
        while any(self._fence in spec for _table, _chain, spec in rules):
            self._fence += '-'
        # One spec may give several rules: '-s 10.0.0.0/8,192.168.0.0/16'. Those come last in a chain, each
        # behind a fence.
        self._fenced = {rule for rule in rules if separate_all or ',' in rule[2]}
        self._lines: list[str] = []
        for table in BASE_CHAINS:
            of_table = [rule for rule in rules if rule[0] == table]
            if of_table or spare:
                self._add_table(table, of_table, chains.get(table, frozenset()))
                spare = spare and bool(of_table)
        self.text = '\n'.join(self._lines) + '\n'

    def _add_line(self, line: str, owners: list[RuleKey]) -> None:
        self._lines.append(line)
        self.owners[len(self._lines)] = owners

    def _add_table(self, table: str, rules: list[RuleKey], chains: t.AbstractSet[str]) -> None:
        own_chain = _OWN_CHAIN
        while own_chain in chains:
            own_chain += '-'
        self._own_chain[table] = own_chain
        # If the table itself, or a chain, cannot be made, every rule of the table is to blame.
        self._add_line('*' + table, rules)
        for chain in sorted(chains) + [own_chain]:
            self._add_line(':%s - [0:0]' % chain, rules)
        for rule in rules:
            self._members.setdefault(rule[:2], []).append(rule)
        for (in_table, chain), members in self._members.items():
            if in_table == table:
                self._add_chain(chain or own_chain, members)
        self._lines.append('COMMIT')

    def _add_chain(self, chain: str, members: list[RuleKey]) -> None:
        members.sort(key=self._fenced.__contains__)
        for number, rule in enumerate(members):
            if rule in self._fenced:
                self._lines.append(rule_line(chain, '-m comment --comment %s%d' % (self._fence, number)))
            self._add_line(rule_line(chain, rule[2]), [rule])

    def read(self, tables: t.Mapping[str, SavedTable]) -> dict[RuleKey, tuple[str, ...]] | None:
        """The canonical form of each rule; None if the rules that came back cannot be told apart."""
        canonical: dict[RuleKey, tuple[str, ...]] = {}
        for (table, chain), members in self._members.items():
            parts = self._divided(tables[table].chains[chain or self._own_chain[table]].rules, members)
            if parts is None:
                return None
            canonical.update(zip(members, parts))
        return canonical

    def _divided(self, rules: t.Sequence[str], members: t.Sequence[RuleKey]) -> list[tuple[str, ...]] | None:
        """The rules of a chain as they came back, divided among those that were loaded."""
        segments, fences = self._segments(rules)
        unfenced = sum(rule not in self._fenced for rule in members)
        if fences != list(range(unfenced, len(members))):
            return None
        if len(segments[0]) != unfenced or not all(segments[1:]):
            return None
        alone = [(rule,) for rule in segments[0]]
        return [*alone, *map(tuple, segments[1:])]

    def _segments(self, rules: t.Sequence[str]) -> tuple[list[list[str]], list[int]]:
        """The rules before the first fence and behind each, and the numbers of the fences."""
        # iptables 1.8.7 on nf_tables prints a blank at the end.
        fence = re.compile(r'-m comment --comment "?%s(\d+)"? ?$' % re.escape(self._fence))
        segments: list[list[str]] = [[]]
        numbers = []
        for rule in rules:
            match = fence.match(rule)
            if match is None:
                segments[-1].append(rule)
            else:
                numbers.append(int(match.group(1)))
                segments.append([])
        return segments, numbers
