# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What iptables makes of the rules of a document."""

from __future__ import annotations

import typing as t

from ...kernel.ipset import IpSet
from ...kernel.tool_errors import MissingTool
from ...values.problems import NEEDS_ROOT, EngineError, InputError, Problem
from ...values.reading import shown
from ..layout import Layout
from ..state import Snapshot
from .canonical import Canonical, canonicalise
from .canonical_form import CanonicalRules, SourceRule
from .errors import RuleErrors
from .ipsets import sets_of_rules
from .jumps import jump_text
from .known_rules import NOTHING, merge
from .parse import rule_problem
from .save_text import SavedTable
from .tools import find_tool
from .value import FAMILIES, Chain, own_chain

_RULES_FOR_A_PROGRAM = 200
"""To record and to read a rule over netlink takes about 10 us more than iptables-save does, which takes 2 ms
to start."""


def _printed(have: Snapshot, namespaces: t.Iterable[str]) -> dict[tuple[str, str, str], set[str]]:
    """Texts that iptables-save has printed, by family, table and chain: they are canonical."""
    printed: dict[tuple[str, str, str], set[str]] = {}
    for namespace in namespaces:
        families = have.seen[namespace].iptables if namespace in have.seen else {}
        for family, tables in families.items():
            for table in tables.values():
                for chain, rules in _lasting_rules(table):
                    printed.setdefault((family, table.name, chain), set()).update(rules)
    return printed


def _lasting_rules(table: SavedTable) -> t.Iterator[tuple[str, list[str]]]:
    """Rules by chain, without those that lead to user-defined chains, which may go."""
    own = [name for name, chain in table.chains.items() if chain.policy is None]
    jumps = tuple(' %s %s' % (option, name) for name in own for option in ('-j', '-g'))
    for chain in table.chains.values():
        yield chain.name, [rule for rule in chain.rules if not (' ' + rule).endswith(jumps)]


class _Collector:
    """The rules of a document that iptables has to be asked for, and those that are canonical already.

    ``paths``: for each rule the path that a problem is reported with, by family. ``chains``: user-defined
    chains by family and table. ``canonical``: rules that iptables-save has printed.
    """

    def __init__(self, layout: Layout, printed: t.Mapping[tuple[str, str, str], t.AbstractSet[str]]) -> None:
        self.scope, self._printed = layout.scope, printed
        self._exclusive = {namespace.name for namespace in layout.namespaces if namespace.exclusive_firewall}
        self.canonical: dict[SourceRule, tuple[str, ...]] = {}
        self.paths: dict[str, dict[SourceRule, str]] = {}
        self.chains: dict[str, dict[str, set[str]]] = {}

    def add(self, chain: Chain) -> None:
        own_chains = self.chains.setdefault(chain.family, {}).setdefault(chain.table, set())
        if chain.base and chain.namespace in self._exclusive:
            self._add_rules(chain, chain.chain)
        elif chain.base:
            own_chains.add(own_chain(self.scope, chain.chain))
            self._add_shared(chain)
        else:
            own_chains.add(chain.chain)
            self._add_rules(chain, chain.chain)

    def _add_shared(self, chain: Chain) -> None:
        """Rules of a built-in chain that others use too, which go into a chain of our own."""
        name = own_chain(self.scope, chain.chain)
        self._ask((chain.family, chain.table, chain.chain, jump_text(self.scope, chain)), chain.path)
        # Loaded into the real chain as well, so that the kernel checks the hook that the rule will be reached
        # from.
        printed = self._printed.get((chain.family, chain.table, name), frozenset())
        for number, text in enumerate(chain.rules):
            if text not in printed:
                self._ask((chain.family, chain.table, chain.chain, text), _rule_path(chain, number))
        self._add_rules(chain, name)

    def _add_rules(self, chain: Chain, name: str) -> None:
        printed = self._printed.get((chain.family, chain.table, name), frozenset())
        for number, text in enumerate(chain.rules):
            rule = (chain.family, chain.table, name, text)
            if text in printed:
                self.canonical[rule] = (text,)
            else:
                self._ask(rule, _rule_path(chain, number))

    def _ask(self, rule: SourceRule, path: str) -> None:
        self.paths.setdefault(rule[0], {}).setdefault(rule, path)


def _rule_path(chain: Chain, number: int) -> str:
    return '%s.rules[%d]' % (chain.path, number)


def canonicalise_rules(layout: Layout, have: Snapshot, known: CanonicalRules | None = None) -> CanonicalRules:
    """Ask iptables for the canonical form of every rule. Raises InputError with all rules that it does not
    take.

    It is not asked for rules of unchanged namespaces, nor for those that are *known* or that iptables-save
    has printed. Works in a scratch namespace; nothing of the host is touched.
    """
    known = known or CanonicalRules()
    asked = {chain.namespace for chain in layout.iptables} - have.iptables_unchanged - known.namespaces
    if not asked:
        return known
    collector = _Collector(layout, _printed(have, asked))
    chains = [chain for chain in layout.iptables if chain.namespace in asked]
    for chain in chains:
        collector.add(chain)
    _check_texts(collector)
    sets, missing_sets = sets_of_rules(chains)
    if missing_sets:
        raise InputError(missing_sets)
    texts = {**known.texts, **collector.canonical}
    known_rules = dict(known.known_rules)
    problems: list[Problem] = []
    for family in FAMILIES:
        paths = collector.paths.get(family)
        if not paths:
            continue
        record = len(paths) < _RULES_FOR_A_PROGRAM * len(asked)
        try:
            canonical = _ask_iptables(
                family, paths, collector.chains[family], record, sets.get(family, {}).values()
            )
        except InputError as exc:
            problems += exc.problems
            continue
        texts.update({(family, *key): rules for key, rules in canonical.items()})
        known_rules[family] = merge(known_rules.get(family, NOTHING), canonical.known_rules)
    if problems:
        raise InputError(problems)
    return CanonicalRules(texts, known.namespaces | asked, known_rules)


def _check_texts(collector: _Collector) -> None:
    """Raises InputError with all rules that are wrong as far as text tells."""
    problems = []
    for family in FAMILIES:
        for rule, path in collector.paths.get(family, {}).items():
            problem = rule_problem(rule[3], family)
            if problem:
                problems.append(Problem(path, problem))
    if problems:
        raise InputError(list(dict.fromkeys(problems)))


def _ask_iptables(
    family: str,
    paths: t.Mapping[SourceRule, str],
    chains: t.Mapping[str, t.Iterable[str]],
    record: bool,
    sets: t.Collection[IpSet],
) -> Canonical:
    """Raises InputError, EngineError."""
    try:
        return canonicalise(find_tool(family), [rule[1:] for rule in paths], chains, record=record, sets=sets)
    except MissingTool as exc:
        raise EngineError(str(exc)) from exc
    except PermissionError as exc:
        raise EngineError(Problem('iptables', exc.strerror or '', do=NEEDS_ROOT)) from exc
    except RuleErrors as exc:
        raise InputError(_rule_problems(family, paths, exc)) from exc  # pylint: disable=bad-exception-cause


def _rule_problems(family: str, paths: t.Mapping[SourceRule, str], errors: RuleErrors) -> list[Problem]:
    problems: dict[tuple[str, str], Problem] = {}
    for rule in errors.rejected:
        path = paths.get((family, rule.table, rule.chain, rule.spec), 'iptables')
        what = 'iptables does not take this rule for %s of table %s (found %s): %s'
        problem = Problem(path, what % (rule.chain, rule.table, shown(rule.spec), rule.message))
        problems.setdefault((path, rule.spec), problem)
    return list(problems.values())
