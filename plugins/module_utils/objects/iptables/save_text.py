# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What iptables-save writes and iptables-restore reads: tables, chains and rules as text. Rule syntax is never parsed here."""

from __future__ import annotations

import re
import typing as t

from ...kernel.tool_errors import Incompatible, ParseError


class Chain(t.NamedTuple):
    """A chain as iptables-save shows it.

    ``policy`` is None for chains of the user's own. ``rules`` are texts without ``-A CHAIN``, ``counters`` their (packets,
    bytes), as many; ``policy_counters`` are those of the policy.
    """

    name: str
    policy: str | None
    rules: tuple[str, ...] = ()
    counters: tuple[tuple[int, int], ...] = ()
    policy_counters: tuple[int, int] = (0, 0)


class Table(t.NamedTuple):
    name: str
    chains: dict[str, Chain]


_CHAIN = re.compile(r':(\S+) (\S+)(?: \[(\d+):(\d+)\])?$')
_RULE = re.compile(r'(?:\[(\d+):(\d+)\] )?-A (\S+)(?: (.*))?$', re.DOTALL)
# iptables-nft-save writes these to its output and ends with 0 (iptables/xtables-save.c, do_output).
_INCOMPATIBLE = re.compile(r"# Table `([^']*)' .*incompatible")


class _Draft:
    """A table while it is read."""

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

    def finished(self) -> Table:
        chains = {}
        for name, (policy, counted) in self.heads.items():
            rules = self.rules.get(name, [])
            chains[name] = Chain(
                name,
                policy,
                tuple(text for text, _count in rules),
                tuple(count for _text, count in rules),
                counted,
            )
        return Table(self.name, chains)


def parse_save(text: str) -> dict[str, Table]:
    """What iptables-save wrote, with or without counters, by table. Rules are kept verbatim.

    Raises ParseError, and Incompatible when the tool said that a table cannot be shown.
    """
    tables: dict[str, Table] = {}
    incompatible: list[tuple[str, str]] = []
    draft: _Draft | None = None
    # Only '\n' ends a line: a comment may hold every other character that str.splitlines takes for an end of line.
    for number, line in enumerate(text.split('\n'), 1):
        if line.startswith('#'):
            match = _INCOMPATIBLE.match(line)
            if match is not None:
                incompatible.append((match.group(1), line[2:]))
        elif draft is None and line.startswith('*') and line[1:] not in tables:
            draft = _Draft(line[1:])
        elif draft is not None and line == 'COMMIT':
            tables[draft.name] = draft.finished()
            draft = None
        elif line and not (draft is not None and draft.take(line)):
            raise ParseError(
                'line %d: not a line of iptables-save (found %r, want a chain, a rule or COMMIT)'
                % (number, line)
            )
    if draft is not None:
        raise ParseError('table %s: the text ends before COMMIT' % draft.name)
    if incompatible:
        name, said = incompatible[0]
        raise Incompatible(
            name,
            'table %s: iptables cannot show it, it holds rules of nft (found %r); move those rules to a table '
            'of another name, or manage this table with nft' % (name, said),
            tables,
        )
    return tables


def _counted(counters: tuple[int, int]) -> str:
    return '[%d:%d]' % counters


def rule_line(chain: str, spec: str) -> str:
    return '-A %s %s' % (chain, spec) if spec else '-A ' + chain


def render(table: Table, with_counters: bool = False) -> str:
    """Input of iptables-restore that makes *table*; with counters, the exact inverse of :func:`parse_save`."""
    out = ['*' + table.name]
    for chain in table.chains.values():
        out.append(
            ':%s %s %s'
            % (chain.name, chain.policy or '-', _counted(chain.policy_counters if with_counters else (0, 0)))
        )
    for chain in table.chains.values():
        for index, spec in enumerate(chain.rules):
            prefix = _counted(chain.counters[index]) + ' ' if with_counters else ''
            out.append(prefix + rule_line(chain.name, spec))
    return '\n'.join(out) + '\nCOMMIT\n'


def lines(table: Table) -> list[str]:
    """*table* for people and for comparing: chains with their policies, each followed by its rules, no counters."""
    out = []
    for chain in table.chains.values():
        out.append(':%s %s' % (chain.name, chain.policy or '-'))
        out.extend(rule_line(chain.name, spec) for spec in chain.rules)
    return out
