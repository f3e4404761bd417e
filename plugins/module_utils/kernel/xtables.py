# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""iptables and ip6tables: reading, writing and comparing whole tables through iptables-save and iptables-restore.

Rule syntax is never parsed here. What a rule really is, is asked of the tool itself (:func:`canonicalise`): rules are loaded
into a namespace that nobody uses, and read back. Everything else is text, compared as text.

Functions that run a tool act in the network namespace of the calling thread, or, where they say so, in namespaces handed in
as descriptors. No shell, no ``ip netns exec``, nothing is mounted.
"""
from __future__ import annotations

import contextlib
import errno
import functools
import ipaddress
import os
import re
import select
import shutil
import socket
import struct
import subprocess
import time
import typing as t

from . import namespaces

FAMILIES = ('ipv4', 'ipv6')
BASE_CHAINS: dict[str, tuple[str, ...]] = {
    'raw': ('PREROUTING', 'OUTPUT'),
    'mangle': ('PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'),
    'nat': ('PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'),
    'filter': ('INPUT', 'FORWARD', 'OUTPUT'),
    'security': ('INPUT', 'FORWARD', 'OUTPUT'),
}

Key = tuple[str, str, str]
"""(table, chain, spec): one rule as somebody wrote it."""

_PROGRAM = {'ipv4': 'iptables', 'ipv6': 'ip6tables'}
_PROC_NAMES = {'ipv4': '/proc/thread-self/net/ip_tables_names', 'ipv6': '/proc/thread-self/net/ip6_tables_names'}

WAIT = 30
TIMEOUT = 120


class XtablesError(Exception):
    """Anything that goes wrong here."""


class MissingTool(XtablesError):
    """A program is not installed, or the two programs of a family do not belong together."""


class ParseError(XtablesError):
    """Text that iptables-save did not write, or of which the end is missing."""


class Incompatible(XtablesError):
    """A table holds native nft rules that iptables cannot show. Attributes: table, others (the tables that could be read)."""

    def __init__(self, table: str, message: str, others: dict[str, Table]) -> None:
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
        shown = ['%s %s: %s (found %r)' % (fault.table, fault.chain, fault.message, fault.spec) for fault in self.faults]
        super().__init__('\n'.join(shown + ([] if complete else ['more rules may be wrong; the search ended here'])))


def _blamed(program: str, blame: Blame) -> str:
    if not blame.line:
        return '%s: %s' % (program, blame.message)
    return '%s: line %d: %s (found %r)' % (program, blame.line, blame.message, blame.text)


# -- the programs --------------------------------------------------------------------------------------------------------


class Tool(t.NamedTuple):
    """The pair of programs that a family is handled by. ``backend`` is 'nf_tables' or 'legacy'."""

    family: str
    save: str
    restore: str
    version: str
    backend: str


def _search_path() -> str:
    return os.pathsep.join((os.environ.get('PATH', os.defpath), '/usr/sbin', '/sbin'))


def _program(name: str) -> str:
    found = shutil.which(name, path=_search_path())
    if found is None:
        raise MissingTool('%s: not found in PATH, /usr/sbin or /sbin; install the package iptables (Debian, Ubuntu, SUSE) or '
                          'iptables-nft (RHEL, Fedora)' % name)
    return found


def _environment(lockfile: str | None = None) -> dict[str, str]:
    environment = {name: value for name, value in os.environ.items() if name != 'LANGUAGE' and not name.startswith('LC_')}
    environment.update(PATH=_search_path(), LC_ALL='C')
    if lockfile is not None:
        environment['XTABLES_LOCKFILE'] = lockfile
    return environment


@functools.cache
def find_tool(family: str, backend: str | None = None) -> Tool:
    """The tool of *family*: the one that the host calls iptables, or the one of a certain *backend*.

    Raises MissingTool. One process is run, the first time.
    """
    stem = _PROGRAM[family] + {None: '', 'nf_tables': '-nft', 'legacy': '-legacy'}[backend]
    save_path, restore_path = _program(stem + '-save'), _program(stem + '-restore')
    owners = {os.path.basename(os.path.realpath(path)) for path in (save_path, restore_path)}
    if len(owners) == 2 and all(owner.startswith('xtables-') for owner in owners):
        raise MissingTool('%s: %s and %s belong to different back ends (found %s); set both alternatives to the same one'
                          % (_PROGRAM[family], save_path, restore_path, ' and '.join(sorted(owners))))
    shown = subprocess.run([restore_path, '--version'], stdin=subprocess.DEVNULL, capture_output=True,  # pylint: disable=ansible-bad-function
                           env=_environment(), timeout=TIMEOUT, check=False).stdout.decode(errors='replace')
    match = re.search(r' v(\d+(?:\.\d+)*)', shown)
    if match is None:
        raise MissingTool('%s --version: no version in the answer (found %r); install iptables 1.6.2 or newer' % (restore_path, shown))
    # Before 1.8 there was one back end, and its version had no suffix.
    return Tool(family, save_path, restore_path, match.group(1), 'nf_tables' if '(nf_tables)' in shown else 'legacy')


# -- text ----------------------------------------------------------------------------------------------------------------


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
            chains[name] = Chain(name, policy, tuple(text for text, _count in rules), tuple(count for _text, count in rules), counted)
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
            raise ParseError('line %d: not a line of iptables-save (found %r, want a chain, a rule or COMMIT)' % (number, line))
    if draft is not None:
        raise ParseError('table %s: the text ends before COMMIT' % draft.name)
    if incompatible:
        name, said = incompatible[0]
        raise Incompatible(name, 'table %s: iptables cannot show it, it holds rules of nft (found %r); move those rules to a table '
                                 'of another name, or manage this table with nft' % (name, said), tables)
    return tables


def _counted(counters: tuple[int, int]) -> str:
    return '[%d:%d]' % counters


def _rule(chain: str, spec: str) -> str:
    return '-A %s %s' % (chain, spec) if spec else '-A ' + chain


def render(table: Table, with_counters: bool = False) -> str:
    """Input of iptables-restore that makes *table*; with counters, the exact inverse of :func:`parse_save`."""
    out = ['*' + table.name]
    for chain in table.chains.values():
        out.append(':%s %s %s' % (chain.name, chain.policy or '-', _counted(chain.policy_counters if with_counters else (0, 0))))
    for chain in table.chains.values():
        for index, spec in enumerate(chain.rules):
            prefix = _counted(chain.counters[index]) + ' ' if with_counters else ''
            out.append(prefix + _rule(chain.name, spec))
    return '\n'.join(out) + '\nCOMMIT\n'


def lines(table: Table) -> list[str]:
    """*table* for people and for comparing: chains with their policies, each followed by its rules, no counters."""
    out = []
    for chain in table.chains.values():
        out.append(':%s %s' % (chain.name, chain.policy or '-'))
        out.extend(_rule(chain.name, spec) for spec in chain.rules)
    return out


# -- words of a rule -----------------------------------------------------------------------------------------------------

# iptables-restore reads lines into a buffer of 10240 bytes and takes what does not fit for a line of its own
# (iptables/iptables-restore.c). The rest of the buffer is for '[counters] -A CHAIN '.
_LONGEST_SPEC = 10000
_LONGEST_CHAIN = 28  # XT_EXTENSION_MAXNAMELEN - 1
_VERDICTS = ('ACCEPT', 'DROP', 'QUEUE', 'RETURN')

# Values of these may be any text, also such that look like an option.
_TEXT_OPTIONS = frozenset(('--comment', '--log-prefix', '--nflog-prefix', '--ulog-prefix', '--string', '--hex-string', '--name',
                           '--hashlimit-name'))
_COMMANDS = {
    'A': 'append', 'C': 'check', 'D': 'delete', 'E': 'rename-chain', 'F': 'flush', 'I': 'insert', 'L': 'list', 'N': 'new-chain',
    'P': 'policy', 'R': 'replace', 'S': 'list-rules', 'X': 'delete-chain', 'Z': 'zero',
}
# -h and -V end iptables-restore with 0 before anything is loaded; -4 and -6 make it skip the rule silently in the other family;
# -M names a program to run; -v prints; counters are no part of what a rule is.
_ELSEWHERE = {
    't': 'table', 'h': 'help', 'V': 'version', '4': 'ipv4', '6': 'ipv6', 'M': 'modprobe', 'w': 'wait', 'W': 'wait-interval',
    'n': 'numeric', 'v': 'verbose', 'x': 'exact', 'c': 'set-counters',
}
_FORBIDDEN = {**_COMMANDS, **_ELSEWHERE}
_FORBIDDEN_LONG = frozenset(_FORBIDDEN.values()) | {'line-numbers'}
_ADDRESS_OPTIONS = ('source', 'src', 'destination', 'dst', 'ctorigsrc', 'ctorigdst', 'ctreplsrc', 'ctrepldst', 'gateway', 'on-ip',
                    'tunnel-src', 'tunnel-dst', 'vaddr')
# An address for one extension and a number for another: -m recent and -j CONNMARK, -j NETMAP and -m string.
_AMBIGUOUS_OPTIONS = {'--mask': 'recent', '--to': 'NETMAP'}
_NUMBER = re.compile(r'(?:0[xX][0-9a-fA-F]+|[0-9]+)$')
_CONTROL = re.compile('[\x00-\x08\x0a-\x1f\x7f]')


def words(spec: str) -> list[str]:
    """*spec* cut into words as iptables-restore does (iptables/xshared.c, add_param_to_argv). ValueError for an open quote.

    Only the double quote quotes; a closing quote ends the word; a backslash means something only inside quotes.
    """
    if '"' not in spec:
        return [word for word in re.split('[ \t\n]+', spec) if word]
    found: list[str] = []
    word, started, quoted, escaped = '', False, False, False
    for character in spec:
        if quoted and (escaped or character not in '\\"'):
            word, escaped = word + character, False
        elif quoted and character == '\\':
            escaped = True
        elif quoted or (character in ' \t\n' and started):
            found.append(word)
            word, started, quoted = '', False, False
        elif character == '"':
            started = quoted = True
        elif character not in ' \t\n':
            word, started = word + character, True
    if quoted:
        raise ValueError('a double quote is not closed')
    return found + [word] if started else found


def _is_ipv4(text: str) -> bool:
    # xtables_numeric_to_ipaddr takes one to four numbers.
    parts = text.split('.')
    return len(parts) <= 4 and all(part.isascii() and part.isdigit() and int(part) <= 255 for part in parts)


def _is_ipv6(text: str) -> bool:
    try:
        return '%' not in text and bool(ipaddress.IPv6Address(text))
    except ValueError:
        return False


def _is_address(text: str, family: str | None) -> bool:
    host = text.strip(' ').partition('/')[0]
    return (family != 'ipv6' and _is_ipv4(host)) or (family != 'ipv4' and _is_ipv6(host))


def _address_fault(option: str, value: str, family: str | None) -> str | None:
    for part in value.split(','):
        if not _is_address(part, family):
            other = 'an %s address' % family.replace('ip', 'IP') if family else 'an address'
            return ('%s: not %s (found %r); names are not looked up, a rule must mean the same tomorrow, so write the address'
                    % (option, other, part))
    return None


def _takes_address(option: str, all_words: t.Sequence[str]) -> bool:
    """Whether iptables would ask the resolver for the value of *option*. Abbreviations count: getopt_long takes them."""
    if option in ('-s', '-d'):
        return True
    if len(option) < 3 or not option.startswith('--'):
        return False
    return _is_ambiguous(option, all_words) or any(name.startswith(option[2:]) for name in _ADDRESS_OPTIONS)


def _is_ambiguous(option: str, all_words: t.Sequence[str]) -> bool:
    return any(name.startswith(option) and extension in all_words for name, extension in _AMBIGUOUS_OPTIONS.items())


@functools.lru_cache(maxsize=1024)
def _option_fault(option: str) -> str | None:
    if option.startswith('--') and len(option) > 2:
        name = next((name for name in sorted(_FORBIDDEN_LONG) if name.startswith(option[2:])), None)
        if name is None or option in ('--pol', '--set'):  # of -m policy and -m recent
            return None
        return _forbidden('--' + name, name in _COMMANDS.values())
    for letter in option[1:]:
        if letter in _FORBIDDEN:
            return _forbidden('-' + letter, letter in _COMMANDS)
        if letter in 'sd' and len(option) > 2:
            # iptables 1.8.9 takes the whole word for the address, and asks the resolver for it.
            return '%s: write -%s and its value apart' % (option, letter)
        if letter in 'pjgiomsd':
            break
    return None


def _forbidden(option: str, command: bool) -> str:
    if command:
        return '%s: a rule has no command (found %s, want matches and a target only); take it out' % (option, option)
    return '%s: does not belong into a rule; take it out (table, chain and family are said elsewhere)' % option


def check_spec(spec: str, family: str | None = None) -> str | None:
    """What is wrong with *spec* as the text of one rule, as far as text tells; None if nothing. Runs nothing, asks no resolver."""
    match = _CONTROL.search(spec)
    if match is not None:
        return 'one rule is one line (found the control character %r); take it out' % match.group()
    if len(spec.encode('utf-8', 'surrogateescape')) > _LONGEST_SPEC:
        return 'too long (found %d bytes, want at most %d); use several rules or a set' % (len(spec), _LONGEST_SPEC)
    try:
        all_words = words(spec)
    except ValueError as exc:
        return '%s; close it, and write \\" for a quote inside quotes' % exc
    index = 0
    while index < len(all_words):
        word = all_words[index]
        option, equals, value = word.partition('=') if word.startswith('--') else (word, '', '')
        index += 1
        if not option.startswith('-'):
            continue
        fault = _option_fault(option)
        if fault is None and _takes_address(option, all_words):
            if not equals and index < len(all_words):
                value = all_words[index]
            if not (_is_ambiguous(option, all_words) and _NUMBER.match(value)):
                fault = _address_fault(option, value, family)
        if fault is not None:
            return fault
        index += 1 if option in _TEXT_OPTIONS and not equals else 0
    return None


def check_chain(name: str) -> str | None:
    """What is wrong with *name* as the name of a chain, None if nothing."""
    if not re.match(r'[!-~]+$', name) or name.endswith('\n') or '"' in name or name[0] in '-!':
        return 'not a chain name (found %r, want letters, digits and marks, no space or quote, no - or ! in front)' % name
    if name in _VERDICTS:
        return 'a verdict is no chain (found %s); choose another name' % name
    if len(name) > _LONGEST_CHAIN:
        return 'too long a chain name (found %r, want at most %d characters)' % (name, _LONGEST_CHAIN)
    return None


# -- running the tools ---------------------------------------------------------------------------------------------------


class Options(t.NamedTuple):
    """How to run iptables-restore.

    ``counters`` sets those of rules as well, except that ip6tables-nft-restore 1.8.9 makes them 0, also for ``-c``.

    ``wait`` is the longest wait for the xtables lock, ``timeout`` for everything, in seconds. ``lockfile`` names another lock
    than that of the host: only for a namespace that nobody else can be in (see :func:`private_lock`).
    """

    noflush: bool = False
    counters: bool = False
    test: bool = False
    wait: int = WAIT
    timeout: float = TIMEOUT
    lockfile: str | None = None


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


def _memory(content: bytes = b'') -> int:
    fd = os.memfd_create('xtables')
    try:
        view = memoryview(content)
        while view:
            view = view[os.write(fd, view):]
        os.lseek(fd, 0, os.SEEK_SET)
    except BaseException:
        os.close(fd)
        raise
    return fd


def _content(fd: int) -> bytes:
    size = os.fstat(fd).st_size
    content = bytearray()
    while len(content) < size:
        part = os.pread(fd, size - len(content), len(content))
        if not part:
            break
        content += part
    return bytes(content)


class _Process:
    """A tool that runs in the namespace of the thread that started it.

    Input and output are memory files, so nobody has to feed or drain it. Its end is seen by a pidfd and not by the end of its output:
    iptables-nft sleeps for 10 to 30 ms after that, in the close of its netlink socket (synchronize_rcu in the kernel).
    """

    def __init__(self, argv: t.Sequence[str], text: str, environment: dict[str, str], timeout: float) -> None:
        self.program, self.timeout = os.path.basename(argv[0]), timeout
        self.deadline = time.monotonic() + timeout
        with contextlib.ExitStack() as stack:
            files = []
            for content in (text.encode('utf-8', 'surrogateescape'), b'', b''):
                files.append(_memory(content))
                stack.callback(os.close, files[-1])
            self.popen = subprocess.Popen(argv, stdin=files[0], stdout=files[1], stderr=files[2], env=environment)  # pylint: disable=ansible-bad-function
            self.files, self.open = files, stack.pop_all()
        self.pidfd = -1
        # Linux 5.3. Before that (RHEL 8) ends are polled for.
        if hasattr(os, 'pidfd_open'):
            with contextlib.suppress(OSError):
                self.pidfd = os.pidfd_open(self.popen.pid)
                self.open.callback(os.close, self.pidfd)

    def end(self) -> tuple[int, str, str]:
        """(exit code, output, error output) of a process that has ended. Raises ToolFailed when its time was over."""
        with self.open:
            code = self.popen.poll()
            if code is None:
                self.popen.kill()
                self.popen.wait()
                raise ToolFailed('%s: no end after %g s, killed; look at what keeps it waiting and try again' % (self.program, self.timeout))
            output, errors = (_content(fd).decode('utf-8', 'surrogateescape') for fd in self.files[1:])
            return code, output, errors


class _Run(t.NamedTuple):
    """``start`` gives a process, or None when there is nothing to run; ``finish`` makes a result of how it ended."""

    start: t.Callable[[], _Process | None]
    finish: t.Callable[[int, str, str], Result]


def _wait_for_some(running: t.Iterable[_Process]) -> None:
    processes = list(running)
    left = max(0.0, min(process.deadline for process in processes) - time.monotonic())
    if any(process.pidfd < 0 for process in processes):
        time.sleep(min(left, 0.002))
        return
    poll = select.poll()
    for process in processes:
        poll.register(process.pidfd, select.POLLIN)
    poll.poll(left * 1000 + 1)


def _outcome(process: _Process, run: _Run) -> Result:
    try:
        return run.finish(*process.end())
    except Exception as exc:
        return exc


def _drive(runs: t.Sequence[_Run], in_flight: int) -> list[Result]:
    """Results in the order of *runs*; what a run raised is its result."""
    results: list[Result] = [None] * len(runs)
    running: dict[int, _Process] = {}
    upcoming = iter(range(len(runs)))
    try:
        while True:
            while len(running) < in_flight:
                index = next(upcoming, None)
                if index is None:
                    break
                try:
                    process = runs[index].start()
                    if process is None:
                        results[index] = runs[index].finish(0, '', '')
                    else:
                        running[index] = process
                except Exception as exc:
                    results[index] = exc
            if not running:
                return results
            _wait_for_some(running.values())
            now = time.monotonic()
            for index, process in list(running.items()):
                if process.popen.poll() is not None or now >= process.deadline:
                    results[index] = _outcome(running.pop(index), runs[index])
    finally:
        for process in running.values():
            with contextlib.suppress(ToolFailed):
                process.end()


def _only(run: _Run) -> Result:
    result = _drive([run], 1)[0]
    if isinstance(result, Exception):
        raise result  # pylint: disable=raising-bad-type
    return result


# -- reading -------------------------------------------------------------------------------------------------------------


def legacy_tables(family: str) -> list[str]:
    """The tables that the legacy back end has in the calling thread's namespace. Reading any other would make it."""
    try:
        with open(_PROC_NAMES[family], encoding='ascii') as names:
            return names.read().split()
    except FileNotFoundError:
        return []


