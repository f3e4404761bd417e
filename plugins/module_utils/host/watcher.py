# Copyright: (c) 2026, multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A worker that carries a change out when the module has ended, and a watcher that cleans up after it."""

from __future__ import annotations

import contextlib
import ctypes
import os
import pickle
import queue
import shutil
import signal
import subprocess
import sys
import threading
import time
import typing as t

_SETTLE = 0.5  # from the end of the module to the first operation: its answer is on its way
_GRACE = 3.0  # from the deadline to the end of a worker that does not keep it
_TOOLS_PATIENCE = (
    120.0  # how long programs of a worker that was killed may go on: kernel/tools.py ends them by then
)
_STEP = 0.05
_PR_SET_CHILD_SUBREAPER = 36

Report = t.Callable[[t.Any], None]
"""How a worker tells its watcher something."""


class MoreTime(t.NamedTuple):
    """A report: the worker may take so many seconds more, from now on."""

    seconds: float


class _End:
    """There are no more reports."""


Inbox = queue.SimpleQueue[t.Any]


def run_detached(body: t.Callable[[], None], unit: str = 'commit-confirm', at_once: bool = False) -> None:
    """Run *body* in a process of its own, which begins when this one has ended, or *at_once*.

    It inherits open descriptors, the lock among them, but no terminal and no pipe: whoever waits for the end
    of this process's output does not wait for that one's. *unit* is part of the name of its scope of systemd.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    alive, held = os.pipe()  # *held* closes when this process ends
    child = os.fork()
    if child:
        os.close(alive)
        os.waitpid(child, 0)
        return
    try:
        os.setsid()
        if os.fork():
            os._exit(0)
        os.chdir('/')
        null = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2):
            os.dup2(null, number)
        os.close(held)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        with contextlib.suppress(OSError), open('/proc/self/oom_score_adj', 'w', encoding='ascii') as file:
            file.write('-1000')  # nobody else brings the host back
        _move_to_own_scope(unit, os.getpid())
        if not at_once:
            os.read(alive, 1)
            time.sleep(_SETTLE)
        os.close(alive)
        body()
    finally:
        os._exit(0)


def _move_to_own_scope(name: str, pid: int) -> None:
    """Have systemd move the process out of its session, which may end with the connection."""
    busctl = shutil.which('busctl')
    if not busctl or not os.path.isdir('/run/systemd/system'):
        return
    manager = ['org.freedesktop.systemd1', '/org/freedesktop/systemd1', 'org.freedesktop.systemd1.Manager']
    unit = ['ssa(sv)a(sa(sv))', 'multinet-%s-%d.scope' % (name, pid), 'fail']
    properties = ['1', 'PIDs', 'au', '1', str(pid), '0']
    with contextlib.suppress(subprocess.TimeoutExpired):
        subprocess.run(  # pylint: disable=ansible-bad-function
            [busctl, 'call', *manager, 'StartTransientUnit', *unit, *properties],
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=20,
        )


def run_watched(
    work: t.Callable[[Report], None], rescue: t.Callable[[list[t.Any], bool], None], patience: float
) -> bool:
    """Run *work* in a process of its own and wait for its end.

    If it is killed, *rescue* is called with all that it had reported. If it has not ended after *patience*
    seconds, or after those that it asked for by MoreTime, it is killed, and the second argument of *rescue*
    is true.

    Returns false if this process was asked to end meanwhile. The worker is asked as well, and undoes its
    work.
    """
    asked_to_end: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: asked_to_end.append(number))
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    source, sink = os.pipe()
    worker = os.fork()
    if not worker:
        os.close(source)
        _work(work, sink)
    os.close(sink)
    inbox: Inbox = queue.SimpleQueue()
    threading.Thread(target=_receive, args=(source, inbox), daemon=True).start()
    reports: list[t.Any] = []
    late = not _listen(inbox, reports, patience + _GRACE)
    if late:
        os.kill(worker, signal.SIGKILL)
    failed = _end_children(worker, 1.0 if late else _TOOLS_PATIENCE)
    _listen(inbox, reports, _GRACE)  # what was on its way when the worker was killed
    if failed:
        rescue(reports, late)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    return not asked_to_end


def _work(work: t.Callable[[Report], None], sink: int) -> t.NoReturn:
    try:
        pipe = os.fdopen(sink, 'wb')

        def report(value: t.Any) -> None:
            with contextlib.suppress(BrokenPipeError):  # nobody watches any more: go on alone
                pickle.dump(value, pipe)
                pipe.flush()

        work(report)
        os._exit(0)
    finally:
        os._exit(1)


def _receive(source: int, inbox: Inbox) -> None:
    with os.fdopen(source, 'rb') as file, contextlib.suppress(EOFError, pickle.UnpicklingError):
        while True:
            inbox.put(pickle.load(file))  # written by the worker
    inbox.put(_End())


def _listen(inbox: Inbox, reports: list[t.Any], patience: float) -> bool:
    """Add to *reports* until there are no more. Whether that was so before the patience ended."""
    deadline = time.monotonic() + patience
    while True:
        try:
            report = inbox.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            return False
        if isinstance(report, _End):
            inbox.put(report)
            return True
        if isinstance(report, MoreTime):
            deadline = time.monotonic() + report.seconds
        else:
            reports.append(report)


def _end_children(worker: int, patience: float) -> bool:
    """Wait for the worker and for programs that it had started, which may still write to the kernel. After
    *patience* seconds they are killed. Whether the worker failed."""
    failed = True
    start = time.monotonic()
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return failed
        if pid == worker:
            failed = status != 0
        if pid:
            continue
        if time.monotonic() - start > patience:
            for child in _children():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
        if time.monotonic() - start > patience + _GRACE:
            return failed  # the kernel does not let go of one
        time.sleep(_STEP)


def _children() -> list[int]:
    """The children of this process: as a subreaper it has those of processes that ended, too."""
    children = []
    for entry in filter(str.isdigit, os.listdir('/proc')):
        with contextlib.suppress(OSError), open('/proc/%s/stat' % entry, 'rb') as file:
            fields = file.read().rsplit(b')', 1)[1].split()
            if int(fields[1]) == os.getpid():
                children.append(int(entry))
    return children


__all__ = ['MoreTime', 'Report', 'run_detached', 'run_watched']
