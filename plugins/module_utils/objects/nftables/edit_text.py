# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""nftables: from what was and what is to be of a table to the input of nft, with as little lost as can be.

If only rules differ, only their chains are written: sets, counters and the rules of other chains stay as they
are. Otherwise the table is replaced as a whole, and sets that fill while they are used get their elements
back.
"""

from __future__ import annotations

import typing as t

from .tool import Body, TableId, replacement, table_text, without_elements

# What stands in a chain before its rules.
_CHAIN_HEADS = ('\t\ttype ', '\t\tcomment ')


class _Block(t.NamedTuple):
    """A chain, set or other object of a table: its first line and those up to the closing brace. For a line
    that stands in the table itself, ``lines`` is empty."""

    head: str
    lines: Body

    @property
    def text(self) -> Body:
        return (self.head, *self.lines, '\t}') if self.lines or self.head.endswith('{') else (self.head,)


def _blocks(body: Body) -> list[_Block]:
    blocks: list[_Block] = []
    lines: list[str] | None = None
    for line in body:
        if lines is None and line.endswith(' {'):
            lines = []
            head = line
        elif lines is not None and line == '\t}':
            blocks.append(_Block(head, tuple(lines)))
            lines = None
        elif lines is not None:
            lines.append(line)
        elif line:
            blocks.append(_Block(line, ()))
    return blocks


def change_text(table: TableId, before: Body, after: Body, filled: Body) -> str:
    """Input of nft that makes *after* of *before* in one transaction. *filled* is *before* with its
    elements."""
    old = _blocks(before)
    chains = _changed_chains(old, _blocks(after))
    if chains is None or _heads(_blocks(filled)) != _heads(old):  # the latter: others changed it meanwhile
        return replacement(table, _with_elements(after, filled))
    flushes = ['flush chain %s %s %s\n' % (*table, chain.head.split(' ')[1]) for chain in chains]
    lines = [line for chain in chains for line in _Block(chain.head, _rules(chain)).text]
    return ''.join(flushes) + table_text(table, '\n'.join(lines))


def _heads(blocks: t.Iterable[_Block]) -> list[str]:
    return [block.head for block in blocks]


def _changed_chains(before: list[_Block], after: list[_Block]) -> list[_Block] | None:
    """The chains whose rules change; None if anything else does."""
    if _heads(before) != _heads(after):
        return None
    changed = []
    for old, new in zip(before, after):
        if old == new:
            continue
        if not new.head.startswith('\tchain ') or _chain_head(old) != _chain_head(new):
            return None
        changed.append(new)
    return changed


def _chain_head(chain: _Block) -> list[str]:
    return [line for line in chain.lines if line.startswith(_CHAIN_HEADS)]


def _rules(chain: _Block) -> Body:
    return tuple(line for line in chain.lines if not line.startswith(_CHAIN_HEADS))


def _with_elements(body: Body, filled: Body) -> Body:
    """*body*, whose sets that are declared as in *filled* have the elements that they have there."""
    elements = {without_elements(block.text): block.text for block in _blocks(filled)}
    lines: list[str] = []
    for block in _blocks(body):
        lines += elements.get(block.text, block.text) if _is_set(block) else block.text
    return tuple(lines)


def _is_set(block: _Block) -> bool:
    return block.head.startswith(('\tset ', '\tmap '))
