# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""iptables: from what was and what shall be to the input of iptables-restore."""

from __future__ import annotations

import difflib
import typing as t

from .save_text import Chain, Table, render, rule_line
from .share import Share

_MOST_COMPARED = 400  # rules in a row that differ; more of them are written anew


def restore_text(
    before: t.Mapping[str, t.Any], after: t.Mapping[str, t.Any], new: bool, undo: bool
) -> tuple[str, bool]:
    """Input of iptables-restore for a firewall operation, and whether it leaves the rest of each table alone.

    *new*: so is the namespace, and nothing has to be removed. That saves the nft variant its wait for a grace period,
    4 ms in place of 30 (a commit that removes something sleeps in close()). *undo*: some tables may be as they were already,
    and the counters come back too.
    """
    if any(isinstance(share, Share) for share in after.values()):
        return ''.join(_share_text(name, before[name], after[name], undo) for name in after), True
    if new and all(_is_empty(table) for table in before.values()):
        return ''.join(_first_text(table) for table in after.values()), True
    if not undo and all(
        set(before[name].chains) <= set(after[name].chains) and _rules(before[name]) for name in after
    ):
        return ''.join(_changed_text(before[name], after[name]) for name in after), True
    with_counters = any(chain.counters for table in after.values() for chain in table.chains.values())
    return ''.join(
        render(table, with_counters=with_counters and _counted(table)) for table in after.values()
    ), False


def _is_empty(table: Table) -> bool:
    """As the kernel makes it. A new namespace has others' rules where somebody was quicker, and ours where this is a second round."""
    return all(chain.policy == 'ACCEPT' and not chain.rules for chain in table.chains.values())


def _rules(table: Table) -> int:
    return sum(len(chain.rules) for chain in table.chains.values())


def _counted(table: Table) -> bool:
    return all(len(chain.counters) == len(chain.rules) for chain in table.chains.values())


def _text(name: str, lines: t.Iterable[str]) -> str:
    return '\n'.join(['*' + name, *lines, 'COMMIT', ''])


def _first_text(table: Table) -> str:
    heads = [
        ':%s %s [0:0]' % (chain.name, chain.policy or '-')
        for chain in table.chains.values()
        if chain.policy != 'ACCEPT'
    ]
    return _text(
        table.name,
        heads + [rule_line(chain.name, rule) for chain in table.chains.values() for rule in chain.rules],
    )


def _changed_text(before: Table, after: Table) -> str:
    """Only what differs, so that rules that stay keep their counters."""
    heads, lines = [], []
    for chain in after.chains.values():
        old = before.chains.get(chain.name, Chain(chain.name, None))
        if chain.name not in before.chains or chain.policy != old.policy:
            heads.append(':%s %s [0:0]' % (chain.name, chain.policy or '-'))
        lines += _edits(chain.name, old.rules, chain.rules)
    return _text(after.name, heads + lines)


def _edits(chain: str, old: t.Sequence[str], new: t.Sequence[str]) -> list[str]:
    """Commands that make the rules *new* of *old*, from the last to the first, so that numbers stay right."""
    if old == new:
        return []
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    mine, theirs = old[start : len(old) - end], new[start : len(new) - end]
    if max(len(mine), len(theirs)) > _MOST_COMPARED:
        return ['-F ' + chain] + [rule_line(chain, rule) for rule in new]
    lines = []
    for what, first, last, from_, to in reversed(
        difflib.SequenceMatcher(None, mine, theirs, autojunk=False).get_opcodes()
    ):
        if what == 'equal':
            continue
        lines += ['-D %s %d' % (chain, start + number + 1) for number in reversed(range(first, last))]
        lines += ['-I %s %d %s' % (chain, start + first + 1, rule) for rule in reversed(theirs[from_:to])]
    return lines


def _share_text(name: str, before: Share, after: Share, undo: bool) -> str:
    had, counted = dict(before.chains), dict(after.counters)
    heads: list[str] = []
    lines: list[str] = []
    for chain, rules in after.chains:
        if rules is None:
            continue
        old = had[chain]
        if old is None or undo:
            heads.append(':%s - [0:0]' % chain)
            counters = counted.get(chain, ())
            prefixes = (
                ['[%d:%d] ' % count for count in counters]
                if len(counters) == len(rules)
                else [''] * len(rules)
            )
            lines += [prefix + rule_line(chain, rule) for prefix, rule in zip(prefixes, rules)]
        else:
            lines += _edits(chain, old, rules)
    for (base, old_jump, old_place), (_base, jump, place) in zip(before.jumps, after.jumps):
        if (old_jump, old_place) != (jump, place):
            lines += ['-D %s %s' % (base, text) for text in old_jump.split('\n') if text]
            lines += [
                ('-I %s %d %s' % (base, place, text) if place else rule_line(base, text))
                for text in reversed(jump.split('\n'))
                if text
            ]
    gone = [chain for chain, rules in after.chains if rules is None and had.get(chain) is not None]
    return _text(
        name, heads + lines + ['-F ' + chain for chain in gone] + ['-X ' + chain for chain in gone]
    )  # some lead to others