def _save_run(tool: Tool, timeout: float, place: t.Callable[[], t.ContextManager[None]] = contextlib.nullcontext) -> _Run:
    def start() -> _Process | None:
        with place():
            if tool.backend == 'legacy' and not legacy_tables(tool.family):
                return None
            return _Process([tool.save, '-c'], '', _environment(), timeout)

    def finish(code: int, output: str, errors: str) -> Result:
        if code != 0:
            raise ToolFailed('%s: ended with %d: %s' % (os.path.basename(tool.save), code, errors.strip() or 'nothing said'))
        return parse_save(output)

    return _Run(start, finish)


def save(tool: Tool, tables: t.Iterable[str] | None = None, timeout: float = TIMEOUT) -> dict[str, Table]:
    """The tables of the calling thread's namespace, counters included. Those that do not exist are left out and not made.

    With *tables*, only those; then only they may raise Incompatible.
    """
    wanted = None if tables is None else set(tables)
    try:
        found = t.cast(dict[str, Table], _only(_save_run(tool, timeout)))
    except Incompatible as exc:
        if wanted is None or exc.table in wanted:
            raise
        found = exc.others
    return {name: table for name, table in found.items() if wanted is None or name in wanted}


# -- writing -------------------------------------------------------------------------------------------------------------

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
    said = [_PREFIX.sub('', line).strip() for line in errors.split('\n') if line.strip() and not _CHATTER.match(line)]
    said = [line for line in said if line]
    refused = [line for line in said if re.match(r'line \d+: ', line)]
    if refused:
        found = [(int(line[5:].split(':')[0]), line.split(': ', 1)[1]) for line in refused]
    else:
        match = _LINE.search(errors)
        found = [(int(match.group(1)) if match else 0, '; '.join(said) or 'ended with %d, said nothing' % code)]
    return [Blame(line, source[line - 1] if 0 < line <= len(source) else '', message) for line, message in found]


