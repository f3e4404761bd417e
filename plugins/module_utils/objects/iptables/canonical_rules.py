# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""iptables: what it makes of the rules of a document."""

from __future__ import annotations

import dataclasses
import typing as t

from ...kernel.tool_errors import RuleErrors
from ...values.names import mark_of
from ...values.problems import NEEDS_ROOT, EngineError, InputError, Problem
from ..layout import Layout
from ..state import Snapshot
from . import canonical as xt_canon
from . import nf_rules as xt_netlink
from . import tools as xtables
from .value import FAMILIES, POSITIONS, Chain, own_chain, rule_fault

Spec = tuple[str, str, str, str]  # family, table, chain, rule text
_RULES_FOR_A_PROGRAM = 200
"""To learn and to read a rule over netlink takes about 10 us more than iptables-save takes for it, which takes 2 ms to start."""


@dataclasses.dataclass(frozen=True)
class Rulebook:
    """What iptables makes of each rule text of a document."""

    canonical: t.Mapping[Spec, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    namespaces: frozenset[str] = frozenset()  # those whose rules are in it
    spellings: t.Mapping[str, xt_netlink.Spellings] = dataclasses.field(default_factory=dict)  # by family

    def rules(self, chain: Chain, name: str | None = None) -> tuple[str, ...]:
        return tuple(
            rule
            for text in chain.rules
            for rule in self.canonical[(chain.family, chain.table, name or chain.chain, text)]
        )

    def jump(self, scope: str, chain: Chain) -> str:
        return self.canonical[(chain.family, chain.table, chain.chain, jump_text(scope, chain))][0]


def jump_text(scope: str, chain: Chain) -> str:
    """Our jump to what we have for a built-in chain. Its position stands in its comment, so that scopes can tell who comes first."""
    words = {number: word for word, number in POSITIONS.items()}
    band = ' %s' % words.get(chain.position, chain.position) if chain.position else ''
    return '-m comment --comment "%s%s" -j %s' % (mark_of(scope), band, own_chain(scope, chain.chain))


def _printed(have: Snapshot, namespaces: t.Iterable[str]) -> dict[tuple[str, str, str], set[str]]:
    """Texts that iptables-save has printed, by family, table and chain: they are canonical. Rules that lead to chains of the user's own
    are not among them, for those chains may go."""
    found: dict[tuple[str, str, str], set[str]] = {}
    for namespace in namespaces:
        for family, tables in have.seen[namespace].iptables.items() if namespace in have.seen else ():
            for table in tables.values():
                own = tuple(
                    ' %s %s' % (flag, name)
                    for name, chain in table.chains.items()
                    if chain.policy is None
                    for flag in ('-j', '-g')
                )
                for chain in table.chains.values():
                    found.setdefault((family, table.name, chain.name), set()).update(
                        rule for rule in chain.rules if not (' ' + rule).endswith(own)
                    )
    return found


def _specs(
    chains_wanted: t.Iterable[Chain],
    layout: Layout,
    printed: t.Mapping[tuple[str, str, str], t.AbstractSet[str]],
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
            family.setdefault(
                (chain.family, chain.table, chain.chain, jump_text(layout.scope, chain)), chain.path
            )
            # Loaded into the real chain as well, so that the kernel checks the hook that the rule will be reached from.
            already = printed.get((chain.family, chain.table, name), frozenset())
            for number, text in enumerate(chain.rules):
                if text not in already:
                    family.setdefault(
                        (chain.family, chain.table, chain.chain, text), '%s.rules[%d]' % (chain.path, number)
                    )
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
    asked = {chain.namespace for chain in layout.iptables} - have.iptables_unchanged - known.namespaces
    if not asked:
        return known
    specs, chains, printed = _specs(
        [chain for chain in layout.iptables if chain.namespace in asked], layout, _printed(have, asked)
    )
    canonical = {**known.canonical, **printed}
    spellings = dict(known.spellings)
    problems = [
        Problem(path, fault)
        for family in FAMILIES
        for spec, path in specs.get(family, {}).items()
        for fault in [rule_fault(spec[3], family)]
        if fault
    ]
    if problems:
        raise InputError(list(dict.fromkeys(problems)))
    for family in FAMILIES:
        if not specs.get(family):
            continue
        try:
            tool = xtables.find_tool(family)
            found = xt_canon.canonicalise(
                tool,
                [spec[1:] for spec in specs[family]],
                chains[family],
                checked=True,
                learn=len(specs[family]) < _RULES_FOR_A_PROGRAM * len(asked),
            )
        except xtables.MissingTool as exc:
            raise EngineError(str(exc)) from exc
        except PermissionError as exc:
            raise EngineError(Problem('iptables', exc.strerror or '', do=NEEDS_ROOT)) from exc
        except RuleErrors as exc:
            seen = set()
            for fault in exc.faults:
                path = specs[family].get((family, fault.table, fault.chain, fault.spec), 'iptables')
                if (path, fault.spec) not in seen:
                    seen.add((path, fault.spec))
                    problems.append(
                        Problem(
                            path,
                            'iptables does not take this rule for %s of table %s (found %r): %s'
                            % (fault.chain, fault.table, fault.spec, fault.message),
                        )
                    )
            continue
        canonical.update({(family, *key): rules for key, rules in found.items()})
        spellings[family] = xt_netlink.joined(spellings.get(family, xt_netlink.NOTHING), found.spellings)
    if problems:
        raise InputError(problems)
    return Rulebook(canonical, known.namespaces | asked, spellings)
