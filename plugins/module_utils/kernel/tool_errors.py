# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can go wrong with iptables."""

from __future__ import annotations

import typing as t


class XtablesError(Exception):
    """Anything that goes wrong here."""


class MissingTool(XtablesError):
    """A program is not installed, or the two programs of a family do not belong together."""


class ParseError(XtablesError):
    """Text that iptables-save did not write, or of which the end is missing."""


class Incompatible(XtablesError):
    """A table holds native nft rules that iptables cannot show. Attributes: table, others (the tables that could be read)."""

    def __init__(self, table: str, message: str, others: dict[str, t.Any]) -> None:
        super().__init__(message)
        self.table, self.others = table, others


class ToolFailed(XtablesError):
    """A tool ended with an error, or did not end at all."""


class Blame(t.NamedTuple):
    """A line of the input (from 1) that the tool complained about; line 0 when it named none."""

    line: int
    text: str
    message: str


class RestoreError(ToolFailed):
    """iptables-restore refused its input. The tables before the one with the bad line may have been written already.

    ``blames`` has every line that the tool named; ``line``, ``text`` and ``reason`` are those of the first.
    """

    def __init__(self, program: str, code: int, blames: t.Sequence[Blame]) -> None:
        self.code, self.blames = code, tuple(blames)
        self.line, self.text, self.reason = self.blames[0]
        super().__init__('\n'.join(_blamed(program, blame) for blame in self.blames))


class LockBusy(RestoreError):
    """Somebody else held the xtables lock, or committed at the same moment, for longer than we were willing to wait."""


class RuleFault(t.NamedTuple):
    table: str
    chain: str
    spec: str
    message: str


class RuleErrors(XtablesError):
    """Rules that the tool or the kernel does not take. ``complete`` is false when the search was given up at a limit."""

    def __init__(self, faults: t.Sequence[RuleFault], complete: bool = True) -> None:
        self.faults, self.complete = tuple(faults), complete
        shown = [
            '%s %s: %s (found %r)' % (fault.table, fault.chain, fault.message, fault.spec)
            for fault in self.faults
        ]
        super().__init__(
            '\n'.join(shown + ([] if complete else ['more rules may be wrong; the search ended here']))
        )


def _blamed(program: str, blame: Blame) -> str:
    if not blame.line:
        return '%s: %s' % (program, blame.message)
    return '%s: line %d: %s (found %r)' % (program, blame.line, blame.message, blame.text)
