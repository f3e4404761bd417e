# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""iptables and ip6tables: reading and writing whole tables through iptables-save and iptables-restore.

Functions that run a tool act in the network namespace of the calling thread, or, where they say so, in namespaces handed in
as descriptors. No shell, no ``ip netns exec``, nothing is mounted.
"""

from __future__ import annotations

import contextlib
import functools
import os
import re
import shutil
import subprocess
import typing as t

from ...kernel import namespaces, nfnetlink
from ...kernel.tool_errors import (
    Blame,
    Incompatible,
    LockBusy,
    MissingTool,
    RestoreError,
    ToolFailed,
    XtablesError,
)
from ...kernel.tools import Process, Run, begin, drive, only
from . import legacy
from .save_text import Table, parse_save
from .value import BASE_CHAINS, FAMILIES

_PROGRAM = {'ipv4': 'iptables', 'ipv6': 'ip6tables'}
# The programs of each back end since iptables 1.8 are one file under many names.
_BACKENDS = {'xtables-nft-multi': 'nf_tables', 'xtables-legacy-multi': 'legacy'}

WAIT = 30
TIMEOUT = 120


class Tool(t.NamedTuple):
    """The pair of programs that a family is handled by. ``backend`` is 'nf_tables' or 'legacy'."""

    family: str
    save: str
    restore: str
    backend: str


def _search_path() -> str:
    return os.pathsep.join((os.environ.get('PATH', os.defpath), '/usr/sbin', '/sbin'))


def _program(name: str) -> str:
    found = shutil.which(name, path=_search_path())
    if found is None:
        raise MissingTool(
            '%s: not found in PATH, /usr/sbin or /sbin; install the package iptables (Debian, Ubuntu, SUSE) or '
            'iptables-nft (RHEL, Fedora)' % name
        )
    return found


def _environment(lockfile: str | None = None) -> dict[str, str]:
    environment = {
        name: value for name, value in os.environ.items() if name != 'LANGUAGE' and not name.startswith('LC_')
    }
    environment.update(PATH=_search_path(), LC_ALL='C')
    if lockfile is not None:
        environment['XTABLES_LOCKFILE'] = lockfile
    return environment


def files_of(family: str) -> tuple[tuple[str, int, int, int], ...]:
    """What tells the programs of *family* from others, without running them. Raises MissingTool."""
    found = []
    for name in ('-save', '-restore'):
        path = _program(_PROGRAM[family] + name)
        status = os.stat(path)
        found.append((path, status.st_ino, status.st_size, status.st_mtime_ns))
    return tuple(found)


@functools.cache
def find_tool(family: str, backend: str | None = None) -> Tool:
    """The tool of *family*: the one that the host calls iptables, or the one of a certain *backend*.

    Raises MissingTool. Where its file does not tell the back end, one process is run, the first time.
    """
    stem = _PROGRAM[family] + {None: '', 'nf_tables': '-nft', 'legacy': '-legacy'}[backend]
    save_path, restore_path = _program(stem + '-save'), _program(stem + '-restore')
    owners = {os.path.basename(os.path.realpath(path)) for path in (save_path, restore_path)}
    if len(owners) == 2 and all(owner.startswith('xtables-') for owner in owners):
        raise MissingTool(
            '%s: %s and %s belong to different back ends (found %s); set both alternatives to the same one'
            % (_PROGRAM[family], save_path, restore_path, ' and '.join(sorted(owners)))
        )
    known = _BACKENDS.get(owners.pop()) if len(owners) == 1 else None
    return Tool(family, save_path, restore_path, known or _told_backend(restore_path))


def _told_backend(restore_path: str) -> str:
    shown = subprocess.run(
        [restore_path, '--version'],
        stdin=subprocess.DEVNULL,
        capture_output=True,  # pylint: disable=ansible-bad-function
        env=_environment(),
        timeout=TIMEOUT,
        check=False,
    ).stdout.decode(errors='replace')
    if re.search(r' v\d+', shown) is None:
        raise MissingTool(
            '%s --version: no version in the answer (found %r); install iptables 1.6.2 or newer'
            % (restore_path, shown)
        )
    # Before 1.8 there was one back end, and its version had no suffix.
    return 'nf_tables' if '(nf_tables)' in shown else 'legacy'


class Options(t.NamedTuple):
    """How to run iptables-restore, or iptables-save.

    ``counters`` sets those of rules as well, except that ip6tables-nft-restore 1.8.9 makes them 0, also for ``-c``. ``bare`` is for
    iptables-save, and leaves them unread, so that all are 0.

    ``wait`` is the longest wait for the xtables lock, ``timeout`` for everything, in seconds. ``lockfile`` names another lock
    than that of the host: only for a namespace that nobody else can be in (see :func:`private_lock`).
    """

    noflush: bool = False
    counters: bool = False
    test: bool = False
    wait: int = WAIT
    timeout: float = TIMEOUT
    lockfile: str | None = None
    bare: bool = False


class Job(t.NamedTuple):
    """One run of a tool in the namespace behind ``fd``: iptables-restore of ``text``, or iptables-save where it is None."""

    fd: int
    tool: Tool
    text: str | None = None
    options: Options = Options()


Result = t.Union[dict[str, Table], None, Exception]


@contextlib.contextmanager
def private_lock() -> t.Iterator[str]:
    """The name of a lock that only we know, for ``Options.lockfile``. It is no file on disk and disappears by itself.

    The legacy back end has one lock for the whole host, though its tables are per namespace; XTABLES_LOCKFILE says which.
    iptables that does not know the variable takes the lock of the host.
    """
    fd = os.memfd_create('xtables.lock')
    try:
        yield '/proc/%d/fd/%d' % (os.getpid(), fd)
    finally:
        os.close(fd)


def _save_run(
    tool: Tool,
    timeout: float,
    place: t.Callable[[], t.ContextManager[None]] = contextlib.nullcontext,
    bare: bool = False,
) -> Run:
    def inside() -> Process | None:
        if tool.backend == 'legacy' and not legacy.tables(tool.family):
            return None
        return Process([tool.save, *([] if bare else ['-c'])], '', _environment(), timeout)

    def start() -> Process | None:
        return begin(place(), inside)

    def finish(code: int, output: str, errors: str) -> Result:
        if code != 0:
            raise ToolFailed(
                '%s: ended with %d: %s'
                % (os.path.basename(tool.save), code, errors.strip() or 'nothing said')
            )
        return parse_save(output)

    return Run(start, finish)


def save(tool: Tool, tables: t.Iterable[str] | None = None, timeout: float = TIMEOUT) -> dict[str, Table]:
    """The tables of the calling thread's namespace, counters included. Those that do not exist are left out and not made.

    With *tables*, only those; then only they may raise Incompatible.
    """
    wanted = None if tables is None else set(tables)
    try:
        found = t.cast(dict[str, Table], only(_save_run(tool, timeout)))
    except Incompatible as exc:
        if wanted is None or exc.table in wanted:
            raise
        found = exc.others
    return {name: table for name, table in found.items() if wanted is None or name in wanted}


_LINE = re.compile(r'(?:line:? |at line: )(\d+)')
_PREFIX = re.compile(r'^\S+ v[\d.]+ \([a-z_]+\): ?')
_CHATTER = re.compile(r"^(?:Try `|Error occurred at line: |Ignoring deprecated )")


def _restore_argv(tool: Tool, options: Options) -> list[str]:
    # '-w 0' waits for ever, as no -w does, and '-w5' in one word is not understood (1.8.9). The nft variant takes and ignores it.
    argv = [tool.restore, '-w', str(max(1, int(options.wait)))]
    chosen = (('--noflush', options.noflush), ('--counters', options.counters), ('--test', options.test))
    return argv + [flag for flag, on in chosen if on]


def _blames(text: str, code: int, errors: str) -> list[Blame]:
    """The lines that iptables-restore named, with what it said of each.

    Its own parser says 'MESSAGE \\n Error occurred at line: N'; the nft variant says 'line N: RULE_APPEND failed (WHY): rule in chain C' once
    for each rule that the kernel refused; the legacy one only 'line N failed', N being that of COMMIT.
    """
    source = text.split('\n')
    said = [
        _PREFIX.sub('', line).strip()
        for line in errors.split('\n')
        if line.strip() and not _CHATTER.match(line)
    ]
    said = [line for line in said if line]
    refused = [line for line in said if re.match(r'line \d+: ', line)]
    if refused:
        found = [(int(line[5:].split(':')[0]), line.split(': ', 1)[1]) for line in refused]
    else:
        match = _LINE.search(errors)
        found = [
            (int(match.group(1)) if match else 0, '; '.join(said) or 'ended with %d, said nothing' % code)
        ]
    return [
        Blame(line, source[line - 1] if 0 < line <= len(source) else '', message) for line, message in found
    ]


def _restore_error(tool: Tool, text: str, code: int, errors: str) -> RestoreError:
    program, blames = os.path.basename(tool.restore), _blames(text, code, errors)
    # Code 4 alone proves nothing: the nft variant ends with it for every rule that the kernel refuses.
    if 'holding the xtables lock' in errors or 'Resource temporarily unavailable' in errors:
        return LockBusy(
            program,
            code,
            [
                Blame(
                    0,
                    '',
                    'somebody else held the xtables lock (found %r); try again, or wait longer'
                    % blames[0].message,
                )
            ],
        )
    return RestoreError(program, code, blames)


def _restore_run(
    tool: Tool,
    text: str,
    options: Options,
    place: t.Callable[[], t.ContextManager[None]] = contextlib.nullcontext,
) -> Run:
    def start() -> Process | None:
        return begin(
            place(),
            lambda: Process(
                _restore_argv(tool, options), text, _environment(options.lockfile), options.timeout
            ),
        )

    def finish(code: int, output: str, errors: str) -> None:
        if code != 0:
            raise _restore_error(tool, text, code, errors)
        if output:
            # A rule with -h or -V ends the tool with 0 at that line.
            told = (
                'printed something, so it may not have loaded everything (found %r, want silence)'
                % output[:80]
            )
            raise RestoreError(os.path.basename(tool.restore), 0, [Blame(0, '', told)])

    return Run(start, finish)


def restore(
    tool: Tool,
    text: str,
    *,
    noflush: bool,
    counters: bool = False,
    wait: int = WAIT,
    timeout: float = TIMEOUT,
    lockfile: str | None = None,
) -> None:
    """Load *text* in the calling thread's namespace. Each table is written whole or not at all, the first ones first.

    Raises RestoreError, LockBusy when the lock stays taken for *wait* seconds (at least 1), ToolFailed.
    """
    only(_restore_run(tool, text, Options(noflush, counters, False, wait, timeout, lockfile)))


def check_syntax(tool: Tool, text: str, *, noflush: bool, wait: int = WAIT, timeout: float = TIMEOUT) -> None:
    """iptables-restore --test: no more than syntax. The kernel is not asked, nor, by the nft variant, whether a chain exists: :func:`rehearse`."""
    only(_restore_run(tool, text, Options(noflush, False, True, wait, timeout)))


def spawn_many(jobs: t.Sequence[Job], in_flight: int = 16) -> list[Result]:
    """Run *jobs*, up to *in_flight* at once, and give their results in order: tables of a save, None, or what went wrong.

    One thread enters each namespace to start its process there. The nft variant mostly sleeps and gains up to about 16; the
    legacy one holds the lock of the host, more than 2 only wait for each other. Where one has waited for that lock in vain, all others that
    would have to wait as long give up too.
    """
    legacy_only = all(job.tool.backend == 'legacy' for job in jobs)

    def in_vain(result: Result) -> bool:
        return legacy_only and isinstance(result, LockBusy)

    def body() -> list[Result]:
        home = namespaces.open_current()
        try:
            return drive([job_run(job, home) for job in jobs], max(1, in_flight), in_vain)
        finally:
            os.close(home)

    return namespaces.in_thread(body) if jobs else []


def job_run(job: Job, home: int) -> Run:
    def place() -> t.ContextManager[None]:
        return namespaces.entered(job.fd, home)

    if job.text is None:
        return _save_run(job.tool, job.options.timeout, place, job.options.bare)
    return _restore_run(job.tool, job.text, job.options, place)


def active_backends() -> set[str]:
    """Which of 'legacy' and 'nf_tables' iptables has tables of in the calling thread's namespace. They may be empty: reading makes some."""
    found = {'legacy'} if any(legacy.tables(family) for family in FAMILIES) else set()
    return found | ({'nf_tables'} if _of_iptables(nfnetlink.nft_tables()) else set())


def _of_iptables(tables: t.Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    return {(family, name) for family, name in tables if family in ('ip', 'ip6') and name in BASE_CHAINS}


def backends_with_rules() -> set[str]:
    """The same for those that have rules."""
    found = (
        {'legacy'}
        if any(legacy.has_rules(family, table) for family in FAMILIES for table in legacy.tables(family))
        else set()
    )
    return found | ({'nf_tables'} if _of_iptables(nfnetlink.tables_with_rules()) else set())


__all__ = [
    'Job',
    'MissingTool',
    'Options',
    'Tool',
    'XtablesError',
    'active_backends',
    'backends_with_rules',
    'check_syntax',
    'files_of',
    'find_tool',
    'job_run',
    'private_lock',
    'restore',
    'save',
    'spawn_many',
]
