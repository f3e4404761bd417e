# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""iptables: planning chains, in tables that are all ours and in tables that others use too.

The value of a firewall operation is ``(family, tables)``: in a namespace of ours ``tables`` are whole tables; elsewhere
they are :class:`Share` values, our chains and our jumps alone.
"""
from __future__ import annotations

import dataclasses
import hashlib
import typing as t

from ..kernel import xt_canon, xt_text, xtables
from ..kernel.xt_errors import RuleErrors
from ..kernel.xt_text import Table
from ..model.firewall import BASE_CHAINS, FAMILIES, Chain, own_chain
from ..model.layout import Layout
from ..model.names import mark_of, place
from ..model.reading import InputError
from .ops import STAGE_FIREWALL, STAGE_LATE_FIREWALL
from .planner import Draft, Policy
from .state import EngineError, Owned

Spec = tuple[str, str, str, str]  # family, table, chain, rule text


@dataclasses.dataclass(frozen=True)
class Share:
    """What one scope has in a table of others: chains with their rules, and base chains with our jump as text.

    A chain with None, or a jump with '', is not there.
    """

    chains: tuple[tuple[str, tuple[str, ...] | None], ...]
    jumps: tuple[tuple[str, str], ...]
    counters: tuple[tuple[str, tuple[tuple[int, int], ...]], ...] = dataclasses.field(default=(), compare=False)


@dataclasses.dataclass(frozen=True)
class Rulebook:
    """What iptables makes of each rule text of a document."""

    canonical: t.Mapping[Spec, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    namespaces: frozenset[str] = frozenset()  # those whose rules are in it

    def rules(self, chain: Chain, name: str | None = None) -> tuple[str, ...]:
        return tuple(rule for text in chain.rules for rule in self.canonical[(chain.family, chain.table, name or chain.chain, text)])

    def jump(self, scope: str, family: str, table: str, chain: str) -> str:
        return self.canonical[(family, table, chain, jump_text(scope, chain))][0]


def jump_text(scope: str, chain: str) -> str:
    return '-m comment --comment "%s" -j %s' % (mark_of(scope), own_chain(scope, chain))


def wishes(layout: Layout, policy: Policy) -> dict[str, str]:
    """A digest of all that decides what the chains of each namespace shall be: where neither it nor a rule there has changed
    since a run that found them as declared, there is nothing to do. Raises EngineError where a tool is missing."""
    found: dict[str, t.Any] = {}
    try:
        tools = {family: xtables.files_of(family) for family in sorted({chain.family for chain in layout.chains})}
    except xtables.MissingTool as exc:
        raise EngineError(str(exc)) from exc
    for chain in layout.chains:
        if chain.namespace not in found:
            namespace = layout.namespace(chain.namespace)
            start = (layout.scope, namespace.exclusive_firewall, policy.prunes_tables(chain.namespace), tools)
            found[chain.namespace] = hashlib.sha256(repr(start).encode())
        found[chain.namespace].update(repr((chain.key, chain.policy, chain.rules)).encode())
    return {namespace: digest.hexdigest() for namespace, digest in found.items()}


def _specs(chains_wanted: t.Iterable[Chain], layout: Layout) -> tuple[dict[str, dict[Spec, str]], dict[str, dict[str, set[str]]]]:
    """The rule texts of chains by family, each with its path, and the user chains by family and table."""
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
            family.setdefault((chain.family, chain.table, chain.chain, jump_text(layout.scope, chain.chain)), chain.path)
            # Loaded into the real chain as well, so that the kernel checks the hook that the rule will be reached from.
            for number, text in enumerate(chain.rules):
                family.setdefault((chain.family, chain.table, chain.chain, text), '%s.rules[%d]' % (chain.path, number))
        elif not chain.base:
            known.add(name)
        for number, text in enumerate(chain.rules):
            family.setdefault((chain.family, chain.table, name, text), '%s.rules[%d]' % (chain.path, number))
    return specs, chains


def write_rulebook(layout: Layout, settled: t.AbstractSet[str] = frozenset(), known: Rulebook | None = None) -> Rulebook:
    """Ask iptables for the canonical form of every rule. Raises InputError with all rules that it does not take.

    Rules of namespaces that are *settled* are not asked for, nor those that are *known*. Works in a throw-away namespace; nothing of
    the host is touched.
    """
    known = known or Rulebook()
    asked = {chain.namespace for chain in layout.chains} - settled - known.namespaces
    if not asked:
        return known
    specs, chains = _specs([chain for chain in layout.chains if chain.namespace in asked], layout)
    canonical: dict[Spec, tuple[str, ...]] = dict(known.canonical)
    problems: list[str] = []
    for family in FAMILIES:
        if not specs.get(family):
            continue
        try:
            tool = xtables.find_tool(family)
            found = xt_canon.canonicalise(tool, [spec[1:] for spec in specs[family]], chains[family])
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


def empty_table(name: str) -> Table:
    return Table(name, {chain: xt_text.Chain(chain, 'ACCEPT') for chain in BASE_CHAINS[name]})


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
            _shares(draft, rulebook, namespace, family, chains)


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
        _keep(draft, namespace, family, [(chain.table, chain.chain)])
    _replace(draft, namespace, family, have, want)


def _keep(draft: Draft, namespace: str, family: str, chains: t.Iterable[tuple[str, str]]) -> None:
    known = draft.kept.chains.setdefault((namespace, family), [])
    known.extend([table, chain] for table, chain in chains if [table, chain] not in known)


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
            content[chain.chain] = xt_text.Chain(chain.chain, base.policy, (rulebook.jump(scope, family, chain.table, chain.chain), *base.rules))
        want[chain.table] = Table(chain.table, content)
        _keep(draft, namespace, family, [(chain.table, name)])
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


def _shares(draft: Draft, rulebook: Rulebook, namespace: str, family: str, chains: list[Chain]) -> None:
    scope = draft.want.scope
    have = draft.now[namespace].tables.get(family, {})
    was_ours = {(pair[0], pair[1]) for pair in draft.owned.chains.get((namespace, family), [])}
    wanted: dict[str, dict[str, tuple[tuple[str, ...], str, str]]] = {}  # table: {chain: (rules, base chain, jump)}
    for chain in chains:
        name = own_chain(scope, chain.chain) if chain.base else chain.chain
        rules: tuple[str, ...] = () if draft.policy.named else rulebook.rules(chain, name)
        jump = '' if not chain.base or draft.policy.named else rulebook.jump(scope, family, chain.table, chain.chain)
        wanted.setdefault(chain.table, {})[name] = (rules, chain.chain if chain.base else '', jump)
    before: dict[str, Share] = {}
    after: dict[str, Share] = {}
    for table in sorted({*wanted, *(table for table, _chain in was_ours)}):
        present = have.get(table) or empty_table(table)
        ask = wanted.get(table, {})
        foreign = [name for name in ask if not name.startswith('mn-') and name in present.chains and (table, name) not in was_ours
                   and present.chains[name].rules != ask[name][0]]
        if foreign and not draft.policy.adopt and not draft.policy.named:
            draft.conflict('iptables %s %s %s in %s' % (family, table, foreign[0], place(namespace)), 'is a chain of others',
                           'give yours another name, or set adopt: true to take it over')
            continue
        prune = draft.policy.prunes_tables(namespace) and not draft.policy.named
        gone = {chain for name, chain in was_ours if name == table and chain not in ask} if prune else set()
        names = sorted({*ask, *gone})
        old_chains = tuple((name, present.chains[name].rules if name in present.chains else None) for name in names)
        new_chains = tuple((name, None if name in gone or draft.policy.named else ask[name][0]) for name in names)
        jumps = {base: jump for _rules, base, jump in ask.values() if base}
        jumps.update({base: '' for base in BASE_CHAINS[table] if own_chain(scope, base) in gone})
        found = {base: _found_jump(present, base, own_chain(scope, base)) for base in jumps}
        old = Share(old_chains, tuple(sorted(found.items())),
                    tuple((name, present.chains[name].counters) for name in names if name in present.chains))
        new = Share(new_chains, tuple(sorted(jumps.items())))
        if not draft.policy.named:
            _keep(draft, namespace, family, [(table, name) for name in ask])
        else:
            key = (namespace, family)
            draft.kept.chains[key] = [pair for pair in draft.kept.chains.get(key, []) if pair[0] != table or pair[1] not in names]
        if old == new:
            continue
        before[table], after[table] = old, new
        bases = {own_chain(scope, base): base for base in BASE_CHAINS[table]}
        for (name, rules_before), (_name, rules_after) in zip(old_chains, new_chains):
            base = bases.get(name, '')
            draft.change('iptables', namespace, '%s %s %s' % (family, table, name),
                         _share_lines(name, rules_before, base, found.get(base, '')), _share_lines(name, rules_after, base, jumps.get(base, '')))
    if after:
        removal = all(rules is None for share in after.values() for _name, rules in share.chains)
        draft.op('firewall', namespace, (family, before), (family, after), STAGE_LATE_FIREWALL if removal else STAGE_FIREWALL)


def _share_lines(name: str, rules: tuple[str, ...] | None, base: str, jump: str) -> list[str]:
    if rules is None:
        return []
    return (['-A %s %s' % (base, jump)] if jump else []) + [':%s -' % name] + ['-A %s %s' % (name, rule) for rule in rules]


def _found_jump(table: Table, base: str, target: str) -> str:
    """Our jump in a base chain; two of them read as one text that nobody wants, so both are put right."""
    chain = table.chains.get(base)
    return '\n'.join(rule for rule in chain.rules if rule.endswith('-j ' + target)) if chain else ''


def restore_text(before: t.Mapping[str, t.Any], after: t.Mapping[str, t.Any], additive: bool) -> tuple[str, bool]:
    """Input of iptables-restore for a firewall operation, and whether it leaves the rest of each table alone.

    *additive*: the namespace is new, so nothing has to be removed. That saves the nft variant its wait for a grace period,
    4 ms in place of 30 (a commit that removes something sleeps in close()).
    """
    if any(isinstance(share, Share) for share in after.values()):
        return ''.join(_share_text(name, before[name], after[name]) for name in after), True
    if not additive:
        with_counters = any(chain.counters for table in after.values() for chain in table.chains.values())
        return ''.join(xt_text.render(after[name], with_counters=with_counters and _counted(after[name])) for name in after), False
    text = []
    for name, table in after.items():
        text.append('*' + name)
        text += [':%s %s [0:0]' % (chain.name, chain.policy or '-') for chain in table.chains.values() if chain.policy != 'ACCEPT']
        text += ['-A %s %s' % (chain.name, rule) for chain in table.chains.values() for rule in chain.rules]
        text.append('COMMIT')
    return '\n'.join(text) + '\n', True


def _counted(table: Table) -> bool:
    return all(len(chain.counters) == len(chain.rules) for chain in table.chains.values())


def _share_text(name: str, before: Share, after: Share) -> str:
    text = ['*' + name]
    text += [':%s - [0:0]' % chain for chain, rules in after.chains if rules is not None]
    text += ['-A %s %s' % (chain, rule) for chain, rules in after.chains for rule in rules or ()]
    new = dict(after.jumps)
    for base, old in before.jumps:
        if old == new.get(base, ''):
            continue
        text += ['-D %s %s' % (base, jump) for jump in old.split('\n') if jump]
        text += ['-I %s 1 %s' % (base, jump) for jump in new[base].split('\n') if jump]
    had = dict(before.chains)
    gone = [chain for chain, rules in after.chains if rules is None and had.get(chain) is not None]
    text += ['-F ' + chain for chain in gone] + ['-X ' + chain for chain in gone]  # some lead to others
    return '\n'.join([*text, 'COMMIT', ''])
