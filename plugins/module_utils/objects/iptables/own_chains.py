# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""iptables in tables that others use too: chains of our own, and a jump with our mark from each built-in chain."""

from __future__ import annotations

import re
import typing as t

from ...values.names import MARK_PREFIX, place
from ..draft import Draft
from ..operation import STAGE_FIREWALL, STAGE_LATE_FIREWALL
from . import save_text as xt_text
from .canonical_rules import Rulebook
from .operation import IptablesOperation
from .save_text import Table, rule_line
from .share import Share
from .value import BASE_CHAINS, LAST, POSITIONS, Chain, own_chain

_JUMP = re.compile(r'-m comment --comment "?%s([^ "]+)(?: (last|\d+))?"? ?-j mn-' % re.escape(MARK_PREFIX))


def _rank(rule: str) -> tuple[int, str] | None:
    """Where a rule of a built-in chain stands among those of this collection; None for rules of others."""
    match = _JUMP.match(rule)
    return (POSITIONS.get(match.group(2), 0) or int(match.group(2) or 0), match.group(1)) if match else None


def position_of(rule: str) -> str | int | None:
    """The position that stands in a jump of ours; None where it is the first."""
    band = (_rank(rule) or (0, ''))[0]
    return 'last' if band == LAST else band or None


def _found_jump(table: Table, base: str, target: str) -> tuple[str, int]:
    """Our jump in a built-in chain and its number there; two of them read as one text that nobody wants, so both are put right."""
    rules = table.chains[base].rules if base in table.chains else ()
    found = [(number, rule) for number, rule in enumerate(rules, 1) if rule.endswith('-j ' + target)]
    return '\n'.join(rule for _number, rule in found), found[0][0] if found else 1


def place_of_jump(table: Table, base: str, jump: str, target: str) -> int:
    """The number that *jump* should have in a built-in chain: first or last save for jumps of ours that come before or behind it."""
    rest = [
        rule
        for rule in (table.chains[base].rules if base in table.chains else ())
        if not rule.endswith('-j ' + target)
    ]
    rank = _rank(jump) or (0, '')
    last = rank[0] == LAST
    count = 0
    for rule in reversed(rest) if last else rest:
        other = _rank(rule)
        if other is None or not (other > rank and other[0] == LAST if last else other < rank):
            break
        count += 1
    if not last:
        return count + 1
    return len(rest) - count + 1 if count else 0


def empty_table(name: str) -> Table:
    return Table(name, {chain: xt_text.Chain(chain, 'ACCEPT') for chain in BASE_CHAINS[name]})


def keep(draft: Draft, namespace: str, family: str, chains: t.Iterable[tuple[str, str]]) -> None:
    known = draft.owned_after.iptables.setdefault((namespace, family), [])
    known.extend([table, chain] for table, chain in chains if [table, chain] not in known)