def _restore_error(tool: Tool, text: str, code: int, errors: str) -> RestoreError:
    program, blames = os.path.basename(tool.restore), _blames(text, code, errors)
    # Code 4 alone proves nothing: the nft variant ends with it for every rule that the kernel refuses.
    if 'holding the xtables lock' in errors or 'Resource temporarily unavailable' in errors:
        return LockBusy(program, code, [Blame(0, '', 'somebody else held the xtables lock (found %r); try again, or wait longer'
                                              % blames[0].message)])
    return RestoreError(program, code, blames)


def _restore_run(tool: Tool, text: str, options: Options, place: t.Callable[[], t.ContextManager[None]] = contextlib.nullcontext) -> _Run:
    def start() -> _Process:
        with place():
            return _Process(_restore_argv(tool, options), text, _environment(options.lockfile), options.timeout)

    def finish(code: int, output: str, errors: str) -> None:
        if code != 0:
            raise _restore_error(tool, text, code, errors)
        if output:
            # A rule with -h or -V ends the tool with 0 at that line.
            told = 'printed something, so it may not have loaded everything (found %r, want silence)' % output[:80]
            raise RestoreError(os.path.basename(tool.restore), 0, [Blame(0, '', told)])

    return _Run(start, finish)


def restore(tool: Tool, text: str, *, noflush: bool, counters: bool = False, wait: int = WAIT, timeout: float = TIMEOUT,
            lockfile: str | None = None) -> None:
    """Load *text* in the calling thread's namespace. Each table is written whole or not at all, the first ones first.

    Raises RestoreError, LockBusy when the lock stays taken for *wait* seconds (at least 1), ToolFailed.
    """
    _only(_restore_run(tool, text, Options(noflush, counters, False, wait, timeout, lockfile)))


