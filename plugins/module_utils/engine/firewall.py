# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""iptables: planning chains, in tables that are all ours and in tables that others use too.

The value of a firewall operation is ``(family, tables)``: in a namespace of ours ``tables`` are whole tables; elsewhere
they are Share values (firewall_shares.py), our chains and our jumps alone.
"""
from __future__ import annotations

import dataclasses
import hashlib
import typing as t

from ..kernel import xt_canon, xt_stamp, xt_text, xtables
from ..kernel.xt_errors import RuleErrors
from ..kernel.xt_text import Table
from ..model.firewall import BASE_CHAINS, FAMILIES, Chain, own_chain, rule_fault
from ..model.layout import Layout
from ..model.reading import InputError
from .firewall_shares import empty_table, jump_text, keep, place_of_jump, plan_shares
from .ops import STAGE_FIREWALL
from .planner import Draft, Policy
from .state import EngineError, Owned, Snapshot

Spec = tuple[str, str, str, str]  # family, table, chain, rule text


@dataclasses.dataclass(frozen=True)
class Rulebook:
    """What iptables makes of each rule text of a document."""

    canonical: t.Mapping[Spec, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    namespaces: frozenset[str] = frozenset()  # those whose rules are in it

    def rules(self, chain: Chain, name: str | None = None) -> tuple[str, ...]:
        return tuple(rule for text in chain.rules for rule in self.canonical[(chain.family, chain.table, name or chain.chain, text)])

    def jump(self, scope: str, chain: Chain) -> str:
        return self.canonical[(chain.family, chain.table, chain.chain, jump_text(scope, chain))][0]


def wishes(layout: Layout, policy: Policy) -> dict[str, str]:
    """A digest of all that decides what the chains of each namespace shall be: where neither it nor a rule there has changed
    since a run that found them as declared, there is nothing to do. Raises EngineError where a tool is missing."""
    found: dict[str, t.Any] = {}
    try:
        tools = {family: xtables.files_of(family) for family in sorted({chain.family for chain in layout.chains})}
    except xtables.MissingTool as exc:
        raise EngineError(str(exc)) from exc
    exclusive = {namespace.name: namespace.exclusive_firewall for namespace in layout.namespaces}
    names = xt_stamp.names_known() if layout.chains else []
    for chain in sorted(layout.chains, key=lambda chain: chain.key):
        if chain.namespace not in found:
            start = (layout.scope, exclusive.get(chain.namespace, False), policy.prunes_tables(chain.namespace), tools, names)
            found[chain.namespace] = hashlib.sha256(repr(start).encode())
        # A rule with a NUL is never taken, so never proven: as many rules with one NUL between each two are the same rules.
        found[chain.namespace].update(repr((chain.key, chain.policy, chain.position, len(chain.rules))).encode())
        found[chain.namespace].update('\0'.join(chain.rules).encode())
    return {namespace: digest.hexdigest() for namespace, digest in found.items()}


def _printed(have: Snapshot, namespaces: t.Iterable[str]) -> dict[tuple[str, str, str], set[str]]:
    """Texts that iptables-save has printed, by family, table and chain: they are canonical. Rules that lead to chains of the user's own
    are not among them, for those chains may go."""
    found: dict[tuple[str, str, str], set[str]] = {}
    for namespace in namespaces:
        for family, tables in (have.seen[namespace].tables.items() if namespace in have.seen else ()):
            for table in tables.values():
                own = tuple(' %s %s' % (flag, name) for name, chain in table.chains.items() if chain.policy is None for flag in ('-j', '-g'))
                for chain in table.chains.values():
                    found.setdefault((family, table.name, chain.name), set()).update(
                        rule for rule in chain.rules if not (' ' + rule).endswith(own))
    return found


def _specs(chains_wanted: t.Iterable[Chain], layout: Layout, printed: t.Mapping[tuple[str, str, str], t.AbstractSet[str]],
           ) -> tuple[dict[str, dict[Spec, str]], dict[str, dict[str, set[str]]], dict[Spec, tuple[str, ...]]]:
    """The rule texts of chains by family, each with its path, the user chains by family and table, and what is canonical already."""
    canonical: dict[Spec, tuple[str, ...]] = {}
    specs: dict[str, dict[Spec, str]] = {}
    chains: dict[str, dict[str, set[str]]] = {}
    exclusive = {namespace.name: namespace.exclusive_firewall for namespace in layout.namespaces}
    for chain in chains_wanted:
        family = specs.setdefault(chain.family, {})
        known = chains.setdefault(chain.family, {}).setdefault(chain.table, set())
        name = chain.chain
        if chain.base and not exclusive.get(chain.namespace, False):
            name = own_chain(layout.scope, chain.chain)
            known.add(name)
            family.setdefault((chain.family, chain.table, chain.chain, jump_text(layout.scope, chain)), chain.path)
            # Loaded into the real chain as well, so that the kernel checks the hook that the rule will be reached from.
            already = printed.get((chain.family, chain.table, name), frozenset())
            for number, text in enumerate(chain.rules):
                if text not in already:
                    family.setdefault((chain.family, chain.table, chain.chain, text), '%s.rules[%d]' % (chain.path, number))
        elif not chain.base:
            known.add(name)
        already = printed.get((chain.family, chain.table, name), frozenset())
        for number, text in enumerate(chain.rules):
            key = (chain.family, chain.table, name, text)
            if text in already:
                canonical[key] = (text,)
            else:
                family.setdefault(key, '%s.rules[%d]' % (chain.path, number))
    return specs, chains, canonical


def write_rulebook(layout: Layout, have: Snapshot, known: Rulebook | None = None) -> Rulebook:
    """Ask iptables for the canonical form of every rule. Raises InputError with all rules that it does not take.

    Rules of settled namespaces are not asked for, nor those that are *known* or were printed by iptables-save. Works in a throw-away
    namespace; nothing of the host is touched.
    """
    known = known or Rulebook()
    asked = {chain.namespace for chain in layout.chains} - have.settled - known.namespaces
    if not asked:
        return known
    specs, chains, printed = _specs([chain for chain in layout.chains if chain.namespace in asked], layout, _printed(have, asked))
    canonical = {**known.canonical, **printed}
    problems = ['%s: %s' % (path, fault) for family in FAMILIES for spec, path in specs.get(family, {}).items()
                for fault in [rule_fault(spec[3], family)] if fault]
    if problems:
        raise InputError(list(dict.fromkeys(problems)))
    for family in FAMILIES:
        if not specs.get(family):
            continue
        try:
            tool = xtables.find_tool(family)
            found = xt_canon.canonicalise(tool, [spec[1:] for spec in specs[family]], chains[family], checked=True)
        except xtables.MissingTool as exc:
            raise EngineError(str(exc)) from exc
        except PermissionError as exc:
            raise EngineError('iptables: %s; set become: true, root is needed' % exc.strerror) from exc
        except RuleErrors as exc:
            seen = set()
            for fault in exc.faults:
                path = specs[family].get((family, fault.table, fault.chain, fault.spec), 'iptables')
                if (path, fault.spec) not in seen:
                    seen.add((path, fault.spec))
                    problems.append('%s: iptables does not take this rule for %s of table %s (found %r): %s' % (
                        path, fault.chain, fault.table, fault.spec, fault.message))
            continue
        canonical.update({(family, *key): rules for key, rules in found.items()})
    if problems:
        raise InputError(problems)
    return Rulebook(canonical, known.namespaces | asked)


def _content(table: Table) -> dict[str, tuple[str | None, tuple[str, ...]]]:
    return {name: (chain.policy, chain.rules) for name, chain in table.chains.items()}


def wanted_families(layout: Layout, owned: Owned, policy: Policy) -> dict[str, set[str]]:
    """The families to look at, by namespace: declared now, or ours from before, save where the namespace goes as a whole."""
    found: dict[str, set[str]] = {}
    for chain in layout.chains:
        found.setdefault(chain.namespace, set()).add(chain.family)
    stay = {namespace.name for namespace in layout.namespaces}
    for namespace, family in owned.chains:
        goes = policy.prune and namespace in owned.namespaces and namespace not in stay
        if policy.prunes_tables(namespace) and not policy.named and not goes:
            found.setdefault(namespace, set()).add(family)
    return found


def plan_firewall(draft: Draft, rulebook: Rulebook) -> None:
    by_place: dict[tuple[str, str], list[Chain]] = {}
    for chain in draft.want.chains:
        by_place.setdefault((chain.namespace, chain.family), []).append(chain)
    for key in [key for key in draft.owned.chains if draft.policy.prunes_tables(key[0]) and not draft.policy.named]:
        by_place.setdefault((key[0], key[1]), [])
        draft.kept.chains.pop(key, None)
    for (namespace, family), chains in sorted(by_place.items()):
        if namespace not in draft.now or namespace in draft.doomed:
            continue
        if namespace in draft.have.settled and namespace not in draft.new:
            draft.kept.chains[(namespace, family)] = [list(chain) for chain in draft.owned.chains.get((namespace, family), [])]
            continue
        if namespace in draft.wanted_namespaces and draft.wanted_namespaces[namespace].exclusive_firewall:
            _whole_tables(draft, rulebook, namespace, family, chains)
        elif any(chain in BASE_CHAINS[table] for table, chain in draft.owned.chains.get((namespace, family), [])) \
                and draft.policy.prunes_tables(namespace):
            _hand_back(draft, rulebook, namespace, family, chains)
        else:
            plan_shares(draft, rulebook, namespace, family, chains)
    _keep_flushing(draft)


def _keep_flushing(draft: Draft) -> None:
    """Which of the chains that are ours now are declared with flush_conntrack: it holds for their end too, and then nobody declares them."""
    for chain in draft.want.chains if not draft.policy.named else ():
        (draft.kept.flushing.add if chain.flush_conntrack else draft.kept.flushing.discard)(chain.key)
    ours = {(*place, *pair) for place, pairs in draft.kept.chains.items() for pair in pairs}
    draft.kept.flushing = {(namespace, family, table, name) for namespace, family, table, name in draft.kept.flushing
                           if {(namespace, family, table, name), (namespace, family, table, own_chain(draft.want.scope, name))} & ours}


def _whole_tables(draft: Draft, rulebook: Rulebook, namespace: str, family: str, chains: list[Chain]) -> None:
    have = draft.now[namespace].tables.get(family, {})
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
        policy = (chain.policy or (old.policy if old and not draft.policy.prunes_tables(namespace) else 'ACCEPT')) if chain.base else None
        want[chain.table] = Table(table.name, {**table.chains, chain.chain: xt_text.Chain(chain.chain, policy, rulebook.rules(chain))})
        keep(draft, namespace, family, [(chain.table, chain.chain)])
    _replace(draft, namespace, family, have, want)


def _without(draft: Draft, namespace: str, family: str, chains: list[Chain], have: t.Mapping[str, Table]) -> None:
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
    have = draft.now[namespace].tables.get(family, {})
    want = _emptied(have, draft.owned.chains[(namespace, family)])
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


def _replace(draft: Draft, namespace: str, family: str, have: t.Mapping[str, Table], want: t.Mapping[str, Table]) -> None:
    changed = [name for name in sorted(want) if _content(have.get(name) or empty_table(name)) != _content(want[name])]
    if not changed:
        return
    before = {name: have.get(name) or empty_table(name) for name in changed}
    after = {name: want[name] for name in changed}
    draft.op('firewall', namespace, (family, before), (family, after), STAGE_FIREWALL)
    for name in changed:
        old, new = before[name].chains, after[name].chains
        for chain in [*new, *(chain for chain in old if chain not in new)]:
            if chain not in old or chain not in new or (old[chain].policy, old[chain].rules) != (new[chain].policy, new[chain].rules):
                draft.change('iptables', namespace, '%s %s %s' % (family, name, chain), _lines(old.get(chain)), _lines(new.get(chain)))


def _lines(chain: xt_text.Chain | None) -> list[str]:
    if chain is None:
        return []
    return ['policy %s' % (chain.policy or '-')] + ['-A %s %s' % (chain.name, rule) for rule in chain.rules]
