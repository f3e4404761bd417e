# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""iptables: planning chains, in tables that are all ours (plan_whole_tables.py) and in tables that others use
too (plan_own_chains.py)."""

from __future__ import annotations

import contextlib
import typing as t

from ...kernel import namespaces
from ..draft import Draft
from .canonical_form import CanonicalRules
from .value import Chain, own_chain, owns_whole_tables


def plan_iptables(draft: Draft, canonical: CanonicalRules) -> None:
    for (namespace, family), chains in sorted(_chains_by_place(draft).items()):
        if namespace not in draft.now or namespace in draft.removed_namespaces:
            continue
        owned = draft.owned.iptables.get((namespace, family), [])
        if namespace in draft.have.iptables_unchanged and namespace not in draft.new_namespaces:
            draft.owned_after.iptables[(namespace, family)] = [list(chain) for chain in owned]
        else:
            _plan_tables(draft, canonical, namespace, family, chains)
    _keep_flush_conntrack(draft)
    _keep_new_tables(draft)


def _plan_tables(
    draft: Draft, canonical: CanonicalRules, namespace: str, family: str, chains: list[Chain]
) -> None:
    """The code is loaded where tables were read."""
    from .plan_own_chains import plan_own_chains
    from .plan_whole_tables import plan_shared_again, plan_whole_tables

    owned = draft.owned.iptables.get((namespace, family), [])
    if _is_exclusive(draft, namespace):
        plan_whole_tables(draft, canonical, namespace, family, chains)
    elif owns_whole_tables(owned) and draft.policy.prunes_tables(namespace):
        plan_shared_again(draft, canonical, namespace, family, chains)
    else:
        plan_own_chains(draft, canonical, namespace, family, chains)


def _chains_by_place(draft: Draft) -> dict[tuple[str, str], list[Chain]]:
    """The declared chains by namespace and family, and empty lists where only chains from before are left."""
    by_place: dict[tuple[str, str], list[Chain]] = {}
    for chain in draft.want.iptables:
        by_place.setdefault((chain.namespace, chain.family), []).append(chain)
    for namespace, family in list(draft.owned.iptables):
        if draft.policy.prunes_tables(namespace) and not draft.policy.removes:
            by_place.setdefault((namespace, family), [])
            draft.owned_after.iptables.pop((namespace, family), None)
    return by_place


def _is_exclusive(draft: Draft, namespace: str) -> bool:
    declared = draft.wanted_namespaces.get(namespace)
    return declared is not None and declared.exclusive_firewall


def _keep_flush_conntrack(draft: Draft) -> None:
    """Keep which of our chains are declared with flush_conntrack: it holds for their end too, when no
    document has them."""
    kept = draft.owned_after.flush_conntrack
    for chain in draft.want.iptables if not draft.policy.removes else ():
        if chain.flush_conntrack:
            kept.add(chain.key)
        else:
            kept.discard(chain.key)
    owned = {(*place, *pair) for place, pairs in draft.owned_after.iptables.items() for pair in pairs}
    draft.owned_after.flush_conntrack = {key for key in kept if owned & _names_of(draft.want.scope, key)}


def _keep_new_tables(draft: Draft) -> None:
    """Keep which tables that we have chains in were not there before us. In a namespace of ours they end with
    it.
    """
    kept = set()
    for (namespace, family), chains in draft.owned_after.iptables.items():
        if namespace in draft.owned_after.namespaces:
            continue
        known = {table for table, _chain in draft.owned.iptables.get((namespace, family), [])}
        seen = draft.have.seen.get(namespace)  # not draft.now, which has ours by now
        present = seen.iptables.get(family, {}) if seen is not None else {}
        for table in {table for table, _chain in chains}:
            is_new = table not in known and table not in present
            if is_new or (namespace, family, table) in draft.owned.new_tables:
                kept.add((namespace, family, table))
    draft.owned_after.new_tables = kept


def drop_empty_tables(tables: t.Iterable[tuple[str, str, str]]) -> None:
    """Delete tables, given as (namespace, family, table), that nothing is in any more. For a thread of
    namespaces.in_thread.
    """
    from .known_rules import drop_empty_table

    with namespaces.Visitor() as visitor:
        for namespace, family, table in sorted(tables):
            with contextlib.suppress(OSError), visitor.visit(namespace):
                drop_empty_table(family, table)


def _names_of(scope: str, key: tuple[str, ...]) -> set[tuple[str, ...]]:
    """The key of a declared chain, and that of the chain that holds its rules if it is a built-in one."""
    *place, name = key
    return {key, (*place, own_chain(scope, name))}
