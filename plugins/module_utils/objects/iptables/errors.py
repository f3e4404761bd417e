# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can go wrong with iptables, and what the complaints of iptables-restore mean."""

from __future__ import annotations

import re
import typing as t

from ...kernel.tool_errors import Blame, ToolError, ToolFailed


class ParseError(ToolError):
    """Text that iptables-save did not write, or that lacks its end."""


class Incompatible(ToolError):
    """A table holds rules of nft that iptables cannot show."""


class RestoreError(ToolFailed):
    """iptables-restore refused its input. It may have written the tables before the one with the bad line.

    ``blames`` has every line that the program named; ``line``, ``text`` and ``reason`` are those of the
    first.
    """

    def __init__(self, program: str, code: int, blames: t.Sequence[Blame]) -> None:
        self.code, self.blames = code, tuple(blames)
        self.line, self.text, self.reason = self.blames[0]
        super().__init__('\n'.join(_sentence(program, blame) for blame in self.blames))


class LockBusy(RestoreError):
    """Something else held the xtables lock, or committed at the same moment, for longer than we wait."""


class RejectedRule(t.NamedTuple):
    """A rule that iptables or the kernel does not take."""

    table: str
    chain: str
    spec: str
    message: str


class RuleErrors(ToolError):
    """Rules that iptables or the kernel does not take. ``complete`` is false if the search ended at its
    limit."""

    def __init__(self, rejected: t.Sequence[RejectedRule], complete: bool = True) -> None:
        self.rejected, self.complete = tuple(rejected), complete
        sentences = [
            '%s %s: %s (found %r)' % (rule.table, rule.chain, rule.message, rule.spec)
            for rule in self.rejected
        ]
        if not complete:
            sentences.append('more rules may be wrong; the search ended here')
        super().__init__('\n'.join(sentences))


def _sentence(program: str, blame: Blame) -> str:
    if not blame.line:
        return '%s: %s' % (program, blame.message)
    return '%s: line %d: %s (found %r)' % (program, blame.line, blame.message, blame.text)


_LINE = re.compile(r'(?:line:? |at line: )(\d+)')
_REFUSED = re.compile(r'line \d+: ')
_PREFIX = re.compile(r'^\S+ v[\d.]+ \([a-z_]+\): ?')
_CHATTER = re.compile(r"^(?:Try `|Error occurred at line: |Ignoring deprecated )")


def _said(errors: str) -> list[str]:
    """The lines of a complaint, without the name of the program and without its general advice."""
    telling = (line for line in errors.split('\n') if not _CHATTER.match(line))
    stripped = [_PREFIX.sub('', line).strip() for line in telling]
    return [line for line in stripped if line]


def _named_lines(code: int, errors: str) -> list[tuple[int, str]]:
    """The lines of the input that iptables-restore named, each with what it said of it; line 0 if it named
    none.

    Its own parser says 'MESSAGE \\n Error occurred at line: N'. The nft variant says 'line N: RULE_APPEND
    failed (WHY): rule in chain C' once for each rule that the kernel refused; the legacy one only 'line N
    failed', N being that of COMMIT.
    """
    said = _said(errors)
    refused = [line for line in said if _REFUSED.match(line)]
    if refused:
        return [(int(line[5:].split(':')[0]), line.split(': ', 1)[1]) for line in refused]
    match = _LINE.search(errors)
    return [(int(match.group(1)) if match else 0, '; '.join(said) or 'exit code %d without a message' % code)]


def restore_error(program: str, text: str, code: int, errors: str) -> RestoreError:
    """What iptables-restore means that ended with *code* and wrote *errors* when its input was *text*."""
    source = text.split('\n')
    blames = [
        Blame(line, source[line - 1] if 0 < line <= len(source) else '', message)
        for line, message in _named_lines(code, errors)
    ]
    # Code 4 alone proves nothing: the nft variant ends with it for every rule that the kernel refuses.
    if 'holding the xtables lock' in errors or 'Resource temporarily unavailable' in errors:
        message = 'another process held the xtables lock (found %r); try again, or wait longer'
        return LockBusy(program, code, [Blame(0, '', message % blames[0].message)])
    return RestoreError(program, code, blames)
