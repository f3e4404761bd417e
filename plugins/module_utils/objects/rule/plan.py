# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policy rules: which are removed and added. All of a rule identifies it, so none is ever changed."""

from __future__ import annotations

import typing as t

from ...kernel.uapi import RT_TABLE_LOCAL, RTPROT_KERNEL
from ...values.names import PROTOCOL, place
from ..draft import Draft
from ..extra import record_key
from ..operation import ORDER_DETACH_RULE, STAGE_CONTENTS, STAGE_DETACH
from ..state import Key, Seen
from .operation import ORDER_RULE, RuleOperation
from .value import Rule

Place = tuple[str, str]
"""A namespace and an address family."""

_PRIORITY_OF_MAIN = 32766
_NAMED_FIELDS = [name for name in Rule._fields if name not in ('action', 'protocol')]


def plan_rules(draft: Draft) -> None:
    """Plan which policy rules are added and removed. Adds operations, changes and conflicts to *draft*."""
    rules = draft.want.rules if draft.policy.removes else _with_priorities(draft)
    wanted = {rule.key for rule in rules}
    for namespace, seen in draft.live():
        _remove_rules(draft, namespace, seen, wanted)
    if draft.policy.removes:
        return
    present: dict[str, dict[Key, Rule]] = {}
    for want in rules:
        if want.namespace not in draft.now:
            continue
        seen = draft.now[want.namespace]
        if want.namespace not in present:
            # Of several with one key the first counts.
            present[want.namespace] = {rule.key: rule for rule in reversed(seen.rules)}
        _plan_rule(draft, want, seen, present[want.namespace])


def _with_priorities(draft: Draft) -> list[Rule]:
    """The declared rules, each with a priority: one that does not say it has that of the rule of ours that is
    like it in all else, or a new one before all others but that of the local table, as the kernel chooses it
    (fib_default_rule_pref)."""
    rules = list(draft.want.rules)
    silent = [number for number, rule in enumerate(rules) if not rule.priority]
    silent = [number for number in silent if rules[number].namespace in draft.now]
    taken = {rule.key for rule in rules if rule.priority}
    new = []
    for number in silent:
        have = _found_without_priority(draft, rules[number], taken)
        if have is None:
            new.append(number)
        else:
            rules[number] = rules[number]._replace(priority=have.priority)
            taken.add(have.key)
    lowest: dict[Place, int] = {}
    for number in reversed(new):  # those of one document are tried in its order
        want = rules[number]
        place = (want.namespace, want.family)
        local = _priority_of_local(draft, place)
        if place not in lowest:
            lowest[place] = _lowest_after(local, draft, place, rules)
        lowest[place] -= 1
        if lowest[place] <= local:
            what = 'has no priority, and there is none free behind that of the local table'
            draft.conflict('rule %s' % want.name, what, found=str(local), do='give it one')
        rules[number] = want._replace(priority=max(lowest[place], 1))
    return rules


def _found_without_priority(draft: Draft, want: Rule, taken: t.Container[Key]) -> Rule | None:
    """The rule that a declared one without a priority stands for."""
    for have in draft.now[want.namespace].rules:
        alike = want._replace(priority=have.priority).key == have.key
        if alike and have.key not in taken and _may_claim(draft, have):
            return have
    return None


def _priority_of_local(draft: Draft, place: Place) -> int:
    """The priority of the rule that leads to the namespace's own addresses: 0, or where somebody moved it."""
    namespace, family = place
    of_family = [rule for rule in draft.now[namespace].rules if rule.family == family]
    return min([rule.priority for rule in of_family if _is_local(rule)], default=0)


def _lowest_after(local: int, draft: Draft, place: Place, declared: t.Iterable[Rule]) -> int:
    """The lowest priority of a rule behind that of the local table."""
    rules = (*draft.now[place[0]].rules, *declared)
    priorities = [rule.priority for rule in rules if (rule.namespace, rule.family) == place]
    return min([_PRIORITY_OF_MAIN, *filter(local.__lt__, priorities)])


