# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""nft: reading and writing whole tables. Its language is never parsed here, only the shape of its
listings."""

from __future__ import annotations

import functools
import re
import typing as t

from ...kernel import tools
from ...kernel.programs import file_identity, find_program
from ...kernel.tool_errors import Blame, ToolFailed
from .value import Body, TableId

LIST_ALL = 'list ruleset\n'

_HEAD = re.compile(r'table (\S+) (\S+) \{')
_ERROR = re.compile(r'[^\s:]*:(\d+):\d+-\d+(?::\d+)?: Error: (.*)')
_SET = re.compile(r'\t(?:set|map) \S+ \{')
_FLAGS = re.compile(r'\t\tflags (\S+)')


class RejectedInput(ToolFailed):
    """nft did not take its input. ``blames`` has each line that it named, and line 0 for what it said of
    none."""

    def __init__(self, blames: t.Sequence[Blame]) -> None:
        self.blames = tuple(blames)
        super().__init__('; '.join(map(_sentence, blames)))


def _sentence(blame: Blame) -> str:
    return 'nft: %s' % blame.message + (' (found %r)' % blame.text if blame.line else '')


@functools.cache
def program() -> str:
    """The path of nft. Raises MissingTool."""
    return find_program('nft', 'install the package nftables')


def file_of_program() -> tuple[str, int, int, int]:
    """What tells nft from another one, without running it. Raises MissingTool."""
    return file_identity(program())


# -- text ----------------------------------------------------------------------------------------------------


def label_of(table: TableId) -> str:
    """A table as nft spells it: FAMILY NAME."""
    return '%s %s' % table


def parse_list(text: str) -> dict[TableId, Body]:
    """What nft listed, by table. Lines are kept verbatim."""
    tables: dict[TableId, Body] = {}
    table: TableId | None = None
    body: list[str] = []
    for line in text.split('\n'):
        match = _HEAD.match(line) if table is None else None
        if match is not None:
            table, body = (match.group(1), match.group(2)), []
        elif line == '}' and table is not None:
            tables[table], table = tuple(body), None
        elif table is not None:
            body.append(line)
    return tables


def without_elements(body: Body) -> Body:
    """*body* without the elements of sets and maps that fill while they are used: those with the flag dynamic
    or timeout."""
    lines: list[str] = []
    fills = skipping = False
    for line in body:
        if _SET.match(line):
            fills = False
        flags = _FLAGS.match(line)
        if flags is not None:
            fills = bool({'dynamic', 'timeout'} & set(flags.group(1).split(',')))
        if fills and line.startswith('\t\telements = {'):
            skipping = True  # they are the last of a set
        if line == '\t}':
            fills = skipping = False
        if not skipping:
            lines.append(line)
    return tuple(lines)


def table_text(table: TableId, content: str) -> str:
    return 'table %s %s {\n%s\n}\n' % (*table, content)


def replacement(table: TableId, body: Body | None) -> str:
    """Input of nft that puts *body* in the place of the whole table, or removes it, in one transaction."""
    text = 'add table %s %s\ndelete table %s %s\n' % (*table, *table)
    return text if body is None else text + table_text(table, '\n'.join(body))


def listing(table: TableId) -> str:
    """Input of nft that lists one table. (With two in one input nft 1.0.6 does not find the first.)"""
    return 'list table %s %s\n' % table


# -- running it ----------------------------------------------------------------------------------------------


class NftJob(t.NamedTuple):
    """A run of nft in the namespace behind ``fd`` with ``text`` as its input. Listings have no counters if
    ``stateless``."""

    fd: int
    text: str
    stateless: bool = True


def _blames(text: str, code: int, errors: str) -> list[Blame]:
    """What nft said of each line. If the kernel refuses a rule, it refuses those behind it in the chain
    too."""
    source = text.split('\n')
    blames: dict[str, Blame] = {}
    for line in errors.split('\n'):
        match = _ERROR.match(line)
        if match is None:
            continue
        number, message = int(match.group(1)), match.group(2)
        key = message if message.startswith('Could not process rule') else line
        named = source[number - 1].strip() if number <= len(source) else ''
        blames.setdefault(key, Blame(number, named, message))
    if blames:
        return list(blames.values())
    return [Blame(0, '', ' '.join(errors.split()) or 'exit code %d without a message' % code)]


def run_of(job: NftJob) -> tools.ProgramRun:
    """The job as a run for :func:`kernel.tools.run_many`."""
    options = ['-s', '-f', '-'] if job.stateless else ['-f', '-']

    def start() -> tools.RunningProgram:
        return tools.RunningProgram([program(), *options], job.text, tools.environment())

    def finish(code: int, output: str, errors: str) -> str:
        if code != 0:
            raise RejectedInput(_blames(job.text, code, errors))
        return output

    return tools.ProgramRun(job.fd, start, finish)


def run_many(jobs: t.Sequence[NftJob]) -> list[t.Any]:
    """What nft printed for each of *jobs*, or what went wrong; in order, several in flight."""
    return tools.run_many([run_of(job) for job in jobs])
