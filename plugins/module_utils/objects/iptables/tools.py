# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""iptables and ip6tables: reading and writing whole tables through iptables-save and iptables-restore."""

from __future__ import annotations

import contextlib
import functools
import os
import re
import subprocess
import typing as t

from ...kernel import tools
from ...kernel.tool_errors import Blame, MissingTool, ToolFailed
from . import legacy
from .errors import LockBusy, RestoreError, restore_error
from .programs import PROGRAM, programs_of
from .rule_text import words
from .save_text import SavedTable, parse_save

# Since iptables 1.8 the programs of each backend are one file under many names.
_BACKENDS = {'xtables-nft-multi': 'nf_tables', 'xtables-legacy-multi': 'legacy'}

LOCK_WAIT = 30


class Tool(t.NamedTuple):
    """The pair of programs that handles a family. ``backend`` is 'nf_tables' or 'legacy'."""

    family: str
    save: str
    restore: str
    backend: str


@functools.cache
def find_tool(family: str) -> Tool:
    """The tool that the host calls iptables or ip6tables. Raises MissingTool.

    If its file does not tell the backend, one process is run, the first time.
    """
    save_path, restore_path = programs_of(family)
    files = {os.path.basename(os.path.realpath(path)) for path in (save_path, restore_path)}
    if len(files) == 2 and all(name.startswith('xtables-') for name in files):
        raise MissingTool(
            '%s: %s and %s belong to different backends (found %s); set both alternatives to the same one'
            % (PROGRAM[family], save_path, restore_path, ' and '.join(sorted(files)))
        )
    backend = _BACKENDS.get(files.pop()) if len(files) == 1 else None
    return Tool(family, save_path, restore_path, backend or reported_backend(restore_path))


def reported_backend(restore_path: str) -> str:
    """The backend that the program itself reports."""
    version = subprocess.run(  # pylint: disable=ansible-bad-function
        [restore_path, '--version'],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=tools.environment(),
        timeout=tools.TIMEOUT,
        check=False,
    ).stdout.decode(errors='replace')
    if re.search(r' v\d+', version) is None:
        raise MissingTool(
            '%s --version: no version in the answer (found %r); install iptables 1.6.2 or newer'
            % (restore_path, version)
        )
    # Before 1.8 there was one backend, and its version had no suffix.
    return 'nf_tables' if '(nf_tables)' in version else 'legacy'


class Options(t.NamedTuple):
    """How to run iptables-restore or iptables-save.

    ``counters`` sets those of rules too, except that ip6tables-nft-restore 1.8.9 makes them 0, even with
    ``-c``. ``bare`` is for iptables-save: counters are left unread, so that all are 0.

    ``wait`` is the longest wait for the xtables lock, ``timeout`` for everything, in seconds. ``lockfile``
    names another lock than that of the host: only for a namespace that nobody else can be in (see
    :func:`private_lock`).
    """

    noflush: bool = False
    counters: bool = False
    wait: int = LOCK_WAIT
    timeout: float = tools.TIMEOUT
    lockfile: str | None = None
    bare: bool = False


class IptablesJob(t.NamedTuple):
    """A run in the namespace behind ``fd``: iptables-restore of ``text``, or iptables-save if it is None."""

    fd: int
    tool: Tool
    text: str | None = None
    options: Options = Options()


Result = t.Union[dict[str, SavedTable], None, Exception]
"""Tables by name for iptables-save, None for iptables-restore, or what went wrong."""


@contextlib.contextmanager
def private_lock() -> t.Iterator[str]:
    """The name of a lock that only we know, for ``Options.lockfile``. It is not a file on disk and disappears
    by itself.

    The legacy backend has one lock for the whole host, though its tables are per namespace; XTABLES_LOCKFILE
    says which. An iptables that does not know the variable takes the lock of the host.
    """
    fd = os.memfd_create('xtables.lock')
    try:
        yield '/proc/%d/fd/%d' % (os.getpid(), fd)
    finally:
        os.close(fd)


