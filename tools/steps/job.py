# Copyright: multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run of one step: its log, its own folder, and the way to start commands."""

from __future__ import annotations

import contextlib
import functools
import os
import pathlib
import select
import shutil
import signal
import subprocess
import threading
import typing as t

import workshop
from workshop.interpreters import dotted

MINUTES = 60


class Failed(Exception):
    """Why a step cannot have passed, beyond what its own count says."""


class Result(t.NamedTuple):
    passed: int
    failed: int
    note: str = ""


class Running:
    """The process groups that were started, so that an interrupted run leaves none behind."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._groups: set[int] = set()
        self.stopped = False

    @contextlib.contextmanager
    def group(self, process: subprocess.Popen[bytes]) -> t.Iterator[None]:
        with self._lock:
            self._groups.add(process.pid)
        try:
            yield
        finally:
            with self._lock:
                self._groups.discard(process.pid)

    def stop(self) -> None:
        self.stopped = True
        with self._lock:
            for group in self._groups:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(group, signal.SIGTERM)


RUNNING = Running()


class Job:
    """A step that runs. Its attribute `processor` is the processor time of its commands so far, in
    seconds."""

    def __init__(self, name: str, work: pathlib.Path, log: pathlib.Path, quick: bool) -> None:
        self.name, self.quick, self.log = name, quick, log
        self.notes: list[str] = []
        self.processor = 0.0
        self.folder = work / name
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.log.write_text("")

    def run(
        self,
        command: t.Sequence[str | os.PathLike[str]],
        env: t.Mapping[str, str],
        cwd: pathlib.Path = workshop.CLONE,
        timeout: float = 15 * MINUTES,
    ) -> tuple[int, str]:
        """Run COMMAND; return its status and what it printed, which also goes to the log."""
        words = [os.fspath(word) for word in command]
        program = shutil.which(words[0], path=env["PATH"])
        if not program:
            raise Failed(f"{words[0]} is not installed")
        with open(self.log, "a+b") as output:
            output.write(f"$ {' '.join(words)}\n".encode())
            output.flush()
            start = output.tell()
            process = subprocess.Popen(
                words,
                cwd=cwd,
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                executable=program,
            )
            with RUNNING.group(process):
                if not self._wait(process, timeout):
                    self._kill(process)
                    raise Failed(f"{words[0]} was still running after {timeout:.0f} s")
            output.seek(start)
            text = output.read().decode(errors="replace")
        if "All targets skipped" in text:
            raise Failed(f"{words[0]} tested nothing: all targets skipped")
        return process.returncode, text

    def _wait(self, process: subprocess.Popen[bytes], timeout: float) -> bool:
        """Whether the process ended in time. Notes the processor time of it and of all it waited for."""
        end = os.pidfd_open(process.pid)
        try:
            if not select.select([end], [], [], timeout)[0]:
                return False
        finally:
            os.close(end)
        _pid, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        self.processor += usage.ru_utime + usage.ru_stime
        return True

    def _kill(self, process: subprocess.Popen[bytes]) -> None:
        os.killpg(process.pid, signal.SIGTERM)
        ended = self._wait(process, 10)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        if not ended:
            self._wait(process, MINUTES)

    def must(
        self, command: t.Sequence[str | os.PathLike[str]], env: t.Mapping[str, str], **options: t.Any
    ) -> str:
        """As `run`, for a command that has to succeed: returns what it printed."""
        status, text = self.run(command, env, **options)
        if status:
            raise Failed(f"{os.path.basename(os.fspath(command[0]))} ended with status {status}")
        return text

    def note(self, text: str) -> None:
        """Say in the log, and to whoever sees the step fail, what the commands did not say as clearly."""
        self.notes += text.splitlines()
        with open(self.log, "a") as output:
            output.write(text + "\n")


def need_root() -> None:
    if os.geteuid() != 0:
        raise Failed("needs root: these tests make network namespaces of their own")


def ansible_variables(environment: str) -> dict[str, str]:
    """The process environment of a user: modules get only what Ansible sends along, so no import path of
    ours."""
    surroundings = workshop.variables(environment)
    del surroundings["PYTHONPATH"]
    return surroundings


def python_of(environment: str) -> str:
    return dotted(workshop.interpreter(workshop.ENVIRONMENTS[environment].python).version)


@functools.cache
def version_of(environment: str, distribution: str) -> str:
    """The version of a distribution in an environment; `?` if it has none."""
    program = "import importlib.metadata as m, sys; print(m.version(sys.argv[1]))"
    python = workshop.environment_folder(environment) / "bin/python"
    asked = subprocess.run(
        [str(python), "-Ic", program, distribution], capture_output=True, text=True, check=False
    )
    return asked.stdout.strip() or "?"
