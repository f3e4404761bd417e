# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs of a tool, several in flight, each in the namespace of the thread that starts it."""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import time
import typing as t

from .tool_errors import ToolFailed

Result = t.Any
"""What a run gives; what it raised, where it did."""


def _memory(content: bytes = b'') -> int:
    fd = os.memfd_create('xtables')
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


class Process:
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
            self.popen = subprocess.Popen(
                argv, stdin=files[0], stdout=files[1], stderr=files[2], env=environment
            )  # pylint: disable=ansible-bad-function
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
                raise ToolFailed(
                    '%s: no end after %g s, killed; look at what keeps it waiting and try again'
                    % (self.program, self.timeout)
                )
            output, errors = (_content(fd).decode('utf-8', 'surrogateescape') for fd in self.files[1:])
            return code, output, errors


def begin(place: t.ContextManager[None], start: t.Callable[[], Process | None]) -> Process | None:
    """What *start* gives, called inside *place*. A process that cannot be told of, for want of a way back, is not left to go on by itself."""
    process: Process | None = None
    try:
        with place:
            process = start()
    except BaseException:
        if process is not None:
            with process.open:
                process.popen.kill()
                process.popen.wait()
        raise
    return process


class Run(t.NamedTuple):
    """``start`` gives a process, or None when there is nothing to run; ``finish`` makes a result of how it ended."""

    start: t.Callable[[], Process | None]
    finish: t.Callable[[int, str, str], Result]


def _wait_for_some(running: t.Iterable[Process]) -> None:
    processes = list(running)
    left = max(0.0, min(process.deadline for process in processes) - time.monotonic())
    if any(process.pidfd < 0 for process in processes):
        time.sleep(min(left, 0.002))
        return
    poll = select.poll()
    for process in processes:
        poll.register(process.pidfd, select.POLLIN)
    poll.poll(left * 1000 + 1)


def _outcome(process: Process, run: Run) -> Result:
    try:
        return run.finish(*process.end())
    except Exception as exc:
        return exc


def _never(_result: Result) -> bool:
    return False


def drive(
    runs: t.Sequence[Run], in_flight: int, hopeless: t.Callable[[Result], bool] = _never
) -> list[Result]:
    """Results in the order of *runs*; what a run raised is its result. After a *hopeless* one no other is started: theirs is the same."""
    results: list[Result] = [None] * len(runs)
    running: dict[int, Process] = {}
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
                    if hopeless(results[index]):
                        for left in upcoming:
                            results[left] = results[index]
    finally:
        for process in running.values():
            with contextlib.suppress(ToolFailed):
                process.end()


def only(run: Run) -> Result:
    result = drive([run], 1)[0]
    if isinstance(result, Exception):
        raise result  # pylint: disable=raising-bad-type
    return result