def _is_local(rule: Rule) -> bool:
    return rule.key == Rule(rule.namespace, rule.family, rule.priority, table=RT_TABLE_LOCAL).key


def _is_ours(draft: Draft, rule: Rule) -> bool:
    key = rule.key
    if record_key(key, rule.protocol) in draft.owned.rules:
        return True
    return rule.protocol == PROTOCOL and not draft.have.scope_of('rules', key)


def _may_claim(draft: Draft, rule: Rule) -> bool:
    known = rule.key in draft.owned.rules  # it has been adopted
    return known or _is_ours(draft, rule) or draft.policy.adopt or draft.exclusive(rule.namespace)


def _remove_rules(draft: Draft, namespace: str, seen: Seen, wanted: t.Container[Key]) -> None:
    """Remove what the document names, or what is ours and not declared."""
    staying = []
    kept: set[Key] = set()
    for rule in seen.rules:
        key = rule.key
        if draft.policy.removes:
            goes = any(_is_meant(want, rule) for want in draft.want.rules)
        elif key in wanted:  # the kernel takes several equal ones of different makers
            goes = key in kept and draft.exclusive(namespace)
        else:
            goes = _is_surplus(draft, rule)
        if not goes:
            staying.append(rule)
            kept.add(key)
            continue
        draft.add(RuleOperation(namespace, rule, None, STAGE_DETACH, ORDER_DETACH_RULE))
        if key not in kept:
            draft.owned_after.rules -= {key, record_key(key, rule.protocol)}
        draft.change('rule', namespace, rule.name, rule.lines(), ())
    seen.rules = staying


def _is_surplus(draft: Draft, rule: Rule) -> bool:
    """Whether a rule that nobody declares is ours to remove."""
    if rule.protocol == RTPROT_KERNEL:
        return False  # that of all VRFs, which the kernel adds with the first (vrf_add_fib_rules)
    if _is_local(rule):
        return False  # the built-in one that somebody moved: it leads to the namespace's own addresses
    if draft.exclusive(rule.namespace):
        return True
    if not draft.policy.prune:
        return False
    if rule.record_key in draft.owned.rules:
        return True
    return draft.now[rule.namespace].mark == draft.want.mark and _is_ours(draft, rule)


def _is_meant(want: Rule, have: Rule) -> bool:
    """Whether a rule to be removed is this one. What the document does not say may be anything."""
    if (have.namespace, have.family, have.priority) != (want.namespace, want.family, want.priority):
        return False
    if want.action != have.action and (want.action != 'lookup' or want.table):
        return False
    silent = Rule(want.namespace, want.family, want.priority)
    return all(getattr(want, name) in (getattr(silent, name), getattr(have, name)) for name in _NAMED_FIELDS)


def _title(rule: Rule) -> str:
    return 'rule %s in %s' % (rule.name, place(rule.namespace))


def _plan_rule(draft: Draft, want: Rule, seen: Seen, present: dict[Key, Rule]) -> None:
    key = want.key
    have = present.get(key)
    if have is not None:
        in_record = record_key(key, have.protocol)
        if draft.is_of_scope(lambda: _title(want), want.namespace, 'rules', in_record, key):
            return
    ours = have is not None and _is_ours(draft, have)
    before: tuple[str, ...] = ()
    if have is not None and want.protocol not in (0, have.protocol) and (ours or draft.policy.adopt):
        draft.add(RuleOperation(want.namespace, have, None, STAGE_DETACH, ORDER_DETACH_RULE))
        seen.rules.remove(have)
        before = tuple(have.whole_lines())
        have = None
    if have is not None:
        if ours or draft.policy.adopt:
            draft.owned_after.rules.add(record_key(key, have.protocol) if ours else key)
        return
    new = want._replace(protocol=want.protocol or PROTOCOL)
    draft.add(RuleOperation(want.namespace, None, new, STAGE_CONTENTS, ORDER_RULE))
    seen.rules.append(new)
    present[key] = new
    draft.owned_after.rules.add(new.record_key)
    draft.change('rule', want.namespace, want.name, before, new.whole_lines())