def check_syntax(tool: Tool, text: str, *, noflush: bool, wait: int = WAIT, timeout: float = TIMEOUT) -> None:
    """iptables-restore --test: no more than syntax. The kernel is not asked, nor, by the nft variant, whether a chain exists: :func:`rehearse`."""
    _only(_restore_run(tool, text, Options(noflush, False, True, wait, timeout)))


def spawn_many(jobs: t.Sequence[Job], in_flight: int = 16) -> list[Result]:
    """Run *jobs*, up to *in_flight* at once, and give their results in order: tables of a save, None, or what went wrong.

    One thread enters each namespace to start its process there. The nft variant mostly sleeps and gains up to about 16; the
    legacy one holds the lock of the host, more than 2 only wait for each other.
    """
    def body() -> list[Result]:
        home = namespaces.open_current()
        try:
            return _drive([_job_run(job, home) for job in jobs], max(1, in_flight))
        finally:
            os.close(home)

    return namespaces.in_thread(body) if jobs else []


def _job_run(job: Job, home: int) -> _Run:
    def place() -> t.ContextManager[None]:
        return namespaces.entered(job.fd, home)

    if job.text is None:
        return _save_run(job.tool, job.options.timeout, place)
    return _restore_run(job.tool, job.text, job.options, place)


# -- rehearsing in namespaces that nobody uses ---------------------------------------------------------------------------

