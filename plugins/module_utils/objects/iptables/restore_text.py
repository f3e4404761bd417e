# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""iptables: from what was and what is to be to the input of iptables-restore, as short as can be."""

from __future__ import annotations

import difflib
import typing as t

from .jumps import Jump
from .own_chains import OwnChains
from .save_text import SavedTable, TableChain, render, rule_line

_MOST_COMPARED = 400  # rules in a row that differ; if more do, the whole chain is written

Tables = t.Mapping[str, SavedTable]


def whole_tables_text(before: Tables, after: Tables, is_new: bool, undo: bool) -> tuple[str, bool]:
    """Input of iptables-restore that makes *after* of *before*, and whether it is for --noflush.

    *is_new*: so is the namespace, and nothing has to be removed. That saves the nft variant its wait for a
    grace period, 4 ms in place of 30 (a commit that removes something sleeps in close()). *undo*: some tables
    may be as they were already, and the counters come back too.
    """
    # A new namespace has rules of others if something was quicker, and ours if this is a second round.
    if is_new and all(table.is_initial() for table in before.values()):
        return ''.join(map(_first_text, after.values())), True
    if not undo and all(_has_rules(before[name]) for name in after):
        return ''.join(_edited_text(before[name], table) for name, table in after.items()), True
    with_counters = any(chain.counters for table in after.values() for chain in table.chains.values())
    return ''.join(render(table, with_counters and _is_counted(table)) for table in after.values()), False


def own_chains_text(name: str, before: OwnChains, after: OwnChains, undo: bool) -> str:
    """Input of iptables-restore --noflush that makes *after* of *before* in a table."""
    heads: list[str] = []
    lines: list[str] = []
    removed: list[str] = []
    for chain, rules in after.chains.items():
        old = before.chains[chain]
        if rules is None:
            removed += [chain] if old is not None else []
        elif old is None or undo:
            heads.append(_head(chain, None))
            lines += _counted_lines(chain, rules, after.counters.get(chain, ()))
        else:
            lines += _edits(chain, old, rules)
    for old_jump, jump in zip(before.jumps, after.jumps):
        if old_jump != jump:
            lines += _jump_edits(old_jump, jump)
    return _text(name, heads + lines + _removal(removed))


def _has_rules(table: SavedTable) -> bool:
    return any(chain.rules for chain in table.chains.values())


def _is_counted(table: SavedTable) -> bool:
    return all(len(chain.counters) == len(chain.rules) for chain in table.chains.values())


def _text(name: str, lines: t.Iterable[str]) -> str:
    return '\n'.join(['*' + name, *lines, 'COMMIT', ''])


def _head(chain: str, policy: str | None) -> str:
    return ':%s %s [0:0]' % (chain, policy or '-')


def _first_text(table: SavedTable) -> str:
    chains = table.chains.values()
    heads = [_head(chain.name, chain.policy) for chain in chains if chain.policy != 'ACCEPT']
    rules = [rule_line(chain.name, rule) for chain in chains for rule in chain.rules]
    return _text(table.name, heads + rules)


def _edited_text(before: SavedTable, after: SavedTable) -> str:
    """Only what differs, so that rules that stay keep their counters."""
    heads: list[str] = []
    lines: list[str] = []
    for chain in after.chains.values():
        old = before.chains.get(chain.name, TableChain(chain.name, None))
        if chain.name not in before.chains or chain.policy != old.policy:
            heads.append(_head(chain.name, chain.policy))
        lines += _edits(chain.name, old.rules, chain.rules)
    removed = [chain for chain in before.chains if chain not in after.chains]
    return _text(after.name, heads + lines + _removal(removed))


def _edits(chain: str, old: t.Sequence[str], new: t.Sequence[str]) -> list[str]:
    """Commands that make the rules *new* of *old*, from the last to the first, so that numbers stay right."""
    if old == new:
        return []
    start = _common_prefix(old, new)
    end = _common_prefix(old[start:][::-1], new[start:][::-1])
    mine, theirs = old[start : len(old) - end], new[start : len(new) - end]
    if max(len(mine), len(theirs)) > _MOST_COMPARED:
        return ['-F ' + chain] + [rule_line(chain, rule) for rule in new]
    lines = []
    matcher = difflib.SequenceMatcher(None, mine, theirs, autojunk=False)
    for what, first, last, new_first, new_last in reversed(matcher.get_opcodes()):
        if what == 'equal':
            continue
        lines += ['-D %s %d' % (chain, start + number + 1) for number in reversed(range(first, last))]
        number = start + first + 1
        lines += ['-I %s %d %s' % (chain, number, rule) for rule in reversed(theirs[new_first:new_last])]
    return lines


def _common_prefix(one: t.Sequence[str], other: t.Sequence[str]) -> int:
    for length, (rule, other_rule) in enumerate(zip(one, other)):
        if rule != other_rule:
            return length
    return min(len(one), len(other))


def _counted_lines(chain: str, rules: t.Sequence[str], counters: t.Sequence[tuple[int, int]]) -> list[str]:
    if len(counters) != len(rules):
        return [rule_line(chain, rule) for rule in rules]
    return ['[%d:%d] ' % counted + rule_line(chain, rule) for counted, rule in zip(counters, rules)]


def _removal(chains: t.Sequence[str]) -> list[str]:
    """Commands that remove user-defined chains. All are flushed before the first goes, for some lead to
    others.
    """
    return [*map('-F '.__add__, chains), *map('-X '.__add__, chains)]


def _jump_edits(old: Jump, new: Jump) -> list[str]:
    lines = ['-D %s %s' % (old.chain, rule) for rule in old.rules]
    for rule in reversed(new.rules):
        lines.append(
            '-I %s %d %s' % (new.chain, new.number, rule) if new.number else rule_line(new.chain, rule)
        )
    return lines
