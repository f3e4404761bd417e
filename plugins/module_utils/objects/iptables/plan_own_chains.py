# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""iptables: planning in tables that others use too, where each scope has chains of its own and jumps to
them."""

from __future__ import annotations

import typing as t

from ...values.names import place
from ..draft import Draft
from ..operation import STAGE_FIREWALL, STAGE_LATE_FIREWALL
from .canonical_rules import CanonicalRules
from .jumps import jump_pair
from .operation import OwnChainsOperation
from .own_chains import OwnChains
from .save_text import SavedTable, TableChain, display_line, empty_table, rule_line
from .value import BASE_CHAINS, Chain, own_chain


class _Wanted(t.NamedTuple):
    """A chain of ours: its rules, and for the rules of a built-in chain its name and the jump from it."""

    rules: tuple[str, ...]
    base: str = ''
    jump: str = ''


def plan_own_chains(
    draft: Draft, canonical: CanonicalRules, namespace: str, family: str, chains: t.Iterable[Chain]
) -> None:
    """Plan the chains of one namespace and family in shared mode. Adds operations and changes to *draft*."""
    planner = _Planner(draft, namespace, family)
    wanted: dict[str, dict[str, _Wanted]] = {}
    for chain in chains:
        name = own_chain(draft.want.scope, chain.chain) if chain.base else chain.chain
        wanted.setdefault(chain.table, {})[name] = planner.wanted(canonical, chain, name)
    before: dict[str, OwnChains] = {}
    after: dict[str, OwnChains] = {}
    for table in sorted({*wanted, *(table for table, _chain in planner.owned)}):
        pair = planner.plan(table, wanted.get(table, {}))
        if pair is not None:
            before[table], after[table] = pair
            planner.put(table, *pair)
    if after:
        removes_all = all(rules is None for own in after.values() for rules in own.chains.values())
        stage = STAGE_LATE_FIREWALL if removes_all else STAGE_FIREWALL
        draft.add(OwnChainsOperation(namespace, before, after, stage, family=family))


class _Planner:
    """Plans the tables of one family of a namespace."""

    def __init__(self, draft: Draft, namespace: str, family: str) -> None:
        self.draft, self.namespace, self.family = draft, namespace, family
        self.scope, self.removing = draft.want.scope, draft.policy.removes
        self.present: dict[str, SavedTable] = draft.now[namespace].iptables.get(family, {})
        self.owned = {(pair[0], pair[1]) for pair in draft.owned.iptables.get((namespace, family), [])}

    def wanted(self, canonical: CanonicalRules, chain: Chain, name: str) -> _Wanted:
        base = chain.chain if chain.base else ''
        if self.removing:
            return _Wanted((), base)
        jump = canonical.jump(self.scope, chain) if base else ''
        return _Wanted(canonical.rules(chain, name), base, jump)

    def plan(self, table: str, wanted: t.Mapping[str, _Wanted]) -> tuple[OwnChains, OwnChains] | None:
        """What the scope has in a table and what it is to have; None if that is the same, or conflicts."""
        present = self.present.get(table) or empty_table(table)
        if self._takes_a_foreign_chain(present, wanted) or self._holds_rules_of_nft(present, wanted):
            return None
        removed = self._undeclared(table, wanted)
        before, after = self._pair(present, wanted, removed)
        if self._breaks_a_foreign_rule(present, before, after):
            return None
        self._note_owned(table, wanted, before.chains)
        if before == after:
            return None
        self._note_changes(table, before, after)
        return before, after

    def put(self, table: str, before: OwnChains, after: OwnChains) -> None:
        """Note what will be in a table."""
        tables = self.draft.now[self.namespace].iptables.setdefault(self.family, {})
        tables[table] = after.written_to(tables.get(table) or empty_table(table), before)

    def _takes_a_foreign_chain(self, present: SavedTable, wanted: t.Mapping[str, _Wanted]) -> bool:
        """Whether one of our chains has the name of a chain that others made, which is a conflict."""
        if self.draft.policy.adopt or self.removing:
            return False
        for name, chain in wanted.items():
            if not chain.base and (present.name, name) not in self.owned and name in present.chains:
                if present.chains[name].rules != chain.rules:
                    advice = 'give yours another name, or set adopt: true to take it over'
                    self.draft.conflict(
                        self._subject(present.name, name), 'is a chain of someone else', do=advice
                    )
                    return True
        return False

    def _holds_rules_of_nft(self, present: SavedTable, wanted: t.Iterable[str]) -> bool:
        """Whether one of our chains has a rule that iptables shows as another, which is a conflict."""
        chains = [present.chains[name] for name in wanted if name in present.chains]
        misread = [chain for chain in chains if chain.misread and not self.removing]
        for chain in misread:
            refuse_misread(self.draft, self._subject(present.name, chain.name), chain)
        return bool(misread)

    def _undeclared(self, table: str, wanted: t.Mapping[str, _Wanted]) -> set[str]:
        """Our chains from before that go because they are not declared any more."""
        if self.removing or not self.draft.policy.prunes_tables(self.namespace):
            return set()
        return {chain for in_table, chain in self.owned if in_table == table and chain not in wanted}

    def _pair(
        self, present: SavedTable, wanted: t.Mapping[str, _Wanted], removed: set[str]
    ) -> tuple[OwnChains, OwnChains]:
        """What the scope has in a table, and what it is to have."""
        chains_before: dict[str, tuple[str, ...] | None] = {}
        chains_after: dict[str, tuple[str, ...] | None] = {}
        counters = {}
        for name in sorted({*wanted, *removed}):
            chain = present.chains.get(name)
            chains_before[name] = chain.rules if chain else None
            chains_after[name] = None if name in removed or self.removing else wanted[name].rules
            if chain:
                counters[name] = chain.counters
        jumps = {chain.base: chain.jump for chain in wanted.values() if chain.base}
        jumps.update(
            {base: '' for base in BASE_CHAINS[present.name] if own_chain(self.scope, base) in removed}
        )
        pairs = [jump_pair(present, self.scope, base, jump) for base, jump in sorted(jumps.items())]
        jumps_before, jumps_after = tuple(zip(*pairs)) or ((), ())
        return OwnChains(chains_before, jumps_before, counters), OwnChains(chains_after, jumps_after)

    def _breaks_a_foreign_rule(self, present: SavedTable, before: OwnChains, after: OwnChains) -> bool:
        """Whether a rule of others leads to a chain that goes, which is a conflict."""
        going = {
            name for name, rules in before.chains.items() if rules is not None and after.chains[name] is None
        }
        own_jumps = {rule for jump in before.jumps for rule in jump.rules}
        for chain in present.chains.values():
            for rule in chain.rules if going and chain.name not in before.chains else ():
                target = _target(rule)
                if target in going and rule not in own_jumps:
                    self.draft.conflict(
                        self._subject(present.name, target),
                        'is used by a rule of someone else',
                        do='remove that rule first',
                        found=repr(rule_line(chain.name, rule)),
                    )
                    return True
        return False

    def _note_owned(self, table: str, wanted: t.Iterable[str], names: t.Container[str]) -> None:
        if not self.removing:
            keep(self.draft, self.namespace, self.family, [(table, name) for name in wanted])
            return
        key = (self.namespace, self.family)
        owned = self.draft.owned_after.iptables.get(key, [])
        self.draft.owned_after.iptables[key] = [
            pair for pair in owned if pair[0] != table or pair[1] not in names
        ]

    def _note_changes(self, table: str, before: OwnChains, after: OwnChains) -> None:
        for name in before.chains:
            self.draft.change(
                'iptables',
                self.namespace,
                '%s %s %s' % (self.family, table, name),
                self._lines(name, before),
                self._lines(name, after),
            )

    def _lines(self, name: str, own: OwnChains) -> list[str]:
        """A chain with its jump, as a change shows it."""
        rules = own.chains[name]
        if rules is None:
            return []
        lines = [':%s -' % name] + [display_line(name, rule) for rule in rules]
        jump = next((jump for jump in own.jumps if own_chain(self.scope, jump.chain) == name), None)
        if jump is None or not jump.text:
            return lines
        where = {0: ' (last)', 1: ''}.get(jump.number, ' (number %d)' % jump.number)
        return [display_line(jump.chain, jump.text) + where, *lines]

    def _subject(self, table: str, chain: str) -> str:
        return 'iptables %s %s %s in %s' % (self.family, table, chain, place(self.namespace))


def _target(rule: str) -> str:
    """The chain or target that a rule leads to; '' if it is not the last of its words."""
    words = rule.split(' ')
    return words[-1] if len(words) > 1 and words[-2] in ('-j', '-g') else ''


def refuse_misread(draft: Draft, subject: str, chain: TableChain) -> None:
    draft.conflict(
        subject,
        'has a rule of nft that iptables shows as another, without %s' % chain.misread,
        do='remove that rule with nft, or move it to a table of another name',
    )


def keep(draft: Draft, namespace: str, family: str, chains: t.Iterable[tuple[str, str]]) -> None:
    """Note that the scope owns these chains after the run, each as (table, chain)."""
    owned = draft.owned_after.iptables.setdefault((namespace, family), [])
    owned.extend([table, chain] for table, chain in chains if [table, chain] not in owned)