Prepare = t.Callable[[], None]
_BATCH = 64  # descriptors that rehearse holds at once


@contextlib.contextmanager
def _scratch(home: int, prepare: Prepare | None) -> t.Iterator[int]:
    fd = namespaces.create_anonymous(home)
    try:
        if prepare is not None:
            with namespaces.entered(fd, home):
                prepare()
        yield fd
    finally:
        os.close(fd)


def rehearse(tool: Tool, texts: t.Sequence[str], prepare: Prepare | None = None, in_flight: int = 8) -> list[Exception | None]:
    """Load each of *texts* into an empty namespace of its own, and say for each what went wrong, if anything did.

    This is the test that --test is not: the kernel checks hooks, jumps and loops. *prepare* is called in each namespace
    before, for what rules refer to (ipsets).
    """
    def body() -> list[Exception | None]:
        results: list[Exception | None] = []
        with contextlib.ExitStack() as outer:
            home = namespaces.open_current()
            outer.callback(os.close, home)
            options = Options(lockfile=outer.enter_context(private_lock()))
            for first in range(0, len(texts), _BATCH):
                with contextlib.ExitStack() as stack:
                    jobs = [Job(stack.enter_context(_scratch(home, prepare)), tool, text, options) for text in texts[first:first + _BATCH]]
                    results.extend(t.cast('list[Exception | None]', _drive([_job_run(job, home) for job in jobs], in_flight)))
        return results

    return namespaces.in_thread(body) if texts else []


