# Copyright: multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Modules as Ansible sends them to a host, and what a process of one costs."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys
import typing as t

import contestants
from contestants import clocked


class Run(t.NamedTuple):
    wall: float
    cpu: float
    memory: float  # most of it, in MB


# A process counts the memory of the one that it was forked from, so it has to be a small one.
_STARTER = """
import json, os, sys, time
started = time.perf_counter()
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, 2, 1)])
_pid, status, used = os.wait4(pid, 0)
wall, cpu = time.perf_counter() - started, used.ru_utime + used.ru_stime
print(json.dumps([os.waitstatus_to_exitcode(status), wall, cpu, used.ru_maxrss / 1024]))
"""


def ran(words: t.Sequence[str], env: t.Mapping[str, str]) -> Run:
    done = subprocess.run(
        [sys.executable, "-ISc", _STARTER, *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=dict(env),
        check=True,
    )
    status, *figures = json.loads(done.stdout)
    if status:
        raise contestants.Failed(f"{' '.join(words)[:200]} ended with status {status}\n{done.stderr[-1500:]}")
    return Run(*figures)


# What came last stays, for it is what came to a host that has the code.
SAVING = """#!/bin/sh
cat >"{path}"
exec "{python}" "{path}"
"""


class Modules:
    """The files that Ansible sends to a host, kept to be measured."""

    def __init__(self, folder: pathlib.Path, env: t.Mapping[str, str]) -> None:
        self.folder, self.env = folder, env
        folder.mkdir()

    def _play(self, name: str, arguments: t.Mapping[str, t.Any], python: str, **env: str) -> None:
        play = {
            "hosts": "localhost",
            "connection": "local",
            "gather_facts": False,
            "tasks": [contestants.task(name, arguments)],
        }
        path = self.folder / "play.json"
        path.write_text(json.dumps([play]))
        words = ["ansible-playbook", "-i", "localhost,", "-e", f"ansible_python_interpreter={python}"]
        clocked([*words, str(path)], {**self.env, **env}, self.folder / "log")

    def sent(self, name: str, arguments: t.Mapping[str, t.Any]) -> pathlib.Path:
        """Run a task, and return what was sent for it to a host that keeps no code."""
        number = len(list(self.folder.glob("remote*")))
        remote = self.folder / f"remote{number}"
        env = {"ANSIBLE_KEEP_REMOTE_FILES": "1", "ANSIBLE_REMOTE_TMP": str(remote), "ANSIBLE_PIPELINING": "0"}
        self._play(name, arguments, sys.executable, **env)
        return next(remote.glob("*/AnsiballZ_*.py"))

    def sent_thin(self, name: str, arguments: t.Mapping[str, t.Any]) -> pathlib.Path:
        """Run a task, and return what was sent for it to a host that has the code."""
        number = len(list(self.folder.glob("thin*.py")))
        path, python = self.folder / f"thin{number}.py", self.folder / "python"
        python.write_text(SAVING.format(path=path, python=sys.executable))
        python.chmod(0o755)
        for _time in ("makes the code", "uses it"):
            self._play(name, arguments, str(python), ANSIBLE_PIPELINING="1")
        return path