def plan_shares(draft: Draft, rulebook: Rulebook, namespace: str, family: str, chains: list[Chain]) -> None:
    scope = draft.want.scope
    have = draft.now[namespace].iptables.get(family, {})
    was_ours = {(pair[0], pair[1]) for pair in draft.owned.iptables.get((namespace, family), [])}
    wanted: dict[
        str, dict[str, tuple[tuple[str, ...], str, str]]
    ] = {}  # table: {chain: (rules, base chain, jump)}
    for chain in chains:
        name = own_chain(scope, chain.chain) if chain.base else chain.chain
        rules: tuple[str, ...] = () if draft.policy.named else rulebook.rules(chain, name)
        jump = '' if not chain.base or draft.policy.named else rulebook.jump(scope, chain)
        wanted.setdefault(chain.table, {})[name] = (rules, chain.chain if chain.base else '', jump)
    before: dict[str, Share] = {}
    after: dict[str, Share] = {}
    for table in sorted({*wanted, *(table for table, _chain in was_ours)}):
        present = have.get(table) or empty_table(table)
        ask = wanted.get(table, {})
        foreign = [
            name
            for name in ask
            if not name.startswith('mn-')
            and name in present.chains
            and (table, name) not in was_ours
            and present.chains[name].rules != ask[name][0]
        ]
        if foreign and not draft.policy.adopt and not draft.policy.named:
            draft.conflict(
                'iptables %s %s %s in %s' % (family, table, foreign[0], place(namespace)),
                'is a chain of others',
                do='give yours another name, or set adopt: true to take it over',
            )
            continue
        prune = draft.policy.prunes_tables(namespace) and not draft.policy.named
        gone = {chain for name, chain in was_ours if name == table and chain not in ask} if prune else set()
        names = sorted({*ask, *gone})
        old_chains = tuple(
            (name, present.chains[name].rules if name in present.chains else None) for name in names
        )
        new_chains = tuple(
            (name, None if name in gone or draft.policy.named else ask[name][0]) for name in names
        )
        jumps = {base: jump for _rules, base, jump in ask.values() if base}
        jumps.update({base: '' for base in BASE_CHAINS[table] if own_chain(scope, base) in gone})
        found, placed = _jumps(present, scope, jumps)
        old = Share(
            old_chains,
            found,
            tuple((name, present.chains[name].counters) for name in names if name in present.chains),
        )
        new = Share(new_chains, placed)
        going = [
            name
            for (name, was), (_name, shall) in zip(old_chains, new_chains)
            if was is not None and shall is None
        ]
        users = _users(
            present,
            {*going},
            {*names},
            {target for _base, text, _place in found for target in text.split('\n')},
        )
        if users:
            draft.conflict(
                'iptables %s %s %s in %s' % (family, table, users[0][0], place(namespace)),
                'is used by a rule of others',
                found=repr(users[0][1]),
                do='remove that rule first',
            )
            continue
        if not draft.policy.named:
            keep(draft, namespace, family, [(table, name) for name in ask])
        else:
            key = (namespace, family)
            draft.owned_after.iptables[key] = [
                pair
                for pair in draft.owned_after.iptables.get(key, [])
                if pair[0] != table or pair[1] not in names
            ]
        if old == new:
            continue
        before[table], after[table] = old, new
        bases = {own_chain(scope, base): base for base in BASE_CHAINS[table]}
        for (name, rules_before), (_name, rules_after) in zip(old_chains, new_chains):
            base = bases.get(name, '')
            draft.change(
                'iptables',
                namespace,
                '%s %s %s' % (family, table, name),
                _share_lines(name, rules_before, _of(found, base)),
                _share_lines(name, rules_after, _of(placed, base)),
            )
    if after:
        removal = all(rules is None for share in after.values() for _name, rules in share.chains)
        draft.add(
            IptablesOperation(
                namespace, before, after, STAGE_LATE_FIREWALL if removal else STAGE_FIREWALL, family=family
            )
        )


def _jumps(
    present: Table, scope: str, wanted: t.Mapping[str, str]
) -> tuple[tuple[tuple[str, str, int], ...], tuple[tuple[str, str, int], ...]]:
    """Our jumps as they are and as they shall be: (built-in chain, text, number)."""
    found, placed = [], []
    for base, jump in sorted(wanted.items()):
        target = own_chain(scope, base)
        text, number = _found_jump(present, base, target)
        shall = place_of_jump(present, base, jump, target) if jump else 1
        if not shall and text and number == len(present.chains[base].rules):
            number = 0  # behind all
        found.append((base, text, number if text else 1))
        placed.append((base, jump, shall))
    return tuple(found), tuple(placed)


def _users(
    present: Table, going: t.AbstractSet[str], ours: t.AbstractSet[str], jumps: t.AbstractSet[str]
) -> list[tuple[str, str]]:
    """Rules of others that lead to chains that are to go: (chain, rule)."""
    found = []
    for chain in present.chains.values():
        for rule in chain.rules if going and chain.name not in ours else ():
            words = rule.split(' ')
            if len(words) > 1 and words[-2] in ('-j', '-g') and words[-1] in going and rule not in jumps:
                found.append((words[-1], rule_line(chain.name, rule)))
    return found


def _of(jumps: t.Iterable[tuple[str, str, int]], base: str) -> tuple[str, str, int]:
    return next((jump for jump in jumps if jump[0] == base), (base, '', 1))


def _share_lines(name: str, rules: tuple[str, ...] | None, jump: tuple[str, str, int]) -> list[str]:
    if rules is None:
        return []
    base, text, number = jump
    where = '' if number == 1 else ' (last)' if number == 0 else ' (number %d)' % number
    return (
        ([rule_line(base, text) + where] if text else [])
        + [':%s -' % name]
        + [rule_line(name, rule) for rule in rules]
    )
