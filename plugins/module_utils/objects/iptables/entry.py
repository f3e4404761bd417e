# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Entries of ``iptables`` in a document for the tables that a namespace has. Pure."""

from __future__ import annotations

import typing as t

from .jumps import jumps_to, position_of
from .save_text import SavedTable
from .value import BASE_CHAINS, is_own_chain, own_chain

Entry = dict[str, t.Any]
ChainId = tuple[str, str]
"""(table, chain)."""


def chain_entry(family: str, table: str, name: str, rules: t.Iterable[str], policy: str | None) -> Entry:
    """A chain with nothing said that is the default."""
    entry: Entry = {'chain': name}
    if table != 'filter':
        entry['table'] = table
    if family != 'ipv4':
        entry['family'] = family
    if policy:
        entry['policy'] = policy
    entry['rules'] = list(rules)
    return entry


def has_chains_of_scopes(tables: t.Mapping[str, SavedTable]) -> bool:
    return any(is_own_chain(chain) for table in tables.values() for chain in table.chains)


def entries_of_whole_tables(
    family: str, tables: t.Mapping[str, SavedTable], owned: t.Collection[ChainId] = ()
) -> list[Entry]:
    """All chains, except built-in ones that are as a new namespace has them and are not *owned*."""
    entries = []
    for name in sorted(table for table in tables if table in BASE_CHAINS):
        for chain in tables[name].chains.values():
            policy = chain.policy if chain.policy not in (None, 'ACCEPT', '-') else None
            is_initial = chain.name in BASE_CHAINS[name] and not chain.rules and not policy
            if not is_initial or (name, chain.name) in owned:
                entries.append(chain_entry(family, name, chain.name, chain.rules, policy))
    return entries


def entries_of_own_chains(
    family: str, tables: t.Mapping[str, SavedTable], scope: str, owned: t.Collection[ChainId]
) -> list[Entry]:
    """What a scope has in tables that others use too."""
    entries = []
    for name, chain in sorted(owned):
        if name in tables and chain in tables[name].chains:
            entries.append(_own_chain_entry(family, tables[name], scope, chain))
    return entries


def _own_chain_entry(family: str, table: SavedTable, scope: str, chain: str) -> Entry:
    declared = next((base for base in BASE_CHAINS[table.name] if own_chain(scope, base) == chain), chain)
    entry = chain_entry(family, table.name, declared, table.chains[chain].rules, None)
    jumps = jumps_to(table, declared, chain) if declared != chain else []
    position = position_of(jumps[0]) if jumps else None
    if position is not None:
        entry['position'] = position
    return entry
