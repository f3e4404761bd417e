# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""iptables: planning chains, in tables that are all ours and in tables that others use too.

The value of a firewall operation is ``(family, tables)``: in a namespace of ours ``tables`` are whole tables; elsewhere
they are Share values (firewall_shares.py), our chains and our jumps alone.
"""

from __future__ import annotations

import hashlib
import typing as t

from ...values.problems import EngineError
from .. import firewall_stamp as xt_stamp
from ..draft import Draft, Policy
from ..layout import Layout
from ..operation import STAGE_FIREWALL
from ..state import Owned
from . import save_text as xt_text
from . import tools as xtables
from .canonical_rules import Rulebook
from .operation import IptablesOperation
from .own_chains import empty_table, keep, place_of_jump, plan_shares
from .save_text import Table
from .value import BASE_CHAINS, Chain, own_chain


def wishes(layout: Layout, policy: Policy) -> dict[str, str]:
    """A digest of all that decides what the chains of each namespace shall be: where neither it nor a rule there has changed
    since a run that found them as declared, there is nothing to do. Raises EngineError where a tool is missing."""
    found: dict[str, t.Any] = {}
    try:
        tools = {
            family: xtables.files_of(family) for family in sorted({chain.family for chain in layout.iptables})
        }
    except xtables.MissingTool as exc:
        raise EngineError(str(exc)) from exc
    exclusive = {namespace.name: namespace.exclusive_firewall for namespace in layout.namespaces}
    names = xt_stamp.names_known() if layout.iptables else []
    for chain in sorted(layout.iptables, key=lambda chain: chain.key):
        if chain.namespace not in found:
            start = (
                layout.scope,
                exclusive.get(chain.namespace, False),
                policy.prunes_tables(chain.namespace),
                tools,
                names,
            )
            found[chain.namespace] = hashlib.sha256(repr(start).encode())
        # A rule with a NUL is never taken, so never proven: as many rules with one NUL between each two are the same rules.
        found[chain.namespace].update(
            repr((chain.key, chain.policy, chain.position, len(chain.rules))).encode()
        )
        found[chain.namespace].update('\0'.join(chain.rules).encode())
    return {namespace: digest.hexdigest() for namespace, digest in found.items()}


def _content(table: Table) -> dict[str, tuple[str | None, tuple[str, ...]]]:
    return {name: (chain.policy, chain.rules) for name, chain in table.chains.items()}


def wanted_families(layout: Layout, owned: Owned, policy: Policy) -> dict[str, set[str]]:
    """The families to look at, by namespace: declared now, or ours from before, save where the namespace goes as a whole."""
    found: dict[str, set[str]] = {}
    for chain in layout.iptables:
        found.setdefault(chain.namespace, set()).add(chain.family)
    stay = {namespace.name for namespace in layout.namespaces}
    for namespace, family in owned.iptables:
        goes = policy.prune and namespace in owned.namespaces and namespace not in stay
        if policy.prunes_tables(namespace) and not policy.named and not goes:
            found.setdefault(namespace, set()).add(family)
    return found


def plan_firewall(draft: Draft, rulebook: Rulebook) -> None:
    by_place: dict[tuple[str, str], list[Chain]] = {}
    for chain in draft.want.iptables:
        by_place.setdefault((chain.namespace, chain.family), []).append(chain)
    for key in [
        key for key in draft.owned.iptables if draft.policy.prunes_tables(key[0]) and not draft.policy.named
    ]:
        by_place.setdefault((key[0], key[1]), [])
        draft.owned_after.iptables.pop(key, None)
    for (namespace, family), chains in sorted(by_place.items()):
        if namespace not in draft.now or namespace in draft.removed_namespaces:
            continue
        if namespace in draft.have.iptables_unchanged and namespace not in draft.new_namespaces:
            draft.owned_after.iptables[(namespace, family)] = [
                list(chain) for chain in draft.owned.iptables.get((namespace, family), [])
            ]
            continue
        if namespace in draft.wanted_namespaces and draft.wanted_namespaces[namespace].exclusive_firewall:
            _whole_tables(draft, rulebook, namespace, family, chains)
        elif any(
            chain in BASE_CHAINS[table] for table, chain in draft.owned.iptables.get((namespace, family), [])
        ) and draft.policy.prunes_tables(namespace):
            _hand_back(draft, rulebook, namespace, family, chains)
        else:
            plan_shares(draft, rulebook, namespace, family, chains)
    _keep_flushing(draft)


def _keep_flushing(draft: Draft) -> None:
    """Which of the chains that are ours now are declared with flush_conntrack: it holds for their end too, and then nobody declares them."""
    for chain in draft.want.iptables if not draft.policy.named else ():
        (
            draft.owned_after.flush_conntrack.add
            if chain.flush_conntrack
            else draft.owned_after.flush_conntrack.discard
        )(chain.key)
    ours = {(*place, *pair) for place, pairs in draft.owned_after.iptables.items() for pair in pairs}
    draft.owned_after.flush_conntrack = {
        (namespace, family, table, name)
        for namespace, family, table, name in draft.owned_after.flush_conntrack
        if {(namespace, family, table, name), (namespace, family, table, own_chain(draft.want.scope, name))}
        & ours
    }


def _whole_tables(draft: Draft, rulebook: Rulebook, namespace: str, family: str, chains: list[Chain]) -> None:
    have = draft.now[namespace].iptables.get(family, {})
    want: dict[str, Table] = {name: empty_table(name) for name in have if name in BASE_CHAINS}
    if draft.policy.named:
        # Only the chains that are named go; the rest of the table stays.
        _without(draft, namespace, family, chains, have)
        return
    if not draft.policy.prunes_tables(namespace):
        # A door for single chains adds to the table, it is not the whole of it.
        want = {name: table for name, table in have.items() if name in BASE_CHAINS}
    for chain in chains:
        table = want.setdefault(chain.table, empty_table(chain.table))
        old = have[chain.table].chains.get(chain.chain) if chain.table in have else None
        policy = (
            (chain.policy or (old.policy if old and not draft.policy.prunes_tables(namespace) else 'ACCEPT'))
            if chain.base
            else None
        )
        want[chain.table] = Table(
            table.name,
            {**table.chains, chain.chain: xt_text.Chain(chain.chain, policy, rulebook.rules(chain))},
        )
        keep(draft, namespace, family, [(chain.table, chain.chain)])
    _replace(draft, namespace, family, have, want)


def _without(
    draft: Draft, namespace: str, family: str, chains: list[Chain], have: t.Mapping[str, Table]
) -> None:
    _replace(draft, namespace, family, have, _emptied(have, [(chain.table, chain.chain) for chain in chains]))


def _emptied(have: t.Mapping[str, Table], chains: t.Iterable[t.Sequence[str]]) -> dict[str, Table]:
    """The tables without these chains; built-in ones stay as they are in the beginning."""
    want = {name: table for name, table in have.items() if name in BASE_CHAINS}
    for table, chain in chains:
        if table not in want:
            continue
        left = dict(want[table].chains)
        if chain in BASE_CHAINS[table]:
            left[chain] = xt_text.Chain(chain, 'ACCEPT')
        else:
            left.pop(chain, None)
        want[table] = Table(table, left)
    return want


def _hand_back(draft: Draft, rulebook: Rulebook, namespace: str, family: str, chains: list[Chain]) -> None:
    """The tables were all ours, and are not from now on: our share of them is written along with what goes."""
    scope = draft.want.scope
    have = draft.now[namespace].iptables.get(family, {})
    want = _emptied(have, draft.owned.iptables[(namespace, family)])
    for chain in chains:
        table = want.setdefault(chain.table, empty_table(chain.table))
        name = own_chain(scope, chain.chain) if chain.base else chain.chain
        content = {**table.chains, name: xt_text.Chain(name, None, rulebook.rules(chain, name))}
        if chain.base:
            base = table.chains[chain.chain]
            jump, rules = rulebook.jump(scope, chain), list(base.rules)
            rules.insert((place_of_jump(table, chain.chain, jump, name) or len(rules) + 1) - 1, jump)
            content[chain.chain] = xt_text.Chain(chain.chain, base.policy, tuple(rules))
        want[chain.table] = Table(chain.table, content)
        keep(draft, namespace, family, [(chain.table, name)])
    _replace(draft, namespace, family, have, want)


def _replace(
    draft: Draft, namespace: str, family: str, have: t.Mapping[str, Table], want: t.Mapping[str, Table]
) -> None:
    changed = [
        name for name in sorted(want) if _content(have.get(name) or empty_table(name)) != _content(want[name])
    ]
    if not changed:
        return
    before = {name: have.get(name) or empty_table(name) for name in changed}
    after = {name: want[name] for name in changed}
    draft.add(IptablesOperation(namespace, before, after, STAGE_FIREWALL, family=family))
    for name in changed:
        old, new = before[name].chains, after[name].chains
        for chain in [*new, *(chain for chain in old if chain not in new)]:
            if (
                chain not in old
                or chain not in new
                or (old[chain].policy, old[chain].rules) != (new[chain].policy, new[chain].rules)
            ):
                draft.change(
                    'iptables',
                    namespace,
                    '%s %s %s' % (family, name, chain),
                    _lines(old.get(chain)),
                    _lines(new.get(chain)),
                )


def _lines(chain: xt_text.Chain | None) -> list[str]:
    if chain is None:
        return []
    return ['policy %s' % (chain.policy or '-')] + ['-A %s %s' % (chain.name, rule) for rule in chain.rules]
