# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Searches what a peer says for the pattern that is wanted.

The peer may be hostile, and Python gives the search no time limit: three ``.*`` in a pattern take a time that
grows with the cube of the length of a line. So lines and answers have a maximum length, and each line is
searched on its own.
"""

from __future__ import annotations

import re

MOST_SEARCHED = 16384
"""How much of an answer is searched, in bytes or characters."""
MOST_OF_LINE = 2048
"""How much of a line is searched, in bytes or characters."""


def decode(data: bytes) -> str:
    return data.decode('utf-8', 'replace')


def answers(pattern: str, text: str) -> bool:
    """Whether a line of *text* matches *pattern*."""
    search = re.compile(pattern).search
    return any(search(line[:MOST_OF_LINE]) for line in text[:MOST_SEARCHED].split('\n'))


class Matcher:
    """Searches an answer while it arrives. A line that is complete is searched once."""

    def __init__(self, pattern: str) -> None:
        self._search = re.compile(pattern).search
        self._line_start = 0
        self._last_line: bytes | None = None

    def matches(self, data: bytes) -> bool:
        """Whether a line of *data* matches; *data* is all that has arrived so far, and starts with that of
        the last call.
        """
        lines = data[self._line_start : MOST_SEARCHED].split(b'\n')
        last_line = lines[-1][:MOST_OF_LINE]
        if len(lines) == 1 and last_line == self._last_line:
            return False
        self._last_line = last_line
        self._line_start = min(len(data), MOST_SEARCHED) - len(lines[-1])
        return any(self._search(decode(line[:MOST_OF_LINE])) for line in lines)
