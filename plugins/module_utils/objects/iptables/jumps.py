# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jumps from built-in chains that others use too to chains of our own, and where they stand among the other
rules.

The mark of the scope and the position of the jump are in its comment, so that scopes can tell who comes
first.
"""

from __future__ import annotations

import re
import typing as t

from ...values.names import MARK_PREFIX, mark_of
from .value import LAST, POSITIONS, Chain, own_chain

if t.TYPE_CHECKING:
    from .save_text import SavedTable

_JUMP = re.compile(r'-m comment --comment "?%s([^ "]+)(?: (last|\d+))?"? ?-j mn-' % re.escape(MARK_PREFIX))


class Jump(t.NamedTuple):
    """Our jump in a built-in chain as text, '' if there is none, and its number there; 0 is the number behind
    all rules."""

    chain: str
    text: str
    number: int

    @property
    def rules(self) -> list[str]:
        """The rules in ``text``: one, unless somebody doubled it."""
        return [rule for rule in self.text.split('\n') if rule]


def jump_text(scope: str, chain: Chain) -> str:
    words = {number: word for word, number in POSITIONS.items()}
    position = ' %s' % words.get(chain.position, chain.position) if chain.position else ''
    return '-m comment --comment "%s%s" -j %s' % (mark_of(scope), position, own_chain(scope, chain.chain))


def _rank(rule: str) -> tuple[int, str] | None:
    """(position, scope) of a jump of this collection; None for other rules."""
    match = _JUMP.match(rule)
    if match is None:
        return None
    position = match.group(2)
    return POSITIONS.get(position, 0) or int(position or 0), match.group(1)


def position_of(rule: str) -> str | int | None:
    """The position that is declared for a jump of ours; None for the first."""
    position = (_rank(rule) or (0, ''))[0]
    return 'last' if position == LAST else position or None


def _rules(table: SavedTable, base: str) -> tuple[str, ...]:
    return table.chains[base].rules if base in table.chains else ()


def jumps_to(table: SavedTable, base: str, target: str) -> list[str]:
    return [rule for rule in _rules(table, base) if rule.endswith('-j ' + target)]


def present_jump(table: SavedTable, base: str, target: str) -> Jump:
    """Our jump in a built-in chain. Two of them are one text that nobody declares, so both are corrected."""
    numbered = enumerate(_rules(table, base), 1)
    ours = [(number, rule) for number, rule in numbered if rule.endswith('-j ' + target)]
    return Jump(base, '\n'.join(rule for _number, rule in ours), ours[0][0] if ours else 1)


def number_of_jump(table: SavedTable, base: str, jump: str, target: str) -> int:
    """The number that *jump* is to have: first or last, except for jumps of this collection that come before
    or behind it."""
    others = [rule for rule in _rules(table, base) if not rule.endswith('-j ' + target)]
    rank = _rank(jump) or (0, '')
    if rank[0] != LAST:
        return _leading(others, lambda other: other < rank) + 1
    following = _leading(others[::-1], lambda other: other > rank and other[0] == LAST)
    return len(others) - following + 1 if following else 0


def _leading(rules: t.Sequence[str], comes_first: t.Callable[[tuple[int, str]], bool]) -> int:
    """How many rules at the beginning are jumps that come first."""
    for count, rule in enumerate(rules):
        rank = _rank(rule)
        if rank is None or not comes_first(rank):
            return count
    return len(rules)


def jump_pair(table: SavedTable, scope: str, base: str, jump: str) -> tuple[Jump, Jump]:
    """Our jump in a built-in chain as it is and as it is to be, given as text, '' for none."""
    target = own_chain(scope, base)
    present = present_jump(table, base, target)
    number = number_of_jump(table, base, jump, target) if jump else 1
    if not number and present.text and present.number == len(_rules(table, base)):
        present = present._replace(number=0)
    if not present.text:
        present = present._replace(number=1)
    return present, Jump(base, jump, number)
