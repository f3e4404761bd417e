# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What iptables-save writes and iptables-restore reads: tables, chains and rules as text. Rules are not
parsed here."""

from __future__ import annotations

import re
import typing as t

from .errors import Incompatible, ParseError
from .value import BASE_CHAINS


class TableChain(t.NamedTuple):
    """A chain as iptables-save shows it.

    ``policy`` is None for user-defined chains. ``rules`` are texts without ``-A CHAIN``, ``counters`` as many
    pairs of (packets, bytes); ``policy_counters`` are those of the policy. ``misread`` is what the text
    leaves out, since a rule of nft is in the chain.
    """

    name: str
    policy: str | None
    rules: tuple[str, ...] = ()
    counters: tuple[tuple[int, int], ...] = ()
    policy_counters: tuple[int, int] = (0, 0)
    misread: str = ''


class SavedTable(t.NamedTuple):
    name: str
    chains: dict[str, TableChain]

    def content(self) -> dict[str, tuple[str | None, tuple[str, ...]]]:
        """Policy and rules by chain: all but the counters."""
        return {name: (chain.policy, chain.rules) for name, chain in self.chains.items()}

    def is_initial(self) -> bool:
        """Whether it is as the kernel makes it."""
        return all(chain.policy == 'ACCEPT' and not chain.rules for chain in self.chains.values())


def empty_table(name: str) -> SavedTable:
    return SavedTable(name, {chain: TableChain(chain, 'ACCEPT') for chain in BASE_CHAINS[name]})


_CHAIN = re.compile(r':(\S+) (\S+)(?: \[(\d+):(\d+)\])?$')
_RULE = re.compile(r'(?:\[(\d+):(\d+)\] )?-A (\S+)(?: (.*))?$', re.DOTALL)
# iptables-nft-save writes these to its output and ends with 0 (iptables/xtables-save.c, do_output).
_INCOMPATIBLE = re.compile(r"# Table `([^']*)' .*incompatible")


class _Draft:
    """A table that is being read."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.heads: dict[str, tuple[str | None, tuple[int, int]]] = {}
        self.rules: dict[str, list[tuple[str, tuple[int, int]]]] = {}

    def take(self, line: str) -> bool:
        match = _RULE.match(line)
        if match is not None:
            packets, size, chain, spec = match.groups()
            self.heads.setdefault(chain, (None, (0, 0)))
            self.rules.setdefault(chain, []).append((spec or '', (int(packets or 0), int(size or 0))))
            return True
        match = _CHAIN.match(line)
        if match is None:
            return False
        chain, policy, packets, size = match.groups()
        self.heads[chain] = (None if policy == '-' else policy, (int(packets or 0), int(size or 0)))
        return True

    def finished(self) -> SavedTable:
        return SavedTable(self.name, {name: self._chain(name) for name in self.heads})

    def _chain(self, name: str) -> TableChain:
        policy, policy_counters = self.heads[name]
        texts, counters = tuple(zip(*self.rules.get(name, ()))) or ((), ())
        return TableChain(name, policy, texts, counters, policy_counters)


_ESCAPED = re.compile(r'\\.', re.DOTALL)


def _is_open(line: str) -> bool:
    """Whether a quote is open at the end of a line. A backslash means something only inside quotes, and is
    printed only there."""
    return '"' in line and _ESCAPED.sub('', line).count('"') % 2 == 1


def _lines(text: str) -> t.Iterator[tuple[int, str]]:
    """The lines of iptables-save with their numbers; a rule with a line break in a comment is one line.

    Only '\\n' ends a line: a comment may hold every other character that str.splitlines takes for an end of
    line.
    """
    start, pending = 0, ''
    for number, line in enumerate(text.split('\n'), 1):
        if start:
            pending += '\n' + line
        elif line.startswith(('-A ', '[')) and _is_open(line):
            start, pending = number, line
        else:
            yield number, line
        if start and not _is_open(pending):
            yield start, pending
            start, pending = 0, ''
    if start:
        raise ParseError('line %d: a quote is not closed (found %r)' % (start, pending))


class _Parser:
    """What iptables-save wrote, line by line."""

    def __init__(self) -> None:
        self.tables: dict[str, SavedTable] = {}
        self.incompatible: list[tuple[str, str]] = []
        self.draft: _Draft | None = None

    def take(self, number: int, line: str) -> None:
        if line.startswith('#'):
            match = _INCOMPATIBLE.match(line)
            if match is not None:
                self.incompatible.append((match.group(1), line[2:]))
        elif self.draft is None and line.startswith('*') and line[1:] not in self.tables:
            self.draft = _Draft(line[1:])
        elif self.draft is not None and line == 'COMMIT':
            self.tables[self.draft.name] = self.draft.finished()
            self.draft = None
        elif line and not (self.draft is not None and self.draft.take(line)):
            raise ParseError(
                'line %d: not a line of iptables-save (found %r, want a chain, a rule or COMMIT)'
                % (number, line)
            )


def parse_save(text: str) -> dict[str, SavedTable]:
    """What iptables-save wrote, with or without counters, by table. Rules are kept verbatim.

    Raises ParseError, and Incompatible if iptables-save reports that it cannot show a table.
    """
    parser = _Parser()
    for number, line in _lines(text):
        parser.take(number, line)
    if parser.draft is not None:
        raise ParseError('table %s: the text ends before COMMIT' % parser.draft.name)
    if parser.incompatible:
        name, reason = parser.incompatible[0]
        raise Incompatible(
            'table %s: iptables cannot show it, it holds rules of nft (found %r); move those rules to a '
            'table of another name, or manage this table with nft' % (name, reason)
        )
    return parser.tables


def _counted(counters: tuple[int, int]) -> str:
    return '[%d:%d]' % counters


def rule_line(chain: str, spec: str) -> str:
    """A rule as iptables-restore takes it. It takes no line break, so that of a comment becomes a blank."""
    spec = spec.replace('\n', ' ')
    return '-A %s %s' % (chain, spec) if spec else '-A ' + chain


def display_line(chain: str, spec: str) -> str:
    """A rule for people, on one line even if a comment has a line break."""
    return rule_line(chain, spec.replace('\n', '\\n'))


def render(table: SavedTable, with_counters: bool = False) -> str:
    """Input of iptables-restore that makes *table*; with counters, the inverse of :func:`parse_save`,
    but for line breaks in comments."""
    lines = ['*' + table.name]
    for chain in table.chains.values():
        counters = chain.policy_counters if with_counters else (0, 0)
        lines.append(':%s %s %s' % (chain.name, chain.policy or '-', _counted(counters)))
    for chain in table.chains.values():
        for index, spec in enumerate(chain.rules):
            prefix = _counted(chain.counters[index]) + ' ' if with_counters else ''
            lines.append(prefix + rule_line(chain.name, spec))
    return '\n'.join(lines) + '\nCOMMIT\n'
