# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bits of a number, each by a word."""

from __future__ import annotations

import typing as t

from ..attribute import Value
from ..link.types import Several


class WordSet(Several):
    """Some of the words of *bits*; a number in the kernel. A bit without a word is shown as a number, which
    no document can say."""

    bits: t.Mapping[str, int]

    @property
    def want(self) -> str:  # type: ignore[override] # of this instance
        return 'some of %s' % ', '.join(self.bits)

    def canonical(self, text: str) -> str | None:
        return text if text in self.bits else None

    def ordered(self, members: t.Iterable[str]) -> tuple[str, ...]:
        return tuple(sorted(members, key=self._bit))

    def _bit(self, word: str) -> int:
        return self.bits[word] if word in self.bits else int(word, 0)

    def to_kernel(self, value: t.Any) -> int:
        return sum(map(self._bit, value))

    def from_kernel(self, value: t.Any) -> Value | None:
        words = [word for word, bit in self.bits.items() if value & bit]
        rest = value & ~self.to_kernel(words)
        return self.ordered([*words, hex(rest)] if rest else words) or None