# -- the canonical form --------------------------------------------------------------------------------------------------


class _Sheet:
    """Input of iptables-restore with every item once, and which line is whose.

    Items are (table, chain, spec) with chain '' for all chains of the user's own: their rules are loaded into one chain that
    nothing jumps to, and what rules jump to stays empty. So rules of unrelated chains never make a loop together, nor is
    the content of one chain checked against the hooks that another chain is reached from.
    """

    def __init__(self, items: t.Sequence[Key], chains: t.Mapping[str, t.AbstractSet[str]], separate_all: bool) -> None:
        self.owner: dict[int, list[Key]] = {}
        self.homes: dict[tuple[str, str], list[Key]] = {}
        self.names: dict[str, str] = {}
        self.mark = 'multinet-between-'
        while any(self.mark in spec for _table, _chain, spec in items):
            self.mark += '-'
        # One spec may give several rules: '-s 10.0.0.0/8,192.168.0.0/16'. Those come last in a chain, with a fence before each.
        self.fenced = {item for item in items if separate_all or ',' in item[2]}
        self.out: list[str] = []
        for table in BASE_CHAINS:
            mine = [item for item in items if item[0] == table]
            if mine:
                self._add_table(table, mine, chains.get(table, frozenset()))
        self.text = '\n'.join(self.out) + '\n'

    def _add_line(self, line: str, owners: list[Key]) -> None:
        self.out.append(line)
        self.owner[len(self.out)] = owners

    def _add_table(self, table: str, items: list[Key], chains: t.AbstractSet[str]) -> None:
        own = 'multinet-canonical'
        while own in chains:
            own += '-'
        self.names[table] = own
        # Who is to blame when the table itself, or a chain, cannot be made: every item of the table.
        self._add_line('*' + table, items)
        for chain in sorted(chains) + [own]:
            self._add_line(':%s - [0:0]' % chain, items)
        for item in items:
            self.homes.setdefault(item[:2], []).append(item)
        for (where, chain), members in self.homes.items():
            if where == table:
                self._add_chain(chain or own, members)
        self.out.append('COMMIT')

    def _add_chain(self, chain: str, members: list[Key]) -> None:
        members.sort(key=self.fenced.__contains__)
        for number, item in enumerate(members):
            if item in self.fenced:
                self.out.append(_rule(chain, '-m comment --comment %s%d' % (self.mark, number)))
            self._add_line(_rule(chain, item[2]), [item])

    def read(self, tables: t.Mapping[str, Table]) -> dict[Key, tuple[str, ...]] | None:
        """The canonical form of each item; None when the rules that came back cannot be told apart."""
        found: dict[Key, tuple[str, ...]] = {}
        for (table, chain), members in self.homes.items():
            parts = self._parts(tables[table].chains[chain or self.names[table]].rules, members)
            if parts is None:
                return None
            found.update(zip(members, parts))
        return found

    def _parts(self, rules: t.Sequence[str], members: t.Sequence[Key]) -> list[tuple[str, ...]] | None:
        # The blank at the end is of iptables 1.8.7 on nf_tables.
        fence = re.compile(r'-m comment --comment "?%s(\d+)"? ?$' % re.escape(self.mark))
        plain = [number for number, item in enumerate(members) if item not in self.fenced]
        segments: list[list[str]] = [[]]
        seen = []
        for rule in rules:
            match = fence.match(rule)
            if match is None:
                segments[-1].append(rule)
            else:
                seen.append(int(match.group(1)))
                segments.append([])
        if seen != list(range(len(plain), len(members))) or len(segments[0]) != len(plain) or not all(segments[1:]):
            return None
        return [(rule,) for rule in segments[0]] + [tuple(segment) for segment in segments[1:]]


