# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""iptables: what one scope has in a table that others use too."""

from __future__ import annotations

import typing as t

from ...values.struct import not_compared
from .jumps import Jump
from .save_text import SavedTable, TableChain
from .tools import WholeRule

Rules = tuple[str, ...]
Counters = tuple[tuple[int, int], ...]


@not_compared('counters')
class OwnChains(t.NamedTuple):
    """The chains of a scope in a table, each with its rules, and its jumps from built-in chains.

    A chain without rules at all is (), one that does not exist is None. ``counters`` are those of the rules,
    by chain.
    """

    chains: t.Mapping[str, Rules | None]
    jumps: tuple[Jump, ...]
    counters: t.Mapping[str, Counters] = {}

    def is_in(self, present: SavedTable | None) -> bool:
        """Whether the table has these chains, as far as rules go, and these jumps."""
        chains = present.chains if present is not None else {}
        for name, rules in self.chains.items():
            if (chains[name].rules if name in chains else None) != rules:
                return False
        return all(set(jump.rules) <= _rules_in(present, jump.chain) for jump in self.jumps)

    def has_new_jump(self, before: OwnChains, present: SavedTable | None) -> bool:
        """Whether the table has one of these jumps that did not exist *before*."""
        for old, new in zip(before.jumps, self.jumps):
            if (set(new.rules) - set(old.rules)) & _rules_in(present, old.chain):
                return True
        return False

    def written_to(self, present: SavedTable, before: OwnChains) -> SavedTable:
        """A table that has what was *before*, with these in place of it."""
        chains = {name: chain for name, chain in present.chains.items() if name not in self.chains}
        for name, rules in self.chains.items():
            if rules is not None:
                chains[name] = TableChain(name, None, rules)
        for old, new in zip(before.jumps, self.jumps):
            base = chains.get(old.chain) or TableChain(old.chain, 'ACCEPT')
            others = [rule for rule in base.rules if rule not in old.rules]
            place = new.number - 1 if new.number else len(others)
            rules = (*others[:place], *new.rules, *others[place:])
            chains[old.chain] = base._replace(rules=rules, counters=())
        return SavedTable(present.name, chains)

    def line_breaks(self, table: str) -> list[WholeRule]:
        """The rules that iptables-restore cannot write as they are."""
        rules = []
        for chain, specs in self.chains.items():
            rules += rules_with_line_breaks(table, chain, specs or (), self.counters.get(chain, ()))
        return rules


def rules_with_line_breaks(
    table: str, chain: str, specs: Rules, counters: t.Sequence[tuple[int, int]]
) -> list[WholeRule]:
    """The rules of a chain that iptables-restore cannot write as they are."""
    known: t.Sequence[tuple[int, int] | None] = (
        counters if len(counters) == len(specs) else [None] * len(specs)
    )
    return [
        WholeRule(table, chain, number, spec, counted)
        for number, (spec, counted) in enumerate(zip(specs, known), 1)
        if '\n' in spec
    ]


def _rules_in(table: SavedTable | None, chain: str) -> set[str]:
    return set(table.chains[chain].rules) if table is not None and chain in table.chains else set()
