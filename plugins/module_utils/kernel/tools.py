# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs of programs such as iptables-restore and nft in network namespaces.

No shell, no ``ip netns exec``, nothing is mounted. Several runs are in flight at once.
"""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import time
import typing as t

from . import namespaces
from .programs import search_path
from .tool_errors import ToolFailed

TIMEOUT = 120.0
"""The longest that a run may take, in seconds."""
IN_FLIGHT = 16
"""Programs that change nf_tables mostly sleep in the kernel; beyond 16 at once nothing is gained."""

Result = t.Any
"""What a run gives: the result of its ``finish``, or the exception that ended it."""


def environment(**extra: str) -> dict[str, str]:
    """The environment of a program: ours, with messages in English, and *extra*."""
    kept = {
        name: value for name, value in os.environ.items() if name != 'LANGUAGE' and not name.startswith('LC_')
    }
    return {**kept, 'PATH': search_path(), 'LC_ALL': 'C', **extra}


def _memory_file(content: bytes = b'') -> int:
    fd = os.memfd_create('multinet')
    try:
        view = memoryview(content)
        while view:
            view = view[os.write(fd, view) :]
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


class RunningProgram:
    """A program that runs in the namespace of the thread that started it.

    Input and output are memory files, so nobody has to feed or drain it. A pidfd tells when it ends, not the
    end of its output: iptables-nft sleeps for 10 to 30 ms after that, in the close of its netlink socket
    (synchronize_rcu).
    """

    def __init__(
        self, argv: t.Sequence[str], text: str, variables: dict[str, str], timeout: float = TIMEOUT
    ) -> None:
        self.program, self.timeout = os.path.basename(argv[0]), timeout
        self.deadline = time.monotonic() + timeout
        with contextlib.ExitStack() as stack:
            files = []
            for content in (text.encode('utf-8', 'surrogateescape'), b'', b''):
                files.append(_memory_file(content))
                stack.callback(os.close, files[-1])
            self.popen = subprocess.Popen(  # pylint: disable=ansible-bad-function
                argv, stdin=files[0], stdout=files[1], stderr=files[2], env=variables
            )
            self.files, self.open = files, stack.pop_all()
        self.pidfd = -1
        # Linux 5.3. Before that (RHEL 8) the end is polled for.
        if hasattr(os, 'pidfd_open'):
            with contextlib.suppress(OSError):
                self.pidfd = os.pidfd_open(self.popen.pid)
                self.open.callback(os.close, self.pidfd)

    def kill(self) -> None:
        with self.open:
            self.popen.kill()
            self.popen.wait()

    def end(self) -> tuple[int, str, str]:
        """(exit code, output, error output) of a process that has ended. Raises ToolFailed if it ran out of
        time."""
        if self.popen.poll() is None:
            self.kill()
            raise ToolFailed(
                '%s: did not finish within %g s and was killed; find out what it waits for and try again'
                % (self.program, self.timeout)
            )
        with self.open:
            output, errors = (_content(fd).decode('utf-8', 'surrogateescape') for fd in self.files[1:])
            return self.popen.returncode, output, errors


def start_inside(
    place: t.ContextManager[None], start: t.Callable[[], RunningProgram | None]
) -> RunningProgram | None:
    """The process that *start* starts inside *place*. It is killed if there is no way back out of *place*."""
    process: RunningProgram | None = None
    try:
        with place:
            process = start()
    except BaseException:
        if process is not None:
            process.kill()
        raise
    return process


class ProgramRun(t.NamedTuple):
    """One run of a program in the namespace behind ``fd``.

    ``start`` is called there and starts the process; None means that there is nothing to run. ``finish``
    makes the result of (exit code, output, error output), which are (0, '', '') if nothing was run.
    """

    fd: int
    start: t.Callable[[], RunningProgram | None]
    finish: t.Callable[[int, str, str], Result]


def _never(_result: Result) -> bool:
    return False


class _Flight:
    """Runs that are under way, for a thread of namespaces.in_thread. ``results`` are in the order of the
    runs."""

    def __init__(self, runs: t.Sequence[ProgramRun], home: int, in_flight: int) -> None:
        self.runs, self.home, self.in_flight = runs, home, in_flight
        self.results: list[Result] = [None] * len(runs)
        self.running: dict[int, RunningProgram] = {}
        self.upcoming = iter(range(len(runs)))

    def start_more(self) -> None:
        while len(self.running) < self.in_flight:
            index = next(self.upcoming, None)
            if index is None:
                return
            self._start(index)

    def _start(self, index: int) -> None:
        run = self.runs[index]
        try:
            process = start_inside(namespaces.entered(run.fd, self.home), run.start)
            if process is None:
                self.results[index] = run.finish(0, '', '')
            else:
                self.running[index] = process
        except Exception as exc:
            self.results[index] = exc

    def wait(self) -> None:
        """Wait until a process ends or runs out of time."""
        processes = list(self.running.values())
        deadline = min(process.deadline for process in processes)
        seconds = max(0.0, deadline - time.monotonic())
        if any(process.pidfd < 0 for process in processes):
            time.sleep(min(seconds, 0.002))
            return
        poll = select.poll()
        for process in processes:
            poll.register(process.pidfd, select.POLLIN)
        poll.poll(seconds * 1000 + 1)

    def collect(self) -> list[Result]:
        """The results of the processes that have ended, or have to."""
        now = time.monotonic()
        collected = []
        for index, process in list(self.running.items()):
            if process.popen.poll() is not None or now >= process.deadline:
                del self.running[index]
                self.results[index] = self._outcome(index, process)
                collected.append(self.results[index])
        return collected

    def _outcome(self, index: int, process: RunningProgram) -> Result:
        try:
            return self.runs[index].finish(*process.end())
        except Exception as exc:
            return exc

    def abandon(self, result: Result) -> None:
        """Start no more; *result* is that of all that are left."""
        for index in self.upcoming:
            self.results[index] = result

    def kill_all(self) -> None:
        for process in self.running.values():
            process.kill()


def run_from(
    home: int,
    runs: t.Sequence[ProgramRun],
    in_flight: int = IN_FLIGHT,
    hopeless: t.Callable[[Result], bool] = _never,
) -> list[Result]:
    """Results in the order of *runs*, for a thread of namespaces.in_thread that is in *home*.

    An exception that ends a run is its result. After a *hopeless* one no more are started: all that are left
    get it too.
    """
    flight = _Flight(runs, home, max(1, in_flight))
    try:
        while True:
            flight.start_more()
            if not flight.running:
                return flight.results
            flight.wait()
            for result in flight.collect():
                if hopeless(result):
                    flight.abandon(result)
    finally:
        flight.kill_all()


def run_many(
    runs: t.Sequence[ProgramRun], in_flight: int = IN_FLIGHT, hopeless: t.Callable[[Result], bool] = _never
) -> list[Result]:
    """The same, from any thread: one thread of its own enters each namespace to start its process there."""

    def body() -> list[Result]:
        home = namespaces.open_current()
        try:
            return run_from(home, runs, in_flight, hopeless)
        finally:
            os.close(home)

    return namespaces.in_thread(body) if runs else []


def run_one(home: int, run: ProgramRun) -> Result:
    """The result of one run, for a thread that is in *home*. Raises what ended it."""
    result = run_from(home, [run])[0]
    if isinstance(result, Exception):
        raise result  # pylint: disable=raising-bad-type
    return result


@contextlib.contextmanager
def scratch_namespace(home: int) -> t.Iterator[int]:
    """A descriptor of a namespace that nobody else knows, which ends with the block. For threads of
    namespaces.in_thread."""
    fd = namespaces.create_anonymous(home)
    try:
        yield fd
    finally:
        os.close(fd)