class _Canon:
    """The search for the canonical form of items, and for those that have none."""

    def __init__(self, tool: Tool, chains: t.Mapping[str, t.AbstractSet[str]], home: int, lockfile: str, prepare: Prepare | None, limit: int) -> None:
        self.tool, self.chains, self.home, self.prepare, self.limit = tool, chains, home, prepare, limit
        self.options = Options(lockfile=lockfile)
        self.found: dict[Key, tuple[str, ...]] = {}
        self.faults: dict[Key, str] = {}
        self.complete = True

    def load(self, items: t.Sequence[Key]) -> None:
        left = list(items)
        while left:
            if len(self.faults) >= self.limit:
                self.complete = False
                return
            try:
                self.found.update(self._read(left))
                return
            except _Refused as refused:
                blamed = refused.blamed or ({left[0]: refused.reason} if len(left) == 1 else {})
            if not blamed:
                # 'line N failed' of a COMMIT names no rule. Halves that are fine alone, but not together, come out right as well.
                middle = len(left) // 2
                self.load(left[:middle])
                self.load(left[middle:])
                return
            self.faults.update((item, _explained(reason)) for item, reason in blamed.items())
            left = [item for item in left if item not in self.faults]

    def _read(self, items: list[Key]) -> dict[Key, tuple[str, ...]]:
        for separate_all in (False, True):
            sheet = _Sheet(items, self.chains, separate_all)
            result = sheet.read(self._through_kernel(sheet))
            if result is not None:
                return result
        raise ToolFailed('%s: rules that were loaded did not come back from %s one for one; report this with the rules (found %r)'
                         % (os.path.basename(self.tool.restore), os.path.basename(self.tool.save), items[:5]))

    def _through_kernel(self, sheet: _Sheet) -> dict[str, Table]:
        with _scratch(self.home, self.prepare) as fd:
            loaded, = _drive([_job_run(Job(fd, self.tool, sheet.text, self.options), self.home)], 1)
            if isinstance(loaded, RestoreError) and not isinstance(loaded, LockBusy):
                blamed = {}
                for blame in loaded.blames:
                    owners = sheet.owner.get(blame.line, [])
                    blamed.update(dict.fromkeys(owners, blame.message))
                raise _Refused(blamed, loaded.reason)
            saved = loaded if loaded is not None else _drive([_job_run(Job(fd, self.tool), self.home)], 1)[0]
        if isinstance(saved, Exception):
            raise saved  # pylint: disable=raising-bad-type
        return t.cast(dict[str, Table], saved)


class _Refused(Exception):
    def __init__(self, blamed: dict[Key, str], reason: str) -> None:
        super().__init__(reason)
        self.blamed, self.reason = blamed, reason


def _explained(reason: str) -> str:
    """The legacy tool says of a refusing kernel no more than 'line N failed', the nft variant 'RULE_APPEND failed (WHY)'."""
    if not re.search(r'(?:line \d+|RULE_\w+) failed', reason):
        return reason
    return ('the kernel does not take this rule here: its target or a match is not meant for this table or chain, needs -p, or has no module; '
            'the tool said %r' % reason)


def _item(key: Key) -> Key:
    table, chain, spec = key
    return table, chain if chain in BASE_CHAINS[table] else '', spec


def _chain_fault(table: str, name: str) -> str | None:
    # Both back ends make a chain of the user's own of ':INPUT -' in raw. No packet ever comes there.
    if table in BASE_CHAINS and any(name in chains for chains in BASE_CHAINS.values()):
        return 'this table has no such chain (found %s, want %s, or a chain of your own)' % (name, ', '.join(BASE_CHAINS[table]))
    return check_chain(name)


def _faults_of_text(keys: t.Sequence[Key], chains: t.Mapping[str, t.AbstractSet[str]], family: str) -> list[RuleFault]:
    faults = []
    for table, names in chains.items():
        for name in sorted(names):
            fault = _chain_fault(table, name)
            if fault is not None:
                faults.append(RuleFault(table, name, '', fault))
    for table, chain, spec in keys:
        fault = check_spec(spec, family)
        if table not in BASE_CHAINS:
            fault = 'no such table (found %r, want one of %s)' % (table, ', '.join(BASE_CHAINS))
        if fault is not None:
            faults.append(RuleFault(table, chain, spec, fault))
    return faults


def canonicalise(tool: Tool, wanted: t.Iterable[Key], chains: t.Mapping[str, t.Iterable[str]] | None = None,
                 prepare: Prepare | None = None, limit: int = 100) -> dict[Key, tuple[str, ...]]:
    """What iptables-save will show for each of *wanted*, which is usually one rule, and several for ``-s A,B``.

    *chains* are the user's own chains by table that rules may jump to; chains that *wanted* has rules in are known anyway. Base
    chains are the real ones, so the kernel checks each rule against its hook; rules of other chains are checked without the hooks
    that they will be reached from (see :func:`rehearse`). Acts in throw-away namespaces only, from any thread.

    Raises RuleErrors with all rules that are wrong (up to about *limit*); nothing is run as long as text alone shows a fault.
    """
    keys = list(dict.fromkeys(wanted))
    known: dict[str, set[str]] = {table: set(names) for table, names in (chains or {}).items()}
    for table, chain, _spec in keys:
        known.setdefault(table, set()).add(chain)
    known = {table: names.difference(BASE_CHAINS.get(table, ())) for table, names in known.items()}
    faults = _faults_of_text(keys, known, tool.family)
    if faults:
        raise RuleErrors(faults)
    if not keys:
        return {}

    def body() -> _Canon:
        home = namespaces.open_current()
        try:
            with private_lock() as lockfile:
                search = _Canon(tool, known, home, lockfile, prepare, limit)
                search.load(list(dict.fromkeys(_item(key) for key in keys)))
                return search
        finally:
            os.close(home)

    search = namespaces.in_thread(body)
    if search.faults:
        raise RuleErrors([RuleFault(*key, search.faults[_item(key)]) for key in keys if _item(key) in search.faults], search.complete)
    return {key: search.found[_item(key)] for key in keys}


