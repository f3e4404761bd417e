# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""iptables: planning in namespaces whose tables are all ours."""

from __future__ import annotations

import typing as t

from ...values.names import place
from ..draft import Draft
from ..operation import STAGE_FIREWALL
from .canonical_rules import CanonicalRules
from .jumps import number_of_jump
from .operation import WholeTablesOperation
from .plan_own_chains import keep, refuse_misread
from .save_text import SavedTable, TableChain, display_line, empty_table
from .value import BASE_CHAINS, Chain, own_chain

Tables = dict[str, SavedTable]


def plan_whole_tables(
    draft: Draft, canonical: CanonicalRules, namespace: str, family: str, chains: t.Sequence[Chain]
) -> None:
    have = draft.now[namespace].iptables.get(family, {})
    if draft.policy.removes:
        # Only the chains that the document lists go; the rest of the table stays.
        want = _without(have, [(chain.table, chain.chain) for chain in chains])
    else:
        prunes = draft.policy.prunes_tables(namespace)
        want = _of_iptables(have)
        if prunes:
            want = {name: empty_table(name) for name in want}
        for chain in chains:
            old = have[chain.table].chains.get(chain.chain) if chain.table in have else None
            present_policy = old.policy if old is not None and not prunes else None
            policy = chain.policy or present_policy or 'ACCEPT'
            _put(
                want,
                chain.table,
                TableChain(chain.chain, policy if chain.base else None, canonical.rules(chain)),
            )
            keep(draft, namespace, family, [(chain.table, chain.chain)])
        if chains and _refuses(draft, namespace, family, have):
            return
    _replace(draft, namespace, family, have, want)


def _refuses(draft: Draft, namespace: str, family: str, have: t.Mapping[str, SavedTable]) -> bool:
    """Whether a chain has a rule that iptables shows as another, which is a conflict."""
    subject = 'iptables %s %s %s in ' + place(namespace)
    refused = False
    for table in have.values():
        for chain in table.chains.values():
            if chain.misread:
                refuse_misread(draft, subject % (family, table.name, chain.name), chain)
                refused = True
    return refused


def plan_shared_again(
    draft: Draft, canonical: CanonicalRules, namespace: str, family: str, chains: t.Iterable[Chain]
) -> None:
    """The tables were all ours, and are not from now on: what goes and our own chains are written in one
    commit."""
    scope = draft.want.scope
    have = draft.now[namespace].iptables.get(family, {})
    want = _without(have, draft.owned.iptables[(namespace, family)])
    for chain in chains:
        name = own_chain(scope, chain.chain) if chain.base else chain.chain
        table = want.get(chain.table) or empty_table(chain.table)
        _put(want, chain.table, TableChain(name, None, canonical.rules(chain, name)))
        if chain.base:
            base = table.chains[chain.chain]
            jump, rules = canonical.jump(scope, chain), list(base.rules)
            number = number_of_jump(table, chain.chain, jump, name) or len(rules) + 1
            rules.insert(number - 1, jump)
            _put(want, chain.table, TableChain(chain.chain, base.policy, tuple(rules)))
        keep(draft, namespace, family, [(chain.table, name)])
    _replace(draft, namespace, family, have, want)


def _of_iptables(tables: t.Mapping[str, SavedTable]) -> Tables:
    return {name: table for name, table in tables.items() if name in BASE_CHAINS}


def _put(tables: Tables, table: str, chain: TableChain) -> None:
    chains = (tables.get(table) or empty_table(table)).chains
    tables[table] = SavedTable(table, {**chains, chain.name: chain})


def _without(have: t.Mapping[str, SavedTable], chains: t.Iterable[t.Sequence[str]]) -> Tables:
    """The tables without these chains, given as (table, chain); built-in ones are as in a new namespace."""
    tables = _of_iptables(have)
    for table, chain in chains:
        if table not in tables:
            continue
        if chain in BASE_CHAINS[table]:
            _put(tables, table, TableChain(chain, 'ACCEPT'))
        else:
            others = {name: other for name, other in tables[table].chains.items() if name != chain}
            tables[table] = SavedTable(table, others)
    return tables


def _replace(
    draft: Draft, namespace: str, family: str, have: t.Mapping[str, SavedTable], want: Tables
) -> None:
    before: Tables = {}
    after: Tables = {}
    for name in sorted(want):
        present = have.get(name) or empty_table(name)
        if present.content() != want[name].content():
            before[name], after[name] = present, want[name]
    if not after:
        return
    draft.add(WholeTablesOperation(namespace, before, after, STAGE_FIREWALL, family=family))
    draft.now[namespace].iptables.setdefault(family, {}).update(after)
    for name, table in after.items():
        old = before[name].chains
        for chain in [*table.chains, *(chain for chain in old if chain not in table.chains)]:
            lines = _lines(old.get(chain)), _lines(table.chains.get(chain))
            if lines[0] != lines[1]:
                draft.change('iptables', namespace, '%s %s %s' % (family, name, chain), *lines)


def _lines(chain: TableChain | None) -> list[str]:
    """A chain as a change shows it."""
    if chain is None:
        return []
    return ['policy %s' % (chain.policy or '-')] + [display_line(chain.name, rule) for rule in chain.rules]
