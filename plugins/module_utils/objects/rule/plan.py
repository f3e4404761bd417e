# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policy rules: which are removed and added. All of a rule identifies it, so none is ever changed."""

from __future__ import annotations

import dataclasses
import typing as t

from ...kernel.uapi import RT_TABLE_LOCAL, RTPROT_KERNEL
from ...values.names import PROTOCOL
from ..draft import Draft
from ..operation import ORDER_DETACH_RULE, STAGE_CONTENTS, STAGE_DETACH
from ..state import Key, Seen
from .operation import ORDER_RULE, RuleOperation
from .value import Rule

_NAMED_FIELDS = [field.name for field in dataclasses.fields(Rule) if field.name not in ('action', 'protocol')]


def plan_rules(draft: Draft) -> None:
    wanted = {rule.key for rule in draft.want.rules}
    for namespace, seen in draft.live():
        _remove_rules(draft, namespace, seen, wanted)
    if draft.policy.named:
        return
    present: dict[str, dict[Key, Rule]] = {}
    for want in draft.want.rules:
        if want.namespace not in draft.now:
            continue
        seen = draft.now[want.namespace]
        if want.namespace not in present:
            # Of several with one key the first counts.
            present[want.namespace] = {rule.key: rule for rule in reversed(seen.rules)}
        _plan_rule(draft, want, seen, present[want.namespace])


def _remove_rules(draft: Draft, namespace: str, seen: Seen, wanted: t.Container[Key]) -> None:
    """Remove what the document names, or what is ours and not declared."""
    staying = []
    kept: set[Key] = set()
    for rule in seen.rules:
        if draft.policy.named:
            goes = any(_is_meant(want, rule) for want in draft.want.rules)
        elif rule.key in wanted:  # the kernel takes several equal ones of different makers
            goes = rule.key in kept and draft.exclusive(namespace)
        else:
            goes = _is_surplus(draft, rule)
        if not goes:
            staying.append(rule)
            kept.add(rule.key)
            continue
        draft.add(RuleOperation(namespace, rule, None, STAGE_DETACH, ORDER_DETACH_RULE))
        if rule.key not in kept:
            draft.owned_after.rules.discard(rule.key)
        draft.change('rule', namespace, rule.name, rule.lines(), ())
    seen.rules = staying


def _is_surplus(draft: Draft, rule: Rule) -> bool:
    """Whether a rule that nobody declares is ours to remove."""
    if rule.protocol == RTPROT_KERNEL:
        return False  # that of all VRFs, which the kernel adds with the first (vrf_add_fib_rules)
    if rule.key == Rule(rule.namespace, rule.family, rule.priority, table=RT_TABLE_LOCAL).key:
        return False  # the built-in one that somebody moved: it leads to the namespace's own addresses
    if draft.exclusive(rule.namespace):
        return True
    if not draft.policy.prune or rule.protocol != PROTOCOL:
        return False
    return rule.key in draft.owned.rules or draft.now[rule.namespace].mark == draft.want.mark


def _is_meant(want: Rule, have: Rule) -> bool:
    """Whether a rule to be removed is this one. What the document does not say may be anything."""
    if (have.namespace, have.family, have.priority) != (want.namespace, want.family, want.priority):
        return False
    if want.action != have.action and (want.action != 'lookup' or want.table):
        return False
    silent = Rule(want.namespace, want.family, want.priority)
    return all(getattr(want, name) in (getattr(silent, name), getattr(have, name)) for name in _NAMED_FIELDS)


def _plan_rule(draft: Draft, want: Rule, seen: Seen, present: dict[Key, Rule]) -> None:
    have = present.get(want.key)
    if have is not None:
        if have.protocol == PROTOCOL or draft.policy.adopt:
            draft.owned_after.rules.add(want.key)
        return
    new = dataclasses.replace(want, protocol=PROTOCOL)
    draft.add(RuleOperation(want.namespace, None, new, STAGE_CONTENTS, ORDER_RULE))
    seen.rules.append(new)
    present[want.key] = new
    draft.owned_after.rules.add(want.key)
    draft.change('rule', want.namespace, want.name, (), want.lines())