def _save_run(job: IptablesJob) -> tools.ProgramRun:
    tool = job.tool
    argv = [tool.save] if job.options.bare else [tool.save, '-c']

    def start() -> tools.RunningProgram | None:
        if tool.backend == 'legacy' and not legacy.tables(tool.family):
            return None  # reading would make them
        return tools.RunningProgram(argv, '', tools.environment(), job.options.timeout)

    def finish(code: int, output: str, errors: str) -> dict[str, SavedTable]:
        if code != 0:
            raise ToolFailed(
                '%s: exit code %d: %s' % (os.path.basename(tool.save), code, errors.strip() or 'nothing said')
            )
        return parse_save(output)

    return tools.ProgramRun(job.fd, start, finish)


def _restore_argv(tool: Tool, options: Options) -> list[str]:
    # '-w 0' waits for ever, as no -w does, and '-w5' in one word is not understood (1.8.9). The nft variant
    # ignores it.
    argv = [tool.restore, '-w', str(max(1, int(options.wait)))]
    if options.noflush:
        argv.append('--noflush')
    if options.counters:
        argv.append('--counters')
    return argv


def _restore_run(job: IptablesJob, text: str) -> tools.ProgramRun:
    """Each table is written whole or not at all, the first ones first.

    Raises RestoreError, LockBusy if the lock stays taken for ``Options.wait`` seconds (at least 1),
    ToolFailed.
    """
    options = job.options
    program = os.path.basename(job.tool.restore)
    lock = {'XTABLES_LOCKFILE': options.lockfile} if options.lockfile else {}

    def start() -> tools.RunningProgram:
        return tools.RunningProgram(
            _restore_argv(job.tool, options), text, tools.environment(**lock), options.timeout
        )

    def finish(code: int, output: str, errors: str) -> None:
        if code != 0:
            raise restore_error(program, text, code, errors)
        if output:
            # A rule with -h or -V ends the tool with 0 at that line.
            message = 'printed something, so it may not have loaded everything (found %r, want silence)'
            raise RestoreError(program, 0, [Blame(0, '', message % output[:80])])

    return tools.ProgramRun(job.fd, start, finish)


class WholeRule(t.NamedTuple):
    """A rule by its number in a chain, with its (packets, bytes) if they are known."""

    table: str
    chain: str
    number: int
    spec: str
    counters: tuple[int, int] | None = None


def replace_rules(fd: int, tool: Tool, rules: t.Sequence[WholeRule]) -> list[Result]:
    """Put rules in the place of others, one after the other, by iptables itself.

    Unlike iptables-restore it takes line breaks in a comment.
    """
    return tools.run_many([_replacement_run(fd, tool, rule) for rule in rules], 1)


def _replacement_run(fd: int, tool: Tool, rule: WholeRule) -> tools.ProgramRun:
    program = tool.restore[: -len('-restore')]
    argv = [program, '-w', str(LOCK_WAIT), '-t', rule.table, '-R', rule.chain, str(rule.number)]
    argv += words(rule.spec)
    if rule.counters is not None:
        argv += ['-c', *map(str, rule.counters)]

    def start() -> tools.RunningProgram:
        return tools.RunningProgram(argv, '', tools.environment())

    def finish(code: int, _output: str, errors: str) -> None:
        if code != 0:
            raise restore_error(os.path.basename(program), '', code, errors)

    return tools.ProgramRun(fd, start, finish)


def run_of(job: IptablesJob) -> tools.ProgramRun:
    return _save_run(job) if job.text is None else _restore_run(job, job.text)


def run_many(jobs: t.Sequence[IptablesJob]) -> list[Result]:
    """Run *jobs*, several at once, and give their results in order.

    The legacy backend holds the lock of the host: more than 2 at once only wait for each other. If one has
    waited for that lock in vain, all others that would have to wait as long give up too.
    """
    backends = {job.tool.backend for job in jobs}

    def in_vain(result: Result) -> bool:
        return backends == {'legacy'} and isinstance(result, LockBusy)

    in_flight = 2 if 'legacy' in backends else tools.IN_FLIGHT
    return tools.run_many([run_of(job) for job in jobs], in_flight, in_vain)