# -- nf_tables without a tool --------------------------------------------------------------------------------------------

_NETLINK_NETFILTER = 12
_NFNL_SUBSYS_NFTABLES = 10 << 8
_NFT_MSG_NEWTABLE, _NFT_MSG_GETTABLE, _NFT_MSG_NEWGEN, _NFT_MSG_GETGEN = (_NFNL_SUBSYS_NFTABLES | number for number in (0, 1, 15, 16))
_NFTA_TABLE_NAME = _NFTA_GEN_ID = 1
_NLM_F_REQUEST, _NLM_F_DUMP = 1, 0x300
_NLMSG_ERROR, _NLMSG_DONE = 2, 3
_ABSENT = (errno.EINVAL, errno.EPROTONOSUPPORT, errno.EOPNOTSUPP)  # EINVAL: nfnetlink has no such subsystem
_NFT_FAMILIES = {1: 'inet', 2: 'ip', 3: 'arp', 5: 'netdev', 7: 'bridge', 10: 'ip6'}


def open_nfnetlink() -> socket.socket | None:
    """A socket for :func:`generation` and :func:`nft_tables` that stays in the calling thread's namespace; None without nfnetlink."""
    try:
        return socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, _NETLINK_NETFILTER)
    except OSError as exc:
        if exc.errno in _ABSENT:
            return None
        raise


def _ask(sock: socket.socket, kind: int, flags: int) -> t.Iterator[tuple[int, int, dict[int, bytes]]]:
    """(message type, family, attributes) of each answer. Ends early where the kernel has no nf_tables."""
    sock.settimeout(10)
    sock.send(struct.pack('=IHHII', 20, kind, _NLM_F_REQUEST | flags, 1, 0) + b'\0\0\0\0')
    while True:
        data = sock.recv(1 << 16)
        position = 0
        while position < len(data):
            length, answer, _flags, _sequence, _port = struct.unpack_from('=IHHII', data, position)
            body = data[position + 16:position + length]
            position += (length + 3) & ~3
            if answer == _NLMSG_DONE:
                return
            if answer == _NLMSG_ERROR:
                number = -struct.unpack_from('=i', body)[0]
                if number in _ABSENT or number == 0:
                    return
                raise OSError(number, os.strerror(number), 'nfnetlink')
            yield answer, body[0], _attributes(body[4:])
        if not flags & _NLM_F_DUMP:
            return


def _attributes(data: bytes) -> dict[int, bytes]:
    found, position = {}, 0
    while position + 4 <= len(data):
        length, kind = struct.unpack_from('=HH', data, position)
        found[kind & 0x3FFF] = data[position + 4:position + length]
        position += (max(length, 4) + 3) & ~3
    return found


@contextlib.contextmanager
def _socket(sock: socket.socket | None) -> t.Iterator[socket.socket | None]:
    mine = open_nfnetlink() if sock is None else None
    try:
        yield sock or mine
    finally:
        if mine is not None:
            mine.close()


def generation(sock: socket.socket | None = None) -> int | None:
    """The generation of the nf_tables rule set in the namespace of *sock*, or of the calling thread. None without nf_tables.

    Every commit changes it, reading and traffic do not. Rules of the legacy back end have no part in it.
    """
    with _socket(sock) as opened:
        for answer, _family, attributes in _ask(opened, _NFT_MSG_GETGEN, 0) if opened else ():
            if answer == _NFT_MSG_NEWGEN:
                return int.from_bytes(attributes[_NFTA_GEN_ID], 'big')
    return None


def nft_tables(sock: socket.socket | None = None) -> list[tuple[str, str]]:
    """(family, name) of every nf_tables table, those of iptables-nft among them: families 'ip' and 'ip6', names of BASE_CHAINS."""
    with _socket(sock) as opened:
        return [(_NFT_FAMILIES.get(family, str(family)), attributes[_NFTA_TABLE_NAME].rstrip(b'\0').decode(errors='replace'))
                for answer, family, attributes in (_ask(opened, _NFT_MSG_GETTABLE, _NLM_F_DUMP) if opened else ())
                if answer == _NFT_MSG_NEWTABLE]


def active_backends(sock: socket.socket | None = None) -> set[str]:
    """Which of 'legacy' and 'nf_tables' has tables in the calling thread's namespace. A legacy table may be empty: reading makes it."""
    found = {'legacy'} if any(legacy_tables(family) for family in FAMILIES) else set()
    return found | ({'nf_tables'} if nft_tables(sock) else set())
