# Copyright: multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes, namespaces and commands."""

from __future__ import annotations

import ctypes
import os
import pathlib
import re
import signal
import subprocess
import typing as t

from workshop import Trouble

_LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWNET = 0x00020000, 0x20000000, 0x40000000
_PR_SET_PDEATHSIG = 1


def unshare(flags: int) -> None:
    if _LIBC.unshare(flags):
        raise Trouble(f"cannot make namespaces: {os.strerror(ctypes.get_errno())}")


def set_death_signal(number: int) -> None:
    """Get signal NUMBER when the parent ends."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)


def die_with_parent() -> None:
    """For a child, before it becomes another program: be killed when the parent ends."""
    set_death_signal(signal.SIGKILL)


def say(text: str) -> None:
    print(text, flush=True)


def must(*command: str | pathlib.Path, stdin: str = "", **environment: str) -> None:
    words = [os.fspath(word) for word in command]
    done = subprocess.run(words, input=stdin.encode(), env={**os.environ, **environment}, check=False)
    if done.returncode:
        raise Trouble(f"{' '.join(words[:4])} ... ended with status {done.returncode}")


def ip(*lines: str, namespace: str = "") -> None:
    """Carry out lines for `ip`, all in one process."""
    where = ["-n", namespace] if namespace else []
    must("ip", *where, "-batch", "-", stdin="\n".join(lines) + "\n")


def parent_of(pid: int) -> int:
    """The number of a process's parent; 0 for none. Raises OSError when the process is gone."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    parent = re.search(r"^PPid:\s+(\d+)", status, re.MULTILINE)
    return int(parent[1]) if parent else 0


def ancestors() -> t.Iterator[tuple[int, list[str]]]:
    """The processes that this is a part of, the nearest first: number, and words of the command."""
    pid = os.getppid()
    while pid > 1:
        try:
            command = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
            parent = parent_of(pid)
        except OSError:
            return
        yield pid, command.decode(errors="replace").split("\0")
        pid = parent


def runs(words: t.Sequence[str], programs: t.Collection[str]) -> bool:
    """Whether a command runs one of PROGRAMS, by itself or by an interpreter."""
    return any(os.path.basename(word) in programs for word in words[:3])


def molecule_above() -> int:
    """The `molecule test` that this is a part of, which what it started must not outlive; 0 for none."""
    for pid, words in ancestors():
        if runs(words, ("molecule",)) and "test" in words[1:]:
            return 0 if {"never", "--destroy=never"} & set(words) else pid
    return 0


def outermost(programs: t.Collection[str], word: str = "") -> int:
    """The outermost process that this is a part of and that runs one of PROGRAMS with WORD; 0 for none."""
    found = 0
    for pid, words in ancestors():
        if runs(words, programs) and (not word or word in words[1:]):
            found = pid
    return found
